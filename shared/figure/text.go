package figure

import (
	"math"
	"sort"
	"strings"

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
	Lines []Line  // at least one
	Size  float64 // of the font
	Box   geom.Box
	// Single says that each letter stands by itself: it is as wide as Advance says,
	// whatever is beside it. There are no marks that combine, and no other direction.
	Single bool

	fonts Fonts
}

// Line is a line of a Layout.
type Line struct {
	Text        string     // without the break, and the spaces at which it was wrapped; tabs are TabWidth spaces
	From, To    int        // what of the element's text it shows, in UTF-16 units, the break not counted
	At          geom.Point // the left end of its baseline
	Width       float64
	RightToLeft bool // its paragraph is written from the right

	raw string // what From and To count: Text with its tabs
}

// TabWidth is how many spaces a tab is as wide as.
const TabWidth = 4

// untab returns what is drawn for a part of a text: a canvas knows no tabs.
func untab(s string) string {
	if strings.IndexByte(s, '\t') < 0 {
		return s
	}
	return strings.ReplaceAll(s, "\t", "    ")
}

// Caret returns where a caret stands that is before the given UTF-16 unit of the
// element's text: its line, and x in the plane of the frame. One in spaces at which
// a line was wrapped stands at the line's end, one beyond what is shown at the end
// of all. In a line with letters of both directions x may be elsewhere in the line.
func (l *Layout) Caret(at int) (line int, x float64) {
	line = max(sort.Search(len(l.Lines), func(i int) bool { return l.Lines[i].From > at })-1, 0)
	return line, l.Lines[line].caret(at, l.fonts, l.Size)
}

func (l *Line) caret(at int, fonts Fonts, size float64) float64 {
	var x float64
	switch {
	case at <= l.From:
	case at >= l.To:
		x = l.Width
	default:
		before := l.raw[:BytesOf(l.raw, at-l.From)]
		x = min(fonts.Width(untab(before))*size, l.Width)
	}
	if l.RightToLeft {
		x = l.Width - x
	}
	return l.At.X + x
}

// LineBox returns the box of a line, as high as LineHeight.
func (l *Layout) LineBox(line int) geom.Box {
	at := l.Lines[line].At
	top := l.Box.Min.Y + float64(line)*LineHeight*l.Size
	return geom.Rect(at.X, top, l.Lines[line].Width, LineHeight*l.Size)
}

// Boxes returns the boxes of what is selected from one UTF-16 unit of the element's
// text to another, one for each line that has some of it. A break that is selected
// is a little wide.
func (l *Layout) Boxes(from, to int) []geom.Box {
	var boxes []geom.Box
	first, _ := l.Caret(from)
	for i := first; i < len(l.Lines) && l.Lines[i].From < to; i++ {
		line := &l.Lines[i]
		a, b := line.caret(from, l.fonts, l.Size), line.caret(to, l.fonts, l.Size)
		if to > line.To && i < len(l.Lines)-1 {
			room := l.Size / 4
			if line.RightToLeft {
				room = -room
			}
			b += room
		}
		if a != b {
			box := l.LineBox(i)
			box.Min.X, box.Max.X = min(a, b), max(a, b)
			boxes = append(boxes, box)
		}
	}
	return boxes
}

// Position returns the UTF-16 unit before which a caret stands that is nearest to a
// place in the plane of the frame.
func (l *Layout) Position(p geom.Point) int {
	row := math.Floor((p.Y - l.Box.Min.Y) / (LineHeight * l.Size))
	line := &l.Lines[int(min(max(row, 0), float64(len(l.Lines)-1)))]
	x := p.X - line.At.X
	if line.RightToLeft {
		x = line.Width - x
	}
	stops := []int{0} // ends of the clusters, in bytes
	for at := 0; at < len(line.raw); {
		at += clusterLen(line.raw[at:])
		stops = append(stops, at)
	}
	width := func(i int) float64 { return l.fonts.Width(untab(line.raw[:stops[i]])) * l.Size }
	i := min(sort.Search(len(stops), func(i int) bool { return width(i) >= x }), len(stops)-1)
	if i > 0 && x-width(i-1) < width(i)-x {
		i--
	}
	return line.From + utf16Len(line.raw[:stops[i]])
}

// utf16Len returns the length of a text in UTF-16 units.
func utf16Len(s string) int {
	n := 0
	for i := range len(s) {
		if c := s[i]; c&0xc0 != 0x80 {
			n++
			if c >= 0xf0 {
				n++
			}
		}
	}
	return n
}

// BytesOf returns how many bytes the first n UTF-16 units of a text take. Half of a
// surrogate pair is not counted.
func BytesOf(s string, n int) int {
	for i, r := range s {
		if r > 0xffff {
			n--
		}
		if n--; n < 0 {
			return i
		}
	}
	return len(s)
}
