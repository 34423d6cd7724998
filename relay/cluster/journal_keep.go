package cluster

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// One relay at a time, who holds the lease "keeper", puts a snapshot in the place of the
// Journal's beginning when the Journal has become long. Should two do it at once, as when
// one takes longer than the lease holds, then that of one is refused.

const (
	keeperLease = "keeper"
	// A snapshot is made after so many entries since the last one, or so many bytes of them.
	journalMost  = 50_000
	journalBytes = 64 << 20
	// journalKeep is how many entries before the snapshot stay.
	journalKeep = 10_000
	// keepAgain is when it is looked again after a failure, or when another relay is at it.
	keepAgain = 10 * time.Second
	keepRenew = 3 * time.Second
	// keyState is of the record that says which blob this relay has put last: if the relay
	// ends before a snapshot names it, it is dropped the next time.
	keyState = "state"
)

// keeping is when snapshots are made, and how much they leave; not changed after start.
type keeping struct {
	most, behind uint64 // entries
	again        time.Duration
	due          chan struct{} // has a token when one may be due
}

// isDue reports whether this relay may make a snapshot, and it is time. The caller holds
// mu. A relay that has skipped what it does not know cannot say it.
func (j *journal) isDue() bool {
	return !j.cut && !j.noted.Restore && !j.noted.Loading && len(j.noted.Skipped) == 0 &&
		(j.at > j.kept+j.keep.most || j.grown > journalBytes)
}

// keepUp makes snapshots.
func (j *journal) keepUp() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	<-timer.C
	for {
		select {
		case <-j.keep.due:
		case <-timer.C:
		case <-j.c.ctx.Done():
			return
		}
		j.mu.Lock()
		due := j.isDue()
		j.mu.Unlock()
		if !due {
			continue
		}
		if err := j.makeSnapshot(j.c.ctx); err != nil && j.c.ctx.Err() == nil {
			j.c.log.Warn("the cluster's journal is not shortened now, trying again", "err", err)
		}
		timer.Reset(j.keep.again)
		select {
		case <-timer.C:
			poke(j.keep.due)
		case <-j.c.ctx.Done():
			return
		}
	}
}

// makeSnapshot makes one, if no other relay does and it is still due.
func (j *journal) makeSnapshot(ctx context.Context) error {
	hold := func() (bool, error) {
		ctx, cancel := context.WithTimeout(ctx, CallTimeout)
		defer cancel()
		return j.c.engine.Hold(ctx, keeperLease, j.c.name)
	}
	if has, err := hold(); err != nil || !has {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(keepRenew)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				_, _ = hold() // two may do it
			case <-ctx.Done():
				return
			}
		}
	}()
	defer func() {
		cancel()
		<-done
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), CallTimeout)
		defer cancel()
		_ = j.c.engine.Release(ctx, keeperLease, j.c.name) // it ends by itself otherwise
	}()
	was, says, err := j.snapshot(ctx)
	if err != nil {
		// What is garbled is replaced: nobody else has a use for it.
		if was.Revision == 0 {
			return err
		}
		j.c.log.Error("the snapshot of the cluster's journal is garbled, and is replaced", "err", err)
		says = journalSnapshot{}
	}
	if err := j.dropStray(ctx, says.Blob); err != nil {
		return err
	}
	if end, err := j.c.engine.Last(ctx, Journal, ""); err != nil {
		return err
	} else if says.Position > end {
		j.c.log.Error("the snapshot of the cluster's journal is of what is not there, and is replaced", "position", says.Position, "end", end)
		says = journalSnapshot{}
	}
	j.mu.Lock()
	j.kept = max(j.kept, says.Position)
	due, cutting := j.isDue(), j.cutting
	now := stateHead{stateVersion, j.noted.Incarnation, j.at, j.noted.Before}
	j.mu.Unlock()
	if !due || says.Position >= now.Position {
		j.mu.Lock()
		j.grown = 0
		j.mu.Unlock()
		return nil
	}
	begun := time.Now()
	blob, size, err := j.put(ctx, was, now, cutting)
	if err != nil {
		if blob != "" && (errors.Is(err, ErrConflict) || errors.Is(err, errLostData) || errors.Is(err, errCutOff)) {
			_ = j.c.engine.DropBlob(ctx, blob) // what stays is dropped the next time
		}
		if errors.Is(err, ErrConflict) || errors.Is(err, errCutOff) {
			return nil // another relay has done it, or will
		}
		return err
	}
	j.mu.Lock()
	j.kept, j.grown = now.Position, 0
	j.mu.Unlock()
	j.c.log.Info("the cluster's journal was shortened", "position", now.Position, "bytes", size, "took", time.Since(begun))
	if says.Blob != "" && says.Blob != blob {
		if err := j.c.engine.DropBlob(ctx, says.Blob); err != nil {
			return fmt.Errorf("dropping the state %s, which is of no use any more: %w", says.Blob, err)
		}
	}
	return nil
}

// put stores the state as it is now, or a little later, in the place of a snapshot. It
// returns the name of the blob, if it has stored one or may have.
func (j *journal) put(ctx context.Context, was Snapshot, now stateHead, cutting <-chan struct{}) (blob string, size int64, err error) {
	file, err := j.c.newScratch()
	if err != nil {
		return "", 0, err
	}
	defer file.close()
	if err := j.writeState(ctx, file, now); err != nil {
		return "", 0, fmt.Errorf("saying what this relay has: %w", err)
	}
	select {
	case <-cutting:
		// The store may have got what is spooled, and the others do not know.
		return "", 0, errCutOff
	default:
	}
	if size, err = file.Seek(0, io.SeekCurrent); err == nil {
		err = file.again()
	}
	if err != nil {
		return "", 0, err
	}
	says := journalSnapshot{Position: now.Position}
	if size <= stateInline {
		says.State, err = io.ReadAll(file)
	} else {
		// The name is another one each time: positions come again after a loss.
		blob = fmt.Sprintf("journal-%d-%s", now.Position, rand.Text())
		says.Blob = blob
		if err = j.c.records.Put(ctx, ofCluster, keyState, []byte(blob), time.Time{}); err == nil {
			err = j.c.engine.PutBlob(ctx, blob, file)
		}
	}
	if err != nil {
		return blob, size, fmt.Errorf("storing the state: %w", err)
	}
	data, err := json.Marshal(says)
	if err != nil {
		return blob, size, err
	}
	through := was.Through
	if now.Position > j.keep.behind {
		through = max(through, now.Position-j.keep.behind)
	}
	return blob, size, j.c.putSnapshot(ctx, Journal, Snapshot{Revision: was.Revision, Through: through, Data: data}, now.Incarnation)
}

// dropStray drops the blob that this relay has stored for a snapshot that did not come to
// be.
func (j *journal) dropStray(ctx context.Context, named string) error {
	b, err := j.c.records.Get(ctx, ofCluster, keyState)
	if err != nil || b == nil || string(b) == named {
		return err
	}
	if err := j.c.engine.DropBlob(ctx, string(b)); err != nil {
		return fmt.Errorf("dropping the state %s, which no snapshot names: %w", b, err)
	}
	return j.c.records.Put(ctx, ofCluster, keyState, nil, time.Time{})
}
