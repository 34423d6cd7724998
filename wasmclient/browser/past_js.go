//go:build js

package browser

import (
	"math"
	"strconv"
	"strings"
	"syscall/js"
)

// Past is the panel in which the board is seen as it was: a line of time, and what may
// be done with what is seen there. The callbacks are called for what a person does.
type Past struct {
	Close   func()
	Play    func() // or not any more
	Seek    func(place float64)
	Step    func(by int)
	Restore func()
	Name    func(name string)
	Version func(id string) // is to be seen
	Remove  func(id string)

	state PastState
	bars  string
}

// PastState is what the panel shows.
type PastState struct {
	Open    bool
	When    string  // of what is seen
	Place   float64 // of it on the line, 0 to 1
	Playing bool
	Ready   bool // there is a past to be seen
	First   bool // there is nothing before it
	Last    bool // nor after it
}

// Listen begins to call the callbacks.
func (p *Past) Listen() {
	panel, at := element("past"), element("past-at")
	click := func(id string, f func()) { listen(element(id), "click", func(js.Value) { f() }) }
	click("past-close", func() { p.Close() })
	click("past-play", func() { p.Play() })
	click("past-before", func() { p.Step(-1) })
	click("past-after", func() { p.Step(1) })
	click("past-restore", func() { p.Restore() })
	listen(at, "input", func(js.Value) { p.Seek(at.Get("valueAsNumber").Float()) })
	// Keys go from change to change, wherever these lie on the line.
	listenActive(at, "keydown", func(e js.Value) {
		by, ok := map[string]int{
			"ArrowLeft": -1, "ArrowDown": -1, "ArrowRight": 1, "ArrowUp": 1, "PageDown": -10, "PageUp": 10,
			"Home": math.MinInt32, "End": math.MaxInt32,
		}[e.Get("key").String()]
		if ok {
			e.Call("preventDefault")
			p.Step(by)
		}
	})
	listenActive(panel, "keydown", func(e js.Value) {
		if e.Get("key").String() == "Escape" {
			e.Call("preventDefault")
			p.Close()
		}
	})
	naming, input := element("past-naming"), element("past-naming-input")
	click("past-name", func() {
		input.Set("value", "")
		naming.Set("returnValue", "") // Escape names nothing
		naming.Call("showModal")
	})
	listen(naming, "close", func(js.Value) {
		if name := strings.TrimSpace(input.Get("value").String()); name != "" && naming.Get("returnValue").String() == "ok" {
			p.Name(name)
		}
	})
	listen(element("past-list"), "click", func(e js.Value) {
		button := closest(e, "button")
		if button.IsNull() {
			return
		}
		if id := data(button, "remove"); id != "" {
			if window.Call("confirm", Text("past.sure", data(button, "name"))).Bool() {
				p.Remove(id)
			}
		} else if id := data(button, "version"); id != "" {
			element("past-versions").Call("hidePopover")
			p.Version(id)
		}
	})
}

// Show shows where in time one is.
func (p *Past) Show(s PastState) {
	if s == p.state {
		return
	}
	before := p.state
	p.state = s
	if s.Open != before.Open {
		hide(element("past"), !s.Open)
		root := document.Get("documentElement")
		if s.Open {
			root.Get("dataset").Set("past", "")
			element("past-at").Call("focus")
		} else {
			root.Call("removeAttribute", "data-past")
			element("past-versions").Call("hidePopover")
			focusSurface()
		}
	}
	setText(element("past-when"), s.When)
	at := element("past-at")
	at.Set("value", s.Place)
	setAttr(at, "aria-valuetext", s.When)
	setPressed(element("past-play"), s.Playing)
	for _, id := range [...]string{"past-at", "past-play", "past-name", "past-restore"} {
		element(id).Set("disabled", !s.Ready)
	}
	// A button that is switched off would lose the focus.
	setAttr(element("past-before"), "aria-disabled", strconv.FormatBool(!s.Ready || s.First))
	setAttr(element("past-after"), "aria-disabled", strconv.FormatBool(!s.Ready || s.Last))
	if s.Ready && !before.Ready && s.Open {
		at.Call("focus")
	}
}

// ShowDensity shows how much was done in each of some stretches of the line, each 0
// to 1.
func (p *Past) ShowDensity(list []float64) {
	var d strings.Builder
	width := 100 / float64(len(list))
	for i, much := range list {
		if much > 0 {
			height := 0.15 + 0.85*math.Sqrt(much)
			d.WriteString("M" + decimal(float64(i)*width) + " 1v-" + decimal(height) + "h" + decimal(0.8*width) + "V1z")
		}
	}
	if bars := d.String(); bars != p.bars {
		p.bars = bars
		setAttr(one("#past-ticks path"), "d", bars)
	}
}

// ShowVersions shows the versions that have a name, the latest first.
func (p *Past) ShowVersions(list []Version) {
	hide(element("past-none"), len(list) > 0)
	lines, shape := element("past-list"), element("past-version").Get("content").Get("firstElementChild")
	lines.Call("replaceChildren")
	for i := range list {
		v := &list[len(list)-1-i]
		line := shape.Call("cloneNode", true)
		note := Date(v.When)
		if v.By != "" {
			note = v.By + " · " + note
		}
		line.Call("querySelector", ".past-version-name").Set("textContent", v.Name)
		line.Call("querySelector", ".past-version-note").Set("textContent", note)
		line.Get("firstElementChild").Get("dataset").Set("version", v.ID)
		remove := line.Get("lastElementChild")
		remove.Get("dataset").Set("remove", v.ID)
		remove.Get("dataset").Set("name", v.Name)
		label(remove, Text("past.remove", v.Name))
		lines.Call("append", line)
	}
}

// Since is the line that says what others have done since this person was here. The
// callbacks are called for what a person does there.
type Since struct {
	Step  func(by int) // from one change to another; the first one by 0
	Close func()

	state SinceState
}

// SinceState is what the line shows.
type SinceState struct {
	Text    string // "": the line is hidden
	Showing bool   // changes are shown one after the other
}

// Listen begins to call the callbacks.
func (s *Since) Listen() {
	for id, by := range map[string]int{"since-show": 0, "since-before": -1, "since-after": 1} {
		listen(element(id), "click", func(js.Value) { s.Step(by) })
	}
	listen(element("since-close"), "click", func(js.Value) { s.Close() })
}

// Show shows the line.
func (s *Since) Show(state SinceState) {
	if state == s.state {
		return
	}
	was := s.state
	s.state = state
	line := element("since")
	held := line.Call("contains", document.Get("activeElement")).Bool()
	hide(line, state.Text == "")
	setText(element("since-text"), state.Text)
	hide(element("since-show"), state.Showing)
	hide(element("since-before"), !state.Showing)
	hide(element("since-after"), !state.Showing)
	switch {
	case held && state.Text == "":
		focusSurface()
	case held && state.Showing && !was.Showing:
		element("since-after").Call("focus")
	}
}
