package board

import (
	"unicode/utf8"

	"edgeboard/shared/board/internal/ink"
	"edgeboard/shared/board/internal/text"
	"edgeboard/shared/wire"
)

// opened is the operation that an edit has begun last. As long as nothing else comes, the next characters or points
// prolong it: what is typed, erased or drawn in one edit is one operation, not one for each character or sample.
type opened struct {
	tag    uint64 // opInsert, opLife or opPoints; 0: none
	el     *Element
	next   text.ID     // the number that would prolong it
	room   int         // how many more characters of one byte there is room for, by all limits; may be too few
	target text.Target // of lives

	at int // of an insertion, the position where it ends; of points, how many there were before

	// Of an insertion:
	n     int     // characters
	text  int     // where the text begins in the encoder's buffer, with a byte free before it
	right text.ID // the right origin
}

// close writes what of the open operation is not written yet.
func (e *Edit) close() {
	o := &e.open
	w := &e.enc
	switch o.tag {
	case opInsert:
		if n := len(w.buf) - o.text; n < 0x80 {
			w.buf[o.text-1] = byte(n)
		} else {
			// The length takes more than the byte that was kept free.
			var b [8]byte
			length := wire.AppendUvarint(b[:0], uint64(n))
			w.buf = append(w.buf, length[1:]...)
			copy(w.buf[o.text-1+len(length):], w.buf[o.text:o.text+n])
			copy(w.buf[o.text-1:], length)
		}
		w.seq += uint64(o.n)
	case opLife:
		w.life(o.el.id, e.b.lifeRun(o.target, nil))
	case opPoints:
		w.points(o.el.id, o.at, len(e.points), ink.Append(nil, nil, e.points))
	}
	*o = opened{}
}

// Splice replaces remove units of the element's text from position at on by
// insert.
func (e *Edit) Splice(id ID, u Unit, at, remove int, insert string) {
	if u == Chars && e.step == nil && e.prolong(id, at, remove, insert) {
		return
	}
	el := e.text
	if el == nil || el.id != id || e.b.epoch != e.enc.epoch {
		if el = e.b.Element(id); el == nil {
			e.fail(ErrContradiction)
			return
		}
		e.text = el
	}
	characters := len(insert)
	if characters > 1 || characters == 1 && insert[0] >= utf8.RuneSelf {
		if !utf8.ValidString(insert) {
			e.fail(ErrMalformed)
			return
		}
		characters = utf8.RuneCountInString(insert)
	}
	from, to := at, at+remove
	if u != Chars {
		var err, err2 error
		from, err = el.Convert(at, u, Chars)
		to, err2 = el.Convert(at+remove, u, Chars)
		if err != nil || err2 != nil {
			from, to = 0, -1
		}
	}
	if from < 0 || to < from || to > el.TextLen(Chars) {
		e.fail(ErrPosition)
		return
	}
	if e.b.texts.Size()+characters > MaxText {
		e.fail(ErrFull)
		return
	}
	if to > from {
		e.remove(el, from, to-from)
	}
	for len(insert) > 0 {
		part := insert[:cutText(insert, MaxInsert)]
		insert = insert[len(part):]
		n := e.insert(el, from, part)
		if n == 0 {
			return
		}
		from += n
	}
}

// prolong is Splice of one character that goes on where the open operation
// ended. It reports whether it did; if not, it has done nothing.
func (e *Edit) prolong(id ID, at, remove int, insert string) bool {
	b, o := e.b, &e.open
	if o.room <= 0 || o.el.id != id || b.lamport+1 != e.lamport || b.epoch != e.enc.epoch {
		return false
	}
	kind := Inserted
	switch {
	case o.tag == opInsert && o.at == at && remove == 0 && len(insert) == 1 && insert[0] < utf8.RuneSelf:
		if !b.texts.Type(o.el.text, at, insert[0], o.next) {
			return false
		}
		e.enc.buf = append(e.enc.buf, insert[0])
		o.at++
		o.n++
	case o.tag == opLife && remove == 1 && insert == "":
		back, ok := b.texts.Erase(o.el.text, at, o.next)
		if !ok {
			return false
		}
		o.target.Len++
		o.target.Back = back
		kind = Removed
	default:
		return false
	}
	b.writers[o.next.Slot].seq++
	b.lamport++
	e.lamport++
	o.next.Seq++
	o.room--
	if b.observer != nil {
		b.observer(Event{Kind: kind, Element: o.el, At: at, Len: 1, Text: insert})
	}
	return true
}

