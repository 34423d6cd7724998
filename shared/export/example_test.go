package export_test

import (
	"fmt"
	"unicode/utf8"

	"edgeboard/shared/board"
	"edgeboard/shared/export"
	"edgeboard/shared/figure"
)

// even is a font whose letters are all half as wide as they are high. Who has a
// font file measures that instead.
type even struct{}

func (even) Width(text string) float64 { return float64(utf8.RuneCountInString(text)) / 2 }
func (even) Baseline() float64         { return 1 }

// A board is made, and drawn as SVG.
func Example() {
	doc := board.New(1)
	edit := doc.Edit()
	id := edit.Create(board.KindRectangle)
	figure.SetPlace(edit, doc.Element(id), figure.Place{X: 10, Y: 10, W: 80, H: 40, Size: figure.DefaultFontSize})
	edit.Set(id, board.KeyColor, board.Int(0x1971c2))
	edit.Set(id, board.KeyThickness, board.Float(2))
	edit.Commit()

	var figures []*figure.Figure
	for f := range figure.New(doc, even{}).All() {
		figures = append(figures, f)
	}
	fmt.Printf("%s", export.AppendSVG(nil, figures, export.Options{Margin: 9}))
	// Output:
	// <svg xmlns="http://www.w3.org/2000/svg" width="100" height="60" viewBox="0 0 100 60" font-family="system-ui, sans-serif">
	// <rect x="10" y="10" width="80" height="40" rx="8" fill="none" stroke="#1971c2" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/>
	// </svg>
}
