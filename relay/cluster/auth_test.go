package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/relay/cluster/clustertest"
)

// house is a relay that decides who may come in.
type house struct {
	*member
	*auth.Authority

	mu     sync.Mutex
	live   map[string]*auth.Grant // who is connected, on a board
	events []string
}

// root is the operator, with a token of just now.
func root() *auth.Grant {
	time.Sleep(time.Millisecond)
	return &auth.Grant{Subject: "root", Boards: map[string]auth.Role{"*": auth.Owner}, Issued: time.Now()}
}

// houses are relays of a cluster, and two of them begin to decide at once.
func houses(t *testing.T, m *clustertest.Memory, n int, files bool) []*house {
	all := make([]*house, n)
	for i := range all {
		all[i] = &house{member: &member{t: t, of: m}, live: map[string]*auth.Grant{}}
		all[i].hears = func(kind, key string, value []byte) {
			if a := all[i].authority(); a != nil {
				if err := a.Heard(t.Context(), kind, key, value); err != nil {
					t.Error(err)
				}
			}
		}
	}
	for i, r := range relays(t, m, n, files, func(i int) *member { return all[i].member }) {
		if r != all[i].member {
			t.Fatal("another member")
		}
	}
	var wg sync.WaitGroup
	for _, h := range all {
		wg.Go(h.open)
	}
	wg.Wait()
	return all
}

func (h *house) authority() *auth.Authority {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.Authority
}

// open begins to decide.
func (h *house) open() {
	a, err := auth.NewAuthority(h.t.Context(), auth.Config{
		Records: h.c.Records(), SignIn: true, Relay: h.c.Relay(), Fresh: h.c.Fresh,
		Audit: func(_ context.Context, e auth.Event) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.events = append(h.events, e.Name)
		},
	})
	if err != nil {
		h.t.Error(err)
		return
	}
	a.OnRevoke(func(match func(string, *auth.Grant) bool) {
		h.mu.Lock()
		defer h.mu.Unlock()
		for who, g := range h.live {
			for board := range g.Boards {
				if match(board, g) {
					delete(h.live, who)
				}
			}
		}
	})
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Authority = a
}

