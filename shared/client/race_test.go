package client_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// ways is a Link with several transports, each of which works as the test says.
type ways struct {
	*stage
	dials map[string][]time.Duration // when each was tried
	takes map[string]time.Duration   // how long each takes to connect; negative: and then it fails
	calls []string                   // of LinkConfig.Worked
	errs  []error                    // of LinkConfig.Failed
	live  chan *visit
	via   chan string
}

func newWays(t *testing.T, last string, names ...string) *ways {
	w := &ways{
		stage: &stage{t: t, begin: time.Now(), ended: make(chan error, 1), doc: board.New(ownReplica)},
		dials: map[string][]time.Duration{}, takes: map[string]time.Duration{},
		live: make(chan *visit, 10), via: make(chan string, 10),
	}
	cfg := client.LinkConfig{
		Last:   last,
		Worked: func(name, _ string) { w.calls = append(w.calls, name) },
		Failed: func(err error) { w.errs = append(w.errs, err) },
	}
	for _, name := range names {
		cfg.Transports = append(cfg.Transports, client.Transport{Name: name, LastResort: name == "last", Dial: func(ctx context.Context) (conn.Conn, error) {
			w.mu.Lock()
			w.stage.dials = append(w.stage.dials, time.Since(w.begin))
			w.dials[name] = append(w.dials[name], time.Since(w.begin))
			takes := w.takes[name]
			w.mu.Unlock()
			select {
			case <-time.After(max(takes, -takes)):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			if takes < 0 {
				return nil, errNetwork
			}
			a, b := conn.Pipe()
			w.live <- &visit{t, b, time.Since(w.begin)}
			w.via <- name
			return a, nil
		}})
	}
	w.link = client.NewLink(client.NewSession(client.Config{Board: "b", Doc: w.doc}), cfg)
	return w
}

func (w *ways) take(name string, d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.takes[name] = d
}

// tried returns when a transport was dialed, and forgets it.
func (w *ways) tried(name string) []time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.dials[name]
	delete(w.dials, name)
	return list
}

// next expects the next connection by a transport.
func (w *ways) next(name string) *visit {
	w.t.Helper()
	v := <-w.live
	if got := <-w.via; got != name {
		w.t.Errorf("after %v the client connected by %s, want %s", v.at, got, name)
	}
	return v
}

const never = time.Hour

// RFC 8305: the second begins 300 ms after the first, which still may win.
func TestRace(t *testing.T) {
	for _, test := range []struct {
		why                string
		best, second       time.Duration
		wins               string
		secondTried, total time.Duration
	}{
		{"the best is quick enough", 200 * time.Millisecond, 0, "best", -1, 200 * time.Millisecond},
		{"it is slower than the other", never, 100 * time.Millisecond, "second", 300 * time.Millisecond, 400 * time.Millisecond},
		{"it is late, but first", 500 * time.Millisecond, 400 * time.Millisecond, "best", 300 * time.Millisecond, 500 * time.Millisecond},
		{"it fails: the other begins at once", -50 * time.Millisecond, 10 * time.Millisecond, "second", 50 * time.Millisecond, 60 * time.Millisecond},
		{"the other fails", 2 * time.Second, -time.Millisecond, "best", 300 * time.Millisecond, 2 * time.Second},
	} {
		t.Run(test.why, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWays(t, "", "best", "second")
				w.take("best", test.best)
				w.take("second", test.second)
				w.run()
				v := w.next(test.wins)
				if v.at != test.total {
					t.Errorf("connected after %v, want %v", v.at, test.total)
				}
				switch list := w.tried("second"); {
				case test.secondTried < 0 && list != nil:
					t.Errorf("the second was tried at %v", list)
				case test.secondTried >= 0 && !slices.Equal(list, []time.Duration{test.secondTried}):
					t.Errorf("the second was tried at %v, want at %v", list, test.secondTried)
				}
				v.welcome()
				w.finish()
				if !slices.Equal(w.calls, []string{test.wins}) {
					t.Errorf("Worked heard of %v", w.calls)
				}
			})
		})
	}
}

