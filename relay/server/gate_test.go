package server

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"edgeboard/relay/room"
)

// gateWith is a gate with a clock of the test's.
func gateWith(limits Limits, log *slog.Logger) (*gate, *time.Time) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	g := newGate(limits.WithDefaults(), nil, log)
	g.now = func() time.Time { return now }
	return g, &now
}

func wantRefusal(t *testing.T, why string, got, want *refusal) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %+v, want %+v", why, got, want)
	}
}

var (
	office = netip.MustParseAddr("203.0.113.5")
	other  = netip.MustParseAddr("203.0.113.6")
	here   netip.Addr // this machine
)

// Each program has notices of its own to send: some at once, then as many as pass in
// the time. Of those that have sent none for a while nothing is kept.
func TestNoticesOfPrograms(t *testing.T) {
	g, now := gateWith(Limits{}, quiet())
	for range noticeBurst {
		wantRefusal(t, "what may come at once", g.notice("build", here), nil)
	}
	wantRefusal(t, "one more", g.notice("build", here), noticedTooFast)
	wantRefusal(t, "another program's", g.notice("deploy", here), nil)
	*now = now.Add(noticedTooFast.retryAfter)
	for range noticeRate {
		wantRefusal(t, "those of a second", g.notice("build", here), nil)
	}
	wantRefusal(t, "one more", g.notice("build", here), noticedTooFast)

	for i := range mostPrograms {
		g.notice(fmt.Sprint(i), here)
	}
	*now = now.Add(noticeBurst / noticeRate * time.Second)
	g.notice("the last", here)
	if n := len(g.programs); n != 1 {
		t.Errorf("%d programs are remembered, want the last alone", n)
	}
}

// An office comes to work, and others too.
func TestGate(t *testing.T) {
	g, now := gateWith(Limits{Connections: 6, ConnectionsPerAddress: 3, AddressRate: 1}, quiet())
	for range 3 {
		wantRefusal(t, "as many as an address may have", g.enter(office), nil)
	}
	wantRefusal(t, "one more of it", g.enter(office), tooManyOfAddress)
	wantRefusal(t, "another address", g.enter(other), nil)
	wantRefusal(t, "this machine", g.enter(here), nil)
	wantRefusal(t, "this machine again", g.enter(here), nil)
	wantRefusal(t, "any, when the relay is full", g.enter(other), tooMany)
	wantRefusal(t, "also this machine", g.enter(here), tooMany)

	g.leave(here)
	g.leave(office)
	wantRefusal(t, "there is a place again, but they come and go too fast", g.enter(office), tooFast)
	*now = now.Add(time.Second)
	wantRefusal(t, "a second later one more may", g.enter(office), nil)
	g.leave(office)
	wantRefusal(t, "but not two", g.enter(office), tooFast)
	*now = now.Add(-time.Hour)
	wantRefusal(t, "a clock that goes backwards gives nothing", g.enter(office), tooFast)
	*now = now.Add(time.Second)
	wantRefusal(t, "and takes nothing", g.enter(office), nil)
	*now = now.Add(time.Hour)
	g.leave(office)

	g.close()
	wantRefusal(t, "at the end", g.enter(other), shuttingDown)
	if g.open != 4 {
		t.Errorf("%d connections are open, want two of the office, one of another and one from here", g.open)
	}
}

func TestGateWithoutLimitsOfAddresses(t *testing.T) {
	g, _ := gateWith(Limits{ConnectionsPerAddress: -1, AddressRate: -1}, quiet())
	for range 5000 {
		wantRefusal(t, "an address that may have any number", g.enter(office), nil)
	}
	for range 5000 {
		g.leave(office)
	}
	if len(g.addresses) != 0 {
		t.Error("the address is remembered")
	}
}

// However many addresses come, those that have gone are forgotten.
func TestGateForgets(t *testing.T) {
	g, now := gateWith(Limits{}, quiet())
	at := netip.MustParseAddr("198.18.0.0")
	for range 1 << 17 {
		if g.enter(at) != nil {
			t.Fatal("one that comes once is turned away")
		}
		g.leave(at)
		at = at.Next()
		*now = now.Add(time.Millisecond)
		if len(g.addresses) > 2*tidyLeast {
			t.Fatalf("%d addresses are remembered", len(g.addresses))
		}
	}
	// The allowance of the last ones is whole again after a while.
	*now = now.Add(time.Minute)
	g.mu.Lock()
	defer g.mu.Unlock()
	for a, x := range g.addresses {
		g.forget(a, x)
	}
	if len(g.addresses) != 0 {
		t.Errorf("%d addresses are remembered for ever", len(g.addresses))
	}
}

