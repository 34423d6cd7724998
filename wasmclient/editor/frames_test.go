package editor

import (
	"testing"

	"edgeboard/shared/board"
)

func (h *hand) frame(x, y, w, height float64) board.ID {
	h.t.Helper()
	return h.make(board.KindFrame, x, y, w, height)
}

// wantIn expects what frame an element is in; the zero ID is none.
func (h *hand) wantIn(when string, id, frame board.ID) {
	h.t.Helper()
	f := h.figures.Of(id)
	if f == nil {
		h.t.Errorf("%s: %v is not there", when, id)
		return
	}
	if got := h.e.frameOf(f); got != frame {
		h.t.Errorf("%s: it is in %v, want %v", when, got, frame)
	}
}

var none board.ID

// What is dragged so that its middle is inside joins a frame, which is marked
// meanwhile, and leaves it when it is dragged out.
func TestDragIntoAFrame(t *testing.T) {
	h := newDesk(t)
	frame := h.frame(300, 100, 300, 300)
	a := h.filled(0, 200, 100, 100)
	before := h.picture()
	h.drag(0, pt(50, 250), pt(100, 250), pt(290, 250))
	if n := len(h.marks(MarkTarget)); n != 0 {
		t.Error("the frame is marked, though the middle is outside")
	}
	h.move(mouse(310, 250))
	if n := len(h.marks(MarkTarget)); n == 0 {
		t.Error("the frame that it would join is not marked")
	}
	h.wantIn("under way", a, none)
	h.let(0, pt(310, 250))
	h.wantIn("let go inside", a, frame)
	h.wantOneStep("dragged in", before)

	h.swipe(0, pt(310, 250), pt(330, 250), pt(400, 250))
	h.wantIn("moved within", a, frame)
	before = h.picture()
	h.swipe(0, pt(400, 250), pt(450, 250), pt(700, 250))
	h.wantIn("dragged out", a, none)
	h.wantOneStep("dragged out", before)
	h.do(NudgeLeftFar)
	h.do(Undo)
	for range 11 {
		h.do(NudgeLeftFar)
	}
	h.wantIn("nudged in", a, frame)
}

// A frame takes along what is in it, locked or not, and what is in that; by the hand,
// by keys, and around.
func TestFrameTakesAlong(t *testing.T) {
	h := newDesk(t)
	outer, inner := h.frame(100, 100, 400, 300), h.frame(150, 150, 200, 200)
	a, b, other := h.filled(200, 200, 50, 50), h.filled(400, 300, 50, 50), h.filled(700, 700, 50, 50)
	h.set(inner, board.KeyFrame, board.Ref(outer))
	h.set(a, board.KeyFrame, board.Ref(inner))
	h.set(b, board.KeyFrame, board.Ref(outer))
	h.set(b, board.KeyLocked, board.Int(1))
	before := h.picture()
	h.drag(0, pt(300, 100), pt(310, 110))
	h.wantBox("under way", b, 410, 310, 50, 50)
	if d := h.e.Gesture(); d == nil || len(d.IDs) != 4 {
		t.Errorf("others are shown %v", d)
	}
	h.theySet(other, board.KeyX, board.Float(705)) // whatever comes meanwhile
	h.wantBox("something came", b, 410, 310, 50, 50)
	h.theySet(other, board.KeyX, board.Float(700))
	h.let(0, pt(400, 150))
	h.wantSelected("moved", outer)
	h.wantBox("the frame", outer, 200, 150, 400, 300)
	h.wantBox("the frame in it", inner, 250, 200, 200, 200)
	h.wantBox("what is in that", a, 300, 250, 50, 50)
	h.wantBox("what is locked", b, 500, 350, 50, 50)
	h.wantIn("moved along", a, inner)
	h.wantIn("moved along", inner, outer)
	h.wantOneStep("a frame", before)
	h.do(NudgeRightFar)
	h.wantBox("nudged", a, 310, 250, 50, 50)
	h.do(FlipX)
	h.wantBox("mirrored", b, 260, 350, 50, 50)
	h.do(Undo)
	h.click(Shift, 725, 725, 1)
	h.do(AlignTop)
	h.wantBox("lined up", other, 700, 150, 50, 50)
	h.do(AlignBottom)
	h.wantBox("lined up as one that is in it stays", a, 310, 250, 50, 50)
}

