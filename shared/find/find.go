// Package find searches the texts of a board: what elements say, their labels and
// what was commented.
//
// Small and capital letters count as the same, and so do the wide and the narrow
// forms of East Asian input methods; any space, also the end of a line, counts as
// one space, and several as one. So a phrase is found however it is broken into
// lines.
package find

import (
	"unicode"
	"unicode/utf8"

	"edgeboard/shared/board"
)

// Found is a place where a text has what is looked for.
type Found struct {
	Element *board.Element
	From    int // in code points
	To      int
}

// MaxQuery bounds what is looked for, in bytes.
const MaxQuery = 256

// All returns where a board says query, from the bottom element up, at most limit
// places. Nothing but spaces is nowhere, and neither is what is longer than
// MaxQuery.
func All(doc *board.Board, query string, limit int) []Found {
	if len(query) > MaxQuery {
		return nil
	}
	want := trim(foldText(query))
	if len(want) == 0 {
		return nil
	}
	var list []Found
	for e := range doc.Elements() {
		if e.TextLen(board.Chars) == 0 {
			continue
		}
		text := foldText(e.Text())
		for at := 0; len(list) < limit; {
			i := index(text[at:], want)
			if i < 0 {
				break
			}
			from, last := text[at+i], text[at+i+len(want)-1]
			list = append(list, Found{Element: e, From: from.at, To: last.end})
			at += i + len(want)
		}
		if len(list) >= limit {
			break
		}
	}
	return list
}

// letter is a character as it is compared, and where it stands in the text, in code
// points. A run of spaces is one.
type letter struct {
	r       rune
	at, end int
}

func foldText(text string) []letter {
	list := make([]letter, 0, utf8.RuneCountInString(text))
	at := 0
	for _, r := range text {
		r = fold(r)
		if n := len(list); r == ' ' && n > 0 && list[n-1].r == ' ' {
			list[n-1].end = at + 1
		} else {
			list = append(list, letter{r, at, at + 1})
		}
		at++
	}
	return list
}

// fold returns the form in which a character is compared.
func fold(r rune) rune {
	if r >= '！' && r <= '～' { // the wide forms of ASCII, U+FF01 to U+FF5E
		r -= '！' - '!'
	}
	if unicode.IsSpace(r) { // also U+3000, the wide space
		return ' '
	}
	// The least of the characters that differ in case alone (unicode.SimpleFold).
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return least
}

// trim leaves out spaces around what is looked for.
func trim(list []letter) []letter {
	if len(list) > 0 && list[0].r == ' ' {
		list = list[1:]
	}
	if n := len(list); n > 0 && list[n-1].r == ' ' {
		list = list[:n-1]
	}
	return list
}

// index returns where want stands in text, or -1.
func index(text, want []letter) int {
next:
	for i := 0; i+len(want) <= len(text); i++ {
		for k := range want {
			if text[i+k].r != want[k].r {
				continue next
			}
		}
		return i
	}
	return -1
}
