package text

// Check verifies every invariant of the arena and returns ErrInvariant if one does not hold. It is slow and
// meant for tests.
func (a *Arena) Check() error {
	rank := make([]int, a.chars.n) // place in its text, from 1
	for t := range a.texts {
		if !a.checkText(Text(t), rank) {
			return ErrInvariant
		}
	}
	for _, r := range rank {
		if r == 0 {
			return ErrInvariant
		}
	}
	if !a.checkIDs() || !a.checkChars() || !a.checkTyping() || !a.checkErasing() {
		return ErrInvariant
	}
	return nil
}

func (a *Arena) checkText(t Text, rank []int) bool {
	tx := &a.texts[t]
	a.settle(tx)
	ok := true
	must := func(b bool) { ok = ok && b }
	var total, base uint32
	var wide width
	count := 0
	prev := int32(-1)
	for l := tx.first; l >= 0; l = a.leaves[l].next {
		lf := &a.leaves[l]
		must(lf.text == t && lf.prev == prev && lf.n <= 4<<lf.class)
		must(lf.n > 0 || tx.root < 0)
		must((tx.root < 0) == (lf.parent < 0) && (tx.root < 0 || lf.class == blockClasses-1))
		for i, s := range a.spansOf(l) {
			if l == tx.cur.leaf && int32(i) == tx.cur.entry {
				base = total
			}
			must(s.len() > 0 && uint64(s.id)+uint64(s.len()) <= uint64(a.chars.n))
			if !ok {
				return false
			}
			for k := range s.len() {
				id := s.id + k
				must(rank[id] == 0 && a.homes.leaf(id) == l && a.runs[a.runOf(id)].text == t)
				life, _ := a.lifeOf(&s, k, 1)
				must(life&1 == 1-s.n>>31)
				must(s.n&hidden != 0 || !a.chars.isForgotten(id))
				count++
				rank[id] = count
			}
			total += s.visible()
			if v := s.visible(); v > 0 {
				wide += a.chars.width(s.id, v)
			}
		}
		prev = l
	}
	must(tx.last == prev && total == tx.chars && wide == tx.wide)
	if tx.cur.leaf >= 0 {
		must(a.leaves[tx.cur.leaf].text == t && tx.cur.base == base)
		must(tx.cur.entry == 0 || tx.cur.entry < a.leaves[tx.cur.leaf].n)
	}
	for l := tx.first; l >= 0 && ok; l = a.leaves[l].next {
		for _, s := range a.spansOf(l) {
			left, right := 0, count+1
			if s.left != none {
				left = rank[s.left]
				must(left > 0 && a.runs[a.runOf(s.left)].text == t)
			}
			if s.right != none {
				right = rank[s.right]
				must(a.runs[a.runOf(s.right)].text == t)
			}
			must(left < rank[s.id] && rank[s.id]+int(s.len()) <= right)
		}
	}
	if tx.root >= 0 {
		n, w, k := a.checkNode(tx.root, -1)
		must(k && n == tx.chars && w == tx.wide)
	}
	return ok
}

func (a *Arena) checkNode(p, parent int32) (n uint32, w width, ok bool) {
	nd := &a.nodes[p]
	ok = nd.parent == parent && nd.n > 0
	for i := range nd.kids[:nd.n] {
		var kn uint32
		var kw width
		k := nd.kids[i]
		if nd.overLef {
			ok = ok && a.leaves[k].parent == p
			for _, s := range a.spansOf(k) {
				if v := s.visible(); v > 0 {
					kn += v
					kw += a.chars.width(s.id, v)
				}
			}
		} else {
			var kok bool
			kn, kw, kok = a.checkNode(k, p)
			ok = ok && kok
		}
		ok = ok && kn == nd.chars[i] && kw == nd.wide[i]
		n += kn
		w += kw
	}
	for i := nd.n; i < nodeKids; i++ {
		ok = ok && nd.kids[i] == -1
	}
	return n, w, ok
}