// Resizing a frame moves nothing. What is in it then is in it, and what is not is not.
func TestResizeAFrame(t *testing.T) {
	h := newDesk(t)
	frame := h.frame(100, 100, 200, 200)
	a, b := h.filled(220, 220, 60, 60), h.filled(400, 120, 50, 50)
	h.set(a, board.KeyFrame, board.Ref(frame))
	h.click(0, 200, 100, 1)
	h.wantSelected("its border was clicked", frame)
	before := h.picture()
	h.swipe(0, pt(300, 300), pt(310, 290), pt(500, 240))
	h.wantBox("larger, and less high", frame, 100, 100, 400, 140)
	h.wantBox("what was in it", a, 220, 220, 60, 60)
	h.wantIn("its middle is outside now", a, none)
	h.wantIn("its middle is inside now", b, frame)
	h.wantOneStep("resized", before)
}

// A frame that is made around something has it in it; the tool's key is F. It has a
// title that no other has, which is written above it.
func TestMakeAFrame(t *testing.T) {
	h := newDesk(t)
	h.e.FrameTitle = "Frame"
	a, b := h.filled(150, 150, 50, 50), h.filled(900, 700, 50, 50)
	c, ok := CommandOf("f", 0)
	if !ok || !h.e.Do(c) || h.e.Tool() != Frame {
		t.Fatal("F does not take the tool")
	}
	before := h.picture()
	h.swipe(0, pt(100, 100), pt(120, 120), pt(400, 300))
	frame := h.e.Selection()[0]
	h.wantBox("drawn", frame, 100, 100, 300, 200)
	h.wantIn("what it was drawn around", a, frame)
	h.wantIn("what lies elsewhere", b, none)
	if text := h.doc.Element(frame).Text(); text != "Frame 1" || h.e.Tool() != Select || h.e.Writing() != nil {
		t.Errorf("its title is %q, the tool %v", text, h.e.Tool())
	}
	h.wantOneStep("drawn", before)
	h.click(0, 700, 400, 1)
	h.e.Use(Frame)
	h.click(0, 900, 400, 1)
	second := h.e.Selection()[0]
	h.wantBox("a click", second, 900-frameWidth/2, 400-frameHeight/2, frameWidth, frameHeight)
	if text := h.doc.Element(second).Text(); text != "Frame 2" {
		t.Errorf("the title of the second is %q", text)
	}
	h.click(0, 120, 88, 2)
	w := h.e.Writing()
	if w == nil || w.ID() != frame {
		t.Fatal("a double click on the title does not write in it")
	}
	w.Field()
	w.Input("Ideas", 5, 5, h.now)
	h.do(SelectNone)
	if text := h.doc.Element(frame).Text(); text != "Ideas" {
		t.Errorf("it was written as %q", text)
	}
	// A double click in it writes a text there, not the title.
	h.click(0, 350, 250, 1)
	h.click(0, 350, 250, 2)
	w = h.e.Writing()
	if w == nil || w.ID() == frame {
		t.Fatal("a double click in a frame does not make a text")
	}
	h.wantIn("a text that was made in it", w.ID(), frame)
	h.do(SelectNone)
}

