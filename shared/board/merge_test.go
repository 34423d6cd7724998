package board

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"testing"
)

// loaded is a board made from another one's snapshot.
func loaded(t testing.TB, r Replica, from *Board) *Board {
	t.Helper()
	b, err := Load(r, from.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func mustMerge(t testing.TB, b *Board, from *Board) {
	t.Helper()
	if err := b.Merge(from.Snapshot()); err != nil {
		t.Fatal(err)
	}
	if err := checkBoard(b); err != nil {
		t.Fatal(err)
	}
}

// B48: two boards of which each lacks part of the other's past meet by
// snapshots, and what they have is what all updates make.
func TestB48Merge(t *testing.T) {
	origin, _, note := museum(t)
	all := loaded(t, 0, origin)
	a, b := loaded(t, 11, origin), loaded(t, 12, origin)
	for i := range 3 {
		mustApply(t, all, splice(t, a, note, i, 1, "Ä"))
		mustApply(t, all, splice(t, b, note, 1, i, "bee"))
		e := b.Edit()
		s := e.Create(KindStroke)
		e.Append(s, Point{X: 1}, Point{X: 2})
		e.Set(note, KeyX, Int(int64(i)))
		mustApply(t, all, e.Commit())
	}
	// What a page has kept and a relay has too, each from its own snapshot.
	a, b = loaded(t, 11, a), loaded(t, 12, b)
	if _, err := a.Diff(b.Vector()); !errors.Is(err, ErrCompacted) {
		t.Fatalf("they meet by a diff: %v", err)
	}
	x, y := a.Snapshot(), b.Snapshot()
	m := watch(a)
	for range 2 { // the second time changes nothing
		if err := errors.Join(a.Merge(y), b.Merge(x)); err != nil {
			t.Fatal(err)
		}
		mustEqual(t, a, b, all)
		if !sameState(m.state(a), stateOf(a)) {
			t.Errorf("B33: observers saw %v, the board is %v", m.state(a), stateOf(a))
		}
	}
	// Neither can tell by number any more who deleted what.
	if _, err := a.Diff(origin.Vector()); !errors.Is(err, ErrCompacted) {
		t.Errorf("a diff from before the merge: %v", err)
	}
	u := splice(t, a, note, 0, 0, "on ")
	mustApply(t, b, u)
	mustEqual(t, a, b)
}

// B48: characters that one has shown again and the other has forgotten come
// with their text, and lives that neither wrote to the other count.
func TestB48Lives(t *testing.T) {
	origin := New(1)
	e := origin.Edit()
	note := e.Create(KindNote)
	e.Splice(note, Chars, 0, 0, "abcdef")
	e.Commit()
	h := NewHistory(origin)
	e = h.Edit()
	e.Splice(note, Chars, 1, 4, "")
	e.Commit()
	a := loaded(t, 2, origin) // has forgotten bcde
	h.Undo()
	b := loaded(t, 3, origin) // has them with life 3
	splice(t, b, note, 2, 1, "")
	b = loaded(t, 3, b) // c has life 4 and is forgotten
	m := watch(a)
	mustMerge(t, a, b)
	mustMerge(t, b, a)
	mustEqual(t, a, b)
	if got := a.Element(note).Text(); got != "abdef" || !sameState(m.state(a), stateOf(a)) {
		t.Errorf("%q, observers %v", got, m.state(a))
	}
}

// B48: what waited for something that the snapshot brings is applied.
func TestB48Parked(t *testing.T) {
	a, b := New(1), New(2)
	note := newNote(t, a)
	splice(t, a, note, 0, 0, "one")
	whole := a.Snapshot()
	second := splice(t, a, note, 3, 0, " two")
	mustApply(t, b, second)
	if b.Parked() == 0 {
		t.Fatal("nothing is parked")
	}
	if err := b.Merge(whole); err != nil {
		t.Fatal(err)
	}
	if b.Parked() != 0 || b.Element(note).Text() != "one two" {
		t.Errorf("%d parked, %v", b.Parked(), stateOf(b))
	}
	mustEqual(t, a, b)
}

func newNote(t testing.TB, b *Board) ID {
	t.Helper()
	e := b.Edit()
	id := e.Create(KindNote)
	if e.Commit(); e.Err() != nil {
		t.Fatal(e.Err())
	}
	return id
}

// B48: bytes that are no snapshot, and snapshots that contradict what the board
// has, are refused, and nothing changes.
func TestB48Refusals(t *testing.T) {
	board := func(updates ...[]byte) *Board {
		b := New(0)
		for _, u := range updates {
			mustApply(t, b, u)
		}
		return b
	}
	id := ID{1, 1}
	b := board(forge(1, 1, 5, create(KindStroke), points(id, 0, 2), insert(id, ID{}, ID{}, "abc")))
	full := New(0)
	for r := range Replica(MaxReplicas - 1) {
		full.slotOf(r + 1000)
	}
	for why, c := range map[string]struct {
		b, o *Board
		want error
	}{
		"another kind":     {b, board(forge(1, 1, 5, create(KindNote), skip(9))), ErrContradiction},
		"another time":     {b, board(forge(1, 1, 6, create(KindStroke), points(id, 0, 2), insert(id, ID{}, ID{}, "abc"))), ErrContradiction},
		"no such element":  {b, board(forge(1, 1, 5, skip(9))), ErrContradiction},
		"one element more": {b, board(forge(1, 1, 5, create(KindStroke), points(id, 0, 2), insert(id, ID{}, ID{}, "ab"), create(1))), ErrContradiction},
		"other points":     {b, board(forge(1, 1, 5, create(KindStroke), samples(id, 0, Point{X: 1}, Point{}), insert(id, ID{}, ID{}, "abc"))), ErrContradiction},
		"fewer points":     {b, board(forge(1, 1, 5, create(KindStroke), points(id, 0, 1), skip(1), insert(id, ID{}, ID{}, "abc"))), ErrContradiction},
		"a point too many": {b, board(forge(1, 1, 5, create(KindStroke), points(id, 0, 2), points(id, 2, 1), insert(id, ID{}, ID{}, "bc"))), ErrContradiction},
		"fewer characters": {b, board(forge(1, 1, 5, create(KindStroke), points(id, 0, 2), insert(id, ID{}, ID{}, "ab"), skip(4))), ErrContradiction},
		"characters elsewhere": {board(forge(1, 1, 5, create(1), create(1), insert(id, ID{}, ID{}, "ab"))),
			board(forge(1, 1, 5, create(1), create(1), insert(ID{1, 2}, ID{}, ID{}, "ab"))), ErrContradiction},
		"too many replicas": {full, b, ErrFull},
	} {
		before, vector := c.b.Snapshot(), c.b.Vector()
		told := 0
		c.b.Observe(func(Event) { told++ })
		if err := c.b.Merge(c.o.Snapshot()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", why, err, c.want)
		}
		if !bytes.Equal(c.b.Snapshot(), before) || !vector.Covers(c.b.Vector()) || told > 0 {
			t.Errorf("%s: the board has changed", why)
		}
	}
	if err := b.Merge([]byte{9}); !errors.Is(err, ErrVersion) {
		t.Errorf("another version: %v", err)
	}
	if err := b.Merge(nil); !errors.Is(err, ErrMalformed) {
		t.Errorf("no bytes: %v", err)
	}
	// Values of writes that both have, and lives, may be anything: harmless.
	x := board(forge(1, 1, 5, create(1), set(id, KeyX, Int(1))))
	mustMerge(t, x, board(forge(1, 1, 5, create(1), set(id, KeyX, Int(2)))))
	if x.Element(id).Int(KeyX, 0) != 1 {
		t.Error("a value that the board has by number was replaced")
	}
}

// Whatever snapshot comes, the board stays whole.
func FuzzMerge(f *testing.F) {
	b, _, _ := museum(f)
	f.Add(b.Snapshot(), scene(f).Snapshot())
	f.Add(b.Snapshot(), b.Snapshot())
	for _, c := range epochBoards(f) {
		f.Add(b.Snapshot(), c.Snapshot())
		f.Add(c.Snapshot(), b.Snapshot())
	}
	f.Fuzz(func(t *testing.T, mine, theirs []byte) {
		b, err := Load(0, mine)
		if err != nil || b.texts.Size() > 1<<16 {
			return
		}
		if o, err := Load(0, theirs); err == nil && o.texts.Size() > 1<<16 {
			return
		}
		m := watch(b)
		before := b.Snapshot()
		if err := b.Merge(theirs); err != nil {
			if !bytes.Equal(b.Snapshot(), before) {
				t.Fatalf("%v, and the board has changed", err)
			}
			return
		}
		if err := checkBoard(b); err != nil {
			t.Fatal(err)
		}
		if !sameState(m.state(b), stateOf(b)) {
			t.Fatalf("B33: observers saw %v, the board is %v", m.state(b), stateOf(b))
		}
		once := b.Snapshot()
		if l, err := Load(0, once); err != nil || !bytes.Equal(l.Snapshot(), once) {
			t.Fatalf("B29: after the merge: %v", err)
		}
		if err := b.Merge(theirs); err != nil || !bytes.Equal(b.Snapshot(), once) {
			t.Fatalf("B48: merged again: %v", err)
		}
	})
}

// B48, B30: limits are those of the two boards together.
func TestB48Full(t *testing.T) {
	notes := func(r Replica, n int) *Board {
		b := New(r)
		e := b.Edit()
		for range n {
			e.Create(KindNote)
		}
		e.Commit()
		return b
	}
	full := func(why string, b, o *Board) {
		t.Helper()
		vector, elements, characters := b.Vector(), b.elements.n, b.texts.Size()
		wantErr(t, why, b.Merge(o.Snapshot()), ErrFull)
		if !maps.Equal(b.Vector(), vector) || b.elements.n != elements || b.texts.Size() != characters {
			t.Errorf("%s: the board has changed", why)
		}
	}
	b := notes(1, MaxElements-1)
	full("two elements where there is room for one", b, notes(2, 2))
	wantErr(t, "the last element", b.Merge(notes(2, 1).Snapshot()), nil)

	const maxRun = 1 << 22 // package text's MaxRun
	text := func(r Replica, runs ...int) *Board {
		b := New(0)
		id := ID{r, 1}
		ops := []func(*encoder){create(KindNote)}
		for _, n := range runs {
			ops = append(ops, hidden(id, ID{}, ID{}, n))
		}
		wantErr(t, "made", b.Apply(forge(r, 1, 1, ops...)), nil)
		return b
	}
	b = text(3, slices.Repeat([]int{maxRun}, MaxText/maxRun-1)...)
	full("a character too many", b, text(4, maxRun, 1))
	wantErr(t, "the last character", b.Merge(text(4, maxRun).Snapshot()), nil)
}

// B48, B29: a board that has nothing takes a snapshot as Load does, goes on
// writing, and takes what was parked.
func TestB48Blank(t *testing.T) {
	a := New(1)
	newNote(t, a)
	snapshot := a.Snapshot()
	e := a.Edit()
	e.Create(KindNote)
	later := e.Commit()
	b := New(2)
	if err := b.Apply(later); err != nil || b.Parked() == 0 {
		t.Fatalf("an update ahead of its time: %v, %d bytes parked", err, b.Parked())
	}
	// Who gets the snapshot and what is parked beside it has all.
	c := New(4)
	if err := errors.Join(c.Merge(b.Snapshot()), c.Apply(b.ParkedUpdates())); err != nil || c.Parked() != b.Parked() {
		t.Errorf("a copy of what is parked: %v, %d bytes of %d", err, c.Parked(), b.Parked())
	}
	if err := errors.Join(b.Merge(snapshot), c.Merge(snapshot)); err != nil {
		t.Fatal(err)
	}
	if n := len(b.ParkedUpdates()); n != 0 {
		t.Errorf("%d bytes are parked when all has come", n)
	}
	mustEqual(t, a, b, c)
	newNote(t, b)
	mustMerge(t, a, b)
	mustEqual(t, a, b)
	if floor := b.Floor(); len(floor) != 1 || floor[1] != 1 {
		t.Errorf("the floor is %v, want what the snapshot had", floor)
	}
	if err := New(3).Merge(snapshot[:len(snapshot)-1]); !errors.Is(err, ErrMalformed) {
		t.Errorf("half a snapshot: %v", err)
	}
}
