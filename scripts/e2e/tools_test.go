//go:build e2e

package e2e

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"github.com/chromedp/cdproto/input"
)

// Every tool by its key and a drag: what it makes is in the document, and on the
// screen in its colour.
func TestTools(t *testing.T) {
	r := startRelay(t)
	p := open(t, r.url("/b/tools"), desktop)
	p.key("Tab")
	p.waitFor("a key gets on from a page that was just opened", `document.activeElement.id === "surface"`)

	rectangle := p.drawn("r", "rectangle", "#e03131", [2]float64{40, 90}, [2]float64{140, 160})
	wantPlace(t, "dragged", rectangle, 40, 90, 100, 70)
	ellipse := p.drawn("o", "ellipse", "#f08c00", [2]float64{280, 160}, [2]float64{180, 90})
	wantPlace(t, "dragged from its other corner", ellipse, 180, 90, 100, 70)
	diamond := p.drawn("d", "diamond", "#2f9e44", [2]float64{320, 90}, [2]float64{420, 160})
	wantPlace(t, "dragged", diamond, 320, 90, 100, 70)
	line := p.drawn("l", "line", "#0c8599", [2]float64{460, 90}, [2]float64{560, 160})
	wantEnds(t, "dragged", line, [2]float64{460, 90}, [2]float64{560, 160})

	// It is dragged from one middle to the other, and drawn between the outlines.
	arrow := p.drawn("a", "arrow", "#1971c2", [2]float64{90, 125}, [2]float64{230, 125})
	if arrow.Start != rectangle.ID || arrow.End != ellipse.ID {
		t.Errorf("the arrow goes from %q to %q, want %q and %q", arrow.Start, arrow.End, rectangle.ID, ellipse.ID)
	}
	const gap = 4 + 2 // to what it is bound to, and half of that one's line
	wantEnds(t, "bound", arrow, [2]float64{140 + gap, 125}, [2]float64{180 - gap, 125})
	free := p.drawn("a", "arrow", "#1971c2", [2]float64{460, 175}, [2]float64{560, 175})
	wantEnds(t, "dragged where nothing is", free, [2]float64{460, 175}, [2]float64{560, 175})
	if free.Start != "" || free.End != "" {
		t.Errorf("the arrow is bound to %q and %q, where nothing is", free.Start, free.End)
	}

	pen := p.drawn("p", "stroke", "#9c36b5", [2]float64{40, 200}, [2]float64{140, 260})
	if pen.Points < 3 || pen.Opacity != 1 {
		t.Errorf("the pen made a stroke of %d points and opacity %v", pen.Points, pen.Opacity)
	}
	highlighter := p.drawn("k", "stroke", "#ffd43b", [2]float64{180, 200}, [2]float64{280, 260})
	if highlighter.Opacity != 0.4 || highlighter.Thickness != 24 {
		t.Errorf("the highlighter made a stroke of opacity %v and thickness %v", highlighter.Opacity, highlighter.Thickness)
	}

	text := p.written("t", "#d6336c", [2]float64{330, 230}, "Hello")
	if text.Kind != "text" || text.Text != "Hello" || text.X != 330 {
		t.Errorf("a click made a %s with %q at %v", text.Kind, text.Text, text.X)
	}
	note := p.written("n", "#1971c2", [2]float64{700, 190}, "Note")
	if note.Kind != "note" || note.Text != "Note" {
		t.Errorf("a click made a %s with %q", note.Kind, note.Text)
	}
	wantPlace(t, "of a click", note, 600, 90, 200, 200)

	p.leave()
	p.quiet()
	shot := p.screenshot("tools")
	wantColor(t, "rectangle", shot, 40, 110, rectangle.Color, 1)
	wantColor(t, "ellipse", shot, 230, 90, ellipse.Color, 1)
	wantColor(t, "diamond", shot, 345, 108, diamond.Color, 1)
	wantColor(t, "line", shot, 510, 125, line.Color, 1)
	wantColor(t, "arrow", shot, 155, 125, arrow.Color, 1)
	wantColor(t, "pen", shot, 90, 230, pen.Color, 1)
	wantColor(t, "highlighter", shot, 230, 230, highlighter.Color, 0.4)
	wantColor(t, "note", shot, 620, 280, note.Fill, 1)
	wantLetters(t, shot, text)
	wantLetters(t, shot, note)

	// The eraser takes what it touches, in one step, and leaves the rest.
	before := p.list()
	p.key("e")
	p.sweep(0, [2]float64{500, 80}, [2]float64{500, 190})
	p.wantGone("erased", before, line.ID, free.ID)
	p.wantTool("eraser")
	p.wantUndone("the eraser", before)

	p.key("h")
	p.sweep(0, [2]float64{500, 280}, [2]float64{470, 240})
	p.waitFor("the hand moves the board", "(s => s.x === 30 && s.y === 40)(edgeboard.state())")
	p.wantSame("the hand", before)
	p.key("v")
	p.wantTool("select")
}

