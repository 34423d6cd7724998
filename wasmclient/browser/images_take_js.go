//go:build js

package browser

import (
	"context"
	"strconv"
	"strings"
	"syscall/js"

	"edgeboard/shared/geom"
)

// File is one that somebody chooses, drops or pastes.
type File struct {
	Name string // "": it has none
	Type string // media type, as the browser says
	Size int    // bytes
	file js.Value
}

func filesOf(list js.Value) (files []File) {
	if !list.Truthy() {
		return nil
	}
	for i := range list.Length() {
		f := list.Index(i)
		files = append(files, File{Name: f.Get("name").String(), Type: f.Get("type").String(), Size: f.Get("size").Int(), file: f})
	}
	return files
}

// Image reports whether a file may be an image, as far as its name says.
func (f *File) Image() bool {
	name := strings.ToLower(f.Name)
	return strings.HasPrefix(f.Type, "image/") || strings.HasSuffix(name, ".heic") || strings.HasSuffix(name, ".svg")
}

// imagesAmong returns those of some files that may be images.
func imagesAmong(files []File) (images []File) {
	for _, f := range files {
		if f.Image() {
			images = append(images, f)
		}
	}
	return images
}

// fileOfText is a text as a file.
func fileOfText(text, media string) File {
	blob := window.Get("Blob").New([]any{text}, map[string]any{"type": media})
	return File{Type: media, Size: blob.Get("size").Int(), file: blob}
}

// Bytes reads a file.
func (f *File) Bytes(ctx context.Context) (data []byte, err error) {
	defer jsError(&err)
	buffer, err := wait(ctx, f.file.Call("arrayBuffer"))
	if err != nil {
		return nil, err
	}
	array := window.Get("Uint8Array").New(buffer)
	data = make([]byte, array.Length())
	js.CopyBytesToGo(data, array)
	return data, nil
}

// Taken is an image that was taken: it is kept, and is being sent.
type Taken struct {
	Hash, Media   string
	Width, Height int    // its own pixels
	Name          string // of its file, without the end; "": it has none
}

// Limits of what is taken.
const (
	// MostFiles is how many images are taken at once.
	MostFiles = 50
	// maxFileBytes is how large a file may be that is made smaller.
	maxFileBytes = 100 << 20
	// maxSent is how large an image is that relays take, as long as their operators
	// have not said otherwise.
	maxSent = 10 << 20
	// maxSentSide is how many pixels a side of an image has that is sent.
	maxSentSide = 4096
)

// trouble is why a file is not taken, in words for who has chosen it.
type trouble string

func (t trouble) Error() string { return string(t) }

// Take reads a file as an image, makes it smaller if need be, and keeps it. An error
// is in words for who has chosen it.
func (p *Pictures) Take(ctx context.Context, f File) (Taken, error) {
	name := f.Name
	if name == "" {
		name = Text("picture.unnamed")
	}
	if f.Size > maxFileBytes {
		return Taken{}, trouble(Text("picture.too-large", name, strconv.Itoa(maxFileBytes>>20)))
	}
	data, err := f.Bytes(ctx)
	if err != nil {
		return Taken{}, trouble(Text("picture.unreadable", name))
	}
	title, _, _ := strings.Cut(f.Name, ".")
	t, err := p.TakeBytes(ctx, data, name)
	if t.Name = title; generic[strings.ToLower(title)] {
		t.Name = ""
	}
	return t, err
}

// generic are names that browsers and cameras give, which say nothing.
var generic = map[string]bool{"image": true, "img": true, "unnamed": true, "download": true}

// TakeBytes is Take for what is read already. Of an SVG, and of what relays do not
// take, others are kept than these bytes: under Taken.Hash.
func (p *Pictures) TakeBytes(ctx context.Context, data []byte, name string) (Taken, error) {
	media := mediaOf(data)
	if media == svgType {
		clean, w, h, err := cleanSVG(string(data))
		if err != nil {
			return Taken{}, trouble(Text("picture.svg", name))
		}
		if len(clean) > maxSent {
			return Taken{}, trouble(Text("picture.too-large", name, strconv.Itoa(maxSent>>20)))
		}
		return Taken{Hash: p.add(ctx, blobBytes{svgType, []byte(clean)}), Media: svgType, Width: w, Height: h}, nil
	}
	b := blobBytes{media, data}
	picture, err := openBitmap(ctx, b)
	if err != nil {
		key := "picture.unreadable"
		if media == "image/heic" {
			key = "picture.heic"
		}
		return Taken{}, trouble(Text(key, name))
	}
	defer picture.close()
	w, h := picture.width, picture.height
	if !stored(media) || len(data) > maxSent || max(w, h) > maxSentSide {
		if b, w, h, err = picture.smaller(ctx, media); err != nil {
			return Taken{}, trouble(Text("picture.unreadable", name))
		}
		if len(b.data) > maxSent {
			return Taken{}, trouble(Text("picture.too-large", name, strconv.Itoa(maxSent>>20)))
		}
	}
	return Taken{Hash: p.add(ctx, b), Media: b.media, Width: w, Height: h}, nil
}

