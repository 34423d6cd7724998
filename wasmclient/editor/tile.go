package editor

import (
	"unicode/utf8"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
	"edgeboard/shared/tile"
)

// mostTitle bounds the title of a tile, in bytes.
const mostTitle = 1 << 10

// placeTile makes a tile with its middle at a place of the board.
func (e *Editor) placeTile(at geom.Point) {
	e.place(board.KindTile, Tile, func(p *figure.Place) {
		p.W, p.H = figure.TileWidth, figure.TileHeight
		p.X, p.Y = at.X-p.W/2, at.Y-p.H/2
	})
}

// tile returns the tile of an ID that may be changed, nil if there is none.
func (e *Editor) tile(id board.ID) *board.Element {
	e.refresh()
	f := e.figures.Of(id)
	if f == nil || f.Kind() != board.KindTile || f.Locked() || e.viewOnly || e.gesture != nil {
		return nil
	}
	return f.Element
}

// SetTile gives a tile other settings, as one step. It reports whether there was
// something to write.
func (e *Editor) SetTile(id board.ID, s tile.Settings) bool {
	el := e.tile(id)
	return el != nil && e.step(func(edit *board.Edit) { s.Set(edit, el) })
}

// Retitle gives a tile another title, as one step.
func (e *Editor) Retitle(id board.ID, title string) bool {
	el := e.tile(id)
	if el == nil || len(title) > mostTitle || !utf8.ValidString(title) {
		return false
	}
	before := el.Text()
	c := difference(before, title, len(title))
	return before != title && e.step(func(edit *board.Edit) { edit.Splice(id, board.Chars, c.at, c.removed, c.inserted) })
}

// lookUp asks for the last values of the tile at a place of the board, if one is there.
func (e *Editor) lookUp(at geom.Point, kind PointerKind) bool {
	f := e.top(at, kind, true)
	if f == nil || f.Kind() != board.KindTile {
		return false
	}
	e.values = f.ID()
	return true
}

// lookUpSelected asks for those of the one tile that is selected, if one is.
func (e *Editor) lookUpSelected() bool {
	if len(e.selection) != 1 {
		return false
	}
	f := e.figures.Of(e.selection[0])
	if f == nil || f.Kind() != board.KindTile {
		return false
	}
	e.values = f.ID()
	return true
}

// Values returns the tile whose last values are asked for. It is told once.
func (e *Editor) Values() (id board.ID, ok bool) {
	id, e.values = e.values, board.ID{}
	return id, id != (board.ID{})
}
