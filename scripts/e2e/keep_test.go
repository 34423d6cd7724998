//go:build e2e

package e2e

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"
)

// device is a browser of its own, whose storage outlives it.
type device struct {
	t       *testing.T
	profile string
	ctx     context.Context
	stop    func()
}

func newDevice(t *testing.T) *device {
	t.Helper()
	d := &device{t: t, profile: t.TempDir(), stop: func() {}}
	t.Cleanup(func() { d.stop() })
	d.start()
	return d
}

func (d *device) start() {
	d.t.Helper()
	ctx, stop, err := startChromium(d.profile)
	if err != nil {
		d.t.Fatal(err)
	}
	d.ctx, d.stop = ctx, stop
}

// kill ends the browser as the system does that needs its memory, and starts it
// again.
func (d *device) kill() {
	d.t.Helper()
	process := chromedp.FromContext(d.ctx).Browser.Process()
	if err := process.Kill(); err != nil {
		d.t.Fatal(err)
	}
	d.stop() // waits until it is gone
	d.start()
}

// open opens a tab: all of them have the same storage.
func (d *device) open(url string) *page {
	d.t.Helper()
	p := openIn(d.t, d.ctx, url, desktop)
	p.waitLive()
	return p
}

// kept waits until all that was changed here is on the device.
func (p *page) kept() {
	p.t.Helper()
	p.waitFor("all changes are kept", `edgeboard.state().kept`)
}

// What was drawn without a relay is not lost with the tab, nor with the browser.
func TestKept(t *testing.T) {
	t.Run("the tab is closed", func(t *testing.T) { testKept(t, false) })
	t.Run("the browser is killed", func(t *testing.T) { testKept(t, true) })
}

func testKept(t *testing.T, killed bool) {
	r := startRelay(t)
	laptop := newDevice(t)
	ann := laptop.open(r.url("/b/kept"))
	ben := open(t, r.url("/b/kept"), desktop)
	strokes := quickStrokes(4)
	ann.draw(strokes[0])
	ann.stored()
	same(ann, ben)

	r.kill()
	ann.waitFor("offline is shown", `edgeboard.state().phase !== "live"`)
	for _, s := range strokes[1:] {
		ann.draw(s)
	}
	ann.waitFor("three strokes more", `edgeboard.elements() === 4 && edgeboard.state().unsent > 0`)
	ann.quiet() // the pen has written all
	ann.kept()
	ann.waitFor("it is shown that they are kept", `/^\d+ unsent, kept on this device$/.test(document.getElementById("pending").textContent)`)
	drawn := ann.hash()
	if killed {
		laptop.kill()
	} else {
		ann.close()
	}

	r.start()
	ben.online()
	ann = laptop.open(r.url("/b/kept"))
	ann.stored()
	if n, hash := ann.elements(), ann.hash(); n != 4 || hash != drawn {
		t.Errorf("%d elements after coming back, want the 4 that were drawn", n)
	}
	until(t, "the strokes reach the other browser", func() bool { return ben.hash() == drawn })
	ben.stored()
	ann.waitFor("saved is shown", `document.getElementById("pending").textContent === "saved"`)

	// And nothing is unsent the next time.
	ann.close()
	ann = laptop.open(r.url("/b/kept"))
	ann.stored()
	if hash := ann.hash(); hash != drawn {
		t.Error("the board is another one on the third visit")
	}
}

