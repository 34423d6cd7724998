//go:build js

package browser

import "syscall/js"

// keySheet is the dialog of all shortcuts.
type keySheet struct {
	panels *Panels
	dialog js.Value
	made   bool
}

func (k *keySheet) listen(p *Panels) {
	*k = keySheet{panels: p, dialog: element("keys")}
	label(element("keys-close"), p.Texts.Close)
	listen(element("keys-close"), "click", func(js.Value) { k.dialog.Call("close") })
	listenActive(document, "keydown", func(e js.Value) {
		if e.Get("key").String() != "?" {
			return
		}
		switch {
		case k.dialog.Get("open").Bool():
			k.dialog.Call("close")
		case !typing(e):
			k.open()
		default:
			return
		}
		e.Call("preventDefault")
	})
}

func (k *keySheet) open() {
	if !k.made {
		k.made = true
		k.make()
	}
	k.dialog.Call("showModal")
	element("keys-body").Set("scrollTop", 0)
}

func (k *keySheet) make() {
	body := element("keys-body")
	create := func(name, text string, children ...any) js.Value {
		e := document.Call("createElement", name)
		if text != "" {
			e.Set("textContent", text)
		}
		e.Call("append", children...)
		return e
	}
	for _, group := range k.panels.Texts.sheet(k.panels.Shortcuts) {
		list := create("dl", "")
		for _, row := range group.rows {
			keys := create("dd", "")
			for _, key := range row.Keys {
				keys.Call("append", create("kbd", KeyName(key, mac())))
			}
			list.Call("append", create("div", "", create("dt", row.Command), keys))
		}
		body.Call("append", create("section", "", create("h3", group.name), list))
	}
}
