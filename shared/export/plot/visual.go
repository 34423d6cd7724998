package plot

import (
	"slices"
	"strings"
	"unicode"
)

// visual returns the letters of a line from the left to the right. It knows of the
// two directions and not of levels within them (UAX #9): runs of letters from the
// right are turned round, and in a paragraph from the right the runs besides.
func visual(text string, fromRight bool) string {
	if !fromRight && !strings.ContainsFunc(text, isFromRight) {
		return text
	}
	type stretch struct {
		right bool
		runes []rune
	}
	var list []stretch
	before := fromRight
	var neutral []rune
	put := func(runes []rune, right bool) {
		if len(runes) == 0 {
			return
		}
		if n := len(list); n > 0 && list[n-1].right == right {
			list[n-1].runes = append(list[n-1].runes, runes...)
			return
		}
		list = append(list, stretch{right, slices.Clone(runes)})
	}
	for _, r := range text {
		right := isFromRight(r)
		if !right && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			neutral = append(neutral, r)
			continue
		}
		if right == before {
			put(neutral, right)
		} else {
			put(neutral, fromRight)
		}
		neutral = neutral[:0]
		put([]rune{r}, right)
		before = right
	}
	put(neutral, fromRight)
	if fromRight {
		slices.Reverse(list)
	}
	var b strings.Builder
	for _, s := range list {
		if s.right {
			reverse(s.runes)
		}
		for _, r := range s.runes {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// mirrored are brackets that look the other way from the right.
var mirrored = strings.NewReplacer("(", ")", ")", "(", "[", "]", "]", "[", "{", "}", "}", "{", "<", ">", ">", "<", "«", "»", "»", "«")

// reverse turns letters round, with the marks on each behind it.
func reverse(runes []rune) {
	copy(runes, []rune(mirrored.Replace(string(runes))))
	slices.Reverse(runes)
	for i := 0; i < len(runes); i++ {
		n := i
		for n < len(runes) && unicode.Is(unicode.Mn, runes[n]) {
			n++
		}
		if n > i && n < len(runes) { // marks, and then their letter
			slices.Reverse(runes[i : n+1])
			i = n
		}
	}
}

func isFromRight(r rune) bool {
	return r >= 0x590 && r <= 0x8ff && !unicode.IsDigit(r) || r >= 0xfb1d && r <= 0xfdff || r >= 0xfe70 && r <= 0xfefe
}
