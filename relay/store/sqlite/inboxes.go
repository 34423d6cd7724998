package sqlite

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"zombiezen.com/go/sqlite"

	"edgeboard/relay/store/notice"
)

const (
	// entryPages is about how much of the WAL an entry takes beside its own bytes: pages
	// of the tables and of indexes.
	entryPages = 6 * pageSize
	// deliveryPages is the same of a delivery.
	deliveryPages = 3 * pageSize
	// afterDamage is how far the places of an inbox go on, and its versions, behind what
	// there is of them, where nothing tells any more how far they were.
	afterDamage = 1 << 32
)

// Notices are persons' inboxes, and what of them is to be delivered (notify.Store).
type Notices struct{ store *Store }

// Notices returns those of the store.
func (s *Store) Notices() *Notices { return &Notices{s} }

// Put stores a batch with the next commit. done is called from the committing goroutine.
// Nothing of it must be changed before that.
func (n *Notices) Put(b notice.Batch, done func([]notice.Change, error)) {
	var changes []notice.Change // those of the last attempt
	write := func(w *writer) (err error) {
		changes, err = w.putNotices(&b)
		return err
	}
	n.store.put(request{talk: &talkWrite{write, noticesSize(&b)}, done: func(err error) {
		if err != nil {
			done(nil, fmt.Errorf("storing entries of inboxes: %w", err))
			return
		}
		done(changes, nil)
	}})
}

func noticesSize(b *notice.Batch) (size int) {
	for i := range b.Put {
		size += len(b.Put[i].Data) + entryPages + len(b.Put[i].Targets)*deliveryPages
	}
	return size
}

// inboxRow is how an inbox stands.
type inboxRow struct {
	person                      [16]byte
	last, held, unread, version int64
}

const selectInboxes = `SELECT person, last, held, unread, version, sum FROM inboxes`

// readInbox reads a row of selectInboxes.
func readInbox(stmt *sqlite.Stmt) (r inboxRow, err error) {
	r.last, r.held, r.unread, r.version = stmt.ColumnInt64(1), stmt.ColumnInt64(2), stmt.ColumnInt64(3), stmt.ColumnInt64(4)
	stmt.ColumnBytes(0, r.person[:])
	if stmt.ColumnLen(0) != len(r.person) || stmt.ColumnInt64(5) != r.sum() {
		return r, damaged("how an inbox stands is garbled")
	}
	return r, nil
}

func (r *inboxRow) sum() int64 { return rowSum(r.person[:], r.last, r.held, r.unread, r.version) }

func (r *inboxRow) standing() notice.Standing {
	return notice.Standing{Unread: int(max(r.unread, 0)), Last: uint64(r.last), Version: uint64(r.version)}
}

// findInbox returns how an inbox stands, also if there is none. A damaged row is made
// anew: no message could be stored otherwise that has to do with the person.
func findInbox(c *sqlite.Conn, person [16]byte) (r inboxRow, err error) {
	found, garbled := false, false
	err = query(c, selectInboxes+` WHERE person = ?`, func(stmt *sqlite.Stmt) (err error) {
		r, err = readInbox(stmt)
		found, garbled = err == nil, err != nil
		return nil
	}, person[:])
	if err != nil || found {
		return r, err
	}
	r = inboxRow{person: person}
	err = query(c, `SELECT count(*), count(CASE WHEN read = 0 THEN 1 END), coalesce(max(seq), 0) FROM entries WHERE person = ?`, func(stmt *sqlite.Stmt) error {
		r.held, r.unread, r.last = stmt.ColumnInt64(0), stmt.ColumnInt64(1), stmt.ColumnInt64(2)
		return nil
	}, person[:])
	if garbled || r.held > 0 {
		r.last, r.version = r.last+afterDamage, afterDamage
	}
	return r, err
}

func (w *writer) putInbox(r *inboxRow) error {
	return exec(w.conn, `INSERT OR REPLACE INTO inboxes (person, last, held, unread, version, sum) VALUES (?, ?, ?, ?, ?, ?)`,
		r.person[:], r.last, r.held, r.unread, r.version, r.sum())
}

const selectEntries = `SELECT person, seq, source, talk, stamp, time, read, sum, data FROM entries`

