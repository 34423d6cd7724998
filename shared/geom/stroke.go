package geom

import "math"

// Stroke is what a round brush leaves that is pressed harder and less hard: all
// discs along the lines between points, with radii that go evenly from point to
// point. It is only looked at, never kept.
//
// Points that are no places are left out, with their radii.
type Stroke struct {
	Points []Point
	// Radii has one for each point; the last counts for those it lacks. A
	// radius that is NaN or negative is 0.
	Radii []float64
}

func (s Stroke) radius(i int) float64 {
	if len(s.Radii) == 0 {
		return 0
	}
	return radius(s.Radii[min(i, len(s.Radii)-1)])
}

// radius returns r as a distance that reaches no further than places do: 0 if it
// is NaN or negative.
func radius(r float64) float64 { return min(positive(r), MaxCoord) }

// Bounds returns the smallest box around the stroke, NoBox if it has no points.
func (s Stroke) Bounds() Box {
	b := NoBox
	for i, p := range s.Points {
		if p.place() {
			r := Point{s.radius(i), s.radius(i)}
			b = b.With(p.Sub(r)).With(p.Add(r))
		}
	}
	return b
}

// Dist returns how far p is from the stroke: 0 on it, +Inf if the stroke has no
// points or p is no place.
func (s Stroke) Dist(p Point) float64 {
	dist := math.Inf(1)
	if p.place() {
		for c := (capsules{stroke: s}); c.next(); {
			dist = min(dist, c.dist(p))
		}
	}
	return max(dist, 0)
}

// Hit reports whether p is on the stroke or within tolerance of it.
func (s Stroke) Hit(p Point, tolerance float64) bool { return s.HitSwept(p, p, tolerance) }

// HitSwept reports whether a disc with the tolerance as its radius touches the
// stroke on its straight way between two places: an eraser between two samples
// of the pointer. A tolerance that is NaN or negative is 0.
func (s Stroke) HitSwept(from, to Point, tolerance float64) bool {
	if !from.place() || !to.place() {
		return false
	}
	tolerance = radius(tolerance)
	way := BoxOf(from, to).Grow(tolerance)
	for c := (capsules{stroke: s}); c.next(); {
		if c.misses(way) {
			continue
		}
		if from == to {
			if c.dist(from) <= tolerance {
				return true
			}
			continue
		}
		switch d := DistSegments(from, to, c.a, c.b) - tolerance; {
		case d > max(c.ra, c.rb):
		case d <= min(c.ra, c.rb):
			return true
		default:
			// Being the distance of a convex shape, it is a convex function.
			if reaches(func(t float64) float64 { return c.dist(from.Lerp(to, t)) }, tolerance) {
				return true
			}
		}
	}
	return false
}

// Overlaps reports whether the stroke and a box have a point in common.
func (s Stroke) Overlaps(b Box) bool {
	if b.Empty() {
		return false
	}
	for c := (capsules{stroke: s}); c.next(); {
		if c.misses(b) {
			continue
		}
		if b.OverlapsSegment(c.a, c.b) || reaches(func(t float64) float64 {
			return b.Dist(c.a.Lerp(c.b, t)) - (c.ra + (c.rb-c.ra)*t)
		}, 0) {
			return true
		}
	}
	return false
}

// reaches reports whether a convex function of 0 to 1 is anywhere as small as
// limit.
func reaches(f func(t float64) float64, limit float64) bool {
	lo, hi := 0.0, 1.0
	if f(lo) <= limit || f(hi) <= limit {
		return true
	}
	// By golden section, after which what is left is a 10⁻⁹th.
	const g = 2 - math.Phi
	a, b := lo+g*(hi-lo), hi-g*(hi-lo)
	fa, fb := f(a), f(b)
	for range 43 {
		if fa <= limit || fb <= limit {
			return true
		}
		if fa < fb {
			hi, b, fb = b, a, fa
			a = lo + g*(hi-lo)
			fa = f(a)
		} else {
			lo, a, fa = a, b, fb
			b = hi - g*(hi-lo)
			fb = f(b)
		}
	}
	return false
}

// DistToCapsule returns how far p is from what a round brush leaves that goes
// from a, with the radius ra, to b, with rb: 0 on it, +Inf if a point is no
// place. A radius that is NaN or negative is 0.
func DistToCapsule(p, a Point, ra float64, b Point, rb float64) float64 {
	if !p.place() || !a.place() || !b.place() {
		return math.Inf(1)
	}
	c := capsules{a: a, b: b, ra: radius(ra), rb: radius(rb)}
	return max(c.dist(p), 0)
}

// capsules goes through the parts of a stroke. A single point is a part too.
type capsules struct {
	stroke Stroke
	i      int // the next point
	seen   int // places so far
	a, b   Point
	ra, rb float64
}

// next reports whether there is a next part, and sets a to rb to it.
func (c *capsules) next() bool {
	for c.i < len(c.stroke.Points) {
		p, r := c.stroke.Points[c.i], c.stroke.radius(c.i)
		c.i++
		if !p.place() {
			continue
		}
		c.seen++
		c.a, c.ra, c.b, c.rb = c.b, c.rb, p, r
		if c.seen > 1 {
			return true
		}
	}
	if c.seen == 1 {
		c.seen = 2
		c.a, c.ra = c.b, c.rb
		return true
	}
	return false
}

// misses reports whether the part lies wholly to one side of a box.
func (c *capsules) misses(b Box) bool {
	r := max(c.ra, c.rb)
	return c.a.X+r < b.Min.X && c.b.X+r < b.Min.X || c.a.X-r > b.Max.X && c.b.X-r > b.Max.X ||
		c.a.Y+r < b.Min.Y && c.b.Y+r < b.Min.Y || c.a.Y-r > b.Max.Y && c.b.Y-r > b.Max.Y
}

// dist returns the least of |p-q|-r for all discs of radius r about points q.
// Inside, it is negative.
func (c *capsules) dist(p Point) float64 {
	d := c.b.Sub(c.a)
	l := d.Len()
	k := (c.rb - c.ra) / l
	if !(k > -1 && k < 1) {
		// One of the discs at the ends has all others in it.
		return min(p.Dist(c.a)-c.ra, p.Dist(c.b)-c.rb)
	}
	// Along the line p is at x, and y beside it. The disc at s that comes
	// nearest is where (s-x)/√((s-x)²+y²) = k.
	v := p.Sub(c.a)
	x, y := v.Dot(d)/l, math.Abs(v.Cross(d))/l
	s := min(max(x+k*y/math.Sqrt(1-k*k), 0), l)
	return math.Hypot(x-s, y) - (c.ra + k*s)
}
