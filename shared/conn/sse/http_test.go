//go:build !js

package sse_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"edgeboard/shared/conn"
)

func wantError(t *testing.T, err error, says ...string) {
	t.Helper()
	for _, part := range says {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("the error is %v, want it to say %q", err, part)
		}
	}
}

// ask makes a request as curl does, and returns the status and the text.
func (r *relay) ask(method, path, kind, body string, header ...string) (int, string) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, r.http.URL+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := r.http.Client().Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

const (
	binary = "application/octet-stream"
	inJSON = "application/json"
)

// listener reads a session's events, line by line.
type listener struct {
	t       *testing.T
	resp    *http.Response
	lines   *bufio.Scanner
	session string
	id      string // of the last event
}

// listen opens a session, or with last takes one up.
func (r *relay) listen(query, last string) *listener {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.url()+query, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	resp, err := r.http.Client().Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(resp.Body)
		r.t.Fatalf("GET %s: %s %s", query, resp.Status, text)
	}
	l := &listener{t: r.t, resp: resp, lines: bufio.NewScanner(resp.Body)}
	l.lines.Buffer(nil, 4<<20)
	r.t.Cleanup(l.leave)
	if last == "" {
		name, data := l.next()
		var opened struct{ Session string }
		if err := json.Unmarshal([]byte(data), &opened); name != "session" || err != nil {
			r.t.Fatalf("the first event is %q with %q", name, data)
		}
		l.session = opened.Session
		if l.id != l.session+".0" {
			r.t.Errorf("the first event has id %q", l.id)
		}
	}
	return l
}

func (l *listener) leave() { l.resp.Body.Close() }

// next returns the next event.
func (l *listener) next() (name, data string) {
	l.t.Helper()
	seen := false
	for l.lines.Scan() {
		switch field, value, _ := strings.Cut(l.lines.Text(), ": "); field {
		case "id":
			l.id = value
		case "event":
			name = value
		case "data", "data:":
			data, seen = value, true
		case "":
			if seen {
				return name, data
			}
		}
	}
	l.t.Fatalf("the stream has ended: %v", l.lines.Err())
	return "", ""
}

func (l *listener) wants(id, data string) {
	l.t.Helper()
	name, got := l.next()
	if name != "" || got != data || l.id != l.session+"."+id {
		l.t.Errorf("event %q %q with id %q came, want %q with number %s", name, got, l.id, data, id)
	}
}

func (l *listener) wantsClose(data string) {
	l.t.Helper()
	if name, got := l.next(); name != "close" || got != data {
		l.t.Errorf("event %q %q came, want a close with %s", name, got, data)
	}
	if l.lines.Scan() {
		l.t.Errorf("after the close comes %q", l.lines.Text())
	}
}

func send(t *testing.T, c conn.Conn, msgs ...string) {
	t.Helper()
	for _, msg := range msgs {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		if err := c.Send(ctx, []byte(msg)); err != nil {
			t.Errorf("Send: %v", err)
		}
		cancel()
	}
}

func receives(t *testing.T, c conn.Conn, want string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if msg, err := c.Receive(ctx); err != nil || string(msg) != want {
		t.Errorf("received %q, %v, want %q", msg, err, want)
	}
}