// readEntry reads a row of selectEntries. Of one that is damaged nothing is certain.
func readEntry(stmt *sqlite.Stmt) (e notice.Entry, err error) {
	e = notice.Entry{
		Seq: uint64(stmt.ColumnInt64(1)), Talk: stmt.ColumnText(3), Stamp: uint64(stmt.ColumnInt64(4)), Time: stmt.ColumnInt64(5),
		Read: stmt.ColumnInt64(6) == 1, Data: columnBytes(stmt, 8),
	}
	stmt.ColumnBytes(0, e.Person[:])
	stmt.ColumnBytes(2, e.Source[:])
	if stmt.ColumnLen(0) != len(e.Person) || stmt.ColumnLen(2) != len(e.Source) || stmt.ColumnInt64(7) != entrySum(&e) {
		return e, damaged("an entry of an inbox is garbled")
	}
	return e, nil
}

// readBit is that of the sum of an entry that says that it was read: to read many is one
// statement, which knows nothing of checksums.
const readBit = 1 << 32

func entrySum(e *notice.Entry) int64 {
	sum := rowSum(slices.Concat(e.Person[:], e.Source[:], []byte(e.Talk), e.Data), int64(e.Seq), int64(e.Stamp), e.Time, int64(len(e.Talk)))
	if e.Read {
		sum |= readBit
	}
	return sum
}

// inboxes are those that a batch changes.
type inboxes struct {
	w       *writer
	changes []*inboxChange
	of      map[[16]byte]*inboxChange
}

// inboxChange is one of them as it is going to be, and what is new in it, or other.
type inboxChange struct {
	inboxRow
	entries map[uint64]notice.Entry // by their places
	gone    []uint64
}

// putNotices writes a batch, and returns what it has changed.
func (w *writer) putNotices(b *notice.Batch) (changes []notice.Change, err error) {
	all := inboxes{w: w, of: map[[16]byte]*inboxChange{}}
	for i := range b.Put {
		if err := all.put(&b.Put[i]); err != nil {
			return nil, err
		}
	}
	for _, source := range b.Gone {
		if err := all.remove(source); err != nil {
			return nil, err
		}
	}
	for _, c := range all.changes {
		c.version++
		if err := w.putInbox(&c.inboxRow); err != nil {
			return nil, err
		}
		change := notice.Change{Person: c.person, Gone: c.gone, Standing: c.standing()}
		for _, e := range c.entries {
			change.Entries = append(change.Entries, e)
		}
		slices.SortFunc(change.Entries, func(a, b notice.Entry) int { return cmp.Compare(a.Seq, b.Seq) })
		slices.Sort(change.Gone)
		changes = append(changes, change)
	}
	return changes, nil
}

// change returns an inbox that is going to be changed.
func (b *inboxes) change(person [16]byte) (*inboxChange, error) {
	c := b.of[person]
	if c == nil {
		row, err := findInbox(b.w.conn, person)
		if err != nil {
			return nil, err
		}
		c = &inboxChange{inboxRow: row, entries: map[uint64]notice.Entry{}}
		b.of[person] = c
		b.changes = append(b.changes, c)
	}
	return c, nil
}

func (b *inboxes) put(p *notice.Put) error {
	e, found, garbled := p.Entry, false, false
	err := query(b.w.conn, selectEntries+` WHERE source = ? AND person = ?`, func(stmt *sqlite.Stmt) (err error) {
		e, err = readEntry(stmt)
		found, garbled = true, err != nil
		return nil
	}, p.Source[:], p.Person[:])
	if err != nil || garbled || p.Edit && !found || found && bytes.Equal(e.Data, p.Data) {
		return err // one that is damaged stays as it is
	}
	c, err := b.change(p.Person)
	if err != nil {
		return err
	}
	if e.Data = p.Data; e.Data == nil {
		e.Data = []byte{}
	}
	if found {
		c.entries[e.Seq] = e
		return exec(b.w.conn, `UPDATE entries SET sum = ?, data = ? WHERE person = ? AND seq = ?`, entrySum(&e), e.Data, e.Person[:], int64(e.Seq))
	}
	c.last++
	c.held++
	c.unread++
	e.Seq, e.Read = uint64(c.last), false
	c.entries[e.Seq] = e
	// What could be in its place is damaged.
	err = exec(b.w.conn, `INSERT OR REPLACE INTO entries (person, seq, source, talk, stamp, time, read, sum, data) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)`,
		e.Person[:], int64(e.Seq), e.Source[:], e.Talk, int64(e.Stamp), e.Time, entrySum(&e), e.Data)
	if err != nil {
		return err
	}
	for _, target := range p.Targets {
		if err := b.w.putDelivery(&e, target); err != nil {
			return err
		}
	}
	if c.held > b.w.mostEntries {
		return b.drop(`SELECT person, seq, read FROM entries WHERE person = ? ORDER BY seq LIMIT ?`, e.Person[:], c.held-b.w.mostEntries)
	}
	return nil
}

