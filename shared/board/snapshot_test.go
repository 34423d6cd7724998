package board

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"edgeboard/shared/board/internal/ink"
)

// museum is a board with one of everything.
func museum(t testing.TB) (b *Board, stroke, note ID) {
	b = New(5)
	e := b.Edit()
	stroke = e.Create(KindStroke)
	e.Append(stroke, Point{X: 1, Y: 2, Pressure: 3}, Point{X: 4, Y: 5, Pressure: 6})
	e.Set(stroke, KeyColor, Int(-5))
	note = e.Create(KindNote)
	e.Set(note, KeyX, Float(1.25))
	e.Set(note, KeyY, Float(1.0/3))
	e.Set(note, KeyLink, String("héllo"))
	e.Set(note, KeyParent, Ref(ID{99, 3}))
	e.Set(note, KeyFill, Value{})
	e.Splice(note, Chars, 0, 0, "hello 😀")
	e.Splice(note, Chars, 1, 2, "")
	e.Append(stroke, Point{X: 1, Y: 2, Pressure: 3})
	e.Set(stroke, KeyDeleted, Int(1))
	e.Set(note, KeyOrder, String(b.Between(nil, b.Element(stroke))))
	if e.Err() != nil {
		t.Fatal(e.Err())
	}
	e.Commit()
	mustApply(t, b, forge(7, 1, 3, create(2), unknown(16, 3, "wxyz"), set(note, KeyColor, Int(1)), skip(2)))
	return b, stroke, note
}

