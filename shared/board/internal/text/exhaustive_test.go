package text

import (
	"fmt"
	"testing"
)

// act is one step of a small history: a site writes (kind of write) or receives the next operation of a peer.
type act struct {
	site, peer int // peer -1: write
	kind       int
}

// kinds of writes: insert at the beginning, behind the first character, at the end; delete the first, the
// last; show the first hidden character again.
const writeKinds = 6

// history replays acts and keeps what decides how it goes on.
type history struct {
	m    *sim
	log  [][]op
	seen [][]int // per site and author, operations known

	replay bool // acts were verified before
}

func newHistory(sites int) *history {
	h := &history{m: newSim(1, sites, 1), log: make([][]op, sites)}
	for range sites {
		h.seen = append(h.seen, make([]int, sites))
	}
	return h
}

// do performs an act and reports whether it is possible.
func (h *history) do(x act) (bool, error) {
	s := h.m.sites[x.site]
	if x.peer >= 0 {
		k := h.seen[x.site][x.peer]
		if x.peer == x.site || k == len(h.log[x.peer]) {
			return false, nil
		}
		o := h.log[x.peer][k]
		if !s.ready(o) {
			// Structure alone decides what is ready, which is less than causality.
			if h.replay {
				return false, nil
			}
			return false, h.m.refused(s, o, ErrNotReady)
		}
		if err := s.try(o); err != nil {
			return false, err
		}
		s.model(o)
		h.seen[x.site][x.peer]++
		return true, h.verify(s)
	}
	size := s.a.Len(0, Chars)
	o := op{id: gid{s.me, s.next}}
	pos := 0
	switch x.kind {
	case 1:
		pos = 1
	case 2, 4:
		pos = size
	}
	if x.kind < 3 {
		if pos > size || x.kind > 0 && size < x.kind {
			return false, nil // the same as an earlier kind
		}
		o.s = string(rune('a'+x.site)) + string(rune('0'+len(h.log[x.site])))
		o.left, o.right = s.oracle[0].origins(pos)
		left, right, err := s.a.Insert(0, pos, o.s, s.local(o.id))
		if err != nil {
			return false, err
		}
		if s.global(left) != o.left || s.global(right) != o.right {
			return false, fmt.Errorf("origins differ")
		}
		s.screen[0] = append(s.screen[0][:pos:pos], append([]rune(o.s), s.screen[0][pos:]...)...)
	} else if x.kind < 5 {
		if pos--; x.kind == 3 {
			pos = 0
		}
		if size == 0 || x.kind == 4 && size == 1 {
			return false, nil
		}
		list, err := s.a.Delete(0, pos, 1, s.local(o.id), nil)
		if err != nil {
			return false, err
		}
		s.screen[0] = append(s.screen[0][:pos:pos], s.screen[0][pos+1:]...)
		o.target, o.n, o.life = s.global(list[0].ID), 1, list[0].Life
	} else {
		for _, n := range s.oracle[0].walk() {
			if n.life%2 == 0 {
				o.target, o.n, o.life = n.id, 1, n.life+1
				break
			}
		}
		if o.life == 0 {
			return false, nil
		}
		if err := s.try(o); err != nil {
			return false, err
		}
	}
	s.model(o)
	s.next += o.items()
	h.log[x.site] = append(h.log[x.site], o)
	h.seen[x.site][x.site]++
	return true, h.verify(s)
}

func (h *history) verify(s *site) error {
	if h.replay {
		return nil
	}
	return s.verify()
}

// key tells states apart: what was written, and who knows what.
func (h *history) key() string { return fmt.Sprint(h.log, h.seen) }

// TestExhaustive goes through all histories of a few writes and all orders of delivery that respect what refers
// to what, and compares each state with the model and finally the sites with each other.
func TestExhaustive(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ sites, writes, kinds, least int }{
		{3, 3, writeKinds, 500},
		{2, 4, writeKinds, 500},
		{3, 4, 2, 500},
	} {
		if testing.Short() && c.writes > 3 {
			continue
		}
		e := explorer{t: t, sites: c.sites, kinds: c.kinds, seen: map[string]bool{}}
		e.visit(c.writes)
		t.Logf("%d sites, %d writes of %d kinds: %d states, %d ends", c.sites, c.writes, c.kinds, len(e.seen), e.ends)
		if e.ends < c.least {
			t.Error("too few histories: the test does not test")
		}
	}
}

type explorer struct {
	t     *testing.T
	sites int
	kinds int
	acts  []act
	seen  map[string]bool
	ends  int
}

// replay performs the acts so far.
func (e *explorer) replay() *history {
	h := newHistory(e.sites)
	h.replay = true
	for _, x := range e.acts {
		if ok, err := h.do(x); !ok || err != nil {
			e.t.Fatalf("replay of %v: %v", e.acts, err)
		}
	}
	h.replay = false
	return h
}

func (e *explorer) visit(left int) {
	moved := false
	h := e.replay()
	for site := range e.sites {
		for peer := -1; peer < e.sites; peer++ {
			kinds := 1
			if peer < 0 {
				if kinds = e.kinds; left == 0 || e.acts == nil && site > 0 {
					continue
				}
			}
			for kind := range kinds {
				x := act{site, peer, kind}
				if h == nil {
					h = e.replay()
				}
				ok, err := h.do(x)
				if err != nil {
					e.t.Fatalf("after %v %v: %v\n%v", e.acts, x, err, h.log)
				}
				if !ok {
					continue
				}
				if peer >= 0 {
					moved = true
				}
				if k := h.key(); !e.seen[k] {
					e.seen[k] = true
					e.acts = append(e.acts, x)
					if peer < 0 {
						e.visit(left - 1)
					} else {
						e.visit(left)
					}
					e.acts = e.acts[:len(e.acts)-1]
				}
				h = nil
			}
		}
	}
	if moved || left > 0 {
		return
	}
	// Everybody knows everything.
	e.ends++
	if h == nil {
		h = e.replay()
	}
	want := h.m.sites[0].snapshots(h.m.ids, true)
	for _, s := range h.m.sites[1:] {
		if string(s.snapshots(h.m.ids, true)) != string(want) {
			e.t.Fatalf("sites differ after %v:\n%v", e.acts, h.log)
		}
	}
}
