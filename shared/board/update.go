package board

import (
	"encoding/binary"
	"math"
	"unicode/utf8"

	"edgeboard/shared/board/internal/ink"
	"edgeboard/shared/board/internal/text"
	"edgeboard/shared/wire"
)

// An update is, with its length before it (uvarint):
//
//	byte     version, 1 or 2
//	uvarint  epoch    in which it was written, at least 1, if the version is 2
//	8 bytes  replica, least significant first
//	uvarint  seq      of the first operation
//	uvarint  lamport  of the first operation
//	...      operations
//
// Operations follow each other without a gap. Each takes as many sequence
// numbers and Lamport times as it has items:
//
//	1 create  kind                                    1 item
//	2 set     element, key, value                     1 item
//	3 points  element, offset, n, length, block       n items
//	4 skip    n                                       n items: overwritten by later writes
//	5 insert  element, left, right, length, UTF-8     an item for each character
//	6 life    element, characters, life, [content]    n items
//	7 hidden  element, left, right, n                 n items: deleted text, forgotten
//	16 and up n, length, payload                      n items, of a later version
//
// Numbers are uvarints. An element is 0: the one last named in this update; 1
// followed by replica and seq; otherwise of this update's replica, and 2 less is
// how far it lies back from this operation's own sequence number. So is a
// character, with 0 for none.
//
// A value is a byte and what follows: 0 none; 1 number (zigzag varint); 2 float
// (8 bytes, IEEE 754); 3 string (length, UTF-8); 4 element (replica, seq).
// A block is points as in package ink. Characters are the first one, n<<1, and
// 1 more if they follow each other by descending number; content is, where life
// is odd, length and UTF-8 of n characters in their order.
const (
	updateVersion      = 1 // of epoch 0
	updateVersionEpoch = 2
)

const (
	opCreate = 1
	opSet    = 2
	opPoints = 3
	opSkip   = 4
	opInsert = 5
	opLife   = 6
	opHidden = 7
	// Operations from here on describe their own length, so that a version
	// that does not know them can keep them and pass them on (R8).
	opFirstUnknown = 16
)

// encoder writes one update.
type encoder struct {
	buf     []byte
	start   int // length of buf before the first operation
	epoch   uint64
	replica Replica
	seq     uint64 // of the next operation
	last    ID     // the element last named
}

func (w *encoder) begin(r Replica, seq, lamport uint64) {
	w.buf = append(w.buf[:0], updateVersion)
	if w.epoch > 0 {
		w.buf = wire.AppendUvarint(append(w.buf[:0], updateVersionEpoch), w.epoch)
	}
	w.buf = appendReplica(w.buf, r)
	w.buf = wire.AppendUvarint(w.buf, seq)
	w.buf = wire.AppendUvarint(w.buf, lamport)
	w.start, w.replica, w.seq, w.last = len(w.buf), r, seq, ID{}
}

// end appends the update to b, unless it has no operations.
func (w *encoder) end(b []byte) []byte {
	if len(w.buf) == w.start {
		return b
	}
	return wire.AppendBytes(b, w.buf)
}

func (w *encoder) create(kind Kind) {
	w.buf = append(w.buf, opCreate)
	w.buf = wire.AppendUvarint(w.buf, uint64(kind))
	w.last = ID{w.replica, w.seq}
	w.seq++
}

func (w *encoder) set(id ID, key Key, v Value) {
	w.buf = append(w.buf, opSet)
	w.element(id)
	w.buf = wire.AppendUvarint(w.buf, uint64(key))
	w.buf = appendValue(w.buf, v)
	w.seq++
}

func appendValue(b []byte, v Value) []byte {
	b = append(b, byte(v.typ))
	switch v.typ {
	case typeInt:
		b = wire.AppendUvarint(b, wire.Zigzag(v.num))
	case typeFloat:
		b = binary.LittleEndian.AppendUint64(b, uint64(v.num))
	case typeString:
		b = wire.AppendBytes(b, v.str)
	case typeRef:
		b = appendReplica(b, v.ref.Replica)
		b = wire.AppendUvarint(b, v.ref.Seq)
	}
	return b
}

func (w *encoder) points(id ID, offset, n int, block []byte) {
	w.buf = append(w.buf, opPoints)
	w.element(id)
	w.buf = wire.AppendUvarint(w.buf, uint64(offset))
	w.buf = wire.AppendUvarint(w.buf, uint64(n))
	w.buf = wire.AppendBytes(w.buf, block)
	w.seq += uint64(n)
}

func (w *encoder) skip(n uint64) {
	w.buf = append(w.buf, opSkip)
	w.buf = wire.AppendUvarint(w.buf, n)
	w.seq += n
}

// insert begins an insertion, whose text and numbers the caller adds.
func (w *encoder) insert(id, left, right ID) {
	w.buf = append(w.buf, opInsert)
	w.element(id)
	w.name(left)
	w.name(right)
}

