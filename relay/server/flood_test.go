package server

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/shared/wire"
)

// far is a connection in memory that comes from somewhere.
type far struct {
	net.Conn
	from net.Addr
}

func (f far) RemoteAddr() net.Addr { return f.from }

// bubble has a relay and time of its own.
type bubble struct {
	t   *testing.T
	srv *Server
	in  *wires
}

// inBubble runs a test in one. Whatever is left running at the end fails it.
func inBubble(t *testing.T, limits Limits, test func(b *bubble)) {
	synctest.Test(t, func(t *testing.T) {
		srv, err := New(Config{Data: t.TempDir(), Log: quiet(), Limits: limits, Access: Access{Open: true}})
		if err != nil {
			t.Fatal(err)
		}
		w := &wires{calls: make(chan net.Conn), ended: make(chan struct{})}
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error)
		go func() { served <- srv.Serve(ctx, w, nil) }()
		test(&bubble{t, srv, w})
		stop()
		if err := <-served; err != nil {
			t.Errorf("Serve returned %v", err)
		}
	})
}

// goroutines returns how many there are in the bubble from which it is called. The
// process has others, which come and go with its garbage.
func goroutines() int {
	buf := make([]byte, 1<<20)
	own, _, _ := bytes.Cut(buf[:runtime.Stack(buf, false)], []byte("\n"))
	mark := string(own[bytes.LastIndex(own, []byte(", synctest bubble ")):]) + "\n" // goroutine 7 [running, synctest bubble 3]:
	for {
		if n := runtime.Stack(buf, true); n < len(buf) {
			return bytes.Count(buf[:n], []byte(mark))
		}
		buf = make([]byte, 2*len(buf))
	}
}

func (b *bubble) dial(from string) *slowPeer {
	b.t.Helper()
	addr, err := net.ResolveTCPAddr("tcp", from)
	if err != nil {
		b.t.Fatal(err)
	}
	here, there := net.Pipe()
	b.in.calls <- far{there, addr}
	return &slowPeer{t: b.t, conn: here, in: bufio.NewReader(here)}
}

// status sends a request and returns the status of the answer, 0 if the
// connection was closed instead.
func (p *slowPeer) status(request string) int {
	p.t.Helper()
	if _, err := io.WriteString(p.conn, request); err != nil {
		return 0
	}
	resp, err := http.ReadResponse(p.in, nil)
	if err != nil {
		return 0
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		_, _ = io.Copy(io.Discard, resp.Body)
	}
	return resp.StatusCode
}

