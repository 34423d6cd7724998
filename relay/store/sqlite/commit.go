package sqlite

import (
	"errors"
	"fmt"
	"hash/crc32"
	"runtime"
	"slices"
	"sync"
	"time"

	"zombiezen.com/go/sqlite"
)

// request is what Append, Compact, Records.Put, PutVersion, RemoveVersion or a
// method of Blobs, Messages or Notices was called with.
type request struct {
	board    string
	data     []byte
	snapshot bool           // data is one, or a blob, and not updates
	blob     *blobPut       // not nil: data is one, and the board uses it
	mentions *mentioned     // not nil: what the board's uses of blobs are
	updates  []byte         // with a snapshot: what it has besides what was appended
	version  *versionChange // with a snapshot: it is put; without one: it is removed
	record   *record        // not nil: it is this, and nothing of a board
	talk     *talkWrite     // not nil: it is this, and nothing of a board
	setting  func()         // not nil: it is this, and nothing to store
	done     func(error)
}

// Append queues updates for the next commit. done is called from the
// committing goroutine. The bytes must not change before that.
//
// Where the disk fails so badly that what was written cannot be known to have
// reached it, an update may come back after a crash although done was told that
// it is not stored.
func (s *Store) Append(board string, updates []byte, done func(error)) {
	s.put(request{board: board, data: updates, done: done})
}

// Compact queues a snapshot for the next commits. done is called from the
// committing goroutine. The bytes must not change before that. updates are what the
// snapshot has besides what was appended: they are of no use to who loads the board,
// and the history has them.
func (s *Store) Compact(board string, updates, snapshot []byte, done func(error)) {
	if len(snapshot) == 0 || len(snapshot) > maxPieces*pieceSize {
		done(fmt.Errorf("storing a snapshot of %d bytes: it must have 1 to %d", len(snapshot), maxPieces*pieceSize))
		return
	}
	s.put(request{board: board, data: snapshot, updates: updates, snapshot: true, done: done})
}

func (s *Store) put(r request) {
	if !s.queue.put(r) {
		r.done(ErrClosed)
	}
}

// queue is what waits for the committing goroutine. It is as long as there are
// boards, conversations and callers of Put that write, since each waits for its answer.
type queue struct {
	wake chan struct{} // has a token when something waits

	mu      sync.Mutex
	waiting []request
	closed  bool
}

// put reports false after close.
func (q *queue) put(r request) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.waiting = append(q.waiting, r)
	q.signal()
	return true
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take returns what waits, up to maxBatch bytes or one request.
func (q *queue) take() []request {
	q.mu.Lock()
	defer q.mu.Unlock()
	size := 0
	for i, r := range q.waiting {
		if r.snapshot {
			continue // it goes into several commits
		}
		size += len(r.data)
		if r.record != nil {
			size += len(r.record.value)
		}
		if r.talk != nil {
			size += r.talk.bytes
		}
		if size > maxBatch && i > 0 {
			batch := q.waiting[:i:i]
			q.waiting = q.waiting[i:]
			q.signal()
			return batch
		}
	}
	batch := q.waiting
	q.waiting = nil
	return batch
}

func (q *queue) close() []request {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	batch := q.waiting
	q.waiting = nil
	return batch
}

// writer is the connection that writes, and what is known of the file. It is
// owned by the goroutine of commitLoop.
type writer struct {
	path    string
	conn    *sqlite.Conn // nil: to be opened again
	known   bool         // the fields below are as in the file
	update  int64        // the last one
	piece   int64        // the last one, also of garbage
	boards  map[string]*end
	garbage bool   // there may be some to remove
	skip    int64  // the garbage up to there cannot be removed
	expired record // up to there records were looked at in this round; see expire

	mostEntries int64 // of an inbox
	past        past
	compactions []*compaction // to be written, in this order, blobs among them
	since       int           // bytes of commits since a checkpoint, about
}

// end is where a board ends in the file. updates is how many were ever appended, and
// at how many of them its snapshot has.
type end struct{ id, last, piece, pieces, updates, at int64 }

// compaction is a snapshot, or a blob, on its way into the file.
type compaction struct {
	request
	first   int64 // its first piece
	written int   // bytes
	garbage int64 // as what its pieces are noted until they are the board's, or a blob's; 0: none is stored yet
	refused error // why nothing of it is stored, which is no failure of the file
}

