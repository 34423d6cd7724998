package auth

import (
	"errors"
	"testing"
	"time"
)

// What a page shows by the cookie alone changes nothing of the session.
func TestLook(t *testing.T) {
	o := newOffice(t)
	ann, bob := o.signIn("ann"), o.signIn("bob")
	sees := func(cookie, board string, want Role) {
		t.Helper()
		g, err := o.Look(t.Context(), cookie, board)
		if err != nil || g.Role(board) != want || g.Subject == "" || g.Over(o.now()) {
			t.Errorf("%s is seen as %+v, %v; want %v", board, g, err, want)
		} else if err := o.Check(board, g); err != nil {
			t.Errorf("the grant is no good: %v", err)
		}
	}
	fails := func(cookie, board string, want Reason) {
		t.Helper()
		if g, err := o.Look(t.Context(), cookie, board); reasonOf(err) != want || g != nil {
			t.Errorf("%s is seen as %+v, %v; want reason %d", board, g, err, want)
		}
	}
	fails(ann.cookie, "plan", Forbidden) // it is nobody's, and to look does not claim it
	ann.opens("plan", Owner)
	o.audited()
	writes := o.records.writes
	cookie := ann.cookie
	for range 3 {
		sees(cookie, "plan", Owner)
	}
	fails(bob.cookie, "plan", Forbidden)
	fails("", "plan", Missing)
	fails("nonsense", "plan", Missing)
	fails(cookie+"x", "plan", Missing)
	fails(ann.token, "plan", Missing)
	fails(cookie, "../plan", Invalid)
	if o.records.writes != writes || o.audited() != "" {
		t.Error("to look has changed something")
	}

	// The cookie before is good for its grace, and ends no session after it.
	ann.opens("plan", Owner)
	sees(cookie, "plan", Owner)
	o.wait(sessionGrace + 1)
	fails(cookie, "plan", Missing)
	sees(ann.cookie, "plan", Owner)

	// A guest sees by the invite, until that is taken back.
	invite, link := o.invites(ann.grant, "plan", Terms{Role: Viewer})
	guest := o.browser()
	guest.opensBy("plan", link, Viewer)
	sees(guest.cookie, "plan", Viewer)
	fails(guest.cookie, "other", Forbidden)
	if err := o.RevokeInvite(t.Context(), ann.grant, "plan", invite.ID); err != nil {
		t.Fatal(err)
	}
	fails(guest.cookie, "plan", Forbidden)

	// So with a role, a person, and the end of the session.
	if _, err := o.SetRole(t.Context(), ann.grant, "plan", "bob", Commenter); err != nil {
		t.Fatal(err)
	}
	o.wait(time.Second) // what is given from now on
	sees(bob.cookie, "plan", Commenter)
	if err := o.RemovePerson(t.Context(), ann.grant, "plan", "bob"); err != nil {
		t.Fatal(err)
	}
	fails(bob.cookie, "plan", Forbidden)
	if err := o.SignOut(t.Context(), ann.cookie); err != nil {
		t.Fatal(err)
	}
	fails(ann.cookie, "plan", Missing)
	o.wait(sessionIdle)
	fails(bob.cookie, "plan", Missing)
	gone := errors.New("the disk is gone")
	o.records.fails = gone
	if _, err := o.Look(t.Context(), bob.cookie, "plan"); err != gone {
		t.Errorf("a store that fails: %v", err)
	}
}
