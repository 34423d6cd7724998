package feed

import (
	"math"
	"slices"

	"edgeboard/shared/feed"
)

// Adopt takes points that another relay has taken, and returns how many of them are new
// here. What Publish would refuse is left out: points that are not newer than the last
// one, of another type than the feed has, or too old, and feeds for which there is no
// room. It does not call Config.Heard: who took them first warns people.
func (d *Desk) Adopt(board string, batches ...Batch) (points int) {
	s := d.take(board, true)
	if s == nil {
		return 0
	}
	defer d.drop(s)
	s.mu.Lock()
	defer s.mu.Unlock()
	now := d.now()
	oldest, newest := now.Add(-d.limits.Age).UnixMilli(), now.Add(Ahead).UnixMilli()
	for _, b := range batches {
		if !feed.ValidName(b.Feed) {
			continue
		}
		t := taken{name: b.Feed, feed: s.feeds[b.Feed]}
		last := int64(math.MinInt64)
		if t.feed != nil {
			t.typ = t.feed.ring.Type()
			if p, ok := t.feed.ring.Last(); ok {
				last = p.Time
			}
		}
		for _, p := range b.Points {
			if p.Time <= last || p.Time < oldest || p.Time > newest || p.Check() != nil || t.typ != 0 && t.typ != p.Type() {
				continue
			}
			t.typ, last = p.Type(), p.Time
			t.points = append(t.points, p)
		}
		if len(t.points) == 0 || t.feed == nil && !s.room(1, now) {
			continue
		}
		s.publish(now, []taken{t})
		points += len(t.points)
	}
	return points
}

// All calls f with all that is kept: the points of each feed, the oldest first. f may use
// the Desk.
func (d *Desk) All(f func(board string, b Batch)) {
	d.mu.Lock()
	names := make([]string, 0, len(d.boards))
	for name := range d.boards {
		names = append(names, name)
	}
	d.mu.Unlock()
	slices.Sort(names)
	for _, board := range names {
		for _, info := range d.List(board) {
			if _, points, ok := d.Points(board, info.Name, math.MinInt64, d.limits.Points); ok && len(points) > 0 {
				f(board, Batch{info.Name, points})
			}
		}
	}
}
