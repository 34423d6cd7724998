package geom

import "math"

// curve is a Bézier of degree 1 to 3: a step of a path with its beginning.
type curve struct {
	degree int
	p      [4]Point // the first degree+1 count
	first  bool     // it begins a subpath
	closes bool     // it is the line that closes a subpath
}

// cubic returns the same curve in terms of degree 3.
func (c *curve) cubic() [4]Point {
	switch p := &c.p; c.degree {
	case 1:
		return [4]Point{p[0], p[0].Lerp(p[1], 1.0/3), p[0].Lerp(p[1], 2.0/3), p[1]}
	case 2:
		return [4]Point{p[0], p[0].Lerp(p[1], 2.0/3), p[2].Lerp(p[1], 2.0/3), p[2]}
	default:
		return *p
	}
}

// addBounds returns the smallest box around b and the curve.
func (c *curve) addBounds(b Box) Box {
	end := c.p[c.degree]
	b = b.With(c.p[0]).With(end)
	inside := true
	for _, q := range c.p[1:c.degree] {
		inside = inside && b.Contains(q)
	}
	if inside {
		return b // as the curve lies among its control points
	}
	b.Min.X, b.Max.X = extent(b.Min.X, b.Max.X, c.degree, c.p[0].X, c.p[1].X, c.p[2].X, c.p[3].X)
	b.Min.Y, b.Max.Y = extent(b.Min.Y, b.Max.Y, c.degree, c.p[0].Y, c.p[1].Y, c.p[2].Y, c.p[3].Y)
	return b
}

// extent widens lo and hi by the extrema of one coordinate of a curve.
func extent(lo, hi float64, degree int, p0, p1, p2, p3 float64) (float64, float64) {
	if degree == 2 {
		// The derivative is zero where d0·(1-t) + d1·t is.
		d0, d1 := p1-p0, p2-p1
		if t := d0 / (d0 - d1); t > 0 && t < 1 {
			s := 1 - t
			v := s*s*p0 + 2*s*t*p1 + t*t*p2
			lo, hi = min(lo, v), max(hi, v)
		}
		return lo, hi
	}
	// A third of the derivative is d0·(1-t)² + 2·d1·t·(1-t) + d2·t², which is
	// a·t² + 2·b·t + d0.
	d0, d1, d2 := p1-p0, p2-p1, p3-p2
	a, b := d0-2*d1+d2, d1-d0
	disc := b*b - a*d0
	if !(disc >= 0) {
		return lo, hi
	}
	// Of the two forms of each root, the one that does not subtract.
	q := -(b + math.Copysign(math.Sqrt(disc), b))
	for _, t := range [2]float64{q / a, d0 / q} {
		if t > 0 && t < 1 {
			s := 1 - t
			v := s*s*s*p0 + 3*s*s*t*p1 + 3*s*t*t*p2 + t*t*t*p3
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	return lo, hi
}

// flat reports whether a cubic lies within tol of its chord.
//
// The distance from the chord is a convex function of the plane and 0 at both
// ends. So on the curve it is at most 3t(1-t)²·d1 + 3t²(1-t)·d2, d1 and d2 being
// those of the control points, and that is at most ¾ of the greater. Points of
// the chord are as near to the curve, which passes beside all of them.
func flat(p *[4]Point, tol float64) bool {
	d := max(DistToSegment(p[1], p[0], p[3]), DistToSegment(p[2], p[0], p[3]))
	return !(0.75*d > tol)
}

// misses reports whether a cubic lies wholly to one side of a box, by its
// control points.
func misses(p *[4]Point, b Box) bool {
	return p[0].X < b.Min.X && p[1].X < b.Min.X && p[2].X < b.Min.X && p[3].X < b.Min.X ||
		p[0].X > b.Max.X && p[1].X > b.Max.X && p[2].X > b.Max.X && p[3].X > b.Max.X ||
		p[0].Y < b.Min.Y && p[1].Y < b.Min.Y && p[2].Y < b.Min.Y && p[3].Y < b.Min.Y ||
		p[0].Y > b.Max.Y && p[1].Y > b.Max.Y && p[2].Y > b.Max.Y && p[3].Y > b.Max.Y
}

// halves cuts a cubic in the middle, by de Casteljau's construction.
func halves(p *[4]Point) (left, right [4]Point) {
	m := p[1].Mid(p[2])
	left[0], right[3] = p[0], p[3]
	left[1], right[2] = p[0].Mid(p[1]), p[2].Mid(p[3])
	left[2], right[1] = left[1].Mid(m), m.Mid(right[2])
	left[3] = left[2].Mid(right[1])
	right[0] = left[3]
	return left, right
}
