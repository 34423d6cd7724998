package board

import (
	"slices"
	"unicode/utf8"

	"edgeboard/shared/board/internal/text"
)

// maxSteps is how many steps can be undone; older ones are forgotten.
const maxSteps = 1000

// History is one person's undo and redo. It takes back what that person did and
// nothing else: what others have written since stays.
//
//	h := board.NewHistory(b)
//	e := h.Edit() // instead of b.Edit
//	...
//	update := e.Commit()
//	update = h.Undo()
//
// An inverse is found when it is asked for. A property gets its old value back
// only where this person's write is still the winning one; of a text that was
// typed, what is still there is deleted; of a text that was deleted, what nobody
// else has brought back or deleted again is shown. To undo is to write: others
// take it like any change, and Redo is the undoing of it.
type History struct {
	b          *Board
	undo, redo []step
	depth      int // of Begin
	fresh      bool
	// Undoing a write makes another one, with a stamp of its own, that stands
	// for the one before: of the same person or not. Steps that are further
	// back know that one alone.
	standsFor map[stamp]stamp
}

// step is what one gesture did, in order.
type step []deed

// deed is one local operation as far as its inverse needs it.
type deed struct {
	element ID
	kind    deedKind
	key     Key
	before  Value
	old     stamp // of the register before
	mine    stamp // of the write
	chars   []lifeRun
}

type deedKind uint8

const (
	didCreate deedKind = iota
	didSet
	didShow // characters were inserted or brought back
	didHide // characters were deleted; their lives and content are in chars
)

// NewHistory returns an empty history of the person who writes on b.
func NewHistory(b *Board) *History {
	return &History{b: b, fresh: true, standsFor: map[stamp]stamp{}}
}

// Edit begins a run of local operations that can be undone as one step, or with
// the others between Begin and End.
func (h *History) Edit() *Edit {
	e := h.b.Edit()
	if h.depth == 0 || h.fresh {
		h.undo = append(h.undo, nil)
		if len(h.undo) > maxSteps {
			h.undo = slices.Delete(h.undo, 0, len(h.undo)-maxSteps)
		}
		h.fresh = false
	}
	h.redo = nil
	e.step = &h.undo[len(h.undo)-1]
	return e
}

// Begin begins a gesture, whose edits are one step until End. Gestures within
// one another are one.
func (h *History) Begin() {
	if h.depth == 0 {
		h.fresh = true
	}
	h.depth++
}

// End ends what Begin has begun.
func (h *History) End() { h.depth = max(h.depth-1, 0) }

// CanUndo reports whether there is a step to undo.
func (h *History) CanUndo() bool { return len(h.undo) > 0 }

// CanRedo reports whether there is a step to redo.
func (h *History) CanRedo() bool { return len(h.redo) > 0 }

// Undo takes the last step back and returns the update for the others, nil if
// nothing of it was left to take back.
func (h *History) Undo() []byte { return h.invert(&h.undo, &h.redo) }

// Cancel takes the last step back for good: it was a mistake, as the beginning
// of another gesture, and cannot be done again.
func (h *History) Cancel() []byte {
	kept := h.redo
	update := h.Undo()
	h.redo = kept
	return update
}

// Redo does again what Undo has taken back last.
func (h *History) Redo() []byte { return h.invert(&h.redo, &h.undo) }

// invert takes the last step off one list and puts its inverse on the other.
// Steps that have no effect any more are passed over.
func (h *History) invert(from, to *[]step) []byte {
	for len(*from) > 0 {
		last := (*from)[len(*from)-1]
		*from = (*from)[:len(*from)-1]
		var inverse step
		e := h.b.Edit()
		e.step = &inverse
		for i := len(last) - 1; i >= 0; i-- {
			h.take(e, &last[i])
		}
		if update := e.Commit(); update != nil {
			*to = append(*to, inverse)
			return update
		}
	}
	return nil
}

// take writes the inverse of one deed.
func (h *History) take(e *Edit, d *deed) {
	el := h.b.Element(d.element)
	if el == nil {
		return // it is gone for good: the board was compacted
	}
	switch d.kind {
	case didCreate:
		if !el.Deleted() {
			e.Set(el.id, KeyDeleted, Int(1))
		}
	case didSet:
		i, ok := el.find(d.key)
		if !ok || h.resolve(el.registers[i].stamp) != h.resolve(d.mine) {
			return // somebody has written since
		}
		e.Set(el.id, d.key, d.before)
		if i, ok := el.find(d.key); ok && d.old != 0 {
			h.standsFor[el.registers[i].stamp] = d.old
		}
	case didShow:
		for _, c := range d.chars {
			e.turn(el, c, func(life uint32) bool { return life&1 != 0 })
		}
	case didHide:
		for i := len(d.chars) - 1; i >= 0; i-- {
			c := d.chars[i]
			e.turn(el, c, func(life uint32) bool { return life == c.life })
		}
	}
}

// resolve returns which write a stamp stands for.
func (h *History) resolve(s stamp) stamp {
	for {
		old, ok := h.standsFor[s]
		if !ok {
			return s
		}
		s = old
	}
}

// note keeps a deed for the step that an edit belongs to.
func (e *Edit) note(d deed) {
	if e.step != nil {
		*e.step = append(*e.step, d)
	}
}

// turn gives those of the characters whose life is as wanted the next life:
// what is shown is hidden, what is hidden shown.
func (e *Edit) turn(el *Element, chars lifeRun, wanted func(life uint32) bool) {
	b := e.b
	first := chars.first
	if chars.back {
		first.Seq -= uint64(chars.n) - 1
	}
	// Some may be gone for good, if the board was compacted.
	lives := b.texts.LivesLeft(b.char(first), int(chars.n), nil)
	for _, t := range lives {
		if !wanted(t.Life) || t.Life >= maxLife {
			continue
		}
		at := int(t.ID.Seq) - int(first.Seq) // of the run, among the characters
		t.Life++
		l := b.lifeRun(t, nil)
		if t.Life&1 != 0 {
			if l.content = chars.slice(at, int(t.Len)); l.content == nil {
				continue
			}
		}
		e.setLife(el, l)
	}
}

// slice returns the text of n characters, from the one with the at-th lowest
// number on, in the order of their numbers.
func (l lifeRun) slice(at, n int) []byte {
	runes := []rune(string(l.content))
	if len(runes) != int(l.n) {
		return nil
	}
	if l.back {
		slices.Reverse(runes)
	}
	var b []byte
	for _, r := range runes[at : at+n] {
		b = utf8.AppendRune(b, r)
	}
	return b
}

// setLife is a local life operation.
func (e *Edit) setLife(el *Element, l lifeRun) {
	b := e.b
	hidden := l
	if l.life&1 == 0 {
		content, err := b.texts.Content(b.target(l), nil)
		if err != nil {
			return
		}
		hidden.content = content
	}
	s, seq, _, ok := e.next(int(l.n))
	if !ok {
		return
	}
	e.close()
	e.enc.life(el.id, l)
	b.life(el, text.ID{Slot: text.Slot(s), Seq: seq}, l)
	if l.life&1 == 0 {
		e.note(deed{element: el.id, kind: didHide, chars: []lifeRun{hidden}})
	} else {
		e.note(deed{element: el.id, kind: didShow, chars: []lifeRun{l}})
	}
}
