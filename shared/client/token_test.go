package client_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/wire"
)

// mint gives out tokens named 1, 2, 3 …, and checks that it is asked once at a
// time.
type mint struct {
	t    *testing.T
	life time.Duration // of a token; 0: not said

	failed []error // what the Link has told, on its goroutine

	mu      sync.Mutex
	busy    bool
	count   int // tokens given out
	asked   []time.Time
	failing error
	hang    func(context.Context) // before it answers
}

func (m *mint) token(ctx context.Context) (client.Token, error) {
	m.mu.Lock()
	if m.busy {
		m.t.Error("the source is asked while it is being asked")
	}
	m.busy = true
	m.asked = append(m.asked, time.Now())
	hang := m.hang
	m.mu.Unlock()
	if hang != nil {
		hang(ctx)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.busy = false
	if err := m.failing; err != nil {
		return client.Token{}, err
	}
	if err := ctx.Err(); err != nil {
		return client.Token{}, err
	}
	m.count++
	token := client.Token{Value: fmt.Sprint(m.count)}
	if m.life > 0 {
		token.Until = time.Now().Add(m.life)
	}
	return token, nil
}

func (m *mint) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failing = err
}

func (m *mint) setHang(f func(context.Context)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hang = f
}

func (m *mint) calls() []time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]time.Time(nil), m.asked...)
}

// tokens makes a Link ask the mint, which notes what it tells of failures.
func (m *mint) tokens(_ *client.Config, link *client.LinkConfig) {
	link.Token = m.token
	link.Failed = func(err error) { m.failed = append(m.failed, err) }
}

// welcomedOrNot runs a test for a client that no relay has welcomed, and for one
// that is live.
func welcomedOrNot(t *testing.T, test func(t *testing.T, live bool)) {
	for _, live := range []bool{false, true} {
		t.Run(fmt.Sprintf("live %v", live), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, live) })
		})
	}
}

// hello takes Hello and returns the token in it.
func (v *visit) hello() string {
	v.t.Helper()
	var h wire.Hello
	if err := h.Parse(v.hear(wire.KindHello)[0].body); err != nil {
		v.t.Fatal(err)
	}
	return h.Token
}

func (v *visit) wantHello(when, token string) {
	v.t.Helper()
	if got := v.hello(); got != token {
		v.t.Errorf("%s Hello has token %q, want %q", when, got, token)
	}
}

// admit answers Hello.
func (v *visit) admit() {
	v.t.Helper()
	v.say(&wire.Welcome{Version: wire.Version, Member: 1})
	synctest.Wait()
}

// expire ends the connection as a relay does to which a token is too old.
func (v *visit) expire() {
	v.t.Helper()
	v.say(&wire.Denied{Code: wire.CodeTokenExpired, Reason: "expired"})
	v.Close(uint32(wire.CodeTokenExpired), "expired")
}

// answerPings answers them until the connection ends.
func (v *visit) answerPings() {
	for {
		msg, err := v.Receive(v.t.Context())
		if err != nil {
			return
		}
		for _, f := range frames(v.t, msg) {
			var p wire.Ping
			if f.kind == wire.KindPing && p.Parse(f.body) == nil {
				v.say(&wire.Pong{Stamp: p.Stamp})
			}
		}
	}
}

// refreshed waits for a Refresh, answers the Pings before it, and returns its
// token.
func (v *visit) refreshed() string {
	v.t.Helper()
	for {
		msg, err := v.Receive(v.t.Context())
		if err != nil {
			v.t.Fatalf("no Refresh: %v", err)
		}
		for _, f := range frames(v.t, msg) {
			switch f.kind {
			case wire.KindPing:
				var p wire.Ping
				if err := p.Parse(f.body); err != nil {
					v.t.Fatal(err)
				}
				v.say(&wire.Pong{Stamp: p.Stamp})
			case wire.KindRefresh:
				var r wire.Refresh
				if err := r.Parse(f.body); err != nil {
					v.t.Fatal(err)
				}
				return r.Token
			}
		}
	}
}

