package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/conn"
	"edgeboard/shared/conn/webtransport"
	"edgeboard/shared/conn/ws"
	"edgeboard/shared/wire"
)

// Names of transports, in flags and at the beginning of metrics.
const (
	overWebSocket    = "ws"
	overWebTransport = "wt"
)

// dialer returns how a client comes to a relay at host:port.
func dialer(ctx context.Context, transport, relay string) (func(context.Context) (conn.Conn, error), error) {
	switch transport {
	case overWebSocket:
		return func(ctx context.Context) (conn.Conn, error) {
			return ws.Dial(ctx, "ws://"+relay+"/ws", wire.MaxMessage)
		}, nil
	case overWebTransport:
		hashes, err := offered(ctx, relay)
		if err != nil {
			return nil, fmt.Errorf("asking the relay for its transports: %w", err)
		}
		trust := webtransport.TrustHashes(hashes...)
		return func(ctx context.Context) (conn.Conn, error) {
			return webtransport.Dial(ctx, "https://"+relay+"/wt", trust, wire.MaxMessage)
		}, nil
	}
	return nil, fmt.Errorf("%q is no transport", transport)
}

// offered asks a relay for the hashes of its certificates, as pages do.
func offered(ctx context.Context, relay string) (hashes [][sha256.Size]byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+relay+"/transports.json", nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var offer struct {
		WebTransport struct {
			Hashes [][]byte `json:"hashes"`
		} `json:"webtransport"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&offer); err != nil {
		return nil, err
	}
	for _, h := range offer.WebTransport.Hashes {
		if len(h) != sha256.Size {
			return nil, fmt.Errorf("a hash of %d bytes", len(h))
		}
		hashes = append(hashes, [sha256.Size]byte(h))
	}
	if len(hashes) == 0 {
		return nil, errors.New("there is no WebTransport")
	}
	return hashes, nil
}

// person is a client of the relay, and what it has sent.
type person struct {
	link  *client.Link
	sent  *tally
	ended chan struct{} // closed when Run has returned
	stop  context.CancelFunc

	mu   sync.Mutex
	lost error // why a connection was lost, the last one
}

// meet lets somebody in on a board. seen hears what the Session says, on the goroutine that owns it.
func meet(ctx context.Context, dial func(context.Context) (conn.Conn, error), boardName, name string, seen func(*client.Session, client.Event)) *person {
	ctx, stop := context.WithCancel(ctx)
	p := &person{sent: &tally{kinds: map[wire.Kind]count{}}, ended: make(chan struct{}), stop: stop}
	var session *client.Session
	session = client.NewSession(client.Config{
		Board: boardName, Doc: board.New(client.NewReplica()), Name: name,
		Observe: func(e client.Event) { seen(session, e) },
	})
	p.link = client.NewLink(session, client.LinkConfig{
		Transports: []client.Transport{{Name: "measured", Dial: func(ctx context.Context) (conn.Conn, error) {
			c, err := dial(ctx)
			if err != nil {
				return nil, err
			}
			return p.sent.of(c), nil
		}}},
		Failed: p.fail,
	})
	go func() {
		defer close(p.ended)
		if err := p.link.Run(ctx); ctx.Err() == nil {
			p.fail(err)
		}
	}()
	return p
}

// until waits until the Session is as it should be.
func (p *person) until(ctx context.Context, what string, is func(*client.Session) bool) error {
	for {
		so := false
		if !p.link.Do(func(s *client.Session) { so = is(s) }) {
			return fmt.Errorf("the link has ended while waiting for %s", what)
		}
		if so {
			return nil
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("waiting for %s: %w", what, ctx.Err()), p.why())
		}
	}
}

func (p *person) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lost = err
}

// why returns why a connection was lost or could not be had, the last one; nil if all is well.
func (p *person) why() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lost
}

// forget forgets why a connection was lost.
func (p *person) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lost = nil
}

// leave ends the link. Calls after the first do nothing. It returns what why does.
func (p *person) leave() error {
	p.stop()
	<-p.ended
	return p.why()
}

// fill draws on a board of the relay, as a tool does, and returns when all is stored.
func fill(ctx context.Context, address, name string, draw func(*client.Session) error) error {
	ctx, done := context.WithCancelCause(ctx)
	stored := errors.New("all is stored")
	defer done(nil)
	var session *client.Session
	session = client.NewSession(client.Config{
		Board: name, Doc: board.New(client.NewReplica()), Name: "maker",
		Observe: func(client.Event) {
			if st := session.Status(); st.Phase == client.Live && st.Unsent+st.Sent == 0 {
				done(stored)
			}
		},
	})
	if err := draw(session); err != nil {
		return err
	}
	link := client.NewLink(session, client.LinkConfig{Transports: []client.Transport{{
		Name: "websocket",
		Dial: func(ctx context.Context) (conn.Conn, error) {
			return ws.Dial(ctx, "ws://"+address+"/ws", wire.MaxMessage)
		},
	}}})
	if err := link.Run(ctx); !errors.Is(context.Cause(ctx), stored) {
		return err
	}
	return nil
}

// tally is what a client has sent.
type tally struct {
	mu        sync.Mutex
	kinds     map[wire.Kind]count
	messages  int
	datagrams int
}

// count is frames of one kind, and their bytes with the length before each.
type count struct{ Frames, Bytes int }

func (t *tally) add(msg []byte, datagram bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if datagram {
		t.datagrams++
	} else {
		t.messages++
	}
	for len(msg) > 0 {
		body, rest, err := wire.Bytes(msg)
		if err != nil {
			panic(err) // the client's own
		}
		f, err := wire.ParseFrame(body)
		if err != nil {
			panic(err)
		}
		c := t.kinds[f.Kind]
		c.Frames++
		c.Bytes += len(msg) - len(rest)
		t.kinds[f.Kind] = c
		msg = rest
	}
}

func (t *tally) total() (messages, datagrams int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.messages, t.datagrams
}

// of returns a connection that counts what is sent over it.
func (t *tally) of(c conn.Conn) conn.Conn {
	counted := &countedConn{c, t}
	if d, ok := c.(conn.Datagrams); ok {
		return &countedDatagrams{counted, d}
	}
	return counted
}

type countedConn struct {
	conn.Conn
	tally *tally
}

func (c *countedConn) Send(ctx context.Context, msg []byte) error {
	c.tally.add(msg, false)
	return c.Conn.Send(ctx, msg)
}

type countedDatagrams struct {
	*countedConn
	under conn.Datagrams
}

func (c *countedDatagrams) MaxDatagram() int { return c.under.MaxDatagram() }

func (c *countedDatagrams) SendDatagram(msg []byte) error {
	c.tally.add(msg, true)
	return c.under.SendDatagram(msg)
}
