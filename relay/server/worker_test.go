package server

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// The worker is there under its own name, asks the relay for what it keeps, and is
// looked for again each time.
func TestWorker(t *testing.T) {
	const page, chinese, worker, text = "index.0a.html", "index.zh-CN.0b.html", "sw.0c.js", "the worker"
	files := fstest.MapFS{manifestName: {Data: fmt.Appendf(nil, `{"pages": {"en": %q, "zh-CN": %q}, "worker": %q, "sizes": {%[1]q: 4, %[2]q: 6, %[3]q: %[4]d}}`,
		page, chinese, worker, len(text))}}
	for name, content := range map[string]string{page: "page", chinese: "中文", worker: text} {
		files[name+".br"] = &fstest.MapFile{Data: compressed([]byte(content), "br")}
		files[name+".gz"] = &fstest.MapFile{Data: compressed([]byte(content), "gzip")}
	}
	built := assetsOf(t, files)
	r := servePage(t, built)

	got := r.get("/sw.js")
	wantStatus(t, got, 200)
	wantHeader(t, got, "Content-Type", "text/javascript; charset=utf-8")
	wantHeader(t, got, "Cache-Control", "no-cache")
	wantHeader(t, got, "Content-Security-Policy", workerPolicy)
	if is := body(t, got); is != text {
		t.Errorf("the worker is %q", is)
	}
	wantStatus(t, r.get("/sw.js", "If-None-Match", got.Header.Get("ETag")), 304)
	wantStatus(t, r.get("/assets/"+worker), 404)

	// The page alone is the same for everybody, whatever the browser prefers.
	for tag, want := range map[string]string{"en": "page", "zh-CN": "中文"} {
		shell := r.get("/shell/"+tag, "Accept-Language", "zh", "Cookie", "language=en")
		wantStatus(t, shell, 200)
		wantHeader(t, shell, "Vary", "Accept-Encoding")
		wantHeader(t, shell, "Content-Language", tag)
		if is := body(t, shell); is != want {
			t.Errorf("in %s the page is %q", tag, is)
		}
		if policy := shell.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, pagePolicy) {
			t.Errorf("its policy is %q", policy)
		}
		if name := built.pages[tag]; !strings.Contains(shell.Header.Get("ETag"), name) {
			t.Errorf("the tag %s does not tell of %s, by which the worker knows the version", shell.Header.Get("ETag"), name)
		}
	}
	wantStatus(t, r.get("/shell/xx"), 404)
}

// In development no worker is to keep anything.
func TestNoWorkerInDevelopment(t *testing.T) {
	r := servePage(t, newDevAssets(fstest.MapFS{}))
	got := r.get("/sw.js")
	wantStatus(t, got, 200)
	wantHeader(t, got, "Cache-Control", "no-store")
	wantHeader(t, got, "Content-Type", "text/javascript; charset=utf-8")
	if is := body(t, got); !strings.Contains(is, "unregister") {
		t.Errorf("the worker is %q", is)
	}
}
