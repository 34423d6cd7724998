package editor

import (
	"strings"
	"unicode/utf8"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
)

// burst is the pause in milliseconds after which typing is another step of the
// history.
const burst = 1000

// Writing is an element's text while this person writes it in a field: a text area
// of the browser that lies over the board. The field says what it has become, and
// is told what others have made of the text. Offsets in the field are UTF-16 units.
//
// What is typed is in the document at once, except while an input method composes:
// then the field is left alone, and what comes of it is written when the method is
// done, where the field's letters are by then.
type Writing struct {
	e       *Editor
	id      board.ID
	created bool   // the element was made for this and nothing else was written since
	wrote   uint64 // this replica's sequence number after that
	steps   int    // of the history, that write this text

	field        string // what the field shows
	anchor, head int    // what is selected in it, from where to where
	track        track  // where its characters are in the document
	changed      bool   // it is to show something else
	caret        caret

	composing bool
	composed  string // what the field shows meanwhile

	bursting bool    // a step of the history is open
	typed    float64 // when it was added to last
	typedTo  int     // the caret then
	applying bool    // the document is being changed by what the field says
}

// caret is what is selected, in the document.
type caret struct{ anchor, head board.Anchor }

// Write begins to edit the text of an element.
func (e *Editor) Write(id board.ID) { e.beginWriting(id, false) }

// writeNew begins to edit the text of an element that was just created, in the last
// step of the history: if nothing comes of it, it is as if it had not been.
func (e *Editor) writeNew(id board.ID) { e.beginWriting(id, true) }

func (e *Editor) beginWriting(id board.ID, created bool) {
	e.EndWriting()
	w := &Writing{e: e, id: id, created: created, wrote: e.doc.Seq(e.doc.Replica()), changed: true}
	el := w.element()
	if el == nil || e.viewOnly {
		return
	}
	// It begins at the end.
	end, _ := el.Anchor(el.TextLen(board.Chars), board.Chars)
	w.caret = caret{end, end}
	e.writing = w
}

// Writing returns what is being written, nil if nothing is. When somebody deletes or
// locks the element, that is the end.
func (e *Editor) Writing() *Writing {
	if w := e.writing; w != nil && (w.element() == nil || e.viewOnly) {
		e.quitWriting()
	}
	return e.writing
}

// element returns the element that is written in, nil if that cannot be any more.
func (w *Writing) element() *board.Element {
	if el := w.e.doc.Element(w.id); el != nil && !el.Deleted() && el.Int(board.KeyLocked, 0) == 0 {
		return el
	}
	return nil
}

// quitWriting ends it and writes nothing.
func (e *Editor) quitWriting() {
	if e.writing != nil {
		e.writing.pause()
		e.writing = nil
	}
}

// EndWriting ends the writing. What is being composed is written as it stands, and a
// text that was left empty is deleted.
func (e *Editor) EndWriting() {
	w := e.Writing()
	if w == nil {
		return
	}
	w.Compose(false)
	if el := w.element(); el.Kind() == board.KindText && el.TextLen(board.Chars) == 0 {
		w.drop()
	}
	e.quitWriting()
}

// drop deletes the element.
func (w *Writing) drop() {
	e := w.e
	if w.created && w.alone() {
		w.pause()
		for range w.steps + 1 {
			e.hand(e.history.Cancel())
		}
		return
	}
	// If the last burst has emptied it, both are one step.
	edit := e.history.Edit()
	edit.Set(w.id, board.KeyDeleted, board.Int(1))
	e.hand(edit.Commit())
}

// alone reports whether nothing but this text was written since it began.
func (w *Writing) alone() bool { return w.e.doc.Seq(w.e.doc.Replica()) == w.wrote }

// pauseWriting ends a burst: what is written next is another step. It comes before
// every step that is none of the writing's.
func (e *Editor) pauseWriting() {
	if e.writing != nil {
		e.writing.pause()
	}
}

func (w *Writing) pause() {
	if w.bursting {
		w.bursting = false
		w.e.history.End()
	}
}

// ID returns the element that is written in.
func (w *Writing) ID() board.ID { return w.id }

// Field returns what the field must show and from where to where it is selected: head,
// where the caret is, may be before anchor. changed says that it shows something else
// now: from then on it counts as shown. While an input method composes nothing changes.
func (w *Writing) Field() (text string, anchor, head int, changed bool) {
	el := w.element()
	if !w.changed || w.composing || el == nil {
		return w.field, w.anchor, w.head, false
	}
	w.changed = false
	w.field = shown(el.Text())
	w.track = track{}.insert(0, stretch{0, utf8.RuneCountInString(w.field)})
	at := func(a board.Anchor) int {
		at, _ := el.Position(a, board.UTF16)
		return at
	}
	follows := w.typedTo == w.head
	w.anchor, w.head = at(w.caret.anchor), at(w.caret.head)
	if follows {
		w.typedTo = w.head
	}
	return w.field, w.anchor, w.head, true
}

