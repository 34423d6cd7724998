package nats

import (
	"testing"

	"edgeboard/relay/cluster"
	"edgeboard/relay/cluster/clustertest"
)

// How long an entry takes to be durable: one at a time, and 64 under way.
func BenchmarkAppend(b *testing.B) {
	server := clustertest.StartNATS(b, clustertest.NATS{})
	e := open(b, server.URL, Options{})
	defer func() { _ = e.Close() }()
	reach(b, e)
	x := cluster.Entry{From: "relay1", Data: make([]byte, 200)}
	for _, bench := range []struct {
		name  string
		ahead int
	}{{"one", 1}, {"64", 64}} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			free := make(chan struct{}, bench.ahead)
			for b.Loop() {
				free <- struct{}{}
				e.Append("b.bench", x, func(_ uint64, err error) {
					if err != nil {
						b.Error(err)
					}
					<-free
				})
			}
			for range bench.ahead {
				free <- struct{}{}
			}
		})
	}
}

// A long log is read, and one that has nothing new.
func BenchmarkRead(b *testing.B) {
	server := clustertest.StartNATS(b, clustertest.NATS{Lazy: true})
	e := open(b, server.URL, Options{})
	defer func() { _ = e.Close() }()
	reach(b, e)
	const entries = 100_000
	free := make(chan struct{}, 1024)
	for range entries {
		free <- struct{}{}
		e.Append("b.bench", cluster.Entry{From: "relay1", Data: make([]byte, 200)}, func(_ uint64, err error) {
			if err != nil {
				b.Error(err)
			}
			<-free
		})
	}
	for range cap(free) {
		free <- struct{}{}
	}
	last, err := e.Last(b.Context(), "b.bench", "")
	if err != nil {
		b.Fatal(err)
	}
	for name, after := range map[string]uint64{"100000": 0, "none": last} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				n := 0
				if err := e.Read(b.Context(), "b.bench", after, func(cluster.Entry) error { n++; return nil }); err != nil {
					b.Fatal(err)
				}
				if after == 0 && n != entries {
					b.Fatalf("%d entries", n)
				}
			}
		})
	}
}
