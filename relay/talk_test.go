package main

import (
	"context"
	"slices"
	"testing"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/talk"
	"edgeboard/shared/wire"
)

// tab is one that a person has open on a board, as package client runs it.
type tab struct {
	t     *testing.T
	link  *client.Link
	moved chan struct{}
}

// tab opens one. It is closed when the test ends.
func (v *victim) tab(name, secret string) *tab {
	b := &tab{t: v.t, moved: make(chan struct{}, 1)}
	s := client.NewSession(client.Config{
		Board: "talk", Doc: board.New(client.NewReplica()), Name: name, Secret: secret, Device: wire.DeviceProgram,
		Observe: func(client.Event) { poke(b.moved) },
	})
	s.OpenTalk(wire.Person{})
	b.link = client.NewLink(s, client.LinkConfig{Transports: []client.Transport{{Name: "websocket", Dial: v.dial}}})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = b.link.Run(ctx) }()
	v.t.Cleanup(func() { stop(); <-ended })
	return b
}

// wait returns when a condition holds.
func (b *tab) wait(what string, cond func(s *client.Session) bool) {
	b.t.Helper()
	late := time.After(patience)
	for {
		ok := false
		b.link.Do(func(s *client.Session) { ok = cond(s) })
		if ok {
			return
		}
		select {
		case <-b.moved:
		case <-late:
			b.t.Fatalf("%s: never", what)
		}
	}
}

func (b *tab) say(with wire.Person, text string) {
	b.t.Helper()
	b.link.Do(func(s *client.Session) {
		if _, err := s.Say(time.Now(), with, text, wire.TextID{}, nil); err != nil {
			b.t.Errorf("saying %q: %v", text, err)
		}
	})
}

// reads returns when a conversation is these messages, each once, and no drafts.
func (b *tab) reads(when string, with wire.Person, want ...string) {
	b.t.Helper()
	b.wait(when, func(s *client.Session) bool {
		var got []string
		st := s.OpenTalk(with).Around(talk.Tail)
		for _, x := range st.Texts {
			got = append(got, x.Text)
		}
		return len(st.Drafts) == 0 && !st.Before && slices.Equal(got, want)
	})
}

func (b *tab) person() (p wire.Person) {
	b.t.Helper()
	b.wait("it is welcomed", func(s *client.Session) bool { p = s.Person(); return p != wire.Person{} })
	return p
}

// Two tabs of Ada and one of Ben talk, to all and to each other, and lose the relay
// while they do.
func TestPeopleTalkByClients(t *testing.T) {
	v := &victim{t: t, data: t.TempDir()}
	v.start()
	defer func() { v.kill() }()
	v.letIn()
	everybody := wire.Person{}
	one, two, his := v.tab("Ada", "the secret of Ada"), v.tab("Ada", "the secret of Ada"), v.tab("Ben", "the secret of Ben")
	ada, ben := one.person(), his.person()
	if ada != two.person() || ada == ben {
		t.Fatalf("Ada is %v and %v, Ben %v", ada, two.person(), ben)
	}
	his.wait("Ben sees Ada once", func(s *client.Session) bool {
		p := s.Persons()
		return len(p) == 1 && p[0].ID == ada && len(p[0].Members) == 2
	})
	one.wait("Ada sees Ben, and not herself", func(s *client.Session) bool { p := s.Persons(); return len(p) == 1 && p[0].ID == ben })

	his.link.Do(func(s *client.Session) { s.Typing(time.Now(), everybody) })
	one.wait("Ben types", func(s *client.Session) bool { return slices.Contains(s.Typists(everybody), ben) })
	his.say(everybody, "hello")
	for _, b := range []*tab{one, two, his} {
		b.reads("hello is said", everybody, "hello")
	}
	one.wait("Ben has said it", func(s *client.Session) bool { return len(s.Typists(everybody)) == 0 && s.Unread() == 1 })

	// In private. What Ada reads in one tab she has read in the other, and Ben sees it.
	his.say(ada, "psst")
	one.reads("Ben's word to Ada", ben, "psst")
	two.wait("both are unread", func(s *client.Session) bool { return s.Unread() == 2 })
	one.link.Do(func(s *client.Session) {
		s.Mark(ben, s.Talk(ben).Last().Stamp)
		s.Mark(everybody, s.Talk(everybody).Last().Stamp)
		s.MarkNow()
	})
	two.wait("it was read in the other tab", func(s *client.Session) bool { return s.Unread() == 0 })
	his.wait("Ada has read it", func(s *client.Session) bool {
		i := slices.IndexFunc(s.Talks(), func(t wire.Talk) bool { return t.With == ada })
		return i >= 0 && s.Talks()[i].Seen != 0
	})

	// The relay is killed. What they write meanwhile is said once, in order.
	v.shutOut()
	v.kill()
	one.wait("the relay is gone", func(s *client.Session) bool { return s.Status().Phase == client.Offline })
	one.say(everybody, "one")
	one.say(everybody, "two")
	one.link.Do(func(s *client.Session) {
		if err := s.Edit(time.Now(), everybody, s.Talk(everybody).Around(talk.Tail).Drafts[0].ID, "first", nil); err != nil {
			t.Error(err)
		}
	})
	v.start()
	v.letIn()
	for _, b := range []*tab{one, two, his} {
		b.link.Wake()
		b.reads("all that was said, after the relay was killed", everybody, "hello", "first", "two")
		b.wait("all was stored", func(s *client.Session) bool { return s.Status().Unsaid == 0 })
	}
	two.reads("what was said to Ada", ben, "psst")

	found := make(chan []wire.Text, 1)
	his.link.Do(func(s *client.Session) {
		s.Find(everybody, "FIR", talk.Tail, func(texts []wire.Text, _ bool) { found <- texts })
	})
	select {
	case texts := <-found:
		if len(texts) != 1 || texts[0].Text != "first" || !texts[0].Edited {
			t.Errorf("found %+v", texts)
		}
	case <-time.After(patience):
		t.Error("nothing was found")
	}
}
