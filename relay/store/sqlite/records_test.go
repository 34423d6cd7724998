package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	zs "zombiezen.com/go/sqlite"

	"edgeboard/relay/store/sqlite"
	"edgeboard/relay/store/storetest"
)

func TestRecords(t *testing.T) {
	type opened struct {
		store *sqlite.Store
		dir   string
	}
	stores := map[storetest.Records]opened{}
	openDir := func(t *testing.T, dir string) storetest.Records {
		s := open(t, dir)
		r := s.Records()
		stores[r] = opened{s, dir}
		return r
	}
	storetest.RunRecords(t, storetest.RecordsKind{
		Open: func(t *testing.T) storetest.Records { return openDir(t, memoryDir(t)) },
		Reopen: func(t *testing.T, r storetest.Records) storetest.Records {
			mustClose(t, stores[r].store)
			return openDir(t, stores[r].dir)
		},
		Break:  func(t *testing.T, r storetest.Records) func() { return breakDown(t, stores[r].dir) },
		MaxKey: sqlite.MaxRecordKey, MaxValue: sqlite.MaxRecordValue, TooLarge: sqlite.ErrTooLarge,
	})
}

func put(t *testing.T, s *sqlite.Store, kind, key, value string) {
	t.Helper()
	if err := s.Records().Put(t.Context(), kind, key, []byte(value), time.Time{}); err != nil {
		t.Error(err)
	}
}

// A garbled record is an error that names it, whatever is garbled: never another
// value, nor one that seems to be over. Others are read, and to put it again
// mends it.
func TestGarbledRecord(t *testing.T) {
	for _, garble := range []string{
		"value = x'78'", "value = x''", "until = 1", "until = 4000000000000", "sum = sum + 1",
		"key = x'6231'", "kind = 'other'", "kind = 'ki', key = x'6e6462'", // all that moves is told where it is now
	} {
		dir := t.TempDir()
		s := open(t, dir)
		put(t, s, "kind", "a", "one")
		put(t, s, "kind", "b", "one")
		put(t, s, "kind", "c", "one")
		raw := openRaw(t, dir)
		pragma(t, raw, "UPDATE records SET "+garble+" WHERE key = x'62'")
		where := pragma(t, raw, "SELECT kind || ' ' || key FROM records WHERE key > x'61' AND key < x'63' OR kind <> 'kind'")
		kind, key, _ := strings.Cut(where, " ")
		r := s.Records()
		got, err := r.Get(t.Context(), kind, key)
		if got != nil || !errors.Is(err, sqlite.ErrCorrupt) || !strings.Contains(err.Error(), fmt.Sprintf("%q of kind %q", key, kind)) {
			t.Errorf("%s: Get returned %q, %v, want an error that names it", garble, got, err)
		}
		var told []string
		err = r.List(t.Context(), kind, "", func(key string, _ []byte) error { told = append(told, key); return nil })
		if !errors.Is(err, sqlite.ErrCorrupt) || kind == "kind" && strings.Join(told, " ") != "a" {
			t.Errorf("%s: List told %q and returned %v", garble, told, err)
		}
		storetest.WantRecord(t, s.Records(), "kind", "a", "one")
		if err := r.List(t.Context(), "kind", "c", func(string, []byte) error { return nil }); err != nil {
			t.Errorf("%s: listing others: %v", garble, err)
		}
		if n := count(t, s, "records"); n != 3 {
			t.Errorf("%s: %d records are left", garble, n)
		}
		put(t, s, kind, key, "mended")
		storetest.WantRecord(t, s.Records(), kind, key, "mended")
	}
}

// What is over goes, a few with each commit of records, while others stay.
func TestExpiredRecordsAreRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, memoryDir(t))
		r := s.Records()
		const n = 500
		for i := range n {
			until := time.Time{}
			if i%5 > 0 {
				until = time.Now().Add(time.Hour)
			}
			if err := r.Put(t.Context(), fmt.Sprint("kind", i%3), fmt.Sprint(i), []byte("v"), until); err != nil {
				t.Error(err)
			}
		}
		if got := count(t, s, "records"); got != n {
			t.Errorf("%d records are stored, want %d", got, n)
		}
		time.Sleep(2 * time.Hour)
		for range 2 * n / 64 { // about two rounds
			put(t, s, "kind1", "other", "v")
		}
		if got := count(t, s, "records"); got != n/5+1 {
			t.Errorf("%d records are left, want those that are never over", got)
		}
	})
}

