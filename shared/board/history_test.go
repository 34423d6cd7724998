package board

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// pair is two people on one board, each with a history of their own. What one
// does the other has at once, unless the line is cut.
type pair struct {
	t    *testing.T
	b    [2]*Board
	h    [2]*History
	cut  bool
	late [2][]byte // what each has not received
}

func newPair(t *testing.T) *pair {
	p := &pair{t: t}
	for i := range p.b {
		p.b[i] = New(Replica(i + 1))
		p.h[i] = NewHistory(p.b[i])
	}
	return p
}

func (p *pair) send(from int, update []byte) {
	p.t.Helper()
	to := 1 - from
	p.late[to] = append(p.late[to], update...)
	if !p.cut {
		p.deliver()
	}
}

func (p *pair) deliver() {
	p.t.Helper()
	for i := range p.b {
		if err := p.b[i].Apply(p.late[i]); err != nil {
			p.t.Fatal(err)
		}
		p.late[i] = nil
	}
}

func (p *pair) do(who int, f func(e *Edit)) {
	p.t.Helper()
	e := p.h[who].Edit()
	f(e)
	if e.Err() != nil {
		p.t.Fatal(e.Err())
	}
	p.send(who, e.Commit())
}

func (p *pair) undo(who int) { p.t.Helper(); p.send(who, p.h[who].Undo()) }
func (p *pair) redo(who int) { p.t.Helper(); p.send(who, p.h[who].Redo()) }

func (p *pair) wantText(why string, id ID, want string) {
	p.t.Helper()
	for i := range p.b {
		if got := p.b[i].Element(id).Text(); got != want {
			p.t.Errorf("%s: board %d says %q, want %q", why, i, got, want)
		}
	}
}

func (p *pair) wantColor(why string, id ID, want int64) {
	p.t.Helper()
	for i := range p.b {
		if got := p.b[i].Element(id).Int(KeyColor, -1); got != want {
			p.t.Errorf("%s: on board %d the colour is %d, want %d", why, i, got, want)
		}
	}
}

// note makes a note with a text.
func (p *pair) note(who int, text string) (id ID) {
	p.do(who, func(e *Edit) {
		id = e.Create(KindNote)
		e.Set(id, KeyColor, Int(1))
		e.Splice(id, Chars, 0, 0, text)
	})
	return id
}

func TestUndoRedo(t *testing.T) {
	p := newPair(t)
	id := p.note(0, "hello")
	p.do(0, func(e *Edit) { e.Set(id, KeyColor, Int(2)) })
	p.do(0, func(e *Edit) { e.Set(id, KeyColor, Int(3)) })
	p.do(0, func(e *Edit) { e.Splice(id, Chars, 1, 3, "EY") })
	p.wantText("before", id, "hEYo")

	p.undo(0)
	p.wantText("the deleted text is back, the new one gone", id, "hello")
	p.undo(0)
	p.wantColor("one colour back", id, 2)
	p.undo(0)
	p.wantColor("the write before stands again, although by another stamp", id, 1)
	p.redo(0)
	p.wantColor("and forth", id, 2)
	p.undo(0)
	p.undo(0)
	for i := range p.b {
		if !p.b[i].Element(id).Deleted() {
			t.Errorf("board %d: its creation undone, the note is there", i)
		}
	}
	if p.h[0].CanUndo() || !p.h[0].CanRedo() {
		t.Error("all is undone, and can be done again")
	}
	for range 4 {
		p.redo(0)
	}
	p.wantText("all done again", id, "hEYo")
	p.wantColor("all done again", id, 3)
	if p.h[0].CanRedo() || p.h[0].Redo() != nil {
		t.Error("there is more to redo than was undone")
	}
	p.undo(0)
	p.do(0, func(e *Edit) { e.Set(id, KeyColor, Int(9)) })
	if p.h[0].CanRedo() {
		t.Error("after a new change what was undone cannot come back")
	}
}

