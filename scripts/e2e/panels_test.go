//go:build e2e

package e2e

import (
	"fmt"
	"testing"
)

// small finds controls that a finger would miss, or that are beyond the window.
const small = `(() => {
	for (const e of document.querySelectorAll(":is(#brand, #bar, #style, #history, #zoom, #menu) :is(button, label:has(input)), #me")) {
		const r = e.getBoundingClientRect();
		if (!e.checkVisibility()) continue;
		if (r.width < 44 || r.height < 44) return (e.id || e.title || e.textContent) + " is " + r.width + " by " + r.height;
		if (r.left < 0 || r.right > innerWidth || r.bottom > innerHeight && !e.closest("#style, #menu")) return (e.title || e.id) + " is beyond the window";
	}
	return "";
})()`

// seen is whether an element is there to be pressed.
func seen(selector string) string {
	return fmt.Sprintf(`(e => e && e.checkVisibility({visibilityProperty: true}))(document.querySelector(%q))`, selector)
}

// On a phone every tool is at hand: some behind another of their kind.
func TestToolsOfPhone(t *testing.T) {
	r := startRelay(t)
	for _, w := range []window{
		{width: 360, height: 640, scale: 2, touch: true},
		{width: 320, height: 568, scale: 2, touch: true, language: "zh-CN"},
		{width: 640, height: 360, scale: 2, touch: true},
	} {
		t.Run(fmt.Sprint(w.width), func(t *testing.T) {
			p := open(t, r.url("/b/phone"), w)
			fits := func(what string) {
				t.Helper()
				if bad := eval[string](p, small); bad != "" {
					t.Errorf("%s: %s", what, bad)
				}
				if bad := eval[string](p, overlaps); bad != "" {
					t.Errorf("%s: %s", what, bad)
				}
				if wide := eval[int](p, "document.documentElement.scrollWidth"); wide > int(w.width) {
					t.Errorf("%s: the page is %d pixels wide", what, wide)
				}
			}
			fits("at first")

			p.click(".fold:has([data-tool=arrow]) .unfold")
			for _, tool := range []string{"rectangle", "ellipse", "diamond", "line", "arrow"} {
				p.waitFor(tool+" is shown", seen("[data-tool="+tool+"]"))
			}
			if bad := eval[string](p, small); bad != "" {
				t.Errorf("the shapes: %s", bad)
			}
			p.key("Escape", 0)
			p.waitFor("the shapes are folded again", "!"+seen("[data-tool=arrow]"))

			p.click(".fold:has([data-tool=pen]) .unfold")
			p.click("[data-tool=pen]")
			p.waitFor("one tool is chosen, and seen", `(e => e.getAttribute("aria-pressed") === "true" && e.title.startsWith(document.querySelector("[data-tool=pen]").title))(document.querySelector(".fold:has([data-tool=pen]) .unfold"))`)
			p.click("#style-button")
			p.waitFor("the style is shown", seen("#style"))
			if bad := eval[string](p, small); bad != "" {
				t.Errorf("the style: %s", bad)
			}
			p.click("[data-color='#e03131']")
			p.waitFor("the colour is chosen", `document.querySelector("[data-color='#e03131']").getAttribute("aria-pressed") === "true"`)
			p.click("#style-button")
			p.waitFor("the style is put away", "!"+seen("#style"))

			p.click("#menu-button")
			p.waitFor("the menu is open", seen("#menu [data-command=grid]"))
			if bad := eval[string](p, small); bad != "" {
				t.Errorf("the menu: %s", bad)
			}
			p.key("Escape", 0)
			p.waitFor("the menu is closed", "!"+seen("#menu"))
			fits("at last")
		})
	}
}

// The menu is gone through by keys, and the focus comes back from it.
func TestMenuByKeys(t *testing.T) {
	r := startRelay(t)
	p := open(t, r.url("/b/menu"), large)
	eval[bool](p, `(document.getElementById("menu-button").focus(), document.getElementById("menu-button").click(), true)`)
	focused := func(want string) {
		t.Helper()
		p.waitFor(want+" has the focus", fmt.Sprintf(`document.activeElement.matches(%q)`, want))
	}
	p.key("Home", 0)
	focused("#menu [data-command=paste]")
	p.key("ArrowDown", 0)
	focused("#menu [data-command=picture-insert]")
	p.key("ArrowUp", 0)
	p.key("ArrowUp", 0)
	focused("#menu [data-command=help]")
	if missing := eval[string](p, `[...document.querySelectorAll("#menu button:not([hidden])")].filter(e => e.innerText.trim() === "").map(e => e.dataset.command).join()`); missing != "" {
		t.Errorf("%s has no name", missing)
	}
	p.key("Escape", 0)
	focused("#menu-button")
}

// All shortcuts are on a sheet that ? opens and closes, but not where somebody
// types one.
func TestShortcutSheet(t *testing.T) {
	r := startRelay(t)
	p := open(t, r.url("/b/keys"), large)
	p.key("?", 0)
	p.waitFor("the sheet is open", seen("#keys [data-keys=copy] kbd"))
	if empty := eval[string](p, `[...document.querySelectorAll("#keys [data-keys]")].filter(e => !e.hidden && !e.querySelector("kbd")).map(e => e.dataset.keys).join()`); empty != "" {
		t.Errorf("%s has no keys", empty)
	}
	p.key("?", 0)
	p.waitFor("the sheet is closed", "!"+seen("#keys"))
	p.click("#me")
	p.waitFor("the name is asked for", `document.activeElement.id === "name-input"`)
	p.key("?", 0)
	if eval[bool](p, `document.getElementById("keys").open`) {
		t.Error("a question mark in a name opens the sheet")
	}
}
