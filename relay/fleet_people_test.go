package main

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"edgeboard/shared/client"
	"edgeboard/shared/talk"
	"edgeboard/shared/wire"
)

var everybody wire.Person // on a board

// comes returns a person of a name at a relay, who knows no other one.
func (f *fleet) comes(relay int, board, name string) *chatter {
	c := f.relays[relay].comes(client.Config{Board: board, Name: name, Secret: "the secret of " + name}, f.relays[relay].dial, nil)
	f.t.Cleanup(func() { c.stop(); <-c.ended })
	return c
}

// sees waits until these are the others on the board, by their names.
func (c *chatter) sees(what string, names ...string) {
	c.v.t.Helper()
	c.wait(what, func(s *client.Session) bool {
		var got []string
		for _, m := range s.Others() {
			got = append(got, m.Name)
		}
		slices.Sort(got)
		return slices.Equal(got, names)
	})
}

// person waits until the relay has said who it is.
func (c *chatter) person() (p wire.Person) {
	c.v.t.Helper()
	c.wait("it is welcome", func(s *client.Session) bool { p = s.Person(); return p != everybody })
	return p
}

// tells says something in a conversation, and returns what it is called.
func (c *chatter) tells(with wire.Person, text string, mentions ...wire.Mention) (id wire.TextID) {
	c.v.t.Helper()
	c.does(func(s *client.Session) (err error) {
		id, err = s.Say(time.Now(), with, text, wire.TextID{}, mentions)
		return err
	})
	return id
}

func (c *chatter) does(f func(s *client.Session) error) {
	c.v.t.Helper()
	c.link.Do(func(s *client.Session) {
		if err := f(s); err != nil {
			c.v.t.Error(err)
		}
	})
}

// stored waits until all that it has said and drawn is.
func (c *chatter) stored() {
	c.v.t.Helper()
	c.wait("all is stored", func(s *client.Session) bool {
		st := s.Status()
		return st.Phase == client.Live && st.Unsent+st.Sent+st.Unsaid == 0
	})
}

// reads waits until a conversation has so many messages, and returns them in order.
func (c *chatter) reads(what string, with wire.Person, n int) (texts []string) {
	c.v.t.Helper()
	c.wait(what, func(s *client.Session) bool {
		around := s.OpenTalk(with).Around(talk.Tail)
		if around.Before && len(around.Texts) > 0 {
			s.Earlier(with, around.Texts[0].Stamp)
		}
		texts = nil
		for _, one := range around.Texts {
			texts = append(texts, one.Text)
		}
		return len(texts) >= n && len(around.Drafts) == 0
	})
	if len(texts) != n {
		c.v.t.Errorf("%s: %d messages, want %d: %q", what, len(texts), n, texts)
	}
	return texts
}

// finds waits until a message of a conversation is as it should be.
func (c *chatter) finds(what string, with wire.Person, id wire.TextID, cond func(one *wire.Text) bool) {
	c.v.t.Helper()
	c.wait(what, func(s *client.Session) bool {
		one := s.OpenTalk(with).Text(id)
		return one != nil && cond(one)
	})
}

// stands waits until a conversation stands as it should.
func (c *chatter) stands(what string, with wire.Person, cond func(k wire.Talk) bool) {
	c.v.t.Helper()
	c.wait(what, func(s *client.Session) bool {
		return slices.ContainsFunc(s.Talks(), func(k wire.Talk) bool { return k.With == with && cond(k) })
	})
}

