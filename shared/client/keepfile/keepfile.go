// Package keepfile is a client.Shelf of files: what a program knows of a board,
// changes that no relay has among it, survives its end, a crash and the loss of
// power.
//
// A board has a folder, a slot two files in it:
//
//	0.kept   its records
//	0.lock   empty; the program that has the slot holds a lock of the operating
//	         system's on it, which ends with the program, however that ends
//
// What could not be read lies beside them as 0.aside-1, 0.aside-2 …
//
// It runs where there is flock (Unix); elsewhere Take returns an error that is
// errors.ErrUnsupported.
package keepfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"edgeboard/shared/client"
)

// Shelf returns the shelf of a board in a folder that holds those of all boards.
// The name of the board is one that wire.ValidBoardName accepts. Nothing is made
// before a slot is taken.
func Shelf(folder, board string) client.Shelf {
	return &shelf{folder: filepath.Join(folder, fileName(board))}
}

// fileName writes a board's name so that names which differ in case alone are two
// also where files are not told apart by it: a capital letter has a + before it.
func fileName(board string) string {
	var b strings.Builder
	for _, c := range []byte(board) {
		if 'A' <= c && c <= 'Z' {
			b.WriteByte('+')
		}
		b.WriteByte(c)
	}
	return b.String()
}

type shelf struct{ folder string }

func (s *shelf) file(slot int, kind string) string {
	return filepath.Join(s.folder, strconv.Itoa(slot)+"."+kind)
}

func (s *shelf) Slots(context.Context) ([]int, error) {
	entries, err := os.ReadDir(s.folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var slots []int
	for _, e := range entries {
		name, kept := strings.CutSuffix(e.Name(), ".kept")
		n, err := strconv.Atoi(name)
		if !kept || err != nil || n < 0 || n >= client.MaxSlots || strconv.Itoa(n) != name {
			continue
		}
		slots = append(slots, n)
	}
	slices.Sort(slots)
	return slots, nil
}

func (s *shelf) Read(_ context.Context, slot int) ([][]byte, error) {
	data, err := os.ReadFile(s.file(slot, "kept"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	records, _, err := parse(data)
	if err != nil {
		err = fmt.Errorf("%s: %w", s.file(slot, "kept"), err)
	}
	return records, err
}

func (s *shelf) Take(_ context.Context, n int) (client.Slot, error) {
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(s.file(n, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	free, err := tryLock(lock)
	if err != nil {
		lock.Close()
		return nil, fmt.Errorf("locking %s: %w", lock.Name(), err)
	}
	if !free {
		lock.Close()
		return nil, nil
	}
	return &slot{shelf: s, n: n, lock: lock}, nil
}

// slot is one that this program has.
type slot struct {
	*shelf
	n    int
	lock *os.File // nil when it was given back
	log  *os.File // the records, open behind the last one; nil: not opened yet
}

var errClosed = errors.New("keepfile: the slot was given back")

// open opens the records to append to them. What a program that crashed began and
// did not finish is cut off.
func (s *slot) open() error {
	switch {
	case s.lock == nil:
		return errClosed
	case s.log != nil:
		return nil
	}
	name := s.file(s.n, "kept")
	data, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	_, end, err := parse(data)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", name, err)
	case end == 0:
		return s.rewrite(nil)
	}
	log, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err = log.Truncate(int64(end)); err == nil {
		_, err = log.Seek(int64(end), io.SeekStart)
	}
	if err != nil {
		log.Close()
		return err
	}
	s.log = log
	return nil
}

func (s *slot) Append(_ context.Context, r client.Record) error {
	if err := s.open(); err != nil {
		return err
	}
	_, err := s.log.Write(appendRecord(nil, r.Data))
	if err == nil {
		err = s.log.Sync()
	}
	if err != nil {
		s.shut() // opened anew, it is cut off where the last whole record ends
	}
	return err
}

func (s *slot) Replace(_ context.Context, r client.Record) error {
	if s.lock == nil {
		return errClosed
	}
	return s.rewrite(appendRecord(nil, r.Data))
}

// rewrite puts another file in the place of the records: until it is renamed the
// old one stands.
func (s *slot) rewrite(records []byte) (err error) {
	s.shut()
	name := s.file(s.n, "kept")
	f, err := os.OpenFile(name+".new", os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append([]byte(magic), records...))
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		f.Close()
		os.Remove(name + ".new")
		return err
	}
	s.log = f
	return s.syncFolder()
}

func (s *slot) Remove(context.Context) error {
	if s.lock == nil {
		return errClosed
	}
	s.shut()
	if err := os.Remove(s.file(s.n, "kept")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return s.syncFolder()
}

// maxAside bounds how often a slot may be set aside: something is badly wrong, and
// a person should look.
const maxAside = 100

func (s *slot) SetAside(context.Context) error {
	if s.lock == nil {
		return errClosed
	}
	s.shut()
	for i := 1; i <= maxAside; i++ {
		name := s.file(s.n, "aside-"+strconv.Itoa(i))
		if _, err := os.Lstat(name); err == nil {
			continue // the lock is held: nobody else makes one
		}
		if err := os.Rename(s.file(s.n, "kept"), name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return s.syncFolder()
	}
	return fmt.Errorf("%s has %d files set aside", s.folder, maxAside)
}

// syncFolder makes names durable.
func (s *slot) syncFolder() error {
	d, err := os.Open(s.folder)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

func (s *slot) shut() {
	if s.log != nil {
		s.log.Close()
		s.log = nil
	}
}

func (s *slot) Close() {
	s.shut()
	if s.lock != nil {
		s.lock.Close() // and with it the lock
		s.lock = nil
	}
}
