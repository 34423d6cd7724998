package client_test

import (
	"testing"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/wire"
)

func TestHeartbeat(t *testing.T) {
	k := liveTalk(t)
	begin := k.now
	if got := k.s.Deadline(); got != begin.Add(15*time.Second) {
		t.Errorf("Tick is wanted after %v, want 15s", got.Sub(begin))
	}
	tick := func(after time.Duration) error {
		k.now = begin.Add(after)
		return k.s.Tick(k.now)
	}
	if err := tick(15*time.Second - 1); err != nil || k.s.Waiting() {
		t.Errorf("before 15 s of silence: %v, something to send: %v", err, k.s.Waiting())
	}
	if err := tick(15 * time.Second); err != nil {
		t.Error(err)
	}
	got := k.sent()
	k.wantKinds("after 15 s of silence", got, wire.KindPing)
	if got := k.s.Deadline(); got != begin.Add(18*time.Second) {
		t.Errorf("after the Ping, Tick is wanted after %v, want 18s", got.Sub(begin))
	}
	if err := tick(18*time.Second - 1); err != nil || k.s.Stalled() {
		t.Error("stalled within 3 s of the Ping")
	}
	if err := tick(18 * time.Second); err != nil || !k.s.Stalled() {
		t.Error("not stalled when a Ping had no answer for 3 s")
	}
	if got := k.s.Deadline(); got != begin.Add(40*time.Second) {
		t.Errorf("when stalled, Tick is wanted after %v, want 40s", got.Sub(begin))
	}
	if err := tick(20 * time.Second); err != nil || k.s.Waiting() {
		t.Error("one Ping is enough")
	}
	if err := tick(40*time.Second - 1); err != nil {
		t.Errorf("given up too early: %v", err)
	}
	if err := tick(40 * time.Second); err == nil {
		t.Error("a relay that was silent for 40 s is not given up")
	} else if client.Code(err) != wire.CodeSilent {
		t.Errorf("the code for %q is %d", err, client.Code(err))
	}

	// Whatever is heard counts, and the Pong as well.
	begin = begin.Add(20 * time.Second)
	k.now = begin
	var ping wire.Ping
	if err := ping.Parse(got[0].body); err != nil {
		t.Fatal(err)
	}
	k.hear(&wire.Pong{Stamp: ping.Stamp})
	if k.s.Stalled() {
		t.Error("stalled after a Pong")
	}
	if got := k.s.Deadline(); got != begin.Add(15*time.Second) {
		t.Errorf("after a Pong, Tick is wanted after %v, want 15s", got.Sub(begin))
	}
	if err := tick(16 * time.Second); err != nil {
		t.Error(err)
	}
	k.wantKinds("after 15 s more", k.sent(), wire.KindPing)
}

// Who only watches a busy board shows itself all the same, before the relay
// takes it for gone.
func TestHeartbeatOfSpectator(t *testing.T) {
	k := liveTalk(t)
	pings := 0
	for range 120 {
		k.hear(&wire.Joined{Member: 2, Name: "busy"})
		k.pass(time.Second)
		for _, f := range of(wire.KindPing, k.sent()) {
			var p wire.Ping
			if err := p.Parse(f.body); err != nil {
				t.Fatal(err)
			}
			k.hear(&wire.Pong{Stamp: p.Stamp})
			pings++
		}
	}
	if pings != 6 {
		t.Errorf("%d pings in two minutes, want one every 20 s", pings)
	}
}

// Who does something wants to know soon whether it arrives.
func TestHeartbeatAfterWords(t *testing.T) {
	k := liveTalk(t)
	k.draw()
	k.sent()
	if got := k.s.Deadline(); got != k.now.Add(2*time.Second) {
		t.Errorf("after an Update Tick is wanted after %v, want 2s", got.Sub(k.now))
	}
	k.store(nil)
	k.hear(&wire.Ack{Through: 0})
	if got := k.s.Deadline(); got != k.now.Add(5*time.Second) {
		t.Errorf("when the relay was heard Tick is wanted after %v, want 5s, to measure", got.Sub(k.now))
	}
	k.s.Ask()
	if got := k.s.Deadline(); got.After(k.now) {
		t.Errorf("when asked Tick is wanted after %v", got.Sub(k.now))
	}
	if err := k.s.Tick(k.now); err != nil {
		t.Fatal(err)
	}
	k.wantKinds("when asked", k.sent(), wire.KindPing)
}

