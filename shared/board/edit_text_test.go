package board

import (
	"slices"
	"strings"
	"testing"

	"edgeboard/shared/wire"
)

// kinds returns the tags of an update's operations and how many items each has.
func kinds(t *testing.T, updates []byte) (tags, items []uint64) {
	t.Helper()
	for _, u := range split(t, updates) {
		one, _, _ := wire.Bytes(u)
		var d decoder
		if err := d.decode(one); err != nil {
			t.Fatal(err)
		}
		for _, o := range d.ops {
			tags, items = append(tags, o.tag), append(items, o.n)
		}
	}
	return tags, items
}

// B42: what is typed in one edit is one insertion, and what is erased one life, whichever key is held.
func TestB42KeysHeld(t *testing.T) {
	b, id := noteOf(t, "0123456789")
	other := New(2)
	mustApply(t, other, diff(t, b, nil))
	e := b.Edit()
	for i, c := range strings.Split("typed", "") {
		e.Splice(id, Chars, 5+i, 0, c)
	}
	for i := range 3 {
		e.Splice(id, Chars, 9-i, 1, "") // backspace: d, e, p
	}
	for range 4 {
		e.Splice(id, Chars, 7, 1, "") // delete: 5 to 8
	}
	e.Splice(id, Chars, 7, 0, "é")
	e.Splice(id, Chars, 8, 0, "!")
	u := e.Commit()
	tags, items := kinds(t, u)
	// The backspaces and the deletions go in different directions, and so does what is typed behind them.
	if want := []uint64{opInsert, opLife, opLife, opInsert}; !slices.Equal(tags, want) || !slices.Equal(items, []uint64{5, 3, 4, 2}) {
		t.Errorf("operations %v of %v items, want %v of 5, 3, 4 and 2", tags, items, want)
	}
	mustApply(t, other, u)
	for _, b := range []*Board{b, other} {
		if got := b.Element(id).Text(); got != "01234tyé!9" {
			t.Errorf("replica %d shows %q", b.Replica(), got)
		}
	}
}

// What is typed on has its length before it, which may take more than a byte.
func TestB42KeysHeldLengths(t *testing.T) {
	for _, n := range []int{1, 127, 128, 129, 200, 300, 16383, 16384, 20000} {
		b, id := noteOf(t, "")
		e := b.Edit()
		for i := range n {
			e.Splice(id, Chars, i, 0, string(rune('a'+i%26)))
		}
		u := e.Commit()
		if tags, items := kinds(t, u); !slices.Equal(tags, []uint64{opInsert}) || items[0] != uint64(n) {
			t.Errorf("%d typed: operations %v of %v", n, tags, items)
		}
		other, _ := noteOf(t, "")
		mustApply(t, other, u)
		if other.Hash() != b.Hash() {
			t.Errorf("%d typed: the boards differ", n)
		}
	}
}

// B42: an edit in between, or an update of somebody else, begins a new operation.
func TestB42KeysInterrupted(t *testing.T) {
	b, id := noteOf(t, "")
	other := New(2)
	mustApply(t, other, diff(t, b, nil))
	theirs := splice(t, other, id, 0, 0, "theirs ")
	e := b.Edit()
	e.Splice(id, Chars, 0, 0, "a")
	e.Splice(id, Chars, 1, 0, "b")
	e.Set(id, KeyColor, Int(1))
	e.Splice(id, Chars, 2, 0, "c")
	mustApply(t, b, theirs)
	at, err := b.Element(id).Position(Anchor{ID{1, 5}}, Chars) // behind c
	if err != nil {
		t.Fatal(err)
	}
	e.Splice(id, Chars, at, 0, "d")
	u := e.Commit()
	if tags, _ := kinds(t, u); !slices.Equal(tags, []uint64{opInsert, opSet, opInsert, opInsert}) {
		t.Errorf("operations %v", tags)
	}
	mustApply(t, other, u)
	if a, b := b.Element(id).Text(), other.Element(id).Text(); a != b || !strings.Contains(a, "abcd") {
		t.Errorf("%q here, %q there", a, b)
	}
}

