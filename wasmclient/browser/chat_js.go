//go:build js

package browser

import (
	"syscall/js"

	"edgeboard/shared/talk"
	"edgeboard/shared/wire"
)

// Chat is the panel of what people say to each other. The callbacks are called for
// what a person does there, those that say no conversation for the one that is open.
// A conversation is named by the other person, that of the board by "".
type Chat struct {
	Open     func(with string)
	Leave    func()                                              // none is open any more
	List     func()                                              // all are listed
	Write    func(text string)                                   // that stands in the form now
	Complete func(before string) (list []Completion, length int) // of the last bytes before the caret
	// Send says something, as an answer to the message about or "", and Change changes a
	// message. They return the key of the text that says why not.
	Send     func(text, about string) (why string)
	Change   func(id, text string) (why string)
	Delete   func(id string)
	React    func(id, sign string, on bool)
	Retry    func(id string)         // to send what was refused
	Remove   func(id string)         // that
	More     func(older bool)        // what is next that way is about to be seen
	Seen     func()                  // the end of the list is
	Newest   func()                  // is to be shown
	Jump     func(id string)         // is to be shown
	Find     func(query string)      // "": it is over
	FindMore func()                  // shows further ones
	Date     func(millis float64)    // shows what was said from then on
	Go       func(url string)        // follows a link to an element of this board
	Element  func(url string) string // names that element, "" if it is none of this board; Show calls it
	Me       func() wire.Person      // who sits here; the same
	Besides  int                     // unread things that are no messages; the same, in the title
	before   js.Value                // had the focus
	title    string                  // of the page
	clock    js.Value                // writes times
	drafts   map[string]string       // what was written, and not sent
	view     ChatView                // as shown
	talks    []ChatTalk              // the same
	items    map[string]*chatItem    // the same
	order    []*chatItem             // the same
	active   string                  // the message that the acts are at
	wanted   string                  // the message that is to be shown when it is there
	end      bool                    // or the newest one
	about    string                  // the message that the form answers
	changing string                  // or changes
	options  []Completion            // that are offered
	length   int                     // of what they stand for
	option   int                     // that is chosen
	open     bool                    // a conversation is
	more     map[bool]bool           // was asked for, and has not come
	loading  bool                    // the list is being shown: scrolling means nothing
}

// ChatTalk is a line of the list of conversations.
type ChatTalk struct {
	With, Name string
	Color      uint32
	Standing   string // where the person is, and at what
	Faded      bool   // it is not here
	Last       string // what was said last
	Time       float64
	Unread     int
}

// ChatView is a conversation as it is shown.
type ChatView struct {
	With         string
	Name         string // what it is called
	Standing     string
	Texts        []ChatText
	Top          string // the message that is to be at the top from now on, "" if it does not matter
	Older, Newer bool   // there is more that way
	Loaded       bool   // it is known what was said last
	May          bool   // this person write
	Fresh        int    // messages that were not seen
	Typing       []string
}

// ChatText is a message.
type ChatText struct {
	ID, Author, Name string
	Color            uint32
	Own              bool
	Time             float64 // in milliseconds since 1970
	// Changed is another one when Blocks are.
	Changed         uint64
	Blocks          []talk.Block
	Plain           string // the same in a line
	Source          string // the same as it was written
	Edited, Deleted bool
	Quoted          bool // it answers a message: by QuotedName, which may be ""
	About           string
	QuotedName      string
	QuotedText      string
	State           string // of an own one
	Why             string // it was refused: the key of a text
	Named           bool   // this person is named in it
	New             bool   // it is the first that was not seen when the conversation was opened
	Deletable       bool
	Signs           []ChatSign
}

// ChatSign is a reaction.
type ChatSign struct {
	Sign, Names string
	Count       int
	Own         bool
}

// ChatFound is a message that was found.
type ChatFound struct {
	ID, Name, Text string
	Time           float64
}

// chatSigns are those that are offered.
var chatSigns = [...]string{"👍", "❤️", "😄", "🎉", "😮", "😢", "👀", "✅"}

