package browser

import "syscall/js"

// focusable is what Tab reaches.
const focusable = ":is(button, input, select, textarea, a[href], [tabindex='0']):not(:disabled)"

// listenToF6 takes the focus from the board to the panels that are shown, one after
// the other, and back, as programs do it by this key: from the board Tab would go
// along all that is on it.
func listenToF6() {
	listenActive(document, "keydown", func(e js.Value) {
		if e.Get("key").String() != "F6" || one("dialog[open], [role=menu]:popover-open").Truthy() {
			return
		}
		e.Call("preventDefault")
		stops := []js.Value{element("surface")}
		at := 0
		for _, panel := range elements(".panel") {
			first := panel
			if !panel.Call("matches", focusable).Bool() {
				first = firstShown(panel)
			}
			if first.IsNull() || !shown(first) {
				continue
			}
			if panel.Call("contains", document.Get("activeElement")).Bool() {
				at = len(stops)
			}
			stops = append(stops, first)
		}
		step := 1
		if e.Get("shiftKey").Bool() {
			step = len(stops) - 1
		}
		stops[(at+step)%len(stops)].Call("focus")
	})
}

// firstShown returns the first control of a panel that is to be seen, or null.
func firstShown(panel js.Value) js.Value {
	list := panel.Call("querySelectorAll", focusable)
	for i := range list.Length() {
		if shown(list.Index(i)) {
			return list.Index(i)
		}
	}
	return js.Null()
}

func shown(e js.Value) bool {
	return e.Call("checkVisibility", map[string]any{"visibilityProperty": true}).Bool()
}
