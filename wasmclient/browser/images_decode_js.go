//go:build js

package browser

import (
	"context"
	"errors"
	"math"
	"syscall/js"
	"time"
)

// bitmap is an image that the browser has decoded.
type bitmap struct {
	source        js.Value // what a canvas draws
	width, height int      // its own pixels
	opaque        bool
	url           string // to be given up at the end; "": none
}

var errNoImage = errors.New("it is no image that this browser can read")

// openBitmap decodes an image. It is closed.
func openBitmap(ctx context.Context, b blobBytes) (_ *bitmap, err error) {
	defer jsError(&err)
	blob := window.Get("Blob").New([]any{toJS(b.data)}, map[string]any{"type": b.media})
	if b.media == svgType {
		return openSVG(ctx, blob)
	}
	return bitmapOf(ctx, blob, b.media == "image/jpeg")
}

// bitmapOf decodes an image of a Blob.
func bitmapOf(ctx context.Context, blob js.Value, opaque bool) (*bitmap, error) {
	v, err := wait(ctx, window.Call("createImageBitmap", blob))
	if err != nil {
		return nil, errNoImage
	}
	return &bitmap{source: v, width: v.Get("width").Int(), height: v.Get("height").Int(), opaque: opaque}, nil
}

// openSVG is for what browsers make no ImageBitmap of: an element of a document that
// is nowhere, in which nothing runs and nothing is fetched.
func openSVG(ctx context.Context, blob js.Value) (_ *bitmap, err error) {
	url := window.Get("URL").Call("createObjectURL", blob).String()
	defer func() {
		if err != nil {
			window.Get("URL").Call("revokeObjectURL", url)
		}
	}()
	image := document.Call("createElement", "img")
	image.Set("src", url)
	if _, err := wait(ctx, image.Call("decode")); err != nil {
		return nil, errNoImage
	}
	w, h := image.Get("naturalWidth").Int(), image.Get("naturalHeight").Int()
	if w < 1 || h < 1 {
		w, h = unsizedSVG, unsizedSVG/2
	}
	// It is as sharp as it can be: it may be shown larger.
	by := float64(maxPixelSide) / float64(max(w, h))
	return &bitmap{source: image, url: url, width: int(math.Ceil(float64(w) * by)), height: int(math.Ceil(float64(h) * by))}, nil
}

func (b *bitmap) close() {
	if b.url != "" {
		window.Get("URL").Call("revokeObjectURL", b.url)
		return
	}
	b.source.Call("close")
}

// fit is a size that has no side longer than most.
func fit(width, height, most int) (w, h int) {
	by := min(1, float64(most)/float64(max(width, height, 1)))
	return max(1, int(math.Round(float64(width)*by))), max(1, int(math.Round(float64(height)*by)))
}

// draw draws all of an image on a canvas of its own.
func (b *bitmap) draw(width, height int, options map[string]any) (canvas js.Value, err error) {
	canvas = document.Call("createElement", "canvas")
	canvas.Set("width", width)
	canvas.Set("height", height)
	c := canvas.Call("getContext", "2d", options)
	if !c.Truthy() {
		return canvas, errors.New("the browser has no canvas for an image")
	}
	c.Set("imageSmoothingQuality", "high")
	c.Call("drawImage", b.source, 0, 0, width, height)
	return canvas, nil
}

// stripRows is how many rows of pixels are read at once: other things happen between
// two strips.
const stripRows = 256

// pixels returns premultiplied RGBA with sides of at most so many pixels.
func (b *bitmap) pixels(most int) (rgba []byte, width, height int, err error) {
	defer jsError(&err)
	width, height = fit(b.width, b.height, most)
	canvas, err := b.draw(width, height, map[string]any{"willReadFrequently": true})
	if err != nil {
		return nil, 0, 0, err
	}
	c := canvas.Call("getContext", "2d")
	rgba = make([]byte, 4*width*height)
	for y := 0; y < height; y += stripRows {
		rows := min(stripRows, height-y)
		strip := rgba[4*width*y : 4*width*(y+rows)]
		js.CopyBytesToGo(strip, c.Call("getImageData", 0, y, width, rows).Get("data"))
		if !b.opaque {
			premultiply(strip)
		}
		if y+rows < height {
			time.Sleep(time.Millisecond)
		}
	}
	canvas.Set("width", 0) // its memory is given back at once
	return rgba, width, height, nil
}
