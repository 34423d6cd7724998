package auth

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	jose "github.com/go-jose/go-jose/v4"
)

// provider answers for sets of keys, in simulated time.
type provider struct {
	mu      sync.Mutex
	body    string
	header  http.Header
	status  int
	delay   time.Duration
	fails   bool
	fetches int
}

func (p *provider) RoundTrip(r *http.Request) (*http.Response, error) {
	p.mu.Lock()
	p.fetches++
	body, header, status, delay, fails := p.body, p.header, p.status, p.delay, p.fails
	p.mu.Unlock()
	select {
	case <-time.After(delay):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if fails {
		return nil, errors.New("connection refused")
	}
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// set changes what the provider does from now on.
func (p *provider) set(f func(p *provider)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(p)
}

func (p *provider) asked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fetches
}

// jwk is a key as JSON, with members changed: "use=enc", or "use=" to leave it out.
func jwk(t testing.TB, key any, kid string, changes ...string) string {
	t.Helper()
	b, err := jose.JSONWebKey{Key: key, KeyID: kid, Use: "sig"}.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]any{}
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	for _, change := range changes {
		if name, value, _ := strings.Cut(change, "="); value == "" {
			delete(m, name)
		} else {
			m[name] = value
		}
	}
	if b, err = json.Marshal(m); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func jwks(keys ...string) string { return `{"keys":[` + strings.Join(keys, ",") + `]}` }

// by makes a token that names its key, and holds for a long time.
func by(t testing.TB, alg, kid string, key crypto.Signer) string {
	t.Helper()
	head := fmt.Sprintf(`{"alg":%q,"kid":%q}`, alg, kid)
	return signedBy(t, methods[alg], key, input(head, `{"sub":"ann","exp":5000000000}`))
}

// bubble runs f in simulated time, with a provider that has what set says.
func bubble(t *testing.T, set string, f func(t *testing.T, p *provider, v *Verifier)) {
	keys() // outside, where time passes
	synctest.Test(t, func(t *testing.T) {
		p := &provider{body: set, status: http.StatusOK, header: http.Header{}}
		v := verifier(t, VerifierConfig{JWKS: []string{"https://keys.example/jwks"}, Client: &http.Client{Transport: p}, Now: time.Now})
		f(t, p, v)
	})
}

// expect verifies a token, and says why if the answer is another; 0: it is good.
func expect(t *testing.T, v *Verifier, token string, want Reason, why string) {
	t.Helper()
	if _, err := v.Verify(t.Context(), token); reasonOf(err) != want || want == 0 && err != nil {
		t.Errorf("%s: %v", why, err)
	}
}

func TestSetOfKeysIsFetchedOnce(t *testing.T) {
	k := keys()
	set := jwks(jwk(t, k.rsa.Public(), "a"), jwk(t, k.ec.Public(), "b"), jwk(t, k.ed.Public(), "c"))
	bubble(t, set, func(t *testing.T, p *provider, v *Verifier) {
		if p.asked() != 0 {
			t.Error("keys were fetched before anybody came")
		}
		p.set(func(p *provider) { p.delay = time.Second })
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() { expect(t, v, by(t, algRS256, "a", k.rsa), 0, "one of many that come at once") })
		}
		all.Wait()
		expect(t, v, by(t, algES256, "b", k.ec), 0, "P-256")
		expect(t, v, by(t, algEdDSA, "c", k.ed), 0, "Ed25519")
		expect(t, v, signedBy(t, methods[algEdDSA], k.ed, input(`{"alg":"EdDSA"}`, `{"sub":"ann","exp":5000000000}`)), 0, "the only key of its kind need not be named")
		if p.asked() != 1 {
			t.Errorf("keys were fetched %d times", p.asked())
		}
		expect(t, v, by(t, algRS256, "b", k.rsa), Unavailable, "a kid of a key of another kind, soon after a fetch")
	})
}

func TestKeysAreRotated(t *testing.T) {
	k := keys()
	bubble(t, jwks(jwk(t, k.ec.Public(), "old")), func(t *testing.T, p *provider, v *Verifier) {
		old, next := by(t, algES256, "old", k.ec), by(t, algEdDSA, "new", k.ed)
		expect(t, v, old, 0, "the only key")
		p.set(func(p *provider) { p.body = jwks(jwk(t, k.ec.Public(), "old"), jwk(t, k.ed.Public(), "new")) })
		expect(t, v, next, Unavailable, "the last fetch was just now")
		time.Sleep(fetchPause)
		expect(t, v, next, 0, "a new key is picked up when it is named")
		expect(t, v, old, 0, "the old one is still there")
		p.set(func(p *provider) { p.body = jwks(jwk(t, k.ed.Public(), "new")) })
		time.Sleep(defaultFresh - time.Second)
		expect(t, v, old, 0, "what is kept is fresh")
		time.Sleep(time.Second)
		expect(t, v, old, Bad, "the old key has gone")
		expect(t, v, next, 0, "and the new one has not")
		if p.asked() != 3 {
			t.Errorf("keys were fetched %d times", p.asked())
		}
		p.set(func(p *provider) { p.body = jwks() })
		time.Sleep(defaultFresh)
		expect(t, v, next, Bad, "all keys are withdrawn")
	})
}

