package main

import (
	"math/bits"
	"time"
)

// spread counts durations by their size, to 1/64 of it: millions of them take no memory, and little time.
type spread struct {
	counts [64 * 58]uint64
	n      uint64
}

// add takes a duration, which counts as 0 if it is negative.
func (s *spread) add(d time.Duration) {
	v := uint64(max(d, 0))
	at := v
	if e := bits.Len64(v) - 7; e >= 0 {
		at = uint64(e)<<6 + v>>e
	}
	s.counts[at]++
	s.n++
}

// quantile returns the part q of all: the least duration that counts like it. Of none it is 0.
func (s *spread) quantile(q float64) time.Duration {
	if s.n == 0 {
		return 0
	}
	rank := uint64(q * float64(s.n-1))
	for at, n := range s.counts {
		if rank < n {
			if at < 128 {
				return time.Duration(at)
			}
			e := at>>6 - 1
			return time.Duration((at - e<<6) << e)
		}
		rank -= n
	}
	panic("bench: counts do not add up")
}
