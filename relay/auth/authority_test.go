package auth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// memory is Records of a test, which fail if it wants that.
type memory struct {
	mu     sync.Mutex
	now    func() time.Time
	all    map[string]kept
	fails  error
	writes int
	reads  int
	onRead func(kind string) // by one goroutine
}

type kept struct {
	value []byte
	until time.Time
}

func (m *memory) Get(_ context.Context, kind, key string) ([]byte, error) {
	if m.onRead != nil {
		m.onRead(kind)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	k := m.all[kind+" "+key]
	if m.fails != nil || k.value == nil || m.over(k) {
		return nil, m.fails
	}
	return bytes.Clone(k.value), nil
}

func (m *memory) over(k kept) bool { return !k.until.IsZero() && !m.now().Before(k.until) }

func (m *memory) List(_ context.Context, kind, prefix string, f func(key string, value []byte) error) error {
	m.mu.Lock()
	m.reads++
	var keys []string
	values := map[string][]byte{}
	for k, v := range m.all {
		if key, ok := strings.CutPrefix(k, kind+" "); ok && strings.HasPrefix(key, prefix) && !m.over(v) {
			keys = append(keys, key)
			values[key] = v.value
		}
	}
	err := m.fails
	m.mu.Unlock()
	if err != nil {
		return err
	}
	slices.Sort(keys)
	for _, key := range keys {
		if err := f(key, values[key]); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) Put(_ context.Context, kind, key string, value []byte, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.writes++
	switch {
	case m.fails != nil:
		return m.fails
	case len(key) > 512 || len(value) > 64<<10:
		return fmt.Errorf("a record of %s is too large", kind)
	case value == nil:
		delete(m.all, kind+" "+key)
	default:
		m.all[kind+" "+key] = kept{bytes.Clone(value), until}
	}
	return nil
}

// office is an Authority, whose clock a test moves, and who comes to it.
type office struct {
	t *testing.T
	*Authority
	records *memory
	cfg     Config

	mu     sync.Mutex
	time   time.Time
	events []Event
	ended  []string // what OnRevoke found among live
	live   map[string]*Grant
}

func newOffice(t *testing.T) *office {
	o := &office{t: t, time: noon, live: map[string]*Grant{}}
	o.records = &memory{now: o.now, all: map[string]kept{}}
	v := verifier(t, VerifierConfig{Keys: []*Key{mustKey(t, []byte(secret))}, Now: o.now})
	o.cfg = Config{Records: o.records, Verifier: v, SignIn: true, Now: o.now, Audit: func(_ context.Context, e Event) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.events = append(o.events, e)
	}}
	o.restart()
	return o
}

// restart makes an Authority of what is kept.
func (o *office) restart() {
	o.t.Helper()
	a, err := NewAuthority(o.t.Context(), o.cfg)
	if err != nil {
		o.t.Fatal(err)
	}
	a.OnRevoke(func(match func(string, *Grant) bool) {
		o.mu.Lock()
		defer o.mu.Unlock()
		for who, g := range o.live {
			for board := range g.Boards {
				if match(board, g) {
					o.ended = append(o.ended, who)
					delete(o.live, who)
				}
			}
		}
	})
	o.Authority = a
}

func (o *office) now() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.time
}

// wait lets time pass.
func (o *office) wait(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.time = o.time.Add(d)
}

// audited returns the names of what happened since it was called last.
func (o *office) audited() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var names []string
	for _, e := range o.events {
		names = append(names, e.Name)
	}
	o.events = nil
	return strings.Join(names, " ")
}

// browser is somebody's, with a cookie and the newest access token.
type browser struct {
	o      *office
	cookie string
	token  string
	grant  *Grant
}

func (o *office) browser() *browser { return &browser{o: o} }

// signIn returns a browser in which somebody has signed in.
func (o *office) signIn(subject string) *browser {
	o.t.Helper()
	s, err := o.SignIn(o.t.Context(), subject, strings.ToUpper(subject))
	if err != nil {
		o.t.Fatal(err)
	}
	return &browser{o: o, cookie: s.Cookie}
}

// ask asks for an access token, as the page does.
func (b *browser) ask(board, invite, bearer string) (Access, error) {
	acc, err := b.o.Exchange(b.o.t.Context(), Proof{Cookie: b.cookie, Board: board, Invite: invite, Bearer: bearer})
	if acc.Session.Cookie != "" {
		b.cookie = acc.Session.Cookie
	} else if acc.Forget {
		b.cookie = ""
	}
	if err == nil {
		b.token, b.grant = acc.Token, acc.Grant
	}
	return acc, err
}

