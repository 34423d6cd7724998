package board

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// noteOf returns a board that writes as replica 1 and the ID of a note on it, 1.1,
// that says s.
func noteOf(t testing.TB, s string) (*Board, ID) {
	t.Helper()
	b := New(1)
	e := b.Edit()
	id := e.Create(KindNote)
	e.Splice(id, Chars, 0, 0, s)
	if e.Err() != nil {
		t.Fatal(e.Err())
	}
	e.Commit()
	return b, id
}

// splice edits a text and returns the update.
func splice(t testing.TB, b *Board, id ID, at, remove int, s string) []byte {
	t.Helper()
	e := b.Edit()
	e.Splice(id, Chars, at, remove, s)
	if e.Err() != nil {
		t.Fatal(e.Err())
	}
	return e.Commit()
}

func TestB42SpliceUnits(t *testing.T) {
	// a, e with an accent, a musical sign of two UTF-16 units, b:
	//	characters  0 1 2 3 4
	//	UTF-16      0 1 2 4 5
	//	bytes       0 1 3 7 8
	const text = "aé𝄞b"
	for _, c := range []struct {
		unit       Unit
		at, remove int
		want       string
		err        error
	}{
		{Chars, 0, 0, "-aé𝄞b", nil},
		{Chars, 1, 2, "a-b", nil},
		{Chars, 4, 0, "aé𝄞b-", nil},
		{Chars, 0, 4, "-", nil},
		{UTF16, 2, 2, "aé-b", nil},
		{UTF16, 4, 1, "aé𝄞-", nil},
		{UTF16, 5, 0, "aé𝄞b-", nil},
		{Bytes, 1, 2, "a-𝄞b", nil},
		{Bytes, 3, 5, "aé-", nil},
		{Chars, 5, 0, text, ErrPosition},
		{Chars, 4, 1, text, ErrPosition},
		{Chars, -1, 1, text, ErrPosition},
		{Chars, 2, -1, text, ErrPosition},
		{Chars, 2, 1<<63 - 1, text, ErrPosition},
		{UTF16, 6, 0, text, ErrPosition},
		{UTF16, 3, 0, text, ErrPosition}, // between the surrogates
		{UTF16, 2, 1, text, ErrPosition},
		{Bytes, 9, 0, text, ErrPosition},
		{Bytes, 2, 0, text, ErrPosition},
		{Bytes, 3, 3, text, ErrPosition},
	} {
		b, id := noteOf(t, text)
		e := b.Edit()
		e.Splice(id, c.unit, c.at, c.remove, "-")
		if got := b.Element(id).Text(); got != c.want || !errors.Is(e.Err(), c.err) {
			t.Errorf("unit %d, at %d remove %d: %q, %v; want %q, %v", c.unit, c.at, c.remove, got, e.Err(), c.want, c.err)
		}
		if u := e.Commit(); c.err != nil && u != nil {
			t.Errorf("unit %d, at %d remove %d was refused and has an update", c.unit, c.at, c.remove)
		}
	}
}

func TestB42Convert(t *testing.T) {
	b, id := noteOf(t, "aé𝄞b")
	el := b.Element(id)
	at := [][3]int{{0, 0, 0}, {1, 1, 1}, {2, 2, 3}, {3, 4, 7}, {4, 5, 8}}
	for _, p := range at {
		for from := range p {
			for to := range p {
				if got, err := el.Convert(p[from], Unit(from), Unit(to)); got != p[to] || err != nil {
					t.Errorf("%d from unit %d to %d: %d, %v; want %d", p[from], from, to, got, err, p[to])
				}
			}
		}
	}
	for u := range Unit(3) {
		if n := el.TextLen(u); n != at[4][u] {
			t.Errorf("length in unit %d is %d, want %d", u, n, at[4][u])
		}
		for _, pos := range []int{-1, at[4][u] + 1} {
			if _, err := el.Convert(pos, u, Chars); !errors.Is(err, ErrPosition) {
				t.Errorf("position %d in unit %d: %v, want %v", pos, u, err, ErrPosition)
			}
		}
	}
	// An element in which nothing was ever written has an empty text.
	e := b.Edit()
	empty := b.Element(e.Create(2))
	if n, err := empty.Convert(0, Bytes, UTF16); n != 0 || err != nil || empty.TextLen(Bytes) != 0 || empty.Text() != "" {
		t.Errorf("empty text: %d, %v, %d, %q", n, err, empty.TextLen(Bytes), empty.Text())
	}
	if _, err := empty.Convert(1, Chars, Chars); !errors.Is(err, ErrPosition) {
		t.Errorf("beyond an empty text: %v", err)
	}
	if e.Splice(empty.ID(), Chars, 0, 1, ""); !errors.Is(e.Err(), ErrPosition) {
		t.Errorf("delete from an empty text: %v", e.Err())
	}
}

