//go:build js

package browser

import (
	"syscall/js"

	"edgeboard/shared/geom"
)

// Sample is one sample of a pointer.
type Sample struct {
	Pointer  int
	Kind     string     // mouse, pen or touch
	Button   int        // as in PointerEvent.button: 0 main, 1 middle
	At       geom.Point // CSS pixels
	Pressure float64    // 0 to 1
}

// Surface hears of pointers, wheels and keys over the board.
type Surface struct {
	Down, Up, Cancel func(Sample)
	Move             func([]Sample) // oldest first; also while nothing is pressed
	Leave            func()         // the pointer is no longer over the board
	Wheel            func(at, by geom.Point, zoom bool)
	Key              func(key string, down bool) // as in KeyboardEvent.key, or "undo" and "redo"
}

// Listen begins to call the callbacks.
func (s *Surface) Listen() {
	surface := element("surface")
	listenActive(surface, "pointerdown", func(e js.Value) {
		// What comes of the press belongs to the surface to its end, also
		// beyond the window's border.
		surface.Call("setPointerCapture", e.Get("pointerId"))
		surface.Call("focus", map[string]any{"preventScroll": true, "focusVisible": false})
		e.Call("preventDefault")
		s.Down(sample(e))
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
	listen(surface, "pointerup", func(e js.Value) { s.Up(sample(e)) })
	listen(surface, "pointercancel", func(e js.Value) { s.Cancel(sample(e)) })
	listen(surface, "pointerleave", func(js.Value) { s.Leave() })
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
		key := e.Get("key").String()
		if e.Get("ctrlKey").Bool() || e.Get("metaKey").Bool() || e.Get("altKey").Bool() {
			if name := command(key, e); name != "" && !typing(e) {
				e.Call("preventDefault")
				s.Key(name, true)
			}
			return
		}
		if typing(e) {
			return
		}
		if key == " " && !onButton(e) {
			e.Call("preventDefault") // it would scroll
		}
		if key != " " || !onButton(e) {
			s.Key(key, true)
		}
	})
	listen(document, "keyup", func(e js.Value) { s.Key(e.Get("key").String(), false) })
	// Keys that are released elsewhere are not heard of.
	listen(window, "blur", func(js.Value) { s.Key(" ", false) })
}

// lineHeight is what a wheel that counts in lines moves, in CSS pixels.
const lineHeight = 18

func sample(e js.Value) Sample {
	return Sample{
		Pointer:  e.Get("pointerId").Int(),
		Kind:     e.Get("pointerType").String(),
		Button:   e.Get("button").Int(),
		At:       position(e),
		Pressure: e.Get("pressure").Float(),
	}
}

func position(e js.Value) geom.Point {
	return geom.Point{X: e.Get("clientX").Float(), Y: e.Get("clientY").Float()}
}

// command returns the name of a key that is pressed with others, "" if it means
// nothing here.
func command(key string, e js.Value) string {
	if e.Get("altKey").Bool() {
		return ""
	}
	switch shift := e.Get("shiftKey").Bool(); {
	case (key == "z" || key == "Z") && !shift:
		return "undo"
	case key == "z" || key == "Z", key == "y" && !shift:
		return "redo"
	}
	return ""
}

// typing reports whether a key belongs to a text field or a dialog.
func typing(e js.Value) bool {
	return e.Get("target").Call("closest", "input, textarea, dialog").Truthy() || e.Get("isComposing").Bool()
}

func onButton(e js.Value) bool { return e.Get("target").Call("closest", "button").Truthy() }

// SetCursor sets the shape of the pointer over the board, by its CSS name.
func SetCursor(css string) { element("surface").Get("style").Set("cursor", css) }
