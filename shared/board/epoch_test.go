package board

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"edgeboard/shared/wire"
)

// epochBoards are boards of later epochs, with something of everything.
func epochBoards(t testing.TB) (list []*Board) {
	b, _, note := museum(t)
	x := New(3)
	mustApply(t, x, diff(t, b, nil))
	b.Compact()
	list = append(list, loaded(t, 5, b))
	late := splice(t, x, note, 1, 2, "late") // in epoch 0
	mustApply(t, b, late)
	mustApply(t, b, forge(9, 1, 40, insert(note, ID{5, 17}, ID{5, 6}, "lie"))) // origins that were never neighbours
	list = append(list, loaded(t, 5, b))
	b.Compact()
	splice(t, b, note, 0, 3, "x")
	b.Compact()
	list = append(list, loaded(t, 5, b))
	liar := New(0)
	mustApply(t, liar, forge(9, 1, 1, create(1), insert(ID{9, 1}, ID{}, ID{}, "ab"), insert(ID{9, 1}, ID{9, 3}, ID{9, 2}, "xy")))
	return append(list, liar) // of epoch 0, but with claims
}

// B49: what is deleted is gone, what is visible keeps its name, and boards in the
// same state come to the same.
func TestB49Compact(t *testing.T) {
	b, stroke, note := museum(t)
	twin := loaded(t, 6, b)
	text, el := b.Element(note).Text(), b.Element(stroke)
	caret, err := b.Element(note).Anchor(3, Chars)
	if err != nil {
		t.Fatal(err)
	}
	if elements, characters := b.Tombstones(); elements != 1 || characters != 2 {
		t.Errorf("%d elements and %d characters are to be removed, want 1 and 2", elements, characters)
	}
	var told []EventKind
	b.Observe(func(e Event) { told = append(told, e.Kind) })
	vector := b.Vector()
	b.Compact()
	if len(told) != 1 || told[0] != Reset {
		t.Errorf("observers were told %v, want one Reset", told)
	}
	if b.Epoch() != 1 || b.Element(stroke) != nil || b.Element(note).Text() != text || b.Len() != 2 || b.texts.Size() != len([]rune(text)) {
		t.Errorf("epoch %d, %v", b.Epoch(), stateOf(b))
	}
	if elements, characters := b.Tombstones(); elements != 0 || characters != 0 {
		t.Errorf("%d elements and %d characters are left", elements, characters)
	}
	if at, err := b.Element(note).Position(caret, Chars); at != 3 || err != nil {
		t.Errorf("a caret on what is visible: %d, %v", at, err)
	}
	if el.NumPoints() != 3 || el.Get(KeyColor) != Int(-5) || len(el.AppendPoints(nil)) != 3 {
		t.Error("an element that somebody holds is broken")
	}
	if vector[0] = 1; !maps.Equal(b.Vector(), vector) {
		t.Errorf("B54: %v, want %v", b.Vector(), vector)
	}
	twin.Compact()
	mustEqual(t, b, twin)
	// It goes on, also where a stroke and an element were removed.
	u := splice(t, b, note, 3, 0, "!")
	mustApply(t, twin, u)
	mustEqual(t, b, twin)
}

// B49: memory is given back.
func TestB49Memory(t *testing.T) {
	b := New(1)
	keep := newNote(t, b)
	e := b.Edit()
	for range 200 {
		id := e.Create(KindNote)
		e.Set(id, KeyLink, String(strings.Repeat("x", 100)))
		e.Splice(id, Chars, 0, 0, "gone")
		e.Set(id, KeyDeleted, Int(1))
	}
	e.Splice(keep, Chars, 0, 0, "stays")
	e.Commit()
	b.Compact()
	if b.elements.n != 1 || len(b.elements.pages) != 1 || len(b.strings) != 0 || len(b.textOf) != 1 || b.texts.Size() != 5 || len(b.order) != 1 {
		t.Errorf("%d elements on %d pages, %d strings, %d texts of %d characters, %d in the order",
			b.elements.n, len(b.elements.pages), len(b.strings), len(b.textOf), b.texts.Size(), len(b.order))
	}
	// All of a replica's numbers before "stays" are one mark, in front of it.
	if n := len(b.gone[0]); n > 3 {
		t.Errorf("%d marks", n)
	}
	if n := len(b.Snapshot()); n > 120 {
		t.Errorf("a snapshot of %d bytes", n)
	}
}

