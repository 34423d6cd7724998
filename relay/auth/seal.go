package auth

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ownKey is the length of the relay's own key in bytes.
const ownKey = 32

// seal signs one kind of what the relay gives out, with a key of that kind's own.
type seal struct {
	head string // of tokens, with the dot behind it; the only one that is taken
	key  []byte
}

// seals are those of one key.
type seals struct{ access, invite, session seal }

func newSeal(own []byte, typ string) (seal, error) {
	key, err := hkdf.Expand(sha256.New, own, "edgeboard "+typ, sha256.Size)
	if err != nil {
		return seal{}, fmt.Errorf("make the key of %s: %w", typ, err)
	}
	head := segment.EncodeToString([]byte(`{"alg":"HS256","typ":"` + typ + `"}`))
	return seal{head + ".", key}, nil
}

// The typ of the relay's own tokens.
const (
	typAccess  = "edgeboard-access+jwt"
	typInvite  = "edgeboard-invite+jwt"
	typSession = "edgeboard-session" // a cookie, not a JWT
)

func (s seal) mac(input string) []byte {
	h := hmac.New(sha256.New, s.key)
	h.Write([]byte(input))
	return h.Sum(nil)
}

// signed reports whether mac, as base64url, is that of input.
func (s seal) signed(input, mac string) bool {
	b, err := segment.DecodeString(mac)
	return err == nil && len(mac) == segment.EncodedLen(sha256.Size) && hmac.Equal(b, s.mac(input))
}

// token makes a JWT of claims.
func (s seal) token(claims any) (string, error) {
	body, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	input := s.head + segment.EncodeToString(body)
	return input + "." + segment.EncodeToString(s.mac(input)), nil
}

// is reports whether a token says that it is of this kind.
func (s seal) is(token string) bool { return strings.HasPrefix(token, s.head) }

// open reads the claims of a token, if it is the relay's and of this kind. What
// the relay has not written itself is not parsed.
func (s seal) open(token string, claims any) bool {
	if len(token) > maxToken || !s.is(token) {
		return false
	}
	body, mac, ok := strings.Cut(token[len(s.head):], ".")
	if !ok || !s.signed(token[:len(s.head)+len(body)], mac) {
		return false
	}
	b, err := segment.DecodeString(body)
	return err == nil && json.Unmarshal(b, claims) == nil
}

// accessClaims are those of an access token.
type accessClaims struct {
	Subject string `json:"sub"`
	Name    string `json:"name,omitempty"`
	Board   string `json:"board"`
	Role    Role   `json:"role"`
	Feeds   bool   `json:"feeds,omitempty"`
	Until   int64  `json:"exp"` // in seconds
	Issued  int64  `json:"at"`  // in microseconds: it may be soon after a revocation
	Token   string `json:"jti"` // of the operator's token behind it, if there is one
	Session string `json:"sid"`
	Invite  string `json:"inv,omitempty"`
	Relay   string `json:"rel,omitempty"` // that has made it
}

func (c *accessClaims) grant() *Grant {
	return &Grant{
		Subject: c.Subject, Name: c.Name, Boards: map[string]Role{c.Board: c.Role}, Feeds: c.Feeds,
		Until: time.Unix(c.Until, 0), Issued: time.UnixMicro(c.Issued),
		Token: c.Token, Session: c.Session, Invite: c.Invite, given: true, by: c.Relay,
	}
}

// inviteClaims are those of an invite.
type inviteClaims struct {
	Board string `json:"board"`
	Role  Role   `json:"role"`
	Until int64  `json:"exp,omitempty"` // in seconds; 0: never
	ID    string `json:"jti"`
}

// A cookie is a family, a generation and what signs both, with dots between them:
//
//	VLDM6W2SHX5TJGHDOTLXZQFUTY.12.x5Xq3d…
//
// cookie writes one.
func (s seal) cookie(family string, generation uint64) string {
	input := family + "." + strconv.FormatUint(generation, 10)
	return input + "." + segment.EncodeToString(s.mac(input))
}

// maxCookie is longer than any cookie of a session, in bytes.
const maxCookie = 128

// parseCookie takes what cookie has written, and nothing else.
func (s seal) parseCookie(v string) (family string, generation uint64, ok bool) {
	if len(v) > maxCookie {
		return "", 0, false
	}
	dot := strings.LastIndexByte(v, '.')
	if dot < 0 || !s.signed(v[:dot], v[dot+1:]) {
		return "", 0, false
	}
	family, number, ok := strings.Cut(v[:dot], ".")
	generation, err := strconv.ParseUint(number, 10, 64)
	return family, generation, ok && err == nil
}
