package geom

import (
	"math"
	"testing"
)

func TestFrame(t *testing.T) {
	// A box four wide and two high about 2, 1, on its side.
	f := Frame{Rect(0, 0, 4, 2), math.Pi / 2}
	for i, want := range []Point{{3, -1}, {3, 3}, {1, 3}, {1, -1}} {
		if got := f.Corners()[i]; !near(got, want) {
			t.Errorf("a quarter clockwise takes corner %d to %v, got %v", i, want, got)
		}
	}
	if got := f.Bounds(); !nearBox(got, Rect(1, -1, 2, 4)) {
		t.Errorf("on its side it is two wide and four high, not %v", got)
	}
	if !f.Contains(Pt(2, 2.9)) || f.Contains(Pt(3.9, 1)) || f.Contains(away) {
		t.Error("it contains what it lies on now, not what it lay on before")
	}
	if got := f.Handle(Right); !near(got, Pt(2, 3)) {
		t.Errorf("what was right is below now, not at %v", got)
	}
	if got := f.RotateAbout(Pt(0, 1), math.Pi); !near(got.Center(), Pt(-2, 1)) || !nearly(got.Angle, -math.Pi/2) {
		t.Errorf("half a turn about a place beside it leads to %v", got)
	}
	empty := Frame{NoBox, 1}
	if empty.Bounds() != NoBox || empty.Contains(Pt(0, 0)) || empty.Overlaps(Rect(-9, -9, 18, 18)) {
		t.Error("an empty frame has no bounds, contains nothing and is touched by nothing")
	}
}

func TestFrameMapping(t *testing.T) {
	r := newRandom(t)
	for range 500 {
		f, p := r.frame(), r.point()
		if got := f.ToBoard(f.ToLocal(p)); !near(got, p) {
			t.Fatalf("%v: to the frame and back takes %v to %v", f, p, got)
		}
		if got := f.Transform().Apply(p); !near(got, f.ToBoard(p)) {
			t.Fatalf("%v: the transform takes %v to %v, ToBoard to %v", f, p, got, f.ToBoard(p))
		}
		c := f.Corners()
		if got := f.Bounds(); !nearBox(got, BoxOf(c[:]...)) {
			t.Fatalf("%v: bounds %v, but the corners span %v", f, got, BoxOf(c[:]...))
		}
		if in := f.At(r.Float64(), r.Float64()); !f.Bounds().Grow(1e-9).Contains(in) {
			t.Fatalf("%v contains %v, its bounds do not", f, in)
		}
	}
}

// A marquee touches a frame exactly if no side of either has the other wholly
// beyond it.
func TestFrameOverlaps(t *testing.T) {
	r := newRandom(t)
	for range 2000 {
		f, b := r.frame(), r.box()
		gap := separation(f.Corners(), Frame{Box: b}.Corners())
		if math.Abs(gap) > 1e-9 && f.Overlaps(b) != (gap < 0) {
			t.Fatalf("%v and %v overlap: %v, but the gap between them is %v", f, b, f.Overlaps(b), gap)
		}
	}
}

// separation returns the widest gap along a normal of a side, negative if all
// overlap.
func separation(a, b [4]Point) float64 {
	gap := -inf
	for _, c := range [][4]Point{a, b} {
		for i := range c {
			side := c[(i+1)%4].Sub(c[i]).Unit()
			for _, n := range []Point{side, side.Perp()} {
				if n == (Point{}) {
					continue
				}
				a0, a1, b0, b1 := inf, -inf, inf, -inf
				for k := range 4 {
					a0, a1 = min(a0, a[k].Dot(n)), max(a1, a[k].Dot(n))
					b0, b1 = min(b0, b[k].Dot(n)), max(b1, b[k].Dot(n))
				}
				gap = max(gap, b0-a1, a0-b1)
			}
		}
	}
	return gap
}
