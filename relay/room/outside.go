package room

import (
	"sync"
	"time"
)

// outside is what a room hears from other relays and has not looked at yet. Whoever
// brings it does not wait for the room; the room is woken by hearing.wake.
type outside struct {
	mu   sync.Mutex
	edge bool

	// Of the board's log. heard is the position up to which it goes without a gap: what
	// the room has taken, and then list. It begins where the first entry does.
	list    []logged
	bytes   int
	begun   bool
	heard   uint64
	taken   uint64    // by the room
	again   bool      // some of it was dropped
	asked   time.Time // for it
	resumed bool      // something that was not dropped has come since

	// What rooms of other relays have told.
	told      []told
	toldBytes int
}

// told is what a room of another relay has told, or what is known of the relay.
type told struct {
	relay string // of lost, empty: any
	data  []byte
	lost  bool // something it has told may be missing
	gone  bool
}

// logged is an entry of a board's log.
type logged struct {
	after, position uint64 // of the entry before, and its own
	data            []byte // updates of another relay, or nothing
	snapshot        bool   // data is one
}

// loggedCost is about how many bytes an entry takes besides its data.
const loggedCost = 64

// hearLog takes an entry, and reports whether there is something for the room to do. If it
// is too much for the queue all of that is dropped (R4), and what comes afterwards, until
// the Cluster has begun once more with what was dropped.
func (o *outside) hearLog(e logged) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.begun {
		o.begun, o.heard, o.taken = true, e.after, e.after
	}
	last := len(o.list) - 1
	cost := len(e.data) + loggedCost
	switch {
	case e.after > o.heard:
		o.again = true
		return true
	case e.position <= o.heard && !e.snapshot:
		return false // it has come before
	case len(e.data) == 0 && last >= 0 && !o.list[last].snapshot:
		o.list[last].position = e.position
	case last >= 0 && o.bytes+cost > maxHeard:
		o.list, o.bytes, o.heard, o.again = nil, 0, o.taken, true
		return true
	default:
		o.list = append(o.list, e)
		o.bytes += cost
	}
	o.heard, o.resumed = max(o.heard, e.position), true
	return true
}

// takeLog returns what has come of the log, and up to which position. again asks for what
// was dropped: once for each time that something was, and if nothing comes of it once more
// after a while.
func (o *outside) takeLog(now time.Time) (list []logged, through uint64, again bool, wait time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	list, o.list, o.bytes = o.list, nil, 0
	o.taken = o.heard
	if !o.again {
		return list, o.taken, false, 0
	}
	if wait = askAgain - now.Sub(o.asked); wait > 0 && !o.resumed {
		return list, o.taken, false, wait
	}
	o.again, o.resumed, o.asked = false, false, now
	return list, o.taken, true, 0
}

// begin forgets what has come of the log: it was meant for the room before.
func (o *outside) begin() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.list, o.bytes, o.begun, o.again = nil, 0, false, false
	o.heard, o.taken = 0, 0
}

// hearPeer takes what another relay's room has told. If it is too much for the queue all of
// it is dropped, and asked for once more.
func (o *outside) hearPeer(t told, metrics Metrics) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tells(t, metrics)
}

// tells is hearPeer. The caller holds mu.
func (o *outside) tells(t told, metrics Metrics) {
	cost := len(t.data) + loggedCost
	if len(o.told) > 0 && o.toldBytes+cost > maxTold {
		metrics.Dropped(PolicyResync, len(o.told)+1)
		o.told, o.toldBytes = nil, 0
		t, cost = told{lost: true}, loggedCost
	}
	o.told = append(o.told, t)
	o.toldBytes += cost
}

// takeTold returns what was told.
func (o *outside) takeTold() (list []told) {
	o.mu.Lock()
	defer o.mu.Unlock()
	list, o.told, o.toldBytes = o.told, nil, 0
	return list
}
