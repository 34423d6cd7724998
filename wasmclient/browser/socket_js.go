//go:build js

package browser

import (
	"context"
	"errors"
	"strings"
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

// DialSocket connects to the relay at an origin by the browser's WebSocket.
func DialSocket(ctx context.Context, origin string, limit int) (_ conn.Conn, err error) {
	defer jsError(&err)
	url := "ws" + strings.TrimPrefix(origin, "http") + "/ws?" + boardQuery()
	ws := window.Get("WebSocket").New(url)
	s := &socket{mailbox: newMailbox(ws), ws: ws, limit: limit}
	open := make(chan struct{})
	s.ws.Set("binaryType", "arraybuffer")
	s.on("open", func(js.Value) { close(open) })
	s.on("message", s.message)
	s.on("close", func(e js.Value) {
		s.end(&conn.CloseError{Code: uint32(e.Get("code").Int()), Reason: e.Get("reason").String()})
	})
	select {
	case <-open:
		return s, nil
	case <-s.closed:
		return nil, errors.New("dialing the relay: no answer at " + url)
	case <-ctx.Done():
		s.Close(1000, "")
		return nil, ctx.Err()
	}
}

type socket struct {
	*mailbox
	ws    js.Value
	limit int
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
	s.put(msg)
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
