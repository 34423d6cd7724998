package server

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/relay/status"
	"edgeboard/shared/board"
	"edgeboard/shared/feed"
	"edgeboard/shared/wire"
)

// watchman is a token that names the board of the relay's own figures, in a role that it
// does not give there.
func (o *operator) watchman(role auth.Role) string {
	o.t.Helper()
	return o.sign(&auth.Grant{
		Subject: "root", Boards: map[string]auth.Role{wire.StatusBoard: role}, Feeds: true, Token: "root-1",
		Issued: time.Now(), Until: time.Now().Add(time.Hour),
	})
}

// onlooking is a guest who watches live data.
type onlooking struct {
	*guest
	decoder feed.Decoder
}

// seesStatus expects somebody to be on the board of figures, who has said Hello, and to
// be told what is on it and how the relay is.
func (g *guest) seesStatus(what string) *onlooking {
	g.t.Helper()
	var welcome wire.Welcome
	var snapshot []byte
	g.until("what is on the board", func(f wire.Frame) bool {
		var p wire.SnapshotPart
		switch {
		case f.Kind == wire.KindWelcome && welcome.Parse(f.Body) != nil:
			g.t.Errorf("%s: the Welcome is none", what)
		case f.Kind == wire.KindSnapshotPart && p.Parse(f.Body) == nil:
			snapshot = append(snapshot, p.Data...)
		}
		return len(snapshot) > 0 && uint64(len(snapshot)) == p.Total
	})
	if welcome.Role != wire.RoleViewer || !bytes.Equal(snapshot, status.Snapshot()) {
		g.t.Errorf("%s: the role is %v, and the board has %d bytes; want a viewer, and %d", what, welcome.Role, len(snapshot), len(status.Snapshot()))
	}
	w := &onlooking{guest: g}
	w.wants("people")
	w.told("people", func(p feed.Point) bool { return p.Number >= 1 })
	return w
}

func (w *onlooking) wants(patterns ...string) {
	w.t.Helper()
	var m wire.Watch
	for _, p := range patterns {
		m.List = append(m.List, wire.Want{Feed: p, Points: 10})
	}
	w.say(wire.AppendFrame(nil, 0, &m))
}

// told waits for a point of a feed.
func (w *onlooking) told(name string, found func(feed.Point) bool) {
	w.t.Helper()
	w.until(name, func(f wire.Frame) (seen bool) {
		var m wire.Points
		if f.Kind != wire.KindPoints || m.Parse(f.Body) != nil {
			return false
		}
		batches, _, err := w.decoder.Decode(&m)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, b := range batches {
			seen = seen || b.Name == name && slices.ContainsFunc(b.Points, found)
		}
		return seen
	})
}

