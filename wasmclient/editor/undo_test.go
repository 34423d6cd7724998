package editor

import "testing"

// A stroke is one step, however many messages it took.
func TestUndoStroke(t *testing.T) {
	h := newHand(t)
	for i := range 2 {
		y := float64(20 + 40*i)
		h.down(mouse(10, y))
		for x := 20.0; x < 200; x += 20 {
			h.now += 2 * commitFirst
			h.move(mouse(x, y))
		}
		h.up(mouse(200, y))
	}
	h.wantStrokes("drawn", 2)
	h.e.Do(Undo)
	h.wantStrokes("one undone", 1)
	h.wantSent("one undone")
	h.e.Do(Undo)
	h.wantStrokes("both undone", 0)
	before := h.commits
	h.e.Do(Undo)
	if h.commits != before {
		t.Error("something was committed when there was nothing to undo")
	}
	h.e.Do(Redo)
	h.e.Do(Redo)
	h.e.Do(Redo)
	h.wantStrokes("done again", 2)
	h.wantSent("done again")
}

// While the pen is down nothing is taken back under it.
func TestNoUndoWhileDrawing(t *testing.T) {
	h := newHand(t)
	h.down(mouse(10, 20))
	h.up(mouse(80, 20))
	h.down(mouse(10, 60))
	h.move(mouse(40, 60))
	h.e.Do(Undo)
	h.e.Do(Redo)
	h.up(mouse(80, 60))
	h.wantStrokes("after undo in the middle of a stroke", 2)
	h.wantSent("after undo in the middle of a stroke")
}

// The beginning of a pinch is no step, and does not cost what could be done
// again.
func TestPinchIsNoStep(t *testing.T) {
	h := newHand(t)
	h.down(mouse(10, 20))
	h.up(mouse(80, 20))
	h.down(finger(7, 100, 100))
	h.down(finger(8, 200, 100))
	h.up(finger(7, 100, 100))
	h.up(finger(8, 200, 100))
	h.wantStrokes("after the pinch", 1)
	h.e.Do(Undo)
	h.wantStrokes("undone", 0)
	h.e.Do(Redo)
	h.wantStrokes("done again", 1)
	h.wantIdle("after all")
}
