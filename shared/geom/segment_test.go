package geom

import (
	"math"
	"testing"
)

func TestDistToSegment(t *testing.T) {
	a, b := Pt(0, 0), Pt(10, 0)
	for _, c := range []struct {
		p    Point
		want float64
		why  string
	}{
		{Pt(5, 3), 3, "it is beside the middle"},
		{Pt(13, 4), 5, "beyond the end, the end is nearest"},
		{Pt(-2, 0), 2, "on the line, but before its beginning"},
		{Pt(7, 0), 0, "it is on it"},
		{away, inf, "NaN is nowhere"},
		{Pt(1e200, 0), inf, "beyond MaxCoord there are no places"},
	} {
		if got := DistToSegment(c.p, a, b); got != c.want {
			t.Errorf("%v is %v away, want %v: %s", c.p, got, c.want, c.why)
		}
	}
	if got := DistToSegment(Pt(3, 4), a, a); got != 5 {
		t.Errorf("a segment without length is a point, got %v", got)
	}
	if DistToSegment(a, away, b) != inf || DistToSegment(a, b, Pt(0, inf)) != inf {
		t.Error("a segment to nowhere is infinitely far")
	}
	r := newRandom(t)
	for range 1000 {
		p, a, b := r.point(), r.point(), r.point()
		want := inf
		for i := range 1001 {
			want = min(want, p.Dist(a.Lerp(b, float64(i)/1000)))
		}
		got := DistToSegment(p, a, b)
		n, share := NearestOnSegment(p, a, b)
		if got > want+1e-9 || got < want-0.3 || !nearly(p.Dist(n), got) || !near(n, a.Lerp(b, share)) {
			t.Fatalf("%v from %v to %v: %v, samples %v, nearest %v at %v", p, a, b, got, want, n, share)
		}
	}
}

// Small whole coordinates make lines that cross, touch, overlap and are points,
// and exact arithmetic for the oracle: the sign of areas.
func TestIntersectSegments(t *testing.T) {
	r := newRandom(t)
	side := func(a, b, p Point) float64 { return sign0(b.Sub(a).Cross(p.Sub(a))) }
	for range 20000 {
		a, b, c, d := r.grid(), r.grid(), r.grid(), r.grid()
		on := func(p, a, b Point) bool { return side(a, b, p) == 0 && BoxOf(a, b).Contains(p) }
		want := side(a, b, c)*side(a, b, d) < 0 && side(c, d, a)*side(c, d, b) < 0 ||
			on(a, c, d) || on(b, c, d) || on(c, a, b) || on(d, a, b)
		p, got := IntersectSegments(a, b, c, d)
		if got != want {
			t.Fatalf("%v %v and %v %v meet: %v, want %v", a, b, c, d, got, want)
		}
		if got && (DistToSegment(p, a, b) > 1e-9 || DistToSegment(p, c, d) > 1e-9) {
			t.Fatalf("%v %v and %v %v meet at %v, which is not on both", a, b, c, d, p)
		}
		if dist := DistSegments(a, b, c, d); (dist == 0) != want {
			t.Fatalf("%v %v and %v %v are %v apart, but meet: %v", a, b, c, d, dist, want)
		}
	}
	if p, ok := IntersectSegments(Pt(0, 0), Pt(9, 0), Pt(7, 0), Pt(3, 0)); !ok || !near(p, Pt(3, 0)) {
		t.Errorf("of an overlap it is the end nearer to the first's beginning, not %v", p)
	}
	if _, ok := IntersectSegments(Pt(0, 0), Pt(9, 0), away, Pt(3, 0)); ok || DistSegments(Pt(0, 0), Pt(9, 0), away, Pt(3, 0)) != inf {
		t.Error("nothing meets NaN")
	}
}

func sign0(v float64) float64 {
	if v == 0 {
		return 0
	}
	return sign(v)
}

func TestDistSegments(t *testing.T) {
	r := newRandom(t)
	for range 300 {
		a, b, c, d := r.point(), r.point(), r.point(), r.point()
		want := inf
		for i := range 301 {
			want = min(want, DistToSegment(a.Lerp(b, float64(i)/300), c, d))
		}
		if got := DistSegments(a, b, c, d); got > want+1e-9 || got < want-1 {
			t.Fatalf("%v %v and %v %v are %v apart, samples %v", a, b, c, d, got, want)
		}
	}
}

func TestOverlapsSegment(t *testing.T) {
	r := newRandom(t)
	for range 20000 {
		b, p, q := BoxOf(r.grid(), r.grid()), r.grid(), r.grid()
		want := b.Contains(p) || b.Contains(q)
		c := b.Corners()
		for i := range c {
			_, meet := IntersectSegments(p, q, c[i], c[(i+1)%4])
			want = want || meet
		}
		if got := b.OverlapsSegment(p, q); got != want {
			t.Fatalf("%v and the segment %v %v overlap: %v, want %v", b, p, q, got, want)
		}
	}
	half := Box{Pt(1, -inf), Pt(inf, inf)}
	if !half.OverlapsSegment(Pt(0, 5), Pt(2, 6)) || half.OverlapsSegment(Pt(0, 5), Pt(0.9, 6)) {
		t.Error("half a plane is crossed by what leads into it")
	}
	if NoBox.OverlapsSegment(Pt(0, 0), Pt(1, 1)) || Rect(0, 0, 1, 1).OverlapsSegment(Pt(0, 0), Pt(math.NaN(), 1)) {
		t.Error("nothing overlaps nothing, nor NaN")
	}
}
