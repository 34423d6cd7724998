package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

// withChanges has an office write down who may do something else.
func withChanges(t *testing.T) (o *office, took func() []string) {
	o = newOffice(t)
	var heard []string
	o.cfg.Changed = func(_ context.Context, c Change) {
		by := ""
		if c.By != nil {
			by = " by " + c.By.Subject
		}
		heard = append(heard, fmt.Sprintf("%s on %q: %v, was %v%s", c.Subject, c.Board, c.Role, c.Was, by))
	}
	o.restart()
	return o, func() []string {
		list := heard
		heard = nil
		return list
	}
}

// Whatever changes what somebody may do on a board is told once, with what it was
// before; what was refused is not.
func TestChangesAreTold(t *testing.T) {
	o, took := withChanges(t)
	ctx := t.Context()
	want := func(when string, lines ...string) {
		t.Helper()
		if got := took(); !slices.Equal(got, lines) {
			t.Errorf("%s: told is %q, want %q", when, got, lines)
		}
	}
	ann, bea := o.signIn("ann"), o.signIn("bea")
	ann.opens("plan", Owner)
	want("a board is claimed", `ann on "plan": owner, was none`)
	ann.opens("plan", Owner)
	want("it is opened again")
	i, invite := o.invites(ann.grant, "plan", Terms{Role: Editor})
	want("an invite is made")
	bea.opensBy("plan", invite, Editor)
	want("an invite is used", `bea on "plan": editor, was none`)
	bea.opensBy("plan", invite, Editor)
	want("it is used again")
	set := func(subject string, r Role) {
		t.Helper()
		if _, err := o.SetRole(ctx, ann.grant, "plan", subject, r); err != nil {
			t.Fatal(err)
		}
	}
	set("bea", Editor)
	want("the owner gives what she had by an invite", `bea on "plan": editor, was editor by ann`)
	set("cy", Viewer)
	want("the owner gives a role to who was never here", `cy on "plan": viewer, was none by ann`)
	set("bea", Viewer)
	want("the owner gives less", `bea on "plan": viewer, was editor by ann`)
	o.wait(time.Second)
	bea.opensBy("plan", invite, Editor)
	want("she comes by the invite again", `bea on "plan": editor, was viewer`)
	if _, err := o.SetRole(ctx, bea.grant, "plan", "cy", Owner); reasonOf(err) != Forbidden {
		t.Errorf("an editor gives a role: %v", err)
	}
	want("what is refused")
	if err := o.RevokeInvite(ctx, ann.grant, "plan", i.ID); err != nil {
		t.Fatal(err)
	}
	want("the invite is revoked", `bea on "plan": viewer, was editor`)
	_, guests := o.invites(ann.grant, "plan", Terms{Role: Commenter})
	guest := o.browser()
	guest.opensBy("plan", guests, Commenter)
	took()
	if err := o.RevokeBoard(ctx, ann.grant, "plan"); err != nil {
		t.Fatal(err)
	}
	want("all that was given is taken back", guest.grant.Subject+` on "plan": none, was commenter`)
	o.wait(time.Second)
	ann.opens("plan", Owner)
	if err := o.RemovePerson(ctx, ann.grant, "plan", "bea"); err != nil {
		t.Fatal(err)
	}
	want("she is removed", `bea on "plan": none, was viewer`)
	if err := o.RemovePerson(ctx, ann.grant, "plan", "bea"); reasonOf(err) != NotFound {
		t.Error(err)
	}
	want("she is removed again")
	// Who has a role by the owners keeps it; of others nothing is left.
	for _, who := range []string{"cy", "dan"} {
		if err := o.RevokePerson(ctx, ann.grant, who, "plan"); err != nil {
			t.Fatal(err)
		}
	}
	want("what was given is taken back of two", `dan on "plan": none, was none`)
	root := &Grant{Subject: "root", Boards: map[string]Role{"*": Owner}}
	if err := o.RevokePerson(ctx, root, "cy", ""); err != nil {
		t.Fatal(err)
	}
	want("on all boards", `cy on "": none, was none`)
	o.records.fails = errors.New("the disk is gone")
	if _, err := o.SetRole(ctx, ann.grant, "plan", "cy", Editor); err == nil {
		t.Error("a role is set without a store")
	}
	want("what is not stored")
}

// The relay itself learns who has a role on a board; of no board, and of one that
// nobody has, nobody.
func TestSubjects(t *testing.T) {
	o := newOffice(t)
	ann := o.signIn("ann")
	ann.opens("plan", Owner)
	_, invite := o.invites(ann.grant, "plan", Terms{Role: Editor})
	o.signIn("bea").opensBy("plan", invite, Editor)
	o.signIn("cy").opens("plan-2", Owner)
	if got, err := o.Subjects(t.Context(), "plan"); err != nil || !slices.Equal(got, []string{"ann", "bea"}) {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := o.Subjects(t.Context(), "nobodys"); err != nil || len(got) > 0 {
		t.Errorf("%q, %v", got, err)
	}
	for _, bad := range []string{"", "../plan", "plan/ann"} {
		if _, err := o.Subjects(t.Context(), bad); reasonOf(err) != Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// A program's leave to put notices into inboxes is its token's alone: a session that is
// made of it, and an access token, do not have it.
func TestNoticesAreNotHandedOn(t *testing.T) {
	o := newOffice(t)
	token := o.operators(&Grant{Subject: "build", Boards: map[string]Role{"plan": Owner}, Feeds: true, Notices: true})
	if g, err := o.Admit(t.Context(), token, ""); err != nil || !g.Notices {
		t.Fatalf("%+v, %v", g, err)
	}
	b := o.browser()
	if _, err := b.ask("plan", "", token); err != nil || b.grant.Notices || !b.grant.Feeds {
		t.Errorf("a session of it has %+v, %v", b.grant, err)
	}
	for _, of := range []string{"plan", ""} {
		if g, err := o.Admit(t.Context(), b.token, of); err != nil || g.Notices {
			t.Errorf("an access token for %q has %+v, %v", of, g, err)
		}
	}
	b.opens("plan", Owner) // by its cookie
	if b.grant.Notices {
		t.Errorf("the session has %+v", b.grant)
	}
	if Open().Notices {
		t.Error("in open mode everybody may")
	}
}
