package board

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"edgeboard/shared/board/internal/ink"
	"edgeboard/shared/wire"
)

// sim is a few replicas that draw and write at the same time around a relay,
// over a network that loses order, repeats, delays and breaks off, and someone
// who writes well-formed operations that mean nothing.
type sim struct {
	t        *testing.T
	rnd      *rand.Rand
	partial  bool     // diffs may break off in the middle
	hostile  bool     // evil is among them
	restless bool     // epochs are short
	boards   []*Board // the first one is the relay's
	mirrors  []*mirror
	models   []*model
	ops      history
	last     Vector // of all that was made
	evil     *Board // knows all that was made; its state is nobody's concern
	flight   []parcel
	cut      []int // steps for which a replica is cut off
	people   []*History
	epochs   []*model // the document as it was when the next epoch began
	log      []string
}

type parcel struct {
	to   int
	data []byte
}

const relay, evilReplica = 0, 900

func newSim(t *testing.T, seed uint64, replicas int) *sim {
	s := &sim{t: t, rnd: rand.New(rand.NewPCG(seed, 1)), partial: seed%3 == 0, hostile: seed%2 == 1, last: Vector{}, evil: New(0)}
	for i := range replicas + 1 {
		// Far apart and not in the order of their slots.
		b := New(Replica(uint64(i) * 0x7654321 % 1000))
		s.boards = append(s.boards, b)
		s.mirrors = append(s.mirrors, watch(b))
		s.models = append(s.models, newModel())
		s.people = append(s.people, NewHistory(b))
		s.cut = append(s.cut, 0)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
			for i, l := range s.log {
				t.Logf("%4d %s", i, l)
			}
		}
	})
	return s
}

func (s *sim) logf(format string, args ...any) { s.log = append(s.log, fmt.Sprintf(format, args...)) }

// make notes items that were made.
func (s *sim) make(list ...madeOp) {
	for _, o := range list {
		s.ops = append(s.ops, o)
		s.last[o.id.Replica] = o.id.Seq
	}
}

// learn notes the operations of an update by reading it.
func (s *sim) learn(update []byte) {
	for _, u := range split(s.t, update) {
		one, _, _ := wire.Bytes(u)
		var d decoder
		if err := d.decode(one); err != nil {
			s.t.Fatal(err)
		}
		for _, o := range d.ops {
			m := madeOp{epoch: d.epoch, tag: o.tag, element: o.element, kind: o.kind, key: o.key, value: o.value, left: o.left, right: o.right, life: o.life.life, target: o.life.first}
			var points []Point
			if o.tag == opPoints {
				points, _ = ink.Parse(nil, nil, o.data, int(o.n)) // checked by decode
			}
			for k := range o.n {
				m.id, m.lamport = ID{d.replica, o.seq + k}, o.lamport+k
				switch o.tag {
				case opPoints:
					m.point = points[k]
				case opInsert:
					r, n := utf8.DecodeRune(o.data)
					m.r, o.data = r, o.data[n:]
				case opHidden:
					m.r = '?'
				}
				s.make(m)
				m.left = m.id
				if m.target.Seq++; o.life.back {
					m.target.Seq -= 2
				}
			}
		}
	}
}

// publish sends an update on its way: by the relay, or to all at once.
func (s *sim) publish(from int, update []byte) {
	if update == nil {
		return
	}
	if err := s.evil.Apply(update); err != nil || s.evil.Parked() > 0 {
		s.t.Fatalf("%v, %d parked; who has everything takes everything", err, s.evil.Parked())
	}
	for to := range s.boards {
		if to != from {
			s.flight = append(s.flight, parcel{to, update})
		}
	}
}

// edit makes one to five operations and sends them to all others.
func (s *sim) edit(i int) {
	b := s.boards[i]
	e := b.Edit()
	for range 1 + s.rnd.IntN(5) {
		s.operation(i, b, e)
	}
	if err := e.Err(); err != nil {
		s.t.Fatalf("edit of replica %d: %v", i, err)
	}
	s.publish(i, e.Commit())
}

