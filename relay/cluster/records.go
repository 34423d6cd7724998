package cluster

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"sync"
	"time"
)

// SharedRecords are small things that all relays of a cluster have: auth.Records and
// notify.Records. What is read is read here; what is put is applied by all of them in the
// order of the Journal.
//
// While the engine is not reached a record is put here, and spooled. When it is reached
// again, and the same record was changed by another relay meanwhile, what was put later
// by the clocks of the two wins; but what removes a record wins over what was put in the
// place of an older value (Swap), since who has swapped did not know that there is nothing
// any more: a session that was ended does not come back because it was used elsewhere.
type SharedRecords struct {
	c   *Cluster
	own Records

	// One for each key, or for several: who holds it may look what is spooled of the key,
	// and queue what is stored then.
	locks [64]sync.Mutex
	seed  maphash.Seed

	mu      sync.Mutex
	spooled map[string]*spooledPut // by key of the entry
	// worse are keys whose last entry was restored from a store that is older than this
	// relay's. It is used up when this relay restores.
	worse map[string]worseRecord
	// trying are IDs of operations that somebody waits for, and whether they were applied.
	trying map[string]bool
	times  map[string]int64 // At of records that were put lately, by key of the entry

	heard heard
}

// worseRecord is such an entry: where it stands, and a hash of what it puts, which may be
// what this relay has.
type worseRecord struct{ at, hash uint64 }

// hash is of the value of a record, and of its end.
func (r *SharedRecords) hash(p *recordPut) uint64 {
	return maphash.Bytes(r.seed, binary.BigEndian.AppendUint64(p.Value[:len(p.Value):len(p.Value)], uint64(p.Until)))
}

// spooledPut is what matters of a record that is spooled.
type spooledPut struct {
	s *spooled
	recordPut
}

// recordPut is what an entry of op "record" says.
type recordPut struct {
	Kind  string `json:"kind"`
	Key   []byte `json:"key"`
	Value []byte `json:"value"`           // null: it is removed
	Until int64  `json:"until,omitempty"` // in milliseconds since 1970 UTC; 0: for ever
	At    int64  `json:"at"`              // when it was put, in nanoseconds since 1970 UTC
	Swap  bool   `json:"swap,omitempty"`  // in the place of what there was
	// Knows are IDs of operations that were spooled before in its place: they may have
	// been appended nevertheless.
	Knows []string `json:"knows,omitempty"`
	// Of says, if the record was not put, but is what a store has kept while an engine has
	// lost its data, up to where that store was: it does not know what came later.
	Of *origin `json:"of,omitempty"`
}

func (p *recordPut) entryKey() string { return recordKey(p.Kind, string(p.Key)) }

func recordKey(kind, key string) string { return "r/" + kind + "/" + key }

func (p *recordPut) until() time.Time {
	if p.Until == 0 {
		return time.Time{}
	}
	return time.UnixMilli(p.Until)
}

// Limits of records, in bytes: those of the stores.
const (
	maxRecordKind  = 64
	maxRecordKey   = 512
	maxRecordValue = 64 << 10
)

// check says what is wrong with what another relay has put. Nothing it says concerns
// this relay's own bookkeeping.
func (p *recordPut) check(key string) error {
	switch {
	case p.Kind == "" || len(p.Kind) > maxRecordKind || len(p.Key) > maxRecordKey || len(p.Value) > maxRecordValue:
		return fmt.Errorf("it has a kind of %d bytes, a key of %d and a value of %d", len(p.Kind), len(p.Key), len(p.Value))
	case ofRelay(p.Kind):
		return fmt.Errorf("records of kind %q are each relay's own", p.Kind)
	case p.entryKey() != key:
		return errors.New("it stands under another key than it says")
	}
	return nil
}

// ofRelay reports whether records of a kind are each relay's own.
func ofRelay(kind string) bool {
	return kind == ofCluster || kind == ofSpool || kind == ofCopy || kind == ofSpooled
}

const opRecord = "record"

