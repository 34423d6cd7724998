package server

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/relay/feed"
	live "edgeboard/shared/feed"
)

// Who follows a feed is told the last point, and then what comes; who comes back is told
// what came meanwhile.
func TestFeedEvents(t *testing.T) {
	s := startWith(t, Config{Data: t.TempDir(), Log: quiet(), Feeds: FeedLimits{Points: 3}}, false).sensor("")
	s.says(at("oven", "b"), "", "1", 1)
	s.says(at("oven", "b"), "", "2", 1)
	s.says(at("oven.door", "b"), "", "open\nwide", 1)
	s.says(at("oven", "c"), "", "99", 1)
	events := s.follow("oven", "b", "")
	events.until(`"value":2}`)
	if !regexp.MustCompile(`^[A-Z2-7]{8}-[1-9][0-9]*$`).MatchString(events.last) {
		t.Errorf("the id of an event is %q", events.last)
	}
	all := s.follow("*", "b", "")
	if before := all.until(`"feed":"oven.door","time":` + s.lastTime("oven.door") + `,"value":"open\nwide"}`); len(before) != 1 {
		t.Errorf("who follows all feeds is told %q before the last one", before)
	}
	s.says(at("oven.door", "b"), "", "shut", 1)
	s.says(at("oven", "b"), "", "3", 1)
	if other := events.until(`"value":3}`); len(other) > 0 {
		t.Errorf("who follows one feed is told %q of others", other)
	}
	all.until(`"value":"shut"}`)
	all.until(`"value":3}`)
	events.close()
	s.says(at("oven", "b"), mediaJSON, `[{"value":4},{"value":5}]`, 2)
	back := s.follow("oven*", "b", events.last)
	back.until(`"value":4}`)
	back.until(`"value":5}`)
	s.says(at("oven", "b"), "", "6", 1)
	if more := back.until(`"value":6}`); len(more) > 0 {
		t.Errorf("who comes back is told %q besides", more)
	}
	// Of what came since then one is kept no longer.
	s.says(at("oven", "b"), "", "7", 1)
	late := s.follow("oven", "b", events.last)
	late.until(": some points are missing here")
	if left := late.until(`"value":7}`); len(left) != 2 {
		t.Errorf("who comes back late is told %q before the last one", left)
	}
	// What it has is of a relay that is no more.
	for _, last := range []string{"AAAAAAAA-5", "5", "-", late.last + "0x", strings.Split(late.last, "-")[0] + "-0"} {
		other := s.follow("oven", "b", last)
		other.until(": the relay has started anew since then: what follows is all that it has")
		if left := other.until(`"value":7}`); len(left) != 2 {
			t.Errorf("who has %q is told %q before the last one", last, left)
		}
		other.close()
	}
}

// lastTime is when a feed of board b has its last point.
func (s *sensor) lastTime(feed string) string {
	s.t.Helper()
	for _, f := range s.ask("GET", "/api/v1/feeds?board=b", "", nil).Feeds {
		if f.Feed == feed {
			return fmt.Sprint(f.Time)
		}
	}
	s.t.Fatalf("there is no feed %q", feed)
	return ""
}

// All that the relay has includes the first point that it was ever given.
func TestFirstPointEver(t *testing.T) {
	s := start(t, t.TempDir()).sensor("")
	s.says(at("oven", "b"), mediaJSON, `[{"value":1},{"value":2}]`, 2)
	events := s.follow("oven", "b", "AAAAAAAA-5")
	if first := events.until(`"value":2}`); len(first) != 1 {
		t.Errorf("before the second point %q is told", first)
	}
}

// By both versions of HTTP points come as they happen.
func TestFeedEventsOverTLS(t *testing.T) {
	dir := t.TempDir()
	cert, key, pool := certificateFiles(t, dir)
	r := startWith(t, Config{Data: filepath.Join(dir, "data"), Cert: cert, Key: key, Log: quiet()}, false)
	trust := &tls.Config{RootCAs: pool, ServerName: "localhost"}
	for name, two := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		over := &http.Transport{TLSClientConfig: trust.Clone(), ForceAttemptHTTP2: two}
		defer over.CloseIdleConnections()
		resp, err := (&http.Client{Transport: over}).Get("https://" + r.addr + "/api/v1/feeds/*/events?board=b")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if (resp.ProtoMajor == 2) != two {
			t.Errorf("%s: it is %s", name, resp.Proto)
		}
		body, writer := io.Pipe()
		q, _ := http.NewRequestWithContext(t.Context(), "POST", "https://"+r.addr+at("x", "b"), body)
		q.Header.Set("Content-Type", mediaLines)
		answered := make(chan string, 1)
		go func() {
			resp, err := over.RoundTrip(q)
			if err != nil {
				answered <- err.Error()
				return
			}
			defer resp.Body.Close()
			text, _ := io.ReadAll(resp.Body)
			answered <- string(text)
		}()
		events := &follower{t: t, lines: bufio.NewScanner(resp.Body)}
		for _, line := range []string{"1", "2"} {
			_, _ = io.WriteString(writer, line+"\n")
			events.until(`"value":` + line + "}")
		}
		_, _ = io.WriteString(writer, "{}\n")
		if text := <-answered; !strings.Contains(text, `"line":3`) || !strings.Contains(text, `"taken":2`) {
			t.Errorf("%s: a wrong line is answered with %q", name, text)
		}
		writer.Close()
	}
}

