package board

import (
	"crypto/sha256"
	"slices"
)

// Board is one replica's copy of a document. Make one with New.
type Board struct {
	replica  Replica
	lamport  uint64 // the greatest Lamport time seen
	vector   Vector
	elements map[ID]*Element
	order    []*Element // bottom to top: by creation stamp
	live     int
	unknown  []unknownOp // ascending by ID
	parking  parking
	dec      decoder
	observer func(Event)
}

// New returns an empty board that writes as the given replica. A board that
// only follows others may pass 0.
func New(replica Replica) *Board {
	if replica > MaxReplica {
		panic("board: replica is over MaxReplica")
	}
	return &Board{replica: replica, vector: Vector{}, elements: map[ID]*Element{}}
}

// Replica returns the replica that this board writes as.
func (b *Board) Replica() Replica { return b.replica }

// Vector returns a copy of the board's state vector.
func (b *Board) Vector() Vector { return b.vector.Clone() }

// Seq returns the number of operations of replica r that the board has.
func (b *Board) Seq(r Replica) uint64 { return b.vector[r] }

// Parked returns how many bytes of updates wait for others to arrive.
func (b *Board) Parked() int { return b.parking.bytes }

// Hash returns the SHA-256 of the snapshot: two boards in the same state have
// the same.
func (b *Board) Hash() [32]byte { return sha256.Sum256(b.Snapshot()) }

// EventKind says what happened to an element.
type EventKind uint8

const (
	Created  EventKind = iota + 1 // a new element
	Set                           // property Key has a new value
	Appended                      // points From and on are new
)

// Event is one change of the document, local or remote.
type Event struct {
	Kind    EventKind
	Element *Element
	Key     Key // of Set
	From    int // of Appended
}

// Observe makes f hear of every change, after it has happened, on the goroutine
// that made it. f may read the board but not change it. A later call replaces
// f; nil ends it.
func (b *Board) Observe(f func(Event)) { b.observer = f }

func (b *Board) tell(e Event) {
	if b.observer != nil {
		b.observer(e)
	}
}

func (b *Board) create(id ID, kind Kind, lamport uint64) *Element {
	e := &Element{id: id, kind: kind, lamport: lamport}
	b.elements[id] = e
	i, _ := slices.BinarySearchFunc(b.order, e, compareOrder)
	b.order = slices.Insert(b.order, i, e)
	b.live++
	b.tell(Event{Kind: Created, Element: e})
	return e
}

func (b *Board) set(e *Element, w register) {
	was := e.Deleted()
	if !e.set(w) {
		return
	}
	if is := e.Deleted(); is != was {
		if is {
			b.live--
		} else {
			b.live++
		}
	}
	b.tell(Event{Kind: Set, Element: e, Key: w.key})
}

func (b *Board) append(e *Element, points []Point, seq, lamport uint64) {
	from := len(e.points)
	e.append(points, seq, lamport)
	b.tell(Event{Kind: Appended, Element: e, From: from})
}

// compareOrder puts the element created later on top.
func compareOrder(x, y *Element) int {
	sx, sy := stamp{x.lamport, x.id.Replica}, stamp{y.lamport, y.id.Replica}
	if c := sx.compare(sy); c != 0 {
		return c
	}
	return x.id.Compare(y.id)
}
