//go:build !js

package sse_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"edgeboard/shared/conn"
	"edgeboard/shared/conn/conntest"
	"edgeboard/shared/conn/sse"
	"edgeboard/shared/wire"
	"edgeboard/shared/wire/wirejson"
)

// Each message is taken once, and in its turn.
func TestNumbers(t *testing.T) {
	r := serve(t)
	l := r.listen("?data=base64", "")
	c := <-r.accepted
	defer c.Close(1001, "")
	path := "/sse/" + l.session
	for _, p := range []struct {
		n, body string
		status  int
		why     string
	}{
		{"2", "two", 409, "it is not its turn"},
		{"1", "one", 204, "the first"},
		{"1", "other", 204, "the first again: the answer was lost"},
		{"3", "three", 409, "one is missing"},
		{"", "two", 400, "without a number"},
		{"0", "two", 400, "counted from 0"},
		{"-1", "two", 400, "no number"},
		{"99999999999999999999", "two", 400, "no number of 64 bits"},
	} {
		if status, text := r.ask("POST", path+"?n="+p.n, binary, p.body); status != p.status {
			t.Errorf("%s: %d %q, want %d", p.why, status, text, p.status)
		}
	}
	receives(t, c, "one")
	if status, _ := r.ask("POST", path+"?n=2", binary, ""); status != 204 {
		t.Errorf("the second: %d", status)
	}
	receives(t, c, "")
	if status, text := r.ask("POST", path+"?n=3", "application/x-www-form-urlencoded", "three"); status != 415 || !strings.Contains(text, "octet-stream") {
		t.Errorf("a form: %d %q", status, text)
	}
	// Who holds nothing makes the next one wait, and who gives it up loses
	// nothing.
	for n := 3; n < 5; n++ {
		ctx, cancel := context.WithCancel(t.Context())
		if n == 3 {
			r.ask("POST", path+"?n=3", binary, "three")
		}
		req, _ := http.NewRequestWithContext(ctx, "POST", r.http.URL+path+"?n=4", strings.NewReader("four"))
		req.Header.Set("Content-Type", binary)
		var wg sync.WaitGroup
		wg.Go(func() {
			resp, err := r.http.Client().Do(req)
			if err == nil {
				resp.Body.Close()
			}
		})
		if n == 3 {
			cancel()
		} else {
			receives(t, c, "three")
			receives(t, c, "four")
		}
		wg.Wait()
		cancel()
	}
}

// Nobody but the client knows the name of a session.
func TestOthers(t *testing.T) {
	r := serve(t)
	l := r.listen("?data=base64", "")
	c := <-r.accepted
	defer c.Close(1001, "")
	if len(l.session) < 26 {
		t.Errorf("%q has less than 128 bits", l.session)
	}
	guess := strings.Repeat("A", 26)
	for _, q := range []struct{ method, path string }{
		{"POST", "/sse/" + guess + "?n=1"}, {"DELETE", "/sse/" + guess}, {"GET", "/sse?last=" + guess + ".0"},
		{"GET", "/sse?last=" + l.session}, {"GET", "/sse?last=" + l.session + ".x"}, {"GET", "/sse?last=" + l.session + ".-1"},
	} {
		if status, text := r.ask(q.method, q.path, binary, ""); status != 404 {
			t.Errorf("%s %s: %d %q, want 404", q.method, q.path, status, text)
		}
	}
	// Pages of others may not use a person's browser to reach a relay that only
	// this person can reach.
	own := r.http.URL
	for _, q := range []struct {
		method, path, origin string
		status               int
	}{
		{"GET", "/sse", "https://elsewhere.example", 403},
		{"GET", "/sse?last=" + l.session + ".0", "null", 403},
		{"POST", "/sse/" + l.session + "?n=1", own + "0", 403},
		{"DELETE", "/sse/" + l.session, "https://elsewhere.example", 403},
		{"POST", "/sse/" + l.session + "?n=1", own, 204},
	} {
		if status, text := r.ask(q.method, q.path, binary, "own", "Origin", q.origin); status != q.status {
			t.Errorf("%s %s by a page of %s: %d %q, want %d", q.method, q.path, q.origin, status, text, q.status)
		}
	}
	receives(t, c, "own")
	for _, q := range []struct{ method, path, allow string }{
		{"POST", "/sse", "GET, HEAD"}, {"OPTIONS", "/sse", "GET, HEAD"},
		{"GET", "/sse/" + l.session, "POST, DELETE"}, {"PUT", "/sse/" + l.session, "POST, DELETE"},
	} {
		req, _ := http.NewRequestWithContext(t.Context(), q.method, r.http.URL+q.path, nil)
		resp, err := r.http.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 405 || resp.Header.Get("Allow") != q.allow {
			t.Errorf("%s %s: %d, Allow %q", q.method, q.path, resp.StatusCode, resp.Header.Get("Allow"))
		}
	}
	if status, text := r.ask("HEAD", "/sse", "", ""); status != 200 || text != "" || r.Sessions() != 1 {
		t.Errorf("HEAD: %d %q, and there are %d sessions", status, text, r.Sessions())
	}
	if status, _ := r.ask("DELETE", "/sse/"+l.session+"?code=x", "", ""); status != 400 {
		t.Errorf("a code that is no number: %d", status)
	}
	if status, _ := r.ask("DELETE", "/sse/"+l.session+"?code=4001&reason=bye", "", ""); status != 204 {
		t.Errorf("DELETE: %d", status)
	}
	_, err := c.Receive(t.Context())
	if closed, ok := errors.AsType[*conn.CloseError](err); !ok || closed.Code != 4001 || closed.Reason != "bye" {
		t.Errorf("the server's end sees %v", err)
	}
}

