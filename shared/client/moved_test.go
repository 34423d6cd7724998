package client_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// fleet is a Link, and several relays of the same boards that the test plays.
type fleet struct {
	*stage
	cfg    client.LinkConfig
	asked  []string        // of LinkConfig.Elsewhere
	worked []string        // what LinkConfig.Worked heard
	gone   map[string]bool // origins where nobody answers
	dialed chan string     // origin and transport of what has connected
	tries  map[string]int  // dials by origin
	config func(*client.Config)
}

const first, second, third = "https://a.example", "https://b.example:8443", "https://c.example"

func newFleet(t *testing.T, with ...func(*fleet)) *fleet {
	f := &fleet{
		stage: &stage{t: t, begin: time.Now(), ended: make(chan error, 1), visits: make(chan *visit, 10), doc: board.New(ownReplica)},
		gone:  map[string]bool{}, dialed: make(chan string, 10), tries: map[string]int{},
	}
	f.cfg = client.LinkConfig{
		Relay: first + "/ws", Transports: f.ways(first),
		Elsewhere: func(origin string) []client.Transport {
			f.asked = append(f.asked, origin)
			return f.ways(origin)
		},
		Worked: func(name, elsewhere string) { f.worked = append(f.worked, name+" "+elsewhere) },
	}
	cfg := client.Config{Board: "b", Doc: f.doc}
	for _, more := range with {
		more(f)
	}
	if f.config != nil {
		f.config(&cfg)
	}
	f.link = client.NewLink(client.NewSession(cfg), f.cfg)
	return f
}

