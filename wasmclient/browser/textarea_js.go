//go:build js

package browser

import (
	"math"
	"strconv"
	"strings"
	"syscall/js"

	"edgeboard/shared/geom"
)

// TextArea is the field in which a text of the board is written. It lies over the
// board exactly where the text will be drawn, and looks the same: what is written is
// seen as it will stay, and input methods, selection, spelling and the keyboards of
// phones are the browser's.
type TextArea struct {
	// Input is told what the field shows, and from where to where it is selected, in
	// UTF-16 units: head, where the caret is, may be before anchor.
	Input   func(text string, anchor, head int)
	Select  func(anchor, head int)
	Compose func(begun bool) // an input method begins, or is done
	Done    func()           // Escape, or the person has gone elsewhere
	// Key is a key that is pressed with control or command and means something to
	// the board too. It reports whether the board has taken it.
	Key func(key string, shift bool) (handled bool)
	// Reveal is called when what is written is covered, by a phone's keyboard for
	// example: the board is to move by d CSS pixels.
	Reveal func(d geom.Point)

	area         js.Value
	ruler        ruler
	shown        bool
	field        Field
	anchor, head int // what is selected, as last told
}

// Field is what a TextArea shows and where.
type Field struct {
	Plane  geom.Transform // from the board units of the text's box to CSS pixels of the window
	Box    geom.Box       // of the text, in its plane
	Wraps  bool           // at the width of the box; otherwise it grows
	Size   float64        // of the font, in board units
	Color  uint32         // 0xRRGGBB
	Align  string         // as in CSS: start, center or end
	Middle bool           // the text grows from the middle of the box, not from its top
	Title  bool           // Enter ends it

	Text         string
	Anchor, Head int
	Changed      bool     // Text, Anchor and Head are to be set anew
	Caret        geom.Box // in the plane: when it moves it is to be seen
}

// leastFont is the size of the field's font in CSS pixels at least: an iPhone zooms
// into fields whose text is smaller. The field is scaled down instead.
const leastFont = 16

// caretRoom is how much wider than its text the field is on both sides, as a share of
// the font's size: a caret at the end of a line stands behind it.
const caretRoom = 0.25

// Listen begins to call the callbacks.
func (a *TextArea) Listen() {
	a.area = element("writing")
	a.ruler = newRuler()
	told := func(f func(e js.Value)) func(js.Value) {
		return func(e js.Value) {
			if a.shown {
				f(e)
			}
		}
	}
	listen(a.area, "input", told(func(js.Value) { a.input() }))
	listen(a.area, "compositionstart", told(func(js.Value) { a.Compose(true) }))
	listen(a.area, "compositionend", told(func(js.Value) {
		// Browsers differ in whether the last input is told before or after.
		a.input()
		a.Compose(false)
	}))
	listen(document, "selectionchange", told(func(js.Value) {
		if anchor, head, untold := a.Selection(); untold {
			a.Select(anchor, head)
		}
	}))
	listenActive(a.area, "beforeinput", told(func(e js.Value) {
		// A menu, or a phone that is shaken, asks for what the board does better.
		switch e.Get("inputType").String() {
		case "historyUndo":
			e.Call("preventDefault")
			a.Key("z", false)
		case "historyRedo":
			e.Call("preventDefault")
			a.Key("z", true)
		}
	}))
	listenActive(a.area, "keydown", told(a.key))
	listen(a.area, "blur", told(func(e js.Value) {
		if !document.Call("hasFocus").Bool() {
			return // another window: the person comes back
		}
		if to := e.Get("relatedTarget"); !to.IsNull() && to.Call("closest", ".panel").Truthy() {
			return // to change the look of what is written
		}
		a.Done()
	}))
	listenActive(a.area, "wheel", func(e js.Value) {
		e.Call("preventDefault")
		element("surface").Call("dispatchEvent", window.Get("WheelEvent").New("wheel", e))
	})
	if viewport := window.Get("visualViewport"); !viewport.IsUndefined() {
		listen(viewport, "resize", told(func(js.Value) { a.reveal() }))
	}
}

func (a *TextArea) input() {
	a.anchor, a.head = a.selection()
	a.grow()
	a.Input(a.area.Get("value").String(), a.anchor, a.head)
}

func (a *TextArea) selection() (anchor, head int) {
	anchor, head = a.area.Get("selectionStart").Int(), a.area.Get("selectionEnd").Int()
	if a.area.Get("selectionDirection").String() == "backward" {
		anchor, head = head, anchor
	}
	return anchor, head
}

