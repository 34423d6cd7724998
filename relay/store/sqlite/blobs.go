package sqlite

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"zombiezen.com/go/sqlite"
)

// Errors of blobs that a caller may want to tell from others.
var (
	ErrNoBlob    = errors.New("the board has no such blob")
	ErrBlobsFull = errors.New("the board has as many blobs as it may have")
)

// Limits of blobs.
const (
	// BlobPiece is how many bytes all pieces of a blob have but the last.
	BlobPiece = pieceSize
	// MaxBlob is how many bytes a blob has at most.
	MaxBlob = 256 << 20
	// MaxBoardBlobs is how many of them a board may use, however small they are.
	MaxBoardBlobs = 10_000
	maxMedia      = 64 // bytes of a media type
)

// Hash is the SHA-256 of a blob, which is its name.
type Hash = [32]byte

// Blob is what is known of one.
type Blob struct {
	Hash  Hash
	Media string // type, as of RFC 9110 section 8.3.1
	Size  int64  // bytes, at least 1
}

// Blobs are what boards show and the document has only the name of. The bytes of
// one are stored once, however many boards use it; a board reads what it uses
// itself.
type Blobs struct{ store *Store }

// Blobs returns those of the store.
func (s *Store) Blobs() *Blobs { return &Blobs{s} }

// blobPut is what Put was called with.
type blobPut struct {
	hash  Hash
	media string
	quota int64
}

// mentioned is what Mentions was called with.
type mentioned struct {
	blobs       map[Hash]bool
	now, before int64 // milliseconds since 1970 UTC
}

// Put stores a blob, if it is not stored yet, and that a board uses it, and waits
// until both are durable. The caller has seen that the hash is the data's, which
// must not change until it is done; a media type that is known stays. All that a
// board uses may have quota bytes: ErrBlobsFull. When ctx ends first it may be
// stored nevertheless.
func (b *Blobs) Put(ctx context.Context, board string, hash Hash, media string, data []byte, quota int64) error {
	if len(data) == 0 || len(data) > MaxBlob || len(media) > maxMedia {
		return fmt.Errorf("storing a blob of %d bytes: %w: it must have 1 to %d", len(data), ErrTooLarge, MaxBlob)
	}
	err := b.wait(ctx, request{board: board, data: data, snapshot: true, blob: &blobPut{hash, media, quota}})
	if err != nil {
		return fmt.Errorf("storing blob %x of board %q: %w", hash, board, err)
	}
	return nil
}

// Mentions says which blobs the document of a board mentions now. A use of
// another is forgotten if it was not mentioned before either, by keep or longer
// ago; and with the last use of a blob the blob.
func (b *Blobs) Mentions(ctx context.Context, board string, blobs map[Hash]bool, now time.Time, keep time.Duration) error {
	err := b.wait(ctx, request{board: board, mentions: &mentioned{blobs, now.UnixMilli(), now.Add(-keep).UnixMilli()}})
	if err != nil {
		return fmt.Errorf("storing what board %q mentions: %w", board, err)
	}
	return nil
}

