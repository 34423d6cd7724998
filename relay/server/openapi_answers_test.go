package server

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"edgeboard/relay/auth"
	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// neverHere are answers that a test does not come to see, by the status, or by the
// operation and the status.
var neverHere = map[string]string{
	"500":        "the store would have to be broken, or the certificate",
	"503":        "the store would have to be broken, or the relay be full",
	"send 408":   "a body would have to take a minute",
	"send 410":   "a session that takes no more may be gone already",
	"events 410": "a session would have to be left far behind",
}

// Each operation is asked as it may be and as it may not, and the relay answers what the
// description says.
func TestDescriptionIsTrue(t *testing.T) {
	a, p := described(t), newProvider(t)
	o := p.relay(func(cfg *Config) { cfg.Limits.BlobBytes, cfg.Limits.BoardBytes = 4096, 64<<10 })
	c := a.caller(o)
	ann := o.dial(1).show("plans", c.token)
	ann.welcome()
	ann.draw(board.Point{X: 1}, board.Point{X: 9})
	ann.says(wire.Say{ID: wire.TextID{1}, Text: "Shall we begin?", Time: 5}, 0)
	ann.says(wire.Say{ID: wire.TextID{2}, Text: "Yes", About: wire.TextID{1}}, 0)
	ann.says(wire.Say{ID: wire.TextID{3}, What: wire.SayReact, About: wire.TextID{2}, Text: "👍"}, 0)
	get := func(target string, want int, headers ...string) ([]byte, http.Header) {
		t.Helper()
		return c.ask(question{method: "GET", target: target, headers: headers}, want)
	}

	// The board as files.
	for _, suffix := range []string{"svg?images=1", "png?scale=2", "pdf?download", "json", "excalidraw?page=1-1"} {
		get("/b/plans."+suffix, 200)
	}
	for _, suffix := range []string{"svg", "json", "excalidraw"} {
		_, h := get("/b/plans."+suffix, 200)
		get("/b/plans."+suffix, 304, "If-None-Match", h.Get("ETag"))
	}
	lines, _ := get("/b/plans.chat.jsonl", 200)
	for line := range bytes.Lines(lines) {
		if err := a.answers("/components/schemas/Message", "application/json", line); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	if n := bytes.Count(lines, []byte("\n")); n != 2 {
		t.Errorf("there are %d messages, want 2", n)
	}

	// Its past.
	post := func(target, body string, want int) []byte {
		t.Helper()
		text, _ := c.ask(question{method: "POST", target: target, body: body}, want)
		return text
	}
	c.ask(c.asExample(a.named(t, "nameVersion")), 201)
	post("/b/plans/versions", `{"name":"At first","by":"Ann","at":1}`, 201)
	get("/b/plans/history", 200)
	get("/b/plans/history/log", 200)
	get("/b/plans/history/log?from=1", 200)
	get("/b/plans/history/log?from=-1", 400)
	get("/b/plans/versions/1", 200)
	get("/b/plans/versions/99", 404)
	c.ask(question{method: "DELETE", target: "/b/plans/versions/1"}, 204)
	c.ask(question{method: "DELETE", target: "/b/plans/versions/x"}, 404)
	for _, body := range []string{``, `[]`, `{}`, `{"name":""}`, `{"name":"x","at":-1}`, `{"name":"` + strings.Repeat("x", 201) + `"}`, `{"name":7}`} {
		post("/b/plans/versions", body, 400)
	}
	for range 99 {
		post("/b/plans/versions", `{"name":"x"}`, 201)
	}
	post("/b/plans/versions", `{"name":"x"}`, 409)

	// Images.
	picture := aPNG(1)
	address := "/blob/" + nameOf(picture) + "?board=plans"
	put := func(target, media string, body []byte, want int) {
		t.Helper()
		c.ask(question{method: "PUT", target: target, media: media, body: string(body)}, want)
	}
	put(address, "image/png", picture, 204)
	put("/blob/x?board=plans", "image/png", picture, 400)
	put(address, "image/png", noise(64), 413)
	put(address, "text/plain", picture, 415)
	put(address, "image/gif", picture, 415)
	put(address, "image/png", aPNG(2), 422)
	c.ask(question{method: "PUT", target: address, media: "image/png", body: string(picture), unmeasured: true}, 411)
	_, h := get(address, 200)
	get(address, 304, "If-None-Match", h.Get("ETag"))
	get("/blob/"+nameOf(aPNG(3))+"?board=plans", 404)
	get("/blob/"+nameOf(picture), 400)

	// Who may do what.
	made := post("/api/boards/plans/invites", `{"role":"editor","expires_in":86400,"uses":2,"label":"for Bob"}`, 201)
	post("/api/boards/plans/invites", `{"role":"viewer"}`, 201)
	for _, body := range []string{`{}`, `{"role":"king"}`, `{"role":"viewer","expires_in":-1}`, `{"role":"viewer","expires_in":31622401}`, `{"role":"viewer","uses":10001}`,
		`{"role":"viewer","label":"` + strings.Repeat("x", 121) + `"}`} {
		post("/api/boards/plans/invites", body, 400)
	}
	post("/auth/token", `{"board":"plans"}`, 200)
	guest := question{method: "POST", target: "/auth/token", token: "-", body: fmt.Sprintf(`{"board":"plans","invite":%q,"name":"Bob"}`, fragment(member(t, made, "link")))}
	joined, _ := c.ask(guest, 200)
	c.ask(question{method: "POST", target: "/auth/token", token: "-", body: `{"board":"plans","invite":"none"}`}, 410)
	for _, body := range []string{`{}`, `{"board":"_plans"}`, `{"board":7}`} {
		post("/auth/token", body, 400)
	}
	c.ask(c.asExample(a.named(t, "setRole")), 200)
	people := "/api/boards/plans/people/"
	role := func(subject, role string, want int) {
		t.Helper()
		c.ask(question{method: "PUT", target: people + url.PathEscape(subject), body: fmt.Sprintf(`{"role":%q}`, role)}, want)
	}
	role("zoë/7", "owner", 200)
	role("zoë/7", "viewer", 409)
	role("zoë/7", "king", 400)
	role(strings.Repeat("x", 256), "viewer", 400)
	get("/api/boards/plans/access", 200)
	remove := func(target string, want int) {
		t.Helper()
		c.ask(question{method: "DELETE", target: target}, want)
	}
	remove(people+url.PathEscape("zoë/7"), 409)
	remove(people+member(t, joined, "subject"), 204)
	remove(people+"nobody", 404)
	remove("/api/boards/plans/invites/"+member(t, made, "id"), 204)
	remove("/api/boards/plans/invites/"+member(t, made, "id"), 404)
	for range 255 {
		post("/api/boards/plans/invites", `{"role":"viewer"}`, 201)
	}
	post("/api/boards/plans/invites", `{"role":"viewer"}`, 409)
	c.ask(c.asExample(a.named(t, "revoke")), 204)
	for _, body := range []string{`{"token":"lost"}`, `{"person":"eve"}`, `{"board":"other"}`} {
		post("/api/revocations", body, 204)
	}
	for _, body := range []string{``, `{}`, `{"token":"a","board":"plans"}`, `{"token":"a","person":"b"}`, `{"board":"_"}`, `{"person":""}`} {
		post("/api/revocations", body, 400)
	}
	get("/auth/signin?board=plans", 303)
	get("/auth/signin", 303)
	get("/auth/signin?board=_plans", 400)
	c.ask(question{method: "POST", target: "/auth/signout"}, 204)

	// Notices.
	program := o.program("build")
	shown := c.asExample(a.named(t, "notify"))
	shown.token = program
	c.ask(shown, 202)
	for body, want := range map[string]int{
		`{"people":["ann","bob"],"kind":"alert","text":"x","board":"plans","element":"1-1"}`: 202,
		`{"board":"plans","title":"x","text":"y"}`:                                           202,
		`{}`: 400, `{"title":"x"}`: 400, `{"person":"ann"}`: 400, `{"person":"ann","people":["bob"],"text":"x"}`: 400, `{"people":[],"text":"x"}`: 400,
		`{"person":"ann","text":"x","colour":"red"}`: 400, `{"person":"ann","text":"x","kind":"mention"}`: 400, `{"person":"ann","text":"x","element":"1-1"}`: 400,
		`{"person":"ann","title":"` + strings.Repeat("x", 161) + `"}`: 400, `{"person":"ann","text":"x","id":"` + strings.Repeat("x", 256) + `"}`: 400,
		`{"person":"ann","text":"x","id":"` + strings.Repeat("x", 64<<10) + `"}`: 413,
	} {
		c.ask(question{method: "POST", target: "/api/notices", token: program, body: body}, want)
	}
	c.ask(question{method: "POST", target: "/api/notices", token: program, body: `{"person":"ann","text":" "}`, unsaid: true}, 400)

	// Events.
	reader, _ := get("/sse?board=plans&name=Ann&data=json", 200)
	get("/sse?data=xml", 400)
	get("/sse?board=_plans", 400)
	get("/sse?board=plans&vector=!", 400)
	get("/sse?last=none.1", 404)
	opened, _ := get("/sse?data=base64", 200)
	session := "/sse/" + sessionOf(t, opened)
	c.ask(question{method: "POST", target: session + "?n=1", body: string(c.asExample(a.named(t, "send")).body)}, 204)
	post(session+"?n=2", `[{"ping":{"stamp":"5"}},{"ping":{"stamp":"6"}}]`, 204)
	post(session+"?n=9", `{"ping":{"stamp":"5"}}`, 409)
	post(session, `{}`, 400)
	post(session+"?n=0", `{}`, 400)
	post(session+"?n=3", `7`, 400)
	post("/sse/none?n=1", `{}`, 404)
	post("/sse/"+sessionOf(t, reader)+"?n=1", `{}`, 403)
	c.ask(question{method: "POST", target: session + "?n=3", media: "text/plain", body: "x"}, 415)
	remove(session+"?code=x", 400)
	remove(session+"?code=1000&reason=bye", 204)
	opened, _ = get("/sse", 200)
	// It is the end of this session, and the relay says so before it has read all of it.
	c.ask(question{
		method: "POST", target: "/sse/" + sessionOf(t, opened) + "?n=1", media: "application/octet-stream", body: strings.Repeat("x", wire.MaxMessage+1),
		headers: []string{"Expect", "100-continue"},
	}, 413)
	remove("/sse/none", 404)

	c.feeds(o)

	// All boards.
	get("/api/v1/boards", 200)
	get("/api/v1/boards?most=1&after=a", 200)
	get("/api/v1/boards?most=0", 400)
	get("/api/v1/boards?after=_", 400)
	const snapshots = "application/octet-stream"
	put("/api/v1/boards/restored", snapshots, archived(1, "one").Snapshot(), 201)
	put("/api/v1/boards/restored", snapshots, archived(2, "two").Snapshot(), 409)
	put("/api/v1/boards/restored?merge=1", snapshots, archived(2, "two").Snapshot(), 201)
	put("/api/v1/boards/another", snapshots, []byte("hello"), 422)
	put("/api/v1/boards/another", snapshots, make([]byte, 64<<10+1), 413)
	c.ask(question{method: "PUT", target: "/api/v1/boards/another", media: snapshots, body: "x", unmeasured: true}, 411)

	// The relay.
	get("/transports.json", 200)
	get("/healthz", 200)
	get("/readyz", 200)
	get("/api/openapi.json", 200)

	c.refused(o)
	c.otherMethods()
	a.all(t)
}

// otherMethods asks each address in the ways that are not described.
func (c *caller) otherMethods() {
	c.t.Helper()
	takes := map[string][]string{}
	for _, o := range c.api.operations {
		if takes[o.path] = append(takes[o.path], o.method); o.method == "GET" {
			takes[o.path] = append(takes[o.path], "HEAD")
		}
	}
	for _, o := range c.api.operations {
		target, _, _ := o.example(c.api)
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			if slices.Contains(takes[o.path], method) {
				continue
			}
			r, err := http.NewRequestWithContext(c.t.Context(), method, c.base+target, nil)
			if err != nil {
				c.t.Fatal(err)
			}
			got, err := c.http.Do(r)
			if err != nil {
				c.t.Fatal(err)
			}
			got.Body.Close()
			allow := strings.Split(got.Header.Get("Allow"), ", ")
			slices.Sort(allow)
			slices.Sort(takes[o.path])
			if got.StatusCode != http.StatusMethodNotAllowed || !slices.Equal(allow, takes[o.path]) {
				c.t.Errorf("%s %s is answered %d, and takes %q, want 405 and %q", method, target, got.StatusCode, allow, takes[o.path])
			}
		}
	}
}

