//go:build e2e

package e2e

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"
)

// passOn passes on to a relay what pages say at another address.
func passOn(t *testing.T, r *relay) *httputil.ReverseProxy {
	t.Helper()
	target, err := url.Parse(r.url("/"))
	if err != nil {
		t.Fatal(err)
	}
	return &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(target)
			p.Out.Header.Set("Origin", r.url("")) // it knows no other
		},
		ErrorLog: log.New(io.Discard, "", 0), // a relay that is away is what some tests are about
	}
}

// serve serves what stands before a relay, and returns where.
func serve(t *testing.T, h http.Handler) (at string) {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}
