package editor

import (
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// Each tool makes its kind as large as it is dragged, in one step, and then
// selecting goes on.
func TestShapes(t *testing.T) {
	for _, c := range []struct {
		tool Tool
		kind board.Kind
		w, h float64
	}{
		{Rectangle, board.KindRectangle, 100, 50},
		{Ellipse, board.KindEllipse, 100, 50},
		{Diamond, board.KindDiamond, 100, 50},
		{Line, board.KindLine, -100, 50},
		{Arrow, board.KindArrow, -100, 50},
		{Note, board.KindNote, 100, 50},
	} {
		h := newDesk(t)
		before := h.picture()
		h.e.Use(c.tool)
		h.down(mouse(300, 200))
		h.move(mouse(301, 201))
		if h.doc.Len() > 0 {
			t.Errorf("%v: a tremble has made something", c.tool)
		}
		h.move(mouse(290, 210))
		if h.doc.Len() != 1 || h.commits != 1 {
			t.Errorf("%v: dragged, there are %d elements after %d commits", c.tool, h.doc.Len(), h.commits)
		}
		h.move(mouse(240, 220), mouse(200, 250))
		made := h.strokes()[0]
		if d := h.e.Gesture(); d == nil || d.Place == nil || d.Place.W != c.w && d.Place.W != -c.w {
			t.Errorf("%v: others are shown %v", c.tool, d)
		}
		h.up(mouse(200, 250))
		x := 200.0
		if c.w < 0 {
			x = 300
		}
		if made.Kind() != c.kind {
			t.Errorf("%v makes kind %d", c.tool, made.Kind())
		}
		h.wantBox(c.tool.String(), made.ID(), x, 200, c.w, c.h)
		if h.commits != 2 {
			t.Errorf("%v: %d commits", c.tool, h.commits)
		}
		h.wantSelected(c.tool.String(), made.ID())
		if h.e.Tool() != Select {
			t.Errorf("%v: the tool is %v afterwards", c.tool, h.e.Tool())
		}
		if (h.e.Writing() != nil) != (c.tool == Note) {
			t.Errorf("%v: writing %v", c.tool, h.e.Writing())
		}
		h.do(SelectNone)
		h.wantOneStep(c.tool.String(), before)
	}
}

// The keys make a square, and go about the middle.
func TestShapeKeys(t *testing.T) {
	h := newDesk(t)
	h.e.KeepTool = true
	for _, c := range []struct {
		held       Mods
		x, y, w, h float64
	}{
		{Shift, 100, 100, 80, 80},
		{Alt, 20, 50, 160, 100},
		{Shift | Alt, 20, 20, 160, 160},
	} {
		h.e.Use(Ellipse)
		h.swipe(c.held, pt(100, 100), pt(180, 150))
		h.wantBox("dragged with keys", h.e.Selection()[0], c.x, c.y, c.w, c.h)
		if h.e.Tool() != Ellipse {
			t.Error("the tool was to be kept")
		}
	}
	h.e.Use(Line)
	h.swipe(Shift, pt(300, 300), pt(400, 310))
	h.wantBox("a line with shift lies level", h.e.Selection()[0], 300, 300, 100, 0)
}

// A click makes notes and texts, which have a size of their own, and nothing else.
func TestClickWithTools(t *testing.T) {
	h := newDesk(t)
	for _, tool := range []Tool{Rectangle, Ellipse, Diamond, Line, Arrow} {
		h.e.Use(tool)
		h.click(0, 100, 100, 1)
		if h.doc.Len() != 0 || h.e.Tool() != tool {
			t.Errorf("%v: a click has made something", tool)
		}
	}
	h.e.Use(Note)
	h.click(0, 300, 300, 1)
	note := h.e.Selection()[0]
	h.wantBox("a note", note, 200, 200, 200, 200)
	if w := h.e.Writing(); w == nil || w.ID() != note || h.e.Tool() != Select {
		t.Error("nothing is written on the note")
	}
	h.e.Use(Text)
	h.click(0, 600, 300, 1)
	text := h.e.Selection()[0]
	h.wantBox("a text", text, 600, 287.5, 0, 25)
	if w := h.e.Writing(); w == nil || w.ID() != text {
		t.Error("the text is not written in")
	}
	h.e.EndWriting()
	h.wantGone("a text that was left empty", text)

	h.e.Use(Text)
	h.swipe(0, pt(600, 300), pt(760, 310))
	h.wantBox("a text that is to be wrapped", h.e.Selection()[0], 600, 287.5, 160, 25)
	if h.doc.Element(h.e.Selection()[0]).Float(board.KeyWidth, 0) != 160 {
		t.Error("it has no width")
	}
	h.do(SelectNone)
}

// Escape takes back what has begun to be made.
func TestShapeCancelled(t *testing.T) {
	h := newDesk(t)
	h.e.Use(Rectangle)
	h.drag(0, pt(100, 100), pt(200, 200))
	h.do(SelectNone)
	h.wantNothing("Escape")
	if h.doc.Len() != 0 || h.e.State().CanRedo || h.e.State().CanUndo {
		t.Errorf("%d elements, %+v", h.doc.Len(), h.e.State())
	}
	if h.e.Tool() != Rectangle {
		t.Error("another may be begun")
	}
}

// Somebody deletes what is being made: it ends quietly.
func TestShapeDeletedByOthers(t *testing.T) {
	for _, tool := range []Tool{Rectangle, Arrow, Note} {
		h := newDesk(t)
		h.e.Use(tool)
		h.drag(0, pt(100, 100), pt(200, 200))
		h.theySet(h.strokes()[0].ID(), board.KeyDeleted, board.Int(1))
		h.wantNothing("deleted")
		h.move(mouse(300, 300))
		h.let(0, pt(300, 300))
		h.wantNothing("and the mouse went on")
		if h.doc.Len() != 0 || h.e.Writing() != nil {
			t.Errorf("%v: %d elements", tool, h.doc.Len())
		}
	}
}

// On a full board nothing is made, and nothing breaks.
func TestShapeOnFullBoard(t *testing.T) {
	h := newDesk(t)
	h.fill(0)
	for _, tool := range []Tool{Rectangle, Text, Note, Pen} {
		h.e.Use(tool)
		h.swipe(0, pt(100, 100), pt(200, 200))
		h.click(0, 300, 300, 1)
		h.wantNothing(tool.String())
	}
	h.e.PasteText("hello", pt(0, 0))
	h.wantNothing("pasted")
}

// Handles change the size from the other side, with the keys of the trade.
func TestResize(t *testing.T) {
	for _, c := range []struct {
		why        string
		held       Mods
		from, to   geom.Point
		x, y, w, h float64
	}{
		{"the corner", 0, pt(200, 150), pt(250, 200), 100, 100, 150, 100},
		{"taken beside the corner", 0, pt(204, 153), pt(254, 203), 100, 100, 150, 100},
		{"the right side", 0, pt(200, 125), pt(250, 300), 100, 100, 150, 50},
		{"the upper side", 0, pt(150, 100), pt(0, 80), 100, 80, 100, 70},
		{"with shift the ratio stays", Shift, pt(200, 150), pt(300, 160), 100, 100, 200, 100},
		{"with alt the middle stays", Alt, pt(200, 150), pt(220, 160), 80, 90, 140, 70},
		{"past the other side", 0, pt(200, 150), pt(50, 150), 50, 100, 50, 50},
	} {
		h := newDesk(t)
		a := h.filled(100, 100, 100, 50)
		h.click(0, 150, 125, 1)
		before := h.picture()
		h.drag(c.held, c.from, c.to)
		h.wantStored(c.why+", under way", a, 100, 100)
		h.let(c.held, c.to)
		h.wantBox(c.why, a, c.x, c.y, c.w, c.h)
		h.wantOneStep(c.why, before)
	}
}

// Letters grow with a text's corner; its side says where it is wrapped.
func TestResizeText(t *testing.T) {
	h := newDesk(t)
	h.e.PasteText("hello hello", pt(155, 112.5)) // 11 letters of 10 by 25
	text := h.e.Selection()[0]
	h.wantBox("pasted", text, 100, 100, 110, 25)
	h.swipe(0, pt(210, 125), pt(320, 150))
	f := h.figures.Of(text)
	if f.Place.Size != 40 {
		t.Errorf("the letters are of size %v, want 40", f.Place.Size)
	}
	h.wantBox("twice as large", text, 100, 100, 220, 50)
	if !f.Element.Get(board.KeyWidth).IsNone() {
		t.Error("it is wrapped now")
	}
	h.swipe(0, pt(320, 125), pt(240, 125))
	h.wantBox("narrower", text, 100, 100, 140, 100)
	if n := len(h.figures.Of(text).Text().Lines); n != 2 {
		t.Errorf("%d lines", n)
	}
	for _, m := range h.marks(MarkHandle) {
		if c := geom.BoxOf(m.Points...).Center(); c == pt(170, 100) || c == pt(170, 200) {
			t.Error("a text has a handle for its height")
		}
	}
}

// Letters on a note and in a shape keep their size.
func TestResizeNote(t *testing.T) {
	h := newDesk(t)
	note := h.make(board.KindNote, 100, 100, 200, 200)
	h.click(0, 200, 200, 1)
	h.swipe(0, pt(300, 300), pt(500, 500))
	h.wantBox("twice as large", note, 100, 100, 400, 400)
	if size := h.figures.Of(note).Place.Size; size != 20 {
		t.Errorf("its letters are of size %v", size)
	}
}

// Several are resized together, each in its share of the box.
func TestResizeSeveral(t *testing.T) {
	h := newDesk(t)
	a, b := h.filled(100, 100, 50, 50), h.make(board.KindLine, 200, 150, 100, 50)
	h.do(SelectAll)
	before := h.picture()
	h.swipe(0, pt(300, 200), pt(500, 300))
	h.wantBox("a box", a, 100, 100, 100, 100)
	h.wantBox("a line", b, 300, 200, 200, 100)
	h.wantOneStep("resized together", before)
}

// A stroke that is turned over stays so, and comes back.
func TestResizeStroke(t *testing.T) {
	h := newDesk(t)
	h.e.Use(Pen)
	h.down(mouse(100, 100))
	h.move(mouse(200, 200))
	h.up(mouse(200, 200))
	id := h.strokes()[0].ID()
	h.e.Use(Select)
	h.click(0, 150, 150, 1)
	before := h.picture()
	h.swipe(0, pt(200, 200), pt(0, 200))
	h.wantBox("mirrored", id, 100, 100, -100, 100)
	h.wantOneStep("mirrored", before)
}

// What is small can be moved, too: its handles leave room for it.
func TestHandlesOfSmallThings(t *testing.T) {
	h := newDesk(t)
	a := h.filled(100, 100, 16, 16)
	h.click(0, 108, 108, 1)
	h.swipe(0, pt(108, 108), pt(208, 108))
	h.wantBox("dragged by its middle", a, 200, 100, 16, 16)
	h.swipe(0, pt(220, 120), pt(230, 130))
	h.wantBox("and by its corner", a, 200, 100, 26, 26)
}

// What somebody deletes or locks in the middle of a resize ends it.
func TestOthersWhileResizing(t *testing.T) {
	for _, key := range []board.Key{board.KeyDeleted, board.KeyLocked} {
		for _, handle := range []geom.Point{pt(200, 150), pt(150, 100-rotateAway)} {
			h := newDesk(t)
			a := h.filled(100, 100, 100, 50)
			h.click(0, 150, 125, 1)
			h.drag(0, handle, handle.Add(pt(30, 30)))
			commits := h.commits
			h.theySet(a, key, board.Int(1))
			h.wantNothing("it was taken away")
			h.let(0, pt(400, 400))
			if h.commits != commits {
				t.Error("something was written")
			}
		}
	}
}
