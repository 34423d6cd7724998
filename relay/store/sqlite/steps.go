package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"zombiezen.com/go/sqlite"

	"edgeboard/relay/store/message"
	"edgeboard/relay/store/notice"
)

// ErrStep is of a Step that comes before one that is not stored.
var ErrStep = errors.New("the step before it is not stored")

// Steps is how a relay of a cluster writes what people say, and inboxes: the Steps of the
// journal, each once. While the cluster is not reached it spools: what is said then is
// stored, and taken back before the next Step is, since that was made from what all
// relays have; whoever spooled it has it said again.
type Steps struct {
	store *Store
	text  func(data []byte) string
}

// Steps returns those of the store. text returns what a message is found by, which has
// such Data.
func (s *Store) Steps(text func(data []byte) string) *Steps { return &Steps{s, text} }

// Applied returns the journal whose Steps the store has, and the last one's At.
func (s *Steps) Applied(ctx context.Context) (journal string, at uint64, err error) {
	err = s.store.read(ctx, func(l *loader) error {
		row, err := readJournal(l.conn)
		journal, at = row.name, uint64(row.at)
		return err
	})
	if err != nil {
		return "", 0, fmt.Errorf("reading how far the journal was applied: %w", explain(err))
	}
	return journal, at, nil
}

type journalRow struct {
	name string
	at   int64
}

func readJournal(c *sqlite.Conn) (row journalRow, err error) {
	err = query(c, `SELECT name, at, sum FROM journal`, func(stmt *sqlite.Stmt) error {
		row = journalRow{stmt.ColumnText(0), stmt.ColumnInt64(1)}
		if stmt.ColumnInt64(2) != rowSum(row.name, row.at) {
			return damaged("how far the journal was applied is garbled")
		}
		return nil
	})
	return row, err
}

// Apply stores a Step with the next commit. One that is stored already changes nothing.
// ErrStep: the one before it is not stored. done is called from the committing
// goroutine, in the order of the calls. Nothing of it may be changed before that.
func (s *Steps) Apply(step message.Step, done func(message.Done, error)) {
	var result message.Done
	var refused error
	write := func(w *writer) error {
		result, refused = message.Done{}, nil
		row, err := readJournal(w.conn)
		if err != nil {
			return err
		}
		if row.name != step.Journal {
			row = journalRow{name: step.Journal}
		}
		switch {
		case int64(step.At) <= row.at:
			return nil
		case int64(step.After) != row.at:
			refused = ErrStep
			return nil
		}
		if err := w.takeBack(s.text); err != nil {
			return err
		}
		if result, err = w.step(&step, s.text); err != nil {
			return err
		}
		row.at = int64(step.At)
		return exec(w.conn, `INSERT OR REPLACE INTO journal (one, name, at, sum) VALUES (1, ?, ?, ?)`, row.name, row.at, rowSum(row.name, row.at))
	}
	s.store.put(request{talk: &talkWrite{write, stepSize(&step)}, done: func(err error) {
		if err == nil {
			err = refused
		}
		if err != nil {
			done(message.Done{}, fmt.Errorf("storing step %d of the journal: %w", step.At, err))
			return
		}
		done(result, nil)
	}})
}

func stepSize(step *message.Step) (size int) {
	if step.Said != nil {
		for i := range step.Said.Messages {
			size += len(step.Said.Messages[i].Data) + messagePages
		}
		size += noticesSize(&step.Said.Notices)
	}
	if step.Notices != nil {
		size += noticesSize(step.Notices)
	}
	if step.Talk != nil {
		for i := range step.Talk.Messages {
			size += len(step.Talk.Messages[i].Data) + messagePages
		}
	}
	if step.Inbox != nil {
		size += len(step.Inbox.Entries) * entryPages
	}
	return size
}

