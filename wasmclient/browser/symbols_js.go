//go:build js

package browser

import (
	"strconv"
	"strings"
	"syscall/js"

	"edgeboard/shared/figure"
)

// symbolNames are the texts of figure.Symbols, by number.
var symbolNames = [len(figure.Symbols)]string{
	"vote.title", "stamp.thumb-up", "stamp.heart", "stamp.star", "stamp.check", "stamp.cross", "stamp.question",
	"stamp.exclamation", "stamp.smile", "stamp.party", "stamp.fire", "stamp.eyes", "stamp.plus-one",
}

// SymbolName returns what a sign is called, by its number.
func SymbolName(n int) string { return Text(symbolNames[n]) }

// symbolButtons makes a button for each sign that people choose from, with its
// number as data-symbol.
func symbolButtons(yield func(b js.Value) bool) {
	for n := range figure.Symbols {
		if n == figure.SymbolDot {
			continue
		}
		b := document.Call("createElement", "button")
		b.Set("type", "button")
		b.Set("innerHTML", SymbolSVG(n))
		setAttr(b, "data-symbol", strconv.Itoa(n))
		label(b, SymbolName(n))
		if !yield(b) {
			return
		}
	}
}

// SymbolSVG returns a picture of a sign, by its number, as HTML.
func SymbolSVG(n int) string {
	y := &figure.Symbols[n]
	var b strings.Builder
	path := func(data, what string) {
		if data != "" {
			b.WriteString(`<path d="` + data + `" ` + what + `/>`)
		}
	}
	const line = `fill="none" stroke-linecap="round" stroke-linejoin="round" stroke-width="`
	b.WriteString(`<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="11" fill="` + Hex(y.Color) + `"/>`)
	path(y.Fill, `fill="`+Hex(y.Ink)+`"`)
	path(y.Line, line+strconv.FormatFloat(y.Width, 'f', -1, 64)+`" stroke="`+Hex(y.Ink)+`"`)
	path(y.Hole, line+`2.4" stroke="`+Hex(y.Color)+`"`)
	b.WriteString(`</svg>`)
	return b.String()
}
