//go:build e2e

package e2e

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"edgeboard/shared/board"
)

// axe-core (MPL-2.0) is what pages are examined with. It is a tool of these tests
// alone: npm fetches the version that is named here, and it is kept outside of the
// repository. EDGEBOARD_AXE names a file to be taken instead, for who has no npm.
const (
	axeVersion = "4.14.1"
	axeSum     = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c" // SHA-256 of axe.min.js
)

// axe returns axe-core. Where it cannot be had the test is skipped, and says so.
func axe(t *testing.T) string {
	t.Helper()
	source, err := findAxe(t.TempDir())
	if err != nil {
		t.Skipf("SKIPPED: the page was not examined for access, as axe-core %s cannot be had: %v", axeVersion, err)
	}
	if sum := sha256.Sum256(source); hex.EncodeToString(sum[:]) != axeSum {
		t.Fatalf("what was found for axe-core %s has the SHA-256 %x, want %s", axeVersion, sum, axeSum)
	}
	return string(source)
}

func findAxe(scratch string) ([]byte, error) {
	if file := os.Getenv("EDGEBOARD_AXE"); file != "" {
		return os.ReadFile(file)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	kept := filepath.Join(cache, "edgeboard", "axe-"+axeVersion+".min.js")
	if source, err := os.ReadFile(kept); err == nil {
		return source, nil
	}
	pack := exec.Command("npm", "pack", "--silent", "axe-core@"+axeVersion)
	pack.Dir = scratch
	if out, err := pack.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%v: %w: %s", pack, err, out)
	}
	source, err := unpack(filepath.Join(scratch, "axe-core-"+axeVersion+".tgz"), "package/axe.min.js")
	if err != nil {
		return nil, err
	}
	return source, errors.Join(os.MkdirAll(filepath.Dir(kept), 0o755), os.WriteFile(kept, source, 0o644))
}

// unpack returns one file of an archive.
func unpack(archive, name string) ([]byte, error) {
	file, err := os.Open(archive)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err != nil {
			return nil, fmt.Errorf("find %s: %w", name, err)
		}
		if h.Name == name {
			return io.ReadAll(r)
		}
	}
}

// examine reports what axe-core finds serious or critical about a page as it is, or
// about parts of it.
func (p *page) examine(what string, parts ...string) {
	p.t.Helper()
	context := "document"
	if len(parts) > 0 {
		context = fmt.Sprintf("%q", strings.Join(parts, ", "))
	}
	eval[bool](p, `(window.found = undefined, axe.run(`+context+`, {resultTypes: ["violations"]}).then(
		r => window.found = r.violations.filter(v => v.impact === "serious" || v.impact === "critical").map(
			v => v.impact + ": " + v.help + " (" + v.id + "): " + v.nodes.slice(0, 4).map(n => n.html.slice(0, 160) + " " + n.failureSummary).join("; ")),
		e => window.found = [String(e)]), true)`)
	p.waitFor("the page is examined", `window.found`)
	for _, finding := range eval[[]string](p, `window.found`) {
		p.t.Errorf("%s: %s", what, strings.ReplaceAll(finding, "\n", " "))
	}
}

