package board

import (
	"unicode/utf8"

	"edgeboard/shared/wire"
)

// An update is, with its length before it (uvarint):
//
//	byte     version, 1
//	uvarint  replica
//	uvarint  seq      of the first operation
//	uvarint  lamport  of the first operation
//	...      operations
//
// Operations follow each other without a gap. Each takes as many sequence
// numbers and Lamport times as it has items:
//
//	1 create  kind                         1 item
//	2 set     element, key, value          1 item
//	3 points  element, offset, n, samples  n items
//	4 skip    n                            n items, overwritten by later writes
//	16 and up n, length, payload           n items, of a later version
//
// An element is a uvarint: 0 the one last named in this update; 1 followed by
// replica and seq; otherwise of this update's replica, and 2 less is how far it
// lies back from this operation's own sequence number.
//
// A value is a byte, 0 for a number (zigzag varint) or 1 for a string (length,
// UTF-8). A sample is dx, dy (zigzag varints, from the sample before, the first
// one from 0, 0) and the difference in pressure (zigzag varint).
const updateVersion = 1

const (
	opCreate = 1
	opSet    = 2
	opPoints = 3
	opSkip   = 4
	// Operations from here on describe their own length, so that a version
	// that does not know them can keep them and pass them on (R8).
	opFirstUnknown = 16
)

// encoder writes one update.
type encoder struct {
	buf     []byte
	start   int // length of buf before the first operation
	replica Replica
	seq     uint64 // of the next operation
	last    ID     // the element last named
}

func (w *encoder) begin(r Replica, seq, lamport uint64) {
	w.buf = append(w.buf[:0], updateVersion)
	w.buf = wire.AppendUvarint(w.buf, uint64(r))
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
	if v.isString {
		w.buf = append(w.buf, 1)
		w.buf = wire.AppendBytes(w.buf, v.s)
	} else {
		w.buf = append(w.buf, 0)
		w.buf = wire.AppendUvarint(w.buf, wire.Zigzag(v.i))
	}
	w.seq++
}

func (w *encoder) points(id ID, offset int, points []Point) {
	w.buf = append(w.buf, opPoints)
	w.element(id)
	w.buf = wire.AppendUvarint(w.buf, uint64(offset))
	w.buf = wire.AppendUvarint(w.buf, uint64(len(points)))
	var p Point
	for _, q := range points {
		w.buf = wire.AppendUvarint(w.buf, wire.Zigzag(int64(q.X)-int64(p.X)))
		w.buf = wire.AppendUvarint(w.buf, wire.Zigzag(int64(q.Y)-int64(p.Y)))
		w.buf = wire.AppendUvarint(w.buf, wire.Zigzag(int64(q.Pressure)-int64(p.Pressure)))
		p = q
	}
	w.seq += uint64(len(points))
}

func (w *encoder) skip(n uint64) {
	w.buf = append(w.buf, opSkip)
	w.buf = wire.AppendUvarint(w.buf, n)
	w.seq += n
}

func (w *encoder) unknown(u *unknownOp) {
	w.buf = wire.AppendUvarint(w.buf, u.tag)
	w.buf = wire.AppendUvarint(w.buf, u.n)
	w.buf = wire.AppendBytes(w.buf, u.payload)
	w.seq += u.n
}

func (w *encoder) element(id ID) {
	switch {
	case id == w.last:
		w.buf = append(w.buf, 0)
	case id.Replica == w.replica:
		w.buf = wire.AppendUvarint(w.buf, w.seq-id.Seq+2)
	default:
		w.buf = append(w.buf, 1)
		w.buf = wire.AppendUvarint(w.buf, uint64(id.Replica))
		w.buf = wire.AppendUvarint(w.buf, id.Seq)
	}
	w.last = id
}

// op is one decoded operation.
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
	points  []Point // into decoder.points
	payload []byte
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
	replica Replica
	seq     uint64 // of the first operation
	lamport uint64
	end     uint64 // the sequence number after the last operation
	clock   uint64 // the greatest Lamport time that is not skipped
	ops     []op
	points  []Point
	in      []byte
	err     error
}

