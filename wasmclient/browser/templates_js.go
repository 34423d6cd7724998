//go:build js

package browser

import (
	"context"
	"errors"
	"strconv"
	"syscall/js"
)

// Templates is the dialog of what a board can begin with.
type Templates struct {
	// Take is called with the address of the file of the one that was chosen, and what it
	// is called.
	Take func(file, name string)

	dialog js.Value
}

// Listen begins to call Take.
func (t *Templates) Listen() {
	t.dialog = element("templates")
	listen(element("templates-close"), "click", func(js.Value) { t.dialog.Call("close") })
	listen(t.dialog, "click", func(e js.Value) {
		if card := closest(e, "[data-template]"); !card.IsNull() {
			t.dialog.Call("close")
			t.take(card)
		}
	})
}

// Open opens the dialog.
func (t *Templates) Open() {
	if !t.dialog.Get("open").Bool() {
		t.dialog.Call("showModal")
	}
}

// Tour takes the tour, which is the first.
func (t *Templates) Tour() { t.take(one("#templates [data-template]")) }

func (t *Templates) take(card js.Value) {
	t.Take(data(card, "template"), card.Call("querySelector", "strong").Get("textContent").String())
}

// Asset fetches a file that the page is made of, which the device may have kept.
func Asset(ctx context.Context, address string) (_ []byte, err error) {
	defer jsError(&err)
	response, err := wait(ctx, window.Call("fetch", address))
	if err != nil {
		return nil, err
	}
	if !response.Get("ok").Bool() {
		return nil, errors.New("status " + strconv.Itoa(response.Get("status").Int()))
	}
	return bytesOf(ctx, response)
}
