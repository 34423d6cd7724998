package room_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/room"
	"edgeboard/shared/board"
	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

func TestTwoMembers(t *testing.T) { inHouse(t, testTwoMembers) }
func testTwoMembers(h *house) {
	a := h.enter(1)
	got := a.wantKinds("alone on an empty board", wire.KindWelcome)
	var w wire.Welcome
	if err := w.Parse(got[0].body); err != nil || w.Version != wire.Version || w.Member == 0 || w.MaxMessage != wire.MaxMessage || w.Time != uint64(time.Now().UnixMilli()) {
		h.t.Errorf("Welcome is %+v, %v", w, err)
	}
	b := h.enter(2)
	got = b.got()
	if joined := of(wire.KindJoined, got); len(joined) != 1 {
		h.t.Errorf("the second member was told of %d members, want the one other (W29)", len(joined))
	}
	got = a.wantKinds("when another comes", wire.KindJoined)
	var j wire.Joined
	if err := j.Parse(got[0].body); err != nil || j.Name != "guest 2" || j.Color != 2 {
		h.t.Errorf("Joined is %+v, %v", j, err)
	}
	a.draw()
	b.wantKinds("after a change of the other", wire.KindUpdate)
	a.wantAck("after its own change", a.got(), a.doc.Seq(1))
	b.draw()
	a.wantKinds("after a change of the other", wire.KindUpdate)
	wantSame(h.t, "in the end", a.doc, b.doc, h.stored("b"))

	// Who comes later gets exactly what it lacks.
	c := h.visit(3)
	updates, err := a.doc.Diff(board.Vector{2: b.doc.Seq(2)})
	if err != nil {
		h.t.Fatal(err)
	}
	c.doc.Apply(updates)
	c.say(c.hello())
	c.listen()
	for _, body := range of(wire.KindUpdate, c.got()) {
		var u wire.Update
		if err := u.Parse(body); err != nil {
			h.t.Fatal(err)
		}
		for r := range board.Split(u.Data) {
			if r != 2 {
				h.t.Errorf("an update of replica %d was sent to one who has it", r)
			}
		}
	}
	wantSame(h.t, "for the one who came later", c.doc, a.doc)
	b.leave()
	if list := a.got(); len(of(wire.KindLeft, list)) != 1 {
		h.t.Error("nobody said that a member has left")
	}
}

func TestPositionsAscend(t *testing.T) { inHouse(t, testPositionsAscend) }
func testPositionsAscend(h *house) { // W11
	a, b := h.enter(1), h.enter(2)
	a.draw()
	a.draw()
	b.got()
	a.draw()
	c := h.enter(3)
	var last uint64
	for _, f := range b.got() {
		if f.kind != wire.KindUpdate && f.seq != 0 {
			h.t.Errorf("a frame of kind %d has position %d", f.kind, f.seq)
		}
		last = max(last, f.seq)
	}
	if last != 3 {
		h.t.Errorf("after three updates the position is %d", last)
	}
	for _, f := range c.got() {
		if want := uint64(0); f.kind == wire.KindUpdate && f.seq != last || f.kind != wire.KindUpdate && f.seq != want {
			h.t.Errorf("what was missed comes with position %d in kind %d", f.seq, f.kind)
		}
	}
}

func TestSameUpdateTwice(t *testing.T) { inHouse(t, testSameUpdateTwice) }
func testSameUpdateTwice(h *house) {
	a, b := h.enter(1), h.enter(2)
	b.got()
	u := stroke(a.doc, 3)
	a.say(&wire.Update{Data: u})
	a.got()
	b.wantKinds("the first time", wire.KindUpdate)
	before := h.stored("b").Snapshot()
	a.say(&wire.Update{Data: u}, &wire.Update{Data: u})
	a.wantAck("the second time (W20)", a.got(), a.doc.Seq(1))
	b.wantKinds("the second time")
	if string(h.stored("b").Snapshot()) != string(before) || appended(h) != 1 {
		h.t.Errorf("%d updates were stored, want one", appended(h))
	}
	// Also while something of another member is not stored yet.
	h.store.Hold()
	b.draw()
	a.say(&wire.Update{Data: u}, &wire.Update{Data: u})
	a.wantKinds("while the store is slow")
	h.store.Release()
	a.wantAck("when all is stored", a.got(), a.doc.Seq(1))
	if appended(h) != 2 {
		h.t.Errorf("%d updates were stored, want two", appended(h))
	}
}

