package geom

import (
	"math"
	"testing"
)

var shapes = []Shape{Rectangle, Ellipse, Diamond}

func (r random) outline() Outline {
	o := Outline{Shape: shapes[r.IntN(3)], Frame: r.frame()}
	if o.Shape == Rectangle && r.IntN(2) == 0 {
		o.Radius = r.in(0, 60)
	}
	return o
}

func TestOutlineHit(t *testing.T) {
	b := Rect(-20, -10, 40, 20)
	for _, c := range []struct {
		o            Outline
		p            Point
		line, filled bool
		why          string
	}{
		{Outline{Shape: Rectangle, Frame: Frame{Box: b}}, Pt(0, 0), false, true, "the middle is filled or empty"},
		{Outline{Shape: Rectangle, Frame: Frame{Box: b}}, Pt(19.5, 0), true, true, "just inside the right side"},
		{Outline{Shape: Rectangle, Frame: Frame{Box: b}}, Pt(20.8, 10.8), false, false, "0.8 right of and 0.8 below the corner is more than 1"},
		{Outline{Shape: Rectangle, Frame: Frame{Box: b}, Radius: 8}, Pt(19.5, 9.5), false, false, "a round corner is not there"},
		{Outline{Shape: Ellipse, Frame: Frame{Box: b}}, Pt(0, -10.5), true, true, "just above the top"},
		{Outline{Shape: Ellipse, Frame: Frame{Box: b}}, Pt(18, 8), false, false, "in the corner of the box"},
		{Outline{Shape: Diamond, Frame: Frame{Box: b}}, Pt(10, 5), true, true, "in the middle of a side"},
		{Outline{Shape: Diamond, Frame: Frame{Box: b}}, Pt(10, 8), false, false, "outside of it"},
		{Outline{Shape: Diamond, Frame: Frame{b, math.Pi / 2}}, Pt(0, 19), true, true, "the right end is below after a quarter turn"},
		{Outline{Shape: Diamond, Frame: Frame{NoBox, 0}}, Pt(0, 0), false, false, "there is nothing"},
		{Outline{Shape: Ellipse, Frame: Frame{b, nan}}, Pt(0, 0), false, false, "turned by NaN it is nowhere"},
		{Outline{Shape: Ellipse, Frame: Frame{b, 0}}, away, false, false, "NaN is nowhere"},
	} {
		if got := c.o.Hit(c.p, 1, false); got != c.line {
			t.Errorf("the line of %v at %v: %v, though %s", c.o, c.p, got, c.why)
		}
		if got := c.o.Hit(c.p, 1, true); got != c.filled {
			t.Errorf("%v, filled, at %v: %v, though %s", c.o, c.p, got, c.why)
		}
	}
	if o := (Outline{Frame: Frame{Box: b}}); !o.Hit(Pt(0, 10), nan, false) || o.Hit(Pt(0, 10.1), nan, true) || !o.Contains(Pt(20, 10)) || o.Contains(Pt(20.1, 10)) {
		t.Error("a tolerance that is NaN is none, and the outline belongs to what it contains")
	}
}

// onEllipse returns the place of an ellipse about the origin at an angle.
func onEllipse(half Point, angle float64) Point {
	return Point{half.X * math.Cos(angle), half.Y * math.Sin(angle)}
}

// Round shapes are compared with their definition, all with places along the
// outline.
func TestOutlineDist(t *testing.T) {
	r := newRandom(t)
	for range 300 {
		o, p := r.outline(), r.point()
		var outline []Point
		if o.Shape == Ellipse {
			for i := range 2000 {
				q := onEllipse(o.Frame.Box.Size().Mul(0.5), float64(i)*math.Pi/1000)
				outline = append(outline, o.Frame.ToBoard(q.Add(o.Frame.Center())))
			}
		} else {
			for _, l := range o.Path().Flatten(1e-3) {
				outline = append(append(outline, l.Points...), l.Points[0])
			}
		}
		got, want := o.SignedDist(p), DistToPolyline(p, outline)
		if math.Abs(math.Abs(got)-want) > 0.03 { // of cubics for circles: 0.03 % of 60
			t.Fatalf("%v is %v from %v, its places are %v", p, got, o, want)
		}
		if inside := PolygonContains(p, outline, NonZero); want > 0.03 && inside != (got < 0) {
			t.Fatalf("%v is %v from %v, but inside: %v", p, got, o, inside)
		}
		n, ok := o.Nearest(p)
		if !ok || !nearly(n.Dist(p), math.Abs(got)) || math.Abs(o.SignedDist(n)) > 1e-9 {
			t.Fatalf("%v: the nearest to %v is %v, which is %v away and %v from the outline, want %v", o, p, n, n.Dist(p), o.SignedDist(n), got)
		}
	}
}

