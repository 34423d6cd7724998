//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// inbox is what the panel lists, a line for each entry; what is unread begins with a
// star.
func (p *page) inbox() string {
	p.t.Helper()
	return strings.Join(eval[[]string](p, `[...document.querySelectorAll("#inbox-list a")].map((e) =>
		(e.classList.contains("new") ? "*" : "") + e.querySelector(".what bdi").textContent + ": " + e.querySelector(".said").textContent)`), "\n")
}

func (p *page) wantInbox(what string, lines ...string) {
	p.t.Helper()
	want := strings.Join(lines, "\n")
	until(p.t, fmt.Sprintf("%s: %q", what, want), func() bool { return p.inbox() == want })
}

// openInbox opens the panel by its key, from the board.
func (p *page) openInbox() {
	p.t.Helper()
	eval[any](p, `document.getElementById("surface").focus()`)
	p.key("N", shift)
	p.waitFor("the inbox is open", `!document.getElementById("inbox").hidden`)
}

// unread waits until the bell counts so many.
func (p *page) unread(what string, n int) {
	p.t.Helper()
	want := ""
	if n > 0 {
		want = fmt.Sprint(n)
	}
	p.waitFor(fmt.Sprintf("%s: %d are unread", what, n), fmt.Sprintf(`document.querySelector("#inbox-button .unread").textContent === %q`, want))
}

// entry chooses the entry of the inbox that has a text.
func (p *page) entry(text string) {
	p.t.Helper()
	p.waitFor("the entry is there: "+text, fmt.Sprintf(`(window.entry = [...document.querySelectorAll("#inbox-list a")].find((e) => e.textContent.includes(%q))) !== undefined`, text))
	eval[any](p, `entry.click()`)
}

// wishes opens what the panel says of how to be told.
func (p *page) wishes() {
	p.t.Helper()
	p.click("#inbox-settings")
	p.waitFor("the wishes are known", `document.getElementById("inbox").dataset.level === "wishes" && !document.getElementById("inbox-wishes-all").disabled`)
}

// privately begins a conversation with somebody who is here.
func (p *page) privately(name string) {
	p.t.Helper()
	p.click("#company-button")
	who := fmt.Sprintf(`[...document.querySelectorAll("#company-list li")].find((e) => e.textContent.includes(%q))?.querySelector(".message")`, name)
	p.waitFor(name+" is listed", who)
	eval[any](p, who+`.click()`)
	p.waitFor("it is with "+name, fmt.Sprintf(`document.getElementById("chat-title").textContent === %q && document.activeElement.id === "chat-text"`, name))
}

// told writes a message, and waits until it is stored.
func (p *page) told(text string) {
	p.t.Helper()
	p.says(text)
	p.waitFor("it is stored: "+text, fmt.Sprintf(`(e => e?.querySelector(".body").textContent === %q && /^(stored|seen)$/.test(e.querySelector(".foot .icon").dataset.state))([...document.querySelectorAll("#chat-texts .text")].at(-1))`, text))
}

