package sse

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"edgeboard/shared/conn"
)

const (
	// attempts is how often a request is made that finds no server, before the
	// connection is given up. The second is made at once, then there are waits
	// that grow fourfold from firstWait, two seconds in all.
	attempts  = 5
	firstWait = 100 * time.Millisecond
	// sendGrace is how long a Send under way may take when the connection is
	// closed: its message may have been taken, and the answer be on its way.
	sendGrace = 500 * time.Millisecond
	// postTimeout is how long one attempt to send a message may take.
	postTimeout = 30 * time.Second
	// maxAnswer is how much of an answer is read that is no stream, in bytes.
	maxAnswer = 512
	// maxID is how long the name of a session may be, in bytes.
	maxID = 64
)

// Dial connects to a relay's address for Server-Sent Events (http:// or
// https://). Messages over limit bytes are refused by Receive with
// conn.ErrTooLarge. A response that breaks is taken up again.
func Dial(ctx context.Context, address string, limit int) (conn.Conn, error) {
	c, err := dial(ctx, address, limit, &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, DisableCompression: true,
		HTTP2: &http.HTTP2Config{SendPingTimeout: heartbeatEvery}, // a broken connection is found, and another one made
	})
	if err != nil {
		return nil, fmt.Errorf("dialing the relay: %w", err)
	}
	return c, nil
}

// roundTripper is an http.Transport.
type roundTripper interface {
	http.RoundTripper
	CloseIdleConnections()
}

func dial(ctx context.Context, address string, limit int, over roundTripper) (_ *client, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("%q is no http:// or https:// address", address)
	}
	q := u.Query()
	q.Set("data", asBase64)
	u.RawQuery = q.Encode()
	c := &client{Inbox: conn.NewInbox(), over: over, address: u, limit: limit, read: make(chan struct{})}
	c.ctx, c.end = context.WithCancelCause(context.Background())
	defer func() {
		if err != nil {
			c.end(conn.ErrClosed)
			over.CloseIdleConnections()
			if ctx.Err() != nil {
				err = ctx.Err()
			}
		}
	}()
	defer context.AfterFunc(ctx, func() { c.end(ctx.Err()) })()
	stream, err := c.get("")
	if err != nil {
		return nil, err
	}
	first, err := stream.next()
	if err == nil && first.name != "session" {
		err = errors.New("the stream does not begin with a session")
	}
	var hello opened
	if err == nil {
		err = json.Unmarshal(first.data, &hello)
	}
	if err == nil && !validID(hello.Session) {
		err = errors.New("the session's name is none that could be asked for")
	}
	if err == nil && ctx.Err() != nil {
		err = ctx.Err() // it has just ended the stream
	}
	if err != nil {
		stream.body.Close()
		return nil, err
	}
	c.session = u.JoinPath(hello.Session)
	c.id = hello.Session
	go c.run(stream)
	return c, nil
}

// validID reports whether the name of a session, which becomes part of an
// address and of a header, is letters and digits.
func validID(id string) bool {
	for _, c := range []byte(id) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		default:
			return false
		}
	}
	return id != "" && len(id) <= maxID
}

// client is the end that has dialed.
type client struct {
	*conn.Inbox
	over    roundTripper
	address *url.URL
	session *url.URL // what is POSTed to
	id      string   // of the session
	limit   int
	ctx     context.Context // ends with Close or the session
	end     context.CancelCauseFunc
	read    chan struct{} // closed when nothing is read any more

	last uint64 // event that came last; run's

	sending sync.Mutex // held during Send
	sent    uint64     // messages that were taken
	torn    bool       // whether the last one was taken is not known
}

// stream is a response with events.
type stream struct {
	*eventReader
	body io.Closer
	came bool // an event
}

// statusError is an answer that is not what was asked for.
type statusError struct {
	status int
	text   string
}

func (e *statusError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("the relay answered with status %d: %s", e.status, e.text))
}

// again reports whether the same request may be answered otherwise soon: by the
// relay itself, when a proxy could not reach it.
func again(err error) bool {
	e, answered := errors.AsType[*statusError](err)
	return !answered || e.status >= 500 || e.status == http.StatusRequestTimeout || e.status == http.StatusTooManyRequests
}

// do makes a request. An answer of another status is an error.
func (c *client) do(r *http.Request, want int) (*http.Response, error) {
	resp, err := c.over.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != want {
		defer resp.Body.Close()
		text, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer)) // for people
		return nil, &statusError{resp.StatusCode, strings.ToValidUTF8(string(text), "")}
	}
	return resp, nil
}

