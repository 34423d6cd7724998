//go:build js

package browser

import (
	"strings"
	"syscall/js"
)

// keySheet is the dialog of all shortcuts. Its lines stand in index.html, with the
// commands that each is of.
type keySheet struct{ dialog js.Value }

func (k *keySheet) listen(p *Panels) {
	k.dialog = element("keys")
	listen(element("keys-close"), "click", func(js.Value) { k.dialog.Call("close") })
	for _, line := range elements("#keys [data-keys]") {
		keys := keysOf(p.Shortcuts, strings.Fields(data(line, "keys")))
		hide(line, len(keys) == 0)
		for _, key := range keys {
			kbd := document.Call("createElement", "kbd")
			kbd.Set("textContent", KeyName(key, mac()))
			line.Get("lastElementChild").Call("append", kbd)
		}
	}
	listenActive(document, "keydown", func(e js.Value) {
		switch open := k.dialog.Get("open").Bool(); {
		case e.Get("key").String() != "?" || typing(e) && !open:
			return
		case open:
			k.dialog.Call("close")
		default:
			k.open()
		}
		e.Call("preventDefault")
	})
}

func (k *keySheet) open() {
	k.dialog.Call("showModal")
	element("keys-body").Set("scrollTop", 0)
}
