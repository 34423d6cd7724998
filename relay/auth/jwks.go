package auth

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	jose "github.com/go-jose/go-jose/v4"
)

// Limits of sets of keys.
const (
	maxSet       = 1 << 20 // bytes
	maxSetKeys   = 100
	maxRedirects = 3
	// fetchTimeout bounds one fetch, and what somebody waits for a key that is
	// not there.
	fetchTimeout = 5 * time.Second
	// patience is what somebody waits whose key is there, and may have been
	// withdrawn.
	patience = time.Second
	// fetchPause lies between the beginnings of two fetches, however many unknown
	// keys are named meanwhile.
	fetchPause = 10 * time.Second
	// A set is asked for again when it is as old as it may be (Cache-Control:
	// max-age), which counts between these two.
	minFresh     = time.Minute
	maxFresh     = 24 * time.Hour
	defaultFresh = 15 * time.Minute
)

// remote is a set of keys at an address. It is fetched when somebody needs it.
type remote struct {
	url    string
	client *http.Client
	now    func() time.Time
	log    *slog.Logger

	ending context.Context
	end    context.CancelFunc
	fetch  sync.WaitGroup

	mu     sync.Mutex
	keys   []*Key
	until  time.Time // when they are stale; zero: they have never come
	tried  time.Time // when the last fetch began
	flight *flight   // nil: none is under way
}

// flight is a fetch that is under way, for which many may wait.
type flight struct {
	done chan struct{}
	err  error // once done
}

func newRemote(url string, cfg VerifierConfig) *remote {
	r := &remote{url: url, client: cfg.Client, now: cfg.Now, log: cfg.Log}
	r.ending, r.end = context.WithCancel(context.Background())
	return r
}

func (r *remote) close() {
	r.mu.Lock()
	r.end()
	r.mu.Unlock()
	r.fetch.Wait()
}

var errUnavailable = refuse(Unavailable, "the keys that the token is checked with cannot be fetched now; try again in a while")

// find returns the keys that may have signed a token with that header. What is
// kept is good enough while the provider does not answer.
func (r *remote) find(ctx context.Context, h header) ([]*Key, *Error) {
	r.mu.Lock()
	found, no := r.pick(h)
	now := r.now()
	if no == nil && now.Before(r.until) {
		r.mu.Unlock()
		return found, nil
	}
	wait, known := r.begin(now), !r.until.IsZero()
	r.mu.Unlock()
	if wait == nil {
		switch {
		case no == nil:
			return found, nil
		case known:
			return nil, refuse(Unavailable, "the token is signed with a key that the relay does not know yet; try again in a while")
		}
		return nil, errUnavailable
	}
	var enough <-chan time.Time
	if no == nil {
		t := time.NewTimer(patience)
		defer t.Stop()
		enough = t.C
	}
	select {
	case <-wait.done:
	case <-enough:
		return found, nil
	case <-ctx.Done():
		return nil, errUnavailable
	}
	if wait.err != nil {
		if no == nil {
			return found, nil
		}
		return nil, errUnavailable
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pick(h)
}

// pick looks in what is kept. The caller holds mu.
func (r *remote) pick(h header) (found []*Key, no *Error) {
	for _, k := range r.keys {
		if k.alg == h.alg && (!h.hasKid || k.id == h.kid) {
			found = append(found, k)
		}
	}
	switch {
	case len(found) == 0:
		return nil, refuse(Bad, fmt.Sprintf("the token is signed with a %s key that the relay does not have", h.alg))
	case !h.hasKid && len(found) > 1: // each costs a try, and who signs knows which it was
		return nil, refuse(Bad, "the token does not say which key it is signed with (kid)")
	}
	return found, nil
}

// begin starts a fetch, or joins the one that is under way; nil if it is too early
// for another. The caller holds mu.
func (r *remote) begin(now time.Time) *flight {
	if r.flight != nil {
		return r.flight
	}
	if r.ending.Err() != nil {
		return nil
	}
	if since := now.Sub(r.tried); !r.tried.IsZero() && since >= 0 && since < fetchPause {
		return nil
	}
	f := &flight{done: make(chan struct{})}
	r.flight, r.tried = f, now
	r.fetch.Go(func() {
		keys, fresh, err := r.get()
		r.mu.Lock()
		if f.err = err; err == nil {
			r.keys, r.until = keys, r.now().Add(fresh)
		}
		r.flight = nil
		r.mu.Unlock()
		close(f.done)
		if err != nil && r.ending.Err() == nil {
			r.log.Warn("keys of tokens cannot be fetched", "url", r.url, "err", err)
		}
	})
	return f
}

// get fetches the set, and says how long it is good.
func (r *remote) get() ([]*Key, time.Duration, error) {
	ctx, cancel := context.WithTimeout(r.ending, fetchTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url, nil)
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("Accept", "application/jwk-set+json, application/json")
	resp, err := r.client.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, 0, fmt.Errorf("the answer is %q", resp.Status)
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxSet+1))
	if err != nil {
		return nil, 0, err
	}
	keys, err := parseSet(b)
	return keys, freshFor(resp.Header), err
}

