package room_test

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
)

// Persons come, draw, lose their connections and go; the store hangs and fails.
// Nobody sees what is not stored, and in the end all have the same.
func TestRandom(t *testing.T) {
	courses(t, 8, testRandom)
}

// courses tries something n times, with another seed each time.
func courses(t *testing.T, n int, try func(t *testing.T, seed uint64)) {
	for range n {
		seed := rand.Uint64()
		if !t.Run("", func(t *testing.T) { synctest.Test(t, func(t *testing.T) { try(t, seed) }) }) {
			t.Fatalf("seed %d", seed)
		}
	}
}

func testRandom(t *testing.T, seed uint64) {
	h := newHouse(t)
	rnd := rand.New(rand.NewPCG(seed, 0))
	h.tried = seed%2 == 0
	var here []*person
	next := board.Replica(1)
	for range 4 {
		here = append(here, h.person(next))
		next++
	}
	for range 400 {
		p := here[rnd.IntN(len(here))]
		switch n := rnd.IntN(100); {
		case n < 50:
			p.link.Do(func(s *client.Session) { change(rnd, s) })
		case n < 60:
			p.link.Do(func(s *client.Session) { s.Point(rnd.Int32N(100), rnd.Int32N(100), rnd.IntN(5) == 0) })
		case n < 63:
			p.drop()
		case n < 65 && len(here) < 8:
			here = append(here, h.person(next))
			next++
		case n < 66 && len(here) > 2 && settled(p):
			p.leave()
			for i := range here {
				if here[i] == p {
					here = append(here[:i], here[i+1:]...)
					break
				}
			}
		case n < 69:
			h.store.Hold()
		case n < 75:
			h.store.Release()
		case n < 77:
			h.store.Fail(errDisk)
		case n < 83:
			h.store.Fail(nil)
		default:
			time.Sleep(time.Duration(rnd.IntN(3000)) * time.Millisecond)
		}
		checkStoredThenTold(t, h, here)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	h.store.Fail(nil)
	h.store.Release()
	time.Sleep(2 * time.Minute) // the longest backoff, and the relay's wishes
	stored := h.stored("b")
	for _, p := range here {
		p.link.Do(func(s *client.Session) { wantSame(t, "in the end", stored, s.Doc()) })
		if st := p.status(); st.Phase != client.Live || st.Unsent+st.Sent != 0 {
			t.Errorf("in the end replica %d is %v, with %d unsent and %d not stored", p.doc.Replica(), st.Phase, st.Unsent, st.Sent)
		}
		p.link.Do(func(s *client.Session) {
			if n := len(s.Members()); n != len(here)-1 {
				t.Errorf("replica %d knows of %d others, want %d", p.doc.Replica(), n, len(here)-1)
			}
		})
	}
	if t.Failed() {
		t.Errorf("seed %d", seed)
	}
	for _, p := range here {
		p.leave()
	}
	if err := h.hub.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// settled reports whether all that a person made is stored: then it may go for
// good.
func settled(p *person) bool {
	st := p.status()
	return st.Unsent+st.Sent == 0
}

// change makes one change: mostly a line, or a property of any line.
func change(rnd *rand.Rand, s *client.Session) {
	e := s.Doc().Edit()
	var last board.ID
	for el := range s.Doc().Elements() {
		if last == (board.ID{}) || rnd.IntN(3) == 0 {
			last = el.ID()
		}
	}
	switch {
	case last == (board.ID{}) || rnd.IntN(3) == 0:
		id := e.Create(board.KindStroke)
		e.Append(id, make([]board.Point, 1+rnd.IntN(2000))...)
	case rnd.IntN(8) == 0:
		e.Set(last, board.KeyDeleted, board.Int(1))
	default:
		e.Set(last, board.KeyColor, board.Int(rnd.Int64N(1<<24)))
	}
	s.Commit(e.Commit())
}

// checkStoredThenTold compares what each person has of others with the store
// (R1).
func checkStoredThenTold(t *testing.T, h *house, here []*person) {
	t.Helper()
	synctest.Wait()
	have := map[board.Replica]board.Vector{}
	for _, p := range here {
		p.link.Do(func(s *client.Session) { have[p.doc.Replica()] = s.Doc().Vector() })
	}
	stored := h.ledger.vector()
	for own, v := range have {
		for r, seq := range v {
			if r != own && seq > stored[r] {
				t.Errorf("replica %d has %d operations of replica %d, the store has %d", own, seq, r, stored[r])
			}
		}
	}
}
