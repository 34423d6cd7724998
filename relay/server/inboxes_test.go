package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/relay/metrics"
	"edgeboard/relay/notify"
	"edgeboard/relay/room"
	"edgeboard/relay/store/notice"
	"edgeboard/shared/wire"
)

// browses asks for a page of the inbox, and returns it.
func (g *guest) browses(q wire.Browse) (page wire.Inbox) {
	g.t.Helper()
	q.Ask = 78
	g.say(wire.AppendFrame(nil, 0, &q))
	g.until("a page of the inbox", func(f wire.Frame) bool {
		return f.Kind == wire.KindInbox && page.Parse(f.Body) == nil && page.Answers == q.Ask
	})
	return page
}

// stands waits until the inbox of a guest stands so, and returns the news by which: not
// how it stood when the guest came, which is told at any time.
func (g *guest) stands(what string, unread uint32) (news wire.Inbox) {
	g.t.Helper()
	g.until(fmt.Sprintf("%s: %d unread", what, unread), func(f wire.Frame) bool {
		return f.Kind == wire.KindInbox && news.Parse(f.Body) == nil && news.Answers == 0 && !news.Anew && news.Unread == unread
	})
	return news
}

// lines are entries in a word or two.
func lines(list []wire.Entry) (lines []string) {
	for _, e := range list {
		line := fmt.Sprintf("%d %s %s%s on %q", e.What, e.Name, e.Title, e.Text, e.Board)
		if e.Read {
			line += " read"
		}
		lines = append(lines, line)
	}
	return lines
}

func (g *guest) wantInbox(when string, want ...string) []wire.Entry {
	g.t.Helper()
	page := g.browses(wire.Browse{})
	if got := lines(page.Entries); !slices.Equal(got, want) {
		g.t.Errorf("%s: the inbox has %q, want %q", when, got, want)
	}
	return page.Entries
}

// What people say to Bob on any board comes into his one inbox, told at once on all his
// connections, and is there after the relay has ended; what he reads is read on all.
func TestW93OneInbox(t *testing.T) {
	const annSecret, bobSecret = "ann's secret, which is long", "bob's secret, which is long"
	data := t.TempDir()
	r := startWith(t, Config{Data: data}, false)
	ann, elsewhere, bob, tab := r.dial(1), r.dial(2), r.dial(3), r.dial(4)
	ann.comes("plans", annSecret)
	elsewhere.comes("sketches", annSecret)
	bobIs := bob.comes("lobby", bobSecret).Person
	tab.comes("plans", bobSecret)

	mention := []wire.Mention{{Person: bobIs, At: 0, Length: 4}}
	ann.says(wire.Say{ID: wire.TextID{1}, Text: "@Bob, see", Mentions: mention}, 0)
	if news := bob.stands("a mention", 1); len(news.Entries) != 1 || news.Entries[0].What != wire.EntryMention || news.Entries[0].Message != (wire.TextID{1}) {
		t.Errorf("he is told of a mention as %+v", news)
	}
	tab.stands("a mention, in another tab", 1)
	elsewhere.says(wire.Say{ID: wire.TextID{2}, Text: "@Bob, here too", Mentions: mention}, 0)
	ann.says(wire.Say{ID: wire.TextID{3}, With: bobIs, Text: "psst"}, 0)
	ann.says(wire.Say{ID: wire.TextID{3}, With: bobIs, Text: "psst"}, 0) // once more
	bob.stands("three", 3)
	tab.says(wire.Say{ID: wire.TextID{4}, Text: "Ann?"}, 0)
	ann.says(wire.Say{ID: wire.TextID{5}, About: wire.TextID{4}, Text: "yes?"}, 0)
	bob.stands("and an answer", 4)
	ann.says(wire.Say{ID: wire.TextID{6}, What: wire.SayEdit, About: wire.TextID{5}, Text: "yes!"}, 0)
	elsewhere.says(wire.Say{ID: wire.TextID{7}, What: wire.SayDelete, About: wire.TextID{2}}, 0)
	bob.stands("one is taken back", 3)
	const who = "the one with ann"
	bob.wantInbox("before the end", "3 "+who+` yes! on "plans"`, "2 "+who+` psst on ""`, "1 "+who+` @Bob, see on "plans"`)
	r.end()

	r = startWith(t, Config{Data: data}, false)
	bob, tab = r.dial(5), r.dial(6)
	bob.comes("lobby", bobSecret)
	tab.comes("plans", bobSecret)
	list := bob.wantInbox("after the end", "3 "+who+` yes! on "plans"`, "2 "+who+` psst on ""`, "1 "+who+` @Bob, see on "plans"`)
	bob.say(wire.AppendFrame(nil, 0, &wire.Settle{Read: []wire.Span{{From: list[1].Seq, To: list[1].Seq}}}))
	if news := tab.stands("one is read in another tab", 2); len(news.Read) != 1 || news.Read[0].From != list[1].Seq {
		t.Errorf("the other tab is told %+v", news)
	}
	// He reads what was said on the board: its entries are read, too.
	tab.say(wire.AppendFrame(nil, 0, &wire.Mark{Stamp: list[0].Stamp}))
	bob.stands("the board is read", 0)
	bob.wantInbox("in the end", "3 "+who+` yes! on "plans" read`, "2 "+who+` psst on "" read`, "1 "+who+` @Bob, see on "plans" read`)
}

