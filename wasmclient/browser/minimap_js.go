//go:build js

package browser

import (
	"syscall/js"

	"edgeboard/shared/geom"
)

// Minimap is the whole board, small, in a corner. What it shows is painted by who has
// it; what is seen of the board is a box over it.
type Minimap struct {
	// Take is called with a place on it, in its own CSS pixels, where a pointer has
	// taken hold of it, and Move while it moves. Key is called with the way of an arrow
	// key, -1 to 1 each.
	Take, Move func(at geom.Point)
	Key        func(way geom.Point)
	Let        func() // the pointer was lifted

	window geom.Box // as shown
	pixels js.Value // an ImageData, of the size that was painted last
}

// MinimapWidth and MinimapHeight are its size in CSS pixels.
const (
	MinimapWidth  = 200
	MinimapHeight = 140
)

// Listen begins to call the callbacks.
func (m *Minimap) Listen() {
	canvas, held := element("minimap-board"), false
	at := func(e js.Value) geom.Point {
		return geom.Point{X: e.Get("offsetX").Float(), Y: e.Get("offsetY").Float()}
	}
	listenActive(canvas, "pointerdown", func(e js.Value) {
		canvas.Call("setPointerCapture", e.Get("pointerId"))
		e.Call("preventDefault")
		held = true
		m.Take(at(e))
	})
	listen(canvas, "pointermove", func(e js.Value) {
		if held {
			m.Move(at(e))
		}
	})
	let := func(js.Value) {
		if held {
			held = false
			m.Let()
		}
	}
	listen(canvas, "pointerup", let)
	listen(canvas, "pointercancel", let)
	listenActive(canvas, "keydown", func(e js.Value) {
		way, ok := map[string]geom.Point{"ArrowLeft": {X: -1}, "ArrowRight": {X: 1}, "ArrowUp": {Y: -1}, "ArrowDown": {Y: 1}}[e.Get("key").String()]
		if ok {
			e.Call("preventDefault")
			m.Key(way)
		}
	})
}

// Show shows it, or hides it.
func (m *Minimap) Show(on bool) { hide(element("minimap"), !on) }

// Ratio returns how many pixels it has in a CSS pixel.
func (m *Minimap) Ratio() float64 { return min(max(window.Get("devicePixelRatio").Float(), 1), 2) }

// Paint shows an image of width by height pixels, in red, green, blue and alpha.
func (m *Minimap) Paint(rgba []byte, width, height int) {
	canvas := element("minimap-board")
	if m.pixels.IsUndefined() || m.pixels.Get("width").Int() != width || m.pixels.Get("height").Int() != height {
		canvas.Set("width", width)
		canvas.Set("height", height)
		m.pixels = window.Get("ImageData").New(width, height)
	}
	js.CopyBytesToJS(m.pixels.Get("data"), rgba)
	canvas.Call("getContext", "2d").Call("putImageData", m.pixels, 0, 0)
}

// Window shows what is seen of the board, in CSS pixels of the minimap.
func (m *Minimap) Window(box geom.Box) {
	if box == m.window {
		return
	}
	m.window = box
	style, size := element("minimap-window").Get("style"), box.Size()
	style.Set("transform", "translate("+px(box.Min.X)+","+px(box.Min.Y)+")")
	style.Set("width", px(max(size.X, 6)))
	style.Set("height", px(max(size.Y, 6)))
}
