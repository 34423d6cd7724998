package sqlite

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"zombiezen.com/go/sqlite"
)

// What a snapshot has replaced is the board's past. Its updates leave the log for
// segments, some of them in each step of the sweeper, the latest first; a step is a
// commit by itself, and no other waits longer for it than for one of garbage. The
// snapshot before stays where it is as a keyframe, if there is enough between it and
// the last one: the past is read from there, and forgotten up to there.
//
// Updates are counted for each board from 1 on; at says how many of them came
// before. The past begins with the first keyframe, or if there is none with the
// board's snapshot; segments before that are of no use any more.

// How much of the past is kept of each board, if nobody has said it.
const (
	keepAge   = 90 * 24 * time.Hour
	keepBytes = 64 << 20
)

const (
	// segmentBytes is about how much goes into a segment, before it is packed.
	segmentBytes = 256 << 10
	// forgetStep is how many segments are removed in one commit.
	forgetStep = 16
	// historyPause is how long there was no commit before the next step: packing takes
	// milliseconds, and who has just been answered is about to write again. If there
	// is never a pause, a step is done after historyEvery commits.
	historyPause = 30 * time.Millisecond
	historyEvery = 1024
	// forgetEvery is how often all boards are looked at for what is too old.
	forgetEvery = time.Hour
)

// past is what the writer knows of the work on the history.
type past struct {
	age    time.Duration // how much is kept; 0: nothing
	bytes  int64
	skip   int64   // what leaves up to there cannot be read
	forget []int64 // boards to be looked at for what is too old, or too much
	round  int64   // all boards after this one are looked at as well; less than 0: no more
	packer *flate.Writer
	now    func() time.Time

	waits   bool      // there is something to do, when the commits rest
	rest    time.Time // when they have rested for long enough
	commits int       // since the last step
}

// KeepHistory says how much of the past is kept of each board: nothing that is older
// than age, and about so many bytes. With an age of 0 nothing is kept.
func (s *Store) KeepHistory(age time.Duration, bytes int64) {
	s.queue.settings(func() {
		p := &s.writer.past
		p.age, p.bytes, p.round = age, bytes, 0
		s.writer.garbage = true
	})
}

// replace makes what a board has, which a snapshot is about to replace, its past.
func (w *writer) replace(e *end) error {
	if e.last == 0 && e.pieces == 0 {
		return nil
	}
	w.garbage = true
	at, kept, err := w.lastKeyframe(e.id)
	if err != nil {
		return err
	}
	if w.past.age == 0 && !kept {
		_, err := w.note(e.last, e.piece, e.pieces)
		return err
	}
	if e.last != 0 {
		if err := exec(w.conn, `INSERT INTO leaving (board, at, upto, last) VALUES (?, ?, ?, ?)`, e.id, e.at, e.updates, e.last); err != nil {
			return err
		}
	}
	if kept {
		// One more is worth its room where it is no larger than what lies between.
		between := int64(0)
		err := query(w.conn, `SELECT coalesce(sum(bytes), 0) FROM segments WHERE board = ? AND at >= ?`, func(stmt *sqlite.Stmt) error {
			between = stmt.ColumnInt64(0)
			return nil
		}, e.id, at)
		if err != nil {
			return err
		}
		if at >= e.at || between < e.pieces*pieceSize {
			if e.pieces > 0 {
				_, err = w.note(0, e.piece, e.pieces)
			}
			return err
		}
	}
	when, err := w.timeBefore(e)
	if err != nil {
		return err
	}
	return exec(w.conn, `INSERT INTO keyframes (board, at, time, piece, pieces) VALUES (?, ?, ?, ?, ?)`, e.id, e.at, when, e.piece, e.pieces)
}

func (w *writer) lastKeyframe(board int64) (at int64, found bool, err error) {
	err = query(w.conn, `SELECT at FROM keyframes WHERE board = ? ORDER BY at DESC LIMIT 1`, func(stmt *sqlite.Stmt) error {
		at, found = stmt.ColumnInt64(0), true
		return nil
	}, board)
	return at, found, err
}

