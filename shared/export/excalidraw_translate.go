package export

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
	"edgeboard/shared/link"
)

// document makes a document of what was read.
func (r *drawingReader) document() *Document {
	m := &translator{doc: &Document{Blobs: map[string]Blob{}, Left: map[string]int{}}, r: r, of: map[string]*drawn{}, names: map[string]board.ID{}, groups: map[string]board.ID{}, hashes: map[string]string{}, labels: map[string]*drawn{}}
	for i := range r.drawn {
		d := &r.drawn[i]
		if d.id != "" && m.of[d.id] == nil {
			m.of[d.id] = d
			m.names[d.id] = board.ID{Replica: 1, Seq: uint64(i + 1)}
		}
	}
	for i := range r.drawn {
		if d := &r.drawn[i]; d.kind == "text" && m.container(d) != nil && m.labels[d.container] == nil {
			m.labels[d.container] = d
		}
	}
	for i := range r.drawn {
		if len(m.doc.Elements) < board.MaxElements {
			m.translate(&r.drawn[i])
		}
	}
	return m.doc
}

// translator makes elements of a board of those of a drawing.
type translator struct {
	doc    *Document
	r      *drawingReader
	of     map[string]*drawn
	names  map[string]board.ID
	groups map[string]board.ID
	hashes map[string]string // of files, by their names in the drawing
	labels map[string]*drawn // by what they are the labels of
	steps  int               // points that lines with bends were made of
}

func (m *translator) left(what string) { m.doc.Left[what]++ }

// container returns what a text is the label of, nil if it stands for itself, as one
// that is not in the middle does here.
func (m *translator) container(d *drawn) *drawn {
	c := m.of[d.container]
	if c == nil || c == d {
		return nil
	}
	switch c.kind {
	case "rectangle", "ellipse", "diamond":
		if !d.aside {
			return c
		}
	case "arrow", "line":
		if len(c.points) == 2 {
			return c
		}
	}
	return nil
}

func (m *translator) translate(d *drawn) {
	size := d.box.Size()
	e := Element{ID: m.names[d.id]}
	if m.of[d.id] != d {
		e.ID = board.ID{} // there is another of its name
	}
	switch d.kind {
	case "rectangle":
		e.Kind = board.KindRectangle
	case "ellipse":
		e.Kind = board.KindEllipse
	case "diamond":
		e.Kind = board.KindDiamond
	case "frame", "magicframe":
		e.Kind = board.KindFrame
		e.Text = m.shortened(d.name)
	case "embeddable", "iframe":
		e.Kind = board.KindRectangle
		e.Text = m.shortened(d.link)
	case "image":
		e.Kind = board.KindImage
		if !m.image(&e, d) {
			return
		}
	case "text":
		switch m.container(d) {
		case nil:
			own := *d
			own.wraps = d.wraps || d.container != "" && d.aside
			m.text(e, &own)
		default: // its text is that of the other
		}
		return
	case "line", "arrow":
		m.line(e, d)
		return
	case "freedraw", "draw":
		m.stroke(e, d, d.points, d.kind == "draw")
		return
	case "selection":
		return
	default:
		m.left(LeftUnknown)
		return
	}
	if size.X == 0 && size.Y == 0 {
		m.left(LeftEmpty)
		return
	}
	box := d.box
	if d.flipX {
		box.Min.X, box.Max.X = box.Max.X, box.Min.X
	}
	if d.flipY {
		box.Min.Y, box.Max.Y = box.Max.Y, box.Min.Y
	}
	m.place(&e, box, d.angle)
	if e.Kind != board.KindImage {
		m.lines(&e, d)
		if m.fill(d) {
			c, _ := m.color(d.fill)
			e.Set(board.KeyFill, board.Int(int64(c)))
		}
	}
	m.label(&e, d)
	m.add(e, d)
}

// place sets a box, whose sides may be negative, and a turn.
func (m *translator) place(e *Element, box geom.Box, angle float64) {
	size := box.Max.Sub(box.Min)
	e.Set(board.KeyX, board.Float(box.Min.X))
	e.Set(board.KeyY, board.Float(box.Min.Y))
	e.Set(board.KeyWidth, board.Float(size.X))
	e.Set(board.KeyHeight, board.Float(size.Y))
	if angle = geom.NormalizeAngle(angle); angle != 0 {
		e.Set(board.KeyAngle, board.Float(angle))
	}
}

// lines sets what lines look like.
func (m *translator) lines(e *Element, d *drawn) {
	thickness := d.thickness
	c, ok := m.color(d.color)
	if !ok {
		thickness = 0
	}
	e.Set(board.KeyColor, board.Int(int64(c)))
	e.Set(board.KeyThickness, board.Float(max(thickness, 0)))
	switch d.dash {
	case "dashed":
		e.Set(board.KeyDash, board.Int(1))
	case "dotted":
		e.Set(board.KeyDash, board.Int(2))
	}
}

// label takes the text that an element contains.
func (m *translator) label(e *Element, d *drawn) {
	t := m.labels[d.id]
	if t == nil || m.container(t) != d {
		return
	}
	e.Text = m.words(t)
	m.letters(e, t, "center")
	if c, ok := m.color(t.color); ok && e.Get(board.KeyThickness).Float() == 0 { // nothing else has the colour
		e.Set(board.KeyColor, board.Int(int64(c)))
	}
}

