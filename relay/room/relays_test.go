package room_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/cluster"
	"edgeboard/relay/room"
	"edgeboard/relay/store/memory"
	"edgeboard/shared/board"
	"edgeboard/shared/logtest"
	"edgeboard/shared/wire"
)

var _ cluster.Rooms = (*room.Hub)(nil)

// relays are houses whose boards are the same, joined by what plays an engine: a log of
// each board that all read, and messages between rooms that may be lost, come twice and
// overtake each other.
type relays struct {
	t *testing.T

	mu     sync.Mutex
	boards map[string]*shared
	list   []*relay
	rough  *rand.Rand // messages between rooms fare badly; nil: they do not
}

// shared is what the engine has of a board.
type shared struct {
	snapshot []byte
	through  uint64
	entries  []shareLog
	last     uint64
}

type shareLog struct {
	position uint64
	from     *relay
	data     []byte
	snapshot bool
}

// relay is one of them: its room.Store and its room.Cluster.
type relay struct {
	*house
	all    *relays
	name   string
	config room.Config

	// Guarded by all.mu.
	open    map[string]uint64 // boards, and up to where their room was told
	applied map[string]uint64
	opened  map[string]int // times
	queue   []func()
	held    bool // what is to be told it waits
	cut     bool // from the engine
	spool   map[string][]byte
	told    int // calls of Tell
	again   int
	to      string // Elsewhere
	fail    error  // what is stored is not
	hangs   bool   // what is to be stored waits
	hung    []func()
	lags    bool          // behind in its logs
	deaf    bool          // messages of other rooms to it are lost
	closing chan struct{} // Close waits until it is closed; nil: not at all
	loads   chan struct{} // a board is loaded when it is closed; nil: at once
	persons map[wire.Person]int

	wake chan struct{}
	stop chan struct{}
}

// two runs a test with two relays, and three with three.
func two(t *testing.T, test func(t *testing.T, all *relays, a, b *relay)) {
	together(t, 2, func(all *relays) { test(all.t, all, all.list[0], all.list[1]) })
}

func three(t *testing.T, test func(t *testing.T, all *relays, a, b, c *relay)) {
	together(t, 3, func(all *relays) { test(all.t, all, all.list[0], all.list[1], all.list[2]) })
}

func together(t *testing.T, n int, test func(all *relays)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		all := newRelays(t, n)
		defer all.end()
		test(all)
	})
}

func newRelays(t *testing.T, n int, limits ...room.Limits) *relays {
	all := &relays{t: t, boards: map[string]*shared{}}
	for i := range n {
		all.join(fmt.Sprint("relay", i), limits...)
	}
	return all
}

