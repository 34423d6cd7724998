//go:build js

package browser

import (
	"strconv"
	"syscall/js"

	"edgeboard/shared/geom"
)

// menu is the one menu there is: of the board or of what is selected on it, at
// the pointer or below its button. Where the window is narrow, style.css makes it a
// sheet at the lower edge.
type menu struct {
	panels  *Panels
	element js.Value
	button  js.Value
	isOpen  bool
	pointed bool        // the last press was a pointer's, not a key's
	before  js.Value    // what had the focus
	at      *geom.Point // where it was asked for on the board
}

func (m *menu) listen(p *Panels) {
	*m = menu{panels: p, element: element("menu"), button: element("menu-button")}
	setAttr(m.element, "aria-label", p.Texts.Menu)
	listen(m.button, "click", func(js.Value) {
		if m.isOpen {
			m.close()
			return
		}
		below := element("brand").Call("getBoundingClientRect")
		m.show(boardMenu(&p.state, touches()), geom.Point{X: below.Get("left").Float(), Y: below.Get("bottom").Float() + 8})
	})
	listen(m.element, "click", func(e js.Value) {
		if item := e.Get("target").Call("closest", "button"); !item.IsNull() {
			at := m.at
			m.close()
			m.at = at // the command may be for this place
			p.do(commandOf(item))
			m.at = nil
		}
	})
	listen(m.element, "contextmenu", func(e js.Value) { e.Call("preventDefault") })
	listenActive(m.element, "keydown", m.key)
	listenCapture("keydown", func(js.Value) { m.pointed = false })
	listenCapture("pointerdown", func(e js.Value) {
		m.pointed = true
		target := e.Get("target")
		if !m.isOpen || m.element.Call("contains", target).Bool() || m.button.Call("contains", target).Bool() {
			return
		}
		m.close()
		// A press beside it closes it and does no more, but where it asks for another.
		if target.Equal(element("surface")) && e.Get("button").Int() == 0 {
			e.Call("preventDefault")
			e.Call("stopPropagation")
		}
	})
	listen(window, "resize", func(js.Value) { m.close() })
}

// open opens the menu of what is selected at a point of the screen.
func (m *menu) open(at *geom.Point) {
	m.show(menuOf(&m.panels.state, touches()), *at)
	m.at = at
}

// pasteAt returns where on the screen a menu's paste is to go.
func (m *menu) pasteAt() *geom.Point { return m.at }

func (m *menu) show(items []menuItem, at geom.Point) {
	m.close()
	m.element.Call("replaceChildren")
	for _, item := range items {
		m.element.Call("append", m.line(item))
	}
	m.before, m.isOpen = document.Get("activeElement"), true
	setAttr(m.button, "aria-expanded", "true")
	m.element.Call("showPopover")
	width, height := Size()
	style := m.element.Get("style")
	style.Set("left", px(max(8, min(at.X, width-m.element.Get("offsetWidth").Float()-8))))
	style.Set("top", px(max(8, min(at.Y, height-m.element.Get("offsetHeight").Float()-8))))
	// Keys find an item chosen, pointers choose one.
	focus := m.element
	if !m.pointed {
		focus = m.element.Get("firstElementChild")
	}
	focus.Call("focus", map[string]any{"preventScroll": true})
}

// line is an item in HTML.
func (m *menu) line(item menuItem) js.Value {
	if item.command == "" {
		line := document.Call("createElement", "hr")
		setAttr(line, "role", "separator")
		return line
	}
	b := document.Call("createElement", "button")
	b.Set("type", "button")
	b.Set("tabIndex", -1)
	b.Get("dataset").Set("command", item.command)
	setAttr(b, "role", "menuitem")
	if item.setting {
		setAttr(b, "role", "menuitemcheckbox")
		setAttr(b, "aria-checked", strconv.FormatBool(item.on))
	}
	name := document.Call("createElement", "span")
	name.Set("textContent", m.panels.Texts.Names[item.command])
	b.Call("append", name)
	if keys := m.panels.keysOf(item.command); keys != "" {
		b.Call("append", keyCap(KeyName(keys, mac())))
		setAttr(b, "aria-keyshortcuts", ariaKeys(keys, mac()))
	}
	return b
}

// keyCap shows keys; screen readers have them from elsewhere.
func keyCap(keys string) js.Value {
	kbd := document.Call("createElement", "kbd")
	kbd.Set("textContent", keys)
	setAttr(kbd, "aria-hidden", "true")
	return kbd
}

// key moves the focus along the menu. Tab leaves it, as Escape does.
func (m *menu) key(e js.Value) {
	items := m.element.Call("querySelectorAll", "button")
	n, at := items.Length(), -1
	for i := range n {
		if items.Index(i).Equal(document.Get("activeElement")) {
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
	items.Index((at + n) % n).Call("focus")
	e.Call("preventDefault")
}

// close closes the menu and gives the focus back.
func (m *menu) close() {
	if !m.isOpen {
		return
	}
	m.isOpen, m.at = false, nil
	setAttr(m.button, "aria-expanded", "false")
	held := m.element.Call("contains", document.Get("activeElement")).Bool()
	m.element.Call("hidePopover")
	if held {
		if m.before.Equal(document.Get("body")) {
			focusSurface()
		} else {
			m.before.Call("focus", map[string]any{"preventScroll": true})
		}
	}
}

// touches reports whether the device is touched.
func touches() bool { return window.Get("navigator").Get("maxTouchPoints").Int() > 0 }
