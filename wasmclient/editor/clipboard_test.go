package editor

import (
	"math/rand/v2"
	"strings"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
)

// What is copied on one board is pasted on another: as it looked, about a place,
// in one step.
func TestCopyAndPaste(t *testing.T) {
	h := newDesk(t)
	if h.e.Copy() != nil {
		t.Error("nothing was selected")
	}
	a, b := h.filled(100, 100, 100, 100), h.make(board.KindDiamond, 400, 100, 100, 100)
	h.arrow(0, pt(150, 150), pt(450, 150))
	h.e.choose([]board.ID{a, b})
	h.do(Group)
	h.e.Use(Pen)
	h.down(mouse(100, 300))
	h.move(mouse(150, 320), mouse(200, 300))
	h.up(mouse(200, 300))
	h.e.PasteText("世界 hello", pt(300, 400))
	h.do(SelectAll)
	h.do(Lock)
	clip := h.e.Copy()
	if clip == nil {
		t.Fatal("nothing was copied")
	}
	middle := h.e.bounds(h.e.selected()).Center()

	g := newDesk(t)
	g.filled(0, 0, 10, 10)
	before := g.picture()
	if err := g.e.Paste(clip, pt(1000, 2000)); err != nil {
		t.Fatal(err)
	}
	g.wantOneStep("pasted", before)
	order := g.order()
	if len(order) != 6 {
		t.Fatalf("%d elements", len(order))
	}
	d := pt(1000, 2000).Sub(middle)
	for i, id := range h.order() {
		was, is := h.figures.Of(id), g.figures.Of(order[i+1])
		if was.Kind() != is.Kind() || was.Style != is.Style || was.Element.Text() != is.Element.Text() || was.Element.NumPoints() != is.Element.NumPoints() {
			t.Errorf("element %d: kind %d %v %q, was %d %v %q", i, is.Kind(), is.Style, is.Element.Text(), was.Kind(), was.Style, was.Element.Text())
		}
		if is.Locked() {
			t.Errorf("element %d is locked", i)
		}
		if was.Bounds.Add(d).Min.Dist(is.Bounds.Min) > 0.3 || was.Bounds.Add(d).Max.Dist(is.Bounds.Max) > 0.3 {
			t.Errorf("element %d lies in %v, want %v", i, is.Bounds, was.Bounds.Add(d))
		}
	}
	g.wantBound("the arrow", order[3], board.KeyStart, order[1])
	g.wantBound("the arrow", order[3], board.KeyEnd, order[2])
	if g.figures.Of(order[2]).Group() != order[1] {
		t.Error("the group was lost")
	}
	if err := g.e.Paste(clip, pt(0, 0)); err != nil {
		t.Fatal(err)
	}
	if n := len(g.e.Selection()); n != 5 {
		t.Errorf("%d are selected", n)
	}
}

// What is not a clipboard of ours is refused, and changes nothing.
func TestPasteNonsense(t *testing.T) {
	h := newDesk(t)
	a := h.filled(0, 0, 50, 50)
	h.e.choose([]board.ID{a})
	clip := h.e.Copy()
	before := h.picture()
	for _, bad := range [][]byte{nil, {}, []byte("hello"), clip[:len(clip)-1]} {
		if err := h.e.Paste(bad, pt(0, 0)); err == nil {
			t.Errorf("%d bytes were pasted", len(bad))
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		bad := append([]byte{}, clip...)
		bad[r.IntN(len(bad))] ^= byte(1 + r.IntN(255))
		h.e.Paste(bad, pt(0, 0)) // whatever comes of it
		h.e.Marks()
		h.e.State()
	}
	h.wantSent("after nonsense")
	for range 301 {
		h.e.Do(Undo)
	}
	if h.picture() != before {
		t.Error("it could not be undone")
	}
}

// A text of another program becomes a text; a long one is wrapped.
func TestPasteText(t *testing.T) {
	h := newDesk(t)
	before := h.picture()
	h.e.PasteText("two\r\nlines\n", pt(500, 300))
	id := h.e.Selection()[0]
	if text := h.doc.Element(id).Text(); text != "two\nlines" {
		t.Errorf("the text is %q", text)
	}
	h.wantBox("in the middle", id, 475, 275, 50, 50)
	h.wantOneStep("pasted", before)
	h.e.PasteText(strings.Repeat("word ", 40), pt(0, 0))
	id = h.e.Selection()[0]
	if w := h.doc.Element(id).Float(board.KeyWidth, 0); w != wrapText {
		t.Errorf("it is %v wide", w)
	}
	h.e.PasteText("bad \xff bytes", pt(0, 0))
	if text := h.doc.Element(h.e.Selection()[0]).Text(); text != "bad  bytes" {
		t.Errorf("the text is %q", text)
	}
	n := h.doc.Len()
	h.e.PasteText(" \n", pt(0, 0))
	if h.doc.Len() != n {
		t.Error("nothing was pasted as if it was something")
	}
	h.e.PasteText(strings.Repeat("世", mostClipText), pt(0, 0))
	if got := len(h.doc.Element(h.e.Selection()[0]).Text()); got > mostClipText {
		t.Errorf("%d bytes were pasted", got)
	}
	h.wantSent("after pasting")
	if p, _ := figure.PlaceOf(h.doc.Element(id)); p.W != wrapText {
		t.Error("a long text is not wrapped")
	}
}

// A tool puts a stroke on a clipboard that lies as it was drawn.
func TestPasteStrokeWithoutPlace(t *testing.T) {
	clip := board.New(5)
	edit := clip.Edit()
	id := edit.Create(board.KindStroke)
	edit.Append(id, board.Point{X: 80, Y: 80, Pressure: 128}, board.Point{X: 880, Y: 480, Pressure: 128})
	edit.Create(board.KindStroke) // and one without a point
	edit.Create(board.KindPage)   // which is not drawn
	edit.Commit()
	h := newDesk(t)
	if err := h.e.Paste(clip.Snapshot(), pt(100, 0)); err != nil {
		t.Fatal(err)
	}
	if n := h.doc.Len(); n != 2 {
		t.Errorf("%d elements", n)
	}
	h.wantBox("pasted", h.order()[0], 110, 10, 100, 50)
	h.wantSent("pasted")
	empty := board.New(5)
	if err := h.e.Paste(empty.Snapshot(), pt(0, 0)); err != nil || h.doc.Len() != 2 {
		t.Errorf("of nothing: %v", err)
	}
}
