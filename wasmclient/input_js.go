//go:build js

package main

import (
	"slices"
	"strconv"
	"strings"

	"edgeboard/shared/board"
	"edgeboard/shared/export"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
	"edgeboard/wasmclient/browser"
	"edgeboard/wasmclient/editor"
)

// listen connects what a person does with the editor.
func (p *page) listen() {
	surface := browser.Surface{
		Down:   func(s browser.Sample) { p.do(func() { p.down(s) }) },
		Up:     func(s browser.Sample) { p.do(func() { p.editor.Up(pointer(s), browser.Now()) }) },
		Cancel: func(s browser.Sample) { p.do(func() { p.editor.Cancel(pointer(s), browser.Now()) }) },
		Move:   func(samples []browser.Sample) { p.do(func() { p.move(samples) }) },
		Leave:  func() { p.do(func() { p.session.Point(0, 0, true) }) },
		Wheel:  func(at, by geom.Point, zoom bool) { p.do(func() { p.editor.Wheel(at, by, zoom) }) },
		Key:    func(k browser.KeyPress) (handled bool) { p.do(func() { handled = p.key(k) }); return handled },
		Space:  func(held bool) { p.do(func() { p.space(held) }) },
		Menu:   func() { p.do(p.keyboardMenu) },
	}
	surface.Listen()
	p.clipboard = browser.Clipboard{Copy: p.copy, Paste: p.paste}

	for _, s := range editor.Shortcuts() {
		p.panels.Shortcuts = append(p.panels.Shortcuts, browser.Shortcut{Command: string(s.Command), Keys: s.Keys})
	}
	p.listenToPictures()
	p.panels.Clipboard = &p.clipboard
	p.panels.Access = &p.access
	p.panels.Command = func(name string) { p.do(func() { p.command(editor.Command(name)) }) }
	p.panels.Style = func(key, value string) { p.do(func() { p.style(key, value) }) }
	p.panels.StyleBegin = func() { p.do(p.editor.BeginStyle) }
	p.panels.StyleEnd = func() { p.do(p.editor.EndStyle) }
	p.panels.Palette = palette[:]
	p.panels.Rename = func(name string, color uint32) { p.do(func() { p.rename(name, color) }) }
	p.panels.Listen()
	p.listenToSettings()
	p.listenToNarration()
	p.listenToWriting()
	p.listenToComments()
	p.listenToChat()
	p.listenToInbox()
	p.listenToFind()
	p.listenToLinks()
	p.listenToDevice()
	p.listenToPresence()
	p.listenToExport()
	p.listenToCompany()
	p.listenToPages()
	p.listenToMeeting()
	p.listenToTiles()
	p.listenToPast()
	p.listenToSince()
	p.listenToMinimap()
	p.listenToPresentation()
	p.listenToBeginning()
	p.listenToReactions()
	p.showPeople()

	browser.OnEnvironment(func() { p.do(p.resized); p.redraw() })
	browser.OnAwake(func() { p.link.Wake(); p.photos.Wake(); p.redraw() })
	browser.OnLeave(p.unsaved)
	browser.OnHide(func() { p.do(p.leave) })
}

// down presses a pointer, or follows the link that it is on.
func (p *page) down(s browser.Sample) {
	if s.Ctrl && s.Button == 0 && p.followAt(s.At) {
		return
	}
	p.editor.Down(pointer(s), browser.Now())
}

func (p *page) resized() {
	p.editor.Resize(browser.Size())
	p.tiles.moved = true
}

// keyboardMenu opens the menu over what is selected, or in the middle.
func (p *page) keyboardMenu() {
	if !p.role.Edits() {
		return
	}
	width, height := browser.Size()
	at, seen := geom.Point{X: width / 2, Y: height / 2}, geom.Rect(0, 0, width, height)
	box := geom.NoBox
	for _, f := range p.selected() {
		box = box.Union(f.Bounds)
	}
	if !box.Empty() {
		at = seen.Nearest(p.editor.Camera().ToScreen(box.Center()))
	}
	p.panels.OpenMenu(at)
}

// selected returns the figures that are selected, from the bottom one to the top
// one.
func (p *page) selected() []*figure.Figure {
	var list []*figure.Figure
	for _, id := range p.editor.Selection() {
		if f := p.figures.Of(id); f != nil {
			list = append(list, f)
		}
	}
	slices.SortFunc(list, p.figures.Compare)
	return list
}

func pointer(s browser.Sample) editor.Pointer {
	p := editor.Pointer{ID: s.Pointer, At: s.At, Pressure: s.Pressure, Mods: mods(s.Shift, s.Alt, s.Ctrl), Clicks: s.Clicks}
	switch s.Kind {
	case "touch":
		p.Kind = editor.Finger
	case "pen":
		p.Kind = editor.Stylus
	}
	switch s.Button {
	case 0, -1: // -1: no button has changed since the last event
	case 1:
		p.Button = editor.Middle
	default:
		p.Button = editor.Other
	}
	return p
}

