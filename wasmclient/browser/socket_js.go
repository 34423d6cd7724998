//go:build js

package browser

import (
	"context"
	"errors"
	"sync"
	"syscall/js"
	"time"

	"edgeboard/shared/conn"
)

// maxBuffered is how many bytes may wait in the browser's socket before Send
// waits too.
const maxBuffered = 256 << 10

// drainEvery is how often a Send that waits looks again: the browser has no
// event for it.
const drainEvery = 20 * time.Millisecond

// DialSocket connects by the browser's WebSocket.
func DialSocket(ctx context.Context, url string, limit int) (conn.Conn, error) {
	s := &socket{
		ws:     window.Get("WebSocket").New(url),
		limit:  limit,
		open:   make(chan struct{}),
		wake:   make(chan struct{}, 1),
		closed: make(chan struct{}),
	}
	s.ws.Set("binaryType", "arraybuffer")
	s.on("open", func(js.Value) { close(s.open) })
	s.on("message", s.message)
	s.on("close", func(e js.Value) {
		s.end(&conn.CloseError{Code: uint32(e.Get("code").Int()), Reason: e.Get("reason").String()})
	})
	select {
	case <-s.open:
		return s, nil
	case <-s.closed:
		return nil, errors.New("dialing the relay: no answer at " + url)
	case <-ctx.Done():
		s.Close(1000, "")
		return nil, ctx.Err()
	}
}

type socket struct {
	ws        js.Value
	limit     int
	listeners []js.Func
	open      chan struct{}
	wake      chan struct{} // a message has come
	closed    chan struct{}

	mu    sync.Mutex
	queue [][]byte
	err   error // why it has ended; read after closed
}

func (s *socket) on(event string, f func(js.Value)) {
	listener := js.FuncOf(func(_ js.Value, args []js.Value) any { f(args[0]); return nil })
	s.listeners = append(s.listeners, listener)
	s.ws.Call("addEventListener", event, listener)
}

func (s *socket) message(e js.Value) {
	data := e.Get("data")
	if data.Type() == js.TypeString {
		s.fail(conn.ErrText)
		return
	}
	bytes := window.Get("Uint8Array").New(data)
	if bytes.Length() > s.limit {
		s.fail(conn.ErrTooLarge)
		return
	}
	msg := make([]byte, bytes.Length())
	js.CopyBytesToGo(msg, bytes)
	s.mu.Lock()
	s.queue = append(s.queue, msg)
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// end notes why the socket has ended, once.
func (s *socket) end(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return
	}
	s.err = err
	close(s.closed)
	for _, l := range s.listeners {
		s.ws.Call("removeEventListener", "message", l)
		s.ws.Call("removeEventListener", "close", l)
		s.ws.Call("removeEventListener", "open", l)
	}
	// A listener may be running now: it is released when it has returned.
	listeners := s.listeners
	time.AfterFunc(0, func() {
		for _, l := range listeners {
			l.Release()
		}
	})
}

func (s *socket) fail(err error) {
	s.end(err)
	s.ws.Call("close")
}

func (s *socket) Send(ctx context.Context, msg []byte) error {
	for s.ws.Get("bufferedAmount").Int() > maxBuffered {
		select {
		case <-time.After(drainEvery):
		case <-s.closed:
			return s.err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	select {
	case <-s.closed:
		return s.err
	default:
	}
	bytes := window.Get("Uint8Array").New(len(msg))
	js.CopyBytesToJS(bytes, msg)
	s.ws.Call("send", bytes)
	return nil
}

func (s *socket) Receive(ctx context.Context) ([]byte, error) {
	for {
		s.mu.Lock()
		if len(s.queue) > 0 {
			msg := s.queue[0]
			s.queue = s.queue[1:]
			s.mu.Unlock()
			return msg, nil
		}
		s.mu.Unlock()
		select {
		case <-s.wake:
		case <-s.closed:
			return nil, s.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Close closes the socket. A browser lets pages send 1000 and 3000 to 4999
// alone (WebSockets Standard, close method); what the relay hears instead of
// another code is 1000.
func (s *socket) Close(code uint32, reason string) {
	s.end(conn.ErrClosed)
	if code < 3000 || code > 4999 {
		code = 1000
	}
	s.ws.Call("close", code, reason)
}
