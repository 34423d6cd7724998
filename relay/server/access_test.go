package server

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// Whoever comes without a token that is good is told so over every transport, and
// no log has what was shown.
func TestWrongTokens(t *testing.T) {
	o := keyed(t)
	other, err := auth.ParseSigningKey([]byte("another secret that nobody has told the relay"))
	if err != nil {
		t.Fatal(err)
	}
	grant := &auth.Grant{Subject: "eve", Boards: map[string]auth.Role{"*": auth.Owner}, Issued: time.Now(), Until: time.Now().Add(time.Hour)}
	forged, err := auth.Sign(other, grant, "", "")
	if err != nil {
		t.Fatal(err)
	}
	over := *grant
	over.Issued, over.Until = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
	elsewhere := *grant
	elsewhere.Boards = map[string]auth.Role{"team-*": auth.Owner}
	tokens := map[string]struct {
		token string
		want  wire.Code
	}{
		"none":                {"", wire.CodeTokenExpired},
		"rubbish":             {"rubbish-that-stands-in-no-log", wire.CodeForbidden},
		"of another key":      {forged, wire.CodeForbidden},
		"over":                {o.sign(&over), wire.CodeTokenExpired},
		"for other boards":    {o.sign(&elsewhere), wire.CodeForbidden},
		"with a changed sign": {o.sign(grant) + "x", wire.CodeForbidden},
	}
	replica := board.Replica(10)
	for name, dial := range o.everyWay() {
		for what, q := range tokens {
			replica++
			dial(replica).show("plans", q.token).wantDenied(what+" over "+name, q.want)
		}
	}
	for what, q := range tokens {
		if q.token != "" && strings.Contains(o.log.String()+o.audit.String(), q.token) {
			t.Errorf("the token that is %s stands in a log", what)
		}
	}
}

// A header says who it is where Hello does not: over gRPC, for readers of events,
// and wherever a program can set one.
func TestTokenInHeader(t *testing.T) {
	o := keyed(t)
	ask := func(token string) *http.Response {
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+o.addr+"/sse?board=plans", nil)
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			q.Header.Set("Authorization", "Bearer "+token)
		}
		a, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { a.Body.Close() })
		return a
	}
	readUntil := func(a *http.Response, text string) {
		t.Helper()
		var got bytes.Buffer
		for b := make([]byte, 512); !strings.Contains(got.String(), text); {
			n, err := a.Body.Read(b)
			got.Write(b[:n])
			if err != nil && !strings.Contains(got.String(), text) {
				t.Errorf("no %s, but %q (%v)", text, got.String(), err)
				return
			}
		}
	}
	readUntil(ask(""), `"denied":{"code":4012`)
	readUntil(ask("nonsense"), `"denied":{"code":4013`)
	readUntil(ask(o.token("ann", auth.Viewer)), `"role":1`)
}

