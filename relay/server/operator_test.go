package server

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/shared/board"
	"edgeboard/shared/conn/grpc"
	"edgeboard/shared/conn/webtransport"
	"edgeboard/shared/logtest"
	"edgeboard/shared/wire"
)

// operator is who runs a relay with a key, and signs tokens with it.
type operator struct {
	*relay
	key   *auth.SigningKey
	log   *logtest.Text
	audit *logtest.Text
}

const secret = "a secret of more than thirty-two bytes, of the operator's"

// keyed starts a relay that takes tokens of the operator's.
func keyed(t *testing.T, change ...func(*Config)) *operator {
	t.Helper()
	return keyedOn(t, "127.0.0.1:0", change...)
}

func keyedOn(t *testing.T, at string, change ...func(*Config)) *operator {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	o := &operator{log: new(logtest.Text), audit: new(logtest.Text)}
	var err error
	if o.key, err = auth.ParseSigningKey([]byte(secret)); err != nil {
		t.Fatal(err)
	}
	cfg := Config{
		Data: t.TempDir(), Access: Access{Keys: []string{file}},
		Log:   slog.New(slog.NewTextHandler(o.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Audit: slog.New(slog.NewJSONHandler(o.audit, nil)),
	}
	for _, f := range change {
		f(&cfg)
	}
	l, udp, noUDP, err := Listen(at, true)
	if err := errors.Join(err, noUDP); err != nil {
		t.Fatal(err)
	}
	o.relay = serveOn(t, cfg, l, udp)
	return o
}

// token is one for somebody in a role on all boards.
func (o *operator) token(subject string, role auth.Role) string {
	o.t.Helper()
	return o.sign(&auth.Grant{Subject: subject, Boards: map[string]auth.Role{"*": role}, Issued: time.Now(), Until: time.Now().Add(time.Hour)})
}

func (o *operator) sign(g *auth.Grant) string {
	o.t.Helper()
	token, err := auth.Sign(o.key, g, "", "")
	if err != nil {
		o.t.Fatal(err)
	}
	return token
}

// show says Hello with a token.
func (g *guest) show(board, token string) *guest {
	g.t.Helper()
	g.say(wire.AppendFrame(nil, 0, &wire.Hello{Version: wire.Version, Board: board, Replica: uint64(g.doc.Replica()), Token: token}))
	return g
}

func (g *guest) welcome() (w wire.Welcome) {
	g.t.Helper()
	g.until("Welcome", func(f wire.Frame) bool { return f.Kind == wire.KindWelcome && w.Parse(f.Body) == nil })
	return w
}

// everyWay dials by each transport.
func (r *relay) everyWay() map[string]func(board.Replica) *guest {
	return map[string]func(board.Replica) *guest{
		"websocket": r.dial,
		"sse":       r.dialSSE,
		"grpc": func(replica board.Replica) *guest {
			r.t.Helper()
			c, err := grpc.Dial(r.t.Context(), "http://"+r.addr, nil, wire.MaxMessage)
			if err != nil {
				r.t.Fatal(err)
			}
			return r.guest(replica, c)
		},
		"webtransport": func(replica board.Replica) *guest {
			r.t.Helper()
			_, hashes, _ := r.offered(http.DefaultClient, "http")
			g, err := r.dialWT(replica, webtransport.TrustHashes(hashes...))
			if err != nil {
				r.t.Fatal(err)
			}
			return g
		},
	}
}

// page is a browser's side of the HTTP interface: it keeps cookies.
type page struct {
	t    *testing.T
	base string
	http *http.Client
}

func (r *relay) page() *page {
	jar, err := cookiejar.New(nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return &page{r.t, "http://" + r.addr, &http.Client{Jar: jar, Timeout: limit}}
}

// answer is what the routes of /auth and /api may say.
type reply struct {
	Open      bool
	Token     string
	ExpiresIn int `json:"expires_in"`
	Subject   string
	Name      string
	Role      auth.Role
	Guest     bool
	Error     string
	SignIn    string `json:"sign_in"`
	ID, Link  string
	Invites   []invite
	People    []person
	Told      int

	status int
	header http.Header
}

func (p *page) ask(method, path, bearer, body string) (a reply) {
	p.t.Helper()
	q, err := http.NewRequestWithContext(p.t.Context(), method, p.base+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/json")
	if bearer != "" {
		q.Header.Set("Authorization", "Bearer "+bearer)
	}
	got, err := p.http.Do(q)
	if err != nil {
		p.t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	a.status, a.header = got.StatusCode, got.Header
	if a.status != http.StatusNoContent {
		if err := json.Unmarshal(text, &a); err != nil {
			p.t.Errorf("%s %s is answered with %q: %v", method, path, text, err)
		}
		if c := got.Header.Get("Cache-Control"); c != "no-store" {
			p.t.Errorf("%s %s may be cached: %q", method, path, c)
		}
	}
	if (a.status >= 400) != (a.Error != "") {
		p.t.Errorf("%s %s is answered %d with the error %q", method, path, a.status, a.Error)
	}
	return a
}

// token asks for an access token.
func (p *page) token(board, invite, bearer string) reply {
	p.t.Helper()
	body, _ := json.Marshal(map[string]string{"board": board, "invite": invite})
	return p.ask("POST", "/auth/token", bearer, string(body))
}

// want expects a status.
func (a reply) want(t *testing.T, what string, status int) reply {
	t.Helper()
	if a.status != status {
		t.Errorf("%s is answered %d (%s), want %d", what, a.status, a.Error, status)
	}
	return a
}

func fragment(link string) string {
	_, token, _ := strings.Cut(link, "#invite=")
	return token
}
