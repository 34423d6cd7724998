//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// A mistake in the page ends with a message, a report and a reload, and what was drawn
// is there again: also what no relay has.
func TestCrash(t *testing.T) {
	r := startRelay(t)
	laptop := newDevice(t)
	ann := laptop.open(r.url("/b/crash"))
	strokes := quickStrokes(2)
	ann.draw(strokes[0])
	ann.stored()
	r.kill()
	ann.waitFor("offline is shown", `edgeboard.state().phase !== "live"`)
	ann.draw(strokes[1])
	ann.waitFor("two strokes", `edgeboard.elements() === 2`)
	hash := eval[string](ann, `(() => { const hash = edgeboard.hash(); edgeboard.crash(); return hash; })()`)
	ann.waitFor("the message is there", seen(`[data-error="stopped"]`))
	ann.screenshot("crash")
	eval[bool](ann, `(window.copied = "", navigator.clipboard.writeText = async (text) => { window.copied = text; }, true)`)
	ann.click("#boot-report")
	ann.waitFor("the report is copied", `window.copied`)
	report := eval[string](ann, "window.copied")
	for _, want := range []string{"program edgeboard.", "panic: as it was asked for", "goroutine "} {
		if !strings.Contains(report, want) {
			t.Errorf("the report has no %q: %s", want, report)
		}
	}
	if strings.Contains(report, "/b/crash") {
		t.Errorf("the report names the board: %s", report)
	}

	r.start()
	ann.click("#boot-error [data-reload]")
	ann.waitFor("the page is another one", `!window.copied`)
	ann.waitLive()
	ann.stored()
	if now := ann.hash(); now != hash {
		t.Errorf("after the reload there are %d elements, and not what was drawn", ann.elements())
	}

	// After the worst mistake nothing of the program runs any more, and the page still
	// says so.
	eval[bool](ann, "(edgeboard.crash(true), true)")
	ann.waitFor("the message is there again", seen(`[data-error="stopped"]`))
}

// A device has no more room: the page says so and offers a file, and when the relay is
// back all is stored.
func TestDeviceIsFull(t *testing.T) {
	r := startRelay(t)
	laptop := newDevice(t)
	ann := openIn(t, laptop.ctx, "about:blank", desktop)
	room := func(bytes float64) {
		call(ann, storage.OverrideQuotaForOrigin, storage.OverrideQuotaForOriginParams{Origin: r.url(""), QuotaSize: &bytes})
	}
	// The browser counts on what it was told of once until that is used up, or half a
	// minute is over: so there is little room from the beginning.
	room(64 << 20)
	ann.do(chromedp.Navigate(r.url("/b/full")))
	ann.waitLive()
	ann.draw(quickStrokes(1)[0])
	ann.stored()
	ann.quiet()
	ann.kept()
	eval[bool](ann, `((async () => {
		const done = (target, good, bad) => new Promise((resolve, reject) => { target[good] = resolve; target[bad] = reject; });
		const open = indexedDB.open("filler");
		open.onupgradeneeded = () => open.result.createObjectStore("all", { autoIncrement: true });
		await done(open, "onsuccess", "onerror");
		for (let size = 4 << 20; size; size >>= 3) {
			try {
				for (;;) {
					const tx = open.result.transaction("all", "readwrite");
					tx.objectStore("all").put(new Uint8Array(size));
					await done(tx, "oncomplete", "onabort");
				}
			} catch {}
		}
		window.filled = true;
	})(), true)`)
	ann.waitFor("the device is full", `window.filled`)
	room(1)
	r.kill()
	ann.waitFor("offline is shown", `edgeboard.state().phase !== "live"`)
	ann.draw(quickStrokes(2)[1])
	ann.waitFor("it is said that there is no room", `/no room to keep the board/.test(document.querySelector("#offline[data-shown=true] p")?.textContent)`)
	ann.waitFor("there is a way out", seen("#offline-save"))
	ann.screenshot("full")
	ann.quiet()
	hash := ann.hash()
	r.start()
	ann.online()
	ann.waitLive()
	ann.stored()
	ben := open(t, r.url("/b/full"), desktop)
	until(t, "all is on the relay", func() bool { return ben.hash() == hash })
}
