package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// A relay is cut off when the engine has not stored what it was given, or not in time, or
// does not answer. Times of being reached are counted (generation). What an open board is
// about to store goes to the engine if the board is linked in the current one, and to the
// copy if it is not. So to be cut off is to count one more, and a board that is
// reconciled takes part again before the others are.
//
// Observers are told that the relay is no longer cut off when all boards that are open
// then, and the journal, are reconciled. The others follow.

const (
	pingEvery = time.Second
	// pingEdge is how often a relay that is cut off tries to reach the engine.
	pingEdge = 500 * time.Millisecond
	// pingsMissed is how many in a row have no answer when the relay is cut off.
	pingsMissed = 2
	// healsAtOnce is how many boards are reconciled at once.
	healsAtOnce = 4
	// mostCatchUp is how long a board may take to hear all that it has missed, before the
	// relay takes part without that.
	mostCatchUp = 10 * time.Second
	// sweepAgain is after how long boards are looked at again that could not be reconciled.
	sweepAgain = 10 * time.Second
)

// Kinds of records: a relay's own, which are not shared.
const (
	ofCluster = "cluster" // what the constants below say
	ofSpool   = "spool"   // board: the copy has what the engine lacks, or may
	ofCopy    = "copy"    // board: how far the copy goes; see copied
)

const (
	keyIncarnation = "incarnation" // of the engine's data
	keyUnshared    = "unshared"    // the boards behind this one are as if marked; see unshared
)

var (
	errAway     = errors.New("cluster: the engine is not reached")
	errLostData = errors.New("cluster: the engine has lost its data, or is another one")
	errTime     = fmt.Errorf("cluster: not stored within %v", CallTimeout)
)

// Edge reports whether what this relay stores is stored here alone (W110).
func (c *Cluster) Edge() bool { return c.edge.Load() }

// cutOff notes that the engine is not reached any more, as seen in a generation.
func (c *Cluster) cutOff(generation uint64, err error) {
	c.mu.Lock()
	if c.closed || generation != c.generation.Load() {
		c.mu.Unlock()
		return
	}
	c.generation.Add(1)
	before := c.edge.Swap(true)
	if c.abort != nil {
		c.abort()
	}
	c.journal.cutOff(err) // before anybody can heal
	sessions := c.open()
	c.mu.Unlock()
	if !before {
		c.log.Warn("cut off from the cluster: what is stored is stored on this relay alone", "err", err)
	}
	c.tellEdge()
	for _, s := range sessions {
		s.unlinked()
	}
	c.tryAgain()
}

// open lists the sessions. The caller holds mu.
func (c *Cluster) open() []*session {
	list := make([]*session, 0, len(c.sessions))
	for _, s := range c.sessions {
		list = append(list, s)
	}
	return list
}

// tryAgain has the engine be looked at, soon.
func (c *Cluster) tryAgain() {
	select {
	case c.hope <- struct{}{}:
	default:
	}
}

// tellEdge tells the observers what has changed.
func (c *Cluster) tellEdge() {
	c.telling.Lock()
	defer c.telling.Unlock()
	for edge := c.edge.Load(); edge != c.told; edge = c.edge.Load() {
		c.told = edge
		c.metrics.CutOff(edge)
		c.rooms.SetEdge(edge)
		for _, f := range c.onEdge {
			f(edge)
		}
	}
}

