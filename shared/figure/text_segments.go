package figure

import (
	"strings"
	"unicode/utf8"
)

// segments finds where the lines of a paragraph may be broken: behind spaces, and
// otherwise where UAX #14 allows it. Between two characters of ASCII that is decided
// as browsers do, most of which have a table of their own for these: they do not break
// addresses at each slash, but words at hyphens. The field in which a text is written
// breaks its lines as what is drawn of it.
type segments struct {
	text string
	at   int // the end of the last segment
	// state is that of the word up to known: it is not followed in words of ASCII.
	known int
	state lineState
}

// next returns the end of the next segment.
func (s *segments) next() int {
	if s.at < len(s.text) {
		s.at++
	}
	for s.at < len(s.text) && !s.breaks(s.at) {
		s.at++
	}
	return s.at
}

// breaks reports whether a line may be broken before a byte of the text.
func (s *segments) breaks(at int) bool {
	a, b := s.text[at-1], s.text[at]
	switch {
	case a == ' ' || a == '\t':
		if b == ' ' || b == '\t' {
			return false
		}
		s.known, s.state = at, lineState{}
		return true
	case b == ' ' || b == '\t' || b&0xc0 == 0x80:
		return false
	case a < 0x80 && b < 0x80:
		return breaksASCII(a, b) && (a != '-' || b < '0' || b > '9' || at > 1 && alphanumeric(s.text[at-2]))
	}
	for s.known < at {
		r, n := utf8.DecodeRuneInString(s.text[s.known:])
		s.state.take(classesOf(r).line)
		s.known += n
	}
	r, n := utf8.DecodeRuneInString(s.text[at:])
	next := lineAL
	if at+n < len(s.text) {
		after, _ := utf8.DecodeRuneInString(s.text[at+n:])
		next = classesOf(after).line
	}
	return s.state.breaks(classesOf(r).line, next)
}

// breaksASCII reports whether a line may be broken between two characters of ASCII
// that are not spaces.
func breaksASCII(a, b byte) bool {
	switch {
	case a == '-':
		return strings.IndexByte("!$),./:;?]}", b) < 0
	case a == '?':
		return strings.IndexByte("!\"'),./:;?]}", b) < 0
	case strings.IndexByte("(<[{", b) >= 0:
		return !alphanumeric(a) && strings.IndexByte("$'(/<@[^_`{", a) < 0
	}
	return false
}

func alphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
