package figure

import "edgeboard/shared/board"

// Style is how an element is drawn. Colours are 0xRRGGBB.
type Style struct {
	Color     uint32  // of lines and letters
	Fill      uint32  // if Filled
	Filled    bool    // what the outline encloses is filled; a note always is
	Thickness float64 // of lines, in board units
	Dash      Dash
	Opacity   float64 // 0 to 1, of the element as a whole
	Align     Align
	Heads     Heads
}

// Dash is how a line is interrupted: KeyDash.
type Dash uint8

const (
	Solid Dash = iota
	Dashed
	Dotted
)

// Align is where lines of text stand: KeyAlign. Start is on the right of a
// paragraph that is written from the right.
type Align uint8

const (
	AlignStart Align = iota
	AlignMiddle
	AlignEnd
)

// Heads are the heads of an arrow: KeyHead.
type Heads uint8

const (
	NoHeads Heads = iota
	HeadAtEnd
	HeadsAtBoth
)

// What elements have that say nothing.
const (
	DefaultColor     = 0x1e1e1e
	DefaultThickness = 4
	DefaultFontSize  = 20
	NoteColor        = 0xffe08a // a note's paper
	FrameColor       = 0x495057 // a frame's border and title
	PaperColor       = 0xced4da // what lies where an image is to be
)

// frameThickness is that of a frame's border.
const frameThickness = 2

// Limits of what comes from outside, in board units.
const (
	MaxThickness = 4096
	MinFontSize  = 1
	MaxFontSize  = 4096
)

// StyleOf returns the style that the document gives an element.
func StyleOf(e *board.Element) Style { return StyleFrom(e.Kind(), e.Get) }

// StyleFrom returns the style of an element of a kind with the given properties.
func StyleFrom(kind board.Kind, get func(board.Key) board.Value) Style {
	number := func(key board.Key, otherwise float64) float64 {
		if v := get(key); v.IsNumber() {
			return v.Float()
		}
		return otherwise
	}
	whole := func(key board.Key, otherwise int64) int64 {
		if v := get(key); v.IsNumber() {
			return v.Int()
		}
		return otherwise
	}
	s := Style{
		Color:     uint32(whole(board.KeyColor, DefaultColor)) & 0xffffff,
		Thickness: min(max(number(board.KeyThickness, DefaultThickness), 0), MaxThickness),
		Opacity:   min(max(number(board.KeyOpacity, 1), 0), 1),
		Dash:      oneOf(whole(board.KeyDash, 0), Dotted),
	}
	if fill := get(board.KeyFill); !fill.IsNone() {
		s.Fill, s.Filled = uint32(fill.Int())&0xffffff, true
	}
	// A text begins at its side, what is written in something in its middle.
	align := AlignMiddle
	if kind == board.KindText || kind == board.KindFrame {
		align = AlignStart
	}
	s.Align = oneOf(whole(board.KeyAlign, int64(align)), AlignEnd)
	switch kind {
	case board.KindNote:
		if !s.Filled {
			s.Fill, s.Filled = NoteColor, true
		}
	case board.KindFrame:
		s.Thickness, s.Dash = frameThickness, Solid
		if !get(board.KeyColor).IsNumber() {
			s.Color = FrameColor
		}
	case board.KindImage:
		s.Thickness, s.Fill, s.Filled = 0, PaperColor, true
	case board.KindArrow:
		s.Heads = oneOf(whole(board.KeyHead, int64(HeadAtEnd)), HeadsAtBoth)
	}
	return s
}

// oneOf takes a number from outside for one of a list that ends with last: what
// is none of them is the first.
func oneOf[T ~uint8](n int64, last T) T {
	if n < 0 || n > int64(last) {
		return 0
	}
	return T(n)
}

// fontSize is the size of an element's letters.
func fontSize(e *board.Element) float64 {
	otherwise := float64(DefaultFontSize)
	if e.Kind() == board.KindTile {
		otherwise = TileFontSize
	}
	return min(max(e.Float(board.KeyFontSize, otherwise), MinFontSize), MaxFontSize)
}