func mods(shift, alt, ctrl bool) (m editor.Mods) {
	if shift {
		m |= editor.Shift
	}
	if alt {
		m |= editor.Alt
	}
	if ctrl {
		m |= editor.Ctrl
	}
	return m
}

func (p *page) move(samples []browser.Sample) {
	p.presence.Touch()
	moved := make([]editor.Pointer, len(samples))
	for i, s := range samples {
		moved[i] = pointer(s)
	}
	p.editor.Move(moved, browser.Now())
	at := p.editor.Camera().ToBoard(moved[len(moved)-1].At)
	p.pointed = &at
	if !p.role.Points() || p.past.editor != nil {
		return
	}
	p.lase(at)
	told := at.Mul(board.PointsPerUnit)
	p.session.Point(int32(told.X), int32(told.Y), false)
}

// key does what a key says, and reports whether it says something.
func (p *page) key(k browser.KeyPress) bool {
	if p.presentKey(k.Key) {
		return true
	}
	c, ok := editor.CommandOf(k.Key, mods(k.Shift, k.Alt, k.Ctrl))
	done := ok && p.command(c)
	if done && c == stampCommand {
		p.show() // the signs
		p.meeting.FocusStamps()
	}
	return done
}

// space holds the board while the space bar is held, and goes on to the next step of a
// presentation.
func (p *page) space(held bool) {
	if !held || !p.presentKey(" ") {
		p.editor.Space(held)
	}
}

// command does a command, the page's own or one of the editor's, and reports
// whether there was something to do.
func (p *page) command(c editor.Command) bool {
	locked := p.editor.State().Locked
	do, own := p.own[c]
	if !own {
		do = func() bool { return p.editor.Do(c) }
	}
	done := do()
	if done {
		p.narrateDeed(c, locked)
	}
	return done
}

// style sets what the style panel says.
func (p *page) style(key, value string) {
	number, err := strconv.ParseFloat(value, 64)
	color, colorErr := strconv.ParseUint(strings.TrimPrefix(value, "#"), 16, 24)
	switch key {
	case browser.StyleColor:
		if colorErr == nil {
			p.editor.SetStyle(board.KeyColor, board.Int(int64(color)))
		}
		return
	case browser.StyleFill:
		switch {
		case value == "none":
			p.editor.SetStyle(board.KeyFill, board.Value{})
		case colorErr == nil:
			p.editor.SetStyle(board.KeyFill, board.Int(int64(color)))
		}
		return
	}
	if err != nil {
		return
	}
	switch key {
	case browser.StyleThickness:
		p.editor.SetStyle(board.KeyThickness, board.Float(number))
	case browser.StyleOpacity:
		p.editor.SetStyle(board.KeyOpacity, board.Float(number))
	case browser.StyleFont:
		p.editor.SetStyle(board.KeyFontSize, board.Float(number))
	case browser.StyleDash:
		p.editor.SetStyle(board.KeyDash, board.Int(int64(number)))
	case browser.StyleAlign:
		p.editor.SetStyle(board.KeyAlign, board.Int(int64(number)))
	case browser.StyleHeads:
		p.editor.SetStyle(board.KeyHead, board.Int(int64(number)))
	}
}

// copy returns the selection for the clipboard.
func (p *page) copy(cut bool) (own []byte, text, svg string) {
	p.do(func() {
		own = p.editor.Copy()
		if own == nil {
			return
		}
		var texts []string
		figures := p.editor.Copied()
		svg = string(export.AppendSVG(nil, figures, export.Options{Margin: 8}))
		for _, f := range figures {
			if t := f.Element.Text(); t != "" {
				texts = append(texts, t)
			}
		}
		text = strings.Join(texts, "\n\n")
		if cut {
			p.editor.Do(editor.Delete)
		}
	})
	return own, text, svg
}

// paste puts what the clipboard has where the pointer said, or in the middle.
func (p *page) paste(own []byte, text string, at *geom.Point) {
	p.do(func() {
		width, height := browser.Size()
		place := geom.Point{X: width / 2, Y: height / 2}
		if at != nil {
			place = *at
		}
		place = p.editor.Camera().ToBoard(place)
		if own == nil {
			p.editor.PasteText(text, place)
			return
		}
		if err := p.editor.Paste(own, place); err != nil {
			println("pasting:", err.Error())
		}
	})
}

func (p *page) rename(name string, color uint32) {
	if p.given == "" {
		p.name = name
		browser.Remember("name", name)
	}
	p.color = color
	browser.Remember("color", strconv.FormatUint(uint64(color), 16))
	p.session.Rename(p.name, p.color)
	p.showPeople()
}
