package board

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// look is what a board shows, bottom to top: with the names of elements replaced
// by where they lie, since one that is made anew has another.
func look(b *Board) []string {
	place := map[ID]int{}
	for e := range b.Elements() {
		place[e.ID()] = len(place)
	}
	var list []string
	for e := range b.Elements() {
		properties := map[Key]string{}
		for _, r := range e.registers {
			v := e.Get(r.key)
			at, drawn := place[v.Ref()]
			switch {
			case r.key == KeyDeleted || r.key == KeyOrder || v.IsNone():
			case drawn:
				properties[r.key] = fmt.Sprint("element ", at)
			default:
				properties[r.key] = fmt.Sprint(v)
			}
		}
		list = append(list, fmt.Sprintf("%d %v %v %q", e.Kind(), properties, e.AppendPoints(nil), e.Text()))
	}
	return list
}

// wantLook expects a board to look like another.
func wantLook(t *testing.T, why string, b, to *Board) {
	t.Helper()
	if got, want := look(b), look(to); !slices.Equal(got, want) {
		t.Errorf("%s, the board shows\n%s\nwant\n%s", why, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// copyOf is a board as it is at this moment.
func copyOf(t *testing.T, b *Board) *Board {
	t.Helper()
	c, err := Load(0, b.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestB58Revert(t *testing.T) {
	p := newPair(t)
	b := p.b[0]
	note := p.note(0, "the quick brown fox jumps")
	var box, arrow, stroke, comment ID
	p.do(0, func(e *Edit) {
		box = e.Create(KindRectangle)
		e.Set(box, KeyX, Float(3))
		arrow = e.Create(KindArrow)
		e.Set(arrow, KeyStart, Ref(box))
		e.Set(arrow, KeyEnd, Ref(note))
		e.Set(arrow, KeyGroup, Ref(arrow))
		stroke = e.Create(KindStroke)
		e.Append(stroke, Point{X: 1}, Point{X: 2})
		comment = e.Create(KindComment)
		e.Set(comment, KeyParent, Ref(stroke))
	})
	past := copyOf(t, b)
	e := p.h[0].Edit()
	e.Revert(past)
	if u := e.Commit(); u != nil {
		t.Errorf("nothing has changed, and % x is written", u)
	}

	// One moves and deletes, the other draws and writes.
	p.do(0, func(e *Edit) {
		e.Set(box, KeyX, Float(70))
		e.Set(box, KeyColor, Int(5))
		e.Set(arrow, KeyDeleted, Int(1))
		e.Set(note, KeyOrder, String(b.Between(b.Element(stroke), nil)))
		e.Append(stroke, Point{X: 3})
	})
	p.do(1, func(e *Edit) {
		e.Splice(note, Chars, 4, 5, "slow")
		e.Splice(note, Chars, 20, 4, "runs")
		e.Create(KindEllipse)
	})
	now := copyOf(t, b)
	before := b.Seq(1)
	p.do(0, func(e *Edit) { e.Revert(past) })
	wantLook(t, "reverted", p.b[0], past)
	wantLook(t, "for the other too", p.b[1], past)
	if el := b.Element(box); el.Deleted() || !el.Get(KeyColor).IsNone() || b.Element(arrow).Deleted() {
		t.Error("what the board still knows is not made anew")
	}
	if !b.Element(stroke).Deleted() || b.Element(comment).Get(KeyParent).Ref() == stroke {
		t.Error("points stay for ever: the stroke is made anew, and the comment is on that")
	}
	// Four of 25 letters and a stroke: nothing is written whole.
	if n := b.Seq(1) - before; n > 30 {
		t.Errorf("%d operations were written", n)
	}
	p.undo(0)
	wantLook(t, "undone", b, now)
	p.redo(0)
	wantLook(t, "and done again", b, past)

	// What was removed for good comes back under another name, with what is bound to it.
	p.do(0, func(e *Edit) {
		for x := range b.Elements() {
			defer e.Set(x.ID(), KeyDeleted, Int(1))
		}
	})
	b.Compact()
	if b.Element(box) != nil {
		t.Fatal("it is not gone")
	}
	e = b.Edit()
	e.Revert(past)
	e.Commit()
	wantLook(t, "after all was removed", b, past)
	if err := checkBoard(b); err != nil {
		t.Error(err)
	}
}

// B58: a board that is full shows what it can.
func TestB58Errors(t *testing.T) {
	b, to := New(1), New(2)
	e := to.Edit()
	for i := range 3 {
		id := e.Create(KindNote)
		e.Splice(id, Chars, 0, 0, fmt.Sprint(i))
		e.Set(id, KeyParent, Ref(id))
	}
	e.Commit()
	b.elements.n = MaxElements
	e = b.Edit()
	e.Revert(to)
	if e.Err() != ErrFull || e.Commit() != nil {
		t.Errorf("%v; nothing could be made", e.Err())
	}
}

// B58: what is made anew comes to lie where it was, also among keys that are equal
// or leave no room.
func TestB58Order(t *testing.T) {
	for _, key := range []string{"a", "z", "--", "~", "\xc3\xbf\xc3\xbf"} {
		b := New(1)
		e := b.Edit()
		var ids []ID
		for i := range 4 {
			ids = append(ids, e.Create(KindNote))
			e.Set(ids[i], KeyColor, Int(int64(i)))
			e.Set(ids[i], KeyOrder, String(key))
		}
		e.Commit()
		past := copyOf(t, b)
		e = b.Edit()
		e.Set(ids[0], KeyDeleted, Int(1))
		e.Set(ids[2], KeyDeleted, Int(1))
		e.Commit()
		b.Compact()
		e = b.Edit()
		e.Revert(past)
		if e.Err() != nil {
			t.Error(e.Err())
		}
		e.Commit()
		wantLook(t, fmt.Sprintf("keys %q", key), b, past)
		if err := checkBoard(b); err != nil {
			t.Error(err)
		}
	}
}

// B58: among people who write at the same time, over epochs, a board is made to
// look like it did at some time, or like another's did.
func TestB58Random(t *testing.T) {
	for seed := range rounds(60) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			s := newSim(t, 5000+seed, 2+int(seed%4))
			s.restless = seed%2 == 0
			var past [][]byte
			for range 12 {
				s.run(15)
				i := s.rnd.IntN(len(s.boards))
				past = append(past, s.boards[i].Snapshot())
				b := s.boards[1+s.rnd.IntN(len(s.boards)-1)]
				to, err := Load(0, past[s.rnd.IntN(len(past))])
				if err != nil {
					t.Fatal(err)
				}
				had, was := b.Vector(), stateOf(b)
				e := b.Edit()
				e.Revert(to)
				if e.Err() != nil {
					t.Fatal(e.Err())
				}
				u := e.Commit()
				wantLook(t, "reverted", b, to)
				wantChanges(t, b, had, was)
				s.learn(u)
				s.publish(slices.Index(s.boards, b), u)
				if t.Failed() {
					t.FailNow()
				}
			}
			s.run(15)
		})
	}
}

// wantChanges expects ChangedSince to tell of what an edit has done to a board
// that was as given, and of nothing that came or went besides.
func wantChanges(t *testing.T, b *Board, had Vector, was []drawn) {
	t.Helper()
	visible := func(d drawn) bool {
		v := d.properties[KeyDeleted]
		return v.typ != typeInt || v.num == 0
	}
	before := map[ID]drawn{}
	for _, d := range was {
		before[d.id] = d
	}
	want := map[ID]Difference{}
	for _, d := range stateOf(b) {
		old, known := before[d.id]
		switch is := visible(d); {
		case !known && is:
			want[d.id] = Added
		case known && visible(old) && !is:
			want[d.id] = Gone
		case known && is && old.String() != d.String():
			want[d.id] = Altered
		}
	}
	got := map[ID]Difference{}
	for _, c := range b.ChangedSince(had) {
		// A property may have been written twice, and have the old value again.
		if id := c.Element.ID(); c.What != Altered || want[id] != 0 {
			got[id] = c.What
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("B59: changed is %v, want %v", got, want)
	}
}

func TestB59ChangedSince(t *testing.T) {
	p := newPair(t)
	b := p.b[0]
	a, c := p.note(0, "one"), p.note(1, "two")
	if list := b.ChangedSince(b.Vector()); len(list) != 0 {
		t.Errorf("%v has changed since now", list)
	}
	if list := b.ChangedSince(nil); len(list) != 2 || list[0] != (Change{b.Element(a), Added}) || list[1] != (Change{b.Element(c), Added}) {
		t.Errorf("since the beginning there is %v", list)
	}
	for _, test := range []struct {
		why  string
		do   func(e *Edit)
		want Difference // of a; 0: none
	}{
		{"a property", func(e *Edit) { e.Set(a, KeyX, Float(4)) }, Altered},
		{"text that came", func(e *Edit) { e.Splice(a, Chars, 0, 0, "x") }, Altered},
		{"text that went", func(e *Edit) { e.Splice(a, Chars, 0, 1, "") }, Altered},
		{"text that came and went", func(e *Edit) { e.Splice(a, Chars, 0, 0, "x"); e.Splice(a, Chars, 0, 1, "") }, 0},
		{"something that came and went", func(e *Edit) { e.Set(e.Create(KindNote), KeyDeleted, Int(1)) }, 0},
		{"deleted", func(e *Edit) { e.Set(a, KeyDeleted, Int(1)) }, Gone},
		{"written on what is deleted", func(e *Edit) { e.Set(a, KeyX, Float(5)) }, 0},
		{"brought back", func(e *Edit) { e.Set(a, KeyDeleted, Int(0)) }, Altered},
	} {
		had := b.Vector()
		p.do(1, test.do)
		list := b.ChangedSince(had)
		if test.want == 0 && len(list) > 0 || test.want != 0 && (len(list) != 1 || list[0] != (Change{b.Element(a), test.want})) {
			t.Errorf("%s: %v", test.why, list)
		}
	}
	// A stroke that goes on is another than it was.
	var stroke ID
	p.do(1, func(e *Edit) { stroke = e.Create(KindStroke); e.Append(stroke, Point{X: 1}) })
	had := b.Vector()
	p.do(1, func(e *Edit) { e.Append(stroke, Point{X: 2}) })
	if list := b.ChangedSince(had); len(list) != 1 || list[0].What != Altered {
		t.Errorf("points: %v", list)
	}
}

// The fewest characters are taken out and put in, and the text is the other.
func TestPatches(t *testing.T) {
	for _, test := range []struct {
		a, b  string
		count int // of characters
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0},
		{"abcabba", "cbabac", 5}, {"kitten", "sitting", 5}, {"ab", "ba", 2},
		{"the quick fox", "the slow fox", 9},
	} {
		text, count := []rune(test.a), 0
		for _, p := range patches([]rune(test.a), []rune(test.b)) {
			text = slices.Replace(text, p.at, p.at+p.remove, p.insert...)
			count += p.remove + len(p.insert)
		}
		if string(text) != test.b || count != test.count {
			t.Errorf("%q to %q: %q, by %d characters, want %d", test.a, test.b, string(text), count, test.count)
		}
	}
	rnd := rand.New(rand.NewPCG(1, 1))
	random := func(n int) (list []rune) {
		for range rnd.IntN(n) {
			list = append(list, 'a'+rune(rnd.IntN(3)))
		}
		return list
	}
	for i := range 2000 {
		n := 12
		if i%100 == 0 {
			n = 4 * maxSplices
		}
		a, b := random(n), random(n)
		text := slices.Clone(a)
		count := 0
		for _, p := range patches(a, b) {
			text = slices.Replace(text, p.at, p.at+p.remove, p.insert...)
			count += p.remove + len(p.insert)
		}
		if string(text) != string(b) {
			t.Fatalf("%q to %q: %q", string(a), string(b), string(text))
		}
		if want := distance(a, b); n == 12 && count != want {
			t.Fatalf("%q to %q: by %d characters, %d would do", string(a), string(b), count, want)
		}
	}
}

// distance is how many characters are to be removed and inserted, by the longest
// common subsequence.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for _, x := range a {
		diagonal := 0
		for j, y := range b {
			above := row[j+1]
			if x == y {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(above, row[j])
			}
			diagonal = above
		}
	}
	return len(a) + len(b) - 2*row[len(b)]
}
