package figure

import (
	"math"
	"sync"

	"edgeboard/shared/board"
)

// pair is a colour in the light and in the dark, each 0xRRGGBB.
type pair struct{ light, dark uint32 }

func (p pair) shown(dark bool) uint32 {
	if dark {
		return p.dark
	}
	return p.light
}

// part gives a part the colour.
func (p pair) part(part Part) Part {
	part.Color, part.Dark, part.Paired = p.light, p.dark, true
	return part
}

// theme is the colours of a tile: all are to be told from its paper, in the light and
// in the dark, by WCAG 2.2: letters by 4.5 to 1, large ones and what is drawn by 3 to 1.
type theme struct {
	paper, border, ink, muted, faint pair
	fine                             pair // of a light where all is well
	series                           [len(seriesColors)]pair
	steps                            map[stepKey]pair
}

// stepKey is a colour of a threshold, and by how much it has to stand out.
type stepKey struct {
	color    uint32
	contrast float64
}

// mostStepColors bounds the colours of thresholds that a theme keeps.
const mostStepColors = 64

// step returns the colour of a threshold.
func (t *theme) step(color uint32, contrast float64) pair {
	key := stepKey{color, contrast}
	c, ok := t.steps[key]
	if !ok {
		if t.steps == nil || len(t.steps) >= mostStepColors {
			t.steps = map[stepKey]pair{}
		}
		c = t.readable(pair{color, color}, contrast)
		t.steps[key] = c
	}
	return c
}

type themeKey struct {
	fill, color     uint32
	filled, colored bool
}

const (
	lettersContrast = 4.5
	drawnContrast   = 3

	tilePaper, tilePaperDark = 0xffffff, 0x1e1e1e
	tileInk, tileInkDark     = 0x1e1e1e, 0xececec
	fineColor                = 0x2f9e44
)

// seriesColors are told apart by people who see few colours too (Okabe and Ito, "Color
// universal design", 2008), without their yellow, and with a grey.
var seriesColors = [...]uint32{0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7, 0x56b4e9, 0xe69f00, 0x7a5195, 0x808080}

// mostThemes bounds the themes that are kept.
const mostThemes = 256

// themeOf returns the colours of a tile.
func (s *Set) themeOf(f *Figure) *theme {
	key := themeKey{fill: f.Style.Fill, filled: f.Style.Filled, colored: !f.Element.Get(board.KeyColor).IsNone()}
	if key.colored {
		key.color = f.Style.Color
	}
	if t := s.tiles.themes[key]; t != nil {
		return t
	}
	if len(s.tiles.themes) >= mostThemes {
		clear(s.tiles.themes)
	}
	t := newTheme(key)
	s.tiles.themes[key] = t
	return t
}

func newTheme(k themeKey) *theme {
	t := &theme{paper: pair{tilePaper, tilePaperDark}}
	if k.filled {
		t.paper = pair{k.fill, Dark(k.fill)}
	}
	ink := pair{inkOn(t.paper.light), inkOn(t.paper.dark)}
	if k.colored {
		ink = pair{k.color, Dark(k.color)}
	}
	t.ink = t.readable(ink, lettersContrast)
	t.muted = t.readable(t.mixed(t.ink, 0.4), lettersContrast)
	t.faint = t.mixed(t.ink, 0.86)
	t.border = t.mixed(t.ink, 0.8)
	t.fine = t.readable(pair{fineColor, fineColor}, drawnContrast)
	for i, c := range seriesColors {
		t.series[i] = t.readable(pair{c, c}, drawnContrast)
	}
	return t
}

// inkOn returns the colour of letters on a paper.
func inkOn(paper uint32) uint32 {
	if contrastOf(tileInk, paper) < contrastOf(tileInkDark, paper) {
		return tileInkDark
	}
	return tileInk
}

// readable returns a colour as little changed as makes it stand out from the paper.
func (t *theme) readable(c pair, contrast float64) pair {
	return pair{standOut(c.light, t.paper.light, contrast), standOut(c.dark, t.paper.dark, contrast)}
}

// mixed mixes so much of the paper into a colour.
func (t *theme) mixed(c pair, share float64) pair {
	return pair{mix(c.light, t.paper.light, share), mix(c.dark, t.paper.dark, share)}
}

// pale is the colour of what is stale.
func (t *theme) pale(c pair) pair { return t.mixed(c, 0.5) }

// mix returns a colour with so much of another one in it.
func mix(a, b uint32, share float64) uint32 {
	var c uint32
	for shift := 0; shift <= 16; shift += 8 {
		x, y := float64(a>>shift&0xff), float64(b>>shift&0xff)
		c |= uint32(math.Round(x+(y-x)*share)) << shift
	}
	return c
}

// standOut mixes black or white into a colour until it stands out from a paper, if it
// does not.
func standOut(c, paper uint32, contrast float64) uint32 {
	if contrastOf(c, paper) >= contrast {
		return c
	}
	toward := uint32(0)
	if contrastOf(0xffffff, paper) > contrastOf(0, paper) {
		toward = 0xffffff
	}
	low, high := 0.0, 1.0
	for range 7 {
		if mid := (low + high) / 2; contrastOf(mix(c, toward, mid), paper) >= contrast {
			high = mid
		} else {
			low = mid
		}
	}
	return mix(c, toward, high)
}

// contrastOf is the contrast ratio of WCAG 2.2: 1 to 21.
func contrastOf(a, b uint32) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// luminance is the relative luminance of WCAG 2.2: 0 to 1.
func luminance(c uint32) float64 {
	l := linear()
	return 0.2126*l[c>>16&0xff] + 0.7152*l[c>>8&0xff] + 0.0722*l[c&0xff]
}

// linear is the light that the values of a channel stand for.
var linear = sync.OnceValue(func() *[256]float64 {
	var l [256]float64
	for i := range l {
		if v := float64(i) / 255; v <= 0.04045 {
			l[i] = v / 12.92
		} else {
			l[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return &l
})
