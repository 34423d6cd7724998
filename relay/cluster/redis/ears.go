package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"

	"edgeboard/relay/cluster"
)

// ears are what is followed and subscribed to, on one connection of its own, so that no
// large answer is before a message.
type ears struct {
	wake chan struct{}

	mu       sync.Mutex
	channels map[string]*channel
	changed  map[string]bool // channels that are to be subscribed to, or no more
	waiting  []chan struct{} // are closed when what is changed holds, or the connection is lost
	lost     bool            // there is no connection, and one was tried
	owed     bool            // OnLost's function is to be called when there is one
	onLost   func()
}

type channel struct {
	entries bool // of a log
	hearers []*hearer
	// The last entry of a log that is known to be stored, and its tag; 0: none.
	position uint64
	tag      string
}

type hearer struct {
	gone    atomic.Bool
	entry   func(cluster.Entry)
	message func([]byte)
}

func (x *ears) init() {
	x.wake = make(chan struct{}, 1)
	x.channels, x.changed = map[string]*channel{}, map[string]bool{}
}

// middle is a part of what a log's channel is told of an entry. The whole is
//
//	position previous previous's-tag tag from length-of-key key data
//
// with single spaces, but none between key and data.
func middle(tag string, x *cluster.Entry) string {
	return tag + " " + x.From + " " + strconv.Itoa(len(x.Key))
}

// parseTold reads what a log's channel was told.
func parseTold(message string) (x cluster.Entry, previousTag, tag string, ok bool) {
	part := strings.SplitN(message, " ", 7)
	if len(part) < 7 {
		return x, "", "", false
	}
	var err1, err2 error
	x.Position, err1 = strconv.ParseUint(part[0], 10, 64)
	x.Previous, err2 = strconv.ParseUint(part[1], 10, 64)
	n, err3 := strconv.Atoi(part[5])
	rest := part[6]
	if errors.Join(err1, err2, err3) != nil || x.Position <= x.Previous || n < 0 || n > cluster.MaxKey || n > len(rest) || len(rest)-n > cluster.MaxEntry {
		return x, "", "", false
	}
	x.From, x.Key, x.Data = strings.Clone(part[4]), strings.Clone(rest[:n]), []byte(rest[n:])
	return x, part[2], part[3], true
}

// Follow is as in [cluster.Engine].
func (e *Engine) Follow(log string, f func(cluster.Entry)) (stop func(), err error) {
	return e.listen(e.keys.entries(log), &hearer{entry: f})
}

// Subscribe is as in [cluster.Engine].
func (e *Engine) Subscribe(subject string, f func(data []byte)) (stop func(), err error) {
	return e.listen(e.keys.subject(subject), &hearer{message: f})
}

// OnLost is as in [cluster.Engine].
func (e *Engine) OnLost(f func()) {
	e.ears.mu.Lock()
	defer e.ears.mu.Unlock()
	e.ears.onLost = f
}

// listen adds one who hears, and waits until that holds, or the connection is lost.
func (e *Engine) listen(name string, h *hearer) (stop func(), err error) {
	if e.ctx.Err() != nil {
		return nil, cluster.ErrClosed
	}
	x := &e.ears
	x.mu.Lock()
	c := x.channels[name]
	if c == nil {
		c = &channel{entries: h.entry != nil}
		x.channels[name] = c
	}
	c.hearers = append(slices.Clip(c.hearers), h)
	holds := make(chan struct{})
	x.waiting = append(x.waiting, holds)
	x.change(name)
	lost := x.lost
	x.mu.Unlock()

	stop = func() {
		h.gone.Store(true)
		x.mu.Lock()
		defer x.mu.Unlock()
		c.hearers = slices.DeleteFunc(slices.Clone(c.hearers), func(has *hearer) bool { return has == h })
		if len(c.hearers) == 0 && x.channels[name] == c {
			delete(x.channels, name)
			x.change(name)
		}
	}
	if lost {
		return stop, nil
	}
	late := time.NewTimer(cluster.CallTimeout)
	defer late.Stop()
	select {
	case <-holds:
	case <-late.C:
		x.mu.Lock()
		x.owed = true
		x.mu.Unlock()
	case <-e.ctx.Done():
		stop()
		return nil, cluster.ErrClosed
	}
	return stop, nil
}

