package board

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"edgeboard/shared/wire"
)

// What the state is, and what is told of it, where an end result alone does not
// show it.

// B16: an update that is known wholly is not looked at, whatever it says.
func TestB16KnownIsNotLookedAt(t *testing.T) {
	b := New(0)
	mustApply(t, b, forge(3, 1, 1, create(KindNote), set(ID{3, 1}, KeyColor, Int(1))))
	before := b.Snapshot()
	for why, u := range map[string][]byte{
		"later":          forge(3, 1, 500, create(KindNote), set(ID{3, 1}, KeyColor, Int(2))),
		"contradictory":  forge(3, 2, 500, set(ID{7, 7}, KeyColor, Int(2))),
		"others' points": forge(3, 2, 500, points(ID{8, 8}, 1, 1)),
		"a part of it":   forge(3, 1, 500, create(KindNote)),
	} {
		if err := b.Apply(u); err != nil || b.lamport != 2 || b.Parked() > 0 || !bytes.Equal(b.Snapshot(), before) {
			t.Errorf("%s: %v, the clock is %d, %d bytes parked", why, err, b.lamport, b.Parked())
		}
	}
}

// B9: of equal stamps with equal values the first write stays, and so is told
// once. B33: what loses is not told.
func TestB33WhatLosesIsNotTold(t *testing.T) {
	id := ID{3, 1}
	for _, waiting := range []bool{false, true} { // the fast way is not taken while something waits
		b := New(0)
		mustApply(t, b, forge(3, 1, 1, create(KindNote), set(id, KeyColor, Int(1))))
		if waiting {
			mustApply(t, b, forge(9, 2, 2, create(1)))
		}
		var told []string
		b.Observe(func(ev Event) { told = append(told, fmt.Sprint(ev.Element.Get(ev.Key).Int())) })
		for _, c := range []struct {
			seq, lamport uint64
			v            Value
		}{{1, 9, Int(2)}, {2, 9, Int(2)}, {3, 4, Int(7)}, {4, 9, Int(1)}, {5, 9, Int(3)}, {6, 8, Int(8)}, {7, 10, Int(2)}} {
			mustApply(t, b, forge(2, c.seq, c.lamport, set(id, KeyColor, c.v)))
		}
		if got := fmt.Sprint(told); got != "[2 3 2]" {
			t.Errorf("told of %s, want [2 3 2]: a later one, a greater value of the same time, and again a later one", got)
		}
		if r := b.Element(id).registers[0]; r.seq != 7 {
			t.Errorf("the write that stays is number %d", r.seq)
		}
	}
}

// B24: a diff has what is lacking and nothing else: the numbers of each replica go
// on where the vector ends.
func TestB24NothingTwice(t *testing.T) {
	seed := dice(5)
	b := workloads["merges"](t, &seed)
	for range 200 {
		have := Vector{}
		for r, seq := range b.Vector() {
			have[r] = seed.next() % (seq + 1)
		}
		next := have.Clone()
		for r, u := range Split(diff(t, b, have)) {
			body, _, _ := wire.Bytes(u)
			var d decoder
			if err := d.decode(body); err != nil {
				t.Fatal(err)
			}
			if d.seq != next[r]+1 {
				t.Fatalf("an update of %d begins at %d, after %d", r, d.seq, next[r])
			}
			next[r] = d.end - 1
		}
		if !next.Covers(b.Vector()) {
			t.Fatalf("a diff for %v leads to %v of %v", have, next, b.Vector())
		}
	}
}

// B14, B24: points and text have no Lamport time of their own that counts. They
// stand in one update with what follows.
func TestB24OneUpdate(t *testing.T) {
	b := New(3)
	mustApply(t, b, forge(9, 1, 700, create(KindNote)))
	e := b.Edit()
	id := e.Create(KindStroke)
	e.Append(id, Point{X: 1}, Point{X: 2})
	e.Splice(id, Chars, 0, 0, "text")
	e.Set(id, KeyColor, Int(1))
	commit(t, e)
	for have := range b.Seq(3) {
		if n := len(split(t, diff(t, b, Vector{9: 1, 3: have}))); n != 1 {
			t.Errorf("after %d of 8 operations the rest is %d updates", have, n)
		}
	}
}

