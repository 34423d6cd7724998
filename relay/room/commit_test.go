package room_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

var errDisk = errors.New("disk full")

func TestStoredThenTold(t *testing.T) { inHouse(t, testStoredThenTold) }
func testStoredThenTold(h *house) { // R1
	a, b := h.enter(1), h.enter(2)
	a.got()
	b.got()
	h.store.Hold()
	a.draw()
	a.draw()
	c := h.enter(3)
	time.Sleep(30 * time.Second) // longer than a client has for its Hello
	a.wantKinds("its update is not stored")
	b.wantKinds("the other's update is not stored")
	c.wantKinds("what it would be shown is not stored")
	c.wantStays("while it waits")
	h.store.Release()
	a.wantAck("stored", a.got(), a.doc.Seq(1))
	if n := len(of(wire.KindUpdate, b.got())); n != 2 {
		h.t.Errorf("the other got %d updates, want 2", n)
	}
	wantSame(h.t, "stored", a.doc, b.doc, c.doc, h.stored("b"))
	if list := c.got(); len(of(wire.KindWelcome, list)) != 1 || len(of(wire.KindJoined, list)) != 2 {
		h.t.Error("the joiner was not welcomed when all was stored")
	}
}

func TestSecondJoinerWaits(t *testing.T) { inHouse(t, testSecondJoinerWaits) }
func testSecondJoinerWaits(h *house) {
	a := h.enter(1)
	h.store.Hold()
	a.draw()
	b, c := h.enter(2), h.enter(3)
	time.Sleep(30 * time.Second)
	b.wantStays("while it waits")
	c.wantStays("while it waits, after another joiner: it has said its Hello")
	h.store.Release()
	for _, g := range []*guest{b, c} {
		if len(of(wire.KindWelcome, g.got())) != 1 {
			h.t.Error("a joiner was not welcomed")
		}
	}
	wantSame(h.t, "stored", a.doc, b.doc, c.doc)
}

func TestMemberLeavesWhileItWaits(t *testing.T) { inHouse(t, testMemberLeavesWhileItWaits) }
func testMemberLeavesWhileItWaits(h *house) {
	a := h.enter(1)
	h.store.Hold()
	a.draw()
	b, c := h.enter(2), h.enter(3)
	b.conn.Close(uint32(wire.CodeNormal), "")
	c.conn.Close(uint32(wire.CodeNormal), "")
	a.got()
	h.store.Release()
	if err := <-b.served; err != nil {
		h.t.Error(err)
	}
	if err := <-c.served; err != nil {
		h.t.Error(err)
	}
	if list := a.got(); len(of(wire.KindJoined, list)) != len(of(wire.KindLeft, list)) {
		h.t.Error("a member that left while it waited is still here")
	}
	d := h.enter(4)
	if n := len(of(wire.KindJoined, d.got())); n != 1 {
		h.t.Errorf("a later visitor is told of %d members, want 1", n)
	}
	a.draw()
	wantSame(h.t, "afterwards", a.doc, h.stored("b"))
}

func TestStoreFails(t *testing.T) { inHouse(t, testStoreFails) }
func testStoreFails(h *house) {
	a, b := h.enter(1), h.enter(2)
	a.got()
	b.got()
	h.store.Fail(errDisk)
	a.draw()
	time.Sleep(1500 * time.Millisecond)
	a.draw() // goes with the next attempt
	time.Sleep(1500 * time.Millisecond)
	for _, g := range []*guest{a, b} {
		list := g.wantKinds("nothing is stored: told so once (W63)", wire.KindNotice)
		var n wire.Notice
		if err := n.Parse(list[0].body); err != nil || n.Code != wire.CodeNotStored || n.Text == "" {
			h.t.Errorf("Notice is %+v, %v", n, err)
		}
	}
	if n := h.log.Count("not stored"); n != 1 {
		h.t.Errorf("the failure was logged %d times, want once", n)
	}
	c := h.enter(3)
	if d := c.wantEnd("who comes during a failure", wire.CodeNotStored); d.RetryMS == 0 {
		h.t.Error("the relay does not say when to come back")
	}
	h.store.Fail(nil)
	time.Sleep(time.Second + 1)
	list := a.got()
	a.wantAck("a second later", list, a.doc.Seq(1))
	if over := of(wire.KindNotice, list); len(over) != 1 || len(over[0]) != 0 {
		h.t.Errorf("%d Notices say that it is over, want one without a code", len(over))
	}
	if n := len(of(wire.KindUpdate, b.got())); n != 2 {
		h.t.Errorf("the other got %d updates, want 2", n)
	}
	wantSame(h.t, "a second later", a.doc, b.doc, h.stored("b"))
	if h.log.Count("stored again") != 1 {
		h.t.Error("nobody logged that the store works again")
	}
	d := h.enter(4)
	d.wantStays("who comes afterwards")
	wantSame(h.t, "for who comes afterwards", a.doc, d.doc)
}

