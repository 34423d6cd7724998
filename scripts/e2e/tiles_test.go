//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
)

// publish sends a value to a feed as any program does, with a token or "" none.
func publish(t *testing.T, r *relay, board, feed, value, token string) {
	t.Helper()
	request, err := http.NewRequest("POST", r.url("/api/v1/feeds/"+url.PathEscape(feed)+"?board="+board), strings.NewReader(value))
	if err != nil {
		t.Fatal(err)
	}
	request.Close = true
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if answer, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusOK {
		t.Fatalf("%s = %s: the relay answers %s: %s", feed, value, response.Status, answer)
	}
}

// reads waits until a tile shows a text, a number and its unit say.
func (p *page) reads(text string) {
	p.t.Helper()
	p.waitFor(fmt.Sprintf("a tile shows %q", text), fmt.Sprintf(`edgeboard.figures().some(f => f.tile?.shown.join("").includes(%q))`, text))
}

// has waits until a condition holds of a tile, t.
func (p *page) has(what, condition string) {
	p.t.Helper()
	p.waitFor(what, fmt.Sprintf(`edgeboard.figures().some(f => f.tile && (t => %s)(f.tile))`, condition))
}

// fill writes into a field of a panel, as a person does who then leaves it.
func (p *page) fill(selector, value string) {
	p.t.Helper()
	eval[bool](p, fmt.Sprintf(`(e => (e.focus(), e.value = %q, e.dispatchEvent(new Event("input", {bubbles: true})), e.dispatchEvent(new Event("change", {bubbles: true}))))(document.querySelector(%q))`, value, selector))
}

// insert types a text where the focus is.
func (p *page) insert(text string) {
	p.t.Helper()
	call(p, input.InsertText, input.InsertTextParams{Text: text})
}

const (
	tileOpen   = `document.getElementById("tile").checkVisibility()`
	valuesOpen = `document.getElementById("values").checkVisibility()`
)

// placeTile puts a tile on the board with the tool, and binds it with the picker alone.
func placeTile(p *page, at [2]float64, query, pattern string) {
	p.t.Helper()
	p.key("w")
	p.clickAt(0, at, 1)
	p.waitFor("the tile can be set up", tileOpen)
	p.click("#tile-feed")
	p.insert(query)
	p.waitFor(pattern+" is offered", fmt.Sprintf(`[...document.querySelectorAll("#tile-found li")].some(e => e.firstElementChild.textContent === %q)`, pattern))
	for i := 0; ; i++ {
		if i > 10 {
			p.t.Fatalf("%s is not reached with the arrows", pattern)
		}
		p.key("ArrowDown")
		if eval[bool](p, fmt.Sprintf(`document.querySelector("#tile-found [aria-selected=true] bdi")?.textContent === %q`, pattern)) {
			break
		}
	}
	p.key("Enter")
	p.has("it shows "+pattern, fmt.Sprintf(`t.patterns.includes(%q)`, pattern))
}

// What one person puts on the board shows the same to everybody, as it comes; where it
// is too much, and when it is stale.
func TestTiles(t *testing.T) {
	r := startRelay(t)
	publish(t, r, "plan", "cpu.a", "42", "")
	publish(t, r, "plan", "cpu.b", "13.5", "")
	ann := open(t, r.url("/b/plan"), large)
	ben := open(t, r.url("/b/plan"), large)
	placeTile(ann, [2]float64{300, 320}, "cpu", "cpu.a")
	ann.reads("42")
	ben.reads("42")

	// What is set is a step each.
	ann.key("Escape")
	ann.waitFor("the panel is closed", "!"+tileOpen)
	ann.key("z", ctrl)
	ann.has("it shows nothing", `t.patterns.length === 0`)
	ann.key("Z", ctrl, shift)
	ann.reads("42")
	ann.click("#tile-setup")
	ann.waitFor("the panel is open", tileOpen)
	ann.fill("#tile-title", "Load")
	ann.fill("#tile-unit", "%")
	ben.reads("42%")
	ben.waitFor("the title came too", `edgeboard.figures().some(f => f.text === "Load")`)

	// A threshold, in a colour of its own.
	ann.click("#tile-step-add")
	ann.waitFor("there is a threshold, and its value has the focus", `document.activeElement.matches("#tile-step-list [type=number]")`)
	ann.fill("#tile-step-list [type=number]", "90")
	ann.fill("#tile-step-list [type=color]", "#d6336c")
	ann.click("#tile-step-list [type=checkbox]")
	ann.has("it is below the threshold", `t.values[0].color === ""`)
	publish(t, r, "plan", "cpu.a", "95", "")
	for _, p := range []*page{ann, ben} {
		p.reads("95%")
		p.has("the threshold's colour", `t.values[0].color === "#d6336c"`)
	}

	// After its time a value is stale, though nothing comes.
	ben.has("it is fresh", `!t.values[0].stale`)
	eval[bool](ann, `(s => (s.add(new Option("", "1500")), s.value = "1500", s.dispatchEvent(new Event("change", {bubbles: true}))))(document.getElementById("tile-stale"))`)
	ben.has("it is stale", `t.values[0].stale && t.shown.some(s => s.includes("ago"))`)
	publish(t, r, "plan", "cpu.a", "50", "")
	ben.has("it is fresh again", `t.values[0].value === "50"`)

	// All feeds that begin alike, as one.
	ann.click("#tile-feed")
	ann.insert("cpu.*")
	ann.key("Enter")
	ben.has("both feeds are there", `t.values.length === 2 && t.values[1].value === "13.5"`)
	ann.click("#tile-feeds li:first-child button")
	ben.has("one is left", `t.patterns.join() === "cpu.*"`)

	// Who hears the board hears what the tile shows.
	ann.waitFor("it is told", `[...document.querySelectorAll("#mirror [data-element]")].some(e => e.textContent.includes("Load") && e.textContent.includes("cpu.b 13.5%"))`)

	// And it is found by its title.
	ben.key("f", ctrl)
	ben.fill("#find-text", "load")
	ben.waitFor("it is found", `document.getElementById("find-count").textContent.includes("1")`)
}