// Ten thousand come from everywhere, make WebSockets, and never say Hello. As
// many as there is room for are let in, the others hear 503 and when to come
// back; ten seconds later all have been ended, and who has something to say comes
// in.
func TestTenThousandWhoNeverSayHello(t *testing.T) {
	const places = 2000
	inBubble(t, Limits{Connections: places}, func(b *bubble) {
		synctest.Wait()
		before := goroutines()
		var peers []*slowPeer
		accepted := 0
		for i := range 10_000 {
			p := b.dial(fmt.Sprintf("198.18.%d.%d:4000", i/250, i%250+1))
			switch status := p.status(upgrade); status {
			case http.StatusSwitchingProtocols:
				accepted++
				peers = append(peers, p)
			case http.StatusServiceUnavailable:
				p.leave()
			default:
				b.t.Fatalf("number %d: status %d", i, status)
			}
		}
		if accepted != places {
			b.t.Errorf("%d were let in, want %d", accepted, places)
		}
		synctest.Wait()
		if n := goroutines() - before; n > 2*places {
			b.t.Errorf("they cost %d goroutines", n)
		}
		for _, p := range peers {
			if code, _ := p.closed(time.Now()); code != wire.CodeNoHello {
				b.t.Fatalf("one that says nothing is closed with %d", code)
			}
			p.leave()
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := goroutines(); n > before {
			b.t.Errorf("%d goroutines are left, of %d before", n, before)
		}
		b.srv.gate.mu.Lock()
		open, tcp := b.srv.gate.open, len(b.srv.gate.tcp)
		b.srv.gate.mu.Unlock()
		if open != 0 || tcp != 0 {
			b.t.Errorf("%d connections and %d sockets are counted still", open, tcp)
		}
		ann := b.dial("203.0.113.5:4000")
		if status := ann.status(upgrade); status != http.StatusSwitchingProtocols {
			b.t.Fatalf("who comes afterwards hears %d", status)
		}
		ann.write(string(frameOf(helloOf("plans"))))
		ann.wantKind(0x82)
		ann.leave()
	})
}

// wantKind expects a WebSocket frame to begin with a byte.
func (p *slowPeer) wantKind(first byte) {
	p.t.Helper()
	if got, err := p.in.ReadByte(); err != nil || got != first {
		p.t.Errorf("the relay says %#x, %v; want %#x", got, err, first)
	}
}

// One address alone fills nothing up: the others are let in meanwhile.
func TestOneAddressFloods(t *testing.T) {
	inBubble(t, Limits{}, func(b *bubble) {
		var held []*slowPeer
		statuses := map[int]int{}
		for range 2000 {
			p := b.dial("198.18.0.1:4000")
			status := p.status(upgrade)
			statuses[status]++
			if status == http.StatusSwitchingProtocols {
				held = append(held, p)
			} else {
				p.leave()
			}
		}
		if statuses[http.StatusSwitchingProtocols] != 256 || statuses[http.StatusTooManyRequests] != 2000-256 {
			b.t.Errorf("the statuses are %v", statuses)
		}
		ann := b.dial("203.0.113.5:4000")
		if status := ann.status(upgrade); status != http.StatusSwitchingProtocols {
			b.t.Errorf("another address hears %d", status)
		}
		ann.leave()
		for _, p := range held {
			p.leave()
		}
	})
}

// Those that connect and say nothing at all, or ask once and stay, take the place
// of nobody: the one that has been idle longest makes room for a new one, and an
// address has no more of busy ones than it should.
func TestIdleSockets(t *testing.T) {
	const ask = "GET /healthz HTTP/1.1\r\nHost: board\r\n\r\n"
	inBubble(t, Limits{Connections: 1, ConnectionsPerAddress: 4}, func(b *bubble) {
		var idle []*slowPeer
		for i := range httpSockets + 1 {
			p := b.dial(fmt.Sprintf("198.18.%d.%d:4000", i/250, i%250+1))
			if status := p.status(ask); status != http.StatusOK {
				b.t.Fatalf("number %d hears %d", i, status)
			}
			idle = append(idle, p)
		}
		synctest.Wait()
		late := b.dial("203.0.113.5:4000")
		if status := late.status(ask); status != http.StatusOK {
			b.t.Errorf("one more hears %d", status)
		}
		if status := idle[0].status(ask); status != 0 {
			b.t.Errorf("the one that was idle longest hears %d, and should have ended", status)
		}
		if status := idle[1].status(ask); status != http.StatusOK {
			b.t.Errorf("the next one hears %d", status)
		}

		// Silent ones are busy until the time for a request is over.
		var silent []*slowPeer
		for range socketsPerPlace * 4 {
			silent = append(silent, b.dial("198.19.0.1:4000"))
		}
		synctest.Wait()
		tooMany := b.dial("198.19.0.1:4000")
		if status := tooMany.status(ask); status != 0 {
			b.t.Errorf("one address has %d busy sockets and one more, which hears %d", len(silent), status)
		}
		tooMany.leave()
		time.Sleep(headerTimeout + time.Second)
		again := b.dial("198.19.0.1:4000")
		if status := again.status(ask); status != http.StatusOK {
			b.t.Errorf("when they have been ended a new one hears %d", status)
		}
		time.Sleep(idleTimeout + time.Second)
		b.srv.gate.mu.Lock()
		tcp, listed := len(b.srv.gate.tcp), b.srv.gate.idle.Len()
		b.srv.gate.mu.Unlock()
		if tcp != 0 || listed != 0 {
			b.t.Errorf("%d sockets are there after the time to be idle, %d of them listed", tcp, listed)
		}
		for _, p := range append(append(idle, silent...), late, again) {
			p.leave()
		}
	})
}

// A session of events has a place of its own, from the request that opens it to
// its end, however many requests it takes.
func TestSessionsHoldTheirPlaces(t *testing.T) {
	r := startWith(t, Config{Data: t.TempDir(), Limits: Limits{Connections: 1}, Log: quiet()}, false)
	ann := r.dialSSE(1).enter("plans")
	for range 3 {
		resp, err := http.Get("http://" + r.addr + "/sse?board=plans")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("another one hears %s", resp.Status)
		}
	}
	ann.conn.Close(uint32(wire.CodeNormal), "")
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	for { // it has left when the relay knows
		req, err := http.NewRequestWithContext(ctx, "GET", "http://"+r.addr+"/sse?board=plans", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return
		}
	}
}

