package text

// Change is one step of what an operation did to the visible text: Len characters at Pos appeared (Shown) or
// went away. Steps apply one after the other. AppendChange gives the characters.
type Change struct {
	Pos, Len int
	Shown    bool
	cid      uint32
}

// AppendChange appends the characters that c showed, as UTF-8.
func (a *Arena) AppendChange(b []byte, c Change) []byte {
	return append(b, a.chars.slice(c.cid, uint32(c.Len))...)
}

// ApplyLife integrates a life operation, numbered from id.Seq on, local (undo) or remote, and appends to dst
// what it changed. Lives that are already as high stay as they are. Targets that are missing or impossible are
// refused.
//
// An operation that shows characters, with an odd life of 3 or more, travels with their content, the UTF-8 of
// target.Len code points in the order of the items: characters that this arena has forgotten come back by it.
// Those it has keep their text. Without content showing what was forgotten is ErrTextDropped, and content with
// any other life or of any other length is ErrRange.
//
// Nothing vouches for content but its sender: if it is false, those who had forgotten the characters see
// other text than those who had not, with the same names, lives and order, until it is deleted; where several
// show the same characters the first content to arrive stays.
func (a *Arena) ApplyLife(t Text, id ID, target Target, content []byte, dst []Change) ([]Change, error) {
	return a.applyLife(t, id, target, content, dst, true)
}

// IntegrateLife is ApplyLife for an operation of which the caller knows that it is ready: all numbers it refers
// to are past. Items that name no character of this text are passed over. An operation that shows characters
// needs content, otherwise it is ErrRange, whether or not anything was forgotten here. What it refuses does
// not depend on what is in the text: ErrRange, ErrUTF8, ErrSeq, the caller's mistakes ErrText and ErrReplica,
// and ErrFull.
func (a *Arena) IntegrateLife(t Text, id ID, target Target, content []byte, dst []Change) ([]Change, error) {
	return a.applyLife(t, id, target, content, dst, false)
}

func (a *Arena) applyLife(t Text, id ID, target Target, content []byte, dst []Change, strict bool) ([]Change, error) {
	if y := &a.erasing; y.text == t && y.next == id && y.target == target.ID && target.Len == 1 && target.Life == 2 &&
		y.left > 0 && len(content) == 0 {
		c := Change{Pos: int(y.pos), Len: 1}
		a.erase()
		return append(dst, c), nil
	}
	tx, err := a.state(t)
	if err != nil {
		return dst, err
	}
	if err := a.admitLife(id, target.Len); err != nil {
		return dst, err
	}
	low, n := target.lowest(), target.Len
	if target.Life == 0 || target.Life > MaxLife || target.Back && n-1 > target.ID.Seq || low.Seq > MaxSeq-(n-1) {
		return dst, ErrRange
	}
	if shows := target.shows(); len(content) > 0 || shows && !strict {
		k, _, err := measure(content)
		if err != nil {
			return dst, err
		}
		if !shows || k != n {
			return dst, ErrRange
		}
	}
	cid, ri, err := a.find(low)
	if err == nil && a.runs[ri].text == t && n <= a.runEnd(ri)-cid {
		forgotten := target.Life&1 != 0 && a.chars.anyForgotten
		if forgotten {
			if err := a.presentable(tx, cid, n, target.Life, content); err != nil {
				return dst, err
			}
		}
		a.interrupt()
		rep := &a.replicas[id.Slot]
		if target.Back {
			rep.record(id.Seq, cid+n-1, n, back, target.Life)
		} else {
			rep.record(id.Seq, cid, n, 0, target.Life)
		}
		if n == 1 && target.Life == 2 && len(a.lives) == 0 {
			if at, end := a.spanEnd(tx); end == cid && a.backspace(tx) {
				a.expectErasing(t, tx, id, low, cid)
				return append(dst, Change{Pos: int(at), Len: 1, cid: cid}), nil
			}
		}
		if forgotten {
			a.remember(cid, n, content, target.Back)
		}
		dst = a.raise(tx, cid, n, target.Life, len(dst), dst)
		if n == 1 && target.Life == 2 {
			a.expectErasing(t, tx, id, low, cid)
		}
		return dst, nil
	}
	if strict {
		if err := a.targetable(t, low, n); err != nil {
			return dst, err
		}
	}
	return a.applySpread(t, id, target, content, dst)
}

