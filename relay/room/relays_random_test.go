package room_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/room"
	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/conn"
)

// Persons come, draw, change over to other relays and go; what rooms tell each other is
// lost, late, overtaken and comes twice; relays are cut off and lag behind. In the end all
// have the same, and know of the same.
func TestRandomRelays(t *testing.T) {
	courses(t, 8, testRandomRelays)
}

func testRandomRelays(t *testing.T, seed uint64) {
	all := newRelays(t, 3)
	rnd := rand.New(rand.NewPCG(seed, 0))
	all.rough = rand.New(rand.NewPCG(seed, 1))
	dice := func(n int) int { // connections are made by other goroutines
		all.mu.Lock()
		defer all.mu.Unlock()
		return all.rough.IntN(n)
	}
	var here []*person
	next := board.Replica(1)
	come := func() {
		here = append(here, newPerson(next, func(c conn.Conn) (conn.Conn, error) {
			r := all.list[dice(3)]
			go func() { _ = r.hub.Serve(c, room.Visitor{}) }()
			return c, nil
		}))
		next++
	}
	for range 5 {
		come()
	}
	for range 300 {
		p, r := here[rnd.IntN(len(here))], all.list[rnd.IntN(3)]
		switch n := rnd.IntN(100); {
		case n < 45:
			p.link.Do(func(s *client.Session) { change(rnd, s) })
		case n < 60:
			p.link.Do(func(s *client.Session) { s.Point(rnd.Int32N(100), rnd.Int32N(100), rnd.IntN(5) == 0) })
		case n < 66:
			p.drop()
		case n < 68 && len(here) < 9:
			come()
		case n < 69 && len(here) > 2 && settled(p):
			p.leave()
			here = slices.DeleteFunc(here, func(x *person) bool { return x == p })
		case n < 71:
			r.lag(true)
		case n < 75:
			r.lag(false)
		case n < 76 && !r.cut:
			r.partition()
		case n < 79 && r.cut:
			r.heal()
		case n < 81:
			r.hub.PeerLost("")
		default:
			time.Sleep(time.Duration(rnd.IntN(2000)) * time.Millisecond)
		}
		synctest.Wait()
	}
	for _, r := range all.list {
		r.lag(false)
		if r.cut {
			r.heal()
		}
	}
	time.Sleep(2 * time.Minute) // the longest backoff
	all.mu.Lock()
	all.rough = nil
	all.mu.Unlock()
	for _, r := range all.list {
		r.hub.PeerLost("") // the last message may be lost, and nothing shows it
	}
	time.Sleep(10 * time.Second)
	stored := all.stored()
	for _, p := range here {
		p.link.Do(func(s *client.Session) {
			wantSame(t, "in the end", stored, s.Doc())
			if st := s.Status(); st.Phase != client.Live || st.Unsent+st.Sent != 0 {
				t.Errorf("in the end replica %d is %v, with %d unsent and %d not stored", p.doc.Replica(), st.Phase, st.Unsent, st.Sent)
			}
			names, want := map[string]bool{}, map[string]bool{}
			for _, m := range s.Members() {
				names[m.Name] = true
			}
			for _, other := range here {
				if other != p {
					want[fmt.Sprint("person ", other.doc.Replica())] = true
				}
			}
			if !maps.Equal(names, want) || len(s.Members()) != len(want) {
				t.Errorf("replica %d knows of %v, want %v", p.doc.Replica(), names, want)
			}
		})
	}
	for _, p := range here {
		p.leave()
	}
	all.end()
	if t.Failed() {
		t.Errorf("seed %d", seed)
	}
}

// A page changes over from relay to relay, and none of them sees that its connection
// before is lost. Whatever becomes of what rooms tell each other, its last connection
// stays, and is the only one.
func TestRandomReplica(t *testing.T) {
	courses(t, 10, testRandomReplica)
}

func testRandomReplica(t *testing.T, seed uint64) {
	all := newRelays(t, 3)
	rnd := rand.New(rand.NewPCG(seed, 0))
	all.rough = rand.New(rand.NewPCG(seed, 1))
	var witnesses []*guest
	for i, r := range all.list {
		if rnd.IntN(3) > 0 { // the board may be open there, or not
			witnesses = append(witnesses, r.enter(board.Replica(10+i)))
		}
	}
	var connections []*guest
	for range 20 {
		// It takes a page a while to find that it has lost a connection. All of it takes less
		// than a silent member is left.
		time.Sleep(100*time.Millisecond + time.Duration(rnd.IntN(2000))*time.Millisecond)
		connections = append(connections, all.list[rnd.IntN(3)].enter(1))
	}
	time.Sleep(5 * time.Second)
	all.mu.Lock()
	all.rough = nil
	all.mu.Unlock()
	for _, r := range all.list {
		r.hub.PeerLost("")
	}
	time.Sleep(5 * time.Second)
	for i, g := range connections {
		g.mu.Lock()
		ended := g.end
		g.mu.Unlock()
		if last := i == len(connections)-1; (ended == nil) != last {
			t.Errorf("of %d connections the one with number %d has ended with %v", len(connections), i, ended)
		}
	}
	for _, g := range witnesses {
		of := others{}
		if of.see(t, g); of["guest 1"] == 0 || len(of) != len(witnesses) {
			t.Errorf("guest %d knows of %v", g.doc.Replica(), of)
		}
	}
	all.end()
}
