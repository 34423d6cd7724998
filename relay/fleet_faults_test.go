package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"edgeboard/relay/cluster/clustertest"
	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/wire"
)

// states returns what each writer knows to be stored, acknowledged or seen of others.
func (f *fleet) states() []board.Vector {
	known := make([]board.Vector, len(f.writers))
	for i, w := range f.writers {
		known[i], _ = w.state()
	}
	return known
}

// holds waits until a relay has what writers knew to be stored.
func (f *fleet) holds(v *victim, known []board.Vector) {
	f.t.Helper()
	late := time.Now().Add(patience)
	for i, w := range f.writers {
		for doc := v.audit(w.board); !doc.Vector().Covers(known[i]); doc = v.audit(w.board) {
			if time.Now().After(late) {
				f.t.Fatalf("%s: writer %d knows of %v, and the other relays have %v", f.what, i, known[i], doc.Vector())
			}
		}
	}
}

// saidOn are the texts of the board's conversation.
func saidOn(s *client.Session) (texts []string) {
	for _, one := range s.Talk(wire.Person{}).Around(^wire.Stamp(0)).Texts {
		texts = append(texts, one.Text)
	}
	return texts
}

// edges waits until a relay says that it is cut off, or no longer, to who comes.
func (f *fleet) edges(relay int, edge bool) {
	f.t.Helper()
	c := f.relays[relay].chatter("board0", "who looks at the light")
	defer func() { c.stop(); <-c.ended }()
	c.wait(fmt.Sprintf("%s: relay %d is cut off: %v", f.what, relay, edge), func(s *client.Session) bool {
		return s.Status().Phase == client.Live && s.Status().EdgeOnly == edge
	})
}

// settle has the writers pause, and waits until all that they have written is stored.
func (f *fleet) settle() {
	f.t.Helper()
	f.let(0)
	late := time.After(patience)
	for i, w := range f.writers {
		for !w.settled() {
			select {
			case <-f.acks:
			case <-late:
				f.t.Fatalf("%s: writer %d has changes that are not stored", f.what, i)
			}
		}
	}
}

// kill ends a relay and starts it again, perhaps with an empty disk. Between these it has
// a look at the others. Nobody dials until letIn: those who have left would bring back
// what they know.
func (f *fleet) kill(relay int, empty bool, look func()) {
	for _, v := range f.relays {
		v.shutOut()
	}
	v := f.relays[relay]
	v.kill()
	look()
	if empty {
		v.data = f.t.TempDir()
	}
	v.start()
}

func (f *fleet) letIn() {
	for _, v := range f.relays {
		v.letIn()
	}
}

// Three relays and those who write by way of each have the same boards, and so has a
// fourth, which begins with an empty disk.
func TestFleet(t *testing.T) {
	t.Parallel()
	withEach(t, func(t *testing.T, e engine) {
		f := newFleet(t, e, 3, 2, 1)
		f.flow(300)
		f.add()
		f.flow(300)
		changes, took := f.finish()
		t.Logf("%d changes, the relays agree after %v", changes, took)
	})
}

// Relays are killed ten times under load, each other time with their disk. What a writer
// has had acknowledged, and what anyone has seen, the others have; and in the end
// everything is there once.
func TestFleetRelayKilled(t *testing.T) {
	t.Parallel()
	withEach(t, func(t *testing.T, e engine) {
		f := newFleet(t, e, 3, 2, 1)
		defer f.pace()()
		seed := rand.Uint64()
		rnd := rand.New(rand.NewPCG(seed, 0))
		for kill := range 10 {
			f.what = fmt.Sprintf("seed %d, kill %d", seed, kill)
			f.flow(1 + rnd.IntN(60))
			i := rnd.IntN(3)
			f.kill(i, kill%2 == 0, func() { f.holds(f.relays[(i+1)%3], f.states()) })
			f.forget()
			f.letIn()
			for _, w := range f.writers {
				w.link.Wake()
			}
		}
		changes, _ := f.finish()
		t.Logf("%d changes", changes)
	})
}

