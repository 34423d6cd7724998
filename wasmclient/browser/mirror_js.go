package browser

import (
	"slices"
	"strconv"
	"strings"
	"syscall/js"
)

// Mirror is the board for who does not see it: a list of what is on it, in the order
// in which it is read. One of its lines can be reached by Tab, the one that was there
// last; from there Tab goes on to the next, as long as there is one. All other keys
// mean what they mean on the board, for the line that has the focus is selected there.
type Mirror struct {
	Focus func(id string) // a line has got the focus

	list    js.Value
	lines   []MirrorLine // as shown
	nodes   map[string]js.Value
	at      string // the line that Tab reaches
	focused int    // lines that are being given the focus, which is not told
}

// MirrorLine is an element of the board.
type MirrorLine struct{ ID, Text string }

// Listen begins to call the callbacks.
func (m *Mirror) Listen() {
	m.list, m.nodes = element("mirror"), map[string]js.Value{}
	listen(m.list, "focusin", func(e js.Value) {
		if id := data(e.Get("target"), "element"); id != "" && m.focused == 0 {
			m.reach(id)
			go m.Focus(id) // it may have got the focus while the board is in use
		}
	})
	listenActive(m.list, "keydown", func(e js.Value) {
		if e.Get("key").String() != "Tab" || e.Get("ctrlKey").Bool() || e.Get("altKey").Bool() {
			return
		}
		step := 1
		if e.Get("shiftKey").Bool() {
			step = -1
		}
		i := slices.IndexFunc(m.lines, func(l MirrorLine) bool { return l.ID == m.at })
		if i += step; i >= 0 && i < len(m.lines) {
			e.Call("preventDefault")
			m.nodes[m.lines[i].ID].Call("focus", map[string]any{"preventScroll": true})
		}
	})
}

// reach makes a line the one that Tab reaches.
func (m *Mirror) reach(id string) {
	if before, ok := m.nodes[m.at]; ok {
		before.Set("tabIndex", -1)
	}
	m.at = id
	if now, ok := m.nodes[id]; ok {
		now.Set("tabIndex", 0)
	}
}

// Show shows the lines, and says how many elements there are besides.
func (m *Mirror) Show(lines []MirrorLine, more string) {
	setText(element("mirror-more"), more)
	if slices.Equal(lines, m.lines) {
		return
	}
	held := data(document.Get("activeElement"), "element")
	was := slices.IndexFunc(m.lines, func(l MirrorLine) bool { return l.ID == m.at })
	m.lines = lines
	kept := make(map[string]js.Value, len(lines))
	for _, l := range lines {
		node, ok := m.nodes[l.ID]
		if !ok {
			node = document.Call("createElement", "div")
			setAttr(node, "role", "option")
			setAttr(node, "aria-selected", "false")
			node.Set("tabIndex", -1)
			node.Get("dataset").Set("element", l.ID)
		}
		setText(node, l.Text)
		kept[l.ID] = node
	}
	for id, node := range m.nodes {
		if _, ok := kept[id]; !ok {
			node.Call("remove")
		}
	}
	m.nodes = kept
	place := m.list.Get("firstElementChild")
	for _, l := range lines {
		if node := kept[l.ID]; node.Equal(place) {
			place = place.Get("nextElementSibling")
		} else {
			m.list.Call("insertBefore", node, place)
		}
	}
	// Of what is gone the next one takes the place.
	if _, ok := kept[m.at]; !ok {
		at := ""
		if len(lines) > 0 {
			at = lines[max(0, min(was, len(lines)-1))].ID
		}
		m.reach(at)
	}
	if held == "" || data(document.Get("activeElement"), "element") == held {
		return
	}
	if node, ok := m.nodes[m.at]; ok {
		// One that was only moved has been told.
		if m.at == held {
			m.focused++
			defer func() { m.focused-- }()
		}
		node.Call("focus", map[string]any{"preventScroll": true})
	} else {
		focusSurface()
	}
}

// Select tells which lines are selected, and what to call the board meanwhile.
func (m *Mirror) Select(ids []string, name string) {
	for id, node := range m.nodes {
		selected := strconv.FormatBool(slices.Contains(ids, id))
		if node.Call("getAttribute", "aria-selected").String() != selected {
			setAttr(node, "aria-selected", selected)
		}
	}
	if len(ids) > 0 && !slices.Contains(ids, m.at) {
		if _, ok := m.nodes[ids[0]]; ok {
			m.reach(ids[0])
		}
	}
	setAttr(element("surface"), "aria-label", name)
}

// Held reports whether one of the lines has the focus.
func (m *Mirror) Held() bool { return data(document.Get("activeElement"), "element") != "" }

// speechGap is how long, in milliseconds, texts that are to be spoken are gathered:
// a screen reader is told of the last one alone otherwise.
const speechGap = 120

// Speech is what screen readers are told of.
type Speech struct {
	waiting []string
	odd     bool
}

// Say has a text spoken, after what is spoken now.
func (s *Speech) Say(text string) {
	if s.waiting = append(s.waiting, text); len(s.waiting) > 1 {
		return // soon
	}
	After(speechGap, func() {
		text := strings.Join(s.waiting, "\n")
		s.waiting = s.waiting[:0]
		if s.odd = !s.odd; s.odd {
			text += "\u00a0" // the same text is spoken again only if it is another one
		}
		setText(element("speech"), text)
	})
}

// Idle calls f when the browser has nothing else to do, within d milliseconds.
func Idle(d float64, f func()) {
	idle := window.Get("requestIdleCallback")
	if idle.IsUndefined() { // Safari
		After(d/2, f)
		return
	}
	var once js.Func
	once = js.FuncOf(func(js.Value, []js.Value) any {
		once.Release()
		go f() // it may wait for the board
		return nil
	})
	window.Call("requestIdleCallback", once, map[string]any{"timeout": d})
}
