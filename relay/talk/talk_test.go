package talk_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/talk"
	"edgeboard/shared/wire"
)

// Two talk on a board. Everybody there hears it, in the order of the stamps, and who
// comes later reads it.
func TestBoard(t *testing.T) {
	inHall(t, talk.Config{}, func(t *testing.T, h *hall) {
		ada, bo := h.comes("Ada", "plans", wire.RoleEditor), h.comes("Bo", "plans", wire.RoleCommenter)
		ada.says("shall we begin?")
		bo.does(wire.Say{Text: "yes, @Ada", Time: 99, Mentions: []wire.Mention{{Person: ada.Person, At: 5, Length: 4}}})
		h.comes("Cy", "elsewhere", wire.RoleEditor).says("nobody hears this")

		wantWords(t, "the board hears", words(h.boards["plans"]...), "Ada: shall we begin?", "Bo: yes, @Ada")
		first, second := h.boards["plans"][0].Texts[0], h.boards["plans"][1].Texts[0]
		if first.Stamp >= second.Stamp || first.Changed != first.Stamp || first.Stamp.Milliseconds() != time.Now().Add(-3*time.Second).UnixMilli() {
			t.Errorf("the stamps are %d and %d, changed %d", first.Stamp, second.Stamp, first.Changed)
		}
		if second.Written != 99 || len(second.Mentions) != 1 || second.Mentions[0].Person != ada.Person || second.Author != bo.Person {
			t.Errorf("it is not what was said: %+v", second)
		}
		// A viewer reads, and cannot speak.
		viewer := h.comes("Vi", "plans", wire.RoleViewer)
		wantWords(t, "a viewer reads", words(viewer.recalls(wire.Recall{})), "Ada: shall we begin?", "Bo: yes, @Ada")
		viewer.isRefused(wire.RefusedRole, wire.Say{Text: "hello"})
		if h.counts.said != 3 || h.counts.refused[wire.RefusedRole] != 1 {
			t.Errorf("the operator is told %+v", h.counts)
		}
	})
}

// What comes twice is acknowledged twice and said once, also by the next relay, and
// also if it changed something that somebody else has changed since.
func TestTwice(t *testing.T) {
	inHall(t, talk.Config{}, func(t *testing.T, h *hall) {
		ada := h.comes("Ada", "b", wire.RoleEditor)
		id := ada.says("one")
		edit := wire.Say{ID: ada.id(), What: wire.SayEdit, About: id, Text: "two"}
		ada.does(edit)
		again := ada.does(wire.Say{What: wire.SayEdit, About: id, Text: "three"})
		h.close()
		h.open()
		ada.does(wire.Say{ID: id, Text: "one"})
		ada.does(edit)
		ada.does(wire.Say{ID: again, What: wire.SayEdit, About: id, Text: "three"})
		if n := len(h.boards["b"]); n > 0 {
			t.Errorf("what was stored before is told %d times more", n)
		}
		wantWords(t, "there is", words(ada.recalls(wire.Recall{})), "Ada: three (edited)")
	})
}

