package auth

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Sign makes an operator's token of a Grant, which must have an end. The times
// count in whole seconds. Issuer and audience may be empty; where a Verifier has
// them they must be the same. A Grant that a Verifier would not take makes an
// error.
func Sign(key *SigningKey, g *Grant, issuer, audience string) (string, error) {
	claims := jwt.MapClaims{"sub": g.Subject}
	for name, value := range map[string]string{"name": g.Name, "iss": issuer, "aud": audience, "jti": g.Token} {
		if value != "" {
			claims[name] = value
		}
	}
	for name, at := range map[string]time.Time{"exp": g.Until, "iat": g.Issued} {
		if !at.IsZero() {
			claims[name] = at.Unix()
		}
	}
	if len(g.Boards) > 0 {
		claims["boards"] = g.Boards
	}
	if g.Feeds {
		claims["feeds"] = true
	}
	if g.Notices {
		claims["notices"] = true
	}
	body, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	if _, err := parseClaims(body); err != nil {
		return "", err
	}
	token, err := jwt.NewWithClaims(methods[key.alg], claims).SignedString(key.key)
	if err != nil {
		return "", err
	}
	if len(token) > maxToken {
		return "", errors.New("the token would be longer than a relay takes")
	}
	return token, nil
}
