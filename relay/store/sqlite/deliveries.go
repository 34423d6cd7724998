package sqlite

import (
	"context"
	"errors"
	"fmt"

	"zombiezen.com/go/sqlite"

	"edgeboard/relay/store/notice"
)

const selectDeliveries = `SELECT id, target, person, seq, due, tries, since, sum FROM deliveries`

// deliveryRow is what is to be delivered where, and when.
type deliveryRow struct {
	notice.Delivery // its Entry has its place alone
	due             int64
}

// readDelivery reads a row of selectDeliveries.
func readDelivery(stmt *sqlite.Stmt) (d deliveryRow, err error) {
	d.ID, d.Target, d.Entry.Seq = stmt.ColumnInt64(0), stmt.ColumnText(1), uint64(stmt.ColumnInt64(3))
	d.due, d.Tries, d.Since = stmt.ColumnInt64(4), stmt.ColumnInt(5), stmt.ColumnInt64(6)
	stmt.ColumnBytes(2, d.Entry.Person[:])
	if stmt.ColumnLen(2) != len(d.Entry.Person) || stmt.ColumnInt64(7) != d.sum() {
		return d, damaged("what is to be delivered is garbled")
	}
	return d, nil
}

// sum is without the id, which is not known before the row is there.
func (d *deliveryRow) sum() int64 {
	return rowSum(append(d.Entry.Person[:], d.Target...), int64(d.Entry.Seq), d.due, int64(d.Tries), d.Since)
}

// putDelivery has a new entry delivered to a target, at once.
func (w *writer) putDelivery(e *notice.Entry, target string) error {
	d := deliveryRow{notice.Delivery{Target: target, Entry: *e, Since: e.Time}, max(1, e.Time)}
	return exec(w.conn, `INSERT INTO deliveries (target, person, seq, due, tries, since, sum) VALUES (?, ?, ?, ?, 0, ?, ?)`,
		target, e.Person[:], int64(e.Seq), d.due, d.Since, d.sum())
}

// Due returns deliveries that are due at a time, the first due first, at most limit, and
// when the next one after them is; 0: there is none. A damaged one is left out.
func (n *Notices) Due(ctx context.Context, now int64, limit int) (list []notice.Delivery, next int64, err error) {
	err = n.store.read(ctx, func(l *loader) error {
		err := query(l.conn, selectDeliveries+` ORDER BY due, id`, func(stmt *sqlite.Stmt) error {
			d, err := readDelivery(stmt)
			if err != nil {
				return nil
			}
			if d.due > now || len(list) >= limit {
				next = d.due
				return errEnough
			}
			list = append(list, d.Delivery)
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			return err
		}
		for i := range list {
			of := &list[i].Entry
			err := query(l.conn, selectEntries+` WHERE person = ? AND seq = ?`, func(stmt *sqlite.Stmt) error {
				if e, err := readEntry(stmt); err == nil {
					*of = e
				}
				return nil
			}, of.Person[:], int64(of.Seq))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("reading what is to be delivered: %w", explain(err))
	}
	return list, next, nil
}

// Deliver stores what became of deliveries with the next commit, and waits for it. What
// became of one that is not there any more is of no interest.
func (n *Notices) Deliver(ctx context.Context, list []notice.Outcome) error {
	err := n.store.write(ctx, func(w *writer) error {
		for _, o := range list {
			if err := w.deliver(o); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("storing what was delivered: %w", err)
	}
	return nil
}

func (w *writer) deliver(o notice.Outcome) error {
	if o.Done {
		return exec(w.conn, `DELETE FROM deliveries WHERE id = ?`, o.ID)
	}
	var d deliveryRow
	found := false
	err := query(w.conn, selectDeliveries+` WHERE id = ?`, func(stmt *sqlite.Stmt) (err error) {
		d, err = readDelivery(stmt)
		found = err == nil
		return nil
	}, o.ID)
	if err != nil || !found {
		return err
	}
	d.due = max(1, o.Due)
	d.Tries++
	return exec(w.conn, `UPDATE deliveries SET due = ?, tries = ?, sum = ? WHERE id = ?`, d.due, int64(d.Tries), d.sum(), d.ID)
}
