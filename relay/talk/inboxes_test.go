package talk_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/store/memory"
	"edgeboard/relay/store/message"
	"edgeboard/relay/store/notice"
	"edgeboard/relay/talk"
	"edgeboard/shared/wire"
)

// postman is Inboxes that writes down what it is told. Of each message it makes one
// thing to be stored, by the message's ID.
type postman struct {
	h     *hall
	heard []string // of Of and Read
	told  []string // of Changed, and how many frames the board was told before
}

func (p *postman) Of(b *notice.Batch, c talk.Concern) {
	line := fmt.Sprintf("%s %s", c.Text.Name, c.Text.Text)
	switch {
	case c.Text.Deleted:
		line = "taken back"
		b.Gone = append(b.Gone, c.Text.ID)
	case !c.New:
		line = "now " + line
	}
	if c.To != (wire.Person{}) {
		line += " to " + nameOf(c.To)
	}
	for _, m := range c.Text.Mentions {
		line += " @" + nameOf(m.Person)
	}
	for _, m := range c.Was {
		line += " was @" + nameOf(m.Person)
	}
	line += " on " + c.Board
	if c.Board == "" {
		line += "of " + nameOf(c.Pair[0]) + " and " + nameOf(c.Pair[1])
	}
	b.Put = append(b.Put, notice.Put{Entry: notice.Entry{Source: c.Text.ID, Talk: c.Key, Stamp: uint64(c.Text.Stamp), Data: []byte(line)}, Edit: !c.New})
	p.h.do(func() { p.heard = append(p.heard, line) })
}

func (p *postman) Changed(list []notice.Change) {
	p.h.do(func() {
		for _, c := range list {
			for _, e := range c.Entries {
				p.told = append(p.told, fmt.Sprintf("%s after %d", e.Data, len(p.h.boards["b"])))
			}
		}
	})
}

func (p *postman) Read(_ context.Context, who wire.Person, key string, upto wire.Stamp) {
	p.h.do(func() { p.heard = append(p.heard, fmt.Sprintf("%s has read %s to %d", nameOf(who), key, upto)) })
}

func (p *postman) take() (heard, told []string) {
	p.h.do(func() {
		heard, told = p.heard, p.told
		p.heard, p.told = nil, nil
	})
	return heard, told
}

func nameOf(p wire.Person) string { return strings.TrimRight(string(p[:]), "\x00") }

// noticing is a store that says of all that is put for inboxes that it has become so.
// It leaves the notices out of what it hands on.
type noticing struct{ talk.Store }

func (n noticing) Put(c message.Change, done func(error)) {
	batch, noticed := c.Notices, c.Noticed
	c.Notices, c.Noticed = notice.Batch{}, nil
	n.Store.Put(c, func(err error) {
		if err == nil && len(batch.Put)+len(batch.Gone) > 0 {
			change := notice.Change{Standing: notice.Standing{Unread: len(batch.Put)}}
			for _, put := range batch.Put {
				change.Entries = append(change.Entries, put.Entry)
			}
			noticed([]notice.Change{change})
		}
		done(err)
	})
}

// begins says something, and waits for no answer.
func (s *speaker) begins(say wire.Say) wire.TextID {
	s.h.t.Helper()
	say.ID = s.id()
	if err := s.h.Say(s.h.t.Context(), s.Speaker, &say, func([]byte) {}); err != nil {
		s.h.t.Errorf("Say: %v", err)
	}
	return say.ID
}

// withPostman is a hall with a postman.
func withPostman(t *testing.T, test func(h *hall, p *postman)) {
	synctest.Test(t, func(t *testing.T) {
		p := &postman{}
		h := &hall{t: t, store: new(memory.Store), cfg: talk.Config{Inboxes: p}}
		p.h, h.cfg.Store = h, noticing{h.store.Messages()}
		h.open()
		test(h, p)
		h.close()
	})
}

