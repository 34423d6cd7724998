// Package webtransport carries messages over WebTransport, which is HTTP/3 over
// QUIC, by github.com/quic-go/webtransport-go. The page has its own in
// wasmclient/browser.
//
// A session carries one connection:
//
//   - The client opens one bidirectional stream. What is sent in order goes over
//     it, both ways, each message with its length before it (conn.AppendMessage).
//     There is no second one.
//   - A message sent apart is a unidirectional stream: its end is the message's.
//   - A datagram is a message.
//
// Who closes ends its half of the ordered stream; the other one, when it has
// read that far, ends its own; then the first closes the session with code and
// reason. Without that wait the session's end would overtake what was sent
// before it, since it resets all streams.
package webtransport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/webtransport-go"

	"edgeboard/shared/conn"
	"edgeboard/shared/conn/internal/deadline"
)

const (
	// closeGrace is how long the peer has to take part in a close.
	closeGrace = 5 * time.Second
	// sendGrace is how long a Send under way may take when the connection is
	// closed. After a message that stays unfinished the session is closed at
	// once.
	sendGrace = 100 * time.Millisecond
	// linger is how long the end of a session has to reach a peer that does
	// not end the QUIC connection by itself.
	linger = 500 * time.Millisecond

	// maxDatagram fits into every packet: QUIC needs networks that take 1200
	// bytes, of which its headers take less than 60.
	maxDatagram = 1100
	// maxDatagrams wait here for QUIC, which takes them as the network does.
	// When there are more the oldest is dropped: the newest alone counts.
	maxDatagrams = 4
	// maxApart messages apart are read at once. Others wait for the peer's
	// account, in streams that QUIC bounds.
	maxApart = 2
	// maxReason is what the standard allows in the close of a session.
	maxReason = 1024
	// smallMessage is up to where a message and its length are sent as one
	// piece, at the price of a copy.
	smallMessage = 4 << 10
)

// What a peer may make this side hold. Browsers refuse servers that do not name
// the session's limits.
const (
	maxStreams         = 32 // requests and, in vain, sessions' streams
	maxUniStreams      = 16 // three are HTTP/3's own
	streamWindow       = 1 << 20
	connectionWindow   = 3 << 20
	maxIdle            = 20 * time.Second // clients ping more often
	sessionStreams     = 4
	sessionUniStreams  = 8
	sessionData        = 4 << 20
	firstStreamWindow  = 256 << 10
	firstConnectWindow = 512 << 10
)

func quicConfig() *quic.Config {
	return &quic.Config{
		MaxIdleTimeout:                   maxIdle,
		MaxIncomingStreams:               maxStreams,
		MaxIncomingUniStreams:            maxUniStreams,
		InitialStreamReceiveWindow:       firstStreamWindow,
		MaxStreamReceiveWindow:           streamWindow,
		InitialConnectionReceiveWindow:   firstConnectWindow,
		MaxConnectionReceiveWindow:       connectionWindow,
		EnableDatagrams:                  true,
		EnableStreamResetPartialDelivery: true,
	}
}

func sessionConfig() *webtransport.Config {
	return &webtransport.Config{
		MaxIncomingStreams:    sessionStreams,
		MaxIncomingUniStreams: sessionUniStreams,
		MaxIncomingData:       sessionData,
	}
}

// errNotWhole is the end of a connection whose peer did not say why it ended.
var errNotWhole = errors.New("webtransport: the peer ended the stream without closing the session")

// sessionConn is one end of a session. Its goroutines end with the session.
type sessionConn struct {
	session *webtransport.Session
	inbox   *conn.Inbox
	limit   int
	ctx     context.Context // ends with Close, for calls under way
	cancel  context.CancelFunc
	running sync.WaitGroup

	opened chan struct{} // closed when stream is there
	stream *webtransport.Stream
	read   chan struct{} // closed when the ordered stream was read to its end

	writing sync.Mutex // held during Send
	buf     []byte     // Send's
	torn    bool       // a message was cut

	datagrams chan []byte
	pump      sync.Once // starts the goroutine that sends datagrams
}

