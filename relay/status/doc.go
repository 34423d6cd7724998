// Package status is a relay's board of its own figures, _status (W109): what is on it,
// and what its tiles show.
//
// The board is laid out by this version of the relay ([Snapshot]) and kept nowhere. What
// its tiles show are feeds: [Figures] publishes them once a second, while somebody looks,
// and does nothing otherwise (R10). The warnings and errors of the log come by [Log],
// which remembers the last ones for who looks later.
//
// The package knows no room and no transport, and not who may see the board.
package status

import (
	"time"

	"edgeboard/relay/feed"
	"edgeboard/relay/metrics"
)

// Config is what Figures are made of.
type Config struct {
	// Version is that of the relay. Default: "devel".
	Version string
	// Publish takes what is measured, as feed.Desk does for the board.
	Publish func(...feed.Batch) error
	Metrics *metrics.Metrics
	// Log has the warnings and errors of the relay; nil: none are shown.
	Log *Log
	// Age is how old what is published may be. Default: 1 h.
	Age time.Duration
	// State says in a few words how the relay is.
	State func() string
	// Now is the time. Default: time.Now.
	Now func() time.Time
}

// Times and sizes.
const (
	every = time.Second
	// fresh is how old the last figures may be for who reads them once.
	fresh = every
	// recent is over how many measurements the times of commits are told: one a second.
	recent = 10
	// linesKept is how many lines of the log are remembered.
	linesKept = 100
)
