package room

import (
	"context"
	"math/rand/v2"
	"time"

	"edgeboard/shared/wire"
)

// Members come back after a time of which each is given another, spread so that
// about so many come in a second; the least is for the next relay to start.
const (
	comeBackRate  = 2000
	comeBackLeast = 200 * time.Millisecond
	comeBackMost  = 30 * time.Second
)

// stays is how long after Moved a member may stay: one that does not know that
// message, or has so much to say.
const stays = 2 * time.Second

// Drain tells all members that the relay is about to stop (W62), sends those away
// that have not left soon, and returns when all have gone, or with ctx's error. Who
// comes from now on is told 1001. Rooms go on: what is sent is stored and told.
func (h *Hub) Drain(ctx context.Context) error {
	h.mu.Lock()
	if !h.moved {
		h.moved = true
		if len(h.serving) == 0 {
			h.allLeft()
		}
	}
	rooms := make([]*room, 0, len(h.rooms))
	for _, r := range h.rooms {
		rooms = append(rooms, r)
	}
	for m := range h.serving {
		if !m.entered {
			m.end(errGoingAway)
		}
	}
	spread := min(comeBackLeast+time.Duration(len(h.serving))*time.Second/comeBackRate, comeBackMost)
	h.mu.Unlock()
	for _, r := range rooms {
		// A room that waits for its store takes it later.
		h.wg.Go(func() { r.post(&event{kind: moving, spread: spread}) })
	}
	select {
	case <-h.left:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// allLeft ends the wait of Drain. The caller holds mu. Who comes afterwards is sent
// away, and may make it happen again.
func (h *Hub) allLeft() {
	select {
	case <-h.left:
	default:
		close(h.left)
	}
}

// sendAway tells the members Moved, and where to.
func (r *room) sendAway(spread time.Duration) {
	r.moved, r.stay = true, time.After(stays)
	now, to := time.Now(), ""
	if r.hub.cluster != nil {
		to = r.hub.cluster.Elsewhere(r.name)
	}
	for _, m := range r.members {
		m.after = uint32((comeBackLeast/2 + rand.N(spread)).Milliseconds())
		m.push(r, now, wire.AppendFrame(nil, 0, &wire.Moved{AfterMS: m.after, To: to}))
	}
}

// endStay sends away who has not left.
func (r *room) endStay() {
	for _, m := range r.writers { // also those that wait to be welcomed
		m.end(&denial{code: wire.CodeGoingAway, reason: errGoingAway.reason, retryMS: max(m.after, errGoingAway.retryMS)})
	}
}
