package sqlite

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"time"

	"zombiezen.com/go/sqlite"
)

// ErrTooLarge is of a record whose key or value is longer than may be.
var ErrTooLarge = errors.New("it is too large")

// Limits of records, in bytes.
const (
	MaxRecordKind  = 64
	MaxRecordKey   = 512
	MaxRecordValue = 64 << 10
)

// expireStep is how many records are looked at, after a commit that has some,
// for those whose time is over.
const expireStep = 64

// Records are small things that the relay remembers: (kind, key) -> value. A key
// and a value are any bytes.
type Records struct{ store *Store }

// Records returns those of the store.
func (s *Store) Records() *Records { return &Records{s} }

// record is what Put was called with.
type record struct {
	kind, key string
	value     []byte // nil: it is removed
	until     int64  // see recordUntil
	swap      *swap  // not nil: it is put on a condition
}

// swap is the condition of Swap, and whether it was found to hold when the commit was
// made.
type swap struct {
	old  []byte // nil: there is none
	held bool
}

// recordUntil is how a time is kept: in milliseconds since 1970 UTC, 0 for never.
func recordUntil(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return max(1, t.UnixMilli())
}

func recordOver(until int64) bool { return until != 0 && until <= time.Now().UnixMilli() }

// recordSum is the checksum of all that a row has.
func recordSum(kind, key string, until int64, value []byte) int64 {
	head := binary.BigEndian.AppendUint64(nil, uint64(until))
	head = append(append(head, byte(len(kind))), kind...)
	head = append(binary.BigEndian.AppendUint16(head, uint16(len(key))), key...)
	return int64(crc32.Update(crc32.Checksum(head, castagnoli), castagnoli, value))
}

// Put stores a record with the next commit, in the place of the one there was,
// and waits for it. A nil value removes it. After until it is as if it were not
// there; zero: never. When ctx ends first it may be stored nevertheless.
func (r *Records) Put(ctx context.Context, kind, key string, value []byte, until time.Time) error {
	return r.wait(ctx, &record{kind: kind, key: key, value: bytes.Clone(value), until: recordUntil(until)})
}

// PutLater is Put for who does not wait: done is called from the committing goroutine.
// Of one caller what was put later is stored later, or with the same commit.
func (r *Records) PutLater(kind, key string, value []byte, until time.Time, done func(error)) {
	if err := checkRecord(kind, key, value); err != nil {
		done(fmt.Errorf("storing record %.80q of kind %.80q: %w", key, kind, err))
		return
	}
	r.store.put(request{record: &record{kind: kind, key: key, value: bytes.Clone(value), until: recordUntil(until)}, done: done})
}

// Swap is Put if the value is the old one; nil: if there is none. It reports whether
// that was so.
func (r *Records) Swap(ctx context.Context, kind, key string, old, value []byte, until time.Time) (bool, error) {
	if len(old) > MaxRecordValue {
		return false, nil
	}
	s := &swap{old: bytes.Clone(old)}
	err := r.wait(ctx, &record{kind: kind, key: key, value: bytes.Clone(value), until: recordUntil(until), swap: s})
	return err == nil && s.held, err
}

