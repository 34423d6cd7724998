package main

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// A quantile of a spread is that of the durations themselves, to 1/64 of it.
func TestSpread(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var s spread
	if got := s.quantile(0.5); got != 0 {
		t.Errorf("of nothing the median is %v", got)
	}
	var list []time.Duration
	for range 10_000 {
		d := time.Duration(math.Exp(rng.Float64() * 43)) // up to 10 minutes and more, as many small ones as large ones
		list = append(list, d)
		s.add(d)
	}
	list = append(list, 0, 1, 63, 64, 127, 128, 129, math.MaxInt64)
	for _, d := range list[10_000:] {
		s.add(d)
	}
	slices.Sort(list)
	for _, q := range []float64{0, 0.001, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1} {
		got, want := s.quantile(q), quantile(list, q)
		if got > want || want-got > want/64 {
			t.Errorf("quantile %v is %v, want %v or up to a 64th less", q, got, want)
		}
	}
	var early spread
	early.add(-time.Second) // clocks are read one after the other
	if early.n != 1 || early.quantile(1) != 0 {
		t.Error("what came before it was sent does not count as at once")
	}
}

func TestMedian(t *testing.T) {
	self := func(v float64) float64 { return v }
	for _, c := range []struct {
		list []float64
		want float64
	}{{[]float64{3}, 3}, {[]float64{9, 1}, 5}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 3, 2}, 2.5}} {
		if got := median(c.list, self); got != c.want {
			t.Errorf("the median of %v is %v, want %v", c.list, got, c.want)
		}
	}
}
