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

// Drain tells all members that the relay is about to stop (W62) and returns when
// they have left, or with ctx's error. Who comes from now on is told 1001. Rooms go
// on: what is sent is stored and told.
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
	spread := min(comeBackLeast+time.Duration(len(h.serving))*time.Second/comeBackRate, comeBackMost)
	h.mu.Unlock()
	for _, r := range rooms {
		// A room that waits for its store takes it later.
		h.wg.Go(func() { r.post(event{kind: moving, spread: spread}) })
	}
	select {
	case <-h.left:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// allLeft ends the wait of Drain. The caller holds mu. After it, who comes is still
// served until it has said Hello.
func (h *Hub) allLeft() {
	select {
	case <-h.left:
	default:
		close(h.left)
	}
}

// sendAway tells the members Moved.
func (r *room) sendAway(spread time.Duration) {
	r.moved = true
	now := time.Now()
	for _, m := range r.members {
		after := comeBackLeast/2 + rand.N(spread)
		m.push(r, now, wire.AppendFrame(nil, 0, &wire.Moved{AfterMS: uint32(after.Milliseconds())}))
	}
}