// Who is on one relay sees who is on the others: by name, whether they look, where they
// point, and that they leave. Those of a relay that is killed leave too, and are back when
// it is.
func TestFleetPresence(t *testing.T) {
	withEach(t, func(t *testing.T, e engine) {
		f := newFleet(t, e, 3, 0, 0)
		ann, bob, cem := f.comes(0, "b", "Ann"), f.comes(1, "b", "Bob"), f.comes(2, "b", "Cem")
		elsewhere := f.comes(1, "other", "Dora")
		ann.sees("Ann sees Bob and Cem", "Bob", "Cem")
		bob.sees("Bob sees Ann and Cem", "Ann", "Cem")
		cem.sees("Cem sees Ann and Bob", "Ann", "Bob")
		elsewhere.sees("on another board there is nobody else")

		cem.link.Do(func(s *client.Session) { s.SetAway(true); s.Point(800, -80, false) })
		bob.link.Do(func(s *client.Session) { s.Rename("Bo", 0x123456) })
		for who, c := range map[string]*chatter{"Ann": ann, "Bob": bob} {
			c.wait(who+" sees that Cem looks elsewhere, and where Cem points", func(s *client.Session) bool {
				return slices.ContainsFunc(s.Others(), func(m *client.Member) bool {
					return m.Name == "Cem" && m.Away && !m.Cursor.Hidden && m.Cursor.X == 800 && m.Cursor.Y == -80
				})
			})
		}
		ann.sees("Ann sees Bob's new name", "Bo", "Cem")
		cem.sees("Cem sees Bob's new name", "Ann", "Bo")

		bob.stop()
		<-bob.ended
		ann.sees("Ann sees that Bob has left", "Cem")
		cem.sees("Cem sees that Bob has left", "Ann")

		f.relays[2].shutOut()
		f.relays[2].kill()
		begin := time.Now()
		ann.sees("Ann sees that Cem's relay is gone")
		t.Logf("who was on a relay that is killed has left after %v", time.Since(begin))
		f.relays[2].start()
		f.relays[2].letIn()
		cem.link.Wake()
		ann.sees("Ann sees that Cem is back", "Cem")
		cem.sees("Cem sees Ann again", "Ann")
	})
}

// People on three relays talk at once: all read it once and in one order, and each's own
// as it was said. One changes at another relay what it has said, and others put signs to
// it at theirs.
func TestFleetChat(t *testing.T) {
	const words = 10
	withEach(t, func(t *testing.T, e engine) {
		f := newFleet(t, e, 3, 0, 0)
		ann, bob, cem := f.comes(0, "b", "Ann"), f.comes(1, "b", "Bob"), f.comes(2, "b", "Cem")
		people := []*chatter{ann, bob, cem}
		for word := range words {
			for i, c := range people {
				c.says(fmt.Sprintf("<%d:%d>", i, word))
			}
		}
		all := ann.reads("Ann reads all", everybody, 3*words)
		for i, c := range people {
			if got := c.reads("all is there", everybody, 3*words); !slices.Equal(got, all) {
				t.Errorf("person %d reads %q, and Ann %q", i, got, all)
			}
			var own []string
			for _, text := range all {
				if slices.Contains(c.said, text) {
					own = append(own, text)
				}
			}
			if !slices.Equal(own, c.said) {
				t.Errorf("what person %d has said stands there as %q", i, own)
			}
		}

		first, second := ann.tells(everybody, "frist"), ann.tells(everybody, "second")
		again := f.comes(1, "b", "Ann") // at another device
		if a, b := ann.person(), again.person(); a != b {
			t.Fatalf("Ann is %v, and on another relay %v", a, b)
		}
		is := func(text string) func(one *wire.Text) bool {
			return func(one *wire.Text) bool { return one.Text == text }
		}
		again.finds("Ann's other device has it", everybody, first, is("frist"))
		again.finds("and this", everybody, second, is("second"))
		again.does(func(s *client.Session) error { return s.Edit(time.Now(), everybody, first, "first", nil) })
		cem.finds("Cem has it", everybody, first, is("first"))
		cem.does(func(s *client.Session) error { return s.React(time.Now(), everybody, first, "👍", true) })
		bob.does(func(s *client.Session) error { return s.React(time.Now(), everybody, first, "👍", true) })
		again.does(func(s *client.Session) error { return s.Delete(time.Now(), everybody, second) })
		for i, c := range append(people, again) {
			c.finds(fmt.Sprintf("person %d sees the edit and the signs", i), everybody, first, func(one *wire.Text) bool {
				return one.Text == "first" && one.Edited && len(one.Reactions) == 1 && one.Reactions[0].Sign == "👍" && len(one.Reactions[0].Persons) == 2
			})
			c.finds(fmt.Sprintf("person %d sees that it was taken back", i), everybody, second, func(one *wire.Text) bool { return one.Deleted && one.Text == "" })
		}

		// A relay that begins with nothing has all of it, and finds in it.
		f.add()
		dora := f.comes(3, "b", "Dora")
		if got, want := dora.reads("Dora reads all", everybody, 3*words+2), append(all, "first", ""); !slices.Equal(got, want) {
			t.Errorf("on a new relay it reads %q, want %q", got, want)
		}
		found := make(chan []wire.Text, 1)
		dora.link.Do(func(s *client.Session) {
			s.Find(everybody, "first", talk.Tail, func(texts []wire.Text, _ bool) { found <- texts })
		})
		select {
		case texts := <-found:
			if len(texts) != 1 || texts[0].ID != first {
				t.Errorf("on a new relay the search finds %+v", texts)
			}
		case <-time.After(patience):
			t.Error("the search on a new relay has no end")
		}
	})
}

