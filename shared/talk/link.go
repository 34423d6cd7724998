package talk

import (
	"strings"
	"unicode"
)

// maxLink is the greatest length of a link in bytes, maxLabel that of the words that
// stand for one.
const (
	maxLink  = 2000
	maxLabel = 300
)

// schemes are where a link may lead. Others run programs, or show what somebody else
// has put into the link itself.
var schemes = []string{"https://", "http://", "mailto:"}

// scheme returns the one that a text begins with, "" if none.
func scheme(text string) string {
	for _, s := range schemes {
		if len(text) > len(s) && strings.EqualFold(text[:len(s)], s) {
			return text[:len(s)]
		}
	}
	return ""
}

// leads reports whether a link leads where it seems to: to a host, and without a name
// before it that looks like one (https://bank.example@elsewhere.example).
func leads(link string) bool {
	s := scheme(link)
	if s == "" || len(link) > maxLink {
		return false
	}
	rest := link[len(s):]
	if !strings.HasSuffix(s, "//") {
		name, host, ok := strings.Cut(rest, "@")
		return ok && name != "" && host != ""
	}
	host := rest
	if n := strings.IndexAny(rest, "/?#\\"); n >= 0 {
		host = rest[:n]
	}
	return strings.IndexFunc(host, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) >= 0 && !strings.Contains(host, "@")
}

// bare returns the length of a link that a text begins with, 0 if there is none, and
// whether it leads somewhere.
func bare(text string) (n int, good bool) {
	s := scheme(text)
	if s == "" {
		return 0, false
	}
	n = strings.IndexFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune("<>\"`|^{}[]，。；：！？、（）【】「」『』《》“”‘’…", r)
	})
	if n < 0 {
		n = len(text)
	}
	// What ends the sentence is no part of it, nor is a bracket that was open before.
	round := strings.Count(text[:n], "(") - strings.Count(text[:n], ")")
	for n > len(s) {
		switch c := text[n-1]; {
		case strings.IndexByte(".,;:!?*_~'\\", c) >= 0:
		case c == ')' && round < 0:
			round++
		default:
			return n, leads(text[:n])
		}
		n--
	}
	return n, false
}

// labelled returns the words, the link and the length of [words](link) at the
// beginning of a text, and a length of 0 if there is none. Words that look like a link
// themselves are none: they would say that it leads elsewhere.
func labelled(text string) (words, link string, n int) {
	end := strings.IndexAny(text[1:], "[]") + 1
	if end <= 1 || end > maxLabel || !strings.HasPrefix(text[end:], "](") {
		return "", "", 0
	}
	words, rest := text[1:end], text[end+2:]
	n = strings.IndexAny(rest, "()[] \t\n<>\"`")
	if n < 0 || rest[n] != ')' || !leads(rest[:n]) || strings.TrimSpace(words) == "" {
		return "", "", 0
	}
	link = rest[:n]
	if link != words && (strings.Contains(words, "://") || strings.Contains(words, "@") || strings.Contains(strings.ToLower(words), "www.")) {
		return "", "", 0
	}
	return words, link, end + 2 + n + 1
}