// undo takes back the last steps that one replica makes here, or makes them
// again. What that comes to is read from the updates.
func (s *sim) undo(i int) {
	b := s.boards[i]
	if len(b.order) == 0 {
		return
	}
	h := s.people[i]
	id := b.order[s.rnd.IntN(len(b.order))].ID()
	if s.rnd.IntN(3) > 0 {
		e := h.Edit()
		e.Set(id, KeyColor, Int(7))
		e.Splice(id, Chars, 0, min(2, b.Element(id).TextLen(Chars)), "undo")
		u := e.Commit()
		s.learn(u)
		s.publish(i, u)
	}
	for _, f := range []func() []byte{h.Undo, h.Redo, h.Undo}[:1+s.rnd.IntN(3)] {
		u := f()
		s.logf("undo or redo: % x", u)
		s.learn(u)
		s.publish(i, u)
	}
}

var words = []string{"a", "bc", "Zoë", "😀", "line\n", "𝔘nï", "0123456789"}

func (s *sim) operation(i int, b *Board, e *Edit) {
	o := madeOp{id: ID{b.replica, b.Seq(b.replica) + 1}, epoch: b.epoch, lamport: b.lamport + 1}
	m := s.follow(i)
	var target *Element
	if len(b.order) > 0 {
		target = b.order[s.rnd.IntN(len(b.order))]
		if s.rnd.IntN(2) == 0 {
			target = b.order[s.rnd.IntN(min(3, len(b.order)))] // where others are at work too
		}
		o.element = target.ID()
	}
	switch what := s.rnd.IntN(20); {
	case target == nil || what < 2:
		o.tag, o.kind = opCreate, []Kind{KindStroke, KindStroke, KindNote, 999}[s.rnd.IntN(4)]
		if id := e.Create(o.kind); id != o.id {
			s.t.Fatalf("Create returned %v, want %v", id, o.id)
		}
		s.make(o)
	case what < 8:
		o.tag = opSet
		o.key = []Key{KeyDeleted, KeyColor, KeyOrder, KeyX, 700}[s.rnd.IntN(5)]
		switch s.rnd.IntN(7) {
		case 0:
			o.value = String([]string{"", "a", "Zoë"}[s.rnd.IntN(3)])
		case 1:
			o.value = Float(s.rnd.NormFloat64())
		case 2:
			o.value = Ref(ID{Replica(1 + s.rnd.IntN(2000)), 1 + s.rnd.Uint64N(MaxSeq)})
		case 3:
			o.value = Value{}
		default:
			o.value = Int(int64(s.rnd.IntN(3)))
		}
		if o.key == KeyOrder && s.rnd.IntN(4) > 0 {
			var low, high *Element
			if k := s.rnd.IntN(len(b.order) + 1); true {
				if k > 0 {
					low = b.order[k-1]
				}
				if k < len(b.order) {
					high = b.order[k]
				}
			}
			o.value = String(b.Between(low, high))
		}
		e.Set(o.element, o.key, o.value)
		s.make(o)
	case what < 11:
		if target.Kind() != KindStroke || target.ID().Replica != b.replica {
			return
		}
		var list []Point
		o.tag = opPoints
		for range 1 + s.rnd.IntN(4) {
			o.point = Point{X: int32(s.rnd.Uint32()), Y: int32(s.rnd.IntN(100)), Pressure: uint8(s.rnd.UintN(256))}
			list = append(list, o.point)
			s.make(o)
			o.id.Seq++
			o.lamport++
		}
		e.Append(o.element, list...)
	case what < 13:
		s.hold(m, e, o)
	default:
		s.splice(m, e, o)
	}
	s.logf("make up to %v", s.ops[len(s.ops)-1])
}

