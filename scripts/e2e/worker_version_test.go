//go:build e2e

package e2e

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
)

// olderRelay stands before a relay and gives its worker another version's name, until
// the relay is updated.
func olderRelay(t *testing.T, r *relay) (at string, update func()) {
	t.Helper()
	var updated atomic.Bool
	proxy := passOn(t, r)
	proxy.ModifyResponse = func(a *http.Response) error {
		if a.Request.URL.Path != "/sw.js" || updated.Load() {
			return nil
		}
		body, err := io.ReadAll(a.Body)
		if err != nil {
			return err
		}
		older := bytes.Replace(body, []byte("const version = prefix +"), []byte("const version = prefix + 'older ' +"), 1)
		if len(older) == len(body) {
			t.Error("sw.js does not name its version as this test knows it")
		}
		a.Body = io.NopCloser(bytes.NewReader(older))
		a.ContentLength = int64(len(older))
		a.Header.Set("Content-Length", strconv.Itoa(len(older)))
		a.Header.Del("ETag")
		return nil
	}
	return serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/sw.js" { // whole, and as text
			r.Header.Del("Accept-Encoding")
			r.Header.Del("If-None-Match")
		}
		proxy.ServeHTTP(w, r)
	})), func() { updated.Store(true) }
}

// caches returns the names of the page's caches, in order.
func (p *page) caches() []string {
	p.t.Helper()
	eval[bool](p, `(caches.keys().then((k) => { window.cacheNames = k.filter((name) => name.startsWith("edgeboard.page ")).sort() }), true)`)
	p.waitFor("the caches are listed", `window.cacheNames`)
	return eval[[]string](p, `window.cacheNames`)
}

// A device has the worker of an older version: the page says that there is a new one,
// and is that when the person wants it. A cache of which part is gone, or all, is no
// hindrance either. Whatever happens to them, the board is there.
func TestOlderWorker(t *testing.T) {
	r := startRelay(t)
	at, update := olderRelay(t, r)
	laptop := newDevice(t)
	ann := laptop.open(at + "/b/older?transport=ws")
	ann.draw(quickStrokes(1)[0])
	ann.stored()
	ann.installed()
	ann.do(chromedp.Reload())
	ann.waitLive()
	if list := ann.caches(); len(list) != 1 || !strings.Contains(list[0], "older") {
		t.Fatalf("caches %q, want that of the older version", list)
	}

	update()
	ann.do(chromedp.Reload())
	ann.waitLive()
	ann.waitFor("it is said that a new version is there", `document.getElementById("update").dataset.shown === "true"`)
	ann.click("#update-take")
	ann.waitFor("the page is that version's", `caches.keys().then((k) => { window.old = k.some((name) => name.includes("older")) }), window.old === false`)
	ann.waitLive()
	ann.waitFor("the stroke is there", `edgeboard.elements() === 1`)

	for what, harm := range map[string]string{
		"the program is missing": `caches.keys().then(async (k) => { for (const name of k) { const c = await caches.open(name);
			for (const r of await c.keys()) if (r.url.endsWith(".wasm")) await c.delete(r); } window.harmed = true })`,
		"all is gone": `caches.keys().then(async (k) => { for (const name of k) await caches.delete(name); window.harmed = true })`,
	} {
		eval[bool](ann, "("+harm+", true)")
		ann.waitFor(what, `window.harmed`)
		ann.do(chromedp.Reload())
		ann.waitLive()
		ann.waitFor("the stroke is there although "+what, `edgeboard.elements() === 1`)
	}
	ann.stored()
}
