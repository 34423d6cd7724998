package feed

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"edgeboard/shared/feed"
)

// maxQueue is how many points wait for a reader, from which on the older half is
// dropped.
const maxQueue = 4096

// reader is a Follow call. What it has is guarded by the shelf's mu.
type reader struct {
	pattern string
	queue   []Marked
	missed  bool
	wake    chan struct{} // something waits, or the Desk is closed
}

// errClosed ends a Follow call.
var errClosed = errors.New("the relay is shutting down")

// Follow tells what is published in the feeds that a pattern means, oldest first: what
// came after a mark, of 0 the last point of each, and then what comes. missed says that
// some that came before are no longer kept, or that the reader was too slow. It returns
// when ctx ends, when tell fails, or when the Desk is closed.
func (d *Desk) Follow(ctx context.Context, board, pattern string, after Mark, tell func(points []Marked, missed bool) error) error {
	s := d.take(board, true)
	if s == nil {
		return errClosed
	}
	defer d.drop(s)
	r := &reader{pattern: pattern, wake: make(chan struct{}, 1)}
	s.mu.Lock()
	s.readers[r] = struct{}{}
	points, missed := s.since(pattern, after)
	closed := s.closed
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.readers, r)
		s.mu.Unlock()
	}()
	for {
		if len(points) > 0 || missed {
			if err := tell(points, missed); err != nil {
				return err
			}
		}
		if closed {
			return errClosed
		}
		select {
		case <-r.wake:
		case <-ctx.Done():
			return ctx.Err()
		}
		s.mu.Lock()
		points, missed = r.queue, r.missed
		r.queue, r.missed = nil, false
		closed = s.closed
		s.mu.Unlock()
	}
}

// maxReplay is about how many points are told at once of what came before.
const maxReplay = 64 << 10

// since returns what was published after a mark, or the last point of each feed. Of
// many feeds it returns the last ones of each.
func (s *shelf) since(pattern string, after Mark) (points []Marked, missed bool) {
	oldest := s.desk.now().Add(-s.desk.limits.Age).UnixMilli()
	var meant []*kept
	for _, k := range s.list {
		if feed.Matches(pattern, k.name) {
			meant = append(meant, k)
		}
	}
	for _, k := range meant {
		k.forget(oldest)
		n := k.ring.Len()
		from := n - 1
		if after > 0 {
			from, _ = slices.BinarySearch(k.marks, after+1)
			missed = missed || k.lost > after
			if most := max(maxReplay/len(meant), 1); n-from > most {
				from, missed = n-most, true
			}
		}
		for i := max(from, 0); i < n; i++ {
			points = append(points, Marked{k.name, k.ring.At(i), k.marks[i]})
		}
	}
	slices.SortFunc(points, func(a, b Marked) int { return cmp.Compare(a.Mark, b.Mark) })
	return points, missed
}

// read hands points that were published to those who follow their feed.
func (s *shelf) read(k *kept, points []feed.Point) {
	for r := range s.readers {
		if !feed.Matches(r.pattern, k.name) {
			continue
		}
		if len(r.queue)+len(points) > maxQueue {
			r.queue, r.missed = slices.Clone(r.queue[len(r.queue)/2:]), true
		}
		// The last points have the last marks, and the ring the last points.
		n := min(len(points), len(k.marks), maxQueue/2)
		r.missed = r.missed || n < len(points)
		for i := range n {
			r.queue = append(r.queue, Marked{k.name, points[len(points)-n+i], k.marks[len(k.marks)-n+i]})
		}
		select {
		case r.wake <- struct{}{}:
		default: // it will find these too
		}
	}
}

func (s *shelf) close() {
	s.closed = true
	for r := range s.readers {
		select {
		case r.wake <- struct{}{}:
		default:
		}
	}
	if s.armed && s.timer.Stop() {
		s.armed = false
		s.desk.wg.Done()
	}
}
