package browser

import "edgeboard/shared/geom"

// Two presses are a double click if the second comes within doubleClick
// milliseconds of the first.
const doubleClick = 500

// clicks counts the presses of a pointer: not every browser does for pointer
// events.
type clicks struct {
	kind   string
	button int
	at     geom.Point
	when   float64
	n      int
}

// down returns 2 for the second press of a double click, otherwise 1. A third is
// the first of another.
func (c *clicks) down(kind string, button int, at geom.Point, now float64) int {
	again := c.n == 1 && kind == c.kind && button == c.button &&
		now-c.when <= doubleClick && at.Sub(c.at).Len() <= clickReach(kind)
	*c = clicks{kind: kind, button: button, at: at, when: now, n: 1}
	if again {
		c.n = 2
	}
	return c.n
}

// up ends the press: one that was dragged away is no click.
func (c *clicks) up(at geom.Point) {
	if at.Sub(c.at).Len() > clickReach(c.kind) {
		c.n = 0
	}
}

// clickReach is how far apart the presses of a double click may be, in CSS
// pixels.
func clickReach(kind string) float64 {
	switch kind {
	case "touch":
		return 24
	case "pen":
		return 12
	}
	return 5
}
