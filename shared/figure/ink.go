package figure

import (
	"math"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// Ink is a place on the middle of a stroke, after smoothing, and half the width
// of the stroke there, both in board units.
type Ink struct {
	At     geom.Point
	Radius float64
}

// InkReach is how many of a stroke's last inks may change when it grows.
const InkReach = 6

// speedReach is how many steps before and after a sample tell how fast the hand
// was there.
const speedReach = 3

// noPressure is what devices without pressure report, half of the most.
const noPressure = 128

// AppendInk appends the ink that a round brush leaves on its way along samples:
// one for each. The line is smoothed, and its width follows the pressure or, of
// a device that has none, the speed of the hand: fast lines are thin. t is where
// the samples' plane lies on the board; it moves the ink and leaves its width.
//
// Each ink depends on its neighbours alone, so that a stroke that grows keeps
// the form it has: only the last InkReach change.
func AppendInk(dst []Ink, samples []board.Point, thickness float64, t geom.Transform) []Ink {
	n := len(samples)
	first := len(dst)
	bySpeed := steady(samples)
	at := func(i int) geom.Point {
		return geom.Point{X: float64(samples[i].X), Y: float64(samples[i].Y)}.Mul(1.0 / board.PointsPerUnit)
	}
	// The sum of the steps around a sample slides along.
	var steps float64
	if bySpeed {
		for i := range min(speedReach, n-1) {
			steps += at(i).Dist(at(i + 1))
		}
	}
	for i := range n {
		p := at(i)
		width := 1.0
		switch {
		case bySpeed:
			from, to := max(i-speedReach, 0), min(i+speedReach, n-1)
			if to > from {
				width = speedWidth(steps / float64(to-from))
			}
			if i+speedReach+1 < n {
				steps += at(i + speedReach).Dist(at(i + speedReach + 1))
			}
			if i >= speedReach {
				steps -= at(i - speedReach).Dist(at(i - speedReach + 1))
			}
			steps = max(steps, 0) // it is a sum of differences
		case i == 0 || i == n-1:
			width = pressureWidth(float64(samples[i].Pressure))
		default:
			a, b, c := samples[i-1].Pressure, samples[i].Pressure, samples[i+1].Pressure
			width = pressureWidth((float64(a) + 2*float64(b) + float64(c)) / 4)
		}
		if i > 0 && i < n-1 {
			p = p.Mid(at(i - 1).Mid(at(i + 1)))
		}
		if t != geom.Identity {
			p = t.Apply(p)
		}
		dst = append(dst, Ink{p, thickness / 2 * width})
	}
	return dst[:first+n]
}

// steady reports whether the samples are of a device without pressure.
func steady(samples []board.Point) bool {
	for _, s := range samples[:min(len(samples), InkReach-1)] {
		if s.Pressure != noPressure {
			return false
		}
	}
	return true
}

// The width of a stroke, as a share of its thickness, is between leastWidth and
// mostWidth.
const (
	leastWidth = 0.4
	mostWidth  = 1.6
)

// pressureWidth is the width at a pressure from 0 to 255. Half of the most draws
// the thickness.
func pressureWidth(pressure float64) float64 {
	return leastWidth + (mostWidth-leastWidth)*pressure/math.MaxUint8
}

// speedWidth is the width for a step between samples in board units: from 1.15
// at rest towards 0.75.
func speedWidth(step float64) float64 {
	const slow, fast, middle = 1.15, 0.75, 12
	return fast + (slow-fast)*middle/(middle+step)
}

// inkBounds is the box of all ink of samples, joined by splines.
func inkBounds(ink []Ink) geom.Box {
	box := geom.NoBox
	most := 0.0
	for i := range ink {
		// A spline lies within the control points of its Bézier form.
		tangent := ink[min(i+1, len(ink)-1)].At.Sub(ink[max(i-1, 0)].At).Mul(1.0 / 6)
		box = box.With(ink[i].At.Add(tangent)).With(ink[i].At.Sub(tangent))
		most = max(most, ink[i].Radius)
	}
	return box.Grow(most)
}

// sampleBox is the box of the samples themselves: what a stroke's place is the
// place of.
func sampleBox(samples []board.Point) geom.Box {
	box := geom.NoBox
	for _, s := range samples {
		box = box.With(geom.Point{X: float64(s.X), Y: float64(s.Y)}.Mul(1.0 / board.PointsPerUnit))
	}
	return box
}

// fit returns the transform that lays what is in a box into a place, whose sides
// may be negative. A side without length is not stretched.
func fit(box geom.Box, p Place) geom.Transform {
	size := box.Size()
	scale := geom.Point{X: 1, Y: 1}
	if size.X > 0 && p.W != 0 {
		scale.X = p.W / size.X
	} else if p.W < 0 {
		scale.X = -1
	}
	if size.Y > 0 && p.H != 0 {
		scale.Y = p.H / size.Y
	} else if p.H < 0 {
		scale.Y = -1
	}
	c := geom.Point{X: p.X + p.W/2, Y: p.Y + p.H/2}
	return geom.Translate(box.Center().Neg()).
		Then(geom.Scale(scale.X, scale.Y)).
		Then(geom.Rotate(p.Angle)).
		Then(geom.Translate(c))
}
