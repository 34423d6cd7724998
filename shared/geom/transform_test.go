package geom

import (
	"math"
	"testing"
)

// transform returns one that is not close to flattening the plane.
func (r random) transform() Transform {
	for {
		t := Transform{r.in(-3, 3), r.in(-3, 3), r.in(-3, 3), r.in(-3, 3), r.in(-50, 50), r.in(-50, 50)}
		if math.Abs(t.Det()) > 0.1 {
			return t
		}
	}
}

func TestTransforms(t *testing.T) {
	p, c := Pt(3, 1), Pt(1, 1)
	for _, x := range []struct {
		t    Transform
		want Point
		why  string
	}{
		{Identity, Pt(3, 1), "it changes nothing"},
		{Translate(Pt(-3, 5)), Pt(0, 6), "it moves"},
		{Scale(2, -1), Pt(6, -1), "twice as far right, and mirrored"},
		{ScaleAbout(c, 2, 7), Pt(5, 1), "two to the right of the centre become four"},
		{Rotate(math.Pi / 2), Pt(-1, 3), "a quarter clockwise"},
		{RotateAbout(c, math.Pi/2), Pt(1, 3), "from the right of the centre to below it"},
		{Scale(2, 2).Then(Translate(Pt(1, 0))), Pt(7, 2), "Then is done after: the move is not scaled"},
		{Stretch(Rect(2, 0, 2, 4), Rect(0, 0, 10, 2)), Pt(5, 0.5), "the middle of a side stays the middle, a quarter a quarter"},
		{Stretch(Rect(3, 0, 0, 4), Rect(0, 0, 10, 4)), Pt(5, 1), "what has no width goes to the middle"},
		{Stretch(NoBox, Rect(0, 0, 1, 1)), Pt(3, 1), "nothing cannot be stretched"},
	} {
		if got := x.t.Apply(p); !near(got, x.want) {
			t.Errorf("%v sends %v to %v, want %v: %s", x.t, p, got, x.want, x.why)
		}
	}
	if v := Translate(Pt(9, 9)).Then(Scale(2, 3)).ApplyVector(Pt(1, 1)); v != Pt(2, 3) {
		t.Errorf("a vector is not moved, got %v", v)
	}
	if got := Rotate(1).Then(Scale(2, 8)).MeanScale(); !nearly(got, 4) {
		t.Errorf("2 by 8 is 4 in the mean, got %v", got)
	}
}

func TestThenAndInvert(t *testing.T) {
	r := newRandom(t)
	for range 500 {
		a, b, p := r.transform(), r.transform(), r.point()
		if got, want := a.Then(b).Apply(p), b.Apply(a.Apply(p)); got.Dist(want) > 1e-8 {
			t.Fatalf("%v then %v sends %v to %v, one after the other to %v", a, b, p, got, want)
		}
		undo, ok := a.Invert()
		if got := undo.Apply(a.Apply(p)); !ok || got.Dist(p) > 1e-8 {
			t.Fatalf("there and back by %v is %v, not %v", a, got, p)
		}
		parts, ok := a.Decompose()
		if got := parts.Transform().Apply(p); !ok || got.Dist(a.Apply(p)) > 1e-8 || parts.Scale.X <= 0 {
			t.Fatalf("%v in parts is %v and sends %v to %v, not %v", a, parts, p, got, a.Apply(p))
		}
	}
	for _, bad := range []Transform{{}, Scale(1, 0), {A: 1, B: 2, C: 2, D: 4}, Scale(nan, 1), Scale(inf, 1), Scale(1e-200, 1e-200), {A: 1, D: 1, E: nan}} {
		if got, ok := bad.Invert(); ok || got != Identity {
			t.Errorf("%v cannot be undone, got %v", bad, got)
		}
		if got, ok := bad.Decompose(); ok || got.Transform() != Identity {
			t.Errorf("%v has no parts, got %v", bad, got)
		}
	}
}

func TestDecompose(t *testing.T) {
	in := Parts{Scale: Pt(2, -3), Skew: 0.5, Angle: 1, Move: Pt(7, 8)}
	got, ok := in.Transform().Decompose()
	if !ok || !near(got.Scale, in.Scale) || !nearly(got.Skew, in.Skew) || !nearly(got.Angle, in.Angle) || got.Move != in.Move {
		t.Errorf("put together and taken apart, %v is %v", in, got)
	}
}

func TestApplyBox(t *testing.T) {
	r := newRandom(t)
	for range 500 {
		b, x := r.box(), r.transform()
		want := NoBox
		for _, c := range b.Corners() {
			want = want.With(x.Apply(c))
		}
		if got := x.ApplyBox(b); !nearBox(got, want) {
			t.Fatalf("%v makes %v of %v, its corners span %v", x, got, b, want)
		}
	}
	if !Rotate(1).ApplyBox(NoBox).Empty() {
		t.Error("nothing stays nothing")
	}
	strip := Box{Pt(-inf, 0), Pt(inf, 1)}
	if got := Translate(Pt(0, 2)).ApplyBox(strip); got != strip.Add(Pt(0, 2)) {
		t.Errorf("a strip without end, moved, is %v", got)
	}
}
