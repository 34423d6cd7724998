//go:build js

package browser

import (
	"sync"
	"syscall/js"
	"unicode/utf8"
)

// offers is a message with a button, of which there is one at a time.
type offers struct {
	panel, text, button js.Value
	number              int // of the last one
	do                  func()
}

// theOffers finds it when there is something to offer.
var theOffers = sync.OnceValue(func() *offers {
	o := &offers{panel: element("offer"), text: one("#offer span"), button: one("#offer button")}
	listen(o.button, "click", func(js.Value) {
		if do := o.do; do != nil {
			o.close()
			do()
		}
	})
	return o
})

// Offer shows a message with a button that does something about it, for as long as
// it takes to read it and to decide. One takes the place of the one before.
func Offer(text, button string, do func()) {
	Toast("") // they stand in the same place
	o := theOffers()
	o.number++
	o.do = do
	setText(o.text, text)
	setText(o.button, button)
	hide(o.panel, false)
	number := o.number
	After(6000+60*float64(utf8.RuneCountInString(text)), func() {
		if o.number == number {
			o.close()
		}
	})
}

func (o *offers) close() {
	if o.panel.Call("contains", document.Get("activeElement")).Bool() {
		focusSurface()
	}
	o.do = nil
	hide(o.panel, true)
	setText(o.text, "")
}