// B29: a loaded board is the same, writes on, and takes what comes.
func TestB29Load(t *testing.T) {
	b, stroke, note := museum(t)
	l, err := Load(5, b.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := checkBoard(l); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(l.Snapshot(), b.Snapshot()) || l.Hash() != b.Hash() || !sameState(stateOf(l), stateOf(b)) {
		t.Fatalf("%v, loaded %v", stateOf(b), stateOf(l))
	}
	if l.Replica() != 5 || l.Len() != b.Len() || l.Seq(7) != b.Seq(7) || len(l.unknown) != 1 {
		t.Errorf("replica %d, %d elements, %v, %d operations of a later version", l.Replica(), l.Len(), l.Vector(), len(l.unknown))
	}
	// It goes on where it was.
	e := l.Edit()
	e.Append(stroke, Point{X: 9})
	e.Splice(note, Chars, 3, 0, "!")
	e.Set(note, KeyX, Int(3))
	mustApply(t, b, e.Commit())
	mustApply(t, l, forge(7, 8, 90, set(stroke, KeyDeleted, Value{})))
	mustApply(t, b, forge(7, 8, 90, set(stroke, KeyDeleted, Value{})))
	mustEqual(t, b, l)
	if got := l.Element(note).Text(); got != "hlo! 😀" {
		t.Errorf("%q", got)
	}
}

// B46: a loaded board sends what it has heard since, and who lacks more is told.
func TestB46Compacted(t *testing.T) {
	b, _, note := museum(t)
	l, err := Load(6, b.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	u := splice(t, l, note, 0, 0, "new ")
	for why, c := range map[string]struct {
		have Vector
		want error
	}{
		"who has all":                 {b.Vector(), nil},
		"who has more":                {Vector{5: 10000, 7: 10000, 6: 1}, nil},
		"who has nothing":             {nil, ErrCompacted},
		"who lacks one":               {Vector{5: b.Seq(5) - 1, 7: b.Seq(7)}, ErrCompacted},
		"who does not know a replica": {Vector{5: b.Seq(5)}, ErrCompacted},
	} {
		if got, err := l.Diff(c.have); !errors.Is(err, c.want) || err != nil && got != nil {
			t.Errorf("%s: % x, %v; want %v", why, got, err, c.want)
		}
	}
	since := diff(t, l, b.Vector())
	if len(split(t, since)) != 1 || len(since) != len(u) {
		t.Errorf("% x, want what was written since, % x", since, u)
	}
	mustApply(t, b, since)
	mustEqual(t, b, l)
	if got := diff(t, New(0), nil); len(got) != 0 {
		t.Errorf("an empty board sends % x", got)
	}
}

// B28: the order in which things came, and what was overwritten, leave no trace.
func TestB28Canonical(t *testing.T) {
	id := ID{1, 1}
	u := [][]byte{
		forge(1, 1, 1, create(KindNote), insert(id, ID{}, ID{}, "ab"), set(id, KeyFrame, Ref(ID{40, 1}))),
		forge(2, 1, 9, set(id, KeyFrame, Ref(ID{30, 1})), insert(id, ID{1, 2}, ID{1, 3}, "x"), create(1)),
		forge(3, 1, 9, insert(id, ID{1, 2}, ID{1, 3}, "yz"), life(id, ID{1, 3}, 1, false, 2, "")),
	}
	x, y := New(0), New(0)
	for i := range u {
		mustApply(t, x, u[i])
		mustApply(t, y, u[len(u)-1-i])
	}
	mustEqual(t, x, y)
}

// Bytes that are no snapshot are refused, and nothing panics.
func TestB29Refusals(t *testing.T) {
	b, _, _ := museum(t)
	whole := b.Snapshot()
	if _, err := Load(0, append([]byte{9}, whole[1:]...)); !errors.Is(err, ErrVersion) {
		t.Errorf("another version: %v", err)
	}
	for i := range whole {
		if _, err := Load(0, whole[:i]); err == nil {
			t.Errorf("cut to %d of %d bytes", i, len(whole))
		}
	}
	if _, err := Load(0, append(bytes.Clone(whole), 0)); !errors.Is(err, ErrMalformed) {
		t.Errorf("a byte too many: %v", err)
	}
	for i := range whole {
		for _, bit := range []byte{1, 0x10, 0x80, 0xff} {
			bad := bytes.Clone(whole)
			bad[i] ^= bit
			if l, err := Load(0, bad); err == nil {
				l.Snapshot()
				diff(t, l, l.Vector())
			}
		}
	}
	empty, err := Load(3, New(0).Snapshot())
	if err != nil || empty.Len() != 0 || empty.Hash() != New(0).Hash() {
		t.Errorf("an empty board: %v", err)
	}
}

// FuzzLoad: what loads can be used, and gives a snapshot that loads.
func FuzzLoad(f *testing.F) {
	b, _, _ := museum(f)
	f.Add(b.Snapshot())
	f.Add(scene(f).Snapshot())
	f.Add(New(0).Snapshot())
	for _, b := range epochBoards(f) {
		f.Add(b.Snapshot())
	}
	f.Add([]byte(strings.Repeat("\x01", 40)))
	f.Fuzz(func(t *testing.T, s []byte) {
		b, err := Load(0, s)
		if err != nil {
			return
		}
		once := b.Snapshot()
		again, err := Load(0, once)
		if err != nil || !bytes.Equal(again.Snapshot(), once) || !sameState(stateOf(b), stateOf(again)) {
			t.Fatalf("%v; % x, then % x", err, once, again.Snapshot())
		}
	})
}

// B28: another packer may write a block in a longer way. The points count, not
// the block.
func TestB28OtherBlocks(t *testing.T) {
	var bits, n uint64
	for _, part := range [][2]uint64{{10, 5}, {2, 11}, {2, 11}, {0, 8}} { // eleven bits for each coordinate, 1 and 1
		bits |= part[0] << n
		n += part[1]
	}
	long := []byte{byte(bits), byte(bits >> 8), byte(bits >> 16), byte(bits >> 24), byte(bits >> 32)}
	stroke := func(block []byte) *Board {
		b := New(0)
		mustApply(t, b, forge(7, 1, 1, create(KindStroke), func(w *encoder) { w.points(ID{7, 1}, 0, 1, block) }))
		return b
	}
	x, y := stroke(long), stroke(ink.Append(nil, nil, []Point{{X: 1, Y: 1}}))
	if p := x.Element(ID{7, 1}).AppendPoints(nil); p[0] != (Point{X: 1, Y: 1}) {
		t.Fatalf("the long block holds %v", p)
	}
	mustEqual(t, x, y)
	if x.Hash() != y.Hash() {
		t.Error("the same points in another block have another hash")
	}
}
