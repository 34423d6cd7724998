package figure

import (
	"strconv"
	"strings"

	"edgeboard/shared/geom"
)

// Symbol is a sign that people put on a board, or let float up from it: on a disc
// of SymbolSize units across, whose middle is in the middle of the square from 0, 0.
// Paths are in the form of SVG's path data, with M, L, C and Z alone, each before
// its own numbers.
type Symbol struct {
	Name  string // in lower case, with no spaces
	Color uint32 // of the disc, 0xRRGGBB
	Ink   uint32 // of what is on it
	Fill  string // what is filled with the ink
	Line  string // what is drawn with it
	Width float64
	Hole  string // what is drawn with the disc's colour over that, 2.4 wide
}

// SymbolSize is the width and height of the square that symbols are drawn in.
const SymbolSize = 24

// holeWidth is the width of Symbol.Hole.
const holeWidth = 2.4

// SymbolDot is a dot of a vote. The signs that people choose from come after it.
const SymbolDot = 0

const symbolWhite = 0xffffff

// Symbols are the signs, by the number that KeySymbol has. Their numbers never
// change; new ones come at the end.
var Symbols = [...]Symbol{
	SymbolDot: {Name: "dot", Color: 0x5f3dc4},
	{
		Name: "thumb-up", Color: 0x1971c2, Ink: symbolWhite,
		Fill: "M5.6 11 L8 11 L8 18 L5.6 18 Z M9.2 11 L12 5.6 C13 5.6 13.9 6.3 13.9 7.5 L13.5 10 L17.1 10 C18.2 10 18.8 10.9 18.6 11.9 L17.6 16.6 C17.4 17.5 16.8 18 15.9 18 L9.2 18 Z",
	},
	{
		Name: "heart", Color: 0xe03131, Ink: symbolWhite,
		Fill: "M12 18.6 C6.5 14.7 5.1 12.6 5.1 10.2 C5.1 8.1 6.6 6.6 8.5 6.6 C10 6.6 11.3 7.5 12 8.9 C12.7 7.5 14 6.6 15.5 6.6 C17.4 6.6 18.9 8.1 18.9 10.2 C18.9 12.6 17.5 14.7 12 18.6 Z",
	},
	{
		Name: "star", Color: 0xf08c00, Ink: symbolWhite,
		Fill: "M12 4.7 L14.06 9.57 L19.33 10.02 L15.33 13.48 L16.53 18.63 L12 15.9 L7.47 18.63 L8.67 13.48 L4.67 10.02 L9.94 9.57 Z",
	},
	{Name: "check", Color: 0x2f9e44, Ink: symbolWhite, Line: "M6.9 12.5 L10.5 16.1 L17.2 8.4", Width: 2.4},
	{Name: "cross", Color: 0xc92a2a, Ink: symbolWhite, Line: "M8 8 L16 16 M16 8 L8 16", Width: 2.4},
	{
		Name: "question", Color: 0x6741d9, Ink: symbolWhite,
		Line: "M9 9.3 C9 7.5 10.3 6.3 12 6.3 C13.8 6.3 15.1 7.5 15.1 9.2 C15.1 11.5 12 11.6 12 13.9 M12 17.5 L12 17.5", Width: 2.2,
	},
	{Name: "exclamation", Color: 0xe8590c, Ink: symbolWhite, Line: "M12 6.2 L12 13.3 M12 17.4 L12 17.4", Width: 2.4},
	{
		Name: "smile", Color: 0xffd43b, Ink: 0x5c3c00,
		Line: "M7.4 13.6 C8.2 16.1 9.9 17.4 12 17.4 C14.1 17.4 15.8 16.1 16.6 13.6 M9 8.7 L9 9.7 M15 8.7 L15 9.7", Width: 1.9,
	},
	{
		Name: "party", Color: 0x9c36b5, Ink: symbolWhite,
		Fill: "M5.4 18.7 L8.9 9.7 L14.4 15.2 Z",
		Line: "M12.4 9.6 C13.5 8.5 13.5 6.9 12.6 5.8 M14.4 11.6 C15.6 10.5 17.2 10.5 18.3 11.4 M14.6 9.4 L17.2 6.8 M9.6 6 L9.6 6 M18 14.8 L18 14.8", Width: 1.5,
	},
	{
		Name: "fire", Color: 0xf76707, Ink: symbolWhite,
		Fill: "M12.6 4.6 C13 7.7 17.5 9.7 17.5 14 C17.5 17.1 15.1 19.3 12 19.3 C8.9 19.3 6.5 17.1 6.5 14 C6.5 12 7.5 10.5 8.8 9.3 C9 10.8 9.6 11.6 10.6 12 C10.2 9 11 6.3 12.6 4.6 Z",
	},
	{
		Name: "eyes", Color: 0x343a40, Ink: symbolWhite,
		Fill: "M8.4 7.4 C10.1 7.4 11.5 9.4 11.5 12 C11.5 14.6 10.1 16.6 8.4 16.6 C6.7 16.6 5.3 14.6 5.3 12 C5.3 9.4 6.7 7.4 8.4 7.4 Z M15.6 7.4 C17.3 7.4 18.7 9.4 18.7 12 C18.7 14.6 17.3 16.6 15.6 16.6 C13.9 16.6 12.5 14.6 12.5 12 C12.5 9.4 13.9 7.4 15.6 7.4 Z",
		Hole: "M9.2 13 L9.2 13 M16.4 13 L16.4 13",
	},
	{Name: "plus-one", Color: 0x0b7285, Ink: symbolWhite, Line: "M5.2 12 L11 12 M8.1 9.1 L8.1 14.9 M14 9 L16.7 7.3 L16.7 16.8", Width: 2.1},
}

