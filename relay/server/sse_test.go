package server

import (
	"bufio"
	"context"
	"crypto/tls"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/conn/sse"
	"edgeboard/shared/wire"
)

func (r *relay) dialSSE(replica board.Replica) *guest {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), limit)
	defer cancel()
	c, err := sse.Dial(ctx, "http://"+r.addr+"/sse", wire.MaxMessage)
	if err != nil {
		r.t.Fatal(err)
	}
	return r.guest(replica, c)
}

// Where plain HTTP alone goes through, it is the same board, and the same
// answers.
func TestEvents(t *testing.T) {
	r := start(t, t.TempDir())
	ann, bob := r.enter(1, "plans"), r.dialSSE(2).enter("plans")
	drawTogether(ann, bob)
	bob.say([]byte("\x03abc"))
	bob.wantDenied("nonsense by POST", wire.CodeBadFrame)
	cem := r.dialSSE(3)
	go func() { _ = cem.conn.Send(t.Context(), make([]byte, wire.MaxMessage+1)) }() // which is refused
	cem.wantDenied("a message over the limit", wire.CodeTooLarge)
	ann.draw(board.Point{})
}

// Whoever reads events is told when the relay stops, also one that is a reader.
func TestDrainEvents(t *testing.T) {
	data := t.TempDir()
	r := start(t, data)
	ann := r.dialSSE(1).enter("plans")
	ann.draw(board.Point{X: 1}, board.Point{X: 80})
	silent := r.dialSSE(2)
	watch := r.watch(http.DefaultTransport, "http")
	watch.until(`"welcome":{`)
	watch.until(`"update":{`)
	ended := make(chan struct{})
	go func() { defer close(ended); r.end() }()
	ann.wantDenied("a member while the relay stops", wire.CodeGoingAway)
	if _, closed := silent.end(); closed != wire.CodeGoingAway {
		t.Errorf("one that has said nothing is closed with %d", closed)
	}
	watch.until(`"denied":{"code":1001`)
	watch.until(`{"code":1001,`)
	<-ended
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	eve := start(t, data).dialSSE(3).enter("plans")
	eve.until("the board", func(wire.Frame) bool { return eve.doc.Len() == 1 })
}

// watcher is what curl shows of a board.
type watcher struct {
	t     *testing.T
	lines *bufio.Scanner
}

func (r *relay) watch(over http.RoundTripper, scheme string) *watcher {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+r.addr+"/sse?board=plans&name=Watcher", nil)
	if err != nil {
		r.t.Fatal(err)
	}
	resp, err := over.RoundTrip(req)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { cancel(); resp.Body.Close() })
	wantStatus(r.t, resp, http.StatusOK)
	wantHeader(r.t, resp, "Content-Type", "text/event-stream")
	wantHeader(r.t, resp, "Cache-Control", "no-store")
	wantSecurity(r.t, resp)
	return &watcher{r.t, bufio.NewScanner(resp.Body)}
}

// until reads until a line of data holds a text.
func (w *watcher) until(text string) {
	w.t.Helper()
	for w.lines.Scan() {
		if data, ok := strings.CutPrefix(w.lines.Text(), "data: "); ok && strings.Contains(data, text) {
			return
		}
	}
	w.t.Fatalf("no event with %s came: %v", text, w.lines.Err())
}

// By both versions of HTTP over TCP events come as they happen. Package
// webtransport tests the third.
func TestEventsOverHTTP(t *testing.T) {
	dir := t.TempDir()
	cert, key, pool := certificateFiles(t, dir)
	r := startWith(t, Config{Data: filepath.Join(dir, "data"), Cert: cert, Key: key, Log: quiet()}, false)
	trust := &tls.Config{RootCAs: pool, ServerName: "localhost"}
	one := &http.Transport{TLSClientConfig: trust.Clone()}
	two := &http.Transport{TLSClientConfig: trust.Clone(), ForceAttemptHTTP2: true}
	defer one.CloseIdleConnections()
	defer two.CloseIdleConnections()
	for name, over := range map[string]http.RoundTripper{"HTTP/1.1": one, "HTTP/2": two} {
		t.Run(name, func(t *testing.T) {
			r.t = t
			watch := r.watch(over, "https")
			watch.until(`"welcome":{`)
			again := r.watch(over, "https")
			watch.until(`"joined":{"member":`)
			again.until(`"joined":{"member":`)
		})
	}
}
