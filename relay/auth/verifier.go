package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"
)

// clockSkew is how far the clock of who signs may be ahead of the relay's. An end
// counts by the relay's clock alone: who comes too late gets a new token.
const clockSkew = 5 * time.Second

// VerifierConfig says whose tokens are taken.
type VerifierConfig struct {
	// Keys are those that the operator has given as files.
	Keys []*Key
	// JWKS are the addresses of sets of keys (RFC 7517 section 5): https, or http
	// on this machine.
	JWKS []string
	// Issuer, if not empty, is what iss must be.
	Issuer string
	// Audience is what aud must be, or have in its list. Empty: only tokens
	// without aud are taken, since others are for somebody else (RFC 7519 section
	// 4.1.3).
	Audience string
	// Client fetches sets of keys. Default: one that follows redirects to
	// addresses alone that JWKS may have.
	Client *http.Client
	// Now is the time. Default: time.Now.
	Now func() time.Time
	// Log gets trouble with sets of keys. Default: slog.Default().
	Log *slog.Logger
}

// Verifier checks tokens of the operator's. Make one with NewVerifier; it may be
// used by many goroutines.
type Verifier struct {
	cfg     VerifierConfig
	remotes []*remote
}

// NewVerifier fetches nothing yet: the first token does. It must be closed.
func NewVerifier(cfg VerifierConfig) (*Verifier, error) {
	if len(cfg.Keys) == 0 && len(cfg.JWKS) == 0 {
		return nil, errors.New("there is no key to check tokens with")
	}
	if cfg.Client == nil {
		cfg.Client = &http.Client{CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) >= maxRedirects {
				return errors.New("too many redirects")
			}
			return checkURL(r.URL.String())
		}}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	v := &Verifier{cfg: cfg}
	for _, u := range cfg.JWKS {
		if err := checkURL(u); err != nil {
			return nil, err
		}
		v.remotes = append(v.remotes, newRemote(u, cfg))
	}
	return v, nil
}

// Close ends what is being fetched, and waits for it.
func (v *Verifier) Close() {
	for _, r := range v.remotes {
		r.close()
	}
}

// Verify returns what a token grants. Its errors are of type *Error.
func (v *Verifier) Verify(ctx context.Context, token string) (*Grant, error) {
	head, body, mac, no := split(token)
	if no != nil {
		return nil, no
	}
	h, no := parseHeader(head)
	if no != nil {
		return nil, no
	}
	signature, err := segment.DecodeString(mac)
	if err != nil {
		return nil, refuse(Bad, "the token's signature is not base64url")
	}
	if no := v.checkSignature(ctx, h, token[:len(head)+1+len(body)], signature); no != nil {
		return nil, no
	}
	b, err := segment.DecodeString(body)
	if err != nil {
		return nil, refuse(Bad, "the token's claims are not base64url")
	}
	c, err := parseClaims(b)
	if err != nil {
		return nil, refuse(Bad, "the token's claims are not as they must be: "+err.Error())
	}
	if no := v.check(c); no != nil {
		return nil, no
	}
	return &c.Grant, nil
}

// header is what a token says of itself. What it says of where its key is to be
// found (jwk, jku, x5c, x5u) is not asked for: keys are the operator's.
type header struct {
	alg, kid string
	hasKid   bool
}

// types that a token of the operator's may have; those of the relay's own are not
// among them (RFC 8725 section 3.11).
var types = []string{"", "jwt", "at+jwt", "application/at+jwt"}

func parseHeader(s string) (header, *Error) {
	b, err := segment.DecodeString(s)
	if err != nil {
		return header{}, refuse(Bad, "the token's header is not base64url")
	}
	f, err := parseFields(b)
	if err != nil {
		return header{}, refuse(Bad, "the token's header: "+err.Error())
	}
	var h header
	var typ string
	if h.alg, err = f.text("alg", maxKeyID); err == nil {
		if h.kid, err = f.text("kid", maxKeyID); err == nil {
			typ, err = f.text("typ", maxKeyID)
		}
	}
	if err != nil {
		return header{}, refuse(Bad, "the token's header: "+err.Error())
	}
	h.hasKid = f.has("kid")
	switch {
	case f.has("crit"):
		return header{}, refuse(Bad, "the token says that something must be understood (crit) that the relay does not")
	case !slices.Contains(types, strings.ToLower(typ)):
		return header{}, refuse(Bad, "the token is of another kind (typ) than is wanted here")
	case strings.EqualFold(h.alg, "none"):
		return header{}, refuse(Bad, "the token is not signed (none); the relay takes HS256, RS256, ES256 and EdDSA")
	case methods[h.alg] == nil:
		return header{}, refuse(Bad, "the token is signed by a method that the relay does not take; it takes HS256, RS256, ES256 and EdDSA")
	}
	return h, nil
}