// The same flood over real sockets, all from this machine: as many as may be open
// here at once, until all ten thousand were there.
func TestFloodOverSockets(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes ten seconds and a thousand sockets")
	}
	const flood, places, atOnce = 10_000, 2000, 2500
	if have := openFileLimit(t); have < 2*atOnce+200 {
		t.Skipf("SKIPPED: %d files may be open here, and the test needs %d: raise ulimit -n", have, 2*atOnce+200)
	}
	r := startWith(t, Config{Data: t.TempDir(), Limits: Limits{Connections: places}, Access: Access{Open: true}, Log: quiet()}, false)
	r.enter(1, "warm").conn.Close(uint32(wire.CodeNormal), "")
	http.DefaultClient.CloseIdleConnections()
	before := settled()
	begin := time.Now()
	var peers []net.Conn
	statuses := map[string]int{}
	for range flood {
		c, err := net.Dial("tcp", r.addr)
		if err != nil {
			t.Fatal(err)
		}
		_ = c.SetDeadline(time.Now().Add(limit))
		line := ""
		if _, err = io.WriteString(c, upgrade); err == nil {
			line, err = bufio.NewReaderSize(c, 64).ReadString('\n')
		}
		if err != nil {
			t.Fatal(err)
		}
		statuses[strings.TrimSpace(line)]++
		if !strings.Contains(line, " 101 ") {
			c.Close()
			continue
		}
		peers = append(peers, c)
	}
	took := time.Since(begin)
	if n := statuses["HTTP/1.1 503 Service Unavailable"]; n+len(peers) != flood || took < 5*time.Second && len(peers) != places {
		t.Errorf("in %v the answers were %v", took, statuses)
	}
	var during runtime.MemStats
	runtime.ReadMemStats(&during)
	goroutines := runtime.NumGoroutine()
	if goroutines > before.goroutines+2*places || during.HeapInuse > before.heap+places*(64<<10) {
		t.Errorf("%d silent ones cost %d goroutines and %d bytes", len(peers), goroutines-before.goroutines, during.HeapInuse-before.heap)
	}
	t.Logf("%d of %d were let in within %v; they cost %d goroutines and %d KiB of heap",
		len(peers), flood, took.Round(time.Millisecond), goroutines-before.goroutines, (int64(during.HeapInuse)-int64(before.heap))>>10)

	// Each is told to go when its time is over.
	var wg sync.WaitGroup
	for _, c := range peers {
		wg.Go(func() {
			_, err := io.Copy(io.Discard, c)
			if err != nil && !strings.Contains(err.Error(), "reset") {
				t.Errorf("one that says nothing: %v", err)
			}
			c.Close()
		})
	}
	wg.Wait()
	ann := r.enter(2, "plans")
	ann.conn.Close(uint32(wire.CodeNormal), "")
	late := time.Now().Add(limit)
	for {
		after := settled()
		if after.goroutines <= before.goroutines+2 && after.heap <= before.heap+(8<<20) {
			return
		}
		if time.Now().After(late) {
			t.Fatalf("%d goroutines and %d bytes of heap are left, of %d and %d before", after.goroutines, after.heap, before.goroutines, before.heap)
		}
	}
}

type footprint struct {
	goroutines int
	heap       uint64
}

// settled is what the process takes when garbage is gone.
func settled() footprint {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return footprint{runtime.NumGoroutine(), m.HeapInuse}
}