// opens says that somebody gets a role on a board; by the token too.
func (b *browser) opens(board string, want Role) {
	b.o.t.Helper()
	b.opensBy(board, "", want)
}

func (b *browser) opensBy(board, invite string, want Role) {
	b.o.t.Helper()
	acc, err := b.ask(board, invite, "")
	if err != nil || acc.Role != want {
		b.o.t.Fatalf("opens %s: %v, %v; want %v", board, acc.Role, err, want)
	}
	g, err := b.o.Admit(b.o.t.Context(), b.token, board)
	if err != nil || g.Role(board) != want || !g.Same(b.grant) {
		b.o.t.Fatalf("comes to %s: %+v, %v; want %+v", board, g, err, b.grant)
	}
}

// fails says that somebody does not get an access token, and why.
func (b *browser) fails(board, invite string, want Reason) {
	b.o.t.Helper()
	if acc, err := b.ask(board, invite, ""); reasonOf(err) != want || acc.Token != "" {
		b.o.t.Fatalf("opens %s: %+v, %v; want reason %d", board, acc, err, want)
	}
}

// joins makes a live member of the newest access token.
func (b *browser) joins(who string) {
	b.o.mu.Lock()
	defer b.o.mu.Unlock()
	b.o.live[who] = b.grant
}

// ends says who was ended since it was called last.
func (o *office) ends(want ...string) {
	o.t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	slices.Sort(o.ended)
	if !slices.Equal(o.ended, want) {
		o.t.Errorf("ended are %q, want %q", o.ended, want)
	}
	o.ended = nil
}

// refused says why a token is.
func (o *office) refused(token, board string, want Reason) {
	o.t.Helper()
	if g, err := o.Admit(o.t.Context(), token, board); reasonOf(err) != want {
		o.t.Errorf("comes to %s: %+v, %v; want reason %d", board, g, err, want)
	}
}

// invites makes an invite.
func (o *office) invites(by *Grant, board string, terms Terms) (Invite, string) {
	o.t.Helper()
	i, token, err := o.CreateInvite(o.t.Context(), by, board, terms)
	if err != nil {
		o.t.Fatal(err)
	}
	return i, token
}

// operators makes an operator's token.
func (o *office) operators(g *Grant) string {
	o.t.Helper()
	if g.Until.IsZero() {
		g.Until = o.now().Add(time.Hour)
	}
	token, err := Sign(mustSigningKey(o.t, []byte(secret)), g, "", "")
	if err != nil {
		o.t.Fatal(err)
	}
	return token
}

var root = &Grant{Subject: "root", Boards: map[string]Role{"*": Owner}}

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

func TestSessionChangesWithEachUse(t *testing.T) {
	o := newOffice(t)
	ann := o.signIn("ann")
	seen := map[string]bool{ann.cookie: true}
	for range 50 {
		ann.opens("plan", Owner)
		if seen[ann.cookie] {
			t.Fatal("a cookie came twice")
		}
		seen[ann.cookie] = true
		o.wait(9 * time.Minute)
	}
	o.restart()
	ann.opens("plan", Owner)
	// It ends when it is not used, and at last though it is.
	bea := o.signIn("bea")
	o.wait(sessionIdle - time.Second)
	bea.opens("own", Owner)
	o.wait(sessionIdle)
	bea.fails("own", "", Missing)
	bea = o.signIn("bea")
	for range 4 {
		bea.opens("own", Owner)
		o.wait(sessionLife / 4)
	}
	bea.fails("own", "", Missing)
}

func TestTwoPagesAskAtOnce(t *testing.T) {
	o := newOffice(t)
	ann := o.signIn("ann")
	ann.opens("plan", Owner)
	for round := range 20 {
		var all sync.WaitGroup
		next := make([]string, 8)
		for i := range next {
			all.Go(func() {
				acc, err := o.Exchange(t.Context(), Proof{Cookie: ann.cookie, Board: "plan"})
				if err != nil {
					t.Error(err)
				}
				next[i] = acc.Session.Cookie
			})
		}
		all.Wait()
		if same := slices.Compact(next); len(same) != 1 || same[0] == ann.cookie {
			t.Fatalf("round %d: of one cookie came %q", round, same)
		}
		ann.cookie = next[0]
		o.wait(time.Minute)
	}
	if got := o.audited(); got != "sign_in board_claimed" {
		t.Error(got)
	}
}

