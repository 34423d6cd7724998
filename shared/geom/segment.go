package geom

import "math"

// NearestOnSegment returns the point of the segment from a to b that is nearest
// to p, and the share of the way from a to b at which it lies, 0 to 1. A
// segment without length is its point a.
func NearestOnSegment(p, a, b Point) (Point, float64) {
	d := b.Sub(a)
	l2 := d.Dot(d)
	if l2 == 0 {
		return a, 0
	}
	t := p.Sub(a).Dot(d) / l2
	switch {
	case t <= 0:
		return a, 0
	case t >= 1:
		return b, 1
	}
	return a.Lerp(b, t), t
}

// DistToSegment returns how far p is from the segment from a to b, +Inf if one
// of them is no place.
func DistToSegment(p, a, b Point) float64 {
	if !p.place() || !a.place() || !b.place() {
		return math.Inf(1)
	}
	n, _ := NearestOnSegment(p, a, b)
	return n.Dist(p)
}

// IntersectSegments returns a point that the segments from a to b and from c to
// d have in common, and whether there is one. Ends belong to them, and a
// segment without length is a point. Of an overlap it is the end nearer to a.
//
// It is exact to rounding: segments that just touch may be found to miss by the
// last bit.
func IntersectSegments(a, b, c, d Point) (Point, bool) {
	if !a.place() || !b.place() || !c.place() || !d.place() || !BoxOf(a, b).Overlaps(BoxOf(c, d)) {
		return Point{}, false
	}
	r, s, q := b.Sub(a), d.Sub(c), c.Sub(a)
	if den := r.Cross(s); den != 0 {
		t, u := q.Cross(s)/den, q.Cross(r)/den
		if t >= 0 && t <= 1 && u >= 0 && u <= 1 {
			return a.Lerp(b, t), true
		}
		return Point{}, false
	}
	// Parallel, or a point.
	if q.Cross(r) != 0 || q.Cross(s) != 0 {
		return Point{}, false
	}
	l2 := r.Dot(r)
	if l2 == 0 {
		return a, true // a is on the other's line and in its box
	}
	t0, t1 := q.Dot(r)/l2, d.Sub(a).Dot(r)/l2
	if t := max(min(t0, t1), 0); t <= min(max(t0, t1), 1) {
		return a.Lerp(b, t), true
	}
	return Point{}, false
}

// DistSegments returns how far the segments from a to b and from c to d are
// apart: 0 if they meet, +Inf if one of the points is no place.
func DistSegments(a, b, c, d Point) float64 {
	if !a.place() || !b.place() || !c.place() || !d.place() {
		return math.Inf(1)
	}
	if _, meet := IntersectSegments(a, b, c, d); meet {
		return 0
	}
	return min(DistToSegment(a, c, d), DistToSegment(b, c, d), DistToSegment(c, a, b), DistToSegment(d, a, b))
}

// OverlapsSegment reports whether the segment from a to b and the box have a
// point in common. It is exact to rounding.
func (b Box) OverlapsSegment(p, q Point) bool {
	if !p.place() || !q.place() || b.Empty() {
		return false
	}
	if b.Contains(p) || b.Contains(q) {
		return true
	}
	if !b.Overlaps(BoxOf(p, q)) {
		return false
	}
	// The boxes overlap: the segment misses if the whole box lies on one side
	// of its line.
	d := q.Sub(p)
	side := 0
	for _, c := range b.Corners() {
		// A corner at infinity is where the segment's box ends: the segment
		// knows no more of it.
		c = BoxOf(p, q).Nearest(c)
		switch x := d.Cross(c.Sub(p)); {
		case x > 0:
			side |= 1
		case x < 0:
			side |= 2
		default:
			side |= 3
		}
	}
	return side == 3
}
