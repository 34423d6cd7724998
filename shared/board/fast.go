package board

import (
	"encoding/binary"
	"math"
	"unicode/utf8"

	"edgeboard/shared/board/internal/text"
	"edgeboard/shared/wire"
)

// Most updates hold one small operation: a keystroke, a character deleted, a
// number set. takeFast applies those without the detour over decoded operations,
// which costs several times as much. Whatever it is not sure of, mistakes
// included, it leaves to the general way, and changes nothing.

// short reads a uvarint of up to four bytes at b[i:] and returns where it ends,
// an i beyond b where there is none.
func short(b []byte, i int) (uint64, int) {
	if i > len(b)-4 {
		return shortEnd(b, i)
	}
	x := binary.LittleEndian.Uint32(b[i:])
	switch {
	case x&0x80 == 0:
		return uint64(x & 0x7f), i + 1
	case x&0x8000 == 0:
		return uint64(x&0x7f | x>>1&0x3f80), i + 2
	case x&0x800000 == 0:
		return uint64(x&0x7f | x>>1&0x3f80 | x>>2&0x1fc000), i + 3
	case x&0x80000000 == 0:
		return uint64(x&0x7f | x>>1&0x3f80 | x>>2&0x1fc000 | x>>3&0xfe00000), i + 4
	}
	return 0, tooFar
}

// shortEnd is short for the last bytes of b.
func shortEnd(b []byte, i int) (v uint64, end int) {
	for shift := 0; i < len(b); shift += 7 {
		c := b[i]
		i++
		if v |= uint64(c&0x7f) << shift; c < 0x80 {
			return v, i
		}
	}
	return 0, tooFar
}

const tooFar = 1 << 30

// shortName reads the name of an operation that came before number seq of slot
// s, and is known.
func (b *Board) shortName(u []byte, i int, s slot, seq uint64) (text.ID, int) {
	v, i := short(u, i)
	switch {
	case v > 2 && v-2 < seq:
		return text.ID{Slot: text.Slot(s), Seq: uint32(seq - (v - 2))}, i
	case v == 0:
		return text.None, i
	case v == 1 && i+8 <= len(u):
		other, known := b.slots[Replica(binary.LittleEndian.Uint64(u[i:]))]
		if q, i := short(u, i+8); known && other != s && q > 0 && q <= uint64(b.writers[other].seq) {
			return text.ID{Slot: text.Slot(other), Seq: uint32(q)}, i
		}
	}
	return text.None, tooFar
}

// takeFast applies an update of one small operation, and reports whether it
// did.
func (b *Board) takeFast(u []byte, jump uint64) bool {
	if len(u) < 13 || int(b.lastSlot) >= len(b.writers) {
		return false
	}
	i, version := 1, byte(updateVersion)
	if b.epoch > 0 {
		var epoch uint64
		if epoch, i = short(u, 1); epoch != b.epoch {
			return false
		}
		version = updateVersionEpoch
	}
	if u[0] != version || i > len(u)-12 {
		return false
	}
	s := b.lastSlot
	w := &b.writers[s]
	if Replica(binary.LittleEndian.Uint64(u[i:])) != w.id {
		return false
	}
	limit := min(b.lamport+jump, MaxLamport)
	seq, i := short(u, i+8)
	lamport, i := short(u, i)
	if i >= len(u) || seq != uint64(w.seq)+1 || lamport < seq || lamport >= limit {
		return false
	}
	tag := u[i]
	if tag != opSet && tag != opInsert && tag != opLife {
		return false
	}
	id, i := b.shortName(u, i+1, s, seq)
	if i >= len(u) || id == text.None {
		return false
	}
	e := b.element(slot(id.Slot), id.Seq)
	if e == nil {
		return false
	}
	switch tag {
	case opSet:
		return b.setFast(u, i, e, s, seq, lamport)
	case opInsert:
		return b.insertFast(u, i, e, s, seq, lamport, limit)
	}
	return b.hideFast(u, i, e, s, seq, lamport, limit)
}

