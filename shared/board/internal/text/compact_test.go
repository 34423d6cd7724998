package text

import (
	"strings"
	"testing"
)

// TestCompact compacts replicas that have the same state by different ways, and edits on.
func TestCompact(t *testing.T) {
	t.Parallel()
	m := newSim(5, 3, 2)
	if err := m.run(150); err != nil {
		t.Fatal(err)
	}
	var want []byte
	for i, s := range m.sites {
		before := []string{s.a.String(0), s.a.String(1)}
		held, next := s.a.Memory(), s.a.Next(0)
		s.a = s.a.Compact()
		if s.a.Next(0) != next {
			t.Errorf("compaction takes numbers back: %d, was %d", s.a.Next(0), next)
		}
		if err := s.a.Check(); err != nil {
			t.Fatal(err)
		}
		if s.a.String(0) != before[0] || s.a.String(1) != before[1] {
			t.Fatal("compaction changes the text")
		}
		if s.a.Memory() > held {
			t.Errorf("compaction grows the arena from %d to %d", held, s.a.Memory())
		}
		b := s.snapshots(m.ids, true)
		if i == 0 {
			want = b
		} else if string(b) != string(want) {
			t.Fatalf("sites %d and %d compact differently", m.sites[0].me, s.me)
		}
	}
	// Everybody goes on from the compacted state, with a model made of it.
	for _, s := range m.sites {
		for t := range s.oracle {
			s.oracle[t] = modelOf(s, Text(t))
		}
		s.next = s.seen[s.me]
		s.noLog = true
	}
	m.logs = map[uint64][]op{}
	m.trail = nil
	if err := m.run(100); err != nil {
		t.Fatalf("%v\n%s", err, strings.Join(m.trail, "\n"))
	}
}

// modelOf rebuilds the oracle of a text from an arena that was just compacted.
func modelOf(s *site, t Text) *oracle {
	o := newOracle()
	type char struct {
		id, left, right gid
		r               rune
		life            uint32
	}
	var list []char
	text := []rune(s.a.String(t))
	pieces, _ := s.a.pieces(t, allText)
	for _, p := range pieces {
		left := s.global(s.a.name(p.left))
		for k := range p.n {
			id := gid{s.a.ReplicaID(p.slot), p.seq + k}
			list = append(list, char{id, left, s.global(s.a.name(p.right)), text[len(list)], p.life})
			left = id
		}
	}
	for len(o.nodes) < len(list)+1 {
		for _, c := range list {
			if o.nodes[c.id] == nil && o.nodes[c.left] != nil && o.nodes[c.right] != nil {
				o.insert(c.id, c.left, c.right, c.r)
				o.nodes[c.id].life = c.life
			}
		}
	}
	return o
}