// hidden writes an insertion of characters that are deleted and forgotten.
func (w *encoder) hidden(id, left, right ID, n int) {
	w.buf = append(w.buf, opHidden)
	w.element(id)
	w.name(left)
	w.name(right)
	w.buf = wire.AppendUvarint(w.buf, uint64(n))
	w.seq += uint64(n)
}

func (w *encoder) life(id ID, l lifeRun) {
	w.buf = append(w.buf, opLife)
	w.element(id)
	w.name(l.first)
	n := uint64(l.n) << 1
	if l.back {
		n |= 1
	}
	w.buf = wire.AppendUvarint(w.buf, n)
	w.buf = wire.AppendUvarint(w.buf, uint64(l.life))
	if l.life&1 != 0 {
		w.buf = wire.AppendBytes(w.buf, l.content)
	}
	w.seq += uint64(l.n)
}

func (w *encoder) unknown(u *unknownOp) {
	w.buf = wire.AppendUvarint(w.buf, u.tag)
	w.buf = wire.AppendUvarint(w.buf, u.n)
	w.buf = wire.AppendBytes(w.buf, u.payload)
	w.seq += u.n
}

func (w *encoder) element(id ID) {
	if id == w.last {
		w.buf = append(w.buf, 0)
		return
	}
	w.last = id
	w.name(id)
}

// name writes the name of an operation, or of none.
func (w *encoder) name(id ID) {
	switch {
	case id == ID{}:
		w.buf = append(w.buf, 0)
	case id.Replica == w.replica:
		w.buf = wire.AppendUvarint(w.buf, w.seq-id.Seq+2)
	default:
		w.buf = append(w.buf, 1)
		w.buf = appendReplica(w.buf, id.Replica)
		w.buf = wire.AppendUvarint(w.buf, id.Seq)
	}
}

// lifeRun gives n characters of one replica, whose numbers ascend or descend
// from the first one, a life. See package text.
type lifeRun struct {
	first   ID
	n       uint32
	back    bool
	life    uint32
	content []byte // UTF-8 of the characters, where life is odd
}

// op is one decoded operation. Its slices point into the update.
type op struct {
	tag     uint64
	seq     uint64
	lamport uint64
	n       uint64 // items
	element ID
	kind    Kind
	key     Key
	value   Value
	offset  int
	data    []byte // a block of points, text, or a payload
	left    ID
	right   ID
	life    lifeRun
}

// unknownOp is an operation of a later version, kept to be passed on.
type unknownOp struct {
	id      ID
	lamport uint64
	tag     uint64
	n       uint64
	payload []byte
}

// decoder reads one update. Its slices are reused.
type decoder struct {
	epoch   uint64
	replica Replica
	seq     uint64 // of the first operation
	lamport uint64
	end     uint64 // the sequence number after the last operation
	clock   uint64 // the greatest Lamport time that is not skipped
	ops     []op
	points  []Point // scratch
	in      []byte
	last    ID // the element last named
	err     error
}

// decode parses an update without its length. It checks all that can be checked
// without the document.
func (d *decoder) decode(b []byte) error {
	d.ops, d.clock, d.last, d.err = d.ops[:0], 0, ID{}, nil
	d.epoch = 0
	if len(b) == 0 {
		return ErrMalformed
	}
	d.in = b[1:]
	switch b[0] {
	case updateVersion:
	case updateVersionEpoch:
		d.epoch = d.count(maxEpoch)
	default:
		return ErrVersion
	}
	d.replica = d.readReplica()
	d.seq = d.uvarint(MaxSeq)
	d.lamport = d.uvarint(1 << 62)
	if d.err == nil && (d.seq == 0 || d.lamport < d.seq || len(d.in) == 0) {
		// A Lamport clock moves at least as fast as the sequence number.
		d.err = ErrMalformed
	}
	seq := d.seq
	for d.err == nil && len(d.in) > 0 {
		d.ops = append(d.ops, op{seq: seq, lamport: d.lamport + (seq - d.seq), n: 1})
		o := &d.ops[len(d.ops)-1]
		d.operation(o)
		if o.tag != opSkip {
			d.clock = o.lamport + o.n - 1
		}
		seq += o.n
		if seq > MaxSeq {
			d.fail(ErrLimit)
		}
	}
	d.end = seq
	return d.err
}

// operation reads one operation. o has its sequence number.
func (d *decoder) operation(o *op) {
	switch o.tag = d.uvarint(1 << 32); {
	case o.tag == opCreate:
		o.kind = Kind(d.uvarint(math.MaxUint16))
		d.last = ID{d.replica, o.seq}
	case o.tag == opSet:
		o.element = d.element(o.seq)
		o.key = Key(d.uvarint(math.MaxUint16))
		o.value = d.value()
	case o.tag == opPoints:
		o.element = d.element(o.seq)
		o.offset = int(d.uvarint(MaxPoints))
		o.n = d.count(MaxPoints)
		o.data = d.bytes(MaxUpdate)
		if d.err == nil {
			var err error
			if d.points, err = ink.Parse(d.points[:0], nil, o.data, int(o.n)); err != nil {
				d.fail(ErrMalformed)
			}
		}
	case o.tag == opSkip:
		o.n = d.count(MaxSeq)
	case o.tag == opInsert:
		o.element = d.element(o.seq)
		o.left, o.right = d.name(o.seq), d.name(o.seq)
		o.data = d.bytes(MaxInsert)
		o.n = d.characters(o.data)
	case o.tag == opHidden:
		o.element = d.element(o.seq)
		o.left, o.right = d.name(o.seq), d.name(o.seq)
		o.n = d.count(text.MaxRun)
	case o.tag == opLife:
		o.element = d.element(o.seq)
		o.life = d.life(o.seq)
		o.n = uint64(o.life.n)
	case o.tag >= opFirstUnknown:
		o.n = d.count(MaxSeq)
		o.data = d.bytes(maxPayload)
	default:
		d.fail(ErrMalformed)
	}
}

