package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"zombiezen.com/go/sqlite"

	"edgeboard/relay/store/message"
	"edgeboard/relay/store/notice"
)

const (
	// keptRows and keptBytes bound the parts in which a store says what it has.
	keptRows  = 500
	keptBytes = 128 << 10
)

// Kept calls each with all that the store has of conversations and inboxes, in parts:
// Steps that make another store have it. What is written meanwhile may be missing.
func (s *Steps) Kept(ctx context.Context, each func(message.Step) error) error {
	k := kept{func(f func(*loader) error) error { return s.store.read(ctx, f) }, each, false}
	return k.all()
}

// Whole is Kept as all of it is at one time: begin is told first the At of the last Step
// of a journal that was stored then, 0: there is none. ErrStep: what was spooled is not
// taken back. ErrCorrupt: something is damaged, and would be missing. The file's log grows
// until it returns.
func (s *Steps) Whole(ctx context.Context, journal string, begin func(at uint64) error, each func(message.Step) error) error {
	return s.store.reader(ctx, func(c *sqlite.Conn) error {
		l := &loader{store: s.store, conn: c, ctx: ctx}
		if err := exec(c, "BEGIN"); err != nil {
			return explain(err)
		}
		defer func() { _ = exec(c, "ROLLBACK") }() // nothing was written
		row, err := readJournal(c)
		if err != nil {
			return explain(err)
		}
		if row.name != journal {
			row.at = 0
		}
		spooled := false
		if err := query(c, `SELECT 1 FROM spooled LIMIT 1`, func(*sqlite.Stmt) error { spooled = true; return nil }); err != nil {
			return explain(err)
		}
		if spooled {
			return fmt.Errorf("what was spooled is there: %w", ErrStep)
		}
		if err := begin(uint64(row.at)); err != nil {
			return err
		}
		k := kept{func(f func(*loader) error) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return f(l)
		}, each, true}
		return k.all()
	})
}

// kept is how each is told what a store has. What is damaged is left out, or, if whole is
// true, ends it.
type kept struct {
	read  func(func(*loader) error) error
	each  func(message.Step) error
	whole bool
}

// without returns what to do about a row that is damaged.
func (k *kept) without(err error) error {
	if k.whole {
		return err
	}
	return nil
}

func (k *kept) all() error {
	for after := ""; ; {
		t, err := k.nextTalk(after)
		if err != nil {
			return fmt.Errorf("reading conversations: %w", explain(err))
		}
		if t.id == 0 {
			break
		}
		after = t.key
		if err := k.talk(t); err != nil {
			return err
		}
	}
	for after := []byte(nil); ; {
		row, err := k.nextInbox(after)
		if err != nil {
			return fmt.Errorf("reading inboxes: %w", explain(err))
		}
		if row == nil {
			return nil
		}
		after = row.person[:]
		if err := k.inbox(row); err != nil {
			return err
		}
	}
}

func (k *kept) nextTalk(after string) (t talkRow, err error) {
	err = k.read(func(l *loader) error {
		return query(l.conn, `SELECT id, key, clock, last, changed, sum FROM talks WHERE key > ? ORDER BY key LIMIT 1`, func(stmt *sqlite.Stmt) (err error) {
			t, err = readTalk(stmt)
			return err
		}, after)
	})
	return t, err
}