// B51: what was written beside removed text, in an earlier epoch, goes where
// that was.
func TestB51Translation(t *testing.T) {
	for _, c := range []struct{ at, remove int }{{1, 3}, {0, 3}, {2, 4}, {0, 6}} {
		relay, late := New(1), New(2)
		note := newNote(t, relay)
		splice(t, relay, note, 0, 0, "abcdef")
		mustMerge(t, late, relay)
		want := []rune("abcdef")
		splice(t, relay, note, c.at, c.remove, "")
		mustApply(t, relay, forge(3, 1, 50, create(1))) // not known to the late one
		u := splice(t, late, note, 3, 0, "X")
		relay.Compact()
		second := late.Edit()
		second.Splice(note, Chars, 4, 0, "Y")
		u2 := second.Commit()
		mustApply(t, relay, u)
		mustApply(t, relay, u2)
		rest := append(append([]rune(nil), want[:min(c.at, 3)]...), []rune("XY")...)
		for i := 3; i < 6; i++ {
			if i >= c.at+c.remove {
				rest = append(rest, want[i])
			}
		}
		if c.at > 3 {
			t.Fatal("the text is cut behind the place")
		}
		if got := relay.Element(note).Text(); got != string(rest) {
			t.Errorf("without %d characters from %d: %q, want %q", c.remove, c.at, got, string(rest))
		}
		// The late one comes to the same by a snapshot, with its own beyond it.
		m := watch(late)
		mustMerge(t, late, relay)
		mustMerge(t, relay, late)
		mustEqual(t, relay, late)
		if !sameState(m.state(late), stateOf(late)) {
			t.Error("B33: observers of a merge over epochs have another board")
		}
	}
}

// B51: the way over several epochs is the same as the direct one.
func TestB51Composition(t *testing.T) {
	relay, late := New(1), New(2)
	note := newNote(t, relay)
	splice(t, relay, note, 0, 0, "abcdefghi")
	mustMerge(t, late, relay)
	other := loaded(t, 0, relay)
	u := splice(t, late, note, 5, 0, "LATE")
	mustApply(t, other, u)
	for i := range MaxEpochs {
		n := relay.Element(note).TextLen(Chars)
		splice(t, relay, note, n/2, min(1, n), "")
		if i%3 == 0 {
			splice(t, relay, note, n/2, 0, "new")
		}
		relay.Compact()
		mustMerge(t, other, relay) // goes along
	}
	direct := loaded(t, 0, relay)
	mustApply(t, direct, u)
	mustMerge(t, late, relay) // eight at once
	mustEqual(t, direct, other, late)
	relay.Compact()
	if err := relay.Apply(u); !errors.Is(err, ErrEpoch) {
		t.Errorf("B53: an update of nine epochs ago: %v", err)
	}
	for _, list := range relay.gone {
		for _, r := range list {
			if r.epoch+MaxEpochs <= uint32(relay.epoch) {
				t.Errorf("B50: marks of epoch %d in epoch %d", r.epoch, relay.epoch)
			}
		}
	}
}

// B51: what was removed before an update was written has no survivors for it,
// in whichever epoch it arrives: only a faulty writer names it.
func TestB51RemovedBefore(t *testing.T) {
	relay := New(1)
	note := newNote(t, relay)
	splice(t, relay, note, 0, 0, "abcdef") // 2 to 7
	splice(t, relay, note, 2, 2, "")       // 4 and 5
	relay.Compact()
	late := loaded(t, 0, relay)
	splice(t, relay, note, 0, 1, "")
	relay.Compact()
	for i, u := range [][]byte{
		forgeIn(1, 9, 1, 50, insert(note, ID{1, 5}, ID{1, 6}, "x")), // 5 was removed when its epoch began
		forgeIn(1, 9, 2, 51, insert(note, ID{1, 2}, ID{1, 5}, "y")), // 2 was removed later
		forgeIn(1, 9, 3, 52, insert(note, ID{1, 8}, ID{1, 9}, "z")), // no characters at all
	} {
		mustApply(t, late, u)
		mustApply(t, relay, u)
		l := loaded(t, 0, late)
		if !l.texts.HasClaims() {
			t.Fatalf("B57: %d, nothing is known of what was stated", i)
		}
		mustMerge(t, l, relay)
		mustEqual(t, l, relay)
	}
	if got := relay.Element(note).Text(); got != "befxyz" {
		t.Errorf("%q", got)
	}
	own := loaded(t, 0, late)
	mustMerge(t, relay, own)
	mustMerge(t, late, relay)
	mustEqual(t, late, relay)
}

