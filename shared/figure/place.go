package figure

import (
	"math"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// Place is where an element lies, in board units and radians, clockwise.
type Place struct {
	X, Y, W, H float64
	Angle      float64
	Size       float64 // of the font, where there is a text
}

// maxPlace bounds places, which come from outside: it is twice as far as points
// of strokes reach.
const maxPlace = math.MaxInt32 / board.PointsPerUnit * 2

// PlaceOf returns the place that the document gives an element, and whether it
// gives one. Of a stroke that lies as it was drawn it gives none.
func PlaceOf(e *board.Element) (Place, bool) {
	p := Place{
		X: bound(e.Float(board.KeyX, 0)), Y: bound(e.Float(board.KeyY, 0)),
		W: bound(e.Float(board.KeyWidth, 0)), H: bound(e.Float(board.KeyHeight, 0)),
		Angle: geom.NormalizeAngle(e.Float(board.KeyAngle, 0)),
		Size:  fontSize(e),
	}
	given := !e.Get(board.KeyX).IsNone() || !e.Get(board.KeyY).IsNone()
	return p, given
}

func bound(v float64) float64 { return min(max(v, -maxPlace), maxPlace) }

// SetPlace writes what of a place differs from the one before it.
func SetPlace(edit *board.Edit, e *board.Element, p Place) {
	before, given := PlaceOf(e)
	set := func(key board.Key, was, is float64) {
		if was != is || !given {
			edit.Set(e.ID(), key, board.Float(is))
		}
	}
	set(board.KeyX, before.X, p.X)
	set(board.KeyY, before.Y, p.Y)
	// A text that is as wide as its lines stays so.
	if e.Kind() != board.KindText || before.W != 0 || p.W != 0 {
		set(board.KeyWidth, before.W, p.W)
	}
	if e.Kind() != board.KindText {
		set(board.KeyHeight, before.H, p.H)
	}
	if before.Angle != p.Angle {
		edit.Set(e.ID(), board.KeyAngle, board.Float(p.Angle))
	}
	if before.Size != p.Size && p.Size > 0 {
		edit.Set(e.ID(), board.KeyFontSize, board.Float(p.Size))
	}
}

// Frame returns the box and the turn of a place that is not one of a line.
func (p Place) Frame() geom.Frame {
	return geom.Frame{Box: geom.Rect(p.X, p.Y, p.W, p.H), Angle: p.Angle}
}

// InFrame returns the place with the box and the turn of a frame. A side that
// was negative, of a stroke that is mirrored, stays so.
func (p Place) InFrame(f geom.Frame) Place {
	size := f.Box.Size()
	q := Place{f.Box.Min.X, f.Box.Min.Y, size.X, size.Y, f.Angle, p.Size}
	if p.W < 0 {
		q.X, q.W = f.Box.Max.X, -size.X
	}
	if p.H < 0 {
		q.Y, q.H = f.Box.Max.Y, -size.Y
	}
	return q
}

// Ends returns the two ends of a line's place.
func (p Place) Ends() (from, to geom.Point) {
	return geom.Point{X: p.X, Y: p.Y}, geom.Point{X: p.X + p.W, Y: p.Y + p.H}
}

// WithEnds returns the place of a line with these ends.
func (p Place) WithEnds(from, to geom.Point) Place {
	return Place{X: from.X, Y: from.Y, W: to.X - from.X, H: to.Y - from.Y, Size: p.Size}
}

// Move returns what becomes of the place of an element of the given kind under a
// transform. Boxes stay boxes: what t skews keeps its corners right, as wide and
// as high as its sides become. The font grows with the height.
func (p Place) Move(kind board.Kind, t geom.Transform) Place {
	if t == geom.Identity {
		return p
	}
	if isLine(kind) {
		from, to := p.Ends()
		return p.WithEnds(t.Apply(from), t.Apply(to))
	}
	f := p.Frame()
	size, c := f.Box.Size(), t.Apply(f.Center())
	parts, ok := geom.Rotate(f.Angle).Then(t).Decompose()
	if !ok {
		return p
	}
	mirrorX, mirrorY := false, parts.Scale.Y < 0
	angle := parts.Angle
	// A mirror is one of x or one of y and half a turn: the one that leaves a text
	// upright.
	if mirrorY && math.Abs(angle) > math.Pi/2 {
		mirrorX, mirrorY = true, false
		angle -= math.Pi
	}
	w, h := size.X*parts.Scale.X, size.Y*math.Abs(parts.Scale.Y)
	q := p.InFrame(geom.Frame{
		Box:   geom.Rect(c.X-w/2, c.Y-h/2, w, h),
		Angle: geom.NormalizeAngle(angle),
	})
	if kind == board.KindStroke || kind == board.KindImage {
		if mirrorX {
			q.X, q.W = q.X+q.W, -q.W
		}
		if mirrorY {
			q.Y, q.H = q.Y+q.H, -q.H
		}
	}
	q.Size = p.Size * math.Abs(parts.Scale.Y)
	return q
}
