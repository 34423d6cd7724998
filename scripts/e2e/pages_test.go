//go:build e2e

package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/input"

	"edgeboard/shared/board"
)

// tiny is a window for tests in which little is drawn.
var tiny = window{width: 720, height: 400, scale: 1}

// push presses a control, wherever it is.
func (p *page) push(selector string) {
	p.t.Helper()
	eval[bool](p, fmt.Sprintf("(document.querySelector(%q).click(), true)", selector))
}

// wantText waits until an element shows a text.
func (p *page) wantText(what, selector, want string) {
	p.t.Helper()
	p.waitFor(what, fmt.Sprintf("(e => e && e.checkVisibility({visibilityProperty: true}) && e.textContent === %q)(document.querySelector(%q))", want, selector))
}

// wantElements waits until the page that is shown has so many elements.
func (p *page) wantElements(what string, n int) {
	p.t.Helper()
	p.waitFor(what, fmt.Sprintf("edgeboard.figures().length === %d", n))
}

// Two people on two pages: each sees what is on theirs, and who is on the other.
func TestPages(t *testing.T) {
	r := startRelay(t)
	scribe := newScribe(t, r, "pages")
	scribe.write(func(edit *board.Edit) { paper(edit, 300, 120, 100, 80) })
	scribe.stored()
	ann, ben := open(t, r.url("/b/pages"), tiny), open(t, r.url("/b/pages"), tiny)
	ann.wantText("one page", "#pages-at", "Page 1")

	ann.push("#menu [data-command=page-add]")
	ann.wantText("the new one", "#pages-at", "2 / 2")
	ann.wantElements("nothing is on it", 0)
	ann.key("r")
	ann.sweep(0, [2]float64{420, 150}, [2]float64{480, 190})
	ann.wantElements("what she has drawn", 1)
	ann.stored()
	ben.wantText("he stays where he was", "#pages-at", "1 / 2")
	ben.wantElements("and sees what is there", 1)
	ben.waitFor("her cursor is not here", `![...document.querySelectorAll(".cursor")].some(c => c.checkVisibility({visibilityProperty: true}))`)

	// He opens the list and goes there by keyboard.
	ben.push("#pages-button")
	ben.waitFor("somebody is on the second page", `document.querySelector("#pages-list li:nth-child(2) .page-people").children.length === 1`)
	eval[bool](ben, `(document.querySelector("#pages-list .page-show").focus(), true)`)
	ben.key("ArrowDown")
	ben.waitFor("the list is gone along by arrows", `document.activeElement === document.querySelector("#pages-list li:nth-child(2) .page-show")`)
	ben.push("#pages-list li:nth-child(2) .page-show")
	ben.wantElements("what she has drawn", 1)
	ben.waitFor("and where", `edgeboard.figures()[0].x === 420`)

	// He gives it a name; she sees it.
	ben.push("#pages-list li:nth-child(2) .page-more")
	ben.push("#pages-list li:nth-child(2) [data-page=rename]")
	call(ben, input.InsertText, input.InsertTextParams{Text: "Sketches"})
	ben.key("Enter")
	ann.push("#pages-button")
	ann.wantText("its name", "#pages-list li:nth-child(2) .page-name", "Sketches")

	// She moves what she has drawn to the first page, and deletes the second: he is
	// on the first then. It comes back.
	ann.push("#pages-list li:nth-child(1) .page-more")
	ann.push("#pages-list li:nth-child(1) [data-page=take]")
	ann.wantText("told", "#offer [role=status]", "Moved to Page 1")
	ann.push("#pages-list li:nth-child(2) .page-more")
	ann.push("#pages-list li:nth-child(2) [data-page=delete]")
	ben.wantText("there is one page", "#pages-at", "Page 1")
	ben.wantElements("with both", 2)
	ann.wantText("told", "#offer [role=status]", "Sketches was deleted")
	ann.push("#offer button")
	ann.wantText("undone", "#pages-at", "2 / 2")
	ben.wantText("he is back where he was", "#pages-at", "2 / 2")
	ben.key("Escape")
	ben.key("PageUp", alt)
	ben.wantText("by key", "#pages-at", "1 / 2")
	same(ann, ben)
}

