package editor

import (
	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// pulling drags an end of a line. That of an arrow is bound to what it is
// dropped on.
type pulling struct {
	carrying
	end    bool       // the one that it goes to
	bound  bool       // it was when it was taken
	offset geom.Point // from the pointer to the end, on the board
	target binding
}

func (e *Editor) pull(c carrying, f *figure.Figure, end bool, at geom.Point) *pulling {
	g := &pulling{carrying: c, end: end, offset: f.From.Sub(at)}
	start, to := e.boundTo(f)
	g.bound = start != nil
	if end {
		g.offset, g.bound = f.To.Sub(at), to != nil
	}
	return g
}

func (g *pulling) move(p Pointer) {
	g.follow(p)
	e := g.e
	f := e.figures.Of(g.ids[0])
	if !g.far || f == nil {
		return
	}
	if g.bound {
		// It comes off what it was bound to, for everybody to see.
		g.bound = false
		g.open(func(edit *board.Edit) {
			figure.SetPlace(edit, f.Element, f.Place)
			binding{}.write(edit, f.Element, g.end)
		})
		if f = e.figures.Of(g.ids[0]); f == nil {
			return
		}
	}
	fixed := f.To
	if g.end {
		fixed = f.From
	}
	at := e.endAt(g.grip, g.at().Add(g.offset), fixed)
	at, g.target = e.aim(f, g.grip, at, fixed, g.end)
	if g.end {
		g.showAt(f.Place.WithEnds(fixed, at))
	} else {
		g.showAt(f.Place.WithEnds(at, fixed))
	}
}

// endAt returns where an end of a line lies that is dragged to a place.
func (e *Editor) endAt(g grip, at, fixed geom.Point) geom.Point {
	switch {
	case g.held(Shift):
		return steppedFrom(fixed, at)
	case e.Grid:
		return onGrid(at)
	}
	return at
}

// aim returns where an end of an arrow lies, and what it is bound to when it is
// dropped there. The control key keeps it from being bound.
func (e *Editor) aim(f *figure.Figure, g grip, at, fixed geom.Point, end bool) (geom.Point, binding) {
	if f.Kind() != board.KindArrow || g.held(Ctrl) {
		return at, binding{}
	}
	except := []board.ID{f.ID()}
	start, to := e.boundTo(f)
	if end && start != nil {
		except = append(except, start.ID())
	} else if !end && to != nil {
		except = append(except, to.ID())
	}
	target, b := e.bindable(at, except...)
	if target == nil {
		return at, b
	}
	return meet(target, b, fixed), b
}

func (g *pulling) finish() {
	e := g.e
	if e.draft == nil {
		g.close()
		return
	}
	if !g.opened {
		g.opened = true
		e.history.Begin()
	}
	e.write(e.draft)
	g.bindEnd(g.end, g.target)
	e.reframe(g.ids, false)
	g.close()
}

// bindEnd writes what an end of the gesture's arrow is bound to.
func (g *carrying) bindEnd(end bool, b binding) {
	f := g.e.figures.Of(g.ids[0])
	if f == nil || b.to == (board.ID{}) || g.e.figures.Of(b.to) == nil {
		return
	}
	g.e.step(func(edit *board.Edit) { b.write(edit, f.Element, end) })
}
