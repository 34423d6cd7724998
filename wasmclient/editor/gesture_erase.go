package editor

import (
	"slices"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// eraserMouse and eraserFinger are the radius of the eraser, in CSS pixels.
const eraserMouse, eraserFinger = 6, 12

// mostTrail is how many places of the eraser's way are shown.
const mostTrail = 12

// erasing deletes what it has touched when it is lifted.
type erasing struct {
	grip
	ids   []board.ID
	seen  map[board.ID]bool
	trail []geom.Point // on the board
}

func (e *Editor) beginErase(held grip) {
	g := &erasing{grip: held, seen: map[board.ID]bool{}}
	e.gesture = g
	g.sweep(held.last)
}

func (g *erasing) every() bool { return true }

func (g *erasing) move(p Pointer) {
	g.sweep(p)
	g.follow(p)
}

// sweep touches what lies on the way to a sample.
func (g *erasing) sweep(p Pointer) {
	e := g.e
	from, to := g.at(), e.camera.ToBoard(p.At)
	radius := e.units(g.kind.either(eraserMouse, eraserFinger))
	for _, f := range e.figures.In(geom.BoxOf(from, to).Grow(radius)) {
		// A frame would take all with it that is in it.
		if id := f.ID(); !g.seen[id] && !f.Locked() && f.Kind() != board.KindFrame && f.Swept(from, to, radius) {
			g.seen[id] = true
			g.ids = append(g.ids, id)
		}
	}
	g.trail = append(g.trail, to)
	if len(g.trail) > mostTrail {
		g.trail = slices.Delete(g.trail, 0, len(g.trail)-mostTrail)
	}
}

func (g *erasing) finish() { g.e.remove(g.e.figuresOf(g.ids)) }

func (g *erasing) refresh() {
	g.ids = slices.DeleteFunc(slices.Clone(g.ids), func(id board.ID) bool {
		f := g.e.figures.Of(id)
		return f == nil || f.Locked()
	})
}
