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
	v *= steps
	if !(v > -most) { // or no number
		if v < 0 {
			return -most
		}
		return 0
	}
	return int64(math.Floor(min(v, most) + 0.5))
}

// appendStep appends a number of steps as briefly as SVG allows.
func appendStep(b []byte, n int64) []byte {
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	whole, part := n/steps, n%steps
	switch {
	case whole >= 10:
		b = strconv.AppendInt(b, whole, 10)
	case whole > 0 || part == 0:
		b = append(b, byte('0'+whole))
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

// smooth is the letter of a curve that goes on as the one before: its control point
// is that one's, reflected at the place between them.
const smooth = 't'

// appendPath appends path data (SVG 1.1, 8.3).
func appendPath(b []byte, p geom.Path) []byte {
	d := pathData{b: b}
	d.add(p)
	return d.b
}

// pathData is path data under way. Differences of rounded places are written, so
// that no error adds up.
type pathData struct {
	b    []byte
	x, y int64 // where it has come to, in steps
}

// add adds a path, which begins with a move.
func (d *pathData) add(p geom.Path) {
	startX, startY := d.x, d.y
	var controlX, controlY int64 // where a smooth curve would go on
	var last byte
	for i := range p {
		s := &p[i]
		if int(s.Verb) >= len(verbs) {
			continue
		}
		verb, points := verbs[s.Verb], s.P[:s.Verb.Points()]
		if s.Verb == geom.QuadTo {
			cx, cy := step(points[0].X), step(points[0].Y)
			if (last == 'q' || last == smooth) && cx == controlX && cy == controlY {
				verb, points = smooth, points[1:]
			}
			toX, toY := step(s.P[1].X), step(s.P[1].Y)
			controlX, controlY = 2*toX-cx, 2*toY-cy
		}
		if verb != last {
			d.b = append(d.b, verb)
		}
		last = verb
		fromX, fromY := d.x, d.y
		for i, at := range points {
			d.x, d.y = step(at.X), step(at.Y)
			d.b = appendSigned(d.b, d.x-fromX, i == 0 && d.b[len(d.b)-1] == verb)
			d.b = appendSigned(d.b, d.y-fromY, false)
		}
		switch s.Verb {
		case geom.MoveTo:
			startX, startY = d.x, d.y
			last = 0 // what follows a move without a letter is a line
		case geom.ClosePath:
			d.x, d.y = startX, startY
		}
	}
}

// appendSigned appends a number behind another, or behind a letter. A minus parts
// them too.
func appendSigned(b []byte, n int64, behindLetter bool) []byte {
	if !behindLetter && n >= 0 {
		b = append(b, ' ')
	}
	return appendStep(b, n)
}
