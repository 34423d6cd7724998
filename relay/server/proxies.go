package server

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// proxies are the addresses of those whom the relay believes from whom a request
// came, and by which scheme: in X-Forwarded-For and X-Forwarded-Proto. What other
// peers say there is not looked at. Forwarded (RFC 7239) is not read: a proxy that
// writes the one passes on what a client has written in the other, and the relay
// could not tell which to believe.
type proxies []netip.Prefix

func (p proxies) trust(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(p, func(prefix netip.Prefix) bool { return prefix.Contains(a) })
}

// undo makes a request as if it had come without the proxies: RemoteAddr is the
// client's, and URL.Scheme is http or https if they say it, otherwise empty. The
// host is not theirs to say: they pass on the one that they were asked for.
func (p proxies) undo(r *http.Request) {
	r.URL.Scheme = "" // a client may have written it
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !p.trust(peer.Addr()) {
		return
	}
	if client := p.client(peer, r.Header["X-Forwarded-For"]); client != peer {
		r.RemoteAddr = client.String()
	}
	if said := r.Header["X-Forwarded-Proto"]; len(said) > 0 {
		list := said[len(said)-1]
		switch strings.ToLower(strings.TrimSpace(list[strings.LastIndexByte(list, ',')+1:])) {
		case "https", "wss":
			r.URL.Scheme = "https"
		case "http", "ws":
			r.URL.Scheme = "http"
		}
	}
}

// client is the last of those who have passed a request on that is no proxy of
// ours, as far as the list can be read. Each proxy adds at the end who came to it,
// so that nothing before that is to be believed. The port is 0 if it is not said.
func (p proxies) client(peer netip.AddrPort, lines []string) netip.AddrPort {
	at := peer
	for _, line := range slices.Backward(lines) {
		for rest, more := line, true; more; {
			entry := rest
			i := strings.LastIndexByte(rest, ',')
			if more = i >= 0; more {
				rest, entry = rest[:i], rest[i+1:]
			}
			if entry = strings.Trim(entry, " \t"); entry == "" {
				continue // RFC 9110 section 5.6.1.2
			}
			next, ok := parseHop(entry)
			if !ok {
				return at
			}
			at = next
			if !p.trust(at.Addr()) {
				return at
			}
		}
	}
	return at
}

// maxHop is the longest entry: an address of version 6 in brackets, and a port.
const maxHop = len("[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]:65535")

func parseHop(text string) (at netip.AddrPort, ok bool) {
	if len(text) > maxHop {
		return at, false
	}
	at, err := netip.ParseAddrPort(text)
	if err != nil {
		if name, found := strings.CutPrefix(text, "["); found {
			if text, found = strings.CutSuffix(name, "]"); !found || !strings.Contains(text, ":") {
				return at, false
			}
		}
		a, err := netip.ParseAddr(text)
		if err != nil {
			return at, false
		}
		at = netip.AddrPortFrom(a, 0)
	}
	a := at.Addr().Unmap()
	return netip.AddrPortFrom(a, at.Port()), a.Zone() == "" && !a.IsUnspecified() && !a.IsMulticast()
}

// clientAddress is the address of the client of a request, behind proxies that are
// trusted too; the zero Addr if it came from no network.
func (s *Server) clientAddress(r *http.Request) netip.Addr { return parseAddress(r.RemoteAddr) }

// secure reports whether the client's request came with TLS, as far as the relay
// knows, or a proxy that is trusted.
func (s *Server) secure(r *http.Request) bool {
	if r.URL.Scheme != "" {
		return r.URL.Scheme == "https"
	}
	return r.TLS != nil
}