// Carol sits at two boards, and leaves. What concerns her is in her inbox wherever she
// is, is unread until she reads it in one place, leads to where it was said, and comes
// as she wishes.
func TestInbox(t *testing.T) {
	r := startRelay(t)
	ann, bob := openPair(t, r, "inbox")
	rename(bob, "Bob")
	device := newDevice(t)
	carol := device.open(r.url("/b/inbox"))
	rename(carol, "Carol")
	other := device.open(r.url("/b/elsewhere"))
	both := func(what string, n int) {
		t.Helper()
		carol.unread(what, n)
		other.unread(what+", in the other window", n)
	}

	ann.waitFor("Ann sees Carol", `[...document.querySelectorAll("#company-list .companion-name")].some((e) => e.textContent === "Carol")`)
	carol.openChat()
	carol.told("hello")
	carol.key("Escape")
	ann.openChat()
	ann.told("@Carol look here")
	both("a mention", 1)
	bob.openChat()
	bob.waitFor("Bob reads it", `document.querySelectorAll("#chat-texts .text").length === 2`)
	eval[any](bob, `document.querySelector("#chat-texts .text").focus()`)
	bob.click("#chat-acts [data-act=answer]")
	bob.told("to you")
	both("a reply", 2)
	ann.privately("Carol")
	ann.told("just you")
	both("a private message", 3)
	// The title counts each once: what is a message there, and what is none.
	carol.waitFor("the title counts messages", `document.title.startsWith("(3) ")`)
	other.waitFor("the title counts one message, and two notices", `document.title.startsWith("(3) ")`)

	// Read in one window it is read in both. A private message is read where it is chosen.
	other.openInbox()
	other.wantInbox("what has come", "*Ann wrote to you: just you", "*Bob replied to you: to you", "*Ann mentioned you: @Carol look here")
	other.entry("Ann wrote to you")
	other.waitFor("it leads to the message", `document.getElementById("chat-title").textContent === "Ann" && document.querySelector("#chat-texts .text.shown .body")?.textContent === "just you"`)
	both("one was read", 2)
	carol.openInbox()
	carol.wantInbox("it is read there too", "Ann wrote to you: just you", "*Bob replied to you: to you", "*Ann mentioned you: @Carol look here")

	// A link leads to the other board, and to the message there; and who reads the whole
	// conversation has read what the inbox has of it.
	eval[any](other, `document.getElementById("chat-close").click()`)
	other.openInbox()
	other.entry("Ann mentioned you")
	other.waitFor("it is the other board", `location.pathname === "/b/inbox" && location.hash === "" && document.querySelector("#chat-texts .text.shown .body")?.textContent.endsWith("look here")`)
	both("the one that was chosen is read", 1)
	other.key("Escape")
	other.openChat()
	eval[any](other, `document.getElementById("chat-newest").click()`)
	both("the conversation is read", 0)

	// While she is away it is kept.
	carol.close()
	other.close()
	eval[any](ann, `document.getElementById("chat-back").click()`)
	eval[any](ann, `document.querySelector("#chat-list button").click()`)
	ann.told("@Carol while you are away")
	carol = device.open(r.url("/b/elsewhere#inbox"))
	carol.waitFor("the address opens the panel", `!document.getElementById("inbox").hidden && location.hash === ""`)
	carol.unread("what was kept", 1)
	away := []string{"Ann mentioned you: @Carol while you are away", "Ann wrote to you: just you", "Bob replied to you: to you", "Ann mentioned you: @Carol look here"}
	carol.wantInbox("what was kept", append([]string{"*" + away[0]}, away[1:]...)...)
	carol.click("#inbox-read")
	carol.unread("all are read", 0)
	carol.wantInbox("all are read", away...)

	// What she does not wish for does not come, and she is asked no second time.
	carol.wishes()
	carol.click(`[data-what="2"] [data-wish=off]`)
	carol.waitFor("no device hears of what does not come", `document.querySelector('[data-what="2"] [data-wish=unpushed]').disabled`)
	carol.click("#inbox-quiet")
	carol.waitFor("quiet hours are offered", `document.getElementById("inbox-quiet-from").value === "22:00" && document.getElementById("inbox-quiet-from").checkVisibility()`)
	there := device.open(r.url("/b/inbox"))
	there.openInbox()
	there.wishes()
	there.waitFor("they hold in another window", `!document.querySelector('[data-what="2"] [data-wish=off]').checked && document.getElementById("inbox-quiet-to").value === "07:00"`)
	there.click("#inbox-mute")
	there.waitFor("the board is muted", `document.getElementById("inbox-mute").checked`)
	there.reload()
	there.openInbox()
	there.wishes()
	there.waitFor("they hold when the page is opened again", `document.getElementById("inbox-mute").checked && !document.querySelector('[data-what="2"] [data-wish=off]').checked`)
	ann.told("@Carol muted")
	ann.privately("Carol")
	ann.told("not wished for")
	there.click("#inbox-mute")
	there.reload() // the relay has heard of it
	there.openInbox()
	there.wishes()
	there.waitFor("the board is heard again", `!document.getElementById("inbox-mute").checked`)
	bob.told("@Carol heard again")
	carol.unread("one of three", 1)
	carol.key("Escape")
	carol.wantInbox("one of three", append([]string{"*Bob mentioned you: @Carol heard again"}, away...)...)
}
