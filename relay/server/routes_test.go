package server

import (
	"bufio"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"edgeboard/relay/feed"
	"edgeboard/relay/room"
	"edgeboard/shared/board"
	"edgeboard/shared/conn/sse"
	"edgeboard/shared/conn/webtransport"
	"edgeboard/shared/wire"
)

// testRoutes are the relay's, with a page of one file and no boards.
func testRoutes(t *testing.T) http.Handler {
	t.Helper()
	h, _ := testServer(t)
	return h
}

func testServer(t *testing.T) (http.Handler, *Server) {
	t.Helper()
	return serverWith(t, func(*Server) {})
}

// serverWith is one that a test has changed before it has its routes.
func serverWith(t *testing.T, change func(*Server)) (http.Handler, *Server) {
	t.Helper()
	hub := room.NewHub(room.Config{Log: quiet()})
	t.Cleanup(func() {
		if err := hub.Close(t.Context()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	})
	s := &Server{
		log: quiet(), hub: hub, settler: newSettler(), gate: newGate(Limits{}.WithDefaults(), nil, quiet()), stopping: t.Context(), feeds: feed.New(feed.Config{}),
		page: newDevAssets(fstest.MapFS{
			"index.html": {Data: []byte("the page")}, programName: {Data: []byte("the program")},
		}),
		quic: &quicSide{server: webtransport.NewServer(&tls.Config{}, nil, quiet())},
	}
	s.sse = sse.NewServer(wire.MaxMessage, s.letInSession)
	change(s)
	s.sse.Origins, s.quic.server.Origins = s.origins, s.origins
	return s.routes(), s
}

func TestRoutes(t *testing.T) {
	h := testRoutes(t)
	for _, c := range []struct {
		method, target string
		status         int
		says           string // a part of the answer
		why            string
	}{
		{"GET", "/healthz", 200, "ok\n", "the relay serves"},
		{"GET", "/b/plans", 200, "the page", "any board has the page"},
		{"GET", "/b/" + strings.Repeat("x", wire.MaxBoardName), 200, "the page", "the longest name"},
		{"GET", "/assets/edgeboard.wasm", 200, "the program", "a part of the page"},
		{"GET", "/b/" + strings.Repeat("x", wire.MaxBoardName+1), 404, "a board's name is", "a name that is too long"},
		{"GET", "/b/_own", 404, "does not begin with _", "a name of the relay's own"},
		{"GET", "/b/a%2Fb", 404, "a board's name is", "a slash in a name"},
		{"GET", "/b/a%00", 404, "a board's name is", "a zero byte in a name"},
		{"GET", "/b/%E7%99%BD", 404, "a board's name is", "letters beyond ASCII"},
		{"GET", "/b/", 404, `"/b/"`, "no name at all"},
		{"GET", "/b/plans/", 404, `"/b/plans/"`, "boards have no parts"},
		{"GET", "/assets/none.js", 404, "none.js", "no such part of the page"},
		{"GET", "/assets/", 404, "/assets/", "the folder is not listed"},
		{"POST", "/none", 404, `"/none"`, "nobody is there, whatever the method"},
		{"GET", "/api/none", 404, `"error":"nothing at`, "the API speaks JSON"},
		{"GET", "/api/notices", 405, `{"error":"this address takes POST alone"}`, "notices are not read"},
		{"PATCH", "/api/boards/plans/people/ann", 405, `takes PUT, DELETE alone`, "all methods are named"},
		{"GET", "/favicon.ico", 404, "boards are at /b/{board}", "what browsers ask for by themselves"},
		{"GET", "/%3Cscript%3E", 404, "/%3Cscript%3E", "the path comes back escaped"},
		{"GET", "/ws", 426, "Upgrade", "no handshake"},
		{"HEAD", "/ws", 426, "", "no handshake"},
		{"GET", "/wt", 426, "WebTransport over HTTP/3 alone", "not by HTTP/3"},
		{"CONNECT", "/wt", 426, "WebTransport over HTTP/3 alone", "not by HTTP/3"},
		{"GET", "/edgeboard.v1.Board/Connect", 405, "a POST", "gRPC is no page"},
		{"POST", "/edgeboard.v1.Board/Connect", 505, "needs HTTP/2", "gRPC over HTTP/1.1"},
		{"POST", "/edgeboard.v1.Board/Other", 404, "one method", "no such method"},
		{"HEAD", "/sse", 200, "", "which opens nothing"},
		{"GET", "/sse?data=xml", 400, "json or base64", "no such form"},
		{"POST", "/sse/none?n=1", 404, "no such session", "nobody has opened it"},
		{"DELETE", "/sse/none", 404, "no such session", "nobody has opened it"},
		{"GET", "/sse/", 404, "/sse/", "no name of a session"},
		{"GET", "/transports.json", 200, "{}", "no UDP here"},
		{"POST", "/transports.json", 405, "takes GET alone", "it only says"},
		{"POST", "/", 405, "takes GET alone", "boards are made by going there"},
		{"PUT", "/b/plans", 405, "takes GET alone", "boards are not uploaded"},
		{"DELETE", "/b/plans", 405, "takes GET alone", "nor deleted"},
		{"POST", "/ws", 405, "takes GET alone", "a handshake is a GET"},
		{"POST", "/assets/edgeboard.wasm", 405, "takes GET alone", "the page is not changed"},
		{"OPTIONS", "/healthz", 405, "takes GET alone", "no other site's script asks"},
		{"HEAD", "/healthz", 200, "", "load balancers ask so"},
		{"HEAD", "/b/plans", 200, "", "and link checkers so"},
		{"HEAD", "/none", 404, "", "also for what is not there"},
	} {
		r := ask(h.ServeHTTP, c.method, c.target)
		text := body(t, r)
		if r.StatusCode != c.status || !strings.Contains(text, c.says) {
			t.Errorf("%s %s (%s): %d %q, want %d and %q", c.method, c.target, c.why, r.StatusCode, text, c.status, c.says)
		}
		if c.status == http.StatusMethodNotAllowed && strings.Contains(c.says, "GET alone") {
			wantHeader(t, r, "Allow", "GET, HEAD")
		}
		wantSecurity(t, r)
	}
	for target, allow := range map[string]string{"/sse": "GET, HEAD", "/sse/none": "POST, DELETE"} {
		r := ask(h.ServeHTTP, "PUT", target)
		wantStatus(t, r, http.StatusMethodNotAllowed)
		wantHeader(t, r, "Allow", allow)
	}
}

// wantSecurity expects what every answer carries.
func wantSecurity(t *testing.T, r *http.Response) {
	t.Helper()
	wantHeader(t, r, "X-Content-Type-Options", "nosniff")
	wantHeader(t, r, "Referrer-Policy", "same-origin")
	wantHeader(t, r, "Cross-Origin-Opener-Policy", "same-origin")
	wantHeader(t, r, "Cross-Origin-Resource-Policy", "same-origin")
	if policy := r.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe-inline") {
		t.Errorf("the policy of the content is %q", policy)
	}
}

