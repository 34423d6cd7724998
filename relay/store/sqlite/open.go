package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"zombiezen.com/go/sqlite"
)

const lockName = "lock.db"

// makeFolder makes dir if it is not there, and sees that it may be written.
func makeFolder(dir string) error {
	err := os.Mkdir(dir, 0o700)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("make the folder above it, or choose another: %w", err)
	case err == nil:
		if err := syncFolder(filepath.Dir(dir)); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrExist):
		return explain(err)
	}
	if info, err := os.Stat(dir); err != nil {
		return explain(err)
	} else if !info.IsDir() {
		return fmt.Errorf("%s is a file", dir)
	}
	// SQLite says of all that can be wrong here that it is "unable to open
	// database file".
	f, err := os.CreateTemp(dir, "probe-*")
	if err != nil {
		return explain(err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// syncFolder makes names in a folder survive the loss of power.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // a folder cannot be opened there, nor does it need to be
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// lockFolder keeps a second relay out of the folder: each would hold boards in
// memory that do not know of the other's changes. The lock is a transaction
// that is never finished, on a file of its own, because that works on every
// system and ends with the process, however it ends.
func lockFolder(dir string) (*sqlite.Conn, error) {
	path := filepath.Join(dir, lockName)
	// SQLite opens a file that may not be written for reading, and then locks
	// nobody out.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return nil, explain(err)
	}
	c, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", lockName, explain(err))
	}
	c.SetBusyTimeout(0)
	err = exec(c, "BEGIN EXCLUSIVE")
	switch {
	case err == nil:
		return c, nil
	case code(err) == sqlite.ResultBusy:
		err = ErrInUse
	default:
		err = fmt.Errorf("%s: %w", lockName, explain(err))
	}
	return nil, errors.Join(err, c.Close())
}

