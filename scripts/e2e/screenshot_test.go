//go:build e2e

package e2e

import (
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/chromedp/cdproto/input"
)

// sketch is a drawing to show: strokes in colours of the toolbar.
type sketch struct {
	color  string
	width  string
	stroke []handPoint
}

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

// letters are the strokes of some letters in a box of 4 by 6, baseline at 6.
var letters = map[rune][][]float64{
	'a': {{3.2, 3.4, 2, 2.8, .8, 3.6, .6, 5, 1.4, 6, 2.6, 5.6, 3.2, 4.4}, {3.2, 2.8, 3.2, 5.4, 3.8, 6}},
	'b': {{.6, 0, .6, 6}, {.6, 3.8, 1.8, 2.8, 3, 3.4, 3.2, 4.8, 2.2, 6, .8, 5.6}},
	'c': {{3.2, 3.4, 2, 2.8, .8, 3.6, .7, 5, 1.7, 6, 3.2, 5.5}},
	'd': {{3.2, 3.6, 2, 2.8, .8, 3.6, .6, 5, 1.6, 6, 3.1, 5}, {3.2, 0, 3.2, 6}},
	'e': {{.7, 4.4, 3.1, 4.2, 2.6, 3, 1.5, 2.8, .7, 4, .9, 5.4, 2, 6, 3.2, 5.5}},
	'g': {{3.2, 3.4, 2, 2.8, .8, 3.6, .7, 4.8, 1.8, 5.6, 3.1, 4.6}, {3.2, 2.8, 3.2, 6.8, 2.2, 7.8, .8, 7.3}},
	'h': {{.7, 0, .7, 6}, {.7, 4, 1.6, 2.9, 2.7, 3.2, 3, 6}},
	'l': {{1.4, 0, 1.3, 5.2, 2, 6, 2.7, 5.7}},
	'o': {{2, 2.8, .8, 3.6, .7, 5, 1.8, 6, 3.1, 5.2, 3.1, 3.6, 2, 2.8}},
	'p': {{.7, 2.8, .7, 8}, {.7, 3.8, 1.8, 2.8, 3, 3.4, 3.2, 4.8, 2.2, 6, .8, 5.4}},
	'r': {{.8, 2.8, .9, 6}, {.9, 4.2, 1.6, 3.1, 2.8, 2.9}},
	's': {{3, 3.2, 1.8, 2.8, .9, 3.5, 1.8, 4.3, 2.9, 5, 2.2, 6, .7, 5.6}},
	't': {{1.7, .8, 1.6, 5.3, 2.4, 6, 3.2, 5.6}, {.5, 2.7, 3, 2.6}},
	'y': {{.7, 2.8, 1.8, 5.4}, {3.3, 2.8, 1.8, 5.8, .8, 7.8}},
}

func write(text string, x, y, size float64) (strokes [][]handPoint) {
	for _, r := range text {
		for _, l := range letters[r] {
			at := make([]float64, len(l))
			for i := range l {
				at[i] = l[i]*size + []float64{x, y}[i%2]
			}
			strokes = append(strokes, through(at...))
		}
		x += 4.3 * size
	}
	return strokes
}

func drawing() (parts []sketch) {
	add := func(color, width string, strokes ...[]handPoint) {
		for _, s := range strokes {
			parts = append(parts, sketch{color, width, s})
		}
	}
	box := func(x, y, w, h float64) []handPoint {
		return through(x+8, y, x+w-8, y+1, x+w, y+9, x+w-1, y+h-8, x+w-9, y+h, x+9, y+h-1, x, y+h-9, x+1, y+8, x+10, y-1)
	}
	add("#1971c2", "4", box(110, 170, 190, 110), box(410, 170, 190, 110), box(710, 170, 190, 110))
	add("#1e1e1e", "4", write("page", 148, 203, 7)...)
	add("#1e1e1e", "4", write("relay", 433, 203, 7)...)
	add("#1e1e1e", "4", write("board", 733, 203, 7)...)
	add("#e03131", "4", through(312, 224, 396, 222), through(378, 208, 398, 222, 380, 238))
	add("#e03131", "4", through(612, 224, 696, 222), through(678, 208, 698, 222, 680, 238))
	var wave []float64
	for i := range 60 {
		x := float64(i) * 10
		wave = append(wave, 210+x, 430+42*math.Sin(x/48)*math.Exp(-x/420))
	}
	add("#2f9e44", "8", through(wave...))
	add("#9c36b5", "2", through(200, 500, 820, 498))
	add("#f08c00", "4", write("all together", 360, 520, 6)...)
	return parts
}

// TestScreenshots takes the pictures that people look at: of the README, and in
// the widths, colours and languages in which the page must look right. It
// checks what a picture can be checked for; scripts/screenshots.sh keeps them.
func TestScreenshots(t *testing.T) {
	r := startRelay(t)
	url := r.url("/b/pictures")
	ann := open(t, url, window{width: 1000, height: 640, scale: 1})
	rename(ann, "Ann Lee")
	for _, s := range drawing() {
		eval[bool](ann, fmt.Sprintf(`(document.querySelector('[data-color="%s"]').click(), document.querySelector('[data-width="%s"]').click(), true)`, s.color, s.width))
		ann.draw(s.stroke)
	}
	ann.stored()
	if n := ann.elements(); n != len(drawing()) {
		t.Errorf("%d elements, %d strokes were drawn", n, len(drawing()))
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
		if want := map[bool]string{true: "zh", false: "en"}[w.language != ""]; eval[string](p, "document.documentElement.lang") != want {
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
	parts := drawing()
	if os.Getenv("EDGEBOARD_SHOTS") == "" {
		parts = parts[:2] // nobody looks at the board, and its strokes are tried elsewhere
	}
	for _, s := range parts {
		eval[bool](ann, fmt.Sprintf(`(document.querySelector('[data-color="%s"]').click(), document.querySelector('[data-width="%s"]').click(), true)`, s.color, s.width))
		ann.draw(s.stroke)
	}
	ann.stored()
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
	const panels = [...document.querySelectorAll(".panel")].map(e => [e.id, e.getBoundingClientRect()]);
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
