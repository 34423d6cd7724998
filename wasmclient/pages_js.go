//go:build js

package main

import (
	"slices"
	"strconv"
	"strings"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
	"edgeboard/wasmclient/browser"
)

// listenToPages connects the list of pages.
func (p *page) listenToPages() {
	p.pages.Do = func(what string, at int, name string) { p.do(func() { p.doPage(what, at, name) }) }
	p.pages.Listen()
	p.recallCameras()
	p.showPages()
	browser.OnHide(func() { p.do(p.keepCameras) })
}

// pageList returns the pages: a board that has none is one.
func (p *page) pageList() []figure.Page {
	if list := p.figures.Pages(); len(list) > 0 {
		return list
	}
	return []figure.Page{{}}
}

// doPage does what a person does in the list.
func (p *page) doPage(what string, at int, name string) {
	list := p.pageList()
	if what == "add" {
		p.editor.AddPage()
		return
	}
	if at >= len(list) {
		return
	}
	id := list[at].ID
	switch what {
	case "show":
		p.editor.ShowPage(id)
	case "rename":
		p.editor.RenamePage(id, name)
	case "duplicate":
		p.editor.DuplicatePage(id)
	case "up":
		p.editor.MovePage(id, at-1)
	case "down":
		p.editor.MovePage(id, at+1)
	case "take":
		if p.editor.MoveToPage(id) {
			browser.Offer(browser.Text("pages.moved", browser.PageName(list[at].Name, at)), browser.Text("pages.open"), func() {
				p.do(func() { p.editor.ShowPage(id) })
			})
		}
	case "delete":
		if p.editor.DeletePage(id) {
			browser.Offer(browser.Text("pages.deleted", browser.PageName(list[at].Name, at)), browser.Text("pages.undo"), func() {
				p.do(func() { p.editor.UndeletePage(id) })
			})
		}
	}
}

// turnPages shows the list of pages, if another is shown or there is something else
// that could be moved.
func (p *page) turnPages() {
	if selected := len(p.editor.Selection()) > 0; p.figures.Page() != p.turned || selected != p.movable {
		p.movable = selected
		p.showPages()
	}
}

// showPages shows the list of pages.
func (p *page) showPages() {
	s := browser.PagesState{Selected: p.movable}
	for i, page := range p.pageList() {
		if page.ID == p.figures.Page() {
			s.Shown = i
		}
		s.Pages = append(s.Pages, browser.PageLine{Name: page.Name, People: p.lookers(page.ID)})
	}
	if page := p.figures.Page(); page != p.turned {
		p.turned, p.tiles.moved = page, true
		p.showCompany()
		p.showCursors()
		p.view.Sketches(p.sketches())
		p.redraw()
	}
	p.pages.Show(s)
}

// lookers returns the colours of those who look at a page, in the order in which
// they came.
func (p *page) lookers(page board.ID) (colors []uint32) {
	for _, m := range p.session.Others() {
		if m.Viewport != (client.Viewport{}) && p.samePage(m.Viewport.Page, page) {
			colors = append(colors, m.Color)
		}
	}
	return colors
}

// camerasKey names what is kept of how this device last looked at the pages.
func camerasKey() string { return "cameras." + browser.Board() }

// mostCameras bounds of how many pages that is kept.
const mostCameras = 50

// keepCameras keeps how each page was last looked at.
func (p *page) keepCameras() {
	var lines []string
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', 8, 64) }
	for id, c := range p.mine().Cameras() {
		if len(lines) < mostCameras {
			lines = append(lines, strings.Join([]string{
				strconv.FormatUint(uint64(id.Replica), 10), strconv.FormatUint(id.Seq, 10), number(c.At.X), number(c.At.Y), number(c.Zoom),
			}, " "))
		}
	}
	slices.Sort(lines)
	browser.Remember(camerasKey(), strings.Join(lines, ";"))
}

// recallCameras makes the editor know how each page was last looked at here.
func (p *page) recallCameras() {
	for line := range strings.SplitSeq(browser.Remembered(camerasKey()), ";") {
		var v [5]float64
		fields := strings.Fields(line)
		if len(fields) != len(v) {
			continue
		}
		for i, field := range fields {
			v[i], _ = strconv.ParseFloat(field, 64)
		}
		id := board.ID{Replica: board.Replica(v[0]), Seq: uint64(v[1])}
		p.editor.RememberCamera(id, geom.Camera{At: geom.Pt(v[2], v[3]), Zoom: v[4]})
	}
}
