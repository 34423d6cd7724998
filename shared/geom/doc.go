// Package geom has the plane geometry that the editor, the view and exports
// share: points, boxes, transforms, the frames of elements, paths, hit tests,
// and the camera that lays a board on a screen.
//
// A board's plane has x to the right and y downwards, in board units; at a zoom
// of 1 a unit is one CSS pixel. Angles are in radians and turn the x axis
// towards the y axis: a positive angle is clockwise on the screen.
//
// # Coordinates that are no places
//
// Boards come from outside, so no number makes a function panic, loop for long
// or return more than it says. Arithmetic (Point, Box, Transform) follows IEEE
// 754 and passes NaN and infinities on. Paths, hit tests and Simplify go
// further: for them a coordinate that is NaN or beyond ±MaxCoord is no place. A
// point or a segment with such a coordinate is left out, the distance from it
// is +Inf, and it neither hits nor is hit.
//
// # Tolerances
//
// Functions of curves take a tolerance in board units: how far the chords that
// stand for a curve may lie from it. A quarter of a device pixel is finer than
// the eye; hit tests may be coarser. One that is NaN or not positive counts as
// MinTolerance.
//
// The package knows no elements, draws nothing and formats nothing.
package geom

import "math"

const (
	// MaxCoord bounds the coordinates that paths and hit tests regard. Up to
	// here the products of the formulas stay far from overflow.
	MaxCoord = 1e100
	// MinTolerance is the smallest tolerance in board units.
	MinTolerance = 1e-6
)

// place reports whether p is a place: neither NaN nor beyond MaxCoord.
func (p Point) place() bool { return math.Abs(p.X) <= MaxCoord && math.Abs(p.Y) <= MaxCoord }

// positive returns v, or 0 if it is NaN or negative.
func positive(v float64) float64 {
	if v > 0 {
		return v
	}
	return 0
}

// tolerance returns a tolerance that can be worked with.
func tolerance(v float64) float64 {
	if v > MinTolerance {
		return v
	}
	return MinTolerance
}
