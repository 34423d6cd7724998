// Package png writes figures as PNG.
package png

import (
	"image"
	"image/color"
	"image/draw"
	stdpng "image/png"
	"io"
	"iter"
	"math"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
	"golang.org/x/image/vector"

	"edgeboard/shared/export/plot"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// Options say how a picture is made.
type Options struct {
	plot.Options
	Margin float64 // around the figures, in board units
	Scale  float64 // pixels that a board unit takes; 0: 1. Of a large board it is less
	Fill   uint32  // 0xRRGGBB of what is behind the figures,
	Filled bool    // if there is to be something
}

// Limits of a picture.
const (
	MaxSide   = 16384
	MaxPixels = 32 << 20
)

// Write writes figures, of which each lies on the ones before it; of none a picture
// of one pixel.
func Write(w io.Writer, figures iter.Seq[*figure.Figure], o Options) error {
	bounds := geom.NoBox
	for x := range figures {
		bounds = bounds.Union(x.Bounds)
	}
	if bounds.Empty() {
		bounds = geom.Rect(0, 0, 1, 1)
	} else {
		bounds = bounds.Grow(o.Margin)
	}
	if o.Fonts == nil {
		o.Fonts = plot.NewFonts()
	}
	k := o.Scale
	if !(k > 0) {
		k = 1
	}
	size := bounds.Size()
	most := float64(MaxPixels)
	if o.Pixels > 0 {
		most = min(most, float64(o.Pixels))
	}
	k = min(k, (MaxSide-1)/max(size.X, size.Y), math.Sqrt(most/2/max(size.X*size.Y, 1))*math.Sqrt2)
	width, height := pixels(size.X*k), pixels(size.Y*k)
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	if o.Filled {
		draw.Draw(img, img.Bounds(), image.NewUniform(rgb(o.Fill, 1)), image.Point{}, draw.Src)
	}
	c := &canvas{img: img, k: k, at: bounds.Min, raster: vector.NewRasterizer(1, 1)}
	plot.Draw(c, figures, o.Options)
	return (&stdpng.Encoder{CompressionLevel: stdpng.BestSpeed}).Encode(w, img)
}

func pixels(v float64) int { return min(max(int(math.Ceil(v)), 1), MaxSide) }

func rgb(c uint32, opacity float64) color.NRGBA {
	return color.NRGBA{uint8(c >> 16), uint8(c >> 8), uint8(c), uint8(math.Round(opacity * 255))}
}

// canvas draws on an image.
type canvas struct {
	img    *image.RGBA
	k      float64 // pixels of a board unit
	at     geom.Point
	raster *vector.Rasterizer
}

func (c *canvas) place(p geom.Point) geom.Point { return p.Sub(c.at).Mul(c.k) }

// tolerance of curves, in pixels.
const tolerance = 0.1

// flatten returns the lines of a path, in pixels.
func (c *canvas) flatten(path geom.Path) []geom.Polyline {
	lines := path.Flatten(tolerance / c.k)
	for i := range lines {
		for n, p := range lines[i].Points {
			lines[i].Points[n] = c.place(p)
		}
	}
	return lines
}

// fill fills polygons together by the non-zero rule, within their own box: the
// rasterizer looks at all of what it is made for.
func (c *canvas) fill(polygons [][]geom.Point, src image.Image) {
	box := geom.NoBox
	for _, points := range polygons {
		box = box.Union(geom.BoxOf(points...))
	}
	box = box.Intersect(geom.Rect(0, 0, float64(c.img.Rect.Dx()), float64(c.img.Rect.Dy())))
	if box.Empty() {
		return
	}
	part := image.Rect(int(math.Floor(box.Min.X)), int(math.Floor(box.Min.Y)), int(math.Ceil(box.Max.X)), int(math.Ceil(box.Max.Y))).Intersect(c.img.Rect)
	if part.Empty() {
		return
	}
	c.raster.Reset(part.Dx(), part.Dy())
	from := geom.Pt(float64(part.Min.X), float64(part.Min.Y))
	for _, points := range polygons {
		for i, p := range points {
			p = p.Sub(from)
			if i == 0 {
				c.raster.MoveTo(float32(p.X), float32(p.Y))
			} else {
				c.raster.LineTo(float32(p.X), float32(p.Y))
			}
		}
		c.raster.ClosePath()
	}
	c.raster.Draw(c.img, part, src, part.Min)
}

func (c *canvas) Fill(path geom.Path, look plot.Look) {
	var polygons [][]geom.Point
	for _, l := range c.flatten(path) {
		if len(l.Points) > 2 {
			polygons = append(polygons, l.Points)
		}
	}
	c.fill(polygons, image.NewUniform(rgb(look.Color, look.Opacity)))
}

func (c *canvas) Line(path geom.Path, width, on, off float64, look plot.Look) {
	r := max(width*c.k, 0.5) / 2
	var polygons [][]geom.Point
	for _, l := range c.flatten(path) {
		points := l.Points
		if l.Closed && len(points) > 0 && points[0] != points[len(points)-1] {
			points = append(points, points[0])
		}
		if off*c.k < 1 {
			polygons = along(polygons, points, r)
			continue
		}
		for _, dash := range dashes(points, on*c.k, off*c.k) {
			polygons = along(polygons, dash, r)
		}
	}
	c.fill(polygons, image.NewUniform(rgb(look.Color, look.Opacity)))
}

// along appends what a round pen covers: a box for each piece and a disc at each
// joint. All go round the same way, so that what overlaps is filled once.
func along(polygons [][]geom.Point, points []geom.Point, r float64) [][]geom.Point {
	for i, p := range points {
		if i > 0 && points[i-1] != p {
			side := p.Sub(points[i-1]).Unit().Perp().Mul(r)
			q := points[i-1]
			polygons = append(polygons, []geom.Point{q.Sub(side), p.Sub(side), p.Add(side), q.Add(side)})
		}
		if i > 0 && i < len(points)-1 {
			a, b := p.Sub(points[i-1]).Unit(), points[i+1].Sub(p).Unit()
			if a.Dot(b) > 0.999 { // nobody sees the gap
				continue
			}
		}
		polygons = append(polygons, disc(p, r))
	}
	return polygons
}

func disc(at geom.Point, r float64) []geom.Point {
	n := min(max(int(2*math.Pi*math.Sqrt(r)*2), 8), 64)
	points := make([]geom.Point, n)
	for i := range points {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		points[i] = at.Add(geom.Pt(r*cos, r*sin))
	}
	return points
}

// mostDashes bounds the dashes of a line.
const mostDashes = 20_000

// dashes returns the dashes of a line.
func dashes(points []geom.Point, on, off float64) [][]geom.Point {
	length := 0.0
	for i := 1; i < len(points); i++ {
		length += points[i].Dist(points[i-1])
	}
	if length/(on+off) > mostDashes {
		return [][]geom.Point{points}
	}
	var list [][]geom.Point
	drawn, left := true, on // of the dash, or of the gap
	var dash []geom.Point
	for i, p := range points {
		if i == 0 {
			dash = append(dash, p)
			continue
		}
		from := points[i-1]
		for {
			d := from.Dist(p)
			if d <= left {
				left -= d
				break
			}
			from = from.Lerp(p, left/d)
			if drawn {
				list = append(list, append(dash, from))
				dash, left = nil, off
			} else {
				dash, left = []geom.Point{from}, on
			}
			drawn = !drawn
		}
		if drawn {
			dash = append(dash, p)
		}
	}
	if len(dash) > 0 {
		list = append(list, dash)
	}
	return list
}

// Text leaves letters to their outlines.
func (c *canvas) Text(plot.Text) bool { return false }

func (c *canvas) Image(i *plot.Image, clip geom.Path, by geom.Transform, opacity float64) {
	var polygons [][]geom.Point
	box := geom.NoBox
	for _, l := range c.flatten(clip) {
		polygons = append(polygons, l.Points)
		box = box.Union(geom.BoxOf(l.Points...))
	}
	box = box.Intersect(geom.Rect(0, 0, float64(c.img.Rect.Dx()), float64(c.img.Rect.Dy())))
	if box.Empty() {
		return
	}
	part := image.Rect(int(math.Floor(box.Min.X)), int(math.Floor(box.Min.Y)), int(math.Ceil(box.Max.X)), int(math.Ceil(box.Max.Y)))
	layer := image.NewRGBA(part)
	size := i.Pixel.Rect.Size()
	t := geom.Scale(1/float64(size.X), 1/float64(size.Y)).Then(by).Then(geom.Translate(c.at.Neg())).Then(geom.Scale(c.k, c.k))
	xdraw.BiLinear.Transform(layer, f64.Aff3{t.A, t.C, t.E, t.B, t.D, t.F}, i.Pixel, i.Pixel.Rect, xdraw.Src, nil)
	if opacity < 1 {
		faint := image.NewRGBA(part)
		draw.DrawMask(faint, part, layer, part.Min, image.NewUniform(color.Alpha{uint8(math.Round(opacity * 255))}), image.Point{}, draw.Src)
		layer = faint
	}
	c.fill(polygons, layer)
}
