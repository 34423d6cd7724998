package storetest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
)

// Reader is what who reads boards without a room needs of a store (still.Store).
type Reader interface {
	Store
	Since(ctx context.Context, board, position string, snapshot, update func(data []byte) error) (string, error)
}

// RunReader tests how stores of a kind are read while they are written.
func RunReader(t *testing.T, open func(t *testing.T) Reader) {
	t.Run("of a board that was never stored there is nothing to read", func(t *testing.T) {
		if at := since(t, open(t), "b", ""); at != "" {
			t.Errorf("it is at %q", at)
		}
	})
	t.Run("what is new is read, and nothing twice", func(t *testing.T) {
		s := open(t)
		mustAppend(t, s, "b", "one")
		mustAppend(t, s, "other", "one")
		mustAppend(t, s, "b", "two")
		at := since(t, s, "b", "", "one", "two")
		if again := since(t, s, "b", at); again != at {
			t.Errorf("the position is %q after %q, and nothing has changed", again, at)
		}
		mustAppend(t, s, "b", "three")
		mustAppend(t, s, "b", "four")
		next := since(t, s, "b", at, "three", "four")
		if next == at {
			t.Errorf("the position is %q as before, and the board has changed", at)
		}
		since(t, s, "b", at, "three", "four")
		since(t, s, "b", "", "one", "two", "three", "four")
	})
	t.Run("a snapshot is read in the place of what was known", func(t *testing.T) {
		s := open(t)
		mustAppend(t, s, "b", "one")
		first := since(t, s, "b", "", "one")
		mustCompact(t, s, "b", "all")
		second := since(t, s, "b", first, Snapshot("all"))
		if again := since(t, s, "b", second); again != second || second == first {
			t.Errorf("the positions are %q, %q and %q", first, second, again)
		}
		mustAppend(t, s, "b", "two")
		third := since(t, s, "b", second, "two")
		mustCompact(t, s, "b", "all again")
		mustAppend(t, s, "b", "three")
		for _, before := range []string{"", first, second, third} {
			since(t, s, "b", before, Snapshot("all again"), "three")
		}
	})
	t.Run("a board may be compacted while it is read", func(t *testing.T) {
		s := open(t)
		large := bytes.Repeat([]byte("x"), 1<<20)
		var wg sync.WaitGroup
		wg.Go(func() {
			for i := range 30 {
				if err := Compact(s, "b", fmt.Append(nil, i, " ", string(large))); err != nil {
					t.Error(err)
				}
				for j := range 5 {
					mustAppend(t, s, "b", fmt.Sprint(i, " ", j))
				}
			}
		})
		written := make(chan struct{})
		go func() { wg.Wait(); close(written) }()
		at, last := "", []int{-1, -1}
		for done := false; !done; {
			select {
			case <-written:
				done = true
			default:
			}
			var err error
			// What is read goes on where the last reading has ended, or begins with
			// a later snapshot.
			at, err = s.Since(t.Context(), "b", at,
				func(data []byte) error {
					var i int
					if _, err := fmt.Sscan(string(data[:3]), &i); err != nil || i < last[0] {
						t.Errorf("snapshot %d after %v, %v", i, last, err)
					}
					last = []int{i, -1}
					return nil
				},
				func(data []byte) error {
					var i, j int
					if _, err := fmt.Sscan(string(data), &i, &j); err != nil || i != last[0] || j != last[1]+1 {
						t.Errorf("update %d %d after %v, %v", i, j, last, err)
					}
					last = []int{i, j}
					return nil
				})
			if err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(last, []int{29, 4}) {
			t.Errorf("the last that was read is %v", last)
		}
	})
}

// since expects a board to have that much beyond a position, and returns where it is
// then.
func since(t *testing.T, s Reader, board, position string, want ...string) string {
	t.Helper()
	var got []string
	at, err := s.Since(t.Context(), board, position,
		func(data []byte) error { got = append(got, Snapshot(string(data))); return nil },
		func(data []byte) error { got = append(got, string(data)); return nil })
	if err != nil {
		t.Errorf("reading %s since %q: %v", board, position, err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("board %s has %.200q since %q, want %.200q", board, got, position, want)
	}
	return at
}