// B57: an insertion may have been stated behind what a diff skips.
func TestB57SkippedOrigin(t *testing.T) {
	note := ID{1, 1}
	b := New(0)
	mustApply(t, b, forge(1, 1, 1, create(KindNote), set(note, KeyX, Int(1))))
	mustApply(t, b, forge(9, 1, 5, insert(note, ID{1, 2}, ID{}, "e")))
	mustApply(t, b, forge(1, 3, 6, insert(note, ID{9, 1}, ID{}, "f"), set(note, KeyX, Int(2))))
	c := New(0)
	mustApply(t, c, diff(t, b, nil))
	mustEqual(t, b, c)
	mustMerge(t, c, b)
	mustEqual(t, b, c)
}

// B50: a place beside removed text is still found.
func TestB50Anchors(t *testing.T) {
	b := New(1)
	note, other := newNote(t, b), newNote(t, b)
	splice(t, b, note, 0, 0, "abcdef")
	splice(t, b, other, 0, 0, "z")
	e := b.Element(note)
	var marks []Anchor
	for i := range 7 {
		a, err := e.Anchor(i, Chars)
		if err != nil {
			t.Fatal(err)
		}
		marks = append(marks, a)
	}
	splice(t, b, note, 0, 2, "")
	splice(t, b, note, 2, 1, "")
	for i := range MaxEpochs + 1 {
		b.Compact()
		for k, want := range []int{0, 0, 0, 1, 2, 2, 3} {
			got, err := b.Element(note).Position(marks[k], Chars)
			if gone := k == 1 || k == 2 || k == 5; gone && i == MaxEpochs {
				if err != ErrPosition {
					t.Errorf("epoch %d, place %d: %v, it is not known any more", b.epoch, k, err)
				}
			} else if got != want || err != nil {
				t.Errorf("epoch %d, place %d: %d, %v, want %d", b.epoch, k, got, err, want)
			}
		}
	}
	b.Compact()
	splice(t, b, note, 0, 3, "")
	b.Compact()
	if got, err := b.Element(note).Position(marks[6], Chars); got != 0 || err != nil {
		t.Errorf("in a text that is empty: %d, %v", got, err)
	}
	if _, err := b.Element(other).Position(marks[6], Chars); err != nil && err != ErrPosition {
		t.Errorf("in another text: %v", err)
	}
}

// B52: what is written on a removed element, or shows removed text, counts and
// does nothing; in the board's own epoch it is a contradiction.
func TestB52Removed(t *testing.T) {
	relay, late := New(1), New(2)
	gone, note := newNote(t, relay), newNote(t, relay)
	splice(t, relay, note, 0, 0, "abc")
	mustMerge(t, late, relay)
	e := relay.Edit()
	e.Set(gone, KeyDeleted, Int(1))
	e.Commit()
	h := NewHistory(late)
	mustApply(t, late, func() []byte { // both delete b, and one thinks better of it
		e := relay.Edit()
		e.Splice(note, Chars, 1, 1, "")
		return e.Commit()
	}())
	e = h.Edit()
	e.Splice(note, Chars, 0, 1, "")
	first := e.Commit()
	u := h.Undo()
	e = late.Edit()
	e.Set(gone, KeyColor, Int(1))
	e.Set(gone, KeyDeleted, Value{})
	e.Splice(gone, Chars, 0, 0, "text")
	e.Set(note, KeyColor, Int(2))
	u2 := e.Commit()
	mustApply(t, relay, first)
	relay.Compact()
	mustApply(t, relay, u)
	mustApply(t, relay, u2)
	if relay.Seq(2) != late.Seq(2) || relay.Len() != 1 || relay.Element(note).Text() != "c" || relay.Element(note).Int(KeyColor, 0) != 2 {
		t.Errorf("%v", stateOf(relay))
	}
	mustMerge(t, late, relay)
	mustEqual(t, relay, late)
	if err := relay.Apply(forgeIn(1, 8, 1, 90, set(gone, KeyX, Int(1)))); !errors.Is(err, ErrContradiction) {
		t.Errorf("on a removed element, in the same epoch: %v", err)
	}
	if err := relay.Apply(forge(8, 1, 90, set(ID{1, 400}, KeyX, Int(1)))); err != nil || relay.Parked() == 0 {
		t.Errorf("on an element that is to come, from the epoch before: %v", err)
	}
	if late.Edit().b.epoch != 1 || h.CanRedo() && h.Redo() != nil {
		t.Error("what was removed is done again")
	}
}

