package geom

import "math"

// quarter is how far the control points of a cubic lie from its ends, in radii,
// that stands for a quarter of a circle: 4/3·(√2-1). The curve is at most
// 0.03 % of the radius outside the circle.
const quarter = 4.0 / 3 * (math.Sqrt2 - 1)

// RectanglePath returns the outline of b, clockwise on the screen from the top
// left corner. Of an empty box, here and below, it is nil.
func RectanglePath(b Box) Path {
	if b.Empty() {
		return nil
	}
	c := b.Corners()
	return PolylinePath(c[:], true)
}

// RoundedRectanglePath returns the outline of b with quarters of circles in the
// corners, clockwise. The radius is at most half of the shorter side; without
// one it is RectanglePath.
func RoundedRectanglePath(b Box, radius float64) Path {
	size := b.Size()
	r := min(positive(radius), size.X/2, size.Y/2)
	if b.Empty() || !(r > 0) {
		return RectanglePath(b)
	}
	k := r * (1 - quarter)
	lo, hi := b.Min, b.Max
	p := make(Path, 0, 10)
	p.MoveTo(Point{lo.X + r, lo.Y})
	p.LineTo(Point{hi.X - r, lo.Y})
	p.CubicTo(Point{hi.X - k, lo.Y}, Point{hi.X, lo.Y + k}, Point{hi.X, lo.Y + r})
	p.LineTo(Point{hi.X, hi.Y - r})
	p.CubicTo(Point{hi.X, hi.Y - k}, Point{hi.X - k, hi.Y}, Point{hi.X - r, hi.Y})
	p.LineTo(Point{lo.X + r, hi.Y})
	p.CubicTo(Point{lo.X + k, hi.Y}, Point{lo.X, hi.Y - k}, Point{lo.X, hi.Y - r})
	p.LineTo(Point{lo.X, lo.Y + r})
	p.CubicTo(Point{lo.X, lo.Y + k}, Point{lo.X + k, lo.Y}, Point{lo.X + r, lo.Y})
	p.Close()
	return p
}

// EllipsePath returns the ellipse that touches the sides of b, as four cubics,
// clockwise from the right.
func EllipsePath(b Box) Path {
	if b.Empty() {
		return nil
	}
	c, k := b.Center(), b.Size().Mul(quarter/2)
	lo, hi := b.Min, b.Max
	p := make(Path, 0, 6)
	p.MoveTo(Point{hi.X, c.Y})
	p.CubicTo(Point{hi.X, c.Y + k.Y}, Point{c.X + k.X, hi.Y}, Point{c.X, hi.Y})
	p.CubicTo(Point{c.X - k.X, hi.Y}, Point{lo.X, c.Y + k.Y}, Point{lo.X, c.Y})
	p.CubicTo(Point{lo.X, c.Y - k.Y}, Point{c.X - k.X, lo.Y}, Point{c.X, lo.Y})
	p.CubicTo(Point{c.X + k.X, lo.Y}, Point{hi.X, c.Y - k.Y}, Point{hi.X, c.Y})
	p.Close()
	return p
}

// DiamondPath returns the lines between the middles of b's sides, clockwise
// from the top.
func DiamondPath(b Box) Path {
	if b.Empty() {
		return nil
	}
	c := b.Center()
	return PolylinePath([]Point{{c.X, b.Min.Y}, {b.Max.X, c.Y}, {c.X, b.Max.Y}, {b.Min.X, c.Y}}, true)
}

// PolylinePath returns lines through points. A single point is a dot; none
// gives nil.
func PolylinePath(points []Point, closed bool) Path {
	if len(points) == 0 {
		return nil
	}
	p := make(Path, 0, len(points)+2)
	p.MoveTo(points[0])
	for _, q := range points[1:] {
		p.LineTo(q)
	}
	if len(points) == 1 {
		p.LineTo(points[0])
	}
	if closed {
		p.Close()
	}
	return p
}

// SplinePath returns the uniform Catmull-Rom spline through points, as cubics.
// An open one begins and ends as if its end points were there twice; a closed
// one is smooth all round. A single point is a dot; none gives nil.
func SplinePath(points []Point, closed bool) Path {
	n := len(points)
	if n < 2 {
		return PolylinePath(points, closed)
	}
	at := func(i int) Point {
		if closed {
			return points[(i+n)%n]
		}
		return points[min(max(i, 0), n-1)]
	}
	pieces := n - 1
	if closed {
		pieces = n
	}
	p := make(Path, 0, pieces+2)
	p.MoveTo(points[0])
	for i := range pieces {
		// A third of the Hermite tangents, which are half of the way between
		// the neighbours.
		a := at(i + 1).Sub(at(i - 1)).Mul(1.0 / 6)
		b := at(i + 2).Sub(at(i)).Mul(1.0 / 6)
		p.CubicTo(at(i).Add(a), at(i+1).Sub(b), at(i+1))
	}
	if closed {
		p.Close()
	}
	return p
}

// ArrowHeadPath returns the head of an arrow that points along a vector with
// its tip at a place: from the one barb over the tip to the other, and back if
// it is closed. The barbs lie length behind the tip and width apart. Without a
// way to point, or a tip that is a place, it is nil.
func ArrowHeadPath(tip, along Point, length, width float64, closed bool) Path {
	u := along.Unit()
	if u == (Point{}) || !tip.place() {
		return nil
	}
	back, side := tip.Sub(u.Mul(length)), u.Perp().Mul(width/2)
	return PolylinePath([]Point{back.Sub(side), tip, back.Add(side)}, closed)
}
