//go:build js

package main

import (
	"cmp"
	"slices"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
	"edgeboard/wasmclient/browser"
	"edgeboard/wasmclient/view"
)

// sketches returns what others draw that is not stored.
func (p *page) sketches() (list []view.Sketch) {
	for s := range p.session.Sketches() {
		points := make([]board.Point, len(s.Points))
		for i, at := range s.Points {
			points[i] = board.Point{X: at.X, Y: at.Y, Pressure: 128} // a Preview has none: nominal width
		}
		list = append(list, view.Sketch{Color: s.Color, Thickness: s.Thickness, Points: points})
	}
	return list
}

func (p *page) showPeople() {
	p.panels.ShowPeople(browser.Person{Name: cmp.Or(p.given, p.name), Color: p.color}, p.people())
}

func (p *page) showCursors() {
	p.cursors.Show(p.people())
	p.showCarets()
}

// people returns the others, in the order in which they came.
func (p *page) people() []browser.Person {
	var people []browser.Person
	for _, m := range p.session.Others() {
		at := geom.Point{X: float64(m.Cursor.X), Y: float64(m.Cursor.Y)}.Mul(1.0 / board.PointsPerUnit)
		people = append(people, browser.Person{
			ID: m.ID, Name: m.Name, Color: m.Color,
			Cursor: p.editor.Camera().ToScreen(at), Hidden: m.Cursor.Hidden,
		})
	}
	return people
}

// tellSelection tells the others what this person has in hand.
func (p *page) tellSelection() {
	s := client.Selection{Elements: p.editor.Selection()}
	if d := p.editor.Gesture(); d != nil {
		s.Elements = d.IDs
		if d.Place != nil {
			s.Place = client.Place(*d.Place)
		} else {
			s.By = client.Matrix(d.By)
		}
	}
	if w := p.editor.Writing(); w != nil {
		anchor, head := w.Caret()
		s.Caret = client.Caret{Element: w.ID(), Anchor: anchor, Head: head}
	}
	p.session.Select(s)
}

// takeSelections shows what the others have in hand.
func (p *page) takeSelections() {
	for id := range p.holding {
		if !slices.ContainsFunc(p.session.Others(), func(m *client.Member) bool { return m.ID == id && m.Selection.Moving() }) {
			p.figures.SetDraft(id, nil)
			delete(p.holding, id)
		}
	}
	for _, m := range p.session.Others() {
		if s := m.Selection; s.Moving() {
			d := &figure.Draft{IDs: s.Elements, By: geom.Transform(s.By)}
			if (s.Place != client.Place{}) {
				place := figure.Place(s.Place)
				d.Place = &place
				d.IDs = s.Elements[:min(len(s.Elements), 1)]
			}
			p.figures.SetDraft(m.ID, d)
			p.holding[m.ID] = true
		}
	}
	p.stale = true // what they move may be written in
	p.redraw()     // what they have selected is outlined
}

// showCarets shows where others write.
func (p *page) showCarets() {
	var carets []browser.Caret
	told := map[uint32]client.Caret{}
	for _, m := range p.session.Others() {
		c := m.Selection.Caret
		f := p.figures.Of(c.Element)
		if f == nil {
			continue
		}
		head, err := f.Element.Position(c.Head, board.UTF16)
		anchor, err2 := f.Element.Position(c.Anchor, board.UTF16)
		if err != nil || err2 != nil {
			continue // the text has not arrived
		}
		caret := browser.Caret{ID: m.ID, Name: m.Name, Color: m.Color, Plane: p.plane(f), Bar: lineOf(f, head), Moved: c != p.told[m.ID]}
		told[m.ID] = c
		if text := f.Text(); text != nil && anchor != head {
			caret.Boxes = text.Boxes(min(anchor, head), max(anchor, head))
		}
		carets = append(carets, caret)
	}
	p.told = told
	p.carets.Show(carets)
}

// theirs is the outlines of what the others have selected.
func (p *page) theirs() (list []view.Stroke) {
	for _, m := range p.session.Others() {
		for _, id := range m.Selection.Elements[:min(len(m.Selection.Elements), mostTheirs)] {
			f := p.figures.Of(id)
			if f == nil {
				continue
			}
			s := view.Stroke{Closed: true, Width: 1.5, Color: m.Color}
			corners := f.Frame.Corners()
			places := corners[:]
			if f.Line() {
				s.Closed, places = false, []geom.Point{f.From, f.To}
			}
			for _, at := range places {
				s.Points = append(s.Points, p.editor.Camera().ToScreen(at))
			}
			list = append(list, s)
		}
	}
	return list
}

// mostTheirs is how many of the elements that somebody has selected are outlined.
const mostTheirs = 32
