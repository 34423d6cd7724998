//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"edgeboard/shared/wire"
)

// counted says so many things that count on.
func (h *history) counted(n int) {
	h.t.Helper()
	for i := range n {
		h.says([]string{"Ann", "Ben"}[i/3%2], fmt.Sprint("Message ", i+1), wire.TextID{})
	}
}

// texts is what the messages that are there say.
func (p *page) texts() []string {
	p.t.Helper()
	return eval[[]string](p, `[...document.querySelectorAll("#chat-texts .text .body")].map((e) => e.textContent)`)
}

// inLog is an expression for the message that says something and lies wholly in what is
// seen of the list, null if there is none.
func inLog(text string) string {
	return fmt.Sprintf(`(() => {
		const log = document.getElementById("chat-log").getBoundingClientRect();
		return [...document.querySelectorAll("#chat-texts .text")].find((e) => {
			const r = e.getBoundingClientRect();
			return e.querySelector(".body").textContent === %q && log.height > 0 && r.top >= log.top - 1 && r.bottom <= log.bottom + 1;
		}) ?? null;
	})()`, text)
}

// shows waits until a message was brought into view, as the one that is looked for.
func (p *page) shows(what, text string) {
	p.t.Helper()
	p.waitFor(what+": "+text, "(e => e !== null && e === document.activeElement && e.classList.contains('shown'))("+inLog(text)+")")
}

// atEnd waits until the end of the list is seen, and that it is this message.
func (p *page) atEnd(what, text string) {
	p.t.Helper()
	p.waitFor(what+": "+text, "(e => e !== null && e.nextElementSibling === null && document.getElementById('chat-newest').hidden)("+inLog(text)+")")
}

// openAtEnd opens the panel, which shows from where on nothing was read, and goes to the
// newest message.
func (p *page) openAtEnd(text string) {
	p.t.Helper()
	p.openChat()
	p.waitFor("there is more below", `!document.getElementById("chat-newest").hidden`)
	p.click("#chat-newest")
	p.atEnd("the newest is seen", text)
}

// gapless reports the messages of counted that are there: the numbers of the first and
// the last. It fails if one is missing between them, or there twice.
func (p *page) gapless() (first, last int) {
	p.t.Helper()
	for i, text := range p.texts() {
		var n int
		if _, err := fmt.Sscanf(text, "Message %d", &n); err != nil || i > 0 && n != last+1 {
			p.t.Fatalf("after message %d comes %q", last, text)
		}
		if last = n; i == 0 {
			first = n
		}
	}
	return first, last
}

// Somebody reads 300 messages back to the first one, and goes to the newest again.
func TestChatScrollsBack(t *testing.T) {
	r := startRelay(t)
	r.history("chat", func(h *history) { h.counted(300) })
	p := open(t, r.url("/b/chat"), window{width: 640, height: 480, scale: 1})
	p.openAtEnd("Message 300")
	if first, _ := p.gapless(); first <= 1 {
		t.Error("all is loaded at once: nothing is tested")
	}
	scroll := func() { eval[any](p, `document.getElementById("chat-log").scrollTop = 0`) }
	until(t, "the first message is there", func() bool {
		scroll()
		first, last := p.gapless()
		if last != 300 {
			t.Fatalf("the last one that is there is %d", last)
		}
		return first == 1
	})
	scroll()
	p.waitFor("the first message is seen", inLog("Message 1")+" !== null && !document.getElementById('chat-newest').hidden")
	if n := len(p.texts()); n != 300 {
		t.Errorf("there are %d messages", n)
	}
	p.click("#chat-newest")
	p.atEnd("the newest is seen again", "Message 300")
	p.says("Message 301")
	p.atEnd("what is said then", "Message 301")
	p.gapless()
}