// Two on different relays talk in private, and a third hears nothing of it. What was not
// read is counted wherever somebody sits, and so is that it was read.
func TestFleetPrivateTalk(t *testing.T) {
	withEach(t, func(t *testing.T, e engine) {
		f := newFleet(t, e, 3, 0, 0)
		ann, bob, cem := f.comes(0, "b", "Ann"), f.comes(1, "other", "Bob"), f.comes(2, "b", "Cem")
		bobs := f.comes(2, "b", "Bob") // at another device
		annIs, bobIs := ann.person(), bob.person()
		if p := bobs.person(); p != bobIs {
			t.Fatalf("Bob is %v and %v", bobIs, p)
		}
		cem.person()
		ann.tells(bobIs, "psst")
		ann.tells(bobIs, "are you there?")
		for _, c := range []*chatter{bob, bobs} {
			c.stands("Bob has two messages to read", annIs, func(k wire.Talk) bool { return k.Unread == 2 })
			if got := c.reads("Bob reads it", annIs, 2); !slices.Equal(got, []string{"psst", "are you there?"}) {
				t.Errorf("Bob reads %q", got)
			}
		}
		bob.link.Do(func(s *client.Session) { s.Mark(annIs, s.Talk(annIs).Last().Stamp); s.MarkNow() })
		bobs.stands("Bob's other device knows what was read", annIs, func(k wire.Talk) bool { return k.Unread == 0 })
		ann.stands("Ann sees that Bob has read it", bobIs, func(k wire.Talk) bool { return k.Seen == k.Last && k.Last != 0 })
		bobs.tells(annIs, "yes")
		ann.stands("Ann has an answer to read", bobIs, func(k wire.Talk) bool { return k.Unread == 1 })
		if got := ann.reads("Ann reads the answer", bobIs, 3); got[2] != "yes" {
			t.Errorf("Ann reads %q", got)
		}
		// What is said to all comes behind it, so that what Cem hears is all that it is told.
		ann.tells(everybody, "hello")
		cem.reads("Cem hears what is said to all", everybody, 1)
		cem.stands("which Cem has to read", everybody, func(k wire.Talk) bool { return k.Unread == 1 })
		cem.link.Do(func(s *client.Session) {
			if slices.ContainsFunc(s.Talks(), func(k wire.Talk) bool { return k.With != everybody }) {
				t.Errorf("Cem knows of %+v", s.Talks())
			}
		})
	})
}

// mentions names somebody in a message to all, whose text is a name with @ before.
func (c *chatter) mentions(who wire.Person, text string) wire.TextID {
	return c.tells(everybody, text, wire.Mention{Person: who, Length: uint32(len(text))})
}

// unread waits until an inbox has so much in all, and of it so much unread.
func (c *chatter) unread(what string, all, unread int) {
	c.v.t.Helper()
	c.wait(what, func(s *client.Session) bool {
		s.OpenInbox()
		return s.NoticesLoaded() && len(s.Notices()) >= all && s.UnreadNotices() == unread
	})
	c.link.Do(func(s *client.Session) {
		if n := len(s.Notices()); n != all {
			c.v.t.Errorf("%s: the inbox has %d entries, want %d: %+v", what, n, all, s.Notices())
		}
	})
}

// wasTold expects these things, and no other, to have been told as they came into the
// inbox.
func (c *chatter) wasTold(texts ...string) {
	c.v.t.Helper()
	c.link.Do(func(*client.Session) {
		if !slices.Equal(c.noticed, texts) {
			c.v.t.Errorf("it was told of %q, want %q", c.noticed, texts)
		}
	})
}

