package client_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/wire"
)

// pieces cuts a snapshot as a relay does.
func pieces(snapshot []byte, size int) (list []wire.Message) {
	for at := 0; at < len(snapshot); at += size {
		end := min(at+size, len(snapshot))
		list = append(list, &wire.SnapshotPart{Offset: uint64(at), Total: uint64(len(snapshot)), Data: snapshot[at:end]})
	}
	return list
}

// drawn is a board on which somebody else has drawn.
func drawn(t *testing.T, strokes int) *board.Board {
	b := board.New(otherReplica)
	for range strokes {
		stroke(b, 20)
	}
	return b
}

// A client gets the board by a snapshot in pieces and the updates since, and sees
// how far it is. What it has drawn itself stays, and is sent.
func TestW60Snapshot(t *testing.T) {
	k := newTalk(t)
	k.draw()
	k.relay = drawn(t, 40)
	snapshot := k.relay.Snapshot()
	k.s.Open(k.now)
	k.sent()
	k.welcome()
	k.store(k.sent())
	k.ack()
	k.wantStatus("what was drawn before is stored", client.Live, 0, 0)
	list := pieces(snapshot, 100)
	for i, p := range list {
		have, total := k.s.Loading()
		want := len(snapshot)
		if i == 0 {
			want = 0
		}
		if have != i*100 || total != want {
			t.Errorf("before piece %d there are %d of %d bytes, want %d of %d", i, have, total, i*100, want)
		}
		k.events = nil
		k.hear(p, &wire.Joined{Member: 5}) // other frames go between (W60)
		if !k.saw(client.LoadingChanged) {
			t.Errorf("nobody was told of piece %d", i)
		}
	}
	if have, total := k.s.Loading(); have != 0 || total != 0 {
		t.Errorf("afterwards %d of %d bytes are under way", have, total)
	}
	k.draw()
	later := board.New(11)
	u := stroke(later, 3)
	k.relay.Apply(u)
	k.hear(&wire.Update{Data: u})
	k.store(k.sent())
	k.wantSame()
}

// W61: what is not whole when the connection ends is forgotten.
func TestW61Forgotten(t *testing.T) {
	k := liveTalk(t)
	k.relay = drawn(t, 10)
	list := pieces(k.relay.Snapshot(), 100)
	k.hear(list[:2]...)
	k.s.Lost()
	if have, total := k.s.Loading(); have != 0 || total != 0 || k.doc.Len() != 0 {
		t.Errorf("after the loss %d of %d bytes are under way, and %d elements there", have, total, k.doc.Len())
	}
	k.s.Open(k.now)
	k.sent()
	k.welcome()
	k.hear(list...)
	k.wantSame()
}

func TestW60Refused(t *testing.T) {
	snapshot := drawn(t, 10).Snapshot()
	list := pieces(snapshot, 100)
	first, second := list[0].(*wire.SnapshotPart), list[1].(*wire.SnapshotPart)
	total := uint64(len(snapshot))
	u := stroke(board.New(11), 3)
	for why, test := range map[string]struct {
		code wire.Code
		msgs []wire.Message
	}{
		"a beginning that is missing":   {wire.CodeBadFrame, []wire.Message{second}},
		"a piece twice":                 {wire.CodeBadFrame, []wire.Message{first, second, second}},
		"the first piece again":         {wire.CodeBadFrame, []wire.Message{first, first}},
		"a gap":                         {wire.CodeBadFrame, []wire.Message{first, list[2]}},
		"another total":                 {wire.CodeBadFrame, []wire.Message{first, &wire.SnapshotPart{Offset: 100, Total: total + 1, Data: second.Data}}},
		"more than the total":           {wire.CodeBadFrame, []wire.Message{&wire.SnapshotPart{Total: 99, Data: first.Data}}},
		"no bytes":                      {wire.CodeBadFrame, []wire.Message{&wire.SnapshotPart{Total: 99}}},
		"a total of 0":                  {wire.CodeBadFrame, []wire.Message{&wire.SnapshotPart{Data: first.Data}}},
		"a total over the limit":        {wire.CodeBadFrame, []wire.Message{&wire.SnapshotPart{Total: wire.MaxSnapshot + 1, Data: first.Data}}},
		"an update among them":          {wire.CodeBadFrame, []wire.Message{first, &wire.Update{Data: u}}},
		"bytes that are no snapshot":    {wire.CodeBadUpdate, pieces([]byte(strings.Repeat("x", 300)), 100)},
		"a snapshot that was garbled":   {wire.CodeBadUpdate, pieces(append(snapshot[:150:150], snapshot[151:]...), 100)},
		"a snapshot of a later version": {wire.CodeBadUpdate, pieces(append([]byte{99}, snapshot[1:]...), 100)},
	} {
		k := liveTalk(t)
		k.refuse(why, test.code, message(test.msgs...))
		if k.doc.Len() != 0 {
			t.Errorf("%s: the board has %d elements", why, k.doc.Len())
		}
	}
	k := newTalk(t)
	k.s.Open(k.now)
	k.refuse("a piece before Welcome", wire.CodeOrder, message(first))
}

