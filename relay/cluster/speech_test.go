package cluster_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"edgeboard/relay/cluster"
	"edgeboard/relay/cluster/clustertest"
	"edgeboard/relay/notify"
	"edgeboard/relay/store/message"
	"edgeboard/relay/store/notice"
	"edgeboard/relay/store/sqlite"
	"edgeboard/relay/talk"
	"edgeboard/shared/logtest"
	"edgeboard/shared/wire"
)

// town is some relays that share an engine, with people on all of them.
type town struct {
	t      *testing.T
	engine *clustertest.Memory
	relays []*relay
	hooks  *hooks // that are told of what comes into inboxes; nil: none
	flaky  bool   // stores fail now and then
	keeps  *keeps
}

// relay is one of them, with a store of its own. It is the audience.
type relay struct {
	*town
	name   string
	dir    string
	log    logtest.Text
	handle *clustertest.Handle
	c      *cluster.Cluster
	store  *sqlite.Store
	speech *cluster.Speech
	talk   *talk.Talk
	center *notify.Center
	cut    bool

	waiting []chan bool // answers of what waits for other relays; guarded by ids

	mu     sync.Mutex
	boards map[string][]wire.Text // what was told, in order
	people map[wire.Person][]wire.Text
	marks  map[wire.Person][]wire.Mark
	inbox  map[wire.Person]wire.Inbox // the last one
	here   map[wire.Person]bool       // who looks
}

func newTown(t *testing.T, n int) *town { return newHouseWith(t, n, nil) }

func newHouseWith(t *testing.T, n int, hooks *hooks) *town {
	return newHouse(&town{t: t, hooks: hooks}, n)
}

func newHouse(h *town, n int) *town {
	t := h.t
	h.engine = clustertest.NewMemory()
	for i := range n {
		r := &relay{town: h, name: string(rune('A' + i)), dir: t.TempDir()}
		h.relays = append(h.relays, r)
		r.open()
		r.heal()
	}
	t.Cleanup(func() {
		for _, r := range h.relays {
			r.close()
		}
	})
	return h
}

func (r *relay) open() {
	r.t.Helper()
	r.boards, r.people, r.marks = map[string][]wire.Text{}, map[wire.Person][]wire.Text{}, map[wire.Person][]wire.Mark{}
	r.inbox, r.here = map[wire.Person]wire.Inbox{}, map[wire.Person]bool{}
	var err error
	must := func(err error) {
		r.t.Helper()
		if err != nil {
			r.t.Fatal(err)
		}
	}
	r.store, err = sqlite.Open(r.dir)
	must(err)
	r.handle = r.engine.Handle()
	if r.cut {
		r.handle.Cut()
	}
	log := slog.New(slog.NewTextHandler(&r.log, nil))
	r.c, err = cluster.New(cluster.Config{Engine: r.handle, Relay: r.name, Copies: r.store, Records: r.store.Records(), Log: log})
	must(err)
	r.keeps.set(r.c)
	var steps cluster.Steps = r.store.Steps(cluster.TextOf)
	if r.flaky {
		steps = &flaky{Steps: steps}
	}
	r.speech = r.c.Speech(steps)
	cfg := notify.Config{Store: r.speech.Notices(r.store.Notices()), Records: r.store.Records(), Audience: r, Log: log, Looks: r.speech.Looks}
	if r.hooks != nil {
		cfg.Webhooks = []notify.Webhook{{URL: "http://hook.example/", Secret: bytes.Repeat([]byte{1}, 24)}}
		cfg.Client = &http.Client{Transport: hookOf{r.hooks, r.name}}
	}
	r.center, err = notify.New(r.t.Context(), cfg)
	must(err)
	r.talk = talk.New(talk.Config{Store: r.speech.Messages(r.store.Messages()), Audience: r, Inboxes: concerns{r.center}, Log: log, Fresh: r.c.Fresh})
	must(r.speech.Start(r))
	must(r.c.BeginJournal(r.t.Context()))
}

func (r *relay) close() {
	r.t.Helper()
	ids.Lock()
	r.waiting = nil // they are not answered any more
	ids.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for _, end := range []func(context.Context) error{r.talk.Close, r.center.Close, r.c.Close} {
		if err := end(ctx); err != nil {
			r.t.Errorf("ending relay %s: %v", r.name, err)
		}
	}
	if err := r.store.Close(); err != nil {
		r.t.Error(err)
	}
}