func (s *Store) commitLoop() {
	w := &s.writer
	busy := 0 // commits since garbage was removed
	aged := time.NewTicker(forgetEvery)
	defer aged.Stop()
	for {
		idle := len(w.compactions) == 0 && !w.garbage
		if idle {
			select {
			case <-s.queue.wake:
			case task := <-s.tasks:
				task()
				continue
			case <-aged.C:
				w.past.round, w.garbage = 0, true
			case <-s.quit:
			}
		} else if len(w.compactions) == 0 && w.past.waits {
			rest := time.NewTimer(time.Until(w.past.rest))
			select {
			case <-s.queue.wake:
			case task := <-s.tasks:
				task()
			case <-rest.C:
			case <-s.quit:
			}
			rest.Stop()
		} else {
			select {
			case <-s.queue.wake:
			case task := <-s.tasks:
				task()
			default:
			}
		}
		select {
		case <-s.quit:
			for _, c := range w.compactions {
				c.done(ErrClosed)
			}
			return
		default:
		}
		// Who is about to write, because the last commit told it to go on, comes
		// into this one: measured with 200 boards it is a third more a second.
		runtime.Gosched()
		var appends []request
		for _, r := range s.queue.take() {
			switch {
			case r.setting != nil:
				r.setting()
			case r.snapshot:
				w.compactions = append(w.compactions, &compaction{request: r})
			default:
				appends = append(appends, r)
			}
		}
		if len(appends) > 0 || len(w.compactions) > 0 {
			w.store(appends)
			busy++
			w.past.commits++
			w.past.rest = time.Now().Add(historyPause)
		}
		if w.garbage && (busy == 0 || busy >= sweepEvery || len(appends) == 0 && len(w.compactions) == 0) {
			w.sweep()
			busy = 0
		}
		if w.since >= checkpointAfter {
			w.since = 0
			select {
			case s.dirty <- struct{}{}:
			default: // the one before has not begun
			}
		}
	}
}

// store commits updates, records and a part of the snapshots that wait, and tells how it
// went.
func (w *writer) store(appends []request) {
	var finished []*compaction
	err := w.commit(func() error {
		for _, r := range appends {
			if err := w.write(r); err != nil {
				return err
			}
		}
		room := compactStep
		for _, c := range w.compactions {
			if room <= 0 {
				break
			}
			n, err := w.writePieces(c, room)
			if err != nil {
				return err
			}
			if room -= n; c.written == len(c.data) {
				finished = append(finished, c)
			}
		}
		return nil
	})
	if errors.Is(err, ErrCorrupt) && len(appends)+len(w.compactions) > 1 {
		// What is damaged in one board, or record, is not the others' business.
		w.storeApart(appends)
		return
	}
	if err != nil {
		finished = w.compactions // all have failed
	}
	w.compactions = w.compactions[len(finished):]
	for _, r := range appends {
		r.done(err)
	}
	for _, c := range finished {
		if err == nil {
			c.done(c.refused)
		} else {
			c.done(err)
		}
	}
	if err == nil && slices.ContainsFunc(appends, func(r request) bool { return r.record != nil }) {
		w.expire()
	}
}

// storeApart stores each board and each record by itself.
func (w *writer) storeApart(appends []request) {
	compactions := w.compactions
	w.compactions = nil
	for _, r := range appends {
		w.store([]request{r})
	}
	for _, c := range compactions {
		w.compactions = []*compaction{{request: c.request}}
		for len(w.compactions) > 0 {
			w.store(nil)
		}
	}
}

// commit runs f in a transaction. Where it fails the file is as before.
func (w *writer) commit(f func() error) error {
	err := w.ready()
	if err == nil {
		err = exec(w.conn, "BEGIN IMMEDIATE")
	}
	if err == nil {
		if err = f(); err == nil {
			err = exec(w.conn, "COMMIT")
		}
	}
	if err == nil {
		return nil
	}
	// Nothing of what is known of the file is certain any more.
	w.known, w.boards = false, nil
	if w.conn != nil {
		broken := code(err) != sqlite.ResultFull
		if !w.conn.AutocommitEnabled() && exec(w.conn, "ROLLBACK") != nil {
			broken = true
		}
		if broken {
			// It may have remembered that its file fails.
			w.conn.Close()
			w.conn = nil
		}
	}
	return fmt.Errorf("committing: %w", explain(err))
}

