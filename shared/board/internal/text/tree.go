package text

const (
	hidden = uint32(1) << 31 // in span.n

	leafSpans    = 32 // spans of a full leaf
	blockClasses = 4  // blocks of 4, 8, 16 and 32 spans
	nodeKids     = 16
	nodeBytes    = nodeKids*16 + 16
)

// span is a run of characters with consecutive local ids that lie one behind the other, are all visible or
// all hidden, and have the same right origin. The left origin of each but the first is the one before it.
type span struct {
	id          uint32
	n           uint32 // characters, and the bit hidden
	left, right uint32 // origins of the first
}

func (s *span) len() uint32 { return s.n &^ hidden }

// visible is the number of visible characters, without a branch: hidden is the top bit.
func (s *span) visible() uint32 { return s.n &^ uint32(int32(s.n)>>31) }

// continues reports whether s can be joined to p, which lies before it.
func (s *span) continues(p *span) bool {
	return s.id == p.id+p.len() && s.left == s.id-1 && s.right == p.right && (s.n^p.n)&hidden == 0
}

// leaf is a block of spans. A text of one leaf begins with a block of 4, so that a small text is cheap;
// the leaves of a tree all have 32.
type leaf struct {
	off    uint32 // its block in Arena.spans
	n      int32
	parent int32 // node, -1 if the leaf is the whole text
	prev   int32
	next   int32
	text   Text
	class  uint8 // the block has 4<<class spans
}

// node is an inner node. Its counts lack what the text still owes.
type node struct {
	chars   [nodeKids]uint32 // visible characters below each kid
	wide    [nodeKids]width
	kids    [nodeKids]int32
	n       int32
	parent  int32
	overLef bool // the kids are leaves
}

func (a *Arena) spansOf(l int32) []span {
	lf := &a.leaves[l]
	return a.spans[lf.off : lf.off+uint32(lf.n)]
}

func (a *Arena) newBlock(lf *leaf, class uint8) {
	lf.class = class
	if f := a.free[class]; len(f) > 0 {
		lf.off = f[len(f)-1]
		a.free[class] = f[:len(f)-1]
		return
	}
	lf.off = uint32(len(a.spans))
	a.spans = grow(a.spans, 4<<class)
}

// ---- counts

// book adds to the visible counts of a text, at leaf l. Both amounts wrap when negative.
func (a *Arena) book(tx *textState, l int32, n uint32, w width) {
	tx.chars += n
	tx.wide += w
	if tx.owedBy != l {
		a.settle(tx)
		tx.owedBy = l
	}
	tx.owed += n
	tx.owedWide += w
}

// settle brings the nodes up to date.
func (a *Arena) settle(tx *textState) {
	if tx.owed == 0 && tx.owedWide == 0 {
		return
	}
	n, w, c := tx.owed, tx.owedWide, tx.owedBy
	tx.owed, tx.owedWide = 0, 0
	for p := a.leaves[c].parent; p >= 0; {
		nd := &a.nodes[p]
		i := nd.index(c)
		nd.chars[i] += n
		nd.wide[i] += w
		c, p = p, nd.parent
	}
}

func (nd *node) index(kid int32) int {
	for i := range nd.kids {
		if nd.kids[i] == kid {
			return i
		}
	}
	return 0
}

// widthOf is the width of a visible part of a text, for nothing if all of the text is ASCII.
func (a *Arena) widthOf(tx *textState, id, n uint32) width {
	if tx.wide == 0 {
		return 0
	}
	return a.chars.width(id, n)
}

// ---- finding places

// seek moves the cursor to the span that holds the visible character at pos, which must exist, and returns
// the offset in it.
func (a *Arena) seek(tx *textState, pos uint32) uint32 {
	c := &tx.cur
	if c.leaf >= 0 {
		s := a.spansOf(c.leaf)
		b := c.base
		if pos >= b {
			for i := int(c.entry); i < len(s); i++ {
				v := s[i].visible()
				if pos-b < v {
					c.entry, c.base = int32(i), b
					return pos - b
				}
				b += v
			}
		} else {
			for i := int(c.entry) - 1; i >= 0; i-- {
				b -= s[i].visible()
				if pos >= b {
					c.entry, c.base = int32(i), b
					return pos - b
				}
			}
		}
	}
	a.settle(tx)
	rem, l := pos, tx.first
	for n := tx.root; n >= 0; {
		nd := &a.nodes[n]
		i := 0
		for i < int(nd.n)-1 && rem >= nd.chars[i&(nodeKids-1)] {
			rem -= nd.chars[i&(nodeKids-1)]
			i++
		}
		if nd.overLef {
			l = nd.kids[i]
			break
		}
		n = nd.kids[i]
	}
	s := a.spansOf(l)
	for i := range s {
		v := s[i].visible()
		if rem < v {
			*c = cursor{l, int32(i), pos - rem}
			return rem
		}
		rem -= v
	}
	panic("text: count of visible characters is wrong")
}