// openFile opens the database for the writer, makes it if need be, and brings
// it to this version.
func openFile(path string) (*sqlite.Conn, error) {
	// SQLite would open a file that may not be written for reading, and leave
	// others beside it that may not be written either.
	switch f, err := os.OpenFile(path, os.O_RDWR, 0); {
	case err == nil:
		if err := f.Close(); err != nil {
			return nil, err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, explain(err)
	}
	c, err := sqlite.OpenConn(path, sqlite.OpenReadWrite|sqlite.OpenCreate)
	if err != nil {
		return nil, explain(err)
	}
	c.SetBusyTimeout(busyTimeout)
	if err := prepare(c); err != nil {
		return nil, errors.Join(explain(err), c.Close())
	}
	return c, nil
}

func prepare(c *sqlite.Conn) error {
	version, err := versionOf(c)
	if err != nil {
		return err
	}
	if err := configure(c); err != nil {
		return err
	}
	if err := migrate(c, version); err != nil {
		return err
	}
	// The WAL may be one that may not be written.
	if err := exec(c, "UPDATE boards SET last = last WHERE false"); err != nil {
		return err
	}
	if err := quickCheck(c, "PRAGMA quick_check(boards)"); err != nil {
		return err
	}
	return quickCheck(c, "PRAGMA quick_check(records)")
}

// versionOf reads the version of the schema. It writes nothing: a file that is
// not ours stays as it is.
func versionOf(c *sqlite.Conn) (version int, err error) {
	if err := query(c, "PRAGMA user_version", func(stmt *sqlite.Stmt) error { version = stmt.ColumnInt(0); return nil }); err != nil {
		return 0, err
	}
	if version > schemaVersion {
		return 0, fmt.Errorf("the file is of version %d, this relay knows up to %d: %w", version, schemaVersion, ErrNewer)
	}
	if version == 0 {
		err = query(c, "SELECT name FROM sqlite_schema LIMIT 1", func(stmt *sqlite.Stmt) error {
			return fmt.Errorf("it is the database of another program, which has a table %.40q: choose another folder", stmt.ColumnText(0))
		})
	}
	return version, err
}

// configure says how this connection writes.
func configure(c *sqlite.Conn) error {
	for _, pragma := range []string{
		"PRAGMA journal_mode = WAL",
		"PRAGMA synchronous = FULL",
		"PRAGMA foreign_keys = ON",
		"PRAGMA wal_autocheckpoint = 0", // see checkpointLoop
		fmt.Sprintf("PRAGMA journal_size_limit = %d", maxWAL),
	} {
		if err := query(c, pragma, func(*sqlite.Stmt) error { return nil }); err != nil {
			return err
		}
	}
	return nil
}

// migrate brings the schema to this version, or leaves it as it is.
func migrate(c *sqlite.Conn, from int) error {
	if from == schemaVersion {
		return nil
	}
	// Whoever gets an error closes the connection, and so ends the transaction.
	if err := exec(c, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	for i, m := range migrations[from:] {
		if err := script(c, m); err != nil {
			return fmt.Errorf("from version %d to %d: %w", from+i, from+i+1, err)
		}
	}
	// A pragma takes no parameters.
	if err := exec(c, fmt.Sprintf("PRAGMA user_version = %d", schemaVersion)); err != nil {
		return err
	}
	return exec(c, "COMMIT")
}

// code is the kind of an error of SQLite, without the details.
func code(err error) sqlite.ResultCode {
	if err == nil {
		return sqlite.ResultOK
	}
	return sqlite.ErrCode(err).ToPrimary()
}

// explain says what to do about an error, where that is known.
func explain(err error) error {
	if err == nil || errors.Is(err, ErrCorrupt) {
		return err
	}
	switch code(err) {
	case sqlite.ResultCorrupt:
		return fmt.Errorf("%w (%w)", ErrCorrupt, err)
	case sqlite.ResultNotADB:
		return fmt.Errorf("the file is not a database: move it away, or choose another folder (%w)", err)
	case sqlite.ResultReadOnly, sqlite.ResultPerm, sqlite.ResultAuth:
		return fmt.Errorf("the relay's user may not write it, or those beside it: change the owner or the mode (%w)", err)
	case sqlite.ResultFull:
		return fmt.Errorf("the disk is full: make room (%w)", err)
	case sqlite.ResultIOErr:
		return fmt.Errorf("the disk fails, or a limit on files is reached: see the system's log (%w)", err)
	case sqlite.ResultCantOpen:
		return fmt.Errorf("it cannot be opened: see that it is a file, and that the relay's user may read and write it and its folder (%w)", err)
	case sqlite.ResultBusy, sqlite.ResultLocked:
		return fmt.Errorf("another program keeps the file locked: end that one (%w)", err)
	}
	switch {
	case errors.Is(err, syscall.EROFS):
		return fmt.Errorf("the file system is read-only: mount it for writing, or choose another folder: %w", err)
	case errors.Is(err, syscall.EISDIR):
		return fmt.Errorf("a folder is in the place of the file: move it away, or choose another: %w", err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("the relay's user may not read and write there: change the owner or the mode, or choose another folder: %w", err)
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("the disk is full: make room, or choose another folder: %w", err)
	}
	return err
}

// quickCheck runs one of the pragmas that look for damage.
func quickCheck(c *sqlite.Conn, pragma string) error {
	var found []string
	err := query(c, pragma, func(stmt *sqlite.Stmt) error {
		if s := stmt.ColumnText(0); s != "ok" && len(found) < 3 {
			found = append(found, strings.Join(strings.Fields(s), " "))
		}
		return nil
	})
	if err != nil {
		return explain(err)
	}
	if len(found) > 0 {
		return fmt.Errorf("%w (%.300s)", ErrCorrupt, strings.Join(found, "; "))
	}
	return nil
}

// exec runs a statement that returns no rows.
func exec(c *sqlite.Conn, statement string, args ...any) error {
	stmt, err := bind(c, statement, args)
	if err != nil {
		return err
	}
	_, err = stmt.Step()
	return err
}

// query calls each with the rows of a statement. An error of each ends it.
func query(c *sqlite.Conn, statement string, each func(*sqlite.Stmt) error, args ...any) error {
	stmt, err := bind(c, statement, args)
	if err != nil {
		return err
	}
	for {
		if more, err := stmt.Step(); err != nil || !more {
			return err
		}
		if err := each(stmt); err != nil {
			return errors.Join(err, stmt.Reset())
		}
	}
}

// script runs statements one after the other.
func script(c *sqlite.Conn, statements string) error {
	for {
		statements = strings.TrimSpace(statements)
		if statements == "" {
			return nil
		}
		stmt, rest, err := c.PrepareTransient(statements)
		if err != nil {
			return err
		}
		statements = statements[len(statements)-rest:]
		for more := true; more && err == nil; {
			more, err = stmt.Step()
		}
		if err := errors.Join(err, stmt.Finalize()); err != nil {
			return err
		}
	}
}

// bind is without the reflection of sqlitex.Execute, which shows in commits of
// many small updates.
func bind(c *sqlite.Conn, statement string, args []any) (*sqlite.Stmt, error) {
	stmt, err := c.Prepare(statement)
	if err != nil {
		return nil, err
	}
	for i, a := range args {
		switch a := a.(type) {
		case int64:
			stmt.BindInt64(i+1, a)
		case []byte:
			stmt.BindBytes(i+1, a)
		case string:
			stmt.BindText(i+1, a)
		default:
			panic(fmt.Sprintf("an argument of type %T", a))
		}
	}
	return stmt, nil
}