// Who is given a role by an owner is told so, by whom and which; nobody is told of what
// is as it was, or of what they did themselves.
func TestInvitations(t *testing.T) {
	o := keyed(t)
	ann := o.page()
	token := o.sign(&auth.Grant{Subject: "ann", Name: "Ann Owner", Boards: map[string]auth.Role{"plans": auth.Owner}, Issued: time.Now(), Until: time.Now().Add(time.Hour)})
	set := func(subject, role string) {
		t.Helper()
		ann.ask("PUT", "/api/boards/plans/people/"+subject, token, `{"role":"`+role+`"}`).want(t, subject+" becomes "+role, 200)
	}
	set("bob", "viewer")
	set("bob", "viewer")
	set("bob", "editor")
	bob := o.dial(1).show("lobby", o.token("bob", auth.Viewer))
	bob.welcome()
	list := bob.wantInbox("bob", `4 Ann Owner editor on "plans"`, `4 Ann Owner viewer on "plans"`)
	if ann := room.PersonOf("ann", ""); list[0].From != ann || list[0].Message != (wire.TextID{}) || list[0].Title != "" {
		t.Errorf("it is %+v, want it from %v", list[0], ann)
	}
	set("bob", "commenter")
	bob.stands("he is here", 3)
	set("ann", "owner")
	owner := o.dial(2).show("lobby", o.token("ann", auth.Viewer))
	owner.welcome()
	owner.wantInbox("ann, who has done it")
	// What was refused invites nobody.
	ann.ask("PUT", "/api/boards/plans/people/eve", o.token("dan", auth.Editor), `{"role":"owner"}`).want(t, "by an editor", 403)
	eve := o.dial(3).show("lobby", o.token("eve", auth.Viewer))
	eve.welcome()
	eve.wantInbox("eve")
}

// Nothing of a board comes to somebody who was removed from it, until that one comes to
// it again, whichever way, or is given a role.
func TestRemovedPeopleGetNothing(t *testing.T) {
	o := keyed(t)
	page := o.page()
	root := o.token("ann", auth.Owner)
	ann := o.dial(1).show("plans", root)
	ann.welcome()
	bobIs := room.PersonOf("bob", "")
	n := byte(0)
	mention := func() {
		t.Helper()
		n++
		ann.says(wire.Say{ID: wire.TextID{n}, Text: fmt.Sprint("@Bob ", n), Mentions: []wire.Mention{{Person: bobIs, Length: 4}}}, 0)
	}
	people := "/api/boards/plans/people/bob"
	page.ask("PUT", people, root, `{"role":"editor"}`).want(t, "bob is an editor", 200)
	bob := o.dial(2).show("lobby", o.token("bob", auth.Viewer))
	bob.welcome()
	mention()
	bob.stands("he is named", 2)
	page.ask("DELETE", people, root, "").want(t, "bob is removed", 204)
	mention()
	ann.says(wire.Say{ID: wire.TextID{200}, With: bobIs, Text: "psst"}, 0)
	bob.stands("one says something to him alone", 3)
	want := []string{`2 ann psst on ""`, `1 ann @Bob 1 on "plans"`, `4 ann editor on "plans"`}
	for i, line := range lines(bob.browses(wire.Browse{}).Entries) {
		// How Ann is shown is not what is tried.
		if i >= len(want) || line[:1] != want[i][:1] {
			t.Errorf("entry %d is %q, want %v", i, line, want)
		}
	}
	// The operator's token lets him see the board again: from then on he is told.
	later := time.Now().Add(2 * time.Second) // than what was taken back, in whole seconds
	back := o.dial(3).show("plans", o.sign(&auth.Grant{Subject: "bob", Boards: map[string]auth.Role{"*": auth.Viewer}, Issued: later, Until: later.Add(time.Hour)}))
	back.welcome()
	for bob.browses(wire.Browse{}).Unread < 4 { // it may take a moment until the door has noted it
		mention()
	}
	page.ask("POST", "/api/revocations", root, `{"person":"bob","board":"plans"}`).want(t, "what he had is taken back", 204)
	before := bob.browses(wire.Browse{}).Last
	mention()
	mention()
	if after := bob.browses(wire.Browse{}).Last; after != before {
		t.Errorf("he gets entries up to %d of a board that he may not see, after %d", after, before)
	}
	page.ask("PUT", people, root, `{"role":"viewer"}`).want(t, "bob is a viewer", 200)
	mention()
	if after := bob.browses(wire.Browse{}).Last; after != before+2 {
		t.Errorf("his last entry is %d, want two more than %d: the invitation, and that he was named", after, before)
	}
	// Whatever he had anywhere is taken back: nobody reaches him, until he may come in again.
	page.ask("POST", "/api/revocations", root, `{"person":"bob"}`).want(t, "all that he had is taken back", 204)
	bob.wantDenied("he is sent away", wire.CodeTokenExpired)
	mention()
	ann.says(wire.Say{ID: wire.TextID{201}, With: bobIs, Text: "psst"}, 0)
	bob = o.dial(4).show("lobby", o.sign(&auth.Grant{Subject: "bob", Boards: map[string]auth.Role{"*": auth.Viewer}, Issued: later, Until: later.Add(time.Hour)}))
	bob.welcome()
	if after := bob.browses(wire.Browse{}).Last; after != before+2 {
		t.Errorf("his last entry is %d, want %d: nothing came while he might not come in", after, before+2)
	}
	ann.says(wire.Say{ID: wire.TextID{202}, With: bobIs, Text: "welcome"}, 0)
	if after := bob.browses(wire.Browse{}).Last; after != before+3 {
		t.Errorf("his last entry is %d, want %d: he may come in again", after, before+3)
	}
}

