package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Cluster is cluster.Metrics: what a relay does together with others.
type Cluster struct {
	edge, peers    prometheus.Gauge
	cuts           prometheus.Counter
	appends        *histogram
	appendErrors   prometheus.Counter
	bytes, spooled prometheus.Counter
	healed         prometheus.Counter
	rereads        *prometheus.CounterVec
}

// Cluster returns what hears of the cluster. It is called once, for a relay that is in
// one: the figures of others do not speak of it.
func (m *Metrics) Cluster() *Cluster {
	r := m.registry
	return &Cluster{
		edge:         gauge(r, "cluster_edge", "1 while the relay is cut off from what the relays share, and stores what it takes on its own disk alone."),
		cuts:         counter(r, "cluster_cuts_total", "Times that the relay was cut off."),
		peers:        gauge(r, "cluster_peers", "Other relays of the cluster that this one hears of."),
		appends:      seconds(r, "cluster_append_seconds", "Time until changes of a board are durable on the engine, or it is seen that they are not."),
		appendErrors: counter(r, "cluster_append_errors_total", "Changes that the engine did not store, or did not answer for in time; they go to the relay's own disk."),
		bytes:        counter(r, "cluster_append_bytes_total", "Bytes of changes that the engine has stored."),
		spooled:      counter(r, "cluster_spooled_bytes_total", "Bytes of changes that were stored on the relay's own disk alone, while it was cut off."),
		healed:       counter(r, "cluster_healed_boards_total", "Boards of which the engine was given what it lacked."),
		rereads:      counters(r, "cluster_rereads_total", "Times that the log of a board was read again because something of it was not heard, by the reason.", "reason"),
	}
}

// CutOff hears whether the relay is cut off now.
func (c *Cluster) CutOff(edge bool) {
	if edge {
		c.edge.Set(1)
		c.cuts.Inc()
		return
	}
	c.edge.Set(0)
}

// Appended hears of changes of a board that were given to the engine.
func (c *Cluster) Appended(took time.Duration, bytes int, err error) {
	c.appends.observe(uint64(max(took, 0) / time.Microsecond))
	if err != nil {
		c.appendErrors.Inc()
		return
	}
	c.bytes.Add(float64(bytes))
}

// Spooled hears of changes that are stored on this relay alone.
func (c *Cluster) Spooled(bytes int) { c.spooled.Add(float64(bytes)) }

// Healed hears of boards of which the engine has all now.
func (c *Cluster) Healed(boards int, _ time.Duration) { c.healed.Add(float64(boards)) }

// Reread hears that a log is read again.
func (c *Cluster) Reread(reason string) { c.rereads.WithLabelValues(reason).Inc() }

// Peers hears how many other relays there are.
func (c *Cluster) Peers(n int) { c.peers.Set(float64(n)) }