// advance takes n numbers of a replica whose operation is about to be applied.
func (b *Board) advance(s slot, seq, lamport, n uint64) {
	b.writers[s].seq = uint32(seq + n - 1)
	b.lamport = max(b.lamport, lamport+n-1)
}

// setFast sets a number.
func (b *Board) setFast(u []byte, i int, e *Element, s slot, seq, lamport uint64) bool {
	k, i := short(u, i)
	key := Key(k)
	if i >= len(u) || k > math.MaxUint16 || key == KeyOrder || key == KeyDeleted {
		return false
	}
	at, ok := e.find(key)
	if !ok {
		return false // makes room, which is no hurry
	}
	typ := valueType(u[i])
	i++
	var num int64
	switch {
	case typ == typeInt:
		var v uint64
		if v, i = short(u, i); i != len(u) {
			return false
		}
		num = wire.Unzigzag(v)
	case typ == typeFloat && len(u) == i+8:
		num = Float(math.Float64frombits(binary.LittleEndian.Uint64(u[i:]))).num
	default:
		return false
	}
	r := &e.registers[at]
	st := newStamp(lamport, s)
	if st>>16 == r.stamp>>16 || r.typ == typeString {
		return false
	}
	b.advance(s, seq, lamport, 1)
	if st < r.stamp {
		return true
	}
	r.stamp, r.num, r.seq, r.typ = st, num, uint32(seq), typ
	if b.observer != nil {
		b.observer(Event{Kind: Set, Element: e, Key: key})
	}
	return true
}

// insertFast inserts one short run of text.
func (b *Board) insertFast(u []byte, i int, e *Element, s slot, seq, lamport, limit uint64) bool {
	left, i := b.shortName(u, i, s, seq)
	right, i := b.shortName(u, i, s, seq)
	length, i := short(u, i)
	if length == 0 || length > 64 || uint64(i)+length != uint64(len(u)) || e.text == noText {
		return false
	}
	content := u[i:]
	n := 1
	if length > 1 || content[0] >= utf8.RuneSelf {
		if !utf8.Valid(content) {
			return false
		}
		n = utf8.RuneCount(content)
	}
	if b.texts.Size()+n > MaxText || seq+uint64(n) > MaxSeq || lamport+uint64(n) > limit {
		return false
	}
	at, err := b.texts.IntegrateInsert(e.text, text.ID{Slot: text.Slot(s), Seq: uint32(seq)}, left, right, content)
	if err != nil {
		return false
	}
	b.advance(s, seq, lamport, uint64(n))
	if b.observer != nil {
		b.observer(Event{Kind: Inserted, Element: e, At: at, Len: n, Text: string(content)})
	}
	return true
}

// hideFast deletes one run of text.
func (b *Board) hideFast(u []byte, i int, e *Element, s slot, seq, lamport, limit uint64) bool {
	id, i := b.shortName(u, i, s, seq)
	n, i := short(u, i)
	life, i := short(u, i)
	back := n&1 != 0
	n >>= 1
	if i != len(u) || id == text.None || n == 0 || life < 2 || life&1 != 0 || life > maxLife || e.text == noText ||
		seq+n > MaxSeq || lamport+n > limit {
		return false
	}
	if last := uint64(id.Seq) + n - 1; back && n > uint64(id.Seq) || !back && (last > uint64(b.writers[id.Slot].seq) || id.Slot == text.Slot(s) && last >= seq) {
		return false
	}
	changes, err := b.texts.IntegrateLife(e.text, text.ID{Slot: text.Slot(s), Seq: uint32(seq)},
		text.Target{ID: id, Len: uint32(n), Life: uint32(life), Back: back}, nil, b.changes[:0])
	if err != nil {
		return false
	}
	b.changes = changes
	b.advance(s, seq, lamport, n)
	b.tellText(e, changes)
	return true
}
