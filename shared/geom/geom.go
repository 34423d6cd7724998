// Package geom has the plane geometry that the editor, the view and exports
// share: points, boxes, and the camera that lays a board on a screen.
//
// A board's plane has x to the right and y downwards, in board units; at a zoom
// of 1 a unit is one CSS pixel.
package geom

import "math"

// Point is a place or a vector.
type Point struct{ X, Y float64 }

// Add returns p + q.
func (p Point) Add(q Point) Point { return Point{p.X + q.X, p.Y + q.Y} }

// Sub returns p - q.
func (p Point) Sub(q Point) Point { return Point{p.X - q.X, p.Y - q.Y} }

// Mul returns p scaled by k.
func (p Point) Mul(k float64) Point { return Point{p.X * k, p.Y * k} }

// Len returns the length of p as a vector.
func (p Point) Len() float64 { return math.Hypot(p.X, p.Y) }

// Mid returns the point halfway between p and q.
func (p Point) Mid(q Point) Point { return Point{(p.X + q.X) / 2, (p.Y + q.Y) / 2} }

// Box is an axis-aligned rectangle that includes its border. NoBox, and any
// other with Min beyond Max, contains nothing.
type Box struct{ Min, Max Point }

// NoBox is the empty box: the neutral element of Union.
var NoBox = Box{Point{math.Inf(1), math.Inf(1)}, Point{math.Inf(-1), math.Inf(-1)}}

// Empty reports whether b contains nothing.
func (b Box) Empty() bool { return b.Min.X > b.Max.X || b.Min.Y > b.Max.Y }

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

// Grow returns b with d more on every side.
func (b Box) Grow(d float64) Box {
	if b.Empty() {
		return b
	}
	return Box{Point{b.Min.X - d, b.Min.Y - d}, Point{b.Max.X + d, b.Max.Y + d}}
}

// Overlaps reports whether b and c have a point in common.
func (b Box) Overlaps(c Box) bool {
	return b.Min.X <= c.Max.X && c.Min.X <= b.Max.X && b.Min.Y <= c.Max.Y && c.Min.Y <= b.Max.Y && !b.Empty() && !c.Empty()
}

// Camera lays the board on the screen: the board's point At lies in the top
// left corner, and a board unit takes Zoom CSS pixels.
type Camera struct {
	At   Point
	Zoom float64
}

// The range of Camera.Zoom.
const (
	MinZoom = 0.1
	MaxZoom = 30
)

// ToScreen returns where a point of the board is on the screen.
func (c Camera) ToScreen(p Point) Point { return p.Sub(c.At).Mul(c.Zoom) }

// ToBoard returns which point of the board is at a place on the screen.
func (c Camera) ToBoard(p Point) Point { return p.Mul(1 / c.Zoom).Add(c.At) }

// Visible returns the part of the board on a screen of the given size.
func (c Camera) Visible(width, height float64) Box {
	return Box{c.At, c.ToBoard(Point{width, height})}
}

// Pan returns the camera after the board was moved by d CSS pixels.
func (c Camera) Pan(d Point) Camera {
	c.At = c.At.Sub(d.Mul(1 / c.Zoom))
	return c
}

// ZoomAt returns the camera with another zoom, kept within MinZoom and MaxZoom,
// and the same point of the board at a place on the screen.
func (c Camera) ZoomAt(screen Point, zoom float64) Camera {
	fixed := c.ToBoard(screen)
	c.Zoom = min(max(zoom, MinZoom), MaxZoom)
	c.At = fixed.Sub(screen.Mul(1 / c.Zoom))
	return c
}
