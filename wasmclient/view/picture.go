package view

import (
	"math"

	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// Picture is a part of a picture, cut out by triangles. While it is not to be had,
// they are drawn in the colour Paper.
type Picture struct {
	Blob  string // which one: SHA-256 of its bytes, in hexadecimal; "": none
	Paper uint32 // 0xRRGGBB
	// Width and Height are what all of the picture would take, in device pixels.
	Width, Height float64
	Corners       []Corner // at most MaxMesh
	Indices       []uint32
}

// Corner is a corner of a triangle of a Picture.
type Corner struct {
	X, Y  float32 // device pixels
	U, V  float32 // what of the picture lies there, in shares of its sides: 0 to 1
	Level float32 // how much of it is to be seen: 0 to 1
}

// picture draws an image. Its corners are round, as those of rectangles are.
func (p *paper) picture(c *canvas, f *figure.Figure) {
	o, _ := f.Outline()
	for _, l := range p.flatten(o.Path()) {
		p.cut(c, f, l.Points)
	}
	if done, ok := p.shares[f.Picture.Blob]; ok {
		p.progress(c, f, done)
	}
}

// restAlpha is how much is seen of what a crop does not show.
const restAlpha = 0.35

// rest draws what an image does not show of its picture.
func (p *paper) rest(c *canvas, f *figure.Figure, box geom.Box) {
	c.add(Item{Alpha: restAlpha * f.Style.Opacity, Box: box.Grow(2 * fringe)})
	lay := f.PictureTransform()
	corners := geom.Rect(0, 0, 1, 1).Corners()
	for i, at := range corners {
		corners[i] = p.place(lay.Apply(at))
	}
	p.cut(c, f, corners[:])
	if item := c.item(); len(item.Pictures) == 0 {
		c.items = c.items[:len(c.items)-1]
	}
	c.mesh = nil
}

// cut draws what of an image's picture is within a convex polygon of the image that
// is drawn on.
func (p *paper) cut(c *canvas, f *figure.Figure, points []geom.Point) {
	lay := f.PictureTransform()
	back, ok := lay.Invert()
	if !ok || !lay.Finite() {
		return
	}
	pic := Picture{
		Blob: f.Picture.Blob, Paper: turned(f.Style.Fill, p.dark),
		Width:  p.scale * lay.ApplyVector(geom.Point{X: 1}).Len(),
		Height: p.scale * lay.ApplyVector(geom.Point{Y: 1}).Len(),
	}
	cut := canvas{pool: c.pool, clip: c.clip}
	cut.begin(1)
	cut.fill(points, 1, 2*fringe)
	c.spent += cut.spent
	for _, m := range cut.item().Meshes {
		pic.Corners = make([]Corner, len(m.Vertices))
		for i, v := range m.Vertices {
			at := back.Apply(geom.Point{X: float64(v.X), Y: float64(v.Y)}.Mul(1 / p.scale).Add(p.at))
			pic.Corners[i] = Corner{X: v.X, Y: v.Y, U: share(at.X), V: share(at.Y), Level: Coverage(v.U, v.R) * v.Level}
		}
		pic.Indices = m.Indices
		c.picture(pic)
	}
}

func share(v float64) float32 { return float32(min(max(v, 0), 1)) }

// picture adds a picture to the item that is begun.
func (c *canvas) picture(p Picture) {
	c.mesh, c.joined = nil, false
	item := c.item()
	if len(item.Runs) > 0 { // it belongs over them
		item = c.add(Item{Alpha: item.Alpha, Box: item.Box})
	}
	item.Pictures = append(item.Pictures, p)
	c.spent += pictureCost
}

// pictureCost is what a picture takes, counted in vertices.
const pictureCost = 100

// The ring that tells how much of a picture has arrived, or was sent.
const (
	ringRadius = 16  // device pixels, at most
	ringShare  = 0.3 // of an image's shorter side, at most
	ringWidth  = 0.2 // of its radius
	ringSteps  = 32  // that it grows by

	ringGround = 0xffffff
	ringTrack  = 0xced4da
	ringColor  = 0x2457d6
	ringFailed = 0xe03131
)

// progress draws the ring over the middle of an image, or a mark that says that it
// has failed.
func (p *paper) progress(c *canvas, f *figure.Figure, done float64) {
	size := f.Frame.Box.Size()
	r := min(ringRadius, ringShare*min(size.X, size.Y)*p.scale)
	middle := p.place(f.Frame.Center())
	if r < 2 || !c.clip.Grow(2*r).Contains(middle) {
		return
	}
	arc := func(to float64) []geom.Point {
		n := int(math.Ceil(to * ringSteps))
		points := make([]geom.Point, 0, n+1)
		for i := range n + 1 {
			turn := 2 * math.Pi * min(float64(i)/ringSteps, to)
			points = append(points, middle.Add(geom.Point{Y: -r}.Rotate(turn)))
		}
		return points
	}
	half := ringWidth * r / 2
	c.ink = ringGround
	c.disc(middle, r+4*half)
	if done < 0 {
		c.ink = ringFailed
		c.line([]geom.Point{middle.Add(geom.Point{Y: -0.6 * r}), middle.Add(geom.Point{Y: 0.1 * r})}, false, half*1.5)
		c.disc(middle.Add(geom.Point{Y: 0.6 * r}), half*1.5)
		return
	}
	c.ink = ringTrack
	c.line(arc(1), false, half)
	c.ink = ringColor
	c.line(arc(done), false, half)
}

// PictureReady tells that a picture can be shown now which could not before, or
// another one of the same name: what shows it is painted again.
func (v *View) PictureReady(blob string) { v.repaint(blob) }

// PictureShare tells how much of a picture has arrived, or was sent: a share below
// 1, which lies over all images that show it. 1 ends that, and a negative one says
// that it has failed.
func (v *View) PictureShare(blob string, done float64) {
	was, known := v.shares[blob]
	switch {
	case blob == "" || math.IsNaN(done):
		return
	case done >= 1 && !known:
		return
	case done >= 1:
		delete(v.shares, blob)
	default:
		// Whole steps, so that few of them are painted.
		if done = max(math.Floor(done*ringSteps)/ringSteps, -1); known && done == was {
			return
		}
		v.shares[blob] = done
	}
	v.repaint(blob)
}

// repaint paints what shows a picture again.
func (v *View) repaint(blob string) {
	for _, id := range v.figures.Showing(blob) {
		if f := v.figures.Of(id); f != nil && v.inTiles(id) {
			v.dirty(f.Bounds)
		}
		if v.drag != nil && v.drag.of[id] {
			v.dropDrag()
		}
	}
}
