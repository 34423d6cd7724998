//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"edgeboard/shared/board"
)

// Who does not see the board finds it as a list: reads what is there, changes it by
// keys, and hears what others do.
func TestMirror(t *testing.T) {
	r := startRelay(t)
	s := newScribe(t, r, "mirror")
	s.write(oneOfEach)
	s.stored()
	p := open(t, r.url("/b/mirror"), desktop)
	eval[bool](p, `(window.said = "", new MutationObserver(() => said += document.getElementById("speech").textContent + "|").observe(document.getElementById("speech"), {childList: true}), true)`)
	said := func(what string) {
		t.Helper()
		p.waitFor("it is said: "+what, fmt.Sprintf(`said.includes(%q)`, what))
	}
	var far board.ID
	s.write(func(edit *board.Edit) {
		for i := range 3 {
			far = edit.Create(board.KindNote)
			edit.Set(far, board.KeyX, board.Float(5000))
			edit.Set(far, board.KeyY, board.Float(float64(5000+300*i)))
			edit.Set(far, board.KeyWidth, board.Float(200))
			edit.Set(far, board.KeyHeight, board.Float(200))
		}
	})
	p.waitFor("the list has all there is", `document.querySelectorAll("#mirror [role=option]").length === 9`)
	got := eval[[]string](p, `[...document.querySelectorAll("#mirror [role=option]")].map(o => o.textContent)`)
	for i, want := range []string{"Rectangle, black, 40 right, 140 down", "Ellipse, ", "Arrow, ", "Note “Stored first, then told”, yellow, 170 right, 210 down", "Text “Stored first, then told”, ", "Stroke, "} {
		if !strings.HasPrefix(got[i], want) {
			t.Errorf("line %d is %q, want %q", i, got[i], want)
		}
	}

	// Tab goes from the board along the list: what has the focus is selected.
	eval[bool](p, `(document.getElementById("surface").focus(), true)`)
	ids := eval[[]string](p, `[...document.querySelectorAll("#mirror [role=option]")].map(o => o.dataset.element)`)
	at := func(i int) {
		t.Helper()
		p.waitFor("a line has the focus, and its element is selected", fmt.Sprintf(`document.activeElement.dataset.element === %q && edgeboard.state().selected.join() === %[1]q && document.activeElement.ariaSelected === "true"`, ids[i]))
	}
	for i := range 4 {
		p.key("Tab")
		at(i)
	}
	p.key("Tab", shift)
	at(2)
	p.key("Tab")
	at(3)

	// Its keys are those of the board.
	p.key("ArrowRight", shift)
	p.waitFor("it has moved", `document.querySelector("#mirror :focus").textContent.includes("180 right")`)
	said("Moved: 180 right, 210 down")
	p.key("Enter")
	p.waitFor("the note is written in", `edgeboard.state().writing`)
	p.key("Escape")
	p.waitFor("the board has the keys again", `document.activeElement.id === "surface"`)
	p.key("Tab")
	at(3)
	p.key("Delete")
	p.waitFor("the next one has the focus", fmt.Sprintf(`document.activeElement.dataset.element === %q`, ids[4]))
	said("Deleted")
	p.key("z", ctrl)
	p.waitFor("it is undone", `document.querySelectorAll("#mirror [role=option]").length === 9`)

	// What is far away is brought to be seen.
	eval[bool](p, `(document.querySelector("#mirror [role=option]:last-child").focus(), true)`)
	p.waitFor("it is in the window", fmt.Sprintf(`edgeboard.figures().some(f => f.id === %q && f.shown)`, far.Text()))
	said("scribe added 3 notes.")

	// A tool and Enter put something on the board.
	n := p.elements()
	p.key("r")
	p.key("Enter")
	if list := p.list(); len(list) != n+1 || list[len(list)-1].Kind != "rectangle" {
		t.Errorf("%d elements after r and Enter, want %d", len(list), n+1)
	}
	p.wantNoPanic()
}

// unreached finds controls that Tab has not reached, and those whose focus is not to
// be seen. window.reached has what it did.
const unreached = `(() => {
	const bad = [];
	const controls = ":is(button, input, select, textarea, a[href], [tabindex='0']):not(:disabled)";
	for (const e of document.querySelectorAll(controls)) {
		if (!e.checkVisibility({visibilityProperty: true, opacityProperty: false}) || e.closest("#mirror") || e.tabIndex < 0) continue;
		const name = e.id || e.dataset.tool || e.dataset.command || e.title || e.textContent.trim();
		if (!reached.has(e)) bad.push(name + " is not reached");
		else if (reached.get(e) !== "") bad.push(name + " has " + reached.get(e));
	}
	return bad.join("; ");
})()`

