package editor

import (
	"errors"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// beside inserts a frame with a rectangle in it, which lie in a box of 400 x 300, and
// returns where the frame is.
func (h *hand) beside() geom.Box {
	h.t.Helper()
	var frame board.ID
	err := h.e.InsertBeside(geom.Rect(0, 0, 400, 300), func(by geom.Point, _ *board.Board, edit *board.Edit) (ids []board.ID, err error) {
		for _, kind := range []board.Kind{board.KindFrame, board.KindRectangle} {
			id := edit.Create(kind)
			edit.Set(id, board.KeyX, board.Float(by.X))
			edit.Set(id, board.KeyY, board.Float(by.Y))
			edit.Set(id, board.KeyWidth, board.Float(400))
			edit.Set(id, board.KeyHeight, board.Float(300))
			ids = append(ids, id)
		}
		frame = ids[0]
		return ids, nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return h.figures.Of(frame).Frame.Box
}

// What is inserted beside lies in the middle of the screen of an empty board, and beside
// what is there otherwise. It is one step, and nothing is selected.
func TestInsertBeside(t *testing.T) {
	h := newDesk(t)
	h.e.Use(Note)
	before := h.picture()
	if got, want := h.beside(), geom.Rect(300, 250, 400, 300); got != want {
		t.Errorf("on an empty board it lies in %v, want %v", got, want)
	}
	h.wantSelected("inserted")
	if h.e.Tool() != Select {
		t.Errorf("the tool is %v", h.e.Tool())
	}
	h.wantOneStep("inserted", before)

	// The place is taken now: the next one lies below, which is nearest.
	second := h.beside()
	for f := range h.figures.All() {
		if f.Frame.Box != second && f.Frame.Box.Overlaps(second) {
			t.Errorf("%v lies over %v", second, f.Frame.Box)
		}
	}
	if !h.e.View().ContainsBox(second) {
		t.Errorf("it lies in %v, and %v is shown", second, h.e.View())
	}

	// Elsewhere there is room in the middle again.
	h.e.Look(geom.Camera{At: geom.Pt(5000, 5000), Zoom: 1})
	if got := h.beside(); !geom.Rect(5000, 5000, 1000, 800).ContainsBox(got) {
		t.Errorf("where nothing is, it lies in %v", got)
	}
}

// Of what is too large to be read on the screen the first frame is shown.
func TestInsertBesideShowsTheFirstFrame(t *testing.T) {
	h := newDesk(t)
	h.e.Resize(360, 640)
	var first board.ID
	err := h.e.InsertBeside(geom.Rect(0, 0, 4000, 400), func(by geom.Point, _ *board.Board, edit *board.Edit) (ids []board.ID, err error) {
		for i := range 8 {
			id := edit.Create(board.KindFrame)
			p := figure.Place{X: by.X + float64(i)*500, Y: by.Y, W: 400, H: 400}
			figure.SetPlace(edit, h.doc.Element(id), p)
			ids = append(ids, id)
		}
		first = ids[0]
		return ids, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen := h.e.View(); !seen.ContainsBox(h.figures.Of(first).Frame.Box) || h.e.Camera().Zoom < legibleZoom {
		t.Errorf("%v is shown at %v, and the first frame is in %v", seen, h.e.Camera().Zoom, h.figures.Of(first).Frame.Box)
	}
}

// Who may only look inserts nothing, and of what fails nothing is left.
func TestInsertBesideThatFails(t *testing.T) {
	h := newDesk(t)
	before, full := h.picture(), errors.New("full")
	err := h.e.InsertBeside(geom.Rect(0, 0, 1, 1), func(_ geom.Point, _ *board.Board, edit *board.Edit) ([]board.ID, error) {
		edit.Create(board.KindNote)
		return nil, full
	})
	if !errors.Is(err, full) || h.picture() != before {
		t.Errorf("%v, and the board shows\n%s", err, h.picture())
	}
	h.e.ViewOnly(true)
	err = h.e.InsertBeside(geom.Rect(0, 0, 1, 1), func(geom.Point, *board.Board, *board.Edit) ([]board.ID, error) {
		t.Error("who may only look inserts")
		return nil, nil
	})
	if err != nil {
		t.Error(err)
	}
}
