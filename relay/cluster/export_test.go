package cluster

import (
	"context"
	"time"
)

// Tail is a tail for tests.
type Tail struct{ t *tail }

// NewTail returns one of a log.
func (c *Cluster) NewTail(log string, after uint64, f func(Entry) error, trimmed func(context.Context) (uint64, error)) Tail {
	return Tail{c.newTail(log, after, f, trimmed)}
}

func (t Tail) End()                                             { t.t.end(); <-t.t.ended }
func (t Tail) Again()                                           { t.t.again(rereadAsked) }
func (t Tail) Rewind(after uint64)                              { t.t.rewind(after, rereadAsked) }
func (t Tail) CatchUp(ctx context.Context) error                { return t.t.catchUp(ctx) }
func (t Tail) Reach(ctx context.Context, position uint64) error { return t.t.reach(ctx, position) }

// Cut reports whether things are spooled.
func (c *Cluster) Cut() bool {
	c.journal.mu.Lock()
	defer c.journal.mu.Unlock()
	return c.journal.cut
}

// Settled reports whether this relay and the engine, as it is now, are together.
func (c *Cluster) Settled() bool {
	incarnation, err := c.engine.Ping(c.ctx)
	n, restored := c.journal.state()
	return err == nil && n.Incarnation == incarnation && restored && !c.Cut()
}

// Heard returns how much is remembered that the room of a board was told and has not
// applied.
func (c *Cluster) Heard(board string) int {
	s := c.session(board)
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.heard)
}

// ShortenJournal says after how many entries a snapshot is made, how many before it stay,
// and when it is looked again. It is called before Start.
func (c *Cluster) ShortenJournal(most, behind uint64, again time.Duration) {
	c.journal.keep.most, c.journal.keep.behind, c.journal.keep.again = most, behind, again
}
