//go:build js

package browser

import (
	"strconv"
	"syscall/js"

	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// Reactions are signs that people let float up from the board.
type Reactions struct {
	React func(symbol uint32) // is called with the sign that was chosen
}

// reactionTime is how long a sign floats, in milliseconds, and mostReactions how many
// float at the same time.
const (
	reactionTime  = 2400
	mostReactions = 40
)

// Listen makes the buttons and begins to call the callback.
func (r *Reactions) Listen() {
	row := element("reactions")
	for b := range symbolButtons {
		row.Call("append", b)
	}
	listen(row, "click", func(e js.Value) {
		if b := closest(e, "button"); !b.IsNull() {
			n, _ := strconv.Atoi(data(b, "symbol"))
			r.React(uint32(n))
		}
	})
}

// Float lets a sign float up from a point of the screen, with the name of whose it is.
// A sign that this program does not know is not shown.
func (r *Reactions) Float(symbol uint32, at geom.Point, name string, color uint32) {
	if symbol == figure.SymbolDot || symbol >= uint32(len(figure.Symbols)) || len(elements(".reaction")) >= mostReactions {
		return
	}
	e := document.Call("createElement", "div")
	e.Set("className", "reaction")
	e.Set("innerHTML", SymbolSVG(int(symbol)))
	of := document.Call("createElement", "span")
	of.Set("textContent", name)
	e.Call("append", of)
	style := e.Get("style")
	style.Call("setProperty", "--c", Hex(color))
	style.Set("left", px(at.X))
	style.Set("top", px(at.Y))
	element("cursors").Call("append", e)
	After(reactionTime, func() { e.Call("remove") })
}
