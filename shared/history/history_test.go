package history_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/history"
)

// written is a board that two people have written, with what it was after each update.
type written struct {
	updates [][]byte
	hashes  [][32]byte // of the board after so many
}

func write(t *testing.T, n int) *written {
	t.Helper()
	a, b := board.New(1), board.New(2)
	w := &written{hashes: [][32]byte{a.Hash()}}
	rnd := rand.New(rand.NewPCG(1, 1))
	all := board.New(0)
	for i := range n {
		who, other := a, b
		if rnd.IntN(2) == 0 {
			who, other = b, a
		}
		e := who.Edit()
		id := e.Create(board.KindNote)
		e.Set(id, board.KeyX, board.Float(float64(i)))
		e.Splice(id, board.Chars, 0, 0, strings.Repeat("x", rnd.IntN(3000)))
		u := e.Commit()
		if err := errors.Join(other.Apply(u), all.Apply(u)); err != nil {
			t.Fatal(err)
		}
		w.updates = append(w.updates, u)
		w.hashes = append(w.hashes, all.Hash())
	}
	return w
}

// records is the past from one update on, as a relay tells it.
func (w *written) records(from int) (b []byte) {
	for i := from; i < len(w.updates); i++ {
		r := history.Record{Kind: history.Update, At: uint64(i + 1), When: int64(1000 * (i + 1)), Data: w.updates[i]}
		b = r.Append(b)
	}
	return b
}

// A board is shown as it was, forth and back and at random.
func TestPast(t *testing.T) {
	const n = 400
	w := write(t, n)
	var p history.Past
	all := w.records(0)
	// It comes in slices.
	if err := p.Add(all[:cut(t, all, 150)]); err != nil {
		t.Fatal(err)
	}
	if p.Begin() != 0 || p.End() != 150 {
		t.Errorf("it goes from %d to %d", p.Begin(), p.End())
	}
	if err := p.Add(w.records(140)); err != nil { // some of it once more
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(2, 2))
	was := n + 1
	for i := range 300 {
		at := rnd.IntN(n + 1)
		switch {
		case i < 20:
			at = i * 20
		case i < 40:
			at = n - (i-20)*20
		}
		b, same, err := p.Board(uint64(at))
		if err != nil || b.Hash() != w.hashes[at] {
			t.Fatalf("at %d the board is another, %v", at, err)
		}
		if same && at < was {
			t.Errorf("at %d after %d the board is said to be the same", at, was)
		}
		was = at
	}
	if b, _, err := p.Board(1 << 40); err != nil || b.Hash() != w.hashes[n] {
		t.Errorf("beyond the end it is not as at the end, %v", err)
	}
	for when, want := range map[int64]uint64{0: 0, 999: 0, 1000: 1, 1999: 1, 5000: 5, 1 << 40: n} {
		if got := p.At(when); got != want {
			t.Errorf("at %d ms there were %d updates, want %d", when, got, want)
		}
	}
	if p.When(7) != 7000 || p.When(0) != 0 || p.When(9999) != 1000*n {
		t.Errorf("times are %d, %d and %d", p.When(7), p.When(0), p.When(9999))
	}
	if list := p.Writers(1); len(list) != 1 || list[0] != 1 && list[0] != 2 || len(p.Writers(0)) != 0 {
		t.Errorf("the first was written by %v", list)
	}
}

// cut returns where so many records end.
func cut(t *testing.T, b []byte, n int) int {
	t.Helper()
	rest := b
	for range n {
		var r history.Record
		var err error
		if rest, err = r.Parse(rest); err != nil {
			t.Fatal(err)
		}
	}
	return len(b) - len(rest)
}

