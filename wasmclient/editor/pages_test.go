package editor

import (
	"slices"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// pageNames returns the names of the pages, and the place of the one that is shown.
func (h *hand) pageNames() (names []string, shown int) {
	shown = -1
	for i, p := range h.figures.Pages() {
		names = append(names, p.Name)
		if p.ID == h.figures.Page() {
			shown = i
		}
	}
	return names, shown
}

func (h *hand) wantPages(when string, shown int, want ...string) {
	h.t.Helper()
	if names, at := h.pageNames(); !slices.Equal(names, want) || at != shown {
		h.t.Errorf("%s: the pages are %q, %d is shown, want %q and %d", when, names, at, want, shown)
	}
}

// The first page that is added makes two. What is made is on the page that is shown,
// and each page is looked at as it was left.
func TestAddPage(t *testing.T) {
	h := newDesk(t)
	old := h.make(board.KindNote, 100, 100, 100, 100)
	h.e.Wheel(pt(0, 0), pt(30, 40), false)
	was := h.e.Camera()
	before := h.picture()
	h.do(PageAdd)
	h.wantPages("after the first", 1, "", "")
	h.wantGone("on the new page", old)
	h.wantCamera("of an empty page", 1, pt(0, 0))
	h.do(Undo)
	h.wantPages("undone", -1)
	if h.picture() != before || h.e.Camera() != was {
		t.Error("undone: the board is not as it was, or is looked at otherwise")
	}
	h.do(Redo)
	h.e.ShowPage(h.figures.Pages()[1].ID)

	h.e.Use(Rectangle)
	h.swipe(0, pt(10, 10), pt(60, 60), pt(80, 80))
	made := h.e.Selection()[0]
	h.do(Duplicate)
	h.e.PasteText("words", pt(300, 300))
	h.e.Use(Pen)
	h.swipe(0, pt(200, 10), pt(260, 60))
	for f := range h.figures.All() {
		if got := f.Element.Get(board.KeyPage).Ref(); got != h.figures.Page() {
			t.Errorf("element %v is on page %v", f.ID(), got)
		}
	}
	if n := h.figures.Len(); n != 4 {
		t.Errorf("%d figures on the page, want the rectangle, its copy, the text and the stroke", n)
	}
	h.e.Use(Select)
	h.e.choose([]board.ID{made})
	h.do(PagePrevious)
	h.wantSelected("on another page")
	if h.e.Camera() != was {
		t.Errorf("the first page is looked at by %v, want %v as it was left", h.e.Camera(), was)
	}
	h.wantBox("where it was", old, 100, 100, 100, 100)
	if h.e.Do(PagePrevious) {
		t.Error("there is a page before the first one")
	}
	h.wantNothing("at the end")
}

// Pages can be renamed, also the only one, and moved.
func TestRenameAndMovePages(t *testing.T) {
	h := newDesk(t)
	if !h.e.RenamePage(board.ID{}, "Plan") {
		t.Error("the only page cannot be renamed")
	}
	h.wantPages("the only one", 0, "Plan")
	h.do(PageAdd)
	h.e.RenamePage(h.figures.Page(), "Do")
	h.do(PagePrevious)
	h.do(PageAdd)
	h.e.RenamePage(h.figures.Page(), "Ask")
	h.wantPages("a page comes after the one that is shown", 1, "Plan", "Ask", "Do")
	list := h.figures.Pages()
	h.e.MovePage(list[2].ID, 0)
	h.wantPages("the last one first", 2, "Do", "Plan", "Ask")
	h.e.MovePage(list[2].ID, 2)
	h.wantPages("and back", 1, "Plan", "Ask", "Do")
	h.e.MovePage(list[0].ID, 1)
	h.wantPages("one on", 0, "Ask", "Plan", "Do")
	if h.e.MovePage(list[0].ID, 3) || h.e.RenamePage(list[0].ID, "Plan") {
		t.Error("what changes nothing has changed something")
	}
	h.wantNothing("at the end")
}

// A page that is deleted takes what is on it along, in one step. The last one stays.
func TestDeletePage(t *testing.T) {
	h := newDesk(t)
	first := h.make(board.KindNote, 100, 100, 100, 100)
	if h.e.DeletePage(board.ID{}) {
		t.Error("the only page was deleted")
	}
	h.do(PageAdd)
	second := h.make(board.KindNote, 0, 0, 10, 10)
	h.set(second, board.KeyPage, board.Ref(h.figures.Page()))
	list := h.figures.Pages()
	h.e.ShowPage(list[0].ID)
	h.e.DeletePage(list[0].ID)
	h.wantPages("the main one is deleted", 0, "")
	if !h.doc.Element(first).Deleted() || h.doc.Element(second).Deleted() {
		t.Error("what was on the page is there still, or the rest is not")
	}
	h.do(Undo)
	h.wantPages("undone", 1, "", "")
	h.e.DeletePage(list[0].ID)
	h.do(InsertTimer)
	h.e.UndeletePage(list[0].ID)
	h.wantPages("brought back after something else", 0, "", "")
	h.wantBox("it came back", first, 100, 100, 100, 100)

	// Somebody else deletes the page in the middle of a gesture.
	h.drag(0, pt(150, 150), pt(250, 250))
	h.theirs(func(edit *board.Edit) {
		edit.Set(list[0].ID, board.KeyDeleted, board.Int(1))
		edit.Set(first, board.KeyDeleted, board.Int(1))
	})
	h.wantPages("theirs", 0, "")
	h.move(mouse(300, 300))
	h.up(mouse(300, 300))
	h.wantNothing("afterwards")
	if h.e.DeletePage(list[1].ID) {
		t.Error("the last page was deleted")
	}
}

// A copy of a page has all that is on it, with what belongs together.
func TestDuplicatePage(t *testing.T) {
	h := newDesk(t)
	a := h.make(board.KindRectangle, 100, 100, 100, 100)
	h.make(board.KindRectangle, 400, 100, 100, 100)
	arrow := h.arrow(0, pt(150, 150), pt(450, 150))
	h.set(a, board.KeyLocked, board.Int(1))
	h.e.DuplicatePage(board.ID{})
	h.wantPages("two", 1, "", "")
	if n := h.figures.Len(); n != 3 {
		t.Fatalf("%d figures, want 3", n)
	}
	for f := range h.figures.All() {
		if f.ID() == a || f.ID() == arrow {
			t.Error("on the copy are the originals")
		}
		if f.Line() && (h.figures.Of(f.Element.Get(board.KeyStart).Ref()) == nil || h.figures.Of(f.Element.Get(board.KeyEnd).Ref()) == nil) {
			t.Error("the copy of the arrow is not bound to what is on its page")
		}
		if f.Frame.Box.Min == (geom.Pt(100, 100)) && !f.Locked() {
			t.Error("what was locked is not")
		}
	}
	h.do(Undo)
	h.wantPages("undone in one step", -1)
	h.wantNothing("at the end")
}

// What is selected is moved to another page with the stamps on it. Arrows that were
// bound to it stay where they are drawn.
func TestMoveToPage(t *testing.T) {
	h := newDesk(t)
	a, b := h.make(board.KindRectangle, 100, 100, 100, 100), h.make(board.KindRectangle, 400, 100, 100, 100)
	arrow := h.arrow(0, pt(150, 150), pt(450, 150))
	h.e.UseSymbol(2)
	h.click(0, 500, 200, 1)
	h.do(PageAdd)
	list := h.figures.Pages()
	h.e.ShowPage(list[0].ID)
	from, to := h.figures.Of(arrow).From, h.figures.Of(arrow).To
	h.e.Use(Select)
	h.e.choose([]board.ID{b})
	if !h.e.MoveToPage(list[1].ID) {
		t.Fatal("it is not moved")
	}
	h.wantGone("on this page", b)
	h.wantSelected("gone")
	h.wantEnds("what was bound to it", arrow, from, to)
	h.e.ShowPage(list[1].ID)
	if n := h.figures.Len(); n != 2 {
		t.Errorf("%d figures are there, want the shape and the stamp on it", n)
	}
	h.e.choose([]board.ID{b})
	h.e.MoveToPage(list[0].ID)
	if v := h.doc.Element(b).Get(board.KeyPage); !v.IsNone() {
		t.Errorf("back on the main page it names page %v", v.Ref())
	}
	_ = a
	h.wantNothing("at the end")
}

// Who may only look turns pages and changes none.
func TestPagesViewOnly(t *testing.T) {
	h := newDesk(t)
	h.do(PageAdd)
	h.e.ViewOnly(true)
	list := h.figures.Pages()
	if h.e.AddPage() || h.e.RenamePage(list[0].ID, "x") || h.e.DeletePage(list[0].ID) || h.e.MovePage(list[0].ID, 1) || h.e.DuplicatePage(list[0].ID) {
		t.Error("who may only look has changed pages")
	}
	h.do(PagePrevious)
	h.wantPages("turned", 0, "", "")
}
