package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/andybalholm/brotli"
)

// best runs what is to be compared in turn, n times, and returns the shortest time of each: what disturbs a run only
// makes it longer.
func best(ctx context.Context, n int, what ...func() error) ([]time.Duration, error) {
	times := make([]time.Duration, len(what))
	for i := range n {
		for k, f := range what {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			runtime.GC() // what others have left is not to be paid here
			start := time.Now()
			err := f()
			took := time.Since(start)
			if err != nil {
				return nil, err
			}
			if i == 0 || took < times[k] {
				times[k] = took
			}
		}
	}
	return times, nil
}

// bestMS is best for one, in milliseconds.
func bestMS(ctx context.Context, n int, f func() error) (float64, error) {
	times, err := best(ctx, n, f)
	if err != nil {
		return 0, err
	}
	return ms(times[0]), nil
}

// median returns the middle one of a figure of each.
func median[T any](list []T, of func(T) float64) float64 {
	values := make([]float64, len(list))
	for i, v := range list {
		values[i] = of(v)
	}
	slices.Sort(values)
	if n := len(values); n%2 == 0 {
		return (values[n/2-1] + values[n/2]) / 2
	}
	return values[len(values)/2]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// held returns how many bytes of heap what is made holds. Others come and go meanwhile, so it is the least of three.
func held[T any](what func() (T, error)) (int64, error) {
	least := int64(0)
	for i := range 3 {
		before := heap()
		v, err := what()
		if err != nil {
			return 0, err
		}
		n := heap() - before
		runtime.KeepAlive(v)
		if i == 0 || n < least {
			least = n
		}
	}
	return least, nil
}

func heap() int64 {
	// Twice, because what the first finds dead after a finalizer or in a pool goes with the second.
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func compressed(b []byte) (int, error) {
	var size counter
	w := brotli.NewWriterLevel(&size, brotli.BestCompression)
	if _, err := w.Write(b); err != nil {
		return 0, fmt.Errorf("compress: %w", err)
	}
	if err := w.Close(); err != nil {
		return 0, fmt.Errorf("compress: %w", err)
	}
	return int(size), nil
}

// counter counts what is written to it.
type counter int

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}
