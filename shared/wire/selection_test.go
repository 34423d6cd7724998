package wire

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// simpleIDs is how IDs are written, without haste.
func simpleIDs(ids []ID) (b []byte) {
	var last ID
	for _, id := range ids {
		b = binary.AppendUvarint(b, Zigzag(int64(id.Replica-last.Replica)))
		b = binary.AppendUvarint(b, Zigzag(int64(id.Seq-last.Seq)))
		last = id
	}
	return b
}

// Elements and caret may stand in several parts, cut between any two numbers, also
// one list between the parts of the other (W9).
func TestSelectionInParts(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	random := func(n int) []ID {
		ids := make([]ID, n)
		for i := range ids {
			ids[i] = ID{rng.Uint64() >> rng.IntN(64), rng.Uint64() >> rng.IntN(64)}
		}
		return ids
	}
	cut := func(b []byte) int {
		n := rng.IntN(len(b) + 1)
		for n > 0 && b[n-1] >= 0x80 {
			n--
		}
		return n
	}
	var out Selection // used again and again
	for range 2000 {
		in := Selection{Elements: random(rng.IntN(20)), Caret: random(CaretSize)}
		a, b := simpleIDs(in.Elements), simpleIDs(in.Caret)
		whole := appendString(nil, 6, b)
		if len(a) > 0 {
			whole = append(appendString(nil, 3, a), whole...)
		}
		if got := in.Append(nil); !slices.Equal(got, whole) {
			t.Fatalf("%+v is written as % x, want % x", in, got, whole)
		}
		i, j := cut(a), cut(b)
		parts := appendString(appendString(nil, 3, a[:i]), 6, b[:j])
		parts = appendString(appendString(parts, 3, a[i:]), 6, b[j:])
		for _, msg := range [][]byte{whole, parts} {
			err := out.Parse(msg)
			if err != nil || !slices.Equal(out.Elements, in.Elements) || !slices.Equal(out.Caret, in.Caret) {
				t.Fatalf("% x: %+v, %v, want %+v", msg, out, err, in)
			}
		}
	}
}

// What somebody has in hand on a board of common size goes into one datagram with
// hundreds of elements.
func TestSelectionIsSmall(t *testing.T) {
	s := Selection{Member: 300, Seq: 100_000, By: []float64{1, 0, 0, 1, 0.1, 0.1}}
	for i := range uint64(MaxSelected) {
		s.Elements = append(s.Elements, ID{1<<53 - 2, 1_000_000 + 50*i})
	}
	if b := s.Append(nil); len(b) > 900 {
		t.Errorf("%d elements of one person take %d bytes", MaxSelected, len(b))
	}
}

// A matrix turns and stretches what lies at the rim of the largest boards exactly
// where the sender sees it: numbers of 32 bits would be some 30 units off there.
func TestSelectionIsExact(t *testing.T) {
	const rim = 1 << 28
	sin, cos := math.Sincos(0.3)
	in := Selection{By: []float64{cos, sin, -sin, cos, rim - cos*rim + sin*rim, rim - sin*rim - cos*rim}}
	var out Selection
	if err := out.Parse(in.Append(nil)); err != nil || !slices.Equal(out.By, in.By) {
		t.Errorf("%v came back as %v, %v", in.By, out.By, err)
	}
}

func TestSelectionsAllocateNothing(t *testing.T) {
	out := &Selection{Member: 3, Seq: 9, By: make([]float64, MatrixSize), Caret: make([]ID, CaretSize)}
	for i := range uint64(50) {
		out.Elements = append(out.Elements, ID{7, i * i})
	}
	wantNoAllocations(t, out, new(Selection))
}

// R9: what claims to have many elements takes no memory before they are counted.
func TestSelectionOverTheLimitAllocatesNothing(t *testing.T) {
	for _, number := range []int{3, 4, 5, 6} {
		hostile := appendString(nil, number, make([]byte, 800_000))
		if n := testing.AllocsPerRun(10, func() {
			var m Selection
			if m.Parse(hostile) != ErrTooMany {
				t.Fatal("taken")
			}
		}); n > 1 { // m itself
			t.Errorf("list %d: %v allocations, want none for it", number, n)
		}
	}
}
