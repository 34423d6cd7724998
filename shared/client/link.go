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

const (
	// Backoff after a loss: full jitter over a span that doubles from
	// backoffFirst to backoffMost with each attempt that failed. A connection
	// that was Live begins anew.
	backoffFirst = 250 * time.Millisecond
	backoffMost  = 20 * time.Second

	dialTimeout = 15 * time.Second // for one attempt by all transports
	// eitherTimeout is for one attempt while there are two relays to try in turn: the
	// last resort has as long as it waits for the others.
	eitherTimeout = 2 * lastDelay
	raceDelay     = 300 * time.Millisecond
	// lastDelay is three round trips of a second: what a WebSocket over TLS takes
	// on a very slow path.
	lastDelay = 3 * time.Second

	// While a transport is in use that is not the best one, the better ones are
	// tried after probeFirst, then after twice as long, up to probeMost.
	probeFirst = 30 * time.Second
	probeMost  = 15 * time.Minute

	// stuckPause is how often is looked what is due while a transport takes nothing.
	stuckPause = 20 * time.Millisecond
)

// LinkConfig is what a Link is made of.
type LinkConfig struct {
	// Transports are the ways to the relay, at least one, the best first.
	Transports []Transport
	// Last names the transport that worked last time, by which to begin. Empty,
	// or a name that is none of theirs: by the best.
	Last string
	// Relay is the address of the relay that Transports go to, of which the origin
	// counts: https://a.example, or wss://a.example/ws.
	Relay string
	// Elsewhere, if not nil, returns the ways to another relay of the same boards, to
	// which a relay that is about to stop has sent the Link (W62), or nil, and the Link
	// comes back to where it is. It is called on the goroutine that owns the Session,
	// with an origin such as https://b.example. Without encryption (http) it is asked
	// for no relay, unless that of the Transports is known to go without too.
	Elsewhere func(origin string) []Transport
	// Token, if not nil, is asked for what to show the relay: before the first
	// dial, when a relay says that the token is no longer good, and some time
	// before it will be. One call is under way at a time, on a goroutine of its
	// own; one that fails is told to Failed and repeated with backoff.
	Token TokenSource
	// Worked, if not nil, hears the name of the transport whenever a connection
	// becomes Live, on the goroutine that owns the Session, and to which relay, if it is
	// not that of the Transports: its origin, otherwise "".
	Worked func(name, elsewhere string)
	// Failed, if not nil, hears why an attempt to connect or to get a token came to
	// nothing, or a connection was lost, on the same goroutine. The Link goes on by itself.
	Failed func(error)
}

// Link keeps a Session connected. Make one with NewLink and start Run.
type Link struct {
	session *Session
	cfg     LinkConfig
	calls   chan func()
	wake    chan struct{}
	done    chan struct{} // closed when Run returns
	wg      sync.WaitGroup

	// Run's own.
	home    *routes       // to the relay that the program knows
	away    *routes       // to the one where a relay has sent the Link last, or nil
	routes  *routes       // home or away: where the line is to, or the next dial. It stays while there is an attempt.
	worked  string        // the transport that was Live last
	line    *line         // the connection in use, or nil
	msg     []byte        // taken from the Session, not yet by the line
	attempt *attempt      // dialing is under way, or nil
	failed  int           // attempts since a connection was Live
	retry   time.Time     // when to dial next, while there is no line or it is stalled
	probe   time.Time     // when to try a better transport
	probing time.Duration // and how long after that again
	purse   purse
	keeper  *keeper
}

// attempt is a race under way.
type attempt struct {
	result chan dialed
	cancel context.CancelFunc
	better bool // for a better transport: the line is well
}

