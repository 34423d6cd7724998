package notify

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/notify/pushtest"
	"edgeboard/relay/store/memory"
	"edgeboard/relay/store/notice"
	"edgeboard/shared/logtest"
	"edgeboard/shared/wire"
)

// desk is a Center with stores in memory, and everybody around it: the audience, the
// operator, and the servers that it sends to.
type desk struct {
	*Center
	t       *testing.T
	store   *shelf
	records *memory.Store
	cfg     Config
	log     logtest.Text
	stamp   wire.Stamp

	mu        sync.Mutex
	told      map[wire.Person][]wire.Inbox
	wished    map[wire.Person][]wire.Wishes
	looks     map[wire.Person]bool
	news      map[uint32]int
	delivered map[string]int // "push sent"
	waiting   int
	requests  []request
	// answers is what servers answer; without one all take everything.
	answers func(request) (status int, header http.Header, err error)
}

type request struct {
	at     time.Time
	url    string
	header http.Header
	body   []byte
}

// atDesk runs a test in a bubble of simulated time. In it no network works: requests are
// answered by the desk.
func atDesk(t *testing.T, cfg Config, test func(t *testing.T, d *desk)) {
	atDeskWith(t, cfg, func(*desk) {}, test)
}

// atDeskWith is atDesk, with something to do before it opens.
func atDeskWith(t *testing.T, cfg Config, before func(d *desk), test func(t *testing.T, d *desk)) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, cfg)
		before(d)
		d.cfg.Client = &http.Client{Transport: d}
		d.open()
		test(t, d)
		d.close()
	})
}

func newDesk(t *testing.T, cfg Config) *desk {
	return &desk{
		t: t, store: newShelf(), records: new(memory.Store), cfg: cfg,
		told: map[wire.Person][]wire.Inbox{}, wished: map[wire.Person][]wire.Wishes{}, looks: map[wire.Person]bool{},
		news: map[uint32]int{}, delivered: map[string]int{},
	}
}

// open begins with what the stores have, as a relay does that starts.
func (d *desk) open() {
	d.t.Helper()
	cfg := d.cfg
	cfg.Store, cfg.Audience, cfg.Metrics, cfg.Log = d.store, d, d, slog.New(slog.NewTextHandler(&d.log, nil))
	if cfg.Records == nil {
		cfg.Records = d.records.Records()
	}
	c, err := New(context.Background(), cfg)
	if err != nil {
		d.t.Fatalf("New: %v", err)
	}
	d.Center = c
}

func (d *desk) close() {
	d.t.Helper()
	if err := d.Close(context.Background()); err != nil {
		d.t.Errorf("Close: %v", err)
	}
}

func (d *desk) do(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
}

func (d *desk) Told(what uint32, n int)      { d.do(func() { d.news[what] += n }) }
func (d *desk) Delivered(to, what string)    { d.do(func() { d.delivered[to+" "+what]++ }) }
func (d *desk) Waiting(n int)                { d.do(func() { d.waiting = n }) }
func (d *desk) Looks(p wire.Person) (y bool) { d.do(func() { y = d.looks[p] }); return y }

func (d *desk) TellPerson(p wire.Person, frame []byte) {
	f := frameIn(d.t, frame)
	d.do(func() {
		if f.Kind == wire.KindWishes {
			d.wished[p] = append(d.wished[p], wishesIn(d.t, frame))
		} else {
			d.told[p] = append(d.told[p], inboxIn(d.t, frame))
		}
	})
}

// RoundTrip is the network.
func (d *desk) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	got := request{time.Now(), r.URL.String(), r.Header, body}
	var answers func(request) (int, http.Header, error)
	d.do(func() { d.requests = append(d.requests, got); answers = d.answers })
	status, header := http.StatusCreated, http.Header{}
	if answers != nil {
		var err error
		if status, header, err = answers(got); err != nil {
			return nil, err
		}
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(bytes.NewReader(make([]byte, 1<<20))), Request: r}, nil
}

// answer has all servers answer so.
func (d *desk) answer(status int, header http.Header) {
	d.do(func() { d.answers = func(request) (int, http.Header, error) { return status, header, nil } })
}

// sent is how many requests there were, since it was asked last.
func (d *desk) sent() (list []request) {
	d.do(func() { list, d.requests = d.requests, nil })
	return list
}

// soFar is how many requests there were until now.
func (d *desk) soFar() (n int) { d.do(func() { n = len(d.requests) }); return n }

// outcome is how often the operator was told so: "push sent".
func (d *desk) outcome(name string) (n int) { d.do(func() { n = d.delivered[name] }); return n }

// lastWaiting is how many deliveries waited when it was looked last.
func (d *desk) lastWaiting() (n int) { d.do(func() { n = d.waiting }); return n }

func frameIn(t *testing.T, msg []byte) (frame wire.Frame) {
	t.Helper()
	n := 0
	for f, err := range wire.Frames(msg) {
		if err != nil {
			t.Fatalf("a frame does not parse: %v", err)
		}
		frame, n = f, n+1
	}
	if n != 1 {
		t.Fatalf("there are %d frames, and not one", n)
	}
	return frame
}

func inboxIn(t *testing.T, msg []byte) (m wire.Inbox) {
	t.Helper()
	f := frameIn(t, msg)
	if err := m.Parse(f.Body); err != nil || f.Kind != wire.KindInbox {
		t.Fatalf("a frame of kind %d is no Inbox: %v", f.Kind, err)
	}
	return m
}

func wishesIn(t *testing.T, msg []byte) (m wire.Wishes) {
	t.Helper()
	f := frameIn(t, msg)
	if err := m.Parse(f.Body); err != nil || f.Kind != wire.KindWishes {
		t.Fatalf("a frame of kind %d is no Wishes: %v", f.Kind, err)
	}
	return m
}