// What is said concerns inboxes once: when it is said, when its text is another, and
// when it is taken back; not when it comes twice, and not when somebody reacts to it.
func TestInboxesOfABoard(t *testing.T) { withPostman(t, testInboxesOfABoard) }
func testInboxesOfABoard(h *hall, p *postman) {
	ada, bo := h.comes("Ada", "b", wire.RoleEditor), h.comes("Bo", "b", wire.RoleEditor)
	want := func(when string, heard ...string) {
		h.t.Helper()
		got, told := p.take()
		wantWords(h.t, when, got, heard...)
		var stored []string
		for _, line := range told {
			line, _, _ = strings.Cut(line, " after ")
			stored = append(stored, line)
		}
		wantWords(h.t, when+", stored", stored, heard...)
	}
	first := wire.Say{ID: ada.id(), Text: "see, @Bo", Mentions: []wire.Mention{{Person: bo.Person, At: 5, Length: 3}}}
	ada.does(first)
	want("said", "Ada see, @Bo @Bo on b")
	ada.does(first)
	want("said twice")
	bo.does(wire.Say{Text: "yes", About: first.ID})
	want("answered", "Bo yes to Ada on b")
	answer := bo.does(wire.Say{Text: "no", About: first.ID})
	want("answered again", "Bo no to Ada on b")
	bo.does(wire.Say{What: wire.SayEdit, About: answer, Text: "oh"})
	want("an answer is edited", "now Bo oh to Ada on b")
	bo.does(wire.Say{What: wire.SayDelete, About: answer})
	want("an answer is taken back", "taken back on b")
	edit := wire.Say{ID: ada.id(), What: wire.SayEdit, About: first.ID, Text: "look"}
	ada.does(edit)
	want("edited", "now Ada look was @Bo on b")
	ada.does(edit)
	want("edited twice")
	edit = wire.Say{ID: ada.id(), What: wire.SayEdit, About: first.ID, Text: "@Bo?", Mentions: []wire.Mention{{Person: bo.Person, Length: 3}}}
	ada.does(edit)
	want("edited again", "now Ada @Bo? @Bo on b")
	bo.does(wire.Say{What: wire.SayReact, About: first.ID, Text: "👍"})
	bo.does(wire.Say{What: wire.SayUnact, About: first.ID, Text: "👍"})
	want("a reaction that comes and goes")
	bo.isRefused(wire.RefusedRole, wire.Say{What: wire.SayDelete, About: first.ID})
	ada.does(wire.Say{What: wire.SayDelete, About: first.ID})
	want("taken back", "taken back was @Bo on b")
	ada.does(wire.Say{What: wire.SayDelete, About: first.ID})
	want("taken back twice")
	// The next relay knows what was said before.
	h.close()
	h.open()
	ada.does(first)
	bo.does(wire.Say{Text: "hm", Mentions: []wire.Mention{{Person: ada.Person, Length: 2}}})
	want("after a restart", "Bo hm @Ada on b")
}

// What is said and changed in one burst concerns inboxes as it is in the end, and is new.
func TestInboxesOfABurst(t *testing.T) { withPostman(t, testInboxesOfABurst) }
func testInboxesOfABurst(h *hall, p *postman) {
	ada, bo := h.comes("Ada", "b", wire.RoleEditor), h.comes("Bo", "b", wire.RoleEditor)
	h.store.Hold()
	ada.begins(wire.Say{Text: "zero"})
	synctest.Wait() // the store has it: what follows comes together
	one := ada.begins(wire.Say{Text: "one"})
	ada.begins(wire.Say{What: wire.SayEdit, About: one, Text: "one and a half"})
	bo.begins(wire.Say{Text: "two", About: one})
	gone := ada.begins(wire.Say{Text: "three"})
	ada.begins(wire.Say{What: wire.SayDelete, About: gone})
	synctest.Wait()
	heard, told := p.take()
	wantWords(h.t, "asked before anything is stored", heard, "Ada zero on b")
	wantWords(h.t, "told before anything is stored", told)
	h.store.Release()
	synctest.Wait()
	heard, told = p.take()
	wantWords(h.t, "asked", heard, "Ada one and a half on b", "Bo two to Ada on b", "taken back on b")
	if len(told) != 4 || told[0] != "Ada zero on b after 0" || !strings.HasSuffix(told[1], " after 1") || !strings.HasSuffix(told[3], " after 1") {
		h.t.Errorf("told is %q, want each before the board is told", told)
	}
}

