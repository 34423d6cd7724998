package figure

import (
	"math"
	"slices"

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
	dst = slices.Grow(dst, n)[:first+n]
	ink := dst[first:]
	const unit = 1.0 / board.PointsPerUnit
	for i := range ink {
		x, y := float64(samples[i].X), float64(samples[i].Y)
		if i >= 2 && i < n-2 {
			// A parabola is fitted to five samples: what trembles is smoothed, and
			// bends are not cut short as means would cut them (Savitzky and Golay,
			// "Smoothing and Differentiation of Data by Simplified Least Squares
			// Procedures", 1964).
			a, b, c, d := &samples[i-2], &samples[i-1], &samples[i+1], &samples[i+2]
			x = (17*x + 12*(float64(b.X)+float64(c.X)) - 3*(float64(a.X)+float64(d.X))) / 35
			y = (17*y + 12*(float64(b.Y)+float64(c.Y)) - 3*(float64(a.Y)+float64(d.Y))) / 35
		}
		ink[i].At = geom.Point{X: x * unit, Y: y * unit}
	}
	half := thickness / 2
	if steady(samples) {
		speedWidths(ink, samples, half)
	} else {
		for i := range ink {
			a, b, c := samples[max(i-1, 0)].Pressure, samples[i].Pressure, samples[min(i+1, n-1)].Pressure
			if i == 0 || i == n-1 {
				a, c = b, b
			}
			ink[i].Radius = half * pressureWidth((float64(a)+2*float64(b)+float64(c))/4)
		}
	}
	if t != geom.Identity {
		for i := range ink {
			ink[i].At = t.Apply(ink[i].At)
		}
	}
	return dst
}

// speedWidths sets the radii by the mean of the steps around each sample.
func speedWidths(ink []Ink, samples []board.Point, half float64) {
	n := len(ink)
	// The steps around a sample, as a ring, and their sum.
	var ring [2 * speedReach]float64
	sum, count, next := 0.0, 0, 0
	for i := range ink {
		for ; next < n-1 && next < i+speedReach; next++ {
			step := &ring[next%len(ring)]
			if count == len(ring) {
				sum -= *step
				count--
			}
			*step = stepOf(samples[next], samples[next+1])
			sum += *step
			count++
		}
		// Towards the end steps leave, and none comes.
		if left := i - speedReach - 1; left >= 0 && count > next-left-1 {
			sum -= ring[left%len(ring)]
			count--
		}
		width := 1.0
		if count > 0 {
			width = speedWidth(max(sum, 0) / float64(count)) // a sum of differences may be below 0
		}
		ink[i].Radius = half * width
	}
}

// stepOf is how far two samples are apart, in board units.
func stepOf(a, b board.Point) float64 {
	x, y := float64(a.X)-float64(b.X), float64(a.Y)-float64(b.Y)
	return math.Sqrt(x*x+y*y) / board.PointsPerUnit
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

// inkBounds is a box that contains all ink of samples, joined by splines; it may be
// larger.
func inkBounds(samples []board.Point, thickness float64, t geom.Transform) geom.Box {
	box := sampleBox(samples)
	if box.Empty() {
		return box
	}
	most := 0.0
	for i := range len(samples) - 1 {
		x, y := float64(samples[i+1].X)-float64(samples[i].X), float64(samples[i+1].Y)-float64(samples[i].Y)
		most = max(most, x*x+y*y)
	}
	// A spline lies within the control points of its Bézier form: they are a sixth
	// of the way between two neighbours away, which is at most two steps.
	box = box.Grow(math.Sqrt(most) / board.PointsPerUnit / 3)
	if t != geom.Identity {
		box = t.ApplyBox(box)
	}
	return box.Grow(thickness / 2 * mostWidth)
}

// sampleBox is the box of the samples themselves: what a stroke's place is the
// place of.
func sampleBox(samples []board.Point) geom.Box {
	if len(samples) == 0 {
		return geom.NoBox
	}
	x0, y0 := samples[0].X, samples[0].Y
	x1, y1 := x0, y0
	for _, s := range samples[1:] {
		x0, y0, x1, y1 = min(x0, s.X), min(y0, s.Y), max(x1, s.X), max(y1, s.Y)
	}
	const unit = 1.0 / board.PointsPerUnit
	return geom.Box{
		Min: geom.Point{X: float64(x0), Y: float64(y0)}.Mul(unit),
		Max: geom.Point{X: float64(x1), Y: float64(y1)}.Mul(unit),
	}
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
