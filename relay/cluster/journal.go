package cluster

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"
)

// journal applies the entries of the Journal to this relay's own stores, in their order,
// and appends what this relay does. What the entries say is the business of ops.
//
// An entry is applied, and that it was is noted a while afterwards: after a crash the
// last ones are applied once more, in order, before the relay says that it is ready. So
// an op has to be one that may come again, with all that came after it.
//
// While the engine is not reached, and until what was done meanwhile is said again, what
// this relay does is kept as it was said (see spool).
type journal struct {
	c     *Cluster
	ops   map[string]op // not changed after start
	names []string      // of ops, in the order in which they were registered
	spool spool

	// gate is held for reading while something is spooled, and for writing by who finds
	// that nothing is, and that things go their usual way again.
	gate sync.RWMutex

	mu       sync.Mutex
	cut      bool          // things are spooled
	cutting  chan struct{} // closed when that begins
	ready    bool
	isReady  chan struct{} // closed then
	why      error         // why it was not reached the last time
	tail     *tail         // nil: not yet
	noted    journalNote
	at       uint64        // position of the last entry that was applied
	moved    chan struct{} // closed when that changes; nil: nobody waits
	taken    uint64        // position of the last entry that the queue has got
	queue    []Entry
	wake     chan struct{} // has a token when there is something in the queue
	space    chan struct{} // has one when there may be room in it again
	working  bool          // entries that have left the queue are being applied
	idle     chan struct{} // closed when that ends; nil: nobody waits
	last     map[string]uint64
	waiting  map[string]chan applied // by ID of the operation
	noteSoon bool
	bad      error  // why the snapshot could not be taken, the last time
	kept     uint64 // of which position the last snapshot is, as far as is known
	grown    int    // bytes of entries that were applied since then, or since the start

	noting sync.Mutex // held by who writes the note, so that none is overtaken
	keep   keeping
}

// journalNote is what is kept of the state: kind "cluster", key "journal".
type journalNote struct {
	// Incarnation is of the engine that Position is of; empty: none was ever reached.
	Incarnation string `json:"incarnation"`
	Position    uint64 `json:"position"`
	// Before is where the store stood with the engine before, whose data is lost, and
	// Restore that the new one has not been given yet what this relay has.
	Before  origin `json:"before,omitzero"`
	Restore bool   `json:"restore,omitempty"`
	// Loading: the store is becoming what a snapshot says, and is of no use before.
	Loading bool `json:"loading,omitempty"`
	// Taken: to be restored are not the records, which are those of a snapshot.
	Taken bool `json:"taken,omitempty"`
	// Skipped are ops that this relay did not know, and where the first entry of each
	// stands: a newer version of it, that does, goes on from there.
	Skipped map[string]uint64 `json:"skipped,omitempty"`
}

// origin is a position in the Journal of an incarnation.
type origin struct {
	Incarnation string `json:"incarnation"`
	Position    uint64 `json:"position"`
}

// operation is what an entry of the Journal says: as JSON its data.
type operation struct {
	ID string          `json:"id"` // of this one: it may be appended twice
	Op string          `json:"op"`
	Do json.RawMessage `json:"do"`

	key string // of the entry
}

// newOperation makes one. do becomes JSON.
func newOperation(op, key string, do any) (operation, error) {
	b, err := json.Marshal(do)
	return operation{ID: rand.Text(), Op: op, Do: b, key: key}, err
}

// op is a kind of operations.
type op struct {
	// apply stores what an entry says, and calls done, once and from any goroutine, when
	// that is durable. It is called by one goroutine in the order of the Journal, and for
	// the next entry also before done is called, unless alone says that all must be
	// stored that comes before. An error of done means that it could not be stored: the
	// entry comes again, and with it all that came after it. That an entry is not as it
	// must be, so that nothing is made of it, is no error but may be in the result.
	apply func(e Entry, o operation, done func(result any, err error))
	alone bool
	// applied is called after apply, in the order of the Journal, and is not to wait.
	// mine: submit returns the result to whoever waits in this process.
	applied func(e Entry, o operation, result any, mine bool)
	// again appends operations of one key that were spooled, in order. They are given up
	// when it returns nil. It calls submit with the context that it gets.
	again func(ctx context.Context, list []operation) error
	// found is told at the start of one that is spooled, and of all in order: what was
	// interrupted between spooling and storing is stored here. May be nil.
	found func(ctx context.Context, s *spooled, o operation) error
	// restore gives an engine that has lost its data what this relay has and the Journal
	// lacks, which was applied before. It calls submit with the context that it gets. May
	// be nil.
	restore func(ctx context.Context, before origin) error
	// dump calls each with parts of what the store has, which become JSON. May be nil, if
	// nothing is stored.
	dump func(ctx context.Context, each func(do any) error) error
	// load begins to take such parts, while nothing is applied. Nil where dump is.
	load func(ctx context.Context, l loading) (loader, error)
	// empty reports whether the store has nothing. Nil where dump is.
	empty func(ctx context.Context) (bool, error)
}

