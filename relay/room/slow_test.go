package room_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/room"
	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// drawMuch sends elements of about n bytes in all. Long texts are cheap to
// apply.
func (g *guest) drawMuch(n int) {
	g.t.Helper()
	text := board.String(strings.Repeat("x", board.MaxValue))
	for range n / board.MaxValue / 4 {
		e := g.doc.Edit()
		id := e.Create(board.KindStroke)
		for key := range board.Key(4) {
			e.Set(id, 100+key, text)
		}
		g.say(&wire.Update{Data: e.Commit()})
	}
}

// people is who is here according to the frames since the last Welcome.
func people(t *testing.T, list []frame) map[uint32]bool {
	here := map[uint32]bool{}
	for _, f := range list {
		switch f.kind {
		case wire.KindWelcome:
			clear(here)
		case wire.KindJoined:
			var j wire.Joined
			if err := j.Parse(f.body); err != nil {
				t.Error(err)
			}
			here[j.Member] = true
		case wire.KindLeft:
			var l wire.Left
			if err := l.Parse(f.body); err != nil {
				t.Error(err)
			}
			delete(here, l.Member)
		}
	}
	return here
}

func TestSlowMember(t *testing.T) { inHouse(t, testSlowMember) }
func testSlowMember(h *house) { // R4, W24
	a, c := h.enter(1), h.enter(3)
	b := h.visit(2)
	b.say(b.hello())
	b.read() // Welcome, and nothing more for now
	begin := time.Now()
	for range 2 {
		a.drawMuch(1 << 20)
		c.drawMuch(1 << 19)
		if h.stored("b").Seq(1) != a.doc.Seq(1) {
			h.t.Fatal("the room waits for a member that does not read")
		}
	}
	wantSame(h.t, "while one does not read", a.doc, c.doc, h.stored("b"))
	if time.Since(begin) != 0 {
		h.t.Errorf("one that does not read held the others up for %v", time.Since(begin))
	}
	if n := h.log.Count("too slowly"); n != 1 {
		h.t.Errorf("the drop was logged %d times, want once", n)
	}
	d := h.enter(4)
	c.leave()

	b.listen()
	list := b.got()
	wantSame(h.t, "when it reads again", b.doc, a.doc)
	if here := people(h.t, list); len(here) != 2 {
		h.t.Errorf("it knows of members %v, want the two others", here)
	}
	b.wantStays("when it reads again")
	b.draw()
	d.draw()
	b.wantAck("when it writes again", b.got(), b.doc.Seq(2))
	wantSame(h.t, "in the end", a.doc, b.doc, d.doc, h.stored("b"))
}

// What waits for a member that does not read is bounded: what it gets of the
// time before it read again is no more than the bound.
func TestSlowMemberHoldsLittle(t *testing.T) { inHouse(t, testSlowMemberHoldsLittle) }
func testSlowMemberHoldsLittle(h *house) {
	a := h.enter(1)
	b := h.visit(2)
	b.say(b.hello())
	b.read()
	id := a.note()
	text := make([]byte, 16<<10)
	for i := range 640 { // 10 MiB
		text[0] = byte(i % 128)
		a.rewrite(id, string(text))
	}
	b.listen()
	b.got()
	total := 0
	for _, n := range b.sizes {
		total += n
	}
	if total > 2<<20 {
		h.t.Errorf("%d bytes had waited, want what was on its way, and a small document", total)
	}
	wantSame(h.t, "in the end", a.doc, b.doc)
}

// A board that is larger than the queue comes in full, however much is drawn
// while it is read.
func TestSlowJoinerOfLargeBoard(t *testing.T) { inHouse(t, testSlowJoinerOfLargeBoard) }
func testSlowJoinerOfLargeBoard(h *house) {
	a := h.enter(1)
	a.drawMuch(3 << 20)
	b := h.visit(2)
	b.say(b.hello())
	for b.doc.Len() < a.doc.Len()/2 {
		b.read() // one message, an update, and so on
		a.draw()
	}
	a.drawMuch(2 << 20) // more than may wait
	for i := 0; i < 100 && !b.doc.Vector().Covers(a.doc.Vector()); i++ {
		b.read()
	}
	wantSame(h.t, "in the end", a.doc, b.doc, h.stored("b"))
	total := 0
	for _, n := range b.sizes {
		total += n
	}
	if size := len(a.doc.Snapshot()); total > 2*size {
		h.t.Errorf("%d bytes for a document of %d: it was sent again from the beginning", total, size)
	}
	b.listen()
}

// The transport takes nothing for two minutes, although its client says that it is
// there: it is broken.
func TestMemberThatNeverReads(t *testing.T) { inHouse(t, testMemberThatNeverReads) }
func testMemberThatNeverReads(h *house) {
	a := h.enter(1)
	b := h.visit(2)
	b.say(b.hello())
	for range 8 {
		time.Sleep(15 * time.Second)
		select {
		case err := <-b.served:
			h.t.Fatalf("it was sent away early: %v", err)
		default:
		}
		b.say(&wire.Ping{})
		a.say(&wire.Ping{})
	}
	time.Sleep(2 * time.Second)
	select {
	case err := <-b.served:
		if err == nil {
			h.t.Error("nobody will know why it was sent away")
		}
	default:
		h.t.Error("a member that takes nothing for 2 minutes is still here")
	}
	if here := people(h.t, a.got()); len(here) != 0 {
		h.t.Errorf("members %v are still here", here)
	}
	if h.metrics.refused[wire.CodeSilent] != 1 {
		h.t.Errorf("the metrics say that members were refused: %v", h.metrics.refused)
	}
}

