package client_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	chat "edgeboard/shared/talk"
	"edgeboard/shared/wire"
)

// device starts a program on a device that has a secret, or none.
func (h *home) device(secret string) *program {
	h.t.Helper()
	h.replica++
	p := &program{}
	p.stage = newStage(h.t, func(cfg *client.Config, _ *client.LinkConfig) {
		cfg.Doc, cfg.Secret = board.New(h.replica), secret
		p.kept, p.restore = client.Restore(h.t.Context(), h.Shelf("b"), cfg.Doc)
		cfg.Kept = p.kept
	})
	return p
}

// offlineSays writes something while no relay can be reached.
func (p *program) offlineSays(words string) {
	p.t.Helper()
	p.setDial(unreachable)
	p.run()
	p.link.Do(func(s *client.Session) {
		if _, err := s.Say(time.Now(), everybody, words, wire.TextID{}, nil); err != nil {
			p.t.Error(err)
		}
	})
	synctest.Wait()
}

// welcomed runs a program until a relay has welcomed somebody, which then stores nothing
// and goes on listening.
func (p *program) welcomed(who wire.Person) {
	p.t.Helper()
	p.run()
	v := <-p.visits
	v.hear(wire.KindHello)
	v.say(&wire.Welcome{Version: wire.Version, Member: 1, Vector: board.New(0).Vector().Append(nil), Person: who}, &wire.Talks{})
	go func() {
		for {
			msg, err := v.Receive(context.Background())
			if err != nil {
				return
			}
			for _, ping := range parsed[wire.Ping](&talk{t: p.t}, frames(p.t, msg)) {
				_ = v.Send(context.Background(), message(&wire.Pong{Stamp: ping.Stamp})) // or it has left
			}
		}
	}()
	synctest.Wait()
}

// wantSays expects that a program says so much and no more to its relay.
func (p *program) wantSays(when string, want ...string) {
	p.t.Helper()
	var says []string
	p.link.Do(func(s *client.Session) {
		for _, d := range s.OpenTalk(everybody).Around(chat.Tail).Drafts {
			if d.State == chat.Sent {
				says = append(says, d.Text)
			} else {
				says = append(says, d.Text+" (waits)")
			}
		}
	})
	if !slices.Equal(says, want) {
		p.t.Errorf("%s: it says %q, want %q", when, says, want)
	}
}

// What was written before a relay had said who sits here belongs to whoever is welcomed
// next on that device, and is not said by another one after that, also if the program
// ends before the relay has stored it.
func TestSaysOfWhoeverIsFirst(t *testing.T) { synctest.Test(t, testSaysOfWhoeverIsFirst) }
func testSaysOfWhoeverIsFirst(t *testing.T) {
	const secret = "the secret of a device"
	h := newHome(t)
	first := h.device(secret)
	first.offlineSays("one")
	first.wantSays("offline", "one (waits)")
	first.finish()

	second := h.device(secret)
	second.offlineSays("two")
	second.wantSays("offline, in the next program", "one (waits)", "two (waits)")
	second.finish()

	second = h.device(secret)
	second.welcomed(ada)
	second.wantSays("as Ada", "one", "two")
	h.kill(second)

	third := h.device(secret)
	third.welcomed(ben)
	third.wantSays("as Ben, whose it is not")
	// A program that ends meanwhile leaves what it has not said to Ben.
	fourth := h.device(secret)
	fourth.offlineSays("three")
	fourth.finish()
	time.Sleep(time.Minute)
	synctest.Wait()
	third.wantSays("as Ben, who has taken over from another program", "three")
	h.kill(third)

	last := h.device(secret)
	last.welcomed(ada)
	last.wantSays("as Ada, who is back", "one", "two")
	last.finish()
}

// Without a secret nobody is known again: whoever is there says it.
func TestSaysWithoutASecret(t *testing.T) { synctest.Test(t, testSaysWithoutASecret) }
func testSaysWithoutASecret(t *testing.T) {
	h := newHome(t)
	first := h.device("")
	first.offlineSays("one")
	first.finish()
	for _, who := range []wire.Person{ada, ben} {
		p := h.device("")
		p.welcomed(who)
		p.wantSays("without a secret", "one")
		p.finish()
	}
}

// Something is to be said while the transport takes nothing. The Link waits for it, and
// does nothing meanwhile: otherwise no time would pass here.
func TestSayWhileTheTransportIsStuck(t *testing.T) { synctest.Test(t, testSayWhileTheTransportIsStuck) }
func testSayWhileTheTransportIsStuck(t *testing.T) {
	s := newStage(t)
	v := s.live()
	for _, words := range []string{"one", "two", "three"} {
		s.link.Do(func(s *client.Session) {
			if _, err := s.Say(time.Now(), everybody, words, wire.TextID{}, nil); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
	}
	time.Sleep(time.Second)
	var said []string
	for len(said) < 3 {
		msg, err := v.Receive(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		said = append(said, texts(parsed[wire.Say](&talk{t: t}, frames(t, msg)))...)
	}
	if !slices.Equal(said, []string{"one", "two", "three"}) {
		t.Errorf("in the end it has said %q", said)
	}
	s.finish()
}