// Who wins last is closed: no connection is left over.
func TestRaceClosesTheLoser(t *testing.T) { synctest.Test(t, testRaceClosesTheLoser) }
func testRaceClosesTheLoser(t *testing.T) {
	s := newStage(t)
	var ends []conn.Conn
	late := func(ctx context.Context) (conn.Conn, error) {
		<-ctx.Done() // beaten
		a, b := conn.Pipe()
		ends = append(ends, b)
		return a, nil
	}
	quick := s.dial
	s.link = client.NewLink(client.NewSession(client.Config{Board: "b", Doc: s.doc}), client.LinkConfig{Transports: []client.Transport{
		{Name: "late", Dial: late}, {Name: "quick", Dial: quick},
	}})
	s.live()
	if len(ends) != 1 {
		t.Fatal("the first was not tried")
	}
	if code := (&visit{t: t, Conn: ends[0]}).gone(); code != wire.CodeNormal {
		t.Errorf("the loser was closed with %d", code)
	}
	s.finish()
}

// A network that lets one transport alone through is remembered, also from the
// last visit; the better one is tried again later, and taken when it works.
func TestRaceRemembers(t *testing.T) { synctest.Test(t, testRaceRemembers) }
func testRaceRemembers(t *testing.T) {
	w := newWays(t, "second", "best", "second")
	w.take("best", never)
	w.run()
	v := w.next("second")
	if v.at != 0 {
		t.Errorf("what worked last time was tried after %v", v.at)
	}
	v.welcome()
	w.pump(v)
	time.Sleep(25 * time.Second)
	if list := w.tried("best"); list != nil {
		t.Errorf("the better one was tried at %v already", list)
	}
	time.Sleep(6 * time.Minute)
	var waits []time.Duration
	list := w.tried("best")
	for i := 1; i < len(list); i++ {
		waits = append(waits, list[i]-list[i-1])
	}
	if len(list) < 3 || list[0] != 30*time.Second || !slices.IsSorted(waits) {
		t.Errorf("the better one was tried at %v, want after 30 s and then more and more rarely", list)
	}
	if st := w.status(); st.Phase != client.Live {
		t.Errorf("meanwhile the phase is %v", st.Phase)
	}
	w.take("best", 0)
	v = w.next("best")
	w.tried("second")
	v.welcome()
	w.pump(v)
	time.Sleep(time.Hour)
	if list := w.tried("second"); list != nil {
		t.Errorf("the second was tried at %v, although the best one works", list)
	}
	w.finish()
	if !slices.Equal(w.calls, []string{"second", "best"}) {
		t.Errorf("Worked heard of %v", w.calls)
	}
}

// The device is carried to another network: Wake tries at once what did not work in
// the last one.
func TestWakeProbes(t *testing.T) { synctest.Test(t, testWakeProbes) }
func testWakeProbes(t *testing.T) {
	w := newWays(t, "second", "best", "second")
	w.run()
	v := w.next("second")
	v.welcome()
	w.pump(v)
	time.Sleep(time.Second)
	at := time.Since(w.begin)
	w.link.Wake()
	if v = w.next("best"); v.at != at {
		t.Errorf("after Wake the better transport was tried %v later", v.at-at)
	}
	v.welcome()
	w.pump(v)
	time.Sleep(time.Second)
	w.tried("best")
	w.link.Wake()
	time.Sleep(time.Second)
	if list := w.tried("best"); list != nil {
		t.Errorf("the best one was tried at %v although it is in use", list)
	}
	w.finish()
}

// pump answers Pings until the client goes.
func (w *ways) pump(v *visit) {
	go func() {
		for {
			msg, err := v.Receive(context.Background())
			if err != nil {
				return
			}
			for _, f := range frames(w.t, msg) {
				if f.kind == wire.KindPing {
					var p wire.Ping
					if p.Parse(f.body) == nil && v.Send(context.Background(), message(&wire.Pong{Stamp: p.Stamp})) != nil {
						return
					}
				}
			}
		}
	}()
}

