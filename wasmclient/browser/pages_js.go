//go:build js

package browser

import (
	"slices"
	"strconv"
	"strings"
	"syscall/js"
)

// Pages is the list of the board's pages, folded to one button.
type Pages struct {
	// Do is called for what a person does with the page at a place of the list, that
	// of the last Show: "show", "rename" to a name, "duplicate", "up", "down",
	// "take", which moves what is selected there, "delete", and "add" with no place.
	Do func(what string, at int, name string)

	state PagesState
	shown bool
	open  bool
	more  int // the place whose actions are shown, -1: none
	lines []pageLine
}

// PagesState is what is shown of the pages.
type PagesState struct {
	Pages    []PageLine // at least one
	Shown    int        // the one that is shown
	Selected bool       // something is that could be moved
}

// PageLine is a line of the list.
type PageLine struct {
	Name   string
	People []uint32 // the colours of those who look at it
}

func (l PageLine) equal(m PageLine) bool {
	return l.Name == m.Name && slices.Equal(l.People, m.People)
}

// pageLine is a line's part of the page.
type pageLine struct{ item, show, more, actions, rename js.Value }

// Listen begins to call Do.
func (p *Pages) Listen() {
	p.more = -1
	listen(element("pages-button"), "click", func(js.Value) { p.toggle(!p.open) })
	listen(element("pages-close"), "click", func(js.Value) { p.toggle(false) })
	listen(element("pages-add"), "click", func(js.Value) { p.Do("add", 0, "") })
	for _, id := range [...]string{"pages", "pages-panel"} {
		leaveKeyboard(element(id))
	}
	listenActive(element("pages-panel"), "keydown", func(e js.Value) {
		switch e.Get("key").String() {
		case "Escape":
			if typing(e) {
				return
			}
			p.toggle(false)
		case "ArrowDown", "ArrowUp":
			if typing(e) || !p.step(e) {
				return
			}
		default:
			return
		}
		e.Call("preventDefault")
		e.Call("stopPropagation")
	})
}

// leaveKeyboard lets a pointer on buttons leave the keyboard where it is.
func leaveKeyboard(panel js.Value) {
	listenActive(panel, "mousedown", func(e js.Value) {
		if closest(e, "button").Truthy() {
			e.Call("preventDefault")
		}
	})
}

// step moves the focus along the list.
func (p *Pages) step(e js.Value) bool {
	at := slices.IndexFunc(p.lines, func(l pageLine) bool {
		return l.item.Call("contains", document.Get("activeElement")).Bool()
	})
	if at < 0 {
		return false
	}
	by := 1
	if e.Get("key").String() == "ArrowUp" {
		by = -1
	}
	p.lines[(at+by+len(p.lines))%len(p.lines)].show.Call("focus")
	return true
}

func (p *Pages) toggle(open bool) {
	if p.open == open {
		return
	}
	p.open, p.more = open, -1
	held := element("pages-panel").Call("contains", document.Get("activeElement")).Bool()
	hide(element("pages-panel"), !open)
	expand(element("pages-button"), open)
	switch {
	case !open && held:
		element("pages-button").Call("focus")
	case open:
		p.list()
		p.lines[p.state.Shown].show.Call("scrollIntoView", map[string]any{"block": "nearest"})
		if element("pages-button").Call("matches", ":focus-visible").Bool() {
			p.lines[p.state.Shown].show.Call("focus")
		}
	}
}

// Show shows the pages.
func (p *Pages) Show(s PagesState) {
	if p.shown && s.Shown == p.state.Shown && s.Selected == p.state.Selected && slices.EqualFunc(s.Pages, p.state.Pages, PageLine.equal) {
		return
	}
	if len(s.Pages) != len(p.state.Pages) {
		p.more = -1
	}
	p.state, p.shown = s, true
	name, n := s.name(s.Shown), len(s.Pages)
	long, short := strconv.Itoa(s.Shown+1)+" / "+strconv.Itoa(n), strconv.Itoa(s.Shown+1)+"/"+strconv.Itoa(n)
	if n == 1 {
		long, short = name, "1"
	}
	setText(element("pages-at"), long)
	setText(element("pages-short"), short)
	label(element("pages-button"), Text("pages.of", name, strconv.Itoa(s.Shown+1), strconv.Itoa(n)))
	if p.open {
		p.list()
	}
}

// name is what a page is called.
func (s *PagesState) name(at int) string {
	if name := strings.TrimSpace(s.Pages[at].Name); name != "" {
		return name
	}
	return Text("pages.unnamed", strconv.Itoa(at+1))
}

// PageName is what a page is called that stands at a place of the list.
func PageName(name string, at int) string {
	return (&PagesState{Pages: append(make([]PageLine, at), PageLine{Name: name})}).name(at)
}

