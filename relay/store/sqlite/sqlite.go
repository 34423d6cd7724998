// Package sqlite keeps boards in one SQLite file: the relay's default store.
//
// Writes are grouped: one goroutine commits, and whatever comes while a commit
// is in flight goes into the next, so that many boards share one sync of the
// disk. The file is in WAL mode with synchronous=FULL: what was reported as
// stored survives the loss of power.
//
// Updates of all boards are rows of one log, in the order they were stored, and
// each knows the one before it of its board. A commit so writes the end of the
// log and the few pages of the table of boards. A table sorted by board would
// have a page for each board written: measured with 200 boards that is seven
// times as slow. The price is paid by Load, which follows the rows back.
//
// A snapshot is kept in pieces. They are written over several commits, so that
// one of many MiB does not hold up other boards, and the last of these makes it
// the board's. What it replaces is noted as garbage in the same commit, and is
// removed in small steps afterwards, at the latest after a restart. SQLite uses
// the space again, and the file does not shrink: auto_vacuum would have every
// page that moves written once more, for a file that grows back. A backup is
// without the free space.
//
// What a snapshot replaces is the board's past: its updates, with the times at which
// they were stored, are packed into segments in small steps, and some of the
// snapshots before stay as keyframes, from which the past is read. It is kept for
// a time and up to a size (KeepHistory). A version is a snapshot that has a name,
// and is kept until it is removed.
//
// Records are for what the relay remembers beside boards: small values by kind
// and key, written in the same commits.
//
// Blobs are the images of boards, by their SHA-256: stored once, in pieces as a
// snapshot is, with a use for each board that has put them.
//
// Messages are what people say to each other, in conversations. They are found by any
// part of their text.
//
// Notices are persons' inboxes, and what of them is to be delivered. What a message is
// to inboxes is written in its commit. How many entries are unread is a column, and
// exact.
//
// Damage is looked for in three places. Open reads what all boards depend on:
// the schema, and the tables of boards and of records by PRAGMA quick_check. Check
// reads the whole file; it takes a second for each GiB or so, and some ten for a
// million messages, and is meant to run while the relay serves. And every row has a
// checksum, because SQLite has none and would hand out what a disk has garbled: Load
// of such a board, or Get of such a record, fails with ErrCorrupt, a message or
// an entry is left out and counted, and others go on.
package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"zombiezen.com/go/sqlite"

	"edgeboard/relay/store/notice"
)

// FileName is the database's name in the data folder.
const FileName = "edgeboard.db"

// Errors that a caller may want to tell from others.
var (
	ErrClosed  = errors.New("the store is closed") // of everything but Close after Close
	ErrInUse   = errors.New("another relay uses it; stop that one, or choose another folder")
	ErrNewer   = errors.New("it was written by a newer relay: install that one, or choose another folder")
	ErrCorrupt = errors.New("the file is damaged: put a backup in its place, or recover what is left with the .recover command of sqlite3")
)

const (
	// maxBatch bounds the bytes of updates in one commit, so that a burst does
	// not make one that takes seconds.
	maxBatch = 8 << 20
	// pieceSize is how much of a snapshot one row has, and maxPieces how many
	// of them there can be: 4 GiB in all.
	pieceSize = 256 << 10
	maxPieces = 1 << 14
	// compactStep is how much of snapshots goes into one commit.
	compactStep = 1 << 20
	// sweepStep is how many rows of garbage are removed in one commit, and
	// sweepEvery after how many other commits that is done when there is always
	// something else to do.
	sweepStep  = 200
	sweepEvery = 16
	// maxKnown is of how many boards the writer remembers where they end.
	maxKnown = 1 << 15
	// maxReaders is how many boards are loaded at a time; loadBatch and loadRows
	// bound what one read takes.
	maxReaders = 4
	loadBatch  = 256 << 10
	loadRows   = 512

	// checkpointAfter is about how many bytes of commits go into the WAL before
	// they are copied into the database, and maxWAL the bytes from which on it
	// is begun anew.
	checkpointAfter = 4 << 20
	maxWAL          = 16 << 20
	// mostWAL is from which on it waits for no moment without searches.
	mostWAL  = 4 * maxWAL
	pageSize = 4096

	// busyTimeout is for another program that writes the file.
	busyTimeout = 5 * time.Second
)

// Store is an open database. Make one with Open.
type Store struct {
	path    string
	lock    *sqlite.Conn
	queue   queue
	writer  writer
	tasks   chan func() // for the writer's goroutine
	dirty   chan struct{}
	quit    chan struct{} // closed by Close
	once    sync.Once
	wg      sync.WaitGroup
	readers chan *sqlite.Conn // those that are free; nil: not opened yet
	// gate is held for reading by each read, which is short, and for writing
	// while the WAL is begun anew, which needs that nobody reads.
	gate sync.RWMutex
	// searching is the same for searches, which may take longer: the WAL waits for a
	// moment without any, until it has become very long.
	searching sync.RWMutex

	damaged atomic.Bool // Check has found damage
}

// Open opens the database in the folder dir and makes it, and the folder, if
// they are not there. The folder above it must exist.
func Open(dir string) (*Store, error) {
	if err := makeFolder(dir); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, fmt.Errorf("data folder %s: %w", dir, err)
	}
	path := filepath.Join(dir, FileName)
	_, missing := os.Stat(path)
	conn, err := openFile(path)
	if err == nil && missing != nil {
		err = syncFolder(dir)
	}
	if err != nil {
		if conn != nil {
			err = errors.Join(err, conn.Close())
		}
		return nil, errors.Join(fmt.Errorf("opening %s: %w", path, err), lock.Close())
	}
	s := &Store{
		path:    path,
		lock:    lock,
		queue:   queue{wake: make(chan struct{}, 1)},
		writer:  writer{path: path, conn: conn, mostEntries: notice.MostEntries, past: past{age: keepAge, bytes: keepBytes, now: time.Now}},
		tasks:   make(chan func()),
		dirty:   make(chan struct{}, 1),
		quit:    make(chan struct{}),
		readers: make(chan *sqlite.Conn, maxReaders),
	}
	for range maxReaders {
		s.readers <- nil
	}
	s.wg.Go(s.commitLoop)
	s.wg.Go(s.checkpointLoop)
	return s, nil
}

// Close waits for the commit in flight and closes the file. What was queued
// behind it is reported as not stored.
func (s *Store) Close() error {
	var err error
	s.once.Do(func() {
		for _, r := range s.queue.close() {
			r.done(ErrClosed)
		}
		close(s.quit)
		s.wg.Wait()
		for range maxReaders {
			if c := <-s.readers; c != nil {
				err = errors.Join(err, c.Close())
			}
		}
		// The last one to go copies the WAL into the database and removes it.
		err = errors.Join(err, s.writer.close(), s.lock.Close())
	})
	return err
}

// reader calls f with a connection that reads.
func (s *Store) reader(ctx context.Context, f func(*sqlite.Conn) error) error {
	var c *sqlite.Conn
	select {
	case <-s.quit:
		return ErrClosed
	default:
	}
	select {
	case c = <-s.readers:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.quit:
		return ErrClosed
	}
	defer func() { s.readers <- c }()
	if c == nil {
		opened, err := sqlite.OpenConn(s.path, sqlite.OpenReadOnly)
		if err != nil {
			return explain(err)
		}
		opened.SetBusyTimeout(busyTimeout)
		c = opened
	}
	return f(c)
}