// The first dial waits for a token, and shows it.
func TestW45TokenBeforeTheFirstDial(t *testing.T) {
	synctest.Test(t, testW45TokenBeforeTheFirstDial)
}
func testW45TokenBeforeTheFirstDial(t *testing.T) {
	m := &mint{t: t, hang: func(context.Context) { time.Sleep(3 * time.Second) }}
	s := newStage(t, m.tokens, func(cfg *client.Config, _ *client.LinkConfig) { cfg.Language = "zh" })
	s.run()
	time.Sleep(2 * time.Second)
	if n := len(s.dialTimes()); n != 0 {
		t.Errorf("%d dials without a token", n)
	}
	s.status() // Do is not blocked by the source
	v := <-s.visits
	var h wire.Hello
	if err := h.Parse(v.hear(wire.KindHello)[0].body); err != nil || h.Token != "1" || h.Language != "zh" {
		t.Errorf("Hello has token %q and language %q, %v; want 1 and zh", h.Token, h.Language, err)
	}
	v.admit()

	// A token of which nothing is known is shown again after a loss.
	v.Close(1006, "")
	(<-s.visits).wantHello("after a loss", "1")
	if n := len(m.calls()); n != 1 {
		t.Errorf("the source was asked %d times", n)
	}
	s.finish()
}

// A relay that says 4012 is shown a new token, at once.
func TestW33RefreshFirst(t *testing.T) {
	welcomedOrNot(t, func(t *testing.T, live bool) {
		m := &mint{t: t}
		s := newStage(t, m.tokens)
		s.run()
		v := <-s.visits
		v.wantHello("at first", "1")
		if live {
			v.admit()
			time.Sleep(11 * time.Second) // it was good for a while
		}
		at := time.Since(s.begin)
		v.expire()
		v = <-s.visits
		v.wantHello("after 4012", "2")
		if wait := v.at - at; wait > 250*time.Millisecond {
			t.Errorf("the client came back after %v", wait)
		}
		s.finish()
	})
}

// The transport's code is enough, should Denied get lost.
func TestW32RefreshFirstByTheTransport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mint{t: t}
		s := newStage(t, m.tokens)
		v := s.live()
		v.Close(uint32(wire.CodeTokenExpired), "")
		(<-s.visits).wantHello("after the close", "2")
		s.finish()
	})
}

// A relay that takes no token at all is not asked in a tight loop, whether it
// welcomes first or not.
func TestW33EveryTokenRefused(t *testing.T) {
	welcomedOrNot(t, func(t *testing.T, live bool) {
		m := &mint{t: t}
		s := newStage(t, m.tokens)
		s.run()
		for i := range 25 {
			v := <-s.visits
			v.wantHello("each time", fmt.Sprint(i+1))
			if live {
				v.admit()
			}
			v.expire()
		}
		if took := time.Since(s.begin); took < time.Minute {
			t.Errorf("25 attempts within %v: the waits do not grow", took)
		}
		s.finish()
	})
}

// 4013 is no matter of a newer token.
func TestW45ForbiddenStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mint{t: t}
		s := newStage(t, m.tokens)
		v := s.live()
		v.Close(uint32(wire.CodeForbidden), "read only")
		if stopped, ok := errors.AsType[*client.StoppedError](<-s.ended); !ok || stopped.Code != wire.CodeForbidden {
			t.Errorf("Run did not stop for 4013: %v", stopped)
		}
		if n := len(m.calls()); n != 1 {
			t.Errorf("the source was asked %d times", n)
		}
	})
}

// A token that ends is replaced before, without a new connection, and not by all
// clients at once.
func TestW46RefreshAhead(t *testing.T) { synctest.Test(t, testW46RefreshAhead) }
func testW46RefreshAhead(t *testing.T) {
	m := &mint{t: t, life: time.Hour}
	s := newStage(t, m.tokens)
	v := s.live()
	seen := map[time.Duration]bool{}
	for i := range 8 {
		if got, want := v.refreshed(), fmt.Sprint(i+2); got != want {
			t.Errorf("Refresh has token %q, want %q", got, want)
		}
		calls := m.calls()
		after := calls[i+1].Sub(calls[i])
		if after < 55*time.Minute || after > 57*time.Minute+30*time.Second {
			t.Errorf("a token of an hour was replaced after %v, want 55 to 57.5 minutes", after)
		}
		seen[after.Round(time.Second)] = true
	}
	if len(seen) < 4 {
		t.Errorf("8 tokens were replaced at %v: no jitter", seen)
	}
	if n := len(s.dialTimes()); n != 1 {
		t.Errorf("%d dials, want one connection all along", n)
	}
	s.finish()
}

