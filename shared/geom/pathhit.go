package geom

import "math"

// Nearest returns the point of the path's line that is nearest to p, and how
// far that is. A path that draws nothing, or a p that is no place, gives p and
// +Inf. Within the tolerance it is right.
func (p Path) Nearest(q Point, tolerance float64) (Point, float64) {
	at, dist := q, math.Inf(1)
	if !q.place() {
		return at, dist
	}
	f := newFlattener(p, false, tolerance)
	for c := (chord{}); f.next(&c); {
		n, _ := NearestOnSegment(q, c.a, c.b)
		if d := n.Dist(q); d < dist {
			at, dist = n, d
			f.near = Box{q, q}.Grow(d)
		}
	}
	return at, dist
}

// Dist returns how far a place is from the path's line, inside or outside,
// within the tolerance.
func (p Path) Dist(q Point, tolerance float64) float64 {
	_, d := p.Nearest(q, tolerance)
	return d
}

// Contains reports whether the path encloses a place. Subpaths that are not
// closed are taken as if they were. Nearer to the line than the tolerance,
// either may come out.
func (p Path) Contains(q Point, rule FillRule, tolerance float64) bool {
	if !q.place() {
		return false
	}
	w := 0
	f := newFlattener(p, true, tolerance)
	f.near = Box{q, Point{math.Inf(1), q.Y}} // the ray that winding looks along
	for c := (chord{}); f.next(&c); {
		w += winding(q, c.a, c.b)
	}
	return rule.encloses(w)
}

// Overlaps reports whether the path's line, within the tolerance, and a box
// have a point in common: whether a marquee touches it.
func (p Path) Overlaps(b Box, tolerance float64) bool { return p.crosses(b, false, tolerance) }

// OverlapsFill reports whether what the path encloses, or its closed outline,
// and a box have a point in common.
func (p Path) OverlapsFill(b Box, rule FillRule, tolerance float64) bool {
	if p.crosses(b, true, tolerance) {
		return true
	}
	// No line crosses the border of the box: all of it is inside, or nothing.
	w := walker{path: p}
	var c curve
	return !b.Empty() && w.next(&c) && p.Contains(b.Nearest(c.p[0]), rule, tolerance)
}

func (p Path) crosses(b Box, fill bool, tolerance float64) bool {
	f := newFlattener(p, fill, tolerance)
	f.near = b
	for c := (chord{}); f.next(&c); {
		if b.OverlapsSegment(c.a, c.b) {
			return true
		}
	}
	return false
}
