package editor

import (
	"math"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// Insert puts elements on the board that put makes, in one step of the history, on the
// page that is shown if they say no other, selects and shows them. Where put fails
// nothing is left of it, and the error is put's.
func (e *Editor) Insert(put func(doc *board.Board, edit *board.Edit) ([]board.ID, error)) error {
	figures, bounds, err := e.take(put)
	if err == nil && !e.viewOnly {
		e.choose(idsOf(e.outer(figures)))
		e.fit(bounds)
	}
	return err
}

// InsertBeside is Insert for what lies in a box, which put is told how far to move: to a
// place where nothing lies, as near to the middle of the screen as there is one. Nothing
// is selected. Where so much does not fit on the screen that it could be read, the first
// of its frames is shown.
func (e *Editor) InsertBeside(box geom.Box, put func(by geom.Point, doc *board.Board, edit *board.Edit) ([]board.ID, error)) error {
	e.refresh()
	by := e.freePlace(box.Size()).Sub(box.Min)
	figures, bounds, err := e.take(func(doc *board.Board, edit *board.Edit) ([]board.ID, error) { return put(by, doc, edit) })
	if err != nil || len(figures) == 0 {
		return err
	}
	// Panels lie over the borders of the screen.
	margin := min(besideMargin, e.screen.X/8, e.screen.Y/8)
	if e.ShowBox(bounds, margin, 1).Zoom < legibleZoom {
		for _, f := range e.figures.Frames() { // in the order in which they are read
			if bounds.ContainsBox(f.Bounds) {
				bounds = f.Bounds
				break
			}
		}
	}
	e.look(e.ShowBox(bounds, margin, 1))
	return nil
}

const (
	// besideMargin is around what was inserted beside, in CSS pixels.
	besideMargin = 96
	// legibleZoom is from which zoom on the letters of most boards can be read.
	legibleZoom = 0.4
	// besideGap is between what is inserted and what is there, in board units.
	besideGap = 120
)

// freePlace returns the corner of a box of a size where nothing lies: in the middle of the
// screen, or beside all that there is.
func (e *Editor) freePlace(size geom.Point) geom.Point {
	at := e.view().Center().Sub(size.Mul(0.5))
	corner := func(p geom.Point) geom.Point { return geom.Pt(math.Round(p.X), math.Round(p.Y)) }
	there := e.figures.Bounds()
	if there.Empty() || len(e.figures.In(geom.Rect(at.X, at.Y, size.X, size.Y).Grow(besideGap/2))) == 0 {
		return corner(at)
	}
	best := at
	for i, p := range [...]geom.Point{
		{X: there.Max.X + besideGap, Y: at.Y}, {X: at.X, Y: there.Max.Y + besideGap},
		{X: there.Min.X - besideGap - size.X, Y: at.Y}, {X: at.X, Y: there.Min.Y - besideGap - size.Y},
	} {
		if i == 0 || p.Dist(at) < best.Dist(at) {
			best = p
		}
	}
	return corner(best)
}

// take puts elements on the board as Insert says, with the select tool in hand and nothing
// selected, and returns what came of them and where.
func (e *Editor) take(put func(doc *board.Board, edit *board.Edit) ([]board.ID, error)) (figures []*figure.Figure, bounds geom.Box, err error) {
	if e.viewOnly {
		return nil, geom.NoBox, nil
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
		return nil, geom.NoBox, err
	}
	bounds = geom.NoBox
	figures = e.figuresOf(ids)
	for _, f := range figures {
		bounds = bounds.Union(f.Bounds)
	}
	e.tool = Select
	return figures, bounds, nil
}
