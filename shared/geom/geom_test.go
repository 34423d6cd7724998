package geom

import (
	"math"
	"testing"
)

func near(a, b Point) bool { return a.Sub(b).Len() < 1e-9 }

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

func TestCamera(t *testing.T) {
	c := Camera{At: Point{10, 20}, Zoom: 2}
	if got := c.ToScreen(Point{11, 22}); !near(got, Point{2, 4}) {
		t.Errorf("a unit from the corner takes 2 pixels at zoom 2, got %v", got)
	}
	p := Point{123.4, -5.6}
	if got := c.ToBoard(c.ToScreen(p)); !near(got, p) {
		t.Errorf("to the screen and back gives %v, want %v", got, p)
	}
	if got := c.Pan(Point{30, -8}).ToScreen(p); !near(got, c.ToScreen(p).Add(Point{30, -8})) {
		t.Errorf("after a pan by 30, -8 the point is at %v", got)
	}
}

// Zooming keeps what is under the pointer under the pointer, also where the
// range of zooms ends.
func TestZoomAt(t *testing.T) {
	c := Camera{At: Point{-3, 8}, Zoom: 1.5}
	at := Point{200, 100}
	fixed := c.ToBoard(at)
	for _, zoom := range []float64{0.5, 1, 7, 1000, 0, math.Inf(1)} {
		z := c.ZoomAt(at, zoom)
		if z.Zoom < MinZoom || z.Zoom > MaxZoom {
			t.Errorf("asked for zoom %v, got %v", zoom, z.Zoom)
		}
		if !near(z.ToBoard(at), fixed) {
			t.Errorf("zoom %v moved the fixed point to %v", zoom, z.ToBoard(at))
		}
	}
}
