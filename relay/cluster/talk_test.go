package cluster_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"edgeboard/relay/notify"
	"edgeboard/relay/store/notice"
	"edgeboard/relay/talk"
	"edgeboard/shared/wire"
)

// What is said on one relay is told on the others: in the same order, with the same
// stamps.
func TestSaidEverywhere(t *testing.T) {
	h := newTown(t, 3)
	a, b, c := h.relays[0], h.relays[1], h.relays[2]
	a.mustSay("Ada", "b", wire.Say{Text: "one"})
	two := b.mustSay("Bo", "b", wire.Say{Text: "two"})
	c.mustSay("Cy", "b", wire.Say{What: wire.SayReact, About: two, Text: "👍"})
	a.mustSay("Ada", "b", wire.Say{Text: "three"})
	want := []string{"Ada: one", "Bo: two", "Bo: two 👍1", "Ada: three"}
	for _, r := range h.relays {
		h.waits("relay "+r.name+" tells all", func() bool { return len(r.heard("b")) == len(want) })
		if got := r.heard("b"); !slices.Equal(words(got), want) {
			t.Errorf("relay %s tells %q, want %q", r.name, words(got), want)
		} else if !slices.EqualFunc(got, a.heard("b"), func(x, y wire.Text) bool { return x.Stamp == y.Stamp && x.Changed == y.Changed }) {
			t.Errorf("relay %s has other stamps", r.name)
		}
	}
	h.wantSame()
}

// Three relays say something in the same conversation at once: nothing is lost, nothing
// comes twice, and all tell it in the same order, which is that of the stamps.
func TestAllAtOnce(t *testing.T) {
	h := newTown(t, 3)
	const each = 20
	done := make(chan bool)
	for _, r := range h.relays {
		for range 2 {
			go func() {
				for range each {
					r.mustSay(r.name, "b", wire.Say{Text: "word"})
				}
				done <- true
			}()
		}
	}
	for range 2 * len(h.relays) {
		<-done
	}
	n := 2 * each * len(h.relays)
	for _, r := range h.relays {
		h.waits("relay "+r.name+" tells all", func() bool { return len(r.heard("b")) >= n })
		got := r.heard("b")
		if len(got) != n || !slices.IsSortedFunc(got, func(x, y wire.Text) int { return int(x.Stamp) - int(y.Stamp) }) {
			t.Errorf("relay %s tells %d, in the order of their stamps: %v", r.name, len(got), len(got) == n)
		}
		for i, text := range got {
			if text.ID != h.relays[0].heard("b")[i].ID {
				t.Fatalf("relay %s tells another %d. message than relay A", r.name, i)
			}
		}
	}
	h.wantSame()
}

// Different relays change the same message at once: all reactions stay, what is taken back
// is taken back everywhere.
func TestChangedAtOnce(t *testing.T) {
	h := newTown(t, 3)
	a := h.relays[0]
	id := a.mustSay("Ada", "b", wire.Say{Text: "first"})
	gone := a.mustSay("Ada", "b", wire.Say{Text: "second"})
	h.catchUp()
	done := make(chan bool)
	for i, r := range h.relays {
		for k := range 5 {
			go func() {
				r.mustSay(r.name+string(rune('0'+k)), "b", wire.Say{What: wire.SayReact, About: id, Text: []string{"👍", "❤"}[k%2]})
				done <- true
			}()
		}
		go func() {
			if i == 0 {
				r.mustSay("Ada", "b", wire.Say{What: wire.SayEdit, About: id, Text: "edited"})
			} else {
				r.says("Bo"+r.name, "b", wire.Say{ID: newID(), What: wire.SayReact, About: gone, Text: "👍"}) // as long as it is there
			}
			done <- true
		}()
	}
	go func() {
		a.mustSay("Ada", "b", wire.Say{What: wire.SayDelete, About: gone})
		done <- true
	}()
	for range 3*6 + 1 {
		<-done
	}
	h.catchUp()
	for _, r := range h.relays {
		got := r.has("b")
		if len(got) != 2 || got[1] != "Ada: (taken back)" || got[0] != "Ada: edited 👍9 ❤6" && got[0] != "Ada: edited ❤6 👍9" {
			t.Errorf("relay %s has %q", r.name, got)
		}
	}
	h.wantSame()
}