func TestHeartbeatOffLive(t *testing.T) {
	k := newTalk(t)
	if !k.s.Deadline().IsZero() || k.s.Tick(k.now.Add(time.Hour)) != nil {
		t.Error("a Session without a transport waits for something")
	}
	k.s.Open(k.now)
	k.sent()
	if got := k.s.Deadline(); got != k.now.Add(10*time.Second) {
		t.Errorf("while connecting Tick is wanted after %v, want 10s", got.Sub(k.now))
	}
	if err := k.s.Tick(k.now.Add(10 * time.Second)); err != nil || !k.s.Stalled() {
		t.Error("not stalled when there was no Welcome for 10 s")
	}
	if got := k.s.Deadline(); got != k.now.Add(40*time.Second) {
		t.Errorf("while stalled Tick is wanted after %v, want 40s", got.Sub(k.now))
	}
	if err := k.s.Tick(k.now.Add(39 * time.Second)); err != nil || k.s.Waiting() {
		t.Error("before Welcome there is nothing to ask")
	}
	if k.s.Tick(k.now.Add(40*time.Second)) == nil {
		t.Error("a relay that does not welcome is not given up")
	}
}

func TestPingIsAnswered(t *testing.T) {
	k := liveTalk(t)
	k.hear(&wire.Ping{Stamp: 77})
	got := k.sent()
	k.wantKinds("after a Ping", got, wire.KindPong)
	var pong wire.Pong
	if err := pong.Parse(got[0].body); err != nil || pong.Stamp != 77 {
		t.Errorf("the Pong is %+v, %v", pong, err)
	}
}

func TestBehind(t *testing.T) {
	k := liveTalk(t)
	// The transport takes nothing, the person goes on drawing: 400 lines of
	// some 4 KiB each, over the 256 KiB that may wait. Half of the lines are
	// then coloured, which the document keeps beside the points.
	other := board.New(otherReplica)
	k.hear(&wire.Update{Data: stroke(other, 10)})
	all, err := other.Diff(nil)
	if err != nil {
		t.Fatal(err)
	}
	k.relay.Apply(all)
	for i := range 400 {
		u := stroke(k.doc, 1000)
		if i%2 == 0 {
			e := k.doc.Edit()
			for el := range k.doc.Elements() {
				if el.ID().Replica == ownReplica && i%64 == 0 {
					e.Set(el.ID(), board.KeyColor, board.Int(int64(i)))
				}
			}
			u = append(u, e.Commit()...)
		}
		k.s.Commit(u)
	}
	k.wantStatus("behind", client.Live, 400, 0)

	var total, first int
	for k.s.Waiting() {
		msg := k.s.Outgoing()
		if msg == nil {
			break
		}
		if total += len(msg); first == 0 {
			first = len(msg)
		}
		if len(msg) > wire.MaxMessage {
			t.Errorf("a message of %d bytes", len(msg))
		}
		k.store(frames(t, msg)) // fails for what was sent twice
	}
	if first > 512<<10 {
		t.Errorf("%d bytes waited for the transport, want 256 KiB and one change at the most", first)
	}
	k.wantSame()
	k.wantStatus("when the transport has taken all", client.Live, 0, 400)
	k.ack()
	k.wantStatus("in the end", client.Live, 0, 0)
	k.draw()
	k.store(k.sent())
	k.wantSame()
}

func TestBehindThenLost(t *testing.T) {
	k := liveTalk(t)
	for range 200 {
		k.s.Commit(stroke(k.doc, 1000))
	}
	k.s.Outgoing() // lost on the way
	k.s.Lost()
	k.s.Open(k.now)
	k.sent()
	k.welcome()
	k.store(k.sent())
	k.wantSame()
}

func TestBehindThenWelcomedAgain(t *testing.T) {
	k := liveTalk(t)
	for range 200 {
		k.s.Commit(stroke(k.doc, 1000))
	}
	k.store(frames(t, k.s.Outgoing()))
	k.welcome()
	k.store(k.sent())
	k.wantSame()
	k.ack()
	k.wantStatus("in the end", client.Live, 0, 0)
}

