//go:build e2e

package e2e

import (
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"

	"edgeboard/shared/board"
)

// wantPast waits until the past is shown at a place.
func (p *page) wantPast(what, text string, figures int) {
	p.t.Helper()
	p.waitFor(what, `document.getElementById("past-when").textContent.includes("`+text+`") && edgeboard.figures().length === `+strconv.Itoa(figures))
}

// A board is gone back in, looked at as it was, and restored; the present is there
// again at once, and what was restored is taken back by a key.
func TestPast(t *testing.T) {
	r := startRelay(t)
	scribe := newScribe(t, r, "past")
	var first, second board.ID
	for _, act := range []func(edit *board.Edit){
		func(edit *board.Edit) { first = paper(edit, 100, 100, 120, 90) },
		func(edit *board.Edit) { second = paper(edit, 300, 100, 120, 90) },
		func(edit *board.Edit) { paper(edit, 500, 100, 120, 90) },
		func(edit *board.Edit) { edit.Set(first, board.KeyDeleted, board.Int(1)) },
	} {
		scribe.write(act)
		scribe.stored()
	}
	p := open(t, r.url("/b/past"), desktop)
	p.waitFor("the board is there", `edgeboard.figures().length === 2`)
	present := p.hash()
	p.key("h", alt)
	p.wantPast("the past is open at its end", "4 of 4", 2)
	if !eval[bool](p, `document.activeElement.id === "past-at" && getComputedStyle(document.getElementById("bar")).display === "none"`) {
		t.Error("the line has not the focus, or there are tools where nothing can be changed")
	}
	p.key("ArrowLeft")
	p.wantPast("before the deletion", "3 of 4", 3)
	p.key("Home")
	p.wantPast("at the beginning", "0 of 4", 0)
	p.key("ArrowRight")
	p.key("ArrowRight")
	p.wantPast("two sheets", "2 of 4", 2)
	if p.hash() != present {
		t.Error("looking back has changed the board")
	}

	// Meanwhile somebody goes on in the present.
	scribe.write(func(edit *board.Edit) { edit.Set(second, board.KeyX, board.Float(350)) })
	scribe.stored()

	// The version is named, and seen again from elsewhere.
	p.click("#past-name")
	p.waitFor("the dialog asks", `document.getElementById("past-naming").open`)
	eval[any](p, `document.getElementById("past-naming-input").value = "Two <b>sheets</b>"`)
	p.click("#past-naming button[value=ok]")
	p.key("End")
	p.waitFor("it is listed", `document.querySelectorAll("#past-list li").length === 1`)
	p.click("#past-versions-button")
	p.waitFor("the list is open", `document.querySelector("#past-list button").checkVisibility() && document.querySelector(".past-version-name").textContent === "Two <b>sheets</b>"`)
	p.click("#past-list button")
	p.wantPast("the version", "2 of 4", 2)

	p.click("#past-restore")
	p.waitFor("the present is shown, as it was", `document.getElementById("past").hidden && edgeboard.figures().length === 2 && edgeboard.figures().every(f => f.x === 100 || f.x === 300)`)
	p.stored()
	until(t, "the others have it", func() bool { return scribe.hash() == p.hash() })
	p.key("z", ctrl)
	p.waitFor("it is taken back", `edgeboard.figures().some(f => f.x === 500) && edgeboard.figures().some(f => f.x === 350)`)

	// Escape leads back as well, and what was drawn before is where it was.
	p.key("h", alt)
	p.wantPast("the past has grown", "of 7", 2)
	p.key("Home")
	p.wantPast("nothing", "0 of 7", 0)
	p.key("Escape")
	p.waitFor("the present", `document.getElementById("past").hidden && edgeboard.figures().length === 2`)
}

// Who comes back is told what others have done meanwhile, and shown it.
func TestSince(t *testing.T) {
	r := startRelay(t)
	scribe := newScribe(t, r, "since")
	var note board.ID
	scribe.write(func(edit *board.Edit) { note = paper(edit, 100, 100, 120, 90) })
	scribe.stored()
	p := open(t, r.url("/b/since"), desktop)
	p.waitFor("the board is there", `edgeboard.elements() === 1`)
	if eval[bool](p, `!document.getElementById("since").hidden`) {
		t.Error("who was never here is told that something has changed")
	}
	p.do(chromedp.Navigate("about:blank"))
	scribe.write(func(edit *board.Edit) {
		edit.Set(note, board.KeyX, board.Float(200))
		paper(edit, 3000, 2000, 120, 90)
	})
	scribe.stored()
	p.do(chromedp.Navigate(r.url("/b/since")))
	p.waitLive()
	p.waitFor("it is told", `document.getElementById("since-text").textContent.startsWith("2 changes since")`)
	p.click("#since-show")
	p.waitFor("the first one", `document.getElementById("since-text").textContent === "1 of 2: changed"`)
	p.click("#since-after")
	p.waitFor("the second one is flown to", `document.getElementById("since-text").textContent === "2 of 2: new" && edgeboard.figures().some(f => f.x === 3000 && f.shown)`)
	p.click("#since-close")
	p.waitFor("it is over", `document.getElementById("since").hidden`)
}
