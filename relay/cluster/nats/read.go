package nats

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"edgeboard/relay/cluster"
)

// stored message, as it is read.
type message struct {
	seq    uint64
	header nats.Header
	data   []byte
}

// getRequest is what JetStream is asked for messages by.
type getRequest struct {
	Seq      uint64 `json:"seq,omitempty"`
	LastFor  string `json:"last_by_subj,omitempty"`
	NextFor  string `json:"next_by_subj,omitempty"`
	Batch    int    `json:"batch,omitempty"`
	MaxBytes int    `json:"max_bytes,omitempty"`
}

// getAnswer is what the stream's leader answers.
type getAnswer struct {
	Message *struct {
		Seq    uint64 `json:"seq"`
		Header []byte `json:"hdrs"`
		Data   []byte `json:"data"`
	} `json:"message"`
	Error *struct {
		Code        int    `json:"err_code"`
		Description string `json:"description"`
	} `json:"error"`
}

// lastOf returns the last message of a subject, nil if there is none. With replicas the
// leader is asked: any other one may not have the newest yet.
func (e *Engine) lastOf(ctx context.Context, stream, subject string) (*message, error) {
	if err := e.reached(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, cluster.CallTimeout)
	defer cancel()
	request, err := json.Marshal(getRequest{LastFor: subject})
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	direct := e.replicas == 1
	e.mu.Unlock()
	ask := "STREAM.MSG.GET."
	if direct {
		ask = "DIRECT.GET."
	}
	m, err := e.nc.RequestWithContext(ctx, e.api+ask+stream, request)
	if errors.Is(err, nats.ErrNoResponders) {
		e.again()
	}
	if err != nil {
		return nil, fmt.Errorf("nats: asking %s: %w", stream, err)
	}
	if direct {
		return directMessage(m)
	}
	var a getAnswer
	switch err := json.Unmarshal(m.Data, &a); {
	case err != nil:
		return nil, fmt.Errorf("nats: the answer of %s: %w", stream, err)
	case a.Error != nil && a.Error.Code == codeMessageNotFound:
		return nil, nil
	case a.Error != nil:
		if a.Error.Code == codeStreamNotFound {
			e.again()
		}
		return nil, fmt.Errorf("nats: %s answers: %s", stream, a.Error.Description)
	case a.Message == nil:
		return nil, fmt.Errorf("nats: %s answers nothing", stream)
	}
	header := nats.Header{}
	if len(a.Message.Header) > 0 {
		if header, err = nats.DecodeHeadersMsg(a.Message.Header); err != nil {
			return nil, fmt.Errorf("nats: headers in %s: %w", stream, err)
		}
	}
	return &message{a.Message.Seq, header, a.Message.Data}, nil
}

// directMessage is what a direct answer has, nil if it is none.
func directMessage(m *nats.Msg) (*message, error) {
	switch status := m.Header.Get("Status"); status {
	case "":
	case "404":
		return nil, nil
	default:
		return nil, fmt.Errorf("nats: a stream answers %s %s", status, m.Header.Get("Description"))
	}
	seq, err := strconv.ParseUint(m.Header.Get("Nats-Sequence"), 10, 64)
	if err != nil || seq == 0 {
		return nil, fmt.Errorf("nats: a message without a sequence: %q", m.Header.Get("Nats-Sequence"))
	}
	return &message{seq, m.Header, m.Data}, nil
}

// How much is asked for at once: it is held in memory until it is known that nothing of it
// was dropped meanwhile, and the server serves nothing else of this connection.
const (
	batchMessages = 4096
	batchBytes    = 8 << 20
)

// batch returns messages of a subject, the first ones from a sequence on, in one round
// trip. With replicas it may not have the newest.
func (e *Engine) batch(ctx context.Context, stream, subject string, from uint64) ([]message, error) {
	if err := e.reached(ctx); err != nil {
		return nil, err
	}
	request, err := json.Marshal(getRequest{Seq: from, NextFor: subject, Batch: batchMessages, MaxBytes: batchBytes})
	if err != nil {
		return nil, err
	}
	inbox := nats.NewInbox()
	sub, err := e.nc.SubscribeSync(inbox)
	if err != nil {
		return nil, fmt.Errorf("nats: %w", err)
	}
	defer func() { _ = sub.Unsubscribe() }() // It fails when the connection is closed.
	if err := e.nc.PublishRequest(e.api+"DIRECT.GET."+stream, inbox, request); err != nil {
		return nil, fmt.Errorf("nats: %w", err)
	}
	var list []message
	for {
		next, cancel := context.WithTimeout(ctx, cluster.CallTimeout)
		m, err := sub.NextMsgWithContext(next)
		cancel()
		switch {
		case errors.Is(err, nats.ErrNoResponders), err == nil && noResponders(m):
			e.again()
			return nil, fmt.Errorf("nats: nobody has the stream %s now", stream)
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			return nil, fmt.Errorf("nats: reading %s: %w", stream, err)
		}
		if m.Header.Get("Status") == "204" { // The end of the batch.
			return list, nil
		}
		x, err := directMessage(m)
		if err != nil || x == nil {
			return list, err
		}
		list = append(list, *x)
	}
}

// Last is as in [cluster.Engine]. The last entry of a log is never dropped.
func (e *Engine) Last(ctx context.Context, log, key string) (uint64, error) {
	l, err := e.logOf(log)
	if err != nil {
		return 0, err
	}
	subject := l.all
	if key != "" {
		subject = l.of(key)
	}
	m, err := e.lastOf(ctx, l.stream, subject)
	if m == nil || err != nil {
		return 0, err
	}
	return m.seq, nil
}

// Read is as in [cluster.Engine]. A log that has nothing new takes one round trip, another
// one two and one more for each further batch: where it ends is asked together with the
// first batch, and whether anything was dropped meanwhile together with the next one.
func (e *Engine) Read(ctx context.Context, log string, after uint64, f func(cluster.Entry) error) error {
	l, err := e.logOf(log)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var w sync.WaitGroup
	defer w.Wait()
	defer cancel()
	type answer struct {
		list []message
		err  error
	}
	ask := func(from uint64) <-chan answer {
		c := make(chan answer, 1)
		w.Go(func() {
			list, err := e.batch(ctx, l.stream, l.all, from)
			c <- answer{list, err}
		})
		return c
	}
	first := ask(after + 1)
	end := uint64(0)
	if m, err := e.lastOf(ctx, l.stream, l.all); err != nil {
		return err
	} else if m != nil {
		end = m.seq
	}
	if end <= after {
		return nil
	}
	held := <-first
	progress := time.Now()
	for at := after; ; {
		if held.err != nil {
			return held.err
		}
		to := at
		if n := len(held.list); n > 0 {
			to, progress = held.list[n-1].seq, time.Now()
		} else if time.Since(progress) > cluster.CallTimeout {
			return fmt.Errorf("nats: %s does not have what its leader has", l.stream)
		}
		var next <-chan answer
		if to < end {
			if len(held.list) == 0 {
				// A server that is behind the leader, for milliseconds.
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(5 * time.Millisecond):
				}
			}
			next = ask(to + 1)
		}
		p, err := e.pointer(ctx, l)
		if err != nil {
			return err
		}
		if p.through > at {
			return cluster.ErrTrimmed
		}
		for _, m := range held.list {
			x, err := unpack(m.seq, m.data)
			if err != nil {
				e.opt.Log.Error("an entry is left out", "log", log, "error", err)
				continue
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err := f(x); err != nil {
				return err
			}
		}
		if at = to; next == nil {
			return nil
		}
		held = <-next
	}
}