// symbolOf returns the sign of a number from outside. One that this version does
// not know is a dot.
func symbolOf(n int64) *Symbol {
	if n < 0 || n >= int64(len(Symbols)) {
		n = SymbolDot
	}
	return &Symbols[n]
}

// ParsePath returns the path of path data as Symbol has them. What it does not
// understand ends it.
func ParsePath(data string) (p geom.Path) {
	var verb string
	var at []float64
	put := func() {
		point := func(i int) geom.Point { return geom.Pt(at[i], at[i+1]) }
		switch {
		case verb == "M" && len(at) == 2:
			p.MoveTo(point(0))
		case verb == "L" && len(at) == 2:
			p.LineTo(point(0))
		case verb == "C" && len(at) == 6:
			p.CubicTo(point(0), point(2), point(4))
		case verb == "Z":
			p.Close()
		}
	}
	for word := range strings.FieldsSeq(data) {
		if c := word[0]; c >= 'A' && c <= 'Z' {
			put()
			verb, at, word = word[:1], at[:0], word[1:]
		}
		if word == "" {
			continue
		}
		v, err := strconv.ParseFloat(word, 64)
		if err != nil {
			return p
		}
		at = append(at, v)
	}
	put()
	return p
}

// parts appends a symbol's parts, in a box of the board.
func (y *Symbol) parts(dst []Part, box geom.Box) []Part {
	to := geom.Stretch(geom.Rect(0, 0, SymbolSize, SymbolSize), box)
	scale := to.MeanScale()
	disc := func(radius float64, color uint32) {
		const c = SymbolSize / 2.0
		path := geom.EllipsePath(geom.Rect(c-radius, c-radius, 2*radius, 2*radius)).Transform(to)
		dst = append(dst, Part{Path: path, Fill: true, Color: color, Fixed: true})
	}
	disc(SymbolSize/2, symbolWhite) // a rim, so that it stands off from what is below
	disc(SymbolSize/2-rim, y.Color)
	if y.Fill != "" {
		dst = append(dst, Part{Path: ParsePath(y.Fill).Transform(to), Fill: true, Color: y.Ink, Fixed: true})
	}
	if y.Line != "" {
		dst = append(dst, Part{Path: ParsePath(y.Line).Transform(to), Thickness: y.Width * scale, Color: y.Ink, Fixed: true})
	}
	if y.Hole != "" {
		dst = append(dst, Part{Path: ParsePath(y.Hole).Transform(to), Thickness: holeWidth * scale, Color: y.Color, Fixed: true})
	}
	return dst
}

// rim is the width of the white border of a sign, in the units of symbols.
const rim = 1.1
