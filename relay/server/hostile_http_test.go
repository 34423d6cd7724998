package server

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// What clients do to HTTP itself. What they do on a connection to a board is tested
// by routes_test.go and slow_test.go, how many come by flood_test.go, and what they
// do to gRPC and to events by the packages of those.

// honest are two who draw on a board while others do what they do.
type honest struct{ ann, bob *guest }

func (r *relay) honestPair() *honest {
	r.t.Helper()
	return &honest{r.enter(1, "plans"), r.enter(2, "plans")}
}

// go on: each draws, and sees what the other has drawn.
func (h *honest) goOn(while string) {
	h.ann.t.Helper()
	h.ann.draw(board.Point{X: 1}, board.Point{X: 80})
	h.bob.draw(board.Point{Y: 1}, board.Point{Y: 80})
	drawn := int(h.ann.doc.Seq(1) + h.bob.doc.Seq(2))
	for _, g := range []*guest{h.ann, h.bob} {
		g.until(while+": what both have drawn", func(wire.Frame) bool { return int(g.doc.Seq(1)+g.doc.Seq(2)) == drawn })
	}
}

// Hundreds whose requests come byte by byte hold up nobody, and are ended when the
// time for a request's head is over.
func TestSlowRequestsHoldUpNobody(t *testing.T) {
	inBubble(t, Limits{}, func(b *bubble) {
		var slow []*slowPeer
		for i := range 300 {
			p := b.dial(fmt.Sprintf("198.18.%d.%d:4000", i/250, i%250+1))
			switch i % 3 {
			case 0:
				p.trickle([]byte(upgrade))
			case 1:
				p.trickle([]byte("POST /sse/none?n=1 HTTP/1.1\r\nHost: board\r\nContent-Length: 1000000\r\n\r\n" + strings.Repeat("a", 1000)))
			case 2:
				p.trickle([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
			}
			p.wg.Go(func() { _, _ = io.Copy(io.Discard, p.conn) }) // what the relay says of it
			slow = append(slow, p)
		}
		time.Sleep(headerTimeout / 2)
		ann := b.dial("203.0.113.5:4000")
		ann.open()
		ann.write(string(frameOf(helloOf("plans"))))
		ann.wantKind(0x82)
		ann.leave()
		time.Sleep(headerTimeout)
		synctest.Wait()
		b.srv.gate.mu.Lock()
		tcp, open := len(b.srv.gate.tcp), b.srv.gate.open
		b.srv.gate.mu.Unlock()
		if tcp != 0 || open != 0 {
			b.t.Errorf("%d sockets and %d connections are there still", tcp, open)
		}
		for _, p := range slow {
			p.leave()
		}
	})
}

// Who asks for something large, or for much, and reads nothing of it is ended; who
// reads slowly gets it whole.
func TestAnswersThatNobodyReads(t *testing.T) {
	inBubble(t, Limits{}, func(b *bubble) {
		large := strings.Repeat("a", 1<<20)
		*b.srv.page = assets{
			files:  fstest.MapFS{"edgeboard.2c.wasm.br": {Data: []byte(large)}},
			packed: map[string]packedFile{"edgeboard.2c.wasm": {size: int64(len(large)), held: map[string]int64{"br": int64(len(large))}}},
		}
		const ask = "GET /b/plans HTTP/1.1\r\nHost: board\r\nAccept-Encoding: br\r\n\r\n"
		asset := strings.Replace(ask, "/b/plans", "/assets/edgeboard.2c.wasm", 1)
		var deaf []*slowPeer
		for _, request := range []string{asset, strings.Repeat("GET /healthz HTTP/1.1\r\nHost: board\r\n\r\n", 1000), strings.Repeat("POST /none HTTP/1.1\r\nHost: board\r\n\r\n", 1000)} {
			p := b.dial("203.0.113.5:4000")
			p.wg.Go(func() { _, _ = io.WriteString(p.conn, request) })
			deaf = append(deaf, p)
		}
		slow := b.dial("203.0.113.6:4000")
		slow.write(asset)
		resp, err := http.ReadResponse(slow.in, nil)
		if err != nil {
			b.t.Fatal(err)
		}
		got, chunk := 0, make([]byte, 16<<10)
		for begin := time.Now(); err == nil; {
			var n int
			n, err = resp.Body.Read(chunk)
			got += n
			time.Sleep(2 * time.Second) // for 4 KiB
			if time.Since(begin) > time.Hour {
				break
			}
		}
		if got != len(large) {
			b.t.Errorf("who reads slowly got %d bytes of %d, %v", got, len(large), err)
		}
		b.srv.gate.mu.Lock()
		tcp := len(b.srv.gate.tcp)
		b.srv.gate.mu.Unlock()
		if tcp > 1 {
			b.t.Errorf("%d sockets are there still", tcp)
		}
		for _, p := range append(deaf, slow) {
			p.leave()
		}
	})
}

// The head of a request has an end, whatever it is made of.
func TestOversizedHeads(t *testing.T) {
	r := startWith(t, Config{Data: t.TempDir(), Access: Access{Open: true}, Log: quiet()}, true)
	pair := r.honestPair()
	large := strings.Repeat("a", 1<<20)
	for why, head := range map[string]string{
		"a long line":       "GET /healthz HTTP/1.1\r\nHost: board\r\nX-Long: " + large + "\r\n\r\n",
		"many lines":        "GET /healthz HTTP/1.1\r\nHost: board\r\n" + strings.Repeat("X-Many: a\r\n", 100_000) + "\r\n",
		"a long address":    "GET /" + large + " HTTP/1.1\r\nHost: board\r\n\r\n",
		"a long question":   "GET /sse?board=plans&vector=" + large + " HTTP/1.1\r\nHost: board\r\n\r\n",
		"a long host":       "GET /healthz HTTP/1.1\r\nHost: " + large + "\r\n\r\n",
		"many cookies":      "GET /healthz HTTP/1.1\r\nHost: board\r\n" + strings.Repeat("Cookie: a=b\r\n", 100_000) + "\r\n",
		"many proxies":      "GET /healthz HTTP/1.1\r\nHost: board\r\nX-Forwarded-For: " + strings.Repeat("10.0.0.1, ", 100_000) + "\r\n\r\n",
		"a name of a field": "GET /healthz HTTP/1.1\r\nHost: board\r\n" + large + ": a\r\n\r\n",
	} {
		if status, _ := r.raw(head); status != http.StatusRequestHeaderFieldsTooLarge && status != http.StatusRequestURITooLong && status != 0 {
			t.Errorf("%s: status %d", why, status)
		}
		pair.goOn(why)
	}
	// 60 KiB are what a browser may send, however foolish.
	if status, _ := r.raw("GET /healthz HTTP/1.1\r\nHost: board\r\nConnection: close\r\nCookie: " + strings.Repeat("a", 60<<10) + "\r\n\r\n"); status != http.StatusOK {
		t.Errorf("60 KiB of cookies: status %d", status)
	}
}

// A request of which somebody between might see two, or another one, is refused, or
// read in the one way that the standard allows (RFC 9112 section 6.3).
func TestSmuggledRequests(t *testing.T) {
	r := startWith(t, Config{Data: t.TempDir(), Access: Access{Open: true}, Log: quiet()}, true)
	pair := r.honestPair()
	const inner = "GET /transports.json HTTP/1.1\r\nHost: board\r\n\r\n"
	post := func(fields, rest string) string {
		return "POST /sse/none?n=1 HTTP/1.1\r\nHost: board\r\nContent-Type: application/octet-stream\r\n" + fields + "\r\n" + rest
	}
	for _, c := range []struct {
		why, request string
		statuses     []int // of the answers, until the connection ends
	}{
		{"two lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"+inner), []int{400}},
		{"two lengths in one line", post("Content-Length: 5, 6\r\n", "hello"+inner), []int{400}},
		{"a length with a sign", post("Content-Length: +5\r\n", "hello"+inner), []int{400}},
		{"a length below nothing", post("Content-Length: -5\r\n", "hello"+inner), []int{400}},
		{"a length in base 16", post("Content-Length: 0x5\r\n", "hello"+inner), []int{400}},
		{"a length that is too long", post("Content-Length: 99999999999999999999\r\n", "hello"+inner), []int{400}},
		{"an empty length", post("Content-Length:\r\n", inner), []int{400}},
		{"a coding that is not known", post("Transfer-Encoding: xchunked\r\n", inner), []int{501}},
		{"chunked twice", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"+inner), []int{501}},
		{"chunked in two lines", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n"+inner), []int{501}},
		{"chunked behind another", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"+inner), []int{501}},
		{"a space before the colon", post("Content-Length : 5\r\n", "hello"+inner), []int{400}},
		{"a field that goes on in the next line", post("X-A: b\r\n Content-Length: 5\r\n", inner), []int{404, 200}},
		{"a line that is no field", post("Content-Length\r\n", inner), []int{400}},
		{"two hosts", "GET /healthz HTTP/1.1\r\nHost: board\r\nHost: elsewhere\r\n\r\n", []int{400}},
		{"no host", "GET /healthz HTTP/1.1\r\n\r\n", []int{400}},
		{"a zero byte", "GET /healthz HTTP/1.1\r\nHost: board\r\nX-A: \x00\r\n\r\n", []int{400}},
		{"a carriage return alone", "GET /healthz HTTP/1.1\r\nHost: board\r\nX-A: b\rContent-Length: 5\r\n\r\n", []int{400}},
		// Chunks count where there is a length too, and nothing is read after them.
		{"chunks and a length", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"+inner), []int{404}},
		{"chunks and the length of all", post(fmt.Sprintf("Transfer-Encoding: chunked\r\nContent-Length: %d\r\n", 5+len(inner)), "0\r\n\r\n"+inner), []int{404}},
		{"chunks whose size is none", post("Transfer-Encoding: chunked\r\n", "zz\r\nhello\r\n0\r\n\r\n"), []int{404}},
		{"chunks that are larger than they say", post("Transfer-Encoding: chunked\r\n", "1\r\nhello\r\n0\r\n\r\n"+inner), []int{404}},
		{"a chunk of 16 EiB", post("Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\nhello"), []int{404}},
	} {
		statuses := r.answers(c.request)
		if fmt.Sprint(statuses) != fmt.Sprint(c.statuses) {
			t.Errorf("%s: the answers are %v, want %v", c.why, statuses, c.statuses)
		}
	}
	pair.goOn("smuggling")
}

// answers sends bytes and returns the statuses of what comes back until the end of
// the connection.
func (r *relay) answers(request string) (list []int) {
	r.t.Helper()
	c, err := net.Dial("tcp", r.addr)
	if err != nil {
		r.t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(limit))
	go func() {
		_, _ = io.WriteString(c, request) // it may be refused in the middle
		_ = c.(*net.TCPConn).CloseWrite()
	}()
	in := bufio.NewReader(c)
	for {
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			return list
		}
		list = append(list, resp.StatusCode)
		if _, err := io.Copy(io.Discard, resp.Body); errors.Is(err, os.ErrDeadlineExceeded) {
			r.t.Errorf("%.40q: the connection does not end", request)
			return list
		}
	}
}

// Of HTTP/2 (RFC 9113 section 6).
const (
	frameData         = 0
	frameHeaders      = 1
	framePriority     = 2
	frameReset        = 3
	frameSettings     = 4
	framePing         = 6
	frameWindowUpdate = 8
	frameContinuation = 9

	flagEndStream  = 1
	flagEndHeaders = 4
)

// frame2 is a frame of HTTP/2.
func frame2(kind, flags byte, stream uint32, payload []byte) []byte {
	b := append([]byte{byte(len(payload) >> 16), byte(len(payload) >> 8), byte(len(payload)), kind, flags}, 0, 0, 0, 0)
	binary.BigEndian.PutUint32(b[5:], stream)
	return append(b, payload...)
}

// field is one of a head, written out (RFC 7541 section 6.2.2); both parts are
// shorter than 127 bytes.
func field(name, value string) []byte {
	return fmt.Appendf(nil, "\x00%c%s%c%s", len(name), name, len(value), value)
}

func head2(method, path string) []byte {
	var b []byte
	for _, f := range [][2]string{{":method", method}, {":scheme", "http"}, {":authority", "board"}, {":path", path}} {
		b = append(b, field(f[0], f[1])...)
	}
	return b
}

// Floods of what HTTP/2 lets a client send cost the relay little, and the others
// nothing: each connection is ended, or served as if it were any other.
func TestFloodsOverHTTP2(t *testing.T) {
	r := start(t, t.TempDir())
	pair := r.honestPair()
	pair.goOn("before")
	before := settled()
	call := append(head2("POST", connectMethod), field("content-type", "application/grpc")...)
	for _, c := range []struct {
		why   string
		first []byte
		flood func(i int) []byte
		ends  bool // the relay ends the connection
	}{
		{"streams that are reset at once (CVE-2023-44487)", nil, func(i int) []byte {
			id := uint32(2*i + 1)
			return append(frame2(frameHeaders, flagEndHeaders, id, call), frame2(frameReset, 0, id, make([]byte, 4))...)
		}, false},
		{"more streams than there may be", nil, func(i int) []byte { return frame2(frameHeaders, flagEndHeaders, uint32(2*i+1), call) }, false},
		{"a head that does not end (CVE-2023-45288)", frame2(frameHeaders, 0, 1, head2("GET", "/healthz")), func(int) []byte {
			return frame2(frameContinuation, 0, 1, field("x-more", strings.Repeat("a", 100)))
		}, true},
		{"a head that does not end, of nothing", frame2(frameHeaders, 0, 1, head2("GET", "/healthz")), func(int) []byte {
			return frame2(frameContinuation, 0, 1, nil)
		}, false},
		{"pings whose answers are not read", nil, func(int) []byte { return frame2(framePing, 0, 0, make([]byte, 8)) }, false},
		{"settings whose answers are not read", nil, func(int) []byte { return frame2(frameSettings, 0, 0, []byte{0, 4, 0, 0, 255, 255}) }, false},
		{"priorities", nil, func(i int) []byte { return frame2(framePriority, 0, uint32(2*i+1), make([]byte, 5)) }, false},
		{"data without any", frame2(frameHeaders, flagEndHeaders, 1, call), func(int) []byte { return frame2(frameData, 0, 1, nil) }, false},
		{"windows that grow without end", nil, func(int) []byte { return frame2(frameWindowUpdate, 0, 0, []byte{0x7f, 255, 255, 255}) }, true},
		{"requests whose answers are not read", nil, func(i int) []byte {
			return frame2(frameHeaders, flagEndHeaders|flagEndStream, uint32(2*i+1), head2("GET", "/assets/none.js"))
		}, false},
	} {
		const frames = 20_000
		conn, err := net.Dial("tcp", r.addr)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(limit))
		out := append([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame2(frameSettings, 0, 0, nil)...)
		out = append(out, c.first...)
		ended := false
		for i := range frames {
			if out = append(out, c.flood(i)...); len(out) < 32<<10 && i < frames-1 {
				continue
			}
			// Nothing is read meanwhile: a relay that waits for that takes nothing more.
			_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
			if _, err := conn.Write(out); err != nil {
				ended = !errors.Is(err, os.ErrDeadlineExceeded)
				break
			}
			out = out[:0]
		}
		pair.goOn(c.why)
		if c.ends && !ended {
			_, err := io.Copy(io.Discard, conn)
			ended = !errors.Is(err, os.ErrDeadlineExceeded)
		}
		if c.ends && !ended {
			t.Errorf("%s: the connection goes on", c.why)
		}
		during := runtime.NumGoroutine()
		if during > before.goroutines+maxStreams*4 {
			t.Errorf("%s: %d goroutines", c.why, during-before.goroutines)
		}
		conn.Close()
		pair.goOn("after " + c.why)
	}
	for late := time.Now().Add(limit); ; {
		after := settled()
		if after.goroutines <= before.goroutines+2 && after.heap <= before.heap+(16<<20) {
			return
		}
		if time.Now().After(late) {
			t.Fatalf("%d goroutines and %d bytes of heap are left, of %d and %d before", after.goroutines, after.heap, before.goroutines, before.heap)
		}
	}
}
