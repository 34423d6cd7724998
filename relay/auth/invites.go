package auth

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Limits of invites.
const (
	maxInvites = 256 // of a board
	maxUses    = 10_000
	maxLabel   = 120 // bytes
)

// Terms are those of an invite.
type Terms struct {
	Role  Role
	For   time.Duration // how long one can join by it, at most 366 days; 0: until it is revoked
	Uses  int           // how many can join by it; 0: as many as an invite may have, 10,000
	Label string        // for who made it; at most 120 bytes
}

// Invite is a link that makes people members of a board. Who has joined by it stays
// when it ends, and goes when it is revoked.
type Invite struct {
	ID, Board        string
	Role             Role
	Label            string
	By               string // the subject of who made it
	Created, Expires time.Time
	Uses, Used       int
}

// inviteRecord is what is kept of an Invite.
type inviteRecord struct {
	Role    Role      `json:"role"`
	Label   string    `json:"label,omitempty"`
	By      string    `json:"by"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"`
	Uses    int       `json:"uses,omitempty"`
	Used    int       `json:"used,omitempty"`
}

func (r *inviteRecord) invite(board, id string) Invite {
	return Invite{id, board, r.Role, r.Label, r.By, r.Created, r.Expires, r.Uses, r.Used}
}

// CreateInvite returns an invite, and the token that is it. By: an owner of the
// board.
func (a *Authority) CreateInvite(ctx context.Context, by *Grant, board string, t Terms) (Invite, string, error) {
	if err := a.mayActOn(by, board); err != nil {
		return Invite{}, "", err
	}
	switch {
	case t.Role < Viewer || t.Role > Owner:
		return Invite{}, "", refuse(Invalid, "a role is viewer, commenter, editor or owner")
	case t.For < 0 || t.For > inviteLife:
		return Invite{}, "", refuse(Invalid, "an invite ends within 366 days, or has no end")
	case t.Uses < 0 || t.Uses > maxUses:
		return Invite{}, "", refuse(Invalid, fmt.Sprintf("an invite is for 1 to %d people", maxUses))
	}
	if t.Label != "" {
		if err := checkText("the label", t.Label, maxLabel); err != nil {
			return Invite{}, "", err
		}
	}
	release := a.boards.hold(board)
	defer release()
	if there, err := a.invites(ctx, board); err != nil {
		return Invite{}, "", err
	} else if len(there) >= maxInvites {
		return Invite{}, "", refuse(Conflict, fmt.Sprintf("the board has %d invites, which is as many as it can have; revoke some", maxInvites))
	}
	r := inviteRecord{Role: t.Role, Label: t.Label, By: by.Subject, Created: a.cfg.Now(), Uses: t.Uses}
	c := inviteClaims{Board: board, Role: t.Role, ID: rand.Text()}
	if t.For > 0 {
		r.Expires = r.Created.Add(t.For).Truncate(time.Second)
		c.Until = r.Expires.Unix()
	}
	token, err := a.invite().token(&c)
	if err != nil {
		return Invite{}, "", err
	}
	if err := a.take(ctx, board, by.Subject); err != nil {
		return Invite{}, "", err
	}
	if err := a.put(ctx, ofInvites, board+"/"+c.ID, &r, r.Expires); err != nil {
		return Invite{}, "", err
	}
	a.audit(ctx, Event{Name: "invite_created", Board: board, Role: t.Role, By: by.Subject, Invite: c.ID})
	return r.invite(board, c.ID), token, nil
}

// Invites lists those of a board by which one can join, also those that are used
// up. By: an owner of it.
func (a *Authority) Invites(ctx context.Context, by *Grant, board string) ([]Invite, error) {
	if err := a.mayActOn(by, board); err != nil {
		return nil, err
	}
	return a.invites(ctx, board)
}

func (a *Authority) invites(ctx context.Context, board string) (all []Invite, err error) {
	err = a.cfg.Records.List(ctx, ofInvites, board+"/", func(key string, value []byte) error {
		var r inviteRecord
		if err := json.Unmarshal(value, &r); err != nil {
			return fmt.Errorf("read %s %q: %w", ofInvites, key, err)
		}
		all = append(all, r.invite(board, strings.TrimPrefix(key, board+"/")))
		return nil
	})
	return all, err
}

// RevokeInvite ends an invite, and the access that came from it. By: an owner of
// the board.
func (a *Authority) RevokeInvite(ctx context.Context, by *Grant, board, id string) error {
	if err := a.mayActOn(by, board); err != nil {
		return err
	}
	release := a.boards.hold(board)
	defer release()
	ids, err := a.inviteIDs(ctx, board)
	if err != nil {
		return err
	}
	if !ids[id] {
		return refuse(NotFound, "the board has no such invite")
	}
	if err := a.endInvite(ctx, board, id); err != nil {
		return err
	}
	a.audit(ctx, Event{Name: "invite_revoked", Board: board, By: by.Subject, Invite: id})
	return nil
}

