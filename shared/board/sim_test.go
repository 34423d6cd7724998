package board

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"edgeboard/shared/wire"
)

// sim is a few replicas that draw at the same time over a network that loses
// order, repeats, delays and breaks off.
type sim struct {
	t       *testing.T
	seed    uint64
	rnd     *rand.Rand
	partial bool // diffs may break off in the middle
	boards  []*Board
	mirrors []*mirror
	ops     model
	flight  []parcel
	log     []string
}

type parcel struct {
	to   int
	data []byte
}

func newSim(t *testing.T, seed uint64, replicas int) *sim {
	s := &sim{t: t, seed: seed, rnd: rand.New(rand.NewPCG(seed, 1)), partial: seed%2 == 0}
	for i := range replicas {
		b := New(Replica(i + 1))
		s.boards = append(s.boards, b)
		s.mirrors = append(s.mirrors, watch(b))
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

// edit makes one to five operations and sends them to all others.
func (s *sim) edit(i int) {
	b := s.boards[i]
	e := b.Edit()
	for range 1 + s.rnd.IntN(5) {
		s.operation(b, e)
	}
	if err := e.Err(); err != nil {
		s.t.Fatalf("edit of replica %d: %v", i+1, err)
	}
	update := e.Commit()
	for to := range s.boards {
		if to != i {
			s.flight = append(s.flight, parcel{to, update})
		}
	}
}

func (s *sim) operation(b *Board, e *Edit) {
	o := madeOp{id: ID{b.replica, b.vector[b.replica] + 1}, lamport: b.lamport + 1, n: 1}
	var target *Element
	if len(b.order) > 0 {
		target = b.order[s.rnd.IntN(len(b.order))]
		if s.rnd.IntN(2) == 0 {
			target = b.order[s.rnd.IntN(min(3, len(b.order)))] // where others are at work too
		}
	}
	switch what := s.rnd.IntN(10); {
	case target == nil || what < 2:
		o.tag, o.kind = opCreate, []Kind{KindStroke, KindStroke, 2, 999}[s.rnd.IntN(4)]
		if id := e.Create(o.kind); id != o.id {
			s.t.Fatalf("Create returned %v, want %v", id, o.id)
		}
	case what < 7:
		o.tag, o.element = opSet, target.ID()
		o.key = []Key{KeyDeleted, KeyColor, KeyWidth, 700}[s.rnd.IntN(4)]
		o.value = Int(int64(s.rnd.IntN(3)))
		if s.rnd.IntN(4) == 0 {
			o.value = String([]string{"", "a", "Zoë"}[s.rnd.IntN(3)])
		}
		e.Set(o.element, o.key, o.value)
	default:
		if target.Kind() != KindStroke || target.ID().Replica != b.replica {
			return
		}
		o.tag, o.element = opPoints, target.ID()
		for range 1 + s.rnd.IntN(4) {
			o.points = append(o.points, Point{int32(s.rnd.Uint32()), int32(s.rnd.IntN(100)), uint8(s.rnd.UintN(256))})
		}
		o.n = uint64(len(o.points))
		e.Append(o.element, o.points...)
	}
	s.ops = append(s.ops, o)
	s.logf("make %+v", o)
}

// deliver hands over any parcel, and sometimes keeps a copy for later.
func (s *sim) deliver() {
	if len(s.flight) == 0 {
		return
	}
	k := s.rnd.IntN(len(s.flight))
	p := s.flight[k]
	if s.rnd.IntN(4) > 0 {
		s.flight[k] = s.flight[len(s.flight)-1]
		s.flight = s.flight[:len(s.flight)-1]
	}
	s.logf("deliver to %d: % x", p.to+1, p.data)
	if err := s.boards[p.to].Apply(p.data); err != nil {
		s.t.Fatalf("replica %d: %v", p.to+1, err)
	}
}

// sync gives i what it lacks of what j has.
func (s *sim) sync(i, j int, whole bool) {
	have, err := ParseVector(s.boards[i].Vector().Append(nil))
	if err != nil {
		s.t.Fatalf("vector: %v", err)
	}
	parked := s.boards[i].Parked()
	diff := s.boards[j].Diff(have)
	if !whole {
		var cut []byte
		for len(diff) > 0 && s.rnd.IntN(4) > 0 {
			u, rest, _ := wire.Bytes(diff)
			cut, diff = wire.AppendBytes(cut, u), rest
		}
		diff = cut
	}
	s.logf("diff from %d to %d: % x", j+1, i+1, diff)
	if err := s.boards[i].Apply(diff); err != nil {
		s.t.Fatalf("diff from %d to %d: %v", j+1, i+1, err)
	}
	if s.boards[i].Parked() > parked {
		s.t.Fatalf("B25: part of a diff from %d to %d is parked", j+1, i+1)
	}
	if whole && !s.boards[i].Vector().Covers(s.boards[j].Vector()) {
		s.t.Fatalf("B24: after the diff %d has %v of %v", i+1, s.boards[i].Vector(), s.boards[j].Vector())
	}
}

// reload starts a replica again from its snapshot. What was parked is gone.
func (s *sim) reload(i int) {
	s.logf("reload %d", i+1)
	old := s.boards[i]
	b := New(old.replica)
	s.boards[i], s.mirrors[i] = b, watch(b)
	if err := b.Apply(old.Snapshot()); err != nil {
		s.t.Fatalf("reload %d: %v", i+1, err)
	}
	if b.Hash() != old.Hash() {
		s.t.Fatalf("B29: replica %d has changed by a reload", i+1)
	}
}

func (s *sim) check() {
	for i, b := range s.boards {
		if err := checkBoard(b); err != nil {
			s.t.Fatalf("replica %d: %v", i+1, err)
		}
		if got := s.mirrors[i].state(b); !sameState(got, stateOf(b)) {
			s.t.Fatalf("B33: observers of %d saw %v, the board is %v", i+1, got, stateOf(b))
		}
		// B26: between two updates of a diff the model knows nothing of.
		if want := s.ops.state(b.vector); !s.partial && !sameState(want, stateOf(b)) {
			s.t.Fatalf("replica %d has %v, want %v", i+1, stateOf(b), want)
		}
	}
}

func (s *sim) run(steps int) {
	for step := range steps {
		i, j := s.rnd.IntN(len(s.boards)), s.rnd.IntN(len(s.boards))
		switch what := s.rnd.IntN(100); {
		case what < 35:
			s.edit(i)
		case what < 90:
			s.deliver()
		case what < 97:
			s.sync(i, j, !s.partial || s.rnd.IntN(2) == 0)
		default:
			s.reload(i)
		}
		if step%8 == 0 {
			s.check()
		}
	}
	for len(s.flight) > 0 {
		s.deliver()
	}
	for range 2 { // the first round may carry what only one of them has
		for i := range s.boards {
			for j := range s.boards {
				s.sync(i, j, true)
			}
		}
	}
	s.partial = false
	s.check()
	for i, b := range s.boards {
		if b.Parked() != 0 {
			s.t.Errorf("B21: replica %d still has %d bytes parked", i+1, b.Parked())
		}
		if !bytes.Equal(b.Snapshot(), s.boards[0].Snapshot()) || b.Hash() != s.boards[0].Hash() {
			s.t.Errorf("B6: replica %d has %v, replica 1 %v", i+1, stateOf(b), stateOf(s.boards[0]))
		}
		if err := checkReload(b); err != nil {
			s.t.Errorf("replica %d: %v", i+1, err)
		}
	}
}

func TestB6Convergence(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			newSim(t, seed, 2+int(seed%4)).run(200)
		})
	}
}

