package browser

import (
	"testing"

	"edgeboard/shared/geom"
)

// Who clicks twice at a place means the same thing twice.
func TestDoubleClick(t *testing.T) {
	type press struct {
		kind   string
		button int
		x      float64
		at     float64 // milliseconds
		drag   float64 // CSS pixels, before it is released
		want   int
	}
	for name, presses := range map[string][]press{
		"two":                     {{"mouse", 0, 10, 0, 0, 1}, {"mouse", 0, 12, 300, 0, 2}},
		"a third begins anew":     {{"mouse", 0, 10, 0, 0, 1}, {"mouse", 0, 10, 200, 0, 2}, {"mouse", 0, 10, 400, 0, 1}, {"mouse", 0, 10, 600, 0, 2}},
		"too late":                {{"mouse", 0, 10, 0, 0, 1}, {"mouse", 0, 10, 501, 0, 1}},
		"too far for a mouse":     {{"mouse", 0, 10, 0, 0, 1}, {"mouse", 0, 16, 100, 0, 1}},
		"fingers are not precise": {{"touch", 0, 10, 0, 0, 1}, {"touch", 0, 30, 100, 0, 2}},
		"another button":          {{"mouse", 0, 10, 0, 0, 1}, {"mouse", 2, 10, 100, 0, 1}},
		"another pointer":         {{"mouse", 0, 10, 0, 0, 1}, {"touch", 0, 10, 100, 0, 1}},
		"a drag is no click":      {{"mouse", 0, 10, 0, 40, 1}, {"mouse", 0, 10, 200, 0, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			var c clicks
			for i, p := range presses {
				if got := c.down(p.kind, p.button, geom.Point{X: p.x}, p.at); got != p.want {
					t.Errorf("press %d is click %d, want %d", i+1, got, p.want)
				}
				c.up(geom.Point{X: p.x + p.drag})
			}
		})
	}
}
