package client_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

func TestLinkConverses(t *testing.T) { synctest.Test(t, testLinkConverses) }
func testLinkConverses(t *testing.T) {
	s := newStage(t)
	v := s.live()
	if st := s.status(); st.Phase != client.Live {
		t.Errorf("after Welcome the phase is %v", st.Phase)
	}
	s.link.Do(draw)
	synctest.Wait()
	if st := s.status(); st.Sent != 1 {
		t.Errorf("after a change the status is %+v", st)
	}
	v.hear(wire.KindUpdate)
	v.say(&wire.Ack{Through: s.doc.Seq(ownReplica)})
	synctest.Wait()
	if st := s.status(); st.Unsent+st.Sent != 0 {
		t.Errorf("after Ack the status is %+v", st)
	}
	other := stroke(board.New(otherReplica), 3)
	v.say(&wire.Update{Data: other})
	synctest.Wait()
	s.link.Do(func(x *client.Session) {
		if x.Doc().Len() != 2 {
			t.Errorf("%d elements, want 2", x.Doc().Len())
		}
	})
	go s.finish()
	if code := v.gone(); code != wire.CodeNormal {
		t.Errorf("the client left with code %d, want 1000", code)
	}
	synctest.Wait()
}

func TestLinkBackoff(t *testing.T) { synctest.Test(t, testLinkBackoff) }
func testLinkBackoff(t *testing.T) {
	s := newStage(t)
	s.setDial(unreachable)
	s.run()
	time.Sleep(10 * time.Minute)
	times := s.dialTimes()
	// Full jitter: each wait is anything below a span that doubles to 20 s.
	span, longest := 250*time.Millisecond, time.Duration(0)
	for i := 1; i < len(times); i++ {
		wait := times[i] - times[i-1]
		if wait > span {
			t.Errorf("wait %d is %v, over its span of %v", i, wait, span)
		}
		longest = max(longest, wait)
		span = min(2*span, 20*time.Second)
	}
	// 60 waits of 10 s on the average, and a few short ones before.
	if len(times) < 35 || len(times) > 130 {
		t.Errorf("%d attempts in ten minutes without a network, want about 65", len(times))
	}
	if longest < 10*time.Second {
		t.Errorf("the longest of %d waits is %v: they do not grow", len(times), longest)
	}
	s.finish()
}

func TestLinkBackoffBeginsAnewAfterLive(t *testing.T) {
	synctest.Test(t, testLinkBackoffBeginsAnewAfterLive)
}
func testLinkBackoffBeginsAnewAfterLive(t *testing.T) {
	s := newStage(t)
	reachable := s.dial
	s.setDial(unreachable)
	s.run()
	time.Sleep(5 * time.Minute)
	s.setDial(reachable)
	for range 5 {
		v := <-s.visits
		v.welcome()
		broke := time.Since(s.begin)
		v.Close(1006, "")
		v = <-s.visits
		if wait := v.at - broke; wait > 250*time.Millisecond {
			t.Errorf("after a connection that was live the first wait is %v, want 250 ms at the most", wait)
		}
		v.welcome()
		v.Close(1006, "")
	}
	<-s.visits
	s.finish()
}

// A relay that welcomes and then talks nonsense is not asked in a tight loop.
func TestLinkBacksOffFromNonsense(t *testing.T) { synctest.Test(t, testLinkBacksOffFromNonsense) }
func testLinkBacksOffFromNonsense(t *testing.T) {
	s := newStage(t)
	s.run()
	var last time.Duration
	for range 25 {
		v := <-s.visits
		v.welcome()
		v.say(&wire.Update{Data: []byte("nonsense")})
		if code := v.gone(); code != wire.CodeBadUpdate {
			t.Errorf("the client left with code %d, want what it could not read, 4004 (W35)", code)
		}
		last = v.at
	}
	if last < time.Minute {
		t.Errorf("25 attempts within %v: the waits do not grow", last)
	}
	s.finish()
}

func TestLinkHeedsRetry(t *testing.T) { synctest.Test(t, testLinkHeedsRetry) }
func testLinkHeedsRetry(t *testing.T) {
	s := newStage(t)
	v := s.live()
	at := time.Since(s.begin)
	v.say(&wire.Denied{Code: wire.CodeGoingAway, Reason: "restart", RetryMS: 30_000})
	v.Close(uint32(wire.CodeGoingAway), "restart")
	v = <-s.visits
	if wait := v.at - at; wait < 30*time.Second || wait > 30*time.Second+250*time.Millisecond {
		t.Errorf("the relay said 30 s and the client came back after %v", wait)
	}
	v.Close(uint32(wire.CodeGoingAway), "")
	s.finish()
}

