package geom

import (
	"math"
	"testing"
)

func TestHandles(t *testing.T) {
	f := Frame{Box: Rect(0, 0, 10, 10)}
	for h := range Handles {
		if h.Opposite().Opposite() != h || h.Opposite().Way() != h.Way().Neg() {
			t.Errorf("the opposite of handle %d is %d", h, h.Opposite())
		}
		if got, ok := f.HandleAt(f.Handle(h).Add(Pt(1, 1)), 2); !ok || got != h {
			t.Errorf("beside handle %d there is %d", h, got)
		}
	}
	if !BottomLeft.Corner() || Bottom.Corner() || Handles.Way() != (Point{}) {
		t.Error("bottom left is a corner, bottom is none, and there is no ninth")
	}
	if _, ok := f.HandleAt(Pt(5, 5), 4); ok {
		t.Error("the middle is five from all handles, four is too short")
	}
	if h, ok := (Frame{Box: Rect(3, 3, 0, 0)}).HandleAt(Pt(3, 4), 2); !ok || !h.Corner() {
		t.Errorf("where all handles coincide, a corner is taken, not %d", h)
	}
	if _, ok := (Frame{Box: NoBox}).HandleAt(Pt(0, 0), inf); ok {
		t.Error("an empty frame has no handles")
	}
	if _, ok := f.HandleAt(away, inf); ok {
		t.Error("NaN is at no handle")
	}
}

func TestResize(t *testing.T) {
	f := Frame{Box: Rect(0, 0, 4, 2)}
	for _, c := range []struct {
		h    Handle
		to   Point
		mode ResizeMode
		want Box
		why  string
	}{
		{BottomRight, Pt(6, 3), 0, Rect(0, 0, 6, 3), "the top left stays"},
		{TopLeft, Pt(1, 1), 0, Rect(1, 1, 3, 1), "the bottom right stays"},
		{Right, Pt(9, 77), 0, Rect(0, 0, 9, 2), "a side moves across itself alone"},
		{Top, Pt(77, -2), 0, Rect(0, -2, 4, 4), "and so does the top"},
		{Right, Pt(-3, 0), 0, Rect(-3, 0, 3, 2), "past the left side, that side is on the right"},
		{BottomRight, Pt(8, 3), KeepRatio, Rect(0, 0, 8, 4), "twice as wide asks for more than half as high again"},
		{BottomRight, Pt(-4, 1), KeepRatio, Rect(-4, 0, 4, 2), "it turns over in the axis that passed"},
		{Right, Pt(8, 0), KeepRatio, Rect(0, -1, 8, 4), "the height follows, about its middle"},
		{Right, Pt(5, 0), FromCenter, Rect(-1, 0, 6, 2), "the left side moves as much the other way"},
		{BottomRight, Pt(4, 3), FromCenter | KeepRatio, Rect(-2, -1, 8, 4), "the centre stays, and the proportions"},
	} {
		got, x := f.Resize(c.h, c.to, c.mode)
		if got.Box != c.want || got.Angle != 0 {
			t.Errorf("handle %d to %v, mode %d: %v, want %v: %s", c.h, c.to, c.mode, got.Box, c.want, c.why)
		}
		if moved := x.ApplyBox(f.Box); !nearBox(moved, c.want) {
			t.Errorf("handle %d to %v, mode %d: the content goes to %v, want %v", c.h, c.to, c.mode, moved, c.want)
		}
	}
	if _, x := f.Resize(Right, Pt(-3, 0), 0); !near(x.Apply(Pt(1, 0)), Pt(-0.75, 0)) {
		t.Errorf("content that was left is right of what was right, at %v", x.Apply(Pt(1, 0)))
	}
}