// step does what a Step says.
func (w *writer) step(step *message.Step, text func([]byte) string) (done message.Done, err error) {
	switch {
	case step.Said != nil:
		t, err := findTalk(w.conn, step.Said.Key)
		if err != nil {
			return done, err
		}
		if done.Changed = t.clock != int64(step.Said.Base); done.Changed {
			return done, nil
		}
		change := *step.Said
		change.Messages = withTexts(change.Messages, text)
		if err := w.putMessages(change); err != nil {
			return done, err
		}
		done.Notices, err = w.putNotices(&change.Notices)
		return done, err
	case step.Mark != nil:
		read, err := w.mark(step.Mark.Key, step.Mark.Person, int64(min(step.Mark.Stamp, math.MaxInt64)))
		done.Read = uint64(read)
		return done, err
	case step.Name != nil:
		return done, w.name(step.Name.Person, step.Name.Name)
	case step.Notices != nil:
		done.Notices, err = w.putNotices(step.Notices)
	case step.Settle != nil:
		var change notice.Change
		change, err = w.settleAll(step.Settle)
		if done.Notices = []notice.Change{change}; len(change.Read) == 0 {
			done.Notices = nil
		}
	case step.Delivered != nil:
		for _, o := range step.Delivered {
			if err := w.deliverAt(o); err != nil {
				return done, err
			}
		}
	case step.Forget != 0:
		done.More, err = w.forget(int64(min(step.Forget, math.MaxInt64)))
	case step.ForgetEntries != 0:
		removed, err := w.forgetEntries(step.ForgetEntries)
		done.More = removed == forgetEntries
		return done, err
	case step.Talk != nil:
		err = w.keepTalk(step.Talk, text)
	case step.Inbox != nil:
		err = w.keepInbox(step.Inbox)
	}
	return done, err
}

// withTexts returns messages with what they are found by, as far as that is others.
func withTexts(list []Message, text func([]byte) string) []Message {
	list = append([]Message(nil), list...)
	for i := range list {
		if list[i].Retext {
			list[i].Text = text(list[i].Data)
		}
	}
	return list
}

// settleAll does all steps of a Settle in one transaction: what was read is the same on
// all relays then, whatever comes between.
func (w *writer) settleAll(s *message.Settle) (change notice.Change, err error) {
	change.Person = s.Person
	spans := joined(s.What.Spans)
	for more := true; more; {
		read, now, err := w.settle(s.Person, spans, s.What.Talk, int64(min(s.What.Stamp, math.MaxInt64)))
		if err != nil {
			return change, err
		}
		change.Read, change.Standing = append(change.Read, read...), now
		more = len(read) == settleStep
	}
	return change, nil
}

// deliverAt does what an Outcome says that another relay may have made, whose IDs are
// others.
func (w *writer) deliverAt(o notice.Outcome) error {
	found := false
	err := query(w.conn, `SELECT id FROM deliveries WHERE person = ? AND seq = ? AND target = ?`, func(stmt *sqlite.Stmt) error {
		o.ID, found = stmt.ColumnInt64(0), true
		return nil
	}, o.Person[:], int64(o.Seq), o.Target)
	if err != nil || !found {
		return err
	}
	return w.deliver(o)
}

// was is what a Change has found, to put it back.
type was struct {
	Key                  string
	New                  bool // there was no such conversation
	Clock, Last, Changed int64
	Messages             []Message  // that it has changed
	Added                [][16]byte // those that it has added
	Changes              [][16]byte
	Persons              [][16]byte // whose names it may have changed
	Names                []*string  // nil: there was none
}

// Spool stores, with the next commit, what is done while the cluster is not reached. A
// Change is stored without what becomes of inboxes, and Notices are not. done is called
// from the committing goroutine.
func (s *Steps) Spool(step message.Step, done func(message.Done, error)) {
	var result message.Done
	write := func(w *writer) (err error) {
		result = message.Done{}
		var before string
		switch {
		case step.Notices != nil:
		case step.Said != nil:
			t, err := findTalk(w.conn, step.Said.Key)
			if err != nil {
				return err
			}
			if result.Changed = t.clock != int64(step.Said.Base); result.Changed {
				return nil
			}
			if before, err = w.before(t, step.Said); err != nil {
				return err
			}
			change := *step.Said
			change.Messages = withTexts(change.Messages, s.text)
			if err := w.putMessages(change); err != nil {
				return err
			}
		default:
			if result, err = w.step(&step, s.text); err != nil {
				return err
			}
		}
		if before == "" {
			return nil
		}
		return exec(w.conn, `INSERT INTO spooled (was, sum) VALUES (?, ?)`, before, rowSum(before))
	}
	s.store.put(request{talk: &talkWrite{write, stepSize(&step)}, done: func(err error) {
		if err != nil {
			done(message.Done{}, fmt.Errorf("spooling: %w", err))
			return
		}
		done(result, nil)
	}})
}

