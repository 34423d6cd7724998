package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"edgeboard/relay/room"
	"edgeboard/shared/board"
	"edgeboard/shared/conn"
	"edgeboard/shared/conn/ws"
	"edgeboard/shared/wire"
)

// relay is a Server on a port of its own.
type relay struct {
	t       *testing.T
	addr    string
	server  *Server
	stop    context.CancelFunc
	stopped chan error // what Serve returned
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// start runs a relay that keeps its boards in a folder. The test ends it, or
// its end does.
func start(t *testing.T, data string) *relay {
	t.Helper()
	return startWith(t, Config{Data: data, Log: quiet()}, true)
}

func startWith(t *testing.T, cfg Config, quic bool) *relay {
	t.Helper()
	l, udp, noUDP, err := Listen("127.0.0.1:0", quic)
	if err := errors.Join(err, noUDP); err != nil {
		t.Fatal(err)
	}
	return serveOn(t, cfg, l, udp)
}

func serveOn(t *testing.T, cfg Config, l net.Listener, udp net.PacketConn, change ...func(*Server)) *relay {
	t.Helper()
	srv, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range change {
		f(srv)
	}
	ctx, stop := context.WithCancel(context.Background())
	r := &relay{t: t, addr: l.Addr().String(), server: srv, stop: stop, stopped: make(chan error, 1)}
	go func() { r.stopped <- srv.Serve(ctx, l, udp); close(r.stopped) }()
	t.Cleanup(func() { r.end() })
	return r
}

// end stops the relay as a signal would.
func (r *relay) end() {
	r.t.Helper()
	r.stop()
	if err := <-r.stopped; err != nil {
		r.t.Errorf("Serve returned %v", err)
	}
}

// guest is a client of which the test plays every message.
type guest struct {
	t    *testing.T
	conn conn.Conn
	doc  *board.Board
}

// limit bounds a conversation that hangs.
const limit = 30 * time.Second

func (r *relay) dial(replica board.Replica) *guest {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), limit)
	defer cancel()
	c, err := ws.Dial(ctx, "ws://"+r.addr+"/ws", wire.MaxMessage)
	if err != nil {
		r.t.Fatal(err)
	}
	return r.guest(replica, c)
}

func (r *relay) guest(replica board.Replica, c conn.Conn) *guest {
	r.t.Cleanup(func() { c.Close(uint32(wire.CodeNormal), "") })
	return &guest{t: r.t, conn: c, doc: board.New(replica)}
}

// enter says Hello for a board and waits for the Welcome.
func (r *relay) enter(replica board.Replica, name string) *guest {
	r.t.Helper()
	return r.dial(replica).enter(name)
}

func (g *guest) enter(name string) *guest {
	g.t.Helper()
	replica := g.doc.Replica()
	g.say(wire.AppendFrame(nil, 0, &wire.Hello{Version: wire.Version, Board: name, Replica: uint64(replica)}))
	g.until("Welcome", func(f wire.Frame) bool { return f.Kind == wire.KindWelcome })
	return g
}

func (g *guest) say(msg []byte) {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.t.Context(), limit)
	defer cancel()
	if err := g.conn.Send(ctx, msg); err != nil {
		g.t.Fatalf("the relay does not take a message: %v", err)
	}
}

// drawTogether lets both draw on a board that was empty, and each see what the other
// has drawn.
func drawTogether(ann, bob *guest) {
	ann.t.Helper()
	ann.draw(board.Point{X: 1}, board.Point{X: 80})
	bob.draw(board.Point{Y: 1}, board.Point{Y: 80})
	ann.until("Bob's stroke", func(wire.Frame) bool { return ann.doc.Len() == 2 })
	bob.until("Ann's stroke", func(wire.Frame) bool { return bob.doc.Len() == 2 })
	if ann.doc.Hash() != bob.doc.Hash() {
		ann.t.Error("the boards differ")
	}
}

// until receives until a frame is found, or what it looks for is there already.
// Updates go into the guest's board.
func (g *guest) until(what string, found func(wire.Frame) bool) {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.t.Context(), limit)
	defer cancel()
	for seen := found(wire.Frame{}); !seen; {
		msg, err := g.conn.Receive(ctx)
		if err != nil {
			g.t.Fatalf("waiting for %s: %v", what, err)
		}
		for f, err := range wire.Frames(msg) {
			if err != nil {
				g.t.Fatal(err)
			}
			if f.Kind == wire.KindUpdate {
				var u wire.Update
				if err := errors.Join(u.Parse(f.Body), g.doc.Apply(u.Data)); err != nil {
					g.t.Fatal(err)
				}
			}
			seen = seen || found(f)
		}
	}
}

// wantDenied expects the relay to say why and then to close with that code.
func (g *guest) wantDenied(why string, want wire.Code) {
	g.t.Helper()
	if denied, closed := g.end(); denied != want || closed != want {
		g.t.Errorf("%s: denied with %d, closed with %d; want both %d", why, denied, closed, want)
	}
}

// end receives until the relay closes the connection. A code is 0 if it was not
// said.
func (g *guest) end() (denied, closed wire.Code) {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.t.Context(), limit)
	defer cancel()
	for {
		msg, err := g.conn.Receive(ctx)
		if err != nil {
			if c, ok := errors.AsType[*conn.CloseError](err); ok {
				closed = wire.Code(c.Code)
			}
			return denied, closed
		}
		for f, err := range wire.Frames(msg) {
			var d wire.Denied
			if err == nil && f.Kind == wire.KindDenied {
				err = d.Parse(f.Body)
				denied = d.Code
			}
			if err != nil {
				g.t.Fatal(err)
			}
		}
	}
}

