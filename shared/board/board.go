package board

import (
	"crypto/sha256"
	"slices"

	"edgeboard/shared/board/internal/ink"
	"edgeboard/shared/board/internal/text"
	"edgeboard/shared/wire"
)

// Board is one replica's copy of a document. Make one with New.
type Board struct {
	replica  Replica
	lamport  uint64 // the greatest Lamport time seen
	writers  []writer
	slots    map[Replica]slot
	lastSlot slot // where slotOf looks first

	elements index
	order    []*Element // bottom to top, see compareOrder
	live     int
	strings  []string // values of string properties
	free     []int    // places in strings
	runs     map[*Element][]run
	texts    *text.Arena
	textOf   []*Element  // by text
	unknown  []unknownOp // ascending by ID
	floor    Vector      // what the board has as a state alone, see Load

	epoch uint64
	base  Vector        // what the board had when the epoch began
	gone  [][]goneRange // by slot: characters that were removed, ascending

	parking  parking
	dec      decoder
	changes  []text.Change // scratch
	points   []Point       // scratch
	observer func(Event)
}

// New returns an empty board that writes as the given replica. A board that
// only follows others may pass 0.
func New(replica Replica) *Board {
	if replica > MaxReplica {
		panic("board: replica is over MaxReplica")
	}
	return &Board{replica: replica, slots: map[Replica]slot{}, runs: map[*Element][]run{}, texts: text.New()}
}

// Replica returns the replica that this board writes as.
func (b *Board) Replica() Replica { return b.replica }

// Vector returns a copy of the board's state vector.
func (b *Board) Vector() Vector {
	v := b.counts()
	if b.epoch > 0 {
		v[0] = b.epoch
	}
	return v
}

// Floor returns what the board has as a state alone, by a snapshot that it was
// loaded from or has merged, or since it was compacted: Diff is for boards that have
// at least that. It is empty where the board has the whole history.
func (b *Board) Floor() Vector {
	v := b.floor.Clone()
	if b.epoch > 0 {
		v[0] = b.epoch
	}
	return v
}

// counts is the state vector without the epoch.
func (b *Board) counts() Vector {
	v := make(Vector, len(b.writers)+1)
	for _, w := range b.writers {
		if w.seq > 0 {
			v[w.id] = uint64(w.seq)
		}
	}
	return v
}

// Seq returns the number of operations of replica r that the board has.
func (b *Board) Seq(r Replica) uint64 { return b.have(r) }

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
	Inserted                      // the text has Text at position At
	Removed                       // the text has lost Len characters at position At
	// Reset: the board was compacted, here or elsewhere, and anything may be
	// different. There is no Element; those that were read before are stale.
	// Read the board anew.
	Reset
)

// Event is one change of the document, local or remote. Positions in texts are
// in code points; who replays Inserted and Removed one after the other on a
// copy of the text has the text.
type Event struct {
	Kind    EventKind
	Element *Element
	Key     Key    // of Set
	From    int    // of Appended
	At, Len int    // of Inserted and Removed
	Text    string // of Inserted
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

// create makes the element that operation seq of slot s stands for.
func (b *Board) create(s slot, seq uint32, kind Kind, lamport uint64) *Element {
	e := b.elements.add()
	*e = Element{board: b, id: ID{b.writers[s].id, uint64(seq)}, created: newStamp(lamport, s), kind: kind, text: noText}
	b.elements.enter()
	b.place(e)
	b.live++
	b.tell(Event{Kind: Created, Element: e})
	return e
}

// set writes a register if its stamp wins.
func (b *Board) set(e *Element, key Key, v Value, st stamp, seq uint32) {
	i, ok := e.find(key)
	if ok {
		old := &e.registers[i]
		c := b.compareStamps(st, old.stamp)
		if c < 0 || c == 0 && v.compare(b.value(old)) <= 0 {
			return
		}
	}
	was := e.Deleted()
	if key == KeyOrder {
		b.unplace(e)
	}
	if !ok {
		e.addRegister(i, key)
	}
	b.write(&e.registers[i], v, st, seq)
	if key == KeyOrder {
		b.place(e)
	}
	if is := e.Deleted(); is != was {
		if is {
			b.live--
		} else {
			b.live++
		}
	}
	if b.observer != nil {
		b.observer(Event{Kind: Set, Element: e, Key: key})
	}
}

// write stores a value in a register, and gives up the string that was there.
func (b *Board) write(r *register, v Value, st stamp, seq uint32) {
	if r.typ == typeString {
		b.strings[r.num] = ""
		b.free = append(b.free, int(r.num))
	}
	r.stamp, r.seq, r.typ = st, seq, v.typ
	switch v.typ {
	case typeString:
		if n := len(b.free); n > 0 {
			r.num = int64(b.free[n-1])
			b.free = b.free[:n-1]
			b.strings[r.num] = v.str
		} else {
			r.num = int64(len(b.strings))
			b.strings = append(b.strings, v.str)
		}
	case typeRef:
		r.num = int64(b.slotOf(v.ref.Replica))<<32 | int64(v.ref.Seq)
	default:
		r.num = v.num
	}
}

// append adds a block of n points that were written from seq on.
func (b *Board) append(e *Element, block []byte, n int, seq uint32) {
	from := int(e.points)
	b.addRun(e, n, seq)
	e.ink = appendBlock(e.ink, block, n)
	e.points += uint16(n)
	b.repack(e)
	b.tell(Event{Kind: Appended, Element: e, From: from})
}

func appendBlock(b, block []byte, n int) []byte {
	b = wire.AppendUvarint(b, uint64(n))
	return wire.AppendBytes(b, block)
}

// addRun notes the numbers of n points after those there are.
func (b *Board) addRun(e *Element, n int, seq uint32) {
	if e.points == 0 {
		e.inkSeq = seq
		return
	}
	runs := b.runs[e]
	last := run{0, int(e.points), e.inkSeq}
	if k := len(runs); k > 0 {
		last = runs[k-1]
		last.n = int(e.points) - last.first
	}
	if last.seq+uint32(last.n) != seq {
		b.runs[e] = append(runs, run{int(e.points), n, seq})
	}
}

// repack makes one block of many when the stroke has grown by as much again:
// what a pen sends bit by bit takes more room than the whole.
func (b *Board) repack(e *Element) {
	first, rest, _ := wire.Uvarint(e.ink)
	if block, _, _ := wire.Bytes(rest); len(e.ink) < 2*len(block) || uint64(e.points) < 2*first {
		return
	}
	b.points = e.AppendPoints(b.points[:0])
	e.ink = slices.Clip(appendBlock(nil, ink.Append(nil, nil, b.points), len(b.points)))
}
