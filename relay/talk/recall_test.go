package talk_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"edgeboard/relay/store/memory"
	"edgeboard/relay/talk"
	"edgeboard/shared/wire"
)

// Somebody reads back and forth, jumps to a time, asks what has changed, and searches.
func TestRecall(t *testing.T) {
	inHall(t, talk.Config{}, func(t *testing.T, h *hall) {
		ada := h.comes("Ada", "b", wire.RoleEditor)
		var ids []wire.TextID
		for i := range 10 {
			ids = append(ids, ada.says(fmt.Sprint("Message ", i)))
		}
		all := ada.recalls(wire.Recall{}).Texts
		page := func(q wire.Recall, more bool, want ...int) {
			t.Helper()
			got := ada.recalls(q)
			var numbers []int
			for _, text := range got.Texts {
				numbers = append(numbers, slices.IndexFunc(all, func(one wire.Text) bool { return one.ID == text.ID }))
			}
			if !slices.Equal(numbers, want) || got.More != more {
				t.Errorf("%+v is answered by %v, more %v; want %v, %v", q, numbers, got.More, want, more)
			}
		}
		page(wire.Recall{Limit: 3}, true, 7, 8, 9)
		page(wire.Recall{Stamp: all[7].Stamp, Limit: 3}, true, 4, 5, 6)
		page(wire.Recall{Stamp: all[2].Stamp, Limit: 3}, false, 0, 1)
		page(wire.Recall{Stamp: all[2].Stamp, Limit: 2}, false, 0, 1)
		page(wire.Recall{What: wire.RecallAfter, Stamp: all[6].Stamp, Limit: 3}, false, 7, 8, 9)
		page(wire.Recall{What: wire.RecallAfter, Stamp: all[5].Stamp, Limit: 3}, true, 6, 7, 8)
		page(wire.Recall{What: wire.RecallAfter, Stamp: 1<<64 - 1}, false)
		page(wire.Recall{What: wire.RecallAfter, Stamp: wire.StampAt(all[8].Stamp.Milliseconds()) - 1}, false, 8, 9)
		page(wire.Recall{What: 9}, false)
		page(wire.Recall{With: ada.Person}, false)
		page(wire.Recall{Find: "SAGE 3"}, false, 3)
		page(wire.Recall{Find: "message", Limit: 2}, true, 8, 9)
		page(wire.Recall{Find: "message", Limit: 2, Stamp: all[8].Stamp}, true, 6, 7)
		page(wire.Recall{Find: "message", What: wire.RecallAfter, Limit: 2, Stamp: all[3].Stamp}, true, 4, 5)

		changed := all[9].Changed
		page(wire.Recall{What: wire.RecallChanged, Stamp: changed}, false)
		ada.does(wire.Say{What: wire.SayEdit, About: ids[6], Text: "other words"})
		ada.does(wire.Say{What: wire.SayDelete, About: ids[2]})
		page(wire.Recall{What: wire.RecallChanged, Stamp: changed}, false, 6, 2)
		page(wire.Recall{What: wire.RecallChanged, Stamp: changed, Limit: 1}, true, 6)
		page(wire.Recall{Find: "words"}, false, 6)
		page(wire.Recall{Find: "sage 6"}, false)
		if got := ada.talks()[0]; got.Changed <= got.Last || got.Last != all[9].Stamp {
			t.Errorf("the conversation stands as %+v", got)
		}
	})
}

// A message is recalled by its name, as it is now, out of its own conversation alone.
func TestRecallOne(t *testing.T) {
	inHall(t, talk.Config{}, func(t *testing.T, h *hall) {
		ada, bo := h.comes("Ada", "b", wire.RoleEditor), h.comes("Bo", "b", wire.RoleViewer)
		first, second := ada.says("first"), ada.says("second")
		private := ada.does(wire.Say{With: bo.Person, Text: "for Bo"})
		edit := ada.does(wire.Say{What: wire.SayEdit, About: first, Text: "first of all"})
		ada.does(wire.Say{What: wire.SayDelete, About: second})
		elsewhere := h.comes("Cy", "elsewhere", wire.RoleEditor)
		for _, c := range []struct {
			why  string
			who  *speaker
			with wire.Person
			id   wire.TextID
			want []string
		}{
			{"as it is now", bo, wire.Person{}, first, []string{"Ada: first of all (edited)"}},
			{"one that was taken back", bo, wire.Person{}, second, []string{"Ada: (taken back)"}},
			{"the name of a change", bo, wire.Person{}, edit, nil},
			{"no name", bo, wire.Person{}, wire.TextID{}, nil},
			{"a name that nothing has", bo, wire.Person{}, wire.TextID{9}, nil},
			{"of two persons", bo, ada.Person, private, []string{"Ada: for Bo"}},
			{"of two persons, on the board", bo, wire.Person{}, private, nil},
			{"of two others", elsewhere, ada.Person, private, nil},
			{"of another board", elsewhere, wire.Person{}, first, nil},
			{"of oneself", ada, ada.Person, first, nil},
		} {
			// What else the question has says nothing.
			got := c.who.recalls(wire.Recall{With: c.with, What: wire.RecallOne, Message: c.id, Stamp: 1, Find: "nowhere", Limit: 1})
			wantWords(t, c.why, words(got), c.want...)
			if got.More {
				t.Errorf("%s: there is more", c.why)
			}
		}
		h.store.Fail(errors.New("disk full"))
		if _, err := h.Recall(t.Context(), ada.Speaker, &wire.Recall{What: wire.RecallOne, Message: first}); err == nil {
			t.Error("it succeeds while the store fails")
		}
		h.store.Fail(nil)
	})
}

// endless is a store in which searches find no end.
type endless struct{ talk.Store }

func (e endless) Page(ctx context.Context, key string, q talk.Query) ([]talk.Message, bool, int, error) {
	if q.Find == "" {
		return e.Store.Page(ctx, key, q)
	}
	<-ctx.Done()
	return nil, false, 0, fmt.Errorf("reading: %w", ctx.Err())
}

// A search that takes too long is answered; one that nobody waits for ends.
func TestLongSearch(t *testing.T) {
	inHall(t, talk.Config{Store: endless{new(memory.Store).Messages()}}, func(t *testing.T, h *hall) {
		ada := h.comes("Ada", "b", wire.RoleEditor)
		ada.says("hello")
		start := time.Now()
		if got := ada.recalls(wire.Recall{Find: "hello"}); len(got.Texts) > 0 || !got.More {
			t.Errorf("it is answered by %+v", got)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("it takes %v", took)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := h.Recall(ctx, ada.Speaker, &wire.Recall{Ask: 1, Find: "hello"}); !errors.Is(err, context.Canceled) {
			t.Errorf("who gives up is told %v", err)
		}
		wantWords(t, "there is", words(ada.recalls(wire.Recall{})), "Ada: hello")
	})
}
