package sqlite_test

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"edgeboard/relay/store/sqlite"
	"edgeboard/relay/store/storetest"
)

// The WAL stays small although the file is written and read without a pause, by
// more at a time than there are connections for.
func TestWALIsBounded(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	large := bytes.Repeat([]byte("x"), 1<<20)
	for _, board := range []string{"a", "b"} {
		if err := storetest.Compact(s, board, large); err != nil {
			t.Fatal(err)
		}
	}
	var stop atomic.Bool
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			none := func([]byte) error { return nil }
			for !stop.Load() {
				if err := s.Load(t.Context(), "a", none, none); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	most := int64(0)
	rounds := 6 * sqlite.MaxWAL >> 20
	if slow > 1 {
		rounds /= 3
	}
	for range rounds {
		if err := storetest.Compact(s, "b", large); err != nil {
			t.Error(err)
		}
		info, err := os.Stat(filepath.Join(dir, sqlite.FileName+"-wal"))
		if err != nil {
			t.Fatal(err)
		}
		most = max(most, info.Size())
	}
	stop.Store(true)
	wg.Wait()
	t.Logf("%d MiB were written; the WAL had %d at most", rounds, most>>20)
	if most > 3*sqlite.MaxWAL {
		t.Errorf("the WAL has grown to %d MiB", most>>20)
	}
}
