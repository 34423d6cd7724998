//go:build js

package browser

import (
	"strings"
	"syscall/js"
)

// What is being written outlives a reload of the page, and no more: it is kept with the
// window, where nobody else who opens the board finds it.

// draftPrefix begins the names under which it is kept.
const draftPrefix = "edgeboard.draft."

// maxKeptDrafts is of how many conversations something is kept. What is begun beyond
// that a reload loses. The field takes at most 4000 characters (maxlength).
const maxKeptDrafts = 32

// draftName is the name for a conversation: that with a person is the same on all
// boards.
func draftName(with string) string {
	if with == "" {
		return draftPrefix + "/" + Board()
	}
	return draftPrefix + with
}

// draftNames are those that there are.
func draftNames() (names []string) {
	defer func() { _ = recover() }() // a browser may forbid storage by throwing
	keys := window.Get("Object").Call("keys", window.Get("sessionStorage"))
	for i := range keys.Length() {
		if name := keys.Index(i).String(); strings.HasPrefix(name, draftPrefix) {
			names = append(names, name)
		}
	}
	return names
}

// forgetDrafts forgets what is being written, of all conversations.
func forgetDrafts() {
	for _, name := range draftNames() {
		window.Get("sessionStorage").Call("removeItem", name)
	}
}

// listenToDrafts forgets it when somebody has signed out in another window, which this
// one knows by the secret that goes then.
func (c *Chat) listenToDrafts() {
	listen(window, "storage", func(e js.Value) {
		if text(e, "key") == "edgeboard.secret" && e.Get("newValue").IsNull() {
			forgetDrafts()
			clear(c.drafts)
			element("chat-text").Set("value", "")
		}
	})
}

// draft is what was written in a conversation and not sent.
func (c *Chat) draft(with string) (text string) {
	if text, ok := c.drafts[with]; ok {
		return text
	}
	defer func() { _ = recover() }()
	if v := window.Get("sessionStorage").Call("getItem", draftName(with)); !v.IsNull() {
		text = v.String()
	}
	return text
}

// keepDraft keeps what is written in the conversation that is open.
func (c *Chat) keepDraft() {
	if !c.open || c.changing != "" {
		return
	}
	with, text := c.view.With, element("chat-text").Get("value").String()
	c.drafts[with] = text
	if forgotten {
		return
	}
	defer func() { _ = recover() }()
	storage, name := window.Get("sessionStorage"), draftName(with)
	switch {
	case text == "":
		storage.Call("removeItem", name)
	case !storage.Call("getItem", name).IsNull() || len(draftNames()) < maxKeptDrafts:
		storage.Call("setItem", name, text)
	}
}
