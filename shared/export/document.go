package export

import (
	"errors"
	"slices"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// Document is what a file says that was read: elements that are on no board yet.
// It is within the limits of a board.
type Document struct {
	Elements []Element // from the bottom one to the top one
	// Blobs are the contents of images that the file brings along, by their SHA-256
	// in hexadecimal.
	Blobs map[string]Blob
	// Left is what of the file is not in the document, in words, with how often.
	Left map[string]int
}

// Element is an element of a Document.
type Element struct {
	ID         board.ID // its name in the document, to which others refer
	Kind       board.Kind
	Properties []Property
	Text       string
	Points     []board.Point // of a stroke
}

// Property is a property of an Element.
type Property struct {
	Key   board.Key
	Value board.Value
}

// Blob is the content of an image.
type Blob struct {
	Media string // its media type
	Data  []byte
}

// Limits of files, which come from outside.
const (
	MaxFile       = 128 << 20 // bytes of a file
	maxBlobs      = 1000
	maxProperties = 256      // of an element
	maxText       = 1 << 20  // bytes of the text of an element
	maxAllPoints  = 16 << 20 // of all strokes
)

// ErrNoRoom is a document that the board has no room for.
var ErrNoRoom = errors.New("the board has no room for so many elements")

// Parse reads a file of a format that it finds out: ParseJSON or ParseExcalidraw.
func Parse(data []byte) (*Document, error) {
	if len(data) > MaxFile {
		return nil, ErrTooLarge
	}
	drawing := false
	s := &scanner{data: data}
	s.object(func(name string) {
		if name == "type" && s.peek() == '"' {
			drawing = true
		}
		s.skip()
	})
	if drawing {
		return ParseExcalidraw(data)
	}
	return ParseJSON(data)
}

// Get returns the value of a property, nothing if the element does not have it.
func (e *Element) Get(key board.Key) board.Value {
	for _, p := range e.Properties {
		if p.Key == key {
			return p.Value
		}
	}
	return board.Value{}
}

// Set sets a property; of the zero Value it clears it.
func (e *Element) Set(key board.Key, v board.Value) {
	e.Properties = slices.DeleteFunc(e.Properties, func(p Property) bool { return p.Key == key })
	if !v.IsNone() {
		e.Properties = append(e.Properties, Property{key, v})
	}
}

// Bounds returns the box of what says where it lies and how large it is. Texts, which are
// as large as their letters, count with what they say.
func (d *Document) Bounds() geom.Box {
	bounds := geom.NoBox
	for i := range d.Elements {
		e := &d.Elements[i]
		if x := e.Get(board.KeyX); !x.IsNone() {
			at := geom.Pt(x.Float(), e.Get(board.KeyY).Float())
			bounds = bounds.Union(geom.BoxOf(at, at.Add(geom.Pt(e.Get(board.KeyWidth).Float(), e.Get(board.KeyHeight).Float()))))
		}
	}
	return bounds
}

// Move moves all elements, by whole units: points of strokes lie on a grid.
func (d *Document) Move(by geom.Point) {
	for i := range d.Elements {
		e := &d.Elements[i]
		if x := e.Get(board.KeyX); !x.IsNone() {
			e.Set(board.KeyX, board.Float(x.Float()+by.X))
			e.Set(board.KeyY, board.Float(e.Get(board.KeyY).Float()+by.Y))
			continue
		}
		for j := range e.Points {
			e.Points[j].X += int32(by.X) * board.PointsPerUnit
			e.Points[j].Y += int32(by.Y) * board.PointsPerUnit
		}
	}
}

// Insert writes the document's elements on top of those of the board and returns
// what they are called there, in the document's order. What they say of each other
// they go on saying; groups are groups of their own. What refers to an element
// that is not in the document goes on referring to it: an arrow that was bound to
// it is again, where it is the same board. Of an error nothing is written.
func (d *Document) Insert(doc *board.Board, edit *board.Edit) ([]board.ID, error) {
	deleted, _ := doc.Tombstones()
	if doc.Len()+deleted+len(d.Elements) > board.MaxElements {
		return nil, ErrNoRoom
	}
	names := make(map[board.ID]board.ID, len(d.Elements))
	ids := make([]board.ID, len(d.Elements))
	for i := range d.Elements {
		e := &d.Elements[i]
		id := edit.Create(e.Kind)
		if id == (board.ID{}) {
			return nil, edit.Err()
		}
		ids[i] = id
		if e.ID != (board.ID{}) {
			names[e.ID] = id
		}
	}
	groups := map[board.ID]board.ID{}
	for i := range d.Elements {
		e, id := &d.Elements[i], ids[i]
		for _, p := range e.Properties {
			v := p.Value
			if ref := v.Ref(); ref != (board.ID{}) {
				if is, ok := names[ref]; ok {
					v = board.Ref(is)
				} else if p.Key == board.KeyGroup {
					if _, ok := groups[ref]; !ok {
						groups[ref] = id // whatever its members share
					}
					v = board.Ref(groups[ref])
				}
			}
			edit.Set(id, p.Key, v)
		}
		edit.Splice(id, board.Chars, 0, 0, e.Text)
		edit.Append(id, e.Points...)
	}
	return ids, edit.Err()
}
