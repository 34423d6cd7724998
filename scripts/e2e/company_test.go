//go:build e2e

package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/input"

	"edgeboard/shared/board"
)

// openPair opens two small windows on a board, of Ann and of Ben.
func openPair(t *testing.T, r *relay, name string) (ann, ben *page) {
	t.Helper()
	small := window{width: 640, height: 480, scale: 1}
	ann, ben = open(t, r.url("/b/"+name), small), open(t, r.url("/b/"+name), small)
	rename(ann, "Ann")
	rename(ben, "Ben")
	return ann, ben
}

// notice waits for a notice that says something, and for the button that it has.
func (p *page) notice(text, action string) {
	p.t.Helper()
	p.waitFor(text, fmt.Sprintf(`(e => e.checkVisibility() && e.innerText.includes(%q) && e.innerText.includes(%q))(document.getElementById("notice"))`, text, action))
}

// scroll turns the wheel. The protocol wants both to be there.
func (p *page) scroll(dx, dy float64) {
	p.mouse(input.DispatchMouseEventTypeMouseWheel, 200, 300, func(m *input.DispatchMouseEventParams) { m.DeltaX, m.DeltaY = dx+1e-6, dy+1e-6 })
}

// middle waits until the middle of the window is about at a place of the board.
func (p *page) middle(what string, x, y float64) {
	p.t.Helper()
	p.waitFor(what, fmt.Sprintf(`(s => Math.hypot(s.x + innerWidth / 2 / s.zoom - %g, s.y + innerHeight / 2 / s.zoom - %g) < 2)(edgeboard.state())`, x, y))
}

// Ben follows Ann about the board until he takes it in hand himself, and Ann calls him
// to her.
func TestFollowing(t *testing.T) {
	ann, ben := openPair(t, startRelay(t), "follow")
	ben.click("#company-button")
	ben.waitFor("Ann is in the list", `document.querySelector("#company-list li:nth-child(2)")?.innerText.includes("Ann")`)
	ben.click("#company-list button")
	ben.notice("Following Ann", "Stop")
	ann.click("#company-button")
	ann.waitFor("Ann sees that Ben follows", `document.querySelector("#company-list li:nth-child(2)")?.innerText.includes("follows you")`)
	ann.key("Escape")
	ann.scroll(300, 200)
	ben.middle("Ben sees what Ann sees", 320+300, 240+200)
	ann.key("=", ctrl)
	ben.waitFor("Ben is as near as Ann", `Math.abs(edgeboard.state().zoom - 1.25) < 0.01`)

	ben.scroll(0, 500)
	ben.waitFor("who moves the board himself follows no longer", `document.getElementById("notice").hidden && document.getElementById("follow-frame").hidden`)
	ann.waitFor("Ann sees that too", `!document.querySelector("#company-list li:nth-child(2)").innerText.includes("follows you")`)

	ann.click("#company-button")
	ann.click("#company [data-command=summon]")
	ben.notice("Ann brought you here", "Back")
	ben.middle("Ben is where Ann is", 620, 440)
	ben.click("#notice-action")
	ben.waitFor("Ben is back", `document.getElementById("notice").hidden && edgeboard.state().y > 500`)

	ann.scroll(0, 300) // to where Ben is
	ann.click("#company-button")
	ann.click("#reactions button")
	for _, p := range []*page{ann, ben} {
		p.waitFor("a thumb goes up", `document.querySelector(".reaction")?.innerText === "Ann"`)
	}

	// His colour is his own.
	ben.click("#me")
	ben.click("#name-colors label:nth-child(3)")
	ben.click("#name-dialog .primary")
	ann.waitFor("Ann sees Ben's colour", `document.querySelector("#people li").style.getPropertyValue("--c") === "#6741d9"`)
}

// What Ann presents Ben may follow, step by step, with her light; the minimap brings him
// elsewhere.
func TestPresentation(t *testing.T) {
	r := startRelay(t)
	newScribe(t, r, "present").write(func(edit *board.Edit) {
		place(edit, board.KindFrame, 100, 150, 200, 150)
		place(edit, board.KindFrame, 350, 150, 200, 150)
	})
	ann, ben := openPair(t, r, "present")
	ann.waitFor("the frames are there", "edgeboard.elements() === 2")

	ann.key("P", shift)
	ann.waitFor("the first of two frames is shown", `document.getElementById("presenting-at").innerText === "1 / 2" && document.getElementById("bar").checkVisibility() === false`)
	ann.middle("the first frame is in the middle", 200, 225)
	ben.notice("Ann is presenting", "Follow")
	ben.click("#notice-action")
	ben.notice("Following Ann", "Stop")
	ben.middle("Ben sees the first frame", 200, 225)
	ann.key("ArrowRight")
	ann.waitFor("the second frame is shown", `document.getElementById("presenting-at").innerText === "2 / 2"`)
	ben.middle("Ben sees the second frame", 450, 225)

	before := ben.frames()
	ann.press(handPoint{x: 200, y: 200})
	ann.drag(through(200, 200, 260, 220))
	ben.waitFor("Ben sees the light", fmt.Sprintf("edgeboard.frames() > %d", before))
	ann.release(handPoint{x: 260, y: 220})
	ann.key("Escape")
	ann.waitFor("the presentation is over", `document.getElementById("bar").checkVisibility() && document.getElementById("presenting").hidden`)
	if n := ann.elements(); n != 2 {
		t.Errorf("%d elements, want two frames", n)
	}

	ben.key("M", shift)
	ben.waitFor("Ben has a minimap", `document.getElementById("minimap").checkVisibility()`)
	ben.click("#minimap-board")
	ben.waitFor("who uses the minimap follows no longer", `document.getElementById("follow-frame").hidden`)
}
