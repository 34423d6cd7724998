//go:build !js

package sse

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/shared/conn"
)

// What depends on time runs in simulated time, over connections in memory.

const limit = 1 << 20

// pipes is a listener whose connections are in memory. They hold nothing: who
// writes waits until the other end reads.
type pipes struct {
	once   sync.Once
	made   chan net.Conn
	closed chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.made:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error { p.once.Do(func() { close(p.closed) }); return nil }

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	a, b := net.Pipe()
	select {
	case p.made <- b:
		return a, nil
	case <-p.closed:
		return nil, errors.New("nobody listens")
	}
}

// world is a server and the way to it.
type world struct {
	t        *testing.T
	server   *Server
	http     *http.Server
	over     *http.Transport
	accepted chan conn.Conn
	answered time.Time // when postSlowly's answer came
}

// newWorld serves by the Server, or by another handler. It is closed by close,
// in the same bubble.
func newWorld(t *testing.T, instead http.Handler) *world {
	p := &pipes{made: make(chan net.Conn), closed: make(chan struct{})}
	w := &world{t: t, accepted: make(chan conn.Conn, 1), over: &http.Transport{DialContext: p.dial}}
	w.server = NewServer(limit, func(_ *http.Request, c conn.Conn) { w.accepted <- c })
	mux := http.NewServeMux()
	mux.Handle("/sse", w.server)
	mux.Handle("/sse/{session}", w.server)
	if instead == nil {
		instead = mux
	}
	w.http = &http.Server{Handler: instead}
	go w.http.Serve(p)
	return w
}

func (w *world) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := w.server.Close(ctx); err != nil {
		w.t.Errorf("closing the server: %v", err)
	}
	w.http.Close()
	w.over.CloseIdleConnections()
}

// do makes a request whose answer's body is the test's.
func (w *world) do(ctx context.Context, method, path string, body io.Reader, size int64) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, "http://relay"+path, body)
	if err != nil {
		w.t.Fatal(err)
	}
	r.ContentLength = size
	r.Header.Set("Content-Type", "application/octet-stream")
	return w.over.RoundTrip(r)
}

// open opens a session by hand. leave ends the response.
func (w *world) open(query string) (id string, lines *bufio.Reader, leave func()) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	resp, err := w.do(ctx, "GET", "/sse?data=base64"+query, nil, 0)
	if err != nil || resp.StatusCode != http.StatusOK {
		w.t.Fatal(resp, err)
	}
	lines = bufio.NewReader(resp.Body)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			w.t.Fatal(err)
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			var o opened
			if err := json.Unmarshal([]byte(data), &o); err != nil {
				w.t.Fatal(err)
			}
			_, _ = lines.ReadString('\n') // the end of the event
			return o.Session, lines, func() { cancel(); resp.Body.Close() }
		}
	}
}

func (w *world) post(id, n string, body io.Reader, size int64) (status int) {
	resp, err := w.do(context.Background(), "POST", "/sse/"+id+"?n="+n, body, size)
	if err != nil {
		w.t.Errorf("POST: %v", err)
		return 0
	}
	resp.Body.Close()
	return resp.StatusCode
}

func TestHeartbeat(t *testing.T) { synctest.Test(t, testHeartbeat) }
func testHeartbeat(t *testing.T) {
	w := newWorld(t, nil)
	defer w.close()
	begin := time.Now()
	_, lines, leave := w.open("")
	defer leave()
	c := <-w.accepted
	for i := range 4 {
		comment, err := lines.ReadString('\n')
		if at := time.Since(begin); err != nil || comment != ":\n" || at != time.Duration(i+1)*heartbeatEvery {
			t.Errorf("after %v comes %q, %v", at, comment, err)
		}
		_, _ = lines.ReadString('\n')
	}
	c.Close(1001, "")
	if rest, err := io.ReadAll(lines); err != nil || string(rest) != "event: close\ndata: {\"code\":1001,\"reason\":\"\"}\n\n" {
		t.Errorf("the stream ends with %q, %v", rest, err)
	}
}

