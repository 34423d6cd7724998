package cluster_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/cluster"
	"edgeboard/relay/cluster/clustertest"
	"edgeboard/relay/store/memory"
	"edgeboard/relay/store/sqlite"
	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// roomRelay is one of several: its rooms are as simple as can be.
type roomRelay struct {
	t      *testing.T
	m      *clustertest.Memory
	name   string
	store  *memory.Store
	dir    string // of a real store in its place; empty: there is none
	file   *sqlite.Store
	engine *clustertest.Handle
	c      *cluster.Cluster
	b      *cluster.Boards

	mu    sync.Mutex
	rooms map[string]*room
	edges []bool   // as told
	told  []string // of peers and persons
}

// room is what a real one is, without members: it has one commit under way at a time, and
// applies what it hears when it gets to that.
type room struct {
	r    *roomRelay
	name string

	// Guarded by r.mu.
	board   *board.Board
	waiting []byte // updates for the next commit
	ops     []board.ID
	storing []byte
	made    []board.ID // by storing
	busy    bool
	acked   []board.ID // elements that are stored, by which edit
	failed  int        // commits

	late   bool // what is heard waits
	list   []entry
	last   uint64 // heard without a gap
	taken  uint64
	drop   bool // all that comes
	again  bool
	silent bool // it does not say what it has applied
	known  int  // updates heard that had nothing new
}

type entry struct {
	number   uint64
	data     []byte
	snapshot bool
}

var replicas struct {
	sync.Mutex
	last board.Replica
}

func nextReplica() board.Replica {
	replicas.Lock()
	defer replicas.Unlock()
	replicas.last++
	return replicas.last
}

// newRelay starts a relay with a disk, which may be empty.
func newRelay(t *testing.T, m *clustertest.Memory, name string, store *memory.Store) *roomRelay {
	t.Helper()
	r := &roomRelay{t: t, m: m, name: name, store: store, engine: m.Handle(), rooms: map[string]*room{}}
	r.start()
	return r
}

// cutRelay starts one that does not reach the engine.
func cutRelay(t *testing.T, m *clustertest.Memory, name string, store *memory.Store) *roomRelay {
	t.Helper()
	r := &roomRelay{t: t, m: m, name: name, store: store, engine: m.Handle(), rooms: map[string]*room{}}
	r.engine.Cut()
	r.start()
	return r
}

func (r *roomRelay) start() { r.startWith(r.engine) }

