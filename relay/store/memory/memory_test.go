package memory_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

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

func TestSince(t *testing.T) {
	storetest.RunReader(t, func(*testing.T) storetest.Reader { return new(memory.Store) })
}

func TestRecords(t *testing.T) {
	stores := map[storetest.Records]*memory.Store{}
	storetest.RunRecords(t, storetest.RecordsKind{
		Open: func(*testing.T) storetest.Records {
			s := new(memory.Store)
			r := s.Records()
			stores[r] = s
			return r
		},
		Break: func(_ *testing.T, r storetest.Records) func() {
			stores[r].Fail(errors.New("disk full"))
			return func() { stores[r].Fail(nil) }
		},
		MaxKey: memory.MaxRecordKey, MaxValue: memory.MaxRecordValue, TooLarge: memory.ErrTooLarge,
	})
}

func TestMessages(t *testing.T) {
	stores := map[storetest.Messages]*memory.Store{}
	storetest.RunMessages(t, storetest.MessagesKind{
		Open: func(*testing.T) storetest.Messages {
			s := new(memory.Store)
			m := s.Messages()
			stores[m] = s
			return m
		},
		Break: func(_ *testing.T, m storetest.Messages) func() {
			stores[m].Fail(errors.New("disk full"))
			return func() { stores[m].Fail(nil) }
		},
	})
}

func TestNotices(t *testing.T) {
	stores := map[storetest.Inboxes]*memory.Store{}
	storetest.RunNotices(t, storetest.NoticesKind{
		Open: func(*testing.T) storetest.Inboxes {
			s := new(memory.Store)
			n := storetest.Inboxes{Notices: s.Notices(), Messages: s.Messages()}
			stores[n] = s
			return n
		},
		Bound: func(n storetest.Inboxes, most int) { stores[n].BoundInboxes(most) },
		Break: func(_ *testing.T, n storetest.Inboxes) func() {
			stores[n].Fail(errors.New("disk full"))
			return func() { stores[n].Fail(nil) }
		},
	})
}

// Who puts a record while the store is held may give up.
func TestHoldRecord(t *testing.T) {
	s := new(memory.Store)
	s.Hold()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Records().Put(ctx, "k", "a", []byte("one"), time.Time{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Put returned %v", err)
	}
	if got, err := s.Records().Get(t.Context(), "k", "a"); got != nil || err != nil {
		t.Errorf("while held there is %q, %v", got, err)
	}
	s.Release()
	if got, err := s.Records().Get(t.Context(), "k", "a"); string(got) != "one" || err != nil {
		t.Errorf("after Release there is %q, %v", got, err)
	}
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

func TestBoardNames(t *testing.T) {
	var s memory.Store
	for _, name := range []string{"c", "a", "d", "b"} {
		s.Append(name, []byte("x"), func(error) {})
	}
	if names, err := s.BoardNames(t.Context(), "a", 2); err != nil || !slices.Equal(names, []string{"b", "c"}) {
		t.Errorf("the names behind a: %v, %v", names, err)
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
	s.Compact("b", nil, []byte("all"), func(error) { done++ })
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
