package redis

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"edgeboard/relay/cluster"
)

// BenchmarkAppend appends entries of 100 bytes, with appendfsync always.
func BenchmarkAppend(b *testing.B) {
	for _, flight := range []int{1, 64} {
		b.Run(fmt.Sprintf("%d in flight", flight), func(b *testing.B) {
			e, _ := start(b)
			x := cluster.Entry{From: "relay1", Data: make([]byte, 100)}
			free := make(chan struct{}, flight)
			b.ReportAllocs()
			for b.Loop() {
				free <- struct{}{}
				e.Append("b.board", x, func(_ uint64, err error) {
					if err != nil {
						b.Error(err)
					}
					<-free
				})
				if flight == 1 {
					free <- struct{}{}
					<-free
				}
			}
			for range flight {
				free <- struct{}{}
			}
		})
	}
}

// BenchmarkTold measures how long after Append another engine is told.
func BenchmarkTold(b *testing.B) {
	e, server := start(b)
	other := open(b, server.URL(), Options{})
	told := make(chan struct{}, 1)
	stop, err := other.Follow("b.board", func(cluster.Entry) { told <- struct{}{} })
	if err != nil {
		b.Fatal(err)
	}
	defer stop()
	var times []time.Duration
	for b.Loop() {
		began := time.Now()
		e.Append("b.board", cluster.Entry{From: "relay1", Data: make([]byte, 100)}, func(uint64, error) {})
		<-told
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds()), "p50-us")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "p99-us")
}
