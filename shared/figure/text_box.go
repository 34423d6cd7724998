package figure

import (
	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// TextBox returns where the letters of the figure lie, or will when there are any,
// in the plane of its frame, and whether lines are wrapped at its width: a field in
// which they are written lies there.
func (f *Figure) TextBox() (box geom.Box, wraps bool) {
	height := f.Place.Size * LineHeight
	switch {
	case f.Kind() == board.KindText:
		return f.Frame.Box, f.Element.Float(board.KeyWidth, 0) > 0
	case f.Kind() == board.KindFrame:
		wraps = false
		corner := f.Frame.Box.Min
		box = geom.Rect(corner.X, corner.Y-titleGap-height, 0, height)
	case f.Line():
		wraps = false
		at := f.From.Mid(f.To)
		box = geom.Rect(at.X, at.Y-height/2, 0, height)
	default:
		wraps = true
		c, width := f.Frame.Center(), f.labelWidth()
		if f.Kind() == board.KindVote {
			c.Y -= voteFoot / 2
		}
		box = geom.Rect(c.X-width/2, c.Y-height/2, width, height)
	}
	if f.text != nil {
		box = f.text.Box
	}
	return box, wraps
}
