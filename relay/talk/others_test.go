package talk_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/store/memory"
	"edgeboard/relay/store/message"
	"edgeboard/relay/talk"
	"edgeboard/shared/wire"
)

// joint is the store of a relay whose conversations others change too: a Change that was
// made from what there is no longer is not stored, and while it is cut off it keeps what
// was said.
type joint struct {
	talk.Store
	before func(c talk.Change) // called before the first Put
	most   int                 // messages in a Change; 0: any

	mu        sync.Mutex
	cut       bool
	spooled   [][]byte
	conflicts int
	puts      int
}

func (j *joint) Put(c talk.Change, done func(error)) {
	j.mu.Lock()
	before := j.before
	j.before = nil
	j.puts++
	j.mu.Unlock()
	if before != nil {
		before(c)
	}
	_, _, clock, _ := j.Load(context.Background(), c.Key, nil)
	j.mu.Lock()
	switch {
	case clock != c.Base:
		j.conflicts++
		j.mu.Unlock()
		done(talk.ErrChanged)
		return
	case j.most > 0 && len(c.Messages) > j.most:
		j.mu.Unlock()
		done(message.ErrTooLarge)
		return
	case j.cut:
		j.spooled = append(j.spooled, c.Says()...)
	}
	j.mu.Unlock()
	j.Store.Put(c, done)
}

// Another relay says something between looking and storing. Talk looks once more: nothing
// is lost, and nobody is told that the store fails.
func TestChangedMeanwhile(t *testing.T) {
	j := &joint{}
	inHall(t, talk.Config{Store: j}, func(t *testing.T, h *hall) {
		j.Store = h.store.Messages()
		ada, bo := h.comes("Ada", "b", wire.RoleEditor), h.comes("Bo", "b", wire.RoleEditor)
		id := bo.says("shall we?")
		j.before = func(c talk.Change) {
			// The other relay has a reaction to the same message.
			other := talk.New(talk.Config{Store: h.store.Messages(), Audience: silent{}})
			err := other.Say(t.Context(), bo.Speaker, &wire.Say{ID: bo.id(), What: wire.SayReact, About: id, Text: "❤"}, func([]byte) {})
			if err != nil {
				t.Error(err)
			}
			if err := other.Close(t.Context()); err != nil {
				t.Error(err)
			}
		}
		ada.does(wire.Say{What: wire.SayReact, About: id, Text: "👍"})
		wantWords(t, "there is", words(ada.recalls(wire.Recall{})), "Bo: shall we? ❤1 👍1")
		if j.conflicts != 1 || h.counts.failed != 0 {
			t.Errorf("it was tried %d times more, and failed %d times", j.conflicts, h.counts.failed)
		}
	})
}

type silent struct{}

func (silent) TellBoard(string, []byte)                 {}
func (silent) TellPerson(wire.Person, []byte)           {}
func (silent) TellPersonOn(string, wire.Person, []byte) {}

// What is too much to be stored together is stored in parts, in order.
func TestTooLarge(t *testing.T) {
	j := &joint{most: 3}
	inHall(t, talk.Config{Store: j}, func(t *testing.T, h *hall) {
		j.Store = h.store.Messages()
		h.store.Hold()
		ada := h.comes("Ada", "b", wire.RoleEditor)
		var want []string
		for _, text := range []string{"one", "two", "three", "four", "five", "six", "seven"} {
			want = append(want, "Ada: "+text)
			if err := h.Say(t.Context(), ada.Speaker, &wire.Say{ID: ada.id(), Text: text}, func([]byte) {}); err != nil {
				t.Error(err)
			}
		}
		h.store.Release()
		time.Sleep(time.Second)
		synctest.Wait()
		wantWords(t, "the board hears", words(h.boards["b"]...), want...)
	})
}

