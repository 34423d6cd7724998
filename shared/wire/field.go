package wire

// coder goes through the fields of a message, to write them or to read them. A
// message lists its fields once, in the order of their numbers, and all lists
// stand in one function: in the page's program that is half the size of a pair
// of functions for each message. What is sent often (Cursor, Preview, Frame) has
// code of its own.
type coder struct {
	mode mode
	b    []byte // what was written, or is still to be read
	err  error
	f    field // the one that was read, for the method with its number to store
	// half has a bit for each list of IDs, by its number, of which the last one has
	// no sequence number yet.
	half uint32
}

type mode uint8

const (
	writing  mode = iota
	clearing      // every field becomes zero, and keeps its memory
	reading
)

// fields calls a method of c for each field of a message.
func (c *coder) fields(m any) {
	switch m := m.(type) {
	case *Hello:
		c.uint32(1, &m.Version)
		c.text(2, &m.Board, MaxBoardName)
		c.uint64(3, &m.Replica)
		c.bytes(4, &m.Vector)
		c.text(5, &m.Name, MaxName)
		c.uint32(6, &m.Color)
		c.text(7, &m.Token, MaxToken)
		c.text(8, &m.Language, MaxLanguage)
	case *Welcome:
		c.uint32(1, &m.Version)
		c.uint32(2, &m.Member)
		c.bytes(3, &m.Vector)
		c.uint32(4, &m.MaxMessage)
		c.uint64(5, &m.Time)
		c.uint32(6, (*uint32)(&m.Role))
		c.text(7, &m.Name, MaxName)
	case *Update:
		c.view(1, &m.Data)
	case *Ack:
		c.uint64(1, &m.Through)
		c.bytes(2, &m.Others)
	case *Joined:
		c.uint32(1, &m.Member)
		c.text(2, &m.Name, MaxName)
		c.uint32(3, &m.Color)
	case *Left:
		c.uint32(1, &m.Member)
	case *Profile:
		c.text(1, &m.Name, MaxName)
		c.uint32(2, &m.Color)
	case *Refresh:
		c.text(1, &m.Token, MaxToken)
	case *SnapshotPart:
		c.uint64(1, &m.Offset)
		c.uint64(2, &m.Total)
		c.view(3, &m.Data)
	case *Moved:
		c.uint32(1, &m.AfterMS)
	case *Notice:
		c.uint32(1, (*uint32)(&m.Code))
		c.text(2, &m.Text, MaxReason)
	case *Ping:
		c.uint64(1, &m.Stamp)
		c.uint32(5, &m.Received)
		c.uint32(6, &m.Highest)
	case *Pong:
		c.uint64(1, &m.Stamp)
		c.uint64(2, &m.Time)
		c.uint32(3, &m.Received)
		c.uint32(4, &m.Highest)
	case *Selection:
		c.uint32(1, &m.Member)
		c.uint32(2, &m.Seq)
		c.ids(3, &m.Elements, MaxSelected)
		c.floats(4, &m.By, MatrixSize)
		c.floats(5, &m.Place, PlaceSize)
		c.ids(6, &m.Caret, CaretSize)
		c.uint64(7, &m.Replica)
		c.uint64(8, &m.Base)
	case *Denied:
		c.uint32(1, (*uint32)(&m.Code))
		c.text(2, &m.Reason, MaxReason)
		c.uint32(3, &m.RetryMS)
	}
}

func appendFields(b []byte, m any) []byte {
	c := coder{b: b}
	c.fields(m)
	return c.b
}

func parseFields(b []byte, m any) error {
	c := coder{mode: clearing}
	c.fields(m)
	c.mode, c.b = reading, b
	for c.err == nil && len(c.b) > 0 {
		if c.f, c.b, c.err = readField(c.b); c.err == nil {
			c.fields(m)
		}
	}
	if c.err == nil && c.half != 0 {
		c.err = ErrPart
	}
	return c.err
}

// has reports whether the field that was read is this one. Another wire type
// than its own is an error.
//
//go:noinline // for the size of the page's program; the others below are large
func (c *coder) has(number, typ int) bool {
	if c.mode != reading || c.f.number != number {
		return false
	}
	if c.f.typ != typ {
		c.err = ErrField
		return false
	}
	return true
}

//go:noinline
func (c *coder) uint64(number int, v *uint64) {
	switch {
	case c.mode == writing:
		c.b = appendUint(c.b, number, *v)
	case c.mode == clearing:
		*v = 0
	case c.has(number, typeVarint):
		*v = c.f.num
	}
}

// uint32 cuts a value over 32 bits, as proto3 prescribes.
//
//go:noinline
func (c *coder) uint32(number int, v *uint32) {
	wide := uint64(*v)
	c.uint64(number, &wide)
	*v = uint32(wide)
}

func (c *coder) text(number int, v *string, limit int) {
	switch {
	case c.mode == writing:
		if len(*v) > 0 {
			c.b = append(appendHead(c.b, number, len(*v)), *v...)
		}
	case c.mode == clearing:
		*v = ""
	case c.has(number, typeBytes):
		if !validText(c.f.data, limit) {
			c.err = ErrText
			return
		}
		*v = string(c.f.data)
	}
}

// bytes reads a copy, into what v has.
func (c *coder) bytes(number int, v *[]byte) {
	switch {
	case c.mode == writing:
		if len(*v) > 0 {
			c.b = append(appendHead(c.b, number, len(*v)), *v...)
		}
	case c.mode == clearing:
		*v = (*v)[:0]
	case c.has(number, typeBytes):
		*v = append((*v)[:0], c.f.data...)
	}
}

// view reads without a copy.
func (c *coder) view(number int, v *[]byte) {
	switch {
	case c.mode == clearing:
		*v = nil
	case c.has(number, typeBytes):
		*v = c.f.data
	case c.mode == writing:
		c.bytes(number, v)
	}
}