// B32: one operation that fails takes none of the next with it.
func TestB32SpliceAfterError(t *testing.T) {
	b, id := noteOf(t, "abc")
	e := b.Edit()
	e.Splice(id, Chars, 9, 0, "x")
	e.Splice(id, Chars, 1, 1, "y")
	if got := b.Element(id).Text(); got != "ayc" || !errors.Is(e.Err(), ErrPosition) {
		t.Errorf("%q, %v; want the second of the two whole", got, e.Err())
	}
}

// B42: a text that one operation cannot take is cut between characters.
func TestB42MaxInsert(t *testing.T) {
	b, id := noteOf(t, "<>")
	long := "x" + strings.Repeat("𝄞", MaxInsert/2) // no cut after MaxInsert bytes
	u := splice(t, b, id, 1, 0, long)
	for _, updates := range [][]byte{u, diff(t, b, Vector{1: 3})} {
		c, _ := noteOf(t, "<>")
		list := split(t, updates)
		if len(list) < 2 {
			t.Errorf("%d updates, want several", len(list))
		}
		for _, one := range list {
			if len(one) > splitUpdate+MaxInsert+100 {
				t.Errorf("an update of %d bytes", len(one))
			}
			mustApply(t, c, one)
		}
		if c.Element(id).Text() != "<"+long+">" {
			t.Error("the text has changed on its way")
		}
		mustEqual(t, b, c)
	}
}

// B43: a place stays with the character before it.
func TestB43Anchors(t *testing.T) {
	b, id := noteOf(t, "ab𝄞d")
	el := b.Element(id)
	a, err := el.Anchor(4, UTF16) // behind the sign
	if err != nil || a.Char != (ID{1, 4}) {
		t.Fatalf("%v, %v; want the sign, 1.4", a, err)
	}
	want := func(pos, utf16 int) {
		t.Helper()
		for u, w := range map[Unit]int{Chars: pos, UTF16: utf16} {
			if got, err := el.Position(a, u); got != w || err != nil {
				t.Errorf("in %q: %d, %v, want %d", el.Text(), got, err, w)
			}
		}
	}
	want(3, 4)
	splice(t, b, id, 3, 0, "at the place") // what is written there lies behind it
	want(3, 4)
	splice(t, b, id, 0, 1, "before")
	want(8, 9)
	splice(t, b, id, 6, 3, "") // the character and those around it
	want(6, 6)

	begin, err := el.Anchor(0, Bytes)
	if err != nil || begin != (Anchor{}) {
		t.Errorf("the beginning: %v, %v", begin, err)
	}
	if pos, err := el.Position(begin, Bytes); pos != 0 || err != nil {
		t.Errorf("the beginning is at %d, %v", pos, err)
	}
	if _, err := el.Anchor(99, Chars); !errors.Is(err, ErrPosition) {
		t.Errorf("an anchor beyond the text: %v", err)
	}
	e := b.Edit()
	other := e.Create(KindNote)
	e.Splice(other, Chars, 0, 0, "z")
	there, _ := b.Element(other).Anchor(1, Chars)
	for why, a := range map[string]Anchor{
		"of another text":      there,
		"of what is an edit":   {ID{1, 1}},
		"of nobody":            {ID{77, 1}},
		"to come":              {ID{1, 9999}},
		"of no number":         {ID{1, 0}},
		"of a number too high": {ID{1, 1<<32 + 4}},
	} {
		if pos, err := el.Position(a, Chars); !errors.Is(err, ErrPosition) {
			t.Errorf("a character %s: %d, %v, want %v", why, pos, err, ErrPosition)
		}
	}
	if _, err := b.Element(e.Create(2)).Position(there, Chars); !errors.Is(err, ErrPosition) {
		t.Errorf("an anchor in an element without a text: %v", err)
	}
}