// B53: which updates are understood.
func TestB53Epochs(t *testing.T) {
	b := New(1)
	newNote(t, b)
	for range 10 {
		b.Compact()
	}
	for epoch, want := range map[uint64]error{0: ErrEpoch, 1: ErrEpoch, 2: nil, 9: nil, 10: nil, 11: ErrEpoch, maxEpoch: ErrEpoch, maxEpoch + 1: ErrMalformed} {
		l := loaded(t, 0, b)
		if err := l.Apply(forgeIn(epoch, 7, 1, 1, create(1))); !errors.Is(err, want) {
			t.Errorf("an update of epoch %d in epoch 10: %v, want %v", epoch, err, want)
		}
		if err := l.Apply(forgeIn(epoch, 1, 1, 1, create(KindNote))); epoch <= maxEpoch && err != nil {
			t.Errorf("one of epoch %d that is known: %v", epoch, err)
		}
	}
	zero := wire.AppendBytes(nil, "\x02\x00\x07\x00\x00\x00\x00\x00\x00\x00\x01\x01\x01\x01")
	if err := b.Apply(zero); !errors.Is(err, ErrMalformed) {
		t.Errorf("epoch 0 in the way of others: %v", err)
	}
	for r, u := range Split(forgeIn(300, 7, 1, 1, create(1))) {
		if r != 7 || len(u) == 0 {
			t.Errorf("Split finds replica %d", r)
		}
	}
	// A keystroke takes the short way.
	note := ID{1, 1}
	l, slow := loaded(t, 2, b), loaded(t, 2, b)
	mustApply(t, b, splice(t, l, note, 0, 0, "a"))
	mustApply(t, slow, diff(t, l, slow.Vector()))
	u := splice(t, l, note, 1, 0, "b")
	one, _, _ := wire.Bytes(u)
	if !b.takeFast(one, MaxLamport) {
		t.Error("a keystroke of a later epoch is slow")
	}
	if err := generally(slow, u); err != nil {
		t.Fatal(err)
	}
	mustEqual(t, b, slow)
}

// B54: the vector tells the epoch, and diffs stay within one.
func TestB54Vector(t *testing.T) {
	b := New(1)
	newNote(t, b)
	b.Compact()
	v, err := ParseVector(b.Vector().Append(nil))
	if err != nil || v.Epoch() != 1 || !maps.Equal(v, Vector{0: 1, 1: 1}) {
		t.Fatalf("%v, %v", v, err)
	}
	if (Vector{1: 1}).Covers(v) || !v.Covers(Vector{1: 1}) {
		t.Error("an earlier epoch covers a later one")
	}
	newNote(t, b)
	if len(diff(t, b, v)) == 0 {
		t.Error("no diff in the same epoch")
	}
	for _, have := range []Vector{nil, {1: 1}, {0: 2, 1: 1}, {0: 1}} {
		if _, err := b.Diff(have); !errors.Is(err, ErrCompacted) {
			t.Errorf("a diff for %v: %v", have, err)
		}
	}
}

// B56: merges over epochs, and where they end.
func TestB56Merge(t *testing.T) {
	start, _, note := museum(t)
	relay := loaded(t, 1, start)
	relay.Compact()
	a, b := loaded(t, 2, start), loaded(t, 3, start)
	splice(t, a, note, 0, 2, "A")
	splice(t, b, note, 1, 0, "B")
	mustMerge(t, relay, a) // of an earlier epoch
	mustMerge(t, b, relay) // of a later one
	mustMerge(t, relay, b)
	mustMerge(t, a, relay)
	mustEqual(t, relay, a, b)

	apart := loaded(t, 4, start)
	newNote(t, apart)
	apart.Compact()
	if err := apart.Merge(relay.Snapshot()); !errors.Is(err, ErrEpoch) {
		t.Errorf("an epoch that began twice: %v", err)
	}
	far := loaded(t, 5, relay)
	for range MaxEpochs + 1 {
		far.Compact()
	}
	for _, c := range []struct{ b, o *Board }{{relay, far}, {far, relay}} {
		before := c.b.Snapshot()
		if err := c.b.Merge(c.o.Snapshot()); !errors.Is(err, ErrEpoch) || !bytes.Equal(before, c.b.Snapshot()) {
			t.Errorf("from epoch %d to %d: %v", c.o.epoch, c.b.epoch, err)
		}
	}
	// A board that has nothing has nothing to translate.
	fresh := New(9)
	var told []EventKind
	fresh.Observe(func(e Event) { told = append(told, e.Kind) })
	mustMerge(t, fresh, far)
	mustEqual(t, fresh, far)
	if !slices.Equal(told, []EventKind{Reset}) {
		t.Errorf("the observer was told %v, want a Reset", told)
	}
	if _, err := fresh.Diff(fresh.Floor()); err != nil || !fresh.Floor().Covers(far.Vector()) {
		t.Errorf("the floor is %v of %v, and the diff for it %v", fresh.Floor(), far.Vector(), err)
	}
	// A board that lies about what the epoch began with.
	lie := loaded(t, 6, relay)
	clear(lie.gone)
	if err := relay.Merge(lie.Snapshot()); !errors.Is(err, ErrEpoch) {
		t.Errorf("another table: %v", err)
	}
}

