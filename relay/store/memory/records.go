package memory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// ErrTooLarge is of a record whose key or value is longer than may be.
var ErrTooLarge = errors.New("it is too large")

// Limits of records, in bytes.
const (
	MaxRecordKind  = 64
	MaxRecordKey   = 512
	MaxRecordValue = 64 << 10
)

// expireStep is how many records of a kind are looked at, with each that is put,
// for those whose time is over.
const expireStep = 16

// Records are small things that the relay remembers: (kind, key) -> value.
type Records struct{ store *Store }

// Records returns those of the store.
func (s *Store) Records() *Records { return &Records{s} }

type record struct {
	value []byte
	until time.Time // zero: never
}

func (r record) over() bool { return !r.until.IsZero() && !time.Now().Before(r.until) }

// Put stores a record in the place of the one there was, at once unless Hold or
// Fail says otherwise. A nil value removes it. After until it is as if it were
// not there; zero: never.
func (r *Records) Put(ctx context.Context, kind, key string, value []byte, until time.Time) error {
	result := make(chan error, 1)
	r.put(kind, key, value, until, func([]byte) bool { return true }, func(err error) { result <- err })
	return wait(ctx, result)
}

// PutLater is Put for who does not wait.
func (r *Records) PutLater(kind, key string, value []byte, until time.Time, done func(error)) {
	r.put(kind, key, value, until, func([]byte) bool { return true }, done)
}

// Swap is Put if the value is the old one; nil: if there is none. It reports whether
// that was so.
func (r *Records) Swap(ctx context.Context, kind, key string, old, value []byte, until time.Time) (bool, error) {
	result := make(chan error, 1)
	old = bytes.Clone(old)
	var held bool
	r.put(kind, key, value, until, func(has []byte) bool {
		held = (has == nil) == (old == nil) && bytes.Equal(has, old)
		return held
	}, func(err error) { result <- err })
	err := wait(ctx, result)
	return err == nil && held, err
}

func wait(ctx context.Context, result <-chan error) error {
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// put stores a record if may, which is told its value, says so.
func (r *Records) put(kind, key string, value []byte, until time.Time, may func(has []byte) bool, done func(error)) {
	if len(kind) > MaxRecordKind || len(key) > MaxRecordKey || len(value) > MaxRecordValue {
		done(fmt.Errorf("storing record %.80q of kind %.80q: %w", key, kind, ErrTooLarge))
		return
	}
	value = bytes.Clone(value)
	r.store.change(done, func(s *Store) {
		records := s.records[kind]
		if records == nil {
			records = map[string]record{}
			if s.records == nil {
				s.records = map[string]map[string]record{}
			}
			s.records[kind] = records
		}
		seen := 0
		for key, old := range records { // any few of them, as maps do
			if seen++; seen > expireStep {
				break
			}
			if old.over() {
				delete(records, key)
			}
		}
		var has []byte
		if old, ok := records[key]; ok && !old.over() {
			has = old.value
		}
		switch {
		case !may(has):
		case value == nil:
			delete(records, key)
		default:
			records[key] = record{value, until}
		}
	})
}

// Get returns a record's value. Nil: there is none.
func (r *Records) Get(_ context.Context, kind, key string) ([]byte, error) {
	s := r.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, ok := s.records[kind][key]; ok && !old.over() && s.fail == nil {
		return bytes.Clone(old.value), nil
	}
	return nil, s.fail
}

// List calls f with the records of a kind whose keys begin with prefix, in the
// order of the bytes of these, until f returns an error, which List then returns.
func (r *Records) List(_ context.Context, kind, prefix string, f func(key string, value []byte) error) error {
	s := r.store
	s.mu.Lock()
	records, err := maps.Clone(s.records[kind]), s.fail
	s.mu.Unlock()
	if err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(records)) {
		if strings.HasPrefix(key, prefix) && !records[key].over() {
			if err := f(key, bytes.Clone(records[key].value)); err != nil {
				return err
			}
		}
	}
	return nil
}

// All calls f with the records of all kinds, in the order of kinds and keys, and until
// when they hold (zero: for ever), as List does.
func (r *Records) All(_ context.Context, f func(kind, key string, value []byte, until time.Time) error) error {
	s := r.store
	s.mu.Lock()
	err := s.fail
	kinds := map[string]map[string]record{}
	for kind, records := range s.records {
		kinds[kind] = maps.Clone(records)
	}
	s.mu.Unlock()
	if err != nil {
		return err
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		for _, key := range slices.Sorted(maps.Keys(kinds[kind])) {
			if r := kinds[kind][key]; !r.over() {
				if err := f(kind, key, bytes.Clone(r.value), r.until); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
