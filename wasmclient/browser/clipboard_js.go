//go:build js

package browser

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"syscall/js"
	"time"

	"edgeboard/shared/geom"
)

// Clipboard carries elements between boards and texts and pictures between
// programs. The callbacks are called for the browser's own copy, cut and paste,
// and for those of the menu.
type Clipboard struct {
	// Copy returns the selection as the bytes of a board, its texts, and a
	// picture of it; nil if nothing is selected. Cut says to delete it as well.
	Copy func(cut bool) (own []byte, text, svg string)
	// Paste takes what Copy has returned on this board or another one, or else a
	// text. At is where, on the screen; nil: wherever it is seen best.
	Paste func(own []byte, text string, at *geom.Point)
	// Files takes images that other programs have put there.
	Files func(files []File, at *geom.Point)
}

// Limits of what is pasted, in bytes.
const (
	maxPasted     = 32 << 20
	maxPastedText = 1 << 20
)

// The types under which a selection is on the clipboard. Other boards find it
// under ownType; what reads no types of strangers finds it in the HTML, where
// ownAttribute of an empty element has it.
const (
	ownType      = "application/x-edgeboard"
	htmlType     = "text/html"
	textType     = "text/plain"
	svgType      = "image/svg+xml"
	ownAttribute = "data-edgeboard"
)

// clipboardTimeout is how long the browser may ask the person whether the board
// may read the clipboard.
const clipboardTimeout = 30 * time.Second

// listen begins to call the callbacks.
func (c *Clipboard) listen() {
	for _, event := range []string{"copy", "cut"} {
		listenActive(document, event, func(e js.Value) {
			if typing(e) || !window.Call("getSelection").Get("isCollapsed").Bool() {
				return // a text of the page
			}
			own, text, _ := c.Copy(event == "cut")
			if own == nil {
				return
			}
			data := e.Get("clipboardData")
			encoded := base64.StdEncoding.EncodeToString(own)
			data.Call("setData", ownType, encoded)
			data.Call("setData", htmlType, ownHTML(encoded, text))
			data.Call("setData", textType, text)
			e.Call("preventDefault")
		})
	}
	listenActive(document, "paste", func(e js.Value) {
		if typing(e) {
			return
		}
		e.Call("preventDefault")
		data := e.Get("clipboardData")
		get := func(typ string) string { return data.Call("getData", typ).String() }
		c.take(get(ownType), get(htmlType), get(textType), filesOf(data.Get("files")), nil)
	})
}

// ownHTML is a selection and its texts in HTML.
func ownHTML(encoded, text string) string {
	return "<span " + ownAttribute + `="` + encoded + `"></span>` +
		strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(text, "&", "&amp;"), "<", "&lt;"), "\n", "<br>")
}

// take pastes the best of what the clipboard has. Programs that copy a text may put
// a picture of it beside.
func (c *Clipboard) take(encoded, html, text string, files []File, at *geom.Point) {
	if encoded == "" {
		if _, rest, ok := strings.Cut(html, ownAttribute+`="`); ok {
			encoded, _, _ = strings.Cut(rest, `"`)
		}
	}
	if len(encoded) > maxPasted || len(text) > maxPastedText {
		Toast(Text("clipboard.too-large"))
		return
	}
	if own, err := base64.StdEncoding.DecodeString(encoded); err == nil && len(own) > 0 {
		c.Paste(own, "", at)
		return
	}
	if files = imagesAmong(files); len(files) > 0 && strings.TrimSpace(text) == "" {
		c.Files(files, at)
		return
	}
	if mediaOf([]byte(text)) == svgType {
		c.Files([]File{fileOfText(text, svgType)}, at)
		return
	}
	if text = strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n"); text != "" {
		c.Paste(nil, text, at)
	}
}

// copy copies the selection, for the menu.
func (c *Clipboard) copy(cut bool) {
	own, text, _ := c.Copy(false)
	if own == nil {
		return
	}
	html := ownHTML(base64.StdEncoding.EncodeToString(own), text)
	c.write(map[string]string{htmlType: html, textType: text}, func() {
		if cut {
			c.Copy(true)
		}
	})
}