// What another relay has stored is told to those who are here: on a board, and of two
// persons to either with the other's name.
func TestHeard(t *testing.T) {
	inHall(t, talk.Config{}, func(t *testing.T, h *hall) {
		ada, bo := h.comes("Ada", "b", wire.RoleEditor), h.comes("Bo", "b", wire.RoleEditor)
		record := &recorder{Store: h.store.Messages()}
		other := talk.New(talk.Config{Store: record, Audience: silent{}})
		for _, say := range []wire.Say{{ID: ada.id(), Text: "to all"}, {ID: ada.id(), Text: "to Bo", With: bo.Person}} {
			if err := other.Say(t.Context(), ada.Speaker, &say, func([]byte) {}); err != nil {
				t.Error(err)
			}
		}
		if err := other.Close(t.Context()); err != nil {
			t.Error(err)
		}
		for _, c := range record.changes {
			h.Heard(c)
		}
		h.Heard(talk.Change{Key: "p:zz"}) // of a version to come, perhaps
		wantWords(t, "the board hears", words(h.boards["b"]...), "Ada: to all")
		if said := h.told[bo.Person]; len(said) != 1 || said[0].With != ada.Person || said[0].Texts[0].Text != "to Bo" {
			t.Errorf("Bo hears %+v", said)
		}
		if said := h.told[ada.Person]; len(said) != 1 || said[0].With != bo.Person {
			t.Errorf("Ada hears %+v", said)
		}
		var pair string
		for _, c := range record.changes {
			if len(c.Persons) > 0 {
				pair = c.Key
			}
		}
		h.HeardMark(pair, bo.Person, 7)
		h.HeardMark("b:b", bo.Person, 8)
		h.HeardMark(pair, person("nobody in it"), 9)
		if m := h.marks[bo.Person]; len(m) != 2 || m[0] != (wire.Mark{With: ada.Person, Stamp: 7, Person: bo.Person}) || m[1] != (wire.Mark{Stamp: 8, Person: bo.Person}) {
			t.Errorf("Bo is told %+v", m)
		}
		if m := h.marks[ada.Person]; len(m) != 1 || m[0] != (wire.Mark{With: bo.Person, Stamp: 7, Person: bo.Person}) {
			t.Errorf("Ada is told %+v", m)
		}
	})
}

// recorder remembers what is put.
type recorder struct {
	talk.Store
	mu      sync.Mutex
	changes []talk.Change
}

func (r *recorder) Put(c talk.Change, done func(error)) {
	r.Store.Put(c, func(err error) {
		r.mu.Lock()
		r.changes = append(r.changes, c)
		r.mu.Unlock()
		done(err)
	})
}

// What is heard right after something of this relay was stored is told after it.
func TestHeardInOrder(t *testing.T) {
	after := &afterwards{}
	inHall(t, talk.Config{Store: after}, func(t *testing.T, h *hall) {
		after.Store = h.store.Messages()
		ada := h.comes("Ada", "b", wire.RoleEditor)
		after.then = func(c talk.Change) {
			// The tail of the journal goes on at once, with more than waits.
			for n := range 200 {
				c := c
				text := wire.Text{ID: wire.TextID{1, byte(n)}, Stamp: wire.Stamp(c.Clock + 1 + uint64(n)), Name: "Bo", Text: "later"}
				c.Messages = []message.Message{{ID: text.ID, Data: (&wire.Said{Texts: []wire.Text{text}}).Append(nil)}}
				h.Heard(c)
			}
		}
		ada.says("first")
		synctest.Wait()
		got := words(h.boards["b"]...)
		if len(got) != 201 || got[0] != "Ada: first" || !slices.IsSortedFunc(h.boards["b"], func(a, b wire.Said) int { return int(a.Texts[0].Stamp) - int(b.Texts[0].Stamp) }) {
			t.Errorf("the board hears %d, first %q", len(got), got[:2])
		}
	})
}

// afterwards does something as soon as a Change is stored.
type afterwards struct {
	talk.Store
	then func(talk.Change)
}

func (a *afterwards) Put(c talk.Change, done func(error)) {
	a.Store.Put(c, func(err error) {
		go func() {
			done(err)
			a.then(c)
		}()
	})
}

