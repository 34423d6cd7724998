package editor

import (
	"testing"

	"edgeboard/shared/board"
)

// A click selects the topmost element that it hits, and on nothing nothing.
func TestClick(t *testing.T) {
	h := newDesk(t)
	below := h.filled(100, 100, 200, 100)
	above := h.filled(200, 150, 200, 100)
	hollow := h.make(board.KindEllipse, 500, 100, 100, 100)
	h.click(0, 250, 170, 1)
	h.wantSelected("where both lie", above)
	h.click(0, 120, 120, 1)
	h.wantSelected("where one lies", below)
	h.click(0, 550, 150, 1)
	h.wantSelected("inside what is not filled")
	h.click(0, 500, 150, 1)
	h.wantSelected("on its line", hollow)
	h.click(0, 700, 700, 1)
	h.wantSelected("on the empty board")
	h.wantNothing("after clicks")
	if h.commits > 0 {
		t.Error("clicks have changed the document")
	}
}

// Shift adds to the selection and takes away from it.
func TestShiftClick(t *testing.T) {
	h := newDesk(t)
	a, b := h.filled(0, 0, 50, 50), h.filled(100, 0, 50, 50)
	h.click(0, 25, 25, 1)
	h.click(Shift, 125, 25, 1)
	h.wantSelected("one more", a, b)
	h.click(Shift, 25, 25, 1)
	h.wantSelected("one less", b)
	h.click(Shift, 400, 400, 1)
	h.wantSelected("beside all, with shift", b)
	h.click(Shift, 25, 25, 1)
	h.click(0, 25, 25, 1)
	h.wantSelected("one of two, without shift", a)
}

// What a marquee touches is selected, not what is locked, and with shift besides
// what was.
func TestMarquee(t *testing.T) {
	h := newDesk(t)
	a, b, far := h.filled(100, 100, 50, 50), h.make(board.KindDiamond, 200, 100, 50, 50), h.filled(500, 500, 50, 50)
	locked := h.filled(100, 200, 50, 50)
	h.set(locked, board.KeyLocked, board.Int(1))
	h.drag(0, pt(80, 80), pt(120, 120))
	h.wantSelected("under way", a)
	if n := len(h.marks(MarkMarquee)); n != 1 {
		t.Errorf("%d marquees are shown", n)
	}
	h.drag(0) // the mouse goes on
	h.move(mouse(205, 110))
	h.wantSelected("the diamond's box is touched, the diamond is not", a)
	h.move(mouse(240, 260))
	h.wantSelected("it touches both", a, b)
	h.let(0, pt(240, 260))
	h.wantNothing("let go")
	if n := len(h.marks(MarkMarquee)); n != 0 {
		t.Error("the marquee is shown still")
	}
	h.swipe(Shift, pt(480, 480), pt(520, 520))
	h.wantSelected("and one more", a, b, far)
	h.swipe(0, pt(600, 600), pt(700, 700))
	h.wantSelected("of nothing")

	h.click(0, 125, 125, 1)
	h.drag(0, pt(480, 480), pt(520, 520))
	h.do(SelectNone)
	h.wantSelected("Escape, and what it had selected")
	h.wantNothing("Escape")
}

// A group is selected whole; a double click goes into it.
func TestGroupClick(t *testing.T) {
	h := newDesk(t)
	a, b, c := h.filled(0, 0, 50, 50), h.filled(100, 0, 50, 50), h.filled(200, 0, 50, 50)
	h.swipe(0, pt(-20, 60), pt(120, 20))
	before := h.picture()
	h.do(Group)
	h.wantOneStep("grouped", before)
	if h.e.Do(Group) {
		t.Error("a group is grouped again")
	}
	h.click(0, 225, 25, 1)
	h.click(0, 25, 25, 1)
	h.wantSelected("a click on a member", a, b)
	if s := h.e.State(); !s.Grouped || s.Selected != 2 {
		t.Errorf("the state is %+v", s)
	}
	h.click(0, 125, 25, 2)
	h.wantSelected("a double click on a member", b)
	h.click(0, 25, 25, 1)
	h.wantSelected("inside the group", a)
	h.click(0, 225, 25, 1)
	h.wantSelected("out of it", c)
	h.click(0, 25, 25, 1)
	h.wantSelected("the group again", a, b)
	h.do(Ungroup)
	h.click(0, 225, 25, 1)
	h.click(0, 25, 25, 1)
	h.wantSelected("taken apart", a)
}

