// Package storetest is the suite that every store passes.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
)

// Store is what a relay's room needs of a store (room.Store).
type Store interface {
	Load(ctx context.Context, board string, snapshot, update func(data []byte) error) error
	Append(board string, updates []byte, done func(error))
	Compact(board string, updates, snapshot []byte, done func(error))
}

// Kind is how a test opens, ends and breaks one kind of store.
type Kind struct {
	// Open returns an empty store.
	Open func(t *testing.T) Store
	// Reopen closes a store and opens it again with what it has kept. Nil: it
	// keeps nothing.
	Reopen func(t *testing.T, s Store) Store
	// Break makes all that is stored from now on fail, until repair is called.
	// Loads may fail too. Nil: it cannot be made to.
	Break func(t *testing.T, s Store) (repair func())
}

// Run tests stores of a kind.
func Run(t *testing.T, kind Kind) {
	open := kind.Open
	t.Run("a board that was never stored is empty", func(t *testing.T) {
		Want(t, open(t), "none")
	})
	t.Run("updates come back in order", func(t *testing.T) {
		s := open(t)
		for _, u := range []string{"one", "two", "three"} {
			mustAppend(t, s, "b", u)
		}
		Want(t, s, "b", "one", "two", "three")
	})
	t.Run("boards are apart", func(t *testing.T) {
		s := open(t)
		mustAppend(t, s, "a", "of a")
		mustAppend(t, s, "b", "of b")
		mustAppend(t, s, "A", "of A") // names differ by case alone
		Want(t, s, "a", "of a")
		Want(t, s, "b", "of b")
		Want(t, s, "A", "of A")
	})
	t.Run("a snapshot takes the place of what was before it", func(t *testing.T) {
		s := open(t)
		mustAppend(t, s, "b", "one")
		mustAppend(t, s, "b", "two")
		mustAppend(t, s, "other", "one")
		mustCompact(t, s, "b", "one and two")
		Want(t, s, "b", Snapshot("one and two"))
		mustAppend(t, s, "b", "three")
		mustAppend(t, s, "b", "four")
		Want(t, s, "b", Snapshot("one and two"), "three", "four")
		mustCompact(t, s, "b", "one to four")
		mustCompact(t, s, "b", "one to four, once more")
		mustAppend(t, s, "b", "five")
		Want(t, s, "b", Snapshot("one to four, once more"), "five")
		Want(t, s, "other", "one")
	})
	t.Run("a snapshot may be all there is", func(t *testing.T) {
		s := open(t)
		mustCompact(t, s, "b", "from elsewhere")
		Want(t, s, "b", Snapshot("from elsewhere"))
	})
	t.Run("a snapshot may be large", func(t *testing.T) {
		s := open(t)
		large := func(size int) string {
			b := make([]byte, size)
			for i := range b {
				b[i] = byte(i * i >> 8)
			}
			return string(b)
		}
		for _, size := range []int{5 << 20, 5<<20 + 1, 1 << 20, 1<<20 - 1, 1} {
			mustCompact(t, s, "b", large(size))
			mustAppend(t, s, "b", "after it")
			Want(t, s, "b", Snapshot(large(size)), "after it")
		}
	})
	t.Run("what was handed over may be used again", func(t *testing.T) {
		s := open(t)
		data := []byte("one")
		mustAppendBytes(t, s, "b", data)
		copy(data, "XXX")
		Want(t, s, "b", "one")
		data = []byte("all")
		if err := Compact(s, "b", data); err != nil {
			t.Error(err)
		}
		copy(data, "XXX")
		for range 2 {
			none := func(data []byte) error { copy(data, "YYY"); return nil }
			if err := s.Load(t.Context(), "b", none, none); err != nil {
				t.Error(err)
			}
		}
		Want(t, s, "b", Snapshot("all"))
	})
	t.Run("an error of who loads is returned and ends the load", func(t *testing.T) {
		s := open(t)
		mustCompact(t, s, "b", "all")
		mustAppend(t, s, "b", "one")
		mustAppend(t, s, "b", "two")
		want := errors.New("no more")
		for after := 1; after <= 2; after++ {
			calls := 0
			call := func([]byte) error {
				if calls++; calls == after {
					return want
				}
				return nil
			}
			if err := s.Load(t.Context(), "b", call, call); !errors.Is(err, want) || calls != after {
				t.Errorf("Load returned %v after %d calls, want what call %d returned", err, calls, after)
			}
		}
	})
	t.Run("many boards are written at once", func(t *testing.T) {
		s := open(t)
		const boards, each = 20, 25
		var wg sync.WaitGroup
		for b := range boards {
			name := fmt.Sprint("board", b)
			wg.Go(func() {
				for i := range each {
					mustAppend(t, s, name, fmt.Sprint(i))
					if i == b {
						mustCompact(t, s, name, fmt.Sprint("up to ", i))
					}
				}
			})
		}
		wg.Wait()
		for b := range boards {
			want := []string{Snapshot(fmt.Sprint("up to ", b))}
			for i := b + 1; i < each; i++ {
				want = append(want, fmt.Sprint(i))
			}
			Want(t, s, fmt.Sprint("board", b), want...)
		}
	})
	t.Run("done may append", func(t *testing.T) {
		s := open(t)
		end := make(chan error, 1)
		s.Append("b", []byte("one"), func(err error) {
			if err != nil {
				t.Error(err)
			}
			s.Append("b", []byte("two"), func(err error) { end <- err })
		})
		if err := <-end; err != nil {
			t.Error(err)
		}
		Want(t, s, "b", "one", "two")
	})
	if kind.Break != nil {
		runBroken(t, kind)
	}
	if kind.Reopen != nil {
		runReopened(t, kind)
	}
}