// Words are found wherever they were said, also two characters of Chinese; what is
// chosen is shown among what was said around it.
func TestChatSearch(t *testing.T) {
	r := startRelay(t)
	r.history("chat", func(h *history) {
		h.says("Ann", "The Budget for spring", wire.TextID{})
		h.says("Ben", "今天讨论预算和日程", wire.TextID{})
		h.counted(200)
	})
	p := open(t, r.url("/b/chat"), window{width: 640, height: 480, scale: 1})
	p.openAtEnd("Message 200")
	found := func(words, count string, n int) {
		t.Helper()
		p.waitFor("the field is there", `document.activeElement.id === "chat-find-text"`)
		p.put(words)
		p.waitFor(fmt.Sprintf("%q: %s", words, count), fmt.Sprintf(
			`document.getElementById("chat-found-count").textContent === %q && document.querySelectorAll("#chat-found button[data-id]:not([data-id=''])").length === %d`, count, n))
	}
	p.click("#chat-search")
	found("budget", "1 found", 1)
	if got := eval[string](p, `document.querySelector("#chat-found button").textContent`); !strings.Contains(got, "Ann") || !strings.Contains(got, "The Budget for spring") {
		t.Errorf("found is %q", got)
	}
	p.click("#chat-found button")
	p.shows("what was chosen", "The Budget for spring")
	p.waitFor("the search is closed", `document.getElementById("chat-find").hidden && document.getElementById("chat-found").hidden`)
	if got := p.texts(); !slices.Equal(got[:3], []string{"The Budget for spring", "今天讨论预算和日程", "Message 1"}) {
		t.Errorf("around it is %q", got[:3])
	}
	p.click("#chat-search")
	found("预算", "1 found", 1)
	p.click("#chat-found button")
	p.shows("what was chosen", "今天讨论预算和日程")

	// There is more than is found at once, and then nothing.
	p.click("#chat-search")
	found("message 1", "50 found, and more", 50)
	p.click("#chat-found button[data-id='']")
	p.waitFor("more is found", `document.querySelectorAll("#chat-found button[data-id]:not([data-id=''])").length === 100`)
	p.click("#chat-search")
	p.click("#chat-search")
	found("nowhere", "Nothing was found.", 0)
	p.key("Escape")
	p.waitFor("the search is closed", `document.getElementById("chat-find").hidden && document.activeElement.id === "chat-text"`)
	p.click("#chat-newest")
	p.atEnd("the newest is seen again", "Message 200")
}

// A date leads to the first message of that day or after it.
func TestChatDate(t *testing.T) {
	r := startRelay(t)
	today := time.Now()
	day := func(ago int) time.Time {
		return time.Date(today.Year(), today.Month(), today.Day()-ago, 9, 0, 0, 0, time.Local)
	}
	r.history("chat", func(h *history) {
		for _, ago := range []int{20, 10, 5} {
			h.now = day(ago)
			for i := range 100 {
				h.says("Ann", fmt.Sprintf("%d days ago, %d", ago, i+1), wire.TextID{})
			}
		}
	})
	p := open(t, r.url("/b/chat"), window{width: 640, height: 480, scale: 1})
	p.openAtEnd("5 days ago, 100")
	for _, c := range []struct {
		ago  int
		want string
		top  bool // it is the first that is seen
	}{
		{10, "10 days ago, 1", true},
		{15, "10 days ago, 1", true},
		{20, "20 days ago, 1", true},
		{400, "20 days ago, 1", true},
		{9, "5 days ago, 1", true},
		{1, "5 days ago, 100", false},
	} {
		p.click("#chat-search")
		eval[any](p, fmt.Sprintf(`((e) => { e.value = %q; e.dispatchEvent(new Event("change", {bubbles: true})); })(document.getElementById("chat-find-date"))`, day(c.ago).Format(time.DateOnly)))
		p.shows(fmt.Sprintf("%d days ago", c.ago), c.want)
		if at := eval[float64](p, inLog(c.want)+`.getBoundingClientRect().top - document.getElementById("chat-log").getBoundingClientRect().top`); c.top && at > 60 {
			t.Errorf("what was said first from %d days ago on is %v below the top", c.ago, at)
		}
	}
}