// What others have written since stays.
func TestUndoLeavesOthersAlone(t *testing.T) {
	p := newPair(t)
	id := p.note(0, "one three")
	p.do(0, func(e *Edit) { e.Set(id, KeyColor, Int(2)) })
	p.do(1, func(e *Edit) { e.Set(id, KeyColor, Int(7)) })
	p.do(1, func(e *Edit) { e.Splice(id, Chars, 4, 0, "two ") })
	p.undo(0)
	p.wantColor("the other's colour was the last", id, 7)
	// That step had nothing left to take back: the one before it was taken.
	for i := range p.b {
		if e := p.b[i].Element(id); !e.Deleted() || e.Text() != "two " {
			t.Errorf("board %d: deleted %v, %q; want what the other wrote, deleted with the note", i, e.Deleted(), e.Text())
		}
	}
	if p.h[0].Undo() != nil {
		t.Error("there was more to undo")
	}
	p.undo(1)
	p.undo(1)
	p.wantColor("the other takes its colour back", id, 2)
}

// Two people delete the same words, and both take it back: they are there once.
func TestUndoOneDeletionTwice(t *testing.T) {
	p := newPair(t)
	id := p.note(0, "to be or not to be")
	p.cut = true
	p.do(0, func(e *Edit) { e.Splice(id, Chars, 5, 7, "") })
	p.do(1, func(e *Edit) { e.Splice(id, Chars, 3, 9, "") })
	p.cut = false
	p.deliver()
	p.wantText("both deleted", id, "to  to be")
	p.cut = true
	p.undo(0)
	p.undo(1)
	p.cut = false
	p.deliver()
	p.wantText("both took it back", id, "to be or not to be")
	p.redo(0)
	p.wantText("one deletes again", id, "to be to be")
	if u := p.h[1].Redo(); u == nil {
		t.Error("the other can still delete the rest")
	} else {
		p.send(1, u)
	}
	p.wantText("and the other", id, "to  to be")
}

// The edits of a gesture are one step.
func TestGestures(t *testing.T) {
	p := newPair(t)
	id := p.note(0, "")
	p.h[0].Begin()
	for i := range 5 {
		p.do(0, func(e *Edit) { e.Set(id, KeyX, Float(float64(i))) })
	}
	p.h[0].End()
	p.do(0, func(e *Edit) { e.Set(id, KeyY, Float(8)) })
	p.undo(0)
	if e := p.b[1].Element(id); e.Float(KeyX, -1) != 4 || e.Float(KeyY, -1) != -1 {
		t.Errorf("x %v, y %v: the last edit is a step of its own", e.Float(KeyX, -1), e.Float(KeyY, -1))
	}
	p.undo(0)
	if e := p.b[1].Element(id); !e.Get(KeyX).IsNone() {
		t.Errorf("x is %v: the gesture was not undone as one", e.Float(KeyX, -1))
	}
	p.redo(0)
	if e := p.b[1].Element(id); e.Float(KeyX, -1) != 4 {
		t.Errorf("x is %v: the gesture was not done again as one", e.Float(KeyX, -1))
	}
}

// seen is what a person sees of a board, in words.
func seen(b *Board) string {
	var s strings.Builder
	for e := range b.Elements() {
		fmt.Fprintf(&s, "%v %d %q", e.ID(), e.NumPoints(), e.Text())
		for k := range Key(40) {
			if v := e.Get(k); !v.IsNone() && k != KeyDeleted && k != KeyOrder {
				fmt.Fprintf(&s, " %d=%v", k, v)
			}
		}
		s.WriteByte('\n')
	}
	return s.String()
}

