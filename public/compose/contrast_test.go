package compose

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"testing"
)

// pairs are colours of the style sheet that lie on one another, and how far apart
// they must be (WCAG 2.2): 4.5 for text (1.4.3), 3 for what shows a control or its
// state, and for the ring of the focus (1.4.11).
var pairs = []struct {
	on, ground string
	least      float64
}{
	{"text", "board", 4.5}, {"text", "panel", 4.5}, {"text", "hover", 4.5}, {"text", "accent-tint", 4.5},
	{"muted", "board", 4.5}, {"muted", "panel", 4.5}, {"muted", "hover", 4.5},
	{"panel", "text", 4.5}, // the toast
	{"accent", "panel", 4.5}, {"accent", "accent-tint", 4.5}, {"accent", "board", 3}, {"accent", "hover", 3},
	{"accent-text", "accent", 4.5}, {"accent-text", "accent-hover", 4.5},
	{"offline", "panel", 4.5}, {"offline", "board", 4.5},
	{"live", "panel", 3}, {"waiting", "panel", 3},
	{"muted", "panel", 3}, // the borders of fields
}

// Whoever sees little sees what there is, in both themes.
func TestContrast(t *testing.T) {
	style, err := Style(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	themes := map[string]map[string]float64{"light": {}, "dark": {}}
	for _, m := range regexp.MustCompile(`--([\w-]+): light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\);`).FindAllStringSubmatch(string(style), -1) {
		themes["light"][m[1]], themes["dark"][m[1]] = luminance(t, m[2]), luminance(t, m[3])
	}
	for theme, colors := range themes {
		for _, p := range pairs {
			on, ok := colors[p.on]
			ground, ok2 := colors[p.ground]
			if !ok || !ok2 {
				t.Fatalf("the style sheet has no --%s or no --%s", p.on, p.ground)
			}
			if ratio := (max(on, ground) + 0.05) / (min(on, ground) + 0.05); ratio < p.least {
				t.Errorf("%s: --%s on --%s has a contrast of %.2f, want %v", theme, p.on, p.ground, ratio, p.least)
			}
		}
	}
}

// luminance returns that of a colour given as rrggbb, 0 to 1 (WCAG 2.2, relative luminance).
func luminance(t *testing.T, hex string) (l float64) {
	c, err := strconv.ParseUint(hex, 16, 24)
	if err != nil {
		t.Fatal(err)
	}
	for i, weight := range []float64{0.0722, 0.7152, 0.2126} {
		v := float64(c>>(8*i)&0xff) / 255
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		l += weight * v
	}
	return l
}
