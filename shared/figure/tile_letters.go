package figure

import (
	"math"
	"strings"
	"unicode/utf8"

	"edgeboard/shared/geom"
)

// Texts of tiles are set letter by letter wherever letters stand by themselves, and all
// digits are as wide as the widest: numbers that change stay where they are, and few
// letters make up all of them.

// bySelf are the ranges of letters that stand by themselves, whatever is beside them.
var bySelf = [...][2]rune{
	{0x20, 0x7e}, {0xa1, 0xac}, {0xae, 0x2af}, {0x370, 0x482}, {0x48a, 0x52f}, {0x1e00, 0x1fff}, {0x2010, 0x2027}, {0x2030, 0x203b},
	{0x2070, 0x20c0}, {0x2100, 0x2121}, {0x2123, 0x2138}, {0x2150, 0x2193}, {0x2200, 0x22ff}, {0x2500, 0x25a9}, {0x3000, 0x3029}, {0x3041, 0x3096},
	{0x30a0, 0x30ff}, {0x3400, 0x4dbf}, {0x4e00, 0x9fff}, {0xac00, 0xd7a3}, {0xff01, 0xff60},
}

func standsAlone(r rune) bool {
	if r < 0x7f {
		return r >= 0x20
	}
	for _, in := range bySelf {
		if r <= in[1] {
			return r >= in[0]
		}
	}
	return false
}

func stand(text string) bool {
	for _, r := range text {
		if !standsAlone(r) {
			return false
		}
	}
	return true
}

// advance returns how wide a letter of such a text is, at size 1.
func (w *widths) advance(r rune) float64 {
	if r >= '0' && r <= '9' {
		if w.digit == 0 {
			for d := '0'; d <= '9'; d++ {
				w.digit = max(w.digit, w.Width(string(d)))
			}
		}
		return w.digit
	}
	if r < utf8.RuneSelf {
		a := &w.ascii[r]
		if *a == 0 {
			*a = w.Width(string(r))
		}
		return *a
	}
	return w.Width(string(r))
}

// set returns how wide a text is as tiles set it, at size 1.
func (w *widths) set(text string) float64 {
	if !stand(text) {
		return w.Width(text)
	}
	sum := 0.0
	for _, r := range text {
		sum += w.advance(r)
	}
	return sum
}

// Advance returns how wide a letter is of a layout that says Single.
func (l *Layout) Advance(r rune) float64 {
	w, ok := l.fonts.(*widths)
	if !ok {
		return l.fonts.Width(string(r)) * l.Size
	}
	return w.advance(r) * l.Size
}

// line lays out a text of one line, as tiles set it, with its box's corner at 0, 0.
func (s *Set) line(text string, size float64) *Layout {
	return &Layout{
		Lines: []Line{{
			Text: text, raw: text, To: utf16Len(text), At: geom.Pt(0, s.fonts.Baseline()*size), Width: s.fonts.set(text) * size,
			RightToLeft: fromTheRight(text),
		}},
		Size: size, Box: geom.Rect(0, 0, s.fonts.set(text)*size, LineHeight*size), Single: stand(text), fonts: s.fonts,
	}
}

const ellipsis = "…"

// mostLetters bounds what is looked at of a text that has to fit into a line, in bytes.
const mostLetters = 512

// cut returns a text of one line, or its beginning and three dots, that is at most so
// wide at size 1; "" if there is no room for any of it.
func (s *Set) cut(text string, room float64) string {
	whole := len(text) <= mostLetters
	text = text[:cutRunes(text, mostLetters)]
	if whole && s.fonts.set(text) <= room+rounding {
		return text
	}
	room -= s.fonts.advance('…')
	if room < 0 {
		return ""
	}
	if stand(text) {
		sum := 0.0
		for i, r := range text {
			if sum += s.fonts.advance(r); sum > room {
				return strings.TrimRight(text[:i], " ") + ellipsis
			}
		}
		return text + ellipsis
	}
	b := breaker{fonts: s.fonts, limit: room}
	fits, width := b.fit(text)
	if width > room {
		return ""
	}
	return strings.TrimRight(fits, " ") + ellipsis
}

// firstLine returns the first line of a text that has something in it, without what a
// line cannot show.
func firstLine(text string) string {
	for more := true; more; {
		end, next := paragraphEnd(text)
		if line := oneLine(text[:end]); line != "" {
			return line
		}
		more, text = next > end, text[next:]
	}
	return ""
}

// oneLine makes a text one of one line.
func oneLine(text string) string {
	text = text[:cutRunes(text, mostLetters+utf8.UTFMax)]
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
			return ' '
		case r < ' ' || r == 0x7f:
			return -1
		}
		return r
	}, text))
}

// sumOf tells contents apart: FNV-1a of all that is seen of them.
func sumOf(parts []Part, frame geom.Frame) uint64 {
	h := uint64(14695981039346656037)
	word := func(v uint64) { h = (h ^ v) * 1099511628211 }
	number := func(v float64) { word(math.Float64bits(v)) }
	for _, v := range [...]float64{frame.Box.Min.X, frame.Box.Min.Y, frame.Box.Max.X, frame.Box.Max.Y, frame.Angle} {
		number(v)
	}
	for i := range parts {
		p := &parts[i]
		word(uint64(p.Color)<<32 | uint64(p.Dark))
		number(p.Thickness)
		for k := range p.Path {
			seg := &p.Path[k]
			word(uint64(seg.Verb))
			for _, at := range seg.P[:seg.Verb.Points()] {
				number(at.X)
				number(at.Y)
			}
		}
		if p.Text == nil {
			continue
		}
		number(p.Text.Size)
		for k := range p.Text.Lines {
			line := &p.Text.Lines[k]
			number(line.At.X)
			number(line.At.Y)
			for i := range len(line.Text) {
				word(uint64(line.Text[i]))
			}
		}
	}
	return h
}