// Keys that are held while something is made change it; a press that hardly moves
// and a drag that is ended by a key make nothing.
func TestToolsWithKeys(t *testing.T) {
	r := startRelay(t)
	p := open(t, r.url("/b/held"), desktop)
	makes := func(what, key string, held int64, from, to [2]float64) element {
		t.Helper()
		p.key(key)
		p.sweep(held, from, to)
		e := p.newest(nil)
		p.wantUndone(what, nil)
		return e
	}
	from := [2]float64{300, 180}
	wantPlace(t, "with shift", makes("a square", "2", shift, from, [2]float64{360, 200}), 300, 180, 60, 60)
	wantPlace(t, "with shift, to the left and up", makes("a circle", "4", shift, from, [2]float64{280, 120}), 240, 120, 60, 60)
	wantPlace(t, "with alt", makes("a diamond about its middle", "3", alt, from, [2]float64{350, 200}), 250, 160, 100, 40)
	wantPlace(t, "with both", makes("a square about its middle", "r", shift|alt, from, [2]float64{350, 200}), 250, 130, 100, 100)
	wantEnds(t, "with shift", makes("a level line", "6", shift, from, [2]float64{400, 190}), from, [2]float64{400, 180})
	diagonal := makes("an arrow at 45 degrees", "5", shift, from, [2]float64{382, 258})
	wantEnds(t, "with shift", diagonal, from, [2]float64{380, 260})
	wantPlace(t, "dragged as wide as it shall be", makes("a note", "9", 0, from, [2]float64{520, 300}), 300, 180, 220, 120)

	for _, key := range []string{"r", "l", "a"} {
		p.key(key)
		p.sweep(0, from, [2]float64{301, 181})
		p.pull(0, from, [2]float64{360, 220})
		if n := p.elements(); n != 1 {
			t.Errorf("%d elements while something is made by %s", n, key)
		}
		p.key("Escape")
		p.let(0, [2]float64{360, 220})
		p.wantSame("a drag by "+key+" that escape has ended", nil)
		p.key("Escape")
		p.wantTool("select")
	}

	// A tool that is kept goes on.
	p.key("q")
	p.key("o")
	p.sweep(0, [2]float64{60, 100}, [2]float64{120, 160})
	p.wantTool("ellipse")
	one := p.list()
	p.sweep(0, [2]float64{60, 180}, [2]float64{120, 240})
	p.wantTool("ellipse")
	p.newest(one)
	p.wantUndone("the second", one)
	p.key("q")
	p.key("7")
	p.wantTool("pen")
}

// drawn takes a tool by its key, chooses a colour for it and drags. It returns
// what that has made.
func (p *page) drawn(key, kind, color string, from, to [2]float64) element {
	p.t.Helper()
	before := p.list()
	p.key(key)
	p.click(fmt.Sprintf("[data-color='%s']", color))
	p.sweep(0, from, to)
	e := p.newest(before)
	if e.Kind != kind || e.Color != color {
		p.t.Errorf("the %s key made a %s of colour %s, want a %s of %s", key, e.Kind, e.Color, kind, color)
	}
	if kind != "stroke" {
		p.wantTool("select")
		if got := p.selected(); !slices.Equal(got, []string{e.ID}) {
			p.t.Errorf("%v are selected, want the new %s", got, kind)
		}
	}
	return e
}

// written takes a tool by its key, chooses a colour for it, clicks and types. It
// returns what that has made.
func (p *page) written(key, color string, at [2]float64, text string) element {
	p.t.Helper()
	before := p.list()
	p.key(key)
	p.click(fmt.Sprintf("[data-color='%s']", color))
	p.clickAt(0, at, 1)
	p.waitFor("the field is there to be written in", `edgeboard.state().writing !== "" && document.activeElement.id === "writing"`)
	call(p, input.InsertText, input.InsertTextParams{Text: text})
	p.key("Escape")
	p.waitFor("the writing is over", `edgeboard.state().writing === ""`)
	e := p.newest(before)
	if e.Color != color {
		p.t.Errorf("the %s has the colour %s, want %s", e.Kind, e.Color, color)
	}
	return e
}