// remove removes the entries of a source.
func (b *inboxes) remove(source [16]byte) error {
	return b.drop(`SELECT person, seq, read FROM entries WHERE source = ?`, source[:])
}

// drop removes what a statement selects.
func (b *inboxes) drop(statement string, args ...any) error {
	type place struct {
		person [16]byte
		seq    int64
		unread bool
	}
	var places []place
	err := query(b.w.conn, statement, func(stmt *sqlite.Stmt) error {
		p := place{seq: stmt.ColumnInt64(1), unread: stmt.ColumnInt64(2) == 0}
		stmt.ColumnBytes(0, p.person[:])
		if stmt.ColumnLen(0) == len(p.person) { // otherwise it is damaged, and nobody's
			places = append(places, p)
		}
		return nil
	}, args...)
	if err != nil {
		return err
	}
	for _, p := range places {
		c, err := b.change(p.person)
		if err != nil {
			return err
		}
		if err := b.w.removeEntry(p.person[:], p.seq); err != nil {
			return err
		}
		c.held--
		if p.unread {
			c.unread--
		}
		delete(c.entries, uint64(p.seq))
		c.gone = append(c.gone, uint64(p.seq))
	}
	return nil
}

// removeEntry removes an entry, and its deliveries.
func (w *writer) removeEntry(person []byte, seq int64) error {
	w.since += entryPages
	if err := exec(w.conn, `DELETE FROM deliveries WHERE person = ? AND seq = ?`, person, seq); err != nil {
		return err
	}
	return exec(w.conn, `DELETE FROM entries WHERE person = ? AND seq = ?`, person, seq)
}

// Page returns entries, the last one first, whether there are more before them, how many
// it leaves out because they are damaged, and how the inbox stands.
func (n *Notices) Page(ctx context.Context, person [16]byte, q notice.Query) (page []notice.Entry, more bool, garbled int, now notice.Standing, err error) {
	before := int64(min(q.Before, math.MaxInt64))
	if before == 0 {
		before = math.MaxInt64
	}
	statement := selectEntries + ` WHERE person = ? AND seq < ? ORDER BY seq DESC`
	if q.Unread {
		statement = selectEntries + ` INDEXED BY entries_unread WHERE person = ? AND seq < ? AND read = 0 ORDER BY seq DESC`
	}
	err = n.store.read(ctx, func(l *loader) error {
		row, err := findInbox(l.conn, person)
		if err != nil {
			return err
		}
		now = row.standing()
		err = query(l.conn, statement, func(stmt *sqlite.Stmt) error {
			e, err := readEntry(stmt)
			if err != nil || e.Person != person || q.Unread && e.Read { // if not the entry, it is the index
				garbled++
				return nil
			}
			if more = len(page) >= q.Limit; more {
				return errEnough
			}
			page = append(page, e)
			return nil
		}, person[:], before)
		if errors.Is(err, errEnough) {
			err = nil
		}
		return err
	})
	if err != nil {
		return nil, false, 0, notice.Standing{}, fmt.Errorf("reading an inbox: %w", explain(err))
	}
	return page, more, garbled, now, nil
}

// checkInboxes reads all rows of inboxes.
func checkInboxes(c *sqlite.Conn) error {
	n := 0
	count := func(_ notice.Entry, err error) error {
		if err != nil {
			n++
		}
		return nil
	}
	err := query(c, selectEntries, func(stmt *sqlite.Stmt) error { return count(readEntry(stmt)) })
	if err == nil && n > 0 {
		err = damaged(fmt.Sprintf("%d entries of inboxes are garbled", n))
	}
	return errors.Join(err,
		query(c, selectInboxes, func(stmt *sqlite.Stmt) error { _, err := readInbox(stmt); return err }),
		query(c, `SELECT 1 FROM (SELECT person, count(*) AS n, count(CASE WHEN read = 0 THEN 1 END) AS u FROM entries GROUP BY person)
			FULL JOIN inboxes USING (person) WHERE held IS NOT coalesce(n, 0) OR unread IS NOT coalesce(u, 0) LIMIT 1`,
			func(*sqlite.Stmt) error { return damaged("an inbox has other entries than were counted") }),
		query(c, selectDeliveries, func(stmt *sqlite.Stmt) error { _, err := readDelivery(stmt); return err }))
}
