package geom

import (
	"math"
	"testing"
)

// discs is the stroke as the discs it is made of, some at every part.
func (s Stroke) discs(n int, visit func(p Point, r float64)) {
	for i, p := range s.Points {
		visit(p, s.radius(i))
		if i == 0 {
			continue
		}
		for k := 1; k < n; k++ {
			t := float64(k) / float64(n)
			visit(s.Points[i-1].Lerp(p, t), s.radius(i-1)*(1-t)+s.radius(i)*t)
		}
	}
}

func (r random) stroke() Stroke {
	s := Stroke{Points: r.points(1 + r.IntN(5))}
	for range r.IntN(len(s.Points) + 1) {
		s.Radii = append(s.Radii, r.in(0, 40)) // often one disc contains the next
	}
	return s
}

func TestStroke(t *testing.T) {
	// A pen that is pressed harder on its way to the right.
	s := Stroke{[]Point{{0, 0}, {100, 0}}, []float64{2, 12}}
	for _, c := range []struct {
		p         Point
		tolerance float64
		want      bool
		why       string
	}{
		{Pt(100, 11.9), 0, true, "at the end it is 12 thick"},
		{Pt(0, 3), 0, false, "at the beginning it is 2 thick"},
		{Pt(0, 3), 1, true, "but a tolerance of 1 is enough"},
		{Pt(50, 7), 0, true, "halfway it is 7"},
		{Pt(112, 0), 0, true, "the end is round"},
		{Pt(50, 7), nan, true, "a tolerance that is NaN is none, and none is needed"},
		{Pt(0, 3), nan, false, "here one is"},
		{Pt(0, 3), -1, false, "a negative one is none"},
		{away, inf, false, "NaN is nowhere"},
	} {
		if got := s.Hit(c.p, c.tolerance); got != c.want {
			t.Errorf("%v hits within %v: %v, though %s", c.p, c.tolerance, got, c.why)
		}
	}
	if !s.HitSwept(Pt(50, -80), Pt(50, 80), 0) || s.HitSwept(Pt(-20, -80), Pt(-20, 80), 17) || !s.HitSwept(Pt(-20, -80), Pt(-20, 80), 18) {
		t.Error("an eraser that is swept across hits, one that passes 20 before the beginning has to be 18 wide")
	}
	if s.HitSwept(away, Pt(0, 0), 1) || s.HitSwept(Pt(0, 0), away, 1) {
		t.Error("a way from or to nowhere hits nothing")
	}
	if got := s.Bounds(); got != (Box{Pt(-2, -12), Pt(112, 12)}) {
		t.Errorf("the bounds are those of the discs, not %v", got)
	}
}

func TestStrokeDegenerate(t *testing.T) {
	none, dot := Stroke{}, Stroke{Points: []Point{{1, 1}}, Radii: []float64{2}}
	if none.Hit(Pt(0, 0), 5) || none.Dist(Pt(0, 0)) != inf || none.Bounds() != NoBox || none.Overlaps(Rect(0, 0, 9, 9)) {
		t.Error("a stroke without points is nowhere")
	}
	if dot.Dist(Pt(1, 6)) != 3 || dot.Dist(Pt(1, 2)) != 0 || !dot.Overlaps(Rect(2.9, 0, 1, 2)) || dot.Overlaps(NoBox) {
		t.Error("a single point is a disc")
	}
	holes := Stroke{[]Point{away, {1, 1}, {0, inf}}, []float64{50, 2, nan}}
	if holes.Dist(Pt(1, 6)) != 3 || holes.Bounds() != Rect(-1, -1, 4, 4) {
		t.Errorf("points that are no places go with their radii, but it is %v to it", holes.Dist(Pt(1, 6)))
	}
	thin := Stroke{[]Point{{0, 0}, {9, 0}}, nil}
	if thin.Dist(Pt(4, 3)) != 3 || (Stroke{thin.Points, []float64{-5}}).Dist(Pt(4, 3)) != 3 || (Stroke{thin.Points, []float64{nan}}).Dist(Pt(4, 3)) != 3 {
		t.Error("without radii, or with such as are none, it is a line")
	}
	if got := (Stroke{thin.Points, []float64{1}}).Dist(Pt(9, 3)); got != 2 {
		t.Errorf("the last radius counts for the rest, but it is %v", got)
	}
	if !(Stroke{thin.Points, []float64{inf}}).Hit(Pt(1e50, 1e50), 0) {
		t.Error("a disc without end is everywhere")
	}
	if DistToCapsule(Pt(0, 5), Pt(0, 0), 1, Pt(9, 0), 3) > 4 || DistToCapsule(Pt(0, 5), away, 1, Pt(9, 0), 1) != inf {
		t.Error("a capsule is a stroke of two points")
	}
}

func TestStrokeProperties(t *testing.T) {
	r := newRandom(t)
	for range 500 {
		s, p, q, b := r.stroke(), r.point(), r.point(), r.box()
		tol := r.in(0, 20)
		dist, swept, box := inf, inf, inf
		s.discs(200, func(c Point, radius float64) {
			dist = min(dist, c.Dist(p)-radius)
			swept = min(swept, DistToSegment(c, p, q)-radius)
			box = min(box, b.Dist(c)-radius)
		})
		dist = max(dist, 0)
		const step = 1.5 // half the way between two discs, and what their radii differ by
		if got := s.Dist(p); got > dist+1e-9 || got < dist-step {
			t.Fatalf("%v is %v from %v, its discs are %v", p, got, s, dist)
		}
		if got := s.Hit(p, tol); got != (s.Dist(p) <= tol) {
			t.Fatalf("%v is %v from %v, but hits within %v: %v", p, s.Dist(p), s, tol, got)
		}
		if got := s.HitSwept(p, q, tol); swept < tol-1e-6 && !got || swept > tol+step && got {
			t.Fatalf("from %v to %v within %v of %v: %v, its discs are %v away", p, q, tol, s, got, swept)
		}
		if got := s.Overlaps(b); box < -1e-6 && !got || box > step && got {
			t.Fatalf("%v overlaps %v: %v, its discs are %v away", b, s, got, box)
		}
		s.discs(10, func(c Point, radius float64) {
			if d := (Point{radius, radius}); !s.Bounds().Grow(1e-9).ContainsBox(Box{c.Sub(d), c.Add(d)}) {
				t.Fatalf("%v has the bounds %v, without its disc at %v", s, s.Bounds(), c)
			}
		})
	}
}

// What is convex is found even where only a hair's breadth of it is low enough.
func TestReaches(t *testing.T) {
	r := newRandom(t)
	for range 1000 {
		at, steep := r.Float64(), math.Exp(r.in(-3, 5))
		f := func(t float64) float64 { return steep * math.Abs(t-at) }
		if !reaches(f, steep*1e-8) || reaches(f, -1e-12) {
			t.Fatalf("a valley at %v with sides of %v", at, steep)
		}
	}
}
