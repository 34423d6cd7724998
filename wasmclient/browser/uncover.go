package browser

import "edgeboard/shared/geom"

// panelMargin is how far from a panel, in CSS pixels, the caret is kept.
const panelMargin = 8

// uncover returns how far a caret is to be moved, in CSS pixels, so that it is no more
// under a panel and still in the window: away from bars up or down, from columns to
// a side. If there is no room for it, it stays.
func uncover(caret geom.Box, panels []geom.Box, window geom.Box) geom.Point {
	at := caret
	for range len(panels) + 1 { // away from one may be under the next
		over := -1
		for i, p := range panels {
			if p.Grow(panelMargin - 1).Overlaps(at) {
				over = i
				break
			}
		}
		if over < 0 {
			if !window.Contains(at.Min) || !window.Contains(at.Max) {
				break
			}
			return at.Min.Sub(caret.Min)
		}
		p := panels[over].Grow(panelMargin)
		size, middle := p.Size(), window.Center()
		var d geom.Point
		switch {
		case size.X >= size.Y && p.Center().Y > middle.Y:
			d.Y = p.Min.Y - at.Max.Y
		case size.X >= size.Y:
			d.Y = p.Max.Y - at.Min.Y
		case p.Center().X > middle.X:
			d.X = p.Min.X - at.Max.X
		default:
			d.X = p.Max.X - at.Min.X
		}
		at = at.Add(d)
	}
	return geom.Point{}
}