// ready opens the connection again after it broke, and reads where tables end.
// There may be garbage then: of what has failed, or from before the start.
func (w *writer) ready() error {
	if w.conn == nil {
		c, err := sqlite.OpenConn(w.path, sqlite.OpenReadWrite)
		if err != nil {
			return err
		}
		c.SetBusyTimeout(busyTimeout)
		if err := configure(c); err != nil {
			return errors.Join(err, c.Close())
		}
		w.conn = c
	}
	if w.known {
		return nil
	}
	err := query(w.conn, `
		SELECT max(coalesce((SELECT max(n) FROM updates), 0), coalesce((SELECT max(last) FROM garbage), 0)),
			max(coalesce((SELECT max(n) FROM pieces), 0), coalesce((SELECT max(piece + pieces) - 1 FROM garbage), 0))`,
		func(stmt *sqlite.Stmt) error {
			w.update, w.piece = stmt.ColumnInt64(0), stmt.ColumnInt64(1)
			return nil
		})
	w.known = err == nil
	w.garbage = w.known
	return err
}

func (w *writer) close() error {
	if w.conn == nil {
		return nil
	}
	return w.conn.Close()
}

const selectEnd = `SELECT id, last, piece, pieces, updates, at FROM boards WHERE name = ?`

func endOf(stmt *sqlite.Stmt) end {
	return end{stmt.ColumnInt64(0), stmt.ColumnInt64(1), stmt.ColumnInt64(2), stmt.ColumnInt64(3), stmt.ColumnInt64(4), stmt.ColumnInt64(5)}
}

// board returns where a board ends. It is made if need be.
func (w *writer) board(name string) (*end, error) {
	if e := w.boards[name]; e != nil {
		return e, nil
	}
	e := new(end)
	err := query(w.conn, selectEnd, func(stmt *sqlite.Stmt) error { *e = endOf(stmt); return nil }, name)
	if err != nil {
		return nil, err
	}
	if e.id == 0 {
		if err := exec(w.conn, `INSERT INTO boards (name) VALUES (?)`, name); err != nil {
			return nil, err
		}
		e.id = w.conn.LastInsertRowID()
	}
	if w.boards == nil || len(w.boards) >= maxKnown {
		w.boards = map[string]*end{}
	}
	w.boards[name] = e
	return e, nil
}

// write writes updates, a record, messages, inboxes or what a board mentions, or removes
// a version.
func (w *writer) write(r request) error {
	switch {
	case r.record != nil:
		return w.putRecord(r.record)
	case r.talk != nil:
		w.since += r.talk.bytes + pageSize
		return r.talk.write(w)
	case r.mentions != nil:
		return w.putMentions(r.board, r.mentions)
	case r.version != nil:
		return w.removeVersion(r.board, r.version)
	}
	e, err := w.board(r.board)
	if err != nil {
		return err
	}
	if err := w.append(r.board, e, r.data); err != nil {
		return err
	}
	return exec(w.conn, `UPDATE boards SET last = ?, updates = ? WHERE id = ?`, e.last, e.updates, e.id)
}

// append writes a row of the log.
func (w *writer) append(board string, e *end, data []byte) error {
	if e.last > w.update {
		return fmt.Errorf("board %q ends behind the log: %w", board, ErrCorrupt)
	}
	w.update++
	err := exec(w.conn, `INSERT INTO updates (n, board, previous, sum, data, time) VALUES (?, ?, ?, ?, ?, ?)`,
		w.update, e.id, e.last, sum(data), data, w.past.now().UnixMilli())
	if err != nil {
		return err
	}
	e.last = w.update
	e.updates++
	w.since += len(data) + pageSize/2
	return nil
}

