package text

const (
	homeBits = 4
	homeLen  = 1 << homeBits
	homeMask = homeLen - 1
)

// homes knows the leaf of every character. Characters typed one after the other mostly stay in one leaf, so
// a page of 16 is a single number until a leaf border falls into it, then a palette of up to four leaves, and
// only rarely a number per character.
type homes struct {
	pages    []int32 // >= 0: the leaf of all 16; else ^(2i) for palettes[i], ^(2i+1) for full[i]
	palettes []palette
	full     [][homeLen]int32
	free     [2][]int32 // unused indexes of palettes and full
}

// palette gives each of 16 characters one of four leaves, by two bits of which.
type palette struct {
	leaves [4]int32
	which  uint32
}

const ones = 0x55555555 // the lower bit of every pair of which

func (h *homes) leaf(id uint32) int32 {
	p := h.pages[id>>homeBits]
	if p >= 0 {
		return p
	}
	i := ^p >> 1
	if p&1 != 0 { // ^p is even
		e := &h.palettes[i]
		return e.leaves[e.which>>(2*(id&homeMask))&3]
	}
	return h.full[i][id&homeMask]
}

// set moves n > 0 characters from id to a leaf. Characters are made in order, so the first one beyond the
// pages begins a page.
func (h *homes) set(id, n uint32, leaf int32) {
	end := id + n
	for id < end {
		p, lo := id>>homeBits, id&homeMask
		hi := min(homeLen, lo+end-id)
		id += hi - lo
		if int(p) == len(h.pages) {
			h.pages = append(h.pages, leaf)
			continue
		}
		v := h.pages[p]
		if v == leaf {
			continue
		}
		if hi-lo == homeLen {
			h.release(v)
			h.pages[p] = leaf
			continue
		}
		h.mix(p, v, lo, hi, leaf)
	}
}

// release frees what page value v refers to.
func (h *homes) release(v int32) {
	if v < 0 {
		kind := ^v & 1
		h.free[kind] = append(h.free[kind], ^v>>1)
	}
}

// mix moves characters lo to hi of page p, whose value is v, to a leaf.
func (h *homes) mix(p uint32, v int32, lo, hi uint32, leaf int32) {
	if v >= 0 {
		i := h.take(0, len(h.palettes))
		if int(i) == len(h.palettes) {
			h.palettes = append(h.palettes, palette{})
		}
		h.palettes[i] = palette{leaves: [4]int32{v, v, v, v}}
		v = ^(2 * i)
		h.pages[p] = v
	}
	if v&1 == 0 {
		e := &h.full[^v>>1]
		for j := lo; j < hi; j++ {
			e[j] = leaf
		}
		return
	}
	e := &h.palettes[^v>>1]
	mask := uint32(1<<(2*(hi-lo))-1) << (2 * lo)
	slot := e.slot(leaf, mask)
	if slot < 0 {
		i := h.take(1, len(h.full))
		if int(i) == len(h.full) {
			h.full = append(h.full, [homeLen]int32{})
		}
		f := &h.full[i]
		for j := range f {
			f[j] = e.leaves[e.which>>(2*j)&3]
		}
		for j := lo; j < hi; j++ {
			f[j] = leaf
		}
		h.release(v)
		h.pages[p] = ^(2*i + 1)
		return
	}
	e.leaves[slot] = leaf
	e.which = e.which&^mask | uint32(slot)*ones&mask
	if e.which == uint32(slot)*ones {
		h.release(v)
		h.pages[p] = leaf
	}
}

// slot is where a palette has the leaf or can take it, once the characters of mask no longer count; or -1.
func (e *palette) slot(leaf int32, mask uint32) int {
	for k, l := range e.leaves {
		if l == leaf {
			return k
		}
	}
	for k := range e.leaves {
		differs := e.which ^ uint32(k)*ones
		if ((differs|differs>>1)|mask)&ones == ones {
			return k
		}
	}
	return -1
}

// take gives an unused index of a kind, or the next one.
func (h *homes) take(kind, next int) int32 {
	if f := h.free[kind]; len(f) > 0 {
		h.free[kind] = f[:len(f)-1]
		return f[len(f)-1]
	}
	return int32(next)
}
