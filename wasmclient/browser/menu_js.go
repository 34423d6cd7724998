//go:build js

package browser

import (
	"strconv"
	"syscall/js"

	"edgeboard/shared/geom"
)

// menu is the one menu there is: of the board or of what is selected on it, at
// the pointer or below its button. Where the window is narrow, the style sheet makes
// it a sheet at the lower edge.
type menu struct {
	panels  *Panels
	element js.Value
	button  js.Value
	lines   []js.Value
	isOpen  bool
	pointed bool        // the last press was a pointer's, not a key's
	pressed bool        // a pointer was pressed since it is open
	before  js.Value    // what had the focus
	at      *geom.Point // where it was asked for on the board
}

func (m *menu) listen(p *Panels) {
	*m = menu{panels: p, element: element("menu"), button: element("menu-button"), lines: elements("#menu button")}
	for _, b := range m.lines {
		b.Get("lastElementChild").Set("textContent", p.showKeys(b))
	}
	listen(m.button, "click", func(js.Value) {
		if m.isOpen {
			m.close()
			return
		}
		below := element("brand").Call("getBoundingClientRect")
		board := p.state
		board.Selected, board.Locked = 0, false
		m.show(&board, geom.Point{X: below.Get(start()).Float(), Y: below.Get("bottom").Float() + 8})
	})
	listen(m.element, "click", func(e js.Value) {
		if e.Get("detail").Int() > 0 && !m.pressed {
			return // the finger that has asked for the menu is lifted over it
		}
		if line := closest(e, "button"); !line.IsNull() {
			at := m.at
			m.close()
			m.at = at // the command may be for this place
			p.do(commandOf(line))
			m.at = nil
		}
	})
	listen(m.element, "contextmenu", func(e js.Value) { e.Call("preventDefault") })
	listenActive(m.element, "keydown", m.key)
	listenCapture("keydown", func(js.Value) { m.pointed = false })
	listenCapture("pointerdown", func(e js.Value) {
		m.pointed, m.pressed = true, true
		if !m.isOpen || closest(e, "#menu, #menu-button").Truthy() {
			return
		}
		m.close()
		// A press beside it closes it and does no more, but where it asks for another.
		if closest(e, "#surface").Truthy() && e.Get("button").Int() == 0 {
			e.Call("preventDefault")
			e.Call("stopPropagation")
		}
	})
	listen(window, "resize", func(js.Value) { m.close() })
}

// open opens the menu of what is selected at a point of the screen.
func (m *menu) open(at geom.Point) {
	m.show(&m.panels.state, at)
	m.at = &at
}

func (m *menu) show(s *State, at geom.Point) {
	m.close()
	for _, b := range m.lines {
		command := commandOf(b)
		// Who has no touch screen is not asked about fingers.
		hide(b, !makesSense(command, s) || command == "finger-draws" && !touches() || command == "install" && !installable())
		for i, name := range settings {
			if name == command {
				setAttr(b, "aria-checked", strconv.FormatBool(s.setting(i)))
			}
		}
	}
	m.before, m.isOpen, m.pressed = document.Get("activeElement"), true, false
	expand(m.button, true)
	m.element.Call("showPopover")
	width, height := Size()
	wide := m.element.Get("offsetWidth").Float()
	if start() == "right" { // its corner is the other one
		at.X -= wide
	}
	style := m.element.Get("style")
	style.Set("left", px(max(8, min(at.X, width-wide-8))))
	style.Set("top", px(max(8, min(at.Y, height-m.element.Get("offsetHeight").Float()-8))))
	// Keys find a line chosen, pointers choose one.
	if m.pointed {
		m.element.Call("focus")
	} else {
		one("#menu button:not([hidden])").Call("focus")
	}
}

// key moves the focus along the menu. Tab leaves it, as Escape does.
func (m *menu) key(e js.Value) {
	lines, at := elements("#menu button:not([hidden])"), -1
	n := len(lines)
	for i, b := range lines {
		if b.Equal(document.Get("activeElement")) {
			at = i
		}
	}
	switch e.Get("key").String() {
	case "ArrowDown":
		at++
	case "ArrowUp":
		at = max(at, 0) - 1
	case "Home":
		at = 0
	case "End":
		at = -1
	case "Escape", "Tab":
		m.close()
		e.Call("preventDefault")
		return
	default:
		return
	}
	lines[(at+n)%n].Call("focus")
	e.Call("preventDefault")
}

// close closes the menu and gives the focus back.
func (m *menu) close() {
	if !m.isOpen {
		return
	}
	m.isOpen, m.at = false, nil
	expand(m.button, false)
	held := m.element.Call("contains", document.Get("activeElement")).Bool()
	m.element.Call("hidePopover")
	switch {
	case held && m.before.Equal(document.Get("body")):
		focusSurface() // nothing had the focus
	case held:
		m.before.Call("focus", map[string]any{"preventScroll": true})
	}
}