// An answer that is lost is asked for again with the cookie before it.
func TestLostAnswer(t *testing.T) {
	o := newOffice(t)
	ann := o.signIn("ann")
	ann.opens("plan", Owner)
	before := ann.cookie
	ann.opens("plan", Owner)
	next := ann.cookie
	o.wait(sessionGrace)
	again := &browser{o: o, cookie: before}
	again.opens("plan", Owner)
	if again.cookie != next {
		t.Error("another successor came of the same cookie")
	}
	again.opens("plan", Owner)
}

func TestStolenCookieEndsSession(t *testing.T) {
	for name, theft := range map[string]func(o *office, ann, thief *browser){
		"the thief comes after the owner has gone on": func(o *office, ann, thief *browser) {
			ann.opens("plan", Owner)
			ann.joins("ann")
			o.wait(sessionGrace + 1)
			thief.fails("plan", "", Missing)
			o.refused(ann.token, "plan", Revoked)
		},
		"the owner comes after the thief has": func(o *office, ann, thief *browser) {
			thief.opens("plan", Owner)
			thief.joins("thief")
			o.wait(sessionGrace + 1)
			ann.fails("plan", "", Missing)
			o.refused(thief.token, "plan", Revoked)
		},
		"the thief comes at once, and one change too late": func(o *office, ann, thief *browser) {
			ann.opens("plan", Owner)
			ann.opens("plan", Owner)
			ann.joins("ann")
			thief.fails("plan", "", Missing)
			o.refused(ann.token, "plan", Revoked)
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			ann, bea := o.signIn("ann"), o.signIn("bea")
			ann.opens("plan", Owner)
			bea.opens("other", Owner)
			bea.joins("bea")
			o.wait(time.Minute)
			o.audited()
			thief := &browser{o: o, cookie: ann.cookie}
			theft(o, ann, thief)
			if got := o.audited(); got != "session_reused" {
				t.Error(got)
			}
			if len(o.ended) != 1 || o.ended[0] == "bea" {
				t.Errorf("ended are %q", o.ended)
			}
			// Neither comes in any more; who signs in does, and bea has noticed nothing.
			ann.fails("plan", "", Missing)
			thief.fails("plan", "", Missing)
			o.restart()
			ann.fails("plan", "", Missing)
			o.refused(ann.token, "plan", Revoked)
			bea.opens("other", Owner)
			o.signIn("ann").opens("plan", Owner)
		})
	}
}

func TestSignOutEndsWhatCameOfSession(t *testing.T) {
	o := newOffice(t)
	ann, phone := o.signIn("ann"), o.signIn("ann")
	ann.opens("plan", Owner)
	phone.opens("plan", Owner)
	ann.joins("ann")
	phone.joins("phone")
	if err := o.SignOut(t.Context(), ann.cookie); err != nil {
		t.Fatal(err)
	}
	o.ends("ann")
	o.refused(ann.token, "plan", Revoked)
	ann.fails("plan", "", Missing)
	phone.opens("plan", Owner)
	for _, none := range []string{"", "x", ann.cookie} {
		if err := o.SignOut(t.Context(), none); err != nil {
			t.Error(err)
		}
	}
	if got := o.audited(); got != "sign_in sign_in board_claimed sign_out" {
		t.Error(got)
	}
}

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

func TestRevocationOfToken(t *testing.T) {
	o := newOffice(t)
	token := o.operators(&Grant{Subject: "ann", Boards: map[string]Role{"*": Editor}, Token: "t-1"})
	same := o.operators(&Grant{Subject: "ann", Boards: map[string]Role{"*": Editor}, Token: "t-2"})
	ann := o.browser()
	if _, err := ann.ask("plan", "", token); err != nil {
		t.Fatal(err)
	}
	ann.joins("ann")
	if err := o.RevokeToken(t.Context(), root, "t-1"); err != nil {
		t.Fatal(err)
	}
	o.ends("ann")
	for range 2 {
		o.refused(token, "plan", Revoked)
		o.refused(ann.token, "plan", Revoked)
		if _, err := o.browser().ask("plan", "", token); reasonOf(err) != Revoked {
			t.Error(err)
		}
		if _, err := o.Admit(t.Context(), same, "plan"); err != nil {
			t.Error(err)
		}
		o.restart()
	}
	ann.fails("plan", "", Missing)
}

