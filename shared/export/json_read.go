package export

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"math"
	"strconv"
	"strings"

	"edgeboard/shared/board"
)

// ParseJSON reads what WriteJSON wrote, or somebody by docs/board-json.md. What it
// refuses it refuses whole, with the place: the error is a *SyntaxError or
// ErrTooLarge. Members of objects that it does not know it passes over.
func ParseJSON(data []byte) (*Document, error) {
	if len(data) > MaxFile {
		return nil, ErrTooLarge
	}
	r := &jsonReader{scanner: scanner{data: data}, doc: &Document{Blobs: map[string]Blob{}}, ids: map[board.ID]bool{}}
	r.peek()
	start := r.at
	format, version := "", int64(0)
	r.object(func(name string) {
		switch name {
		case "format":
			format = r.str()
		case "version":
			at := r.at
			if version = r.whole(); version > jsonVersion && format != "" { // whose elements need not be as here
				r.fail(at, "this is a file of a later version of Edgeboard")
			}
		case "elements":
			r.array(r.element)
		case "blobs":
			r.object(r.blob)
		default:
			r.skip()
		}
	})
	r.end()
	switch {
	case format != "edgeboard" || version < 1:
		r.fail(start, `this is no file of Edgeboard: "format" or "version" is missing`)
	case version > jsonVersion:
		r.fail(start, "this is a file of a later version of Edgeboard")
	}
	if r.err != nil {
		return nil, r.err
	}
	return r.doc, nil
}

// jsonReader reads a document.
type jsonReader struct {
	scanner
	doc    *Document
	ids    map[board.ID]bool
	points int
}

func (r *jsonReader) element() {
	r.peek()
	start := r.at
	var e Element
	r.object(func(name string) {
		switch name {
		case "id":
			at := r.place()
			e.ID = r.id()
			if r.ids[e.ID] {
				r.fail(at, "two elements have the same ID")
			}
			r.ids[e.ID] = true
		case "kind":
			at := r.place()
			if e.Kind = kindOf(r.str()); e.Kind == 0 {
				r.fail(at, "the kind of the element is not known")
			}
		case "text":
			at := r.place()
			if e.Text = r.str(); len(e.Text) > maxText {
				r.fail(at, "the text is too long")
			}
		case "points":
			r.coordinates(&e)
		default:
			r.property(&e, name)
		}
	})
	switch {
	case e.Kind == 0:
		r.fail(start, `an element has no "kind"`)
	case len(e.Points) > 0 && e.Kind != board.KindStroke:
		r.fail(start, "only strokes have points")
	case len(r.doc.Elements) >= board.MaxElements:
		r.fail(start, "there are more elements than a board can have")
	}
	if r.err == nil {
		r.doc.Elements = append(r.doc.Elements, e)
	}
}

// place is where the next value begins.
func (r *jsonReader) place() int {
	r.peek()
	return r.at
}

func (r *jsonReader) id() board.ID {
	at := r.place()
	id, ok := board.ParseID(r.str())
	if !ok {
		r.fail(at, `this is no ID, such as "2s-1f"`)
	}
	return id
}

// property reads a property. One whose name means nothing here is passed over.
func (r *jsonReader) property(e *Element, name string) {
	key, form := keyOf(name)
	if key == 0 || key == board.KeyDeleted || key == board.KeyOrder {
		r.skip()
		return
	}
	at := r.place()
	v := r.value(form)
	if len(v.Str()) > board.MaxValue {
		r.fail(at, "the string is too long")
	}
	for _, p := range e.Properties {
		if p.Key == key {
			r.fail(at, "the element has the property twice")
		}
	}
	if len(e.Properties) >= maxProperties {
		r.fail(at, "the element has too many properties")
	}
	if r.err == nil && !v.IsNone() {
		e.Properties = append(e.Properties, Property{key, v})
	}
}

// value reads a value of a property that is mostly written in a form.
func (r *jsonReader) value(form keyForm) (v board.Value) {
	at := r.place()
	switch c := r.peek(); {
	case c == '{':
		r.object(func(kind string) {
			switch kind {
			case "int":
				v = board.Int(r.whole())
			case "float":
				v = board.Float(r.number())
			case "string":
				v = board.String(r.str())
			case "ref":
				v = board.Ref(r.id())
			default:
				r.fail(at, "the type of the value is not known")
			}
		})
		return v
	case c == 'n':
		r.word()
		return v
	case c == '"' && form == formColor:
		return board.Int(int64(r.color()))
	}
	switch form {
	case formFloat:
		return board.Float(r.number())
	case formInt, formColor:
		return board.Int(r.whole())
	case formString:
		return board.String(r.str())
	case formRef:
		return board.Ref(r.id())
	}
	r.fail(at, `a value with its type is missing, such as {"int": 1}`)
	return v
}

func (r *jsonReader) color() uint32 {
	at := r.place()
	s := r.str()
	if n, err := strconv.ParseUint(strings.TrimPrefix(s, "#"), 16, 24); err == nil && len(s) == len("#rrggbb") && s[0] == '#' {
		return uint32(n)
	}
	r.fail(at, `this is no colour, such as "#1e1e1e"`)
	return 0
}

// coordinates reads the points of a stroke: x, y and pressure of each in turn.
func (r *jsonReader) coordinates(e *Element) {
	start := r.place()
	var p board.Point
	n := 0
	r.array(func() {
		at := r.place()
		v := r.number()
		switch n++; n % 3 {
		case 1:
			p.X = eighths(v)
		case 2:
			p.Y = eighths(v)
		default:
			p.Pressure = uint8(min(max(v, 0), math.MaxUint8))
			if len(e.Points) >= board.MaxPoints || r.points >= maxAllPoints {
				r.fail(at, "there are too many points")
				return
			}
			r.points++
			e.Points = append(e.Points, p)
		}
	})
	if n%3 != 0 {
		r.fail(start, "points are x, y and pressure in turn")
	}
}

// eighths returns a coordinate of a point, as far as strokes reach.
func eighths(v float64) int32 {
	return int32(min(max(math.Round(v*board.PointsPerUnit), math.MinInt32), math.MaxInt32))
}

// blob reads the content of an image.
func (r *jsonReader) blob(hash string) {
	at := r.place()
	var b Blob
	r.object(func(name string) {
		switch name {
		case "media":
			b.Media = r.str()
		case "data":
			at := r.place()
			data, err := base64.StdEncoding.DecodeString(r.str())
			if b.Data = data; err != nil {
				r.fail(at, "the data are not base64")
			}
		default:
			r.skip()
		}
	})
	if sum := sha256.Sum256(b.Data); r.err == nil && hex.EncodeToString(sum[:]) != hash {
		r.fail(at, "the data are not what their name, the SHA-256, says")
	}
	if len(r.doc.Blobs) >= maxBlobs {
		r.fail(at, "there are too many images")
	}
	if r.err == nil {
		r.doc.Blobs[hash] = b
	}
}
