//go:build js

package browser

import (
	"strings"
	"syscall/js"

	"edgeboard/shared/geom"
)

// Thread is one of the comment threads of the board.
type Thread struct {
	ID        string
	At        geom.Point // on the screen, in CSS pixels
	Elsewhere bool       // it is on a page that is not shown
	Resolved  bool
	Comments  []Comment // at least one
}

// Comment is what somebody has said.
type Comment struct {
	ID, Author, Text string
	Time             float64 // in milliseconds since 1970
	Edited           bool
	Own              bool // this person may change and delete it
}

// Comments are the pins over the board, the thread that is open and the list of all.
// The callbacks are called for what a person does there.
type Comments struct {
	Start   func(text string) // where Ask has asked
	Reply   func(thread, text string)
	Change  func(comment, text string)
	Delete  func(comment string)
	Resolve func(thread string, settled bool)
	Go      func(thread string) // shows where it is

	may      bool // comment
	threads  []Thread
	pins     map[string]js.Value
	open     string // the thread that is open; "" with asking: one to be begun
	asking   bool
	changing string // the comment that the form changes
	resolved bool   // the list is of what is settled
	before   js.Value
}

// Listen begins to call the callbacks.
func (c *Comments) Listen() {
	c.pins = map[string]js.Value{}
	c.before = js.Null()
	listen(element("pins"), "click", func(e js.Value) {
		if pin := closest(e, ".pin"); !pin.IsNull() {
			c.Open(data(pin, "thread"))
		}
	})
	listen(element("thread-close"), "click", func(js.Value) { c.Close() })
	listen(element("thread-cancel"), "click", func(js.Value) { c.change("") })
	listen(element("thread-resolve"), "click", func(js.Value) {
		if t := c.thread(c.open); t != nil {
			c.Resolve(t.ID, !t.Resolved)
		}
	})
	listen(element("thread-form"), "submit", func(e js.Value) {
		e.Call("preventDefault")
		c.send()
	})
	listenActive(element("thread-text"), "keydown", func(e js.Value) {
		// What an input method takes the key for is none of ours.
		if e.Get("key").String() == "Enter" && !e.Get("shiftKey").Bool() && !e.Get("isComposing").Bool() {
			e.Call("preventDefault")
			c.send()
		}
	})
	listen(element("thread-comments"), "click", func(e js.Value) {
		button := closest(e, "[data-comment]")
		if button.IsNull() {
			return
		}
		id := data(button.Call("closest", "li"), "id")
		switch data(button, "comment") {
		case "change":
			c.change(id)
		case "delete":
			c.Delete(id)
			Toast(Text("comment.deleted"))
			element("thread-title").Call("focus")
		}
	})
	listen(element("threads-close"), "click", func(js.Value) { c.closeList() })
	listen(element("threads-filter"), "click", func(e js.Value) {
		if button := closest(e, "button"); !button.IsNull() {
			c.resolved = data(button, "filter") == "resolved"
			c.showList()
		}
	})
	listen(element("threads-list"), "click", func(e js.Value) {
		if button := closest(e, "button"); !button.IsNull() {
			id := data(button, "thread")
			c.closeList()
			c.Go(id)
			c.Open(id)
		}
	})
	for _, id := range [...]string{"thread", "threads"} {
		listenActive(element(id), "keydown", func(e js.Value) {
			if e.Get("key").String() == "Escape" && !e.Get("isComposing").Bool() {
				e.Call("preventDefault")
				switch {
				case id == "threads":
					c.closeList()
				case c.changing != "":
					c.change("")
				default:
					c.Close()
				}
			}
		})
	}
}

func (c *Comments) thread(id string) *Thread {
	for i := range c.threads {
		if c.threads[i].ID == id {
			return &c.threads[i]
		}
	}
	return nil
}

