package text

import (
	"math/bits"
	"unicode/utf8"
)

const (
	pageBits  = 6
	pageChars = 1 << pageBits // characters per page of chars
	pageMask  = pageChars - 1

	// forgotten stands in chars.bytes for a character whose text was dropped. It never occurs in UTF-8.
	forgotten = 0xff
)

// width counts what characters take beyond one unit each: UTF-8 bytes beyond the first in the upper half,
// second UTF-16 units (one per code point above U+FFFF) in the lower half. Widths add and subtract as plain
// integers because neither half of a total ever leaves its 32 bits.
type width uint64

const (
	oneByte  width = 1 << 32
	oneUTF16 width = 1
)

func (w width) bytes() uint32 { return uint32(w >> 32) }
func (w width) utf16() uint32 { return uint32(w) }

// chars stores the characters of all texts in the order of their arena-local ids, as plain UTF-8: one byte
// per ASCII character, no index per character. A page of 64 characters knows where it begins; inside a page
// that is not all single bytes a position is found by stepping over at most 63 characters.
type chars struct {
	bytes []byte
	pages []charPage
	n     uint32 // characters, forgotten ones included

	// anyForgotten saves looking at every character shown again in an arena that never dropped a text.
	anyForgotten bool
}

type charPage struct {
	off   uint32 // bytes before the page; a full page of no bytes has 64 forgotten characters
	wide4 uint32 // four-byte characters before the page, which is what UTF-16 needs
}

// extent gives the bytes of a page and how many characters it has.
func (c *chars) extent(p uint32) (lo, hi, count uint32) {
	lo, hi = c.pages[p].off, uint32(len(c.bytes))
	if int(p)+1 < len(c.pages) {
		hi = c.pages[p+1].off
	}
	return lo, hi, min(pageChars, c.n-p<<pageBits)
}

// seek returns the byte offset of character id (id == n is the end) and the four-byte characters before it.
func (c *chars) seek(id uint32) (off, wide4 uint32) {
	p := id >> pageBits
	if int(p) == len(c.pages) {
		if p == 0 {
			return 0, 0
		}
		// The end, exactly at a page border: the border page is made with its first character.
		return uint32(len(c.bytes)), c.pages[p-1].wide4 + c.wide4In(p-1)
	}
	lo, hi, count := c.extent(p)
	wide4, k := c.pages[p].wide4, id&pageMask
	switch hi - lo {
	case count:
		return lo + k, wide4
	case 0:
		return lo, wide4
	}
	off = lo
	for ; k > 0; k-- {
		n := charLen(c.bytes[off])
		wide4 += n >> 2
		off += n
	}
	return off, wide4
}

func (c *chars) wide4In(p uint32) (n uint32) {
	lo, hi, count := c.extent(p)
	if hi-lo == count {
		return 0
	}
	for lo < hi {
		k := charLen(c.bytes[lo])
		n += k >> 2
		lo += k
	}
	return n
}

// charLen is the length of the stored character that begins with byte b.
func charLen(b byte) uint32 {
	switch {
	case b < utf8.RuneSelf || b == forgotten:
		return 1
	case b >= 0xf0:
		return 4
	case b >= 0xe0:
		return 3
	}
	return 2
}

// width of n characters from id, none of them forgotten.
func (c *chars) width(id, n uint32) width {
	if uint32(len(c.bytes)) == c.n && !c.anyForgotten {
		return 0
	}
	o1, w1 := c.seek(id)
	o2, w2 := c.seek(id + n)
	return width(o2-o1-n)<<32 | width(w2-w1)
}

// slice is the UTF-8 of n characters from id, none of them forgotten.
func (c *chars) slice(id, n uint32) []byte {
	if uint32(len(c.bytes)) == c.n && !c.anyForgotten {
		return c.bytes[id : id+n]
	}
	lo, _ := c.seek(id)
	hi, _ := c.seek(id + n)
	return c.bytes[lo:hi]
}

// isForgotten reports whether the text of character id was dropped.
func (c *chars) isForgotten(id uint32) bool {
	if !c.anyForgotten {
		return false
	}
	p := id >> pageBits
	if lo, hi, _ := c.extent(p); lo == hi {
		return true
	}
	off, _ := c.seek(id)
	return c.bytes[off] == forgotten
}

// prefix is the number of bytes of the first n characters of s. Not inlined for size.
//
//go:noinline
func prefix(s []byte, n uint32) (k int) {
	for range n {
		k += int(charLen(s[k]))
	}
	return k
}

// appendReversed appends the characters of s, the last one first. Not inlined for size.
//
//go:noinline
func appendReversed(b, s []byte) []byte {
	at := len(b)
	b = append(b, s...)
	for k := 0; k < len(s); {
		n := int(charLen(s[k]))
		copy(b[at+len(s)-k-n:], s[k:k+n])
		k += n
	}
	return b
}

// sameFate returns how many of the n characters from id share with the first whether their text is forgotten.
func (c *chars) sameFate(id, n uint32) (k uint32, gone bool) {
	if !c.anyForgotten {
		return n, false
	}
	gone = c.isForgotten(id)
	for k = 1; k < n && c.isForgotten(id+k) == gone; {
		k++
	}
	return k, gone
}