// change has a channel looked at again. The caller holds mu.
func (x *ears) change(name string) {
	x.changed[name] = true
	select {
	case x.wake <- struct{}{}:
	default:
	}
}

// known remembers the last entry of a log that is followed.
func (x *ears) known(name string, position uint64, tag string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if c := x.channels[name]; c != nil && position > c.position {
		c.position, c.tag = position, tag
	}
}

// forget forgets what was known of entries, since they are of other data.
func (x *ears) forget() {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, c := range x.channels {
		c.position, c.tag = 0, ""
	}
}

// heard passes on what a channel was told.
func (e *Engine) heard(m rueidis.PubSubMessage) {
	x := &e.ears
	x.mu.Lock()
	c := x.channels[m.Channel]
	if c == nil {
		x.mu.Unlock()
		return
	}
	hearers := c.hearers
	x.mu.Unlock()
	if !c.entries {
		for _, h := range hearers {
			if !h.gone.Load() {
				h.message([]byte(m.Message))
			}
		}
		return
	}
	entry, _, tag, ok := parseTold(m.Message)
	if !ok {
		e.log.Debug("what a channel of redis was told is not of a relay", "channel", m.Channel)
		return
	}
	x.known(m.Channel, entry.Position, tag)
	for i, h := range hearers {
		if h.gone.Load() {
			continue
		}
		mine := entry
		if i > 0 {
			mine.Data = slices.Clone(entry.Data)
		}
		h.entry(mine)
	}
}

// hear keeps the connection, until the engine is closed.
func (e *Engine) hear() {
	select {
	case <-e.tried:
	case <-e.ctx.Done():
		return
	}
	select {
	case <-e.ready:
	default:
		e.deaf()
		select {
		case <-e.ready:
		case <-e.ctx.Done():
			return
		}
	}
	const least = 50 * time.Millisecond
	for pause := least; ; pause = min(2*pause, time.Second) {
		began := time.Now()
		err := e.hearOnce()
		e.deaf()
		if time.Since(began) > 10*time.Second {
			pause = least
		}
		select {
		case <-e.ctx.Done():
			return
		case <-time.After(pause):
		}
		e.log.Debug("the connection to redis by which messages come was lost", "error", err)
	}
}

// deaf says that there is no connection.
func (e *Engine) deaf() {
	x := &e.ears
	x.mu.Lock()
	defer x.mu.Unlock()
	x.lost, x.owed = true, true
	x.settle(x.waiting)
	x.waiting = nil
}

func (x *ears) settle(waiting []chan struct{}) {
	for _, w := range waiting {
		close(w)
	}
}

// hearOnce connects, subscribes to all that is wanted, and keeps that up to date until
// the connection is lost.
func (e *Engine) hearOnce() error {
	client, err := e.reach(e.ctx)
	if err != nil {
		return err
	}
	conn, release := client.Dedicate()
	defer release()
	ended := conn.SetPubSubHooks(rueidis.PubSubHooks{OnMessage: e.heard})
	defer func() {
		conn.Close()
		for range ended { // until nobody is told any more
		}
	}()
	has := map[string]bool{}
	for first := true; ; first = false {
		if err := e.subscribe(conn, first, has); err != nil {
			return err
		}
		if first {
			if err := e.goneBack(); err != nil {
				return err
			}
			e.tellLost()
		}
		select {
		case <-e.ears.wake:
		case err := <-ended:
			return err
		case <-e.ctx.Done():
			return cluster.ErrClosed
		}
	}
}

