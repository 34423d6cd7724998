//go:build js

package browser

import (
	"math"
	"strconv"
	"strings"
	"syscall/js"
	"time"
)

var (
	window   = js.Global()
	document = window.Get("document")
)

// element returns the element of index.html with an id. One that is missing is
// a mistake in the page.
func element(id string) js.Value {
	e := document.Call("getElementById", id)
	if e.IsNull() {
		panic("browser: index.html has no element #" + id)
	}
	return e
}

// elements returns what a selector finds.
func elements(selector string) []js.Value {
	list := document.Call("querySelectorAll", selector)
	found := make([]js.Value, list.Length())
	for i := range found {
		found[i] = list.Index(i)
	}
	return found
}

// one returns the one element that a selector finds.
func one(selector string) js.Value { return document.Call("querySelector", selector) }

// closest returns the element that a selector finds around what an event is of,
// null if there is none.
func closest(e js.Value, selector string) js.Value {
	target := e.Get("target")
	if target.Get("closest").IsUndefined() { // the document itself
		return js.Null()
	}
	return target.Call("closest", selector)
}

// data returns the value of an element's data attribute, "" if it has none.
func data(e js.Value, name string) string {
	if v := e.Get("dataset").Get(name); v.Truthy() {
		return v.String()
	}
	return ""
}

func hide(e js.Value, hidden bool) { e.Set("hidden", hidden) }

func toggle(e js.Value, class string, on bool) { e.Get("classList").Call("toggle", class, on) }

func expand(e js.Value, expanded bool) { setAttr(e, "aria-expanded", strconv.FormatBool(expanded)) }

// start is the side from which the page is read: left or right.
func start() string {
	if document.Get("documentElement").Get("dir").String() == "rtl" {
		return "right"
	}
	return "left"
}

// listen calls f for an event of a target, for as long as the page lives.
func listen(target js.Value, event string, f func(e js.Value)) {
	target.Call("addEventListener", event, js.FuncOf(func(_ js.Value, args []js.Value) any {
		f(args[0])
		return nil
	}))
}

// listenCapture is listen for what happens anywhere in the page, before it is
// heard of there; f may prevent its default.
func listenCapture(event string, f func(e js.Value)) {
	document.Call("addEventListener", event, js.FuncOf(func(_ js.Value, args []js.Value) any {
		f(args[0])
		return nil
	}), map[string]any{"capture": true, "passive": false})
}

// listenActive is listen for events whose default f may prevent.
func listenActive(target js.Value, event string, f func(e js.Value)) {
	target.Call("addEventListener", event, js.FuncOf(func(_ js.Value, args []js.Value) any {
		f(args[0])
		return nil
	}), map[string]any{"passive": false})
}

func setAttr(e js.Value, name, value string) { e.Call("setAttribute", name, value) }

// setText writes a text where there is another one: screen readers speak what is
// set, even if it is the same.
func setText(e js.Value, text string) {
	if e.Get("textContent").String() != text {
		e.Set("textContent", text)
	}
}

func setPressed(e js.Value, pressed bool) {
	setAttr(e, "aria-pressed", strconv.FormatBool(pressed))
}

// label names an element for the pointer and for screen readers.
func label(e js.Value, text string) {
	setAttr(e, "title", text)
	setAttr(e, "aria-label", text)
}

// Now returns the browser's clock in milliseconds since the page was opened.
func Now() float64 { return window.Get("performance").Call("now").Float() }

// Board returns the name of the board in the page's address.
func Board() string {
	return strings.TrimPrefix(window.Get("location").Get("pathname").String(), "/b/")
}

// boardQuery names the board in the address of a connection, as the page's own does (/b/NAME).
// The relay does not read it: it is for what stands before several relays, to send those of a
// board to the same one.
func boardQuery() string { return "b=" + escape(Board()) }

// Origin returns the origin of the relay that the page is from.
func Origin() string { return window.Get("location").Get("origin").String() }

// Size returns the size of the window in CSS pixels.
func Size() (width, height float64) {
	return window.Get("innerWidth").Float(), window.Get("innerHeight").Float()
}

// OnEnvironment calls f when the window's size, the colour scheme or a setting
// changes.
func OnEnvironment(f func()) {
	listen(window, "resize", func(js.Value) { f() })
	listen(darkQuery(), "change", func(js.Value) { f() })
	settingChanged = append(settingChanged, f)
}

// Hidden reports whether the page is not looked at.
func Hidden() bool { return document.Get("hidden").Bool() }

// Epoch is this device's clock, in milliseconds since 1970.
func Epoch() float64 { return window.Get("performance").Get("timeOrigin").Float() + Now() }

// OnAwake calls f when the network is back or the page is looked at again.
func OnAwake(f func()) {
	listen(window, "online", func(js.Value) { f() })
	listen(document, "visibilitychange", func(js.Value) {
		if !document.Get("hidden").Bool() {
			f()
		}
	})
}

// OnHide calls f when the page is looked at no longer: it may end without another
// word. A page that goes is told so, and then that it is hidden: f is called once.
func OnHide(f func()) {
	gone := false
	listen(window, "pageshow", func(js.Value) { gone = false })
	listen(window, "pagehide", func(js.Value) {
		gone = true
		f()
	})
	listen(document, "visibilitychange", func(js.Value) {
		if document.Get("hidden").Bool() && !gone {
			f()
		}
	})
}

// OnLeave asks the person to stay while unsaved reports true.
func OnLeave(unsaved func() bool) {
	listen(window, "beforeunload", func(e js.Value) {
		if unsaved() {
			e.Call("preventDefault")
		}
	})
}

// WakeFrames lets the next animation frame happen: boot.js keeps them back
// while nothing is to be drawn.
func WakeFrames() { window.Get("requestAnimationFrame").Call("wake") }

// Reload opens the page anew.
func Reload() { window.Get("location").Call("reload") }

// Ready tells the page that the program runs.
func Ready() { document.Get("documentElement").Get("dataset").Set("state", "ready") }

// Remembered returns what was kept under a name on this device, or "".
func Remembered(name string) (value string) {
	defer func() {
		// A browser may forbid storage altogether by throwing.
		if recover() != nil {
			value = ""
		}
	}()
	v := window.Get("localStorage").Call("getItem", "edgeboard."+name)
	if v.IsNull() {
		return ""
	}
	return v.String()
}

// Remember keeps a value under a name on this device, if that is allowed.
func Remember(name, value string) {
	if forgotten {
		return
	}
	defer func() { _ = recover() }()
	window.Get("localStorage").Call("setItem", "edgeboard."+name, value)
}

// Copy copies a text, and tells done whether it could.
func Copy(text string, done func(ok bool)) {
	clipboard := window.Get("navigator").Get("clipboard")
	if clipboard.IsUndefined() { // only secure pages have one
		done(false)
		return
	}
	var then, fail js.Func
	finish := func(ok bool) {
		then.Release()
		fail.Release()
		done(ok)
	}
	then = js.FuncOf(func(js.Value, []js.Value) any { finish(true); return nil })
	fail = js.FuncOf(func(js.Value, []js.Value) any { finish(false); return nil })
	clipboard.Call("writeText", text).Call("then", then, fail)
}

// After calls f once, d milliseconds from now.
func After(d float64, f func()) { time.AfterFunc(time.Duration(math.Ceil(d))*time.Millisecond, f) }