// seen returns an element's text as the model knows it, nil if it does not:
// between two updates of a diff (B26) a board may show what no model does.
func (s *sim) seen(m *model, e *Edit, id ID) *tree {
	el := m.elements[id]
	if el == nil || s.partial && (m.torn || el.text.String() != e.b.Element(id).Text()) {
		return nil
	}
	return el.text
}

// hold types, or holds the backspace or the delete key, somewhere in a text.
func (s *sim) hold(m *model, e *Edit, o madeOp) {
	text := s.seen(m, e, o.element)
	if text == nil {
		return
	}
	at, key := s.rnd.IntN(len(text.visible())+1), s.rnd.IntN(3)
	for range 1 + s.rnd.IntN(8) {
		m.follow(s.ops, e.b.Vector())
		text = m.elements[o.element].text
		o.id.Seq, o.lamport = e.b.Seq(e.b.replica)+1, e.b.lamport+1
		switch n := len(text.visible()); {
		case key == 0:
			s.change(m, e, o, at, 0, "x", Chars)
			at++
		case key == 1 && at > 0:
			at--
			s.change(m, e, o, at, 1, "", Chars)
		case key == 2 && at < n:
			s.change(m, e, o, at, 1, "", Chars)
		}
	}
}

// splice replaces some of a text, in any unit.
func (s *sim) splice(m *model, e *Edit, o madeOp) {
	text := s.seen(m, e, o.element)
	if text == nil {
		return
	}
	seen := text.visible()
	at := s.rnd.IntN(len(seen) + 1)
	if s.rnd.IntN(2) == 0 {
		at = min(at, 2)
	}
	remove := min(s.rnd.IntN(4), len(seen)-at)
	word := words[s.rnd.IntN(len(words))]
	if remove > 0 && s.rnd.IntN(3) == 0 {
		word = ""
	}
	s.change(m, e, o, at, remove, word, Unit(s.rnd.IntN(3)))
}

// change is a Splice; the model finds what that means.
func (s *sim) change(m *model, e *Edit, o madeOp, at, remove int, word string, u Unit) {
	text := m.elements[o.element].text
	seen := text.visible()
	before, gone := []rune{}, []rune{}
	for _, n := range seen[:at] {
		before = append(before, n.r)
	}
	o.tag, o.lamport = opLife, o.lamport-1
	for _, n := range seen[at : at+remove] {
		gone = append(gone, n.r)
		o.lamport++
		o.target, o.life = n.id, n.life+1
		s.make(o)
		o.id.Seq++
	}
	v := e.b.Vector() // and what was just made
	v[o.id.Replica] = s.last[o.id.Replica]
	m.follow(s.ops, v)
	o.left, o.right = text.origins(at)
	o.tag = opInsert
	for _, o.r = range word {
		o.lamport++
		s.make(o)
		o.left = o.id
		o.id.Seq++
	}
	units := []func(r []rune) int{
		func(r []rune) int { return len(r) },
		func(r []rune) int { return len(utf16.Encode(r)) },
		func(r []rune) int { return len(string(r)) },
	}
	s.logf("splice %v at %d remove %d insert %q", o.element, at, remove, word)
	e.Splice(o.element, u, units[u](before), units[u](gone), word)
}

