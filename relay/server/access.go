package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"

	"edgeboard/relay/auth"
	"edgeboard/relay/notify"
	"edgeboard/relay/room"
)

// Access says who may come in. The zero value is open mode: whoever knows a board's
// name may edit it, and a new board's name cannot be guessed. A relay in open mode
// serves on addresses of its own machine alone, and behind no proxy, unless Open is
// set.
type Access struct {
	// Open allows open mode on every address. Not with any of the others.
	Open bool
	// Keys are files of keys for tokens that the operator's programs sign: public
	// ones in PEM, or secrets (see auth.ReadKey).
	Keys []string
	// JWKS are addresses of sets of keys.
	JWKS []string
	// Issuer and Audience are what these tokens must say, see auth.VerifierConfig.
	Issuer, Audience string
	// SignIn lets people sign in at a provider of OpenID Connect.
	SignIn SignIn
	// Authenticate, if not nil, is asked first for who makes a request: each that
	// begins a connection to a board, asks for a token, for the board's page or a file
	// of it, or calls the API. It may look at a cookie or a header of the program that
	// embeds the relay. It returns nil and nil for who is to show a token, and an
	// *auth.Error for who is to be told why not; any other error is logged, and told as
	// the relay's own fault. A Grant with a Session or a Token can be revoked by it.
	Authenticate func(*http.Request) (*auth.Grant, error)
}

// Everybody reports open mode.
func (a *Access) Everybody() bool {
	return len(a.Keys)+len(a.JWKS) == 0 && a.SignIn.Issuer == "" && a.Authenticate == nil
}

// validate finds what contradicts itself.
func (a *Access) validate() error {
	switch {
	case a.Open && !a.Everybody():
		return errors.New("open mode (-open) lets everybody in, and keys or a sign-in let in some: choose")
	case a.Everybody() && (a.Issuer != "" || a.Audience != ""):
		return errors.New("an issuer or an audience of tokens is of no use without keys (-token-keys, -token-jwks)")
	}
	return a.SignIn.validate()
}

// ErrExposed is Serve's where everybody could edit from everywhere.
var ErrExposed = errors.New("anybody who reaches this address could edit every board whose name they know: " +
	"give keys (-token-keys, -token-jwks) or a sign-in (-oidc-issuer), serve on localhost, or allow it with -open")

// private reports open mode for this machine alone. Then requests are answered that
// ask for it by one of its own names: not those of a page whose name was made to
// lead here (DNS rebinding), to which the browser lends this machine's reach, nor
// what a proxy passes on that nobody has told the relay of.
func (a *Access) private() bool { return a.Everybody() && !a.Open }

// MayServe returns an error, which is ErrExposed, if a relay with this Config serves
// nobody on an address. Behind a proxy it serves everybody whom that lets through,
// wherever it is itself.
func (cfg *Config) MayServe(at net.Addr) error {
	switch {
	case cfg.Access.Open || !cfg.Access.Everybody():
		return nil
	case !local(at):
		return fmt.Errorf("%v: %w", at, ErrExposed)
	case len(cfg.TrustedProxies) > 0:
		return fmt.Errorf("behind a proxy: %w", ErrExposed)
	}
	return nil
}

// local reports whether only this machine reaches an address.
func local(at net.Addr) bool {
	if tcp, ok := at.(*net.TCPAddr); ok {
		return tcp.IP.IsLoopback()
	}
	return at.Network() == "unix"
}

// verifier makes what checks tokens of the operator's; nil: there are none.
func (a *Access) verifier(log *slog.Logger) (*auth.Verifier, error) {
	if len(a.Keys)+len(a.JWKS) == 0 {
		return nil, nil
	}
	keys := make([]*auth.Key, len(a.Keys))
	for i, file := range a.Keys {
		var err error
		if keys[i], err = auth.ReadKey(file); err != nil {
			return nil, err
		}
	}
	return auth.NewVerifier(auth.VerifierConfig{Keys: keys, JWKS: a.JWKS, Issuer: a.Issuer, Audience: a.Audience, Log: log})
}

// checkAccess says in words who may come in.
func checkAccess(cfg Config) (string, error) {
	a := cfg.Access
	if err := a.validate(); err != nil {
		return "", err
	}
	if a.Everybody() {
		return "everybody who knows a board's name may edit it", nil
	}
	v, err := a.verifier(cfg.Log)
	if err != nil {
		return "", err
	}
	var who []string
	if v != nil {
		v.Close()
		who = append(who, fmt.Sprintf("who has a token that is signed with one of %d keys of files or %d sets of keys", len(a.Keys), len(a.JWKS)))
	}
	if a.SignIn.Issuer != "" {
		who = append(who, "who signs in at "+a.SignIn.Issuer)
	}
	return strings.Join(append(who, "who has an invite of theirs"), ", "), nil
}

// openAuthority makes what decides who may come in; nil: everybody may.
func openAuthority(cfg Config, keeps kept, audit func(context.Context, auth.Event), changed func(context.Context, auth.Change)) (*auth.Authority, *auth.Verifier, error) {
	a := cfg.Access
	if a.Everybody() {
		return nil, nil, nil
	}
	verifier, err := a.verifier(cfg.Log)
	if err != nil {
		return nil, nil, err
	}
	deciding := auth.Config{Records: keeps.records, Verifier: verifier, SignIn: a.SignIn.Issuer != "", Audit: audit, Changed: changed}
	if others := keeps.shared; others != nil {
		deciding.Relay, deciding.Fresh = others.Relay(), others.Fresh
	}
	authority, err := auth.NewAuthority(context.Background(), deciding)
	if err != nil && verifier != nil {
		verifier.Close()
	}
	return authority, verifier, err
}

// door is the rooms' Guard.
type door struct {
	authority *auth.Authority // nil: everybody may come in
	audit     *slog.Logger    // nil: none
	log       *slog.Logger
	notices   *notify.Center // set before anybody comes
}

var everybody = auth.Open()

func (d *door) Admit(ctx context.Context, v room.Visitor, board, token string) (*auth.Grant, error) {
	switch {
	case d.authority == nil:
		return anybody(board), nil
	case v.Err != nil:
		return nil, v.Err
	case v.Grant != nil:
		return v.Grant, d.authority.Check(board, v.Grant)
	}
	return d.authority.Admit(from(ctx, v.From), token, board)
}

func (d *door) Check(board string, g *auth.Grant) error {
	if d.authority == nil {
		return nil
	}
	return d.authority.Check(board, g)
}

func (d *door) Came(v room.Visitor, board string, g *auth.Grant) {
	d.note("joined", v, board, g)
	if d.authority != nil && g.Subject != "" {
		d.cameBack(board, g)
	}
}

func (d *door) Left(v room.Visitor, board string, g *auth.Grant, why error) {
	d.note("left", v, board, g, "why", why.Error())
}

// visitor is what is known of who makes a request that begins a connection.
func (s *Server) visitor(transport string, r *http.Request) room.Visitor {
	v := room.Visitor{From: s.from(r), Transport: transport, Token: bearer(r)}
	v.Grant, v.Err = s.authenticate(r)
	return v
}

// authenticate asks the program that embeds the relay, if it wants to be asked.
func (s *Server) authenticate(r *http.Request) (*auth.Grant, error) {
	if s.access.Authenticate == nil {
		return nil, nil
	}
	return s.access.Authenticate(r)
}

// from is where a request comes from, for the log.
func (s *Server) from(r *http.Request) string { return r.RemoteAddr }

// bearer is the token in the header Authorization (RFC 6750 section 2.1), which no
// log has; empty: none.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