func TestOutgoingCutsBetweenFrames(t *testing.T) {
	k := newTalk(t)
	for range 300 {
		k.s.Commit(stroke(k.doc, 5000))
	}
	k.s.Open(k.now)
	k.sent()
	k.welcome()
	messages := 0
	for k.s.Waiting() {
		msg := k.s.Outgoing()
		messages++
		if len(msg) > wire.MaxMessage {
			t.Fatalf("a message of %d bytes is over the limit", len(msg))
		}
		kept := string(msg)
		k.draw() // what is queued later must not lie in the bytes handed out
		if string(msg) != kept {
			t.Fatal("a message was changed after it was handed out")
		}
		k.store(frames(t, msg)) // fails if a frame was cut
		if messages > 100 {
			break
		}
	}
	if messages < 4 {
		t.Errorf("%d messages, want several: the test has too little to say", messages)
	}
	k.store(k.sent())
	k.wantSame()
}

func (k *talk) wantCursor(when string, list []frame, want wire.Cursor) {
	k.t.Helper()
	k.wantKinds(when, list, wire.KindCursors)
	var c wire.Cursors
	err := c.Parse(list[0].body)
	if err != nil || len(c.List) != 1 {
		k.t.Fatalf("%s the client sent cursors %+v, %v", when, c.List, err)
	}
	if !wire.Newer(c.List[0].Seq, k.cursor) {
		k.t.Errorf("%s the cursor has number %d after %d (W39)", when, c.List[0].Seq, k.cursor)
	}
	k.cursor, want.Seq = c.List[0].Seq, c.List[0].Seq
	if c.List[0] != want {
		k.t.Errorf("%s the client sent cursors %+v, want %+v", when, c.List, want)
	}
}

func TestCursorLatestWins(t *testing.T) {
	k := liveTalk(t)
	for i := range int32(100) {
		k.s.Point(i, -i, false)
	}
	k.wantCursor("after 100 moves", k.sent(), wire.Cursor{X: 99, Y: -99})
	k.s.Point(99, -99, false)
	k.wantKinds("when the cursor stands still", k.sent())
	k.s.Point(0, 0, true)
	k.wantKinds("at once after a move", k.sent())
	k.pass(20 * time.Millisecond)
	k.wantCursor("when the pointer leaves", k.sent(), wire.Cursor{Hidden: true})
}

func TestCursorComesBack(t *testing.T) {
	k := liveTalk(t)
	k.s.Point(1, 2, false)
	k.sent()
	k.s.Lost()
	k.s.Point(3, 4, false)
	k.wantKinds("offline", k.sent())
	k.s.Open(k.now)
	// It may go with Hello: the relay takes it before Welcome (W18).
	k.wantCursor("with Hello", k.sent()[1:], wire.Cursor{X: 3, Y: 4})
	k.s.Point(5, 6, false)
	k.pass(20 * time.Millisecond)
	k.welcome()
	k.wantCursor("a move while connecting is not lost: afterwards", k.sent(), wire.Cursor{X: 5, Y: 6})
}

func TestRename(t *testing.T) {
	k := newTalk(t)
	k.s.Rename("Grace", 1)
	k.wantKinds("offline", k.sent())
	k.s.Open(k.now)
	got := k.sent()
	var hello wire.Hello
	if err := hello.Parse(got[0].body); err != nil || hello.Name != "Grace" || hello.Color != 1 {
		t.Errorf("Hello is %+v, %v: it has not the new name", hello, err)
	}
	k.wantKinds("on Open", got, wire.KindHello)
	k.s.Rename("Edsger", 2) // Hello is under way with the old name
	k.welcome()
	for range 1000 { // typing a name, letter by letter, on a stalled transport
		k.s.Rename("Barbara", 3)
	}
	got = k.sent()
	k.wantKinds("after many names", got, wire.KindProfile)
	var p wire.Profile
	if err := p.Parse(got[0].body); err != nil || p.Name != "Barbara" || p.Color != 3 {
		t.Errorf("the Profile is %+v, %v", p, err)
	}
}