// What is said in one burst may speak of what was said just before, and is stored and
// told together, in order.
func TestBurst(t *testing.T) {
	inHall(t, talk.Config{}, func(t *testing.T, h *hall) {
		h.store.Hold()
		ada := h.comes("Ada", "b", wire.RoleEditor)
		var order []string
		say := func(s wire.Say) wire.TextID {
			s.ID = ada.id()
			err := h.Say(t.Context(), ada.Speaker, &s, func(frame []byte) {
				got := saidIn(t, frame)
				h.do(func() { order = append(order, strings.TrimRight(string(got.Stored[0][:]), "\x00")) })
			})
			if err != nil {
				t.Error(err)
			}
			return s.ID
		}
		say(wire.Say{Text: "zero"})
		synctest.Wait() // the first is with the store
		one := say(wire.Say{Text: "one"})
		say(wire.Say{What: wire.SayEdit, About: one, Text: "one and a half"})
		two := say(wire.Say{Text: "two", About: one})
		say(wire.Say{What: wire.SayReact, About: two, Text: "👍"})
		say(wire.Say{What: wire.SayDelete, About: one})
		say(wire.Say{Text: "three"})
		synctest.Wait()
		if len(h.boards["b"]) > 0 || len(order) > 0 {
			t.Error("something is told before it is stored")
		}
		h.store.Release()
		synctest.Wait()
		wantWords(t, "acknowledged", order, "Ada1", "Ada2", "Ada3", "Ada4", "Ada5", "Ada6", "Ada7")
		if len(h.boards["b"]) != 2 {
			t.Fatalf("%d frames are told, want two", len(h.boards["b"]))
		}
		wantWords(t, "told first", words(h.boards["b"][0]), "Ada: zero")
		wantWords(t, "told then", words(h.boards["b"][1]), "Ada: (taken back)", "Ada: two 👍1", "Ada: three")
		// Each change has a stamp of its own.
		stamps := map[wire.Stamp]bool{}
		for _, said := range h.boards["b"] {
			for _, text := range said.Texts {
				stamps[text.Stamp], stamps[text.Changed] = true, true
			}
		}
		if len(stamps) != 6 {
			t.Errorf("there are %d stamps, want 4 of messages and 2 of changes", len(stamps))
		}
	})
}

// A burst of many long messages is told in frames that are not too large.
func TestLongBurst(t *testing.T) {
	inHall(t, talk.Config{}, func(t *testing.T, h *hall) {
		ada := h.comes("Ada", "b", wire.RoleEditor)
		h.store.Hold()
		stored := 0
		const many = 300
		for range many {
			s := wire.Say{ID: ada.id(), Text: strings.Repeat("x", wire.MaxText)}
			if err := h.Say(t.Context(), ada.Speaker, &s, func([]byte) { h.do(func() { stored++ }) }); err != nil {
				t.Error(err)
			}
		}
		h.store.Release()
		synctest.Wait()
		told := 0
		for _, said := range h.boards["b"] {
			if size := len(said.Append(nil)); size > 300<<10 || len(said.Texts) > wire.MaxRecall {
				t.Errorf("a frame has %d bytes and %d messages", size, len(said.Texts))
			}
			told += len(said.Texts)
		}
		if stored != many || told != many {
			t.Errorf("%d are stored and %d told, want %d", stored, told, many)
		}
		// They are read in pages that are not too large either.
		read, before := 0, wire.Stamp(0)
		for more := true; more; {
			got := ada.recalls(wire.Recall{Stamp: before})
			if size := len(got.Append(nil)); size > 300<<10 || len(got.Texts) == 0 {
				t.Fatalf("a page has %d bytes and %d messages", size, len(got.Texts))
			}
			read, before, more = read+len(got.Texts), got.Texts[0].Stamp, got.More
		}
		if read != many {
			t.Errorf("%d are read, want %d", read, many)
		}
	})
}

