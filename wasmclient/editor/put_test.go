package editor

import (
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// Who has keys alone takes a tool and presses Enter: what the tool makes is in the
// middle of the screen, selected, and the next one is not on top of it.
func TestPut(t *testing.T) {
	h := newDesk(t)
	h.e.Look(geom.Camera{At: geom.Pt(100, 50), Zoom: 2})
	middle := geom.Pt(100+1000/4, 50+800/4)
	for tool, kind := range map[Tool]board.Kind{
		Rectangle: board.KindRectangle, Ellipse: board.KindEllipse, Diamond: board.KindDiamond, Line: board.KindLine, Arrow: board.KindArrow, Frame: board.KindFrame,
	} {
		h.e.Use(tool)
		if !h.e.Do(EditText) {
			t.Fatalf("nothing is put with the tool %v", tool)
		}
		chosen := h.e.selected()
		if len(chosen) != 1 || chosen[0].Kind() != kind || h.e.Tool() != Select {
			t.Fatalf("with the tool %v there is %v", tool, chosen)
		}
		if at := chosen[0].Frame.Bounds().Center(); at.Dist(middle) > 1 {
			t.Errorf("with the tool %v the middle is at %v, want %v", tool, at, middle)
		}
		h.e.Do(Delete)
	}

	h.e.Use(Rectangle)
	h.e.Do(EditText)
	h.e.Use(Rectangle)
	h.e.Do(EditText)
	if at, want := h.e.selected()[0].Frame.Bounds().Center(), middle.Add(geom.Pt(duplicateOffset, duplicateOffset)); at != want {
		t.Errorf("the second one's middle is at %v, want %v", at, want)
	}

	h.e.Use(Note)
	h.e.Do(EditText)
	if h.e.Writing() == nil {
		t.Error("a note is put, and not written in")
	}
	h.e.EndWriting()

	// A pen puts nothing, and who may only look neither.
	h.e.Do(SelectNone)
	for _, tool := range []Tool{Pen, Eraser, Hand, Select} {
		h.e.Use(tool)
		if h.e.Do(EditText) {
			t.Errorf("something is put with the tool %v", tool)
		}
	}
	n := h.figures.Len()
	h.e.Use(Rectangle)
	h.e.ViewOnly(true)
	if h.e.Do(EditText) || h.figures.Len() != n {
		t.Error("who may only look puts something on the board")
	}
}

// What is said of an element goes onto the one that was selected when the tool was
// taken.
func TestPutOn(t *testing.T) {
	h := newDesk(t)
	h.e.Comments(true)
	note := h.make(board.KindNote, 700, 100, 200, 200)
	h.e.SelectOnly(note)
	h.e.Use(Comment)
	if !h.e.Do(EditText) {
		t.Fatal("nothing can be said without a pointer")
	}
	h.wantRemark(geom.Pt(800, 200), note)

	h.e.SelectOnly(note)
	h.e.UseSymbol(2)
	if !h.e.Do(EditText) {
		t.Fatal("no sign is put without a pointer")
	}
	if bound := h.figures.Bound(note); len(bound) != 1 {
		t.Errorf("%d signs are on the note, want one", len(bound))
	}
}