// mischief writes operations on texts that no editor would make: their origins
// and targets are any operations there are.
func (s *sim) mischief() {
	elements := slices.Collect(maps.Keys(s.evil.slots))
	if len(s.evil.order) == 0 || len(elements) == 0 {
		return
	}
	slices.Sort(elements)
	seq := s.evil.Seq(evilReplica) + 1
	someone := func() ID {
		if n := len(s.ops); n > 0 && s.rnd.IntN(6) > 0 {
			return s.ops[n-1-s.rnd.IntN(min(n, 60))].id
		}
		return ID{}
	}
	var list []func(*encoder)
	start := seq
	for range 1 + s.rnd.IntN(4) {
		id := s.evil.order[s.rnd.IntN(len(s.evil.order))].ID()
		switch s.rnd.IntN(5) {
		case 0, 1:
			word := words[s.rnd.IntN(len(words))]
			list = append(list, insert(id, someone(), someone(), word))
			seq += uint64(utf8.RuneCountInString(word))
		case 2:
			n := 1 + s.rnd.IntN(3)
			list = append(list, hidden(id, someone(), someone(), n))
			seq += uint64(n)
		default:
			first := someone()
			if first == (ID{}) {
				continue
			}
			n, back := 1+s.rnd.Uint64N(6), s.rnd.IntN(2) == 0
			if back {
				n = min(n, first.Seq)
			} else {
				n = min(n, s.last[first.Replica]+1-first.Seq)
			}
			to := 2 + s.rnd.Uint32N(5)
			content := ""
			for k := range n {
				q := first.Seq + k
				if back {
					q = first.Seq - k
				}
				content += string(s.runeOf(ID{first.Replica, q}))
			}
			if to%2 == 0 {
				content = ""
			}
			list = append(list, life(id, first, uint32(n), back, to, content))
			seq += n
		}
	}
	if len(list) == 0 {
		return
	}
	u := forgeIn(s.evil.epoch-min(s.evil.epoch, s.rnd.Uint64N(3)), evilReplica, start, max(s.evil.lamport, start), list...)
	s.logf("mischief % x", u)
	s.learn(u)
	s.publish(-1, u)
}

// runeOf returns what a character is, 'x' if it is none.
func (s *sim) runeOf(id ID) rune {
	for i := len(s.ops) - 1; i >= 0; i-- {
		if o := &s.ops[i]; o.id == id && (o.tag == opInsert || o.tag == opHidden) {
			return o.r
		}
	}
	return 'x'
}

// deliver hands over any parcel, and sometimes keeps a copy for later.
func (s *sim) deliver() {
	if len(s.flight) == 0 {
		return
	}
	k := s.rnd.IntN(len(s.flight))
	p := s.flight[k]
	if s.cut[p.to] > 0 {
		return
	}
	if s.rnd.IntN(4) > 0 {
		s.flight[k] = s.flight[len(s.flight)-1]
		s.flight = s.flight[:len(s.flight)-1]
	}
	s.logf("deliver to %d: % x", p.to, p.data)
	if err := s.boards[p.to].Apply(p.data); errors.Is(err, ErrEpoch) && s.boards[p.to].epoch < uint64(len(s.epochs)) {
		s.flight = append(s.flight, p)
		if s.rnd.IntN(2) == 0 {
			s.merge(p.to, relay)
		}
	} else if err != nil {
		s.t.Fatalf("replica %d: %v", p.to, err)
	}
}

// sync gives i what it lacks of what j has.
func (s *sim) sync(i, j int, whole bool) {
	if i == j {
		return
	}
	have, err := ParseVector(s.boards[i].Vector().Append(nil))
	if err != nil {
		s.t.Fatalf("vector: %v", err)
	}
	parked := s.boards[i].Parked()
	diff, err := s.boards[j].Diff(have)
	if errors.Is(err, ErrCompacted) && (!have.Covers(s.boards[j].floor) || have.Epoch() != s.boards[j].epoch) {
		if s.rnd.IntN(2) == 0 {
			s.replace(i, j)
		} else {
			s.merge(i, j)
		}
		return
	} else if err != nil {
		s.t.Fatalf("diff from %d to %d: %v", j, i, err)
	}
	if !whole {
		var cut []byte
		for len(diff) > 0 && s.rnd.IntN(4) > 0 {
			u, rest, _ := wire.Bytes(diff)
			cut, diff = wire.AppendBytes(cut, u), rest
		}
		diff = cut
	}
	s.logf("diff from %d to %d: % x", j, i, diff)
	if err := s.boards[i].Apply(diff); err != nil {
		s.t.Fatalf("diff from %d to %d: %v", j, i, err)
	}
	if s.boards[i].Parked() > parked {
		s.t.Fatalf("B25: part of a diff from %d to %d is parked", j, i)
	}
	if whole && !s.boards[i].Vector().Covers(s.boards[j].Vector()) {
		s.t.Fatalf("B24: after the diff %d has %v of %v", i, s.boards[i].Vector(), s.boards[j].Vector())
	}
}

