package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// tail passes on the entries of a log: in order, each position once, from one goroutine.
// It follows the log, and reads what it did not hear: at the start, at a gap, when it is
// told that something may have been lost (again), and when a look at the log's end shows
// that the last ones never came. What fails is tried again until it is ended.
type tail struct {
	c   *Cluster
	log string
	// f takes an entry, whose bytes it may keep. If it fails it gets the same one again,
	// after a while.
	f func(Entry) error
	// trimmed is called where entries after the position are gone, and takes what stands
	// for them. It returns the position that this reaches to.
	trimmed func(context.Context) (after uint64, err error)

	ctx   context.Context
	end   context.CancelFunc // has it end soon; see ended
	ended chan struct{}      // closed when f is called no more
	wake  chan struct{}

	mu     sync.Mutex
	queue  []Entry       // heard and not looked at
	bytes  int           // of queue
	reread string        // why the log is to be read; empty: it is not
	back   *uint64       // go on after this position
	hurry  bool          // forget that something has failed
	at     uint64        // position of the last entry that was passed on
	moved  chan struct{} // closed when that changes; nil: nobody waits

	// Owned by the goroutine of run.
	expected uint64 // of an entry that was heard, and not there when the log was read
	lagging  int    // how often in a row
	failed   bool
}

const (
	// What is heard meanwhile waits up to here. Beyond it is dropped, and read again.
	tailEntries = 1024
	tailBytes   = 8 << 20
	// checkEvery is how long nothing may have been heard before the log's end is looked at.
	checkEvery = 15 * time.Second
	retryFirst = 50 * time.Millisecond
	retryLast  = 5 * time.Second
	// mostLagging is how often a log is read for an entry that was heard and does not come.
	mostLagging = 6
)

// Why logs are read; see Metrics.Reread.
const (
	rereadStart    = "start"
	rereadGap      = "gap"
	rereadOverflow = "overflow"
	rereadLost     = "lost"  // the connection was, or may have been
	rereadCheck    = "check" // the last entries never came
	rereadAsked    = "asked" // whom they were passed on to has dropped some
)

// newTail returns one that passes on what comes after a position. It goes on until its
// end is called, or the Cluster is closed.
func (c *Cluster) newTail(log string, after uint64, f func(Entry) error, trimmed func(context.Context) (uint64, error)) *tail {
	t := &tail{
		c: c, log: log, f: f, trimmed: trimmed, at: after, reread: rereadStart,
		ended: make(chan struct{}), wake: make(chan struct{}, 1),
	}
	t.ctx, t.end = context.WithCancel(c.ctx)
	c.mu.Lock()
	c.tails[t] = struct{}{}
	c.mu.Unlock()
	c.wg.Go(t.run)
	return t
}

// eachTail calls f with each tail there is.
func (c *Cluster) eachTail(f func(*tail)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for t := range c.tails {
		f(t)
	}
}

// again has the log read, at once.
func (t *tail) again(reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reread, t.hurry = reason, true
	t.poke()
}

// rewind has the entries after a position passed on, also those that were before.
func (t *tail) rewind(after uint64, reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	// What was heard may be of an engine that has lost its data since.
	t.queue, t.bytes = nil, 0
	t.back, t.reread, t.hurry = &after, reason, true
	t.poke()
}

// position returns that of the last entry that was passed on.
func (t *tail) position() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.at
}

