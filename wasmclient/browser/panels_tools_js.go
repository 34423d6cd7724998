//go:build js

package browser

import (
	"slices"
	"strconv"
	"syscall/js"
)

// toolbar is the bar of tools. Where the window is narrow, style.css makes
// one button of each fold, which shows the others above it, and the style panel a
// sheet above the bar.
type toolbar struct {
	panels      *Panels
	buttons     map[string]js.Value // of tools
	keep        js.Value
	undo, redo  js.Value
	folds       []*fold
	styleButton js.Value
	sheet       bool // the style panel is open as a sheet
}

// fold is tools of which one is seen where the window is narrow.
type fold struct {
	element, button js.Value
	tools           []string
	tool            string // that is seen
}

func (b *toolbar) listen(p *Panels) {
	*b = toolbar{
		panels: p, buttons: map[string]js.Value{}, styleButton: element("style-button"),
		keep: one("[data-command=keep-tool]"), undo: one("[data-command=undo]"), redo: one("[data-command=redo]"),
	}
	for _, e := range elements("[data-tool]") {
		b.buttons[e.Get("dataset").Get("tool").String()] = e
	}
	for _, e := range elements(".fold") {
		b.folds = append(b.folds, b.listenFold(e))
	}
	label(b.styleButton, p.Texts.Style)
	listen(b.styleButton, "click", func(js.Value) { b.openSheet(!b.sheet) })
	listenActive(element("tools"), "keydown", b.key)
	listenCapture("keydown", func(e js.Value) {
		if e.Get("key").String() == "Escape" && !typing(e) && b.close(js.Null()) {
			e.Call("stopPropagation")
		}
	})
	listenCapture("pointerdown", func(e js.Value) {
		if target := e.Get("target"); target.Get("closest").Truthy() {
			b.close(target)
		}
	})
}

func (b *toolbar) listenFold(e js.Value) *fold {
	f := &fold{element: e, button: e.Call("querySelector", ".unfold")}
	list := e.Call("querySelectorAll", "[data-tool]")
	for i := range list.Length() {
		f.tools = append(f.tools, list.Index(i).Get("dataset").Get("tool").String())
	}
	b.seen(f, f.tools[0])
	listen(f.button, "click", func(js.Value) {
		open := f.isOpen()
		b.close(js.Null())
		if tool := f.tool; b.panels.state.Tool != tool {
			b.panels.do("tool-" + tool)
		}
		f.open(!open)
	})
	listen(e.Call("querySelector", ".folded"), "click", func(ev js.Value) {
		wasOpen := f.isOpen()
		f.open(false)
		if wasOpen && ev.Get("detail").Int() == 0 { // by keyboard, which must be somewhere
			f.button.Call("focus")
		}
	})
	return f
}

// seen makes a tool the one of a fold that is seen.
func (b *toolbar) seen(f *fold, tool string) {
	if f.tool == tool {
		return
	}
	f.tool = tool
	button := b.buttons[tool]
	f.button.Call("replaceChildren", button.Get("firstElementChild").Call("cloneNode", true))
	label(f.button, b.panels.Texts.Names["tool-"+tool])
}

func (f *fold) isOpen() bool { return f.element.Get("classList").Call("contains", "open").Bool() }

func (f *fold) open(open bool) {
	f.element.Get("classList").Call("toggle", "open", open)
	setAttr(f.button, "aria-expanded", strconv.FormatBool(open))
}

// close closes what is open above the bar and does not hold the element that is
// pressed now. It reports whether something was.
func (b *toolbar) close(pressed js.Value) (closed bool) {
	for _, f := range b.folds {
		if f.isOpen() && !(pressed.Truthy() && f.element.Call("contains", pressed).Bool()) {
			f.open(false)
			closed = true
		}
	}
	if b.sheet && !(pressed.Truthy() && pressed.Call("closest", "#style, #style-button, #history").Truthy()) {
		b.openSheet(false)
		closed = true
	}
	return closed
}

func (b *toolbar) openSheet(open bool) {
	b.sheet = open
	element("style").Get("classList").Call("toggle", "open", open)
	setAttr(b.styleButton, "aria-expanded", strconv.FormatBool(open))
}

// key moves the focus along the bar.
func (b *toolbar) key(e js.Value) {
	step := map[string]int{"ArrowLeft": -1, "ArrowRight": 1}[e.Get("key").String()]
	if step == 0 {
		return
	}
	var seen []js.Value
	at := 0
	for _, button := range elements("#tools button") {
		if button.Get("disabled").Bool() || button.Call("getClientRects").Length() == 0 {
			continue
		}
		if button.Equal(document.Get("activeElement")) {
			at = len(seen)
		}
		seen = append(seen, button)
	}
	seen[(at+step+len(seen))%len(seen)].Call("focus")
	e.Call("preventDefault")
	e.Call("stopPropagation")
}

func (b *toolbar) show(s, before *State, first bool) {
	if first || s.Tool != before.Tool {
		if old, ok := b.buttons[before.Tool]; ok {
			setPressed(old, false)
		}
		if now, ok := b.buttons[s.Tool]; ok {
			setPressed(now, true)
		}
		for _, f := range b.folds {
			holds := slices.Contains(f.tools, s.Tool)
			if holds {
				b.seen(f, s.Tool)
			}
			setPressed(f.button, holds)
		}
	}
	if first || s.KeepTool != before.KeepTool {
		setPressed(b.keep, s.KeepTool)
	}
	if first || s.CanUndo != before.CanUndo {
		b.undo.Set("disabled", !s.CanUndo)
	}
	if first || s.CanRedo != before.CanRedo {
		b.redo.Set("disabled", !s.CanRedo)
	}
	if offers := s.Has != 0; first || offers != (before.Has != 0) {
		b.styleButton.Set("disabled", !offers)
		if !offers {
			b.openSheet(false)
		}
	}
}

// one returns the one element that a selector finds.
func one(selector string) js.Value { return elements(selector)[0] }

// listenCapture is listen for what happens anywhere in the page, before it is
// heard of there.
func listenCapture(event string, f func(e js.Value)) {
	document.Call("addEventListener", event, js.FuncOf(func(_ js.Value, args []js.Value) any {
		f(args[0])
		return nil
	}), map[string]any{"capture": true, "passive": false})
}
