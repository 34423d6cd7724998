package board

// index finds elements by ID: a hash table with open addressing over pages of
// elements, which never move. It holds no keys, they stand in the elements.
type index struct {
	pages [][]Element
	n     int
	table []uint32 // 1 + an element's number, 0 where there is none; a power of two
}

const pageSize = 64

// add returns a new element, not yet to be found.
func (x *index) add() *Element {
	if x.n%pageSize == 0 {
		x.pages = append(x.pages, make([]Element, 0, pageSize))
	}
	last := len(x.pages) - 1
	x.pages[last] = x.pages[last][:x.n%pageSize+1]
	x.n++
	return x.at(uint32(x.n - 1))
}

func (x *index) at(i uint32) *Element { return &x.pages[i/pageSize][i%pageSize] }

func hash(s slot, seq uint32) uint32 {
	h := (uint64(s)<<32 | uint64(seq)) * 0x9e3779b97f4a7c15
	return uint32(h >> 32)
}

// enter makes the newest element to be found.
func (x *index) enter() {
	if 2*x.n > len(x.table) {
		x.rehash()
		return
	}
	x.put(uint32(x.n - 1))
}

// rehash makes all elements to be found, with room for as many more.
func (x *index) rehash() {
	size := 16
	for size < 2*x.n {
		size *= 2
	}
	x.table = make([]uint32, size)
	for i := range x.n {
		x.put(uint32(i))
	}
}

func (x *index) put(i uint32) {
	e := x.at(i)
	mask := uint32(len(x.table) - 1)
	h := hash(e.created.slot(), uint32(e.id.Seq)) & mask
	for x.table[h] != 0 {
		h = (h + 1) & mask
	}
	x.table[h] = i + 1
}

// element returns the element that an operation has created, or nil.
func (b *Board) element(s slot, seq uint32) *Element {
	x := &b.elements
	if x.n == 0 {
		return nil
	}
	mask := uint32(len(x.table) - 1)
	for h := hash(s, seq) & mask; x.table[h] != 0; h = (h + 1) & mask {
		if e := x.at(x.table[h] - 1); uint32(e.id.Seq) == seq && e.created.slot() == s {
			return e
		}
	}
	return nil
}
