package cluster

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"edgeboard/shared/board"
)

// reconcile has the engine take what the copy has and it lacks. The caller holds the
// keeper's work. Nothing is done if there is no mark.
//
// No list of what was spooled is needed, since state vectors say what a side lacks. Where
// that is not enough, because the copy has forgotten its history, the engine gets the
// join of both states as its snapshot.
func (k *keeper) reconcile(ctx context.Context) error {
	mark, err := k.readMark(ctx)
	if err != nil {
		return &localError{err}
	}
	if mark == 0 {
		return nil
	}
	// What the copy lacks may be of an engine that has lost it since.
	if !k.do(k.flush) {
		return ErrClosed
	}
	if err := k.idle(ctx); err != nil {
		return err
	}
	mine, err := k.load(ctx)
	if err != nil {
		return &localError{fmt.Errorf("loading the copy of board %q: %w", k.name, err)}
	}
	for range mostLoads {
		err = k.push(ctx, mine, mark)
		if !errors.Is(err, ErrConflict) {
			return err
		}
	}
	return err
}

// push appends what a board has and the engine lacks. ErrConflict: the engine's snapshot
// was replaced meanwhile.
func (k *keeper) push(ctx context.Context, mine *board.Board, mark byte) error {
	s, err := k.c.state(ctx, k.name)
	if err != nil {
		return err
	}
	theirs, err := s.board(k.c.refused(k.name))
	if err != nil {
		return err
	}
	missing, err := mine.Diff(theirs.Vector())
	switch {
	case err == nil:
		err = k.c.appendAll(ctx, k.name, append(missing, mine.ParkedUpdates()...))
	case errors.Is(err, board.ErrCompacted):
		return k.join(ctx, s, theirs, mine, mark)
	default:
		err = &localError{err}
	}
	if err == nil && mark == markJoined {
		err = k.tellJoin(ctx, s.joins)
	}
	return err
}

// join puts a snapshot of both states.
//
// It stands for the entries up to s.last. All of these were read, so theirs has them; but
// what it has parked is in no snapshot (B21), so that is appended once more before: then
// it stands behind what is trimmed. If the relay ends before the others are told of the
// join the mark says that they have to be.
func (k *keeper) join(ctx context.Context, s *state, theirs, mine *board.Board, mark byte) error {
	before := theirs.Snapshot()
	parked := append(theirs.ParkedUpdates(), mine.ParkedUpdates()...)
	if err := theirs.Merge(mine.Snapshot()); err != nil {
		return &localError{fmt.Errorf("merging the copy of board %q with what the engine has: %w", k.name, err)}
	}
	after := theirs.Snapshot()
	if bytes.Equal(before, after) {
		// Another relay has brought all of it.
		if err := k.c.appendAll(ctx, k.name, mine.ParkedUpdates()); err != nil || mark != markJoined {
			return err
		}
		return k.tellJoin(ctx, s.joins)
	}
	if err := k.c.appendAll(ctx, k.name, parked); err != nil {
		return err
	}
	if err := k.mark(markJoined); err != nil {
		return &localError{err}
	}
	if err := k.c.putSnapshot(ctx, BoardLog(k.name), Snapshot{Revision: s.revision, Through: s.last, Data: encodeSnapshot(s.joins+1, after)}, s.incarnation); err != nil {
		return err
	}
	return k.tellJoin(ctx, s.joins+1)
}

// tellJoin tells who has the board open that there is a snapshot to be taken.
func (k *keeper) tellJoin(ctx context.Context, joins uint64) error {
	return k.c.appendEntry(ctx, k.name, binary.AppendUvarint([]byte{kindJoin}, joins))
}

// putSnapshot puts one whose positions are of an incarnation of the engine. In another one
// they mean other entries, of which it would trim some that it has not got.
//
// The engine may lose its data between the question and the answer. Then the snapshot
// may trim what another relay has appended in that moment; this relay still has it, and
// brings it back when it finds the new incarnation.
func (c *Cluster) putSnapshot(ctx context.Context, log string, s Snapshot, incarnation string) error {
	now, err := c.ping(ctx)
	if err != nil {
		return err
	}
	if now != incarnation {
		return errLostData
	}
	return c.engine.PutSnapshot(ctx, log, s)
}

