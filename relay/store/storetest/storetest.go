// Package storetest is the suite that every store passes.
package storetest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
)

// Store is what a relay's room needs of a store (room.Store).
type Store interface {
	Load(ctx context.Context, board string, each func(updates []byte) error) error
	Append(board string, updates []byte, done func(error))
}

// Run tests stores that open returns. Each call of open gives an empty one;
// reopen, if not nil, closes a store and opens it again with what it has kept.
func Run(t *testing.T, open func(t *testing.T) Store, reopen func(t *testing.T, s Store) Store) {
	t.Run("a board that was never stored is empty", func(t *testing.T) {
		if got := load(t, open(t), "none"); len(got) != 0 {
			t.Errorf("loaded %q from an empty store", got)
		}
	})
	t.Run("updates come back in order", func(t *testing.T) {
		s := open(t)
		want := []string{"one", "two", "three"}
		for _, u := range want {
			mustAppend(t, s, "b", u)
		}
		if got := load(t, s, "b"); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("boards are apart", func(t *testing.T) {
		s := open(t)
		mustAppend(t, s, "a", "of a")
		mustAppend(t, s, "b", "of b")
		mustAppend(t, s, "A", "of A") // names differ by case alone
		for board, want := range map[string]string{"a": "of a", "b": "of b", "A": "of A"} {
			if got := load(t, s, board); !slices.Equal(got, []string{want}) {
				t.Errorf("board %s: got %q, want %q", board, got, want)
			}
		}
	})
	t.Run("an error of each is returned and ends the load", func(t *testing.T) {
		s := open(t)
		mustAppend(t, s, "b", "one")
		mustAppend(t, s, "b", "two")
		calls := 0
		want := fmt.Errorf("no more")
		err := s.Load(t.Context(), "b", func([]byte) error { calls++; return want })
		if err == nil || calls != 1 {
			t.Errorf("Load returned %v after %d calls, want an error after one", err, calls)
		}
	})
	t.Run("many boards append at once", func(t *testing.T) {
		s := open(t)
		const boards, each = 20, 25
		var wg sync.WaitGroup
		for b := range boards {
			wg.Go(func() {
				for i := range each {
					mustAppend(t, s, fmt.Sprint("board", b), fmt.Sprint(i))
				}
			})
		}
		wg.Wait()
		for b := range boards {
			got := load(t, s, fmt.Sprint("board", b))
			if len(got) != each || got[0] != "0" || got[each-1] != fmt.Sprint(each-1) {
				t.Errorf("board %d: got %q", b, got)
			}
		}
	})
	if reopen == nil {
		return
	}
	t.Run("what was stored is there after a restart", func(t *testing.T) {
		s := open(t)
		mustAppend(t, s, "b", "one")
		s = reopen(t, s)
		mustAppend(t, s, "b", "two")
		s = reopen(t, s)
		if got, want := load(t, s, "b"), []string{"one", "two"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func mustAppend(t *testing.T, s Store, board, updates string) {
	t.Helper()
	if err := Append(s, board, []byte(updates)); err != nil {
		t.Errorf("Append: %v", err)
	}
}

// Append appends and waits for the result.
func Append(s Store, board string, updates []byte) error {
	result := make(chan error, 1)
	s.Append(board, updates, func(err error) { result <- err })
	return <-result
}

func load(t *testing.T, s Store, board string) (got []string) {
	t.Helper()
	err := s.Load(t.Context(), board, func(u []byte) error { got = append(got, string(u)); return nil })
	if err != nil {
		t.Errorf("Load: %v", err)
	}
	return got
}
