package text

import "unicode/utf8"

// Target is a run of characters of one replica that a life operation gives one life: the characters numbered
// ID.Seq, ID.Seq+1 and so on, or ID.Seq, ID.Seq-1 and so on if Back.
type Target struct {
	ID   ID
	Len  uint32
	Life uint32 // odd: visible, even: hidden; the highest ever set counts
	Back bool
}

// lowest is the character with the lowest number.
func (t Target) lowest() ID {
	if t.Back {
		return ID{t.ID.Slot, t.ID.Seq - (t.Len - 1)}
	}
	return t.ID
}

func (a *Arena) state(t Text) (*textState, error) {
	if uint(t) >= uint(len(a.texts)) {
		return nil, ErrText
	}
	return &a.texts[t], nil
}

// Insert is a local insertion of s before the character at pos, 0 to Len(t, Chars). It takes the numbers from
// id.Seq on, one per code point, and returns the origins to tell the peers.
func (a *Arena) Insert(t Text, pos int, s string, id ID) (left, right ID, err error) {
	if len(s) == 1 && s[0] < utf8.RuneSelf && a.Type(t, pos, s[0], id) {
		return ID{id.Slot, id.Seq - 1}, a.typing.right, nil
	}
	return a.insert(t, pos, s, id)
}

// Type is Insert of one ASCII character where someone is typing, by the one who does: between the character that
// came last, numbered id.Seq-1, and that one's right origin. Nothing needs to be looked up for it. Type reports
// whether it is so; if not, it has done nothing.
func (a *Arena) Type(t Text, pos int, c byte, id ID) bool {
	y := &a.typing
	n := a.chars.n
	if y.text != t || y.pos != uint32(pos) || y.next != id || n >= y.limit {
		return false
	}
	a.chars.bytes = append(a.chars.bytes, c)
	if n&homeMask == 0 {
		a.beginPages(n)
	} else if a.homes.pages[n>>homeBits] < 0 {
		a.homes.set(n, 1, y.leaf)
	}
	a.chars.n = n + 1
	a.spans[y.span].n++
	tx := &a.texts[t]
	tx.chars++
	tx.owed++
	y.pos++
	y.next.Seq++
	return true
}

func (a *Arena) insert(t Text, pos int, s string, id ID) (left, right ID, err error) {
	tx, err := a.state(t)
	if err != nil {
		return None, None, err
	}
	if uint(pos) > uint(tx.chars) {
		return None, None, ErrRange
	}
	// The text goes where it will stay before it is looked at, which spares a copy for the conversion.
	at := len(a.chars.bytes)
	if at+len(s) > MaxBytes {
		return None, None, ErrFull
	}
	a.chars.bytes = append(a.chars.bytes, s...)
	n, w, err := measure(a.chars.bytes[at:])
	if err == nil {
		err = a.admit(id, n)
	}
	if err != nil {
		a.chars.bytes = a.chars.bytes[:at]
		return None, None, err
	}
	var off uint32
	sp := span{id: a.chars.n, n: n, left: none}
	if pos == 0 {
		sp.right = a.next(tx.first, -1)
	} else {
		off = a.seek(tx, uint32(pos)-1) + 1
		e := &a.spans[a.leaves[tx.cur.leaf].off+uint32(tx.cur.entry)]
		sp.left = e.id + off - 1
		if off < e.len() {
			sp.right = sp.left + 1
		} else {
			sp.right = a.next(tx.cur.leaf, tx.cur.entry)
		}
	}
	left, right = a.name(sp.left), a.name(sp.right)
	a.chars.commit(uint32(at), n)
	a.addRun(t, id, n)
	a.place(tx, pos == 0, off, sp, w)
	a.expectTyping(t, tx, id, n, right)
	return left, right, nil
}

// admit checks the numbers of an insertion of n characters.
func (a *Arena) admit(id ID, n uint32) error {
	switch {
	case int(id.Slot) >= len(a.replicas):
		return ErrReplica
	case n == 0 || n > MaxRun || id.Seq > MaxSeq-(n-1):
		return ErrRange
	case id.Seq < a.Next(id.Slot):
		return ErrSeq
	case n > MaxChars-a.chars.n:
		return ErrFull
	}
	return nil
}

