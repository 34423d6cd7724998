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
	if len(kind) > MaxRecordKind || len(key) > MaxRecordKey || len(value) > MaxRecordValue {
		return fmt.Errorf("storing record %.80q of kind %.80q: %w", key, kind, ErrTooLarge)
	}
	value = bytes.Clone(value)
	result := make(chan error, 1)
	r.store.change(func(err error) { result <- err }, func(s *Store) {
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
		if value == nil {
			delete(records, key)
			return
		}
		records[key] = record{value, until}
	})
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
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
