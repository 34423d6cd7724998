//go:build e2e

package e2e

import "testing"

// Every tool by its key and a drag: what it makes is in the document, and on the
// screen.
func TestTools(t *testing.T) {
	r := startRelay(t)
	p := open(t, r.url("/b/tools"), desktop)
	p.key("r")
	p.sweep(0, [2]float64{100, 100}, [2]float64{220, 180})
	e := p.only()
	wantPlace(t, "dragged", e, 100, 100, 120, 80)
	if e.Kind != "rectangle" {
		t.Errorf("the r key made a %s", e.Kind)
	}
	p.screenshot("tools")
}
