package geom

import (
	"slices"
	"testing"
)

func TestSimplify(t *testing.T) {
	for _, c := range []struct {
		in, want []Point
		why      string
	}{
		{nil, nil, "there is nothing"},
		{[]Point{{1, 1}}, []Point{{1, 1}}, "the ends stay"},
		{[]Point{{0, 0}, {5, 0.5}, {10, 0}}, []Point{{0, 0}, {10, 0}}, "half a unit is within the tolerance"},
		{[]Point{{0, 0}, {5, 1}, {10, 0}}, []Point{{0, 0}, {10, 0}}, "and so is just as much as it"},
		{[]Point{{0, 0}, {5, 2}, {10, 0}}, []Point{{0, 0}, {5, 2}, {10, 0}}, "two units are not"},
		{[]Point{{0, 0}, {5, 5}, {0, 0}}, []Point{{0, 0}, {5, 5}, {0, 0}}, "a way there and back keeps its far end"},
		{[]Point{{0, 0}, {20, 0}, {10, 0}}, []Point{{0, 0}, {20, 0}, {10, 0}}, "and so does one that overshoots"},
		{[]Point{{0, 0}, away, {5, 0}, {inf, 1}, {10, 0}}, []Point{{0, 0}, {10, 0}}, "what is no place goes"},
		{[]Point{{3, 3}, {3, 3}, {3, 3}}, []Point{{3, 3}, {3, 3}}, "a dot keeps its ends"},
	} {
		before := slices.Clone(c.in)
		if got := Simplify(c.in, 1); !slices.Equal(got, c.want) {
			t.Errorf("%v becomes %v, want %v: %s", c.in, got, c.want, c.why)
		}
		if len(before) == len(c.in) && !slices.EqualFunc(before, c.in, func(p, q Point) bool { return p == q || p != p }) {
			t.Error("the points given were changed")
		}
	}
}

// recursive is the algorithm as it is usually told.
func recursive(points []Point, tolerance float64) []Point {
	far, dist := 0, tolerance
	for i, p := range points {
		if d := DistToSegment(p, points[0], points[len(points)-1]); d > dist {
			far, dist = i, d
		}
	}
	if far == 0 {
		return []Point{points[0], points[len(points)-1]}
	}
	left := recursive(points[:far+1], tolerance)
	return append(left[:len(left)-1], recursive(points[far:], tolerance)...)
}

func TestSimplifyProperties(t *testing.T) {
	r := newRandom(t)
	for range 300 {
		points, tol := r.points(2+r.IntN(60)), r.in(0, 60)
		got := Simplify(points, tol)
		if want := recursive(points, tol); !slices.Equal(got, want) {
			t.Fatalf("%v within %v: %v, want %v", points, tol, got, want)
		}
		for _, p := range points {
			if d := DistToPolyline(p, got); d > tol {
				t.Fatalf("%v within %v: %v was left out and is %v away", points, tol, p, d)
			}
		}
		kept := SimplifyIndices(points, tol)
		if !slices.IsSorted(kept) || kept[0] != 0 || kept[len(kept)-1] != len(points)-1 {
			t.Fatalf("kept %v of %d", kept, len(points))
		}
	}
}
