// Package texts is every text that the page shows, in each language that it speaks.
// A text has a key like "tool.pen": before the first dot the concern, which is a file
// of this package. It is compiled into the page too, so it uses no fmt and no
// reflection.
package texts

import (
	"slices"
	"strconv"
	"strings"
)

// An Entry is one text. {0} to {9} stand for what is put into it, the same ones in
// each language.
type Entry struct{ Key, English, Chinese string }

// catalogue is the texts, by concern: the keys of a table have the same beginning and
// are in order. Those that stand in the HTML alone are in pageOnly.
var catalogue = [...][]Entry{
	chat,
	clipboard,
	color,
	comment,
	denied,
	dialog,
	exportTexts,
	findTexts,
	kind,
	linkTexts,
	notice,
	offline,
	pages,
	panel,
	past,
	people,
	person,
	picture,
	said,
	sharing,
	since,
	stamp,
	status,
	stopped,
	template,
	tile,
	timer,
	tool,
	vote,
}

// find returns the entry of a key, nil if there is none.
func find(key string) *Entry {
	if e := findIn(catalogue[:], key); e != nil {
		return e
	}
	return findIn(pageOnly[:], key)
}

func findIn(tables [][]Entry, key string) *Entry {
	concern, _, _ := strings.Cut(key, ".")
	for _, table := range tables {
		if rest, ok := strings.CutPrefix(table[0].Key, concern); !ok || rest[0] != '.' {
			continue
		}
		if i, ok := slices.BinarySearchFunc(table, key, func(e Entry, key string) int { return strings.Compare(e.Key, key) }); ok {
			return &table[i]
		}
	}
	return nil
}

// Has reports whether there is a text with a key.
func Has(key string) bool { return find(key) != nil }

// Text returns the text with a key, args in the place of {0}, {1} and so on. A key
// that is missing is a mistake: it panics, but in the page it is shown.
func (l Language) Text(key string, args ...string) string {
	e := find(key)
	if e == nil {
		if strict {
			panic("texts: there is no text " + strconv.Quote(key))
		}
		return key
	}
	text := e.English
	if l == Chinese {
		text = e.Chinese
	}
	return fill(text, args)
}

// Count is Text for a number of things, which is {0}; args are {1} and so on. If n
// is 1, the text is that of key and ".one" where there is one.
func (l Language) Count(key string, n int, args ...string) string {
	if one := key + ".one"; n == 1 && Has(one) {
		key = one
	}
	return l.Text(key, append([]string{strconv.Itoa(n)}, args...)...)
}

// fill puts args into a text. What they say is not looked at: a name may be {1}.
func fill(text string, args []string) string {
	if len(args) == 0 {
		return text
	}
	var filled strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "{")
		filled.WriteString(before)
		if !ok {
			return filled.String()
		}
		if len(rest) > 1 && '0' <= rest[0] && int(rest[0]-'0') < len(args) && rest[1] == '}' {
			filled.WriteString(args[rest[0]-'0'])
			rest = rest[2:]
		} else {
			filled.WriteByte('{')
		}
		text = rest
	}
}
