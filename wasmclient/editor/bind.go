package editor

import (
	"math"
	"slices"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

const (
	// bindReach is how far outside an outline an arrow's end is bound to it still,
	// in CSS pixels.
	bindReach = 8
	// bindGap is about what figures keep between an end and what it is bound to.
	bindGap = 4
	// centred is how near the middle, as a share of the box, an end aims at the
	// middle itself: the arrow goes round with the element.
	centred = 0.15
)

// binding is what an arrow's end is bound to. The zero binding is to nothing.
type binding struct {
	to board.ID
	at geom.Point // a share of the box
}

var (
	startKeys = [3]board.Key{board.KeyStart, board.KeyStartX, board.KeyStartY}
	endKeys   = [3]board.Key{board.KeyEnd, board.KeyEndX, board.KeyEndY}
)

func bindKeys(end bool) [3]board.Key {
	if end {
		return endKeys
	}
	return startKeys
}

// write writes a binding that differs from the one before.
func (b binding) write(edit *board.Edit, arrow *board.Element, end bool) {
	keys := bindKeys(end)
	values := [3]board.Value{}
	if b.to != (board.ID{}) {
		values = [3]board.Value{board.Ref(b.to), board.Float(b.at.X), board.Float(b.at.Y)}
	}
	for i, key := range keys {
		if arrow.Get(key) != values[i] {
			edit.Set(arrow.ID(), key, values[i])
		}
	}
}

// boundTo returns what an arrow's ends are bound to, nil where they are not.
func (e *Editor) boundTo(f *figure.Figure) (start, end *figure.Figure) {
	if f.Kind() != board.KindArrow {
		return nil, nil
	}
	to := func(key board.Key) *figure.Figure {
		if t := e.figures.Of(f.Element.Get(key).Ref()); t != nil && figure.Binds(t.Kind()) {
			return t
		}
		return nil
	}
	return to(board.KeyStart), to(board.KeyEnd)
}

// bindable returns what an arrow's end at a place would be bound to: the topmost
// element there, filled or not.
func (e *Editor) bindable(at geom.Point, except ...board.ID) (*figure.Figure, binding) {
	reach := e.units(bindReach)
	list := e.figures.In(geom.BoxOf(at).Grow(reach))
	for _, f := range slices.Backward(list) {
		o, ok := f.Outline()
		if !ok || !figure.Binds(f.Kind()) || slices.Contains(except, f.ID()) || o.SignedDist(at) > reach {
			continue
		}
		if f.Kind() == board.KindFrame && o.SignedDist(at) < -reach {
			continue // arrows are drawn in it
		}
		return f, binding{f.ID(), shareOf(f, at)}
	}
	return nil, binding{}
}

// shareOf returns where in a figure's box a place lies, as a share of its sides.
func shareOf(f *figure.Figure, at geom.Point) geom.Point {
	at, box := f.Frame.ToLocal(at), f.Frame.Box
	size := box.Size()
	share := geom.Point{X: 0.5, Y: 0.5}
	if size.X > 0 && size.Y > 0 {
		share.X = min(max((at.X-box.Min.X)/size.X, 0), 1)
		share.Y = min(max((at.Y-box.Min.Y)/size.Y, 0), 1)
	}
	if math.Abs(share.X-0.5) < centred && math.Abs(share.Y-0.5) < centred {
		return geom.Point{X: 0.5, Y: 0.5}
	}
	return share
}

// meet returns where an end that is to be bound will lie: outside the figure, on
// the way to what it aims at.
func meet(f *figure.Figure, b binding, other geom.Point) geom.Point {
	aim := f.Frame.At(b.at.X, b.at.Y)
	gap := bindGap + f.Style.Thickness/2
	if o, ok := f.Outline(); ok {
		if at, ok := o.Leave(aim, other, gap); ok && at.Dist(aim) < other.Dist(aim) {
			return at
		}
	}
	return aim
}
