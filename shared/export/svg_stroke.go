package export

import (
	"math"

	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// corner is the cosine of a turn of the pen from which on it is a corner: there a
// stroke is made of two pieces with round ends.
const corner = 0.5

// quarter is how far the control points of a cubic are from its ends, in radii, that
// stands for a quarter of a circle.
const quarter = 0.5522847498

// grid is what the sides of strokes lie on, in board units: then the middles
// between their points are written exactly, and a curve from one to the next by its
// end alone.
const grid = 2.0 / steps

// Outliner makes outlines of strokes. Its zero value is ready; what it returns holds
// until the next call.
type Outliner struct {
	inks, piece []figure.Ink
	ways        []geom.Point // from each ink of piece to the next
	left, right []geom.Point
	path        geom.Path
}

// Outline returns the outline of the ink of a stroke, to be filled by the non-zero
// rule; nil if there is none.
func (o *Outliner) Outline(f *figure.Figure) geom.Path {
	o.inks = f.AppendInk(o.inks[:0])
	return o.outline(o.inks)
}

func (o *Outliner) outline(inks []figure.Ink) geom.Path {
	o.path = o.path[:0]
	o.begin()
	for _, ink := range inks {
		n := len(o.piece)
		if n == 0 {
			o.piece = append(o.piece, ink)
			continue
		}
		before := &o.piece[n-1]
		if ink.At == before.At {
			before.Radius = max(before.Radius, ink.Radius)
			continue
		}
		way := unit(ink.At.Sub(before.At))
		if n > 1 && o.ways[n-2].Dot(way) < corner {
			at := *before
			o.end()
			o.piece = append(o.piece, at)
		}
		o.ways = append(o.ways, way)
		o.piece = append(o.piece, ink)
	}
	o.end()
	if len(o.path) == 0 {
		return nil
	}
	return o.path
}

func (o *Outliner) begin() { o.piece, o.ways = o.piece[:0], o.ways[:0] }

// end appends the outline of a piece, which has no corners, clockwise: along its
// left side and back along its right one. Where it turns within its own width one
// side runs backwards, and discs cover what would be left out.
func (o *Outliner) end() {
	inks, ways := o.piece, o.ways
	defer o.begin()
	n := len(inks)
	switch n {
	case 0:
		return
	case 1:
		o.disc(inks[0])
		return
	}
	left, right := resize(&o.left, n), resize(&o.right, n)
	for i, ink := range inks {
		way := ways[min(i, n-2)]
		if i > 0 && i < n-1 { // of no corner: the two are not opposite
			way = unit(inks[i+1].At.Sub(inks[i-1].At))
		}
		side := way.Perp().Mul(ink.Radius)
		left[i], right[n-1-i] = onGrid(ink.At.Sub(side)), onGrid(ink.At.Add(side))
	}
	o.path.MoveTo(left[0])
	o.side(left)
	o.tip(inks[n-1], ways[n-2], right[0])
	o.side(right)
	o.tip(inks[0], ways[0].Neg(), left[0])
	o.path.Close()
	covered := -1
	for i := range n - 1 {
		along := inks[i+1].At.Sub(inks[i].At)
		if left[i+1].Sub(left[i]).Dot(along) > 0 && right[n-2-i].Sub(right[n-1-i]).Dot(along) > 0 {
			continue
		}
		for k := max(covered+1, i); k <= i+1; k++ {
			o.disc(inks[k])
			covered = k
		}
	}
}

// side appends a curve that is drawn to the middles between points.
func (o *Outliner) side(points []geom.Point) {
	n := len(points)
	if n > 2 {
		o.path.LineTo(points[0].Mid(points[1]))
		for i := 1; i < n-1; i++ {
			o.path.QuadTo(points[i], points[i].Mid(points[i+1]))
		}
	}
	o.path.LineTo(points[n-1])
}

// tip appends half a circle about an ink, from the left side of where it goes to
// the right one, which begins at a place.
func (o *Outliner) tip(ink figure.Ink, way, to geom.Point) {
	ahead := way.Mul(ink.Radius)
	side := ahead.Perp()
	tip := ink.At.Add(ahead)
	o.path.CubicTo(ink.At.Sub(side).Add(ahead.Mul(quarter)), tip.Sub(side.Mul(quarter)), tip)
	o.path.CubicTo(tip.Add(side.Mul(quarter)), ink.At.Add(side).Add(ahead.Mul(quarter)), to)
}

// disc appends a circle, clockwise.
func (o *Outliner) disc(ink figure.Ink) {
	r := geom.Pt(ink.Radius, ink.Radius)
	o.path = append(o.path, geom.EllipsePath(geom.BoxOf(ink.At.Sub(r), ink.At.Add(r)))...)
}

// unit is geom.Point.Unit for vectors that are neither huge nor tiny: such as
// between places of a board.
func unit(p geom.Point) geom.Point {
	l := math.Sqrt(p.X*p.X + p.Y*p.Y)
	if !(l > 0) {
		return p.Unit()
	}
	return geom.Point{X: p.X / l, Y: p.Y / l}
}

func onGrid(p geom.Point) geom.Point {
	return geom.Point{X: math.Floor(p.X/grid+0.5) * grid, Y: math.Floor(p.Y/grid+0.5) * grid}
}

// resize returns scratch of a length, which is kept for the next time.
func resize(scratch *[]geom.Point, n int) []geom.Point {
	if cap(*scratch) < n {
		*scratch = make([]geom.Point, n, 2*n)
	}
	return (*scratch)[:n]
}
