//go:build js

package browser

import (
	"slices"
	"syscall/js"
)

// chatItem is a message in the list, as it is shown.
type chatItem struct {
	e          js.Value
	text       ChatText
	day        string // of Time
	top        string // the day, where it is the first of one
	first, new bool
}

// nearEnd is how near the end of the list is the end, and moreAt from how near what is
// next is asked for, in CSS pixels.
const (
	nearEnd = 24
	moreAt  = 240
)

// groupWithin is within how many milliseconds messages of one author stand under one
// name.
const groupWithin = 5 * 60_000

func (c *Chat) listenToTexts() {
	log, list, acts := element("chat-log"), element("chat-texts"), element("chat-acts")
	listen(log, "scroll", func(js.Value) {
		if !c.loading {
			c.scrolled()
		}
	})
	listen(element("chat-newest"), "click", func(js.Value) {
		c.Newest()
		c.toEnd()
		c.focus()
	})
	on := func(e js.Value) {
		if li := closest(e, ".text"); !li.IsNull() {
			c.activate(data(li, "id"))
		}
	}
	listen(list, "pointerover", func(e js.Value) {
		if e.Get("pointerType").String() == "mouse" && !acts.Call("contains", document.Get("activeElement")).Bool() {
			on(e)
		}
	})
	listen(log, "pointerleave", func(e js.Value) {
		if e.Get("pointerType").String() == "mouse" && !list.Call("contains", document.Get("activeElement")).Bool() {
			c.activate("")
		}
	})
	listen(list, "focusin", on)
	listenActive(list, "click", func(e js.Value) {
		on(e)
		li := closest(e, ".text")
		if li.IsNull() {
			return
		}
		id := data(li, "id")
		item := c.items[id]
		if item == nil {
			return
		}
		if a := closest(e, "a[data-go]"); !a.IsNull() {
			e.Call("preventDefault")
			c.Go(data(a, "go"))
			return
		}
		b := closest(e, "button")
		switch {
		case b.IsNull():
		case !closest(e, ".quote").IsNull():
			c.jump(item.text.About)
		case data(b, "sign") != "":
			c.React(id, data(b, "sign"), b.Call("getAttribute", "aria-pressed").String() != "true")
			c.palette(false)
		default:
			c.act(item, data(b, "act"))
		}
	})
	listenActive(list, "keydown", func(e js.Value) {
		key := e.Get("key").String()
		if !e.Get("target").Get("classList").Call("contains", "text").Bool() {
			return
		}
		at := slices.IndexFunc(c.order, func(i *chatItem) bool { return i.e.Equal(e.Get("target")) })
		switch key {
		case "ArrowUp":
			at--
		case "ArrowDown":
			at++
		case "Home":
			at = 0
		case "End":
			at = len(c.order) - 1
		default:
			return
		}
		e.Call("preventDefault")
		if at >= 0 && at < len(c.order) {
			c.order[at].e.Call("focus")
		}
	})
}

// act does what a button at a message is for.
func (c *Chat) act(item *chatItem, what string) {
	t := &item.text
	switch what {
	case "react":
		c.palette(element("chat-signs").Get("hidden").Bool())
	case "answer":
		c.answer(t)
	case "change":
		c.change(t)
	case "delete":
		item.e.Call("focus")
		c.Delete(t.ID)
	case "retry":
		c.Retry(t.ID)
		c.focus()
	case "remove":
		c.Remove(t.ID)
		c.focus()
	}
}

// palette shows the signs that one may react by.
func (c *Chat) palette(open bool) {
	hide(element("chat-signs"), !open)
	expand(one("#chat-acts [data-act=react]"), open)
}