func runBroken(t *testing.T, kind Kind) {
	t.Run("of what failed nothing is stored", func(t *testing.T) {
		s := kind.Open(t)
		mustAppend(t, s, "a", "one")
		mustCompact(t, s, "b", "all")
		mustAppend(t, s, "b", "one")
		repair := kind.Break(t, s)
		for _, board := range []string{"a", "b", "new"} {
			if Append(s, board, []byte("lost")) == nil {
				t.Errorf("%s: an append succeeded in a store that is broken", board)
			}
			if Compact(s, board, bytes.Repeat([]byte("lost"), 5000)) == nil {
				t.Errorf("%s: a snapshot succeeded in a store that is broken", board)
			}
		}
		repair()
		Want(t, s, "a", "one")
		Want(t, s, "b", Snapshot("all"), "one")
		Want(t, s, "new")
		for _, board := range []string{"a", "b", "new"} {
			mustAppend(t, s, board, "two")
		}
		Want(t, s, "a", "one", "two")
		Want(t, s, "b", Snapshot("all"), "one", "two")
		Want(t, s, "new", "two")
		mustCompact(t, s, "b", "all again")
		Want(t, s, "b", Snapshot("all again"))
	})
}

func runReopened(t *testing.T, kind Kind) {
	t.Run("what was stored is there after a restart", func(t *testing.T) {
		s := kind.Open(t)
		mustAppend(t, s, "b", "one")
		mustAppend(t, s, "c", "one")
		s = kind.Reopen(t, s)
		mustAppend(t, s, "b", "two")
		mustCompact(t, s, "c", "all")
		s = kind.Reopen(t, s)
		Want(t, s, "b", "one", "two")
		Want(t, s, "c", Snapshot("all"))
		mustAppend(t, s, "c", "two")
		s = kind.Reopen(t, s)
		mustAppend(t, s, "c", "three")
		Want(t, s, "c", Snapshot("all"), "two", "three")
	})
}

// Snapshot is how Want writes a snapshot.
func Snapshot(data string) string { return "snapshot: " + data }

// Want expects a board to be loaded as the given snapshot and updates.
func Want(t *testing.T, s Store, board string, want ...string) {
	t.Helper()
	var got []string
	err := s.Load(t.Context(), board,
		func(data []byte) error { got = append(got, Snapshot(string(data))); return nil },
		func(data []byte) error { got = append(got, string(data)); return nil })
	if err != nil {
		t.Errorf("loading %s: %v", board, err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("board %s is %.200q, want %.200q", board, got, want)
	}
}

func mustAppend(t *testing.T, s Store, board, updates string) {
	t.Helper()
	mustAppendBytes(t, s, board, []byte(updates))
}

func mustAppendBytes(t *testing.T, s Store, board string, updates []byte) {
	t.Helper()
	if err := Append(s, board, updates); err != nil {
		t.Errorf("Append to %s: %v", board, err)
	}
}

func mustCompact(t *testing.T, s Store, board, data string) {
	t.Helper()
	if err := Compact(s, board, []byte(data)); err != nil {
		t.Errorf("Compact of %s: %v", board, err)
	}
}

// Append appends and waits for the result.
func Append(s Store, board string, updates []byte) error {
	result := make(chan error, 1)
	s.Append(board, updates, func(err error) { result <- err })
	return <-result
}

// Compact compacts and waits for the result.
func Compact(s Store, board string, snapshot []byte) error {
	result := make(chan error, 1)
	s.Compact(board, nil, snapshot, func(err error) { result <- err })
	return <-result
}