func TestRevocationOfPerson(t *testing.T) {
	o := newOffice(t)
	ann, bea := o.signIn("ann"), o.signIn("bea")
	ann.opens("plan", Owner)
	bea.opens("other", Owner)
	ann.joins("ann")
	bea.joins("bea")
	token := o.operators(&Grant{Subject: "ann", Boards: map[string]Role{"*": Editor}, Issued: noon})
	timeless := o.operators(&Grant{Subject: "ann", Boards: map[string]Role{"*": Editor}})
	o.wait(time.Second / 2)
	if err := o.RevokePerson(t.Context(), root, "ann", ""); err != nil {
		t.Fatal(err)
	}
	o.ends("ann")
	o.restart()
	o.refused(ann.token, "plan", Revoked)
	o.refused(token, "plan", Revoked)
	ann.fails("plan", "", Missing)
	bea.opens("other", Owner)
	// What is given from now on is good again.
	o.wait(time.Second)
	o.signIn("ann").opens("plan", Owner)
	if _, err := o.Admit(t.Context(), o.operators(&Grant{Subject: "ann", Boards: map[string]Role{"*": Editor}, Issued: o.now()}), "plan"); err != nil {
		t.Error(err)
	}
	o.refused(timeless, "plan", Revoked) // it does not say that it is newer
}

func TestRevocationOfPersonOnBoard(t *testing.T) {
	o := newOffice(t)
	ann := o.signIn("ann")
	ann.opens("plan", Owner)
	ann.joins("on plan")
	old := ann.token
	ann.opens("other", Owner)
	ann.joins("on other")
	o.wait(time.Second)
	if err := o.RevokePerson(t.Context(), root, "ann", "plan"); err != nil {
		t.Fatal(err)
	}
	o.ends("on plan")
	o.refused(old, "plan", Revoked)
	if _, err := o.Admit(t.Context(), ann.token, "other"); err != nil {
		t.Error(err)
	}
	o.wait(time.Second)
	ann.opens("plan", Owner)
}

func TestRevocationOfBoard(t *testing.T) {
	o := newOffice(t)
	ann, bea := o.signIn("ann"), o.signIn("bea")
	ann.opens("plan", Owner)
	_, invite := o.invites(ann.grant, "plan", Terms{Role: Editor, For: time.Hour})
	guest := o.browser()
	guest.opensBy("plan", invite, Editor)
	bea.opens("other", Owner)
	program := o.operators(&Grant{Subject: "program", Boards: map[string]Role{"*": Editor}, Issued: noon})
	ann.joins("ann")
	bea.joins("bea")
	guest.joins("guest")
	o.wait(time.Second)
	if err := o.RevokeBoard(t.Context(), ann.grant, "plan"); err != nil {
		t.Fatal(err)
	}
	o.ends("ann", "guest")
	o.refused(ann.token, "plan", Revoked)
	o.refused(program, "plan", Revoked)
	if _, err := o.Admit(t.Context(), program, "other"); err != nil {
		t.Error(err)
	}
	guest.fails("plan", "", Forbidden)
	o.browser().fails("plan", invite, InviteOver)
	o.wait(time.Second)
	ann.opens("plan", Owner)
	bea.opens("other", Owner)
}

func TestRevocationsAreForgottenWhenNothingIsLeft(t *testing.T) {
	o := newOffice(t)
	for i := range 100 {
		b := o.signIn(fmt.Sprint("person-", i))
		if err := o.SignOut(t.Context(), b.cookie); err != nil {
			t.Fatal(err)
		}
		o.wait(time.Minute)
	}
	if n := len(o.revoked.all); n > 12 {
		t.Errorf("%d revocations of sessions are in memory", n)
	}
	if err := o.RevokePerson(t.Context(), root, "ann", ""); err != nil {
		t.Fatal(err)
	}
	o.wait(1000 * 24 * time.Hour) // an operator's token may be as old
	o.restart()
	if n := len(o.revoked.all); n != 1 {
		t.Errorf("%d revocations are left", n)
	}
}

// A revocation holds for what is being given out at the same moment.
func TestRevocationDuringExchange(t *testing.T) {
	o := newOffice(t)
	ann := o.signIn("ann")
	ann.opens("plan", Owner)
	for range 50 {
		o.wait(time.Second)
		b := o.signIn("bea")
		if _, err := o.SetRole(t.Context(), root, "plan", "bea", Editor); err != nil {
			t.Fatal(err)
		}
		o.wait(time.Second)
		var all sync.WaitGroup
		all.Go(func() { b.ask("plan", "", "") }) // it may succeed or not
		all.Go(func() {
			if err := o.RemovePerson(t.Context(), root, "plan", "bea"); err != nil {
				t.Error(err)
			}
		})
		all.Wait()
		if b.token != "" {
			o.refused(b.token, "plan", Revoked)
		}
	}
}