// at finds a character: its leaf, the span there and the offset in the span.
func (a *Arena) at(tx *textState, id uint32) (l, i int32, off uint32) {
	l = a.homes.leaf(id)
	s := a.spansOf(l)
	if l == tx.cur.leaf && int(tx.cur.entry) < len(s) {
		e := &s[tx.cur.entry]
		if off = id - e.id; off < e.len() {
			return l, tx.cur.entry, off
		}
	}
	for j := range s {
		if off = id - s[j].id; off < s[j].len() {
			return l, int32(j), off
		}
	}
	panic("text: character is not in its leaf")
}

// locate moves the cursor to entry i of leaf l and returns the number of visible characters before it.
func (a *Arena) locate(tx *textState, l, i int32) uint32 {
	s := a.spansOf(l)
	c := &tx.cur
	if c.leaf == l {
		v := c.base
		for j := c.entry; j < i; j++ {
			v += s[j].visible()
		}
		for j := c.entry; j > i; j-- {
			v -= s[j-1].visible()
		}
		c.entry, c.base = i, v
		return v
	}
	a.settle(tx)
	v := uint32(0)
	for j := range s[:i] {
		v += s[j].visible()
	}
	x := l
	for p := a.leaves[l].parent; p >= 0; {
		nd := &a.nodes[p]
		for j := range nd.kids {
			if nd.kids[j] == x {
				break
			}
			v += nd.chars[j]
		}
		x, p = p, nd.parent
	}
	*c = cursor{l, i, v}
	return v
}

// next is the id of the element after entry i of leaf l, none at the end of the text.
func (a *Arena) next(l, i int32) uint32 {
	lf := &a.leaves[l]
	if i+1 < lf.n {
		return a.spans[lf.off+uint32(i+1)].id
	}
	if lf.next < 0 {
		return none
	}
	return a.spans[a.leaves[lf.next].off].id
}

// before reports whether character x lies before y, both of one text.
func (a *Arena) before(tx *textState, x, y uint32) bool {
	l1, i1, o1 := a.at(tx, x)
	l2, i2, o2 := a.at(tx, y)
	if l1 == l2 {
		return i1 < i2 || i1 == i2 && o1 < o2
	}
	p1, p2 := a.leaves[l1].parent, a.leaves[l2].parent
	for p1 != p2 {
		l1, l2 = p1, p2
		p1, p2 = a.nodes[p1].parent, a.nodes[p2].parent
	}
	nd := &a.nodes[p1]
	return nd.index(l1) < nd.index(l2)
}

// ---- changing the shape

// place puts a new span behind the first off characters of the cursor's span, or at the beginning of the text
// if start, and moves the cursor to where it lies. The characters exist already and are not counted yet.
func (a *Arena) place(tx *textState, start bool, off uint32, s span, w width) {
	c := &tx.cur
	if start {
		a.locate(tx, tx.first, 0)
		a.room(tx, 1)
		a.put(c.leaf, 0, s)
		c.entry, c.base = 0, 0
	} else {
		e := &a.spans[a.leaves[c.leaf].off+uint32(c.entry)]
		if off == e.len() && s.continues(e) {
			e.n += s.len()
			a.homes.set(s.id, s.len(), c.leaf)
			a.book(tx, c.leaf, s.visible(), w)
			return
		}
		if off == e.len() {
			a.room(tx, 1)
		} else {
			a.room(tx, 2)
		}
		e = &a.spans[a.leaves[c.leaf].off+uint32(c.entry)]
		c.base += min(off, e.visible())
		if off < e.len() {
			a.put(c.leaf, c.entry+1, e.cut(off))
		}
		c.entry++
		a.put(c.leaf, c.entry, s)
	}
	a.homes.set(s.id, s.len(), c.leaf)
	a.book(tx, c.leaf, s.visible(), w)
}

// cut shortens s to its first off characters and returns the rest.
func (s *span) cut(off uint32) span {
	h := s.n & hidden
	rest := span{s.id + off, (s.len() - off) | h, s.id + off - 1, s.right}
	s.n = off | h
	return rest
}

// put makes a span entry i of leaf l, which has room.
func (a *Arena) put(l, i int32, s span) {
	lf := &a.leaves[l]
	lf.n++
	b := a.spansOf(l)
	copy(b[i+1:], b[i:])
	b[i] = s
}

