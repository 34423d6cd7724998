package grpc

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"connectrpc.com/connect"

	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// maxHeader bounds the headers and the trailers of a relay, in bytes.
const maxHeader = 64 << 10

// Dial connects to a relay (http:// for HTTP/2 without TLS, or https://). trust
// says which certificates to accept, nil those that the system trusts. Messages
// over limit bytes are refused by Receive with conn.ErrTooLarge.
func Dial(ctx context.Context, address string, trust *tls.Config, limit int) (conn.Conn, error) {
	c, err := dial(ctx, address, trust, limit)
	if err != nil {
		return nil, fmt.Errorf("dialing the relay: %w", err)
	}
	return c, nil
}

func dial(ctx context.Context, address string, trust *tls.Config, limit int) (*client, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	usual := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	if usual == "" || u.Hostname() == "" {
		return nil, fmt.Errorf("%q is no http:// or https:// address", address)
	}
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), usual)
	}
	over := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		TLSClientConfig:        trust.Clone(), // of nil it is nil
		Protocols:              new(http.Protocols),
		MaxResponseHeaderBytes: maxHeader,
	}
	over.Protocols.SetHTTP2(true)
	over.Protocols.SetUnencryptedHTTP2(true)
	under, err := over.NewClientConn(ctx, u.Scheme, host)
	if err != nil {
		return nil, err
	}
	c := &client{under: under, limit: limit, inbox: conn.NewInbox(), answered: make(chan error, 1), read: make(chan struct{})}
	// Not the end of ctx but that of the connection ends the call: it also ends a
	// Send that waits for the peer to take more.
	call := context.WithoutCancel(ctx)
	stop := context.AfterFunc(ctx, c.hangUp)
	rpc := connect.NewClient[frame, frame](exchange{c}, strings.TrimSuffix(address, "/")+procedure,
		connect.WithGRPC(),
		connect.WithCodec(codec{}),
		connect.WithAcceptCompression("gzip", nil, nil), // messages are small
	)
	c.stream, err = rpc.CallBidiStream(call).Conn()
	if err == nil {
		err = c.stream.Send(nil) // the headers
	}
	if err == nil {
		err = <-c.answered
	}
	if !stop() {
		err = ctx.Err()
	}
	if err != nil {
		c.hangUp()
		return nil, err
	}
	go c.receive()
	return c, nil
}

// exchange is what connect sends its request by.
type exchange struct{ *client }

func (x exchange) Do(r *http.Request) (*http.Response, error) {
	x.out = &batchReader{ReadCloser: r.Body}
	r.Body = x.out
	resp, err := x.under.RoundTrip(r)
	if err == nil {
		if err = check(resp); err != nil {
			_ = resp.Body.Close()
		}
	}
	x.answered <- err
	if err != nil {
		return nil, err
	}
	body := resp.Body
	in := &envelopes{ReadCloser: body, limit: x.limit}
	in.bad = func() {
		// connect would end the call. But the other direction goes on, so that
		// the session can say why; then the relay must come to its end.
		x.inbox.End(in.err)
		<-x.inbox.Closed()
		_, _ = io.Copy(io.Discard, body)
	}
	resp.Body = in
	return resp, nil
}

// check refuses the answer of a server that is no relay, or of one that does not
// want the call.
func check(r *http.Response) error {
	contentType := strings.ToLower(r.Header.Get("Content-Type"))
	switch status := r.Header.Get("Grpc-Status"); {
	case r.StatusCode != http.StatusOK:
		return fmt.Errorf("the relay answered with status %d", r.StatusCode)
	case !plain(contentType):
		return fmt.Errorf("the relay answered with %q, not with gRPC", contentType)
	case status != "":
		return fmt.Errorf("the relay answered with gRPC status %.20q, %.200q", status, r.Header.Get("Grpc-Message"))
	}
	return nil
}

// batchReader is the body of the request. connect writes each message into it in
// pieces, and HTTP/2 would send them one by one.
type batchReader struct {
	io.ReadCloser
	due atomic.Int64 // bytes that Send has announced, and that have not come
}

