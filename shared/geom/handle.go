package geom

import "math"

// Handle is one of eight places of a frame by which it is resized, named as
// they lie before the frame's turn.
type Handle uint8

const (
	TopLeft Handle = iota
	Top
	TopRight
	Right
	BottomRight
	Bottom
	BottomLeft
	Left
	// Handles is how many there are.
	Handles
)

// way holds where each handle lies from the centre, in half sizes.
var way = [Handles]Point{{-1, -1}, {0, -1}, {1, -1}, {1, 0}, {1, 1}, {0, 1}, {-1, 1}, {-1, 0}}

// Way returns where a handle lies from the centre of the frame, in half sizes
// of the box: -1, 0 or 1 in x and y. No handle lies in the centre.
func (h Handle) Way() Point {
	if h >= Handles {
		return Point{}
	}
	return way[h]
}

// Opposite returns the handle on the other side.
func (h Handle) Opposite() Handle { return (h + Handles/2) % Handles }

// Corner reports whether h is at a corner rather than in the middle of a side.
func (h Handle) Corner() bool { return h.Way().X != 0 && h.Way().Y != 0 }

// Handle returns where a handle is on the board.
func (f Frame) Handle(h Handle) Point { return f.At((1+h.Way().X)/2, (1+h.Way().Y)/2) }

// HandleAt returns the handle nearest to a place of the board, if one is within
// reach. Corners come first where a frame is so small that handles coincide.
func (f Frame) HandleAt(p Point, reach float64) (Handle, bool) {
	if f.Box.Empty() {
		return Handles, false
	}
	reach, found := radius(reach), Handles
	for i := range Handles {
		h := (i*2 + i/(Handles/2)) % Handles // corners, then sides
		if d := f.Handle(h).Dist(p); d <= reach && (found == Handles || d < f.Handle(found).Dist(p)) {
			found = h
		}
	}
	return found, found < Handles
}

// ResizeMode is how a frame follows its handle.
type ResizeMode uint8

const (
	// KeepRatio keeps the proportions of width and height.
	KeepRatio ResizeMode = 1 << iota
	// FromCenter keeps the centre fixed instead of the opposite handle.
	FromCenter
)

// Resize returns the frame after a handle was dragged to a place on the board,
// and the transform that takes what is in the frame along. The opposite handle
// stays where it is on the board, and so does the angle.
//
// A handle in the middle of a side changes the extent across that side alone,
// or, with KeepRatio, the other one with it, about its middle. A corner with
// KeepRatio follows the pointer on the axis that asks for more. A handle that
// is dragged past what is fixed turns the content over: the box has positive
// sizes all the same, and the transform mirrors.
//
// A side of no length has no proportion: with KeepRatio it stays so, if the
// other has one, and a frame of no size becomes a square. The transform does
// not scale what had no extent. An empty frame, a Handle beyond Left, and
// numbers that are not finite or lead to such, leave everything as it is.
func (f Frame) Resize(h Handle, to Point, mode ResizeMode) (Frame, Transform) {
	way := h.Way()
	if f.Box.Empty() || way == (Point{}) {
		return f, Identity
	}
	center := mode&FromCenter != 0
	fixed := f.Handle(h.Opposite())
	if center {
		fixed = f.Center()
	}
	old := f.Box.Size()
	size := resized(old, way, to.Sub(fixed).Rotate(-f.Angle), center, mode&KeepRatio != 0)

	// The box around fixed, before the turn.
	lo, hi := size.Mul(-0.5), size.Mul(0.5)
	if !center {
		lo = Point{lo.X * (1 - way.X), lo.Y * (1 - way.Y)}
		hi = Point{hi.X * (1 + way.X), hi.Y * (1 + way.Y)}
	}
	mid := lo.Mid(hi)
	shift := mid.Rotate(f.Angle).Sub(mid)
	g := Frame{BoxOf(fixed.Add(lo), fixed.Add(hi)).Add(shift), f.Angle}

	scale := Point{1, 1}
	if old.X != 0 {
		scale.X = size.X / old.X
	}
	if old.Y != 0 {
		scale.Y = size.Y / old.Y
	}
	t := Translate(fixed.Neg()).Then(Rotate(-f.Angle)).Then(Scale(scale.X, scale.Y)).Then(Rotate(f.Angle)).Then(Translate(fixed))
	if !g.Box.Min.Finite() || !g.Box.Max.Finite() || !t.Finite() {
		return f, Identity
	}
	return g, t
}

// resized returns the size of a frame whose handle lies at d from what is
// fixed, both in its own plane. It is negative where the handle has passed.
func resized(old, way, d Point, center, ratio bool) Point {
	size := old
	if center {
		d = d.Mul(2)
	}
	if way.X != 0 {
		size.X = way.X * d.X
	}
	if way.Y != 0 {
		size.Y = way.Y * d.Y
	}
	if !ratio {
		return size
	}
	if old == (Point{}) {
		side := max(math.Abs(size.X), math.Abs(size.Y))
		return Point{side * sign(size.X), side * sign(size.Y)}
	}
	k := 0.0 // how much it grows
	if way.X != 0 && old.X != 0 {
		k = math.Abs(size.X) / old.X
	}
	if way.Y != 0 && old.Y != 0 {
		k = max(k, math.Abs(size.Y)/old.Y)
	}
	if way.X != 0 && old.X == 0 && way.Y == 0 || way.Y != 0 && old.Y == 0 && way.X == 0 {
		return old // the side that is pulled has no length to be in proportion
	}
	return Point{old.X * k * sign(size.X), old.Y * k * sign(size.Y)}
}

// sign returns -1 for a negative v and 1 for all others.
func sign(v float64) float64 {
	if v < 0 {
		return -1
	}
	return 1
}