// measure counts the code points of s and what they take beyond one unit each.
func measure(s []byte) (n uint32, w width, err error) {
	i := 0
	for i < len(s) && s[i] < utf8.RuneSelf {
		i++
	}
	if i == len(s) {
		return uint32(i), 0, nil
	}
	if !utf8.Valid(s[i:]) {
		return 0, 0, ErrUTF8
	}
	n = uint32(i)
	for i < len(s) {
		k := charLen(s[i])
		w += width(k-1)*oneByte + width(k>>2)*oneUTF16
		i += int(k)
		n++
	}
	return n, w, nil
}

// commit makes characters of the bytes appended to c.bytes from offset at on, which measure has accepted.
func (c *chars) commit(at uint32, n uint32) {
	end := c.n + n
	if uint32(len(c.bytes))-at == n {
		for ; c.n < end; c.n += pageChars - c.n&pageMask {
			if c.n&pageMask == 0 {
				c.newPage(at)
			}
			at += pageChars - c.n&pageMask
		}
		c.n = end
		return
	}
	for ; c.n < end; c.n++ {
		if c.n&pageMask == 0 {
			c.newPage(at)
		}
		at += charLen(c.bytes[at])
	}
}

// newPage begins the page of character c.n, whose bytes begin at off.
func (c *chars) newPage(off uint32) {
	wide4 := uint32(0)
	if p := len(c.pages); p > 0 {
		wide4 = c.pages[p-1].wide4
		// Not through extent: the new characters' bytes are already behind the last page's.
		if lo := c.pages[p-1].off; off-lo > pageChars {
			for ; lo < off; lo += charLen(c.bytes[lo]) {
				wide4 += charLen(c.bytes[lo]) >> 2
			}
		}
	}
	c.pages = append(c.pages, charPage{off, wide4})
}

// appendForgotten adds n characters without text. Whole pages of them take no bytes.
func (c *chars) appendForgotten(n uint32) {
	if n > 0 {
		c.anyForgotten = true
	}
	for n > 0 {
		if c.n&pageMask == 0 {
			c.newPage(uint32(len(c.bytes)))
			if n >= pageChars {
				c.n += pageChars
				n -= pageChars
				continue
			}
		}
		k := min(n, pageChars-c.n&pageMask)
		c.bytes = append(c.bytes, forgottenPage[:k]...)
		c.n += k
		n -= k
	}
}

const forgottenPage = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" +
	"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" +
	"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" +
	"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"

// forget rebuilds the store without the text of the characters set in the bitmap (a bit per id).
func (c *chars) forget(hidden []uint64) {
	old := *c
	*c = chars{pages: make([]charPage, 0, len(old.pages)), anyForgotten: true}
	keep := 0
	for p := range old.pages {
		lo, hi, count := old.extent(uint32(p))
		keep += int(hi - lo)
		if n := uint32(bits.OnesCount64(hidden[p])); n == count {
			keep -= int(hi - lo)
		}
	}
	c.bytes = make([]byte, 0, keep)
	for p := range old.pages {
		lo, hi, count := old.extent(uint32(p))
		c.newPage(uint32(len(c.bytes)))
		c.n += count
		gone := lo == hi
		if gone && count == pageChars || hidden[p] == ^uint64(0) {
			continue
		}
		for k := range count {
			n := charLen(old.bytes[lo])
			if hidden[p]>>k&1 != 0 {
				c.bytes = append(c.bytes, forgotten)
			} else {
				c.bytes = append(c.bytes, old.bytes[lo:lo+n]...)
			}
			lo += n
		}
	}
}

// remember gives those of n characters from id that are forgotten their text: s holds the UTF-8 of all n. It
// takes time in proportion to what is stored behind them.
func (c *chars) remember(id, n uint32, s []byte) {
	first, last := id>>pageBits, (id+n-1)>>pageBits
	lo := c.pages[first].off
	_, hi, _ := c.extent(last)
	wide4 := c.pages[first].wide4
	fresh := make([]byte, 0, int(hi-lo)+len(s)+2*pageChars)
	for p := first; p <= last; p++ {
		from, to, count := c.extent(p)
		c.pages[p] = charPage{lo + uint32(len(fresh)), wide4}
		bare := from == to
		for k := range count {
			own := []byte(forgottenPage[:1])
			if !bare {
				own = c.bytes[from : from+charLen(c.bytes[from])]
				from += uint32(len(own))
			}
			if p<<pageBits+k-id < n {
				given := s[:charLen(s[0])]
				s = s[len(given):]
				if own[0] == forgotten {
					own = given
				}
			}
			wide4 += uint32(len(own)) >> 2
			fresh = append(fresh, own...)
		}
	}
	more := uint32(len(fresh)) - (hi - lo)
	if p := last + 1; int(p) < len(c.pages) {
		wide4 -= c.pages[p].wide4 // what there is more now
		for i := range c.pages[p:] {
			c.pages[int(p)+i].off += more
			c.pages[int(p)+i].wide4 += wide4
		}
	}
	c.bytes = grow(c.bytes, int(more))
	copy(c.bytes[hi+more:], c.bytes[hi:])
	copy(c.bytes[lo:], fresh)
}