// A history goes on over compactions, here and elsewhere, and an edit under way
// too.
func TestB47HistoryOverEpochs(t *testing.T) {
	for _, elsewhere := range []bool{false, true} {
		b := New(1)
		relay := New(2)
		compact := func() {
			mustMerge(t, relay, b)
			if !elsewhere {
				b.Compact()
				mustMerge(t, relay, b)
				return
			}
			relay.Compact()
			mustMerge(t, b, relay)
		}
		h := NewHistory(b)
		do := func(f func(e *Edit)) {
			e := h.Edit()
			f(e)
			if e.Commit(); e.Err() != nil {
				t.Fatal(e.Err())
			}
		}
		var note, gone ID
		do(func(e *Edit) { note, gone = e.Create(KindNote), e.Create(KindNote) })
		do(func(e *Edit) { e.Set(note, KeyColor, Int(1)) })
		do(func(e *Edit) { e.Set(note, KeyColor, Int(2)); e.Set(gone, KeyColor, Int(2)) })
		do(func(e *Edit) { e.Splice(note, Chars, 0, 0, "hello") })
		do(func(e *Edit) { e.Splice(note, Chars, 1, 3, "") })
		do(func(e *Edit) { e.Set(gone, KeyDeleted, Int(1)) })
		compact()
		e := h.Edit()
		e.Splice(note, Chars, 2, 0, "!")
		first := b.epoch
		compact() // in the middle of an edit
		e.Splice(note, Chars, 3, 0, "!")
		e.Splice(gone, Chars, 0, 0, "?")
		if e.Err() != ErrContradiction || b.epoch == first {
			t.Errorf("on a removed element: %v", e.Err())
		}
		u := e.Commit()
		if list := split(t, u); len(list) != 2 {
			t.Errorf("an edit over two epochs makes %d updates", len(list))
		}
		mustApply(t, relay, u)
		mustEqual(t, b, relay)
		want := []string{"ho", "", "", "", ""}
		for i := 0; h.CanUndo() && i < len(want); i++ {
			u := h.Undo()
			mustApply(t, relay, u)
			if got := b.Element(note).Text(); got != want[i] {
				t.Errorf("undone %d: %q, want %q", i, got, want[i])
			}
		}
		if !b.Element(note).Deleted() || b.Element(note).Int(KeyColor, 0) != 0 {
			t.Errorf("all undone: %v", stateOf(b))
		}
		mustEqual(t, b, relay)
	}
}

// What was deleted comes back from the history, whoever has forgotten its text.
func TestDropText(t *testing.T) {
	p := newPair(t)
	id := p.note(0, "héllo 😀")
	p.do(0, func(e *Edit) { e.Splice(id, Chars, 1, 5, "") })
	before := [2][32]byte{p.b[0].Hash(), p.b[1].Hash()}
	drop := func() {
		for _, b := range p.b {
			b.DropText()
			if err := checkBoard(b); err != nil {
				t.Fatal(err)
			}
		}
	}
	drop()
	if before != [2][32]byte{p.b[0].Hash(), p.b[1].Hash()} {
		t.Error("the hash has changed")
	}
	p.cut = true
	p.undo(0)
	p.do(1, func(e *Edit) { e.Splice(id, Chars, 1, 0, "x") })
	drop()
	p.deliver()
	p.cut = false
	p.wantText("deleted text, forgotten here and there, is back", id, "hxéllo 😀")
	p.undo(0)
	p.wantText("its insertion undone", id, "x")
	drop()
	p.redo(0)
	p.redo(0)
	p.wantText("and done again", id, "hx😀")
	third := New(3)
	mustApply(t, third, diff(t, p.b[0], nil))
	mustEqual(t, p.b[0], p.b[1], third)
}

