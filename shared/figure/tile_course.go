package figure

import (
	"edgeboard/shared/feed"
)

// course is how a feed of numbers went over a window, in stretches of time that lie
// fast: as time goes on, what was drawn of the past stays as it is. It takes each point
// once.
type course struct {
	ring *feed.Ring
	step int64 // of a stretch, in milliseconds
	upTo int64 // points up to that time are in
	list []stretch
	used bool
}

// stretch is the points of a stretch of time: the first and the last one, the lowest and
// the highest.
type stretch struct {
	at                     int64 // its number: its time divided by the step
	first, last, low, high sample
}

type sample struct {
	t int64
	v float64
}

const (
	// numStretches are in a window: two points of each make a line.
	numStretches = 150
	// mostNumber bounds numbers, so that what is reckoned with them is finite.
	mostNumber = 1e300
)

// follow takes the points of a series that are new, and drops those before the window
// that ends at a time.
func (c *course) follow(ring *feed.Ring, window, end int64) {
	step := max(window/numStretches, 1)
	from := end - window
	if c.ring != ring || c.step != step {
		*c = course{ring: ring, step: step, list: c.list[:0], upTo: from - 1}
		// One before it, from which the line comes in.
		if i := ring.After(from - 1); i > 0 {
			c.upTo = ring.At(i-1).Time - 1
		}
	}
	c.used = true
	for i := ring.After(c.upTo); i < ring.Len(); i++ {
		p := ring.At(i)
		if p.Number-p.Number != 0 {
			continue
		}
		s := sample{p.Time, min(max(p.Number, -mostNumber), mostNumber)}
		c.upTo = p.Time
		n := len(c.list)
		if n == 0 || c.list[n-1].at != p.Time/step {
			c.list = append(c.list, stretch{p.Time / step, s, s, s, s})
			continue
		}
		last := &c.list[n-1]
		last.last = s
		if s.v < last.low.v {
			last.low = s
		}
		if s.v > last.high.v {
			last.high = s
		}
	}
	gone := 0
	for gone+1 < len(c.list) && c.list[gone+1].first.t <= from {
		gone++
	}
	if gone > numStretches { // not for each
		c.list = append(c.list[:0], c.list[gone:]...)
	}
}

// since returns the stretches that have a point from a time on.
func (c *course) since(from int64) []stretch {
	i := 0
	for i < len(c.list) && c.list[i].last.t < from {
		i++
	}
	return c.list[i:]
}

// bounds returns the lowest and the highest number from a time on.
func (c *course) bounds(from int64) (low, high float64, ok bool) {
	for _, s := range c.since(from) {
		if !ok {
			low, high, ok = s.low.v, s.high.v, true
		}
		low, high = min(low, s.low.v), max(high, s.high.v)
	}
	return low, high, ok
}

// samples appends what shows the course from a time on, and the point before it: at most
// two points for each of so many stretches, and the last one.
func (c *course) samples(dst []sample, from int64, most int) []sample {
	list := c.list
	for len(list) > 1 && list[1].first.t <= from {
		list = list[1:]
	}
	together := int64(max((len(list)+most-1)/max(most, 1), 1))
	for i := 0; i < len(list); {
		s := list[i]
		for i++; i < len(list) && list[i].at/together == s.at/together; i++ {
			if list[i].low.v < s.low.v {
				s.low = list[i].low
			}
			if list[i].high.v > s.high.v {
				s.high = list[i].high
			}
			s.last = list[i].last
		}
		a, b := s.low, s.high
		if a.t > b.t {
			a, b = b, a
		}
		if dst = append(dst, a); b.t != a.t {
			dst = append(dst, b)
		}
		if i == len(list) && s.last.t != b.t {
			dst = append(dst, s.last)
		}
	}
	return dst
}
