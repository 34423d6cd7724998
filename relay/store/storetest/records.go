package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Records is what the relay needs to remember small things (auth.Records).
type Records interface {
	Get(ctx context.Context, kind, key string) (value []byte, err error)
	List(ctx context.Context, kind, prefix string, f func(key string, value []byte) error) error
	Put(ctx context.Context, kind, key string, value []byte, until time.Time) error
	PutLater(kind, key string, value []byte, until time.Time, done func(error))
	Swap(ctx context.Context, kind, key string, old, value []byte, until time.Time) (bool, error)
	All(ctx context.Context, f func(kind, key string, value []byte, until time.Time) error) error
}

// RecordsKind is how a test opens, ends and breaks one kind of records.
type RecordsKind struct {
	// Open returns records of an empty store.
	Open func(t *testing.T) Records
	// Reopen closes their store and opens it again with what it has kept. Nil: it
	// keeps nothing.
	Reopen func(t *testing.T, r Records) Records
	// Break makes all that is stored from now on fail, until repair is called.
	// Reads may fail too. Nil: it cannot be made to.
	Break func(t *testing.T, r Records) (repair func())
	// MaxKey and MaxValue are how long they may be, and TooLarge the error of what
	// is longer.
	MaxKey, MaxValue int
	TooLarge         error
}