func newSessionConn(s *webtransport.Session, limit int) *sessionConn {
	ctx, cancel := context.WithCancel(context.Background())
	return &sessionConn{
		session: s, inbox: conn.NewInbox(), limit: limit, ctx: ctx, cancel: cancel,
		opened: make(chan struct{}), read: make(chan struct{}), datagrams: make(chan []byte, maxDatagrams),
	}
}

// start begins to receive. open returns the ordered stream.
func (c *sessionConn) start(open func() (*webtransport.Stream, error)) {
	c.running.Go(func() { c.receiveOrdered(open) })
	c.running.Go(c.receiveDatagrams)
	c.running.Go(c.receiveApart)
}

func (c *sessionConn) Receive(ctx context.Context) ([]byte, error) { return c.inbox.Receive(ctx) }

func (c *sessionConn) receiveOrdered(open func() (*webtransport.Stream, error)) {
	defer close(c.read)
	stream, err := open()
	if err != nil {
		c.inbox.End(c.translate(err))
		return
	}
	c.stream = stream
	close(c.opened)
	messages := conn.NewStreamReader(stream, c.limit)
	for {
		msg, err := messages.Next()
		if err == nil && c.inbox.Lend(msg) {
			continue
		}
		if errors.Is(err, conn.ErrTooLarge) || errors.Is(err, conn.ErrMalformed) {
			// The other direction goes on, so that the session can say why.
			c.inbox.End(err)
			<-c.inbox.Closed()
		}
		if err == nil || errors.Is(err, conn.ErrTooLarge) || errors.Is(err, conn.ErrMalformed) {
			// Closed here. What still comes must be read, or the peer would not
			// come to the end. The session's end bounds it.
			_, _ = io.Copy(io.Discard, stream)
			return
		}
		c.answerGoodbye()
		c.inbox.End(c.translate(err))
		return
	}
}

// answerGoodbye ends this side's half of the ordered stream after the peer has
// ended its own, and waits for the session's end, which says why. It may come
// later than what it does to the stream.
func (c *sessionConn) answerGoodbye() {
	_ = c.stream.SetWriteDeadline(time.Now().Add(sendGrace))
	c.writing.Lock()
	c.torn = true
	c.writing.Unlock()
	_ = c.stream.Close()
	select {
	case <-c.session.Context().Done():
	case <-c.inbox.Closed():
	case <-time.After(closeGrace):
	}
}

func (c *sessionConn) receiveDatagrams() {
	for {
		msg, err := c.session.ReceiveDatagram(c.ctx)
		if err != nil || !c.inbox.Put(msg) {
			return // the ordered stream says why
		}
	}
}

func (c *sessionConn) receiveApart() {
	tickets := make(chan struct{}, maxApart)
	for {
		tickets <- struct{}{}
		stream, err := c.session.AcceptUniStream(c.ctx)
		if err != nil {
			return // the ordered stream says why
		}
		c.running.Go(func() {
			c.readApart(stream)
			<-tickets
		})
	}
}

func (c *sessionConn) readApart(stream *webtransport.ReceiveStream) {
	defer stream.CancelRead(0)
	defer context.AfterFunc(c.ctx, func() { _ = stream.SetReadDeadline(time.Unix(1, 0)) })()
	msg, err := io.ReadAll(io.LimitReader(stream, int64(c.limit)+1))
	switch {
	case err != nil:
		// The peer has taken it back, or the session has ended.
	case len(msg) > c.limit:
		c.inbox.End(conn.ErrTooLarge)
	default:
		c.inbox.Put(msg)
	}
}

