package editor

import (
	"math"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// kinds are what the tools make.
var kinds = map[Tool]board.Kind{
	Rectangle: board.KindRectangle, Ellipse: board.KindEllipse, Diamond: board.KindDiamond,
	Line: board.KindLine, Arrow: board.KindArrow, Text: board.KindText, Note: board.KindNote,
	Frame: board.KindFrame, Tile: board.KindTile,
}

// shaping makes an element as large as the pointer is dragged. It is on the board
// as soon as it is clear that it was meant.
type shaping struct {
	carrying
	tool       Tool
	kind       board.Kind
	corner     geom.Point // on the board, where it begins
	rails      *rails
	start, end binding // of an arrow
}

func (e *Editor) beginShape(held grip) {
	g := &shaping{carrying: carrying{grip: held}, tool: e.tool, kind: kinds[e.tool], corner: held.at()}
	e.choose(nil)
	if e.Grid {
		g.corner = onGrid(g.corner)
	}
	if g.kind == board.KindArrow && !held.held(Ctrl) {
		_, g.start = e.bindable(g.corner)
	}
	e.gesture = g
}

// create puts the element on the board, of no size. It reports false when the
// board is full.
func (g *shaping) create() bool {
	var id board.ID
	g.open(func(edit *board.Edit) {
		if id = g.e.create(edit, g.kind); id == (board.ID{}) {
			return
		}
		g.e.next.of(g.kind, g.tool).write(edit, id, g.kind)
		el := g.e.doc.Element(id)
		p, _ := figure.PlaceOf(el)
		p.X, p.Y = g.corner.X, g.corner.Y
		figure.SetPlace(edit, el, p)
		g.start.write(edit, el, false)
		if g.kind == board.KindFrame {
			g.e.title(edit, id)
		}
	})
	if id == (board.ID{}) {
		return false
	}
	g.ids = []board.ID{id}
	return true
}

func (g *shaping) move(p Pointer) {
	g.follow(p)
	e := g.e
	if !g.far {
		return
	}
	if len(g.ids) == 0 && !g.create() {
		e.gesture = nil
		g.close()
		return
	}
	f := e.figures.Of(g.ids[0])
	if f == nil {
		return
	}
	g.guides = nil
	if f.Line() {
		to := e.endAt(g.grip, g.at(), g.corner)
		from := g.corner
		to, g.end = e.aim(f, g.grip, to, from, true)
		if start, _ := e.boundTo(f); start != nil {
			from = meet(start, g.start, to)
		}
		g.showAt(f.Place.WithEnds(from, to))
		return
	}
	to := g.at()
	switch {
	case e.Grid:
		to = onGrid(to)
	case e.snaps(g.last):
		if g.rails == nil {
			g.rails = e.newRails(g.ids, geom.BoxOf(g.corner))
		}
		to, g.guides = g.rails.stop(to, true, true, e.units(snapReach))
	}
	g.showAt(g.place(f.Place, to))
}

// place returns the place from the corner to a place of the pointer: a square
// with shift, about the corner with alt. A text is as wide, and high as its lines.
func (g *shaping) place(p figure.Place, to geom.Point) figure.Place {
	d := to.Sub(g.corner)
	if g.held(Shift) && g.kind != board.KindText {
		side := max(math.Abs(d.X), math.Abs(d.Y))
		d = geom.Point{X: math.Copysign(side, d.X), Y: math.Copysign(side, d.Y)}
	}
	box := geom.BoxOf(g.corner, g.corner.Add(d))
	if g.held(Alt) {
		box = geom.BoxOf(g.corner.Sub(d), g.corner.Add(d))
	}
	size := box.Size()
	p.X, p.Y, p.W, p.H = box.Min.X, box.Min.Y, size.X, size.Y
	if g.kind == board.KindText {
		p.Y, p.W = g.corner.Y-p.Size*figure.LineHeight/2, max(p.W, p.Size)
	}
	return p
}

func (g *shaping) finish() {
	e := g.e
	if len(g.ids) == 0 {
		switch g.kind {
		case board.KindText, board.KindNote:
			e.placeText(g.at())
		case board.KindFrame:
			e.placeFrame(g.at())
		case board.KindTile:
			e.placeTile(g.at())
		}
		return
	}
	if e.draft != nil {
		e.write(e.draft)
	}
	g.bindEnd(true, g.end)
	e.reframe(g.ids, true)
	g.close()
	if e.figures.Of(g.ids[0]) == nil {
		return
	}
	e.finished()
	e.choose(g.ids)
	if g.kind == board.KindText || g.kind == board.KindNote {
		e.writeNew(g.ids[0])
	}
}

// placeText makes a text, or with its tool a note, at a place of the board, and
// begins to write in it.
func (e *Editor) placeText(at geom.Point) {
	if e.viewOnly {
		return
	}
	kind, tool := board.KindText, Text
	if e.tool == Note {
		kind, tool = board.KindNote, Note
	}
	id := e.place(kind, tool, func(p *figure.Place) {
		if kind == board.KindNote {
			p.W, p.H = figure.NoteSize, figure.NoteSize
			p.X, p.Y = at.X-p.W/2, at.Y-p.H/2
		} else {
			p.X, p.Y = at.X, at.Y-p.Size*figure.LineHeight/2
		}
	})
	if id != (board.ID{}) {
		e.writeNew(id)
	}
}

// placeFrame makes a frame with its middle at a place of the board.
func (e *Editor) placeFrame(at geom.Point) {
	e.place(board.KindFrame, Frame, func(p *figure.Place) {
		p.W, p.H = frameWidth, frameHeight
		p.X, p.Y = at.X-p.W/2, at.Y-p.H/2
	})
}

// place makes an element of the look of what a tool makes, at the place that lie
// says, and selects it. It returns the zero ID when the board is full.
func (e *Editor) place(kind board.Kind, tool Tool, lie func(p *figure.Place)) (id board.ID) {
	e.history.Begin()
	e.step(func(edit *board.Edit) {
		if id = e.create(edit, kind); id == (board.ID{}) {
			return
		}
		e.next.of(kind, tool).write(edit, id, kind)
		el := e.doc.Element(id)
		p, _ := figure.PlaceOf(el)
		lie(&p)
		if e.Grid {
			corner := onGrid(geom.Point{X: p.X, Y: p.Y})
			p.X, p.Y = corner.X, corner.Y
		}
		figure.SetPlace(edit, el, p)
		if kind == board.KindFrame {
			e.title(edit, id)
		}
	})
	if id != (board.ID{}) {
		e.reframe([]board.ID{id}, true)
		e.finished()
		e.choose([]board.ID{id})
	}
	e.history.End()
	return id
}