// B55: a section that is cut, changed or made up is refused, or is the table
// that it says.
func TestB55Refusals(t *testing.T) {
	for k, b := range epochBoards(t) {
		whole := b.Snapshot()
		if whole[0] != snapshotVersionEpoch {
			t.Fatalf("board %d: version %d", k, whole[0])
		}
		for i := range whole {
			if _, err := Load(0, whole[:i]); err == nil {
				t.Errorf("board %d: cut to %d of %d bytes", k, i, len(whole))
			}
			for bit := range 8 {
				bad := bytes.Clone(whole)
				bad[i] ^= 1 << bit
				l, err := Load(0, bad)
				if err != nil {
					continue
				}
				if again := l.Snapshot(); !bytes.Equal(again, bad) {
					if m, err := Load(0, again); err != nil || !bytes.Equal(m.Snapshot(), again) {
						t.Fatalf("board %d, byte %d: % x", k, i, bad)
					}
				}
				if err := checkGone(l); err != nil {
					t.Fatalf("board %d, byte %d, bit %d: %v", k, i, bit, err)
				}
				_ = l.Merge(whole)
				if err := checkBoard(l); err != nil {
					t.Fatal(err)
				}
				l.Compact()
				if err := checkReload(l); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	// Tables that no board has made.
	b := New(1)
	note := newNote(t, b)
	splice(t, b, note, 0, 0, "abcdefgh") // 2 to 9
	splice(t, b, note, 2, 2, "")         // 4 and 5 by 10 and 11
	b.Compact()
	good := b.gone[0][0]
	if len(b.gone[0]) != 1 || good.seq != 4 || good.n != 2 || good.left.Seq != 3 || good.right.Seq != 6 {
		t.Fatalf("%+v", b.gone[0])
	}
	with := func(list ...goneRange) error {
		b.gone[0] = list
		_, err := Load(0, b.Snapshot())
		return err
	}
	change := func(f func(r *goneRange)) goneRange { r := good; f(&r); return r }
	for why, err := range map[string]error{
		"two that are one": with(change(func(r *goneRange) { r.n = 1 }), change(func(r *goneRange) { r.seq, r.n = 5, 1 })),
		"another epoch":    with(change(func(r *goneRange) { r.epoch = 2 })),
		"epoch 0":          with(change(func(r *goneRange) { r.epoch = 0 })),
		"the wrong way":    with(change(func(r *goneRange) { r.left, r.right = r.right, r.left })),
	} {
		if !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", why, err)
		}
	}
	if err := with(good); err != nil {
		t.Errorf("as it was: %v", err)
	}
	b.base[1]++
	if _, err := Load(0, b.Snapshot()); err == nil {
		t.Error("a base beyond the vector")
	}
	// Version 2 for what is of version 1.
	plain := New(1)
	newNote(t, plain)
	s := append(plain.Snapshot(), 0, 0)
	s[0] = snapshotVersionEpoch
	if _, err := Load(0, s); !errors.Is(err, ErrMalformed) {
		t.Errorf("an empty section: %v", err)
	}
}

// checkGone looks for what no table says.
func checkGone(b *Board) error {
	for s, list := range b.gone {
		end := uint32(1)
		for _, r := range list {
			if r.seq < end || r.n == 0 || uint64(r.end()-1) > b.base[b.writers[s].id] || r.epoch == 0 || uint64(r.epoch) > b.epoch || uint64(r.epoch)+MaxEpochs <= b.epoch {
				return fmt.Errorf("B50: %+v after %d", r, end)
			}
			end = r.end()
			for seq := r.seq; seq < end; seq++ {
				for t := range b.textOf {
					if b.texts.Holds(b.textOf[t].text, b.char(ID{b.writers[s].id, uint64(seq)}), 1) {
						return fmt.Errorf("B50: %+v has a character that is there", r)
					}
				}
			}
			for _, id := range []ID{b.charID(r.left), b.charID(r.right)} {
				if id != (ID{}) && id.Seq > b.base[id.Replica] {
					return fmt.Errorf("B50: %+v has a survivor beyond the base", r)
				}
			}
		}
	}
	return nil
}
