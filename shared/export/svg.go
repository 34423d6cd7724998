package export

import (
	"encoding/base64"
	"iter"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// Options say how a picture is made.
type Options struct {
	Margin float64 // around the figures, in board units
	Fill   uint32  // 0xRRGGBB of what is behind them,
	Filled bool    // if there is to be something
	Font   string  // as font-family of CSS; "": DefaultFont
	// Dark makes greys pairs of colours, light-dark(), of which the colour scheme of
	// who looks takes one (CSS Color 5).
	Dark bool
	// Image returns the content of an image. nil, or false: it is shown as paper.
	Image func(hash string) (Blob, bool)
}

// DefaultFont is a font of the reader's system.
const DefaultFont = "system-ui, sans-serif"

// AppendSVG appends a picture of figures, of which each lies on the ones before it,
// as SVG 1.1. A pixel of it is a board unit. Of no figures it appends nothing.
func AppendSVG(dst []byte, figures []*figure.Figure, o Options) []byte {
	bounds := geom.NoBox
	for _, f := range figures {
		bounds = bounds.Union(f.Bounds)
	}
	if bounds.Empty() {
		return dst
	}
	bounds = bounds.Grow(o.Margin)
	// Whole units, so that pixels are those of the board.
	x, y := math.Floor(bounds.Min.X), math.Floor(bounds.Min.Y)
	width, height := math.Ceil(bounds.Max.X)-x, math.Ceil(bounds.Max.Y)-y
	font := o.Font
	if font == "" {
		font = DefaultFont
	}
	w := &writer{b: dst, dark: o.Dark, image: o.Image}
	w.open("svg").text("xmlns", "http://www.w3.org/2000/svg").number("width", width).number("height", height)
	w.numbers("viewBox", x, y, width, height).text("font-family", font)
	if o.Dark {
		w.text("style", "color-scheme:light dark")
	}
	w.inside()
	if o.Filled {
		w.open("rect").number("x", x).number("y", y).number("width", width).number("height", height).color("fill", o.Fill).empty()
	}
	for _, f := range figures {
		w.figure(f)
	}
	w.close("svg")
	return w.b
}

// figure writes a figure, in a group of its own if it is turned, can be seen through
// or has a text.
func (w *writer) figure(f *figure.Figure) {
	if f.Bounds.Empty() || f.Style.Opacity == 0 {
		return
	}
	lines := 0
	if layout := f.Text(); layout != nil {
		for _, line := range layout.Lines {
			if line.Text != "" {
				lines++
			}
		}
	}
	if f.Picture != nil || len(f.Parts()) > 0 {
		w.composed(f, lines > 0)
		return
	}
	turned := f.Frame.Angle != 0 && f.Kind() != board.KindStroke // whose ink lies on the board
	grouped := turned || f.Style.Opacity < 1 || lines > 0
	if grouped {
		w.open("g")
		if turned {
			w.turn(f.Frame)
		}
		if f.Style.Opacity < 1 {
			w.number("opacity", f.Style.Opacity)
		}
		w.inside()
	}
	switch f.Kind() {
	case board.KindStroke:
		if path := w.outlines.Outline(f); path != nil {
			w.open("path").path(path).color("fill", f.Style.Color).empty()
		}
	case board.KindText:
	case board.KindLine, board.KindArrow:
		w.lines(f)
	default:
		w.shape(f)
	}
	if lines > 0 {
		w.letters(f, f.Text(), f.Style.Color)
	}
	if grouped {
		w.close("g")
	}
}

// composed writes an image, or what has parts: these lie on the board, whatever the
// turn of the figure.
func (w *writer) composed(f *figure.Figure, lettered bool) {
	w.open("g")
	if f.Style.Opacity < 1 {
		w.number("opacity", f.Style.Opacity)
	}
	w.inside()
	if f.Picture == nil || !w.picture(f) {
		w.inFrame(f, func() { w.shape(f) })
	}
	for _, part := range f.Parts() {
		w.part(f, part)
	}
	if lettered {
		w.inFrame(f, func() { w.letters(f, f.Text(), f.Style.Color) })
	}
	w.close("g")
}

// inFrame writes what lies in the plane of a figure's frame.
func (w *writer) inFrame(f *figure.Figure, write func()) {
	if f.Frame.Angle == 0 {
		write()
		return
	}
	w.open("g")
	w.turn(f.Frame)
	w.inside()
	write()
	w.close("g")
}

// part writes a part of a figure.
func (w *writer) part(f *figure.Figure, part figure.Part) {
	color, other := part.Color&0xffffff, part.Shown(w.dark)
	switch {
	case part.Text != nil:
		w.inFrame(f, func() { w.lettersIn(f, part.Text, color, other) })
	case part.Fill:
		// Each line is filled by itself, whatever the way round.
		for line := range Lines(part.Path) {
			w.open("path").path(line).colors("fill", color, other).empty()
		}
	default:
		w.open("path").path(part.Path)
		if !w.brief {
			w.text("fill", "none")
		}
		w.colors("stroke", color, other).number("stroke-width", part.Thickness)
		if !w.brief {
			w.text("stroke-linecap", "round").text("stroke-linejoin", "round")
		}
		w.empty()
	}
}

// Lines yields the lines of a path, each from where it begins.
func Lines(p geom.Path) iter.Seq[geom.Path] {
	return func(yield func(geom.Path) bool) {
		for len(p) > 0 {
			n := 1
			for n < len(p) && p[n].Verb != geom.MoveTo {
				n++
			}
			if !yield(p[:n]) {
				return
			}
			p = p[n:]
		}
	}
}

// medias are the media types of images that may stand in a picture.
var medias = [...]string{"image/png", "image/jpeg", "image/webp", "image/gif", "image/svg+xml"}

// picture writes an image with its content, and reports whether it is to be had.
func (w *writer) picture(f *figure.Figure) bool {
	if w.image == nil || f.Picture.Blob == "" {
		return false
	}
	blob, ok := w.image(f.Picture.Blob)
	if !ok || !slices.Contains(medias[:], blob.Media) {
		return false
	}
	o, _ := f.Outline()
	w.images++
	name := "edgeboard-image-" + strconv.Itoa(w.images)
	w.open("clipPath").text("id", name)
	w.b = append(w.b, '>')
	w.open("path").path(o.Path())
	w.b = append(w.b, "/></clipPath>\n"...)
	w.open("g").text("clip-path", "url(#"+name+")").inside()
	w.open("image").number("width", 1).number("height", 1).text("preserveAspectRatio", "none")
	w.name("transform")
	t := f.PictureTransform()
	w.b = append(w.b, "matrix("...)
	for i, v := range [...]float64{t.A, t.B, t.C, t.D, t.E, t.F} {
		if i > 0 {
			w.b = append(w.b, ' ')
		}
		w.b = strconv.AppendFloat(w.b, v, 'g', 8, 64)
	}
	w.b = append(w.b, `)"`...)
	w.name("href")
	w.b = append(append(append(w.b, "data:"...), blob.Media...), ";base64,"...)
	w.b = append(base64.StdEncoding.AppendEncode(w.b, blob.Data), '"')
	w.empty()
	w.close("g")
	return true
}

// turn writes the turn of a frame.
func (w *writer) turn(f geom.Frame) {
	c := f.Center()
	w.name("transform")
	w.b = append(appendNumbers(append(w.b, "rotate("...), f.Angle*180/math.Pi, c.X, c.Y), `)"`...)
}

// shape writes what has an inside, before it is turned.
func (w *writer) shape(f *figure.Figure) {
	lined := f.Path() != nil && f.Style.Thickness > 0
	if !lined && !f.Style.Filled {
		return
	}
	box := f.Frame.Box
	c, size := box.Center(), box.Size()
	switch f.Kind() {
	case board.KindEllipse, board.KindStamp:
		w.open("ellipse").number("cx", c.X).number("cy", c.Y).number("rx", size.X/2).number("ry", size.Y/2)
	case board.KindDiamond:
		w.open("path").path(geom.DiamondPath(box))
	default:
		o, _ := f.Outline()
		w.open("rect").number("x", box.Min.X).number("y", box.Min.Y).number("width", size.X).number("height", size.Y)
		if r := min(o.Radius, size.X/2, size.Y/2); r > 0 {
			w.number("rx", r)
		}
	}
	if f.Style.Filled {
		w.color("fill", f.Style.Fill)
	} else if !w.brief {
		w.text("fill", "none")
	}
	if lined {
		w.stroke(f, true)
	}
	w.empty()
}

// lines writes a line or an arrow, whose heads are lines too.
func (w *writer) lines(f *figure.Figure) {
	w.open("path").path(f.Path())
	w.line(f, true)
	for _, head := range f.HeadPaths() {
		w.open("path").path(head)
		w.line(f, false)
	}
}

// line ends an element that is nothing but a line.
func (w *writer) line(f *figure.Figure, dashed bool) {
	if !w.brief {
		w.text("fill", "none")
	}
	w.stroke(f, dashed)
	w.empty()
}

func (w *writer) stroke(f *figure.Figure, dashed bool) {
	t := f.Style.Thickness
	w.color("stroke", f.Style.Color).number("stroke-width", t)
	if !w.brief {
		w.text("stroke-linecap", "round").text("stroke-linejoin", "round")
	}
	if !dashed {
		return
	}
	switch f.Style.Dash {
	case figure.Dashed:
		w.numbers("stroke-dasharray", 2*t+4, 2*t+4)
	case figure.Dotted: // dots are dashes of no length with round ends
		w.numbers("stroke-dasharray", 0, 2*t+2)
	}
}

// letters writes the lines of a text. Each is anchored where it is aligned, so that
// it stays in its place with fonts of other widths.
func (w *writer) letters(f *figure.Figure, layout *figure.Layout, color uint32) {
	other := color
	if w.dark && !f.OnPaper() {
		other = figure.Dark(color)
	}
	w.lettersIn(f, layout, color, other)
}

// lettersIn writes them in a colour for either colour scheme.
func (w *writer) lettersIn(f *figure.Figure, layout *figure.Layout, color, other uint32) {
	anchor, share := "start", 0.0
	switch f.Style.Align {
	case figure.AlignMiddle:
		anchor, share = "middle", 0.5
	case figure.AlignEnd:
		anchor, share = "end", 1
	}
	for _, line := range layout.Lines {
		if line.Text == "" {
			continue
		}
		from := share
		if line.RightToLeft {
			from = 1 - share
		}
		w.open("text").number("x", line.At.X+from*line.Width).number("y", line.At.Y).number("font-size", layout.Size)
		w.colors("fill", color, other).text("xml:space", "preserve")
		if anchor != "start" {
			w.text("text-anchor", anchor)
		}
		if line.RightToLeft {
			w.text("direction", "rtl")
		}
		w.b = append(w.b, '>')
		w.escaped(line.Text)
		w.b = append(w.b, "</text>\n"...)
	}
}

// writer writes XML.
type writer struct {
	b []byte
	// brief says that what lines have in common is said by an element around them.
	brief bool
	// dark makes colours pairs, of which the page's colour scheme takes one.
	dark     bool
	outlines Outliner
	image    func(hash string) (Blob, bool)
	images   int // that were written
}

func (w *writer) open(name string) *writer {
	w.b = append(append(w.b, '<'), name...)
	return w
}

// inside ends the tag of an element that has others in it.
func (w *writer) inside() { w.b = append(w.b, ">\n"...) }

// empty ends an element that has nothing in it.
func (w *writer) empty() { w.b = append(w.b, "/>\n"...) }

func (w *writer) close(name string) {
	w.b = append(append(append(w.b, "</"...), name...), ">\n"...)
}

func (w *writer) name(name string) {
	w.b = append(append(append(w.b, ' '), name...), `="`...)
}

func (w *writer) text(name, value string) *writer {
	w.name(name)
	w.escaped(value)
	w.b = append(w.b, '"')
	return w
}

func (w *writer) number(name string, v float64) *writer { return w.numbers(name, v) }

func (w *writer) numbers(name string, v ...float64) *writer {
	w.name(name)
	w.b = append(appendNumbers(w.b, v...), '"')
	return w
}

// color writes a colour, or one for either colour scheme.
func (w *writer) color(name string, c uint32) *writer {
	if w.dark && figure.Turns(c) {
		return w.colors(name, c, figure.Dark(c))
	}
	return w.colors(name, c, c)
}

func (w *writer) colors(name string, light, dark uint32) *writer {
	w.name(name)
	if light == dark {
		w.b = appendColor(w.b, light)
	} else {
		w.b = appendColor(append(w.b, "light-dark("...), light)
		w.b = append(appendColor(append(w.b, ','), dark), ')')
	}
	w.b = append(w.b, '"')
	return w
}

func appendColor(b []byte, c uint32) []byte {
	const digits = "0123456789abcdef"
	b = append(b, '#')
	for shift := 20; shift >= 0; shift -= 4 {
		b = append(b, digits[c>>shift&15])
	}
	return b
}

func (w *writer) path(p geom.Path) *writer {
	w.name("d")
	w.b = append(appendPath(w.b, p), '"')
	return w
}

// escaped writes a text. What XML has no way to say (XML 1.0, 2.2) is shown as a
// replacement character.
func (w *writer) escaped(s string) {
	for _, r := range s {
		switch {
		case r == '&':
			w.b = append(w.b, "&amp;"...)
		case r == '<':
			w.b = append(w.b, "&lt;"...)
		case r == '>':
			w.b = append(w.b, "&gt;"...)
		case r == '"':
			w.b = append(w.b, "&quot;"...)
		case r < ' ' && r != '\t' && r != '\n', r == 0xfffe, r == 0xffff:
			w.b = utf8.AppendRune(w.b, utf8.RuneError)
		default:
			w.b = utf8.AppendRune(w.b, r)
		}
	}
}