// What comes into an inbox is told a webhook too, and is counted.
func TestWebhookIsTold(t *testing.T) {
	var n atomic.Int32
	heard := make(chan string, 10)
	program := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) == 1 {
			heard <- r.Header.Get("webhook-id")
		}
	}))
	defer program.Close()
	r := startWith(t, Config{Data: t.TempDir(), Webhooks: []Webhook{{URL: program.URL, Secret: make([]byte, 24)}}}, false)
	ann, bob := r.dial(1), r.dial(2)
	ann.comes("plans", "ann's secret, which is long")
	bobIs := bob.comes("plans", "bob's secret, which is long").Person
	ann.says(wire.Say{ID: wire.TextID{1}, With: bobIs, Text: "psst"}, 0)
	select {
	case id := <-heard:
		if want := fmt.Sprintf("%x-1", bobIs[:]); id != want {
			t.Errorf("it is told of %q, want %q", id, want)
		}
	case <-time.After(limit):
		t.Error("the webhook is told nothing")
	}
}

// A relay whose inboxes cannot be opened does not start, and says why.
func TestInboxesDoNotOpen(t *testing.T) {
	for what, change := range map[string]func(*Config){
		"a push service that is none": func(cfg *Config) { cfg.Push = Push{Hosts: []string{"//"}, Contact: "https://board.example"} },
		"nobody to ask":               func(cfg *Config) { cfg.Push = Push{Hosts: PushHosts()} },
		"a secret that is too short":  func(cfg *Config) { cfg.Webhooks = []Webhook{{URL: "https://hook.example", Secret: []byte("short")}} },
		"a webhook that is nowhere":   func(cfg *Config) { cfg.Webhooks = []Webhook{{URL: "hook", Secret: make([]byte, 24)}} },
	} {
		cfg := Config{Data: t.TempDir(), Log: quiet()}
		change(&cfg)
		if s, err := New(cfg); err == nil || s != nil {
			t.Errorf("%s: a relay starts with it", what)
		}
		cfg = Config{Data: cfg.Data, Log: quiet()} // what was opened is closed
		s, err := New(cfg)
		if err != nil {
			t.Fatalf("%s, afterwards: %v", what, err)
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := s.Serve(ctx, l, nil); err != nil {
			t.Errorf("%s, afterwards: %v", what, err)
		}
	}
}

// failingInboxes are a store of notices that fails.
type failingInboxes struct {
	notify.Store
	err error
}

func (f *failingInboxes) Put(_ notice.Batch, done func([]notice.Change, error)) { done(nil, f.err) }
func (f *failingInboxes) Settle(context.Context, [16]byte, notice.Settled) (notice.Change, error) {
	return notice.Change{}, f.err
}
func (f *failingInboxes) Deliver(context.Context, []notice.Outcome) error { return f.err }

// Inboxes that cannot be stored are a reason not to be ready, and one who has gone is
// none.
func TestHealthHearsOfInboxes(t *testing.T) {
	h := &health{}
	h.set(serving)
	full := errors.New("the disk is full")
	f := &failingInboxes{}
	store := heardNotices{f, heard{metrics.New(), h}}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for what, call := range map[string]func(context.Context){
		"Put":     func(context.Context) { store.Put(notice.Batch{}, func([]notice.Change, error) {}) },
		"Settle":  func(ctx context.Context) { _, _ = store.Settle(ctx, [16]byte{1}, notice.Settled{}) },
		"Deliver": func(ctx context.Context) { _ = store.Deliver(ctx, nil) },
	} {
		f.err = full
		if what != "Put" {
			call(gone)
			if why := h.why(); why != "" {
				t.Errorf("%s of who has gone: the relay is not ready: %s", what, why)
			}
		}
		call(t.Context())
		if h.why() == "" {
			t.Errorf("%s fails, and the relay is ready", what)
		}
		f.err = nil
		call(t.Context())
		if why := h.why(); why != "" {
			t.Errorf("%s works again, and the relay is not ready: %s", what, why)
		}
	}
}
