//go:build js

package browser

import "syscall/js"

// Banners are what stays until it is over, or was answered.
type Banners struct {
	Save   func() // changes that are nowhere else
	Reload func() // for a new version

	said string
}

// Listen begins to call the callbacks.
func (b *Banners) Listen() {
	listen(element("offline-save"), "click", func(js.Value) { b.Save() })
	listen(element("update-take"), "click", func(js.Value) { b.Reload() })
	listen(element("update-later"), "click", func(js.Value) {
		showBanner("update", "")
		focusSurface()
	})
}

// ShowKeeping says where changes are that are not stored.
func (b *Banners) ShowKeeping(k Keeping) {
	text, save := k.words(Language())
	if text == b.said {
		return
	}
	b.said = text
	if text != "" {
		button := element("offline-save")
		hide(button, !save)
		toggle(element("offline"), "trouble", save)
	}
	showBanner("offline", text)
}

// OfferUpdate says that there is a new version.
func (b *Banners) OfferUpdate() {
	showBanner("update", data(one("#update p"), "text"))
}

func showBanner(id, text string) {
	banner := element(id)
	shown := "true"
	if text == "" {
		shown = "false"
	} else {
		setText(banner.Call("querySelector", "p"), text)
	}
	banner.Get("dataset").Set("shown", shown)
}

// Download has the browser save a file.
func Download(name, media string, content []byte) {
	parts := window.Get("Array").New(toJS(content))
	url := window.Get("URL").Call("createObjectURL", window.Get("Blob").New(parts, map[string]any{"type": media}))
	link := document.Call("createElement", "a")
	link.Set("href", url)
	link.Set("download", name)
	link.Call("click")
	// The browser has begun by then to read it.
	After(60_000, func() { window.Get("URL").Call("revokeObjectURL", url) })
}
