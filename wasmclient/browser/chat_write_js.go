//go:build js

package browser

import (
	"strings"
	"syscall/js"
	"unicode/utf16"
)

// Completion is what may be put in the place of what is being written.
type Completion struct {
	Insert, Name string
	Color        uint32
	Sign         string // stands before the name, instead of a chip
}

func (c *Chat) listenToForm() {
	field := element("chat-text")
	listen(element("chat-form"), "submit", func(e js.Value) {
		e.Call("preventDefault")
		c.send()
	})
	listen(one("#chat-quote button"), "click", func(js.Value) { c.quit(); field.Call("focus") })
	listen(field, "input", func(js.Value) {
		c.keepDraft()
		c.Write(field.Get("value").String())
		c.complete()
	})
	listen(field, "blur", func(js.Value) { c.offer(nil, 0) })
	listenActive(element("chat-names"), "mousedown", func(e js.Value) {
		e.Call("preventDefault") // the field keeps the keyboard
		if li := closest(e, "li"); !li.IsNull() {
			for i := range c.options {
				if li.Equal(element("chat-names").Get("children").Index(i)) {
					c.take(i)
					return
				}
			}
		}
	})
	listenActive(field, "keydown", func(e js.Value) {
		if e.Get("isComposing").Bool() {
			return
		}
		key := e.Get("key").String()
		n := len(c.options)
		switch {
		case n > 0 && (key == "ArrowDown" || key == "ArrowUp"):
			step := 1
			if key == "ArrowUp" {
				step = n - 1
			}
			c.choose((c.option + step) % n)
		case n > 0 && (key == "Enter" || key == "Tab"):
			c.take(c.option)
		case key == "Enter" && !e.Get("shiftKey").Bool():
			c.send()
		case key == "ArrowUp" && field.Get("value").String() == "" && c.changeLast():
		default:
			return
		}
		e.Call("preventDefault")
	})
}

// send does with what was written what the form is for.
func (c *Chat) send() {
	field := element("chat-text")
	text := strings.TrimSpace(field.Get("value").String())
	if text == "" {
		return
	}
	why := ""
	if c.changing != "" {
		why = c.Change(c.changing, text)
	} else {
		why = c.Send(text, c.about)
	}
	if why != "" {
		Toast(Text(why))
		return
	}
	if c.changing == "" {
		field.Set("value", "")
		c.keepDraft()
		c.toEnd()
	}
	c.quit()
}

// quit has the form say something new.
func (c *Chat) quit() {
	c.offer(nil, 0)
	if c.changing != "" {
		element("chat-text").Set("value", c.draft(c.view.With))
	}
	c.about, c.changing = "", ""
	hide(element("chat-quote"), true)
}

// answer has the form answer a message.
func (c *Chat) answer(t *ChatText) {
	c.quit()
	c.about = t.ID
	setText(one("#chat-quote p"), Text("chat.answers", t.Name)+" "+t.Plain)
	hide(element("chat-quote"), false)
	element("chat-text").Call("focus")
}

// change has the form change a message.
func (c *Chat) change(t *ChatText) {
	c.put()
	c.changing = t.ID
	setText(one("#chat-quote p"), Text("chat.changing"))
	hide(element("chat-quote"), false)
	field := element("chat-text")
	field.Set("value", t.Source)
	field.Call("focus")
}

// changeLast has it change the last own message, and reports whether there is one.
func (c *Chat) changeLast() bool {
	for i := len(c.view.Texts) - 1; i >= 0; i-- {
		if t := &c.view.Texts[i]; t.Own && !t.Deleted && t.Changed != 0 {
			c.change(t)
			return true
		}
	}
	return false
}

// complete offers what may stand where the caret is.
func (c *Chat) complete() {
	field := element("chat-text")
	at := field.Get("selectionStart").Int()
	if at != field.Get("selectionEnd").Int() {
		c.offer(nil, 0)
		return
	}
	before := field.Get("value").String()
	before = before[:bytesFor(before, at)]
	list, length := c.Complete(before)
	c.offer(list, unitsOf(before[len(before)-length:]))
}

// bytesFor returns in how many bytes a text has so many code units of UTF-16, which is
// what the browser counts in.
func bytesFor(text string, units int) int {
	for i, r := range text {
		if units <= 0 {
			return i
		}
		units -= utf16.RuneLen(r)
	}
	return len(text)
}

func unitsOf(text string) (units int) {
	for _, r := range text {
		units += utf16.RuneLen(r)
	}
	return units
}

// offer shows what may be chosen.
func (c *Chat) offer(list []Completion, length int) {
	if len(list) == 0 && len(c.options) == 0 {
		return
	}
	c.options, c.length = list, length
	names := element("chat-names")
	names.Call("replaceChildren")
	for i := range list {
		o := &list[i]
		li := create("li", "")
		li.Set("id", "chat-name-"+decimal(float64(i)))
		setAttr(li, "role", "option")
		mark, name := create("span", ""), create("bdi", "")
		if o.Sign != "" {
			mark.Set("textContent", o.Sign)
		} else {
			mark.Set("className", "chip")
			color(mark, o.Name, o.Color)
		}
		setAttr(mark, "aria-hidden", "true")
		name.Set("textContent", o.Name)
		li.Call("append", mark, name)
		names.Call("append", li)
	}
	hide(names, len(list) == 0)
	if len(list) > 0 {
		c.choose(0)
	} else {
		element("chat-text").Call("removeAttribute", "aria-activedescendant")
	}
}

func (c *Chat) choose(n int) {
	c.option = n
	list := element("chat-names").Get("children")
	for i := range c.options {
		setAttr(list.Index(i), "aria-selected", map[bool]string{false: "false", true: "true"}[i == n])
	}
	setAttr(element("chat-text"), "aria-activedescendant", list.Index(n).Get("id").String())
}

// take puts what was chosen where it belongs.
func (c *Chat) take(n int) {
	field := element("chat-text")
	at := field.Get("selectionStart").Int()
	field.Call("setRangeText", c.options[n].Insert, max(0, at-c.length), at, "end")
	c.offer(nil, 0)
	c.keepDraft()
	c.Write(field.Get("value").String())
}