// B24: one deletes a character here and then one there, whose numbers follow each
// other; these are two operations all the same.
func TestB24LivesInTwoTexts(t *testing.T) {
	b := New(3)
	e := b.Edit()
	x, y := e.Create(KindNote), e.Create(KindNote)
	e.Splice(x, Chars, 0, 0, "a")
	e.Splice(y, Chars, 0, 0, "b")
	commit(t, e)
	e = b.Edit()
	e.Splice(x, Chars, 0, 1, "")
	e.Splice(y, Chars, 0, 1, "")
	commit(t, e)
	c := New(0)
	mustApply(t, c, diff(t, b, nil))
	mustEqual(t, b, c)
	if c.Element(x).Text()+c.Element(y).Text() != "" {
		t.Errorf("%q and %q", c.Element(x).Text(), c.Element(y).Text())
	}
}

// B28: origins are part of the state also where the text does not show them. What
// was written before another's character and what was written at the same time
// are different, in snapshots and in diffs.
func TestB28RightOrigins(t *testing.T) {
	id := ID{1, 1}
	write := func(right ID) *Board {
		b := New(0)
		mustApply(t, b, forge(1, 1, 1, create(KindNote), insert(id, ID{}, ID{}, "a")))
		mustApply(t, b, forge(2, 1, 5, insert(id, ID{1, 2}, ID{}, "r")))
		mustApply(t, b, forge(1, 3, 9, insert(id, ID{1, 2}, right, "b")))
		if got := b.Element(id).Text(); got != "abr" {
			t.Fatalf("%q", got)
		}
		return b
	}
	before, beside := write(ID{2, 1}), write(ID{})
	if before.Hash() == beside.Hash() {
		t.Error("two states have one hash")
	}
	for _, b := range []*Board{before, beside} {
		l, err := Load(0, b.Snapshot())
		if err != nil {
			t.Fatal(err)
		}
		c := New(0)
		mustApply(t, c, diff(t, b, nil))
		// Who comes between shows it: its place depends on where b belongs.
		for _, x := range []*Board{b, l, c} {
			mustApply(t, x, forge(3, 1, 9, insert(id, ID{1, 2}, ID{2, 1}, "x")))
			mustApply(t, x, forge(0x100, 1, 9, insert(id, ID{1, 2}, ID{}, "y")))
		}
		for _, x := range []*Board{l, c} {
			if x.Element(id).Text() != b.Element(id).Text() || !bytes.Equal(x.Snapshot(), b.Snapshot()) {
				t.Errorf("%q, want %q", x.Element(id).Text(), b.Element(id).Text())
			}
		}
	}
}

// B29: a loaded board writes later than all that it shows, also than what it does
// not understand.
func TestB29LoadedClock(t *testing.T) {
	for why, u := range map[string][]byte{
		"a creation":                      forge(3, 1, 900, create(KindNote)),
		"a write":                         append(forge(3, 1, 1, create(KindNote)), forge(4, 1, 900, set(ID{3, 1}, KeyColor, Int(1)))...),
		"an operation of a later version": forge(3, 1, 900, unknown(16, 1, "x")),
		"numbers that were skipped":       forge(3, 1, 900, skip(900)),
	} {
		b := New(0)
		mustApply(t, b, u)
		l, err := Load(7, b.Snapshot())
		if err != nil {
			t.Fatal(err)
		}
		if l.lamport < 900 {
			t.Errorf("%s: the clock of the loaded board is %d, want 900 at least", why, l.lamport)
		}
		if err := checkBoard(l); err != nil {
			t.Errorf("%s: %v", why, err)
		}
	}
}

// B35: whatever bits come for a float, there is one zero and no number that is
// not finite, by the fast way as by the other, which is taken while something
// waits.
func TestB35AnyBits(t *testing.T) {
	id := ID{3, 1}
	for _, waiting := range []bool{false, true} {
		for _, f := range []float64{math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1), math.Float64frombits(0xfff0000000000001)} {
			b := New(0)
			mustApply(t, b, forge(3, 1, 1, create(KindNote), set(id, KeyX, Float(7))))
			if waiting {
				mustApply(t, b, forge(9, 2, 2, create(1)))
			}
			mustApply(t, b, forge(3, 3, 3, set(id, KeyX, Value{typ: typeFloat, num: int64(math.Float64bits(f))})))
			if got := b.Element(id).Get(KeyX); got != Float(0) {
				t.Errorf("%g came as %s", f, show(got))
			}
		}
	}
}
