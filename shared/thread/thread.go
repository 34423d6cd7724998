package thread

import (
	"cmp"
	"strings"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// Thread is what was said about one thing, as of the moment it was read.
type Thread struct {
	ID       board.ID
	On       board.ID   // the element that it is about; the zero ID: a place
	At       geom.Point // where it is now, in board units
	Page     board.ID   // of the board; the zero ID: the main one
	Resolved bool
	Comments []Comment // at least one, in the order in which they were written
}

// Comment is one contribution.
type Comment struct {
	ID     board.ID
	Author string // the name as it was then
	Person string // who that is, by a name that lasts; "": not known
	Time   int64  // when it was written by its author's clock, in milliseconds since 1970
	Edited bool   // it does not say any more what it said then
	Text   string
}

// Last is when the thread was written in last.
func (t *Thread) Last() int64 {
	last := t.Comments[0].Time
	for _, c := range t.Comments[1:] {
		last = max(last, c.Time)
	}
	return last
}

// All returns the threads of a board, as an Index does.
func All(figures *figure.Set) []Thread { return NewIndex(figures.Doc()).All(figures) }

// before orders comments. Clocks differ: where they do not tell, or are the same,
// the names do, which are the same for everybody.
func before(a, b Comment) int {
	return cmp.Or(cmp.Compare(a.Time, b.Time), a.ID.Compare(b.ID))
}

func comment(e *board.Element) Comment {
	return Comment{
		ID: e.ID(), Author: e.Get(board.KeyAuthor).Str(), Person: e.Get(board.KeyPerson).Str(),
		Time: e.Int(board.KeyTime, 0), Edited: e.Int(board.KeyEdited, 0) != 0, Text: e.Text(),
	}
}

func read(figures *figure.Set, e *board.Element) Thread {
	t := Thread{
		ID: e.ID(), Page: e.Get(board.KeyPage).Ref(), Resolved: e.Int(board.KeyResolved, 0) != 0,
		At: geom.Pt(bound(e.Float(board.KeyX, 0)), bound(e.Float(board.KeyY, 0))),
	}
	on := e.Get(board.KeyParent).Ref()
	if on == (board.ID{}) {
		return t
	}
	about := figures.Doc().Element(on)
	if about == nil || about.Deleted() {
		return t
	}
	t.On, t.Page = on, about.Get(board.KeyPage).Ref()
	if f := figures.Of(on); f != nil {
		box := f.Frame.Box
		size := box.Size()
		share := geom.Pt(within(e.Float(board.KeyStartX, 1)), within(e.Float(board.KeyStartY, 0)))
		t.At = f.Frame.ToBoard(box.Min.Add(geom.Pt(share.X*size.X, share.Y*size.Y)))
	}
	return t
}

// farthest is where places of threads end, which come from outside: no element
// lies beyond.
const farthest = 1 << 30

func bound(v float64) float64  { return min(max(v, -farthest), farthest) }
func within(v float64) float64 { return min(max(v, 0), 1) }

// Place is what a new thread is to be about.
type Place struct {
	On   *figure.Figure // nil: the place itself
	At   geom.Point     // in board units
	Page board.ID       // the zero ID: the main one
}

// Start begins a thread by its first comment, of which the ID and Edited do not
// count, and returns its ID: the zero ID if the board is full, or the comment says
// nothing.
func Start(edit *board.Edit, at Place, first Comment) board.ID {
	if strings.TrimSpace(first.Text) == "" {
		return board.ID{}
	}
	id := edit.Create(board.KindThread)
	edit.Set(id, board.KeyX, board.Float(at.At.X))
	edit.Set(id, board.KeyY, board.Float(at.At.Y))
	if at.Page != (board.ID{}) {
		edit.Set(id, board.KeyPage, board.Ref(at.Page))
	}
	if f := at.On; f != nil {
		box, p := f.Frame.Box, f.Frame.ToLocal(at.At)
		size := box.Size()
		edit.Set(id, board.KeyParent, board.Ref(f.ID()))
		edit.Set(id, board.KeyStartX, board.Float(within((p.X-box.Min.X)/max(size.X, 1))))
		edit.Set(id, board.KeyStartY, board.Float(within((p.Y-box.Min.Y)/max(size.Y, 1))))
	}
	say(edit, id, first)
	return id
}

// Reply adds a comment to a thread and returns its ID, like Start. Who answers in a
// thread that is resolved reopens it.
func Reply(edit *board.Edit, t *Thread, c Comment) board.ID {
	if strings.TrimSpace(c.Text) == "" {
		return board.ID{}
	}
	if t.Resolved {
		Resolve(edit, t.ID, false)
	}
	return say(edit, t.ID, c)
}

func say(edit *board.Edit, thread board.ID, c Comment) board.ID {
	id := edit.Create(board.KindComment)
	edit.Set(id, board.KeyParent, board.Ref(thread))
	edit.Set(id, board.KeyTime, board.Int(c.Time))
	edit.Set(id, board.KeyAuthor, board.String(c.Author))
	if c.Person != "" {
		edit.Set(id, board.KeyPerson, board.String(c.Person))
	}
	edit.Splice(id, board.Chars, 0, 0, strings.TrimSpace(c.Text))
	return id
}

// Change gives a comment another text, and marks it as edited. A text that says
// nothing changes nothing: there is Delete.
func Change(edit *board.Edit, c *board.Element, text string) {
	was := c.Text()
	text = strings.TrimSpace(text)
	if text == "" || text == was {
		return
	}
	at, remove, insert := difference([]rune(was), []rune(text))
	edit.Splice(c.ID(), board.Chars, at, remove, string(insert))
	edit.Set(c.ID(), board.KeyEdited, board.Int(1))
}

// difference is what of a text is to be replaced, and by what: all but what both
// begin and end with, so that what somebody else writes in it meanwhile stays.
func difference(was, is []rune) (at, remove int, insert []rune) {
	for at < len(was) && at < len(is) && was[at] == is[at] {
		at++
	}
	end := 0
	for end < len(was)-at && end < len(is)-at && was[len(was)-1-end] == is[len(is)-1-end] {
		end++
	}
	return at, len(was) - at - end, is[at : len(is)-end]
}

// Resolve says that what a thread is about is settled, or that it is not.
func Resolve(edit *board.Edit, thread board.ID, settled bool) {
	v := board.Int(0)
	if settled {
		v = board.Int(1)
	}
	edit.Set(thread, board.KeyResolved, v)
}

// Delete deletes a comment. A thread whose comments are all deleted is none.
func Delete(edit *board.Edit, comment board.ID) {
	edit.Set(comment, board.KeyDeleted, board.Int(1))
}