// A frame that is made around another has it in it, however small.
func TestFramesInFrames(t *testing.T) {
	h := newDesk(t)
	small := h.frame(200, 200, 100, 100)
	a := h.filled(220, 220, 20, 20)
	h.set(a, board.KeyFrame, board.Ref(small))
	h.e.Use(Frame)
	h.swipe(0, pt(100, 100), pt(120, 120), pt(500, 500))
	large := h.e.Selection()[0]
	h.wantIn("the small one", small, large)
	h.wantIn("what is in the small one", a, small)
	h.wantOrder("the small one lies over the large one", large, small, a)
	h.e.Use(Frame)
	h.swipe(0, pt(350, 350), pt(360, 360), pt(450, 450))
	h.wantIn("made in another", h.e.Selection()[0], large)
	h.click(0, 700, 700, 1)
	// The small one is dragged out, and takes its own along.
	h.swipe(0, pt(250, 200), pt(260, 200), pt(750, 200))
	h.wantIn("dragged out", small, none)
	h.wantIn("and what is in it", a, small)
	h.wantBox("it came along", a, 720, 220, 20, 20)
}

// What is drawn, written and pasted in a frame is in it.
func TestMakeInAFrame(t *testing.T) {
	h := newDesk(t)
	frame := h.frame(100, 100, 400, 400)
	h.e.Use(Pen)
	before := h.picture()
	h.swipe(0, pt(150, 150), pt(160, 160), pt(180, 150))
	stroke := h.order()[1]
	h.wantIn("a stroke", stroke, frame)
	h.wantOneStep("a stroke", before)
	h.e.Use(Rectangle)
	before = h.picture()
	h.swipe(0, pt(200, 200), pt(210, 210), pt(260, 260))
	h.wantIn("a rectangle", h.e.Selection()[0], frame)
	h.wantOneStep("a rectangle", before)
	h.click(0, 230, 200, 1)
	clip := h.e.Copy()
	if err := h.e.Paste(clip, pt(900, 700)); err != nil {
		t.Fatal(err)
	}
	h.wantIn("pasted outside", h.e.Selection()[0], none)
	before = h.picture()
	if err := h.e.Paste(clip, pt(300, 300)); err != nil {
		t.Fatal(err)
	}
	h.wantIn("pasted inside", h.e.Selection()[0], frame)
	h.wantOneStep("pasted", before)
	h.e.PasteText("words", pt(300, 400))
	h.wantIn("words", h.e.Selection()[0], frame)
	h.e.PlaceImages([]Image{{Width: 50, Height: 50}}, pt(200, 400), 1000, 800)
	h.wantIn("an image", h.e.Selection()[0], frame)
	before = h.picture()
	h.e.UseSymbol(2)
	h.click(0, 450, 450, 1)
	h.wantOneStep("a stamp", before)
	stamp := h.order()[h.figures.Len()-1]
	h.wantIn("a stamp", stamp, frame)
	if f := h.figures.Of(stamp); f.Kind() != board.KindStamp || !f.Element.Get(board.KeyStart).IsNone() {
		t.Error("a stamp in a frame is on it")
	}
	h.e.Use(Note)
	h.click(0, 300, 300, 1)
	h.wantIn("a note", h.e.Writing().ID(), frame)
	h.do(SelectNone)
	h.wantNothing("in the end")
}

