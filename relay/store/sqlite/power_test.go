package sqlite_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"edgeboard/relay/store/sqlite"
	"edgeboard/relay/store/storetest"
)

// files are the database and its WAL, as a power cut leaves them.
type files struct{ db, wal []byte }

func filesOf(t *testing.T, dir string) (f files) {
	t.Helper()
	var err error
	if f.db, err = os.ReadFile(filepath.Join(dir, sqlite.FileName)); err != nil {
		t.Fatal(err)
	}
	if f.wal, err = os.ReadFile(filepath.Join(dir, sqlite.FileName+"-wal")); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return f
}

// memoryDir is a folder in memory where the system has one: thousands of times
// a disk is asked to sync otherwise.
func memoryDir(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "edgeboard-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// crash returns another folder that has the files of a store as they are now, and
// closes the store.
func crash(t *testing.T, s *sqlite.Store, dir string) (next string) {
	t.Helper()
	next = memoryDir(t)
	// Two files are read one after the other: meanwhile the WAL must not be begun
	// anew, as no crash could see it.
	release := s.Hold()
	f := filesOf(t, dir)
	release()
	mustWrite(t, filepath.Join(next, sqlite.FileName), f.db)
	mustWrite(t, filepath.Join(next, sqlite.FileName+"-wal"), f.wal)
	mustClose(t, s)
	return next
}

// contents is what a store has of some boards, as one text.
func contents(t *testing.T, s *sqlite.Store, boards ...string) string {
	t.Helper()
	var b strings.Builder
	for _, name := range boards {
		text, err := tryContents(t, s, name)
		if err != nil {
			t.Errorf("loading %s: %v", name, err)
		}
		b.WriteString(text)
	}
	return b.String()
}

// reopened opens copies of files, and returns what they have.
func reopened(t *testing.T, dir string, f files, boards ...string) string {
	t.Helper()
	path := filepath.Join(dir, sqlite.FileName)
	os.Remove(path + "-shm") // as after a crash it means nothing
	mustWrite(t, path, f.db)
	mustWrite(t, path+"-wal", f.wal)
	s, err := sqlite.Open(dir)
	if err != nil {
		t.Errorf("%v", err)
		return ""
	}
	defer s.Close()
	if err := s.Check(t.Context()); err != nil {
		t.Errorf("%v", err)
	}
	return contents(t, s, boards...)
}

// The power goes at any byte of the last commit: it is there whole or not at
// all, and what was before it always is. The disk may also have written other
// bytes than were asked for.
func TestPowerCut(t *testing.T) {
	boards := []string{"a", "b", "c"}
	// Pages are small, because there is a trial for every byte of them.
	const begin = "PRAGMA page_size = 512; CREATE TABLE x (x); DROP TABLE x"
	for _, test := range []struct {
		name  string
		fresh bool // the last commit is the first of the WAL
		step  int  // bytes between two trials; times slow
		last  func(s *sqlite.Store) error
	}{
		{"an update", false, 1, func(s *sqlite.Store) error { return storetest.Append(s, "a", []byte("last")) }},
		{"the first update since the start", true, 5, func(s *sqlite.Store) error { return storetest.Append(s, "a", []byte("last")) }},
		{"a new board", false, 5, func(s *sqlite.Store) error { return storetest.Append(s, "c", []byte("last")) }},
		{"a snapshot", false, 5, func(s *sqlite.Store) error { return storetest.Compact(s, "c", []byte("last")) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := makeFile(t, begin)
			s := open(t, dir)
			for i := range 5 {
				for _, board := range []string{"a", "b"} {
					if err := storetest.Append(s, board, fmt.Append(nil, i)); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := storetest.Compact(s, "b", []byte("all of b")); err != nil {
				t.Fatal(err)
			}
			settle(t, s)
			if test.fresh {
				mustClose(t, s)
				s = open(t, dir)
			}
			before, was := filesOf(t, dir), contents(t, s, boards...)
			if err := test.last(s); err != nil {
				t.Fatal(err)
			}
			after, is := filesOf(t, dir), contents(t, s, boards...)
			if !bytes.Equal(before.db, after.db) || !bytes.HasPrefix(after.wal, before.wal) {
				t.Fatal("the last commit did not go to the end of the WAL")
			}
			if was == is {
				t.Fatalf("the last commit changed nothing: %s", is)
			}
			trials := make(chan int)
			var wg sync.WaitGroup
			whole := make([]bool, len(after.wal)+1)
			for worker := range runtime.GOMAXPROCS(0) {
				dir := memoryDir(t)
				rnd := rand.New(rand.NewPCG(5, uint64(worker)))
				wg.Go(func() {
					for cut := range trials {
						f := files{after.db, after.wal[:cut]}
						got := reopened(t, dir, f, boards...)
						if whole[cut] = got == is; !whole[cut] && got != was {
							t.Errorf("cut at byte %d of %d the file has\n%s", cut, len(after.wal), got)
						}
						if cut%7 != 0 {
							continue
						}
						f.wal = slices.Clone(after.wal)
						for i := range f.wal[cut:] {
							f.wal[cut+i] ^= byte(1 + rnd.IntN(255))
						}
						if got := reopened(t, dir, f, boards...); got != was && (got != is || cut < len(after.wal)) {
							t.Errorf("garbled from byte %d of %d the file has\n%s", cut, len(after.wal), got)
						}
					}
				})
			}
			for cut := len(before.wal); cut < len(after.wal); {
				trials <- cut
				if cut < len(before.wal)+64 {
					cut++ // the header of the WAL, if it is new, and that of a frame
				} else {
					cut += test.step * slow
				}
			}
			trials <- len(after.wal)
			close(trials)
			wg.Wait()
			if whole[len(before.wal)] || !whole[len(after.wal)] {
				t.Error("the files were not what the trials took them for")
			}
		})
	}
}

// settle waits until the store has nothing to do.
func settle(t *testing.T, s *sqlite.Store) {
	t.Helper()
	for s.HasGarbage() {
		if t.Context().Err() != nil {
			return
		}
		runtime.Gosched()
	}
}