// TestAccess examines the page in the states that people meet.
func TestAccess(t *testing.T) {
	source := axe(t)
	r := startRelay(t)
	for _, w := range []struct {
		name string
		window
	}{
		{"desktop", window{width: 1300, height: 600, scale: 1}},
		{"phone", window{width: 360, height: 640, scale: 1, touch: true, dark: true, language: "zh-CN"}},
	} {
		t.Run(w.name, func(t *testing.T) {
			p := open(t, r.url("/b/"+w.name), w.window)
			eval[bool](p, source+"; true")
			p.examine("an empty board")

			s := newScribe(t, r, w.name)
			s.write(oneOfEach)
			p.waitFor("the board is there", `edgeboard.elements() === 6`)
			p.key("Escape")
			p.key("a", ctrl)
			p.waitFor("all is selected", `edgeboard.state().selected.length === 6`)
			if w.touch {
				p.tapOn("#style-button")
				p.waitFor("the style is shown", seen("#style"))
			}
			p.examine("a selection")
			p.key("F10", shift)
			p.waitFor("the menu is open", seen("#menu"))
			p.examine("the menu", "#menu")
			p.key("Escape")
			p.key("Escape")
			if w.touch {
				p.tapOn(".fold:has([data-tool=rectangle]) .unfold")
				p.waitFor("the shapes are shown", seen("[data-tool=rectangle]"))
				p.examine("the shapes", "#bar")
			}
			p.key("t")
			p.clickAt(0, [2]float64{180, 450}, 1)
			p.waitFor("a text is written", `edgeboard.state().writing`)
			p.examine("writing", "#writing", "#style")
			p.key("Escape")
			publish(t, r, w.name, "temp", "21.5", "")
			p.key("w")
			p.clickAt(0, [2]float64{180, 260}, 1)
			p.waitFor("a tile can be set up", tileOpen)
			p.click("#tile-step-add")
			p.waitFor("there is a threshold", `document.querySelectorAll("#tile-step-list li").length === 1`)
			p.click("#tile-feed")
			p.waitFor("a feed is offered", `document.querySelectorAll("#tile-found li").length === 1`)
			p.key("ArrowDown")
			p.examine("a tile", "#tile", "#tile-bar")
			p.key("Enter")
			p.has("it shows the feed", `t.values.length === 1`)
			p.key("Escape")
			p.waitFor("the panel is closed", "!"+tileOpen)
			p.key("Enter")
			p.waitFor("the last values are shown", valuesOpen)
			p.examine("the last values", "#values")
			p.key("Escape")
			p.key("Escape")
			// What opens at the side, and what stands over the board, several at once.
			for _, panels := range [][][2]string{
				{{"#menu [data-command=comments]", "#threads"}, {"#menu [data-command=minimap]", "#minimap"}, {"#menu [data-command=timer]", "#timer-bar"}},
				{{"#menu [data-command=find]", "#find"}, {"#pages-button", "#pages-panel"}},
				{{"#company-button", "#company"}},
				{{"#menu [data-command=history]", "#past"}},
				{{"#chat-button", "#chat"}},
				{{"#inbox-button", "#inbox"}},
				{{"#inbox-settings", "#inbox-wishes"}},
			} {
				for _, panel := range panels {
					eval[bool](p, fmt.Sprintf(`(document.querySelector(%q).click(), true)`, panel[0]))
					p.waitFor(panel[1]+" is open", seen(panel[1]))
				}
				var ids []string
				for _, panel := range panels {
					ids = append(ids, panel[1])
				}
				p.examine("panels", ids...)
			}
			p.reload()
			eval[bool](p, source+"; true")
			// Sharing as it is, all other dialogs be it that some say nothing now.
			p.click("#share")
			p.waitFor("the board can be shared", seen("#share-dialog"))
			p.examine("sharing", "#share-dialog")
			p.key("Escape")
			for _, id := range eval[[]string](p, `[...document.querySelectorAll("dialog:not(#share-dialog)")].map(d => d.id)`) {
				eval[bool](p, fmt.Sprintf(`(d => {
					d.showModal();
					for (const e of d.querySelectorAll("h2, p, button")) if (!e.textContent.trim() && !e.children.length) e.textContent = "Words";
					return true;
				})(document.getElementById(%q))`, id))
				p.examine("a dialog", "#"+id)
				eval[bool](p, fmt.Sprintf(`(document.getElementById(%q).remove(), true)`, id))
			}
		})
	}
}

// oneOfEach puts something of each kind on a board.
func oneOfEach(edit *board.Edit) {
	for i, kind := range []board.Kind{board.KindRectangle, board.KindEllipse, board.KindArrow, board.KindNote, board.KindText, board.KindStroke} {
		id := edit.Create(kind)
		edit.Set(id, board.KeyX, board.Float(float64(40+130*(i%2))))
		edit.Set(id, board.KeyY, board.Float(float64(140+70*(i/2))))
		edit.Set(id, board.KeyWidth, board.Float(100))
		edit.Set(id, board.KeyHeight, board.Float(50))
		switch kind {
		case board.KindNote, board.KindText:
			edit.Splice(id, board.Chars, 0, 0, "Stored first, then told")
		case board.KindStroke:
			edit.Append(id, board.Point{X: 200 * board.PointsPerUnit, Y: 300 * board.PointsPerUnit}, board.Point{X: 260 * board.PointsPerUnit, Y: 320 * board.PointsPerUnit})
		}
	}
}
