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

// makeFile makes a folder with a database of the given statements.
func makeFile(t *testing.T, statements ...string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	c, err := zs.OpenConn(filepath.Join(dir, sqlite.FileName), zs.OpenReadWrite|zs.OpenCreate)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range statements {
		if err := sqlitex.ExecuteScript(c, s, nil); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func mustWrite(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// What is wrong with a data folder is said, with its path and what to do,
// before anything is served from it.
func TestOpenBadFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	mustWrite(t, file, []byte("x"))
	garbage := t.TempDir()
	mustWrite(t, filepath.Join(garbage, sqlite.FileName), []byte(strings.Repeat("not a database ", 100)))
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, sqlite.FileName), 0o700); err != nil {
		t.Fatal(err)
	}
	lock := t.TempDir()
	mustWrite(t, filepath.Join(lock, "lock.db"), []byte(strings.Repeat("not a database ", 100)))
	for _, test := range []struct {
		name, dir string
		is        error
		want      []string
	}{
		{"the folder above is missing", filepath.Join(t.TempDir(), "no", "data"), os.ErrNotExist, []string{"make the folder above it"}},
		{"a file is in its place", file, nil, []string{"is a file"}},
		{"not a database", garbage, nil, []string{"not a database", "move it away"}},
		{"a folder in the place of the file", folder, nil, []string{"a folder is in the place of the file"}},
		{"the lock is not a database", lock, nil, []string{"lock.db", "not a database"}},
		{"of a newer relay", makeFile(t, "PRAGMA user_version = 99"), sqlite.ErrNewer, []string{"version 99", "install that one"}},
		{"of another program", makeFile(t, "CREATE TABLE recipes (name TEXT)"), nil, []string{"another program", "recipes"}},
		{"with no table of boards", makeFile(t, "PRAGMA user_version = 3"), nil, []string{"boards"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := sqlite.Open(test.dir)
			if err == nil {
				s.Close()
				t.Fatal("Open succeeded")
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("error %q is not %q", err, test.is)
			}
			for _, want := range append(test.want, test.dir) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
		})
	}
}

// What cannot be opened is not changed: it may be somebody else's.
func TestOpenLeavesOthersFileAlone(t *testing.T) {
	for _, dir := range []string{makeFile(t, "CREATE TABLE recipes (name TEXT)"), makeFile(t, "PRAGMA user_version = 99")} {
		path := filepath.Join(dir, sqlite.FileName)
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := sqlite.Open(dir); err == nil {
			s.Close()
			t.Fatal("Open succeeded")
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
			t.Errorf("the file has changed, %v", err)
		}
	}
}

// A file of no bytes is what a machine leaves that stopped while it was made.
func TestOpenEmptyFile(t *testing.T) {
	dir := t.TempDir()
	mustWrite(t, filepath.Join(dir, sqlite.FileName), nil)
	s := open(t, dir)
	if err := storetest.Append(s, "b", []byte("one")); err != nil {
		t.Error(err)
	}
	storetest.Want(t, s, "b", "one")
}

// Files of relays before are brought to this version, with all that they have.
func TestOpenOlderVersion(t *testing.T) {
	dir := makeFile(t, append(sqlite.Migrations(1), `
		INSERT INTO boards (id, name) VALUES (1, 'a'), (2, 'never written'), (7, 'b');
		INSERT INTO updates (board, n, data) VALUES (7, 2, x'62'), (1, 1, x'41'), (7, 1, x'61'), (1, 2, x'42'), (7, 3, x'63');
		PRAGMA user_version = 1`)...)
	for range 2 { // the second time it is of this version
		s := open(t, dir)
		storetest.Want(t, s, "a", "A", "B")
		storetest.Want(t, s, "never written")
		storetest.Want(t, s, "b", "a", "b", "c")
		if err := s.Check(t.Context()); err != nil {
			t.Error(err)
		}
		mustClose(t, s)
	}
	s := open(t, dir)
	for _, board := range []string{"a", "b", "never written", "new"} {
		if err := storetest.Append(s, board, []byte("next")); err != nil {
			t.Error(err)
		}
	}
	if err := storetest.Compact(s, "b", []byte("all")); err != nil {
		t.Error(err)
	}
	storetest.Want(t, s, "a", "A", "B", "next")
	storetest.Want(t, s, "b", storetest.Snapshot("all"))
	storetest.Want(t, s, "never written", "next")
	storetest.Want(t, s, "new", "next")
}
