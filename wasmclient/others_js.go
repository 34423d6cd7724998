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
		if m := p.session.Members()[s.Member]; m == nil || !p.here(m) {
			continue
		}
		points := make([]board.Point, len(s.Points))
		for i, at := range s.Points {
			points[i] = board.Point{X: at.X, Y: at.Y, Pressure: 128} // a Preview has none: nominal width
		}
		list = append(list, view.Sketch{Color: s.Color, Thickness: s.Thickness, Points: points})
	}
	return list
}

func (p *page) showPeople() {
	var others []browser.Person
	for _, q := range p.session.Around() {
		others = append(others, browser.Person{ID: q.Members[0].ID, Name: q.Name, Color: q.Color})
	}
	p.panels.ShowPeople(browser.Person{Name: p.shownName(), Color: p.color}, others)
	p.showCompany()
}

// shownName is how this person is shown to the others.
func (p *page) shownName() string { return cmp.Or(p.given, p.name) }

func (p *page) showCursors() {
	p.cursors.Show(p.people())
	p.showCarets()
}

// people returns who points, or may: the others in the order in which they came, and
// those who were here before the connection broke.
func (p *page) people() []browser.Person {
	var people []browser.Person
	past := p.past.editor != nil // where nobody points
	add := func(id uint32, m *client.Member) {
		at := geom.Point{X: float64(m.Cursor.X), Y: float64(m.Cursor.Y)}.Mul(1.0 / board.PointsPerUnit)
		people = append(people, browser.Person{
			ID: id, Name: m.Name, Color: m.Color,
			Cursor: p.editor.Camera().ToScreen(at), Hidden: m.Cursor.Hidden || !p.here(m) || past,
		})
	}
	for _, m := range p.session.Others() {
		add(m.ID, m)
	}
	formers := p.session.Formers()
	for i := range formers {
		add(^uint32(i), &formers[i].Member) // a number that no member has
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

// tellNothing tells the others that this person has nothing in hand.
func (p *page) tellNothing() { p.session.Select(client.Selection{}) }

// takeSelections shows what the others have in hand.
func (p *page) takeSelections() {
	if p.past.editor != nil {
		return // it is taken when the present is shown again
	}
	for id := range p.holding {
		if !slices.ContainsFunc(p.session.Others(), func(m *client.Member) bool { return m.ID == id && m.Selection.Moving() }) {
			p.figures.SetDraft(id, nil)
			delete(p.holding, id)
		}
	}
	for _, m := range p.session.Others() {
		if s := m.Selection; s.Moving() {
			d := &figure.Draft{IDs: p.carried(s.Elements, geom.Transform(s.By)), By: geom.Transform(s.By)}
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

// carried returns what a move takes along of which some elements are told: no more are
// than fit into a message, and what is in a frame goes with it.
func (p *page) carried(told []board.ID, by geom.Transform) []board.ID {
	if by.A != 1 || by.D != 1 || by.B != 0 || by.C != 0 {
		return told // to resize a frame leaves what is in it
	}
	var more []board.ID
	for _, id := range told {
		if f := p.figures.Of(id); f != nil && f.Kind() == board.KindFrame {
			more = append(more, p.figures.Contents(id)...)
		}
	}
	if len(more) == 0 {
		return told
	}
	more = slices.Concat(more, told)
	slices.SortFunc(more, board.ID.Compare) // a draft of the same ones is the same
	return slices.Compact(more)
}

// showCarets shows where others write.
func (p *page) showCarets() {
	var carets []browser.Caret
	told := map[uint32]client.Caret{}
	for _, m := range p.session.Others() {
		if p.past.editor != nil {
			break
		}
		c := m.Selection.Caret
		f := p.figures.Of(c.Element) // none is on another page
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
	if p.past.editor != nil {
		return nil
	}
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
