package sqlite_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"edgeboard/relay/store/sqlite"
	"edgeboard/relay/store/storetest"
)

// wantBackup expects a backup to be a data folder's database, and nothing
// beside it.
func wantBackup(t *testing.T, file string) *sqlite.Store {
	t.Helper()
	wantNames(t, filepath.Dir(file), filepath.Base(file))
	dir := t.TempDir()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	mustWrite(t, filepath.Join(dir, sqlite.FileName), data)
	s := open(t, dir)
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
	return s
}

func wantNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	if strings.Join(names, " ") != strings.Join(want, " ") {
		t.Errorf("the folder of the backup has %q, want %q", names, want)
	}
}

// A relay goes on writing while a backup is made. It has each board as it was at
// one moment: so many updates, from the first.
func TestBackupOfRunningRelay(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if err := storetest.Compact(s, "large", bytes.Repeat([]byte("large"), 500_000)); err != nil {
		t.Fatal(err)
	}
	if err := storetest.Append(s, "b", []byte("0")); err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan int)
	go func() {
		n := 1
		for ; ; n++ {
			select {
			case <-stop:
				stopped <- n
				return
			default:
			}
			if err := storetest.Append(s, "b", fmt.Append(nil, n)); err != nil {
				t.Error(err)
			}
		}
	}()
	for range 3 {
		file := filepath.Join(t.TempDir(), "backup.db")
		if err := sqlite.Backup(t.Context(), dir, file); err != nil {
			t.Fatal(err)
		}
		b := wantBackup(t, file)
		storetest.Want(t, b, "large", storetest.Snapshot(strings.Repeat("large", 500_000)))
		n := 0
		err := b.Load(t.Context(), "b", nil, func(data []byte) error {
			if string(data) != fmt.Sprint(n) {
				t.Errorf("update %d is %q", n, data)
			}
			n++
			return nil
		})
		if err != nil || n == 0 {
			t.Errorf("the backup has %d updates, %v", n, err)
		}
		if err := storetest.Append(b, "b", []byte("next")); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	n := <-stopped
	count := 0
	if err := s.Load(t.Context(), "b", nil, func([]byte) error { count++; return nil }); err != nil || count != n {
		t.Errorf("the relay has %d updates of %d, %v", count, n, err)
	}
	if other, err := sqlite.Open(dir); err == nil {
		other.Close()
		t.Error("after the backup another relay may use the folder")
	}
}

func TestBackupOfStoppedRelay(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if err := storetest.Append(s, "b", []byte("one")); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	file := filepath.Join(t.TempDir(), "backup.db")
	if err := sqlite.Backup(t.Context(), dir, file); err != nil {
		t.Fatal(err)
	}
	storetest.Want(t, wantBackup(t, file), "b", "one")
	storetest.Want(t, open(t, dir), "b", "one")
}

// A relay that was killed has left a WAL, and what is in it is backed up too.
func TestBackupAfterCrash(t *testing.T) {
	dir, crashed := t.TempDir(), t.TempDir()
	s := open(t, dir)
	if err := storetest.Append(s, "b", []byte("one")); err != nil {
		t.Fatal(err)
	}
	f := filesOf(t, dir)
	mustWrite(t, filepath.Join(crashed, sqlite.FileName), f.db)
	mustWrite(t, filepath.Join(crashed, sqlite.FileName+"-wal"), f.wal)
	file := filepath.Join(t.TempDir(), "backup.db")
	if err := sqlite.Backup(t.Context(), crashed, file); err != nil {
		t.Fatal(err)
	}
	storetest.Want(t, wantBackup(t, file), "b", "one")
}

// What fails says why, and leaves nothing behind.
func TestBackupFails(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if err := storetest.Append(s, "b", bytes.Repeat([]byte("x"), 100_000)); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	garbled := t.TempDir()
	data, err := os.ReadFile(filepath.Join(dir, sqlite.FileName))
	if err != nil {
		t.Fatal(err)
	}
	for i := range data[8192:] {
		data[8192+i] = byte(i)
	}
	mustWrite(t, filepath.Join(garbled, sqlite.FileName), data)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		name, dir, file, want string
		ctx                   context.Context
	}{
		{"no such data folder", filepath.Join(dir, "no"), "backup.db", "data folder?", t.Context()},
		{"no relay's folder", t.TempDir(), "backup.db", "data folder?", t.Context()},
		{"no folder for the file", dir, "no/backup.db", "make the folder", t.Context()},
		{"of another program", makeFile(t, "CREATE TABLE recipes (name TEXT)"), "backup.db", "another program", t.Context()},
		{"of a newer relay", makeFile(t, "PRAGMA user_version = 99"), "backup.db", "newer relay", t.Context()},
		{"damaged", garbled, "backup.db", "damaged", t.Context()},
		{"given up", dir, "backup.db", "canceled", cancelled},
	} {
		t.Run(test.name, func(t *testing.T) {
			out := t.TempDir()
			err := sqlite.Backup(test.ctx, test.dir, filepath.Join(out, test.file))
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), test.dir) {
				t.Errorf("error %v does not say %q and the folder", err, test.want)
			}
			wantNames(t, out)
		})
	}
	t.Run("there is a file", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "backup.db")
		mustWrite(t, file, []byte("yesterday's"))
		if err := sqlite.Backup(t.Context(), dir, file); err == nil || !strings.Contains(err.Error(), "there is a file") {
			t.Errorf("error %v does not say that there is a file", err)
		}
		if data, err := os.ReadFile(file); err != nil || string(data) != "yesterday's" {
			t.Errorf("the file is %q now, %v", data, err)
		}
	})
}
