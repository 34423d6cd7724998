package thread

import (
	"math/rand/v2"
	"strings"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/figure/figuretest"
	"edgeboard/shared/geom"
)

// team is two people on one board, each with a copy of it.
type team struct {
	t        *testing.T
	ada, ben *board.Board
	index    *Index // that Ada keeps
}

func newTeam(t *testing.T) *team {
	m := &team{t: t, ada: board.New(1), ben: board.New(2)}
	m.index = NewIndex(m.ada)
	m.ada.Observe(func(e board.Event) { m.index.Changed(e) })
	return m
}

// edit lets somebody change the board, and tells the other.
func (m *team) edit(who *board.Board, f func(e *board.Edit)) {
	m.t.Helper()
	e := who.Edit()
	f(e)
	if err := e.Err(); err != nil {
		m.t.Fatal(err)
	}
	other := m.ada
	if who == m.ada {
		other = m.ben
	}
	if err := other.Apply(e.Commit()); err != nil {
		m.t.Fatal(err)
	}
}

// threads returns what somebody sees, which is to be what the other sees.
func (m *team) threads() []Thread {
	m.t.Helper()
	list, others := m.index.All(figure.New(m.ada, figuretest.Even{})), All(figure.New(m.ben, figuretest.Even{}))
	if a, b := told(list), told(others); a != b {
		m.t.Fatalf("Ada sees\n%sBen sees\n%s", a, b)
	}
	return list
}

