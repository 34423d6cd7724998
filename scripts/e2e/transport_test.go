//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
)

// wantTransport expects a page that is live to be so by a transport, and to say
// it.
func (p *page) wantTransport(want string) {
	p.t.Helper()
	got := eval[string](p, "edgeboard.state().transport")
	title := eval[string](p, `document.getElementById("status").title`)
	if name := map[string]string{"wt": "WebTransport", "ws": "WebSocket"}[want]; got != want || !strings.Contains(title, name) {
		p.t.Errorf("the page is connected by %q and says %q, want %q", got, title, want)
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
	cem.waitFor("the transport is named in Chinese", `document.getElementById("status").title === "通过 WebTransport 连接"`)

	// By whatever way one comes, it is the same board.
	strokes := handStrokes(4)
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
	p.draw(handStrokes(1)[0])
	p.stored()
}

// Where the network lets no UDP through, pages are live by WebSocket soon.
func TestUDPBlocked(t *testing.T) {
	r := startRelay(t)
	// A way to the relay that says of a UDP port that it is there, and drops
	// what comes.
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	port := silent.LocalAddr().(*net.UDPAddr).Port
	target, err := url.Parse(r.url(""))
	if err != nil {
		t.Fatal(err)
	}
	through := httputil.NewSingleHostReverseProxy(target)
	through.ModifyResponse = func(resp *http.Response) error {
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
	proxy := httptest.NewServer(through)
	defer proxy.Close()

	p := openUnready(t, proxy.URL+"/b/blocked", desktop)
	p.waitFor("the program runs", `document.documentElement.dataset.state === "ready"`)
	begin := time.Now()
	p.waitFor("the page is live", `window.edgeboard && edgeboard.state().phase === "live"`)
	p.wantTransport("ws")
	if took := time.Since(begin); took > 6*time.Second {
		t.Errorf("it took %v", took)
	} else {
		t.Logf("live after %v", took.Round(time.Millisecond))
	}
	p.draw(handStrokes(1)[0])
	p.stored()

	// The next time it does not wait again.
	p.waitFor("it has stored", `edgeboard.state().unsent === 0`)
	again := time.Now()
	r.kill()
	p.waitFor("the loss is noticed", `edgeboard.state().phase !== "live"`)
	r.start()
	p.waitFor("the page is back", `edgeboard.state().phase === "live"`)
	t.Logf("back after %v", time.Since(again).Round(time.Millisecond))
}

// At the relay's usual address too, whose name stands for two addresses.
func TestTransportOfLocalhost(t *testing.T) {
	r := startRelayAt(t, "localhost:0")
	p := open(t, r.url("/b/home"), desktop)
	p.wantTransport("wt")
	p.draw(handStrokes(1)[0])
	p.stored()
}