// subscribe brings the connection's subscriptions, which has names, up to date: all of
// them at first, or those that have changed.
func (e *Engine) subscribe(conn rueidis.DedicatedClient, all bool, has map[string]bool) error {
	x := &e.ears
	var on, off []string
	x.mu.Lock()
	if all {
		for name := range x.channels {
			x.changed[name] = true
		}
		// From now on who comes waits.
		x.lost = false
	}
	for name := range x.changed {
		switch wanted := x.channels[name] != nil; {
		case wanted && !has[name]:
			on = append(on, name)
		case !wanted && has[name]:
			off = append(off, name)
		}
	}
	clear(x.changed)
	waiting := x.waiting
	x.waiting = nil
	x.mu.Unlock()
	defer x.settle(waiting)

	const most = 256 // names in one command
	for part := range slices.Chunk(on, most) {
		if err := e.ask(conn, conn.B().Subscribe().Channel(part...).Build()); err != nil {
			return err
		}
		for _, name := range part {
			has[name] = true
		}
	}
	for part := range slices.Chunk(off, most) {
		if err := e.ask(conn, conn.B().Unsubscribe().Channel(part...).Build()); err != nil {
			return err
		}
		for _, name := range part {
			delete(has, name)
		}
	}
	return nil
}

func (e *Engine) ask(conn rueidis.DedicatedClient, command rueidis.Completed) error {
	ctx, cancel := context.WithTimeoutCause(e.ctx, cluster.CallTimeout, errLate)
	defer cancel()
	if err := conn.Do(ctx, command).Error(); err != nil {
		return e.why(ctx, err)
	}
	return nil
}

// tellLost calls OnLost's function, if something may have been lost.
func (e *Engine) tellLost() {
	x := &e.ears
	x.mu.Lock()
	f, owed := x.onLost, x.owed
	x.owed = false
	x.mu.Unlock()
	if owed && f != nil {
		f()
	}
}

// goneBack looks whether Redis still has the last entries that are known of it. If not it
// has forgotten some, as it does when it loses power and does not write each entry to
// its disk at once, or when a replica takes over that had not heard of them; and their
// positions are taken again, or will be. Then its data is not what it was, and it gets
// another incarnation, by which the relays give it what they have.
func (e *Engine) goneBack() error {
	e.mu.Lock()
	was := e.incarnation
	e.mu.Unlock()
	if was == "" {
		return nil
	}
	type known struct{ name, tag string }
	var list []known
	var runs []rueidis.LuaExec
	x := &e.ears
	x.mu.Lock()
	for name, c := range x.channels {
		if c.position > 0 {
			list = append(list, known{name, c.tag})
			state := strings.TrimSuffix(name, "log") + "state"
			runs = append(runs, rueidis.LuaExec{Keys: []string{state, name}, Args: []string{strconv.FormatUint(c.position, 10)}})
		}
	}
	x.mu.Unlock()
	const most = 256
	for len(runs) > 0 {
		n := min(most, len(runs))
		results, err := call(e.ctx, e, func(ctx context.Context, c rueidis.Client) ([]rueidis.RedisResult, error) {
			return tagScript.ExecMulti(ctx, c, runs[:n]...), nil
		})
		if err != nil {
			return err
		}
		for i, result := range results {
			tag, err := result.ToString()
			if err != nil {
				return explain(err)
			}
			if tag == "" || tag == list[i].tag {
				continue
			}
			return e.another(was, list[i].name)
		}
		runs, list = runs[n:], list[n:]
	}
	return nil
}

// another gives Redis another incarnation.
func (e *Engine) another(was, name string) error {
	next := rand.Text()
	_, err := call(e.ctx, e, func(ctx context.Context, c rueidis.Client) (int64, error) {
		return anotherScript.Exec(ctx, c, []string{e.keys.incarnation()}, []string{was, next}).AsInt64()
	})
	if err != nil {
		return fmt.Errorf("to say that redis has lost entries: %w", err)
	}
	e.ears.forget()
	e.log.Warn("redis has lost entries that it had acknowledged: its relays will give it what they have. Set appendonly yes and appendfsync always", "log", name)
	return nil
}