// A text typed, deleted both ways, brought back and typed over, with one
// operation an update.
func textSteps(t *testing.T) (whole *Board, id ID, steps [][]byte) {
	b := New(7)
	h := NewHistory(b)
	e := h.Edit()
	id = e.Create(KindNote)
	steps = append(steps, e.Commit())
	one := func(at, remove int, s string) {
		e := h.Edit()
		e.Splice(id, Chars, at, remove, s)
		steps = append(steps, e.Commit())
	}
	for i, r := range []rune("añ𝄞defghij") {
		one(i, 0, string(r))
	}
	for i := range 4 {
		one(7-i, 1, "") // backwards
	}
	one(2, 1, "")
	one(2, 1, "") // forwards
	for range 3 {
		steps = append(steps, h.Undo())
	}
	one(0, 0, "Zoë")
	one(1, 2, "")
	return b, id, steps
}

// B16, B27: what is known of runs of characters and lives is left out, by whoever
// sends and by whoever receives.
func TestB16TextOverlap(t *testing.T) {
	whole, id, steps := textSteps(t)
	one := diff(t, whole, nil)
	if n := len(split(t, one)); n != 1 {
		t.Fatalf("%d updates, want one", n)
	}
	for k := range len(steps) + 1 {
		prefix := bytes.Join(steps[:k], nil)
		b, again := New(0), New(0)
		m := watch(b)
		mustApply(t, b, prefix)
		mustApply(t, again, prefix)
		lacking := diff(t, whole, b.Vector())
		mustApply(t, b, one)
		mustApply(t, again, lacking)
		mustEqual(t, whole, b, again)
		mustApply(t, again, one)
		mustEqual(t, whole, again)
		if got := string(m.elements[id].runes); got != whole.Element(id).Text() {
			t.Errorf("B33: after %d steps and the rest observers have %q, the board %q", k, got, whole.Element(id).Text())
		}
	}
	// Whatever the number it is cut at, also within one step.
	for seq := range whole.Seq(7) + 1 {
		b := New(0)
		mustApply(t, b, one)
		if err := b.Apply(diff(t, whole, Vector{7: seq})); err != nil || b.Parked() > 0 {
			t.Errorf("a diff from %d on: %v", seq, err)
		}
		mustEqual(t, whole, b)
	}
}

// B16: a run of characters is cut by one who knows half an operation of it.
func TestB16HalfAnOperation(t *testing.T) {
	base := forge(3, 1, 1, create(KindNote))
	id := ID{3, 1}
	whole := New(0)
	mustApply(t, whole, append(bytes.Clone(base), forge(3, 2, 2, insert(id, ID{}, ID{}, "añ𝄞d"), hidden(id, ID{3, 3}, ID{3, 4}, 3), life(id, ID{3, 5}, 3, true, 2, ""), life(id, ID{3, 3}, 3, false, 3, "ñ𝄞d"))...))
	if got := whole.Element(id).Text(); got != "añ𝄞d" {
		t.Fatalf("%q", got)
	}
	first := forge(3, 2, 2, insert(id, ID{}, ID{}, "a"), insert(id, ID{3, 2}, ID{}, "ñ𝄞"), insert(id, ID{3, 4}, ID{}, "d"),
		hidden(id, ID{3, 3}, ID{3, 4}, 1), hidden(id, ID{3, 6}, ID{3, 4}, 2),
		life(id, ID{3, 5}, 1, false, 2, ""), life(id, ID{3, 4}, 2, true, 2, ""), life(id, ID{3, 3}, 1, false, 3, "ñ"), life(id, ID{3, 4}, 2, false, 3, "𝄞d"))
	for _, seq := range []uint64{2, 4, 5, 6, 8, 9, 11, 12} {
		b := New(0)
		mustApply(t, b, base)
		mustApply(t, b, cutAfter(t, first, seq))
		if b.Seq(3) != seq {
			t.Fatalf("%d operations, want %d", b.Seq(3), seq)
		}
		mustApply(t, b, diff(t, whole, nil)) // joined otherwise than these were
		mustEqual(t, whole, b)
	}
}