// Selection returns what is selected. untold says that it has not been told: browsers
// say so a little later, and a text must not be set anew before. Then it counts as
// told.
func (a *TextArea) Selection() (anchor, head int, untold bool) {
	if !a.shown || !document.Get("activeElement").Equal(a.area) {
		return a.anchor, a.head, false
	}
	anchor, head = a.selection()
	untold = anchor != a.anchor || head != a.head
	a.anchor, a.head = anchor, head
	return anchor, head, untold
}

func (a *TextArea) key(e js.Value) {
	if e.Get("isComposing").Bool() || e.Get("keyCode").Int() == duringComposition {
		return
	}
	key := e.Get("key").String()
	if key == "Escape" || key == "Enter" && a.field.Title {
		e.Call("preventDefault")
		a.Done()
		return
	}
	if e.Get("altKey").Bool() || !e.Get("ctrlKey").Bool() && !e.Get("metaKey").Bool() {
		return
	}
	switch strings.ToLower(key) {
	case "enter":
		e.Call("preventDefault")
		a.Done()
	case "z", "y", "+", "=", "-", "0":
		if a.Key(key, e.Get("shiftKey").Bool()) {
			e.Call("preventDefault")
		}
	}
}

// duringComposition is the key code of keys that belong to an input method
// (UI Events, 5.6.3): Safari says no more of those that end it.
const duringComposition = 229

// Showing reports whether the field is shown.
func (a *TextArea) Showing() bool { return a.shown }

// Show shows the field, or moves it.
func (a *TextArea) Show(f Field) {
	first := !a.shown
	moved := first || f.Caret != a.field.Caret
	a.shown, a.field = true, f
	style := a.area.Get("style")
	style.Set("color", Hex(f.Color))
	selected := "#b4d5fe"
	if bright(f.Color) {
		selected = "#2c4a86"
	}
	style.Call("setProperty", "--selected", selected)
	style.Set("textAlign", f.Align)
	wrap := "pre"
	if f.Wraps {
		wrap = "pre-wrap"
	}
	style.Set("whiteSpace", wrap)
	if first {
		a.area.Set("hidden", false)
	}
	if f.Changed || first {
		if a.area.Get("value").String() != f.Text {
			a.area.Set("value", f.Text)
		}
		a.anchor, a.head = f.Anchor, f.Head
		direction := "forward"
		if f.Head < f.Anchor {
			direction = "backward"
		}
		a.area.Call("setSelectionRange", min(f.Anchor, f.Head), max(f.Anchor, f.Head), direction)
	}
	a.grow()
	if first {
		a.area.Call("focus", map[string]any{"preventScroll": true})
	}
	if moved {
		a.reveal()
	}
}

// bright reports whether a colour is nearer to white than to black.
func bright(color uint32) bool {
	r, g, b := color>>16&0xff, color>>8&0xff, color&0xff
	return 299*r+587*g+114*b > 1000*0x80
}

// Hide hides the field.
func (a *TextArea) Hide() {
	if !a.shown {
		return
	}
	a.shown = false // before it loses the focus, which is not told any more
	focused := document.Get("activeElement").Equal(a.area)
	a.area.Set("hidden", true)
	a.area.Set("value", "")
	if focused {
		element("surface").Call("focus", map[string]any{"preventScroll": true, "focusVisible": false})
	}
	// A phone may have scrolled the page to show the field above its keyboard.
	window.Call("scrollTo", 0, 0)
}

// grow makes the field as large as what it shows, which may be ahead of what the
// board knows while an input method composes, and lays it where it belongs.
func (a *TextArea) grow() {
	f, style := &a.field, a.area.Get("style")
	zoom := math.Hypot(f.Plane.A, f.Plane.B)
	local := max(f.Size*zoom, leastFont)
	scale := local / f.Size // from board units to pixels of the field before its transform
	room := caretRoom * local
	size := f.Box.Size().Mul(scale)
	style.Set("fontSize", pixels(local))
	style.Set("padding", "0 "+pixels(room))
	// Lines are no shorter than they are drawn: rounding must not break one.
	const rounding = 0.02
	width, height := size.X+rounding, lineHeightShare*local
	style.Set("height", pixels(height))
	if f.Wraps {
		style.Set("width", pixels(width))
	} else {
		style.Set("width", "0")
		width = larger(width, a.area.Get("scrollWidth").Float()-2*room)
		style.Set("width", pixels(width))
	}
	height = larger(size.Y, a.area.Get("scrollHeight").Float())
	style.Set("height", pixels(height))
	a.area.Set("scrollTop", 0)
	a.area.Set("scrollLeft", 0)

	at := geom.Pt(f.Box.Min.X*scale-room, f.Box.Min.Y*scale+a.ruler.drop(local))
	if f.Middle {
		at.Y -= (height - size.Y) / 2
	}
	if grown := width - size.X - rounding; grown > 0 && !f.Wraps && f.Align == "center" {
		at.X -= grown / 2
	}
	style.Set("transform", matrix(geom.Translate(at).Then(geom.Scale(1/scale, 1/scale)).Then(f.Plane)))
}

