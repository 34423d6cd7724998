package auth

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// fixed is an Authority whose own key is all zeros, so that a corpus stays good.
func fixed(tb testing.TB) *Authority {
	tb.Helper()
	m := &memory{now: func() time.Time { return noon }, all: map[string]kept{}}
	if err := m.Put(tb.Context(), ofKeys, "own", make([]byte, ownKey), time.Time{}); err != nil {
		tb.Fatal(err)
	}
	a, err := NewAuthority(tb.Context(), Config{
		Records: m, Now: m.now,
		Verifier: verifier(tb, VerifierConfig{Keys: []*Key{mustKey(tb, []byte(secret))}}),
	})
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

// Whatever comes as a token, nobody comes in who has no good one, and the answer
// has a reason.
func FuzzToken(f *testing.F) {
	a := fixed(f)
	access, err := a.access().token(&accessClaims{Subject: "ann", Board: "plan", Role: Editor, Until: 2000})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(access)
	f.Add(hs(f, headHS, `{"sub":"ann","exp":2000,"iat":1,"nbf":1,"boards":{"*":"owner"},"feeds":true,"aud":["x"]}`))
	f.Add(input(`{"alg":"none"}`, plain) + ".")
	f.Add(input(`{"alg":"HS256","kid":"a","crit":["b64"]}`, plain) + ".AAAA")
	f.Add(a.access().head + "e30." + strings.Repeat("A", 43))
	f.Add("a.b.c.d.e")
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		g, err := a.Admit(t.Context(), token, "plan")
		switch {
		case err == nil && (g.Role("plan") == None || g.Subject == "" || g.Over(noon)):
			t.Errorf("%+v is let in", g)
		case err != nil && reasonOf(err) == 0:
			t.Errorf("without a reason: %v", err)
		case err != nil && len(token) > 12 && strings.Contains(err.Error(), token):
			t.Errorf("the error shows the token: %v", err)
		}
		a.Exchange(t.Context(), Proof{Bearer: token, Board: "plan"}) // nothing panics
	})
}

