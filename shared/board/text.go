package board

import (
	"unicode/utf8"

	"edgeboard/shared/board/internal/text"
)

// Unit is what positions in a text are counted in.
type Unit = text.Unit

const (
	Chars = text.Chars // Unicode code points
	UTF16 = text.UTF16 // UTF-16 code units, as browsers count
	Bytes = text.Bytes // UTF-8 bytes
)

// TextLen returns the length of the element's text.
func (e *Element) TextLen(u Unit) int {
	if e.text == noText {
		return 0
	}
	return e.board.texts.Len(e.text, u)
}

// Convert turns a position in the element's text from one unit into another.
// One that is beyond the text, or in the middle of a character, is ErrPosition.
func (e *Element) Convert(pos int, from, to Unit) (int, error) {
	if e.text == noText {
		if pos != 0 {
			return 0, ErrPosition
		}
		return 0, nil
	}
	at, err := e.board.texts.Offset(e.text, from, pos)
	if err == nil && to != Chars {
		at, err = e.board.texts.Units(e.text, to, at)
	}
	if err != nil {
		return 0, ErrPosition
	}
	return at, nil
}

// Anchor marks a place in a text that stays with the characters around it: a
// caret, a comment. The zero Anchor is the beginning of the text.
type Anchor struct {
	Char ID // the character before the place, the zero ID for the beginning
}

// Anchor returns the anchor of a position.
func (e *Element) Anchor(pos int, u Unit) (Anchor, error) {
	at, err := e.Convert(pos, u, Chars)
	if err != nil || at == 0 {
		return Anchor{}, err
	}
	a, err := e.board.texts.Anchor(e.text, at, true)
	if err != nil {
		return Anchor{}, ErrPosition
	}
	return Anchor{e.board.charID(a.ID)}, nil
}

// Position returns where an anchor is now: if its character was deleted, where
// it would be, also after Compact, for as long as updates from before are
// understood. An anchor whose character is not in the element's text is
// ErrPosition.
func (e *Element) Position(a Anchor, u Unit) (int, error) {
	if a.Char == (ID{}) {
		return 0, nil
	}
	id := e.board.char(a.Char)
	if id == text.None {
		return 0, ErrPosition
	}
	if e.text == noText {
		if r := e.board.removed(id); r != nil && r.left == text.None && r.right == text.None {
			return 0, nil
		}
		return 0, ErrPosition
	}
	at, err := e.board.texts.Position(e.text, text.Anchor{ID: id, Behind: true})
	if r := e.board.removed(id); err != nil && r != nil {
		// One that has no survivor may have been in any text.
		at, err = e.board.texts.Position(e.text, text.Anchor{ID: r.left, Behind: true})
		if r.left == text.None && r.right != text.None && !e.board.texts.Holds(e.text, r.right, 1) {
			err = ErrPosition
		}
	}
	if err != nil {
		return 0, ErrPosition
	}
	return e.Convert(at, Chars, u)
}

// char returns the arena's name of a character, text.None for the zero ID.
func (b *Board) char(id ID) text.ID {
	if s, ok := b.known(id.Replica); ok && id.Seq <= MaxSeq {
		return text.ID{Slot: text.Slot(s), Seq: uint32(id.Seq)}
	}
	return text.None
}

func (b *Board) charID(id text.ID) ID {
	if id == text.None {
		return ID{}
	}
	return ID{b.writers[id.Slot].id, uint64(id.Seq)}
}

// textFor returns the text of an element, a new one if it has none.
func (b *Board) textFor(e *Element) text.Text {
	if e.text == noText {
		e.text = b.texts.NewText()
		b.textOf = append(b.textOf, e)
	}
	return e.text
}

// insert applies an insertion that was checked: of content, or of n characters
// that are deleted and forgotten.
func (b *Board) insert(e *Element, id, left, right text.ID, content []byte, n int) {
	t := b.textFor(e)
	var at int
	var err error
	if content == nil {
		err = b.texts.IntegrateForgotten(t, id, left, right, n)
	} else {
		at, err = b.texts.IntegrateInsert(t, id, left, right, content)
	}
	if err != nil {
		panic("board: an insertion that was checked: " + err.Error())
	}
	if content != nil && b.observer != nil {
		b.observer(Event{Kind: Inserted, Element: e, At: at, Len: n, Text: string(content)})
	}
}

// life applies a life operation that was checked.
func (b *Board) life(e *Element, id text.ID, l lifeRun) {
	t := b.textFor(e)
	changes, err := b.texts.IntegrateLife(t, id, b.target(l), l.content, b.changes[:0])
	if err != nil {
		panic("board: a life operation that was checked: " + err.Error())
	}
	b.changes = changes
	b.tellText(e, changes)
}

// tellText tells of what an operation did to an element's text.
func (b *Board) tellText(e *Element, changes []text.Change) {
	if b.observer == nil {
		return
	}
	for _, c := range changes {
		if c.Shown {
			b.observer(Event{Kind: Inserted, Element: e, At: c.Pos, Len: c.Len, Text: string(b.texts.AppendChange(nil, c))})
		} else {
			b.observer(Event{Kind: Removed, Element: e, At: c.Pos, Len: c.Len})
		}
	}
}

func (b *Board) target(l lifeRun) text.Target {
	return text.Target{ID: b.char(l.first), Len: l.n, Life: l.life, Back: l.back}
}

func (b *Board) lifeRun(t text.Target, content []byte) lifeRun {
	return lifeRun{first: b.charID(t.ID), n: t.Len, back: t.Back, life: t.Life, content: content}
}

func countRunes(b []byte) uint64 { return uint64(utf8.RuneCount(b)) }

func validText(b []byte) bool { return utf8.Valid(b) }