// A reader that the server speaks for is there as long as its stream is.
func TestReaderIsAlive(t *testing.T) { synctest.Test(t, testReaderIsAlive) }
func testReaderIsAlive(t *testing.T) {
	w := newWorld(t, nil)
	defer w.close()
	begin := time.Now()
	_, lines, leave := w.open("&board=plans")
	c := <-w.accepted
	if hello, err := c.Receive(t.Context()); err != nil || len(hello) == 0 {
		t.Fatalf("instead of Hello came %x, %v", hello, err)
	}
	go io.Copy(io.Discard, lines)
	for range 5 {
		if msg, err := c.Receive(t.Context()); err != nil || len(msg) != 0 {
			t.Errorf("a sign of life is %x, %v", msg, err)
		}
	}
	if took := time.Since(begin); took != 5*heartbeatEvery {
		t.Errorf("five signs of life took %v", took)
	}
	leave()
	gone := time.Now()
	if _, err := c.Receive(t.Context()); !errors.Is(err, errLost) || time.Since(gone) != resumeWithin {
		t.Errorf("%v after it left the server's end sees %v", time.Since(gone), err)
	}
	c.Close(1001, "")
}

// Who is away is waited for, and not longer than that.
func TestAway(t *testing.T) { synctest.Test(t, testAway) }
func testAway(t *testing.T) {
	w := newWorld(t, nil)
	defer w.close()
	id, _, leave := w.open("")
	c := <-w.accepted
	leave()
	synctest.Wait()
	time.Sleep(resumeWithin - time.Second)
	resp, err := w.do(t.Context(), "GET", "/sse?last="+id+".0", nil, 0)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("it is not waited for: %v, %v", resp, err)
	}
	time.Sleep(resumeWithin)
	resp.Body.Close() // away once more
	gone := time.Now()
	// What is sent meanwhile waits for it: one message is held, not two.
	if err := c.Send(t.Context(), []byte("one")); err != nil {
		t.Errorf("the first message: %v", err)
	}
	if err := c.Send(t.Context(), []byte("two")); !errors.Is(err, errLost) || time.Since(gone) != resumeWithin {
		t.Errorf("%v after it left the second message ends with %v", time.Since(gone), err)
	}
	c.Close(1001, "")
	synctest.Wait()
	if resp, err := w.do(t.Context(), "GET", "/sse?last="+id+".0", nil, 0); err != nil || resp.StatusCode != http.StatusNotFound {
		t.Errorf("afterwards the answer is %v, %v", resp, err)
	}
}

