package figure

import "edgeboard/shared/geom"

// Part is a piece of a figure besides its outline, its line and its text: of a
// sign, a clock, a card. The parts lie over the outline, in their order.
type Part struct {
	// Path is on the board. Each of its closed lines is filled by itself if Fill
	// says so, whatever the way round; it may not cross itself.
	Path      geom.Path
	Fill      bool
	Thickness float64 // of the line, if it is not filled
	Color     uint32  // 0xRRGGBB
	Fixed     bool    // the colour is the same in the dark
	// Text, if not nil, is drawn instead, in the plane of the figure's frame.
	Text *Layout
}

// Parts returns the parts of the figure: nil if there are none.
func (f *Figure) Parts() []Part { return f.parts }
