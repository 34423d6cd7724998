//go:build js

package browser

import (
	"strconv"
	"strings"
	"syscall/js"
	"unicode/utf8"

	"edgeboard/shared/geom"
)

// Panels are the HTML over the board: tools, style, menus, the status, the
// people. The callbacks are called for what a person does there.
type Panels struct {
	Texts     *Texts
	Shortcuts []Shortcut // of the editor's commands
	// Command is called with the name of a command of package editor, or with
	// "finger-draws".
	Command func(name string)
	// Style is called with one of the keys of Style, which say their values. What
	// comes between StyleBegin and StyleEnd is one change, of a slider say.
	Style                func(key, value string)
	StyleBegin, StyleEnd func()
	Rename               func(name string)
	Access               *Access // who may share the board
	Clipboard            *Clipboard

	share        share
	standing     Standing
	state        State
	pending      string // what #pending is to show
	pendingLater bool   // a timer will
	loaded       string // width of #loaded
}

// Listen names the controls in the page's language and begins to call the
// callbacks.
func (p *Panels) Listen() {
	t := p.Texts
	for id, text := range map[string]string{
		"tools": t.Tools, "colors": t.Colors, "widths": t.Widths, "zoom": t.Zoom,
		"bar": t.Tools, "people": t.People, "surface": t.Board,
	} {
		setAttr(element(id), "aria-label", text)
	}
	label(element("share"), t.Share)
	p.group("tool", map[string]string{"pen": t.Pen, "hand": t.Hand}, func(v string) { p.Command("tool-" + v) })
	p.group("width", map[string]string{"2": t.Thin, "4": t.Medium, "8": t.Thick}, func(v string) { p.Style(StyleThickness, v) })
	colors := map[string]string{}
	for i, b := range elements("[data-color]") {
		colors[b.Get("dataset").Get("color").String()] = t.ColorNames[i]
	}
	p.group("color", colors, func(v string) { p.Style(StyleColor, v) })
	for _, b := range elements("[data-zoom]") {
		step := b.Get("dataset").Get("zoom").String()
		label(b, map[string]string{"in": t.ZoomIn, "out": t.ZoomOut, "reset": t.ZoomTo1}[step])
		listen(b, "click", func(js.Value) {
			p.Command(map[string]string{"in": "zoom-in", "out": "zoom-out", "reset": "zoom-100"}[step])
		})
	}
	listen(element("view-only"), "click", func(js.Value) { Toast(t.WhyViewOnly) })
	setAttr(element("view-only"), "title", t.WhyViewOnly)
	p.share = share{texts: t, access: p.Access}
	p.share.listen()
	p.nameDialog()
}

// Show shows the state of the editor.
func (p *Panels) Show(s State) {
	if s == p.state {
		return
	}
	if s.Tool != p.state.Tool {
		p.Press("tool", s.Tool)
	}
	p.state = s
}

// OpenMenu opens the menu of what is selected, or of the board if nothing is, at
// a point of the screen.
func (p *Panels) OpenMenu(at geom.Point) {}

// Restore calls Command and Style for what this device remembers of the settings.
// It is called once, after the first Show.
func (p *Panels) Restore() {}

// group makes buttons with data-{kind} choose one of several.
func (p *Panels) group(kind string, labels map[string]string, chosen func(value string)) {
	for _, b := range elements("[data-" + kind + "]") {
		value := b.Get("dataset").Get(kind).String()
		label(b, labels[value])
		listen(b, "click", func(js.Value) {
			p.Press(kind, value)
			chosen(value)
		})
	}
}

// Press shows one of a group of buttons as the chosen one.
func (p *Panels) Press(kind, value string) {
	for _, b := range elements("[data-" + kind + "]") {
		setPressed(b, b.Get("dataset").Get(kind).String() == value)
	}
}