// cutAfter returns an update up to operation seq, where one ends.
func cutAfter(t *testing.T, u []byte, seq uint64) []byte {
	t.Helper()
	for n := range u {
		cut := append([]byte{byte(len(u) - 1 - n)}, u[1:len(u)-n]...)
		var d decoder
		if d.decode(cut[1:]) == nil && d.end == seq+1 {
			return cut
		}
	}
	t.Fatalf("no operation ends at %d", seq)
	return nil
}

// B21: an insertion waits for both origins and a life for its last target.
func TestB21TextWaits(t *testing.T) {
	id := ID{1, 1}
	base := forge(1, 1, 1, create(KindNote))
	abc, def := forge(2, 1, 2, insert(id, ID{}, ID{}, "abc")), forge(3, 1, 2, insert(id, ID{}, ID{}, "def"))
	for why, c := range map[string]struct {
		u    []byte
		need [][]byte
		want string
	}{
		"element":            {forge(9, 1, 9, insert(id, ID{}, ID{}, "x")), [][]byte{base}, "x"},
		"left origin":        {forge(9, 1, 9, insert(id, ID{2, 2}, ID{}, "x")), [][]byte{base, abc}, "abcx"},
		"right origin":       {forge(9, 1, 9, insert(id, ID{}, ID{2, 1}, "x")), [][]byte{base, abc}, "xabc"},
		"both":               {forge(9, 1, 9, insert(id, ID{2, 3}, ID{3, 1}, "x")), [][]byte{base, abc, def}, "abcxdef"},
		"forgotten":          {forge(9, 1, 9, hidden(id, ID{2, 3}, ID{3, 1}, 2), insert(id, ID{9, 2}, ID{3, 1}, "x")), [][]byte{base, abc, def}, "abcxdef"},
		"targets":            {forge(9, 1, 9, life(id, ID{2, 2}, 2, false, 2, "")), [][]byte{base, abc}, "a"},
		"targets backwards":  {forge(9, 1, 9, life(id, ID{3, 3}, 3, true, 2, "")), [][]byte{base, abc, def}, "abc"},
		"its own and others": {forge(9, 1, 9, insert(id, ID{}, ID{}, "x"), life(id, ID{9, 1}, 1, false, 2, ""), life(id, ID{2, 1}, 1, false, 2, "")), [][]byte{base, abc}, "bc"},
	} {
		b := New(0)
		if why == "targets backwards" {
			mustApply(t, b, abc) // parked too
		}
		mustApply(t, b, c.u)
		for i, u := range c.need {
			if b.Seq(9) != 0 || b.Parked() == 0 {
				t.Fatalf("%s: taken before %d of %d was here", why, i+1, len(c.need))
			}
			mustApply(t, b, u)
		}
		if got := b.Element(id).Text(); got != c.want || b.Parked() != 0 || b.Seq(9) == 0 {
			t.Errorf("%s: %q, %d parked; want %q", why, got, b.Parked(), c.want)
		}
	}
}

