package editor

import (
	"math"
	"slices"
	"sort"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// snapReach is how near an edge comes to another to snap to it, in CSS pixels;
// GridStep is how far the lines of the grid are apart, in board units.
const (
	snapReach = 6
	GridStep  = 20
)

// mostRails bounds the elements that something lines up with. On a part of the
// board where more are to be seen, lines would be everywhere.
const mostRails = 400

// On a board of more than manyFigures only what is within nearby CSS pixels of
// what is dragged is looked at.
const (
	manyFigures = 20_000
	nearby      = 500
)

func onGrid(p geom.Point) geom.Point {
	return geom.Point{X: math.Round(p.X/GridStep) * GridStep, Y: math.Round(p.Y/GridStep) * GridStep}
}

// snaps reports whether what a pointer drags lines up with others: the control
// key turns it round.
func (e *Editor) snaps(p Pointer) bool { return e.Snap != (p.Mods&Ctrl != 0) }

// guide is a line between what is aligned, on the board.
type guide struct{ from, to geom.Point }

// rails is what things line up with: the boxes in view.
type rails struct{ boxes []geom.Box }

// newRails returns the boxes of what is in view, without what is dragged, which
// lies in box. Lines and strokes are not lined up with. What others move meanwhile
// is not followed.
func (e *Editor) newRails(dragged []board.ID, box geom.Box) *rails {
	r := &rails{}
	view := e.view()
	if e.figures.Len() > manyFigures {
		view = view.Intersect(box.Grow(e.units(nearby)))
	}
	except := make(map[board.ID]bool, len(dragged))
	for _, id := range dragged {
		except[id] = true
	}
	for _, f := range e.figures.In(view) {
		if _, ok := f.Outline(); !ok || except[f.ID()] {
			continue
		}
		if len(r.boxes) == mostRails {
			return &rails{}
		}
		r.boxes = append(r.boxes, f.Frame.Bounds())
	}
	return r
}

// axis reads points along x, or along y.
type axis bool

const (
	alongX axis = false
	alongY axis = true
)

func (a axis) of(p geom.Point) float64 {
	if a == alongY {
		return p.Y
	}
	return p.X
}

// point returns the point that lies at v along the axis and at w across it.
func (a axis) point(v, w float64) geom.Point {
	if a == alongY {
		return geom.Point{X: w, Y: v}
	}
	return geom.Point{X: v, Y: w}
}

// stops are the places of a box along an axis that line up.
func (a axis) stops(b geom.Box) [3]float64 {
	return [3]float64{a.of(b.Min), a.of(b.Center()), a.of(b.Max)}
}

// nearest returns how far the first of the places that are within reach of a rail
// is from it.
func (r *rails) nearest(a axis, places []float64, reach float64) (by float64, ok bool) {
	best := math.Inf(1)
	for _, b := range r.boxes {
		for _, stop := range a.stops(b) {
			for _, at := range places {
				if d := stop - at; math.Abs(d) < math.Abs(best) {
					best = d
				}
			}
		}
	}
	if math.Abs(best) > reach {
		return 0, false
	}
	return best, true
}

// move returns a move by d of a box, a little more or less along the axes that are
// given so that it lines up, and what with.
func (r *rails) move(box geom.Box, d geom.Point, axes []axis, reach float64) (geom.Point, []guide) {
	moved := box.Add(d)
	for _, a := range axes {
		stops := a.stops(moved)
		by, ok := r.nearest(a, stops[:], reach)
		if gap, even := r.even(a, moved, reach); even && (!ok || math.Abs(gap) < math.Abs(by)) {
			by, ok = gap, true
		}
		if ok {
			moved = moved.Add(a.point(by, 0))
		}
	}
	return moved.Min.Sub(box.Min), r.guides(moved)
}

// even returns how far a box is from having gaps to its neighbours that are even:
// between the two, or beyond one as wide as the gap beside it.
func (r *rails) even(a axis, box geom.Box, reach float64) (by float64, ok bool) {
	row := r.row(a, box)
	best := math.Inf(1)
	offer := func(d float64) {
		if math.Abs(d) < math.Abs(best) {
			best = d
		}
	}
	lo, hi := a.of(box.Min), a.of(box.Max)
	for i := range len(row) - 1 {
		from, to := a.of(row[i].Max), a.of(row[i+1].Min)
		gap := to - from
		if gap <= 0 {
			continue
		}
		offer((from+to)/2 - (lo+hi)/2)       // between the two
		offer(a.of(row[i].Min) - gap - hi)   // before both
		offer(a.of(row[i+1].Max) + gap - lo) // after both
	}
	return best, math.Abs(best) <= reach
}

// row returns the boxes that lie in a row with another one, in order.
func (r *rails) row(a axis, box geom.Box) []geom.Box {
	across := alongY
	if a == alongY {
		across = alongX
	}
	var row []geom.Box
	for _, b := range r.boxes {
		if across.of(b.Min) < across.of(box.Max) && across.of(b.Max) > across.of(box.Min) {
			row = append(row, b)
		}
	}
	sort.Slice(row, func(i, j int) bool { return a.of(row[i].Min) < a.of(row[j].Min) })
	return row
}

// stop returns a place, a little elsewhere so that it lines up on the axes that
// are asked for, and what with.
func (r *rails) stop(at geom.Point, x, y bool, reach float64) (geom.Point, []guide) {
	if by, ok := r.nearest(alongX, []float64{at.X}, reach); ok && x {
		at.X += by
	}
	if by, ok := r.nearest(alongY, []float64{at.Y}, reach); ok && y {
		at.Y += by
	}
	return at, r.guides(geom.BoxOf(at))
}

// guides returns the lines along which a box is aligned with others: one for each
// place, from the first to the last of what lies on it. Gaps have a line each.
func (r *rails) guides(box geom.Box) (list []guide) {
	for _, a := range []axis{alongX, alongY} {
		across := !a
		stops := a.stops(box)
		for i, at := range stops {
			if i > 0 && same(at, stops[i-1]) {
				continue
			}
			lo, hi, found := across.of(box.Min), across.of(box.Max), false
			for _, b := range r.boxes {
				for _, stop := range a.stops(b) {
					if same(stop, at) {
						lo, hi, found = min(lo, across.of(b.Min)), max(hi, across.of(b.Max)), true
					}
				}
			}
			if found {
				list = append(list, guide{a.point(at, lo), a.point(at, hi)})
			}
		}
		list = append(list, r.gaps(a, box)...)
	}
	return list
}

// gaps returns a line in each of the gaps beside a box that are even.
func (r *rails) gaps(a axis, box geom.Box) (list []guide) {
	row := r.row(a, box)
	i := 0
	for i < len(row) && a.of(row[i].Max) <= a.of(box.Min) {
		i++
	}
	row = slices.Insert(row, i, box)
	middle := (!a).of(box.Center())
	gap := func(i int) float64 {
		if i < 0 || i+1 >= len(row) {
			return -1
		}
		return a.of(row[i+1].Min) - a.of(row[i].Max)
	}
	line := func(i int) guide {
		return guide{a.point(a.of(row[i].Max), middle), a.point(a.of(row[i+1].Min), middle)}
	}
	for _, pair := range [][2]int{{i - 1, i}, {i - 2, i - 1}, {i, i + 1}} {
		if g := gap(pair[0]); g > 0 && same(g, gap(pair[1])) {
			list = append(list, line(pair[0]), line(pair[1]))
		}
	}
	return list
}

// same reports whether two lengths differ by rounding alone.
func same(a, b float64) bool { return math.Abs(a-b) < 1e-6*max(1, math.Abs(a), math.Abs(b)) }
