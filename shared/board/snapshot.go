package board

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"edgeboard/shared/board/internal/ink"
	"edgeboard/shared/board/internal/text"
	"edgeboard/shared/wire"
)

// A snapshot is
//
//	byte     version, 1; 2 if there is the last part
//	uvarint  number of replicas; of each, ascending: 8 bytes replica, uvarint how many operations
//	uvarint  number of elements, by replica and sequence number; columns, a number for each:
//	           place of the replica among the replicas
//	           sequence number, less that of the element before if of the same replica
//	           Lamport time less sequence number, and less the same of the element before, zigzag
//	           kind
//	           number of points
//	         and for those with points:
//	           sequence number of the first point less that of the element
//	           runs beyond the first
//	         and for those: first point and sequence number, each less that of the run before
//	           length of the block of points (see package ink)
//	bytes    the blocks
//	uvarint  number of keys; of each, ascending: uvarint key, columns:
//	           elements without and with the property, in turn
//	         for those with:
//	           type of the value
//	           distance: sequence number less that of the element, if the write is the creator's and its Lamport
//	           time in step with the creation; otherwise 0 and
//	           place of the replica, sequence number, Lamport time less sequence number
//	           whole numbers: zigzag, or their places in the dictionary; floats in steps of 2^-6 if they are such;
//	           lengths of strings; elements; dictionary: the whole numbers, zigzag and ascending, if they are half
//	           as many or fewer
//	           bytes of other floats and of strings
//	uvarint  number of texts; of each uvarint number of its element less that of the one before, and bytes: see
//	         package text. Deleted text is not in it
//	uvarint  number of operations of later versions; of each place of the replica, seq, n, lamport, tag, payload
//	         epoch, what was removed, and stated origins that do not count, unless there is nothing of the
//	         kind: see section.go
//
// where a column is as in column.go and bytes have their length before them.
const (
	snapshotVersion      = 1
	snapshotVersionEpoch = 2
)

// Snapshot returns the whole state. It is canonical: two boards in the same
// state return the same bytes. It is not compressed.
func (b *Board) Snapshot() []byte {
	w := snapshotWriter{b: b, out: []byte{snapshotVersion}}
	w.replicas()
	w.elements()
	w.registers()
	w.texts()
	w.unknown()
	if b.epoch > 0 || b.texts.HasClaims() {
		w.out[0] = snapshotVersionEpoch
		w.out = b.appendSection(w.out, w.list, w.places, w.index)
	}
	return w.out
}

type snapshotWriter struct {
	b      *Board
	out    []byte
	index  []uint32    // place of each slot
	places []text.Slot // the slot of each place
	list   []*Element  // by replica and sequence number
	cols   [11]column
	whole  []uint64 // scratch
}

func (w *snapshotWriter) uvarint(v uint64) { w.out = wire.AppendUvarint(w.out, v) }

// columns appends the first n columns.
func (w *snapshotWriter) columns(n int) {
	for i := range n {
		w.out = w.cols[i].appendTo(w.out)
	}
}

func (w *snapshotWriter) replicas() {
	b := w.b
	used := make([]bool, len(b.writers))
	for s, x := range b.writers {
		used[s] = x.seq > 0
	}
	for i := range b.elements.n {
		for _, r := range b.elements.at(uint32(i)).registers {
			if r.typ == typeRef {
				used[r.num>>32] = true
			}
		}
	}
	var slots []slot
	for s := range b.writers {
		if used[s] {
			slots = append(slots, slot(s))
		}
	}
	slices.SortFunc(slots, func(x, y slot) int { return cmp.Compare(b.writers[x].id, b.writers[y].id) })
	w.index = make([]uint32, len(b.writers))
	w.uvarint(uint64(len(slots)))
	for i, s := range slots {
		w.index[s] = uint32(i)
		w.places = append(w.places, text.Slot(s))
		w.out = appendReplica(w.out, b.writers[s].id)
		w.uvarint(uint64(b.writers[s].seq))
	}
}

func (w *snapshotWriter) elements() {
	b := w.b
	w.list = make([]*Element, b.elements.n)
	for i := range w.list {
		w.list[i] = b.elements.at(uint32(i))
	}
	slices.SortFunc(w.list, func(x, y *Element) int { return x.id.Compare(y.id) })
	w.uvarint(uint64(len(w.list)))
	var last struct {
		slot  slot
		seq   uint64
		shift uint64
	}
	var blocks []byte
	for _, e := range w.list {
		s, shift := e.created.slot(), e.created.lamport()-e.id.Seq
		if s != last.slot {
			last.slot, last.seq = s, 0
		}
		w.cols[0].add(uint64(w.index[s]))
		w.cols[1].add(e.id.Seq - last.seq)
		w.cols[2].addInt(int64(shift - last.shift))
		w.cols[3].add(uint64(e.kind))
		w.cols[4].add(uint64(e.points))
		last.seq, last.shift = e.id.Seq, shift
		if e.points == 0 {
			continue
		}
		w.cols[5].add(uint64(e.inkSeq) - e.id.Seq)
		runs := b.runsOf(e)
		w.cols[6].add(uint64(len(runs) - 1))
		for i, r := range runs[1:] {
			w.cols[7].add(uint64(r.first - runs[i].first))
			w.cols[8].add(uint64(r.seq - runs[i].seq))
		}
		// Packed anew: the block that came may be another packer's.
		b.points = e.AppendPoints(b.points[:0])
		block := ink.Append(nil, nil, b.points)
		w.cols[9].add(uint64(len(block)))
		blocks = append(blocks, block...)
	}
	w.columns(10)
	w.out = wire.AppendBytes(w.out, blocks)
}

