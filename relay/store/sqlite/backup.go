package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"zombiezen.com/go/sqlite"
)

// Backup writes what the data folder dir has stored at this moment to a file,
// which can be put into another data folder as FileName. A relay may use the
// folder meanwhile, and goes on writing. The file must not exist; it is there
// when it is whole, and nothing of it otherwise.
func Backup(ctx context.Context, dir, file string) error {
	if err := backup(ctx, filepath.Join(dir, FileName), file); err != nil {
		return fmt.Errorf("backup of %s to %s: %w", dir, file, explain(err))
	}
	return nil
}

func backup(ctx context.Context, source, file string) (err error) {
	if _, err := os.Lstat(file); err == nil {
		return errors.New("there is a file of this name: move it away, or choose another name")
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	switch info, err := os.Stat(source); {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the folder has no %s: is it a relay's data folder?", FileName)
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%s is a folder", FileName)
	}
	// VACUUM INTO takes a file that is empty. Beside, so that it can be renamed.
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".unfinished-*")
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("make the folder of the file: %w", err)
	} else if err != nil {
		return err
	}
	unfinished := f.Name()
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(unfinished))
		}
	}()
	if err := f.Close(); err != nil {
		return err
	}
	if err := copyInto(ctx, source, unfinished); err != nil {
		return err
	}
	if err := checkBackup(ctx, unfinished); err != nil {
		return fmt.Errorf("the copy is not sound: %w", err)
	}
	if err := syncFile(unfinished); err != nil {
		return err
	}
	if err := os.Rename(unfinished, file); err != nil {
		return err
	}
	// From here on it is there, and a failure means that it may not stay.
	if err := syncFolder(filepath.Dir(file)); err != nil {
		return errors.Join(err, os.Remove(file))
	}
	return nil
}

func copyInto(ctx context.Context, source, file string) (err error) {
	// Not read-only: who reads a WAL writes into the index of it, and the first
	// one after a crash makes that anew.
	c, err := sqlite.OpenConn(source, sqlite.OpenReadWrite)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	c.SetBusyTimeout(busyTimeout)
	if _, err := versionOf(c); err != nil {
		return err
	}
	c.SetInterrupt(ctx.Done())
	defer c.SetInterrupt(nil)
	if err := exec(c, "VACUUM INTO ?", file); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return err
	}
	return nil
}

func checkBackup(ctx context.Context, file string) (err error) {
	c, err := sqlite.OpenConn(file, sqlite.OpenReadOnly)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	c.SetInterrupt(ctx.Done())
	defer c.SetInterrupt(nil)
	return quickCheck(c, "PRAGMA quick_check")
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