// list brings the lines up to date. They are made anew only when there are more or
// fewer, so that the keyboard stays where it is.
func (p *Pages) list() {
	list := element("pages-list")
	for len(p.lines) > len(p.state.Pages) {
		last := p.lines[len(p.lines)-1]
		if last.item.Call("contains", document.Get("activeElement")).Bool() {
			element("pages-button").Call("focus")
		}
		last.item.Call("remove")
		p.lines = p.lines[:len(p.lines)-1]
	}
	for len(p.lines) < len(p.state.Pages) {
		p.lines = append(p.lines, p.newLine(list, len(p.lines)))
	}
	n := len(p.lines)
	for i, l := range p.lines {
		page := p.state.Pages[i]
		name := p.state.name(i)
		setText(l.show.Get("children").Index(0), strconv.Itoa(i+1))
		setText(l.show.Get("children").Index(1), name)
		people := l.show.Get("children").Index(2)
		people.Call("replaceChildren")
		for _, c := range page.People[:min(len(page.People), 5)] {
			dot := document.Call("createElement", "i")
			dot.Get("style").Call("setProperty", "--c", Hex(c))
			people.Call("append", dot)
		}
		if len(page.People) > 0 {
			label(people, Text("pages.here", strconv.Itoa(len(page.People))))
			setAttr(people, "role", "img")
		}
		if i == p.state.Shown {
			setAttr(l.show, "aria-current", "page")
		} else {
			l.show.Call("removeAttribute", "aria-current")
		}
		label(l.more, Text("pages.actions", name))
		expand(l.more, p.more == i)
		hide(l.actions, p.more != i)
		for _, b := range [...]struct {
			what     string
			disabled bool
		}{
			{"up", i == 0}, {"down", i == n-1}, {"delete", n == 1},
			{"take", !p.state.Selected || i == p.state.Shown},
		} {
			l.actions.Call("querySelector", "[data-page="+b.what+"]").Set("disabled", b.disabled)
		}
	}
}

// newLine makes the line of a place of the list.
func (p *Pages) newLine(list js.Value, at int) pageLine {
	item := element("page-line").Get("content").Get("firstElementChild").Call("cloneNode", true)
	find := func(selector string) js.Value { return item.Call("querySelector", selector) }
	l := pageLine{item, find(".page-show"), find(".page-more"), find(".page-actions"), find(".page-rename")}
	list.Call("append", item)
	listen(l.show, "click", func(js.Value) {
		p.Do("show", at, "")
		p.makeRoom()
	})
	listen(l.show, "dblclick", func(js.Value) { p.rename(at) })
	listen(l.more, "click", func(js.Value) {
		if p.more == at {
			p.more = -1
		} else {
			p.more = at
		}
		p.list()
	})
	listen(l.actions, "click", func(e js.Value) {
		button := closest(e, "button")
		if !button.Truthy() {
			return
		}
		switch what := data(button, "page"); what {
		case "rename":
			p.rename(at)
		case "up", "down":
			p.more = at + map[string]int{"up": -1, "down": 1}[what]
			p.Do(what, at, "")
			p.list()
			if e.Get("detail").Int() == 0 { // by keyboard, which goes along
				again := p.lines[p.more].actions.Call("querySelector", "[data-page="+what+"]:not(:disabled)")
				if again.IsNull() {
					again = p.lines[p.more].more
				}
				again.Call("focus")
			}
		default:
			p.more = -1
			p.Do(what, at, "")
			p.list()
			p.makeRoom()
		}
	})
	listenActive(l.rename, "keydown", func(e js.Value) {
		switch e.Get("key").String() {
		case "Escape":
			l.rename.Set("value", p.state.Pages[at].Name) // leaves what was there
		case "Enter":
			if e.Get("isComposing").Bool() {
				return
			}
		default:
			return
		}
		e.Call("preventDefault")
		e.Call("stopPropagation")
		l.show.Call("focus") // which ends it
	})
	listen(l.rename, "blur", func(js.Value) {
		name := strings.TrimSpace(l.rename.Get("value").String())
		hide(l.rename, true)
		if at < len(p.state.Pages) && name != p.state.Pages[at].Name {
			p.Do("rename", at, name)
		}
	})
	return l
}

// makeRoom closes the list where it covers the board.
func (p *Pages) makeRoom() {
	if width, _ := Size(); width < 720 {
		p.toggle(false)
	}
}

// rename asks for the name of a page in the place of its line.
func (p *Pages) rename(at int) {
	if document.Get("documentElement").Get("dataset").Get("access").String() == "view" {
		return
	}
	l := p.lines[at]
	p.more = -1
	p.list()
	l.rename.Set("value", p.state.Pages[at].Name)
	l.rename.Set("placeholder", p.state.name(at))
	hide(l.rename, false)
	l.rename.Call("focus")
	l.rename.Call("select")
}
