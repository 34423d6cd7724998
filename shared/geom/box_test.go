package geom

import (
	"math"
	"testing"
)

func TestBox(t *testing.T) {
	unit := NoBox.With(Point{0, 0}).With(Point{1, 1})
	if unit != (Box{Point{0, 0}, Point{1, 1}}) {
		t.Fatalf("the box of two corners is %v", unit)
	}
	if !NoBox.Empty() || unit.Empty() || NoBox.With(Point{3, 4}).Empty() {
		t.Error("NoBox alone is empty; a single point is not")
	}
	if NoBox.Union(unit) != unit || unit.Union(NoBox) != unit {
		t.Error("NoBox is the neutral element of Union")
	}
	if got := unit.Union(Rect(5, -2, 1, 1)); got != (Box{Point{0, -2}, Point{6, 1}}) {
		t.Errorf("the box around both is %v", got)
	}
	if !NoBox.Grow(5).Empty() {
		t.Error("an empty box stays empty however much it grows")
	}
	for _, c := range []struct {
		other Box
		want  bool
		why   string
	}{
		{Box{Point{1, 1}, Point{2, 2}}, true, "they share a corner, which belongs to both"},
		{Box{Point{1.01, 0}, Point{2, 1}}, false, "it lies to the right"},
		{Box{Point{-5, -5}, Point{5, 5}}, true, "it contains the unit"},
		{NoBox, false, "nothing overlaps the empty box"},
	} {
		if unit.Overlaps(c.other) != c.want || c.other.Overlaps(unit) != c.want {
			t.Errorf("Overlaps(%v) is not %v, though %s", c.other, c.want, c.why)
		}
	}
}

func TestBoxPlaces(t *testing.T) {
	b := Rect(10, 20, 30, -8)
	if b != (Box{Point{10, 12}, Point{40, 20}}) {
		t.Errorf("a negative height extends upwards, got %v", b)
	}
	if b.Size() != Pt(30, 8) || b.Center() != Pt(25, 16) || b.At(1, 0.5) != Pt(40, 16) || b.At(0, 1) != Pt(10, 20) {
		t.Errorf("size %v, centre %v, middle of the right side %v, bottom left %v", b.Size(), b.Center(), b.At(1, 0.5), b.At(0, 1))
	}
	c := b.Corners()
	for i := range c {
		if turn := c[(i+1)%4].Sub(c[i]).Cross(c[(i+2)%4].Sub(c[i])); turn <= 0 {
			t.Errorf("the corners go round clockwise, but not at %d of %v", i, c)
		}
	}
	if c[0] != b.Min {
		t.Errorf("they begin at the top left, not at %v", c[0])
	}
	if b.Add(Pt(-10, -12)) != Rect(0, 0, 30, 8) {
		t.Errorf("moved to the origin it is %v", b.Add(Pt(-10, -12)))
	}
	if NoBox.Size() != (Point{}) || NoBox.Center() != (Point{}) {
		t.Error("what is empty has no size, and its centre is the origin rather than NaN")
	}
	if huge := (Box{Pt(-math.MaxFloat64, 0), Pt(math.MaxFloat64, 0)}); huge.Center() != (Point{}) {
		t.Errorf("the centre of the widest box is %v", huge.Center())
	}
}

func TestBoxContains(t *testing.T) {
	b := Rect(0, 0, 4, 2)
	for _, c := range []struct {
		p    Point
		want bool
		why  string
	}{
		{Pt(1, 1), true, "it is inside"},
		{Pt(4, 2), true, "a corner belongs to the box"},
		{Pt(4, 2.01), false, "it is below"},
		{Pt(nan, 1), false, "NaN is nowhere"},
	} {
		if b.Contains(c.p) != c.want {
			t.Errorf("Contains(%v) is not %v, though %s", c.p, c.want, c.why)
		}
	}
	if !b.ContainsBox(b) || !b.ContainsBox(NoBox) || !NoBox.ContainsBox(NoBox) || b.ContainsBox(Rect(1, 1, 4, 1)) || NoBox.ContainsBox(b) {
		t.Error("a box contains itself and what is empty, but not what sticks out, and NoBox nothing that is not empty")
	}
	if b.Dist(Pt(7, 6)) != 5 || b.Dist(Pt(1, 1)) != 0 || b.Nearest(Pt(7, 1)) != Pt(4, 1) {
		t.Error("from the corner it is 3 and 4, so 5; inside it is 0")
	}
	if !math.IsInf(NoBox.Dist(Pt(0, 0)), 1) || !math.IsInf(b.Dist(away), 1) || NoBox.Nearest(Pt(1, 2)) != Pt(1, 2) {
		t.Error("everything is infinitely far from nothing, and NaN from everything")
	}
}

// The box in common has exactly the points that both have.
func TestIntersect(t *testing.T) {
	r := newRandom(t)
	for range 2000 {
		b, c := BoxOf(r.grid(), r.grid()), BoxOf(r.grid(), r.grid())
		both := b.Intersect(c)
		if both.Empty() == b.Overlaps(c) || both.Empty() && both != NoBox {
			t.Fatalf("%v and %v overlap: %v, but have in common %v", b, c, b.Overlaps(c), both)
		}
		if p := r.grid(); both.Contains(p) != (b.Contains(p) && c.Contains(p)) {
			t.Fatalf("%v is in one of %v, %v and their intersection %v but not in the other", p, b, c, both)
		}
	}
}