// newest returns the one element that was not there before: it is the top one.
func (p *page) newest(before []element) element {
	p.t.Helper()
	list := p.list()
	if len(list) != len(before)+1 || !slices.Equal(idsOf(list[:len(before)]), idsOf(before)) {
		p.t.Fatalf("there is not one more element: %v, before %v", list, before)
	}
	return list[len(before)]
}

func idsOf(list []element) (ids []string) {
	for _, e := range list {
		ids = append(ids, e.ID)
	}
	return ids
}

func (p *page) wantTool(want string) {
	p.t.Helper()
	if got := eval[string](p, "edgeboard.state().tool"); got != want {
		p.t.Errorf("the tool is %s, want %s", got, want)
	}
}

// wantSame checks that the board shows just this.
func (p *page) wantSame(what string, want []element) {
	p.t.Helper()
	list := p.list()
	if !slices.EqualFunc(list, want, element.equal) {
		p.t.Errorf("after %s the board shows\n%+v\nwant\n%+v", what, list, want)
	}
}

// equal reports whether two elements are the same, but for whether the camera sees
// them.
func (e element) equal(o element) bool {
	e.Shown, o.Shown = false, false
	return reflect.DeepEqual(e, o)
}

// wantUndone undoes a step, and checks that the board shows just what it did
// before.
func (p *page) wantUndone(what string, before []element) {
	p.t.Helper()
	p.key("z", ctrl)
	p.wantSame("undoing "+what, before)
}

// wantGone checks that some elements have gone, and nothing else has changed.
func (p *page) wantGone(what string, before []element, ids ...string) {
	p.t.Helper()
	p.wantSame(what, slices.DeleteFunc(slices.Clone(before), func(e element) bool { return slices.Contains(ids, e.ID) }))
}

// wantEnds checks where a line begins and ends.
func wantEnds(t *testing.T, what string, e element, from, to [2]float64) {
	t.Helper()
	for i := range 2 {
		if !near(e.From[i], from[i]) || !near(e.To[i], to[i]) {
			t.Errorf("%s: the %s goes from %v to %v, want %v and %v", what, e.Kind, e.From, e.To, from, to)
			return
		}
	}
}

// wantColor checks the colour of a pixel: want, "#rrggbb", laid over the paper
// with an opacity.
func wantColor(t *testing.T, what string, img image.Image, x, y int, want string, opacity float64) {
	t.Helper()
	const paper = 255
	is, ink := img.At(x, y), hexColor(t, want)
	got := color.RGBAModel.Convert(is).(color.RGBA)
	over := func(c uint8) uint8 { return uint8(math.Round(paper*(1-opacity) + float64(c)*opacity)) }
	if !alike(got, color.RGBA{over(ink.R), over(ink.G), over(ink.B), 255}, 3) {
		t.Errorf("the %s is of colour %v at %d, %d, want %s at %v", what, got, x, y, want, opacity)
	}
}

// wantLetters checks that some pixel of an element has the colour of its letters.
func wantLetters(t *testing.T, img image.Image, e element) {
	t.Helper()
	want := hexColor(t, e.Color)
	for y := int(e.Y); y < int(e.Y+e.H); y++ {
		for x := int(e.X); x < int(e.X+e.W); x++ {
			if alike(color.RGBAModel.Convert(img.At(x, y)).(color.RGBA), want, 24) {
				return
			}
		}
	}
	t.Errorf("no pixel of the %s %q has the colour %s", e.Kind, e.Text, e.Color)
}

func hexColor(t *testing.T, hex string) color.RGBA {
	t.Helper()
	n, err := strconv.ParseUint(hex[1:], 16, 24)
	if err != nil {
		t.Fatal(err)
	}
	return color.RGBA{uint8(n >> 16), uint8(n >> 8), uint8(n), 255}
}

// alike reports whether two colours differ by no more than a tolerance.
func alike(a, b color.RGBA, tolerance int) bool {
	for _, d := range []int{int(a.R) - int(b.R), int(a.G) - int(b.G), int(a.B) - int(b.B)} {
		if d > tolerance || d < -tolerance {
			return false
		}
	}
	return true
}
