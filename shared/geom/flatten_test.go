package geom

import (
	"math"
	"testing"
)

// Every sample of a curve is within the tolerance of the chords, and every
// chord's end is on the curve.
func TestFlatten(t *testing.T) {
	r := newRandom(t)
	for range 150 {
		p, tol := r.path(4), math.Exp(r.in(-5, 2))
		lines := p.Flatten(tol)
		far := func(q Point) float64 {
			d := inf
			for _, l := range lines {
				d = min(d, DistToPolyline(q, l.Points))
				if l.Closed {
					d = min(d, DistToSegment(q, l.Points[0], l.Points[len(l.Points)-1]))
				}
			}
			return d
		}
		samples := p.sample(200)
		for _, q := range samples {
			if d := far(q); d > tol+1e-9 {
				t.Fatalf("%v\nflattened to %v is %v from its point %v", p, tol, d, q)
			}
		}
		for _, l := range lines {
			for _, q := range l.Points {
				if d := DistToPolyline(q, samples); d > 0.05 {
					t.Fatalf("%v\nhas no point at %v, the next is %v away", p, q, d)
				}
			}
		}
	}
}

func TestFlattenIsAdaptive(t *testing.T) {
	circle := EllipsePath(Rect(-100, -100, 200, 200))
	n := func(tol float64) int { return len(circle.Flatten(tol)[0].Points) }
	if coarse, fine := n(1), n(0.01); coarse > 40 || fine < 5*coarse || fine > 40*coarse {
		t.Errorf("a hundredth of the tolerance takes ten times the chords: %d and %d", coarse, fine)
	}
	if n(inf) != 4 {
		t.Errorf("without a tolerance to keep there are only the ends, not %d", n(inf))
	}
	for _, tol := range []float64{0, -1, nan} {
		if n(tol) != n(MinTolerance) || n(tol) > 4*MaxChords {
			t.Errorf("a tolerance of %v counts as the smallest, but took %d points", tol, n(tol))
		}
	}
	var huge Path
	huge.MoveTo(Pt(-1e99, 0))
	huge.CubicTo(Pt(1e99, 1e99), Pt(-1e99, 1e99), Pt(1e99, 0))
	if got := len(huge.Flatten(1)[0].Points); got != MaxChords+1 {
		t.Errorf("a curve of any size has at most %d chords, got %d points", MaxChords, got)
	}
}

func TestLength(t *testing.T) {
	square := RectanglePath(Rect(0, 0, 3, 3))
	if got := square.Length(1); got != 12 {
		t.Errorf("the line that closes counts: 12, not %v", got)
	}
	circle := EllipsePath(Rect(-1, -1, 2, 2))
	if got := circle.Length(1e-5); math.Abs(got-2*math.Pi) > 2e-3 {
		t.Errorf("round a circle it is 2π, not %v", got)
	}
	if got := (Path{}).Length(1); got != 0 {
		t.Errorf("nothing has the length %v", got)
	}
}

func TestPointAt(t *testing.T) {
	square := RectanglePath(Rect(0, 0, 3, 3))
	for _, c := range []struct {
		length    float64
		at, along Point
	}{
		{0, Pt(0, 0), Pt(1, 0)}, {-5, Pt(0, 0), Pt(1, 0)}, {nan, Pt(0, 0), Pt(1, 0)},
		{4, Pt(3, 1), Pt(0, 1)}, {11, Pt(0, 1), Pt(0, -1)}, {12, Pt(0, 0), Pt(0, -1)}, {inf, Pt(0, 0), Pt(0, -1)},
	} {
		if at, along, ok := square.PointAt(c.length, 1); !ok || !near(at, c.at) || !near(along, c.along) {
			t.Errorf("after %v it is at %v towards %v, want %v and %v", c.length, at, along, c.at, c.along)
		}
	}
	if at, along, ok := PolylinePath([]Point{{2, 3}}, false).PointAt(1, 1); !ok || at != Pt(2, 3) || along != (Point{}) {
		t.Errorf("a dot is where it is and has no way, got %v, %v, %v", at, along, ok)
	}
	if _, _, ok := (Path{}).PointAt(0, 1); ok {
		t.Error("nothing has no point")
	}
	r := newRandom(t)
	for range 200 {
		p := r.path(6)
		l := p.Length(0.1)
		at, along, ok := p.PointAt(l*r.Float64(), 0.1)
		if ok != (len(p.Flatten(1)) > 0) {
			t.Fatalf("%v\nhas a point: %v", p, ok)
		}
		if ok && (p.Dist(at, 0.1) > 1e-9 || l > 0 && !nearly(along.Len(), 1)) {
			t.Fatalf("%v\nhas %v, %v from it, towards %v", p, at, p.Dist(at, 0.1), along)
		}
	}
}
