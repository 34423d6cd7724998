// Package sqlite keeps boards in one SQLite file: the relay's default store.
//
// Writes are grouped: one goroutine commits, and whatever is appended while a
// commit is in flight goes into the next, so that many boards share one sync of
// the disk. The file is in WAL mode with synchronous=FULL: what was reported as
// stored survives the loss of power.
package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// FileName is the database's name in the data folder.
const FileName = "edgeboard.db"

const lockName = "lock.db"

// schemaVersion is kept in the file's user_version. Version n of the schema is
// what migrations[:n] make.
const schemaVersion = len(migrations)

var migrations = [...]string{`
CREATE TABLE boards (
	id   INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE updates (
	board INTEGER NOT NULL REFERENCES boards (id),
	n     INTEGER NOT NULL, -- 1, 2, 3 ... in the order they were stored
	data  BLOB NOT NULL,
	PRIMARY KEY (board, n)
) STRICT, WITHOUT ROWID;
`, `
CREATE TABLE snapshots ( -- of each board what was before its updates
	board INTEGER PRIMARY KEY REFERENCES boards (id),
	data  BLOB NOT NULL
) STRICT;
`}

// maxBatch bounds the bytes of one commit, so that a burst does not make one
// that takes seconds.
const maxBatch = 8 << 20

// Store is an open database. Make one with Open.
type Store struct {
	lock     *sqlite.Conn
	read     *sqlitex.Pool
	write    *sqlite.Conn
	requests chan request
	quit     chan struct{} // closed by Close
	once     sync.Once
	wg       sync.WaitGroup
}

type request struct {
	board    string
	data     []byte
	snapshot bool // data is one, and not updates
	done     func(error)
}

// ErrClosed is the result of Append, Compact and Load after Close.
var ErrClosed = errors.New("the store is closed")

// Open opens the database in the folder dir and makes it, and the folder, if
// they are not there. The folder above it must exist.
func Open(dir string) (*Store, error) {
	if err := os.Mkdir(dir, 0o700); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("data folder: make the folder above it, or choose another: %w", err)
	} else if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if info, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	} else if !info.IsDir() {
		return nil, fmt.Errorf("data folder: %s is a file", dir)
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, fmt.Errorf("data folder %s: %w", dir, err)
	}
	path := filepath.Join(dir, FileName)
	write, err := openWriter(path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", path, err), lock.Close())
	}
	read, err := sqlitex.NewPool(path, sqlitex.PoolOptions{Flags: sqlite.OpenReadOnly, PoolSize: 4})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", path, err), write.Close(), lock.Close())
	}
	s := &Store{lock: lock, read: read, write: write, requests: make(chan request, 256), quit: make(chan struct{})}
	s.wg.Go(s.commitLoop)
	return s, nil
}

