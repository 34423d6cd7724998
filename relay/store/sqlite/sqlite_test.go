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

func open(t *testing.T, dir string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func mustClose(t *testing.T, s *sqlite.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestStore(t *testing.T) {
	dirs := map[storetest.Store]string{}
	openDir := func(t *testing.T, dir string) storetest.Store {
		s := open(t, dir)
		dirs[s] = dir
		return s
	}
	storetest.Run(t, storetest.Kind{
		Open: func(t *testing.T) storetest.Store { return openDir(t, t.TempDir()) },
		Reopen: func(t *testing.T, s storetest.Store) storetest.Store {
			mustClose(t, s.(*sqlite.Store))
			return openDir(t, dirs[s])
		},
		Break: func(t *testing.T, s storetest.Store) func() {
			return breakDown(t, dirs[s])
		},
	})
}

func TestSince(t *testing.T) {
	storetest.RunReader(t, func(t *testing.T) storetest.Reader { return open(t, t.TempDir()) })
}

// breakDown makes everything that is written fail, and SQLite take it back.
func breakDown(t *testing.T, dir string) (repair func()) {
	t.Helper()
	change := func(statements string) {
		t.Helper()
		c, err := zs.OpenConn(filepath.Join(dir, sqlite.FileName), zs.OpenReadWrite)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(sqlitex.ExecuteScript(c, statements, nil), c.Close()); err != nil {
			t.Fatal(err)
		}
	}
	change(`
		CREATE TRIGGER no_updates BEFORE INSERT ON updates BEGIN SELECT raise(ROLLBACK, 'broken'); END;
		CREATE TRIGGER no_pieces BEFORE INSERT ON pieces BEGIN SELECT raise(FAIL, 'broken'); END;
		CREATE TRIGGER no_records BEFORE INSERT ON records BEGIN SELECT raise(ABORT, 'broken'); END;
		CREATE TRIGGER all_records BEFORE DELETE ON records BEGIN SELECT raise(FAIL, 'broken'); END;
		CREATE TRIGGER no_changes BEFORE INSERT ON changes BEGIN SELECT raise(ABORT, 'broken'); END;
		CREATE TRIGGER no_inboxes BEFORE INSERT ON inboxes BEGIN SELECT raise(FAIL, 'broken'); END;
		CREATE TRIGGER all_deliveries BEFORE DELETE ON deliveries BEGIN SELECT raise(FAIL, 'broken'); END;
		CREATE TRIGGER same_deliveries BEFORE UPDATE ON deliveries BEGIN SELECT raise(FAIL, 'broken'); END;`)
	return func() {
		change(`DROP TRIGGER no_updates; DROP TRIGGER no_pieces; DROP TRIGGER no_records; DROP TRIGGER all_records; DROP TRIGGER no_changes;
			DROP TRIGGER no_inboxes; DROP TRIGGER all_deliveries; DROP TRIGGER same_deliveries;`)
	}
}

// openRaw opens the file of a folder as another program would.
func openRaw(t *testing.T, dir string) *zs.Conn {
	t.Helper()
	c, err := zs.OpenConn(filepath.Join(dir, sqlite.FileName), zs.OpenReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// pragma runs one statement and returns the first column of the last row.
func pragma(t *testing.T, c *zs.Conn, statement string) (value string) {
	t.Helper()
	err := sqlitex.ExecuteTransient(c, statement, &sqlitex.ExecOptions{ResultFunc: func(stmt *zs.Stmt) error {
		value = stmt.ColumnText(0)
		return nil
	}})
	if err != nil {
		t.Errorf("%s: %v", statement, err)
	}
	return value
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
