package figure

import (
	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// StampSize is the width and height of a stamp that says nothing else, in board
// units.
const StampSize = 40

// readStamp lays a stamp out. One that is bound to an element lies on it, at the
// share of its box that KeyStartX and KeyStartY say, and goes where it goes, but
// stays upright. Without the element there is nothing to be seen of it.
func (s *Set) readStamp(f *Figure) {
	e := f.Element
	f.Frame.Box, f.Bounds = geom.NoBox, geom.NoBox
	vote := s.votes.of[e.ID()]
	if vote != nil && !vote.state[e.ID()].counted {
		return
	}
	p, _ := PlaceOf(e)
	if p.W == 0 || vote != nil {
		p.W = StampSize
	}
	if p.H == 0 || vote != nil {
		p.H = StampSize
	}
	if vote != nil {
		p.W, p.H = dotSize, dotSize
	}
	p.Angle = 0
	var on *Figure
	if id := e.Get(board.KeyStart).Ref(); id != (board.ID{}) {
		if on = s.below(e, id); on == nil {
			return
		}
		at := on.Frame.At(share(e, board.KeyStartX), share(e, board.KeyStartY))
		p.X, p.Y = at.X-p.W/2, at.Y-p.H/2
	}
	f.Place, _ = s.drafted(e, p)
	f.Place.Angle = 0
	f.Frame = f.Place.Frame()
	f.Bounds = f.Frame.Bounds()
	f.parts = symbolOf(e.Int(board.KeySymbol, SymbolDot)).parts(nil, f.Frame.Box)
	if vote != nil {
		s.readDot(f, vote, on)
	}
}

// below returns the figure that a stamp is on, nil if it is not there. A stamp in
// somebody's hand goes where the hand goes: it lies on what it is on as if nobody
// had that in hand.
func (s *Set) below(stamp *board.Element, id board.ID) *Figure {
	x := s.entries[id]
	if x == nil || x.element.Kind() == board.KindStamp { // two may be on each other
		return nil
	}
	f := s.of(x)
	if s.drafts.of[stamp.ID()] != nil {
		f = s.Settled(id)
	}
	if f.Frame.Box.Empty() {
		return nil
	}
	return f
}

// share returns a share of a box that a property says, the middle if it says none.
func share(e *board.Element, key board.Key) float64 { return min(max(e.Float(key, 0.5), 0), 1) }

// Symbol returns the sign of a stamp.
func (f *Figure) Symbol() *Symbol { return symbolOf(f.Element.Int(board.KeySymbol, SymbolDot)) }
