package browser

import (
	"strconv"
	"syscall/js"

	"edgeboard/shared/wire"
)

// Inbox is the panel of what concerns this person on all boards, and of how to be told.
// The callbacks are called for what a person does there.
type Inbox struct {
	Shown   func(shown bool) // the panel is, or no longer
	Go      func(seq uint64) // where an entry leads
	ReadAll func()
	More    func() // earlier ones are to be shown
	Wishes  func() // are about to be shown
	Wish    func(w wire.Wishes)
	Switch  func(on bool) // whether this device is told; in the event of a click

	before js.Value              // had the focus
	clock  js.Value              // writes times
	items  map[uint64]*inboxItem // as shown
	wishes wire.Wishes           // the same
	unread int                   // the same
	kinds  []js.Value            // the boxes of kinds
}

type inboxItem struct {
	line, link js.Value
	entry      InboxEntry
}

// Listen begins to call the callbacks.
func (b *Inbox) Listen() {
	b.items, b.before = map[uint64]*inboxItem{}, js.Null()
	listen(element("inbox-button"), "click", func(js.Value) { b.Toggle() })
	listenActive(element("inbox"), "click", b.clicked)
	listen(element("inbox"), "change", b.changed)
	listenActive(element("inbox"), "submit", func(e js.Value) { e.Call("preventDefault") })
	listenActive(element("inbox"), "keydown", func(e js.Value) {
		if e.Get("key").String() == "Escape" && !e.Get("isComposing").Bool() {
			e.Call("preventDefault")
			if element("inbox").Get("dataset").Get("level").String() == "wishes" {
				b.level("list")
			} else {
				b.Close()
			}
		}
	})
}

func (b *Inbox) clicked(e js.Value) {
	if link := closest(e, "#inbox-list a"); !link.IsNull() {
		// With a key it is opened elsewhere, by the browser.
		for _, key := range [...]string{"ctrlKey", "metaKey", "shiftKey"} {
			if e.Get(key).Bool() {
				return
			}
		}
		e.Call("preventDefault")
		for seq, item := range b.items {
			if item.link.Equal(link) {
				b.Go(seq)
				return
			}
		}
		return
	}
	button := closest(e, "button")
	if button.IsNull() {
		return
	}
	switch button.Get("id").String() {
	case "inbox-close":
		b.Close()
	case "inbox-back":
		b.level("list")
	case "inbox-settings":
		b.level("wishes")
		b.Wishes()
	case "inbox-read":
		b.ReadAll()
		element("inbox-title").Call("focus")
	case "inbox-more":
		b.More()
	}
}

// level shows the entries or the wishes.
func (b *Inbox) level(name string) {
	element("inbox").Get("dataset").Set("level", name)
	title := Text("notice.title")
	if name == "wishes" {
		title = Text("notice.wishes")
	}
	setText(element("inbox-title"), title)
	element("inbox-title").Call("focus")
}

// Toggle opens the panel, or closes it.
func (b *Inbox) Toggle() {
	if element("inbox").Get("hidden").Bool() {
		b.Open()
	} else {
		b.Close()
	}
}

// Open opens the panel.
func (b *Inbox) Open() {
	panel := element("inbox")
	if panel.Get("hidden").Bool() {
		b.before = document.Get("activeElement")
		hide(panel, false)
		expand(element("inbox-button"), true)
		b.Shown(true)
	}
	b.level("list")
}

// Close closes the panel.
func (b *Inbox) Close() {
	panel := element("inbox")
	if panel.Get("hidden").Bool() {
		return
	}
	had := panel.Call("contains", document.Get("activeElement")).Bool()
	hide(panel, true)
	expand(element("inbox-button"), false)
	b.Shown(false)
	switch {
	case !had:
	case b.before.Truthy() && b.before.Get("isConnected").Bool() && b.before.Get("tabIndex").Int() >= 0:
		b.before.Call("focus")
	default:
		focusSurface()
	}
}

// ShowUnread shows how many entries are unread, also on the program's icon where it has
// one.
func (b *Inbox) ShowUnread(unread int) {
	if unread == b.unread {
		return
	}
	b.unread = unread
	button := element("inbox-button")
	setText(button.Get("lastElementChild"), badgeText(unread))
	name := Text("notice.title")
	if unread > 0 {
		name = Text("notice.unread", badgeText(unread))
	}
	label(button, name)
	element("inbox-read").Set("disabled", unread == 0)
	if navigator := window.Get("navigator"); !navigator.Get("setAppBadge").IsUndefined() {
		settled(navigator.Call("setAppBadge", unread))
	}
}

// Show shows the entries, the last one first. Of none it says whether there are none, or
// they are not known yet; more says that there are earlier ones, which can be asked for.
func (b *Inbox) Show(list []InboxEntry, loaded, more, asked bool) {
	lines := element("inbox-list")
	seen := map[uint64]bool{}
	at := lines.Get("firstElementChild")
	for i := range list {
		e := &list[i]
		seen[e.Seq] = true
		item := b.items[e.Seq]
		if item == nil {
			line := shape("entry-shape")
			item = &inboxItem{line: line, link: line.Get("firstElementChild")}
			b.items[e.Seq] = item
		}
		if item.entry != *e {
			item.entry = *e
			b.fill(item.link, e)
		}
		if item.line.Equal(at) {
			at = at.Get("nextElementSibling")
		} else {
			lines.Call("insertBefore", item.line, at)
		}
	}
	for seq, item := range b.items {
		if !seen[seq] {
			if item.line.Call("contains", document.Get("activeElement")).Bool() {
				element("inbox-title").Call("focus")
			}
			item.line.Call("remove")
			delete(b.items, seq)
		}
	}
	none := ""
	switch {
	case len(list) == 0 && loaded:
		none = Text("notice.none")
	case len(list) == 0:
		none = Text("notice.late")
	case more && !asked:
		none = Text("notice.oldest")
	}
	setText(element("inbox-none"), none)
	hide(element("inbox-more"), !more || !asked || len(list) == 0)
}

