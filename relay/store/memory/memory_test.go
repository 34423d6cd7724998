package memory_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"edgeboard/relay/store/memory"
	"edgeboard/relay/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) storetest.Store { return new(memory.Store) }, nil)
}

func load(s *memory.Store) (got []string, err error) {
	err = s.Load(context.Background(), "b", func(u []byte) error { got = append(got, string(u)); return nil })
	return got, err
}

func TestFail(t *testing.T) {
	s := new(memory.Store)
	full := errors.New("disk full")
	s.Fail(full)
	if err := storetest.Append(s, "b", []byte("lost")); err != full {
		t.Errorf("Append returned %v, want what Fail was given", err)
	}
	if _, err := load(s); err != full {
		t.Errorf("Load returned %v, want what Fail was given", err)
	}
	s.Fail(nil)
	if err := storetest.Append(s, "b", []byte("kept")); err != nil {
		t.Errorf("Append after Fail(nil): %v", err)
	}
	if got, err := load(s); err != nil || !slices.Equal(got, []string{"kept"}) {
		t.Errorf("loaded %q, %v; of an Append that failed nothing is stored", got, err)
	}
}

func TestHold(t *testing.T) {
	s := new(memory.Store)
	s.Hold()
	s.Hold() // twice is once
	done := 0
	for _, u := range []string{"one", "two"} {
		s.Append("b", []byte(u), func(err error) {
			if err != nil {
				t.Error(err)
			}
			done++
		})
	}
	if got, err := load(s); done != 0 || err != nil || len(got) != 0 {
		t.Errorf("while held, %d appends are done and %q is stored, %v", done, got, err)
	}
	s.Release()
	if got, _ := load(s); done != 2 || !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("after Release %d appends are done and %q is stored", done, got)
	}
	if err := storetest.Append(s, "b", []byte("three")); err != nil {
		t.Error(err)
	}
}
