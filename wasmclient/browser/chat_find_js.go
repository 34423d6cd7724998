//go:build js

package browser

import (
	"math"
	"syscall/js"
)

// findAfter is how long after a key what was typed is looked for, in milliseconds.
const findAfter = 250

func (c *Chat) listenToFind() {
	field, day := element("chat-find-text"), element("chat-find-date")
	listen(element("chat-search"), "click", func(js.Value) {
		if !element("chat-find").Get("hidden").Bool() {
			c.closeFind()
			c.focus()
			return
		}
		hide(element("chat-find"), false)
		expand(element("chat-search"), true)
		field.Call("focus")
	})
	look := func() {
		hide(element("chat-found"), field.Get("value").String() == "")
		hide(element("chat-log"), field.Get("value").String() != "")
		c.Find(field.Get("value").String())
	}
	typed := 0
	listen(field, "input", func(js.Value) {
		typed++
		now := typed
		After(findAfter, func() {
			if now == typed && !element("chat-find").Get("hidden").Bool() {
				look()
			}
		})
	})
	listen(element("chat-find"), "submit", func(e js.Value) {
		e.Call("preventDefault")
		typed++
		look()
	})
	listen(day, "change", func(js.Value) {
		// The value of the field is that day in UTC; here it began at another time.
		from := window.Get("Date").New(day.Get("value").String() + "T00:00").Call("getTime").Float()
		if math.IsNaN(from) {
			return
		}
		c.closeFind()
		c.Date(from)
	})
	listen(element("chat-found"), "click", func(e js.Value) {
		b := closest(e, "button")
		switch {
		case b.IsNull():
		case data(b, "id") == "":
			c.FindMore()
		default:
			c.jump(data(b, "id"))
		}
	})
}

// closeFind closes what is for finding.
func (c *Chat) closeFind() {
	if element("chat-find").Get("hidden").Bool() {
		return
	}
	for _, id := range [...]string{"chat-find-text", "chat-find-date"} {
		element(id).Set("value", "")
	}
	for _, id := range [...]string{"chat-find", "chat-found"} {
		hide(element(id), true)
	}
	hide(element("chat-log"), false)
	element("chat-found").Call("replaceChildren")
	setText(element("chat-found-count"), "")
	expand(element("chat-search"), false)
	c.Find("")
}

// ShowFound shows what was found, the newest first, and whether there is more.
func (c *Chat) ShowFound(list []ChatFound, more bool) {
	found := element("chat-found")
	if found.Get("hidden").Bool() {
		return
	}
	at := found.Get("scrollTop")
	found.Call("replaceChildren")
	line := func(id string, parts ...js.Value) {
		li, b := create("li", ""), create("button", "")
		b.Set("type", "button")
		b.Get("dataset").Set("id", id)
		for _, part := range parts {
			b.Call("append", part)
		}
		li.Call("append", b)
		found.Call("append", li)
	}
	part := func(tag, text string) js.Value {
		e := create(tag, "")
		e.Set("textContent", text)
		return e
	}
	for i := range list {
		f := &list[i]
		text := part("span", f.Text)
		text.Set("dir", "auto")
		line(f.ID, part("bdi", f.Name), js.ValueOf(" "), part("time", short(c.clock, f.Time)), text)
	}
	count := Text("chat.find-none")
	switch {
	case more:
		line("", part("strong", Text("chat.more")))
		count = Language().Count("chat.find-more", len(list))
	case len(list) > 0:
		count = Language().Count("chat.find-count", len(list))
	}
	found.Set("scrollTop", at)
	setText(element("chat-found-count"), count)
}