// Who is named on one relay is told on another, once, and when it comes later. What was
// read at one relay has been read at all.
func TestFleetInbox(t *testing.T) {
	withEach(t, func(t *testing.T, e engine) {
		f := newFleet(t, e, 3, 0, 0)
		ann, bob := f.comes(0, "b", "Ann"), f.comes(1, "other", "Bob")
		bobIs := bob.person()
		bob.unread("Bob has nothing", 0, 0)
		ann.mentions(bobIs, "@Bob 1")
		bob.unread("Bob is told", 1, 1)
		ann.mentions(bobIs, "@Bob 2")
		bob.unread("Bob is told of the other one", 2, 2)
		again := f.comes(2, "other", "Bob")
		again.unread("at another relay it is there", 2, 2)
		again.link.Do(func(s *client.Session) { s.ReadNotices(s.Notices()[0].Seq) })
		bob.unread("one was read at another relay", 2, 1)
		bob.link.Do(func(s *client.Session) { s.ReadAllNotices() })
		again.unread("all was read at another relay", 2, 0)
		bob.wasTold("@Bob 1", "@Bob 2")

		// While nobody is there to be told.
		for _, c := range []*chatter{bob, again} {
			c.stop()
			<-c.ended
		}
		ann.mentions(bobIs, "@Bob 3")
		ann.stored()
		f.add()
		f.comes(3, "other", "Bob").unread("on a new relay all is there", 3, 1)
	})
}

// One relay is apart from the others while people talk on both sides, and name each other.
// When it is over all have all of it once, in one order, and who was named was told once.
func TestFleetTalkApart(t *testing.T) {
	const words = 5
	withEach(t, func(t *testing.T, e engine) {
		f := newFleet(t, e, 3, 0, 0)
		ann, bob, cem := f.comes(0, "b", "Ann"), f.comes(1, "b", "Bob"), f.comes(2, "b", "Cem")
		people := []*chatter{ann, bob, cem}
		annIs, bobIs := ann.person(), bob.person()
		before := ann.tells(everybody, "before")
		n := 1
		for _, c := range people {
			c.reads("it is said before", everybody, n)
		}
		f.links[0].Cut()
		ann.wait("Ann's relay is on its own", func(s *client.Session) bool { return s.Status().EdgeOnly })
		for word := range words {
			for i, c := range people {
				c.says(fmt.Sprintf("<%d:%d>", i, word))
				n++
			}
		}
		ann.mentions(bobIs, "@Bob")
		bob.mentions(annIs, "@Ann")
		n += 2
		ann.does(func(s *client.Session) error { return s.Edit(time.Now(), everybody, before, "edited apart", nil) })
		cem.does(func(s *client.Session) error { return s.React(time.Now(), everybody, before, "🎉", true) })
		for _, c := range people {
			c.stored() // on both sides
		}
		ann.reads("Ann reads her own", everybody, 1+words+1)
		bob.reads("Bob reads his own and Cem's", everybody, 1+2*words+1)
		f.links[0].Heal()
		ann.wait("Ann's relay is back", func(s *client.Session) bool { return !s.Status().EdgeOnly })
		all := ann.reads("Ann reads all", everybody, n)
		fresh := f.comes(1, "b", "Dora") // who has it from the relay at once
		for i, c := range append(people, fresh) {
			who := fmt.Sprintf("person %d", i)
			if got := c.reads(who+" reads all", everybody, n); !slices.Equal(got, all) {
				t.Errorf("%s reads %q, and Ann %q", who, got, all)
			}
			c.finds(who+" sees what became of the first", everybody, before, func(one *wire.Text) bool {
				return one.Text == "edited apart" && one.Edited && len(one.Reactions) == 1
			})
		}
		if once := slices.Compact(slices.Sorted(slices.Values(all))); len(once) != n {
			t.Errorf("of %d messages %d are different: %q", n, len(once), all)
		}
		ann.unread("Ann was named once", 1, 1)
		bob.unread("Bob was named once", 1, 1)
		ann.wasTold("@Ann")
		bob.wasTold("@Bob")
	})
}
