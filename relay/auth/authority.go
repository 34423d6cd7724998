package auth

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"
)

// How long things hold.
const (
	accessLife  = 10 * time.Minute    // an access token
	sessionLife = 30 * 24 * time.Hour // a session, from its beginning
	sessionIdle = 14 * 24 * time.Hour // a session that is not used
	// sessionGrace is how long the cookie before the present one is taken: two
	// pages may ask at once, and an answer may be lost.
	sessionGrace = 30 * time.Second
	inviteLife   = 366 * 24 * time.Hour // an invite that has an end, at most
)

// Config is what an Authority is made of.
type Config struct {
	// Records keep what the relay has given out.
	Records Records
	// Verifier checks tokens of the operator's; nil: there are none.
	Verifier *Verifier
	// SignIn says that people sign in by OpenID Connect, and that a board which is
	// nobody's becomes its first visitor's. Boards that are used with tokens of
	// the operator's are then kept from that.
	SignIn bool
	// Now is the time. Default: time.Now. Clocks of relays that have the same Records are
	// to be within a second of each other.
	Now func() time.Time
	// Relay names this one among others that have the same Records; empty: there are none.
	Relay string
	// Fresh, if not nil, says that other relays have the same Records: it returns when
	// these have all that was put on any of them before the call, or an error, if that
	// cannot be known now. What others put is to be told by Heard.
	Fresh func(context.Context) error
	// Audit, if not nil, gets what has changed about who may do what.
	Audit func(context.Context, Event)
	// Changed, if not nil, is told after what somebody may do on a board has changed,
	// and that is stored. Of one board it is told in order; it must not call the
	// Authority, and not wait for long.
	Changed func(context.Context, Change)
}

// Change is that somebody may do other things than before.
type Change struct {
	Board   string // empty: on all of them
	Subject string
	// Was and Role are what the person had and has by the decision of owners and by
	// invites; None: nothing more. What a token of the operator's allows is not in it.
	Was, Role Role
	By        *Grant // who has given it; nil: nobody, it was an invite or taken back
}

// Event is for the audit. It has nothing in it that lets somebody in. What does
// not apply is empty.
//
//	sign_in           Subject has a session, by OpenID Connect or by Token
//	sign_out          and has ended it
//	session_reused    a cookie came that had been replaced before: a copy; the
//	                  session and what came of it are revoked
//	guest_joined      somebody came by an invite without being known
//	board_claimed     Subject opened a board that was nobody's, and owns it
//	invite_created    with Role, by By
//	invite_used       by Subject
//	invite_revoked    by By
//	role_set          of Subject to Role, by By
//	person_removed    Subject, by By
//	token_revoked, person_revoked, board_revoked   by By
type Event struct {
	Name           string
	Subject, Board string
	Role           Role
	By             string // the subject of who did it, if it is another
	Invite         string
	Session, Token string
}

// Authority decides who may come in, and keeps what it has given out. Make one
// with NewAuthority; it may be used by many goroutines.
type Authority struct {
	cfg      Config
	seals    atomic.Pointer[seals]
	revoked  revocations
	onRevoke atomic.Pointer[func(func(string, *Grant) bool)]

	// Who holds both holds the family first.
	families, boards locks

	mu    sync.Mutex
	taken map[string]struct{} // boards of which it is known that they are somebody's
	over  map[string]string   // ID of an invite that another relay has ended: its board
}

