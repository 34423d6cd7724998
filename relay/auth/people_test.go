package auth

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestGuestComesByInvite(t *testing.T) {
	o := newOffice(t)
	ann := o.signIn("ann")
	ann.opens("plan", Owner)
	i, invite := o.invites(ann.grant, "plan", Terms{Role: Editor, Label: "for the workshop", For: time.Hour})
	o.audited()
	guest := o.browser()
	guest.fails("plan", "", Missing)
	acc, err := guest.ask("plan", invite, "")
	if err != nil || acc.Role != Editor || !acc.Guest || !strings.HasPrefix(acc.Grant.Subject, "guest-") || acc.Grant.Invite != i.ID || acc.Grant.Feeds {
		t.Fatalf("%+v, %+v, %v", acc, acc.Grant, err)
	}
	if got := o.audited(); got != "invite_used guest_joined" {
		t.Error(got)
	}
	guest.opens("plan", Editor)
	guest.opensBy("plan", invite, Editor) // the link again: no other use
	guest.fails("other", "", Forbidden)
	if all, err := o.Invites(t.Context(), ann.grant, "plan"); err != nil || len(all) != 1 || all[0].Used != 1 || all[0].Label != "for the workshop" || all[0].By != "ann" {
		t.Errorf("%+v, %v", all, err)
	}
	if people, err := o.People(t.Context(), ann.grant, "plan"); err != nil || len(people) != 2 || people[1].Invite != i.ID || !people[1].Guest {
		t.Errorf("%+v, %v", people, err)
	}

	// Its end ends joining, not the access of who has joined.
	o.wait(time.Hour)
	guest.opens("plan", Editor)
	o.browser().fails("plan", invite, InviteOver)
	ann.opens("plan", Owner)
	if all, err := o.Invites(t.Context(), ann.grant, "plan"); err != nil || len(all) != 0 {
		t.Errorf("an invite that has ended is listed: %+v, %v", all, err)
	}
	// Also then it can be revoked, with what came from it.
	guest.joins("guest")
	if err := o.RevokeInvite(t.Context(), ann.grant, "plan", i.ID); err != nil {
		t.Fatal(err)
	}
	o.ends("guest")
	guest.fails("plan", "", Forbidden)
}

func TestInviteBesideSession(t *testing.T) {
	o := newOffice(t)
	ann, bea := o.signIn("ann"), o.signIn("bea")
	ann.opens("plan", Owner)
	view, viewer := o.invites(ann.grant, "plan", Terms{Role: Viewer})
	edit, editor := o.invites(ann.grant, "plan", Terms{Role: Editor})

	bea.opensBy("plan", viewer, Viewer)
	if bea.grant.Subject != "bea" {
		t.Error("who is signed in becomes a guest")
	}
	bea.opensBy("plan", editor, Editor)
	bea.opensBy("plan", viewer, Editor)
	ann.opensBy("plan", viewer, Owner) // who has more loses nothing

	// With the second invite goes what came from it.
	if err := o.RevokeInvite(t.Context(), ann.grant, "plan", edit.ID); err != nil {
		t.Fatal(err)
	}
	o.refused(bea.token, "plan", Revoked)
	bea.opens("plan", Viewer)
	if err := o.RevokeInvite(t.Context(), ann.grant, "plan", view.ID); err != nil {
		t.Fatal(err)
	}
	bea.fails("plan", "", Forbidden)
	if err := o.RevokeInvite(t.Context(), ann.grant, "plan", view.ID); reasonOf(err) != NotFound {
		t.Error(err)
	}
}

// An invite that does not work costs nobody the session.
func TestFailedInviteKeepsSession(t *testing.T) {
	o := newOffice(t)
	ann, bea := o.signIn("ann"), o.signIn("bea")
	ann.opens("plan", Owner)
	bea.opens("own", Owner)
	i, revoked := o.invites(ann.grant, "plan", Terms{Role: Editor})
	_, over := o.invites(ann.grant, "plan", Terms{Role: Editor, For: time.Minute})
	_, elsewhere := o.invites(bea.grant, "own", Terms{Role: Editor})
	if err := o.RevokeInvite(t.Context(), ann.grant, "plan", i.ID); err != nil {
		t.Fatal(err)
	}
	o.wait(time.Minute)
	for name, invite := range map[string]string{"revoked": revoked, "over": over, "of another board": elsewhere, "garbage": "x", "an access token": ann.token} {
		t.Log(name)
		bea.fails("plan", invite, InviteOver)
		o.browser().fails("plan", invite, InviteOver)
		bea.opens("own", Owner)
		ann.opensBy("plan", invite, Owner)
	}
}