// NewLink returns a Link for a Session, which from now on belongs to it: use
// the Session, and its board, inside Do alone. It panics without a transport.
func NewLink(s *Session, cfg LinkConfig) *Link {
	if len(cfg.Transports) == 0 {
		panic("client: a Link without a transport")
	}
	home := newRoutes(originOf(cfg.Relay), cfg.Transports, cfg.Last)
	return &Link{
		session: s,
		cfg:     cfg,
		calls:   make(chan func()),
		wake:    make(chan struct{}, 1),
		done:    make(chan struct{}),
		home:    home,
		routes:  home,
		purse:   purse{source: cfg.Token, answer: make(chan purseAnswer, 1)},
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

// Wake tells that the network is said to be there again, or the device is awake:
// a Link that waits to come back tries at once, and one that is connected finds
// out whether it still is, and whether a better transport works: the network may be
// another one.
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
// context's error), the relay says that there is no use (a *StoppedError), or the
// source of tokens does (its error, which wraps ErrNoToken).
func (l *Link) Run(ctx context.Context) error {
	defer close(l.done)
	ctx, cancel := context.WithCancel(ctx)
	defer l.wg.Wait()
	defer cancel()
	l.retry = time.Now()
	l.keeper = newKeeper(l.session.cfg.Kept)
	defer func() { l.keeper.end(l.session) }()
	err := l.run(ctx)
	if l.line != nil {
		l.hangUp(wire.CodeNormal)
		l.session.Lost()
	}
	if l.attempt != nil {
		l.giveUp()
	}
	return err
}

func (l *Link) run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		err := l.session.Tick(time.Now())
		if err == nil && l.unwelcome() {
			err = errUnwelcome
		}
		if err != nil {
			if err = l.lost(err); err != nil {
				return err
			}
		}
		l.consider(ctx, time.Now())
		var in <-chan []byte
		var out chan<- []byte
		var ended <-chan error
		if l.line != nil {
			in, ended = l.line.in, l.line.ended
			if l.line.datagrams != nil {
				// Waits for nothing, also while a message in order is under way.
				// One that is not sent is like one that is lost: the Session sends
				// it again, in order.
				if latest := l.session.Latest(time.Now()); latest != nil {
					_ = l.line.datagrams.SendDatagram(latest)
				}
			}
			if l.msg == nil && l.session.Waiting() {
				l.msg = l.session.Outgoing()
			}
			if l.msg != nil {
				out = l.line.out
			}
		}
		var result <-chan dialed
		if l.attempt != nil {
			result = l.attempt.result
		}
		if k := l.session.cfg.Kept; l.keeper.kept == nil && k != nil && k.slot != nil {
			l.keeper = newKeeper(k) // Keep was called
		}
		chores := l.keeper.next(l.session)
		at := earlier(l.due(), l.session.cfg.Kept.when(time.Now()))
		if l.line == nil {
			at = earlier(at, l.session.Deadline())
		}
		if now := time.Now(); l.msg != nil && !at.After(now) {
			at = now.Add(stuckPause) // what is due to be said waits for the transport
		}
		timer.Reset(time.Until(at)) // what was just sent counts
		select {
		case m := <-in:
			err = l.step(m)
		case out <- l.msg:
			l.msg = nil
		case f := <-l.calls:
			f()
		case d := <-result:
			l.connected(d)
		case chores <- l.keeper.chore:
			l.keeper.chore = nil
		case err := <-l.keeper.done:
			l.session.kept(err, time.Now())
		case o := <-l.keeper.found:
			l.takeOver(o)
		case a := <-l.purse.answer:
			err = l.takeToken(a, time.Now())
		case <-timer.C:
		case <-l.wake:
			l.retry, l.probe = time.Now(), time.Now()
			l.session.Ask()
		case why := <-ended:
			err = l.lost(why)
		case <-ctx.Done():
			return ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}

// consider dials, or stops dialing, as things stand.
func (l *Link) consider(ctx context.Context, now time.Time) {
	l.considerToken(ctx, now)
	if l.line != nil && l.msg == nil && l.session.mayLeave() {
		l.leave()
		now = time.Now()
	}
	stalled := l.line != nil && l.session.Stalled()
	if a := l.attempt; a != nil {
		if l.line != nil && !a.better && !stalled {
			l.giveUp() // the line is back
		}
		return
	}
	switch {
	case l.line == nil && !now.Before(l.retry) && l.purse.mayDial(now):
		l.purse.without = false
		l.dial(ctx, l.routes.order(), false)
	case stalled && !now.Before(l.retry):
		l.dial(ctx, l.routes.instead(l.line.route), false)
	case l.line != nil && l.line.live && !stalled && l.line.route > 0 && !now.Before(l.probe):
		l.probing = min(2*l.probing, probeMost)
		l.dial(ctx, l.routes.better(l.line.route), true)
	}
}

// due returns when there is something to do, should nothing happen.
func (l *Link) due() time.Time {
	switch {
	case l.line == nil && l.attempt != nil:
		return time.Now().Add(time.Hour) // the attempt has a limit of its own
	case l.line == nil && l.purse.calling && !l.purse.mayDial(time.Now()):
		if at := l.purse.called.Add(tokenTimeout); at.After(time.Now()) {
			return at
		}
		return time.Now().Add(time.Hour) // without any token there is no use in dialing
	case l.line == nil:
		return l.retry
	}
	at := l.session.Deadline()
	if ahead := l.purse.ahead; l.line.live && !l.purse.calling && !ahead.IsZero() && ahead.Before(at) {
		at = ahead
	}
	if l.attempt == nil {
		if l.line.live && l.line.route > 0 && l.probe.Before(at) {
			at = l.probe
		}
		if l.session.Stalled() && l.retry.Before(at) {
			at = l.retry
		}
	}
	return at
}

func (l *Link) dial(ctx context.Context, order []int, better bool) {
	ctx, cancel := context.WithCancel(ctx)
	a := &attempt{result: make(chan dialed, 1), cancel: cancel, better: better}
	l.attempt = a
	all, timeout := l.routes.all, dialTimeout
	if l.away != nil {
		timeout = eitherTimeout
	}
	l.wg.Go(func() {
		defer cancel()
		a.result <- race(ctx, all, order, timeout)
	})
}

// giveUp ends dialing. A connection that comes of it all the same is closed.
func (l *Link) giveUp() {
	a := l.attempt
	l.attempt = nil
	a.cancel()
	l.wg.Go(func() {
		if d := <-a.result; d.conn != nil {
			d.conn.Close(uint32(wire.CodeNormal), "")
		}
	})
}

// connected takes the end of an attempt. A new connection replaces the one there
// is: what was under way on that is found missing by the state vectors, and sent
// again.
func (l *Link) connected(d dialed) {
	a := l.attempt
	l.attempt = nil
	if d.err != nil {
		if a.better {
			l.probe = time.Now().Add(l.probing)
		} else {
			l.tell(d.err)
			l.wait()
			if l.line == nil {
				l.turn()
			}
		}
		return
	}
	for _, i := range d.failed {
		l.routes.bad[i] = true
	}
	switch {
	case l.line == nil:
	case a.better:
		l.hangUp(wire.CodeNormal)
	default:
		l.routes.bad[l.line.route] = l.line.route != d.route
		l.hangUp(wire.CodeSilent)
	}
	l.session.Open(time.Now())
	l.line = newLine(d.conn, d.route)
}

// wait sets when to dial next after an attempt came to nothing.
func (l *Link) wait() {
	span := min(backoffFirst<<min(l.failed, 10), backoffMost)
	l.failed++
	wait := rand.N(span)
	if d := l.session.denied; d != nil && l.line == nil {
		wait += time.Duration(d.RetryMS) * time.Millisecond
	}
	l.retry = time.Now().Add(wait)
}

// step lets the Session take a message.
func (l *Link) step(m []byte) error {
	if err := l.session.Step(time.Now(), m); err != nil {
		return l.lost(err)
	}
	l.line.taken <- struct{}{}
	if l.session.phase == Live && !l.line.live {
		l.line.live = true
		l.keeper.lookNow()
		l.routes.bad[l.line.route] = false
		l.probing = probeFirst
		l.probe = time.Now().Add(l.probing)
		l.worked = l.routes.all[l.line.route].Name
		if l.cfg.Worked != nil {
			elsewhere := ""
			if l.routes == l.away {
				elsewhere = l.away.origin
			}
			l.cfg.Worked(l.worked, elsewhere)
		}
	}
	return nil
}

// lost ends the connection, of which it is known why. It returns an error if there
// is no use in another.
func (l *Link) lost(why error) error {
	code := wire.CodeNormal
	if _, closed := errors.AsType[*conn.CloseError](why); !closed {
		code = Code(why)
	}
	l.routes.bad[l.line.route] = l.routes.bad[l.line.route] || !l.line.live
	err := l.verdict(why)
	if d := l.session.denied; d != nil && d.Code.Advice() == wire.RefreshFirst {
		l.purse.refused = true
	}
	again := l.purse.refused && l.purse.fresh(time.Now())
	live := l.line.live
	if l.routes == l.away && !live {
		// It may be none of those that serve these boards. The relay that the program
		// knows has the last word.
		l.session.denied, err = nil, fmt.Errorf("%s: %w", l.away.origin, why)
	}
	if live && (code == wire.CodeNormal || code == wire.CodeSilent) && !again {
		l.failed = 0 // otherwise to come back at once would only break it again
	}
	l.hangUp(code)
	moved := l.session.moved
	l.session.Lost()
	if code == wire.CodeBadUpdate && (live || l.routes == l.home) {
		l.session.misfit()
	}
	if stopped, ok := errors.AsType[*StoppedError](err); ok {
		if refuses(stopped.Code) {
			l.session.misfit()
		}
		return stopped
	}
	l.tell(err)
	l.wait()
	if moved.told {
		l.retry = time.Now().Add(moved.after)
		if l.attempt != nil && moved.to != "" {
			l.giveUp()
		}
	}
	switch {
	case l.attempt != nil:
		l.attempt.better = false // it is needed now
	case moved.told:
		l.goTo(moved.to)
	case !live:
		l.turn()
	}
	return nil
}

func (l *Link) tell(err error) {
	if l.cfg.Failed != nil {
		l.cfg.Failed(err)
	}
}

// hangUp closes the connection in use.
func (l *Link) hangUp(code wire.Code) {
	l.line.close(code)
	l.line, l.msg = nil, nil
}

// verdict turns the end of a connection into a *StoppedError where coming back
// would not help. The transport's word counts if Denied got lost.
func (l *Link) verdict(err error) error {
	s := l.session
	if c, ok := errors.AsType[*conn.CloseError](err); ok && s.denied == nil {
		if code := wire.Code(c.Code); code.Advice() != wire.Retry {
			s.denied = &wire.Denied{Code: code, Reason: c.Reason}
		}
	}
	if d := s.denied; d != nil && d.Code.Advice() == wire.Stop {
		return &StoppedError{d.Code, d.Reason}
	}
	return err
}
