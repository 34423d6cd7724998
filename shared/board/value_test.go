package board

import (
	"math"
	"testing"
)

func TestB35Values(t *testing.T) {
	for _, c := range []struct {
		v    Value
		none bool
		i    int64
		f    float64
		s    string
		ref  ID
	}{
		{Value{}, true, 0, 0, "", ID{}},
		{Int(5), false, 5, 5, "", ID{}},
		{Int(math.MinInt64), false, math.MinInt64, math.MinInt64, "", ID{}},
		{Float(-2.75), false, -2, -2.75, "", ID{}},
		{Float(1e300), false, math.MaxInt64, 1e300, "", ID{}},
		{Float(-1e300), false, math.MinInt64, -1e300, "", ID{}},
		{Float(1 << 63), false, math.MaxInt64, 1 << 63, "", ID{}},
		{Float(math.NaN()), false, 0, 0, "", ID{}},
		{Float(math.Inf(1)), false, 0, 0, "", ID{}},
		{Float(math.Inf(-1)), false, 0, 0, "", ID{}},
		{Float(math.Copysign(0, -1)), false, 0, 0, "", ID{}},
		{String("x"), false, 0, 0, "x", ID{}},
		{String(""), false, 0, 0, "", ID{}},
		{Ref(ID{3, 4}), false, 0, 0, "", ID{3, 4}},
	} {
		if c.v.IsNone() != c.none || c.v.Int() != c.i || c.v.Float() != c.f || c.v.Str() != c.s || c.v.Ref() != c.ref {
			t.Errorf("%s: %v %d %g %q %v", show(c.v), c.v.IsNone(), c.v.Int(), c.v.Float(), c.v.Str(), c.v.Ref())
		}
		// A property holds it, here, elsewhere, and after loading.
		a, id := noteOf(t, "")
		e := a.Edit()
		e.Set(id, KeyX, Int(77))
		e.Set(id, KeyX, c.v)
		if e.Err() != nil {
			t.Fatal(e.Err())
		}
		b := New(0)
		mustApply(t, b, append(forge(1, 1, 1, create(KindNote)), e.Commit()...))
		mustEqual(t, a, b)
		if got := b.Element(id).Get(KeyX); got != c.v || math.Signbit(got.Float()) && got.Float() == 0 {
			t.Errorf("%s came as %s", show(c.v), show(got))
		}
	}
	if Float(0) != Float(math.Copysign(0, -1)) || math.Signbit(Float(math.Copysign(0, -1)).Float()) {
		t.Error("there are two zeros")
	}
	if Int(1) == Float(1) || String("") == (Value{}) {
		t.Error("values of different types are equal")
	}
}

// B35: writing none clears a property; the write is one like any other.
func TestB35NoneClears(t *testing.T) {
	b, id := noteOf(t, "")
	el := b.Element(id)
	e := b.Edit()
	e.Set(id, KeyColor, Int(3))
	e.Set(id, KeyX, Float(2.5))
	e.Set(id, KeyLink, String("there"))
	if el.Int(KeyColor, 9) != 3 || el.Int(KeyX, 9) != 2 || el.Float(KeyX, 9) != 2.5 || el.Float(KeyColor, 9) != 3 {
		t.Error("numbers are not read back")
	}
	if el.Int(KeyLink, 9) != 9 || el.Float(KeyLink, 9) != 9 || el.Int(KeyWidth, 9) != 9 {
		t.Error("what is no number, or was never set, is the default")
	}
	for _, k := range []Key{KeyColor, KeyX, KeyLink} {
		e.Set(id, k, Value{})
		if !el.Get(k).IsNone() || el.Int(k, 9) != 9 || el.Float(k, 9) != 9 {
			t.Errorf("property %d is not cleared: %s", k, show(el.Get(k)))
		}
	}
	e.Commit()
	mustApply(t, b, forge(2, 1, 2, set(id, KeyColor, Int(4)))) // earlier
	if !el.Get(KeyColor).IsNone() {
		t.Error("an earlier write wins over the clearing")
	}
	if err := checkReload(b); err != nil {
		t.Error(err)
	}
}

// B35: what a property names need not be there, and nothing waits for it.
func TestB35ReferenceToTheUnknown(t *testing.T) {
	b := scene(t)
	id := ID{1, 1}
	for _, ref := range []ID{{1, 4}, {1, 2}, {1, 4000}, {2, MaxSeq}, {MaxReplica, 1}} {
		seq := b.Seq(9) + 1
		mustApply(t, b, forge(9, seq, 20+seq, set(id, KeyFrame, Ref(ref))))
		if got := b.Element(id).Get(KeyFrame); got != Ref(ref) || b.Parked() > 0 {
			t.Errorf("%s, %d parked; want %v", show(got), b.Parked(), ref)
		}
		if err := checkReload(b); err != nil {
			t.Error(err)
		}
	}
	// Who is only referred to has written nothing.
	if _, ok := b.Vector()[MaxReplica]; ok {
		t.Errorf("vector %v", b.Vector())
	}
	mustApply(t, b, forge(MaxReplica, 1, 1, create(KindFrame)))
	if b.Element(b.Element(id).Get(KeyFrame).Ref()).Kind() != KindFrame {
		t.Error("the frame has come and is not found")
	}
}

func TestErrors(t *testing.T) {
	if ErrFull.Error() != "board: the document is full" {
		t.Error(ErrFull.Error())
	}
	if scene(t).Element(ID{1, 2}) != nil {
		t.Error("a point is not an element")
	}
}

// B12: no other property, not even one with a key that nobody uses, hides that
// an element is deleted.
func TestB12DeletedBesideKeyZero(t *testing.T) {
	b := New(1)
	e := b.Edit()
	id := e.Create(KindNote)
	e.Set(id, KeyDeleted, Int(1))
	e.Set(id, 0, Int(5))
	if e.Commit(); !b.Element(id).Deleted() || b.Len() != 0 {
		t.Errorf("deleted: %v, %d elements are there", b.Element(id).Deleted(), b.Len())
	}
}