// A stamp is put and taken back by a click, and by keys.
func TestStamps(t *testing.T) {
	r := startRelay(t)
	scribe := newScribe(t, r, "stamps")
	scribe.write(func(edit *board.Edit) { paper(edit, 100, 120, 100, 80) })
	scribe.stored()
	p := open(t, r.url("/b/stamps"), tiny)
	p.key("s")
	p.waitFor("the keyboard is on the signs", `document.activeElement.dataset.symbol === "1"`)
	p.push(`[data-symbol="2"]`) // as Enter on it does
	p.wantElements("a heart in the middle", 2)
	before := p.list()
	p.clickAt(0, [2]float64{120, 140}, 1)
	p.wantElements("and one on the paper", 3)
	heart := p.newest(before)
	if heart.Kind != "stamp" || heart.Start == "" {
		t.Errorf("a click made a %s on %q", heart.Kind, heart.Start)
	}
	p.clickAt(0, [2]float64{180, 180}, 1)
	p.wantElements("again on the paper: taken back", 2)
	p.key("Escape")
	p.wantTool("select")
	p.waitFor("the signs are gone", `document.getElementById("stamps").hidden`)
}

// A vote from its question to its result.
func TestVoting(t *testing.T) {
	r := startRelay(t)
	scribe := newScribe(t, r, "vote")
	var coffee board.ID
	scribe.write(func(edit *board.Edit) {
		edit.Splice(paper(edit, 20, 120, 100, 80), board.Chars, 0, 0, "Tea")
		coffee = paper(edit, 140, 120, 100, 80)
		edit.Splice(coffee, board.Chars, 0, 0, "Coffee")
	})
	scribe.stored()
	ann := open(t, r.url("/b/vote"), tiny)
	ann.push("#menu [data-command=vote]")
	ann.waitFor("she writes the question", `edgeboard.state().writing !== ""`)
	call(ann, input.InsertText, input.InsertTextParams{Text: "What to drink?"})
	ann.key("Escape")
	ann.push("#vote-fewer")
	ann.wantText("two dots each", "#vote-limit", "2")
	ann.push("#vote-go")
	ann.wantText("told", "#voting [role=status]", "2 dots left · What to drink?")
	ann.clickAt(0, [2]float64{50, 150}, 1)
	ann.clickAt(0, [2]float64{170, 150}, 1)
	ann.wantText("both are put", "#voting [role=status]", "0 dots left · What to drink?")
	ann.clickAt(0, [2]float64{90, 180}, 1)
	ann.wantText("no more", "#toast", "You have no dots left. Click one of yours to take it back.")
	ann.clickAt(0, [2]float64{50, 150}, 1)
	ann.wantText("one is taken back", "#voting [role=status]", "1 dot left · What to drink?")

	ann.stored()
	vote := scribe.kind(board.KindVote)
	scribe.write(func(edit *board.Edit) { // somebody else
		id := edit.Create(board.KindStamp)
		edit.Set(id, board.KeyPerson, board.String("somebody"))
		edit.Set(id, board.KeyStart, board.Ref(coffee))
		edit.Set(id, board.KeyParent, board.Ref(vote))
	})
	scribe.stored()
	ann.push("#voting-done")
	ann.key("b")
	ann.wantText("his dot is none of hers", "#voting [role=status]", "1 dot left · What to drink?")

	ann.push("#voting-done")
	ann.clickAt(0, [2]float64{360, 230}, 1)
	ann.push("#vote-close")
	ann.wantText("the result", "#vote-sum", "2 dots from 2 people")
	ann.waitFor("who has won", `(list => list.length === 1 && list[0].querySelector(".what").textContent === "Coffee" &&
		list[0].querySelector(".sum").textContent === "2" && list[0].querySelector(".winner"))(document.querySelectorAll("#vote-counts li"))`)
	ann.push("#vote-counts button")
	ann.waitFor("a line shows what it is of", `(s => s.length === 1 && edgeboard.figures().find(f => f.id === s[0]).text === "Coffee")(edgeboard.state().selected)`)
}

// A timer is heard of when it is over. Then nothing is drawn.
func TestTimer(t *testing.T) {
	r := startRelay(t)
	p := open(t, r.url("/b/timer"), tiny)
	p.push("#menu [data-command=timer]")
	p.waitFor("its controls", seen("#timer-bar"))
	eval[bool](p, `(f => { f.value = "0.02"; f.dispatchEvent(new Event("change")); return true; })(document.getElementById("timer-minutes"))`)
	p.push("#timer-start")
	p.wantText("it is over", "#toast", "Time is up")
	p.waitFor("it can be started anew", `!document.getElementById("timer-bar").classList.contains("running")`)
	p.quiet()
}
