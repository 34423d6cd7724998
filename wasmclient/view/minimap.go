package view

import (
	"slices"

	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// Minimap is a picture of the whole board that is so small that a box in the colour of
// each figure says enough. The zero Minimap is empty.
type Minimap struct {
	// RGBA is red, green, blue and alpha of each pixel, row by row, as browsers have it:
	// colours are not multiplied by alpha.
	RGBA          []byte
	Width, Height int
}

// minimapLine is how much of a figure's colour is seen where it is not filled.
const minimapLine = 0.55

// Paint paints the figures anew, in so many pixels, to which a transform takes them.
func (m *Minimap) Paint(figures *figure.Set, to geom.Transform, width, height int, dark bool) {
	m.Width, m.Height = width, height
	n := 4 * width * height
	m.RGBA = slices.Grow(m.RGBA[:0], n)[:n]
	clear(m.RGBA)
	for f := range figures.All() {
		color, alpha := f.Style.Color, minimapLine*f.Style.Opacity
		if f.Style.Filled {
			color, alpha = f.Style.Fill, f.Style.Opacity
		}
		m.fill(to.ApplyBox(f.Bounds), turned(color, dark && !f.OnPaper()), alpha)
	}
}

// Outline draws the inner border of a box, of so many pixels.
func (m *Minimap) Outline(b geom.Box, color uint32, width float64) {
	if !b.Min.Finite() || !b.Max.Finite() {
		return
	}
	side := func(x0, y0, x1, y1 float64) { m.fill(geom.BoxOf(geom.Pt(x0, y0), geom.Pt(x1, y1)), color, 1) }
	side(b.Min.X, b.Min.Y, b.Max.X, b.Min.Y+width)
	side(b.Min.X, b.Max.Y-width, b.Max.X, b.Max.Y)
	side(b.Min.X, b.Min.Y, b.Min.X+width, b.Max.Y)
	side(b.Max.X-width, b.Min.Y, b.Max.X, b.Max.Y)
}

// fill fills a box, at the least a pixel of what lies in the picture.
func (m *Minimap) fill(b geom.Box, color uint32, alpha float64) {
	if !b.Min.Finite() || !b.Max.Finite() || b.Max.X < 0 || b.Max.Y < 0 {
		return
	}
	x0, y0 := m.pixel(b.Min)
	x1, y1 := m.pixel(b.Max)
	x1, y1 = min(max(x1, x0+1), m.Width), min(max(y1, y0+1), m.Height)
	if x0 >= x1 {
		return
	}
	a := byte(255 * min(max(alpha, 0), 1))
	for y := y0; y < y1; y++ {
		row := m.RGBA[4*(y*m.Width+x0) : 4*(y*m.Width+x1)]
		for ; len(row) > 0; row = row[4:] {
			over, below := a, row[3]
			if over >= below {
				over = 255 // what is paler goes under
			}
			row[0] = mixed(row[0], byte(color>>16), over)
			row[1] = mixed(row[1], byte(color>>8), over)
			row[2] = mixed(row[2], byte(color), over)
			row[3] = max(a, below)
		}
	}
}

// mixed lays a colour over another one, of which alpha of 255 hides it.
func mixed(below, above, alpha byte) byte {
	return byte((int(below)*(255-int(alpha)) + int(above)*int(alpha)) / 255)
}

// pixel is the one of a place, kept within the picture and its border.
func (m *Minimap) pixel(at geom.Point) (x, y int) {
	return int(min(max(at.X, 0), float64(m.Width))), int(min(max(at.Y, 0), float64(m.Height)))
}
