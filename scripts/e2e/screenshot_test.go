//go:build e2e

package e2e

import (
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/chromedp/cdproto/input"
)

// through returns a stroke through the given points, x and y in turn, as a hand
// draws it: a little unsteady, and lighter at its ends.
func through(at ...float64) []handPoint {
	var s []handPoint
	for i := 0; i+3 < len(at); i += 2 {
		x0, y0, x1, y1 := at[i], at[i+1], at[i+2], at[i+3]
		n := int(math.Ceil(math.Hypot(x1-x0, y1-y0)/11)) + 1
		for k := range n {
			f := float64(k) / float64(n)
			x, y := x0+(x1-x0)*f, y0+(y1-y0)*f
			s = append(s, handPoint{x: x + math.Sin(y/23)*1.1, y: y + math.Sin(x/19)*1.1, pressure: 0.5})
		}
	}
	s = append(s, handPoint{x: at[len(at)-2], y: at[len(at)-1], pressure: 0.5})
	for i := range s {
		s[i].pressure = 0.28 + 0.3*math.Sqrt(math.Sin(math.Pi*(float64(i)+0.5)/float64(len(s))))
	}
	return s
}

// drawPlan makes a drawing to show with the tools that a person has, and returns of
// how many elements.
func drawPlan(p *page) int {
	p.t.Helper()
	push := func(selector string) {
		eval[bool](p, fmt.Sprintf("(document.querySelector(%q).click(), true)", selector))
	}
	text := func(s string) {
		call(p, input.InsertText, input.InsertTextParams{Text: s})
		p.key("Escape")
	}
	n := 0
	p.key("t")
	p.clickAt(0, [2]float64{90, 125}, 1)
	text("All on one board")
	p.key("k")
	p.sweep(0, [2]float64{96, 132}, [2]float64{236, 134})
	// What is selected when something was made is styled, and written in.
	for i, part := range []struct{ name, color, fill string }{
		{"page", "#1971c2", "#b0d6ff"}, {"relay", "#9c36b5", "#e3c8fa"}, {"board", "#2f9e44", "#b9efc3"},
	} {
		x := 90 + 240*float64(i)
		p.key("r")
		p.sweep(0, [2]float64{x, 170}, [2]float64{x + 150, 260})
		push(`[data-color="` + part.color + `"]`)
		push(`[data-fill="` + part.fill + `"]`)
		push(`[data-width="2"]`)
		p.key("Enter")
		text(part.name)
		n++
	}
	for _, x := range []float64{230, 470} {
		p.key("a")
		p.sweep(0, [2]float64{x, 215}, [2]float64{x + 110, 215})
		push(`[data-color="#e03131"]`)
		n++
	}
	p.key("n")
	p.clickAt(0, [2]float64{190, 402}, 1)
	text("Stored first, then told.\n写完即存")
	p.key("p")
	push(`[data-color="#2f9e44"]`)
	push(`[data-width="4"]`)
	points := 10
	if os.Getenv("EDGEBOARD_SHOTS") != "" { // otherwise nobody looks at it
		points = 40
	}
	var wave []float64
	for i := range points {
		x := float64(i) * 440 / float64(points)
		wave = append(wave, 340+x, 410+42*math.Sin(x/48)*math.Exp(-x/420))
	}
	p.draw(through(wave...))
	push(`[data-color="#f08c00"]`)
	p.draw(through(360, 510, 560, 508))
	p.key("Escape")
	p.stored()
	return n + 5
}

// TestScreenshots takes the pictures that people look at: of the README, and in
// the widths, colours and languages in which the page must look right. It
// checks what a picture can be checked for; scripts/screenshots.sh keeps them.
func TestScreenshots(t *testing.T) {
	r := startRelay(t)
	url := r.url("/b/pictures")
	ann := open(t, url, window{width: 1000, height: 640, scale: 1})
	rename(ann, "Ann Lee")
	if made, n := drawPlan(ann), ann.elements(); n != made {
		t.Errorf("%d elements, %d were made", n, made)
	}

	for _, w := range []struct {
		name, person string
		window
	}{
		{"desktop", "Ben", window{width: 1000, height: 640, scale: 1}},
		{"dark", "Cem", window{width: 1000, height: 640, scale: 1, dark: true}},
		{"phone", "Dia", window{width: 360, height: 740, scale: 2, touch: true}},
		{"phone-dark-zh", "雨桐", window{width: 360, height: 740, scale: 2, touch: true, dark: true, language: "zh-CN"}},
		{"desktop-zh", "子墨", window{width: 1000, height: 640, scale: 1, language: "zh-CN"}},
	} {
		p := open(t, url, w.window)
		rename(p, w.person)
		same(ann, p)
		ann.mouse(input.DispatchMouseEventTypeMouseMoved, 640, 330, nil)
		p.waitFor("the other's cursor is shown", `document.querySelectorAll("#cursors > *").length > 0`)
		p.quiet()
		p.screenshot(w.name)
		if wide := eval[int](p, "document.documentElement.scrollWidth"); wide > int(w.width) {
			t.Errorf("%s: the page is %d pixels wide in a window of %d", w.name, wide, w.width)
		}
		// No panel lies over another, or beyond the window.
		if bad := eval[string](p, overlaps); bad != "" {
			t.Errorf("%s: %s", w.name, bad)
		}
		if want := map[bool]string{true: "zh-CN", false: "en"}[w.language != ""]; eval[string](p, "document.documentElement.lang") != want {
			t.Errorf("%s: the page does not speak %s", w.name, want)
		}
	}
	if os.Getenv("EDGEBOARD_SHOTS") != "" {
		t.Log("pictures are in EDGEBOARD_SHOTS")
	}
}

