package server

import (
	"crypto/sha256"
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

// directives are those of an answer's Content-Security-Policy.
func directives(t *testing.T, r *http.Response) map[string]string {
	t.Helper()
	all := map[string]string{}
	for d := range strings.SplitSeq(r.Header.Get("Content-Security-Policy"), "; ") {
		name, values, _ := strings.Cut(d, " ")
		if _, twice := all[name]; twice || strings.ContainsAny(values, ",;\r\n") {
			t.Errorf("the policy has %q", d)
		}
		all[name] = values
	}
	return all
}

// The page may load what is the relay's, and nothing that stands in its text.
func TestPolicyOfThePage(t *testing.T) {
	h, s := testServer(t)
	r := ask(h.ServeHTTP, "GET", "/b/plans")
	got := directives(t, r)
	for name, want := range map[string]string{
		"default-src": "'none'", "script-src": "'self' 'wasm-unsafe-eval'", "style-src": "'self'", "img-src": "'self' data: blob:", "font-src": "'self'",
		"connect-src": "'self'", "manifest-src": "'self'", "worker-src": "'self'", "base-uri": "'none'", "form-action": "'self'", "frame-ancestors": "'none'",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	if len(got) != 11 {
		t.Errorf("the policy is %v", got)
	}
	wantHeader(t, r, "X-Frame-Options", "DENY")
	if p := r.Header.Get("Permissions-Policy"); !strings.Contains(p, "clipboard-read=(self)") || !strings.Contains(p, "clipboard-write=(self)") || !strings.Contains(p, "fullscreen=(self)") || !strings.Contains(p, "camera=()") {
		t.Errorf("the permissions are %q", p)
	}

	// WebTransport may be at another port than the page, and at localhost it is at
	// its address.
	s.quic.port.Store(8443)
	for host, want := range map[string]string{
		"board.example":      "'self' https://board.example:8443",
		"Board.Example:443":  "'self' https://board.example:8443",
		"127.0.0.1:8443":     "'self' https://127.0.0.1:8443",
		"localhost:8443":     "'self' https://127.0.0.1:8443",
		"[::1]:8443":         "'self'",
		"":                   "'self'",
		"a;script-src *":     "'self'",
		"a.example 'unsafe'": "'self'",
		"*":                  "'self'",
		"a,b":                "'self'",
	} {
		r := httptest.NewRequest("GET", "/b/plans", http.NoBody)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := directives(t, w.Result()); got["connect-src"] != want || len(got) != 11 {
			t.Errorf("at %q connect-src is %q of %d directives, want %q", host, got["connect-src"], len(got), want)
		}
	}
}

// The page may go where this relay sends it when it stops.
func TestPolicyNamesOtherRelays(t *testing.T) {
	h, _ := serverWith(t, func(s *Server) {
		s.origins = originsOf(t, "https://b.example:8443", "http://127.0.0.1:8081", "https://[::1]")
	})
	const want = "'self' https://b.example:8443 wss://b.example:8443 https://b.example:* http://127.0.0.1:8081 ws://127.0.0.1:8081 https://127.0.0.1:*"
	if got := directives(t, ask(h.ServeHTTP, "GET", "/b/plans")); got["connect-src"] != want || len(got) != 11 {
		t.Errorf("connect-src is %q of %d directives, want %q", got["connect-src"], len(got), want)
	}
}

// What is no page may do nothing, even if a browser takes it for one.
func TestPolicyOfAllElse(t *testing.T) {
	h := testRoutes(t)
	for _, target := range []string{
		"GET /", "GET /healthz", "GET /b/a%00", "GET /none", "GET /assets/edgeboard.wasm", "GET /assets/none.js", "GET /transports.json", "GET /ws",
		"GET /sse?data=xml", "POST /sse/none", "PUT /", "GET //b/plans", "POST " + connectMethod, "OPTIONS /sse", "CONNECT /wt",
	} {
		method, path, _ := strings.Cut(target, " ")
		r := ask(h.ServeHTTP, method, path)
		wantSecurity(t, r)
		wantHeader(t, r, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		wantHeader(t, r, "X-Frame-Options", "DENY")
	}
	// Also the text that says that there is no page.
	h, s := testServer(t)
	var err error
	if s.page, err = newAssets(fstest.MapFS{}); err != nil {
		t.Fatal(err)
	}
	r := ask(h.ServeHTTP, "GET", "/b/plans")
	wantStatus(t, r, http.StatusServiceUnavailable)
	text := body(t, r)
	for _, forbidden := range []string{"style", "<script", "<link", "<img", "onload", "onclick"} {
		if strings.Contains(text, forbidden) {
			t.Errorf("the page that was not built has %s, which its policy forbids: %s", forbidden, text)
		}
	}
}

// An operator may let pages of theirs show boards.
func TestFramedByListed(t *testing.T) {
	h, _ := serverWith(t, func(s *Server) { s.framedBy = originsOf(t, intranet, "https://other.example:8443") })
	r := ask(h.ServeHTTP, "GET", "/b/plans")
	if got := directives(t, r)["frame-ancestors"]; got != "https://intranet.example https://other.example:8443" {
		t.Errorf("frame-ancestors is %q", got)
	}
	wantHeader(t, r, "X-Frame-Options", "")
	wantHeader(t, ask(h.ServeHTTP, "GET", "/healthz"), "X-Frame-Options", "DENY")
}

// A page whose policy has changed is sent again: a browser that hears 304 would go
// on with the old one.
func TestPolicyIsOfThePagesVersion(t *testing.T) {
	tag := func(framedBy ...string) string {
		h, _ := serverWith(t, func(s *Server) {
			s.page = packedAssets(t)
			s.framedBy = originsOf(t, framedBy...)
		})
		return ask(h.ServeHTTP, "GET", "/b/plans").Header.Get("ETag")
	}
	first, again, framed := tag(), tag(), tag(intranet)
	if first == "" || first != again || first == framed {
		t.Errorf("the tags are %s and %s, and with another policy %s", first, again, framed)
	}
}

// A browser is told to keep to HTTPS by who has a certificate that it trusts, and
// never about this machine's own names.
func TestStrictTransportSecurity(t *testing.T) {
	const year = "max-age=31536000"
	for _, c := range []struct {
		why    string
		tls    bool
		http   int  // version
		own    bool // the certificate is the relay's own
		host   string
		wanted string
	}{
		{"plain HTTP", false, 1, true, "board.example", ""},
		{"a certificate of the operator's", true, 1, false, "board.example", year},
		{"the same over HTTP/2, at a port", true, 2, false, "board.example:8443", year},
		{"the same over HTTP/3", true, 3, false, "board.example", year},
		{"one of the relay's own", true, 3, true, "board.example", ""},
		{"this machine", true, 1, false, "localhost:8443", ""},
		{"this machine by another name", true, 1, false, "board.localhost", ""},
		{"an address", true, 1, false, "192.0.2.1", ""},
		{"an address of version 6", true, 1, false, "[2001:db8::1]:8443", ""},
		{"no host", true, 1, false, "", ""},
	} {
		h, _ := serverWith(t, func(s *Server) {
			if c.own {
				s.quic.hashes = func() ([][sha256.Size]byte, error) { return nil, nil }
			}
		})
		r := httptest.NewRequest("GET", "/healthz", http.NoBody)
		r.Host, r.ProtoMajor = c.host, c.http
		if c.tls {
			r.TLS = &tls.ConnectionState{}
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Header().Get("Strict-Transport-Security"); got != c.wanted {
			t.Errorf("%s: %q, want %q", c.why, got, c.wanted)
		}
	}
}
