package cluster

import "context"

// BeginJournal begins, without looking whether the engine is reached.
func (c *Cluster) BeginJournal(ctx context.Context) error { return c.journal.start(ctx) }

// CutJournal says that the engine is not reached.
func (c *Cluster) CutJournal() { c.journal.cutOff(errCutOff) }

// HealJournal says that it is, and returns when all is said again.
func (c *Cluster) HealJournal(ctx context.Context) error {
	incarnation, err := c.engine.Ping(ctx)
	if err != nil {
		return err
	}
	return c.journal.heal(ctx, incarnation)
}

// CatchUpJournal returns when all is applied that the engine has.
func (c *Cluster) CatchUpJournal(ctx context.Context) error { return c.journal.catchUp(ctx) }

// Delivers reports whether this relay delivers.
func (s *Speech) Delivers() bool { return s.courier.is() }