func TestLinkWake(t *testing.T) { synctest.Test(t, testLinkWake) }
func testLinkWake(t *testing.T) {
	s := newStage(t)
	v := s.live()
	v.say(&wire.Denied{Code: wire.CodeOverloaded, RetryMS: 3_600_000})
	v.Close(uint32(wire.CodeOverloaded), "")
	time.Sleep(time.Second)
	if n := len(s.dialTimes()); n != 1 {
		t.Errorf("%d attempts although the relay said to wait an hour", n)
	}
	at := time.Since(s.begin)
	s.link.Wake()
	s.link.Wake() // a second one does not block
	if v = <-s.visits; v.at != at {
		t.Errorf("after Wake the client came %v later", v.at-at)
	}
	s.finish()
}

func TestLinkStops(t *testing.T) { synctest.Test(t, testLinkStops) }
func testLinkStops(t *testing.T) {
	for _, test := range []struct {
		why    string
		denied bool // the frame arrives, not only the transport's code
		live   bool
	}{
		{"Denied instead of Welcome", true, false},
		{"Denied while live", true, true},
		{"only the close code arrives", false, true},
	} {
		s := newStage(t)
		s.run()
		v := <-s.visits
		if test.live {
			v.welcome()
		} else {
			v.hear(wire.KindHello)
		}
		if test.denied {
			v.say(&wire.Denied{Code: wire.CodeBoardFull, Reason: "full"})
		}
		v.Close(uint32(wire.CodeBoardFull), "full")
		err := <-s.ended
		stopped, ok := errors.AsType[*client.StoppedError](err)
		if !ok || stopped.Code != wire.CodeBoardFull || stopped.Reason != "full" {
			t.Errorf("%s: Run returned %v, want a StoppedError", test.why, err)
		} else if stopped.Error() == "" {
			t.Error("a StoppedError says nothing")
		}
		if s.link.Do(func(*client.Session) { t.Error("Do ran after Run") }) {
			t.Errorf("%s: Do reports true after Run has returned", test.why)
		}
	}
}

// The page shows why, also if it hears of it by the status alone.
func TestLinkStoppedStatus(t *testing.T) { synctest.Test(t, testLinkStoppedStatus) }
func testLinkStoppedStatus(t *testing.T) {
	var session *client.Session
	var seen []*wire.Denied
	session = client.NewSession(client.Config{Board: "b", Doc: board.New(ownReplica), Observe: func(client.Event) {
		if st := session.Status(); st.Stopped != nil && st.Phase == client.Offline {
			seen = append(seen, st.Stopped)
		}
	}})
	a, b := conn.Pipe()
	link := client.NewLink(session, by(func(context.Context) (conn.Conn, error) { return a, nil }))
	go b.Close(uint32(wire.CodeVersion), "old")
	if _, ok := errors.AsType[*client.StoppedError](link.Run(t.Context())); !ok {
		t.Error("Run did not stop")
	}
	if len(seen) == 0 || seen[0].Code != wire.CodeVersion || seen[0].Reason != "old" {
		t.Errorf("the status said %v, want why the relay refused", seen)
	}
}

func TestLinkDo(t *testing.T) { synctest.Test(t, testLinkDo) }
func testLinkDo(t *testing.T) {
	s := newStage(t)
	before := make(chan bool, 1)
	go func() { before <- s.link.Do(draw) }()
	synctest.Wait()
	select {
	case <-before:
		t.Error("Do returned before Run began")
	default:
	}
	s.run()
	if !<-before {
		t.Error("Do did not run when Run began")
	}
	// While dialing (nobody takes the visit), while connecting, while waiting.
	s.status()
	v := <-s.visits
	v.hear(wire.KindHello)
	if st := s.status(); st.Phase != client.Connecting || st.Unsent != 1 {
		t.Errorf("before Welcome the status is %+v", st)
	}
	s.setDial(unreachable)
	v.Close(1006, "")
	time.Sleep(time.Minute)
	if st := s.status(); st.Phase != client.Offline || st.Unsent != 1 {
		t.Errorf("offline the status is %+v", st)
	}
	s.finish()
	if s.link.Do(draw) {
		t.Error("Do reports true after Run has returned")
	}
}