// Who waits to be welcomed when the commit fails comes back later.
func TestStoreFailsWhileOneWaits(t *testing.T) { inHouse(t, testStoreFailsWhileOneWaits) }
func testStoreFailsWhileOneWaits(h *house) {
	a := h.enter(1)
	h.store.Hold()
	a.draw()
	b := h.enter(2)
	h.store.Fail(errDisk)
	h.store.Release()
	b.wantEnd("the commit it waited for failed", wire.CodeNotStored)
	a.wantStays("the writer")
}

// Everybody leaves while the store fails: the room stays until all is stored.
func TestStoreFailsAndAllLeave(t *testing.T) { inHouse(t, testStoreFailsAndAllLeave) }
func testStoreFailsAndAllLeave(h *house) {
	a := h.enter(1)
	h.store.Fail(errDisk)
	a.draw()
	a.got()
	a.leave()
	time.Sleep(10 * time.Second)
	if h.hub.Rooms() != 1 {
		h.t.Error("the room stopped with something not stored")
	}
	h.store.Fail(nil)
	time.Sleep(10 * time.Second)
	if h.hub.Rooms() != 0 {
		h.t.Error("the room goes on although all is stored")
	}
	wantSame(h.t, "afterwards", a.doc, h.stored("b"))
}

func TestLoadFails(t *testing.T) { inHouse(t, testLoadFails) }
func testLoadFails(h *house) {
	a := h.enter(1)
	a.draw()
	a.got()
	a.leave()
	time.Sleep(10 * time.Second) // until the room has gone
	h.store.Fail(errDisk)
	b := h.enter(2)
	if d := b.wantEnd("the board cannot be loaded", wire.CodeNotStored); d.RetryMS == 0 {
		h.t.Error("the relay does not say when to come back")
	}
	if h.hub.Rooms() != 0 || h.log.Count("not loaded") != 1 {
		h.t.Error("a room that could not be loaded stays, or nobody logged it")
	}
	h.store.Fail(nil)
	c := h.enter(3)
	wantSame(h.t, "the next visit", a.doc, c.doc)
}

func TestBadTail(t *testing.T) { inHouse(t, testBadTail) }
func testBadTail(h *house) {
	for i, test := range []struct {
		why  string
		tail func(b *board.Board) []byte
		want wire.Code
	}{
		{"garbage", func(*board.Board) []byte { return []byte{3, 1, 2} }, wire.CodeBadUpdate},
		{"a version that is not known", func(b *board.Board) []byte {
			u := stroke(b, 1)
			u[1] = 99
			return u
		}, wire.CodeBadUpdate},
		{"half an update", func(b *board.Board) []byte { u := stroke(b, 5); return u[:len(u)/2] }, wire.CodeBadUpdate},
	} {
		b := h.enter(100)
		a := h.enter(board.Replica(i + 1))
		b.got()
		good := stroke(a.doc, 3)
		want := a.doc.Seq(a.doc.Replica())
		tail := test.tail(a.doc)
		a.say(&wire.Update{Data: append(good, tail...)})
		a.wantEnd(test.why, test.want)
		if n := len(of(wire.KindUpdate, b.got())); n != 1 {
			h.t.Errorf("%s: the other got %d updates, want the good ones in one", test.why, n)
		}
		if got := h.stored("b").Seq(a.doc.Replica()); got != want {
			h.t.Errorf("%s: %d operations are stored, want the %d before it", test.why, got, want)
		}
		b.draw()
		wantSame(h.t, test.why, b.doc, h.stored("b"))
		b.leave()
	}
}