func TestPlace(t *testing.T) {
	g, _ := gateWith(Limits{}, quiet())
	g.proxies = proxies{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8:9::1/128")}
	for _, c := range []struct{ from, want, why string }{
		{"203.0.113.5:4000", "203.0.113.5", "an address of version 4 is one of its own"},
		{"[2001:db8:1:2:3:4:5:6]:4000", "2001:db8:1:2::", "of version 6 the first 64 bits"},
		{"[2001:db8:1:2::9%eth0]:4000", "2001:db8:1:2::", "whatever the interface"},
		{"[::ffff:203.0.113.5]:4000", "203.0.113.5", "one of version 4 stays one"},
		{"127.0.0.1:4000", "invalid IP", "this machine has no limits of an address"},
		{"127.8.0.1:4000", "invalid IP", "nor by another name"},
		{"[::1]:4000", "invalid IP", "nor in version 6"},
		{"192.0.2.7:4000", "invalid IP", "a proxy, behind which everybody is"},
		{"[::ffff:192.0.2.7]:4000", "invalid IP", "the same in version 6"},
		{"[2001:db8:9::1]:4000", "invalid IP", "another"},
		{"[2001:db8:9::2]:4000", "2001:db8:9::", "one beside it is none"},
		{"pipe", "invalid IP", "what comes from no network neither"},
	} {
		if got := g.place(parseAddress(c.from)).String(); got != c.want {
			t.Errorf("%s: %s, want %s: %s", c.from, got, c.want, c.why)
		}
	}
}

// The log tells of a limit at once, and then once a minute.
func TestLimitsAreToldOnceAMinute(t *testing.T) {
	var log bytes.Buffer
	g, now := gateWith(Limits{Connections: 1}, slog.New(slog.NewTextHandler(&log, nil)))
	g.enter(other)
	for range 100 {
		g.enter(office)
	}
	*now = now.Add(tellEvery)
	g.enter(office)
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], "limit=connections turned_away=1 ") || !strings.Contains(lines[1], "turned_away=100 last_address=203.0.113.5") {
		t.Errorf("the log is\n%s", log.String())
	}
}

// full is a relay without a place for another connection.
func full(t *testing.T, no *refusal) http.Handler {
	t.Helper()
	h, s := testServer(t)
	switch no {
	case tooMany:
		s.gate.limits.Connections = 0
	case tooManyOfAddress:
		s.gate.limits.ConnectionsPerAddress = 0
	case tooFast:
		s.gate.limits.ConnectionsPerAddress, s.gate.limits.AddressRate = 1, 1
		if no := s.gate.enter(office); no != nil {
			t.Fatal(no)
		}
		s.gate.leave(office)
	case shuttingDown:
		s.gate.close()
	}
	return h
}

// Over a limit each transport has its answer, and the page is there for all.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		no         *refusal
		status     int
		retryAfter string
		grpcStatus string // https://grpc.io/docs/guides/status-codes/
		says       string
	}{
		{tooMany, 503, "5", "14", "as many connections as it can take"},
		{tooManyOfAddress, 429, "10", "8", "of this address"},
		{tooFast, 429, "2", "8", "faster than they may"},
		{shuttingDown, 503, "2", "14", "shutting down"},
	} {
		h := full(t, c.no)
		ask := func(method, target string, header ...string) *http.Response {
			r := httptest.NewRequest(method, target, nil)
			r.RemoteAddr = net.JoinHostPort(office.String(), "4000")
			for i := 0; i < len(header); i += 2 {
				r.Header.Set(header[i], header[i+1])
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			return w.Result()
		}
		for _, target := range []string{"GET /ws", "CONNECT /wt", "GET /sse", "GET /sse?board=plans"} {
			method, path, _ := strings.Cut(target, " ")
			resp := ask(method, path)
			var text bytes.Buffer
			_, _ = text.ReadFrom(resp.Body)
			if resp.StatusCode != c.status || resp.Header.Get("Retry-After") != c.retryAfter || !strings.Contains(text.String(), c.says) || strings.Contains(text.String(), "{") {
				t.Errorf("%s over %s: status %d, Retry-After %q, %q", target, c.no.limit, resp.StatusCode, resp.Header.Get("Retry-After"), text.String())
			}
		}
		resp := ask("POST", connectMethod, "Content-Type", "application/grpc")
		if got := resp.Header.Get("Grpc-Status") + resp.Trailer.Get("Grpc-Status"); resp.StatusCode != 200 || got != c.grpcStatus {
			t.Errorf("gRPC over %s: status %d, of gRPC %q, want %s", c.no.limit, resp.StatusCode, got, c.grpcStatus)
		}
		for _, target := range []string{"/b/plans", "/healthz", "/transports.json", "/assets/edgeboard.wasm"} {
			if resp := ask("GET", target); resp.StatusCode != 200 {
				t.Errorf("%s over %s: status %d", target, c.no.limit, resp.StatusCode)
			}
		}
	}
}

// The limits that rooms keep are those that were asked for.
func TestLimitsHaveDefaults(t *testing.T) {
	l := Limits{Limits: room.Limits{Members: 7}, AddressRate: -1}.WithDefaults()
	if l.Members != 7 || l.AddressRate != -1 {
		t.Errorf("what was set is %+v", l)
	}
	if l.Connections != 20_000 || l.ConnectionsPerAddress != 256 || l.Rooms != 20_000 || l.BoardBytes != 64<<20 || l.MemberRate != 1<<20 {
		t.Errorf("what was not is %+v", l)
	}
}

// QUIC connections are counted with those of TCP: of an address, and of all.
func TestQUICIsAdmitted(t *testing.T) {
	g, _ := gateWith(Limits{Connections: 8, ConnectionsPerAddress: 2}, quiet())
	from := func(a netip.Addr) net.Addr { return &net.UDPAddr{IP: a.AsSlice(), Port: 4000} }
	var releases []func()
	for range socketsPerPlace * 2 {
		release, ok := g.admitQUIC(from(office))
		if !ok {
			t.Fatal("one of an office is refused")
		}
		releases = append(releases, release)
	}
	if _, ok := g.admitQUIC(from(office)); ok {
		t.Error("an address has more than it may")
	}
	if _, ok := g.admitQUIC(from(other)); !ok {
		t.Error("another address is refused")
	}
	if !g.verifyQUIC(from(other)) {
		t.Error("nobody has to show where it is, and there are many")
	}
	for _, release := range releases {
		release()
	}
	if g.verifyQUIC(from(other)) {
		t.Error("a round trip is asked for, and there is one connection")
	}
	if _, ok := g.admitQUIC(from(office)); !ok {
		t.Error("what has ended is counted still")
	}
}