// An owner comes by the operator's token, invites a guest, who draws, is made a
// viewer, and is sent away with the invite: each within a second of the word.
func TestSharing(t *testing.T) {
	o := keyed(t)
	ann, bob, eve := o.page(), o.page(), o.page()

	ann.token("plans", "", "").want(t, "a page that is nobody's", 401)
	hers := ann.token("plans", "", o.token("ann", auth.Owner)).want(t, "an operator's token", 200)
	if hers.Role != auth.Owner || hers.Subject != "ann" || hers.ExpiresIn <= 0 || hers.ExpiresIn > 600 {
		t.Errorf("the owner's token says %+v", hers)
	}
	hers = ann.token("plans", "", "").want(t, "the cookie alone", 200)
	owner := o.dial(1).show("plans", hers.Token)
	if w := owner.welcome(); w.Role != wire.RoleOwner {
		t.Errorf("the owner is welcomed as role %d", w.Role)
	}

	// A long session gets new tokens without a new connection.
	for range 3 {
		hers = ann.token("plans", "", "").want(t, "the cookie again", 200)
		owner.say(wire.AppendFrame(nil, 0, &wire.Refresh{Token: hers.Token}))
	}
	owner.say(wire.AppendFrame(nil, 0, &wire.Ping{Stamp: 5}))
	owner.until("Pong", func(f wire.Frame) bool { return f.Kind == wire.KindPong })

	made := ann.ask("POST", "/api/boards/plans/invites", hers.Token, `{"role":"editor","expires_in":3600,"label":"for Bob"}`).want(t, "an invite", 201)
	if !strings.HasPrefix(made.Link, "/b/plans#invite=") {
		t.Fatalf("the link is %q", made.Link)
	}
	his := bob.token("plans", fragment(made.Link), "").want(t, "the invite", 200)
	if his.Role != auth.Editor || !his.Guest || !strings.HasPrefix(his.Subject, "guest-") {
		t.Errorf("the guest's token says %+v", his)
	}
	eve.token("other", fragment(made.Link), "").want(t, "the invite on another board", 410)
	guest := o.dialSSE(2).show("plans", his.Token)
	guest.welcome()
	guest.draw(board.Point{X: 1})
	owner.until("the guest's stroke", func(wire.Frame) bool { return owner.doc.Len() == 1 })

	list := ann.ask("GET", "/api/boards/plans/access", hers.Token, "").want(t, "who may come in", 200)
	if len(list.Invites) != 1 || list.Invites[0].Used != 1 || list.Invites[0].Label != "for Bob" || list.Invites[0].Link != "" {
		t.Errorf("the invites are %+v", list.Invites)
	}
	if !slices.ContainsFunc(list.People, func(p person) bool { return p.Subject == his.Subject && p.Role == auth.Editor && p.Guest && !p.You }) {
		t.Errorf("the people are %+v", list.People)
	}
	for _, q := range [][2]string{{"GET", "access"}, {"POST", "invites"}, {"DELETE", "invites/" + made.ID}, {"PUT", "people/ann"}, {"DELETE", "people/ann"}} {
		bob.ask(q[0], "/api/boards/plans/"+q[1], his.Token, `{"role":"viewer"}`).want(t, "an editor's "+q[0]+" "+q[1], 403)
		eve.ask(q[0], "/api/boards/plans/"+q[1], "", `{"role":"viewer"}`).want(t, "nobody's "+q[0]+" "+q[1], 401)
		bob.ask(q[0], "/api/boards/plans/"+q[1], "", `{"role":"viewer"}`).want(t, "the cookie's "+q[0]+" "+q[1], 401)
	}

	ann.ask("PUT", "/api/boards/plans/people/"+his.Subject, hers.Token, `{"role":"viewer"}`).want(t, "another role", 200)
	guest.wantDenied("a guest who is a viewer now", wire.CodeTokenExpired)
	his = bob.token("plans", "", "").want(t, "the guest's cookie", 200)
	guest = o.dialSSE(3).show("plans", his.Token)
	if w := guest.welcome(); w.Role != wire.RoleViewer {
		t.Errorf("the guest comes back as role %d", w.Role)
	}

	cem := o.page()
	third := cem.token("plans", fragment(made.Link), "").want(t, "the invite once more", 200)
	other := o.dial(5).show("plans", third.Token)
	other.welcome()
	ann.ask("DELETE", "/api/boards/plans/invites/"+made.ID, hers.Token, "").want(t, "to revoke the invite", 204)
	other.wantDenied("a guest whose invite is revoked", wire.CodeTokenExpired)
	o.dial(6).show("plans", third.Token).wantDenied("with its token", wire.CodeTokenExpired)
	cem.token("plans", "", "").want(t, "with its cookie", 403)
	// What a guest is called is for owners to see; it is nobody's proof.
	bob.ask("POST", "/auth/token", "", `{"board":"plans","name":"Bob \u0007"}`).want(t, "with a name that is none", 200)
	bob.ask("POST", "/auth/token", "", `{"board":"plans","name":"Bob"}`).want(t, "with a name", 200)
	list = ann.ask("GET", "/api/boards/plans/access", hers.Token, "").want(t, "who may come in", 200)
	if !slices.ContainsFunc(list.People, func(p person) bool { return p.Subject == his.Subject && p.Name == "Bob" }) {
		t.Errorf("the people are %+v", list.People)
	}
	// Who was given a role since has that from the owner, and not from the invite.
	bob.token("plans", "", "").want(t, "the other guest", 200)
	ann.ask("DELETE", "/api/boards/plans/people/"+his.Subject, hers.Token, "").want(t, "to remove a person", 204)
	guest.wantDenied("who is removed", wire.CodeTokenExpired)
	bob.token("plans", "", "").want(t, "with its cookie", 403)
	eve.token("plans", fragment(made.Link), "").want(t, "the revoked invite", 410)
	owner.draw(board.Point{X: 2})

	ann.ask("POST", "/auth/signout", "", "").want(t, "to sign out", 204)
	owner.wantDenied("who has signed out", wire.CodeTokenExpired)
	ann.token("plans", "", "").want(t, "after that", 401)

	for _, want := range []string{"invite_created", "guest_joined", "role_set", "invite_revoked", "sign_out", `"event":"joined"`, `"event":"left"`, `"from":"127.0.0.1:`} {
		if !strings.Contains(o.audit.String(), want) {
			t.Errorf("the audit does not say %s:\n%s", want, o.audit.String())
		}
	}
	for what, token := range map[string]string{"access token": his.Token, "invite": fragment(made.Link)} {
		if strings.Contains(o.audit.String()+o.log.String(), token) {
			t.Errorf("an %s stands in a log", what)
		}
	}
}

