package text

import "unicode/utf8"

// ApplyInsert integrates an insertion of s, numbered from id.Seq on, between two origins. It returns the
// visible position where s now is. Origins that are missing or impossible are refused.
func (a *Arena) ApplyInsert(t Text, id, left, right ID, s []byte) (pos int, err error) {
	return a.applyInsert(t, id, left, right, s, true)
}

// IntegrateInsert is ApplyInsert for an operation of which the caller knows that it is ready: all numbers it
// refers to are past. It takes any origins, with the same outcome on every replica:
//
//   - An origin that names no character of this text counts as None.
//   - If the two contradict each other then, see ErrOrigin, the right one counts as the right origin of the
//     left one's character; as None if the left one is None.
//
// What it still refuses does not depend on what is in the text: ErrRange, ErrUTF8, ErrSeq, the caller's
// mistakes ErrText and ErrReplica, and ErrFull.
func (a *Arena) IntegrateInsert(t Text, id, left, right ID, s []byte) (pos int, err error) {
	return a.applyInsert(t, id, left, right, s, false)
}

func (a *Arena) applyInsert(t Text, id, left, right ID, s []byte, strict bool) (pos int, err error) {
	// A peer types on.
	if y := &a.typing; y.right == right && left.Slot == id.Slot && left.Seq == id.Seq-1 && len(s) == 1 && s[0] < utf8.RuneSelf {
		if pos = int(y.pos); a.Type(t, pos, s[0], id) {
			return pos, nil
		}
	}
	at := len(a.chars.bytes)
	if at+len(s) > MaxBytes {
		return 0, ErrFull
	}
	n, w, err := measure(s)
	if err != nil {
		return 0, err
	}
	p, err := a.prepare(t, id, left, right, n, strict)
	if err != nil {
		return 0, err
	}
	a.chars.bytes = append(a.chars.bytes, s...)
	a.chars.commit(uint32(at), n)
	if p.claimed {
		a.claim(n, left, right, p.rightName)
	}
	return a.integrate(t, id, p, n, w), nil
}

// ApplyForgotten integrates an insertion of n characters that are hidden and whose text was dropped. They
// have life 2. Origins that are missing or impossible are refused.
func (a *Arena) ApplyForgotten(t Text, id, left, right ID, n int) error {
	return a.applyForgotten(t, id, left, right, n, true)
}

// IntegrateForgotten is to ApplyForgotten what IntegrateInsert is to ApplyInsert.
func (a *Arena) IntegrateForgotten(t Text, id, left, right ID, n int) error {
	return a.applyForgotten(t, id, left, right, n, false)
}

func (a *Arena) applyForgotten(t Text, id, left, right ID, n int, strict bool) error {
	if n <= 0 || n > MaxRun {
		return ErrRange
	}
	if len(a.chars.bytes)+n > MaxBytes {
		return ErrFull
	}
	p, err := a.prepare(t, id, left, right, uint32(n), strict)
	if err != nil {
		return err
	}
	a.chars.appendForgotten(uint32(n))
	if p.claimed {
		a.claim(uint32(n), left, right, p.rightName)
	}
	a.integrate(t, id, p, uint32(n)|hidden, 0)
	return nil
}

// place is where an insertion goes: behind the first off characters of entry i of leaf l, or at the beginning
// of the text if i is -1.
type place struct {
	l, i        int32
	off         uint32
	left, right uint32 // the origins' local ids
	rightName   ID     // the right origin
	clear       bool   // the next element is the right origin
	claimed     bool   // the origins that count are not those that were stated, see claim
}

