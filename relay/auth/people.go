package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// maxPeople is how many may have a role on a board by its owners' decision.
const maxPeople = 10_000

// Person is one of those who have a role on a board, other than by a token of the
// operator's.
type Person struct {
	Subject, Name string
	Role          Role
	Since         time.Time
	Invite        string // by which the role came; empty: by an owner
	Guest         bool
}

// entry is the record of a Person.
type entry struct {
	Name    string    `json:"name,omitempty"`
	Role    Role      `json:"role,omitzero"` // by an owner
	Since   time.Time `json:"since"`
	Guest   bool      `json:"guest,omitempty"`
	Until   time.Time `json:"until,omitzero"`    // when a guest's session ends
	Invited []invited `json:"invited,omitempty"` // each with a higher role than those before: at most four
}

// invited is a role that came by an invite, and goes with it.
type invited struct {
	ID   string `json:"id"`
	Role Role   `json:"role"`
}

// role returns the highest, and the invite by which it came.
func (e *entry) role() (r Role, invite string) {
	r = e.Role
	for _, i := range e.Invited {
		if i.Role > r {
			r, invite = i.Role, i.ID
		}
	}
	return r, invite
}

func (e *entry) person(subject string) Person {
	p := Person{Subject: subject, Name: e.Name, Since: e.Since, Guest: e.Guest}
	p.Role, p.Invite = e.role()
	return p
}

// changeEntry has change decide what becomes of somebody's entry, which is nil if there is
// none: another one, or nil to remove it. It is asked again if another relay changes the
// same one.
func (a *Authority) changeEntry(ctx context.Context, board, subject string, change func(e *entry) (next *entry, err error)) error {
	return swapping(func() (done bool, err error) {
		e := &entry{}
		was, err := a.read(ctx, ofPeople, board+"/"+subject, e)
		if err != nil {
			return false, err
		}
		if was == nil {
			e = nil
		}
		e, err = change(e)
		switch {
		case err != nil:
			return false, err
		case e == nil && was == nil:
			return true, nil
		case e == nil:
			return a.swap(ctx, ofPeople, board+"/"+subject, was, nil, time.Time{})
		}
		return a.swap(ctx, ofPeople, board+"/"+subject, was, e, e.Until)
	})
}

// entry reads that of a session's person, and keeps its name as it is now: for who
// has none, what the person calls itself. Without one it returns an empty entry.
func (a *Authority) entry(ctx context.Context, p Proof, s *session) (*entry, error) {
	e, board, name := &entry{}, p.Board, p.nameOf(s)
	found, err := a.get(ctx, ofPeople, board+"/"+s.Subject, e)
	if err != nil || !found || name == "" || e.Name == name {
		return e, err
	}
	release := a.boards.hold(board)
	defer release()
	err = a.changeEntry(ctx, board, s.Subject, func(now *entry) (*entry, error) {
		if now == nil {
			e = &entry{}
			return nil, nil
		}
		now.Name, e = name, now
		return now, nil
	})
	return e, err
}

// entries calls f for all of a board. What f is given is its own.
func (a *Authority) entries(ctx context.Context, board string, f func(subject string, e *entry)) error {
	return a.cfg.Records.List(ctx, ofPeople, board+"/", func(key string, value []byte) error {
		e := &entry{}
		if err := json.Unmarshal(value, e); err != nil {
			return fmt.Errorf("read %s %q: %w", ofPeople, key, err)
		}
		f(strings.TrimPrefix(key, board+"/"), e)
		return nil
	})
}

// People lists who has a role on a board, by subject. By: an owner of it.
func (a *Authority) People(ctx context.Context, by *Grant, board string) ([]Person, error) {
	if err := a.mayActOn(by, board); err != nil {
		return nil, err
	}
	var people []Person
	err := a.entries(ctx, board, func(subject string, e *entry) { people = append(people, e.person(subject)) })
	return people, err
}

// Subjects lists who has a role on a board, as People does, for the relay itself:
// nobody else is to be told.
func (a *Authority) Subjects(ctx context.Context, board string) ([]string, error) {
	if err := checkBoard(board); err != nil {
		return nil, err
	}
	var subjects []string
	err := a.entries(ctx, board, func(subject string, e *entry) {
		if r, _ := e.role(); r > None {
			subjects = append(subjects, subject)
		}
	})
	return subjects, err
}

// mayActOn is mayAct for what there is of single boards alone.
func (a *Authority) mayActOn(by *Grant, board string) error {
	if board == "" {
		return checkBoard(board)
	}
	return a.mayAct(by, board)
}

