package main

import (
	"net/url"
	"strings"

	"edgeboard/shared/wire"
)

// address is where a board is: its page's.
type address struct {
	base  url.URL // of the relay
	board string
}

// parseAddress returns where a board is; false: the text is no address, but a file's
// name.
func parseAddress(text string) (*address, bool, error) {
	if !isAddress(text) {
		return nil, false, nil
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, true, usagef("%q is no address", text)
	}
	before, name, found := strings.Cut(u.Path, "/b/")
	if !found || !wire.MayName(name) {
		return nil, true, usagef("%q is not the address of a board, such as https://boards.example.com/b/plans", text)
	}
	return &address{base: url.URL{Scheme: u.Scheme, Host: u.Host, Path: before}, board: name}, true, nil
}

// boardAt is parseAddress for who takes no file.
func boardAt(text string) (*address, error) {
	at, is, err := parseAddress(text)
	if err == nil && !is {
		err = usagef("%q is not the address of a board, such as https://boards.example.com/b/plans", text)
	}
	return at, err
}

// relayAt returns where a relay is.
func relayAt(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || !isAddress(text) || u.Host == "":
		return nil, usagef("%q is not the address of a relay, such as https://boards.example.com", text)
	case strings.Contains(u.Path, "/b/"):
		before, _, _ := strings.Cut(u.Path, "/b/")
		return nil, usagef("%q is the address of a board; its relay is at %s", text, &url.URL{Scheme: u.Scheme, Host: u.Host, Path: before})
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: strings.TrimSuffix(u.Path, "/")}, nil
}

func isAddress(text string) bool {
	return strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://")
}

// on is a board of the same relay.
func on(relay *url.URL, board string) *address { return &address{base: *relay, board: board} }

func (a *address) socket() string {
	u := *a.base.JoinPath("ws")
	u.Scheme = strings.Replace(u.Scheme, "http", "ws", 1)
	return u.String()
}

func (a *address) blob(hash string) string {
	u := a.base.JoinPath("blob", hash)
	u.RawQuery = url.Values{"board": {a.board}}.Encode()
	return u.String()
}

// matches reports whether a pattern, which is a name or the beginning of names with *
// behind it, means a board.
func matches(pattern, name string) bool {
	if prefix, many := strings.CutSuffix(pattern, "*"); many {
		return strings.HasPrefix(name, prefix)
	}
	return name == pattern
}

func checkPattern(p string) error {
	if prefix, many := strings.CutSuffix(p, "*"); many && prefix == "" || wire.ValidBoardName(prefix) {
		return nil
	}
	return usagef("%q is neither a board's name nor the beginning of one with * behind it", p)
}
