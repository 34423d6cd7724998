package metrics

import (
	"math/bits"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// maxBuckets bounds the buckets of a histogram, but the one for what is greater
// than all bounds.
const maxBuckets = 22

// timesFirst is the first bucket of times: 16 µs.
const timesFirst = 4

// histogram counts values in buckets whose upper bounds are powers of two. It is
// a prometheus.Collector.
type histogram struct {
	desc  *prometheus.Desc
	per   float64 // so many of a value are one of what the name says
	first int     // bucket i holds what is at most 2^(first+i*step)
	step  int
	n     int // buckets

	counts [maxBuckets + 1]atomic.Uint64
	sum    atomic.Uint64 // in units; wraps after 500,000 years of microseconds
}

func newHistogram(r *prometheus.Registry, name, help string, per float64, first, step, n int) *histogram {
	h := &histogram{
		desc: prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, nil, nil),
		per:  per, first: first, step: step, n: n,
	}
	r.MustRegister(h)
	return h
}

// seconds is a histogram of microseconds, from 16 µs to 33.6 s.
func seconds(r *prometheus.Registry, name, help string) *histogram {
	return newHistogram(r, name, help, 1e6, timesFirst, 1, maxBuckets)
}

func (h *histogram) observe(value uint64) {
	i := 0
	if value > 1<<h.first {
		i = min((bits.Len64(value-1)-h.first+h.step-1)/h.step, h.n)
	}
	h.counts[i].Add(1)
	h.sum.Add(value)
}

func (h *histogram) Describe(ch chan<- *prometheus.Desc) { ch <- h.desc }

func (h *histogram) Collect(ch chan<- prometheus.Metric) {
	buckets, count := make(map[float64]uint64, h.n), uint64(0)
	for i := range h.n {
		count += h.counts[i].Load()
		buckets[float64(uint64(1)<<(h.first+i*h.step))/h.per] = count
	}
	count += h.counts[h.n].Load()
	ch <- prometheus.MustNewConstHistogram(h.desc, count, float64(h.sum.Load())/h.per, buckets)
}