// decode parses an update without its length. It checks all that can be checked
// without the document.
func (d *decoder) decode(b []byte) error {
	d.ops, d.points, d.clock, d.err = d.ops[:0], d.points[:0], 0, nil
	if len(b) == 0 {
		return ErrMalformed
	}
	if b[0] != updateVersion {
		return ErrVersion
	}
	d.in = b[1:]
	r := d.uvarint(MaxReplica)
	d.replica, d.seq = Replica(r), d.uvarint(MaxSeq)
	d.lamport = d.uvarint(1 << 62)
	if d.err == nil && (r == 0 || d.seq == 0 || d.lamport < d.seq || len(d.in) == 0) {
		// A Lamport clock moves at least as fast as the sequence number.
		d.err = ErrMalformed
	}
	seq := d.seq
	var last ID
	for d.err == nil && len(d.in) > 0 {
		o := op{seq: seq, lamport: d.lamport + (seq - d.seq), n: 1}
		o.tag = d.uvarint(1 << 32)
		switch {
		case o.tag == opCreate:
			o.kind = Kind(d.uvarint(1<<16 - 1))
			last = ID{d.replica, seq}
		case o.tag == opSet:
			last = d.element(last, seq)
			o.element = last
			o.key = Key(d.uvarint(1<<16 - 1))
			o.value = d.value()
		case o.tag == opPoints:
			last = d.element(last, seq)
			o.element = last
			o.offset = int(d.uvarint(MaxPoints))
			o.points = d.samples()
			o.n = uint64(len(o.points))
		case o.tag == opSkip:
			o.n = d.uvarint(MaxSeq)
		case o.tag >= opFirstUnknown:
			o.n = d.uvarint(MaxSeq)
			o.payload = d.bytes(maxPayload)
		default:
			d.fail(ErrMalformed)
		}
		if o.n == 0 {
			d.fail(ErrMalformed)
		}
		if o.tag != opSkip {
			d.clock = o.lamport + o.n - 1
		}
		seq += o.n
		if seq > MaxSeq {
			d.fail(ErrLimit)
		}
		d.ops = append(d.ops, o)
	}
	d.end = seq
	return d.err
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
}

func (d *decoder) uvarint(limit uint64) uint64 {
	if d.err != nil {
		return 0
	}
	v, rest, err := wire.Uvarint(d.in)
	if err != nil || v > limit {
		d.fail(ErrMalformed)
		return 0
	}
	d.in = rest
	return v
}

func (d *decoder) bytes(limit int) []byte {
	n := int(d.uvarint(uint64(limit)))
	if n > len(d.in) {
		d.fail(ErrMalformed)
		return nil
	}
	v := d.in[:n]
	d.in = d.in[n:]
	return v
}

func (d *decoder) element(last ID, seq uint64) ID {
	switch v := d.uvarint(1 << 62); {
	case d.err != nil:
	case v == 0 && last != ID{}:
		return last
	case v == 1:
		id := ID{Replica(d.uvarint(MaxReplica)), d.uvarint(MaxSeq)}
		if id.Replica == 0 || id.Seq == 0 || id.Replica == d.replica {
			d.fail(ErrMalformed)
		}
		return id
	case v > 2 && v-2 < seq:
		return ID{d.replica, seq - (v - 2)}
	default:
		d.fail(ErrMalformed)
	}
	return ID{}
}

func (d *decoder) value() Value {
	switch d.uvarint(1) {
	case 1:
		s := d.bytes(MaxValue)
		if !utf8.Valid(s) {
			d.fail(ErrMalformed)
		}
		return String(string(s))
	default:
		return Int(wire.Unzigzag(d.uvarint(1<<64 - 1)))
	}
}

func (d *decoder) samples() []Point {
	n := int(d.uvarint(MaxPoints))
	if n > len(d.in)/3 { // three bytes a sample at the least
		d.fail(ErrMalformed)
		return nil
	}
	from := len(d.points)
	var x, y, pressure int64
	for range n {
		x += wire.Unzigzag(d.uvarint(1<<33 - 1))
		y += wire.Unzigzag(d.uvarint(1<<33 - 1))
		pressure += wire.Unzigzag(d.uvarint(511))
		if x != int64(int32(x)) || y != int64(int32(y)) || pressure != int64(uint8(pressure)) {
			d.fail(ErrMalformed)
		}
		if d.err != nil {
			return nil
		}
		d.points = append(d.points, Point{int32(x), int32(y), uint8(pressure)})
	}
	return d.points[from:len(d.points):len(d.points)]
}