// Show shows the threads, and whether this person may comment.
func (c *Comments) Show(threads []Thread, may bool) {
	c.threads, c.may = threads, may
	seen := map[string]bool{}
	for i := range threads {
		t := &threads[i]
		// What is settled is out of the way, but for the one that is looked at.
		if t.Elsewhere || t.Resolved && t.ID != c.open {
			continue
		}
		seen[t.ID] = true
		pin, ok := c.pins[t.ID]
		if !ok {
			pin = document.Call("createElement", "button")
			pin.Set("type", "button")
			pin.Set("className", "pin")
			setAttr(pin, "aria-haspopup", "dialog")
			pin.Get("dataset").Set("thread", t.ID)
			element("pins").Call("append", pin)
			c.pins[t.ID] = pin
		}
		first := &t.Comments[0]
		setText(pin, initials(author(first)))
		name := Text("comment.thread", author(first), first.Text)
		if pin.Get("title").String() != name {
			label(pin, name)
		}
		expand(pin, t.ID == c.open)
		if t.Resolved {
			setAttr(pin, "data-resolved", "")
		} else {
			pin.Call("removeAttribute", "data-resolved")
		}
	}
	c.Place(threads)
	for id, pin := range c.pins {
		if !seen[id] {
			pin.Call("remove")
			delete(c.pins, id)
		}
	}
	if c.open != "" && c.thread(c.open) == nil {
		c.Close()
	}
	c.showThread()
	if !element("threads").Get("hidden").Bool() {
		c.showList()
	}
}

// Place moves the pins to where the threads are on the screen, and changes nothing
// else: the board is panned.
func (c *Comments) Place(threads []Thread) {
	for i := range threads {
		if pin, ok := c.pins[threads[i].ID]; ok {
			pin.Get("style").Set("transform", "translate("+px(threads[i].At.X)+","+px(threads[i].At.Y)+")")
		}
	}
}

// Ask opens a thread that is to be begun.
func (c *Comments) Ask() {
	c.leave()
	c.open, c.asking = "", true
	c.present("thread")
	c.showThread()
	element("thread-text").Call("focus")
}

// Open opens a thread.
func (c *Comments) Open(id string) {
	t := c.thread(id)
	if t == nil {
		return
	}
	c.leave()
	c.open, c.asking = id, false
	c.closeList()
	c.present("thread")
	c.Show(c.threads, c.may)
	element("thread-comments").Set("scrollTop", 1e6)
	if c.may {
		element("thread-text").Call("focus")
	} else {
		element("thread-title").Call("focus")
	}
}

// Reveal opens a thread, and leaves the keyboard where it is.
func (c *Comments) Reveal(id string) {
	if t := c.thread(id); t != nil && c.open != id {
		c.leave()
		c.open, c.asking = id, false
		c.present("thread")
		c.Show(c.threads, c.may)
	}
}

// present shows a panel, and notes what had the focus.
func (c *Comments) present(id string) {
	if panel := element(id); panel.Get("hidden").Bool() {
		c.before = document.Get("activeElement")
		hide(panel, false)
	}
}

// Close closes the thread that is open. What was being written goes.
func (c *Comments) Close() {
	c.leave()
	c.open, c.asking = "", false
	c.dismiss("thread")
	c.Show(c.threads, c.may)
}

func (c *Comments) dismiss(id string) {
	panel := element(id)
	if panel.Get("hidden").Bool() {
		return
	}
	had := panel.Call("contains", document.Get("activeElement")).Bool()
	hide(panel, true)
	if !had {
		return
	}
	if c.before.Truthy() && c.before.Get("isConnected").Bool() && c.before.Get("tabIndex").Int() >= 0 {
		c.before.Call("focus")
	} else {
		focusSurface()
	}
}

// leave empties the form.
func (c *Comments) leave() {
	c.changing = ""
	element("thread-text").Set("value", "")
}

// change has the form change a comment, or with "" write a new one.
func (c *Comments) change(id string) {
	c.leave()
	c.changing = id
	field := element("thread-text")
	if t := c.thread(c.open); t != nil && id != "" {
		for _, said := range t.Comments {
			if said.ID == id {
				field.Set("value", said.Text)
			}
		}
	}
	c.showThread()
	field.Call("focus")
}

// send does with what was written what the form is for.
func (c *Comments) send() {
	text := strings.TrimSpace(element("thread-text").Get("value").String())
	if text == "" {
		return
	}
	changing := c.changing
	c.leave()
	switch {
	case changing != "":
		c.Change(changing, text)
	case c.asking:
		c.asking = false
		c.Start(text)
	default:
		c.Reply(c.open, text)
	}
	c.showThread()
	element("thread-comments").Set("scrollTop", 1e6)
}

