package sqlite

import (
	"context"
	"errors"
	"fmt"

	"zombiezen.com/go/sqlite"
)

// mostMoved is how often what is being read may have moved on to another place
// without anything having been read meanwhile.
const mostMoved = 50

// Span tells where the past of a board begins and ends: from is how many updates
// were stored before what is kept, upto how many were ever. It calls moment, in
// order, with how many updates there were when, in milliseconds since 1970 UTC (0:
// not known): for the latest each time that one was stored, and before that some of
// these.
func (s *Store) Span(ctx context.Context, board string, moment func(at, when int64) error) (from, upto int64, err error) {
	err = s.history(ctx, board, func(l *loader) error {
		var e end
		e, from, _, err = l.past(board)
		if err != nil || e.id == 0 {
			return err
		}
		upto = e.updates
		var times []int64 // of segments
		err := l.read(func() error {
			return query(l.conn, `SELECT at, at + updates, since, until FROM segments WHERE board = ? AND at >= ? ORDER BY at`, func(stmt *sqlite.Stmt) error {
				times = append(times, stmt.ColumnInt64(0)+1, stmt.ColumnInt64(2))
				if at := stmt.ColumnInt64(1); at > stmt.ColumnInt64(0)+1 {
					times = append(times, at, stmt.ColumnInt64(3))
				}
				return nil
			}, e.id, from)
		})
		at := from
		for i := 0; i < len(times) && err == nil; i += 2 {
			err = moment(times[i], times[i+1])
			at = times[i]
		}
		if err != nil {
			return err
		}
		l.bare = true // what is not in a segment is read one by one
		return l.forth(e, at, func(n, when int64, _ []byte) (bool, error) { return true, moment(n, when) })
	})
	if err != nil {
		return 0, 0, fmt.Errorf("reading the history of board %q: %w", board, explain(err))
	}
	return from, upto, nil
}

// ReadHistory reads the past of a board from where from updates were stored: it
// calls update with those after it, each with how many there are with it and when it
// was stored, in milliseconds since 1970 UTC (0: not known), until these are about
// most bytes. Where the past begins later, or with more than an empty board, it calls
// snapshot first, in the same way. The bytes are valid during the call.
func (s *Store) ReadHistory(ctx context.Context, board string, from int64, most int, snapshot, update func(at, when int64, data []byte) error) error {
	err := s.history(ctx, board, func(l *loader) error {
		for try := 0; ; try++ {
			e, begin, first, err := l.past(board)
			if err != nil || e.id == 0 {
				return err
			}
			at := from
			if from < begin || from == 0 && first.pieces > 0 {
				data, err := l.pieces(end{piece: first.piece, pieces: first.pieces})
				if err != nil {
					if again, _, now, e := l.past(board); e == nil && now != first && again.id != 0 && try < mostMoved {
						continue // it was forgotten meanwhile
					}
					return err
				}
				if err := snapshot(begin, first.time, data); err != nil {
					return err
				}
				most -= len(data)
				at = begin
			}
			return l.forth(e, at, func(n, when int64, data []byte) (bool, error) {
				most -= len(data)
				return most > 0, update(n, when, data)
			})
		}
	})
	if err != nil {
		return fmt.Errorf("reading the history of board %q: %w", board, explain(err))
	}
	return nil
}

func (s *Store) history(ctx context.Context, board string, f func(*loader) error) error {
	return s.reader(ctx, func(c *sqlite.Conn) error { return f(&loader{store: s, conn: c, ctx: ctx}) })
}

