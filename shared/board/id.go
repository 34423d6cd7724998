package board

import (
	"cmp"
	"slices"

	"edgeboard/shared/wire"
)

// Replica names one writer: a page that was loaded, a run of a tool. It is
// drawn at random from 1 to MaxReplica, so that no one has to hand names out.
type Replica uint64

// MaxReplica keeps replicas exact in JSON and JavaScript numbers.
const MaxReplica = 1<<53 - 1

// ID names one operation: the Seq-th of its replica, counted from 1. The ID of
// an element is that of the operation which created it.
type ID struct {
	Replica Replica
	Seq     uint64
}

// Compare orders IDs by replica, then by sequence number.
func (a ID) Compare(b ID) int {
	return cmp.Or(cmp.Compare(a.Replica, b.Replica), cmp.Compare(a.Seq, b.Seq))
}

// stamp orders writes to the same register: the greater one wins.
type stamp struct {
	lamport uint64
	replica Replica
}

func (a stamp) compare(b stamp) int {
	return cmp.Or(cmp.Compare(a.lamport, b.lamport), cmp.Compare(a.replica, b.replica))
}

// Vector is a state vector: for each replica the number of its operations that
// a board has, always without a gap.
type Vector map[Replica]uint64

// Covers reports whether v has every operation that w has.
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

func (v Vector) replicas() []Replica {
	rs := make([]Replica, 0, len(v))
	for r := range v {
		rs = append(rs, r)
	}
	slices.Sort(rs)
	return rs
}

// Append appends the encoded vector: a count, then replica and sequence number
// of each, by ascending replica.
func (v Vector) Append(b []byte) []byte {
	b = wire.AppendUvarint(b, uint64(len(v)))
	for _, r := range v.replicas() {
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
	if n > uint64(len(b))/2 || n > MaxReplicas {
		return nil, ErrMalformed
	}
	v := make(Vector, n)
	last := Replica(0)
	for range n {
		var r, seq uint64
		if r, b, err = wire.Uvarint(b); err == nil {
			seq, b, err = wire.Uvarint(b)
		}
		if err != nil || Replica(r) <= last || r > MaxReplica || seq == 0 || seq > MaxSeq {
			return nil, ErrMalformed
		}
		v[Replica(r)], last = seq, Replica(r)
	}
	if len(b) != 0 {
		return nil, ErrMalformed
	}
	return v, nil
}