// timeBefore returns when the last update that a board's snapshot has was stored,
// 0 if that is not known any more.
func (w *writer) timeBefore(e *end) (when int64, err error) {
	err = query(w.conn, `SELECT until FROM segments WHERE board = ? AND at < ? ORDER BY at DESC LIMIT 1`, func(stmt *sqlite.Stmt) error {
		when = stmt.ColumnInt64(0)
		return nil
	}, e.id, e.at)
	return when, err
}

// historyStep does one step of the work on the past, if it is time for it, and reports
// whether there may be more.
func (w *writer) historyStep() bool {
	p := &w.past
	if p.waits = p.commits < historyEvery && time.Now().Before(p.rest); p.waits {
		return true
	}
	p.commits = 0
	p.waits = w.sweepHistory()
	return p.waits
}

// sweepHistory does one step of the work on the past, and reports whether there was
// one. What cannot be done, because the file is damaged there, stays.
func (w *writer) sweepHistory() bool {
	var n, board, at, upto, last int64
	err := query(w.conn, `SELECT n, board, at, upto, last FROM leaving WHERE n > ? ORDER BY n LIMIT 1`, func(stmt *sqlite.Stmt) error {
		n, board, at, upto, last = stmt.ColumnInt64(0), stmt.ColumnInt64(1), stmt.ColumnInt64(2), stmt.ColumnInt64(3), stmt.ColumnInt64(4)
		return nil
	}, w.past.skip)
	if err != nil {
		return false
	}
	if n != 0 {
		err := w.commit(func() error { return w.pack(n, board, at, upto, last) })
		if errors.Is(err, ErrCorrupt) {
			w.past.skip = n
			return true
		}
		return err == nil
	}
	if len(w.past.forget) == 0 {
		if w.past.round < 0 {
			return false
		}
		next := int64(-1)
		err := query(w.conn, `SELECT board FROM keyframes WHERE board > ? ORDER BY board LIMIT 1`, func(stmt *sqlite.Stmt) error {
			next = stmt.ColumnInt64(0)
			return nil
		}, w.past.round)
		if w.past.round = next; err != nil || next < 0 {
			return false
		}
		w.past.forget = append(w.past.forget, next)
	}
	more := false
	err = w.commit(func() (err error) { more, err = w.forgetSome(w.past.forget[0]); return err })
	if !more || err != nil {
		w.past.forget = w.past.forget[1:]
	}
	return err == nil || errors.Is(err, ErrCorrupt)
}