// smaller encodes an image anew, so that a relay takes it: as WebP, or where the
// browser does not write that, as JPEG if nothing is seen through it, otherwise as
// PNG.
func (b *bitmap) smaller(ctx context.Context, media string) (to blobBytes, w, h int, err error) {
	defer jsError(&err)
	otherwise := "image/png"
	if b.opaque || media == "image/heic" || media == "image/bmp" {
		otherwise = "image/jpeg"
	}
	for _, try := range [...]struct {
		side    int
		quality float64
	}{{maxSentSide, 0.9}, {maxSentSide, 0.7}, {maxSentSide / 2, 0.7}} {
		w, h = fit(b.width, b.height, try.side)
		canvas, err := b.draw(w, h, nil)
		if err != nil {
			return to, 0, 0, err
		}
		for _, as := range []string{"image/webp", otherwise} {
			blob, err := encoded(ctx, canvas, as, try.quality)
			if err != nil {
				return to, 0, 0, err
			}
			if to.media = blob.Get("type").String(); to.media != as {
				continue // the browser does not write it
			}
			f := File{file: blob}
			if to.data, err = f.Bytes(ctx); err != nil {
				return to, 0, 0, err
			}
			break
		}
		canvas.Set("width", 0)
		if len(to.data) > 0 && len(to.data) <= maxSent {
			break
		}
	}
	if len(to.data) == 0 {
		return to, 0, 0, errNoImage
	}
	return to, w, h, nil
}

// encoded returns a Blob of what a canvas has on it.
func encoded(ctx context.Context, canvas js.Value, media string, quality float64) (js.Value, error) {
	done := make(chan js.Value, 1)
	f := js.FuncOf(func(_ js.Value, args []js.Value) any { done <- args[0]; return nil })
	defer f.Release()
	canvas.Call("toBlob", f, media, quality)
	select {
	case blob := <-done:
		if blob.IsNull() {
			return blob, errNoImage
		}
		return blob, nil
	case <-ctx.Done():
		<-done // f is called all the same
		return js.Undefined(), ctx.Err()
	}
}

// ChooseImages lets the person choose files, and calls then with them. It is called
// while the browser answers a press.
func ChooseImages(then func([]File)) {
	input := document.Call("createElement", "input")
	input.Set("type", "file")
	input.Set("multiple", true)
	input.Set("accept", "image/*,.heic,.svg")
	listen(input, "change", func(js.Value) { then(filesOf(input.Get("files"))) })
	input.Call("click")
}

// OnFiles calls f with files that are dropped on the board, and where on the screen.
func OnFiles(f func(files []File, at geom.Point)) {
	root := document.Get("documentElement").Get("dataset")
	has := func(e js.Value) bool {
		transfer := e.Get("dataTransfer")
		return transfer.Truthy() && transfer.Get("types").Call("includes", "Files").Bool()
	}
	over := func(e js.Value) {
		if !has(e) {
			return
		}
		e.Call("preventDefault") // otherwise the browser goes to the file
		e.Get("dataTransfer").Set("dropEffect", "copy")
		root.Set("drop", "over")
	}
	listenActive(window, "dragenter", over)
	listenActive(window, "dragover", over)
	listen(window, "dragleave", func(e js.Value) {
		if e.Get("relatedTarget").IsNull() { // out of the window
			root.Set("drop", "")
		}
	})
	listenActive(window, "drop", func(e js.Value) {
		root.Set("drop", "")
		if !has(e) {
			return
		}
		e.Call("preventDefault")
		if one("dialog[open]").Truthy() {
			return
		}
		f(filesOf(e.Get("dataTransfer").Get("files")), geom.Point{X: e.Get("clientX").Float(), Y: e.Get("clientY").Float()})
	})
}

// DescribeImage asks what an image shows, and calls then with the answer, if there is
// one.
func DescribeImage(text string, then func(text string)) {
	dialog, field := element("describe"), element("describe-text")
	field.Set("value", text)
	dialog.Set("returnValue", "") // Escape leaves what was there
	var closed js.Func
	closed = js.FuncOf(func(js.Value, []js.Value) any {
		closed.Release()
		if dialog.Get("returnValue").String() == "ok" {
			then(strings.TrimSpace(field.Get("value").String()))
		}
		return nil
	})
	dialog.Call("addEventListener", "close", closed, map[string]any{"once": true})
	dialog.Call("showModal")
	field.Call("select")
}
