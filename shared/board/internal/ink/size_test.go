package ink

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
)

// alone returns the bytes a point of n-point blocks without context, over the first strokes of h.
func (h hand) alone(strokes, n int) float64 {
	bytes := 0
	for k := range strokes {
		bytes += len(Append(nil, nil, h.stroke(k, n)))
	}
	return float64(bytes) / float64(strokes*n)
}

// live returns the bytes a point of the batches of n points that follow the first one of a stroke.
func (h hand) live(strokes, n int) float64 {
	const length = 96
	bytes, points := 0, 0
	for k := range strokes {
		p := h.stroke(k, length)
		for i := n; i+n <= length; i += n {
			bytes += len(Append(nil, p[max(0, i-Context):i], p[i:i+n]))
			points += n
		}
	}
	return float64(bytes) / float64(points)
}

// varint returns the bytes a point that the plain way takes: zigzag varints of the steps and a byte of pressure.
func (h hand) varint(strokes, n int) float64 {
	var b []byte
	for k := range strokes {
		var last Point
		for _, p := range h.stroke(k, n) {
			b = binary.AppendVarint(b, int64(p.X)-int64(last.X))
			b = binary.AppendVarint(b, int64(p.Y)-int64(last.Y))
			b = append(b, p.Pressure)
			last = p
		}
	}
	return float64(len(b)) / float64(strokes*n)
}

// TestSizes asserts the figures that the format was made for, and prints the table of the package comment.
func TestSizes(t *testing.T) {
	const strokes = 100
	var table strings.Builder
	var stored, wire, live, typical float64
	fmt.Fprintf(&table, "%-26s%6s%6s%6s%6s%6s%6s%8s%6s%8s\n", "", "2", "4", "10", "50", "64", "2000", "live 1", "4", "varint")
	for _, h := range kit {
		s50, s64, l4 := h.alone(strokes, 50), h.alone(strokes, 64), h.live(strokes/2, 4)
		fmt.Fprintf(&table, "%-26s%6.2f%6.2f%6.2f%6.2f%6.2f%6.2f%8.2f%6.2f%8.2f\n", h.name, h.alone(strokes, 2), h.alone(strokes, 4),
			h.alone(strokes, 10), s50, s64, h.alone(4, 2000), h.live(strokes/2, 1), l4, h.varint(strokes, 50))
		if s64 > 2*1.4 {
			t.Errorf("%s: %.2f bytes a coordinate in strokes of 64 points, want at most 1.4", h.name, s64/2)
		}
		wire += s64 / 2 / float64(len(kit))
		if h.typical {
			typical++
			stored += s50
			live += l4
		}
	}
	stored, live = stored/typical, live/typical
	t.Logf("bytes a point\n%s", table.String())
	t.Logf("typical pens: %.3f stored by 50, %.3f live by 4; all: %.3f a coordinate by 64", stored, live, wire)
	if stored > 1.45 {
		t.Errorf("typical pens take %.3f bytes a point in blocks of 50, want at most 1.45 (the must is 1.6)", stored)
	}
	if live > 1.45 {
		t.Errorf("typical pens take %.3f bytes a point in live batches of 4, want at most 1.45", live)
	}
	if wire > 0.7 {
		t.Errorf("strokes of 64 points take %.3f bytes a coordinate, want at most 0.7", wire)
	}
}

func Benchmark(b *testing.B) {
	const strokes, before = 64, Context
	for _, h := range kit {
		if !h.typical && h.name != "mouse/curve/120" {
			continue
		}
		for _, n := range []int{4, 50, 2000} {
			for _, context := range []bool{false, true} {
				name := fmt.Sprintf("%s/%d", h.name, n)
				if context {
					name += "/live"
				}
				var prev, points [strokes][]Point
				var blocks [strokes][]byte
				bytes := 0
				for k := range strokes {
					points[k] = h.stroke(k, before+n)
					if context {
						prev[k] = points[k][:before]
					}
					points[k] = points[k][before:]
					blocks[k] = Append(nil, prev[k], points[k])
					bytes += len(blocks[k])
				}
				report := func(b *testing.B) {
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/point")
					b.ReportMetric(float64(bytes)/float64(strokes*n), "bytes/point")
				}
				b.Run(name+"/append", func(b *testing.B) {
					b.ReportAllocs()
					buf := make([]byte, 0, 1<<14)
					for i := 0; b.Loop(); i++ {
						buf = Append(buf[:0], prev[i%strokes], points[i%strokes])
					}
					report(b)
				})
				b.Run(name+"/parse", func(b *testing.B) {
					b.ReportAllocs()
					buf := make([]Point, 0, n)
					for i := 0; b.Loop(); i++ {
						var err error
						if buf, err = Parse(buf[:0], prev[i%strokes], blocks[i%strokes], n); err != nil {
							b.Fatal(err)
						}
					}
					report(b)
				})
			}
		}
	}
}
