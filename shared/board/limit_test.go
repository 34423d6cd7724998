package board

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"edgeboard/shared/board/internal/text"
	"edgeboard/shared/wire"
)

// B30: each limit is reached, and not passed by one.

func wantErr(t *testing.T, why string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: %v, want %v", why, got, want)
	}
}

func TestB30LastElement(t *testing.T) {
	b := New(1)
	half := slices.Repeat([]func(*encoder){create(KindNote)}, MaxElements/2)
	wantErr(t, "half", b.Apply(forge(3, 1, 1, half...)), nil)
	wantErr(t, "one more than the other half", b.Apply(forge(4, 1, 1, append(slices.Clone(half), create(KindNote))...)), ErrFull)
	wantErr(t, "the other half", b.Apply(forge(4, 1, 1, half...)), nil)
	wantErr(t, "one more", b.Apply(forge(5, 1, 1, create(KindNote))), ErrFull)
	e := b.Edit()
	e.Create(KindNote)
	wantErr(t, "one more of our own", e.Err(), ErrFull)
	if b.Len() != MaxElements {
		t.Errorf("%d elements", b.Len())
	}
}

func TestB30LastCharacter(t *testing.T) {
	b := New(1)
	id := ID{3, 1}
	wantErr(t, "a note", b.Apply(forge(3, 1, 1, create(KindNote))), nil)
	runs := slices.Repeat([]func(*encoder){hidden(id, ID{}, ID{}, text.MaxRun)}, MaxText/text.MaxRun-1)
	wantErr(t, "all but a run", b.Apply(forge(3, 2, 2, runs...)), nil)
	next := b.Seq(3) + 1
	wantErr(t, "one more than the run", b.Apply(forge(3, next, next, hidden(id, ID{}, ID{}, text.MaxRun-1), insert(id, ID{}, ID{}, "ab"))), ErrFull)
	wantErr(t, "all but one", b.Apply(forge(3, next, next, hidden(id, ID{}, ID{}, text.MaxRun-1))), nil)
	wantErr(t, "two, which is a small update", b.Apply(forge(3, next+text.MaxRun-1, next+text.MaxRun-1, insert(id, ID{}, ID{}, "ab"))), ErrFull)
	e := b.Edit()
	e.Splice(id, Chars, 0, 0, "ab")
	wantErr(t, "two of our own", e.Err(), ErrFull)
	e = b.Edit()
	e.Splice(id, Chars, 0, 0, "a")
	wantErr(t, "the last one", e.Err(), nil)
	if b.Element(id).Text() != "a" || b.texts.Size() != MaxText {
		t.Errorf("%q, %d characters", b.Element(id).Text(), b.texts.Size())
	}
	wantErr(t, "one more", b.Apply(forge(4, 1, 1, insert(id, ID{}, ID{}, "b"))), ErrFull)

	b = New(1)
	wantErr(t, "all at once", b.Apply(forge(3, 1, 1, append([]func(*encoder){create(KindNote), hidden(id, ID{}, ID{}, text.MaxRun)}, runs...)...)), nil)
	wantErr(t, "one more", b.Apply(forge(4, 1, 1, hidden(id, ID{}, ID{}, 1))), ErrFull)
}

// The last place is for a writer: who is named takes none of it.
func TestB30LastReplica(t *testing.T) {
	b := New(MaxReplicas + 50)
	name := func(seq uint64, r ...Replica) []byte {
		var ops []func(*encoder)
		for _, r := range r {
			ops = append(ops, set(ID{1, 1}, KeyFrame, Ref(ID{r, 1})))
		}
		return forge(1, seq, 9+seq, ops...)
	}
	wantErr(t, "the first", b.Apply(forge(1, 1, 1, create(KindNote))), nil)
	for r := Replica(2); r <= MaxReplicas-3; r++ {
		wantErr(t, "more", b.Apply(forge(r, 1, 1, skip(1))), nil)
	}
	const far = Replica(MaxReplicas) // and on
	wantErr(t, "three who are named at once", b.Apply(name(2, far, far+1, far+2)), ErrFull)
	wantErr(t, "two, and one of them again", b.Apply(name(2, far, far+1, far)), nil)
	wantErr(t, "a third", b.Apply(name(5, far+2)), ErrFull)
	e := b.Edit()
	e.Set(ID{1, 1}, KeyFrame, Ref(ID{far + 2, 1}))
	wantErr(t, "a third, named by us", e.Err(), ErrFull)
	wantErr(t, "a writer", b.Apply(forge(far+3, 1, 1, skip(1))), nil)
	wantErr(t, "a writer too many", b.Apply(forge(far+4, 1, 1, skip(1))), ErrFull)
	wantErr(t, "who was named writes", b.Apply(forge(far, 1, 1, skip(1))), nil)
	e = b.Edit()
	e.Create(KindNote)
	wantErr(t, "we are one too many", e.Err(), ErrFull)
	if len(b.writers) != MaxReplicas {
		t.Errorf("%d replicas", len(b.writers))
	}
}