// writePieces writes up to room bytes of a snapshot or blob, or one piece, and with
// the last of them makes it the board's.
func (w *writer) writePieces(c *compaction, room int) (n int, err error) {
	if c.blob != nil && c.written == 0 {
		done, err := w.beginBlob(c)
		if done {
			c.written = len(c.data)
		}
		if done || err != nil {
			return 0, err
		}
	}
	pieces := int64((len(c.data) + pieceSize - 1) / pieceSize)
	if c.written == 0 {
		c.first = w.piece + 1
		w.piece += pieces
	}
	for at := c.first + int64(c.written/pieceSize); c.written < len(c.data) && n < room; at++ {
		data := c.data[c.written:min(c.written+pieceSize, len(c.data))]
		if err := exec(w.conn, `INSERT INTO pieces (n, sum, data) VALUES (?, ?, ?)`, at, sum(data), data); err != nil {
			return n, err
		}
		c.written += len(data)
		n += len(data)
	}
	w.since += n
	if c.written < len(c.data) {
		if c.garbage == 0 {
			c.garbage, err = w.note(0, c.first, pieces)
		}
		return n, err
	}
	e, err := w.board(c.board)
	if err != nil {
		return n, err
	}
	if c.garbage != 0 {
		if err := exec(w.conn, `DELETE FROM garbage WHERE n = ?`, c.garbage); err != nil {
			return n, err
		}
	}
	if c.blob != nil {
		return n, w.endBlob(c, e.id, pieces)
	}
	if c.version != nil {
		return n, w.endVersion(c, e.id, pieces)
	}
	if len(c.updates) > 0 {
		if err := w.append(c.board, e, c.updates); err != nil {
			return n, err
		}
	}
	if err := w.replace(e); err != nil {
		return n, err
	}
	*e = end{e.id, 0, c.first, pieces, e.updates, e.updates}
	return n, exec(w.conn, `UPDATE boards SET last = 0, piece = ?, pieces = ?, updates = ?, at = ? WHERE id = ?`, c.first, pieces, e.updates, e.updates, e.id)
}

// note notes what is of no use any more, or not yet.
func (w *writer) note(last, piece, pieces int64) (n int64, err error) {
	err = exec(w.conn, `INSERT INTO garbage (last, piece, pieces) VALUES (?, ?, ?)`, last, piece, pieces)
	return w.conn.LastInsertRowID(), err
}

// sweep removes some garbage, or else does a step of the work on the history. What cannot be removed, because the file is
// damaged there, stays.
func (w *writer) sweep() {
	if w.ready() != nil {
		w.garbage = false // the next commit tells why, and comes back to it
		return
	}
	writing := int64(0) // is not garbage
	if len(w.compactions) > 0 {
		writing = w.compactions[0].garbage
	}
	var n, last, piece, pieces int64
	err := query(w.conn, `SELECT n, last, piece, pieces FROM garbage WHERE n > ? AND n <> ? ORDER BY n LIMIT 1`, func(stmt *sqlite.Stmt) error {
		n, last, piece, pieces = stmt.ColumnInt64(0), stmt.ColumnInt64(1), stmt.ColumnInt64(2), stmt.ColumnInt64(3)
		return nil
	}, w.skip, writing)
	if err != nil || n == 0 {
		w.garbage = err == nil && w.historyStep()
		return
	}
	err = w.commit(func() error {
		for range sweepStep {
			if last == 0 {
				break
			}
			at := last
			last = 0
			err := query(w.conn, `SELECT previous FROM updates WHERE n = ?`, func(stmt *sqlite.Stmt) error {
				if previous := stmt.ColumnInt64(0); previous < at {
					last = previous
				}
				return nil
			}, at)
			if err != nil {
				return err
			}
			if err := exec(w.conn, `DELETE FROM updates WHERE n = ?`, at); err != nil {
				return err
			}
		}
		some := min(pieces, compactStep/pieceSize)
		if err := exec(w.conn, `DELETE FROM pieces WHERE n >= ? AND n < ?`, piece, piece+some); err != nil {
			return err
		}
		piece, pieces = piece+some, pieces-some
		if last == 0 && pieces == 0 {
			return exec(w.conn, `DELETE FROM garbage WHERE n = ?`, n)
		}
		return exec(w.conn, `UPDATE garbage SET last = ?, piece = ?, pieces = ? WHERE n = ?`, last, piece, pieces, n)
	})
	switch {
	case err == nil:
		w.since += sweepStep * pageSize
	case errors.Is(err, ErrCorrupt):
		w.skip = n
	default:
		w.garbage = false
	}
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func sum(data []byte) int64 { return int64(crc32.Checksum(data, castagnoli)) }
