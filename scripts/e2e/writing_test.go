//go:build e2e

package e2e

import (
	"fmt"
	"image"
	"math"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// textField is what the field over the board shows, and how.
type textField struct {
	Hidden, Focused bool
	Value, Align    string
	From, To        int
	X, Y, W, H      float64 // on the screen
	Font, Scale     float64 // CSS pixels of the font, and how much larger it is shown
}

// field returns what the field shows.
func (p *page) field() textField {
	p.t.Helper()
	return eval[textField](p, `(e => {
		const r = e.getBoundingClientRect(), s = getComputedStyle(e);
		return {Hidden: !e.checkVisibility(), Focused: document.activeElement === e, Value: e.value, Align: s.textAlign,
			From: e.selectionStart, To: e.selectionEnd, X: r.x, Y: r.y, W: r.width, H: r.height,
			Font: parseFloat(s.fontSize), Scale: new DOMMatrix(s.transform).a};
	})(document.getElementById("writing"))`)
}

// writes waits until the field shows a text, and the document has it.
func (p *page) writes(text string) {
	p.t.Helper()
	p.waitFor(fmt.Sprintf("%q is written", text), fmt.Sprintf(`(e => e.checkVisibility() && document.activeElement === e && e.value === %q)(document.getElementById("writing"))
		&& edgeboard.figures().some(f => f.id === edgeboard.state().writing && f.text === %[1]q)`, text))
}

// begun waits until something is written in, and done until nothing is.
func (p *page) begun() {
	p.t.Helper()
	p.waitFor("the writing begins", `edgeboard.state().writing !== "" && document.activeElement.id === "writing"`)
}

func (p *page) done() {
	p.t.Helper()
	// The seam is not asked: what asks it brings the page up to date.
	p.waitFor("the writing is done", `document.getElementById("writing").hidden`)
}

// put writes a text at once, as a paste or a phone's keyboard does.
func (p *page) put(text string) {
	p.t.Helper()
	call(p, input.InsertText, input.InsertTextParams{Text: text})
}

// compose shows what an input method has so far; "" gives it up.
func (p *page) compose(text string) {
	p.t.Helper()
	n := int64(len([]rune(text)))
	call(p, input.ImeSetComposition, input.ImeSetCompositionParams{Text: text, SelectionStart: n, SelectionEnd: n})
}

// enter presses Enter as a keyboard does that means a new line.
func (p *page) enter() {
	p.t.Helper()
	params := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: "Enter", Code: "Enter", Text: "\r", WindowsVirtualKeyCode: 13}
	call(p, input.DispatchKeyEvent, params)
	params.Type, params.Text = input.DispatchKeyEventTypeKeyUp, ""
	call(p, input.DispatchKeyEvent, params)
}

// still is a screenshot without what blinks.
func (p *page) still(name string) image.Image {
	p.t.Helper()
	eval[bool](p, `(document.getElementById("writing").style.caretColor = "transparent", true)`)
	p.waitFor("all is painted", "edgeboard.state().complete")
	p.quiet()
	img := p.screenshot(name)
	eval[bool](p, `(document.getElementById("writing").style.caretColor = "", true)`)
	return img
}

// ink is how much of a pixel is no ground, 0 to 1: the ground is that of the box's
// corner.
func ink(img image.Image, box image.Rectangle) func(x, y int) float64 {
	ground := brightness(img, box.Min.X, box.Min.Y)
	return func(x, y int) float64 { return math.Abs(float64(brightness(img, x, y)-ground)) / 255 }
}

// amount is how much ink there is in a box, in pixels that are full of it.
func amount(img image.Image, box image.Rectangle) (sum float64) {
	of := ink(img, box)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			sum += of(x, y)
		}
	}
	return sum
}

// mismatch is how much the ink in a box of one picture differs from that of another
// one, which is looked at dx, dy pixels further, as a share of the ink.
func mismatch(a, b image.Image, box image.Rectangle, dx, dy int) float64 {
	inA, inB := ink(a, box), ink(b, box)
	var differ float64
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			differ += math.Abs(inA(x, y) - inB(x+dx, y+dy))
		}
	}
	return differ / (amount(a, box) + 1e-9)
}

// mostMismatch is how much a text in the field may differ from the same text as it
// is drawn, as a share of its ink. One that begins on a pixel is the same; lines that
// are centred begin anywhere in the field, and on the next pixel when they are drawn.
const mostMismatch = 0.3