// get asks for events, after the last one with an id.
func (c *client) get(last string) (*stream, error) {
	r, err := http.NewRequestWithContext(c.ctx, http.MethodGet, c.address.String(), nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", eventStream)
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	resp, err := c.do(r, http.StatusOK)
	if err != nil {
		return nil, err
	}
	if kind := resp.Header.Get("Content-Type"); !strings.HasPrefix(kind, eventStream) {
		resp.Body.Close()
		return nil, fmt.Errorf("the relay answered with %q, not with events", kind)
	}
	limit := base64.StdEncoding.EncodedLen(c.limit)
	return &stream{eventReader: newEventReader(watch(resp.Body), limit), body: resp.Body}, nil
}

// watch returns a reader that ends a body from which nothing comes.
func watch(body io.ReadCloser) io.Reader {
	return &watched{body, time.AfterFunc(silentAfter, func() { body.Close() })}
}

type watched struct {
	body   io.Reader
	silent *time.Timer
}

func (w *watched) Read(p []byte) (int, error) {
	w.silent.Reset(silentAfter)
	defer w.silent.Stop() // the reader may take its time
	return w.body.Read(p)
}

// run reads the events, of one response after the other.
func (c *client) run(s *stream) {
	defer close(c.read)
	for tries := 0; ; {
		err := c.take(s)
		s.body.Close()
		if errors.Is(err, conn.ErrTooLarge) || errors.Is(err, conn.ErrMalformed) {
			// The other direction goes on, so that the caller can say why.
			c.Inbox.End(err)
			return
		}
		if s.came {
			tries = 0
		}
		for s = nil; s == nil && c.ended() == nil; {
			if _, closed := errors.AsType[*conn.CloseError](err); closed || !again(err) || tries == attempts-1 {
				break
			}
			tries++
			if c.wait(c.ctx, tries); c.ctx.Err() == nil {
				s, err = c.get(c.id + "." + strconv.FormatUint(c.last, 10))
			}
		}
		if s == nil {
			if e, answered := errors.AsType[*statusError](err); answered && (e.status == http.StatusNotFound || e.status == http.StatusGone) {
				err = errGone
			}
			c.Inbox.End(err)
			c.end(err)
			return
		}
	}
}

// wait waits before a request is made again that was made some times in vain.
func (c *client) wait(ctx context.Context, tries int) {
	if tries <= 1 {
		return
	}
	timer := time.NewTimer(firstWait << (2 * (tries - 2)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// take hands over what comes, and returns why nothing more does.
func (c *client) take(s *stream) error {
	var buf []byte
	for {
		e, err := s.next()
		if err != nil {
			return fmt.Errorf("sse: %w", err)
		}
		s.came = true
		switch e.name {
		case "":
			if e.id != c.id+"."+strconv.FormatUint(c.last+1, 10) {
				return fmt.Errorf("sse: event %q came after number %d: %w", brief(e.id), c.last, conn.ErrMalformed)
			}
			if buf, err = base64.StdEncoding.AppendDecode(shrink(buf), e.data); err != nil {
				return fmt.Errorf("sse: %w", conn.ErrMalformed)
			}
			if len(buf) > c.limit {
				return conn.ErrTooLarge
			}
			c.last++
			if !c.Inbox.Lend(buf) {
				return conn.ErrClosed
			}
		case "close":
			var why closing
			if json.Unmarshal(e.data, &why) != nil {
				return fmt.Errorf("sse: %w", conn.ErrMalformed)
			}
			return &conn.CloseError{Code: why.Code, Reason: cut(why.Reason)}
		}
	}
}

func brief(id string) string { return id[:min(len(id), 40)] }

func (c *client) Send(ctx context.Context, msg []byte) error {
	c.sending.Lock()
	defer c.sending.Unlock()
	if err := c.ended(); err != nil {
		return err
	}
	if c.torn {
		return errors.New("sse: a message before was given up in the middle")
	}
	c.torn = true
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.ctx, func() { time.AfterFunc(sendGrace, cancel) })()
	var err error
	for tries := range attempts {
		c.wait(ctx, tries)
		if err = c.post(ctx, msg); err == nil {
			c.torn = false
			c.sent++
			return nil
		}
		if ctx.Err() != nil || !again(err) {
			break
		}
	}
	if !again(err) {
		// The relay says why, by an event.
		select {
		case <-ctx.Done():
		case <-time.After(closeGrace):
		}
	}
	switch ended := c.ended(); {
	case ended != nil:
		return ended
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return fmt.Errorf("sse: %w", err)
}

// post sends a message once. The relay knows by its number one that comes again.
func (c *client) post(ctx context.Context, msg []byte) error {
	ctx, cancel := context.WithTimeout(ctx, postTimeout)
	defer cancel()
	return c.ask(ctx, http.MethodPost, url.Values{"n": {strconv.FormatUint(c.sent+1, 10)}}, msg)
}

// ask makes a request about the session.
func (c *client) ask(ctx context.Context, method string, query url.Values, body []byte) error {
	u := *c.session
	u.RawQuery = query.Encode()
	r, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/octet-stream")
	resp, err := c.do(r, http.StatusNoContent)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// ended returns why the connection has ended, nil if it has not.
func (c *client) ended() error {
	select {
	case <-c.Inbox.Closed():
		return conn.ErrClosed
	default:
		return context.Cause(c.ctx)
	}
}

// Close is that of a Conn.
func (c *client) Close(code uint32, reason string) {
	if !c.Inbox.Close() {
		return
	}
	over := c.ctx.Err() != nil // the relay knows
	c.end(conn.ErrClosed)
	// Ends soon after closeGrace at the latest. Nobody waits for it, since that
	// would be to wait for the relay.
	go func() {
		<-c.read
		c.sending.Lock()
		defer c.sending.Unlock()
		if !over {
			ctx, cancel := context.WithTimeout(context.Background(), closeGrace)
			defer cancel()
			// If it is lost, the relay notices that nobody comes back.
			_ = c.ask(ctx, http.MethodDelete, url.Values{"code": {strconv.FormatUint(uint64(code), 10)}, "reason": {cut(reason)}}, nil)
		}
		c.over.CloseIdleConnections()
	}()
}
