package main

import (
	"fmt"
	"unicode/utf8"
)

// gapBuffer is the floor: text in memory without any way to merge.
type gapBuffer struct {
	b      []byte
	at, to int // the gap
}

func (g *gapBuffer) move(at int) {
	if at < g.at {
		n := g.at - at
		copy(g.b[g.to-n:], g.b[at:g.at])
		g.at, g.to = at, g.to-n
	} else if at > g.at {
		n := at - g.at
		copy(g.b[g.at:], g.b[g.to:g.to+n])
		g.at, g.to = at, g.to+n
	}
}

// splice is what Edit.Splice does, with positions in bytes.
func (g *gapBuffer) splice(at, remove int, insert string) {
	g.move(at)
	g.to += remove
	if g.to-g.at < len(insert) {
		grown := make([]byte, 2*len(g.b)+len(insert)+64)
		copy(grown, g.b[:g.at])
		to := len(grown) - (len(g.b) - g.to)
		copy(grown[to:], g.b[g.to:])
		g.b, g.to = grown, to
	}
	g.at += copy(g.b[g.at:], insert)
}

func (g *gapBuffer) String() string { return string(g.b[:g.at]) + string(g.b[g.to:]) }

// inBytes returns the patches with positions in bytes, so that the floor pays for no conversion.
func inBytes(patches []patch) ([]patch, error) {
	var before, after []rune // the text before a place, and backwards that after it
	place := 0               // of it in bytes
	converted := make([]patch, len(patches))
	for i, p := range patches {
		if p.at+p.remove > len(before)+len(after) {
			return nil, fmt.Errorf("patch %d is beyond the text", i)
		}
		for len(before) > p.at {
			r := before[len(before)-1]
			before, after = before[:len(before)-1], append(after, r)
			place -= utf8.RuneLen(r)
		}
		for len(before) < p.at {
			r := after[len(after)-1]
			before, after = append(before, r), after[:len(after)-1]
			place += utf8.RuneLen(r)
		}
		converted[i] = patch{at: place, insert: p.insert}
		for _, r := range after[len(after)-p.remove:] {
			converted[i].remove += utf8.RuneLen(r)
		}
		after = after[:len(after)-p.remove]
		before = append(before, []rune(p.insert)...)
		place += len(p.insert)
	}
	return converted, nil
}
