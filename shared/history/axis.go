package history

import "slices"

// Axis lays a past out on a line from 0 to 1, on which time passes as it did, but for
// pauses: of a night not more is seen than of a short break.
type Axis struct {
	begin uint64
	at    []int64 // of each update, in milliseconds of the line
}

// How long the time between two updates is at the least and at the most on an Axis,
// in milliseconds.
const (
	leastGap = 50
	mostGap  = 20_000
)

// Axis returns the line of the past as it is now.
func (p *Past) Axis() Axis {
	a := Axis{begin: p.first.At, at: make([]int64, len(p.updates))}
	last, when := int64(0), p.first.When
	for i := range p.updates {
		u := &p.updates[i]
		if when == 0 {
			when = u.When // of what comes after an unknown time nobody knows how long that took
		}
		last += min(max(u.When-when, leastGap), mostGap)
		when = u.When
		a.at[i] = last
	}
	return a
}

// length is that of the line, at least 1.
func (a Axis) length() int64 {
	if n := len(a.at); n > 0 {
		return a.at[n-1]
	}
	return 1
}

// Place returns where on the line there were at updates.
func (a Axis) Place(at uint64) float64 {
	i := min(max(at, a.begin)-a.begin, uint64(len(a.at)))
	if i == 0 {
		return 0
	}
	return float64(a.at[i-1]) / float64(a.length())
}

// At returns how many updates there were at a place of the line.
func (a Axis) At(place float64) uint64 {
	// Half a millisecond for what Place has rounded.
	at := int64(place*float64(a.length()) + 0.5)
	i, found := slices.BinarySearch(a.at, at)
	if found {
		i++
	}
	return a.begin + uint64(i)
}

// Density returns how much was done in each of n stretches of the line, 0 to 1.
func (a Axis) Density(n int) []float64 {
	list := make([]float64, n)
	most := 0.0
	for _, at := range a.at {
		i := min(int(float64(at)/float64(a.length())*float64(n)), n-1)
		list[i]++
		most = max(most, list[i])
	}
	for i := range list {
		list[i] /= max(most, 1)
	}
	return list
}
