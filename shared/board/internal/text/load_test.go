package text

import (
	"math/rand/v2"
	"testing"
)

// TestManyTexts loads texts whose numbers lie between each other's, the first ones last.
func TestManyTexts(t *testing.T) {
	p := newPen(t)
	const texts = 40
	for range texts {
		p.a.NewText()
	}
	r := rand.New(rand.NewPCG(3, 3))
	for range 600 {
		n := Text(r.IntN(texts))
		size := p.a.Len(n, Chars)
		if size > 3 && r.IntN(3) == 0 {
			p.delete(n, r.IntN(size-3), 1+r.IntN(3))
		} else {
			p.insert(n, r.IntN(size+1), "note")
		}
	}
	q := New()
	q.AddReplica(1)
	snaps := make([][]byte, texts)
	for n := range snaps {
		snaps[n] = p.a.AppendSnapshot(nil, Text(n), []uint32{0}, true)
	}
	for i := range snaps {
		n := (i*7 + 3) % texts
		got, err := q.LoadSnapshot(snaps[n], []Slot{0}, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if err := q.Check(); err != nil {
			t.Fatal(err)
		}
		if again := q.AppendSnapshot(nil, got, []uint32{0}, true); string(again) != string(snaps[n]) {
			t.Fatalf("text %d differs", n)
		}
		if q.IsEmpty(got) {
			continue
		}
		if _, err := q.LoadSnapshot(snaps[n], []Slot{0}, 1<<20); err != ErrSeq {
			t.Fatalf("the same characters again: %v", err)
		}
	}
	if held := q.Memory() / texts; held > 2000 {
		t.Errorf("%d bytes per note", held)
	}
	if _, err := q.LoadSnapshot(snaps[0], nil, 1<<20); err != ErrSnapshot {
		t.Errorf("snapshot of a replica that is not in the list: %v", err)
	}
	if _, err := New().LoadSnapshot(snaps[0], []Slot{0}, 1<<20); err != ErrReplica {
		t.Errorf("slot not in the arena: %v", err)
	}
	fresh := New()
	fresh.AddReplica(1)
	if _, err := fresh.LoadSnapshot(snaps[0], []Slot{0}, 3); err != ErrFull {
		t.Errorf("more characters than allowed: %v", err)
	}
}
