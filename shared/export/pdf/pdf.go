// Package pdf writes figures as PDF: shapes as shapes, text as text where Go's own
// font has its letters, else as outlines. Opacity is that of each part of a figure.
package pdf

import (
	"bytes"
	"image/png"
	"io"
	"iter"
	"math"
	"strconv"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/goregular"

	"edgeboard/shared/export/plot"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
	"edgeboard/shared/link"
)

// Options say how a file is made.
type Options struct {
	plot.Options
	Margin float64 // around the figures, in board units
	Title  string
	Time   time.Time // when it was made; the zero Time: 1 January 1970
}

const (
	// pointsPerUnit is how many points, of 1/72 inch, a board unit takes, which is a
	// CSS pixel, unless the page would be larger than mostPoints (PDF 1.7, Annex C).
	pointsPerUnit = 0.75
	mostPoints    = 14400
	leastPoints   = 3
)

// File is a file under way: a page for each page of a board.
type File struct {
	o   Options
	pdf *fpdf.Fpdf
	n   int
}

// New begins a file.
func New(o Options) *File {
	if o.Time.IsZero() {
		o.Time = time.Unix(0, 0)
	}
	if o.Fonts == nil {
		o.Fonts = plot.NewFonts()
	}
	f := fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt", Size: fpdf.SizeType{Wd: 100, Ht: 100}})
	f.SetMargins(0, 0, 0)
	f.SetAutoPageBreak(false, 0)
	f.SetCatalogSort(true)
	f.SetCreationDate(o.Time.UTC())
	f.SetModificationDate(o.Time.UTC())
	f.SetProducer("Edgeboard", true)
	f.SetTitle(o.Title, true)
	f.AddUTF8FontFromBytes("go", "", goregular.TTF)
	return &File{o: o, pdf: f}
}

// Page adds a page with figures, of which each lies on the ones before it; of none
// an empty one.
func (f *File) Page(figures iter.Seq[*figure.Figure]) {
	bounds := geom.NoBox
	for x := range figures {
		bounds = bounds.Union(x.Bounds)
	}
	if bounds.Empty() {
		bounds = geom.Rect(0, 0, 1, 1)
	}
	bounds = bounds.Grow(f.o.Margin)
	size := bounds.Size()
	k := min(pointsPerUnit, mostPoints/max(size.X, size.Y))
	width, height := max(size.X*k, leastPoints), max(size.Y*k, leastPoints)
	f.pdf.AddPageFormat("P", fpdf.SizeType{Wd: width, Ht: height})
	c := &canvas{pdf: f.pdf, k: k, at: bounds.Min, height: height, opacity: 1}
	c.b = append(c.b, "1 J 1 j"...)
	c.flush()
	plot.Draw(c, figures, f.o.Options)
	c.seen(1)
	for x := range figures {
		if l, ok := link.Of(x.Element); ok && l.URL != "" && !x.Bounds.Empty() {
			p, size := x.Bounds.Min.Sub(c.at).Mul(k), x.Bounds.Size().Mul(k)
			f.pdf.LinkString(p.X, p.Y, size.X, size.Y, l.URL)
		}
	}
	f.n++
}

// Write ends the file and writes it.
func (f *File) Write(w io.Writer) error {
	if f.n == 0 {
		f.Page(func(func(*figure.Figure) bool) {})
	}
	return f.pdf.Output(w)
}

// canvas draws on a page. Its plane has the page's lower left corner as origin, and
// points as units.
type canvas struct {
	pdf     *fpdf.Fpdf
	k       float64 // points of a board unit
	at      geom.Point
	height  float64
	opacity float64 // of what is drawn now
	b       []byte
	images  map[string]bool
}

func (c *canvas) place(p geom.Point) geom.Point {
	return geom.Point{X: (p.X - c.at.X) * c.k, Y: c.height - (p.Y-c.at.Y)*c.k}
}

// number writes a number with two digits behind the point.
func (c *canvas) number(v float64) {
	const steps = 100
	if math.IsNaN(v) {
		v = 0
	}
	n := int64(math.Round(min(max(v, -1e9), 1e9) * steps))
	if n < 0 {
		c.b, n = append(c.b, '-'), -n
	}
	c.b = strconv.AppendInt(c.b, n/steps, 10)
	if part := n % steps; part > 0 {
		c.b = append(c.b, '.', byte('0'+part/10), byte('0'+part%10))
	}
	c.b = append(c.b, ' ')
}

func (c *canvas) op(op string) { c.b = append(append(c.b, op...), '\n') }

func (c *canvas) flush() {
	c.pdf.RawWriteStr(string(c.b))
	c.b = c.b[:0]
}

