package browser

import (
	"testing"

	"edgeboard/shared/geom"
)

func TestParseLook(t *testing.T) {
	for text, want := range map[string]struct {
		camera geom.Camera
		page   string
	}{
		"0 0 1":            {geom.Camera{Zoom: 1}, ""},
		"-12.5 800 0.25 a": {geom.Camera{At: geom.Pt(-12.5, 800), Zoom: 0.25}, "a"},
	} {
		if c, page, ok := parseLook(text); !ok || c != want.camera || page != want.page {
			t.Errorf("%q is %v, %q, %v", text, c, page, ok)
		}
	}
	for _, text := range []string{"", "1", "1 2", "1 2 x", "NaN 0 1", "0 Inf 1", "0 0 0", "0 0 -1", "0 0 1000", "0 0 1 a b", "1,0 0 1"} {
		if c, _, ok := parseLook(text); ok {
			t.Errorf("%q is %v", text, c)
		}
	}
}
