package editor

import (
	"testing"

	"edgeboard/shared/geom"
)

// Who may only look moves the board with the button that draws otherwise, and
// changes nothing, by no key either. Let in again, the tool is the one before.
func TestViewOnly(t *testing.T) {
	h := newHand(t)
	h.down(mouse(10, 20))
	h.up(mouse(80, 20))
	h.e.ViewOnly(true)
	if !h.e.Panning() {
		t.Error("the pointer does not look as if it moved the board")
	}
	before := h.commits
	h.down(mouse(10, 60))
	h.move(mouse(40, 90))
	h.up(mouse(40, 90))
	h.down(finger(7, 100, 100))
	h.move(finger(7, 90, 100))
	h.up(finger(7, 90, 100))
	h.wantCamera("after two drags", 1, geom.Point{X: -20, Y: -30})
	h.e.Do(Undo)
	h.e.Do(Redo)
	h.wantStrokes("whatever is tried", 1)
	if h.commits != before {
		t.Errorf("%d commits of who may only look", h.commits-before)
	}

	h.e.ViewOnly(false)
	if h.e.Panning() {
		t.Error("the pen is not the tool again")
	}
	h.down(mouse(10, 60))
	h.up(mouse(80, 60))
	h.wantStrokes("let in again", 2)
	h.e.Do(Undo)
	h.e.Do(Undo)
	h.wantStrokes("both undone", 0)
	h.wantSent("both undone")
}

// A stroke under way ends where it is, and what was drawn stays.
func TestViewOnlyInTheMiddleOfAStroke(t *testing.T) {
	h := newHand(t)
	h.down(mouse(10, 20))
	h.move(mouse(40, 20))
	h.e.ViewOnly(true)
	h.move(mouse(80, 20))
	h.up(mouse(90, 20))
	h.wantPoints("what was drawn before", pt(10, 20), pt(40, 20))
	h.wantSent("what was drawn before")
	h.e.ViewOnly(true) // once more: nothing happens
	h.e.ViewOnly(false)
	h.wantIdle("let in again")
}
