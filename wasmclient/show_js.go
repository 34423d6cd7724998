//go:build js

package main

import (
	"math"
	"slices"

	"edgeboard/shared/geom"
	"edgeboard/wasmclient/browser"
	"edgeboard/wasmclient/editor"
	"edgeboard/wasmclient/view"
)

// show brings up to date what depends on the editor and the document, and sets the
// editor's timer.
func (p *page) show() {
	if camera := p.editor.Camera(); camera != p.camera {
		p.camera = camera
		p.panels.ShowZoom(camera.Zoom)
		p.first.Look(camera)
		p.showCursors()
		p.tiles.moved = true
		p.redraw()
	}
	if p.stale {
		p.stale, p.tiles.moved = false, true
		p.tick()
		p.showPages()
		p.showResult()
		p.showCarets() // a text lies elsewhere
		p.minimapChanged()
	}
	state := p.editor.State()
	if p.past.editor == nil { // the tools are the present's
		panel := panelState(state)
		p.pictureState(&panel)
		p.panels.Show(panel)
	}
	if state.Grid != p.gridShown {
		p.gridShown = state.Grid
		p.redraw()
	}
	p.showComments()
	p.showLinks()
	p.redrawMarks()
	p.showWriting()
	p.turnPages()
	p.showMeeting()
	p.showTiles()
	p.watchSoon()
	if at, ok := p.editor.Menu(); ok {
		p.panels.OpenMenu(at)
	}
	if shape := p.editor.Cursor(); shape != p.shape {
		p.shape = shape
		browser.SetCursor(shape)
	}
	p.follows()
	p.showMinimap()
	p.showHint()
	if p.past.editor == nil {
		p.tellSelection()
	}
	p.tellLaser()
	p.meetSince()
	p.tellView()
	p.narrate()
	p.flushLater()
}

// flushLater sets the timer of what waits in the editor.
func (p *page) flushLater() {
	at, ok := p.editor.Deadline()
	if !ok || p.flushAt != 0 && p.flushAt <= at {
		return
	}
	p.flushAt = at
	browser.After(at-browser.Now(), func() {
		p.do(func() { p.flushAt = 0; p.editor.Flush(browser.Now()) })
	})
}

// panelState is the editor's state as the panels have it.
func panelState(s editor.State) browser.State {
	return browser.State{
		Tool: s.Tool.String(), KeepTool: s.KeepTool, Grid: s.Grid, Snap: s.Snap, FingerDraws: s.FingerDraws,
		ViewOnly: s.ViewOnly, CanUndo: s.CanUndo, CanRedo: s.CanRedo,
		Selected: s.Selected, Locked: s.Locked, Grouped: s.Grouped, Writing: s.Writing, Image: s.Image, Tile: s.Tile,
		Has: s.Has, Mixed: s.Mixed, Style: s.Style.Style, FontSize: s.FontSize,
	}
}

// redrawMarks asks for a frame if what lies over the board has changed.
func (p *page) redrawMarks() {
	marks := p.editor.Marks()
	if !slices.EqualFunc(marks, p.marks, func(a, b editor.Mark) bool {
		return a.Kind == b.Kind && a.Closed == b.Closed && slices.Equal(a.Points, b.Points)
	}) {
		p.marks = marks
		p.redraw()
	}
}

// overlay is what lies over the board, as the view draws it.
func (p *page) overlay(dark bool) []view.Stroke {
	accent, ground := uint32(0x2457d6), uint32(0xffffff)
	if dark {
		accent, ground = 0x8fb0ff, 0x1f2125
	}
	const guide, faded = 0xe64980, 0xadb5bd
	list := append(p.grid(), p.theirs()...)
	list = append(list, p.found(accent)...)
	list = append(list, p.lasers(browser.Now())...)
	list = append(list, p.sinceMarks()...)
	for _, m := range p.marks {
		s := view.Stroke{Points: slices.Clone(m.Points), Closed: m.Closed, Width: 1, Color: accent}
		switch m.Kind {
		case editor.MarkBox:
			s.Width = 1.5
		case editor.MarkHandle, editor.MarkRotate, editor.MarkEnd:
			s.Width, s.Fill, s.FillAlpha = 1.5, ground, 1
		case editor.MarkMarquee:
			s.Fill, s.FillAlpha = accent, 0.08
		case editor.MarkGuide:
			s.Color = guide
		case editor.MarkTarget:
			s.Width = 3
		case editor.MarkTrail:
			s.Width, s.Color = 4, 0x868e96
		case editor.MarkErased:
			s.Width, s.Color = max(m.Width, 1), faded
			if m.Closed {
				s.Fill, s.FillAlpha = ground, 0.6
			}
		}
		list = append(list, s)
	}
	return list
}

// The grid's lines lie over the board, pale. Where they would lie closer than
// leastGrid CSS pixels, only each gridShare-th is shown.
const (
	leastGrid = 12
	gridShare = 5
	gridAlpha = 0.14
)

// grid is the lines of the grid, if it is on.
func (p *page) grid() (list []view.Stroke) {
	if !p.editor.Grid {
		return nil
	}
	width, height := browser.Size()
	camera := p.editor.Camera()
	seen := camera.Visible(width, height)
	step := float64(editor.GridStep)
	for step*camera.Zoom < leastGrid {
		step *= gridShare
	}
	line := func(box geom.Box) {
		corners := box.Corners()
		list = append(list, view.Stroke{Points: corners[:], Closed: true, Fill: 0x808080, FillAlpha: gridAlpha})
	}
	for x := math.Ceil(seen.Min.X/step) * step; x <= seen.Max.X; x += step {
		line(geom.Rect(math.Round(camera.ToScreen(geom.Pt(x, 0)).X), 0, 1, height))
	}
	for y := math.Ceil(seen.Min.Y/step) * step; y <= seen.Max.Y; y += step {
		line(geom.Rect(0, math.Round(camera.ToScreen(geom.Pt(0, y)).Y), width, 1))
	}
	return list
}
