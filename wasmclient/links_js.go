//go:build js

package main

import (
	"errors"
	"strings"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
	"edgeboard/shared/link"
	"edgeboard/wasmclient/browser"
)

// links is the elements of the board that lead somewhere.
type links struct {
	panel    browser.Links
	elements map[board.ID]*board.Element
	asked    board.ID // the element whose link the dialog is about
	wanted   board.ID // the element that the address names, until it is shown
	shown    int
}

// mostLinks bounds the signs that are shown at once.
const mostLinks = 200

func (l *links) read(doc *board.Board) {
	l.elements = map[board.ID]*board.Element{}
	for e := range doc.Elements() {
		l.note(e)
	}
}

func (l *links) note(e *board.Element) {
	if e.Deleted() || e.Get(board.KeyLink).IsNone() {
		delete(l.elements, e.ID())
	} else {
		l.elements[e.ID()] = e
	}
}

func (l *links) changed(doc *board.Board, e board.Event) {
	switch {
	case e.Kind == board.Reset:
		l.read(doc)
	case e.Kind == board.Created, e.Kind == board.Set && (e.Key == board.KeyLink || e.Key == board.KeyDeleted):
		l.note(e.Element)
	}
}

// listenToLinks connects the dialog and the signs with the board.
func (p *page) listenToLinks() {
	l := &p.links
	l.panel = browser.Links{
		Set: func(text string) (why string) {
			p.do(func() { why = p.setLink(text) })
			return why
		},
		Go: func(id string) {
			p.do(func() {
				name, _ := board.ParseID(id)
				if e := l.elements[name]; e != nil {
					if to, ok := link.Of(e); ok {
						p.followLink(to)
					}
				}
			})
		},
	}
	l.panel.Listen()
	p.own["link"] = p.askLink
	p.own["copy-link"] = p.copyLink
	read := func() {
		to, err := link.Parse(browser.Fragment())
		if err == nil && to.Element != (board.ID{}) {
			l.wanted = to.Element
		}
	}
	read()
	browser.OnFragment(func() { p.do(read) })
}

// askLink asks for the link of what is selected.
func (p *page) askLink() bool {
	list := p.selected()
	if len(list) != 1 || list[0].Locked() || !p.role.Edits() {
		return false
	}
	p.links.asked = list[0].ID()
	p.links.panel.Ask(list[0].Element.Get(board.KeyLink).Str())
	return true
}

// setLink gives the element that was asked about a link, and returns the key of what
// is wrong with it.
func (p *page) setLink(text string) (why string) {
	v := board.Value{}
	if text != "" {
		// One to this board is one to an element, wherever the relay is reached.
		clean, err := link.Clean(strings.TrimPrefix(text, browser.Address()))
		switch {
		case errors.Is(err, link.ErrTooLong):
			return "link.too-long"
		case errors.Is(err, link.ErrScheme):
			return "link.scheme"
		case err != nil:
			return "link.format"
		}
		v = board.String(clean)
	}
	p.editor.Annotate(p.links.asked, board.KeyLink, v)
	return ""
}

// copyLink copies the address of what is selected.
func (p *page) copyLink() bool {
	list := p.selected()
	if len(list) != 1 {
		return false
	}
	browser.Copy(browser.Address()+link.ToElement(list[0].ID()), func(ok bool) {
		if ok {
			browser.Toast(browser.Text("link.copied"))
		} else {
			browser.Toast(browser.Text("sharing.not-copied"))
		}
	})
	return true
}

// followAt follows the link of the element at a place of the screen, and reports
// whether it has one.
func (p *page) followAt(at geom.Point) bool {
	for _, f := range p.figures.At(p.editor.Camera().ToBoard(at), 0) {
		if to, ok := link.Of(f.Element); ok {
			p.followLink(to)
			return true
		}
	}
	return false
}

func (p *page) followLink(to link.Link) {
	if to.URL != "" {
		browser.OpenURL(to.URL)
		return
	}
	if !p.showElement(to.Element) {
		browser.Toast(browser.Text("link.gone"))
	}
}

// showElement goes to an element and selects it, if the board has it.
func (p *page) showElement(id board.ID) bool {
	e := p.session.Doc().Element(id)
	if e == nil || e.Deleted() {
		return false
	}
	if page, ok := p.figures.PageOf(e); ok {
		p.turnTo(page)
	}
	f := p.figures.Of(id)
	if f == nil {
		return false
	}
	p.goTo(e, f.Frame.Center())
	if p.role.Edits() {
		p.editor.SelectOnly(id)
	}
	return true
}

// showLinks shows the signs of links that are in the window, and goes to what the
// address names as soon as it is there.
func (p *page) showLinks() {
	l := &p.links
	if l.wanted != (board.ID{}) && p.showElement(l.wanted) {
		l.wanted = board.ID{}
	}
	if len(l.elements) == 0 && l.shown == 0 {
		return
	}
	width, height := browser.Size()
	seen := geom.Rect(0, 0, width, height)
	var signs []browser.LinkSign
	for id, e := range l.elements {
		to, ok := link.Of(e)
		f := p.figures.Of(id)
		if !ok || f == nil || len(signs) == mostLinks {
			continue
		}
		box := f.Frame.Box
		at := p.editor.Camera().ToScreen(f.Frame.ToBoard(geom.Pt(box.Max.X, box.Min.Y)))
		if seen.Contains(at) {
			signs = append(signs, browser.LinkSign{ID: id.Text(), At: at, URL: to.URL})
		}
	}
	l.shown = len(signs)
	l.panel.Show(signs)
}