// What an operator takes back ends at once, wherever it is used.
func TestRevocations(t *testing.T) {
	o := keyed(t)
	p := o.page()
	root := o.token("root", auth.Owner)
	named := o.sign(&auth.Grant{Subject: "bot", Token: "bot-7", Boards: map[string]auth.Role{"*": auth.Editor}, Issued: time.Now(), Until: time.Now().Add(time.Hour)})
	ann, bot, cem := o.dial(1).show("plans", o.token("ann", auth.Editor)), o.dial(2).show("plans", named), o.dial(3).show("other", o.token("cem", auth.Editor))
	for _, g := range []*guest{ann, bot, cem} {
		g.welcome()
	}
	p.ask("POST", "/api/revocations", o.token("ann", auth.Editor), `{"person":"cem"}`).want(t, "an editor's revocation", 403)
	p.ask("POST", "/api/revocations", root, `{"token":"bot-7"}`).want(t, "a token", 204)
	bot.wantDenied("whose token is revoked", wire.CodeTokenExpired)
	o.dial(4).show("plans", named).wantDenied("again", wire.CodeTokenExpired)
	p.ask("POST", "/api/revocations", root, `{"person":"ann"}`).want(t, "a person", 204)
	ann.wantDenied("who is revoked", wire.CodeTokenExpired)
	p.ask("POST", "/api/revocations", root, `{"board":"other"}`).want(t, "a board", 204)
	cem.wantDenied("on a board that is revoked", wire.CodeTokenExpired)
	for _, bad := range []string{``, `{}`, `[]`, `{"token":"x","person":"y"}`, `{"board":"../x"}`, `{"person":7}`} {
		p.ask("POST", "/api/revocations", root, bad).want(t, bad, 400)
	}
}

// Nonsense to the routes is refused in words.
func TestBadRequestsOfAccess(t *testing.T) {
	o := keyed(t)
	p := o.page()
	root := o.token("root", auth.Owner)
	for _, body := range []string{"", "{", "[]", `{"board":7}`, `{"board":""}`, `{"board":"../../etc/passwd"}`, `{"board":"_own"}`, strings.Repeat(" ", maxBody+1)} {
		p.ask("POST", "/auth/token", root, body).want(t, fmt.Sprintf("%.40q", body), 400)
	}
	for _, body := range []string{"", `{}`, `{"role":"god"}`, `{"role":"viewer","expires_in":-1}`, `{"role":"viewer","expires_in":1e300}`, `{"role":"viewer","uses":-1}`} {
		p.ask("POST", "/api/boards/plans/invites", root, body).want(t, "an invite of "+body, 400)
	}
	p.ask("DELETE", "/api/boards/plans/invites/none", root, "").want(t, "an invite that is not there", 404)
	p.ask("DELETE", "/api/boards/plans/people/nobody", root, "").want(t, "a person who is not there", 404)
	p.ask("GET", "/api/boards/_own/access", root, "").want(t, "the relay's own board", 400)
}

