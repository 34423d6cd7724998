//go:build js

package browser

import "syscall/js"

// toolbar is the bar of tools. Where the window is narrow, the style sheet makes
// one button of each fold, which shows the others above it, and the style panel a
// sheet above the bar.
type toolbar struct {
	panels           *Panels
	buttons          []js.Value // of tools
	keep, undo, redo js.Value
	folds            []*fold
	styleButton      js.Value
	sheet            bool // the style panel is open as a sheet
}

// fold is tools of which one is seen where the window is narrow.
type fold struct {
	element, button js.Value
	seen            js.Value // the button of that tool
	open            bool
}

func (b *toolbar) listen(p *Panels) {
	*b = toolbar{
		panels: p, buttons: elements("[data-tool]"), styleButton: element("style-button"),
		keep: one("#bar [data-command=keep-tool]"), undo: one("#history [data-command=undo]"), redo: one("#history [data-command=redo]"),
	}
	for _, e := range elements(".fold") {
		b.listenFold(e)
	}
	listen(b.styleButton, "click", func(js.Value) { b.openSheet(!b.sheet) })
	listenCapture("keydown", func(e js.Value) {
		if e.Get("key").String() == "Escape" && !typing(e) && b.close(js.Null()) {
			e.Call("stopPropagation")
		}
	})
	listenCapture("pointerdown", func(e js.Value) { b.close(e) })
}

func (b *toolbar) listenFold(e js.Value) {
	f := &fold{element: e, button: e.Get("firstElementChild")}
	f.seen = e.Call("querySelector", "[data-tool]")
	f.button.Set("title", f.seen.Get("title"))
	b.folds = append(b.folds, f)
	listen(f.button, "click", func(js.Value) {
		if tool := data(f.seen, "tool"); b.panels.state.Tool != tool {
			b.panels.do("tool-" + tool)
		}
		f.show(!f.open)
	})
	listen(e.Get("lastElementChild"), "click", func(ev js.Value) {
		if f.open && ev.Get("detail").Int() == 0 { // by keyboard, which must be somewhere
			f.button.Call("focus")
		}
		f.show(false)
	})
}

func (f *fold) show(open bool) {
	f.open = open
	toggle(f.element, "open", open)
	expand(f.button, open)
}

// close closes what is open above the bar and does not hold what an event is of.
// It reports whether something was.
func (b *toolbar) close(e js.Value) (closed bool) {
	holds := func(selector string) bool { return !e.IsNull() && closest(e, selector).Truthy() }
	for _, f := range b.folds {
		if f.open && !holds(".fold.open") {
			f.show(false)
			closed = true
		}
	}
	if b.sheet && !holds("#style, #style-button") {
		b.openSheet(false)
		closed = true
	}
	return closed
}

func (b *toolbar) openSheet(open bool) {
	b.sheet = open
	toggle(element("style"), "open", open)
	expand(b.styleButton, open)
}

func (b *toolbar) show(s, before *State, first bool) {
	if first || s.Tool != before.Tool {
		for _, button := range b.buttons {
			setPressed(button, data(button, "tool") == s.Tool)
		}
		for _, f := range b.folds {
			now := f.element.Call("querySelector", "[aria-pressed=true][data-tool]")
			setPressed(f.button, !now.IsNull())
			if !now.IsNull() && !now.Equal(f.seen) {
				f.seen = now
				f.button.Set("innerHTML", now.Get("innerHTML"))
				f.button.Set("title", now.Get("title"))
			}
		}
	}
	setPressed(b.keep, s.KeepTool)
	b.undo.Set("disabled", !s.CanUndo)
	b.redo.Set("disabled", !s.CanRedo)
	b.styleButton.Set("disabled", s.Has == 0)
	if s.Has == 0 && b.sheet {
		b.openSheet(false)
	}
}
