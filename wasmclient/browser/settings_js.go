package browser

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"syscall/js"

	"edgeboard/public/texts"
)

// settingValues are those of choosable, read once.
var settingValues = sync.OnceValue(func() map[string]string {
	values := map[string]string{}
	for name := range choosable {
		values[name] = chosen(name, Remembered(name))
	}
	return values
})

// settingChanged are called after a setting has changed.
var settingChanged []func()

// On reports whether a setting is on that is true or false.
func On(setting string) bool { return settingValues()[setting] == "true" }

// Dark reports whether the person wants dark colours.
func Dark() bool {
	switch settingValues()[SettingTheme] {
	case "light":
		return false
	case "dark":
		return true
	}
	return darkQuery().Get("matches").Bool()
}

// ReducedMotion reports whether the person wants nothing to move by itself.
func ReducedMotion() bool {
	return settingValues()[SettingMotion] == "reduce" || motionQuery().Get("matches").Bool()
}

// Both are asked often, so they are made once.
var (
	darkQuery   = sync.OnceValue(func() js.Value { return window.Call("matchMedia", "(prefers-color-scheme: dark)") })
	motionQuery = sync.OnceValue(func() js.Value { return window.Call("matchMedia", "(prefers-reduced-motion: reduce)") })
)

// choose changes a setting on this device, in this page and, by what is remembered,
// in others that are open.
func choose(name, value string) {
	if value = chosen(name, value); settingValues()[name] == value {
		return
	}
	Remember(name, value)
	applySetting(name, value)
}

func applySetting(name, value string) {
	settingValues()[name] = value
	document.Get("documentElement").Get("dataset").Set(name, value)
	if name == SettingTheme {
		colorWindow()
	}
	for _, f := range settingChanged {
		f()
	}
}

// colorWindow colours what the browser has around the page. index.html says for
// either scheme which colour.
func colorWindow() {
	theme := settingValues()[SettingTheme]
	for _, meta := range elements("meta[name=theme-color]") {
		media := "(prefers-color-scheme: " + data(meta, "scheme") + ")"
		if theme != "auto" {
			media = map[bool]string{true: "all", false: "not all"}[data(meta, "scheme") == theme]
		}
		meta.Set("media", media)
	}
}

// settingsDialog is the dialog of settings.
type settingsDialog struct {
	panels   *Panels
	dialog   js.Value
	language js.Value
	controls []js.Value // of choosable
	toggles  []js.Value // of the editor's settings
}

func (d *settingsDialog) listen(p *Panels) {
	*d = settingsDialog{
		panels: p, dialog: element("settings"), language: element("settings-language"),
		controls: elements("#settings [data-setting]"), toggles: elements("#settings [data-toggle]"),
	}
	listen(element("settings-close"), "click", func(js.Value) { d.dialog.Call("close") })
	for _, c := range d.controls {
		listen(c, "change", func(js.Value) {
			value := c.Get("value").String()
			if c.Get("type").String() == "checkbox" {
				value = strconv.FormatBool(c.Get("checked").Bool())
			}
			choose(data(c, "setting"), value)
		})
	}
	for _, c := range d.toggles {
		listen(c, "change", func(js.Value) { p.do(data(c, "toggle")) })
	}
	listen(element("settings-you"), "click", func(js.Value) {
		d.dialog.Call("close")
		element("me").Call("click") // which asks for both
	})
	// Who has no touch screen is not asked about fingers.
	hide(one("#settings label:has([data-toggle=finger-draws])"), !touches())
	listen(d.language, "change", func(js.Value) { p.speak(d.language.Get("value").String()) })
	listen(window, "storage", func(e js.Value) {
		key := e.Get("key")
		if key.Type() != js.TypeString {
			return
		}
		if name, ours := strings.CutPrefix(key.String(), "edgeboard."); ours && choosable[name] != nil {
			if value := chosen(name, Remembered(name)); value != settingValues()[name] {
				applySetting(name, value)
				d.show()
			}
		}
	})
	settingChanged = append(settingChanged, d.show)
	colorWindow()
}

// open shows what is chosen now.
func (d *settingsDialog) open() {
	d.show()
	if !d.dialog.Get("open").Bool() {
		d.dialog.Call("showModal")
	}
}

func (d *settingsDialog) show() {
	for _, c := range d.controls {
		value := settingValues()[data(c, "setting")]
		c.Set("value", value)
		c.Set("checked", value == "true")
	}
	for _, c := range d.toggles {
		for i, name := range settings {
			if name == data(c, "toggle") {
				c.Set("checked", d.panels.state.setting(i))
			}
		}
	}
	d.language.Set("value", languageCookie())
	setText(element("settings-you"), element("me-name").Get("textContent").String())
}

// languageName is the cookie by which the relay knows which language was chosen.
const languageName = "language"

// yearSeconds is for how long it is kept.
const yearSeconds = 365 * 24 * 3600

// languageCookie returns the tag of the language that was chosen, "" if none was.
func languageCookie() string {
	for cookie := range strings.SplitSeq(document.Get("cookie").String(), ";") {
		if tag, ok := strings.CutPrefix(strings.TrimSpace(cookie), languageName+"="); ok {
			return tag
		}
	}
	return ""
}

// speak chooses the language of a tag, or with "" the one that the browser prefers,
// and opens the page anew in it.
func (p *Panels) speak(tag string) {
	cookie := languageName + "=" + tag + "; Path=/; SameSite=Lax; Max-Age="
	if tag == "" {
		cookie += "0"
	} else {
		cookie += strconv.Itoa(yearSeconds)
	}
	if window.Get("isSecureContext").Bool() && window.Get("location").Get("protocol").String() == "https:" {
		cookie += "; Secure"
	}
	document.Set("cookie", cookie)
	go func() {
		tellWorker(tag)
		p.Reload()
	}()
}

// tellWorker leaves the language for public/sw.js, which otherwise goes on with the
// one that the page had last.
func tellWorker(tag string) {
	caches := window.Get("caches")
	if !caches.Truthy() {
		return
	}
	if tag == "" {
		tag = texts.Choose(window.Get("navigator").Get("languages").Call("join", ",").String()).Tag()
	}
	var err error
	defer func() {
		if err != nil {
			println("telling the worker of the language:", err.Error())
		}
	}()
	defer jsError(&err)
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	kept, err := wait(ctx, caches.Call("has", deviceCache))
	if err != nil || !kept.Bool() {
		return
	}
	cache, err := wait(ctx, caches.Call("open", deviceCache))
	if err == nil {
		_, err = wait(ctx, cache.Call("put", "/language", window.Get("Response").New(tag)))
	}
}

// touches reports whether the device has a touch screen.
func touches() bool { return window.Get("navigator").Get("maxTouchPoints").Int() > 0 }
