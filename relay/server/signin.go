package server

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"edgeboard/relay/auth"
	"edgeboard/shared/conn/origin"
	"edgeboard/shared/wire"
)

// SignIn lets people sign in by OpenID Connect (Core 1.0), with an authorization
// code and PKCE (RFC 7636). Who may, and by what means, is the provider's to
// decide, second factors among them.
//
//	GET /auth/signin?board=NAME   goes to the provider
//	GET /auth/callback            comes back from it, and goes to the board
type SignIn struct {
	Issuer   string // the provider's address; empty: nobody signs in
	ClientID string // the relay's name there
	Secret   string // its password there; empty for a client that has none
	// PublicURL is the relay's own address as people see it, such as
	// https://board.example: the provider sends them back to /auth/callback there.
	PublicURL string
	// Domains, if there are any, are those that an address of a person's must be
	// in, which the provider has verified.
	Domains []string
	// Client reaches the provider. Default: one with a timeout.
	Client *http.Client
}

func (c *SignIn) validate() error {
	if c.Issuer == "" {
		if c.ClientID != "" || c.Secret != "" || len(c.Domains) > 0 {
			return errors.New("a sign-in needs its provider (-oidc-issuer)")
		}
		return nil
	}
	if c.ClientID == "" || c.PublicURL == "" {
		return errors.New("a sign-in (-oidc-issuer) needs the name that the relay has at the provider (-oidc-client) and its own address (-public-url)")
	}
	for _, q := range []struct{ flag, address string }{{"-oidc-issuer", c.Issuer}, {"-public-url", c.PublicURL}} {
		u, err := url.Parse(q.address)
		if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" ||
			u.Scheme != "https" && !(u.Scheme == "http" && origin.Loopback(u.Hostname())) {
			return fmt.Errorf("%s is an https address, or an http one of this machine, not %q", q.flag, q.address)
		}
		if q.flag == "-public-url" && strings.Trim(u.Path, "/") != "" {
			return fmt.Errorf("-public-url has no path, as the relay has none: %q", q.address)
		}
	}
	return nil
}

const (
	signInTime      = 10 * time.Minute // to sign in at the provider
	providerTimeout = 10 * time.Second
	providerRetry   = 5 * time.Second // after it could not be reached
	maxProviderBody = 1 << 20
)

// signIn is the relay's side of it. It asks the provider where its doors are when
// somebody first signs in: it may be away when the relay starts.
type signIn struct {
	cfg       SignIn
	client    *http.Client
	authority *auth.Authority
	log       *slog.Logger

	mu       sync.Mutex
	provider *oidc.Provider // nil: not asked yet
	failed   time.Time      // when that came to nothing
}

func newSignIn(cfg SignIn, authority *auth.Authority, log *slog.Logger) *signIn {
	s := &signIn{cfg: cfg, client: cfg.Client, authority: authority, log: log}
	if s.client == nil {
		s.client = &http.Client{Timeout: providerTimeout}
	}
	bounded := *s.client
	bounded.Transport = bodies{bounded.Transport}
	s.client = &bounded
	return s
}

// bodies bounds what the provider answers.
type bodies struct{ http.RoundTripper }

func (b bodies) RoundTrip(r *http.Request) (*http.Response, error) {
	over := b.RoundTripper
	if over == nil {
		over = http.DefaultTransport
	}
	a, err := over.RoundTrip(r)
	if err == nil {
		a.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(a.Body, maxProviderBody), a.Body}
	}
	return a, err
}

var errProvider = errors.New("the provider could not be reached a moment ago")

// ready returns what is known of the provider.
func (s *signIn) ready() (*oidc.Provider, *oauth2.Config, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.provider == nil {
		if time.Since(s.failed) < providerRetry {
			return nil, nil, errProvider
		}
		// Its keys are fetched with this context for as long as the relay serves.
		p, err := oidc.NewProvider(oidc.ClientContext(context.Background(), s.client), s.cfg.Issuer)
		if err != nil {
			s.failed = time.Now()
			return nil, nil, err
		}
		s.provider = p
	}
	return s.provider, &oauth2.Config{
		ClientID: s.cfg.ClientID, ClientSecret: s.cfg.Secret, Endpoint: s.provider.Endpoint(),
		RedirectURL: strings.TrimSuffix(s.cfg.PublicURL, "/") + "/auth/callback",
		Scopes:      []string{oidc.ScopeOpenID, "profile", "email"},
	}, nil
}

// journey is what a browser keeps while its person is at the provider.
type journey struct {
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"`
	Board    string `json:"b"`
}

const (
	journeyCookie       = "edgeboard-signin"
	journeyCookieSecure = "__Host-" + journeyCookie
)

// keep is the cookie for a journey; nil removes it. The provider sends the person
// back from another site, so it is Lax.
func (s *Server) keep(r *http.Request, j *journey) *http.Cookie {
	c := &http.Cookie{Name: journeyCookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure(r), MaxAge: -1}
	if c.Secure {
		c.Name = journeyCookieSecure
	}
	if j != nil {
		text, err := json.Marshal(j)
		if err != nil {
			panic(err) // of strings
		}
		c.Value, c.MaxAge = base64.RawURLEncoding.EncodeToString(text), int(signInTime/time.Second)
	}
	return c
}

func (s *Server) kept(r *http.Request) (j journey, ok bool) {
	name := journeyCookie
	if s.secure(r) {
		name = journeyCookieSecure
	}
	c, err := r.Cookie(name)
	if err != nil {
		return j, false
	}
	text, err := base64.RawURLEncoding.DecodeString(c.Value)
	return j, err == nil && json.Unmarshal(text, &j) == nil && j.State != "" && j.Nonce != "" && j.Verifier != ""
}

