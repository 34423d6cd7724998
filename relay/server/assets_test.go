package server

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// packedPage is a folder as scripts/pack leaves it. What stands for brotli is not brotli, but for the program: it is passed on unread.
func packedPage(t *testing.T) fstest.MapFS {
	t.Helper()
	folder := fstest.MapFS{
		manifestName: {Data: []byte(`{"pages": {"en": "index.en.0a.html", "zh-CN": "index.zh-CN.0b.html"}, "program": "edgeboard.2c.wasm", "sizes": {"index.en.0a.html": 4, "index.zh-CN.0b.html": 6, "boot.1b.js": 4, "edgeboard.2c.wasm": 4}}`)},
	}
	for name, content := range map[string]string{"index.en.0a.html": "page", "index.zh-CN.0b.html": "页面", "boot.1b.js": "boot"} {
		folder[name+".br"] = &fstest.MapFile{Data: []byte("br of " + content)}
		folder[name+".gz"] = &fstest.MapFile{Data: gzipped(t, content)}
	}
	folder["edgeboard.2c.wasm.br"] = &fstest.MapFile{Data: compressed([]byte("wasm"), "br")}
	return folder
}

func gzipped(t *testing.T, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, content)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func packedAssets(t *testing.T) *assets {
	t.Helper()
	return assetsOf(t, packedPage(t))
}

func assetsOf(t *testing.T, files fs.FS) *assets {
	t.Helper()
	a, err := newAssets(files)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.close)
	return a
}

// servePage starts a relay that serves a page.
func servePage(t *testing.T, page *assets) *relay {
	t.Helper()
	l, _, _, err := Listen("127.0.0.1:0", false)
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, Config{Data: t.TempDir(), Log: quiet()}, l, nil, func(s *Server) { s.page = page })
}