// What cannot be read, or speaks of what is not there, is refused, and nothing else is.
func TestRefused(t *testing.T) {
	inHall(t, talk.Config{}, func(t *testing.T, h *hall) {
		ada := h.comes("Ada", "b", wire.RoleEditor)
		for _, text := range []string{"", " ", "\t\n\u00a0", "\u200b\u200e\u202e\u2066", "\x00\x1b", "\ufeff \u00ad"} {
			ada.isRefused(wire.RefusedText, wire.Say{Text: text})
		}
		mention := func(at, length uint32) wire.Mention {
			return wire.Mention{Person: person("Bo"), At: at, Length: length}
		}
		for _, m := range [][]wire.Mention{
			{mention(0, 0)}, {mention(7, 1)}, {mention(0, 8)}, {mention(1, 1)}, {mention(0, 1)}, {mention(3, 2), mention(4, 1)},
			{mention(4, 1), mention(3, 1)}, {mention(1<<32-1, 1<<32-1)}, {{At: 3, Length: 1}},
		} {
			ada.isRefused(wire.RefusedText, wire.Say{Text: "ä a b", Mentions: m[:min(len(m), 32)]})
			if t.Failed() {
				t.Fatalf("the mentions are %v", m)
			}
		}
		ada.does(wire.Say{Text: "ä a b", Mentions: []wire.Mention{mention(0, 2), mention(2, 2), mention(5, 1)}})
		ada.isRefused(wire.RefusedWhat, wire.Say{What: wire.SayUnact + 1, Text: "x"})
		ada.isRefused(wire.RefusedWith, wire.Say{With: ada.Person, Text: "x"})
		for what := uint32(wire.SayEdit); what <= wire.SayUnact; what++ {
			ada.isRefused(wire.RefusedAbout, wire.Say{What: what, Text: "x"})
		}
		for what := uint32(wire.SayText); what <= wire.SayUnact; what++ {
			ada.isRefused(wire.RefusedAbout, wire.Say{What: what, Text: "x", About: wire.TextID{1}})
		}
		ada.isRefused(wire.RefusedText, wire.Say{What: wire.SayReact, Text: strings.Repeat("x", wire.MaxSign+1), About: wire.TextID{1}})
		// A message of another board is none here.
		other := h.comes("Ada", "other", wire.RoleEditor).says("over there")
		ada.isRefused(wire.RefusedAbout, wire.Say{Text: "x", About: other})
	})
}

// Only the author edits a message. It, and an owner of the board, takes it back, and
// then it can be changed no more.
func TestChanges(t *testing.T) {
	inHall(t, talk.Config{}, func(t *testing.T, h *hall) {
		ada, bo := h.comes("Ada", "b", wire.RoleEditor), h.comes("Bo", "b", wire.RoleEditor)
		owner := h.comes("Ow", "b", wire.RoleOwner)
		id := ada.does(wire.Say{Text: "one @Bo", Mentions: []wire.Mention{{Person: bo.Person, At: 4, Length: 3}}})
		before := h.boards["b"][0].Texts[0]
		bo.isRefused(wire.RefusedRole, wire.Say{What: wire.SayEdit, About: id, Text: "mine"})
		owner.isRefused(wire.RefusedRole, wire.Say{What: wire.SayEdit, About: id, Text: "mine"})
		bo.isRefused(wire.RefusedRole, wire.Say{What: wire.SayDelete, About: id})
		// Ada's other tab is the same person.
		h.comes("Ada", "b", wire.RoleCommenter).does(wire.Say{ID: ada.id(), What: wire.SayEdit, About: id, Text: "two"})
		after := h.boards["b"][1].Texts[0]
		if after.Stamp != before.Stamp || after.Changed <= before.Changed || len(after.Mentions) > 0 || after.Text != "two" {
			t.Errorf("after the edit it is %+v", after)
		}
		bo.does(wire.Say{What: wire.SayReact, About: id, Text: "👍"})
		owner.does(wire.Say{What: wire.SayDelete, About: id})
		gone := ada.recalls(wire.Recall{}).Texts[0]
		if !gone.Deleted || gone.Text != "" || len(gone.Reactions) > 0 || gone.Stamp != before.Stamp {
			t.Errorf("after it was taken back it is %+v", gone)
		}
		ada.isRefused(wire.RefusedAbout, wire.Say{What: wire.SayEdit, About: id, Text: "three"})
		bo.isRefused(wire.RefusedAbout, wire.Say{What: wire.SayReact, About: id, Text: "👍"})
		bo.isRefused(wire.RefusedAbout, wire.Say{Text: "what was it?", About: id})
		// What is taken back already may be taken back: it is as it was wished.
		told := len(h.boards["b"])
		ada.does(wire.Say{What: wire.SayDelete, About: id})
		if len(h.boards["b"]) > told {
			t.Error("what changes nothing is told")
		}
		// Between two persons there is no owner.
		secret := ada.does(wire.Say{With: owner.Person, Text: "secret"})
		owner.isRefused(wire.RefusedRole, wire.Say{With: ada.Person, What: wire.SayDelete, About: secret})
	})
}