// B40: what two write at one place at the same time does not interleave, also not
// if it is written backwards.
func TestB40NoInterleaving(t *testing.T) {
	for why, at := range map[string]func(i int) int{
		"forwards":  func(i int) int { return 1 + i },
		"backwards": func(int) int { return 1 },
	} {
		base, id := noteOf(t, "<>")
		x, y := New(5), New(4)
		for _, b := range []*Board{x, y} {
			mustApply(t, b, diff(t, base, nil))
		}
		var fromX, fromY []byte
		for i := range 4 {
			fromX = append(fromX, splice(t, x, id, at(i), 0, string(rune('a'+i)))...)
			fromY = append(fromY, splice(t, y, id, at(i), 0, string(rune('A'+i)))...)
		}
		mustApply(t, x, fromY)
		mustApply(t, y, fromX)
		mustEqual(t, x, y)
		want := map[string]string{"forwards": "<ABCDabcd>", "backwards": "<DCBAdcba>"}[why]
		if got := x.Element(id).Text(); got != want {
			t.Errorf("%s: %q, want %q: the smaller replica first, each in one piece", why, got, want)
		}
	}
}

// B41: references that mean nothing count as others that do.
func TestB41ImpossibleReferences(t *testing.T) {
	// 1.1 is a note with "abcd" from 1.2 on, 1.6 another with "z" at 1.7, and 1.8
	// a write.
	base := forge(1, 1, 1, create(KindNote), insert(ID{1, 1}, ID{}, ID{}, "abcd"), create(KindNote), insert(ID{1, 6}, ID{}, ID{}, "z"), set(ID{1, 1}, KeyColor, Int(1)))
	a, c, d, z, color := ID{1, 2}, ID{1, 4}, ID{1, 5}, ID{1, 7}, ID{1, 8}
	id := ID{1, 1}
	for _, x := range []struct {
		why  string
		op   func(*encoder)
		want string
	}{
		{"a left origin in another text", insert(id, z, c, "x"), "abcdx"},
		{"a right origin in another text", insert(id, a, z, "x"), "abcdx"},
		{"both in another text", insert(id, z, z, "x"), "abcdx"},
		{"a left origin that is no character", insert(id, color, ID{}, "x"), "abcdx"},
		{"a right origin that is no character", insert(id, d, color, "x"), "abcdx"},
		{"an element for an origin", insert(id, ID{1, 1}, ID{1, 6}, "x"), "abcdx"},
		{"the right one left of the left one", insert(id, c, a, "x"), "abcdx"},
		{"the same twice", insert(id, c, c, "x"), "abcdx"},
		{"never neighbours", insert(id, a, d, "x"), "abcdx"},
		{"the end, and a character has been there since", insert(id, d, a, "x"), "abcdx"},
		{"forgotten, in another text", hidden(id, z, color, 3), "abcd"},
		{"targets in two texts", life(id, ID{1, 3}, 6, false, 2, ""), "a"},
		{"targets in two texts, backwards", life(id, ID{1, 8}, 6, true, 2, ""), "a"},
		{"no character at all", life(id, color, 1, false, 2, ""), "abcd"},
		{"shown, and it is no character", life(id, color, 1, false, 3, "x"), "abcd"},
		{"its own number", func(w *encoder) { create(2)(w); life(id, ID{9, 1}, 5, false, 2, "")(w); insert(id, d, ID{}, "x")(w) }, "abcdx"},
	} {
		b := New(0)
		m := watch(b)
		mustApply(t, b, base)
		u := forge(9, 1, 20, x.op)
		mustApply(t, b, u)
		s := sim{t: t, last: Vector{}}
		s.learn(base)
		s.learn(u)
		model := newModel()
		model.follow(s.ops, s.last)
		if want := model.elements[id].text.String(); want != x.want {
			t.Errorf("%s: the tree has %q, want %q", x.why, want, x.want)
		}
		if got := b.Element(id).Text(); got != x.want {
			t.Errorf("%s: %q, want %q", x.why, got, x.want)
		}
		if other := b.Element(ID{1, 6}).Text(); other != "z" {
			t.Errorf("%s: the other text is %q", x.why, other)
		}
		if got := string(m.elements[id].runes); got != b.Element(id).Text() {
			t.Errorf("%s: observers have %q, the board %q", x.why, got, b.Element(id).Text())
		}
		if err := checkReload(b); err != nil {
			t.Errorf("%s: %v", x.why, err)
		}
	}
}

