package cluster_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"edgeboard/relay/notify"
	"edgeboard/relay/talk"
	"edgeboard/shared/wire"
)

// Whatever three relays do at once, and however they are cut off and stopped meanwhile:
// in the end all have the same, what was acknowledged is there, and nothing is there
// twice.
func TestTalkRandom(t *testing.T) {
	for _, seed := range []uint64{1, rand.Uint64()} {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { testTalkRandom(t, rand.New(rand.NewPCG(seed, 3)), nil) })
		t.Run(fmt.Sprint("shortened, seed ", seed), func(t *testing.T) { testTalkRandom(t, rand.New(rand.NewPCG(seed, 3)), shortly) })
	}
}

// spoken is what was acknowledged.
type spoken struct {
	mu    sync.Mutex
	texts []spokenText
	gone  map[wire.TextID]bool // or may be
	saids map[wire.TextID]map[string]bool
}

type spokenText struct {
	id     wire.TextID
	author string
	with   wire.Person
}

func testTalkRandom(t *testing.T, rnd *rand.Rand, k *keeps) {
	h := newHouse(&town{t: t, keeps: k}, 3)
	s := &spoken{gone: map[wire.TextID]bool{}, saids: map[wire.TextID]map[string]bool{}}
	if rnd.IntN(3) == 0 {
		h.engine.Twice()
	}
	if rnd.IntN(3) == 0 {
		h.engine.Drop(7)
	}
	loses := -1
	if rnd.IntN(3) == 0 {
		loses = 10
	}
	for round := range 20 {
		var wg sync.WaitGroup
		for range 6 {
			r, seed := h.relays[rnd.IntN(3)], rnd.Uint64()
			wg.Go(func() { r.doSomething(rand.New(rand.NewPCG(seed, 1)), s) })
		}
		switch r := h.relays[rnd.IntN(3)]; rnd.IntN(5) {
		case 0:
			if !r.cut {
				r.isCut() // in the midst of it
			}
		case 1:
			if r.cut {
				r.heal()
			}
		case 2:
			wg.Wait()
			r.close()
			r.open()
			if r.cut {
				r.c.CutJournal()
			} else {
				r.heal()
			}
		}
		wg.Wait()
		if round == loses {
			h.engine.Lose()
			for _, r := range h.relays {
				if !r.cut {
					r.heal()
				}
			}
		}
	}
	for _, r := range h.relays {
		if r.cut || r.c.Cut() { // who takes a snapshot cuts itself off
			r.heal()
		}
	}
	for _, r := range h.relays {
		r.answered()
	}
	h.wantSame()
	for _, r := range h.relays {
		for _, text := range s.texts {
			who := talk.Speaker{Board: "b", Person: person(text.author), Role: wire.RoleEditor}
			frame, err := r.talk.Recall(t.Context(), who, &wire.Recall{Ask: 1, With: text.with, What: wire.RecallOne, Message: text.id})
			if err != nil {
				t.Fatal(err)
			}
			var said wire.Said
			for f := range wire.Frames(frame) {
				if err := said.Parse(f.Body); err != nil {
					t.Fatal(err)
				}
			}
			if len(said.Texts) != 1 {
				t.Errorf("relay %s has lost what %s said", r.name, text.author)
				continue
			}
			if one := said.Texts[0]; !one.Deleted {
				got := map[string]bool{}
				for _, re := range one.Reactions {
					for _, p := range re.Persons {
						got[fmt.Sprint(re.Sign, p)] = true
					}
				}
				for want := range s.saids[text.id] {
					if !got[want] {
						t.Errorf("relay %s has lost a reaction", r.name)
					}
				}
			} else if !s.gone[one.ID] {
				t.Errorf("on relay %s a message is gone that nobody has taken back", r.name)
			}
		}
		seen := map[wire.TextID]bool{}
		err := r.talk.Export(t.Context(), "b", func(text *wire.Text) error {
			if seen[text.ID] {
				t.Errorf("relay %s has a message twice", r.name)
			}
			seen[text.ID] = true
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		if err := r.store.Check(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if t.Failed() {
		for _, r := range h.relays {
			t.Logf("relay %s:\n%s", r.name, r.log.String())
		}
	}
}

// doSomething does one thing on a relay.
func (r *relay) doSomething(rnd *rand.Rand, s *spoken) {
	names := []string{"Ada", "Bo", "Cy"}
	name := names[rnd.IntN(3)]
	other := person(names[rnd.IntN(3)])
	s.mu.Lock()
	var about spokenText
	if len(s.texts) > 0 {
		about = s.texts[rnd.IntN(len(s.texts))]
	}
	s.mu.Unlock()
	known := about.id != wire.TextID{}
	switch kind := rnd.IntN(10); {
	case kind == 0 && known: // a reaction, each of somebody else
		name = fmt.Sprint("R", rnd.IntN(1<<20))
		if about.with != (wire.Person{}) {
			name = about.author
		}
		if r.says(name, "b", wire.Say{ID: newID(), With: about.with, What: wire.SayReact, About: about.id, Text: "👍"}) {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.saids[about.id] == nil {
				s.saids[about.id] = map[string]bool{}
			}
			s.saids[about.id][fmt.Sprint("👍", person(name))] = true
		}
	case kind == 1 && known:
		r.says(about.author, "b", wire.Say{ID: newID(), With: about.with, What: wire.SayEdit, About: about.id, Text: fmt.Sprint("edited @Bo ", rnd.Uint32()), Mentions: []wire.Mention{{Person: person("Bo"), At: 7, Length: 3}}})
	case kind == 2 && known && rnd.IntN(2) == 0:
		s.mu.Lock()
		s.gone[about.id] = true
		s.mu.Unlock()
		r.says(about.author, "b", wire.Say{ID: newID(), With: about.with, What: wire.SayDelete, About: about.id})
	case kind == 3:
		who := talk.Speaker{Board: "b", Person: person(name), Name: name, Role: wire.RoleEditor}
		frame, err := r.talk.Talks(r.t.Context(), who)
		if err != nil {
			r.t.Error(err)
			return
		}
		var talks wire.Talks
		for f := range wire.Frames(frame) {
			r.parse(talks.Parse(f.Body))
		}
		for _, one := range talks.List {
			if err := r.talk.Mark(r.t.Context(), who, &wire.Mark{With: one.With, Stamp: one.Last}); err != nil {
				r.t.Error(err)
			}
		}
	case kind == 4:
		if _, err := r.center.Tell(r.t.Context(), notify.Event{Persons: []wire.Person{other}, What: wire.EntryAlert, Title: "look"}); err != nil {
			r.t.Error(err)
		}
	case kind == 5:
		if err := r.center.Settle(r.t.Context(), other, &wire.Settle{Read: []wire.Span{{From: 1, To: uint64(rnd.IntN(20))}}}); err != nil {
			r.t.Error(err)
		}
	default:
		say := wire.Say{ID: newID(), Text: fmt.Sprint("word ", rnd.Uint32())}
		if rnd.IntN(3) == 0 && other != person(name) {
			say.With = other
		} else if rnd.IntN(3) == 0 && about.with == (wire.Person{}) {
			say.About = about.id
		}
		if r.says(name, "b", say) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.texts = append(s.texts, spokenText{say.ID, name, say.With})
		}
	}
}