// Enter shows the last values, which go on as they come, and can be taken along.
func TestTileValues(t *testing.T) {
	r := startRelay(t)
	for _, v := range []string{"1.25", "2.5", "1e-9"} {
		publish(t, r, "plan", "load", v, "")
	}
	ann := open(t, r.url("/b/plan"), large)
	placeTile(ann, [2]float64{300, 320}, "load", "load")
	ann.has("it has a value", `t.values.length === 1`)
	ann.key("Escape")
	ann.key("Enter")
	ann.waitFor("the last values are shown", valuesOpen+` && document.activeElement.id === "values-title"`)
	cells := `[...document.querySelectorAll("#values-rows .value")].map(e => e.textContent).join()`
	ann.waitFor("to the last digit, the newest first", cells+` === "1e-09,2.5,1.25"`)
	eval[bool](ann, `(window.oldest = document.querySelector("#values-rows tr:last-child"), true)`)
	publish(t, r, "plan", "load", "3.125", "")
	ann.waitFor("what comes is on top, and the rest stays", cells+` === "3.125,1e-09,2.5,1.25" && document.querySelector("#values-rows tr:last-child") === window.oldest`)
	eval[bool](ann, `(navigator.clipboard.writeText = text => (window.copied = text, Promise.resolve()), true)`)
	ann.click("#values-copy")
	ann.waitFor("it is copied", `/^time,feed,value\r\n\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z,load,3\.125\r\n/.test(window.copied) && window.copied.trim().split("\r\n").length === 5`)
	ann.key("Escape")
	ann.waitFor("it is closed, and the board has the keys", "!"+valuesOpen+` && document.activeElement.id === "surface"`)

	// A double click does it too.
	ann.clickAt(0, [2]float64{300, 320}, 2)
	ann.waitFor("the last values are shown", valuesOpen)
	ann.click("#values-close")
	ann.waitFor("they are closed", "!"+valuesOpen)

	// Where nothing is to be seen of it the relay tells nothing of it.
	ann.key("Escape")
	drawn := `edgeboard.drawn().filter(d => d.feed === "load").length`
	eval[bool](ann, `(document.getElementById("surface").dispatchEvent(new WheelEvent("wheel", {deltaY: 5000, bubbles: true, cancelable: true})), true)`)
	ann.waitFor("the tile is far away", `!edgeboard.figures().find(f => f.tile).shown && edgeboard.figures().find(f => f.tile).tile.values.length === 0`)
	before := eval[int](ann, drawn)
	publish(t, r, "plan", "load", "4", "")
	ann.key("1", shift)
	ann.has("what came meanwhile is there", `t.values[0].value === "4"`)
	ann.waitFor("and was drawn", drawn+fmt.Sprintf(" > %d", before))
}