// pack makes a segment of the latest updates of those of a board that leave, which
// are the ones counted from at+1 to upto, with row last at the end.
func (w *writer) pack(n, board, at, upto, last int64) error {
	type row struct {
		n, time int64
		data    []byte
	}
	var rows []row // the latest first
	size := 0
	for upto-int64(len(rows)) > at && len(rows) < sweepStep && size < segmentBytes {
		r, next, good := row{n: last}, last, false
		err := query(w.conn, `SELECT board, previous, time, sum, data FROM updates WHERE n = ?`, func(stmt *sqlite.Stmt) error {
			r.time, r.data = stmt.ColumnInt64(2), make([]byte, stmt.ColumnLen(4))
			stmt.ColumnBytes(4, r.data)
			next, good = stmt.ColumnInt64(1), stmt.ColumnInt64(0) == board && (stmt.ColumnIsNull(3) || stmt.ColumnInt64(3) == sum(r.data))
			return nil
		}, last)
		if err != nil {
			return err
		}
		if !good || next >= last {
			return damaged("an update is garbled or missing")
		}
		rows, last = append(rows, r), next
		size += len(r.data)
	}
	slices.Reverse(rows)
	var plain []byte
	when := int64(0)
	for _, r := range rows {
		plain = binary.AppendVarint(plain, r.time-when)
		plain = binary.AppendUvarint(plain, uint64(len(r.data)))
		plain = append(plain, r.data...)
		when = r.time
		if err := exec(w.conn, `DELETE FROM updates WHERE n = ?`, r.n); err != nil {
			return err
		}
	}
	packed, err := w.past.packed(plain)
	if err != nil {
		return err
	}
	upto -= int64(len(rows))
	err = exec(w.conn, `INSERT INTO segments (board, at, updates, since, until, bytes, sum, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		board, upto, int64(len(rows)), rows[0].time, when, int64(len(plain)), sum(packed), packed)
	if err != nil {
		return err
	}
	w.since += len(packed) + len(rows)*pageSize/2
	if upto > at {
		return exec(w.conn, `UPDATE leaving SET upto = ?, last = ? WHERE n = ?`, upto, last, n)
	}
	if !slices.Contains(w.past.forget, board) {
		w.past.forget = append(w.past.forget, board)
	}
	return exec(w.conn, `DELETE FROM leaving WHERE n = ?`, n)
}

// packed is data by DEFLATE (RFC 1951).
func (p *past) packed(data []byte) ([]byte, error) {
	var b bytes.Buffer
	if p.packer == nil {
		packer, err := flate.NewWriter(&b, flate.BestSpeed)
		if err != nil {
			return nil, err
		}
		p.packer = packer
	}
	p.packer.Reset(&b)
	if _, err := p.packer.Write(data); err != nil {
		return nil, err
	}
	err := p.packer.Close()
	return b.Bytes(), err
}

// forgetSome removes some of what is before a board's past, or else makes its past
// begin later if it is too old or too large, and reports whether there may be more
// to do.
func (w *writer) forgetSome(board int64) (more bool, err error) {
	var frames []keyframe // the first two, and the board's own snapshot
	err = query(w.conn, `SELECT at, piece, pieces FROM keyframes WHERE board = ? ORDER BY at LIMIT 2`, func(stmt *sqlite.Stmt) error {
		frames = append(frames, keyframe{at: stmt.ColumnInt64(0), piece: stmt.ColumnInt64(1), pieces: stmt.ColumnInt64(2)})
		return nil
	}, board)
	if err == nil {
		err = query(w.conn, `SELECT at FROM boards WHERE id = ?`, func(stmt *sqlite.Stmt) error {
			frames = append(frames, keyframe{at: stmt.ColumnInt64(0)})
			return nil
		}, board)
	}
	if err != nil || len(frames) == 0 {
		return false, err
	}
	err = exec(w.conn, `DELETE FROM segments WHERE n IN (SELECT n FROM segments WHERE board = ? AND at < ? LIMIT ?)`, board, frames[0].at, int64(forgetStep))
	if err != nil {
		return false, err
	}
	if w.conn.Changes() > 0 {
		w.since += forgetStep * pageSize
		return true, nil
	}
	if len(frames) == 1 {
		return false, nil
	}
	var size, newest, leaving int64
	err = query(w.conn, `
		SELECT (SELECT coalesce(sum(length(data)), 0) FROM segments WHERE board = ?1) + (SELECT sum(pieces) * ?2 FROM keyframes WHERE board = ?1),
			(SELECT max(until) FROM segments WHERE board = ?1 AND at < ?3), (SELECT count(*) FROM leaving WHERE board = ?1)`,
		func(stmt *sqlite.Stmt) error {
			size, newest, leaving = stmt.ColumnInt64(0), stmt.ColumnInt64(1), stmt.ColumnInt64(2)
			return nil
		}, board, int64(pieceSize), frames[1].at)
	if err != nil || leaving > 0 {
		return false, err
	}
	if w.past.age > 0 && size <= w.past.bytes && newest >= w.past.now().Add(-w.past.age).UnixMilli() {
		return false, nil
	}
	if frames[0].pieces > 0 {
		if _, err := w.note(0, frames[0].piece, frames[0].pieces); err != nil {
			return false, err
		}
	}
	return true, exec(w.conn, `DELETE FROM keyframes WHERE board = ? AND at = ?`, board, frames[0].at)
}

// keyframe is a snapshot of a board that once was its own.
type keyframe struct{ at, time, piece, pieces int64 }

// settings runs f on the committing goroutine, before what is put from now on.
func (q *queue) settings(f func()) { q.put(request{setting: f, done: func(error) {}}) }

// unpack calls update with the updates of a segment, each with when it was stored,
// in milliseconds since 1970 UTC.
func unpack(packed []byte, size int64, update func(when int64, data []byte) error) error {
	if size < 0 || size > maxSegment {
		return damaged("a segment is too large")
	}
	plain := make([]byte, 0, size+1)
	r := flate.NewReader(bytes.NewReader(packed))
	for len(plain) <= int(size) {
		n, err := r.Read(plain[len(plain):cap(plain)])
		plain = plain[:len(plain)+n]
		if err != nil {
			break // the size tells whether it was the end
		}
	}
	if len(plain) != int(size) {
		return damaged("a segment is garbled")
	}
	when := int64(0)
	for len(plain) > 0 {
		delta, n := binary.Varint(plain)
		if n <= 0 {
			return damaged("a segment is garbled")
		}
		plain = plain[n:]
		length, n := binary.Uvarint(plain)
		if n <= 0 || length > uint64(len(plain)-n) {
			return damaged("a segment is garbled")
		}
		when += delta
		if err := update(when, plain[n:n+int(length)]); err != nil {
			return err
		}
		plain = plain[n+int(length):]
	}
	return nil
}

// maxSegment bounds what a segment is when it is unpacked: about a segment, and one
// update, which is a commit's at most.
const maxSegment = segmentBytes + 64<<20

// ErrTooMany is of a version where the board has as many as it may.
var ErrTooMany = fmt.Errorf("a board may have %d named versions, of %d MiB together: remove one", MaxVersions, maxVersionBytes>>20)

// Limits of versions.
const (
	MaxVersions    = 100
	MaxVersionName = 200 // bytes, also of its author

	maxVersionBytes = 256 << 20 // of a board, about
)

// versionChange is what PutVersion and RemoveVersion want.
type versionChange struct {
	id           int64 // to be removed; 0: put it, and then which it is
	at           int64
	name, author string
	when         int64 // when it was put, milliseconds since 1970 UTC; filled in
}

// endVersion makes the pieces that were written those of a version.
func (w *writer) endVersion(c *compaction, board, pieces int64) error {
	v := c.version
	var count, room int64
	err := query(w.conn, `SELECT count(*), coalesce(max(id), 0), coalesce(sum(pieces), 0) FROM versions WHERE board = ?`, func(stmt *sqlite.Stmt) error {
		count, v.id, room = stmt.ColumnInt64(0), stmt.ColumnInt64(1)+1, stmt.ColumnInt64(2)
		return nil
	}, board)
	if err != nil {
		return err
	}
	if count >= MaxVersions || (room+pieces)*pieceSize > maxVersionBytes {
		c.refused = ErrTooMany
		_, err := w.note(0, c.first, pieces)
		w.garbage = true
		return err
	}
	v.when = w.past.now().UnixMilli()
	return exec(w.conn, `INSERT INTO versions (board, id, at, time, name, author, piece, pieces, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		board, v.id, v.at, v.when, v.name, v.author, c.first, pieces, sumOfVersion(board, v.id, v.at, v.when, v.name, v.author, c.first, pieces))
}

// removeVersion removes one, if it is there.
func (w *writer) removeVersion(name string, v *versionChange) error {
	e, err := w.board(name)
	if err != nil {
		return err
	}
	var piece, pieces int64
	err = query(w.conn, `SELECT piece, pieces FROM versions WHERE board = ? AND id = ?`, func(stmt *sqlite.Stmt) error {
		piece, pieces = stmt.ColumnInt64(0), stmt.ColumnInt64(1)
		return nil
	}, e.id, v.id)
	if err != nil || pieces == 0 {
		return err
	}
	if _, err := w.note(0, piece, pieces); err != nil {
		return err
	}
	w.garbage = true
	return exec(w.conn, `DELETE FROM versions WHERE board = ? AND id = ?`, e.id, v.id)
}

// sumOfVersion is the checksum of all that a version's row has.
func sumOfVersion(board, id, at, when int64, name, author string, piece, pieces int64) int64 {
	var b []byte
	for _, n := range []int64{board, id, at, when, piece, pieces, int64(len(name))} {
		b = binary.LittleEndian.AppendUint64(b, uint64(n))
	}
	return sum(append(append(b, name...), author...))
}
