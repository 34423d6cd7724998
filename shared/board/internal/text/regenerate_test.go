package text

import (
	"slices"
	"testing"
)

func TestBackwards(t *testing.T) {
	p := newPen(t)
	n := p.a.NewText()
	for _, c := range "dcba" {
		p.insert(n, 0, string(c))
	}
	p.want(n, "abcd")
	// Typed backwards and deleted forwards: one run of falling numbers.
	list := p.delete(n, 0, 4)
	if len(list) != 1 || list[0] != (Target{ID: ID{p.me, 3}, Len: 4, Life: 2, Back: true}) {
		t.Fatalf("targets %v", list)
	}
	q := New()
	for s := range 2 {
		q.AddReplica(uint64(2 - s)) // other slots
	}
	m := q.NewText()
	for r := range p.a.InsertRuns(p.me, 0) {
		fix := func(id ID) ID {
			if id != None {
				id.Slot = 1
			}
			return id
		}
		if _, err := q.ApplyInsert(m, fix(r.ID), fix(r.Left), fix(r.Right), r.Content); err != nil {
			t.Fatal(err)
		}
	}
	if q.String(m) != "abcd" {
		t.Fatalf("copy is %q", q.String(m))
	}
	for r := range p.a.LifeRuns(p.me, 5) { // cut: the first item of the four is known
		r.ID.Slot, r.Target.ID.Slot = 1, 1
		if r.ID.Seq != 5 || r.Target.Len != 3 || !r.Target.Back {
			t.Fatalf("cut run %v", r)
		}
		if _, err := q.ApplyLife(m, r.ID, r.Target, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	if q.String(m) != "a" {
		t.Fatalf("copy is %q", q.String(m))
	}
}

// TestLogDirection deletes backwards, then a character that would fit a run in the other direction.
func TestLogDirection(t *testing.T) {
	p := newPen(t)
	n := p.a.NewText()
	p.insert(n, 0, "abcdefgh")
	p.delete(n, 5, 1) // f, 5
	p.delete(n, 4, 1) // e, 4
	p.delete(n, 5, 1) // h, 7: where a run upwards from f would be after two
	p.delete(n, 3, 1) // d, 3
	var got []uint32
	for r := range p.a.LifeRuns(p.me, 0) {
		for i := range r.Target.Len {
			if r.Target.Back {
				got = append(got, r.Target.ID.Seq-i)
			} else {
				got = append(got, r.Target.ID.Seq+i)
			}
		}
	}
	if !slices.Equal(got, []uint32{5, 4, 7, 3}) {
		t.Errorf("the log has %v", got)
	}
}

// TestBetween: two insertions with consecutive numbers and one right origin are not one if somebody else wrote
// between them.
func TestBetween(t *testing.T) {
	p := newPen(t)
	n := p.a.NewText()
	peer := p.a.AddReplica(2)
	x := p.insert(n, 0, "x")
	if _, err := p.a.ApplyInsert(n, ID{peer, 0}, x, None, []byte("z")); err != nil {
		t.Fatal(err)
	}
	p.insert(n, 2, "y")
	p.want(n, "xzy")
	var got []string
	for r := range p.a.InsertRuns(p.me, 0) {
		got = append(got, string(r.Content))
		if r.Right != None {
			t.Errorf("right origin of %q: %v", r.Content, r.Right)
		}
	}
	if !slices.Equal(got, []string{"x", "y"}) {
		t.Errorf("insertions %q", got)
	}
}

// TestCutInsertion makes the rest of an insertion whose beginning the peer has.
func TestCutInsertion(t *testing.T) {
	p := newPen(t)
	n := p.a.NewText()
	p.insert(n, 0, "<>")
	p.insert(n, 1, "aé😀z")
	p.insert(n, 3, "!") // cuts the span, not the operation
	for cut := uint32(2); cut < 7; cut++ {
		q := New()
		q.AddReplica(1)
		q.NewText()
		feed := func(from, to uint32) {
			for r := range p.a.InsertRuns(p.me, from) {
				s := []rune(string(r.Content))
				s = s[:min(len(s), int(to-min(to, r.ID.Seq)))]
				if len(s) == 0 {
					continue
				}
				if _, err := q.ApplyInsert(0, r.ID, r.Left, r.Right, []byte(string(s))); err != nil {
					t.Fatal(err)
				}
			}
		}
		feed(0, cut)
		feed(cut, 7)
		if got := q.String(0); got != "<aé!😀z>" {
			t.Errorf("cut at %d: %q", cut, got)
		}
		if a, b := q.AppendSnapshot(nil, 0, []uint32{0}, true), p.a.AppendSnapshot(nil, n, []uint32{0}, true); string(a) != string(b) {
			t.Errorf("cut at %d: snapshots differ", cut)
		}
	}
}
