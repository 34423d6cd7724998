package sqlite

import (
	"context"
	"fmt"
	"math"

	"zombiezen.com/go/sqlite"
)

// side is somebody in a conversation.
type side struct {
	person [16]byte
	talk   int64
	other  []byte // of a board's conversation empty
	read   int64
}

// readSide reads a row of person, talk, other, read and sum, which begins at a column.
func readSide(stmt *sqlite.Stmt, at int) (s side, err error) {
	s.talk, s.other, s.read = stmt.ColumnInt64(at+1), columnBytes(stmt, at+2), stmt.ColumnInt64(at+3)
	ok := stmt.ColumnLen(at) == len(s.person) && (len(s.other) == 0 || len(s.other) == len(s.person))
	stmt.ColumnBytes(at, s.person[:])
	if !ok || stmt.ColumnInt64(at+4) != s.sum() {
		return side{}, damaged("how far somebody has read is garbled")
	}
	return s, nil
}

func (s side) sum() int64 { return rowSum(append(s.person[:], s.other...), s.talk, s.read) }

func (w *writer) putSide(s side, conflict string) error {
	if s.other == nil {
		s.other = []byte{}
	}
	return exec(w.conn, `INSERT INTO sides (person, talk, other, read, sum) VALUES (?, ?, ?, ?, ?) `+conflict, s.person[:], s.talk, s.other, s.read, s.sum())
}

func findSide(c *sqlite.Conn, person []byte, talk int64) (s side, found bool, err error) {
	err = query(c, selectSide, func(stmt *sqlite.Stmt) (err error) {
		found = true
		s, err = readSide(stmt, 0)
		return err
	}, person, talk)
	return s, found, err
}

// Mark stores how far a person has read, and returns how far that is: 0 if it has no
// part in the conversation, or there is none.
func (m *Messages) Mark(ctx context.Context, key string, person [16]byte, stamp uint64) (read uint64, err error) {
	result := make(chan int64, 1)
	err = m.store.write(ctx, func(w *writer) error {
		read, err := w.mark(key, person, int64(min(stamp, math.MaxInt64)))
		select {
		case <-result: // of an attempt before
		default:
		}
		result <- read
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("storing how far conversation %.80q was read: %w", key, err)
	}
	return uint64(<-result), nil
}

func (w *writer) mark(key string, person [16]byte, stamp int64) (read int64, err error) {
	t, err := findTalk(w.conn, key)
	if err != nil || t.id == 0 {
		return 0, err
	}
	s, found, err := findSide(w.conn, person[:], t.id)
	if err != nil {
		return 0, err
	}
	if !found {
		between := false // two persons, of whom this is none
		err := query(w.conn, `SELECT 1 FROM sides WHERE talk = ? AND other <> x'' LIMIT 1`, func(*sqlite.Stmt) error { between = true; return nil }, t.id)
		if err != nil || between {
			return 0, err
		}
		s = side{person: person, talk: t.id}
	}
	stamp = min(stamp, t.last)
	if stamp <= s.read {
		return s.read, nil
	}
	s.read = stamp
	return s.read, w.putSide(s, `ON CONFLICT DO UPDATE SET read = excluded.read, sum = excluded.sum`)
}

func nameSum(person [16]byte, name string) int64 { return rowSum(append(person[:], name...)) }

// Name stores how a person is shown who has a conversation with another.
func (m *Messages) Name(person [16]byte, name string, done func(error)) {
	m.store.put(request{done: done, talk: &talkWrite{bytes: len(name), write: func(w *writer) error { return w.name(person, name) }}})
}

func (w *writer) name(person [16]byte, name string) error {
	return exec(w.conn, `UPDATE persons SET name = ?, sum = ? WHERE person = ? AND name <> ?`, name, nameSum(person, name), person[:], name)
}

// Standings returns how a conversation stands for a person, and all that it has with
// others, the last changed first.
func (m *Messages) Standings(ctx context.Context, person [16]byte, key string, limit, most int) (list []Standing, err error) {
	err = m.store.read(ctx, func(l *loader) error {
		t, err := findTalk(l.conn, key)
		if err != nil {
			return err
		}
		s, _, err := findSide(l.conn, person[:], t.id)
		if err != nil {
			return err
		}
		board, err := l.standing(t, person, s.read, unreadScan, most)
		if err != nil {
			return err
		}
		list = append(list, board)
		return query(l.conn, `SELECT id, key, clock, last, changed, talks.sum, person, talk, other, read, sides.sum
			FROM sides JOIN talks ON id = talk WHERE person = ? AND other <> x'' ORDER BY changed DESC, key LIMIT ?`, func(stmt *sqlite.Stmt) error {
			t, err := readTalk(stmt)
			if err != nil {
				return err
			}
			s, err := readSide(stmt, 6)
			if err != nil {
				return err
			}
			one, err := l.standing(t, person, s.read, privateScan, most)
			if err != nil {
				return err
			}
			one.With = [16]byte(s.other)
			others, _, err := findSide(l.conn, s.other, t.id)
			if err != nil {
				return err
			}
			one.Seen = uint64(others.read)
			one.Name, err = l.name(one.With)
			list = append(list, one)
			return err
		}, person[:], int64(limit-1))
	})
	if err != nil {
		return nil, fmt.Errorf("reading how the conversations of a person stand: %w", explain(err))
	}
	return list, nil
}

func (l *loader) name(person [16]byte) (name string, err error) {
	err = query(l.conn, `SELECT name, sum FROM persons WHERE person = ?`, func(stmt *sqlite.Stmt) error {
		name = stmt.ColumnText(0)
		if stmt.ColumnInt64(1) != nameSum(person, name) {
			return damaged("the name of a person is garbled")
		}
		return nil
	}, person[:])
	return name, err
}

// standing counts what a person has not read of a conversation, in the next scan messages.
func (l *loader) standing(t talkRow, person [16]byte, read int64, scan, most int) (Standing, error) {
	s := Standing{Last: uint64(t.last), Changed: uint64(t.changed), Read: uint64(read)}
	err := query(l.conn, `SELECT 1 FROM (SELECT author, gone FROM messages WHERE talk = ? AND stamp > ? ORDER BY stamp LIMIT ?)
		WHERE author <> ? AND gone = 0 LIMIT ?`, func(*sqlite.Stmt) error { s.Unread++; return nil }, t.id, read, int64(scan), person[:], int64(most))
	return s, err
}
