//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"edgeboard/shared/board"
)

// hinted is true while the page says what there is to do on a board with nothing on it,
// and has come to say so.
const hinted = `(h => h.checkVisibility() && h.getAnimations().length === 0)(document.getElementById("hint"))`

const unhinted = `!document.getElementById("hint").checkVisibility()`

// offered is true while templates are.
const offered = `document.getElementById("templates").open`

// The hint stands on an empty board, goes with the first element, be it somebody else's,
// and comes back when all is gone.
func TestHint(t *testing.T) {
	r := startRelay(t)
	ann := open(t, r.url("/b/hint"), large)
	ben := open(t, r.url("/b/hint"), large)
	for _, p := range []*page{ann, ben} {
		p.waitFor("the hint is shown", hinted)
	}
	if who := eval[string](ann, `document.activeElement.id + document.activeElement.tagName`); strings.Contains(who, "hint") || who == "BUTTON" {
		t.Errorf("the hint has taken the focus: %s", who)
	}
	ann.screenshot("hint-desktop")

	ann.draw(quickStrokes(1)[0])
	for _, p := range []*page{ann, ben} {
		p.waitFor("the hint is gone", unhinted)
	}
	same(ann, ben)
	ann.key("z", ctrl)
	for _, p := range []*page{ann, ben} {
		p.waitFor("the hint is back", hinted)
	}

	// A tool of which the first click makes something has the board for itself.
	ann.key("n")
	ann.waitFor("the hint makes room for a note", unhinted)
	ann.key("Escape")
	ann.key("p")
	ann.waitFor("the hint is back", hinted)

	// Others, and presentations, are not what it is for.
	ann.key("p", shift)
	ann.waitFor("nothing is said in a presentation", unhinted)
	ann.key("Escape")
	ann.waitFor("the hint is back", hinted)
}

// A press on a button of the hint is one, and the beginning of a stroke where it goes on.
func TestHintLetsAPenThrough(t *testing.T) {
	r := startRelay(t)
	p := open(t, r.url("/b/pen"), large)
	p.waitFor("the hint is shown", hinted)
	at := eval[[]float64](p, `(r => [r.x + r.width / 2, r.y + r.height / 2])(document.querySelector("#hint [data-command=tour]").getBoundingClientRect())`)
	p.sweep(0, [2]float64{at[0], at[1]}, [2]float64{at[0] + 120, at[1] + 60})
	p.waitFor("there is a stroke", `edgeboard.elements() === 1 && edgeboard.figures()[0].kind === "stroke"`)
	p.stored()
	if from := eval[[]float64](p, `(f => [f.x, f.y])(edgeboard.figures()[0])`); from[0] > at[0]+2 || from[1] > at[1]+2 {
		t.Errorf("the stroke begins at %v, and the press was at %v", from, at)
	}
	p.key("z", ctrl)
	p.waitFor("the hint is back", hinted)

	p.click("#hint [data-command=tool-text]")
	p.waitFor("the button gives the tool", `edgeboard.state().tool === "text"`)
	p.clickAt(0, [2]float64{at[0], at[1]}, 1)
	p.waitFor("a text is written where the hint was", `edgeboard.state().writing`)
}

// Who may only look is told that there is nothing, and offered nothing.
func TestHintForWhoMayOnlyLook(t *testing.T) {
	c := startClosed(t)
	vic := c.person(large, "vic", "Vic", "plan", "viewer")
	vic.waitFor("it is said that there is nothing", hinted+` && document.getElementById("hint-view").checkVisibility()`)
	if eval[bool](vic, `document.getElementById("hint-edit").checkVisibility()`) {
		t.Error("who may only look is offered tools")
	}
	vic.key("t", shift)
	if eval[bool](vic, offered) {
		t.Error("who may only look is offered templates")
	}
	ann := c.person(large, "ann", "Ann", "plan", "editor")
	ann.draw(quickStrokes(1)[0])
	vic.waitFor("what comes is shown, and nothing is said", "edgeboard.elements() === 1 && "+unhinted)
}