// A member stops reading for a minute while 500 updates a second flow: little
// waits for it, nobody else waits, and it ends in step on the same connection.
func TestMemberThatStallsForAMinute(t *testing.T) { inHouse(t, testMemberThatStallsForAMinute) }
func testMemberThatStallsForAMinute(h *house) {
	a, c := h.enter(1), h.enter(3)
	b := h.visit(2)
	b.say(b.hello())
	b.read()
	b.got()
	id := a.note()
	c.got()
	text := []byte(strings.Repeat("x", 100))
	for second := range 60 {
		begin := time.Now()
		for i := range 500 {
			text[i%100] = byte('a' + second%26)
			a.rewrite(id, string(text))
			if time.Since(begin) != time.Duration(i)*2*time.Millisecond || c.has(1) != a.doc.Seq(1) {
				h.t.Fatalf("second %d: others wait for one that does not read", second)
			}
			time.Sleep(2 * time.Millisecond)
		}
		if second%20 == 19 {
			b.say(&wire.Ping{})
			c.say(&wire.Ping{})
		}
		a.got()
		c.got()
	}
	if h.metrics.behind != 1 || h.metrics.dropped[room.PolicyResync] < 1000 {
		h.t.Errorf("%d members are behind, and %v was dropped; want the one, and what did not fit", h.metrics.behind, h.metrics.dropped)
	}
	b.listen()
	list := b.got()
	total := 0
	for _, n := range b.sizes {
		total += n
	}
	if total > 2<<20 {
		h.t.Errorf("%d bytes had waited for it, want 1 MiB and what was on its way", total)
	}
	if n := len(of(wire.KindWelcome, list)); n != 1 {
		h.t.Errorf("it was welcomed again %d times, want once", n)
	}
	b.wantStays("when it reads again")
	wantSame(h.t, "when it reads again", a.doc, b.doc, c.doc, h.stored("b"))
	if h.metrics.behind != 0 {
		h.t.Error("the metrics still say that it is behind")
	}
}

// One that was behind reads again while something is not stored yet, and
// cursors move: it is welcomed again once, when all is stored.
func TestBehindWhileStoreIsSlow(t *testing.T) { inHouse(t, testBehindWhileStoreIsSlow) }
func testBehindWhileStoreIsSlow(h *house) {
	a := h.enter(1)
	b := h.visit(2)
	b.say(b.hello())
	b.read()
	a.drawMuch(3 << 20)
	h.store.Hold()
	a.draw()
	a.point(1)
	a.point(2) // waits for the next batch, when b has read all
	b.listen()
	time.Sleep(100 * time.Millisecond) // for the cursors
	if n := len(of(wire.KindWelcome, b.got())); n != 1 {
		h.t.Errorf("%d times welcome, want the first one: not all is stored", n)
	}
	time.Sleep(10 * time.Second)
	h.store.Release()
	if n := len(of(wire.KindWelcome, b.got())); n != 1 {
		h.t.Errorf("welcomed again %d times, want once", n)
	}
	wantSame(h.t, "in the end", a.doc, b.doc)
}

// The same, and it leaves before the store is done.
func TestBehindLeavesWhileItWaits(t *testing.T) { inHouse(t, testBehindLeavesWhileItWaits) }
func testBehindLeavesWhileItWaits(h *house) {
	a := h.enter(1)
	b := h.visit(2)
	b.say(b.hello())
	b.read()
	a.drawMuch(3 << 20)
	a.got()
	h.store.Hold()
	a.draw()
	b.listen()
	synctest.Wait()
	b.conn.Close(uint32(wire.CodeNormal), "")
	synctest.Wait()
	h.store.Release()
	if err := <-b.served; err != nil {
		h.t.Error(err)
	}
	if n := len(of(wire.KindLeft, a.got())); n != 1 {
		h.t.Errorf("the others heard %d times that it left", n)
	}
	a.draw()
	wantSame(h.t, "in the end", a.doc, h.stored("b"))
}

// The queue is dropped, and the store fails when the member reads again.
func TestBehindWhileStoreFails(t *testing.T) { inHouse(t, testBehindWhileStoreFails) }
func testBehindWhileStoreFails(h *house) {
	a := h.enter(1)
	b := h.visit(2)
	b.say(b.hello())
	b.read()
	a.drawMuch(3 << 20)
	h.store.Fail(errDisk)
	a.draw()
	b.listen()
	b.wantEnd("it cannot be brought up to date", wire.CodeNotStored)
	a.wantStays("the others")
}

// One that leaves while its queue is dropped, without reading.
func TestBehindLeaves(t *testing.T) { inHouse(t, testBehindLeaves) }
func testBehindLeaves(h *house) {
	a := h.enter(1)
	b := h.visit(2)
	b.say(b.hello())
	b.read()
	a.drawMuch(3 << 20)
	b.leave()
	if n := len(of(wire.KindLeft, a.got())); n != 1 {
		h.t.Errorf("the others heard %d times that it left", n)
	}
}