// replace loads j's snapshot at i, if i has nothing that j lacks.
func (s *sim) replace(i, j int) {
	if s.boards[j].Vector().Covers(s.boards[i].Vector()) {
		s.load(i, j)
	}
}

// load starts replica i again from j's snapshot. What was parked is gone: the
// network brings it again.
func (s *sim) load(i, j int) {
	s.logf("load %d from %d", i, j)
	old, from := s.boards[i], s.boards[j]
	for _, list := range old.parking.waiting {
		for _, p := range list {
			s.flight = append(s.flight, parcel{i, wire.AppendBytes(nil, p.data)})
		}
	}
	b, err := Load(old.replica, from.Snapshot())
	if err != nil {
		s.t.Fatalf("load %d from %d: %v", i, j, err)
	}
	if b.Hash() != from.Hash() {
		s.t.Fatalf("B29: replica %d has changed by loading", i)
	}
	s.boards[i], s.mirrors[i], s.people[i] = b, watch(b), NewHistory(b)
}

// merge gives i the snapshot of j.
func (s *sim) merge(i, j int) {
	if i == j {
		return
	}
	s.logf("merge %d from %d", i, j)
	b, o := s.boards[i], s.boards[j]
	want := b.Vector()
	for r, seq := range o.Vector() {
		want[r] = max(want[r], seq)
	}
	if err := b.Merge(o.Snapshot()); err != nil {
		s.t.Fatalf("merge %d from %d: %v", i, j, err)
	}
	if !b.Vector().Covers(want) {
		s.t.Fatalf("B48: after the merge %d has %v of %v", i, b.Vector(), want)
	}
}

// compact begins an epoch at the relay, if it shows what it should: between two
// updates of a diff the model would remove something else.
func (s *sim) compact() {
	b := s.boards[relay]
	m := s.follow(relay)
	if m.torn || !sameState(m.state(), stateOf(b)) || len(s.epochs) == MaxEpochs {
		return
	}
	elements, characters := b.Tombstones()
	s.logf("compact: %d elements, %d characters", elements, characters)
	s.epochs = append(s.epochs, m)
	b.Compact()
	if elements, characters := b.Tombstones(); b.epoch != uint64(len(s.epochs)) || elements != 0 || characters != 0 {
		s.t.Fatalf("B49: epoch %d, %d and %d tombstones", b.epoch, elements, characters)
	}
	if err := s.evil.Merge(b.Snapshot()); err != nil {
		s.t.Fatal(err)
	}
}

// follow brings the model of a replica up to date.
func (s *sim) follow(i int) *model {
	b := s.boards[i]
	if m := s.models[i]; m.epoch != b.epoch || m.torn || slices.Contains(s.epochs, m) {
		s.models[i] = newModel()
		if b.epoch > 0 {
			s.models[i] = s.epochs[b.epoch-1].compacted()
		}
	}
	s.models[i].follow(s.ops, b.Vector())
	return s.models[i]
}

func (s *sim) check() {
	for i, b := range s.boards {
		if err := checkBoard(b); err != nil {
			s.t.Fatalf("replica %d: %v", i, err)
		}
		if got := s.mirrors[i].state(b); !sameState(got, stateOf(b)) {
			s.t.Fatalf("B33: observers of %d saw %v, the board is %v", i, got, stateOf(b))
		}
		// B26: between two updates of a diff the model knows nothing of.
		if want := s.follow(i).state(); !s.partial && !sameState(want, stateOf(b)) {
			s.t.Fatalf("replica %d has\n%v, want\n%v", i, stateOf(b), want)
		}
	}
}