// B41: the same lives written over and over, in runs that cross and turn.
func TestB41RepeatedLives(t *testing.T) {
	id := ID{1, 1}
	base := forge(1, 1, 1, create(KindNote), insert(id, ID{}, ID{}, "abc"))
	rest := forge(1, 5, 5, insert(id, ID{1, 4}, ID{}, "def"))
	between := forge(2, 1, 2, insert(id, ID{}, ID{}, "x"))
	lives := forge(9, 1, 20, life(id, ID{1, 4}, 1, false, 2, ""), life(id, ID{1, 5}, 3, true, 2, ""), life(id, ID{1, 4}, 3, false, 2, ""), life(id, ID{1, 5}, 2, true, 2, ""))
	x, y := New(0), New(0)
	mustApply(t, x, bytes.Join([][]byte{base, rest, between, lives}, nil))
	mustApply(t, y, bytes.Join([][]byte{base, between, rest, lives}, nil))
	mustEqual(t, x, y)
	if !bytes.Equal(diff(t, x, nil), diff(t, y, nil)) {
		t.Errorf("the same operations, and diffs differ:\n% x\n% x", diff(t, x, nil), diff(t, y, nil))
	}
}

// B25: runs of lives that wait for each other, as only a faulty writer makes
// them, are taken apart.
func TestB25CrossedLives(t *testing.T) {
	id := ID{1, 1}
	b := New(0)
	mustApply(t, b, forge(1, 1, 1, create(KindNote)))
	seq := map[Replica]uint64{8: 1, 9: 1}
	add := func(r Replica, op func(*encoder), n uint64) {
		mustApply(t, b, forge(r, seq[r], 10+seq[r], op))
		seq[r] += n
	}
	add(8, insert(id, ID{}, ID{}, "abcd"), 4)
	add(9, insert(id, ID{}, ID{}, "efgh"), 4)
	for i := range uint64(4) { // one here, one there: each could be a run
		add(8, life(id, ID{9, i + 1}, 1, false, 3, string("efgh"[i])), 1)
		add(9, life(id, ID{8, i + 1}, 1, false, 3, string("abcd"[i])), 1)
	}
	// Each goes on with characters that were not there when the other began.
	for i := range uint64(6) {
		add(8, insert(id, ID{}, ID{}, "é"), 1)
		add(9, life(id, ID{8, seq[8] - 1}, 1, false, 3, "é"), 1)
		add(9, insert(id, ID{}, ID{}, "ü"), 1)
		add(8, life(id, ID{9, seq[9] - 1 - i%2}, 1, false, 3, "ü"), 1)
	}
	// Numbers that are no characters when they are named join what is.
	add(8, life(id, ID{9, 8}, 1, false, 2, ""), 1)
	add(9, insert(id, ID{8, 9}, ID{}, "k"), 1)
	add(8, life(id, ID{9, 9}, 1, false, 2, ""), 1)
	add(9, life(id, ID{8, 4}, 1, false, 4, ""), 1)
	if err := checkReload(b); err != nil {
		t.Error(err)
	}
}

// B44: the highest life counts, whenever it comes.
func TestB44Life(t *testing.T) {
	id := ID{1, 1}
	base := forge(1, 1, 1, create(KindNote), insert(id, ID{}, ID{}, "a"))
	u := [][]byte{
		forge(2, 1, 5, life(id, ID{1, 2}, 1, false, 2, "")),
		forge(3, 1, 5, life(id, ID{1, 2}, 1, false, 2, "")), // both delete it
		forge(4, 1, 5, life(id, ID{1, 2}, 1, false, 3, "a")),
		forge(5, 1, 5, life(id, ID{1, 2}, 1, false, 3, "a")), // both bring it back
	}
	for n, want := range []string{"a", "", "", "a", "a"} {
		for _, order := range [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}} {
			b := New(0)
			mustApply(t, b, base)
			for _, i := range order {
				if i < n {
					mustApply(t, b, u[i])
				}
			}
			if got := b.Element(id).Text(); got != want {
				t.Errorf("the first %d in the order %v: %q, want %q", n, order, got, want)
			}
			if err := checkReload(b); err != nil {
				t.Error(err)
			}
		}
	}
}

