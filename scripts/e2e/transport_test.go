//go:build e2e

package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
)

// wantTransport expects a page to be live by a transport, and to say it. Where
// it has the choice, the best one may come second: then a probe finds it.
func (p *page) wantTransport(want string) {
	p.t.Helper()
	p.waitFor("the page is connected by "+want, fmt.Sprintf(`edgeboard.state().transport === %q`, want))
	title := eval[string](p, `document.getElementById("status").title`)
	if name := map[string]string{"wt": "WebTransport", "ws": "WebSocket", "sse": "SSE"}[want]; !strings.Contains(title, name) {
		p.t.Errorf("the page is connected by %q and says %q", want, title)
	}
}

// Without being told, pages take WebTransport where they can have it.
func TestBestTransport(t *testing.T) {
	r := startRelay(t)
	ann := open(t, r.url("/b/best"), desktop)
	ben := open(t, r.url("/b/best?transport=ws"), desktop)
	cem := open(t, r.url("/b/best"), window{width: 800, height: 600, scale: 1, language: "zh-CN"})
	ann.wantTransport("wt")
	ben.wantTransport("ws")
	cem.waitFor("the transport is named in Chinese", `document.getElementById("status").title.startsWith("通过 WebTransport 连接")`)

	// By whatever way one comes, it is the same board.
	strokes := quickStrokes(4)
	ann.draw(strokes[0])
	ben.draw(strokes[1])
	ann.stored()
	ben.stored()
	same(ann, ben)
	same(ann, cem)
	for i := range 20 {
		ann.mouse(input.DispatchMouseEventTypeMouseMoved, float64(300+i), 300, nil)
		ben.mouse(input.DispatchMouseEventTypeMouseMoved, 500, float64(200+i), nil)
	}
	at := func(x, y int) string {
		return fmt.Sprintf(`[...document.querySelectorAll("#cursors > *")].some(c => c.style.transform === "translate(%dpx, %dpx)")`, x, y)
	}
	ben.waitFor("a cursor comes from datagrams", at(319, 300))
	ann.waitFor("a cursor comes to datagrams", at(500, 219))
	ann.leave()
	ben.waitFor("a pointer that has left shows no cursor", `![...document.querySelectorAll("#cursors > *")].some(c => c.style.transform.startsWith("translate(3"))`)

	ann.waitFor("the round trip is measured", `edgeboard.state().rtt > 0`)
	ann.waitFor("a press on the light shows how it is connected", `(path => {
		if (!path.matches(":popover-open")) document.getElementById("status").click();
		return path.innerText.includes("WebTransport") && / \d+ ms/.test(path.innerText);
	})(document.getElementById("path"))`)

	// The end of the relay is heard, and the next one found.
	r.kill()
	ann.waitFor("the loss is noticed", `edgeboard.state().phase !== "live" && edgeboard.state().transport === ""`)
	r.start()
	ann.waitFor("the page is back", `edgeboard.state().phase === "live"`)
}

// Where the relay has no UDP, pages are live by WebSocket at once.
func TestRelayWithoutQUIC(t *testing.T) {
	r := startRelay(t, "-quic=false")
	begin := time.Now()
	p := open(t, r.url("/b/tcp"), desktop)
	p.wantTransport("ws")
	t.Logf("live after %v", time.Since(begin).Round(time.Millisecond))
	p.draw(quickStrokes(1)[0])
	p.stored()
}

// between is a way to a relay on which UDP can be stopped, or lose some of what
// it is given, and WebSocket refused, as some companies' proxies do.
type between struct {
	*httptest.Server
	stopped   atomic.Bool
	loses     atomic.Int64 // one of so many datagrams, each way; 0: none
	noSockets atomic.Bool
}

// passes says whether a datagram is passed on.
func (b *between) passes() bool {
	n := b.loses.Load()
	return !b.stopped.Load() && (n == 0 || rand.Int64N(n) > 0)
}

