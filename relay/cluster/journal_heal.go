package cluster

import (
	"context"
	"fmt"
	"sync"
)

// heal brings this relay and an engine that is reached together: what the others have
// done is applied, and what was done here is said again. Then things go their usual way.
func (j *journal) heal(ctx context.Context, incarnation string) error {
	ctx = context.WithValue(ctx, sayingAgain{}, true)
	j.mu.Lock()
	noted, t := j.noted, j.tail
	j.mu.Unlock()
	if noted.Incarnation != incarnation {
		if err := j.begin(ctx, incarnation); err != nil {
			return err
		}
	} else if t == nil {
		j.follow(noted.Position)
	}
	if err := j.catchUp(ctx); err != nil {
		return err
	}
	j.mu.Lock()
	noted = j.noted
	j.mu.Unlock()
	if noted.Restore {
		for _, name := range j.names {
			restore := j.ops[name].restore
			if restore == nil {
				continue
			}
			if err := restore(ctx, noted.Before); err != nil {
				return fmt.Errorf("giving the engine what it has lost: %w", err)
			}
		}
		j.mu.Lock()
		j.noted.Restore, j.noteSoon = false, true
		j.mu.Unlock()
		j.note(ctx)
	}
	for {
		j.gate.Lock()
		groups := j.spool.first()
		if len(groups) == 0 {
			j.mu.Lock()
			if err := ctx.Err(); err != nil {
				j.mu.Unlock()
				j.gate.Unlock()
				return err
			}
			if j.cut {
				j.cut, j.cutting, j.why = false, make(chan struct{}), nil
			}
			j.setReady()
			j.mu.Unlock()
			j.gate.Unlock()
			return nil
		}
		j.gate.Unlock()
		if err := j.sayAgain(ctx, groups); err != nil {
			return err
		}
	}
}

// catchUp applies all that the engine has.
func (j *journal) catchUp(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	last, err := j.c.engine.Last(limited, Journal, "")
	if err != nil {
		return err
	}
	return j.reach(ctx, last, nil)
}

// begin begins with an engine that has nothing of what this relay has applied before, at
// its beginning.
func (j *journal) begin(ctx context.Context, incarnation string) error {
	j.mu.Lock()
	t := j.tail
	j.tail, j.queue = nil, nil
	j.mu.Unlock()
	if t != nil {
		t.end()
		<-t.ended
	}
	j.mu.Lock()
	j.queue = nil
	j.mu.Unlock()
	if err := j.isIdle(ctx); err != nil {
		return err
	}
	restore := true
	if j.noted.Incarnation == "" {
		// Who has nothing has nothing to give, and becomes what the others are.
		empty, err := j.isEmpty(ctx)
		if err != nil {
			return fmt.Errorf("looking whether this relay has something: %w", err)
		}
		restore = !empty
	}
	j.mu.Lock()
	if !j.cut {
		j.cut = true
		close(j.cutting)
	}
	n := journalNote{Incarnation: incarnation, Restore: restore, Before: origin{j.noted.Incarnation, j.at}}
	if j.noted.Restore {
		// The one before got only a part of it.
		n.Before = j.noted.Before
	}
	j.mu.Unlock()
	if err := j.become(ctx, n, nil); err != nil {
		return fmt.Errorf("noting that the engine has lost its data: %w", err)
	}
	j.mu.Lock()
	j.kept, j.grown, j.bad = 0, 0, nil
	j.mu.Unlock()
	j.follow(0)
	return nil
}

// isEmpty reports whether this relay's store has nothing that is shared.
func (j *journal) isEmpty(ctx context.Context) (bool, error) {
	for _, name := range j.names {
		if empty := j.ops[name].empty; empty != nil {
			if is, err := empty(ctx); err != nil || !is {
				return false, err
			}
		}
	}
	return true, nil
}

// follow begins to read after a position.
func (j *journal) follow(after uint64) {
	j.mu.Lock()
	j.taken = after
	j.mu.Unlock()
	var t *tail
	begun := make(chan struct{})
	t = j.c.newTail(Journal, after, func(e Entry) error {
		<-begun
		return j.push(t.ctx, e)
	}, func(ctx context.Context) (uint64, error) {
		<-begun
		return j.trimmed(ctx)
	})
	close(begun)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.tail = t
}

// sayAtOnce is of how many keys things are said again at once.
const sayAtOnce = 64

// sayAgain appends what was spooled: of each key in order.
func (j *journal) sayAgain(ctx context.Context, groups [][]*spooled) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	slots := make(chan struct{}, sayAtOnce)
	var wg sync.WaitGroup
	for _, group := range groups {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if ctx.Err() != nil {
				return
			}
			if err := j.sayGroup(ctx, group); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

func (j *journal) sayGroup(ctx context.Context, group []*spooled) error {
	var list []operation
	for _, s := range group {
		o, err := j.spool.read(ctx, s)
		if err != nil {
			return err
		}
		if o.ID == "" { // it was dropped meanwhile
			continue
		}
		list = append(list, o)
	}
	if len(list) == 0 {
		return nil
	}
	again := j.ops[list[0].Op].again
	if again == nil {
		j.c.log.Error("what was spooled is of a kind that this relay does not know; it is dropped", "op", list[0].Op, "key", list[0].key)
	} else if err := again(ctx, list); err != nil {
		return fmt.Errorf("saying again what was spooled of %.80q: %w", list[0].key, err)
	}
	for _, o := range list {
		j.spool.drop(o.ID)
	}
	return nil
}
