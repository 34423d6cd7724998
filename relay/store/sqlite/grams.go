package sqlite

import (
	"strconv"
	"strings"
	"unicode"

	"edgeboard/relay/store/message"
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
		if !message.IsMark(c) {
			chars = append(chars, message.FoldCase(c))
		}
	}
	return chars
}

// seamSide is how many characters a seam has on either side of its space.
const seamSide = 3

// seams calls each with the places in a text where two words meet: a space, and the
// characters beside it, in one case and without any accent. Words that are frequent
// each, and have trigrams that are more so, are seldom side by side.
func seams(text string, each func(chars []rune)) {
	chars := []rune(message.Fold(text))
	for i := seamSide; i+seamSide < len(chars); i++ {
		if unicode.IsSpace(chars[i]) {
			each(chars[i-seamSide : i+seamSide+1])
		}
	}
}

// gram returns the term for one or two characters, or for a seam, in the index of what
// trigrams do not find, or not fast enough. It begins with the conversation, so that its
// list has those of no other.
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
	seams(text, func(chars []rune) {
		b.WriteString(gram(talk, chars))
		b.WriteByte(' ')
	})
	return b.String()
}

// mostSeams is how many of a text that is looked for are used.
const mostSeams = 8

// search returns the index and the expression by which a text is found; "" if it has
// nothing to be found by. With loose it may find too many.
func search(talk int64, find string, loose bool) (index, match string) {
	switch chars := folded(find); len(chars) {
	case 0:
		return "", ""
	case 1, 2:
		return "messages_grams", `"` + gram(talk, chars) + `"`
	}
	if loose {
		var terms []string
		seams(find, func(chars []rune) {
			if len(terms) < mostSeams {
				terms = append(terms, `"`+gram(talk, chars)+`"`)
			}
		})
		if len(terms) > 0 {
			return "messages_grams", strings.Join(terms, " AND ")
		}
	}
	// As a phrase, and none of the query language.
	return "messages_text", `talk : "` + talkTrigram(talk) + `" AND text : "` + strings.ReplaceAll(searchable(find), `"`, `""`) + `"`
}