// inviteIDs returns all that there is something of: also those that have ended, if
// somebody has come by them.
func (a *Authority) inviteIDs(ctx context.Context, board string) (map[string]bool, error) {
	ids := map[string]bool{}
	there, err := a.invites(ctx, board)
	if err != nil {
		return nil, err
	}
	for _, i := range there {
		ids[i.ID] = true
	}
	return ids, a.entries(ctx, board, func(_ string, e *entry) {
		for _, i := range e.Invited {
			ids[i.ID] = true
		}
	})
}

// endInvite takes an invite back with what came from it. Nobody can join by it
// first, then who has joined goes. The caller holds the board.
func (a *Authority) endInvite(ctx context.Context, board, id string) error {
	if err := a.remove(ctx, ofInvites, board+"/"+id); err != nil {
		return err
	}
	if err := a.leaveInvite(ctx, board, id); err != nil {
		return err
	}
	return a.revoke(ctx, about{byInvite, "", id})
}

// useInvite makes a session's person a member of a board by an invite. Who has its
// role already does not use it.
func (a *Authority) useInvite(ctx context.Context, s *session, p Proof, role Role, now time.Time) (Role, string, error) {
	var c inviteClaims
	switch {
	case !a.invite().open(p.Invite, &c):
		return None, "", refuse(InviteOver, "this is not an invite of this relay, or it was changed")
	case c.Board != p.Board:
		return None, "", refuse(InviteOver, "the invite is for another board")
	case c.Until != 0 && now.Unix() >= c.Until:
		return None, "", refuse(InviteOver, "the invite has ended; ask for another")
	case c.Role <= role:
		return role, "", nil
	}
	release := a.boards.hold(p.Board)
	defer release()
	key := p.Board + "/" + c.ID
	var r inviteRecord
	has, by := None, "" // what the person has, if it does not need the invite
	err := swapping(func() (done bool, err error) {
		r = inviteRecord{}
		was, err := a.sure(ctx, ofInvites, key, &r)
		switch {
		case err != nil:
			return false, err
		case was == nil:
			return false, errInviteRevoked
		case r.Used >= maxUses || r.Uses > 0 && r.Used >= r.Uses:
			return false, refuse(InviteOver, "the invite is used up; ask for another")
		}
		e := &entry{}
		if _, err := a.get(ctx, ofPeople, p.Board+"/"+s.Subject, e); err != nil {
			return false, err
		}
		if has, by = e.role(); has >= r.Role { // another page of the same person was faster
			return true, nil
		}
		// Counted first: what is interrupted between the two lets in too few.
		r.Used++
		return a.swap(ctx, ofInvites, key, was, &r, r.Expires)
	})
	if err != nil {
		return None, "", err
	}
	if has >= r.Role {
		return has, by, nil
	}
	var had Role
	err = swapping(func() (done bool, err error) {
		e := &entry{Name: p.nameOf(s), Since: now, Guest: s.Guest}
		if s.Guest {
			e.Until = s.End
		}
		was, err := a.read(ctx, ofPeople, p.Board+"/"+s.Subject, e)
		if err != nil {
			return false, err
		}
		if had, by = e.role(); had >= r.Role {
			return true, nil
		}
		by = c.ID
		e.Invited = append(e.Invited, invited{c.ID, r.Role})
		return a.swap(ctx, ofPeople, p.Board+"/"+s.Subject, was, e, e.Until)
	})
	if err != nil {
		return None, "", err
	}
	// Who has revoked it on another relay, before this was stored, has not seen it: then
	// that is known here by now. Who does so after this sees it.
	if there, err := a.get(ctx, ofInvites, key, &inviteRecord{}); err != nil {
		return None, "", err
	} else if !there && (r.Expires.IsZero() || a.cfg.Now().Before(r.Expires)) {
		if err := a.leaveInvite(ctx, p.Board, c.ID); err != nil {
			return None, "", err
		}
		return None, "", errInviteRevoked
	}
	if by != c.ID {
		return had, by, nil
	}
	a.audit(ctx, Event{Name: "invite_used", Subject: s.Subject, Board: p.Board, Role: r.Role, Invite: c.ID})
	a.changed(ctx, Change{Board: p.Board, Subject: s.Subject, Was: had, Role: r.Role})
	return r.Role, c.ID, nil
}

var errInviteRevoked = refuse(InviteOver, "the invite was revoked; ask for another")