// UDP is blocked in mid-session: what was drawn meanwhile arrives by the other
// transport, once.
func TestHandOver(t *testing.T) { synctest.Test(t, testHandOver) }
func testHandOver(t *testing.T) {
	w := newWays(t, "", "best", "second")
	w.run()
	v := w.next("best")
	v.welcome()
	relay := board.New(0)
	w.link.Do(draw)
	takeUpdates(t, relay, v.hear(wire.KindUpdate))
	v.say(&wire.Ack{Through: relay.Seq(ownReplica)})
	w.take("best", never) // from now on the network drops all of it
	for range 5 {
		w.link.Do(draw)
		time.Sleep(100 * time.Millisecond)
	}
	began := time.Since(w.begin)
	u := w.next("second")
	if after := u.at - began; after > 5*time.Second {
		t.Errorf("another transport was in use after %v, want 5 s at the most", after)
	}
	u.hear(wire.KindHello)
	if code := v.gone(); code != wire.CodeSilent {
		t.Errorf("the old connection was closed with %d", code)
	}
	u.say(&wire.Welcome{Version: wire.Version, Member: 2, Vector: relay.Vector().Append(nil)})
	takeUpdates(t, relay, u.hear(wire.KindUpdate))
	u.say(&wire.Ack{Through: relay.Seq(ownReplica)})
	synctest.Wait()
	if st := w.status(); st.Phase != client.Live || st.Unsent+st.Sent != 0 {
		t.Errorf("the status is %+v", st)
	}
	w.link.Do(func(s *client.Session) {
		if s.Doc().Hash() != relay.Hash() {
			t.Error("the relay has another board")
		}
	})
	// The next time the one that works is tried first.
	w.tried("best")
	u.Close(1006, "")
	u = w.next("second")
	if list := w.tried("best"); list != nil {
		t.Errorf("what failed was tried at %v", list)
	}
	u.welcome()
	w.finish()
}

func takeUpdates(t *testing.T, b *board.Board, list []frame) {
	t.Helper()
	for _, f := range list {
		var u wire.Update
		if err := u.Parse(f.body); err != nil {
			t.Fatal(err)
		}
		if err := b.Apply(u.Data); err != nil {
			t.Fatal(err)
		}
	}
}

// A transport that was only slow is kept, and the attempt given up.
func TestStallEnds(t *testing.T) { synctest.Test(t, testStallEnds) }
func testStallEnds(t *testing.T) {
	w := newWays(t, "", "best", "second")
	w.run()
	v := w.next("best")
	v.welcome()
	w.take("second", 2*time.Second)
	w.take("best", never)
	w.link.Do(draw)
	v.hear(wire.KindUpdate)
	v.hear(wire.KindPing)
	time.Sleep(4 * time.Second)
	if list := w.tried("second"); len(list) != 1 {
		t.Errorf("another transport was tried at %v, want once", list)
	}
	v.say(&wire.Pong{})
	time.Sleep(5 * time.Second)
	if len(w.live) != 0 {
		t.Error("another transport connected although the first is back")
	}
	if st := w.status(); st.Phase != client.Live {
		t.Errorf("the phase is %v", st.Phase)
	}
	w.finish()
}

// The device was asleep: Wake asks at once.
func TestWakeAsks(t *testing.T) { synctest.Test(t, testWakeAsks) }
func testWakeAsks(t *testing.T) {
	s := newStage(t)
	v := s.live()
	at := time.Since(s.begin)
	s.link.Wake()
	v.hear(wire.KindPing)
	if took := time.Since(s.begin) - at; took != 0 {
		t.Errorf("the Ping came after %v", took)
	}
	s.finish()
}

