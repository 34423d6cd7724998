package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"edgeboard/relay/feed"
)

// Feeds hears of live data. It is feed.Metrics.
type Feeds struct {
	published, told, bytes, conflated prometheus.Counter
	refused                           *prometheus.CounterVec
	feeds, viewers                    prometheus.Gauge
	pulls                             *prometheus.CounterVec
	up                                *prometheus.GaugeVec
}

var _ feed.Metrics = (*Feeds)(nil)

// whys are the labels of why something was not taken.
var whys = map[feed.Why]string{feed.Value: "value", feed.Order: "order", feed.Most: "most"}

// Outcomes of asking a Prometheus.
const (
	PullPublished = "published"
	PullFailed    = "failed"
)

func newFeeds(r *prometheus.Registry) *Feeds {
	f := &Feeds{
		published: counter(r, "feed_points_published_total", "Points of live data that were taken."),
		refused:   counters(r, "feed_publishes_refused_total", "Times that points were not taken, by why: value (a name, a time or a value is none, or not of the feed's type), order (a point is not newer than the last one), most (there are as many as there may be).", "why"),
		told:      counter(r, "feed_points_told_total", "Points that members were told."),
		bytes:     counter(r, "feed_told_bytes_total", "Bytes of the messages that told them."),
		conflated: counter(r, "feed_conflated_total", "Times that a member did not keep up, and is told the last points alone when it reads again."),
		feeds:     gauge(r, "feeds", "Feeds that are kept."),
		viewers:   gauge(r, "feed_viewers", "Members who are told of live data."),
		pulls:     counters(r, "feed_pulls_total", "Times that a Prometheus was asked, by outcome: published or failed.", "outcome"),
		up:        gauges(r, "feed_pull_up", "Whether a Prometheus has answered last time, of what -feed-pulls names.", "board", "feed"),
	}
	for _, why := range whys {
		f.refused.WithLabelValues(why)
	}
	for _, outcome := range []string{PullPublished, PullFailed} {
		f.pulls.WithLabelValues(outcome)
	}
	return f
}

// Feeds is for live data; of a nil Metrics it is nil, which hears of pulls and does
// nothing.
func (m *Metrics) Feeds() *Feeds {
	if m == nil {
		return nil
	}
	return m.feeds
}

// The methods of feed.Metrics.

func (f *Feeds) Published(points int) { f.published.Add(float64(points)) }

func (f *Feeds) Refused(why feed.Why) {
	name, ok := whys[why]
	if !ok {
		name = "unknown"
	}
	f.refused.WithLabelValues(name).Inc()
}

func (f *Feeds) Told(points, bytes int) {
	f.told.Add(float64(points))
	f.bytes.Add(float64(bytes))
}

func (f *Feeds) Conflated() { f.conflated.Inc() }

func (f *Feeds) Feeds(delta, viewers int) {
	f.feeds.Add(float64(delta))
	f.viewers.Add(float64(viewers))
}

// Pulled hears that a Prometheus was asked for what is published to a feed. There are as
// many as the operator has named.
func (f *Feeds) Pulled(board, name string, ok bool) {
	if f == nil {
		return
	}
	outcome, up := PullFailed, 0.0
	if ok {
		outcome, up = PullPublished, 1
	}
	f.pulls.WithLabelValues(outcome).Inc()
	f.up.WithLabelValues(board, name).Set(up)
}