// checkSignature tries the keys that may have signed a token: those of files, which
// have no names, and of sets the one that it names.
func (v *Verifier) checkSignature(ctx context.Context, h header, input string, signature []byte) *Error {
	any := false
	for _, k := range v.cfg.Keys {
		if k.alg != h.alg {
			continue
		}
		any = true
		if k.signed(input, signature) {
			return nil
		}
	}
	var why *Error
	if h.alg != algHS256 { // a secret has no address
		for _, r := range v.remotes {
			keys, no := r.find(ctx, h)
			if why == nil || no != nil && no.Again() {
				why = no
			}
			for _, k := range keys {
				any = true
				if k.signed(input, signature) {
					return nil
				}
			}
		}
	}
	switch {
	case why != nil && (why.Again() || !any):
		return why
	case !any:
		return refuse(Bad, fmt.Sprintf("the token is signed with %s, and no key of the relay is for that", h.alg))
	}
	return refuse(Bad, "the token's signature is not of a key of the relay's, or the token was changed")
}

// claims are what a token says (RFC 7519 section 4.1).
type claims struct {
	Grant
	issuer    string
	audience  []string
	notBefore time.Time
}

// parseClaims checks all that does not depend on the time and on who it is for.
func parseClaims(b []byte) (c claims, err error) {
	f, err := parseFields(b)
	if err != nil {
		return c, err
	}
	for _, t := range []struct {
		into *string
		name string
		most int
	}{{&c.Subject, "sub", MaxSubject}, {&c.Name, "name", maxName}, {&c.Token, "jti", maxID}, {&c.issuer, "iss", maxToken}} {
		if *t.into, err = f.text(t.name, t.most); err != nil {
			return c, err
		}
	}
	for _, t := range []struct {
		into *time.Time
		name string
	}{{&c.Until, "exp"}, {&c.notBefore, "nbf"}, {&c.Issued, "iat"}} {
		if *t.into, err = f.time(t.name); err != nil {
			return c, err
		}
	}
	if c.audience, err = f.texts("aud"); err != nil {
		return c, err
	}
	if c.Feeds, err = f.flag("feeds"); err != nil {
		return c, err
	}
	if c.Notices, err = f.flag("notices"); err != nil {
		return c, err
	}
	if c.Boards, err = f.boards("boards"); err != nil {
		return c, err
	}
	switch {
	case c.Subject == "":
		return c, errors.New("sub, which says who it is, is missing")
	case c.Until.IsZero():
		return c, errors.New("exp, which says when it ends, is missing")
	}
	return c, nil
}

// check is for what depends on the time and on who it is for.
func (v *Verifier) check(c claims) *Error {
	now := v.cfg.Now()
	ahead := now.Add(clockSkew)
	switch {
	case v.cfg.Issuer != "" && c.issuer != v.cfg.Issuer:
		return refuse(Bad, "the token is of another issuer (iss) than the relay takes them of")
	case v.cfg.Audience == "" && len(c.audience) > 0:
		return refuse(Bad, "the token is for somebody else: it has an audience (aud), and the relay is not told its own")
	case v.cfg.Audience != "" && !slices.Contains(c.audience, v.cfg.Audience):
		return refuse(Bad, "the token is for another audience (aud) than this relay")
	case c.Over(now):
		return refuse(Expired, "the token has ended; ask for a new one")
	case ahead.Before(c.notBefore):
		return refuse(NotYet, "the token does not hold yet (nbf)")
	case ahead.Before(c.Issued):
		return refuse(NotYet, "the token comes from the future (iat); the clock of who made it is ahead")
	}
	return nil
}
