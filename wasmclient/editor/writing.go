package editor

import "edgeboard/shared/board"

// Writing is a text that is being edited.
type Writing struct {
	e  *Editor
	id board.ID
}

// Write begins to edit an element's text.
func (e *Editor) Write(id board.ID) { e.writing = &Writing{e, id} }

// Writing returns the text that is being edited, nil if none is.
func (e *Editor) Writing() *Writing { return e.writing }

// EndWriting ends it. A text element that was left empty is deleted.
func (e *Editor) EndWriting() {
	w := e.writing
	e.writing = nil
	if w == nil {
		return
	}
	if el := e.doc.Element(w.id); el != nil && el.Kind() == board.KindText && el.TextLen(board.Chars) == 0 && !el.Deleted() {
		e.hand(e.history.Cancel())
	}
}

// ID returns the element whose text it is.
func (w *Writing) ID() board.ID { return w.id }

// Changed tells of a change of the document.
func (w *Writing) Changed(board.Event) {}