func (b *Blobs) wait(ctx context.Context, r request) error {
	result := make(chan error, 1)
	r.done = func(err error) { result <- err }
	b.store.put(r)
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Get returns what is known of a blob that a board uses, or ErrNoBlob.
func (b *Blobs) Get(ctx context.Context, board string, hash Hash) (got Blob, err error) {
	err = b.read(ctx, func(l *loader) error {
		found := false
		err := query(l.conn, `SELECT hash, media, size, piece, pieces, sum FROM blobs
			WHERE hash = ? AND id IN (SELECT blob FROM uses WHERE board = (SELECT id FROM boards WHERE name = ?))`, func(stmt *sqlite.Stmt) (err error) {
			found = true
			got, err = readBlob(stmt)
			return err
		}, hash[:], board)
		if err == nil && !found {
			err = ErrNoBlob
		}
		return err
	})
	if err != nil {
		return Blob{}, fmt.Errorf("reading blob %x of board %q: %w", hash, board, explain(err))
	}
	return got, nil
}

// Piece returns piece i of a blob that Get has returned: bytes from i*BlobPiece on.
// ErrNoBlob: it was removed since.
func (b *Blobs) Piece(ctx context.Context, blob Blob, i int) (data []byte, err error) {
	err = b.read(ctx, func(l *loader) error {
		found := false
		err := query(l.conn, `SELECT pieces.sum, data FROM blobs JOIN pieces ON n = piece + ? WHERE hash = ? AND ? < pieces`, func(stmt *sqlite.Stmt) error {
			found = true
			data = make([]byte, stmt.ColumnLen(1))
			stmt.ColumnBytes(1, data)
			if int64(len(data)) != min(blob.Size-int64(i)*BlobPiece, BlobPiece) || stmt.ColumnInt64(0) != sum(data) {
				return damaged("a piece is garbled")
			}
			return nil
		}, int64(i), blob.Hash[:], int64(i))
		if err != nil || found {
			return err
		}
		known := false
		err = query(l.conn, `SELECT 1 FROM blobs WHERE hash = ?`, func(*sqlite.Stmt) error { known = true; return nil }, blob.Hash[:])
		switch {
		case err != nil:
			return err
		case known:
			return damaged("a piece is missing")
		}
		return ErrNoBlob
	})
	if err != nil {
		return nil, fmt.Errorf("reading blob %x: %w", blob.Hash, explain(err))
	}
	return data, nil
}

// Boards calls f with the boards that use blobs, in the order of their names, until
// f returns an error, which Boards then returns. f may call any other method.
func (b *Blobs) Boards(ctx context.Context, f func(board string) error) error {
	for from := ""; ; {
		var some []string
		err := b.read(ctx, func(l *loader) error {
			return query(l.conn, `SELECT name FROM boards WHERE name > ? AND EXISTS (SELECT 1 FROM uses WHERE board = boards.id) ORDER BY name LIMIT ?`, func(stmt *sqlite.Stmt) error {
				some = append(some, stmt.ColumnText(0))
				return nil
			}, from, int64(loadRows))
		})
		if err != nil {
			return fmt.Errorf("listing the boards that use blobs: %w", explain(err))
		}
		for _, board := range some {
			if err := f(board); err != nil {
				return err
			}
		}
		if len(some) < loadRows {
			return nil
		}
		from = some[len(some)-1]
	}
}

// Total returns how many blobs are stored, and their bytes.
func (b *Blobs) Total(ctx context.Context) (n, size int64, err error) {
	err = b.read(ctx, func(l *loader) error {
		return query(l.conn, `SELECT count(*), coalesce(sum(size), 0) FROM blobs`, func(stmt *sqlite.Stmt) error {
			n, size = stmt.ColumnInt64(0), stmt.ColumnInt64(1)
			return nil
		})
	})
	return n, size, explain(err)
}

// read runs f in a short transaction.
func (b *Blobs) read(ctx context.Context, f func(*loader) error) error {
	return b.store.reader(ctx, func(c *sqlite.Conn) error {
		l := &loader{store: b.store, conn: c, ctx: ctx}
		return l.read(func() error { return f(l) })
	})
}

// blobSum is the checksum of what a row has.
func blobSum(hash []byte, media string, size, piece, pieces int64) int64 {
	var n []byte
	for _, v := range [...]int64{size, piece, pieces, int64(len(media))} {
		n = binary.BigEndian.AppendUint64(n, uint64(v))
	}
	return int64(crc32.Update(crc32.Update(crc32.Checksum(hash, castagnoli), castagnoli, n), castagnoli, []byte(media)))
}

// readBlob reads a row of hash, media, size, piece, pieces and sum.
func readBlob(stmt *sqlite.Stmt) (b Blob, err error) {
	stmt.ColumnBytes(0, b.Hash[:])
	b.Media, b.Size = stmt.ColumnText(1), stmt.ColumnInt64(2)
	piece, pieces := stmt.ColumnInt64(3), stmt.ColumnInt64(4)
	if stmt.ColumnInt64(5) != blobSum(b.Hash[:], b.Media, b.Size, piece, pieces) ||
		b.Size < 1 || b.Size > MaxBlob || pieces != (b.Size+BlobPiece-1)/BlobPiece {
		return Blob{}, damaged("the blob is garbled")
	}
	return b, nil
}

// beginBlob sees whether a blob is stored already, so that it is done when the
// board's use is, and refuses what is over the board's quota.
func (w *writer) beginBlob(c *compaction) (done bool, err error) {
	e, err := w.board(c.board)
	if err != nil {
		return false, err
	}
	var id, uses, used, size int64
	err = query(w.conn, `SELECT id FROM blobs WHERE hash = ?`, func(stmt *sqlite.Stmt) error {
		id = stmt.ColumnInt64(0)
		return nil
	}, c.blob.hash[:])
	if err != nil {
		return false, err
	}
	err = query(w.conn, `SELECT count(*), count(*) FILTER (WHERE blob = ?), coalesce(sum(size), 0) FROM uses JOIN blobs ON id = blob WHERE board = ?`, func(stmt *sqlite.Stmt) error {
		uses, used, size = stmt.ColumnInt64(0), stmt.ColumnInt64(1), stmt.ColumnInt64(2)
		return nil
	}, id, e.id)
	switch {
	case err != nil:
		return false, err
	case used == 0 && (uses >= MaxBoardBlobs || size+int64(len(c.data)) > c.blob.quota):
		c.refused = ErrBlobsFull
		return true, nil
	case id == 0:
		return false, nil
	}
	return true, w.use(e.id, id)
}

// endBlob makes a blob of the pieces that are written.
func (w *writer) endBlob(c *compaction, board, pieces int64) error {
	b := c.blob
	err := exec(w.conn, `INSERT INTO blobs (hash, media, size, piece, pieces, sum) VALUES (?, ?, ?, ?, ?, ?)`,
		b.hash[:], b.media, int64(len(c.data)), c.first, pieces, blobSum(b.hash[:], b.media, int64(len(c.data)), c.first, pieces))
	if err != nil {
		return err
	}
	return w.use(board, w.conn.LastInsertRowID())
}

func (w *writer) use(board, blob int64) error {
	w.since += pageSize
	return exec(w.conn, `INSERT INTO uses (board, blob, missed) VALUES (?, ?, 0) ON CONFLICT DO UPDATE SET missed = 0`, board, blob)
}

// putMentions is the writer's side of Mentions.
func (w *writer) putMentions(board string, m *mentioned) error {
	e, err := w.board(board)
	if err != nil {
		return err
	}
	type use struct{ blob, missed, piece, pieces int64 }
	var found, missed, over []use
	err = query(w.conn, `SELECT hash, media, size, piece, pieces, sum, blob, missed FROM uses JOIN blobs ON id = blob WHERE board = ?`, func(stmt *sqlite.Stmt) error {
		b, err := readBlob(stmt)
		u := use{stmt.ColumnInt64(6), stmt.ColumnInt64(7), stmt.ColumnInt64(3), stmt.ColumnInt64(4)}
		switch {
		case err != nil:
			// Nobody knows which pieces are its own: it stays.
		case m.blobs[b.Hash] && u.missed != 0:
			found = append(found, u)
		case m.blobs[b.Hash]:
		case u.missed == 0:
			missed = append(missed, u)
		case u.missed <= m.before:
			over = append(over, u)
		}
		return nil
	}, e.id)
	if err != nil {
		return err
	}
	w.since += pageSize * (len(found) + len(missed) + len(over))
	for _, u := range found {
		if err := exec(w.conn, `UPDATE uses SET missed = 0 WHERE board = ? AND blob = ?`, e.id, u.blob); err != nil {
			return err
		}
	}
	for _, u := range missed {
		if err := exec(w.conn, `UPDATE uses SET missed = ? WHERE board = ? AND blob = ?`, max(1, m.now), e.id, u.blob); err != nil {
			return err
		}
	}
	for _, u := range over {
		if err := exec(w.conn, `DELETE FROM uses WHERE board = ? AND blob = ?`, e.id, u.blob); err != nil {
			return err
		}
		used := false
		err := query(w.conn, `SELECT 1 FROM uses WHERE blob = ? LIMIT 1`, func(*sqlite.Stmt) error { used = true; return nil }, u.blob)
		if err != nil {
			return err
		}
		if used {
			continue
		}
		if err := exec(w.conn, `DELETE FROM blobs WHERE id = ?`, u.blob); err != nil {
			return err
		}
		if _, err := w.note(0, u.piece, u.pieces); err != nil {
			return err
		}
		w.garbage = true
	}
	return nil
}
