package export

import (
	"strconv"
	"strings"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// What of a file of Excalidraw may be left out, or become something else:
// Document.Left. docs/excalidraw.md says more.
const (
	LeftUnknown   = "elements of a kind that is not known"
	LeftEmpty     = "elements without a size or points"
	LeftImages    = "images whose data are missing"
	LeftBends     = "bends of arrows that are bound at both ends"
	LeftLinks     = "links that lead nowhere"
	LeftColors    = "colours that are not known"
	LeftFills     = "fills of closed lines"
	LeftTexts     = "texts that were too long, in part"
	LeftPoints    = "points beyond those that a stroke can have"
	LeftBranching = "groups within groups" // the outermost are kept
)

// ParseExcalidraw reads a file of Excalidraw, version 1 or 2, or what it puts on
// the clipboard. What it refuses it refuses whole, as ParseJSON does; what it has to
// leave out is in Document.Left. Values of another type than they should be count
// as missing.
func ParseExcalidraw(data []byte) (*Document, error) {
	if len(data) > MaxFile {
		return nil, ErrTooLarge
	}
	r := &drawingReader{scanner: scanner{data: data}, files: map[string]string{}}
	r.peek()
	start := r.at
	kind := ""
	r.object(func(name string) {
		switch name {
		case "type":
			kind = r.text()
		case "elements":
			r.values(r.element)
		case "files":
			r.members(func(id string) {
				r.members(func(name string) {
					if name == "dataURL" {
						r.files[id] = r.text()
					} else {
						r.skip()
					}
				})
			})
		default:
			r.skip()
		}
	})
	r.end()
	switch kind {
	case "excalidraw", "excalidraw/clipboard":
	case "excalidrawlib":
		r.fail(start, "this is a library of Excalidraw: put what is wanted of it on a drawing, and save that")
	default:
		r.fail(start, `this is no file of Excalidraw: its "type" is not "excalidraw"`)
	}
	if r.err != nil {
		return nil, r.err
	}
	return r.document(), nil
}

// drawn is an element of a file of Excalidraw: what is read of it.
type drawn struct {
	id, kind                  string
	box                       geom.Box
	angle                     float64
	color, fill               string
	thickness, opacity        float64
	dash                      string
	groups                    []string
	frame, container          string
	round, deleted, locked    bool
	link                      string
	points                    []geom.Point
	pressures                 []float64
	steady                    bool // of a device without pressure
	text, original            string
	fontSize                  float64
	align                     string
	wraps                     bool
	aside                     bool // at the top or the bottom of its container
	file                      string
	flipX, flipY              bool
	crop                      geom.Box   // in shares; no size: all
	pixels                    geom.Point // how large an image is; zero: the file does not say
	name                      string
	start, end                binding
	startHead, endHead, heads bool // heads: the file says something of them
}

// binding is what an end of an arrow is bound to.
type binding struct {
	to string
	at geom.Point // in shares of its box
}

// drawingReader reads a drawing.
type drawingReader struct {
	scanner
	drawn  []drawn
	files  map[string]string // data URLs
	points int
}

// farthest bounds coordinates, in board units.
const farthest = 1e7

// number, text and truth read a value that should be one; of another type it is
// passed over.
func (r *drawingReader) number(otherwise float64) float64 {
	if c := r.peek(); c != '-' && (c < '0' || c > '9') {
		r.skip()
		return otherwise
	}
	return min(max(r.scanner.number(), -farthest), farthest)
}

func (r *drawingReader) text() string {
	if r.peek() != '"' {
		r.skip()
		return ""
	}
	return r.str()
}

func (r *drawingReader) truth() bool {
	if c := r.peek(); c != 't' && c != 'f' {
		r.skip()
		return false
	}
	return r.word() == "true"
}

// numbers reads an array of numbers, at most so many.
func (r *drawingReader) numbers(most int) []float64 {
	var list []float64
	r.values(func() {
		if v := r.number(0); len(list) < most {
			list = append(list, v)
		}
	})
	return list
}

// values reads the values of an array, and members those of an object; of another
// type it is passed over.
func (r *drawingReader) values(value func()) {
	if r.peek() != '[' {
		r.skip()
		return
	}
	r.array(value)
}

func (r *drawingReader) members(member func(name string)) bool {
	if r.peek() != '{' {
		r.skip()
		return false
	}
	r.object(member)
	return true
}

func (r *drawingReader) element() {
	start := r.place()
	d := drawn{opacity: 100, thickness: 1, steady: true, align: "left"}
	var x, y, w, h float64
	r.members(func(name string) {
		switch name {
		case "id":
			d.id = r.text()
		case "type":
			d.kind = r.text()
		case "x":
			x = r.number(0)
		case "y":
			y = r.number(0)
		case "width":
			w = r.number(0)
		case "height":
			h = r.number(0)
		case "angle":
			d.angle = r.number(0)
		case "strokeColor":
			d.color = r.text()
		case "backgroundColor":
			d.fill = r.text()
		case "strokeWidth":
			d.thickness = r.number(1)
		case "strokeStyle":
			d.dash = r.text()
		case "opacity":
			d.opacity = r.number(100)
		case "roundness":
			d.round = r.members(func(string) { r.skip() })
		case "strokeSharpness": // of version 1
			d.round = r.text() == "round"
		case "groupIds":
			r.values(func() { d.groups = append(d.groups, r.text()) })
		case "frameId":
			d.frame = r.text()
		case "containerId":
			d.container = r.text()
		case "isDeleted":
			d.deleted = r.truth()
		case "locked":
			d.locked = r.truth()
		case "link":
			d.link = r.text()
		case "points":
			r.path(&d)
		case "pressures":
			d.pressures = r.numbers(board.MaxPoints)
		case "simulatePressure":
			d.steady = r.truth()
		case "text":
			d.text = r.text()
		case "originalText":
			d.original = r.text()
		case "fontSize":
			d.fontSize = r.number(0)
		case "font": // of version 1, as "20px Virgil"
			size, _, _ := strings.Cut(r.text(), "px")
			d.fontSize, _ = strconv.ParseFloat(size, 64)
		case "textAlign":
			d.align = r.text()
		case "verticalAlign":
			v := r.text()
			d.aside = v == "top" || v == "bottom"
		case "autoResize":
			d.wraps = r.peek() == 'f'
			r.skip()
		case "fileId":
			d.file = r.text()
		case "scale":
			if s := r.numbers(2); len(s) == 2 {
				d.flipX, d.flipY = s[0] < 0, s[1] < 0
			}
		case "crop":
			r.cropping(&d)
		case "name":
			d.name = r.text()
		case "startBinding":
			d.start = r.bound()
		case "endBinding":
			d.end = r.bound()
		case "startArrowhead":
			d.startHead = r.text() != ""
		case "endArrowhead":
			d.endHead, d.heads = r.text() != "", true
		default:
			r.skip()
		}
	})
	if d.box = geom.Rect(x, y, w, h); w < 0 || h < 0 {
		d.box = geom.BoxOf(geom.Pt(x, y), geom.Pt(x+w, y+h))
	}
	for i, p := range d.points {
		d.points[i] = p.Add(geom.Pt(x, y))
	}
	if len(r.drawn) >= board.MaxElements {
		r.fail(start, "there are more elements than a board can have")
		return
	}
	if !d.deleted && r.err == nil {
		r.drawn = append(r.drawn, d)
	}
}

// place is where the next value begins.
func (r *drawingReader) place() int {
	r.peek()
	return r.at
}

// path reads the points of a line, which are relative to its place.
func (r *drawingReader) path(d *drawn) {
	start := r.place()
	r.values(func() {
		if r.points++; r.points > maxAllPoints {
			r.fail(start, "there are too many points")
			return
		}
		if p := r.numbers(3); len(p) >= 2 {
			d.points = append(d.points, geom.Pt(p[0], p[1]))
		}
	})
}

// cropping reads what of an image is shown, which is in its own pixels.
func (r *drawingReader) cropping(d *drawn) {
	var x, y, w, h, width, height float64
	r.members(func(name string) {
		v := r.number(0)
		switch name {
		case "x":
			x = v
		case "y":
			y = v
		case "width":
			w = v
		case "height":
			h = v
		case "naturalWidth":
			width = v
		case "naturalHeight":
			height = v
		}
	})
	if w > 0 && h > 0 && width > 0 && height > 0 {
		d.crop, d.pixels = geom.Rect(x/width, y/height, w/width, h/height), geom.Pt(width, height)
	}
}

func (r *drawingReader) bound() binding {
	b := binding{at: geom.Pt(0.5, 0.5)}
	r.members(func(name string) {
		switch name {
		case "elementId":
			b.to = r.text()
		case "fixedPoint":
			if p := r.numbers(2); len(p) == 2 {
				b.at = geom.Pt(min(max(p[0], 0), 1), min(max(p[1], 0), 1))
			}
		default:
			r.skip()
		}
	})
	return b
}
