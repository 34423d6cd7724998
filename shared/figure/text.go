package figure

import (
	"strings"
	"unicode/utf16"

	"edgeboard/shared/geom"
)

// Fonts is what must be known of the fonts in which texts will be shown: a
// browser's, or whatever an export draws with. Sizes are linear: a text of size
// 20 is twenty times as wide as one of size 1.
type Fonts interface {
	// Width returns the advance of a text of one line at size 1.
	Width(text string) float64
	// Baseline returns how far below the top of a line the baseline lies, at
	// size 1, for lines of LineHeight.
	Baseline() float64
}

// LineHeight is the height of a line of text, as a share of the font's size.
const LineHeight = 1.25

// Layout is a text in lines, in the plane of its figure's frame.
type Layout struct {
	Lines []Line
	Size  float64 // of the font
	Box   geom.Box
}

// Line is a line of a Layout.
type Line struct {
	Text        string     // without the break, and the spaces at which it was wrapped
	From, To    int        // what of the element's text it shows, in UTF-16 units, the break not counted
	At          geom.Point // the left end of its baseline
	Width       float64
	RightToLeft bool // its paragraph is written from the right
}

// layOut sets a text in lines of a box that begins at the origin: as wide as its
// lines if width is 0.
func layOut(text string, size, width float64, align Align, fonts Fonts) *Layout {
	l := &Layout{Size: size}
	at := 0
	for line := range strings.SplitSeq(text, "\n") {
		n := len(utf16.Encode([]rune(line)))
		w := fonts.Width(line) * size
		y := (float64(len(l.Lines))*LineHeight + fonts.Baseline()) * size
		l.Lines = append(l.Lines, Line{Text: line, From: at, To: at + n, At: geom.Point{Y: y}, Width: w})
		at += n + 1
		width = max(width, w)
	}
	for i := range l.Lines {
		l.Lines[i].At.X = (width - l.Lines[i].Width) * float64(align) / 2
	}
	l.Box = geom.Rect(0, 0, width, float64(len(l.Lines))*LineHeight*size)
	return l
}
