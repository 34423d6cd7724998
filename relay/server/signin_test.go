package server

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"edgeboard/relay/auth"
	"edgeboard/shared/wire"
)

// provider is one of OpenID Connect, at which everybody is who the test says.
type provider struct {
	t   *testing.T
	url string
	key *rsa.PrivateKey

	mu    sync.Mutex
	who   map[string]any // claims of who signs in next
	spoil func(claims jwt.MapClaims) (alg jwt.SigningMethod, key any)
	asked map[string]url.Values // by code: what the sign-in was begun with
	away  bool
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{t: t, key: key, asked: map[string]url.Values{}, who: map[string]any{"sub": "7", "name": "Ann"}}
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		away := p.away
		p.mu.Unlock()
		if away {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		answer(w, map[string]any{
			"issuer": p.url, "authorization_endpoint": p.url + "/authorize", "token_endpoint": p.url + "/token", "jwks_uri": p.url + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, r *http.Request) {
		number := func(n *big.Int) string { return base64.RawURLEncoding.EncodeToString(n.Bytes()) }
		answer(w, map[string]any{"keys": []map[string]string{{
			"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "one", "n": number(key.N), "e": number(big.NewInt(int64(key.E))),
		}}})
	})
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if q.Get("response_type") != "code" || q.Get("client_id") != "edgeboard" || q.Get("code_challenge_method") != "S256" || q.Get("nonce") == "" ||
			!strings.Contains(q.Get("scope"), "openid") {
			t.Errorf("the relay begins a sign-in with %v", q)
		}
		code := rand.Text()
		p.mu.Lock()
		p.asked[code] = q
		p.mu.Unlock()
		to, err := url.Parse(q.Get("redirect_uri"))
		if err != nil {
			t.Error(err)
		}
		to.RawQuery = url.Values{"code": {code}, "state": {q.Get("state")}}.Encode()
		http.Redirect(w, r, to.String(), http.StatusFound)
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		q, ok := p.asked[r.PostFormValue("code")]
		delete(p.asked, r.PostFormValue("code")) // a code is good once
		id, password, _ := r.BasicAuth()
		password, _ = url.QueryUnescape(password) // RFC 6749, section 2.3.1
		sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
		if !ok || id != "edgeboard" || password != "its password" || base64.RawURLEncoding.EncodeToString(sum[:]) != q.Get("code_challenge") {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error":"invalid_grant","error_description":"a-secret-of-the-providers"}`)
			return
		}
		claims := jwt.MapClaims{"iss": p.url, "aud": "edgeboard", "iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(), "nonce": q.Get("nonce")}
		for k, v := range p.who {
			claims[k] = v
		}
		var alg jwt.SigningMethod = jwt.SigningMethodRS256
		var with any = key
		if p.spoil != nil {
			if a, k := p.spoil(claims); a != nil {
				alg, with = a, k
			}
		}
		token := jwt.NewWithClaims(alg, claims)
		token.Header["kid"] = "one"
		signed, err := token.SignedString(with)
		if err != nil {
			t.Error(err)
		}
		answer(w, map[string]any{"access_token": "an-access-token-of-the-providers", "token_type": "Bearer", "expires_in": 60, "id_token": signed})
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	p.url = srv.URL
	return p
}

// signed starts a relay at which people sign in.
func (p *provider) relay(change ...func(*Config)) *operator {
	p.t.Helper()
	l, udp, noUDP, err := Listen("127.0.0.1:0", true)
	if err := errors.Join(err, noUDP); err != nil {
		p.t.Fatal(err)
	}
	at := l.Addr().String()
	if err := errors.Join(l.Close(), udp.Close()); err != nil {
		p.t.Fatal(err)
	}
	return keyedOn(p.t, at, append([]func(*Config){func(cfg *Config) {
		cfg.Access.SignIn = SignIn{Issuer: p.url, ClientID: "edgeboard", Secret: "its password", PublicURL: "http://" + at}
	}}, change...)...)
}

// signIn goes to the provider and back, and returns where that ends.
func (p *page) signIn(board string) (status int, path string) {
	p.t.Helper()
	a, err := p.http.Get(p.base + "/auth/signin?board=" + board)
	if err != nil {
		p.t.Fatal(err)
	}
	a.Body.Close()
	return a.StatusCode, a.Request.URL.Path
}

// The first person on a board owns it, others need an invite, and everybody comes
// back as who they are.
func TestSignIn(t *testing.T) {
	p := newProvider(t)
	o := p.relay()
	ann, bob := o.page(), o.page()

	no := ann.token("plans", "", "").want(t, "somebody unknown", 401)
	if no.SignIn != "/auth/signin?board=plans" {
		t.Errorf("the page is sent to %q", no.SignIn)
	}
	// The page itself is not built here: where it ends is what counts.
	if _, at := ann.signIn("plans"); at != "/b/plans" {
		t.Errorf("after the sign-in one is at %s", at)
	}
	hers := ann.token("plans", "", "").want(t, "who has signed in", 200)
	if hers.Role != auth.Owner || hers.Subject != "oidc:7" || hers.Name != "Ann" || hers.Guest {
		t.Errorf("the first on a board is told %+v", hers)
	}
	owner := o.dial(1).show("plans", hers.Token)
	if w := owner.welcome(); w.Name != "Ann" || w.Role != wire.RoleOwner {
		t.Errorf("she is welcomed as %+v", w)
	}

	p.who = map[string]any{"sub": "8", "preferred_username": "bob\u202e\n<script>", "email": "bob@example.org", "email_verified": true}
	if _, at := bob.signIn("plans"); at != "/b/plans" {
		t.Errorf("Bob is at %s", at)
	}
	if no := bob.token("plans", "", "").want(t, "another on that board", 403); no.SignIn == "" {
		t.Error("who may not come in is not offered to sign in as another")
	}
	if his := bob.token("other", "", "").want(t, "his own board", 200); his.Role != auth.Owner || his.Name != "bob<script>" {
		t.Errorf("Bob is told %+v", his)
	}
	made := ann.ask("POST", "/api/boards/plans/invites", hers.Token, `{"role":"commenter","uses":1}`).want(t, "an invite", 201)
	if his := bob.token("plans", fragment(made.Link), "").want(t, "with an invite", 200); his.Role != auth.Commenter || his.Guest {
		t.Errorf("invited, Bob is told %+v", his)
	}
	bob.token("plans", "", "").want(t, "and without it afterwards", 200)
	o.page().token("plans", fragment(made.Link), "").want(t, "the invite of one use, again", 410)

	ann.ask("POST", "/auth/signout", "", "").want(t, "to sign out", 204)
	owner.wantDenied("who has signed out", wire.CodeTokenExpired)
	ann.token("plans", "", "").want(t, "after that", 401)
	for _, secret := range []string{"an-access-token-of-the-providers", "its password", "a-secret-of-the-providers"} {
		if strings.Contains(o.log.String()+o.audit.String(), secret) {
			t.Errorf("%q stands in a log", secret)
		}
	}
}

// What comes back from elsewhere than the provider, or is not for this browser, or
// not true, signs nobody in.
func TestSignInIsRefused(t *testing.T) {
	p := newProvider(t)
	o := p.relay(func(cfg *Config) { cfg.Access.SignIn.Domains = []string{"example.org"} })
	good := map[string]any{"sub": "7", "email": "ann@Example.org", "email_verified": true}
	_, other, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what  string
		who   map[string]any
		spoil func(jwt.MapClaims) (jwt.SigningMethod, any)
		want  string // where one is in the end
	}{
		{"all is well", good, nil, "/b/plans"},
		{"an address of another domain", map[string]any{"sub": "7", "email": "ann@example.com", "email_verified": true}, nil, "/auth/callback"},
		{"an address that nobody has verified", map[string]any{"sub": "7", "email": "ann@example.org"}, nil, "/auth/callback"},
		{"an address that only ends so", map[string]any{"sub": "7", "email": "ann@notexample.org", "email_verified": true}, nil, "/auth/callback"},
		{"no address", map[string]any{"sub": "7"}, nil, "/auth/callback"},
		{"another issuer", good, func(c jwt.MapClaims) (jwt.SigningMethod, any) {
			c["iss"] = "https://elsewhere.example"
			return nil, nil
		}, "/auth/callback"},
		{"another audience", good, func(c jwt.MapClaims) (jwt.SigningMethod, any) { c["aud"] = "another"; return nil, nil }, "/auth/callback"},
		{"another nonce", good, func(c jwt.MapClaims) (jwt.SigningMethod, any) { c["nonce"] = "another"; return nil, nil }, "/auth/callback"},
		{"no nonce", good, func(c jwt.MapClaims) (jwt.SigningMethod, any) { delete(c, "nonce"); return nil, nil }, "/auth/callback"},
		{"expired", good, func(c jwt.MapClaims) (jwt.SigningMethod, any) {
			c["exp"] = time.Now().Add(-time.Minute).Unix()
			return nil, nil
		}, "/auth/callback"},
		{"nobody", good, func(c jwt.MapClaims) (jwt.SigningMethod, any) { c["sub"] = ""; return nil, nil }, "/auth/callback"},
		{"a subject of 1,000 bytes", good, func(c jwt.MapClaims) (jwt.SigningMethod, any) {
			c["sub"] = strings.Repeat("x", 1000)
			return nil, nil
		}, "/auth/callback"},
		{"claims of other types", good, func(c jwt.MapClaims) (jwt.SigningMethod, any) { c["email"] = 7; return nil, nil }, "/auth/callback"},
		{"no signature", good, func(jwt.MapClaims) (jwt.SigningMethod, any) {
			return jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType
		}, "/auth/callback"},
		{"another's signature", good, func(jwt.MapClaims) (jwt.SigningMethod, any) { return jwt.SigningMethodRS256, stranger }, "/auth/callback"},
		{"a signature of another kind", good, func(jwt.MapClaims) (jwt.SigningMethod, any) { return jwt.SigningMethodEdDSA, other }, "/auth/callback"},
		{"the public key as a secret", good, func(jwt.MapClaims) (jwt.SigningMethod, any) { return jwt.SigningMethodHS256, p.key.N.Bytes() }, "/auth/callback"},
	} {
		p.who, p.spoil = c.who, c.spoil
		b := o.page()
		if _, at := b.signIn("plans"); at != c.want {
			t.Errorf("%s: one ends at %s, want %s", c.what, at, c.want)
		}
		if status := b.token("plans", "", "").status; (status == 200) != (c.want == "/b/plans") {
			t.Errorf("%s: the page is answered %d", c.what, status)
		}
	}
	p.who, p.spoil = good, nil

	// A browser that has begun nothing, another's state, and one that comes twice.
	answer := func(b *page, path string) int {
		t.Helper()
		a, err := b.http.Get(b.base + path)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		return a.StatusCode
	}
	stay := func(b *page) *page {
		b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		return b
	}
	begin := func(b *page) *url.URL {
		t.Helper()
		a, err := b.http.Get(b.base + "/auth/signin?board=plans")
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		to, err := b.http.Get(a.Header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		to.Body.Close()
		back, err := url.Parse(to.Header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		return back
	}
	ann, eve := stay(o.page()), stay(o.page())
	back := begin(ann)
	if s := answer(eve, back.RequestURI()); s != 400 {
		t.Errorf("another browser that comes with Ann's code is answered %d", s)
	}
	begin(eve)
	if s := answer(eve, back.RequestURI()); s != 400 {
		t.Errorf("another browser with a sign-in of its own is answered %d", s)
	}
	if s := answer(ann, "/auth/callback?error=access_denied%0d%0aX-Bad:+1&state="+back.Query().Get("state")); s != 403 {
		t.Errorf("a refusal of the provider's is answered %d", s)
	}
	if s := answer(ann, back.RequestURI()); s != 400 {
		t.Errorf("a code after the sign-in has ended is answered %d", s)
	}
	back = begin(ann)
	q := back.Query()
	q.Set("code", "forged")
	if s := answer(ann, "/auth/callback?"+q.Encode()); s != 403 {
		t.Errorf("a forged code is answered %d", s)
	}
	if strings.Contains(o.log.String(), "a-secret-of-the-providers") {
		t.Error("what the provider says stands in the log")
	}
	for _, board := range []string{"../x", "//evil.example", "_own", "a%0d%0ab"} {
		if s := answer(ann, "/auth/signin?board="+url.QueryEscape(board)); s != 400 {
			t.Errorf("a sign-in to board %q is answered %d", board, s)
		}
	}
}

// A provider that is away when the relay starts is asked again.
func TestProviderIsAway(t *testing.T) {
	p := newProvider(t)
	p.away = true
	o := p.relay()
	b := o.page()
	if status, _ := b.signIn("plans"); status != 503 {
		t.Errorf("without the provider a sign-in is answered %d", status)
	}
	p.mu.Lock()
	p.away = false
	p.mu.Unlock()
	for deadline := time.Now().Add(limit); ; time.Sleep(50 * time.Millisecond) {
		if _, at := b.signIn("plans"); at == "/b/plans" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the provider is back, and nobody can sign in")
		}
	}
}
