package text

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// op is one operation as it would travel, with the numbers its author had seen of everyone.
type op struct {
	text        Text
	id          gid
	s           string // insertion; the content of a life operation that shows characters
	gone        bool   // insertion of n characters without text
	left, right gid
	target      gid // life operation, if life > 0
	n, life     uint32
	back        bool
	deps        map[uint64]uint32
	hostile     bool // made up: refers to anything
}

func (o op) items() uint32 {
	if o.life > 0 || o.gone {
		return o.n
	}
	return uint32(utf8.RuneCountInString(o.s))
}

func (o op) String() string {
	if o.life > 0 {
		return fmt.Sprintf("t%d %v life %v n=%d back=%v -> %d %q", o.text, o.id, o.target, o.n, o.back, o.life, o.s)
	}
	return fmt.Sprintf("t%d %v ins %q between %v and %v", o.text, o.id, o.s, o.left, o.right)
}

// site is one replica of the simulation: the arena under test beside the oracle, and the text as a user
// interface would have it, fed by changes alone.
type site struct {
	me     uint64
	a      *Arena
	oracle []*oracle
	screen [][]rune
	seen   map[uint64]uint32
	next   uint32
	noLog  bool // has lost the log
	forgot bool // may have forgotten text
}

func newSite(me uint64, texts int, ids []uint64) *site {
	s := &site{me: me, a: New(), seen: map[uint64]uint32{}}
	for _, id := range ids {
		s.a.AddReplica(id)
	}
	for range texts {
		s.a.NewText()
		s.oracle = append(s.oracle, newOracle())
		s.screen = append(s.screen, nil)
	}
	return s
}

func (s *site) slot(replica uint64) Slot {
	for i := range s.a.Replicas() {
		if s.a.ReplicaID(Slot(i)) == replica {
			return Slot(i)
		}
	}
	panic("a replica that the arena was not told of")
}

func (s *site) local(g gid) ID {
	if g == noGid {
		return None
	}
	return ID{s.slot(g.replica), g.seq}
}

func (s *site) global(id ID) gid {
	if id == None {
		return noGid
	}
	return gid{s.a.ReplicaID(id.Slot), id.Seq}
}

// ready reports whether everything an operation refers to is here.
func (s *site) ready(o op) bool {
	known := s.oracle[o.text].nodes
	if o.life == 0 {
		return known[o.left] != nil && known[o.right] != nil
	}
	for _, g := range o.targets() {
		if known[g] == nil {
			return false
		}
	}
	return true
}

func (o op) targets() (list []gid) {
	for i := range o.n {
		if o.back {
			list = append(list, gid{o.target.replica, o.target.seq - i})
		} else {
			list = append(list, gid{o.target.replica, o.target.seq + i})
		}
	}
	return list
}

// model applies an operation to the oracle.
func (s *site) model(o op) {
	m := s.oracle[o.text]
	if o.life == 0 {
		id := o.id
		left, right := m.resolve(o.left, o.right)
		for _, r := range o.s {
			m.insert(id, left, right, r)
			left = id
			id.seq++
		}
		return
	}
	for _, g := range o.targets() {
		if m.nodes[g] != nil {
			m.setLife(g, o.life)
		}
	}
}

// content is the text of the targets of an operation, by the oracle; x for what is no character.
func (s *site) content(o op) string {
	var b []rune
	for _, g := range o.targets() {
		if n := s.oracle[o.text].nodes[g]; n != nil {
			b = append(b, n.r)
		} else {
			b = append(b, 'x')
		}
	}
	return string(b)
}

// try applies an operation to the arena and the screen, refusing what is not ready.
func (s *site) try(o op) error { return s.apply(o, true) }

// apply applies an operation to the arena and the screen.
func (s *site) apply(o op, strict bool) error {
	insert, forgotten, life := s.a.ApplyInsert, s.a.ApplyForgotten, s.a.ApplyLife
	if !strict {
		insert, forgotten, life = s.a.IntegrateInsert, s.a.IntegrateForgotten, s.a.IntegrateLife
	}
	if o.gone {
		return forgotten(o.text, s.local(o.id), s.local(o.left), s.local(o.right), int(o.n))
	}
	if o.life == 0 {
		pos, err := insert(o.text, s.local(o.id), s.local(o.left), s.local(o.right), []byte(o.s))
		if err == nil {
			s.screen[o.text] = slices.Insert(s.screen[o.text], pos, []rune(o.s)...)
		}
		return err
	}
	changes, err := life(o.text, s.local(o.id), Target{s.local(o.target), o.n, o.life, o.back}, []byte(o.s), nil)
	for _, c := range changes {
		v := s.screen[o.text]
		if c.Shown {
			s.screen[o.text] = slices.Insert(v, c.Pos, []rune(string(s.a.AppendChange(nil, c)))...)
		} else {
			s.screen[o.text] = slices.Delete(v, c.Pos, c.Pos+c.Len)
		}
	}
	return err
}

