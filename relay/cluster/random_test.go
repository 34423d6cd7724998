package cluster_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/cluster/clustertest"
	"edgeboard/relay/store/memory"
	"edgeboard/shared/board"
)

var seeds = flag.Uint64("seeds", 60, "how many courses of events TestRandom tries")

// TestRandom: whatever happens to three relays, in the end all rooms show the same, with
// all that was ever acknowledged, and so does a relay with an empty disk. The engine loses
// its data at most where a relay has it.
func TestRandom(t *testing.T) {
	for seed := range *seeds {
		ok := t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { testRandom(t, seed) })
		})
		if !ok {
			return
		}
	}
}

// world is three relays and what was acknowledged by them.
type world struct {
	t      *testing.T
	rng    *rand.Rand
	m      *clustertest.Memory
	relays [3]*roomRelay
	cut    [3]bool
	late   [3]bool
	acked  map[string][]board.ID // by board, of rooms that have ended
	notes  []string
}

var names = []string{"x", "y"}

func testRandom(t *testing.T, seed uint64) {
	w := &world{t: t, rng: rand.New(rand.NewPCG(seed, 1)), m: clustertest.NewMemory(), acked: map[string][]board.ID{}}
	for i := range w.relays {
		w.relays[i] = &roomRelay{t: t, m: w.m, name: string(rune('a' + i)), store: new(memory.Store), engine: w.m.Handle(), rooms: map[string]*room{}}
		if seed%20 == 0 {
			w.relays[i].dir = t.TempDir()
		}
		w.relays[i].start()
	}
	loses := seed%3 == 0
	for range 150 {
		w.step(loses)
		if w.rng.IntN(3) == 0 {
			synctest.Wait()
		}
		if w.rng.IntN(10) == 0 {
			time.Sleep(time.Duration(w.rng.IntN(3000)) * time.Millisecond)
		}
	}
	w.m.Drop(0)
	for i, r := range w.relays {
		if o := r.room("x"); o != nil {
			o.lag(false)
			o.refuse(false)
		}
		r.engine.Pause(false)
		r.store.Fail(nil)
		w.cut[i] = false
		r.engine.Heal()
	}
	settle(t, w.relays[:]...)
	time.Sleep(30 * time.Second) // the last entry may have been lost, and boards that are not open follow
	synctest.Wait()
	for _, name := range names {
		var rooms []*room
		for _, r := range w.relays {
			o := r.room(name)
			if o == nil {
				o = r.open(name)
			}
			rooms = append(rooms, o)
		}
		sameBoards(t, rooms...)
		fresh := newRelay(t, w.m, "f", new(memory.Store))
		o := fresh.open(name)
		sameBoards(t, append(rooms, o)...)
		has(t, o, w.acked[name]...)
		fresh.stop()
	}
	for _, r := range w.relays {
		r.stop()
	}
	if t.Failed() {
		t.Log("seed", seed)
		for _, note := range w.notes {
			t.Log(note)
		}
	}
}

func (w *world) note(format string, args ...any) {
	w.notes = append(w.notes, fmt.Sprintf(format, args...))
}

// step does one thing.
func (w *world) step(loses bool) {
	i := w.rng.IntN(len(w.relays))
	r := w.relays[i]
	name := names[w.rng.IntN(len(names))]
	o := r.room(name)
	if o == nil {
		w.note("%s opens %s", r.name, name)
		r.open(name)
		return
	}
	switch n := w.rng.IntN(100); {
	case n < 55:
		id := o.draw(text(w.rng))
		w.note("%s draws %v on %s", r.name, id, name)
	case n < 65:
		w.note("%s compacts %s", r.name, name)
		o.compact()
	case n < 72:
		w.note("%s cut: %v", r.name, !w.cut[i])
		if w.cut[i] = !w.cut[i]; w.cut[i] {
			r.engine.Cut()
		} else {
			r.engine.Heal()
		}
	case n < 77:
		w.note("%s late: %v", r.name, !w.late[i])
		w.late[i] = !w.late[i]
		if x := r.room("x"); x != nil {
			x.lag(w.late[i])
		}
	case n < 80:
		if x := r.room("x"); x != nil {
			w.note("%s drops", r.name)
			x.refuse(true)
			synctest.Wait()
			x.refuse(false)
		}
	case n < 84:
		w.note("%s closes %s", r.name, name)
		o.lag(false)
		r.close(name)
		w.acked[name] = append(w.acked[name], o.stored()...)
	case n < 88:
		w.note("every third thing is lost, or not")
		w.m.Drop(w.rng.IntN(2) * 3)
	case n < 91:
		w.note("%s starts again", r.name)
		for _, name := range names {
			if o := r.room(name); o != nil {
				o.lag(false)
				r.close(name)
				w.acked[name] = append(w.acked[name], o.stored()...)
			}
		}
		r.stop()
		w.relays[i] = r.next(w.cut[i])
		w.late[i] = false
	case n < 93 && loses:
		w.note("the engine loses its data")
		// Copies follow within a second.
		time.Sleep(2 * time.Second)
		w.m.Lose()
	}
}