func (c *canvas) color(rgb uint32, op string) {
	for shift := 16; shift >= 0; shift -= 8 {
		c.number(float64(rgb>>shift&0xff) / 255)
	}
	c.op(op)
}

func (c *canvas) seen(opacity float64) {
	if c.opacity != opacity {
		c.opacity = opacity
		c.pdf.SetAlpha(opacity, "Normal")
	}
}

// path writes the segments of a path (PDF 1.7, 8.5.2).
func (c *canvas) path(p geom.Path) {
	var last, start geom.Point
	point := func(p geom.Point) {
		p = c.place(p)
		c.number(p.X)
		c.number(p.Y)
	}
	for i := range p {
		s := &p[i]
		switch s.Verb {
		case geom.MoveTo:
			point(s.P[0])
			c.op("m")
			last, start = s.P[0], s.P[0]
		case geom.LineTo:
			point(s.P[0])
			c.op("l")
			last = s.P[0]
		case geom.QuadTo: // there are only cubic ones
			point(last.Lerp(s.P[0], 2.0/3))
			point(s.P[1].Lerp(s.P[0], 2.0/3))
			point(s.P[1])
			c.op("c")
			last = s.P[1]
		case geom.CubicTo:
			point(s.P[0])
			point(s.P[1])
			point(s.P[2])
			c.op("c")
			last = s.P[2]
		case geom.ClosePath:
			c.op("h")
			last = start
		}
	}
}

func (c *canvas) Fill(path geom.Path, look plot.Look) {
	c.seen(look.Opacity)
	c.color(look.Color, "rg")
	c.path(path)
	c.op("f")
	c.flush()
}

func (c *canvas) Line(path geom.Path, width, on, off float64, look plot.Look) {
	c.seen(look.Opacity)
	c.color(look.Color, "RG")
	c.number(width * c.k)
	c.op("w")
	c.b = append(c.b, '[')
	if off > 0 {
		c.number(on * c.k)
		c.number(off * c.k)
	}
	c.op("] 0 d")
	c.path(path)
	c.op("S")
	c.flush()
}

func (c *canvas) Text(t plot.Text) bool {
	if !t.Face.Go || t.Missing || t.Size*c.k < 0.1 {
		return false
	}
	c.seen(t.Opacity)
	at := c.place(t.At)
	sin, cos := math.Sincos(-t.Angle) // y goes up here
	c.pdf.TransformBegin()
	c.pdf.Transform(fpdf.TransformMatrix{A: cos * t.Narrow, B: sin * t.Narrow, C: -sin, D: cos, E: at.X, F: at.Y})
	c.pdf.SetFont("go", "", t.Size*c.k)
	c.pdf.SetTextColor(int(t.Color>>16&0xff), int(t.Color>>8&0xff), int(t.Color&0xff))
	c.pdf.Text(0, c.height, t.String)
	c.pdf.TransformEnd()
	return true
}

func (c *canvas) Image(i *plot.Image, clip geom.Path, by geom.Transform, opacity float64) {
	kind, data := "png", i.Blob.Data
	if i.Blob.Media == "image/jpeg" {
		kind = "jpg"
	} else { // of the other formats, and of PNG those forms, that PDF does not know
		var b bytes.Buffer
		if c.images[i.Hash] {
			data = nil
		} else if err := png.Encode(&b, i.Pixel); err != nil {
			return
		} else {
			data = b.Bytes()
		}
	}
	if !c.images[i.Hash] {
		c.pdf.RegisterImageOptionsReader(i.Hash, fpdf.ImageOptions{ImageType: kind}, bytes.NewReader(data))
		if !c.pdf.Ok() {
			c.pdf.ClearError() // an image that it cannot read is not shown
			return
		}
		if c.images == nil {
			c.images = map[string]bool{}
		}
		c.images[i.Hash] = true
	}
	c.seen(opacity)
	c.op("q")
	c.path(clip)
	c.op("W n")
	c.flush()
	c.pdf.TransformBegin()
	// The image is drawn as the square of one point in the page's lower left corner,
	// and taken from there to its place.
	o, x, y := c.place(by.Apply(geom.Pt(0, 1))), c.place(by.Apply(geom.Pt(1, 1))), c.place(by.Apply(geom.Pt(0, 0)))
	c.pdf.Transform(fpdf.TransformMatrix{A: x.X - o.X, B: x.Y - o.Y, C: y.X - o.X, D: y.Y - o.Y, E: o.X, F: o.Y})
	c.pdf.ImageOptions(i.Hash, 0, c.height-1, 1, 1, false, fpdf.ImageOptions{ImageType: kind}, 0, "")
	c.pdf.TransformEnd()
	c.op("Q")
	c.flush()
}

var _ plot.Canvas = (*canvas)(nil)