// Raise gives n characters from id on, which need not all be there, a life if that is greater than theirs, and
// appends to dst what it changed. No operation is counted or logged: it is what is known of the characters
// from a state alone. content is the UTF-8 of all n, for those that are shown and forgotten here; without it
// the forgotten ones stay as they are.
func (a *Arena) Raise(t Text, id ID, n, life uint32, content []byte, dst []Change) []Change {
	tx, err := a.state(t)
	if err != nil || int(id.Slot) >= len(a.replicas) || life < 2 || life > MaxLife {
		return dst
	}
	a.interrupt()
	own := len(dst)
	at := uint32(0) // of the character that content begins with
	a.eachPart(id, n, func(ri, cid, k, seq uint32) {
		if a.runs[ri].text != t {
			return
		}
		if life&1 != 0 && a.chars.anyForgotten {
			if len(content) == 0 {
				for end := cid + k; cid < end; {
					same, gone := a.chars.sameFate(cid, end-cid)
					if !gone {
						dst = a.raise(tx, cid, same, life, own, dst)
					}
					cid += same
				}
				return
			}
			content = content[prefix(content, seq-id.Seq-at):]
			at = seq - id.Seq
			a.remember(cid, k, content[:prefix(content, k)], false)
		}
		dst = a.raise(tx, cid, k, life, own, dst)
	})
	return dst
}

// eachPart calls f for each run that has some of n characters from id on, with the local id of the first one,
// how many there are, and its number, ascending.
func (a *Arena) eachPart(id ID, n uint32, f func(ri, cid, k, seq uint32)) {
	if int(id.Slot) >= len(a.replicas) {
		return
	}
	runs := a.replicas[id.Slot].runs
	end := uint64(id.Seq) + uint64(n)
	for _, ri := range runs[a.firstRun(runs, id.Seq):] {
		h := &a.runs[ri]
		if uint64(h.seq) >= end {
			return
		}
		seq := max(id.Seq, h.seq)
		cid := h.cid + seq - h.seq
		f(ri, cid, uint32(min(uint64(a.runEnd(ri)-cid), end-uint64(seq))), seq)
	}
}

// shows reports whether a life operation is one that carries content.
func (t Target) shows() bool { return t.Life > 1 && t.Life&1 != 0 }

// applySpread goes through the runs that hold targets of a life operation, in the order of its items, which is
// also the direction of the log.
func (a *Arena) applySpread(t Text, id ID, target Target, content []byte, dst []Change) ([]Change, error) {
	tx, rep := &a.texts[t], &a.replicas[id.Slot]
	low, n := target.lowest(), target.Len
	var runs []uint32
	if int(low.Slot) < len(a.replicas) {
		runs = a.replicas[low.Slot].runs
	}
	lo, hi := a.firstRun(runs, low.Seq), a.firstRun(runs, low.Seq+n)
	if hi < len(runs) && a.runs[runs[hi]].seq < low.Seq+n {
		hi++
	}
	// part is what run ri has of the targets: k characters from local id cid, from number seq on.
	part := func(ri uint32) (cid, k, seq uint32) {
		h := &a.runs[ri]
		if h.text != t {
			return 0, 0, 0
		}
		seq = max(low.Seq, h.seq)
		cid = h.cid + seq - h.seq
		return cid, min(a.runEnd(ri)-cid, low.Seq+n-seq), seq
	}
	forgotten := target.Life&1 != 0 && a.chars.anyForgotten
	if forgotten {
		for _, ri := range runs[lo:hi] {
			cid, k, _ := part(ri)
			if err := a.presentable(tx, cid, k, target.Life, content); err != nil {
				return dst, err
			}
		}
	}
	a.interrupt()
	own := len(dst) // changes before this are the caller's
	item := uint32(0)
	for x := range hi - lo {
		ri := runs[lo+x]
		if target.Back {
			ri = runs[hi-1-x]
		}
		cid, k, seq := part(ri)
		if k == 0 {
			continue
		}
		first := seq - low.Seq
		if target.Back {
			first = low.Seq + n - seq - k
			rep.record(id.Seq+first, cid+k-1, k, back, target.Life)
		} else {
			rep.record(id.Seq+first, cid, k, 0, target.Life)
		}
		if forgotten && len(content) > 0 {
			content = content[prefix(content, first-item):]
			end := prefix(content, k)
			a.remember(cid, k, content[:end], target.Back)
			content = content[end:]
			item = first + k
		}
		dst = a.raise(tx, cid, k, target.Life, own, dst)
	}
	rep.logEnd = id.Seq + n // also if the last items are passed over
	return dst, nil
}

