package server

import (
	"strings"
	"testing"
	"testing/fstest"
)

// The help is there without a board, in the language that was asked for, and under the
// policy of the page.
func TestHelp(t *testing.T) {
	files := packedPage(t)
	files[manifestName] = &fstest.MapFile{Data: []byte(`{"pages": {"en": "index.en.0a.html", "zh-CN": "index.zh-CN.0b.html"},
		"help": {"en": "help.en.3d.html", "zh-CN": "help.zh-CN.4e.html"},
		"sizes": {"index.en.0a.html": 4, "index.zh-CN.0b.html": 6, "help.en.3d.html": 4, "help.zh-CN.4e.html": 6}}`)}
	for name, content := range map[string]string{"help.en.3d.html": "help", "help.zh-CN.4e.html": "帮助"} {
		files[name+".br"] = &fstest.MapFile{Data: compressed([]byte(content), "br")}
		files[name+".gz"] = &fstest.MapFile{Data: gzipped(t, content)}
	}
	built := assetsOf(t, files)
	r := servePage(t, built)
	for _, c := range []struct {
		path    string
		headers []string
		tag     string
		want    string
	}{
		{"/help", nil, "en", "help"},
		{"/help", []string{"Accept-Language", "zh"}, "zh-CN", "帮助"},
		{"/help", []string{"Accept-Language", "en", "Cookie", "language=zh-CN"}, "zh-CN", "帮助"},
		{"/help?language=en", []string{"Accept-Language", "zh", "Cookie", "language=zh-CN"}, "en", "help"},
		{"/help?language=xx", nil, "en", "help"},
	} {
		got := r.get(c.path, c.headers...)
		wantStatus(t, got, 200)
		wantHeader(t, got, "Content-Language", c.tag)
		wantHeader(t, got, "Content-Type", "text/html; charset=utf-8")
		wantHeader(t, got, "Cache-Control", "no-cache")
		wantHeader(t, got, "Vary", "Accept-Encoding, Accept-Language, Cookie")
		if policy := got.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, pagePolicy) {
			t.Errorf("its policy is %q", policy)
		}
		if name := built.help[c.tag]; !strings.Contains(got.Header.Get("ETag"), name) {
			t.Errorf("the tag %s does not tell of %s, by which the worker knows the version", got.Header.Get("ETag"), name)
		}
		if is := body(t, got); is != c.want {
			t.Errorf("%s with %v is %q, want %q", c.path, c.headers, is, c.want)
		}
	}
	// It has an address of its own.
	wantStatus(t, r.get("/assets/help.en.3d.html"), 404)
}

// Where nothing was built, that is said; in development the help is that of the disk.
func TestHelpThatWasNotPacked(t *testing.T) {
	for want, page := range map[int]*assets{
		503: {files: fstest.MapFS{}, packed: map[string]packedFile{}},
		200: newDevAssets(fstest.MapFS{"help/en.html": {Data: []byte(`<html lang="{{.Tag}}">`)}}),
	} {
		r := servePage(t, page)
		got := r.get("/help")
		wantStatus(t, got, want)
		if is := body(t, got); want == 200 && is != `<html lang="en">` {
			t.Errorf("in development it is %q", is)
		}
	}
}
