package browser

import (
	"testing"

	"edgeboard/shared/geom"
)

func TestUncover(t *testing.T) {
	window := geom.Rect(0, 0, 360, 320)
	bar, zoom, people := geom.Rect(24, 262, 312, 48), geom.Rect(156, 204, 194, 50), geom.Rect(300, 48, 50, 51)
	panels := []geom.Box{people, bar, zoom}
	for _, c := range []struct {
		name   string
		caret  geom.Box
		panels []geom.Box
		want   geom.Point
	}{
		{"free", geom.Rect(100, 120, 0, 25), panels, geom.Point{}},
		{"under the bar", geom.Rect(100, 270, 0, 25), panels, geom.Pt(0, -41)},
		{"under the bar, and then under what is above it", geom.Rect(200, 270, 0, 25), panels, geom.Pt(0, -99)},
		{"under a panel at the top", geom.Rect(320, 60, 0, 25), []geom.Box{geom.Rect(280, 48, 70, 51)}, geom.Pt(0, 47)},
		{"under a column", geom.Rect(320, 120, 0, 25), []geom.Box{geom.Rect(280, 60, 70, 200)}, geom.Pt(-48, 0)},
		{"no room", geom.Rect(100, 120, 0, 25), []geom.Box{geom.Rect(0, 0, 360, 160), geom.Rect(0, 160, 360, 160)}, geom.Point{}},
	} {
		if got := uncover(c.caret, c.panels, window); got != c.want {
			t.Errorf("%s: moved by %v, want %v", c.name, got, c.want)
		}
	}
}