// A frame is copied with what is in it, and deleted with it; the copies are in the
// copy.
func TestCopyAndDeleteAFrame(t *testing.T) {
	h := newDesk(t)
	frame := h.frame(100, 100, 200, 200)
	a, locked := h.filled(150, 150, 50, 50), h.filled(220, 220, 50, 50)
	h.set(a, board.KeyFrame, board.Ref(frame))
	h.set(locked, board.KeyFrame, board.Ref(frame))
	h.click(0, 200, 100, 1)
	before := h.picture()
	h.do(Duplicate)
	twin := h.e.Selection()[0]
	h.wantOneStep("duplicated", before)
	h.click(0, 440, 100, 1)
	h.wantSelected("the copy", twin)
	if h.figures.Len() != 6 || len(h.e.Selection()) != 1 {
		t.Fatalf("there are %d, of which %d are selected", h.figures.Len(), len(h.e.Selection()))
	}
	h.wantBox("beside it", twin, 340, 100, 200, 200)
	h.wantIn("not in it", twin, none)
	if n := len(h.figures.Contents(twin)); n != 2 {
		t.Errorf("in the copy are %d", n)
	}
	clip := h.e.Copy()
	if len(h.e.Copied()) != 3 {
		t.Errorf("copied are %d", len(h.e.Copied()))
	}
	if err := h.e.Paste(clip, pt(700, 600)); err != nil {
		t.Fatal(err)
	}
	pasted := h.e.Selection()
	if len(pasted) != 1 || len(h.figures.Contents(pasted[0])) != 2 {
		t.Errorf("pasted are %v with %v in it", pasted, h.figures.Contents(pasted[0]))
	}
	h.click(0, 200, 100, 1)
	h.set(locked, board.KeyLocked, board.Int(1))
	before = h.picture()
	h.do(Delete)
	h.wantGone("deleted", frame)
	h.wantGone("what was in it", a)
	h.wantIn("what is locked stays", locked, none)
	h.wantOneStep("deleted", before)
	h.do(Undo)
	h.wantIn("undone", a, frame)
	h.wantIn("undone", locked, frame)

	// With alt what is there stays, and what is dragged is new.
	h.click(0, 200, 100, 1)
	n := h.figures.Len()
	h.swipe(Alt, pt(150, 100), pt(160, 110), pt(150, 500))
	if h.figures.Len() != n+3 || len(h.figures.Contents(h.e.Selection()[0])) != 2 {
		t.Errorf("dragged with alt: there are %d, want %d", h.figures.Len(), n+3)
	}
	h.wantIn("it stays", a, frame)
}

// A frame goes to another page with what is in it.
func TestFrameGoesToAnotherPage(t *testing.T) {
	h := newDesk(t)
	frame := h.frame(100, 100, 200, 200)
	a := h.filled(150, 150, 50, 50)
	h.set(a, board.KeyFrame, board.Ref(frame))
	if !h.e.AddPage() {
		t.Fatal("no page was added")
	}
	second := h.figures.Page()
	h.e.ShowPage(h.figures.MainPage())
	h.click(0, 150, 100, 1)
	if !h.e.MoveToPage(second) {
		t.Fatal("nothing was moved")
	}
	h.wantGone("moved", a)
	h.e.ShowPage(second)
	h.wantIn("on the other page", a, frame)
}

// A stamp is in the frame that what it is on is in.
func TestStampInAFrame(t *testing.T) {
	h := newDesk(t)
	frame := h.frame(300, 100, 300, 300)
	a := h.filled(100, 200, 100, 100)
	h.e.UseSymbol(2)
	h.click(0, 150, 250, 1)
	stamp := h.order()[2]
	h.e.Use(Select)
	h.swipe(0, pt(110, 210), pt(120, 210), pt(410, 210))
	h.wantIn("what was dragged in", a, frame)
	h.wantIn("the stamp on it", stamp, frame)
	at := h.figures.Of(stamp).Frame.Center()
	h.swipe(0, pt(350, 100), pt(350, 110), pt(350, 300))
	if d := h.figures.Of(stamp).Frame.Center().Sub(at); d != pt(0, 200) {
		t.Errorf("the frame was moved by 200, the stamp by %v", d)
	}
	h.do(Delete)
	h.wantGone("the frame was deleted", stamp)
}

// A group is in a frame as a whole.
func TestGroupInAFrame(t *testing.T) {
	h := newDesk(t)
	frame := h.frame(300, 100, 300, 300)
	a, b := h.filled(0, 200, 50, 50), h.filled(100, 200, 50, 50)
	h.e.choose([]board.ID{a, b})
	h.do(Group)
	h.swipe(0, pt(25, 225), pt(50, 225), pt(245, 225))
	h.wantIn("its middle is outside", b, none)
	h.swipe(0, pt(245, 225), pt(250, 225), pt(260, 225))
	h.wantIn("its middle is inside", a, frame)
	h.wantIn("its middle is inside", b, frame)
	// Arrows between what is in a frame are in it too.
	c, d := h.filled(0, 500, 50, 50), h.filled(0, 600, 50, 50)
	arrow := h.make(board.KindArrow, 0, 0, 10, 10)
	h.set(arrow, board.KeyStart, board.Ref(c))
	h.set(arrow, board.KeyEnd, board.Ref(d))
	h.e.choose([]board.ID{c, d})
	h.swipe(0, pt(25, 525), pt(30, 525), pt(425, 225))
	h.wantIn("an arrow between two", arrow, frame)
}

