package view

import (
	"math"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// at is the colour of a pixel, 0xRRGGBB, and its alpha.
func (m *Minimap) at(x, y int) (color uint32, alpha byte) {
	p := m.RGBA[4*(y*m.Width+x):]
	return uint32(p[0])<<16 | uint32(p[1])<<8 | uint32(p[2]), p[3]
}

func TestMinimap(t *testing.T) {
	doc := board.New(1)
	e := doc.Edit()
	put := func(x, y, w, h float64, fill int64) {
		id := e.Create(board.KindRectangle)
		for k, v := range map[board.Key]float64{board.KeyX: x, board.KeyY: y, board.KeyWidth: w, board.KeyHeight: h, board.KeyThickness: 1} {
			e.Set(id, k, board.Float(v))
		}
		e.Set(id, board.KeyFill, board.Int(fill))
	}
	put(0, 0, 500, 500, 0xff0000)
	put(500, 0, 500, 500, 0x00ff00)
	put(0, 900, 1, 1, 0x0000ff) // smaller than a pixel
	e.Commit()
	figures := figure.New(doc, nil)
	var m Minimap
	m.Paint(figures, geom.Scale(0.1, 0.1), 100, 100, false)
	for _, c := range []struct {
		x, y  int
		color uint32
		alpha byte
	}{{20, 20, 0xff0000, 255}, {70, 20, 0x00ff00, 255}, {0, 89, 0x0000ff, 255}, {50, 70, 0, 0}} {
		if color, alpha := m.at(c.x, c.y); color != c.color || alpha != c.alpha {
			t.Errorf("at %d, %d there is %06x, %d; want %06x, %d", c.x, c.y, color, alpha, c.color, c.alpha)
		}
	}
	m.Outline(geom.Rect(10, 10, 50, 30), 0x123456, 2)
	for _, at := range [][2]int{{10, 10}, {59, 39}, {30, 11}, {30, 38}, {11, 30}, {58, 30}} {
		if color, _ := m.at(at[0], at[1]); color != 0x123456 {
			t.Errorf("the border has %06x at %v", color, at)
		}
	}
	if color, _ := m.at(30, 30); color != 0xff0000 {
		t.Errorf("within the border there is %06x", color)
	}
	// What lies beyond the picture, or is no place, is left out.
	for _, b := range []geom.Box{
		geom.Rect(-100, -100, 10, 10), geom.Rect(200, 200, 10, 10), geom.Rect(99, 99, 1e300, 1e300),
		{Min: geom.Pt(math.NaN(), 0), Max: geom.Pt(1, 1)}, {Min: geom.Pt(0, 0), Max: geom.Pt(math.Inf(1), 1)},
	} {
		m.Outline(b, 0xffffff, 1)
	}
	if color, _ := m.at(0, 0); color != 0xff0000 {
		t.Errorf("what lies beyond has become %06x in the corner", color)
	}
	m.Paint(figures, geom.Scale(0.1, 0.1), 20, 10, true)
	if len(m.RGBA) != 800 {
		t.Errorf("%d bytes for 200 pixels", len(m.RGBA))
	}
}