// link has an open board take part in the cluster: the engine gets what was spooled, and
// the room what it did not hear.
func (s *session) link(ctx context.Context, generation uint64) error {
	k := s.k
	done, err := k.hold(ctx)
	if err != nil {
		return err
	}
	defer done()
	// What is spooled while the board is reconciled is noted, so that it need not be looked
	// for once more while the room waits.
	k.record(true)
	defer k.record(false)
	s.unlinked()
	broken := false
	if err := k.reconcile(ctx); isLocal(err) {
		// The others must not wait for this board. It goes on from what the engine has, and
		// the mark stays.
		s.c.log.Error("what was stored on this relay alone cannot be brought to the cluster", "board", s.name, "err", err)
		broken = true
	} else if err != nil {
		return err
	}
	s.hold()
	err = s.bring(ctx, broken)
	if err == nil {
		err = s.resume(ctx)
	}
	s.c.mu.Lock()
	if err == nil && generation != s.c.generation.Load() {
		err = errAway
	}
	if err == nil {
		s.linked.Store(generation)
	}
	s.c.mu.Unlock()
	s.letGo()
	if err != nil {
		return err
	}
	s.mu.Lock()
	t := s.tail
	s.mu.Unlock()
	if t == nil {
		return nil // it was closed
	}
	within, cancel := context.WithTimeout(ctx, mostCatchUp)
	defer cancel()
	switch err := t.catchUp(within); {
	case err == nil, errors.Is(err, ErrClosed):
		return nil
	case ctx.Err() == nil && within.Err() != nil:
		// Something is wrong with this log, and the others must not wait for it: the tail goes
		// on trying.
		s.c.log.Warn("a board is behind what other relays have stored", "board", s.name, "err", err)
		return nil
	default:
		return err
	}
}

// bring appends what was spooled meanwhile. The session is held.
func (s *session) bring(ctx context.Context, broken bool) error {
	k := s.k
	if err := k.idle(ctx); err != nil {
		return err
	}
	k.mu.Lock()
	since := bytes.Join(k.since, nil)
	k.mu.Unlock()
	if err := s.c.appendAll(ctx, s.name, since); err != nil {
		return err
	}
	if broken {
		return nil
	}
	return k.unmarkIfMarked(ctx)
}

// record begins to note what is spooled, or ends that.
func (k *keeper) record(on bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.recording, k.since = on, nil
}

// sweep reconciles the marked boards that are not open, until there are none or the relay
// is cut off.
func (c *Cluster) sweep() {
	c.sweeping.Lock()
	defer c.sweeping.Unlock()
	generation := c.generation.Load()
	begun, boards, failed := time.Now(), 0, false
	err := c.eachMarked(c.ctx, generation, func(list []string) error {
		if generation != c.generation.Load() || c.Edge() {
			return errAway
		}
		boards += len(list)
		return inParallel(list, func(name string) error {
			err := c.reconcileClosed(name)
			if err == nil || errors.Is(err, errOpen) {
				return nil
			}
			if isLocal(err) {
				c.log.Error("what was stored on this relay alone cannot be brought to the cluster", "board", name, "err", err)
				failed, err = true, nil
			}
			return err
		})
	})
	switch {
	case err != nil && c.ctx.Err() == nil && !errors.Is(err, errAway):
		c.log.Warn("boards were not brought to the cluster, trying again", "err", err)
		time.AfterFunc(sweepAgain, func() { c.begin(c.sweep) })
	case err == nil && boards > 0:
		c.log.Info("boards that are not open were brought to the cluster", "boards", boards, "took", time.Since(begun), "failed", failed)
		c.metrics.Healed(boards, time.Since(begun))
	}
}

var errOpen = &localError{errors.New("the board is open")}

// reconcileClosed reconciles a board that is not open. If it is, it is done already, or
// will be with that.
func (c *Cluster) reconcileClosed(name string) error {
	k := c.keeper(name)
	defer k.release()
	done, err := k.hold(c.ctx)
	if err != nil {
		return err
	}
	defer done()
	if err = errOpen; !c.isOpen(name) {
		err = k.reconcile(c.ctx)
	}
	if err == errOpen || isLocal(err) {
		// That it is as if marked will be forgotten.
		if c.isUnshared(name) {
			err = errors.Join(err, k.mark(markSpooled))
		}
	}
	if err != nil {
		return err
	}
	// A room that has opened the board since waits for its turn to load it.
	if err := k.idle(c.ctx); err != nil {
		return err
	}
	if err := k.unmarkIfMarked(c.ctx); err != nil {
		return &localError{err}
	}
	return nil
}