// sized returns an update of so many bytes, its length not counted.
func sized(t *testing.T, seq uint64, size int) []byte {
	t.Helper()
	var ops []func(*encoder)
	rest := size - 20
	for ; rest > maxPayload; rest -= maxPayload + 5 {
		ops = append(ops, unknown(16, 1, strings.Repeat("x", maxPayload)))
	}
	// A length may itself take a byte more or less: a second operation makes up for it.
	for first := max(rest-20, 0); first <= rest+20; first++ {
		for second := range 10 {
			u := forge(3, seq, seq, append(slices.Clone(ops), unknown(16, 1, strings.Repeat("x", first)), unknown(16, 1, strings.Repeat("x", second)))...)
			if body, _, _ := wire.Bytes(u); len(body) == size {
				return u
			}
		}
	}
	t.Fatalf("no update of %d bytes", size)
	return nil
}

func TestB30LastByte(t *testing.T) {
	wantErr(t, "an update over MaxUpdate", New(0).Apply(sized(t, 1, MaxUpdate+1)), ErrLimit)
	wantErr(t, "an update of MaxUpdate", New(0).Apply(sized(t, 1, MaxUpdate)), nil)

	// B22: what waits takes MaxParked, to the last byte.
	b := New(0)
	for i := range uint64(15) {
		wantErr(t, "parked", b.Apply(sized(t, 2+10*i, MaxParked/16)), nil)
	}
	wantErr(t, "B22: a byte too many", b.Apply(sized(t, 1000, MaxParked/16+1)), ErrParked)
	wantErr(t, "B22: the last bytes", b.Apply(sized(t, 1000, MaxParked/16)), nil)
	if b.Parked() != MaxParked {
		t.Errorf("B22: %d bytes parked, want %d", b.Parked(), MaxParked)
	}
	wantErr(t, "B22: one more", b.Apply(forge(4, 2, 2, create(1))), ErrParked)
}

func TestB30LastNumber(t *testing.T) {
	last := uint64(MaxSeq - 1)
	b := New(0)
	wantErr(t, "the number after the last", b.Apply(forge(3, last+1, last+1, create(1))), ErrLimit)
	wantErr(t, "a run beyond the last", b.Apply(forge(3, last, last, unknown(16, 2, ""))), ErrLimit)
	wantErr(t, "all but the last", b.Apply(forge(3, 1, 1, create(KindNote), skip(last-3), set(ID{3, 1}, KeyColor, Int(1)))), nil)
	wantErr(t, "a small update beyond the last", b.Apply(forge(3, last, last, insert(ID{3, 1}, ID{}, ID{}, "ab"))), ErrLimit)
	wantErr(t, "the last", b.Apply(forge(3, last, last, set(ID{3, 1}, KeyColor, Int(2)))), nil)
	if b.Seq(3) != last {
		t.Errorf("%d operations", b.Seq(3))
	}
	if err := checkReload(b); err != nil {
		t.Error(err)
	}
}

