package feed

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"edgeboard/shared/feed"
)

// Desk keeps the feeds of all boards. Make one with New.
type Desk struct {
	limits  Limits
	metrics Metrics
	now     func() time.Time
	heard   func(board, name string, points []feed.Point)

	mark  atomic.Uint64 // of the last point
	feeds atomic.Int64  // of all boards

	mu     sync.Mutex
	boards map[string]*shelf
	closed bool
	wg     sync.WaitGroup // timers that have fired
}

// WithDefaults fills in what is not set. An operator who allows more of a board than of all
// allows as much of all.
func (l Limits) WithDefaults() Limits {
	for _, f := range []struct {
		v *int
		d int
	}{{&l.Feeds, 1000}, {&l.All, max(10_000, l.Feeds)}, {&l.Points, 1000}, {&l.Rate, 20_000}} {
		if *f.v <= 0 {
			*f.v = f.d
		}
	}
	if l.Age <= 0 {
		l.Age = time.Hour
	}
	return l
}

// New returns a Desk without feeds.
func New(cfg Config) *Desk {
	d := &Desk{limits: cfg.Limits.WithDefaults(), metrics: cfg.Metrics, now: cfg.Now, heard: cfg.Heard, boards: map[string]*shelf{}}
	d.mark.Store(uint64(Beginning))
	if d.metrics == nil {
		d.metrics = noMetrics{}
	}
	if d.now == nil {
		d.now = time.Now
	}
	return d
}

// Close ends all Follow calls, and tells nobody anything from then on.
func (d *Desk) Close() {
	d.mu.Lock()
	d.closed = true
	shelves := make([]*shelf, 0, len(d.boards))
	for _, s := range d.boards {
		shelves = append(shelves, s)
	}
	d.mu.Unlock()
	for _, s := range shelves {
		s.mu.Lock()
		s.close()
		s.mu.Unlock()
	}
	d.wg.Wait()
}

// shelf is the feeds of a board. Its mu guards all of it, and what hangs on it.
type shelf struct {
	desk *Desk
	name string
	uses int // guarded by desk.mu: calls and viewers that have it in hand

	mu      sync.Mutex
	feeds   map[string]*kept
	list    []*kept // ascending by number
	last    uint32  // number that was given
	saved   float64 // points that may be published at once, as of savedAt
	savedAt time.Time

	watching
	readers map[*reader]struct{}
	closed  bool
}

// kept is a feed.
type kept struct {
	name   string
	number uint32
	ring   *feed.Ring
	marks  []Mark // of the points in ring
	lost   Mark   // of the last point that is no longer there
	heard  int64  // when something was published, by the Desk's clock
	gone   bool   // it was forgotten
}

// push adds a point, which was checked.
func (k *kept) push(p feed.Point, m Mark) {
	k.ring.Push(p)
	k.marks = append(k.marks, m)
	k.cut()
}

// forget drops points that are older than a time.
func (k *kept) forget(before int64) {
	if k.ring.Forget(before) > 0 {
		k.cut()
		k.marks = slices.Clone(k.marks)
	}
}

// cut leaves the marks of those points that are there.
func (k *kept) cut() {
	if n := len(k.marks) - k.ring.Len(); n > 0 {
		k.lost = k.marks[n-1]
		k.marks = k.marks[n:]
	}
}

// take returns the shelf of a board, which is there until it is given back by drop; nil:
// there is none and none is to be made, or the Desk is closed.
func (d *Desk) take(board string, create bool) *shelf {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.boards[board]
	if s == nil {
		if !create || d.closed {
			return nil
		}
		s = &shelf{
			desk: d, name: board, feeds: map[string]*kept{}, readers: map[*reader]struct{}{}, watching: newWatching(),
			saved: float64(d.limits.Rate) * burst, savedAt: d.now(),
		}
		d.boards[board] = s
	}
	s.uses++
	return s
}

// drop gives a shelf back. One that nobody uses and that has no feeds is no more.
func (d *Desk) drop(s *shelf) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s.uses--; s.uses > 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.feeds) == 0 {
		delete(d.boards, s.name)
	}
}

// burst is for how many seconds points may be saved up.
const burst = 10