// Frames in JSON, as a person writes and reads them.
func TestJSON(t *testing.T) {
	r := serve(t)
	l := r.listen("", "")
	c := <-r.accepted
	defer c.Close(1001, "")
	path := "/sse/" + l.session + "?n="
	if status, text := r.ask("POST", path+"1", "application/json; charset=utf-8", `{"hello":{"version":1,"board":"plans","replica":"7","later":[1]}}`); status != 204 {
		t.Fatalf("Hello: %d %q", status, text)
	}
	receives(t, c, string(wire.AppendFrame(nil, 0, &wire.Hello{Version: 1, Board: "plans", Replica: 7})))
	// What is refused is not counted: the person looks again, and goes on.
	for _, body := range []string{"", "hello", `{"ping":{`, `{"seq":"1"}`, "{\"profile\":{\"name\":\"\xff\"}}", `{"update":{"data":"?"}}`,
		`{"cursors":{"list":[` + strings.Repeat("{},", wirejson.MaxObjects) + `{}]}}`} {
		if status, text := r.ask("POST", path+"2", inJSON, body); status != 400 || !strings.Contains(text, "wirejson: ") || len(text) > 400 {
			t.Errorf("%.40q: %d %.500q, want 400", body, status, text)
		}
	}
	if status, text := r.ask("POST", path+"2", inJSON, `[{"ping":{"stamp":"5"}},{"news":{}},{"profile":{"name":"Än"}}]`); status != 204 {
		t.Fatalf("a list: %d %q", status, text)
	}
	receives(t, c, string(wire.AppendFrame(wire.AppendFrame(nil, 0, &wire.Ping{Stamp: 5}), 0, &wire.Profile{Name: "Än"})))

	// Each frame is an event. One of a later version leaves its number out.
	msg := wire.AppendFrame(nil, 0, &wire.Welcome{Version: 1, Member: 3})
	msg = wire.AppendBody(msg, 0, 0, 99, []byte("news"))
	msg = wire.AppendFrame(msg, 8, &wire.Update{Data: []byte("update")})
	send(t, c, string(msg))
	l.wants("1", `{"welcome":{"version":1,"member":3}}`)
	l.wants("3", `{"seq":"8","update":{"data":"dXBkYXRl"}}`)
	l.leave()
	again := r.listen("", l.session+".2")
	again.session = l.session
	again.wants("3", `{"seq":"8","update":{"data":"dXBkYXRl"}}`)
	if err := c.Send(t.Context(), []byte{5}); err == nil {
		t.Error("half a frame was sent as JSON")
	}
	// What is not JSON at all goes too, in the other form.
	if status, _ := r.ask("POST", path+"3", binary, "\x02ab"); status != 204 {
		t.Errorf("bytes: %d", status)
	}
	receives(t, c, "\x02ab")

	// Too much is the end of what comes, however it is written.
	huge := `{"update":{"data":"` + strings.Repeat("AAAA", wire.MaxMessage/3) + `"}}`
	if status, text := r.ask("POST", path+"4", inJSON, huge); status != 413 {
		t.Errorf("a message over the limit: %d %.100q", status, text)
	}
	if _, err := c.Receive(t.Context()); !errors.Is(err, conn.ErrTooLarge) {
		t.Errorf("the server's end sees %v, want ErrTooLarge", err)
	}
	if status, _ := r.ask("POST", path+"4", binary, "small"); status != 410 {
		t.Errorf("after that: %d, want 410", status)
	}
	send(t, c, string(wire.AppendFrame(nil, 0, &wire.Denied{Code: wire.CodeTooLarge})))
	again.wants("4", `{"denied":{"code":1009}}`)
	c.Close(1009, "too much")
	again.wantsClose(`{"code":1009,"reason":"too much"}`)
}