// signInAt is where to sign in to a board; empty: nowhere.
func (s *Server) signInAt(board string) string {
	if s.signIn == nil || board == wire.StatusBoard { // who signs in may not see that by it
		return ""
	}
	return "/auth/signin?" + url.Values{"board": {board}}.Encode()
}

// beginSignIn answers for GET /auth/signin.
func (s *Server) beginSignIn(w http.ResponseWriter, r *http.Request) {
	board := r.URL.Query().Get("board")
	if board != "" && !wire.ValidBoardName(board) {
		writeError(w, http.StatusBadRequest, errBoardName.Error())
		return
	}
	_, way, err := s.signIn.ready()
	if err != nil {
		s.log.Warn("cannot reach the provider that people sign in at", "err", err)
		w.Header().Set("Retry-After", "5")
		writeError(w, http.StatusServiceUnavailable, "the provider that you sign in at cannot be reached now; try again")
		return
	}
	j := &journey{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Board: board}
	http.SetCookie(w, s.keep(r, j))
	w.Header().Set("Cache-Control", cacheNever)
	http.Redirect(w, r, way.AuthCodeURL(j.State, oidc.Nonce(j.Nonce), oauth2.S256ChallengeOption(j.Verifier)), http.StatusSeeOther)
}

// endSignIn answers for GET /auth/callback.
func (s *Server) endSignIn(w http.ResponseWriter, r *http.Request) {
	j, ok := s.kept(r)
	http.SetCookie(w, s.keep(r, nil)) // it is good for one try
	w.Header().Set("Cache-Control", cacheNever)
	q := r.URL.Query()
	if !ok || subtle.ConstantTimeCompare([]byte(j.State), []byte(q.Get("state"))) != 1 {
		writeError(w, http.StatusBadRequest, "this sign-in was not begun in this browser, or too long ago; open the board and sign in again")
		return
	}
	if why := q.Get("error"); why != "" {
		writeError(w, http.StatusForbidden, "the provider has not signed you in: "+printable(why))
		return
	}
	ctx := oidc.ClientContext(from(r.Context(), s.from(r)), s.signIn.client)
	who, err := s.signIn.finish(ctx, q.Get("code"), j)
	if err != nil {
		s.log.Warn("a sign-in has failed", "from", s.from(r), "err", err)
		writeError(w, http.StatusForbidden, "you could not be signed in; open the board and try again")
		return
	}
	if !who.in(s.signIn.cfg.Domains) {
		writeError(w, http.StatusForbidden, "you are signed in at the provider, but people with your address may not use this relay")
		return
	}
	session, err := s.authority.SignIn(ctx, who.subject(), who.name())
	if err != nil {
		s.log.Error("a sign-in was not stored", "err", err)
		writeError(w, http.StatusServiceUnavailable, "the relay cannot sign you in now; try again")
		return
	}
	http.SetCookie(w, s.newCookie(r, session))
	to := "/"
	if wire.ValidBoardName(j.Board) {
		to = "/b/" + j.Board
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// signedIn is what the provider says of a person.
type signedIn struct {
	Subject       string `json:"sub"`
	Name          string `json:"name"`
	Username      string `json:"preferred_username"`
	Email         string `json:"email"`
	EmailVerified bool   `json:"email_verified"`
}

// finish exchanges the code for the provider's word of who it is.
func (s *signIn) finish(ctx context.Context, code string, j journey) (who signedIn, err error) {
	provider, way, err := s.ready()
	if err != nil {
		return who, err
	}
	token, err := way.Exchange(ctx, code, oauth2.VerifierOption(j.Verifier))
	if err != nil {
		return who, fmt.Errorf("exchanging the code: %w", hideBody(err))
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return who, errors.New("the provider has sent no ID token")
	}
	id, err := provider.VerifierContext(oidc.ClientContext(context.Background(), s.client), &oidc.Config{ClientID: s.cfg.ClientID}).Verify(ctx, raw)
	if err != nil {
		return who, fmt.Errorf("checking the ID token: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(j.Nonce)) != 1 {
		return who, errors.New("the ID token is of another sign-in")
	}
	if err := id.Claims(&who); err != nil {
		return who, errors.New("the ID token's claims are not of the standard's types")
	}
	if who.Subject = id.Subject; who.Subject == "" {
		return who, errors.New("the ID token names nobody")
	}
	return who, nil
}

// hideBody keeps what the provider has answered out of the log: there may be a
// token in it.
func hideBody(err error) error {
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		status := "?"
		if refused.Response != nil {
			status = refused.Response.Status
		}
		return fmt.Errorf("the provider answered %s %s", status, printable(refused.ErrorCode))
	}
	return err
}

// subject keeps people of the provider's apart from those of an operator's tokens.
func (i signedIn) subject() string {
	return "oidc:" + i.Subject
}

// name is how the person is shown.
func (i signedIn) name() string {
	local, _, _ := strings.Cut(i.Email, "@")
	for _, name := range []string{i.Name, i.Username, local} {
		if name = clip(printable(name), wire.MaxName); name != "" {
			return name
		}
	}
	return "?"
}

// in reports whether the person's address is in one of the domains.
func (i signedIn) in(domains []string) bool {
	if len(domains) == 0 {
		return true
	}
	at := strings.LastIndexByte(i.Email, '@')
	return at > 0 && i.EmailVerified && slices.ContainsFunc(domains, func(d string) bool { return strings.EqualFold(d, i.Email[at+1:]) })
}

// printable is a text of somebody else's on one line.
func printable(text string) string {
	return clip(strings.TrimSpace(strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return -1
		}
		return c
	}, text)), 200)
}

// clip cuts a text to so many bytes.
func clip(text string, most int) string {
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "")
	}
	return text
}