// Listen begins to call the callbacks.
func (c *Chat) Listen() {
	c.items, c.drafts, c.more = map[string]*chatItem{}, map[string]string{}, map[bool]bool{}
	c.before = js.Null()
	c.title = document.Get("title").String()
	c.clock = newClock()
	for _, sign := range chatSigns {
		b := create("button", "")
		b.Set("type", "button")
		b.Set("textContent", sign)
		b.Get("dataset").Set("sign", sign)
		element("chat-signs").Call("append", b)
	}
	listen(element("chat-button"), "click", func(js.Value) { c.Toggle() })
	listen(element("chat-close"), "click", func(js.Value) { c.Close() })
	listen(element("chat-back"), "click", func(js.Value) { c.toList(); element("chat-title").Call("focus") })
	listen(element("chat-list"), "click", func(e js.Value) {
		if b := closest(e, "button"); !b.IsNull() {
			c.OpenTalk(b.Get("dataset").Get("with").String())
		}
	})
	listenActive(element("chat"), "keydown", func(e js.Value) {
		if e.Get("key").String() == "Escape" && !e.Get("isComposing").Bool() {
			e.Call("preventDefault")
			c.escape()
		}
	})
	listen(document, "visibilitychange", func(js.Value) { c.seen() })
	c.listenToForm()
	c.listenToDrafts()
	c.listenToTexts()
	c.listenToFind()
}

// Toggle opens the panel, or closes it. It shows the conversation that was open last,
// the board's at first, unless somebody has spoken in others alone.
func (c *Chat) Toggle() {
	if !element("chat").Get("hidden").Bool() {
		c.Close()
		return
	}
	c.present()
	here, elsewhere := false, false
	for i := range c.talks {
		if t := &c.talks[i]; t.Unread > 0 {
			here = here || t.With == c.view.With
			elsewhere = elsewhere || t.With != c.view.With
		}
	}
	if elsewhere && !here {
		c.toList()
		element("chat-title").Call("focus")
	} else {
		c.OpenTalk(c.view.With)
	}
}

func (c *Chat) present() {
	if panel := element("chat"); panel.Get("hidden").Bool() {
		c.before = document.Get("activeElement")
		hide(panel, false)
		expand(element("chat-button"), true)
	}
}

// OpenTalk opens a conversation.
func (c *Chat) OpenTalk(with string) {
	c.present()
	if c.open && with == c.view.With {
		c.focus()
		return
	}
	c.put()
	c.closeFind()
	c.open = true
	element("chat").Get("dataset").Set("level", "talk")
	c.clear()
	c.view = ChatView{With: with}
	element("chat-text").Set("value", c.draft(with))
	c.Open(with)
	c.focus()
}

// OpenText opens a conversation, and shows a message of it as soon as that is there.
func (c *Chat) OpenText(with, id string) {
	c.OpenTalk(with)
	c.closeFind()
	c.wanted = id
	c.reveal()
}

// focus brings the keyboard to where one writes, or reads.
func (c *Chat) focus() {
	if element("chat-form").Get("hidden").Bool() {
		element("chat-title").Call("focus")
	} else {
		element("chat-text").Call("focus")
	}
}

// put puts away what was written in the conversation that is open.
func (c *Chat) put() {
	c.keepDraft()
	c.quit()
}

// toList shows all conversations.
func (c *Chat) toList() {
	c.put()
	c.closeFind()
	c.clear()
	if c.open {
		c.open = false
		c.Leave()
	}
	element("chat").Get("dataset").Set("level", "list")
	setText(element("chat-title"), Text("chat.title"))
	setText(element("chat-standing"), "")
	c.List()
}

// Close closes the panel. What was written stays.
func (c *Chat) Close() {
	panel := element("chat")
	if panel.Get("hidden").Bool() {
		return
	}
	c.put()
	c.closeFind()
	if c.open {
		c.open = false
		c.Leave()
	}
	had := panel.Call("contains", document.Get("activeElement")).Bool()
	hide(panel, true)
	expand(element("chat-button"), false)
	switch {
	case !had:
	case c.before.Truthy() && c.before.Get("isConnected").Bool() && c.before.Get("tabIndex").Int() >= 0:
		c.before.Call("focus")
	default:
		focusSurface()
	}
}

