//go:build js

package browser

import (
	"strconv"
	"sync"
	"syscall/js"
)

// Fonts are the fonts in which texts of the board are shown: those of the page.
type Fonts struct{ canvas js.Value }

// measured is the font size in CSS pixels at which texts are measured. Browsers
// round some of a font's metrics to pixels.
const measured = 100

// NewFonts returns the fonts. The page must be there.
func NewFonts() *Fonts {
	f := &Fonts{newCanvas(false)}
	f.canvas.Set("font", font(measured))
	return f
}

// Width returns the advance of a text of one line, in the font's sizes.
func (f *Fonts) Width(text string) float64 {
	return f.canvas.Call("measureText", text).Get("width").Float() / measured
}

// Baseline returns how far below the top of a line the baseline lies, in the font's
// sizes, for lines of the page's text fields: see #writing in public/style.
func (f *Fonts) Baseline() float64 {
	m := f.canvas.Call("measureText", "x")
	ascent := m.Get("fontBoundingBoxAscent").Float() / measured
	descent := m.Get("fontBoundingBoxDescent").Float() / measured
	return (lineHeightShare-ascent-descent)/2 + ascent
}

// lineHeightShare is the height of a line of the board's texts, as a share of the
// font's size.
const lineHeightShare = 1.25

// newCanvas returns the context of a canvas that is not in the page, whose pixels
// are read, or not.
func newCanvas(read bool) js.Value {
	context := document.Call("createElement", "canvas").Call("getContext", "2d", map[string]any{"willReadFrequently": read})
	prepare(context)
	return context
}

// prepare makes a canvas draw text as CSS does in #writing: as wide at every size.
func prepare(context js.Value) { context.Set("textRendering", "geometricPrecision") }

// font is the page's font for a canvas, at a size in pixels.
func font(size float64) string {
	return strconv.FormatFloat(size, 'f', -1, 64) + "px " + family()
}

var family = sync.OnceValue(func() string {
	return window.Call("getComputedStyle", document.Get("body")).Get("fontFamily").String()
})
