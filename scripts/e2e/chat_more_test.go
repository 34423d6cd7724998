//go:build e2e

package e2e

import (
	"fmt"
	"testing"
)

// A link to an element, said in a message, is that element's name there, and leads to it.
func TestChatLinkToAnElement(t *testing.T) {
	ann, ben := openPair(t, startRelay(t), "chat")
	ann.key("n")
	ann.clickAt(0, [2]float64{200, 240}, 1)
	ann.waitFor("the field is there", `document.activeElement.id === "writing"`)
	ann.put("Budget")
	ann.key("Escape")
	ann.waitFor("the writing is over", `edgeboard.state().writing === ""`)
	ann.key("Escape")
	note := ann.only()
	ann.openChat()
	ann.says("see " + eval[string](ann, `location.href.split("#")[0]`) + "#e=" + note.ID)
	ben.waitFor("Ben has the note", `edgeboard.elements() === 1`)
	ben.scroll(3000, 3000)
	ben.waitFor("he does not see it", `edgeboard.figures().every((f) => !f.shown)`)
	ben.openChat()
	ben.wantChat("the link has the note's name", "Ann: see Budget")
	ben.click("#chat-texts a")
	ben.waitFor("it is shown and selected", fmt.Sprintf(`edgeboard.figures().some((f) => f.shown) && edgeboard.state().selected.join() === %q`, note.ID))
	if at := eval[string](ben, `location.href`); at != ben.url() {
		t.Errorf("the page has gone to %s", at)
	}
}

// url is the address of the board that the page shows.
func (p *page) url() string {
	p.t.Helper()
	return eval[string](p, `location.origin + location.pathname`)
}

// hide makes the page one that nobody looks at, or shows it again, as the browser says
// it to the page.
func (p *page) hide(hidden bool) {
	p.t.Helper()
	eval[any](p, fmt.Sprintf(`{
		Object.defineProperty(document, "hidden", {configurable: true, get: () => %v});
		Object.defineProperty(document, "visibilityState", {configurable: true, get: () => %q});
		document.dispatchEvent(new Event("visibilitychange"));
	}`, hidden, map[bool]string{true: "hidden", false: "visible"}[hidden]))
}

// Who does not look at the page is away for the others, and back with the first look. What
// is said meanwhile is not read.
func TestChatAway(t *testing.T) {
	ann, ben := openPair(t, startRelay(t), "chat")
	ann.click("#company-button")
	const line = `[...document.querySelectorAll("#company-list li")].find((e) => e.textContent.includes("Ben"))`
	ann.waitFor("Ben is here", line+`?.classList.contains("away") === false`)
	ben.openChat()
	ben.hide(true)
	ann.waitFor("Ben is away", line+`.classList.contains("away")`)
	ann.key("Escape")
	ann.openChat()
	ann.says("Are you there?")
	ben.waitFor("it is counted, and not read", `document.title.startsWith("(1) ")`)
	ben.hide(false)
	ben.waitFor("it is read", `document.title === "Edgeboard"`)
	ann.click("#company-button")
	ann.waitFor("Ben is back", line+`.classList.contains("away") === false`)
}

// What is being written is there after a reload, in its own conversation, until it is
// sent.
func TestChatDraft(t *testing.T) {
	ann, ben := openPair(t, startRelay(t), "chat")
	const field = `document.getElementById("chat-text").value`
	ann.openChat()
	ann.put("For all @Be")
	ann.waitFor("Ben is offered", `document.querySelectorAll("#chat-names li").length === 1`)
	ann.key("Enter")
	ann.waitFor("and named", field+` === "For all @Ben "`)
	ann.click("#company-button")
	eval[any](ann, `[...document.querySelectorAll("#company-list li")].find((e) => e.textContent.includes("Ben")).querySelector(".message").click()`)
	ann.waitFor("it is with Ben", `document.getElementById("chat-title").textContent === "Ben" && `+field+` === ""`)
	ann.put("For Ben alone")
	ann.reload()
	ann.openChat()
	ann.waitFor("what is for all is there", field+` === "For all @Ben "`)
	ann.click("#company-button")
	eval[any](ann, `[...document.querySelectorAll("#company-list li")].find((e) => e.textContent.includes("Ben")).querySelector(".message").click()`)
	ann.waitFor("what is for Ben is there", `document.getElementById("chat-title").textContent === "Ben" && `+field+` === "For Ben alone"`)
	ann.key("Enter")
	ann.wantChat("it is said", "Ann: For Ben alone")
	ann.waitFor("it is stored", `document.querySelector(".text .icon[data-state=stored]") !== null`)
	// Another window of the same person has begun nothing.
	again := openIn(t, ann.ctx, ben.url(), window{width: 640, height: 480, scale: 1})
	again.waitLive()
	again.openChat()
	again.waitFor("another window has nothing", field+` === ""`)
	ann.reload()
	ann.openChat()
	ann.waitFor("what is for all is there still", field+` === "For all @Ben "`)
	eval[any](ann, `document.getElementById("chat-text").select()`)
	ann.key("Backspace")
	ann.waitFor("and is removed", field+` === ""`)
	if n := eval[int](ann, `Object.keys(sessionStorage).filter((name) => name.startsWith("edgeboard.draft.")).length`); n != 0 {
		t.Errorf("%d are kept that are sent, or removed", n)
	}
}

// Whoever signs out leaves nothing that was being written, in none of the windows.
func TestChatDraftSignOut(t *testing.T) {
	c := startClosed(t)
	ann := c.person(desktop, "ann", "Ann Lee", "plan", "editor")
	ann.reload() // by the cookie
	again := openIn(t, ann.ctx, ann.url(), desktop)
	again.waitLive()
	for _, p := range []*page{ann, again} {
		p.openChat()
		p.put("half a thought")
		p.waitFor("it is kept", `sessionStorage.getItem("edgeboard.draft./plan") === "half a thought"`)
		p.key("Escape")
	}
	ann.share()
	ann.click("#sign-out")
	ann.denied("You need an invite to open this board")
	for _, p := range []*page{ann, again} {
		p.waitFor("it is forgotten", `Object.keys(sessionStorage).every((name) => !name.startsWith("edgeboard.draft."))`)
	}
	again.waitFor("the form is empty", `document.getElementById("chat-text").value === ""`)
}
