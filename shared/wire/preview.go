package wire

import (
	"math/bits"
	"slices"
)

// Point is a place on the board, in eighths of a board unit.
type Point struct{ X, Y int32 }

// Preview is latest-wins traffic (R3): points of a stroke that is being drawn.
type Preview struct {
	Member uint32  // 0 from a client: the relay fills it in
	Stroke uint32  // which one, by the number that the client gave it
	Offset uint32  // where in the stroke Points begin
	Points []Point // at most MaxPreviewPoints; on the wire they are differences
	Color  uint32  // 0xRRGGBB
	// Thickness is in eighths of a board unit.
	Thickness uint32
	Done      bool // the stroke is stored, or given up
}

func (*Preview) Kind() Kind { return KindPreview }

func (m *Preview) Append(b []byte) []byte {
	b = appendUint(b, 1, uint64(m.Member))
	b = appendUint(b, 2, uint64(m.Stroke))
	b = appendUint(b, 3, uint64(m.Offset))
	if len(m.Points) > 0 {
		b = append(b, 4<<3|typeBytes, 0)
		at := len(b)
		b = appendPoints(b, m.Points)
		b = patchLength(b, at)
	}
	b = appendUint(b, 5, uint64(m.Color))
	b = appendUint(b, 6, uint64(m.Thickness))
	if m.Done {
		b = appendUint(b, 7, 1)
	}
	return b
}

func (m *Preview) Parse(b []byte) error {
	*m = Preview{Points: m.Points[:0]}
	c := coordinates{points: m.Points}
	for len(b) > 0 {
		if number, v, n := shortField(b); n > 0 && number != 4 {
			m.set(number, v)
			b = b[n:]
			continue
		}
		f, rest, err := readField(b)
		switch {
		case err != nil:
		case f.number == 4:
			err = c.field(f)
		case f.number > 7:
		case f.typ != typeVarint:
			err = ErrField
		default:
			m.set(f.number, f.num)
		}
		if err != nil {
			return err
		}
		b = rest
	}
	m.Points = c.points
	if c.half {
		return ErrPoint
	}
	return nil
}

func (m *Preview) set(number int, v uint64) {
	switch number {
	case 1:
		m.Member = uint32(v)
	case 2:
		m.Stroke = uint32(v)
	case 3:
		m.Offset = uint32(v)
	case 5:
		m.Color = uint32(v)
	case 6:
		m.Thickness = uint32(v)
	case 7:
		m.Done = v != 0
	}
}

// appendPoints appends the differences of x and y in turn. Most take one or two
// bytes, and which of them is anybody's guess, also the processor's: such a pair
// is written without a branch.
func appendPoints(b []byte, points []Point) []byte {
	n := len(b)
	// A difference takes five bytes at most, and four are written at once.
	b = extend(b, 10*len(points)+4)
	p, i := b[n:], 0
	var last Point
	for _, at := range points {
		x, y := zigzag32(at.X-last.X), zigzag32(at.Y-last.Y)
		last = at
		if x|y < 0x80 { // a pen that goes slowly, for some time
			p[i], p[i+1] = byte(x), byte(y)
			i += 2
			continue
		}
		if x|y >= 1<<14 {
			i = putUvarint(p, i, x)
			i = putUvarint(p, i, y)
			continue
		}
		xMore, yMore := (x>>7+0x7f)>>7, (y>>7+0x7f)>>7 // 1: takes a second byte
		x = x&0x7f | xMore<<7 | x>>7<<8
		y = y&0x7f | yMore<<7 | y>>7<<8
		put4(p[i:], x|y<<(8+8*xMore&31))
		i += int(2 + xMore + yMore)
	}
	return b[:n+i]
}

// coordinates reads the points of a Preview, which may stand in several parts
// and, in the way of older encoders, each number in a field of its own.
type coordinates struct {
	points []Point
	last   Point
	half   bool // last has a new x, and y is to come
}

func (c *coordinates) field(f field) error {
	switch f.typ {
	case typeVarint:
		if !c.half && len(c.points) == MaxPreviewPoints {
			return ErrTooMany
		}
		c.add(uint32(f.num))
		return nil
	case typeBytes:
		return c.packed(f.data)
	}
	return ErrField
}

func (c *coordinates) add(u uint32) {
	if c.half = !c.half; c.half {
		c.last.X += unzigzag32(u)
		return
	}
	c.last.Y += unzigzag32(u)
	c.points = append(c.points, c.last)
}

// msbs has the bit that says whether a varint goes on, of each of eight bytes.
const msbs = 0x8080808080808080

func (c *coordinates) packed(b []byte) error {
	n := countVarints(b)
	if c.half {
		n++
	}
	if len(c.points)+n/2 > MaxPreviewPoints {
		return ErrTooMany
	}
	c.points = slices.Grow(c.points, n/2)
	for {
		if !c.half {
			b = c.pairs(b)
		}
		if len(b) == 0 {
			return nil
		}
		u, rest, err := uvarint(b)
		if err != nil {
			return err
		}
		b = rest
		c.add(uint32(u))
	}
}

// pairs reads points, two at a time, while their four numbers take one or two
// bytes each, and returns what is left. It does without branches, which the
// processor could not guess, and works on the four numbers at once.
func (c *coordinates) pairs(b []byte) []byte {
	const each = 1<<48 | 1<<32 | 1<<16 | 1 // times v: v in each of four lanes
	k, x, y := len(c.points), c.last.X, c.last.Y
	points := c.points[:cap(c.points)]
	for len(b) >= 8 && len(points)-k >= 2 {
		w := eight(b)
		more := w & msbs
		if more == 0 && len(points)-k >= 4 {
			// Eight numbers of one byte: a pen that goes slowly.
			negative := w & (msbs >> 7)
			v := w>>1&^msbs ^ (negative<<8 - negative)
			for range 4 {
				x += int32(int8(v))
				y += int32(int8(v >> 8))
				v >>= 16
				points[k] = Point{x, y}
				k++
			}
			b = b[8:]
			continue
		}
		if more&(more<<8) != 0 {
			break // one of three bytes or more
		}
		// Every number gets a lane of 16 bits, with the byte after it, if it
		// takes one byte alone.
		n1 := w >> 4 & 8
		v := w & 0xffff
		w = w >> 8 >> n1
		n2 := w >> 4 & 8
		v |= w & 0xffff << 16
		w = w >> 8 >> n2
		n3 := w >> 4 & 8
		v |= w & 0xffff << 32
		w = w >> 8 >> n3
		n4 := w >> 4 & 8
		v |= w << 48
		b = b[4+(n1+n2+n3+n4)/8:]
		// Where bit 7 says so, the second byte is kept and joins the first.
		two := v & (each << 7)
		v = v&(each*0x7f) | v&(two<<9-two<<1)>>1
		negative := v & each
		v = v>>1&(each*0x7fff) ^ (negative<<16 - negative)

		x += int32(int16(v))
		y += int32(int16(v >> 16))
		points[k] = Point{x, y}
		x += int32(int16(v >> 32))
		y += int32(int16(v >> 48))
		points[k+1] = Point{x, y}
		k += 2
	}
	c.points, c.last = points[:k], Point{x, y}
	return b
}

// countVarints returns how many varints end in b.
func countVarints(b []byte) int {
	n := 0
	for len(b) >= 8 {
		n += bits.OnesCount64(^eight(b) & msbs)
		b = b[8:]
	}
	for _, c := range b {
		n += int(^c >> 7)
	}
	return n
}
