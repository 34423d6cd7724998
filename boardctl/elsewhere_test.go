package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"edgeboard/shared/conn"
	"edgeboard/shared/conn/origin"
	"edgeboard/shared/conn/ws"
	"edgeboard/shared/wire"
)

// playedRelay welcomes whoever comes, and then does what a test says.
func playedRelay(t *testing.T, do func(ctx context.Context, c conn.Conn, hello *wire.Hello)) string {
	t.Helper()
	relay := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := ws.Accept(w, r, wire.MaxMessage, origin.List{})
		if err != nil {
			return
		}
		msg, err := c.Receive(r.Context())
		if err != nil {
			return
		}
		for f, err := range wire.Frames(msg) {
			var hello wire.Hello
			if err != nil || hello.Parse(f.Body) != nil {
				t.Errorf("no Hello: %v", err)
			}
			if err := c.Send(r.Context(), wire.AppendFrame(nil, 0, &wire.Welcome{Version: wire.Version, Member: 1})); err != nil {
				t.Error(err)
			}
			do(r.Context(), c, &hello)
			return
		}
	}))
	t.Cleanup(relay.Close)
	return relay.URL
}

// lines waits for what a program says.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *lines) wait(t *testing.T, want string) {
	t.Helper()
	for begin := time.Now(); !strings.Contains(l.String(), want); time.Sleep(time.Millisecond) {
		if time.Since(begin) > patience {
			t.Fatalf("it does not say %q, but:\n%s", want, l)
		}
	}
}

// A relay that is cut off is told of on standard error, and one that stops sends who
// follows a board to another one, with the same token.
func TestTailGoesOnElsewhere(t *testing.T) {
	var said lines
	arrived := make(chan string, 10)
	other := playedRelay(t, func(ctx context.Context, c conn.Conn, hello *wire.Hello) {
		arrived <- hello.Board + " " + hello.Token
		_, _ = c.Receive(ctx) // until it ends
	})
	first := playedRelay(t, func(ctx context.Context, c conn.Conn, _ *wire.Hello) {
		tell := func(m wire.Message) {
			if err := c.Send(ctx, wire.AppendFrame(nil, 0, m)); err != nil {
				t.Error(err)
			}
		}
		said.wait(t, "following plans")
		tell(&wire.Notice{Code: wire.CodeEdgeOnly})
		said.wait(t, edgeOnly)
		tell(&wire.Notice{})
		said.wait(t, "reaches the others again")
		tell(&wire.Moved{AfterMS: 1, To: other})
		_, _ = c.Receive(ctx)
	})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	x := &terminal{
		getenv: func(name string) string { return map[string]string{"EDGEBOARD_TOKEN": "letmein"}[name] },
		now:    time.Now, stdin: strings.NewReader(""), stdout: &lines{}, stderr: &said,
	}
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, []string{"tail", first + "/b/plans"}, x) }()
	select {
	case got := <-arrived:
		if got != "plans letmein" {
			t.Errorf("at the other relay it shows %q", got)
		}
	case <-time.After(patience):
		t.Fatalf("it does not come to the other relay:\n%s", &said)
	}
	said.wait(t, "going on at "+other)
	stop()
	if code := <-ended; code != 130 {
		t.Errorf("it ends with %d:\n%s", code, &said)
	}
	http.DefaultClient.CloseIdleConnections()
}
