package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
	"unicode/utf8"

	"edgeboard/shared/wire"
)

const (
	tokenTimeout = 15 * time.Second // for one call of the source
	// A token is replaced when a fifth of its time is left, but not earlier than
	// tokenLead before its end, and then at a moment of what is left that chance
	// chooses: tokens that were given out together are not asked for together.
	tokenLead = 5 * time.Minute
	// tokenLeast is the least time between a token and the next that is asked for
	// ahead. A token that was refused sooner is a failure like any other: to get
	// another one is no reason to begin the backoff anew.
	tokenLeast = 10 * time.Second
)

// Token is what a relay's owner gave a client to show (W45).
type Token struct {
	Value string    // at most wire.MaxToken bytes of UTF-8
	Until time.Time // when it is no longer good; zero: not known
}

// TokenSource returns a new token. It returns soon after its context has ended.
// An error that wraps ErrNoToken ends the Link.
type TokenSource func(context.Context) (Token, error)

// ErrNoToken is wrapped by the error of a TokenSource that would not get a token by
// asking again: who asks is not let in, and a person has to do something about it.
var ErrNoToken = errors.New("there is no token to be had")

var errToken = errors.New("a token is UTF-8 of at most 8192 bytes")

// purse is a Link's tokens. One call of the source is under way at a time.
type purse struct {
	source TokenSource // nil: none are needed
	answer chan purseAnswer

	calling bool
	called  time.Time // when the call under way began
	got     time.Time // when the token came; zero: there has been none
	until   time.Time
	refused bool      // by the relay
	without bool      // the next dial makes do with the token there is
	ahead   time.Time // when to ask for the next one while Live; zero: never
	failed  int       // calls since one succeeded
}

type purseAnswer struct {
	token Token
	err   error
}

// wanted reports whether a dial should have another token.
func (p *purse) wanted(now time.Time) bool {
	return p.source != nil && (p.got.IsZero() || p.refused || !p.until.IsZero() && !now.Before(p.until))
}

// fresh reports whether the token came just now.
func (p *purse) fresh(now time.Time) bool { return !p.got.IsZero() && now.Sub(p.got) < tokenLeast }

// mayDial reports whether a dial need not wait for the source.
func (p *purse) mayDial(now time.Time) bool {
	if !p.wanted(now) {
		return true
	}
	hangs := p.calling && now.Sub(p.called) >= tokenTimeout
	return !p.got.IsZero() && (p.without || hangs)
}

// callSource asks for a token, on a goroutine of its own.
func (l *Link) callSource(ctx context.Context, now time.Time) {
	p := &l.purse
	p.calling, p.called = true, now
	l.wg.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, tokenTimeout)
		defer cancel()
		token, err := p.source(ctx)
		if err == nil && (len(token.Value) > wire.MaxToken || !utf8.ValidString(token.Value)) {
			err = errToken
		}
		p.answer <- purseAnswer{token, err}
	})
}

// takeToken takes the source's answer. It returns an error if there is no use in
// asking again.
func (l *Link) takeToken(a purseAnswer, now time.Time) error {
	p := &l.purse
	p.calling = false
	if a.err != nil {
		err := fmt.Errorf("a new token: %w", a.err)
		if errors.Is(err, ErrNoToken) {
			return err
		}
		l.tell(err)
		span := min(backoffFirst<<min(p.failed, 10), backoffMost)
		p.failed++
		if !p.ahead.IsZero() {
			p.ahead = now.Add(rand.N(span))
		}
		p.without = l.line == nil
		if p.got.IsZero() {
			l.wait()
		}
		return nil
	}
	p.got, p.until, p.refused, p.without, p.failed = now, a.token.Until, false, false, 0
	p.ahead = time.Time{}
	if !p.until.IsZero() {
		lead := min(max(p.until.Sub(now), 0)/5, tokenLead)
		p.ahead = now.Add(max(tokenLeast, p.until.Sub(now)-lead+rand.N(lead/2+1)))
	}
	l.session.Refresh(a.token.Value)
	return nil
}

// considerToken asks the source when a token is needed: to dial, or ahead of time
// while Live.
func (l *Link) considerToken(ctx context.Context, now time.Time) {
	p := &l.purse
	switch {
	case p.source == nil || p.calling:
	case l.line == nil && l.attempt == nil && !now.Before(l.retry) && p.wanted(now) && !p.mayDial(now):
		l.callSource(ctx, now)
	case l.line != nil && l.line.live && !p.ahead.IsZero() && !now.Before(p.ahead):
		l.callSource(ctx, now)
	}
}

// Refresh gives the Session a new token, to show from now on. A relay that it is
// connected to is told at once (W46).
func (s *Session) Refresh(token string) {
	s.cfg.Token = token
	if s.phase != Offline {
		s.out = wire.AppendFrame(s.out, 0, &wire.Refresh{Token: token})
	}
}