func (w *snapshotWriter) registers() {
	count := map[Key]int{}
	for _, e := range w.list {
		for i := range e.registers {
			count[e.registers[i].key]++
		}
	}
	keys := make([]Key, 0, len(count))
	for k := range count {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	w.uvarint(uint64(len(keys)))
	for _, k := range keys {
		w.uvarint(uint64(k))
		w.key(k)
	}
}

// floatStep is what most floats are multiples of.
const floatStep = 1.0 / 64

// shortFloat returns the number of steps that a float has, if it has few.
func shortFloat(f float64) (int64, bool) {
	steps := f / floatStep
	if steps != math.Trunc(steps) || math.Abs(steps) >= 1<<50 {
		return 0, false
	}
	return int64(steps), true
}

func (w *snapshotWriter) key(k Key) {
	var raw []byte
	run, present := uint64(0), false
	for _, e := range w.list {
		i, ok := e.find(k)
		if ok != present {
			w.cols[0].add(run)
			run, present = 0, ok
		}
		run++
		if !ok {
			continue
		}
		r := &e.registers[i]
		w.cols[1].add(uint64(r.typ))
		if r.stamp.slot() == e.created.slot() && uint64(r.seq) > e.id.Seq &&
			r.stamp.lamport()-uint64(r.seq) == e.created.lamport()-e.id.Seq {
			w.cols[2].add(uint64(r.seq) - e.id.Seq)
		} else {
			w.cols[2].add(0)
			w.cols[3].add(uint64(w.index[r.stamp.slot()]))
			w.cols[4].add(uint64(r.seq))
			w.cols[5].add(r.stamp.lamport() - uint64(r.seq))
		}
		switch r.typ {
		case typeInt:
			w.whole = append(w.whole, wire.Zigzag(r.num))
		case typeFloat:
			if steps, ok := shortFloat(math.Float64frombits(uint64(r.num))); ok {
				w.cols[7].add(wire.Zigzag(steps) + 1)
			} else {
				w.cols[7].add(0)
				raw = binary.LittleEndian.AppendUint64(raw, uint64(r.num))
			}
		case typeString:
			s := w.b.strings[r.num]
			w.cols[8].add(uint64(len(s)))
			raw = append(raw, s...)
		case typeRef:
			w.cols[9].add(uint64(w.index[r.num>>32]))
			w.cols[9].add(uint64(uint32(r.num)))
		}
	}
	w.cols[0].add(run)
	w.wholeNumbers()
	w.columns(11)
	w.out = wire.AppendBytes(w.out, raw)
}

// wholeNumbers fills the column of the whole numbers of a key. Mostly they are
// few different ones: colours, switches.
func (w *snapshotWriter) wholeNumbers() {
	dictionary := slices.Clone(w.whole)
	slices.Sort(dictionary)
	dictionary = slices.Compact(dictionary)
	short := 2*len(dictionary) <= len(w.whole)
	for _, v := range w.whole {
		if short {
			at, _ := slices.BinarySearch(dictionary, v)
			v = uint64(at)
		}
		w.cols[6].add(v)
	}
	if short {
		for _, v := range dictionary {
			w.cols[10].add(v)
		}
	}
	w.whole = w.whole[:0]
}

func (w *snapshotWriter) texts() {
	n := uint64(0)
	var out []byte
	last := 0
	for i, e := range w.list {
		if e.text == noText {
			continue
		}
		// A text in which nothing was ever written is none.
		if snapshot := w.b.texts.AppendSnapshot(nil, e.text, w.index, false); len(snapshot) > 2 {
			n++
			out = wire.AppendUvarint(out, uint64(i-last))
			out = wire.AppendBytes(out, snapshot)
			last = i
		}
	}
	w.uvarint(n)
	w.out = append(w.out, out...)
}

func (w *snapshotWriter) unknown() {
	w.uvarint(uint64(len(w.b.unknown)))
	for i := range w.b.unknown {
		u := &w.b.unknown[i]
		w.uvarint(uint64(w.index[w.b.slots[u.id.Replica]]))
		w.uvarint(u.id.Seq)
		w.uvarint(u.n)
		w.uvarint(u.lamport)
		w.uvarint(u.tag)
		w.out = wire.AppendBytes(w.out, u.payload)
	}
}
