package editor

import (
	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// pressing is a press of the select tool that has not moved yet: a click, or the
// beginning of a drag.
type pressing struct {
	grip
	on     board.ID // what was hit, the zero ID if nothing was
	was    bool     // it was selected before
	inBox  bool     // nothing was hit in the box of the selection
	clicks int
}

// press begins what the select tool does.
func (e *Editor) press(g grip) {
	at := g.at()
	if e.grasp(g, at) {
		return
	}
	p := &pressing{grip: g, clicks: g.last.Clicks}
	f := e.top(at, g.kind, false)
	switch {
	case f != nil:
		p.on, p.was = f.ID(), e.chosen[f.ID()]
		switch {
		case p.was:
		case g.held(Shift):
			e.add(e.whole(f))
		default:
			e.choose(e.whole(f))
		}
	case e.inBox(at):
		p.inBox = true
	}
	e.gesture = p
}

func (g *pressing) move(p Pointer) {
	g.follow(p)
	if !g.far {
		return
	}
	e := g.e
	switch {
	case g.on != (board.ID{}) || g.inBox:
		e.beginMove(g.grip)
	case g.kind == Finger && !e.FingerDraws:
		e.gesture = &panning{grip: g.grip}
		e.look(e.camera.Pan(p.At.Sub(g.from)))
		return
	default:
		e.beginMarquee(g.grip)
	}
	if e.gesture != nil {
		e.gesture.move(p)
	}
}

// finish is a click.
func (g *pressing) finish() {
	e := g.e
	f := e.figures.Of(g.on)
	switch {
	case g.clicks == 2 && !g.held(Shift):
		e.enter(g.at(), g.kind)
	case f == nil && g.on != (board.ID{}):
		// It is gone, and with it the click.
	case f == nil && g.held(Shift):
	case f == nil:
		e.choose(nil)
	case g.held(Shift) && g.was:
		e.drop(e.whole(f))
	case g.was && !g.held(Shift):
		e.choose(e.whole(f))
	}
}

// enter is a double click: into a group, into a text, or for the values of a tile.
func (e *Editor) enter(at geom.Point, kind PointerKind) {
	f := e.top(at, kind, false)
	if f != nil && f.Group() != (board.ID{}) && f.Group() != e.inside {
		e.inside = f.Group()
		e.choose([]board.ID{f.ID()})
		return
	}
	if f != nil && f.Picture != nil {
		e.choose([]board.ID{f.ID()})
		e.crop()
		return
	}
	if e.lookUp(at, kind) {
		return
	}
	if f == nil || !writable(f) {
		if f = e.around(at); f == nil {
			if e.top(at, kind, true) == nil {
				e.placeText(at)
			}
			return
		}
	}
	e.choose([]board.ID{f.ID()})
	e.Write(f.ID())
}

func (g *pressing) deadline() (at float64, ok bool) { return g.rests() }

func (g *pressing) flush(now float64) {
	if at, ok := g.rests(); ok && now >= at {
		g.e.gesture = nil
		g.e.askMenu(g.last)
	}
}
