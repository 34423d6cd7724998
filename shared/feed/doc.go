// Package feed is live data: feeds, which are names on a board, and their points, each
// a time and a number or a text (W101 of shared/wire/SPEC.md).
//
// A relay packs points by a [Chain] for each feed, into what wire.Points carries, and
// whoever watches unpacks them by a [Decoder]: mostly three to five bytes a point. Both
// sides keep the last ones in a [Ring], of which [Thin] chooses those that show its
// course where there are more than somebody wants.
//
// The package reads no clock: times are arguments, in milliseconds since 1970.
package feed

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"edgeboard/shared/wire"
)

// Type is what the values of a feed are.
type Type = wire.FeedType

// The types of values.
const (
	Numbers = wire.FeedNumbers
	Texts   = wire.FeedTexts
)

// Point is a value at a time.
type Point struct {
	Time   int64 // milliseconds since 1970
	Number float64
	Text   string // of a feed of texts, where it is not empty
}

// Type returns the type of the point's value.
func (p Point) Type() Type {
	if p.Text != "" {
		return Texts
	}
	return Numbers
}

// Errors of names and values.
var (
	ErrName   = errors.New("a feed's name has 1 to 128 bytes, without white space, control characters and *")
	ErrNumber = errors.New("a number is finite: neither NaN nor an infinity")
	ErrText   = fmt.Errorf("a text has 1 to %d bytes of UTF-8, without control characters but tab and line feed", wire.MaxFeedText)
)

// ValidName reports whether name has the shape of a feed's name (W102).
func ValidName(name string) bool {
	return name != "" && len(name) <= wire.MaxFeed && utf8.ValidString(name) && !strings.ContainsFunc(name, notInName)
}

func notInName(c rune) bool {
	return c == '*' || unicode.IsSpace(c) || unicode.IsControl(c) || unicode.Is(unicode.Cf, c)
}

// ValidPattern reports whether pattern is a feed's name, or the beginning of names with
// * behind it; * alone means all.
func ValidPattern(pattern string) bool {
	name, many := strings.CutSuffix(pattern, "*")
	return many && name == "" || ValidName(name)
}

// Matches reports whether a pattern means a feed.
func Matches(pattern, name string) bool {
	if beginning, many := strings.CutSuffix(pattern, "*"); many {
		return strings.HasPrefix(name, beginning)
	}
	return pattern == name
}

// Check says what is wrong with the value of a point.
func (p Point) Check() error {
	switch {
	case p.Text == "" && (math.IsNaN(p.Number) || math.IsInf(p.Number, 0)):
		return ErrNumber
	case len(p.Text) > wire.MaxFeedText || !utf8.ValidString(p.Text) || strings.ContainsFunc(p.Text, notInText):
		return ErrText
	}
	return nil
}

func notInText(c rune) bool { return c != '\t' && c != '\n' && unicode.IsControl(c) }
