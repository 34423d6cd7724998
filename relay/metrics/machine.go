package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Machine is what a relay is asked for when somebody looks: how it stands, and what the
// machine gives it. Each may be nil, and each may not know; then there is no figure.
type Machine struct {
	Ready       func() bool
	MemoryLimit int64                               // of what Go counts, in bytes; 0: there is none
	Disk        func() (free, size uint64, ok bool) // of the file system of the data folder, in bytes
	Stored      func() (bytes int64, ok bool)       // of the database's files
	Certificate func() (ends time.Time, ok bool)    // that browsers are shown
}

// Machine registers it. It is called once.
func (m *Metrics) Machine(of Machine) {
	g := &machine{of: of, descs: map[*prometheus.Desc]func() (float64, bool){}}
	add := func(name, help string, read func() (float64, bool)) {
		g.descs[prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, nil, nil)] = read
	}
	if of.Ready != nil {
		add("ready", "1 while the relay serves and stores, as /readyz says.", func() (float64, bool) {
			if of.Ready() {
				return 1, true
			}
			return 0, true
		})
	}
	if of.MemoryLimit > 0 {
		add("memory_limit_bytes", "Bytes of memory below which Go's collector keeps the relay; near them it turns away who comes.",
			func() (float64, bool) { return float64(of.MemoryLimit), true })
	}
	if of.Disk != nil {
		add("disk_free_bytes", "Bytes that are free for the relay on the file system of its data folder.", func() (float64, bool) {
			free, _, ok := of.Disk()
			return float64(free), ok
		})
		add("disk_size_bytes", "Bytes of that file system.", func() (float64, bool) {
			_, size, ok := of.Disk()
			return float64(size), ok
		})
	}
	if of.Stored != nil {
		add("store_bytes", "Bytes of the database's files in the data folder.", func() (float64, bool) {
			bytes, ok := of.Stored()
			return float64(bytes), ok
		})
	}
	if of.Certificate != nil {
		add("certificate_ends_timestamp_seconds", "When the certificate ends that browsers are shown, in seconds since 1970.", func() (float64, bool) {
			ends, ok := of.Certificate()
			return float64(ends.Unix()), ok
		})
	}
	m.registry.MustRegister(g)
}

// machine is a prometheus.Collector.
type machine struct {
	of    Machine
	descs map[*prometheus.Desc]func() (float64, bool)
}

func (g *machine) Describe(ch chan<- *prometheus.Desc) {
	for desc := range g.descs {
		ch <- desc
	}
}

func (g *machine) Collect(ch chan<- prometheus.Metric) {
	for desc, read := range g.descs {
		if v, ok := read(); ok {
			ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, v)
		}
	}
}
