package export

import (
	"encoding/base64"
	"io"
	"iter"
	"math"
	"strconv"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
	"edgeboard/shared/link"
)

// ExcalidrawOptions say what a file of Excalidraw has in it.
type ExcalidrawOptions struct {
	// Figures are what is written, from the bottom one to the top one; nil: all.
	Figures iter.Seq[*figure.Figure]
	// Image returns the content of an image; nil, or false: it is left out.
	Image func(hash string) (Blob, bool)
}

// WriteExcalidraw writes figures as a file that Excalidraw opens, version 2.
// docs/excalidraw.md says what becomes of what. Nothing in it depends on the clock:
// the same board is the same file.
func WriteExcalidraw(w io.Writer, s *figure.Set, o ExcalidrawOptions) error {
	figures := o.Figures
	if figures == nil {
		figures = s.All()
	}
	e := &drawingWriter{set: s, image: o.Image, blobs: map[string]Blob{}, shown: map[board.ID]bool{}, arrows: map[board.ID][]board.ID{}}
	var list []*figure.Figure
	for f := range figures {
		if f.Bounds.Empty() || !e.takes(f) {
			continue
		}
		list = append(list, f)
		e.shown[f.ID()] = true
	}
	for _, f := range list {
		if f.Kind() == board.KindArrow {
			for _, key := range [...]board.Key{board.KeyStart, board.KeyEnd} {
				if to := f.Element.Get(key).Ref(); e.shown[to] {
					e.arrows[to] = append(e.arrows[to], f.ID())
				}
			}
		}
	}
	e.b = append(e.b, `{"type":"excalidraw","version":2,"source":"edgeboard","elements":[`...)
	for _, f := range list {
		e.figure(f)
		if len(e.b) >= flushAt {
			if _, err := w.Write(e.b); err != nil {
				return err
			}
			e.b = e.b[:0]
		}
	}
	e.b = append(e.b, "\n],\n\"appState\":{\"viewBackgroundColor\":\"#ffffff\",\"gridSize\":null},\n\"files\":{"...)
	for i, hash := range e.hashes {
		if i > 0 {
			e.b = append(e.b, ',')
		}
		blob := e.blobs[hash]
		e.b = append(appendString(append(e.b, '\n'), hash), `:{"id":`...)
		e.b = append(appendString(e.b, hash), `,"mimeType":`...)
		e.b = append(appendString(e.b, blob.Media), `,"created":0,"dataURL":`...)
		e.b = appendString(e.b, "data:"+blob.Media+";base64,"+base64.StdEncoding.EncodeToString(blob.Data))
		e.b = append(e.b, '}')
		if _, err := w.Write(e.b); err != nil {
			return err
		}
		e.b = e.b[:0]
	}
	_, err := w.Write(append(e.b, "}}\n"...))
	return err
}

// drawingWriter writes a drawing.
type drawingWriter struct {
	b      []byte
	set    *figure.Set
	image  func(hash string) (Blob, bool)
	blobs  map[string]Blob // of images that were met
	hashes []string        // their names, in the order in which they were met
	shown  map[board.ID]bool
	arrows map[board.ID][]board.ID // by what they are bound to
	count  int                     // elements that were written
	inks   []figure.Ink
}

// takes reports whether there is something in Excalidraw that a figure can become.
func (e *drawingWriter) takes(f *figure.Figure) bool {
	switch f.Kind() {
	case board.KindStamp, board.KindTimer, board.KindVote, board.KindTile:
		return false
	case board.KindImage:
		hash := f.Picture.Blob
		if _, ok := e.blobs[hash]; ok {
			return true
		}
		if hash == "" || e.image == nil {
			return false
		}
		blob, ok := e.image(hash)
		if ok {
			e.blobs[hash] = blob
			e.hashes = append(e.hashes, hash)
		}
		return ok
	}
	return true
}

func (e *drawingWriter) name(name string) *drawingWriter {
	e.b = append(append(append(e.b, `,"`...), name...), `":`...)
	return e
}

func (e *drawingWriter) str(name, v string) { e.name(name).b = appendString(e.b, v) }
func (e *drawingWriter) num(name string, v float64) {
	e.name(name).b = appendFloat(e.b, math.Round(v*1000)/1000)
}
func (e *drawingWriter) raw(name, v string) { e.name(name).b = append(e.b, v...) }

// css returns a colour, or transparent.
func css(c uint32, seen bool) string {
	if !seen {
		return "transparent"
	}
	return string(appendColor(nil, c))
}