// The tour is taken by one press, lies in view, is the same for everybody, and is taken
// off by one step back.
func TestTour(t *testing.T) {
	r := startRelay(t)
	ann := open(t, r.url("/b/tour"), window{width: 1280, height: 800, scale: 1})
	ben := open(t, r.url("/b/tour"), large)
	ann.waitFor("the hint is shown", hinted)
	ann.click("#hint [data-command=tour]")
	ann.waitFor("the tour is there", `edgeboard.elements() > 30`)
	ann.waitFor("that is said", `/^Tour is on the board/.test(document.getElementById("toast").textContent)`)
	if selected := ann.selected(); len(selected) > 0 {
		t.Errorf("%d elements are selected", len(selected))
	}
	if n := eval[int](ann, `edgeboard.figures().filter(f => !f.shown).length`); n > 0 {
		t.Errorf("%d elements are out of view", n)
	}
	ann.waitFor("the hint is gone", unhinted)
	// The line that feeds the tile is for this relay and this board.
	want := "curl -d 42 '" + r.url("/api/v1/feeds/tour?board=tour") + "'"
	if texts := eval[[]string](ann, `edgeboard.figures().map(f => f.text).filter(t => t.includes("curl"))`); !slices.Equal(texts, []string{want}) {
		t.Errorf("the tile is fed by %q, want %q", texts, want)
	}
	publish(t, r, "tour", "tour", "42", "")
	ann.waitFor("the tile is live", `edgeboard.figures().some(f => f.tile?.values?.length === 1)`)
	ann.stored()
	same(ann, ben)
	ann.quiet()
	ann.leave()
	ann.waitFor("all was said", `document.getElementById("toast").textContent === "" && document.getAnimations().length === 0`)
	ann.screenshot("tour-desktop")
	ann.key("z", ctrl)
	ann.waitFor("one step back takes it off", `edgeboard.elements() === 0`)
	ann.stored()
	same(ann, ben)
	ben.waitFor("the hint is back", hinted)
}

// A template is chosen by keys alone, and goes beside what is there.
func TestTemplates(t *testing.T) {
	r := startRelay(t)
	p := open(t, r.url("/b/templates"), window{width: 1280, height: 800, scale: 1})
	s := newScribe(t, r, "templates")
	s.write(func(edit *board.Edit) {
		id := edit.Create(board.KindNote)
		edit.Set(id, board.KeyX, board.Float(560))
		edit.Set(id, board.KeyY, board.Float(300))
	})
	p.waitFor("there is a note", `edgeboard.elements() === 1`)
	note := eval[string](p, `edgeboard.figures()[0].id`)
	p.key("t", shift)
	p.waitFor("templates are offered", offered)
	p.waitFor("their pictures are there", `[...document.querySelectorAll("#templates img")].every(i => i.complete && i.naturalWidth > 0)`)
	p.screenshot("templates-desktop")
	p.key("Tab")
	for !eval[bool](p, `document.activeElement.dataset.template?.includes("kanban") ?? false`) {
		p.key("Tab")
	}
	p.key(" ")
	p.waitFor("the board has columns", `edgeboard.figures().filter(f => f.kind === "frame").length === 4`)
	p.waitFor("the dialog is closed", "!"+offered)
	if over := eval[int](p, fmt.Sprintf(`(all => (n => all.filter(f => f !== n && f.x < n.x + n.w && n.x < f.x + f.w && f.y < n.y + n.h && n.y < f.y + f.h).length)(all.find(f => f.id === %q)))(edgeboard.figures())`, note)); over > 0 {
		t.Errorf("%d elements lie over what was there", over)
	}
	p.quiet()
	p.screenshot("kanban-desktop")
	p.key("z", ctrl)
	p.waitFor("one step back takes it off", `edgeboard.elements() === 1`)

	// The menu has them too, and Escape takes none.
	p.click("#menu-button")
	p.waitFor("the menu is open", seen("#menu"))
	p.click("#menu [data-command=templates]")
	p.waitFor("templates are offered", offered)
	p.key("Escape")
	p.waitFor("the dialog is closed", "!"+offered)
	if n := p.elements(); n != 1 {
		t.Errorf("%d elements, and none was taken", n)
	}
}

