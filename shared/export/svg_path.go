package export

import (
	"math"
	"strconv"

	"edgeboard/shared/geom"
)

// steps is how many steps of a number that is written make a unit.
const steps = 100

// step returns a number in steps, whole ones. Boards do not reach further than
// they are bounded by.
func step(v float64) int64 {
	const most = 1 << 50
	if math.IsNaN(v) {
		return 0
	}
	return int64(math.Round(min(max(v*steps, -most), most)))
}

// appendStep appends a number of steps as briefly as SVG allows.
func appendStep(b []byte, n int64) []byte {
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	whole, part := n/steps, n%steps
	if whole > 0 || part == 0 {
		b = strconv.AppendInt(b, whole, 10)
	}
	if part > 0 {
		b = append(b, '.', byte('0'+part/10))
		if part%10 > 0 {
			b = append(b, byte('0'+part%10))
		}
	}
	return b
}

func appendNumbers(b []byte, values ...float64) []byte {
	for i, v := range values {
		if i > 0 {
			b = append(b, ' ')
		}
		b = appendStep(b, step(v))
	}
	return b
}

// verbs are the letters of path data, relative to the end of the segment before.
var verbs = [...]byte{geom.MoveTo: 'm', geom.LineTo: 'l', geom.QuadTo: 'q', geom.CubicTo: 'c', geom.ClosePath: 'z'}

// appendPath appends path data (SVG 1.1, 8.3). Differences of rounded places are
// written, so that no error adds up.
func appendPath(b []byte, p geom.Path) []byte {
	var x, y, startX, startY int64
	var last byte
	for _, s := range p {
		if int(s.Verb) >= len(verbs) {
			continue
		}
		verb := verbs[s.Verb]
		if verb != last {
			b = append(b, verb)
		}
		last = verb
		fromX, fromY := x, y
		for i, at := range s.P[:s.Verb.Points()] {
			x, y = step(at.X), step(at.Y)
			b = appendSigned(b, x-fromX, i == 0 && b[len(b)-1] == verb)
			b = appendSigned(b, y-fromY, false)
		}
		switch s.Verb {
		case geom.MoveTo:
			startX, startY = x, y
			last = 0 // what follows a move without a letter is a line
		case geom.ClosePath:
			x, y = startX, startY
		}
	}
	return b
}

// appendSigned appends a number behind another, or behind a letter. A minus parts
// them too.
func appendSigned(b []byte, n int64, behindLetter bool) []byte {
	if !behindLetter && n >= 0 {
		b = append(b, ' ')
	}
	return appendStep(b, n)
}