func newRecords(c *Cluster) *SharedRecords {
	r := &SharedRecords{c: c, own: c.records, seed: maphash.MakeSeed(), spooled: map[string]*spooledPut{}, worse: map[string]worseRecord{}, trying: map[string]bool{}, times: map[string]int64{}}
	r.heard.wake = make(chan struct{}, 1)
	c.journal.register(opRecord, op{
		apply: r.apply, applied: r.applied, again: r.again, found: r.found, restore: r.restore,
		dump: r.dump, load: r.load, empty: r.empty,
	})
	return r
}

// Records returns those of the cluster.
func (c *Cluster) Records() *SharedRecords { return c.shared }

// OnRecord says what to call after another relay has changed a record, nil: removed it,
// and that is stored here. It is called by one goroutine, in the order of the changes, and
// may itself put records. Some come twice. It is set before Start.
func (c *Cluster) OnRecord(f func(kind, key string, value []byte)) { c.shared.heard.f = f }

// Get is as in auth.Records.
func (r *SharedRecords) Get(ctx context.Context, kind, key string) ([]byte, error) {
	return r.own.Get(ctx, kind, key)
}

// List is as in auth.Records.
func (r *SharedRecords) List(ctx context.Context, kind, prefix string, f func(key string, value []byte) error) error {
	return r.own.List(ctx, kind, prefix, f)
}

// Put is as in auth.Records.
func (r *SharedRecords) Put(ctx context.Context, kind, key string, value []byte, until time.Time) error {
	_, err := r.put(ctx, kind, key, value, until, false, nil)
	return err
}

// Swap is as in auth.Records.
func (r *SharedRecords) Swap(ctx context.Context, kind, key string, old, value []byte, until time.Time) (bool, error) {
	return r.put(ctx, kind, key, value, until, true, old)
}

// put puts a record, if swap is true and it has the old value.
func (r *SharedRecords) put(ctx context.Context, kind, key string, value []byte, until time.Time, swap bool, old []byte) (held bool, err error) {
	p := recordPut{Kind: kind, Key: []byte(key), Value: value, At: time.Now().UnixNano(), Swap: swap}
	if !until.IsZero() {
		p.Until = max(1, until.UnixMilli())
	}
	o, err := newOperation(opRecord, p.entryKey(), p)
	if err == nil {
		err = p.check(o.key)
	}
	if err != nil {
		return false, fmt.Errorf("storing record %.80q of kind %.80q: %w", key, kind, err)
	}
	r.mu.Lock()
	r.trying[o.ID] = false
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.trying, o.ID)
		r.mu.Unlock()
	}()
	for {
		if held, err = r.submit(ctx, o, swap, kind, key, old); !errors.Is(err, errCutOff) {
			break
		}
		if held, err = r.keepBack(ctx, o, p, old); !errors.Is(err, errReached) {
			break
		}
	}
	if err != nil {
		return false, fmt.Errorf("storing record %.80q of kind %.80q: %w", key, kind, err)
	}
	return held, nil
}

// mostConflicts is how often a record is tried to be put in the place of one that others
// put there meanwhile.
const mostConflicts = 64

// submit puts a record in the place of the one that is the last of its key. An entry that
// is late, because the relay that has appended it took it for lost and did it again, finds
// another one there, and does not undo what came after.
func (r *SharedRecords) submit(ctx context.Context, o operation, swap bool, kind, key string, old []byte) (held bool, err error) {
	for try := range mostConflicts {
		last, err := r.c.journal.lastOf(ctx, o.key, try > 0)
		if err != nil {
			return false, err
		}
		if swap {
			has, err := r.own.Get(ctx, kind, key)
			if err != nil || !same(has, old) {
				return false, err
			}
		}
		if _, err = r.c.journal.submit(ctx, o, &last); !errors.Is(err, ErrConflict) {
			return err == nil, err
		}
	}
	return false, ErrConflict
}

func same(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }

func (r *SharedRecords) lock(key string) *sync.Mutex {
	return &r.locks[maphash.String(r.seed, key)%uint64(len(r.locks))]
}