// Of what two say to each other it is known who the two are, and by which key it is
// kept; who has read it is said with that key.
func TestInboxesOfAPair(t *testing.T) { withPostman(t, testInboxesOfAPair) }
func testInboxesOfAPair(h *hall, p *postman) {
	ada, bo := h.comes("Ada", "b", wire.RoleEditor), h.comes("Bo", "c", wire.RoleEditor)
	ada.does(wire.Say{With: bo.Person, Text: "psst"})
	heard, told := p.take()
	wantWords(h.t, "said to somebody", heard, "Ada psst on of Ada and Bo")
	if len(told) != 1 {
		h.t.Errorf("told is %q", told)
	}
	key := "p:" + hex.EncodeToString(ada.Person[:]) + hex.EncodeToString(bo.Person[:])
	stamp := h.told[bo.Person][0].Texts[0].Stamp
	for range 2 { // how far it is is told each time: what could not be noted before can now
		if err := h.Mark(h.t.Context(), bo.Speaker, &wire.Mark{With: ada.Person, Stamp: stamp + 1}); err != nil {
			h.t.Error(err)
		}
	}
	read := fmt.Sprintf("Bo has read %s to %d", key, stamp)
	heard, _ = p.take()
	wantWords(h.t, "read", heard, read, read)
	// Of a conversation in which nothing was said nothing is read.
	if err := h.Mark(h.t.Context(), bo.Speaker, &wire.Mark{Stamp: 1 << 60}); err != nil {
		h.t.Error(err)
	}
	bo.does(wire.Say{Text: "hello"})
	if err := h.Mark(h.t.Context(), ada.Speaker, &wire.Mark{Stamp: 1 << 60}); err != nil {
		h.t.Error(err)
	}
	if err := h.Mark(h.t.Context(), h.comes("Cy", "c", wire.RoleViewer).Speaker, &wire.Mark{Stamp: 1 << 60}); err != nil {
		h.t.Error(err)
	}
	heard, _ = p.take()
	wantWords(h.t, "on boards", heard, "Bo hello on c", fmt.Sprintf("Cy has read b:c to %d", h.boards["c"][0].Texts[0].Stamp))
}

// While the store fails nobody is told of anything; Of is called once all the same, and
// Changed when it is stored, and not before.
func TestInboxesWhileTheStoreFails(t *testing.T) { withPostman(t, testInboxesWhileTheStoreFails) }
func testInboxesWhileTheStoreFails(h *hall, p *postman) {
	ada := h.comes("Ada", "b", wire.RoleEditor)
	h.store.Hold()
	ada.begins(wire.Say{Text: "one"})
	synctest.Wait() // it was read, and is with the store
	h.store.Fail(errors.New("disk full"))
	h.store.Release()
	time.Sleep(10 * time.Second)
	heard, told := p.take()
	wantWords(h.t, "asked", heard, "Ada one on b")
	wantWords(h.t, "told while the store fails", told)
	if h.counts.failed < 2 {
		h.t.Errorf("the store has failed %d times, want several", h.counts.failed)
	}
	if err := h.Mark(h.t.Context(), ada.Speaker, &wire.Mark{Stamp: 1 << 60}); err == nil {
		h.t.Error("a Mark that is not stored makes no error")
	}
	h.store.Fail(nil)
	time.Sleep(10 * time.Second)
	synctest.Wait()
	heard, told = p.take()
	wantWords(h.t, "asked again", heard)
	wantWords(h.t, "told when it is stored", told, "Ada one on b after 0")
}
