package wire

// Cursor is where a member points.
type Cursor struct {
	Member uint32 // 0 from a client: the relay fills it in
	X, Y   int32  // eighths of a board unit
	Hidden bool   // the pointer has left the board
	// Seq numbers the member's samples, see Newer; 0: they are not counted.
	Seq uint32
	// Laser says that the member points with a light, of which the others see the
	// trail.
	Laser bool
}

// Newer reports whether sample number a replaces sample number b of the same
// member. Numbers start again after 2^32; one that is 0 was not counted, and
// then the later to come is the newer.
func Newer(a, b uint32) bool { return a == 0 || b == 0 || int32(a-b) > 0 }

// maxCursor is the greatest size of a Cursor in bytes: four numbers of up to
// five bytes, two of one, and their tags.
const maxCursor = 4*5 + 2 + 6

// Append is written for speed, since cursors are what is sent most: room is
// made once, and a tag is one byte.
func (m *Cursor) Append(b []byte) []byte {
	n := len(b)
	b = extend(b, maxCursor)
	p, i := b[n:], 0
	if m.Member != 0 {
		p[i] = 1<<3 | typeVarint
		i = putUvarint(p, i+1, m.Member)
	}
	if m.X != 0 {
		p[i] = 2<<3 | typeVarint
		i = putUvarint(p, i+1, zigzag32(m.X))
	}
	if m.Y != 0 {
		p[i] = 3<<3 | typeVarint
		i = putUvarint(p, i+1, zigzag32(m.Y))
	}
	if m.Hidden {
		p[i], p[i+1] = 4<<3|typeVarint, 1
		i += 2
	}
	if m.Seq != 0 {
		p[i] = 5<<3 | typeVarint
		i = putUvarint(p, i+1, m.Seq)
	}
	if m.Laser {
		p[i], p[i+1] = 6<<3|typeVarint, 1
		i += 2
	}
	return b[:n+i]
}

// Parse replaces the cursor with what b holds.
func (m *Cursor) Parse(b []byte) error {
	*m = Cursor{}
	for len(b) > 0 {
		if number, v, n := shortField(b); n > 0 {
			m.set(number, v)
			b = b[n:]
			continue
		}
		f, rest, err := readField(b)
		if err != nil {
			return err
		}
		if f.number <= 6 {
			if f.typ != typeVarint {
				return ErrField
			}
			m.set(f.number, f.num)
		}
		b = rest
	}
	return nil
}

func (m *Cursor) set(number int, v uint64) {
	switch number {
	case 1:
		m.Member = uint32(v)
	case 2:
		m.X = unzigzag32(uint32(v))
	case 3:
		m.Y = unzigzag32(uint32(v))
	case 4:
		m.Hidden = v != 0
	case 5:
		m.Seq = uint32(v)
	case 6:
		m.Laser = v != 0
	}
}

// Cursors is latest-wins traffic (R3): a client's own cursor to the relay, the
// cursors that have moved from it.
type Cursors struct {
	List []Cursor
}

func (*Cursors) Kind() Kind { return KindCursors }

func (m *Cursors) Append(b []byte) []byte {
	for i := range m.List {
		b = append(b, 1<<3|typeBytes, 0)
		at := len(b)
		b = m.List[i].Append(b)
		b[at-1] = byte(len(b) - at) // maxCursor fits
	}
	return b
}

func (m *Cursors) Parse(b []byte) error {
	m.List = m.List[:0]
	for len(b) > 0 {
		f, rest, err := readField(b)
		if err != nil {
			return err
		}
		b = rest
		if f.number != 1 {
			continue
		}
		if f.typ != typeBytes {
			return ErrField
		}
		if len(m.List) == MaxCursors {
			return ErrTooMany
		}
		m.List = append(m.List, Cursor{})
		if err := m.List[len(m.List)-1].Parse(f.data); err != nil {
			return err
		}
	}
	return nil
}