// Short lives do not make a tight loop, nor do clocks that differ: a token that
// is over when it comes is shown all the same.
func TestTokenOfNoTime(t *testing.T) { synctest.Test(t, testTokenOfNoTime) }
func testTokenOfNoTime(t *testing.T) {
	m := &mint{t: t, life: time.Nanosecond}
	s := newStage(t, m.tokens)
	v := s.live()
	for range 10 {
		v.refreshed()
	}
	calls := m.calls()
	if took := calls[10].Sub(calls[0]); took < 100*time.Second {
		t.Errorf("ten tokens within %v, want one in 10 s at the most", took)
	}
	s.finish()
}

// A source that fails is asked again, ever less often; the connection stays as
// long as the relay lets it.
func TestTokenSourceFailsWhileLive(t *testing.T) { synctest.Test(t, testTokenSourceFailsWhileLive) }
func testTokenSourceFailsWhileLive(t *testing.T) {
	m := &mint{t: t, life: time.Hour}
	s := newStage(t, m.tokens)
	v := s.live()
	down := errors.New("the owner is away")
	m.fail(down)
	go func() {
		time.Sleep(65 * time.Minute)
		m.fail(nil)
	}()
	if got := v.refreshed(); got != "2" {
		t.Errorf("Refresh has token %q, want the first after the failures", got)
	}
	s.link.Do(func(*client.Session) {
		// Some 9 minutes at 10 s on the average.
		if n := len(m.failed); n < 20 || n > 120 {
			t.Errorf("%d failures were told", n)
		}
		for _, err := range m.failed {
			if !errors.Is(err, down) || !strings.Contains(err.Error(), "token") {
				t.Errorf("told %q", err)
			}
		}
	})
	if n := len(s.dialTimes()); n != 1 {
		t.Errorf("%d dials: the connection was given up", n)
	}
	s.finish()
}

// Who never had a token does not dial; who had one comes back with it (W33).
func TestTokenSourceFailsBeforeADial(t *testing.T) { synctest.Test(t, testTokenSourceFailsBeforeADial) }
func testTokenSourceFailsBeforeADial(t *testing.T) {
	m := &mint{t: t, failing: errors.New("the owner is away")}
	s := newStage(t, m.tokens)
	s.run()
	time.Sleep(10 * time.Minute)
	if n := len(s.dialTimes()); n != 0 {
		t.Errorf("%d dials without a token", n)
	}
	if n := len(m.calls()); n < 35 || n > 130 {
		t.Errorf("the source was asked %d times in ten minutes, want about 65", n)
	}
	m.fail(nil)
	v := <-s.visits
	v.wantHello("when there is one", "1")
	m.fail(errors.New("away again"))
	asked := len(m.calls())
	v.expire()
	for range 5 {
		v = <-s.visits
		v.wantHello("without a new one", "1")
		v.expire()
	}
	if n := len(m.calls()) - asked; n != 5 {
		t.Errorf("the source was asked %d times before 5 dials, want once each", n)
	}
	m.fail(nil)
	(<-s.visits).wantHello("with the source back", "2")
	s.finish()
}

// A source that says that there is no token to be had ends the Link: before the
// first dial, after 4012, and ahead of the end of the one there is.
func TestNoTokenEndsTheLink(t *testing.T) {
	refused := fmt.Errorf("%w: the invite was revoked", client.ErrNoToken)
	wantEnd := func(t *testing.T, s *stage, m *mint, calls int) {
		t.Helper()
		at := time.Now()
		err := <-s.ended
		if !errors.Is(err, refused) || !strings.Contains(err.Error(), "revoked") {
			t.Errorf("Run returned %v, want what the source said", err)
		}
		if took := time.Since(at); took != 0 {
			t.Errorf("Run went on for %v", took)
		}
		if n := len(m.calls()); n != calls {
			t.Errorf("the source was asked %d times, want %d", n, calls)
		}
		for _, err := range m.failed {
			if errors.Is(err, client.ErrNoToken) {
				t.Errorf("it is told as a failure after which the Link goes on: %v", err)
			}
		}
	}
	t.Run("before the first dial", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := &mint{t: t, failing: refused}
			s := newStage(t, m.tokens)
			s.run()
			wantEnd(t, s, m, 1)
			if n := len(s.dialTimes()); n != 0 {
				t.Errorf("%d dials without a token", n)
			}
		})
	})
	t.Run("after 4012", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := &mint{t: t}
			s := newStage(t, m.tokens)
			v := s.live()
			time.Sleep(11 * time.Second)
			m.fail(refused)
			v.expire()
			synctest.Wait()
			time.Sleep(250 * time.Millisecond) // the first wait of the backoff, at the most
			wantEnd(t, s, m, 2)
			if n := len(s.dialTimes()); n != 1 {
				t.Errorf("%d dials, want none with a token that was refused", n)
			}
		})
	})
	t.Run("ahead of its end", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := &mint{t: t, life: time.Hour}
			s := newStage(t, m.tokens)
			v := s.live()
			m.fail(refused)
			go v.answerPings()
			if err := <-s.ended; !errors.Is(err, refused) {
				t.Errorf("Run returned %v, want what the source said", err)
			}
			if took := time.Since(s.begin); took < 55*time.Minute || took > 58*time.Minute {
				t.Errorf("Run returned after %v, want when the next token was asked for", took)
			}
		})
	})
}

