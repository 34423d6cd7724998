package sqlite

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"slices"

	"zombiezen.com/go/sqlite"

	"edgeboard/relay/store/message"
	"edgeboard/relay/store/notice"
)

const (
	// forgetMessages is how many messages are removed in one commit.
	forgetMessages = 100
	// unreadScan is of how many messages of a board it is looked whether they are unread,
	// and privateScan of how many of each conversation of two: who has said many more
	// itself since it read the last is told of fewer than there are.
	unreadScan  = 20_000
	privateScan = 2_000
	// messagePages is about how much of the WAL a message takes beside its own bytes:
	// pages of the table and of indexes.
	messagePages = 8 * pageSize
)

// What the methods of Messages take and return.
type (
	Message       = message.Message
	MessageChange = message.Change
	MessageQuery  = message.Query
	Standing      = message.Standing
)

// Messages are what people say to each other, by conversation (talk.Store).
type Messages struct{ store *Store }

// Messages returns those of the store.
func (s *Store) Messages() *Messages { return &Messages{s} }

// talkWrite is what is written of conversations and inboxes.
type talkWrite struct {
	write func(*writer) error // may be called again, after what it did was taken back
	bytes int
}

// talkRow is a conversation.
type talkRow struct {
	id                   int64
	key                  string
	clock, last, changed int64
}

const selectTalk = `SELECT id, key, clock, last, changed, sum FROM talks WHERE key = ?`

// readTalk reads a row of selectTalk, or one that has its columns first.
func readTalk(stmt *sqlite.Stmt) (talkRow, error) {
	r := talkRow{stmt.ColumnInt64(0), stmt.ColumnText(1), stmt.ColumnInt64(2), stmt.ColumnInt64(3), stmt.ColumnInt64(4)}
	if stmt.ColumnInt64(5) != r.sum() {
		return talkRow{}, damaged(fmt.Sprintf("conversation %.80q is garbled", r.key))
	}
	return r, nil
}

func (r talkRow) sum() int64 { return rowSum(r.key, r.id, r.clock, r.last, r.changed) }

// rowSum is the checksum of a row of numbers and one text or blob.
func rowSum[T string | []byte](data T, numbers ...int64) int64 {
	var head []byte
	for _, n := range numbers {
		head = binary.BigEndian.AppendUint64(head, uint64(n))
	}
	return int64(crc32.Checksum(append(head, data...), castagnoli))
}

// findTalk returns a conversation, one without an id if there is none of the key.
func findTalk(c *sqlite.Conn, key string) (r talkRow, err error) {
	err = query(c, selectTalk, func(stmt *sqlite.Stmt) (err error) {
		r, err = readTalk(stmt)
		return err
	}, key)
	return r, err
}

const messageColumns = `key, talk, stamp, changed, id, author, gone, sum, data`

// errGarbled is of one message.
var errGarbled = damaged("a message is garbled")

// readMessage reads a row of messageColumns. errGarbled: the message is damaged, and so
// may be all that is returned of it.
func readMessage(stmt *sqlite.Stmt) (m Message, talk int64, err error) {
	talk = stmt.ColumnInt64(1)
	m.Stamp, m.Changed = uint64(stmt.ColumnInt64(2)), uint64(stmt.ColumnInt64(3))
	m.Gone = stmt.ColumnInt64(6) != 0
	m.Data = columnBytes(stmt, 8)
	if stmt.ColumnLen(4) != len(m.ID) || stmt.ColumnLen(5) != len(m.Author) {
		return m, talk, errGarbled
	}
	stmt.ColumnBytes(4, m.ID[:])
	stmt.ColumnBytes(5, m.Author[:])
	if stmt.ColumnInt64(7) != messageSum(talk, &m) {
		err = errGarbled
	}
	return m, talk, err
}

func columnBytes(stmt *sqlite.Stmt, i int) []byte {
	b := make([]byte, stmt.ColumnLen(i))
	stmt.ColumnBytes(i, b)
	return b
}

func messageSum(talk int64, m *Message) int64 {
	head := slices.Concat(m.ID[:], m.Author[:])
	return rowSum(append(head, m.Data...), talk, int64(m.Stamp), int64(m.Changed), gone(m))
}

func gone(m *Message) int64 {
	if m.Gone {
		return 1
	}
	return 0
}