func TestResizeDegenerate(t *testing.T) {
	point, line := Frame{Box: Rect(1, 1, 0, 0)}, Frame{Box: Rect(0, 0, 4, 0)}
	if got, x := point.Resize(BottomRight, Pt(4, -1), 0); got.Box != Rect(1, -1, 3, 2) || x.Apply(Pt(1, 1)) != Pt(1, 1) {
		t.Errorf("a point opens to a box and its content stays, got %v, %v", got, x)
	}
	if got, _ := point.Resize(BottomRight, Pt(4, -1), KeepRatio); got.Box != Rect(1, -2, 3, 3) {
		t.Errorf("with its proportions a point opens to a square, got %v", got.Box)
	}
	if got, _ := line.Resize(BottomRight, Pt(8, 5), KeepRatio); got.Box != Rect(0, 0, 8, 0) {
		t.Errorf("with its proportions a line stays a line, got %v", got.Box)
	}
	if got, _ := line.Resize(Bottom, Pt(8, 5), KeepRatio); got != line {
		t.Errorf("a height of 0 is in no proportion to 5, got %v", got.Box)
	}
	f := Frame{Rect(0, 0, 4, 2), 1}
	for _, c := range []struct {
		f  Frame
		h  Handle
		to Point
	}{
		{f, Handles, Pt(1, 1)}, {f, Left, away}, {f, Left, Pt(inf, 0)}, {Frame{NoBox, 1}, Left, Pt(1, 1)},
		{f, TopLeft, Pt(math.MaxFloat64, math.MaxFloat64)},
	} {
		if got, x := c.f.Resize(c.h, c.to, FromCenter); got != c.f || x != Identity {
			t.Errorf("handle %d of %v to %v should change nothing, got %v", c.h, c.f, c.to, got)
		}
	}
}

// Whatever the frame, the handle and the mode: what is to stay stays, the handle
// is where it was dragged to unless proportions forbid it, and the transform
// takes the frame's content to the new frame. A box of next to no size may be
// made 1e11 times as large; then places are as exact as float64 is there.
func TestResizeProperties(t *testing.T) {
	r := newRandom(t)
	for range 3000 {
		f, h, to, mode := r.frame(), Handle(r.IntN(int(Handles))), r.point(), ResizeMode(r.IntN(4))
		g, x := f.Resize(h, to, mode)
		if g.Angle != f.Angle || g.Box.Empty() {
			t.Fatalf("handle %d of %v to %v, mode %d: %v", h, f, to, mode, g)
		}
		fixed, kept := f.Center(), g.Center()
		if mode&FromCenter == 0 {
			// Where the content was turned over, so was the handle.
			fixed, kept = f.Handle(h.Opposite()), g.Handle(h.Opposite())
			for k := range Handles {
				if at := g.Handle(k); at.Dist(fixed) < kept.Dist(fixed) {
					kept = at
				}
			}
		}
		exact := resolution(g.Box.Min, g.Box.Max)
		if kept.Dist(fixed) > max(1e-9, exact) {
			t.Fatalf("handle %d of %v to %v, mode %d: %v should stay, nearest is %v of %v", h, f, to, mode, fixed, kept, g)
		}
		// What the transform adds up: a place, up to 100 away, times how much it scales.
		scaled := max(1e-7, resolution(Pt(x.A, x.B).Mul(200), Pt(x.C, x.D).Mul(200), Pt(x.E, x.F)))
		if got := x.Apply(fixed); got.Dist(fixed) > scaled {
			t.Fatalf("handle %d of %v to %v, mode %d: the content's %v went to %v", h, f, to, mode, fixed, got)
		}
		size := f.Box.Size()
		if size.X == 0 || size.Y == 0 {
			continue
		}
		if mode&KeepRatio == 0 {
			want := f.ToLocal(to)
			got := f.ToLocal(x.Apply(f.Handle(h)))
			if w := h.Way(); w.X != 0 && math.Abs(got.X-want.X) > scaled || w.Y != 0 && math.Abs(got.Y-want.Y) > scaled {
				t.Fatalf("handle %d of %v to %v, mode %d: it is at %v", h, f, to, mode, got)
			}
		} else if now := g.Box.Size(); math.Abs(now.X*size.Y-now.Y*size.X) > max(1e-6, exact*(size.X+size.Y)) {
			t.Fatalf("handle %d of %v to %v, mode %d: %v is not in proportion to %v", h, f, to, mode, now, size)
		}
		c := f.Corners()
		moved := NoBox
		for _, p := range c {
			moved = moved.With(g.ToLocal(x.Apply(p)))
		}
		if moved.Min.Dist(g.Box.Min) > scaled || moved.Max.Dist(g.Box.Max) > scaled {
			t.Fatalf("handle %d of %v to %v, mode %d: the content fills %v of %v", h, f, to, mode, moved, g.Box)
		}
	}
}

// resolution returns what a handful of roundings can add up to at the greatest
// of the coordinates.
func resolution(points ...Point) float64 {
	greatest := 0.0
	for _, p := range points {
		greatest = max(greatest, math.Abs(p.X), math.Abs(p.Y))
	}
	return 4 * (math.Nextafter(greatest, inf) - greatest)
}