// TestScreenshotsOfSharing takes those of the dialog in which an owner shares a board,
// and of the page of who may only look.
func TestScreenshotsOfSharing(t *testing.T) {
	c := startClosed(t)
	w := window{width: 1000, height: 640, scale: 1}
	ann := c.person(w, "ann", "Ann Lee", "plan", "owner")
	if os.Getenv("EDGEBOARD_SHOTS") != "" { // otherwise nobody looks at the board
		drawPlan(ann)
	}
	ann.share()
	open(t, ann.invite("viewer"), w) // a guest, whose name nobody knows
	ann.choose("#invite-expiry", "0")
	ben := open(t, ann.invite("editor")+"&token="+c.token("ben", "Ben Featherstonehaugh", "elsewhere", "editor"), w)
	same(ann, ben)
	ann.click("#share-close")
	ann.share()
	ann.waitFor("both are listed", `document.querySelectorAll("#access li").length === 2`)
	ann.choose(`[data-key="role ben"]`, "commenter")
	ben.waitFor("who comments draws nothing", viewOnly)

	for _, w := range []struct {
		name string
		window
	}{
		{"desktop", w},
		{"dark", window{width: 1000, height: 640, scale: 1, dark: true}},
		{"phone", window{width: 360, height: 740, scale: 2, touch: true}},
		{"phone-dark-zh", window{width: 360, height: 740, scale: 2, touch: true, dark: true, language: "zh-CN"}},
	} {
		p := c.person(w.window, "ann", "Ann Lee", "plan", "owner")
		same(ann, p)
		p.share()
		p.waitFor("all is listed", `document.querySelectorAll("#invites li").length === 2 && document.querySelectorAll("#access li").length === 2`)
		p.quiet()
		p.screenshot("share-" + w.name)
		eval[bool](p, `(document.getElementById("share-body").scrollTop = 10000, true)`)
		p.screenshot("share-" + w.name + "-end")
		least := 40
		if w.touch {
			least = 44
		}
		if bad := eval[string](p, fmt.Sprintf(tooSmall, least)); bad != "" {
			t.Errorf("%s: %s", w.name, bad)
		}
		p.close()

		vic := c.person(w.window, "vic", "Vic", "plan", "viewer")
		same(ann, vic)
		vic.waitFor("it is for looking", viewOnly)
		vic.quiet()
		vic.screenshot("view-only-" + w.name)
		if bad := eval[string](vic, overlaps); bad != "" {
			t.Errorf("%s: %s", w.name, bad)
		}
		vic.close()
	}
}

// tooSmall finds controls of a dialog that a finger would miss, and text beyond it.
const tooSmall = `(() => {
	const body = document.getElementById("share-body");
	if (body.scrollWidth > body.clientWidth) return "the dialog is wider than its window";
	for (const e of document.querySelectorAll("#share-dialog :is(button, select, input:not([type=checkbox]), .check)")) {
		const r = e.getBoundingClientRect();
		if (e.checkVisibility() && (r.height < %[1]d || r.width < %[1]d)) return e.id + e.textContent + " is " + r.width + " by " + r.height;
	}
	return "";
})()`

const overlaps = `(() => {
	const panels = [...document.querySelectorAll(".panel")].filter(e => e.checkVisibility({visibilityProperty: true})).map(e => [e.id, e.getBoundingClientRect()]);
	for (const [a, r] of panels) {
		if (r.left < 0 || r.top < 0 || r.right > innerWidth + 0.5 || r.bottom > innerHeight + 0.5) return a + " is beyond the window";
		for (const [b, s] of panels)
			if (a < b && r.left < s.right && s.left < r.right && r.top < s.bottom && s.top < r.bottom) return a + " lies over " + b;
	}
	return "";
})()`

func rename(p *page, name string) {
	p.t.Helper()
	eval[bool](p, fmt.Sprintf(`(document.getElementById("me").click(), document.getElementById("name-input").value = %q, document.querySelector("#name-dialog .primary").click(), true)`, name))
	p.waitFor("the name is shown", fmt.Sprintf(`document.getElementById("me-name").textContent === %q`, name))
}
