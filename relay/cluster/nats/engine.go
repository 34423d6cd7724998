package nats

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"edgeboard/relay/cluster"
)

// Options of an Engine. The zero value works; what the URL says comes first.
type Options struct {
	// Name is what the server calls the connection by: the relay's name.
	Name string
	// Log is told what an operator may want to know; nil: nothing is.
	Log *slog.Logger
	// Replicas is on how many servers each stream stands, 0: on 3 where the servers are a
	// cluster, else on 1.
	Replicas int
	// Prefix begins the names of all streams and subjects, "": edgeboard.
	Prefix string
}

// Engine is a cluster.Engine over JetStream.
type Engine struct {
	opt Options
	nc  *nats.Conn
	js  jetstream.JetStream
	api string // what subjects of JetStream's interface begin with

	inbox   string // what subjects of answers to stores begin with
	life    context.Context
	end     context.CancelFunc // of life
	done    <-chan struct{}
	setup   chan struct{} // the streams are to be looked after
	running sync.WaitGroup
	// up says whether there is a connection. The connection itself answers that, and all
	// else, only when a write that does not get on is over.
	up atomic.Bool

	mu          sync.Mutex
	wake        sync.Cond // the writer's: queue, ready or closed has changed
	closed      bool
	ready       chan struct{} // closed while the streams are known to be there
	problem     error         // why they are not
	replicas    int
	incarnation string
	blobs       jetstream.ObjectStore
	advised     bool
	onLost      func()
	last        uint64 // id of the last call
	calls       map[uint64]*call
	queue       []*call // not sent yet
	queued      int     // bytes
	order       []*call // by deadline
	timer       *time.Timer
}

var _ cluster.Engine = (*Engine)(nil)

// Reconnecting is quick, so that a server that is started again is blamed for little, and
// uneven, so that not all relays come at once.
const (
	reconnectWait   = 150 * time.Millisecond
	reconnectJitter = 100 * time.Millisecond
	// A connection that is dead is found by pings that are not answered: two.
	pingInterval = 2 * time.Second
	// A write that does not get on for so long means that the connection is dead.
	writeTimeout = 4 * time.Second
	// overhead is what an entry has around its data, its subject and headers included.
	overhead = 4096
)

var errUnreached = errors.New("nats: no server is reached")

var plainPrefix = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)

// Open returns an engine at a URL, as nats://user:password@host:4222, tls://host:4222 or
// several with commas between. Its query may have
//
//	creds=FILE    credentials of an account
//	ca=FILE       whom to trust besides the system's authorities
//	prefix=NAME   Options.Prefix
//	replicas=N    Options.Replicas
//	domain=NAME   the domain of JetStream, seen from a leaf node
//
// A server that is not reached is tried again for ever. What an operator has to mend
// is an error, if it is known within cluster.CallTimeout.
func Open(ctx context.Context, address string, opt Options) (*Engine, error) {
	servers, query, _ := strings.Cut(address, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, fmt.Errorf("nats: the query of the URL: %w", err)
	}
	if opt.Prefix == "" {
		opt.Prefix = "edgeboard"
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	e := &Engine{
		setup: make(chan struct{}, 1), ready: make(chan struct{}),
		api: "$JS.API.", calls: map[uint64]*call{}, inbox: nats.NewInbox(), problem: errUnreached,
	}
	e.wake.L = &e.mu
	e.life, e.end = context.WithCancel(context.Background())
	e.done = e.life.Done()
	options := []nats.Option{
		nats.Name("edgeboard relay " + opt.Name), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.IgnoreAuthErrorAbort(),
		nats.ReconnectWait(reconnectWait), nats.ReconnectJitter(reconnectJitter, reconnectJitter),
		// What is stored while there is no connection fails at once: it is spooled.
		nats.ReconnectBufSize(-1),
		nats.Timeout(cluster.CallTimeout), nats.PingInterval(pingInterval), nats.MaxPingsOutstanding(2), nats.FlusherTimeout(writeTimeout),
		nats.ConnectHandler(func(*nats.Conn) { e.connected() }),
		nats.ReconnectHandler(func(*nats.Conn) { e.connected() }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { e.disconnected(err) }),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { e.refused(err) }),
		nats.ErrorHandler(func(_ *nats.Conn, s *nats.Subscription, err error) { e.failed(s, err) }),
	}
	domain := ""
	for key := range values {
		value := values.Get(key)
		switch key {
		case "creds":
			options = append(options, nats.UserCredentials(value))
		case "ca":
			options = append(options, nats.RootCAs(value))
		case "prefix":
			opt.Prefix = value
		case "replicas":
			if opt.Replicas, err = strconv.Atoi(value); err != nil || opt.Replicas < 1 || opt.Replicas > 5 {
				return nil, fmt.Errorf("nats: replicas=%s in the URL: want a number from 1 to 5", value)
			}
		case "domain":
			domain = value
		default:
			return nil, fmt.Errorf("nats: the URL has %q: it may have creds, ca, prefix, replicas and domain", key)
		}
	}
	if !plainPrefix.MatchString(opt.Prefix) || domain != "" && !plainPrefix.MatchString(domain) {
		return nil, fmt.Errorf("nats: prefix %q, domain %q: want at most 32 letters, digits, - and _", opt.Prefix, domain)
	}
	e.opt = opt
	// Its handlers wait here until e is whole.
	e.mu.Lock()
	e.nc, err = nats.Connect(servers, options...)
	if err == nil {
		if e.js, err = jetstream.New(e.nc); domain != "" {
			e.api = "$JS." + domain + ".API."
			e.js, err = jetstream.NewWithDomain(e.nc, domain)
		}
	}
	e.mu.Unlock()
	if err != nil {
		return nil, fmt.Errorf("nats: connecting to %s: %w", redacted(servers), err)
	}
	if _, err := e.nc.Subscribe(e.inbox+".*", e.answered); err != nil {
		e.nc.Close()
		return nil, fmt.Errorf("nats: %w", err)
	}
	e.running.Go(e.write)
	e.running.Go(e.lookAfter)
	ctx, cancel := context.WithTimeout(ctx, cluster.CallTimeout)
	defer cancel()
	select {
	case <-e.readyNow():
	case <-ctx.Done():
	case <-e.mend(ctx):
		err := e.problemNow()
		_ = e.Close() // The problem is what is told.
		return nil, err
	}
	return e, nil
}

