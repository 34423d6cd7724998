//go:build !js

package sse_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"go.uber.org/goleak"

	"edgeboard/shared/conn"
	"edgeboard/shared/conn/conntest"
	"edgeboard/shared/conn/sse"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// relay is a server whose sessions the test has.
type relay struct {
	t *testing.T
	*sse.Server
	http     *httptest.Server
	accepted chan conn.Conn
}

func serve(t *testing.T) *relay { return serveWith(t, func(h http.Handler) http.Handler { return h }) }

// serveWith has a handler stand before the server.
func serveWith(t *testing.T, before func(http.Handler) http.Handler) *relay {
	t.Helper()
	r := &relay{t: t, accepted: make(chan conn.Conn, 8)}
	r.Server = sse.NewServer(conntest.Limit, func(_ *http.Request, c conn.Conn) { r.accepted <- c })
	mux := http.NewServeMux()
	mux.Handle("/sse", r.Server)
	mux.Handle("/sse/{session}", r.Server)
	r.http = httptest.NewServer(before(mux))
	t.Cleanup(func() {
		// A test that has closed its end leaves nothing to wait for.
		for len(r.accepted) > 0 {
			(<-r.accepted).Close(1001, "")
		}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := r.Server.Close(ctx); err != nil {
			t.Errorf("closing the server: %v", err)
		}
		r.http.Close()
		r.http.Client().CloseIdleConnections()
		if n := r.Sessions(); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
	})
	return r
}

func (r *relay) url() string { return r.http.URL + "/sse" }

func (r *relay) open(t *testing.T) (client, server conn.Conn) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	client, err := sse.Dial(ctx, r.url(), conntest.Limit)
	if err != nil {
		t.Fatal(err)
	}
	return client, <-r.accepted
}

func TestConn(t *testing.T) {
	conntest.RunBoth(t, func(t *testing.T) (client, server conn.Conn) { return serve(t).open(t) })
}

func TestDialFails(t *testing.T) {
	for _, c := range []struct {
		why, says string
		answer    http.HandlerFunc
	}{
		{"no relay", "status 404: nothing here", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "nothing here", 404) }},
		{"a page", `with "text/html`, func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<!doctype html>")) }},
		{"another stream", "does not begin with a session", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			w.Write([]byte("data: hello\n\n"))
		}},
		{"a session that is a path", "none that could be asked for", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			w.Write([]byte("event: session\ndata: {\"session\":\"../x\"}\n\n"))
		}},
	} {
		t.Run(c.why, func(t *testing.T) {
			srv := httptest.NewServer(c.answer)
			defer srv.Close()
			_, err := sse.Dial(t.Context(), srv.URL, conntest.Limit)
			wantError(t, err, "dialing the relay", c.says)
		})
	}
	t.Run("the context ends first", func(t *testing.T) {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done() // a proxy that keeps events back
		}))
		defer srv.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := sse.Dial(ctx, srv.URL, conntest.Limit); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the error is %v, want the context's", err)
		}
	})
	_, err := sse.Dial(t.Context(), "ws://relay/sse", conntest.Limit)
	wantError(t, err, "dialing the relay", "no http://")
}

// The time that Dial was given is for dialing: it does not end the connection.
func TestDialContextEnds(t *testing.T) {
	r := serve(t)
	ctx, cancel := context.WithCancel(t.Context())
	a, err := sse.Dial(ctx, r.url(), conntest.Limit)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	b := <-r.accepted
	defer a.Close(1000, "")
	defer b.Close(1000, "")
	conntest.Works(t, a, b)
}
