package geom

import (
	"math"
	"testing"
)

func TestDistToPolyline(t *testing.T) {
	corner := []Point{{0, 0}, {10, 0}, away, {10, 10}}
	for _, c := range []struct {
		points []Point
		p      Point
		want   float64
		why    string
	}{
		{corner, Pt(7, 5), 3, "NaN is left out: there is a line down from the corner"},
		{corner, Pt(-3, 4), 5, "the beginning is nearest, and no line leads back to it"},
		{corner[:1], Pt(3, 4), 5, "a single point is a dot"},
		{[]Point{away, {0, 0}, away}, Pt(3, 4), 5, "and so is one among others that are none"},
		{nil, Pt(3, 4), inf, "there is nothing"},
		{[]Point{away}, Pt(3, 4), inf, "nor here"},
		{corner, away, inf, "NaN is near nothing"},
	} {
		if got := DistToPolyline(c.p, c.points); got != c.want {
			t.Errorf("%v is %v from %v, want %v: %s", c.p, got, c.points, c.want, c.why)
		}
	}
}

// A star drawn in one go round goes round its middle twice.
func star() []Point {
	points := make([]Point, 5)
	for i := range points {
		points[i] = Pt(0, -10).Rotate(float64(i) * 4 * math.Pi / 5)
	}
	return points
}

func TestPolygonContains(t *testing.T) {
	s := star()
	if !PolygonContains(Pt(0, 0), s, NonZero) || PolygonContains(Pt(0, 0), s, EvenOdd) {
		t.Error("the middle of a star is inside by the non-zero rule and outside by the even-odd one")
	}
	if p := Pt(0, -8); !PolygonContains(p, s, NonZero) || !PolygonContains(p, s, EvenOdd) {
		t.Error("its points are inside by both")
	}
	if PolygonContains(Pt(0, 0), s[:2], NonZero) || PolygonContains(Pt(0, 0), nil, NonZero) || PolygonContains(away, s, NonZero) {
		t.Error("a line encloses nothing, nothing neither, and NaN is inside of nothing")
	}
	// The angles under which the edges are seen add up to the whole turns that
	// the outline goes round.
	r := newRandom(t)
	for range 3000 {
		points, p := r.points(3+r.IntN(6)), r.point()
		turn := 0.0
		for i, a := range points {
			u, v := a.Sub(p), points[(i+1)%len(points)].Sub(p)
			turn += math.Atan2(u.Cross(v), u.Dot(v))
		}
		w := int(math.Round(turn / (2 * math.Pi)))
		if got := PolygonContains(p, points, NonZero); got != (w != 0) {
			t.Fatalf("%v in %v: %v, but it goes round %d times", p, points, got, w)
		}
		if got := PolygonContains(p, points, EvenOdd); got != (w%2 != 0) {
			t.Fatalf("%v in %v by even-odd: %v, but it goes round %d times", p, points, got, w)
		}
		path := PolylinePath(points, r.IntN(2) == 0)
		if path.Contains(p, NonZero, 1) != (w != 0) || path.Contains(p, EvenOdd, 1) != (w%2 != 0) {
			t.Fatalf("%v as a path has another inside than as a polygon", points)
		}
	}
}

func TestOverlapsPolygon(t *testing.T) {
	s := star()
	middle := Rect(-1, -1, 2, 2)
	if middle.OverlapsPolyline(s) || !middle.OverlapsPolygon(s, NonZero) || middle.OverlapsPolygon(s, EvenOdd) {
		t.Error("a marquee in the middle touches no line of a star; whether it touches its fill is up to the rule")
	}
	if !Rect(-50, -50, 100, 100).OverlapsPolygon(s, EvenOdd) || Rect(20, 20, 5, 5).OverlapsPolygon(s, NonZero) {
		t.Error("one around the star touches it, one beside it does not")
	}
	open := []Point{{0, 0}, {10, 0}, {10, 10}}
	if b := Rect(4, 4, 2, 2); b.OverlapsPolyline(open) || !b.OverlapsPolygon(open, NonZero) {
		t.Error("only a polygon has a line from its last point to its first")
	}
	if NoBox.OverlapsPolygon(s, NonZero) || middle.OverlapsPolygon(nil, NonZero) || middle.OverlapsPolygon([]Point{away}, NonZero) {
		t.Error("nothing overlaps nothing")
	}
	if !(Box{Pt(-inf, -inf), Pt(inf, inf)}).OverlapsPolygon(s, NonZero) {
		t.Error("the whole plane overlaps what there is")
	}
}

