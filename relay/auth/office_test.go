package auth

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
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
	return m.put(kind, key, value, until)
}

// put: the caller holds mu.
func (m *memory) put(kind, key string, value []byte, until time.Time) error {
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

func (m *memory) Swap(_ context.Context, kind, key string, old, value []byte, until time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.all[kind+" "+key]
	if m.over(k) {
		k.value = nil
	}
	same := (k.value == nil) == (old == nil) && bytes.Equal(k.value, old)
	if m.fails != nil || !same {
		m.writes++
		return false, m.fails
	}
	return true, m.put(kind, key, value, until)
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
