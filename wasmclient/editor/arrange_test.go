package editor

import (
	"slices"
	"testing"

	"edgeboard/shared/board"
)

// order returns the elements from the bottom up.
func (h *hand) order() (ids []board.ID) {
	for f := range h.figures.All() {
		ids = append(ids, f.ID())
	}
	return ids
}

func (h *hand) wantOrder(when string, want ...board.ID) {
	h.t.Helper()
	if got := h.order(); !slices.Equal(got, want) {
		h.t.Errorf("%s: the order is %v, want %v", when, got, want)
	}
}

// Forward and backward go past what overlaps; front and back past all.
func TestOrder(t *testing.T) {
	h := newDesk(t)
	a, far, b := h.filled(0, 0, 100, 100), h.filled(500, 500, 50, 50), h.filled(50, 50, 100, 100)
	c := h.filled(80, 80, 100, 100)
	h.click(0, 10, 10, 1)
	before := h.picture()
	h.do(Forward)
	h.wantOrder("past the next that overlaps", far, b, a, c)
	h.wantOneStep("forward", before)
	h.do(Forward)
	h.wantOrder("past both", far, b, c, a)
	if h.e.Do(Forward) || h.e.Do(Front) {
		t.Error("it was on top already")
	}
	h.do(Backward)
	h.wantOrder("back by one", far, b, a, c)
	h.do(Back)
	h.wantOrder("at the bottom", a, far, b, c)
	if h.e.Do(Back) || h.e.Do(Backward) {
		t.Error("it was at the bottom already")
	}
	h.do(Front)
	h.wantOrder("on top", far, b, c, a)
	h.e.choose([]board.ID{c, far})
	h.do(Front)
	h.wantOrder("two keep their order", b, a, far, c)
	h.do(Back)
	h.wantOrder("also at the bottom", far, c, b, a)
	h.filled(0, 0, 10, 10)
	if top := h.order(); top[4] == a {
		t.Error("what is new does not lie on top")
	}
	h.wantSent("after all")
}

// Units are aligned by their boxes; a group is one.
func TestAlign(t *testing.T) {
	// The group's box is 110 wide and 100 high, the box of all 310 and 200.
	for _, c := range []struct {
		command     Command
		x, y        float64 // of the one by itself
		first, last [2]float64
	}{
		{AlignLeft, 0, 0, [2]float64{0, 100}, [2]float64{60, 150}},
		{AlignCenter, 145, 0, [2]float64{100, 100}, [2]float64{160, 150}},
		{AlignRight, 290, 0, [2]float64{200, 100}, [2]float64{260, 150}},
		{AlignTop, 0, 0, [2]float64{200, 0}, [2]float64{260, 50}},
		{AlignMiddle, 0, 90, [2]float64{200, 50}, [2]float64{260, 100}},
		{AlignBottom, 0, 180, [2]float64{200, 100}, [2]float64{260, 150}},
	} {
		h := newDesk(t)
		a := h.filled(0, 0, 20, 20)
		b, in := h.filled(200, 100, 50, 50), h.filled(260, 150, 50, 50)
		h.e.choose([]board.ID{b, in})
		h.do(Group)
		if h.e.Do(c.command) {
			t.Errorf("%s: one unit was aligned", c.command)
		}
		h.do(SelectAll)
		before := h.picture()
		h.do(c.command)
		h.wantBox(string(c.command), a, c.x, c.y, 20, 20)
		h.wantBox(string(c.command)+", the group", b, c.first[0], c.first[1], 50, 50)
		h.wantBox(string(c.command)+", the group", in, c.last[0], c.last[1], 50, 50)
		h.wantOneStep(string(c.command), before)
		if h.e.Do(c.command) {
			t.Errorf("%s: it was aligned already", c.command)
		}
	}
}