// A close waits for a client that is away, for a while.
func TestCloseWhileAway(t *testing.T) { synctest.Test(t, testCloseWhileAway) }
func testCloseWhileAway(t *testing.T) {
	w := newWorld(t, nil)
	defer w.close()
	for _, comes := range []bool{true, false} {
		id, _, leave := w.open("")
		c := <-w.accepted
		leave()
		synctest.Wait()
		if err := c.Send(t.Context(), []byte("hi")); err != nil {
			t.Error(err)
		}
		c.Close(4007, "silent")
		closed := time.Now()
		if comes {
			time.Sleep(closeGrace - time.Second)
			resp, err := w.do(t.Context(), "GET", "/sse?last="+id+".0", nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(resp.Body)
			want := ":\nretry: 500\n\nid: " + id + ".1\ndata: aGk=\n\nevent: close\ndata: {\"code\":4007,\"reason\":\"silent\"}\n\n"
			if err != nil || string(text) != want {
				t.Errorf("who comes back in time reads %q, %v", text, err)
			}
			synctest.Wait()
		} else {
			time.Sleep(closeGrace - 1)
			synctest.Wait()
			if w.server.Sessions() != 1 {
				t.Errorf("%v after the close it is waited for no longer", time.Since(closed))
			}
			time.Sleep(time.Nanosecond)
			synctest.Wait()
		}
		if n := w.server.Sessions(); n != 0 {
			t.Errorf("%d sessions %v after the close", n, time.Since(closed))
		}
	}
}

// A client that reads no further does not hold a session that was closed.
func TestCloseOfOneThatDoesNotRead(t *testing.T) { synctest.Test(t, testCloseOfOneThatDoesNotRead) }
func testCloseOfOneThatDoesNotRead(t *testing.T) {
	w := newWorld(t, nil)
	defer w.close()
	_, _, leave := w.open("")
	defer leave()
	c := <-w.accepted
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var err error
	for err == nil {
		err = c.Send(ctx, make([]byte, 64<<10))
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Send ends with %v", err)
	}
	c.Close(4007, "")
	closed := time.Now()
	w.server.wg.Wait()
	if took := time.Since(closed); took > closeGrace {
		t.Errorf("it took %v to get rid of it", took)
	}
}

// postSlowly posts a body of which a byte comes each second, and returns the
// status that is answered. An http.Transport might tell of its own failure to
// write instead.
func (w *world) postSlowly(id, n string, size int) (status int) {
	w.t.Helper()
	c, err := w.over.DialContext(w.t.Context(), "", "")
	if err != nil {
		w.t.Fatal(err)
	}
	var writing sync.WaitGroup
	writing.Go(func() {
		_, err := fmt.Fprintf(c, "POST /sse/%s?n=%s HTTP/1.1\r\nHost: relay\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n", id, n, size)
		for i := 0; i < size && err == nil; i++ {
			time.Sleep(time.Second)
			_, err = c.Write([]byte("x"))
		}
	})
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		w.t.Errorf("POST: %v", err)
	} else {
		status = resp.StatusCode
	}
	at := time.Now()
	c.Close()
	writing.Wait()
	w.answered = at
	return status
}

// A body that comes a byte a second is given up, and the session goes on.
func TestOneByteASecond(t *testing.T) { synctest.Test(t, testOneByteASecond) }
func testOneByteASecond(t *testing.T) {
	w := newWorld(t, nil)
	defer w.close()
	id, _, leave := w.open("")
	defer leave()
	c := <-w.accepted
	defer c.Close(1001, "")
	for _, x := range []struct {
		size  int
		given time.Duration
	}{{1000, bodyTimeout}, {limit, bodyTimeout + limit/bodyRate*time.Second}} {
		begin := time.Now()
		if status := w.postSlowly(id, "1", x.size); status != http.StatusRequestTimeout {
			t.Errorf("%d bytes: the answer is %d, want 408", x.size, status)
		}
		if took := w.answered.Sub(begin); took != x.given {
			t.Errorf("%d bytes were given %v, want %v", x.size, took, x.given)
		}
	}
	if status := w.postSlowly(id, "1", 5); status != http.StatusNoContent {
		t.Errorf("a short one: the answer is %d", status)
	}
	if msg, err := c.Receive(t.Context()); string(msg) != "xxxxx" {
		t.Errorf("it came as %q, %v", msg, err)
	}
}

// A retry does not wait for the body of an attempt whose connection is dead.
func TestRetryBreaksOff(t *testing.T) { synctest.Test(t, testRetryBreaksOff) }
func testRetryBreaksOff(t *testing.T) {
	w := newWorld(t, nil)
	defer w.close()
	id, _, leave := w.open("")
	defer leave()
	c := <-w.accepted
	defer c.Close(1001, "")
	var first sync.WaitGroup
	first.Go(func() {
		if status := w.postSlowly(id, "1", 1000); status != http.StatusRequestTimeout {
			t.Errorf("the first attempt: the answer is %d, want 408", status)
		}
	})
	time.Sleep(1500 * time.Millisecond)
	begin := time.Now()
	if status := w.post(id, "1", strings.NewReader("again"), 5); status != http.StatusNoContent || time.Since(begin) != 0 {
		t.Errorf("the retry is answered with %d after %v", status, time.Since(begin))
	}
	if msg, err := c.Receive(t.Context()); string(msg) != "again" {
		t.Errorf("it came as %q, %v", msg, err)
	}
	first.Wait()
}

