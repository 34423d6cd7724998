package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// A relay that needs entries which were trimmed takes the snapshot, in the goroutine of
// its tail: nothing is applied meanwhile, and what this relay does is spooled. The store
// becomes what the snapshot says, and of what was spooled nothing is lost. If the relay
// ends in between it begins again, since where it stands is noted as nowhere.

// fetches is how often a snapshot is asked for that was replaced while it was fetched.
const fetches = 5

// trimmed is called by the tail where entries are gone.
func (j *journal) trimmed(ctx context.Context) (uint64, error) {
	begun := time.Now()
	position, err := j.load(ctx)
	j.mu.Lock()
	before := j.bad
	if j.bad = err; ctx.Err() != nil {
		j.bad = nil
	}
	if j.moved != nil { // who waits is to know
		close(j.moved)
		j.moved = nil
	}
	j.mu.Unlock()
	switch {
	case err == nil:
		j.c.log.Info("the cluster's journal was taken from its snapshot", "position", position, "took", time.Since(begun))
	case ctx.Err() == nil && (before == nil || before.Error() != err.Error()):
		j.c.log.Error("the snapshot of the cluster's journal cannot be taken; this relay stays cut off, and tries again", "err", err)
	}
	return position, err
}

// snapshot returns the Journal's, and what it says. Revision 0: there is none.
func (j *journal) snapshot(ctx context.Context) (s Snapshot, says journalSnapshot, err error) {
	if s, err = j.c.engine.Snapshot(ctx, Journal); err != nil || s.Revision == 0 {
		return s, says, err
	}
	if err = json.Unmarshal(s.Data, &says); err == nil && says.Position < s.Through {
		err = fmt.Errorf("it is of %d, and stands for what comes up to %d", says.Position, s.Through)
	}
	if err != nil {
		err = fmt.Errorf("what the snapshot says: %w", err)
	}
	return s, says, err
}

// load takes the snapshot, and returns the position that it is of.
func (j *journal) load(ctx context.Context) (uint64, error) {
	j.mu.Lock()
	noted, cut, generation := j.noted, j.cut, j.c.generation.Load()
	j.mu.Unlock()
	if !cut {
		j.c.cutOff(generation, errors.New("this relay is behind what the others remember of the journal"))
	}
	var says journalSnapshot
	var state scratch
	var head stateHead
	for try := 1; ; try++ {
		s, now, err := j.snapshot(ctx)
		switch {
		case err != nil:
			return 0, err
		case s.Revision == 0:
			return 0, errors.New("its beginning is missing, and nothing stands for it")
		}
		says = now
		if state, head, err = j.fetch(ctx, says, noted.Incarnation); err == nil {
			break
		}
		if after, _, err := j.snapshot(ctx); err == nil && after.Revision != s.Revision && try < fetches {
			continue // it was replaced, and its blob is gone
		}
		return 0, fmt.Errorf("the state at %d: %w", says.Position, err)
	}
	defer state.close()
	if err := j.isIdle(ctx); err != nil {
		return 0, err
	}
	// Where it was alone or with an engine that has lost its data it keeps what it has.
	whole := !noted.Restore
	n := noted
	n.Position, n.Loading, n.Skipped = 0, true, nil
	if err := j.become(ctx, n, nil); err != nil {
		return 0, fmt.Errorf("noting that the snapshot is being taken: %w", err)
	}
	// Whoever was further then than the state may have records that were lost.
	further := head.Before.Incarnation == noted.Before.Incarnation && head.Before.Position < noted.Before.Position
	last := map[string]uint64{}
	l := loading{incarnation: noted.Incarnation, whole: whole, records: whole || noted.Before.Incarnation != "" && !further, has: func(key string) {
		if len(last) < mostKeys {
			last[key] = says.Position
		}
	}}
	skipped, err := j.take(ctx, state, l, head)
	if err != nil {
		return 0, fmt.Errorf("taking the state at %d: %w", says.Position, err)
	}
	n.Position, n.Loading, n.Skipped = says.Position, false, skipped
	if l.records {
		n.Before, n.Taken = head.Before, n.Restore
	}
	if err := j.become(ctx, n, last); err != nil {
		return 0, fmt.Errorf("noting that the snapshot was taken: %w", err)
	}
	return says.Position, nil
}

// become notes a state that was not come to by applying entries, while none are applied.
// last is as journal.last.
func (j *journal) become(ctx context.Context, n journalNote, last map[string]uint64) error {
	j.noting.Lock()
	defer j.noting.Unlock()
	if err := j.putNote(ctx, n); err != nil {
		return err
	}
	if last == nil {
		last = map[string]uint64{}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.noted, j.at, j.taken, j.last, j.noteSoon = n, n.Position, n.Position, last, false
	return nil
}

// take gives the parts of a state to their ops. What it returns is as
// journalNote.Skipped.
func (j *journal) take(ctx context.Context, state scratch, l loading, head stateHead) (skipped map[string]uint64, err error) {
	loaders := map[string]loader{}
	for _, name := range j.names {
		if load := j.ops[name].load; load != nil {
			if loaders[name], err = load(ctx, l); err != nil {
				return nil, err
			}
		}
	}
	err = readState(state, &head, func(line stateLine) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if to := loaders[line.Op]; to != nil {
			return to.take(ctx, line.Do)
		}
		if skipped[line.Op] == 0 && len(line.Op) <= mostOp && len(skipped) < mostSkipped {
			if skipped == nil {
				skipped = map[string]uint64{}
			}
			skipped[line.Op] = 1 // who knows it takes the snapshot once more
			j.c.log.Warn("the snapshot of the cluster's journal has what this relay does not know; a newer one has written it", "op", line.Op)
		}
		return nil
	})
	for _, name := range j.names {
		if to := loaders[name]; to != nil {
			err = errors.Join(err, to.end(ctx, err == nil))
		}
	}
	return skipped, err
}

// isIdle waits until what the queue has got is applied.
func (j *journal) isIdle(ctx context.Context) error {
	for {
		j.mu.Lock()
		if !j.working && len(j.queue) == 0 {
			j.mu.Unlock()
			return nil
		}
		if j.idle == nil {
			j.idle = make(chan struct{})
		}
		idle := j.idle
		j.mu.Unlock()
		select {
		case <-idle:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