// With a board's name in the address the server says Hello, and nobody else
// says anything.
func TestReader(t *testing.T) {
	r := serve(t)
	for _, c := range []struct{ query, says string }{
		{"?board=", "a board's name is"}, {"?board=_own", "a board's name is"}, {"?board=a&name=" + strings.Repeat("x", wire.MaxName+1), "at most"},
		{"?board=a&vector=!", "base64url"}, {"?data=xml", "json or base64"},
	} {
		if status, text := r.ask("GET", "/sse"+c.query, "", ""); status != 400 || !strings.Contains(text, c.says) {
			t.Errorf("%s: %d %q, want 400 and %q", c.query, status, text, c.says)
		}
	}
	seen := map[uint64]bool{}
	for range 3 {
		l := r.listen("?board=plans&name=Ann&vector="+base64.URLEncoding.EncodeToString([]byte{1, 0xfe, 0xff, 2}), "")
		c := <-r.accepted
		msg, err := c.Receive(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var hello wire.Hello
		for f, err := range wire.Frames(msg) {
			if err != nil || f.Kind != wire.KindHello || hello.Parse(f.Body) != nil {
				t.Fatalf("instead of Hello came %x", msg)
			}
		}
		if hello.Version != wire.Version || hello.Board != "plans" || hello.Name != "Ann" || string(hello.Vector) != "\x01\xfe\xff\x02" ||
			hello.Replica == 0 || hello.Replica >= 1<<53 || seen[hello.Replica] {
			t.Errorf("it says %+v", hello)
		}
		seen[hello.Replica] = true
		if status, text := r.ask("POST", "/sse/"+l.session+"?n=1", binary, "x"); status != 403 || !strings.Contains(text, "reads") {
			t.Errorf("a message of a reader: %d %q, want 403", status, text)
		}
		send(t, c, string(wire.AppendFrame(nil, 0, &wire.Left{Member: 5})))
		l.wants("1", `{"left":{"member":5}}`)
		c.Close(1001, "")
		l.wantsClose(`{"code":1001,"reason":""}`)
	}
}

// Who fills the server finds its end: those who are away make room, and nobody
// else does.
func TestFull(t *testing.T) {
	const most = 1024
	var opened sync.WaitGroup
	count := make(chan struct{}, 2*most)
	s := sse.NewServer(conntest.Limit, func(*http.Request, conn.Conn) { count <- struct{}{} })
	mux := http.NewServeMux()
	mux.Handle("/sse", s)
	away, leave := context.WithCancel(t.Context())
	leave()
	get := func(ctx context.Context) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/sse", nil))
		return w
	}
	first := get(away)
	for range most - 1 {
		get(away)
	}
	if n := s.Sessions(); n != most {
		t.Fatalf("%d sessions", n)
	}
	// Each of those who stay takes the place of one that has left.
	ctx, cancel := context.WithCancel(t.Context())
	for range most {
		opened.Go(func() { get(ctx) })
	}
	for range 2 * most {
		<-count
	}
	if n := s.Sessions(); n != most {
		t.Errorf("%d sessions, want %d", n, most)
	}
	if w := get(away); w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("one more is answered with %d", w.Code)
	}
	_, id, _ := strings.Cut(first.Body.String(), "id: ")
	id, _, _ = strings.Cut(id, "\n")
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", "/sse?last="+id, nil))
	if w.Code != 404 {
		t.Errorf("the first, which has made room, is answered with %d", w.Code)
	}
	cancel()
	opened.Wait()
	ended, end := context.WithCancel(t.Context())
	end()
	if err := s.Close(ended); !errors.Is(err, context.Canceled) || s.Sessions() != 0 {
		t.Errorf("Close returned %v, and %d sessions are left", err, s.Sessions())
	}
	if w := get(away); w.Code != 503 {
		t.Errorf("after Close one is answered with %d", w.Code)
	}
}