// newBetween passes everything on to a relay: HTTP and WebSocket by a proxy, UDP
// by forwarding each datagram.
func newBetween(t *testing.T, r *relay) *between {
	b := &between{}
	to, err := net.ResolveUDPAddr("udp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	// One port number for both, as relays have it: pages are refused elsewhere.
	var tcp net.Listener
	var front *net.UDPConn
	for front == nil {
		if tcp, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		addr := net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: tcp.Addr().(*net.TCPAddr).Port}
		if front, err = net.ListenUDP("udp", &addr); err != nil {
			tcp.Close() // taken: another one
		}
	}
	var wg sync.WaitGroup
	wg.Go(func() { b.forward(&wg, front, to) })
	port := front.LocalAddr().(*net.UDPAddr).Port
	proxy := passOn(t, r)
	proxy.ModifyResponse = func(resp *http.Response) error {
		if resp.Request.URL.Path != "/transports.json" {
			return nil
		}
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			return err
		}
		text = regexp.MustCompile(`"port":\d+`).ReplaceAll(text, fmt.Appendf(nil, `"port":%d`, port))
		resp.Body = io.NopCloser(bytes.NewReader(text))
		resp.Header.Set("Content-Length", strconv.Itoa(len(text)))
		return nil
	}
	b.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if b.noSockets.Load() && r.Header.Get("Upgrade") != "" {
			http.Error(w, "this protocol is not allowed here", http.StatusForbidden)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	b.Listener.Close()
	b.Listener = tcp
	b.Start()
	t.Cleanup(func() {
		b.Close()
		front.Close()
		wg.Wait()
	})
	return b
}

// forward passes datagrams on, for each sender from a socket of its own.
func (b *between) forward(wg *sync.WaitGroup, front *net.UDPConn, to *net.UDPAddr) {
	backs := map[netip.AddrPort]*net.UDPConn{}
	defer func() {
		for _, back := range backs {
			back.Close()
		}
	}()
	buf := make([]byte, 1<<16)
	for {
		n, from, err := front.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		if !b.passes() {
			continue
		}
		back := backs[from]
		if back == nil {
			if back, err = net.DialUDP("udp", nil, to); err != nil {
				return
			}
			backs[from] = back
			wg.Go(func() {
				buf := make([]byte, 1<<16)
				for {
					n, err := back.Read(buf)
					if errors.Is(err, net.ErrClosed) {
						return
					}
					if err == nil && b.passes() {
						_, _ = front.WriteToUDPAddrPort(buf[:n], from) // lost, as datagrams may be
					}
				}
			})
		}
		_, _ = back.Write(buf[:n])
	}
}

// Where the network lets no UDP through, pages are live by WebSocket soon.
func TestUDPBlocked(t *testing.T) {
	r := startRelay(t)
	b := newBetween(t, r)
	b.stopped.Store(true)
	p := openUnready(t, b.URL+"/b/blocked", desktop)
	p.waitFor("the program runs", `document.documentElement.dataset.state === "ready"`)
	begin := time.Now()
	p.wantTransport("ws")
	t.Logf("live after %v", time.Since(begin).Round(time.Millisecond))
	p.draw(quickStrokes(1)[0])
	p.stored()

	// The next time it begins by what worked.
	r.kill()
	p.waitFor("the loss is noticed", `edgeboard.state().phase !== "live"`)
	r.start()
	p.wantTransport("ws")
}

// UDP is stopped in mid-session: the page goes over to WebSocket, and nothing is
// lost.
func TestUDPStops(t *testing.T) {
	r := startRelay(t)
	b := newBetween(t, r)
	p := open(t, b.URL+"/b/stops", desktop)
	p.wantTransport("wt")
	strokes := quickStrokes(6)
	p.draw(strokes[0])
	p.stored()
	b.stopped.Store(true)
	begin := time.Now()
	for _, s := range strokes[1:4] {
		p.draw(s)
	}
	p.wantTransport("ws")
	t.Logf("gone over after %v", time.Since(begin).Round(time.Millisecond))
	p.draw(strokes[4])
	p.stored()
	other := open(t, r.url("/b/stops?transport=ws"), desktop)
	same(p, other)
	if n := eval[int](other, "edgeboard.elements()"); n != 5 {
		t.Errorf("%d strokes have arrived, want 5", n)
	}

	// It works again, in another network.
	b.stopped.Store(false)
	p.online()
	p.wantTransport("wt")
	p.draw(strokes[5])
	p.stored()
	same(p, other)
}

