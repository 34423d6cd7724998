package text

// Anchor is a place that stays with the text around it while others write: before or after a character.
type Anchor struct {
	ID     ID   // None: the end of the text, or its beginning if Behind
	Behind bool // after the character
}

// Anchor makes an anchor at pos, 0 to Len(t, Chars): behind the character before pos, so that text inserted
// at pos later lies after it, or else before the character at pos.
func (a *Arena) Anchor(t Text, pos int, behind bool) (Anchor, error) {
	tx, err := a.state(t)
	if err != nil {
		return Anchor{}, err
	}
	if pos < 0 || uint(pos) > uint(tx.chars) {
		return Anchor{}, ErrRange
	}
	at := uint32(pos)
	if behind {
		at--
	}
	if at >= tx.chars { // also 0-1
		return Anchor{None, behind}, nil
	}
	l, i, off := a.peek(tx, at)
	return Anchor{a.name(a.spansOf(l)[i].id + off), behind}, nil
}

// Position is where an anchor is now. If its character is hidden, that is where the character would be.
func (a *Arena) Position(t Text, at Anchor) (int, error) {
	tx, err := a.state(t)
	if err != nil {
		return 0, err
	}
	if at.ID.Slot == NoSlot {
		if at.Behind {
			return 0, nil
		}
		return int(tx.chars), nil
	}
	cid, ri, err := a.find(at.ID)
	if err != nil {
		return 0, err
	}
	if a.runs[ri].text != t {
		return 0, ErrTarget
	}
	l, i, off := a.at(tx, cid)
	cur := tx.cur
	pos := a.locate(tx, l, i)
	tx.cur = cur
	if a.spansOf(l)[i].n&hidden == 0 {
		pos += off
		if at.Behind {
			pos++
		}
	}
	return int(pos), nil
}
