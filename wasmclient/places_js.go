//go:build js

package main

import (
	"edgeboard/shared/board"
	"edgeboard/shared/geom"
	"edgeboard/wasmclient/browser"
)

// goTo shows a place in the middle of the window, on the page of an element.
func (p *page) goTo(e *board.Element, at geom.Point) {
	if page, ok := p.figures.PageOf(e); ok {
		p.turnTo(page)
	}
	width, height := browser.Size()
	camera := p.editor.Camera()
	camera.At = at.Sub(geom.Pt(width, height).Mul(0.5 / camera.Zoom))
	p.flyTo(camera)
}

// turnTo shows a page.
func (p *page) turnTo(page board.ID) {
	if page != p.figures.Page() {
		p.editor.ShowPage(page)
	}
}

// elsewhere reports whether an element is on a page that is not shown.
func (p *page) elsewhere(e *board.Element) bool {
	page, ok := p.figures.PageOf(e)
	return !ok || page != p.figures.Page()
}
