package geom

import (
	"math"
	"slices"
	"testing"
)

// sample returns places along a curve by its definition, for comparison.
func (c *curve) sample(n int) []Point {
	p := c.cubic()
	points := make([]Point, 0, n+1)
	for i := range n + 1 {
		t := float64(i) / float64(n)
		s := 1 - t
		points = append(points, p[0].Mul(s*s*s).Add(p[1].Mul(3*s*s*t)).Add(p[2].Mul(3*s*t*t)).Add(p[3].Mul(t*t*t)))
	}
	return points
}

// sample returns places along all that a path draws.
func (p Path) sample(n int) (points []Point) {
	w := walker{path: p}
	for c := (curve{}); w.next(&c); {
		points = append(points, c.sample(n)...)
	}
	return points
}

func TestPathWalk(t *testing.T) {
	a, b, c := Pt(0, 0), Pt(4, 0), Pt(4, 3)
	seg := func(v Verb, p ...Point) Segment {
		s := Segment{Verb: v}
		copy(s.P[:], p)
		return s
	}
	for _, x := range []struct {
		path Path
		want []Polyline
		why  string
	}{
		{nil, nil, "there is nothing"},
		{Path{seg(MoveTo, a), seg(MoveTo, b), seg(ClosePath)}, nil, "moves alone draw nothing"},
		{Path{seg(MoveTo, a), seg(LineTo, b), seg(LineTo, c)}, []Polyline{{[]Point{a, b, c}, false}}, "two lines"},
		{Path{seg(MoveTo, a), seg(LineTo, b), seg(LineTo, c), seg(ClosePath)}, []Polyline{{[]Point{a, b, c}, true}}, "a triangle"},
		{Path{seg(MoveTo, a), seg(LineTo, b), seg(LineTo, a), seg(ClosePath)}, []Polyline{{[]Point{a, b}, true}}, "closed by hand and by verb"},
		{Path{seg(MoveTo, a), seg(LineTo, b), seg(ClosePath), seg(LineTo, c)}, []Polyline{{[]Point{a, b}, true}, {[]Point{a, c}, false}}, "after a close it goes on from the beginning"},
		{Path{seg(MoveTo, a), seg(LineTo, a)}, []Polyline{{[]Point{a}, false}}, "a line without length is a dot"},
		{Path{seg(LineTo, a), seg(LineTo, b)}, []Polyline{{[]Point{a, b}, false}}, "without a move it begins at its first point"},
		{Path{seg(MoveTo, a), seg(LineTo, away), seg(LineTo, b)}, []Polyline{{[]Point{a, b}, false}}, "a line to nowhere is left out"},
		{Path{seg(MoveTo, a), seg(LineTo, b), seg(MoveTo, away), seg(LineTo, c), seg(LineTo, a)}, []Polyline{{[]Point{a, b}, false}, {[]Point{c, a}, false}}, "a move to nowhere ends the subpath before"},
		{Path{seg(MoveTo, a), seg(99, c), seg(LineTo, b)}, []Polyline{{[]Point{a, b}, false}}, "an unknown verb is left out"},
		{Path{seg(MoveTo, a), seg(QuadTo, Pt(2, 0), b), seg(CubicTo, Pt(4, 1), Pt(4, 2), c)}, []Polyline{{[]Point{a, b, c}, false}}, "curves that are straight are lines"},
	} {
		got := x.path.Flatten(0.01)
		if !slices.EqualFunc(got, x.want, func(l, m Polyline) bool { return l.Closed == m.Closed && slices.Equal(l.Points, m.Points) }) {
			t.Errorf("%v\nis %v,\nwant %v: %s", x.path, got, x.want, x.why)
		}
	}
}

func TestBounds(t *testing.T) {
	var p Path
	p.MoveTo(Pt(0, 0))
	p.QuadTo(Pt(5, 10), Pt(10, 0))
	if got := p.Bounds(); got != Rect(0, 0, 10, 5) {
		t.Errorf("a parabola rises to half of its control point's height, got %v", got)
	}
	p.MoveTo(Pt(100, 100))
	if got := p.Bounds(); got != Rect(0, 0, 10, 5) {
		t.Errorf("a move draws nothing, but the bounds are %v", got)
	}
	if !(Path{}).Bounds().Empty() {
		t.Error("the zero path has no bounds")
	}
	// All samples lie within, and come close to each side.
	r := newRandom(t)
	for range 1000 {
		p := r.path(6)
		got, want := p.Bounds(), BoxOf(p.sample(400)...)
		if got.Empty() != want.Empty() || !got.Grow(1e-9).ContainsBox(want) || !want.Empty() && !want.Grow(0.02).ContainsBox(got) {
			t.Fatalf("%v\nhas the bounds %v, samples span %v", p, got, want)
		}
	}
}

