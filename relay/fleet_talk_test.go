package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// holdsKnown waits until a relay has what a talker knew: it hears of what others have
// stored a moment later.
func (v *victim) holdsKnown(what string, k *talker, n known) {
	v.t.Helper()
	late := time.Now().Add(patience)
	for err := n.standsIn(v.recalls(k)); err != nil; err = n.standsIn(v.recalls(k)) {
		if time.Now().After(late) {
			v.t.Fatalf("%s: %s: %v", what, k.hello.Name, err)
		}
	}
}

// People talk on three relays, on two boards and two of them in private, and name each
// other, while relays are killed, each other time with their disk; who was there comes to
// another relay. What was acknowledged to anybody, and what anyone was shown, is on the
// others each time, and in the end on all, once and in the order in which it was said, and
// so is what concerns whom.
func TestFleetTalkRelayKilled(t *testing.T) {
	const kills = 6
	withEach(t, func(t *testing.T, e engine) {
		f := newFleet(t, e, 3, 0, 0)
		acks := make(chan struct{}, 1000)
		var all []*talker
		for i, name := range []string{"board0", "board0", "board1", "board0", "board1"} {
			k := f.relays[i%3].talker(name, fmt.Sprintf("the secret of talker %d", i), acks)
			k.dial = f.dialer(i % 3)
			all = append(all, k)
		}
		for _, k := range all {
			var c conn.Conn
			c, k.person = k.v.visit(t.Context(), k)
			c.Close(uint32(wire.CodeNormal), "")
		}
		for i, k := range all {
			k.names = all[(i+1)%len(all)].person
		}
		// Two talk with each other from different boards and relays.
		for i, other := range map[int]int{3: 4, 4: 3} {
			all[i].with, all[i].names = all[other].person, all[other].person
		}
		ctx, stop := context.WithCancel(t.Context())
		for _, k := range all {
			go k.run(ctx)
		}
		t.Cleanup(func() {
			stop()
			for _, k := range all {
				<-k.ended
			}
		})

		seed := rand.Uint64()
		rnd := rand.New(rand.NewPCG(seed, 0))
		for kill := range kills {
			what := fmt.Sprintf("seed %d, kill %d", seed, kill)
			awaitAcks(t, what, acks, 1+rnd.IntN(60))
			i := rnd.IntN(3)
			v := f.relays[i]
			for _, other := range f.relays {
				other.shutOut() // those who have left do not bring back what they know
			}
			v.kill()
			for _, k := range all {
				f.relays[(i+1)%3].holdsKnown(what, k, k.known())
			}
			if kill%2 == 0 {
				v.data = t.TempDir()
			}
			v.start()
			for len(acks) > 0 {
				<-acks
			}
			for _, other := range f.relays {
				other.letIn()
			}
		}
		says := 0
		names := map[wire.TextID]bool{}
		for _, k := range all {
			k.do(func() { k.quiet = true })
			k.wait("all is stored", func() bool { return len(k.stored) == len(k.said) })
			says += len(k.said)
			for _, s := range k.said {
				names[s.ID] = true
			}
		}
		f.add()
		for i, v := range f.relays {
			what := fmt.Sprintf("seed %d, in the end on relay %d", seed, i)
			for _, k := range all {
				v.holdsKnown(what, k, k.known())
				for _, one := range v.recalls(k) {
					if !names[one.ID] {
						t.Errorf("%s: %q is there, and was said by nobody", what, one.Text)
					}
				}
			}
			n, err := v.checkInboxes(all)
			for late := time.Now().Add(patience); err != nil; n, err = v.checkInboxes(all) {
				if time.Now().After(late) {
					t.Fatalf("%s: %v", what, err)
				}
			}
			if n == 0 {
				t.Error("nobody was named")
			}
		}
		t.Logf("%d kills, %d said", kills, says)
	})
}
