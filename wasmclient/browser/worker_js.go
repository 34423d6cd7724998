//go:build js

package browser

import (
	"context"
	"strings"
	"syscall/js"
)

// workerLater is how long the program runs before the device is to keep the page, in
// milliseconds: first the board is to be there.
const workerLater = 3000

// deviceCache is what the page leaves for public/sw.js:
//
//	/language        the page's language, a tag
//	/picture/b/NAME  the picture of a board, SVG; X-Page names its page
const deviceCache = "edgeboard.device"

// keptPictures is how many boards' pictures are left; the oldest go.
const keptPictures = 32

// Worker is the service worker, which keeps the page on this device.
type Worker struct {
	// Update is called when a new version of the page is there. It is used when the
	// person says so, by Take, or when no page of the version before is open.
	Update func()
	// Kept is called when the device can keep pictures: see LeavePicture.
	Kept func()

	registration js.Value
	cache        js.Value // undefined: there is none (yet)
	taking       bool
}

// Begin has the device keep the page, if the browser can do that, and the page is one
// that was packed.
func (w *Worker) Begin() {
	if !packed() {
		return
	}
	After(workerLater, func() { go w.begin() })
}

// packed reports whether the page is one that was packed: otherwise no worker keeps it.
func packed() bool { return data(element("program"), "bytes") != "0" }

func (w *Worker) begin() {
	var err error
	defer func() {
		if err != nil {
			println("keeping the page:", err.Error())
		}
	}()
	defer jsError(&err)
	ctx := context.Background()
	workers := window.Get("navigator").Get("serviceWorker")
	if !workers.Truthy() || !window.Get("caches").Truthy() {
		return // as on pages that are not secure
	}
	if w.cache, err = wait(ctx, window.Get("caches").Call("open", deviceCache)); err != nil {
		return
	}
	w.put("/language", Language().Tag(), nil)
	w.Kept()
	if w.registration, err = wait(ctx, workers.Call("register", "/sw.js")); err != nil {
		return
	}
	listen(workers, "controllerchange", func(js.Value) {
		if w.taking {
			window.Get("location").Call("reload")
		}
	})
	// Without one that is in charge there was no version before.
	inCharge := func() bool { return workers.Get("controller").Truthy() }
	if w.registration.Get("waiting").Truthy() && inCharge() {
		w.Update()
	}
	listen(w.registration, "updatefound", func(js.Value) {
		next := w.registration.Get("installing")
		listen(next, "statechange", func(js.Value) {
			if next.Get("state").String() == "installed" && inCharge() {
				w.Update()
			}
		})
	})
}

// Take has the new version take over, and loads it.
func (w *Worker) Take() {
	w.taking = true
	if waiting := w.registration.Get("waiting"); waiting.Truthy() {
		waiting.Call("postMessage", "take over")
		return
	}
	window.Get("location").Call("reload") // another page has let it
}

// LeavePicture leaves a picture of the board, of a page of it, for when it is opened
// again. The page may end at once: what was begun is done all the same.
func (w *Worker) LeavePicture(svg, page string) {
	if !w.cache.Truthy() || forgotten {
		return
	}
	path := "/picture" + window.Get("location").Get("pathname").String()
	if svg == "" {
		w.cache.Call("delete", path)
		return
	}
	// It takes the place of the one before at once, and is the last of the cache: until
	// then a page that is opened finds that one.
	w.put(path, svg, map[string]any{"Content-Type": "image/svg+xml", "X-Page": page})
	go w.bound()
}

func (w *Worker) put(path, text string, headers map[string]any) {
	w.cache.Call("put", path, window.Get("Response").New(text, map[string]any{"headers": headers}))
}

// bound gives up the oldest pictures.
func (w *Worker) bound() {
	keys, err := wait(context.Background(), w.cache.Call("keys"))
	if err != nil {
		return
	}
	var pictures []js.Value
	for i := range keys.Length() {
		path := window.Get("URL").New(keys.Index(i).Get("url")).Get("pathname").String()
		if strings.HasPrefix(path, "/picture/") {
			pictures = append(pictures, keys.Index(i))
		}
	}
	for i := range len(pictures) - keptPictures {
		w.cache.Call("delete", pictures[i])
	}
}
