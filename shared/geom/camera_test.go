package geom

import (
	"math"
	"testing"
)

func TestCamera(t *testing.T) {
	c := Camera{At: Point{10, 20}, Zoom: 2}
	if got := c.ToScreen(Point{11, 22}); !near(got, Point{2, 4}) {
		t.Errorf("a unit from the corner takes 2 pixels at zoom 2, got %v", got)
	}
	p := Point{123.4, -5.6}
	if got := c.ToBoard(c.ToScreen(p)); !near(got, p) {
		t.Errorf("to the screen and back gives %v, want %v", got, p)
	}
	if got := c.Visible(100, 50); got != (Box{Point{10, 20}, Point{60, 45}}) {
		t.Errorf("at zoom 2 half as many units as pixels are seen, got %v", got)
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

func TestCameraTransform(t *testing.T) {
	c := Camera{At: Point{10, -20}, Zoom: 2.5}
	if p := Pt(3, 4); !near(c.Transform().Apply(p), c.ToScreen(p)) {
		t.Errorf("the transform sends %v to %v, ToScreen to %v", p, c.Transform().Apply(p), c.ToScreen(p))
	}
}

func TestFit(t *testing.T) {
	start := Camera{At: Point{1, 2}, Zoom: 3}
	for _, c := range []struct {
		box  Box
		zoom float64
		why  string
	}{
		{Rect(100, 100, 360, 10), 0.5, "180 of 200 pixels are left between the margins"},
		{Rect(100, 100, 1, 320), 0.25, "80 of 100 pixels are left in height"},
		{Rect(0, 0, 10, 10), 1, "the limit is 1"},
		{Rect(5, 5, 0, 0), 1, "a point has no size to fill the screen with"},
		{Rect(0, 0, 1e9, 1), MinZoom, "the camera goes no further out"},
	} {
		got := start.Fit(c.box, 200, 100, 10, 1)
		if !nearly(got.Zoom, c.zoom) {
			t.Errorf("%v is shown at %v and not at %v, though %s", c.box, got.Zoom, c.zoom, c.why)
		}
		if mid := got.ToScreen(c.box.Center()); mid.Dist(Pt(100, 50)) > 1e-6 {
			t.Errorf("the middle of %v is at %v of the screen", c.box, mid)
		}
	}
	for _, b := range []Box{NoBox, {Pt(nan, 0), Pt(1, 1)}, {Pt(-inf, 0), Pt(inf, 1)}} {
		if got := start.Fit(b, 200, 100, 10, 1); got != start {
			t.Errorf("%v is nothing to show, but the camera went to %v", b, got)
		}
	}
	if got := start.Fit(Rect(0, 0, 1, 1), nan, 100, 10, 1); got != start {
		t.Errorf("on a screen of no size the camera went to %v", got)
	}
}
