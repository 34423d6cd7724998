package view

import (
	"math"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// paper is how figures are drawn on an image.
type paper struct {
	transform
	dark    bool
	writing board.ID // its text is not drawn
	inks    []figure.Ink
	knots   []knot
	shares  map[string]float64 // see View.PictureShare; it is the View's
	fed     bool               // what live tiles show of their feeds is drawn too
	points  []geom.Point       // scratch
}

// all is the end of a stroke that is drawn to its end.
const all = math.MaxInt

// A figure may be too much for one frame. mark is where to go on with it.
type mark struct {
	knot   int
	midway bool // the figure was begun
	inked  bool // there is something of it
}

// figure draws a figure, of a stroke the ink after from up to to, from a mark on.
// It stops when the canvas has spent more than most, and reports whether the
// figure is done. What it leaves of a stroke is in p.knots for the next call.
func (p *paper) figure(c *canvas, f *figure.Figure, from, to int, m *mark, most int) (done bool) {
	box := p.box(f.Bounds)
	if f.Style.Opacity == 0 {
		return true
	}
	c.spent += figureCost
	if tiny(box) {
		p.speck(c, f.Style, box)
		return true
	}
	if f.Picture != nil && f.Picture.Whole {
		p.rest(c, f, box)
	}
	if m.inked && f.Style.Opacity < 1 {
		c.add(Item{Alpha: f.Style.Opacity, Box: geom.NoBox, Resumed: true})
	} else {
		c.begin(f.Style.Opacity)
	}
	c.covers(box.Grow(2 * fringe))
	done = true
	switch {
	case f.Kind() == board.KindStroke:
		done = p.stroke(c, f, from, to, m, most)
	case f.Picture != nil:
		p.picture(c, f)
	default:
		p.shape(c, f)
	}
	if base := f.Base(); len(base) > 0 {
		p.parts(c, f, base, box)
	}
	if p.fed {
		if content := f.Content(); content != nil {
			p.parts(c, f, content.Parts, box)
		}
	}
	if done && f.Text() != nil && f.ID() != p.writing {
		p.text(c, f, box)
	}
	item := c.item()
	if len(item.Meshes)+len(item.Pictures)+len(item.Runs) == 0 && !item.Resumed {
		c.items = c.items[:len(c.items)-1] // its bounds are here, and it is not
		c.mesh = nil
	} else if f.Style.Opacity < 1 {
		item.More, m.inked = !done, true
		c.mesh = nil
	}
	m.midway = !done
	return done
}

// figureCost is what it takes to look at a figure, counted in vertices.
const figureCost = 10

// turned is the colour that is shown for the given one.
func turned(c uint32, dark bool) uint32 {
	if dark {
		return figure.Dark(c)
	}
	return c & 0xffffff
}

// Letters is the colour in which a figure's text is shown. On a paper that keeps
// its colour in the dark they keep theirs.
func Letters(f *figure.Figure, dark bool) uint32 { return turned(f.Style.Color, dark && !f.OnPaper()) }

// tiny reports whether what is in a box of an image is too small to have a shape.
func tiny(box geom.Box) bool {
	return box.Max.X-box.Min.X < speck && box.Max.Y-box.Min.Y < speck
}

// speck draws what is tiny.
func (p *paper) speck(c *canvas, style figure.Style, box geom.Box) {
	c.spent += figureCost
	size := box.Size()
	long := max(size.X, size.Y)
	area := long * min(style.Thickness*p.scale, long)
	color := style.Color
	if style.Filled {
		area, color = size.X*size.Y, style.Fill
	}
	if style.Opacity == 0 || area == 0 || !c.clip.Grow(2).Contains(box.Center()) {
		return
	}
	c.begin(1)
	c.covers(box.Grow(2))
	c.ink = turned(color, p.dark)
	c.dab(box.Center(), long, area*style.Opacity)
}

func (p *paper) stroke(c *canvas, f *figure.Figure, from, to int, m *mark, most int) (done bool) {
	if !m.midway {
		p.inks = f.AppendInk(p.inks[:0])
		p.knots = p.transform.knots(p.knots[:0], p.inks)
		c.spent += len(p.inks) / inksPerVertex
		m.knot = 0
	}
	c.ink = turned(f.Style.Color, p.dark)
	m.knot = c.stroke(p.knots, from, to, m.knot, most)
	return m.knot >= len(p.knots)
}

// inksPerVertex is how many inks take as long as a vertex.
const inksPerVertex = 2

// tolerance of flattened curves, in device pixels.
const tolerance = 0.15

func (p *paper) flatten(path geom.Path) []geom.Polyline {
	lines := path.Flatten(tolerance / p.scale)
	for i := range lines {
		for k, at := range lines[i].Points {
			lines[i].Points[k] = p.place(at)
		}
	}
	return lines
}

// shape draws what encloses something, and lines and arrows.
func (p *paper) shape(c *canvas, f *figure.Figure) {
	if f.Kind() == board.KindText {
		return
	}
	if o, ok := f.Outline(); ok && f.Style.Filled {
		for _, l := range p.flatten(o.Path()) {
			if f.Kind() == board.KindNote {
				p.shadow(c, l.Points)
			}
			c.ink = turned(f.Style.Fill, p.dark)
			c.fill(l.Points, 1, 2*fringe)
		}
	}
	r := f.Style.Thickness / 2 * p.scale
	if r == 0 {
		return
	}
	c.ink = turned(f.Style.Color, p.dark)
	for _, l := range p.flatten(f.Path()) {
		t := f.Style.Thickness
		switch f.Style.Dash {
		case figure.Dashed:
			c.dashes(l.Points, l.Closed, r, p.scale*(2*t+4), p.scale*(2*t+4))
		case figure.Dotted:
			c.dashes(l.Points, l.Closed, r, 0, p.scale*(2*t+2))
		default:
			c.line(l.Points, l.Closed, r)
		}
	}
	for _, head := range f.HeadPaths() {
		for _, l := range p.flatten(head) {
			c.line(l.Points, l.Closed, r)
		}
	}
}

// A note's shadow lies below it and reaches beyond its bounds, in board units.
const (
	shadowBelow = 2
	shadowSoft  = 8
	shadowReach = shadowBelow + shadowSoft/2
)

// shadow draws the shadow of a note with a border through points.
func (p *paper) shadow(c *canvas, points []geom.Point) {
	if shadowSoft*p.scale < 2 {
		return
	}
	below := make([]geom.Point, len(points))
	for i, at := range points {
		below[i] = at.Add(geom.Point{Y: shadowBelow * p.scale})
	}
	c.ink = 0
	c.covers(geom.BoxOf(below...).Grow(shadowSoft * p.scale))
	c.fill(below, 0.18, shadowSoft*p.scale)
}

// leastLetters is the size of a font, in device pixels, from which on letters are
// drawn. Smaller ones are grey bars.
const leastLetters = 3

func (p *paper) text(c *canvas, f *figure.Figure, box geom.Box) {
	p.letters(c, f, f.Text(), Letters(f, p.dark), box)
}

// letters draws the lines of a layout in the plane of a figure's frame.
func (p *paper) letters(c *canvas, f *figure.Figure, layout *figure.Layout, color uint32, box geom.Box) {
	size := layout.Size * p.scale
	for _, line := range layout.Lines {
		if line.Text == "" {
			continue
		}
		at, width := p.place(f.Frame.ToBoard(line.At)), line.Width*p.scale
		// Letters reach beyond their line, and no further than this.
		if !c.clip.Overlaps(geom.BoxOf(at, at.Add(geom.Point{X: width}.Rotate(f.Frame.Angle))).Grow(1.5 * size)) {
			continue
		}
		if size < leastLetters {
			c.ink = color
			c.bar(at, width, size, f.Frame.Angle)
			continue
		}
		run := Run{
			Text: line.Text, Size: size, At: at, Angle: f.Frame.Angle,
			Color: color, RightToLeft: line.RightToLeft, Width: width,
		}
		if layout.Single {
			run.Steps = make([]float32, 0, len(line.Text))
			x := 0.0
			for _, r := range line.Text {
				run.Steps = append(run.Steps, float32(x*p.scale))
				x += layout.Advance(r)
			}
		}
		c.run(run, box)
	}
}

// bar stands for a line of letters that are too small to be read.
func (c *canvas) bar(at geom.Point, width, size, angle float64) {
	turn := func(x, y float64) geom.Point { return at.Add(geom.Point{X: x, Y: y}.Rotate(angle)) }
	c.fill([]geom.Point{turn(0, -0.5*size), turn(width, -0.5*size), turn(width, 0), turn(0, 0)}, 0.4, 2*fringe)
}
