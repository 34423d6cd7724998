package room_test

import (
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/room"
	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// inStore returns what the store has of board "b", in bytes.
func (h *house) inStore() (snapshot, updates int) {
	h.t.Helper()
	synctest.Wait()
	err := h.store.Load(h.t.Context(), "b", func(data []byte) error { snapshot += len(data); return nil },
		func(data []byte) error { updates += len(data); return nil })
	if err != nil {
		h.t.Error(err)
	}
	return snapshot, updates
}

// unload waits until nobody is expected back.
func (h *house) unload() {
	h.t.Helper()
	time.Sleep(10 * time.Second)
	synctest.Wait()
	if n := h.hub.Rooms(); n != 0 {
		h.t.Errorf("%d rooms after everybody has gone", n)
	}
}

// One who has nothing gets a large board as a snapshot, and what came since; the
// same bytes as another who comes then (W60).
func TestW60LateVisitor(t *testing.T) { inHouse(t, testW60LateVisitor) }
func testW60LateVisitor(h *house) {
	a := h.enter(1)
	a.drawMuch(1 << 20)
	b := h.enter(2)
	first := of(wire.KindSnapshotPart, b.got())
	if len(first) < 8 {
		h.t.Errorf("a snapshot of 1 MiB came in %d pieces", len(first))
	}
	wantSame(h.t, "by a snapshot", a.doc, b.doc)
	a.draw()
	c := h.enter(3)
	list := c.got()
	wantSame(h.t, "by a snapshot and updates", a.doc, c.doc)
	if second := of(wire.KindSnapshotPart, list); len(second) != len(first) || len(of(wire.KindUpdate, list)) == 0 {
		h.t.Errorf("the next one got %d pieces and %d updates, want the same snapshot and what came since", len(second), len(of(wire.KindUpdate, list)))
	}
	// Much later it is made anew; and one that has a part gets the rest.
	a.drawMuch(1 << 20)
	time.Sleep(5 * time.Second)
	d := h.enter(4)
	if list := d.got(); len(of(wire.KindUpdate, list)) != 0 {
		h.t.Errorf("%d updates go with a new snapshot", len(of(wire.KindUpdate, list)))
	}
	wantSame(h.t, "by a new snapshot", a.doc, d.doc)
	e := h.visit(5)
	all, err := c.doc.Diff(c.doc.Floor())
	if err == nil {
		err = e.doc.Merge(c.doc.Snapshot())
	}
	if err == nil {
		err = e.doc.Apply(all)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	a.draw()
	e.say(e.hello())
	e.listen()
	if list := e.got(); len(of(wire.KindSnapshotPart, list)) != 0 || len(of(wire.KindUpdate, list)) == 0 {
		h.t.Error("one that has most of the board got a snapshot")
	}
	wantSame(h.t, "by the rest", a.doc, e.doc)
}

// A room that nobody comes back to is compacted and unloaded; the board is there
// for who comes later, also for one who has a part of the past.
func TestCompactedWhenEmpty(t *testing.T) { inHouse(t, testCompactedWhenEmpty) }
func testCompactedWhenEmpty(h *house) {
	a := h.enter(1)
	past := board.New(2) // of one who is away
	for range 10 {
		a.draw()
	}
	part, err := a.doc.Diff(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := past.Apply(part); err != nil {
		h.t.Fatal(err)
	}
	for range 2000 {
		a.draw()
	}
	mine := stroke(past, 4) // drawn offline
	a.leave()
	h.unload()
	snapshot, updates := h.inStore()
	if snapshot == 0 || updates != 0 {
		h.t.Errorf("the store has a snapshot of %d bytes and %d of updates, want the snapshot alone", snapshot, updates)
	}
	old := h.visit(2)
	old.doc = past
	old.say(old.hello())
	old.listen()
	if list := old.got(); len(of(wire.KindSnapshotPart, list)) == 0 {
		h.t.Error("who lacks what the relay has forgotten got no snapshot")
	}
	old.say(&wire.Update{Data: mine})
	old.wantAck("what was drawn offline", old.got(), old.doc.Seq(2))
	b := h.enter(3)
	wantSame(h.t, "afterwards", old.doc, b.doc, h.stored("b"))
	old.leave()
	b.leave()
	h.unload()
	if _, updates := h.inStore(); updates == 0 {
		h.t.Error("a few bytes were worth a snapshot")
	}
}

// A board that is never left is compacted as well, and while that fails all goes
// on.
func TestCompactedInUse(t *testing.T) { inHouse(t, testCompactedInUse) }
func testCompactedInUse(h *house) {
	a, b := h.enter(1), h.enter(2)
	id := a.note()
	text := make([]byte, board.MaxValue)
	write := func(n int) {
		for i := range n {
			text[0] = byte(i % 100)
			a.rewrite(id, string(text))
		}
		a.got()
		b.got()
	}
	most := 0
	for range 40 {
		write(20)
		snapshot, updates := h.inStore()
		most = max(most, snapshot+updates)
	}
	if most > 5<<20 {
		h.t.Errorf("the store had %d bytes of a board of %d", most, len(a.doc.Snapshot()))
	}
	wantSame(h.t, "in the end", a.doc, b.doc, h.stored("b"))
}

// What waits for updates that have not come is in no snapshot: it is stored again
// beside it, until it can be told.
func TestParkedIsStoredAgain(t *testing.T) { inHouse(t, testParkedIsStoredAgain) }
func testParkedIsStoredAgain(h *house) {
	x := board.New(7)
	first, second := stroke(x, 3), stroke(x, 3)
	for round := range 2 {
		a := h.enter(1)
		for range 2000 {
			a.draw()
		}
		if round == 0 {
			a.say(&wire.Update{Data: second})
		}
		a.got()
		a.leave()
		h.unload()
		if snapshot, updates := h.inStore(); snapshot == 0 || updates == 0 || updates > 2*len(second) {
			h.t.Fatalf("the store has a snapshot of %d bytes and %d of updates, want what is parked beside a snapshot", snapshot, updates)
		}
	}
	b := h.enter(2)
	if err := b.doc.Apply(first); err != nil {
		h.t.Fatal(err)
	}
	b.say(&wire.Update{Data: first})
	if got := h.stored("b").Seq(7); got != x.Seq(7) {
		h.t.Errorf("%d operations are stored, want %d", got, x.Seq(7))
	}
	wantSame(h.t, "in the end", b.doc, h.stored("b"))
}

// A snapshot that cannot be stored leaves all as it was.
func TestCompactingFails(t *testing.T) { inHouse(t, testCompactingFails) }
func testCompactingFails(h *house) {
	a := h.enter(1)
	for range 2000 {
		a.draw()
	}
	a.leave()
	h.store.Fail(errDisk)
	h.unload()
	if n := h.log.Count("not compacted"); n != 1 {
		h.t.Errorf("the log says %d times that it failed, want once", n)
	}
	h.store.Fail(nil)
	b := h.enter(2)
	wantSame(h.t, "afterwards", a.doc, b.doc, h.stored("b"))
	if snapshot, updates := h.inStore(); snapshot != 0 || updates == 0 {
		h.t.Errorf("the store has a snapshot of %d bytes, and %d of updates", snapshot, updates)
	}
}

// A board may take so much of the store and no more; what is there stays, and who
// makes it smaller may go on.
func TestBoardBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, room.Limits{BoardBytes: 1 << 20})
		defer h.close()
		a, b := h.enter(1), h.enter(2)
		for range 100 {
			a.drawMuch(board.MaxValue * 4)
			if a.end != nil {
				break
			}
		}
		if d := a.wantEnd("beyond the limit", wire.CodeBoardFull); d.Reason == "" {
			t.Error("nobody says why")
		}
		snapshot, updates := h.inStore()
		if snapshot+updates < 900<<10 || snapshot+updates > 5<<18 {
			t.Errorf("the store has %d and %d bytes, want about 1 MiB", snapshot, updates)
		}
		b.wantStays("who has not written")
		wantSame(t, "what is stored is what is shown", b.doc, h.stored("b"))
	})
}