func (r *roomRelay) startWith(engine cluster.Engine) {
	r.t.Helper()
	var copies cluster.Copies = r.store
	var records cluster.Records = r.store.Records()
	if r.dir != "" {
		var err error
		if r.file, err = sqlite.Open(r.dir); err != nil {
			r.t.Fatal(err)
		}
		copies, records = r.file, r.file.Records()
	}
	c, err := cluster.New(cluster.Config{
		Engine: engine, Relay: r.name, URL: "https://" + r.name + ".example", Copies: copies, Records: records,
		Log: slog.New(slog.NewTextHandler(testWriter{r.t}, &slog.HandlerOptions{Level: slog.LevelInfo})),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.c, r.b = c, c.Boards()
	c.SetRooms(r)
	if err := c.Start(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(r.stop)
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

// stop ends a relay in good order, if it has not ended; its store remains. At the end of a
// test all are stopped.
func (r *roomRelay) stop() {
	r.t.Helper()
	if r.c == nil {
		return
	}
	r.mu.Lock()
	var list []string
	for name := range r.rooms {
		list = append(list, name)
	}
	r.mu.Unlock()
	for _, name := range list {
		r.close(name)
	}
	if err := r.c.Close(context.Background()); err != nil {
		r.t.Error(err)
	}
	if r.file != nil {
		if err := r.file.Close(); err != nil {
			r.t.Error(err)
		}
	}
	r.c = nil
}

// next returns the relay as it is started again after it was stopped.
func (r *roomRelay) next(cut bool) *roomRelay {
	r.t.Helper()
	n := &roomRelay{t: r.t, m: r.m, name: r.name, store: r.store, dir: r.dir, engine: r.m.Handle(), rooms: map[string]*room{}}
	if cut {
		n.engine.Cut()
	}
	n.start()
	return n
}

// open starts a room.
func (r *roomRelay) open(name string) *room {
	r.t.Helper()
	o := &room{r: r, name: name, board: board.New(nextReplica())}
	r.mu.Lock()
	r.rooms[name] = o
	r.mu.Unlock()
	r.b.Open(name)
	b := o.board
	err := r.b.Load(r.t.Context(), name, func(data []byte) (err error) {
		b, err = board.Load(nextReplica(), data)
		return err
	}, func(data []byte) error { return b.Apply(data) })
	if err != nil {
		r.t.Fatalf("%s: loading %s: %v", r.name, name, err)
	}
	r.mu.Lock()
	o.board = b
	list := o.list
	o.list = nil
	r.mu.Unlock()
	o.take(list)
	return o
}

// close ends a room whose commits are done.
func (r *roomRelay) close(name string) {
	r.mu.Lock()
	o := r.rooms[name]
	r.mu.Unlock()
	for o.pending() {
		time.Sleep(10 * time.Millisecond) // of the bubble's
	}
	r.mu.Lock()
	delete(r.rooms, name)
	r.mu.Unlock()
	r.b.Close(name)
}

func (o *room) pending() bool {
	o.r.mu.Lock()
	defer o.r.mu.Unlock()
	return o.busy || len(o.waiting) > 0
}

// draw makes an element with a text, and returns its name.
func (o *room) draw(text string) board.ID {
	r := o.r
	r.mu.Lock()
	e := o.board.Edit()
	id := e.Create(board.KindNote)
	e.Splice(id, board.Chars, 0, 0, text)
	o.waiting = append(o.waiting, e.Commit()...)
	if e.Err() != nil {
		r.t.Error(e.Err())
	}
	o.ops = append(o.ops, id)
	r.mu.Unlock()
	o.commit()
	return id
}

// commit hands what waits to the cluster.
func (o *room) commit() {
	r := o.r
	r.mu.Lock()
	if o.busy || len(o.waiting) == 0 {
		r.mu.Unlock()
		return
	}
	o.busy = true
	o.storing, o.made = append(o.storing, o.waiting...), append(o.made, o.ops...)
	o.waiting, o.ops = nil, nil
	updates := o.storing
	r.mu.Unlock()
	r.b.Append(o.name, updates, o.committed)
}

// compact does the same with a snapshot.
func (o *room) compact() {
	r := o.r
	r.mu.Lock()
	if o.busy {
		r.mu.Unlock()
		return
	}
	o.busy = true
	o.storing, o.made = append(o.storing, o.waiting...), append(o.made, o.ops...)
	o.waiting, o.ops = nil, nil
	updates := append(slices.Clone(o.storing), o.board.ParkedUpdates()...)
	snapshot := o.board.Snapshot()
	// The room calls it from the goroutine that applies what is heard.
	r.b.Compact(o.name, updates, snapshot, func(err error) { go o.committed(err) })
	r.mu.Unlock()
}

func (o *room) committed(err error) {
	r := o.r
	r.mu.Lock()
	if !o.busy {
		r.t.Errorf("%s: a commit of %s was answered twice", r.name, o.name)
	}
	o.busy = false
	if err != nil {
		o.failed++
		// It is tried again after a while.
		o.waiting, o.ops = append(o.storing, o.waiting...), append(o.made, o.ops...)
		o.storing, o.made = nil, nil
		r.mu.Unlock()
		time.AfterFunc(time.Second, o.commit)
		return
	}
	o.acked = append(o.acked, o.made...)
	o.storing, o.made = nil, nil
	r.mu.Unlock()
	o.commit()
}

// hear takes what is told, as a real room does.
func (o *room) hear(after uint64, e entry) {
	r := o.r
	r.mu.Lock()
	switch {
	case o.drop:
		o.again, o.last, o.list = true, o.taken, nil
	case after > o.last:
		o.again = true
	case e.number <= o.last:
		r.t.Errorf("%s: %s is told %d after %d", r.name, o.name, e.number, o.last)
	default:
		o.list, o.last = append(o.list, e), e.number
	}
	var list []entry
	if !o.late {
		list, o.list = o.list, nil
	}
	again := o.again && !o.drop
	o.again = o.again && o.drop
	r.mu.Unlock()
	o.take(list)
	if again {
		r.b.Again(o.name)
	}
}

func (o *room) take(list []entry) {
	r := o.r
	for _, e := range list {
		r.mu.Lock()
		switch {
		case e.snapshot:
			if err := o.board.Merge(e.data); err != nil {
				r.t.Errorf("%s: merging into %s: %v", r.name, o.name, err)
			}
		case len(e.data) > 0:
			before := o.board.Vector()
			if err := o.board.Apply(e.data); err != nil {
				r.t.Errorf("%s: applying to %s: %v", r.name, o.name, err)
			}
			if maps.Equal(o.board.Vector(), before) && o.board.Parked() == 0 {
				o.known++
			}
		}
		o.taken = e.number
		// Nothing else happens to the room meanwhile.
		if !o.silent {
			r.b.Applied(o.name, e.number)
		}
		r.mu.Unlock()
	}
}

// lag has what is heard wait, or be taken.
func (o *room) lag(on bool) {
	o.r.mu.Lock()
	o.late = on
	var list []entry
	if !on {
		list, o.list = o.list, nil
	}
	o.r.mu.Unlock()
	o.take(list)
}

// refuse drops what is heard, as a full queue does, and asks for it when that is over.
func (o *room) refuse(on bool) {
	o.r.mu.Lock()
	o.drop = on
	again := !on && o.again
	if again {
		o.again = false
	}
	o.r.mu.Unlock()
	if again {
		o.r.b.Again(o.name)
	}
}

func (o *room) hash() [32]byte {
	o.r.mu.Lock()
	defer o.r.mu.Unlock()
	return o.board.Hash()
}

func (o *room) has(id board.ID) bool {
	o.r.mu.Lock()
	defer o.r.mu.Unlock()
	return o.board.Element(id) != nil
}

func (o *room) stored() []board.ID {
	o.r.mu.Lock()
	defer o.r.mu.Unlock()
	return slices.Clone(o.acked)
}

// unstored returns what the engine was given and has not acknowledged.
func (o *room) unstored() []board.ID {
	o.r.mu.Lock()
	defer o.r.mu.Unlock()
	return slices.Clone(o.made)
}

// The methods of cluster.Rooms.

func (r *roomRelay) room(name string) *room {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rooms[name]
}

func (r *roomRelay) HearUpdates(name string, after, position uint64, updates []byte) {
	if o := r.room(name); o != nil {
		o.hear(after, entry{position, updates, false})
	}
}

func (r *roomRelay) HearSnapshot(name string, after, position uint64, snapshot []byte) {
	if o := r.room(name); o != nil {
		o.hear(after, entry{position, snapshot, true})
	}
}

func (r *roomRelay) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = append(r.told, fmt.Sprintf(format, args...))
}

// heardOf returns what was told that begins with something.
func (r *roomRelay) heardOf(prefix string) (list []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.told {
		if strings.HasPrefix(s, prefix) {
			list = append(list, s)
		}
	}
	return list
}

func (r *roomRelay) HearPeer(board, relay string, data []byte) {
	r.note("peer %s on %s: %s", relay[:1], board, data)
}
func (r *roomRelay) PeerLost(relay string) { r.note("lost %.1s", relay) }
func (r *roomRelay) PeerGone(relay string) { r.note("gone %.1s", relay) }
func (r *roomRelay) HearPerson(p wire.Person, frame []byte) {
	r.note("person %x: %s", p[0], frame)
}

func (r *roomRelay) SetEdge(edge bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.edges); n > 0 && r.edges[n-1] == edge {
		r.t.Errorf("%s: told %v twice", r.name, edge)
	}
	r.edges = append(r.edges, edge)
}

func (r *roomRelay) edge() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.edges) > 0 && r.edges[len(r.edges)-1]
}