// expectTyping prepares for the next character of someone who has just inserted n visible characters, which
// are the end of the cursor's span.
func (a *Arena) expectTyping(t Text, tx *textState, id ID, n uint32, right ID) {
	c := &tx.cur
	i := a.leaves[c.leaf].off + uint32(c.entry)
	a.erasing.text = noText
	a.typing = typing{
		text:  t,
		pos:   c.base + a.spans[i].len(),
		next:  ID{id.Slot, id.Seq + n},
		right: right,
		span:  i,
		leaf:  c.leaf,
		limit: a.chars.n + min(MaxChars-a.chars.n, MaxSeq-(id.Seq+n-1)),
	}
}

// beginPages makes the pages that begin with local id n, which is about to be typed.
func (a *Arena) beginPages(n uint32) {
	a.homes.set(n, 1, a.typing.leaf)
	if n&pageMask == 0 {
		a.chars.newPage(uint32(len(a.chars.bytes)) - 1)
	}
}

// Delete is a local deletion of n > 0 visible characters from pos. It takes the numbers from id.Seq on, one
// per character, and appends to dst the runs to tell the peers: the first run has the first numbers, and so on.
func (a *Arena) Delete(t Text, pos, n int, id ID, dst []Target) ([]Target, error) {
	if n == 1 {
		target := a.erasing.target
		if _, ok := a.Erase(t, pos, id); ok {
			return append(dst, Target{ID: target, Len: 1, Life: 2}), nil
		}
	}
	tx, err := a.state(t)
	if err != nil {
		return dst, err
	}
	if n <= 0 || pos < 0 || uint(pos) > uint(tx.chars) || uint(n) > uint(tx.chars)-uint(pos) {
		return dst, ErrRange
	}
	if err := a.admitLife(id, uint32(n)); err != nil {
		return dst, err
	}
	if len(a.lives) > 0 && a.wornOut(tx, uint32(pos), uint32(n)) {
		return dst, ErrRange
	}
	a.interrupt()
	rep := &a.replicas[id.Slot]
	if n == 1 && len(a.lives) == 0 {
		if at, cid := a.spanEnd(tx); at == uint32(pos) && a.backspace(tx) {
			r := &a.runs[a.runOf(cid)]
			g := Target{ID: ID{r.slot, r.seq + cid - r.cid}, Len: 1, Life: 2}
			rep.record(id.Seq, cid, 1, 0, 2)
			a.expectErasing(t, tx, id, g.ID, cid)
			return append(dst, g), nil
		}
	}
	own := len(dst) // runs before this are the caller's
	seq, rest := id.Seq, uint32(n)
	for rest > 0 {
		off := a.seek(tx, uint32(pos))
		e := &a.spans[a.leaves[tx.cur.leaf].off+uint32(tx.cur.entry)]
		cid := e.id + off
		life, k := a.lifeOf(e, off, rest)
		life++
		for i := uint32(0); i < k; {
			ri := a.runOf(cid + i)
			r := &a.runs[ri]
			m := min(k-i, a.runEnd(ri)-cid-i)
			first := ID{r.slot, r.seq + cid + i - r.cid}
			if len(dst) == own || !dst[len(dst)-1].extend(first, m, life) {
				dst = append(dst, Target{ID: first, Len: m, Life: life})
			}
			i += m
		}
		rep.record(seq, cid, k, 0, life)
		if life > 2 {
			a.lives.set(cid, k, life)
		}
		a.flip(tx, off, k)
		seq += k
		rest -= k
		if n == 1 {
			a.expectErasing(t, tx, id, dst[own].ID, cid)
		}
	}
	return dst, nil
}

