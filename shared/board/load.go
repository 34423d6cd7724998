package board

import (
	"encoding/binary"
	"math"
	"slices"

	"edgeboard/shared/board/internal/ink"
	"edgeboard/shared/board/internal/text"
	"edgeboard/shared/wire"
)

// Load returns the board of a snapshot, which writes as the given replica (0:
// it only follows others). The snapshot is trusted to be one of an honest
// board; bytes that are none are refused.
//
// What was deleted from texts is not in a snapshot, nor is who deleted it: Diff
// of the loaded board needs a state vector that covers the snapshot's.
func Load(replica Replica, snapshot []byte) (*Board, error) {
	b := New(replica)
	if err := b.load(snapshot); err != nil {
		return nil, err
	}
	return b, nil
}

// load fills a board that has nothing, but may know replicas.
func (b *Board) load(snapshot []byte) error {
	if len(snapshot) == 0 {
		return ErrMalformed
	}
	version := snapshot[0]
	if version != snapshotVersion && version != snapshotVersionEpoch {
		return ErrVersion
	}
	l := loader{b: b, r: reader{in: snapshot[1:]}}
	l.replicas()
	l.elements()
	l.registers()
	l.arrange()
	l.texts()
	l.unknown()
	if version == snapshotVersionEpoch {
		l.section()
	}
	if l.r.bad || len(l.r.in) != 0 {
		return ErrMalformed
	}
	b.floor = b.counts()
	return nil
}

type loader struct {
	b     *Board
	r     reader
	slots []text.Slot // by place
	cols  [11]*columnReader
	whole []uint64 // the dictionary of the whole numbers of a key
}

func (l *loader) columns(n int) {
	for i := range n {
		l.cols[i] = l.r.column()
	}
}

func (l *loader) end(n int) {
	for i := range n {
		l.cols[i].end()
	}
}

func (l *loader) replicas() {
	n := l.r.uvarint(MaxReplicas)
	if n > uint64(len(l.r.in))/9 {
		l.r.fail()
		return
	}
	last := Replica(0)
	for range n {
		if len(l.r.in) < 8 {
			l.r.fail()
			return
		}
		id := Replica(binary.LittleEndian.Uint64(l.r.in))
		l.r.in = l.r.in[8:]
		seq := l.r.uvarint(MaxSeq)
		if id <= last || id > MaxReplica {
			l.r.fail()
			return
		}
		last = id
		s := l.b.slotOf(id)
		l.b.writers[s].seq = uint32(seq)
		l.b.lamport = max(l.b.lamport, seq)
		l.slots = append(l.slots, text.Slot(s))
	}
}

// writer returns the slot at a place among the replicas, if it has written as
// many operations.
func (l *loader) writer(place, seq uint64) slot {
	if place >= uint64(len(l.slots)) || seq == 0 || seq > uint64(l.b.writers[l.slots[place]].seq) {
		l.r.fail()
		return 0
	}
	return slot(l.slots[place])
}

// has checks that a replica has written as many operations.
func (l *loader) has(s slot, seq uint64) {
	if seq == 0 || seq > uint64(l.b.writers[s].seq) {
		l.r.fail()
	}
}

func (l *loader) elements() {
	b := l.b
	n := l.r.uvarint(MaxElements)
	l.columns(10)
	blocks := l.r.bytes()
	if l.r.bad {
		return
	}
	lastPlace, lastSeq, lastShift := uint64(0), uint64(0), uint64(0)
	for range n {
		place := l.cols[0].next(MaxReplicas)
		if place != lastPlace {
			if place < lastPlace {
				l.r.fail()
			}
			lastPlace, lastSeq = place, 0
		}
		step := l.cols[1].next(MaxSeq)
		seq := lastSeq + step
		shift := lastShift + uint64(l.cols[2].nextInt())
		s := l.writer(place, seq)
		if step == 0 || shift > MaxLamport || l.r.bad {
			l.r.fail()
			return
		}
		lastSeq, lastShift = seq, shift
		e := b.elements.add()
		*e = Element{board: b, id: ID{b.writers[s].id, seq}, created: l.stamp(s, seq, shift), text: noText}
		e.kind = Kind(l.cols[3].next(math.MaxUint16))
		if e.points = uint16(l.cols[4].next(MaxPoints)); e.points > 0 {
			blocks = l.points(e, s, blocks)
		}
		b.order = append(b.order, e)
	}
	l.end(10)
	if len(blocks) > 0 {
		l.r.fail()
	}
	b.elements.rehash()
	b.live = b.elements.n
}

func (l *loader) stamp(s slot, seq, shift uint64) stamp {
	lamport := seq + shift
	if lamport >= MaxLamport {
		l.r.fail()
		return 0
	}
	l.b.lamport = max(l.b.lamport, lamport)
	return newStamp(lamport, s)
}

// points reads the points of a stroke and returns the blocks after its own.
func (l *loader) points(e *Element, s slot, blocks []byte) []byte {
	seq := e.id.Seq + l.cols[5].next(MaxSeq)
	e.inkSeq = uint32(seq)
	extra := l.cols[6].next(MaxPoints)
	first := uint64(0)
	for range extra {
		first += l.cols[7].next(MaxPoints)
		seq += l.cols[8].next(MaxSeq)
		if l.r.bad || first >= uint64(e.points) {
			l.r.fail()
			return nil
		}
		l.b.runs[e] = append(l.b.runs[e], run{first: int(first), seq: uint32(seq)})
	}
	l.has(s, seq+uint64(e.points)-first-1)
	n := l.cols[9].next(MaxUpdate)
	if l.r.bad || n > uint64(len(blocks)) || e.kind != KindStroke {
		l.r.fail()
		return nil
	}
	block := blocks[:n]
	var err error
	if l.b.points, err = ink.Parse(l.b.points[:0], nil, block, int(e.points)); err != nil {
		l.r.fail()
	}
	e.ink = appendBlock(make([]byte, 0, len(block)+4), block, int(e.points))
	return blocks[n:]
}

