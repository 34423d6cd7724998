package figure

import (
	"math"
	"strings"
	"unicode/utf8"

	"edgeboard/shared/geom"
)

// Limits of what is shown of a text, which comes from outside.
const (
	maxLines   = 10_000
	maxShown   = 256 << 10 // bytes
	maxLine    = 8 << 10   // bytes of one line, which is broken at the next cluster
	maxCluster = 128       // bytes of a letter with all that combines with it
)

// rounding is how much wider than its box a line may come out, as a share of the
// font's size.
const rounding = 1e-6

// layOut lays a text out in a box that begins at 0, 0 and is width wide, or, if
// that is 0, as wide as the widest line. Lines are broken at the ends of segments, and
// a word that is wider than the box between its grapheme clusters.
func layOut(text string, size, width float64, align Align, fonts Fonts) *Layout {
	b := breaker{fonts: fonts, space: fonts.Width(" "), limit: math.Inf(1)}
	if width > 0 {
		b.limit = width/size + rounding
	}
	text = text[:cutRunes(text, maxShown)]
	for more := true; more && len(b.lines) < maxLines; {
		end, next := paragraphEnd(text)
		b.paragraph(text[:end])
		b.units += utf16Len(text[end:next])
		more, text = next > end, text[next:]
	}
	l := &Layout{Lines: b.lines[:min(len(b.lines), maxLines)], Size: size, fonts: fonts}
	if width <= 0 {
		for i := range l.Lines {
			width = max(width, l.Lines[i].Width*size)
		}
	}
	for i := range l.Lines {
		line := &l.Lines[i]
		line.Width *= size
		line.At = geom.Pt(indent(line, width, align), (float64(i)*LineHeight+fonts.Baseline())*size)
	}
	l.Box = geom.Rect(0, 0, width, float64(len(l.Lines))*LineHeight*size)
	return l
}

// indent is how far from the left of its box a line begins. One that does not fit
// begins at its paragraph's side.
func indent(line *Line, width float64, align Align) float64 {
	room := width - line.Width
	switch {
	case align == AlignMiddle && room > 0:
		return room / 2
	case line.RightToLeft == (align == AlignEnd && room > 0):
		return 0
	}
	return room
}

// paragraphEnd returns where the first paragraph of a text ends, and where the next
// one begins: the same if there is none.
func paragraphEnd(text string) (end, next int) {
	const lineSeparator, paragraphSeparator = "\u2028", "\u2029"
	for i := range len(text) {
		switch text[i] {
		case '\n':
			return i, i + 1
		case '\r':
			if strings.HasPrefix(text[i+1:], "\n") {
				return i, i + 2
			}
			return i, i + 1
		case lineSeparator[0]:
			if s := text[i:]; strings.HasPrefix(s, lineSeparator) || strings.HasPrefix(s, paragraphSeparator) {
				return i, i + len(lineSeparator)
			}
		}
	}
	return len(text), len(text)
}

// breaker breaks paragraphs into lines. Widths are those at size 1.
type breaker struct {
	fonts Fonts
	space float64 // width of a space
	limit float64 // of a line's width
	lines []Line
	units int // UTF-16 units of all that is in lines, with breaks
	ends  []int
}

// paragraph adds the lines of a paragraph. Its words go from line to line: those of
// the line that is being filled are text[start:end], and the spaces after them, at
// which it may be broken, text[end:next].
func (b *breaker) paragraph(text string) {
	rightToLeft := fromTheRight(text)
	start, end, next := 0, 0, 0
	var width, spaces float64
	add := func(end, next int, width float64) {
		raw := text[start:end]
		n := utf16Len(raw)
		b.lines = append(b.lines, Line{
			Text: untab(raw), raw: raw, From: b.units, To: b.units + n, Width: width, RightToLeft: rightToLeft,
		})
		b.units += n + utf16Len(text[end:next])
		start = next
	}
	segments := segments{text: text}
	for next < len(text) && len(b.lines) < maxLines {
		n := segments.next() - next
		word := strings.TrimRight(text[next:next+n], " \t")
		w := math.Inf(1)
		if len(word) <= maxLine {
			w = b.fonts.Width(untab(word))
		}
		if next > start && (width+spaces+w > b.limit || next+n-start > maxLine) {
			add(end, next, width)
			end, width, spaces = next, 0, 0
		}
		after := text[next+len(word) : next+n]
		for broken := w > b.limit || len(word) > maxLine; broken && len(b.lines) < maxLines; {
			var piece string
			if piece, w = b.fit(word); len(piece) == len(word) {
				break
			}
			next += len(piece)
			add(next, next, w)
			word = word[len(piece):]
		}
		width += spaces + w
		end = next + len(word)
		next = end + len(after)
		spaces = b.spaces(after)
	}
	// Spaces at the end of a paragraph are shown as far as there is room.
	shown := max(end, min(next, start+maxLine))
	add(shown, next, min(width+b.spaces(text[end:shown]), max(width, b.limit)))
}

// spaces returns the width of spaces and tabs.
func (b *breaker) spaces(s string) float64 {
	return float64(len(s)+(TabWidth-1)*strings.Count(s, "\t")) * b.space
}

// fit returns the longest beginning of a word that fits into a line, but at least
// one cluster, and its width.
func (b *breaker) fit(word string) (string, float64) {
	// Lengths are tried that double, and then those between the last two: what is
	// measured stays in proportion to what fits.
	b.ends = append(b.ends[:0], 0)
	reach := func(clusters int) (int, bool) {
		at := b.ends[len(b.ends)-1]
		for len(b.ends) <= clusters && at < len(word) && at < maxLine {
			at += clusterLen(word[at:])
			b.ends = append(b.ends, at)
		}
		return min(clusters, len(b.ends)-1), len(b.ends) > clusters
	}
	measure := func(clusters int) float64 { return b.fonts.Width(untab(word[:b.ends[clusters]])) }
	fits, _ := reach(1)
	width := measure(fits)
	over := 0
	for n := 8; over == 0; n *= 2 {
		i, more := reach(n)
		if w := measure(i); w > b.limit {
			over = i
		} else if fits, width = i, w; !more {
			return word[:b.ends[fits]], width
		}
	}
	for over-fits > 1 {
		mid := (fits + over) / 2
		if w := measure(mid); w > b.limit {
			over = mid
		} else {
			fits, width = mid, w
		}
	}
	return word[:b.ends[fits]], width
}

// cutRunes returns how much of a text makes at most limit bytes of whole characters.
func cutRunes(text string, limit int) int {
	if len(text) <= limit {
		return len(text)
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return limit
}