// What came as a snapshot is kept as one, beside what is drawn on top of it: the
// next program has all, and sends what was not.
func TestKeptSnapshot(t *testing.T) { synctest.Test(t, testKeptSnapshot) }
func testKeptSnapshot(t *testing.T) {
	h := newHome(t)
	first := h.start()
	first.run()
	v := <-first.visits
	relay := drawn(t, 30)
	v.enter(relay)
	v.say(pieces(relay.Snapshot(), 1000)...)
	first.draw(1)
	v.store(relay, 101)
	first.draw(2) // these are not sent
	h.kill(first)

	offline := h.offline()
	if offline.restore != nil {
		t.Errorf("Restore: %v", offline.restore)
	}
	offline.wantStatus("after a restart", 2, 0, true)
	offline.draw(1)
	offline.finish()

	last := h.start()
	last.run()
	v = <-last.visits
	v.enter(relay)
	v.store(relay, h.replica)
	if relay.Len() != 34 || relay.Hash() != last.hash() {
		t.Errorf("the relay has %d elements, want 34", relay.Len())
	}
	last.wantStatus("when all is stored", 0, 0, true)
	// The relay has gone on without its history.
	again, err := board.Load(0, relay.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	last.finish()
	after := h.start()
	after.run()
	v = <-after.visits
	hello := v.enter(again)
	if vector, err := board.ParseVector(hello.Vector); err != nil || !vector.Covers(again.Vector()) {
		t.Errorf("the program has %v, want %v", vector, again.Vector())
	}
	after.draw(1)
	v.store(again, h.replica)
	if again.Hash() != after.hash() {
		t.Error("the relay and the program have come apart")
	}
	after.finish()
}

// A relay that was set back lacks what the client has as a state alone. What was
// drawn here since reaches it all the same.
func TestSetBack(t *testing.T) {
	k := liveTalk(t)
	old := drawn(t, 3)
	now, err := board.Load(otherReplica, old.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	stroke(now, 3)
	k.relay = now
	k.hear(pieces(now.Snapshot(), 1<<20)...)
	k.draw()
	k.s.Lost()
	k.relay = old
	k.s.Open(k.now)
	k.sent()
	k.welcome()
	k.store(k.sent())
	k.ack()
	k.wantStatus("at the relay that was set back", client.Live, 0, 0)
	if old.Len() != 4 {
		t.Errorf("the relay has %d elements, want its 3 and the new one", old.Len())
	}
}

// A relay that is about to stop is left when all is stored, and tried again when
// it has said (W62).
func TestW62Moved(t *testing.T) { synctest.Test(t, testW62Moved) }
func testW62Moved(t *testing.T) {
	s := newStage(t)
	v := s.live()
	s.link.Do(draw)
	update := v.hear(wire.KindUpdate)
	v.say(&wire.Moved{AfterMS: 1500})
	synctest.Wait()
	if st := s.status(); st.Phase != client.Live {
		t.Errorf("with a change that is not stored the client is %v", st.Phase)
	}
	var u wire.Update
	if err := u.Parse(update[0].body); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	v.say(&wire.Ack{Through: 4})
	if code := v.gone(); code != wire.CodeNormal {
		t.Errorf("the client left with %d, want 1000", code)
	}
	if took := time.Since(begin); took != 0 {
		t.Errorf("it stayed for %v", took)
	}
	v = <-s.visits
	if away := time.Since(begin); away != 1500*time.Millisecond {
		t.Errorf("it came back after %v, want 1.5 s", away)
	}
	v.welcome()
	// One that is sent away before it could leave stays away as long.
	s.link.Do(draw)
	v.hear(wire.KindUpdate)
	v.say(&wire.Moved{AfterMS: 700})
	begin = time.Now()
	v.Close(uint32(wire.CodeGoingAway), "stopping")
	v = <-s.visits
	if away := time.Since(begin); away != 700*time.Millisecond {
		t.Errorf("it came back after %v, want 0.7 s", away)
	}
	// One that may not send what it has leaves with it.
	v.hear(wire.KindHello)
	v.say(&wire.Welcome{Version: wire.Version, Member: 1, Role: wire.RoleViewer})
	s.link.Do(draw)
	v.say(&wire.Moved{AfterMS: 10})
	if code := v.gone(); code != wire.CodeNormal {
		t.Errorf("a viewer left with %d, want 1000", code)
	}
	v = <-s.visits
	v.welcome()
	s.finish()
}
