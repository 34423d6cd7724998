package client_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// visit is one connection that a Link has dialed, as the relay sees it.
type visit struct {
	t *testing.T
	conn.Conn
	at time.Duration // since the test began
}

// stage is a Link in a bubble, and the relay that the test plays.
type stage struct {
	t      *testing.T
	begin  time.Time
	link   *client.Link
	doc    *board.Board
	stop   context.CancelFunc
	ended  chan error // Run's
	visits chan *visit

	mu    sync.Mutex
	dials []time.Duration
	dial  func(context.Context) (conn.Conn, error)
}

var errNetwork = errors.New("no network")

// unreachable makes dials fail.
func unreachable(context.Context) (conn.Conn, error) { return nil, errNetwork }

// newStage returns a stage on which Run has not begun. Each of with changes what
// the Session and the Link are made of.
func newStage(t *testing.T, with ...func(*client.Config, *client.LinkConfig)) *stage {
	s := &stage{t: t, begin: time.Now(), ended: make(chan error, 1), visits: make(chan *visit), doc: board.New(ownReplica)}
	s.dial = func(ctx context.Context) (conn.Conn, error) {
		a, b := conn.Pipe()
		select {
		case s.visits <- &visit{t, b, time.Since(s.begin)}:
			return a, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	cfg := client.Config{Board: "b", Doc: s.doc}
	link := by(func(ctx context.Context) (conn.Conn, error) {
		s.mu.Lock()
		s.dials = append(s.dials, time.Since(s.begin))
		dial := s.dial
		s.mu.Unlock()
		return dial(ctx)
	})
	for _, f := range with {
		f(&cfg, &link)
	}
	s.doc = cfg.Doc
	s.link = client.NewLink(client.NewSession(cfg), link)
	return s
}

// by makes a Link that has one transport.
func by(dial func(context.Context) (conn.Conn, error)) client.LinkConfig {
	return client.LinkConfig{Transports: []client.Transport{{Name: "pipe", Dial: dial}}}
}

func (s *stage) run() {
	ctx, cancel := context.WithCancel(s.t.Context())
	s.stop = cancel
	go func() { s.ended <- s.link.Run(ctx) }()
}

// live begins Run, and returns the first connection when it has been welcomed.
func (s *stage) live() *visit {
	s.t.Helper()
	s.run()
	v := <-s.visits
	v.welcome()
	return v
}

// finish ends Run. The bubble then finds whatever is left running.
func (s *stage) finish() {
	s.t.Helper()
	s.stop()
	if err := <-s.ended; !errors.Is(err, context.Canceled) {
		s.t.Errorf("Run returned %v, want the context's error", err)
	}
}

func (s *stage) setDial(f func(context.Context) (conn.Conn, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dial = f
}

func (s *stage) dialTimes() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]time.Duration(nil), s.dials...)
}

// status asks the Session, which also shows that the Link is not blocked.
func (s *stage) status() (st client.Status) {
	s.t.Helper()
	if !s.link.Do(func(x *client.Session) { st = x.Status() }) {
		s.t.Error("Do did not run")
	}
	return st
}

func (v *visit) say(msgs ...wire.Message) {
	v.t.Helper()
	if err := v.Send(v.t.Context(), message(msgs...)); err != nil {
		v.t.Errorf("the client does not take a message: %v", err)
	}
}

func (v *visit) hear(want ...wire.Kind) []frame {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.t.Context(), time.Minute)
	defer cancel()
	msg, err := v.Receive(ctx)
	if err != nil {
		v.t.Fatalf("the client sent nothing: %v", err)
	}
	list := frames(v.t, msg)
	(&talk{t: v.t}).wantKinds("on a connection", list, want...)
	return list
}

// welcome takes Hello and answers it.
func (v *visit) welcome() {
	v.t.Helper()
	v.hear(wire.KindHello)
	v.say(&wire.Welcome{Version: wire.Version, Member: 1})
	synctest.Wait()
}

// gone expects the client to close the connection, and returns its code.
func (v *visit) gone() wire.Code {
	v.t.Helper()
	for {
		_, err := v.Receive(v.t.Context())
		if err == nil {
			continue
		}
		c, ok := errors.AsType[*conn.CloseError](err)
		if !ok {
			v.t.Fatalf("the connection ended with %v, want the client's close", err)
		}
		return wire.Code(c.Code)
	}
}