// expectErasing prepares for the next character of someone who has just hidden the character target, of local
// id cid, if that was at an end of the cursor's span.
func (a *Arena) expectErasing(t Text, tx *textState, id, target ID, cid uint32) {
	c := &tx.cur
	if c.leaf < 0 || tx.owedBy != c.leaf || tx.wide != 0 || len(a.lives) > 0 {
		return
	}
	ri := a.runOf(cid)
	i := int(c.entry)
	b := a.spansOf(c.leaf)
	e := &b[i]
	if e.n-2 >= hidden-2 {
		return // hidden, or about to be
	}
	y := erasing{text: t, next: ID{id.Slot, id.Seq + 1}, span: a.leaves[c.leaf].off + uint32(i)}
	switch {
	case e.id+e.n == cid && i+1 < len(b):
		x := &b[i+1]
		if x.n&hidden == 0 || x.id != cid || x.left != cid-1 || x.right != e.right {
			return
		}
		y.back = true
		y.pos = c.base + e.n - 1
		y.target = ID{target.Slot, target.Seq - 1}
		y.left = cid - a.runs[ri].cid
	case e.id == cid+1 && i > 0:
		x := &b[i-1]
		if x.n&hidden == 0 || x.id+x.len() != e.id || e.left != cid || x.right != e.right {
			return
		}
		y.span--
		y.pos = c.base
		y.target = ID{target.Slot, target.Seq + 1}
		y.left = a.runEnd(ri) - cid - 1
	default:
		return
	}
	y.left = min(y.left, e.n-1, MaxSeq-id.Seq)
	a.erasing = y
}

// Erase is Delete of one character where someone is erasing with the backspace or the delete key, by the one who
// does: of the character before or behind the one hidden last, with the number after that one's. Nothing needs
// to be looked up for it. Erase reports whether it is so; if not, it has done nothing.
func (a *Arena) Erase(t Text, pos int, id ID) (back, ok bool) {
	y := &a.erasing
	if y.text != t || y.pos != uint32(pos) || y.next != id || y.left == 0 {
		return false, false
	}
	a.erase()
	return y.back, true
}

// erase hides the character that erasing expects.
func (a *Arena) erase() {
	y := &a.erasing
	b := a.spans[y.span:][:2]
	r := &a.replicas[y.next.Slot]
	l := &r.log[len(r.log)-1]
	l.n++
	if y.back {
		l.n |= back
		b[0].n--
		b[1].id--
		b[1].left--
		b[1].n++
		y.pos--
		y.target.Seq--
	} else {
		b[0].n++
		b[1].id++
		b[1].left++
		b[1].n--
		y.target.Seq++
	}
	r.logEnd++
	tx := &a.texts[y.text]
	tx.chars--
	tx.owed--
	y.next.Seq++
	y.left--
}

// Join prolongs the run by u, whose items come next, if the two are one run.
func (t *Target) Join(u Target) bool {
	return !u.Back && t.extend(u.ID, u.Len, u.Life)
}

// extend joins n characters from first to the run if that is possible.
func (t *Target) extend(first ID, n, life uint32) bool {
	if t.ID.Slot != first.Slot || t.Life != life {
		return false
	}
	switch {
	case !t.Back && first.Seq == t.ID.Seq+t.Len:
	case n == 1 && (t.Back || t.Len == 1) && first.Seq+t.Len == t.ID.Seq:
		t.Back = true
	default:
		return false
	}
	t.Len += n
	return true
}

// wornOut reports whether a visible character among n from pos has had so many lives that it cannot be hidden.
func (a *Arena) wornOut(tx *textState, pos, n uint32) bool {
	for n > 0 {
		l, i, off := a.peek(tx, pos)
		life, k := a.lifeOf(&a.spansOf(l)[i], off, n)
		if life >= MaxLife {
			return true
		}
		pos += k
		n -= k
	}
	return false
}

// admitLife checks the numbers of a life operation of n items.
func (a *Arena) admitLife(id ID, n uint32) error {
	switch {
	case int(id.Slot) >= len(a.replicas):
		return ErrReplica
	case n == 0 || id.Seq > MaxSeq-(n-1):
		return ErrRange
	case id.Seq < a.Next(id.Slot):
		return ErrSeq
	}
	return nil
}
