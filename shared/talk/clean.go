package talk

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining marks stay in a row. Vietnamese needs two, Hebrew
// with accents four; more of them climb over the lines above.
const maxMarks = 8

// Clean returns a text as it is shown: lines end with \n, and what is invisible, or
// makes what follows look like something else, is gone. That is controls but for tabs,
// what overrides or isolates the direction of text (UAX #9, sections 2.2 to 2.5), and
// what has no width; joiners stay where they join (UAX #31, section 2.3, has the
// reasons). Of more than maxMarks combining marks in a row the others are gone. What
// is no UTF-8 becomes U+FFFD.
func Clean(text string) string { return clean(text, nil) }

// clean is Clean. It moves places in the text, which ascend, to where they are then.
func clean(text string, places []int) string {
	var b strings.Builder
	b.Grow(len(text))
	var before rune // the last one that stayed
	marks := 0
	for i, size := 0, 0; i < len(text); i += size {
		var r, after rune
		r, size = utf8.DecodeRuneInString(text[i:])
		if i+size < len(text) {
			after, _ = utf8.DecodeRuneInString(text[i+size:])
		}
		for len(places) > 0 && places[0] <= i {
			places[0] = b.Len()
			places = places[1:]
		}
		switch {
		case r == '\r' && after == '\n':
			continue
		case r == '\r' || r == '\u2028' || r == '\u2029':
			r = '\n'
		case r == '\n' || r == '\t':
		case unicode.Is(unicode.Cc, r) || hidden(r):
			continue
		case r == zwnj || r == zwj:
			if !joins(before, after) {
				continue
			}
		case tagged(r) && before != blackFlag && !tagged(before):
			continue
		case unicode.In(r, unicode.Mn, unicode.Me):
			if marks++; marks > maxMarks {
				continue
			}
			b.WriteRune(r)
			before = r
			continue
		}
		marks = 0
		b.WriteRune(r)
		before = r
	}
	for i := range places {
		places[i] = b.Len()
	}
	return b.String()
}

const (
	zwnj      = '\u200c'
	zwj       = '\u200d'
	blackFlag = '\U0001f3f4' // tags behind it say of which part of a country
)

// hidden reports whether a character has no width, or turns text around.
func hidden(r rune) bool {
	switch {
	case r == 0xad, r == 0x200b, r == 0xfeff, r == 0x180e, r == 0x3164, r == 0xffa0,
		0x202a <= r && r <= 0x202e, 0x2060 <= r && r <= 0x206f, 0xfff9 <= r && r <= 0xfffb:
		return true
	}
	return false
}

// tagged reports whether a character is a tag.
func tagged(r rune) bool { return 0xe0000 <= r && r <= 0xe007f }

// joins reports whether a joiner between two characters changes how they look.
func joins(before, after rune) bool {
	return pictured(before) && pictured(after) || joining(before) && joining(after)
}

// pictured reports whether a character may be a part of an emoji.
func pictured(r rune) bool {
	return unicode.Is(unicode.So, r) || 0x1f3fb <= r && r <= 0x1f3ff || r == 0xfe0f || r == 0x20e3 || 0x2190 <= r && r <= 0x21ff || r == 0x221e
}

// joining reports whether a character is of a script in which joiners have a meaning.
func joining(r rune) bool {
	return r >= 0x600 && unicode.In(r,
		unicode.Arabic, unicode.Syriac, unicode.Nko, unicode.Mongolian, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati,
		unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Myanmar, unicode.Khmer, unicode.Tibetan)
}
