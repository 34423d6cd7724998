package server

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

var near = proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("2001:db8:9::1/128")}

// Whom a request is from, behind proxies that are trusted and others.
func TestForwardedFor(t *testing.T) {
	const proxy = "10.0.0.1:4000"
	for _, c := range []struct {
		why, peer string
		lines     []string
		want      string
	}{
		{"no proxy", "203.0.113.5:4000", nil, "203.0.113.5:4000"},
		{"one that nobody trusts says what it likes", "203.0.113.5:4000", []string{"198.51.100.1"}, "203.0.113.5:4000"},
		{"this machine, when it is no proxy of ours", "127.0.0.2:4000", []string{"198.51.100.1"}, "127.0.0.2:4000"},
		{"who comes from no network", "pipe", []string{"198.51.100.1"}, "pipe"},
		{"a proxy that says nothing", proxy, nil, proxy},
		{"a proxy that says an empty line", proxy, []string{""}, proxy},
		{"a proxy", proxy, []string{"203.0.113.5"}, "203.0.113.5:0"},
		{"one of version 6", "[2001:db8:9::1]:4000", []string{"203.0.113.5"}, "203.0.113.5:0"},
		{"one of version 4 on a socket of version 6", "[::ffff:10.0.0.1]:4000", []string{"203.0.113.5"}, "203.0.113.5:0"},
		{"one on this machine", "127.0.0.1:4000", []string{"203.0.113.5"}, "203.0.113.5:0"},
		{"with a port", proxy, []string{"203.0.113.5:1234"}, "203.0.113.5:1234"},
		{"a client of version 6", proxy, []string{"2001:db8::5"}, "[2001:db8::5]:0"},
		{"in brackets", proxy, []string{"[2001:db8::5]"}, "[2001:db8::5]:0"},
		{"in brackets with a port", proxy, []string{"[2001:db8::5]:1234"}, "[2001:db8::5]:1234"},
		{"one of version 4 in version 6", proxy, []string{"::ffff:203.0.113.5"}, "203.0.113.5:0"},
		{"with spaces and tabs", proxy, []string{" \t203.0.113.5 \t"}, "203.0.113.5:0"},
		{"with empty entries", proxy, []string{", 203.0.113.5, ,"}, "203.0.113.5:0"},

		{"what the client has written before it", proxy, []string{"198.51.100.1, 203.0.113.5"}, "203.0.113.5:0"},
		{"the same in a line of its own", proxy, []string{"198.51.100.1", "203.0.113.5"}, "203.0.113.5:0"},
		{"a client that calls itself a proxy", proxy, []string{"10.0.0.9, 203.0.113.5"}, "203.0.113.5:0"},
		{"a client that calls itself this machine", proxy, []string{"127.0.0.1, 203.0.113.5"}, "203.0.113.5:0"},
		{"a proxy behind a proxy", proxy, []string{"198.51.100.1, 203.0.113.5, 10.0.0.2"}, "203.0.113.5:0"},
		{"the same over two lines", proxy, []string{"198.51.100.1, 203.0.113.5", "10.0.0.3, 10.0.0.2"}, "203.0.113.5:0"},
		{"a client among the proxies", proxy, []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3:0"},

		{"garbage", proxy, []string{"garbage"}, proxy},
		{"garbage before the client", proxy, []string{"garbage, 203.0.113.5"}, "203.0.113.5:0"},
		{"garbage behind a proxy", proxy, []string{"203.0.113.5, unknown, 10.0.0.2"}, "10.0.0.2:0"},
		{"a name", proxy, []string{"board.example"}, proxy},
		{"a name that is hidden (RFC 7239)", proxy, []string{"_hidden"}, proxy},
		{"no address", proxy, []string{"0.0.0.0"}, proxy},
		{"an address of many", proxy, []string{"ff02::1"}, proxy},
		{"a zone", proxy, []string{"fe80::1%eth0"}, proxy},
		{"a zone that is a line", proxy, []string{"fe80::1%\r\nlevel=ERROR"}, proxy},
		{"half a bracket", proxy, []string{"[2001:db8::5"}, proxy},
		{"version 4 in brackets", proxy, []string{"[203.0.113.5]"}, proxy},
		{"a port that is none", proxy, []string{"203.0.113.5:99999"}, proxy},
		{"another line", proxy, []string{"203.0.113.5\r\nlevel=ERROR"}, proxy},
		{"a zero byte", proxy, []string{"203.0.113.5\x00"}, proxy},
		{"64 KiB of one entry", proxy, []string{strings.Repeat("1", 64<<10)}, proxy},
		{"64 KiB of commas", proxy, []string{strings.Repeat(",", 64<<10)}, proxy},
		{"10,000 entries", proxy, []string{strings.Repeat("198.51.100.1, ", 10_000) + "203.0.113.5"}, "203.0.113.5:0"},
		{"10,000 proxies", proxy, []string{"203.0.113.5" + strings.Repeat(", 10.0.0.2", 10_000)}, "203.0.113.5:0"},
		{"10,000 lines", proxy, append(make([]string, 10_000), "203.0.113.5"), "203.0.113.5:0"},
	} {
		r := httptest.NewRequest("GET", "/healthz", http.NoBody)
		r.RemoteAddr, r.Header["X-Forwarded-For"] = c.peer, c.lines
		near.undo(r)
		if r.RemoteAddr != c.want {
			t.Errorf("%s: the request is from %s, want %s", c.why, r.RemoteAddr, c.want)
		}
	}
}

// By which scheme a request came is a trusted proxy's to say, or the relay's own
// to know.
func TestForwardedProto(t *testing.T) {
	const proxy, stranger = "10.0.0.1:4000", "203.0.113.5:4000"
	h, s := serverWith(t, func(s *Server) { s.gate.proxies = near })
	for _, c := range []struct {
		why, peer string
		tls       bool
		lines     []string
		secure    bool
	}{
		{"no proxy", stranger, false, nil, false},
		{"no proxy, and TLS", stranger, true, nil, true},
		{"a stranger says https", stranger, false, []string{"https"}, false},
		{"a stranger says http over TLS", stranger, true, []string{"http"}, true},
		{"a proxy says nothing", proxy, false, nil, false},
		{"a proxy with TLS says nothing", proxy, true, nil, true},
		{"a proxy says https", proxy, false, []string{"https"}, true},
		{"in upper case", proxy, false, []string{" HTTPS "}, true},
		{"a proxy says it of a WebSocket", proxy, false, []string{"wss"}, true},
		{"a proxy says http, and has TLS itself", proxy, true, []string{"http"}, false},
		{"what a client has written before it", proxy, false, []string{"https, http"}, false},
		{"the same in a line of its own", proxy, false, []string{"https", "http"}, false},
		{"garbage", proxy, false, []string{"https\r\nX: y"}, false},
		{"64 KiB", proxy, false, []string{strings.Repeat("https", 64<<10/5)}, false},
		{"10,000 entries", proxy, false, []string{strings.Repeat("http,", 10_000) + "https"}, true},
	} {
		r := httptest.NewRequest("GET", "http://board.example/healthz", http.NoBody)
		r.TLS, r.URL.Scheme = nil, "https" // which a client can write
		if c.tls {
			r.TLS = &tls.ConnectionState{}
		}
		r.RemoteAddr, r.Header["X-Forwarded-Proto"] = c.peer, c.lines
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := s.secure(r); got != c.secure {
			t.Errorf("%s: secure is %v", c.why, got)
		}
		if got := w.Header().Get("Strict-Transport-Security") != ""; got != c.secure {
			t.Errorf("%s: the browser is told to keep to HTTPS: %v", c.why, got)
		}
	}
}

// Behind a trusted proxy each client has the limits of its own address, and its
// address is in the log.
func TestLimitsBehindAProxy(t *testing.T) {
	var log bytes.Buffer
	h, s := serverWith(t, func(s *Server) {
		s.gate.proxies = near
		s.gate.limits.ConnectionsPerAddress = 1
		s.log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	if no := s.gate.enter(office); no != nil {
		t.Fatal(no)
	}
	status := func(peer, forwarded string) int {
		r := httptest.NewRequest("CONNECT", "/wt", http.NoBody) // refused for what it lacks, once it is let in
		r.RemoteAddr = peer
		if forwarded != "" {
			r.Header.Set("X-Forwarded-For", forwarded)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	for _, c := range []struct {
		why, peer, forwarded string
		want                 int
	}{
		{"the office has its one connection", "10.0.0.1:4000", office.String(), http.StatusTooManyRequests},
		{"also with a port", "10.0.0.1:4000", office.String() + ":1234", http.StatusTooManyRequests},
		{"also by another name that it gives itself", "10.0.0.1:4000", "198.51.100.1, " + office.String(), http.StatusTooManyRequests},
		{"also as this machine", "10.0.0.1:4000", "127.0.0.1, " + office.String(), http.StatusTooManyRequests},
		{"also without a proxy", office.String() + ":4000", "198.51.100.1", http.StatusTooManyRequests},
		{"another client", "10.0.0.1:4000", other.String(), http.StatusUpgradeRequired},
		{"the proxy itself", "10.0.0.1:4000", "", http.StatusUpgradeRequired},
	} {
		if got := status(c.peer, c.forwarded); got != c.want {
			t.Errorf("%s: status %d, want %d", c.why, got, c.want)
		}
	}
	if want := fmt.Sprintf("from=%s:0", other); !strings.Contains(log.String(), want) {
		t.Errorf("the log does not say %s:\n%s", want, log.String())
	}
	// The sockets of a proxy are everybody's.
	if a := s.gate.place(netip.MustParseAddr("10.0.0.1")); a.IsValid() {
		t.Errorf("the sockets of a proxy are counted as those of %v", a)
	}
}