// Publish takes points on a board, all of them or none; then the error is an *Error. A
// point without a time is at the Desk's clock, or just after the one before it.
func (d *Desk) Publish(board string, batches ...Batch) error {
	s := d.take(board, true)
	if s == nil {
		return &Error{Why: Most, Field: "board", Index: -1, Reason: "the relay is shutting down", Retry: time.Second}
	}
	defer d.drop(s)
	s.mu.Lock()
	now := d.now()
	taken, err := s.check(now, batches)
	if err == nil {
		s.publish(now, taken)
	}
	s.mu.Unlock()
	if err != nil {
		d.metrics.Refused(err.Why)
		return err
	}
	n := 0
	for _, t := range taken {
		n += len(t.points)
		if d.heard != nil {
			d.heard(board, t.name, t.points)
		}
	}
	d.metrics.Published(n)
	return nil
}

// taken is what is published of one feed: checked, and with times.
type taken struct {
	name   string
	feed   *kept // nil: it is new
	typ    feed.Type
	points []feed.Point
}

// check says what is wrong with points, or what to do with them.
func (s *shelf) check(now time.Time, batches []Batch) ([]taken, *Error) {
	var all []taken
	at := map[string]int{}
	fresh, count := 0, 0
	oldest, newest := now.Add(-s.desk.limits.Age).UnixMilli(), now.Add(Ahead).UnixMilli()
	for _, b := range batches {
		wrong := func(why Why, field string, index int, reason string) *Error {
			return &Error{Why: why, Field: field, Feed: b.Feed, Index: index, Reason: reason}
		}
		if !feed.ValidName(b.Feed) {
			return nil, wrong(Value, "feed", -1, feed.ErrName.Error())
		}
		i, twice := at[b.Feed]
		if !twice {
			i = len(all)
			at[b.Feed] = i
			t := taken{name: b.Feed, feed: s.feeds[b.Feed]}
			if t.feed != nil {
				t.typ = t.feed.ring.Type()
			}
			all = append(all, t)
		}
		t := &all[i]
		last := int64(math.MinInt64)
		if n := len(t.points); n > 0 {
			last = t.points[n-1].Time
		} else if t.feed != nil {
			if p, ok := t.feed.ring.Last(); ok {
				last = p.Time
			}
		}
		t.points = slices.Grow(t.points, len(b.Points))
		for j, p := range b.Points {
			if err := p.Check(); err != nil {
				return nil, wrong(Value, "value", j, err.Error())
			}
			if t.typ == 0 {
				t.typ = p.Type()
			}
			if t.typ != p.Type() {
				return nil, wrong(Value, "value", j, fmt.Sprintf("the feed has %s, and this is none; delete the feed to begin it anew", typeNames[t.typ]))
			}
			if p.Time == 0 {
				if p.Time = max(now.UnixMilli(), last+1); p.Time > newest {
					e := wrong(Most, "samples", j, "points without a time come faster than one a millisecond")
					e.Retry = time.Second
					return nil, e
				}
			}
			switch {
			case p.Time > newest:
				return nil, wrong(Value, "time", j, fmt.Sprintf("the time is more than %v ahead of the relay's clock, which says %d", Ahead, now.UnixMilli()))
			case p.Time < oldest:
				return nil, wrong(Value, "time", j, fmt.Sprintf("the time is more than %v ago, and older points are not kept", s.desk.limits.Age))
			case p.Time <= last:
				return nil, wrong(Order, "time", j, fmt.Sprintf("the point is not newer than the last one, which is at %d", last))
			}
			last = p.Time
			t.points = append(t.points, p)
		}
		if count += len(b.Points); t.feed == nil && !twice && len(t.points) > 0 {
			fresh++
		}
	}
	all = slices.DeleteFunc(all, func(t taken) bool { return len(t.points) == 0 })
	if wait := s.mayPublish(count, now); wait > 0 {
		return nil, &Error{Why: Most, Field: "samples", Index: -1, Reason: fmt.Sprintf("a board takes %d points a second", s.desk.limits.Rate), Retry: wait}
	}
	if fresh > 0 && !s.room(fresh, now) {
		first := all[slices.IndexFunc(all, func(t taken) bool { return t.feed == nil })]
		return nil, &Error{Why: Most, Field: "feed", Feed: first.name, Index: -1, Reason: fmt.Sprintf("there are as many feeds as there may be: %d on a board, %d on the relay", s.desk.limits.Feeds, s.desk.limits.All)}
	}
	s.saved -= float64(count)
	return all, nil
}

