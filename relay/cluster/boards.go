package cluster

import (
	"context"
	"fmt"

	"edgeboard/shared/wire"
)

// Boards is what rooms need of a cluster: it is a room.Store and a room.Cluster.
type Boards struct{ c *Cluster }

// Boards returns that of this relay.
func (c *Cluster) Boards() *Boards { return &c.boards }

// Open is called before a board is loaded.
func (b *Boards) Open(board string) {
	c := b.c
	s := &session{c: c, k: c.keeper(board), name: board}
	c.mu.Lock()
	c.sessions[board] = s
	c.mu.Unlock()
	c.peers.open(board)
}

// Close is called after the last Append of a board was answered.
func (b *Boards) Close(board string) {
	c := b.c
	c.mu.Lock()
	s := c.sessions[board]
	delete(c.sessions, board)
	c.mu.Unlock()
	if s != nil {
		c.peers.close(board)
		s.end()
	}
}

func (c *Cluster) session(board string) *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sessions[board]
}

func (c *Cluster) isOpen(board string) bool { return c.session(board) != nil }

// Load gives a board as the engine has it, with what is spooled here. If the engine is not
// reached it gives the copy. A board that is not known then may be a new one, or one that
// the other relays have: what people make of it is merged with that.
func (b *Boards) Load(ctx context.Context, board string, snapshot, update func(data []byte) error) error {
	s := b.c.session(board)
	if s == nil {
		return fmt.Errorf("loading board %q: it is not open", board)
	}
	done, err := s.k.hold(ctx)
	if err != nil {
		return err
	}
	defer done()
	x, err := s.loadEngine(ctx)
	if err != nil {
		return err
	}
	refused := b.c.refused(board)
	if x == nil {
		if err := s.k.idle(ctx); err != nil {
			return err
		}
		return b.c.copies.Load(ctx, board, snapshot, func(data []byte) error { return giveUpdates(data, update, refused) })
	}
	if err := x.give(snapshot, update, refused); err != nil {
		return err
	}
	s.k.refresh(x)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.point = point{x.last, x.joins, x.incarnation}
		s.tail = b.c.newTail(BoardLog(board), x.last, s.hear, s.trimmed)
	}
	return nil
}

// loadEngine returns what the engine has, and nil if it is not reached: then the board is
// reconciled when it is.
func (s *session) loadEngine(ctx context.Context) (*state, error) {
	c := s.c
	for {
		c.mu.Lock()
		generation, edge := c.generation.Load(), c.Edge()
		s.loaded = edge
		c.mu.Unlock()
		if edge {
			return nil, nil
		}
		x, err := s.share(ctx)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case isLocal(err):
			return nil, err
		case err != nil:
			c.cutOff(generation, err)
			continue
		}
		c.mu.Lock()
		current := generation == c.generation.Load()
		if current {
			s.linked.Store(generation)
			s.loaded = true
		}
		c.mu.Unlock()
		if current {
			return x, nil
		}
	}
}

// share has the engine take what is spooled, and returns what it has then.
func (s *session) share(ctx context.Context) (*state, error) {
	switch err := s.k.reconcile(ctx); {
	case isLocal(err):
		s.c.log.Error("what was stored on this relay alone cannot be brought to the cluster", "board", s.name, "err", err)
	case err != nil:
		return nil, err
	default:
		if err := s.k.idle(ctx); err != nil {
			return nil, err
		}
		if err := s.k.unmarkIfMarked(ctx); err != nil {
			return nil, &localError{err}
		}
	}
	x, err := s.c.state(ctx, s.name)
	if err != nil {
		return nil, err
	}
	// An engine that has lost its data may have less than the copy, which must not be
	// replaced by that, nor by what a room makes of it.
	switch now, err := s.c.ping(ctx); {
	case err != nil:
		return nil, err
	case now != x.incarnation:
		return nil, errLostData
	}
	return x, nil
}

// Append stores updates, and calls done when the engine has them, or, while it is not
// reached, the relay's own store.
func (b *Boards) Append(board string, updates []byte, done func(error)) {
	s := b.c.session(board)
	if s == nil {
		done(fmt.Errorf("storing updates of board %q: it is not open", board))
		return
	}
	s.append(updates, done)
}

// Compact stores updates, and puts a snapshot of the board in the place of what there was.
// The snapshot has nothing besides what was loaded, heard, appended, and those updates;
// see Adopt. What is parked it has not got, so that is among the updates too.
func (b *Boards) Compact(board string, updates, snapshot []byte, done func(error)) {
	s := b.c.session(board)
	if s == nil {
		done(fmt.Errorf("storing a snapshot of board %q: it is not open", board))
		return
	}
	// What the room has now, and has the snapshot made of.
	s.mu.Lock()
	at := s.point
	alone := !s.holding && s.linked.Load() != b.c.generation.Load()
	s.mu.Unlock()
	if alone {
		s.replaceCopy(updates, snapshot, markSpooled, done)
		return
	}
	s.replaceCopy(updates, snapshot, 0, func(err error) {
		if err != nil {
			b.c.log.Warn("a board's copy was not compacted, it stays as it was", "board", board, "err", err)
		}
	})
	s.append(updates, func(err error) {
		if err == nil && s.linked.Load() == b.c.generation.Load() {
			s.compact(snapshot, at)
		}
		done(err)
	})
}

// Adopt gives a board the state of a snapshot that has what no update has: one that was
// restored. The snapshot has what the board had besides. done is called when the engine
// has it, or, while it is not reached, the relay's own store.
func (b *Boards) Adopt(board string, snapshot []byte, done func(error)) {
	s := b.c.session(board)
	if s == nil {
		done(fmt.Errorf("restoring board %q: it is not open", board))
		return
	}
	s.replaceCopy(nil, snapshot, markSpooled, func(err error) {
		if err != nil || b.c.Edge() {
			done(err)
			return
		}
		if !b.c.begin(func() { done(s.joined()) }) {
			done(ErrClosed)
		}
	})
}

// joined brings the engine what the copy has. It fails if only the relay's own store has
// it, which is not so bad: it is brought later.
func (s *session) joined() error {
	generation := s.c.generation.Load()
	if err := s.link(s.c.ctx, generation); err != nil && s.c.ctx.Err() == nil {
		s.c.cutOff(generation, err)
	}
	return nil
}

// Applied says that the board has all that it was told up to a number.
func (b *Boards) Applied(board string, number uint64) {
	if s := b.c.session(board); s != nil {
		s.appliedUpTo(number)
	}
}

// Again has what comes after that told once more.
func (b *Boards) Again(board string) {
	if s := b.c.session(board); s != nil {
		s.again()
	}
}

// Tell tells the rooms of the board on other relays.
func (b *Boards) Tell(board string, data []byte) { b.c.peers.tell(board, data) }

// TellPerson tells a person's members on other relays a frame.
func (b *Boards) TellPerson(p wire.Person, frame []byte) { b.c.peers.tellPerson(p, frame) }

// Elsewhere returns the origin of the relay that serves a board when this one stops.
func (b *Boards) Elsewhere(board string) string { return b.c.peers.elsewhere(board) }