// Records and boards go into the same commits, and to a caller that gives up it
// is said that it did.
func TestPutGivenUp(t *testing.T) {
	s := open(t, t.TempDir())
	release := s.Hold()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Records().Put(ctx, "k", "a", []byte("one"), time.Time{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Put returned %v", err)
	}
	release()
	put(t, s, "k", "b", "two")
	storetest.WantRecord(t, s.Records(), "k", "a", "one")
	if _, err := s.Records().Get(ctx, "k", "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("Get returned %v", err)
	}
}

func TestRecordsClosed(t *testing.T) {
	s := open(t, t.TempDir())
	mustClose(t, s)
	r := s.Records()
	if err := r.Put(t.Context(), "k", "a", []byte("v"), time.Time{}); !errors.Is(err, sqlite.ErrClosed) {
		t.Errorf("Put after Close: %v", err)
	}
	if _, err := r.Get(t.Context(), "k", "a"); !errors.Is(err, sqlite.ErrClosed) {
		t.Errorf("Get after Close: %v", err)
	}
	if err := r.List(t.Context(), "k", "", nil); !errors.Is(err, sqlite.ErrClosed) {
		t.Errorf("List after Close: %v", err)
	}
}

// On a full disk nothing is put, and what there was stays. With room it goes on.
func TestRecordsOnFullDisk(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	put(t, s, "k", "a", "one")
	s.OnWriter(func(c *zs.Conn) {
		pragma(t, c, "PRAGMA max_page_count = 1") // as many as there are
	})
	large := strings.Repeat("v", sqlite.MaxRecordValue)
	for _, key := range []string{"a", "b"} {
		err := s.Records().Put(t.Context(), "k", key, []byte(large), time.Time{})
		if err == nil || !strings.Contains(err.Error(), "the disk is full") || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: error %v does not say which, and that the disk is full", key, err)
		}
	}
	storetest.WantRecord(t, s.Records(), "k", "a", "one")
	storetest.WantRecord(t, s.Records(), "k", "b", "")
	s.OnWriter(func(c *zs.Conn) { pragma(t, c, "PRAGMA max_page_count = 4294967294") })
	put(t, s, "k", "a", large)
	put(t, s, "k", "b", large)
	mustClose(t, s)
	s = open(t, dir)
	storetest.WantRecord(t, s.Records(), "k", "a", large)
	storetest.WantRecord(t, s.Records(), "k", "b", large)
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// A file of a relay before has no records, and takes them with all that it has.
func TestRecordsInOlderFile(t *testing.T) {
	dir := makeFile(t, append(sqlite.Migrations(3), `
		INSERT INTO boards (id, name, last) VALUES (1, 'b', 2);
		INSERT INTO updates (n, board, previous, data) VALUES (1, 1, 0, x'61'), (2, 1, 1, x'62');
		PRAGMA user_version = 3`)...)
	for i := range 2 { // the second time it is of this version
		s := open(t, dir)
		storetest.Want(t, s, "b", "a", "b")
		if i == 0 {
			storetest.WantRecord(t, s.Records(), "k", "a", "")
			put(t, s, "k", "a", "one")
		}
		storetest.WantRecord(t, s.Records(), "k", "a", "one")
		if err := s.Check(t.Context()); err != nil {
			t.Error(err)
		}
		mustClose(t, s)
	}
}

func TestBackupHasRecords(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	put(t, s, "k", "a", "one")
	file := filepath.Join(t.TempDir(), "backup.db")
	if err := sqlite.Backup(t.Context(), dir, file); err != nil {
		t.Fatal(err)
	}
	put(t, s, "k", "a", "two")
	storetest.WantRecord(t, wantBackup(t, file).Records(), "k", "a", "one")
}

// A relay is killed right after Put has returned: the files have it.
func TestRecordsAfterCrash(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for i := range 20 {
		put(t, s, "k", "a", fmt.Sprint(i))
		crashed := t.TempDir()
		f := filesOf(t, dir)
		mustWrite(t, filepath.Join(crashed, sqlite.FileName), f.db)
		mustWrite(t, filepath.Join(crashed, sqlite.FileName+"-wal"), f.wal)
		after := open(t, crashed)
		storetest.WantRecord(t, after.Records(), "k", "a", fmt.Sprint(i))
		mustClose(t, after)
	}
}
