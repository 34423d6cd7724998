package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"zombiezen.com/go/sqlite"
)

// Check finds what would keep Open from opening the folder dir, without changing
// anything, and says what it has found there.
func Check(dir string) (found string, err error) {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if err := writable(filepath.Dir(filepath.Clean(dir))); err != nil {
			return "", fmt.Errorf("data folder %s: it is not there, and cannot be made: %w", dir, err)
		}
		return "it is not there yet, and will be made", nil
	}
	if err != nil {
		return "", fmt.Errorf("data folder: %w", err)
	}
	if !info.IsDir() {
		return "", fmt.Errorf("data folder: %s is a file", dir)
	}
	if err := writable(dir); err != nil {
		return "", fmt.Errorf("data folder %s: %w", dir, err)
	}
	if _, err := os.Stat(filepath.Join(dir, lockName)); err == nil {
		lock, err := lockFolder(dir)
		if err != nil {
			return "", fmt.Errorf("data folder %s: %w", dir, err)
		}
		defer lock.Close()
	}
	path := filepath.Join(dir, FileName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "there is no database yet, one will be made", nil
	}
	version, err := readVersion(path)
	if err != nil {
		return "", fmt.Errorf("opening %s: %w", path, explain(err))
	}
	if version < schemaVersion {
		return fmt.Sprintf("the database is of version %d, and a start will make it %d", version, schemaVersion), nil
	}
	return fmt.Sprintf("the database is of version %d", version), nil
}

// writable reports why no file can be made in a folder.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".check-")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

func readVersion(path string) (version int, err error) {
	c, err := sqlite.OpenConn(path, sqlite.OpenReadOnly)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	return versionOf(c)
}