func (all *relays) join(name string, limits ...room.Limits) *relay {
	r := &relay{
		house: &house{t: all.t, store: new(memory.Store), log: new(logtest.Text), metrics: newCounts()},
		all:   all, name: name, open: map[string]uint64{}, applied: map[string]uint64{}, opened: map[string]int{}, spool: map[string][]byte{},
		persons: map[wire.Person]int{}, wake: make(chan struct{}, 1), stop: make(chan struct{}),
	}
	r.config = room.Config{
		Store: r, Cluster: r, Metrics: r.metrics, Limits: append(limits, room.Limits{})[0],
		Log: slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	r.hub = room.NewHub(r.config)
	go r.tellAll()
	all.mu.Lock()
	all.list = append(all.list, r)
	all.mu.Unlock()
	return r
}

// guard gives a relay on which nobody has been yet a Guard, and talk a Talk.
func (r *relay) guard(g room.Guard) {
	r.config.Guard = g
	r.hub = room.NewHub(r.config)
}

func (r *relay) talk() {
	talk := &gossip{names: map[wire.Person]string{}}
	r.config.Talk = talk
	r.hub = room.NewHub(r.config)
	talk.hub = r.hub
}

// end closes what is left.
func (all *relays) end() {
	for _, r := range slices.Clone(all.list) {
		r.close()
		all.leaves(r)
	}
}

// leaves stops a relay's goroutine; nothing is told it any more.
func (all *relays) leaves(r *relay) {
	all.mu.Lock()
	all.list = slices.DeleteFunc(all.list, func(x *relay) bool { return x == r })
	all.mu.Unlock()
	close(r.stop)
}

// stored is the board as a relay that starts now would load it.
func (all *relays) stored() *board.Board {
	synctest.Wait()
	b := board.New(0)
	merge := func(data []byte) error { return b.Merge(data) }
	if err := all.load("b", merge, b.Apply); err != nil {
		all.t.Errorf("loading: %v", err)
	}
	return b
}

func (all *relays) load(name string, snapshot, update func([]byte) error) error {
	all.mu.Lock()
	defer all.mu.Unlock()
	return all.read(name, snapshot, update)
}

// read is load. The caller holds mu.
func (all *relays) read(name string, snapshot, update func([]byte) error) error {
	s := all.board(name)
	if s.snapshot != nil {
		if err := snapshot(s.snapshot); err != nil {
			return err
		}
	}
	for _, e := range s.entries {
		if e.data == nil || e.snapshot {
			continue
		}
		if err := update(e.data); err != nil {
			return err
		}
	}
	return nil
}

// board returns what there is of one. The caller holds mu.
func (all *relays) board(name string) *shared {
	s := all.boards[name]
	if s == nil {
		s = &shared{}
		all.boards[name] = s
	}
	return s
}

// tellAll tells the relay's rooms what is queued.
func (r *relay) tellAll() {
	for {
		select {
		case <-r.wake:
		case <-r.stop:
			return
		}
		for {
			r.all.mu.Lock()
			if len(r.queue) == 0 || r.held {
				r.all.mu.Unlock()
				break
			}
			f := r.queue[0]
			r.queue = r.queue[1:]
			r.all.mu.Unlock()
			f()
		}
	}
}

// later queues something to be told. The caller holds mu.
func (r *relay) later(f func()) {
	r.queue = append(r.queue, f)
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// lag has the relay hear nothing of its logs, or what it has not heard.
func (r *relay) lag(lags bool) {
	r.all.mu.Lock()
	r.lags = lags
	for name := range r.open {
		r.follow(name)
	}
	r.all.mu.Unlock()
	synctest.Wait()
}

// deafen has messages of other rooms to this relay be lost.
func (r *relay) deafen(deaf bool) {
	r.all.mu.Lock()
	defer r.all.mu.Unlock()
	r.deaf = deaf
}

// tells is how often the relay's rooms have told others something.
func (r *relay) tells() int {
	synctest.Wait()
	r.all.mu.Lock()
	defer r.all.mu.Unlock()
	return r.told
}

// hold has what is to be told wait, until it is let go.
func (r *relay) hold(held bool) {
	r.all.mu.Lock()
	r.held = held
	r.later(func() {})
	r.all.mu.Unlock()
	synctest.Wait()
}

func (r *relay) Load(ctx context.Context, name string, snapshot, update func([]byte) error) error {
	if r.loads != nil {
		<-r.loads
	}
	if err := r.all.load(name, snapshot, update); err != nil {
		return err
	}
	r.all.mu.Lock()
	defer r.all.mu.Unlock()
	if own := r.spool[name]; len(own) > 0 {
		if err := update(own); err != nil {
			return err
		}
	}
	r.open[name] = r.all.board(name).last
	r.applied[name] = r.all.board(name).last
	return ctx.Err()
}

func (r *relay) Append(name string, updates []byte, done func(error)) {
	r.stores(done, func() { r.append(name, updates) })
}

// stores does what a room's store is to do, while it works.
func (r *relay) stores(done func(error), f func()) {
	r.all.mu.Lock()
	defer r.all.mu.Unlock()
	do := func() {
		err := r.fail
		if err == nil {
			f()
		}
		go done(err)
	}
	if r.hangs {
		r.hung = append(r.hung, do)
	} else {
		do()
	}
}

// fails has nothing stored, until err is nil.
func (r *relay) fails(err error) {
	r.all.mu.Lock()
	r.fail = err
	r.all.mu.Unlock()
}

// hang has what is to be stored wait, or does what has waited.
func (r *relay) hang(hangs bool) {
	r.all.mu.Lock()
	r.hangs = hangs
	for _, do := range r.hung {
		do()
	}
	r.hung = nil
	r.all.mu.Unlock()
	synctest.Wait()
}

// append is Append. The caller holds mu.
func (r *relay) append(name string, updates []byte) {
	if r.cut {
		r.spool[name] = append(r.spool[name], updates...)
		return
	}
	r.all.board(name).append(shareLog{from: r, data: slices.Clone(updates)})
	r.all.follow(name)
}

func (s *shared) append(e shareLog) {
	s.last++
	e.position = s.last
	s.entries = append(s.entries, e)
}

// follow tells all who have a board open what is new of its log. The caller holds mu.
func (all *relays) follow(name string) {
	for _, r := range all.list {
		r.follow(name)
	}
}

func (r *relay) follow(name string) {
	at, open := r.open[name]
	if !open || r.cut || r.lags {
		return
	}
	s := r.all.board(name)
	if at < s.through {
		r.hears(name, 0, shareLog{position: s.through, data: s.snapshot, snapshot: true})
		at = s.through
	}
	for _, e := range s.entries {
		if e.position > at {
			r.hears(name, at, e)
			at = e.position
		}
	}
	r.open[name] = at
}

func (r *relay) hears(name string, after uint64, e shareLog) {
	opened := r.opened[name]
	r.later(func() {
		r.all.mu.Lock()
		defer r.all.mu.Unlock()
		switch {
		case r.opened[name] != opened:
			// closed meanwhile
		case e.snapshot && e.from != r:
			r.hub.HearSnapshot(name, after, e.position, e.data)
		case e.from == r:
			r.hub.HearUpdates(name, after, e.position, nil)
		default:
			r.hub.HearUpdates(name, after, e.position, e.data)
		}
	})
}

func (r *relay) Compact(name string, updates, snapshot []byte, done func(error)) {
	r.stores(done, func() {
		if len(updates) > 0 {
			r.append(name, updates)
		}
		if s := r.all.board(name); !r.cut && r.applied[name] >= s.through {
			s.snapshot, s.through = snapshot, r.applied[name]
			s.entries = slices.DeleteFunc(s.entries, func(e shareLog) bool { return e.position <= s.through })
		}
	})
}

func (r *relay) Adopt(name string, snapshot []byte, done func(error)) {
	r.stores(done, func() {
		b := board.New(0)
		if err := r.all.read(name, b.Merge, b.Apply); err != nil {
			r.t.Error(err)
		}
		if err := b.Merge(snapshot); err != nil {
			r.t.Error(err)
		}
		s := r.all.board(name)
		s.snapshot, s.through = b.Snapshot(), s.last
		s.entries = nil
		s.append(shareLog{from: r, data: s.snapshot, snapshot: true})
		r.all.follow(name)
	})
}

func (r *relay) Open(name string) {
	r.all.mu.Lock()
	defer r.all.mu.Unlock()
	if r.opened[name]++; r.opened[name]%2 != 1 {
		r.t.Errorf("%s: %s is opened before it was closed", r.name, name)
	}
}

func (r *relay) Close(name string) {
	if r.closing != nil {
		<-r.closing
	}
	r.all.mu.Lock()
	defer r.all.mu.Unlock()
	r.opened[name]++
	delete(r.open, name)
	delete(r.applied, name)
}

func (r *relay) Applied(name string, position uint64) {
	r.all.mu.Lock()
	defer r.all.mu.Unlock()
	if position < r.applied[name] {
		r.t.Errorf("%s: %d was applied after %d", r.name, position, r.applied[name])
	}
	r.applied[name] = position
}

func (r *relay) Again(name string) {
	r.all.mu.Lock()
	defer r.all.mu.Unlock()
	r.again++
	r.open[name] = r.applied[name]
	r.follow(name)
}

func (r *relay) Elsewhere(string) string { return r.to }

// Tell tells the others, badly where the way is rough.
func (r *relay) Tell(name string, data []byte) {
	r.all.mu.Lock()
	defer r.all.mu.Unlock()
	r.told++
	for _, other := range r.all.list {
		if other == r || r.cut || other.cut || other.deaf {
			continue
		}
		tell := func() { other.hub.HearPeer(name, r.name, data) }
		rough := r.all.rough
		if rough == nil {
			other.later(tell)
			continue
		}
		copies := min(rough.IntN(8), 1) // one in eight is lost
		if rough.IntN(8) == 0 {
			copies *= 2
		}
		for range copies {
			time.AfterFunc(time.Duration(rough.IntN(40))*time.Millisecond, func() {
				r.all.mu.Lock()
				defer r.all.mu.Unlock()
				if slices.Contains(r.all.list, other) && !other.cut {
					other.later(tell)
				}
			})
		}
	}
}

func (r *relay) TellPerson(p wire.Person, frame []byte) {
	r.all.mu.Lock()
	defer r.all.mu.Unlock()
	for _, other := range r.all.list {
		if other != r {
			other.later(func() { other.hub.HearPerson(p, frame) })
		}
	}
}

// partition cuts a relay off from the others, and tells all so; join heals it.
func (r *relay) partition() {
	r.all.mu.Lock()
	r.cut = true
	for _, other := range r.all.list {
		if other != r {
			other.later(func() { other.hub.PeerGone(r.name) })
			r.later(func() { r.hub.PeerGone(other.name) })
		}
	}
	r.later(func() { r.hub.SetEdge(true) })
	r.all.mu.Unlock()
	synctest.Wait()
}

func (r *relay) heal() {
	r.all.mu.Lock()
	r.cut = false
	for name, updates := range r.spool {
		r.append(name, updates)
	}
	clear(r.spool)
	for name := range r.open {
		r.follow(name)
	}
	r.later(func() { r.hub.PeerLost("") })
	r.later(func() { r.hub.SetEdge(false) })
	r.all.mu.Unlock()
	synctest.Wait()
}