// Each template is one in each language, and comes whole.
func TestEachTemplate(t *testing.T) {
	r := startRelay(t)
	for _, language := range []string{"en", "zh-CN"} {
		p := open(t, r.url("/b/each-"+language), window{width: 1280, height: 800, scale: 1, dark: language != "en", language: language})
		p.waitFor("the hint is shown", hinted)
		p.screenshot("hint-" + language)
		for _, file := range eval[[]string](p, `[...document.querySelectorAll("[data-template]")].map(e => e.dataset.template)`) {
			if !strings.Contains(file, "."+language+".") {
				t.Errorf("in %s there is %s", language, file)
			}
			p.key("t", shift)
			p.waitFor("templates are offered", offered)
			p.click(fmt.Sprintf("[data-template=%q]", file))
			p.waitFor(file+" is there", `edgeboard.elements() > 8`)
			p.quiet()
			p.leave()
			name := strings.Split(strings.TrimPrefix(file, "/assets/template-"), ".")[0]
			p.screenshot("template-" + name + "-" + language)
			p.key("z", ctrl)
			p.waitFor(file+" is taken off", `edgeboard.elements() === 0`)
		}
	}
}

// On a phone the tour begins with its first station, and all that can be pressed is
// reached by a finger.
func TestBeginningOnAPhone(t *testing.T) {
	r := startRelay(t)
	for _, w := range []struct {
		name string
		window
	}{
		{"phone", window{width: 360, height: 740, scale: 2, touch: true}},
		{"phone-dark-zh", window{width: 360, height: 740, scale: 2, touch: true, dark: true, language: "zh-CN"}},
	} {
		p := open(t, r.url("/b/"+w.name), w.window)
		p.waitFor("the hint is shown", hinted)
		p.screenshot("hint-" + w.name)
		if bad := eval[string](p, outside); bad != "" {
			t.Errorf("%s: %s", w.name, bad)
		}
		p.tapOn("#hint [data-command=templates]")
		p.waitFor("templates are offered", offered)
		p.waitFor("the first picture is there", `document.querySelector("#templates img").naturalWidth > 0`)
		p.screenshot("templates-" + w.name)
		p.tapOn("#templates-close")
		p.waitFor("the dialog is closed", "!"+offered)
		p.tapOn("#hint [data-command=tour]")
		p.waitFor("the tour is there", `edgeboard.elements() > 30`)
		p.waitFor("its first station is in view", `(f => f.shown)(edgeboard.figures().find(f => f.kind === "frame" && f.text.startsWith("1")))`)
		if zoom := eval[float64](p, `edgeboard.state().zoom`); zoom < 0.4 {
			t.Errorf("%s: nobody can read it at %v", w.name, zoom)
		}
		p.quiet()
		p.screenshot("tour-" + w.name)
		p.close()
	}
}

// outside finds what of the hint is beyond the window, or below a panel.
const outside = `(() => {
	for (const e of document.querySelectorAll("#hint button, #hint a, #hint h2")) {
		const r = e.getBoundingClientRect();
		if (r.left < 0 || r.right > innerWidth || r.top < 0 || r.bottom > innerHeight) return e.textContent + " is beyond the window";
		for (const p of document.querySelectorAll(".panel")) {
			if (!p.checkVisibility({visibilityProperty: true})) continue;
			const s = p.getBoundingClientRect();
			if (r.left < s.right && s.left < r.right && r.top < s.bottom && s.top < r.bottom) return e.textContent + " is below " + p.id;
		}
	}
	return "";
})()`

// Without a network the hint stands on a board that was kept, and templates and the help
// are there, as the device has kept them.
func TestBeginningOffline(t *testing.T) {
	r := startRelay(t)
	way := newPipe(t, r)
	at := "http://" + way.Address
	laptop := newDevice(t)
	p := laptop.open(at + "/b/empty?transport=ws")
	p.installed()
	p.do(chromedp.Reload())
	p.waitLive()
	p.waitFor("it is the page that was kept", `navigator.serviceWorker.controller`)
	r.kill()

	p.do(chromedp.Reload())
	p.waitFor("the hint is shown without a network", hinted)
	p.click("#hint [data-command=templates]")
	p.waitFor("templates are offered", offered)
	p.click("[data-template*=retrospective]")
	p.waitFor("one is there without a network", `edgeboard.elements() > 8`)
	p.kept() // otherwise the browser asks whether to leave
	p.do(chromedp.Navigate(at + "/help"))
	p.waitFor("the help is there without a network", `document.querySelector("h1")?.textContent === "Help" && getComputedStyle(document.querySelector("main")).maxWidth === "760px"`)
	p.do(chromedp.Navigate(at + "/help?language=zh-CN"))
	p.waitFor("and in the other language", `document.querySelector("h1")?.textContent === "帮助"`)
}

