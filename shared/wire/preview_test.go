package wire

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// simplePoints is how a Preview's points are written, without haste.
func simplePoints(points []Point) (b []byte) {
	var last Point
	for _, p := range points {
		b = binary.AppendUvarint(b, uint64(uint32(Zigzag(int64(p.X-last.X)))))
		b = binary.AppendUvarint(b, uint64(uint32(Zigzag(int64(p.Y-last.Y)))))
		last = p
	}
	return b
}

// randomPoints makes points whose differences are of every size up to width
// bits, so that numbers of all lengths stand side by side.
func randomPoints(rng *rand.Rand, n, width int) []Point {
	points := make([]Point, n)
	var last Point
	for i := range points {
		last.X += int32(rng.Uint32() >> (32 - 1 - rng.IntN(width)))
		last.Y -= int32(rng.Uint32() >> (32 - 1 - rng.IntN(width)))
		points[i] = last
	}
	return points
}

func TestPreviewPoints(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var out Preview // used again and again
	for i := range 3000 {
		in := Preview{Points: randomPoints(rng, rng.IntN(40), 1+i%32)}
		b := appendPoints(nil, in.Points)
		if want := simplePoints(in.Points); !slices.Equal(b, want) {
			t.Fatalf("%v is written as % x, want % x", in.Points, b, want)
		}
		if n := countVarints(b); n != 2*len(in.Points) {
			t.Fatalf("%d numbers counted in % x, want %d", n, b, 2*len(in.Points))
		}
		if err := out.Parse(in.Append(nil)); err != nil || !slices.Equal(out.Points, in.Points) {
			t.Fatalf("%v came back as %v, %v", in.Points, out.Points, err)
		}
		// W9: in two parts, cut anywhere between numbers.
		cut := rng.IntN(len(b) + 1)
		for cut > 0 && b[cut-1] >= 0x80 {
			cut--
		}
		parts := appendString(appendString(nil, 4, b[:cut]), 4, b[cut:])
		if err := out.Parse(parts); err != nil || !slices.Equal(out.Points, in.Points) {
			t.Fatalf("in two parts, % x: %v, %v, want %v", parts, out.Points, err, in.Points)
		}
	}
}

// Differences go round as numbers of 32 bits do, in both directions.
func TestPreviewAcrossTheBoard(t *testing.T) {
	corners := []int32{math.MinInt32, math.MaxInt32, 0, -1, 1}
	var in, out Preview
	for _, x := range corners {
		for _, y := range corners {
			in.Points = append(in.Points, Point{x, y}, Point{y, x})
		}
	}
	if err := out.Parse(in.Append(nil)); err != nil || !slices.Equal(in.Points, out.Points) {
		t.Errorf("%v, %v, want %v", out.Points, err, in.Points)
	}
}

// A number that is longer than it needs is taken, also where the fast ways look
// (W6).
func TestW6OverlongPoints(t *testing.T) {
	body := "\x82\x00\x84\x00\x86\x00\x88\x00\x82\x80\x00\x02\x02\x02\x02\x02\x02\x02"
	var m Preview
	err := m.Parse(appendString(nil, 4, body))
	want := []Point{{1, 2}, {4, 6}, {5, 7}, {6, 8}, {7, 9}, {8, 10}}
	if err != nil || !slices.Equal(m.Points, want) {
		t.Errorf("%v, %v, want %v", m.Points, err, want)
	}
}

// 64 points is what a pen makes between two frames when the net is slow.
func TestPreviewsAllocateNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	out := &Preview{Member: 3, Stroke: 8, Offset: 64, Points: randomPoints(rng, 64, 12), Color: 0xe03131, Thickness: 16}
	wantNoAllocations(t, out, new(Preview))
}

// R9: what claims to have many points takes no memory before they are counted.
func TestPreviewOverTheLimitAllocatesNothing(t *testing.T) {
	hostile := appendString(nil, 4, make([]byte, 500_000))
	if n := testing.AllocsPerRun(10, func() {
		var m Preview
		if m.Parse(hostile) != ErrTooMany {
			t.Fatal("taken")
		}
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