// In open mode there is nobody to know.
func TestOpenMode(t *testing.T) {
	r := start(t, t.TempDir())
	p := r.page()
	if a := p.token("plans", "", "").want(t, "a token", 200); !a.Open || a.Token != "" {
		t.Errorf("an open relay gives %+v", a)
	}
	p.ask("GET", "/api/boards/plans/access", "", "").want(t, "who may come in", 404)
	p.ask("POST", "/api/boards/plans/invites", "", `{"role":"viewer"}`).want(t, "an invite", 404)
	p.ask("POST", "/api/revocations", "", `{"board":"plans"}`).want(t, "a revocation", 404)
}

// A relay without keys serves this machine alone, unless it is told otherwise.
func TestExposed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	everywhere, here := &net.TCPAddr{IP: net.IPv4zero, Port: 80}, &net.TCPAddr{IP: net.IPv6loopback, Port: 80}
	for _, c := range []struct {
		what    string
		access  Access
		at      net.Addr
		exposed bool
	}{
		{"open, here", Access{}, here, false},
		{"open, everywhere", Access{}, everywhere, true},
		{"open, on all of IPv6", Access{}, &net.TCPAddr{IP: net.IPv6unspecified}, true},
		{"open, on one address", Access{}, &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)}, true},
		{"open, on a socket of the file system", Access{}, &net.UnixAddr{Name: "x", Net: "unix"}, false},
		{"open, everywhere, on purpose", Access{Open: true}, everywhere, false},
		{"with a key", Access{Keys: []string{file}}, everywhere, false},
		{"with keys of an address", Access{JWKS: []string{"https://keys.example"}}, everywhere, false},
		{"with a sign-in", Access{SignIn: SignIn{Issuer: "https://id.example"}}, everywhere, false},
		{"with a program", Access{Authenticate: func(*http.Request) (*auth.Grant, error) { return nil, nil }}, everywhere, false},
	} {
		cfg := Config{Access: c.access}
		if err := cfg.MayServe(c.at); errors.Is(err, ErrExposed) != c.exposed {
			t.Errorf("%s: %v", c.what, err)
		}
		cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
		if err := cfg.MayServe(c.at); errors.Is(err, ErrExposed) == (c.access.Open || !c.access.Everybody()) {
			t.Errorf("%s, behind a proxy: %v", c.what, err)
		}
	}
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv, err := New(Config{Data: t.TempDir(), Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	if err := srv.Serve(t.Context(), l, udp); !errors.Is(err, ErrExposed) {
		t.Errorf("Serve on %v returned %v", l.Addr(), err)
	}
	if c, err := net.Dial("tcp", l.Addr().String()); err == nil {
		c.Close()
		t.Error("the port is still open")
	}
	for _, bad := range []Access{
		{Open: true, Keys: []string{file}},
		{Audience: "x"},
		{Keys: []string{filepath.Join(t.TempDir(), "none")}},
		{JWKS: []string{"ftp://x"}},
		{SignIn: SignIn{Issuer: "https://id.example"}},
		{SignIn: SignIn{Issuer: "http://id.example", ClientID: "x", PublicURL: "https://board.example"}},
		{SignIn: SignIn{Issuer: "https://id.example", ClientID: "x", PublicURL: "https://board.example/path"}},
		{SignIn: SignIn{ClientID: "x"}},
	} {
		if _, err := New(Config{Data: t.TempDir(), Access: bad, Log: quiet()}); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}

// A program that embeds the relay says itself who comes, by a cookie of its own.
func TestAuthenticate(t *testing.T) {
	who := func(r *http.Request) (*auth.Grant, error) {
		switch r.Header.Get("X-User") {
		case "ann":
			return &auth.Grant{Subject: "ann", Name: "Ann", Boards: map[string]auth.Role{"plans": auth.Owner}}, nil
		case "eve":
			return nil, auth.NewError(auth.Forbidden, "Eve may not")
		case "broken":
			return nil, errors.New("the directory is away")
		}
		return nil, nil
	}
	o := keyed(t, func(cfg *Config) { cfg.Access.Authenticate = who })
	for _, q := range []struct{ what, user, token, board, want string }{
		{"whom the program knows", "ann", "", "plans", `"role":4,"name":"Ann"`},
		{"on a board that is not hers", "ann", "", "other", `"denied":{"code":4013`},
		{"whom the program refuses", "eve", o.token("eve", auth.Owner), "plans", `"denied":{"code":4013,"reason":"Eve may not"`},
		{"when the program cannot tell", "broken", "", "plans", `"denied":{"code":1011`},
		{"whom the program does not know", "", "", "plans", `"denied":{"code":4012`},
		{"who shows a token besides", "", o.token("bob", auth.Viewer), "plans", `"role":1`},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+o.addr+"/sse?board="+q.board, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-User", q.user)
		r.Header.Set("Authorization", "Bearer "+q.token)
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		for lines := bufio.NewScanner(a.Body); ; {
			if !lines.Scan() {
				t.Errorf("%s is not told %s (%v)", q.what, q.want, lines.Err())
				break
			}
			if strings.Contains(lines.Text(), q.want) {
				break
			}
		}
	}

	p := o.page()
	p.http.Transport = asUser("ann")
	hers := p.token("plans", "", "").want(t, "the page of whom the program knows", 200)
	if hers.Role != auth.Owner || hers.Subject != "ann" || hers.header.Get("Set-Cookie") != "" {
		t.Errorf("the page is told %+v", hers)
	}
	o.dial(7).show("plans", hers.Token).welcome()
	p.ask("POST", "/api/boards/plans/invites", "", `{"role":"viewer"}`).want(t, "her invite", 201)
	p.ask("POST", "/api/boards/other/invites", "", `{"role":"viewer"}`).want(t, "one to a board that is not hers", 403)
	p.http.Transport = asUser("eve")
	p.token("plans", "", "").want(t, "whom the program refuses", 403)
	p.http.Transport = asUser("broken")
	p.token("plans", "", "").want(t, "when the program cannot tell", 503)
}

// asUser is a proxy in front of the relay that says who it is.
type asUser string

func (u asUser) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-User", string(u))
	return http.DefaultTransport.RoundTrip(r)
}

// A relay that is open to this machine answers to its names alone: a page whose name
// leads here by a trick of DNS is anybody's.
func TestOwnNames(t *testing.T) {
	ask := func(r *relay, host string) int {
		t.Helper()
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.addr+"/transports.json", nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Host = host
		q.Header.Set("Origin", "http://"+host)
		a, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		return a.StatusCode
	}
	r := start(t, t.TempDir())
	_, port, _ := net.SplitHostPort(r.addr)
	for _, host := range []string{"localhost", "LocalHost", "localhost.", "board.localhost", "127.0.0.1", "127.8.9.1", "[::1]"} {
		if s := ask(r, host+":"+port); s != 200 {
			t.Errorf("%s is answered %d", host, s)
		}
	}
	for _, host := range []string{"board.example", "localhost.board.example", "127.0.0.1.board.example", "192.0.2.1", "[::2]", "0.0.0.0"} {
		if s := ask(r, host+":"+port); s != 421 && s != 400 {
			t.Errorf("%s is answered %d", host, s)
		}
	}
	for what, access := range map[string]Access{
		"that is open on purpose": {Open: true},
		"that has a sign-in":      {SignIn: SignIn{Issuer: "https://id.example", ClientID: "x", PublicURL: "https://board.example"}},
	} {
		r := startWith(t, Config{Data: t.TempDir(), Access: access, Log: quiet()}, false)
		if s := ask(r, "board.example"); s != 200 {
			t.Errorf("a relay %s answers %d to another name", what, s)
		}
	}
}