// wantSame checks that a text lies in a box of two pictures in the same way: no
// other place, a pixel away, fits better.
func wantSame(t *testing.T, what string, a, b image.Image, box image.Rectangle) {
	t.Helper()
	if amount(a, box) < 20 {
		t.Errorf("%s: no ink in %v", what, box)
	}
	at := mismatch(a, b, box, 0, 0)
	t.Logf("%s: %.3f of the ink differs in %v", what, at, box)
	if at > mostMismatch {
		t.Errorf("%s: %.0f %% of the ink differs in %v, at most %.0f %% may", what, 100*at, box, 100*mostMismatch)
	}
	for dy := -1; dy <= 1; dy++ {
		for dx := -1; dx <= 1; dx++ {
			if m := mismatch(a, b, box, dx, dy); m < at {
				t.Errorf("%s: the text fits better %d, %d pixels away: %.3f of it differs there, %.3f here", what, dx, dy, m, at)
			}
		}
	}
}

// boxOf is what a field covers on a screenshot of a window.
func boxOf(f textField, scale float64) image.Rectangle {
	return image.Rect(
		int(math.Floor(f.X*scale)), int(math.Floor(f.Y*scale)),
		int(math.Ceil((f.X+f.W)*scale)), int(math.Ceil((f.Y+f.H)*scale)),
	)
}

// Texts are written where they are read, and every key does what it does in a field.
func TestWriting(t *testing.T) {
	r := startRelay(t)
	p := open(t, r.url("/b/writing"), desktop)
	at := [2]float64{400, 160}
	beside := [2]float64{800, 330}

	// A double click on the empty board.
	p.key("v")
	p.clickAt(0, at, 2)
	p.begun()
	for _, key := range strings.Split("Hi, there", "") {
		p.key(key)
	}
	p.writes("Hi, there")
	p.enter()
	p.put("second line")
	p.writes("Hi, there\nsecond line")
	if e := p.only(); e.Kind != "text" || len(e.Lines) != 2 {
		t.Errorf("the double click made a %s of %d lines", e.Kind, len(e.Lines))
	}
	field, writing := p.field(), p.still("writing-text")
	p.key("Escape")
	p.done()
	p.key("Escape") // nothing is selected any more
	wantSame(t, "a text", writing, p.still("written-text"), boxOf(field, 1))

	// Enter, and a double click, go on with it.
	p.clickAt(0, at, 1)
	p.key("Enter")
	p.begun()
	p.put("!")
	p.writes("Hi, there\nsecond line!")
	p.clickAt(0, beside, 1)
	p.done()
	p.clickAt(0, at, 2)
	p.begun()

	// What was written in one go is taken back in one go.
	p.put(" And")
	p.writes("Hi, there\nsecond line! And")
	p.key("Home")
	p.put("The ")
	p.writes("Hi, there\nThe second line! And")
	p.key("z", ctrl)
	p.writes("Hi, there\nsecond line! And")
	p.key("z", ctrl)
	p.writes("Hi, there\nsecond line!")
	p.key("Z", ctrl, shift)
	p.writes("Hi, there\nsecond line! And")

	// The look changes while it is written.
	p.click("#style [data-font='40']")
	p.waitFor("the text is larger", "edgeboard.figures()[0].size === 40")
	p.click("#style [data-align='2']")
	p.waitFor("the text stands on the other side", "edgeboard.figures()[0].align === 2")
	p.put(".")
	p.writes("Hi, there\nsecond line! And.")
	if f := p.field(); !near(f.Font*f.Scale, 40) || f.Align != "end" {
		t.Errorf("the field shows letters of %v px, aligned to the %s", f.Font*f.Scale, f.Align)
	}
	field, writing = p.field(), p.still("writing-large")
	p.clickAt(0, beside, 1)
	p.done()
	wantSame(t, "a large text, aligned to its end", writing, p.still("written-large"), boxOf(field, 1))

	// A text in which nothing is left is gone.
	p.clickAt(0, at, 2)
	p.begun()
	p.key("a", ctrl)
	p.key("Backspace")
	p.writes("")
	p.key("Escape")
	p.done()
	p.waitFor("the text is gone", "edgeboard.figures().length === 0")
	p.key("t")
	p.clickAt(0, at, 1)
	p.begun()
	p.clickAt(0, beside, 1)
	p.done()
	p.waitFor("a text without letters is gone", "edgeboard.figures().length === 0")

	// The text tool; scripts of the world.
	p.key("t")
	p.clickAt(0, at, 1)
	p.begun()
	p.put("汉字 漢字かな")
	p.enter()
	p.put("مرحبا بالعالم")
	p.enter()
	p.put("👩‍👩‍👧 🇫🇷 👍🏽")
	p.writes("汉字 漢字かな\nمرحبا بالعالم\n👩‍👩‍👧 🇫🇷 👍🏽")
	field, writing = p.field(), p.still("writing-scripts")
	p.key("Escape")
	p.done()
	p.key("Escape")
	written := p.still("written-scripts")
	lines := boxOf(field, 1)
	for i, script := range []string{"Chinese", "Arabic", "emoji"} {
		line := lines
		line.Min.Y = lines.Min.Y + i*lines.Dy()/3
		line.Max.Y = lines.Min.Y + (i+1)*lines.Dy()/3
		wantSame(t, script, writing, written, line)
	}
	p.clickAt(0, at, 1)
	p.key("Delete")

	// A note wraps, at every zoom as it does at 100 %.
	p.key("n")
	p.clickAt(0, [2]float64{400, 220}, 1)
	p.begun()
	p.put("A note breaks its lines where they are full, and a word like antidisestablishmentarianism anywhere.")
	p.waitFor("the note has it", "edgeboard.figures()[0].text.length > 90")
	e := p.only()
	if e.Kind != "note" || len(e.Lines) < 6 {
		t.Errorf("the %s has the lines %q", e.Kind, e.Lines)
	}
	for _, zoom := range []string{"100", "out", "in"} {
		p.click("[data-zoom=reset]")
		if zoom != "100" {
			p.clickAt(0, beside, 1)
			p.click("[data-zoom=" + zoom + "]")
			p.clickAt(0, [2]float64{430, 220}, 2)
			p.begun()
		}
		field, writing = p.field(), p.still("writing-note-"+zoom)
		p.clickAt(0, beside, 1)
		p.done()
		wantSame(t, "a note, zoom "+zoom, writing, p.still("written-note-"+zoom), boxOf(field, 1))
	}
	if now := p.only(); strings.Join(now.Lines, "|") != strings.Join(e.Lines, "|") {
		t.Errorf("the zoom has changed the lines %q into %q", e.Lines, now.Lines)
	}
}