// SetRole decides the role of somebody on a board, who need not be there yet, in
// place of all that the person was given for it before. The board's last owner
// stays one: Conflict. By: an owner of the board.
func (a *Authority) SetRole(ctx context.Context, by *Grant, board, subject string, role Role) (Person, error) {
	if err := a.mayActOn(by, board); err != nil {
		return Person{}, err
	}
	if err := checkText("the person", subject, MaxSubject); err != nil {
		return Person{}, err
	}
	if role < Viewer || role > Owner {
		return Person{}, refuse(Invalid, "a role is viewer, commenter, editor or owner")
	}
	release := a.boards.hold(board)
	defer release()
	if err := a.take(ctx, board, by.Subject); err != nil {
		return Person{}, err
	}
	was, e, err := a.setEntry(ctx, board, subject, role)
	if err != nil {
		return Person{}, err
	}
	if err := a.revoke(ctx, about{byPersonOn, board, subject}); err != nil {
		return Person{}, err
	}
	a.audit(ctx, Event{Name: "role_set", Subject: subject, Board: board, Role: role, By: by.Subject})
	a.changed(ctx, Change{Board: board, Subject: subject, Was: was, Role: role, By: by})
	return e.person(subject), nil
}

// RemovePerson takes back what somebody was given for a board, and ends the access.
// The board's last owner stays: Conflict. By: an owner of the board.
func (a *Authority) RemovePerson(ctx context.Context, by *Grant, board, subject string) error {
	if err := a.mayActOn(by, board); err != nil {
		return err
	}
	release := a.boards.hold(board)
	defer release()
	was, _, err := a.setEntry(ctx, board, subject, None)
	if err != nil {
		return err
	}
	if err := a.revoke(ctx, about{byPersonOn, board, subject}); err != nil {
		return err
	}
	a.audit(ctx, Event{Name: "person_removed", Subject: subject, Board: board, By: by.Subject})
	a.changed(ctx, Change{Board: board, Subject: subject, Was: was})
	return nil
}

// setEntry gives somebody a role in place of all there was, None: removes the entry, and
// returns what there was and is. The caller holds the board.
func (a *Authority) setEntry(ctx context.Context, board, subject string, role Role) (was Role, e *entry, err error) {
	var before *entry
	err = a.changeEntry(ctx, board, subject, func(has *entry) (*entry, error) {
		his, err := a.besideOwners(ctx, board, subject, role)
		switch {
		case err != nil:
			return nil, err
		case (his == nil) != (has == nil):
			// It came or went meanwhile: what is read last is compared when it is stored.
		case his == nil && role == None:
			return nil, refuse(NotFound, "nobody of that name has a role on the board")
		}
		before, was = nil, None
		if has != nil {
			kept := *has
			before = &kept
			was, _ = has.role()
		}
		if role == None {
			e = nil
			return nil, nil
		}
		if e = has; e == nil {
			e = &entry{Since: a.cfg.Now()}
		}
		e.Role, e.Invited = role, nil
		return e, nil
	})
	if err != nil || was != Owner || role == Owner {
		return was, e, err
	}
	// Another relay may have done the same to the other owner at the same time. The
	// records are in one order: who is second sees it here, and takes it back. Perhaps
	// both do.
	owners := 0
	err = a.entries(ctx, board, func(_ string, e *entry) {
		if r, _ := e.role(); r == Owner {
			owners++
		}
	})
	if err != nil || owners > 0 {
		return was, e, err
	}
	if err := a.changeEntry(ctx, board, subject, func(*entry) (*entry, error) { return before, nil }); err != nil {
		return was, e, err
	}
	return was, e, errLastOwner
}

var errLastOwner = refuse(Conflict, "this is the last owner of the board; make somebody else one before")

// besideOwners returns somebody's entry, nil if there is none, who is about to get
// another role, and says if that leaves the board without an owner. The caller holds
// the board.
func (a *Authority) besideOwners(ctx context.Context, board, subject string, next Role) (his *entry, err error) {
	owners, all := 0, 0
	err = a.entries(ctx, board, func(other string, e *entry) {
		all++
		if other == subject {
			his = e
		} else if r, _ := e.role(); r == Owner {
			owners++
		}
	})
	switch {
	case err != nil:
		return nil, err
	case his == nil && next > None && all >= maxPeople:
		return nil, refuse(Conflict, "the board has as many people as it can have")
	case his == nil:
		return nil, nil
	}
	if r, _ := his.role(); r == Owner && next < Owner && owners == 0 {
		return nil, errLastOwner
	}
	return his, nil
}

// leaveInvite takes the role away that came by an invite. The caller holds the
// board.
func (a *Authority) leaveInvite(ctx context.Context, board, id string) error {
	came := func(i invited) bool { return i.ID == id }
	var who []string
	err := a.entries(ctx, board, func(subject string, e *entry) {
		if slices.ContainsFunc(e.Invited, came) {
			who = append(who, subject)
		}
	})
	for _, subject := range who {
		if err != nil {
			break
		}
		var was, is Role
		err = a.changeEntry(ctx, board, subject, func(e *entry) (*entry, error) {
			if was, is = None, None; e == nil {
				return nil, nil
			}
			was, _ = e.role()
			e.Invited = slices.DeleteFunc(e.Invited, came)
			if is, _ = e.role(); is == None {
				return nil, nil
			}
			return e, nil
		})
		if err == nil && is != was {
			a.changed(ctx, Change{Board: board, Subject: subject, Was: was, Role: is})
		}
	}
	return err
}
