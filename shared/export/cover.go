package export

import "edgeboard/shared/geom"

// cover knows for each part of a picture what was drawn there last. It is coarse: two
// things that are near each other may count as lying upon each other.
//
// Things are on levels: each is above all that it lies upon, but for lines of its own
// look, which it is drawn with. So nothing on a level lies upon anything else there, and
// a level can be drawn in any order.
type cover struct {
	bounds geom.Box // of the picture
	cells  [coverSide][coverSide]covered
}

// covered is what lies on top of a cell.
type covered struct {
	level int32 // from 1; 0: there is nothing
	look  int32
}

const coverSide = 64

// clear makes that nothing was drawn.
func (c *cover) clear() { c.cells = [coverSide][coverSide]covered{} }

// add notes that something is drawn in a box, and returns its level. Looks are numbers;
// what has the look 0 is drawn by itself.
func (c *cover) add(b geom.Box, look int32) int32 {
	x0, y0, x1, y1 := c.span(b)
	level := int32(1)
	for y := y0; y <= y1; y++ {
		for _, below := range c.cells[y][x0 : x1+1] {
			if look == 0 || below.look != look {
				below.level++
			}
			level = max(level, below.level)
		}
	}
	for y := y0; y <= y1; y++ {
		for x := x0; x <= x1; x++ {
			c.cells[y][x] = covered{level, look}
		}
	}
	return level
}

// span returns the first and the last column and row that a box touches.
func (c *cover) span(b geom.Box) (x0, y0, x1, y1 int) {
	size := c.bounds.Size()
	column := func(at, from, size float64) int {
		share := (at - from) / size
		if !(share > 0) { // or the picture is a line, or a point
			return 0
		}
		return int(min(share*coverSide, coverSide-1))
	}
	return column(b.Min.X, c.bounds.Min.X, size.X), column(b.Min.Y, c.bounds.Min.Y, size.Y),
		column(b.Max.X, c.bounds.Min.X, size.X), column(b.Max.Y, c.bounds.Min.Y, size.Y)
}
