package sqlite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"zombiezen.com/go/sqlite"
)

// Load calls snapshot with the snapshot of a board, if it has one, and then
// update with what was appended since, in the order it was stored. ErrCorrupt:
// the board is damaged, or it cannot be seen that it is not.
//
// The file is read in short transactions, so that it goes on being written
// while a board is made of what was read: nothing of the board changes
// meanwhile.
func (s *Store) Load(ctx context.Context, board string, snapshot, update func([]byte) error) error {
	err := s.reader(ctx, func(c *sqlite.Conn) error {
		l := loader{store: s, conn: c, ctx: ctx}
		e, err := l.end(board)
		if err != nil {
			return err
		}
		return l.load(e, snapshot, update)
	})
	if err != nil {
		return fmt.Errorf("loading board %q: %w", board, explain(err))
	}
	return nil
}

// read runs f in a short transaction.
func (s *Store) read(ctx context.Context, f func(*loader) error) error {
	return s.readUnder(ctx, &s.gate, f)
}

func (s *Store) readUnder(ctx context.Context, gate *sync.RWMutex, f func(*loader) error) error {
	return s.reader(ctx, func(c *sqlite.Conn) error {
		l := &loader{store: s, conn: c, ctx: ctx}
		return l.readUnder(gate, func() error { return f(l) })
	})
}

// loader reads a board, or what it has beyond an update.
type loader struct {
	store *Store
	conn  *sqlite.Conn
	ctx   context.Context
	after int64 // this update is known, and those before it; 0: none
	bare  bool  // of updates the times are wanted alone
}

// read runs f, which is short, in a transaction.
func (l *loader) read(f func() error) error { return l.readUnder(&l.store.gate, f) }

func (l *loader) readUnder(gate *sync.RWMutex, f func() error) error {
	if err := l.ctx.Err(); err != nil {
		return err
	}
	gate.RLock()
	defer gate.RUnlock()
	if err := exec(l.conn, "BEGIN"); err != nil {
		return err
	}
	if err := f(); err != nil {
		// What fails here too has ended the transaction by itself.
		_ = exec(l.conn, "ROLLBACK")
		return err
	}
	return exec(l.conn, "COMMIT")
}

// end returns where a board ends, the zero end if there is none of the name.
func (l *loader) end(board string) (e end, err error) {
	err = l.read(func() error {
		return query(l.conn, selectEnd, func(stmt *sqlite.Stmt) error { e = endOf(stmt); return nil }, board)
	})
	return e, err
}

func (l *loader) load(e end, snapshot, update func([]byte) error) error {
	if e.pieces > 0 {
		data, err := l.pieces(e)
		if err != nil {
			return err
		}
		if err := snapshot(data); err != nil {
			return err
		}
	}
	return l.updates(e, update)
}

// pieces puts a snapshot together.
func (l *loader) pieces(e end) ([]byte, error) {
	size := int64(-1)
	last := e.piece + e.pieces - 1
	err := l.read(func() error {
		return query(l.conn, `SELECT length(data) FROM pieces WHERE n = ?`, func(stmt *sqlite.Stmt) error {
			size = stmt.ColumnInt64(0)
			return nil
		}, last)
	})
	if err != nil {
		return nil, err
	}
	if size < 1 || size > pieceSize || e.pieces > maxPieces {
		return nil, damaged("the end of the snapshot is missing")
	}
	data := make([]byte, (e.pieces-1)*pieceSize+size)
	for n, rest := e.piece, data; n <= last; n++ {
		part := rest[:min(pieceSize, len(rest))]
		rest = rest[len(part):]
		found := false
		err := l.read(func() error {
			return query(l.conn, `SELECT sum, data FROM pieces WHERE n = ?`, func(stmt *sqlite.Stmt) error {
				found = stmt.ColumnLen(1) == len(part) && stmt.ColumnBytes(1, part) == len(part) && stmt.ColumnInt64(0) == sum(part)
				return nil
			}, n)
		})
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, damaged("a piece of the snapshot is garbled or missing")
		}
	}
	return data, nil
}

// updates follows the updates back to the first that is not known, and then reads
// them forth.
func (l *loader) updates(e end, update func([]byte) error) error {
	var rows []int64
	for at := e.last; at != l.after; {
		err := l.read(func() error {
			for range loadRows {
				if at == l.after {
					return nil
				}
				rows = append(rows, at)
				next := at // not found
				err := query(l.conn, `SELECT board, previous FROM updates WHERE n = ?`, func(stmt *sqlite.Stmt) error {
					if stmt.ColumnInt64(0) == e.id {
						next = stmt.ColumnInt64(1)
					}
					return nil
				}, at)
				if err != nil {
					return err
				}
				if next >= at || next < l.after {
					return damaged("an update is missing")
				}
				at = next
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	slices.Reverse(rows)
	var buf []byte
	var ends []int
	for len(rows) > 0 {
		buf, ends = buf[:0], ends[:0]
		err := l.read(func() error {
			for _, n := range rows[:min(loadRows, len(rows))] {
				if len(buf) >= loadBatch {
					break
				}
				found := false
				err := query(l.conn, `SELECT sum, data FROM updates WHERE n = ?`, func(stmt *sqlite.Stmt) error {
					at, size := len(buf), stmt.ColumnLen(1)
					buf = slices.Grow(buf, size)[:at+size]
					stmt.ColumnBytes(1, buf[at:])
					found = stmt.ColumnIsNull(0) || stmt.ColumnInt64(0) == sum(buf[at:])
					return nil
				}, n)
				if err != nil {
					return err
				}
				if !found {
					return damaged("an update is garbled")
				}
				ends = append(ends, len(buf))
			}
			return nil
		})
		if err != nil {
			return err
		}
		at := 0
		for _, end := range ends {
			if err := update(buf[at:end:end]); err != nil {
				return err
			}
			at = end
		}
		rows = rows[len(ends):]
	}
	return nil
}

func damaged(what string) error { return fmt.Errorf("%s: %w", what, ErrCorrupt) }

// Check looks for damage in the whole file, and returns ErrCorrupt with what
// there is. It reads all of it, one table after the other, and the boards go on
// meanwhile. What rows contain is not checked before they are loaded.
func (s *Store) Check(ctx context.Context) error {
	err := s.reader(ctx, func(*sqlite.Conn) (err error) {
		// A connection that has searched remembers of the indexes what they were like
		// then, and PRAGMA quick_check would compare that with what there is.
		c, err := sqlite.OpenConn(s.path, sqlite.OpenReadOnly)
		if err != nil {
			return explain(err)
		}
		defer func() { err = errors.Join(err, c.Close()) }()
		c.SetBusyTimeout(busyTimeout)
		c.SetInterrupt(ctx.Done())
		defer c.SetInterrupt(nil)
		return errors.Join(quickCheck(c, "PRAGMA quick_check"), checkRecords(c), checkMessages(c), checkInboxes(c), checkSteps(c))
	})
	if err != nil {
		if errors.Is(err, ErrCorrupt) {
			s.damaged.Store(true)
		}
		return fmt.Errorf("checking %s: %w", s.path, err)
	}
	return nil
}
