package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// simulated is a member without a socket: what it says is put into a channel, and what it is told is counted. It takes
// every message at once, as a socket does whose buffer has room, and so the sweeper runs its writer.
type simulated struct {
	crowd *crowd
	board int // its number
	own   *actor

	in   chan []byte // what it says; nil is that it leaves
	over atomic.Bool

	messages, bytes atomic.Uint64 // that it was told
	// next are the operations that are due, by the place of their author on the board; nil: nobody looks at what
	// it is told. It is the writer's.
	next []uint64
}

// said holds what waits until the relay takes it: who says more waits, too.
const simulatedSaid = 2

var (
	_ conn.Trier     = (*simulated)(nil)
	_ conn.Datagrams = simulatedDatagrams{}
)

func (s *simulated) Receive(context.Context) ([]byte, error) {
	if s.over.Load() {
		return nil, conn.ErrClosed
	}
	if msg := <-s.in; msg != nil {
		return msg, nil
	}
	return nil, conn.ErrClosed
}

func (s *simulated) Close(uint32, string) {
	s.over.Store(true)
	select {
	case s.in <- nil:
	default: // it receives what waits, and then sees that it is over
	}
}

func (s *simulated) Send(_ context.Context, msg []byte) error {
	_, err := s.TrySend(msg)
	return err
}

func (s *simulated) TrySend(msg []byte) (bool, error) {
	if s.over.Load() {
		return false, conn.ErrClosed
	}
	s.count(msg)
	if s.next != nil {
		if err := s.crowd.look(s, msg, time.Now()); err != nil {
			return false, err
		}
	}
	return true, nil
}

func (s *simulated) count(msg []byte) {
	s.messages.Add(1)
	s.bytes.Add(uint64(len(msg)))
}

// simulatedDatagrams is one whose transport has them. None is lost.
type simulatedDatagrams struct{ *simulated }

func (s simulatedDatagrams) SendDatagram(msg []byte) error {
	if s.over.Load() {
		return conn.ErrClosed
	}
	s.count(msg)
	return nil
}

func (simulatedDatagrams) MaxDatagram() int { return 1200 }

// actor is a member who writes: all that it will, made ahead of time.
type actor struct {
	place  int // on its board, among its authors
	frames [][]byte
	// updates are what is in frames.
	updates [][]byte
	base    uint64         // the number of the operation in frames[1]
	sent    []atomic.Int64 // when each was sent, in nanoseconds since began
	next    int
	cursor  uint32
}

// newActor prepares the updates: an element, and then a property of it each time.
func newActor(replica board.Replica, place, updates, size int) *actor {
	a := &actor{place: place, sent: make([]atomic.Int64, updates+1)}
	doc := board.New(replica)
	e := doc.Edit()
	id := e.Create(board.KindStroke)
	add := func(update []byte) int {
		msg := wire.AppendFrame(nil, 0, &wire.Update{Data: update})
		a.frames, a.updates = append(a.frames, msg), append(a.updates, update)
		return len(msg)
	}
	add(e.Commit())
	a.base = doc.Seq(replica) + 1
	text := size / 2
	for i := range updates {
		e := doc.Edit()
		e.Set(id, 100, board.String(filler(i, text)))
		text += size - add(e.Commit())
	}
	return a
}

// lookout is what those are told of whom it is looked at.
type lookout struct {
	mu          sync.Mutex
	all         int // that came once
	came        int // of these, while it is measured
	twice, gaps int
	latencies   spread
	measuring   bool
}

// look takes what a member is told of updates.
func (c *crowd) look(s *simulated, msg []byte, now time.Time) error {
	for f, err := range wire.Frames(msg) {
		if err != nil {
			return err
		}
		if f.Kind != wire.KindUpdate {
			continue
		}
		var u wire.Update
		if err := u.Parse(f.Body); err != nil {
			return err
		}
		for writer, data := range board.Split(u.Data) {
			if err := c.took(s, int(writer)-1, data, now); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *crowd) took(s *simulated, writer int, update []byte, now time.Time) error {
	var by *simulated
	switch strange := writer - len(c.members); {
	case writer >= 0 && strange < 0:
		by = c.members[writer]
	case writer >= 0 && strange < len(c.strangers):
		by = c.strangers[strange]
	}
	if by == nil || by.own == nil || by.board != s.board {
		return fmt.Errorf("a member is told what replica %d has written, who is not on the board", writer+1)
	}
	of := by.own
	seq, err := firstSeq(update)
	if err != nil {
		return err
	}
	if seq < of.base {
		return nil // the element
	}
	c.watched.mu.Lock()
	defer c.watched.mu.Unlock()
	next := &s.next[of.place]
	switch i := int(seq-of.base) + 1; {
	case i >= len(of.frames):
		return fmt.Errorf("update %d of replica %d was never sent", seq, writer+1)
	case seq < *next:
		c.watched.twice++
		return nil
	default:
		if *next > 0 && seq > *next {
			c.watched.gaps++
		}
		c.watched.all++
		if c.watched.measuring {
			c.watched.came++
			c.watched.latencies.add(now.Sub(began) - time.Duration(of.sent[i].Load()))
		}
	}
	*next = seq + 1
	return nil
}