// Who may only look sees the data, and its last values by a click; nobody reads the
// feeds of a board who may not see it.
func TestTileOfViewer(t *testing.T) {
	c := startClosed(t)
	program := c.sign(map[string]any{"sub": "probe", "name": "Probe", "boards": map[string]string{"plan": "viewer"}, "feeds": true})
	publish(t, c.relay, "plan", "temp", "21.5", program)
	ann := c.person(large, "ann", "Ann Lee", "plan", "editor")
	vic := c.person(large, "vic", "Vic", "plan", "viewer")
	placeTile(ann, [2]float64{300, 320}, "te", "temp")
	vic.reads("21.5")
	publish(t, c.relay, "plan", "temp", "22", program)
	vic.reads("22")
	vic.clickAt(0, [2]float64{300, 320}, 1)
	vic.waitFor("the last values are shown", valuesOpen+` && document.querySelectorAll("#values-rows tr").length === 2`)
	if eval[bool](vic, tileOpen+` || document.getElementById("tile-bar").checkVisibility()`) {
		t.Error("a viewer is offered to change the tile")
	}
	vic.key("Escape")
	vic.waitFor("they are closed", "!"+valuesOpen)
	vic.key("w")
	vic.clickAt(0, [2]float64{700, 320}, 1)
	ann.stored()
	if n := vic.elements(); n != 1 {
		t.Errorf("%d elements: a viewer has placed a tile", n)
	}
	request, err := http.NewRequest("GET", c.url("/api/v1/feeds?board=plan"), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Close = true
	request.Header.Set("Authorization", "Bearer "+c.token("eve", "Eve", "other", "editor"))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode == http.StatusOK {
		t.Error("the feeds of a board are told to who has no token for it")
	}
}

// Where nothing was published the panel says how to, and that works.
func TestTileWithoutData(t *testing.T) {
	r := startRelay(t)
	p := open(t, r.url("/b/plan"), large)
	p.key("w")
	p.clickAt(0, [2]float64{300, 320}, 1)
	p.waitFor("the panel says how data is published", seen("#tile-publish code"))
	words := strings.Fields(eval[string](p, `document.querySelector("#tile-publish code").textContent`))
	address, err := url.Parse(strings.Trim(words[len(words)-1], "'"))
	if err != nil || words[0] != "curl" {
		t.Fatalf("it says %q: %v", words, err)
	}
	publish(t, r, address.Query().Get("board"), path.Base(address.Path), words[2], "")
	p.click("#tile-feed")
	p.insert(path.Base(address.Path))
	p.key("Enter")
	p.reads(words[2])
}

// On a phone the panels are sheets, within the window, and clear of the keyboard until
// somebody types.
func TestTileOnPhone(t *testing.T) {
	r := startRelay(t)
	publish(t, r, "plan", "temp", "21.5", "")
	p := open(t, r.url("/b/plan"), window{width: 360, height: 740, scale: 1, touch: true, dark: true, language: "zh-CN"})
	p.key("w")
	p.clickAt(0, [2]float64{180, 400}, 1)
	p.waitFor("the tile can be set up", tileOpen)
	p.waitFor("the tile is moved above the sheet", `(f => f.y - edgeboard.state().y >= 100 && f.y + f.h - edgeboard.state().y <= document.getElementById("tile").getBoundingClientRect().top)(edgeboard.figures()[0])`)
	within := func(id string) {
		t.Helper()
		if bad := eval[string](p, fmt.Sprintf(`(e => {
			const r = e.getBoundingClientRect(), out = [...e.querySelectorAll("*")].find(c => c.checkVisibility() && c.getBoundingClientRect().right > innerWidth + 1)
			return r.left < 0 || r.right > innerWidth || r.bottom > innerHeight + 1 ? JSON.stringify(r) : out ? out.outerHTML : ""
		})(document.getElementById(%q))`, id)); bad != "" {
			t.Errorf("#%s reaches beyond the window: %s", id, bad)
		}
	}
	within("tile")
	if eval[bool](p, `document.activeElement.matches("input")`) {
		t.Error("the keyboard comes up by itself")
	}
	p.click("#tile-feed")
	p.waitFor("the feed is offered", `document.querySelectorAll("#tile-found li").length === 1`)
	p.click("#tile-found li")
	p.reads("21.5")
	for range 2 {
		p.click("#tile-step-add")
	}
	p.waitFor("there are thresholds", `document.querySelectorAll("#tile-step-list li").length === 2`)
	within("tile")
	p.click("#tile-close")
	p.waitFor("the bar is back", `document.getElementById("tile-bar").checkVisibility()`)
	within("tile-bar")
	p.click("#tile-values")
	p.waitFor("the last values are shown", valuesOpen)
	within("values")
}