// Reactions are counted by person, and there are only so many.
func TestReactions(t *testing.T) {
	inHall(t, talk.Config{}, func(t *testing.T, h *hall) {
		ada, bo := h.comes("Ada", "b", wire.RoleEditor), h.comes("Bo", "b", wire.RoleEditor)
		id := ada.says("lunch?")
		react := func(who *speaker, what uint32, sign string) {
			t.Helper()
			who.does(wire.Say{What: what, About: id, Text: sign})
		}
		want := func(want string) {
			t.Helper()
			wantWords(t, "the message", words(ada.recalls(wire.Recall{})), want)
		}
		react(bo, wire.SayReact, "👍")
		react(bo, wire.SayReact, "👍")
		react(ada, wire.SayReact, "👍")
		react(ada, wire.SayReact, "🎉")
		want("Ada: lunch? 👍2 🎉1")
		react(bo, wire.SayUnact, "👍")
		react(bo, wire.SayUnact, "👍")
		react(bo, wire.SayUnact, "😀")
		react(ada, wire.SayUnact, "🎉")
		want("Ada: lunch? 👍1")
		for i := range wire.MaxReactors - 1 {
			react(h.comes(fmt.Sprint("guest", i), "b", wire.RoleCommenter), wire.SayReact, "👍")
		}
		bo.isRefused(wire.RefusedMost, wire.Say{What: wire.SayReact, About: id, Text: "👍"})
		for i := range wire.MaxSigns - 1 {
			react(bo, wire.SayReact, fmt.Sprint(i))
		}
		ada.isRefused(wire.RefusedMost, wire.Say{What: wire.SayReact, About: id, Text: "one more"})
	})
}

// What two say to each other is told to them alone, each as from the other, and is the
// same on every board.
func TestPrivate(t *testing.T) {
	inHall(t, talk.Config{}, func(t *testing.T, h *hall) {
		ada, bo, cy := h.comes("Ada", "one", wire.RoleEditor), h.comes("Bo", "two", wire.RoleEditor), h.comes("Cy", "one", wire.RoleOwner)
		h.Name(bo.Person, "Bo from next door")
		ada.does(wire.Say{With: bo.Person, Text: "are you there?"})
		bo.does(wire.Say{With: ada.Person, Text: "yes"})
		if len(h.boards) > 0 || len(h.told[cy.Person]) > 0 {
			t.Error("others are told")
		}
		for _, side := range []struct{ who, with *speaker }{{ada, bo}, {bo, ada}} {
			wantWords(t, "is told", words(h.told[side.who.Person]...), "Ada: are you there?", "Bo: yes")
			for _, said := range h.told[side.who.Person] {
				if said.With != side.with.Person {
					t.Errorf("%s is told of a conversation with %q", side.who.Name, said.With[:])
				}
			}
			wantWords(t, "reads", words(side.who.recalls(wire.Recall{With: side.with.Person})), "Ada: are you there?", "Bo: yes")
		}
		wantWords(t, "somebody else reads", words(cy.recalls(wire.Recall{With: ada.Person})))
		list := ada.talks()
		if len(list) != 2 || list[0].With != (wire.Person{}) || list[1].With != bo.Person || list[1].Name != "Bo" || list[1].Unread != 1 {
			t.Errorf("Ada's conversations are %+v", list)
		}
		h.Name(bo.Person, "Bodil")
		synctest.Wait()
		if list := ada.talks(); list[1].Name != "Bodil" {
			t.Errorf("after Bo has another name it is %q", list[1].Name)
		}
		cy.does(wire.Say{With: ada.Person, Text: "and I?"})
		if list := ada.talks(); len(list) != 3 || list[1].With != cy.Person || list[2].With != bo.Person {
			t.Errorf("the last changed is not first: %+v", list)
		}
	})
}

