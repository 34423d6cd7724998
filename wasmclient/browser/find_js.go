//go:build js

package browser

import (
	"strconv"
	"syscall/js"
)

// Find is the bar in which texts of the board are looked for.
type Find struct {
	Search func(query string)  // as it is typed; "": the bar was closed
	Step   func(backward bool) // to the next place
}

// Listen begins to call the callbacks.
func (f *Find) Listen() {
	field := element("find-text")
	listen(field, "input", func(js.Value) { f.Search(field.Get("value").String()) })
	listen(element("find"), "submit", func(e js.Value) {
		e.Call("preventDefault")
		f.Step(false)
	})
	listen(element("find-previous"), "click", func(js.Value) { f.Step(true) })
	listen(element("find-close"), "click", func(js.Value) { f.close() })
	listenActive(element("find"), "keydown", func(e js.Value) {
		switch key := e.Get("key").String(); {
		case e.Get("isComposing").Bool():
		case key == "Escape":
			e.Call("preventDefault")
			f.close()
		case key == "Enter" && e.Get("shiftKey").Bool():
			e.Call("preventDefault")
			f.Step(true)
		case key == "f" && (e.Get("ctrlKey").Bool() || e.Get("metaKey").Bool()):
			e.Call("preventDefault")
			field.Call("select")
		}
	})
}

// Open opens the bar, with what was looked for last.
func (f *Find) Open() {
	hide(element("find"), false)
	field := element("find-text")
	field.Call("focus")
	field.Call("select")
	f.Search(field.Get("value").String())
}

func (f *Find) close() {
	hide(element("find"), true)
	f.Search("")
	focusSurface()
}

// Show says which of the places is shown, counted from 1, and how many there are.
func (f *Find) Show(query string, at, of int) {
	count := ""
	switch {
	case query == "":
	case of == 0:
		count = Text("find.none")
	default:
		count = Text("find.count", strconv.Itoa(at), strconv.Itoa(of))
	}
	setText(element("find-count"), count)
	for _, id := range [...]string{"find-previous", "find-next"} {
		element(id).Set("disabled", of == 0)
	}
}