// Two tabs of one browser draw on the same board at once; nothing of either is
// stranded.
func TestKeptInTwoTabs(t *testing.T) {
	r := startRelay(t)
	laptop := newDevice(t)
	one := laptop.open(r.url("/b/tabs"))
	two := laptop.open(r.url("/b/tabs"))
	ben := open(t, r.url("/b/tabs"), desktop)
	strokes := quickStrokes(10)
	for i := range 3 {
		one.draw(strokes[2*i])
		two.draw(strokes[2*i+1])
	}
	one.stored()
	two.stored()
	until(t, "all strokes have come", func() bool { return ben.elements() == 6 })
	same(one, two)
	same(one, ben)

	r.kill()
	for _, p := range []*page{one, two} {
		p.waitFor("offline is shown", `edgeboard.state().phase !== "live"`)
	}
	one.draw(strokes[6])
	two.draw(strokes[7])
	one.draw(strokes[8])
	two.draw(strokes[9])
	for _, p := range []*page{one, two} {
		p.waitFor("two strokes more", `edgeboard.elements() === 8`)
		p.quiet()
		p.kept()
	}
	one.close()
	two.close()

	r.start()
	ben.online()
	one = laptop.open(r.url("/b/tabs"))
	one.stored()
	until(t, "what both tabs drew reaches the other browser", func() bool { return ben.elements() == 10 })
	same(one, ben)
	if n := one.elements(); n != 10 {
		t.Errorf("%d elements in the tab that was opened last, want 10", n)
	}
}

// A device keeps so many boards; those that were not used for the longest time go,
// but none with changes that were not sent.
func TestKeptBoardsAreBounded(t *testing.T) {
	r := startRelay(t)
	p := open(t, r.url("/b/newest"), desktop)
	eval[bool](p, `(indexedDB.open("edgeboard").onsuccess = e => {
		const tx = e.target.result.transaction(["slots", "records"], "readwrite");
		for (let i = 0; i < 70; i++) {
			tx.objectStore("slots").put({ unsent: i === 3, used: i }, ["old-" + i, 0]);
			tx.objectStore("records").put(new Uint8Array([1, 0]), ["old-" + i, 0, 0]);
		}
		tx.oncomplete = () => { window.seeded = true; };
	}, true)`)
	p.waitFor("there are many boards", `window.seeded`)
	p.draw(quickStrokes(1)[0])
	p.stored()
	p.kept()
	boards := func(store string) string {
		return `(indexedDB.open("edgeboard").onsuccess = e => e.target.result.transaction("` + store + `").objectStore("` + store + `").getAllKeys().onsuccess =
			r => { window.` + store + ` = [...new Set(r.target.result.map(k => k[0]))]; }, window.` + store + `?.length === 64)`
	}
	p.waitFor("64 are left", boards("slots"))
	p.waitFor("with their records, and no others", boards("records"))
	for board, want := range map[string]bool{"newest": true, "old-69": true, "old-8": true, "old-3": true, "old-7": false, "old-0": false} {
		if got := eval[bool](p, `slots.includes("`+board+`") && records.includes("`+board+`")`); got != want {
			t.Errorf("board %s is kept: %v, want %v", board, got, want)
		}
	}
}

// What cannot be read is set aside, and said; the board is there all the same.
func TestKeptIsDamaged(t *testing.T) {
	r := startRelay(t)
	p := open(t, r.url("/b/damaged"), desktop)
	p.draw(quickStrokes(1)[0])
	p.stored()
	p.kept()
	drawn := p.hash()
	eval[bool](p, `(indexedDB.open("edgeboard").onsuccess = e => {
		const tx = e.target.result.transaction("records", "readwrite");
		tx.objectStore("records").put(new Uint8Array([9]), ["damaged", 0, 1e6]);
		tx.oncomplete = () => { window.seeded = true; };
	}, true)`)
	p.waitFor("a record is of a later version", `window.seeded`)
	p.do(chromedp.Navigate(r.url("/b/damaged")))
	p.waitFor("it is said", `/set aside/.test(document.getElementById("toast").textContent)`)
	p.waitLive()
	until(t, "the board is there", func() bool { return p.hash() == drawn })
	p.waitFor("one slot lies aside", `(indexedDB.open("edgeboard").onsuccess = e => e.target.result.transaction("aside").objectStore("aside").getAll().onsuccess =
		r => { window.aside = r.target.result; }, window.aside?.length === 1 && window.aside[0].board === "damaged" && window.aside[0].records.length > 1)`)
	p.draw(quickStrokes(2)[1])
	p.kept()
}
