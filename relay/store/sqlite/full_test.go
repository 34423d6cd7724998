package sqlite_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	zs "zombiezen.com/go/sqlite"

	"edgeboard/relay/store/sqlite"
	"edgeboard/relay/store/storetest"
)

// The disk is full in the middle of commits of many boards. What was told as
// stored is there, what was refused is not, and when there is room again the
// store goes on by itself.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	testFull(t, s, func() (room func()) {
		s.OnWriter(func(c *zs.Conn) {
			// 60 pages more than there are.
			var pages int
			fmt.Sscan(pragma(t, c, "PRAGMA page_count"), &pages)
			pragma(t, c, fmt.Sprint("PRAGMA max_page_count = ", pages+60))
		})
		return func() {
			s.OnWriter(func(c *zs.Conn) { pragma(t, c, "PRAGMA max_page_count = 4294967294") })
		}
	})
	mustClose(t, s)
	if err := open(t, dir).Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// testFull writes until the disk is full, which fillUp sees to, and compares
// what is stored with what was told.
func testFull(t *testing.T, s *sqlite.Store, fillUp func() (room func())) {
	const boards = 10
	var mu sync.Mutex
	acked := make([][]string, boards)
	failed := 0
	name := func(b int) string { return fmt.Sprint("board", b) }
	write := func(rounds int) {
		var wg sync.WaitGroup
		for b := range boards {
			wg.Go(func() {
				for i := range rounds {
					text := fmt.Sprintf("%d %d %s", b, i, strings.Repeat("x", 1500))
					err := storetest.Append(s, name(b), []byte(text))
					mu.Lock()
					if err == nil {
						acked[b] = append(acked[b], text)
					} else if failed++; !strings.Contains(err.Error(), "the disk") {
						t.Errorf("%q does not say that it is the disk", err)
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
	}
	write(5)
	if failed > 0 {
		t.Fatalf("%d appends failed before the disk was full", failed)
	}
	room := fillUp()
	write(40)
	if failed == 0 {
		t.Error("no append failed although the disk was full")
	}
	if err := storetest.Compact(s, name(0), bytes.Repeat([]byte("large"), 1<<20)); err == nil {
		t.Error("a large snapshot was stored on a full disk")
	}
	want := func(when string) {
		t.Helper()
		for b := range boards {
			storetest.Want(t, s, name(b), acked[b]...)
		}
		if t.Failed() {
			t.Fatal(when)
		}
	}
	want("while the disk is full")
	room()
	before := failed
	write(5)
	if failed != before {
		t.Errorf("%d appends failed when there was room again", failed-before)
	}
	want("when there is room again")
	large := strings.Repeat("large", 1<<20)
	if err := storetest.Compact(s, name(0), []byte(large)); err != nil {
		t.Error(err)
	}
	storetest.Want(t, s, name(0), storetest.Snapshot(large))
	settle(t, s) // what the snapshot that failed has left is removed as well
	if n := count(t, s, "garbage"); n != 0 {
		t.Errorf("%d rows of garbage are left", n)
	}
	if n, want := count(t, s, "pieces"), (len(large)+sqlite.PieceSize-1)/sqlite.PieceSize; n != want {
		t.Errorf("%d pieces are stored, the snapshot has %d", n, want)
	}
}

func count(t *testing.T, s *sqlite.Store, table string) (n int) {
	t.Helper()
	s.OnWriter(func(c *zs.Conn) { fmt.Sscan(pragma(t, c, "SELECT count(*) FROM "+table), &n) })
	return n
}

// A snapshot takes the place of updates, and the space of these is used again:
// the file does not grow by what is replaced.
func TestCompactFreesSpace(t *testing.T) {
	s := open(t, t.TempDir())
	s.KeepHistory(0, 0)
	pages := func() (n int) {
		s.OnWriter(func(c *zs.Conn) { fmt.Sscan(pragma(t, c, "PRAGMA page_count"), &n) })
		return n
	}
	large := bytes.Repeat([]byte("snapshot"), 100_000)
	round := func() {
		for i := range 3 * sqlite.SweepStep { // more than one step of the sweep
			if i%10 == 0 {
				if err := storetest.Append(s, "other", []byte("stays")); err != nil {
					t.Fatal(err)
				}
			}
			if err := storetest.Append(s, "b", large[:1000]); err != nil {
				t.Fatal(err)
			}
		}
		if err := storetest.Compact(s, "b", large); err != nil {
			t.Fatal(err)
		}
		settle(t, s)
	}
	round()
	round()
	before := pages()
	for range 3 {
		round()
	}
	if after := pages(); after > before+before/10 {
		t.Errorf("the file has grown from %d pages to %d", before, after)
	}
	if n := count(t, s, "garbage"); n != 0 {
		t.Errorf("%d rows of garbage are left", n)
	}
	if n, want := count(t, s, "updates"), 5*3*sqlite.SweepStep/10; n != want {
		t.Errorf("%d updates are in the file, want %d", n, want)
	}
	storetest.Want(t, s, "b", storetest.Snapshot(string(large)))
	storetest.Want(t, s, "other", slices.Repeat([]string{"stays"}, 5*3*sqlite.SweepStep/10)...)
}

// What was to be removed when the relay stopped is removed by the next one.
func TestGarbageAfterRestart(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for range 10 * sqlite.SweepStep {
		s.Append("b", []byte("update"), func(err error) {
			if err != nil {
				t.Error(err)
			}
		})
	}
	if err := storetest.Compact(s, "b", []byte("all")); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	s = open(t, dir)
	if err := storetest.Append(s, "b", []byte("next")); err != nil {
		t.Error(err)
	}
	settle(t, s)
	if n := count(t, s, "updates"); n != 1 {
		t.Errorf("%d updates are in the file, want the one after the snapshot", n)
	}
	storetest.Want(t, s, "b", storetest.Snapshot("all"), "next")
}

// An empty snapshot is none, and is refused before it does harm.
func TestEmptySnapshot(t *testing.T) {
	s := open(t, t.TempDir())
	if err := storetest.Append(s, "b", []byte("one")); err != nil {
		t.Fatal(err)
	}
	if err := storetest.Compact(s, "b", nil); err == nil {
		t.Error("a snapshot of no bytes was stored")
	}
	storetest.Want(t, s, "b", "one")
}

// The connection breaks, and is opened again.
func TestBrokenConnection(t *testing.T) {
	s := open(t, t.TempDir())
	if err := storetest.Append(s, "b", []byte("one")); err != nil {
		t.Fatal(err)
	}
	s.OnWriter(func(c *zs.Conn) { pragma(t, c, "PRAGMA query_only = 1") })
	if err := storetest.Append(s, "b", []byte("lost")); err == nil {
		t.Error("an append was stored by a connection that cannot write")
	}
	if err := storetest.Append(s, "b", []byte("two")); err != nil {
		t.Error(err)
	}
	storetest.Want(t, s, "b", "one", "two")
	// A failure leaves the connection that comes after with all its settings.
	s.OnWriter(func(c *zs.Conn) {
		for name, want := range map[string]string{"synchronous": "2", "journal_mode": "wal", "wal_autocheckpoint": "0", "foreign_keys": "1"} {
			if got := pragma(t, c, "PRAGMA "+name); got != want {
				t.Errorf("%s is %s, want %s", name, got, want)
			}
		}
	})
}

// Another program has the file locked for longer than the store waits.
func TestLockedByAnotherProgram(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	s.OnWriter(func(c *zs.Conn) { c.SetBusyTimeout(0) })
	other := openRaw(t, dir)
	pragma(t, other, "BEGIN IMMEDIATE")
	err := storetest.Append(s, "b", []byte("lost"))
	if err == nil || !strings.Contains(err.Error(), "another program") {
		t.Errorf("Append returned %v, want one that says why", err)
	}
	pragma(t, other, "ROLLBACK")
	if err := storetest.Append(s, "b", []byte("one")); err != nil {
		t.Error(err)
	}
	storetest.Want(t, s, "b", "one")
}