// Input tells what the field shows after a person has changed it, and what is
// selected in it then.
func (w *Writing) Input(text string, anchor, head int, now float64) {
	if w.e.Writing() != w {
		return
	}
	if w.composing {
		w.composed, w.anchor, w.head = text, anchor, head
		return
	}
	if now-w.typed > burst {
		w.pause()
	}
	w.typed = now
	w.take(text, anchor, head)
}

// take writes how the field's text differs from what it showed.
func (w *Writing) take(text string, anchor, head int) {
	c := difference(w.field, text, figure.BytesOf(text, head))
	written := true
	if c.removed != 0 || c.inserted != "" {
		if at := utf8.RuneCountInString(w.field[:figure.BytesOf(w.field, w.typedTo)]); at < c.at || at > c.at+c.removed {
			w.pause()
		}
		written = w.splice(c)
	}
	w.field = text
	w.typedTo = head
	if !written { // the board is full: the field is to show what there is
		w.follow()
	}
	w.choose(anchor, head)
}

// splice writes a change of the field in the document, and reports whether all of it
// was accepted.
func (w *Writing) splice(c change) bool {
	e := w.e
	mine := w.alone()
	if !w.bursting {
		w.bursting = true
		w.steps++
		e.history.Begin()
	}
	w.applying = true
	edit := e.history.Edit()
	w.track = w.track.change(c, func(at, remove int, insert string) {
		edit.Splice(w.id, board.Chars, at, remove, insert)
	})
	w.applying = false
	e.hand(edit.Commit())
	if w.created = w.created && mine; w.created {
		w.wrote = e.doc.Seq(e.doc.Replica())
	}
	return edit.Err() == nil
}

// follow finds out anew where the field's text is in the document, as far as both
// begin and end alike.
func (w *Writing) follow() {
	w.changed = true
	el := w.e.doc.Element(w.id)
	if el == nil {
		return
	}
	text := shown(el.Text())
	c := difference(w.field, text, len(text))
	n := utf8.RuneCountInString(w.field)
	w.track = track{}.insert(0, stretch{0, n}).remove(c.at, c.removed).insert(c.at, stretch{-1, utf8.RuneCountInString(c.inserted)})
}

// Select tells what is selected in the field.
func (w *Writing) Select(anchor, head int) {
	if w.e.Writing() == w && !w.composing {
		w.choose(anchor, head)
	}
}

func (w *Writing) choose(anchor, head int) {
	w.anchor, w.head = anchor, head
	el := w.element()
	place := func(at int) board.Anchor {
		at = utf8.RuneCountInString(w.field[:figure.BytesOf(w.field, at)])
		a, _ := el.Anchor(min(w.track.place(at), el.TextLen(board.Chars)), board.Chars)
		return a
	}
	w.caret = caret{place(anchor), place(head)}
}

// Compose tells that an input method begins to compose, or that it is done, also
// when it was given up: what the field shows by then is what has come of it.
func (w *Writing) Compose(begun bool) {
	switch {
	case begun == w.composing:
	case begun:
		w.composing, w.composed = true, w.field
	default:
		w.composing = false
		if w.e.Writing() == w {
			w.take(w.composed, w.anchor, w.head)
		}
	}
}

// Caret returns what is selected, as places of the document: it is told to others.
func (w *Writing) Caret() (anchor, head board.Anchor) { return w.caret.anchor, w.caret.head }

// Changed tells of a change of the document, whoever made it.
func (w *Writing) Changed(ev board.Event) {
	if ev.Kind == board.Reset {
		w.follow()
		return
	}
	if w.applying || ev.Element.ID() != w.id {
		return
	}
	switch ev.Kind {
	case board.Inserted:
		w.track = w.track.insert(ev.At, stretch{-1, ev.Len})
		w.changed = true
		w.turned(ev.Element, ev.At+ev.Len)
	case board.Removed:
		w.track = w.track.remove(ev.At, ev.Len)
		w.changed = true
		w.turned(ev.Element, ev.At)
	}
}

// turn takes history back, or does it again. The caret goes there.
func (e *Editor) turn(step func() []byte) (update []byte) {
	e.pauseWriting()
	e.turning = true
	update = step()
	e.turning = false
	return update
}

// turned takes the caret to what this person takes back or does again.
func (w *Writing) turned(el *board.Element, at int) {
	if w.e.turning && !w.composing {
		a, _ := el.Anchor(at, board.Chars)
		w.caret = caret{a, a}
	}
}

// shown returns what the field shows of a text: browsers know one break of lines.
// Characters are replaced by characters, so that places are the same.
func shown(text string) string {
	if strings.IndexByte(text, '\r') < 0 {
		return text
	}
	const zeroWidthSpace = "\u200b"
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", zeroWidthSpace+"\n"), "\r", "\n")
}
