package client_test

import (
	"fmt"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/feed"
	"edgeboard/shared/wire"
)

// A Session is told what has happened and says what to send. Here the program plays the
// relay too; otherwise a Link runs it over a transport.
func ExampleSession() {
	now := time.UnixMilli(1_700_000_000_000)
	var s *client.Session
	s = client.NewSession(client.Config{
		Board: "plans", Doc: board.New(client.NewReplica()), Name: "Ada",
		Observe: func(e client.Event) {
			if e == client.StatusChanged {
				st := s.Status()
				fmt.Println(st.Phase, "with", st.Unsent, "changes that are not sent, and", st.Sent, "that are")
			}
		},
	})
	edit := s.Doc().Edit()
	edit.Create(board.KindRectangle)
	s.Commit(edit.Commit())
	s.Open(now)
	for frame := range wire.Frames(s.Outgoing()) {
		fmt.Println("it sends Hello:", frame.Kind == wire.KindHello)
	}
	_ = s.Step(now, wire.AppendFrame(nil, 0, &wire.Welcome{Version: wire.Version, Member: 1}))
	s.Outgoing()
	_ = s.Step(now, wire.AppendFrame(nil, 0, &wire.Ack{Through: 1}))
	// Output:
	// offline with 1 changes that are not sent, and 0 that are
	// connecting with 1 changes that are not sent, and 0 that are
	// it sends Hello: true
	// live with 1 changes that are not sent, and 0 that are
	// live with 0 changes that are not sent, and 1 that are
	// live with 0 changes that are not sent, and 0 that are
}

// A program watches a feed and publishes to another one. It calls the Session on the
// goroutine that owns it: from what that calls, or by Link.Do.
func ExampleSession_Watch() {
	now := time.UnixMilli(1_700_000_000_000)
	var s *client.Session
	s = client.NewSession(client.Config{
		Board: "plans", Doc: board.New(client.NewReplica()),
		Observe: func(e client.Event) {
			if e != client.FeedsChanged {
				return
			}
			for _, f := range s.Feeds().Matching(s.ChangedFeeds()) {
				last, _ := f.Ring.Last()
				fmt.Println(f.Name, "is", last.Number)
			}
		},
	})
	s.Watch(&wire.Watch{List: []wire.Want{{Feed: "oven", Points: 300, SpanMS: 5 * 60_000}}})
	s.Open(now)
	_ = s.Step(now, wire.AppendFrame(nil, 0, &wire.Welcome{Version: wire.Version, Member: 1}))
	_ = s.Publish(&wire.Publish{Feed: "door", Samples: []wire.Sample{{Text: "open"}}}, func(a *wire.Published) {
		fmt.Println("taken:", a != nil && a.Why == 0)
	})
	s.Outgoing()

	// What the relay says.
	var chain feed.Chain
	points := []feed.Point{{Time: now.UnixMilli(), Number: 21.5}}
	msg := wire.AppendFrame(nil, 0, &wire.Published{Ask: 1})
	msg = wire.AppendFrame(msg, 0, &wire.Points{
		Time: uint64(now.UnixMilli()), Feeds: []wire.Feed{{Number: 1, Name: "oven", Type: feed.Numbers}},
		Runs: chain.Anew(now.UnixMilli(), feed.Numbers, points, 0).Append(nil, 0, 1),
	})
	_ = s.Step(now, msg)
	// Output:
	// taken: true
	// oven is 21.5
}
