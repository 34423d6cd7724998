package metrics

import (
	"math"
	"time"
)

// Figures are what a relay shows of itself, of all that Metrics have. What is counted is
// counted from the start of the relay.
type Figures struct {
	// By their labels: the transport, the limit, the close code, the policy.
	Connections, TurnedAway, Refused, Drops map[string]float64

	Rooms, Members, Behind float64
	Received               float64 // frames of members
	Frames, Bytes          float64 // that were handed to transports
	CommitErrors           float64
	Commits                Times
	Feeds, Viewers         float64
	Published              float64 // points of feeds
}

// Figures returns those of now.
func (m *Metrics) Figures() Figures {
	f := Figures{
		Frames: float64(m.frames.sum.Load()), Bytes: float64(m.bytes.sum.Load()),
		Connections: map[string]float64{}, TurnedAway: map[string]float64{}, Refused: map[string]float64{}, Drops: map[string]float64{},
	}
	for i := range f.Commits {
		f.Commits[i] = m.commits.counts[i].Load()
	}
	labelled := map[string]map[string]float64{
		"connections": f.Connections, "connections_turned_away_total": f.TurnedAway,
		"connections_refused_total": f.Refused, "queue_drops_total": f.Drops,
	}
	sums := map[string]*float64{
		"rooms": &f.Rooms, "members": &f.Members, "members_behind": &f.Behind, "frames_received_total": &f.Received,
		"commit_errors_total": &f.CommitErrors, "feeds": &f.Feeds, "feed_viewers": &f.Viewers,
		"feed_points_published_total": &f.Published,
	}
	// Not those of the runtime and the process, which take much longer.
	families, err := m.counted.Gather()
	if err != nil {
		panic(err) // of counters and gauges that do not contradict each other
	}
	for _, family := range families {
		name := family.GetName()[len(namespace)+1:]
		by, sum := labelled[name], sums[name]
		for _, metric := range family.GetMetric() {
			v := metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
			switch {
			case by != nil:
				by[metric.GetLabel()[0].GetValue()] = v
			case sum != nil:
				*sum += v
			}
		}
	}
	return f
}

// Times are how many things took how long: powers of two of microseconds.
type Times [maxBuckets + 1]uint64

// Since returns those that have come after others.
func (t Times) Since(before Times) Times {
	for i := range t {
		t[i] -= before[i]
	}
	return t
}

// N returns how many there are.
func (t Times) N() (n uint64) {
	for _, count := range t {
		n += count
	}
	return n
}

// Quantile returns the time within which a part of them was done, 0 to 1, as near as the
// buckets tell; 0 of none.
func (t Times) Quantile(part float64) time.Duration {
	n := t.N()
	if n == 0 {
		return 0
	}
	rank := max(math.Ceil(part*float64(n)), 1)
	seen, low := 0.0, 0.0
	for i, count := range t {
		high := float64(uint64(1) << (timesFirst + i))
		if i == len(t)-1 {
			high = low // nothing says how much more it was
		}
		if seen += float64(count); seen >= rank {
			within := 1 - (seen-rank)/float64(count)
			return time.Duration((low + (high-low)*within) * float64(time.Microsecond))
		}
		low = high
	}
	panic("metrics: fewer times than were counted")
}
