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

// What is stored by one relay is told by the others, to all of their members and once.
func TestUpdatesSpanRelays(t *testing.T) {
	two(t, func(t *testing.T, all *relays, a, b *relay) {
		one, other, third := a.enter(1), b.enter(2), b.enter(3)
		one.draw()
		one.wantAck("when the log has it", one.got(), one.doc.Seq(1))
		for _, g := range []*guest{other, third} {
			if n := len(of(wire.KindUpdate, g.got())); n != 1 {
				t.Errorf("%d Updates on the other relay, want the one", n)
			}
		}
		other.draw()
		wantSame(t, "after a change on each", one.doc, other.doc, third.doc, all.stored())
		late := b.enter(4)
		wantSame(t, "for one who comes late", one.doc, late.doc)
	})
}

// Positions ascend on each relay, whoever has brought the updates (W11).
func TestPositionsAscendOverRelays(t *testing.T) {
	two(t, func(t *testing.T, all *relays, a, b *relay) {
		one, other := a.enter(1), b.enter(2)
		other.got()
		for range 3 {
			one.draw()
			other.draw()
		}
		third := b.enter(3)
		one.draw()
		var last uint64
		for _, f := range other.got() {
			if f.kind == wire.KindUpdate {
				if f.seq <= last {
					t.Errorf("position %d after %d", f.seq, last)
				}
				last = f.seq
			}
		}
		wantSame(t, "in the end", one.doc, other.doc, third.doc)
	})
}

// While a relay's own commit is under way what others have stored is told; who comes waits
// for the commit.
func TestHeardWhileStoring(t *testing.T) {
	two(t, func(t *testing.T, all *relays, a, b *relay) {
		one, mine, beside := a.enter(1), b.enter(2), b.enter(3)
		beside.got()
		mine.got()
		b.hang(true)
		mine.draw()
		mine.wantKinds("while the log hangs")
		one.draw()
		if n := len(of(wire.KindUpdate, beside.got())); n != 1 {
			t.Errorf("%d Updates while a commit hangs, want that of the other relay alone (R1)", n)
		}
		late := b.enter(4)
		late.wantKinds("while what the board has is not stored")
		b.hang(false)
		wantSame(t, "when it is stored", one.doc, mine.doc, beside.doc, late.doc, all.stored())
	})
}

// What comes twice, or late, changes nothing and is told once (R2).
func TestHeardTwice(t *testing.T) {
	two(t, func(t *testing.T, all *relays, a, b *relay) {
		other := b.enter(2)
		doc := board.New(9)
		u := stroke(doc, 4)
		more := stroke(doc, 4)
		other.got()
		b.hub.HearUpdates("b", 0, 1, u)
		b.hub.HearUpdates("b", 0, 1, u)
		b.hub.HearUpdates("b", 1, 2, u)
		b.hub.HearUpdates("b", 0, 1, u)
		b.hub.HearUpdates("b", 2, 3, append(append([]byte{}, u...), more...))
		synctest.Wait()
		got := of(wire.KindUpdate, other.got())
		size := 0
		for _, body := range got {
			var m wire.Update
			if err := m.Parse(body); err != nil {
				t.Fatal(err)
			}
			size += len(m.Data)
		}
		if size != len(u)+len(more) {
			t.Errorf("%d bytes were told of two updates of %d", size, len(u)+len(more))
		}
		if b.applied["b"] != 3 {
			t.Errorf("applied up to %d, want 3", b.applied["b"])
		}
		b.hub.HearUpdates("unknown", 0, 1, u) // no room: it loads it when it begins
		wantSame(t, "in the end", other.doc, doc)
	})
}

