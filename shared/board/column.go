package board

import (
	"math"

	"edgeboard/shared/wire"
)

// A column of a snapshot is a run of numbers of the same meaning, one for each
// of some things. Columns compress well and often are constant:
//
//	uvarint n<<1    then n numbers, uvarints
//	uvarint n<<1|1  then one number, which stands n times
//
// and so on to the end of the column, which stands behind its length in bytes.
type column struct {
	buf     []byte
	literal []uint64 // not written yet
	value   uint64   // that stands count times after them
	count   uint64
}

// shortRun is how often a number must stand for a run to be worth its head.
const shortRun = 4

func (c *column) add(v uint64) {
	if c.count > 0 && v == c.value {
		c.count++
		return
	}
	c.settle()
	c.value, c.count = v, 1
}

func (c *column) addInt(v int64) { c.add(wire.Zigzag(v)) }

// settle ends the run under way.
func (c *column) settle() {
	if c.count >= shortRun {
		c.flush()
		c.buf = wire.AppendUvarint(c.buf, c.count<<1|1)
		c.buf = wire.AppendUvarint(c.buf, c.value)
	} else {
		for range c.count {
			c.literal = append(c.literal, c.value)
		}
	}
	c.count = 0
}

func (c *column) flush() {
	if len(c.literal) == 0 {
		return
	}
	c.buf = wire.AppendUvarint(c.buf, uint64(len(c.literal))<<1)
	for _, v := range c.literal {
		c.buf = wire.AppendUvarint(c.buf, v)
	}
	c.literal = c.literal[:0]
}

// appendTo appends the column and empties it.
func (c *column) appendTo(b []byte) []byte {
	c.settle()
	c.flush()
	b = wire.AppendBytes(b, c.buf)
	c.buf = c.buf[:0]
	return b
}

// reader reads the parts of a snapshot. After a mistake bad is set, and
// everything reads as 0.
type reader struct {
	in  []byte
	bad bool
}

func (r *reader) fail() {
	r.bad, r.in = true, nil
}

func (r *reader) uvarint(limit uint64) uint64 {
	v, rest, err := wire.Uvarint(r.in)
	if err != nil || v > limit {
		r.fail()
		return 0
	}
	r.in = rest
	return v
}

func (r *reader) bytes() []byte {
	v, rest, err := wire.Bytes(r.in)
	if err != nil {
		r.fail()
		return nil
	}
	r.in = rest
	return v
}

// column begins a column.
func (r *reader) column() *columnReader { return &columnReader{r: reader{in: r.bytes()}, parent: r} }

type columnReader struct {
	r      reader
	parent *reader
	left   uint64 // of the run under way
	repeat bool
	value  uint64
}

func (c *columnReader) next(limit uint64) uint64 {
	if c.left == 0 {
		head := c.r.uvarint(math.MaxUint32)
		c.left, c.repeat = head>>1, head&1 != 0
		if c.left == 0 {
			c.r.fail()
		}
		if c.repeat {
			c.value = c.r.uvarint(math.MaxUint64)
		}
	}
	v := c.value
	if !c.repeat {
		v = c.r.uvarint(math.MaxUint64)
	}
	c.left--
	if c.r.bad || v > limit {
		c.parent.fail()
		return 0
	}
	return v
}

func (c *columnReader) nextInt() int64 { return wire.Unzigzag(c.next(math.MaxUint64)) }

// end checks that the column has no more.
func (c *columnReader) end() {
	if c.left != 0 || len(c.r.in) != 0 || c.r.bad {
		c.parent.fail()
	}
}
