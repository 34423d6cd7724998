// Package memory keeps boards in memory, for tests and for programs that embed
// a relay and need no disk.
package memory

import (
	"context"
	"slices"
	"sync"
)

// Store is ready to use as its zero value.
type Store struct {
	mu     sync.Mutex
	boards map[string][][]byte
	fail   error
	hold   []func()
	held   bool
}

// Load calls each with the updates of a board, in the order they were stored.
func (s *Store) Load(_ context.Context, board string, each func([]byte) error) error {
	s.mu.Lock()
	list := slices.Clone(s.boards[board])
	err := s.fail
	s.mu.Unlock()
	if err != nil {
		return err
	}
	for _, u := range list {
		if err := each(slices.Clone(u)); err != nil {
			return err
		}
	}
	return nil
}

// Append stores updates at once, unless Hold or Fail says otherwise.
func (s *Store) Append(board string, updates []byte, done func(error)) {
	s.mu.Lock()
	if s.held {
		s.hold = append(s.hold, func() { s.Append(board, updates, done) })
		s.mu.Unlock()
		return
	}
	err := s.fail
	if err == nil {
		if s.boards == nil {
			s.boards = map[string][][]byte{}
		}
		s.boards[board] = append(s.boards[board], slices.Clone(updates))
	}
	s.mu.Unlock()
	done(err)
}

// Fail makes every call fail with err, until it is called with nil: a disk that
// is full.
func (s *Store) Fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

// Hold keeps Append from finishing until Release: a disk that is slow.
func (s *Store) Hold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = true
}

// Release lets what Hold kept back, and what comes, finish.
func (s *Store) Release() {
	s.mu.Lock()
	held := s.hold
	s.hold, s.held = nil, false
	s.mu.Unlock()
	for _, f := range held {
		f()
	}
}