func TestProviderSaysHowLongKeysAreFresh(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"max-age=3600": time.Hour, "public, max-age=3600, must-revalidate": time.Hour, `Max-Age="3600"`: time.Hour,
		"max-age=0": minFresh, "no-store": minFresh, "no-cache, max-age=3600": minFresh,
		"max-age=99999999": maxFresh, "max-age=99999999999999999999": defaultFresh, "max-age=-1": defaultFresh, "max-age": defaultFresh, "": defaultFresh,
	} {
		if got := freshFor(http.Header{"Cache-Control": {value}}); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
	k := keys()
	bubble(t, jwks(jwk(t, k.ec.Public(), "a")), func(t *testing.T, p *provider, v *Verifier) {
		p.header.Set("Cache-Control", "max-age=120")
		token := by(t, algES256, "a", k.ec)
		for range 10 {
			expect(t, v, token, 0, "while it is asked for")
			time.Sleep(time.Minute)
		}
		if p.asked() != 5 {
			t.Errorf("in 10 minutes keys were fetched %d times", p.asked())
		}
	})
}

// A provider in trouble locks out nobody whose key is known.
func TestProviderInTrouble(t *testing.T) {
	k := keys()
	for name, trouble := range map[string]func(p *provider){
		"down":       func(p *provider) { p.fails = true },
		"an error":   func(p *provider) { p.status = http.StatusInternalServerError },
		"garbage":    func(p *provider) { p.body = "<html>sign in</html>" },
		"no keys":    func(p *provider) { p.body = "{}" },
		"keys null":  func(p *provider) { p.body = `{"keys":null}` },
		"huge":       func(p *provider) { p.body = `{"keys":[],"x":"` + strings.Repeat("x", maxSet) + `"}` },
		"many":       func(p *provider) { p.body = jwks("{}" + strings.Repeat(",{}", maxSetKeys)) },
		"slow":       func(p *provider) { p.delay = time.Hour },
		"redirected": func(p *provider) { p.status = http.StatusFound }, // to nowhere
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, jwks(jwk(t, k.ec.Public(), "a")), func(t *testing.T, p *provider, v *Verifier) {
				known, unknown := by(t, algES256, "a", k.ec), by(t, algEdDSA, "b", k.ed)
				p.set(trouble)
				expect(t, v, known, Unavailable, "no key has come yet")
				good := jwks(jwk(t, k.ec.Public(), "a"))
				p.set(func(p *provider) { p.body, p.status, p.delay, p.fails = good, http.StatusOK, 0, false })
				time.Sleep(fetchPause)
				expect(t, v, known, 0, "the provider is there again")
				p.set(trouble)
				for range 5 {
					time.Sleep(defaultFresh)
					begun := time.Now()
					expect(t, v, known, 0, "in trouble, with a key that is known")
					if waited := time.Since(begun); waited > patience {
						t.Errorf("who has a known key waited %v", waited)
					}
				}
				time.Sleep(fetchPause)
				begun := time.Now()
				expect(t, v, unknown, Unavailable, "in trouble, with a key that is not known")
				if waited := time.Since(begun); waited > fetchTimeout {
					t.Errorf("who has an unknown key waited %v", waited)
				}
			})
		})
	}
}

func TestWaitForKeysEndsWithTheRequest(t *testing.T) {
	k := keys()
	bubble(t, jwks(jwk(t, k.ec.Public(), "a")), func(t *testing.T, p *provider, v *Verifier) {
		p.set(func(p *provider) { p.delay = 4 * time.Second })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begun := time.Now()
		if _, err := v.Verify(ctx, by(t, algES256, "a", k.ec)); reasonOf(err) != Unavailable || time.Since(begun) != time.Second {
			t.Errorf("after %v: %v", time.Since(begun), err)
		}
		// The fetch goes on for the others.
		expect(t, v, by(t, algES256, "a", k.ec), 0, "the next one")
		if p.asked() != 1 {
			t.Errorf("keys were fetched %d times", p.asked())
		}
	})
}

