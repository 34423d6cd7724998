package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// applied is what submit waits for.
type applied struct {
	result any
}

// sayingAgain is the key of contexts of op.again and op.restore.
type sayingAgain struct{}

// submit appends an operation, and returns what came of it when it is applied here.
// ErrConflict: the last entry of its key stands elsewhere than was expected.
// errCutOff: the engine was not reached, or it is not known whether it has it: then the
// same operation is to be spooled. errBehind: the engine has it. When ctx ends first it may be done nevertheless.
func (j *journal) submit(ctx context.Context, o operation, expect *uint64) (result any, err error) {
	data, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	if len(data) > MaxEntry || len(o.key) > MaxKey {
		return nil, errTooLong
	}
	done := make(chan applied, 1)
	j.mu.Lock()
	cutting, t := j.cutting, j.tail
	generation := j.c.generation.Load()
	if j.cut {
		cutting = nil // again ends with its ctx
		if ctx.Value(sayingAgain{}) == nil {
			j.mu.Unlock()
			return nil, errCutOff
		}
	}
	j.waiting[o.ID] = done
	j.mu.Unlock()
	defer func() {
		j.mu.Lock()
		delete(j.waiting, o.ID)
		j.mu.Unlock()
	}()

	var position uint64
	appended := make(chan error, 1)
	j.c.engine.Append(Journal, Entry{Key: o.key, Expect: expect, From: j.c.name, Data: data}, func(at uint64, err error) {
		position = at
		appended <- err
	})
	timeout := time.NewTimer(CallTimeout)
	defer timeout.Stop()
	nudge := time.NewTimer(nudgeAfter)
	defer nudge.Stop()
	nudge.Stop()
	for stored := false; ; {
		select {
		case d := <-done:
			return d.result, nil
		case err := <-appended:
			switch {
			case errors.Is(err, ErrConflict):
				return nil, err
			case err != nil:
				j.c.cutOff(generation, fmt.Errorf("appending to the journal: %w", err))
				return nil, errCutOff
			}
			// It is on its way here; if it gets lost, that is found out.
			stored = true
			nudge.Reset(nudgeAfter)
			timeout.Reset(applyWithin)
		case <-nudge.C:
			if t.position() < position {
				t.again(rereadLost)
			}
		case <-timeout.C:
			if stored {
				return nil, errBehind
			}
			j.c.cutOff(generation, fmt.Errorf("appending to the journal: not done after %v", CallTimeout))
			return nil, errCutOff
		case <-cutting:
			return nil, errCutOff
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-j.c.ctx.Done():
			return nil, ErrClosed
		}
	}
}

// lastOf returns where the last entry of a key stands: as far as this relay has heard,
// or, if it has not or must be sure, as the engine says. What comes up to there is
// applied.
func (j *journal) lastOf(ctx context.Context, key string, sure bool) (uint64, error) {
	j.mu.Lock()
	at, ok := j.last[key]
	applied := j.at
	cutting, generation := j.cutting, j.c.generation.Load()
	if j.cut {
		cutting = nil // again ends with its ctx
		if ctx.Value(sayingAgain{}) == nil {
			j.mu.Unlock()
			return 0, errCutOff
		}
	}
	j.mu.Unlock()
	if ok && !sure {
		return at, nil
	}
	limited, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	at, err := j.c.engine.Last(limited, Journal, key)
	if err == nil && at == 0 && key != "" {
		// There may have been one, which was trimmed: who has all that was before the
		// question knows it.
		var end uint64
		if end, err = j.c.engine.Last(limited, Journal, ""); err == nil {
			soon, cancel := context.WithTimeout(ctx, applyWithin)
			defer cancel()
			if err = j.reach(soon, end, cutting); errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
				err = errBehind
			}
			return 0, err
		}
	}
	switch {
	case err == nil && key == "" && at < applied:
		j.c.tryAgain() // it is looked which data it has
		return 0, errLostData
	case err == nil:
		soon, cancel := context.WithTimeout(ctx, applyWithin)
		defer cancel()
		if err = j.reach(soon, at, cutting); errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			err = errBehind
		}
		return at, err
	case ctx.Err() != nil:
		return 0, ctx.Err()
	}
	j.c.cutOff(generation, fmt.Errorf("asking where the journal ends: %w", err))
	return 0, errCutOff
}

// keepBack spools an operation, if things are spooled now, and then has local store it here.
// Of operations of one key one at a time may be kept.
func (j *journal) keepBack(ctx context.Context, o operation, local func(*spooled) error) error {
	j.gate.RLock()
	defer j.gate.RUnlock()
	j.mu.Lock()
	cut, ready, after := j.cut, j.ready, origin{j.noted.Incarnation, j.at}
	j.mu.Unlock()
	switch {
	case !ready:
		return errUnready
	case !cut:
		return errReached
	}
	s, err := j.spool.add(ctx, o, after)
	if err != nil {
		return fmt.Errorf("spooling: %w", err)
	}
	if err := local(s); err != nil {
		j.spool.drop(o.ID)
		return err
	}
	return nil
}

// Fresh returns when this relay has all that the others had done before the call. An
// error: it cannot know.
func (c *Cluster) Fresh(ctx context.Context) error {
	_, err := c.journal.lastOf(ctx, "", true)
	return err
}
