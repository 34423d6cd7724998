//go:build e2e

package e2e

import (
	"fmt"
	"image/color"
	"net/http"
	"strconv"
	"testing"
)

// files makes files in a page, as another program would: a promise of a DataTransfer.
// Each is an expression of a File or a promise of one.
func files(list ...string) string {
	all := ""
	for _, f := range list {
		all += "t.items.add(await " + f + ");"
	}
	return "(async () => { const t = new DataTransfer(); " + all + " return t })()"
}

// painted is a file of so many pixels of one colour.
func painted(name, media string, width, height int, color string) string {
	return fmt.Sprintf(`new Promise(done => { const c = document.createElement("canvas"); c.width = %d; c.height = %d;
		const g = c.getContext("2d"); g.fillStyle = %q; g.fillRect(0, 0, c.width, c.height);
		c.toBlob(b => done(new File([b], %q, {type: %q})), %q) })`, width, height, color, name, media, media)
}

// writtenFile is a file with a text in it.
func writtenFile(name, media, text string) string {
	return fmt.Sprintf("new File([%s], %q, {type: %q})", strconv.Quote(text), name, media)
}

// drop drops files on the board.
func (p *page) drop(transfer string, x, y float64) {
	p.t.Helper()
	settle(p, fmt.Sprintf(`%s.then(t => { window.dispatchEvent(new DragEvent("drop", {dataTransfer: t, clientX: %v, clientY: %v, bubbles: true, cancelable: true})); return "" })`, transfer, x, y))
}

// pasteFiles pastes files, as the browser tells it.
func (p *page) pasteFiles(transfer string) {
	p.t.Helper()
	settle(p, transfer+`.then(t => { document.dispatchEvent(new ClipboardEvent("paste", {clipboardData: t, bubbles: true, cancelable: true})); return "" })`)
}

// sent waits until the relay has all images, and all else.
func (p *page) sent() {
	p.t.Helper()
	p.waitFor("the relay has the images", `edgeboard.state().unsentImages === 0`)
	p.stored()
}

// wantPicture waits until a pixel has a colour.
func (p *page) wantPicture(what string, x, y int, hex string) {
	p.t.Helper()
	want := hexColor(p.t, hex)
	until(p.t, what, func() bool {
		p.waitFor("all is painted", `edgeboard.state().complete`)
		is := color.RGBAModel.Convert(p.screenshot(what).At(x, y)).(color.RGBA)
		return alike(is, want, 6)
	})
}

// Images are dropped and pasted; others see them, and nothing runs that is in them.
func TestImages(t *testing.T) {
	rl := startRelay(t)
	ann, ben := open(t, rl.url("/b/images"), desktop), open(t, rl.url("/b/images"), desktop)
	ann.drop(files(painted("A red field.png", "image/png", 200, 100, "#e03131")), 300, 200)
	ann.waitFor("an image", `edgeboard.elements() === 1`)
	e := ann.only()
	wantPlace(t, "the image", e, 200, 150, 200, 100)
	if e.Kind != "image" || len(e.Blob) != 64 || e.Text != "A red field" || len(ann.selected()) != 1 {
		t.Errorf("it is %+v", e)
	}
	ann.key("Escape")
	ann.wantPicture("it is shown", 300, 200, "#e03131")
	ann.sent()
	ben.wantPicture("another sees it", 300, 200, "#e03131")
	answer, err := http.Get(rl.url("/blob/" + e.Blob + "?board=images"))
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "image/png" {
		t.Errorf("the relay answers %d, %v", answer.StatusCode, answer.Header)
	}

	// What runs, fetches or belongs to another program is taken out of an SVG; of a
	// kind that relays do not take another is made.
	svg := `<?xml version="1.0"?><!DOCTYPE svg><svg xmlns="http://www.w3.org/2000/svg" xmlns:i="http://www.inkscape.org/namespaces/inkscape"
		onload="window.ran = 1" viewBox="0 0 90 60" i:version="1"><script>window.ran = 2</script><style>/* own */ .a { fill: #2f9e44 }</style>
		<style>@import "/x.css";</style><metadata>x</metadata><image href="https://elsewhere.invalid/x.png"/>
		<rect class="a" width="90" height="60" onclick="window.ran = 3"/></svg>`
	ann.pasteFiles(files(writtenFile("", "image/svg+xml", svg), painted("x.bmp", "image/png", 60, 60, "#1971c2")))
	ann.waitFor("two more", `edgeboard.elements() === 3`)
	ann.key("Escape")
	list := ann.list()
	ann.sent()
	for i, want := range []string{"#2f9e44", "#1971c2"} {
		e := list[i+1]
		ben.wantPicture(want, int(e.X+e.W/2), int(e.Y+e.H/2), want)
	}
	if eval[int](ann, "window.ran || 0")+eval[int](ben, "window.ran || 0") > 0 {
		t.Error("a script in an SVG has run")
	}

	// What is none is told in words, and the rest is taken.
	ann.drop(files(
		writtenFile("photo.heic", "", "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"),
		painted("ok.webp", "image/webp", 40, 40, "#f08c00"),
	), 800, 300)
	ann.waitFor("it is told", `document.getElementById("toast").textContent.includes("HEIC")`)
	ann.waitFor("the other is taken", `edgeboard.elements() === 4`)
	ann.drop(files(writtenFile("x.svg", "image/svg+xml", "<svg")), 300, 300)
	ann.waitFor("it is told", `document.getElementById("toast").textContent.includes("no SVG")`)

	// What an image shows is told to who does not see it.
	ann.menuAt([2]float64{800, 300}, "picture-describe")
	ann.waitFor("the dialog is there", `document.getElementById("describe").open && document.activeElement.id === "describe-text"`)
	ann.put("A warning sign")
	ann.click("#describe .primary")
	ann.waitFor("it is described", `edgeboard.figures().at(-1).text === "A warning sign"`)
	ann.stored()
	same(ann, ben)
}

// An image that is put on the board without a relay is there when the tab was closed
// meanwhile, and is sent when there is one; so is one that the relay had refused.
func TestImagesOffline(t *testing.T) {
	rl := startRelay(t, "-max-blob", "300")
	laptop := newDevice(t)
	ann := laptop.open(rl.url("/b/offline"))
	ann.drop(files(painted("a.png", "image/png", 120, 80, "#e03131")), 200, 200)
	ann.waitFor("it is told that it is not stored", `document.getElementById("toast").textContent.includes("larger than the relay takes")`)
	rl.kill()
	ann.waitFor("offline", `edgeboard.state().phase !== "live"`)
	ann.drop(files(painted("b.png", "image/png", 120, 80, "#9c36b5")), 400, 200)
	ann.waitFor("an image", `edgeboard.elements() === 2 && edgeboard.state().unsentImages === 2`)
	ann.kept()
	ann.close()
	rl.more = nil
	rl.start()
	ann = laptop.open(rl.url("/b/offline"))
	ann.wantPicture("it is there again", 400, 170, "#9c36b5")
	ann.sent()
	ben := open(t, rl.url("/b/offline"), desktop)
	ben.wantPicture("another sees it", 400, 170, "#9c36b5")
	ben.wantPicture("another sees what was refused", 200, 170, "#e03131")
}
