package board

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"edgeboard/shared/wire"
)

// What comes from outside may be cut, stretched or changed anywhere. The answer
// is nil or one of the errors of this package, and what was refused has changed
// nothing: neither the state, nor the vector, nor the clock, nor what is parked,
// and nobody was told of it.

// stage is good updates that a board has before the bad ones come.
type stage []byte

func (s stage) board() *Board {
	b := New(0)
	if err := b.Apply(s); err != nil {
		panic(err)
	}
	return b
}

// stageOf has a stroke of two points, 1.1, and a text, 1.4; if parked, also what
// waits for them and for each other.
func stageOf(t testing.TB, parked bool) stage {
	s := stage(slices.Concat(
		forge(1, 1, 1, create(KindStroke), points(ID{1, 1}, 0, 2), create(2), insert(ID{1, 4}, ID{}, ID{}, "abc")),
		forge(2, 1, 8, set(ID{1, 1}, KeyColor, Int(3)), insert(ID{1, 4}, ID{1, 5}, ID{1, 6}, "é😀"), life(ID{1, 4}, ID{1, 5}, 2, false, 2, ""))))
	if parked {
		s = slices.Concat(s,
			forge(4, 2, 40, create(1)),
			forge(3, 32, 60, set(ID{1, 4}, KeyColor, Int(9))),
			forge(5, 1, 50, insert(ID{1, 4}, ID{3, 6}, ID{1, 7}, "waits")))
	}
	if b := s.board(); (b.Parked() > 0) != parked {
		t.Fatalf("%d bytes are parked", b.Parked())
	}
	return s
}

// rich is all that an update of replica 3 may hold, on that stage.
func rich() []func(*encoder) {
	note := ID{3, 1}
	return []func(*encoder){
		create(KindNote), create(KindStroke),
		insert(note, ID{}, ID{}, "hé😀"), // 3.3 to 3.5
		insert(ID{1, 4}, ID{1, 6}, ID{2, 2}, "x"),
		set(note, KeyColor, Int(-300)), set(note, KeyX, Float(1.5)), set(note, KeyLink, String("Zoë")),
		set(note, KeyFrame, Ref(ID{9, 300})), set(ID{1, 1}, KeyFill, Value{}), set(ID{1, 1}, KeyDeleted, Int(1)),
		samples(ID{3, 2}, 0, Point{X: 80, Y: -32, Pressure: 128}, Point{X: 84, Y: -30, Pressure: 125}),
		life(note, ID{3, 4}, 2, true, 2, ""), life(ID{1, 4}, ID{1, 5}, 2, false, 3, "ab"),
		hidden(note, ID{3, 5}, ID{}, 2), skip(2), unknown(16, 3, "later"),
		set(note, KeyOrder, String("V7")), set(note, KeyColor, Int(8)), set(note, KeyX, Float(0.1)), set(ID{1, 1}, KeyDeleted, Int(0)),
		insert(ID{1, 4}, ID{1, 6}, ID{3, 6}, "y"), life(ID{1, 4}, ID{2, 2}, 2, false, 2, ""),
	}
}

// changes calls f with data cut after every byte, and with every byte changed,
// left out, doubled, or stretched to a number of two bytes.
func changes(data []byte, f func(changed []byte)) {
	for i, c := range data {
		f(data[:i])
		for _, v := range []byte{0, 1, c + 1, c - 1, c ^ 2, c ^ 0x10, c ^ 0x40, c ^ 0x80, 0x7f, 0xff} {
			if v != c {
				changed := bytes.Clone(data)
				changed[i] = v
				f(changed)
			}
		}
		f(slices.Concat(data[:i], data[i+1:]))
		f(slices.Concat(data[:i+1], data[i:]))
		f(slices.Concat(data[:i], []byte{c | 0x80, 0}, data[i+1:]))
	}
}

// takeAnything gives a board bytes that may be anything, by Apply and by Accept,
// and checks what came of it. It returns how many updates were taken.
func takeAnything(t *testing.T, s stage, data []byte) (taken int) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Logf("panic from % x", data)
			panic(r)
		}
	}()
	for _, jump := range []uint64{MaxLamport, MaxLamportJump} { // Apply and Accept
		b := s.board()
		err := b.apply(data, jump)
		if err != nil && !slices.Contains([]error{ErrMalformed, ErrVersion, ErrContradiction, ErrForeign, ErrLimit, ErrFull, ErrParked}, err) {
			t.Fatalf("% x: %v is no error of a document", data, err)
		}
		if err := checkBoard(b); err != nil {
			t.Fatalf("% x: %v", data, err)
		}
		// One by one, and by the way that is not the fast one: B15 says that those
		// before the refused one are taken.
		one, want := s.board(), error(nil)
		for rest := data; len(rest) > 0 && want == nil; {
			next, after, err := wire.Bytes(rest)
			rest = after
			before, vector, clock, parked, told := one.Snapshot(), one.Vector(), one.lamport, one.Parked(), 0
			one.Observe(func(Event) { told++ })
			switch {
			case err != nil:
				want = ErrMalformed
			case len(next) > MaxUpdate:
				want = ErrLimit
			default:
				want = one.applyOne(next, jump)
			}
			if want == nil {
				taken++
				continue
			}
			if !bytes.Equal(before, one.Snapshot()) || !maps.Equal(vector, one.Vector()) || one.lamport != clock || one.Parked() != parked || told != 0 {
				t.Fatalf("% x: %v, and the document has changed", next, want)
			}
		}
		if err != want || !bytes.Equal(b.Snapshot(), one.Snapshot()) || !maps.Equal(b.Vector(), one.Vector()) || b.lamport != one.lamport || b.Parked() != one.Parked() {
			t.Fatalf("B15: % x: %v, one by one %v", data, err, want)
		}
	}
	return taken
}