// Who has read how far is known to its other connections, and in a conversation of two
// to the other one. It does not go back, nor beyond what there is.
func TestMarks(t *testing.T) {
	inHall(t, talk.Config{}, func(t *testing.T, h *hall) {
		ada, bo := h.comes("Ada", "b", wire.RoleEditor), h.comes("Bo", "b", wire.RoleEditor)
		bo.reads(wire.Person{}, 5) // there is nothing yet
		bo.reads(bo.Person, 5)
		if len(h.marks) > 0 {
			t.Errorf("of nothing %v is told", h.marks)
		}
		for i := range 3 {
			ada.says(fmt.Sprint(i))
			ada.does(wire.Say{With: bo.Person, Text: fmt.Sprint("to Bo ", i)})
		}
		board, private := bo.recalls(wire.Recall{}).Texts, bo.recalls(wire.Recall{With: ada.Person}).Texts
		if list := bo.talks(); list[0].Unread != 3 || list[1].Unread != 3 || list[0].Last != board[2].Stamp {
			t.Errorf("before anything is read: %+v", list)
		}
		if list := ada.talks(); list[0].Unread != 0 || list[1].Unread != 0 {
			t.Errorf("of one's own nothing is unread: %+v", list)
		}
		bo.reads(wire.Person{}, board[1].Stamp)
		bo.reads(ada.Person, 1<<63+5)
		bo.reads(ada.Person, private[0].Stamp)
		list := bo.talks()
		if list[0].Read != board[1].Stamp || list[0].Unread != 1 || list[0].Seen != 0 || list[1].Read != private[2].Stamp || list[1].Unread != 0 {
			t.Errorf("then: %+v", list)
		}
		if list := ada.talks(); list[1].Seen != private[2].Stamp || list[0].Seen != 0 {
			t.Errorf("Ada sees: %+v", list)
		}
		if got := h.marks[bo.Person]; len(got) != 3 || got[0] != (wire.Mark{Stamp: board[1].Stamp, Person: bo.Person}) || got[2] != (wire.Mark{With: ada.Person, Stamp: private[2].Stamp, Person: bo.Person}) {
			t.Errorf("Bo's connections are told %v", got)
		}
		if got := h.where[bo.Person]; !slices.Equal(got, []string{"b", "", ""}) {
			t.Errorf("they are told it on %q", got)
		}
		if got := h.marks[ada.Person]; len(got) != 2 || got[0] != (wire.Mark{With: bo.Person, Stamp: private[2].Stamp, Person: bo.Person}) {
			t.Errorf("Ada is told %v", got)
		}
	})
}

// A store fails for a while. What is said meanwhile is not lost, not refused, and told
// once.
func TestStoreFails(t *testing.T) {
	inHall(t, talk.Config{}, func(t *testing.T, h *hall) {
		ada := h.comes("Ada", "b", wire.RoleEditor)
		h.store.Fail(errors.New("disk full"))
		answers := 0
		for i := range 5 {
			err := h.Say(t.Context(), ada.Speaker, &wire.Say{ID: ada.id(), Text: fmt.Sprint(i)}, func(frame []byte) {
				if frame != nil {
					h.do(func() { answers++ })
				}
			})
			if err != nil {
				t.Error(err)
			}
			time.Sleep(10 * time.Second)
		}
		if answers > 0 || len(h.boards) > 0 {
			t.Error("what is not stored is told")
		}
		if _, err := h.Recall(t.Context(), ada.Speaker, &wire.Recall{}); err == nil {
			t.Error("a Recall succeeds while the store fails")
		}
		h.store.Fail(nil)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		wantWords(t, "told", words(h.boards["b"]...), "Ada: 0", "Ada: 1", "Ada: 2", "Ada: 3", "Ada: 4")
		if answers != 5 || h.counts.failed == 0 || !strings.Contains(h.log.String(), "disk full") {
			t.Errorf("%d answers, %d failures", answers, h.counts.failed)
		}
	})
}

