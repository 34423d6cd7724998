// Package figuretest has a font for tests, of which it can be said without a
// browser how wide a text is.
package figuretest

import "unicode/utf8"

// Even is figure.Fonts whose letters are all half as wide as they are high, and
// have nothing below the line they stand on.
type Even struct{}

func (Even) Width(text string) float64 { return float64(utf8.RuneCountInString(text)) / 2 }
func (Even) Baseline() float64         { return 1 }
