package room_test

import (
	"bytes"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/room"
	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// holding says that a guest has selected one element, by its number.
func holding(seq uint32, element uint64) *wire.Selection {
	return &wire.Selection{Member: 77, Seq: seq, Elements: []wire.ID{{Replica: 9, Seq: element}}}
}

// dragging is holding while a gesture has moved the element by x.
func dragging(seq uint32, element uint64, x float64) *wire.Selection {
	s := holding(seq, element)
	s.By = []float64{1, 0, 0, 1, x, 0}
	return s
}

// wantSelection expects the last selection of a member to have come as it was sent.
func wantSelection(t *testing.T, when string, list []frame, member uint32, want *wire.Selection) {
	t.Helper()
	var last *wire.Selection
	for _, s := range parsed[wire.Selection](t, list) {
		if s.Member == member {
			last = &s
		}
	}
	sent := *want
	sent.Member = member
	if last == nil || !bytes.Equal(last.Append(nil), sent.Append(nil)) {
		t.Errorf("%s: member %d has in hand %+v, want %+v", when, member, last, sent)
	}
}

func TestW71Selection(t *testing.T) { inHouse(t, testW71Selection) }
func testW71Selection(h *house) {
	a, b := h.enter(1), h.enter(2)
	a.got()
	b.got()
	one := &wire.Selection{
		Member: 77, Seq: 1, Elements: []wire.ID{{Replica: 1<<53 - 1, Seq: 5}, {Replica: 3, Seq: 1}}, Caret: []wire.ID{{Replica: 3, Seq: 1}, {}, {Replica: 1, Seq: 9}},
	}
	a.say(one)
	wantSelection(h.t, "at once", b.wantKinds("of a selection", wire.KindSelection), 1, one)
	a.wantKinds("of its own selection")

	// What was overtaken, or comes twice, is not told.
	time.Sleep(time.Second)
	a.say(holding(3, 30))
	time.Sleep(time.Second)
	a.say(holding(2, 20), holding(3, 33))
	time.Sleep(time.Second)
	wantSelection(h.t, "of three, two of which were overtaken", b.wantKinds("of what was overtaken", wire.KindSelection), 1, holding(3, 30))

	// Who comes later is told after it knows whose it is.
	c := h.enter(3)
	list := c.got()
	kinds := []wire.Kind{}
	for _, f := range list {
		kinds = append(kinds, f.kind)
	}
	if slices.Index(kinds, wire.KindSelection) < slices.Index(kinds, wire.KindJoined) {
		h.t.Errorf("who comes is told %v", kinds)
	}
	wantSelection(h.t, "who comes later", list, 1, holding(3, 30))
	if v := h.stored("b").Vector(); len(v) != 0 {
		h.t.Errorf("the store has %v", v)
	}

	// One that says nothing is told like any other; so are those who come then.
	a.say(&wire.Selection{Seq: 4})
	wantSelection(h.t, "when nothing is selected", b.got(), 1, &wire.Selection{Seq: 4})
	a.say(holding(5, 1))
	a.leave()
	if n := len(parsed[wire.Selection](h.t, h.enter(4).got())); n != 0 {
		h.t.Errorf("%d selections of a member that has gone", n)
	}
}

// A thousand in a second are no more than screens show.
func TestW72SelectionsArePaced(t *testing.T) { inHouse(t, testW72SelectionsArePaced) }
func testW72SelectionsArePaced(h *house) {
	a, b := h.enter(1), h.enter(2)
	b.got()
	for i := range uint32(1000) {
		a.say(dragging(i+1, 5, float64(i)))
		time.Sleep(time.Millisecond)
	}
	time.Sleep(50 * time.Millisecond)
	list := b.got()
	if n := len(parsed[wire.Selection](h.t, list)); n < 55 || n > 63 {
		h.t.Errorf("%d were told in a second, want 60", n)
	}
	wantSelection(h.t, "the last one", list, 1, dragging(1000, 5, 999))
	time.Sleep(time.Minute / 4)
	b.wantKinds("while nothing moves")
}

// A gesture's end is told together with the update that it has made, when that is
// stored; what it does meanwhile waits for nothing.
func TestW72EndGoesWithItsUpdate(t *testing.T) { inHouse(t, testW72EndGoesWithItsUpdate) }
func testW72EndGoesWithItsUpdate(h *house) {
	a, b := h.enter(1), h.enter(2)
	b.got()
	h.store.Hold()
	a.draw()
	a.say(dragging(1, 5, 10))
	wantSelection(h.t, "the gesture", b.wantKinds("while a change is not stored", wire.KindSelection), 1, dragging(1, 5, 10))
	time.Sleep(time.Second)
	a.say(&wire.Update{Data: stroke(a.doc, 3)}, holding(2, 5))
	time.Sleep(time.Second)
	b.wantKinds("of the end, before it is stored")
	b.mu.Lock()
	before := len(b.sizes)
	b.mu.Unlock()
	h.store.Release()
	list := b.wantKinds("when it is stored", wire.KindUpdate, wire.KindUpdate, wire.KindSelection)
	wantSelection(h.t, "the end", list, 1, holding(2, 5))
	if n := len(b.sizes) - before; n != 2 {
		// The first change was on its way to the store alone.
		h.t.Errorf("they came in %d messages, want the end in that of its update", n)
	}
	time.Sleep(time.Second)
	b.wantKinds("afterwards")
	// The next one waits for nothing.
	a.say(holding(3, 6))
	wantSelection(h.t, "afterwards", b.got(), 1, holding(3, 6))
}

// Gestures go by datagram, numbered with the others (W11), and where the last one
// has got to is told in order; what is selected goes in order alone.
func TestW72SelectionsByDatagram(t *testing.T) { inHouse(t, testW72SelectionsByDatagram) }
func testW72SelectionsByDatagram(h *house) {
	a := h.enter(1)
	well, ill := h.enterBy(withDatagrams(), 2), h.enterBy(withDatagrams(conn.Lost), 3)
	a.say(holding(1, 5))
	for _, g := range []*guest{well, ill} {
		list := g.got()
		wantSelection(h.t, "in order", list, 1, holding(1, 5))
		if n := len(counted(wire.KindSelection, list)); n != 0 {
			h.t.Errorf("what is selected came by %d datagrams", n)
		}
	}
	for i := range uint32(10) {
		a.say(dragging(2+i, 5, float64(i)))
		time.Sleep(time.Second / 30)
	}
	if seqs := counted(wire.KindSelection, well.got()); !slices.Equal(seqs, []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}) {
		h.t.Errorf("ten steps of a gesture came as datagrams %v", seqs)
	}
	ill.wantKinds("over a path that loses all datagrams")
	time.Sleep(time.Second)
	for _, g := range []*guest{well, ill} {
		wantSelection(h.t, "that came to rest", g.wantKinds("when it rests", wire.KindSelection), 1, dragging(11, 5, 9))
	}
	// What no datagram holds goes in order.
	large := dragging(12, 5, 1)
	for i := range uint64(wire.MaxSelected - 1) {
		large.Elements = append(large.Elements, wire.ID{Replica: i * i << 30, Seq: i})
	}
	a.say(large)
	wantSelection(h.t, "a large one", ill.got(), 1, large)
}