// Of a stream that is dead, and does not say so, the client hears nothing: it
// takes it up again.
func TestHalfOpen(t *testing.T) { synctest.Test(t, testHalfOpen) }
func testHalfOpen(t *testing.T) {
	begin := time.Now()
	w := newWorld(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method != http.MethodGet:
			w.WriteHeader(http.StatusNoContent)
			return
		case r.Header.Get("Last-Event-ID") == "":
			w.Header().Set("Content-Type", eventStream)
			io.WriteString(w, "id: s.0\nevent: session\ndata: {\"session\":\"s\"}\n\nid: s.1\ndata: b25l\n\n")
		case r.Header.Get("Last-Event-ID") == "s.1":
			w.Header().Set("Content-Type", eventStream)
			io.WriteString(w, "id: s.2\ndata: dHdv\n\n")
		default:
			t.Errorf("Last-Event-ID is %q", r.Header.Get("Last-Event-ID"))
		}
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	defer w.close()
	c, err := dial(t.Context(), "http://relay/sse", limit, w.over)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"one", "two"} {
		if msg, err := c.Receive(t.Context()); err != nil || string(msg) != want {
			t.Errorf("received %q, %v, want %q", msg, err, want)
		}
	}
	if took := time.Since(begin); took != silentAfter {
		t.Errorf("the stream was taken up after %v, want %v", took, silentAfter)
	}
	c.Close(1000, "")
	synctest.Wait()
}

// A relay that is away for a moment is found again by both ways. One that stays
// away is given up.
func TestRelayAway(t *testing.T) { synctest.Test(t, testRelayAway) }
func testRelayAway(t *testing.T) {
	var mu sync.Mutex
	away := false
	var w *world
	front := http.NewServeMux()
	front.HandleFunc("/", func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		gone := away
		mu.Unlock()
		if gone {
			http.Error(rw, "the proxy does not reach the relay", http.StatusBadGateway)
			return
		}
		mux := http.NewServeMux()
		mux.Handle("/sse", w.server)
		mux.Handle("/sse/{session}", w.server)
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		go func() {
			for ctx.Err() == nil {
				time.Sleep(10 * time.Millisecond)
				mu.Lock()
				if away {
					cancel()
				}
				mu.Unlock()
			}
		}()
		mux.ServeHTTP(rw, r.WithContext(ctx))
	})
	w = newWorld(t, front)
	defer w.close()
	be := func(now bool) { mu.Lock(); away = now; mu.Unlock() }
	c, err := dial(t.Context(), "http://relay/sse", limit, w.over)
	if err != nil {
		t.Fatal(err)
	}
	s := <-w.accepted
	be(true)
	time.AfterFunc(time.Second, func() { be(false) })
	if err := c.Send(t.Context(), []byte("there?")); err != nil {
		t.Errorf("a message while the relay was away: %v", err)
	}
	if msg, err := s.Receive(t.Context()); string(msg) != "there?" {
		t.Errorf("it came as %q, %v", msg, err)
	}
	time.Sleep(2 * time.Second)
	if err := s.Send(t.Context(), []byte("here")); err != nil {
		t.Error(err)
	}
	if msg, err := c.Receive(t.Context()); string(msg) != "here" {
		t.Errorf("the answer came as %q, %v", msg, err)
	}

	be(true)
	begin := time.Now()
	if _, err := c.Receive(t.Context()); err == nil || !strings.Contains(err.Error(), "502") {
		t.Errorf("from a relay that stays away comes %v", err)
	}
	if took := time.Since(begin); took < time.Second || took > 5*time.Second {
		t.Errorf("it was given up after %v", took)
	}
	if err := c.Send(t.Context(), nil); err == nil {
		t.Error("a message was taken by nobody")
	}
	c.Close(1000, "")
	s.Close(1001, "")
}