// caret is where somebody else writes, as it is shown: the bar, and how wide what is
// selected is.
type caret struct {
	Name           string
	X, Y, H, Boxes float64
}

func (p *page) carets() []caret {
	p.t.Helper()
	return eval[[]caret](p, `[...document.querySelectorAll("#carets > .caret")].map(e => {
		const r = e.querySelector(".bar").getBoundingClientRect();
		const wide = [...e.querySelectorAll(".box")].filter(b => b.checkVisibility()).map(b => b.getBoundingClientRect().width);
		const name = e.querySelector(".name");
		return {Name: name.offsetWidth > 8 && getComputedStyle(name).clipPath === "none" ? name.innerText : "", X: r.x + r.width / 2, Y: r.y, H: r.height, Boxes: wide.reduce((a, b) => a + b, 0)};
	})`)
}

// width measures a text of the board's font.
func (p *page) width(text string, size float64) float64 {
	p.t.Helper()
	return eval[float64](p, fmt.Sprintf(`(c => {
		c.textRendering = "geometricPrecision";
		c.font = "%vpx " + getComputedStyle(document.body).fontFamily;
		return c.measureText(%q).width;
	})(document.createElement("canvas").getContext("2d"))`, size, text))
}

// wantCaret waits until the one caret that is shown stands behind the beginning of
// a note's text of one line, and selected as much of it as is given.
func (p *page) wantCaret(e element, before, selected string) {
	p.t.Helper()
	text, _ := p.find(e.ID)
	x := e.X + e.W/2 - p.width(text.Text, e.Size)/2 + p.width(before, e.Size)
	y := e.Y + e.H/2 - 1.25*e.Size/2
	wide := p.width(selected, e.Size)
	var list []caret
	until(p.t, fmt.Sprintf("the other's caret is behind %q, with %q selected", before, selected), func() bool {
		list = p.carets()
		return len(list) == 1 && list[0].Name == "Ben" && math.Abs(list[0].X-x) < 1 && math.Abs(list[0].Y-y) < 1 && math.Abs(list[0].H-1.25*e.Size) < 1 && math.Abs(list[0].Boxes-wide) < 1
	})
}

// textOf waits until several pages have the same text in an element, and returns it.
func textOf(id string, pages ...*page) (text string) {
	p := pages[0]
	p.t.Helper()
	until(p.t, "the text is the same everywhere", func() bool {
		for i, p := range pages {
			e, ok := p.find(id)
			if !ok || i > 0 && e.Text != text {
				return false
			}
			text = e.Text
		}
		return true
	})
	return text
}