func (b *batchReader) Read(p []byte) (n int, err error) {
	for {
		var m int
		m, err = b.ReadCloser.Read(p[n:])
		n += m
		if b.due.Add(int64(-m)) <= 0 || n == len(p) || err != nil {
			return n, err
		}
	}
}

// client is the end that has dialed.
type client struct {
	under    *http.ClientConn // of this stream alone
	stream   connect.StreamingClientConn
	limit    int
	inbox    *conn.Inbox
	answered chan error    // the relay has, or why it has not
	read     chan struct{} // closed when the stream was read to its end

	writing sync.Mutex   // held during Send
	out     *batchReader // the stream's
	torn    bool         // a message was cut
}

func (c *client) Receive(ctx context.Context) ([]byte, error) { return c.inbox.Receive(ctx) }

// receive reads the stream to its end, also after Close.
func (c *client) receive() {
	defer close(c.read)
	var in frame
	for {
		in.reset()
		if err := c.stream.Receive(&in); err != nil {
			c.inbox.End(c.why(err))
			return
		}
		if !c.inbox.Lend(in.b) {
			in = frame{} // closed on this side: who has received the message may still read it
		}
	}
}

// why returns why the relay has ended the stream.
func (c *client) why(err error) error {
	trailer := c.stream.ResponseTrailer()
	done := errors.Is(err, io.EOF)
	if !done && !connect.IsWireError(err) {
		return fmt.Errorf("grpc: %w", err)
	}
	code, parseErr := strconv.ParseUint(trailer.Get(closeCode), 10, 32)
	if parseErr != nil {
		if done {
			return &conn.CloseError{Code: uint32(wire.CodeNormal)}
		}
		return fmt.Errorf("grpc: %w", err)
	}
	var reason string
	if status, ok := errors.AsType[*connect.Error](err); ok && !done {
		reason = status.Message()
	} else if text, err := url.PathUnescape(trailer.Get(closeReason)); err == nil {
		reason = text
	}
	return &conn.CloseError{Code: uint32(code), Reason: wire.CutReason(reason)}
}

func (c *client) Send(ctx context.Context, msg []byte) error {
	n, err := size(msg)
	if err != nil {
		return err
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	switch {
	case c.isClosed():
		return conn.ErrClosed
	case ctx.Err() != nil:
		return ctx.Err()
	case c.torn:
		return errNotWhole
	case n == 0:
		return nil
	}
	// There is no way to take back half a message.
	defer context.AfterFunc(ctx, c.hangUp)()
	if err := c.send(msg, n); err != nil {
		c.torn = true
		switch {
		case c.isClosed():
			return conn.ErrClosed
		case ctx.Err() != nil:
			return ctx.Err()
		}
		return fmt.Errorf("grpc: %w", err)
	}
	return nil
}

func (c *client) send(msg []byte, n int) error {
	c.out.due.Add(int64(n))
	return sendFrames(c.stream, msg)
}

// hangUp ends the connection without a word.
func (c *client) hangUp() { _ = c.under.Close() }

func (c *client) isClosed() bool {
	select {
	case <-c.inbox.Closed():
		return true
	default:
		return false
	}
}

func (c *client) Close(code uint32, reason string) {
	if c.inbox.Close() {
		// Ends soon after closeGrace at the latest. Nobody waits for it, since
		// that would be to wait for the peer.
		go c.sayGoodbye(code, reason)
	}
}

// sayGoodbye says why, unless a message was cut, and waits for the relay to end
// the stream.
func (c *client) sayGoodbye(code uint32, reason string) {
	defer c.hangUp()
	enough := time.AfterFunc(sendGrace, c.hangUp)
	c.writing.Lock()
	if enough.Stop() && !c.torn {
		enough.Reset(closeGrace)
		defer enough.Stop()
		bye := farewell(code, reason)
		// An error says that the relay has ended the stream already.
		n, _ := size(bye)
		_ = c.send(bye, n)
		_ = c.stream.CloseRequest()
	} else {
		c.hangUp()
	}
	c.writing.Unlock()
	<-c.read
}
