package editor

import (
	"testing"

	"edgeboard/shared/board"
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

// Who may only look can ask for the menu of an element, and copy it.
func TestViewOnlyCopies(t *testing.T) {
	h := newDesk(t)
	a := h.filled(100, 100, 100, 100)
	h.e.ViewOnly(true)
	p := mouse(150, 150)
	p.Button = Other
	h.down(p)
	h.up(p)
	if _, ok := h.e.Menu(); !ok {
		t.Error("there is no menu")
	}
	h.wantSelected("a right click", a)
	if h.e.Copy() == nil {
		t.Error("nothing was copied")
	}
	if len(h.marks(MarkHandle)) > 0 {
		t.Error("it has handles")
	}
	for _, c := range []Command{Delete, Duplicate, NudgeLeft, Lock, Front, "tool-pen", Undo} {
		if h.e.Do(c) {
			t.Errorf("%s has done something", c)
		}
	}
	h.e.SetStyle(board.KeyColor, board.Int(0xff0000))
	if err := h.e.Paste(h.e.Copy(), pt(0, 0)); err != nil {
		t.Error(err)
	}
	h.e.PasteText("hello", pt(0, 0))
	if h.commits > 0 || h.doc.Len() != 1 {
		t.Error("the document was changed")
	}
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