// Garbled bytes are logged once and passed over; nothing else suffers.
func TestHeardGarbled(t *testing.T) {
	two(t, func(t *testing.T, all *relays, a, b *relay) {
		other := b.enter(2)
		doc := board.New(9)
		u := stroke(doc, 4)
		garbled := []byte{3, 0xff, 0xff, 0xff}
		b.hub.HearUpdates("b", 0, 1, garbled)
		b.hub.HearUpdates("b", 1, 2, append(append([]byte{}, u...), 200, 1, 2))
		b.hub.HearSnapshot("b", 2, 3, garbled)
		b.hub.HearUpdates("b", 3, 4, stroke(doc, 2))
		synctest.Wait()
		wantSame(t, "with garbled bytes between", other.doc, doc)
		if n := strings.Count(b.log.String(), "is refused"); n != 1 {
			t.Errorf("logged %d times, want once", n)
		}
		other.wantStays("with garbled bytes between")
	})
}

// What a board refuses and others may have taken stays in the log: the room goes on, and
// puts no snapshot in its place.
func TestHeardWhatIsRefused(t *testing.T) {
	two(t, func(t *testing.T, all *relays, a, b *relay) {
		other := b.enter(2)
		doc := board.New(9)
		stroke(doc, 3)
		doc.Compact()
		b.hub.HearUpdates("b", 0, 1, stroke(doc, 3))
		other.draw()
		for range 25 {
			other.drawMuch(200 << 10)
		}
		synctest.Wait()
		if b.applied["b"] < 2 || all.boards["b"].through != 0 {
			t.Errorf("applied up to %d, and a snapshot through %d", b.applied["b"], all.boards["b"].through)
		}
		other.leave()
		time.Sleep(20 * time.Second)
		if b.hub.Rooms() != 0 {
			t.Error("the room does not end")
		}
	})
}