// watch looks whether the engine is reached.
func (c *Cluster) watch() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	missed := 0
	sweep := !c.Edge() // the boards that are not open are to be looked at
	var tried time.Time
	for {
		if sweep {
			sweep = false
			c.begin(c.sweep)
		}
		select {
		case <-c.ctx.Done():
			return
		case <-timer.C:
		case <-c.hope:
			// A failure that comes at once must not be tried again at once.
			if wait := pingEdge/10 - time.Since(tried); wait > 0 {
				timer.Reset(wait)
				continue
			}
		}
		tried = time.Now()
		if generation := c.generation.Load(); !c.Edge() {
			incarnation, err := c.ping(c.ctx)
			switch {
			case err == nil && !c.isIncarnation(incarnation):
				c.cutOff(generation, errLostData)
			case err == nil:
				missed = 0
			default:
				if missed++; missed >= pingsMissed {
					c.cutOff(generation, err)
				}
			}
		}
		if c.Edge() {
			missed = 0
			if err := c.heal(c.ctx); err != nil {
				c.log.Debug("the cluster is not reached", "err", err)
			} else {
				c.tellEdge()
				sweep = true
			}
		}
		if c.Edge() {
			timer.Reset(pingEdge)
		} else {
			timer.Reset(pingEvery)
		}
	}
}

func (c *Cluster) ping(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	return c.engine.Ping(ctx)
}

func (c *Cluster) isIncarnation(incarnation string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.incarnation == incarnation
}

// heal has this relay take part again, if the engine is reached.
func (c *Cluster) heal(ctx context.Context) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer func() {
		if err != nil {
			c.journal.unreached(err)
		}
	}()
	c.mu.Lock()
	generation := c.generation.Load()
	c.abort = cancel
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.abort = nil
		c.mu.Unlock()
	}()
	begun := time.Now()
	incarnation, err := c.ping(ctx)
	if err != nil {
		return err
	}
	if err := c.setIncarnation(ctx, incarnation); err != nil {
		return err
	}
	for _, f := range c.beforeHealed {
		if err := f(ctx, incarnation); err != nil {
			return err
		}
	}
	boards := 0
	for {
		list, err := c.unlinked(generation)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			break
		}
		boards += len(list)
		if err := inParallel(list, func(s *session) error { return s.link(ctx, generation) }); err != nil {
			return err
		}
	}
	c.log.Info("the cluster is reached", "boards", boards, "took", time.Since(begun))
	c.metrics.Healed(boards, time.Since(begun))
	return nil
}

// unlinked lists the open boards that are not linked in a generation. If all are, the
// relay is not cut off any more, in that moment.
func (c *Cluster) unlinked(generation uint64) ([]*session, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if generation != c.generation.Load() {
		return nil, errAway
	}
	list := slices.DeleteFunc(c.open(), func(s *session) bool { return !s.loaded || s.linked.Load() == generation })
	if len(list) == 0 {
		c.edge.Store(false)
	}
	return list, nil
}

// inParallel calls f with each, some at once, and returns an error if there was one.
func inParallel[T any](list []T, f func(T) error) error {
	var wg sync.WaitGroup
	turns := make(chan struct{}, healsAtOnce)
	errs := make([]error, len(list))
	for i, x := range list {
		turns <- struct{}{}
		wg.Go(func() {
			errs[i] = f(x)
			<-turns
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// setIncarnation notes which data the engine has. If it is not what this relay knew, all
// boards that it has are to be looked at, and that is noted before.
func (c *Cluster) setIncarnation(ctx context.Context, incarnation string) error {
	known, err := c.records.Get(ctx, ofCluster, keyIncarnation)
	if err != nil {
		return fmt.Errorf("reading the engine's incarnation: %w", err)
	}
	if string(known) != incarnation {
		if known != nil {
			c.log.Error("the engine has lost its data, or is another one: it gets what this relay has")
		}
		if err := c.shareAll(ctx); err != nil {
			return fmt.Errorf("noting that the engine has lost its data: %w", err)
		}
		if err := c.records.Put(ctx, ofCluster, keyIncarnation, []byte(incarnation), time.Time{}); err != nil {
			return fmt.Errorf("noting the engine's incarnation: %w", err)
		}
	} else if err := c.loadUnshared(ctx); err != nil {
		return err
	}
	c.mu.Lock()
	c.incarnation = incarnation
	c.mu.Unlock()
	return nil
}
