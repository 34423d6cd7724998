package server

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"edgeboard/relay/auth"
	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// caller is a program that asks a relay, and holds each answer to the description.
type caller struct {
	t     *testing.T
	api   *api
	base  string
	token string // for who says nothing else
	http  *http.Client
}

// question is a request.
type question struct {
	method, target string
	body, media    string // media: as the description has it, if it has one alone
	token          string // "-": none
	headers        []string
	unsaid         bool // what is wrong with it is not to be read in the schemas
	unmeasured     bool // the length of the body is not said
}

func (a *api) caller(o *operator) *caller {
	return &caller{o.t, a, "http://" + o.addr, o.token("ann", auth.Owner), &http.Client{
		Timeout: limit, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// find returns the operation that a request is of, and what stands in its path.
func (a *api) find(method string, u *url.URL) (*operation, []string) {
	for _, o := range a.operations {
		if m := o.address.FindStringSubmatch(u.EscapedPath()); m != nil && o.method == method {
			return o, m[1:]
		}
	}
	return nil, nil
}

// ask makes a request and expects a status, 0 being any, and all else to be as the
// description says.
func (c *caller) ask(q question, want int) (body []byte, header http.Header) {
	c.t.Helper()
	u, err := url.Parse(q.target)
	if err != nil {
		c.t.Fatal(err)
	}
	o, inPath := c.api.find(q.method, u)
	if o == nil {
		c.t.Fatalf("%s %s is not described", q.method, q.target)
	}
	if _, media, _ := o.example(c.api); q.media == "" {
		q.media = media
	}
	var sent io.Reader = strings.NewReader(q.body)
	if q.unmeasured {
		sent = io.MultiReader(sent)
	}
	r, err := http.NewRequestWithContext(c.t.Context(), q.method, c.base+q.target, sent)
	if err != nil {
		c.t.Fatal(err)
	}
	if q.media != "" {
		r.Header.Set("Content-Type", q.media)
	}
	if token := cmp.Or(q.token, c.token); token != "-" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(q.headers); i += 2 {
		r.Header.Set(q.headers[i], q.headers[i+1])
	}
	got, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	if strings.HasPrefix(got.Header.Get("Content-Type"), "text/event-stream") {
		// It goes on: the first event is enough.
		c.t.Cleanup(func() { got.Body.Close() })
		for b := make([]byte, 1); !bytes.HasSuffix(body, []byte("}\n\n")) && err == nil; body = append(body, b...) {
			_, err = io.ReadFull(got.Body, b)
		}
	} else {
		body, err = io.ReadAll(got.Body)
		got.Body.Close()
	}
	if err != nil {
		c.t.Fatal(err)
	}
	what := fmt.Sprintf("%s %.100s %.100s", q.method, q.target, q.body)
	if got.StatusCode != want && want != 0 {
		c.t.Errorf("%s is answered %d %.200q, want %d", what, got.StatusCode, body, want)
	}
	status := strconv.Itoa(got.StatusCode)
	o.answered[status] = true
	responses := o.node["responses"].(object)
	if responses[status] == nil {
		c.t.Errorf("%s is answered %d, which is not described for %s", what, got.StatusCode, o.id)
		return body, got.Header
	}
	at := "/responses/" + status
	if ref, ok := responses[status].(object)["$ref"].(string); ok {
		at = strings.TrimPrefix(ref, "#")
	} else {
		at = o.at + at
	}
	response := c.api.resolve(responses[status])
	for name, h := range object(asObject(response["headers"])) {
		of := c.api.resolve(h)
		value := got.Header.Get(name)
		if value == "" {
			if of["required"] == true {
				c.t.Errorf("%s: the answer %s has no %s", what, status, name)
			}
			continue
		}
		path := at + "/headers/" + name
		if ref, ok := h.(object)["$ref"].(string); ok {
			path = strings.TrimPrefix(ref, "#")
		}
		if err := c.api.fits(path+"/schema", of["schema"], value); err != nil {
			c.t.Errorf("%s: the answer's %s is %q: %v", what, name, value, err)
		}
	}
	content := asObject(response["content"])
	media, _, _ := mime.ParseMediaType(got.Header.Get("Content-Type"))
	switch {
	case len(content) == 0 && len(body) > 0:
		c.t.Errorf("%s: the answer %s has a body, which is not described", what, status)
	case len(content) > 0 && content[media] == nil:
		c.t.Errorf("%s: the answer %s is %q, which is not described for %s", what, status, media, o.id)
	case len(content) > 0 && asObject(content[media])["schema"] != nil:
		path := at + "/content/" + pointer(media) + "/schema"
		if err := c.api.fitsBody(path, media, body); err != nil {
			c.t.Errorf("%s: the answer %.300q: %v", what, body, err)
		}
	}
	switch said := c.api.says(o, q, u, inPath); {
	case got.StatusCode < 400 && said != nil:
		c.t.Errorf("%s is taken, and is not as described: %v", what, said)
	case got.StatusCode == http.StatusBadRequest && said == nil && !q.unsaid:
		c.t.Errorf("%s is refused (%s), and is as described", what, body)
	}
	return body, got.Header
}

func asObject(v any) object {
	o, _ := v.(object)
	return o
}

// says returns what the description finds wrong with a request.
func (a *api) says(o *operation, q question, u *url.URL, inPath []string) error {
	query := u.Query()
	for i, p := range o.parameters {
		name := p["name"].(string)
		value, given := any(""), false
		switch p["in"] {
		case "path":
			place := strings.Count(o.path[:strings.Index(o.path, "{"+name+"}")], "{")
			text, _ := url.PathUnescape(inPath[place])
			value, given = text, true
		case "query":
			value, given = query.Get(name), query.Has(name)
			if a.resolve(p["schema"])["type"] == "array" {
				list := []any{}
				for _, one := range query[name] {
					list = append(list, one)
				}
				value = list
			}
			query.Del(name)
		default:
			continue
		}
		if !given && p["required"] == true {
			return fmt.Errorf("%s is missing", name)
		}
		if given && !(value == "" && p["allowEmptyValue"] == true) {
			if err := a.fits(o.parameterAt(a, i)+"/schema", p["schema"], value); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	for name := range query {
		return fmt.Errorf("the query has %s, which is not described", name)
	}
	content := asObject(asObject(o.node["requestBody"])["content"])
	media, _, _ := mime.ParseMediaType(q.media)
	if len(content) == 0 {
		return nil
	}
	if content[media] == nil {
		return fmt.Errorf("a body of %q is not described", media)
	}
	if asObject(content[media])["schema"] == nil {
		return nil
	}
	return a.fitsBody(o.at+"/requestBody/content/"+pointer(media)+"/schema", media, []byte(q.body))
}

// parameterAt is where in the document a parameter stands.
func (o *operation) parameterAt(a *api, i int) string {
	item := a.doc["paths"].(object)[o.path].(object)
	shared, _ := item["parameters"].([]any)
	list, at := shared, "/paths/"+pointer(o.path)+"/parameters/"
	if i >= len(shared) {
		i -= len(shared)
		list, at = o.node["parameters"].([]any), o.at+"/parameters/"
	}
	if ref, ok := list[i].(object)["$ref"].(string); ok {
		return strings.TrimPrefix(ref, "#")
	}
	return at + strconv.Itoa(i)
}

// fits says why a text of a header or an address is not what its schema says. One that
// is of a number is one.
func (a *api) fits(at string, schema, value any) error {
	s, err := a.schemas.Compile(inDocument + at)
	if err != nil {
		return err
	}
	if kind := a.resolve(schema)["type"]; kind == "integer" || kind == "number" {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(value.(string)))
		if err != nil {
			return err
		}
		return s.Validate(v)
	}
	return s.Validate(value)
}

func (a *api) fitsBody(at, media string, body []byte) error {
	s, err := a.schemas.Compile(inDocument + at)
	if err != nil {
		return err
	}
	if media != "application/json" && !strings.HasSuffix(media, "+json") {
		return s.Validate(string(body))
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

// asExample is the request that the document shows.
func (c *caller) asExample(o *operation) question {
	target, media, body := o.example(c.api)
	return question{method: o.method, target: target, media: media, body: string(body)}
}

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
	o := p.relay(func(cfg *Config) { cfg.Limits.BlobBytes = 4096 })
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
		if err := a.fitsBody("/components/schemas/Message", "application/json", line); err != nil {
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
	// It is the end of this session.
	c.ask(question{method: "POST", target: "/sse/" + sessionOf(t, opened) + "?n=1", media: "application/octet-stream", body: strings.Repeat("x", wire.MaxMessage+1)}, 413)
	remove("/sse/none", 404)

	c.feeds(o)

	// The relay.
	get("/transports.json", 200)
	get("/healthz", 200)
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
