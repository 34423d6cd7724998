package sqlite_test

import (
	"crypto/sha256"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"edgeboard/relay/store/sqlite"
	"edgeboard/relay/store/storetest"
)

func TestBlobs(t *testing.T) {
	type opened struct {
		store *sqlite.Store
		dir   string
	}
	stores := map[storetest.Blobs[sqlite.Blob]]opened{}
	openDir := func(t *testing.T, dir string) storetest.Blobs[sqlite.Blob] {
		s := open(t, dir)
		b := s.Blobs()
		stores[b] = opened{s, dir}
		return b
	}
	storetest.RunBlobs(t, storetest.BlobsKind[sqlite.Blob]{
		Open: func(t *testing.T) storetest.Blobs[sqlite.Blob] { return openDir(t, memoryDir(t)) },
		Reopen: func(t *testing.T, b storetest.Blobs[sqlite.Blob]) storetest.Blobs[sqlite.Blob] {
			mustClose(t, stores[b].store)
			return openDir(t, stores[b].dir)
		},
		Break: func(t *testing.T, b storetest.Blobs[sqlite.Blob]) func() { return breakDown(t, stores[b].dir) },
		Size:  func(b sqlite.Blob) int64 { return b.Size },
		Media: func(b sqlite.Blob) string { return b.Media },
		Piece: sqlite.BlobPiece, None: sqlite.ErrNoBlob, Full: sqlite.ErrBlobsFull,
	})
}

func putBlob(t *testing.T, s *sqlite.Store, board, data string) sqlite.Hash {
	t.Helper()
	hash := sha256.Sum256([]byte(data))
	if err := s.Blobs().Put(t.Context(), board, hash, "image/png", []byte(data), 1<<30); err != nil {
		t.Error(err)
	}
	return hash
}

func readBlob(t *testing.T, s *sqlite.Store, board string, hash sqlite.Hash) (string, error) {
	t.Helper()
	b, err := s.Blobs().Get(t.Context(), board, hash)
	if err != nil {
		return "", err
	}
	var all strings.Builder
	for i := 0; int64(all.Len()) < b.Size; i++ {
		piece, err := s.Blobs().Piece(t.Context(), b, i)
		if err != nil {
			return "", err
		}
		all.Write(piece)
	}
	return all.String(), nil
}

// The pieces of a blob that goes are removed, and those of snapshots stay.
func TestBlobsGarbage(t *testing.T) {
	s := open(t, t.TempDir())
	large := strings.Repeat("picture ", 1<<18) // 2 MiB
	snapshot := strings.Repeat("snapshot", 1<<17)
	hash := putBlob(t, s, "b", large)
	if err := storetest.Compact(s, "b", []byte(snapshot)); err != nil {
		t.Fatal(err)
	}
	kept := putBlob(t, s, "b", "small")
	now := time.Now()
	for _, at := range []time.Time{now, now.Add(time.Hour)} {
		if err := s.Blobs().Mentions(t.Context(), "b", map[sqlite.Hash]bool{kept: true}, at, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := readBlob(t, s, "b", hash); !errors.Is(err, sqlite.ErrNoBlob) {
		t.Errorf("what has gone is read: %.20q, %v", got, err)
	}
	settle(t, s)
	if n, want := count(t, s, "pieces"), len(snapshot)/sqlite.PieceSize+1; n != want {
		t.Errorf("%d pieces are left, want %d", n, want)
	}
	storetest.Want(t, s, "b", storetest.Snapshot(snapshot))
	if got, err := readBlob(t, s, "b", kept); got != "small" || err != nil {
		t.Errorf("the other is %q, %v", got, err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// A garbled blob is an error, whatever is garbled, and never other bytes. What
// nobody can tell the pieces of is not removed: they may be another's.
func TestGarbledBlob(t *testing.T) {
	for _, garble := range []string{
		"UPDATE blobs SET piece = piece + 1", "UPDATE blobs SET pieces = pieces - 1", "UPDATE blobs SET size = size - 1", "UPDATE blobs SET size = -1",
		"UPDATE blobs SET media = 'text/html'", "UPDATE blobs SET sum = sum + 1",
		"DELETE FROM pieces WHERE n = 2", "UPDATE pieces SET data = x'00' WHERE n = 1", "UPDATE pieces SET sum = sum + 1 WHERE n = 1",
	} {
		dir := t.TempDir()
		s := open(t, dir)
		hash := putBlob(t, s, "b", strings.Repeat("picture ", 1<<17))
		if err := storetest.Compact(s, "b", []byte("snapshot")); err != nil {
			t.Fatal(err)
		}
		pragma(t, openRaw(t, dir), garble)
		if got, err := readBlob(t, s, "b", hash); !errors.Is(err, sqlite.ErrCorrupt) {
			t.Errorf("%s: read %.20q, %v; want ErrCorrupt", garble, got, err)
		}
		now := time.Now()
		for _, at := range []time.Time{now, now.Add(time.Hour), now.Add(2 * time.Hour)} {
			if err := s.Blobs().Mentions(t.Context(), "b", nil, at, time.Hour); err != nil {
				t.Errorf("%s: %v", garble, err)
			}
		}
		settle(t, s)
		storetest.Want(t, s, "b", storetest.Snapshot("snapshot"))
	}
}

// There may be so many blobs on a board, however small they are.
func TestBoardBlobs(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	putBlob(t, s, "b", "first")
	pragma(t, openRaw(t, dir), `
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
		INSERT INTO blobs (hash, media, size, piece, pieces, sum) SELECT randomblob(32), 'image/png', 1, 0, 1, 0 FROM n`)
	pragma(t, openRaw(t, dir), "INSERT INTO uses SELECT 1, id, 0 FROM blobs WHERE true ON CONFLICT DO NOTHING")
	more := []byte("more")
	if err := s.Blobs().Put(t.Context(), "b", sha256.Sum256(more), "image/png", more, 1<<30); !errors.Is(err, sqlite.ErrBlobsFull) {
		t.Errorf("blob %d of a board: %v", sqlite.MaxBoardBlobs+1, err)
	}
	putBlob(t, s, "b", "first")
	putBlob(t, s, "c", "more")
}

// A backup has the blobs.
func TestBackupOfBlobs(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	large := strings.Repeat("picture ", 1<<18)
	hash := putBlob(t, s, "b", large)
	file := filepath.Join(t.TempDir(), "backup.db")
	if err := sqlite.Backup(t.Context(), dir, file); err != nil {
		t.Fatal(err)
	}
	b := wantBackup(t, file)
	if got, err := readBlob(t, b, "b", hash); got != large || err != nil {
		t.Errorf("the backup has %.20q, %v", got, err)
	}
}

// After Close nothing is reported as stored.
func TestBlobsClosed(t *testing.T) {
	s, err := sqlite.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	x := []byte("x")
	if err := s.Blobs().Put(t.Context(), "b", sha256.Sum256(x), "image/png", x, 1); !errors.Is(err, sqlite.ErrClosed) {
		t.Errorf("Put after Close: %v", err)
	}
	if _, err := s.Blobs().Get(t.Context(), "b", sha256.Sum256(x)); !errors.Is(err, sqlite.ErrClosed) {
		t.Errorf("Get after Close: %v", err)
	}
}
