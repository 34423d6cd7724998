package cluster

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"edgeboard/shared/board"
)

// keeper keeps a relay's own copy of a board. While the relay takes part in the cluster
// the copy follows: what it lacks is gathered (lag), and appended from time to time. While
// the relay is cut off the copy is the spool.
//
// What it does is done in order, one at a time (do), since a Store may be asked for one
// thing of a board at a time alone.
type keeper struct {
	c    *Cluster
	name string
	// work is held by who loads the board or reconciles it.
	work chan struct{}

	users int // guarded by c.mu; there is none: it is forgotten

	mu      sync.Mutex
	tasks   []func()
	running bool
	rest    chan struct{} // closed when nothing runs; nil: nobody waits
	lag     [][]byte
	bytes   int         // of lag
	timer   *time.Timer // flushes lag; nil: it is not armed
	// since is what was spooled while the board is reconciled; see session.link.
	recording bool
	since     [][]byte
	marked    bool   // as far as is known
	asOf      string // the incarnation of the engine when it was last looked for a mark

	// Owned by the task that runs.
	torn bool // something that it should have was dropped, since it could not be stored
}

const (
	flushEvery = time.Second
	flushBytes = 256 << 10
	// mostLag is how much may wait for a copy that cannot be written. Beyond it the copy is
	// made anew when it can.
	mostLag = 8 << 20
)

// What a mark says (ofSpool).
const (
	markSpooled = 's'
	// markJoined: a snapshot was put that others have to be told of (kindJoin), or may have.
	markJoined = 'j'
)

// keeper returns that of a board, for a user that calls release.
func (c *Cluster) keeper(board string) *keeper {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.keepers[board]
	if k == nil {
		k = &keeper{c: c, name: board, work: make(chan struct{}, 1)}
		c.keepers[board] = k
	}
	k.users++
	return k
}

func (c *Cluster) eachKeeper(f func(*keeper)) {
	c.mu.Lock()
	list := make([]*keeper, 0, len(c.keepers))
	for _, k := range c.keepers {
		k.users++
		list = append(list, k)
	}
	c.mu.Unlock()
	for _, k := range list {
		f(k)
		k.release()
	}
}

func (k *keeper) release() {
	k.c.mu.Lock()
	defer k.c.mu.Unlock()
	if k.users--; k.users == 0 {
		delete(k.c.keepers, k.name)
	}
}