// activate takes the acts to a message, or from all with "".
func (c *Chat) activate(id string) {
	acts := element("chat-acts")
	item := c.items[id]
	if item == nil || item.text.Changed == 0 || item.text.Deleted || !c.view.May {
		item = nil
	}
	if c.active != id {
		if before := c.items[c.active]; before != nil {
			before.e.Set("tabIndex", -1)
		}
		c.palette(false)
		c.active = id
		if now := c.items[id]; now != nil {
			now.e.Set("tabIndex", 0)
		}
	}
	hide(acts, item == nil)
	if item == nil {
		// What it stood in may be removed.
		document.Get("body").Call("append", acts)
		return
	}
	hide(acts.Call("querySelector", "[data-act=change]"), !item.text.Own)
	hide(acts.Call("querySelector", "[data-act=delete]"), !item.text.Deletable)
	if !acts.Get("parentNode").Equal(item.e) {
		toggle(item.e, "top", item.e.Get("offsetTop").Float()-element("chat-log").Get("scrollTop").Float() < 32)
		item.e.Call("append", acts)
	}
}

// jump shows a message, which may have to come first.
func (c *Chat) jump(id string) {
	c.closeFind()
	c.wanted, c.end = id, false
	if !c.reveal() {
		c.Jump(id)
	}
}

// Missed tells that a message that was to be shown is not there.
func (c *Chat) Missed(id string) {
	if c.wanted == id {
		c.wanted = ""
	}
	Toast(Text("chat.quote-missing"))
}

// reveal shows the message that is wanted, if it is there.
func (c *Chat) reveal() bool {
	item := c.items[c.wanted]
	if item == nil {
		return false
	}
	c.wanted = ""
	item.reveal("center")
	return true
}

// reveal shows a message at a place of the list, and that this is the one.
func (item *chatItem) reveal(block string) {
	item.e.Call("scrollIntoView", map[string]any{"block": block})
	toggle(item.e, "shown", false)
	item.e.Get("offsetWidth") // begins the animation anew
	toggle(item.e, "shown", true)
	item.e.Call("focus", map[string]any{"preventScroll": true})
}

func (c *Chat) clear() {
	c.activate("")
	element("chat-texts").Call("replaceChildren")
	clear(c.items)
	clear(c.more)
	c.order, c.wanted, c.end = nil, "", false
}

// left is how many CSS pixels of the list are below what is seen.
func left() float64 {
	log := element("chat-log")
	return log.Get("scrollHeight").Float() - log.Get("scrollTop").Float() - log.Get("clientHeight").Float()
}

// toEnd shows the newest message, which may have to come first.
func (c *Chat) toEnd() {
	c.wanted, c.end = "", true
	scrollToEnd()
}

func scrollToEnd() {
	log := element("chat-log")
	log.Set("scrollTop", log.Get("scrollHeight"))
}

// scrolled asks for what is about to be seen.
func (c *Chat) scrolled() {
	if !c.open {
		return
	}
	below := left()
	c.ask(true, c.view.Older && element("chat-log").Get("scrollTop").Float() < moreAt)
	c.ask(false, c.view.Newer && below < moreAt)
	c.showNewest(below)
	c.seen()
}

func (c *Chat) ask(older, yes bool) {
	if yes && !c.more[older] {
		c.more[older] = true
		go c.More(older) // it may be asked while this is being shown
	}
}

func (c *Chat) showNewest(below float64) {
	button := element("chat-newest")
	hide(button, below < nearEnd && !c.view.Newer || len(c.order) == 0)
	text, name := "", Text("chat.newest")
	if c.view.Fresh > 0 {
		text = Language().Count("chat.newest-count", c.view.Fresh)
		name = text
	}
	setText(button.Get("lastElementChild"), text)
	if button.Call("getAttribute", "aria-label").Type() != js.TypeString || button.Call("getAttribute", "aria-label").String() != name {
		label(button, name)
	}
}

// seen tells when the newest message is before somebody's eyes.
func (c *Chat) seen() {
	if c.open && c.view.Fresh > 0 && !c.view.Newer && left() < nearEnd && document.Get("visibilityState").String() == "visible" {
		go c.Seen()
	}
}

// Shown reports whether the newest messages of a conversation are before somebody's
// eyes.
func (c *Chat) Shown(with string) bool {
	return c.open && c.view.With == with && document.Get("visibilityState").String() == "visible"
}

