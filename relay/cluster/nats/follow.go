package nats

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"sync/atomic"

	"github.com/nats-io/nats.go"

	"edgeboard/relay/cluster"
)

// Follow is as in [cluster.Engine]. The server tells what it has stored by itself
// (republish), so that a log that is followed costs it a subscription and no consumer.
func (e *Engine) Follow(log string, f func(cluster.Entry)) (stop func(), err error) {
	l, err := e.logOf(log)
	if err != nil {
		return nil, err
	}
	stop, err = e.subscribe(l.told, func(m *nats.Msg) {
		position, err := strconv.ParseUint(m.Header.Get("Nats-Sequence"), 10, 64)
		if err != nil || position == 0 {
			return // Somebody else's.
		}
		previous := position - 1 // The Journal has a stream of its own.
		if l.board != "" {
			if previous, err = strconv.ParseUint(m.Header.Get("Nats-Last-Sequence"), 10, 64); err != nil {
				return
			}
		}
		x, err := unpack(position, m.Data)
		if err != nil {
			e.opt.Log.Error("an entry is left out", "log", log, "error", err)
			return
		}
		x.Previous = previous
		f(x)
	})
	if err != nil {
		return nil, err
	}
	// The leader's answer says more than a flush would: what asks it passes the same
	// servers as the subscription, after it. An error is no harm: the next OnLost comes.
	if e.up.Load() {
		_, _ = e.lastOf(e.life, l.stream, l.all)
	}
	return stop, nil
}

func (e *Engine) subscribe(subject string, f func(*nats.Msg)) (stop func(), err error) {
	var stopped atomic.Bool
	sub, err := e.nc.Subscribe(subject, func(m *nats.Msg) {
		if !stopped.Load() {
			f(m)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("nats: %w", err)
	}
	return func() {
		if stopped.CompareAndSwap(false, true) {
			_ = sub.Unsubscribe() // It fails when the connection is closed.
		}
	}, nil
}

var subjects = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)

func (e *Engine) subject(name string) (string, error) {
	if !subjects.MatchString(name) {
		return "", fmt.Errorf("nats: %q is no subject: want letters, digits, - and _ with dots between", name)
	}
	return e.opt.Prefix + ".m." + name, nil
}

// Publish is as in [cluster.Engine].
func (e *Engine) Publish(subject string, data []byte) error {
	subject, err := e.subject(subject)
	if err != nil {
		return err
	}
	if !e.up.Load() {
		return e.reached(e.life)
	}
	if err := e.nc.Publish(subject, data); err != nil {
		return fmt.Errorf("nats: %w", err)
	}
	return nil
}

// Subscribe is as in [cluster.Engine].
func (e *Engine) Subscribe(subject string, f func(data []byte)) (stop func(), err error) {
	if subject, err = e.subject(subject); err != nil {
		return nil, err
	}
	stop, err = e.subscribe(subject, func(m *nats.Msg) { f(m.Data) })
	if err == nil && e.up.Load() {
		ctx, cancel := context.WithTimeout(e.life, cluster.CallTimeout)
		defer cancel()
		_ = e.nc.FlushWithContext(ctx) // If it fails, the connection is lost and comes again.
	}
	return stop, err
}