func (c *sessionConn) Send(ctx context.Context, msg []byte) error {
	select {
	case <-c.opened:
	case <-c.read: // it will not be
		return c.why(ctx, errNotWhole)
	case <-c.ctx.Done():
		return conn.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.torn {
		return c.why(ctx, errNotWhole)
	}
	// Before the look at ctx: Close sets its own deadline after it has ended it.
	_ = c.stream.SetWriteDeadline(time.Time{})
	if c.ctx.Err() != nil {
		return conn.ErrClosed
	}
	defer deadline.With(ctx, c.stream.SetWriteDeadline)()
	if err := c.write(msg); err != nil {
		c.torn = true
		return c.why(ctx, err)
	}
	return nil
}

func (c *sessionConn) write(msg []byte) error {
	whole := len(msg) <= smallMessage
	if whole {
		c.buf = conn.AppendMessage(c.buf[:0], msg)
	} else {
		c.buf = conn.AppendLength(c.buf[:0], msg)
	}
	_, err := c.stream.Write(c.buf)
	if err == nil && !whole {
		_, err = c.stream.Write(msg)
	}
	return err
}

func (c *sessionConn) SendApart(ctx context.Context, msg []byte) error {
	if c.ctx.Err() != nil {
		return conn.ErrClosed
	}
	under, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.ctx, cancel)()
	stream, err := c.session.OpenUniStreamSync(under)
	if err != nil {
		return c.why(ctx, err)
	}
	defer deadline.With(under, stream.SetWriteDeadline)()
	if _, err := stream.Write(msg); err != nil {
		stream.CancelWrite(0)
		return c.why(ctx, err)
	}
	return c.why(ctx, stream.Close())
}

func (c *sessionConn) MaxDatagram() int { return maxDatagram }

func (c *sessionConn) SendDatagram(msg []byte) error {
	if c.ctx.Err() != nil {
		return conn.ErrClosed
	}
	if len(msg) > maxDatagram {
		return conn.ErrTooLarge
	}
	c.pump.Do(func() { go c.sendDatagrams() })
	// QUIC copies it, but may make the caller wait.
	msg = append(make([]byte, 0, len(msg)), msg...)
	for {
		select {
		case c.datagrams <- msg:
			return nil
		default:
		}
		select {
		case <-c.datagrams:
		default:
		}
	}
}

// sendDatagrams ends with the connection, or when QUIC next takes a datagram
// after that, which its idle timeout bounds.
func (c *sessionConn) sendDatagrams() {
	for {
		select {
		case msg := <-c.datagrams:
			_ = c.session.SendDatagram(msg) // may be lost
		case <-c.session.Context().Done():
			return
		}
	}
}

// close is Close. after is called when the session has ended, on a goroutine of
// its own.
func (c *sessionConn) close(code uint32, reason string, after func()) {
	if !c.inbox.Close() {
		return
	}
	c.cancel()
	select {
	case <-c.opened:
		_ = c.stream.SetWriteDeadline(time.Now().Add(sendGrace))
	default:
	}
	// Ends soon after closeGrace at the latest. Nobody waits for it, since that
	// would be to wait for the peer.
	go func() {
		defer after()
		c.sayGoodbye(code, reason)
	}()
}

func (c *sessionConn) sayGoodbye(code uint32, reason string) {
	select {
	case <-c.opened:
		c.writing.Lock()
		whole := !c.torn
		c.torn = true
		c.writing.Unlock()
		if !whole {
			break
		}
		_ = c.stream.Close()
		select {
		case <-c.read: // the peer has read all and ended its half
		case <-c.session.Context().Done():
		case <-time.After(closeGrace):
		}
	default:
	}
	if len(reason) > maxReason {
		reason = strings.ToValidUTF8(reason[:maxReason], "")
	}
	_ = c.session.CloseWithError(webtransport.SessionErrorCode(code), reason)
	c.running.Wait()
}

// why gives an error of a call under way its meaning in package conn.
func (c *sessionConn) why(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case c.ctx.Err() != nil:
		return conn.ErrClosed
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return c.translate(err)
}

// translate gives an error of the library its meaning in package conn. The
// session's own end explains what went wrong on its streams.
func (c *sessionConn) translate(err error) error {
	if c.ctx.Err() != nil {
		return conn.ErrClosed
	}
	if c.session.Context().Err() != nil {
		if _, ended := c.session.OpenUniStream(); ended != nil {
			err = ended
		}
	}
	if closed, ok := errors.AsType[*webtransport.SessionError](err); ok {
		return &conn.CloseError{Code: uint32(closed.ErrorCode), Reason: closed.Message}
	}
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, os.ErrDeadlineExceeded):
		return errNotWhole
	}
	return fmt.Errorf("webtransport: %w", err)
}
