//go:build js

package main

import (
	"math"
	"slices"
	"strconv"

	"edgeboard/shared/client"
	"edgeboard/shared/geom"
	"edgeboard/wasmclient/browser"
	"edgeboard/wasmclient/view"
)

// minimap is the whole board in a corner of the window.
type minimap struct {
	panel   browser.Minimap
	on      bool
	held    bool       // the pointer has hold of it: it stays as it is
	grasp   geom.Point // from where it has hold of it to the middle of what is seen, on the board
	world   geom.Box   // what it shows
	stale   bool       // something has changed since it was painted
	painted float64    // when that was, in milliseconds of the browser's clock
	waits   bool       // a timer paints it
	picture view.Minimap
	others  []geom.Box // windows of others that were painted
}

// minimapEvery is the least time between two paintings, in milliseconds, and
// minimapMargin the space around the board, as a share of it.
const (
	minimapEvery  = 250
	minimapMargin = 0.05
)

func (p *page) listenToMinimap() {
	m := &p.minimap
	m.panel.Take = func(at geom.Point) { p.do(func() { p.takeMinimap(at) }) }
	m.panel.Move = func(at geom.Point) { p.do(func() { p.dragMinimap(at) }) }
	m.panel.Let = func() { p.do(func() { m.held = false; p.minimapChanged() }) }
	m.panel.Key = func(way geom.Point) {
		p.do(func() {
			width, height := browser.Size()
			p.editor.Look(p.editor.Camera().Pan(geom.Point{X: -way.X * width / 8, Y: -way.Y * height / 8}))
		})
	}
	m.panel.Listen()
	p.own["minimap"] = p.toggleMinimap
	if browser.Remembered("minimap") == strconv.FormatBool(true) {
		p.toggleMinimap()
	}
}

func (p *page) toggleMinimap() bool {
	m := &p.minimap
	m.on = !m.on
	m.panel.Show(m.on)
	browser.Remember("minimap", strconv.FormatBool(m.on))
	p.minimapChanged()
	return true
}

// minimapChanged paints the minimap anew, soon.
func (p *page) minimapChanged() {
	m := &p.minimap
	m.stale = true
	if !m.on || m.waits {
		return
	}
	m.waits = true
	browser.After(max(m.painted+minimapEvery-browser.Now(), 0), func() {
		p.do(func() {
			m.waits = false
			if m.on && m.stale {
				p.paintMinimap()
			}
		})
	})
}

// showMinimap shows what is seen now, and paints where somebody else looks if that is
// elsewhere.
func (p *page) showMinimap() {
	m := &p.minimap
	if !m.on {
		return
	}
	seen := p.editor.View()
	if !m.held && !m.world.ContainsBox(seen) || !slices.Equal(m.others, p.otherWindows()) {
		p.minimapChanged()
	}
	t := m.transform(1)
	m.panel.Window(t.ApplyBox(seen))
}

// transform takes the board to the minimap, in so many pixels for a CSS pixel.
func (m *minimap) transform(ratio float64) geom.Transform {
	size := m.world.Size()
	if !(size.X > 0) || !(size.Y > 0) {
		return geom.Scale(ratio, ratio)
	}
	const width, height = browser.MinimapWidth, browser.MinimapHeight
	zoom := min(width/size.X, height/size.Y)
	middle := m.world.Center()
	return geom.Translate(middle.Neg()).Then(geom.Scale(zoom, zoom)).Then(geom.Translate(geom.Point{X: width / 2, Y: height / 2})).Then(geom.Scale(ratio, ratio))
}

// otherWindows is what others on this page see, in the order in which they came.
func (p *page) otherWindows() (list []geom.Box) {
	for _, m := range p.session.Others() {
		if v := m.Viewport; sees(m) && p.here(m) {
			list = append(list, geom.Rect(v.X-v.W/2, v.Y-v.H/2, v.W, v.H))
		}
	}
	return list
}

// paintMinimap paints the figures as boxes in their colours, and over them what others
// see.
func (p *page) paintMinimap() {
	m := &p.minimap
	m.stale, m.painted, m.others = false, browser.Now(), p.otherWindows()
	if !m.held {
		m.world = p.figures.Bounds().Union(p.editor.View())
		size := m.world.Size()
		m.world = m.world.Grow(max(size.X, size.Y) * minimapMargin)
	}
	ratio := m.panel.Ratio()
	t := m.transform(ratio)
	m.picture.Paint(p.figures, t, int(browser.MinimapWidth*ratio), int(browser.MinimapHeight*ratio), browser.Dark())
	i := 0
	for _, o := range p.session.Others() {
		if sees(o) && p.here(o) {
			m.picture.Outline(t.ApplyBox(m.others[i]), o.Color, math.Round(1.5*ratio))
			i++
		}
	}
	m.panel.Paint(m.picture.RGBA, m.picture.Width, m.picture.Height)
}

// sees reports whether a member has said what it sees.
func sees(m *client.Member) bool { return m.Viewport.W > 0 && m.Viewport.H > 0 }

// takeMinimap takes hold of what is seen where a pointer is, or brings it there.
func (p *page) takeMinimap(at geom.Point) {
	m := &p.minimap
	m.held = true
	place, seen := m.place(at), p.editor.View()
	if m.grasp = seen.Center().Sub(place); !seen.Contains(place) {
		m.grasp = geom.Point{}
		p.dragMinimap(at)
	}
}

// dragMinimap moves what is seen with the pointer.
func (p *page) dragMinimap(at geom.Point) {
	middle, camera := p.minimap.place(at).Add(p.minimap.grasp), p.editor.Camera()
	width, height := browser.Size()
	camera.At = middle.Sub(geom.Point{X: width, Y: height}.Mul(0.5 / camera.Zoom))
	p.editor.Look(camera)
}

// place is the place of the board that lies at a place of the minimap.
func (m *minimap) place(at geom.Point) geom.Point {
	if inverse, ok := m.transform(1).Invert(); ok {
		return inverse.Apply(at)
	}
	return m.world.Center()
}
