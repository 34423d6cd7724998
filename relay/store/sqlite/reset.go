package sqlite

import (
	"context"
	"fmt"

	"zombiezen.com/go/sqlite"

	"edgeboard/relay/store/message"
)

// A store that lags behind a journal whose beginning is gone becomes what another store
// was: Reset, then Keep with each part of it, then GoOn. If the relay ends in between, all
// of that is done again; the store is then of no journal, and what was spooled of
// conversations is taken back.

// resetStep is how many rows a commit of Reset removes at most, of each table.
const resetStep = 512

// Reset removes all conversations and inboxes, in several commits. It returns the clocks of
// the conversations, by their keys.
func (s *Steps) Reset(ctx context.Context) (clocks map[string]uint64, err error) {
	err = s.store.write(ctx, func(w *writer) error {
		if err := w.takeBack(s.text); err != nil {
			return err
		}
		clocks = map[string]uint64{}
		err := query(w.conn, `SELECT key, clock FROM talks`, func(stmt *sqlite.Stmt) error {
			clocks[stmt.ColumnText(0)] = uint64(stmt.ColumnInt64(1))
			return nil
		})
		if err != nil {
			return err
		}
		return exec(w.conn, `DELETE FROM journal`)
	})
	for more := true; more && err == nil; {
		err = s.store.write(ctx, func(w *writer) (err error) {
			if err := w.takeBack(s.text); err != nil {
				return err
			}
			more, err = w.reset()
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("removing what people have said: %w", explain(err))
	}
	return clocks, nil
}

// reset removes some rows, and reports whether there were any.
func (w *writer) reset() (some bool, err error) {
	var keys []int64
	err = query(w.conn, `SELECT key FROM messages LIMIT ?`, func(stmt *sqlite.Stmt) error {
		keys = append(keys, stmt.ColumnInt64(0))
		return nil
	}, int64(resetStep))
	if err != nil {
		return false, err
	}
	for _, key := range keys {
		if err := w.unindex(key); err != nil {
			return false, err
		}
		if err := exec(w.conn, `DELETE FROM messages WHERE key = ?`, key); err != nil {
			return false, err
		}
	}
	w.since += len(keys) * messagePages
	removed := len(keys)
	for _, statement := range []string{
		`DELETE FROM changes WHERE n IN (SELECT n FROM changes LIMIT ?)`,
		`DELETE FROM sides WHERE (person, talk) IN (SELECT person, talk FROM sides LIMIT ?)`,
		`DELETE FROM persons WHERE person IN (SELECT person FROM persons LIMIT ?)`,
		`DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries LIMIT ?)`,
		`DELETE FROM entries WHERE (person, seq) IN (SELECT person, seq FROM entries LIMIT ?)`,
		`DELETE FROM inboxes WHERE person IN (SELECT person FROM inboxes LIMIT ?)`,
	} {
		if err := exec(w.conn, statement, int64(resetStep)); err != nil {
			return false, err
		}
		removed += w.conn.Changes()
		w.since += w.conn.Changes() * entryPages
	}
	if len(keys) == 0 { // its messages are gone
		if err := exec(w.conn, `DELETE FROM talks WHERE id IN (SELECT id FROM talks LIMIT ?)`, int64(resetStep)); err != nil {
			return false, err
		}
		removed += w.conn.Changes()
	}
	return removed > 0, nil
}

// Keep takes a part of what another store has. What was spooled of conversations is taken
// back before. done is called from the committing goroutine.
func (s *Steps) Keep(step message.Step, done func(error)) {
	write := func(w *writer) error {
		if err := w.takeBack(s.text); err != nil {
			return err
		}
		_, err := w.step(&step, s.text)
		return err
	}
	s.store.put(request{talk: &talkWrite{write, stepSize(&step)}, done: done})
}

// GoOn says that the store has the Steps of a journal up to that at a place; 0: none.
func (s *Steps) GoOn(ctx context.Context, journal string, at uint64) error {
	err := s.store.write(ctx, func(w *writer) error {
		if err := w.takeBack(s.text); err != nil {
			return err
		}
		return exec(w.conn, `INSERT OR REPLACE INTO journal (one, name, at, sum) VALUES (1, ?, ?, ?)`, journal, int64(at), rowSum(journal, int64(at)))
	})
	if err != nil {
		return fmt.Errorf("storing how far the journal was applied: %w", explain(err))
	}
	return nil
}
