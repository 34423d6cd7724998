//go:build e2e

package e2e

import (
	"testing"
)

// A person chooses how the page is on this device. It holds at once, and the next
// time; the page opens anew to speak another language, and loses nothing by it.
func TestSettings(t *testing.T) {
	r := startRelay(t)
	p := open(t, r.url("/b/settings"), desktop)
	p.key(",", ctrl)
	p.waitFor("the settings are open", seen("#settings"))
	p.choose("[data-setting=theme]", "dark")
	const dark = `getComputedStyle(document.body).backgroundColor === "rgb(18, 18, 18)" && document.querySelector("meta[data-scheme=dark]").media === "all"`
	p.waitFor("the page is dark", dark)
	p.choose("[data-setting=motion]", "reduce")
	p.click("[data-toggle=grid]")
	p.key("Escape")
	p.waitFor("the settings are closed", "!"+seen("#settings"))
	p.waitFor("the keyboard is the board's", `document.activeElement.id === "surface" || document.activeElement === document.body`)

	// A stroke that has just been drawn, and the choice of a language at once.
	p.draw(through(200, 200, 260, 210, 320, 200))
	hash := p.hash()
	p.key(",", ctrl)
	p.waitFor("the settings are open", seen("#settings"))
	eval[bool](p, `(window.before = true, true)`)
	p.choose("#settings-language", "zh-CN")
	p.waitFor("the page is another one", `!window.before`)
	p.waitLive()
	p.waitFor("it speaks Chinese", `document.documentElement.lang === "zh-CN" && document.querySelector("[data-command=undo]").title.startsWith("撤销")`)
	p.waitFor("it is dark still", dark)
	if p.hash() != hash {
		t.Error("the board is another one")
	}
	if eval[string](p, `getComputedStyle(document.getElementById("toast")).transitionDuration`) != "0s" {
		t.Error("things move, and they are not to")
	}
	p.key(",", ctrl)
	p.waitFor("the settings say so", `["#settings-language", "[data-setting=theme]", "[data-setting=motion]"].map(s => document.querySelector(s).value).join() === "zh-CN,dark,reduce" && document.querySelector("[data-toggle=grid]").checked && !document.querySelector("[data-toggle=keep-tool]").checked`)

	// Another page of the same person follows.
	q := openIn(t, p.ctx, r.url("/b/settings"), desktop)
	q.waitLive()
	p.choose("[data-setting=theme]", "light")
	q.waitFor("both are light", `getComputedStyle(document.body).backgroundColor === "rgb(255, 255, 255)"`)
	p.wantNoPanic()
}
