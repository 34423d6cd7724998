package text

import (
	"slices"
	"strings"
	"testing"
)

// TestAllocations: a keystroke allocates nothing but now and then a larger slab.
func TestAllocations(t *testing.T) {
	p := newPen(t)
	n := p.a.NewText()
	p.insert(n, 0, strings.Repeat("x", 1000))
	buf := make([]Target, 0, 8)
	changes := make([]Change, 0, 8)
	p.a.chars.bytes = slices.Grow(p.a.chars.bytes, 10000)
	p.a.chars.pages = slices.Grow(p.a.chars.pages, 1000)
	p.a.homes.pages = slices.Grow(p.a.homes.pages, 1000)
	pos := 500
	if got := testing.AllocsPerRun(1000, func() {
		if _, _, err := p.a.Insert(n, pos, "y", ID{p.me, p.seq}); err != nil {
			t.Fatal(err)
		}
		p.seq++
		pos++
	}); got > 0 {
		t.Errorf("typing allocates %v times per key", got)
	}
	if got := testing.AllocsPerRun(200, func() {
		pos--
		var err error
		if buf, err = p.a.Delete(n, pos, 1, ID{p.me, p.seq}, buf[:0]); err != nil {
			t.Fatal(err)
		}
		p.seq++
	}); got > 0 {
		t.Errorf("backspacing allocates %v times per key", got)
	}
	if got := testing.AllocsPerRun(200, func() {
		var err error
		if buf, err = p.a.Delete(n, 3, 1, ID{p.me, p.seq}, buf[:0]); err != nil {
			t.Fatal(err)
		}
		p.seq++
	}); got > 0 {
		t.Errorf("the delete key allocates %v times", got)
	}
	peer := p.a.AddReplica(9)
	id, left := ID{peer, 0}, ID{p.me, 700}
	if got := testing.AllocsPerRun(1000, func() {
		if _, err := p.a.ApplyInsert(n, id, left, ID{p.me, 701}, []byte{'z'}); err != nil {
			t.Fatal(err)
		}
		left = id
		id.Seq++
	}); got > 0 {
		t.Errorf("a peer's typing allocates %v times per key", got)
	}
	target := left
	if got := testing.AllocsPerRun(200, func() {
		var err error
		if changes, err = p.a.ApplyLife(n, id, Target{ID: target, Len: 1, Life: 2}, nil, changes[:0]); err != nil {
			t.Fatal(err)
		}
		id.Seq++
		target.Seq--
	}); got > 0 {
		t.Errorf("a peer's backspacing allocates %v times per key", got)
	}
	p.check()
}