// escape ends what was begun last.
func (c *Chat) escape() {
	switch {
	case len(c.options) > 0:
		c.offer(nil, 0)
	case c.about != "" || c.changing != "":
		c.quit()
		element("chat-text").Call("focus")
	case !element("chat-find").Get("hidden").Bool():
		c.closeFind()
		c.focus()
	default:
		c.Close()
	}
}

// ShowTalks shows the conversations, and how much of all is unread.
func (c *Chat) ShowTalks(list []ChatTalk) {
	unread, here := 0, 0
	for i := range list {
		unread += list[i].Unread
		if c.open && list[i].With == c.view.With {
			here = list[i].Unread
		}
	}
	document.Set("title", titled(c.title, unread+c.Besides))
	button := element("chat-button")
	setText(button.Get("lastElementChild"), badgeText(unread))
	setText(element("chat-back").Get("lastElementChild"), badgeText(unread-here))
	name := Text("chat.title")
	if unread > 0 {
		name = Text("chat.unread", badgeText(unread))
	}
	if button.Call("getAttribute", "aria-label").String() != name {
		label(button, name)
	}
	same := len(list) == len(c.talks)
	for i := 0; same && i < len(list); i++ {
		same = list[i] == c.talks[i]
	}
	if same {
		return
	}
	c.talks = list
	lines := element("chat-list")
	focused := document.Get("activeElement")
	had := lines.Call("contains", focused).Bool()
	with := focused.Get("dataset").Get("with")
	lines.Call("replaceChildren")
	for i := range list {
		t := &list[i]
		line := shape("talk-shape")
		toggle(line, "faded", t.Faded)
		b := line.Get("firstElementChild")
		b.Get("dataset").Set("with", t.With)
		part := func(selector string) js.Value { return b.Call("querySelector", selector) }
		color(part(".chip"), t.Name, t.Color)
		setText(part("bdi"), t.Name)
		setText(part("small"), t.Standing)
		setText(part(".last"), t.Last)
		if t.Time > 0 {
			setText(part("time"), short(c.clock, t.Time))
		}
		setText(part(".unread"), badgeText(t.Unread))
		if t.Unread > 0 {
			setAttr(b, "aria-label", Text("chat.with", t.Name, badgeText(t.Unread)))
		}
		lines.Call("append", line)
		if had && with.Type() == js.TypeString && with.String() == t.With {
			b.Call("focus")
		}
	}
}

// Announce says a message to who does not see it.
func (c *Chat) Announce(name, text string) {
	setText(element("chat-said"), Text("chat.said", name, text))
}

// color shows whose a chip is.
func color(chip js.Value, name string, color uint32) {
	setText(chip, initials(name))
	chip.Get("style").Call("setProperty", "--c", Hex(color))
}

// create makes an element of a class.
func create(tag, class string) js.Value {
	e := document.Call("createElement", tag)
	if class != "" {
		e.Set("className", class)
	}
	return e
}

// shape makes what a template of index.html has.
func shape(id string) js.Value {
	return element(id).Get("content").Get("firstElementChild").Call("cloneNode", true)
}

func date(millis float64) js.Value { return window.Get("Date").New(millis) }

// newClock makes what writes times of the day.
func newClock() js.Value {
	return window.Get("Intl").Get("DateTimeFormat").New(Language().Tag(), map[string]any{"hour": "2-digit", "minute": "2-digit"})
}

// short writes a time of today, or the day of another.
func short(clock js.Value, millis float64) string {
	d := date(millis)
	if d.Call("toDateString").Equal(window.Get("Date").New().Call("toDateString")) {
		return clock.Call("format", d).String()
	}
	return d.Call("toLocaleDateString", Language().Tag(), map[string]any{"day": "numeric", "month": "short"}).String()
}

// day names the day of a time.
func day(millis float64) string {
	const length = 24 * 3600_000
	d, now := date(millis), window.Get("Date").Call("now").Float()
	for i, name := range [...]string{"chat.today", "chat.yesterday"} {
		if d.Call("toDateString").Equal(date(now - float64(i)*length).Call("toDateString")) {
			return Text(name)
		}
	}
	return d.Call("toLocaleDateString", Language().Tag(), map[string]any{"weekday": "long", "day": "numeric", "month": "long", "year": "numeric"}).String()
}
