package room_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/relay/room"
	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// looking says that a guest sees the board around x.
func looking(seq uint32, x float64) *wire.Viewport {
	return &wire.Viewport{Member: 77, Seq: seq, View: []float64{x, 0, 1280, 720}}
}

// following is looking while it follows another.
func following(seq uint32, x float64, other uint32) *wire.Viewport {
	v := looking(seq, x)
	v.Following = other
	return v
}

// viewports parses those of a member among frames.
func viewports(t *testing.T, list []frame, member uint32) (all []wire.Viewport) {
	t.Helper()
	for _, v := range parsed[wire.Viewport](t, list) {
		if v.Member == member {
			all = append(all, v)
		}
	}
	return all
}

// wantViewport expects the last Viewport of a member to have come as it was sent.
func wantViewport(t *testing.T, when string, list []frame, member uint32, want *wire.Viewport) {
	t.Helper()
	sent := *want
	sent.Member = member
	all := viewports(t, list, member)
	if n := len(all); n == 0 || !bytes.Equal(all[n-1].Append(nil), sent.Append(nil)) {
		t.Errorf("%s: member %d looks at %+v, want %+v", when, member, all, sent)
	}
}

func TestW74Viewport(t *testing.T) { inHouse(t, testW74Viewport) }
func testW74Viewport(h *house) {
	a, b := h.enter(1), h.enter(2)
	a.got()
	b.got()
	one := looking(1, 5)
	one.Page, one.Presents = []wire.ID{{Replica: 1<<53 - 1, Seq: 5}}, true
	a.say(one)
	wantViewport(h.t, "at once", b.wantKinds("of a view", wire.KindViewport), 1, one)
	a.wantKinds("of its own view")
	time.Sleep(time.Minute / 4)
	b.wantKinds("of what was told")

	// What was overtaken, or comes twice, is not told.
	next := *one
	next.Seq, next.View = 3, []float64{9, 9, 100, 100}
	overtaken := *one
	overtaken.Seq = 2
	a.say(&next, &overtaken, one)
	time.Sleep(time.Second)
	wantViewport(h.t, "of three, two of which were overtaken", b.wantKinds("of what was overtaken", wire.KindViewport), 1, &next)

	// Who comes later is told after it knows whose it is.
	list := h.enter(3).got()
	joined := slices.IndexFunc(list, func(f frame) bool { return f.kind == wire.KindJoined })
	told := slices.IndexFunc(list, func(f frame) bool { return f.kind == wire.KindViewport })
	if told < joined {
		h.t.Errorf("who comes is told of a view by frame %d, of a member by frame %d", told, joined)
	}
	wantViewport(h.t, "who comes later", list, 1, &next)
	if v := h.stored("b").Vector(); len(v) != 0 {
		h.t.Errorf("the store has %v", v)
	}

	// One that says nothing is told like any other; it goes with its member.
	a.say(&wire.Viewport{Seq: 4})
	wantViewport(h.t, "when nothing is said", b.got(), 1, &wire.Viewport{Seq: 4})
	a.leave()
	if n := len(viewports(h.t, h.enter(4).got(), 1)); n != 0 {
		h.t.Errorf("%d views of a member that has gone", n)
	}
}

// Who follows sees every step; the others only where it has come to rest.
func TestW75OnlyFollowersSeeEveryStep(t *testing.T) { inHouse(t, testW75OnlyFollowersSeeEveryStep) }
func testW75OnlyFollowersSeeEveryStep(h *house) {
	a, b, c := h.enter(1), h.enter(2), h.enter(3)
	a.say(looking(1, 0))
	b.say(following(1, 0, 1))
	wantViewport(h.t, "who is followed hears so", a.got(), 2, following(1, 0, 1))
	time.Sleep(time.Second)
	b.got()
	c.got()
	for i := range uint32(1000) {
		a.say(looking(i+2, float64(i)))
		time.Sleep(time.Millisecond)
	}
	time.Sleep(50 * time.Millisecond)
	list := b.got()
	if n := len(viewports(h.t, list, 1)); n < 55 || n > 63 {
		h.t.Errorf("who follows was told %d steps in a second, want 60", n)
	}
	wantViewport(h.t, "the last step", list, 1, looking(1001, 999))
	c.wantKinds("who does not follow, while it moves")
	time.Sleep(time.Second)
	wantViewport(h.t, "when it rests", c.wantKinds("when it rests", wire.KindViewport), 1, looking(1001, 999))
	b.got()
	time.Sleep(time.Minute / 4)
	b.wantKinds("while nothing moves")

	// Who has ceased to follow is one of the others.
	b.say(looking(2, 0))
	time.Sleep(time.Second)
	b.got()
	a.say(looking(1002, 1), looking(1003, 2))
	b.wantKinds("at once, who does not follow any more")
	time.Sleep(time.Second)
	b.wantKinds("then", wire.KindViewport)
	// Whoever follows itself, or nobody who is here, follows nobody.
	a.say(following(1004, 3, 1))
	b.say(following(3, 0, 99))
	time.Sleep(time.Second)
	a.wantStays("following itself")
	b.wantStays("following nobody who is here")
}