// What was said while the relay was cut off is said again: the same IDs, later stamps, and
// what others have done meanwhile stays.
func TestAgain(t *testing.T) {
	j := &joint{}
	inHall(t, talk.Config{Store: j}, func(t *testing.T, h *hall) {
		j.Store = h.store.Messages()
		ada, bo := h.comes("Ada", "b", wire.RoleEditor), h.comes("Bo", "b", wire.RoleEditor)
		about, gone := ada.says("before"), ada.says("taken back elsewhere")
		j.cut = true
		bo.does(wire.Say{What: wire.SayReact, About: about, Text: "👍"})
		bo.does(wire.Say{What: wire.SayReact, About: gone, Text: "👍"})
		answer := bo.does(wire.Say{Text: "an answer", About: gone})
		bo.isRefused(wire.RefusedAbout, wire.Say{Text: "an answer", About: wire.TextID{9, 9}})
		bo.does(wire.Say{Text: "a word", With: ada.Person})
		if len(j.spooled) != 4 {
			t.Fatalf("there are %d Says to be said again, want the 4 that were stored", len(j.spooled))
		}
		spooled := j.spooled
		was := bo.recalls(wire.Recall{What: wire.RecallOne, Message: answer}).Texts[0].Stamp
		h.close()

		// The others have gone on, from what there was before.
		h.store, h.cfg.Store = new(memory.Store), nil
		h.open()
		later := h.comes("Ada", "b", wire.RoleEditor)
		later.says("before")
		later.says("taken back elsewhere")
		later.does(wire.Say{What: wire.SayDelete, About: gone})
		later.says("meanwhile")
		for range 2 { // the second time nothing happens
			if err := h.Again(t.Context(), spooled); err != nil {
				t.Error(err)
			}
		}
		wantWords(t, "there is", words(later.recalls(wire.Recall{})),
			"Ada: before 👍1", "Ada: (taken back)", "Ada: meanwhile", "Bo: an answer")
		if now := later.recalls(wire.Recall{What: wire.RecallOne, Message: answer}).Texts[0].Stamp; now <= was {
			t.Errorf("its stamp is %d and was %d", now, was)
		}
		wantWords(t, "Ada and Bo have", words(later.recalls(wire.Recall{With: bo.Person})), "Bo: a word")
		if err := h.Again(t.Context(), [][]byte{[]byte("{")}); err == nil {
			t.Error("what is damaged is said")
		}
	})
}

// Somebody edits a message that another relay has stored, while this one cannot know of
// it: the edit waits, and what others say does not. One of a message that nobody has said
// is refused once that is sure.
func TestWaitsForAnotherRelay(t *testing.T) {
	var mu sync.Mutex
	reached := false
	fresh := func(context.Context) error {
		mu.Lock()
		defer mu.Unlock()
		if !reached {
			return errors.New("the others are not reached")
		}
		return nil
	}
	inHall(t, talk.Config{Fresh: fresh}, func(t *testing.T, h *hall) {
		ada, bo := h.comes("Ada", "b", wire.RoleEditor), h.comes("Bo", "b", wire.RoleEditor)
		elsewhere := ada.id()
		edited := make(chan []byte, 3)
		edit := wire.Say{ID: ada.id(), What: wire.SayEdit, About: elsewhere, Text: "said elsewhere, and edited"}
		if err := h.Say(t.Context(), ada.Speaker, &edit, func(frame []byte) { edited <- frame }); err != nil {
			t.Fatal(err)
		}
		if frame := <-edited; frame != nil {
			t.Fatalf("the edit is answered: %+v", saidIn(t, frame))
		}
		bo.says("go on")
		select {
		case frame := <-edited:
			t.Fatalf("the edit is answered: %+v", saidIn(t, frame))
		default:
		}
		// The message of the other relay comes.
		other := talk.New(talk.Config{Store: h.store.Messages(), Audience: silent{}})
		stored := make(chan []byte, 1)
		if err := other.Say(t.Context(), ada.Speaker, &wire.Say{ID: elsewhere, Text: "said elsewhere"}, func(frame []byte) { stored <- frame }); err != nil {
			t.Fatal(err)
		}
		<-stored
		if err := other.Close(t.Context()); err != nil {
			t.Error(err)
		}
		mu.Lock()
		reached = true
		mu.Unlock()
		if s := saidIn(t, <-edited); len(s.Stored) != 1 || s.Stored[0] != edit.ID {
			t.Errorf("the edit is answered by %+v, want that it is stored", s)
		}
		ada.isRefused(wire.RefusedAbout, wire.Say{What: wire.SayEdit, About: ada.id(), Text: "of nothing"})
		wantWords(t, "there is", words(ada.recalls(wire.Recall{})), "Bo: go on", "Ada: said elsewhere, and edited (edited)")
	})
}