// What the device has not kept is told in words.
func TestTemplateThatCannotBeFetched(t *testing.T) {
	r := startRelay(t)
	way := newPipe(t, r)
	p := open(t, "http://"+way.Address+"/b/away?transport=ws", large)
	p.waitFor("the hint is shown", hinted)
	eval[bool](p, `(window.fetch = () => Promise.reject(new TypeError("no network")), true)`)
	p.click("#hint [data-command=tour]")
	p.waitFor("that is said", `/^Tour could not be fetched/.test(document.getElementById("toast").textContent)`)
	if n := p.elements(); n != 0 {
		t.Errorf("%d elements are there", n)
	}
}

// The help is a page of its own, in both languages, in the colours of the page.
func TestHelpPage(t *testing.T) {
	r := startRelay(t)
	for _, w := range []struct {
		name, heading string
		window
	}{
		{"desktop", "Help", window{width: 1280, height: 800, scale: 1}},
		{"phone-dark-zh", "帮助", window{width: 360, height: 740, scale: 2, touch: true, dark: true, language: "zh-CN"}},
	} {
		p := openUnready(t, r.url("/help"), w.window)
		p.waitFor("the help is there", fmt.Sprintf(`document.readyState === "complete" && document.querySelector("h1")?.textContent === %q`, w.heading))
		if wide := eval[int](p, "document.documentElement.scrollWidth"); wide > int(w.width) {
			t.Errorf("%s: the help is %d pixels wide in a window of %d", w.name, wide, w.width)
		}
		p.waitFor("its examples are for this relay", fmt.Sprintf(`[...document.querySelectorAll("[data-origin]")].every(e => e.textContent === %q)`, r.url("")))
		if eval[bool](p, `document.documentElement.scrollHeight <= innerHeight`) {
			t.Errorf("%s: the help does not scroll", w.name)
		}
		p.screenshot("help-" + w.name)
	}
	// What was chosen on this device holds for it too.
	p := open(t, r.url("/b/help"), large)
	eval[bool](p, `(localStorage.setItem("edgeboard.theme", "dark"), true)`)
	p.do(chromedp.Navigate(r.url("/help#on-keys")))
	p.waitFor("the help is dark", `getComputedStyle(document.body).backgroundColor === "rgb(18, 18, 18)"`)
	p.waitFor("it has all keys", `document.querySelectorAll("#on-keys ~ table kbd").length > 60`)
	if wide := eval[int](p, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); wide > 0 {
		t.Errorf("the help is %d pixels wider than its window", wide)
	}
	p.screenshot("help-keys")
}

// axe-core finds nothing serious in what a stranger meets first.
func TestAccessOfTheBeginning(t *testing.T) {
	source := axe(t)
	r := startRelay(t)
	for _, w := range []struct {
		name string
		window
	}{
		{"desktop", window{width: 1280, height: 800, scale: 1}},
		{"phone", window{width: 360, height: 740, scale: 1, touch: true, dark: true, language: "zh-CN"}},
	} {
		p := open(t, r.url("/b/access-"+w.name), w.window)
		p.waitFor("the hint is shown", hinted)
		eval[bool](p, source+"; true")
		p.examine("the hint")
		p.key("t", shift)
		p.waitFor("templates are offered", offered)
		p.examine("the templates", "#templates")
		p.do(chromedp.Navigate(r.url("/help")))
		p.waitFor("the help is there", `document.readyState === "complete" && document.querySelector("h1")`)
		eval[bool](p, source+"; true")
		p.examine("the help")
	}
}
