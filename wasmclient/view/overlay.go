package view

import "edgeboard/shared/geom"

// Stroke is a line that lies over the board on the screen: the outline of a
// selection, a handle, a guide. Its colours are shown as they are.
type Stroke struct {
	Points    []geom.Point // CSS pixels of the screen
	Closed    bool
	Width     float64   // CSS pixels; 0: none
	Color     uint32    // 0xRRGGBB
	Fill      uint32    // of what it encloses, if that is convex
	FillAlpha float64   // 0 to 1; 0: it is not filled
	Dash      []float64 // CSS pixels: the lengths of a dash and of a gap; nil: none
}

// overlay draws a stroke over everything.
func (c *canvas) overlay(s *Stroke, ratio float64) {
	c.polygon = c.polygon[:0]
	for _, p := range s.Points {
		if !p.Finite() {
			return
		}
		c.polygon = append(c.polygon, p.Mul(ratio))
	}
	points := c.polygon
	if c.spent >= 2*overBudget || len(points) == 0 {
		return
	}
	c.begin(1)
	if s.FillAlpha > 0 && convex(points) {
		c.ink = s.Fill & 0xffffff
		c.fill(points, min(s.FillAlpha, 1), 2*fringe)
	}
	r := s.Width / 2 * ratio
	if !(r > 0) {
		return
	}
	c.ink = s.Color & 0xffffff
	if len(s.Dash) >= 2 && len(points) > 1 {
		// Round ends make a dash longer.
		on, off := max(s.Dash[0]-s.Width, 0), max(s.Dash[1]+min(s.Width, s.Dash[0]), 0)
		c.dashes(points, s.Closed, r, on*ratio, off*ratio)
		return
	}
	c.line(points, s.Closed, r)
}

// convex reports whether a polygon always turns the same way, and once round.
func convex(points []geom.Point) bool {
	n := len(points)
	if n < 3 {
		return false
	}
	left, right, flips := false, false, 0
	for i := range points {
		a, b, c := points[i], points[(i+1)%n], points[(i+2)%n]
		turn := b.Sub(a).Cross(c.Sub(b))
		left, right = left || turn < 0, right || turn > 0
		if (b.X > a.X) != (c.X > b.X) {
			flips++
		}
	}
	return !(left && right) && flips <= 3
}