// before returns what a Change is going to change.
func (w *writer) before(t talkRow, c *message.Change) (string, error) {
	b := was{Key: c.Key, New: t.id == 0, Clock: t.clock, Last: t.last, Changed: t.changed, Changes: c.Changes, Persons: c.Persons}
	for i := range c.Messages {
		found := false
		err := query(w.conn, `SELECT `+messageColumns+` FROM messages WHERE talk = ? AND id = ?`, func(stmt *sqlite.Stmt) error {
			found = true
			if one, _, err := readMessage(stmt); err == nil {
				one.Retext = c.Messages[i].Retext
				b.Messages = append(b.Messages, one)
			}
			return nil
		}, t.id, c.Messages[i].ID[:])
		if err != nil {
			return "", err
		}
		if !found {
			b.Added = append(b.Added, c.Messages[i].ID)
		}
	}
	for _, p := range c.Persons {
		var had *string
		err := query(w.conn, `SELECT name FROM persons WHERE person = ?`, func(stmt *sqlite.Stmt) error {
			name := stmt.ColumnText(0)
			had = &name
			return nil
		}, p[:])
		if err != nil {
			return "", err
		}
		b.Names = append(b.Names, had)
	}
	text, err := json.Marshal(b)
	return string(text), err
}

// TakeBack puts back what was before what was spooled of conversations.
func (s *Steps) TakeBack(ctx context.Context) error {
	if err := s.store.write(ctx, func(w *writer) error { return w.takeBack(s.text) }); err != nil {
		return fmt.Errorf("taking back what was spooled: %w", err)
	}
	return nil
}

func (w *writer) takeBack(text func([]byte) string) error {
	var list []was
	err := query(w.conn, `SELECT was, sum FROM spooled ORDER BY n DESC`, func(stmt *sqlite.Stmt) error {
		var b was
		text := stmt.ColumnText(0)
		if stmt.ColumnInt64(1) != rowSum(text) || json.Unmarshal([]byte(text), &b) != nil {
			return damaged("what was spooled is garbled")
		}
		list = append(list, b)
		return nil
	})
	if err != nil || len(list) == 0 {
		return err
	}
	for i := range list {
		if err := w.putBack(&list[i], text); err != nil {
			return err
		}
	}
	return exec(w.conn, `DELETE FROM spooled`)
}

func (w *writer) putBack(b *was, text func([]byte) string) error {
	t, err := findTalk(w.conn, b.Key)
	if err != nil || t.id == 0 {
		return err
	}
	for _, id := range b.Added {
		key := int64(0)
		err := query(w.conn, `SELECT key FROM messages WHERE talk = ? AND id = ?`, func(stmt *sqlite.Stmt) error { key = stmt.ColumnInt64(0); return nil }, t.id, id[:])
		if err != nil {
			return err
		}
		if err := w.unindex(key); err != nil {
			return err
		}
		if err := exec(w.conn, `DELETE FROM messages WHERE key = ?`, key); err != nil {
			return err
		}
	}
	for _, one := range withTexts(b.Messages, text) {
		if err := w.putMessage(t.id, &one); err != nil {
			return err
		}
	}
	for _, id := range b.Changes {
		if err := exec(w.conn, `DELETE FROM changes WHERE talk = ? AND id = ?`, t.id, id[:]); err != nil {
			return err
		}
	}
	for i, p := range b.Persons {
		if b.Names[i] == nil {
			err = exec(w.conn, `DELETE FROM persons WHERE person = ?`, p[:])
		} else {
			err = w.name(p, *b.Names[i])
		}
		if err != nil {
			return err
		}
	}
	if b.New {
		if err := exec(w.conn, `DELETE FROM sides WHERE talk = ?`, t.id); err != nil {
			return err
		}
		return exec(w.conn, `DELETE FROM talks WHERE id = ?`, t.id)
	}
	t.clock, t.last, t.changed = b.Clock, b.Last, b.Changed
	return exec(w.conn, `UPDATE talks SET clock = ?, last = ?, changed = ?, sum = ? WHERE id = ?`, t.clock, t.last, t.changed, t.sum(), t.id)
}

// Named returns how a person is shown that has a conversation with another; false: it has
// none.
func (s *Steps) Named(ctx context.Context, person [16]byte) (name string, ok bool, err error) {
	err = s.store.read(ctx, func(l *loader) error {
		return query(l.conn, `SELECT name FROM persons WHERE person = ?`, func(stmt *sqlite.Stmt) error {
			name, ok = stmt.ColumnText(0), true
			return nil
		}, person[:])
	})
	if err != nil {
		return "", false, fmt.Errorf("reading the name of a person: %w", explain(err))
	}
	return name, ok, nil
}

// checkSteps reads the row of the journal, and what is spooled.
func checkSteps(c *sqlite.Conn) error {
	_, err := readJournal(c)
	return errors.Join(err, query(c, `SELECT was, sum FROM spooled`, func(stmt *sqlite.Stmt) error {
		if stmt.ColumnInt64(1) != rowSum(stmt.ColumnText(0)) {
			return damaged("what was spooled is garbled")
		}
		return nil
	}))
}
