package geom

import (
	"flag"
	"math"
	"math/rand/v2"
	"testing"
)

var seed = flag.Uint64("seed", 0, "of the property tests; 0 takes a new one each time")

// random is a source of the shapes that property tests try.
type random struct{ *rand.Rand }

// newRandom returns a source whose seed is printed if the test fails.
func newRandom(t *testing.T) random {
	s := *seed
	if s == 0 {
		s = rand.Uint64()
	}
	t.Logf("go test -run '^%s$' -seed %d", t.Name(), s)
	return random{rand.New(rand.NewPCG(s, 0))}
}

// in returns a number from lo up to hi.
func (r random) in(lo, hi float64) float64 { return lo + (hi-lo)*r.Float64() }

// point returns a place within ±100.
func (r random) point() Point { return Point{r.in(-100, 100), r.in(-100, 100)} }

func (r random) points(n int) []Point {
	points := make([]Point, n)
	for i := range points {
		points[i] = r.point()
	}
	return points
}

// grid returns one of 81 places, so that lines touch, overlap and are points.
func (r random) grid() Point { return Point{float64(r.IntN(9) - 4), float64(r.IntN(9) - 4)} }

// box returns a box within ±100, sometimes without width or height.
func (r random) box() Box {
	b := BoxOf(r.point(), r.point())
	switch r.IntN(8) {
	case 0:
		b.Max.X = b.Min.X
	case 1:
		b.Max.Y = b.Min.Y
	}
	return b
}

// frame returns a box turned by any angle, sometimes by none.
func (r random) frame() Frame {
	if r.IntN(4) == 0 {
		return Frame{Box: r.box()}
	}
	return Frame{r.box(), r.in(-4, 4)}
}

// path returns a path of up to n segments of all verbs in any order.
func (r random) path(n int) Path {
	p := make(Path, r.IntN(n+1))
	for i := range p {
		p[i] = Segment{Verb(r.IntN(6)), [3]Point{r.point(), r.point(), r.point()}}
	}
	return p
}

func near(a, b Point) bool { return a.Sub(b).Len() < 1e-9 }

func nearly(a, b float64) bool { return a == b || math.Abs(a-b) < 1e-9 }

func nearBox(a, b Box) bool { return near(a.Min, b.Min) && near(a.Max, b.Max) }

var (
	nan  = math.NaN()
	inf  = math.Inf(1)
	odd  = []float64{0, 1, -1, 1e-320, -1e-9, 3.5, 1e99, -1e101, math.MaxFloat64, inf, -inf, nan}
	away = Point{nan, 0}
)
