package geom

import "math"

// Frame is where an element lies: its box, turned about the box's centre. The
// frame's own plane is the board's before the turn.
//
// A frame whose box is empty has no corners and contains nothing.
type Frame struct {
	Box   Box
	Angle float64 // radians, clockwise on the screen
}

// Center returns the middle, which is where it is in both planes.
func (f Frame) Center() Point { return f.Box.Center() }

// ToBoard returns where a point of the frame's plane is on the board.
func (f Frame) ToBoard(p Point) Point { return p.RotateAbout(f.Center(), f.Angle) }

// ToLocal returns which point of the frame's plane lies at a place of the
// board.
func (f Frame) ToLocal(p Point) Point { return p.RotateAbout(f.Center(), -f.Angle) }

// Transform returns ToBoard as a transform.
func (f Frame) Transform() Transform {
	if f.Angle == 0 {
		return Identity
	}
	return RotateAbout(f.Center(), f.Angle)
}

// At returns the place on the board of the box's At(u, v).
func (f Frame) At(u, v float64) Point { return f.ToBoard(f.Box.At(u, v)) }

// Corners returns the corners on the board, clockwise from that which was the
// top left one before the turn.
func (f Frame) Corners() [4]Point {
	corners, c := f.Box.Corners(), f.Center()
	for i, p := range corners {
		corners[i] = p.RotateAbout(c, f.Angle)
	}
	return corners
}

// Bounds returns the smallest box on the board that contains the frame, which
// is NoBox if the frame is empty.
func (f Frame) Bounds() Box {
	if f.Box.Empty() || f.Angle == 0 {
		return f.Box.Union(NoBox)
	}
	sin, cos := math.Sincos(f.Angle)
	sin, cos = math.Abs(sin), math.Abs(cos)
	half, c := f.Box.Size().Mul(0.5), f.Center()
	d := Point{half.X*cos + half.Y*sin, half.X*sin + half.Y*cos}
	return Box{c.Sub(d), c.Add(d)}
}

// Contains reports whether a place of the board lies in the frame or on its
// border.
func (f Frame) Contains(p Point) bool { return f.Box.Contains(f.ToLocal(p)) }

// Overlaps reports whether the frame and a box on the board have a point in
// common: whether a marquee touches it.
func (f Frame) Overlaps(b Box) bool {
	if f.Box.Empty() {
		return false
	}
	if f.Angle == 0 {
		return f.Box.Overlaps(b)
	}
	corners := f.Corners()
	return b.OverlapsPolygon(corners[:], NonZero)
}

// Add returns f moved by d.
func (f Frame) Add(d Point) Frame { return Frame{f.Box.Add(d), f.Angle} }

// Rotate returns f turned further about its centre.
func (f Frame) Rotate(angle float64) Frame { return Frame{f.Box, NormalizeAngle(f.Angle + angle)} }

// RotateAbout returns f turned further about a place on the board: what becomes
// of an element of a group when the group is turned.
func (f Frame) RotateAbout(c Point, angle float64) Frame {
	mid := f.Center()
	return f.Add(mid.RotateAbout(c, angle).Sub(mid)).Rotate(angle)
}
