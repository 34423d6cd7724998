// Package feed keeps live data on the relay: the feeds of each board, with the last
// points of each, and tells them to whoever watches (R3, W101 to W107).
//
// A [Desk] takes points from programs ([Desk.Publish]), which any transport may bring,
// and tells them to viewers, who are members of a room ([Desk.Watch]), and to readers
// ([Desk.Follow]). It knows no room, no transport and no store: nothing of it outlives
// the relay. All methods may be called from many goroutines.
//
// What was published within 50 ms is told together. A feed's points are packed once for
// all who are told the same (R5): those with the same wishes make a class, and those who
// watch the same feeds besides share the frame too. A viewer that does not keep up is
// told the last points when it reads again, and none of those between: it holds up
// nobody, and its queue is bounded (R4).
package feed

import (
	"fmt"
	"time"

	"edgeboard/shared/feed"
	"edgeboard/shared/wire"
)

// Config is what a Desk is made of. The zero value of a field stands for its default.
type Config struct {
	Limits  Limits
	Metrics Metrics          // nobody listens
	Now     func() time.Time // time.Now
	// Heard is called with what was published on a board and was taken, before Publish
	// returns. It returns at once, and keeps no points.
	Heard func(board, name string, points []feed.Point)
}

// Limits bound what a Desk keeps. The zero value of a field stands for its default.
//
//	field      what happens beyond it
//	Feeds      who would publish another feed on the board is told so (Most)
//	All        the same, of all boards together
//	Points     the oldest point is dropped
//	Age        older points are dropped, and feeds of which none is left after another day
//	Rate       who publishes is told to come again later (Most)
type Limits struct {
	Feeds  int           // of one board; default 1,000
	All    int           // of all boards; default 10,000
	Points int           // of one feed; default 1,000
	Age    time.Duration // of a point; default 1 h
	Rate   int           // points a second of one board, on average over 10 s; default 20,000
}

// Metrics hears what happens at a Desk. Its methods return at once.
type Metrics interface {
	Published(points int)     // that were taken
	Refused(why Why)          // a Publish
	Told(points, bytes int)   // to one viewer, in one message
	Conflated()               // a viewer did not keep up
	Feeds(delta, viewers int) // feeds that are kept, and viewers, more or less
}

// Ahead is how far the clock of who publishes may be ahead of the relay's.
const Ahead = time.Minute

// Batch is points of one feed, the oldest first. A Time of 0 is the Desk's clock.
type Batch struct {
	Feed   string
	Points []feed.Point
}

// Why says why something was not taken.
type Why uint32

// The reasons, by their numbers on the wire (W107).
const (
	Value Why = wire.PublishedValue // a name, a time or a value is none, or not of the feed's type
	Order Why = wire.PublishedOrder // a point is not newer than the one before it
	Most  Why = wire.PublishedMost  // there are as many feeds or points as there may be
)

// Error says why something was not taken; then nothing of it was.
type Error struct {
	Why   Why
	Field string // feed, time, value or samples: what was wrong
	Feed  string // of which feed
	Index int    // which of its points, counted from 0; -1: none
	// Reason says it for people, without Feed and Index.
	Reason string
	Retry  time.Duration // of Most: when to come again; 0: not known
}

func (e *Error) Error() string {
	if e.Index >= 0 {
		return fmt.Sprintf("feed %q, point %d: %s", e.Feed, e.Index, e.Reason)
	}
	return fmt.Sprintf("feed %q: %s", e.Feed, e.Reason)
}

// Info is what there is of a feed.
type Info struct {
	Name   string
	Type   feed.Type
	Points int        // that are kept
	Last   feed.Point // the last one; zero if all were too old
}

// Mark is a place in what was published on this relay, of all feeds: it ascends with
// each point.
type Mark uint64

// Beginning is before all that was ever published.
const Beginning Mark = 1

// Marked is a point and where it stands.
type Marked struct {
	Feed  string
	Point feed.Point
	Mark  Mark
}
