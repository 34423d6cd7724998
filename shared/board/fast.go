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

// cursor reads what takeFast understands: uvarints of up to four bytes.
type cursor struct {
	b  []byte
	ok bool
}

func (c *cursor) uvarint() uint64 {
	b := c.b
	switch {
	case len(b) > 0 && b[0] < 0x80:
		c.b = b[1:]
		return uint64(b[0])
	case len(b) > 1 && b[1] < 0x80:
		c.b = b[2:]
		return uint64(b[0]&0x7f) | uint64(b[1])<<7
	case len(b) > 2 && b[2] < 0x80:
		c.b = b[3:]
		return uint64(b[0]&0x7f) | uint64(b[1]&0x7f)<<7 | uint64(b[2])<<14
	case len(b) > 3 && b[3] < 0x80:
		c.b = b[4:]
		return uint64(b[0]&0x7f) | uint64(b[1]&0x7f)<<7 | uint64(b[2]&0x7f)<<14 | uint64(b[3])<<21
	}
	c.ok = false
	return 0
}

// char reads the name of an operation that came before number seq of slot s,
// and is known.
func (c *cursor) char(b *Board, s slot, seq uint64) text.ID {
	switch v := c.uvarint(); {
	case v == 0:
		return text.None
	case v == 1:
		if len(c.b) < 8 {
			break
		}
		other, known := b.slots[Replica(binary.LittleEndian.Uint64(c.b))]
		c.b = c.b[8:]
		if q := c.uvarint(); known && other != s && q > 0 && q <= uint64(b.writers[other].seq) {
			return text.ID{Slot: text.Slot(other), Seq: uint32(q)}
		}
	case v > 2 && v-2 < seq:
		return text.ID{Slot: text.Slot(s), Seq: uint32(seq - (v - 2))}
	}
	c.ok = false
	return text.None
}

// takeFast applies an update of one small operation, and reports whether it
// did.
func (b *Board) takeFast(u []byte, jump uint64) bool {
	if len(u) < 13 || u[0] != updateVersion || int(b.lastSlot) >= len(b.writers) {
		return false
	}
	s := b.lastSlot
	w := &b.writers[s]
	if Replica(binary.LittleEndian.Uint64(u[1:])) != w.id {
		return false
	}
	c := cursor{u[9:], true}
	limit := min(b.lamport+jump, MaxLamport)
	seq, lamport := c.uvarint(), c.uvarint()
	if !c.ok || seq != uint64(w.seq)+1 || lamport < seq || lamport >= limit || len(c.b) == 0 {
		return false
	}
	tag := c.b[0]
	c.b = c.b[1:]
	if tag != opSet && tag != opInsert && tag != opLife {
		return false
	}
	id := c.char(b, s, seq)
	if !c.ok || id == text.None {
		return false
	}
	e := b.element(slot(id.Slot), id.Seq)
	if e == nil {
		return false
	}
	switch tag {
	case opSet:
		return b.setFast(&c, e, s, seq, lamport)
	case opInsert:
		return b.insertFast(&c, e, s, seq, lamport, limit)
	}
	return b.hideFast(&c, e, s, seq, lamport, limit)
}

// advance takes n numbers of a replica whose operation is about to be applied.
func (b *Board) advance(s slot, seq, lamport, n uint64) {
	b.writers[s].seq = uint32(seq + n - 1)
	b.lamport = max(b.lamport, lamport+n-1)
}

// setFast sets a number.
func (b *Board) setFast(c *cursor, e *Element, s slot, seq, lamport uint64) bool {
	key := Key(c.uvarint())
	if !c.ok || len(c.b) < 2 || key == KeyOrder || key == KeyDeleted {
		return false
	}
	typ := valueType(c.b[0])
	c.b = c.b[1:]
	var num int64
	switch {
	case typ == typeInt:
		num = wire.Unzigzag(c.uvarint())
	case typ == typeFloat && len(c.b) == 8:
		num = Float(math.Float64frombits(binary.LittleEndian.Uint64(c.b))).num
		c.b = nil
	default:
		return false
	}
	if !c.ok || len(c.b) != 0 {
		return false
	}
	i, ok := e.find(key)
	if !ok {
		return false // makes room, which is no hurry
	}
	r := &e.registers[i]
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
func (b *Board) insertFast(c *cursor, e *Element, s slot, seq, lamport, limit uint64) bool {
	left, right := c.char(b, s, seq), c.char(b, s, seq)
	length := c.uvarint()
	if !c.ok || length == 0 || length != uint64(len(c.b)) || length > 64 || e.text == noText {
		return false
	}
	n := 1
	if length > 1 || c.b[0] >= utf8.RuneSelf {
		if !utf8.Valid(c.b) {
			return false
		}
		n = utf8.RuneCount(c.b)
	}
	if b.texts.Size()+n > MaxText || seq+uint64(n) > MaxSeq || lamport+uint64(n) > limit {
		return false
	}
	at, err := b.texts.IntegrateInsert(e.text, text.ID{Slot: text.Slot(s), Seq: uint32(seq)}, left, right, c.b)
	if err != nil {
		return false
	}
	b.advance(s, seq, lamport, uint64(n))
	if b.observer != nil {
		b.observer(Event{Kind: Inserted, Element: e, At: at, Len: n, Text: string(c.b)})
	}
	return true
}

// hideFast deletes one run of text.
func (b *Board) hideFast(c *cursor, e *Element, s slot, seq, lamport, limit uint64) bool {
	id := c.char(b, s, seq)
	n, life := c.uvarint(), c.uvarint()
	back := n&1 != 0
	n >>= 1
	if !c.ok || len(c.b) != 0 || id == text.None || n == 0 || life < 2 || life&1 != 0 || life > maxLife || e.text == noText ||
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
