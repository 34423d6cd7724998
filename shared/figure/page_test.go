package figure

import (
	"math/rand/v2"
	"slices"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure/figuretest"
	"edgeboard/shared/geom"
)

// page makes a page.
func (d *desk) page(name string, main bool) (id board.ID) {
	d.t.Helper()
	d.edit(func(e *board.Edit) {
		id = e.Create(board.KindPage)
		if main {
			e.Set(id, board.KeyMain, board.Int(1))
		}
		e.Splice(id, board.Chars, 0, 0, name)
	})
	return id
}

func (d *desk) shows(what string, want ...board.ID) {
	d.t.Helper()
	var got []board.ID
	for f := range d.All() {
		got = append(got, f.ID())
	}
	if !slices.Equal(got, want) {
		d.t.Errorf("%s: the figures are %v, want %v", what, got, want)
	}
}

// A board without pages is one page. When it gets its first ones, what was there is
// on the main one.
func TestPages(t *testing.T) {
	d := newDesk(t)
	old := d.shape(board.KindNote, 0, 0, 100, 100)
	d.want("pages of a new board", len(d.Pages()), 0)
	d.want("the page that is shown", d.Page(), board.ID{})

	main, second := d.page("One", true), d.page("Two", false)
	d.want("the main page is shown", d.Page(), main)
	d.shows("with what was there", old)
	if got, want := d.Pages(), []Page{{main, "One"}, {second, "Two"}}; !slices.Equal(got, want) {
		t.Errorf("pages: %v, want %v", got, want)
	}

	d.changes = nil
	d.ShowPage(second)
	d.want("told", d.changes[0].Kind, Everything)
	d.shows("the new page is empty")
	note := d.shape(board.KindNote, 0, 0, 100, 100)
	d.shows("what names no page is on the main one")
	d.set(note, board.KeyPage, board.Ref(second))
	d.shows("what names this page", note)
	d.want("and is told of", d.changes[0].Kind, Redrawn)
	d.set(note, board.KeyPage, board.Ref(main))
	d.shows("it went to the main page")
	d.ShowPage(board.ID{})
	d.shows("where it is now", old, note)

	d.set(second, board.KeyOrder, board.String(d.doc.Between(nil, d.doc.Element(main))))
	d.want("the order can be changed", d.Pages()[0].ID, second)
}

// A page that is deleted takes what is on it along; it comes back with it. Who
// looked at it sees the main page, and then the page again.
func TestDeletedPage(t *testing.T) {
	d := newDesk(t)
	main, second := d.page("", true), d.page("", false)
	here, there := d.shape(board.KindNote, 0, 0, 100, 100), d.shape(board.KindNote, 0, 0, 100, 100)
	d.set(there, board.KeyPage, board.Ref(second))
	d.ShowPage(second)
	d.set(second, board.KeyDeleted, board.Int(1))
	d.want("shown", d.Page(), main)
	d.shows("the main page", here)
	if _, ok := d.PageOf(d.doc.Element(there)); ok {
		t.Error("what is on a page that is gone can be seen somewhere")
	}
	d.set(second, board.KeyDeleted, board.Value{})
	d.want("shown", d.Page(), second)
	d.shows("it came back", there)

	// Without a main page what names none is on the first of the rest.
	d.set(main, board.KeyDeleted, board.Int(1))
	d.shows("all is on the one page", here, there)
}

// Two people give a board its first pages at the same time: there is one main page,
// and what was put on the other is on it.
func TestTwoMainPages(t *testing.T) {
	d := newDesk(t)
	a, b := d.page("A", true), d.page("B", true)
	note := d.shape(board.KindNote, 0, 0, 100, 100)
	d.set(note, board.KeyPage, board.Ref(b))
	d.want("pages", len(d.Pages()), 1)
	d.want("the lesser one", d.Pages()[0].ID, a)
	d.shows("on it", note)
	d.ShowPage(b)
	d.want("the other is the same", d.Page(), a)
}