// appended counts the updates in the store.
func appended(h *house) (n int) {
	none := func([]byte) error { return nil }
	_ = h.store.Load(h.t.Context(), "b", none, func([]byte) error { n++; return nil })
	return n
}

func TestRename(t *testing.T) { inHouse(t, testRename) }
func testRename(h *house) {
	a, b := h.enter(1), h.enter(2)
	a.got()
	b.got()
	a.say(&wire.Profile{Name: "Grace", Color: 9})
	got := b.wantKinds("after a new name", wire.KindJoined)
	var j wire.Joined
	if err := j.Parse(got[0].body); err != nil || j.Name != "Grace" || j.Color != 9 {
		h.t.Errorf("Joined is %+v, %v", j, err)
	}
	a.wantKinds("after its own new name (W30)")
	c := h.enter(3)
	if n := len(of(wire.KindJoined, c.got())); n != 2 {
		h.t.Errorf("told of %d members, want 2", n)
	}
}

func TestHelloWithMore(t *testing.T) { inHouse(t, testHelloWithMore) }
func testHelloWithMore(h *house) {
	// A client need not wait for Welcome to say where it points, and how frames
	// are grouped has no meaning (W4, W18). Before Hello, what is of a later
	// version is ignored (W8), and so is a message without frames (W1).
	a := h.enter(1)
	a.got()
	b := h.visit(2)
	b.listen()
	b.sayRaw(nil)
	b.sayRaw([]byte{4, 0xc2, 0x3e, 1, 'x'}) // kind 1000
	b.say(b.hello(), &wire.Cursors{List: []wire.Cursor{{X: 8, Y: 9}}}, &wire.Profile{Name: "Bob"})
	b.wantStays("after Hello with more")
	list := a.got()
	if n := len(of(wire.KindJoined, list)); n != 2 {
		h.t.Errorf("%d frames say Joined, want one for the visit and one for the name", n)
	}
	if cs := of(wire.KindCursors, list); len(cs) == 0 {
		h.t.Error("the cursor that came with Hello is lost")
	}
	time.Sleep(time.Second)
}

func TestSilentMember(t *testing.T) { inHouse(t, testSilentMember) }
func testSilentMember(h *house) {
	a, b := h.enter(1), h.enter(2)
	for range 6 { // b pings, a does not
		time.Sleep(15 * time.Second)
		b.say(&wire.Ping{Stamp: 5})
	}
	a.wantEnd("after 60 s of silence", wire.CodeSilent)
	b.wantStays("with a ping each 15 s")
	if n := len(of(wire.KindPong, b.got())); n != 6 {
		h.t.Errorf("%d Pongs for 6 Pings", n)
	}
	b.leave()
}

