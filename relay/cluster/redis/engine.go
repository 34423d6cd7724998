package redis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"sync"
	"time"

	"github.com/redis/rueidis"

	"edgeboard/relay/cluster"
)

// Options are how an [Engine] is made. The zero value works.
type Options struct {
	// Name is what Redis shows of the connections (CLIENT LIST); without one "edgeboard".
	Name string
	// Log takes warnings; nil: slog.Default().
	Log *slog.Logger
	// Prefix begins all keys and channels, so that several clusters can share a Redis: of
	// a-z A-Z 0-9 - _ . and colons. Without one "edgeboard".
	Prefix string
}

// Engine is a [cluster.Engine] over Redis.
type Engine struct {
	option rueidis.ClientOption
	log    *slog.Logger
	keys   keys

	ctx     context.Context // until Close
	cancel  context.CancelFunc
	running sync.WaitGroup // what Close waits for
	ready   chan struct{}  // is closed when client is there
	tried   chan struct{}  // is closed when the first try to connect has ended
	lanes   []*lane
	told    *lane // what is published
	ears    ears

	mu          sync.Mutex
	closed      bool
	client      rueidis.Client // nil: it was never reached
	failed      error          // why not
	incarnation string         // as Ping has last read it
	examined    bool           // by [Engine.examine]
}

var _ cluster.Engine = (*Engine)(nil)

// lanes is how many batches of Appends are under way at most. Those of one log are in
// one lane.
const lanes = 4

var prefixes = regexp.MustCompile(`^[a-zA-Z0-9_.:-]{1,64}$`)

// Open returns an engine over the Redis of a URL: redis://user:password@host:port/db,
// with rediss for TLS. More hosts of a Redis Cluster, or of Sentinels, are given by
// ?addr=host:port&addr=…, and ?master_set=NAME says that they are Sentinels.
//
// It tries to connect until ctx ends, for CallTimeout at most, and if that fails goes on
// trying by itself: an error is one of the URL or of the options.
func Open(ctx context.Context, url string, opt Options) (*Engine, error) {
	option, err := rueidis.ParseURL(url)
	if err != nil {
		return nil, fmt.Errorf("the URL of Redis: %w", err)
	}
	if opt.Prefix == "" {
		opt.Prefix = "edgeboard"
	}
	if !prefixes.MatchString(opt.Prefix) {
		return nil, fmt.Errorf("a prefix of keys in Redis is at most 64 of a-z A-Z 0-9 - _ . and colons, not %q", opt.Prefix)
	}
	if option.ClientName == "" {
		option.ClientName = opt.Name
	}
	if option.ClientName == "" {
		option.ClientName = "edgeboard"
	}
	option.DisableCache = true
	// Else the end of a connection on which nothing is under way is noticed by the next
	// command, which fails.
	option.AlwaysPipelining = true
	if option.Dialer.Timeout == 0 {
		option.Dialer.Timeout = cluster.CallTimeout
	}
	// Of a connection that is idle the answer to a PING is awaited for that long, so that
	// one which is dead without a word is noticed.
	option.Dialer.KeepAlive = time.Second
	option.ConnWriteTimeout = cluster.CallTimeout
	option.ReadBufferEachConn, option.WriteBufferEachConn = 64<<10, 64<<10

	e := &Engine{option: option, log: opt.Log, keys: keys{opt.Prefix}, ready: make(chan struct{}), tried: make(chan struct{})}
	if e.log == nil {
		e.log = slog.Default()
	}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	for range lanes {
		e.lanes = append(e.lanes, newLane(e))
	}
	e.told = newLane(e)
	e.ears.init()
	e.running.Go(e.connect)
	for _, l := range append(e.lanes, e.told) {
		e.running.Go(l.run)
	}
	e.running.Go(e.hear)
	timeout := time.NewTimer(cluster.CallTimeout)
	defer timeout.Stop()
	select {
	case <-e.tried:
	case <-ctx.Done():
	case <-timeout.C:
	}
	return e, nil
}

// connect makes the client, which then keeps itself connected.
func (e *Engine) connect() {
	var once sync.Once
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		client, err := rueidis.NewClient(e.option)
		e.mu.Lock()
		if err == nil && !e.closed {
			e.client = client
			close(e.ready)
		}
		e.failed = explain(err)
		closed := e.closed
		e.mu.Unlock()
		once.Do(func() { close(e.tried) })
		switch {
		case err == nil && closed:
			client.Close()
			return
		case err == nil:
			return
		}
		e.log.Debug("redis is not reached", "error", err)
		select {
		case <-time.After(pause):
		case <-e.ctx.Done():
			return
		}
	}
}

// reach returns the client. If it was never there and nobody is waited for any more, it
// is an error.
func (e *Engine) reach(ctx context.Context) (rueidis.Client, error) {
	select {
	case <-e.tried:
	case <-e.ctx.Done():
	case <-ctx.Done():
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.closed:
		return nil, cluster.ErrClosed
	case e.client != nil:
		return e.client, nil
	case e.failed != nil:
		return nil, fmt.Errorf("redis cannot be reached: %w", e.failed)
	}
	return nil, fmt.Errorf("redis cannot be reached: %w", context.Cause(ctx))
}

// call has f ask Redis something, for CallTimeout at most. f may go on for a while after
// that, since to connect cannot be broken off: what it returns then nobody reads.
func call[T any](ctx context.Context, e *Engine, f func(ctx context.Context, c rueidis.Client) (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	var none T
	ctx, cancel := context.WithTimeoutCause(ctx, cluster.CallTimeout, errLate)
	defer cancel()
	defer context.AfterFunc(e.ctx, cancel)()
	client, err := e.reach(ctx)
	if err != nil {
		return none, err
	}
	c := make(chan answer, 1)
	if !e.begin(func() {
		value, err := f(ctx, client)
		c <- answer{value, err}
	}) {
		return none, cluster.ErrClosed
	}
	select {
	case a := <-c:
		if a.err != nil {
			return none, e.why(ctx, a.err)
		}
		return a.value, nil
	case <-ctx.Done():
		return none, e.why(ctx, ctx.Err())
	}
}

// begin runs f beside, unless it is closed.
func (e *Engine) begin(f func()) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return false
	}
	e.running.Go(f)
	return true
}

// why says why a call failed.
func (e *Engine) why(ctx context.Context, err error) error {
	switch {
	case e.ctx.Err() != nil:
		return cluster.ErrClosed
	case ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)):
		return context.Cause(ctx)
	case errors.Is(err, context.DeadlineExceeded):
		return errLate
	}
	return explain(err)
}

// Close is as in [cluster.Engine].
func (e *Engine) Close() error {
	e.mu.Lock()
	e.closed = true
	client := e.client
	e.client = nil
	e.mu.Unlock()
	e.cancel()
	if client != nil {
		client.Close()
	}
	e.running.Wait()
	return nil
}
