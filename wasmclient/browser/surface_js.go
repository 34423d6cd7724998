//go:build js

package browser

import (
	"syscall/js"

	"edgeboard/shared/geom"
)

// Sample is one sample of a pointer.
type Sample struct {
	Pointer          int
	Kind             string     // mouse, pen or touch
	Button           int        // as in PointerEvent.button: 0 main, 1 middle, 2 right, -1 none has changed
	Clicks           int        // of a press: 2 for the second of a double click, otherwise 1
	At               geom.Point // CSS pixels
	Pressure         float64    // of a pen, 0 to 1; of all else 0.5, as they guess
	Shift, Alt, Ctrl bool       // held; Ctrl is Cmd on a Mac
}

// KeyPress is a key that was pressed, or repeats itself.
type KeyPress struct {
	Key              string // as in KeyboardEvent.key
	Shift, Alt, Ctrl bool   // held; Ctrl is Cmd on a Mac
	Repeat           bool
}

// Surface hears of pointers, wheels and keys over the board.
type Surface struct {
	Down, Up, Cancel func(Sample)
	Move             func([]Sample) // oldest first; also while nothing is pressed
	Leave            func()         // the pointer is no longer over the board
	Wheel            func(at, by geom.Point, zoom bool)
	Key              func(KeyPress) (handled bool) // but for the space bar
	Space            func(held bool)
	Menu             func() // the keyboard asks for the menu of what is selected

	clicks clicks
}

// Listen begins to call the callbacks.
func (s *Surface) Listen() {
	surface := element("surface")
	// Ebitengine's canvas below it never has the focus: it swallows all keys.
	one("body > canvas").Set("tabIndex", -1)
	listenActive(surface, "pointerdown", func(e js.Value) {
		// What comes of the press belongs to the surface to its end, also
		// beyond the window's border.
		surface.Call("setPointerCapture", e.Get("pointerId"))
		focusSurface()
		e.Call("preventDefault")
		p := sample(e)
		p.Clicks = s.clicks.down(p.Kind, p.Button, p.At, Now())
		s.Down(p)
	})
	listen(surface, "pointermove", func(e js.Value) {
		// Samples that the browser has gathered for one frame.
		events := e.Call("getCoalescedEvents")
		n := events.Length()
		if n == 0 {
			s.Move([]Sample{sample(e)})
			return
		}
		samples := make([]Sample, n)
		for i := range samples {
			samples[i] = sample(events.Index(i))
		}
		s.Move(samples)
	})
	listen(surface, "pointerup", func(e js.Value) {
		p := sample(e)
		s.clicks.up(p.At)
		s.Up(p)
	})
	listen(surface, "pointercancel", func(e js.Value) { s.Cancel(sample(e)) })
	listen(surface, "pointerleave", func(js.Value) { s.Leave() })
	// The board's own menu comes by pointers and keys.
	listen(surface, "contextmenu", func(e js.Value) { e.Call("preventDefault") })
	// The browser's own zoom and history gestures belong to the board.
	listenActive(surface, "wheel", func(e js.Value) {
		e.Call("preventDefault")
		by := geom.Point{X: e.Get("deltaX").Float(), Y: e.Get("deltaY").Float()}
		switch e.Get("deltaMode").Int() {
		case 1:
			by = by.Mul(lineHeight)
		case 2:
			by = by.Mul(window.Get("innerHeight").Float())
		}
		zoom := e.Get("ctrlKey").Bool() || e.Get("metaKey").Bool()
		if e.Get("shiftKey").Bool() && by.X == 0 {
			by.X, by.Y = by.Y, 0
		}
		s.Wheel(position(e), by, zoom)
	})
	listenActive(document, "keydown", func(e js.Value) {
		if e.Get("defaultPrevented").Bool() || typing(e) {
			return
		}
		if s.key(keyPress(e), onButton(e)) {
			e.Call("preventDefault")
		}
	})
	listen(document, "keyup", func(e js.Value) {
		if e.Get("key").String() == " " {
			s.Space(false)
		}
	})
	// Keys that are released elsewhere are not heard of.
	listen(window, "blur", func(js.Value) { s.Space(false) })
}

// key hears of a key, and reports whether it meant something. On a button some
// belong to that.
func (s *Surface) key(k KeyPress, onButton bool) bool {
	switch {
	case k.Key == "ContextMenu", k.Key == "F10" && k.Shift:
		s.Menu()
		return true
	case onButton && (k.Key == " " || k.Key == "Enter"):
		return false
	case k.Key == " ":
		s.Space(true)
		return true // it would scroll
	}
	return s.Key(k)
}

// lineHeight is what a wheel that counts in lines moves, in CSS pixels.
const lineHeight = 18

func sample(e js.Value) Sample {
	s := Sample{
		Pointer:  e.Get("pointerId").Int(),
		Kind:     e.Get("pointerType").String(),
		Button:   e.Get("button").Int(),
		Clicks:   1,
		At:       position(e),
		Pressure: 0.5,
	}
	s.Shift, s.Alt, s.Ctrl = modifiers(e)
	if s.Kind == "pen" {
		s.Pressure = e.Get("pressure").Float()
	}
	return s
}

func position(e js.Value) geom.Point {
	return geom.Point{X: e.Get("clientX").Float(), Y: e.Get("clientY").Float()}
}

func keyPress(e js.Value) KeyPress {
	k := KeyPress{Key: e.Get("key").String(), Repeat: e.Get("repeat").Bool()}
	k.Shift, k.Alt, k.Ctrl = modifiers(e)
	return k
}

func modifiers(e js.Value) (shift, alt, ctrl bool) {
	return e.Get("shiftKey").Bool(), e.Get("altKey").Bool(), e.Get("ctrlKey").Bool() || e.Get("metaKey").Bool()
}

// typing reports whether a key belongs to a text field, a menu or a dialog.
func typing(e js.Value) bool {
	return closest(e, "input:not([type=color]), textarea, select, dialog, [role=menu]").Truthy() || e.Get("isComposing").Truthy()
}

func onButton(e js.Value) bool { return closest(e, "button, input").Truthy() }

// focusSurface gives the keyboard back to the board.
func focusSurface() {
	element("surface").Call("focus", map[string]any{"preventScroll": true, "focusVisible": false})
}

// SetCursor sets the shape of the pointer over the board, by its CSS name.
func SetCursor(css string) { element("surface").Get("style").Set("cursor", css) }
