package room_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/wire"
)

// The relay is about to stop: members are told, each with another time to come
// back, and leave when all that they have sent is stored (W62).
func TestW62Drain(t *testing.T) { synctest.Test(t, testW62Drain) }
func testW62Drain(t *testing.T) {
	h := newHouse(t)
	var here []*person
	for r := range board.Replica(20) {
		here = append(here, h.person(r+1))
	}
	synctest.Wait()
	h.store.Hold()
	for _, p := range here {
		p.link.Do(func(s *client.Session) { s.Commit(stroke(s.Doc(), 3)) })
	}
	synctest.Wait()
	drained := make(chan error, 1)
	begin := time.Now()
	go func() { drained <- h.hub.Drain(context.Background()) }()
	time.Sleep(time.Second)
	select {
	case err := <-drained:
		t.Fatalf("Drain returned %v with changes that are not stored", err)
	default:
	}
	late := h.enter(100)
	h.store.Release()
	if err := <-drained; err != nil || time.Since(begin) > 2*time.Second {
		t.Errorf("Drain returned %v after %v", err, time.Since(begin))
	}
	if d := late.wantEnd("who comes while the relay is about to stop", wire.CodeGoingAway); d.RetryMS == 0 {
		t.Error("nobody says when to come back")
	}
	if err := h.hub.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if n := h.stored("b").Len(); n != 20 {
		t.Errorf("%d strokes are stored, want 20", n)
	}
	// They come back one after the other to the next relay.
	next := newHouse(t)
	next.store, next.ledger.Store = h.store, h.store
	h.moving.Lock()
	h.hub = next.hub
	h.moving.Unlock()
	time.Sleep(time.Second)
	for _, p := range here {
		if st := p.status(); st.Phase != client.Live || st.Unsent+st.Sent != 0 {
			t.Errorf("after a second one is %v, with %d unsent and %d not stored", st.Phase, st.Unsent, st.Sent)
		}
		p.link.Do(func(s *client.Session) { wantSame(t, "at the next relay", h.stored("b"), s.Doc()) })
		p.leave()
	}
	next.close()
}

// Who does not leave by itself is sent away soon, with the same time to come back;
// who has not said Hello, at once.
func TestDrainSendsAway(t *testing.T) { inHouse(t, testDrainSendsAway) }
func testDrainSendsAway(h *house) {
	a := h.enter(1)
	silent := h.visit(2) // has not said Hello
	silent.listen()
	synctest.Wait()
	begin := time.Now()
	drained := make(chan error)
	go func() { drained <- h.hub.Drain(h.t.Context()) }()
	synctest.Wait()
	silent.wantEnd("without a Hello", wire.CodeGoingAway)
	told := of(wire.KindMoved, a.got())
	var moved wire.Moved
	if len(told) != 1 || moved.Parse(told[0]) != nil || moved.AfterMS < 100 {
		h.t.Errorf("a member was told %d times, at last %+v; want once, and when to come back", len(told), moved)
	}
	a.draw()
	a.wantAck("what is sent meanwhile is stored", a.got(), a.has(1))
	a.wantStays("for two seconds")
	if err := <-drained; err != nil || time.Since(begin) != 2*time.Second {
		h.t.Errorf("Drain returned %v after %v", err, time.Since(begin))
	}
	if d := a.wantEnd("after two seconds", wire.CodeGoingAway); d.RetryMS < moved.AfterMS {
		h.t.Errorf("it is told to come back after %d ms, and was told %d before", d.RetryMS, moved.AfterMS)
	}
}

// A store that hangs is not waited for longer than the context lasts.
func TestDrainEnds(t *testing.T) { synctest.Test(t, testDrainEnds) }
func testDrainEnds(t *testing.T) {
	h := newHouse(t)
	a := h.enter(1)
	h.store.Hold()
	a.drawMuch(4<<20 + 64<<10) // so much that the room takes no more
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	begin := time.Now()
	if err := h.hub.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != 3*time.Second {
		t.Errorf("Drain returned %v after %v, want its context's error when that ends", err, time.Since(begin))
	}
	h.close()
}

// A relay without members is drained at once.
func TestDrainNobody(t *testing.T) { inHouse(t, testDrainNobody) }
func testDrainNobody(h *house) {
	if err := h.hub.Drain(h.t.Context()); err != nil {
		h.t.Error(err)
	}
}
