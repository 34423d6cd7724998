package editor

import (
	"math"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// A drag is a draft while it is under way, and one write when it is over.
func TestMove(t *testing.T) {
	h := newDesk(t)
	a := h.filled(100, 100, 50, 50)
	before := h.picture()
	h.drag(0, pt(120, 120), pt(122, 120))
	if h.e.Gesture() != nil {
		t.Error("a tremble is a drag")
	}
	h.move(mouse(150, 130))
	h.wantBox("under way", a, 130, 110, 50, 50)
	h.wantStored("under way", a, 100, 100)
	if d := h.e.Gesture(); d == nil || len(d.IDs) != 1 || d.By != geom.Translate(pt(30, 10)) {
		t.Errorf("others are shown %v", d)
	}
	if h.commits != 0 {
		t.Error("something was written before the end")
	}
	if h.e.Do(Undo) || h.e.Do(Delete) {
		t.Error("a command was done to what a hand holds")
	}
	h.let(0, pt(220, 140))
	h.wantStored("let go", a, 200, 120)
	h.wantSelected("let go", a)
	if h.commits != 1 {
		t.Errorf("%d commits of a drag", h.commits)
	}
	h.wantOneStep("a drag", before)
}

// Several move together, also by the empty space between them.
func TestMoveSelection(t *testing.T) {
	h := newDesk(t)
	a, b := h.filled(0, 0, 50, 50), h.make(board.KindLine, 200, 200, -50, 50)
	h.do(SelectAll)
	before := h.picture()
	h.swipe(0, pt(100, 100), pt(110, 90), pt(160, 100))
	h.wantBox("by the space between them", a, 60, 0, 50, 50)
	h.wantBox("the line too", b, 260, 200, -50, 50)
	h.wantOneStep("a drag of two", before)
	h.click(0, 150, 130, 1)
	h.wantSelected("a click there")
}

// Shift keeps to the axis that is moved along more.
func TestMoveAlongAxis(t *testing.T) {
	h := newDesk(t)
	a := h.filled(0, 0, 50, 50)
	h.drag(0, pt(25, 25))
	p := mouse(65, 35)
	p.Mods = Shift
	h.move(p)
	h.wantBox("along x", a, 40, 0, 50, 50)
	p.At = pt(35, 95)
	h.move(p)
	h.up(p)
	h.wantStored("along y", a, 0, 70)

	// What it lines up with does not draw it off the axis.
	h.e.Snap = true
	h.filled(300, 73, 50, 50)
	h.swipe(Shift, pt(25, 95), pt(100, 95))
	h.wantStored("beside another", a, 75, 70)
	h.do(ToggleGrid)
	h.swipe(Shift, pt(100, 95), pt(130, 96))
	h.wantStored("on the grid", a, 100, 70)
}

// Escape, and a pointer that is taken away, leave all where it was.
func TestMoveCancelled(t *testing.T) {
	h := newDesk(t)
	a := h.filled(0, 0, 50, 50)
	before := h.picture()
	h.drag(0, pt(25, 25), pt(80, 80))
	h.do(SelectNone)
	h.wantNothing("Escape")
	h.move(mouse(200, 200))
	h.let(0, pt(200, 200))
	h.drag(0, pt(25, 25), pt(80, 80))
	h.cancel(mouse(80, 80))
	h.wantNothing("taken away")
	if h.picture() != before || h.commits > 0 {
		t.Error("something has moved")
	}
	h.wantSelected("it is selected still", a)
}

// With alt a copy is dragged; what was there stays.
func TestAltDragDuplicates(t *testing.T) {
	h := newDesk(t)
	a := h.filled(0, 0, 50, 50)
	before := h.picture()
	h.swipe(Alt, pt(25, 25), pt(60, 60), pt(125, 125))
	h.wantStored("what was there", a, 0, 0)
	if h.doc.Len() != 2 {
		t.Fatalf("%d elements", h.doc.Len())
	}
	h.wantStored("the copy", h.e.Selection()[0], 100, 100)
	h.wantOneStep("a copy that was dragged", before)

	before = h.picture()
	h.drag(Alt, pt(125, 125), pt(160, 160))
	h.do(SelectNone)
	if h.picture() != before {
		t.Error("Escape leaves the copy")
	}
	h.wantNothing("Escape")
}

// A stroke without a place gets one, and is undone to none.
func TestMoveStroke(t *testing.T) {
	h := newDesk(t)
	h.e.Use(Pen)
	h.down(mouse(100, 100))
	h.move(mouse(150, 120), mouse(200, 100))
	h.up(mouse(200, 100))
	stroke := h.strokes()[0]
	h.e.Use(Select)
	was := h.figures.Of(stroke.ID()).Place
	before := h.picture()
	h.swipe(0, pt(100, 100), pt(130, 150))
	h.wantBox("moved", stroke.ID(), was.X+30, was.Y+50, was.W, was.H)
	h.wantOneStep("a stroke", before)
	h.do(Undo)
	if !stroke.Get(board.KeyX).IsNone() {
		t.Error("undone, the stroke has a place")
	}
}

// A text that is as wide as its lines stays so wherever it is brought.
func TestMoveText(t *testing.T) {
	h := newDesk(t)
	h.e.PasteText("hello", pt(200, 200))
	id := h.e.Selection()[0]
	h.wantBox("pasted", id, 175, 187.5, 50, 25)
	h.swipe(0, pt(200, 200), pt(300, 300))
	h.wantBox("moved", id, 275, 287.5, 50, 25)
	if !h.doc.Element(id).Get(board.KeyWidth).IsNone() || !h.doc.Element(id).Get(board.KeyHeight).IsNone() {
		t.Error("a move has fixed the size of a text")
	}
	h.e.Do(FlipX)
	h.wantBox("flipped", id, 275, 287.5, 50, 25)
}

// What others do to what is dragged: a delete and a lock take it out of the hand,
// the rest goes on.
func TestOthersWhileMoving(t *testing.T) {
	h := newDesk(t)
	a, b, c := h.filled(0, 0, 50, 50), h.filled(100, 0, 50, 50), h.filled(200, 0, 50, 50)
	h.do(SelectAll)
	h.drag(0, pt(25, 25), pt(35, 35))
	h.theySet(a, board.KeyDeleted, board.Int(1))
	h.move(mouse(45, 45))
	h.theySet(b, board.KeyLocked, board.Int(1))
	h.move(mouse(55, 55))
	h.wantBox("locked in the hand", b, 100, 0, 50, 50)
	h.wantBox("the rest goes on", c, 230, 30, 50, 50)
	h.let(0, pt(55, 55))
	h.wantStored("what was locked", b, 100, 0)
	h.wantStored("the rest", c, 230, 30)
	h.wantGone("what was deleted", a)
	h.wantNothing("let go")

	// When nothing is left the drag ends quietly.
	h.click(0, 700, 700, 1)
	h.drag(0, pt(255, 55), pt(300, 55))
	commits := h.commits
	h.theySet(c, board.KeyDeleted, board.Int(1))
	h.wantNothing("the last one was deleted")
	h.move(mouse(400, 400))
	h.let(0, pt(400, 400))
	h.wantNothing("and the mouse went on")
	if h.commits != commits {
		t.Error("it has written something")
	}
}

// What somebody else has in hand is nudged, or dropped by this hand too, where the
// document has it: what the other hand does comes on top, and does not count twice.
func TestNudgeOfWhatAnotherDrags(t *testing.T) {
	h := newDesk(t)
	a := h.filled(0, 0, 50, 50)
	theirs := &figure.Draft{IDs: []board.ID{a}, By: geom.Translate(pt(100, 0))}
	h.figures.SetDraft(7, theirs)
	h.do(SelectAll)
	h.do(NudgeRightFar)
	h.wantBox("nudged in the other's hand", a, 110, 0, 50, 50)
	h.figures.SetDraft(7, nil)
	h.wantStored("nudged", a, 10, 0)

	h.figures.SetDraft(7, theirs)
	h.swipe(0, pt(135, 25), pt(185, 25), pt(235, 25)) // as far as the other one
	h.figures.SetDraft(7, nil)
	h.wantStored("dragged by both", a, 110, 0)
}

// Somebody else moves what a hand drags: the two moves go together, and what the
// hand has shown in the end is what is written.
func TestBothMove(t *testing.T) {
	h := newDesk(t)
	a := h.filled(0, 0, 50, 50)
	h.drag(0, pt(25, 25), pt(35, 25))
	h.theySet(a, board.KeyY, board.Float(200))
	h.move(mouse(45, 25))
	h.wantBox("both", a, 20, 200, 50, 50)
	h.let(0, pt(45, 25))
	h.wantStored("both", a, 20, 200)
	h.do(Undo)
	h.wantStored("undone: theirs stays", a, 0, 200)
}

// The board is compacted in the middle of a drag: what was deleted is gone for
// good, and what is left is moved.
func TestCompactedWhileMoving(t *testing.T) {
	h := newDesk(t)
	a, b := h.filled(0, 0, 50, 50), h.filled(100, 0, 50, 50)
	h.do(SelectAll)
	h.drag(0, pt(25, 25), pt(35, 25))
	h.theySet(b, board.KeyDeleted, board.Int(1))
	compact := func() {
		h.other.Compact()
		if err := h.doc.Merge(h.other.Snapshot()); err != nil {
			t.Fatal(err)
		}
	}
	compact()
	h.move(mouse(45, 25))
	h.let(0, pt(45, 25))
	h.wantStored("what is left", a, 20, 0)
	h.wantNothing("let go")
	h.wantSelected("what is left", a)
}

// Dragged near others, a box lines up with them, and lines show with what.
func TestSnap(t *testing.T) {
	h := newDesk(t)
	h.e.Snap = true
	h.filled(400, 300, 100, 100)
	a := h.filled(0, 0, 50, 50)
	h.drag(0, pt(25, 25), pt(25+396, 125))
	h.wantBox("near the left edge", a, 400, 100, 50, 50)
	if n := len(h.marks(MarkGuide)); n != 2 {
		t.Errorf("%d guides: the left edges, and its right one with the middle of the other", n)
	}
	h.move(mouse(25+422, 125))
	h.wantBox("near the middle", a, 425, 100, 50, 50)
	h.move(mouse(25+340, 125))
	h.wantBox("near nothing", a, 340, 100, 50, 50)
	p := mouse(25+396, 125)
	p.Mods = Ctrl
	h.move(p)
	h.wantBox("with the control key", a, 396, 100, 50, 50)
	h.e.Zoom(pt(0, 0), 0.5)
	h.do(SelectNone)
	h.drag(0, pt(12, 12), pt(12+195, 62))
	h.wantBox("zoomed out the reach is in pixels", a, 400, 100, 50, 50)
	h.let(0, pt(12+195, 62))
	h.wantNothing("let go")
	if n := len(h.marks(MarkGuide)); n != 0 {
		t.Error("guides stay")
	}
}

// Gaps become even.
func TestSnapGaps(t *testing.T) {
	h := newDesk(t)
	h.e.Snap = true
	h.filled(0, 0, 100, 40)
	h.filled(160, 10, 50, 50)
	a := h.filled(600, 500, 30, 30)
	// 60 are between the two: after them at 270.
	h.drag(0, pt(615, 515), pt(15+273, 515-503))
	h.wantBox("after both", a, 270, -5, 30, 30)
	if n := len(h.marks(MarkGuide)); n < 2 {
		t.Errorf("%d guides: each gap has one", n)
	}
	h.move(mouse(15+116, 12))
	h.wantBox("between both", a, 115, -5, 30, 30)
}

// On the grid corners are whole steps.
func TestGrid(t *testing.T) {
	h := newDesk(t)
	h.do(ToggleGrid)
	a := h.filled(3, 7, 50, 50)
	h.swipe(0, pt(25, 25), pt(60, 90))
	h.wantStored("dragged", a, 40, 80)
	h.do(NudgeRight)
	h.wantStored("nudged", a, 60, 80)
	h.e.Use(Rectangle)
	h.swipe(0, pt(203, 198), pt(295, 262))
	h.wantBox("drawn", h.e.Selection()[0], 200, 200, 100, 60)
}

// The arrow keys move by one unit, with shift by ten; each is a step.
func TestNudge(t *testing.T) {
	h := newDesk(t)
	a := h.filled(0, 0, 50, 50)
	if h.e.Do(NudgeLeft) {
		t.Error("nothing was nudged")
	}
	h.do(SelectAll)
	before := h.picture()
	h.do(NudgeRight)
	h.wantOneStep("nudged", before)
	h.do(NudgeDownFar)
	h.do(NudgeUp)
	h.do(NudgeLeft)
	h.wantStored("nudged about", a, 0, 9)
}

// Turned about its middle; with shift by steps of 15 degrees.
func TestRotate(t *testing.T) {
	h := newDesk(t)
	a := h.filled(100, 100, 100, 50)
	h.click(0, 150, 125, 1)
	handle := h.marks(MarkRotate)
	if len(handle) != 1 {
		t.Fatalf("%d handles to turn it", len(handle))
	}
	before := h.picture()
	h.swipe(0, pt(150, 100-rotateAway), pt(200, 125), pt(250, 125))
	if f := h.figures.Of(a); math.Abs(f.Place.Angle-math.Pi/2) > 1e-9 {
		t.Errorf("turned by %v", f.Place.Angle)
	}
	h.wantBox("about its middle", a, 100, 100, 100, 50)
	h.wantOneStep("turned", before)
	h.do(Undo)
	h.drag(0, pt(150, 100-rotateAway))
	p := mouse(164, 70)
	p.Mods = Shift
	h.move(p)
	h.up(p)
	if f := h.figures.Of(a); math.Abs(f.Place.Angle-math.Pi/12) > 1e-9 {
		t.Errorf("with shift it is turned by %v", f.Place.Angle)
	}
	h.wantNothing("turned")
}

// Several are turned about the middle of all.
func TestRotateSeveral(t *testing.T) {
	h := newDesk(t)
	a, line := h.filled(100, 100, 100, 100), h.make(board.KindLine, 300, 100, 0, 100)
	h.do(SelectAll)
	before := h.picture()
	h.swipe(0, pt(200, 100-rotateAway), pt(300, 150), pt(350, 150))
	h.wantBox("the one on the left is on top", a, 150, 50, 100, 100)
	h.wantBox("the line below lies down", line, 250, 250, -100, 0)
	h.wantOneStep("turned together", before)
}

// The board is panned by the wheel in the middle of a drag: what is dragged comes
// along with the pointer.
func TestWheelInDrag(t *testing.T) {
	h := newDesk(t)
	a := h.filled(100, 100, 50, 50)
	h.drag(0, pt(120, 120), pt(140, 120))
	h.e.Wheel(pt(140, 120), pt(100, 0), false)
	h.move(mouse(141, 120))
	h.wantBox("panned by 100", a, 221, 100, 50, 50)
	h.let(0, pt(141, 120))
	h.wantStored("let go", a, 221, 100)
}

// Brought back to where it was, nothing is written.
func TestMoveThereAndBack(t *testing.T) {
	h := newDesk(t)
	a := h.filled(100, 100, 50, 50)
	h.drag(0, pt(120, 120), pt(180, 180), pt(120, 120))
	if h.e.Gesture() != nil {
		t.Error("others are shown a drag to where it is")
	}
	h.let(0, pt(120, 120))
	h.wantStored("brought back", a, 100, 100)
	if h.commits > 0 || h.e.State().CanUndo {
		t.Error("something was written")
	}
}

// On a board with very many elements what is near is lined up with still.
func TestSnapOnFullBoard(t *testing.T) {
	h := newDesk(t)
	h.e.Snap = true
	h.filled(400, 300, 100, 100)
	h.filled(900, 700, 70, 70)
	a := h.filled(300, 0, 50, 50)
	h.write(h.doc.Edit(), func(edit *board.Edit) {
		for i := range manyFigures {
			edit.Append(edit.Create(board.KindStroke), board.Point{X: int32(i), Y: -9000})
		}
	})
	h.swipe(0, pt(325, 25), pt(325+97, 125))
	h.wantStored("near", a, 400, 100)
	h.swipe(0, pt(425, 125), pt(425+497, 125))
	h.wantStored("far", a, 897, 100)
}