// B42: what comes from others in between may be earlier than all that is here, so
// that no clock tells of it. It still divides what is typed around it.
func TestB42KeysInterruptedByTheEarlier(t *testing.T) {
	for _, at := range []int{1, 2} { // before what came, and behind it
		b, id := noteOf(t, "X")
		other := New(2)
		mustApply(t, other, diff(t, b, nil))
		theirs := splice(t, other, id, 0, 0, "r")
		e := b.Edit()
		for i := range 100 {
			e.Set(id, KeyColor, Int(int64(i)))
		}
		e.Splice(id, Chars, 0, 0, "a")
		mustApply(t, b, theirs) // between a and X, by the order of the replicas
		if got := b.Element(id).Text(); got != "arX" {
			t.Fatalf("the text is %q", got)
		}
		e.Splice(id, Chars, at, 0, "b")
		u := e.Commit()
		tags, _ := kinds(t, u)
		if n := len(tags); !slices.Equal(tags[n-2:], []uint64{opInsert, opInsert}) {
			t.Errorf("typed at %d: the last operations are %v, want two insertions", at, tags[n-2:])
		}
		mustApply(t, other, u)
		mustEqual(t, b, other)
	}
}

// B14, B30: who types for long in one edit makes operations and updates that are not too long.
func TestB42KeysHeldForLong(t *testing.T) {
	b, id := noteOf(t, "")
	other := New(2)
	mustApply(t, other, diff(t, b, nil))
	e := b.Edit()
	const n = 3*MaxInsert + 7
	for i := range n {
		e.Splice(id, Chars, i, 0, string(rune('a'+i%26)))
	}
	for i := range n - 100 {
		e.Splice(id, Chars, n-1-i, 1, "")
	}
	u := e.Commit()
	for _, one := range split(t, u) {
		if len(one) > splitUpdate+64 {
			t.Errorf("an update of %d bytes", len(one))
		}
	}
	_, items := kinds(t, u)
	if sum(items[:4]) != n || items[len(items)-1] != n-100 {
		t.Errorf("operations of %v items, for %d typed and %d erased", items, n, n-100)
	}
	mustApply(t, other, u)
	if got := other.Element(id).Text(); got != b.Element(id).Text() || len(got) != 100 {
		t.Errorf("%q there", got)
	}
	if b.Hash() != other.Hash() {
		t.Error("the boards differ")
	}
}

func sum(list []uint64) (n uint64) {
	for _, v := range list {
		n += v
	}
	return n
}

// What a pen appends sample by sample in one edit is one operation, as if it had
// come at once; something else between ends it, and the next update begins anew.
func TestPointsOfAnEditAreOneOperation(t *testing.T) {
	points := make([]Point, 300)
	for i := range points {
		points[i] = Point{X: int32(i * i / 50), Y: int32(7 * i), Pressure: uint8(i)}
	}
	b, once := New(3), New(3)
	e, f := b.Edit(), once.Edit()
	one, _ := e.Create(KindStroke), f.Create(KindStroke)
	for i := range points {
		e.Append(one, points[i])
	}
	e.Append(one)
	f.Append(one, points...)
	if got, want := e.Commit(), f.Commit(); !slices.Equal(got, want) {
		t.Errorf("sample by sample takes %d bytes, at once %d", len(got), len(want))
	}

	other := New(0)
	mustApply(t, other, diff(t, b, nil))
	e = b.Edit()
	two := e.Create(KindStroke)
	e.Append(one, points[0])
	e.Append(one, points[1])
	e.Append(two, points[2])
	e.Append(one, points[3])
	e.Set(one, KeyColor, Int(1))
	e.Append(one, points[4])
	e.Append(two, Point{X: 1}, Point{X: 2})
	e.Append(two, Point{X: 3})
	u := e.Commit()
	tags, items := kinds(t, u)
	if want := []uint64{opCreate, opPoints, opPoints, opPoints, opSet, opPoints, opPoints}; !slices.Equal(tags, want) || !slices.Equal(items, []uint64{1, 2, 1, 1, 1, 1, 3}) {
		t.Errorf("operations %v of %v items, want %v of 1, 2, 1, 1, 1, 1 and 3", tags, items, want)
	}
	mustApply(t, other, u)
	mustEqual(t, b, other)

	// An update of another between two samples, which lets time leap, ends the
	// operation.
	g := New(4).Edit()
	for range 1000 {
		g.Create(KindNote)
	}
	theirs := g.Commit()
	e = b.Edit()
	e.Append(one, points[5])
	mustApply(t, b, theirs)
	e.Append(one, points[6])
	u = e.Commit()
	mustApply(t, other, theirs)
	mustApply(t, other, u)
	mustEqual(t, b, other)
}
