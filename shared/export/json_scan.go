package export

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// SyntaxError says where a file is not what it should be.
type SyntaxError struct {
	Line, Column int    // from 1; the column in bytes
	What         string // as "a number is missing"
}

func (e *SyntaxError) Error() string {
	return "line " + strconv.Itoa(e.Line) + ", column " + strconv.Itoa(e.Column) + ": " + e.What
}

// ErrTooLarge is a file of more than MaxFile bytes.
var ErrTooLarge = errors.New("the file is too large: " + strconv.Itoa(MaxFile>>20) + " MiB are read at the most")

// maxDepth bounds how deep values of a file lie in one another.
const maxDepth = 64

// scanner reads JSON (RFC 8259). Once something is wrong it stays wrong: every
// method does nothing then, and err says what was first. The package has its own,
// because encoding/json would be a tenth of the page.
type scanner struct {
	data  []byte
	at    int
	depth int
	err   error
}

// fail notes what is wrong at a place.
func (s *scanner) fail(at int, what string) {
	if s.err != nil {
		return
	}
	line, start := 1, 0
	for i, c := range s.data[:min(at, len(s.data))] {
		if c == '\n' {
			line, start = line+1, i+1
		}
	}
	s.err = &SyntaxError{line, at - start + 1, what}
}

// peek returns the first byte of what comes next, 0 at the end.
func (s *scanner) peek() byte {
	for s.err == nil && s.at < len(s.data) {
		switch c := s.data[s.at]; c {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return c
		}
	}
	return 0
}

// take takes a byte, which must come next.
func (s *scanner) take(c byte, what string) bool {
	if s.peek() != c || s.err != nil {
		s.fail(s.at, what)
		return false
	}
	s.at++
	return true
}

// object reads an object: member is called for each of its names and reads the
// value.
func (s *scanner) object(member func(name string)) {
	s.list('{', '}', "an object", func() {
		name := s.str()
		if s.take(':', "a colon is missing") {
			member(name)
		}
	})
}

// array reads an array: value is called for each of its values and reads it.
func (s *scanner) array(value func()) { s.list('[', ']', "an array", value) }

func (s *scanner) list(begin, end byte, what string, one func()) {
	at := s.at
	if !s.take(begin, what+" is missing") {
		return
	}
	if s.depth++; s.depth > maxDepth {
		s.fail(at, "values lie too deep in one another")
		return
	}
	if s.peek() == end {
		s.at++
		s.depth--
		return
	}
	for s.err == nil {
		one()
		if s.peek() == ',' {
			s.at++
			continue
		}
		if s.take(end, what+" has no end") {
			break
		}
	}
	s.depth--
}

// end says that nothing may follow.
func (s *scanner) end() {
	if s.peek() != 0 || s.err == nil && s.at < len(s.data) {
		s.fail(s.at, "something follows the end")
	}
}

// number reads a number. One that no float64 holds is an error.
func (s *scanner) number() float64 {
	s.peek()
	from := s.at
	text := s.numeral()
	if s.err != nil {
		return 0
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil && math.IsInf(v, 0) {
		s.fail(from, "the number is too large")
		return 0
	}
	return v
}

// whole reads a whole number.
func (s *scanner) whole() int64 {
	s.peek()
	from := s.at
	text := s.numeral()
	if s.err != nil {
		return 0
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || v != math.Trunc(v) || math.Abs(v) > 1<<53 {
		s.fail(from, "a whole number is missing")
		return 0
	}
	return int64(v)
}

// numeral returns a number as it is written: RFC 8259, 6.
func (s *scanner) numeral() string {
	from := s.at
	digits := func() bool {
		start := s.at
		for s.at < len(s.data) && s.data[s.at] >= '0' && s.data[s.at] <= '9' {
			s.at++
		}
		return s.at > start
	}
	is := func(any string) bool {
		if s.at < len(s.data) && strings.IndexByte(any, s.data[s.at]) >= 0 {
			s.at++
			return true
		}
		return false
	}
	is("-")
	ok := is("0") || digits()
	if ok && is(".") {
		ok = digits()
	}
	if ok && is("eE") {
		is("+-")
		ok = digits()
	}
	if !ok || s.err != nil {
		s.fail(from, "a number is missing")
		return ""
	}
	return string(s.data[from:s.at])
}

// str reads a string. What is no Unicode is replaced (U+FFFD).
func (s *scanner) str() string {
	if !s.take('"', "a string is missing") {
		return ""
	}
	from := s.at
	for i := from; i < len(s.data); i++ {
		switch c := s.data[i]; {
		case c == '"':
			s.at = i + 1
			return strings.ToValidUTF8(string(s.data[from:i]), "\ufffd")
		case c == '\\':
			return s.escaped(from, i)
		case c < ' ':
			s.fail(i, "a control character stands in a string")
			return ""
		}
	}
	s.fail(from-1, "a string has no end")
	return ""
}

// escaped reads the rest of a string that has escapes, the first one at i.
func (s *scanner) escaped(from, i int) string {
	text := append([]byte(nil), s.data[from:i]...)
	for i < len(s.data) {
		switch c := s.data[i]; {
		case c == '"':
			s.at = i + 1
			return strings.ToValidUTF8(string(text), "\ufffd")
		case c < ' ':
			s.fail(i, "a control character stands in a string")
			return ""
		case c != '\\':
			text = append(text, c)
			i++
			continue
		}
		if i+1 >= len(s.data) {
			break
		}
		c := s.data[i+1]
		if k := strings.IndexByte(`"\/bfnrt`, c); k >= 0 {
			text = append(text, "\"\\/\b\f\n\r\t"[k])
			i += 2
			continue
		}
		r, ok := s.hex(i)
		if !ok {
			s.fail(i, "what the backslash means is not known")
			return ""
		}
		i += 6
		if utf16.IsSurrogate(r) {
			low, ok := s.hex(i)
			if r = utf16.DecodeRune(r, low); ok && r != utf8.RuneError {
				i += 6
			} else {
				r = utf8.RuneError
			}
		}
		text = utf8.AppendRune(text, r)
	}
	s.fail(from-1, "a string has no end")
	return ""
}

// hex reads \u and four digits at a place.
func (s *scanner) hex(i int) (rune, bool) {
	if i+6 > len(s.data) || s.data[i] != '\\' || s.data[i+1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(s.data[i+2:i+6]), 16, 16)
	return rune(n), err == nil
}

// word reads true, false or null.
func (s *scanner) word() string {
	s.peek()
	for _, w := range [...]string{"true", "false", "null"} {
		if rest := s.data[s.at:]; s.err == nil && len(rest) >= len(w) && string(rest[:len(w)]) == w {
			s.at += len(w)
			return w
		}
	}
	s.fail(s.at, "a value is missing")
	return ""
}

// skip reads a value of any kind.
func (s *scanner) skip() {
	switch c := s.peek(); {
	case c == '{':
		s.object(func(string) { s.skip() })
	case c == '[':
		s.array(s.skip)
	case c == '"':
		s.str()
	case c == '-' || c >= '0' && c <= '9':
		s.numeral()
	default:
		s.word()
	}
}