// Steps go by datagram, numbered with the others (W11), and where the last one has
// got to is told in order.
func TestW75ViewportsByDatagram(t *testing.T) { inHouse(t, testW75ViewportsByDatagram) }
func testW75ViewportsByDatagram(h *house) {
	a := h.enter(1)
	well, ill := h.enterBy(withDatagrams(), 2), h.enterBy(withDatagrams(conn.Lost), 3)
	a.say(looking(1, 0))
	for _, g := range []*guest{well, ill} {
		g.say(following(1, 0, 1))
		if n := len(counted(wire.KindViewport, g.got())); n != 0 {
			h.t.Errorf("what is new besides the view came by %d datagrams", n)
		}
	}
	time.Sleep(time.Second)
	well.got()
	ill.got()
	for i := range uint32(10) {
		a.say(looking(2+i, float64(i)))
		time.Sleep(time.Second / 30)
	}
	if seqs := counted(wire.KindViewport, well.got()); !slices.Equal(seqs, []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}) {
		h.t.Errorf("ten steps came as datagrams %v", seqs)
	}
	ill.wantKinds("over a path that loses all datagrams")
	time.Sleep(time.Second)
	for _, g := range []*guest{well, ill} {
		wantViewport(h.t, "that came to rest", g.wantKinds("when it rests", wire.KindViewport), 1, looking(11, 9))
	}
}

