// Package metrics counts what a relay does, and shows it in the text format of
// Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/).
//
// The registry, the figures of the Go runtime and of the process, and the text
// format are those of github.com/prometheus/client_golang, without its HTTP
// handler. It adds 0.6 MB to bin/relay, which has protobuf anyway;
// github.com/VictoriaMetrics/metrics would add 0.4 MB, but has no help texts, and
// its histograms have ranges that Prometheus does not read as such. What is
// counted for each message is counted here: three histograms with buckets at
// powers of two take half the time of the library's.
package metrics

import (
	"bytes"
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"

	"edgeboard/relay/room"
	"edgeboard/shared/wire"
)

// Metrics is room.Metrics, and hears of connections and requests besides. It is
// an http.Handler that answers with all figures. The methods may be called from
// any goroutine; those of a nil Metrics, but ServeHTTP, do nothing. Make one with
// New.
type Metrics struct {
	registry *prometheus.Registry
	counted  *prometheus.Registry // of these, what Figures are made of
	build    *prometheus.GaugeVec

	connections *prometheus.GaugeVec
	accepted    *prometheus.CounterVec
	turnedAway  *prometheus.CounterVec
	refused     *prometheus.CounterVec
	requests    *prometheus.CounterVec
	sockets     prometheus.Gauge

	blobs, blobBytes prometheus.Gauge
	blobsIn          prometheus.Counter

	rooms, members, behind prometheus.Gauge
	received               [wire.KindPublish + 1]prometheus.Counter
	unknown                prometheus.Counter

	commits      *histogram
	commitErrors prometheus.Counter
	commitBytes  prometheus.Counter

	frames, bytes, waited *histogram

	drops, dropped *prometheus.CounterVec

	talk    *Talk
	notices *Notices
	feeds   *Feeds
}

var _ room.Metrics = (*Metrics)(nil)

// New returns Metrics that have heard nothing.
func New() *Metrics {
	r := prometheus.NewRegistry()
	m := &Metrics{
		registry:    r,
		counted:     prometheus.NewRegistry(),
		connections: gauges(r, "connections", "Connections to boards that are open, by transport.", "transport"),
		accepted:    counters(r, "connections_accepted_total", "Connections to boards that were accepted, by transport.", "transport"),
		turnedAway:  counters(r, "connections_turned_away_total", "Connections that were refused before they began, by the limit that was reached.", "limit"),
		refused:     counters(r, "connections_refused_total", "Connections that the relay has ended on purpose, by close code.", "code"),
		requests:    counters(r, "http_requests_total", "HTTP requests that were answered, by route and status.", "route", "status"),
		sockets:     gauge(r, "sockets", "TCP connections that carry HTTP, those that wait for a request among them; WebSockets are not."),

		blobs:     gauge(r, "blobs", "Images that are stored, as they were counted at the start, and each day."),
		blobBytes: gauge(r, "blob_bytes", "Bytes of the images that are stored, as they were counted at the start, and each day."),
		blobsIn:   counter(r, "blob_received_bytes_total", "Bytes of images that boards were given."),

		rooms:   gauge(r, "rooms", "Boards that are in memory."),
		members: gauge(r, "members", "Members of all boards that are connected."),
		behind:  gauge(r, "members_behind", "Members whose queue was dropped because it was full, and who are not up to date again."),

		commits: seconds(r, "commit_seconds",
			"Time from when a board hands its changes to the store until they are durable, or have failed."),
		commitErrors: counter(r, "commit_errors_total", "Commits of a board that have failed; they are tried again."),
		commitBytes:  counter(r, "commit_bytes_total", "Bytes of changes that were stored."),

		frames: newHistogram(r, "delivery_frames", "Frames that had queued for a member when they were handed to its transport, as one message.", 1, 0, 1, 13),
		bytes:  newHistogram(r, "delivery_bytes", "Bytes of such a message.", 1, 6, 2, 8),
		waited: seconds(r, "delivery_wait_seconds", "Time that the oldest frame of such a message had queued."),

		drops: counters(r, "queue_drops_total",
			"Times that a member's queue was full, by what was done: resync (all is dropped and made good from the board), conflate (the newer replaces the older) or drop (the new one is dropped).",
			"policy"),
		dropped: counters(r, "queue_dropped_frames_total", "Frames that were dropped by that.", "policy"),

		talk:    newTalk(r),
		notices: newNotices(r),
		feeds:   newFeeds(r),
	}
	kinds := counters(r, "frames_received_total", "Frames that members have sent, by kind.", "kind")
	for kind, name := range kindNames {
		if name != "" {
			m.received[kind] = kinds.WithLabelValues(name)
		}
	}
	m.unknown = kinds.WithLabelValues("unknown")
	m.counted.MustRegister(m.connections, m.turnedAway, m.refused, m.drops, m.rooms, m.members, m.behind, kinds, m.commitErrors,
		m.feeds.feeds, m.feeds.viewers, m.feeds.published)

	// Those that are there from the start can be added up from the start.
	for _, p := range []room.Policy{room.PolicyResync, room.PolicyConflate, room.PolicyDrop} {
		m.drops.WithLabelValues(string(p))
		m.dropped.WithLabelValues(string(p))
	}

	m.build = gauges(r, "build_info", "Always 1; the labels say what this relay was built of.", "version", "go")
	m.Built("devel")
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Built says of which version the relay is, which is devel until then.
func (m *Metrics) Built(version string) {
	m.build.Reset()
	m.build.WithLabelValues(version, runtime.Version()).Set(1)
}

// kindNames are the labels of the kinds of frames that clients send.
var kindNames = [wire.KindPublish + 1]string{
	wire.KindHello:   "hello",
	wire.KindUpdate:  "update",
	wire.KindCursors: "cursors",
	wire.KindPing:    "ping",
	wire.KindProfile: "profile",
	wire.KindPreview: "preview",
	wire.KindRefresh: "refresh",

	wire.KindSelection: "selection",
	wire.KindViewport:  "viewport",
	wire.KindSignal:    "signal",
	wire.KindSay:       "say",
	wire.KindRecall:    "recall",
	wire.KindTyping:    "typing",
	wire.KindMark:      "mark",
	wire.KindBrowse:    "browse",
	wire.KindSettle:    "settle",
	wire.KindWishes:    "wishes",
	wire.KindSubscribe: "subscribe",
	wire.KindWatch:     "watch",
	wire.KindPublish:   "publish",
}

const namespace = "edgeboard"

func counters(r *prometheus.Registry, name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	r.MustRegister(c)
	return c
}

func counter(r *prometheus.Registry, name, help string) prometheus.Counter {
	return counters(r, name, help).WithLabelValues()
}

func gauges(r *prometheus.Registry, name, help string, labels ...string) *prometheus.GaugeVec {
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, labels)
	r.MustRegister(g)
	return g
}