// The context may end at any time: synctest finds a goroutine that stays.
func TestLinkContextEnds(t *testing.T) {
	for _, test := range []struct {
		when string
		play func(s *stage)
	}{
		{"while dialing", func(*stage) {}},
		{"while connecting", func(s *stage) { (<-s.visits).hear(wire.KindHello) }},
		{"before Hello is taken", func(s *stage) { <-s.visits }},
		{"while live", func(s *stage) { (<-s.visits).welcome() }},
		{"while waiting", func(s *stage) {
			v := <-s.visits
			s.setDial(unreachable)
			v.Close(1006, "")
			time.Sleep(time.Minute)
		}},
	} {
		t.Run(test.when, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t)
				s.run()
				test.play(s)
				synctest.Wait()
				at := time.Now()
				s.finish()
				if took := time.Since(at); took != 0 {
					t.Errorf("Run took %v to return", took)
				}
			})
		})
	}
}

// A dial that succeeds just when the context ends leaves no connection open.
func TestLinkClosesLateDial(t *testing.T) { synctest.Test(t, testLinkClosesLateDial) }
func testLinkClosesLateDial(t *testing.T) {
	s := newStage(t)
	a, b := conn.Pipe()
	s.setDial(func(ctx context.Context) (conn.Conn, error) {
		<-ctx.Done()
		return a, nil
	})
	s.run()
	synctest.Wait()
	s.finish()
	v := &visit{t: t, Conn: b}
	if code := v.gone(); code != wire.CodeNormal {
		t.Errorf("code %d", code)
	}
}

func TestLinkDialHangs(t *testing.T) { synctest.Test(t, testLinkDialHangs) }
func testLinkDialHangs(t *testing.T) {
	s := newStage(t)
	s.run() // nobody takes the visits
	time.Sleep(14 * time.Second)
	s.status() // Do is not blocked by it
	time.Sleep(2 * time.Second)
	times := s.dialTimes()
	if len(times) != 2 || times[1] < 15*time.Second || times[1] > 15*time.Second+250*time.Millisecond {
		t.Errorf("attempts at %v, want the second one after 15 s and up to 250 ms", times)
	}
	s.finish()
}

