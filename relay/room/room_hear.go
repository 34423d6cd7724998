package room

import (
	"sync"
	"time"
)

// hearing is what comes to a room from elsewhere and is to be told to its members.
// Whoever brings it does not wait for the room, which may wait for the store.
type hearing struct {
	wake chan struct{} // something waits

	mu     sync.Mutex
	list   []heard
	bytes  int // of list
	missed int // frames that were dropped because it was too much
}

// heard is a durable frame to be told.
type heard struct {
	to    *member // alone; nil: all members
	frame []byte  // nil: only that it is late has changed
	loose bool    // it may be dropped
}

// hear takes what is to be told, from any goroutine.
func (r *room) hear(what heard) {
	h := &r.hearing
	h.mu.Lock()
	switch full := h.bytes+len(what.frame) > maxHeard || h.missed > 0; {
	case full && what.loose:
		h.mu.Unlock()
		r.hub.metrics.Dropped(PolicyDrop, 1)
		return
	case full:
		h.missed += len(h.list) + 1
		h.list, h.bytes = nil, 0
	default:
		h.list = append(h.list, what)
		h.bytes += len(what.frame)
	}
	h.mu.Unlock()
	h.rouse()
}

// rouse wakes the room.
func (h *hearing) rouse() {
	select {
	case h.wake <- struct{}{}:
	default: // it will be found with what waits
	}
}

// tellHeard tells what was heard: at once where it is for one member, and with what
// is stored of the board where it is for all. If it was too much, the members are
// welcomed once more, and then see for themselves what they have missed.
func (r *room) tellHeard() {
	if r.outside != nil {
		r.takeOutside()
	}
	h := &r.hearing
	h.mu.Lock()
	list, missed := h.list, h.missed
	h.list, h.bytes, h.missed = nil, 0, 0
	h.mu.Unlock()
	if missed > 0 {
		r.hub.metrics.Dropped(PolicyResync, missed)
		for _, m := range r.members {
			r.sync(m)
		}
	}
	now := time.Now()
	for _, what := range list {
		switch {
		case what.to == nil:
			r.spoken = append(r.spoken, what.frame)
		case what.to.joined:
			if what.frame != nil {
				what.to.push(r, now, what.frame)
			}
			r.notify(what.to)
		}
	}
	r.speak()
}
