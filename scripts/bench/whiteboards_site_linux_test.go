package main

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/andybalholm/brotli"
)

func TestPages(t *testing.T) {
	long := strings.Repeat("a board that is drawn on, ", 100)
	p, err := newPages(fstest.MapFS{
		"tldraw.html":        {Data: []byte("<!doctype html>" + long)},
		"assets/app-1234.js": {Data: []byte(long)},
		"fonts/a.woff2":      {Data: []byte("wOF2" + long)},
	})
	if err != nil {
		t.Fatal(err)
	}
	p.data("/data/one.json", []byte(`["`+long+`"]`))
	get := func(path, takes, tag string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Accept-Encoding", takes)
		r.Header.Set("If-None-Match", tag)
		w := httptest.NewRecorder()
		p.ServeHTTP(w, r)
		return w
	}
	for _, c := range []struct {
		path, takes, coding, kind, keeps string
	}{
		// What is packed best is sent to who takes it.
		{"/assets/app-1234.js", "gzip, deflate, br, zstd", "br", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		{"/assets/app-1234.js", "gzip, deflate", "gzip", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		{"/assets/app-1234.js", "", "", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		// A font is packed already.
		{"/fonts/a.woff2", "br", "", "font/woff2", "public, max-age=31536000, immutable"},
		// A page and data may be others tomorrow.
		{"/tldraw", "br", "br", "text/html; charset=utf-8", "no-cache"},
		{"/data/one.json", "br", "br", "application/json", "no-cache"},
	} {
		w := get(c.path, c.takes, "")
		h := w.Header()
		if w.Code != 200 || h.Get("Content-Encoding") != c.coding || h.Get("Content-Type") != c.kind || h.Get("Cache-Control") != c.keeps {
			t.Errorf("%s for who takes %q: %d %v", c.path, c.takes, w.Code, h)
		}
		if c.coding != "" && w.Body.Len() > len(long)/2 {
			t.Errorf("%s by %s takes %d bytes", c.path, c.coding, w.Body.Len())
		}
		// Who has it is told so, and no more.
		if again := get(c.path, c.takes, h.Get("Etag")); again.Code != 304 || again.Body.Len() > 0 {
			t.Errorf("%s again: %d, %d bytes", c.path, again.Code, again.Body.Len())
		}
	}
	if got, err := io.ReadAll(brotli.NewReader(get("/assets/app-1234.js", "br", "").Body)); err != nil || string(got) != long {
		t.Errorf("a file comes as %q (%v)", got, err)
	}
	if w := get("/none", "br", ""); w.Code != 404 {
		t.Errorf("a file that is not there is answered with %d", w.Code)
	}
}