// Over a path that loses datagrams the others are shown a stroke before it is
// stored, and nothing of that remains when it is. Both notice the loss.
func TestLossyPath(t *testing.T) {
	r := startRelay(t)
	b := newBetween(t, r)
	b.loses.Store(5)
	ann := open(t, b.URL+"/b/lossy", desktop)
	ben := open(t, r.url("/b/lossy"), desktop)
	ann.wantTransport("wt")
	x := 0.0
	until(t, "the loss is noticed", func() bool {
		x++
		ann.mouse(input.DispatchMouseEventTypeMouseMoved, 200+math.Mod(x, 600), 300, nil)
		return eval[float64](ann, "edgeboard.state().loss") > 0.02
	})
	stroke := quickStrokes(1)[0]
	ann.mouse(input.DispatchMouseEventTypeMousePressed, stroke[0].x, stroke[0].y, pressed)
	for _, h := range stroke {
		ann.mouse(input.DispatchMouseEventTypeMouseMoved, h.x, h.y, pressed)
	}
	ben.waitFor("the stroke is shown while the pen is down", "edgeboard.state().sketches === 1")
	last := stroke[len(stroke)-1]
	ann.mouse(input.DispatchMouseEventTypeMouseReleased, last.x, last.y, pressed)
	ann.stored()
	same(ann, ben)
	ben.waitFor("it is shown from the document alone", "edgeboard.state().sketches === 0")
}

// Where the network lets neither UDP nor WebSocket through, pages are live by
// events and POST, and go over to something better when they can.
func TestBothBlocked(t *testing.T) {
	r := startRelay(t)
	b := newBetween(t, r)
	b.stopped.Store(true)
	b.noSockets.Store(true)
	ann := openUnready(t, b.URL+"/b/proxy", desktop)
	ann.waitFor("the program runs", `document.documentElement.dataset.state === "ready"`)
	begin := time.Now()
	ann.wantTransport("sse")
	t.Logf("live after %v", time.Since(begin).Round(time.Millisecond))
	ben := open(t, b.URL+"/b/proxy", desktop)
	ben.wantTransport("sse")

	strokes := quickStrokes(7)
	for _, s := range strokes[:2] {
		ann.draw(s)
	}
	ben.draw(strokes[2])
	ann.stored()
	ben.stored()
	same(ann, ben)
	ann.mouse(input.DispatchMouseEventTypeMouseMoved, 333, 222, nil)
	ben.waitFor("the other's cursor is shown", `[...document.querySelectorAll("#cursors > *")].some(c => c.style.transform === "translate(333px, 222px)")`)

	// The proxy breaks what is under way, as they do after a while: nobody
	// notices.
	b.CloseClientConnections()
	ann.draw(strokes[3])
	ann.stored()
	same(ann, ben)
	ann.wantTransport("sse")

	// The relay ends and begins anew: the pages come back by what works.
	r.kill()
	ann.waitFor("the loss is noticed", `edgeboard.state().phase !== "live"`)
	ann.draw(strokes[4])
	r.start()
	ann.wantTransport("sse")
	ben.wantTransport("sse")
	ann.stored()
	same(ann, ben)

	// Another network lets WebSocket through.
	b.noSockets.Store(false)
	ann.online()
	ben.online()
	ann.wantTransport("ws")
	ben.wantTransport("ws")
	ann.draw(strokes[5])
	ben.draw(strokes[6])
	ann.stored()
	ben.stored()
	same(ann, ben)
	if n := ann.elements(); n != len(strokes) {
		t.Errorf("%d strokes have arrived, want %d", n, len(strokes))
	}
}

// At the relay's usual address too, whose name stands for two addresses.
func TestTransportOfLocalhost(t *testing.T) {
	r := startRelayAt(t, "localhost:0")
	p := open(t, r.url("/b/home"), desktop)
	p.wantTransport("wt")
	p.draw(quickStrokes(1)[0])
	p.stored()
}
