package editor

import (
	"unicode/utf8"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
)

// evenFonts has letters that are half as wide as they are high.
type evenFonts struct{}

func (evenFonts) Width(text string) float64 { return float64(utf8.RuneCountInString(text)) / 2 }
func (evenFonts) Baseline() float64         { return 1 }

func newWritingEditor(doc *board.Board, commit func([]byte)) *Editor {
	figures := figure.New(doc, evenFonts{})
	e := New(figures, commit)
	doc.Observe(func(ev board.Event) {
		figures.Changed(ev)
		e.Changed(ev)
	})
	return e
}
