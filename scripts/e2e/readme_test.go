//go:build e2e

package e2e

import (
	"strings"
	"testing"
)

// What the README has one try in a minute, with two windows, does what it says.
func TestReadmeMinute(t *testing.T) {
	r := startRelay(t)
	one := open(t, r.url("/"), large)
	address := eval[string](one, "location.href")
	_, name, _ := strings.Cut(address, "/b/")
	two := open(t, address, large)

	// A stroke is there while it is drawn; undo takes it back.
	stroke := through(150, 150, 320, 190)
	one.key("p")
	one.press(stroke[0])
	one.drag(stroke[1:])
	two.waitFor("the other window shows the stroke while the pen is down", `edgeboard.figures().some((f) => f.kind === "stroke")`)
	one.release(stroke[len(stroke)-1])
	one.key("z", ctrl)
	two.waitFor("it is taken back", `edgeboard.figures().length === 0`)

	// A note, written in both windows at once.
	at := [2]float64{700, 300}
	one.key("n")
	one.clickAt(0, at, 1)
	one.begun()
	one.stored()
	same(one, two)
	two.key("v")
	two.clickAt(0, at, 1)
	two.waitFor("the note is selected", `edgeboard.state().selected.length === 1`)
	two.key("Enter") // as a double click does, which must be quick
	two.begun()
	one.put("here ")
	two.put("there")
	for _, p := range []*page{one, two} {
		p.waitFor("both texts are in it", `edgeboard.figures().some((f) => f.kind === "note" && f.text.includes("here ") && f.text.includes("there"))`)
		p.key("Escape")
		p.done()
		p.key("Escape")
	}

	// A tile for a feed that nobody has published to yet.
	one.key("w")
	one.clickAt(0, [2]float64{300, 350}, 1)
	one.waitFor("the tile can be set up", tileOpen)
	one.click("#tile-feed")
	one.insert("oven")
	one.key("Enter")
	one.has("the tile means the feed", `t.patterns.includes("oven")`)
	publish(t, r, name, "oven", "21.5", "")
	one.reads("21.5")
	two.reads("21.5")
	one.key("Escape")
	one.waitFor("the panel is closed", "!"+tileOpen)

	// Something is said, and counted where it was not read.
	one.openChat()
	one.says("hello")
	two.waitFor("it is counted", `document.querySelector("#chat-button .unread").textContent === "1"`)
	one.key("Escape")

	// The relay is stopped and started.
	r.kill()
	two.waitFor("offline is shown", `document.getElementById("status").dataset.state !== "live"`)
	two.key("p")
	two.draw(through(150, 560, 330, 600))
	two.waitFor("what is unsent is counted", `/^\d+ unsent/.test(document.getElementById("pending").textContent)`)
	r.start()
	one.online()
	two.online()
	one.waitFor("what was drawn arrives", `edgeboard.figures().filter((f) => f.kind === "stroke").length === 1`)
	two.stored()
	same(one, two)
}