// Nothing more is taken of a member that is sent away, although it was sent
// before the member could know.
func TestAfterBadUpdate(t *testing.T) { inHouse(t, testAfterBadUpdate) }
func testAfterBadUpdate(h *house) {
	a, b := h.enter(1), h.enter(2)
	b.got()
	good := stroke(a.doc, 1)
	a.say(&wire.Update{Data: []byte{3, 1, 2}}, &wire.Update{Data: good}, &wire.Profile{Name: "ghost"})
	a.wantEnd("a bad update", wire.CodeBadUpdate)
	b.wantKinds("the other", wire.KindLeft)
	if h.stored("b").Seq(1) != 0 {
		h.t.Error("an update after the refused one was stored")
	}
}

// A client's message may be as long as the limit; with a position it would be
// longer.
func TestGreatestMessage(t *testing.T) { inHouse(t, testGreatestMessage) }
func testGreatestMessage(h *house) {
	a, b := h.enter(1), h.enter(2)
	var data []byte
	e := a.doc.Edit()
	id := e.Create(board.KindStroke)
	data = e.Commit()
	// fill appends a text property of n bytes.
	fill := func(n int) []byte {
		e := a.doc.Edit()
		e.Set(id, board.Key(100), board.String(strings.Repeat("x", n)))
		return append(slices.Clone(data), e.Commit()...)
	}
	left := func() int { return wire.MaxMessage - len(message(&wire.Update{Data: data})) }
	for left() > 2*board.MaxValue {
		data = fill(board.MaxValue)
	}
	data = fill(left() / 2)
	data = fill(left() - 19)
	if left() < 0 || left() > 1 {
		h.t.Fatalf("the message is %d bytes short of the greatest", left())
	}
	a.say(&wire.Update{Data: data})
	a.wantAck("the greatest message", a.got(), a.doc.Seq(1))
	b.wantStays("the greatest message")
	wantSame(h.t, "the greatest message", a.doc, b.doc, h.stored("b"))
}

// Who brings what others have written is told how much of it is stored, and of a
// replica that is here by itself nothing (W19, W22).
func TestW22AckOfOthers(t *testing.T) { inHouse(t, testW22AckOfOthers) }
func testW22AckOfOthers(h *house) {
	a, b := h.enter(1), h.enter(2)
	a.got()
	gone, here := board.New(8), board.New(2)
	wantOthers := func(when string, want board.Vector) {
		h.t.Helper()
		acks := of(wire.KindAck, a.got())
		if len(acks) == 0 {
			h.t.Errorf("%s: no Ack", when)
			return
		}
		var m wire.Ack
		if err := m.Parse(acks[len(acks)-1]); err != nil {
			h.t.Fatal(err)
		}
		if got, err := board.ParseVector(m.Others); err != nil || !maps.Equal(got, want) {
			h.t.Errorf("%s: Ack says of others %v, %v; want %v", when, got, err, want)
		}
	}
	u := stroke(gone, 3)
	ours := stroke(here, 3) // of the replica that b is
	h.store.Hold()
	a.say(&wire.Update{Data: slices.Concat(u, ours)})
	a.wantKinds("before it is stored")
	h.store.Release()
	wantOthers("one has left, the other is here", board.Vector{8: gone.Seq(8)})
	a.say(&wire.Update{Data: u})
	wantOthers("once more", board.Vector{8: gone.Seq(8)})
	a.say(&wire.Update{Data: ours})
	wantOthers("of one that is here", board.Vector{})
	b.leave()
	a.say(&wire.Update{Data: ours})
	wantOthers("when it has left", board.Vector{2: here.Seq(2)})

	// What was stored meanwhile, and what others wait for, is told as well.
	h.store.Hold()
	a.draw()
	a.say(&wire.Update{Data: u})
	second := stroke(gone, 2)
	third := stroke(gone, 2)
	a.say(&wire.Update{Data: third})
	a.say(&wire.Update{Data: second})
	h.store.Release()
	wantOthers("when all have come", board.Vector{8: gone.Seq(8)})
	a.draw()
	wantOthers("of nothing but its own", nil)
	if n := h.stored("b").Seq(8); n != gone.Seq(8) {
		h.t.Errorf("%d operations are stored, want %d", n, gone.Seq(8))
	}
}
