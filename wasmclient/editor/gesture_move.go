package editor

import (
	"math"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// moving moves what is selected.
type moving struct {
	carrying
	rails *rails
	into  board.ID // the frame that they would come into, the zero ID if that is none
}

func (e *Editor) beginMove(held grip) {
	e.gesture = nil
	if held.held(Alt) {
		// What is there stays, and what is dragged is new.
		e.history.Begin()
		if !e.duplicate(geom.Point{}) {
			e.history.End()
			return
		}
	}
	carried, ok := e.carry(held)
	g := &moving{carrying: carried}
	g.opened = held.held(Alt)
	if !ok {
		g.abandon()
		return
	}
	e.gesture = g
}

func (g *moving) move(p Pointer) {
	g.follow(p)
	e := g.e
	d := g.at().Sub(g.origin)
	axes := []axis{alongX, alongY}
	if g.held(Shift) {
		axes = axes[:1]
		if math.Abs(d.Y) > math.Abs(d.X) {
			axes[0] = alongY
		}
		d = axes[0].point(axes[0].of(d), 0)
	}
	g.guides = nil
	switch box := g.frame.Bounds(); {
	case e.Grid:
		corner := box.Min.Add(d)
		more := onGrid(corner).Sub(corner)
		for _, a := range axes {
			d = d.Add(a.point(a.of(more), 0))
		}
	case e.snaps(g.last):
		if g.rails == nil {
			g.rails = e.newRails(g.ids, box)
		}
		d, g.guides = g.rails.move(box, d, axes, e.units(snapReach))
	}
	g.show(geom.Translate(d))
	g.into = g.aims()
}

// aims returns the frame that what is moved would come into, let go here: the zero ID
// if it is in it already.
func (g *moving) aims() board.ID {
	e := g.e
	if e.figures.NumFrames() == 0 {
		return board.ID{}
	}
	list := e.outer(e.figuresOf(g.ids))
	if len(list) == 0 {
		return board.ID{}
	}
	is := e.frameFor(list)
	if e.frameOf(list[0]) == is {
		return board.ID{}
	}
	return is
}
