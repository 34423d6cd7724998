//go:build js

package browser

import (
	"context"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"syscall/js"
)

// Export is a file that a person asks for.
type Export struct {
	Format   string  // svg, png, pdf, json or excalidraw
	Selected bool    // what is selected, otherwise the page, or the board where the format has all of it
	Scale    float64 // of png: pixels that a board unit takes
	Ground   bool    // of svg and png: there is something behind
}

// Exporting is the dialog in which boards become files. Save is called for what a
// person has chosen.
type Exporting struct {
	Save func(Export)

	dialog js.Value
}

// Listen begins to call Save.
func (x *Exporting) Listen() {
	x.dialog = element("export")
	listen(element("export-close"), "click", func(js.Value) { x.dialog.Call("close") })
	listen(x.dialog, "change", func(js.Value) { x.show() })
	listen(x.dialog.Call("querySelector", "form"), "submit", func(js.Value) {
		scale, _ := strconv.ParseFloat(element("export-scale").Get("value").String(), 64)
		x.Save(Export{
			Format:   x.format(),
			Selected: element("export-what").Get("value").String() == "selection",
			Scale:    scale,
			Ground:   element("export-ground").Get("checked").Bool(),
		})
	})
}

// Open opens the dialog. It offers what is selected if there is something.
func (x *Exporting) Open(selected bool) {
	what := element("export-what")
	what.Get("lastElementChild").Set("disabled", !selected)
	what.Set("value", "page")
	if selected {
		what.Set("value", "selection")
	}
	x.show()
	if !x.dialog.Get("open").Bool() {
		x.dialog.Call("showModal")
	}
}

func (x *Exporting) format() string {
	return x.dialog.Call("querySelector", "[name=format]:checked").Get("value").String()
}

// show shows what there is to choose for the format.
func (x *Exporting) show() {
	for _, line := range elements("#export [data-for]") {
		hide(line, !slices.Contains(strings.Fields(data(line, "for")), x.format()))
	}
}

// Limits of a picture in pixels, which browsers draw.
const (
	maxPictureSide   = 16384
	maxPicturePixels = 64 << 20
)

// Pixels draws an SVG and returns it as PNG, scale pixels for each of its own, or
// fewer where that would be too many.
func Pixels(ctx context.Context, svg string, scale float64) (_ []byte, err error) {
	defer jsError(&err)
	blob := window.Get("Blob").New([]any{svg}, map[string]any{"type": "image/svg+xml"})
	url := window.Get("URL").Call("createObjectURL", blob)
	defer window.Get("URL").Call("revokeObjectURL", url)
	image := window.Get("Image").New()
	image.Set("src", url)
	if _, err := wait(ctx, image.Call("decode")); err != nil {
		return nil, err
	}
	width, height := image.Get("naturalWidth").Float(), image.Get("naturalHeight").Float()
	scale = min(scale, maxPictureSide/max(width, height), math.Sqrt(maxPicturePixels/(width*height)))
	canvas := window.Get("OffscreenCanvas").New(max(1, math.Round(width*scale)), max(1, math.Round(height*scale)))
	canvas.Call("getContext", "2d").Call("drawImage", image, 0, 0, canvas.Get("width"), canvas.Get("height"))
	made, err := wait(ctx, canvas.Call("convertToBlob"))
	if err != nil {
		return nil, err
	}
	return bytesOf(ctx, made)
}

// BoardFile returns this board as the relay makes a file of it.
func (a *Access) BoardFile(ctx context.Context, suffix string) (_ []byte, err error) {
	defer jsError(&err)
	headers := map[string]any{}
	if token := a.Last().Token; token != "" {
		headers["Authorization"] = "Bearer " + token
	}
	response, err := wait(ctx, window.Call("fetch", "/b/"+Board()+"."+suffix, map[string]any{"headers": headers, "cache": "no-store"}))
	if err != nil {
		return nil, err
	}
	if !response.Get("ok").Bool() {
		return nil, errors.New("status " + strconv.Itoa(response.Get("status").Int()))
	}
	return bytesOf(ctx, response)
}

// bytesOf returns the content of a Blob or a Response.
func bytesOf(ctx context.Context, of js.Value) ([]byte, error) {
	buffer, err := wait(ctx, of.Call("arrayBuffer"))
	if err != nil {
		return nil, err
	}
	array := window.Get("Uint8Array").New(buffer)
	data := make([]byte, array.Length())
	js.CopyBytesToGo(data, array)
	return data, nil
}

// ChooseFile lets a person choose a file of the given kinds, as for the attribute
// accept.
func ChooseFile(accept string, then func(File)) {
	input := document.Call("createElement", "input")
	input.Set("type", "file")
	input.Set("accept", accept)
	listen(input, "change", func(js.Value) {
		if files := filesOf(input.Get("files")); len(files) > 0 {
			then(files[0])
		}
	})
	input.Call("click")
}
