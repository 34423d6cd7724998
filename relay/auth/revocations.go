package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"
)

// What can be taken back. Tokens, sessions and invites end for good; of a person,
// a person on a board, and a board that which was given before.
const (
	byToken    = "token"
	bySession  = "session"
	byInvite   = "invite"
	byPerson   = "person"
	byPersonOn = "person-on"
	byBoard    = "board"
)

// about is what a revocation is about. Of board and name there is what its kind
// has.
type about struct{ kind, board, name string }

func (x about) key() string { return x.kind + "/" + x.board + "/" + x.name }

func parseAbout(key string) (x about, ok bool) {
	kind, rest, ok := strings.Cut(key, "/")
	board, name, also := strings.Cut(rest, "/")
	return about{kind, board, name}, ok && also
}

type revocation struct {
	At    time.Time `json:"at"`             // it concerns what was issued until then
	Until time.Time `json:"until,omitzero"` // nothing that it concerns is alive after; zero: never

	// heard is since when this relay has known of it, if there are others; zero: always.
	heard time.Time
}

// heardWithin is how long what is taken back on one relay may not be known on another
// (the cluster's promise), or how far their clocks may differ.
const heardWithin = time.Second

// before reports whether a Grant was given before what it concerns was taken back, or,
// where there are several relays, before the one that has given it may have known.
func (r revocation) before(g *Grant, relay string) bool {
	switch {
	case !g.Issued.After(r.At):
		return true
	case !g.given || r.heard.IsZero():
		return false
	case g.by == relay:
		return !g.Issued.After(r.heard)
	}
	return !g.Issued.After(r.heard.Add(heardWithin))
}

// concerns reports whether a revocation takes a Grant on a board back, on a relay.
func (r revocation) concerns(x about, board string, g *Grant, relay string) bool {
	before := r.before(g, relay)
	switch x.kind {
	case byToken:
		return g.Token == x.name
	case bySession:
		return g.Session == x.name
	case byInvite:
		return g.Invite == x.name
	case byPerson:
		return before && g.Subject == x.name
	case byPersonOn:
		return before && g.Subject == x.name && board == x.board
	case byBoard:
		return before && board == x.board
	}
	return false
}

// revocations are those that may still concern something.
type revocations struct {
	relay string // Config.Relay

	mu  sync.RWMutex
	all map[about]revocation
}

func (l *revocations) add(x about, r revocation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.DeleteFunc(l.all, func(_ about, old revocation) bool { return !old.Until.IsZero() && !r.At.Before(old.Until) })
	if old, ok := l.all[x]; ok {
		r = r.and(old)
	}
	l.all[x] = r
}

// and returns what is taken back by either of two: the clock may have been put back, or
// be behind that of another relay.
func (r revocation) and(old revocation) revocation {
	if old.At.After(r.At) {
		r.At = old.At
	}
	if old.Until.IsZero() || !r.Until.IsZero() && old.Until.After(r.Until) {
		r.Until = old.Until
	}
	if old.heard.After(r.heard) {
		r.heard = old.heard
	}
	return r
}

// knows reports whether nothing is new in a revocation.
func (l *revocations) knows(x about, r revocation) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	old, ok := l.all[x]
	return ok && !r.At.After(old.At)
}

// has reports whether a Grant on a board is taken back; board may be empty, for
// what is of no board.
func (l *revocations) has(board string, g *Grant) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if len(l.all) == 0 {
		return false
	}
	for _, x := range [...]about{
		{byToken, "", g.Token}, {bySession, "", g.Session}, {byInvite, "", g.Invite},
		{byPerson, "", g.Subject}, {byPersonOn, board, g.Subject}, {byBoard, board, ""},
	} {
		if r, ok := l.all[x]; ok && r.concerns(x, board, g, l.relay) {
			return true
		}
	}
	return false
}

func (a *Authority) loadRevocations(ctx context.Context) error {
	a.revoked.all = map[about]revocation{}
	return a.cfg.Records.List(ctx, ofRevoked, "", func(key string, value []byte) error {
		x, ok := parseAbout(key)
		var r revocation
		if err := json.Unmarshal(value, &r); err != nil || !ok {
			return fmt.Errorf("read revocation %q: %w", key, err)
		}
		if a.cfg.Fresh != nil { // when it was heard is not known any more
			r.heard = r.At.Add(heardWithin)
		}
		a.revoked.all[x] = r
		return nil
	})
}

