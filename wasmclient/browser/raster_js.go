//go:build js

package browser

import (
	"image"
	"syscall/js"
)

// raster is what Raster draws on. The page has one thread, which draws.
var raster struct {
	context       js.Value
	width, height int
	bytes         []byte
}

// Raster draws a line of text by the browser, in whatever script, and returns the
// pixels of a part of it: RGBA with the colour multiplied by alpha, valid until the
// next call. The left end of the line's baseline is at shift, 0, size is the font's in
// pixels, color is 0xRRGGBB.
func Raster(text string, size float64, color uint32, rightToLeft bool, at image.Rectangle, shift float64) []byte {
	r := &raster
	width, height := at.Dx(), at.Dy()
	if width <= 0 || height <= 0 {
		return nil
	}
	if r.context.IsUndefined() {
		r.context = newCanvas(true)
	}
	c := r.context
	if width > r.width || height > r.height {
		// A canvas that is made larger forgets how it draws.
		r.width, r.height = max(width, r.width), max(height, r.height)
		canvas := c.Get("canvas")
		canvas.Set("width", r.width)
		canvas.Set("height", r.height)
		prepare(c)
	} else {
		c.Call("clearRect", 0, 0, width, height)
	}
	direction := "ltr"
	if rightToLeft {
		direction = "rtl"
	}
	c.Set("font", font(size))
	c.Set("textAlign", "left")
	c.Set("direction", direction)
	c.Set("fillStyle", Hex(color))
	c.Call("fillText", text, shift-float64(at.Min.X), -at.Min.Y)
	data := c.Call("getImageData", 0, 0, width, height).Get("data")
	if n := 4 * width * height; cap(r.bytes) < n {
		r.bytes = make([]byte, n)
	}
	r.bytes = r.bytes[:4*width*height]
	js.CopyBytesToGo(r.bytes, data)
	premultiply(r.bytes)
	return r.bytes
}