// Events end with the relay, which says so, and for who may not see the board any more.
func TestFeedEventsEnd(t *testing.T) {
	o := keyed(t)
	oven := o.sensor(o.publishing(map[string]auth.Role{"*": auth.Editor}))
	reading := func(name string) *sensor {
		return o.sensor(o.sign(&auth.Grant{Subject: name, Token: name, Boards: map[string]auth.Role{"plans": auth.Viewer}, Issued: time.Now(), Until: time.Now().Add(time.Hour)}))
	}
	ann, bob := reading("ann").follow("x", "plans", ""), reading("bob").follow("x", "plans", "")
	oven.says(at("x", "plans"), "", "1", 1)
	ann.until(`"value":1}`)
	bob.until(`"value":1}`)
	o.page().ask("POST", "/api/revocations", o.token("root", auth.Owner), `{"token":"bob"}`).want(t, "it is taken back", 204)
	oven.says(at("x", "plans"), "", "2", 1)
	if more := bob.until(": the end: access was taken back; ask for a new token"); len(more) > 0 {
		t.Errorf("who may not see the board any more is told %q", more)
	}
	ann.until(`"value":2}`)
	ended := make(chan struct{})
	go func() { defer close(ended); o.end() }()
	ann.until(": the end: the relay is shutting down")
	<-ended
}

// A line comes every 15 s where nothing happens.
func TestFeedHeartbeat(t *testing.T) {
	inBubble(t, Limits{}, func(b *bubble) {
		p := b.dial("203.0.113.5:1")
		defer p.leave()
		p.write("GET /api/v1/feeds/x/events?board=b HTTP/1.1\r\nHost: board\r\n\r\n")
		begin, beats := time.Now(), 0
		for beats < 10 {
			line, err := p.in.ReadString('\n')
			if err != nil {
				b.t.Fatal(err)
			}
			if line == ": still here\n" {
				beats++
				if passed := time.Since(begin); passed != time.Duration(beats)*15*time.Second {
					b.t.Errorf("beat %d comes after %v", beats, passed)
				}
			}
		}
	})
}

// Who takes nothing of what it asks for holds up nobody, and is given up.
func TestSlowFeedReader(t *testing.T) {
	inBubble(t, Limits{}, func(b *bubble) {
		slow := b.dial("203.0.113.5:1")
		defer slow.leave()
		slow.write("GET /api/v1/feeds/x/events?board=b HTTP/1.1\r\nHost: board\r\n\r\n")
		if _, err := slow.in.ReadString('\n'); err != nil {
			b.t.Fatal(err)
		}
		for i := range 20_000 {
			if err := b.srv.feeds.Publish("b", feed.Batch{Feed: "x", Points: []live.Point{{Number: float64(i)}}}); err != nil {
				b.t.Fatal(err)
			}
		}
		time.Sleep(writeTimeout + feedHeartbeat)
		synctest.Wait()
		b.srv.gate.mu.Lock()
		defer b.srv.gate.mu.Unlock()
		if b.srv.gate.open != 0 {
			b.t.Errorf("%d connections are counted", b.srv.gate.open)
		}
	})
}

// What lasts counts as a connection of its address.
func TestFeedConnections(t *testing.T) {
	s := startWith(t, Config{
		Data: t.TempDir(), Access: Access{Open: true}, Log: quiet(), TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
		Limits: Limits{ConnectionsPerAddress: 2},
	}, false).sensor("")
	s.from = "203.0.113.5"
	open := func() (*http.Response, error) {
		q, _ := http.NewRequestWithContext(t.Context(), "GET", s.base+"/api/v1/feeds/x/events?board=b", nil)
		q.Header.Set("X-Forwarded-For", s.from)
		return http.DefaultClient.Do(q)
	}
	for range 2 {
		resp, err := open()
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		wantStatus(t, resp, 200)
	}
	for _, c := range []struct{ method, path, media string }{
		{"GET", "/api/v1/feeds/x/events?board=b", ""}, {"POST", at("x", "b"), mediaLines},
	} {
		if a := s.ask(c.method, c.path, c.media, strings.NewReader("1\n")).want(t, c.method, 429); a.header.Get("Retry-After") == "" {
			t.Errorf("%s does not say when to come again", c.method)
		}
	}
	s.says(at("x", "b"), "", "1", 1)
}

// Pages of other sites read nothing.
func TestFeedEventsOfOtherSites(t *testing.T) {
	s := start(t, t.TempDir()).sensor("")
	for _, path := range []string{"/api/v1/feeds/x/events?board=b"} {
		q, _ := http.NewRequestWithContext(t.Context(), "GET", s.base+path, nil)
		q.Header.Set("Origin", "https://elsewhere.example")
		s.send(q).want(t, path, 403)
	}
}

// A body that does not come is waited for a minute.
func TestSlowPublisher(t *testing.T) {
	inBubble(t, Limits{}, func(b *bubble) {
		p := b.dial("203.0.113.5:1")
		defer p.leave()
		begin := time.Now()
		p.write("POST /api/v1/feeds/x?board=b HTTP/1.1\r\nHost: board\r\nContent-Length: 10\r\n\r\n2")
		resp, err := http.ReadResponse(p.in, nil)
		if err != nil {
			b.t.Fatal(err)
		}
		defer resp.Body.Close()
		if text, _ := io.ReadAll(resp.Body); resp.StatusCode != 400 || time.Since(begin) != feedBodyTime || !resp.Close {
			b.t.Errorf("after %v it is answered %d %s, and the connection ends: %v", time.Since(begin), resp.StatusCode, text, resp.Close)
		}
		if len(b.srv.feeds.List("b")) > 0 {
			b.t.Error("what has come of it is taken")
		}
	})
}
