package editor

import (
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// arrow draws an arrow and returns it.
func (h *hand) arrow(held Mods, from, to geom.Point) board.ID {
	h.t.Helper()
	h.e.Use(Arrow)
	h.swipe(held, from, from.Mid(to), to)
	return h.e.Selection()[0]
}

func (h *hand) wantEnds(when string, id board.ID, from, to geom.Point) {
	h.t.Helper()
	f := h.figures.Of(id)
	if f == nil || f.From.Dist(from) > 0.01 || f.To.Dist(to) > 0.01 {
		h.t.Errorf("%s: it goes from %v to %v, want %v to %v", when, f.From, f.To, from, to)
	}
}

func (h *hand) wantBound(when string, id board.ID, key board.Key, to board.ID) {
	h.t.Helper()
	if got := h.doc.Element(id).Get(key).Ref(); got != to {
		h.t.Errorf("%s: bound to %v, want %v", when, got, to)
	}
}

// An arrow that is drawn from one shape to another is bound to both, and follows
// them; nothing is written when it does.
func TestArrowIsBound(t *testing.T) {
	h := newDesk(t)
	a, b := h.make(board.KindRectangle, 100, 100, 100, 100), h.make(board.KindRectangle, 400, 100, 100, 100)
	before := h.picture()
	arrow := h.arrow(0, pt(150, 150), pt(450, 150))
	h.wantBound("its start", arrow, board.KeyStart, a)
	h.wantBound("its end", arrow, board.KeyEnd, b)
	h.wantEnds("between both", arrow, pt(206, 150), pt(394, 150))
	h.wantOneStep("an arrow", before)
	h.wantBound("done again", arrow, board.KeyEnd, b)

	was := h.doc.Element(arrow).Get(board.KeyWidth)
	h.swipe(0, pt(400, 120), pt(500, 120))
	h.wantStored("the shape", b, 500, 100)
	h.wantEnds("it follows", arrow, pt(206, 150), pt(494, 150))
	if h.doc.Element(arrow).Get(board.KeyWidth) != was {
		t.Error("it was written that the arrow follows")
	}

	// The arrow itself does not move: it lies where they do.
	before = h.picture()
	h.swipe(0, pt(350, 150), pt(350, 300))
	if h.picture() != before {
		t.Error("an arrow between two elements was dragged away from them")
	}
	h.wantNothing("after that")
}

// While it is drawn, the element under its end is marked, and with the control key
// none is.
func TestArrowTargets(t *testing.T) {
	h := newDesk(t)
	b := h.make(board.KindEllipse, 400, 100, 100, 100)
	h.e.Use(Arrow)
	h.drag(0, pt(200, 150), pt(300, 150))
	if n := len(h.marks(MarkTarget)); n != 0 {
		t.Errorf("%d targets beside it", n)
	}
	h.move(mouse(450, 150))
	if n := len(h.marks(MarkTarget)); n != 1 {
		t.Errorf("%d targets over it", n)
	}
	h.let(0, pt(450, 150))
	h.wantBound("dropped", h.e.Selection()[0], board.KeyEnd, b)
	free := h.arrow(Ctrl, pt(200, 300), pt(450, 150))
	h.wantBound("with control", free, board.KeyEnd, board.ID{})
	h.wantEnds("with control", free, pt(200, 300), pt(450, 150))
	h.e.Use(Line)
	h.swipe(0, pt(200, 300), pt(450, 150))
	h.wantBound("a line", h.e.Selection()[0], board.KeyEnd, board.ID{})
}

// An end is dragged off its shape and onto another.
func TestPullEnd(t *testing.T) {
	h := newDesk(t)
	a, b := h.make(board.KindRectangle, 100, 100, 100, 100), h.make(board.KindRectangle, 400, 100, 100, 100)
	arrow := h.arrow(0, pt(150, 150), pt(450, 150))
	before := h.picture()
	h.drag(0, pt(394, 150), pt(350, 300))
	if got := h.figures.Of(arrow).To; got != pt(350, 300) {
		t.Errorf("under way it ends at %v", got)
	}
	h.let(0, pt(350, 300))
	h.wantBound("off", arrow, board.KeyEnd, board.ID{})
	h.wantBound("the other end stays", arrow, board.KeyStart, a)
	h.wantOneStep("pulled off", before)

	to := h.figures.Of(arrow).To
	before = h.picture()
	h.swipe(0, to, pt(420, 180), pt(410, 190))
	h.wantBound("onto it again", arrow, board.KeyEnd, b)
	if x := h.doc.Element(arrow).Float(board.KeyEndX, 0); x < 0.05 || x > 0.15 {
		t.Errorf("it aims at a share of %v", x)
	}
	h.wantOneStep("pulled onto it", before)

	before = h.picture()
	h.drag(0, h.figures.Of(arrow).To, pt(600, 600))
	h.do(SelectNone)
	if got := h.picture(); got != before {
		t.Errorf("Escape: the board shows\n%s, want\n%s", got, before)
	}
	h.wantNothing("Escape")
}

// A line's ends move freely, with shift by steps of 15 degrees.
func TestPullLine(t *testing.T) {
	h := newDesk(t)
	line := h.make(board.KindLine, 100, 100, 100, 0)
	h.click(0, 150, 100, 1)
	if n := len(h.marks(MarkEnd)); n != 2 {
		t.Errorf("%d ends to take hold of", n)
	}
	before := h.picture()
	h.swipe(0, pt(100, 100), pt(120, 160))
	h.wantBox("its start", line, 120, 160, 80, -60)
	h.wantOneStep("its start", before)
	h.swipe(Shift, pt(200, 100), pt(320, 170))
	h.wantBox("with shift", line, 120, 160, 200, 0)
}

// What an arrow is bound to is deleted: the arrow stays where it is drawn, and
// undone it is bound again.
func TestDeleteTarget(t *testing.T) {
	h := newDesk(t)
	h.make(board.KindRectangle, 100, 100, 100, 100)
	b := h.make(board.KindRectangle, 400, 100, 100, 100)
	arrow := h.arrow(0, pt(150, 150), pt(450, 150))
	h.click(0, 400, 120, 1)
	h.swipe(0, pt(400, 120), pt(400, 320))
	to := h.figures.Of(arrow).To
	before := h.picture()
	h.click(0, 400, 320, 1)
	h.do(Delete)
	h.wantGone("deleted", b)
	if got := h.figures.Of(arrow).To; got.Dist(to) > 1e-6 {
		t.Errorf("the arrow ends at %v, and did at %v", got, to)
	}
	h.wantOneStep("deleted", before)
}

// Somebody deletes what an end is about to be bound to, or the arrow.
func TestOthersWhilePulling(t *testing.T) {
	h := newDesk(t)
	b := h.make(board.KindRectangle, 400, 100, 100, 100)
	h.e.Use(Arrow)
	h.drag(0, pt(100, 150), pt(450, 150))
	h.theySet(b, board.KeyDeleted, board.Int(1))
	h.let(0, pt(450, 150))
	arrow := h.e.Selection()[0]
	h.wantBound("it is gone", arrow, board.KeyEnd, board.ID{})
	h.wantEnds("it is gone", arrow, pt(100, 150), pt(450, 150))

	h.drag(0, pt(450, 150), pt(500, 200))
	h.theySet(arrow, board.KeyDeleted, board.Int(1))
	h.wantNothing("the arrow is gone")
	h.let(0, pt(500, 200))
	h.wantNothing("the arrow is gone")
}
