package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// Backoff after a loss: full jitter over a span that doubles from backoffFirst
// to backoffMost with each attempt that failed. A connection that was Live
// begins anew.
const (
	backoffFirst = 250 * time.Millisecond
	backoffMost  = 20 * time.Second
	dialTimeout  = 15 * time.Second
)

// Link keeps a Session connected. Make one with NewLink and start Run.
type Link struct {
	session *Session
	dial    func(context.Context) (conn.Conn, error)
	calls   chan func()
	wake    chan struct{} // ends a backoff
	done    chan struct{} // closed when Run returns
}

// NewLink returns a Link for a Session, which from now on belongs to it: use
// the Session, and its board, inside Do alone. dial makes one attempt to
// connect.
func NewLink(s *Session, dial func(context.Context) (conn.Conn, error)) *Link {
	return &Link{
		session: s,
		dial:    dial,
		calls:   make(chan func()),
		wake:    make(chan struct{}, 1),
		done:    make(chan struct{}),
	}
}

// Do runs f on the goroutine that owns the Session and its board, and returns
// when it has run. It reports false, without running f, if Run has returned.
// Do is not called from inside f.
func (l *Link) Do(f func(*Session)) bool {
	ran := make(chan struct{})
	select {
	case l.calls <- func() { defer close(ran); f(l.session) }:
		<-ran
		return true
	case <-l.done:
		return false
	}
}

// Wake makes a Link that waits to come back try at once: the network is said
// to be there again.
func (l *Link) Wake() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// StoppedError is why a Link ended by itself: the relay's answer.
type StoppedError struct {
	Code   wire.Code
	Reason string
}

func (e *StoppedError) Error() string {
	return fmt.Sprintf("the relay refused the connection: %s (code %d)", e.Reason, e.Code)
}

// Run connects, and comes back after a loss, until ctx ends (it returns the
// context's error) or the relay says that there is no use (a *StoppedError).
func (l *Link) Run(ctx context.Context) error {
	defer close(l.done)
	failed := 0
	for {
		wasLive, err := l.connect(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if stopped, ok := errors.AsType[*StoppedError](err); ok {
			return stopped
		}
		if wasLive {
			failed = 0
		}
		span := min(backoffFirst<<min(failed, 10), backoffMost)
		failed++
		wait := rand.N(span)
		if d := l.session.denied; d != nil {
			wait += time.Duration(d.RetryMS) * time.Millisecond
		}
		timer := time.NewTimer(wait)
		_, err = await(ctx, l, timer.C, l.wake)
		timer.Stop()
		if err != nil {
			return err
		}
	}
}

// await serves calls until one of two channels delivers or ctx ends.
func await[A, B any](ctx context.Context, l *Link, a <-chan A, b <-chan B) (v A, err error) {
	for {
		select {
		case v = <-a:
			return v, nil
		case <-b:
			return v, nil
		case f := <-l.calls:
			f()
		case <-ctx.Done():
			return v, ctx.Err()
		}
	}
}

// connect makes one attempt and, if it succeeds, serves the connection to its
// end. It reports whether the Session became Live.
func (l *Link) connect(ctx context.Context) (wasLive bool, err error) {
	type dialed struct {
		conn conn.Conn
		err  error
	}
	result := make(chan dialed, 1)
	dialCtx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	go func() {
		c, err := l.dial(dialCtx)
		result <- dialed{c, err}
	}()
	d, err := await[dialed, struct{}](ctx, l, result, nil)
	if err != nil {
		cancel()
		if d := <-result; d.conn != nil {
			d.conn.Close(uint32(wire.CodeNormal), "")
		}
		return false, err
	}
	if d.err != nil {
		return false, d.err
	}
	return l.serve(ctx, d.conn)
}

func (l *Link) serve(ctx context.Context, c conn.Conn) (wasLive bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	in := make(chan []byte)
	out := make(chan []byte)
	ended := make(chan error, 2) // the reader's and the writer's last word
	taken := make(chan struct{}) // the Session is done with what came last
	// Neither transport call depends on ctx: transports break a connection
	// whose calls were cancelled, and the relay would not hear why. Close makes
	// them return.
	wg.Go(func() { ended <- receive(ctx, c, in, taken) })
	wg.Go(func() { ended <- send(ctx, c, out) })

	s := l.session
	s.Open(time.Now())
	err = l.exchange(ctx, in, taken, out, ended, &wasLive)

	code := wire.CodeNormal
	if _, closed := errors.AsType[*conn.CloseError](err); !closed && ctx.Err() == nil {
		code = Code(err)
	}
	c.Close(uint32(code), "")
	cancel()
	wg.Wait()
	err = l.verdict(err)
	s.Lost()
	return wasLive, err
}

// exchange moves messages between the transport and the Session until one of
// them ends it.
func (l *Link) exchange(ctx context.Context, in <-chan []byte, taken chan<- struct{}, out chan<- []byte, ended <-chan error, wasLive *bool) error {
	s := l.session
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var msg []byte // taken from the Session, not yet from us
	for {
		*wasLive = *wasLive || s.phase == Live
		if msg == nil && s.Waiting() {
			msg = s.Outgoing()
		}
		ready := out
		if msg == nil {
			ready = nil
		}
		timer.Reset(time.Until(s.Deadline()))
		select {
		case m := <-in:
			if err := s.Step(time.Now(), m); err != nil {
				*wasLive = false // coming back at once would only break again
				return err
			}
			select {
			case taken <- struct{}{}:
			case <-ctx.Done():
				return ctx.Err()
			}
		case ready <- msg:
			msg = nil
		case f := <-l.calls:
			f()
		case <-timer.C:
			if err := s.Tick(time.Now()); err != nil {
				return err
			}
		case err := <-ended:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// verdict turns the end of a connection into a *StoppedError where coming back
// would not help. The transport's word counts if Denied got lost.
func (l *Link) verdict(err error) error {
	s := l.session
	if c, ok := errors.AsType[*conn.CloseError](err); ok && s.denied == nil {
		if code := wire.Code(c.Code); code.Advice() == wire.Stop {
			s.denied = &wire.Denied{Code: code, Reason: c.Reason}
		}
	}
	if d := s.denied; d != nil && d.Code.Advice() == wire.Stop {
		return &StoppedError{d.Code, d.Reason}
	}
	return err
}

// receive hands over one message after the other. The next Receive may
// overwrite a message, so it waits until the Session is done with it.
func receive(ctx context.Context, c conn.Conn, in chan<- []byte, taken <-chan struct{}) error {
	for {
		msg, err := c.Receive(context.Background())
		if err != nil {
			return err
		}
		select {
		case in <- msg:
		case <-ctx.Done():
			return ctx.Err()
		}
		select {
		case <-taken:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func send(ctx context.Context, c conn.Conn, out <-chan []byte) error {
	for {
		select {
		case msg := <-out:
			if err := c.Send(context.Background(), msg); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