// One relay is apart from the engine while people write on both sides, for 30 s: first
// the connections hang, as when a network falls apart, then they are reset. Both sides
// go on, and when it is over all have the same.
func TestFleetPartition(t *testing.T) {
	t.Parallel()
	for _, kind := range []struct {
		name string
		cut  func(*clustertest.Proxy)
		long time.Duration
	}{{"hangs", (*clustertest.Proxy).Hang, 30 * time.Second}, {"reset", (*clustertest.Proxy).Cut, 3 * time.Second}} {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			withEach(t, func(t *testing.T, e engine) {
				f := newFleet(t, e, 3, 2, 1)
				f.flow(100)
				kind.cut(f.links[0])
				begin := time.Now()
				f.edges(0, true)
				// A few changes a moment: all of them are looked at in the end.
				f.let(0)
				f.forget()
				for moment := time.NewTicker(100 * time.Millisecond); time.Since(begin) < kind.long; <-moment.C {
					f.let(2)
					f.flow(1)
				}
				f.settle()
				f.allBack() // on both sides
				f.links[0].Heal()
				f.edges(0, false)
				f.let(100)
				changes, took := f.finish()
				t.Logf("%d changes, the relays agree after %v", changes, took)
			})
		})
	}
}

// The link of one relay takes 200 ms for each question and answer. It is not cut off by
// that.
func TestFleetSlowLink(t *testing.T) {
	t.Parallel()
	withEach(t, func(t *testing.T, e engine) {
		f := newFleet(t, e, 3, 1, 1)
		f.flow(50)
		f.links[0].Delay(100 * time.Millisecond)
		f.flow(500)
		f.edges(0, false)
		changes, took := f.finish()
		t.Logf("%d changes, the relays agree after %v", changes, took)
	})
}

// The engine is killed three times and started again with its disk.
func TestFleetEngineRestarts(t *testing.T) {
	t.Parallel()
	withEach(t, func(t *testing.T, e engine) {
		f := newFleet(t, e, 3, 2, 1)
		defer f.pace()()
		for i := range 3 {
			f.what = fmt.Sprint("restart ", i)
			f.flow(60)
			e.Kill()
			f.forget()
			f.flow(60) // at the edge
			e.Restart()
			for relay := range f.relays {
				f.edges(relay, false)
			}
		}
		changes, took := f.finish()
		t.Logf("%d changes, the relays agree after %v", changes, took)
	})
}

// The engine loses its disk while the relays live: it gets all of it back, also of boards
// that nobody is on.
func TestFleetEngineLosesItsDisk(t *testing.T) {
	t.Parallel()
	withEach(t, func(t *testing.T, e engine) {
		f := newFleet(t, e, 2, 2, 1)
		c := f.relays[0].chatter("left", "who was here")
		c.says("before")
		c.wait("it is stored", func(s *client.Session) bool { return s.Status().Unsaid == 0 })
		c.stop()
		<-c.ended
		f.flow(100)
		e.LoseDisk()
		f.forget()
		f.flow(100)
		for relay := range f.relays {
			f.edges(relay, false)
		}
		f.flow(60)
		v := f.add() // which has nothing but what the engine has
		changes, took := f.finish()
		t.Logf("%d changes, the relays agree after %v", changes, took)
		c = v.chatter("left", "who was here")
		defer func() { c.stop(); <-c.ended }()
		c.wait("what was said before is there", func(s *client.Session) bool { return slices.Contains(saidOn(s), "before") })
	})
}

// The leader of three NATS servers is killed under load.
func TestFleetLeaderKilled(t *testing.T) {
	t.Parallel()
	servers := clustertest.StartNATSCluster(t)
	f := newFleet(t, natsEngine{servers[0]}, 3, 2, 1)
	defer f.pace()()
	f.flow(100)
	for i, s := range servers[1:] {
		f.what = "server " + s.Name
		s.Kill()
		f.forget()
		f.flow(100)
		s.Restart()
		if i == 0 {
			f.flow(100)
		}
	}
	for relay := range f.relays {
		f.edges(relay, false)
	}
	changes, took := f.finish()
	t.Logf("%d changes, the relays agree after %v", changes, took)
}
