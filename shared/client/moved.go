package client

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"edgeboard/shared/wire"
)

// moved is what a relay has said that is about to stop (W62).
type moved struct {
	told  bool
	after time.Duration // to stay away
	to    string        // the origin of another relay; "": none
}

// errUnwelcome is why a connection is given up that a relay has not welcomed, where
// there is another relay.
var errUnwelcome = errors.New("the relay has not said a word")

// mayLeave reports whether the relay wants this client to leave, and has all that
// was changed here and it takes.
func (s *Session) mayLeave() bool {
	return s.moved.told && s.phase == Live && len(s.out) == 0 && !s.behind && !s.renamed && (len(s.commits) == 0 || !s.writes)
}

// leave ends the connection to a relay that is about to stop.
func (l *Link) leave() {
	m := l.session.moved
	l.hangUp(wire.CodeNormal)
	l.session.Lost()
	if l.attempt != nil {
		l.giveUp() // what it would find is no better
	}
	l.failed, l.retry = 0, time.Now().Add(m.after)
	l.goTo(m.to)
}

// goTo has the next dial be to where a relay has said, if that is anywhere. There is no
// line then, and no attempt.
func (l *Link) goTo(to string) {
	home := l.home.origin
	switch {
	case to == "" || to == l.routes.origin:
		return
	case to == home:
		l.routes = l.home
		return
	case l.away != nil && to == l.away.origin:
		l.routes = l.away
		return
	}
	// What it is sent must not be read on the way, where it is not now.
	if l.cfg.Elsewhere == nil || originOf(to) != to || !strings.HasPrefix(to, "https:") && !strings.HasPrefix(home, "http:") {
		return
	}
	if all := l.cfg.Elsewhere(to); len(all) > 0 {
		// What passes this network to one relay mostly passes it to another.
		l.away = newRoutes(to, all, l.worked)
		l.routes = l.away
	}
}

// turn has the next dial be to the other relay, if there is one.
func (l *Link) turn() {
	if l.routes == l.away {
		l.routes = l.home
	} else if l.away != nil {
		l.routes = l.away
	}
}

// unwelcome reports whether a relay has connected and says nothing, and there is another
// one to go to.
func (l *Link) unwelcome() bool {
	return l.line != nil && !l.line.live && l.away != nil && l.session.Stalled()
}

// originOf returns the origin of a relay's address, as browsers write it; "": it has none.
// With package net/url the page would be 26 KB larger (brotli).
func originOf(address string) string {
	scheme, rest, _ := strings.Cut(address, "://")
	usual := ":80"
	switch scheme {
	case "http", "ws":
		scheme = "http"
	case "https", "wss":
		scheme, usual = "https", ":443"
	default:
		return ""
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	host := strings.TrimSuffix(strings.ToLower(rest), usual)
	name, port := host, "1"
	if at := strings.LastIndexByte(host, ':'); at >= 0 && !strings.HasSuffix(host, "]") {
		name, port = host[:at], host[at+1:]
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || port[0] == '0' {
		return ""
	}
	letters := "abcdefghijklmnopqrstuvwxyz0123456789-._"
	if six, ok := strings.CutPrefix(name, "["); ok {
		if !strings.HasSuffix(six, "]") {
			return ""
		}
		name, letters = six[:len(six)-1], "abcdef0123456789:."
	}
	if name == "" || strings.Trim(name, letters) != "" {
		return ""
	}
	return scheme + "://" + host
}
