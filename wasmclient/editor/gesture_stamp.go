package editor

import (
	"slices"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// stamping is a click with the stamp tool, or with the one that votes.
type stamping struct {
	clicking
	dot bool
}

func (g *stamping) finish() {
	switch {
	case g.far: // it was no click
	case g.dot:
		g.e.putDot(g.at(), g.kind)
	default:
		g.e.putStamp(g.at(), g.kind)
	}
}

// Symbol returns the sign that the stamp tool puts, a number of figure.Symbols.
func (e *Editor) Symbol() int64 { return e.symbol }

// UseSymbol takes the stamp tool with a sign.
func (e *Editor) UseSymbol(n int64) {
	if n <= figure.SymbolDot || n >= int64(len(figure.Symbols)) || e.viewOnly {
		return
	}
	e.symbol = n
	e.Use(Stamp)
}

// stampable returns what a stamp at a place would be on: the topmost element that
// is not one itself, filled or not; nil if there is none. On a frame there are only
// those on its border or title: it is what others are in.
func (e *Editor) stampable(at geom.Point, kind PointerKind, fits func(*figure.Figure) bool) *figure.Figure {
	for _, f := range e.figures.At(at, e.units(kind.touch())) {
		if fits(f) {
			return f
		}
	}
	list := e.figures.In(geom.BoxOf(at))
	for _, f := range slices.Backward(list) {
		if o, ok := f.Outline(); ok && fits(f) && f.Kind() != board.KindFrame && o.Contains(at) {
			return f
		}
	}
	return nil
}

func takesStamps(f *figure.Figure) bool { return f.Kind() != board.KindStamp }

// takesDots reports whether a figure can be voted for.
func takesDots(f *figure.Figure) bool {
	switch f.Kind() {
	case board.KindStamp, board.KindTimer, board.KindVote:
		return false
	}
	return true
}

// putStamp puts a sign at a place. The same sign of this person on the same
// element, or where there is none at the same place, is taken back instead.
func (e *Editor) putStamp(at geom.Point, kind PointerKind) {
	if e.viewOnly {
		return
	}
	e.putStampOn(e.stampable(at, kind, takesStamps), at, kind)
}

// putStampOn is putStamp for an element, nil if the stamp is to lie by itself.
func (e *Editor) putStampOn(on *figure.Figure, at geom.Point, kind PointerKind) {
	if mine := e.mine(at, kind, on); mine != nil {
		e.remove([]*figure.Figure{mine})
		return
	}
	e.history.Begin()
	defer e.history.End()
	var id board.ID
	e.step(func(edit *board.Edit) {
		if id = e.create(edit, board.KindStamp); id == (board.ID{}) {
			return
		}
		edit.Set(id, board.KeySymbol, board.Int(e.symbol))
		edit.Set(id, board.KeyAuthor, board.String(e.author.name))
		edit.Set(id, board.KeyPerson, board.String(e.author.person))
		e.lieOn(edit, id, on, at, figure.StampSize)
	})
	e.reframe([]board.ID{id}, false)
}

// StampOn puts the sign of the tool on elements, what the tool does, for who has no
// pointer. Without any it is put in the middle of the screen.
func (e *Editor) StampOn(ids []board.ID) {
	e.refresh()
	if e.viewOnly || e.gesture != nil {
		return
	}
	list := e.figuresOf(ids)
	if len(list) == 0 {
		e.putStamp(e.view().Center(), Mouse)
		return
	}
	for _, f := range list {
		if takesStamps(f) {
			e.putStampOn(f, f.Frame.At(0.9, 0.1), Mouse)
		}
	}
}

// Hovered returns the topmost figure under a pointer that presses nothing, nil if
// there is none.
func (e *Editor) Hovered() *figure.Figure {
	if e.gesture != nil || e.hover.Kind == Finger {
		return nil
	}
	return e.top(e.camera.ToBoard(e.hover.At), e.hover.Kind, true)
}

// mine returns the stamp of this person with the sign of the tool that is on an
// element, or under a place where there is none.
func (e *Editor) mine(at geom.Point, kind PointerKind, on *figure.Figure) *figure.Figure {
	is := func(f *figure.Figure) bool {
		return f != nil && f.Kind() == board.KindStamp && !f.IsDot() && !f.Locked() &&
			f.Element.Int(board.KeySymbol, 0) == e.symbol && f.Element.Get(board.KeyPerson).Str() == e.author.person
	}
	if on != nil {
		for _, id := range e.figures.Bound(on.ID()) {
			if f := e.figures.Of(id); is(f) {
				return f
			}
		}
		return nil
	}
	if f := e.top(at, kind, false); is(f) {
		return f
	}
	return nil
}

// lieOn writes that a stamp lies on an element, with its middle at a place of the
// board, or by itself.
func (e *Editor) lieOn(edit *board.Edit, id board.ID, on *figure.Figure, at geom.Point, size float64) {
	edit.Set(id, board.KeyX, board.Float(at.X-size/2))
	edit.Set(id, board.KeyY, board.Float(at.Y-size/2))
	if on == nil {
		return
	}
	share := shareWithin(on, at)
	edit.Set(id, board.KeyStart, board.Ref(on.ID()))
	edit.Set(id, board.KeyStartX, board.Float(share.X))
	edit.Set(id, board.KeyStartY, board.Float(share.Y))
}

// shareWithin returns where in a figure's box a place lies, as a share of its sides.
func shareWithin(f *figure.Figure, at geom.Point) geom.Point {
	at, box := f.Frame.ToLocal(at), f.Frame.Box
	size, share := box.Size(), geom.Point{X: 0.5, Y: 0.5}
	if size.X > 0 {
		share.X = min(max((at.X-box.Min.X)/size.X, 0), 1)
	}
	if size.Y > 0 {
		share.Y = min(max((at.Y-box.Min.Y)/size.Y, 0), 1)
	}
	return share
}

// settleStamp writes where a stamp has come to lie: on what is below its middle.
func (e *Editor) settleStamp(edit *board.Edit, f *figure.Figure, is figure.Place) {
	at := is.Frame().Center()
	on := e.stampable(at, Mouse, func(g *figure.Figure) bool { return takesStamps(g) && !e.chosen[g.ID()] })
	id, was := f.ID(), f.Place
	if was.W != is.W || was.H != is.H {
		edit.Set(id, board.KeyWidth, board.Float(is.W))
		edit.Set(id, board.KeyHeight, board.Float(is.H))
	}
	edit.Set(id, board.KeyX, board.Float(is.X))
	edit.Set(id, board.KeyY, board.Float(is.Y))
	before := f.Element.Get(board.KeyStart)
	if on == nil {
		if !before.IsNone() {
			edit.Set(id, board.KeyStart, board.Value{})
		}
		return
	}
	share := shareWithin(on, at)
	if before != board.Ref(on.ID()) {
		edit.Set(id, board.KeyStart, board.Ref(on.ID()))
	}
	edit.Set(id, board.KeyStartX, board.Float(share.X))
	edit.Set(id, board.KeyStartY, board.Float(share.Y))
}