// flaky is a store in which each seventh Step fails, the first time.
type flaky struct {
	cluster.Steps
	failed uint64 // At of the last one
}

func (f *flaky) Apply(step message.Step, done func(message.Done, error)) {
	if step.At%7 == 0 && step.At > f.failed {
		f.failed = step.At
		done(message.Done{}, errors.New("the disk is full"))
		return
	}
	f.Steps.Apply(step, done)
}

// isCut cuts it off.
func (r *relay) isCut() {
	r.cut = true
	r.handle.Cut()
	r.c.CutJournal()
}

// heal has it reach the engine, and returns when all is as before.
func (r *relay) heal() {
	r.t.Helper()
	r.cut = false
	r.handle.Heal()
	if err := r.c.HealJournal(r.t.Context()); err != nil {
		r.t.Fatalf("relay %s does not heal: %v", r.name, err)
	}
}

// concerns are inboxes for conversations, as package server joins them.
type concerns struct{ *notify.Center }

func (c concerns) Of(b *notice.Batch, said talk.Concern) { c.Center.Of(b, notify.Said(said)) }

// What the relay hears from others.

func (r *relay) Said(c message.Change)                          { r.talk.Heard(c) }
func (r *relay) Marked(key string, p [16]byte, read uint64)     { r.talk.HeardMark(key, p, read) }
func (r *relay) Named(p [16]byte)                               { r.talk.HeardName(p) }
func (r *relay) Inboxes(list []notice.Change)                   { r.center.Heard(list) }
func (r *relay) Due()                                           { r.center.Wake() }
func (r *relay) Again(ctx context.Context, says [][]byte) error { return r.talk.Again(ctx, says) }
func (r *relay) Looks(p wire.Person) (y bool)                   { r.do(func() { y = r.here[p] }); return y }

// What its people are told.

func (r *relay) do(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
}

func (r *relay) TellBoard(board string, frame []byte) {
	r.each(frame, func(s wire.Said) { r.boards[board] = append(r.boards[board], s.Texts...) }, nil)
}

func (r *relay) TellPerson(p wire.Person, frame []byte) { r.TellPersonOn("", p, frame) }

func (r *relay) TellPersonOn(_ string, p wire.Person, frame []byte) {
	r.each(frame, func(s wire.Said) { r.people[p] = append(r.people[p], s.Texts...) }, func(f wire.Frame) {
		switch f.Kind {
		case wire.KindMark:
			var m wire.Mark
			r.parse(m.Parse(f.Body))
			r.marks[p] = append(r.marks[p], m)
		case wire.KindInbox:
			var in wire.Inbox
			r.parse(in.Parse(f.Body))
			r.inbox[p] = in
		}
	})
}

func (r *relay) parse(err error) {
	if err != nil {
		r.t.Errorf("what is told does not parse: %v", err)
	}
}

func (r *relay) each(frames []byte, said func(wire.Said), other func(wire.Frame)) {
	r.do(func() {
		for f, err := range wire.Frames(frames) {
			if r.parse(err); f.Kind != wire.KindSaid {
				other(f)
				continue
			}
			var s wire.Said
			r.parse(s.Parse(f.Body))
			said(s)
		}
	})
}

// waits waits until something holds.
func (h *town) waits(what string, holds func() bool) {
	h.t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			for _, r := range h.relays {
				h.t.Logf("relay %s:\n%s", r.name, r.log.String())
			}
			h.t.Fatalf("it does not come that %s", what)
		}
	}
}

func person(name string) (p wire.Person) {
	copy(p[:], name)
	return p
}

var ids struct {
	sync.Mutex
	n int
}

func newID() (id wire.TextID) {
	ids.Lock()
	defer ids.Unlock()
	ids.n++
	copy(id[:], fmt.Sprint("id", ids.n))
	return id
}

// says says something on a relay, and returns when it is answered whether it was stored.
// What is about a message that a relay that is cut off does not know waits.
func (r *relay) says(name, board string, s wire.Say) (stored bool) {
	r.t.Helper()
	answers, waits := make(chan bool, 2), make(chan struct{}, 1)
	who := talk.Speaker{Board: board, Person: person(name), Name: name, Role: wire.RoleEditor}
	err := r.talk.Say(r.t.Context(), who, &s, func(frame []byte) {
		if frame == nil && s.About != (wire.TextID{}) {
			waits <- struct{}{}
		}
		for f := range wire.Frames(frame) {
			var said wire.Said
			if said.Parse(f.Body) == nil {
				answers <- len(said.Stored) == 1
			}
		}
	})
	if err != nil {
		r.t.Errorf("saying on relay %s: %v", r.name, err)
		return false
	}
	select {
	case stored = <-answers:
	case <-waits:
		ids.Lock()
		r.waiting = append(r.waiting, answers)
		ids.Unlock()
	case <-time.After(20 * time.Second):
		r.t.Fatalf("relay %s does not answer:\n%s", r.name, r.log.String())
	}
	return stored
}

