package main

import (
	"cmp"
	"slices"
)

// colorFlag is when to colour. Its zero value is auto: on a terminal, and not where
// NO_COLOR is set (no-color.org) or the terminal is dumb.
type colorFlag string

var colorWords = []string{"auto", "always", "never"}

func (c *colorFlag) String() string { return cmp.Or(string(*c), "auto") }
func (c *colorFlag) Type() string   { return "when" }

func (c *colorFlag) Set(text string) error {
	if !slices.Contains(colorWords, text) {
		return usageError("it is auto, always or never")
	}
	*c = colorFlag(text)
	return nil
}

// colors reports whether to colour what is written to where somebody looks, or not.
func (t *terminal) colors(looked bool) bool {
	switch t.color.String() {
	case "always":
		return true
	case "never":
		return false
	}
	return looked && t.getenv("NO_COLOR") == "" && t.getenv("TERM") != "dumb"
}

// paint colours texts as terminals do (ECMA-48, SGR), or leaves them as they are.
type paint bool

const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	blue   = "34"
	cyan   = "36"
)

func (p paint) in(color, text string) string {
	if !p || text == "" {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}