// drop removes entry i of leaf l.
func (a *Arena) drop(l, i int32) {
	b := a.spansOf(l)
	copy(b[i:], b[i+1:])
	a.leaves[l].n--
}

// room makes sure that the cursor's leaf can take k more spans, splitting it if need be; the cursor stays
// at its span.
func (a *Arena) room(tx *textState, k int32) {
	lf := &a.leaves[tx.cur.leaf]
	switch {
	case lf.n+k <= 4<<lf.class:
	case lf.class < blockClasses-1:
		old, class := lf.off, lf.class
		a.newBlock(lf, class+1)
		copy(a.spans[lf.off:], a.spans[old:old+uint32(lf.n)])
		a.free[class] = append(a.free[class], old)
	default:
		a.split(tx)
	}
}

// split halves the cursor's leaf.
func (a *Arena) split(tx *textState) {
	a.settle(tx)
	c := &tx.cur
	l, r := c.leaf, int32(len(a.leaves))
	a.leaves = grow(a.leaves, 1)
	x, y := &a.leaves[l], &a.leaves[r]
	h := x.n / 2
	if c.entry == x.n-1 && x.next < 0 {
		h = x.n - 2 // written from front to end: leave full leaves behind
	}
	*y = leaf{n: x.n - h, parent: x.parent, prev: l, next: x.next, text: x.text}
	a.newBlock(y, blockClasses-1)
	moved := a.spans[y.off : y.off+uint32(y.n)]
	copy(moved, a.spans[x.off+uint32(h):x.off+uint32(x.n)])
	x.n, x.next = h, r
	if y.next >= 0 {
		a.leaves[y.next].prev = r
	} else {
		tx.last = r
	}
	var n uint32
	var w width
	for i := range moved {
		s := &moved[i]
		a.homes.set(s.id, s.len(), r)
		n += s.visible()
		if v := s.visible(); v > 0 {
			w += a.widthOf(tx, s.id, v)
		}
	}
	if c.entry >= h {
		c.leaf, c.entry = r, c.entry-h
	}
	if x.parent < 0 {
		tx.root = a.newNode(node{n: 1, parent: -1, overLef: true})
		nd := &a.nodes[tx.root]
		nd.kids[0], nd.chars[0], nd.wide[0] = l, tx.chars, tx.wide
		x.parent, y.parent = tx.root, tx.root
	}
	a.adopt(tx, x.parent, l, r, n, w)
}

func (a *Arena) newNode(nd node) int32 {
	i := int32(len(a.nodes))
	a.nodes = grow(a.nodes, 1)
	nd.clearTail()
	a.nodes[i] = nd
	return i
}

// clearTail makes unused kids match no leaf and no node. Not inlined for size.
//
//go:noinline
func (nd *node) clearTail() {
	for i := nd.n; i < nodeKids; i++ {
		nd.kids[i], nd.chars[i], nd.wide[i] = -1, 0, 0
	}
}

// setParent tells a kid of a node where it now is.
func (a *Arena) setParent(overLef bool, kid, parent int32) {
	if overLef {
		a.leaves[kid].parent = parent
	} else {
		a.nodes[kid].parent = parent
	}
}

// adopt adds kid r behind kid l of node p; n characters of width w moved from l to r.
func (a *Arena) adopt(tx *textState, p, l, r int32, n uint32, w width) {
	if a.nodes[p].n == nodeKids {
		const h = nodeKids / 2
		q := a.newNode(node{n: h, parent: a.nodes[p].parent, overLef: a.nodes[p].overLef})
		x, y := &a.nodes[p], &a.nodes[q]
		copy(y.kids[:], x.kids[h:])
		copy(y.chars[:], x.chars[h:])
		copy(y.wide[:], x.wide[h:])
		x.n = h
		x.clearTail()
		var qn uint32
		var qw width
		for i := range h {
			qn += y.chars[i]
			qw += y.wide[i]
			a.setParent(y.overLef, y.kids[i], q)
		}
		if x.parent < 0 {
			root := a.newNode(node{n: 1, parent: -1})
			nd := &a.nodes[root]
			nd.kids[0], nd.chars[0], nd.wide[0] = p, tx.chars, tx.wide
			a.nodes[p].parent, a.nodes[q].parent = root, root
			tx.root = root
		}
		a.adopt(tx, a.nodes[p].parent, p, q, qn, qw)
		if a.nodes[q].has(l) {
			p = q
		}
	}
	nd := &a.nodes[p]
	i := nd.index(l)
	copy(nd.kids[i+2:], nd.kids[i+1:nd.n])
	copy(nd.chars[i+2:], nd.chars[i+1:nd.n])
	copy(nd.wide[i+2:], nd.wide[i+1:nd.n])
	nd.kids[i+1], nd.chars[i+1], nd.wide[i+1] = r, n, w
	nd.chars[i] -= n
	nd.wide[i] -= w
	nd.n++
	a.setParent(nd.overLef, r, p)
}

