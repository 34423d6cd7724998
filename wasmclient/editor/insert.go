package editor

import (
	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// Insert puts elements on the board that put makes, in one step of the history, on the
// page that is shown if they say no other, selects and shows them. Where put fails
// nothing is left of it, and the error is put's.
func (e *Editor) Insert(put func(doc *board.Board, edit *board.Edit) ([]board.ID, error)) (err error) {
	if e.viewOnly {
		return nil
	}
	e.quitWriting()
	e.release()
	e.choose(nil)
	var ids []board.ID
	written := e.step(func(edit *board.Edit) {
		if ids, err = put(e.doc, edit); err != nil {
			return
		}
		paged := false
		for _, id := range ids {
			paged = paged || e.doc.Element(id).Kind() == board.KindPage
		}
		if !paged {
			e.putOnPage(edit, ids...)
		}
	})
	if err != nil {
		if written {
			e.Do(Undo)
		}
		return err
	}
	bounds := geom.NoBox
	figures := e.figuresOf(ids)
	for _, f := range figures {
		bounds = bounds.Union(f.Bounds)
	}
	e.tool = Select
	e.choose(idsOf(e.outer(figures)))
	e.fit(bounds)
	return nil
}