// An eraser leaves frames, and a marquee in one begins in it.
func TestFrameIsNotInTheWay(t *testing.T) {
	h := newDesk(t)
	frame := h.frame(100, 100, 300, 300)
	a := h.filled(150, 150, 50, 50)
	h.set(a, board.KeyFrame, board.Ref(frame))
	h.swipe(0, pt(120, 120), pt(130, 130), pt(300, 300))
	h.wantSelected("a marquee in a frame", a)
	h.swipe(0, pt(50, 50), pt(60, 60), pt(300, 300))
	h.wantSelected("a marquee over its border", a)
	h.swipe(0, pt(50, 50), pt(60, 60), pt(450, 450))
	h.wantSelected("a marquee around it", frame, a)
	h.e.Use(Eraser)
	h.swipe(0, pt(80, 175), pt(120, 175), pt(300, 175))
	h.wantGone("erased", a)
	if h.figures.Of(frame) == nil {
		t.Error("the frame was erased")
	}
	h.e.Use(Arrow)
	h.swipe(0, pt(200, 200), pt(220, 220), pt(300, 300))
	arrow := h.doc.Element(h.e.Selection()[0])
	if !arrow.Get(board.KeyStart).IsNone() || !arrow.Get(board.KeyEnd).IsNone() {
		t.Error("an arrow in a frame is bound to it")
	}
	h.e.Use(Arrow)
	h.swipe(0, pt(600, 250), pt(590, 250), pt(403, 250))
	if arrow := h.doc.Element(h.e.Selection()[0]); arrow.Get(board.KeyEnd).Ref() != frame {
		t.Error("an arrow that ends at the border is not bound to it")
	}
}

// Frames have an order among themselves; they are not in that of what lies on them.
func TestOrderOfFrames(t *testing.T) {
	h := newDesk(t)
	a := h.filled(120, 120, 50, 50)
	one, two := h.frame(100, 100, 200, 200), h.frame(150, 150, 200, 200)
	h.wantOrder("as made", one, two, a)
	h.e.choose([]board.ID{one})
	h.do(Front)
	h.wantOrder("to the front of frames", two, one, a)
	if h.e.Do(Front) || h.e.Do(Forward) {
		t.Error("it lies over all frames, and was laid further up")
	}
	h.do(Backward)
	h.wantOrder("back", one, two, a)
	h.e.choose([]board.ID{a})
	if h.e.Do(Back) || h.e.Do(Backward) {
		t.Error("what lies over frames alone was laid further down")
	}
}

// Of a frame and what is in it, both selected, nothing moves twice, and frames that
// are in each other do not keep the page busy.
func TestFrameAndContentsSelected(t *testing.T) {
	h := newDesk(t)
	frame, second := h.frame(100, 100, 300, 300), h.frame(500, 100, 300, 300)
	a := h.filled(150, 150, 50, 50)
	h.set(a, board.KeyFrame, board.Ref(frame))
	h.do(SelectAll)
	h.do(NudgeRightFar)
	h.wantBox("nudged", a, 160, 150, 50, 50)
	h.swipe(0, pt(185, 175), pt(190, 175), pt(285, 175))
	h.wantBox("dragged", a, 260, 150, 50, 50)
	h.wantBox("dragged", frame, 210, 100, 300, 300)
	h.theySet(frame, board.KeyFrame, board.Ref(second))
	h.theySet(second, board.KeyFrame, board.Ref(frame))
	h.do(NudgeRight)
	h.do(AlignRight)
	h.do(Duplicate)
	h.do(Delete)
	h.wantNothing("frames in each other")
	if n := h.figures.NumFrames(); n != 2 {
		t.Errorf("%d frames are left", n)
	}
}
