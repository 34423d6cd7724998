package sqlite

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"zombiezen.com/go/sqlite"

	"edgeboard/relay/store/notice"
)

const (
	// forgetEntries is how many entries are removed in one commit.
	forgetEntries = 100
	// settleStep is how many entries were read in one commit, and settlePages about how
	// much of the WAL each takes.
	settleStep  = 1000
	settlePages = pageSize
)

// Settle stores what was read with the next commits, waits for them, and returns what has
// changed. To read an inbox of a hundred thousand takes a second, which is not to hold up
// others: it is done in steps. Once it has begun it goes on, also when ctx ends. An error
// comes with what has changed before it.
func (n *Notices) Settle(ctx context.Context, person [16]byte, s notice.Settled) (change notice.Change, err error) {
	change.Person = person
	spans := joined(s.Spans)
	err = ctx.Err()
	for more := true; more && err == nil; {
		var read []uint64
		var now notice.Standing
		err = n.store.write(context.WithoutCancel(ctx), func(w *writer) (err error) {
			read, now, err = w.settle(person, spans, s.Talk, int64(min(s.Stamp, math.MaxInt64)))
			return err
		})
		if err == nil {
			change.Read, change.Standing = append(change.Read, read...), now
			more = len(read) == settleStep
		}
	}
	slices.Sort(change.Read)
	if err != nil {
		return change, fmt.Errorf("storing what was read of an inbox: %w", err)
	}
	return change, nil
}

// joined returns spans that do not meet, ascending, and have the same places.
func joined(spans [][2]uint64) (list [][2]int64) {
	for _, s := range spans {
		if s[0] <= s[1] {
			list = append(list, [2]int64{int64(min(s[0], math.MaxInt64)), int64(min(s[1], math.MaxInt64))})
		}
	}
	slices.SortFunc(list, func(a, b [2]int64) int { return cmp.Compare(a[0], b[0]) })
	n := 0
	for _, s := range list {
		if n > 0 && s[0] <= list[n-1][1] {
			list[n-1][1] = max(list[n-1][1], s[1])
			continue
		}
		list[n] = s
		n++
	}
	return list[:n]
}

// settle does a step, and returns the places of what was read with it.
func (w *writer) settle(person [16]byte, spans [][2]int64, talk string, stamp int64) (read []uint64, now notice.Standing, err error) {
	row, err := findInbox(w.conn, person)
	if err != nil {
		return nil, now, err
	}
	each := func(statement string, args ...any) error {
		var places []int64
		err := query(w.conn, statement, func(stmt *sqlite.Stmt) error {
			places = append(places, stmt.ColumnInt64(0))
			return nil
		}, append(args, int64(settleStep-len(read)))...)
		if err != nil {
			return err
		}
		for _, seq := range places {
			if err := exec(w.conn, `UPDATE entries SET read = 1, sum = sum | ? WHERE person = ? AND seq = ? AND read = 0`, int64(readBit), person[:], seq); err != nil {
				return err
			}
			if w.conn.Changes() > 0 { // otherwise the index is damaged
				read = append(read, uint64(seq))
			}
		}
		return nil
	}
	for _, s := range spans {
		if len(read) == settleStep {
			break
		}
		if err := each(`SELECT seq FROM entries INDEXED BY entries_unread WHERE person = ? AND seq >= ? AND seq <= ? AND read = 0 LIMIT ?`, person[:], s[0], s[1]); err != nil {
			return nil, now, err
		}
	}
	if talk != "" && len(read) < settleStep {
		if err := each(`SELECT seq FROM entries INDEXED BY entries_talks WHERE person = ? AND talk = ? AND talk <> '' AND stamp <= ? AND read = 0 LIMIT ?`, person[:], talk, stamp); err != nil {
			return nil, now, err
		}
	}
	if len(read) > 0 {
		w.since += len(read) * settlePages
		row.unread -= int64(len(read))
		row.version++
		err = w.putInbox(&row)
	}
	return read, row.standing(), err
}

// Forget removes some of the entries that were read and stored before a time, and says
// whether there are more.
func (n *Notices) Forget(ctx context.Context, before int64) (more bool, err error) {
	removed := 0
	err = n.store.write(ctx, func(w *writer) (err error) {
		removed, err = w.forgetEntries(before)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("removing old entries of inboxes: %w", err)
	}
	return removed == forgetEntries, nil
}

func (w *writer) forgetEntries(before int64) (removed int, err error) {
	type place struct {
		person []byte
		seq    int64
	}
	var places []place
	err = query(w.conn, `SELECT person, seq FROM entries INDEXED BY entries_read WHERE read = 1 AND time < ? ORDER BY time LIMIT ?`, func(stmt *sqlite.Stmt) error {
		places = append(places, place{columnBytes(stmt, 0), stmt.ColumnInt64(1)})
		return nil
	}, before, int64(forgetEntries))
	if err != nil {
		return 0, err
	}
	held := map[[16]byte]int64{} // how many fewer
	for _, p := range places {
		if err := w.removeEntry(p.person, p.seq); err != nil {
			return 0, err
		}
		if n := w.conn.Changes(); n > 0 { // otherwise the index is damaged
			removed++
			if len(p.person) == 16 {
				held[[16]byte(p.person)]++
			}
		}
	}
	for person, n := range held {
		row, err := findInbox(w.conn, person)
		if err != nil {
			return 0, err
		}
		row.held -= n
		if err := w.putInbox(&row); err != nil {
			return 0, err
		}
	}
	return removed, nil
}