// Each visit of the start page makes a board that nobody can guess.
func TestStartMakesABoard(t *testing.T) {
	h := testRoutes(t)
	seen := map[string]bool{}
	for _, method := range []string{"GET", "HEAD", "GET"} {
		r := ask(h.ServeHTTP, method, "/")
		wantStatus(t, r, http.StatusSeeOther)
		wantHeader(t, r, "Cache-Control", "no-store") // or all would share one
		wantSecurity(t, r)
		name, ok := strings.CutPrefix(r.Header.Get("Location"), "/b/")
		if !ok || !wire.ValidBoardName(name) || len(name) != 26 || seen[name] {
			t.Errorf("the start page leads to %q", r.Header.Get("Location"))
		}
		seen[name] = true
	}
}

// Addresses that are not clean lead to the clean ones, by an answer that is as
// safe as the others.
func TestUncleanAddress(t *testing.T) {
	h := testRoutes(t)
	for _, target := range []string{"//b/plans", "/b/../b/plans", "/./healthz"} {
		r := ask(h.ServeHTTP, "GET", target)
		if r.StatusCode/100 != 3 || !strings.HasPrefix(r.Header.Get("Location"), "/") || strings.HasPrefix(r.Header.Get("Location"), "//") {
			t.Errorf("%s: %d to %q", target, r.StatusCode, r.Header.Get("Location"))
		}
		wantSecurity(t, r)
	}
}

