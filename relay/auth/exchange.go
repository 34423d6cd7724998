package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"
)

// Proof is what somebody shows for an access token. Each may be empty.
type Proof struct {
	Cookie string // of a Session
	Bearer string // an operator's token
	Invite string
	Board  string // for which the access token is to be
	// Called is how a person is called who has no name otherwise: for the board's
	// owners, who see it beside what the person may do. What is no name is ignored.
	Called string
	// Grant is of who is known already, by other means, each time anew: it counts
	// alone, and there is no session.
	Grant *Grant
}

// nameOf is how owners see who has a session.
func (p Proof) nameOf(s *session) string {
	if s.Name == "" && checkText("the name", p.Called, maxName) == nil {
		return p.Called
	}
	return s.Name
}

// Access is what is given for a Proof.
type Access struct {
	Token     string
	ExpiresIn time.Duration
	Grant     *Grant
	Role      Role // on the board
	Guest     bool // came by an invite, and is not known otherwise

	// Session is the cookie from now on; an empty one changes nothing. It is valid
	// with an error, too.
	Session Session
	// Forget says that the cookie that was shown is worth nothing any more. It is
	// valid with an error, too.
	Forget bool
}

// Exchange says who somebody is and what that one may do on a board, and gives an
// access token for it. A session counts first, then a token of the operator's, then
// an invite; only a guest's session comes behind a token. The first that may come in
// counts. Who is known by a session or a token gets the board of an invite besides,
// and who is not becomes a guest. A token of the same person's that holds longer
// takes the place of the one that the session was made of. Where nothing comes of
// it, the session stays as it is.
func (a *Authority) Exchange(ctx context.Context, p Proof) (acc Access, err error) {
	err = swapping(func() (bool, error) {
		acc, err = a.exchange(ctx, p)
		if errors.Is(err, errRotated) { // on another relay, with the same cookie
			return false, nil
		}
		return true, err
	})
	return acc, err
}

func (a *Authority) exchange(ctx context.Context, p Proof) (Access, error) {
	if err := checkBoard(p.Board); err != nil {
		return Access{}, err
	}
	// Before anything is looked at: what is taken back from here on concerns what is
	// given, and give sees it, or Admit.
	now := a.cfg.Now()
	if p.Grant != nil {
		acc, err := a.give(ctx, sessionOf(p.Grant, now), p, now, false)
		acc.Session = Session{}
		return acc, err
	}
	var bearer *Grant
	var refused error // of the bearer
	if p.Bearer != "" {
		// First: it may have to wait for keys, and nothing is held yet.
		bearer, refused = a.verify(ctx, p.Bearer)
	}
	release := func() {}
	var s *session
	var fresh bool // the cookie is to be changed
	err := error(errMissing)
	if p.Cookie != "" {
		err = errSessionOver
	}
	if family, generation, ok := a.session().parseCookie(p.Cookie); ok {
		release = a.families.hold(family)
		s, fresh, err = a.shown(ctx, family, generation, now)
		if _, no := errors.AsType[*Error](err); err != nil && !no {
			release()
			return Access{}, err
		}
	}
	defer release()
	if s != nil && bearer != nil && s.Operator && s.Subject == bearer.Subject && bearer.Until.After(s.End) {
		s.renew(bearer, now)
		fresh = true
	}

	type known struct {
		*session
		fresh, begins bool
	}
	var who []known
	if s != nil {
		who = append(who, known{s, fresh, false})
	}
	if bearer != nil {
		who = append(who, known{sessionOf(bearer, now), true, true})
	}
	if s != nil && s.Guest {
		slices.Reverse(who)
	}
	for _, k := range who {
		var acc Access
		if acc, err = a.give(ctx, k.session, p, now, k.fresh); err == nil {
			if k.begins {
				a.audit(ctx, Event{Name: "sign_in", Subject: k.Subject, Session: k.Family, Token: k.Token})
			}
			return acc, nil
		}
		if _, no := errors.AsType[*Error](err); !no || acc.Session.Cookie != "" {
			return acc, err
		}
	}
	forget := p.Cookie != "" && s == nil
	switch {
	case len(who) > 0:
		return Access{Forget: forget}, err
	case refused != nil:
		return Access{Forget: forget}, refused
	case p.Invite == "":
		return Access{Forget: forget}, err
	}
	g := newSession("guest-"+rand.Text(), "", now)
	g.Guest, g.By = true, a.cfg.Relay
	acc, err := a.give(ctx, g, p, now, true)
	if err != nil {
		acc.Forget = forget && acc.Session.Cookie == ""
		return acc, err
	}
	a.audit(ctx, Event{Name: "guest_joined", Subject: g.Subject, Board: p.Board, Role: acc.Role, Invite: acc.Grant.Invite, Session: g.Family})
	return acc, nil
}

