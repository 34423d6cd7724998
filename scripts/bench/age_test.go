package main

import (
	"slices"
	"testing"
	"time"
)

// What is shown grows older until something newer is shown.
func TestAges(t *testing.T) {
	const step = ageStep
	list := []sighting{
		{shown: 10 * step, made: 4 * step},
		{shown: 13 * step, made: 9 * step},
		{shown: 14 * step, made: 7 * step}, // was overtaken: what is shown is the newer one
	}
	got := ages(list, 10*step, 17*step)
	// At 10, 11, 12: 6, 7, 8. From 13 on the sample of 9: 4, 5, 6, 7.
	want := []time.Duration{4 * step, 5 * step, 6 * step, 6 * step, 7 * step, 7 * step, 8 * step}
	if !slices.Equal(got, want) {
		t.Errorf("the ages are %v, want %v", got, want)
	}
	// What was shown before the beginning counts.
	if got := ages(list, 20*step, 21*step); !slices.Equal(got, []time.Duration{11 * step}) {
		t.Errorf("the age is %v, want 11 ms", got)
	}
	if got := ages(list, 20*step, 20*step); len(got) != 0 {
		t.Errorf("of no time there are ages: %v", got)
	}
}

func TestQuantile(t *testing.T) {
	var list []time.Duration
	for i := range time.Duration(1001) {
		list = append(list, i)
	}
	for q, want := range map[float64]time.Duration{0: 0, 0.5: 500, 0.99: 990, 1: 1000} {
		if got := quantile(list, q); got != want {
			t.Errorf("quantile %v of 0 to 1000 is %d, want %d", q, got, want)
		}
	}
	if got := quantile(nil, 0.5); got != 0 {
		t.Errorf("a quantile of nothing is %v", got)
	}
}
