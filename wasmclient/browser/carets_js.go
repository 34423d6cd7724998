//go:build js

package browser

import (
	"math"
	"syscall/js"

	"edgeboard/shared/geom"
)

// Caret is where somebody else writes.
type Caret struct {
	ID    uint32
	Name  string
	Color uint32
	Plane geom.Transform // from the text's plane, in board units, to CSS pixels of the window
	Bar   geom.Box       // the caret, as high as its line
	Boxes []geom.Box     // what is selected
	Moved bool           // by its owner: the name is shown for a while
}

// Carets shows where the others write. Like cursors they are HTML over the board.
type Carets struct{ shown map[uint32]*caret }

// caret is the elements of one: the boxes come after the bar and the name.
type caret struct {
	root, bar, name js.Value
	boxes           []js.Value
	fading          js.Value // the animation of the name
}

// nameShown is for how many milliseconds the name is shown after a caret has moved:
// it lies over the line above.
const nameShown = 3000

// caretWidth is how wide a caret is, in CSS pixels.
const caretWidth = 2

// Show shows the given carets and no others.
func (c *Carets) Show(carets []Caret) {
	if c.shown == nil {
		c.shown = map[uint32]*caret{}
	}
	seen := map[uint32]bool{}
	for i := range carets {
		seen[carets[i].ID] = true
		e := c.shown[carets[i].ID]
		if e == nil {
			e = newCaret()
			c.shown[carets[i].ID] = e
		}
		e.show(&carets[i])
	}
	for id, e := range c.shown {
		if !seen[id] {
			e.root.Call("remove")
			delete(c.shown, id)
		}
	}
}

func newCaret() *caret {
	e := &caret{root: newDiv("caret"), bar: newDiv("bar"), name: newDiv("name")}
	e.root.Call("append", e.bar, e.name)
	element("carets").Call("append", e.root)
	return e
}

func newDiv(class string) js.Value {
	div := document.Call("createElement", "div")
	div.Set("className", class)
	return div
}

func (e *caret) show(c *Caret) {
	e.root.Get("style").Call("setProperty", "--c", Hex(c.Color))
	setText(e.name, c.Name)
	bar := c.Bar
	half := caretWidth / max(math.Hypot(c.Plane.A, c.Plane.B), 1e-9) / 2
	bar.Min.X, bar.Max.X = bar.Min.X-half, bar.Max.X+half
	lay(e.bar, c.Plane, bar)
	top := c.Plane.Apply(c.Bar.Min)
	e.name.Get("style").Set("transform", "translate("+px(top.X)+","+px(top.Y)+") translateY(-100%)")
	switch {
	case !c.Moved:
	case e.fading.IsUndefined():
		frames := []any{map[string]any{"opacity": 1}, map[string]any{"opacity": 1, "offset": 0.9}, map[string]any{"opacity": 0}}
		e.fading = e.name.Call("animate", frames, map[string]any{"duration": nameShown, "fill": "forwards"})
	default:
		e.fading.Call("play")
		e.fading.Set("currentTime", 0)
	}
	for len(e.boxes) < len(c.Boxes) {
		box := newDiv("box")
		e.root.Call("append", box)
		e.boxes = append(e.boxes, box)
	}
	for i, box := range e.boxes {
		box.Set("hidden", i >= len(c.Boxes))
		if i < len(c.Boxes) {
			lay(box, c.Plane, c.Boxes[i])
		}
	}
}

// lay lays an element, which is one CSS pixel wide and high, over a box.
func lay(e js.Value, plane geom.Transform, box geom.Box) {
	size := box.Size()
	t := geom.Scale(size.X, size.Y).Then(geom.Translate(box.Min)).Then(plane)
	e.Get("style").Set("transform", matrix(t))
}