// ways are two transports to a relay, of which the first takes very long.
func (f *fleet) ways(origin string) (list []client.Transport) {
	for _, name := range []string{"best", "second"} {
		list = append(list, client.Transport{Name: name, Dial: func(ctx context.Context) (conn.Conn, error) {
			f.mu.Lock()
			f.tries[origin]++
			gone := f.gone[origin]
			f.mu.Unlock()
			if gone || name == "best" {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			a, b := conn.Pipe()
			f.dialed <- origin
			f.visits <- &visit{f.t, b, time.Since(f.begin)}
			return a, nil
		}})
	}
	return list
}

func (f *fleet) set(origin string, gone bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.gone[origin] = gone
}

// next expects the next connection at a relay, and how long it takes at most.
func (f *fleet) next(origin string, within time.Duration) *visit {
	f.t.Helper()
	begin := time.Now()
	v := <-f.visits
	if got := <-f.dialed; got != origin {
		f.t.Fatalf("the client has come to %s, want %s", got, origin)
	}
	if took := time.Since(begin); took > within {
		f.t.Errorf("it came to %s after %v, want %v at most", origin, took, within)
	}
	return v
}

// sendAway tells the client to go, and expects it to.
func (v *visit) sendAway(to string) {
	v.t.Helper()
	v.say(&wire.Moved{AfterMS: 500, To: to})
	if code := v.gone(); code != wire.CodeNormal {
		v.t.Errorf("the client left with %d, want 1000", code)
	}
}

// soon is the wait that a relay tells, or the first one of a backoff, and what a race takes
// to come to the second transport.
const soon = 800 * time.Millisecond

// A relay that is about to stop names another one (W62): the client goes there with its
// changes and the same token, stays as long as it can, and comes back if it must.
func TestW62Elsewhere(t *testing.T) { synctest.Test(t, testW62Elsewhere) }
func testW62Elsewhere(t *testing.T) {
	f := newFleet(t, func(f *fleet) { f.config = func(c *client.Config) { c.Token = "ticket" } })
	f.run()
	v := f.next(first, soon)
	v.welcome()
	f.link.Do(draw)
	v.hear(wire.KindUpdate)
	v.say(&wire.Ack{Through: 4})
	begin := time.Now()
	v.sendAway(second)
	v = f.next(second, soon)
	if took := time.Since(begin); took != 500*time.Millisecond {
		t.Errorf("the client came after %v, want the relay's 0.5 s, and by the transport that worked", took)
	}
	var hello wire.Hello
	if err := hello.Parse(v.hear(wire.KindHello)[0].body); err != nil {
		t.Fatal(err)
	}
	if hello.Token != "ticket" || hello.Board != "b" {
		t.Errorf("there it shows the token %q, of board %q", hello.Token, hello.Board)
	}
	// What the second relay lacks it is sent, as by any relay that was behind.
	v.say(&wire.Welcome{Version: wire.Version, Member: 7})
	v.hear(wire.KindUpdate)
	v.say(&wire.Ack{Through: 4})

	// A connection that was well and breaks is made again where it was.
	v.Close(uint32(wire.CodeInternal), "oops")
	v = f.next(second, soon)
	v.welcome()
	// The relay is gone: it is the turn of the one that the program knows, and then of
	// the other again.
	f.set(second, true)
	v.Close(uint32(wire.CodeGoingAway), "stopping")
	v = f.next(first, 8*time.Second)
	f.set(first, true)
	f.set(second, false)
	v.Close(uint32(wire.CodeOverloaded), "")
	v = f.next(second, 8*time.Second)
	v.welcome()
	// A third one takes the second one's place.
	v.sendAway(third)
	v = f.next(third, soon)
	v.welcome()
	f.set(third, true)
	f.set(first, false)
	v.Close(uint32(wire.CodeGoingAway), "stopping")
	v = f.next(first, 8*time.Second)
	v.welcome()
	// That knows the transports of the first visit, and is not another one.
	v.sendAway(first)
	v = f.next(first, soon)
	v.welcome()
	f.finish()
	if want := []string{second, third}; !slices.Equal(f.asked, want) {
		t.Errorf("the program was asked for the ways to %q, want %q", f.asked, want)
	}
	if want := []string{"second ", "second " + second, "second " + second, "second " + second, "second " + third, "second ", "second "}; !slices.Equal(f.worked, want) {
		t.Errorf("it heard that %q worked, want %q", f.worked, want)
	}
}

// Where a relay has sent the client nobody is, or somebody who does not know it, or who
// says nothing.
func TestW62ElsewhereIsNoRelay(t *testing.T) { synctest.Test(t, testW62ElsewhereIsNoRelay) }
func testW62ElsewhereIsNoRelay(t *testing.T) {
	f := newFleet(t)
	f.run()
	v := f.next(first, soon)
	v.welcome()
	f.set(second, true)
	v.sendAway(second)
	v = f.next(first, 8*time.Second)
	if n := f.tries[second]; n != 2 {
		t.Errorf("there were %d dials to it, want one by each transport", n)
	}
	v.welcome()
	for _, stop := range []wire.Code{wire.CodeForbidden, wire.CodeVersion, wire.CodeBadUpdate} {
		v.sendAway(third)
		v = f.next(third, soon)
		v.hear(wire.KindHello)
		v.say(&wire.Denied{Code: stop, RetryMS: 3_600_000})
		v.Close(uint32(stop), "")
		v = f.next(first, soon)
		v.welcome()
		if st := f.status(); st.Stopped != nil || st.Phase != client.Live {
			t.Errorf("after %d there the client is %v, stopped by %v", stop, st.Phase, st.Stopped)
		}
	}
	v.sendAway(third)
	v = f.next(third, soon)
	v.hear(wire.KindHello)
	if code := v.gone(); code != wire.CodeSilent { // not a word
		t.Errorf("the silent relay is left with %d", code)
	}
	v = f.next(first, soon)
	v.welcome()
	// A relay that has welcomed the client is believed.
	v.sendAway(third)
	v = f.next(third, soon)
	v.welcome()
	v.say(&wire.Denied{Code: wire.CodeForbidden, Reason: "revoked"})
	v.Close(uint32(wire.CodeForbidden), "revoked")
	stopped, ok := errors.AsType[*client.StoppedError](<-f.ended)
	if !ok || stopped.Code != wire.CodeForbidden {
		t.Errorf("Run ended with %v, want 4013", stopped)
	}
}

// A client that could not leave before its relay has stopped goes to the other one too.
func TestW62ElsewhereTooLate(t *testing.T) { synctest.Test(t, testW62ElsewhereTooLate) }
func testW62ElsewhereTooLate(t *testing.T) {
	f := newFleet(t)
	f.run()
	v := f.next(first, soon)
	v.welcome()
	f.link.Do(draw)
	v.hear(wire.KindUpdate)
	v.say(&wire.Moved{AfterMS: 700, To: second})
	synctest.Wait()
	begin := time.Now()
	v.Close(uint32(wire.CodeGoingAway), "stopping")
	v = f.next(second, 2*time.Second)
	if took := time.Since(begin); took != 700*time.Millisecond {
		t.Errorf("it came after %v, want 0.7 s", took)
	}
	v.hear(wire.KindHello)
	v.say(&wire.Welcome{Version: wire.Version, Member: 1})
	v.hear(wire.KindUpdate) // and with what was not stored
	f.finish()
}

// What is no origin of a relay is not gone to, nor what would be read on the way.
func TestW62HostileOrigins(t *testing.T) {
	for _, q := range []struct{ relay, to, why string }{
		{first, "http://b.example", "not encrypted"},
		{"", "http://b.example", "not encrypted, and who knows how it is now"},
		{"wss://a.example/ws", "http://b.example", "not encrypted"},
		{first, "b.example", "no scheme"},
		{first, "//b.example", "no scheme"},
		{first, "javascript:alert(1)", "not http"},
		{first, "wss://b.example", "not http"},
		{first, "file:///etc/passwd", "not http"},
		{first, "https://me:secret@b.example", "credentials"},
		{first, "https://a.example@b.example", "credentials"},
		{first, "https://b.example/", "a path"},
		{first, "https://b.example/b/x", "a path"},
		{first, "https://b.example?x", "a query"},
		{first, "https://b.example#x", "a fragment"},
		{first, "https://B.example", "not as a browser writes it"},
		{first, "HTTPS://b.example", "not as a browser writes it"},
		{first, "https://b.example:443", "not as a browser writes it"},
		{first, "https://b.example:", "not as a browser writes it"},
		{first, "https://b.example:x", "no port"},
		{first, "https://", "no host"},
		{first, "https://:8443", "no host"},
		{first, "https://b.example\\@c.example", "another sign"},
		{first, "https://b example", "another sign"},
		{first, "https://bücher.example", "another sign"},
		{first, "https://b.example;", "another sign"},
		{first, "https://[::1%25eth0]", "a zone"},
		{first, "https://[::1", "no address"},
		{first, "https://[]", "no address"},
		{first, "https://[b.example]", "no address"},
		{first, "https://b.example:0", "no port"},
		{first, "https://b.example:08443", "no port"},
		{first, "https://b.example:66000", "no port"},
		{first, "https://" + strings.Repeat("b", 300), "too long: the message is refused"},
	} {
		t.Run(q.to, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFleet(t, func(f *fleet) { f.cfg.Relay = q.relay })
				f.run()
				v := f.next(first, soon)
				v.welcome()
				v.say(&wire.Moved{AfterMS: 500, To: q.to})
				v.gone()
				f.next(first, 2*time.Second).welcome()
				f.finish()
				if len(f.asked) > 0 {
					t.Errorf("%s: the program was asked for the ways to %q", q.why, f.asked)
				}
			})
		})
	}
	for _, q := range []struct{ relay, to string }{
		{"http://localhost:8080", "http://localhost:8081"},
		{"ws://127.0.0.1:8080/ws", "http://[::1]:8081"},
		{"http://a.example", "https://b.example"},
		{first, "https://xn--bcher-kva.example"},
		{"", "https://b.example"},
	} {
		t.Run(q.to, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFleet(t, func(f *fleet) { f.cfg.Relay = q.relay })
				f.run()
				v := f.next(first, soon)
				v.welcome()
				v.sendAway(q.to)
				f.next(q.to, 2*time.Second).welcome()
				f.finish()
			})
		})
	}
}

