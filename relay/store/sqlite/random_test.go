package sqlite_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	zs "zombiezen.com/go/sqlite"

	"edgeboard/relay/store/sqlite"
	"edgeboard/relay/store/storetest"
)

// kept is what a board must be.
type kept struct {
	name     string
	snapshot string
	updates  []string
}

func (k *kept) want() (list []string) {
	if k.snapshot != "" {
		list = append(list, storetest.Snapshot(k.snapshot))
	}
	return append(list, k.updates...)
}

// Boards are written and read at random, each by one goroutine, while the disk
// is full at times, the relay stops or crashes, and starts again. All the time
// each board is what was told as stored.
func TestRandom(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			testRandom(t, seed)
		})
	}
}

func testRandom(t *testing.T, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 1))
	dir := memoryDir(t)
	s := open(t, dir)
	boards := make([]*kept, 12)
	for i := range boards {
		boards[i] = &kept{name: fmt.Sprint("board", i)}
	}
	failed := 0
	for round := range 8 {
		full := rnd.IntN(3) == 0
		if full {
			s.OnWriter(func(c *zs.Conn) {
				var pages int
				fmt.Sscan(pragma(t, c, "PRAGMA page_count"), &pages)
				pragma(t, c, fmt.Sprint("PRAGMA max_page_count = ", pages+rnd.IntN(100)))
			})
		}
		closes := rnd.IntN(3) == 0 // while they write
		var mu sync.Mutex
		var wg sync.WaitGroup
		for _, k := range boards {
			rnd := rand.New(rand.NewPCG(rnd.Uint64(), 2))
			wg.Go(func() {
				for range 1 + rnd.IntN(60/slow+5) {
					err := k.step(t, s, rnd)
					if err == nil {
						continue
					}
					if !full && !(closes && errors.Is(err, sqlite.ErrClosed)) {
						t.Errorf("seed %d, round %d: %v", seed, round, err)
					}
					mu.Lock()
					failed++
					mu.Unlock()
				}
			})
		}
		if closes {
			mustClose(t, s)
		}
		wg.Wait()
		switch {
		case closes:
			s = open(t, dir)
		case rnd.IntN(2) == 0:
			dir = crash(t, s, dir)
			s = open(t, dir)
		case full:
			s.OnWriter(func(c *zs.Conn) { pragma(t, c, "PRAGMA max_page_count = 4294967294") })
		}
		for _, k := range boards {
			storetest.Want(t, s, k.name, k.want()...)
		}
		if err := s.Check(t.Context()); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Fatalf("seed %d, round %d", seed, round)
		}
	}
	t.Logf("%d steps failed", failed)
	if failed == 0 {
		t.Error("nothing failed")
	}
}

// step does one thing with a board, and notes it if it was done.
func (k *kept) step(t *testing.T, s *sqlite.Store, rnd *rand.Rand) error {
	switch n := rnd.IntN(20); {
	case n == 0:
		size := 1 + rnd.IntN(1000)
		if rnd.IntN(10) == 0 {
			size = rnd.IntN(3 << 20 / slow)
		}
		snapshot := strings.Repeat(fmt.Sprint(len(k.updates), " "), 1+size/2)
		if err := storetest.Compact(s, k.name, []byte(snapshot)); err != nil {
			return err
		}
		k.snapshot, k.updates = snapshot, nil
	case n < 4:
		got, err := tryContents(t, s, k.name)
		if err != nil {
			return err
		}
		var want bytes.Buffer
		fmt.Fprintf(&want, "%s:", k.name)
		if k.snapshot != "" {
			fmt.Fprintf(&want, " snapshot %q", k.snapshot)
		}
		for _, u := range k.updates {
			fmt.Fprintf(&want, " %q", u)
		}
		if got != want.String()+"\n" {
			t.Errorf("%s is %.200q, want %.200q", k.name, got, want.String())
		}
	default:
		update := fmt.Sprint(rnd.Uint64())
		if rnd.IntN(8) == 0 {
			update = strings.Repeat(update, rnd.IntN(500)+1)
		}
		if err := storetest.Append(s, k.name, []byte(update)); err != nil {
			return err
		}
		k.updates = append(k.updates, update)
	}
	return nil
}
