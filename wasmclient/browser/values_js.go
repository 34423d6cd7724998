//go:build js

package browser

import (
	"slices"
	"syscall/js"
	"time"
)

// Values is the panel of the last values of a tile.
type Values struct {
	Closed func() // by who looks at it; on a goroutine of its own

	before js.Value // had the focus
	shown  ValuesState
	lines  []js.Value // a row of the table for each value
}

// ValuesState is what the panel shows.
type ValuesState struct {
	Title   string
	Unit    string
	Feeds   bool       // there is more than one
	Nothing string     // why there is no row
	Rows    []ValueRow // the newest first
}

// Listen begins to call the callback.
func (v *Values) Listen() {
	v.before = js.Null()
	listen(element("values-close"), "click", func(js.Value) { go v.Closed() })
	listenActive(element("values"), "keydown", func(e js.Value) {
		if e.Get("key").String() == "Escape" {
			e.Call("preventDefault")
			go v.Closed()
		}
	})
	listen(element("values-copy"), "click", func(js.Value) {
		Copy(csv(v.shown.Rows), func(ok bool) {
			if ok {
				Toast(Text("tile.copied"))
			} else {
				Toast(Text("sharing.not-copied"))
			}
		})
	})
}

// Open opens the panel, and gives it the focus.
func (v *Values) Open() {
	if panel := element("values"); panel.Get("hidden").Bool() {
		v.before = document.Get("activeElement")
		hide(panel, false)
	}
	element("values-body").Set("scrollTop", 0)
	element("values-title").Call("focus")
}

// Close closes the panel.
func (v *Values) Close() {
	panel := element("values")
	if panel.Get("hidden").Bool() {
		return
	}
	had := panel.Call("contains", document.Get("activeElement")).Bool()
	hide(panel, true)
	switch {
	case !had:
	case v.before.Truthy() && v.before.Get("isConnected").Bool() && v.before.Get("tabIndex").Int() >= 0 && shown(v.before):
		v.before.Call("focus")
	default:
		focusSurface()
	}
	v.Show(ValuesState{})
}

// Show shows the values: new ones come on top, and the oldest go.
func (v *Values) Show(s ValuesState) {
	was := v.shown
	v.shown = s
	value := Text("tile.value")
	if s.Unit != "" {
		value = Text("tile.value-in", s.Unit)
	}
	setText(element("values-title"), s.Title)
	setText(one("#values th.value"), value)
	toggle(element("values"), "one", !s.Feeds)
	setText(element("values-none"), s.Nothing)
	element("values-copy").Set("disabled", len(s.Rows) == 0)
	hide(element("values-body"), len(s.Rows) == 0)

	fresh := len(s.Rows)
	if len(was.Rows) > 0 {
		if i := slices.Index(s.Rows, was.Rows[0]); i >= 0 {
			fresh = i
		}
	}
	keep := min(len(s.Rows)-fresh, len(was.Rows))
	if !slices.Equal(s.Rows[fresh:fresh+keep], was.Rows[:keep]) {
		fresh, keep = len(s.Rows), 0
	}
	for _, line := range v.lines[keep:] {
		line.Call("remove")
	}
	body := element("values-rows")
	top := body.Get("firstElementChild")
	lines := make([]js.Value, 0, len(s.Rows))
	for i := range s.Rows[:fresh] {
		line := v.line(&s.Rows[i])
		body.Call("insertBefore", line, top)
		lines = append(lines, line)
	}
	lines = append(lines, v.lines[:keep]...)
	for i := fresh + keep; i < len(s.Rows); i++ {
		line := v.line(&s.Rows[i])
		body.Call("append", line)
		lines = append(lines, line)
	}
	v.lines = lines
}

func (v *Values) line(r *ValueRow) js.Value {
	line := document.Call("createElement", "tr")
	cell := func(class, text string) {
		c := document.Call("createElement", "td")
		c.Set("className", class)
		setAttr(c, "dir", "auto")
		c.Set("textContent", text)
		line.Call("append", c)
	}
	cell("time", clockText(r.Time, time.Now()))
	cell("of", r.Feed)
	class := "value"
	if r.Words {
		class += " words"
	}
	cell(class, r.Value)
	return line
}