// told is threads in words.
func told(list []Thread) string {
	var b strings.Builder
	for _, t := range list {
		b.WriteString("thread")
		if t.Resolved {
			b.WriteString(", resolved")
		}
		b.WriteString("\n")
		for _, c := range t.Comments {
			b.WriteString("  " + c.Author + ": " + c.Text)
			if c.Edited {
				b.WriteString(" (edited)")
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

func (m *team) want(want string) []Thread {
	m.t.Helper()
	list := m.threads()
	if got := told(list); got != want {
		m.t.Fatalf("threads:\n%swant:\n%s", got, want)
	}
	return list
}

func TestConversation(t *testing.T) {
	m := newTeam(t)
	m.edit(m.ada, func(e *board.Edit) {
		Start(e, Place{At: geom.Pt(30, 40)}, Comment{Author: "Ada", Person: "a", Time: 100, Text: "  Is this right?\n"})
	})
	list := m.want("thread\n  Ada: Is this right?\n")
	if got := list[0]; got.At != geom.Pt(30, 40) || got.On != (board.ID{}) || got.Comments[0].Person != "a" {
		t.Fatalf("the thread is %+v", got)
	}
	m.edit(m.ben, func(e *board.Edit) { Reply(e, &list[0], Comment{Author: "Ben", Time: 200, Text: "No"}) })
	m.edit(m.ada, func(e *board.Edit) { Reply(e, &list[0], Comment{Author: "Ada", Time: 300, Text: "Mended."}) })
	list = m.want("thread\n  Ada: Is this right?\n  Ben: No\n  Ada: Mended.\n")
	if got := list[0].Last(); got != 300 {
		t.Errorf("written in last at %d, want 300", got)
	}
	m.edit(m.ben, func(e *board.Edit) { Change(e, m.ben.Element(list[0].Comments[1].ID), "No, I think") })
	m.edit(m.ben, func(e *board.Edit) { Resolve(e, list[0].ID, true) })
	list = m.want("thread, resolved\n  Ada: Is this right?\n  Ben: No, I think (edited)\n  Ada: Mended.\n")
	// Who answers opens it again.
	m.edit(m.ada, func(e *board.Edit) { Reply(e, &list[0], Comment{Author: "Ada", Time: 400, Text: "Look again"}) })
	list = m.want("thread\n  Ada: Is this right?\n  Ben: No, I think (edited)\n  Ada: Mended.\n  Ada: Look again\n")
	for _, c := range list[0].Comments {
		m.edit(m.ada, func(e *board.Edit) { Delete(e, c.ID) })
	}
	m.want("")
}

func TestNothingSaid(t *testing.T) {
	m := newTeam(t)
	var thread board.ID
	m.edit(m.ada, func(e *board.Edit) {
		if id := Start(e, Place{}, Comment{Author: "Ada", Text: " \n"}); id != (board.ID{}) {
			t.Errorf("a thread without a word: %v", id)
		}
		thread = Start(e, Place{}, Comment{Author: "Ada", Text: "Words"})
	})
	list := m.want("thread\n  Ada: Words\n")
	m.edit(m.ada, func(e *board.Edit) {
		if id := Reply(e, &list[0], Comment{Author: "Ada", Text: "\t"}); id != (board.ID{}) {
			t.Errorf("a reply without a word: %v", id)
		}
		Change(e, m.ada.Element(list[0].Comments[0].ID), "  ")
	})
	if list = m.want("thread\n  Ada: Words\n"); list[0].ID != thread {
		t.Errorf("thread %v, want %v", list[0].ID, thread)
	}
}

// Two people answer at the same time, by clocks that differ.
func TestClocksDiffer(t *testing.T) {
	m := newTeam(t)
	m.edit(m.ada, func(e *board.Edit) { Start(e, Place{}, Comment{Author: "Ada", Time: 100, Text: "One"}) })
	list := m.threads()
	a, b := m.ada.Edit(), m.ben.Edit()
	Reply(a, &list[0], Comment{Author: "Ada", Time: 200, Text: "Two"})
	Reply(b, &list[0], Comment{Author: "Ben", Time: 200, Text: "Three"})
	Change(b, m.ben.Element(list[0].Comments[0].ID), "One!")
	Change(a, m.ada.Element(list[0].Comments[0].ID), "And one")
	fromA, fromB := a.Commit(), b.Commit()
	if err := m.ada.Apply(fromB); err != nil {
		t.Fatal(err)
	}
	if err := m.ben.Apply(fromA); err != nil {
		t.Fatal(err)
	}
	m.want("thread\n  Ada: And one! (edited)\n  Ada: Two\n  Ben: Three\n")
}

// A thread goes along with what it is about, and stays where that was.
func TestAboutAnElement(t *testing.T) {
	m := newTeam(t)
	var note board.ID
	m.edit(m.ada, func(e *board.Edit) {
		note = e.Create(board.KindNote)
		figure.SetPlace(e, m.ada.Element(note), figure.Place{X: 100, Y: 100, W: 200, H: 200, Size: figure.DefaultFontSize})
	})
	m.edit(m.ben, func(e *board.Edit) {
		on := figure.New(m.ben, figuretest.Even{}).Of(note)
		Start(e, Place{On: on, At: geom.Pt(300, 150)}, Comment{Author: "Ben", Text: "Here"})
	})
	if got := m.threads()[0]; got.On != note || got.At != geom.Pt(300, 150) {
		t.Fatalf("on %v at %v, want %v at 300, 150", got.On, got.At, note)
	}
	m.edit(m.ada, func(e *board.Edit) { e.Set(note, board.KeyX, board.Float(0)) })
	if got := m.threads()[0].At; got != geom.Pt(200, 150) {
		t.Errorf("at %v when the note had moved, want 200, 150", got)
	}
	page := board.ID{Replica: 1, Seq: 99}
	m.edit(m.ada, func(e *board.Edit) { e.Set(note, board.KeyPage, board.Ref(page)) })
	if got := m.threads()[0].Page; got != page {
		t.Errorf("on page %v, want that of the note", got)
	}
	m.edit(m.ada, func(e *board.Edit) { e.Set(note, board.KeyDeleted, board.Int(1)) })
	m.ada.Compact() // a Reset
	if err := m.ben.Merge(m.ada.Snapshot()); err != nil {
		t.Fatal(err)
	}
	if got := m.threads()[0]; got.On != (board.ID{}) || got.At != geom.Pt(300, 150) {
		t.Errorf("on %v at %v when the note had gone, want where it was begun", got.On, got.At)
	}
}

// Whatever somebody writes into the elements, threads can be read.
func TestHostile(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	keys := []board.Key{board.KeyX, board.KeyY, board.KeyParent, board.KeyStartX, board.KeyStartY, board.KeyTime, board.KeyAuthor, board.KeyPerson, board.KeyResolved, board.KeyPage, board.KeyDeleted}
	for range 200 {
		doc := board.New(1)
		e := doc.Edit()
		var ids []board.ID
		for range 12 {
			kinds := []board.Kind{board.KindThread, board.KindComment, board.KindNote, board.KindStroke, board.KindArrow}
			ids = append(ids, e.Create(kinds[rnd.IntN(len(kinds))]))
		}
		for range 60 {
			values := []board.Value{{}, board.Float(1e300), board.Int(-1 << 62), board.String("x"), board.Ref(ids[rnd.IntN(len(ids))]), board.Ref(board.ID{Replica: 9, Seq: 9})}
			e.Set(ids[rnd.IntN(len(ids))], keys[rnd.IntN(len(keys))], values[rnd.IntN(len(values))])
		}
		e.Commit()
		for _, thread := range All(figure.New(doc, figuretest.Even{})) {
			if len(thread.Comments) == 0 {
				t.Fatal("a thread without comments")
			}
			thread.Last()
		}
	}
}
