//go:build e2e

package e2e

import (
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
)

// said is what the thread that is open says, a line for each comment.
func (p *page) said() string {
	p.t.Helper()
	return strings.Join(eval[[]string](p, `[...document.querySelectorAll("#thread:not([hidden]) .comment")].map((c) =>
		c.querySelector("strong").textContent + ": " + c.querySelector("p").textContent + (c.querySelector(".edited").hidden ? "" : " (edited)"))`), "\n")
}

// Two people talk about a note: one asks, the other answers and settles it, and the
// thread goes along with the note.
func TestComments(t *testing.T) {
	r := startRelay(t)
	small := window{width: 640, height: 480, scale: 1}
	ann := open(t, r.url("/b/talk"), small)
	ben := open(t, r.url("/b/talk"), small)
	ann.key("n")
	ann.clickAt(0, [2]float64{200, 240}, 1)
	ann.waitFor("the field is there", `document.activeElement.id === "writing"`)
	ann.put("Budget")
	ann.key("Escape")
	ann.waitFor("the writing is over", `edgeboard.state().writing === ""`)
	ann.key("Escape")
	note := ann.only()

	ann.key("c")
	ann.clickAt(0, [2]float64{220, 240}, 1)
	ann.waitFor("the form is there", `!document.getElementById("thread").hidden && document.activeElement.id === "thread-text"`)
	ann.put("Is this <b>right</b>?")
	ann.key("Enter")
	until(t, "the comment is there", func() bool { return strings.HasSuffix(ann.said(), ": Is this <b>right</b>?") })
	ben.waitFor("the other sees a pin", `document.querySelectorAll(".pin").length === 1`)
	eval[any](ben, `document.querySelector(".pin").click()`)
	ben.put("No")
	ben.key("Enter")
	until(t, "the answer is there", func() bool { return strings.Count(ann.said(), "\n") == 1 })

	// One's own words can be mended, and nobody else's.
	if n := eval[int](ben, `[...document.querySelectorAll("[data-comment=change]")].filter((b) => !b.hidden && b.closest("#thread")).length`); n != 1 {
		t.Errorf("Ben may change %d comments, want his own", n)
	}
	eval[any](ben, `[...document.querySelectorAll("#thread [data-comment=change]")].find((b) => !b.hidden).click()`)
	ben.waitFor("the form has it", `document.getElementById("thread-text").value === "No"`)
	ben.put(", it is too high")
	ben.key("Enter")
	until(t, "it is mended", func() bool { return strings.HasSuffix(ann.said(), "No, it is too high (edited)") })

	// The pin goes along with the note. Who drags it elsewhere is looking at the thread.
	before := eval[float64](ben, `document.querySelector(".pin").getBoundingClientRect().x`)
	ann.key("Escape")
	ann.key("v")
	ann.sweep(0, [2]float64{160, 280}, [2]float64{260, 280})
	ben.waitFor("the pin has moved", `Math.abs(document.querySelector(".pin").getBoundingClientRect().x - `+strconv.FormatFloat(before+100, 'f', 1, 64)+`) < 2`)
	if moved, _ := ann.find(note.ID); !near(moved.X, note.X+100) {
		t.Errorf("the note is at %v, want %v", moved.X, note.X+100)
	}

	eval[any](ben, `document.getElementById("thread-resolve").click()`)
	ann.waitFor("no pin of what is settled", `document.querySelectorAll(".pin").length === 0`)
	ann.key("c", ctrl, alt)
	ann.waitFor("the list says so", `document.getElementById("threads-none").textContent !== ""`)
	eval[any](ann, `document.querySelector("[data-filter=resolved]").click()`)
	eval[any](ann, `document.querySelector("#threads-list button").click()`)
	until(t, "the thread is shown", func() bool { return strings.Contains(ann.said(), "too high") })
	eval[any](ann, `document.getElementById("thread-resolve").click()`)
	ben.waitFor("it is open again", `document.querySelectorAll(".pin:not([data-resolved])").length === 1`)
	ann.stored()
	ben.stored()
	same(ann, ben)
}

// A link is set, refused where it would do harm, shown to everybody, and leads to an
// element of the board.
func TestLinks(t *testing.T) {
	r := startRelay(t)
	small := window{width: 640, height: 480, scale: 1}
	ann := open(t, r.url("/b/links"), small)
	ann.key("r")
	ann.sweep(0, [2]float64{100, 140}, [2]float64{200, 240})
	shape := ann.only()
	ann.key("k", ctrl)
	ann.waitFor("the dialog is there", `document.getElementById("link-dialog").open`)
	ann.put("javascript:alert(1)")
	ann.click("#link-form .primary")
	ann.waitFor("a script is refused", `document.getElementById("link-error").textContent !== "" && document.getElementById("link-dialog").open`)
	eval[any](ann, `document.getElementById("link-text").value = "example.org/plan"`)
	ann.click("#link-form .primary")
	ann.waitFor("the sign is there", `document.querySelector(".link-sign")?.getAttribute("href") === "https://example.org/plan"`)
	if rel := eval[string](ann, `document.querySelector(".link-sign").rel`); rel != "noopener noreferrer" {
		t.Errorf("the other page would know this one: rel is %q", rel)
	}
	ann.stored()

	// Who opens the link to the element sees it, wherever it is.
	ben := open(t, r.url("/b/links#e="+shape.ID), window{width: 400, height: 300, scale: 1})
	ben.waitFor("it is in the middle", `(() => { const s = edgeboard.state(); return Math.abs(s.x + 200/s.zoom - 150) < 2 && Math.abs(s.y + 150/s.zoom - 190) < 2 && s.selected.length === 1 })()`)
	ben.waitFor("the other sees the sign", `document.querySelectorAll(".link-sign").length === 1`)
	ann.key("z", ctrl)
	ben.waitFor("the link is undone", `document.querySelectorAll(".link-sign").length === 0`)
}

// Texts are found, in whatever case and width they are written, and shown one after
// the other.
func TestFind(t *testing.T) {
	r := startRelay(t)
	p := open(t, r.url("/b/find"), window{width: 640, height: 480, scale: 1})
	for i, text := range []string{"Release plan", "ＰＬＡＮ B", "nothing"} {
		p.key("t")
		p.clickAt(0, [2]float64{80, 120 + 80*float64(i)}, 1)
		p.waitFor("the field is there", `document.activeElement.id === "writing"`)
		p.put(text)
		p.key("Escape")
		p.waitFor("the writing is over", `edgeboard.state().writing === ""`)
		p.key("Escape")
	}
	p.key("f", ctrl)
	p.waitFor("the bar is there", `document.activeElement.id === "find-text"`)
	p.put("plan")
	count := func(want string) {
		t.Helper()
		p.waitFor(want, `document.getElementById("find-count").textContent === `+strconv.Quote(want))
	}
	count("1 of 2")
	p.click("#find-next")
	count("2 of 2")
	p.click("#find-next")
	count("1 of 2")
	// It goes to what is out of the window.
	p.mouse(input.DispatchMouseEventTypeMouseWheel, 300, 300, func(m *input.DispatchMouseEventParams) { m.DeltaX, m.DeltaY = 1, 2000 })
	p.click("#find-next")
	count("2 of 2")
	p.waitFor("it is shown", `edgeboard.figures().some((f) => f.text === "ＰＬＡＮ B" && f.shown)`)
	p.key("f", ctrl)
	p.key("Escape")
	p.waitFor("the bar is closed", `document.getElementById("find").hidden && document.activeElement.id === "surface"`)
}