// RunRecords tests records of a kind.
func RunRecords(t *testing.T, kind RecordsKind) {
	open := kind.Open
	t.Run("a record that was never put is none", func(t *testing.T) {
		r := open(t)
		WantRecord(t, r, "k", "a", "")
		wantRecords(t, r, "k", "")
	})
	t.Run("the last one put is there, until it is removed", func(t *testing.T) {
		r := open(t)
		mustPut(t, r, "k", "a", "one")
		mustPut(t, r, "k", "b", "of b")
		mustPut(t, r, "k", "a", "two")
		WantRecord(t, r, "k", "a", "two")
		for range 2 { // what is not there may be removed too
			if err := r.Put(t.Context(), "k", "a", nil, time.Time{}); err != nil {
				t.Error(err)
			}
			WantRecord(t, r, "k", "a", "")
		}
		wantRecords(t, r, "k", "", "b: of b")
		mustPut(t, r, "k", "a", "three")
		WantRecord(t, r, "k", "a", "three")
	})
	t.Run("an empty value is one", func(t *testing.T) {
		r := open(t)
		if err := r.Put(t.Context(), "k", "a", []byte{}, time.Time{}); err != nil {
			t.Error(err)
		}
		if got, err := r.Get(t.Context(), "k", "a"); err != nil || got == nil || len(got) > 0 {
			t.Errorf("got %q, %v; want an empty value", got, err)
		}
		wantRecords(t, r, "k", "", "a: ")
	})
	t.Run("kinds are apart", func(t *testing.T) {
		r := open(t)
		mustPut(t, r, "k", "ab", "one")
		mustPut(t, r, "ka", "b", "two")
		mustPut(t, r, "K", "ab", "three")
		WantRecord(t, r, "k", "ab", "one")
		WantRecord(t, r, "ka", "b", "two")
		WantRecord(t, r, "K", "ab", "three")
		wantRecords(t, r, "k", "", "ab: one")
	})
	t.Run("a list is sorted by the bytes of the keys", func(t *testing.T) {
		r := open(t)
		keys := []string{"", "\x00", "A", "a", "a\x00", "a/", "a/1", "a/10", "a/2", "a0", "ä", "a/\xff", "a/\xff\xff", "\xff"}
		for _, key := range keys {
			mustPut(t, r, "k", key, "of "+key)
		}
		slices.Sort(keys)
		for _, prefix := range []string{"", "a", "a/", "a/1", "a/\xff", "\xff", "b"} {
			var want []string
			for _, key := range keys {
				if strings.HasPrefix(key, prefix) {
					want = append(want, key+": of "+key)
				}
			}
			wantRecords(t, r, "k", prefix, want...)
		}
		for _, key := range keys {
			WantRecord(t, r, "k", key, "of "+key)
		}
	})
	t.Run("a list may be long", func(t *testing.T) {
		r := open(t)
		var want []string
		var wg sync.WaitGroup
		for i := range 1200 {
			key, value := fmt.Sprintf("%04d", i), strings.Repeat("x", i%7*100)
			want = append(want, key+": "+value)
			wg.Go(func() { mustPut(t, r, "k", key, value) })
		}
		wg.Wait()
		wantRecords(t, r, "k", "", want...)
		wantRecords(t, r, "k", "11", want[1100:]...)
	})
	t.Run("who lists may put and read, and end it", func(t *testing.T) {
		r := open(t)
		for _, key := range []string{"a", "b", "c"} {
			mustPut(t, r, "k", key, "old")
		}
		enough := errors.New("enough")
		var seen []string
		err := r.List(t.Context(), "k", "", func(key string, value []byte) error {
			seen = append(seen, key)
			mustPut(t, r, "k", key, "new")
			WantRecord(t, r, "k", key, "new")
			if key == "b" {
				return enough
			}
			return nil
		})
		if err != enough || !slices.Equal(seen, []string{"a", "b"}) {
			t.Errorf("List returned %v after %q, want what b was answered with", err, seen)
		}
		wantRecords(t, r, "k", "", "a: new", "b: new", "c: old")
	})
	t.Run("what was handed over may be used again", func(t *testing.T) {
		r := open(t)
		data := []byte("one")
		if err := r.Put(t.Context(), "k", "a", data, time.Time{}); err != nil {
			t.Error(err)
		}
		copy(data, "XXX")
		got, err := r.Get(t.Context(), "k", "a")
		if err != nil || string(got) != "one" {
			t.Errorf("got %q, %v", got, err)
		}
		copy(got, "YYY")
		err = r.List(t.Context(), "k", "", func(_ string, value []byte) error { copy(value, "ZZZ"); return nil })
		if err != nil {
			t.Error(err)
		}
		WantRecord(t, r, "k", "a", "one")
	})
	t.Run("what is too large is refused", func(t *testing.T) {
		r := open(t)
		key, value := strings.Repeat("k", kind.MaxKey), strings.Repeat("v", kind.MaxValue)
		mustPut(t, r, "k", key, value)
		WantRecord(t, r, "k", key, value)
		if err := r.Put(t.Context(), "k", key+"k", []byte("v"), time.Time{}); !errors.Is(err, kind.TooLarge) {
			t.Errorf("a long key: %v", err)
		}
		if err := r.Put(t.Context(), "k", key, []byte(value+"v"), time.Time{}); !errors.Is(err, kind.TooLarge) {
			t.Errorf("a long value: %v", err)
		}
		if err := r.Put(t.Context(), strings.Repeat("k", 100), "a", []byte("v"), time.Time{}); !errors.Is(err, kind.TooLarge) {
			t.Errorf("a long kind: %v", err)
		}
		wantRecords(t, r, "k", "", key+": "+value)
		WantRecord(t, r, "k", key+"k", "")
	})
	t.Run("after its time a record is none", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := open(t)
			start := time.Now()
			put := func(key string, until time.Time) {
				if err := r.Put(t.Context(), "k", key, []byte("v"), until); err != nil {
					t.Error(err)
				}
			}
			put("an hour", start.Add(time.Hour))
			put("for ever", time.Time{})
			put("long over", start.Add(-time.Hour))
			put("before there were clocks", time.Unix(-5, 0))
			put("two hours", start.Add(2*time.Hour))
			wantRecords(t, r, "k", "", "an hour: v", "for ever: v", "two hours: v")
			time.Sleep(time.Hour - time.Millisecond)
			WantRecord(t, r, "k", "an hour", "v")
			time.Sleep(time.Millisecond)
			WantRecord(t, r, "k", "an hour", "")
			wantRecords(t, r, "k", "", "for ever: v", "two hours: v")
			put("an hour", time.Time{})
			put("two hours", start.Add(90*time.Minute))
			time.Sleep(time.Hour)
			put("other", time.Time{})
			wantRecords(t, r, "k", "", "an hour: v", "for ever: v", "other: v")
		})
	})
	t.Run("a swap puts what is expected to be", func(t *testing.T) {
		r := open(t)
		swap := func(want bool, key string, old, value []byte) {
			t.Helper()
			if ok, err := r.Swap(t.Context(), "k", key, old, value, time.Time{}); err != nil || ok != want {
				t.Errorf("%s from %q to %q: %v, %v; want %v", key, old, value, ok, err, want)
			}
		}
		swap(false, "a", []byte("one"), []byte("two")) // it is not there
		swap(false, "a", []byte{}, []byte("two"))      // an empty value is one
		swap(true, "a", nil, []byte("one"))
		swap(false, "a", nil, []byte("two"))
		swap(false, "a", []byte("onE"), []byte("two"))
		swap(true, "a", []byte("one"), []byte("two"))
		WantRecord(t, r, "k", "a", "two")
		swap(false, "a", []byte("one"), nil)
		swap(true, "a", []byte("two"), nil)
		WantRecord(t, r, "k", "a", "")
		swap(true, "a", nil, nil) // nothing instead of nothing
		swap(true, "b", nil, []byte{})
		swap(false, "b", nil, []byte("one"))
		swap(true, "b", []byte{}, []byte("one"))
		swap(false, "b", bytes.Repeat([]byte("v"), kind.MaxValue+1), []byte("two")) // no value is that long
		wantRecords(t, r, "k", "", "b: one")
		if _, err := r.Swap(t.Context(), "k", "b", []byte("one"), bytes.Repeat([]byte("v"), kind.MaxValue+1), time.Time{}); !errors.Is(err, kind.TooLarge) {
			t.Errorf("a long value: %v", err)
		}
	})
	t.Run("of many who swap at once one does", func(t *testing.T) {
		r := open(t)
		mustPut(t, r, "k", "a", "0")
		for round := range 10 {
			old := []byte(fmt.Sprint(round))
			if round > 0 {
				var err error
				if old, err = r.Get(t.Context(), "k", "a"); err != nil {
					t.Fatal(err)
				}
			}
			var wg sync.WaitGroup
			var mu sync.Mutex
			won := []string{}
			for i := range 8 {
				value := fmt.Sprintf("%d by %d", round, i)
				wg.Go(func() {
					ok, err := r.Swap(t.Context(), "k", "a", old, []byte(value), time.Time{})
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					defer mu.Unlock()
					if ok {
						won = append(won, value)
					}
				})
			}
			wg.Wait()
			if len(won) != 1 {
				t.Fatalf("round %d: %q have swapped", round, won)
			}
			WantRecord(t, r, "k", "a", won[0])
		}
	})
	t.Run("what is put later is put in order", func(t *testing.T) {
		r := open(t)
		results := make(chan error, 300)
		for i := range 100 {
			for _, key := range []string{"a", "b"} {
				r.PutLater("k", key, fmt.Appendf(nil, "%s %d", key, i), time.Time{}, func(err error) { results <- err })
			}
			r.PutLater("k", "c", [][]byte{nil, []byte("c")}[i%2], time.Time{}, func(err error) { results <- err })
		}
		for range cap(results) {
			if err := <-results; err != nil {
				t.Fatal(err)
			}
		}
		wantRecords(t, r, "k", "", "a: a 99", "b: b 99", "c: c")
		r.PutLater("k", strings.Repeat("k", kind.MaxKey+1), []byte("v"), time.Time{}, func(err error) { results <- err })
		if err := <-results; !errors.Is(err, kind.TooLarge) {
			t.Errorf("a long key: %v", err)
		}
	})
	t.Run("all are told with their times", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := open(t)
			until := time.Now().Add(time.Hour).Truncate(time.Millisecond)
			var want []string
			for i := range 600 {
				kind, key, until := fmt.Sprint("kind ", i%3), fmt.Sprintf("\xff%03d", i), until.Add(time.Duration(i)*time.Second)
				if i%2 == 0 {
					until = time.Time{}
				}
				if err := r.Put(t.Context(), kind, key, []byte{byte(i)}, until); err != nil {
					t.Fatal(err)
				}
				want = append(want, fmt.Sprintf("%s %q %d %v", kind, key, byte(i), until.UnixMilli()))
			}
			if err := r.Put(t.Context(), "", "", []byte("named by nothing"), time.Time{}); err != nil {
				t.Fatal(err)
			}
			if err := r.Put(t.Context(), "kind 0", "over", []byte("x"), until.Add(-2*time.Hour)); err != nil {
				t.Fatal(err)
			}
			slices.Sort(want)
			want = slices.Insert(want, 0, fmt.Sprintf(" %q %d %v", "", 'n', time.Time{}.UnixMilli()))
			var got []string
			enough := errors.New("enough")
			err := r.All(t.Context(), func(kind, key string, value []byte, until time.Time) error {
				if kind == "kind 2" {
					return enough
				}
				got = append(got, fmt.Sprintf("%s %q %d %v", kind, key, value[0], until.UnixMilli()))
				return nil
			})
			if err != enough || !slices.Equal(got, want[:401]) {
				t.Errorf("all are %d, %v; want %d", len(got), err, 401)
			}
		})
	})
	if kind.Break != nil {
		t.Run("of what failed nothing is stored", func(t *testing.T) {
			r := open(t)
			mustPut(t, r, "k", "a", "one")
			mustPut(t, r, "k", "b", "one")
			repair := kind.Break(t, r)
			for _, key := range []string{"a", "new"} {
				if r.Put(t.Context(), "k", key, []byte("lost"), time.Time{}) == nil {
					t.Errorf("%s was put into a store that is broken", key)
				}
			}
			if r.Put(t.Context(), "k", "b", nil, time.Time{}) == nil {
				t.Error("b was removed from a store that is broken")
			}
			repair()
			wantRecords(t, r, "k", "", "a: one", "b: one")
			mustPut(t, r, "k", "a", "two")
			mustPut(t, r, "k", "new", "two")
			wantRecords(t, r, "k", "", "a: two", "b: one", "new: two")
		})
	}
	if kind.Reopen != nil {
		t.Run("what was put is there after a restart", func(t *testing.T) {
			r := open(t)
			mustPut(t, r, "k", "a", "one")
			mustPut(t, r, "k", "b", "one")
			r = kind.Reopen(t, r)
			wantRecords(t, r, "k", "", "a: one", "b: one")
			mustPut(t, r, "k", "a", "two")
			if err := r.Put(t.Context(), "k", "b", nil, time.Time{}); err != nil {
				t.Error(err)
			}
			r = kind.Reopen(t, r)
			wantRecords(t, r, "k", "", "a: two")
		})
	}
}

// WantRecord expects a record to have a value; an empty one: that there is none.
func WantRecord(t *testing.T, r Records, kind, key, want string) {
	t.Helper()
	got, err := r.Get(t.Context(), kind, key)
	if err != nil || (got == nil) != (want == "") || !bytes.Equal(got, []byte(want)) {
		t.Errorf("record %.40q of kind %q is %.40q, %v; want %.40q", key, kind, got, err, want)
	}
}

func wantRecords(t *testing.T, r Records, kind, prefix string, want ...string) {
	t.Helper()
	var got []string
	err := r.List(t.Context(), kind, prefix, func(key string, value []byte) error {
		got = append(got, key+": "+string(value))
		return nil
	})
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("records of kind %q beginning with %q are %.400q, %v; want %.400q", kind, prefix, got, err, want)
	}
}

func mustPut(t *testing.T, r Records, kind, key, value string) {
	t.Helper()
	if err := r.Put(t.Context(), kind, key, []byte(value), time.Time{}); err != nil {
		t.Error(err)
	}
}