// Load returns those of ids that are messages of a conversation, those that are of its
// changes or of messages that are damaged, and its greatest stamp.
func (m *Messages) Load(ctx context.Context, key string, ids [][16]byte) (messages []Message, changes [][16]byte, clock uint64, err error) {
	err = m.store.read(ctx, func(l *loader) error {
		t, err := findTalk(l.conn, key)
		if err != nil || t.id == 0 {
			return err
		}
		clock = uint64(t.clock)
		for _, id := range ids {
			err := query(l.conn, `SELECT `+messageColumns+` FROM messages WHERE talk = ? AND id = ?`, func(stmt *sqlite.Stmt) error {
				if one, _, err := readMessage(stmt); err == nil {
					messages = append(messages, one)
				} else {
					changes = append(changes, id)
				}
				return nil
			}, t.id, id[:])
			if err != nil {
				return err
			}
			err = query(l.conn, `SELECT 1 FROM changes WHERE talk = ? AND id = ?`, func(*sqlite.Stmt) error {
				changes = append(changes, id)
				return nil
			}, t.id, id[:])
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, 0, fmt.Errorf("reading conversation %.80q: %w", key, explain(err))
	}
	return messages, changes, clock, nil
}

// Put stores a change with the next commit, with what becomes of inboxes. Noticed, if
// one of these is another then, and done are called from the committing goroutine.
// Nothing of it must be changed before that.
func (m *Messages) Put(c MessageChange, done func(error)) {
	size := 0
	for i := range c.Messages {
		size += len(c.Messages[i].Data) + messagePages
	}
	var changes []notice.Change // those of the last attempt
	write := func(w *writer) (err error) {
		if err := w.putMessages(c); err != nil {
			return err
		}
		changes, err = w.putNotices(&c.Notices)
		return err
	}
	m.store.put(request{talk: &talkWrite{write, size + noticesSize(&c.Notices)}, done: func(err error) {
		if err != nil {
			err = fmt.Errorf("storing messages of conversation %.80q: %w", c.Key, err)
		} else if len(changes) > 0 && c.Noticed != nil {
			c.Noticed(changes)
		}
		done(err)
	}})
}

func (w *writer) putMessages(c MessageChange) error {
	t, err := findTalk(w.conn, c.Key)
	if err != nil {
		return err
	}
	if t.id == 0 {
		t.key = c.Key
		if err := exec(w.conn, `INSERT INTO talks (key, clock, last, changed, sum) VALUES (?, 0, 0, 0, 0)`, t.key); err != nil {
			return err
		}
		t.id = w.conn.LastInsertRowID()
	}
	for i := range c.Messages {
		one := &c.Messages[i]
		if one.Stamp <= c.Base && one.Changed > one.Stamp {
			// It was forgotten since the Change was made: it does not come back.
			if found, err := w.hasMessage(t.id, one.ID); err != nil || !found {
				if err != nil {
					return err
				}
				continue
			}
		}
		if err := w.putMessage(t.id, one); err != nil {
			return err
		}
		t.last, t.changed = max(t.last, int64(one.Stamp)), max(t.changed, int64(one.Changed))
	}
	t.clock = max(t.clock, int64(c.Clock))
	for _, id := range c.Changes {
		if err := exec(w.conn, `INSERT INTO changes (talk, id, stamp) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, t.id, id[:], t.clock); err != nil {
			return err
		}
	}
	for i, p := range c.Persons {
		if err := w.putSide(side{p, t.id, c.Persons[1-i][:], 0}, `ON CONFLICT DO NOTHING`); err != nil {
			return err
		}
		conflict := `ON CONFLICT DO NOTHING`
		if c.Names[i] != "" {
			conflict = `ON CONFLICT DO UPDATE SET name = excluded.name, sum = excluded.sum WHERE name <> excluded.name`
		}
		if err := exec(w.conn, `INSERT INTO persons (person, name, sum) VALUES (?, ?, ?) `+conflict, p[:], c.Names[i], nameSum(p, c.Names[i])); err != nil {
			return err
		}
	}
	return exec(w.conn, `UPDATE talks SET clock = ?, last = ?, changed = ?, sum = ? WHERE id = ?`, t.clock, t.last, t.changed, t.sum(), t.id)
}

func (w *writer) hasMessage(talk int64, id [16]byte) (found bool, err error) {
	err = query(w.conn, `SELECT 1 FROM messages WHERE talk = ? AND id = ?`, func(*sqlite.Stmt) error { found = true; return nil }, talk, id[:])
	return found, err
}

// putMessage writes a message, in the place of the one of its ID.
func (w *writer) putMessage(talk int64, m *Message) error {
	key, found := int64(0), false
	err := query(w.conn, `SELECT key FROM messages WHERE talk = ? AND id = ?`, func(stmt *sqlite.Stmt) error {
		key, found = stmt.ColumnInt64(0), true
		return nil
	}, talk, m.ID[:])
	if err != nil {
		return err
	}
	if found {
		err = exec(w.conn, `UPDATE messages SET changed = ?, gone = ?, sum = ?, data = ? WHERE key = ?`,
			int64(m.Changed), gone(m), messageSum(talk, m), m.Data, key)
	} else {
		err = exec(w.conn, `INSERT INTO messages (talk, stamp, changed, id, author, gone, sum, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			talk, int64(m.Stamp), int64(m.Changed), m.ID[:], m.Author[:], gone(m), messageSum(talk, m), m.Data)
		key = w.conn.LastInsertRowID()
	}
	if err != nil || !m.Retext {
		return err
	}
	if found {
		if err := w.unindex(key); err != nil {
			return err
		}
	}
	return w.index(key, talk, m)
}

// insertMessage writes a message that is not there, under a key.
func (w *writer) insertMessage(key, talk int64, m *Message) error {
	err := exec(w.conn, `INSERT INTO messages (key, talk, stamp, changed, id, author, gone, sum, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		key, talk, int64(m.Stamp), int64(m.Changed), m.ID[:], m.Author[:], gone(m), messageSum(talk, m), m.Data)
	if err != nil {
		return err
	}
	return w.index(key, talk, m)
}

// index makes that a message is found by its text.
func (w *writer) index(key, talk int64, m *Message) error {
	if m.Text == "" {
		return nil
	}
	if err := exec(w.conn, `INSERT INTO messages_text (rowid, talk, text) VALUES (?, ?, ?)`, key, talkTrigram(talk), searchable(m.Text)); err != nil {
		return err
	}
	return exec(w.conn, `INSERT INTO messages_grams (rowid, grams) VALUES (?, ?)`, key, grams(talk, m.Text))
}

// unindex makes that a message is not found by its text.
func (w *writer) unindex(key int64) error {
	if err := exec(w.conn, `DELETE FROM messages_text WHERE rowid = ?`, key); err != nil {
		return err
	}
	return exec(w.conn, `DELETE FROM messages_grams WHERE rowid = ?`, key)
}

// Page returns the messages that a query asks for, and how many it leaves out because
// they are damaged.
func (m *Messages) Page(ctx context.Context, key string, q MessageQuery) (page []Message, more bool, garbled int, err error) {
	gate := &m.store.gate
	if q.Find != "" {
		gate = &m.store.searching
	}
	err = m.store.readUnder(ctx, gate, func(l *loader) error {
		t, err := findTalk(l.conn, key)
		if err != nil || t.id == 0 {
			return err
		}
		size := 0
		each := func(stmt *sqlite.Stmt) error {
			one, talk, err := readMessage(stmt)
			if err != nil || talk != t.id { // if not the message, it is the index
				garbled++
				return nil
			}
			if q.Holds != nil && !q.Holds(one.Data) {
				return nil
			}
			size += len(one.Data)
			if more = len(page) >= q.Limit || len(page) > 0 && size > q.Bytes; more {
				return errEnough
			}
			page = append(page, one)
			return nil
		}
		stamp := int64(min(q.Stamp, math.MaxInt64))
		if q.Find != "" {
			// What ends with ctx is this read alone.
			l.conn.SetInterrupt(ctx.Done())
			defer l.conn.SetInterrupt(nil)
			err = l.search(t.id, q, stamp, each)
		} else {
			err = query(l.conn, pageQueries[q.What], each, t.id, stamp)
		}
		if errors.Is(err, errEnough) {
			err = nil
		}
		return err
	})
	if err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, false, 0, fmt.Errorf("reading conversation %.80q: %w", key, explain(err))
	}
	if q.What == message.QueryBefore {
		slices.Reverse(page)
	}
	return page, more, garbled, nil
}

// pageQueries are what is asked for of a MessageQuery without Find.
var pageQueries = [...]string{
	message.QueryBefore:  `SELECT ` + messageColumns + ` FROM messages WHERE talk = ? AND stamp < ? ORDER BY stamp DESC`,
	message.QueryAfter:   `SELECT ` + messageColumns + ` FROM messages WHERE talk = ? AND stamp > ? ORDER BY stamp`,
	message.QueryChanged: `SELECT ` + messageColumns + ` FROM messages WHERE talk = ? AND changed > ? ORDER BY changed`,
}

// search calls each with the messages of a conversation that have a text, in the
// direction of the query.
func (l *loader) search(talk int64, q MessageQuery, stamp int64, each func(*sqlite.Stmt) error) error {
	index, match := search(talk, q.Find, q.Holds != nil)
	if index == "" {
		return nil
	}
	// The keys have the order of the stamps.
	key, bound := int64(math.MaxInt64), `SELECT key FROM messages WHERE talk = ? AND stamp >= ? ORDER BY stamp LIMIT 1`
	statement := `SELECT rowid FROM ` + index + ` WHERE ` + index + ` MATCH ? AND rowid < ? ORDER BY rowid DESC`
	if q.What == message.QueryAfter {
		key, bound = 0, `SELECT key FROM messages WHERE talk = ? AND stamp <= ? ORDER BY stamp DESC LIMIT 1`
		statement = `SELECT rowid FROM ` + index + ` WHERE ` + index + ` MATCH ? AND rowid > ? ORDER BY rowid`
	}
	if err := query(l.conn, bound, func(stmt *sqlite.Stmt) error { key = stmt.ColumnInt64(0); return nil }, talk, stamp); err != nil {
		return err
	}
	return query(l.conn, statement, func(stmt *sqlite.Stmt) error {
		return query(l.conn, `SELECT `+messageColumns+` FROM messages WHERE key = ?`, each, stmt.ColumnInt64(0))
	}, match, key)
}

const selectSide = `SELECT person, talk, other, read, sum FROM sides WHERE person = ? AND talk = ?`

// Forget removes some of what has a stamp before the given one, and says whether there
// is more. What is stored later has a later stamp, but for a clock that was set back.
func (m *Messages) Forget(ctx context.Context, before uint64) (more bool, err error) {
	result := make(chan bool, 1)
	err = m.store.write(ctx, func(w *writer) error {
		more, err := w.forget(int64(min(before, math.MaxInt64)))
		select {
		case <-result:
		default:
		}
		result <- more
		return err
	})
	if err != nil {
		return false, fmt.Errorf("removing old messages: %w", err)
	}
	return <-result, nil
}

func (w *writer) forget(before int64) (more bool, err error) {
	for _, of := range []struct {
		oldest, remove string
		found          bool
	}{
		{`SELECT key, stamp FROM messages ORDER BY key LIMIT ?`, `DELETE FROM messages WHERE key = ?`, true},
		{`SELECT n, stamp FROM changes ORDER BY n LIMIT ?`, `DELETE FROM changes WHERE n = ?`, false},
	} {
		var keys []int64
		err := query(w.conn, of.oldest, func(stmt *sqlite.Stmt) error {
			if stmt.ColumnInt64(1) >= before {
				return errEnough
			}
			keys = append(keys, stmt.ColumnInt64(0))
			return nil
		}, int64(forgetMessages))
		if err != nil && !errors.Is(err, errEnough) {
			return false, err
		}
		for _, key := range keys {
			if of.found {
				if err := w.unindex(key); err != nil {
					return false, err
				}
				w.since += messagePages
			}
			if err := exec(w.conn, of.remove, key); err != nil {
				return false, err
			}
		}
		more = more || len(keys) == forgetMessages
	}
	return more, nil
}

// checkMessages reads all rows of conversations.
func checkMessages(c *sqlite.Conn) error {
	n := 0
	err := query(c, `SELECT `+messageColumns+` FROM messages`, func(stmt *sqlite.Stmt) error {
		if _, _, err := readMessage(stmt); err != nil {
			n++
		}
		return nil
	})
	if err == nil && n > 0 {
		err = damaged(fmt.Sprintf("%d messages are garbled", n))
	}
	return errors.Join(err,
		query(c, `SELECT id, key, clock, last, changed, sum FROM talks`, func(stmt *sqlite.Stmt) error { _, err := readTalk(stmt); return err }),
		query(c, `SELECT person, talk, other, read, sum FROM sides`, func(stmt *sqlite.Stmt) error { _, err := readSide(stmt, 0); return err }),
		query(c, `SELECT person, name, sum FROM persons`, func(stmt *sqlite.Stmt) error {
			var p [16]byte
			if stmt.ColumnBytes(0, p[:]); stmt.ColumnInt64(2) != nameSum(p, stmt.ColumnText(1)) {
				return damaged("the name of a person is garbled")
			}
			return nil
		}))
}
