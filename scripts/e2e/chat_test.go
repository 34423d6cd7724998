//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// chat is what the conversation that is open says, a line for each message.
func (p *page) chat() string {
	p.t.Helper()
	return strings.Join(eval[[]string](p, `[...document.querySelectorAll("#chat-texts .text")].map((e) =>
		e.querySelector(".by bdi").textContent + ": " + e.querySelector(".body").textContent)`), "\n")
}

// wantChat waits until the conversation that is open says something.
func (p *page) wantChat(what string, lines ...string) {
	p.t.Helper()
	want := strings.Join(lines, "\n")
	until(p.t, fmt.Sprintf("%s: %q", what, want), func() bool { return p.chat() == want })
}

// says writes a message into the form.
func (p *page) says(text string) {
	p.t.Helper()
	p.put(text)
	p.key("Enter")
}

// openChat opens the panel by its key.
func (p *page) openChat() {
	p.t.Helper()
	p.key("C", shift)
	p.waitFor("the form is there", `document.activeElement.id === "chat-text"`)
}

// Ann, who has the board open twice, Ben and Cem talk: all together, two of them
// alone, and while the relay is away.
func TestChat(t *testing.T) {
	r := startRelay(t)
	ann, ben := openPair(t, r, "chat")
	small := window{width: 640, height: 480, scale: 1}
	cem := open(t, r.url("/b/chat"), small)
	again := openIn(t, ann.ctx, r.url("/b/chat"), small)
	again.waitLive()

	// Whoever sits at two windows is one person.
	ben.waitFor("Ann is there once", `[...document.querySelectorAll("#company-list .companion-name")].filter((e) => e.textContent === "Ann").length === 1 && edgeboard.state().people === 3`)

	ann.openChat()
	ann.says("Hello **Ben**, see https://example.org/")
	ann.wantChat("Ann sees it", "Ann: Hello Ben, see https://example.org/")
	ann.waitFor("it is stored", `document.querySelector(".text .icon[data-state=stored]") !== null`)
	ben.waitFor("it is counted", `document.title.startsWith("(1) ") && document.querySelector("#chat-button .unread").textContent === "1"`)
	ben.openChat()
	ben.wantChat("Ben sees it", "Ann: Hello Ben, see https://example.org/")
	ben.waitFor("it is read", `document.title === "Edgeboard" && document.querySelector(".body strong").textContent === "Ben" && document.querySelector(".body a").rel === "noopener noreferrer"`)

	// Nothing that is said does anything.
	ben.put("<img src=x onerror=alert(1)>\u202e\u200bgpj.exe")
	ann.waitFor("Ann sees that Ben is typing", `document.getElementById("chat-typing").textContent === "Ben is typing…"`)
	ben.key("Enter")
	lines := []string{"Ann: Hello Ben, see https://example.org/", "Ben: <img src=x onerror=alert(1)>gpj.exe"}
	ann.wantChat("it is text", lines...)
	if n := eval[int](ann, `document.querySelectorAll("#chat img").length`); n != 0 {
		t.Errorf("a message has made %d images", n)
	}

	// A reaction, and a change of what was said last.
	eval[any](ann, `document.querySelector("#chat-texts .text:last-child").focus()`)
	ann.click("#chat-acts [data-act=react]")
	ann.click("#chat-signs button")
	ben.waitFor("the thumb is there", `document.querySelector(".signs button")?.textContent === "👍 1"`)
	eval[any](ann, `document.getElementById("chat-text").focus()`)
	ann.key("ArrowUp")
	ann.put("Hello all")
	ann.key("Enter")
	ben.waitFor("it is changed", `document.querySelector(".text .body").textContent.endsWith("Hello all") && !document.querySelector(".text .edited").hidden`)

	// What two say to each other nobody else hears, and it is read in all windows at once.
	before := eval[string](cem, `document.title`)
	ben.click("#company-button")
	eval[any](ben, `[...document.querySelectorAll("#company-list li")].find((e) => e.textContent.includes("Ann")).querySelector(".message").click()`)
	ben.waitFor("it is with Ann", `document.getElementById("chat-title").textContent === "Ann"`)
	ben.says("Just you")
	again.waitFor("it is counted in the other window", `[...document.querySelectorAll("#chat-list button")].some((e) => e.dataset.with && e.querySelector(".unread").textContent === "1")`)
	ann.click("#chat-back")
	eval[any](ann, `[...document.querySelectorAll("#chat-list button")].find((e) => e.dataset.with && e.querySelector(".unread").textContent === "1").click()`)
	ann.wantChat("Ann reads it", "Ben: Just you")
	again.waitFor("it is read there too", `[...document.querySelectorAll("#chat-list button")].every((e) => !e.dataset.with || e.querySelector(".unread").textContent === "")`)
	ben.waitFor("Ben knows that it is read", `document.querySelector(".text .icon[data-state=seen]") !== null`)
	if after := eval[string](cem, `document.title`); after != before {
		t.Errorf("Cem has heard of it: %q, then %q", before, after)
	}

	// What is said without a relay comes once, and in order.
	r.kill()
	ben.waitFor("the loss is shown", `edgeboard.state().phase !== "live"`)
	ben.says("one")
	ben.says("two")
	ben.waitFor("both wait", `document.querySelectorAll(".text .icon[data-state=waiting]").length === 2`)
	r.start()
	ann.wantChat("both have come", "Ben: Just you", "Ben: one", "Ben: two")
	ben.waitFor("both are stored", `document.querySelectorAll(".text .icon:is([data-state=stored], [data-state=seen])").length === 3`)
	ben.wantChat("they stand once", "Ben: Just you", "Ben: one", "Ben: two")
	ben.key("Escape")
	ben.waitFor("the panel is closed", `document.getElementById("chat").hidden`)
}
