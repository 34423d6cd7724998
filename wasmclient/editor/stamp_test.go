package editor

import (
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
)

// stamps returns the stamps on an element, or of the zero ID those by themselves.
func (h *hand) stamps(on board.ID) (list []*figure.Figure) {
	for f := range h.figures.All() {
		if f.Kind() == board.KindStamp && !f.IsDot() && !f.Bounds.Empty() && f.Element.Get(board.KeyStart).Ref() == on {
			list = append(list, f)
		}
	}
	return list
}

// A click puts the sign on what is there. The same sign on the same element again is
// taken back; another sign, and somebody else's, stay.
func TestStamp(t *testing.T) {
	h := newDesk(t)
	h.e.Introduce("Ada", "ada")
	note := h.make(board.KindNote, 100, 100, 200, 200)
	h.e.UseSymbol(2)
	before := h.picture()
	h.click(0, 150, 150, 1)
	if list := h.stamps(note); len(list) != 1 || list[0].Frame.Center() != pt(150, 150) || list[0].Element.Get(board.KeyAuthor).Str() != "Ada" {
		t.Fatalf("on the note are %d stamps, want one of hers under the pointer", len(list))
	}
	h.wantOneStep("a stamp", before)
	h.e.UseSymbol(3)
	h.click(0, 250, 150, 1)
	if n := len(h.stamps(note)); n != 2 {
		t.Errorf("with another sign there are %d, want 2", n)
	}
	h.click(0, 200, 250, 1) // elsewhere on the note
	if n := len(h.stamps(note)); n != 1 {
		t.Errorf("the same sign again: there are %d, want 1", n)
	}
	h.e.Introduce("Bob", "bob")
	h.e.UseSymbol(2)
	h.click(0, 200, 250, 1)
	if n := len(h.stamps(note)); n != 2 {
		t.Errorf("somebody else's: there are %d, want 2", n)
	}
	h.click(0, 700, 700, 1)
	h.click(0, 700, 700, 1)
	if n := len(h.stamps(board.ID{})); n != 0 {
		t.Errorf("put on the board and taken back: there are %d", n)
	}
	if h.e.Tool() != Stamp {
		t.Error("the tool was laid down: people put more than one")
	}
	h.wantNothing("at the end")
}

// A stamp is moved by hand to another element, or off it; it goes along with its
// own.
func TestMoveStamp(t *testing.T) {
	h := newDesk(t)
	a, b := h.make(board.KindNote, 100, 100, 200, 200), h.make(board.KindNote, 500, 100, 200, 200)
	h.e.UseSymbol(4)
	h.click(0, 200, 200, 1)
	id := h.stamps(a)[0].ID()
	h.e.Use(Select)
	before := h.picture()
	h.swipe(0, pt(200, 200), pt(400, 200), pt(600, 150))
	h.wantBound("dropped on the other", id, board.KeyStart, b)
	h.wantBox("where it was dropped", id, 580, 130, 40, 40)
	h.wantOneStep("a stamp is moved", before)
	h.e.choose([]board.ID{b})
	h.do(NudgeRightFar)
	h.wantBox("it goes along", id, 590, 130, 40, 40)
	h.do(SelectAll)
	h.do(NudgeRightFar)
	h.wantBox("once", id, 600, 130, 40, 40)
	h.swipe(0, pt(200, 150), pt(200, 250))
	h.wantBox("dragged with all", id, 600, 230, 40, 40)
	h.do(SelectNone)
	h.swipe(0, pt(620, 250), pt(450, 700))
	h.wantBound("on nothing", id, board.KeyStart, board.ID{})
	h.wantBox("where it was dropped", id, 430, 680, 40, 40)

	h.click(0, 200, 200, 1)
	h.do(Duplicate)
	h.wantNothing("at the end")
}

// What is brought to the front brings the stamps on it along.
func TestStampsStayOnTop(t *testing.T) {
	h := newDesk(t)
	note := h.make(board.KindNote, 100, 100, 200, 200)
	other := h.make(board.KindNote, 150, 150, 200, 200)
	h.e.UseSymbol(4)
	h.click(0, 120, 120, 1)
	id := h.stamps(note)[0].ID()
	over := func(when string, a, b board.ID) {
		t.Helper()
		if h.figures.Compare(h.figures.Of(a), h.figures.Of(b)) <= 0 {
			t.Errorf("%s: what should lie above lies below", when)
		}
	}
	for _, c := range []Command{Front, Back, Forward, Backward} {
		h.e.Use(Select)
		h.e.choose([]board.ID{note})
		before := h.picture()
		h.do(c)
		over(string(c), id, note)
		switch c {
		case Front, Forward:
			over(string(c), note, other)
		default:
			over(string(c), other, id)
		}
		h.wantOneStep(string(c), before)
	}
}

// A double click on a stamp writes nothing, and a finger that goes far pans.
func TestStampIsNoText(t *testing.T) {
	h := newDesk(t)
	h.e.UseSymbol(1)
	h.click(0, 300, 300, 1)
	h.e.Use(Select)
	h.click(0, 300, 300, 2)
	if h.e.Writing() != nil {
		t.Error("somebody writes in a stamp")
	}
	h.e.Use(Stamp)
	h.down(finger(1, 100, 100))
	h.move(finger(1, 200, 100))
	h.up(finger(1, 200, 100))
	if h.e.Camera().At == pt(0, 0) || len(h.stamps(board.ID{})) != 1 {
		t.Error("a finger that moves has not moved the board")
	}
}