// answered returns when what waits is answered, on a relay that is not cut off.
func (r *relay) answered() {
	r.t.Helper()
	for _, answers := range r.waiting {
		select {
		case <-answers:
		case <-time.After(20 * time.Second):
			r.t.Fatalf("relay %s does not answer what has waited:\n%s", r.name, r.log.String())
		}
	}
	r.waiting = nil
}

// mustSay says something that must be stored, and returns its ID.
func (r *relay) mustSay(name, board string, s wire.Say) wire.TextID {
	r.t.Helper()
	if s.ID == (wire.TextID{}) {
		s.ID = newID()
	}
	if !r.says(name, board, s) {
		r.t.Errorf("what %s says on relay %s is not stored", name, r.name)
	}
	return s.ID
}

// words are what was told, with reactions.
func words(texts []wire.Text) (list []string) {
	for _, text := range texts {
		word := text.Name + ": " + text.Text
		if text.Deleted {
			word += "(taken back)"
		}
		for _, re := range text.Reactions {
			word += fmt.Sprintf(" %s%d", re.Sign, len(re.Persons))
		}
		list = append(list, word)
	}
	return list
}

// heard is what a board was told on a relay.
func (r *relay) heard(board string) (texts []wire.Text) {
	r.do(func() { texts = slices.Clone(r.boards[board]) })
	return texts
}

// has is what a store has of a board.
func (r *relay) has(board string) []string {
	r.t.Helper()
	var texts []wire.Text
	if err := r.talk.Export(r.t.Context(), board, func(text *wire.Text) error { texts = append(texts, *text); return nil }); err != nil {
		r.t.Error(err)
	}
	return words(texts)
}

// catchUp waits until all relays have applied what the engine has.
func (h *town) catchUp() {
	h.t.Helper()
	for _, r := range h.relays {
		if err := r.c.CatchUpJournal(h.t.Context()); err != nil {
			h.t.Fatalf("relay %s does not catch up: %v", r.name, err)
		}
	}
}

// wantSame wants all stores to have the same.
func (h *town) wantSame() {
	h.t.Helper()
	h.catchUp()
	want := h.relays[0].dump()
	for _, r := range h.relays[1:] {
		got := r.dump()
		for i := range max(len(got), len(want)) {
			if i >= len(got) || i >= len(want) || got[i] != want[i] {
				h.t.Fatalf("relay %s has another thing than relay A, of %d and %d:\n%s\n%s", r.name, len(got), len(want),
					strings.Join(got[min(i, len(got)):min(i+1, len(got))], ""), strings.Join(want[min(i, len(want)):min(i+1, len(want))], ""))
			}
		}
	}
}

// dump is all that a store has of what people say and of inboxes.
func (r *relay) dump() (lines []string) {
	r.t.Helper()
	add := func(v any) {
		b, err := json.Marshal(v)
		if err != nil {
			r.t.Fatal(err)
		}
		lines = append(lines, string(b))
	}
	seen := map[wire.Person]bool{}
	err := r.store.Steps(cluster.TextOf).Kept(r.t.Context(), func(step message.Step) error {
		if step.Inbox != nil {
			step.Inbox.Version = 0 // it says how often, and that is each relay's own
			seen[step.Inbox.Person] = true
		}
		add(step)
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, p := range slices.SortedFunc(keysOf(seen), func(a, b wire.Person) int { return slices.Compare(a[:], b[:]) }) {
		list, err := r.store.Messages().Standings(r.t.Context(), p, "b:b", 100, 1000)
		if err != nil {
			r.t.Fatal(err)
		}
		add(list)
	}
	due, _, err := r.store.Notices().Due(r.t.Context(), 1<<50, 1000)
	if err != nil {
		r.t.Fatal(err)
	}
	add(due)
	return lines
}

func keysOf[K comparable, V any](m map[K]V) func(func(K) bool) {
	return func(yield func(K) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}
