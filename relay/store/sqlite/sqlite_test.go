package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	zs "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"edgeboard/relay/store/sqlite"
	"edgeboard/relay/store/storetest"
)

func TestStore(t *testing.T) {
	dirs := map[storetest.Store]string{}
	open := func(t *testing.T, dir string) storetest.Store {
		t.Helper()
		s, err := sqlite.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		dirs[s] = dir
		return s
	}
	storetest.Run(t, storetest.Kind{
		Open: func(t *testing.T) storetest.Store { return open(t, t.TempDir()) },
		Reopen: func(t *testing.T, s storetest.Store) storetest.Store {
			if err := s.(*sqlite.Store).Close(); err != nil {
				t.Fatal(err)
			}
			return open(t, dirs[s])
		},
	})
}

// What is wrong with a data folder is said, with its path, before anything is
// served from it.
func TestOpenBadFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	garbage := t.TempDir()
	if err := os.WriteFile(filepath.Join(garbage, sqlite.FileName), []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	newer := t.TempDir()
	c, err := zs.OpenConn(filepath.Join(newer, sqlite.FileName))
	if err != nil {
		t.Fatal(err)
	}
	if err := sqlitex.ExecuteTransient(c, "PRAGMA user_version = 99", nil); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, dir, want string }{
		{"the folder above is missing", filepath.Join(t.TempDir(), "no", "data"), "no such file"},
		{"a file is in its place", file, "is a file"},
		{"not a database", garbage, "not a database"},
		{"of a newer relay", newer, "version 99"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := sqlite.Open(test.dir)
			if err == nil {
				s.Close()
				t.Fatal("Open succeeded")
			}
			if !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), test.dir) {
				t.Errorf("error %q does not say %q and the folder", err, test.want)
			}
		})
	}
}

// Two relays on one folder would not see each other's changes.
func TestOpenTwice(t *testing.T) {
	dir := t.TempDir()
	first, err := sqlite.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := sqlite.Open(dir); err == nil {
		s.Close()
		t.Error("a second relay may use the folder")
	} else if !strings.Contains(err.Error(), "another relay") {
		t.Errorf("error %q does not say why", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := sqlite.Open(dir)
	if err != nil {
		t.Fatalf("after the first has closed: %v", err)
	}
	again.Close()
}

// The folder itself is made: a first start needs no preparation.
func TestOpenMakesFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s, err := sqlite.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder: %v %v, want one that only its owner may read", info, err)
	}
}

// After Close nothing is reported as stored.
func TestClosed(t *testing.T) {
	s, err := sqlite.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := storetest.Append(s, "b", []byte("x")); !errors.Is(err, sqlite.ErrClosed) {
		t.Errorf("Append after Close: %v, want ErrClosed", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}
