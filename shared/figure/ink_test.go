package figure

import (
	"math"
	"math/rand/v2"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// scribble is a hand that wanders.
func scribble(r *rand.Rand, n int, pressure bool) []board.Point {
	list := make([]board.Point, n)
	at, way := geom.Pt(0, 0), 0.0
	for i := range list {
		way += r.NormFloat64() * 0.4
		at = at.Add(geom.Pt(3*r.Float64(), 0).Rotate(way))
		list[i] = board.Point{X: int32(at.X * 8), Y: int32(at.Y * 8), Pressure: noPressure}
		if pressure {
			list[i].Pressure = uint8(r.IntN(256))
		}
	}
	return list
}

// A stroke that grows keeps its form but for the last InkReach inks.
func TestInkGrows(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, pressure := range []bool{false, true} {
		all := scribble(r, 200, pressure)
		whole := AppendInk(nil, all, 4, geom.Identity)
		for n := range all {
			part := AppendInk(nil, all[:n], 4, geom.Identity)
			if len(part) != n {
				t.Fatalf("%d inks for %d samples", len(part), n)
			}
			for i := range n - InkReach {
				// The steps are summed up from the beginning both times.
				if part[i] != whole[i] {
					t.Fatalf("ink %d of %d samples is %v, of all of them %v", i, n, part[i], whole[i])
				}
			}
		}
	}
}

// The ink stays near the samples, and its width within bounds.
func TestInkFollows(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	list := scribble(r, 500, false)
	for i, k := range AppendInk(nil, list, 4, geom.Identity) {
		p := geom.Pt(float64(list[i].X), float64(list[i].Y)).Mul(1.0 / 8)
		if k.At.Dist(p) > 1.6 { // half a step of 3, and the rounding
			t.Errorf("ink %d is %v from its sample", i, k.At.Dist(p))
		}
		if k.Radius < 2*leastWidth || k.Radius > 2*mostWidth {
			t.Errorf("ink %d has the radius %v", i, k.Radius)
		}
	}
}

// A fast line is thinner than a slow one, and a hard one thicker than a soft one.
func TestInkWidth(t *testing.T) {
	line := func(step int32, pressure uint8) float64 {
		var list []board.Point
		for i := range int32(20) {
			list = append(list, board.Point{X: i * step, Pressure: pressure})
		}
		return AppendInk(nil, list, 10, geom.Identity)[10].Radius
	}
	if slow, fast := line(4, noPressure), line(400, noPressure); !(slow > fast) {
		t.Errorf("radius %v slow and %v fast", slow, fast)
	}
	if soft, hard := line(4, 20), line(4, 250); !(soft < hard) {
		t.Errorf("radius %v soft and %v hard", soft, hard)
	}
}

// The bounds contain the ink and the splines through it, also of one sample.
func TestInkBounds(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	for n := 1; n < 60; n++ {
		list := scribble(r, n, true)
		ink := AppendInk(nil, list, 6, geom.Rotate(1))
		box := inkBounds(list, 6, geom.Rotate(1))
		points := make([]geom.Point, n)
		for i, k := range ink {
			points[i] = k.At
			if !box.ContainsBox(geom.BoxOf(k.At).Grow(k.Radius)) {
				t.Fatalf("ink %d of %d is not in the bounds", i, n)
			}
		}
		if spline := geom.SplinePath(points, false).Bounds(); !box.Grow(1e-9).ContainsBox(spline) {
			t.Fatalf("the spline of %d reaches to %v, the bounds to %v", n, spline, box)
		}
	}
	if box := inkBounds(nil, 4, geom.Identity); !box.Empty() || math.IsNaN(box.Min.X) {
		t.Errorf("no ink has the bounds %v", box)
	}
}

// A line that trembles is smoothed, and a bend stays where it was drawn.
func TestInkSmooths(t *testing.T) {
	var trembling, bend []board.Point
	for i := range int32(40) {
		trembling = append(trembling, board.Point{X: 80 * i, Y: 8 * (i % 2), Pressure: 200})
		sin, cos := math.Sincos(float64(i) * 0.3)
		bend = append(bend, board.Point{X: int32(160 * cos), Y: int32(160 * sin), Pressure: 200})
	}
	for i, k := range AppendInk(nil, trembling, 4, geom.Identity)[2:38] {
		if off := math.Abs(k.At.Y - 0.5); off > 0.3 { // it trembles by 0.5
			t.Errorf("ink %d is %v off the middle", i, off)
		}
	}
	for i, k := range AppendInk(nil, bend, 4, geom.Identity) {
		if r := k.At.Len(); math.Abs(r-20) > 0.3 {
			t.Errorf("ink %d is %v from the middle of a circle of 20", i, r)
		}
	}
}
