package history_test

import (
	"math"
	"testing"

	"edgeboard/shared/history"
)

// A night takes no more of the line than a break, each update has a place of its own,
// and is found there.
func TestAxis(t *testing.T) {
	w := write(t, 6)
	const hour = 3_600_000
	var p history.Past
	for i, when := range []int64{1000, 1000, 2000, 12 * hour, 12*hour - 5000, 13 * hour} {
		r := history.Record{Kind: history.Update, At: uint64(i + 1), When: when, Data: w.updates[i]}
		if err := p.Add(r.Append(nil)); err != nil {
			t.Fatal(err)
		}
	}
	a := p.Axis()
	last := -1.0
	for at := range p.End() + 1 {
		place := a.Place(at)
		if place <= last || a.At(place) != at {
			t.Errorf("after %d it is at %v, after %v; there are %d", at, place, last, a.At(place))
		}
		last = place
	}
	if last != 1 || a.At(2) != 6 || a.At(-1) != 0 {
		t.Errorf("it ends at %v; beyond it there are %d and %d", last, a.At(2), a.At(-1))
	}
	if night, rest := a.Place(4)-a.Place(3), a.Place(6)-a.Place(5); math.Abs(night-rest) > 1e-9 {
		t.Errorf("a night takes %v, a break %v", night, rest)
	}
	sum := 0.0
	for _, d := range a.Density(10) {
		if d < 0 || d > 1 {
			t.Errorf("density %v", d)
		}
		sum += d
	}
	if sum == 0 {
		t.Error("nothing was done")
	}
	if first := a.Place(1); first > 0.01 {
		t.Errorf("before the first, which was nobody knows how long, it takes %v", first)
	}
	if e := new(history.Past).Axis(); e.At(0.5) != 0 || e.Place(7) != 0 || len(e.Density(3)) != 3 {
		t.Error("the line of nothing is something")
	}
}
