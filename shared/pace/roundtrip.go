package pace

import "time"

// RoundTrip is what is known of a path's round trip. The zero value knows
// nothing.
type RoundTrip struct {
	mean   holt
	dev    float64 // mean deviation
	least  float64 // the path without a queue
	sample bool
}

// Sample takes a round trip that was measured.
func (r *RoundTrip) Sample(d time.Duration) {
	v := float64(max(d, time.Microsecond))
	if !r.sample {
		*r = RoundTrip{mean: holt{level: v}, dev: v / 2, least: v, sample: true}
		return
	}
	// RFC 6298, section 2: the deviation is from the mean before.
	r.dev += (abs(r.mean.level-v) - r.dev) / 4
	r.mean.add(v, 1.0/8)
	// A path may become longer for good: what is least is forgotten slowly.
	r.least = min(v, r.least+(v-r.least)/100)
}

// Mean returns the smoothed round trip (RFC 6298), 0 if none was measured.
func (r *RoundTrip) Mean() time.Duration { return time.Duration(r.mean.level) }

// Jitter returns the mean deviation of the round trip (RFC 6298).
func (r *RoundTrip) Jitter() time.Duration { return time.Duration(r.dev) }

// Least returns about the shortest round trip there was lately.
func (r *RoundTrip) Least() time.Duration { return time.Duration(r.least) }

// Interval returns how far apart to send, MinInterval to MaxInterval. Where
// round trips grow beyond what the path needs and its jitter explains, something
// queues, and what is sent on top would only be older when it arrives: then it
// is a quarter of the delay that the queue is expected to have.
func (r *RoundTrip) Interval() time.Duration {
	queue := r.mean.next() - r.least - r.dev
	return min(max(time.Duration(queue/4), MinInterval), MaxInterval)
}

func abs(v float64) float64 { return max(v, -v) }