// past returns where a board ends, and where its past begins, with what.
func (l *loader) past(board string) (e end, from int64, first keyframe, err error) {
	err = l.read(func() error {
		err := query(l.conn, selectEnd, func(stmt *sqlite.Stmt) error { e = endOf(stmt); return nil }, board)
		if err != nil {
			return err
		}
		first = keyframe{at: e.at, piece: e.piece, pieces: e.pieces}
		return query(l.conn, `SELECT at, time, piece, pieces FROM keyframes WHERE board = ? ORDER BY at LIMIT 1`, func(stmt *sqlite.Stmt) error {
			first = keyframe{stmt.ColumnInt64(0), stmt.ColumnInt64(1), stmt.ColumnInt64(2), stmt.ColumnInt64(3)}
			return nil
		}, e.id)
	})
	return e, first.at, first, err
}

// chain is updates of a board that are in the log, counted from at+1 to upto, the
// last of them in row last.
type chain struct{ at, upto, last int64 }

// forth reads the updates of a board after at that there were when it ended at e,
// wherever they are, until each says that it is enough.
func (l *loader) forth(e end, at int64, each func(n, when int64, data []byte) (more bool, err error)) error {
	enough := errors.New("enough")
	call := func(when int64, data []byte) error {
		at++
		if more, err := each(at, when, data); err != nil {
			return err
		} else if !more || at >= e.updates {
			return enough
		}
		return nil
	}
	for try := 0; at < e.updates; try++ {
		before := at
		packed, size, begin, c, err := l.find(e.id, at)
		switch {
		case err != nil:
		case packed != nil:
			n := begin
			err = unpack(packed, size, func(when int64, data []byte) error {
				if n++; n <= at {
					return nil
				}
				return call(when, data)
			})
		case c != chain{}:
			err = l.follow(e.id, c, at, call)
		default:
			err = damaged("an update of the past is missing")
		}
		switch {
		case errors.Is(err, enough):
			return nil
		case errors.Is(err, ErrCorrupt) && try < mostMoved:
			// Perhaps it has just been moved.
			if _, _, _, now, e := l.find(e.id, at); e != nil || c == (chain{}) || now == c {
				return err
			}
		case err != nil:
			return err
		case at == before:
			return damaged("an update of the past is missing")
		}
		if at > before {
			try = 0
		}
	}
	return nil
}

// find returns where the update of a board that comes after at is: in a segment that
// begins at begin, or in a chain.
func (l *loader) find(board, at int64) (packed []byte, size, begin int64, c chain, err error) {
	err = l.read(func() error {
		garbled := false
		err := query(l.conn, `SELECT at, updates, bytes, sum, data FROM segments WHERE board = ? AND at <= ? ORDER BY at DESC LIMIT 1`, func(stmt *sqlite.Stmt) error {
			if begin = stmt.ColumnInt64(0); begin+stmt.ColumnInt64(1) <= at {
				return nil
			}
			size, packed = stmt.ColumnInt64(2), make([]byte, stmt.ColumnLen(4))
			stmt.ColumnBytes(4, packed)
			garbled = sum(packed) != stmt.ColumnInt64(3)
			return nil
		}, board, at)
		if garbled {
			err = damaged("a segment is garbled")
		}
		if err != nil || packed != nil {
			return err
		}
		take := func(stmt *sqlite.Stmt) error {
			c = chain{stmt.ColumnInt64(0), stmt.ColumnInt64(1), stmt.ColumnInt64(2)}
			return nil
		}
		err = query(l.conn, `SELECT at, upto, last FROM leaving WHERE board = ? AND at <= ? AND upto > ?`, take, board, at, at)
		if err != nil || c != (chain{}) {
			return err
		}
		return query(l.conn, `SELECT at, updates, last FROM boards WHERE id = ? AND at <= ? AND updates > ?`, take, board, at, at)
	})
	return packed, size, begin, c, err
}

