//go:build js

package browser

import (
	"slices"
	"strconv"
	"syscall/js"
)

// Company is the list of who is here, and the line that says what is going on
// between people. The callbacks are called for what a person does there.
type Company struct {
	Command func(name string)         // of a button
	Follow  func(id uint32, yes bool) // or not any more
	Message func(person string)       // opens the conversation with somebody

	list   []Companion // as shown
	shown  bool        // it was shown once
	notice Notice
	told   bool // notice is shown
	frame  string
}

// Companion is a line of the list: a person, who may sit at several devices.
type Companion struct {
	ID       uint32 // of the member that is followed
	Person   string // "": it cannot be written to
	Name     string
	Color    uint32
	Device   uint32 // of wire.Device
	Me, Away bool
	Note     string // what else is known, such as the page that they are on
	Followed bool   // by this person
}

// deviceKeys are the texts of what a person sits at, by wire.Device.
var deviceKeys = [...]string{"", "chat.device-1", "chat.device-2", "chat.device-3", "chat.device-4"}

// DeviceName names what a person sits at, "" if that is not known.
func DeviceName(device uint32) string {
	if device == 0 || device >= uint32(len(deviceKeys)) {
		return ""
	}
	return Text(deviceKeys[device])
}

// Listen begins to call the callbacks.
func (c *Company) Listen() {
	panel := element("company")
	listen(panel, "click", func(e js.Value) {
		button := closest(e, "button")
		if button.IsNull() {
			return
		}
		if command := data(button, "command"); command != "" {
			panel.Call("hidePopover")
			c.Command(command)
			return
		}
		if person := data(button, "person"); person != "" {
			panel.Call("hidePopover")
			c.Message(person)
			return
		}
		if id, err := strconv.ParseUint(data(button, "member"), 10, 32); err == nil {
			follow := button.Call("getAttribute", "aria-pressed").String() != "true"
			if follow { // what is seen now is the other's
				panel.Call("hidePopover")
			}
			c.Follow(uint32(id), follow)
		}
	})
	listen(element("people"), "click", func(js.Value) { panel.Call("showPopover") })
	// Escape closes it and ends nothing on the board.
	listenCapture("keydown", func(e js.Value) {
		if e.Get("key").String() == "Escape" && panel.Call("matches", ":popover-open").Bool() {
			panel.Call("hidePopover")
			e.Call("preventDefault")
		}
	})
	listen(element("notice-action"), "click", func(js.Value) { c.act(c.notice.Do) })
	listen(element("notice-close"), "click", func(js.Value) { c.act(c.notice.Close) })
}

// act does what a button of the notice is for. The focus was on it, and it may be gone.
func (c *Company) act(do func()) {
	do()
	if element("notice").Get("hidden").Bool() {
		focusSurface()
	}
}

// Show shows who is here, this person first.
func (c *Company) Show(list []Companion) {
	if c.shown && slices.Equal(list, c.list) {
		return
	}
	c.list, c.shown = list, true
	button := element("company-button")
	button.Get("lastElementChild").Get("dataset").Set("count", strconv.Itoa(len(list))) // no text: it is not what the button is called
	label(button, Language().Count("people.here-count", len(list)))
	lines, shape := element("company-list"), element("companion-shape").Get("content").Get("firstElementChild")
	active := document.Get("activeElement")
	focused := data(active, "member") + data(active, "person")
	lines.Call("replaceChildren")
	for _, p := range list {
		line := shape.Call("cloneNode", true)
		chip := line.Call("querySelector", ".chip")
		chip.Set("textContent", initials(p.Name))
		chip.Get("style").Call("setProperty", "--c", Hex(p.Color))
		name := p.Name
		if p.Me {
			name = Text("people.you", p.Name)
		}
		line.Call("querySelector", ".companion-name").Set("textContent", name)
		line.Call("querySelector", ".companion-note").Set("textContent", p.Note)
		toggle(line, "away", p.Away)
		if name := DeviceName(p.Device); name != "" {
			device := line.Call("querySelector", "svg")
			device.Call("removeAttribute", "hidden")
			setAttr(device, "data-device", strconv.FormatUint(uint64(p.Device), 10))
			setAttr(device, "aria-label", name)
		}
		follow, message := line.Call("querySelector", "button"), line.Get("lastElementChild")
		if p.Me || p.Person == "" {
			message.Call("remove")
		} else {
			message.Get("dataset").Set("person", p.Person)
			label(message, Text("chat.message-person", p.Name))
			defer func() {
				if p.Person == focused {
					message.Call("focus")
				}
			}()
		}
		if p.Me {
			follow.Call("remove")
		} else {
			id := strconv.FormatUint(uint64(p.ID), 10)
			follow.Get("dataset").Set("member", id)
			setPressed(follow, p.Followed)
			follow.Set("textContent", Text("people.follow"))
			label(follow, Text("people.follow-person", p.Name))
			if p.Followed {
				follow.Set("textContent", Text("people.stop"))
				label(follow, Text("people.stop-following", p.Name))
			}
			defer func() {
				if id == focused {
					follow.Call("focus")
				}
			}()
		}
		lines.Call("append", line)
	}
}

// Notice is something that goes on between people, with what may be done about it.
type Notice struct {
	Text, Action string
	Color        uint32 // of the person that it is of
	Do           func()
	Close        func() // nil: it cannot be closed
}

// Notify shows a notice, and none if it is nil.
func (c *Company) Notify(n *Notice) {
	box := element("notice")
	if n == nil {
		if c.told {
			c.told = false
			hide(box, true)
			setText(element("notice-text"), "")
		}
		return
	}
	c.told, c.notice = true, *n
	box.Get("style").Call("setProperty", "--c", Hex(n.Color))
	hide(box, false)
	setText(element("notice-text"), n.Text)
	setText(element("notice-action"), n.Action)
	hide(element("notice-close"), n.Close == nil)
}

// Frame puts a frame around the board in somebody's colour, and takes it away.
func (c *Company) Frame(on bool, color uint32) {
	want := ""
	if on {
		want = Hex(color)
	}
	if want == c.frame {
		return
	}
	c.frame = want
	frame := element("follow-frame")
	hide(frame, !on)
	frame.Get("style").Call("setProperty", "--c", want)
}