// The nearest point of an ellipse is on it, and the way there at right angles to
// it, for thin ellipses and for places on the axes too.
func TestNearestOnEllipse(t *testing.T) {
	r := newRandom(t)
	for range 5000 {
		half := Point{math.Exp(r.in(-12, 12)), math.Exp(r.in(-12, 12))}
		q := Point{half.X * math.Exp(r.in(-9, 3)), half.Y * math.Exp(r.in(-9, 3))}
		switch r.IntN(8) {
		case 0:
			q.X = 0
		case 1:
			q.Y = 0
		case 2:
			half.Y = half.X
		case 3:
			q = Point{}
		}
		size := max(half.X, half.Y)
		n := nearestOnEllipse(q, half)
		if x, y := n.X/half.X, n.Y/half.Y; math.Abs(x*x+y*y-1) > 1e-9 || n.X < 0 || n.Y < 0 {
			t.Fatalf("%v is not on the ellipse %v: %v", n, half, x*x+y*y)
		}
		got := n.Dist(q)
		for i := range 101 {
			if d := onEllipse(half, float64(i)*math.Pi/200).Dist(q); d < got-1e-9*(size+got) {
				t.Fatalf("ellipse %v, %v: %v is %v away, but at %d of 100 it is %v", half, q, n, got, i, d)
			}
		}
	}
	if got := nearestOnEllipse(Pt(3, 4), Pt(0, 0)); got != (Point{}) {
		t.Errorf("an ellipse without size is its centre, not %v", got)
	}
	if got := nearestOnEllipse(Pt(3, 4), Pt(0, 2)); !near(got, Pt(0, 2)) {
		t.Errorf("one without width is a line, and its end is nearest, not %v", got)
	}
}

func TestAttach(t *testing.T) {
	b := Rect(-20, -10, 40, 20)
	for _, c := range []struct {
		o      Outline
		toward Point
		gap    float64
		want   Point
		why    string
	}{
		{Outline{Frame: Frame{Box: b}}, Pt(100, 0), 0, Pt(20, 0), "straight to the right side"},
		{Outline{Frame: Frame{Box: b}}, Pt(100, 0), 5, Pt(25, 0), "and 5 off it"},
		{Outline{Frame: Frame{Box: b}}, Pt(100, 100), 5, Pt(15, 15), "the gap is measured to the side, not along the line"},
		{Outline{Frame: Frame{Box: b}}, Pt(3, 0), 0, Pt(20, 0), "a place inside shows the way as well"},
		{Outline{Shape: Ellipse, Frame: Frame{Box: b}}, Pt(0, -50), nan, Pt(0, -10), "a gap that is NaN is none"},
		{Outline{Shape: Diamond, Frame: Frame{b, math.Pi / 2}}, Pt(0, 50), -3, Pt(0, 20), "a negative gap is none"},
	} {
		if got, ok := c.o.Attach(c.toward, c.gap); !ok || !near(got, c.want) {
			t.Errorf("%v towards %v with %v: %v, want %v: %s", c.o, c.toward, c.gap, got, c.want, c.why)
		}
	}
	o := Outline{Frame: Frame{Box: b}}
	if _, ok := o.Attach(Pt(0, 0), 1); ok {
		t.Error("the centre is no direction")
	}
	if _, ok := (Outline{Frame: Frame{Box: NoBox}}).Attach(Pt(1, 1), 1); ok {
		t.Error("nothing is attached to nothing")
	}
	if _, ok := o.Attach(away, 1); ok {
		t.Error("NaN is no direction")
	}
	if _, ok := o.Leave(Pt(30, 0), Pt(0, 0), 1); ok {
		t.Error("a line that begins outside does not leave")
	}
	if _, ok := (Outline{Frame: Frame{Box: NoBox}}).Nearest(Pt(1, 1)); ok {
		t.Error("nothing has no nearest point")
	}
}

func TestAttachProperties(t *testing.T) {
	r := newRandom(t)
	for range 2000 {
		o, toward, gap := r.outline(), r.point(), r.in(0, 20)
		if r.IntN(4) == 0 {
			gap = 0
		}
		at, ok := o.Attach(toward, gap)
		c := o.Frame.Center()
		if !ok || math.Abs(o.SignedDist(at)-gap) > 1e-7 {
			t.Fatalf("%v towards %v: %v is %v from the outline, want %v", o, toward, at, o.SignedDist(at), gap)
		}
		way := toward.Sub(c).Unit()
		if along := at.Sub(c); math.Abs(along.Cross(way)) > 1e-7 || along.Dot(way) < -1e-9 {
			t.Fatalf("%v towards %v: %v is not on the way", o, toward, at)
		}
	}
}
