//go:build js

package browser

import (
	"strconv"
	"syscall/js"
)

// Cursors shows where the others point. They are HTML over the board: a cursor
// that moves costs no frame, and names are text like all other.
type Cursors struct {
	shown map[uint32]js.Value
}

// Show shows the cursors of the given people and of nobody else.
func (c *Cursors) Show(people []Person) {
	if c.shown == nil {
		c.shown = map[uint32]js.Value{}
	}
	seen := map[uint32]bool{}
	for _, p := range people {
		if p.Hidden {
			continue
		}
		seen[p.ID] = true
		e, ok := c.shown[p.ID]
		if !ok {
			e = newCursor()
			c.shown[p.ID] = e
		}
		style := e.Get("style")
		style.Call("setProperty", "--c", Hex(p.Color))
		style.Set("transform", "translate("+px(p.Cursor.X)+","+px(p.Cursor.Y)+")")
		if name := e.Get("lastElementChild"); name.Get("textContent").String() != p.Name {
			name.Set("textContent", p.Name)
		}
	}
	for id, e := range c.shown {
		if !seen[id] {
			e.Call("remove")
			delete(c.shown, id)
		}
	}
}

func newCursor() js.Value {
	e := element("cursor-shape").Get("content").Get("firstElementChild").Call("cloneNode", true)
	element("cursors").Call("append", e)
	return e
}

func px(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) + "px" }
