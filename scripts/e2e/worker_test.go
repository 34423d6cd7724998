//go:build e2e

package e2e

import (
	"fmt"
	"image"
	"strings"
	"testing"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"edgeboard/scripts/pipe"
)

// newPipe is a way to a relay on which all bytes are counted.
func newPipe(t *testing.T, r *relay) *pipe.Pipe {
	t.Helper()
	p, err := pipe.New(r.addr, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// installed waits until the service worker has the page.
func (p *page) installed() {
	p.t.Helper()
	p.waitFor("the page is kept", `(navigator.serviceWorker.getRegistration().then((r) => { window.worker = r?.active?.state; }), window.worker === "activated")`)
}

// secondVisitMost is how many bytes a second visit may take.
const secondVisitMost = 20 << 10

// Who was there once comes back at the price of a few messages, and also without a
// network: to the board as it was left, where it is drawn on as before, and to the
// address that makes new boards, which says what is on this device.
func TestSecondVisit(t *testing.T) {
	r := startRelay(t)
	way := newPipe(t, r)
	at := "http://" + way.Address
	laptop := newDevice(t)
	ann := laptop.open(at + "/b/again?transport=ws")
	ann.draw(quickStrokes(1)[0])
	ann.stored()
	ann.quiet()
	ann.kept()
	ann.installed()

	before := way.Bytes()
	ann.do(chromedp.Reload())
	ann.waitLive()
	ann.waitFor("it is the page that was kept", `navigator.serviceWorker.controller`)
	ann.stored()
	if sent := way.Bytes() - before; sent > secondVisitMost {
		t.Errorf("a second visit takes %d bytes", sent)
	}

	hash := ann.hash()
	ann.close()
	r.kill()
	ann = openIn(t, laptop.ctx, at+"/b/again?transport=ws", desktop)
	ann.waitFor("the board is there without a network", `window.edgeboard && edgeboard.hash() === "`+hash+`"`)
	ann.draw(quickStrokes(2)[1])
	ann.waitFor("it is said that the change is kept", `/^You are offline. \d+ changes? (is|are) kept on this device.$/.test(document.querySelector("#offline[data-shown=true] p")?.textContent)`)
	ann.quiet()
	ann.kept()
	ann.screenshot("offline")
	ann.do(chromedp.Navigate(at + "/"))
	ann.waitFor("the boards on this device are listed", `document.querySelector("#home:not([hidden]) li a")?.getAttribute("href") === "/b/again"`)
	ann.screenshot("home")

	r.start()
	ann.do(chromedp.Navigate(at + "/b/again?transport=ws"))
	ann.waitLive()
	ann.waitFor("both strokes", `edgeboard.elements() === 2`)
	ann.stored()
	if shown := eval[string](ann, `document.getElementById("offline").dataset.shown`); shown != "false" {
		t.Error("it is said that there is no network, and there is one")
	}
	ann.do(chromedp.Navigate(at + "/"))
	ann.waitFor("a new board is made", `location.pathname.startsWith("/b/") && location.pathname !== "/b/again"`)
	if strings.Contains(eval[string](ann, "location.href"), "shell") {
		t.Error("the address is the worker's")
	}
}

// holdStart keeps the program of the next pages of a window back until letStart is called.
const holdStart = `{
	const start = WebAssembly.instantiateStreaming.bind(WebAssembly);
	const let_ = new Promise((done) => { window.letStart = done; });
	WebAssembly.instantiateStreaming = async (...what) => { await let_; return start(...what); };
}`

// Who comes back sees the board as they left it before the program runs, with a network
// or without: the device has kept a picture of it. It is of what was last looked at.
func TestSecondSight(t *testing.T) {
	r := startRelay(t)
	s := newScribe(t, r, "sight")
	s.write(someOfAll)
	s.stored()
	ann := newDevice(t).open(r.url("/b/sight?transport=ws"))
	ann.waitFor("the board is there", `edgeboard.elements() === 7`)
	ann.installed()
	ann.quiet()
	left := ann.screenshot("second-sight-left")
	call(ann, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: holdStart})
	ann.do(chromedp.Navigate(r.url("/help")))
	ann.waitFor("a picture was left", `(caches.match("/picture/b/sight", { cacheName: "edgeboard.device" }).then((r) => { window.picture = r; }), window.picture)`)
	part := image.Rect(190, 90, 820, 340)
	for _, network := range []bool{true, false} {
		ann.do(chromedp.Navigate("about:blank"))
		if !network {
			r.kill()
		}
		ann.do(chromedp.Navigate(r.url("/b/sight?transport=ws")))
		ann.waitFor("the picture is there", `navigator.serviceWorker.controller && document.querySelector("#picture svg path") && document.fonts.status === "loaded"`)
		seen := ann.screenshot(fmt.Sprintf("second-sight-%v", network))
		if eval[bool](ann, "!!window.edgeboard") {
			t.Fatal("the program is there already")
		}
		if share := differing(left, seen, part); share > 0.01 {
			t.Errorf("with a network (%v) %.2f %% of the picture differ from the board", network, 100*share)
		}
		eval[bool](ann, "!letStart()")
		ann.waitFor("the board is there", `window.edgeboard && edgeboard.elements() === 7 && !document.querySelector("#picture svg")`)
		ann.quiet()
	}
}
