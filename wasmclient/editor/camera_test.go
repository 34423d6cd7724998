package editor

import (
	"math"
	"math/rand/v2"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// There are three ways to pan with one pointer.
func TestPan(t *testing.T) {
	middle := mouse(100, 100)
	middle.Button = Middle
	for _, c := range []struct {
		why   string
		press Pointer
		tool  Tool
		space bool
	}{
		{"the middle button", middle, Pen, false},
		{"the hand tool", mouse(100, 100), Hand, false},
		{"the space bar", mouse(100, 100), Pen, true},
		{"a finger with the hand tool", finger(1, 100, 100), Hand, false},
	} {
		h := newHand(t)
		h.e.Use(c.tool)
		h.e.Space(c.space)
		if h.e.Panning() != (c.space || c.tool == Hand) {
			t.Errorf("%s: before the press Panning is %v", c.why, h.e.Panning())
		}
		h.down(c.press)
		if !h.e.Panning() {
			t.Errorf("%s does not pan", c.why)
		}
		h.e.Space(false) // it is the press that counts
		p := c.press
		p.At = pt(130, 90)
		h.move(p)
		p.At = pt(140, 80)
		h.move(p)
		h.up(p)
		h.wantCamera(c.why, 1, pt(-40, 20))
		h.wantStrokes(c.why, 0)
		h.e.Use(Pen)
		h.wantIdle(c.why)
	}
}

// The wheel pans, and zooms about the pointer in bounded steps.
func TestWheel(t *testing.T) {
	h := newHand(t)
	h.e.Wheel(pt(200, 100), pt(30, -40), false)
	h.wantCamera("panned", 1, pt(30, -40))
	fixed := h.e.Camera().ToBoard(pt(200, 100))
	h.e.Wheel(pt(200, 100), pt(0, -5), true)
	if got := h.e.Camera().Zoom; math.Abs(got-math.Exp(5.0/200)) > 1e-9 {
		t.Errorf("a touchpad's step zooms to %v", got)
	}
	before := h.e.Camera().Zoom
	h.e.Wheel(pt(200, 100), pt(0, -5000), true)
	if got := h.e.Camera().Zoom / before; got > 1.4 {
		t.Errorf("one notch of a wheel zooms by %v: that is a leap", got)
	}
	for range 100 {
		h.e.Wheel(pt(200, 100), pt(0, -120), true)
	}
	if got := h.e.Camera().Zoom; got != geom.MaxZoom {
		t.Errorf("zoomed in all the way: %v", got)
	}
	for range 100 {
		h.e.Wheel(pt(200, 100), pt(0, 120), true)
	}
	if got := h.e.Camera().Zoom; got != geom.MinZoom {
		t.Errorf("zoomed out all the way: %v", got)
	}
	if got := h.e.Camera().ToBoard(pt(200, 100)); got.Sub(fixed).Len() > 1e-6 {
		t.Errorf("under the pointer is %v, and was %v", got, fixed)
	}
}

// A pan of the wheel in the middle of a stroke leaves the stroke where it is.
func TestWheelInStroke(t *testing.T) {
	h := newHand(t)
	h.down(mouse(10, 10))
	h.move(mouse(20, 10))
	h.e.Wheel(pt(20, 10), pt(100, 0), false)
	h.move(mouse(30, 10))
	h.up(mouse(30, 10))
	h.wantPoints("drawn on while the board moves below", pt(10, 10), pt(20, 10), pt(130, 10))
}

// Two fingers pan and zoom: what is between them stays between them.
func TestPinch(t *testing.T) {
	h := newHand(t)
	h.e.Use(Hand)
	h.down(finger(1, 100, 100))
	h.down(finger(2, 200, 100))
	middle := h.e.Camera().ToBoard(pt(150, 100))
	h.move(finger(1, 100, 200), finger(2, 300, 200))
	c := h.e.Camera()
	if math.Abs(c.Zoom-2) > 1e-9 {
		t.Errorf("the fingers are twice as far apart, the zoom is %v", c.Zoom)
	}
	if got := c.ToScreen(middle); got.Sub(pt(200, 200)).Len() > 1e-6 {
		t.Errorf("what was between the fingers is at %v, they are about 200, 200", got)
	}
	if h.e.Drawing() {
		t.Error("a pinch draws")
	}

	h.down(finger(3, 500, 500)) // a third finger is ignored, wherever it goes
	h.move(finger(3, 0, 0))
	h.up(finger(3, 0, 0))
	if h.e.Camera() != c {
		t.Error("a third finger moves the board")
	}

	h.move(finger(1, 199, 200), finger(2, 201, 200), finger(1, 200, 200), finger(2, 200, 200))
	if z := h.e.Camera().Zoom; z != geom.MinZoom {
		t.Errorf("the fingers touch: zoom %v", z)
	}
	h.move(finger(1, -1e5, 0), finger(2, 1e5, 0))
	if z := h.e.Camera().Zoom; z != geom.MaxZoom {
		t.Errorf("the fingers are far apart: zoom %v", z)
	}
}

// The finger that stays goes on panning, whichever it is, and a new one begins
// another pinch.
func TestLiftInAnyOrder(t *testing.T) {
	for _, first := range []int{1, 2} {
		h := newHand(t)
		h.down(finger(1, 100, 100))
		h.down(finger(2, 200, 100))
		stays := 3 - first
		x := float64(stays) * 100
		h.up(finger(first, float64(first)*100, 100))
		if !h.e.Panning() {
			t.Errorf("finger %d was lifted, the other does not pan", first)
		}
		h.wantCamera("a finger was lifted", 1, pt(0, 0))
		h.move(finger(stays, x+30, 100), finger(first, 0, 0))
		h.wantCamera("the other goes on", 1, pt(-30, 0))

		h.down(finger(9, x+30, 300)) // 200 from the other
		h.move(finger(9, x+30, 200))
		if z := h.e.Camera().Zoom; math.Abs(z-0.5) > 1e-9 {
			t.Errorf("a new finger came near by half: zoom %v", z)
		}
		h.cancel(finger(stays, x+30, 100))
		h.up(finger(9, x+30, 200))
		h.wantStrokes("of fingers that pinched", 0)
		h.wantSent("the stroke of the first finger was taken back")
		h.wantIdle("all fingers lifted")
	}
}

// The beginning of a pinch is no stroke; a stroke that was meant stays.
func TestPinchTakesOverFromStroke(t *testing.T) {
	for _, c := range []struct {
		length float64
		want   int
		why    string
	}{
		{regret - 4, 0, "a short stroke is taken back"},
		{regret + 4, 1, "a long stroke stays"},
	} {
		h := newHand(t)
		h.down(finger(1, 100, 100))
		h.now += 2 * commitFirst // it was sent to the others already
		h.move(finger(1, 100+c.length, 100))
		h.down(finger(2, 200, 200))
		if h.e.Drawing() {
			t.Error("with two fingers down a stroke is under way")
		}
		h.move(finger(1, 90, 90), finger(2, 250, 250))
		h.up(finger(1, 90, 90))
		h.up(finger(2, 250, 250))
		h.wantStrokes(c.why, c.want)
		h.wantSent(c.why)
		h.wantIdle(c.why)
	}
}

// A stroke that went on as another one is long, even just after that.
func TestPinchKeepsTheEndOfALongStroke(t *testing.T) {
	h := newHand(t)
	h.down(finger(1, 0, 0))
	h.move(zigzag(1, Finger, 0, board.MaxPoints+2)...)
	h.down(finger(2, 0, 300))
	h.wantStrokes("full and gone on", 2)
	h.wantSent("full and gone on")
}

// A finger of a pinch that comes down again was lifted unheard.
func TestPinchingFingerDownTwice(t *testing.T) {
	h := newHand(t)
	h.down(finger(1, 100, 100))
	h.down(finger(2, 200, 100))
	h.down(finger(2, 300, 100))
	h.wantCamera("nothing has moved", 1, pt(0, 0))
	h.move(finger(2, 500, 100))
	if z := h.e.Camera().Zoom; math.Abs(z-2) > 1e-9 {
		t.Errorf("from 200 to 400 pixels: zoom %v", z)
	}
	h.up(finger(2, 500, 100))
	h.up(finger(1, 100, 100))
	h.wantIdle("all fingers lifted")
}

// Whatever order events come in, nothing panics, what is committed is the
// document, and when all pointers are lifted a stroke can be drawn.
func TestRandomGestures(t *testing.T) {
	for seed := range uint64(300) {
		h := newHand(t)
		r := rand.New(rand.NewPCG(seed, 4))
		sample := func() Pointer {
			id := r.IntN(5)
			return Pointer{
				ID: id, Kind: []PointerKind{Finger, Finger, Finger, Stylus, Mouse}[id], Button: Button(r.IntN(8) / 6),
				At: pt(r.Float64()*400, r.Float64()*400), Pressure: r.Float64(),
			}
		}
		for range 120 {
			h.now += r.Float64() * 30
			switch r.IntN(12) {
			case 0, 1:
				h.down(sample())
			case 2:
				h.up(sample())
			case 3:
				h.cancel(sample())
			case 4:
				h.e.Wheel(sample().At, pt(r.NormFloat64()*50, r.NormFloat64()*50), r.IntN(2) == 0)
			case 5:
				h.e.Space(r.IntN(3) == 0)
				h.e.Use([]Tool{Pen, Pen, Pen, Hand}[r.IntN(4)])
			case 6:
				h.e.Flush(h.now)
			default:
				h.move(sample(), sample())
			}
			if at, waiting := h.e.Deadline(); waiting && at > h.now+max(commitMost, longPress) {
				t.Fatalf("seed %d: at %v points wait until %v", seed, h.now, at)
			}
		}
		h.e.Use(Pen)
		h.e.Space(false)
		for id := range 5 {
			h.up(Pointer{ID: id, At: pt(1, 1)})
		}
		h.wantSent("all pointers lifted")
		h.wantIdle("all pointers lifted")
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}
