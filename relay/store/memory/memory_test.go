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
	storetest.Run(t, storetest.Kind{
		Open: func(*testing.T) storetest.Store { return new(memory.Store) },
		Break: func(_ *testing.T, s storetest.Store) func() {
			s.(*memory.Store).Fail(errors.New("disk full"))
			return func() { s.(*memory.Store).Fail(nil) }
		},
	})
}

func load(s *memory.Store) (got []string, err error) {
	take := func(data []byte) error { got = append(got, string(data)); return nil }
	err = s.Load(context.Background(), "b", take, take)
	return got, err
}

func TestFail(t *testing.T) {
	s := new(memory.Store)
	full := errors.New("disk full")
	s.Fail(full)
	if err := storetest.Append(s, "b", []byte("lost")); err != full {
		t.Errorf("Append returned %v, want what Fail was given", err)
	}
	if err := storetest.Compact(s, "b", []byte("lost")); err != full {
		t.Errorf("Compact returned %v, want what Fail was given", err)
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
	s.Hold()
	s.Compact("b", []byte("all"), func(error) { done++ })
	if got, _ := load(s); done != 2 || len(got) != 2 {
		t.Errorf("while held, %d are done and %q is stored", done, got)
	}
	s.Release()
	if got, _ := load(s); done != 3 || !slices.Equal(got, []string{"all"}) {
		t.Errorf("after Release %d are done and %q is stored", done, got)
	}
	if err := storetest.Append(s, "b", []byte("three")); err != nil {
		t.Error(err)
	}
}
