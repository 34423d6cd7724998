package sqlite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// Backup writes a copy of the database in the folder dir, as it is at this
// moment, into a new file. A relay may be using the folder.
func Backup(ctx context.Context, dir, file string) (err error) {
	path := filepath.Join(dir, FileName)
	c, err := sqlite.OpenConn(path, sqlite.OpenReadOnly)
	if err != nil {
		return fmt.Errorf("opening %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	c.SetInterrupt(ctx.Done())
	if err := sqlitex.ExecuteTransient(c, "VACUUM INTO ?", &sqlitex.ExecOptions{Args: []any{file}}); err != nil {
		return fmt.Errorf("writing %s: %w", file, err)
	}
	return nil
}