// lockFolder keeps a second relay out of the folder: each would hold boards in
// memory that do not know of the other's changes. The lock is a transaction
// that is never finished, on a file of its own, because that works on every
// system and ends with the process, however it ends.
func lockFolder(dir string) (*sqlite.Conn, error) {
	c, err := sqlite.OpenConn(filepath.Join(dir, lockName), sqlite.OpenReadWrite|sqlite.OpenCreate)
	if err != nil {
		return nil, err
	}
	c.SetBusyTimeout(0)
	err = sqlitex.ExecuteTransient(c, "BEGIN EXCLUSIVE", nil)
	if sqlite.ErrCode(err).ToPrimary() == sqlite.ResultBusy {
		err = errors.New("another relay uses it; stop that one, or choose another folder")
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func openWriter(path string) (*sqlite.Conn, error) {
	c, err := sqlite.OpenConn(path, sqlite.OpenReadWrite|sqlite.OpenCreate|sqlite.OpenWAL)
	if err != nil {
		return nil, err
	}
	if err := prepare(c); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func prepare(c *sqlite.Conn) error {
	for _, pragma := range []string{
		"PRAGMA synchronous = FULL",
		"PRAGMA foreign_keys = ON",
	} {
		if err := sqlitex.ExecuteTransient(c, pragma, nil); err != nil {
			return err
		}
	}
	version := 0
	err := sqlitex.ExecuteTransient(c, "PRAGMA user_version", &sqlitex.ExecOptions{
		ResultFunc: func(stmt *sqlite.Stmt) error { version = stmt.ColumnInt(0); return nil },
	})
	if err != nil {
		return err
	}
	if version > schemaVersion {
		return fmt.Errorf("the file is of version %d, this relay knows up to %d: install a newer relay", version, schemaVersion)
	}
	return migrate(c, version)
}

func migrate(c *sqlite.Conn, from int) (err error) {
	if from == schemaVersion {
		return nil
	}
	end, err := sqlitex.ImmediateTransaction(c)
	if err != nil {
		return err
	}
	defer end(&err)
	for _, m := range migrations[from:] {
		if err := sqlitex.ExecuteScript(c, m, nil); err != nil {
			return err
		}
	}
	// A pragma takes no parameters.
	return sqlitex.ExecuteTransient(c, fmt.Sprintf("PRAGMA user_version = %d", schemaVersion), nil)
}

// Load calls snapshot with the snapshot of a board, if it has one, and then
// update with what was appended since, in the order it was stored.
func (s *Store) Load(ctx context.Context, board string, snapshot, update func([]byte) error) error {
	c, err := s.read.Take(ctx)
	if err != nil {
		return fmt.Errorf("loading a board: %w", err)
	}
	defer s.read.Put(c)
	var buf []byte
	rows := func(query string, each func([]byte) error) error {
		return sqlitex.Execute(c, query, &sqlitex.ExecOptions{
			Args: []any{board},
			ResultFunc: func(stmt *sqlite.Stmt) error {
				buf = append(buf[:0], make([]byte, stmt.ColumnLen(0))...)
				stmt.ColumnBytes(0, buf)
				return each(buf)
			},
		})
	}
	err = rows(`SELECT data FROM snapshots WHERE board = (SELECT id FROM boards WHERE name = ?)`, snapshot)
	if err == nil {
		err = rows(`SELECT data FROM updates WHERE board = (SELECT id FROM boards WHERE name = ?) ORDER BY n`, update)
	}
	if err != nil {
		return fmt.Errorf("loading a board: %w", err)
	}
	return nil
}

// Append queues updates for the next commit. done is called from the
// committing goroutine.
func (s *Store) Append(board string, updates []byte, done func(error)) {
	s.queue(request{board: board, data: updates, done: done})
}

// Compact queues a snapshot for the next commit. done is called from the
// committing goroutine.
func (s *Store) Compact(board string, snapshot []byte, done func(error)) {
	s.queue(request{board: board, data: snapshot, snapshot: true, done: done})
}

func (s *Store) queue(r request) {
	select {
	case <-s.quit:
		r.done(ErrClosed)
		return
	default:
	}
	select {
	case s.requests <- r:
	case <-s.quit:
		r.done(ErrClosed)
	}
}

func (s *Store) commitLoop() {
	for {
		select {
		case first := <-s.requests:
			s.commit(s.gather(first))
		case <-s.quit:
			for {
				select {
				case r := <-s.requests:
					r.done(ErrClosed)
				default:
					return
				}
			}
		}
	}
}

// gather takes what came in while the last commit was in flight.
func (s *Store) gather(first request) []request {
	batch := []request{first}
	for size := len(first.data); size < maxBatch; {
		select {
		case r := <-s.requests:
			batch = append(batch, r)
			size += len(r.data)
		default:
			return batch
		}
	}
	return batch
}

func (s *Store) commit(batch []request) {
	err := s.insert(batch)
	if err != nil {
		err = fmt.Errorf("storing updates: %w", err)
	}
	for _, r := range batch {
		r.done(err)
	}
}

func (s *Store) insert(batch []request) (err error) {
	end, err := sqlitex.ImmediateTransaction(s.write)
	if err != nil {
		return err
	}
	defer end(&err)
	for _, r := range batch {
		if err := sqlitex.Execute(s.write, `INSERT INTO boards (name) VALUES (?) ON CONFLICT DO NOTHING`, &sqlitex.ExecOptions{
			Args: []any{r.board},
		}); err != nil {
			return err
		}
		if r.snapshot {
			for _, step := range []struct {
				query string
				args  []any
			}{
				{`DELETE FROM updates WHERE board = (SELECT id FROM boards WHERE name = ?)`, []any{r.board}},
				{`INSERT OR REPLACE INTO snapshots (board, data) SELECT id, ?2 FROM boards WHERE name = ?1`, []any{r.board, r.data}},
			} {
				if err := sqlitex.Execute(s.write, step.query, &sqlitex.ExecOptions{Args: step.args}); err != nil {
					return err
				}
			}
			continue
		}
		if err := sqlitex.Execute(s.write, `
			INSERT INTO updates (board, n, data)
			SELECT id, (SELECT coalesce(max(n), 0) + 1 FROM updates WHERE board = id), ?2
			FROM boards WHERE name = ?1`, &sqlitex.ExecOptions{
			Args: []any{r.board, r.data},
		}); err != nil {
			return err
		}
	}
	return nil
}

// Close waits for the commit in flight and closes the file. What was queued
// behind it is reported as not stored.
func (s *Store) Close() error {
	var err error
	s.once.Do(func() {
		close(s.quit)
		s.wg.Wait()
		err = errors.Join(s.read.Close(), s.write.Close(), s.lock.Close())
	})
	return err
}
