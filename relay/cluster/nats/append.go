package nats

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"edgeboard/relay/cluster"
)

// call is something that is to be stored.
type call struct {
	id       uint64
	msg      *nats.Msg
	deadline time.Time
	done     func(seq uint64, err error)
}

// What waits to be sent is bounded; what is more fails.
const (
	maxQueue      = 1 << 14
	maxQueueBytes = 64 << 20
)

var errLate = fmt.Errorf("nats: the server did not answer in %v", cluster.CallTimeout)

// Append is as in [cluster.Engine].
func (e *Engine) Append(log string, x cluster.Entry, done func(position uint64, err error)) {
	if len(x.Data) > cluster.MaxEntry || len(x.Key) > cluster.MaxKey || len(x.From) > 64 {
		go done(0, fmt.Errorf("nats: an entry has %d bytes of data, a key of %d and a name of %d: want at most %d, %d and 64", len(x.Data), len(x.Key), len(x.From), cluster.MaxEntry, cluster.MaxKey))
		return
	}
	l, err := e.logOf(log)
	if err != nil {
		go done(0, err)
		return
	}
	e.begin(l.of(x.Key), pack(x), x.Expect, done)
}

// begin stores a message under a subject, whose last one must be that of expect.
func (e *Engine) begin(subject string, data []byte, expect *uint64, done func(seq uint64, err error)) {
	e.beginMsg(&nats.Msg{Subject: subject, Data: data}, expect, done)
}

func (e *Engine) beginMsg(m *nats.Msg, expect *uint64, done func(seq uint64, err error)) {
	if expect != nil {
		if m.Header == nil {
			m.Header = nats.Header{}
		}
		m.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(*expect, 10))
	}
	var err error
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.closed:
		err = cluster.ErrClosed
	case !e.up.Load():
		if err = e.problem; err == nil {
			err = errUnreached
		}
	case len(e.queue) >= maxQueue || e.queued > maxQueueBytes:
		err = errors.New("nats: too much waits to be stored")
	}
	if err != nil {
		go done(0, err)
		return
	}
	e.last++
	c := &call{e.last, m, time.Now().Add(cluster.CallTimeout), done}
	m.Reply = e.inbox + "." + strconv.FormatUint(c.id, 36)
	e.calls[c.id] = c
	e.queue, e.queued = append(e.queue, c), e.queued+len(m.Data)
	if e.order = append(e.order, c); len(e.order) == 1 {
		e.arm(cluster.CallTimeout)
	}
	e.wake.Signal()
}

// arm has late called after a while. The caller holds mu.
func (e *Engine) arm(after time.Duration) {
	if e.timer == nil {
		e.timer = time.AfterFunc(after, e.late)
	} else {
		e.timer.Reset(after)
	}
}

// late ends the calls that nobody has answered.
func (e *Engine) late() {
	e.mu.Lock()
	now := time.Now()
	var over []*call
	for len(e.order) > 0 {
		c := e.order[0]
		waits := e.calls[c.id] == c
		if waits && c.deadline.After(now) {
			e.arm(c.deadline.Sub(now))
			break
		}
		if waits {
			delete(e.calls, c.id)
			over = append(over, c)
		}
		e.order = e.order[1:]
	}
	err := errLate
	if e.problem != nil && len(over) > 0 {
		err = e.problem
	}
	e.mu.Unlock()
	for _, c := range over {
		c.done(0, err)
	}
}

// failAll ends all calls.
func (e *Engine) failAll(err error) {
	e.mu.Lock()
	over := e.order
	calls := e.calls
	e.order, e.queue, e.queued, e.calls = nil, nil, 0, map[uint64]*call{}
	e.mu.Unlock()
	for _, c := range over {
		if calls[c.id] == c {
			c.done(0, err)
		}
	}
}

// finish ends a call, unless it is over.
func (e *Engine) finish(id, seq uint64, err error) {
	e.mu.Lock()
	c := e.calls[id]
	delete(e.calls, id)
	for len(e.order) > 0 && e.calls[e.order[0].id] == nil {
		e.order[0] = nil
		e.order = e.order[1:]
	}
	e.mu.Unlock()
	if c != nil {
		c.done(seq, err)
	}
}

// write sends what waits, so that nobody who stores something waits for the network.
func (e *Engine) write() {
	for {
		e.mu.Lock()
		for !e.closed && (len(e.queue) == 0 || !e.isReady()) {
			e.wake.Wait()
		}
		if e.closed {
			e.mu.Unlock()
			return
		}
		queue := e.queue
		e.queue, e.queued = nil, 0
		e.mu.Unlock()
		for _, c := range queue {
			e.mu.Lock()
			waits := e.calls[c.id] == c
			e.mu.Unlock()
			if !waits {
				continue
			}
			if err := e.nc.PublishMsg(c.msg); err != nil {
				e.finish(c.id, 0, fmt.Errorf("nats: %w", err))
			}
		}
	}
}

// stored is what the server answers.
type stored struct {
	Seq   uint64              `json:"seq"`
	Error *jetstream.APIError `json:"error"`
}

// answered is called with the server's answers.
func (e *Engine) answered(m *nats.Msg) {
	id, err := strconv.ParseUint(m.Subject[len(e.inbox)+1:], 36, 64)
	if err != nil {
		return // Not ours.
	}
	if noResponders(m) {
		// There is no stream, or nobody leads it now.
		e.again()
		e.finish(id, 0, errors.New("nats: no server stores this now"))
		return
	}
	var a stored
	switch err := json.Unmarshal(m.Data, &a); {
	case err != nil:
		e.finish(id, 0, fmt.Errorf("nats: the server's answer: %w", err))
	case a.Error != nil && (a.Error.ErrorCode == codeWrongLast || a.Error.ErrorCode == codeWrongLastConstant):
		e.finish(id, 0, cluster.ErrConflict)
	case a.Error != nil:
		e.finish(id, 0, explain(a.Error))
	case a.Seq == 0:
		e.finish(id, 0, errors.New("nats: the server did not say where it is stored"))
	default:
		e.finish(id, a.Seq, nil)
	}
}

// store stores a message and waits.
func (e *Engine) store(ctx context.Context, subject string, data []byte, expect *uint64) (uint64, error) {
	return e.storeMsg(ctx, &nats.Msg{Subject: subject, Data: data}, expect)
}

func (e *Engine) storeMsg(ctx context.Context, m *nats.Msg, expect *uint64) (uint64, error) {
	type answer struct {
		seq uint64
		err error
	}
	c := make(chan answer, 1)
	e.beginMsg(m, expect, func(seq uint64, err error) { c <- answer{seq, err} })
	select {
	case a := <-c:
		return a.seq, a.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// noResponders reports whether a message says that nobody is there to answer.
func noResponders(m *nats.Msg) bool { return len(m.Data) == 0 && m.Header.Get("Status") == "503" }