// The board of the relay's own figures is for whose token names it, over every transport,
// and for nobody else, whatever else they may do.
func TestW109StatusIsForTheOperator(t *testing.T) {
	o := keyed(t)
	root := o.watchman(auth.Owner)
	others := map[string]string{
		"an owner of all boards": o.token("ann", auth.Owner),
		"whose token names what begins so": o.sign(&auth.Grant{
			Subject: "bob", Boards: map[string]auth.Role{"_*": auth.Owner, "_status*": auth.Owner}, Issued: time.Now(), Until: time.Now().Add(time.Hour),
		}),
	}
	replica := board.Replica(0)
	for way, dial := range o.everyWay() {
		replica++
		dial(replica).show(wire.StatusBoard, root).seesStatus("the operator over " + way)
		for who, token := range others {
			replica++
			dial(replica).show(wire.StatusBoard, token).wantDenied(who+" over "+way, wire.CodeForbidden)
		}
		replica++
		dial(replica).show(wire.StatusBoard, "").wantDenied("nobody over "+way, wire.CodeTokenExpired)
		replica++
		dial(replica).show("_other", root).wantDenied("another board of the relay's own over "+way, wire.CodeBoardName)
	}

	const list = "/api/v1/feeds?board=" + wire.StatusBoard
	files := []string{"/b/_status.svg", "/b/_status.png", "/b/_status.pdf", "/b/_status.json"}
	for _, path := range append(files, list) {
		o.sensor("").get(path).want(t, "nobody asks for "+path, 401)
		for who, token := range others {
			o.sensor(token).get(path).want(t, who+" asks for "+path, 403)
		}
		o.sensor(root).get(path).want(t, "the operator asks for "+path, 200)
	}
	// The page asks with its session's cookie, which the token makes.
	page := o.page()
	a := page.ask("POST", "/auth/token", root, `{"board":"_status"}`).want(t, "an access token", 200)
	if a.Role != auth.Viewer {
		t.Errorf("the operator's role there is %v", a.Role)
	}
	o.dial(100).show(wire.StatusBoard, a.Token).seesStatus("with an access token")
	page.ask("GET", list, "", "").want(t, "with the cookie", 200)
	page.ask("POST", "/auth/token", "", `{"board":"plans"}`).want(t, "that token is for no other board", 403)
	o.page().ask("POST", "/auth/token", others["an owner of all boards"], `{"board":"_status"}`).want(t, "an access token for who may not see it", 403)
	// It may not have been built.
	if got, other := o.sensor("").get("/b/_status"), o.sensor("").get("/b/plans"); got.status != other.status || !strings.Contains(got.header.Get("Content-Type"), "text/html") {
		t.Errorf("the page itself, which asks then who it is, is answered %d, want %d as other boards'", got.status, other.status)
	}

	// What is taken back ends it, as on other boards.
	live := o.dial(101).show(wire.StatusBoard, root)
	live.welcome()
	o.page().ask("POST", "/api/revocations", others["an owner of all boards"], `{"token":"root-1"}`).want(t, "a revocation", 204)
	live.wantDenied("a token that was revoked", wire.CodeTokenExpired)
}