// Two persons on different relays talk to each other; how far they have read, and what
// came into their inboxes, is the same on all.
func TestPrivate(t *testing.T) {
	h := newTown(t, 2)
	a, b := h.relays[0], h.relays[1]
	ada, bo := person("Ada"), person("Bo")
	a.mustSay("Ada", "b", wire.Say{Text: "psst", With: bo})
	var told []wire.Text
	h.waits("Bo is told", func() bool { b.do(func() { told = b.people[bo] }); return len(told) == 1 })
	h.waits("Bo has it in the inbox", func() (ok bool) {
		b.do(func() { ok = b.inbox[bo].Unread == 1 && b.inbox[bo].Last == 1 })
		return ok
	})
	who := talk.Speaker{Board: "b", Person: bo, Name: "Bo", Role: wire.RoleEditor}
	if err := b.talk.Mark(t.Context(), who, &wire.Mark{With: ada, Stamp: told[0].Stamp}); err != nil {
		t.Fatal(err)
	}
	h.waits("Ada sees that Bo has read it", func() (ok bool) {
		a.do(func() {
			ok = slices.Contains(a.marks[ada], wire.Mark{With: bo, Stamp: told[0].Stamp, Person: bo})
		})
		return ok
	})
	h.waits("Bo's inbox is read on the other relay", func() (ok bool) {
		a.do(func() { in, told := a.inbox[bo]; ok = told && in.Unread == 0 })
		return ok
	})
	h.wantSame()
}

// What comes into inboxes has the same place on all relays, is there once, and what was
// read on one is read on all.
func TestInboxesEverywhere(t *testing.T) {
	h := newTown(t, 3)
	bo := person("Bo")
	done := make(chan bool)
	for _, r := range h.relays {
		go func() {
			for range 5 {
				if _, err := r.center.Tell(t.Context(), notify.Event{Persons: []wire.Person{bo}, What: wire.EntryAlert, ID: "the same", Title: "again"}); err != nil {
					t.Error(err)
				}
				if _, err := r.center.Tell(t.Context(), notify.Event{Persons: []wire.Person{bo}, What: wire.EntryAlert, Title: "another"}); err != nil {
					t.Error(err)
				}
			}
			done <- true
		}()
	}
	for range h.relays {
		<-done
	}
	h.wantSame()
	for _, r := range h.relays {
		h.waits("Bo is told on relay "+r.name, func() (ok bool) { r.do(func() { ok = r.inbox[bo].Unread == 16 }); return ok })
	}
	if err := h.relays[1].center.Settle(t.Context(), bo, &wire.Settle{Read: []wire.Span{{From: 1, To: 10}}}); err != nil {
		t.Error(err)
	}
	for _, r := range h.relays {
		h.waits("some is read on relay "+r.name, func() (ok bool) { r.do(func() { ok = r.inbox[bo].Unread == 6 }); return ok })
	}
	h.wantSame()
}