// prepare checks an insertion of n characters and finds its place, changing nothing. Unless strict it makes
// something of any origins.
func (a *Arena) prepare(t Text, id, left, right ID, n uint32, strict bool) (p place, err error) {
	tx, err := a.state(t)
	if err != nil {
		return p, err
	}
	if err = a.admit(id, n); err != nil {
		return p, err
	}
	if p.left, err = a.origin(t, id, left); err != nil {
		if strict {
			return p, err
		}
		p.claimed = true
	}
	p.rightName = right
	if p.right, err = a.origin(t, id, right); err != nil {
		if strict {
			return p, err
		}
		p.rightName, p.claimed = None, true
	}
	next, end := uint32(0), none // the next element, and the right origin of the left origin
	if p.left == none {
		p.l, p.i = tx.first, -1
		next = a.next(p.l, -1)
	} else {
		p.l, p.i, p.off = a.at(tx, p.left)
		p.off++
		e := &a.spansOf(p.l)[p.i]
		end = e.right
		if p.off < e.len() {
			next = p.left + 1
		} else {
			next = a.next(p.l, p.i)
		}
	}
	if p.clear = next == p.right; p.clear {
		return p, nil
	}
	if !a.possible(tx, p.left, p.right, end) {
		if strict {
			return p, ErrOrigin
		}
		p.right, p.rightName, p.claimed = end, a.name(end), true
		if p.clear = next == end; p.clear {
			return p, nil
		}
	}
	a.scan(tx, id, &p)
	return p, nil
}

// possible reports whether two origins have ever been neighbours, end being the right origin of the left one:
// the left one lies left of the right one, and nothing that had to be there when either was written lies
// between them. Of neighbours it need not be asked. If it holds for every insertion of a text, then all replicas
// put these characters in the same order; and whether it holds is the same on all of them.
func (a *Arena) possible(tx *textState, left, right, end uint32) bool {
	if right == none {
		return end == none
	}
	if left != none && !a.before(tx, left, right) {
		return false
	}
	if end != right && end != none && !a.before(tx, right, end) {
		return false
	}
	l, i, off := a.at(tx, right)
	start := right - 1 // the left origin of the right one
	if off == 0 {
		start = a.spansOf(l)[i].left
	}
	return start == none || start == left || left != none && a.before(tx, start, left)
}

// scan moves p past the characters inserted between the same origins concurrently that belong before id:
// the YjsMod formulation of FugueMax. It goes span by span, since the characters of a span behind its first
// have their left origin inside it and so go where the first goes.
func (a *Arena) scan(tx *textState, id ID, p *place) {
	l, i, off := p.l, p.i, p.off
	scanning := false // inside a subtree that may still turn out to lie behind id
	for {
		if i < 0 || off == a.spansOf(l)[i].len() {
			i++
			off = 0
			if i >= a.leaves[l].n {
				if l = a.leaves[l].next; l < 0 {
					return
				}
				i = 0
			}
		}
		e := a.spansOf(l)[i]
		other := e.id + off
		if other == p.right {
			return
		}
		left := e.left
		if off > 0 {
			left = other - 1
		}
		if left != p.left {
			// none, the beginning, is left of everything.
			if left == none || p.left != none && a.before(tx, left, p.left) {
				return
			}
		} else if e.right == p.right {
			if a.smaller(id, a.name(other)) {
				return
			}
			scanning = false
		} else {
			// The one with the right origin further right goes first.
			scanning = p.right == none || e.right != none && a.before(tx, e.right, p.right)
		}
		// p.right may lie inside this span: its earlier characters belong to the same subtree all the same.
		if k := p.right - e.id; k < e.len() {
			off = k
		} else {
			off = e.len()
		}
		if !scanning {
			p.l, p.i, p.off = l, i, off
		}
	}
}

// smaller breaks ties by the global replica id, then the number.
func (a *Arena) smaller(x, y ID) bool {
	if x.Slot == y.Slot {
		return x.Seq < y.Seq
	}
	return a.replicas[x.Slot].id < a.replicas[y.Slot].id
}

// integrate puts the n newest characters (n may have the bit hidden), which are stored already, at their place.
func (a *Arena) integrate(t Text, id ID, p place, n uint32, w width) int {
	tx := &a.texts[t]
	count := n &^ hidden
	a.addRun(t, id, count)
	if p.i >= 0 {
		a.locate(tx, p.l, p.i)
	}
	a.place(tx, p.i < 0, p.off, span{a.chars.n - count, n, p.left, p.right}, w)
	c := &tx.cur
	e := &a.spans[a.leaves[c.leaf].off+uint32(c.entry)]
	if n&hidden == 0 && p.clear {
		a.expectTyping(t, tx, id, count, p.rightName)
	} else {
		a.interrupt()
	}
	return int(c.base + e.visible() - n&^uint32(int32(n)>>31))
}