func TestMembers(t *testing.T) {
	k := liveTalk(t) // as member 1
	k.saw(0)
	k.hear(&wire.Joined{Member: 1, Name: "Ada"}, &wire.Joined{Member: 2, Name: "Grace", Color: 5}, &wire.Joined{Member: 3})
	if !k.saw(client.PeopleChanged) {
		t.Error("nobody was told of new people")
	}
	m := k.s.Members()
	if len(m) != 2 || m[1] != nil {
		t.Fatalf("%d members, want the two others", len(m))
	}
	if g := m[2]; g.ID != 2 || g.Name != "Grace" || g.Color != 5 || !g.Cursor.Hidden {
		t.Errorf("member 2 is %+v, want Grace without a cursor", *g)
	}

	k.hear(&wire.Cursors{List: []wire.Cursor{{Member: 1, X: 8}, {Member: 2, X: 9}, {Member: 44, X: 1}}})
	if !k.saw(client.CursorsChanged) || m[2].Cursor.X != 9 || len(k.s.Members()) != 2 {
		t.Error("cursors: want Grace's to move, and those of unknown members ignored (W27)")
	}
	k.hear(&wire.Joined{Member: 2, Name: "Hopper", Color: 6})
	if g := k.s.Members()[2]; g.Name != "Hopper" || g.Color != 6 || g.Cursor.X != 9 {
		t.Errorf("after a new name member 2 is %+v, want the cursor where it was", *g)
	}
	k.hear(&wire.Left{Member: 3}, &wire.Left{Member: 99})
	if len(k.s.Members()) != 1 {
		t.Errorf("%d members after one left, want 1", len(k.s.Members()))
	}
	k.saw(0)
	k.s.Lost()
	if len(k.s.Members()) != 0 || !k.saw(client.PeopleChanged) {
		t.Error("people are still here although the transport is gone (W29)")
	}
}

// The relay has dropped frames for this client: it says again who is here.
func TestSecondWelcomeResetsMembers(t *testing.T) {
	k := liveTalk(t)
	k.hear(&wire.Joined{Member: 2}, &wire.Joined{Member: 3})
	k.draw()
	k.store(k.sent())
	k.hear(k.welcomeFrame(), &wire.Joined{Member: 3}, &wire.Joined{Member: 4})
	if m := k.s.Members(); len(m) != 2 || m[2] != nil || m[3] == nil || m[4] == nil {
		t.Errorf("members are %v, want 3 and 4", m)
	}
	k.wantStatus("the vector of Welcome stands for a lost Ack:", client.Live, 0, 0)
	k.wantKinds("for what the relay has", k.sent())
	begin := k.now
	k.pass(2 * time.Second) // then those are forgotten who have not come back
	if got := k.s.Deadline(); got != begin.Add(5*time.Second) {
		t.Error("the heartbeat has stopped")
	}
}

// W39: of two samples the newer one counts, in whatever order they come.
func TestW39CursorsThatWereOvertaken(t *testing.T) {
	k := liveTalk(t)
	k.hear(&wire.Joined{Member: 2})
	for _, c := range []struct {
		x    int32
		seq  uint32
		want int32
		why  string
	}{
		{1, 1, 1, "it is the first"},
		{3, 3, 3, "it is newer"},
		{2, 2, 3, "it was overtaken"},
		{33, 3, 3, "it came twice"},
		{4, 0, 4, "it is not counted"},
		{5, 1, 5, "the one before was not counted"},
	} {
		k.hear(&wire.Cursors{List: []wire.Cursor{{Member: 2, X: c.x, Seq: c.seq}}})
		if x := k.s.Members()[2].Cursor.X; x != c.want {
			t.Errorf("after sample %d at %d the cursor is at %d, want %d: %s", c.seq, c.x, x, c.want, c.why)
		}
	}
}

// W44: a client says what has come to it on this connection.
func TestW44PingTellsWhatCame(t *testing.T) {
	k := liveTalk(t)
	ask := func(want wire.Ping) {
		t.Helper()
		k.now = k.now.Add(15 * time.Second)
		if err := k.s.Tick(k.now); err != nil {
			t.Fatal(err)
		}
		var p wire.Ping
		got := k.sent()
		k.wantKinds("after 15 s of silence", got, wire.KindPing)
		if err := p.Parse(got[0].body); err != nil {
			t.Fatal(err)
		}
		if p.Received != want.Received || p.Highest != want.Highest {
			t.Errorf("Ping tells of %d frames up to %d, want %d up to %d", p.Received, p.Highest, want.Received, want.Highest)
		}
	}
	var msg []byte
	for _, seq := range []uint64{2, 7, 5} {
		msg = wire.AppendTimedFrame(msg, seq, 1, &wire.Cursors{})
	}
	msg = wire.AppendTimedFrame(msg, 6, 1, &wire.Preview{Member: 9})
	msg = wire.AppendFrame(msg, 150, &wire.Update{}) // a position of the stream
	if err := k.s.Step(k.now, msg); err != nil {
		t.Fatal(err)
	}
	ask(wire.Ping{Received: 4, Highest: 7})
	k.s.Lost()
	k.s.Open(k.now)
	k.sent()
	k.welcome()
	ask(wire.Ping{})
}
