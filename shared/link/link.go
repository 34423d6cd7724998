// Package link is what elements of a board may lead to: addresses of the web and of
// mail, and other elements; and what the fragment of a board's address opens. Whoever follows a link that somebody else has made asks
// Parse for it, and never the property itself: there are schemes, as javascript:,
// that would act in the name of who follows them.
package link

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"edgeboard/shared/board"
)

// Link is where an element leads: one of the two.
type Link struct {
	URL     string   // http:, https: or mailto:
	Element board.ID // of the same board
}

// Max bounds a link, in bytes.
const Max = 2048

// Error is why a text is no link.
type Error string

// Error returns it in words.
func (e Error) Error() string { return string(e) }

const (
	ErrTooLong = Error("link: it is longer than 2,048 bytes")
	ErrScheme  = Error("link: only http, https and mailto lead out of a board")
	ErrFormat  = Error("link: it is no address")
)

// elementPrefix begins the link to an element, in a board's address too.
const elementPrefix = "#e="

// ToElement returns the link to an element, relative to its board's address.
func ToElement(id board.ID) string { return elementPrefix + id.Text() }

// inboxFragment opens a person's inbox in a board's address, and with = and a place
// an entry of it. No element leads there: it is another one for each who follows it.
const inboxFragment = "#inbox"

// ToEntry returns what opens an entry of the inbox, relative to a board's address; 0:
// the inbox.
func ToEntry(seq uint64) string {
	if seq == 0 {
		return inboxFragment
	}
	return inboxFragment + "=" + strconv.FormatUint(seq, 10)
}

// Entry returns which entry the fragment of a board's address opens, 0 for the inbox, and
// whether it is one that does so.
func Entry(fragment string) (seq uint64, ok bool) {
	place, ok := strings.CutPrefix(fragment, inboxFragment)
	if !ok || place == "" {
		return 0, ok
	}
	digits, ok := strings.CutPrefix(place, "=")
	seq, err := strconv.ParseUint(digits, 10, 64)
	if !ok || err != nil || seq == 0 || ToEntry(seq) != fragment {
		return 0, false
	}
	return seq, true
}

// Of returns where an element leads, if it leads somewhere.
func Of(e *board.Element) (Link, bool) {
	text := e.Get(board.KeyLink).Str()
	if text == "" {
		return Link{}, false
	}
	l, err := Parse(text)
	return l, err == nil
}

// Clean returns what somebody typed as a link, as it is to be written to KeyLink:
// what has no scheme is an address of the web, or of mail if it has an @ and no
// slash.
func Clean(typed string) (string, error) {
	text := strings.TrimSpace(typed)
	if _, _, ok := scheme(text); !ok && text != "" && !strings.HasPrefix(text, "#") {
		if strings.Contains(text, "@") && !strings.ContainsAny(text, "/?#") {
			text = "mailto:" + text
		} else {
			text = "https://" + strings.TrimPrefix(text, "//")
		}
	}
	_, err := Parse(text)
	if err != nil {
		return "", err
	}
	return text, nil
}

// Parse returns where a link leads.
func Parse(text string) (Link, error) {
	if len(text) > Max {
		return Link{}, ErrTooLong
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, hidden) {
		return Link{}, ErrFormat
	}
	if name, ok := strings.CutPrefix(text, elementPrefix); ok {
		id, ok := board.ParseID(name)
		if !ok {
			return Link{}, ErrFormat
		}
		return Link{Element: id}, nil
	}
	name, rest, ok := scheme(text)
	switch {
	case !ok:
		return Link{}, ErrFormat
	case name == "http", name == "https":
		host, ok := strings.CutPrefix(rest, "//")
		if i := strings.IndexAny(host, `/?#\`); i >= 0 {
			host = host[:i]
		}
		// A name in front of the host makes one address look like another.
		if !ok || host == "" || strings.Contains(host, "@") || strings.HasPrefix(host, ":") {
			return Link{}, ErrFormat
		}
	case name == "mailto":
		if at := strings.Index(rest, "@"); at <= 0 || at == len(rest)-1 {
			return Link{}, ErrFormat
		}
	default:
		return Link{}, ErrScheme
	}
	return Link{URL: text}, nil
}

// hidden reports whether a character has no place in an address: browsers leave
// some of them out, so that what is followed would be another address than what was
// looked at, and others change the direction in which it is read.
func hidden(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

// scheme cuts the scheme off an address (RFC 3986, section 3.1), in small letters.
// What could be a host and its port has none.
func scheme(text string) (name, rest string, ok bool) {
	name, rest, ok = strings.Cut(text, ":")
	if !ok || name == "" {
		return "", "", false
	}
	for i, c := range []byte(name) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '+' && c != '-' && c != '.') {
			return "", "", false
		}
	}
	port := rest
	if i := strings.IndexAny(port, "/?#"); i >= 0 {
		port = port[:i]
	}
	if port != "" && strings.Trim(port, "0123456789") == "" {
		return "", "", false
	}
	return strings.ToLower(name), rest, true
}