// In one note an input method composes and somebody else writes: neither notices
// more of the other than what was written.
func TestInputMethod(t *testing.T) {
	r := startRelay(t)
	ann := open(t, r.url("/b/method"), desktop)
	ben := open(t, r.url("/b/method"), desktop)
	rename(ben, "Ben")
	at := [2]float64{450, 200}
	ann.key("n")
	ann.clickAt(0, at, 1)
	ann.begun()
	ann.put("word")
	ann.writes("word")
	note := ann.only()
	ann.stored()
	same(ann, ben)
	ben.key("v")
	ben.clickAt(0, at, 2)
	ben.begun()
	ann.wantCaret(note, "word", "")
	ben.key("Home", shift)
	ann.wantCaret(note, "", "word")
	ben.key("End")
	ann.wantCaret(note, "word", "")

	// Given up: only what Ben has written stays.
	ann.key("Home")
	ann.compose("n")
	ann.compose("ni")
	ben.put("!")
	ben.stored()
	ann.waitFor("the other's letter is in the document", `edgeboard.figures()[0].text === "word!"`)
	if f := ann.field(); f.Value != "niword" || f.From != 2 || f.To != 2 {
		t.Errorf("while it composes the field shows %q, its caret at %d to %d", f.Value, f.From, f.To)
	}
	ann.wantCaret(note, "word!", "")
	ann.compose("nih")
	ann.compose("")
	ann.writes("word!")
	if f := ann.field(); f.From != 0 || f.To != 0 {
		t.Errorf("afterwards the caret is at %d to %d", f.From, f.To)
	}

	// Carried out, while Ben writes before it and behind it.
	ann.key("ArrowRight")
	ann.compose("ha")
	ben.put("?")
	ben.key("Home")
	ben.put("My ")
	ben.stored()
	ann.waitFor("the other's letters are in the document", `edgeboard.figures()[0].text === "My word!?"`)
	ann.compose("hao")
	if f := ann.field(); f.Value != "whaoord!" {
		t.Errorf("while it composes the field shows %q", f.Value)
	}
	if e := ben.only(); e.Text != "My word!?" {
		t.Errorf("what is composed is in the document: %q", e.Text)
	}
	ann.put("好")
	ben.waitFor("the field of the other one shows it", `document.getElementById("writing").value === "My w好ord!?"`)
	ann.writes("My w好ord!?")
	ann.wantCaret(note, "My ", "")
	if f := ann.field(); f.From != 5 {
		t.Errorf("the caret is at %d of %q", f.From, f.Value)
	}
	ann.stored()
	if text := textOf(note.ID, ann, ben); text != "My w好ord!?" {
		t.Errorf("the note says %q", text)
	}
	ann.screenshot("method")

	// What is composed when the writing ends is written.
	ann.compose("le")
	ann.clickAt(0, [2]float64{750, 300}, 1)
	ann.done()
	ann.stored()
	if text := textOf(note.ID, ann, ben); text != "My w好leord!?" {
		t.Errorf("the note says %q", text)
	}
	ben.waitFor("nobody else writes", `document.querySelectorAll("#carets > *").length === 0`)
	same(ann, ben)
}