// Gaps become even, between the first and the last.
func TestDistribute(t *testing.T) {
	h := newDesk(t)
	a, b, c := h.filled(0, 0, 50, 50), h.filled(60, 300, 100, 50), h.filled(300, 100, 50, 50)
	h.e.choose([]board.ID{a, c})
	if h.e.Do(DistributeX) {
		t.Error("two were distributed")
	}
	h.do(SelectAll)
	before := h.picture()
	h.do(DistributeX)
	h.wantBox("in the middle", b, 125, 300, 100, 50)
	h.wantBox("the first", a, 0, 0, 50, 50)
	h.wantBox("the last", c, 300, 100, 50, 50)
	h.wantOneStep("distributed", before)
	h.do(DistributeY)
	h.wantBox("the middle one of the heights", c, 300, 150, 50, 50)
	if h.e.Do(DistributeY) {
		t.Error("they were even already")
	}
}

// Mirrored about the middle of all.
func TestFlip(t *testing.T) {
	h := newDesk(t)
	a, line := h.filled(0, 0, 50, 50), h.make(board.KindLine, 100, 0, 100, 100)
	h.do(SelectAll)
	before := h.picture()
	h.do(FlipX)
	h.wantBox("a box", a, 150, 0, 50, 50)
	h.wantBox("a line", line, 100, 0, -100, 100)
	h.wantOneStep("mirrored", before)
	h.do(FlipY)
	h.wantBox("a box upside down", a, 150, 50, 50, 50)
	h.wantBox("a line upside down", line, 100, 100, -100, -100)
}

// A copy lies beside what it is one of, is selected, and belongs to no group but
// its own.
func TestDuplicate(t *testing.T) {
	h := newDesk(t)
	a, b := h.filled(100, 100, 100, 100), h.filled(400, 100, 100, 100)
	arrow := h.arrow(0, pt(150, 150), pt(450, 150))
	h.do(SelectAll)
	h.do(Group)
	before := h.picture()
	h.do(Duplicate)
	h.wantOneStep("a copy", before)
	order := h.order()
	if len(order) != 6 {
		t.Fatalf("%d elements", len(order))
	}
	h.click(0, 230, 170, 1) // the copy of the arrow
	copies := order[3:]
	h.wantSelected("the group of the copies", copies...)
	h.wantBox("the first", copies[0], 120, 120, 100, 100)
	h.wantBound("the copy of the arrow", copies[2], board.KeyStart, copies[0])
	h.wantBound("the copy of the arrow", copies[2], board.KeyEnd, copies[1])
	h.wantBound("the arrow", arrow, board.KeyStart, a)
	h.wantBound("the arrow", arrow, board.KeyEnd, b)
	if g := h.figures.Of(copies[1]).Group(); g != copies[0] {
		t.Errorf("the group of the copies is %v", g)
	}

	// An arrow that is copied by itself lies where it lay.
	h.do(SelectNone)
	h.click(0, 300, 150, 2)
	h.wantSelected("inside the group", arrow)
	was := h.figures.Of(arrow)
	h.do(Duplicate)
	got := h.e.Selection()[0]
	h.wantEnds("by itself", got, was.From.Add(pt(20, 20)), was.To.Add(pt(20, 20)))
	h.wantBound("by itself", got, board.KeyEnd, board.ID{})
}

// Boards that are zoomed and fitted.
func TestZoomCommands(t *testing.T) {
	h := newDesk(t)
	if h.e.Do(ZoomFit) {
		t.Error("an empty board was fitted")
	}
	h.filled(0, 0, 4000, 100)
	b := h.filled(2000, 2000, 100, 100)
	h.do(ZoomIn)
	middle := h.e.Camera().ToBoard(pt(500, 400))
	if h.e.Camera().Zoom != zoomStep || middle.Dist(pt(500, 400)) > 1e-9 {
		t.Errorf("zoomed in: %v about %v", h.e.Camera(), middle)
	}
	h.do(ZoomOut)
	h.wantCamera("in and out", 1, pt(0, 0))
	h.do(ZoomFit)
	view := h.e.view()
	if !view.ContainsBox(h.figures.Bounds()) || h.e.Camera().Zoom < 0.2 {
		t.Errorf("fitted: %v shows %v", h.e.Camera(), view)
	}
	h.e.choose([]board.ID{b})
	h.do(ZoomSelection)
	h.wantCamera("the selection", 1, pt(1550, 1650))
	h.do(ZoomFit)
	h.do(Zoom100)
	if h.e.Camera().Zoom != 1 {
		t.Error("not at 100 %")
	}
}
