package room_test

import (
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// crowd is so many guests that what goes to all is spaced.
func (h *house) crowd(n int) (all []*guest) {
	h.t.Helper()
	for i := range n {
		g := h.visit(board.Replica(i + 1))
		go func() { _ = g.conn.Send(h.t.Context(), message(g.hello())) }()
		g.listen()
		all = append(all, g)
	}
	synctest.Wait()
	time.Sleep(time.Second)
	return all
}

// own is a member's number, which it knows from its Welcome.
func own(t *testing.T, list []frame) uint32 {
	t.Helper()
	var w wire.Welcome
	if bodies := of(wire.KindWelcome, list); len(bodies) != 1 || w.Parse(bodies[0]) != nil {
		t.Errorf("%d times welcome, want once", len(bodies))
	}
	return w.Member
}

// Many come at once: each is told once of all others, and not of itself, in few
// messages.
func TestManyComeAtOnce(t *testing.T) { inHouse(t, testManyComeAtOnce) }
func testManyComeAtOnce(h *house) {
	const n = 300
	all := h.crowd(n)
	frames := 0
	for _, g := range all {
		list := g.got()
		self := own(h.t, list)
		here := people(h.t, list)
		if len(here) != n-1 || here[self] {
			h.t.Fatalf("one knows of %d members, itself among them: %v; want the %d others", len(here), here[self], n-1)
		}
		if len(g.sizes) > 60 { // the first fifty are told at once
			h.t.Errorf("one got %d messages", len(g.sizes))
		}
		frames += len(of(wire.KindJoined, list))
	}
	if frames != n*(n-1) {
		h.t.Errorf("%d frames say Joined, want each pair once, %d", frames, n*(n-1))
	}
	// Half of them go at once, and one is called otherwise meanwhile.
	for _, g := range all[:n/2] {
		g.conn.Close(uint32(wire.CodeNormal), "")
	}
	all[n-1].say(&wire.Profile{Name: "Grace"})
	all[n-1].draw()
	synctest.Wait()
	time.Sleep(time.Second)
	for i, g := range all[n/2:] {
		list := g.got()
		left, joined := len(of(wire.KindLeft, list)), len(of(wire.KindJoined, list))
		want := 1
		if i == n/2-1 {
			want = 0 // its own name
		}
		if left != n/2 || joined != want {
			h.t.Fatalf("guest %d was told of %d that left and %d with a new name, want %d and %d", i, left, joined, n/2, want)
		}
	}
	for _, g := range all[:n/2] {
		if err := <-g.served; err != nil {
			h.t.Error(err)
		}
	}
}

// Where those who come are told of each other late, they still see where others
// point.
func TestCursorsOfACrowd(t *testing.T) { inHouse(t, testCursorsOfACrowd) }
func testCursorsOfACrowd(h *house) {
	all := h.crowd(60)
	all[0].point(5)
	self := own(h.t, all[0].got())
	time.Sleep(time.Second)
	late := h.enter(1000)
	time.Sleep(time.Second)
	known := false
	for _, f := range late.got() {
		switch f.kind {
		case wire.KindJoined:
			var j wire.Joined
			if err := j.Parse(f.body); err != nil {
				h.t.Fatal(err)
			}
			known = known || j.Member == self
		case wire.KindCursors:
			if at := cursors(h.t, []frame{f}); at[self].X != 5 || !known {
				h.t.Errorf("the cursors are %v, and it knows whose: %v", at, known)
			}
		}
	}
	if !known {
		h.t.Error("who comes late is not told who is here")
	}
}

// In a crowd, updates that are stored shortly after each other go together, the
// first at once, and to each who has not written them.
func TestUpdatesToACrowd(t *testing.T) { inHouse(t, testUpdatesToACrowd) }
func testUpdatesToACrowd(h *house) {
	all := h.crowd(100)
	for _, g := range all {
		g.got()
	}
	before := len(all[9].sizes)
	begin := time.Now()
	a, b, c := all[0], all[1], all[9]
	a.draw()
	if c.has(1) == 0 || time.Since(begin) != 0 {
		h.t.Error("the first update waits")
	}
	for range 10 {
		a.draw()
		b.draw()
	}
	a.wantAck("what is stored is acknowledged at once", a.got(), a.has(1))
	time.Sleep(10 * time.Millisecond)
	list := c.got()
	if n := len(of(wire.KindUpdate, list)); n != 21 || len(c.sizes)-before > 3 {
		h.t.Errorf("one got %d updates in %d messages, want 21 in 2", n, len(c.sizes)-before)
	}
	if n := len(of(wire.KindUpdate, a.got())); n != 10 {
		h.t.Errorf("a writer got %d updates, want the 10 of the other", n)
	}
	if n := len(of(wire.KindUpdate, b.got())); n != 11 {
		h.t.Errorf("the other writer got %d updates, want 11", n)
	}
	var last uint64
	for _, f := range list {
		if f.kind == wire.KindUpdate {
			if f.seq != last+1 && last != 0 {
				h.t.Errorf("position %d after %d (W11)", f.seq, last)
			}
			last = f.seq
		}
	}
	// Who comes in between gets nothing twice.
	a.draw()
	a.draw()
	late := h.enter(1000)
	time.Sleep(10 * time.Millisecond)
	synctest.Wait()
	wantSame(h.t, "in the end", a.doc, b.doc, c.doc, late.doc, h.stored("b"))
	if n := len(of(wire.KindUpdate, late.got())); n != 1 {
		h.t.Errorf("who came late got %d updates, want one with all", n)
	}
}