// keepBack puts a record here and spools it.
func (r *SharedRecords) keepBack(ctx context.Context, o operation, p recordPut, old []byte) (held bool, err error) {
	mu := r.lock(o.key)
	mu.Lock()
	defer mu.Unlock()
	r.mu.Lock()
	was, done := r.spooled[o.key], r.trying[o.ID]
	r.mu.Unlock()
	if done { // it was thought that the engine had not got it
		return true, nil
	}
	if was != nil {
		p.Knows = append(was.Knows, was.s.id)
		if over := len(p.Knows) - mostKnows; over > 0 {
			p.Knows = append(p.Knows[:1:1], p.Knows[1+over:]...)
		}
		if o.Do, err = json.Marshal(p); err != nil {
			return false, err
		}
	}
	if p.Swap {
		// What was applied is in the store's queue; when this comes out, so has that.
		if err := r.own.Put(ctx, ofCluster, "none", nil, time.Time{}); err != nil {
			return false, err
		}
		has, err := r.own.Get(ctx, p.Kind, string(p.Key))
		if err != nil || !same(has, old) {
			return false, err
		}
	}
	err = r.c.journal.keepBack(ctx, o, func(s *spooled) error {
		if err := r.own.Put(context.WithoutCancel(ctx), p.Kind, string(p.Key), p.Value, p.until()); err != nil {
			return err
		}
		p.Value = p.valueKept()
		r.mu.Lock()
		r.spooled[o.key] = &spooledPut{s, p}
		r.mu.Unlock()
		if was != nil {
			r.c.journal.spool.drop(was.s.id) // nobody asks for it any more
		}
		return nil
	})
	return err == nil, err
}

// mostKnows is how many operations one knows of that it has taken the place of: the
// first, and the last ones.
const mostKnows = 16

// valueKept is what is remembered of a value that is spooled: whether there is one.
func (p *recordPut) valueKept() []byte {
	if p.Value == nil {
		return nil
	}
	return []byte{}
}

// found takes one from the spool at the start.
func (r *SharedRecords) found(ctx context.Context, s *spooled, o operation) error {
	var p recordPut
	if err := json.Unmarshal(o.Do, &p); err != nil {
		return err
	}
	if err := r.own.Put(ctx, p.Kind, string(p.Key), p.Value, p.until()); err != nil {
		return err
	}
	p.Value = p.valueKept()
	if before := r.spooled[o.key]; before != nil {
		defer r.c.journal.spool.drop(before.s.id)
	}
	r.spooled[o.key] = &spooledPut{s, p}
	return nil
}

// beats reports whether what is spooled here stays, although another relay has put the
// same record.
func (s *spooledPut) beats(p *recordPut) bool {
	switch {
	case s.Swap && p.Value == nil:
		return false
	case s.Value == nil && p.Swap:
		return true
	}
	return s.At > p.At
}

// recordResult is what came of an entry: what is said to OnRecord's function.
type recordResult struct {
	recordPut
	stored  bool
	correct bool // it is to be removed again
}

// apply stores a record, unless this relay knows better: then it is about to say so.
func (r *SharedRecords) apply(e Entry, o operation, done func(any, error)) {
	var p recordPut
	err := json.Unmarshal(o.Do, &p)
	if err == nil {
		err = p.check(e.Key)
	}
	if err != nil {
		r.c.log.Error("a record in the cluster's journal is not as it must be", "position", e.Position, "relay", e.From, "err", err)
		done(nil, nil)
		return
	}
	if p.Until != 0 && time.Now().UnixMilli() >= p.Until {
		p.Value = nil // there is nothing any more
	}
	mu := r.lock(e.Key)
	mu.Lock()
	defer mu.Unlock()
	noted, restored := r.c.journal.state()
	r.mu.Lock()
	s := r.spooled[e.Key]
	delete(r.worse, e.Key)
	if _, ok := r.trying[o.ID]; ok {
		r.trying[o.ID] = true
	}
	older := p.Of != nil && p.Of.Incarnation == noted.Before.Incarnation && p.Of.Position < noted.Before.Position
	if older && !restored {
		r.worse[e.Key] = worseRecord{e.Position, r.hash(&p)}
	}
	r.mu.Unlock()
	if s != nil && !r.c.journal.spool.has(s.s.id) {
		s = nil
	}
	switch {
	case older:
		done(recordResult{recordPut: p, correct: restored && p.Value != nil}, nil)
		return
	case s == nil:
	case s.s.id == o.ID: // it was thought that the engine had not got it
		r.forget(e.Key, s)
	case s.s.after.Incarnation == noted.Incarnation && e.Position <= s.s.after.Position:
		done(nil, nil) // it was there when that was spooled
		return
	case slices.Contains(s.Knows, o.ID) || s.beats(&p):
		done(nil, nil)
		return
	}
	r.mu.Lock()
	r.remember(e.Key, p.At)
	r.mu.Unlock()
	r.own.PutLater(p.Kind, string(p.Key), p.Value, p.until(), func(err error) { done(recordResult{recordPut: p, stored: err == nil}, err) })
	if s != nil && s.s.id != o.ID {
		r.forget(e.Key, s)
		r.c.journal.spool.drop(s.s.id)
	}
}