// Also for what is revoked while a session is being read.
func TestRevocationWhileSessionIsRead(t *testing.T) {
	o := newOffice(t)
	ann := o.signIn("ann")
	ann.opens("plan", Owner)
	o.wait(time.Second)
	o.records.onRead = func(kind string) {
		o.wait(time.Second)
		if kind == ofPeople { // the session has been read and found good
			o.records.onRead = nil
			if err := o.RevokePerson(t.Context(), root, "ann", ""); err != nil {
				t.Error(err)
			}
			o.wait(time.Second)
		}
	}
	acc, err := ann.ask("plan", "", "")
	if reasonOf(err) != Revoked || acc.Token != "" || acc.Session.Cookie == "" {
		t.Errorf("%+v, %v", acc, err)
	}
	ann.fails("plan", "", Missing)
}

// Who was admitted before a revocation and joined after it is found by Check.
func TestCheckFindsWhatWasRevokedMeanwhile(t *testing.T) {
	o := newOffice(t)
	ann := o.signIn("ann")
	ann.opens("plan", Owner)
	if err := o.Check("plan", ann.grant); err != nil {
		t.Error(err)
	}
	if err := o.SignOut(t.Context(), ann.cookie); err != nil {
		t.Fatal(err)
	}
	if err := o.Check("plan", ann.grant); reasonOf(err) != Revoked {
		t.Error(err)
	}
	o.wait(accessLife)
	if err := o.Check("plan", ann.grant); reasonOf(err) != Expired {
		t.Error(err)
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
		"an invite": invite, "a cookie": ann.cookie, "forged": forged, "a dressed invite": swap(invite, o.access),
		"a dressed operator's": swap(operators, o.access), "a dressed access token": swap(ann.token, o.invite),
	} {
		o.refused(token, "plan", Bad)
		if acc, err := o.Exchange(t.Context(), Proof{Bearer: token, Board: "plan"}); reasonOf(err) != Bad {
			t.Errorf("%s as proof: %+v, %v", name, acc, err)
		}
	}
	for name, token := range map[string]string{"an access token": ann.token, "a cookie": ann.cookie, "an operator's": operators, "forged": forged, "dressed": swap(ann.token, o.invite)} {
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
	good := o.session.cookie("FAMILY", 7)
	if f, g, ok := o.session.parseCookie(good); !ok || f != "FAMILY" || g != 7 {
		t.Errorf("%s %d %v", f, g, ok)
	}
	mac := good[strings.LastIndexByte(good, '.')+1:]
	for _, bad := range []string{
		"", ".", "..", "FAMILY.7", "FAMILY.7.", "FAMILY.07." + mac, "FAMILY.8." + mac, "family.7." + mac, "FAMILY.7." + mac + "=", " " + good, good + "\n",
		good[:len(good)-1] + nextLetter(good[len(good)-1]), strings.Repeat("x", 1<<16) + good,
	} {
		if _, _, ok := o.session.parseCookie(bad); ok {
			t.Errorf("%.80q is taken", bad)
		}
	}
}

func TestOpenModeAdmitsEverybody(t *testing.T) {
	a, err := NewAuthority(t.Context(), Config{Open: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{"", "x"} {
		if g, err := a.Admit(t.Context(), token, "plan"); err != nil || g.Role("plan") != Editor {
			t.Errorf("%+v, %v", g, err)
		}
	}
	if acc, err := a.Exchange(t.Context(), Proof{Board: "plan", Cookie: "x", Invite: "x"}); err != nil || !acc.Open || acc.Role != Editor {
		t.Errorf("%+v, %v", acc, err)
	}
	if err := a.Check("plan", Open()); err != nil {
		t.Error(err)
	}
	if err := a.SignOut(t.Context(), "x"); err != nil {
		t.Error(err)
	}
	if _, _, err := a.CreateInvite(t.Context(), root, "plan", Terms{Role: Viewer}); reasonOf(err) != Invalid {
		t.Error(err)
	}
	if _, err := a.SignIn(t.Context(), "ann", ""); reasonOf(err) != Invalid {
		t.Error(err)
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
			key, _, _ = o.session.parseCookie(ann.cookie)
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
