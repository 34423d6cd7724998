package board

import "testing"

// B47: a gesture that was a mistake is taken back for good.
func TestB47Cancel(t *testing.T) {
	p := newPair(t)
	id := p.note(0, "world")
	p.do(0, func(e *Edit) { e.Splice(id, Chars, 0, 5, "") })
	p.send(0, p.h[0].Cancel())
	p.wantText("cancelled", id, "world")
	if p.h[0].CanRedo() || p.h[0].Redo() != nil {
		t.Error("what was cancelled can be done again")
	}
	if p.h[1].Cancel() != nil {
		t.Error("who has done nothing has something to cancel")
	}
}

// B47: text that was deleted backwards, one character after the other, comes back
// as it was, also where it was forgotten, and is found again to be deleted.
func TestB47DeletedBackwards(t *testing.T) {
	p := newPair(t)
	id := p.note(0, "aé中😀")
	p.h[0].Begin()
	for n := range 3 {
		p.do(0, func(e *Edit) { e.Splice(id, Chars, 3-n, 1, "") })
	}
	p.h[0].End()
	p.wantText("deleted", id, "a")
	forgetful, err := Load(9, p.b[1].Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	for i, step := range []struct {
		do   func() []byte
		want string
	}{{p.h[0].Undo, "aé中😀"}, {p.h[0].Redo, "a"}, {p.h[0].Undo, "aé中😀"}} {
		u := step.do()
		mustApply(t, p.b[1], u)
		mustApply(t, forgetful, u)
		p.wantText("there and back", id, step.want)
		if got := forgetful.Element(id).Text(); got != step.want {
			t.Errorf("step %d: where it was forgotten it is %q, want %q", i, got, step.want)
		}
	}
	// Text that was typed backwards is deleted in one operation, which descends.
	b, id := noteOf(t, "")
	h := NewHistory(b)
	e := h.Edit()
	for _, r := range "xcéa" {
		e.Splice(id, Chars, 0, 0, string(r))
	}
	commit(t, e)
	e = h.Edit()
	e.Splice(id, Chars, 0, 3, "")
	commit(t, e)
	if forgetful, err = Load(9, b.Snapshot()); err != nil {
		t.Fatal(err)
	}
	mustApply(t, forgetful, h.Undo())
	mustEqual(t, forgetful, b)
	if got := forgetful.Element(id).Text(); got != "aécx" {
		t.Errorf("%q", got)
	}
}

// B47: what somebody else has brought back and deleted again since stays deleted:
// that deletion is not this person's.
func TestB47DeletedAgainByAnother(t *testing.T) {
	p := newPair(t)
	id := p.note(0, "to be")
	p.cut = true
	p.do(0, func(e *Edit) { e.Splice(id, Chars, 2, 3, "") })
	p.do(1, func(e *Edit) { e.Splice(id, Chars, 1, 2, "") })
	p.cut = false
	p.deliver()
	p.undo(1)
	p.do(1, func(e *Edit) { e.Splice(id, Chars, 1, 2, "") })
	p.wantText("deleted by both, brought back by one, and deleted again", id, "t")
	p.undo(0)
	p.wantText("of what the first deleted, what the other did not", id, "tbe")
	p.redo(0)
	p.wantText("and again", id, "t")
	p.undo(1)
	p.wantText("the other's second deletion undone", id, "to ")
}