// Errors of submit and spooling.
var (
	// errCutOff: spool it.
	errCutOff = errors.New("the cluster's engine is not reached")
	// errReached: do not spool it.
	errReached = errors.New("the cluster's engine is reached")
	errTooLong = errors.New("it is too long for the cluster")
	// errBehind: the engine has it, and this relay's own store does not get on.
	errBehind  = errors.New("this relay is behind the others: its store is slow, or fails")
	errUnready = errors.New("this relay has not yet reached the others of its cluster, and knows nothing of what they know")
)

const (
	mostBatch   = 256 // entries that are applied together
	mostQueue   = 1024
	nudgeAfter  = 50 * time.Millisecond  // an entry that is stored is looked for
	noteAfter   = 250 * time.Millisecond // positions are noted
	applyWithin = 10 * time.Second       // what the engine has is applied here
	mostKeys    = 1 << 16                // of which the last position is remembered
	readyWithin = 30 * time.Second
	readyLog    = 5 * time.Second
)

func newJournal(c *Cluster) *journal {
	return &journal{
		c: c, ops: map[string]op{}, cut: true, cutting: closed(), isReady: make(chan struct{}),
		spool: spool{records: c.records}, wake: make(chan struct{}, 1), space: make(chan struct{}, 1),
		last: map[string]uint64{}, waiting: map[string]chan applied{},
		keep: keeping{most: journalMost, behind: journalKeep, again: keepAgain, due: make(chan struct{}, 1)},
	}
}

func closed() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// register says what is to be done for entries of an op. It is called before start.
func (j *journal) register(name string, o op) {
	j.ops[name] = o
	j.names = append(j.names, name)
}

// start reads what is kept, and begins to apply. Nothing is read from the engine before
// heal is called.
func (j *journal) start(ctx context.Context) error {
	b, err := j.c.records.Get(ctx, ofCluster, "journal")
	if err == nil && b != nil {
		err = json.Unmarshal(b, &j.noted)
	}
	if err != nil {
		return fmt.Errorf("cluster: reading where the journal was left: %w", err)
	}
	j.noted.forget(j.ops)
	j.at = j.noted.Position
	err = j.spool.load(ctx, func(s *spooled, o operation) error {
		if f := j.ops[s.op].found; f != nil {
			return f(ctx, s, o)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("cluster: reading what was spooled: %w", err)
	}
	j.c.wg.Go(j.run)
	j.c.wg.Go(j.keepUp)
	j.c.wg.Go(func() { j.c.shared.tell(j.c.ctx) })
	return nil
}

// forget goes back to before what was skipped and is known now. That what comes after it
// is applied once more changes nothing.
func (n *journalNote) forget(known map[string]op) {
	for name, at := range n.Skipped {
		if _, ok := known[name]; ok {
			n.Position = min(n.Position, at-1)
		}
	}
	maps.DeleteFunc(n.Skipped, func(name string, _ uint64) bool { _, ok := known[name]; return ok })
}

// cutOff says that the engine is not reached any more. Things are spooled from now on.
func (j *journal) cutOff(why error) {
	j.mu.Lock()
	if !j.cut {
		j.cut = true
		close(j.cutting)
	}
	j.mu.Unlock()
	j.unreached(why)
}

// unreached says that it was tried to reach the engine, and why that has failed.
func (j *journal) unreached(why error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.why = why
	// Who has been with the others before goes on with what it knows.
	if j.noted.Incarnation != "" && !j.noted.Loading {
		j.setReady()
	}
}

// setReady: the caller holds mu.
func (j *journal) setReady() {
	if !j.ready {
		j.ready = true
		close(j.isReady)
	}
}

// state returns what is noted, and whether an engine that had lost its data has got all
// that this relay has.
func (j *journal) state() (n journalNote, restored bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.noted, !j.noted.Restore
}

// lacks reports whether the Journal may have no entry of a key.
func (j *journal) lacks(key string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	_, has := j.last[key]
	return !has
}

// Ready returns nil when this relay may serve: it has applied what the others have done,
// or it has been with them before and the engine is not reached, so that it goes on with
// what it knows. A relay that was never with the others waits, up to 30 s: it has not
// their keys, and knows of nobody what that one may do.
func (c *Cluster) Ready(ctx context.Context) error { return c.journal.wait(ctx) }

func (j *journal) wait(ctx context.Context) error {
	timeout := time.NewTimer(readyWithin)
	defer timeout.Stop()
	tick := time.NewTicker(readyLog)
	defer tick.Stop()
	for {
		select {
		case <-j.isReady:
			return nil
		default:
		}
		select {
		case <-j.isReady:
			return nil
		case <-tick.C:
			j.c.log.Warn("waiting for the cluster's engine", "err", j.reason())
		case <-timeout.C:
			return fmt.Errorf("cluster: the engine was not reached within %v (%w): start it, or see whether -cluster names it rightly; a relay that was never with the others of its cluster cannot begin without them", readyWithin, j.reason())
		case <-ctx.Done():
			return fmt.Errorf("cluster: this relay is not ready: %w", j.reason())
		case <-j.c.ctx.Done():
			return ErrClosed
		}
	}
}

func (j *journal) reason() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.why != nil {
		return j.why
	}
	return errors.New("what the others have done is being applied")
}
