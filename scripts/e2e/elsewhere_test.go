//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/input"

	"edgeboard/shared/conn"
	"edgeboard/shared/conn/origin"
	"edgeboard/shared/conn/ws"
	"edgeboard/shared/wire"
)

// herald stands before a relay and passes everything on, WebSockets message by message,
// so that it can say things to the pages that only a relay among others says.
type herald struct {
	*httptest.Server
	t *testing.T

	mu    sync.Mutex // also held while something is sent to a page
	pages map[conn.Conn]bool
}

// newHerald stands before nobody yet: what it stands before may have to know its address.
func newHerald(t *testing.T) *herald {
	h := &herald{t: t, pages: map[conn.Conn]bool{}}
	h.Server = httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(h.Close)
	return h
}

func (h *herald) before(r *relay) {
	proxy := passOn(h.t, r)
	h.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/ws" {
			h.pass(w, q, r)
			return
		}
		proxy.ServeHTTP(w, q)
	})
}

func (h *herald) pass(w http.ResponseWriter, q *http.Request, r *relay) {
	ctx, stop := context.WithCancel(q.Context())
	defer stop()
	there, err := ws.Dial(ctx, "ws://"+r.addr+"/ws", wire.MaxMessage)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	page, err := ws.Accept(w, q, wire.MaxMessage, origin.List{})
	if err != nil {
		there.Close(uint32(wire.CodeNormal), "")
		return
	}
	h.mu.Lock()
	h.pages[page] = true
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		delete(h.pages, page)
		h.mu.Unlock()
	}()
	var both sync.WaitGroup
	pass := func(from, to conn.Conn, send func(context.Context, []byte) error) {
		defer to.Close(uint32(wire.CodeNormal), "")
		for {
			msg, err := from.Receive(ctx)
			if err != nil || send(ctx, msg) != nil {
				return
			}
		}
	}
	both.Go(func() { pass(page, there, there.Send) })
	both.Go(func() {
		pass(there, page, func(ctx context.Context, msg []byte) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			return page.Send(ctx, msg)
		})
	})
	both.Wait()
}

// tell says something to all pages.
func (h *herald) tell(m wire.Message) {
	h.t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	for page := range h.pages {
		if err := page.Send(h.t.Context(), wire.AppendFrame(nil, 0, m)); err != nil {
			h.t.Errorf("a page does not take it: %v", err)
		}
	}
}

// here is how many pages are connected by way of the herald.
func (h *herald) here() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.pages)
}

// cut breaks the connections of all pages.
func (h *herald) cut() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for page := range h.pages {
		page.Close(uint32(wire.CodeInternal), "")
	}
}

// light waits until the status light and the text beside it are so.
func (p *page) light(state, text string) {
	p.t.Helper()
	p.waitFor("the light is "+state+" and says "+text, fmt.Sprintf(
		`(s => s.dataset.state === %q && s.innerText.replace(/\s+/g, " ").trim() === %q)(document.getElementById("status"))`, state, text))
}

// A relay that is cut off from those that serve the board with it says so, and the page
// shows where changes are: by the light, in words, and once aloud.
func TestEdgeOnly(t *testing.T) {
	r := startRelay(t)
	h := newHerald(t)
	h.before(r)
	ann := open(t, h.URL+"/b/edge?transport=ws", desktop)
	eval[bool](ann, `(window.aloud = [], new MutationObserver(() => aloud.push(document.getElementById("toast").textContent)).observe(document.getElementById("toast"), {childList: true}), true)`)
	ann.light("live", "Live")
	ann.draw(quickStrokes(1)[0])
	ann.light("live", "Live saved")

	h.tell(&wire.Notice{Code: wire.CodeEdgeOnly})
	ann.light("edge", "This relay only saved here")
	ann.waitFor("the light says more", `/cannot reach the others/.test(document.getElementById("status").title) && /WebSocket/.test(document.getElementById("path").textContent)`)
	ann.waitFor("it is said aloud", `aloud.length === 1 && /others will get it/.test(aloud[0])`)
	ann.draw(quickStrokes(2)[1])
	ann.stored()
	ann.light("edge", "This relay only saved here")
	ann.screenshot("edge-only")

	// A connection that breaks meanwhile is no news.
	h.cut()
	ann.waitFor("the loss is noticed", `edgeboard.state().phase !== "live"`)
	ann.light("live", "Live saved")
	h.tell(&wire.Notice{Code: wire.CodeEdgeOnly})
	ann.light("edge", "This relay only saved here")

	// A disk that is full is worse.
	h.tell(&wire.Notice{Code: wire.CodeNotStored})
	ann.light("live", "Live saved")
	h.tell(&wire.Notice{Code: wire.CodeEdgeOnly})
	ann.light("edge", "This relay only saved here")
	h.tell(&wire.Notice{})
	ann.light("live", "Live saved")
	ann.waitFor("the light says no more of it", `!/cannot reach/.test(document.getElementById("status").title)`)
	if said := eval[[]string](ann, `aloud.filter((text) => text)`); len(said) != 1 {
		t.Errorf("it was said aloud %q, want once", said)
	}

	cem := open(t, h.URL+"/b/edge?transport=ws", window{width: 360, height: 640, scale: 1, touch: true, dark: true, language: "zh-CN"})
	h.tell(&wire.Notice{Code: wire.CodeEdgeOnly})
	cem.waitFor("the light is told in Chinese", `document.getElementById("status").dataset.state === "edge" && document.getElementById("status-text").textContent === "仅此服务器"`)
	cem.screenshot("edge-only-phone")
}

