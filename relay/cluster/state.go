package cluster

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"edgeboard/shared/board"
)

// What a board's entries are, by the first byte of their data. Others are of later
// versions, and skipped (R8).
const (
	kindUpdates = 1 // updates of the document, as board.Split has them
	// kindJoin says that the snapshot was replaced by a join with another state, of which
	// what follows is the number (uvarint). Who has the board open takes the snapshot.
	kindJoin = 2
)

func entryKind(e Entry) byte {
	if len(e.Data) == 0 {
		return 0
	}
	return e.Data[0]
}

// joinOf returns the number of a join.
func joinOf(e Entry) uint64 {
	joins, _ := binary.Uvarint(e.Data[1:])
	return joins
}

// A snapshot of the engine is a byte 1, the number of joins so far (uvarint), and that of
// the board.
//
// A snapshot that a room puts has what the one before it had, and updates of the log. One
// that is a join has things besides that no entry has. So who puts one in the place of
// another must have taken that one, if it is of a later join than all it has taken.
const snapshotVersion = 1

func encodeSnapshot(joins uint64, snapshot []byte) []byte {
	return append(binary.AppendUvarint([]byte{snapshotVersion}, joins), snapshot...)
}

func decodeSnapshot(data []byte) (joins uint64, snapshot []byte, err error) {
	if len(data) == 0 || data[0] != snapshotVersion {
		return 0, nil, errors.New("cluster: a snapshot is not of a version that is known; the relay is older than another one")
	}
	joins, n := binary.Uvarint(data[1:])
	if n <= 0 || len(data) == 1+n {
		return 0, nil, errors.New("cluster: a snapshot is garbled")
	}
	return joins, data[1+n:], nil
}

// state is what the engine has of a board.
type state struct {
	incarnation string
	revision    uint64
	joins       uint64
	through     uint64
	snapshot    []byte // nil: there is none
	entries     []Entry
	last        uint64 // position of the last entry, or that of the snapshot
}

// snapshotOf returns the snapshot, without entries.
func (c *Cluster) snapshotOf(ctx context.Context, name string) (*state, error) {
	c.mu.Lock()
	s := &state{incarnation: c.incarnation}
	c.mu.Unlock()
	x, err := c.engine.Snapshot(ctx, BoardLog(name))
	if err != nil {
		return nil, err
	}
	if x.Revision != 0 {
		s.revision, s.through, s.last = x.Revision, x.Through, x.Through
		if s.joins, s.snapshot, err = decodeSnapshot(x.Data); err != nil {
			return nil, &localError{err}
		}
	}
	return s, nil
}

// mostLoads is how often a board is loaded of which the snapshot is replaced meanwhile.
const mostLoads = 8

// state loads what the engine has.
func (c *Cluster) state(ctx context.Context, name string) (*state, error) {
	for range mostLoads {
		s, err := c.snapshotOf(ctx, name)
		if err != nil {
			return nil, err
		}
		joins := s.joins
		err = c.engine.Read(ctx, BoardLog(name), s.through, func(e Entry) error {
			if entryKind(e) == kindJoin {
				joins = max(joins, joinOf(e))
			}
			s.entries = append(s.entries, e)
			s.last = e.Position
			return nil
		})
		switch {
		case err == nil && joins == s.joins:
			return s, nil
		case err != nil && !errors.Is(err, ErrTrimmed):
			return nil, err
		}
	}
	return nil, fmt.Errorf("cluster: the snapshot of board %q was replaced while it was loaded, %d times", name, mostLoads)
}

// board makes one of it.
func (s *state) board(refused func(error)) (*board.Board, error) {
	b := board.New(0)
	if s.snapshot != nil {
		var err error
		if b, err = board.Load(0, s.snapshot); err != nil {
			return nil, &localError{fmt.Errorf("loading the engine's snapshot: %w", err)}
		}
	}
	for _, e := range s.entries {
		if entryKind(e) == kindUpdates {
			applyAll(b, e.Data[1:], refused)
		}
	}
	return b, nil
}

// give hands it over to who loads the board.
func (s *state) give(snapshot, update func([]byte) error, refused func(error)) error {
	if s.snapshot != nil {
		// The copy is made of it too, and who loads may keep what it gets.
		if err := snapshot(bytes.Clone(s.snapshot)); err != nil {
			return err
		}
	}
	for _, e := range s.entries {
		if entryKind(e) != kindUpdates {
			continue
		}
		if err := giveUpdates(bytes.Clone(e.Data[1:]), update, refused); err != nil {
			return err
		}
	}
	return nil
}

// giveUpdates leaves out updates that a board refuses.
func giveUpdates(data []byte, update func([]byte) error, refused func(error)) error {
	err := update(data)
	if err == nil || !errors.As(err, new(board.Error)) {
		return err
	}
	for _, u := range board.Split(data) {
		if err := update(u); errors.As(err, new(board.Error)) {
			refused(err)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// localError is of this relay's store, or of one board: it does not mean that the engine
// is not reached.
type localError struct{ error }

func (e *localError) Unwrap() error { return e.error }

func isLocal(err error) bool {
	_, local := errors.AsType[*localError](err)
	return local
}

// chunkBytes is how much of updates an entry takes, besides its kind.
const chunkBytes = MaxEntry - 64

// appendAll appends updates to a board's log, and waits.
func (c *Cluster) appendAll(ctx context.Context, name string, updates []byte) error {
	for chunk := range board.Chunks(updates, chunkBytes) {
		if err := c.appendEntry(ctx, name, append([]byte{kindUpdates}, chunk...)); err != nil {
			return err
		}
	}
	return nil
}

// appendEntry appends an entry that is not of a room of this relay: its room is told it
// with what is in it.
func (c *Cluster) appendEntry(ctx context.Context, name string, data []byte) error {
	ctx, cancel := context.WithTimeoutCause(ctx, CallTimeout, errTime)
	defer cancel()
	stored := make(chan error, 1)
	begun := time.Now()
	c.engine.Append(BoardLog(name), Entry{From: c.name + fromCopy, Data: data}, func(_ uint64, err error) { stored <- err })
	select {
	case err := <-stored:
		c.metrics.Appended(time.Since(begun), len(data), err)
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// fromCopy is behind a relay's name in entries that it has appended from its copy.
const fromCopy = "0copy"