// state is everything the replicas must agree on, one line per character.
func (s *site) state(t Text) string {
	var b strings.Builder
	for l := s.a.texts[t].first; l >= 0; l = s.a.leaves[l].next {
		for _, e := range s.a.spansOf(l) {
			for k := range e.len() {
				life, _ := s.a.lifeOf(&e, k, 1)
				left := e.left
				if k > 0 {
					left = e.id + k - 1
				}
				fmt.Fprintln(&b, s.global(s.a.name(e.id+k)), life, s.global(s.a.name(left)), s.global(s.a.name(e.right)))
			}
		}
	}
	return b.String()
}

// verify compares arena, oracle and screen.
func (s *site) verify() error {
	if err := s.a.Check(); err != nil {
		return err
	}
	for t, o := range s.oracle {
		t := Text(t)
		all := o.walk()
		want := visibleOf(all)
		if got := s.a.String(t); got != want {
			return fmt.Errorf("site %d text %d:\narena  %q\noracle %q", s.me, t, got, want)
		}
		if got := string(s.screen[t]); got != want {
			return fmt.Errorf("site %d text %d:\nscreen %q\noracle %q", s.me, t, got, want)
		}
		i := 0
		for l := s.a.texts[t].first; l >= 0; l = s.a.leaves[l].next {
			for _, e := range s.a.spansOf(l) {
				for k := range e.len() {
					life, _ := s.a.lifeOf(&e, k, 1)
					if i >= len(all) || all[i].id != s.global(s.a.name(e.id+k)) || all[i].life != life {
						return fmt.Errorf("site %d text %d: order or life differs at %d", s.me, t, i)
					}
					i++
				}
			}
		}
		if i != len(all) {
			return fmt.Errorf("site %d text %d: %d characters, want %d", s.me, t, i, len(all))
		}
	}
	return nil
}

// index is the place of each slot in the order ids.
func (s *site) index(ids []uint64) []uint32 {
	index := make([]uint32, s.a.Replicas())
	for i := range index {
		index[i] = uint32(slices.Index(ids, s.a.ReplicaID(Slot(i))))
	}
	return index
}

// snapshots of all texts, in an order of replicas that does not depend on the site.
func (s *site) snapshots(ids []uint64, keepText bool) []byte {
	index := s.index(ids)
	var b []byte
	for t := range s.oracle {
		b = s.a.AppendSnapshot(b, Text(t), index, keepText)
	}
	return b
}

// reload replaces the arena by one made of its snapshots.
func (s *site) reload(ids []uint64, keepText bool) error {
	index := s.index(ids)
	slots := make([]Slot, len(ids))
	n := New()
	for i := len(ids) - 1; i >= 0; i-- {
		slots[i] = n.AddReplica(ids[i])
	}
	for t := range s.oracle {
		b := s.a.AppendSnapshot(nil, Text(t), index, keepText)
		got, err := n.LoadSnapshot(b, slots, 1<<20)
		if err != nil || got != Text(t) {
			return fmt.Errorf("load: text %d, %v", got, err)
		}
		if len(b) > 0 {
			for _, cut := range []int{0, len(b) / 2, len(b) - 1} {
				if _, err := New().LoadSnapshot(b[:cut], slots, 1<<20); err == nil {
					return fmt.Errorf("load accepts a snapshot cut to %d of %d", cut, len(b))
				}
			}
		}
		back := make([]uint32, len(ids))
		for i := range ids {
			back[slots[i]] = uint32(i)
		}
		if again := n.AppendSnapshot(nil, got, back, keepText); !bytes.Equal(again, b) {
			return fmt.Errorf("snapshot of what was loaded differs\n% x\n% x", b, again)
		}
	}
	s.a = n
	return nil
}

// regenerate lists the operations of a replica from a number on, in the order of their numbers.
func (s *site) regenerate(id uint64, from uint32) (list []op) {
	slot := s.slot(id)
	for r := range s.a.InsertRuns(slot, from) {
		list = append(list, op{text: r.Text, id: s.global(r.ID), s: string(r.Content), gone: r.Forgotten, n: uint32(r.Len),
			left: s.global(r.Left), right: s.global(r.Right)})
	}
	for r := range s.a.LifeRuns(slot, from) {
		g := r.Target
		list = append(list, op{text: r.Text, id: s.global(r.ID), s: string(r.Content), target: s.global(g.ID), n: g.Len, life: g.Life, back: g.Back})
	}
	slices.SortFunc(list, func(x, y op) int { return cmp.Compare(x.id.seq, y.id.seq) })
	return list
}
