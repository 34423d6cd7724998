//go:build js

package browser

import (
	"math"
	"syscall/js"
)

// Hint is what stands on a board with nothing on it.
type Hint struct {
	Command func(name string) // is called with the command of a button

	panel   js.Value
	shown   bool
	pressed js.Value // the press of a pointer on one of its buttons; undefined: none
}

// strokeFrom is from how far on a press on a button is the beginning of a stroke, in CSS
// pixels.
const strokeFrom = 5

// Listen begins to call Command.
func (h *Hint) Listen() {
	h.panel = element("hint")
	listen(h.panel, "click", func(e js.Value) {
		if button := closest(e, "button"); !button.IsNull() {
			h.Command(commandOf(button))
		}
	})
	listen(h.panel, "pointerdown", func(e js.Value) {
		h.pressed = js.Undefined()
		if on := closest(e, "button, a"); e.Get("button").Int() == 0 && on.Truthy() {
			on.Call("setPointerCapture", e.Get("pointerId")) // to hear of it beyond the button
			h.pressed = e
		}
	})
	listen(h.panel, "pointermove", h.moved)
	for _, end := range [...]string{"pointerup", "pointercancel"} {
		listen(h.panel, end, func(js.Value) { h.pressed = js.Undefined() })
	}
}

// moved gives the surface a press that has become the beginning of a stroke, and with it
// what comes of the pointer.
func (h *Hint) moved(e js.Value) {
	from := h.pressed
	if !from.Truthy() || !from.Get("pointerId").Equal(e.Get("pointerId")) {
		return
	}
	by := position(e).Sub(position(from))
	if math.Hypot(by.X, by.Y) < strokeFrom {
		return
	}
	h.pressed = js.Undefined()
	press := map[string]any{}
	for _, name := range [...]string{"pointerId", "pointerType", "pressure", "clientX", "clientY", "button", "buttons", "shiftKey", "altKey", "ctrlKey", "metaKey"} {
		press[name] = from.Get(name)
	}
	element("surface").Call("dispatchEvent", window.Get("PointerEvent").New("pointerdown", press))
}

// Show shows it, or not.
func (h *Hint) Show(shown bool) {
	if shown == h.shown {
		return
	}
	h.shown = shown
	held := h.panel.Call("contains", document.Get("activeElement")).Bool()
	hide(h.panel, !shown)
	if held && !shown {
		focusSurface()
	}
}