// forget forgets what is spooled of a key, if it is that.
func (r *SharedRecords) forget(key string, s *spooledPut) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.spooled[key] == s {
		delete(r.spooled, key)
	}
}

func (r *SharedRecords) applied(e Entry, _ operation, result any, mine bool) {
	x, ok := result.(recordResult)
	switch {
	case !ok || mine:
	case x.correct:
		r.heard.put(heardRecord{kind: x.Kind, key: string(x.Key), remove: e.Position})
	case x.stored && r.heard.f != nil:
		r.heard.put(heardRecord{kind: x.Kind, key: string(x.Key), value: x.Value})
	}
}

// again appends what was spooled of a key, if nothing has come that wins over it.
func (r *SharedRecords) again(ctx context.Context, list []operation) error {
	o := list[len(list)-1] // of one key the last one counts
	for range mostConflicts {
		last, err := r.c.journal.lastOf(ctx, o.key, true)
		if err != nil {
			return err
		}
		r.mu.Lock()
		s := r.spooled[o.key]
		r.mu.Unlock()
		if s == nil || s.s.id != o.ID || !r.c.journal.spool.has(o.ID) {
			return nil
		}
		if _, err = r.c.journal.submit(ctx, o, &last); !errors.Is(err, ErrConflict) {
			return err
		}
	}
	return ErrConflict
}

// restoreAtOnce is how many records are given back to an engine at once.
const restoreAtOnce = 64

// restore gives an engine that has lost its data the records that it lacks, and those
// that it was given by relays that have missed the last ones.
func (r *SharedRecords) restore(ctx context.Context, before origin) error {
	if noted, _ := r.c.journal.state(); noted.Taken {
		return nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	slots := make(chan struct{}, restoreAtOnce)
	var wg sync.WaitGroup
	put := func(p recordPut, expect uint64) {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			o, err := newOperation(opRecord, p.entryKey(), p)
			if err == nil && ctx.Err() == nil {
				// On a conflict another relay was faster.
				if _, err = r.c.journal.submit(ctx, o, &expect); errors.Is(err, ErrConflict) {
					err = nil
				}
			}
			if err != nil {
				cancel(err)
			}
		})
	}
	r.mu.Lock()
	worse := r.worse
	r.worse = map[string]worseRecord{}
	r.mu.Unlock()
	err := r.own.All(ctx, func(kind, key string, value []byte, until time.Time) error {
		if ofRelay(kind) {
			return nil
		}
		name := recordKey(kind, key)
		r.mu.Lock()
		s := r.spooled[name]
		r.mu.Unlock()
		if s != nil {
			return nil // it is said again
		}
		p := recordPut{Kind: kind, Key: []byte(key), Value: value, Of: &before}
		if !until.IsZero() {
			p.Until = max(1, until.UnixMilli())
		}
		if p.check(name) != nil {
			return nil
		}
		last, ok := worse[name]
		if delete(worse, name); ok && last.hash != r.hash(&p) || !ok && r.c.journal.lacks(name) {
			put(p, last.at)
		}
		return context.Cause(ctx)
	})
	for name, last := range worse {
		kind, key, _ := cutRecordKey(name)
		put(recordPut{Kind: kind, Key: []byte(key), Of: &before}, last.at)
	}
	wg.Wait()
	if err != nil {
		return err
	}
	return context.Cause(ctx)
}

// cutRecordKey is for what recordKey makes of kinds without a slash.
func cutRecordKey(name string) (kind, key string, ok bool) {
	b, ok := bytes.CutPrefix([]byte(name), []byte("r/"))
	k, rest, also := bytes.Cut(b, []byte("/"))
	return string(k), string(rest), ok && also
}
