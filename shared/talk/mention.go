package talk

import (
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"edgeboard/shared/wire"
)

// Name is a person as the others see it.
type Name struct {
	Person wire.Person
	Name   string
}

// maxComplete is how many people Complete returns.
const maxComplete = 8

// Complete returns the people whose name begins with prefix, then those of whose name
// another word does, at most eight, each in the order given; case does not count. Of no
// prefix it returns the first ones.
func Complete(prefix string, people []Name) []Name {
	prefix = strings.ToLower(strings.TrimSpace(prefix))
	var first, other []Name
	for _, n := range people {
		name := strings.ToLower(n.Name)
		if strings.HasPrefix(name, prefix) {
			first = append(first, n)
			continue
		}
		for i, r := range name {
			if r == ' ' || r == '-' || r == '.' {
				if strings.HasPrefix(name[i+1:], prefix) {
					other = append(other, n)
					break
				}
			}
		}
	}
	list := append(first, other...)
	return list[:min(len(list), maxComplete)]
}

// maxTyped is how much may be typed of what is to be completed, in bytes.
const maxTyped = 60

// Typed returns what is being typed that can be completed: sign is '@' for a person,
// ':' for an emoji, 0 for nothing; prefix is what stands between the sign and the
// caret, from where the sign is. Caret and from are in bytes.
func Typed(draft string, caret int) (sign byte, prefix string, from int) {
	caret = min(max(caret, 0), len(draft))
	spaces := 0
	for i := caret - 1; i >= max(0, caret-maxTyped); i-- {
		switch c := draft[i]; {
		case c == '\n', c == ' ' && spaces == 2:
			return 0, "", 0
		case c == ' ':
			spaces++
		case c == '@' || c == ':':
			before, _ := utf8.DecodeLastRuneInString(draft[:i])
			prefix = draft[i+1 : caret]
			switch {
			case i > 0 && wordy(before), strings.HasPrefix(prefix, " "):
			case c == '@':
				return c, prefix, i
			case len(prefix) > 1 && spaces == 0:
				return c, prefix, i
			}
			return 0, "", 0
		}
	}
	return 0, "", 0
}

// Mentions finds who is named in a draft: @ and a name of those given, of which the
// longest counts, and of two with the same name the first. At most wire.MaxMentions
// are found.
func Mentions(draft string, people []Name) (list []wire.Mention) {
	people = slices.Clone(people)
	sort.SliceStable(people, func(i, j int) bool { return len(people[i].Name) > len(people[j].Name) })
	for at := 0; len(list) < wire.MaxMentions; {
		n := strings.IndexByte(draft[at:], '@')
		if n < 0 {
			return list
		}
		from := at + n
		at = from + 1
		if before, _ := utf8.DecodeLastRuneInString(draft[:from]); from > 0 && wordy(before) {
			continue
		}
		for _, p := range people {
			if p.Name == "" || !strings.HasPrefix(draft[at:], p.Name) {
				continue
			}
			after, _ := utf8.DecodeRuneInString(draft[at+len(p.Name):])
			if last, _ := utf8.DecodeLastRuneInString(p.Name); wordy(last) && wordy(after) || unicode.Is(unicode.M, after) {
				continue
			}
			at += len(p.Name)
			list = append(list, wire.Mention{Person: p.Person, At: uint32(from), Length: uint32(at - from)})
			break
		}
	}
	return list
}
