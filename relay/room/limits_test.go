package room_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/room"
	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

func TestRoomsAndMembersAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, room.Limits{Rooms: 1, Members: 2})
		defer h.close()
		a, b := h.enter(1), h.enter(2)
		c := h.enter(3)
		if d := c.wantEnd("a third member", wire.CodeOverloaded); d.RetryMS == 0 {
			t.Error("nobody says when to come back")
		}
		other := h.visit(4)
		hello := other.hello()
		hello.Board = "another"
		other.say(hello)
		other.listen()
		if d := other.wantEnd("a second board", wire.CodeOverloaded); d.RetryMS == 0 {
			t.Error("nobody says when to come back")
		}
		// One that is here already comes back although the board is full.
		again := h.enter(2)
		b.wantEnd("the connection before", wire.CodeReplaced)
		again.wantStays("the connection after")
		a.leave()
		d := h.enter(5)
		d.wantStays("when there is room again")
		if h.metrics.refused[wire.CodeOverloaded] != 2 {
			t.Errorf("the metrics say %v were refused", h.metrics.refused)
		}
	})
}

// Who sends too much is read more slowly: nothing is lost, and nobody else waits.
func TestMemberRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rate = 64 << 10
		h := newHouse(t, room.Limits{MemberRate: rate})
		defer h.close()
		a, b := h.enter(1), h.enter(2)
		begin := time.Now()
		const sent = 40 * rate
		for range sent / board.MaxValue / 4 {
			e := a.doc.Edit()
			id := e.Create(board.KindNote)
			for key := range board.Key(4) {
				e.Set(id, 100+key, board.String(string(make([]byte, board.MaxValue))))
			}
			if err := a.conn.Send(context.Background(), message(&wire.Update{Data: e.Commit()})); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			now := time.Now()
			b.draw()
			b.wantAck("one who sends little", b.got(), b.has(2))
			if time.Since(now) != 0 {
				t.Fatal("one who sends little waits")
			}
		}
		if took := time.Since(begin); took < 28*time.Second || took > 32*time.Second {
			t.Errorf("40 s worth of bytes took %v, want 30 s: ten are saved up", took)
		}
		a.wantStays("who sent too much")
		time.Sleep(10 * time.Second)
		wantSame(t, "in the end", a.doc, b.doc, h.stored("b"))
	})
}

// A connection that ends while it is slowed down is let go at once.
func TestMemberRateEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, room.Limits{MemberRate: 1})
		a := h.enter(1)
		a.draw()
		h.close()
		a.wantEnd("the relay closes", wire.CodeGoingAway)
	})
}
