package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"time"
)

// Session is what a browser keeps as a cookie.
type Session struct {
	Cookie string
	Until  time.Time
}

// session is the record of one. Its family is its key.
type session struct {
	Family   string `json:"-"`
	kept     []byte // as it was read; nil: it is new
	Subject  string `json:"subject"`
	Name     string `json:"name,omitempty"`
	Guest    bool   `json:"guest,omitempty"`
	SignedIn bool   `json:"signed_in,omitempty"`

	// Operator: it was made of an operator's token, which says the rest.
	Operator bool            `json:"operator,omitempty"`
	Token    string          `json:"token,omitempty"`
	Boards   map[string]Role `json:"boards,omitempty"`
	Feeds    bool            `json:"feeds,omitempty"`

	By         string    `json:"by,omitempty"`    // the relay that has begun it
	Issued     time.Time `json:"issued,omitzero"` // revocations concern what was issued before
	End        time.Time `json:"end"`
	Generation uint64    `json:"generation"`
	Changed    time.Time `json:"changed"` // when Generation became what it is
}

func newSession(subject, name string, now time.Time) *session {
	return &session{Family: rand.Text(), Subject: subject, Name: name, Issued: now, End: now.Add(sessionLife)}
}

// sessionOf makes a session of an operator's token. It ends when that does.
func sessionOf(g *Grant, now time.Time) *session {
	s := newSession(g.Subject, g.Name, now)
	s.Operator = true
	s.renew(g, now)
	return s
}

// renew makes what an operator's token says the session's.
func (s *session) renew(g *Grant, now time.Time) {
	s.Name, s.Token, s.Boards, s.Feeds, s.Issued = g.Name, g.Token, g.Boards, g.Feeds, g.Issued
	if s.End = now.Add(sessionLife); !g.Until.IsZero() {
		s.End = earlier(s.End, g.Until)
	}
}

// until is when it ends if it is not used any more.
func (s *session) until() time.Time { return earlier(s.End, s.Changed.Add(sessionIdle)) }

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// grant is what a session is as far as it can be taken back, on no board.
func (s *session) grant() *Grant {
	return &Grant{Subject: s.Subject, Issued: s.Issued, Token: s.Token, Session: s.Family, given: !s.Operator, by: s.By}
}

// rotate makes another cookie, and the one before worthless but for sessionGrace.
// errRotated: another relay has changed it, or ended it.
func (a *Authority) rotate(ctx context.Context, s *session, now time.Time) error {
	s.Generation++
	s.Changed = now
	ok, err := a.swap(ctx, ofSessions, s.Family, s.kept, s, s.until())
	if err == nil && !ok {
		err = errRotated
	}
	return err
}

var errRotated = errors.New("the session was changed meanwhile")

func (a *Authority) cookie(s *session) Session {
	return Session{a.session().cookie(s.Family, s.Generation), s.until()}
}

var errSessionOver = refuse(Missing, "the session has ended; sign in again, or ask for a new token or invite")

// errReplaced is of a cookie that was replaced longer ago than sessionGrace.
var errReplaced = refuse(Missing, errSessionOver.Error())

// look reads the session of a cookie, and says whether the cookie is the present
// one and not the one before. It changes nothing.
func (a *Authority) look(ctx context.Context, family string, generation uint64, now time.Time) (s *session, present bool, err error) {
	s = &session{Family: family}
	s.kept, err = a.sure(ctx, ofSessions, family, s)
	if a.cfg.Fresh != nil && err == nil && s.kept != nil && generation > s.Generation {
		// Another relay has changed the cookie, perhaps just now.
		_ = a.fresh(ctx)
		s = &session{Family: family}
		s.kept, err = a.read(ctx, ofSessions, family, s)
		if err == nil && s.kept != nil && generation > s.Generation {
			// That relay, or this one, does not reach the others. The cookie is signed: it is
			// a later one of this session, which has not ended as far as is known. Of two who
			// have it, whoever shows the older one is found out as ever.
			s.Generation = generation
		}
	}
	if err != nil {
		return nil, false, err
	}
	if s.kept == nil || !now.Before(s.until()) || generation > s.Generation || a.revoked.has("", s.grant()) {
		return nil, false, errSessionOver
	}
	switch {
	case generation == s.Generation:
		return s, true, nil
	case generation+1 == s.Generation && now.Sub(s.Changed) <= sessionGrace:
		return s, false, nil
	}
	return s, false, errReplaced
}

// shown returns the session of a cookie, and whether the cookie is the present one
// and not the one before. The caller holds the family.
func (a *Authority) shown(ctx context.Context, family string, generation uint64, now time.Time) (s *session, present bool, err error) {
	s, present, err = a.look(ctx, family, generation, now)
	if err != errReplaced {
		return s, present, err
	}
	// Somebody has a copy, and which of the two is the thief is not known.
	if err := a.endSession(ctx, family); err != nil {
		return nil, false, err
	}
	a.audit(ctx, Event{Name: "session_reused", Subject: s.Subject, Session: family})
	return nil, false, errSessionOver
}

// endSession ends a session and what came of it. The caller holds the family.
func (a *Authority) endSession(ctx context.Context, family string) error {
	if err := a.remove(ctx, ofSessions, family); err != nil {
		return err
	}
	return a.revoke(ctx, about{bySession, "", family})
}

// SignIn begins a session of somebody whom a provider of OpenID Connect vouches
// for.
func (a *Authority) SignIn(ctx context.Context, subject, name string) (Session, error) {
	if err := checkText("the person", subject, MaxSubject); err != nil {
		return Session{}, err
	}
	if name != "" {
		if err := checkText("the name", name, maxName); err != nil {
			return Session{}, err
		}
	}
	now := a.cfg.Now()
	s := newSession(subject, name, now)
	s.SignedIn, s.By = true, a.cfg.Relay
	if err := a.rotate(ctx, s, now); err != nil {
		return Session{}, err
	}
	a.audit(ctx, Event{Name: "sign_in", Subject: subject, Session: s.Family})
	return a.cookie(s), nil
}

// SignOut ends the session of a cookie, and what came of it. It does nothing for a
// cookie that is none.
func (a *Authority) SignOut(ctx context.Context, cookie string) error {
	family, _, ok := a.session().parseCookie(cookie)
	if !ok {
		return nil
	}
	release := a.families.hold(family)
	defer release()
	s := &session{}
	if b, err := a.sure(ctx, ofSessions, family, s); err != nil || b == nil {
		return err
	}
	if err := a.endSession(ctx, family); err != nil {
		return err
	}
	a.audit(ctx, Event{Name: "sign_out", Subject: s.Subject, Session: family})
	return nil
}