// copySVG copies a picture of the selection: as one where the browser can,
// otherwise as its text.
func (c *Clipboard) copySVG() {
	_, _, svg := c.Copy(false)
	if svg == "" {
		return
	}
	types := map[string]string{textType: svg}
	if supports := window.Get("ClipboardItem").Get("supports"); supports.Truthy() && window.Get("ClipboardItem").Call("supports", svgType).Bool() {
		types[svgType] = svg
	}
	c.write(types, func() { Toast(Text("clipboard.copied-svg")) })
}

// write puts something on the clipboard, by type, and calls done when it is
// there. It is called while the browser answers a press.
func (c *Clipboard) write(types map[string]string, done func()) {
	promise, err := clipboardCall("write", func() any {
		item := map[string]any{}
		for typ, text := range types {
			item[typ] = window.Get("Blob").New([]any{text}, map[string]any{"type": typ})
		}
		return []any{window.Get("ClipboardItem").New(item)}
	})
	if err != nil {
		Toast(Text("clipboard.not-copied", KeyName("Ctrl+C", mac())))
		return
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), clipboardTimeout)
		defer cancel()
		if _, err := wait(ctx, promise); err != nil {
			Toast(Text("clipboard.not-copied", KeyName("Ctrl+C", mac())))
			return
		}
		done()
	}()
}

// paste pastes what the clipboard has, for the menu.
func (c *Clipboard) paste(at *geom.Point) {
	promise, err := clipboardCall("read", nil)
	if err != nil {
		Toast(Text("clipboard.not-pasted", KeyName("Ctrl+V", mac())))
		return
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), clipboardTimeout)
		defer cancel()
		html, text, files, err := readItems(ctx, promise)
		if err != nil {
			Toast(Text("clipboard.not-pasted", KeyName("Ctrl+V", mac())))
			return
		}
		c.take("", html, text, files, at)
	}()
}

// readItems returns what a call of clipboard.read has found.
func readItems(ctx context.Context, promise js.Value) (html, text string, files []File, err error) {
	defer jsError(&err)
	items, err := wait(ctx, promise)
	if err != nil || items.Length() == 0 {
		return "", "", nil, err
	}
	read := func(typ string) string {
		if err != nil || !items.Index(0).Get("types").Call("includes", typ).Bool() {
			return ""
		}
		var found js.Value
		if found, err = wait(ctx, items.Index(0).Call("getType", typ)); err == nil {
			found, err = wait(ctx, found.Call("text"))
		}
		if err != nil {
			return ""
		}
		return found.String()
	}
	html, text = read(htmlType), read(textType)
	const picture = "image/png" // into which browsers make what other programs copy
	if err == nil && items.Index(0).Get("types").Call("includes", picture).Bool() {
		var blob js.Value
		if blob, err = wait(ctx, items.Index(0).Call("getType", picture)); err == nil {
			files = []File{{Type: picture, Size: blob.Get("size").Int(), file: blob}}
		}
	}
	return html, text, files, err
}

// clipboardCall calls a method of the browser's clipboard, which only secure
// pages have.
func clipboardCall(method string, argument func() any) (promise js.Value, err error) {
	defer jsError(&err)
	clipboard := window.Get("navigator").Get("clipboard")
	if clipboard.IsUndefined() || clipboard.Get(method).IsUndefined() {
		return js.Undefined(), errors.New("the browser has no clipboard." + method)
	}
	if argument == nil {
		return clipboard.Call(method), nil
	}
	return clipboard.Call(method, argument()), nil
}

// mac reports whether the keyboard has Cmd where others have Ctrl.
func mac() bool {
	return strings.HasPrefix(window.Get("navigator").Get("platform").String(), "Mac") ||
		strings.HasPrefix(window.Get("navigator").Get("platform").String(), "iP")
}
