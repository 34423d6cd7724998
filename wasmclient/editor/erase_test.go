package editor

import (
	"testing"

	"edgeboard/shared/board"
)

// What the eraser touches fades, and is deleted in one step when it is lifted.
func TestErase(t *testing.T) {
	h := newDesk(t)
	a, b := h.filled(100, 100, 50, 50), h.make(board.KindLine, 200, 0, 0, 300)
	hollow := h.make(board.KindRectangle, 300, 50, 200, 200)
	locked := h.filled(160, 100, 20, 50)
	h.set(locked, board.KeyLocked, board.Int(1))
	before := h.picture()
	h.e.Use(Eraser)
	h.drag(0, pt(50, 120), pt(120, 120), pt(290, 120))
	if got := h.e.Erasing(); len(got) != 2 || got[0] != a || got[1] != b {
		t.Errorf("touched are %v, want %v and %v", got, a, b)
	}
	if n := len(h.marks(MarkErased)); n != 2 {
		t.Errorf("%d fade", n)
	}
	if h.doc.Len() != 4 {
		t.Error("something is deleted before the end")
	}
	h.let(0, pt(400, 120))
	h.wantGone("touched", a)
	h.wantGone("crossed in one move", b)
	h.wantGone("its line was crossed", hollow)
	if h.doc.Len() != 1 || h.e.Erasing() != nil {
		t.Errorf("%d elements are left, want the locked one", h.doc.Len())
	}
	h.wantOneStep("erased", before)
	if h.e.Tool() != Eraser {
		t.Error("the eraser was put away")
	}
}

// Escape spares all; what others delete or lock meanwhile is theirs.
func TestEraseCancelled(t *testing.T) {
	h := newDesk(t)
	a, b, c := h.filled(0, 0, 50, 50), h.filled(100, 0, 50, 50), h.filled(200, 0, 50, 50)
	h.e.Use(Eraser)
	h.drag(0, pt(25, 25), pt(225, 25))
	if len(h.marks(MarkTrail)) != 1 {
		t.Error("its way is not shown")
	}
	h.do(SelectNone)
	h.wantNothing("Escape")
	if h.doc.Len() != 3 || h.commits > 0 {
		t.Error("Escape has not spared them")
	}
	h.drag(0, pt(25, 25), pt(225, 25))
	h.theySet(a, board.KeyLocked, board.Int(1))
	h.theySet(b, board.KeyDeleted, board.Int(1))
	h.let(0, pt(225, 25))
	h.wantGone("the third", c)
	if h.figures.Of(a) == nil {
		t.Error("what was locked meanwhile is deleted")
	}
	h.wantNothing("lifted")
}