// A member that reads slowly is told the newest of each.
func TestViewportsForSlowReader(t *testing.T) { inHouse(t, testViewportsForSlowReader) }
func testViewportsForSlowReader(h *house) {
	a, c := h.enter(1), h.enter(3)
	b := h.visit(2)
	b.say(b.hello(), following(1, 0, 1))
	b.read()
	c.say(looking(1, 8), holding(1, 8))
	time.Sleep(time.Second)
	for i := range uint32(100) {
		a.say(looking(i+1, float64(i)), dragging(i+1, 5, float64(i)))
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(time.Second)
	b.listen()
	list := b.got()
	if n := len(of(wire.KindViewport, list)); n > 8 {
		h.t.Errorf("%d views waited, want the newest ones", n)
	}
	wantViewport(h.t, "of one that moved", list, 1, looking(100, 99))
	wantViewport(h.t, "of one that rests", list, 2, looking(1, 8))
	wantSelection(h.t, "beside them", list, 1, dragging(100, 5, 99))
	wantSelection(h.t, "beside them, of one that rests", list, 2, holding(1, 8))
	if h.metrics.dropped[room.PolicyConflate] == 0 {
		h.t.Error("nothing counts as conflated")
	}
}

// In a crowd, where Joined comes late, nobody misses where a newcomer looks.
func TestViewportsInACrowd(t *testing.T) { inHouse(t, testViewportsInACrowd) }
func testViewportsInACrowd(h *house) {
	witness := h.enter(1000)
	for r := range board.Replica(60) {
		h.enter(r + 1).say(looking(1, float64(r+1)))
	}
	h.settle()
	known, told := map[uint32]bool{}, map[uint32]float64{}
	for _, f := range witness.got() {
		switch f.kind {
		case wire.KindJoined:
			for member := range people(h.t, []frame{f}) {
				known[member] = true
			}
		case wire.KindViewport:
			var v wire.Viewport
			if err := v.Parse(f.body); err != nil {
				h.t.Error(err)
			}
			if known[v.Member] { // others are ignored
				told[v.Member] = v.View[0]
			}
		}
	}
	for i := range uint32(60) {
		if told[i+2] != float64(i+1) {
			h.t.Errorf("member %d looks at %v, want %d", i+2, told[i+2], i+1)
		}
	}
}

// Who may only see a board may follow, and does not present it (W65).
func TestW65ViewersDoNotPresent(t *testing.T) { guarded(t, testW65ViewersDoNotPresent) }
func testW65ViewersDoNotPresent(h *house, d *desk) {
	for r, presents := range []bool{auth.Viewer: false, auth.Commenter: false, auth.Editor: true} {
		if r == 0 {
			continue
		}
		witness := h.visit(99).show("owner")
		g := h.visit(board.Replica(r)).show(auth.Role(r).String())
		own := g.welcomed(g.got()).Member
		v := following(1, 0, 1)
		v.Presents = true
		g.say(v)
		v.Presents = presents
		wantViewport(h.t, auth.Role(r).String(), witness.got(), own, v)
		g.leave()
		witness.leave()
	}
}

// reaction is a sign at a place.
func reaction(symbol uint32) *wire.Signal {
	return &wire.Signal{Member: 77, What: wire.SignalReaction, View: []float64{1, 2, 0, 0}, Symbol: symbol}
}

func TestW77Signal(t *testing.T) { inHouse(t, testW77Signal) }
func testW77Signal(h *house) {
	a, b := h.enter(1), h.enter(2)
	a.got()
	b.got()
	summon := &wire.Signal{What: wire.SignalSummon, View: []float64{5, 6, 1280, 720}, Page: []wire.ID{{Replica: 3, Seq: 1}}}
	a.say(summon)
	got := parsed[wire.Signal](h.t, b.wantKinds("at once", wire.KindSignal))
	summon.Member = 1
	if !bytes.Equal(got[0].Append(nil), summon.Append(nil)) {
		h.t.Errorf("a summons came as %+v, want %+v", got[0], summon)
	}
	a.wantKinds("of its own signal")

	// Several at once come in their order, each to all but whose it is.
	c := h.enter(3)
	a.got()
	b.got()
	if n := len(parsed[wire.Signal](h.t, c.got())); n != 0 {
		h.t.Errorf("who comes later is told %d signals", n)
	}
	a.say(reaction(1), reaction(2))
	b.say(reaction(3))
	a.say(&wire.Signal{What: 99})
	time.Sleep(time.Second)
	for g, want := range map[*guest][]uint32{a: {3}, b: {1, 2, 0}, c: {1, 2, 3, 0}} {
		var symbols []uint32
		for _, s := range parsed[wire.Signal](h.t, g.got()) {
			symbols = append(symbols, s.Symbol)
		}
		if !slices.Equal(symbols, want) {
			h.t.Errorf("replica %d was shown %v, want %v", g.doc.Replica(), symbols, want)
		}
	}
	if v := h.stored("b").Vector(); len(v) != 0 {
		h.t.Errorf("the store has %v", v)
	}
}

func TestW78SignalsAreRationed(t *testing.T) { inHouse(t, testW78SignalsAreRationed) }
func testW78SignalsAreRationed(h *house) {
	a, b := h.enter(1), h.enter(2)
	b.got()
	for range 1000 {
		a.say(reaction(1))
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(time.Second)
	if n := len(parsed[wire.Signal](h.t, b.got())); n < 58 || n > 61 {
		h.t.Errorf("%d signals were told in ten seconds, want 5 a second and 10 that were saved up", n)
	}
	if n := h.metrics.dropped[room.PolicyDrop]; n < 930 {
		h.t.Errorf("%d count as dropped", n)
	}
	a.wantStays("with too many signals")
	time.Sleep(10 * time.Second)
	for range 3 {
		a.say(reaction(2))
	}
	time.Sleep(time.Second)
	if n := len(parsed[wire.Signal](h.t, b.got())); n != 3 {
		h.t.Errorf("after a pause %d signals were told, want 3", n)
	}
	// However many members there are, together they do not flood the room.
	for r := range board.Replica(60) {
		g := h.enter(100 + r)
		for range 10 {
			g.say(reaction(3))
		}
	}
	h.settle()
	if n := len(parsed[wire.Signal](h.t, b.got())); n > 210 {
		h.t.Errorf("sixty members together were heard %d times, want what one second has and what was saved up", n)
	}
}

// Two people as in a page: one follows the other, who goes about the board, and sees
// what it sees, soon and in the end.
func TestFollowing(t *testing.T) { inHouse(t, testFollowing) }
func testFollowing(h *house) {
	a, b := h.person(1), h.person(2)
	defer a.leave()
	defer b.leave()
	time.Sleep(time.Second)
	around := func(x float64) client.Viewport { return client.Viewport{X: x, W: 1280, H: 720} }
	seen := func() (x float64) {
		b.link.Do(func(s *client.Session) {
			for _, m := range s.Members() {
				x = m.Viewport.X
			}
		})
		return x
	}
	a.link.Do(func(s *client.Session) { s.Look(around(1)) })
	time.Sleep(time.Second)
	if seen() != 1 {
		h.t.Errorf("where one looks at first is seen at %v", seen())
	}
	a.link.Do(func(s *client.Session) { s.Look(around(2)) })
	time.Sleep(time.Second)
	if seen() != 1 {
		h.t.Error("a view that nobody follows is told before it rests")
	}
	b.link.Do(func(s *client.Session) {
		v := around(0)
		for id := range s.Members() {
			v.Following = id
		}
		s.Look(v)
	})
	time.Sleep(time.Second / 4)
	if seen() != 2 {
		h.t.Errorf("who begins to follow sees %v, want 2", seen())
	}
	for x := range 100 {
		a.link.Do(func(s *client.Session) {
			if !s.Followed() {
				h.t.Error("who is followed does not know")
			}
			s.Look(around(float64(x)))
		})
		time.Sleep(10 * time.Millisecond)
		if got := seen(); got < float64(x-6) {
			h.t.Errorf("who follows sees %v when the other sees %d", got, x)
		}
	}
	time.Sleep(time.Second)
	if seen() != 99 {
		h.t.Errorf("in the end who follows sees %v, want 99", seen())
	}
}