func TestB30LocalLimits(t *testing.T) {
	b := New(1)
	e := b.Edit()
	id := e.Create(KindStroke)
	e.Append(id, make([]Point, MaxPoints-1)...)
	e.Append(id, Point{})
	e.Set(id, KeyLink, String(strings.Repeat("x", MaxValue)))
	wantErr(t, "B32: up to the limits", e.Err(), nil)
	e.Append(id, Point{})
	wantErr(t, "B32: a point too many", e.Err(), ErrLimit)
	e = b.Edit()
	e.Set(id, KeyLink, String(strings.Repeat("x", MaxValue+1)))
	wantErr(t, "B32: a byte too many", e.Err(), ErrLimit)
	if b.Element(id).NumPoints() != MaxPoints {
		t.Errorf("%d points", b.Element(id).NumPoints())
	}
}

// B31: an operation of any size and kind may lead the clock by MaxLamportJump,
// less one, where it is accepted; anywhere, it stays below MaxLamport.
func TestB31LastTime(t *testing.T) {
	id := ID{3, 1}
	base := forge(3, 1, 1, create(KindNote), set(id, KeyColor, Int(1)), insert(id, ID{}, ID{}, "abc"))
	for why, op := range map[string]struct {
		op func(*encoder)
		n  uint64
	}{
		"a number set":         {set(id, KeyColor, Int(2)), 1},
		"a string set":         {set(id, KeyLink, String("x")), 1},
		"a character":          {insert(id, ID{3, 5}, ID{}, "d"), 1},
		"characters":           {insert(id, ID{3, 5}, ID{}, "def"), 3},
		"a character erased":   {life(id, ID{3, 5}, 1, false, 2, ""), 1},
		"characters erased":    {life(id, ID{3, 5}, 3, true, 2, ""), 3},
		"characters shown":     {life(id, ID{3, 3}, 3, false, 3, "abc"), 3},
		"points":               {create(KindStroke), 1},
		"of a later version":   {unknown(16, 5, "x"), 5},
		"forgotten characters": {hidden(id, ID{}, ID{}, 7), 7},
	} {
		for _, parked := range []bool{false, true} { // the fast way is not taken while something waits
			fresh := func() *Board {
				b := New(0)
				mustApply(t, b, base)
				if parked {
					mustApply(t, b, forge(9, 2, 2, create(1)))
				}
				return b
			}
			b := fresh()
			first := b.lamport + MaxLamportJump - op.n // so that the last one is one below
			wantErr(t, why+" too far ahead", b.Accept(forge(3, 6, first+1, op.op)), ErrLimit)
			if b.lamport != 5 || b.Seq(3) != 5 {
				t.Errorf("%s: refused, and the clock is %d, the vector %v", why, b.lamport, b.Vector())
			}
			wantErr(t, why+" just so far ahead", b.Accept(forge(3, 6, first, op.op)), nil)
			if b.lamport != first+op.n-1 || b.Seq(3) != 5+op.n {
				t.Errorf("%s: the clock is %d, the vector %v", why, b.lamport, b.Vector())
			}
			b = fresh()
			wantErr(t, why+" at MaxLamport", b.Apply(forge(3, 6, MaxLamport-op.n+1, op.op)), ErrLimit)
			wantErr(t, why+" just below MaxLamport", b.Apply(forge(3, 6, MaxLamport-op.n, op.op)), nil)
		}
	}

	// Our own writes end there too.
	b := New(1)
	mustApply(t, b, forge(3, 1, MaxLamport-3, create(KindNote)))
	e := b.Edit()
	e.Splice(id, Chars, 0, 0, "abc")
	wantErr(t, "three where there is time for two", e.Err(), ErrFull)
	e = b.Edit()
	e.Splice(id, Chars, 0, 0, "ab")
	wantErr(t, "the last two", e.Err(), nil)
	mustApply(t, New(0), append(forge(3, 1, MaxLamport-3, create(KindNote)), e.Commit()...))
	e = b.Edit()
	e.Set(id, KeyColor, Int(1))
	wantErr(t, "one more", e.Err(), ErrFull)
}

// B31: what has been accepted anywhere is applied everywhere, also where it has to
// wait, however far ahead it is.
func TestB31FarClockWaits(t *testing.T) {
	b := New(0)
	mustApply(t, b, forge(3, 2, 1<<40, create(KindNote)))
	mustApply(t, b, forge(3, 1, 1, create(KindNote)))
	if b.Seq(3) != 2 || b.Parked() != 0 {
		t.Errorf("%v, %d parked", b.Vector(), b.Parked())
	}
}
