//go:build !js

package sse_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"

	"edgeboard/shared/conn"
)

// cutter lets a part of each answer to a GET through and then breaks the
// connection, as long as it is told to.
type cutter struct {
	next http.Handler
	on   bool       // set before the first request
	mu   sync.Mutex // guards next too, once there were requests
	rng  *rand.Rand
	cuts int
}

func (c *cutter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	next := c.next
	if c.on && r.Method == http.MethodGet {
		w = &cutWriter{ResponseWriter: w, left: 1500 + c.rng.IntN(6000)}
		c.cuts++
	}
	c.mu.Unlock()
	next.ServeHTTP(w, r)
}

type cutWriter struct {
	http.ResponseWriter
	left int
}

func (w *cutWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *cutWriter) Write(b []byte) (int, error) {
	if len(b) <= w.left {
		w.left -= len(b)
		return w.ResponseWriter.Write(b)
	}
	_, _ = w.ResponseWriter.Write(b[:w.left])
	_ = http.NewResponseController(w.ResponseWriter).Flush()
	panic(http.ErrAbortHandler)
}

// Responses that break in the middle of an event are taken up: nothing is
// missing, nothing comes twice, and the other way is not touched.
func TestResume(t *testing.T) {
	for seed := range uint64(5) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			c := &cutter{rng: rand.New(rand.NewPCG(seed, 1))}
			c.on = true
			r := serveWith(t, func(h http.Handler) http.Handler { c.next = h; return c })
			client, server := r.open(t)
			defer server.Close(1001, "")
			defer client.Close(1000, "")
			const n = 300
			message := func(i int) []byte { return fmt.Appendf(nil, "%d %s", i, strings.Repeat("x", i*7%600)) }
			var wg sync.WaitGroup
			for _, from := range []conn.Conn{client, server} {
				wg.Go(func() {
					for i := range n {
						if err := from.Send(context.Background(), message(i)); err != nil {
							t.Errorf("message %d: %v", i, err)
							return
						}
					}
				})
			}
			wg.Go(func() {
				for i := range n {
					receives(t, server, string(message(i)))
				}
			})
			for i := range n {
				receives(t, client, string(message(i)))
			}
			wg.Wait()
			if c.cuts < 10 {
				t.Errorf("there were %d responses only", c.cuts)
			}
			// A close comes over too.
			server.Close(4007, "silent")
			_, err := client.Receive(t.Context())
			if closed, ok := errors.AsType[*conn.CloseError](err); !ok || closed.Code != 4007 || closed.Reason != "silent" {
				t.Errorf("the client sees %v", err)
			}
		})
	}
}

// By hand, as an EventSource does it.
func TestTakenUp(t *testing.T) {
	r := serve(t)
	first := r.listen("?data=base64", "")
	c := <-r.accepted
	defer c.Close(1001, "")
	send(t, c, "one", "two", "three")
	first.wants("1", "b25l")
	first.wants("2", "dHdv")
	first.leave()

	// From what came last, whatever was written after it.
	second := r.listen("?data=base64", first.id)
	second.session = first.session
	second.wants("3", "dGhyZWU=")
	send(t, c, "four")
	second.wants("4", "Zm91cg==")

	// A second GET takes the place of the first, which ends. Tools that cannot
	// set a header say it in the address.
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url()+"?last="+first.session+".0", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := r.http.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	for second.lines.Scan() {
		if text := second.lines.Text(); text != "" && text != ":" {
			t.Errorf("the one that was replaced reads %q", text)
		}
	}
	third := r.listen("", second.id)
	third.session = first.session
	send(t, c, "")
	third.wants("5", "")
	c.Close(1001, "going away")
	third.wantsClose(`{"code":1001,"reason":"going away"}`)
}

// Who has been away for more than is kept must begin anew.
func TestTooOld(t *testing.T) {
	r := serve(t)
	first := r.listen("?data=base64", "")
	c := <-r.accepted
	defer c.Close(1001, "")
	msg := strings.Repeat("x", 100<<10)
	for i := range 6 { // three times 100 KiB are kept no longer
		send(t, c, msg)
		if _, data := first.next(); len(data) < len(msg) {
			t.Errorf("event %d has %d bytes", i+1, len(data))
		}
	}
	send(t, c, "last")
	first.next()
	last := first.id
	first.leave()
	status, text := r.ask("GET", "/sse", "", "", "Last-Event-ID", strings.TrimSuffix(last, "7")+"2")
	if status != http.StatusGone || !strings.Contains(text, "open a new session") {
		t.Errorf("the answer is %d %q, want 410", status, text)
	}
	if _, err := c.Receive(t.Context()); err == nil || !strings.Contains(err.Error(), "kept no longer") {
		t.Errorf("the server's end sees %v", err)
	}
	if err := c.Send(t.Context(), nil); err == nil {
		t.Error("a message was taken for a session that has ended")
	}
	c.Close(1001, "")
}

// A client whose session has gone hears of it by an error, and dials anew.
func TestSessionGone(t *testing.T) {
	c := &cutter{rng: rand.New(rand.NewPCG(1, 1))}
	r := serveWith(t, func(h http.Handler) http.Handler { c.next = h; return c })
	other := serve(t)
	client, server := r.open(t)
	defer client.Close(1000, "")
	defer server.Close(1001, "")
	c.mu.Lock()
	c.next = other.http.Config.Handler // as if the relay had begun anew
	c.mu.Unlock()
	r.http.CloseClientConnections()
	for _, err := range []error{end(client), client.Send(t.Context(), []byte("hello?"))} {
		if err == nil || !strings.Contains(err.Error(), "does not know the session") {
			t.Errorf("the client sees %v", err)
		}
	}
	// Nobody will come for it: the server need not wait.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Server.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Close returned %v, want the context's error", err)
	}
	if _, err := server.Receive(t.Context()); !errors.Is(err, conn.ErrClosed) {
		t.Errorf("the server's end sees %v", err)
	}
}

// end receives until there is nothing more.
func end(c conn.Conn) (err error) {
	for err == nil {
		_, err = c.Receive(context.Background())
	}
	return err
}
