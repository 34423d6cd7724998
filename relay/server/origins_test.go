package server

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"edgeboard/shared/conn/origin"
)

// originsOf is a list that is well.
func originsOf(t *testing.T, origins ...string) origin.List {
	t.Helper()
	list, err := origin.ParseList(origins)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// ways are the requests by which pages come in, for each transport.
var ways = []struct {
	name, method, path string
	prepare            func(*http.Request)
}{
	{"WebSocket", "GET", "/ws", func(r *http.Request) {
		r.Header.Set("Connection", "Upgrade")
		r.Header.Set("Upgrade", "websocket")
		r.Header.Set("Sec-Websocket-Version", "13")
		r.Header.Set("Sec-Websocket-Key", "AAECAwQFBgcICQoLDA0ODw==")
	}},
	{"WebTransport", "CONNECT", "/wt", func(r *http.Request) {
		r.Proto, r.ProtoMajor, r.TLS = "webtransport", 3, &tls.ConnectionState{}
	}},
	{"events", "GET", "/sse?last=none.1", func(*http.Request) {}},
	{"a POST of events", "POST", "/sse/none?n=1", func(*http.Request) {}},
	{"the end of events", "DELETE", "/sse/none", func(*http.Request) {}},
	{"gRPC", "POST", connectMethod, func(r *http.Request) {
		r.Proto, r.ProtoMajor = "HTTP/2.0", 2
		r.Header.Set("Content-Type", "application/grpc-none") // which is looked at afterwards
	}},
}

// By whatever transport a page comes, it is its origin that counts.
func TestOrigins(t *testing.T) {
	const tcp, udp = "board.example:8443", "127.0.0.1:8443"
	for _, c := range []struct {
		why     string
		secure  bool // the relay has TLS, as it has over UDP in any case
		origin  string
		welcome bool
	}{
		{"no page", false, "-", true},
		{"its own", true, "https://HOST", true},
		{"its own with TLS that a proxy has", false, "https://HOST", true},
		{"listed", true, "https://intranet.example", true},
		{"listed, to a relay without TLS", false, "https://intranet.example", true},
		{"foreign", true, "https://elsewhere.example", false},
		{"foreign, to a relay without TLS", false, "https://elsewhere.example", false},
		{"below what is listed", true, "https://a.intranet.example", false},
		{"null", true, "null", false},
		{"empty", true, "", false},
		{"another scheme than is listed", true, "http://intranet.example", false},
		{"another port", true, "https://HOST1", false},
		{"another port than is listed", true, "https://intranet.example:8443", false},
		{"upper case", true, "https://INTRANET.EXAMPLE", false},
	} {
		for _, way := range ways {
			h, _ := serverWith(t, func(s *Server) { s.origins = originsOf(t, "https://intranet.example") })
			host := tcp
			if way.name == "WebTransport" {
				host = udp
			}
			r := httptest.NewRequest(way.method, way.path, http.NoBody)
			r.Host = host
			if c.secure {
				r.TLS = &tls.ConnectionState{}
			}
			way.prepare(r)
			if c.origin != "-" {
				r.Header["Origin"] = []string{strings.Replace(c.origin, "HOST", host, 1)}
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if welcome := w.Code != http.StatusForbidden; welcome != c.welcome {
				t.Errorf("%s over %s: status %d %q, welcome should be %v", c.why, way.name, w.Code, w.Body, c.welcome)
			}
		}
	}
}
