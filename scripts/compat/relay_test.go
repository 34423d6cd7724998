package compat

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"edgeboard/relay/server"
	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/conn"
	"edgeboard/shared/conn/ws"
	"edgeboard/shared/wire"
)

// patience is how long a test waits before it says never.
const patience = time.Minute

// relay is one that serves.
type relay struct {
	t    *testing.T
	at   string // host:port
	http *http.Client
	stop func()
}

// serve starts a relay, which ends with the test or by stop.
func serve(t *testing.T, cfg server.Config) *relay {
	t.Helper()
	cfg.Log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	cfg.HistoryAge = 1000 * 365 / 4 * 24 * time.Hour // records are of long ago
	l, _, _, err := server.Listen("127.0.0.1:0", false)
	if err != nil {
		t.Fatal(err)
	}
	srv, err := server.New(cfg)
	if err != nil {
		t.Fatal(errors.Join(err, l.Close()))
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ctx, l, nil) }()
	way := &http.Transport{DisableKeepAlives: true}
	r := &relay{t: t, at: l.Addr().String(), http: &http.Client{Transport: way, Timeout: patience}}
	stopped := false
	r.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(r.stop)
	return r
}

// ask asks by HTTP, and wants an answer of 2xx.
func (r *relay) ask(method, target, token, media string, body []byte) []byte {
	r.t.Helper()
	q, err := http.NewRequestWithContext(r.t.Context(), method, "http://"+r.at+target, bytes.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	if token != "" {
		q.Header.Set("Authorization", "Bearer "+token)
	}
	if media != "" {
		q.Header.Set("Content-Type", media)
	}
	a, err := r.http.Do(q)
	if err != nil {
		r.t.Fatal(err)
	}
	text, err := io.ReadAll(a.Body)
	if err := errors.Join(err, a.Body.Close()); err != nil {
		r.t.Fatal(err)
	}
	if a.StatusCode/100 != 2 {
		r.t.Fatalf("%s %s: %s: %s", method, target, a.Status, text)
	}
	return text
}

func (r *relay) get(target, token string) []byte {
	r.t.Helper()
	return r.ask("GET", target, token, "", nil)
}

func (r *relay) post(target, token, body string) []byte {
	r.t.Helper()
	return r.ask("POST", target, token, "application/json", []byte(body))
}

func (r *relay) dial(ctx context.Context) (conn.Conn, error) {
	return ws.Dial(ctx, "ws://"+r.at+"/ws", wire.MaxMessage)
}

// person is somebody with the program that people use.
type person struct {
	t       *testing.T
	doc     *board.Board
	link    *client.Link
	changed chan struct{}
	leave   func()
}

func (r *relay) person(name, on, token, secret string, replica board.Replica) *person {
	p := &person{t: r.t, doc: board.New(replica), changed: make(chan struct{}, 1)}
	poke := func() {
		select {
		case p.changed <- struct{}{}:
		default:
		}
	}
	p.doc.Observe(func(board.Event) { poke() })
	s := client.NewSession(client.Config{
		Board: on, Doc: p.doc, Name: name, Color: 0x1971c2, Token: token, Secret: secret,
		Observe: func(client.Event) { poke() },
	})
	p.link = client.NewLink(s, client.LinkConfig{Transports: []client.Transport{{Name: "websocket", Dial: r.dial}}})
	ctx, stop := context.WithCancel(r.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.link.Run(ctx) }()
	left := false
	p.leave = func() {
		if !left {
			left = true
			stop()
			if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
				r.t.Error(err)
			}
		}
	}
	r.t.Cleanup(p.leave)
	return p
}

// wait returns when a condition holds.
func (p *person) wait(what string, cond func(s *client.Session) bool) {
	p.t.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	for ok := false; ; {
		p.link.Do(func(s *client.Session) { ok = cond(s) })
		if ok {
			return
		}
		select {
		case <-p.changed:
		case <-late.C:
			p.t.Fatalf("%s: never", what)
		}
	}
}

// stored returns when the relay has all that the person has done.
func (p *person) stored() {
	p.t.Helper()
	p.wait("all is stored", func(s *client.Session) bool {
		st := s.Status()
		return st.Phase == client.Live && st.Unsent+st.Sent+st.Unsaid == 0
	})
}

// draws changes the board, and returns when it is stored.
func (p *person) draws(change func(e *board.Edit)) {
	p.t.Helper()
	p.wait("the board is there", func(s *client.Session) bool { return s.Status().Phase == client.Live })
	p.link.Do(func(s *client.Session) {
		e := p.doc.Edit()
		change(e)
		if err := e.Err(); err != nil {
			p.t.Error(err)
		}
		s.Commit(e.Commit())
	})
	p.stored()
}

// says says something, and returns its name when it is stored.
func (p *person) says(with wire.Person, text string, about wire.TextID, mentions []wire.Mention) (id wire.TextID) {
	p.t.Helper()
	p.link.Do(func(s *client.Session) {
		var err error
		if id, err = s.Say(time.Now(), with, text, about, mentions); err != nil {
			p.t.Error(err)
		}
	})
	p.stored()
	return id
}

func (p *person) who() (id wire.Person) {
	p.t.Helper()
	p.wait("the relay says who it is", func(s *client.Session) bool { id = s.Person(); return id != wire.Person{} })
	return id
}

func fragment(link string) string {
	_, token, _ := strings.Cut(link, "#invite=")
	return strings.Trim(token, `"`)
}
