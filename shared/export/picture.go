package export

import (
	"math"
	"sort"
	"strconv"
	"strings"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// PictureOptions say how the first picture of a page is made.
type PictureOptions struct {
	// Budget is the most bytes that it may take. 0: DefaultBudget.
	Budget int
	// View is what is looked at first: there the picture is finer, and what lies
	// outside goes first. The zero Box: nobody knows, and all is alike.
	View geom.Box
	// Scale is how many CSS pixels a board unit takes. 0: 1.
	Scale float64
	// Dark makes greys pairs of colours, light-dark(), of which the page's colour
	// scheme takes one (CSS Color 5).
	Dark bool
}

// DefaultBudget is how many bytes a first picture takes at the most.
const DefaultBudget = 200 << 10

// AppendPicture appends a picture of a board that is there before the program that
// draws the board: SVG to stand in a page of HTML. It has no size and no viewBox: a
// pixel of it is a board unit, counted from the board's origin, and the page lays
// it where its camera looks. Of nothing it appends nothing.
//
// What it takes is bounded. Strokes are lines of one width, with fewer points the
// more there are; strokes, lines and arrows of the same look are one path where
// nothing lies between them, as browsers draw a few long paths much sooner than many
// short ones; what is smaller than a pixel, and with many elements what is small, is left
// out. Texts are HTML, so that the browser breaks their lines as it does on the
// board. There are no style attributes, which a page may forbid: the page's style
// sheet says, for what the picture is in,
//
//	foreignObject { overflow: visible }
//	p { margin: 0; line-height: 1.25; white-space: pre; line-break: strict; tab-size: 4; unicode-bidi: plaintext; text-rendering: geometricPrecision }
//	.wrap { white-space: pre-wrap; overflow-wrap: anywhere }
//	.label { display: flex; align-items: center; justify-content: center; height: 100% }
//	.label .wrap { width: 100% }
//	.middle { text-align: center }
//	.end { text-align: end }
//	.shadow { fill: #000; fill-opacity: .1; stroke: #000; stroke-opacity: .06; stroke-width: 4px }
func AppendPicture(dst []byte, s *figure.Set, o PictureOptions) []byte {
	if o.Budget <= 0 {
		o.Budget = DefaultBudget
	}
	if !(o.Scale > 0) || math.IsInf(o.Scale, 0) {
		o.Scale = 1
	}
	p := picture{PictureOptions: o, looks: map[look]int32{}, lines: map[layer]int{}}
	p.cover.bounds = s.Bounds()
	for f := range s.All() {
		if f.Bounds.Empty() || f.Style.Opacity == 0 {
			continue
		}
		p.parts = append(p.parts, part{figure: f, near: o.View == (geom.Box{}) || f.Bounds.Overlaps(o.View)})
	}
	for level := 0; level < levels && !p.draw(level); level++ {
	}
	if len(p.batches) == 0 {
		return dst
	}
	sort.SliceStable(p.batches, func(i, j int) bool { return p.batches[i].level < p.batches[j].level })
	dst = append(dst, pictureHead...)
	for i := range p.batches {
		dst = p.batches[i].append(dst)
	}
	return append(dst, pictureFoot...)
}

const (
	pictureHead = `<svg xmlns="http://www.w3.org/2000/svg" overflow="visible" fill="none" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">` + "\n"
	pictureFoot = "</svg>\n"
)

// How coarse a picture is, at its finest and in CSS pixels. Of two levels the second
// is twice as coarse as the one before both. What lies outside of the view is
// aheadOutside levels coarser, from its own finest one on.
const (
	finest       = 0.25 // how far a line may be from where it is
	least        = 1    // how large an element is that is shown
	levels       = 48
	aheadOutside = 6
	// leastLetters is how high the letters are that are shown.
	leastLetters = 3
	// longText is how many bytes of a text are shown, half with each level, but
	// shortText, which is half with each level from shortLevels on.
	longText    = 8 << 10
	shortText   = 256
	shortLevels = 8
)

// picture is a picture under way.
type picture struct {
	PictureOptions
	parts   []part
	batches []batch
	size    int // bytes of the batches
	looks   map[look]int32
	lines   map[layer]int // the batch of each
	cover   cover
	inks    []figure.Ink
	points  []geom.Point
}

// part is an element that may be shown.
type part struct {
	figure *figure.Figure
	near   bool // in the view
	line   []geom.Point
	width  float64
	drawn  bool // line is there
}

// batch is a piece of the picture: the markup of an element, or the path of all lines
// of one look.
type batch struct {
	level int32
	look  look
	pathData
}

// layer is what lines of a batch have in common.
type layer struct{ level, look int32 }

// look is what the lines of a path have in common; the zero look is that of no line.
type look struct {
	color   uint32
	width   float64 // in board units
	grain   float64 // board units that a step of the path takes
	opacity float64
	dark    bool
}

// draw draws the picture at a level. It gives up when the budget is spent, and
// reports whether it was enough.
func (p *picture) draw(level int) bool {
	p.batches, p.size = p.batches[:0], len(pictureHead)+len(pictureFoot)
	clear(p.looks)
	clear(p.lines)
	p.cover.clear()
	for i := range p.parts {
		part := &p.parts[i]
		coarse := math.Exp2(float64(level) / 2)
		if part.near && p.View != (geom.Box{}) {
			coarse = math.Exp2(float64(max(level-aheadOutside, 0)) / 2)
		}
		size := part.figure.Bounds.Size()
		if max(size.X, size.Y)*p.Scale < least*coarse {
			continue
		}
		if part.figure.Kind() == board.KindStroke {
			p.stroke(part, finest*coarse/p.Scale)
		} else {
			p.element(part.figure, max(longText>>level, shortText>>max(level-shortLevels, 0)))
		}
		if p.size > p.Budget {
			p.batches = p.batches[:0]
			return false
		}
	}
	return true
}

// stroke draws a stroke as a line of its mean width.
func (p *picture) stroke(part *part, tolerance float64) {
	f := part.figure
	if !part.drawn {
		part.drawn = true
		p.inks = f.AppendInk(p.inks[:0])
		p.points = p.points[:0]
		for _, k := range p.inks {
			p.points = append(p.points, k.At)
			part.width += 2 * k.Radius
		}
		if n := len(p.inks); n > 0 {
			part.width /= float64(n)
		}
		part.line = p.points
	}
	part.line = geom.Simplify(part.line, tolerance)
	if len(part.line) == 0 || part.width == 0 {
		return
	}
	// Whole steps, of widths too, so that more strokes have the same look.
	width := max(math.Round(part.width*2), 1) / 2
	grain := math.Exp2(math.Floor(math.Log2(tolerance)))
	b := p.batch(f, look{color: f.Style.Color, width: width, grain: grain, opacity: f.Style.Opacity, dark: p.Dark && figure.Turns(f.Style.Color)})
	before := len(b.b)
	for i, at := range part.line {
		x, y := int64(math.Round(at.X/grain))*steps, int64(math.Round(at.Y/grain))*steps
		switch {
		case i == 0:
			b.b = append(b.b, 'm')
		case i > 1 && x == b.x && y == b.y:
			continue
		}
		b.b = appendSigned(b.b, x-b.x, i == 0)
		b.b = appendSigned(b.b, y-b.y, false)
		b.x, b.y = x, y
	}
	if len(part.line) == 1 {
		b.b = append(b.b, "h0"...) // a dot is a line without length
	}
	p.size += len(b.b) - before
}

// line draws a line or an arrow that is nothing else.
func (p *picture) line(f *figure.Figure) {
	b := p.batch(f, look{color: f.Style.Color, width: f.Style.Thickness, grain: 1, opacity: 1, dark: p.Dark && figure.Turns(f.Style.Color)})
	before := len(b.b)
	b.add(f.Path())
	for _, head := range f.HeadPaths() {
		b.add(head)
	}
	p.size += len(b.b) - before
}

// batch returns the batch that a line is drawn with: that of its look on its level.
func (p *picture) batch(f *figure.Figure, l look) *batch {
	var of layer
	if l.opacity == 1 { // where lines overlap that are seen through, both are seen
		if of.look = p.looks[l]; of.look == 0 {
			of.look = int32(len(p.looks)) + 1
			p.looks[l] = of.look
		}
	}
	of.level = p.cover.add(f.Bounds, of.look)
	at, ok := p.lines[of]
	if !ok || of.look == 0 {
		at = len(p.batches)
		p.batches = append(p.batches, batch{level: of.level, look: l})
		p.lines[of] = at
		p.size += len(p.batches[at].append(nil))
	}
	return &p.batches[at]
}

// append appends the markup of a batch.
func (b *batch) append(dst []byte) []byte {
	if b.look == (look{}) {
		return append(dst, b.b...)
	}
	w := &writer{b: dst, dark: b.look.dark}
	w.open("path").color("stroke", b.look.color).number("stroke-width", b.look.width/b.look.grain)
	if b.look.grain != 1 {
		w.name("transform")
		w.b = append(w.b, "scale("...)
		w.b = append(strconv.AppendFloat(w.b, b.look.grain, 'f', -1, 64), `)"`...)
	}
	if b.look.opacity < 1 {
		w.number("opacity", b.look.opacity)
	}
	w.name("d")
	w.b = append(append(w.b, b.b...), '"')
	w.empty()
	return w.b
}

// element draws what is no stroke.
func (p *picture) element(f *figure.Figure, mostText int) {
	w := &writer{brief: true, dark: p.Dark}
	layout := f.Text()
	if layout != nil && layout.Size*p.Scale < leastLetters || mostText == 0 {
		layout = nil
	}
	turned, seenThrough := f.Frame.Angle != 0, f.Style.Opacity < 1
	if f.Line() && !seenThrough && layout == nil && f.Style.Dash == figure.Solid && len(f.Parts()) == 0 {
		p.line(f)
		return
	}
	if parts := f.Parts(); len(parts) > 0 && turned { // which lie on the board
		w.composed(f, layout != nil)
		p.add(f, w)
		return
	}
	if turned || seenThrough {
		w.open("g")
		if turned {
			w.turn(f.Frame)
		}
		if seenThrough {
			w.number("opacity", f.Style.Opacity)
		}
		w.inside()
	}
	switch f.Kind() {
	case board.KindText:
	case board.KindLine, board.KindArrow:
		w.lines(f)
	case board.KindNote:
		w.shadow(f)
		w.shape(f)
	default: // an image is paper
		w.shape(f)
	}
	for _, part := range f.Parts() {
		w.part(f, part)
	}
	if layout != nil {
		w.html(f, mostText)
	}
	if turned || seenThrough {
		w.close("g")
	}
	p.add(f, w)
}

// add adds the markup of an element.
func (p *picture) add(f *figure.Figure, w *writer) {
	if len(w.b) > 0 {
		p.batches = append(p.batches, batch{level: p.cover.add(f.Bounds, 0), pathData: pathData{b: w.b}})
		p.size += len(w.b)
	}
}

// shadow writes the shadow of a note, which lies below it.
func (w *writer) shadow(f *figure.Figure) {
	const below = 2
	box := f.Frame.Box.Add(geom.Pt(0, below))
	size := box.Size()
	w.open("rect").text("class", "shadow").number("x", box.Min.X).number("y", box.Min.Y)
	w.number("width", size.X).number("height", size.Y).number("rx", figure.CornerRadius).empty()
}

// html writes a text as HTML, at most a number of bytes of it.
func (w *writer) html(f *figure.Figure, most int) {
	box, wraps := f.TextBox()
	label := f.Kind() != board.KindText && f.Kind() != board.KindFrame
	if label && !f.Line() && f.Kind() != board.KindVote { // in the middle, however many lines the browser makes
		frame := f.Frame.Box
		box.Min.Y, box.Max.Y = frame.Min.Y, frame.Max.Y
	}
	size := box.Size()
	w.open("foreignObject").number("x", box.Min.X).number("y", box.Min.Y)
	w.number("width", math.Ceil(size.X)).number("height", math.Ceil(size.Y)).number("font-size", f.Text().Size)
	if light := f.Style.Color; w.dark && !f.OnPaper() {
		w.colors("color", light, figure.Dark(light))
	} else {
		w.colors("color", light, light)
	}
	w.b = append(w.b, '>')
	if label {
		w.b = append(w.b, `<div class="label">`...)
	}
	w.open("p")
	classes := [...]string{figure.AlignStart: "", figure.AlignMiddle: "middle", figure.AlignEnd: "end"}[f.Style.Align]
	if wraps {
		classes = strings.TrimSpace("wrap " + classes)
	}
	if classes != "" {
		w.text("class", classes)
	}
	w.b = append(w.b, '>')
	text := f.Element.Text()
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") // half a letter goes
	}
	w.escaped(breaks.Replace(text))
	w.b = append(w.b, "</p>"...)
	if label {
		w.b = append(w.b, "</div>"...)
	}
	w.close("foreignObject")
}

// breaks makes all breaks of lines the one that CSS breaks lines at.
var breaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n")