// The past begins with a snapshot where what came before was forgotten.
func TestPastBeginsWithSnapshot(t *testing.T) {
	w := write(t, 30)
	at10 := board.New(0)
	for _, u := range w.updates[:10] {
		if err := at10.Apply(u); err != nil {
			t.Fatal(err)
		}
	}
	first := history.Record{Kind: history.Snapshot, At: 10, When: 10_000, Data: at10.Snapshot()}
	var p history.Past
	if err := p.Add(append(first.Append(nil), w.records(10)...)); err != nil {
		t.Fatal(err)
	}
	for _, at := range []uint64{30, 10, 11, 3, 25} {
		b, _, err := p.Board(at)
		if err != nil || b.Hash() != w.hashes[max(at, 10)] {
			t.Errorf("at %d the board is another, %v", at, err)
		}
	}
	if p.Begin() != 10 || p.End() != 30 || p.When(10) != 10_000 || p.At(10_500) != 10 {
		t.Errorf("from %d, %d, to %d", p.Begin(), p.When(10), p.End())
	}
	// Meanwhile more was forgotten than was read.
	later := history.Record{Kind: history.Snapshot, At: 40, Data: at10.Snapshot()}
	if err := p.Add(later.Append(nil)); !errors.Is(err, history.ErrForgotten) {
		t.Errorf("%v, want ErrForgotten", err)
	}
}

// An update that came before what it needs waits for that, also where the past is
// read again from a place between them.
func TestPastParks(t *testing.T) {
	a, b := board.New(1), board.New(2)
	e := a.Edit()
	id := e.Create(board.KindNote)
	first := e.Commit()
	if err := b.Apply(first); err != nil {
		t.Fatal(err)
	}
	e = b.Edit()
	e.Splice(id, board.Chars, 0, 0, strings.Repeat("long", 100_000))
	second := e.Commit()
	w := &written{updates: [][]byte{second, first}}
	var p history.Past
	if err := p.Add(w.records(0)); err != nil {
		t.Fatal(err)
	}
	for _, at := range []uint64{1, 2, 1, 0, 2} {
		got, _, err := p.Board(at)
		if err != nil {
			t.Fatal(err)
		}
		if want := int(at / 2); got.Len() != want || want == 1 && got.Hash() != b.Hash() {
			t.Errorf("at %d there are %d elements", at, got.Len())
		}
	}
}

func TestPastRefuses(t *testing.T) {
	w := write(t, 3)
	for name, records := range map[string][]byte{
		"half a record":   w.records(0)[:5],
		"a gap":           w.records(1),
		"no length":       {2, 1},
		"a far number":    slices.Concat([]byte{2}, bytes.Repeat([]byte{0xff}, 9), []byte{1}),
		"a great length":  {2, 1, 0, 0xff, 0xff, 0xff, 0x7f},
		"a kind too many": {0xff, 0x7f, 1, 0, 0},
	} {
		if err := new(history.Past).Add(records); !errors.Is(err, history.ErrMalformed) {
			t.Errorf("%s: %v, want ErrMalformed", name, err)
		}
	}
	// R8: what a later version tells is passed over.
	var p history.Past
	if err := p.Add(append([]byte{9, 1, 0, 2, 'h', 'i'}, w.records(0)...)); err != nil || p.End() != 3 {
		t.Errorf("%d, %v", p.End(), err)
	}
	// A snapshot that is none is an error where it is needed.
	p = history.Past{}
	r := history.Record{Kind: history.Snapshot, At: 1, Data: []byte("none")}
	if err := p.Add(r.Append(nil)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Board(1); err == nil {
		t.Error("there is a board of rubbish")
	}
}

// Whatever is accepted is told in the same bytes, and shown without harm.
func FuzzPast(f *testing.F) {
	a := board.New(1)
	e := a.Edit()
	e.Create(board.KindNote)
	r := history.Record{Kind: history.Update, At: 1, When: 5, Data: e.Commit()}
	f.Add(r.Append(nil))
	r = history.Record{Kind: history.Snapshot, At: 3, When: 5, Data: a.Snapshot()}
	f.Add(r.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		var r history.Record
		if rest, err := r.Parse(b); err == nil {
			again := r.Append(nil)
			var s history.Record
			if left, err := s.Parse(again); err != nil || len(left) > 0 || s.Kind != r.Kind || s.At != r.At || s.When != r.When || !bytes.Equal(s.Data, r.Data) {
				t.Fatalf("%v is told as %v, %v", r, s, err)
			}
			_ = rest
		}
		var p history.Past
		if p.Add(b) == nil {
			for _, at := range []uint64{p.End(), p.Begin()} {
				_, _, _ = p.Board(at)
			}
		}
	})
}