func TestPathHits(t *testing.T) {
	ring := append(EllipsePath(Rect(-10, -10, 20, 20)), EllipsePath(Rect(-5, -5, 10, 10))...)
	if ring.Contains(Pt(0, 0), EvenOdd, 0.1) || !ring.Contains(Pt(0, 0), NonZero, 0.1) || !ring.Contains(Pt(0, 7), EvenOdd, 0.1) {
		t.Error("by even-odd the inner circle is a hole")
	}
	hole := Rect(-1, -1, 2, 2)
	if ring.Overlaps(hole, 0.1) || ring.OverlapsFill(hole, EvenOdd, 0.1) || !ring.OverlapsFill(hole, NonZero, 0.1) {
		t.Error("a marquee in the hole touches the fill by the non-zero rule alone")
	}
	if got := ring.Dist(Pt(0, 0), 1e-3); math.Abs(got-5) > 0.003 {
		t.Errorf("from the middle it is 5 to the inner circle, not %v", got)
	}
	if at, d := ring.Nearest(Pt(0, 30), 1e-3); math.Abs(d-20) > 0.003 || at.Dist(Pt(0, 10)) > 0.1 {
		t.Errorf("from far below it is 20 to the outer circle, not %v at %v", d, at)
	}
	if at, d := ring.Nearest(away, 1); d != inf || !math.IsNaN(at.X) || (Path{}).Dist(Pt(0, 0), 1) != inf || ring.Contains(away, NonZero, 1) {
		t.Error("NaN is infinitely far from all, and everything from nothing")
	}
	open := PolylinePath([]Point{{0, 0}, {10, 0}, {10, 10}, {0, 10}}, false)
	if b := Rect(-1, 4, 2, 2); open.Overlaps(b, 1) || !open.OverlapsFill(b, NonZero, 1) {
		t.Error("what is enclosed ends at the line that closes, though none is drawn")
	}
	if !open.Contains(Pt(1, 5), NonZero, 1) || (Path{}).OverlapsFill(Rect(0, 0, 1, 1), NonZero, 1) || open.OverlapsFill(NoBox, NonZero, 1) {
		t.Error("an open path encloses what it would if it were closed")
	}
}

// Marquees against paths: the slow way is to look at many places of the box.
func TestPathOverlaps(t *testing.T) {
	r := newRandom(t)
	for range 200 {
		p, b := r.path(5), r.box()
		line, fill := p.Overlaps(b, 0.01), p.OverlapsFill(b, NonZero, 0.01)
		if line && !fill {
			t.Fatalf("%v\ntouches %v with its line, but not with its fill", p, b)
		}
		for _, q := range p.sample(100) {
			if b.Grow(-0.02).Contains(q) && !b.Grow(-0.02).Empty() && !line {
				t.Fatalf("%v\nhas %v in %v, but its line is said to miss it", p, q, b)
			}
		}
		for range 20 {
			q := b.At(r.Float64(), r.Float64())
			if p.Contains(q, NonZero, 0.01) && !fill {
				t.Fatalf("%v\nencloses %v of %v, but its fill is said to miss it", p, q, b)
			}
		}
		if fill && !line {
			// The box is wholly inside.
			if q := b.At(r.Float64(), r.Float64()); !p.Contains(q, NonZero, 0.01) && p.Dist(q, 0.01) > 1e-6 {
				w := walker{path: p, fill: true}
				closing := false
				for c := (curve{}); w.next(&c); {
					closing = closing || c.closes && b.OverlapsSegment(c.p[0], c.p[1])
				}
				if !closing {
					t.Fatalf("%v\nis said to enclose %v, but not %v", p, b, q)
				}
			}
		}
	}
}