// ask sends a request with headers given as name, value, name, value…
func ask(h http.HandlerFunc, method, target string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func wantHeader(t *testing.T, r *http.Response, name, want string) {
	t.Helper()
	if got := r.Header.Get(name); got != want {
		t.Errorf("%s is %q, want %q", name, got, want)
	}
}

func wantStatus(t *testing.T, r *http.Response, want int) {
	t.Helper()
	if r.StatusCode != want {
		t.Errorf("status is %d, want %d", r.StatusCode, want)
	}
}

func TestNegotiate(t *testing.T) {
	for _, test := range []struct{ accept, want, reason string }{
		{"", "identity", "a client that says nothing may understand nothing"},
		{"gzip, deflate, br, zstd", "br", "the smallest of what a browser takes"},
		{"gzip, deflate", "gzip", "browsers leave out br without TLS"},
		{"GZip", "gzip", "codings are compared without case"},
		{"deflate, zstd", "identity", "nothing we hold is named"},
		{"br;q=0.5, gzip;q=0.8", "gzip", "the client prefers it"},
		{"br;q=0, gzip", "gzip", "q=0 excludes"},
		{"br ; q=0.000, gzip ;q=1.000", "gzip", "spaces and trailing zeros are allowed"},
		{"gzip;q=0.001", "gzip", "even the lowest weight is above what is not named"},
		{"identity, gzip;q=0.5", "identity", "identity can be weighed as well"},
		{"*", "br", "anything goes"},
		{"*;q=0.1, identity", "identity", "named above the rest"},
		{"br;q=0, *;q=0.3", "gzip", "the star does not stand for what is named"},
		{"gzip;q=0, br;q=0", "identity", "identity stays acceptable"},
		{"gzip, *;q=0", "gzip", "only gzip"},
		{"*;q=0", "", "nothing goes"},
		{"identity;q=0", "", "nothing else is named"},
		{"br;q=high, gzip;q=2", "identity", "weights that make no sense are passed over"},
		{"br;q=NaN", "identity", "this is a number in Go alone"},
		{"br;level=3", "identity", "no such parameter"},
	} {
		if got := negotiate(test.accept); got != test.want {
			t.Errorf("negotiate(%q) = %q, want %q: %s", test.accept, got, test.want, test.reason)
		}
	}
}

func TestAssetIsServedInTheCodingAskedFor(t *testing.T) {
	a := packedAssets(t)
	for _, test := range []struct{ accept, coding, content string }{
		{"br, gzip", "br", "br of boot"},
		{"gzip", "gzip", string(gzipped(t, "boot"))},
		{"identity", "", "boot"},
	} {
		r := ask(a.ServeHTTP, "GET", "/assets/boot.1b.js", "Accept-Encoding", test.accept)
		wantStatus(t, r, http.StatusOK)
		wantHeader(t, r, "Content-Encoding", test.coding)
		wantHeader(t, r, "Content-Length", strconv.Itoa(len(test.content)))
		wantHeader(t, r, "Content-Type", "text/javascript; charset=utf-8")
		wantHeader(t, r, "Vary", "Accept-Encoding")
		wantHeader(t, r, "Cache-Control", "public, max-age=31536000, immutable")
		if got := body(t, r); got != test.content {
			t.Errorf("Accept-Encoding %q: body is %q, want %q", test.accept, got, test.content)
		}
	}

	r := ask(a.ServeHTTP, "GET", "/assets/boot.1b.js", "Accept-Encoding", "gzip", "Accept-Encoding", "br")
	wantHeader(t, r, "Content-Encoding", "br") // a header that comes in two lines is one list

	r = ask(a.ServeHTTP, "GET", "/assets/edgeboard.2c.wasm", "Accept-Encoding", "br")
	wantHeader(t, r, "Content-Type", "application/wasm") // instantiateStreaming refuses any other

	r = ask(a.ServeHTTP, "GET", "/assets/boot.1b.js", "Accept-Encoding", "*;q=0")
	wantStatus(t, r, http.StatusNotAcceptable)
	wantHeader(t, r, "Vary", "Accept-Encoding") // so that a cache does not give this to others
}

func TestHeadHasNoBody(t *testing.T) {
	r := ask(packedAssets(t).ServeHTTP, "HEAD", "/assets/boot.1b.js", "Accept-Encoding", "br")
	wantStatus(t, r, http.StatusOK)
	wantHeader(t, r, "Content-Length", strconv.Itoa(len("br of boot")))
	if got := body(t, r); got != "" {
		t.Errorf("body is %q", got)
	}
}

func TestPageIsAskedForAgainAndNotSentAgain(t *testing.T) {
	a := packedAssets(t)
	first := ask(a.page, "GET", "/b/plans", "Accept-Encoding", "br")
	wantStatus(t, first, http.StatusOK)
	wantHeader(t, first, "Cache-Control", "no-cache")
	wantHeader(t, first, "Content-Type", "text/html; charset=utf-8")
	etag := first.Header.Get("ETag")

	for _, known := range []string{etag, "W/" + etag, `"other", ` + etag, "*"} {
		r := ask(a.page, "GET", "/b/plans", "Accept-Encoding", "br", "If-None-Match", known)
		wantStatus(t, r, http.StatusNotModified)
		wantHeader(t, r, "ETag", etag)
		wantHeader(t, r, "Cache-Control", "no-cache")
		if got := body(t, r); got != "" {
			t.Errorf("If-None-Match %s: body is %q", known, got)
		}
	}

	// Other bytes have another tag, so a cache cannot take one coding for another.
	r := ask(a.page, "GET", "/b/plans", "Accept-Encoding", "gzip", "If-None-Match", etag)
	wantStatus(t, r, http.StatusOK)
	if r.Header.Get("ETag") == etag {
		t.Errorf("both codings have the tag %s", etag)
	}
}

// The page is in the language that was chosen, or else in the one that the browser prefers, and says so to caches.
func TestPageIsInTheLanguageAskedFor(t *testing.T) {
	a := packedAssets(t)
	tags := map[string]bool{}
	for _, test := range []struct{ cookie, accept, tag, content string }{
		{"", "", "en", "br of page"},
		{"", "de, zh-CN;q=0.8, en;q=0.5", "zh-CN", "br of 页面"},
		{"zh-CN", "en", "zh-CN", "br of 页面"},
		{"en", "zh", "en", "br of page"},
		{"xx", "zh", "zh-CN", "br of 页面"}, // a choice that there is no longer
	} {
		r := ask(a.page, "GET", "/b/plans", "Accept-Encoding", "br", "Accept-Language", test.accept, "Cookie", "language="+test.cookie)
		wantStatus(t, r, http.StatusOK)
		wantHeader(t, r, "Content-Language", test.tag)
		wantHeader(t, r, "Vary", "Accept-Encoding, Accept-Language, Cookie")
		if got := body(t, r); got != test.content {
			t.Errorf("cookie %q, Accept-Language %q: the page is %q, want %q", test.cookie, test.accept, got, test.content)
		}
		tags[r.Header.Get("ETag")] = true
	}
	if len(tags) != 2 {
		t.Errorf("two pages have %d tags", len(tags))
	}
}

func TestUnknownAssetIsNotFound(t *testing.T) {
	a := packedAssets(t)
	for _, target := range []string{
		"/assets/",
		"/assets/edgeboard.old.wasm",
		"/assets/boot.1b.js.br",    // held under this name, not served under it
		"/assets/" + manifestName,  // for the relay alone
		"/assets/index.en.0a.html", // would be kept for a year here
		"/assets/../relay/main.go", // the routes clean such paths; they lead nowhere even so
		"/assets/x/../boot.1b.js",
	} {
		r := ask(a.ServeHTTP, "GET", target)
		wantStatus(t, r, http.StatusNotFound)
		wantHeader(t, r, "Cache-Control", "no-store") // the next relay may have it
		wantHeader(t, r, "Content-Type", "text/plain; charset=utf-8")
	}
}

func TestPageThatWasNotBuiltSaysHowToBuildIt(t *testing.T) {
	inRelay, err := newAssets(fstest.MapFS{".gitignore": {}}) // as in a fresh clone
	if err != nil {
		t.Fatal(err)
	}
	onDisk := newDevAssets(fstest.MapFS{"index.html": {Data: []byte("page")}})
	for _, a := range []*assets{inRelay, onDisk} {
		r := ask(a.page, "GET", "/b/plans")
		wantStatus(t, r, http.StatusServiceUnavailable)
		wantHeader(t, r, "Content-Type", "text/html; charset=utf-8")
		wantHeader(t, r, "Cache-Control", "no-store")
		if got := body(t, r); !strings.Contains(got, "./scripts/build.sh") {
			t.Errorf("the page does not name the command: %s", got)
		}
		wantStatus(t, ask(a.ServeHTTP, "GET", "/assets/edgeboard.wasm"), http.StatusNotFound)
	}
}

func TestIncompletePackIsAnError(t *testing.T) {
	missing := packedPage(t)
	delete(missing, "boot.1b.js.gz")
	programless := packedPage(t)
	delete(programless, "edgeboard.2c.wasm.br")
	pageless := packedPage(t)
	pageless[manifestName] = &fstest.MapFile{Data: []byte(`{"pages": {"en": "index.html"}, "sizes": {}}`)}
	broken := packedPage(t)
	broken[manifestName] = &fstest.MapFile{Data: []byte(`{"pages`)}
	for reason, folder := range map[string]fstest.MapFS{"a file is missing": missing, "the program is missing": programless, "the page is missing": pageless, "the list is cut short": broken} {
		if _, err := newAssets(folder); err == nil {
			t.Errorf("%s, and newAssets does not mind", reason)
		}
	}
}

func TestDevelopmentServesTheFolderAsItIs(t *testing.T) {
	folder := fstest.MapFS{
		"index.html":           {Data: []byte(`<html lang="{{.Tag}}" dir="{{.Direction}}">{{template "top.html" .}}`)},
		"parts/top.html":       {Data: []byte(`{{t "tool.pen"}}`)},
		"style/20-top.css":     {Data: []byte("2")},
		"style/10-base.css":    {Data: []byte("1")},
		"boot.js":              {Data: []byte("boot")},
		"public.go":            {Data: []byte("package public")},
		"build/edgeboard.wasm": {Data: []byte("wasm")},
	}
	a := newDevAssets(folder)
	for target, want := range map[string]string{"/assets/boot.js": "boot", "/assets/edgeboard.wasm": "wasm", "/assets/style.css": "1\n2\n"} {
		r := ask(a.ServeHTTP, "GET", target, "Accept-Encoding", "br, gzip")
		wantStatus(t, r, http.StatusOK)
		wantHeader(t, r, "Cache-Control", "no-store")
		wantHeader(t, r, "Content-Encoding", "")
		wantHeader(t, r, "Content-Length", "4") // boot.js takes the size from here
		if got := body(t, r); got != want {
			t.Errorf("%s is %q, want %q", target, got, want)
		}
	}

	r := ask(a.page, "GET", "/b/plans", "Accept-Language", "zh")
	wantHeader(t, r, "Content-Language", "zh-CN")
	if got := body(t, r); got != `<html lang="zh-CN" dir="ltr">画笔` {
		t.Errorf("the page in Chinese is %q", got)
	}

	// Edits are seen at once, and mistakes too.
	folder["parts/top.html"] = &fstest.MapFile{Data: []byte("edited")}
	if got := body(t, ask(a.page, "GET", "/b/plans")); got != `<html lang="en" dir="ltr">edited` {
		t.Errorf("page is %q after an edit", got)
	}
	folder["parts/top.html"] = &fstest.MapFile{Data: []byte(`{{t "tool.crayon"}}`)}
	r = ask(a.page, "GET", "/b/plans")
	wantStatus(t, r, http.StatusInternalServerError)
	if got := body(t, r); !strings.Contains(got, "tool.crayon") {
		t.Errorf("the answer does not say what is wrong: %s", got)
	}

	// Only what belongs to a page, and nothing outside the two folders.
	for _, target := range []string{"/assets/public.go", "/assets/index.html", "/assets/build/edgeboard.wasm", "/assets/build", "/assets/../boot.js"} {
		wantStatus(t, ask(a.ServeHTTP, "GET", target), http.StatusNotFound)
	}
}