// Those who wait for a store that fails are told so, each of them once, and nobody else.
func TestStoreFailsIsTold(t *testing.T) {
	inHall(t, talk.Config{}, func(t *testing.T, h *hall) {
		var told []string
		say := func(who *speaker, text string) error {
			id := who.id()
			return h.Say(t.Context(), who.Speaker, &wire.Say{ID: id, Text: text}, func(frame []byte) {
				what := " late"
				if frame != nil {
					what = " stored"
				}
				h.do(func() { told = append(told, strings.TrimRight(string(id[:]), "\x00")+what) })
			})
		}
		ada, bo, cy := h.comes("Ada", "b", wire.RoleEditor), h.comes("Bo", "b", wire.RoleEditor), h.comes("Cy", "c", wire.RoleEditor)
		h.store.Hold()
		for _, who := range []*speaker{ada, bo} { // one is with the store, and one waits
			if err := say(who, "x"); err != nil {
				t.Error(err)
			}
			synctest.Wait()
		}
		wantWords(t, "while the store takes its time", told)
		h.store.Fail(errors.New("disk full"))
		h.store.Release()
		synctest.Wait()
		wantWords(t, "when the store fails", told, "Ada1 late", "Bo1 late")
		time.Sleep(time.Minute)
		if err := say(ada, "y"); err != nil {
			t.Error(err)
		}
		wantWords(t, "who speaks then", told[2:], "Ada2 late")
		time.Sleep(time.Minute)
		h.store.Fail(nil)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		wantWords(t, "when it works again", told[3:], "Ada1 stored", "Bo1 stored", "Ada2 stored")
		if err := say(cy, "z"); err != nil {
			t.Error(err)
		}
		if err := say(bo, "z"); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		slices.Sort(told[6:])
		wantWords(t, "afterwards", told[6:], "Bo2 stored", "Cy1 stored")
	})
}

// Who waits for room in the queue is told as well.
func TestStoreFailsIsToldToWhoWaitsForRoom(t *testing.T) {
	inHall(t, talk.Config{}, func(t *testing.T, h *hall) {
		ada, late, stored := h.comes("Ada", "b", wire.RoleEditor), 0, 0
		h.store.Hold()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan int)
		go func() {
			for n := 0; ; n++ {
				if h.Say(ctx, ada.Speaker, &wire.Say{ID: ada.id(), Text: "x"}, func(frame []byte) {
					h.do(func() {
						if frame == nil {
							late++
						} else {
							stored++
						}
					})
				}) != nil {
					done <- n
					return
				}
			}
		}()
		synctest.Wait()
		h.store.Fail(errors.New("disk full"))
		h.store.Release()
		synctest.Wait()
		cancel()
		queued := <-done
		if late != queued+1 {
			t.Errorf("%d are told, want the %d that are queued and the one that is not", late, queued)
		}
		h.store.Fail(nil)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if stored != queued {
			t.Errorf("%d are stored of %d", stored, queued)
		}
	})
}

// Who speaks when the queue is full waits until there is room, or gives up.
func TestFull(t *testing.T) {
	inHall(t, talk.Config{}, func(t *testing.T, h *hall) {
		ada := h.comes("Ada", "b", wire.RoleEditor)
		h.store.Hold()
		ctx, cancel := context.WithCancel(t.Context())
		queued := 0
		say := func(ctx context.Context) error {
			return h.Say(ctx, ada.Speaker, &wire.Say{ID: ada.id(), Text: "x"}, func([]byte) {})
		}
		done := make(chan error)
		go func() {
			for {
				if err := say(ctx); err != nil {
					done <- err
					return
				}
				queued++
			}
		}()
		synctest.Wait()
		if queued < 1000 || queued > 1500 {
			t.Errorf("%d wait", queued)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("who gives up is told %v", err)
		}
		go func() { done <- say(t.Context()) }()
		synctest.Wait()
		h.store.Release()
		if err := <-done; err != nil {
			t.Errorf("who waits is told %v", err)
		}
		synctest.Wait()
		if h.counts.said != queued+1 {
			t.Errorf("%d are stored, want %d", h.counts.said, queued+1)
		}
	})
}

