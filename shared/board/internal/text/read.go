package text

// Len is the length of the visible text; 0 if there is no such text.
func (a *Arena) Len(t Text, u Unit) int {
	tx, err := a.state(t)
	if err != nil {
		return 0
	}
	return int(u.of(tx.chars, tx.wide))
}

// peek finds the visible character at pos, which must exist. Reading leaves the cursor where it is: the
// typing state relies on nobody else moving it.
func (a *Arena) peek(tx *textState, pos uint32) (l, i int32, off uint32) {
	cur := tx.cur
	off = a.seek(tx, pos)
	l, i = tx.cur.leaf, tx.cur.entry
	tx.cur = cur
	return l, i, off
}

// IsEmpty reports whether a text has no visible character.
func (a *Arena) IsEmpty(t Text) bool { return a.Len(t, Chars) == 0 }

// String is the visible text.
func (a *Arena) String(t Text) string {
	return string(a.AppendTo(make([]byte, 0, a.Len(t, Bytes)), t))
}

// AppendTo appends the visible text as UTF-8.
func (a *Arena) AppendTo(b []byte, t Text) []byte {
	tx, err := a.state(t)
	if err != nil {
		return b
	}
	for l := tx.first; l >= 0; l = a.leaves[l].next {
		for _, s := range a.spansOf(l) {
			if s.n&hidden == 0 {
				b = append(b, a.chars.slice(s.id, s.n)...)
			}
		}
	}
	return b
}

// Slice is the visible text from character from up to character to.
func (a *Arena) Slice(t Text, from, to int) (string, error) {
	tx, err := a.state(t)
	if err != nil {
		return "", err
	}
	if from < 0 || from > to || uint(to) > uint(tx.chars) {
		return "", ErrRange
	}
	if from == to {
		return "", nil
	}
	var b []byte
	l, i, off := a.peek(tx, uint32(from))
	for n := uint32(to - from); n > 0; {
		s := a.spansOf(l)
		if int(i) == len(s) {
			l, i = a.leaves[l].next, 0
			continue
		}
		if e := &s[i]; e.n&hidden == 0 {
			k := min(n, e.n-off)
			b = append(b, a.chars.slice(e.id+off, k)...)
			n -= k
		}
		off = 0
		i++
	}
	return string(b), nil
}

// Content appends the UTF-8 of the characters that a life operation targets, hidden ones too, in the order of
// its items: what showing them travels with.
func (a *Arena) Content(target Target, dst []byte) ([]byte, error) {
	low, n := target.lowest(), target.Len
	if n == 0 || target.Back && n-1 > target.ID.Seq || low.Seq > MaxSeq-(n-1) {
		return dst, ErrRange
	}
	own := len(dst)
	for n > 0 {
		cid, ri, err := a.find(low)
		if err != nil {
			return dst[:own], err
		}
		m := min(n, a.runEnd(ri)-cid)
		if k, gone := a.chars.sameFate(cid, m); gone || k < m {
			return dst[:own], ErrTextDropped
		}
		dst = append(dst, a.chars.slice(cid, m)...)
		low.Seq += m
		n -= m
	}
	if target.Back {
		dst = appendReversed(dst[:own], append([]byte(nil), dst[own:]...))
	}
	return dst, nil
}
