package feed

import (
	"math"

	"edgeboard/shared/wire"
)

// The forms of a run (W104).
const (
	formOne        = 0
	formMore       = 1
	formNumbers    = 2
	formNewNumbers = 3
	formDoubles    = 4
	formNewDoubles = 5
	formTexts      = 6
	formNewTexts   = 7

	formBits = 3
)

// Chain is what those who are told of a feed have of it: the value that the next one is
// told by the difference from. All who are told the same share one. The zero Chain is
// that of who has nothing.
type Chain struct {
	last decimal
	has  bool // last is a value that was told in a form that steps go on from
}

// tooFine is how many digits more than were asked for a number is told with, rather than
// to begin again with another scale.
const tooFine = 3

// Run is how a feed's points stand in wire.Points, but for which feed it is.
type Run struct {
	form byte
	rest []byte // what follows the head, and further runs of the same feed
}

// Append appends the run of the feed with the given number, and before the number of the
// feed that stood there last, 0 at the beginning. Numbers ascend.
func (r Run) Append(b []byte, before, number uint32) []byte {
	b = wire.AppendUvarint(b, uint64(number-before)<<formBits|uint64(r.form))
	return append(b, r.rest...)
}

// Size returns how many bytes Append adds at most.
func (r Run) Size() int { return len(r.rest) + 6 }

// More tells points that come behind what was told before, the oldest first, and at
// least one. now is wire.Points.Time, and digits as in wire.Watch. The texts among them
// go into wire.Points.Texts.
func (c *Chain) More(now int64, points []Point, digits int) Run {
	return asRun(c.runs(nil, now, points, digits, false))
}

// Anew tells points in the place of all that was told before, and the chain goes on from
// the last one. There may be none, of the given type.
func (c *Chain) Anew(now int64, typ Type, points []Point, digits int) Run {
	*c = Chain{}
	switch {
	case len(points) > 0:
		return asRun(c.runs(nil, now, points, digits, true))
	case typ == Texts:
		return Run{formNewTexts, []byte{0}}
	}
	return Run{formNewNumbers, []byte{0, 0}}
}

// Join tells somebody who has nothing of a feed what others on this chain were told, or
// of that what points are, of which the last one is the last that the others were told.
// From then on all of them are told the same.
func (c Chain) Join(now int64, typ Type, points []Point, digits int) Run {
	var own Chain
	n := len(points)
	if n == 0 || typ == Texts {
		return own.Anew(now, typ, points, digits)
	}
	run, last := own.Anew(now, typ, points[:n-1], digits), c.Again(now, points[n-1])
	run.rest = append(append(run.rest, last.form), last.rest...)
	return run
}

// Again tells the last point once more, to somebody who may have missed what others were
// told: from then on all of them are told the same.
func (c Chain) Again(now int64, last Point) Run {
	age := wire.Zigzag(now - last.Time)
	switch {
	case last.Type() == Texts:
		return Run{formTexts, wire.AppendUvarint([]byte{1}, age)}
	case !c.has:
		return Run{formDoubles, wire.AppendUvarint(wire.AppendUvarint([]byte{1}, age), math.Float64bits(last.Number))}
	}
	b := append(wire.AppendUvarint(nil, wire.Zigzag(int64(c.last.scale))), 1)
	return Run{formNumbers, wire.AppendUvarint(wire.AppendUvarint(b, age), wire.Zigzag(c.last.value))}
}

// Begin has the next points told such that nobody needs to have had any before.
func (c *Chain) Begin() { c.has = false }

// asRun takes the head of runs off, which says of the first one how it is told.
func asRun(b []byte) Run { return Run{b[0], b[1:]} }

// runs appends runs with their heads, as those of the feed that stood there last.
func (c *Chain) runs(b []byte, now int64, points []Point, digits int, anew bool) []byte {
	for len(points) > 0 {
		at := len(b)
		b = append(b, 0)
		var form byte
		form, points, b = c.run(b, now, points, digits, anew)
		b[at] = form
		anew = false
	}
	return b
}

