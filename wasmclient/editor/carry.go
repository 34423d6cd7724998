package editor

import (
	"slices"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// carrying is what gestures have in common that take elements along: they lie
// where a draft has them until the gesture is over.
type carrying struct {
	grip
	ids   []board.ID
	frame geom.Frame // of all, when it began
	// opened says that something is written already, which belongs to the step.
	opened bool
	guides []guide
	// brought are those of ids that came along in a frame although they are locked.
	brought map[board.ID]bool
}

// carry takes what of the selection can be moved. It reports whether there is
// something.
func (e *Editor) carry(held grip) (carrying, bool) {
	list := e.loose(e.free())
	frame, ok := e.frame(list)
	if len(list) == 1 && list[0].Line() {
		frame, ok = list[0].Frame, true
	}
	c := carrying{grip: held, frame: frame}
	c.take(e.loose(slices.Clone(e.along(list))))
	return c, ok
}

// take makes figures those that the gesture moves.
func (g *carrying) take(list []*figure.Figure) {
	g.ids = idsOf(list)
	g.brought = map[board.ID]bool{}
	for _, f := range list {
		if f.Locked() {
			g.brought[f.ID()] = true
		}
	}
}

// loose returns those of figures that lie where they do by themselves: not the
// arrows between elements that stay, nor stamps on others of them.
func (e *Editor) loose(list []*figure.Figure) []*figure.Figure {
	taken := make(map[board.ID]bool, len(list))
	for _, f := range list {
		taken[f.ID()] = true
	}
	return slices.DeleteFunc(list, func(f *figure.Figure) bool {
		if f.Kind() == board.KindStamp {
			return taken[f.Element.Get(board.KeyStart).Ref()] // it goes along
		}
		start, end := e.boundTo(f)
		return start != nil && end != nil && !taken[start.ID()] && !taken[end.ID()]
	})
}

// show lays the elements where t brings them.
func (g *carrying) show(t geom.Transform) {
	if t == geom.Identity {
		g.e.lay(nil)
		return
	}
	g.e.lay(&figure.Draft{IDs: g.ids, By: t})
}

// showAt lays the one element at a place.
func (g *carrying) showAt(p figure.Place) {
	g.e.lay(&figure.Draft{IDs: g.ids, By: geom.Identity, Place: &p})
}

// open begins the step with something that cannot wait for the end.
func (g *carrying) open(write func(edit *board.Edit)) {
	if !g.opened {
		g.opened = true
		g.e.history.Begin()
	}
	g.e.step(write)
}

// finish writes where the elements lie, and what frames they are in.
func (g *carrying) finish() { g.write(false) }

// write writes where the elements lie; resized says that frames among them may have
// something else in them now.
func (g *carrying) write(resized bool) {
	if d := g.e.draft; d != nil {
		if !g.opened {
			g.opened = true
			g.e.history.Begin()
		}
		g.e.write(d)
		g.e.reframe(g.ids, resized)
	}
	g.close()
}

// close ends the step.
func (g *carrying) close() {
	g.e.lay(nil)
	if g.opened {
		g.opened = false
		g.e.history.End()
	}
}

func (g *carrying) abandon() {
	opened := g.opened
	g.close()
	if opened {
		g.e.hand(g.e.history.Cancel())
	}
}

// refresh leaves what was deleted or locked. It ends quietly when nothing is left.
func (g *carrying) refresh() {
	e := g.e
	gone := func(id board.ID) bool {
		f := e.figures.Of(id)
		return f == nil || f.Locked() && !g.brought[id]
	}
	if !slices.ContainsFunc(g.ids, gone) {
		return
	}
	g.ids = slices.DeleteFunc(slices.Clone(g.ids), gone)
	if len(g.ids) == 0 {
		e.gesture = nil
		g.close()
		return
	}
	if d := e.draft; d != nil {
		e.lay(&figure.Draft{IDs: g.ids, By: d.By})
	}
}

// write writes the places that a draft gives elements, and ends the draft.
func (e *Editor) write(d *figure.Draft) {
	type carried struct {
		f  *figure.Figure
		is figure.Place
	}
	var list []carried
	for _, id := range d.IDs {
		if f := e.figures.Of(id); f != nil {
			list = append(list, carried{f, f.Place})
		}
	}
	e.lay(nil)
	// All are read before any is written: arrows follow. Somebody else may have them
	// in hand too.
	taken := map[board.ID]bool{}
	for i := range list {
		list[i].f = e.figures.Settled(list[i].f.ID())
		taken[list[i].f.ID()] = true
	}
	list = slices.DeleteFunc(list, func(c carried) bool {
		return c.f.Kind() == board.KindStamp && taken[c.f.Element.Get(board.KeyStart).Ref()]
	})
	if !slices.ContainsFunc(list, func(c carried) bool { return c.f.Place != c.is }) {
		return
	}
	wrap := d.Place != nil && d.Place.W != 0
	e.step(func(edit *board.Edit) {
		for _, c := range list {
			e.settle(edit, c.f, c.is, wrap)
		}
	})
}

// settle writes where an element has come to lie. What was left to its lines, as
// the width of a text that is not wrapped, stays so unless wrap says otherwise.
func (e *Editor) settle(edit *board.Edit, f *figure.Figure, is figure.Place, wrap bool) {
	if f.Kind() == board.KindStamp {
		e.settleStamp(edit, f, is)
		return
	}
	p, given := figure.PlaceOf(f.Element)
	was := f.Place
	if !given {
		p = is
		if f.Kind() == board.KindText && f.Element.Get(board.KeyWidth).IsNone() && is.W == was.W {
			p.W = 0
		}
		figure.SetPlace(edit, f.Element, p)
		return
	}
	auto := f.Kind() == board.KindText && p.W == 0 && !wrap
	for _, v := range []struct {
		p       *float64
		was, is float64
	}{{&p.X, was.X, is.X}, {&p.Y, was.Y, is.Y}, {&p.W, was.W, is.W}, {&p.H, was.H, is.H}, {&p.Angle, was.Angle, is.Angle}, {&p.Size, was.Size, is.Size}} {
		if v.was != v.is {
			*v.p = v.is
		}
	}
	if auto {
		p.W = 0
	}
	figure.SetPlace(edit, f.Element, p)
}

// moveBy writes that an element lies elsewhere.
func (e *Editor) moveBy(edit *board.Edit, f *figure.Figure, d geom.Point) {
	p := f.Place
	p.X, p.Y = p.X+d.X, p.Y+d.Y
	e.settle(edit, f, p, false)
}
