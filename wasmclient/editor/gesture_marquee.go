package editor

import (
	"slices"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// marquee selects what a box touches.
type marquee struct {
	grip
	before []board.ID // what was selected, and stays so
}

func (e *Editor) beginMarquee(held grip) {
	g := &marquee{grip: held}
	if held.held(Shift) {
		g.before = e.selection
	}
	e.gesture = g
}

func (g *marquee) box() geom.Box { return geom.BoxOf(g.origin, g.at()) }

func (g *marquee) move(p Pointer) {
	g.follow(p)
	e, box := g.e, g.box()
	touched := slices.DeleteFunc(e.figures.In(box), func(f *figure.Figure) bool { return f.Locked() || !f.Touches(box) })
	e.choose(slices.Concat(g.before, e.wholes(touched)))
}

func (g *marquee) finish() {}

// refresh forgets what is not there any more.
func (g *marquee) refresh() { g.before = idsOf(g.e.figuresOf(g.before)) }

func (g *marquee) abandon() {
	g.e.choose(g.before)
	g.e.dropGone() // meanwhile
}