// Two people write in one note at once; and one takes it from the other.
func TestTypingTogether(t *testing.T) {
	r := startRelay(t)
	ann := open(t, r.url("/b/together"), desktop)
	ben := open(t, r.url("/b/together"), desktop)
	at, beside := [2]float64{450, 200}, [2]float64{750, 300}
	ann.key("n")
	ann.clickAt(0, at, 1)
	ann.begun()
	ann.stored()
	same(ann, ben)
	ben.key("v")
	ben.clickAt(0, at, 2)
	ben.begun()
	id := ann.only().ID

	letters, digits := "abcdefghijklmnopqrstuvwxyz", "01234567890123456789012345"
	for i := range letters {
		ann.key(letters[i : i+1])
		ben.key(digits[i : i+1])
		if i == 12 {
			ben.key("Home", ctrl) // the rest is written before what is there
		}
	}
	ann.stored()
	ben.stored()
	same(ann, ben)
	text := textOf(id, ann, ben)
	only := func(of string) string {
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune(of, r) {
				return r
			}
			return -1
		}, text)
	}
	if len(text) != len(letters)+len(digits) || only(letters) != letters || only(digits) != digits[13:]+digits[:13] {
		t.Errorf("%q and %q became %q", letters, digits, text)
	}
	for _, p := range []*page{ann, ben} {
		p.writes(text)
	}
	ann.screenshot("together")

	// What one writes the other sees, though nothing is done there.
	ann.put(".")
	ben.waitFor("the other's letter is shown", `document.getElementById("writing").value.includes(".")`)
	text = textOf(id, ann, ben)

	// Ben deletes the note under Ann's hands, also while an input method composes.
	ann.compose("ni")
	ben.key("Escape")
	ben.done()
	ben.key("Delete")
	ben.stored()
	ann.done()
	if n := len(ann.list()); n != 0 {
		t.Errorf("%d elements are left", n)
	}
	same(ann, ben)
	ben.key("z", ctrl)
	ann.waitFor("the note is back", "edgeboard.figures().length === 1")
	if e := ann.only(); e.Text != text {
		t.Errorf("the note came back with %q", e.Text)
	}
	if eval[bool](ann, `edgeboard.state().writing !== ""`) {
		t.Error("the writing began by itself")
	}

	// Ben locks it.
	ann.key("v")
	ann.clickAt(0, beside, 1)
	ann.clickAt(0, at, 2)
	ann.begun()
	ann.put("!")
	ann.writes(text + "!")
	ann.stored()
	same(ann, ben)
	ben.clickAt(0, beside, 1)
	ben.clickAt(0, at, 1)
	ben.key("L", ctrl, shift)
	ben.waitFor("the note is locked", "edgeboard.figures()[0].locked")
	ann.done()
	ann.key("x") // the tool of a shortcut, not a letter
	ann.stored()
	ben.stored()
	same(ann, ben)
	if e := ann.only(); e.Text != text+"!" {
		t.Errorf("the locked note says %q", e.Text)
	}
}

// On a phone a tap with the text tool brings the keyboard, nothing is zoomed, and
// what is written stays in sight above it.
func TestWritingOnPhone(t *testing.T) {
	r := startRelay(t)
	phone := window{width: 360, height: 640, scale: 2, touch: true}
	p := open(t, r.url("/b/phone"), phone)
	tap := func(x, y float64) {
		t.Helper()
		call(p, input.DispatchTouchEvent, input.DispatchTouchEventParams{
			Type:        input.DispatchTouchEventTypeTouchStart,
			TouchPoints: []*input.TouchPoint{{X: x, Y: y, ID: new(1.0), Force: new(0.5)}},
		})
		call(p, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: input.DispatchTouchEventTypeTouchEnd, TouchPoints: []*input.TouchPoint{}})
	}
	tapOn := func(selector string) {
		t.Helper()
		at := eval[[]float64](p, fmt.Sprintf(`(r => [r.x + r.width / 2, r.y + r.height / 2])(document.querySelector(%q).getBoundingClientRect())`, selector))
		tap(at[0], at[1])
	}
	tapOn("[data-tool=text]")
	p.waitFor("the tool is chosen", `edgeboard.state().tool === "text"`)
	tap(60, 460)
	p.begun()
	p.put("On the way")
	p.writes("On the way")
	if f := p.field(); f.Font < 16 || !near(f.Font*f.Scale, 20) {
		t.Errorf("the field has letters of %v px, shown in %v times the size", f.Font, f.Scale)
	}
	field, writing := p.field(), p.still("writing-phone")
	tap(300, 160)
	p.done()
	p.key("Escape")
	wantSame(t, "a text on a phone", writing, p.still("written-phone"), boxOf(field, phone.scale))
	for range 2 { // a double tap
		tap(80, 460)
	}
	p.begun()

	// The keyboard covers the lower half.
	p.do(chromedp.EmulateViewport(360, 320, chromedp.EmulateScale(2), chromedp.EmulateTouch, chromedp.EmulateMobile))
	p.waitFor("the text is above the keyboard", `(e => {
		const r = e.getBoundingClientRect();
		return innerHeight === 320 && r.top >= 0 && document.elementFromPoint(r.right - 4, r.bottom - 4) === e;
	})(document.getElementById("writing"))`)
	if wide := eval[int](p, "document.documentElement.scrollWidth"); wide > 360 {
		t.Errorf("the page is %d pixels wide", wide)
	}
	p.screenshot("writing-keyboard")
	p.put(".")
	p.writes("On the way.")
	tap(300, 60)
	p.done()
	p.do(chromedp.EmulateViewport(360, 640, chromedp.EmulateScale(2), chromedp.EmulateTouch, chromedp.EmulateMobile))
	p.waitFor("the window is whole again", "innerHeight === 640")
	if e := p.only(); e.Text != "On the way." {
		t.Errorf("the text is %q", e.Text)
	}
}
