package ink

import (
	"slices"
	"testing"
)

// A group is explicit only when that is strictly fewer bits. Here both ways take
// as many, and the same points have to give the same bytes on every machine.
func TestTie(t *testing.T) {
	prev := []Point{{3, 3, 0}, {10, 3, 0}, {10, 3, 0}}
	points := []Point{{18, 7, 0}, {25, 8, 0}}
	h := before(prev)
	var own, inherited residuals
	c, cost := own.fit(&h, points)
	d := inherited.derive(prev)
	inherited.fill(&h, points, d)
	if a, b := cost+c.size(), inherited.cost(len(points), d.k)+inherited.costP(len(points), d.pk); a != b {
		t.Fatalf("%d bits and %d: the test does not test", a, b)
	}
	block := Append(nil, prev, points)
	if block[0]&1 != 0 {
		t.Errorf("% x is explicit", block)
	}
	if got, err := Parse(nil, prev, block, len(points)); err != nil || !slices.Equal(got, points) {
		t.Errorf("% x reads as %v, %v", block, got, err)
	}
}
