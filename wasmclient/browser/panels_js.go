//go:build js

package browser

import (
	"strconv"
	"strings"
	"syscall/js"
	"unicode/utf8"

	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// Panels are the HTML over the board: tools, style, menus, the status, the
// people. The callbacks are called for what a person does there.
type Panels struct {
	Shortcuts []Shortcut // of the editor's commands
	// Command is called with the name of a command of package editor, or with
	// "finger-draws", which turns that setting.
	Command func(name string)
	// Style is called with one of the keys of Style, which say their values. What
	// comes between StyleBegin and StyleEnd is one change, of a slider say.
	Style                func(key, value string)
	StyleBegin, StyleEnd func()
	Palette              []uint32 // the colours of people, 0xRRGGBB
	Rename               func(name string, color uint32)
	Reload               func()  // opens the page anew when nothing is lost by it
	Access               *Access // who may share the board
	Clipboard            *Clipboard

	state    State  // as shown
	zoom     string // the same
	shown    bool   // there was one
	restored bool
	tools    toolbar
	style    stylePanel
	menu     menu
	keys     keySheet
	settings settingsDialog
	share    share
	standing Standing
	me       Person // as shown

	pending      string // what #pending is to show
	pendingLater bool   // a timer will
	loaded       string // width of #loaded
}

// Listen shows the keys of the controls and begins to call the callbacks.
func (p *Panels) Listen() {
	p.Shortcuts = append(p.Shortcuts, ownShortcuts[:]...)
	for _, b := range elements("button:has(> .name), label:has(> .name)") {
		p.tooltip(b)
	}
	for _, id := range [...]string{"bar", "style", "history", "zoom"} {
		listen(element(id), "click", p.clicked)
		// A pointer leaves the keyboard where it is: with the board, or a text on it.
		listenActive(element(id), "mousedown", func(e js.Value) {
			if closest(e, "button").Truthy() {
				e.Call("preventDefault")
			}
		})
	}
	listen(element("view-only"), "click", func(js.Value) { Toast(Text("person.view-only-why")) })
	p.tools.listen(p)
	p.style.listen(p)
	p.menu.listen(p)
	p.keys.listen(p)
	p.settings.listen(p)
	listenToF6()
	p.Clipboard.listen()
	p.share = share{access: p.Access}
	p.share.listen()
	p.nameDialog()
}

// commandOf returns the command of a button, "" if it has none.
func commandOf(button js.Value) string {
	if v := data(button, "tool"); v != "" {
		return "tool-" + v
	}
	switch v := data(button, "zoom"); v {
	case "":
		return data(button, "command")
	case "reset":
		return "zoom-100"
	default:
		return "zoom-" + v
	}
}

// tooltip shows the name of a button to a pointer that rests on it, and its key.
func (p *Panels) tooltip(button js.Value) {
	text := button.Call("querySelector", ".name").Get("textContent").String()
	if keys := p.showKeys(button); keys != "" {
		text += " (" + keys + ")"
	}
	setAttr(button, "title", text)
}

// showKeys tells screen readers the key of a button's command, and returns it as
// it is shown.
func (p *Panels) showKeys(button js.Value) string {
	command := commandOf(button)
	for _, s := range p.Shortcuts {
		if s.Command == command && command != "" && len(s.Keys) > 0 {
			setAttr(button, "aria-keyshortcuts", ariaKeys(s.Keys[0], mac()))
			return KeyName(s.Keys[0], mac())
		}
	}
	return ""
}

// clicked does what the button is for that was clicked.
func (p *Panels) clicked(e js.Value) {
	if button := closest(e, "button"); !button.IsNull() {
		if command := commandOf(button); command != "" {
			p.do(command)
		}
	}
}

// do does a command: some are of the page itself.
func (p *Panels) do(command string) {
	switch command {
	case "cut":
		p.Clipboard.copy(true)
	case "copy":
		p.Clipboard.copy(false)
	case "copy-svg":
		p.Clipboard.copySVG()
	case "paste":
		p.Clipboard.paste(p.menu.at)
	case "shortcuts":
		p.keys.open()
	default:
		p.Command(command)
	}
}

// Show shows the state of the editor.
func (p *Panels) Show(s State) {
	if s.Locked {
		s.Has &= figure.HasOrder // it can be unlocked
	}
	if p.shown && s == p.state {
		return
	}
	before := p.state
	p.tools.show(&s, &before, !p.shown)
	p.state, p.shown = s, true
	if before.CanUndo, before.CanRedo = s.CanUndo, s.CanRedo; before == s {
		return // of which the rest knows nothing, and which changes most
	}
	p.style.show(&s)
	if !p.restored {
		return
	}
	p.style.remember(&s)
	for i, name := range settings {
		if on := s.setting(i); on != before.setting(i) {
			Remember(name, strconv.FormatBool(on))
		}
	}
}

// Restore calls Command and Style for what this device remembers of the settings
// and of the style. It is called once, after the first Show.
func (p *Panels) Restore() {
	for i, name := range settings {
		if v := Remembered(name); v != "" && v != strconv.FormatBool(p.state.setting(i)) {
			p.Command(name)
		}
	}
	p.style.restore()
	p.restored = true
}

// OpenSettings opens the dialog of settings.
func (p *Panels) OpenSettings() { p.settings.open() }

// OpenMenu opens the menu of what is selected, or of the board if nothing is, at
// a point of the screen.
func (p *Panels) OpenMenu(at geom.Point) { p.menu.open(at) }

// nameDialog asks for this person's name, where the relay does not say it, and
// colour.
func (p *Panels) nameDialog() {
	dialog, input := element("name-dialog"), element("name-input")
	var radios []js.Value
	for i, color := range p.Palette {
		dot, radio := document.Call("createElement", "label"), document.Call("createElement", "input")
		dot.Get("style").Call("setProperty", "--c", Hex(color))
		radio.Set("type", "radio")
		radio.Set("name", "color")
		radio.Set("value", strconv.Itoa(i))
		setAttr(radio, "aria-label", Text("people.color-of", strconv.Itoa(i+1)))
		dot.Call("append", radio)
		one("#name-colors div").Call("append", dot)
		radios = append(radios, radio)
	}
	listen(element("me"), "click", func(js.Value) {
		input.Set("value", element("me-name").Get("textContent"))
		for i, radio := range radios {
			radio.Set("checked", p.Palette[i] == p.me.Color)
		}
		dialog.Set("returnValue", "") // Escape leaves what was there
		dialog.Call("showModal")
		if !p.standing.Named {
			input.Call("select")
		}
	})
	listen(dialog, "close", func(js.Value) {
		name := strings.TrimSpace(input.Get("value").String())
		if dialog.Get("returnValue").String() != "ok" || name == "" {
			return
		}
		color := p.me.Color
		for i, radio := range radios {
			if radio.Get("checked").Bool() {
				color = p.Palette[i]
			}
		}
		p.Rename(name, color)
	})
}

// Standing is what this person may do on the board.
type Standing struct {
	ViewOnly bool
	Comments bool
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
	document.Get("documentElement").Get("dataset").Set("access", map[bool]string{false: "edit", true: "view"}[s.ViewOnly])
	document.Get("documentElement").Call("toggleAttribute", "data-comments", s.Comments)
	for _, named := range elements("#name-label, #name-dialog .hint, #name-input") {
		hide(named, s.Named)
	}
	// What had the focus may be hidden now.
	if active := document.Get("activeElement"); active.Call("closest", "#bar, #style, #history").Truthy() && active.Call("getClientRects").Length() == 0 {
		focusSurface()
	}
}

// ShowZoom shows the zoom, 1 for 100 %.
func (p *Panels) ShowZoom(zoom float64) {
	text := strconv.Itoa(int(zoom*100+0.5)) + " %"
	if text == p.zoom {
		return // the page would be laid out anew for each step of a pan
	}
	p.zoom = text
	for _, b := range elements("[data-zoom=reset]") {
		b.Set("textContent", text)
	}
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
	p.me = me
	element("me").Get("style").Call("setProperty", "--c", Hex(me.Color))
	one("#me .chip").Get("dataset").Set("initials", initials(me.Name)) // no text: it is not what the button is called
	element("me-name").Set("textContent", me.Name)
	label(element("me"), me.Name+" ("+Text("person.you")+")")
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
		chip.Get("style").Call("setProperty", "--c", Hex(o.Color))
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

// Toast shows a message for as long as it takes to read it.
func Toast(text string) {
	toast := element("toast")
	toast.Set("textContent", text)
	After(2000+40*float64(utf8.RuneCountInString(text)), func() { Untoast(text) })
}

// Untoast takes a message away that does not hold any more, if it is still shown.
func Untoast(text string) {
	if toast := element("toast"); toast.Get("textContent").String() == text {
		toast.Set("textContent", "")
	}
}

// Fatal says that the board has stopped, and why.
func (p *Panels) Fatal(code uint32, reason string) {
	element("fatal-text").Set("textContent", stoppedText(Language(), code, reason))
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
	why, help := deniedText(Language(), r.Status, where != "")
	setText(element("denied-title"), why)
	setText(element("denied-text"), help)
	name := Text("dialog.sign-in")
	if r.Status == 403 {
		name = Text("dialog.other-account")
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