// firstRun is the index of the first of a replica's runs that ends behind a number.
func (a *Arena) firstRun(runs []uint32, seq uint32) int {
	lo, hi := 0, len(runs)
	for lo < hi {
		m := int(uint(lo+hi) >> 1)
		if r := &a.runs[runs[m]]; r.seq+(a.runEnd(runs[m])-r.cid) <= seq {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return lo
}

// targetable checks that all targets of a life operation are characters of a text.
func (a *Arena) targetable(t Text, low ID, n uint32) error {
	for n > 0 {
		cid, ri, err := a.find(low)
		if err != nil {
			return err
		}
		if a.runs[ri].text != t {
			return ErrTarget
		}
		m := min(n, a.runEnd(ri)-cid)
		low.Seq += m
		n -= m
	}
	return nil
}

// presentable checks that n characters from local id cid can be given a life: what that shows is here or
// comes with the content. To be asked if something was forgotten and the life is odd.
func (a *Arena) presentable(tx *textState, cid, n, life uint32, content []byte) error {
	if len(content) > 0 {
		if len(a.chars.bytes)+len(content)+int(n)+2*pageChars > MaxBytes {
			return ErrFull
		}
		return nil
	}
	for end := cid + n; cid < end; {
		k, gone := a.chars.sameFate(cid, end-cid)
		if gone && a.lifeAt(tx, cid) < life {
			return ErrTextDropped
		}
		if gone {
			k = 1
		}
		cid += k
	}
	return nil
}

// remember gives those of n characters from local id cid whose text was forgotten the text in content, which
// begins at the last one if back.
func (a *Arena) remember(cid, n uint32, content []byte, back bool) {
	if len(content) == 0 {
		return
	}
	if k, gone := a.chars.sameFate(cid, n); k == n && !gone {
		return
	}
	if back {
		content = appendReversed(nil, content)
	}
	a.chars.remember(cid, n, content)
}

// raise lifts n characters from local id cid to a life. Changes before index own are not touched.
func (a *Arena) raise(tx *textState, cid, n, life uint32, own int, dst []Change) []Change {
	for n > 0 {
		l, i, off := a.at(tx, cid)
		had, k := a.lifeOf(&a.spansOf(l)[i], off, n)
		if had < life {
			if (had^life)&1 != 0 {
				pos := a.locate(tx, l, i)
				if had&1 != 0 {
					pos += off
				}
				dst = appendChange(dst, own, Change{int(pos), int(k), life&1 != 0, cid})
				a.flip(tx, off, k)
			}
			if life > 2 {
				a.lives.set(cid, k, life)
			}
		}
		cid += k
		n -= k
	}
	return dst
}

// appendChange appends c or joins it to the last change.
func appendChange(dst []Change, own int, c Change) []Change {
	if len(dst) > own {
		p := &dst[len(dst)-1]
		if p.Shown == c.Shown && p.cid+uint32(p.Len) == c.cid &&
			(c.Shown && p.Pos+p.Len == c.Pos || !c.Shown && p.Pos == c.Pos) {
			p.Len += c.Len
			return dst
		}
	}
	return append(dst, c)
}