// begin writes what all elements have. The box is that before the turn.
func (e *drawingWriter) begin(kind, id string, f *figure.Figure, box geom.Box, angle float64) {
	if e.count++; e.count > 1 {
		e.b = append(e.b, ',')
	}
	size := box.Size()
	e.b = appendString(append(e.b, "\n{\"id\":"...), id)
	e.str("type", kind)
	e.num("x", box.Min.X)
	e.num("y", box.Min.Y)
	e.num("width", size.X)
	e.num("height", size.Y)
	if angle < 0 {
		angle += 2 * math.Pi
	}
	e.name("angle").b = appendFloat(e.b, angle)
	e.num("opacity", math.Round(f.Style.Opacity*100))
	e.raw("fillStyle", `"solid"`)
	e.raw("roughness", "0")
	e.raw("strokeStyle", [...]string{figure.Solid: `"solid"`, figure.Dashed: `"dashed"`, figure.Dotted: `"dotted"`}[f.Style.Dash])
	e.raw("groupIds", "[]")
	if g := f.Group(); g != (board.ID{}) {
		e.b = e.b[:len(e.b)-1]
		e.b = append(appendString(e.b, g.Text()), ']')
	}
	if in := f.Element.Get(board.KeyFrame).Ref(); e.shown[in] && in != f.ID() {
		e.str("frameId", in.Text())
	} else {
		e.raw("frameId", "null")
	}
	e.raw("seed", strconv.Itoa(e.count))
	e.raw("version", "1")
	e.raw("versionNonce", strconv.Itoa(e.count))
	e.raw("isDeleted", "false")
	e.raw("updated", "1")
	if l, ok := link.Of(f.Element); ok && l.URL != "" {
		e.str("link", l.URL)
	} else {
		e.raw("link", "null")
	}
	e.raw("locked", strconv.FormatBool(f.Locked()))
}

func (e *drawingWriter) figure(f *figure.Figure) {
	id, box, angle := f.ID().Text(), f.Frame.Box, f.Frame.Angle
	switch f.Kind() {
	case board.KindStroke:
		e.stroke(id, f)
		return
	case board.KindLine, board.KindArrow:
		e.line(id, f)
		return
	case board.KindText:
		e.text(id, "", f)
		return
	case board.KindFrame:
		e.begin("frame", id, f, box, 0)
		e.str("name", f.Element.Text())
		e.look(css(f.Style.Color, true), "transparent", f.Style.Thickness, false)
		e.raw("boundElements", "null}")
		return
	case board.KindImage:
		e.begin("image", id, f, box, angle)
		e.look("transparent", "transparent", 1, false)
		e.str("fileId", f.Picture.Blob)
		e.raw("status", `"saved"`)
		e.raw("scale", "["+sign(f.Picture.FlipX)+","+sign(f.Picture.FlipY)+"]")
		e.crop(f.Picture)
		e.bound(f)
		return
	}
	kind, round := "rectangle", true
	switch f.Kind() {
	case board.KindEllipse:
		kind, round = "ellipse", false
	case board.KindDiamond:
		kind, round = "diamond", false
	}
	e.begin(kind, id, f, box, angle)
	lined := f.Path() != nil && f.Style.Thickness > 0
	e.look(css(f.Style.Color, lined), css(f.Style.Fill, f.Style.Filled), f.Style.Thickness, round)
	e.bound(f)
	if f.Text() != nil {
		e.text(id+"-text", id, f)
	}
}

func sign(flipped bool) string {
	if flipped {
		return "-1"
	}
	return "1"
}

// look writes the look of lines.
func (e *drawingWriter) look(color, fill string, thickness float64, round bool) {
	e.str("strokeColor", color)
	e.str("backgroundColor", fill)
	e.num("strokeWidth", max(thickness, 0.1))
	if round {
		e.raw("roundness", `{"type":3}`)
	} else {
		e.raw("roundness", "null")
	}
}

// bound writes what is bound to an element, and ends it.
func (e *drawingWriter) bound(f *figure.Figure) {
	e.raw("boundElements", "[")
	separator := ""
	if f.Text() != nil && f.Kind() != board.KindImage {
		e.b = append(e.b, `{"type":"text","id":`...)
		e.b = append(appendString(e.b, f.ID().Text()+"-text"), '}')
		separator = ","
	}
	for _, arrow := range e.arrows[f.ID()] {
		e.b = append(append(e.b, separator...), `{"type":"arrow","id":`...)
		e.b = append(appendString(e.b, arrow.Text()), '}')
		separator = ","
	}
	e.b = append(e.b, "]}"...)
}

// text writes a text, or the label of an element.
func (e *drawingWriter) text(id, container string, f *figure.Figure) {
	box, wraps := f.TextBox()
	layout := f.Text()
	if layout == nil {
		return
	}
	angle := f.Frame.Angle
	if f.Line() {
		angle = 0
	}
	e.begin("text", id, f, box, angle)
	e.look(css(f.Style.Color, true), "transparent", 1, false)
	e.str("originalText", f.Element.Text())
	text := ""
	for i, line := range layout.Lines {
		if i > 0 {
			text += "\n"
		}
		text += line.Text
	}
	e.str("text", text)
	e.num("fontSize", layout.Size)
	e.raw("fontFamily", "2") // a sans-serif one
	align := f.Style.Align
	if f.Line() {
		align = figure.AlignMiddle
	}
	e.raw("textAlign", [...]string{figure.AlignStart: `"left"`, figure.AlignMiddle: `"center"`, figure.AlignEnd: `"right"`}[align])
	vertical := `"top"`
	if container != "" {
		vertical = `"middle"`
		e.str("containerId", container)
	} else {
		e.raw("containerId", "null")
	}
	e.raw("verticalAlign", vertical)
	e.num("lineHeight", figure.LineHeight)
	e.raw("autoResize", strconv.FormatBool(!wraps))
	e.raw("boundElements", "null}")
}

