// Package pace decides how latest-wins traffic is sent (R3): how often, and how
// many times each sample, from a short-term prediction of loss and round trip.
// Client and relay use it alike, each for what it sends. It has no clock.
//
// A sample that is lost is made good by the next one, an interval later. The
// last one before a pause has no next one: it is sent Copies times, an interval
// apart, so that what is lost together is not all of its copies. That is forward
// error correction by repetition; who receives drops what it knows by the
// sample's number.
//
// Both quantities are predicted by Holt's linear method (C. C. Holt, 1957):
// smoothed, with a smoothed trend added, so that a path that becomes worse is
// met before the mean says so.
package pace

import "time"

// MaxCopies is how many times at most a sample is sent.
const MaxCopies = 4

// residual is the share of samples of which every copy may be lost.
const residual = 0.001

// Intervals between two datagrams of one sender. Screens show sixty pictures a
// second; ten still look like motion.
const (
	MinInterval = time.Second / 60
	MaxInterval = time.Second / 10
)

// holt predicts the next value of a series.
type holt struct{ level, trend float64 }

// add takes a value, with the weight that it has for the level, 0 to 1.
func (h *holt) add(v, weight float64) {
	before := h.level
	h.level += weight * (v - h.level)
	h.trend += weight / 2 * (h.level - before - h.trend)
}

func (h *holt) next() float64 { return h.level + h.trend }
