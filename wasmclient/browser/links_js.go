//go:build js

package browser

import (
	"strings"
	"syscall/js"

	"edgeboard/shared/geom"
)

// LinkSign is the sign beside an element that leads somewhere.
type LinkSign struct {
	ID  string
	At  geom.Point // on the screen, in CSS pixels
	URL string     // "": to an element of this board
}

// Links are the signs of links, and the dialog in which a link is set.
type Links struct {
	// Set gives the element a link, "" for none, and returns the key of the text that
	// says why not.
	Set func(text string) (why string)
	Go  func(id string) // to where the element leads on this board

	shown map[string]js.Value
}

// Listen begins to call the callbacks.
func (l *Links) Listen() {
	l.shown = map[string]js.Value{}
	dialog, field, problem := element("link-dialog"), element("link-text"), element("link-error")
	set := func(text string) {
		if why := l.Set(text); why != "" {
			setText(problem, Text(why))
			setAttr(field, "aria-invalid", "true")
			field.Call("focus")
			return
		}
		dialog.Call("close")
	}
	listen(element("link-form"), "submit", func(e js.Value) {
		e.Call("preventDefault")
		set(strings.TrimSpace(field.Get("value").String()))
	})
	listen(element("link-remove"), "click", func(js.Value) { set("") })
	listen(element("link-cancel"), "click", func(js.Value) { dialog.Call("close") })
	listen(field, "input", func(js.Value) {
		setText(problem, "")
		field.Call("removeAttribute", "aria-invalid")
	})
	listenActive(element("links"), "click", func(e js.Value) {
		if a := closest(e, "a"); !a.IsNull() && !a.Call("hasAttribute", "target").Bool() {
			e.Call("preventDefault")
			l.Go(data(a, "id"))
		}
	})
}

// Ask opens the dialog, with the link that there is.
func (l *Links) Ask(text string) {
	field := element("link-text")
	field.Set("value", text)
	field.Call("removeAttribute", "aria-invalid")
	setText(element("link-error"), "")
	hide(element("link-remove"), text == "")
	element("link-dialog").Call("showModal")
	field.Call("select")
}

// Show shows the given signs and no others.
func (l *Links) Show(signs []LinkSign) {
	seen := map[string]bool{}
	for i := range signs {
		s := &signs[i]
		seen[s.ID] = true
		a, ok := l.shown[s.ID]
		if !ok {
			a = element("link-shape").Get("content").Get("firstElementChild").Call("cloneNode", true)
			a.Get("dataset").Set("id", s.ID)
			element("links").Call("append", a)
			l.shown[s.ID] = a
		}
		href, name := s.URL, Text("link.open", s.URL)
		if s.URL == "" {
			href, name = "#", Text("link.to-element")
			a.Call("removeAttribute", "target")
		} else {
			setAttr(a, "target", "_blank")
		}
		if a.Call("getAttribute", "href").String() != href {
			setAttr(a, "href", href)
			label(a, name)
		}
		a.Get("style").Set("transform", "translate("+px(s.At.X)+","+px(s.At.Y)+")")
	}
	for id, a := range l.shown {
		if !seen[id] {
			a.Call("remove")
			delete(l.shown, id)
		}
	}
}

// OpenURL opens an address in another tab, which knows nothing of this one.
func OpenURL(url string) { window.Call("open", url, "_blank", "noopener,noreferrer") }

// Address returns the board's address without what is after the hash.
func Address() string {
	return Origin() + window.Get("location").Get("pathname").String()
}

// Fragment returns what is after the hash in the address, with it.
func Fragment() string { return window.Get("location").Get("hash").String() }

// OnFragment calls f when that changes.
func OnFragment(f func()) { listen(window, "hashchange", func(js.Value) { f() }) }
