package origin_test

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"edgeboard/shared/conn/origin"
)

// How a request comes.
const (
	plain   = "HTTP"    // without TLS, or through somebody who has taken it off
	secure  = "HTTPS"   // with TLS
	proxied = "proxied" // without, and the server knows that the page came with it
	overUDP = "HTTP/3"
)

func TestAllows(t *testing.T) {
	list, err := origin.ParseList([]string{"https://intranet.example", "https://other.example:8443", "http://localhost:3000"})
	if err != nil {
		t.Fatal(err)
	}
	none := []string(nil)
	of := func(origins ...string) []string { return origins }
	for _, c := range []struct {
		why      string
		over     string
		host     string
		origins  []string
		zero     bool // what the zero List says
		withList bool
	}{
		{"no page", plain, "board.example", none, true, true},
		{"no page over HTTP/3", overUDP, "board.example", none, true, true},
		{"a page that has no origin", plain, "board.example", of("null"), false, false},
		{"an origin that is empty", plain, "board.example", of(""), false, false},
		{"two origins", plain, "board.example", of("http://board.example", "http://board.example"), false, false},
		{"what is no origin", plain, "board.example", of("board.example"), false, false},
		{"a scheme of another kind", plain, "board.example", of("file://board.example"), false, false},
		{"a request that names no host", plain, "", of("http://"), false, false},

		{"its own", plain, "board.example", of("http://board.example"), true, true},
		{"its own with a port", plain, "127.0.0.1:8080", of("http://127.0.0.1:8080"), true, true},
		{"its own by version 6", plain, "[::1]:8080", of("http://[::1]:8080"), true, true},
		{"its own by version 6 without a port", plain, "[2001:db8::1]", of("http://[2001:db8::1]"), true, true},
		{"its own behind one who has TLS", plain, "board.example", of("https://board.example"), true, true},
		{"the host's name does not mind its case", plain, "Board.Example", of("http://board.example"), true, true},
		{"the usual port may stand there", plain, "board.example:443", of("https://board.example"), true, true},
		{"the usual port of the other scheme", plain, "board.example:443", of("http://board.example"), false, false},
		{"another port", plain, "board.example:8080", of("http://board.example:8081"), false, false},
		{"no port where one is due", plain, "board.example:8080", of("http://board.example"), false, false},
		{"a port where none is due", plain, "board.example", of("http://board.example:8080"), false, false},
		{"upper case, which no browser writes", plain, "board.example", of("http://BOARD.example"), false, false},
		{"upper case on both sides", plain, "BOARD.example", of("http://BOARD.example"), false, false},
		{"a scheme in upper case", plain, "board.example", of("HTTP://board.example"), false, false},
		{"a foreign one", plain, "board.example", of("https://elsewhere.example"), false, false},
		{"one that begins like it", plain, "board.example", of("http://board.example.elsewhere.example"), false, false},
		{"one that ends like it", plain, "board.example", of("http://notboard.example"), false, false},
		{"one with a path", plain, "board.example", of("http://board.example/"), false, false},
		{"one with a name before it", plain, "board.example", of("http://board.example@elsewhere.example"), false, false},

		{"with TLS its own", secure, "board.example", of("https://board.example"), true, true},
		{"with TLS and a port", secure, "board.example:8443", of("https://board.example:8443"), true, true},
		{"with TLS a page that came without", secure, "board.example", of("http://board.example"), false, false},
		{"with TLS a page that came without, at the same port", secure, "board.example:8443", of("http://board.example:8443"), false, false},
		{"behind a proxy that is believed its own", proxied, "board.example", of("https://board.example"), true, true},
		{"behind a proxy a page that came without TLS", proxied, "board.example", of("http://board.example"), false, false},

		{"over HTTP/3 its own", overUDP, "board.example", of("https://board.example"), true, true},
		{"over HTTP/3 with a port", overUDP, "board.example:8443", of("https://board.example:8443"), true, true},
		{"over HTTP/3 a page at another port", overUDP, "board.example:8443", of("https://board.example"), false, false},
		{"over HTTP/3 a page without TLS", overUDP, "board.example:8080", of("http://board.example:8080"), false, false},
		{"over HTTP/3 a page without TLS of this machine", overUDP, "127.0.0.1:8080", of("http://127.0.0.1:8080"), true, true},
		{"over HTTP/3 this machine by its name", overUDP, "127.0.0.1:8080", of("http://localhost:8080"), true, true},
		{"over HTTP/3 this machine by another address", overUDP, "127.0.0.1:8080", of("http://[::1]:8080"), true, true},
		{"over HTTP/3 this machine at another port", overUDP, "127.0.0.1:8080", of("http://localhost:3001"), false, false},
		{"over HTTP/3 a name that begins like it", overUDP, "127.0.0.1:8080", of("http://localhost.elsewhere.example:8080"), false, false},
		{"over TCP this machine by another name", plain, "127.0.0.1:8080", of("http://localhost:8080"), false, false},

		{"one of the list", plain, "board.example", of("https://intranet.example"), false, true},
		{"one of the list over HTTP/3", overUDP, "board.example:8443", of("https://intranet.example"), false, true},
		{"one of the list with its port", secure, "board.example", of("https://other.example:8443"), false, true},
		{"one of the list without its port", secure, "board.example", of("https://other.example"), false, false},
		{"one of the list with a port it has not", secure, "board.example", of("https://intranet.example:8443"), false, false},
		{"one of the list without TLS", plain, "board.example", of("http://intranet.example"), false, false},
		{"one of the list in upper case", plain, "board.example", of("https://INTRANET.example"), false, false},
		{"below one of the list", plain, "board.example", of("https://a.intranet.example"), false, false},
		{"another page of this machine", plain, "localhost:8080", of("http://localhost:3000"), false, true},
	} {
		r := &http.Request{Host: c.host, ProtoMajor: 1, Header: http.Header{}, URL: &url.URL{Path: "/ws"}}
		if c.origins != nil {
			r.Header["Origin"] = c.origins
		}
		switch c.over {
		case secure:
			r.TLS = &tls.ConnectionState{}
		case overUDP:
			r.TLS, r.ProtoMajor = &tls.ConnectionState{}, 3
		case proxied:
			r.URL.Scheme = "https"
		}
		if got := (origin.List{}).Allows(r); got != c.zero {
			t.Errorf("%s: a page of %q at %s over %s: %v, want %v", c.why, c.origins, c.host, c.over, got, c.zero)
		}
		if got := list.Allows(r); got != c.withList {
			t.Errorf("%s: with a list, a page of %q at %s over %s: %v, want %v", c.why, c.origins, c.host, c.over, got, c.withList)
		}
	}
}

