package feed

import "sort"

// Ring holds the last points of a feed, ascending by their times. It takes memory as
// they come. Make one with NewRing.
type Ring struct {
	most    int
	times   []int64 // the oldest at start, then around
	numbers []float64
	texts   []string
	start   int
	typ     Type
}

// NewRing returns an empty Ring of at most most points, at least one, of a type.
func NewRing(typ Type, most int) *Ring { return &Ring{most: max(most, 1), typ: typ} }

// Type returns the type of its points.
func (r *Ring) Type() Type { return r.typ }

// Len returns how many points there are.
func (r *Ring) Len() int { return len(r.times) }

// place returns where the point i is kept, 0 the oldest.
func (r *Ring) place(i int) int {
	if i += r.start; i >= len(r.times) {
		i -= len(r.times)
	}
	return i
}

// At returns the point i, 0 the oldest. It panics unless there are more than i.
func (r *Ring) At(i int) Point {
	k := r.place(i)
	if r.typ == Texts {
		return Point{Time: r.times[k], Text: r.texts[k]}
	}
	return Point{Time: r.times[k], Number: r.numbers[k]}
}

// Last returns the newest point; false: there is none.
func (r *Ring) Last() (Point, bool) {
	if len(r.times) == 0 {
		return Point{}, false
	}
	return r.At(len(r.times) - 1), true
}

// Push adds a point behind all others, and drops the oldest one if there are too many.
// It is of the Ring's type and newer than the others, or it is left out and false.
func (r *Ring) Push(p Point) bool {
	if last, ok := r.Last(); ok && p.Time <= last.Time || p.Type() != r.typ {
		return false
	}
	if len(r.times) < r.most {
		if r.start > 0 { // it was cut before
			r.unroll()
		}
		r.times = append(r.times, p.Time)
		if r.typ == Texts {
			r.texts = append(r.texts, p.Text)
		} else {
			r.numbers = append(r.numbers, p.Number)
		}
		return true
	}
	r.times[r.start] = p.Time
	if r.typ == Texts {
		r.texts[r.start] = p.Text
	} else {
		r.numbers[r.start] = p.Number
	}
	r.start = (r.start + 1) % len(r.times)
	return true
}

// unroll puts the oldest point first.
func (r *Ring) unroll() {
	r.times = append(r.times[r.start:len(r.times):len(r.times)], r.times[:r.start]...)
	if r.typ == Texts {
		r.texts = append(r.texts[r.start:len(r.texts):len(r.texts)], r.texts[:r.start]...)
	} else {
		r.numbers = append(r.numbers[r.start:len(r.numbers):len(r.numbers)], r.numbers[:r.start]...)
	}
	r.start = 0
}

// After returns the place of the first point that is newer than a time, Len if none is.
func (r *Ring) After(time int64) int {
	return sort.Search(len(r.times), func(i int) bool { return r.times[r.place(i)] > time })
}

// Forget drops the points that are older than a time, and returns how many.
func (r *Ring) Forget(before int64) int {
	n := r.After(before - 1)
	if n == 0 {
		return 0
	}
	r.unroll()
	r.times = append([]int64(nil), r.times[n:]...)
	if r.typ == Texts {
		r.texts = append([]string(nil), r.texts[n:]...)
	} else {
		r.numbers = append([]float64(nil), r.numbers[n:]...)
	}
	return n
}

// Points appends the points from place i to before place j.
func (r *Ring) Points(dst []Point, i, j int) []Point {
	for ; i < j; i++ {
		dst = append(dst, r.At(i))
	}
	return dst
}

// Thin chooses at most most of the points, at least one: the last one, and of numbers
// those that show the course best: of each stretch of time the lowest and the highest
// (as M4 of Jugel and others, VLDB 2014, does). Of texts it chooses the last ones.
// It writes over points.
func Thin(points []Point, most int) []Point {
	switch {
	case len(points) <= most:
		return points
	case most < 4 || points[0].Type() == Texts:
		return points[len(points)-max(most, 1):]
	}
	last := points[len(points)-1]
	stretches := (most - 2) / 2 // the first and the last one stay
	from, span := points[0].Time, last.Time-points[0].Time+1
	out := points[:1]
	rest := points[1 : len(points)-1]
	for s := range stretches {
		end := from + span*int64(s+1)/int64(stretches)
		n := sort.Search(len(rest), func(i int) bool { return rest[i].Time >= end })
		if n == 0 {
			continue
		}
		low, high := 0, 0
		for i, p := range rest[:n] {
			if p.Number < rest[low].Number {
				low = i
			}
			if p.Number > rest[high].Number {
				high = i
			}
		}
		a, b := rest[min(low, high)], rest[max(low, high)]
		rest = rest[n:]
		if out = append(out, a); a.Time != b.Time {
			out = append(out, b)
		}
	}
	return append(out, last)
}