// All fails: the transports are tried in their order, and none is thought worse
// of.
func TestRaceOffline(t *testing.T) { synctest.Test(t, testRaceOffline) }
func testRaceOffline(t *testing.T) {
	w := newWays(t, "", "best", "second")
	w.take("best", -1)
	w.take("second", -1)
	w.run()
	time.Sleep(time.Minute)
	w.take("best", 0)
	w.take("second", 0)
	w.next("best").welcome()
	w.finish()
	if len(w.errs) < 5 || !errors.Is(w.errs[0], errNetwork) || w.errs[0].Error() != "best: no network\nsecond: no network" {
		t.Errorf("Failed heard of %q", w.errs)
	}
}

// A last resort is for those who have nothing else, not for those whose path is
// slow.
func TestLastResort(t *testing.T) {
	for _, test := range []struct {
		why         string
		best, other time.Duration
		tried       time.Duration // the last resort; negative: never
		wins        string
		at          time.Duration
	}{
		{"the others are slow", never, 2900 * time.Millisecond, -1, "other", 3200 * time.Millisecond},
		{"one is slow, and the other fails late", -time.Second, 2 * time.Second, -1, "other", 2300 * time.Millisecond},
		{"both fail at once", -1, -1, 2, "last", 100*time.Millisecond + 2},
		{"one fails, and nothing is heard of the other", never, -1, 3300 * time.Millisecond, "last", 3400 * time.Millisecond},
		{"nothing is heard of both", never, never, 3300 * time.Millisecond, "last", 3400 * time.Millisecond},
	} {
		t.Run(test.why, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWays(t, "", "best", "other", "last")
				w.take("best", test.best)
				w.take("other", test.other)
				w.take("last", 100*time.Millisecond)
				w.run()
				v := w.next(test.wins)
				if v.at != test.at {
					t.Errorf("connected after %v, want %v", v.at, test.at)
				}
				if list := w.tried("last"); len(list) > 1 || len(list) == 1 && list[0] != test.tried || (len(list) == 0) != (test.tried < 0) {
					t.Errorf("the last resort was tried at %v, want at %v", list, test.tried)
				}
				v.welcome()
				w.finish()
			})
		})
	}
}

// Where it was needed it is what one comes back by, at once; the others are
// tried now and then, and taken when they work.
func TestLastResortRemembered(t *testing.T) { synctest.Test(t, testLastResortRemembered) }
func testLastResortRemembered(t *testing.T) {
	w := newWays(t, "", "best", "other", "last")
	w.take("best", never)
	w.take("other", -1)
	w.run()
	v := w.next("last")
	v.welcome()
	w.tried("last")
	synctest.Wait()
	v.Close(1006, "")
	lost := time.Since(w.begin)
	v = w.next("last")
	if took := v.at - lost; took > 250*time.Millisecond {
		t.Errorf("after a loss it was back after %v", took)
	}
	v.welcome()
	w.pump(v)
	w.tried("best")
	w.take("other", time.Second)
	time.Sleep(20 * time.Second)
	if list := w.tried("best"); list != nil {
		t.Errorf("the best was tried at %v already", list)
	}
	v = w.next("other")
	if took := v.at - lost; took < 30*time.Second || took > 35*time.Second {
		t.Errorf("the better one was found after %v", took)
	}
	v.welcome()
	w.pump(v)

	// From then on one comes back by that, and not by the last resort.
	w.tried("last")
	w.take("best", -1)
	synctest.Wait()
	v.Close(1006, "")
	v = w.next("other")
	v.welcome()
	if list := w.tried("last"); list != nil {
		t.Errorf("the last resort was tried at %v", list)
	}
	w.finish()
}

// When a connection stalls, another one by the same way is tried before the last
// resort is.
func TestLastResortAfterStall(t *testing.T) { synctest.Test(t, testLastResortAfterStall) }
func testLastResortAfterStall(t *testing.T) {
	w := newWays(t, "", "other", "last")
	w.run()
	v := w.next("other")
	v.welcome()
	w.take("other", 2*time.Second)
	w.link.Do(draw)
	v = w.next("other") // the first one says nothing
	if list := w.tried("last"); list != nil {
		t.Errorf("the last resort was tried at %v", list)
	}
	v.welcome()
	w.finish()
}
