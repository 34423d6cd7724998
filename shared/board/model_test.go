package board

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
)

// madeOp is one operation as the test that made it knows it.
type madeOp struct {
	id      ID
	lamport uint64
	tag     int // opCreate, opSet or opPoints; opFirstUnknown
	n       uint64
	element ID
	kind    Kind
	key     Key
	value   Value
	points  []Point
}

// model is the document, slow and obvious: it has every operation and looks at
// all of them to answer.
type model []madeOp

// drawn is an element as anyone sees it.
type drawn struct {
	id         ID
	kind       Kind
	properties map[Key]Value
	points     []Point
}

func (d drawn) String() string { return fmt.Sprint(d.id, d.kind, d.properties, d.points) }

// state returns the elements, bottom to top, that the operations up to v make.
func (m model) state(v Vector) []drawn {
	var ops []madeOp
	for _, o := range m {
		if o.id.Seq <= v[o.id.Replica] {
			ops = append(ops, o)
		}
	}
	// In the order of stamps the last write wins, and a creation comes before
	// all that is done to it.
	slices.SortStableFunc(ops, func(x, y madeOp) int {
		if x.lamport != y.lamport {
			return int(int64(x.lamport) - int64(y.lamport))
		}
		return int(int64(x.id.Replica) - int64(y.id.Replica))
	})
	var all []drawn
	at := map[ID]int{}
	for _, o := range ops {
		switch o.tag {
		case opCreate:
			at[o.id] = len(all)
			all = append(all, drawn{o.id, o.kind, map[Key]Value{}, nil})
		case opSet:
			all[at[o.element]].properties[o.key] = o.value
		case opPoints:
			d := &all[at[o.element]]
			have := v[o.id.Replica] + 1 - o.id.Seq // a run may be known in part
			d.points = append(d.points, o.points[:min(have, o.n)]...)
		}
	}
	return all
}

// stateOf returns what the board shows, deleted elements included.
func stateOf(b *Board) []drawn {
	var all []drawn
	for _, e := range b.order {
		d := drawn{e.ID(), e.Kind(), map[Key]Value{}, e.Points()}
		for _, r := range e.registers {
			d.properties[r.key] = r.value
		}
		all = append(all, d)
	}
	return all
}

func sameState(x, y []drawn) bool {
	return slices.EqualFunc(x, y, func(a, b drawn) bool { return a.String() == b.String() })
}

// mirror is a board rebuilt from what observers are told.
type mirror struct {
	elements map[ID]*drawn
	order    []ID // of creation as told
}

func watch(b *Board) *mirror {
	m := &mirror{elements: map[ID]*drawn{}}
	b.Observe(func(ev Event) {
		id := ev.Element.ID()
		switch ev.Kind {
		case Created:
			if m.elements[id] != nil {
				panic("created twice")
			}
			m.elements[id] = &drawn{id, ev.Element.Kind(), map[Key]Value{}, nil}
			m.order = append(m.order, id)
		case Set:
			v, ok := ev.Element.Get(ev.Key)
			if !ok {
				panic("set of a property that is not there")
			}
			m.elements[id].properties[ev.Key] = v
		case Appended:
			d := m.elements[id]
			if ev.From != len(d.points) {
				panic("points were left out")
			}
			d.points = append(d.points, ev.Element.Points()[ev.From:]...)
		}
	})
	return m
}

func (m *mirror) state(b *Board) []drawn {
	var all []drawn
	for _, e := range b.order {
		if d := m.elements[e.ID()]; d != nil {
			all = append(all, *d)
		}
	}
	return all
}

// checkBoard looks for broken invariants.
func checkBoard(b *Board) error {
	live := 0
	for i, e := range b.order {
		if b.elements[e.id] != e {
			return fmt.Errorf("element %v is in the order and not in the map", e.id)
		}
		if i > 0 && compareOrder(b.order[i-1], e) >= 0 {
			return fmt.Errorf("B13: element %v lies above %v", e.id, b.order[i-1].id)
		}
		if e.id.Seq > b.vector[e.id.Replica] {
			return fmt.Errorf("B5: element %v is beyond the vector", e.id)
		}
		if !e.Deleted() {
			live++
		}
		for j, r := range e.registers {
			if j > 0 && e.registers[j-1].key >= r.key {
				return fmt.Errorf("element %v: keys do not ascend", e.id)
			}
			if r.seq > b.vector[r.stamp.replica] || r.stamp.lamport > b.lamport {
				return fmt.Errorf("element %v: write %v is beyond vector or clock", e.id, r)
			}
		}
		at := 0
		for j, r := range e.runs {
			if r.first != at || r.n == 0 {
				return fmt.Errorf("element %v: run %d begins at %d, want %d", e.id, j, r.first, at)
			}
			at += r.n
			if r.seq+uint64(r.n)-1 > b.vector[e.id.Replica] {
				return fmt.Errorf("element %v: run %d is beyond the vector", e.id, j)
			}
		}
		if at != len(e.points) {
			return fmt.Errorf("element %v: runs end at %d of %d points", e.id, at, len(e.points))
		}
	}
	if len(b.order) != len(b.elements) || live != b.Len() {
		return fmt.Errorf("%d elements, %d in the order; %d live, Len %d", len(b.elements), len(b.order), live, b.Len())
	}
	parked := 0
	for r, list := range b.parking.waiting {
		for _, p := range list {
			parked += len(p.data)
			if p.seq <= b.vector[r] {
				return fmt.Errorf("B21: an update waits for %d.%d, which is here", r, p.seq)
			}
		}
	}
	if parked != b.Parked() || parked > MaxParked {
		return fmt.Errorf("B22: %d bytes are parked, Parked says %d", parked, b.Parked())
	}
	return nil
}

// checkReload loads the board's snapshot into an empty one.
func checkReload(b *Board) error {
	snapshot := b.Snapshot()
	again := New(0)
	if err := again.Apply(snapshot); err != nil {
		return fmt.Errorf("B29: snapshot: %w", err)
	}
	if again.Parked() != 0 {
		return fmt.Errorf("B25: %d bytes of a snapshot are parked", again.Parked())
	}
	if !bytes.Equal(again.Snapshot(), snapshot) || again.Hash() != b.Hash() {
		return fmt.Errorf("B28: the snapshot of a snapshot differs: %x, then %x", snapshot, again.Snapshot())
	}
	if !sameState(stateOf(b), stateOf(again)) || again.Len() != b.Len() {
		return fmt.Errorf("B29: %v, reloaded %v", stateOf(b), stateOf(again))
	}
	return checkBoard(again)
}

// mustApply applies what must be taken.
func mustApply(t *testing.T, b *Board, updates []byte) {
	t.Helper()
	if err := b.Apply(updates); err != nil {
		t.Fatalf("apply % x: %v", updates, err)
	}
	if err := checkBoard(b); err != nil {
		t.Fatal(err)
	}
}

// mustEqual checks that boards are in the same state, in every way that shows.
func mustEqual(t *testing.T, boards ...*Board) {
	t.Helper()
	for _, b := range boards {
		if err := checkBoard(b); err != nil {
			t.Fatal(err)
		}
		if err := checkReload(b); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.Snapshot(), boards[0].Snapshot()) || b.Hash() != boards[0].Hash() {
			t.Fatalf("B6: boards differ: %v and %v", stateOf(boards[0]), stateOf(b))
		}
		if !b.Vector().Covers(boards[0].Vector()) || !boards[0].Vector().Covers(b.Vector()) {
			t.Fatalf("B5: vectors differ: %v and %v", boards[0].Vector(), b.Vector())
		}
	}
}