func TestB15AnyChangeOfAnUpdate(t *testing.T) {
	for _, parked := range []bool{false, true} {
		s := stageOf(t, parked)
		update := forge(3, 1, 20, rich()...)
		b := s.board()
		mustApply(t, b, update) // as it is it is good
		if err := checkReload(b); err != nil || b.Seq(3) < 27 || parked && b.Seq(5) == 0 {
			t.Fatalf("%v, %v", b.Vector(), err)
		}
		tried, taken := 0, 0
		try := func(data []byte) {
			tried++
			taken += takeAnything(t, s, data)
		}
		changes(update, try) // the length may be wrong
		body, _, _ := wire.Bytes(update)
		changes(body, func(changed []byte) { try(wire.AppendBytes(nil, changed)) })
		t.Logf("%d tries, %d updates taken", tried, taken)
		if tried < 2*13*len(body) || taken == 0 {
			t.Error("the test does not test")
		}
	}
}

// Operations that come alone may take another way; duplicated, in another's name
// and out of turn they come here too.
func TestB15AnyChangeOfAnOperation(t *testing.T) {
	all := rich()
	var d decoder
	whole := forge(3, 1, 20, all...)
	body, _, _ := wire.Bytes(whole)
	if err := d.decode(body); err != nil || len(d.ops) != len(all) {
		t.Fatal(err)
	}
	var updates [][]byte
	for i, o := range all {
		updates = append(updates, forge(3, d.ops[i].seq, d.ops[i].lamport, o))
	}
	tried, taken := 0, 0
	for i, u := range updates {
		s := stage(slices.Concat(append([][]byte{stageOf(t, false)}, updates[:i]...)...))
		try := func(data []byte) {
			tried++
			taken += takeAnything(t, s, data)
		}
		body, _, _ := wire.Bytes(u)
		changes(body, func(changed []byte) { try(wire.AppendBytes(nil, changed)) })
		try(slices.Concat(u, u))
		try(slices.Concat(slices.Concat(updates[i+1:]...), u, u))
		for _, other := range []Replica{1, 2, 9, MaxReplica} {
			forged := bytes.Clone(body)
			binary.LittleEndian.PutUint64(forged[1:], uint64(other))
			try(wire.AppendBytes(nil, forged))
		}
		// Contradictory: it, and another in its place.
		for _, o := range all {
			try(append(u, forge(3, d.ops[i].seq, d.ops[i].lamport, o)...))
			try(append(forge(3, d.ops[i].seq, d.ops[i].lamport, o, o), u...))
		}
	}
	t.Logf("%d tries, %d updates taken", tried, taken)
	if taken == 0 {
		t.Error("the test does not test")
	}
}

// A snapshot is trusted, but bytes are bytes: they load to a board that is whole,
// or are refused.
func TestB29AnyChangeOfASnapshot(t *testing.T) {
	b := stageOf(t, false).board()
	mustApply(t, b, forge(3, 1, 20, rich()...))
	for i := range 4 {
		mustApply(t, b, forge(7, uint64(i)+1, 50+uint64(i), set(ID{3, 1}, KeyColor+Key(i), Int(5))))
	}
	loaded := 0
	changes(b.Snapshot(), func(changed []byte) {
		defer func() {
			if r := recover(); r != nil {
				t.Logf("panic from % x", changed)
				panic(r)
			}
		}()
		l, err := Load(5, changed)
		if err != nil {
			if l != nil || !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrVersion) {
				t.Fatalf("% x: %v, %v", changed, l, err)
			}
			return
		}
		loaded++
		if err := checkBoard(l); err != nil {
			t.Fatalf("% x: %v", changed, err)
		}
		once := l.Snapshot()
		again, err := Load(0, once)
		if err != nil || !bytes.Equal(again.Snapshot(), once) || !sameState(stateOf(l), stateOf(again)) {
			t.Fatalf("% x: %v; % x, then % x", changed, err, once, again.Snapshot())
		}
		// It takes what comes, and is written on.
		if err := l.Apply(forge(3, l.Seq(3)+1, l.lamport+1, create(1))); err != nil {
			t.Fatalf("% x: %v", changed, err)
		}
		e := l.Edit()
		id := e.Create(KindNote)
		e.Splice(id, Chars, 0, 0, fmt.Sprint(id))
		if e.Commit(); e.Err() != nil {
			t.Fatalf("% x: %v", changed, e.Err())
		}
	})
	if loaded == 0 {
		t.Error("no change of a snapshot loads: the test does not test")
	}
	t.Logf("%d changed snapshots load", loaded)
}
