//go:build e2e

package e2e

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"edgeboard/shared/board"
)

// largeBoard fills a board of the relay, as a tool would, and returns its hash when
// all of it is stored: about 3 MB.
func largeBoard(t *testing.T, r *relay, name string) (hash string, elements int) {
	t.Helper()
	s := newScribe(t, r, name)
	random := rand.New(rand.NewPCG(1, 1)) // what nobody can pack
	for range 900 {
		s.write(func(e *board.Edit) {
			id := e.Create(board.KindStroke)
			e.Set(id, board.KeyColor, board.Int(0x1971c2))
			e.Set(id, board.KeyThickness, board.Float(2))
			x, y := random.Int32N(400_000), random.Int32N(400_000) // few are in view
			for range 1000 {
				x, y = x+random.Int32N(600)-300, y+random.Int32N(600)-300
				e.Append(id, board.Point{X: x, Y: y, Pressure: uint8(random.Uint32())})
			}
		})
	}
	s.stored()
	s.do(func(doc *board.Board) {
		if n := len(doc.Snapshot()); n < 3<<20 || n > 4<<20 {
			t.Errorf("the board has %d bytes: this test wants about 3 MB", n)
		}
		elements = doc.Len()
	})
	return s.hash(), elements
}

// told makes a page collect all that its status says: a moment on the screen is
// too short to be asked for.
const told = `addEventListener("DOMContentLoaded", () => {
	window.told = [];
	new MutationObserver(list => told.push(...list.flatMap(m => [...m.addedNodes].map(n => n.textContent))))
		.observe(document.getElementById("status-text"), {childList: true});
})`

// Who comes to a large board gets all of it, and is told how much of it has come.
func TestLargeBoard(t *testing.T) {
	r := startRelay(t)
	hash, elements := largeBoard(t, r, "large")
	p := openUnready(t, "about:blank", large)
	call(p, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: told})
	p.do(chromedp.Navigate(r.url("/b/large")))
	p.waitLive()
	until(t, "the board is whole", func() bool { return p.hash() == hash })
	if n := p.elements(); n != elements {
		t.Errorf("%d elements, want %d", n, elements)
	}

	// Each step once: screen readers speak them.
	want := []string{"Live", "Loading \u20070 %"}
	for percent := 10; percent < 100; percent += 10 {
		want = append(want, fmt.Sprintf("Loading %d %%", percent))
	}
	want = append(want, "Live")
	got := eval[[]string](p, "told")
	if got = got[max(slices.Index(got, "Live"), 0):]; !slices.Equal(got, want) {
		t.Errorf("the status said %q, want %q", got, want)
	}
	if width := eval[float64](p, `document.getElementById("loaded").getBoundingClientRect().width`); width != 0 {
		t.Errorf("%v pixels of the bar are left when all is there", width)
	}
}
