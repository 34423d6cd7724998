package editor

import (
	"math"
	"testing"

	"edgeboard/shared/geom"
)

// fly advances the camera a frame at a time until it has landed, and returns what was
// seen on the way.
func (h *hand) fly() (way []geom.Camera) {
	h.t.Helper()
	for now := 0.0; h.e.Flying(); now += 16 {
		h.e.Advance(now)
		way = append(way, h.e.Camera())
		if now > 3000 {
			h.t.Fatal("the camera never arrives")
		}
	}
	return way
}

// A flight is smooth, goes out as far as it has to, and ends exactly there.
func TestFlight(t *testing.T) {
	for _, to := range []geom.Camera{
		{At: geom.Pt(5000, -2000), Zoom: 2},
		{At: geom.Pt(100, 0), Zoom: 1},
		{At: geom.Pt(0, 0), Zoom: 0.2},
		{At: geom.Pt(-20, 30), Zoom: 8},
		{At: geom.Pt(90_000, 0), Zoom: 1},
		{At: geom.Pt(0, 0), Zoom: 1}, // where it is
	} {
		h := newDesk(t)
		steered := h.e.Steered()
		from := h.e.Camera()
		h.e.Fly(to, 0)
		way := h.fly()
		if h.e.Camera() != to {
			t.Errorf("a flight to %v ends at %v", to, h.e.Camera())
		}
		if h.e.Steered() != steered {
			t.Error("a flight counts as the person's own")
		}
		last, lowest := from, from.Zoom
		for _, c := range way {
			if jump := math.Abs(math.Log(c.Zoom / last.Zoom)); jump > 0.5 {
				t.Errorf("to %v: the zoom jumps from %v to %v", to, last.Zoom, c.Zoom)
			}
			if jump := c.At.Dist(last.At) * min(c.Zoom, last.Zoom); jump > 600 {
				t.Errorf("to %v: the board jumps by %v pixels", to, jump)
			}
			last, lowest = c, min(lowest, c.Zoom)
		}
		if far := from.At.Dist(to.At) > 4000; far != (lowest < min(from.Zoom, to.Zoom)*0.8) {
			t.Errorf("to %v: the least zoom on the way is %v", to, lowest)
		}
	}
}

// Whatever the person does with the camera ends what it does by itself.
func TestFlightEndsByHand(t *testing.T) {
	h := newDesk(t)
	for what, steer := range map[string]func(){
		"a wheel":  func() { h.e.Wheel(geom.Pt(5, 5), geom.Pt(0, 10), false) },
		"a zoom":   func() { h.e.Wheel(geom.Pt(5, 5), geom.Pt(0, 10), true) },
		"a button": func() { h.e.Do(ZoomIn) },
	} {
		for _, trail := range []bool{false, true} {
			to := geom.Camera{At: h.e.Camera().At.Add(geom.Pt(1000, 0)), Zoom: 1}
			if trail {
				h.e.Trail(to, 0)
			} else {
				h.e.Fly(to, 0)
			}
			h.e.Advance(50)
			steered := h.e.Steered()
			steer()
			if h.e.Flying() || h.e.Steered() != steered+1 {
				t.Errorf("after %s the camera goes on by itself: %v, counted %d times", what, h.e.Flying(), h.e.Steered()-steered)
			}
		}
	}
}

// A camera that goes after another one is near it and comes to rest where it is; one
// that has far to go flies.
func TestTrail(t *testing.T) {
	h := newDesk(t)
	to, now := h.e.Camera(), 0.0
	for range 60 {
		to.At.X += 10
		to.Zoom *= 1.01
		h.e.Trail(to, now)
		now += 16
		h.e.Advance(now)
		if far := h.e.Camera().At.Dist(to.At) * to.Zoom; far > 200 {
			t.Errorf("the other one is %v pixels away", far)
		}
	}
	for range 60 {
		now += 16
		h.e.Advance(now)
	}
	if h.e.Flying() || h.e.Camera() != to {
		t.Errorf("it rests at %v, want %v", h.e.Camera(), to)
	}
	far := geom.Camera{At: geom.Pt(5000, 5000), Zoom: 1}
	h.e.Fly(far, 0)
	h.e.Advance(50)
	far.At.X += 50
	h.e.Trail(far, 60) // it flies on, to where the other one is then
	h.fly()
	if h.e.Camera() != far {
		t.Errorf("it lands at %v, want %v", h.e.Camera(), far)
	}
}

// Who wants no motion is there at once.
func TestCalmFlight(t *testing.T) {
	h := newDesk(t)
	h.e.Calm = true
	to := geom.Camera{At: geom.Pt(5000, 5000), Zoom: 3}
	if h.e.Fly(to, 0); h.e.Flying() || h.e.Camera() != to {
		t.Errorf("the camera is at %v, flying: %v", h.e.Camera(), h.e.Flying())
	}
	to.At.X++
	if h.e.Trail(to, 0); h.e.Flying() || h.e.Camera() != to {
		t.Errorf("behind another one the camera is at %v, flying: %v", h.e.Camera(), h.e.Flying())
	}
	if got := h.e.ShowBox(geom.Rect(0, 0, 10, 10), 0, geom.MaxZoom); !got.Visible(h.e.screen.X, h.e.screen.Y).Overlaps(geom.Rect(0, 0, 10, 10)) {
		t.Errorf("a small part of the board is shown by %v", got)
	}
}