// Show shows the conversation that is open.
func (c *Chat) Show(v ChatView) {
	if !c.open || v.With != c.view.With {
		return
	}
	fresh := len(c.order) == 0
	atEnd := !c.view.Newer && left() < nearEnd
	before := c.view
	c.view = v
	setText(element("chat-title"), v.Name)
	setText(element("chat-standing"), v.Standing)
	setText(element("chat-typing"), typingText(Language(), v.Typing))
	hide(element("chat-form"), !v.May)
	hide(element("chat-silent"), v.May)
	none := element("chat-none")
	hide(none, !v.Loaded || len(v.Texts) > 0)
	setText(none, Text("chat.begin"))
	if before.Older != v.Older || len(before.Texts) != len(v.Texts) || before.Newer != v.Newer {
		clear(c.more)
	}
	c.loading = true
	anchor, top := c.anchor()
	c.showTexts()
	log := element("chat-log")
	switch {
	case c.items[v.Top] != nil:
		c.wanted, c.end = "", false
		c.items[v.Top].reveal("start")
	case c.wanted != "" && c.reveal():
	case c.end && !v.Newer && len(c.order) > 0:
		c.end = false
		scrollToEnd()
	case fresh && c.order != nil:
		scrollToEnd()
		for _, item := range c.order {
			if item.new { // it is read from there
				item.e.Call("scrollIntoView", map[string]any{"block": "start"})
			}
		}
	case atEnd:
		scrollToEnd()
	case anchor != nil && anchor.e.Get("isConnected").Bool():
		if by := anchor.e.Get("offsetTop").Float() - top; by != 0 {
			log.Set("scrollTop", log.Get("scrollTop").Float()+by)
		}
	}
	c.loading = false
	c.scrolled()
}

// anchor is the first message that is seen, and where it is: it stays there.
func (c *Chat) anchor() (*chatItem, float64) {
	from := element("chat-log").Get("scrollTop").Float()
	i, _ := slices.BinarySearchFunc(c.order, from, func(item *chatItem, from float64) int {
		if item.e.Get("offsetTop").Float()+item.e.Get("offsetHeight").Float() <= from {
			return -1
		}
		return 1
	})
	if i == len(c.order) {
		return nil, 0
	}
	return c.order[i], c.order[i].e.Get("offsetTop").Float()
}

// showTexts brings the list up to date. What has not changed is not touched.
func (c *Chat) showTexts() {
	list := element("chat-texts")
	keep := make(map[string]bool, len(c.view.Texts))
	for i := range c.view.Texts {
		keep[c.view.Texts[i].ID] = true
	}
	for id, item := range c.items {
		if !keep[id] {
			if id == c.active {
				c.activate("")
			}
			item.e.Call("remove")
			delete(c.items, id)
		}
	}
	// Mostly all but the end is as it was: it is not gone through in the page.
	before := c.order
	c.order = make([]*chatItem, 0, len(c.view.Texts))
	at, same := js.Null(), true
	var last *chatItem
	for i := range c.view.Texts {
		t := &c.view.Texts[i]
		item := c.items[t.ID]
		if item == nil {
			item = &chatItem{e: shape("text-shape")}
			item.e.Get("dataset").Set("id", t.ID)
			c.items[t.ID] = item
		}
		if same && (i == len(before) || before[i] != item) {
			same = false
			if at = list.Get("firstElementChild"); last != nil {
				at = last.e.Get("nextElementSibling")
			}
		}
		if item.text.Time != t.Time {
			item.day = day(t.Time)
		}
		top := ""
		if last == nil || last.day != item.day {
			top = item.day
		}
		first := top != "" || t.New || last.text.Author != t.Author || t.Time-last.text.Time > groupWithin
		c.showText(item, t, top, first)
		switch {
		case same:
		case item.e.Equal(at):
			at = at.Get("nextElementSibling")
		default:
			list.Call("insertBefore", item.e, at)
		}
		c.order = append(c.order, item)
		last = item
	}
	if n := len(c.order); n > 0 && c.items[c.active] == nil {
		c.order[n-1].e.Set("tabIndex", 0)
		if n > 1 {
			c.order[n-2].e.Set("tabIndex", -1)
		}
	}
}