// words returns the text of a text, without the breaks at which it was wrapped.
func (m *translator) words(d *drawn) string {
	text := d.text
	if d.original != "" && (d.wraps || d.container != "") {
		text = d.original
	}
	return m.shortened(text)
}

// shortened returns as much of a text as an element can have.
func (m *translator) shortened(text string) string {
	if len(text) > maxText {
		m.left(LeftTexts)
		return strings.ToValidUTF8(text[:maxText], "")
	}
	return text
}

// letters sets the look of a text, if it is another than texts of the kind have.
func (m *translator) letters(e *Element, d *drawn, align string) {
	if d.fontSize > 0 {
		e.Set(board.KeyFontSize, board.Float(d.fontSize))
	}
	if d.align == align {
		return
	}
	switch d.align {
	case "left":
		e.Set(board.KeyAlign, board.Int(0))
	case "center":
		e.Set(board.KeyAlign, board.Int(1))
	case "right":
		e.Set(board.KeyAlign, board.Int(2))
	}
}

func (m *translator) text(e Element, d *drawn) {
	e.Kind, e.Text = board.KindText, m.words(d)
	if strings.TrimSpace(e.Text) == "" {
		m.left(LeftEmpty)
		return
	}
	m.letters(&e, d, "left")
	box := d.box
	if !d.wraps { // as wide as its lines, which are of other letters here
		if size := e.Get(board.KeyFontSize).Float(); size > 0 {
			width := 0.0
			for line := range strings.SplitSeq(e.Text, "\n") {
				width = max(width, Fonts{}.Width(line)*size)
			}
			switch d.align {
			case "center":
				box.Min.X = box.Center().X - width/2
			case "right":
				box.Min.X = box.Max.X - width
			}
		}
		box.Max.X = box.Min.X
	}
	m.place(&e, box, d.angle)
	if !d.wraps {
		e.Set(board.KeyWidth, board.Value{})
	}
	e.Set(board.KeyHeight, board.Value{})
	if c, ok := m.color(d.color); ok {
		e.Set(board.KeyColor, board.Int(int64(c)))
	}
	m.add(e, d)
}

// image sets the content of an image.
func (m *translator) image(e *Element, d *drawn) bool {
	hash, ok := m.hashes[d.file]
	if !ok {
		hash = m.blob(m.r.files[d.file])
		m.hashes[d.file] = hash
	}
	if hash == "" {
		m.left(LeftImages)
		return false
	}
	e.Set(board.KeyBlob, board.String(hash))
	e.Set(board.KeyMedia, board.String(m.doc.Blobs[hash].Media))
	if size := d.crop.Size(); size.X > 0 && size.Y > 0 {
		e.Set(board.KeyPixelWidth, board.Int(int64(d.pixels.X)))
		e.Set(board.KeyPixelHeight, board.Int(int64(d.pixels.Y)))
		e.Set(board.KeyCropX, board.Float(d.crop.Min.X))
		e.Set(board.KeyCropY, board.Float(d.crop.Min.Y))
		e.Set(board.KeyCropWidth, board.Float(size.X))
		e.Set(board.KeyCropHeight, board.Float(size.Y))
	}
	return true
}

// blob takes the content of a data URL and returns its hash, "" if it is none.
func (m *translator) blob(url string) string {
	rest, ok := strings.CutPrefix(url, "data:")
	media, text, comma := strings.Cut(rest, ",")
	media, base := strings.CutSuffix(media, ";base64")
	if !ok || !comma || !base || len(m.doc.Blobs) >= maxBlobs {
		return ""
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(data) == 0 {
		return ""
	}
	media, _, _ = strings.Cut(media, ";")
	if !strings.HasPrefix(media, "image/") || len(media) > 64 {
		return ""
	}
	sum := sha256.Sum256(data)
	hash := hex.EncodeToString(sum[:])
	m.doc.Blobs[hash] = Blob{media, data}
	return hash
}

// add adds an element with what all kinds have.
func (m *translator) add(e Element, d *drawn) {
	if o := min(max(d.opacity, 0), 100); o < 100 {
		e.Set(board.KeyOpacity, board.Float(o/100))
	}
	if d.locked {
		e.Set(board.KeyLocked, board.Int(1))
	}
	if n := len(d.groups); n > 0 {
		if n > 1 {
			m.left(LeftBranching)
		}
		name := d.groups[n-1] // the outermost one
		if _, ok := m.groups[name]; !ok {
			m.groups[name] = board.ID{Replica: 2, Seq: uint64(len(m.groups) + 1)}
		}
		e.Set(board.KeyGroup, board.Ref(m.groups[name]))
	}
	if f := m.of[d.frame]; f != nil && f != d && (f.kind == "frame" || f.kind == "magicframe") {
		e.Set(board.KeyFrame, board.Ref(m.names[d.frame]))
	}
	if d.link != "" {
		if to, err := link.Clean(d.link); err == nil && to != "" {
			e.Set(board.KeyLink, board.String(to))
		} else {
			m.left(LeftLinks)
		}
	}
	m.doc.Elements = append(m.doc.Elements, e)
}
