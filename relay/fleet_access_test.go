package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/shared/client"
	"edgeboard/shared/wire"
)

// office is a fleet to which people are let in, and the key of their tokens.
type office struct {
	*fleet
	key *auth.SigningKey
}

func newOffice(t *testing.T, e engine, relays int) *office {
	t.Helper()
	secret := "a secret that all relays of this fleet have"
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	key, err := auth.ParseSigningKey([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return &office{newFleet(t, e, relays, 0, 0, "-token-keys", file), key}
}

// signs returns a token of the operator's, of which id is the name.
func (o *office) signs(subject, id string, role auth.Role) string {
	o.t.Helper()
	now := time.Now()
	text, err := auth.Sign(o.key, &auth.Grant{
		Subject: subject, Name: subject, Boards: map[string]auth.Role{"*": role}, Token: id, Issued: now, Until: now.Add(time.Hour),
	}, "", "")
	if err != nil {
		o.t.Fatal(err)
	}
	return text
}

// browser is what somebody opens a board with.
type browser struct {
	o      *office
	http   *http.Client // of which the cookie is sent to all relays, as if they had one name
	board  string
	invite string // to be shown until there is a session
	bearer string // the same, of the operator's
}

func (o *office) browser(board, bearer string) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		o.t.Fatal(err)
	}
	return &browser{o: o, http: &http.Client{Jar: jar, Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}, board: board, bearer: bearer}
}

// reply is what a relay answers.
type reply struct {
	status    int
	Token     string
	ExpiresIn int `json:"expires_in"`
	Subject   string
	ID, Link  string
	Error     string
}

func (b *browser) ask(ctx context.Context, relay int, method, path, bearer, body string) (a reply, err error) {
	q, err := http.NewRequestWithContext(ctx, method, "http://"+b.o.relays[relay].addr+path, strings.NewReader(body))
	if err != nil {
		return a, err
	}
	if bearer != "" {
		q.Header.Set("Authorization", "Bearer "+bearer)
	}
	r, err := b.http.Do(q)
	if err != nil {
		return a, err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if a.status = r.StatusCode; err == nil && len(text) > 0 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		err = json.Unmarshal(text, &a)
	}
	return a, err
}

// wants asks for what must be answered with a status.
func (b *browser) wants(status, relay int, method, path, bearer, body string) reply {
	b.o.t.Helper()
	a, err := b.ask(b.o.t.Context(), relay, method, path, bearer, body)
	if err != nil || a.status != status {
		b.o.t.Fatalf("%s %s on relay %d: %d %s (%v), want %d", method, path, relay, a.status, a.Error, err, status)
	}
	return a
}

// enters asks for an access token.
func (b *browser) enters(ctx context.Context, relay int) (reply, error) {
	body, err := json.Marshal(map[string]string{"board": b.board, "invite": b.invite})
	if err != nil {
		return reply{}, err
	}
	return b.ask(ctx, relay, "POST", "/auth/token", b.bearer, string(body))
}

// opens comes to the board at a relay. The chatter's end says that it is not let in any
// more.
func (b *browser) opens(relay int) *chatter {
	tokens := func(ctx context.Context) (t client.Token, err error) {
		a, err := b.enters(ctx, relay)
		switch {
		case err != nil:
			return t, err
		case a.status == http.StatusOK:
			return client.Token{Value: a.Token, Until: time.Now().Add(time.Duration(a.ExpiresIn) * time.Second)}, nil
		case a.status < 500:
			return t, fmt.Errorf("%w: %d %s", client.ErrNoToken, a.status, a.Error)
		}
		return t, errors.New(a.Error)
	}
	c := b.o.relays[relay].comes(client.Config{Board: b.board}, b.o.dialer(relay), tokens)
	b.o.t.Cleanup(func() { c.stop(); <-c.ended })
	return c
}

// is waits until somebody is on the board in a role.
func (c *chatter) is(what string, role wire.Role) {
	c.v.t.Helper()
	c.wait(what, func(s *client.Session) bool {
		st := s.Status()
		return st.Phase == client.Live && st.Role == role
	})
}

// isOut waits until somebody is told to stay away.
func (c *chatter) isOut(what string, since time.Time) {
	c.v.t.Helper()
	select {
	case err := <-c.ended:
		if !errors.Is(err, client.ErrNoToken) {
			c.v.t.Errorf("%s: the connection ends with %v", what, err)
		}
	case <-time.After(patience):
		c.v.t.Fatalf("%s: it goes on", what)
	}
	c.v.t.Logf("%s: cut off after %v", what, c.left.Sub(since))
}

// refuses waits until a relay does not take an access token.
func (b *browser) refuses(what string, relay int, token string) {
	b.o.t.Helper()
	for late := time.Now().Add(patience); ; {
		a, err := b.ask(b.o.t.Context(), relay, "GET", "/b/"+b.board+".json", token, "")
		if err != nil {
			b.o.t.Fatal(err)
		}
		if a.status == http.StatusUnauthorized || a.status == http.StatusForbidden {
			return
		}
		if time.Now().After(late) {
			b.o.t.Fatalf("%s: relay %d answers with %d", what, relay, a.status)
		}
	}
}