func TestPathTransform(t *testing.T) {
	r := newRandom(t)
	for range 200 {
		p, x := r.path(6), r.transform()
		before := slices.Clone(p)
		got := p.Transform(x).sample(5)
		for i, q := range p.sample(5) {
			if got[i].Dist(x.Apply(q)) > 1e-8 {
				t.Fatalf("%v\nby %v: sample %d is at %v, want %v", p, x, i, got[i], x.Apply(q))
			}
		}
		if !slices.Equal(p, before) {
			t.Fatal("the path itself was changed")
		}
	}
}

func TestBuild(t *testing.T) {
	b := Rect(-10, 5, 40, 20)
	for _, c := range []struct {
		name string
		path Path
		area float64
	}{
		{"rectangle", RectanglePath(b), 800},
		{"rounded rectangle", RoundedRectanglePath(b, 5), 800 - (4-math.Pi)*25},
		{"rectangle rounder than it is high", RoundedRectanglePath(b, 99), 800 - (4-math.Pi)*100},
		{"rectangle of no radius", RoundedRectanglePath(b, nan), 800},
		{"ellipse", EllipsePath(b), math.Pi * 200},
		{"diamond", DiamondPath(b), 400},
	} {
		if got := c.path.Bounds(); !nearBox(got, b) {
			t.Errorf("the %s fills its box, not %v", c.name, got)
		}
		lines := c.path.Flatten(1e-3)
		if len(lines) != 1 || !lines[0].Closed {
			t.Fatalf("the %s is %v", c.name, lines)
		}
		if got := area(lines[0].Points); math.Abs(got-c.area) > c.area/1000 {
			t.Errorf("the %s has an area of %v, want %v and, being clockwise, positive", c.name, got, c.area)
		}
	}
	for _, p := range []Path{RectanglePath(NoBox), RoundedRectanglePath(NoBox, 1), EllipsePath(NoBox), DiamondPath(NoBox), PolylinePath(nil, true), SplinePath(nil, false)} {
		if p != nil {
			t.Errorf("of nothing there is no path, got %v", p)
		}
	}
	if got := SplinePath([]Point{{1, 2}}, false).Flatten(1); len(got) != 1 || !slices.Equal(got[0].Points, []Point{{1, 2}}) {
		t.Errorf("a single point is a dot, got %v", got)
	}
}

// area returns the area of an outline, positive if it is clockwise.
func area(points []Point) (sum float64) {
	for i, p := range points {
		sum += p.Cross(points[(i+1)%len(points)]) / 2
	}
	return sum
}

func TestCircle(t *testing.T) {
	for _, q := range EllipsePath(Rect(-1, -1, 2, 2)).sample(100) {
		if l := q.Len(); l < 1-1e-12 || l > 1.0003 {
			t.Fatalf("four cubics come within 0.03 %% of a circle, not to %v", l)
		}
	}
}

// The spline is the one that strokes are drawn with: Hermite pieces with
// tangents of half the way between the neighbours.
func TestSpline(t *testing.T) {
	points := newRandom(t).points(6)
	for _, closed := range []bool{false, true} {
		at := func(i int) Point {
			if closed {
				return points[(i+len(points))%len(points)]
			}
			return points[min(max(i, 0), len(points)-1)]
		}
		w := walker{path: SplinePath(points, closed)}
		for i, c := 0, (curve{}); w.next(&c) && !c.closes; i++ {
			p, q := at(i), at(i+1)
			a, b := q.Sub(at(i-1)).Mul(0.5), at(i+2).Sub(p).Mul(0.5)
			for k, got := range c.sample(10) {
				s := float64(k) / 10
				s2, s3 := s*s, s*s*s
				want := p.Mul(2*s3 - 3*s2 + 1).Add(a.Mul(s3 - 2*s2 + s)).Add(q.Mul(3*s2 - 2*s3)).Add(b.Mul(s3 - s2))
				if !near(got, want) {
					t.Fatalf("closed %v: piece %d at %v is %v, want %v", closed, i, s, got, want)
				}
			}
		}
	}
}

func TestArrowHead(t *testing.T) {
	got := ArrowHeadPath(Pt(10, 0), Pt(3, 0), 4, 6, false)
	if want := PolylinePath([]Point{{6, -3}, {10, 0}, {6, 3}}, false); !slices.Equal(got, want) {
		t.Errorf("an arrow to the right has barbs behind its tip, above and below: %v", got)
	}
	if closed := ArrowHeadPath(Pt(10, 0), Pt(3, 0), 4, 6, true); len(closed) != len(got)+1 || closed[3].Verb != ClosePath {
		t.Errorf("the closed one goes back: %v", closed)
	}
	if ArrowHeadPath(Pt(0, 0), Pt(0, 0), 4, 6, false) != nil || ArrowHeadPath(away, Pt(1, 0), 4, 6, false) != nil {
		t.Error("without a direction or a place there is no head")
	}
}