func TestOneTimeInviteLetsOneIn(t *testing.T) {
	o := newOffice(t)
	ann := o.signIn("ann")
	ann.opens("plan", Owner)
	for range 10 {
		_, invite := o.invites(ann.grant, "plan", Terms{Role: Editor, Uses: 1})
		var n atomic.Int32
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if _, err := o.browser().ask("plan", invite, ""); err == nil {
					n.Add(1)
				} else if reasonOf(err) != InviteOver {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n.Load() != 1 {
			t.Errorf("a one-time invite let %d in", n.Load())
		}
		o.restart()
		o.browser().fails("plan", invite, InviteOver)
	}
}

func TestGuestsOfRevokedInviteGo(t *testing.T) {
	o := newOffice(t)
	ann := o.signIn("ann")
	ann.opens("plan", Owner)
	i, invite := o.invites(ann.grant, "plan", Terms{Role: Editor})
	_, other := o.invites(ann.grant, "plan", Terms{Role: Viewer})
	one, two, three := o.browser(), o.browser(), o.browser()
	one.opensBy("plan", invite, Editor)
	two.opensBy("plan", invite, Editor)
	three.opensBy("plan", other, Viewer)
	one.joins("one")
	two.joins("two")
	three.joins("three")
	o.audited()
	if err := o.RevokeInvite(t.Context(), ann.grant, "plan", i.ID); err != nil {
		t.Fatal(err)
	}
	o.ends("one", "two")
	if got := o.audited(); got != "invite_revoked" {
		t.Error(got)
	}
	o.refused(one.token, "plan", Revoked)
	o.restart()
	o.refused(two.token, "plan", Revoked)
	one.fails("plan", "", Forbidden)
	two.fails("plan", invite, InviteOver)
	three.opens("plan", Viewer)
	if people, err := o.People(t.Context(), ann.grant, "plan"); err != nil || len(people) != 2 {
		t.Errorf("%+v, %v", people, err)
	}
	// A guest whose board has gone is nobody who would own another.
	one.fails("new", "", Forbidden)
}

func TestOwnersDecideRoles(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	ann, bea := o.signIn("ann"), o.signIn("bea")
	ann.opens("plan", Owner)
	_, invite := o.invites(ann.grant, "plan", Terms{Role: Editor})
	bea.opensBy("plan", invite, Editor)
	bea.joins("bea")
	o.wait(time.Second)
	if p, err := o.SetRole(ctx, ann.grant, "plan", "bea", Viewer); err != nil || p.Role != Viewer || p.Invite != "" || p.Name != "BEA" {
		t.Fatalf("%+v, %v", p, err)
	}
	o.ends("bea")
	o.refused(bea.token, "plan", Revoked)
	o.wait(time.Second)
	bea.opens("plan", Viewer)

	if err := o.RemovePerson(ctx, ann.grant, "plan", "ann"); reasonOf(err) != Conflict {
		t.Errorf("the last owner is removed: %v", err)
	}
	if _, err := o.SetRole(ctx, ann.grant, "plan", "ann", Editor); reasonOf(err) != Conflict {
		t.Errorf("the last owner is lowered: %v", err)
	}
	if _, err := o.SetRole(ctx, ann.grant, "plan", "bea", Owner); err != nil {
		t.Fatal(err)
	}
	o.wait(time.Second)
	bea.opens("plan", Owner)
	bea.joins("bea")
	ann.joins("ann")
	if err := o.RemovePerson(ctx, bea.grant, "plan", "ann"); err != nil {
		t.Fatal(err)
	}
	o.ends("ann")
	ann.fails("plan", "", Forbidden)
	if err := o.RemovePerson(ctx, bea.grant, "plan", "ann"); reasonOf(err) != NotFound {
		t.Error(err)
	}
	if _, err := o.SetRole(ctx, ann.grant, "plan", "ann", Owner); reasonOf(err) != Revoked {
		t.Errorf("who was removed decides: %v", err)
	}
	o.wait(time.Second)
	ann.opens("other", Owner) // elsewhere nothing has changed
}

// What a board's owner decides counts more than an operator's token that is older,
// and less than one that is newer.
func TestOwnerLowersPersonOfOperators(t *testing.T) {
	o := newOffice(t)
	ann := o.signIn("ann")
	ann.opens("plan", Owner)
	o.wait(time.Second)
	token := func() string {
		return o.operators(&Grant{Subject: "bea", Boards: map[string]Role{"*": Editor}, Issued: o.now()})
	}
	old := token()
	bea := o.browser()
	if acc, err := bea.ask("plan", "", old); err != nil || acc.Role != Editor {
		t.Fatalf("%+v, %v", acc, err)
	}
	o.wait(time.Second)
	if _, err := o.SetRole(t.Context(), ann.grant, "plan", "bea", Viewer); err != nil {
		t.Fatal(err)
	}
	o.wait(time.Second)
	o.refused(old, "plan", Revoked)
	bea.opens("plan", Viewer)
	bea.opens("other", Editor)
	if g, err := o.Admit(t.Context(), token(), "plan"); err != nil || g.Role("plan") != Editor {
		t.Errorf("%+v, %v", g, err)
	}
}

func TestOnlyOwnersDecide(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	ann := o.signIn("ann")
	ann.opens("plan", Owner)
	i, invite := o.invites(ann.grant, "plan", Terms{Role: Editor})
	guest := o.browser()
	guest.opensBy("plan", invite, Editor)
	bea := o.signIn("bea")
	bea.opens("other", Owner)
	for name, by := range map[string]*Grant{"an editor": guest.grant, "the owner of another board": bea.grant, "nobody": nil, "everybody": Open()} {
		_, _, created := o.CreateInvite(ctx, by, "plan", Terms{Role: Viewer})
		_, listed := o.Invites(ctx, by, "plan")
		_, people := o.People(ctx, by, "plan")
		_, role := o.SetRole(ctx, by, "plan", "bea", Owner)
		for what, err := range map[string]error{
			"creates an invite": created, "lists invites": listed, "lists people": people, "sets a role": role,
			"revokes an invite": o.RevokeInvite(ctx, by, "plan", i.ID), "removes a person": o.RemovePerson(ctx, by, "plan", "ann"),
			"revokes a person": o.RevokePerson(ctx, by, "ann", "plan"), "revokes the board": o.RevokeBoard(ctx, by, "plan"),
			"revokes a person everywhere": o.RevokePerson(ctx, by, "ann", ""), "revokes a token": o.RevokeToken(ctx, by, "t"),
		} {
			if reasonOf(err) != Forbidden {
				t.Errorf("%s %s: %v", name, what, err)
			}
		}
	}
	for what, err := range map[string]error{
		"a person everywhere": o.RevokePerson(ctx, ann.grant, "bea", ""), "a token": o.RevokeToken(ctx, ann.grant, "t"),
	} {
		if reasonOf(err) != Forbidden {
			t.Errorf("the owner of one board revokes %s: %v", what, err)
		}
	}
	ann.opens("plan", Owner)
	guest.opens("plan", Editor)
}

func TestWhatMakesNoSenseIsRefused(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	create := func(t Terms) error { _, _, err := o.CreateInvite(ctx, root, "plan", t); return err }
	set := func(board, subject string, r Role) error {
		_, err := o.SetRole(ctx, root, board, subject, r)
		return err
	}
	for name, err := range map[string]error{
		"no role":               create(Terms{}),
		"a role too high":       create(Terms{Role: Owner + 1}),
		"a year and more":       create(Terms{Role: Viewer, For: inviteLife + 1}),
		"an end in the past":    create(Terms{Role: Viewer, For: -1}),
		"uses below 0":          create(Terms{Role: Viewer, Uses: -1}),
		"too many uses":         create(Terms{Role: Viewer, Uses: maxUses + 1}),
		"a long label":          create(Terms{Role: Viewer, Label: strings.Repeat("x", maxLabel+1)}),
		"a label of two lines":  create(Terms{Role: Viewer, Label: "a\nb"}),
		"nobody":                set("plan", "", Viewer),
		"a long name":           set("plan", strings.Repeat("x", MaxSubject+1), Viewer),
		"a name with a NUL":     set("plan", "a\x00", Viewer),
		"not UTF-8":             set("plan", "\xff", Viewer),
		"none as a role":        set("plan", "ann", None),
		"a board of no name":    set("", "ann", Viewer),
		"a board with a slash":  set("a/b", "ann", Viewer),
		"a board with a star":   set("*", "ann", Viewer),
		"a token of no name":    o.RevokeToken(ctx, root, ""),
		"a revoked nobody":      o.RevokePerson(ctx, root, "", ""),
		"a revoked star":        o.RevokeBoard(ctx, root, "*"),
		"a revoked nothing":     o.RevokeBoard(ctx, root, ""),
		"a sign-in of nobody":   second(o.SignIn(ctx, "", "")),
		"a name that is long":   second(o.SignIn(ctx, "ann", strings.Repeat("x", maxName+1))),
		"a board that is none":  second(o.Exchange(ctx, Proof{Board: "../x"})),
		"a board without a end": second(o.Exchange(ctx, Proof{Board: strings.Repeat("x", 65)})),
	} {
		if reasonOf(err) != Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestBoardHasSoManyInvites(t *testing.T) {
	o := newOffice(t)
	for range maxInvites {
		o.invites(root, "plan", Terms{Role: Viewer, For: time.Hour})
	}
	if _, _, err := o.CreateInvite(t.Context(), root, "plan", Terms{Role: Viewer}); reasonOf(err) != Conflict {
		t.Error(err)
	}
	o.invites(root, "other", Terms{Role: Viewer})
	o.wait(time.Hour)
	o.invites(root, "plan", Terms{Role: Viewer})
}

// A board of the relay's own is nobody's: who signs in does not get it by coming first,
// nobody invites others or gives them a role, and who has a token that names it does not
// publish there.
func TestBoardsOfTheRelay(t *testing.T) {
	const own = "_status"
	o := newOffice(t)
	o.signIn("ann").fails(own, "", Forbidden)
	all := &Grant{Subject: "root", Boards: map[string]Role{"*": Owner}}
	if _, err := o.browser().ask(own, "", o.operators(all)); reasonOf(err) != Forbidden {
		t.Errorf("an owner of all boards comes there: %v", err)
	}
	o.refused(o.operators(all), own, Forbidden)

	named := &Grant{Subject: "op", Boards: map[string]Role{own: Owner}, Feeds: true}
	token := o.operators(named)
	b := o.browser()
	acc, err := b.ask(own, "", token)
	if err != nil || acc.Role != Viewer || acc.Grant.Feeds {
		t.Fatalf("whose token names it: %+v, %v", acc, err)
	}
	b.opens(own, Viewer) // with the cookie alone
	if g, err := o.Look(t.Context(), b.cookie, own); err != nil || g.Role(own) != Viewer {
		t.Errorf("a page's picture: %+v, %v", g, err)
	}
	if g, err := o.Admit(t.Context(), token, own); err != nil || g.Role(own) != Viewer {
		t.Errorf("with the token itself: %+v, %v", g, err)
	}
	for _, by := range []*Grant{all, named} {
		_, _, err := o.CreateInvite(t.Context(), by, own, Terms{Role: Viewer})
		if reasonOf(err) != Forbidden {
			t.Errorf("an invite by %s: %v", by.Subject, err)
		}
		if _, err := o.SetRole(t.Context(), by, own, "eve", Viewer); reasonOf(err) != Forbidden {
			t.Errorf("a role by %s: %v", by.Subject, err)
		}
	}
	if taken, err := o.isTaken(t.Context(), own); taken || err != nil {
		t.Errorf("it was taken for somebody's: %v", err)
	}
}