// expect gets the open operation ready to be prolonged.
func (e *Edit) expect(next text.ID) {
	b, o := e.b, &e.open
	o.next = next
	o.room = min(MaxSeq-1-int(next.Seq), int(MaxLamport-1-b.lamport), splitUpdate-len(e.enc.buf))
	if o.tag == opInsert {
		o.room = min(o.room, MaxText-b.texts.Size(), MaxInsert-(len(e.enc.buf)-o.text))
	}
}

// cutText returns how much of s makes at most limit bytes of whole characters.
func cutText[T string | []byte](s T, limit int) int {
	if len(s) <= limit {
		return len(s)
	}
	for !utf8.RuneStart(s[limit]) {
		limit--
	}
	return limit
}

// remove deletes n characters. It takes a number for each.
func (e *Edit) remove(el *Element, at, n int) {
	s, seq, _, ok := e.next(n)
	if !ok {
		return
	}
	b := e.b
	var err error
	e.targets, err = b.texts.Delete(el.text, at, n, text.ID{Slot: text.Slot(s), Seq: seq}, e.targets[:0])
	if err != nil {
		panic("board: a deletion that was checked: " + err.Error())
	}
	var hidden []lifeRun
	for _, t := range e.targets {
		e.hide(el, t)
		if e.step != nil {
			content, err := b.texts.Content(t, nil)
			if err != nil {
				panic("board: text that was just deleted: " + err.Error())
			}
			hidden = append(hidden, b.lifeRun(t, content))
		}
	}
	e.expect(text.ID{Slot: text.Slot(s), Seq: seq + uint32(n)})
	if e.step != nil {
		e.note(deed{element: el.id, kind: didHide, chars: hidden})
	}
	if b.observer != nil {
		b.observer(Event{Kind: Removed, Element: el, At: at, Len: n})
	}
}

// hide writes that characters were deleted.
func (e *Edit) hide(el *Element, t text.Target) {
	if o := &e.open; o.tag == opLife && o.el == el && o.target.Join(t) {
		return
	}
	e.close()
	e.open = opened{tag: opLife, el: el, target: t}
}

// insert inserts text that fits into one operation, and returns its length in
// characters.
func (e *Edit) insert(el *Element, at int, s string) int {
	n := 1
	if len(s) > 1 {
		n = utf8.RuneCountInString(s)
	}
	slot, seq, _, ok := e.next(n)
	if !ok {
		return 0
	}
	b := e.b
	id := text.ID{Slot: text.Slot(slot), Seq: seq}
	left, right, err := b.texts.Insert(b.textFor(el), at, s, id)
	if err != nil {
		panic("board: an insertion that was checked: " + err.Error())
	}
	o := &e.open
	if o.tag != opInsert || o.el != el || o.next != id || left != o.last() || right != o.right || len(e.enc.buf)-o.text+len(s) > MaxInsert {
		e.close()
		e.enc.insert(el.id, b.charID(left), b.charID(right))
		e.enc.buf = append(e.enc.buf, 0)
		*o = opened{tag: opInsert, el: el, text: len(e.enc.buf), right: right}
	}
	e.enc.buf = append(e.enc.buf, s...)
	o.n += n
	o.at = at + n
	e.expect(text.ID{Slot: id.Slot, Seq: id.Seq + uint32(n)})
	if e.step != nil {
		e.note(deed{element: el.id, kind: didShow, chars: []lifeRun{{first: ID{b.replica, uint64(seq)}, n: uint32(n), life: 1}}})
	}
	if b.observer != nil {
		b.observer(Event{Kind: Inserted, Element: el, At: at, Len: n, Text: s})
	}
	return n
}

// last is the last character of an open insertion.
func (o *opened) last() text.ID { return text.ID{Slot: o.next.Slot, Seq: o.next.Seq - 1} }
