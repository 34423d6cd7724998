package main

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// chatter is somebody with the program that people use.
type chatter struct {
	v       *victim
	link    *client.Link
	changed chan struct{}
	stop    context.CancelFunc
	ended   chan error // what the Link's Run returned
	said    []string

	// Owned by the Link.
	doc     *board.Board
	noticed []string  // what came into the inbox, as it came
	left    time.Time // when the last connection ended
}

func (v *victim) chatter(name, secret string) *chatter {
	return v.comes(client.Config{Board: name, Secret: secret, Name: secret}, v.dial, nil)
}

// comes returns somebody who comes to a board by a dial, and shows tokens of a source, if
// there is one.
func (v *victim) comes(cfg client.Config, dial func(context.Context) (conn.Conn, error), tokens client.TokenSource) *chatter {
	c := &chatter{v: v, doc: board.New(client.NewReplica()), changed: make(chan struct{}, 1), ended: make(chan error, 1)}
	c.doc.Observe(func(board.Event) { poke(c.changed) })
	cfg.Doc = c.doc
	var s *client.Session
	live := false
	cfg.Observe = func(client.Event) {
		was := live
		if live = s.Status().Phase == client.Live; was && !live {
			c.left = time.Now()
		}
		poke(c.changed)
	}
	cfg.Noticed = func(e *wire.Entry) { c.noticed = append(c.noticed, e.Text); poke(c.changed) }
	s = client.NewSession(cfg)
	s.OpenTalk(wire.Person{})
	c.link = client.NewLink(s, client.LinkConfig{Transports: []client.Transport{{Name: "websocket", Dial: dial}}, Token: tokens})
	ctx, stop := context.WithCancel(v.t.Context())
	c.stop = stop
	go func() { c.ended <- c.link.Run(ctx); close(c.ended) }()
	return c
}

// says says something to all on the board, whether the relay is there or not.
func (c *chatter) says(text string) {
	c.said = append(c.said, text)
	c.link.Do(func(s *client.Session) {
		if _, err := s.Say(time.Now(), wire.Person{}, text, wire.TextID{}, nil); err != nil {
			c.v.t.Error(err)
		}
	})
}

// wait returns when a condition holds.
func (c *chatter) wait(what string, cond func(s *client.Session) bool) {
	c.v.t.Helper()
	late := time.After(patience)
	for ok := false; ; {
		c.link.Do(func(s *client.Session) { ok = cond(s) })
		if ok {
			return
		}
		select {
		case <-c.changed:
		case err, ended := <-c.ended:
			c.v.t.Fatalf("%s: never: the link has ended (%v, %v)", what, ended, err)
		case <-late:
			c.v.t.Fatalf("%s: never", what)
		}
	}
}

// People talk while the relay is killed five times: what they say while it is away,
// too, is there in the end once, in the same order for all, and each's own as it said
// it. One has two devices, which are one person, and has read at one what it reads
// at the other.
func TestClientsTalkWhileTheRelayIsKilled(t *testing.T) {
	const kills, words = 5, 8
	v := &victim{t: t, data: t.TempDir()}
	v.start()
	v.letIn()
	people := []*chatter{
		v.chatter("b", "ann's secret is long"), v.chatter("b", "ann's secret is long"), v.chatter("b", "bob's secret is long"),
	}
	t.Cleanup(func() {
		for _, c := range people {
			c.stop()
			<-c.ended
		}
		v.kill()
	})
	for kill := range kills {
		for word := range words {
			if word == words/2 {
				v.shutOut()
				v.kill()
			}
			for i, c := range people {
				c.says(fmt.Sprintf("<%d:%d:%d>", i, kill, word))
			}
		}
		for _, c := range people {
			c.wait("offline", func(s *client.Session) bool { return s.Status().Phase == client.Offline })
		}
		v.start()
		v.letIn()
		for _, c := range people {
			c.link.Wake()
		}
	}

	var all []string // in the order of the first
	for i, c := range people {
		var texts []string
		c.wait("all is there", func(s *client.Session) bool {
			around := s.Talk(wire.Person{}).Around(^wire.Stamp(0))
			if around.Before && len(around.Texts) > 0 {
				s.Earlier(wire.Person{}, around.Texts[0].Stamp)
			}
			texts = nil
			for _, one := range around.Texts {
				texts = append(texts, one.Text)
			}
			return s.Status().Unsaid == 0 && len(texts) >= len(people)*kills*words
		})
		if all == nil {
			all = texts
		}
		if !slices.Equal(texts, all) {
			t.Errorf("person %d sees another order than the first", i)
		}
	}
	if len(all) != len(people)*kills*words {
		t.Errorf("%d messages, want %d", len(all), len(people)*kills*words)
	}
	for i, c := range people {
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

	var ann, again, bob wire.Person
	for i, p := range []*wire.Person{&ann, &again, &bob} {
		people[i].link.Do(func(s *client.Session) { *p = s.Person() })
	}
	if ann != again || ann == bob {
		t.Errorf("Ann is %v and %v, and Bob %v", ann, again, bob)
	}
	people[2].wait("Bob sees one person", func(s *client.Session) bool { return len(s.Persons()) == 1 && s.Persons()[0].ID == ann })
	var last wire.Stamp
	people[0].link.Do(func(s *client.Session) {
		last = s.Talk(wire.Person{}).Last().Stamp
		s.Mark(wire.Person{}, last)
		s.MarkNow()
	})
	people[1].wait("the other device knows what was read", func(s *client.Session) bool {
		return slices.ContainsFunc(s.Talks(), func(k wire.Talk) bool { return k.With == wire.Person{} && k.Read == last && k.Unread == 0 })
	})
}