// points writes points relative to the first one.
func (e *drawingWriter) points(all []geom.Point) {
	e.raw("points", "[")
	for i, p := range all {
		if i > 0 {
			e.b = append(e.b, ',')
		}
		d := p.Sub(all[0])
		e.b = appendFloat(append(e.b, '['), math.Round(d.X*1000)/1000)
		e.b = append(appendFloat(append(e.b, ','), math.Round(d.Y*1000)/1000), ']')
	}
	e.b = append(e.b, ']')
}

// stroke writes a stroke. Of a device with pressure the pressures go along.
func (e *drawingWriter) stroke(id string, f *figure.Figure) {
	e.inks = f.AppendInk(e.inks[:0])
	if len(e.inks) == 0 {
		return
	}
	all := make([]geom.Point, len(e.inks))
	for i, k := range e.inks {
		all[i] = k.At
	}
	box := geom.BoxOf(all...)
	// Its place is where the first point is.
	e.begin("freedraw", id, f, geom.Box{Min: all[0], Max: all[0].Add(box.Size())}, 0)
	e.look(css(f.Style.Color, true), "transparent", f.Style.Thickness/freedrawWidth, false)
	e.points(all)
	samples := f.Element.AppendPoints(nil)
	steady := true
	for _, s := range samples {
		steady = steady && s.Pressure == noPressure
	}
	e.raw("simulatePressure", strconv.FormatBool(steady))
	e.raw("pressures", "[")
	for i, s := range samples {
		if steady {
			break
		}
		if i > 0 {
			e.b = append(e.b, ',')
		}
		e.b = appendFloat(e.b, math.Round(float64(s.Pressure)/math.MaxUint8*1000)/1000)
	}
	e.b = append(e.b, ']')
	e.raw("lastCommittedPoint", "null")
	e.raw("boundElements", "null}")
}

// line writes a line or an arrow.
func (e *drawingWriter) line(id string, f *figure.Figure) {
	kind := "line"
	if f.Kind() == board.KindArrow {
		kind = "arrow"
	}
	size := geom.BoxOf(f.From, f.To).Size()
	e.begin(kind, id, f, geom.Box{Min: f.From, Max: f.From.Add(size)}, 0)
	e.look(css(f.Style.Color, true), "transparent", f.Style.Thickness, false)
	e.points([]geom.Point{f.From, f.To})
	e.raw("lastCommittedPoint", "null")
	if kind == "arrow" {
		e.raw("elbowed", "false")
		e.binding("startBinding", f, board.KeyStart, board.KeyStartX, board.KeyStartY)
		e.binding("endBinding", f, board.KeyEnd, board.KeyEndX, board.KeyEndY)
		head := func(there bool) string {
			if there {
				return `"arrow"`
			}
			return "null"
		}
		e.raw("startArrowhead", head(f.Style.Heads == figure.HeadsAtBoth))
		e.raw("endArrowhead", head(f.Style.Heads != figure.NoHeads))
	} else {
		e.raw("startBinding", "null")
		e.raw("endBinding", "null")
		e.raw("startArrowhead", "null")
		e.raw("endArrowhead", "null")
	}
	e.bound(f)
	if f.Text() != nil {
		e.text(id+"-text", id, f)
	}
}

// binding writes what an end of an arrow is bound to.
func (e *drawingWriter) binding(name string, f *figure.Figure, key, keyX, keyY board.Key) {
	to := f.Element.Get(key).Ref()
	if on := e.set.Of(to); !e.shown[to] || on == nil || !figure.Binds(on.Kind()) {
		e.raw(name, "null")
		return
	}
	share := func(k board.Key) string {
		return string(appendFloat(nil, min(max(f.Element.Float(k, 0.5), 0), 1)))
	}
	e.raw(name, `{"elementId":"`+to.Text()+`","focus":0,"gap":4,"fixedPoint":[`+share(keyX)+`,`+share(keyY)+`],"mode":"orbit"}`)
}

// crop writes what of an image is shown, in its own pixels.
func (e *drawingWriter) crop(p *figure.Picture) {
	size := p.Crop.Size()
	if p.Width == 0 || p.Height == 0 || size == geom.Pt(1, 1) {
		e.raw("crop", "null")
		return
	}
	width, height := float64(p.Width), float64(p.Height)
	e.name("crop").b = append(e.b, '{')
	start := len(e.b)
	e.num("x", p.Crop.Min.X*width)
	e.num("y", p.Crop.Min.Y*height)
	e.num("width", size.X*width)
	e.num("height", size.Y*height)
	e.num("naturalWidth", width)
	e.num("naturalHeight", height)
	e.b = append(append(e.b[:start], e.b[start+1:]...), '}') // without the first comma
}
