package editor

import (
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
)

// Panels show what the tool makes next, and set it.
func TestNextStyle(t *testing.T) {
	h := newDesk(t)
	h.e.Use(Rectangle)
	s := h.e.State()
	if s.Has != figure.HasColor|figure.HasFill|figure.HasThickness|figure.HasDash|figure.HasOpacity|figure.HasFont|figure.HasAlign || s.Mixed != 0 || s.Filled || s.Color != figure.DefaultColor {
		t.Errorf("the state is %+v", s)
	}
	h.e.SetStyle(board.KeyFill, board.Int(0xffec99))
	h.e.SetStyle(board.KeyDash, board.Int(1))
	if s := h.e.State(); !s.Filled || s.Fill != 0xffec99 || s.Dash != figure.Dashed || s.CanUndo {
		t.Errorf("the state is %+v", s)
	}
	h.swipe(0, pt(100, 100), pt(200, 200))
	f := h.e.selected()[0]
	if !f.Style.Filled || f.Style.Fill != 0xffec99 || f.Style.Dash != figure.Dashed {
		t.Errorf("made with %+v", f.Style)
	}
	h.e.SetStyle(board.KeyFill, board.Value{})
	if f := h.e.selected()[0]; f.Style.Filled {
		t.Error("it is filled still")
	}
	h.e.SetStyle(board.KeyLocked, board.Int(1))
	if f := h.e.selected()[0]; f.Locked() {
		t.Error("to be locked is no look")
	}
}

// What is selected is shown as far as it agrees, and set in one step.
func TestSelectionStyle(t *testing.T) {
	h := newDesk(t)
	a, b := h.filled(0, 0, 50, 50), h.make(board.KindLine, 100, 100, 50, 50)
	h.set(b, board.KeyColor, board.Int(0xe03131))
	h.do(SelectAll)
	s := h.e.State()
	if s.Selected != 2 || s.Mixed != figure.HasColor || s.Has&figure.HasOrder == 0 || s.Has&figure.HasFill == 0 || s.Fill != 0xa5d8ff {
		t.Errorf("the state is %+v", s)
	}
	before := h.picture()
	h.e.SetStyle(board.KeyColor, board.Int(0x2f9e44))
	h.wantOneStep("a colour", before)
	if s := h.e.State(); s.Mixed != 0 || s.Color != 0x2f9e44 {
		t.Errorf("the state is %+v", s)
	}
	h.e.SetStyle(board.KeyFill, board.Int(0xffffff))
	if !h.doc.Element(b).Get(board.KeyFill).IsNone() {
		t.Error("a line is filled")
	}
	commits := h.commits
	h.e.SetStyle(board.KeyFill, board.Int(0xffffff))
	if h.commits != commits {
		t.Error("the same was written again")
	}

	// A slider is one step.
	before = h.picture()
	h.e.BeginStyle()
	for i := range 10 {
		h.e.SetStyle(board.KeyOpacity, board.Float(1-float64(i)/20))
	}
	h.e.EndStyle()
	h.wantOneStep("a slider", before)
	if o := h.figures.Of(a).Style.Opacity; o != 0.55 {
		t.Errorf("the opacity is %v", o)
	}
	h.theySet(a, board.KeyOpacity, board.Float(0.1))
	if s := h.e.State(); s.Mixed != figure.HasOpacity {
		t.Errorf("somebody else has changed one: %+v", s)
	}
	// What comes next looks alike.
	h.e.Use(Ellipse)
	if s := h.e.State(); s.Color != 0x2f9e44 || s.Fill != 0xffffff {
		t.Errorf("what comes next is %+v", s)
	}
}

// A highlighter is broad, lets through what is below, and has no pressure; its
// look is its own.
func TestHighlighter(t *testing.T) {
	h := newDesk(t)
	h.e.Use(Pen)
	h.e.SetStyle(board.KeyColor, board.Int(0xe03131))
	h.e.Use(Highlighter)
	for i, pressure := range []float64{0.1, 0.9, 0.4} {
		p := pointer(1, Stylus, pt(float64(i)*20, 10))[0]
		p.Pressure = pressure
		if i == 0 {
			h.down(p)
		} else {
			h.move(p)
		}
	}
	h.up(pointer(1, Stylus, pt(60, 10))[0])
	f := h.figures.Of(h.strokes()[0].ID())
	if f.Style.Thickness != highlightThickness || f.Style.Opacity != highlightOpacity || f.Style.Color != highlightColor {
		t.Errorf("it looks like %+v", f.Style)
	}
	for _, p := range f.Element.AppendPoints(nil) {
		if p.Pressure != evenPressure {
			t.Errorf("a pressure of %d", p.Pressure)
		}
	}
	if h.e.Tool() != Highlighter {
		t.Error("it was put away")
	}
}

// A note has its own paper; a text no lines.
func TestLooks(t *testing.T) {
	h := newDesk(t)
	h.e.Use(Note)
	if s := h.e.State(); s.Fill != figure.NoteColor || !s.Filled || s.Has&figure.HasThickness != 0 {
		t.Errorf("a note: %+v", s)
	}
	h.e.SetStyle(board.KeyFill, board.Int(0xb2f2bb))
	h.e.Use(Rectangle)
	if s := h.e.State(); s.Filled {
		t.Error("shapes have a note's paper")
	}
	h.e.Use(Arrow)
	if s := h.e.State(); s.Heads != figure.HeadAtEnd || s.Has&figure.HasHeads == 0 {
		t.Errorf("an arrow: %+v", s)
	}
	h.e.Use(Hand)
	if s := h.e.State(); s.Has != 0 {
		t.Errorf("a hand: %+v", s)
	}
}