func (b *Inbox) fill(link js.Value, e *InboxEntry) {
	part := func(selector string) js.Value { return link.Call("querySelector", selector) }
	link.Get("dataset").Set("what", strconv.FormatUint(uint64(e.What), 10))
	link.Call("toggleAttribute", "data-from", e.Name != "")
	link.Set("href", e.URL)
	toggle(link, "new", e.New)
	if e.Name != "" {
		color(part(".chip"), e.Name, e.Color)
	}
	unread := ""
	if e.New {
		unread = Text("notice.unread-entry") + " "
	}
	setText(part(".what .name"), unread)
	setText(part(".what bdi"), e.Title)
	setText(part(".said"), e.Text)
	setText(part(".board"), e.Board)
	if b.clock.IsUndefined() {
		b.clock = newClock()
	}
	setText(part("time"), short(b.clock, e.Time))
}

// ShowWishes shows how this person wants to be told, which may not be known yet.
func (b *Inbox) ShowWishes(w wire.Wishes, known bool) {
	element("inbox-wishes-all").Set("disabled", !known)
	refused := ""
	switch {
	case !known:
		refused = Text("notice.late")
	case w.Refused != "":
		refused = Text("notice.refused", w.Refused)
	}
	setText(element("inbox-refused"), refused)
	b.wishes = w
	devices := ""
	if w.Devices > 0 {
		devices = Language().Count("notice.devices", int(w.Devices))
	}
	setText(element("inbox-devices"), devices)
	for _, box := range b.boxes() {
		what := kindOf(box)
		off := w.Off>>what&1 != 0
		if data(box, "wish") == "off" {
			box.Set("checked", !off)
		} else {
			box.Set("checked", !off && w.Unpushed>>what&1 == 0)
			box.Set("disabled", off)
		}
	}
	muted := false
	for _, board := range w.Muted {
		muted = muted || board == Board()
	}
	element("inbox-mute").Set("checked", muted)
	quiet := w.QuietFrom != w.QuietTo
	element("inbox-quiet").Set("checked", quiet)
	hide(element("inbox-hours"), !quiet)
	if quiet {
		for id, minute := range map[string]uint32{"inbox-quiet-from": w.QuietFrom, "inbox-quiet-to": w.QuietTo} {
			if field := element(id); field.Get("value").String() != clockTime(minute) {
				field.Set("value", clockTime(minute))
			}
		}
	}
}

// ShowPush shows whether this device is told.
func (b *Inbox) ShowPush(state PushState) {
	box := element("inbox-push")
	box.Set("checked", state == PushOn || state == PushWaiting)
	box.Set("disabled", state == PushNone || state == PushRelay || state == PushWaiting)
	setText(element("inbox-push-state"), Text(string(state)))
}

func (b *Inbox) boxes() []js.Value {
	if b.kinds == nil {
		b.kinds = elements("#inbox-wishes [data-wish]")
	}
	return b.kinds
}

// kindOf is the kind of entry that a box is about.
func kindOf(box js.Value) uint32 {
	n, _ := strconv.ParseUint(data(box.Call("closest", "tr"), "what"), 10, 5)
	return uint32(n)
}

// The quiet hours that are offered first.
const (
	quietFrom = 22 * 60
	quietTo   = 7 * 60
)

func (b *Inbox) changed(e js.Value) {
	control := e.Get("target")
	on := control.Get("checked").Truthy()
	w := b.wishes
	set := func(bits *uint32) {
		if what := kindOf(control); on {
			*bits &^= 1 << what
		} else {
			*bits |= 1 << what
		}
	}
	switch control.Get("id").String() {
	case "inbox-push":
		b.Switch(on)
		return
	case "inbox-mute":
		w.Muted = mute(w.Muted, Board(), on)
	case "inbox-quiet":
		w.QuietFrom, w.QuietTo, w.Zone = 0, 0, zone()
		if on {
			w.QuietFrom, w.QuietTo = quietFrom, quietTo
		}
	case "inbox-quiet-from", "inbox-quiet-to":
		from, ok := minuteOf(element("inbox-quiet-from").Get("value").String())
		to, also := minuteOf(element("inbox-quiet-to").Get("value").String())
		if !ok || !also || from == to {
			return // it is being typed, or would be never
		}
		w.QuietFrom, w.QuietTo, w.Zone = from, to, zone()
	default:
		switch data(control, "wish") {
		case "off":
			set(&w.Off)
		case "unpushed":
			set(&w.Unpushed)
		default:
			return
		}
	}
	b.Wish(w)
}

// zone is the name of the time zone that this device is in.
func zone() string {
	name := window.Get("Intl").Get("DateTimeFormat").New().Call("resolvedOptions").Get("timeZone")
	if name.Type() != js.TypeString {
		return ""
	}
	return name.String()
}

// BoardURL is the address of another board, with what is after the hash.
func BoardURL(board, fragment string) string { return "/b/" + board + fragment }

// OpenBoard leaves this board for an address that BoardURL has made.
func OpenBoard(url string) { window.Get("location").Call("assign", url) }

// DropFragment takes what is after the hash out of the address: it was done.
func DropFragment() {
	location := window.Get("location")
	window.Get("history").Call("replaceState", nil, "", location.Get("pathname").String()+location.Get("search").String())
}