// A source that hangs, even beyond its context, blocks nothing but the first
// dial.
func TestTokenSourceHangs(t *testing.T) { synctest.Test(t, testTokenSourceHangs) }
func testTokenSourceHangs(t *testing.T) {
	m := &mint{t: t, hang: func(ctx context.Context) { <-ctx.Done() }}
	s := newStage(t, m.tokens)
	s.run()
	time.Sleep(time.Minute)
	s.status()
	// A call is given up after 15 s.
	if n := len(m.calls()); n != 4 {
		t.Errorf("the source that hangs was asked %d times within a minute, want 4", n)
	}
	m.setHang(nil)
	v := <-s.visits
	v.wantHello("when the source answers", "1")
	v.admit()
	time.Sleep(11 * time.Second) // it was good for a while

	deaf := make(chan bool)
	m.setHang(func(context.Context) { <-deaf })
	asked := len(m.calls())
	v.expire()
	at := time.Since(s.begin)
	v = <-s.visits
	v.wantHello("while the source is deaf", "1")
	if wait := v.at - at; wait < 15*time.Second || wait > 16*time.Second {
		t.Errorf("the client came back after %v, want what a call may take", wait)
	}
	v.expire()
	v = <-s.visits
	v.wantHello("while the source is deaf", "1")
	if n := len(m.calls()) - asked; n != 1 {
		t.Errorf("the source was asked %d times while it was deaf", n)
	}
	v.admit()
	close(deaf)
	m.setHang(nil)
	synctest.Wait()
	// Its context had ended, so the mint gave none; the next one is asked for
	// when it is needed.
	v.expire()
	(<-s.visits).wantHello("after that", "2")
	s.finish()
}

// A token that no relay could read is not shown.
func TestTokenTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, bad := range []string{strings.Repeat("x", wire.MaxToken+1), "\xff"} {
			var failed []error
			s := newStage(t, func(_ *client.Config, link *client.LinkConfig) {
				link.Token = func(context.Context) (client.Token, error) { return client.Token{Value: bad}, nil }
				link.Failed = func(err error) { failed = append(failed, err) }
			})
			s.run()
			time.Sleep(time.Minute)
			s.finish()
			if n := len(s.dialTimes()); n != 0 || len(failed) == 0 {
				t.Errorf("%d dials, %d failures told", n, len(failed))
			}
		}
	})
}

// Run ends although the source is being asked.
func TestTokenContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mint{t: t, hang: func(ctx context.Context) { <-ctx.Done() }}
		s := newStage(t, m.tokens)
		s.run()
		synctest.Wait()
		at := time.Now()
		s.finish()
		if took := time.Since(at); took != 0 {
			t.Errorf("Run took %v to return", took)
		}
	})
}

// A Session alone shows what it is given.
func TestW46SessionRefresh(t *testing.T) {
	s := client.NewSession(client.Config{Board: "b", Doc: board.New(ownReplica), Token: "a"})
	s.Refresh("b") // offline: nobody is told
	if s.Waiting() {
		t.Error("there is something to send offline")
	}
	s.Open(time.UnixMilli(0))
	var h wire.Hello
	if err := h.Parse(frames(t, s.Outgoing())[0].body); err != nil || h.Token != "b" {
		t.Errorf("Hello has token %q, %v", h.Token, err)
	}
	s.Refresh("c") // before Welcome is fine (W18)
	got := frames(t, s.Outgoing())
	var r wire.Refresh
	if err := r.Parse(got[0].body); got[0].kind != wire.KindRefresh || err != nil || r.Token != "c" {
		t.Errorf("sent kind %v with %q, %v", got[0].kind, r.Token, err)
	}
}
