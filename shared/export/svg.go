package export

import (
	"math"
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
	w := &writer{b: dst}
	w.open("svg").text("xmlns", "http://www.w3.org/2000/svg").number("width", width).number("height", height)
	w.numbers("viewBox", x, y, width, height).text("font-family", font)
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
	turned := f.Frame.Angle != 0 && f.Kind() != board.KindStroke // whose ink lies on the board
	grouped := turned || f.Style.Opacity < 1 || lines > 0
	if grouped {
		w.open("g")
		if turned {
			c := f.Frame.Center()
			w.text("transform", "rotate("+string(appendNumbers(nil, f.Frame.Angle*180/math.Pi, c.X, c.Y))+")")
		}
		if f.Style.Opacity < 1 {
			w.number("opacity", f.Style.Opacity)
		}
		w.inside()
	}
	switch f.Kind() {
	case board.KindStroke:
		if path := outline(f.AppendInk(nil)); path != nil {
			w.open("path").path(path).color("fill", f.Style.Color).empty()
		}
	case board.KindText:
	case board.KindLine, board.KindArrow:
		w.open("path").path(f.Path())
		w.line(f, true)
		for _, head := range f.HeadPaths() {
			w.open("path").path(head)
			w.line(f, false)
		}
	default:
		w.shape(f)
	}
	if lines > 0 {
		w.letters(f)
	}
	if grouped {
		w.close("g")
	}
}

// shape writes what has an inside, before it is turned.
func (w *writer) shape(f *figure.Figure) {
	box := f.Frame.Box
	c, size := box.Center(), box.Size()
	switch f.Kind() {
	case board.KindEllipse:
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
	} else {
		w.text("fill", "none")
	}
	if f.Kind() == board.KindNote || f.Style.Thickness == 0 {
		w.empty()
		return
	}
	w.stroke(f, true)
	w.empty()
}

// line ends an element that is nothing but a line.
func (w *writer) line(f *figure.Figure, dashed bool) {
	w.text("fill", "none")
	w.stroke(f, dashed)
	w.empty()
}

func (w *writer) stroke(f *figure.Figure, dashed bool) {
	t := f.Style.Thickness
	w.color("stroke", f.Style.Color).number("stroke-width", t).text("stroke-linecap", "round").text("stroke-linejoin", "round")
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
func (w *writer) letters(f *figure.Figure) {
	layout := f.Text()
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
		w.color("fill", f.Style.Color).text("xml:space", "preserve")
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
type writer struct{ b []byte }

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

func (w *writer) color(name string, c uint32) *writer {
	const digits = "0123456789abcdef"
	w.name(name)
	w.b = append(w.b, '#')
	for shift := 20; shift >= 0; shift -= 4 {
		w.b = append(w.b, digits[c>>shift&15])
	}
	w.b = append(w.b, '"')
	return w
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
