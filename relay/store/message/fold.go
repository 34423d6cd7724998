package message

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold returns a text in one case and without accents, and with a space for a zero
// byte: what is searched for is in a message if that holds for what Fold makes of both.
func Fold(text string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == 0:
			return ' '
		case IsMark(c):
			return -1
		}
		return FoldCase(c)
	}, norm.NFD.String(text))
}

// IsMark reports whether a character is an accent or the like, of those that combine
// with the one before.
func IsMark(c rune) bool { return 0x300 <= c && c <= 0x36f }

// FoldCase returns the same character for all that differ by their case alone (Unicode,
// simple case folding).
func FoldCase(c rune) rune {
	least := c
	for next := unicode.SimpleFold(c); next != c; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	return least
}
