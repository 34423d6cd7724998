package text

import (
	"math/rand/v2"
	"slices"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

// pen writes into one arena as one replica, counting its numbers.
type pen struct {
	t   *testing.T
	a   *Arena
	me  Slot
	seq uint32
}

func newPen(t *testing.T) *pen {
	a := New()
	return &pen{t: t, a: a, me: a.AddReplica(1)}
}

func (p *pen) insert(t Text, pos int, s string) ID {
	p.t.Helper()
	id := ID{p.me, p.seq}
	if _, _, err := p.a.Insert(t, pos, s, id); err != nil {
		p.t.Fatal(err)
	}
	p.seq += uint32(utf8.RuneCountInString(s))
	p.check()
	return id
}

func (p *pen) delete(t Text, pos, n int) []Target {
	p.t.Helper()
	list, err := p.a.Delete(t, pos, n, ID{p.me, p.seq}, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	p.seq += uint32(n)
	p.check()
	return list
}

// life applies one life operation.
func (p *pen) life(t Text, g Target) ([]Change, error) {
	p.t.Helper()
	list, err := p.a.ApplyLife(t, ID{p.me, p.seq}, g, nil, nil)
	if err == nil {
		p.seq += g.Len
	}
	p.check()
	return list, err
}

func (p *pen) check() {
	p.t.Helper()
	if err := p.a.Check(); err != nil {
		p.t.Fatal(err)
	}
}

func (p *pen) want(t Text, s string) {
	p.t.Helper()
	if got := p.a.String(t); got != s {
		p.t.Fatalf("text %d is %q, want %q", t, got, s)
	}
}

func TestUndo(t *testing.T) {
	p := newPen(t)
	n := p.a.NewText()
	p.insert(n, 0, "héllo wörld")
	gone := p.delete(n, 2, 6)
	p.want(n, "hérld")
	if len(gone) != 1 || gone[0] != (Target{ID: ID{p.me, 2}, Len: 6, Life: 2}) {
		t.Fatalf("deletion targets %v", gone)
	}
	// Two people undo the same deletion: the same life twice shows the text once.
	back := gone[0]
	back.Life++
	changes, err := p.life(n, back)
	if err != nil || len(changes) != 1 || changes[0].Pos != 2 || changes[0].Len != 6 || !changes[0].Shown {
		t.Fatalf("undo: %v %v", changes, err)
	}
	if got := string(p.a.AppendChange(nil, changes[0])); got != "llo wö" {
		t.Fatalf("undo shows %q", got)
	}
	if changes, err = p.life(n, back); err != nil || len(changes) != 0 {
		t.Fatalf("second undo: %v %v", changes, err)
	}
	p.want(n, "héllo wörld")
	// A late copy of the deletion has the lower life and loses.
	if changes, err = p.life(n, gone[0]); err != nil || len(changes) != 0 {
		t.Fatalf("late deletion: %v %v", changes, err)
	}
	// Deleting a part anew gives it the fourth life; the runs of one life come out of Lives.
	if again := p.delete(n, 3, 2); again[0].Life != 4 {
		t.Fatalf("deletion of undeleted text: %v", again)
	}
	runs, err := p.a.Lives(ID{p.me, 0}, 11, nil)
	var lives []uint32
	for _, r := range runs {
		lives = append(lives, r.Len, r.Life)
	}
	if err != nil || !slices.Equal(lives, []uint32{2, 1, 1, 3, 2, 4, 3, 3, 3, 1}) {
		t.Fatalf("lives %v %v", lives, err)
	}
	p.want(n, "hél wörld")
}

// TestUnits compares conversions with those of the standard library on a text edited at random.
func TestUnits(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	p := newPen(t)
	n := p.a.NewText()
	var want []rune
	for step := range 200 {
		if len(want) > 0 && r.IntN(3) == 0 {
			pos := r.IntN(len(want))
			k := 1 + r.IntN(min(9, len(want)-pos))
			p.delete(n, pos, k)
			want = slices.Delete(want, pos, pos+k)
		} else {
			s := make([]rune, 1+r.IntN(20))
			for i := range s {
				s[i] = letters[r.IntN(len(letters))]
			}
			pos := r.IntN(len(want) + 1)
			p.insert(n, pos, string(s))
			want = slices.Insert(want, pos, s...)
		}
		if step%20 > 0 && step < 190 {
			continue
		}
		b, u := 0, 0
		for i := 0; ; i++ {
			for unit, pos := range map[Unit]int{Chars: i, UTF16: u, Bytes: b} {
				if got, err := p.a.Offset(n, unit, pos); got != i || err != nil {
					t.Fatalf("step %d: Offset(%d, %d) = %d, %v, want %d", step, unit, pos, got, err, i)
				}
				if got, err := p.a.Units(n, unit, i); got != pos || err != nil {
					t.Fatalf("step %d: Units(%d, %d) = %d, %v, want %d", step, unit, i, got, err, pos)
				}
			}
			if i == len(want) {
				break
			}
			for k := 1; k < utf8.RuneLen(want[i]); k++ {
				if _, err := p.a.Offset(n, Bytes, b+k); err != ErrSplit {
					t.Fatalf("step %d: byte %d is inside a character: %v", step, b+k, err)
				}
			}
			if utf16.RuneLen(want[i]) == 2 {
				if _, err := p.a.Offset(n, UTF16, u+1); err != ErrSplit {
					t.Fatalf("step %d: unit %d is inside a surrogate pair: %v", step, u+1, err)
				}
			}
			b += utf8.RuneLen(want[i])
			u += utf16.RuneLen(want[i])
		}
		for unit, size := range map[Unit]int{Chars: len(want), UTF16: u, Bytes: b} {
			if got := p.a.Len(n, unit); got != size {
				t.Fatalf("step %d: Len(%d) = %d, want %d", step, unit, got, size)
			}
			for _, pos := range []int{-1, size + 1, 1 << 40} {
				if _, err := p.a.Offset(n, unit, pos); err != ErrRange {
					t.Fatalf("step %d: Offset(%d, %d): %v", step, unit, pos, err)
				}
			}
		}
		from := r.IntN(len(want) + 1)
		to := from + r.IntN(len(want)-from+1)
		if got, err := p.a.Slice(n, from, to); got != string(want[from:to]) || err != nil {
			t.Fatalf("step %d: Slice(%d, %d) = %q, %v", step, from, to, got, err)
		}
	}
}

// TestAnchors follows anchors while the text around them changes, beside a list of marked characters.
func TestAnchors(t *testing.T) {
	p := newPen(t)
	n := p.a.NewText()
	p.insert(n, 0, "one two three")
	anchor := func(pos int, behind bool) Anchor {
		at, err := p.a.Anchor(n, pos, behind)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	at := func(x Anchor, want int, why string) {
		t.Helper()
		if got, err := p.a.Position(n, x); got != want || err != nil {
			t.Errorf("%s: %d, %v, want %d", why, got, err, want)
		}
	}
	before, behind := anchor(4, false), anchor(4, true)
	start, end := anchor(0, true), anchor(13, false)
	p.insert(n, 4, "new ")
	at(before, 8, "an anchor before a character moves with what is inserted there")
	at(behind, 4, "an anchor behind a character does not")
	p.insert(n, 0, ">")
	p.insert(n, 18, "<")
	at(start, 0, "the beginning stays the beginning")
	at(end, 19, "the end stays the end")
	gone := p.delete(n, 3, 8) // "e new tw"
	at(before, 3, "where the character would be")
	at(behind, 3, "where the character would be")
	gone[0].Life++
	for _, g := range gone {
		g.Life = 3
		if _, err := p.life(n, g); err != nil {
			t.Fatal(err)
		}
	}
	at(before, 9, "the character is back")
	at(behind, 5, "the character is back")
	for _, pos := range []int{-1, 20} {
		if _, err := p.a.Anchor(n, pos, false); err != ErrRange {
			t.Errorf("anchor at %d: %v", pos, err)
		}
	}
	if _, err := p.a.Position(n, Anchor{ID: ID{p.me, 999}}); err != ErrNotReady {
		t.Errorf("anchor at an unknown character: %v", err)
	}
	if _, err := p.a.Position(p.a.NewText(), before); err != ErrTarget {
		t.Errorf("anchor in another text: %v", err)
	}
}