// A relay that is cut off from the others says so (W110), and once that it is over. Of
// that and of a disk that is full the last word counts.
func TestW110EdgeOnly(t *testing.T) { synctest.Test(t, testW110EdgeOnly) }
func testW110EdgeOnly(t *testing.T) {
	heard := 0
	s := newStage(t, func(cfg *client.Config, _ *client.LinkConfig) {
		cfg.Observe = func(e client.Event) {
			if e == client.StatusChanged {
				heard++
			}
		}
	})
	v := s.live()
	told := func(when string, code wire.Code, edge, full bool) {
		t.Helper()
		before := heard
		v.say(&wire.Notice{Code: code})
		synctest.Wait()
		if st := s.status(); st.EdgeOnly != edge || st.NotStored != full {
			t.Errorf("%s: edge only %v, not stored %v", when, st.EdgeOnly, st.NotStored)
		}
		if heard == before {
			t.Errorf("%s: nobody was told", when)
		}
	}
	told("cut off", wire.CodeEdgeOnly, true, false)
	s.link.Do(draw)
	v.hear(wire.KindUpdate)
	v.say(&wire.Ack{Through: 4})
	synctest.Wait()
	if st := s.status(); st.Unsent+st.Sent > 0 || !st.EdgeOnly {
		t.Errorf("%d changes are unsent and %d sent of those that the relay alone has", st.Unsent, st.Sent)
	}
	told("cut off, and the disk is full", wire.CodeNotStored, false, true)
	told("cut off, and the disk is well", wire.CodeEdgeOnly, true, false)
	told("over", 0, false, false)
	told("again", wire.CodeEdgeOnly, true, false)
	// Another connection may be to a relay that is not.
	v.Close(uint32(wire.CodeInternal), "")
	v = <-s.visits
	v.welcome()
	if st := s.status(); st.EdgeOnly {
		t.Error("the next connection is edge only before its relay has said so")
	}
	s.finish()
}
