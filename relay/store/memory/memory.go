// Package memory keeps boards, records, blobs, messages and inboxes in memory, for tests and
// for programs that embed a relay and need no disk.
package memory

import (
	"context"
	"maps"
	"slices"
	"sync"
)

// Store is ready to use as its zero value.
type Store struct {
	mu      sync.Mutex
	boards  map[string]*kept
	records map[string]map[string]record // kind, key
	blobs   map[Hash]*keptBlob
	talks   map[string]*keptTalk
	names   map[[16]byte]string // of the persons of conversations
	inboxes map[[16]byte]*inbox
	// What is to be delivered, in the order in which it was put, and the last ID.
	deliveries   []delivery
	lastDelivery int64
	mostEntries  int // of an inbox; 0: notice.MostEntries
	fail         error
	hold         []func()
	held         bool
}

// kept is what is stored of one board.
type kept struct {
	snapshot  []byte // nil: none
	snapshots int    // how many there have been
	updates   [][]byte
}

// Load calls snapshot with the snapshot of a board, if it has one, and then
// update with what was appended since, in the order it was stored.
func (s *Store) Load(_ context.Context, board string, snapshot, update func([]byte) error) error {
	s.mu.Lock()
	var k kept
	if b := s.boards[board]; b != nil {
		k = kept{snapshot: b.snapshot, updates: slices.Clone(b.updates)}
	}
	err := s.fail
	s.mu.Unlock()
	if err != nil {
		return err
	}
	if k.snapshot != nil {
		if err := snapshot(slices.Clone(k.snapshot)); err != nil {
			return err
		}
	}
	for _, u := range k.updates {
		if err := update(slices.Clone(u)); err != nil {
			return err
		}
	}
	return nil
}

// Append stores updates at once, unless Hold or Fail says otherwise.
func (s *Store) Append(board string, updates []byte, done func(error)) {
	s.change(done, func(s *Store) {
		k := s.board(board)
		k.updates = append(k.updates, slices.Clone(updates))
	})
}

// Compact stores a snapshot in the place of what there is, at once unless Hold
// or Fail says otherwise. What the snapshot has besides what was appended is for a
// history, and there is none here.
func (s *Store) Compact(board string, _, snapshot []byte, done func(error)) {
	s.change(done, func(s *Store) {
		k := s.board(board)
		*k = kept{snapshot: append([]byte{}, snapshot...), snapshots: k.snapshots + 1}
	})
}

// BoardNames returns the names of the boards behind one, in their order, at most most of
// them.
func (s *Store) BoardNames(_ context.Context, after string, most int) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return nil, s.fail
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(s.boards)) {
		if name > after && len(list) < most {
			list = append(list, name)
		}
	}
	return list, nil
}

// board returns what is stored of a board. It is made if need be.
func (s *Store) board(name string) *kept {
	if s.boards == nil {
		s.boards = map[string]*kept{}
	}
	k := s.boards[name]
	if k == nil {
		k = new(kept)
		s.boards[name] = k
	}
	return k
}

// change calls apply under the lock, and then done.
func (s *Store) change(done func(error), apply func(*Store)) {
	s.mu.Lock()
	if s.held {
		s.hold = append(s.hold, func() { s.change(done, apply) })
		s.mu.Unlock()
		return
	}
	err := s.fail
	if err == nil {
		apply(s)
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

// Hold keeps Append, Compact and Put from finishing until Release: a disk that is
// slow.
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