// run writes one run but its head, and returns the points that are left.
func (c *Chain) run(b []byte, now int64, points []Point, digits int, anew bool) (form byte, left []Point, _ []byte) {
	age := wire.Zigzag(now - points[0].Time)
	if points[0].Type() == Texts {
		n := min(len(points), wire.MaxSamples)
		b = wire.AppendUvarint(b, uint64(n))
		b = appendTimes(b, age, points[:n])
		return formTexts + flag(anew), points[n:], b
	}
	d, ok := c.decimal(points[0].Number, digits)
	if !ok {
		// As many as are no better told otherwise.
		n := 1
		for n < min(len(points), wire.MaxSamples) {
			if _, ok := c.decimal(points[n].Number, digits); ok {
				break
			}
			n++
		}
		c.has = false
		b = wire.AppendUvarint(b, uint64(n))
		bits, at := uint64(0), int64(0)
		for i, p := range points[:n] {
			if i == 0 {
				b = wire.AppendUvarint(b, age)
			} else {
				b = wire.AppendUvarint(b, wire.Zigzag(p.Time-at))
			}
			u := math.Float64bits(p.Number)
			b = wire.AppendUvarint(b, u^bits)
			bits, at = u, p.Time
		}
		return formDoubles + flag(anew), points[n:], b
	}
	goesOn := c.goesOn(d, digits) && !anew
	if !goesOn {
		c.last.scale = d.scale
		// The finest of what comes, so that it need not begin again for each digit.
		for _, p := range points[1:] {
			if next, ok := c.decimal(p.Number, digits); ok && next.scale < c.last.scale && suits(d, next.scale, digits) {
				c.last.scale = next.scale
			}
		}
	}
	// All that steps of this scale can tell.
	steps := make([]int64, 0, 4)
	last := c.last.value
	for i, p := range points[:min(len(points), wire.MaxSamples)] {
		next, ok := c.decimal(p.Number, digits)
		if !ok || !suits(next, c.last.scale, digits) {
			break
		}
		if i == 0 && !goesOn {
			last = 0
		}
		v, _ := next.at(c.last.scale)
		steps = append(steps, v-last)
		last = v
	}
	n := len(steps)
	switch {
	case !goesOn:
		form = formNumbers + flag(anew)
		b = wire.AppendUvarint(b, wire.Zigzag(int64(c.last.scale)))
		b = wire.AppendUvarint(b, uint64(n))
	case n == 1:
		form = formOne
	default:
		form = formMore
		b = wire.AppendUvarint(b, uint64(n))
	}
	for i, step := range steps {
		if i > 0 {
			age = wire.Zigzag(points[i].Time - points[i-1].Time)
		}
		b = wire.AppendUvarint(b, age)
		b = wire.AppendUvarint(b, wire.Zigzag(step))
	}
	c.last.value, c.has = last, true
	return form, points[n:], b
}

// decimal returns a number as it is told.
func (c *Chain) decimal(v float64, digits int) (decimal, bool) {
	if digits > 0 {
		return rounded(v, digits)
	}
	return exactly(v)
}

// goesOn reports whether a value can be told by a step from the last one.
func (c *Chain) goesOn(d decimal, digits int) bool { return c.has && suits(d, c.last.scale, digits) }

// suits reports whether a value can be told in steps of ten to the scale, and should:
// to tell digits that nobody has asked for takes longer than to begin again.
func suits(d decimal, scale, digits int) bool {
	v, ok := d.at(scale)
	if !ok || d.scale < scale {
		return false
	}
	return digits == 0 || digits+tooFine >= maxDigits || max(v, -v) < int64(tens[digits+tooFine])
}

// maxDigits is how many digits maxValue has.
const maxDigits = 16

func appendTimes(b []byte, age uint64, points []Point) []byte {
	for i, p := range points {
		if i > 0 {
			age = wire.Zigzag(p.Time - points[i-1].Time)
		}
		b = wire.AppendUvarint(b, age)
	}
	return b
}

func flag(anew bool) byte {
	if anew {
		return 1
	}
	return 0
}