// named returns an operation.
func (a *api) named(t *testing.T, id string) *operation {
	t.Helper()
	i := slices.IndexFunc(a.operations, func(o *operation) bool { return o.id == id })
	if i < 0 {
		t.Fatalf("there is no operation %s", id)
	}
	return a.operations[i]
}

// refused asks each operation for what it gives not to everybody.
func (c *caller) refused(o *operator) {
	t := c.t
	t.Helper()
	eve := o.sign(&auth.Grant{Subject: "mallory", Boards: map[string]auth.Role{"elsewhere": auth.Owner}, Issued: time.Now(), Until: time.Now().Add(time.Hour)})
	for _, op := range c.api.operations {
		responses := op.node["responses"].(object)
		q := c.asExample(op)
		if responses["401"] != nil {
			q.token = "-"
			c.ask(q, 401)
			q.token = eve
			c.ask(q, 403)
			q.token = ""
		}
		if responses["403"] != nil && (op.method != "GET" || op.id == "events" || op.id == "feedEvents") {
			// A page of somebody else's has the browser of a person ask.
			q.headers = []string{"Origin", "https://elsewhere.example", "Sec-Fetch-Site", "cross-site"}
			c.ask(q, 403)
			q.headers = nil
		}
		if strings.Contains(q.target, "plans") {
			q.target = strings.ReplaceAll(q.target, "plans", "_plans")
			if responses["400"] != nil {
				c.ask(q, 400)
			} else {
				c.ask(q, 404)
			}
		}
	}

	// One that comes too often, and from elsewhere; at a relay whose provider is away.
	away := newProvider(t)
	away.away = true
	busy := away.relay(func(cfg *Config) {
		cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
		cfg.Limits.AddressRate, cfg.Limits.ConnectionsPerAddress = 1, 1
	})
	often := c.api.caller(busy)
	often.ask(question{method: "GET", target: "/auth/signin"}, 503)
	for _, op := range c.api.operations {
		if op.node["responses"].(object)["429"] == nil {
			continue
		}
		q := often.asExample(op)
		q.headers = []string{"X-Forwarded-For", "192.0.2.1"}
		// What one may have in the beginning is soon used up.
		for tries := 0; !op.answered["429"] && tries < 1000; tries++ {
			often.ask(q, 0)
		}
	}

	// A relay that is everybody's has nothing to share, and gives no tokens.
	free := &operator{relay: startWith(t, Config{Data: t.TempDir(), Log: quiet()}, false)}
	everybody := &caller{t, c.api, "http://" + free.addr, "-", c.http}
	for _, op := range c.api.operations {
		if at := asObject(op.node["responses"].(object)["404"])["$ref"]; at == "#/components/responses/OpenRelay" || slices.Contains([]string{"revokeInvite", "removePerson"}, op.id) {
			everybody.ask(everybody.asExample(op), 404)
		}
	}
	everybody.ask(everybody.asExample(c.api.named(t, "accessToken")), 200)
	everybody.ask(everybody.asExample(c.api.named(t, "notify")), 403)
}

// all expects that each operation was answered in each way that is described.
func (a *api) all(t *testing.T) {
	t.Helper()
	for _, o := range a.operations {
		for _, status := range slices.Sorted(maps.Keys(o.node["responses"].(object))) {
			if !o.answered[status] && neverHere[status] == "" && neverHere[o.id+" "+status] == "" {
				t.Errorf("%s is never answered %s", o.id, status)
			}
		}
	}
}

// member is a text in an answer.
func member(t *testing.T, answer []byte, name string) string {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(answer))
	if err != nil {
		t.Fatal(err)
	}
	text, _ := v.(object)[name].(string)
	if text == "" {
		t.Fatalf("%s has no %s", answer, name)
	}
	return text
}

// sessionOf is the name of a session of events, by its first event.
func sessionOf(t *testing.T, events []byte) string {
	t.Helper()
	_, data, _ := bytes.Cut(events, []byte("data: "))
	return member(t, data, "session")
}
