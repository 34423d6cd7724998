//go:build js

package browser

import (
	"context"
	"sync"
	"syscall/js"
	"time"
)

// mailbox is the receiving half of a transport that the browser hands messages
// to as they come.
type mailbox struct {
	from      js.Value // whose events are listened to
	listeners []listener
	wake      chan struct{} // a message has come
	closed    chan struct{}

	mu    sync.Mutex
	queue [][]byte
	err   error // why it has ended; read after closed
}

type listener struct {
	event string
	f     js.Func
}

func newMailbox(from js.Value) *mailbox {
	return &mailbox{from: from, wake: make(chan struct{}, 1), closed: make(chan struct{})}
}

// on calls f for an event until the end.
func (m *mailbox) on(event string, f func(js.Value)) {
	l := listener{event, js.FuncOf(func(_ js.Value, args []js.Value) any { f(args[0]); return nil })}
	m.listeners = append(m.listeners, l)
	m.from.Call("addEventListener", event, l.f)
}

func (m *mailbox) put(msg []byte) {
	m.mu.Lock()
	m.queue = append(m.queue, msg)
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// end notes why nothing more comes, once.
func (m *mailbox) end(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return
	}
	m.err = err
	close(m.closed)
	for _, l := range m.listeners {
		m.from.Call("removeEventListener", l.event, l.f)
	}
	// A listener may be running now: it is released when it has returned.
	time.AfterFunc(0, func() {
		for _, l := range m.listeners {
			l.f.Release()
		}
	})
}

func (m *mailbox) Receive(ctx context.Context) ([]byte, error) {
	for {
		m.mu.Lock()
		if len(m.queue) > 0 {
			msg := m.queue[0]
			m.queue = m.queue[1:]
			m.mu.Unlock()
			return msg, nil
		}
		m.mu.Unlock()
		select {
		case <-m.wake:
		case <-m.closed:
			return nil, m.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