// ruler measures how the browser sets lines in the field. It rounds what it knows of
// a font to pixels, at every size in another way.
type ruler struct {
	line, foot js.Value // a line like those of the field, and what stands on its baseline
	baseline   float64  // where texts are drawn: see Fonts
	size, last float64  // what drop returned last, and for which size
}

func newRuler() ruler {
	r := ruler{line: newDiv("ruler"), foot: document.Call("createElement", "span"), baseline: NewFonts().Baseline()}
	r.line.Call("append", "x", r.foot)
	element("writing").Call("after", r.line)
	return r
}

// drop returns how much lower than in the field a baseline lies in what is drawn, in
// CSS pixels, at a font size in CSS pixels.
func (r *ruler) drop(size float64) float64 {
	if size != r.size {
		r.line.Get("style").Set("fontSize", pixels(size))
		top := r.line.Call("getBoundingClientRect").Get("top").Float()
		foot := r.foot.Call("getBoundingClientRect").Get("bottom").Float()
		r.size, r.last = size, r.baseline*size-(foot-top)
	}
	return r.last
}

// larger returns how large the field is: as large as what it shows says, in whole
// pixels, if that is more than rounding.
func larger(size, needed float64) float64 {
	if needed > size+1 {
		return needed
	}
	return size
}

// reveal asks for the board to be moved if the caret is not to be seen.
func (a *TextArea) reveal() {
	width, height := Size()
	window := geom.Rect(0, 0, width, height)
	if v := viewport(); v != nil {
		window = *v
	}
	window = window.Grow(-revealMargin)
	caret := a.field.Plane.ApplyBox(a.field.Caret)
	// Of a line that does not fit the upper end counts.
	d := geom.Pt(
		max(min(0, window.Max.X-caret.Max.X), window.Min.X-caret.Min.X),
		max(min(0, window.Max.Y-caret.Max.Y), window.Min.Y-caret.Min.Y),
	)
	d = d.Add(uncover(caret.Add(d), panelBoxes(), window))
	if d != (geom.Point{}) {
		a.Reveal(d)
	}
}

// panelBoxes returns what of the window the panels cover.
func panelBoxes() []geom.Box {
	var boxes []geom.Box
	panels := document.Call("querySelectorAll", ".panel")
	for i := range panels.Length() {
		r := panels.Index(i).Call("getBoundingClientRect")
		get := func(name string) float64 { return r.Get(name).Float() }
		if box := geom.Rect(get("x"), get("y"), get("width"), get("height")); !box.Empty() {
			boxes = append(boxes, box)
		}
	}
	return boxes
}

// revealMargin is how far from the window's border, in CSS pixels, the caret is kept.
const revealMargin = 16

// viewport returns the part of the window that a phone's keyboard leaves, nil if the
// browser does not say.
func viewport() *geom.Box {
	v := window.Get("visualViewport")
	if v.IsUndefined() || v.IsNull() {
		return nil
	}
	get := func(name string) float64 { return v.Get(name).Float() }
	box := geom.Rect(get("offsetLeft"), get("offsetTop"), get("width"), get("height"))
	return &box
}

// matrix writes a transform as CSS does.
func matrix(t geom.Transform) string {
	b := []byte("matrix(")
	for i, v := range [...]float64{t.A, t.B, t.C, t.D, t.E, t.F} {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendFloat(b, v, 'f', 6, 64)
	}
	return string(append(b, ')'))
}

// pixels writes a length as CSS does, more finely than px.
func pixels(v float64) string { return strconv.FormatFloat(v, 'f', 4, 64) + "px" }
