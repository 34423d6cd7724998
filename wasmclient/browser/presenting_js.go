//go:build js

package browser

import (
	"strconv"
	"syscall/js"
)

// Presenting is the bar of who shows the board to others, step by step, and the window
// as it is meanwhile: full of the board.
type Presenting struct {
	// Do is called with "back", "on", "laser" or "end".
	Do func(what string)

	shown bool
	full  bool // the whole screen was asked for
}

// Listen begins to call the callback.
func (b *Presenting) Listen() {
	bar := element("presenting")
	listen(bar, "click", func(e js.Value) {
		if button := closest(e, "button"); !button.IsNull() {
			b.Do(data(button, "present"))
			focusSurface() // keys go on
		}
	})
	listen(document, "fullscreenchange", func(js.Value) {
		if b.full && b.shown && !document.Get("fullscreenElement").Truthy() {
			b.full = false
			b.Do("end")
		}
	})
}

// Begin fills the screen with the board, where the browser lets it.
func (b *Presenting) Begin() {
	root := document.Get("documentElement")
	root.Get("dataset").Set("presenting", "")
	hide(element("presenting"), false)
	b.shown, b.full = true, false
	focusSurface()
	if request := root.Get("requestFullscreen"); request.Truthy() {
		go func() {
			if o := <-settled(root.Call("requestFullscreen")); o.err == nil {
				b.full = true
			}
		}()
	}
}

// End gives the panels back.
func (b *Presenting) End() {
	b.shown = false
	root := document.Get("documentElement")
	root.Get("dataset").Delete("presenting")
	hide(element("presenting"), true)
	if document.Get("fullscreenElement").Truthy() {
		settled(document.Call("exitFullscreen"))
	}
}

// Show shows at which step it is, from 1 on, and whether a light is in hand.
func (b *Presenting) Show(at, of int, laser bool) {
	setText(element("presenting-at"), strconv.Itoa(at)+" / "+strconv.Itoa(of))
	one("[data-present=back]").Set("disabled", at <= 1)
	one("[data-present=on]").Set("disabled", at >= of)
	setPressed(one("[data-present=laser]"), laser)
}