func TestParseList(t *testing.T) {
	for in, want := range map[string]string{
		"https://intranet.example":       "https://intranet.example",
		"https://intranet.example:443":   "https://intranet.example",
		"HTTPS://Intranet.Example:8443":  "https://intranet.example:8443",
		"https://xn--bcher-kva.example":  "https://xn--bcher-kva.example",
		"https://192.0.2.1:8443":         "https://192.0.2.1:8443",
		"https://[2001:DB8:0::1]":        "https://[2001:db8::1]",
		"http://localhost:3000":          "http://localhost:3000",
		"http://127.0.0.1:80":            "http://127.0.0.1",
		"http://[::1]:3000":              "http://[::1]:3000",
		"https://intranet.example:65535": "https://intranet.example:65535",
	} {
		list, err := origin.ParseList([]string{in, in})
		if got := strings.Join(list.All(), " "); err != nil || got != want {
			t.Errorf("%q is taken as %q, %v; want %q once", in, got, err, want)
		}
	}
	for in, want := range map[string]string{
		"":                                "want https://host",
		"*":                               "no patterns",
		"https://*.example":               "no patterns",
		"null":                            "want https://host",
		"intranet.example":                "want https://host",
		"ftp://intranet.example":          "want https://host",
		"https://":                        "want https://host",
		"https://intranet.example/":       "more than scheme",
		"https://intranet.example/board":  "more than scheme",
		"https://intranet.example?":       "more than scheme",
		"https://intranet.example?a=b":    "more than scheme",
		"https://intranet.example#a":      "more than scheme",
		"https://intranet.example#":       "more than scheme",
		"https://ann@intranet.example":    "more than scheme",
		"https://intranet.example:":       "the port",
		"https://intranet.example:0":      "the port",
		"https://intranet.example:080":    "the port",
		"https://intranet.example:65536":  "the port",
		"https://bücher.example":          "xn--",
		"https://intranet..example":       "no name",
		"https://.example":                "no name",
		"https://[fe80::1%25eth0]":        "xn--",
		"http://intranet.example":         "this machine alone",
		"http://localhost.example":        "this machine alone",
		"https://a.example https://b.com": "want https://host",
		"https://a.example\r\nX: y":       "want https://host",
	} {
		list, err := origin.ParseList([]string{"https://first.example", in})
		if err == nil || !strings.Contains(err.Error(), want) || len(list.All()) != 0 {
			t.Errorf("%q: %v and %q, want an error that says %q", in, err, list.All(), want)
		}
	}
}

// Origins may come and go, as those of relays do.
func TestWith(t *testing.T) {
	fixed, err := origin.ParseList([]string{"https://a.example"})
	if err != nil {
		t.Fatal(err)
	}
	peers := []string{"https://B.example:443", "https://a.example", "javascript:alert(1)", "http://c.example"}
	l := fixed.With(func() []string { return peers })
	if got := l.All(); !slices.Equal(got, []string{"https://a.example", "https://b.example"}) {
		t.Errorf("the list has %v, want what is fixed and what is an origin", got)
	}
	for o, want := range map[string]bool{"https://a.example": true, "https://b.example": true, "http://c.example": false, "https://d.example": false} {
		if l.Has(o) != want {
			t.Errorf("it has %s: %v, want %v", o, !want, want)
		}
	}
	peers = nil
	if l.Has("https://b.example") || fixed.Has("https://b.example") {
		t.Error("it has an origin that has gone")
	}
}
