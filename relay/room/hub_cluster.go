package room

import (
	"time"

	"edgeboard/shared/wire"
)

// The methods here are what a Cluster tells. They return at once, and keep what they are
// given, which nobody changes afterwards.

// HearUpdates has a board take updates of other relays that are stored, up to a position
// of its log; without updates they were its own. after is the position that was heard
// before, or of the board as it was loaded: what follows something that was dropped is
// dropped too, until Cluster.Again. A board without a room needs to hear nothing.
func (h *Hub) HearUpdates(board string, after, position uint64, updates []byte) {
	h.hearLog(board, logged{after: after, position: position, data: updates})
}

// HearSnapshot has a board take the state of a snapshot too: of one that stands in the
// log as HearUpdates; of one that has all up to a position of the log, with after 0.
func (h *Hub) HearSnapshot(board string, after, position uint64, snapshot []byte) {
	h.hearLog(board, logged{after: after, position: position, data: snapshot, snapshot: true})
}

func (h *Hub) hearLog(board string, e logged) {
	h.mu.Lock()
	r := h.rooms[board]
	h.mu.Unlock()
	if r != nil && r.outside != nil && r.outside.hearLog(e) {
		r.hearing.rouse()
	}
}

// SetEdge says whether what is stored is stored on this relay alone (W110).
func (h *Hub) SetEdge(edge bool) {
	h.outsideAll(func(o *outside) { o.edge = edge }, func() { h.edge = edge })
}

// outsideAll has all rooms, and those that begin, hear something.
func (h *Hub) outsideAll(hear func(o *outside), begins func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.cluster == nil {
		return
	}
	begins()
	for _, r := range h.rooms {
		r.outside.mu.Lock()
		hear(r.outside)
		r.outside.mu.Unlock()
		r.hearing.rouse()
	}
}

// HearPerson tells the members that are a person a frame that may be lost.
func (h *Hub) HearPerson(p wire.Person, frame []byte) {
	h.tellPerson("", p, heard{frame: frame, loose: true})
}

// HearPeer gives what another relay's room of a board has told (Cluster.Tell). Rooms count
// what they tell: what comes twice is ignored, and what is missing asked for.
func (h *Hub) HearPeer(board, relay string, data []byte) {
	h.mu.Lock()
	r := h.rooms[board]
	h.mu.Unlock()
	if r != nil && r.outside != nil {
		r.outside.hearPeer(told{relay: relay, data: data}, h.metrics)
		r.hearing.rouse()
	}
}

// PeerLost says that some of that may be missing, on all boards: of one relay, or, if it
// is empty, of any.
func (h *Hub) PeerLost(relay string) {
	h.outsideAll(func(o *outside) { o.tells(told{relay: relay, lost: true}, h.metrics) }, func() {})
}

// PeerGone says that a relay has no rooms any more.
func (h *Hub) PeerGone(relay string) {
	h.outsideAll(func(o *outside) { o.tells(told{relay: relay, gone: true}, h.metrics) }, func() {})
}

// stamp is a time in milliseconds that is after all stamps of this relay, and after those
// that it has heard: of what one relay knows to come after something of another, the
// stamp says so, however their clocks stand.
func (h *Hub) stamp() uint64 {
	for {
		last := h.clock.Load()
		if next := max(last+1, uint64(time.Now().UnixMilli())); h.clock.CompareAndSwap(last, next) {
			return next
		}
	}
}

// heardStamp notes one of another relay.
func (h *Hub) heardStamp(stamp uint64) {
	for last := h.clock.Load(); stamp > last && !h.clock.CompareAndSwap(last, stamp); last = h.clock.Load() {
	}
}

// ended notes that a room has told the Cluster that it is no more.
func (h *Hub) ended(r *room) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ending[r.name] == r.done {
		delete(h.ending, r.name)
	}
}