// showText shows what of a message has changed.
func (c *Chat) showText(item *chatItem, t *ChatText, top string, first bool) {
	was := &item.text
	part := func(selector string) js.Value { return item.e.Call("querySelector", selector) }
	fresh := was.ID == ""
	if fresh || item.top != top || item.new != t.New {
		mark := part(".mark")
		mark.Call("replaceChildren")
		hide(mark, top == "" && !t.New)
		if top != "" {
			d := create("span", "")
			d.Set("textContent", top)
			mark.Call("append", d)
		}
		if t.New {
			n := create("span", "new")
			n.Set("textContent", Text("chat.new"))
			mark.Call("append", n)
		}
		item.top, item.new = top, t.New
	}
	if fresh || item.first != first {
		toggle(item.e, "first", first)
		item.first = first
	}
	if fresh || was.Name != t.Name || was.Color != t.Color {
		color(part(".by .chip"), t.Name, t.Color)
		setText(part(".by bdi"), t.Name)
	}
	if fresh || was.Time != t.Time {
		when, d := part("time"), date(t.Time)
		setText(when, c.clock.Call("format", d).String())
		when.Set("dateTime", d.Call("toISOString").String())
		setAttr(when, "title", d.Call("toLocaleString", Language().Tag()).String())
	}
	if fresh || was.Changed != t.Changed || was.Deleted != t.Deleted {
		body := part(".body")
		if t.Deleted {
			setText(body, Text("chat.deleted"))
		} else {
			body.Call("replaceChildren")
			c.appendBlocks(body, t.Blocks)
		}
		toggle(item.e, "deleted", t.Deleted)
		toggle(item.e, "named", t.Named)
		hide(part(".edited"), !t.Edited)
		toggle(item.e, "edited", t.Edited)
	}
	if fresh || was.Quoted != t.Quoted || was.QuotedName != t.QuotedName || was.QuotedText != t.QuotedText {
		quote := part(".quote")
		hide(quote, !t.Quoted)
		name, text := t.QuotedName, t.QuotedText
		if name == "" {
			name = Text("chat.quote-gone")
		}
		setText(quote.Get("firstElementChild"), name)
		setText(quote.Get("lastElementChild"), text)
	}
	if fresh || was.State != t.State || was.Why != t.Why {
		state := part(".foot .icon")
		state.Call("toggleAttribute", "hidden", t.State == "" || t.Why != "")
		if t.State != "" {
			setAttr(state, "data-state", t.State)
			setAttr(state, "aria-label", Text(chatStates[t.State]))
		}
		refused := part(".refused")
		hide(refused, t.Why == "")
		if t.Why != "" {
			setText(refused.Get("firstElementChild"), Text("chat.refused")+" "+Text(t.Why))
		}
	}
	if !slices.Equal(was.Signs, t.Signs) {
		c.showSigns(part(".signs"), t.Signs)
	}
	item.text = *t
	if t.ID == c.active {
		c.activate(t.ID)
	}
}

// chatStates are the texts of State.
var chatStates = map[string]string{ChatWaiting: "chat.waiting", ChatSent: "chat.sent", ChatStored: "chat.stored", ChatSeen: "chat.seen"}

func (c *Chat) showSigns(row js.Value, signs []ChatSign) {
	focused := ""
	if active := document.Get("activeElement"); row.Call("contains", active).Bool() {
		focused = data(active, "sign")
	}
	row.Call("replaceChildren")
	for _, s := range signs {
		b := create("button", "")
		b.Set("type", "button")
		b.Get("dataset").Set("sign", s.Sign)
		b.Set("disabled", !c.view.May)
		text := s.Sign + " " + decimal(float64(s.Count))
		b.Set("textContent", text)
		label(b, Text("chat.reacted", text, s.Names))
		setPressed(b, s.Own)
		row.Call("append", b)
		if s.Sign == focused && focused != "" {
			b.Call("focus")
		}
	}
}