// A relay that is cut off goes on: what is said there is told there. When it is reached
// again all relays have all of it, once and in one order, reactions of both sides stay,
// and who was mentioned has it in the inbox then.
func TestTalkCutOff(t *testing.T) {
	h := newTown(t, 3)
	a, b := h.relays[0], h.relays[1]
	bo := person("Bo")
	id := a.mustSay("Ada", "b", wire.Say{Text: "before"})
	h.catchUp()
	a.isCut()
	a.mustSay("Ada", "b", wire.Say{What: wire.SayReact, About: id, Text: "👍"})
	edge := a.mustSay("Ada", "b", wire.Say{Text: "at the edge, @Bo", Mentions: []wire.Mention{{Person: bo, At: 13, Length: 3}}})
	a.mustSay("Ada", "b", wire.Say{What: wire.SayEdit, About: edge, Text: "at the edge!, @Bo", Mentions: []wire.Mention{{Person: bo, At: 14, Length: 3}}})
	a.mustSay("Ada", "b", wire.Say{Text: "only for you", With: person("Eve")})
	if got, want := a.has("b"), []string{"Ada: before 👍1", "Ada: at the edge!, @Bo"}; !slices.Equal(got, want) {
		t.Errorf("at the edge there is %q, want %q", got, want)
	}
	h.waits("it is told there", func() bool { return len(a.heard("b")) == 4 })
	who := talk.Speaker{Board: "b", Person: person("Eve"), Role: wire.RoleEditor}
	if err := a.talk.Mark(t.Context(), who, &wire.Mark{Stamp: 1 << 62}); err != nil {
		t.Error(err)
	}
	b.mustSay("Bo", "b", wire.Say{What: wire.SayReact, About: id, Text: "❤"})
	b.mustSay("Bo", "b", wire.Say{Text: "elsewhere"})

	a.heal()
	h.catchUp()
	for _, r := range h.relays {
		if got, want := r.has("b"), []string{"Ada: before ❤1 👍1", "Bo: elsewhere", "Ada: at the edge!, @Bo"}; !slices.Equal(got, want) {
			t.Errorf("relay %s has %q, want %q", r.name, got, want)
		}
		h.waits("Bo is told on relay "+r.name, func() (ok bool) { r.do(func() { ok = r.inbox[bo].Unread == 1 }); return ok })
		talks, err := r.store.Messages().Standings(t.Context(), person("Eve"), "b:b", 10, 100)
		if err != nil || talks[0].Unread != 0 || len(talks) != 2 || talks[1].Unread != 1 {
			t.Errorf("on relay %s Eve's conversations stand %+v: %v", r.name, talks, err)
		}
	}
	h.waits("the others' word is told at the edge", func() bool { return slices.Contains(words(a.heard("b")), "Bo: elsewhere") })
	h.wantSame()
	// Everything goes its usual way.
	a.mustSay("Ada", "b", wire.Say{Text: "after"})
	h.waits("it is told on the others", func() bool { return slices.Contains(words(b.heard("b")), "Ada: after") })
	h.wantSame()
}

// A relay that is stopped and started while it is cut off has not forgotten what it owes.
func TestTalkCutOffStopped(t *testing.T) {
	h := newTown(t, 2)
	a, b := h.relays[0], h.relays[1]
	a.mustSay("Ada", "b", wire.Say{Text: "before"})
	h.catchUp()
	a.isCut()
	a.mustSay("Ada", "b", wire.Say{Text: "at the edge"})
	for range 2 {
		a.close()
		a.open()
		a.c.CutJournal()
		if got, want := a.has("b"), []string{"Ada: before", "Ada: at the edge"}; !slices.Equal(got, want) {
			t.Errorf("after the start there is %q, want %q", got, want)
		}
	}
	a.mustSay("Ada", "b", wire.Say{Text: "still there"})
	b.mustSay("Bo", "b", wire.Say{Text: "elsewhere"})
	a.heal()
	h.waits("all are told on the other", func() bool { return len(b.heard("b")) == 4 })
	h.wantSame()
	if got, want := b.has("b"), []string{"Ada: before", "Bo: elsewhere", "Ada: at the edge", "Ada: still there"}; !slices.Equal(got, want) {
		t.Errorf("there is %q, want %q", got, want)
	}
}