// B44: a character can be deleted whatever life it has had, and then it may be
// for good.
func TestB44LastLife(t *testing.T) {
	b, id := noteOf(t, "abc")
	mustApply(t, b, forge(2, 1, 9, life(id, ID{1, 3}, 1, false, maxLife-1, "b")))
	h := NewHistory(b)
	e := h.Edit()
	e.Splice(id, Chars, 0, 3, "")
	u := e.Commit()
	if e.Err() != nil || b.Element(id).Text() != "" {
		t.Fatalf("%q, %v; want all deleted", b.Element(id).Text(), e.Err())
	}
	u = append(u, h.Undo()...)
	if got := b.Element(id).Text(); got != "ac" {
		t.Errorf("%q; want back what has a life left", got)
	}
	c := New(0)
	mustApply(t, c, diff(t, b, nil))
	mustEqual(t, b, c)
	mustApply(t, c, u)
}

// B45: what is shown travels with its content, so that it comes back also where
// it was forgotten.
func TestB45ContentComesBack(t *testing.T) {
	b, id := noteOf(t, "a𝄞cd")
	h := NewHistory(b)
	e := h.Edit()
	e.Splice(id, Chars, 1, 2, "")
	e.Commit()
	forgetful, err := Load(2, b.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	m := watch(forgetful)
	mustApply(t, forgetful, h.Undo())
	if got := forgetful.Element(id).Text(); got != "a𝄞cd" || string(m.elements[id].runes) != got {
		t.Errorf("%q, observers have %q", got, string(m.elements[id].runes))
	}
	mustEqual(t, b, forgetful)
	mustApply(t, forgetful, h.Redo())
	mustEqual(t, b, forgetful)

	// The same from those that were forgotten from the start.
	c := New(0)
	mustApply(t, c, forge(1, 1, 1, create(KindNote), hidden(ID{1, 1}, ID{}, ID{}, 3)))
	mustApply(t, c, forge(2, 1, 9, life(ID{1, 1}, ID{1, 4}, 2, true, 3, "ñ𝄞")))
	if got := c.Element(ID{1, 1}).Text(); got != "𝄞ñ" {
		t.Errorf("%q, want what came with the life", got)
	}
	if err := checkReload(c); err != nil {
		t.Error(err)
	}
}

// Deleting as much as there may be takes no longer where it is known in part.
func TestB16LongLife(t *testing.T) {
	b := New(0)
	mustApply(t, b, forge(1, 1, 1, create(KindNote), skip(MaxSeq-3)))
	mustApply(t, b, forge(2, 1, 1, skip(1)))
	mustApply(t, b, forge(2, 1, 1, life(ID{1, 1}, ID{1, 1}, 1<<31, false, 2, "")))
	if b.Seq(2) != 1<<31 {
		t.Errorf("%d operations of 2", b.Seq(2))
	}
}

// Every sequence of a few edits gives the text that a string gives.
func TestB42AsAString(t *testing.T) {
	parts := []string{"", "x", "é𝄞"}
	var try func(b *Board, id ID, want []rune, depth int)
	edits := 0
	try = func(b *Board, id ID, want []rune, depth int) {
		if got := b.Element(id).Text(); got != string(want) || !utf8.ValidString(got) {
			t.Fatalf("%q, want %q", got, string(want))
		}
		if depth == 0 {
			return
		}
		for at := range len(want) + 1 {
			for remove := range min(len(want)-at, 2) + 1 {
				for _, s := range parts {
					c := New(1)
					if err := c.Apply(diff(t, b, nil)); err != nil {
						t.Fatal(err)
					}
					splice(t, c, id, at, remove, s)
					edits++
					try(c, id, []rune(string(want[:at])+s+string(want[at+remove:])), depth-1)
				}
			}
		}
	}
	b, id := noteOf(t, "ab")
	try(b, id, []rune("ab"), 2)
	if edits < 100 {
		t.Error(fmt.Sprint("only ", edits, " edits"))
	}
}