// follow follows a chain back to the update after at, and then reads it forth.
// ErrCorrupt: perhaps it was moved meanwhile.
func (l *loader) follow(board int64, c chain, at int64, call func(when int64, data []byte) error) error {
	rows := make([]int64, c.upto-at)
	for i, row := len(rows)-1, c.last; i >= 0; {
		err := l.read(func() error {
			for range loadRows {
				if i < 0 {
					return nil
				}
				rows[i] = row
				next := row // not found
				err := query(l.conn, `SELECT board, previous FROM updates WHERE n = ?`, func(stmt *sqlite.Stmt) error {
					if stmt.ColumnInt64(0) == board {
						next = stmt.ColumnInt64(1)
					}
					return nil
				}, row)
				if err != nil {
					return err
				}
				if next >= row || next < 0 || next == 0 && i > 0 {
					return damaged("an update is missing")
				}
				row = next
				i--
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	type read struct {
		when int64
		data []byte
	}
	var some []read
	statement := `SELECT sum, data, time FROM updates WHERE n = ? AND board = ?`
	if l.bare {
		statement = `SELECT NULL, x'', time FROM updates WHERE n = ? AND board = ?`
	}
	for len(rows) > 0 {
		some = some[:0]
		err := l.read(func() error {
			size := 0
			for _, n := range rows[:min(loadRows, len(rows))] {
				if size >= loadBatch {
					break
				}
				good := false
				err := query(l.conn, statement, func(stmt *sqlite.Stmt) error {
					data := make([]byte, stmt.ColumnLen(1))
					stmt.ColumnBytes(1, data)
					if good = stmt.ColumnIsNull(0) || stmt.ColumnInt64(0) == sum(data); good {
						some = append(some, read{stmt.ColumnInt64(2), data})
						size += len(data)
					}
					return nil
				}, n, board)
				if err != nil {
					return err
				}
				if !good && len(some) == 0 {
					return damaged("an update is garbled or missing")
				} else if !good {
					return nil // the next time it is the first
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, r := range some {
			if err := call(r.when, r.data); err != nil {
				return err
			}
		}
		rows = rows[len(some):]
	}
	return nil
}

// Versions calls version with the named versions of a board, in the order in which
// they were named: with after how many updates it was, when it was named, in
// milliseconds since 1970 UTC, and by whom. ErrCorrupt: one of them is damaged; the
// others were told.
func (s *Store) Versions(ctx context.Context, board string, version func(id, at, when int64, name, author string) error) error {
	var rows []versionRow
	err := s.history(ctx, board, func(l *loader) (err error) { rows, err = l.versions(board); return err })
	broken := false
	for _, r := range rows {
		if !r.sound {
			broken = true
		} else if err == nil {
			err = version(r.id, r.at, r.time, r.name, r.author)
		}
	}
	if err == nil && broken {
		err = damaged("a version is garbled")
	}
	if err != nil {
		return fmt.Errorf("reading the versions of board %q: %w", board, explain(err))
	}
	return nil
}

// Version returns a named version of a board: after how many updates it was, and the
// snapshot. A nil snapshot: there is none of that id.
func (s *Store) Version(ctx context.Context, board string, id int64) (at int64, snapshot []byte, err error) {
	err = s.history(ctx, board, func(l *loader) error {
		rows, err := l.versions(board)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if r.id != id {
				continue
			}
			if !r.sound {
				return damaged("the version is garbled")
			}
			at = r.at
			snapshot, err = l.pieces(end{piece: r.piece, pieces: r.pieces})
		}
		return err
	})
	if err != nil {
		return 0, nil, fmt.Errorf("reading version %d of board %q: %w", id, board, explain(err))
	}
	return at, snapshot, nil
}

type versionRow struct {
	id, at, time, piece, pieces int64
	name, author                string
	sound                       bool
}

func (l *loader) versions(board string) (rows []versionRow, err error) {
	err = l.read(func() error {
		return query(l.conn, `
			SELECT v.id, v.at, v.time, v.piece, v.pieces, v.name, v.author, v.sum, b.id
			FROM boards AS b JOIN versions AS v ON v.board = b.id WHERE b.name = ? ORDER BY v.id`,
			func(stmt *sqlite.Stmt) error {
				r := versionRow{
					id: stmt.ColumnInt64(0), at: stmt.ColumnInt64(1), time: stmt.ColumnInt64(2), piece: stmt.ColumnInt64(3),
					pieces: stmt.ColumnInt64(4), name: stmt.ColumnText(5), author: stmt.ColumnText(6),
				}
				r.sound = stmt.ColumnInt64(7) == sumOfVersion(stmt.ColumnInt64(8), r.id, r.at, r.time, r.name, r.author, r.piece, r.pieces)
				rows = append(rows, r)
				return nil
			}, board)
	})
	return rows, err
}

// PutVersion gives a name to what a board was after so many updates: snapshot. It
// returns when that is stored, and when that was, in milliseconds since 1970. ErrTooMany: the board has MaxVersions. When ctx ends
// first it may be stored nevertheless.
func (s *Store) PutVersion(ctx context.Context, board string, at int64, name, author string, snapshot []byte) (id, when int64, err error) {
	if len(name) > MaxVersionName || len(author) > MaxVersionName || len(snapshot) == 0 || len(snapshot) > maxPieces*pieceSize {
		return 0, 0, fmt.Errorf("naming a version of board %q: %w", board, ErrTooLarge)
	}
	v := &versionChange{at: at, name: name, author: author}
	err = s.wait(ctx, request{board: board, data: snapshot, snapshot: true, version: v})
	if err != nil {
		return 0, 0, fmt.Errorf("naming a version of board %q: %w", board, err)
	}
	return v.id, v.when, nil
}

// RemoveVersion removes a named version, if there is one of that id, and returns when
// that is stored.
func (s *Store) RemoveVersion(ctx context.Context, board string, id int64) error {
	if err := s.wait(ctx, request{board: board, version: &versionChange{id: id}}); err != nil {
		return fmt.Errorf("removing version %d of board %q: %w", id, board, err)
	}
	return nil
}

// wait puts a request and waits until it is done.
func (s *Store) wait(ctx context.Context, r request) error {
	result := make(chan error, 1)
	r.done = func(err error) { result <- err }
	s.put(r)
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// write is wait for something of conversations or inboxes. When ctx ends first it may be
// stored nevertheless.
func (s *Store) write(ctx context.Context, f func(*writer) error) error {
	return s.wait(ctx, request{talk: &talkWrite{write: f}})
}

// Keyframe returns the latest snapshot that the past of a board has of when at
// updates or fewer were stored, or the first one: how many there were, and when the
// last of them was stored (0: not known). A nil snapshot: the board was empty.
func (s *Store) Keyframe(ctx context.Context, board string, at int64) (from, when int64, snapshot []byte, err error) {
	err = s.history(ctx, board, func(l *loader) error {
		for try := 0; ; try++ {
			e, _, best, err := l.past(board)
			if err != nil || e.id == 0 {
				return err
			}
			if e.at <= at {
				best = keyframe{at: e.at, piece: e.piece, pieces: e.pieces}
			} else if best.at <= at {
				err = l.read(func() error {
					return query(l.conn, `SELECT at, time, piece, pieces FROM keyframes WHERE board = ? AND at <= ? ORDER BY at DESC LIMIT 1`, func(stmt *sqlite.Stmt) error {
						best = keyframe{stmt.ColumnInt64(0), stmt.ColumnInt64(1), stmt.ColumnInt64(2), stmt.ColumnInt64(3)}
						return nil
					}, e.id, at)
				})
			}
			if from, when = best.at, best.time; err != nil || best.pieces == 0 {
				return err
			}
			if snapshot, err = l.pieces(end{piece: best.piece, pieces: best.pieces}); !errors.Is(err, ErrCorrupt) || try == mostCompacted {
				return err
			}
			// Perhaps it has been replaced, and removed.
		}
	})
	if err != nil {
		return 0, 0, nil, fmt.Errorf("reading the history of board %q: %w", board, explain(err))
	}
	return from, when, snapshot, nil
}