// get asks for something that may be a file.
func (s *sensor) get(path string) (a answered) {
	s.t.Helper()
	q, err := http.NewRequestWithContext(s.t.Context(), "GET", s.base+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if s.token != "" {
		q.Header.Set("Authorization", "Bearer "+s.token)
	}
	got, err := http.DefaultClient.Do(q)
	if err != nil {
		s.t.Fatal(err)
	}
	defer got.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(got.Body); err != nil {
		s.t.Fatal(err)
	}
	a.status, a.header, a.text = got.StatusCode, got.Header, text.String()
	if got.Header.Get("Content-Type") == "application/json" {
		_ = json.Unmarshal(text.Bytes(), &a) // a file of a board is JSON of another kind
	}
	return a
}

// On a relay that is open to its own machine everybody who reaches it sees its figures.
// One that is open to the world has no such board.
func TestW109StatusOfOpenRelays(t *testing.T) {
	private := start(t, t.TempDir())
	replica := board.Replica(0)
	for way, dial := range private.everyWay() {
		replica++
		dial(replica).show(wire.StatusBoard, "").seesStatus("on this machine over " + way)
	}
	for _, path := range []string{"/b/_status.svg", "/api/v1/feeds?board=_status"} {
		private.sensor("").get(path).want(t, path+" on this machine", 200)
	}
	private.sensor("").get("/b/_status").want(t, "the page on this machine", private.sensor("").get("/b/plans").status)
	world := startWith(t, Config{Data: t.TempDir(), Access: Access{Open: true}, Log: quiet()}, true)
	for way, dial := range world.everyWay() {
		replica++
		dial(replica).show(wire.StatusBoard, "").wantDenied("a relay that is open to the world, over "+way, wire.CodeBoardName)
	}
	for path, status := range map[string]int{
		"/b/_status": 404, "/b/_status.svg": 404, "/b/_status.chat.jsonl": 404, "/b/_status/history": 400,
		"/api/v1/feeds?board=_status": 400, at("people", wire.StatusBoard): 400,
	} {
		world.sensor("").get(path).want(t, path+" of a relay that is open to the world", status)
	}
}

// Nobody changes the board, publishes there, says something, or puts something beside it,
// and nothing of it comes into the database.
func TestW109StatusIsReadOnlyAndNotStored(t *testing.T) {
	data := t.TempDir()
	o := keyed(t, func(cfg *Config) { cfg.Data = data })
	root := o.watchman(auth.Owner)
	g := o.dial(1).show(wire.StatusBoard, root)
	g.seesStatus("the operator")
	if a := g.publishes("people", wire.Sample{Number: 1e6}); a.Why != wire.PublishedRight || !strings.Contains(a.Reason, "nobody else publishes") {
		t.Errorf("a member publishes a figure: %+v", a)
	}
	g.says(wire.Say{ID: wire.TextID{1}, Text: "hello"}, wire.RefusedRole)
	g.say(wire.AppendFrame(nil, 0, &wire.Mark{Stamp: 1 << 60}))
	if texts := g.recalls(wire.Recall{Ask: 1}); len(texts) > 0 {
		t.Errorf("%q was said there", texts)
	}
	g.say(wire.AppendFrame(nil, 0, &wire.Update{Data: stroke(2)}))
	g.wantDenied("an update", wire.CodeForbidden)

	s := o.sensor(root)
	s.ask("POST", at("people", wire.StatusBoard), "", strings.NewReader("1000000")).want(t, "a program publishes a figure", 403)
	s.ask("POST", at("x", "plans", wire.StatusBoard), "", strings.NewReader("1")).want(t, "or there too", 403)
	s.ask("DELETE", at("people", wire.StatusBoard), "", nil).want(t, "a program deletes a figure", 403)
	o.pusher(root).answers("a figure over gRPC", publishing(1, wire.StatusBoard, "people", 1e6), wire.PublishedRight, "board")
	owner := o.page()
	for _, q := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/b/_status.chat.jsonl", "", 404},
		{"GET", "/b/_status/history", "", 404},
		{"GET", "/b/_status/history/log?from=0", "", 404},
		{"POST", "/b/_status/versions", `{"name":"x"}`, 403},
		{"GET", "/blob/" + strings.Repeat("a", 64) + "?board=_status", "", 404},
		{"PUT", "/blob/" + strings.Repeat("a", 64) + "?board=_status", "x", 403},
		{"POST", "/api/boards/_status/invites", `{"role":"viewer"}`, 400},
		{"PUT", "/api/boards/_status/people/eve", `{"role":"viewer"}`, 400},
		{"GET", "/api/boards/_status/access", "", 400},
		{"PUT", "/api/v1/boards/_status", "x", 403},
	} {
		if got := owner.ask(q.method, q.path, root, q.body).want(t, q.method+" "+q.path, q.status); got.Error == "" {
			t.Errorf("%s %s is answered without a word why", q.method, q.path)
		}
	}
	program := o.sign(&auth.Grant{Subject: "ci", Notices: true, Issued: time.Now(), Until: time.Now().Add(time.Hour)})
	owner.ask("POST", "/api/notices", program, `{"person":"root","board":"_status","title":"x"}`).want(t, "a notice about it", 400)

	o.end()
	files, err := filepath.Glob(filepath.Join(data, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("the relay has stored nothing at all: %v", err)
	}
	for _, name := range files {
		if text, err := os.ReadFile(name); err == nil && bytes.Contains(text, []byte(wire.StatusBoard)) {
			t.Errorf("%s names the board", filepath.Base(name))
		}
	}
}

// stroke is an update of somebody who draws.
func stroke(by board.Replica) []byte {
	e := board.New(by).Edit()
	e.Append(e.Create(board.KindStroke), board.Point{X: 1})
	return e.Commit()
}

// Who looks at the figures sees what happens; a store is never asked for them, nor given
// any.
func TestStatusFiguresMove(t *testing.T) {
	r := start(t, t.TempDir())
	s := r.sensor("")
	values := func() map[string]any {
		t.Helper()
		got := map[string]any{}
		for _, f := range s.ask("GET", "/api/v1/feeds?board=_status", "", nil).want(t, "the figures", 200).Feeds {
			got[f.Feed] = f.Value
		}
		return got
	}
	first := values()
	for name, want := range map[string]any{"people": 0.0, "boards": 0.0, "connections": 0.0, "state": "serving", "commits.failed": 0.0} {
		if first[name] != want {
			t.Errorf("before anybody has come %s is %v, want %v", name, first[name], want)
		}
	}
	watcher := r.dial(1).show(wire.StatusBoard, "").seesStatus("who watches")
	watcher.wants("people", "commit.*", "refused.*", "log")
	number := func(want float64) func(feed.Point) bool {
		return func(p feed.Point) bool { return p.Number == want }
	}
	ann := r.enter(2, "plans")
	watcher.told("people", number(2))
	ann.draw(board.Point{X: 1}, board.Point{X: 2})
	watcher.told("commit.p99", func(p feed.Point) bool { return p.Number > 0 })
	r.dial(3).show("no such name!", "").wantDenied("a name that is none", wire.CodeBoardName)
	watcher.told("refused.4002", number(1))
	r.server.log.Warn("the cellar is under water", "metres", 2)
	watcher.told("log", func(p feed.Point) bool { return p.Text == `WARN "the cellar is under water" metres=2` })
}

// The relay measures itself while somebody watches, and stops when nobody does any more,
// however that came.
func TestStatusIsMeasuredWhileWatched(t *testing.T) {
	r := start(t, t.TempDir())
	looks := func() bool {
		var stacks bytes.Buffer
		if err := pprof.Lookup("goroutine").WriteTo(&stacks, 1); err != nil {
			t.Fatal(err)
		}
		return strings.Contains(stacks.String(), "status.(*Figures).run")
	}
	until := func(what string, want bool) {
		t.Helper()
		for deadline := time.Now().Add(limit); looks() != want; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal(what)
			}
		}
	}
	if looks() {
		t.Error("it measures before anybody has come")
	}
	g := r.dial(1).show(wire.StatusBoard, "").seesStatus("who watches")
	until("it does not measure while somebody watches", true)
	g.say(wire.AppendFrame(nil, 0, &wire.Watch{}))
	until("it measures when nothing is watched any more", false)
	g.wants("people")
	until("it does not measure for who watches again", true)
	g.conn.Close(uint32(wire.CodeNormal), "")
	until("it measures for who has left", false)

	reader := r.sensor("").follow("*", wire.StatusBoard, "")
	reader.until(`"value":"serving"}`)
	until("it does not measure while somebody reads", true)
	reader.close()
	until("it measures for a reader who has gone", false)
	other := &onlooking{guest: r.enter(2, "plans")}
	other.wants("*")
	other.say(wire.AppendFrame(nil, 0, &wire.Ping{}))
	other.until("Pong", func(f wire.Frame) bool { return f.Kind == wire.KindPong })
	if looks() {
		t.Error("it measures for who watches another board")
	}
}

