package main

import (
	"slices"
	"time"
)

// sighting says that from a time on the newest cursor shown was one made at another. Both times have the same beginning.
type sighting struct{ shown, made time.Duration }

// ageStep is how far apart the times are at which the age of what is shown is taken.
const ageStep = time.Millisecond

// ages returns how old what was shown was, at each ageStep from a time on until another, sorted. The sightings are in the
// order of shown, and the first is not after from.
func ages(list []sighting, from, to time.Duration) []time.Duration {
	var sorted []time.Duration
	at, newest := 0, time.Duration(-1)
	for now := from; now < to; now += ageStep {
		for ; at < len(list) && list[at].shown <= now; at++ {
			newest = max(newest, list[at].made)
		}
		sorted = append(sorted, now-newest)
	}
	slices.Sort(sorted)
	return sorted
}

// quantile returns the part q of sorted values, 0 of none.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[int(q*float64(len(sorted)-1))]
}
