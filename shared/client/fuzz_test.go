package client_test

import (
	"path/filepath"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/hextest"
	"edgeboard/shared/wire"
)

// Whatever one relay says, before its Welcome and after it, the next one gets
// all that the client's board holds, and both come to the same.
func FuzzStep(f *testing.F) {
	files, err := filepath.Glob("../wire/testdata/v1/*.hex")
	if err != nil || len(files) == 0 {
		f.Fatalf("no messages to begin with: %v", err)
	}
	for _, name := range files {
		msg := hextest.Read(f, name)
		f.Add(msg, msg)
	}
	own := stroke(board.New(ownReplica), 3)
	f.Add(message(&wire.Welcome{Version: wire.Version, Member: 1}, &wire.Update{Data: own}), message(&wire.Update{Data: stroke(board.New(otherReplica), 3)}))
	f.Add([]byte{}, message(&wire.Ack{Through: 3}, &wire.Joined{Member: 2, Name: "Bo"}, &wire.Left{Member: 2}, &wire.Ping{Stamp: 1}, &wire.Pong{Stamp: 1}))
	f.Add([]byte{}, message((&desk{}).points("oven", 20, 20.5), &wire.Points{Runs: []byte{1 << 3, 0, 9}}, &wire.Published{Ask: 1, Why: wire.PublishedOrder}))
	f.Fuzz(func(t *testing.T, first, then []byte) {
		k := newTalk(t)
		k.draw()
		k.s.OpenTalk(wire.Person{})
		k.s.OpenInbox()
		k.s.AskWishes()
		k.s.ReadNotices(3)
		k.s.Watch(on("oven", "*"))
		var published answers
		if _, err := k.s.Say(k.now, wire.Person{}, "said", wire.TextID{}, nil); err != nil {
			t.Fatal(err)
		}
		k.s.Open(k.now)
		k.sent()
		if k.step(first) {
			k.welcome()
			k.sent()
			k.draw()
			if err := k.s.Publish(sample("oven", 1), published.to); err != nil {
				t.Fatal(err)
			}
			k.step(then)
			k.s.Lost()
			if len(published) != 1 {
				t.Fatalf("what became of what was published was told %d times", len(published))
			}
		}
		k.draw()
		k.s.Lost()

		// Another relay, which has nothing.
		k.relay = board.New(0)
		k.s.Open(k.now)
		k.wantKinds("on the new transport", k.sent(), wire.KindHello)
		k.welcome()
		for _, fr := range k.sent() {
			var u wire.Update
			if fr.kind != wire.KindUpdate {
				continue
			}
			if err := u.Parse(fr.body); err != nil {
				t.Fatal(err)
			}
			if err := k.relay.Apply(u.Data); err != nil {
				t.Fatalf("the relay refuses an update: %v", err)
			}
		}
		k.wantSame()
		k.ack()
		k.wantStatus("when all is stored", client.Live, 0, 0)
	})
}

// step takes a message of the relay, and what the client answers. It reports
// whether the client goes on.
func (k *talk) step(msg []byte) bool {
	if err := k.s.Step(k.now, msg); err != nil {
		if client.Code(err) == 0 {
			k.t.Errorf("%v has no code", err)
		}
		return false
	}
	k.sent()
	return true
}
