package cluster

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
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
}

// applied is what submit waits for.
type applied struct {
	result any
}

// Errors of submit and spooling, besides errCutOff: spool it.
var (
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
	j.c.wg.Go(func() { j.c.shared.tell(j.c.ctx) })
	return nil
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
	if j.noted.Incarnation != "" {
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

// run applies what is in the queue.
func (j *journal) run() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	armed := false
	for {
		j.mu.Lock()
		n := min(len(j.queue), mostBatch)
		batch := j.queue[:n:n]
		j.queue = j.queue[n:]
		if j.working = n > 0; !j.working && j.idle != nil {
			close(j.idle)
			j.idle = nil
		}
		if j.noteSoon && !armed {
			armed = true
			timer.Reset(noteAfter)
		}
		j.mu.Unlock()
		poke(j.space)
		if n > 0 {
			j.applyAll(batch)
			continue
		}
		select {
		case <-j.wake:
		case <-timer.C:
			armed = false
			j.note(j.c.ctx)
		case <-j.c.ctx.Done():
			// Who has started it is about to close the store.
			ctx, cancel := context.WithTimeout(context.WithoutCancel(j.c.ctx), CallTimeout)
			j.note(ctx)
			cancel()
			return
		}
	}
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// note notes up to where entries were applied, if that has changed.
func (j *journal) note(ctx context.Context) {
	j.mu.Lock()
	if !j.noteSoon {
		j.mu.Unlock()
		return
	}
	j.noteSoon = false
	n := j.noted
	n.Position = j.at
	j.mu.Unlock()
	if err := j.keep(ctx, n); err != nil && ctx.Err() == nil {
		j.c.log.Warn("where the cluster's journal was left is not noted; some of it will be applied once more", "err", err)
	}
}

func (j *journal) keep(ctx context.Context, n journalNote) error {
	b, err := json.Marshal(n)
	if err != nil {
		return err
	}
	return j.c.records.Put(ctx, ofCluster, "journal", b, time.Time{})
}

// push takes an entry from the tail. It waits for room.
func (j *journal) push(t context.Context, e Entry) error {
	for {
		j.mu.Lock()
		switch {
		case t.Err() != nil:
			j.mu.Unlock()
			return t.Err()
		case e.Position <= j.taken: // it was rewound
			j.mu.Unlock()
			return nil
		case len(j.queue) < mostQueue:
			j.queue, j.taken = append(j.queue, e), e.Position
			j.mu.Unlock()
			poke(j.wake)
			return nil
		}
		j.mu.Unlock()
		select {
		case <-j.space:
		case <-t.Done():
		}
	}
}

// applyAll applies entries, until it has succeeded.
func (j *journal) applyAll(batch []Entry) {
	wait := retryFirst
	for {
		n, results, err := j.apply(batch)
		j.told(batch[:n], results)
		batch = batch[n:]
		if err == nil {
			return
		}
		if n > 0 {
			wait = retryFirst
		}
		j.c.log.Error("an entry of the cluster's journal is not stored, trying again", "position", batch[0].Position, "err", err)
		select {
		case <-time.After(wait):
		case <-j.c.ctx.Done():
			return
		}
		wait = min(2*wait, retryLast)
	}
}

// outcome is what came of an entry.
type outcome struct {
	o      operation
	result any
	err    error
}

// apply applies entries, and returns how many of the first ones are stored.
func (j *journal) apply(batch []Entry) (n int, list []outcome, err error) {
	list = make([]outcome, len(batch))
	var pending sync.WaitGroup
	for i, e := range batch {
		out := &list[i]
		if err := json.Unmarshal(e.Data, &out.o); err != nil {
			// Nobody can apply it: all skip it.
			j.c.log.Error("an entry of the cluster's journal does not parse", "position", e.Position, "relay", e.From, "err", err)
			out.o = operation{}
			continue
		}
		out.o.key = e.Key
		op, ok := j.ops[out.o.Op]
		if !ok {
			j.c.log.Warn("an entry of the cluster's journal is of a kind that this relay does not know; a newer one has written it", "position", e.Position, "relay", e.From, "op", out.o.Op)
			continue
		}
		if op.alone {
			pending.Wait()
		}
		pending.Add(1)
		op.apply(e, out.o, func(result any, err error) {
			out.result, out.err = result, err
			pending.Done()
		})
	}
	pending.Wait()
	for n < len(list) && list[n].err == nil {
		n++
	}
	if n < len(list) {
		err = list[n].err
	}
	return n, list[:n], err
}

// told tells what came of entries that are stored.
func (j *journal) told(batch []Entry, list []outcome) {
	if len(batch) == 0 {
		return
	}
	mine := make([]chan applied, len(list))
	j.mu.Lock()
	for i, e := range batch {
		if _, known := j.last[e.Key]; !known && len(j.last) >= mostKeys {
			clear(j.last)
		}
		j.last[e.Key] = e.Position
		mine[i] = j.waiting[list[i].o.ID]
		delete(j.waiting, list[i].o.ID)
	}
	j.mu.Unlock()
	for i, e := range batch {
		o := list[i].o
		if o.ID != "" {
			j.spool.drop(o.ID) // what was thought to have failed has not
		}
		if f := j.ops[o.Op].applied; f != nil {
			f(e, o, list[i].result, mine[i] != nil)
		}
	}
	j.mu.Lock()
	j.at, j.noteSoon = batch[len(batch)-1].Position, true
	if j.moved != nil {
		close(j.moved)
		j.moved = nil
	}
	j.mu.Unlock()
	for i, c := range mine {
		if c != nil {
			c <- applied{list[i].result}
		}
	}
}

// reach waits until what comes up to a position is applied, or until it is cut off, if
// cutting is not nil.
func (j *journal) reach(ctx context.Context, position uint64, cutting <-chan struct{}) error {
	for nudged := false; ; {
		j.mu.Lock()
		if j.moved == nil {
			j.moved = make(chan struct{})
		}
		at, moved, t := j.at, j.moved, j.tail
		j.mu.Unlock()
		if at >= position {
			return nil
		}
		nudge := (<-chan time.Time)(nil)
		if !nudged {
			nudge = time.After(nudgeAfter)
		}
		select {
		case <-moved:
		case <-nudge:
			if nudged = true; t != nil {
				t.again(rereadLost)
			}
		case <-cutting:
			return errCutOff
		case <-j.c.ctx.Done():
			return ErrClosed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// sayingAgain is the key of contexts of op.again and op.restore.
type sayingAgain struct{}

// submit appends an operation, and returns what came of it when it is applied here.
// ErrConflict: the last entry of its key stands elsewhere than was expected.
// errCutOff: the engine was not reached, or it is not known whether it has it: then the
// same operation is to be spooled. errBehind: the engine has it. When ctx ends first it may be done nevertheless.
func (j *journal) submit(ctx context.Context, o operation, expect *uint64) (result any, err error) {
	data, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	if len(data) > MaxEntry || len(o.key) > MaxKey {
		return nil, errTooLong
	}
	done := make(chan applied, 1)
	j.mu.Lock()
	cutting, t := j.cutting, j.tail
	generation := j.c.generation.Load()
	if j.cut {
		cutting = nil // again ends with its ctx
		if ctx.Value(sayingAgain{}) == nil {
			j.mu.Unlock()
			return nil, errCutOff
		}
	}
	j.waiting[o.ID] = done
	j.mu.Unlock()
	defer func() {
		j.mu.Lock()
		delete(j.waiting, o.ID)
		j.mu.Unlock()
	}()

	appended := make(chan error, 1)
	j.c.engine.Append(Journal, Entry{Key: o.key, Expect: expect, From: j.c.name, Data: data}, func(_ uint64, err error) { appended <- err })
	timeout := time.NewTimer(CallTimeout)
	defer timeout.Stop()
	nudge := time.NewTimer(nudgeAfter)
	defer nudge.Stop()
	nudge.Stop()
	for stored := false; ; {
		select {
		case d := <-done:
			return d.result, nil
		case err := <-appended:
			switch {
			case errors.Is(err, ErrConflict):
				return nil, err
			case err != nil:
				j.c.cutOff(generation, fmt.Errorf("appending to the journal: %w", err))
				return nil, errCutOff
			}
			// It is on its way here; if it gets lost, that is found out.
			stored = true
			nudge.Reset(nudgeAfter)
			timeout.Reset(applyWithin)
		case <-nudge.C:
			t.again(rereadLost)
		case <-timeout.C:
			if stored {
				return nil, errBehind
			}
			j.c.cutOff(generation, fmt.Errorf("appending to the journal: not done after %v", CallTimeout))
			return nil, errCutOff
		case <-cutting:
			return nil, errCutOff
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-j.c.ctx.Done():
			return nil, ErrClosed
		}
	}
}

// lastOf returns where the last entry of a key stands: as far as this relay has heard,
// or, if it has not or must be sure, as the engine says. What comes up to there is
// applied.
func (j *journal) lastOf(ctx context.Context, key string, sure bool) (uint64, error) {
	j.mu.Lock()
	at, ok := j.last[key]
	cutting, generation := j.cutting, j.c.generation.Load()
	if j.cut {
		cutting = nil // again ends with its ctx
		if ctx.Value(sayingAgain{}) == nil {
			j.mu.Unlock()
			return 0, errCutOff
		}
	}
	j.mu.Unlock()
	if ok && !sure {
		return at, nil
	}
	limited, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	at, err := j.c.engine.Last(limited, Journal, key)
	switch {
	case err == nil:
		soon, cancel := context.WithTimeout(ctx, applyWithin)
		defer cancel()
		if err = j.reach(soon, at, cutting); errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			err = errBehind
		}
		return at, err
	case ctx.Err() != nil:
		return 0, ctx.Err()
	}
	j.c.cutOff(generation, fmt.Errorf("asking where the journal ends: %w", err))
	return 0, errCutOff
}

// keepBack spools an operation, if things are spooled now, and then has local store it here.
// Of operations of one key one at a time may be kept.
func (j *journal) keepBack(ctx context.Context, o operation, local func(*spooled) error) error {
	j.gate.RLock()
	defer j.gate.RUnlock()
	j.mu.Lock()
	cut, ready, after := j.cut, j.ready, origin{j.noted.Incarnation, j.at}
	j.mu.Unlock()
	switch {
	case !ready:
		return errUnready
	case !cut:
		return errReached
	}
	s, err := j.spool.add(ctx, o, after)
	if err != nil {
		return fmt.Errorf("spooling: %w", err)
	}
	if err := local(s); err != nil {
		j.spool.drop(o.ID)
		return err
	}
	return nil
}

// heal brings this relay and an engine that is reached together: what the others have
// done is applied, and what was done here is said again. Then things go their usual way.
func (j *journal) heal(ctx context.Context, incarnation string) error {
	ctx = context.WithValue(ctx, sayingAgain{}, true)
	j.mu.Lock()
	noted, t := j.noted, j.tail
	j.mu.Unlock()
	if noted.Incarnation != incarnation {
		if err := j.begin(ctx, incarnation); err != nil {
			return err
		}
	} else if t == nil {
		j.follow(noted.Position)
	}
	if err := j.catchUp(ctx); err != nil {
		return err
	}
	j.mu.Lock()
	noted = j.noted
	j.mu.Unlock()
	if noted.Restore {
		for _, name := range j.names {
			restore := j.ops[name].restore
			if restore == nil {
				continue
			}
			if err := restore(ctx, noted.Before); err != nil {
				return fmt.Errorf("giving the engine what it has lost: %w", err)
			}
		}
		j.mu.Lock()
		j.noted.Restore, j.noteSoon = false, true
		j.mu.Unlock()
		j.note(ctx)
	}
	for {
		j.gate.Lock()
		groups := j.spool.first()
		if len(groups) == 0 {
			j.mu.Lock()
			if err := ctx.Err(); err != nil {
				j.mu.Unlock()
				j.gate.Unlock()
				return err
			}
			if j.cut {
				j.cut, j.cutting, j.why = false, make(chan struct{}), nil
			}
			j.setReady()
			j.mu.Unlock()
			j.gate.Unlock()
			return nil
		}
		j.gate.Unlock()
		if err := j.sayAgain(ctx, groups); err != nil {
			return err
		}
	}
}

// catchUp applies all that the engine has.
func (j *journal) catchUp(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	last, err := j.c.engine.Last(limited, Journal, "")
	if err != nil {
		return err
	}
	return j.reach(ctx, last, nil)
}

// begin begins with an engine that has nothing of what this relay has applied before, at
// its beginning.
func (j *journal) begin(ctx context.Context, incarnation string) error {
	j.mu.Lock()
	t := j.tail
	j.tail, j.queue = nil, nil
	j.mu.Unlock()
	if t != nil {
		t.end()
		<-t.ended
	}
	j.mu.Lock()
	j.queue = nil
	if j.working {
		if j.idle == nil {
			j.idle = make(chan struct{})
		}
		idle := j.idle
		j.mu.Unlock()
		select {
		case <-idle:
		case <-ctx.Done():
			return ctx.Err()
		case <-j.c.ctx.Done():
			return ErrClosed
		}
		j.mu.Lock()
	}
	if !j.cut {
		j.cut = true
		close(j.cutting)
	}
	n := journalNote{Incarnation: incarnation, Restore: true, Before: origin{j.noted.Incarnation, j.at}}
	if j.noted.Restore {
		// The one before got only a part of it.
		n.Before = j.noted.Before
	}
	j.mu.Unlock()
	if err := j.keep(ctx, n); err != nil {
		return fmt.Errorf("noting that the engine has lost its data: %w", err)
	}
	j.mu.Lock()
	j.noted, j.at, j.taken, j.noteSoon = n, 0, 0, false
	j.last = map[string]uint64{}
	j.mu.Unlock()
	j.follow(0)
	return nil
}

// follow begins to read after a position.
func (j *journal) follow(after uint64) {
	j.mu.Lock()
	j.taken = after
	j.mu.Unlock()
	var t *tail
	begun := make(chan struct{})
	t = j.c.newTail(Journal, after, func(e Entry) error {
		<-begun
		return j.push(t.ctx, e)
	}, func(context.Context) (uint64, error) {
		return 0, errors.New("the beginning of the cluster's journal is missing, and nothing stands for it")
	})
	close(begun)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.tail = t
}

// sayAtOnce is of how many keys things are said again at once.
const sayAtOnce = 16

// sayAgain appends what was spooled: of each key in order.
func (j *journal) sayAgain(ctx context.Context, groups [][]*spooled) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	slots := make(chan struct{}, sayAtOnce)
	var wg sync.WaitGroup
	for _, group := range groups {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if ctx.Err() != nil {
				return
			}
			if err := j.sayGroup(ctx, group); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

func (j *journal) sayGroup(ctx context.Context, group []*spooled) error {
	var list []operation
	for _, s := range group {
		o, err := j.spool.read(ctx, s)
		if err != nil {
			return err
		}
		if o.ID == "" { // it was dropped meanwhile
			continue
		}
		list = append(list, o)
	}
	if len(list) == 0 {
		return nil
	}
	again := j.ops[list[0].Op].again
	if again == nil {
		j.c.log.Error("what was spooled is of a kind that this relay does not know; it is dropped", "op", list[0].Op, "key", list[0].key)
	} else if err := again(ctx, list); err != nil {
		return fmt.Errorf("saying again what was spooled of %.80q: %w", list[0].key, err)
	}
	for _, o := range list {
		j.spool.drop(o.ID)
	}
	return nil
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

// Fresh returns when this relay has all that the others had done before the call. An
// error: it cannot know.
func (c *Cluster) Fresh(ctx context.Context) error {
	_, err := c.journal.lastOf(ctx, "", true)
	return err
}
