package geom

import "math"

// Box is an axis-aligned rectangle that includes its border. NoBox, and any
// other with Min beyond Max, contains nothing. A box with a NaN contains
// nothing either, though Empty does not say so.
type Box struct{ Min, Max Point }

// NoBox is the empty box: the neutral element of Union.
var NoBox = Box{Point{math.Inf(1), math.Inf(1)}, Point{math.Inf(-1), math.Inf(-1)}}

// Rect returns the box with a corner at x, y and the opposite one w to the
// right and h below. Negative sizes extend to the left and above.
func Rect(x, y, w, h float64) Box { return BoxOf(Point{x, y}, Point{x + w, y + h}) }

// BoxOf returns the smallest box that contains all points: NoBox if there are
// none, and one with NaNs if a point has.
func BoxOf(points ...Point) Box {
	b := NoBox
	for _, p := range points {
		b = b.With(p)
	}
	return b
}

// Empty reports whether b contains nothing.
func (b Box) Empty() bool { return b.Min.X > b.Max.X || b.Min.Y > b.Max.Y }

// Size returns the width and the height, which are 0 if b is empty.
func (b Box) Size() Point {
	if b.Empty() {
		return Point{}
	}
	return b.Max.Sub(b.Min)
}

// Center returns the middle of b, and the origin if b is empty.
func (b Box) Center() Point { return b.At(0.5, 0.5) }

// At returns the point of b at a share of its width and of its height: At(0, 0)
// is the top left corner, At(1, 0.5) the middle of the right side. Of an empty
// box it is the origin.
func (b Box) At(u, v float64) Point {
	if b.Empty() {
		return Point{}
	}
	return Point{b.Min.X*(1-u) + b.Max.X*u, b.Min.Y*(1-v) + b.Max.Y*v}
}

// Corners returns the corners clockwise on the screen from the top left one,
// whatever b contains.
func (b Box) Corners() [4]Point {
	return [4]Point{b.Min, {b.Max.X, b.Min.Y}, b.Max, {b.Min.X, b.Max.Y}}
}

// With returns the smallest box that contains b and p.
func (b Box) With(p Point) Box {
	return Box{
		Point{min(b.Min.X, p.X), min(b.Min.Y, p.Y)},
		Point{max(b.Max.X, p.X), max(b.Max.Y, p.Y)},
	}
}

// Union returns the smallest box that contains both.
func (b Box) Union(c Box) Box {
	switch {
	case b.Empty():
		return c
	case c.Empty():
		return b
	}
	return b.With(c.Min).With(c.Max)
}

// Intersect returns what b and c have in common, which is NoBox if they do not
// overlap and a line or a point if they touch.
func (b Box) Intersect(c Box) Box {
	if !b.Overlaps(c) {
		return NoBox
	}
	return Box{
		Point{max(b.Min.X, c.Min.X), max(b.Min.Y, c.Min.Y)},
		Point{min(b.Max.X, c.Max.X), min(b.Max.Y, c.Max.Y)},
	}
}

// Add returns b moved by d.
func (b Box) Add(d Point) Box { return Box{b.Min.Add(d), b.Max.Add(d)} }

// Grow returns b with d more on every side.
func (b Box) Grow(d float64) Box {
	if b.Empty() {
		return b
	}
	return Box{Point{b.Min.X - d, b.Min.Y - d}, Point{b.Max.X + d, b.Max.Y + d}}
}

// Contains reports whether p lies in b or on its border.
func (b Box) Contains(p Point) bool {
	return b.Min.X <= p.X && p.X <= b.Max.X && b.Min.Y <= p.Y && p.Y <= b.Max.Y
}

// ContainsBox reports whether every point of c is in b. Of an empty c it is, in
// any b.
func (b Box) ContainsBox(c Box) bool { return c.Empty() || b.Contains(c.Min) && b.Contains(c.Max) }

// Overlaps reports whether b and c have a point in common.
func (b Box) Overlaps(c Box) bool {
	return b.Min.X <= c.Max.X && c.Min.X <= b.Max.X && b.Min.Y <= c.Max.Y && c.Min.Y <= b.Max.Y && !b.Empty() && !c.Empty()
}

// Nearest returns the point of b that is nearest to p, which is p itself inside
// b. An empty box has none, and gives p.
func (b Box) Nearest(p Point) Point {
	if b.Empty() {
		return p
	}
	return Point{min(max(p.X, b.Min.X), b.Max.X), min(max(p.Y, b.Min.Y), b.Max.Y)}
}

// Dist returns how far p is from b: 0 inside it, +Inf if b is empty or
// something is NaN.
func (b Box) Dist(p Point) float64 {
	if b.Contains(p) {
		return 0
	}
	d := b.Nearest(p).Dist(p)
	if b.Empty() || math.IsNaN(d) {
		return math.Inf(1)
	}
	return d
}