// draw makes a stroke and waits until it is stored.
func (g *guest) draw(points ...board.Point) {
	g.t.Helper()
	e := g.doc.Edit()
	e.Append(e.Create(board.KindStroke), points...)
	g.say(wire.AppendFrame(nil, 0, &wire.Update{Data: e.Commit()}))
	own := g.doc.Seq(g.doc.Replica())
	g.until("Ack", func(f wire.Frame) bool {
		var a wire.Ack
		return f.Kind == wire.KindAck && a.Parse(f.Body) == nil && a.Through >= own
	})
}

// Whoever is connected is told to come back, Serve returns nil, and the next
// relay has what was drawn.
func TestDrainAndRestart(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	first := start(t, data)
	ann, bob := first.enter(1, "plans"), first.enter(2, "plans")
	ann.draw(board.Point{X: 1}, board.Point{X: 80, Y: 40, Pressure: 200})
	bob.until("Ann's stroke", func(wire.Frame) bool { return bob.doc.Len() == 1 })
	silent := first.dial(3) // has not said Hello

	first.end()
	ann.wantDenied("a member while the relay stops", wire.CodeGoingAway)
	bob.wantDenied("another", wire.CodeGoingAway)
	// It may not even have come to the hub: then the close code alone says it.
	if _, closed := silent.end(); closed != wire.CodeGoingAway {
		t.Errorf("one that has said nothing is closed with %d", closed)
	}
	if c, err := net.Dial("tcp", first.addr); err == nil {
		c.Close()
		t.Error("the port is still open")
	}

	eve := start(t, data).enter(4, "plans")
	eve.until("the board", func(wire.Frame) bool { return eve.doc.Len() == 1 })
	if eve.doc.Hash() != ann.doc.Hash() {
		t.Error("after the restart the board is another")
	}
}

// Serve ends by itself when its listener does, and says why.
func TestServeEndsWithItsListener(t *testing.T) {
	srv, err := New(Config{Data: t.TempDir(), Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := srv.Serve(t.Context(), l, nil); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve returned %v", err)
	}
}

// A signal that comes while a failed relay drains does not hang it.
func TestServeStoppedWhileItFails(t *testing.T) {
	srv, err := New(Config{Data: t.TempDir(), Access: Access{Open: true}, Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	_, end := conn.Pipe()
	visitor := &lastVisitor{Conn: end, reading: make(chan struct{}), closed: stop}
	go srv.hub.Serve(visitor, room.Visitor{})
	if err := srv.Serve(ctx, failingListener{visitor.reading}, nil); !errors.Is(err, errNoMore) {
		t.Errorf("Serve returned %v", err)
	}
}

// lastVisitor is a connection at whose end, while the relay drains, the signal
// comes.
type lastVisitor struct {
	conn.Conn
	once    sync.Once
	reading chan struct{} // closed when the hub has it
	closed  func()
}

func (v *lastVisitor) Receive(ctx context.Context) ([]byte, error) {
	v.once.Do(func() { close(v.reading) })
	return v.Conn.Receive(ctx)
}

func (v *lastVisitor) Close(code uint32, reason string) {
	v.closed()
	v.Conn.Close(code, reason)
}

var errNoMore = errors.New("no more connections")

// failingListener fails as soon as it may.
type failingListener struct{ may <-chan struct{} }

func (l failingListener) Accept() (net.Conn, error) { <-l.may; return nil, errNoMore }
func (l failingListener) Close() error              { return nil }
func (l failingListener) Addr() net.Addr            { return &net.TCPAddr{} }

func TestNewSaysWhatIsWrong(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, filepath.Join(folder, "taken")).enter(1, "b")
	for _, c := range []struct {
		why  string
		cfg  Config
		want string // a part of the error
	}{
		{"a page folder without a page", Config{Data: filepath.Join(folder, "a"), Dev: folder}, "-dev"},
		{"a page folder that is not there", Config{Data: filepath.Join(folder, "a"), Dev: filepath.Join(folder, "none")}, "-dev"},
		{"a data folder that is a file", Config{Data: file}, "is a file"},
		{"a data folder without the one above", Config{Data: filepath.Join(folder, "x", "y")}, "folder above"},
		{"a data folder in use", Config{Data: filepath.Join(folder, "taken")}, "another relay"},
	} {
		c.cfg.Log = quiet()
		if _, err := New(c.cfg); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want it to say %q", c.why, err, c.want)
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "a")); err == nil {
		t.Error("a relay that did not start has made its data folder")
	}
}

// The zero Config is the documented one.
func TestZeroConfig(t *testing.T) {
	t.Chdir(t.TempDir())
	srv, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("data/edgeboard.db"); err != nil {
		t.Error(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := srv.Serve(ctx, l, nil); err != nil {
		t.Errorf("a relay that is stopped before it serves returns %v", err)
	}
}

// A folder as developers have it is served as it lies there.
func TestDevFolder(t *testing.T) {
	dev := t.TempDir()
	for name, text := range map[string]string{"index.html": "the page", "edgeboard.wasm": "the program"} {
		if err := os.WriteFile(filepath.Join(dev, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	srv, err := New(Config{Data: t.TempDir(), Dev: dev, Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx, l, nil) }()
	resp, err := http.Get("http://" + l.Addr().String() + "/b/plans")
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if string(text) != "the page" || resp.StatusCode != http.StatusOK {
		t.Errorf("status %d, %q", resp.StatusCode, text)
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
