package auth

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestFirstPersonOwnsBoard(t *testing.T) {
	o := newOffice(t)
	ann, bea := o.signIn("ann"), o.signIn("bea")
	ann.opens("plan", Owner)
	bea.fails("plan", "", Forbidden)
	bea.opens("other", Owner)
	if got := o.audited(); got != "sign_in sign_in board_claimed board_claimed" {
		t.Error(got)
	}
	people, err := o.People(t.Context(), ann.grant, "plan")
	if err != nil || len(people) != 1 || people[0].Subject != "ann" || people[0].Name != "ANN" || people[0].Role != Owner || !people[0].Since.Equal(noon) {
		t.Errorf("%+v, %v", people, err)
	}
}

func TestTwoWhoClaimAtOnce(t *testing.T) {
	o := newOffice(t)
	var owners atomic.Int32
	var all sync.WaitGroup
	for i := range 20 {
		b := o.signIn(fmt.Sprint("person-", i))
		all.Go(func() {
			if _, err := b.ask("plan", "", ""); err == nil {
				owners.Add(1)
			} else if reasonOf(err) != Forbidden {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if owners.Load() != 1 {
		t.Errorf("%d own the board", owners.Load())
	}
}

// A board that an operator's programs use is not free for who signs in first.
func TestBoardOfOperatorIsNotClaimed(t *testing.T) {
	o := newOffice(t)
	token := o.operators(&Grant{Subject: "program", Boards: map[string]Role{"*": Editor}})
	if _, err := o.Admit(t.Context(), token, "machines"); err != nil {
		t.Fatal(err)
	}
	if _, err := o.browser().ask("plan", "", token); err != nil {
		t.Fatal(err)
	}
	for _, board := range []string{"machines", "plan"} {
		o.signIn("ann").fails(board, "", Forbidden)
	}
	o.restart()
	o.signIn("ann").fails("machines", "", Forbidden)
}

func TestAccessTokenTakesNoStore(t *testing.T) {
	o := newOffice(t)
	ann := o.signIn("ann")
	ann.opens("plan", Owner)
	reads, writes := o.records.reads, o.records.writes
	o.records.fails = errors.New("the disk is gone")
	g, err := o.Admit(t.Context(), ann.token, "plan")
	if err != nil || g.Subject != "ann" || g.Name != "ANN" || !g.Until.Equal(noon.Add(accessLife)) || !g.Feeds {
		t.Errorf("%+v, %v", g, err)
	}
	if o.records.reads != reads || o.records.writes != writes {
		t.Error("the store was asked")
	}
	o.refused(ann.token, "other", Forbidden)
	o.wait(accessLife)
	o.refused(ann.token, "plan", Expired)
}

func TestOperatorsTokenIsAdmitted(t *testing.T) {
	o := newOffice(t)
	token := o.operators(&Grant{Subject: "ann", Boards: map[string]Role{"team-*": Editor, "*": Viewer}, Feeds: true})
	g, err := o.Admit(t.Context(), token, "team-a")
	if err != nil || g.Role("team-a") != Editor || g.Role("team-b") != None || !g.Feeds {
		t.Errorf("%+v, %v", g, err)
	}
	if g, err = o.Admit(t.Context(), token, ""); err != nil || g.Role("team-b") != Editor {
		t.Errorf("on no board: %+v, %v", g, err)
	}
	o.refused("", "team-a", Missing)
	o.refused(o.operators(&Grant{Subject: "ann"}), "team-a", Forbidden)
	o.cfg.Verifier = nil
	o.restart()
	o.refused(token, "team-a", Bad)
}

func TestSessionOfOperatorsTokenEndsWithIt(t *testing.T) {
	o := newOffice(t)
	ann := o.browser()
	token := o.operators(&Grant{Subject: "ann", Name: "Ann", Boards: map[string]Role{"plan": Editor}, Until: noon.Add(15 * time.Minute)})
	if acc, err := ann.ask("plan", "", token); err != nil || acc.Role != Editor || acc.Grant.Name != "Ann" || acc.Guest {
		t.Fatalf("%+v, %v", acc, err)
	}
	o.wait(9 * time.Minute)
	ann.opens("plan", Editor)
	if !ann.grant.Until.Equal(noon.Add(15 * time.Minute)) {
		t.Errorf("the access token ends at %v, later than what it comes from", ann.grant.Until)
	}
	ann.fails("other", "", Forbidden)

	// Another token of the same person's goes on where the first ends.
	next := o.operators(&Grant{Subject: "ann", Boards: map[string]Role{"other": Viewer}, Until: noon.Add(20 * time.Minute)})
	if acc, err := ann.ask("other", "", next); err != nil || acc.Role != Viewer {
		t.Fatalf("%+v, %v", acc, err)
	}
	ann.fails("plan", "", Forbidden)
	// An older one takes nothing away.
	if acc, err := ann.ask("other", "", token); err != nil || acc.Role != Viewer {
		t.Fatalf("%+v, %v", acc, err)
	}
	o.wait(11 * time.Minute)
	ann.fails("other", "", Missing)
	if ann.cookie != "" {
		t.Error("the cookie of a session that has ended is kept")
	}
}

// A link with somebody else's token changes who one is only where one is nobody.
func TestTokenOfAnotherBesideSession(t *testing.T) {
	o := newOffice(t)
	ann := o.signIn("ann")
	ann.opens("plan", Owner)
	token := o.operators(&Grant{Subject: "mallory", Boards: map[string]Role{"plan": Editor, "trap": Editor}})
	if acc, err := ann.ask("plan", "", token); err != nil || acc.Grant.Subject != "ann" {
		t.Errorf("%+v, %v", acc, err)
	}
	o.signIn("bea").opens("trap", Owner)
	if acc, err := ann.ask("trap", "", token); err != nil || acc.Grant.Subject != "mallory" {
		t.Errorf("%+v, %v", acc, err)
	}
}

// Who was a guest and is known now is no guest any more, where that is worth
// something.
func TestGuestShowsOperatorsToken(t *testing.T) {
	o := newOffice(t)
	_, invite := o.invites(root, "plan", Terms{Role: Viewer})
	guest := o.browser()
	guest.opensBy("plan", invite, Viewer)
	elsewhere := o.operators(&Grant{Subject: "ann", Boards: map[string]Role{"other": Editor}})
	if acc, err := guest.ask("plan", "", elsewhere); err != nil || !acc.Guest || acc.Role != Viewer {
		t.Errorf("%+v, %v", acc, err)
	}
	o.audited()
	token := o.operators(&Grant{Subject: "ann", Boards: map[string]Role{"plan": Editor}})
	if acc, err := guest.ask("plan", "", token); err != nil || acc.Guest || acc.Role != Editor || acc.Grant.Subject != "ann" {
		t.Errorf("%+v, %v", acc, err)
	}
	guest.opens("plan", Editor)
	if got := o.audited(); got != "sign_in" {
		t.Error(got)
	}
}

// A token that is not good beside a session that is costs nothing, and without one
// it is what is complained of.
func TestBadTokenBesideCookie(t *testing.T) {
	o := newOffice(t)
	ann := o.signIn("ann")
	if acc, err := ann.ask("plan", "", "x"); err != nil || acc.Role != Owner {
		t.Errorf("%+v, %v", acc, err)
	}
	ann.cookie = "x"
	acc, err := ann.ask("plan", "", o.operators(&Grant{Subject: "ann", Until: noon.Add(-1)}))
	if reasonOf(err) != Expired || !acc.Forget {
		t.Errorf("%+v, %v", acc, err)
	}
}

// The three kinds of what the relay gives out, and an operator's token, are never
// taken for one another.
func TestKindsAreNotConfused(t *testing.T) {
	o := newOffice(t)
	ann := o.signIn("ann")
	ann.opens("plan", Owner)
	_, invite := o.invites(ann.grant, "plan", Terms{Role: Owner})
	operators := o.operators(&Grant{Subject: "ann", Boards: map[string]Role{"*": Owner}})
	// The same claims, signed with the operator's key and with the relay's names.
	_, claims, _, _ := split(ann.token)
	b, err := segment.DecodeString(claims)
	if err != nil {
		t.Fatal(err)
	}
	forged := hs(t, `{"alg":"HS256","typ":"`+typAccess+`"}`, string(b))
	swap := func(token string, s seal) string { // in the clothes of another kind
		_, rest, _ := strings.Cut(token, ".")
		return s.head + rest
	}
	for name, token := range map[string]string{
		"an invite": invite, "a cookie": ann.cookie, "forged": forged, "a dressed invite": swap(invite, o.access()),
		"a dressed operator's": swap(operators, o.access()), "a dressed access token": swap(ann.token, o.invite()),
	} {
		o.refused(token, "plan", Bad)
		if acc, err := o.Exchange(t.Context(), Proof{Bearer: token, Board: "plan"}); reasonOf(err) != Bad {
			t.Errorf("%s as proof: %+v, %v", name, acc, err)
		}
	}
	for name, token := range map[string]string{"an access token": ann.token, "a cookie": ann.cookie, "an operator's": operators, "forged": forged, "dressed": swap(ann.token, o.invite())} {
		if acc, err := o.Exchange(t.Context(), Proof{Invite: token, Board: "plan"}); reasonOf(err) != InviteOver {
			t.Errorf("%s as an invite: %+v, %v", name, acc, err)
		}
	}
	for name, token := range map[string]string{"an access token": ann.token, "an invite": invite, "an operator's": operators, "forged": forged} {
		if acc, err := o.Exchange(t.Context(), Proof{Cookie: token, Board: "plan"}); reasonOf(err) != Missing || !acc.Forget {
			t.Errorf("%s as a cookie: %+v, %v", name, acc, err)
		}
	}
	if acc, err := o.Exchange(t.Context(), Proof{Bearer: ann.token, Board: "plan"}); reasonOf(err) != Bad {
		t.Errorf("an access token gets another: %+v, %v", acc, err)
	}
}

// Another relay's key makes nothing that this one takes.
func TestOtherRelaysTokens(t *testing.T) {
	o, other := newOffice(t), newOffice(t)
	ann := other.signIn("ann")
	ann.opens("plan", Owner)
	_, invite := other.invites(ann.grant, "plan", Terms{Role: Owner})
	o.refused(ann.token, "plan", Bad)
	o.browser().fails("plan", invite, InviteOver)
	(&browser{o: o, cookie: ann.cookie}).fails("plan", "", Missing)
}

func TestCookiesOfOneForm(t *testing.T) {
	o := newOffice(t)
	good := o.session().cookie("FAMILY", 7)
	if f, g, ok := o.session().parseCookie(good); !ok || f != "FAMILY" || g != 7 {
		t.Errorf("%s %d %v", f, g, ok)
	}
	mac := good[strings.LastIndexByte(good, '.')+1:]
	for _, bad := range []string{
		"", ".", "..", "FAMILY.7", "FAMILY.7.", "FAMILY.07." + mac, "FAMILY.8." + mac, "family.7." + mac, "FAMILY.7." + mac + "=", " " + good, good + "\n",
		good[:len(good)-1] + nextLetter(good[len(good)-1]), strings.Repeat("x", 1<<16) + good,
	} {
		if _, _, ok := o.session().parseCookie(bad); ok {
			t.Errorf("%.80q is taken", bad)
		}
	}
}

// What the store cannot do is nobody's fault, and costs nobody anything.
func TestStoreFails(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	ann := o.signIn("ann")
	ann.opens("plan", Owner)
	_, invite := o.invites(ann.grant, "plan", Terms{Role: Editor})
	gone := errors.New("the disk is gone")
	o.records.fails = gone
	ann.joins("ann")
	_, _, created := o.CreateInvite(ctx, ann.grant, "plan", Terms{Role: Viewer})
	_, set := o.SetRole(ctx, ann.grant, "plan", "bea", Viewer)
	for what, err := range map[string]error{
		"a session":  second(ann.ask("plan", "", "")),
		"an invite":  second(o.browser().ask("plan", invite, "")),
		"a sign-in":  second(o.SignIn(ctx, "bea", "")),
		"a sign-out": o.SignOut(ctx, ann.cookie),
		"creating":   created, "setting": set,
		"listing":  second(o.Invites(ctx, ann.grant, "plan")),
		"people":   second(o.People(ctx, ann.grant, "plan")),
		"removing": o.RemovePerson(ctx, ann.grant, "plan", "ann"),
		"starting": second(NewAuthority(ctx, o.cfg)),
	} {
		if !errors.Is(err, gone) {
			t.Errorf("%s: %v", what, err)
		}
	}
	o.ends() // nothing is told that is not stored
	o.records.fails = nil
	ann.opens("plan", Owner)
	o.browser().opensBy("plan", invite, Editor)
}

func TestDamagedRecordsAreNotTaken(t *testing.T) {
	for kind, key := range map[string]string{ofKeys: "own", ofRevoked: "token//x", ofSessions: "", ofPeople: "plan/ann", ofInvites: "plan/x"} {
		o := newOffice(t)
		ann := o.signIn("ann")
		ann.opens("plan", Owner)
		if kind == ofSessions {
			key, _, _ = o.session().parseCookie(ann.cookie)
		}
		if err := o.records.Put(t.Context(), kind, key, []byte("{"), time.Time{}); err != nil {
			t.Fatal(err)
		}
		var err error
		switch kind {
		case ofKeys, ofRevoked:
			_, err = NewAuthority(t.Context(), o.cfg)
		case ofInvites:
			_, err = o.Invites(t.Context(), ann.grant, "plan")
		default:
			_, err = ann.ask("plan", "", "")
		}
		if err == nil || reasonOf(err) != 0 {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// What the audit is told lets nobody in.
func TestAuditHasNoSecrets(t *testing.T) {
	o := newOffice(t)
	ann := o.signIn("ann")
	first := ann.cookie
	ann.opens("plan", Owner)
	_, invite := o.invites(ann.grant, "plan", Terms{Role: Editor})
	guest := o.browser()
	guest.opensBy("plan", invite, Editor)
	told := fmt.Sprintf("%+v", o.events)
	for name, secret := range map[string]string{"cookie": first, "next cookie": ann.cookie, "access token": ann.token, "invite": invite, "guest's cookie": guest.cookie} {
		for part := range strings.SplitSeq(secret, ".") {
			if len(part) > 30 && strings.Contains(told, part) {
				t.Errorf("a part of the %s is told", name)
			}
		}
	}
}