// What a store would be given of the board, it is not given: also by a room that takes
// it for any other.
func TestStatusStore(t *testing.T) {
	r := start(t, t.TempDir())
	stored := withStatus{&noted{boards: r.server.store, alarms: r.server.alarms}}
	failed := 0
	done := func(err error) {
		if err != nil {
			failed++
		}
	}
	stored.Append(wire.StatusBoard, stroke(1), done)
	stored.Compact(wire.StatusBoard, stroke(1), board.New(1).Snapshot(), done)
	if failed != 2 {
		t.Errorf("%d of two attempts have failed", failed)
	}
	var loaded, since []byte
	none := func([]byte) error { t.Error("there are updates"); return nil }
	if err := stored.Load(t.Context(), wire.StatusBoard, func(b []byte) error { loaded = b; return nil }, none); err != nil {
		t.Fatal(err)
	}
	position, err := stored.Since(t.Context(), wire.StatusBoard, "", func(b []byte) error { since = b; return nil }, none)
	if err != nil || position == "" || !bytes.Equal(loaded, since) || !bytes.Equal(loaded, status.Snapshot()) {
		t.Errorf("readers and rooms are given %d and %d bytes: %v", len(since), len(loaded), err)
	}
	if again, err := stored.Since(t.Context(), wire.StatusBoard, position, none, none); again != position || err != nil {
		t.Errorf("who has it is at %q then: %v", again, err)
	}
	if infos, err := r.server.store.Boards(t.Context(), "", 10); err != nil || len(infos) > 0 {
		t.Errorf("the store has %v: %v", infos, err)
	}
}