// redacted leaves out passwords.
func redacted(servers string) string {
	list := strings.Split(servers, ",")
	for i, s := range list {
		if u, err := url.Parse(s); err == nil {
			list[i] = u.Redacted()
		}
	}
	return strings.Join(list, ",")
}

// mend is closed when there is a problem that an operator has to mend.
func (e *Engine) mend(ctx context.Context) <-chan struct{} {
	c := make(chan struct{})
	e.running.Go(func() {
		t := time.NewTicker(20 * time.Millisecond)
		defer t.Stop()
		for {
			if _, ok := errors.AsType[*operatorError](e.problemNow()); ok {
				close(c)
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-e.done:
				return
			case <-t.C:
			}
		}
	})
	return c
}

func (e *Engine) problemNow() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.problem
}

func (e *Engine) readyNow() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ready
}

// isReady reports whether the streams are known to be there. The caller holds mu.
func (e *Engine) isReady() bool {
	select {
	case <-e.ready:
		return true
	default:
		return false
	}
}

// unready says that the streams may not be there. The caller holds mu.
func (e *Engine) unready(why error) {
	if e.isReady() {
		e.ready = make(chan struct{})
	}
	e.problem = why
}

// connected is called by the connection when it is there.
func (e *Engine) connected() {
	e.up.Store(true)
	e.lost()
	e.again()
}

// disconnected is called by the connection when it is gone. Nobody knows what became of
// the calls under way.
func (e *Engine) disconnected(err error) {
	e.up.Store(false)
	why := errUnreached
	if err != nil {
		why = fmt.Errorf("%w: %w", errUnreached, err)
	}
	e.mu.Lock()
	if !e.closed {
		e.unready(why)
	}
	e.mu.Unlock()
	e.failAll(why)
}

// refused is called when connecting has failed.
func (e *Engine) refused(err error) {
	why := explain(err)
	e.mu.Lock()
	changed := e.problem == nil || e.problem.Error() != why.Error()
	e.unready(why)
	e.mu.Unlock()
	if _, mend := errors.AsType[*operatorError](why); mend && changed {
		e.opt.Log.Error("the NATS server cannot be used", "error", why)
	}
}

// failed is called with errors that belong to no call.
func (e *Engine) failed(s *nats.Subscription, err error) {
	if _, mend := errors.AsType[*operatorError](explain(err)); mend && s == nil && !errors.Is(err, nats.ErrPermissionViolation) {
		return // refused tells it once, and this comes with every attempt.
	}
	subject := ""
	if s != nil {
		subject = s.Subject
	}
	e.opt.Log.Warn("NATS", "error", err, "subject", subject)
	if errors.Is(err, nats.ErrSlowConsumer) {
		e.lost()
	}
}

// again has the streams looked after: they may not be there.
func (e *Engine) again() {
	e.mu.Lock()
	e.unready(errors.New("nats: the streams are not there"))
	e.mu.Unlock()
	select {
	case e.setup <- struct{}{}:
	default:
	}
}

// lost tells that something may have been lost.
func (e *Engine) lost() {
	e.mu.Lock()
	f := e.onLost
	e.mu.Unlock()
	if f != nil {
		f()
	}
}

// OnLost is as in [cluster.Engine].
func (e *Engine) OnLost(f func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.onLost = f
}

// reached returns when the streams are there, or the error why they are not.
func (e *Engine) reached(ctx context.Context) error {
	e.mu.Lock()
	ready, problem, closed := e.ready, e.problem, e.closed
	e.mu.Unlock()
	switch {
	case closed:
		return cluster.ErrClosed
	case ctx.Err() != nil:
		return ctx.Err()
	case !e.up.Load():
		if problem == nil {
			problem = errUnreached
		}
		return problem
	}
	t := time.NewTimer(cluster.CallTimeout)
	defer t.Stop()
	select {
	case <-ready:
		return nil
	case <-e.done:
		return cluster.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return e.problemNow()
	}
}

// Close is as in [cluster.Engine].
func (e *Engine) Close() error {
	e.mu.Lock()
	already := e.closed
	e.closed, e.onLost = true, nil
	e.wake.Broadcast()
	e.mu.Unlock()
	if !already {
		e.end()
		e.failAll(cluster.ErrClosed)
		e.nc.Close()
	}
	e.running.Wait()
	return nil
}