func (a *Arena) checkIDs() bool {
	for i := range a.runs {
		r := &a.runs[i]
		if i == 0 && r.cid != 0 || i > 0 && r.cid <= a.runs[i-1].cid || a.runEnd(uint32(i)) <= r.cid {
			return false
		}
	}
	count := 0
	for s := range a.replicas {
		rep := &a.replicas[s]
		end := uint64(0)
		for _, i := range rep.runs {
			r := &a.runs[i]
			if r.slot != Slot(s) || uint64(r.seq) < end {
				return false
			}
			end = uint64(r.seq) + uint64(a.runEnd(i)-r.cid)
		}
		count += len(rep.runs)
		end = 0
		for i := range rep.log {
			r := &rep.log[i]
			if uint64(r.seq) < end || r.len() == 0 {
				return false
			}
			end = uint64(r.seq) + uint64(r.len())
		}
		if end > uint64(rep.logEnd) {
			return false
		}
	}
	end := uint32(0)
	for _, l := range a.lives {
		if l.id < end || l.n == 0 || l.life < 3 || l.life > MaxLife {
			return false
		}
		end = l.id + l.n
	}
	if end > a.chars.n {
		return false
	}
	end = 0
	for _, c := range a.claims {
		if c.cid < end || c.n == 0 || a.name(c.cid+c.n-1) != (ID{a.name(c.cid).Slot, a.name(c.cid).Seq + c.n - 1}) {
			return false
		}
		end = c.cid + c.n
	}
	return count == len(a.runs) && end <= a.chars.n
}

func (a *Arena) checkChars() bool {
	c := &a.chars
	if len(c.pages) != int(c.n+pageMask)>>pageBits {
		return false
	}
	off, wide4 := uint32(0), uint32(0)
	for p := range c.pages {
		lo, hi, count := c.extent(uint32(p))
		if lo != off || c.pages[p].wide4 != wide4 {
			return false
		}
		if lo == hi && count == pageChars {
			continue
		}
		for range count {
			if off >= hi {
				return false
			}
			n := charLen(c.bytes[off])
			wide4 += n >> 2
			off += n
		}
		if off != hi {
			return false
		}
	}
	return int(off) == len(c.bytes)
}

func (a *Arena) checkTyping() bool {
	y := &a.typing
	if y.text == noText {
		return true
	}
	tx := &a.texts[y.text]
	s := a.spansOf(y.leaf)
	i := y.span - a.leaves[y.leaf].off
	if int(i) >= len(s) || tx.owedBy != y.leaf {
		return false
	}
	e := &s[i]
	last := a.runs[len(a.runs)-1]
	pos := uint32(0)
	for l := tx.first; l != y.leaf; l = a.leaves[l].next {
		for _, s := range a.spansOf(l) {
			pos += s.visible()
		}
	}
	for j := range i + 1 {
		pos += s[j].visible()
	}
	return e.n&hidden == 0 && e.id+e.n == a.chars.n && a.next(y.leaf, int32(i)) == e.right && a.name(e.right) == y.right &&
		last.text == y.text && last.slot == y.next.Slot && last.seq+a.chars.n-last.cid == y.next.Seq && pos == y.pos
}

func (a *Arena) checkErasing() bool {
	y := &a.erasing
	if y.text == noText {
		return true
	}
	tx := &a.texts[y.text]
	l := tx.cur.leaf
	i := y.span - a.leaves[l].off
	r := &a.replicas[y.next.Slot]
	if tx.owedBy != l || i+1 >= uint32(a.leaves[l].n) || len(a.lives) > 0 || tx.wide != 0 {
		return false
	}
	e, x := &a.spans[y.span], &a.spans[y.span+1]
	g := &r.log[len(r.log)-1]
	ok := e.id+e.len() == x.id && x.left == x.id-1 && x.right == e.right
	ok = ok && g.life == 2 && g.seq+g.len() == y.next.Seq && r.logEnd == y.next.Seq
	last, next, pos := x.id, x.id-1, tx.cur.base+e.n-1 // local ids hidden last and to be hidden next
	if y.back {
		ok = ok && (g.n&back != 0 || g.n == 1) && i == uint32(tx.cur.entry)
	} else {
		ok = ok && g.n&back == 0 && i+1 == uint32(tx.cur.entry)
		last, next, pos = next, last, tx.cur.base
		e, x = x, e
	}
	ok = ok && e.n&hidden == 0 && x.n&hidden != 0 && y.left < e.n && g.target(g.len()-1) == last
	return ok && y.pos == pos && (y.left == 0 || a.name(next) == y.target)
}