func (l *loader) registers() {
	last := uint64(0)
	for i := range l.r.uvarint(math.MaxUint16 + 1) {
		k := l.r.uvarint(math.MaxUint16)
		if i > 0 && k <= last {
			l.r.fail()
		}
		if l.r.bad {
			return
		}
		last = k
		l.key(Key(k))
	}
}

func (l *loader) key(k Key) {
	l.columns(11)
	raw := l.r.bytes()
	l.whole = l.whole[:0]
	for c := l.cols[10]; (c.left > 0 || len(c.r.in) > 0) && !l.r.bad; {
		v := c.next(math.MaxUint64)
		if n := len(l.whole); n > 0 && v <= l.whole[n-1] || n > l.b.elements.n {
			l.r.fail()
		}
		l.whole = append(l.whole, v)
	}
	n := l.b.elements.n
	present := false
	for i := 0; i < n && !l.r.bad; present = !present {
		run := int(l.cols[0].next(uint64(n - i)))
		if run == 0 && i > 0 {
			l.r.fail()
		}
		if !present {
			i += run
			continue
		}
		for range run {
			raw = l.register(l.b.elements.at(uint32(i)), k, raw)
			i++
		}
	}
	l.end(11)
	if len(raw) > 0 {
		l.r.fail()
	}
}

// register reads the property k of one element and returns what follows of raw.
func (l *loader) register(e *Element, k Key, raw []byte) []byte {
	typ := valueType(l.cols[1].next(uint64(typeRef)))
	var st stamp
	seq := l.cols[2].next(MaxSeq)
	if seq != 0 {
		seq += e.id.Seq
		s := e.created.slot()
		l.has(s, seq)
		st = l.stamp(s, seq, e.created.lamport()-e.id.Seq)
	} else {
		place := l.cols[3].next(MaxReplicas)
		seq = l.cols[4].next(MaxSeq)
		st = l.stamp(l.writer(place, seq), seq, l.cols[5].next(MaxLamport))
	}
	v := Value{typ: typ}
	switch typ {
	case typeInt:
		v.num = l.wholeNumber()
	case typeFloat:
		if steps := l.cols[7].next(math.MaxUint64); steps > 0 {
			v = Float(float64(wire.Unzigzag(steps-1)) * floatStep)
		} else if len(raw) < 8 {
			l.r.fail()
		} else {
			v = Float(math.Float64frombits(binary.LittleEndian.Uint64(raw)))
			raw = raw[8:]
		}
	case typeString:
		n := l.cols[8].next(MaxValue)
		if n > uint64(len(raw)) || !validText(raw[:n]) {
			l.r.fail()
			return nil
		}
		v.str, raw = string(raw[:n]), raw[n:]
	case typeRef:
		place, seq := l.cols[9].next(MaxReplicas), l.cols[9].next(MaxSeq)
		if place >= uint64(len(l.slots)) || seq == 0 {
			l.r.fail()
			return nil
		}
		v.ref = ID{l.b.writers[l.slots[place]].id, seq}
	}
	if l.r.bad {
		return nil
	}
	l.b.write(e.addRegister(len(e.registers), k), v, st, uint32(seq))
	return raw
}

func (l *loader) wholeNumber() int64 {
	v := l.cols[6].next(math.MaxUint64)
	if len(l.whole) > 0 {
		if v >= uint64(len(l.whole)) {
			l.r.fail()
			return 0
		}
		v = l.whole[v]
	}
	return wire.Unzigzag(v)
}

// arrange puts the elements into their order.
func (l *loader) arrange() {
	if l.r.bad {
		return
	}
	for _, e := range l.b.order {
		if e.Deleted() {
			l.b.live--
		}
	}
	slices.SortFunc(l.b.order, l.b.compareOrder)
}

func (l *loader) texts() {
	at := uint64(0)
	for i := range l.r.uvarint(MaxElements) {
		step := l.r.uvarint(MaxElements)
		at += step
		snapshot := l.r.bytes()
		if i > 0 && step == 0 || at >= uint64(l.b.elements.n) || l.r.bad {
			l.r.fail()
			return
		}
		t, err := l.b.texts.LoadSnapshot(snapshot, l.slots, MaxText-l.b.texts.Size())
		if err != nil {
			l.r.fail()
			return
		}
		e := l.b.elements.at(uint32(at))
		e.text = t
		l.b.textOf = append(l.b.textOf, e)
	}
	// Characters are operations too.
	for s := range l.b.writers {
		if l.b.texts.Next(text.Slot(s)) > l.b.writers[s].seq+1 {
			l.r.fail()
		}
	}
}

func (l *loader) unknown() {
	for range l.r.uvarint(math.MaxUint32) {
		place, seq, n := l.r.uvarint(MaxReplicas), l.r.uvarint(MaxSeq), l.r.uvarint(MaxSeq)
		lamport, tag := l.r.uvarint(MaxLamport-1), l.r.uvarint(1<<32)
		payload := l.r.bytes()
		if n == 0 || tag < opFirstUnknown || len(payload) > maxPayload || l.r.bad {
			l.r.fail()
			return
		}
		s := l.writer(place, seq)
		l.writer(place, seq+n-1)
		if l.r.bad {
			return
		}
		l.b.keep(unknownOp{ID{l.b.writers[s].id, seq}, lamport, tag, n, slices.Clone(payload)})
		l.b.lamport = max(l.b.lamport, lamport)
	}
}