// An owner at one relay invites somebody who comes to another one, makes a viewer of the
// guest, and removes the guest. An invite that is good once is, at whichever relay.
func TestFleetInvite(t *testing.T) {
	withEach(t, func(t *testing.T, e engine) {
		o := newOffice(t, e, 3)
		ann := o.browser("plans", o.signs("ann", "", auth.Owner))
		hers := ann.wants(200, 0, "POST", "/auth/token", ann.bearer, `{"board":"plans"}`).Token
		made := ann.wants(201, 0, "POST", "/api/boards/plans/invites", hers, `{"role":"editor","uses":1}`)
		_, invite, _ := strings.Cut(made.Link, "#invite=")

		bob := o.browser("plans", "")
		bob.invite = invite
		begin := time.Now()
		var his reply
		for his.status != http.StatusOK {
			var err error
			if his, err = bob.enters(t.Context(), 1); err != nil || time.Since(begin) > patience {
				t.Fatalf("the invite is answered with %d %s (%v)", his.status, his.Error, err)
			}
		}
		t.Logf("an invite is good at another relay after %v", time.Since(begin))
		cem := o.browser("plans", "")
		cem.invite = invite
		if a, err := cem.enters(t.Context(), 2); err != nil || a.status != http.StatusGone {
			t.Errorf("an invite that is used up is answered with %d %s (%v)", a.status, a.Error, err)
		}

		guest := bob.opens(1)
		guest.is("the guest may edit", wire.RoleEditor)
		begin = time.Now()
		ann.wants(200, 0, "PUT", "/api/boards/plans/people/"+his.Subject, hers, `{"role":"viewer"}`)
		guest.is("the guest may look", wire.RoleViewer)
		t.Logf("another role: after %v", time.Since(begin))
		if got := bob.wants(200, 2, "POST", "/auth/token", "", `{"board":"plans"}`); got.Subject != his.Subject {
			t.Errorf("the guest is %q, and at another relay %q", his.Subject, got.Subject)
		}
		begin = time.Now()
		ann.wants(204, 0, "DELETE", "/api/boards/plans/people/"+his.Subject, hers, "")
		guest.isOut("who was removed", begin)
		bob.wants(403, 1, "POST", "/auth/token", "", `{"board":"plans"}`)

		made = ann.wants(201, 0, "POST", "/api/boards/plans/invites", hers, `{"role":"commenter"}`)
		dora := o.browser("plans", "")
		_, dora.invite, _ = strings.Cut(made.Link, "#invite=")
		third := dora.opens(0)
		third.is("another guest may comment", wire.RoleCommenter)
		begin = time.Now()
		ann.wants(204, 0, "DELETE", "/api/boards/plans/invites/"+made.ID, hers, "")
		third.isOut("whose invite was taken back", begin)
	})
}

// What an operator takes back at one relay ends at once at the others: a token, a person,
// a board.
func TestFleetRevocations(t *testing.T) {
	withEach(t, func(t *testing.T, e engine) {
		o := newOffice(t, e, 3)
		root := o.browser("plans", o.signs("root", "", auth.Owner))
		for _, q := range []struct{ what, board, subject, id, body string }{
			{"whose token was revoked", "plans", "bob", "bot-7", `{"token":"bot-7"}`},
			{"who was revoked", "plans", "bob", "", `{"person":"bob"}`},
			{"whose board was revoked", "other", "cem", "", `{"board":"other"}`},
		} {
			b := o.browser(q.board, o.signs(q.subject, q.id, auth.Editor))
			access, err := b.enters(t.Context(), 1)
			if err != nil || access.Token == "" {
				t.Fatalf("%s: %d %s (%v)", q.what, access.status, access.Error, err)
			}
			c := b.opens(1)
			c.is(q.what+" is there", wire.RoleEditor)
			begin := time.Now()
			root.wants(204, 0, "POST", "/api/revocations", root.bearer, q.body)
			c.isOut(q.what, begin)
			b.refuses(q.what, 2, access.Token)
		}
	})
}

// A session that was begun at one relay goes on at another when that one is killed, and who
// signs out there is out everywhere.
func TestFleetSession(t *testing.T) {
	withEach(t, func(t *testing.T, e engine) {
		o := newOffice(t, e, 3)
		ann := o.browser("plans", o.signs("ann", "", auth.Owner))
		first, err := ann.enters(t.Context(), 0)
		if err != nil || first.status != http.StatusOK {
			t.Fatalf("%d %s (%v)", first.status, first.Error, err)
		}
		ann.bearer = "" // from now on the cookie counts
		c := ann.opens(0)
		c.is("Ann is there", wire.RoleOwner)
		o.relays[0].shutOut()
		o.relays[0].kill()
		c.wait("Ann's relay is gone", func(*client.Session) bool { return !c.left.IsZero() })
		begin := time.Now()
		c.is("Ann is at another relay", wire.RoleOwner)
		t.Logf("back at another relay after %v", time.Since(begin))
		if a := ann.wants(200, 1, "POST", "/auth/token", "", `{"board":"plans"}`); a.Subject != "ann" {
			t.Errorf("by the cookie it is %q", a.Subject)
		}
		other := ann.opens(2)
		other.is("Ann is at a third relay too", wire.RoleOwner)
		begin = time.Now()
		ann.wants(204, 1, "POST", "/auth/signout", "", "")
		other.isOut("who has signed out", begin)
		ann.refuses("after that", 2, first.Token)
	})
}
