package talk_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/store/memory"
	"edgeboard/relay/talk"
	"edgeboard/shared/logtest"
	"edgeboard/shared/wire"
)

// hall is a Talk with a store in memory and people who listen, in a bubble of simulated
// time. It is the audience.
type hall struct {
	*talk.Talk
	t     *testing.T
	store *memory.Store
	cfg   talk.Config
	log   logtest.Text

	mu     sync.Mutex
	boards map[string][]wire.Said
	told   map[wire.Person][]wire.Said
	marks  map[wire.Person][]wire.Mark
	where  map[wire.Person][]string // on which boards they were told marks
	counts counts
}

// counts is what the operator was told.
type counts struct {
	said, failed, damaged, recalled int
	refused                         map[uint32]int
}

func inHall(t *testing.T, cfg talk.Config, test func(t *testing.T, h *hall)) {
	synctest.Test(t, func(t *testing.T) {
		h := &hall{t: t, store: new(memory.Store), cfg: cfg}
		h.open()
		test(t, h)
		h.close()
	})
}

// open begins with what the store has, as a relay does that starts.
func (h *hall) open() {
	h.boards, h.told, h.marks, h.where = map[string][]wire.Said{}, map[wire.Person][]wire.Said{}, map[wire.Person][]wire.Mark{}, map[wire.Person][]string{}
	h.counts.refused = map[uint32]int{}
	cfg := h.cfg
	if cfg.Store == nil {
		cfg.Store = h.store.Messages()
	}
	cfg.Audience, cfg.Metrics, cfg.Log = h, h, slog.New(slog.NewTextHandler(&h.log, nil))
	h.Talk = talk.New(cfg)
}

func (h *hall) close() {
	if err := h.Close(context.Background()); err != nil {
		h.t.Errorf("Close: %v", err)
	}
}

func (h *hall) do(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
}

func (h *hall) Said(n int)         { h.do(func() { h.counts.said += n }) }
func (h *hall) Refused(why uint32) { h.do(func() { h.counts.refused[why]++ }) }
func (h *hall) Recalled(error)     { h.do(func() { h.counts.recalled++ }) }
func (h *hall) StoreFailed(error)  { h.do(func() { h.counts.failed++ }) }
func (h *hall) Damaged(n int)      { h.do(func() { h.counts.damaged += n }) }
func (h *hall) Forgotten(error)    {}
func (h *hall) TellBoard(board string, frame []byte) {
	h.do(func() { h.boards[board] = append(h.boards[board], saidIn(h.t, frame)) })
}

func (h *hall) TellPerson(p wire.Person, frame []byte) { h.TellPersonOn("", p, frame) }

func (h *hall) TellPersonOn(board string, p wire.Person, frame []byte) {
	h.do(func() {
		f := frameIn(h.t, frame)
		if f.Kind == wire.KindMark {
			var m wire.Mark
			parse(h.t, &m, f)
			h.marks[p], h.where[p] = append(h.marks[p], m), append(h.where[p], board)
			return
		}
		h.told[p] = append(h.told[p], saidIn(h.t, frame))
	})
}

// frameIn returns the one frame of a message.
func frameIn(t *testing.T, msg []byte) (frame wire.Frame) {
	t.Helper()
	n := 0
	for f, err := range wire.Frames(msg) {
		if err != nil {
			t.Fatalf("a frame does not parse: %v", err)
		}
		frame, n = f, n+1
	}
	if n != 1 {
		t.Fatalf("there are %d frames, want one", n)
	}
	return frame
}

func parse(t *testing.T, m wire.Message, f wire.Frame) {
	t.Helper()
	if f.Kind != m.Kind() {
		t.Fatalf("a frame is of kind %d, want %d", f.Kind, m.Kind())
	}
	if err := m.Parse(f.Body); err != nil {
		t.Fatalf("a message does not parse: %v", err)
	}
}

func saidIn(t *testing.T, msg []byte) (s wire.Said) {
	t.Helper()
	parse(t, &s, frameIn(t, msg))
	return s
}

// speaker is somebody on a board. Names are what their first letters say.
type speaker struct {
	h *hall
	talk.Speaker
	n int // of what was said
}

func person(name string) (p wire.Person) {
	copy(p[:], name)
	return p
}