// wait has a record stored, and waits for it.
func (r *Records) wait(ctx context.Context, put *record) error {
	err := checkRecord(put.kind, put.key, put.value)
	if err == nil {
		result := make(chan error, 1)
		r.store.put(request{record: put, done: func(err error) { result <- err }})
		select {
		case err = <-result:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	if err != nil {
		return fmt.Errorf("storing record %.80q of kind %.80q: %w", put.key, put.kind, err)
	}
	return nil
}

func checkRecord(kind, key string, value []byte) error {
	switch {
	case len(kind) > MaxRecordKind:
		return fmt.Errorf("%w: the kind has %d bytes, of %d", ErrTooLarge, len(kind), MaxRecordKind)
	case len(key) > MaxRecordKey:
		return fmt.Errorf("%w: the key has %d bytes, of %d", ErrTooLarge, len(key), MaxRecordKey)
	case len(value) > MaxRecordValue:
		return fmt.Errorf("%w: the value has %d bytes, of %d", ErrTooLarge, len(value), MaxRecordValue)
	}
	return nil
}

// Get returns a record's value. Nil: there is none. ErrCorrupt: it is damaged, or it
// is not found in a file that Check has found to be.
func (r *Records) Get(ctx context.Context, kind, key string) (value []byte, err error) {
	err = r.read(ctx, func(l *loader) error {
		return query(l.conn, `SELECT kind, key, until, sum, value FROM records WHERE kind = ? AND key = ?`, func(stmt *sqlite.Stmt) error {
			row, err := readRecord(stmt)
			if err == nil && !recordOver(row.until) {
				value = row.value
			}
			return err
		}, kind, []byte(key))
	})
	if err == nil && value == nil && r.store.damaged.Load() {
		err = damaged("it is not found, but the file is damaged")
	}
	if err != nil {
		return nil, fmt.Errorf("reading record %.80q of kind %.80q: %w", key, kind, explain(err))
	}
	return value, nil
}

// checkRecords reads all records. One whose key is damaged is not found by it: that
// something was revoked, say, would be forgotten, and nobody would know.
func checkRecords(c *sqlite.Conn) error {
	return query(c, `SELECT kind, key, until, sum, value FROM records`, func(stmt *sqlite.Stmt) error {
		_, err := readRecord(stmt)
		return err
	})
}

// List calls f with the records of a kind whose keys begin with prefix, in the
// order of the bytes of these, until f returns an error, which List then returns.
// The value may be kept. What is put meanwhile, also by f, may be seen or not.
// ErrCorrupt: one of them is damaged; those before it were told.
func (r *Records) List(ctx context.Context, kind, prefix string, f func(key string, value []byte) error) error {
	inside := func(k, key string) bool { return k == kind && strings.HasPrefix(key, prefix) }
	read, err := r.each(ctx, record{kind: kind, key: prefix}, inside, func(row record) error { return f(row.key, row.value) })
	if read != nil {
		return fmt.Errorf("listing records of kind %.80q: %w", kind, explain(read))
	}
	return err
}

// All calls f with the records of all kinds, in the order of kinds and keys, and until
// when they hold (zero: for ever), as List does.
func (r *Records) All(ctx context.Context, f func(kind, key string, value []byte, until time.Time) error) error {
	everything := func(string, string) bool { return true }
	read, err := r.each(ctx, record{}, everything, func(row record) error {
		until := time.Time{}
		if row.until != 0 {
			until = time.UnixMilli(row.until)
		}
		return f(row.kind, row.key, row.value, until)
	})
	if read != nil {
		return fmt.Errorf("listing all records: %w", explain(read))
	}
	return err
}

// each calls f with the records that hold, from one on as long as they are inside. read is
// what went wrong here, err what f returned.
func (r *Records) each(ctx context.Context, from record, inside func(kind, key string) bool, f func(record) error) (read, err error) {
	const rows = `SELECT kind, key, until, sum, value FROM records WHERE (kind, key) >= (?, ?) ORDER BY kind, key`
	var some []record
	for more := true; more; {
		some, more = some[:0], false
		read = r.read(ctx, func(l *loader) error {
			size := 0
			err := query(l.conn, rows, func(stmt *sqlite.Stmt) error {
				if !inside(stmt.ColumnText(0), recordKey(stmt)) { // before it is found to be damaged
					return errEnough
				}
				row, err := readRecord(stmt)
				if err != nil {
					return err
				}
				some = append(some, row)
				size += len(row.value)
				if more = len(some) == loadRows || size >= loadBatch; more {
					return errEnough
				}
				return nil
			}, from.kind, []byte(from.key))
			if errors.Is(err, errEnough) {
				return nil
			}
			return err
		})
		for _, row := range some {
			from = record{kind: row.kind, key: row.key + "\x00"} // nothing comes between
			if recordOver(row.until) {
				continue
			}
			if err := f(row); err != nil {
				return nil, err
			}
		}
		if read != nil {
			return read, nil
		}
	}
	return nil, nil
}

// errEnough ends a read.
var errEnough = errors.New("enough")

// read runs f in a short transaction. Between two of them nothing is held, so
// that who lists may read and write.
func (r *Records) read(ctx context.Context, f func(*loader) error) error {
	return r.store.reader(ctx, func(c *sqlite.Conn) error {
		l := &loader{store: r.store, conn: c, ctx: ctx}
		return l.read(func() error { return f(l) })
	})
}

// readRecord reads a row of kind, key, until, sum and value.
func readRecord(stmt *sqlite.Stmt) (record, error) {
	kind, key := stmt.ColumnText(0), recordKey(stmt)
	value := make([]byte, stmt.ColumnLen(4))
	stmt.ColumnBytes(4, value)
	until := stmt.ColumnInt64(2)
	if stmt.ColumnInt64(3) != recordSum(kind, key, until, value) {
		return record{}, damaged(fmt.Sprintf("record %.80q of kind %.80q is garbled", key, kind))
	}
	return record{kind: kind, key: key, value: value, until: until}, nil
}

func recordKey(stmt *sqlite.Stmt) string {
	key := make([]byte, stmt.ColumnLen(1))
	stmt.ColumnBytes(1, key)
	return string(key)
}

// putRecord writes a record, or removes it.
func (w *writer) putRecord(r *record) error {
	if r.swap != nil {
		held, err := w.holds(r)
		if r.swap.held = held; !held || err != nil {
			return err
		}
	}
	w.since += len(r.value) + pageSize
	if r.value == nil {
		return exec(w.conn, `DELETE FROM records WHERE kind = ? AND key = ?`, r.kind, []byte(r.key))
	}
	return exec(w.conn, `INSERT INTO records (kind, key, until, sum, value) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET until = excluded.until, sum = excluded.sum, value = excluded.value`,
		r.kind, []byte(r.key), r.until, recordSum(r.kind, r.key, r.until, r.value), r.value)
}

// holds reports whether the condition of a record's swap does.
func (w *writer) holds(r *record) (bool, error) {
	var has []byte
	err := query(w.conn, `SELECT kind, key, until, sum, value FROM records WHERE kind = ? AND key = ?`, func(stmt *sqlite.Stmt) error {
		row, err := readRecord(stmt)
		if err == nil && !recordOver(row.until) {
			has = row.value
		}
		return err
	}, r.kind, []byte(r.key))
	return (has == nil) == (r.swap.old == nil) && bytes.Equal(has, r.swap.old), err
}

// expire looks at the next few records, in the order of their keys and round and
// round, and removes those whose time is over. Each commit with records pays for
// a few, so that there are never many more than are of use, and an index by time,
// which each of them would write as well, is not needed. A failure leaves them
// for the next round.
func (w *writer) expire() {
	if w.ready() != nil {
		return
	}
	var over []record
	seen := 0
	at := w.expired
	err := query(w.conn, `SELECT kind, key, until, sum, value FROM records WHERE (kind, key) > (?, ?) ORDER BY kind, key LIMIT ?`, func(stmt *sqlite.Stmt) error {
		seen++
		at = record{kind: stmt.ColumnText(0), key: recordKey(stmt)}
		if recordOver(stmt.ColumnInt64(2)) {
			// The time may be what is garbled: such a one stays, and is told to who reads it.
			if row, err := readRecord(stmt); err == nil {
				over = append(over, row)
			}
		}
		return nil
	}, at.kind, []byte(at.key), int64(expireStep))
	if err != nil || seen < expireStep {
		at = record{} // from the start
	}
	w.expired = at
	if err != nil || len(over) == 0 {
		return
	}
	// What fails here fails in the next commit too, which tells it.
	_ = w.commit(func() error {
		for _, row := range over {
			row.value = nil
			if err := w.putRecord(&row); err != nil {
				return err
			}
		}
		return nil
	})
}