func TestReplicaComesBack(t *testing.T) { inHouse(t, testReplicaComesBack) }
func testReplicaComesBack(h *house) {
	a, b := h.enter(1), h.enter(2)
	a.draw()
	a.got()
	b.got()
	again := h.visit(1)
	all, err := a.doc.Diff(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	again.doc.Apply(all)
	again.say(again.hello())
	again.listen()
	a.wantEnd("the old connection", wire.CodeReplaced)
	again.wantStays("the new connection")
	b.wantKinds("the other member", wire.KindLeft, wire.KindJoined)
	again.draw()
	b.wantKinds("after a change on the new connection", wire.KindUpdate)
	wantSame(h.t, "in the end", again.doc, b.doc, h.stored("b"))
}

func TestRoomStopsWhenEmpty(t *testing.T) { inHouse(t, testRoomStopsWhenEmpty) }
func testRoomStopsWhenEmpty(h *house) {
	if h.hub.Rooms() != 0 {
		h.t.Error("a new hub has rooms")
	}
	a, b := h.enter(1), h.enter(2)
	if h.hub.Rooms() != 1 {
		h.t.Errorf("%d rooms with two members on one board", h.hub.Rooms())
	}
	a.draw()
	a.got()
	a.leave()
	b.draw()
	h.store.Hold()
	b.draw()
	b.leave()
	synctest.Wait()
	if h.hub.Rooms() != 1 {
		h.t.Error("the room stopped with something not stored")
	}
	h.store.Release()
	time.Sleep(4 * time.Second)
	if h.hub.Rooms() != 1 {
		h.t.Error("who is back after four seconds finds no room")
	}
	time.Sleep(2 * time.Second)
	if h.hub.Rooms() != 0 {
		h.t.Error("an empty room goes on")
	}
	c := h.enter(3)
	wantSame(h.t, "for a later visitor", c.doc, h.stored("b"))
	if c.doc.Len() != 3 {
		h.t.Errorf("a later visitor sees %d lines, want 3", c.doc.Len())
	}
}

func TestHubClose(t *testing.T) { synctest.Test(t, testHubClose) }
func testHubClose(t *testing.T) {
	h := newHouse(t)
	a, b := h.enter(1), h.enter(2)
	early := h.visit(3) // has not said Hello
	early.listen()
	stalled := h.visit(4)
	stalled.say(stalled.hello()) // does not read its Welcome
	h.store.Hold()
	a.draw()
	synctest.Wait()

	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	begin := time.Now()
	if err := h.hub.Close(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != 5*time.Second {
		t.Errorf("Close with a store that hangs returned %v after %v, want its context's error when that ends", err, time.Since(begin))
	}
	for _, g := range []*guest{a, b, early} {
		if d := g.wantEnd("at Close", wire.CodeGoingAway); d.RetryMS == 0 {
			t.Error("a relay that goes away does not say when to come back")
		}
	}
	late := h.visit(5)
	late.listen()
	if err := <-late.served; err != nil {
		t.Errorf("Serve after Close: %v", err)
	}
	h.store.Release()
	if err := h.hub.Close(t.Context()); err != nil {
		t.Errorf("Close with a store that works again: %v", err)
	}
	wantSame(t, "after Close", a.doc, h.stored("b"))
}

func TestHubCloseDoesNotWaitForStalledMembers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		g := h.visit(1)
		g.say(g.hello())
		synctest.Wait()
		begin := time.Now()
		if err := h.hub.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took > time.Second {
			t.Errorf("a member that does not read held Close up for %v", took)
		}
	})
}

func TestServeContextEnds(t *testing.T) { inHouse(t, testServeContextEnds) }
func testServeContextEnds(h *house) {
	g := h.enter(1)
	g.conn.Close(1006, "") // the transport breaks
	if err := <-g.served; err == nil {
		h.t.Error("a connection that broke is no reason to log")
	}
	time.Sleep(10 * time.Second)
	if h.hub.Rooms() != 0 {
		h.t.Error("the room goes on")
	}
}

// listener is a connection whose client has said all that it has to say, and
// takes what comes as slowly as the test likes.
type listener struct {
	says   [][]byte
	takes  time.Duration // each message
	heard  []wire.Kind
	closed chan struct{}
	once   sync.Once
}

func (l *listener) Receive(context.Context) ([]byte, error) {
	if len(l.says) == 0 {
		return nil, &conn.CloseError{Code: uint32(wire.CodeNormal)}
	}
	msg := l.says[0]
	l.says = l.says[1:]
	return msg, nil
}

func (l *listener) Send(_ context.Context, msg []byte) error {
	select {
	case <-time.After(l.takes):
	case <-l.closed:
		return conn.ErrClosed
	}
	for f, err := range wire.Frames(msg) {
		if err != nil {
			return err
		}
		l.heard = append(l.heard, f.Kind)
	}
	return nil
}

func (l *listener) Close(uint32, string) { l.once.Do(func() { close(l.closed) }) }

// A client that ends its half of the connection gets what waits for it, if it
// takes it soon (W59).
func TestW59ClientThatOnlyListens(t *testing.T) { inHouse(t, testW59ClientThatOnlyListens) }
func testW59ClientThatOnlyListens(h *house) {
	a := h.enter(1)
	a.draw()
	a.wantStays("before")
	ask := func(takes time.Duration) []wire.Kind {
		l := &listener{says: [][]byte{message((&guest{doc: board.New(2)}).hello())}, takes: takes, closed: make(chan struct{})}
		begin := time.Now()
		if err := h.hub.Serve(l, room.Visitor{}); err != nil {
			h.t.Errorf("Serve returned %v", err)
		}
		if took := time.Since(begin); took > time.Second {
			h.t.Errorf("one that takes a message in %v is left after %v", takes, took)
		}
		return l.heard
	}
	if got := ask(100 * time.Millisecond); !slices.Contains(got, wire.KindWelcome) || !slices.Contains(got, wire.KindUpdate) {
		h.t.Errorf("it got %v, want Welcome and the board", got)
	}
	if got := ask(time.Hour); len(got) != 0 {
		h.t.Errorf("one that takes nothing got %v", got)
	}
}