// A reply quotes what stands far above: that is read at once, and one click leads there;
// unless it was taken back.
func TestChatQuoteLeadsFar(t *testing.T) {
	r := startRelay(t)
	r.history("chat", func(h *history) {
		plan := h.says("Ann", "The plan is **simple**", wire.TextID{})
		gone := h.says("Ann", "Forget this", wire.TextID{})
		h.counted(200)
		h.says("Ben", "I like it", plan)
		h.says("Ben", "I did not like it", gone)
		h.deletes("Ann", gone)
	})
	p := open(t, r.url("/b/chat"), window{width: 640, height: 480, scale: 1})
	p.openAtEnd("I did not like it")
	quoted := func(want ...string) {
		t.Helper()
		until(t, fmt.Sprintf("%q is quoted", want), func() bool {
			return slices.Equal(eval[[]string](p, `[...document.querySelectorAll(".text .quote:not([hidden])")].map((e) => e.textContent)`), want)
		})
	}
	quoted("Ann The plan is simple", "Ann This message was deleted")
	if first := p.texts()[0]; first == "The plan is simple" {
		t.Error("all is loaded at once: nothing is tested")
	}
	eval[any](p, `document.querySelectorAll(".text .quote:not([hidden])")[1].click()`)
	p.waitFor("it is said that it is gone", `document.getElementById("toast").textContent === "That message is not there any more"`)
	p.atEnd("and nothing has moved", "I did not like it")
	eval[any](p, `document.querySelector(".text .quote:not([hidden])").click()`)
	p.shows("what is quoted", "The plan is simple")
	p.click("#chat-newest")
	p.atEnd("the newest is seen again", "I did not like it")
}

// What the relay refuses is still there: it can be tried again, and removed.
func TestChatRefused(t *testing.T) {
	r := startRelay(t)
	var asked wire.TextID
	r.history("chat", func(h *history) { asked = h.says("Ann", "Shall we?", wire.TextID{}) })
	ben := open(t, r.url("/b/chat"), window{width: 640, height: 480, scale: 1})
	rename(ben, "Ben")
	ben.openChat()
	ben.wantChat("Ben sees it", "Ann: Shall we?")
	r.kill()
	ben.waitFor("the loss is shown", `edgeboard.state().phase !== "live"`)
	eval[any](ben, `document.querySelector("#chat-texts .text").focus()`)
	ben.click("#chat-acts [data-act=answer]")
	ben.says("Yes")
	ben.says("And then?")
	ben.waitFor("both wait", `document.querySelectorAll(".text .icon[data-state=waiting]").length === 2`)
	r.history("chat", func(h *history) { h.deletes("Ann", asked) }) // before the answer has come
	ben.online()

	const gone = "Ann: This message was deleted"
	const refused = `[...document.querySelectorAll("#chat-texts .text")].filter((e) => !e.querySelector(".refused").hidden)`
	ben.waitFor("one is refused, and it says why", refused+`.map((e) => e.querySelector(".refused span").textContent).join() === "Not sent. The message that it is about is gone."`)
	ben.wantChat("what was refused is last", gone, "Ben: And then?", "Ben: Yes")
	before := eval[string](ben, refused+`[0].dataset.id`)
	eval[any](ben, refused+`[0].querySelector("[data-act=retry]").click()`)
	ben.waitFor("it was tried again, and refused", fmt.Sprintf(`((list) => list.length === 1 && list[0].dataset.id !== %q)(%s)`, before, refused))
	ben.wantChat("it stands once", gone, "Ben: And then?", "Ben: Yes")
	// It is there when the page is opened anew, until it is removed.
	ben.kept()
	ben.reload()
	ben.openChat()
	ben.wantChat("after a reload", gone, "Ben: And then?", "Ben: Yes")
	ben.waitFor("it is refused still", refused+`.length === 1`)
	eval[any](ben, refused+`[0].querySelector("[data-act=remove]").click()`)
	ben.wantChat("it is removed", gone, "Ben: And then?")
	ben.waitFor("the keyboard is in the form", `document.activeElement.id === "chat-text"`)
	ann := open(t, r.url("/b/chat"), window{width: 640, height: 480, scale: 1})
	ann.openChat()
	ann.wantChat("nobody else has seen it", gone, "Ben: And then?")
}