// Send takes nothing, and the relay says nothing: as on a network that drops
// all packets.
func TestLinkStalledTransport(t *testing.T) { synctest.Test(t, testLinkStalledTransport) }
func testLinkStalledTransport(t *testing.T) {
	s := newStage(t)
	v := s.live()
	live := time.Since(s.begin)
	for range 30 {
		s.link.Do(draw) // returns, although nothing is taken
		time.Sleep(time.Second)
	}
	if st := s.status(); st.Unsent+st.Sent != 30 {
		t.Errorf("the status is %+v, want 30 changes not stored", st)
	}
	again := <-s.visits
	// 2 s without an answer: a Ping. 3 s more: another connection is tried,
	// which here takes 15 s to fail, and again.
	times := s.dialTimes()
	if after := times[1] - live; after != 5*time.Second {
		t.Errorf("another connection was tried after %v, want 5 s", after)
	}
	if again.at-times[1] < 15*time.Second || again.at-times[1] > 16*time.Second {
		t.Errorf("and again after %v, want 15 s", again.at-times[1])
	}
	if code := v.gone(); code != wire.CodeSilent {
		t.Errorf("the old connection was closed with %d, want 4007", code)
	}
	// Nothing is lost.
	again.welcome()
	relay := board.New(0)
	for !relay.Vector().Covers(s.doc.Vector()) {
		for _, f := range again.hear(wire.KindUpdate) {
			var u wire.Update
			if err := u.Parse(f.body); err != nil {
				t.Fatal(err)
			}
			if err := relay.Apply(u.Data); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.finish()
}

func TestLinkSilentRelay(t *testing.T) { synctest.Test(t, testLinkSilentRelay) }
func testLinkSilentRelay(t *testing.T) {
	s := newStage(t)
	v := s.live()
	for range 20 { // five minutes with a Pong each time
		ping := v.hear(wire.KindPing)
		var p wire.Ping
		if err := p.Parse(ping[0].body); err != nil {
			t.Fatal(err)
		}
		v.say(&wire.Pong{Stamp: p.Stamp})
	}
	if at := time.Since(s.begin); at < 299*time.Second || at > 301*time.Second {
		t.Errorf("20 heartbeats took %v, want 5 minutes", at)
	}
	v.hear(wire.KindPing) // and now no answer
	heard := time.Since(s.begin)
	again := <-s.visits
	if after := again.at - heard; after != 3*time.Second {
		t.Errorf("another connection was tried %v after the Ping, want 3 s", after)
	}
	if code := v.gone(); code != wire.CodeSilent {
		t.Errorf("the old connection was closed with %d, want 4007", code)
	}
	s.finish()
}

// reusing is a transport that overwrites a message with the next Receive, as
// Conn allows.
type reusing struct {
	conn.Conn
	buf []byte
}

func (c *reusing) Receive(ctx context.Context) ([]byte, error) {
	for i := range c.buf {
		c.buf[i] = 0xff
	}
	msg, err := c.Conn.Receive(ctx)
	c.buf = append(c.buf[:0], msg...)
	return c.buf, err
}

func TestLinkIsDoneWithAMessageBeforeTheNext(t *testing.T) {
	synctest.Test(t, testLinkIsDoneWithAMessageBeforeTheNext)
}
func testLinkIsDoneWithAMessageBeforeTheNext(t *testing.T) {
	s := newStage(t)
	dial := s.dial
	s.setDial(func(ctx context.Context) (conn.Conn, error) {
		c, err := dial(ctx)
		return &reusing{Conn: c}, err
	})
	v := s.live()
	other := board.New(otherReplica)
	for range 200 {
		v.say(&wire.Update{Data: stroke(other, 5)}, &wire.Joined{Member: 2, Name: "Grace"})
	}
	synctest.Wait()
	var got []byte
	s.link.Do(func(x *client.Session) {
		got = x.Doc().Snapshot()
		if m := x.Members()[2]; m == nil || m.Name != "Grace" {
			t.Errorf("member 2 is %+v", m)
		}
	})
	if !bytes.Equal(got, other.Snapshot()) {
		t.Error("the board differs from what was sent")
	}
	s.finish()
}

// fragile is a transport that breaks when the context of a call ends, as
// WebSocket's libraries do.
type fragile struct{ conn.Conn }

func (c fragile) Receive(ctx context.Context) ([]byte, error) {
	defer context.AfterFunc(ctx, func() { c.Close(1006, "broken") })()
	return c.Conn.Receive(ctx)
}

func (c fragile) Send(ctx context.Context, msg []byte) error {
	defer context.AfterFunc(ctx, func() { c.Close(1006, "broken") })()
	return c.Conn.Send(ctx, msg)
}

// The relay hears that the client is done, not that the connection broke.
func TestLinkLeavesWithItsCode(t *testing.T) { synctest.Test(t, testLinkLeavesWithItsCode) }
func testLinkLeavesWithItsCode(t *testing.T) {
	s := newStage(t)
	dial := s.dial
	s.setDial(func(ctx context.Context) (conn.Conn, error) {
		c, err := dial(ctx)
		return fragile{c}, err
	})
	v := s.live()
	s.link.Do(draw) // a Send is under way
	synctest.Wait()
	s.finish()
	if code := v.gone(); code != wire.CodeNormal {
		t.Errorf("the client left with code %d, want 1000", code)
	}
}

// Cursors go by datagram where there are datagrams, also while a message in
// order is stuck; the last one arrives even if all datagrams are lost.
func TestLinkCursorsByDatagram(t *testing.T) { synctest.Test(t, testLinkCursorsByDatagram) }
func testLinkCursorsByDatagram(t *testing.T) {
	s := newStage(t)
	lost := false
	s.setDial(func(context.Context) (conn.Conn, error) {
		a, b := conn.PipeDatagrams(func(int) int {
			if lost {
				return conn.Lost
			}
			return 0
		})
		s.visits <- &visit{t, b, 0}
		return a, nil
	})
	v := s.live()
	point := func(x int32) {
		s.link.Do(func(x2 *client.Session) { x2.Point(x, 0, false) })
		synctest.Wait()
	}
	point(1)
	v.hear(wire.KindCursors)
	time.Sleep(time.Second)
	v.hear(wire.KindCursors) // at rest

	lost = true
	for i := range int32(10) {
		point(100 + i)
		time.Sleep(time.Second / 30)
	}
	at := time.Since(s.begin)
	v.hear(wire.KindPing) // of a second with datagrams
	list := v.hear(wire.KindCursors)
	var c wire.Cursors
	if err := c.Parse(list[0].body); err != nil || c.List[0].X != 109 {
		t.Errorf("got %+v, %v, want where it rests", c.List, err)
	}
	if after := time.Since(s.begin) - at; after > 100*time.Millisecond {
		t.Errorf("it came after %v", after)
	}

	lost = false
	s.link.Do(draw) // nobody takes it
	synctest.Wait()
	point(5)
	seen := map[wire.Kind]bool{}
	for range 2 {
		msg, err := v.Receive(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range frames(t, msg) {
			seen[f.kind] = true
		}
	}
	if !seen[wire.KindCursors] || !seen[wire.KindUpdate] {
		t.Errorf("got kinds %v", seen)
	}
	s.finish()
}
