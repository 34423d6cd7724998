package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"sync"
	"time"
)

// run applies what is in the queue.
func (j *journal) run() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	armed := false
	for {
		j.mu.Lock()
		n := min(len(j.queue), mostBatch)
		batch := j.queue[:n:n]
		j.queue = j.queue[n:]
		if j.working = n > 0; !j.working && j.idle != nil {
			close(j.idle)
			j.idle = nil
		}
		if j.noteSoon && !armed {
			armed = true
			timer.Reset(noteAfter)
		}
		j.mu.Unlock()
		poke(j.space)
		if n > 0 {
			j.applyAll(batch)
			continue
		}
		select {
		case <-j.wake:
		case <-timer.C:
			armed = false
			j.note(j.c.ctx)
		case <-j.c.ctx.Done():
			// Who has started it is about to close the store.
			ctx, cancel := context.WithTimeout(context.WithoutCancel(j.c.ctx), CallTimeout)
			j.note(ctx)
			cancel()
			return
		}
	}
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// note notes up to where entries were applied, if that has changed.
func (j *journal) note(ctx context.Context) {
	j.noting.Lock()
	defer j.noting.Unlock()
	j.mu.Lock()
	if !j.noteSoon {
		j.mu.Unlock()
		return
	}
	j.noteSoon = false
	n := j.noted
	n.Position, n.Skipped = j.at, maps.Clone(j.noted.Skipped)
	j.mu.Unlock()
	if err := j.putNote(ctx, n); err != nil && ctx.Err() == nil {
		j.c.log.Warn("where the cluster's journal was left is not noted; some of it will be applied once more", "err", err)
	}
}

func (j *journal) putNote(ctx context.Context, n journalNote) error {
	b, err := json.Marshal(n)
	if err != nil {
		return err
	}
	return j.c.records.Put(ctx, ofCluster, "journal", b, time.Time{})
}

// push takes an entry from the tail. It waits for room.
func (j *journal) push(t context.Context, e Entry) error {
	for {
		j.mu.Lock()
		switch {
		case t.Err() != nil:
			j.mu.Unlock()
			return t.Err()
		case e.Position <= j.taken: // it was rewound
			j.mu.Unlock()
			return nil
		case len(j.queue) < mostQueue:
			j.queue, j.taken = append(j.queue, e), e.Position
			j.mu.Unlock()
			poke(j.wake)
			return nil
		}
		j.mu.Unlock()
		select {
		case <-j.space:
		case <-t.Done():
		}
	}
}

// applyAll applies entries, until it has succeeded.
func (j *journal) applyAll(batch []Entry) {
	wait := retryFirst
	for {
		n, results, err := j.apply(batch)
		j.told(batch[:n], results)
		batch = batch[n:]
		if err == nil {
			return
		}
		if n > 0 {
			wait = retryFirst
		}
		j.c.log.Error("an entry of the cluster's journal is not stored, trying again", "position", batch[0].Position, "err", err)
		select {
		case <-time.After(wait):
		case <-j.c.ctx.Done():
			return
		}
		wait = min(2*wait, retryLast)
	}
}

// outcome is what came of an entry.
type outcome struct {
	o      operation
	result any
	err    error
}

// apply applies entries, and returns how many of the first ones are stored.
func (j *journal) apply(batch []Entry) (n int, list []outcome, err error) {
	list = make([]outcome, len(batch))
	var pending sync.WaitGroup
	for i, e := range batch {
		out := &list[i]
		if err := json.Unmarshal(e.Data, &out.o); err != nil {
			// Nobody can apply it: all skip it.
			j.c.log.Error("an entry of the cluster's journal does not parse", "position", e.Position, "relay", e.From, "err", err)
			out.o = operation{}
			continue
		}
		out.o.key = e.Key
		op, ok := j.ops[out.o.Op]
		if !ok {
			j.skip(e, out.o.Op)
			continue
		}
		if op.alone {
			pending.Wait()
		}
		pending.Add(1)
		op.apply(e, out.o, func(result any, err error) {
			out.result, out.err = result, err
			pending.Done()
		})
	}
	pending.Wait()
	for n < len(list) && list[n].err == nil {
		n++
	}
	if n < len(list) {
		err = list[n].err
	}
	return n, list[:n], err
}

// Bounds of what is remembered of ops that are not known.
const (
	mostSkipped = 64
	mostOp      = 64 // bytes of a name
)

// skip notes that an entry is of an op that is not known.
func (j *journal) skip(e Entry, op string) {
	j.mu.Lock()
	_, known := j.noted.Skipped[op]
	if !known && len(j.noted.Skipped) < mostSkipped && len(op) <= mostOp {
		if j.noted.Skipped == nil {
			j.noted.Skipped = map[string]uint64{}
		}
		j.noted.Skipped[op] = e.Position
	}
	j.mu.Unlock()
	if !known {
		j.c.log.Warn("an entry of the cluster's journal is of a kind that this relay does not know; a newer one has written it", "position", e.Position, "relay", e.From, "op", op)
	}
}

// told tells what came of entries that are stored.
func (j *journal) told(batch []Entry, list []outcome) {
	if len(batch) == 0 {
		return
	}
	mine := make([]chan applied, len(list))
	j.mu.Lock()
	for i, e := range batch {
		if _, known := j.last[e.Key]; !known && len(j.last) >= mostKeys {
			clear(j.last)
		}
		j.last[e.Key] = e.Position
		mine[i] = j.waiting[list[i].o.ID]
		delete(j.waiting, list[i].o.ID)
	}
	j.mu.Unlock()
	for i, e := range batch {
		o := list[i].o
		if o.ID != "" {
			j.spool.drop(o.ID) // what was thought to have failed has not
		}
		if f := j.ops[o.Op].applied; f != nil {
			f(e, o, list[i].result, mine[i] != nil)
		}
	}
	j.mu.Lock()
	j.at, j.noteSoon = batch[len(batch)-1].Position, true
	for _, e := range batch {
		j.grown += len(e.Data)
	}
	if j.isDue() {
		poke(j.keep.due)
	}
	if j.moved != nil {
		close(j.moved)
		j.moved = nil
	}
	j.mu.Unlock()
	for i, c := range mine {
		if c != nil {
			c <- applied{list[i].result}
		}
	}
}

// reach waits until what comes up to a position is applied, or until it is cut off, if
// cutting is not nil.
func (j *journal) reach(ctx context.Context, position uint64, cutting <-chan struct{}) error {
	for nudged := false; ; {
		j.mu.Lock()
		if j.moved == nil {
			j.moved = make(chan struct{})
		}
		at, moved, t, bad := j.at, j.moved, j.tail, j.bad
		j.mu.Unlock()
		switch {
		case at >= position:
			return nil
		case bad != nil:
			return fmt.Errorf("the snapshot of the journal cannot be taken: %w", bad)
		}
		nudge := (<-chan time.Time)(nil)
		if !nudged {
			nudge = time.After(nudgeAfter)
		}
		select {
		case <-moved:
		case <-nudge:
			// What was passed on waits here, and is not looked for.
			if nudged = true; t != nil && t.position() < position {
				t.again(rereadLost)
			}
		case <-cutting:
			return errCutOff
		case <-j.c.ctx.Done():
			return ErrClosed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