// revoke takes back, stores that, and tells OnRevoke's function. In memory it holds
// at once: what is being given out meanwhile is either older than it, or sees it.
func (a *Authority) revoke(ctx context.Context, x about) error {
	r := revocation{At: a.cfg.Now()}
	if a.cfg.Fresh != nil {
		r.heard = r.At
	}
	switch x.kind {
	case bySession, byInvite:
		// Sessions and invites are gone as records; what lives are access tokens.
		r.Until = r.At.Add(accessLife + time.Minute)
	case byPerson, byPersonOn, byBoard:
		// How long an operator's token holds that is not here is not known.
		if a.cfg.Verifier == nil {
			r.Until = r.At.Add(sessionLife + time.Minute)
		}
	}
	a.revoked.add(x, r)
	stored := r
	err := swapping(func() (done bool, err error) {
		var old revocation
		was, err := a.read(ctx, ofRevoked, x.key(), &old)
		if err != nil {
			return false, err
		}
		if stored = r; was != nil {
			stored = r.and(old)
		}
		return a.swap(ctx, ofRevoked, x.key(), was, stored, stored.Until)
	})
	if err != nil {
		return err
	}
	a.tellRevoked(x, r)
	return nil
}

// tellRevoked tells OnRevoke's function.
func (a *Authority) tellRevoked(x about, r revocation) {
	if tell := a.onRevoke.Load(); tell != nil {
		(*tell)(func(board string, g *Grant) bool { return r.concerns(x, board, g, a.cfg.Relay) })
	}
}

// RevokeToken takes an operator's token back by its jti, with the sessions and
// access tokens that were made of it. By: an owner of all boards.
func (a *Authority) RevokeToken(ctx context.Context, by *Grant, jti string) error {
	if err := a.mayAct(by, ""); err != nil {
		return err
	}
	if err := checkText("the token's name (jti)", jti, maxID); err != nil {
		return err
	}
	if err := a.revoke(ctx, about{byToken, "", jti}); err != nil {
		return err
	}
	a.audit(ctx, Event{Name: "token_revoked", Token: jti, By: by.Subject})
	return nil
}

// RevokePerson takes back what somebody was given before: sessions and tokens, or,
// on one board, access tokens and what operators' tokens allow. A role that the
// board's owners have given stays, see RemovePerson. By: an owner of the board; of
// all boards, if board is empty.
func (a *Authority) RevokePerson(ctx context.Context, by *Grant, subject, board string) error {
	if err := a.mayAct(by, board); err != nil {
		return err
	}
	if err := checkText("the person", subject, MaxSubject); err != nil {
		return err
	}
	x := about{byPerson, "", subject}
	if board != "" {
		x = about{byPersonOn, board, subject}
	}
	if err := a.revoke(ctx, x); err != nil {
		return err
	}
	a.audit(ctx, Event{Name: "person_revoked", Subject: subject, Board: board, By: by.Subject})
	return a.cutOff(ctx, board, subject)
}

// cutOff tells that all access of somebody to a board has ended, if no role is left
// there; on all boards, if board is empty, where roles may be left.
func (a *Authority) cutOff(ctx context.Context, board, subject string) error {
	if board != "" {
		release := a.boards.hold(board)
		defer release()
		e := &entry{}
		if _, err := a.get(ctx, ofPeople, board+"/"+subject, e); err != nil {
			return err
		}
		if r, _ := e.role(); r > None {
			return nil
		}
	}
	a.changed(ctx, Change{Board: board, Subject: subject})
	return nil
}

// RevokeBoard takes back what anybody was given for a board before: its invites
// with the access that came from them, access tokens, and what operators' tokens
// allow. Roles that its owners have given stay. By: an owner of the board.
func (a *Authority) RevokeBoard(ctx context.Context, by *Grant, board string) error {
	if board == "" {
		return refuse(Invalid, "a board is missing")
	}
	if err := a.mayAct(by, board); err != nil {
		return err
	}
	release := a.boards.hold(board)
	defer release()
	ids, err := a.inviteIDs(ctx, board)
	if err != nil {
		return err
	}
	for id := range ids {
		if err := a.endInvite(ctx, board, id); err != nil {
			return err
		}
	}
	if err := a.revoke(ctx, about{byBoard, board, ""}); err != nil {
		return err
	}
	a.audit(ctx, Event{Name: "board_revoked", Board: board, By: by.Subject})
	return nil
}
