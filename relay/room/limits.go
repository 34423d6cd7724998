package room

import (
	"time"

	"edgeboard/shared/wire"
)

// Limits bound what a Hub serves. The zero value of a field stands for its
// default.
//
//	field       what happens beyond it
//	Rooms       who would need another one is told 4011 and when to come back
//	Members     the same
//	BoardBytes  whose update would be too much is told 4009; all else goes on
//	MemberRate  the member is read more slowly, so that its transport slows it down
//
// Besides its members a board shows as many of other relays as it may have members, and
// never more than wire.MaxCursors together: others draw on it all the same, but are not
// seen here.
//
// Those of single messages stand in package wire, and those of documents in
// package board.
type Limits struct {
	Rooms   int // boards in memory at once; default 20,000
	Members int // of one board; default 2,000
	// BoardBytes is how much the store may have of one board, snapshot and updates
	// since; default 64 MiB.
	BoardBytes int
	// MemberRate is how many bytes a second a member may send, on average over some
	// ten seconds; default 1 MiB.
	MemberRate int
}

// WithDefaults fills in what is not set.
func (l Limits) WithDefaults() Limits {
	for _, f := range []struct {
		v *int
		d int
	}{{&l.Rooms, 20_000}, {&l.Members, 2000}, {&l.BoardBytes, 64 << 20}, {&l.MemberRate, 1 << 20}} {
		if *f.v <= 0 {
			*f.v = f.d
		}
	}
	return l
}

// remotes is how many members of other relays a board shows.
func (l *Limits) remotes() int { return max(min(l.Members, wire.MaxCursors-l.Members), 0) }

// burst is for how many seconds a member may save its rate up.
const burst = 10

// allowance is what a member may still send, in bytes or frames, as of a time. It
// counts by the monotonic clock. It belongs to the member's own goroutine.
type allowance struct {
	rate int // a second
	most int // is saved up
	left float64
	at   time.Time
}

func newAllowance(rate, most int, now time.Time) allowance {
	return allowance{rate, most, float64(most), now}
}

// spend takes n off and returns how long to wait before the next ones.
func (a *allowance) spend(n int, now time.Time) time.Duration {
	rate := float64(a.rate)
	a.left = min(a.left+now.Sub(a.at).Seconds()*rate, float64(a.most)) - float64(n)
	a.at = now
	if a.left >= 0 {
		return 0
	}
	return time.Duration(-a.left / rate * float64(time.Second))
}

// Policy names what happens when a queue is full (R4).
type Policy string

const (
	// PolicyResync: durable frames are dropped, and the member is brought up to date
	// from the document when it reads again. What has come of other relays is dropped, and
	// asked for once more.
	PolicyResync Policy = "resync"
	// PolicyConflate: of cursors, of what members have in hand and of where they look,
	// the newest takes the place of those before it.
	PolicyConflate Policy = "conflate"
	// PolicyDrop: previews are dropped, Signals beyond their rate, what a member has in
	// hand where the board has too much of that, and members of other relays who are more
	// than a board shows.
	PolicyDrop Policy = "drop"
)

// Metrics hears what happens in rooms, for the operator. Its methods are called
// often, from many goroutines, and return at once.
type Metrics interface {
	Rooms(delta int)         // boards in memory
	Members(delta int)       // members that were welcomed
	Behind(delta int)        // members whose queue was dropped, until they are up to date
	Received(kind wire.Kind) // a frame of a member
	Refused(code wire.Code)  // the relay has ended a connection on purpose
	Dropped(p Policy, n int) // a queue was full, and n frames went that way
	// Committed tells that the store has taken bytes of a board, or an error.
	Committed(took time.Duration, bytes int, err error)
	// Delivered tells that one message was handed to a member's transport, with so
	// many frames or groups of frames in so many bytes, of which the oldest had
	// waited so long.
	Delivered(frames, bytes int, waited time.Duration)
}

// noMetrics is for who does not listen.
type noMetrics struct{}

func (noMetrics) Rooms(int)                           {}
func (noMetrics) Members(int)                         {}
func (noMetrics) Behind(int)                          {}
func (noMetrics) Received(wire.Kind)                  {}
func (noMetrics) Refused(wire.Code)                   {}
func (noMetrics) Dropped(Policy, int)                 {}
func (noMetrics) Committed(time.Duration, int, error) {}
func (noMetrics) Delivered(int, int, time.Duration)   {}