// Every order of the same updates gives the same board.
func TestB6AnyOrder(t *testing.T) {
	s := newSim(t, 1, 4)
	s.partial = false
	var updates [][]byte
	for range 60 {
		i := s.rnd.IntN(len(s.boards))
		s.edit(i)
		updates = append(updates, s.flight[0].data)
		if s.rnd.IntN(2) == 0 { // the others work with it, or at the same time
			for _, p := range s.flight {
				mustApply(t, s.boards[p.to], p.data)
			}
			s.flight = nil
		}
		s.flight = s.flight[:0]
	}
	inOrder := New(0)
	for _, u := range updates {
		mustApply(t, inOrder, u)
	}
	reversed := New(0)
	for i := range updates {
		mustApply(t, reversed, updates[len(updates)-1-i])
	}
	mustEqual(t, inOrder, reversed)
	for range 20 {
		shuffled := New(0)
		for _, i := range s.rnd.Perm(len(updates)) {
			mustApply(t, shuffled, updates[i])
			mustApply(t, shuffled, updates[s.rnd.IntN(i+1)])
		}
		mustEqual(t, inOrder, shuffled)
	}
	if !sameState(stateOf(inOrder), s.ops.state(inOrder.vector)) {
		t.Errorf("%v, want %v", stateOf(inOrder), s.ops.state(inOrder.vector))
	}
}