func TestUnknownKeysCauseFewFetches(t *testing.T) {
	k := keys()
	bubble(t, jwks(jwk(t, k.ed.Public(), "a")), func(t *testing.T, p *provider, v *Verifier) {
		known := by(t, algEdDSA, "a", k.ed)
		expect(t, v, known, 0, "at the beginning")
		in := func(kid int) string { return input(fmt.Sprintf(`{"alg":"EdDSA","kid":"%d"}`, kid), plain) }
		_, _, mac, _ := split(known)
		for second := range 21 {
			var refused atomic.Int32
			var all sync.WaitGroup
			for i := range 1000 {
				all.Go(func() {
					if _, err := v.Verify(t.Context(), in(second*1000+i)+"."+mac); err != nil {
						refused.Add(1)
					}
				})
			}
			all.Wait()
			if refused.Load() != 1000 {
				t.Fatalf("of 1,000 unknown keys %d were refused", refused.Load())
			}
			time.Sleep(time.Second)
		}
		if p.asked() != 3 { // at the beginning, after 10 s and after 20 s
			t.Errorf("in 20 seconds of unknown keys they were fetched %d times", p.asked())
		}
		expect(t, v, known, 0, "at the end")
	})
}

func TestCloseEndsFetch(t *testing.T) {
	k := keys()
	bubble(t, "", func(t *testing.T, p *provider, v *Verifier) {
		p.set(func(p *provider) { p.delay = time.Hour })
		done := make(chan struct{})
		go func() {
			defer close(done)
			expect(t, v, by(t, algES256, "a", k.ec), Unavailable, "the Verifier is closed meanwhile")
		}()
		synctest.Wait()
		begun := time.Now()
		v.Close()
		<-done
		if time.Since(begun) != 0 {
			t.Errorf("it took %v", time.Since(begun))
		}
		time.Sleep(time.Minute)
		expect(t, v, by(t, algES256, "a", k.ec), Unavailable, "a closed Verifier")
		if p.asked() != 1 {
			t.Errorf("keys were fetched %d times", p.asked())
		}
	})
}

// Of a set those keys count that are for signatures of ours, and public.
func TestKeysOfSetThatAreSkipped(t *testing.T) {
	k := keys()
	ec, rs := k.ec.Public(), k.rsa.Public()
	for name, c := range map[string]struct {
		jwk string
		n   int
	}{
		"as they are":           {jwk(t, ec, "a"), 1},
		"for verify":            {`{"key_ops":["verify"],` + jwk(t, ec, "a", "use=")[1:], 1},
		"without use":           {jwk(t, ec, "a", "use="), 1},
		"with its alg":          {jwk(t, rs, "a", "alg=RS256"), 1},
		"for encryption":        {jwk(t, rs, "a", "use=enc"), 0},
		"for signing":           {`{"key_ops":["sign"],` + jwk(t, ec, "a", "use=")[1:], 0},
		"RS512":                 {jwk(t, rs, "a", "alg=RS512"), 0},
		"of another alg":        {jwk(t, rs, "a", "alg=ES256"), 0},
		"HS256 by an RSA key":   {jwk(t, rs, "a", "alg=HS256"), 0},
		"a secret":              {jwk(t, []byte(secret), "a"), 0},
		"private":               {jwk(t, k.ec, "a"), 0},
		"not on the curve":      {jwk(t, ec, "a", "x=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), 0},
		"of another curve":      {jwk(t, ec, "a", "crv=P-384"), 0},
		"of a kind of its own":  {`{"kty":"NEW","use":"sig","kid":"a"}`, 0},
		"short":                 {`{"kty":"OKP","crv":"Ed25519","use":"sig","x":"AAAA"}`, 0},
		"small":                 {`{"kty":"RSA","use":"sig","n":"` + strings.Repeat("A", 170) + `Q","e":"AQAB"}`, 0},
		"a number":              {`1`, 0},
		"null":                  {`null`, 0},
		"a kid of many letters": {jwk(t, ec, strings.Repeat("x", maxKeyID+1)), 0},
		"with something twice":  {`{"kty":"oct","use":"sig",` + jwk(t, ec, "a", "use=")[1:], 0},
	} {
		got, err := parseSet([]byte(jwks(c.jwk, jwk(t, k.ed.Public(), "b"))))
		if err != nil || len(got) != c.n+1 {
			t.Errorf("%s: %d keys, %v; want %d", name, len(got), err, c.n+1)
		}
	}
}

// A token that does not name its key is not tried with all of them.
func TestKeyIsNamedWhereThereAreSeveral(t *testing.T) {
	k := keys()
	bubble(t, jwks(jwk(t, k.ec.Public(), "a"), jwk(t, k.ec.Public(), "b")), func(t *testing.T, p *provider, v *Verifier) {
		expect(t, v, signedBy(t, methods[algES256], k.ec, input(`{"alg":"ES256"}`, plain)), Bad, "no kid")
		expect(t, v, by(t, algES256, "", k.ec), Unavailable, "an empty kid is the name of none")
		expect(t, v, by(t, algES256, "b", k.ec), 0, "named")
	})
}