// What names a page that is not there, or something that is no page, is on the main
// one until the page arrives.
func TestNoSuchPage(t *testing.T) {
	other := board.New(2)
	e := other.Edit()
	page := e.Create(board.KindPage)
	arrives := e.Commit()

	d := newDesk(t)
	d.page("", true)
	note := d.shape(board.KindNote, 0, 0, 100, 100)
	d.set(note, board.KeyPage, board.Ref(page))
	d.shows("it has not arrived", note)
	odd := d.shape(board.KindNote, 0, 0, 100, 100)
	d.set(odd, board.KeyPage, board.Ref(note))
	d.shows("a note is no page", note, odd)
	if err := d.doc.Apply(arrives); err != nil {
		t.Fatal(err)
	}
	d.shows("it has arrived", odd)
	d.ShowPage(page)
	d.shows("on it", note)
}

// An element that somebody has in hand is in hand on its page alone.
func TestDraftElsewhere(t *testing.T) {
	d := newDesk(t)
	d.page("", true)
	second := d.page("", false)
	note := d.shape(board.KindNote, 0, 0, 100, 100)
	d.ShowPage(second)
	d.SetDraft(7, &Draft{IDs: []board.ID{note}, By: geom.Translate(geom.Pt(500, 0))})
	d.want("not here", len(d.Held()), 0)
	d.ShowPage(board.ID{})
	d.want("but here", len(d.Held()), 1)
	d.want("where the hand has it", len(d.At(geom.Pt(550, 50), 0)), 1)
}

// Figures that a Set has kept up to date, on any page, are those that a new one
// reads: with stamps and dots on other elements, votes and timers.
func TestPagesKeptUpToDate(t *testing.T) {
	kinds := []board.Kind{board.KindNote, board.KindArrow, board.KindStamp, board.KindStamp, board.KindStamp, board.KindVote, board.KindTimer, board.KindPage}
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 2))
		d := newDesk(t)
		var ids []board.ID
		pick := func() board.ID { return ids[r.IntN(len(ids))] }
		for range 80 {
			if len(ids) < 6 || r.IntN(4) == 0 {
				ids = append(ids, d.shape(kinds[r.IntN(len(kinds))], r.Float64()*500, r.Float64()*500, 50, 50))
			}
			id := pick()
			d.edit(func(e *board.Edit) {
				switch r.IntN(12) {
				case 0, 1:
					e.Set(id, board.KeyDeleted, board.Int(int64(r.IntN(2))))
				case 2, 3:
					e.Set(id, board.KeyStart, board.Ref(pick()))
				case 4:
					e.Set(id, board.KeyPage, board.Ref(pick()))
				case 5, 6:
					e.Set(id, board.KeyParent, board.Ref(pick()))
				case 7:
					e.Set(id, board.KeyLimit, board.Int(int64(r.IntN(3))))
				case 8:
					e.Set(id, board.KeyMain, board.Int(int64(r.IntN(2))))
				case 9:
					e.Set(id, board.KeyResolved, board.Int(int64(r.IntN(2))))
				case 10:
					e.Set(id, board.KeyPerson, board.String(string(rune('a'+r.IntN(2)))))
				default:
					e.Set(id, board.KeyX, board.Float(r.Float64()*100))
				}
			})
			switch r.IntN(8) {
			case 0:
				d.SetDraft(uint32(r.IntN(3)), &Draft{IDs: []board.ID{pick(), pick()}, By: geom.Rotate(r.Float64())})
			case 1:
				d.SetDraft(uint32(r.IntN(3)), nil)
			case 2:
				d.ShowPage(pick())
			}
		}
		for m := range uint32(3) {
			d.SetDraft(m, nil)
		}
		fresh := New(d.doc, figuretest.Even{})
		fresh.ShowPage(d.pages.asked)
		d.want("page", d.Page(), fresh.Page())
		d.want("figures", d.Len(), fresh.Len())
		all := geom.Rect(-1e6, -1e6, 2e6, 2e6)
		mine, theirs := d.In(all), fresh.In(all)
		if len(mine) != len(theirs) {
			t.Fatalf("seed %d: %d figures are somewhere, want %d", seed, len(mine), len(theirs))
		}
		for i := range mine {
			a, b := mine[i], theirs[i]
			if a.ID() != b.ID() || a.Bounds != b.Bounds || a.Place != b.Place || len(a.Parts()) != len(b.Parts()) || a.IsDot() != b.IsDot() {
				t.Fatalf("seed %d: figure %v, a %d, is in %v with %d parts, want %v in %v with %d",
					seed, a.ID(), a.Kind(), a.Bounds, len(a.Parts()), b.ID(), b.Bounds, len(b.Parts()))
			}
		}
	}
}