// comes says that somebody is connected by an access token.
func (h *house) comes(who string, acc auth.Access, board string) {
	h.t.Helper()
	g, err := h.Admit(h.t.Context(), acc.Token, board)
	if err != nil {
		h.t.Fatal(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.live[who] = g
}

func (h *house) isHere(who string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.live[who] != nil
}

// ends waits until somebody's connection was ended.
func (h *house) ends(who string) {
	h.t.Helper()
	h.until(who+" is ended", func() bool { return !h.isHere(who) })
}

// page is somebody's browser, whose requests go to any relay.
type page struct {
	t      *testing.T
	cookie string
}

func signsIn(h *house, who string) *page {
	h.t.Helper()
	s, err := h.SignIn(h.t.Context(), who, who)
	if err != nil {
		h.t.Fatal(err)
	}
	return &page{h.t, s.Cookie}
}

func (p *page) asks(h *house, board, invite string) (auth.Access, error) {
	acc, err := h.Exchange(p.t.Context(), auth.Proof{Cookie: p.cookie, Board: board, Invite: invite})
	if acc.Session.Cookie != "" {
		p.cookie = acc.Session.Cookie
	} else if acc.Forget {
		p.cookie = ""
	}
	return acc, err
}

func (p *page) gets(h *house, board, invite string, want auth.Role) auth.Access {
	p.t.Helper()
	acc, err := p.asks(h, board, invite)
	if err != nil || acc.Role != want {
		p.t.Fatalf("gets %v, %v; want %v", acc.Role, err, want)
	}
	return acc
}

func reason(err error) auth.Reason {
	if e, ok := errors.AsType[*auth.Error](err); ok {
		return e.Reason
	}
	return 0
}

// Relays that start at once with an empty engine have one key: what one gives out the
// others take.
func TestOneKey(t *testing.T) {
	inBubble(t, func(t *testing.T, files bool) {
		all := houses(t, clustertest.NewMemory(), 3, files)
		ann := signsIn(all[0], "ann")
		acc := ann.gets(all[1], "plan", "", auth.Owner) // at once, on another relay
		for _, h := range all {
			if g, err := h.Admit(t.Context(), acc.Token, "plan"); err != nil || g.Role("plan") != auth.Owner {
				t.Errorf("%+v, %v", g, err)
			}
		}
		want := all[0].get("key", "own")
		for _, h := range all {
			h.sees("key", "own", want)
		}
	})
}

// One use is one use, wherever the link is opened; and one claim one owner.
func TestInviteIsUsedOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, files bool) {
		all := houses(t, clustertest.NewMemory(), 2, files)
		for round := range 10 {
			board := fmt.Sprint("board-", round)
			var mu sync.Mutex
			owners, users := 0, 0
			var wg sync.WaitGroup
			for i, h := range all {
				p := signsIn(h, fmt.Sprint("claimer ", round, i))
				wg.Go(func() {
					_, err := p.asks(h, board, "")
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						owners++
					} else if reason(err) != auth.Forbidden {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if owners != 1 {
				t.Fatalf("%d have claimed %s", owners, board)
			}
			_, invite, err := all[0].CreateInvite(t.Context(), root(), board, auth.Terms{Role: auth.Editor, Uses: 1})
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range all {
				for range 2 {
					wg.Go(func() {
						_, err := (&page{t: t}).asks(h, board, invite)
						mu.Lock()
						defer mu.Unlock()
						if err == nil {
							users++
						} else if reason(err) != auth.InviteOver {
							t.Error(err)
						}
					})
				}
			}
			wg.Wait()
			if users != 1 {
				t.Fatalf("%d have come by an invite for one", users)
			}
		}
		same(t, []*member{all[0].member, all[1].member})
	})
}

// A person's requests go to whatever relay: the cookie that one changes the other knows,
// and what was asked at the same time, or a little later with the one before, ends nothing.
func TestSessionOverRelays(t *testing.T) {
	inBubble(t, func(t *testing.T, files bool) {
		all := houses(t, clustertest.NewMemory(), 2, files)
		ann := signsIn(all[0], "ann")
		ann.gets(all[0], "plan", "", auth.Owner)
		for i := range 20 {
			before := ann.cookie
			ann.gets(all[i%2], "plan", "", auth.Owner)
			if ann.cookie == before {
				t.Fatal("the cookie stays")
			}
			// Another page still has the one before.
			time.Sleep(time.Duration(i) * time.Second)
			other := &page{t, before}
			other.gets(all[(i+1)%2], "plan", "", auth.Owner)
			if other.cookie != ann.cookie {
				t.Fatal("two pages of a browser have different cookies")
			}
		}
		for range 10 { // both at once
			var wg sync.WaitGroup
			got := make([]string, 8)
			for i := range got {
				wg.Go(func() {
					p := &page{t, ann.cookie}
					if _, err := p.asks(all[i%2], "plan", ""); err != nil {
						t.Error(err)
					}
					got[i] = p.cookie
				})
			}
			wg.Wait()
			if slices.Sort(got); got[0] != got[7] {
				t.Fatalf("of one cookie came %q", got)
			}
			ann.cookie = got[0]
		}
		// Who shows a copy later, to another relay, ends it everywhere.
		copied := &page{t, ann.cookie}
		acc := ann.gets(all[0], "plan", "", auth.Owner)
		all[0].comes("ann", acc, "plan")
		time.Sleep(31 * time.Second)
		if _, err := copied.asks(all[1], "plan", ""); reason(err) != auth.Missing {
			t.Errorf("a copy: %v", err)
		}
		all[0].ends("ann")
		if _, err := ann.asks(all[0], "plan", ""); reason(err) != auth.Missing {
			t.Errorf("the other one: %v", err)
		}
		// And who signs out on one relay is out on the other.
		bea := signsIn(all[1], "bea")
		all[1].comes("bea", bea.gets(all[1], "own", "", auth.Owner), "own")
		if err := all[0].SignOut(t.Context(), bea.cookie); err != nil {
			t.Fatal(err)
		}
		all[1].ends("bea")
		if _, err := bea.asks(all[1], "own", ""); reason(err) != auth.Missing {
			t.Errorf("signed out: %v", err)
		}
	})
}

// What is taken back on one relay is taken back on all of them, and who is there is ended.
func TestRevokedOverRelays(t *testing.T) {
	inBubble(t, func(t *testing.T, files bool) {
		all := houses(t, clustertest.NewMemory(), 3, files)
		a, b, c := all[0], all[1], all[2]
		ctx := t.Context()
		ann := signsIn(a, "ann")
		ann.gets(a, "plan", "", auth.Owner)
		for name, revoke := range map[string]func(i auth.Invite) error{
			"the person on the board": func(auth.Invite) error { return a.RevokePerson(ctx, root(), "bea", "plan") },
			"the person":              func(auth.Invite) error { return a.RevokePerson(ctx, root(), "bea", "") },
			"the board":               func(auth.Invite) error { return a.RevokeBoard(ctx, root(), "plan") },
			"the invite":              func(i auth.Invite) error { return a.RevokeInvite(ctx, root(), "plan", i.ID) },
			"the role":                func(auth.Invite) error { return a.RemovePerson(ctx, root(), "plan", "bea") },
			"another role": func(auth.Invite) error {
				_, err := a.SetRole(ctx, root(), "plan", "bea", auth.Viewer)
				return err
			},
		} {
			time.Sleep(time.Minute)
			bea := signsIn(b, "bea")
			i, invite, err := c.CreateInvite(ctx, root(), "plan", auth.Terms{Role: auth.Editor})
			if err != nil {
				t.Fatal(err)
			}
			b.sees("key", "own", a.get("key", "own"))
			acc := bea.gets(b, "plan", invite, auth.Editor)
			b.comes("bea", acc, "plan")
			c.comes("bea", acc, "plan")
			a.sees("person", "plan/bea", b.get("person", "plan/bea"))
			if err := revoke(i); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			b.ends("bea")
			c.ends("bea")
			for _, h := range all {
				if _, err := h.Admit(ctx, acc.Token, "plan"); reason(err) != auth.Revoked {
					t.Errorf("%s was taken back, and the token lets in: %v", name, err)
				}
			}
			// What is given from then on counts, at once.
			if name == "another role" {
				time.Sleep(time.Millisecond)
				again := bea.gets(b, "plan", "", auth.Viewer)
				b.comes("bea", again, "plan")
			}
			if err := a.RemovePerson(ctx, root(), "plan", "bea"); err != nil && reason(err) != auth.NotFound {
				t.Fatal(err)
			}
		}
		// An operator's token by its name: it is the same for all.
		if err := c.RevokeToken(ctx, root(), "of a program"); err != nil {
			t.Fatal(err)
		}
		g := &auth.Grant{Subject: "program", Token: "of a program", Boards: map[string]auth.Role{"*": auth.Editor}}
		for _, h := range all {
			h.until("the token is taken back", func() bool { return h.Check("plan", g) != nil })
		}
	})
}

// Two owners on two relays whose roles are taken at once: one of them stays, or both.
func TestLastOwnerStays(t *testing.T) {
	inBubble(t, func(t *testing.T, files bool) {
		all := houses(t, clustertest.NewMemory(), 2, files)
		ctx := t.Context()
		for round := range 10 {
			board := fmt.Sprint("board-", round)
			signsIn(all[0], "ann").gets(all[0], board, "", auth.Owner)
			if _, err := all[0].SetRole(ctx, root(), board, "bea", auth.Owner); err != nil {
				t.Fatal(err)
			}
			all[1].sees("person", board+"/bea", all[0].get("person", board+"/bea"))
			var wg sync.WaitGroup
			for i, who := range []string{"ann", "bea"} {
				wg.Go(func() {
					if err := all[i].RemovePerson(ctx, root(), board, who); err != nil && reason(err) != auth.Conflict {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			same(t, []*member{all[0].member, all[1].member})
			people, err := all[0].People(ctx, root(), board)
			if err != nil || len(people) == 0 || people[0].Role != auth.Owner {
				t.Fatalf("%+v, %v; want an owner", people, err)
			}
		}
	})
}

// A relay that is cut off lets in whom it knows, and does not bring back what the others
// took away meanwhile.
func TestCutOffHouse(t *testing.T) {
	inBubble(t, func(t *testing.T, files bool) {
		all := houses(t, clustertest.NewMemory(), 2, files)
		a, b := all[0], all[1]
		ctx := t.Context()
		ann, bea, cy := signsIn(a, "ann"), signsIn(a, "bea"), signsIn(a, "cy")
		ann.gets(a, "plan", "", auth.Owner)
		i, invite, err := a.CreateInvite(ctx, root(), "plan", auth.Terms{Role: auth.Editor})
		if err != nil {
			t.Fatal(err)
		}
		bea.gets(b, "plan", invite, auth.Editor)
		same(t, []*member{a.member, b.member})
		b.cut()
		ann.gets(a, "plan", "", auth.Owner)
		ann.gets(b, "plan", "", auth.Owner) // with a cookie that b has not heard of
		cut := cy.gets(b, "plan", invite, auth.Editor)
		b.comes("cy", cut, "plan")
		guest := (&page{t: t}).gets(b, "plan", invite, auth.Editor)
		b.comes("guest", guest, "plan")
		time.Sleep(time.Minute)
		// On a the invite is revoked, and bea signs out.
		if err := a.RevokeInvite(ctx, root(), "plan", i.ID); err != nil {
			t.Fatal(err)
		}
		beaAtB := &page{t, bea.cookie}
		if err := a.SignOut(ctx, bea.cookie); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if acc, err := beaAtB.asks(b, "plan", ""); err != nil || acc.Role != auth.Editor {
			t.Errorf("b cannot know: %v, %v", acc.Role, err)
		} else {
			b.comes("bea", acc, "plan")
		}
		// On b a person is taken back.
		ann.gets(a, "own", "", auth.Owner)
		a.comes("ann", ann.gets(a, "own", "", auth.Owner), "own")
		if err := b.RevokePerson(ctx, root(), "ann", "own"); err != nil {
			t.Fatal(err)
		}
		b.heal()
		for _, who := range []string{"bea", "cy", "guest"} {
			b.ends(who)
		}
		a.ends("ann")
		for _, h := range all {
			for _, p := range []*page{bea, beaAtB} {
				if _, err := p.asks(h, "plan", ""); reason(err) != auth.Missing {
					t.Errorf("bea has signed out: %v", err)
				}
			}
			h.until("nobody is left who came by the invite", func() bool {
				people, err := h.People(ctx, root(), "plan")
				return err == nil && len(people) == 1 && people[0].Subject == "ann"
			})
		}
		same(t, []*member{a.member, b.member})
		if slices.Contains(b.events, "session_reused") || slices.Contains(a.events, "session_reused") {
			t.Error("an honest person is taken for a thief")
		}
	})
}

// An engine that has lost its data gets the key again, and there is never more than one.
func TestKeyStaysOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := clustertest.NewMemory()
		first := houses(t, m, 1, false)[0]
		late := houses(t, m, 1, false)[0]
		m.Lose()
		first.until("the engine has what first has", first.c.Settled)
		late.until("the engine has what late has", late.c.Settled)
		ann := signsIn(first, "ann")
		acc := ann.gets(late, "plan", "", auth.Owner)
		if _, err := first.Admit(t.Context(), acc.Token, "plan"); err != nil {
			t.Error(err)
		}
		first.open() // the relay is started again, as far as that matters
		late.open()
		if _, err := first.Admit(t.Context(), acc.Token, "plan"); err != nil {
			t.Error(err)
		}
		// Somebody puts another key: from then on it is that.
		other := make([]byte, 32)
		if err := late.Put(t.Context(), "key", "own", other, time.Time{}); err != nil {
			t.Fatal(err)
		}
		first.until("the old key lets nobody in", func() bool {
			_, err := first.Admit(t.Context(), acc.Token, "plan")
			return reason(err) == auth.Bad
		})
	})
}