var typeNames = map[feed.Type]string{feed.Numbers: "numbers", feed.Texts: "texts"}

// mayPublish returns how long to wait until so many points may be published.
func (s *shelf) mayPublish(n int, now time.Time) time.Duration {
	rate := float64(s.desk.limits.Rate)
	s.saved = min(s.saved+max(now.Sub(s.savedAt), 0).Seconds()*rate, rate*burst)
	s.savedAt = now
	// More than can ever be saved is taken when all of it was.
	lacks := min(float64(n), rate*burst) - s.saved
	return max(time.Duration(math.Ceil(lacks/rate*1e9)), 0)
}

// forgotten is how long after its last point a feed is kept that has none.
const forgotten = 24 * time.Hour

// room reports whether so many more feeds may be, and counts them then. It makes room by
// feeds of which nothing was heard for long.
func (s *shelf) room(n int, now time.Time) bool {
	d := s.desk
	if len(s.feeds)+n > d.limits.Feeds {
		old := now.Add(-d.limits.Age - forgotten).UnixMilli()
		for _, k := range slices.Clone(s.list) {
			if k.heard < old {
				s.remove(k)
			}
		}
	}
	if len(s.feeds)+n > d.limits.Feeds {
		return false
	}
	if d.feeds.Add(int64(n)) > int64(d.limits.All) {
		d.feeds.Add(int64(-n))
		return false
	}
	return true
}

// publish takes what was checked.
func (s *shelf) publish(now time.Time, all []taken) {
	for i := range all {
		t := &all[i]
		k := t.feed
		if k == nil {
			s.last++
			k = &kept{name: t.name, number: s.last, ring: feed.NewRing(t.typ, s.desk.limits.Points)}
			s.feeds[k.name] = k
			s.list = append(s.list, k)
			s.desk.metrics.Feeds(1, 0)
		}
		k.heard = now.UnixMilli()
		for _, p := range t.points {
			k.push(p, Mark(s.desk.mark.Add(1)))
		}
		k.forget(now.Add(-s.desk.limits.Age).UnixMilli())
		if t.feed == nil {
			s.appeared(k)
		}
		s.read(k, t.points)
		s.changed(k)
	}
	s.schedule(now)
}

// remove takes a feed off the shelf.
func (s *shelf) remove(k *kept) {
	k.gone = true
	delete(s.feeds, k.name)
	s.list = slices.DeleteFunc(s.list, func(o *kept) bool { return o == k })
	s.desk.feeds.Add(-1)
	s.desk.metrics.Feeds(-1, 0)
	s.vanished(k)
}

// Forget removes a feed, and reports whether there was one.
func (d *Desk) Forget(board, name string) bool {
	s := d.take(board, false)
	if s == nil {
		return false
	}
	defer d.drop(s)
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.feeds[name]
	if k == nil {
		return false
	}
	s.remove(k)
	s.schedule(d.now())
	return true
}

// List returns what feeds a board has, by their names.
func (d *Desk) List(board string) []Info {
	s := d.take(board, false)
	if s == nil {
		return nil
	}
	defer d.drop(s)
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Info, 0, len(s.list))
	for _, k := range s.list {
		list = append(list, s.info(k))
	}
	slices.SortFunc(list, func(a, b Info) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// info drops what is too old before it tells what there is.
func (s *shelf) info(k *kept) Info {
	k.forget(s.desk.now().Add(-s.desk.limits.Age).UnixMilli())
	last, _ := k.ring.Last()
	return Info{k.name, k.ring.Type(), k.ring.Len(), last}
}

// Points returns the points of a feed that are newer than since, the last most of them
// at most; false: there is no such feed.
func (d *Desk) Points(board, name string, since int64, most int) (Info, []feed.Point, bool) {
	s := d.take(board, false)
	if s == nil {
		return Info{}, nil, false
	}
	defer d.drop(s)
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.feeds[name]
	if k == nil {
		return Info{}, nil, false
	}
	info := s.info(k)
	n := k.ring.Len()
	return info, k.ring.Points(nil, max(k.ring.After(since), n-most), n), true
}

// noMetrics is for who does not listen.
type noMetrics struct{}

func (noMetrics) Published(int)  {}
func (noMetrics) Refused(Why)    {}
func (noMetrics) Told(int, int)  {}
func (noMetrics) Conflated()     {}
func (noMetrics) Feeds(int, int) {}
