package sqlite

import (
	"strconv"
	"strings"
	"unicode"
)

// talkTrigram returns the text of three characters by which the index of trigrams knows
// a conversation. They are of the plane for private use.
func talkTrigram(talk int64) string {
	const plane = 0xf0000
	return string([]rune{plane + rune(talk>>24&0xfff), plane + rune(talk>>12&0xfff), plane + rune(talk&0xfff)})
}

// searchable returns a text as the index of trigrams takes it, for which a zero byte is
// the end.
func searchable(text string) string { return strings.ReplaceAll(text, "\x00", " ") }

// folded returns the characters of a text in one case, without the accents that the
// index of trigrams leaves out.
func folded(text string) (chars []rune) {
	for _, c := range searchable(text) {
		if 0x300 <= c && c <= 0x36f {
			continue
		}
		least := c
		for next := unicode.SimpleFold(c); next != c; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		chars = append(chars, least)
	}
	return chars
}

// gram returns the term for one or two characters in the index of what is shorter than
// trigrams. It begins with the conversation, so that its list has those of no other.
func gram(talk int64, chars []rune) string {
	b := strconv.AppendInt([]byte{'t'}, talk, 16)
	for _, c := range chars {
		b = strconv.AppendInt(append(b, 'x'), int64(c), 16)
	}
	return string(b)
}

// grams returns the terms of a text, each once, with spaces between them.
func grams(talk int64, text string) string {
	chars := folded(text)
	seen := make(map[[2]rune]bool, 2*len(chars))
	var b strings.Builder
	add := func(pair [2]rune, some []rune) {
		if !seen[pair] {
			seen[pair] = true
			b.WriteString(gram(talk, some))
			b.WriteByte(' ')
		}
	}
	for i, c := range chars {
		add([2]rune{c, -1}, chars[i:i+1])
		if i > 0 {
			add([2]rune{chars[i-1], c}, chars[i-1:i+1])
		}
	}
	return b.String()
}

// search returns the index and the expression by which a text is found; "" if it has
// nothing to be found by.
func search(talk int64, find string) (index, match string) {
	switch chars := folded(find); len(chars) {
	case 0:
		return "", ""
	case 1, 2:
		return "messages_grams", `"` + gram(talk, chars) + `"`
	}
	// As a phrase, and none of the query language.
	return "messages_text", `talk : "` + talkTrigram(talk) + `" AND text : "` + strings.ReplaceAll(searchable(find), `"`, `""`) + `"`
}
