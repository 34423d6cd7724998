package figure

import "strings"

// Limits of the widths that are kept.
const (
	maxKept    = 4096 // texts of a generation
	maxKeptLen = 64   // bytes of a text
)

// widths is Fonts that keeps the widths of the words that were measured last: what
// is written is laid out anew with every letter, and words come again and again.
type widths struct {
	fonts Fonts
	// When young is full it takes the place of old, which is forgotten.
	young, old map[string]float64
	baseline   float64 // 0: not known
	digit      float64 // of the widest one
	ascii      [128]float64
}

func newWidths(fonts Fonts) *widths { return &widths{fonts: fonts, young: map[string]float64{}} }

// forget forgets what was measured: the fonts are others.
func (w *widths) forget() { *w = *newWidths(w.fonts) }

func (w *widths) Baseline() float64 {
	if w.baseline == 0 {
		w.baseline = w.fonts.Baseline()
	}
	return w.baseline
}

func (w *widths) Width(text string) float64 {
	if text == "" {
		return 0
	}
	if len(text) > maxKeptLen {
		return w.fonts.Width(text)
	}
	if width, ok := w.young[text]; ok {
		return width
	}
	width, ok := w.old[text]
	if !ok {
		width = w.fonts.Width(text)
	}
	if len(w.young) >= maxKept {
		w.old, w.young = w.young, make(map[string]float64, maxKept)
	}
	w.young[strings.Clone(text)] = width // not the text that it is a part of
	return width
}