// What somebody else deletes is selected no longer, and comes back unselected.
func TestSelectionDropsWhatIsDeleted(t *testing.T) {
	h := newDesk(t)
	a, b := h.filled(0, 0, 50, 50), h.filled(100, 0, 50, 50)
	h.do(SelectAll)
	h.wantSelected("all", a, b)
	h.theySet(a, board.KeyDeleted, board.Int(1))
	h.wantSelected("one was deleted", b)
	h.theySet(a, board.KeyDeleted, board.Value{})
	h.wantSelected("it was restored", b)
	h.do(Delete)
	h.wantSelected("the other was deleted by its own")
	h.do(Undo)
	h.wantSelected("undone")
}

// What is locked lets the click through, and is selected by a menu alone.
func TestLocked(t *testing.T) {
	h := newDesk(t)
	below, top := h.filled(0, 0, 100, 100), h.filled(50, 50, 100, 100)
	h.click(0, 120, 120, 1)
	before := h.picture()
	h.do(Lock)
	h.wantOneStep("locked", before)
	if s := h.e.State(); !s.Locked {
		t.Error("panels do not show that it is locked")
	}
	for _, c := range []Command{Delete, NudgeLeft, Duplicate, FlipX, Front} {
		if h.e.Do(c) {
			t.Errorf("%s has done something to what is locked", c)
		}
	}
	h.click(0, 75, 75, 1)
	h.wantSelected("a click where it covers another", below)
	h.click(0, 120, 120, 1)
	h.wantSelected("a click where it lies alone")
	h.do(SelectAll)
	h.wantSelected("select all", below)

	right := mouse(120, 120)
	right.Button = Other
	h.down(right)
	h.up(right)
	h.wantSelected("a right click", top)
	if at, ok := h.e.Menu(); !ok || at != pt(120, 120) {
		t.Errorf("the menu is asked for at %v, %v", at, ok)
	}
	if _, again := h.e.Menu(); again {
		t.Error("the menu is asked for twice")
	}
	h.do(Unlock)
	h.swipe(0, pt(120, 120), pt(130, 120))
	h.wantStored("unlocked, and dragged", top, 60, 50)
}

// Escape ends one thing after the other.
func TestEscape(t *testing.T) {
	h := newDesk(t)
	h.filled(0, 0, 50, 50)
	h.click(0, 25, 25, 1)
	h.do(SelectNone)
	h.wantSelected("Escape")
	if h.e.Do(SelectNone) {
		t.Error("there was nothing to escape from")
	}
	h.e.Use(Rectangle)
	h.do(SelectNone)
	if h.e.Tool() != Select {
		t.Error("the tool is still in hand")
	}
}

// A double click writes: in what it hits or lies in, or a new text.
func TestDoubleClickWrites(t *testing.T) {
	h := newDesk(t)
	hollow := h.make(board.KindRectangle, 100, 100, 200, 100)
	h.click(0, 200, 150, 2)
	if w := h.e.Writing(); w == nil || w.ID() != hollow {
		t.Fatal("inside a shape nothing is written in it")
	}
	h.wantSelected("in a shape", hollow)
	h.click(0, 600, 600, 1)
	if h.e.Writing() != nil {
		t.Error("a click beside it goes on writing")
	}
	h.click(0, 600, 600, 2)
	w := h.e.Writing()
	if w == nil || h.figures.Of(w.ID()).Kind() != board.KindText {
		t.Fatal("on the empty board no text is begun")
	}
	h.do(SelectNone)
	h.wantGone("a text that was left empty", w.ID())
	h.wantNothing("after writing")

	h.click(0, 200, 100, 1)
	h.do(EditText)
	if w := h.e.Writing(); w == nil || w.ID() != hollow {
		t.Error("Enter does not write in what is selected")
	}
}
