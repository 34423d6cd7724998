package auth

import (
	"testing"
	"time"
)

// What it takes to let somebody in.
func BenchmarkAdmit(b *testing.B) {
	m := &memory{now: time.Now, all: map[string]kept{}}
	set := []*Key{mustKey(b, []byte(secret))}
	sign := map[string]*SigningKey{algHS256: mustSigningKey(b, []byte(secret))}
	for alg, k := range keys().all() {
		set = append(set, mustKey(b, publicPEM(b, k)))
		sign[alg] = mustSigningKey(b, privatePEM(b, k))
	}
	a, err := NewAuthority(b.Context(), Config{Records: m, Verifier: verifier(b, VerifierConfig{Keys: set, Now: time.Now})})
	if err != nil {
		b.Fatal(err)
	}
	// Some revocations that concern somebody else.
	for _, subject := range []string{"bea", "cid", "dan"} {
		if err := a.RevokePerson(b.Context(), root, subject, ""); err != nil {
			b.Fatal(err)
		}
	}
	operators := func(alg string) string {
		token, err := Sign(sign[alg], &Grant{Subject: "ann", Name: "Ann", Boards: map[string]Role{"team-*": Editor, "*": Viewer}, Until: time.Now().Add(time.Hour)}, "", "")
		if err != nil {
			b.Fatal(err)
		}
		return token
	}
	acc, err := a.Exchange(b.Context(), Proof{Bearer: operators(algHS256), Board: "plan"})
	if err != nil {
		b.Fatal(err)
	}
	head, body, mac, _ := split(operators(algES256))
	for _, c := range []struct {
		name, token string
		good        bool
	}{
		{"access", acc.Token, true},
		{algHS256, operators(algHS256), true}, {algRS256, operators(algRS256), true}, {algES256, operators(algES256), true}, {algEdDSA, operators(algEdDSA), true},
		{"changed-access", acc.Token[:len(acc.Token)-4] + "AAAA", false},
		{"changed-ES256", head + "." + body + "A." + mac, false},
		{"garbage", "not a token", false},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := a.Admit(b.Context(), c.token, "plan"); (err == nil) != c.good {
					b.Fatal(err)
				}
			}
		})
	}
}