// A member that reads slowly is told the newest of each, in one piece, after all
// that is durable.
func TestSelectionsForSlowReader(t *testing.T) { inHouse(t, testSelectionsForSlowReader) }
func testSelectionsForSlowReader(h *house) {
	a, c := h.enter(1), h.enter(3)
	b := h.visit(2)
	b.say(b.hello())
	b.read()
	c.say(holding(1, 8))
	time.Sleep(time.Second)
	for i := range uint32(100) {
		a.say(dragging(i+1, 5, float64(i)))
		time.Sleep(10 * time.Millisecond)
	}
	d := h.enter(4)
	d.say(holding(1, 9))
	time.Sleep(time.Second)
	b.listen()
	list := b.got()
	if n := len(parsed[wire.Selection](h.t, list)); n > 8 {
		h.t.Errorf("%d selections waited, want the newest ones", n)
	}
	wantSelection(h.t, "of one that moved", list, 1, dragging(100, 5, 99))
	wantSelection(h.t, "of one that rests", list, 2, holding(1, 8))
	wantSelection(h.t, "of one that has come since", list, 4, holding(1, 9))
	joined := slices.IndexFunc(list, func(f frame) bool { return f.kind == wire.KindJoined && bytes.HasPrefix(f.body, []byte{8, 4}) })
	told := slices.IndexFunc(list, func(f frame) bool { return f.kind == wire.KindSelection && bytes.HasPrefix(f.body, []byte{8, 4}) })
	if told < joined {
		h.t.Errorf("the selection of a newcomer is frame %d, its Joined frame %d", told, joined)
	}
	if h.metrics.dropped[room.PolicyConflate] == 0 {
		h.t.Error("nothing counts as conflated")
	}
}

// A member whose queue was dropped is told again, with its new Welcome.
func TestW73WelcomedAgain(t *testing.T) { inHouse(t, testW73WelcomedAgain) }
func testW73WelcomedAgain(h *house) {
	a := h.enter(1)
	b := h.visit(2)
	b.say(b.hello())
	b.read()
	a.drawMuch(2 << 20) // more than waits for anybody
	a.say(holding(1, 5))
	time.Sleep(time.Second)
	b.listen()
	list := b.got()
	if n := len(of(wire.KindWelcome, list)); n == 0 {
		h.t.Fatal("its queue was not dropped")
	}
	last := 0
	for i, f := range list {
		if f.kind == wire.KindWelcome {
			last = i
		}
	}
	wantSelection(h.t, "after the last Welcome", list[last:], 1, holding(1, 5))
}

