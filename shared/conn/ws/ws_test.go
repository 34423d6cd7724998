//go:build !js

package ws_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"edgeboard/shared/conn"
	"edgeboard/shared/conn/conntest"
	"edgeboard/shared/conn/origin"
	"edgeboard/shared/conn/ws"
)

// serve starts a server that accepts websockets, and returns its address and
// what it has accepted.
func serve(t *testing.T) (url string, accepted <-chan conn.Conn) {
	ch := make(chan conn.Conn, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := ws.Accept(w, r, conntest.Limit, origin.List{})
		if err != nil {
			return // the response says why
		}
		ch <- c
	}))
	t.Cleanup(srv.Close)
	return "ws" + strings.TrimPrefix(srv.URL, "http"), ch
}

func open(t *testing.T) (client, server conn.Conn) {
	t.Helper()
	url, accepted := serve(t)
	client, err := ws.Dial(t.Context(), url, conntest.Limit)
	if err != nil {
		t.Fatal(err)
	}
	return client, <-accepted
}

func TestConn(t *testing.T) {
	conntest.RunBoth(t, open)
}

func TestTextIsRefused(t *testing.T) {
	url, accepted := serve(t)
	c, _, err := websocket.Dial(t.Context(), url, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	server := <-accepted
	if err := c.Write(t.Context(), websocket.MessageText, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Receive(t.Context()); !errors.Is(err, conn.ErrText) {
		t.Errorf("Receive returned %v, want ErrText", err)
	}
	// The session still says why, and then the close code does.
	if err := server.Send(t.Context(), []byte("binary only")); err != nil {
		t.Errorf("Send after a text message: %v", err)
	}
	if _, msg, err := c.Read(t.Context()); string(msg) != "binary only" {
		t.Errorf("the peer read %q, %v", msg, err)
	}
	server.Close(1003, "messages are binary")
	if _, _, err := c.Read(t.Context()); websocket.CloseStatus(err) != 1003 {
		t.Errorf("the peer got %v, want close code 1003", err)
	}
}

// The large buffer of a large message does not stay with the connection, and
// the messages after it are whole.
func TestSmallAfterLarge(t *testing.T) {
	a, b := open(t)
	defer a.Close(1000, "")
	defer b.Close(1000, "")
	for _, size := range []int{conntest.Limit, 10, conntest.Limit, 0, 70_000, 600} {
		go a.Send(context.Background(), make([]byte, size))
		msg, err := b.Receive(t.Context())
		if err != nil || len(msg) != size {
			t.Fatalf("sent %d bytes, received %d, %v", size, len(msg), err)
		}
		if size < 1000 && cap(msg) > 64<<10 {
			t.Errorf("a message of %d bytes lies in a buffer of %d", size, cap(msg))
		}
	}
}

func TestOtherOriginIsForbidden(t *testing.T) {
	url, _ := serve(t)
	header := http.Header{"Origin": {"https://elsewhere.example"}}
	c, resp, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{HTTPHeader: header})
	if err == nil {
		c.CloseNow()
		t.Fatal("a page of another origin was let in")
	}
	if resp == nil || resp.StatusCode != http.StatusForbidden {
		t.Errorf("the answer is %v, want 403", resp)
	}
	// The page's own origin is welcome.
	header.Set("Origin", "http"+strings.TrimPrefix(url, "ws"))
	c, _, err = websocket.Dial(t.Context(), url, &websocket.DialOptions{HTTPHeader: header})
	if err != nil {
		t.Fatalf("the page's own origin was refused: %v", err)
	}
	c.CloseNow()
}

func TestNotAWebSocket(t *testing.T) {
	url, _ := serve(t)
	resp, err := http.Get("http" + strings.TrimPrefix(url, "ws"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("a plain GET is answered with %s, want 426", resp.Status)
	}
}

func TestDialFails(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()

	t.Run("nobody listens", func(t *testing.T) {
		_, err := ws.Dial(t.Context(), "ws://"+gone.Addr().String(), conntest.Limit)
		if err == nil || !strings.Contains(err.Error(), "dialing the relay") || !strings.Contains(err.Error(), "refused") {
			t.Errorf("the error is %v, want one that says what was tried and why it failed", err)
		}
	})
	t.Run("the context ends first", func(t *testing.T) {
		// l takes the connection and never answers.
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := ws.Dial(ctx, "ws://"+l.Addr().String(), conntest.Limit); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the error is %v, want the context's", err)
		}
	})
}

// The time that Dial was given is for dialing: it does not end the connection.
func TestDialContextEnds(t *testing.T) {
	url, accepted := serve(t)
	ctx, cancel := context.WithCancel(t.Context())
	a, err := ws.Dial(ctx, url, conntest.Limit)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	b := <-accepted
	defer a.Close(1000, "")
	defer b.Close(1000, "")
	conntest.Works(t, a, b)
}

// A peer that vanishes without a close frame.
func TestBrokenTransport(t *testing.T) {
	url, accepted := serve(t)
	c, _, err := websocket.Dial(t.Context(), url, nil)
	if err != nil {
		t.Fatal(err)
	}
	server := <-accepted
	c.CloseNow()
	_, err = server.Receive(t.Context())
	if _, closed := errors.AsType[*conn.CloseError](err); err == nil || closed || errors.Is(err, conn.ErrClosed) {
		t.Errorf("Receive returned %v, want an error that is no close", err)
	}
	server.Close(1000, "")
}

// Closing leaves nothing behind when the peer takes part in it.
func TestCloseLeavesNothing(t *testing.T) {
	url, accepted := serve(t)
	before := runtime.NumGoroutine()
	for range 20 {
		a, err := ws.Dial(t.Context(), url, conntest.Limit)
		if err != nil {
			t.Fatal(err)
		}
		b := <-accepted
		a.Close(1000, "")
		if _, err := b.Receive(t.Context()); err == nil {
			t.Error("the peer has closed, and Receive succeeded")
		}
		b.Close(1000, "")
	}
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before+5; {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		runtime.Gosched()
	}
}
