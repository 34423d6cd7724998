package sqlite_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"edgeboard/relay/store/sqlite"
	"edgeboard/relay/store/storetest"
)

// A disk garbles one page after the other. A board is loaded as it was, or Load
// says ErrCorrupt: never anything else; and so with records. Boards that are not
// on the page are not touched by it, and can be written.
func TestGarbledPages(t *testing.T) {
	dir := memoryDir(t)
	s := open(t, dir)
	var boards []string
	want := map[string]string{}
	large := strings.Repeat("a long snapshot ", 2000)
	for i := range 10 {
		name := fmt.Sprint("board", i)
		boards = append(boards, name)
		if i%2 == 0 {
			if err := storetest.Compact(s, name, fmt.Append(nil, name, large)); err != nil {
				t.Fatal(err)
			}
		}
		for k := range 3 {
			if err := storetest.Append(s, name, bytes.Repeat(fmt.Append(nil, name, k), 300)); err != nil {
				t.Fatal(err)
			}
		}
		want[name] = contents(t, s, name)
		for k := range 20 {
			put(t, s, "kind", fmt.Sprint(name, " ", k), strings.Repeat(name, 10*k))
		}
	}
	mustClose(t, s)
	path := filepath.Join(dir, sqlite.FileName)
	refused, damaged, silent := 0, 0, 0
	pages := garblePages(t, dir, 1, func(n int, s *sqlite.Store, err error) {
		if err != nil {
			if refused++; !strings.Contains(err.Error(), path) {
				t.Errorf("page %d: %q does not say which file", n, err)
			}
			return
		}
		checked := s.Check(t.Context())
		if checked != nil && !errors.Is(checked, sqlite.ErrCorrupt) {
			t.Errorf("page %d: Check says %v, want ErrCorrupt", n, checked)
		}
		bad := 0
		for _, name := range boards {
			got, err := tryContents(t, s, name)
			switch {
			case err == nil && got != want[name]:
				t.Errorf("page %d: %s is loaded as\n%.300s\nwant\n%.300s", n, name, got, want[name])
			case err != nil && !errors.Is(err, sqlite.ErrCorrupt):
				t.Errorf("page %d: %s: %v, want ErrCorrupt", n, name, err)
			case err != nil && !strings.Contains(err.Error(), name):
				t.Errorf("page %d: %q does not say which board", n, err)
			case err != nil:
				bad++
			}
		}
		for _, name := range boards {
			for k := range 20 {
				key := fmt.Sprint(name, " ", k)
				got, err := s.Records().Get(t.Context(), "kind", key)
				switch {
				case err == nil && string(got) != strings.Repeat(name, 10*k):
					t.Errorf("page %d: record %s is %.80q; Check says %v", n, key, got, checked)
				case err != nil && !errors.Is(err, sqlite.ErrCorrupt):
					t.Errorf("page %d: record %s: %v, want ErrCorrupt", n, key, err)
				case err != nil && !strings.Contains(err.Error(), key):
					t.Errorf("page %d: %q does not say which record", n, err)
				}
			}
		}
		if bad > 0 {
			damaged++
		} else if checked == nil {
			silent++ // a page that is free, or the unused part of one
		}
	})
	t.Logf("of %d pages: %d keep the file from being opened, %d damage boards, %d are not noticed and do no harm", pages, refused, damaged, silent)
	if refused == 0 || damaged == 0 || refused > pages/3 {
		t.Error("that is not what such a file is like")
	}
}

func tryContents(t *testing.T, s *sqlite.Store, board string) (string, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s:", board)
	take := func(data []byte) error { fmt.Fprintf(&b, " %q", data); return nil }
	snapshot := func(data []byte) error { fmt.Fprintf(&b, " snapshot %q", data); return nil }
	err := s.Load(t.Context(), board, snapshot, take)
	fmt.Fprintln(&b)
	return b.String(), err
}

// One board is damaged where its updates end. It alone is not stored, in the
// same commits in which others are.
func TestDamagedBoardFailsAlone(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for _, board := range []string{"a", "b", "c"} {
		if err := storetest.Append(s, board, []byte("one")); err != nil {
			t.Fatal(err)
		}
	}
	mustClose(t, s)
	raw := openRaw(t, dir)
	pragma(t, raw, "UPDATE boards SET last = 1000 WHERE name = 'b'")
	raw.Close()
	s = open(t, dir)
	results := make(chan error, 8)
	done := func(err error) { results <- err }
	release := s.Hold()
	s.Append("a", []byte("two"), done)
	s.Append("b", []byte("lost"), func(err error) {
		if !errors.Is(err, sqlite.ErrCorrupt) {
			t.Errorf("the board that is damaged: %v, want ErrCorrupt", err)
		}
	})
	s.Compact("c", nil, []byte("all of c"), done)
	s.Append("new", []byte("one"), done)
	release()
	for range 3 {
		if err := <-results; err != nil {
			t.Errorf("a board that is not damaged: %v", err)
		}
	}
	storetest.Want(t, s, "a", "one", "two")
	storetest.Want(t, s, "c", storetest.Snapshot("all of c"))
	storetest.Want(t, s, "new", "one")
	if _, err := tryContents(t, s, "b"); !errors.Is(err, sqlite.ErrCorrupt) {
		t.Errorf("Load says %v, want ErrCorrupt", err)
	}
	// Who has the board in memory can put it in the place of what is damaged.
	if err := storetest.Compact(s, "b", []byte("all of b")); err != nil {
		t.Error(err)
	}
	storetest.Want(t, s, "b", storetest.Snapshot("all of b"))
}

// garblePages garbles the pages of a store's file, one after the other and each in the
// file as it was, and calls try with the store that is opened then, or with the error:
// n is the page's number. With -race it leaves most pages out. It returns how many
// pages there are.
func garblePages(t *testing.T, dir string, seed uint64, try func(n int, s *sqlite.Store, err error)) int {
	t.Helper()
	const page = 4096
	path := filepath.Join(dir, sqlite.FileName)
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(seed, seed+1))
	pages := len(sound) / page
	for n := range pages {
		if slow > 1 && n%5 > 0 {
			continue
		}
		file := bytes.Clone(sound)
		at := n*page + rnd.IntN(page/2)
		for i := range 1 + rnd.IntN(page/2) {
			file[at+i] = byte(rnd.Uint32())
		}
		mustWrite(t, path, file)
		// What was done to the one before is still there if that could not be closed.
		os.Remove(path + "-wal")
		os.Remove(path + "-shm")
		s, err := sqlite.Open(dir)
		try(n, s, err)
		if err == nil {
			s.Close()
		}
	}
	return pages
}
