package board

import (
	"cmp"
	"encoding/binary"
	"slices"

	"edgeboard/shared/wire"
)

// Replica names one writer: a page that was loaded, a run of a tool. It is
// drawn at random from 1 to MaxReplica, so that no one has to hand names out.
type Replica uint64

// MaxReplica keeps replicas exact in JSON and JavaScript numbers.
const MaxReplica = 1<<53 - 1

// ID names one operation: the Seq-th of its replica, counted from 1. The ID of
// an element is that of the operation which created it. The zero ID names none.
type ID struct {
	Replica Replica
	Seq     uint64
}

// Compare orders IDs by replica, then by sequence number.
func (a ID) Compare(b ID) int {
	return cmp.Or(cmp.Compare(a.Replica, b.Replica), cmp.Compare(a.Seq, b.Seq))
}

// Vector is a state vector: for each replica the number of its operations that
// a board has, always without a gap. The entry of replica 0, which writes
// nothing, is the board's epoch; epoch 0 has none.
type Vector map[Replica]uint64

// Epoch returns how often the board of the vector was compacted.
func (v Vector) Epoch() uint64 { return v[0] }

// Covers reports whether v has every operation that w has, and is not of an
// earlier epoch.
func (v Vector) Covers(w Vector) bool {
	for r, seq := range w {
		if v[r] < seq {
			return false
		}
	}
	return true
}

// Clone returns a copy.
func (v Vector) Clone() Vector {
	w := make(Vector, len(v))
	for r, seq := range v {
		w[r] = seq
	}
	return w
}

// Append appends the encoded vector: a count, then replica and sequence number
// of each, by ascending replica.
func (v Vector) Append(b []byte) []byte {
	replicas := make([]Replica, 0, len(v))
	for r := range v {
		replicas = append(replicas, r)
	}
	slices.Sort(replicas)
	b = wire.AppendUvarint(b, uint64(len(v)))
	for _, r := range replicas {
		b = wire.AppendUvarint(b, uint64(r))
		b = wire.AppendUvarint(b, v[r])
	}
	return b
}

// ParseVector parses what Append wrote. No bytes at all are the empty vector.
func ParseVector(b []byte) (Vector, error) {
	if len(b) == 0 {
		return Vector{}, nil
	}
	n, b, err := wire.Uvarint(b)
	if err != nil {
		return nil, ErrMalformed
	}
	if n > uint64(len(b))/2 || n > MaxReplicas+1 {
		return nil, ErrMalformed
	}
	v := make(Vector, n)
	last := Replica(0)
	for i := range n {
		var r, seq uint64
		if r, b, err = wire.Uvarint(b); err == nil {
			seq, b, err = wire.Uvarint(b)
		}
		if err != nil || Replica(r) <= last && (r != 0 || i > 0) || r > MaxReplica || seq == 0 || seq > MaxSeq {
			return nil, ErrMalformed
		}
		v[Replica(r)], last = seq, Replica(r)
	}
	if len(b) != 0 || n > MaxReplicas && v.Epoch() == 0 {
		return nil, ErrMalformed
	}
	return v, nil
}

// slot is a board's own number for a replica: dense, in order of arrival, and
// never seen outside.
type slot uint32

// writer is what a board knows of a replica.
type writer struct {
	id  Replica
	seq uint32 // how many of its operations the board has
}

// stamp orders writes to the same register: Lamport time in the upper 48 bits,
// the writer's slot in the lower 16. Equal times are decided by the replicas,
// which the board knows: see Board.later.
type stamp uint64

func newStamp(lamport uint64, s slot) stamp { return stamp(lamport<<16 | uint64(s)) }

func (s stamp) lamport() uint64 { return uint64(s) >> 16 }
func (s stamp) slot() slot      { return slot(s & 0xffff) }

// compareStamps orders two stamps: by Lamport time, then by replica.
func (b *Board) compareStamps(x, y stamp) int {
	if x>>16 != y>>16 {
		return cmp.Compare(x, y)
	}
	return cmp.Compare(b.writers[x.slot()].id, b.writers[y.slot()].id)
}

// slotOf returns the slot of a replica, a new one if need be. The caller has
// checked that there is room.
func (b *Board) slotOf(r Replica) slot {
	s, ok := b.known(r)
	if !ok {
		s = slot(len(b.writers))
		b.slots[r] = s
		b.writers = append(b.writers, writer{id: r})
		b.texts.AddReplica(uint64(r))
	}
	b.lastSlot = s
	return s
}

// knows reports whether a replica has a slot.
func (b *Board) knows(r Replica) bool {
	_, ok := b.slots[r]
	return ok
}

// known returns the slot of a replica if the board knows it.
func (b *Board) known(r Replica) (slot, bool) {
	if int(b.lastSlot) < len(b.writers) && b.writers[b.lastSlot].id == r {
		return b.lastSlot, true
	}
	s, ok := b.slots[r]
	return s, ok
}

// have returns how many operations of a replica the board has.
func (b *Board) have(r Replica) uint64 {
	if s, ok := b.known(r); ok {
		return uint64(b.writers[s].seq)
	}
	return 0
}

func appendReplica(b []byte, r Replica) []byte { return binary.LittleEndian.AppendUint64(b, uint64(r)) }