// NewAuthority reads what is kept; at the first start it makes the relay's own
// key.
func NewAuthority(ctx context.Context, cfg Config) (*Authority, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	a := &Authority{cfg: cfg, taken: map[string]struct{}{}, over: map[string]string{}}
	a.revoked.relay = cfg.Relay
	own, err := a.ownKey(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.setKey(own); err != nil {
		return nil, err
	}
	if err := a.loadRevocations(ctx); err != nil {
		return nil, err
	}
	return a, nil
}

// ownKey reads the relay's own key, or makes it: of relays that start at once all have
// that of one.
func (a *Authority) ownKey(ctx context.Context) (own []byte, err error) {
	err = swapping(func() (done bool, err error) {
		if own, err = a.cfg.Records.Get(ctx, ofKeys, keyOwn); err != nil || own != nil {
			return true, err
		}
		own = make([]byte, ownKey)
		rand.Read(own)
		if done, err = a.cfg.Records.Swap(ctx, ofKeys, keyOwn, nil, own, time.Time{}); err != nil {
			err = fmt.Errorf("keep the relay's key: %w", err)
		}
		return done, err
	})
	return own, err
}

// setKey has all that is given out from now on be signed with a key, and nothing be taken
// that is signed with another one.
func (a *Authority) setKey(own []byte) error {
	if len(own) != ownKey {
		return fmt.Errorf("the relay's key has %d bytes instead of %d", len(own), ownKey)
	}
	var s seals
	for typ, one := range map[string]*seal{typAccess: &s.access, typInvite: &s.invite, typSession: &s.session} {
		var err error
		if *one, err = newSeal(own, typ); err != nil {
			return err
		}
	}
	a.seals.Store(&s)
	return nil
}

func (a *Authority) access() seal  { return a.seals.Load().access }
func (a *Authority) invite() seal  { return a.seals.Load().invite }
func (a *Authority) session() seal { return a.seals.Load().session }

// OnRevoke sets what is called after something was taken back and that is stored.
// Live members for whom match is true are to be ended; they may come back with a
// new token, if they get one. It is called by many goroutines, and must not call
// the Authority.
func (a *Authority) OnRevoke(f func(match func(board string, g *Grant) bool)) { a.onRevoke.Store(&f) }

// Admit returns what somebody may do on a board who shows a token: one of the
// operator's, or an access token, which takes no store. An empty board is for
// calls that concern none in particular. Errors are of type *Error, or the
// store's.
func (a *Authority) Admit(ctx context.Context, token, board string) (*Grant, error) {
	if a.access().is(token) {
		return a.admitAccess(token, board)
	}
	g, err := a.verify(ctx, token)
	if err != nil {
		return nil, err
	}
	if board == "" {
		return g, nil
	}
	role := g.Role(board)
	switch {
	case role == None:
		return nil, refuse(Forbidden, "the token does not allow to come to this board")
	case a.revoked.has(board, g):
		return nil, errRevoked
	case a.cfg.SignIn && role >= Editor:
		if err := a.take(ctx, board, g.Subject); err != nil {
			return nil, err
		}
	}
	return g.On(board), nil
}

var errRevoked = refuse(Revoked, "access was taken back; ask for a new token")

func (a *Authority) admitAccess(token, board string) (*Grant, error) {
	var c accessClaims
	if !a.access().open(token, &c) {
		return nil, refuse(Bad, "the access token is not of this relay, or was changed")
	}
	g := c.grant()
	switch {
	case g.Over(a.cfg.Now()):
		return nil, refuse(Expired, "the access token has ended; ask for a new one")
	case board != "" && board != c.Board:
		return nil, refuse(Forbidden, "the access token is for another board")
	case a.revoked.has(c.Board, g):
		return nil, errRevoked
	}
	return g, nil
}

// verify takes a token of the operator's that is not taken back.
func (a *Authority) verify(ctx context.Context, token string) (*Grant, error) {
	switch {
	case token == "":
		return nil, errMissing
	case a.access().is(token):
		return nil, refuse(Bad, "an access token is for one board and says nothing more")
	case a.invite().is(token):
		return nil, refuse(Bad, "this is an invite; open its link")
	case a.cfg.Verifier == nil:
		return nil, refuse(Bad, "the relay takes no tokens but its own")
	}
	g, err := a.cfg.Verifier.Verify(ctx, token)
	if err != nil {
		return nil, err
	}
	if a.revoked.has("", g) {
		return nil, errRevoked
	}
	return g, nil
}

var errMissing = refuse(Missing, "the relay does not know who you are; a token, a sign-in or an invite is needed")

// Check says whether a Grant that was good when it was admitted still is. Who has
// become a member between a revocation and the call of OnRevoke's function is found
// by it.
func (a *Authority) Check(board string, g *Grant) error {
	switch {
	case g.Over(a.cfg.Now()):
		return refuse(Expired, "the access has ended; ask for a new token")
	case a.revoked.has(board, g):
		return errRevoked
	}
	return nil
}

// mayAct says why somebody cannot decide who may do what on a board; on all, if it
// is empty.
func (a *Authority) mayAct(by *Grant, board string) error {
	if board == "" {
		if by == nil || by.Boards["*"] != Owner {
			return refuse(Forbidden, "only an owner of all boards may do this")
		}
		return nil
	}
	if err := checkBoard(board); err != nil {
		return err
	}
	if by == nil || by.Role(board) != Owner {
		return refuse(Forbidden, "only an owner of the board may do this")
	}
	return a.Check(board, by)
}

func (a *Authority) audit(ctx context.Context, e Event) {
	if a.cfg.Audit != nil {
		a.cfg.Audit(ctx, e)
	}
}

func (a *Authority) changed(ctx context.Context, c Change) {
	if a.cfg.Changed != nil {
		a.cfg.Changed(ctx, c)
	}
}

// maxTaken bounds what is remembered of boards that are somebody's.
const maxTaken = 4096

// take makes a board somebody's, if it is nobody's. From then on it belongs to
// nobody who just comes along, whoever is removed from it.
func (a *Authority) take(ctx context.Context, board, subject string) error {
	a.mu.Lock()
	_, known := a.taken[board]
	a.mu.Unlock()
	if known {
		return nil
	}
	taken, err := a.isTaken(ctx, board)
	if err == nil && !taken {
		// If it is somebody else's by now that is as good.
		_, err = a.swap(ctx, ofBoards, board, nil, taking{By: subject, At: a.cfg.Now()}, time.Time{})
	}
	if err != nil {
		return err
	}
	a.isSomebodys(board)
	return nil
}

// taking is the record of a board that is somebody's.
type taking struct {
	By string    `json:"by"`
	At time.Time `json:"at"`
	// Claimed: it was nobody's, and By is its first owner, whose role is stored after this.
	Claimed bool `json:"claimed,omitempty"`
}

// isSomebodys remembers that a board is.
func (a *Authority) isSomebodys(board string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.taken) >= maxTaken {
		clear(a.taken)
	}
	a.taken[board] = struct{}{}
}

func (a *Authority) isTaken(ctx context.Context, board string) (bool, error) {
	v, err := a.cfg.Records.Get(ctx, ofBoards, board)
	return v != nil, err
}

func checkBoard(name string) error {
	if name == "" || len(name) > maxBoardName || strings.ContainsFunc(name, notInName) {
		return refuse(Invalid, "a board's name is 1 to 64 of a-z A-Z 0-9 - _")
	}
	return nil
}

// checkText is for what people and programs write that becomes part of a record.
func checkText(what, s string, most int) error {
	if s == "" || len(s) > most || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return refuse(Invalid, fmt.Sprintf("%s is 1 to %d bytes of text", what, most))
	}
	return nil
}
