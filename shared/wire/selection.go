package wire

import "math"

// ID names an operation of the document, or the element or the character that it
// has made: the Seq-th of a replica.
type ID struct{ Replica, Seq uint64 }

// Selection is latest-wins traffic (R3): what a member has in hand.
type Selection struct {
	Member uint32 // 0 from a client: the relay fills it in
	// Seq numbers what the member says of it, see Newer; 0: it is not counted.
	Seq uint32
	// Elements are selected, at most MaxSelected; on the wire they are differences.
	Elements []ID
	// By is what a gesture under way has done to their places, MatrixSize numbers
	// as of SVG's matrix(a, b, c, d, e, f), in board units. Empty: there is none.
	By []float64
	// Place is where a gesture has the one element, PlaceSize numbers: x, y, width,
	// height, angle in radians, and size of the letters. Empty: there is none.
	Place []float64
	// Caret is in a text, CaretSize IDs: of the element, and of the characters
	// before the fixed and before the moving end of what is selected of it. Empty:
	// there is none.
	Caret []ID
	// Replica is the member's, and Base how many operations of it are in the
	// document that By and Place lie over; 0, 0: not said.
	Replica, Base uint64
}

// How many there are of the parts of a Selection, if there are any.
const (
	MatrixSize = 6
	PlaceSize  = 6
	CaretSize  = 3
)

func (*Selection) Kind() Kind { return KindSelection }

func (m *Selection) Append(b []byte) []byte { return appendFields(b, m) }

func (m *Selection) Parse(b []byte) error {
	if err := parseFields(b, m); err != nil {
		return err
	}
	whole := func(n, all int) bool { return n == 0 || n == all }
	if !whole(len(m.By), MatrixSize) || !whole(len(m.Place), PlaceSize) || !whole(len(m.Caret), CaretSize) {
		return ErrPart
	}
	return nil
}

// ids are written as Preview's points are: replica and number of the first one,
// then for each other one the differences from the one before. Elements that were
// made one after the other take two or three bytes each.
func (c *coder) ids(number int, v *[]ID, limit int) {
	switch {
	case c.mode == writing:
		if len(*v) == 0 {
			return
		}
		c.b = append(AppendUvarint(c.b, uint64(number<<3|typeBytes)), 0)
		at := len(c.b)
		var last ID
		for _, id := range *v {
			c.b = AppendUvarint(c.b, Zigzag(int64(id.Replica-last.Replica)))
			c.b = AppendUvarint(c.b, Zigzag(int64(id.Seq-last.Seq)))
			last = id
		}
		c.b = patchLength(c.b, at)
	case c.mode == clearing:
		*v = (*v)[:0]
	case c.f.number != number:
	case c.f.typ == typeVarint:
		c.id(number, v, c.f.num, limit)
	case c.has(number, typeBytes):
		// Counted first, so that a list over its limit takes no memory.
		if n := countVarints(c.f.data); n > 2*limit {
			c.err = ErrTooMany
		}
		for b := c.f.data; c.err == nil && len(b) > 0; {
			var u uint64
			if u, b, c.err = uvarint(b); c.err == nil {
				c.id(number, v, u, limit)
			}
		}
	}
}

// id takes one number of a list of IDs: the first one begins an ID, and the second
// one completes it. They may stand in different fields.
func (c *coder) id(number int, v *[]ID, u uint64, limit int) {
	n := len(*v)
	c.half ^= 1 << number
	switch {
	case c.half&(1<<number) == 0:
		(*v)[n-1].Seq += uint64(Unzigzag(u))
	case n == limit:
		c.err = ErrTooMany
	case n == 0:
		*v = append(*v, ID{Replica: uint64(Unzigzag(u))})
	default:
		id := (*v)[n-1]
		id.Replica += uint64(Unzigzag(u))
		*v = append(*v, id)
	}
}

// floats are a list of numbers of 64 bits.
func (c *coder) floats(number int, v *[]float64, limit int) {
	switch {
	case c.mode == writing:
		if len(*v) == 0 {
			return
		}
		c.b = appendHead(c.b, number, 8*len(*v))
		for _, x := range *v {
			u := math.Float64bits(x)
			n := len(c.b)
			c.b = extend(c.b, 8)
			put4(c.b[n:], uint32(u))
			put4(c.b[n+4:], uint32(u>>32))
		}
	case c.mode == clearing:
		*v = (*v)[:0]
	case c.f.number != number:
	case c.f.typ == typeI64:
		if len(*v) == limit {
			c.err = ErrTooMany
			return
		}
		*v = append(*v, math.Float64frombits(c.f.num))
	case c.has(number, typeBytes):
		b := c.f.data
		switch {
		case len(b)%8 != 0:
			c.err = ErrTruncated
			return
		case len(*v)+len(b)/8 > limit:
			c.err = ErrTooMany
			return
		}
		for ; len(b) > 0; b = b[8:] {
			*v = append(*v, math.Float64frombits(eight(b)))
		}
	}
}