// freshFor says how long an answer may be used (RFC 9111 section 5.2.2).
func freshFor(h http.Header) time.Duration {
	for _, line := range h.Values("Cache-Control") {
		for d := range strings.SplitSeq(line, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(d), "=")
			switch strings.ToLower(name) {
			case "no-store", "no-cache":
				return minFresh
			case "max-age":
				if s, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31); err == nil {
					return min(max(time.Duration(s)*time.Second, minFresh), maxFresh)
				}
			}
		}
	}
	return defaultFresh
}

// parseSet takes a JWK Set. Keys that are not for signatures, or of another kind
// than tokens may be signed with, are skipped (RFC 7517 section 5).
func parseSet(b []byte) ([]*Key, error) {
	if len(b) > maxSet {
		return nil, fmt.Errorf("longer than %d bytes", maxSet)
	}
	f, err := parseFields(b)
	if err != nil {
		return nil, err
	}
	var list []json.RawMessage
	if err := json.Unmarshal(f["keys"], &list); err != nil || list == nil {
		return nil, errors.New("it has no list of keys")
	}
	if len(list) > maxSetKeys {
		return nil, fmt.Errorf("it has more than %d keys", maxSetKeys)
	}
	var keys []*Key
	for _, raw := range list {
		if k := parseJWK(raw); k != nil {
			keys = append(keys, k)
		}
	}
	return keys, nil
}

// parseJWK returns nil for a key that is not to be used. Providers that say
// nothing of the use of their keys have them for signatures.
func parseJWK(raw []byte) *Key {
	f, err := parseFields(raw)
	if err != nil {
		return nil
	}
	var text [3]string
	for i, name := range []string{"use", "alg", "kid"} {
		if text[i], err = f.text(name, maxKeyID); err != nil {
			return nil
		}
	}
	use, alg, kid := text[0], text[1], text[2]
	if use != "sig" && f.has("use") {
		return nil
	}
	if f.has("key_ops") {
		if ops, err := f.texts("key_ops"); err != nil || !slices.Contains(ops, "verify") {
			return nil
		}
	}
	var k jose.JSONWebKey
	if f.has("d") || k.UnmarshalJSON(raw) != nil { // a private key that is public is nobody's
		return nil
	}
	if p, ok := k.Key.(ed25519.PublicKey); ok && len(p) != ed25519.PublicKeySize {
		return nil
	}
	its, err := algOf(k.Key)
	if err != nil || f.has("alg") && alg != its {
		return nil
	}
	return &Key{alg: its, id: kid, key: k.Key}
}

// checkURL takes an address that nobody on the way can answer for.
func checkURL(s string) error {
	u, err := url.Parse(s)
	if err != nil {
		return fmt.Errorf("the address of keys: %w", err)
	}
	host := u.Hostname()
	here := host == "localhost"
	if a, err := netip.ParseAddr(host); err == nil {
		here = a.IsLoopback()
	}
	if host == "" || u.User != nil || u.Scheme != "https" && !(u.Scheme == "http" && here) {
		return fmt.Errorf("keys are fetched by https, or by http from this machine, not from %q", u.Redacted())
	}
	return nil
}