// reach waits until the entry at a position was passed on, and what comes before it.
func (t *tail) reach(ctx context.Context, position uint64) error {
	for {
		t.mu.Lock()
		if t.moved == nil {
			t.moved = make(chan struct{})
		}
		at, moved := t.at, t.moved
		t.mu.Unlock()
		if at >= position {
			return nil
		}
		select {
		case <-moved:
		case <-t.ended:
			return ErrClosed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// catchUp reads the log, and waits until all that it has now was passed on.
func (t *tail) catchUp(ctx context.Context) error {
	last, err := t.c.engine.Last(ctx, t.log, "")
	if err != nil {
		return err
	}
	if t.position() < last {
		t.again(rereadAsked)
	}
	return t.reach(ctx, last)
}

// hear takes what the engine tells, and does not block.
func (t *tail) hear(e Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.queue) >= tailEntries || t.bytes+len(e.Data) > tailBytes {
		t.queue, t.bytes, t.reread = nil, 0, rereadOverflow
	} else {
		t.queue = append(t.queue, e)
		t.bytes += len(e.Data)
	}
	t.poke()
}

func (t *tail) poke() {
	select {
	case t.wake <- struct{}{}:
	default: // it will be found with what waits
	}
}

func (t *tail) run() {
	defer close(t.ended)
	defer t.end()
	defer func() {
		t.c.mu.Lock()
		delete(t.c.tails, t)
		t.c.mu.Unlock()
	}()
	stop := func() {}
	defer func() { stop() }()
	following := false
	wait := retryFirst
	timer := time.NewTimer(checkEvery)
	defer timer.Stop()
	for {
		err := error(nil)
		if !following {
			var unfollow func()
			// What comes before it is in force is read, and what comes twice is known.
			if unfollow, err = t.c.engine.Follow(t.log, t.hear); err == nil {
				following, stop = true, unfollow
			}
		}
		if err == nil {
			err = t.work()
		}
		switch {
		case t.ctx.Err() != nil:
			return
		case err != nil:
			t.fail(err)
			timer.Reset(wait)
			wait = min(2*wait, retryLast)
		default:
			t.failed = false
			wait = retryFirst
			timer.Reset(checkEvery)
		}
		// After a failure only the timer goes on, or who says that there is hope.
		for waiting := true; waiting; {
			select {
			case <-t.ctx.Done():
				return
			case <-timer.C:
				waiting = false
				if err == nil {
					t.check()
				}
			case <-t.wake:
				t.mu.Lock()
				waiting = err != nil && !t.hurry
				if t.hurry {
					wait = retryFirst
				}
				t.hurry = false
				t.mu.Unlock()
			}
		}
	}
}

// fail notes that something did not work, once until it does. While the relay is cut off
// that is no news.
func (t *tail) fail(err error) {
	if !t.failed && !t.c.Edge() && !errors.Is(err, errLagging) {
		t.c.log.Warn("a log of the cluster is not followed now, trying again", "log", t.log, "err", err)
	}
	t.failed = true
}

// work passes on what can be had.
func (t *tail) work() error {
	for {
		t.mu.Lock()
		if t.back != nil {
			t.at, t.back, t.expected = *t.back, nil, 0
		}
		reason, list := t.reread, t.queue
		t.reread, t.queue, t.bytes, t.hurry = "", nil, 0, false
		t.mu.Unlock()
		if reason == "" && len(list) == 0 {
			return nil
		}
		var err error
		if reason != "" {
			if err = t.read(reason); err == nil {
				err = t.lags()
			}
		}
		for i := 0; i < len(list) && err == nil; i++ {
			reason = rereadGap
			err = t.take(list[i])
		}
		if err != nil && !errors.Is(err, errBack) {
			// What was heard and not passed on is found when the log is read.
			t.mu.Lock()
			t.reread = reason
			t.mu.Unlock()
			return err
		}
	}
}

// isBack reports whether rewind was called.
func (t *tail) isBack() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.back != nil
}

var (
	errBack    = errors.New("it goes on elsewhere")
	errLagging = errors.New("an entry was heard of that cannot be read yet")
)

// take passes an entry on that was heard, and before it what was not.
func (t *tail) take(e Entry) error {
	at := t.position()
	if e.Position <= at {
		return nil // it came twice, or was read
	}
	if at != 0 && e.Previous == at {
		return t.pass(e)
	}
	// That there is none before it may mean that those were trimmed. What is read has this
	// one too, if it is of the log as it is now.
	if err := t.read(rereadGap); err != nil {
		return err
	}
	t.expected = max(t.expected, e.Position)
	return t.lags()
}

// lags returns an error, some times, if what was heard of could not be read: who was
// asked may be behind who has told it. If it never comes it is not of this log.
func (t *tail) lags() error {
	if t.position() < t.expected {
		if t.lagging++; t.lagging < mostLagging {
			return errLagging
		}
	}
	t.expected, t.lagging = 0, 0
	return nil
}

// read passes on what comes after the last position.
func (t *tail) read(reason string) error {
	if reason != rereadStart {
		t.c.metrics.Reread(reason)
	}
	if t.log != Journal {
		select {
		case t.c.reading <- struct{}{}:
			defer func() { <-t.c.reading }()
		case <-t.ctx.Done():
			return t.ctx.Err()
		}
	}
	for {
		err := t.c.engine.Read(t.ctx, t.log, t.position(), func(e Entry) error {
			if e.Position <= t.position() {
				return nil
			}
			return t.pass(e)
		})
		if !errors.Is(err, ErrTrimmed) {
			return err
		}
		after, err := t.trimmed(t.ctx)
		if err != nil {
			return err
		}
		if after <= t.position() {
			return fmt.Errorf("what stands for the beginning of the log %q reaches to %d, and what comes after %d was trimmed", t.log, after, t.position())
		}
		t.reached(after)
	}
}

// pass passes an entry on.
func (t *tail) pass(e Entry) error {
	switch {
	case t.ctx.Err() != nil:
		return t.ctx.Err()
	case t.isBack():
		return errBack
	}
	if err := t.f(e); err != nil {
		return err
	}
	t.reached(e.Position)
	return nil
}

func (t *tail) reached(position uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.at = position
	if t.moved != nil {
		close(t.moved)
		t.moved = nil
	}
}

// check looks whether the log has more than was heard.
func (t *tail) check() {
	last, err := t.c.engine.Last(t.ctx, t.log, "")
	if err == nil && last > t.position() {
		t.again(rereadCheck)
	}
}
