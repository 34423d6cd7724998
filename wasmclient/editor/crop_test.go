package editor

import (
	"math"
	"strings"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

func (h *hand) image(x, y, w, height float64) board.ID {
	h.t.Helper()
	id := h.make(board.KindImage, x, y, w, height)
	h.set(id, board.KeyBlob, board.String(strings.Repeat("0123456789abcdef", 4)))
	return id
}

// wantCrop expects what of its picture an image shows, in the document.
func (h *hand) wantCrop(when string, id board.ID, want geom.Box) {
	h.t.Helper()
	got := h.figures.Settled(id).Picture.Crop
	off := max(got.Min.Dist(want.Min), got.Max.Dist(want.Max))
	if off > 1e-6 {
		h.t.Errorf("%s: it shows %v of its picture, want %v", when, got, want)
	}
}

var whole = geom.Rect(0, 0, 1, 1)

// A double click on an image lays a window over its picture. Its handles choose what
// is shown, a drag moves the picture under it, and a click elsewhere ends it: one step.
func TestCrop(t *testing.T) {
	h := newDesk(t)
	id := h.image(100, 100, 400, 200)
	before := h.picture()
	h.click(0, 300, 200, 2)
	if !h.e.Cropping() || !h.e.State().Cropping || len(h.marks(MarkHandle)) != int(geom.Handles) {
		t.Fatalf("a double click does not crop; the state is %+v", h.e.State())
	}
	h.swipe(0, pt(100, 200), pt(110, 205), pt(200, 210))
	h.wantBox("the left handle", id, 200, 100, 300, 200)
	if h.commits != 0 || h.e.Gesture() != nil {
		t.Error("something was written, or told, before the end")
	}
	h.swipe(0, pt(500, 300), pt(480, 290), pt(400, 250))
	h.wantBox("a corner", id, 200, 100, 200, 150)
	h.swipe(0, pt(300, 150), pt(310, 150), pt(350, 400))
	h.wantBox("the picture is dragged under it", id, 200, 100, 200, 150)
	h.click(0, 800, 700, 1)
	if h.e.Cropping() {
		t.Error("a click elsewhere does not end it")
	}
	// The picture went 50 to the right; down there was no room for it.
	h.wantCrop("in the end", id, geom.Box{Min: pt(0.125, 0), Max: pt(0.625, 0.75)})
	h.wantBox("in the end", id, 200, 100, 200, 150)
	h.wantSelected("in the end")
	h.wantOneStep("a crop", before)

	// The window goes no further than the picture, and not through itself.
	h.click(0, 300, 150, 2)
	h.swipe(0, pt(200, 100), pt(190, 90), pt(-500, -500))
	h.wantBox("all there is to the left", id, 150, 100, 250, 150)
	h.swipe(0, pt(400, 175), pt(390, 175), pt(-100, 175))
	h.wantBox("not through itself", id, 150, 100, leastWindow, 150)
	h.do(SelectNone)
	h.wantBox("Escape", id, 200, 100, 200, 150)
	h.wantNothing("Escape")
}

// Enter begins it and ends it, and what one does otherwise ends it too.
func TestCropEnds(t *testing.T) {
	h := newDesk(t)
	id := h.image(100, 100, 400, 200)
	narrow := func() {
		h.swipe(0, pt(100, 200), pt(110, 200), pt(200, 200))
	}
	for name, end := range map[string]func(){
		"Enter":        func() { h.do(EditText) },
		"the command":  func() { h.do(Crop) },
		"a tool":       func() { h.do("tool-pen"); h.do("tool-select") },
		"another move": func() { h.do(NudgeDown); h.do(NudgeUp) },
		"select all":   func() { h.make(board.KindNote, 600, 600, 50, 50); h.do(SelectAll) },
		"a menu":       func() { h.down(Pointer{At: pt(300, 200), Button: Other}) },
	} {
		h.e.choose([]board.ID{id})
		h.do(EditText)
		narrow()
		end()
		if h.e.Cropping() {
			t.Errorf("%s does not end it", name)
		}
		h.wantCrop(name, id, geom.Box{Min: pt(0.25, 0), Max: pt(1, 1)})
		h.wantNothing(name)
		for h.figures.Of(id).Picture.Crop != whole {
			h.do(Undo)
		}
	}
	h.e.choose([]board.ID{id})
	before := h.commits
	h.do(Crop)
	h.do(Crop)
	if h.commits != before {
		t.Error("a crop of nothing was written")
	}
	h.set(id, board.KeyLocked, board.Int(1))
	if h.e.Do(Crop) {
		t.Error("what is locked is cropped")
	}
	h.e.choose([]board.ID{h.make(board.KindNote, 0, 0, 50, 50)})
	if h.e.Do(Crop) {
		t.Error("a note is cropped")
	}
}

// What is turned and mirrored is cropped as it is seen.
func TestCropOfWhatIsTurned(t *testing.T) {
	h := newDesk(t)
	id := h.image(300, 200, -200, 100)
	h.set(id, board.KeyAngle, board.Float(math.Pi/2))
	// It lies from 150 to 250 across and from 150 to 350 down; its right side is below.
	h.e.choose([]board.ID{id})
	before := h.picture()
	h.do(Crop)
	h.swipe(0, pt(200, 350), pt(200, 340), pt(200, 250))
	h.do(Crop)
	// Mirrored, the lower half of what is seen is the left half of the picture.
	h.wantCrop("its lower half is taken away", id, geom.Rect(0.5, 0, 0.5, 1))
	f := h.figures.Of(id)
	if box := f.Frame.Bounds(); box.Min.Dist(pt(150, 150)) > 1e-6 || box.Max.Dist(pt(250, 250)) > 1e-6 {
		t.Errorf("it lies in %v", box)
	}
	if !f.Picture.FlipX {
		t.Error("it is mirrored no more")
	}
	h.wantOneStep("cropped", before)
}

// What others do to the image meanwhile is kept, and the end of it is the end.
func TestCropWithOthers(t *testing.T) {
	h := newDesk(t)
	id := h.image(100, 100, 400, 200)
	h.e.choose([]board.ID{id})
	h.do(Crop)
	h.swipe(0, pt(100, 200), pt(110, 200), pt(200, 200))
	h.theySet(id, board.KeyY, board.Float(150))
	h.do(Crop)
	h.wantBox("somebody moved it", id, 200, 150, 300, 200)
	h.do(Crop)
	h.drag(0, pt(200, 250), pt(210, 250), pt(220, 250))
	h.theySet(id, board.KeyDeleted, board.Int(1))
	if h.e.Cropping() || h.e.Cursor() == "" {
		t.Error("it is deleted and cropped")
	}
	h.let(0, pt(230, 250))
	h.theySet(id, board.KeyDeleted, board.Value{})
	h.wantNothing("deleted and brought back")
	h.e.choose([]board.ID{id})
	h.do(Crop)
	h.drag(0, pt(200, 250), pt(210, 250), pt(220, 250))
	h.e.ViewOnly(true)
	h.wantNothing("who may only look")
	h.wantBox("who may only look", id, 200, 150, 300, 200)
}

// Images keep their proportions, and with shift they do not.
func TestResizeAnImage(t *testing.T) {
	h := newDesk(t)
	id := h.image(100, 100, 400, 200)
	h.e.choose([]board.ID{id})
	h.swipe(0, pt(500, 300), pt(510, 300), pt(700, 300))
	h.wantBox("dragged to the right", id, 100, 100, 600, 300)
	h.swipe(Shift, pt(700, 400), pt(690, 400), pt(500, 400))
	h.wantBox("with shift", id, 100, 100, 400, 300)
	before := h.picture()
	h.do(FlipX)
	if f := h.figures.Of(id); !f.Picture.FlipX || f.Picture.FlipY || f.Frame.Box != geom.Rect(100, 100, 400, 300) {
		t.Errorf("mirrored, it is %+v in %v", *f.Picture, f.Frame)
	}
	h.wantOneStep("mirrored", before)
	h.e.choose([]board.ID{id})
	h.do(Duplicate)
	twin := h.figures.Of(h.e.Selection()[0])
	if *twin.Picture != *h.figures.Of(id).Picture {
		t.Errorf("the copy shows %+v", *twin.Picture)
	}
	h.click(0, 300, 250, 2)
	h.do(SelectNone)
	if h.e.Writing() != nil {
		t.Error("a text is written on an image")
	}
}