// showThread shows what was said in the thread that is open.
func (c *Comments) showThread() {
	t := c.thread(c.open)
	list := element("thread-comments")
	hide(element("thread-form"), !c.may)
	hide(element("thread-resolve"), t == nil || !c.may)
	hide(element("thread-cancel"), c.changing == "")
	send := "comment.send"
	if c.changing != "" {
		send = "comment.save"
	}
	setText(one("#thread-form .primary"), Text(send))
	if t == nil {
		setText(element("thread-title"), Text("comment.new"))
		list.Call("replaceChildren")
		return
	}
	title := Language().Count("comment.said", len(t.Comments))
	if t.Resolved {
		title += " · " + Text("comment.resolved")
	}
	setText(element("thread-title"), title)
	resolve, name := element("thread-resolve"), "comment.resolve"
	if t.Resolved {
		name = "comment.reopen"
	}
	setPressed(resolve, t.Resolved)
	label(resolve, Text(name))
	for i := range t.Comments {
		item := list.Get("children").Call("item", i)
		if item.IsNull() {
			item = element("comment-shape").Get("content").Get("firstElementChild").Call("cloneNode", true)
			list.Call("append", item)
		}
		c.showComment(item, &t.Comments[i])
	}
	for list.Get("childElementCount").Int() > len(t.Comments) {
		list.Get("lastElementChild").Call("remove")
	}
}

func (c *Comments) showComment(item js.Value, said *Comment) {
	item.Get("dataset").Set("id", said.ID)
	find := func(selector string) js.Value { return item.Call("querySelector", selector) }
	setText(find("strong"), author(said))
	when := find("time")
	setText(when, ago(said.Time))
	if date := window.Get("Date").New(said.Time); !js.Global().Call("isNaN", date).Bool() {
		when.Set("dateTime", date.Call("toISOString").String())
		setAttr(when, "title", date.Call("toLocaleString", Language().Tag()).String())
	}
	hide(find(".edited"), !said.Edited)
	for _, button := range [...]string{"change", "delete"} {
		hide(find("[data-comment="+button+"]"), !said.Own || !c.may)
	}
	setText(find("p"), said.Text)
}

// ago says in words how long ago something was, as far as clocks can tell.
func ago(millis float64) string {
	seconds := (window.Get("Date").Call("now").Float() - millis) / 1000
	locale := Language().Tag()
	if !(seconds < 30*24*3600) {
		return window.Get("Date").New(millis).Call("toLocaleDateString", locale).String()
	}
	n, unit := 0, "second"
	if seconds >= 45 {
		n, unit = inUnits(seconds)
	}
	format := window.Get("Intl").Get("RelativeTimeFormat").New(locale, map[string]any{"numeric": "auto"})
	return format.Call("format", -n, unit).String()
}

func author(said *Comment) string {
	if name := strings.TrimSpace(said.Author); name != "" {
		return name
	}
	return Text("comment.unnamed")
}

// OpenList opens the list of all threads, or closes it.
func (c *Comments) OpenList() {
	if !element("threads").Get("hidden").Bool() {
		c.closeList()
		return
	}
	c.Close()
	c.present("threads")
	c.showList()
	element("threads-title").Call("focus")
}

func (c *Comments) closeList() { c.dismiss("threads") }

func (c *Comments) showList() {
	for _, button := range elements("#threads-filter button") {
		setPressed(button, (data(button, "filter") == "resolved") == c.resolved)
	}
	list := element("threads-list")
	focused := data(document.Get("activeElement"), "thread")
	list.Call("replaceChildren")
	for i := range c.threads {
		t := &c.threads[i]
		if t.Resolved != c.resolved {
			continue
		}
		first, last := &t.Comments[0], &t.Comments[len(t.Comments)-1]
		item, button := document.Call("createElement", "li"), document.Call("createElement", "button")
		button.Set("type", "button")
		button.Get("dataset").Set("thread", t.ID)
		who, what := document.Call("createElement", "strong"), document.Call("createElement", "span")
		who.Set("textContent", author(first))
		what.Set("textContent", first.Text)
		what.Set("dir", "auto")
		more := document.Call("createElement", "span")
		more.Set("textContent", Language().Count("comment.said", len(t.Comments))+" · "+ago(last.Time))
		button.Call("append", who, what, more)
		item.Call("append", button)
		list.Call("append", item)
		if t.ID == focused && focused != "" {
			button.Call("focus")
		}
	}
	none := ""
	switch {
	case list.Get("childElementCount").Int() > 0:
	case c.resolved:
		none = Text("comment.none-resolved")
	case len(c.threads) > 0:
		none = Text("comment.all-resolved")
	default:
		none = Text("comment.none")
	}
	setText(element("threads-none"), none)
}