// Claims that are taken are taken again as Sign writes them, and mean the same.
func FuzzClaims(f *testing.F) {
	key := mustSigningKey(f, []byte(secret))
	v := verifier(f, VerifierConfig{Keys: []*Key{mustKey(f, []byte(secret))}, Now: func() time.Time { return time.Unix(0, 0) }})
	for _, seed := range []string{
		plain, `{"sub":"ann","name":"Ann","exp":2000,"iat":0,"nbf":0,"jti":"t","boards":{"plan":"owner","team-*":"editor","*":"viewer"},"feeds":true,"notices":true}`,
		`{"sub":"ann","exp":2e3,"aud":"x"}`, `{"sub":"ann","exp":1000.5,"aud":["x","y"],"iss":"z"}`, `{"sub":"ann","sub":"bea","exp":1}`, `{"boards":{"a":{}}}`, `[]`, `{"exp":"1"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := parseClaims(b)
		if err != nil {
			return
		}
		if len(c.Boards) > MaxBoards || len(c.Subject) > MaxSubject || len(c.Name) > maxName {
			t.Fatalf("over the limits: %+v", c)
		}
		if c.Until.Unix() < 1 || c.Issued.Unix() > int64(clockSkew/time.Second) && !c.Issued.IsZero() {
			return // over, or from the future
		}
		token, err := Sign(key, &c.Grant, "", "")
		if err != nil {
			if len(b) < 4096 {
				t.Fatalf("what is taken cannot be signed: %v", err)
			}
			return // the form that Sign writes may be longer
		}
		g, err := v.Verify(t.Context(), token)
		if err != nil || !g.Same(&c.Grant) || g.Until.Unix() != c.Until.Unix() {
			t.Fatalf("%+v, %v; want %+v", g, err, c.Grant)
		}
	})
}

// A cookie that is taken is the one that is written for its session.
func FuzzCookie(f *testing.F) {
	a := fixed(f)
	f.Add(a.session().cookie("VLDM6W2SHX5TJGHDOTLXZQFUTY", 1))
	f.Add(a.session().cookie("A", 1<<64-1))
	f.Add("A.01." + strings.Repeat("A", 43))
	f.Add("..")
	f.Fuzz(func(t *testing.T, v string) {
		family, generation, ok := a.session().parseCookie(v)
		if ok && a.session().cookie(family, generation) != v {
			t.Errorf("%q is taken for %s %d", v, family, generation)
		}
		// Nor does the part that is signed let another in.
		if own := a.session().cookie(v, 1); len(own) <= maxCookie && !strings.Contains(v, ".") {
			if f, g, ok := a.session().parseCookie(own); !ok || f != v || g != 1 {
				t.Errorf("the cookie of %q is read as %q %d %v", v, f, g, ok)
			}
		}
	})
}

// An invite that is taken is the one that is written of its claims.
func FuzzInvite(f *testing.F) {
	a := fixed(f)
	for _, c := range []inviteClaims{{"plan", Editor, 0, "A"}, {"plan", Owner, 2000, strings.Repeat("B", 26)}} {
		token, err := a.invite().token(&c)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(token)
	}
	f.Add(a.invite().head + "e30." + strings.Repeat("A", 43))
	f.Add(a.invite().head + ".")
	f.Fuzz(func(t *testing.T, token string) {
		var c inviteClaims
		if a.invite().open(token, &c) {
			if again, err := a.invite().token(&c); err != nil || again != token {
				t.Errorf("%q is taken for %+v", token, c)
			}
		}
		if acc, err := a.Exchange(t.Context(), Proof{Invite: token, Board: "plan"}); err == nil {
			t.Errorf("without a record: %+v", acc)
		}
	})
}

// A key that is taken is for one algorithm, and never both a secret and public.
func FuzzKey(f *testing.F) {
	k := keys()
	for _, b := range [][]byte{
		publicPEM(f, k.rsa), publicPEM(f, k.ec), publicPEM(f, k.ed), privatePEM(f, k.ec), privatePEM(f, k.ed), certificatePEM(f, k.ed),
		[]byte(secret), []byte(`{"keys":[]}`), []byte("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"),
	} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if k, err := ParseKey(b); err == nil {
			if methods[k.Alg()] == nil {
				t.Fatalf("a key for %q", k.Alg())
			}
			if k.Alg() == algHS256 && strings.Contains(string(b), "-----BEGIN ") {
				t.Fatal("PEM is taken for a secret")
			}
			k.signed("x", []byte("y"))
		}
		if k, err := ParseSigningKey(b); err == nil {
			if _, err := Sign(k, &Grant{Subject: "ann", Until: noon}, "", ""); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Keys of a set that are taken are public ones that signatures are checked with.
func FuzzSet(f *testing.F) {
	k := keys()
	f.Add([]byte(jwks(jwk(f, k.rsa.Public(), "a"), jwk(f, k.ec.Public(), "b", "alg=ES256"), jwk(f, k.ed.Public(), "c"))))
	f.Add([]byte(jwks(jwk(f, k.ec, "a"), jwk(f, []byte(secret), "b"))))
	f.Add([]byte(`{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AAAA"},{"kty":"EC","crv":"P-256","x":"AA","y":"AA"},{}]}`))
	f.Add([]byte(`{"keys":null}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		set, err := parseSet(b)
		if err != nil {
			return
		}
		if !json.Valid(b) || len(set) > maxSetKeys {
			t.Fatalf("%d keys of %q", len(set), b)
		}
		for _, k := range set {
			if its, err := algOf(k.key); err != nil || its != k.alg {
				t.Fatalf("a key for %s: %v", k.alg, err)
			}
			k.signed("x", make([]byte, 64))
		}
	})
}
