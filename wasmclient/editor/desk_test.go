package editor

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// newDesk is a person with the select tool, on a screen of 1000 x 800 that shows
// the board from its origin on.
func newDesk(t *testing.T) *hand {
	h := newHand(t)
	h.e.Use(Select)
	h.e.Snap = false // it is asked for where it is tested
	h.e.Resize(1000, 800)
	return h
}

// make puts an element on the board that was there before.
func (h *hand) make(kind board.Kind, x, y, w, height float64) (id board.ID) {
	h.t.Helper()
	h.write(h.doc.Edit(), func(edit *board.Edit) {
		id = edit.Create(kind)
		for key, v := range map[board.Key]float64{board.KeyX: x, board.KeyY: y, board.KeyWidth: w, board.KeyHeight: height} {
			edit.Set(id, key, board.Float(v))
		}
	})
	return id
}

// filled makes a filled rectangle.
func (h *hand) filled(x, y, w, height float64) board.ID {
	id := h.make(board.KindRectangle, x, y, w, height)
	h.set(id, board.KeyFill, board.Int(0xa5d8ff))
	return id
}

func (h *hand) set(id board.ID, key board.Key, v board.Value) {
	h.t.Helper()
	h.write(h.doc.Edit(), func(edit *board.Edit) { edit.Set(id, key, v) })
}

func (h *hand) write(edit *board.Edit, f func(edit *board.Edit)) {
	h.t.Helper()
	f(edit)
	if err := h.other.Apply(edit.Commit()); err != nil {
		h.t.Fatal(err)
	}
}

// theirs is what somebody else does at the same time.
func (h *hand) theirs(f func(edit *board.Edit)) {
	h.t.Helper()
	if h.remote == nil {
		h.remote = board.New(otherReplica)
	}
	updates, err := h.other.Diff(h.remote.Vector())
	if err == nil {
		err = h.remote.Apply(updates)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	edit := h.remote.Edit()
	f(edit)
	update := edit.Commit()
	for _, b := range []*board.Board{h.doc, h.other} {
		if err := b.Apply(update); err != nil {
			h.t.Fatal(err)
		}
	}
}

func (h *hand) theySet(id board.ID, key board.Key, v board.Value) {
	h.t.Helper()
	h.theirs(func(edit *board.Edit) { edit.Set(id, key, v) })
}

// drag presses the mouse and moves it over places, without letting go; held are
// the keys that are held with it.
func (h *hand) drag(held Mods, way ...geom.Point) {
	for i, at := range way {
		p := mouse(at.X, at.Y)
		p.Mods = held
		if i == 0 {
			h.down(p)
		} else {
			h.move(p)
		}
	}
}

// let lets go of the mouse.
func (h *hand) let(held Mods, at geom.Point) {
	p := mouse(at.X, at.Y)
	p.Mods = held
	h.up(p)
}

// swipe is a whole drag.
func (h *hand) swipe(held Mods, way ...geom.Point) {
	h.drag(held, way...)
	h.let(held, way[len(way)-1])
}

// click clicks, n times.
func (h *hand) click(held Mods, x, y float64, n int) {
	for i := range n {
		p := mouse(x, y)
		p.Mods, p.Clicks = held, i+1
		h.down(p)
		h.up(p)
	}
}

// do does a command that has something to do.
func (h *hand) do(c Command) {
	h.t.Helper()
	if !h.e.Do(c) {
		h.t.Errorf("%s does nothing", c)
	}
}

func (h *hand) wantSelected(when string, want ...board.ID) {
	h.t.Helper()
	got := slices.Clone(h.e.Selection())
	byID := func(a, b board.ID) int { return a.Compare(b) }
	slices.SortFunc(got, byID)
	slices.SortFunc(want, byID)
	if !slices.Equal(got, want) {
		h.t.Errorf("%s: selected are %v, want %v", when, got, want)
	}
}

// wantBox expects where an element is shown.
func (h *hand) wantBox(when string, id board.ID, x, y, w, height float64) {
	h.t.Helper()
	f := h.figures.Of(id)
	if f == nil {
		h.t.Errorf("%s: %v is not there", when, id)
		return
	}
	p := f.Place
	got, want := [4]float64{p.X, p.Y, p.W, p.H}, [4]float64{x, y, w, height}
	for i := range got {
		if math.Abs(got[i]-want[i]) > 1e-6 {
			h.t.Errorf("%s: it is at %v, want %v", when, got, want)
			return
		}
	}
}

// wantStored expects where the document has an element.
func (h *hand) wantStored(when string, id board.ID, x, y float64) {
	h.t.Helper()
	p, _ := figure.PlaceOf(h.doc.Element(id))
	if math.Abs(p.X-x) > 1e-6 || math.Abs(p.Y-y) > 1e-6 {
		h.t.Errorf("%s: the document has it at %v, %v, want %v, %v", when, p.X, p.Y, x, y)
	}
}

func (h *hand) wantGone(when string, id board.ID) {
	h.t.Helper()
	if f := h.figures.Of(id); f != nil {
		h.t.Errorf("%s: it is there still", when)
	}
}

// wantNothing expects that no gesture is under way, and nothing unsent.
func (h *hand) wantNothing(when string) {
	h.t.Helper()
	if draft := h.e.Gesture(); draft != nil || h.e.gesture != nil {
		h.t.Errorf("%s: %T is under way, its draft is %v", when, h.e.gesture, h.e.Gesture())
	}
	h.wantSent(when)
}

// picture is what the board shows, from the bottom up.
func (h *hand) picture() string {
	var b strings.Builder
	for f := range h.figures.All() {
		fmt.Fprintf(&b, "%v %d place %.4f style %v locked %v group %v", f.ID(), f.Kind(), f.Place, f.Style, f.Locked(), f.Group())
		for _, key := range []board.Key{board.KeyFrame, board.KeyCropX, board.KeyCropY, board.KeyCropWidth, board.KeyCropHeight, board.KeyStart, board.KeyStartX, board.KeyStartY, board.KeyEnd, board.KeyEndX, board.KeyEndY} {
			fmt.Fprintf(&b, " %v", f.Element.Get(key))
		}
		fmt.Fprintf(&b, " %q %d points\n", f.Element.Text(), f.Element.NumPoints())
	}
	return b.String()
}

// wantOneStep expects that what has happened since before is undone by one step,
// and done again by one.
func (h *hand) wantOneStep(when, before string) {
	h.t.Helper()
	after := h.picture()
	if after == before {
		h.t.Errorf("%s: nothing has changed", when)
	}
	h.e.Do(Undo)
	if got := h.picture(); got != before {
		h.t.Errorf("%s, undone: the board shows\n%s, want\n%s", when, got, before)
	}
	h.e.Do(Redo)
	if got := h.picture(); got != after {
		h.t.Errorf("%s, done again: the board shows\n%s, want\n%s", when, got, after)
	}
	h.wantNothing(when)
}

func (h *hand) marks(kind MarkKind) (list []Mark) {
	for _, m := range h.e.Marks() {
		if m.Kind == kind {
			list = append(list, m)
		}
	}
	return list
}