// shrink gives up what an unusually long update has taken.
func (d *decoder) shrink() {
	const keep = 4096
	if cap(d.ops) > keep {
		d.ops = nil
	}
	if cap(d.points) > keep {
		d.points = nil
	}
}

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err = err
	}
	d.in = nil
}

func (d *decoder) uvarint(limit uint64) uint64 {
	if len(d.in) > 0 && d.in[0] < 0x80 && uint64(d.in[0]) <= limit {
		v := d.in[0]
		d.in = d.in[1:]
		return uint64(v)
	}
	v, rest, err := wire.Uvarint(d.in)
	if err != nil || v > limit {
		d.fail(ErrMalformed)
		return 0
	}
	d.in = rest
	return v
}

// count reads a number of items, at least 1.
func (d *decoder) count(limit uint64) uint64 {
	n := d.uvarint(limit)
	if n == 0 {
		d.fail(ErrMalformed)
	}
	return n
}

func (d *decoder) bytes(limit int) []byte {
	n := int(d.uvarint(uint64(limit)))
	if n > len(d.in) {
		d.fail(ErrMalformed)
		return nil
	}
	v := d.in[:n:n]
	d.in = d.in[n:]
	return v
}

func (d *decoder) fixed64() uint64 {
	if len(d.in) < 8 {
		d.fail(ErrMalformed)
		return 0
	}
	v := binary.LittleEndian.Uint64(d.in)
	d.in = d.in[8:]
	return v
}

func (d *decoder) readReplica() Replica {
	r := d.fixed64()
	if r == 0 || r > MaxReplica {
		d.fail(ErrMalformed)
	}
	return Replica(r)
}

// characters counts the characters of a text, at least 1.
func (d *decoder) characters(b []byte) uint64 {
	if len(b) == 0 || !utf8.Valid(b) {
		d.fail(ErrMalformed)
		return 1
	}
	return uint64(utf8.RuneCount(b))
}

func (d *decoder) element(seq uint64) ID {
	if len(d.in) > 0 && d.in[0] == 0 {
		d.in = d.in[1:]
		if d.last == (ID{}) {
			d.fail(ErrMalformed)
		}
		return d.last
	}
	d.last = d.name(seq)
	return d.last
}

// name reads the name of an operation that came before operation seq.
func (d *decoder) name(seq uint64) ID {
	switch v := d.uvarint(1 << 62); {
	case v == 0:
		return ID{}
	case v == 1:
		id := ID{d.readReplica(), d.uvarint(MaxSeq)}
		if id.Seq == 0 || id.Replica == d.replica {
			d.fail(ErrMalformed)
		}
		return id
	case v > 2 && v-2 < seq:
		return ID{d.replica, seq - (v - 2)}
	default:
		d.fail(ErrMalformed)
		return ID{}
	}
}

func (d *decoder) value() Value {
	switch valueType(d.uvarint(uint64(typeRef))) {
	case typeInt:
		return Int(wire.Unzigzag(d.uvarint(math.MaxUint64)))
	case typeFloat:
		v := Float(math.Float64frombits(d.fixed64()))
		return v
	case typeString:
		s := d.bytes(MaxValue)
		if !utf8.Valid(s) {
			d.fail(ErrMalformed)
		}
		return String(string(s))
	case typeRef:
		id := ID{d.readReplica(), d.uvarint(MaxSeq)}
		if id.Seq == 0 {
			d.fail(ErrMalformed)
		}
		return Ref(id)
	}
	return Value{}
}

func (d *decoder) life(seq uint64) (l lifeRun) {
	l.first = d.name(seq)
	n := d.uvarint(2*MaxSeq + 1)
	l.n, l.back = uint32(n>>1), n&1 != 0
	l.life = uint32(d.uvarint(maxLife))
	span := uint64(l.n) - 1
	switch {
	case d.err != nil:
		return l
	case l.first == ID{} || l.n == 0 || l.life < 2:
		d.fail(ErrMalformed)
	case l.back && l.first.Seq <= span, !l.back && l.first.Seq+span > MaxSeq:
		d.fail(ErrMalformed)
	case l.life&1 != 0:
		if l.content = d.bytes(MaxUpdate); d.characters(l.content) != uint64(l.n) {
			d.fail(ErrMalformed)
		}
	}
	return l
}
