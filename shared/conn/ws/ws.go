// Package ws carries messages over WebSocket (RFC 6455), one binary message
// each, by github.com/coder/websocket. The page has its own in
// wasmclient/browser, which needs no net/http.
package ws

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"edgeboard/shared/conn"
	"edgeboard/shared/conn/origin"
)

// Dial connects to a relay's WebSocket address (ws:// or wss://). Messages over
// limit bytes are refused by Receive with conn.ErrTooLarge.
func Dial(ctx context.Context, url string, limit int) (conn.Conn, error) {
	var under net.Conn
	c, _, err := websocket.Dial(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(got httptrace.GotConnInfo) { under = got.Conn },
	}), url, nil)
	if err != nil {
		return nil, fmt.Errorf("dialing the relay: %w", err)
	}
	return wrap(c, under, limit), nil
}

// Accept answers a WebSocket handshake. Pages of origins that are not allowed are
// refused. On error the response has been written.
func Accept(w http.ResponseWriter, r *http.Request, limit int, origins origin.List) (conn.Conn, error) {
	if !origins.Allows(r) {
		http.Error(w, "pages of another origin are not let in", http.StatusForbidden)
		return nil, fmt.Errorf("accepting a websocket: a page of %q", r.Header["Origin"])
	}
	h := &hijacker{ResponseWriter: w}
	// The library's own rule knows no schemes.
	c, err := websocket.Accept(h, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return nil, fmt.Errorf("accepting a websocket: %w", err)
	}
	accepted := wrap(c, h.under, limit)
	if h.under.raw != nil {
		return trier{accepted}, nil
	}
	return accepted, nil
}

type wsConn struct {
	ws    *websocket.Conn
	under net.Conn // for its deadlines, with which Close ends calls under way
	cork  *frugal  // under, if it can wait for the whole of a frame; otherwise nil
	limit int

	reading lock    // held during Receive
	buf     *[]byte // what Receive has returned, from pool; nil while it waits
	end     error   // why Receive has nothing more to return
	over    atomic.Bool

	writing lock // held during Send
	once    sync.Once
	closed  chan struct{} // closed by Close
}

// closeGrace is how long a closed connection stays for the peer's answer.
// Without it the system might reset the connection, and the peer would not see
// why it was closed.
const closeGrace = 5 * time.Second

// sendGrace is how long a Send under way may take when the connection is
// closed. After a message that stays unfinished there is no close frame.
const sendGrace = 100 * time.Millisecond

// A buffer that has grown beyond largeBuffer is not used again, so that a large
// message does not stay in memory.
const largeBuffer = 64 << 10

func wrap(c *websocket.Conn, under net.Conn, limit int) *wsConn {
	// The limit is kept in Receive: SetReadLimit would close the connection
	// before the session could say why.
	c.SetReadLimit(-1)
	cork, _ := under.(*frugal)
	return &wsConn{ws: c, under: under, cork: cork, limit: limit, reading: newLock(), writing: newLock(), closed: make(chan struct{})}
}

func (c *wsConn) Send(ctx context.Context, msg []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.isClosed() {
		return conn.ErrClosed
	}
	if c.cork == nil || len(msg) > chunk {
		return c.translate(c.ws.Write(ctx, websocket.MessageBinary, msg))
	}
	c.cork.cork()
	err := c.ws.Write(ctx, websocket.MessageBinary, msg)
	if e := c.cork.uncork(); err == nil {
		err = e
	}
	return c.translate(err)
}

func (c *wsConn) Receive(ctx context.Context) ([]byte, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	if c.isClosed() {
		return nil, conn.ErrClosed
	}
	if c.end == nil {
		c.end = c.translate(c.read(ctx))
	}
	if c.end != nil {
		c.over.Store(true)
		return nil, c.end
	}
	return *c.buf, nil
}

// read reads the next message into buf, which it has only from the message's
// beginning on.
func (c *wsConn) read(ctx context.Context) error {
	if c.buf != nil {
		if cap(*c.buf) <= largeBuffer {
			pool.Put(c.buf)
		}
		c.buf = nil
	}
	if c.cork != nil && ctx.Done() == nil {
		c.cork.await()
	}
	typ, r, err := c.ws.Reader(ctx)
	if err != nil {
		return err
	}
	if typ != websocket.MessageBinary {
		return conn.ErrText
	}
	c.buf = pool.Get().(*[]byte)
	b := (*c.buf)[:0]
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		*c.buf = b
		if len(b) > c.limit {
			return conn.ErrTooLarge
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (c *wsConn) Close(code uint32, reason string) {
	c.once.Do(func() {
		close(c.closed)
		_ = c.under.SetReadDeadline(time.Unix(1, 0))
		_ = c.under.SetWriteDeadline(time.Now().Add(sendGrace))
		// Ends soon after closeGrace at the latest. Nobody waits for it, since
		// that would be to wait for the peer.
		go c.sayGoodbye(code, reason)
	})
}

// sayGoodbye does the closing handshake as far as the peer takes part in it,
// and closes the transport.
func (c *wsConn) sayGoodbye(code uint32, reason string) {
	// Calls under way return first.
	c.writing.Lock()
	_ = c.under.SetWriteDeadline(time.Now().Add(closeGrace))
	c.writing.Unlock()
	c.reading.Lock()
	_ = c.under.SetReadDeadline(time.Now().Add(closeGrace))
	c.reading.Unlock()
	if len(reason) > maxReason {
		reason = strings.ToValidUTF8(reason[:maxReason], "")
	}
	// The error says only that the connection had ended already, or that the
	// code is none that WebSocket sends: then it ends without one.
	_ = c.ws.Close(websocket.StatusCode(code), reason)
}

// maxReason is what a close frame has room for (RFC 6455 section 5.5).
const maxReason = 123

func (c *wsConn) isClosed() bool {
	select {
	case <-c.closed:
		return true
	default:
		return false
	}
}

// translate gives an error of the library or of read its meaning in package
// conn.
func (c *wsConn) translate(err error) error {
	switch {
	case err == nil:
		return nil
	case c.isClosed():
		return conn.ErrClosed
	case errors.Is(err, conn.ErrText), errors.Is(err, conn.ErrTooLarge):
		return err
	}
	if closed, ok := errors.AsType[websocket.CloseError](err); ok {
		return &conn.CloseError{Code: uint32(closed.Code), Reason: closed.Reason}
	}
	return fmt.Errorf("websocket: %w", err)
}