func (nd *node) has(kid int32) bool {
	for i := range nd.kids[:nd.n] {
		if nd.kids[i] == kid {
			return true
		}
	}
	return false
}

// flip changes n characters from offset off of the cursor's span from visible to hidden or back. The cursor
// stays at a span near by.
func (a *Arena) flip(tx *textState, off, n uint32) {
	c := &tx.cur
	e := &a.spans[a.leaves[c.leaf].off+uint32(c.entry)]
	show := e.n&hidden != 0
	var w width
	if show {
		w = a.chars.width(e.id+off, n)
	} else {
		w = a.widthOf(tx, e.id+off, n)
	}
	a.reshape(tx, off, n)
	// Booked last, because reshape may split the leaf, which moves counts according to what the spans say.
	if show {
		a.book(tx, c.leaf, n, w)
	} else {
		a.book(tx, c.leaf, -n, -w)
	}
}

// reshape is flip without the counts. It joins the flipped characters to their neighbours if possible and
// leaves the cursor in the leaf where they are.
func (a *Arena) reshape(tx *textState, off, n uint32) {
	c := &tx.cur
	e := &a.spans[a.leaves[c.leaf].off+uint32(c.entry)]
	size, was := e.len(), e.n&hidden
	now := was ^ hidden
	b := a.spansOf(c.leaf)
	i := int(c.entry)
	if off+n == size && i+1 < len(b) {
		// The tail joins the span behind. The usual case of backspacing.
		if x := &b[i+1]; x.n&hidden == now && x.id == e.id+size && x.left == x.id-1 && x.right == e.right {
			if off > 0 {
				x.id -= n
				x.n += n
				x.left = x.id - 1
				e.n -= n
				return
			}
			e.n = (size + x.len()) | now
			a.drop(c.leaf, c.entry+1)
			if i > 0 && e.continues(&b[i-1]) {
				p := &b[i-1]
				c.base -= p.visible()
				p.n += e.len()
				a.drop(c.leaf, c.entry)
				c.entry--
			}
			return
		}
	}
	if off == 0 && i > 0 {
		// The head joins the span before. The usual case of deleting forwards.
		if p := &b[i-1]; p.n&hidden == now && e.id == p.id+p.len() && e.left == e.id-1 && p.right == e.right {
			if n == size {
				c.base -= p.visible()
				p.n += n
				a.drop(c.leaf, c.entry)
				c.entry--
				return
			}
			before := p.visible()
			p.n += n
			e.id += n
			e.n -= n
			e.left = e.id - 1
			c.base += p.visible() - before
			return
		}
	}
	switch {
	case n == size:
		e.n ^= hidden
		return
	case off == 0 || off+n == size:
		a.room(tx, 1)
	default:
		a.room(tx, 2)
	}
	e = &a.spans[a.leaves[c.leaf].off+uint32(c.entry)]
	if off == 0 {
		rest := e.cut(n)
		e.n ^= hidden
		a.put(c.leaf, c.entry+1, rest)
		return
	}
	mid := e.cut(off)
	if off+n < size {
		a.put(c.leaf, c.entry+1, mid.cut(n))
	}
	mid.n ^= hidden
	a.put(c.leaf, c.entry+1, mid)
}

// spanEnd is the last character of the cursor's span and its position if it is visible.
func (a *Arena) spanEnd(tx *textState) (pos, cid uint32) {
	c := &tx.cur
	if c.leaf < 0 {
		return none, none
	}
	e := &a.spans[a.leaves[c.leaf].off+uint32(c.entry)]
	n := e.len() - 1
	return c.base + n, e.id + n
}

// backspace hides the last character of the cursor's span if that is visible, has others before it and joins
// the hidden span behind it, as when somebody holds the key; it reports whether it did. It is flip for one
// case that is a quarter of all editing.
func (a *Arena) backspace(tx *textState) bool {
	c := &tx.cur
	lf := &a.leaves[c.leaf]
	if c.entry+1 >= lf.n || tx.owedBy != c.leaf || tx.wide != 0 {
		return false
	}
	b := a.spans[lf.off+uint32(c.entry):][:2]
	e, x := &b[0], &b[1]
	if e.n-2 >= hidden-2 || x.n&hidden == 0 || x.id != e.id+e.n || x.left != x.id-1 || x.right != e.right {
		return false
	}
	e.n--
	x.id--
	x.left--
	x.n++
	tx.chars--
	tx.owed--
	return true
}