// Close waits for what was said, but not for ever.
func TestClose(t *testing.T) {
	inHall(t, talk.Config{}, func(t *testing.T, h *hall) {
		ada := h.comes("Ada", "b", wire.RoleEditor)
		say := func(text string) error {
			return h.Say(t.Context(), ada.Speaker, &wire.Say{ID: ada.id(), Text: text}, func([]byte) {})
		}
		if err := say("the last words"); err != nil {
			t.Error(err)
		}
		h.close()
		wantWords(t, "told", words(h.boards["b"]...), "Ada: the last words")
		if err := say("too late"); !errors.Is(err, talk.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		h.open()
		h.store.Fail(errors.New("disk full"))
		if err := say("not stored"); err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := h.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close with a store that fails: %v", err)
		}
		h.store.Fail(nil)
		h.open()
		wantWords(t, "there is", words(ada.recalls(wire.Recall{})), "Ada: the last words")
	})
}

// The clock of the relay is set back. Stamps go on.
func TestClockGoesBack(t *testing.T) {
	back := time.Duration(0)
	cfg := talk.Config{Now: func() time.Time { return time.Now().Add(-back) }}
	inHall(t, cfg, func(t *testing.T, h *hall) {
		ada := h.comes("Ada", "b", wire.RoleEditor)
		ada.says("one")
		h.close()
		back = time.Hour
		h.open()
		ada.says("two")
		ada.says("three")
		got := ada.recalls(wire.Recall{}).Texts
		wantWords(t, "there is", words(wire.Said{Texts: got}), "Ada: one", "Ada: two", "Ada: three")
		if got[1].Stamp != got[0].Stamp+1 || got[2].Stamp != got[1].Stamp+1 {
			t.Errorf("the stamps are %d, %d, %d", got[0].Stamp, got[1].Stamp, got[2].Stamp)
		}
	})
}

// What is older than it may be is removed.
func TestKeep(t *testing.T) {
	inHall(t, talk.Config{Keep: 24 * time.Hour}, func(t *testing.T, h *hall) {
		ada := h.comes("Ada", "b", wire.RoleEditor)
		for i := range 250 {
			ada.says(fmt.Sprint("old ", i))
		}
		time.Sleep(12 * time.Hour)
		ada.says("new")
		if got := ada.recalls(wire.Recall{}); len(got.Texts) != wire.MaxRecall || !got.More {
			t.Errorf("after half a day there are %d", len(got.Texts))
		}
		time.Sleep(12*time.Hour + 20*time.Minute)
		wantWords(t, "after a day there is", words(ada.recalls(wire.Recall{})), "Ada: new")
	})
}

// A board's conversation is read whole, the oldest first.
func TestExport(t *testing.T) {
	inHall(t, talk.Config{}, func(t *testing.T, h *hall) {
		ada := h.comes("Ada", "b", wire.RoleEditor)
		var want, got []string
		for i := range 230 {
			ada.says(fmt.Sprint(i))
			want = append(want, fmt.Sprint(i))
		}
		ada.does(wire.Say{With: person("Bo"), Text: "in no export"})
		err := h.Export(t.Context(), "b", func(text *wire.Text) error {
			got = append(got, text.Text)
			return nil
		})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("the export has %d, %v", len(got), err)
		}
		enough := errors.New("enough")
		if err := h.Export(t.Context(), "b", func(*wire.Text) error { return enough }); !errors.Is(err, enough) {
			t.Errorf("Export returns %v", err)
		}
	})
}