// In a crowd, where Joined comes late, nobody misses what a newcomer selects.
func TestSelectionsInACrowd(t *testing.T) { inHouse(t, testSelectionsInACrowd) }
func testSelectionsInACrowd(h *house) {
	witness := h.enter(1000)
	for r := range board.Replica(60) {
		h.enter(r + 1).say(holding(1, uint64(r)+1))
	}
	h.settle()
	known := map[uint32]bool{}
	told := map[uint32]uint64{}
	for _, f := range witness.got() {
		switch f.kind {
		case wire.KindJoined:
			for member := range people(h.t, []frame{f}) {
				known[member] = true
			}
		case wire.KindSelection:
			for _, s := range parsed[wire.Selection](h.t, []frame{f}) {
				if known[s.Member] { // others are ignored
					told[s.Member] = s.Elements[0].Seq
				}
			}
		}
	}
	for i := range uint32(60) {
		if told[i+2] != uint64(i)+1 {
			h.t.Errorf("member %d has in hand %d, want %d", i+2, told[i+2], i+1)
		}
	}
}

// What all members of a board have in hand is bounded. Beyond it one has nothing.
func TestW73SelectionsAreBounded(t *testing.T) { inHouse(t, testW73SelectionsAreBounded) }
func testW73SelectionsAreBounded(h *house) {
	large := wire.Selection{Seq: 1}
	for i := range uint64(wire.MaxSelected) {
		large.Elements = append(large.Elements, wire.ID{Replica: i % 2 << 52, Seq: i % 2 << 40})
	}
	witness := h.enter(1000)
	var all []*guest
	for r := range board.Replica(100) {
		all = append(all, h.enter(r+1))
		all[r].say(&large)
	}
	h.settle()
	witness.got()
	late := h.enter(2000)
	h.settle()
	size, empty := 0, 0
	for _, s := range parsed[wire.Selection](h.t, late.got()) {
		size += len(s.Append(nil))
		if len(s.Elements) == 0 {
			empty++
		}
	}
	if size < 200<<10 || size > 257<<10 || empty == 0 {
		h.t.Errorf("%d bytes are kept, %d members show nothing", size, empty)
	}
	if n := h.metrics.dropped[room.PolicyDrop]; n != empty {
		h.t.Errorf("%d count as dropped, want %d", n, empty)
	}
	// Who goes makes room.
	for _, g := range all[:99] {
		g.leave()
	}
	large.Seq = 2
	all[99].say(&large)
	h.settle()
	synctest.Wait()
	wantSelection(h.t, "when there is room again", witness.got(), 101, &large)
}

// Two people as in a page: what one drags stands for the other where it is, at
// every moment. When the gesture ends it neither jumps back nor goes twice as far.
func TestW72DragIsSeamless(t *testing.T) { inHouse(t, testW72DragIsSeamless) }
func testW72DragIsSeamless(h *house) {
	a, b := h.person(1), h.person(2)
	defer a.leave()
	defer b.leave()
	time.Sleep(time.Second)
	var id board.ID
	move := func(s *client.Session, x float64) {
		e := s.Doc().Edit()
		if id == (board.ID{}) {
			id = e.Create(board.KindNote)
		}
		e.Set(id, board.KeyX, board.Float(x))
		s.Commit(e.Commit())
	}
	a.link.Do(func(s *client.Session) { move(s, 0) })
	time.Sleep(time.Second)
	shown := 0.0
	most := 0.0 // as far as it was dragged
	look := func() {
		b.link.Do(func(s *client.Session) {
			x := s.Doc().Element(id).Float(board.KeyX, -1)
			for _, m := range s.Members() {
				if slices.Contains(m.Selection.Elements, id) {
					x += m.Selection.By.E
				}
			}
			if x < shown || x > most {
				h.t.Errorf("what was shown at %v is shown at %v, and was dragged to %v", shown, x, most)
			}
			shown = x
		})
	}
	at := 0.0
	for round := range 10 {
		for step := range 10 {
			most = at + float64(step+1)
			a.link.Do(func(s *client.Session) {
				s.Select(client.Selection{Elements: []board.ID{id}, By: client.Matrix{A: 1, D: 1, E: float64(step + 1)}})
			})
			for range 7 * (round + 1) { // steps and pictures fall together in every way
				time.Sleep(time.Millisecond)
				look()
			}
		}
		at += 10
		if round == 5 {
			h.store.Hold()
		}
		a.link.Do(func(s *client.Session) {
			move(s, at)
			s.Select(client.Selection{Elements: []board.ID{id}})
		})
		for range 300 {
			time.Sleep(time.Millisecond)
			look()
		}
		if round == 5 {
			h.store.Release()
			time.Sleep(time.Second)
		}
	}
	time.Sleep(time.Second)
	if look(); shown != 100 {
		h.t.Errorf("in the end it is shown at %v, want 100", shown)
	}
}
