package geom

import (
	"math"
	"testing"
)

func TestVectors(t *testing.T) {
	x, y := Pt(1, 0), Pt(0, 1)
	if x.Perp() != y || !near(x.Rotate(math.Pi/2), y) {
		t.Error("a positive quarter turns x to y, which is clockwise on a screen whose y is below")
	}
	if x.Cross(y) != 1 || y.Cross(x) != -1 {
		t.Error("y is clockwise of x, so x × y is positive")
	}
	if Pt(3, 4).Dot(Pt(-4, 3)) != 0 || Pt(3, 4).Dot(Pt(3, 4)) != 25 {
		t.Error("at right angles the product is 0, with itself the square of the length")
	}
	if Pt(1, 1).Dist(Pt(4, 5)) != 5 || Pt(3, -4).Neg() != Pt(-3, 4) {
		t.Error("3, 4 and 5 make a triangle")
	}
	if p, q := Pt(0.1, 0.7), Pt(0.3, 1e9); p.Lerp(q, 0) != p || p.Lerp(q, 1) != q || !near(p.Lerp(p, 0.3), p) {
		t.Error("a Lerp ends exactly where its points are")
	}
	if got := Pt(3, 1).RotateAbout(Pt(2, 1), math.Pi); !near(got, Pt(1, 1)) {
		t.Errorf("half a turn about its neighbour takes a point to the other side, not to %v", got)
	}
	if got := Pt(0.1, 0.2).RotateAbout(Pt(1e9, 3), 0); got != Pt(0.1, 0.2) {
		t.Errorf("no turn leaves a point where it is to the last bit, not at %v", got)
	}
	if Pt(0, -2).Angle() != -math.Pi/2 || Pt(0, 0).Angle() != 0 {
		t.Error("up is a quarter anticlockwise, and a vector of no length has the angle 0")
	}
}

func TestUnit(t *testing.T) {
	for _, p := range []Point{{3, 4}, {-1e308, 1e308}, {math.MaxFloat64, math.MaxFloat64}, {5e-324, 0}, {1e-320, -1e-320}} {
		if u := p.Unit(); !nearly(u.Len(), 1) || math.Abs(u.Cross(p.Mul(1/max(math.Abs(p.X), math.Abs(p.Y), 1)))) > 1e-9 {
			t.Errorf("the unit vector of %v is %v", p, u)
		}
	}
	for _, p := range []Point{{}, {nan, 1}, {1, nan}, {inf, 1}, {0, -inf}} {
		if u := p.Unit(); u != (Point{}) {
			t.Errorf("%v has no way to point, got %v", p, u)
		}
	}
}

func TestNormalizeAngle(t *testing.T) {
	for _, c := range []struct{ in, want float64 }{
		{0, 0}, {math.Pi, math.Pi}, {-math.Pi, math.Pi}, {3 * math.Pi / 2, -math.Pi / 2}, {-7, 2*math.Pi - 7}, {nan, 0}, {inf, 0},
	} {
		if got := NormalizeAngle(c.in); !nearly(got, c.want) {
			t.Errorf("NormalizeAngle(%v) is %v, want %v", c.in, got, c.want)
		}
	}
	r := newRandom(t)
	for range 1000 {
		a := r.in(-1e3, 1e3)
		n := NormalizeAngle(a)
		if n <= -math.Pi || n > math.Pi || !near(Pt(1, 0).Rotate(a), Pt(1, 0).Rotate(n)) {
			t.Fatalf("%v became %v, which is another way to look or out of range", a, n)
		}
	}
}

func TestFinite(t *testing.T) {
	if !Pt(math.MaxFloat64, 0).Finite() || Pt(nan, 0).Finite() || Pt(0, -inf).Finite() {
		t.Error("the largest number is finite, NaN and infinities are not")
	}
}