// settle waits, in the bubble's time, until no relay is cut off and nothing moves.
func settle(t *testing.T, relays ...*roomRelay) {
	t.Helper()
	for range 100 {
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		if !slices.ContainsFunc(relays, func(r *roomRelay) bool { return r.edge() || r.c.Edge() }) {
			time.Sleep(time.Second)
			synctest.Wait()
			return
		}
	}
	t.Fatal("a relay is cut off for good")
}

// sameBoards fails unless all rooms show the same, and all that any of them was told to be
// stored.
func sameBoards(t *testing.T, rooms ...*room) {
	t.Helper()
	for _, o := range rooms {
		if o.hash() != rooms[0].hash() {
			t.Errorf("%s and %s show different boards %s", rooms[0].r.name, o.r.name, o.name)
		}
		has(t, o, all(rooms...)...)
	}
}

func all(rooms ...*room) (list []board.ID) {
	for _, o := range rooms {
		list = append(list, o.stored()...)
	}
	return list
}

func has(t *testing.T, o *room, ids ...board.ID) {
	t.Helper()
	lacks := 0
	for _, id := range ids {
		if !o.has(id) {
			lacks++
		}
	}
	if lacks > 0 {
		t.Errorf("%s lacks %d of %d elements of %s", o.r.name, lacks, len(ids), o.name)
	}
}

// logged counts the entries that a board's log has by what they are.
func logged(m *clustertest.Memory, name string) (updates, joins int) {
	for _, e := range m.Entries(cluster.BoardLog(name)) {
		switch e.Data[0] {
		case 1:
			updates++
		case 2:
			joins++
		}
	}
	return updates, joins
}

func text(rng *rand.Rand) string { return strings.Repeat("x", 1+rng.IntN(20)) }