// Other sites may not use a person's browser to reach a relay that only this
// person can reach.
func TestOtherOriginsAreRefused(t *testing.T) {
	h := testRoutes(t)
	r := httptest.NewRequest("GET", "/ws", nil)
	for name, value := range map[string]string{
		"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
		"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Origin": "https://elsewhere.example",
	} {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	wantStatus(t, w.Result(), http.StatusForbidden)
}

// Whatever comes over the socket is answered by a code that says what was
// wrong, and the relay serves on.
func TestBadInput(t *testing.T) {
	relay := start(t, t.TempDir())
	witness := relay.enter(1, "b")
	hello := func(change func(*wire.Hello)) []byte {
		m := &wire.Hello{Version: wire.Version, Board: "b", Replica: 5}
		change(m)
		return wire.AppendFrame(nil, 0, m)
	}
	for i, c := range []struct {
		why  string
		msg  []byte
		want wire.Code
	}{
		{"garbage", []byte("garbage"), wire.CodeBadFrame},
		{"an empty frame", []byte{0}, wire.CodeBadFrame},
		{"a message over the limit", make([]byte, wire.MaxMessage+1), wire.CodeTooLarge},
		{"no name of a board", hello(func(m *wire.Hello) { m.Board = "../b" }), wire.CodeBoardName},
		{"a board of the relay's own", hello(func(m *wire.Hello) { m.Board = "_b" }), wire.CodeBoardName},
		{"another version", hello(func(m *wire.Hello) { m.Version = 9 }), wire.CodeVersion},
		{"no replica", hello(func(m *wire.Hello) { m.Replica = 0 }), wire.CodeReplica},
		{"an update before Hello", wire.AppendFrame(nil, 0, &wire.Update{Data: []byte{1}}), wire.CodeOrder},
	} {
		g := relay.dial(board.Replica(10 + i))
		g.say(c.msg)
		g.wantDenied(c.why, c.want)
		witness.draw(board.Point{X: int32(i)})
	}
	g := relay.enter(50, "b")
	g.say(wire.AppendFrame(nil, 0, &wire.Update{Data: []byte("garbage")}))
	g.wantDenied("an update of garbage", wire.CodeBadUpdate)
	witness.draw(board.Point{})

	first := relay.enter(60, "b")
	relay.enter(60, "b")
	first.wantDenied("the same replica came back", wire.CodeReplaced)
	witness.draw(board.Point{})
}

// What the transport itself refuses: frames of text, of no known kind, not
// masked, or cut off in the middle.
func TestBadFrames(t *testing.T) {
	relay := start(t, t.TempDir())
	witness := relay.enter(1, "b")
	mask := func(head byte, text string) []byte { // RFC 6455 section 5.2, with a mask of zeros
		return append([]byte{head, 0x80 | byte(len(text)), 0, 0, 0, 0}, text...)
	}
	for _, c := range []struct {
		why   string
		bytes []byte
		want  wire.Code // 0: just an end
	}{
		{"a text frame", mask(0x81, "hello"), wire.CodeText},
		{"an opcode that is reserved", mask(0x83, "hello"), 1002},
		{"a frame without a mask", []byte{0x82, 1, 'x'}, 0},
		{"plain garbage", []byte("GET / HTTP/1.1\r\n\r\n"), 0},
		{"half a frame", []byte{0x82, 0xff}, 0},
	} {
		socket := rawSocket(t, relay.addr)
		if _, err := socket.Write(c.bytes); err != nil {
			t.Errorf("%s: %v", c.why, err)
		}
		if err := socket.(*net.TCPConn).CloseWrite(); err != nil {
			t.Errorf("%s: %v", c.why, err)
		}
		answer, err := io.ReadAll(socket)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: the connection does not end", c.why)
		}
		if got := closeCode(answer); c.want != 0 && got != c.want {
			t.Errorf("%s: the answer is %q with close code %d, want %d", c.why, answer, got, c.want)
		}
		witness.draw(board.Point{})
	}
}

// closeCode returns what the close frame among short frames of a server says,
// or 0.
func closeCode(frames []byte) wire.Code {
	for len(frames) >= 2 && len(frames) >= 2+int(frames[1]) {
		payload := frames[2 : 2+int(frames[1])]
		if frames[0] == 0x88 && len(payload) >= 2 {
			return wire.Code(binary.BigEndian.Uint16(payload))
		}
		frames = frames[2+len(payload):]
	}
	return 0
}

// rawSocket does the handshake by hand.
func rawSocket(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(limit)); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(c, "GET /ws HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", addr)
	resp, err := http.ReadResponse(bufio.NewReaderSize(c, 16), nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("the handshake: %v, %v", resp, err)
	}
	wantSecurity(t, resp)
	return c
}

// Connections that never finish their request are not kept for ever: the limits
// of the HTTP server are set.
func TestLimitsOfHTTP(t *testing.T) {
	srv, err := New(Config{Data: t.TempDir(), Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.store.Close()
	defer srv.notices.Close(t.Context())
	if s := srv.http; s.ReadHeaderTimeout == 0 || s.IdleTimeout == 0 || s.MaxHeaderBytes == 0 || s.MaxHeaderBytes > 1<<20 {
		t.Errorf("header timeout %v, idle timeout %v, header bytes %d", s.ReadHeaderTimeout, s.IdleTimeout, s.MaxHeaderBytes)
	}
	// Times for a whole request would cut the streams of gRPC.
	if s := srv.http; s.ReadTimeout != 0 || s.WriteTimeout != 0 {
		t.Errorf("read timeout %v, write timeout %v", s.ReadTimeout, s.WriteTimeout)
	}
	if h := srv.http.HTTP2; h.SendPingTimeout == 0 || h.PingTimeout == 0 || h.WriteByteTimeout == 0 {
		t.Errorf("over HTTP/2 a peer that is gone is looked for after %v, and given up after %v or %v", h.SendPingTimeout, h.PingTimeout, h.WriteByteTimeout)
	}
}
