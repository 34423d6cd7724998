package server

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"edgeboard/shared/wire"
)

// wires is a network in memory, so that time is the test's.
type wires struct {
	calls chan net.Conn
	once  sync.Once
	ended chan struct{}
}

func (w *wires) Accept() (net.Conn, error) {
	select {
	case c := <-w.calls:
		return c, nil
	case <-w.ended:
		return nil, net.ErrClosed
	}
}

func (w *wires) Close() error   { w.once.Do(func() { close(w.ended) }); return nil }
func (w *wires) Addr() net.Addr { return &net.TCPAddr{} }

// slowPeer is a peer of a relay that decides when each byte is sent.
type slowPeer struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
	wg   sync.WaitGroup // of what is written meanwhile
}

// onWires runs a test with a relay in a bubble of its own.
func onWires(t *testing.T, test func(t *testing.T, dial func() *slowPeer)) {
	inBubble(t, Limits{}, func(b *bubble) {
		test(b.t, func() *slowPeer { return b.dial("127.0.0.1:1") })
	})
}

// trickle sends one byte a second from now on, until all is sent or nobody takes
// it any more.
func (p *slowPeer) trickle(bytes []byte) {
	p.wg.Go(func() {
		for i := range bytes {
			if _, err := p.conn.Write(bytes[i : i+1]); err != nil {
				return
			}
			time.Sleep(time.Second)
		}
	})
}

// leave gives the connection up.
func (p *slowPeer) leave() {
	p.conn.Close()
	p.wg.Wait()
}

func (p *slowPeer) write(bytes string) {
	p.t.Helper()
	if _, err := p.conn.Write([]byte(bytes)); err != nil {
		p.t.Fatal(err)
	}
}

const upgrade = "GET /ws HTTP/1.1\r\nHost: board\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n\r\n"

// open makes a WebSocket of the connection.
func (p *slowPeer) open() {
	p.t.Helper()
	p.write(upgrade)
	for {
		line, err := p.in.ReadString('\n')
		if err != nil {
			p.t.Fatal(err)
		}
		if line == "\r\n" {
			return
		}
	}
}

// frameOf is a WebSocket frame of a client (RFC 6455, section 5.2), masked with
// zeros.
func frameOf(msg []byte) []byte {
	frame := []byte{0x82, 0x80 | 126, byte(len(msg) >> 8), byte(len(msg)), 0, 0, 0, 0}
	return append(frame, msg...)
}

func helloOf(board string) []byte {
	return wire.AppendFrame(nil, 0, &wire.Hello{Version: wire.Version, Board: board, Replica: 7, Name: "Slow Peer"})
}

// frame reads a WebSocket frame of at most 64 KiB.
func (p *slowPeer) frame() (first byte, body []byte) {
	p.t.Helper()
	read := func(b []byte) []byte {
		if _, err := io.ReadFull(p.in, b); err != nil {
			p.t.Fatalf("the connection ended without a word: %v", err)
		}
		return b
	}
	head := read(make([]byte, 2))
	size := int(head[1])
	if size == 126 {
		size = int(binary.BigEndian.Uint16(read(make([]byte, 2))))
	}
	return head[0], read(make([]byte, size))
}

// closed reads until the relay says that it closes, and returns with which code
// and how long after the beginning.
func (p *slowPeer) closed(begin time.Time) (code wire.Code, after time.Duration) {
	p.t.Helper()
	for {
		if first, body := p.frame(); first == 0x88 { // close
			return wire.Code(binary.BigEndian.Uint16(body)), time.Since(begin)
		}
	}
}

func (p *slowPeer) wantClosed(begin time.Time, code wire.Code, after time.Duration) {
	p.t.Helper()
	got, took := p.closed(begin)
	if got != code || took < after || took > after+2*time.Second {
		p.t.Errorf("closed with %d after %v, want %d after %v", got, took, code, after)
	}
	p.leave()
}

// A peer that connects and never gets anywhere is told so in time, whether it
// says nothing or one byte a second.
func TestPeerThatNeverSaysHello(t *testing.T) {
	onWires(t, func(t *testing.T, dial func() *slowPeer) {
		silent := dial()
		begin := time.Now()
		silent.open()
		silent.wantClosed(begin, wire.CodeNoHello, 10*time.Second)

		slow := dial()
		begin = time.Now()
		slow.open()
		slow.trickle(frameOf(helloOf("slow")))
		slow.wantClosed(begin, wire.CodeNoHello, 10*time.Second)

		// Not even a request.
		never := dial()
		begin = time.Now()
		never.trickle([]byte(upgrade))
		if answer, err := io.ReadAll(never.conn); err != nil {
			t.Errorf("the connection ended with %v", err)
		} else if took := time.Since(begin); took < headerTimeout || took > headerTimeout+2*time.Second {
			t.Errorf("closed after %v with %q, want %v", took, answer, headerTimeout)
		}
		never.leave()
	})
}

// A member that goes silent, and one that has begun a message and sends a byte
// of it a second, are ended: what counts is what is complete.
func TestMemberThatFallsSilent(t *testing.T) {
	onWires(t, func(t *testing.T, dial func() *slowPeer) {
		for _, rest := range [][]byte{nil, frameOf(make([]byte, 1000))} {
			p := dial()
			p.open()
			p.write(string(frameOf(helloOf("silent"))))
			begin := time.Now()
			p.trickle(rest)
			p.wantClosed(begin, wire.CodeSilent, time.Minute)
		}
	})
}

// A peer that reads nothing, not even the answer to its close, is left behind.
func TestPeerThatReadsNothing(t *testing.T) {
	onWires(t, func(t *testing.T, dial func() *slowPeer) {
		p := dial()
		p.open()
		p.write(string(frameOf(helloOf("deaf"))))
		time.Sleep(5 * time.Minute)
		if _, err := p.conn.Write([]byte{0x82}); err == nil {
			t.Error("the connection is still there")
		}
		p.leave()
	})
}

// A message of which the length alone shows that it is too large is refused
// before it comes.
func TestAnnouncedTooLarge(t *testing.T) {
	onWires(t, func(t *testing.T, dial func() *slowPeer) {
		p := dial()
		p.open()
		p.write(string(frameOf(helloOf("large"))))
		begin := time.Now()
		p.wg.Go(func() {
			head := []byte{0x82, 0x80 | 127, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0} // 4 GiB
			if _, err := p.conn.Write(head); err != nil {
				return
			}
			chunk := make([]byte, 64<<10)
			for {
				if _, err := p.conn.Write(chunk); err != nil {
					return
				}
			}
		})
		p.wantClosed(begin, wire.CodeTooLarge, 0)
	})
}
