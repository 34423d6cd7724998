package editor

import (
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

func (h *hand) wantRemark(at geom.Point, on board.ID) {
	h.t.Helper()
	r, ok := h.e.Remark()
	if !ok || r.At != at || r.On != on {
		h.t.Errorf("remark %+v (%v), want at %v on %v", r, ok, at, on)
	}
	if _, again := h.e.Remark(); again {
		h.t.Error("it is told twice")
	}
}

// A click with the comment tool asks for words, about an element, filled or not and
// locked or not, or about a place.
func TestCommentTool(t *testing.T) {
	h := newDesk(t)
	shape := h.make(board.KindRectangle, 100, 100, 200, 100)
	note := h.make(board.KindNote, 400, 100, 200, 200)
	h.set(note, board.KeyLocked, board.Int(1))
	h.e.Comments(true)
	for _, c := range []struct {
		x, y float64
		on   board.ID
	}{{200, 150, shape}, {500, 150, note}, {50, 50, board.ID{}}} {
		h.e.Do("tool-comment")
		h.down(mouse(c.x, c.y))
		h.up(mouse(c.x, c.y))
		h.wantRemark(geom.Pt(c.x, c.y), c.on)
		if h.e.Tool() != Select {
			t.Errorf("the tool is %v afterwards", h.e.Tool())
		}
	}
	h.e.Do("tool-comment")
	h.down(mouse(10, 10))
	h.move(mouse(80, 80))
	h.up(mouse(80, 80))
	if r, ok := h.e.Remark(); ok {
		t.Errorf("a drag is a remark: %+v", r)
	}
	h.down(finger(3, 100, 100))
	h.move(finger(3, 60, 100))
	h.up(finger(3, 60, 100))
	h.wantCamera("dragged by a finger", 1, geom.Pt(40, 0))
}

// Who may comment and nothing else has that tool and the hand.
func TestCommenter(t *testing.T) {
	h := newDesk(t)
	note := h.make(board.KindNote, 100, 100, 200, 200)
	h.e.ViewOnly(true)
	if h.e.Do("tool-comment") {
		t.Error("who may only look has the comment tool")
	}
	h.e.Comments(true)
	before := h.commits
	if h.e.Do("tool-pen") || !h.e.Do("tool-comment") {
		t.Error("the tools are not those of a commenter")
	}
	h.down(mouse(150, 150))
	h.up(mouse(150, 150))
	h.wantRemark(geom.Pt(150, 150), note)
	h.down(mouse(10, 20))
	h.move(mouse(30, 20))
	h.up(mouse(30, 20))
	h.wantCamera("dragged when the tool is put away", 1, geom.Pt(-20, 0))
	h.e.Do("tool-comment")
	h.e.Comments(false)
	if !h.e.Panning() {
		t.Error("the tool comments when that is forbidden")
	}
	if h.commits != before {
		t.Error("something was committed")
	}
}