// An engine that has lost its data gets what the relays have, and a relay that begins with
// an empty store has all of it then.
func TestTalkLost(t *testing.T) {
	h := newTown(t, 2)
	a, b := h.relays[0], h.relays[1]
	bo := person("Bo")
	for range 5 {
		a.mustSay("Ada", "b", wire.Say{Text: "hello @Bo", Mentions: []wire.Mention{{Person: bo, At: 6, Length: 3}}})
		b.mustSay("Bo", "b", wire.Say{Text: "psst", With: person("Ada")})
	}
	h.catchUp()
	a.isCut()
	b.isCut()
	a.mustSay("Ada", "b", wire.Say{Text: "meanwhile"})
	h.engine.Lose()
	a.heal()
	a.mustSay("Ada", "b", wire.Say{Text: "after"})
	b.heal()
	h.wantSame()
	c := &relay{town: h, name: "C", dir: t.TempDir()}
	h.relays = append(h.relays, c)
	c.open()
	c.heal()
	h.wantSame()
	if got := c.has("b"); len(got) != 7 || got[5] != "Ada: meanwhile" || got[6] != "Ada: after" {
		t.Errorf("the new relay has %q", got)
	}
	page, _, _, now, err := c.store.Notices().Page(t.Context(), bo, notice.Query{Limit: 9})
	if err != nil || now.Unread != 5 || now.Last != 5 || len(page) != 5 {
		t.Errorf("there Bo's inbox has %d, stands %+v: %v", len(page), now, err)
	}
}

// What is more than an entry of the journal takes is stored in several, in order, also
// after it was said at the edge.
func TestTalkLarge(t *testing.T) {
	h := newTown(t, 2)
	a := h.relays[0]
	for _, cut := range []bool{false, true} {
		if cut {
			a.isCut()
		}
		const n = 100
		text := strings.Repeat("\u6f22", wire.MaxText/3)
		done := make(chan bool, n)
		who := talk.Speaker{Board: "b", Person: person("Ada"), Name: "Ada", Role: wire.RoleEditor}
		for range n {
			if err := a.talk.Say(t.Context(), who, &wire.Say{ID: newID(), Text: text}, func(frame []byte) { done <- frame != nil }); err != nil {
				t.Fatal(err)
			}
		}
		for range n {
			if !<-done {
				t.Error("the store is said to fail")
			}
		}
	}
	a.heal()
	if n := len(a.has("b")); n != 200 {
		t.Errorf("there are %d messages", n)
	}
	h.wantSame()
	if _, err := a.center.Tell(t.Context(), notify.Event{Persons: manyPersons(900), What: wire.EntryAlert, Title: strings.Repeat("t", wire.MaxTitle), Text: strings.Repeat("x", wire.MaxExcerpt)}); err != nil {
		t.Error(err)
	}
	h.wantSame()
}

func manyPersons(n int) (list []wire.Person) {
	for i := range n {
		list = append(list, person(fmt.Sprint("P", i)))
	}
	return list
}

// A store that fails now and then gets what it has missed again, in order, and with it all
// that came after.
func TestTalkStoreFails(t *testing.T) {
	h := newTown(t, 1)
	h.flaky = true
	b := &relay{town: h, name: "B", dir: t.TempDir()}
	h.relays = append(h.relays, b)
	b.open()
	b.heal()
	var wg sync.WaitGroup
	for _, r := range h.relays {
		for k := range 4 {
			wg.Go(func() {
				for range 6 {
					r.mustSay(r.name, fmt.Sprint("b", k), wire.Say{Text: "hello @Bo", Mentions: []wire.Mention{{Person: person("Bo"), At: 6, Length: 3}}})
				}
			})
		}
	}
	wg.Wait()
	h.wantSame()
	if !strings.Contains(b.log.String(), "the disk is full") {
		t.Error("nothing has failed")
	}
	for k := range 4 {
		if n := len(b.has(fmt.Sprint("b", k))); n != 12 {
			t.Errorf("a conversation has %d messages, want 12", n)
		}
	}
}
