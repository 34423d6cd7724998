package export

import (
	"encoding/base64"
	"io"
	"iter"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"

	"edgeboard/shared/board"
)

// jsonVersion is the version of the format. Readers refuse later ones.
const jsonVersion = 1

// JSONOptions say what a file of JSON has in it.
type JSONOptions struct {
	// Elements are what of the board is written, in its order; nil: all.
	Elements iter.Seq[*board.Element]
	// Image returns the content of an image; nil, or false: the file names it, and
	// does not have it.
	Image func(hash string) (Blob, bool)
}

// flushAt is how many bytes are written at once.
const flushAt = 64 << 10

// WriteJSON writes a board as docs/board-json.md says: all that it shows, so that
// ParseJSON gives the same elements back.
func WriteJSON(w io.Writer, doc *board.Board, o JSONOptions) error {
	elements := o.Elements
	if elements == nil {
		elements = doc.Elements()
	}
	b := append(make([]byte, 0, flushAt+flushAt/4), `{"format":"edgeboard","version":`...)
	b = append(strconv.AppendInt(b, jsonVersion, 10), ",\n\"elements\":["...)
	images := map[string]bool{}
	separator := "\n"
	var points []board.Point
	for e := range elements {
		b = append(b, separator...)
		separator = ",\n"
		b = appendElement(b, e, &points)
		if hash := e.Get(board.KeyBlob).Str(); hash != "" {
			images[hash] = true
		}
		if len(b) >= flushAt {
			if _, err := w.Write(b); err != nil {
				return err
			}
			b = b[:0]
		}
	}
	b = append(b, "\n]"...)
	separator = ",\n\"blobs\":{\n"
	for _, hash := range slices.Sorted(maps.Keys(images)) {
		if o.Image == nil {
			break
		}
		blob, ok := o.Image(hash)
		if !ok {
			continue
		}
		b = append(b, separator...)
		separator = ",\n"
		b = append(appendString(b, hash), `:{"media":`...)
		b = append(appendString(b, blob.Media), `,"data":"`...)
		b = append(base64.StdEncoding.AppendEncode(b, blob.Data), `"}`...)
		if _, err := w.Write(b); err != nil {
			return err
		}
		b = b[:0]
	}
	if separator == ",\n" { // there was one
		b = append(b, "\n}"...)
	}
	_, err := w.Write(append(b, "}\n"...))
	return err
}

// appendElement appends an element as an object on a line of its own.
func appendElement(b []byte, e *board.Element, points *[]board.Point) []byte {
	b = append(b, `{"id":"`...)
	b = append(append(b, e.ID().Text()...), `","kind":"`...)
	b = append(append(b, kindName(e.Kind())...), '"')
	for key, v := range e.Properties() {
		if key == board.KeyDeleted || key == board.KeyOrder {
			continue
		}
		name, form := keyName(key)
		b = append(append(append(b, `,"`...), name...), `":`...)
		b = appendValue(b, v, form)
	}
	if text := e.Text(); text != "" {
		b = appendString(append(b, `,"text":`...), text)
	}
	if e.NumPoints() > 0 {
		*points = e.AppendPoints((*points)[:0])
		b = append(b, `,"points":[`...)
		for i, p := range *points {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendEighths(b, p.X), ',')
			b = append(appendEighths(b, p.Y), ',')
			b = strconv.AppendUint(b, uint64(p.Pressure), 10)
		}
		b = append(b, ']')
	}
	return append(b, '}')
}

// appendValue appends a value. One that is not of the type that the property mostly
// has is an object with its type.
func appendValue(b []byte, v board.Value, form keyForm) []byte {
	switch {
	case v.IsString():
		if form == formString {
			return appendString(b, v.Str())
		}
		return append(appendString(append(b, `{"string":`...), v.Str()), '}')
	case v.IsInt():
		switch {
		case form == formColor && v.Int() >= 0 && v.Int() <= 0xffffff:
			return append(appendColor(append(b, '"'), uint32(v.Int())), '"')
		case form == formInt || form == formColor:
			return strconv.AppendInt(b, v.Int(), 10)
		}
		return append(strconv.AppendInt(append(b, `{"int":`...), v.Int(), 10), '}')
	case v.IsNumber():
		if form == formFloat {
			return appendFloat(b, v.Float())
		}
		return append(appendFloat(append(b, `{"float":`...), v.Float()), '}')
	}
	if form == formRef {
		return append(append(append(b, '"'), v.Ref().Text()...), '"')
	}
	return append(append(append(b, `{"ref":"`...), v.Ref().Text()...), `"}`...)
}

// appendFloat appends a number exactly.
func appendFloat(b []byte, v float64) []byte { return strconv.AppendFloat(b, v, 'g', -1, 64) }

// appendEighths appends a coordinate of a point, in board units.
func appendEighths(b []byte, n int32) []byte {
	v := int64(n)
	if v < 0 {
		b, v = append(b, '-'), -v
	}
	b = strconv.AppendInt(b, v/board.PointsPerUnit, 10)
	if part := v % board.PointsPerUnit; part > 0 {
		b = append(append(b, '.'), [...]string{"", "125", "25", "375", "5", "625", "75", "875"}[part]...)
	}
	return b
}

// appendString appends a string. What JavaScript or HTML would take for something
// else is escaped besides.
func appendString(b []byte, s string) []byte {
	const digits = "0123456789abcdef"
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r < ' ', r == '<', r == 0x7f, r == 0x2028, r == 0x2029:
			b = append(b, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
