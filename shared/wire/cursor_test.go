package wire

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestW39Newer(t *testing.T) {
	for _, c := range []struct {
		a, b uint32
		want bool
		why  string
	}{
		{2, 1, true, "it is the next one"},
		{1, 1, false, "it is a duplicate"},
		{1, 2, false, "it was overtaken"},
		{5000, 1, true, "those between were lost"},
		{1, math.MaxUint32, true, "the count goes round"},
		{math.MaxUint32, 1, false, "it was overtaken where the count goes round"},
		{1 << 31, 1, true, "2^31 - 1 is the furthest that is ahead"},
		{0, 7, true, "it is not counted"},
		{7, 0, true, "the one before was not counted"},
		{0, 0, true, "nobody counts"},
	} {
		if Newer(c.a, c.b) != c.want {
			t.Errorf("Newer(%d, %d) is %v; %s", c.a, c.b, !c.want, c.why)
		}
	}
}

// A cursor on a board of common size, of a session of hours, is small.
func TestCursorIsSmall(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		c := Cursor{
			Member: 1 + rng.Uint32N(127),
			X:      rng.Int32N(2*100_000) - 100_000, // 12,500 units each way
			Y:      rng.Int32N(2*100_000) - 100_000,
			Seq:    1 + rng.Uint32N(1<<21-1), // nine hours at 60 a second
		}
		if b := c.Append(nil); len(b) > 14 {
			t.Fatalf("%+v takes %d bytes", c, len(b))
		}
	}
	// The room that Append makes is what the worst one takes.
	worst := Cursor{math.MaxUint32, math.MinInt32, math.MaxInt32, true, math.MaxUint32, true}
	if b := worst.Append(nil); len(b) != maxCursor {
		t.Errorf("the greatest cursor takes %d bytes, maxCursor is %d", len(b), maxCursor)
	}
}
