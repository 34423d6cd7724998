package server

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"edgeboard/relay/room"
	"edgeboard/shared/board"
	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// asked is the answer of an admin listener, or of the relay.
func asked(t *testing.T, url string) (status int, text string) {
	t.Helper()
	client := &http.Client{Timeout: limit, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func wantAnswer(t *testing.T, why, url string, status int, text string) {
	t.Helper()
	if gotStatus, got := asked(t, url); gotStatus != status || got != text {
		t.Errorf("%s: %s answers %d %q, want %d %q", why, url, gotStatus, got, status, text)
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// A relay is not ready before it serves, nor from the signal on; then nobody new
// is let in, who is in the middle of something is waited for, and the admin
// listener is the last to go.
func TestReadiness(t *testing.T) {
	admin := listen(t)
	readyz := "http://" + admin.Addr().String() + "/readyz"
	srv, err := New(Config{Data: t.TempDir(), Admin: admin, Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	wantAnswer(t, "before it serves", readyz, 503, "starting\n")
	wantAnswer(t, "the process is there", "http://"+admin.Addr().String()+"/healthz", 200, "ok\n")

	l := listen(t)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx, l, nil) }()
	r := &relay{t: t, addr: l.Addr().String()}
	r.enter(1, "plans")
	wantAnswer(t, "while it serves", readyz, 200, "ok\n")

	_, end := conn.Pipe()
	leaving, left := make(chan struct{}), make(chan struct{})
	go srv.hub.Serve(&lingering{Conn: end, leaving: leaving, left: left}, room.Visitor{})
	ann := r.enter(2, "plans") // who is seen comes after the one that lingers, or beside it
	stop()
	<-leaving
	wantAnswer(t, "while members leave", readyz, 503, "draining\n")
	wantAnswer(t, "the process is there still", "http://"+r.addr+"/healthz", 200, "ok\n")
	wantAnswer(t, "who asks where everybody does hears that too", "http://"+r.addr+"/readyz", 503, "draining\n")
	for _, path := range []string{"/ws", "/sse?board=plans"} {
		wantAnswer(t, "who comes now", "http://"+r.addr+path, 503, shuttingDown.reason+"\n")
	}
	ann.wantDenied("a member", wire.CodeGoingAway)
	close(left)
	if err := <-served; err != nil {
		t.Errorf("Serve returned %v", err)
	}
	if c, err := net.Dial("tcp", admin.Addr().String()); err == nil {
		c.Close()
		t.Error("the admin listener is open still")
	}
}

// lingering is a connection whose end takes as long as the test wants.
type lingering struct {
	conn.Conn
	once          sync.Once
	leaving, left chan struct{}
}

func (l *lingering) Close(code uint32, reason string) {
	l.once.Do(func() { close(l.leaving); <-l.left })
	l.Conn.Close(code, reason)
}

// While the disk takes nothing the relay is not ready, and is again when the disk
// does.
func TestNotReadyWhileTheStoreFails(t *testing.T) {
	h := &health{}
	h.set(serving)
	m := heard{nil, h}
	for _, c := range []struct {
		err  error
		want string
	}{{nil, ""}, {errors.New("the disk is full"), "the store cannot store"}, {errors.New("still"), "the store cannot store"}, {nil, ""}} {
		m.hear(c.err)
		if got := h.why(); got != c.want {
			t.Errorf("after a commit that ends with %v: %q, want %q", c.err, got, c.want)
		}
	}
}

// A member that does not go costs the relay its time to drain, and no more.
func TestDrainHasADeadline(t *testing.T) {
	data := t.TempDir()
	r := startWith(t, Config{Data: data, Drain: 2 * time.Second, Log: quiet()}, true)
	r.enter(1, "plans").draw(board.Point{X: 1})
	deaf, err := net.Dial("tcp", r.addr) // does not even answer a close
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	if _, err := io.WriteString(deaf, upgrade); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	r.end()
	if took := time.Since(begin); took > 4*time.Second {
		t.Errorf("it took %v", took)
	}
	eve := start(t, data).enter(2, "plans")
	eve.until("the board", func(wire.Frame) bool { return eve.doc.Len() == 1 })
}

// The admin listener has the figures of what happens at the relay.
func TestAdminMetrics(t *testing.T) {
	admin := listen(t)
	url := "http://" + admin.Addr().String()
	r := startWith(t, Config{Data: t.TempDir(), Admin: admin, Log: quiet()}, true)
	ann := r.enter(1, "plans")
	r.enterWT(2, "plans").draw(board.Point{X: 1})
	r.dialSSE(3).enter("plans")
	ann.until("the stroke", func(wire.Frame) bool { return ann.doc.Len() == 1 })
	cem := r.dial(4)
	cem.say([]byte("\x03abc"))
	cem.wantDenied("nonsense", wire.CodeBadFrame)
	asked(t, "http://"+r.addr+"/healthz")
	asked(t, "http://"+r.addr+"/nothing")

	_, text := asked(t, url+"/metrics")
	for _, line := range []string{
		`edgeboard_connections{transport="websocket"} 1`, `edgeboard_connections_accepted_total{transport="websocket"} 2`,
		`edgeboard_connections{transport="webtransport"} 1`, `edgeboard_connections{transport="sse"} 1`,
		`edgeboard_connections_refused_total{code="4000"} 1`,
		"edgeboard_rooms 1", "edgeboard_members 3", "edgeboard_members_behind 0",
		`edgeboard_frames_received_total{kind="hello"} 3`, `edgeboard_frames_received_total{kind="update"} 1`,
		"edgeboard_commit_seconds_count 1",
		`edgeboard_http_requests_total{route="GET /ws",status="101"} 2`,
		`edgeboard_http_requests_total{route="CONNECT /wt",status="200"} 1`,
		`edgeboard_http_requests_total{route="/",status="404"} 1`,
		`edgeboard_http_requests_total{route="GET /healthz",status="200"} 1`,
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("there is no line %q", line)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
	if status, text := asked(t, url+"/debug/pprof/goroutine?debug=1"); status != 200 || !strings.Contains(text, "goroutine profile: total") {
		t.Errorf("the profile of goroutines is %d %.100q", status, text)
	}
	for path, want := range map[string]int{"": 200, "heap": 200, "profile?seconds=0": 200, "trace?seconds=0": 200, "none": 404, "heap?debug=x": 400, "profile?seconds=-1": 400} {
		if status, text := asked(t, url+"/debug/pprof/"+path); status != want || text == "" {
			t.Errorf("/debug/pprof/%s: status %d, %d bytes", path, status, len(text))
		}
	}
	for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/goroutine"} {
		if status, _ := asked(t, "http://"+r.addr+path); status != 404 {
			t.Errorf("%s is there for everybody: status %d", path, status)
		}
	}
}
