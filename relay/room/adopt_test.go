package room_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"edgeboard/relay/room"
	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// archived is a board as a backup has it.
func archived(notes int) *board.Board {
	b := board.New(77)
	for range notes {
		e := b.Edit()
		e.Splice(e.Create(board.KindNote), board.Chars, 0, 0, "from a backup")
		e.Commit()
	}
	return b
}

func TestAdopt(t *testing.T) { inHouse(t, testAdopt) }
func testAdopt(h *house) {
	b := archived(3)
	hash, err := h.hub.Adopt(h.t.Context(), "b", b.Snapshot(), false)
	if err != nil || hash != b.Hash() {
		h.t.Errorf("the board is %x, want %x: %v", hash, b.Hash(), err)
	}
	wantSame(h.t, "as the store has it", b, h.stored("b"))
	a := h.enter(1)
	a.got()
	wantSame(h.t, "for who comes", b, a.doc)
	a.draw()
	a.wantAck("for what is drawn then", a.got(), a.doc.Seq(1))
	wantSame(h.t, "with what is drawn then", a.doc, h.stored("b"))

	// A second time the board is there, and stays as it is.
	if _, err := h.hub.Adopt(h.t.Context(), "b", archived(1).Snapshot(), false); !errors.Is(err, room.ErrBoardThere) {
		h.t.Errorf("again: %v", err)
	}
	wantSame(h.t, "after a second time", a.doc, h.stored("b"))
	a.wantStays("after a second time")
	a.leave()
	h.unload()
	wantSame(h.t, "when it is loaded again", a.doc, h.stored("b"))
}

// Members of a board that takes a snapshot come back, and lose nothing.
func TestAdoptMerges(t *testing.T) { inHouse(t, testAdoptMerges) }
func testAdoptMerges(h *house) {
	a := h.enter(1)
	a.draw()
	a.got()
	both := board.New(0)
	for _, x := range []*board.Board{archived(2), a.doc} {
		if err := both.Merge(x.Snapshot()); err != nil {
			h.t.Fatal(err)
		}
	}
	for range 2 { // to merge twice is to merge once
		hash, err := h.hub.Adopt(h.t.Context(), "b", archived(2).Snapshot(), true)
		if err != nil || hash != both.Hash() {
			h.t.Errorf("the board is %x, want %x: %v", hash, both.Hash(), err)
		}
		wantSame(h.t, "as the store has it", both, h.stored("b"))
	}
	if d := a.wantEnd("its board is another now", wire.CodeGoingAway); d.RetryMS == 0 {
		h.t.Errorf("it is not told to come back: %+v", d)
	}
	again := h.visit(1)
	again.doc = a.doc
	again.say(again.hello())
	again.listen()
	again.got()
	wantSame(h.t, "for who comes back", both, again.doc)
	again.draw()
	again.wantAck("for what is drawn then", again.got(), again.doc.Seq(1))
}

// What cannot be stored, or is no snapshot, changes nothing.
func TestAdoptFails(t *testing.T) { inHouse(t, testAdoptFails) }
func testAdoptFails(h *house) {
	a := h.enter(1)
	a.draw()
	a.got()
	was := h.stored("b")
	if _, err := h.hub.Adopt(h.t.Context(), "other", []byte("hello"), false); !errors.As(err, new(board.Error)) {
		h.t.Errorf("of bytes that are none: %v", err)
	}
	if _, err := h.hub.Adopt(h.t.Context(), "b", []byte("hello"), true); !errors.As(err, new(board.Error)) {
		h.t.Errorf("of bytes that are none: %v", err)
	}
	h.store.Fail(errors.New("the disk is full"))
	if _, err := h.hub.Adopt(h.t.Context(), "b", archived(1).Snapshot(), true); !errors.Is(err, room.ErrAdoptNow) {
		h.t.Errorf("with a full disk: %v", err)
	}
	a.wantStays("with a full disk")
	// Members' changes that wait for the disk come first, and it has to have them.
	a.draw()
	a.got()
	if _, err := h.hub.Adopt(h.t.Context(), "b", archived(1).Snapshot(), true); !errors.Is(err, room.ErrAdoptNow) {
		h.t.Errorf("with changes that wait: %v", err)
	}
	h.store.Fail(nil)
	wantSame(h.t, "with a full disk", was, h.stored("b"))
	h.settle()
	wantSame(h.t, "when the disk works again", a.doc, h.stored("b"))

	// Who asks may go away; a second one at the same time is to come again.
	h.store.Hold()
	ctx, stop := context.WithCancel(h.t.Context())
	first := make(chan error, 1)
	go func() {
		_, err := h.hub.Adopt(ctx, "slow", archived(1).Snapshot(), false)
		first <- err
	}()
	synctest.Wait()
	stop()
	if err := <-first; !errors.Is(err, context.Canceled) {
		h.t.Errorf("it has gone, and hears %v", err)
	}
	h.store.Release()
	synctest.Wait()
	wantSame(h.t, "of who has gone", archived(1), h.stored("slow"))
}

func TestAdoptLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, room.Limits{BoardBytes: 1000})
		defer h.close()
		if _, err := h.hub.Adopt(t.Context(), "b", archived(100).Snapshot(), false); !errors.Is(err, room.ErrBoardSize) {
			t.Errorf("of a board that is too large: %v", err)
		}
	})
}

func TestPresent(t *testing.T) { inHouse(t, testPresent) }
func testPresent(h *house) {
	h.enter(1)
	h.enter(2)
	ann := func(hello *wire.Hello) { hello.Secret = "a secret that Ann alone has" }
	h.enterAs(3, ann)
	h.enterAs(4, ann) // another page of hers
	h.enterAs(5, func(hello *wire.Hello) { ann(hello); hello.Board = "other" })
	if got := h.hub.Present(); len(got) != 2 || got["b"] != 3 || got["other"] != 1 {
		h.t.Errorf("there are %v", got)
	}
}