// A room that stands still drops what is too much, asks for it again, and takes nothing
// that comes after the gap before that.
func TestHeardTooMuch(t *testing.T) {
	two(t, func(t *testing.T, all *relays, a, b *relay) {
		one, other := a.enter(1), b.enter(2)
		b.hang(true)
		adopted := make(chan error, 1)
		go func() {
			_, err := b.hub.Adopt(t.Context(), "b", archived(3).Snapshot(), true)
			adopted <- err
		}()
		synctest.Wait()
		for range 30 {
			one.drawMuch(300 << 10)
		}
		if b.again != 0 {
			t.Error("it asked before it could take it")
		}
		b.hang(false)
		if err := <-adopted; err != nil {
			t.Error(err)
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if b.again == 0 || b.metrics.dropped[room.PolicyResync] == 0 {
			t.Errorf("9 MiB waited for a room: asked %d times for what was dropped", b.again)
		}
		other.wantEnd("for what was restored", wire.CodeGoingAway)
		third := b.enter(3)
		wantSame(t, "in the end", one.doc, third.doc, all.stored())
	})
}

// A member that does not read costs what it does by updates of its own relay: its queue is
// dropped, and it is brought up to date when it reads.
func TestSlowMemberOfAnotherRelay(t *testing.T) {
	two(t, func(t *testing.T, all *relays, a, b *relay) {
		one := a.enter(1)
		slow := b.visit(2)
		slow.say(slow.hello())
		beside := b.enter(3)
		for range 12 {
			one.drawMuch(300 << 10)
		}
		if b.metrics.behind != 1 {
			t.Errorf("%d members are behind, want the one", b.metrics.behind)
		}
		wantSame(t, "for one that reads", one.doc, beside.doc)
		slow.listen()
		one.draw()
		synctest.Wait()
		wantSame(t, "when it reads", one.doc, slow.doc)
		if b.metrics.behind != 0 {
			t.Error("it is behind still")
		}
	})
}

// A snapshot has what no update says any more: all members get what they lack.
func TestHeardSnapshot(t *testing.T) {
	two(t, func(t *testing.T, all *relays, a, b *relay) {
		other, third := b.enter(2), b.enter(3)
		other.draw()
		doc := board.New(9)
		stroke(doc, 40)
		doc.Compact()
		third.got()
		b.hub.HearSnapshot("b", 1, 7, doc.Snapshot())
		synctest.Wait()
		other.draw()
		synctest.Wait()
		if err := doc.Merge(other.doc.Snapshot()); err != nil {
			t.Fatal(err)
		}
		wantSame(t, "after a snapshot", other.doc, third.doc, doc)
		if b.applied["b"] != 7 {
			t.Errorf("applied up to %d, want 7", b.applied["b"])
		}
		n := len(of(wire.KindWelcome, third.got()))
		b.hub.HearSnapshot("b", 0, 7, doc.Snapshot())
		synctest.Wait()
		if n != 1 || len(of(wire.KindWelcome, third.got())) != 0 {
			t.Errorf("%d Welcomes for it, and more when it comes twice", n)
		}
	})
}

// Where one relay has put a snapshot in the place of the log, another that was not told
// all of it takes the snapshot.
func TestTrimmedLog(t *testing.T) {
	two(t, func(t *testing.T, all *relays, a, b *relay) {
		one, other := a.enter(1), b.enter(2)
		b.partition()
		other.draw()
		for range 22 {
			one.drawMuch(200 << 10)
		}
		one.draw()
		if s := all.boards["b"]; s.through == 0 {
			t.Fatal("the log was not compacted")
		}
		b.heal()
		wantSame(t, "when it is healed", one.doc, other.doc, all.stored())
	})
}

// A board that is restored on one relay is so on the others, where its members stay.
func TestAdoptOverRelays(t *testing.T) {
	two(t, func(t *testing.T, all *relays, a, b *relay) {
		one, other := a.enter(1), b.enter(2)
		snapshot := archived(3).Snapshot()
		other.draw()
		if _, err := a.hub.Adopt(t.Context(), "b", snapshot, true); err != nil {
			t.Fatal(err)
		}
		one.wantEnd("where it was restored", wire.CodeGoingAway)
		other.wantStays("elsewhere")
		wantSame(t, "elsewhere", other.doc, all.stored())
		if _, err := b.hub.Adopt(t.Context(), "b", snapshot, false); err != room.ErrBoardThere {
			t.Errorf("a board that has something by another relay: %v", err)
		}
	})
}

// A relay that is cut off says so, to who comes late too, and goes on (W110).
func TestEdgeOnly(t *testing.T) {
	two(t, func(t *testing.T, all *relays, a, b *relay) {
		one, other := a.enter(1), b.enter(2)
		other.wantNotices("before", other.got())
		b.partition()
		other.wantNotices("when it is cut off", other.got(), wire.CodeEdgeOnly)
		late := b.enter(3)
		late.wantNotices("for one who comes late", late.got(), wire.CodeEdgeOnly)
		elsewhere := b.enterAs(4, func(h *wire.Hello) { h.Board = "other" })
		elsewhere.wantNotices("on a board that was not open", elsewhere.got(), wire.CodeEdgeOnly)
		b.partition()
		other.wantNotices("when that is said again", other.got())
		other.draw()
		one.draw()
		b.heal()
		for _, g := range []*guest{other, late, elsewhere} {
			g.wantNotices("when it is healed", g.got(), 0)
		}
		one.wantNotices("on the other side", one.got())
		wantSame(t, "when it is healed", one.doc, other.doc, late.doc, all.stored())
		after := b.enter(5)
		after.wantNotices("afterwards", after.got())
	})
}

// Of a relay that is cut off and stores nothing, the worse is said (W110).
func TestEdgeOnlyAndNotStored(t *testing.T) {
	two(t, func(t *testing.T, all *relays, a, b *relay) {
		one := a.enter(1)
		a.fails(errDisk)
		one.draw()
		one.wantNotices("when nothing is stored", one.got(), wire.CodeNotStored)
		a.hub.SetEdge(true)
		synctest.Wait()
		one.wantNotices("when it is cut off as well", one.got())
		a.fails(nil)
		time.Sleep(2 * time.Second)
		one.wantNotices("when it is stored here", one.got(), wire.CodeEdgeOnly)
		a.hub.SetEdge(false)
		synctest.Wait()
		one.wantNotices("when it is over", one.got(), 0)
	})
}

// Who is sent away is told where to.
func TestDrainElsewhere(t *testing.T) {
	two(t, func(t *testing.T, all *relays, a, b *relay) {
		b.to = "https://a.example"
		other := b.enter(2)
		drained := make(chan error)
		go func() { drained <- b.hub.Drain(t.Context()) }()
		synctest.Wait()
		moved := parsed[wire.Moved](t, other.got())
		if len(moved) != 1 || moved[0].To != b.to || moved[0].AfterMS == 0 {
			t.Errorf("told %+v, want to go to %s", moved, b.to)
		}
		other.leave()
		if err := <-drained; err != nil {
			t.Error(err)
		}
	})
}

// A board that is opened again at once waits until the room before has closed it.
func TestOpenedAgain(t *testing.T) {
	two(t, func(t *testing.T, all *relays, a, b *relay) {
		a.closing = make(chan struct{})
		a.enter(5).leave()
		time.Sleep(20 * time.Second)
		early := a.enter(6)
		early.wantKinds("while the room before closes the board")
		// What it was to be told comes to nobody, and not to the next one.
		a.hub.HearUpdates("b", 5, 6, stroke(board.New(9), 2))
		close(a.closing)
		synctest.Wait()
		early.wantKinds("when it is closed", wire.KindWelcome)
		early.draw()
		early.wantAck("then", early.got(), early.doc.Seq(6))
		if n := a.applied["b"]; n != 1 {
			t.Errorf("applied up to %d, want 1", n)
		}
		early.leave()
		time.Sleep(20 * time.Second)

		one := a.enter(1)
		for range 3 {
			one.draw()
			one.got()
			one.leave()
			time.Sleep(20 * time.Second)
			if n := a.hub.Rooms(); n != 0 {
				t.Fatalf("%d rooms", n)
			}
			one = a.enter(1)
		}
		other := b.enter(2)
		one.draw()
		wantSame(t, "in the end", other.doc, all.stored())
	})
}

// What a member sends has come by another relay already, while its changes before are not
// stored here: all of it is acknowledged.
func TestAckOfWhatCameAnotherWay(t *testing.T) {
	two(t, func(t *testing.T, all *relays, a, b *relay) {
		one := b.enter(1)
		one.got()
		b.hang(true)
		first, second := stroke(one.doc, 3), stroke(one.doc, 3)
		one.say(&wire.Update{Data: first})
		b.hub.HearUpdates("b", 0, 1, append(append([]byte{}, first...), second...))
		synctest.Wait()
		one.say(&wire.Update{Data: second})
		one.wantKinds("before it is stored here, as by whoever", wire.KindUpdate)
		b.hang(false)
		one.wantAck("when it is stored", one.got(), one.doc.Seq(1))
	})
}

// What a member sends needs what this relay has not heard yet: it is acknowledged when
// that has come.
func TestAckOfWhatHasWaited(t *testing.T) {
	two(t, func(t *testing.T, all *relays, a, b *relay) {
		one := b.enter(1)
		one.got()
		other := board.New(9)
		u := stroke(other, 3)
		if err := one.doc.Apply(u); err != nil {
			t.Fatal(err)
		}
		e := one.doc.Edit()
		for el := range one.doc.Elements() {
			e.Set(el.ID(), board.KeyColor, board.Int(5))
		}
		one.say(&wire.Update{Data: e.Commit()})
		one.wantAck("while it waits", one.got(), 0)
		b.hub.HearUpdates("b", 1, 2, u)
		synctest.Wait()
		one.wantAck("when what it needs has come", one.got(), one.doc.Seq(1))
	})
}
