package export

import (
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// corner is the cosine of a turn of the pen from which on it is a corner: there a
// stroke is made of two pieces with round ends.
const corner = 0.5

// quarter is how far the control points of a cubic are from its ends, in radii, that
// stands for a quarter of a circle.
const quarter = 0.5522847498

// outline returns the outline of the ink of a stroke, to be filled by the non-zero
// rule; nil if there is none.
func outline(inks []figure.Ink) geom.Path {
	var path geom.Path
	var piece []figure.Ink
	end := func() {
		if len(piece) > 0 {
			path = appendPiece(path, piece)
		}
		piece = piece[:0]
	}
	for _, ink := range inks {
		n := len(piece)
		if n > 0 && ink.At == piece[n-1].At {
			piece[n-1].Radius = max(piece[n-1].Radius, ink.Radius)
			continue
		}
		if n > 1 {
			at := piece[n-1]
			if at.At.Sub(piece[n-2].At).Unit().Dot(ink.At.Sub(at.At).Unit()) < corner {
				end()
				piece = append(piece, at)
			}
		}
		piece = append(piece, ink)
	}
	end()
	return path
}

// appendPiece appends the outline of ink without corners, clockwise: along its left
// side and back along its right one. Where it turns within its own width one side runs
// backwards, and discs cover what would be left out.
func appendPiece(path geom.Path, inks []figure.Ink) geom.Path {
	n := len(inks)
	if n == 1 {
		return appendDisc(path, inks[0])
	}
	left, right := make([]geom.Point, n), make([]geom.Point, n)
	way := func(i int) geom.Point { return inks[min(i+1, n-1)].At.Sub(inks[max(i-1, 0)].At).Unit() }
	for i, ink := range inks {
		side := way(i).Perp().Mul(ink.Radius)
		left[i], right[n-1-i] = ink.At.Sub(side), ink.At.Add(side)
	}
	path.MoveTo(left[0])
	path = appendSide(path, left)
	path = appendEnd(path, inks[n-1], way(n-1))
	path = appendSide(path, right)
	path = appendEnd(path, inks[0], way(0).Neg())
	path.Close()
	covered := -1
	for i := range n - 1 {
		along := inks[i+1].At.Sub(inks[i].At)
		if left[i+1].Sub(left[i]).Dot(along) > 0 && right[n-2-i].Sub(right[n-1-i]).Dot(along) > 0 {
			continue
		}
		for k := max(covered+1, i); k <= i+1; k++ {
			path = appendDisc(path, inks[k])
			covered = k
		}
	}
	return path
}

// appendSide appends a curve that is drawn to the middles between points.
func appendSide(path geom.Path, points []geom.Point) geom.Path {
	n := len(points)
	if n > 2 {
		path.LineTo(points[0].Mid(points[1]))
		for i := 1; i < n-1; i++ {
			path.QuadTo(points[i], points[i].Mid(points[i+1]))
		}
	}
	path.LineTo(points[n-1])
	return path
}

// appendEnd appends half a circle about an ink, from the left side of where it goes to
// the right one.
func appendEnd(path geom.Path, ink figure.Ink, way geom.Point) geom.Path {
	ahead := way.Mul(ink.Radius)
	side := ahead.Perp()
	tip := ink.At.Add(ahead)
	path.CubicTo(ink.At.Sub(side).Add(ahead.Mul(quarter)), tip.Sub(side.Mul(quarter)), tip)
	path.CubicTo(tip.Add(side.Mul(quarter)), ink.At.Add(side).Add(ahead.Mul(quarter)), ink.At.Add(side))
	return path
}

// appendDisc appends a circle, clockwise.
func appendDisc(path geom.Path, ink figure.Ink) geom.Path {
	r := geom.Pt(ink.Radius, ink.Radius)
	return append(path, geom.EllipsePath(geom.BoxOf(ink.At.Sub(r), ink.At.Add(r)))...)
}