// talk says what there is of one conversation.
func (k *kept) talk(t talkRow) error {
	head := message.Kept{Key: t.key, Clock: uint64(t.clock), Last: uint64(t.last), Changed: uint64(t.changed)}
	part := head
	size := 0
	flush := func() error {
		p := part
		part, size = head, 0
		return k.each(message.Step{Talk: &p})
	}
	err := k.read(func(l *loader) error {
		return query(l.conn, `SELECT person, talk, other, read, sum FROM sides WHERE talk = ? AND other <> x''`, func(stmt *sqlite.Stmt) error {
			side, err := readSide(stmt, 0)
			if err != nil {
				return err
			}
			name, err := l.name(side.person)
			part.Persons, part.Names = append(part.Persons, side.person), append(part.Names, name)
			return err
		}, t.id)
	})
	if err != nil {
		return fmt.Errorf("reading conversation %.80q: %w", t.key, explain(err))
	}
	head.Persons, head.Names = part.Persons, part.Names
	after := int64(0)
	for more := true; more; {
		var list []Message
		more = false
		err := k.read(func(l *loader) error {
			list = nil
			err := query(l.conn, `SELECT `+messageColumns+` FROM messages WHERE talk = ? AND stamp > ? ORDER BY stamp`, func(stmt *sqlite.Stmt) error {
				one, _, err := readMessage(stmt)
				if err != nil {
					return k.without(err)
				}
				if size += len(one.Data); len(list) == keptRows || len(list) > 0 && size > keptBytes {
					more = true
					return errEnough
				}
				after = int64(one.Stamp)
				list = append(list, one)
				return nil
			}, t.id, after)
			if errors.Is(err, errEnough) {
				err = nil
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("reading conversation %.80q: %w", t.key, explain(err))
		}
		if part.Messages = list; more {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	var changes [][16]byte
	var stamps []uint64
	var marks []message.Mark
	err = k.read(func(l *loader) error {
		changes, stamps, marks = nil, nil, nil
		err := query(l.conn, `SELECT id, stamp FROM changes WHERE talk = ? ORDER BY n`, func(stmt *sqlite.Stmt) error {
			if stmt.ColumnLen(0) != 16 {
				return k.without(damaged("the ID of a change is garbled"))
			}
			changes, stamps = append(changes, [16]byte(columnBytes(stmt, 0))), append(stamps, uint64(stmt.ColumnInt64(1)))
			return nil
		}, t.id)
		if err != nil {
			return err
		}
		return query(l.conn, `SELECT person, talk, other, read, sum FROM sides WHERE talk = ? AND read > 0 ORDER BY person`, func(stmt *sqlite.Stmt) error {
			side, err := readSide(stmt, 0)
			marks = append(marks, message.Mark{Person: side.person, Stamp: uint64(side.read)})
			return err
		}, t.id)
	})
	if err != nil {
		return fmt.Errorf("reading conversation %.80q: %w", t.key, explain(err))
	}
	for some := range slices.Chunk(changes, keptRows) {
		part.Changes, part.Stamps, stamps = some, stamps[:len(some)], stamps[len(some):]
		if err := flush(); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(marks, keptRows) {
		part.Marks = some
		if err := flush(); err != nil {
			return err
		}
	}
	return nil
}

func (k *kept) nextInbox(after []byte) (row *inboxRow, err error) {
	if after == nil {
		after = []byte{}
	}
	err = k.read(func(l *loader) error {
		return query(l.conn, selectInboxes+` WHERE person > ? ORDER BY person LIMIT 1`, func(stmt *sqlite.Stmt) error {
			r, err := readInbox(stmt)
			row = &r
			return err
		}, after)
	})
	return row, err
}

// inbox says what there is of an inbox, and first what of it is to be delivered.
func (k *kept) inbox(row *inboxRow) error {
	var due []message.Due
	err := k.read(func(l *loader) error {
		due = nil
		return query(l.conn, selectDeliveries+` WHERE person = ? ORDER BY id`, func(stmt *sqlite.Stmt) error {
			d, err := readDelivery(stmt)
			if err != nil {
				return k.without(err)
			}
			due = append(due, message.Due{Target: d.Target, Seq: d.Entry.Seq, At: d.due, Tries: d.Tries, Since: d.Since})
			return nil
		}, row.person[:])
	})
	if err != nil {
		return fmt.Errorf("reading what is to be delivered: %w", explain(err))
	}
	for len(due) > keptRows {
		some := due[:keptRows]
		due = due[keptRows:]
		if err := k.each(message.Step{Inbox: &message.KeptInbox{Person: row.person, Standing: row.standing(), Due: some}}); err != nil {
			return err
		}
	}
	after := int64(0)
	for more := true; more; {
		part := message.KeptInbox{Person: row.person, Standing: row.standing(), Due: due}
		due = nil
		more = false
		err := k.read(func(l *loader) error {
			part.Entries = nil
			size := 0
			err := query(l.conn, selectEntries+` WHERE person = ? AND seq > ? ORDER BY seq`, func(stmt *sqlite.Stmt) error {
				e, err := readEntry(stmt)
				if err != nil {
					return k.without(err)
				}
				if size += len(e.Data); len(part.Entries) == keptRows || len(part.Entries) > 0 && size > keptBytes {
					more = true
					return errEnough
				}
				after = int64(e.Seq)
				part.Entries = append(part.Entries, e)
				return nil
			}, row.person[:], after)
			if errors.Is(err, errEnough) {
				err = nil
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("reading an inbox: %w", explain(err))
		}
		if err := k.each(message.Step{Inbox: &part}); err != nil {
			return err
		}
	}
	return nil
}

// keepTalk takes a part of a conversation as another store has it. Of a message the later
// one counts; of two that are as late the one that comes last, on all relays.
func (w *writer) keepTalk(k *message.Kept, text func([]byte) string) error {
	t, err := findTalk(w.conn, k.Key)
	if err != nil {
		return err
	}
	var lacks []Message
	least := uint64(math.MaxInt64)
	for _, one := range k.Messages {
		changed, same := int64(-1), false
		err := query(w.conn, `SELECT `+messageColumns+` FROM messages WHERE talk = ? AND id = ?`, func(stmt *sqlite.Stmt) error {
			have, _, err := readMessage(stmt)
			if err == nil {
				changed, same = int64(have.Changed), bytes.Equal(have.Data, one.Data)
			}
			return nil
		}, t.id, one.ID[:])
		if err != nil {
			return err
		}
		if changed > int64(one.Changed) || same {
			continue
		}
		one.Retext = true
		if lacks = append(lacks, one); changed < 0 {
			least = min(least, one.Stamp)
		}
	}
	err = w.putMessages(MessageChange{Key: k.Key, Messages: withTexts(lacks, text), Changes: k.Changes, Clock: k.Clock, Persons: k.Persons, Names: k.Names})
	if err != nil {
		return err
	}
	if int64(least) < t.last {
		if err := w.rekey(k.Key, int64(least), text); err != nil {
			return err
		}
	}
	if t, err = findTalk(w.conn, k.Key); err != nil {
		return err
	}
	if len(k.Stamps) == len(k.Changes) { // older relays do not tell
		for i, id := range k.Changes {
			if err := exec(w.conn, `UPDATE changes SET stamp = min(stamp, ?) WHERE talk = ? AND id = ?`, int64(k.Stamps[i]), t.id, id[:]); err != nil {
				return err
			}
		}
	}
	t.last, t.changed = max(t.last, int64(k.Last)), max(t.changed, int64(k.Changed))
	if err := exec(w.conn, `UPDATE talks SET last = ?, changed = ?, sum = ? WHERE id = ?`, t.last, t.changed, t.sum(), t.id); err != nil {
		return err
	}
	for _, m := range k.Marks {
		if _, err := w.mark(k.Key, m.Person, int64(m.Stamp)); err != nil {
			return err
		}
	}
	return nil
}

// rekey puts the rows of a conversation from a stamp on into the order of their stamps,
// which is also that in which they are found.
func (w *writer) rekey(talk string, from int64, text func([]byte) string) error {
	t, err := findTalk(w.conn, talk)
	if err != nil {
		return err
	}
	var keys []int64
	var list []Message
	err = query(w.conn, `SELECT `+messageColumns+` FROM messages WHERE talk = ? AND stamp >= ? ORDER BY stamp`, func(stmt *sqlite.Stmt) error {
		one, _, err := readMessage(stmt)
		if err != nil {
			return nil // it is damaged, and stays where it is
		}
		one.Retext = true
		keys, list = append(keys, stmt.ColumnInt64(0)), append(list, one)
		return nil
	}, t.id, from)
	if err != nil || slices.IsSorted(keys) {
		return err
	}
	for _, key := range keys {
		if err := w.unindex(key); err != nil {
			return err
		}
	}
	// The greatest key goes last, as the next one is one more than the greatest.
	next := int64(0)
	if err := query(w.conn, `SELECT max(key) FROM messages`, func(stmt *sqlite.Stmt) error { next = stmt.ColumnInt64(0); return nil }); err != nil {
		return err
	}
	for _, key := range keys {
		if err := exec(w.conn, `DELETE FROM messages WHERE key = ?`, key); err != nil {
			return err
		}
	}
	for _, one := range withTexts(list, text) {
		next++
		if err := w.insertMessage(next, t.id, &one); err != nil {
			return err
		}
		w.since += messagePages
	}
	return nil
}

// keepInbox takes a part of an inbox as another store has it. Of two that differ the one
// with the greater version counts; of two of the same the one that comes last, on all
// relays.
func (w *writer) keepInbox(k *message.KeptInbox) error {
	row, err := findInbox(w.conn, k.Person)
	if err != nil {
		return err
	}
	later := int64(k.Version) >= row.version
	for i := range k.Entries {
		e := &k.Entries[i]
		var have notice.Entry
		found := false
		err := query(w.conn, selectEntries+` WHERE person = ? AND (seq = ? OR source = ?)`, func(stmt *sqlite.Stmt) (err error) {
			found = true
			have, err = readEntry(stmt)
			return err
		}, k.Person[:], int64(e.Seq), e.Source[:])
		switch {
		case err != nil:
			return err
		case found && have.Seq == e.Seq && have.Source == e.Source:
			if e.Read = e.Read || have.Read; !later {
				e.Data = have.Data
			}
		case found && !later:
			continue
		}
		if e.Data == nil {
			e.Data = []byte{}
		}
		read := int64(0)
		if e.Read {
			read = 1
		}
		err = exec(w.conn, `INSERT OR REPLACE INTO entries (person, seq, source, talk, stamp, time, read, sum, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			e.Person[:], int64(e.Seq), e.Source[:], e.Talk, int64(e.Stamp), e.Time, read, entrySum(e), e.Data)
		if err != nil {
			return err
		}
	}
	for i := range k.Due {
		d := &k.Due[i]
		// It may be the part that comes twice.
		if err := exec(w.conn, `DELETE FROM deliveries WHERE person = ? AND seq = ? AND target = ?`, k.Person[:], int64(d.Seq), d.Target); err != nil {
			return err
		}
		r := deliveryRow{notice.Delivery{Target: d.Target, Tries: d.Tries, Since: d.Since, Entry: notice.Entry{Person: k.Person, Seq: d.Seq}}, d.At}
		err := exec(w.conn, `INSERT INTO deliveries (target, person, seq, due, tries, since, sum) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			d.Target, k.Person[:], int64(d.Seq), d.At, int64(d.Tries), d.Since, r.sum())
		if err != nil {
			return err
		}
	}
	row.last, row.version = max(row.last, int64(k.Last)), max(row.version, int64(k.Version))
	err = query(w.conn, `SELECT count(*), count(CASE WHEN read = 0 THEN 1 END) FROM entries WHERE person = ?`, func(stmt *sqlite.Stmt) error {
		row.held, row.unread = stmt.ColumnInt64(0), stmt.ColumnInt64(1)
		return nil
	}, k.Person[:])
	if err != nil {
		return err
	}
	return w.putInbox(&row)
}
