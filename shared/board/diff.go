package board

import (
	"cmp"
	"slices"
)

// item is an operation that the state still shows: the creation of an element,
// the write that won a property, a run of points, or one of a later version.
type item struct {
	replica  Replica
	seq      uint64
	lamport  uint64
	n        uint64
	element  *Element
	register *register
	run      *run
	unknown  *unknownOp
}

// Diff returns the updates that a board with state vector have lacks, ready for
// Apply. Operations that later ones have overwritten are not in it, only their
// sequence numbers: the updates are to be applied all, or the rest asked for.
//
// None of them needs one that comes after it, so that none is parked. Two
// replicas may each have worked on what the other made: then their updates
// alternate.
func (b *Board) Diff(have Vector) []byte {
	items := b.items(have)
	slices.SortFunc(items, func(x, y item) int {
		return cmp.Or(cmp.Compare(x.replica, y.replica), cmp.Compare(x.seq, y.seq))
	})
	d := differ{streams: map[Replica]*stream{}, waiting: map[ID][]*stream{}}
	for _, r := range b.vector.replicas() {
		if have[r] >= b.vector[r] {
			continue
		}
		n := 0
		for n < len(items) && items[n].replica == r {
			n++
		}
		s := &stream{replica: r, next: have[r] + 1, last: b.vector[r], items: items[:n]}
		if n > 0 {
			s.next = min(s.next, items[0].seq) // an operation of a later version is not cut
		}
		d.streams[r] = s
		d.ready = append(d.ready, s)
		items = items[n:]
	}
	for len(d.ready) > 0 {
		s := d.ready[0]
		d.ready = d.ready[1:]
		d.write(s)
	}
	return d.out
}

// differ writes the operations of several replicas in an order in which they
// can be applied. The order follows from the operations alone, which keeps
// snapshots canonical.
type differ struct {
	out     []byte
	enc     encoder
	streams map[Replica]*stream
	ready   []*stream        // not waiting, first come first served
	waiting map[ID][]*stream // by the creation that is not written yet
}

// stream is what is to be written of one replica.
type stream struct {
	replica Replica
	next    uint64 // sequence number to be written next
	last    uint64
	items   []item // ascending, from next to last, without those overwritten
}

// write appends updates of one replica, up to the first operation that must
// wait. A new update begins where the Lamport time does not follow from the
// sequence number, and where one is long enough.
func (d *differ) write(s *stream) {
	var shift uint64 // Lamport time less sequence number, in the open update
	open := false
	for ; len(s.items) > 0; s.items = s.items[1:] {
		it := &s.items[0]
		if it.register != nil && d.lacks(s, it.element.id) {
			d.waiting[it.element.id] = append(d.waiting[it.element.id], s)
			break
		}
		if now := it.lamport - it.seq; !open || now != shift || len(d.enc.buf) > splitUpdate {
			if open {
				d.out = d.enc.end(d.out)
			}
			open, shift = true, now
			d.enc.begin(s.replica, s.next, s.next+shift)
		}
		if it.seq > s.next {
			d.enc.skip(it.seq - s.next)
		}
		it.encode(&d.enc)
		s.next = it.seq + it.n
		if it.creates() {
			d.ready = append(d.ready, d.waiting[it.element.id]...)
			delete(d.waiting, it.element.id)
		}
	}
	if len(s.items) == 0 && s.next <= s.last {
		if !open {
			open = true
			d.enc.begin(s.replica, s.next, s.next)
		}
		d.enc.skip(s.last + 1 - s.next)
		s.next = s.last + 1
	}
	if open {
		d.out = d.enc.end(d.out)
	}
}

// lacks reports whether the receiver will not have the element when the next
// operation of s reaches it.
func (d *differ) lacks(s *stream, id ID) bool {
	t := d.streams[id.Replica]
	return t != nil && t != s && id.Seq >= t.next
}

// creates reports whether the operation is the creation of an element.
func (it *item) creates() bool {
	return it.element != nil && it.register == nil && it.run == nil
}

func (it *item) encode(enc *encoder) {
	switch {
	case it.register != nil:
		enc.set(it.element.id, it.register.key, it.register.value)
	case it.run != nil:
		enc.points(it.element.id, it.run.first, it.element.points[it.run.first:it.run.first+it.run.n])
	case it.unknown != nil:
		enc.unknown(it.unknown)
	default:
		enc.create(it.element.kind)
	}
}

// items lists what a board with state vector have lacks, in no order.
func (b *Board) items(have Vector) []item {
	var items []item
	for _, e := range b.order {
		r := e.id.Replica
		if e.id.Seq > have[r] {
			items = append(items, item{replica: r, seq: e.id.Seq, lamport: e.lamport, n: 1, element: e})
		}
		for i := range e.registers {
			w := &e.registers[i]
			if w.seq > have[w.stamp.replica] {
				items = append(items, item{replica: w.stamp.replica, seq: w.seq, lamport: w.stamp.lamport, n: 1, element: e, register: w})
			}
		}
		for _, p := range e.runs {
			if cut := int64(have[r]) - int64(p.seq) + 1; cut >= int64(p.n) {
				continue
			} else if cut > 0 {
				p = run{p.first + int(cut), p.n - int(cut), p.seq + uint64(cut), p.lamport + uint64(cut)}
			}
			items = append(items, item{replica: r, seq: p.seq, lamport: p.lamport, n: uint64(p.n), element: e, run: &p})
		}
	}
	for i := range b.unknown {
		u := &b.unknown[i]
		if u.id.Seq+u.n-1 > have[u.id.Replica] {
			items = append(items, item{replica: u.id.Replica, seq: u.id.Seq, lamport: u.lamport, n: u.n, unknown: u})
		}
	}
	return items
}

// Snapshot returns the whole state as updates for an empty board. It is
// canonical: two boards in the same state return the same bytes.
func (b *Board) Snapshot() []byte { return b.Diff(nil) }
