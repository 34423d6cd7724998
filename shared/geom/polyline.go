package geom

import "math"

// FillRule says which places an outline that crosses itself encloses, in the
// terms of SVG and the canvas.
type FillRule uint8

const (
	// NonZero encloses what the outline goes round a number of times, counted
	// with its sense, that is not 0.
	NonZero FillRule = iota
	// EvenOdd encloses what a way to the far crosses the outline an odd number
	// of times to.
	EvenOdd
)

// encloses reports whether a winding number means inside.
func (r FillRule) encloses(winding int) bool {
	if r == EvenOdd {
		return winding&1 != 0
	}
	return winding != 0
}

// winding returns what the line from a to b adds to the number of times an
// outline goes round p: 1 or -1 if it crosses the ray from p to the right. Of
// its ends it has the upper one but not the lower, so that each crossing of an
// outline counts once.
func winding(p, a, b Point) int {
	switch {
	case a.Y <= p.Y && p.Y < b.Y:
		if b.Sub(a).Cross(p.Sub(a)) > 0 {
			return 1
		}
	case b.Y <= p.Y && p.Y < a.Y:
		if b.Sub(a).Cross(p.Sub(a)) < 0 {
			return -1
		}
	}
	return 0
}

// edges goes through the lines between points, those that are no places left
// out. A single point is a line to itself.
type edges struct {
	points      []Point
	closed      bool
	first, last Point
	seen        int // places so far
}

// next returns the next line and whether there was one.
func (e *edges) next() (a, b Point, ok bool) {
	for len(e.points) > 0 {
		p := e.points[0]
		e.points = e.points[1:]
		if !p.place() {
			continue
		}
		e.seen++
		a, e.last = e.last, p
		if e.seen > 1 {
			return a, p, true
		}
		e.first = p
	}
	if e.seen == 1 || e.seen > 1 && e.closed {
		e.seen, e.closed = 2, false
		return e.last, e.first, true
	}
	return a, b, false
}

// DistToPolyline returns how far p is from the lines between points: +Inf if
// there are none.
func DistToPolyline(p Point, points []Point) float64 {
	dist := math.Inf(1)
	e := edges{points: points}
	for a, b, ok := e.next(); ok; a, b, ok = e.next() {
		dist = min(dist, DistToSegment(p, a, b))
	}
	return dist
}

// PolygonContains reports whether p lies inside the closed outline of points. A
// place on the outline may count as either.
func PolygonContains(p Point, points []Point, rule FillRule) bool {
	if !p.place() {
		return false
	}
	w := 0
	e := edges{points: points, closed: true}
	for a, b, ok := e.next(); ok; a, b, ok = e.next() {
		w += winding(p, a, b)
	}
	return rule.encloses(w)
}

// OverlapsPolyline reports whether the box and the lines between points have a
// point in common: whether a marquee touches them.
func (b Box) OverlapsPolyline(points []Point) bool {
	return b.overlapsEdges(edges{points: points})
}

// OverlapsPolygon reports whether the box and the closed outline of points, or
// what it encloses, have a point in common.
func (b Box) OverlapsPolygon(points []Point, rule FillRule) bool {
	if b.overlapsEdges(edges{points: points, closed: true}) {
		return true
	}
	// Nothing crosses the border of the box: all of it is inside, or nothing.
	for _, p := range points {
		if p.place() {
			return !b.Empty() && PolygonContains(b.Nearest(p), points, rule)
		}
	}
	return false
}

func (b Box) overlapsEdges(e edges) bool {
	for p, q, ok := e.next(); ok; p, q, ok = e.next() {
		if b.OverlapsSegment(p, q) {
			return true
		}
	}
	return false
}