// give makes an access token for who has a session, which is changed if rotate says
// so. The caller holds the family, if the session is not new.
func (a *Authority) give(ctx context.Context, s *session, p Proof, now time.Time, rotate bool) (Access, error) {
	g := s.grant()
	g.Name = s.Name
	g.Issued, g.given, g.by = now, true, a.cfg.Relay
	g.Until = earlier(now.Add(accessLife), s.End).Truncate(time.Second)
	if g.Token == "" {
		g.Token = rand.Text()
	}
	role, err := a.roleOf(ctx, s, p, now, g)
	if err != nil {
		return Access{}, err
	}
	g.Boards = map[string]Role{p.Board: role}
	if rotate {
		if err := a.rotate(ctx, s, now); err != nil {
			return Access{}, err
		}
	}
	acc := Access{Grant: g, Role: role, Guest: s.Guest, ExpiresIn: g.Until.Sub(now), Session: a.cookie(s)}
	acc.Token, err = a.access().token(&accessClaims{
		Subject: g.Subject, Name: g.Name, Board: p.Board, Role: role, Feeds: g.Feeds,
		Until: g.Until.Unix(), Issued: now.UnixMicro(), Token: g.Token, Session: g.Session, Invite: g.Invite, Relay: g.by,
	})
	if err != nil {
		return Access{}, err
	}
	// What was taken back since now has a later time; what comes after this Admit sees.
	if err := a.Check(p.Board, g); err != nil {
		return Access{Session: acc.Session}, err
	}
	return acc, nil
}

// roleOf returns the role on a board: the highest of what the operator's token, the
// board's owners and an invite give. It says in g what of these counts.
func (a *Authority) roleOf(ctx context.Context, s *session, p Proof, now time.Time, g *Grant) (Role, error) {
	role := None
	if of := (&Grant{Boards: s.Boards}).Role(p.Board); of > None && !a.revoked.has(p.Board, s.grant()) {
		role, g.Feeds = of, s.Feeds
		if a.cfg.SignIn && of >= Editor {
			if err := a.take(ctx, p.Board, s.Subject); err != nil {
				return None, err
			}
		}
	}
	if ofRelay(p.Board) {
		// It is nobody's to own, or to invite others to, and takes no points.
		if g.Feeds = false; role == None {
			return None, errOperators
		}
		return role, nil
	}
	e, err := a.entry(ctx, p, s)
	if err != nil {
		return None, err
	}
	if r, invite := e.role(); r > role {
		role, g.Invite = r, invite
	}
	no := error(errNotYours)
	if p.Invite != "" && role < Owner {
		r, invite, err := a.useInvite(ctx, s, p, role, now)
		if err == nil && r > role {
			role, g.Invite = r, invite
		} else if err != nil {
			no = err
		}
	}
	if role == None && s.SignedIn && p.Invite == "" {
		claimed, err := a.claim(ctx, p.Board, s, now)
		if err != nil {
			return None, err
		}
		if claimed {
			role = Owner
		}
	}
	if role == None {
		return None, no
	}
	g.Feeds = g.Feeds || role == Owner
	return role, nil
}

var errNotYours = refuse(Forbidden, "this board is not yours; ask an owner of it for an invite")

var errOperators = refuse(Forbidden, "this board shows the relay's own figures, and is for its operator: whose token names it")

// claim makes a board that is nobody's the session's person's, and reports whether it
// is the person's then.
func (a *Authority) claim(ctx context.Context, board string, s *session, now time.Time) (claimed bool, err error) {
	release := a.boards.hold(board)
	defer release()
	err = swapping(func() (done bool, err error) {
		var t taking
		if was, err := a.read(ctx, ofBoards, board, &t); err != nil {
			return false, err
		} else if was == nil {
			t = taking{By: s.Subject, At: now, Claimed: true}
			if done, err := a.swap(ctx, ofBoards, board, nil, t, time.Time{}); err != nil || !done {
				return false, err
			}
		}
		a.isSomebodys(board)
		if !t.Claimed || t.By != s.Subject {
			return true, nil
		}
		// It may be that the same person has claimed it just now, on another relay, or was
		// interrupted before there was an owner.
		e := &entry{}
		if was, err := a.read(ctx, ofPeople, board+"/"+s.Subject, e); err != nil || was != nil {
			r, _ := e.role()
			claimed = r == Owner
			return true, err
		}
		if people, err := a.Subjects(ctx, board); err != nil || len(people) > 0 {
			return true, err
		}
		e = &entry{Name: s.Name, Role: Owner, Since: now}
		if done, err = a.swap(ctx, ofPeople, board+"/"+s.Subject, nil, e, time.Time{}); done {
			claimed = true
			a.audit(ctx, Event{Name: "board_claimed", Subject: s.Subject, Board: board, Role: Owner})
			a.changed(ctx, Change{Board: board, Subject: s.Subject, Role: Owner})
		}
		return done, err
	})
	return claimed, err
}