// hold waits until the board may be loaded or reconciled, and returns what ends that.
func (k *keeper) hold(ctx context.Context) (done func(), err error) {
	select {
	case k.work <- struct{}{}:
		return func() { <-k.work }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// do has a task done after those before it, and reports false when the Cluster is closed.
func (k *keeper) do(task func()) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.running {
		k.c.mu.Lock()
		closed := k.c.closed
		if !closed {
			k.users++
			k.c.wg.Go(k.run)
		}
		k.c.mu.Unlock()
		if closed {
			return false
		}
		k.running = true
	}
	k.tasks = append(k.tasks, task)
	return true
}

func (k *keeper) run() {
	defer k.release()
	for {
		k.mu.Lock()
		if len(k.tasks) == 0 {
			k.running = false
			if k.rest != nil {
				close(k.rest)
				k.rest = nil
			}
			k.mu.Unlock()
			return
		}
		task := k.tasks[0]
		k.tasks = k.tasks[1:]
		k.mu.Unlock()
		task()
	}
}

// idle waits until all is done.
func (k *keeper) idle(ctx context.Context) error {
	for {
		k.mu.Lock()
		if !k.running {
			k.mu.Unlock()
			return nil
		}
		if k.rest == nil {
			k.rest = make(chan struct{})
		}
		rest := k.rest
		k.mu.Unlock()
		select {
		case <-rest:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// lacks notes updates that the copy is to have, and that the engine has.
func (k *keeper) lacks(updates []byte) {
	k.mu.Lock()
	k.lag = append(k.lag, updates)
	k.bytes += len(updates)
	flush := k.bytes >= flushBytes
	if k.timer == nil && !flush {
		k.timer = time.AfterFunc(flushEvery, func() { k.do(k.flush) })
	}
	k.mu.Unlock()
	if flush {
		k.do(k.flush)
	}
}

// take returns what the copy lacks; it is the caller's to store.
func (k *keeper) take() []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.timer != nil {
		k.timer.Stop()
		k.timer = nil
	}
	all := bytes.Join(k.lag, nil)
	k.lag, k.bytes = nil, 0
	return all
}

// giveBack has it that the copy still lacks what take returned.
func (k *keeper) giveBack(updates []byte) {
	if len(updates) == 0 {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.bytes+len(updates) > mostLag {
		k.torn = true
		k.lag, k.bytes = nil, 0
		return
	}
	k.lag = append([][]byte{updates}, k.lag...)
	k.bytes += len(updates)
	if k.timer == nil {
		k.timer = time.AfterFunc(flushEvery, func() { k.do(k.flush) })
	}
}

// flush is a task: it has the copy take what it lacks.
func (k *keeper) flush() {
	lag := k.take()
	if len(lag) == 0 {
		return
	}
	if err := k.append(lag); err != nil {
		k.giveBack(lag)
		k.c.log.Warn("a board's copy was not stored, trying again", "board", k.name, "err", err)
	}
}

func (k *keeper) append(updates []byte) error {
	stored := make(chan error, 1)
	k.c.copies.Append(k.name, updates, func(err error) { stored <- err })
	return <-stored
}

func (k *keeper) replace(updates, snapshot []byte) error {
	stored := make(chan error, 1)
	k.c.copies.Compact(k.name, updates, snapshot, func(err error) { stored <- err })
	return <-stored
}

// spool stores updates on this relay alone, and calls done. The mark comes before, so
// that whatever happens they are looked for. It may be called with a session's mu held.
func (k *keeper) spool(updates []byte, done func(error)) {
	task := func() {
		err := k.mark(markSpooled)
		if err == nil {
			lag := k.take()
			if err = k.append(append(lag[:len(lag):len(lag)], updates...)); err != nil {
				k.giveBack(lag)
			}
		}
		k.spooled(updates, err, done)
	}
	if !k.do(task) {
		go done(ErrClosed)
	}
}

func (k *keeper) spooled(updates []byte, err error, done func(error)) {
	if err == nil {
		k.c.metrics.Spooled(len(updates))
		k.mu.Lock()
		if k.recording {
			k.since = append(k.since, bytes.Clone(updates)) // it is the room's again
		}
		k.mu.Unlock()
	}
	done(err)
}

// compact puts a snapshot in the place of the copy. If the relay is cut off (alone) it has
// the updates, which then are marked. Of what the copy lacks so far the snapshot has all
// but beyond.
func (k *keeper) compact(updates, snapshot []byte, mark byte, beyond [][]byte, done func(error)) {
	k.mu.Lock()
	before := k.lag
	k.lag, k.bytes = beyond, 0
	for _, b := range beyond {
		k.bytes += len(b)
	}
	k.mu.Unlock()
	task := func() {
		var err error
		if mark != 0 {
			err = k.mark(mark)
		}
		if err == nil {
			err = k.replace(updates, snapshot)
		}
		if err != nil {
			k.giveBack(bytes.Join(before, nil))
		} else {
			k.torn = false
		}
		if mark != 0 {
			k.spooled(updates, err, done)
			return
		}
		done(err)
	}
	if !k.do(task) {
		done(ErrClosed)
	}
}

// merge has the copy take a snapshot too.
func (k *keeper) merge(snapshot []byte) {
	k.do(func() {
		b, err := k.load(k.c.ctx)
		if err == nil {
			err = b.Merge(snapshot)
		}
		if err == nil {
			if err = k.replace(nil, b.Snapshot()); err == nil && b.Parked() > 0 {
				err = k.append(b.ParkedUpdates())
			}
		}
		if err != nil {
			k.torn = true
			k.c.log.Warn("a board's copy did not take a snapshot", "board", k.name, "err", err)
		}
	})
}

// load makes a board of the copy, which nothing is done with meanwhile.
func (k *keeper) load(ctx context.Context) (*board.Board, error) {
	b := board.New(0)
	err := k.c.copies.Load(ctx, k.name, func(data []byte) error {
		var err error
		b, err = board.Load(0, data)
		return err
	}, func(data []byte) error {
		applyAll(b, data, k.c.refused(k.name))
		return nil
	})
	return b, err
}

// applyAll has a board take all updates but those that it refuses: they are in the log,
// or were stored, and what cannot be understood here must not keep the rest away.
func applyAll(b *board.Board, updates []byte, refused func(error)) {
	if b.Apply(updates) == nil {
		return
	}
	for _, u := range board.Split(updates) {
		if err := b.Apply(u); err != nil {
			refused(err)
		}
	}
}

func (c *Cluster) refused(name string) func(error) {
	return func(err error) {
		c.log.Error("an update that is stored was refused and left out", "board", name, "err", err)
	}
}

// mark notes that the copy has what the engine lacks, or may. It is durable when it
// returns.
func (k *keeper) mark(kind byte) error {
	k.mu.Lock()
	known := k.marked && kind == markSpooled
	k.mu.Unlock()
	if known {
		return nil
	}
	if err := k.c.records.Put(k.c.ctx, ofSpool, k.name, []byte{kind}, time.Time{}); err != nil {
		return fmt.Errorf("marking a board as stored on this relay alone: %w", err)
	}
	k.mu.Lock()
	k.marked = true
	k.mu.Unlock()
	return nil
}

// readMark returns what the mark says, 0: there is none.
func (k *keeper) readMark(ctx context.Context) (kind byte, err error) {
	k.c.mu.Lock()
	incarnation := k.c.incarnation
	k.c.mu.Unlock()
	k.mu.Lock()
	k.asOf = incarnation
	k.mu.Unlock()
	value, err := k.c.records.Get(ctx, ofSpool, k.name)
	switch {
	case err != nil:
		return 0, fmt.Errorf("reading whether a board is stored on this relay alone: %w", err)
	case len(value) > 0:
		kind = value[0]
		k.mu.Lock()
		k.marked = true // by a record, which the other case is not
		k.mu.Unlock()
	case k.c.isUnshared(k.name):
		kind = markSpooled
	}
	return kind, nil
}

// unmark notes that the engine has all that the copy has. No task runs meanwhile.
func (k *keeper) unmark(ctx context.Context) error {
	if err := k.c.records.Put(ctx, ofSpool, k.name, nil, time.Time{}); err != nil {
		return fmt.Errorf("noting that a board is shared: %w", err)
	}
	k.mu.Lock()
	k.marked = false
	asOf := k.asOf
	k.mu.Unlock()
	k.c.noteShared(k.name, asOf)
	return nil
}

func (k *keeper) unmarkIfMarked(ctx context.Context) error {
	k.mu.Lock()
	marked, asOf := k.marked, k.asOf
	k.mu.Unlock()
	if !marked {
		k.c.noteShared(k.name, asOf) // it may have been as if marked
		return nil
	}
	return k.unmark(ctx)
}

// copied says how far a copy goes: it has all of the engine's snapshot and of the entries
// up to a position. What it has besides does no harm.
type copied struct {
	incarnation string
	revision    uint64
	position    uint64
}

func (x copied) encode() []byte {
	b := binary.AppendUvarint(nil, x.revision)
	b = binary.AppendUvarint(b, x.position)
	return append(b, x.incarnation...)
}

func decodeCopied(b []byte) (x copied, err error) {
	var n, m int
	if x.revision, n = binary.Uvarint(b); n > 0 {
		x.position, m = binary.Uvarint(b[n:])
	}
	if n <= 0 || m <= 0 {
		return copied{}, errors.New("cluster: a record of a copy is garbled")
	}
	x.incarnation = string(b[n+m:])
	return x, nil
}

// refresh has the copy take what was loaded from the engine. There is no mark: the copy
// has nothing that the engine lacks.
func (k *keeper) refresh(s *state) {
	k.do(func() {
		x := copied{s.incarnation, s.revision, s.last}
		var known copied
		value, err := k.c.records.Get(k.c.ctx, ofCopy, k.name)
		if err == nil && len(value) > 0 {
			known, err = decodeCopied(value)
		}
		if err != nil {
			k.c.log.Warn("it is not known how far a board's copy goes", "board", k.name, "err", err)
		}
		if known == x && !k.torn {
			return
		}
		after := known.position
		if known.incarnation != x.incarnation || known.revision != x.revision || k.torn {
			after, err = 0, nil
			if s.snapshot != nil {
				err = k.replace(nil, s.snapshot)
			}
		}
		var updates []byte
		for _, e := range s.entries {
			if e.Position > after && entryKind(e) == kindUpdates {
				updates = append(updates, e.Data[1:]...)
			}
		}
		if err == nil && len(updates) > 0 {
			err = k.append(updates)
		}
		if err != nil {
			k.torn = true
			k.c.log.Warn("a board's copy was not stored", "board", k.name, "err", err)
			return
		}
		k.torn = false
		k.note(x)
	})
}

// note is part of a task.
func (k *keeper) note(x copied) {
	if k.torn {
		x = copied{}
	}
	if err := k.c.records.Put(k.c.ctx, ofCopy, k.name, x.encode(), time.Time{}); err != nil {
		k.c.log.Warn("it was not stored how far a board's copy goes", "board", k.name, "err", err)
	}
}

// goesTo is a task: a room that has ended had all up to a point.
func (k *keeper) goesTo(at point) {
	k.mu.Lock()
	lacks := len(k.lag) > 0
	k.mu.Unlock()
	value, err := k.c.records.Get(k.c.ctx, ofCopy, k.name)
	if err != nil || lacks || len(value) == 0 {
		return // it will be seen when the board is loaded
	}
	if x, err := decodeCopied(value); err == nil && x.incarnation == at.incarnation && x.position < at.through {
		x.position = at.through
		k.note(x)
	}
}