func (p *Panels) nameDialog() {
	dialog, input := element("name-dialog"), element("name-input")
	listen(element("me"), "click", func(js.Value) {
		if p.standing.Named {
			return
		}
		input.Set("value", element("me-name").Get("textContent"))
		dialog.Set("returnValue", "") // Escape leaves what was there
		dialog.Call("showModal")
		input.Call("select")
	})
	listen(dialog, "close", func(js.Value) {
		name := strings.TrimSpace(input.Get("value").String())
		if dialog.Get("returnValue").String() == "ok" && name != "" {
			p.Rename(name)
		}
	})
}

// Standing is what this person may do on the board.
type Standing struct {
	ViewOnly bool
	Owner    bool
	Named    bool // by the relay: it is not this person's to change
}

// ShowStanding shows the controls that are of use to who stands so.
func (p *Panels) ShowStanding(s Standing) {
	p.share.setOwner(s.Owner)
	if s == p.standing {
		return
	}
	p.standing = s
	root, bar := document.Get("documentElement"), element("bar")
	root.Get("dataset").Set("access", map[bool]string{false: "edit", true: "view"}[s.ViewOnly])
	setAttr(element("me"), "aria-disabled", strconv.FormatBool(s.Named))
	if s.Named {
		element("name-dialog").Call("close")
	}
	// What had the focus may be hidden now.
	if active := document.Get("activeElement"); bar.Call("contains", active).Bool() && active.Call("getClientRects").Length() == 0 {
		element("surface").Call("focus", map[string]any{"preventScroll": true, "focusVisible": false})
	}
}

// ShowZoom shows the zoom, 1 for 100 %.
func (p *Panels) ShowZoom(zoom float64) {
	for _, b := range elements("[data-zoom=reset]") {
		b.Set("textContent", strconv.Itoa(int(zoom*100+0.5))+" %")
	}
}

// Connection is what the status panel shows.
type Connection struct {
	Phase   string // connecting, live or offline
	Unsent  int    // changes that have not left the page
	Sent    int    // changes that the relay has not stored yet
	Changed bool   // something was changed since the page was opened
	Kept    bool   // all changes are on this device too
	// ViewOnly says that changes are not sent, as this person may look only.
	ViewOnly bool
	NotKept  bool // the device should keep the board and cannot
	// NotStored says that the relay cannot store now what was sent.
	NotStored bool
	// Transport is ByWebTransport, ByWebSocket, ByEvents, or "" while there is none.
	Transport string
	RTT       int // round trip in milliseconds; 0: not measured yet
	Loss      int // per cent of datagrams, the worse direction
	// Loading says that the board is coming, and Loaded how much of it, in per cent.
	Loading bool
	Loaded  int
}

// savingShown is how long storing takes, in milliseconds, before the page says
// so: mostly it is done before anyone could read it.
const savingShown = 400

// ShowConnection shows how the page stands with the relay.
func (p *Panels) ShowConnection(c Connection) {
	t := p.Texts
	status := element("status")
	text := map[string]string{"connecting": t.Connecting, "live": t.Live, "offline": t.Offline}[c.Phase]
	loaded := ""
	if c.Loading {
		text = t.Loading(c.Loaded / 10 * 10) // in steps: screen readers speak it
		loaded = strconv.Itoa(c.Loaded) + "%"
	}
	if dataset := status.Get("dataset"); dataset.Get("state").String() != c.Phase {
		dataset.Set("state", c.Phase)
	}
	setText(element("status-text"), text)
	if p.loaded != loaded {
		p.loaded = loaded
		element("loaded").Get("style").Set("width", loaded)
	}
	notStored := c.Unsent+c.Sent > 0 && c.NotStored
	status.Get("classList").Call("toggle", "trouble", notStored)
	by := t.Path(c.Transport, c.RTT, c.Loss)
	if notStored {
		by = strings.TrimSpace(by + "\n" + t.WhyNotStored)
	}
	if c.NotKept {
		by = strings.TrimSpace(by + "\n" + t.NotKept)
	}
	if by == "" {
		by = text
		if c.Unsent > 0 { // all of it, where the panel has no room for it
			by += "\n" + t.Unsent(c.Unsent, c.Kept)
		}
	}
	if status.Get("title").String() != by {
		status.Set("title", by)
		element("path").Set("textContent", by)
	}
	switch {
	case c.Unsent > 0 && (c.Phase != "live" || c.ViewOnly):
		p.showPending(t.Unsent(c.Unsent, c.Kept))
		return
	case notStored:
		p.showPending(t.NotStored)
		return
	case c.Unsent+c.Sent > 0:
		p.pending = t.Saving
		if !p.pendingLater {
			p.pendingLater = true
			After(savingShown, func() {
				p.pendingLater = false
				p.showPending(p.pending)
			})
		}
		return
	case c.Changed:
		p.showPending(t.Saved)
	default:
		p.showPending("")
	}
}

