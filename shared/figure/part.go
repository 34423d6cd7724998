package figure

import (
	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

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
	Dark      uint32  // the colour in the dark,
	Paired    bool    // if there is one of its own
	// Text, if not nil, is drawn instead, in the plane of the figure's frame.
	Text *Layout
}

// Shown returns the colour that is shown, in the light or in the dark.
func (p *Part) Shown(dark bool) uint32 {
	switch {
	case !dark || p.Fixed:
		return p.Color & 0xffffff
	case p.Paired:
		return p.Dark
	}
	return Dark(p.Color)
}

// Parts returns the parts of the figure, with the Content of a tile: nil if there are
// none.
func (f *Figure) Parts() []Part {
	if f.Kind() == board.KindTile {
		return f.withContent()
	}
	return f.parts
}

// Base returns the parts of the figure without the Content of a tile.
func (f *Figure) Base() []Part { return f.parts }