func (h *hall) comes(name, board string, role wire.Role) *speaker {
	return &speaker{h: h, Speaker: talk.Speaker{Board: board, Person: person(name), Name: name, Role: role, Member: 1}}
}

// id is the next of a speaker's Says.
func (s *speaker) id() (id wire.TextID) {
	s.n++
	copy(id[:], fmt.Sprint(s.Name, s.n))
	return id
}

// tries says something, and returns what is answered once that has come.
func (s *speaker) tries(say wire.Say) wire.Said {
	s.h.t.Helper()
	var mu sync.Mutex
	var answers [][]byte
	if err := s.h.Say(s.h.t.Context(), s.Speaker, &say, func(frame []byte) {
		mu.Lock()
		defer mu.Unlock()
		answers = append(answers, frame)
	}); err != nil {
		s.h.t.Fatalf("Say: %v", err)
	}
	time.Sleep(time.Second)
	synctest.Wait()
	mu.Lock()
	defer mu.Unlock()
	if len(answers) != 1 {
		s.h.t.Fatalf("there are %d answers, want one", len(answers))
	}
	return saidIn(s.h.t, answers[0])
}

// does says something, which must be stored, and returns its ID.
func (s *speaker) does(say wire.Say) wire.TextID {
	s.h.t.Helper()
	if say.ID == (wire.TextID{}) {
		say.ID = s.id()
	}
	if got := s.tries(say); !slices.Equal(got.Stored, []wire.TextID{say.ID}) || len(got.Refused) > 0 || len(got.Texts) > 0 || got.With != say.With {
		s.h.t.Errorf("%s is answered %+v, want that it is stored", s.Name, got)
	}
	return say.ID
}

func (s *speaker) says(text string) wire.TextID {
	s.h.t.Helper()
	return s.does(wire.Say{Text: text})
}

// isRefused says something that must be refused.
func (s *speaker) isRefused(why uint32, say wire.Say) {
	s.h.t.Helper()
	if say.ID == (wire.TextID{}) {
		say.ID = s.id()
	}
	got := s.tries(say)
	if len(got.Refused) != 1 || got.Refused[0].ID != say.ID || got.Refused[0].Why != why || got.Refused[0].Reason == "" || len(got.Stored) > 0 {
		s.h.t.Errorf("%s is answered %+v, want a refusal because of %d", s.Name, got, why)
	}
}

// recalls returns what is answered to a question.
func (s *speaker) recalls(q wire.Recall) wire.Said {
	s.h.t.Helper()
	q.Ask = 7
	frame, err := s.h.Recall(s.h.t.Context(), s.Speaker, &q)
	if err != nil {
		s.h.t.Fatalf("Recall: %v", err)
	}
	got := saidIn(s.h.t, frame)
	if got.Answers != 7 || got.With != q.With {
		s.h.t.Errorf("question 7 is answered as %d, of %v", got.Answers, got.With)
	}
	return got
}

// talks returns how the conversations stand.
func (s *speaker) talks() []wire.Talk {
	s.h.t.Helper()
	frame, err := s.h.Talks(s.h.t.Context(), s.Speaker)
	if err != nil {
		s.h.t.Fatalf("Talks: %v", err)
	}
	var got wire.Talks
	parse(s.h.t, &got, frameIn(s.h.t, frame))
	return got.List
}

func (s *speaker) reads(with wire.Person, stamp wire.Stamp) {
	s.h.t.Helper()
	if err := s.h.Mark(s.h.t.Context(), s.Speaker, &wire.Mark{With: with, Stamp: stamp}); err != nil {
		s.h.t.Errorf("Mark: %v", err)
	}
}

// words are the messages of frames, with who said them.
func words(said ...wire.Said) (list []string) {
	for _, s := range said {
		for _, text := range s.Texts {
			word := text.Name + ": " + text.Text
			if text.Edited && !text.Deleted {
				word += " (edited)"
			}
			if text.Deleted {
				word += "(taken back)"
			}
			for _, r := range text.Reactions {
				word += fmt.Sprintf(" %s%d", r.Sign, len(r.Persons))
			}
			list = append(list, word)
		}
	}
	return list
}

func wantWords(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}
