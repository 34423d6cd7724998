package main

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
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
		c := converse(t, func(i int, name, secret string, acks chan struct{}) *talker {
			k := f.relays[i%3].talker(name, secret, acks)
			k.dial = f.dialer(i % 3)
			return k
		})

		seed := rand.Uint64()
		rnd := rand.New(rand.NewPCG(seed, 0))
		for kill := range kills {
			what := fmt.Sprintf("seed %d, kill %d", seed, kill)
			c.flow(what, 1+rnd.IntN(60))
			i := rnd.IntN(3)
			f.kill(i, kill%2 == 0, func() {
				for _, k := range c.all {
					f.relays[(i+1)%3].holdsKnown(what, k, k.known())
				}
			})
			c.forget()
			f.letIn()
		}
		says := c.silence()
		f.add()
		for i, v := range f.relays {
			what := fmt.Sprintf("seed %d, in the end on relay %d", seed, i)
			for _, k := range c.all {
				v.holdsKnown(what, k, k.known())
				for _, one := range v.recalls(k) {
					if !says[one.ID] {
						t.Errorf("%s: %q is there, and was said by nobody", what, one.Text)
					}
				}
			}
			n, err := v.checkInboxes(c.all)
			for late := time.Now().Add(patience); err != nil; n, err = v.checkInboxes(c.all) {
				if time.Now().After(late) {
					t.Fatalf("%s: %v", what, err)
				}
			}
			if n == 0 {
				t.Error("nobody was named")
			}
		}
		t.Logf("%d kills, %d said", kills, len(says))
	})
}