func named(name string) (p wire.Person) { copy(p[:], name); return p }

var ada, bo, cy, nobody = named("ada"), named("bo"), named("cy"), wire.Person{}

// on is what somebody says on board plans, naming others.
func (d *desk) on(id, text string, named ...wire.Person) Said {
	d.stamp++
	t := &wire.Text{ID: wire.TextID([]byte(fmt.Sprintf("%-16s", id))), Author: ada, Name: "Ada", Stamp: d.stamp, Changed: d.stamp, Text: text}
	for _, p := range named {
		t.Mentions = append(t.Mentions, wire.Mention{Person: p, At: 0, Length: 1})
	}
	return Said{Board: "plans", Key: "b:plans", Text: t, New: true}
}

// between is what ada says to bo.
func (d *desk) between(id, text string, named ...wire.Person) Said {
	s := d.on(id, text, named...)
	s.Board, s.Key, s.Pair = "", "p:ada+bo", [2]wire.Person{ada, bo}
	return s
}

// says stores what is said, as package talk does, and waits until all is told and
// everybody waits.
func (d *desk) says(s Said) {
	d.t.Helper()
	var b notice.Batch
	d.Of(&b, s)
	d.store.Put(b, func(list []notice.Change, err error) {
		if err != nil {
			d.t.Errorf("Put: %v", err)
		}
		d.Changed(list)
	})
	synctest.Wait()
}

// inbox is what a person reads, the last one first.
func (d *desk) inbox(p wire.Person) wire.Inbox {
	d.t.Helper()
	frame, err := d.Browse(d.t.Context(), p, &wire.Browse{Ask: 7})
	if err != nil {
		d.t.Fatalf("Browse: %v", err)
	}
	got := inboxIn(d.t, frame)
	if got.Answers != 7 {
		d.t.Errorf("it answers %d, and 7 was asked", got.Answers)
	}
	return got
}

// wants checks an inbox: "1 see" is a mention with that text.
func (d *desk) wants(why string, p wire.Person, want ...string) {
	d.t.Helper()
	var got []string
	for _, e := range d.inbox(p).Entries {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%d %s %s", e.What, e.Title, e.Text)))
	}
	for i := range got {
		got[i] = strings.Join(strings.Fields(got[i]), " ")
	}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		d.t.Errorf("%s: %q, and not %q", why, got, want)
	}
}

func (d *desk) wishes(p wire.Person, w wire.Wishes) {
	d.t.Helper()
	if answer, err := d.Wish(d.t.Context(), p, &w); err != nil || answer != nil {
		d.t.Errorf("wishes are not taken: %v, %x", err, answer)
	}
}

// phone is a device of somebody's, which the test has the keys of.
type phone struct {
	pushtest.Device
	endpoint string
}

// newPhone is always the same for a name.
func newPhone(service, name string) *phone {
	sum := sha256.Sum256([]byte(name))
	key, err := ecdh.P256().NewPrivateKey(sum[:])
	if err != nil {
		panic(err)
	}
	return &phone{pushtest.Device{Key: key, Auth: sum[:16]}, service + "/" + name}
}

func (p *phone) subscribe() *wire.Subscribe {
	return &wire.Subscribe{Endpoint: p.endpoint, Key: p.Public(), Auth: p.Auth, Language: "de"}
}

// subscribes has a phone told of what concerns a person.
func (d *desk) subscribes(p wire.Person, f *phone) {
	d.t.Helper()
	if answer, err := d.Subscribe(d.t.Context(), p, "plans", f.subscribe()); err != nil || answer != nil {
		d.t.Fatalf("a subscription is not taken: %v, %q", err, answer)
	}
}

const service = "https://push.example"

// pushing is a Config with that service.
func pushing() Config {
	return Config{Push: PushConfig{Hosts: []string{"push.example"}, Contact: "mailto:ops@example.com"}}
}

// counted checks what the operator was told.
func (d *desk) counted(want string) {
	d.t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	got := fmt.Sprint(d.delivered)
	if got != "map["+want+"]" {
		d.t.Errorf("the operator is told %s, and not %s", got, want)
	}
}

// faulty are records that fail, or hang until the caller gives up.
type faulty struct {
	Records
	mu    sync.Mutex
	fail  error
	hang  bool
	reads int
	got   func() // is called once, when the next record was read
}

func (f *faulty) set(fail error, hang bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fail, f.hang = fail, hang
}

func (f *faulty) trouble(ctx context.Context) error {
	f.mu.Lock()
	f.reads++
	fail, hang := f.fail, f.hang
	f.mu.Unlock()
	if hang {
		<-ctx.Done()
		return ctx.Err()
	}
	return fail
}

func (f *faulty) Get(ctx context.Context, kind, key string) ([]byte, error) {
	if err := f.trouble(ctx); err != nil {
		return nil, err
	}
	value, err := f.Records.Get(ctx, kind, key)
	f.mu.Lock()
	got := f.got
	f.got = nil
	f.mu.Unlock()
	if got != nil {
		got()
	}
	return value, err
}

func (f *faulty) List(ctx context.Context, kind, prefix string, each func(string, []byte) error) error {
	if err := f.trouble(ctx); err != nil {
		return err
	}
	return f.Records.List(ctx, kind, prefix, each)
}

func (f *faulty) Put(ctx context.Context, kind, key string, value []byte, until time.Time) error {
	f.mu.Lock()
	fail := f.fail
	f.mu.Unlock()
	if fail != nil {
		return fail
	}
	return f.Records.Put(ctx, kind, key, value, until)
}

var errDisk = errors.New("the disk is on fire")

var never time.Time

func hexName(p wire.Person) string { return hex.EncodeToString(p[:]) }
