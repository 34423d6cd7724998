package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"
)

// What of the records is in a snapshot of the Journal: all of them, and when they were put,
// as far as this relay knows. Of the last ones it does, and by that a relay which was cut
// off finds whether what it has spooled was later. What was removed lately is there too.

// mostTimes is of how many records it is remembered when they were put.
const mostTimes = 1 << 16

// remember remembers when a record was put. The caller holds mu.
func (r *SharedRecords) remember(key string, at int64) {
	if _, known := r.times[key]; !known && len(r.times) >= mostTimes {
		clear(r.times)
	}
	r.times[key] = at
}

func (r *SharedRecords) dump(ctx context.Context, each func(any) error) error {
	r.mu.Lock()
	times := maps.Clone(r.times)
	r.mu.Unlock()
	err := r.own.All(ctx, func(kind, key string, value []byte, until time.Time) error {
		name := recordKey(kind, key)
		p := recordPut{Kind: kind, Key: []byte(key), Value: value, At: times[name]}
		if !until.IsZero() {
			p.Until = max(1, until.UnixMilli())
		}
		if ofRelay(kind) || p.check(name) != nil {
			return nil
		}
		delete(times, name)
		return each(p)
	})
	if err != nil {
		return err
	}
	for name, at := range times {
		kind, key, _ := cutRecordKey(name)
		if err := each(recordPut{Kind: kind, Key: []byte(key), At: at}); err != nil {
			return err
		}
	}
	return nil
}

// errSomething ends a look whether there is something.
var errSomething = errors.New("there is something")

func (r *SharedRecords) empty(ctx context.Context) (bool, error) {
	err := r.own.All(ctx, func(kind, _ string, _ []byte, _ time.Time) error {
		if ofRelay(kind) {
			return nil
		}
		return errSomething
	})
	if errors.Is(err, errSomething) {
		return false, nil
	}
	return err == nil, err
}

// recordsLoader has the store have the records of a state.
type recordsLoader struct {
	r    *SharedRecords
	l    loading
	have map[string]uint64 // hashes of what the store has and the state has not had yet
	wg   sync.WaitGroup
	some int // that are on their way

	mu  sync.Mutex
	err error
}

// mostOnTheirWay is how many parts are given to a store before it is waited for.
const mostOnTheirWay = 256

func (r *SharedRecords) load(ctx context.Context, l loading) (loader, error) {
	t := &recordsLoader{r: r, l: l, have: map[string]uint64{}}
	err := r.own.All(ctx, func(kind, key string, value []byte, until time.Time) error {
		if ofRelay(kind) {
			return nil
		}
		p := recordPut{Kind: kind, Key: []byte(key), Value: value}
		if !until.IsZero() {
			p.Until = max(1, until.UnixMilli())
		}
		t.have[p.entryKey()] = r.hash(&p)
		return nil
	})
	r.mu.Lock()
	clear(r.worse)
	clear(r.times)
	r.mu.Unlock()
	return t, err
}

func (t *recordsLoader) take(_ context.Context, do json.RawMessage) error {
	var p recordPut
	err := json.Unmarshal(do, &p)
	name := p.entryKey()
	if err == nil {
		err = p.check(name)
	}
	if err != nil {
		return fmt.Errorf("a record of the state: %w", err)
	}
	if p.Until != 0 && time.Now().UnixMilli() >= p.Until {
		p.Value = nil // there is nothing any more
	}
	return t.put(name, p)
}

// put stores a record, unless what is spooled of it here is to be said and wins.
func (t *recordsLoader) put(name string, p recordPut) error {
	r := t.r
	t.l.has(name)
	was, had := t.have[name]
	delete(t.have, name)
	mu := r.lock(name)
	mu.Lock()
	defer mu.Unlock()
	r.mu.Lock()
	r.remember(name, p.At)
	s := r.spooled[name]
	r.mu.Unlock()
	switch {
	case s != nil && r.c.journal.spool.has(s.s.id):
		if s.beats(&p) {
			return nil
		}
		r.forget(name, s)
		r.c.journal.spool.drop(s.s.id)
	case !had && p.Value == nil, had && p.Value != nil && was == r.hash(&p):
		return nil
	}
	t.wg.Add(1)
	r.own.PutLater(p.Kind, string(p.Key), p.Value, p.until(), func(err error) {
		t.mu.Lock()
		t.err = errors.Join(t.err, err)
		t.mu.Unlock()
		t.wg.Done()
	})
	if r.heard.f != nil {
		r.heard.put(heardRecord{kind: p.Kind, key: string(p.Key), value: p.Value})
	}
	if t.some++; t.some%mostOnTheirWay == 0 {
		return t.wait()
	}
	return nil
}

func (t *recordsLoader) wait() error {
	t.wg.Wait()
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

// end removes what the state has not.
func (t *recordsLoader) end(_ context.Context, whole bool) error {
	if whole && t.l.records {
		for name := range maps.Clone(t.have) {
			kind, key, _ := cutRecordKey(name)
			if err := t.put(name, recordPut{Kind: kind, Key: []byte(key)}); err != nil {
				return errors.Join(err, t.wait())
			}
		}
	}
	return t.wait()
}
