//go:build e2e

package e2e

import (
	"encoding/json"
	"strings"
	"testing"
)

// saves has the page remember what it saves, and choose in the place of a person.
const saves = `(() => {
	window.saved = {};
	URL.createObjectURL = (make => (blob) => { window.last = blob; return make.call(URL, blob); })(URL.createObjectURL);
	HTMLAnchorElement.prototype.click = function () { const name = this.download; window.last.text().then((text) => { window.saved[name] = text; }); };
	HTMLInputElement.prototype.click = function () {
		const files = new DataTransfer();
		files.items.add(new File([window.chosen], "chosen.json"));
		this.files = files.files;
		this.dispatchEvent(new Event("change"));
	};
	return true;
})()`

// A board is saved in each format, and read into another board, where one step back
// takes all of it away.
func TestExportAndImport(t *testing.T) {
	r := startRelay(t)
	s := newScribe(t, r, "files")
	s.write(someOfAll)
	s.stored()
	ann := open(t, r.url("/b/files"), large)
	ann.waitFor("all is there", `edgeboard.elements() === 7`)
	eval[bool](ann, saves)
	for format, begins := range map[string]string{"svg": "<svg", "png": "\ufffdPNG", "pdf": "%PDF", "json": `{"format":"edgeboard"`, "excalidraw": "{"} {
		ann.click("#menu-button")
		ann.click(`[data-command="export"]`)
		ann.click(`#export [value="` + format + `"]`)
		if format == "png" {
			ann.screenshot("export")
		}
		ann.click(`#export [value="save"]`)
		ann.waitFor(format+" is saved", `window.saved["files.`+format+`"]`)
		if text := eval[string](ann, `window.saved["files.`+format+`"].slice(0, 100)`); !strings.HasPrefix(text, begins) {
			t.Errorf("as %s it begins with %.20q", format, text)
		}
	}
	for _, format := range []string{"json", "excalidraw"} {
		file := eval[string](ann, `window.saved["files.`+format+`"]`)
		ben := open(t, r.url("/b/read-"+format), large)
		eval[bool](ben, saves)
		eval[bool](ben, `(window.chosen = `+quoted(file)+`, true)`)
		ben.click("#menu-button")
		ben.click(`[data-command="import"]`)
		ben.waitFor("all was read", `edgeboard.elements() === 7 && edgeboard.state().selected.length === 7`)
		ben.key("z", ctrl)
		ben.waitFor("one step takes it away", `edgeboard.elements() === 0`)
		if format == "json" {
			eval[bool](ben, `(window.chosen = "{\"format\":\"edgeboard\",\"version\":1,\"elements\":[{\"kind\":\"note\"},{]}", true)`)
			ben.click("#menu-button")
			ben.click(`[data-command="import"]`)
			ben.waitFor("it is said what is wrong", `document.getElementById("toast").textContent.includes("chosen.json")`)
			if n := ben.elements(); n != 0 {
				t.Errorf("of a file that is broken %d elements were read", n)
			}
		}
	}
}

// quoted is a text as JavaScript has it.
func quoted(text string) string {
	data, err := json.Marshal(text)
	if err != nil {
		panic(err) // it is a string
	}
	return string(data)
}
