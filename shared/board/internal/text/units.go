package text

// Unit is what positions and lengths are counted in.
type Unit uint8

const (
	Chars Unit = iota // Unicode code points: the unit of all positions in this package
	UTF16             // UTF-16 code units, as a browser counts
	Bytes             // UTF-8 bytes
)

// of is the length in a unit of n visible characters of width w.
func (u Unit) of(n uint32, w width) uint32 {
	switch u {
	case UTF16:
		return n + w.utf16()
	case Bytes:
		return n + w.bytes()
	}
	return n
}

// Offset converts a position in some unit, 0 to Len(t, u), to characters. A position inside a surrogate pair
// or a UTF-8 sequence is ErrSplit.
func (a *Arena) Offset(t Text, u Unit, pos int) (int, error) {
	tx, err := a.state(t)
	if err != nil {
		return 0, err
	}
	if pos < 0 || uint(pos) > uint(u.of(tx.chars, tx.wide)) {
		return 0, ErrRange
	}
	if u.of(0, tx.wide) == 0 {
		return pos, nil
	}
	a.settle(tx)
	rem, before, l := uint32(pos), uint32(0), tx.first
	for n := tx.root; n >= 0; {
		nd := &a.nodes[n]
		i := 0
		for ; i < int(nd.n)-1; i++ {
			v := u.of(nd.chars[i], nd.wide[i])
			if rem < v {
				break
			}
			rem -= v
			before += nd.chars[i]
		}
		if nd.overLef {
			l = nd.kids[i]
			break
		}
		n = nd.kids[i]
	}
	for _, s := range a.spansOf(l) {
		n := s.visible()
		if n == 0 {
			continue
		}
		if v := u.of(n, a.chars.width(s.id, n)); rem >= v {
			rem -= v
			before += n
			continue
		}
		k, err := a.chars.offsetIn(s.id, u, rem)
		return int(before + k), err
	}
	return int(before), nil
}

// offsetIn converts an offset in units, counted from character id, to characters. It must lie before the end
// of the text that is stored from id on without a gap.
func (c *chars) offsetIn(id uint32, u Unit, want uint32) (uint32, error) {
	off, wide4 := c.seek(id)
	at := func(p int) uint32 { // units before page p, counted from id
		n := uint32(p)<<pageBits - id
		if u == UTF16 {
			return n + c.pages[p].wide4 - wide4
		}
		return c.pages[p].off - off
	}
	// Last page that begins at or before want, if any begins after id; then step.
	lo, hi := int(id>>pageBits)+1, len(c.pages)
	for lo < hi {
		m := int(uint(lo+hi) >> 1)
		if at(m) <= want {
			lo = m + 1
		} else {
			hi = m
		}
	}
	n, got, pos := uint32(0), uint32(0), off
	if p := lo - 1; p > int(id>>pageBits) {
		n, got, pos = uint32(p)<<pageBits-id, at(p), c.pages[p].off
	}
	for got < want {
		k := charLen(c.bytes[pos])
		pos += k
		n++
		if u == UTF16 {
			got += 1 + k>>2
		} else {
			got += k
		}
	}
	if got > want {
		return 0, ErrSplit
	}
	return n, nil
}

// Units is the inverse of Offset: how many units lie before the character at pos, 0 to Len(t, Chars).
func (a *Arena) Units(t Text, u Unit, pos int) (int, error) {
	tx, err := a.state(t)
	if err != nil {
		return 0, err
	}
	if pos < 0 || uint(pos) > uint(tx.chars) {
		return 0, ErrRange
	}
	if u.of(0, tx.wide) == 0 {
		return pos, nil
	}
	if uint32(pos) == tx.chars {
		return int(u.of(tx.chars, tx.wide)), nil
	}
	l, entry, off := a.peek(tx, uint32(pos))
	a.settle(tx)
	s := a.spansOf(l)[:entry+1]
	w := a.chars.width(s[len(s)-1].id, off)
	for _, e := range s[:len(s)-1] {
		if v := e.visible(); v > 0 {
			w += a.chars.width(e.id, v)
		}
	}
	x := l
	for p := a.leaves[l].parent; p >= 0; {
		nd := &a.nodes[p]
		for i := range nd.kids {
			if nd.kids[i] == x {
				break
			}
			w += nd.wide[i]
		}
		x, p = p, nd.parent
	}
	return int(u.of(uint32(pos), w)), nil
}
