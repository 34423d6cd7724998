package editor

import (
	"testing"

	"edgeboard/shared/board"
)

func stylus1(x, y float64) Pointer { return pointer(50, Stylus, pt(x, y))[0] }

// Who does not draw with fingers pans with one, and drags elements still.
func TestFingersPan(t *testing.T) {
	h := newDesk(t)
	a := h.filled(100, 100, 100, 100)
	h.do(ToggleFingers)
	for _, tool := range []Tool{Pen, Highlighter, Eraser, Rectangle, Arrow} {
		h.e.Use(tool)
		h.down(finger(1, 150, 150))
		h.move(finger(1, 180, 150))
		h.up(finger(1, 180, 150))
		h.wantCamera(tool.String(), 1, pt(-30, 0))
		h.e.Wheel(pt(0, 0), pt(30, 0), false)
	}
	h.e.Use(Select)
	h.down(finger(1, 500, 500))
	h.move(finger(1, 520, 500), finger(1, 550, 500))
	h.up(finger(1, 550, 500))
	h.wantCamera("beside all", 1, pt(-50, 0))
	h.wantSelected("beside all")
	h.down(finger(1, 200, 150))
	h.move(finger(1, 220, 150), finger(1, 250, 150))
	h.up(finger(1, 250, 150))
	h.wantCamera("on an element", 1, pt(-50, 0))
	h.wantStored("on an element", a, 150, 100)

	// A tap places what has a size of its own.
	h.e.Use(Note)
	h.down(finger(1, 600, 600))
	h.up(finger(1, 602, 600))
	if h.doc.Len() != 2 || h.e.Writing() == nil {
		t.Error("a tap makes no note")
	}
	h.wantNothing("after fingers")
}

// With a stylus fingers pan from then on; those that come with it are the palm.
func TestStylusAndPalm(t *testing.T) {
	h := newDesk(t)
	h.e.Use(Pen)
	h.down(stylus1(100, 100))
	if h.e.State().FingerDraws {
		t.Error("fingers draw beside a stylus")
	}
	h.move(stylus1(120, 100))
	h.down(finger(1, 300, 300))
	h.down(finger(2, 400, 300))
	h.move(finger(1, 350, 350), finger(2, 500, 400), stylus1(140, 100))
	h.wantCamera("a palm", 1, pt(0, 0))
	h.up(stylus1(140, 100))
	h.up(finger(1, 350, 350))
	h.wantPoints("the stylus drew", pt(100, 100), pt(120, 100), pt(140, 100))

	h.now += palmTime - 1
	h.down(finger(3, 300, 300))
	h.move(finger(3, 330, 300))
	h.up(finger(3, 330, 300))
	h.up(finger(2, 500, 400))
	h.wantCamera("a palm that comes just after", 1, pt(0, 0))
	h.now++
	h.down(finger(3, 300, 300))
	h.move(finger(3, 330, 300))
	h.up(finger(3, 330, 300))
	h.wantCamera("a finger, later", 1, pt(-30, 0))
	h.wantNothing("after all")

	h.do(ToggleFingers)
	h.now += palmTime
	h.down(stylus1(200, 200))
	h.up(stylus1(200, 200))
	if !h.e.State().FingerDraws {
		t.Error("the person said that fingers draw")
	}
}

// The palm may lie down first: what it has begun is taken back.
func TestPalmFirst(t *testing.T) {
	h := newDesk(t)
	h.e.Use(Pen)
	h.down(finger(1, 300, 300))
	h.move(finger(1, 303, 300))
	h.down(stylus1(100, 100))
	h.move(finger(1, 310, 300), stylus1(150, 100))
	h.up(finger(1, 310, 300))
	h.up(stylus1(150, 100))
	h.wantPoints("of the stylus alone", pt(100, 100), pt(150, 100))
	h.wantNothing("after all")
}

// A finger that rests asks for the menu, about what lies under it.
func TestLongPress(t *testing.T) {
	h := newDesk(t)
	a := h.filled(100, 100, 100, 100)
	h.set(a, board.KeyLocked, board.Int(1))
	h.down(finger(1, 150, 150))
	at, ok := h.e.Deadline()
	if !ok || at != h.now+longPress {
		t.Fatalf("the deadline is %v, %v", at, ok)
	}
	h.move(finger(1, 152, 151))
	h.e.Flush(at - 1)
	if _, asked := h.e.Menu(); asked {
		t.Error("the menu is asked for too soon")
	}
	h.e.Flush(at)
	if p, asked := h.e.Menu(); !asked || p != pt(152, 151) {
		t.Errorf("the menu is asked for at %v, %v", p, asked)
	}
	h.wantSelected("also what is locked", a)
	h.up(finger(1, 152, 151))
	h.wantSelected("lifted", a)
	h.wantNothing("lifted")

	h.down(finger(1, 150, 150))
	h.move(finger(1, 170, 150))
	if _, ok := h.e.Deadline(); ok {
		t.Error("a drag is a long press")
	}
	h.e.Flush(h.now + 2*longPress)
	if _, asked := h.e.Menu(); asked {
		t.Error("a drag asks for the menu")
	}
	h.up(finger(1, 170, 150))
	h.down(mouse(150, 150))
	if _, ok := h.e.Deadline(); ok {
		t.Error("a mouse that rests asks for the menu")
	}
	h.up(mouse(150, 150))
}

// A pinch takes a drag back that has hardly begun; one that went far is done.
func TestPinchTakesOverFromDrag(t *testing.T) {
	for _, c := range []struct {
		by, want float64
		why      string
	}{{15, 100, "hardly begun"}, {60, 160, "gone far"}} {
		h := newDesk(t)
		a := h.filled(100, 100, 100, 100)
		h.down(finger(1, 150, 150))
		h.move(finger(1, 150+c.by, 150))
		h.down(finger(2, 300, 300))
		if h.e.Gesture() != nil {
			t.Error("a pinch drags")
		}
		h.up(finger(1, 150+c.by, 150))
		h.up(finger(2, 300, 300))
		h.wantStored(c.why, a, c.want, 100)
		h.wantNothing(c.why)
	}
}

// Fingers reach handles from further away than a mouse.
func TestReach(t *testing.T) {
	h := newDesk(t)
	a := h.filled(100, 100, 200, 200)
	h.click(0, 200, 200, 1)
	h.swipe(0, pt(316, 316), pt(360, 360))
	h.wantSelected("a mouse 16 pixels away", []board.ID{}...)
	h.wantBox("a mouse 16 pixels away", a, 100, 100, 200, 200)
	h.click(0, 200, 200, 1)
	h.down(finger(1, 314, 314))
	h.move(finger(1, 334, 334))
	h.up(finger(1, 334, 334))
	h.wantBox("a finger", a, 100, 100, 220, 220)
}