// Two relays know each other's pages, and the first one sends its pages to the second: they
// take with them what they have, and all that is seen of it is a blink of the light. When
// the second one is gone, they come back.
func TestSentElsewhere(t *testing.T) {
	h := newHerald(t)
	second := startRelay(t, "-origins", h.URL)
	first := startRelay(t, "-origins", second.url(""))
	h.before(first)
	ann := open(t, h.URL+"/b/moved?transport=ws", large)
	ben := open(t, h.URL+"/b/moved?transport=ws", large)
	rename(ann, "Ann Lee")
	rename(ben, "Ben Okri")
	for i, p := range []*page{ann, ben} {
		p.draw(quickStrokes(2)[i])
		p.stored()
	}
	same(ann, ben)
	// Ben is writing, with a part of it selected, and Ann draws.
	ben.key("n")
	ben.clickAt(0, [2]float64{620, 480}, 1)
	ben.begun()
	ben.put("half of it")
	ben.writes("half of it")
	eval[bool](ben, `(document.getElementById("writing").setSelectionRange(0, 4), true)`)
	ben.mouse(input.DispatchMouseEventTypeMouseMoved, 500, 200, nil)
	stroke := handStrokes(4)[3]
	ann.key("p")
	ann.press(stroke[0])
	ann.drag(stroke[1:10])
	ann.waitFor("Ben's cursor is there", `document.querySelectorAll("#cursors > *").length === 1 && document.querySelectorAll("#people > li").length === 1`)
	const inHand = `[...edgeboard.state().selected, edgeboard.state().tool, edgeboard.state().writing]`
	before, field := eval[[]string](ben, inHand), ben.field()

	// What is to be seen is looked at every few milliseconds.
	const watch = `(() => {
		const see = () => [document.getElementById("status-text").textContent, document.getElementById("pending").textContent,
			document.querySelectorAll("#people > li").length, [...document.querySelectorAll("#cursors > *")].map((c) => c.innerText).join(),
			document.getElementById("offline").dataset.shown === "true"].join(" | ");
		window.saw = new Set();
		window.states = new Set();
		setInterval(() => { saw.add(see()); states.add(document.getElementById("status").dataset.state); }, 4);
		return true;
	})()`
	eval[bool](ann, watch)
	h.tell(&wire.Moved{AfterMS: 300, To: second.url("")})
	until(t, "both have left the first relay", func() bool { return h.here() == 0 })
	ann.stored()
	ben.stored()
	ann.waitFor("Ben is there too", `edgeboard.state().people === 1`)
	saw := eval[[]string](ann, `[...saw]`)
	for _, line := range saw {
		if strings.Contains(line, "Offline") || strings.Contains(line, "Connecting") || !strings.Contains(line, " | 1 | Ben Okri | ") {
			t.Errorf("Ann saw %q", line)
		}
	}
	if states := eval[[]string](ann, `[...states]`); !slices.Contains(states, "connecting") || slices.Contains(states, "offline") {
		t.Errorf("the light was %q, want it to blink", states)
	}
	if after := eval[[]string](ben, inHand); !slices.Equal(after, before) || ben.field() != field {
		t.Errorf("Ben has %q in hand, and the field is %v; want %q, %v", after, ben.field(), before, field)
	}
	ben.put("all")
	ben.writes("all of it")
	ben.key("Escape")
	ben.done()
	ann.drag(stroke[10:])
	ann.release(stroke[len(stroke)-1])
	ann.stored()
	if list := ann.list(); len(list) != 4 || list[3].Points < len(stroke)/2 {
		t.Errorf("what Ann has drawn is %v", list)
	}
	cem := open(t, second.url("/b/moved"), desktop)
	same(ann, cem)
	ben.draw(quickStrokes(3)[2])
	ben.stored()
	same(ann, ben)
	same(ann, cem)

	// The second relay is gone, and the first one has missed something.
	cem.close()
	second.stop(os.Kill)
	for _, p := range []*page{ann, ben} {
		p.waitFor("it is back at the first relay", `edgeboard.state().phase === "live"`)
		p.stored()
	}
	until(t, "both are back", func() bool { return h.here() == 2 })
	same(ann, ben)
	dan := open(t, first.url("/b/moved"), desktop)
	same(ann, dan)
}

// By whatever transport there is to the other relay, pages come to it.
func TestSentElsewhereByOtherTransports(t *testing.T) {
	h := newHerald(t)
	second := startRelay(t, "-origins", h.URL)
	to, err := url.Parse(second.url(""))
	if err != nil {
		t.Fatal(err)
	}
	// One more way to it, on which nothing passes but plain requests.
	proxy := &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(to) }, ErrorLog: log.New(io.Discard, "", 0)}
	plain := serve(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/ws" || q.URL.Path == "/transports.json" {
			http.Error(w, "this is not allowed here", http.StatusForbidden)
			return
		}
		proxy.ServeHTTP(w, q)
	}))
	first := startRelay(t, "-quic=false", "-origins", second.url("")+","+plain)
	h.before(first)
	for by, there := range map[string]string{"wt": second.url(""), "sse": plain} {
		p := open(t, h.URL+"/b/"+by, desktop)
		p.wantTransport("ws")
		p.draw(quickStrokes(1)[0])
		p.stored()
		h.tell(&wire.Moved{AfterMS: 100, To: there})
		until(t, "the page has left", func() bool { return h.here() == 0 })
		p.stored()
		p.online() // it looks for a better transport at once
		p.wantTransport(by)
		p.draw(quickStrokes(2)[1])
		p.stored()
		q := open(t, second.url("/b/"+by), desktop)
		same(p, q)
		p.close()
		q.close()
	}
}
