package editor

import (
	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// leastSize is how small a frame can be made, in board units.
const leastSize = 1

// resizing drags a handle of the selection's frame.
type resizing struct {
	carrying
	handle geom.Handle
	offset geom.Point // from the pointer to the handle, on the board
	rails  *rails
	// Of one element:
	single board.Kind // 0: there are several
	was    figure.Place
	auto   bool // a text that is as wide as its lines
}

func (g *resizing) move(p Pointer) {
	g.follow(p)
	if !g.far {
		return
	}
	text := g.single == board.KindText
	var mode geom.ResizeMode
	if g.held(Shift) != (g.single == board.KindImage) || text && g.handle.Corner() {
		mode |= geom.KeepRatio
	}
	if g.held(Alt) {
		mode |= geom.FromCenter
	}
	to := g.aim(g.at().Add(g.offset), mode)
	frame, t := g.frame.Resize(g.handle, to, mode)
	before, after := g.frame.Box.Size(), frame.Box.Size()
	if before.X >= leastSize && after.X < leastSize || before.Y >= leastSize && after.Y < leastSize {
		return // it stays as small as it was a moment ago
	}
	switch {
	case g.single == 0:
		g.show(t)
	case text && !g.handle.Corner():
		place := g.was.InFrame(frame)
		place.W = max(place.W, place.Size) // room for a letter
		g.showAt(place)
	case text:
		place := g.was.Move(g.single, t)
		if place.Size < figure.MinFontSize || place.Size > figure.MaxFontSize {
			return
		}
		if g.auto {
			place.W = 0
		}
		g.showAt(place)
	default:
		// Letters in a shape keep their size: the shape has more room for them.
		place := g.was.Move(g.single, t)
		place.Size = g.was.Size
		g.showAt(place)
	}
}

// aim returns where the handle is to lie: on the grid, or lined up.
func (g *resizing) aim(to geom.Point, mode geom.ResizeMode) geom.Point {
	e := g.e
	g.guides = nil
	if g.frame.Angle != 0 || mode&geom.KeepRatio != 0 {
		return to
	}
	switch {
	case e.Grid:
		to = onGrid(to)
	case e.snaps(g.last):
		if g.rails == nil {
			g.rails = e.newRails(g.ids, g.frame.Bounds())
		}
		way := g.handle.Way()
		to, g.guides = g.rails.stop(to, way.X != 0, way.Y != 0, e.units(snapReach))
	}
	return to
}

func (g *resizing) finish() { g.write(true) }
