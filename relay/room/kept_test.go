package room_test

import (
	"context"
	"testing"
	"time"

	"edgeboard/relay/room"
	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/client/keeptest"
	"edgeboard/shared/conn"
)

// A program was closed with changes unsent, after its network had failed: the relay
// still takes its connection for one that lasts. The next program brings the
// changes, as another replica, until they are stored (W19, W22).
func TestKeptChangesAfterALostConnection(t *testing.T) {
	inHouse(t, testKeptChangesAfterALostConnection)
}
func testKeptChangesAfterALostConnection(h *house) {
	device := new(keeptest.Device)
	program := func(replica board.Replica, dial func(context.Context) (conn.Conn, error)) (link *client.Link, end func()) {
		doc := board.New(replica)
		kept, err := client.Restore(h.t.Context(), device.Shelf("b"), doc)
		if err != nil {
			h.t.Fatal(err)
		}
		session := client.NewSession(client.Config{Board: "b", Doc: doc, Kept: kept})
		link = client.NewLink(session, client.LinkConfig{Transports: []client.Transport{{Name: "pipe", Dial: dial}}})
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- link.Run(ctx) }()
		return link, func() { stop(); <-ended }
	}
	h.enter(7) // and it never says anything again

	first, end := program(7, func(context.Context) (conn.Conn, error) { return nil, errDisk })
	first.Do(func(s *client.Session) { s.Commit(stroke(s.Doc(), 5)) })
	end()

	begin := time.Now()
	second, end := program(8, func(context.Context) (conn.Conn, error) {
		a, b := conn.Pipe()
		go func() { _ = h.hub.Serve(b, room.Visitor{}) }()
		return a, nil
	})
	status := func() (st client.Status) {
		second.Do(func(s *client.Session) { st = s.Status() })
		return st
	}
	for h.stored("b").Len() == 0 {
		if st := status(); st.Unsent+st.Sent != 1 {
			h.t.Fatalf("%v after the start the status is %+v, want one change that is not stored", time.Since(begin), st)
		}
		if time.Since(begin) > 2*time.Minute {
			h.t.Fatal("the change is not stored")
		}
		time.Sleep(time.Second)
	}
	if took := time.Since(begin); took < 55*time.Second || took > 80*time.Second {
		h.t.Errorf("it was stored after %v, want when the relay had given the old connection up, a minute later", took)
	}
	time.Sleep(time.Second)
	if st := status(); st.Unsent+st.Sent != 0 || !st.Kept {
		h.t.Errorf("at the end the status is %+v", st)
	}
	end()
}