func gauge(r *prometheus.Registry, name, help string) prometheus.Gauge {
	return gauges(r, name, help).WithLabelValues()
}

// Opened hears that a connection to boards was accepted, and Closed that it has
// ended.
func (m *Metrics) Opened(transport string) {
	if m != nil {
		m.accepted.WithLabelValues(transport).Inc()
		m.connections.WithLabelValues(transport).Inc()
	}
}

// Closed is the end of what began with Opened.
func (m *Metrics) Closed(transport string) {
	if m != nil {
		m.connections.WithLabelValues(transport).Dec()
	}
}

// TurnedAway hears that a connection was refused before it began, and by which
// limit.
func (m *Metrics) TurnedAway(limit string) {
	if m != nil {
		m.turnedAway.WithLabelValues(limit).Inc()
	}
}

// Sockets hears that TCP connections that carry HTTP have come or gone.
func (m *Metrics) Sockets(delta int) {
	if m != nil {
		m.sockets.Add(float64(delta))
	}
}

// Answered hears of the answer to an HTTP request. There must be few routes.
func (m *Metrics) Answered(route string, status int) {
	if m != nil {
		m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	}
}

// Blobs hears how many images are stored, and their bytes.
func (m *Metrics) Blobs(n, bytes int64) {
	if m != nil {
		m.blobs.Set(float64(n))
		m.blobBytes.Set(float64(bytes))
	}
}

// BlobTaken hears of an image that a board was given.
func (m *Metrics) BlobTaken(bytes int) {
	if m != nil {
		m.blobsIn.Add(float64(bytes))
	}
}

// The methods of room.Metrics.

func (m *Metrics) Rooms(delta int)   { m.rooms.Add(float64(delta)) }
func (m *Metrics) Members(delta int) { m.members.Add(float64(delta)) }
func (m *Metrics) Behind(delta int)  { m.behind.Add(float64(delta)) }

func (m *Metrics) Refused(code wire.Code) {
	m.refused.WithLabelValues(strconv.FormatUint(uint64(code), 10)).Inc()
}

func (m *Metrics) Received(kind wire.Kind) {
	if int(kind) < len(m.received) && m.received[kind] != nil {
		m.received[kind].Inc()
		return
	}
	m.unknown.Inc()
}

func (m *Metrics) Committed(took time.Duration, bytes int, err error) {
	m.commits.observe(uint64(max(took, 0) / time.Microsecond))
	if err != nil {
		m.commitErrors.Inc()
		return
	}
	m.commitBytes.Add(float64(bytes))
}

func (m *Metrics) Delivered(frames, bytes int, waited time.Duration) {
	m.frames.observe(uint64(frames))
	m.bytes.observe(uint64(bytes))
	m.waited.observe(uint64(max(waited, 0) / time.Microsecond))
}

func (m *Metrics) Dropped(p room.Policy, frames int) {
	m.drops.WithLabelValues(string(p)).Inc()
	m.dropped.WithLabelValues(string(p)).Add(float64(frames))
}

// ServeHTTP answers with all figures.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	var b bytes.Buffer
	families, err := m.registry.Gather()
	// What could be had counts, also where the process cannot be looked at.
	for _, f := range families {
		if _, e := expfmt.MetricFamilyToText(&b, f); e != nil && err == nil {
			err = e
		}
	}
	if err != nil && b.Len() == 0 {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", string(expfmt.NewFormat(expfmt.TypeTextPlain)))
	w.Write(b.Bytes()) // an error means that the client has gone
}