func (p *Panels) showPending(text string) {
	p.pending = text
	setText(element("pending"), text)
}

// Person is someone who is on the board.
type Person struct {
	ID     uint32
	Name   string
	Color  uint32
	Cursor geom.Point // on the screen, in CSS pixels
	Hidden bool       // points nowhere
}

// shownPeople is how many people have a chip of their own: more would not fit
// on a phone.
const shownPeople = 4

// ShowPeople shows this person and the others.
func (p *Panels) ShowPeople(me Person, others []Person) {
	element("me").Get("style").Call("setProperty", "--c", hex(me.Color))
	elements("#me .chip")[0].Set("textContent", initials(me.Name))
	element("me-name").Set("textContent", me.Name)
	label(element("me"), me.Name+" ("+p.Texts.You+")")
	list := element("people")
	list.Call("replaceChildren")
	for i, o := range others {
		chip := document.Call("createElement", "li")
		if i == shownPeople && len(others) > shownPeople+1 {
			chip.Set("textContent", "+"+strconv.Itoa(len(others)-shownPeople))
			list.Call("append", chip)
			return
		}
		chip.Set("textContent", initials(o.Name))
		chip.Get("style").Call("setProperty", "--c", hex(o.Color))
		label(chip, o.Name)
		list.Call("append", chip)
	}
}

// initials are the first letters of the first two words of a name; of a name in
// a script without spaces the first character.
func initials(name string) string {
	s := ""
	for i, word := range strings.Fields(name) {
		if i == 2 {
			break
		}
		r, _ := utf8.DecodeRuneInString(word)
		s += string(r)
	}
	return strings.ToUpper(s)
}

// Toast shows a short message for a while.
func Toast(text string) {
	toast := element("toast")
	toast.Set("textContent", text)
	After(2500, func() {
		if toast.Get("textContent").String() == text {
			toast.Set("textContent", "")
		}
	})
}

// Fatal says that the board has stopped, and why.
func (p *Panels) Fatal(code uint32, reason string) {
	text, known := p.Texts.Stopped[code]
	if !known {
		text = p.Texts.StoppedOther + reason
	}
	element("fatal-text").Set("textContent", text)
	element("fatal").Call("showModal")
}

// Deny says that this person may not come in, and where to sign in. What was shown
// of the board is hidden.
func (p *Panels) Deny(r *Refusal) {
	for _, open := range elements("dialog[open]") {
		open.Call("close")
	}
	document.Get("documentElement").Get("dataset").Set("access", "none")
	dialog, signIn := element("denied"), element("denied-sign-in")
	where := sameOrigin(r.SignIn)
	words := p.Texts.Denied(r.Status, where != "")
	setText(element("denied-title"), words.Title)
	setText(element("denied-text"), words.Text)
	name := p.Texts.SignIn
	if r.Status == 403 {
		name = p.Texts.OtherAccount
	}
	setText(signIn, name)
	signIn.Set("hidden", where == "")
	listen(signIn, "click", func(js.Value) { window.Get("location").Call("assign", where) })
	// A browser lets Escape close it all the same, and there is nothing below.
	listen(dialog, "close", func(js.Value) { dialog.Call("showModal") })
	dialog.Call("showModal")
	if where != "" {
		signIn.Call("focus")
	}
}