func (s *sim) run(steps int) {
	for step := range steps {
		i, j := 1+s.rnd.IntN(len(s.boards)-1), s.rnd.IntN(len(s.boards))
		if s.restless && s.rnd.IntN(12) == 0 {
			switch s.rnd.IntN(4) {
			case 0:
				s.compact()
			case 1:
				s.boards[i].DropText()
			default:
				s.merge(i, j)
			}
		}
		switch what := s.rnd.IntN(100); {
		case what < 30:
			s.edit(i)
		case what < 32:
			s.undo(i)
		case what < 38:
			if s.hostile {
				s.mischief()
			}
		case what < 88:
			s.deliver()
		case what < 94:
			s.sync(i, j, !s.partial || s.rnd.IntN(2) == 0)
		case what < 95:
			s.sync(relay, i, true)
		case what < 96:
			s.load(j, j)
		case what < 97:
			s.boards[j].DropText()
		case what < 98:
			s.merge(j, i)
		case what < 99:
			s.compact()
		default:
			s.cut[j] = 20
		}
		for k := range s.cut {
			s.cut[k] = max(s.cut[k]-1, 0)
		}
		if step%8 == 0 {
			s.check()
		}
	}
	clear(s.cut)
	for i := range s.boards {
		s.merge(i, relay)
	}
	for len(s.flight) > 0 {
		s.deliver()
	}
	s.partial = false
	s.check()
	for i, b := range s.boards {
		if b.Parked() != 0 {
			s.t.Errorf("B21: replica %d still has %d bytes parked", i, b.Parked())
		}
		if !maps.Equal(b.counts(), s.last) {
			s.t.Errorf("B5: replica %d has %v of %v", i, b.Vector(), s.last)
		}
		if !bytes.Equal(b.Snapshot(), s.boards[0].Snapshot()) || b.Hash() != s.boards[0].Hash() {
			s.t.Errorf("B6: replica %d has %v, the relay %v", i, stateOf(b), stateOf(s.boards[0]))
		}
		if err := checkReload(b); err != nil {
			s.t.Errorf("replica %d: %v", i, err)
		}
	}
}

func TestB6Convergence(t *testing.T) {
	for seed := range rounds(60) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			newSim(t, seed, 2+int(seed%4)).run(200)
		})
	}
}

// B56: boards of several epochs converge, whatever is on its way between them.
func TestB56Convergence(t *testing.T) {
	for seed := range rounds(60) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			s := newSim(t, 1000+seed, 2+int(seed%4))
			s.restless = true
			s.run(200)
		})
	}
}

// Every order of the same updates gives the same board.
func TestB6AnyOrder(t *testing.T) {
	for seed := range uint64(4) {
		s := newSim(t, seed, 4)
		s.partial = false
		var updates [][]byte
		for range 60 {
			if s.rnd.IntN(5) == 0 && s.hostile {
				s.mischief()
			} else {
				s.edit(1 + s.rnd.IntN(len(s.boards)-1))
			}
			if len(s.flight) == 0 {
				continue
			}
			updates = append(updates, s.flight[0].data)
			if s.rnd.IntN(2) == 0 { // the others work with it, or at the same time
				for _, p := range s.flight {
					mustApply(t, s.boards[p.to], p.data)
				}
			}
			s.flight = nil
		}
		inOrder := New(0)
		for _, u := range updates {
			mustApply(t, inOrder, u)
		}
		m := newModel()
		m.follow(s.ops, s.last)
		if !sameState(stateOf(inOrder), m.state()) {
			t.Errorf("%v, want %v", stateOf(inOrder), m.state())
		}
		reversed := New(0)
		for i := range updates {
			mustApply(t, reversed, updates[len(updates)-1-i])
		}
		mustEqual(t, inOrder, reversed)
		for range 10 {
			shuffled := New(0)
			for _, i := range s.rnd.Perm(len(updates)) {
				mustApply(t, shuffled, updates[i])
				mustApply(t, shuffled, updates[s.rnd.IntN(i+1)])
			}
			mustEqual(t, inOrder, shuffled)
		}
	}
}