// All that can be pressed can be reached by Tab, and the focus is to be seen there.
func TestTabReachesAll(t *testing.T) {
	r := startRelay(t)
	for _, w := range []window{{width: 1300, height: 600, scale: 1}, {width: 360, height: 640, scale: 1, touch: true}} {
		p := open(t, r.url("/b/tab"), w)
		p.waitFor("what there is to do is shown", hinted)
		eval[bool](p, `(window.reached = new Map(), document.addEventListener("focusin", e => {
			const s = getComputedStyle(e.target), holder = e.target.closest("label"), h = holder && getComputedStyle(holder);
			const ring = s => s && s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2;
			reached.set(e.target, ring(s) || ring(h) ? "" : "no ring: " + s.outline);
		}), document.getElementById("surface").focus(), true)`)
		walk := func(what string, steps int) {
			t.Helper()
			for range steps {
				p.key("Tab")
			}
			if bad := eval[string](p, unreached); bad != "" {
				t.Errorf("%d wide, %s: %s", w.width, what, bad)
			}
		}
		all := eval[int](p, `[...document.querySelectorAll(":is(button, input, select, a[href]):not(:disabled)")].filter(e => e.checkVisibility({visibilityProperty: true}) && e.tabIndex >= 0).length`)
		walk("at first", all+2)

		// F6 goes from panel to panel, and back to the board.
		eval[bool](p, `(document.getElementById("surface").focus(), true)`)
		var stops []string
		for range 20 {
			p.key("F6")
			stop := eval[string](p, `document.activeElement.closest(".panel")?.id ?? document.activeElement.id`)
			if stops = append(stops, stop); stop == "surface" {
				break
			}
		}
		if want := []string{"brand", "bar", "zoom"}; !slices.Contains(stops, "surface") || slices.ContainsFunc(want, func(id string) bool { return !slices.Contains(stops, id) }) {
			t.Errorf("%d wide: F6 went to %v", w.width, stops)
		}
		p.key(",", ctrl)
		p.waitFor("the settings are open", seen("#settings"))
		eval[bool](p, `(window.reached = new Map(), true)`)
		for range 12 {
			p.key("Tab")
		}
		if missed := eval[string](p, `[...document.querySelectorAll("#settings :is(select, input, button)")].filter(e => e.checkVisibility() && reached.get(e) !== "").map(e => e.id || e.dataset.setting || e.dataset.toggle).join()`); missed != "" {
			t.Errorf("%d wide: in the settings Tab does not reach, or does not show: %s", w.width, missed)
		}
	}
}

// clipped finds texts that do not fit into what they stand in, and controls that are
// beyond the window.
const clipped = `(() => {
	const bad = [];
	for (const e of document.querySelectorAll(".panel *, dialog[open] *, .panel")) {
		if (!e.checkVisibility({visibilityProperty: true}) || e.closest("svg, .name, [aria-hidden=true]")) continue;
		const s = getComputedStyle(e), r = e.getBoundingClientRect(), name = e.id || e.className || e.title || e.textContent.trim().slice(0, 30) || e.tagName;
		if (r.width === 0) continue;
		if (r.left < -0.5 || r.right > innerWidth + 0.5) bad.push(name + " is beyond the window: " + r.left + " to " + r.right);
		if (s.overflowX !== "visible" && s.overflowX !== "auto" && s.textOverflow !== "ellipsis" && e.scrollWidth > e.clientWidth + 1 && !e.matches("input, select, textarea")) bad.push(name + " is cut off");
	}
	return bad.slice(0, 8).join("; ");
})()`

// Where it is read from the right, all is in its place: nothing lies over another,
// beyond the window, or is cut off.
func TestReadFromTheRight(t *testing.T) {
	r := startRelay(t)
	for _, w := range []window{{width: 1300, height: 600, scale: 1}, {width: 320, height: 568, scale: 1, touch: true, language: "zh-CN"}} {
		p := open(t, r.url("/b/right"), w)
		look := func(what string) {
			t.Helper()
			for name, found := range map[string]string{"overlaps": overlaps, "clipped": clipped} {
				if bad := eval[string](p, found); bad != "" && !(name == "overlaps" && what != "at first") {
					t.Errorf("%d wide, %s: %s", w.width, what, bad)
				}
			}
		}
		eval[bool](p, `(document.documentElement.dir = "rtl", true)`)
		look("at first")
		for side, want := range map[string]bool{`document.getElementById("brand").getBoundingClientRect().right > innerWidth / 2`: true, `document.getElementById("team").getBoundingClientRect().left < innerWidth / 2`: true} {
			if eval[bool](p, side) != want {
				t.Errorf("%d wide: %s does not hold", w.width, side)
			}
		}
		p.click("#menu-button")
		p.waitFor("the menu is open", seen("#menu"))
		look("the menu")
		p.key("Escape")
		for _, id := range eval[[]string](p, `[...document.querySelectorAll("dialog")].map(d => d.id)`) {
			eval[bool](p, fmt.Sprintf(`(document.getElementById(%q).showModal(), true)`, id))
			look("#" + id)
			eval[bool](p, fmt.Sprintf(`(document.getElementById(%q).remove(), true)`, id))
		}
	}
}
