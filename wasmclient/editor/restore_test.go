package editor

import (
	"testing"

	"edgeboard/shared/board"
)

// The board is made as it was, also under somebody's hands, in one step that can be
// taken back. Who may only look restores nothing.
func TestRestore(t *testing.T) {
	h := newDesk(t)
	a := h.filled(100, 100, 100, 100)
	past, err := board.Load(0, h.doc.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	b := h.filled(300, 100, 100, 100)
	h.set(a, board.KeyX, board.Float(500))
	h.click(0, 350, 150, 1)
	h.wantSelected("a click", b)

	h.e.ViewOnly(true)
	if h.e.Restore(past) {
		t.Error("who may only look has restored the board")
	}
	h.e.ViewOnly(false)
	if !h.e.Restore(past) || h.doc.Len() != 1 || h.doc.Element(a).Float(board.KeyX, 0) != 100 {
		t.Errorf("there are %d elements, the first at %v", h.doc.Len(), h.doc.Element(a).Float(board.KeyX, 0))
	}
	h.wantSelected("of what is gone")
	h.wantSent("restored")
	h.e.Do(Undo)
	if h.doc.Len() != 2 || h.doc.Element(a).Float(board.KeyX, 0) != 500 {
		t.Error("it was not undone in one step")
	}
	h.e.Do(Redo)
	if h.e.Restore(past) {
		t.Error("there was something to write where all is as it was")
	}
}