// Of a person who is alone, undo goes back over every state in turn, and redo
// forth over the same.
func TestUndoIsExact(t *testing.T) {
	for seed := range rounds(40) {
		r := rand.New(rand.NewPCG(seed, 9))
		b := New(1)
		h := NewHistory(b)
		states := []string{seen(b)}
		var ids []ID
		for range 40 {
			e := h.Edit()
			for range 1 + r.IntN(3) {
				ids = scribble(r, e, ids)
			}
			if e.Commit() == nil {
				continue
			}
			states = append(states, seen(b))
			if r.IntN(5) == 0 { // there and back on the way
				n := r.IntN(len(states))
				for range n {
					h.Undo()
				}
				for range n {
					h.Redo()
				}
				if seen(b) != states[len(states)-1] {
					t.Fatalf("seed %d: %d steps back and forth lead elsewhere", seed, n)
				}
			}
		}
		back := []string{seen(b)}
		for h.CanUndo() {
			h.Undo()
			back = append(back, seen(b))
		}
		// Steps that showed nothing are no states of their own.
		back, want := slices.Compact(back), slices.Compact(slices.Clone(states))
		slices.Reverse(want)
		if !slices.Equal(back, want) {
			for i := range want {
				if i >= len(back) || back[i] != want[i] {
					t.Fatalf("seed %d: of %d states the one %d before the last is\n%swant\n%s", seed, len(want), i, strings.Join(back[min(i, len(back)):min(i+1, len(back))], ""), want[i])
				}
			}
			t.Fatalf("seed %d: %d states back, there were %d", seed, len(back), len(want))
		}
		for h.CanRedo() {
			h.Redo()
		}
		if seen(b) != states[len(states)-1] {
			t.Fatalf("seed %d: all done again gives\n%swant\n%s", seed, seen(b), states[len(states)-1])
		}
	}
}

// scribble does one random thing.
func scribble(r *rand.Rand, e *Edit, ids []ID) []ID {
	if len(ids) == 0 || r.IntN(8) == 0 {
		return append(ids, e.Create(KindNote))
	}
	id := ids[r.IntN(len(ids))]
	el := e.b.Element(id)
	switch {
	case el == nil:
	case r.IntN(3) == 0:
		e.Set(id, KeyX+Key(r.IntN(3)), []Value{Float(float64(r.IntN(9))), String("s"), {}}[r.IntN(3)])
	case r.IntN(8) == 0:
		e.Set(id, KeyDeleted, Int(int64(r.IntN(2))))
	default:
		n := el.TextLen(Chars)
		at := r.IntN(n + 1)
		e.Splice(id, Chars, at, r.IntN(min(n-at, 4)+1), []string{"", "a", "bcd", "é😀"}[r.IntN(4)])
	}
	return ids
}

// However two people undo and redo across each other, their boards end alike.
func TestUndoConverges(t *testing.T) {
	for seed := range rounds(60) {
		r := rand.New(rand.NewPCG(seed, 10))
		p := newPair(t)
		var ids []ID
		for range 80 {
			who := r.IntN(2)
			p.cut = r.IntN(4) > 0
			switch r.IntN(4) {
			case 0:
				p.undo(who)
			case 1:
				p.redo(who)
			default:
				p.do(who, func(e *Edit) { ids = scribble(r, e, ids) })
			}
		}
		p.cut = false
		p.deliver()
		if seen(p.b[0]) != seen(p.b[1]) || p.b[0].Hash() != p.b[1].Hash() {
			t.Fatalf("seed %d: the boards are\n%sand\n%s", seed, seen(p.b[0]), seen(p.b[1]))
		}
	}
}

// Old steps are forgotten, not kept for ever.
func TestHistoryIsBounded(t *testing.T) {
	b := New(1)
	h := NewHistory(b)
	e := h.Edit()
	id := e.Create(KindNote)
	for i := range maxSteps + 10 {
		e := h.Edit()
		e.Set(id, KeyX, Float(float64(i)))
		e.Commit()
	}
	n := 0
	for h.CanUndo() {
		h.Undo()
		n++
	}
	if n != maxSteps || b.Element(id).Deleted() {
		t.Errorf("%d steps were undone, want %d; deleted: %v", n, maxSteps, b.Element(id).Deleted())
	}
}
