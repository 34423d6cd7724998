package feed

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
	"time"

	"edgeboard/shared/feed"
	"edgeboard/shared/wire"
)

// Viewer is who watches feeds of a board: a connection. Its methods return at once.
type Viewer interface {
	// Tell queues an encoded frame. If too much of what it was told waits already, it
	// drops all of it but what it owes, and returns false. What is owed is queued in any
	// case.
	Tell(frame []byte, owed bool) bool
	// Caught reports whether nothing that it was told waits any more.
	Caught() bool
}

// Times and sizes of telling.
const (
	every     = 50 * time.Millisecond  // between two frames to a viewer, at least
	each      = 50 * time.Microsecond  // for each viewer of the board, if that is more
	slowly    = 200 * time.Millisecond // between looks at those who do not keep up
	maxEach   = time.Minute            // for an interval that a viewer asks for
	maxFrame  = 32 << 10               // bytes of a frame, about
	maxBegin  = 60_000                 // points of what was before, in answer to one Watch
	maxPoints = wire.MaxSamples        // of one feed, of what was before
)

// watching is the part of a shelf that tells viewers.
type watching struct {
	viewers map[Viewer]*viewer
	classes map[wishes]*class
	timer   *time.Timer // set while something is due
	due     time.Time   // of timer
	armed   bool
	renews  bool      // there are viewers to be told of new feeds, or of gone ones
	renewed time.Time // when they were told last
}

func newWatching() watching {
	return watching{viewers: map[Viewer]*viewer{}, classes: map[wishes]*class{}}
}

// wishes are how a viewer wants to be told. Those with the same ones are told the same of
// a feed.
type wishes struct {
	interval time.Duration
	digits   int
}

// class is the viewers with the same wishes.
type class struct {
	wishes
	told  map[*kept]*told // of feeds that somebody in it watches
	sets  map[string]*set // by the numbers of their feeds
	fresh bool            // something was published that is not told
	at    time.Time       // when something was told last
}

// told is what those of a class were told of a feed.
type told struct {
	users int // sets with the feed
	chain feed.Chain
	upTo  int64 // time of the last point; all that came later is to be told
	any   bool  // some point was told

	// Of the flush under way.
	run    feed.Run
	texts  []string
	points int // 0: it has nothing new
}

// set is feeds that viewers of a class watch, all the same ones.
type set struct {
	key     string
	feeds   []*kept // ascending by number
	viewers map[*viewer]struct{}
}

// viewer is who watches.
type viewer struct {
	to    Viewer
	list  []wire.Want
	class *class
	set   *set
	has   map[*kept]int // points that it wanted of what was before, of feeds that it was told of
	gone  []wire.Feed   // it is to be told that they are no more

	behind  bool        // it was not told something
	renew   bool        // there are feeds that it wants and was not told of, or gone ones
	pending *wire.Watch // to be answered when it has read what was told before
}

// waits reports whether the viewer is to be told something besides what is new.
func (v *viewer) waits() bool { return v.behind || v.renew || v.pending != nil }

// Watch tells a viewer of the feeds that w says, from now on, in the place of those that
// it was told of before.
func (d *Desk) Watch(board string, to Viewer, w *wire.Watch) {
	s := d.take(board, len(w.List) > 0)
	if s == nil {
		return
	}
	keep := false
	s.mu.Lock()
	v := s.viewers[to]
	switch {
	case v == nil && len(w.List) == 0 || s.closed:
	case v == nil:
		v = &viewer{to: to, has: map[*kept]int{}}
		s.viewers[to] = v
		keep = true
		d.metrics.Feeds(0, 1)
		s.watch(v, w)
	case v.pending != nil || !to.Caught():
		v.forget(w)
		v.pending = w
		s.arm(every)
	default:
		s.watch(v, w)
	}
	s.mu.Unlock()
	if !keep {
		d.drop(s)
	}
}

// Leave tells a viewer of nothing any more. It returns when the Desk has let go of it.
func (d *Desk) Leave(board string, to Viewer) {
	s := d.take(board, false)
	if s == nil {
		return
	}
	s.mu.Lock()
	v := s.viewers[to]
	if v != nil {
		s.unset(v)
		delete(s.viewers, to)
		d.metrics.Feeds(0, -1)
	}
	s.mu.Unlock()
	if v != nil {
		d.drop(s)
	}
	d.drop(s)
}

// forget takes note that a viewer has let go of what w leaves out: should it want that
// once more, it is told anew, also if w itself is never answered (W104).
func (v *viewer) forget(w *wire.Watch) {
	maps.DeleteFunc(v.has, func(k *kept, _ int) bool {
		return !slices.ContainsFunc(w.List, func(want wire.Want) bool { return feed.Matches(want.Feed, k.name) })
	})
}

// watch has a viewer told what it wants.
func (s *shelf) watch(v *viewer, w *wire.Watch) {
	v.pending, v.list = nil, w.List
	interval := min(time.Duration(w.IntervalMS)*time.Millisecond, maxEach)
	is := wishes{interval.Truncate(every), int(min(w.Digits, wire.MaxDigits))}
	c := s.classes[is]
	if c == nil {
		c = &class{wishes: is, told: map[*kept]*told{}, sets: map[string]*set{}}
		s.classes[is] = c
	}
	s.begin(v, c, true)
}

// begin tells a viewer what it wants and has not been told of, in answer to a Watch or
// because there are other feeds now.
func (s *shelf) begin(v *viewer, c *class, answer bool) {
	wants, more := s.resolve(v)
	feeds := make([]*kept, 0, len(wants))
	for k := range wants {
		feeds = append(feeds, k)
	}
	slices.SortFunc(feeds, func(a, b *kept) int { return cmp.Compare(a.number, b.number) })
	again := v.behind || v.class != c // what it has is not what others of the class have
	if v.class != nil && v.class.digits != c.digits {
		clear(v.has) // what it has was rounded otherwise
	}
	s.enset(v, c, feeds)
	v.behind, v.renew = false, false
	for k := range v.has {
		if _, wanted := wants[k]; !wanted {
			delete(v.has, k)
		}
	}
	now := s.desk.now()
	share := maxBegin / max(len(feeds), 1)
	out := owed{shelf: s, to: v.to, now: now.UnixMilli()}
	out.frame.Gone, v.gone = v.gone, nil
	out.frame.More = more && answer
	for _, k := range feeds {
		t, want := c.told[k], wants[k]
		had, ok := v.has[k]
		if ok && (had >= int(want.Points) || !answer) {
			if again {
				out.again(k, t)
			}
			continue
		}
		v.has[k] = int(want.Points)
		before := s.before(k, t, want, share, now)
		if len(before) == 0 {
			t.chain.Begin()
		}
		out.add(k, t.chain.Join(out.now, k.ring.Type(), before, c.digits), before, true)
	}
	out.send()
}

// before returns points of a feed that were told to the class, as many as somebody wants.
func (s *shelf) before(k *kept, t *told, want wire.Want, share int, now time.Time) []feed.Point {
	k.forget(now.Add(-s.desk.limits.Age).UnixMilli())
	if !t.any {
		return nil
	}
	since := now.UnixMilli() - int64(min(want.SpanMS, uint64(s.desk.limits.Age.Milliseconds())))
	if want.SpanMS == 0 {
		since = 0
	}
	to := k.ring.After(t.upTo)
	from := k.ring.After(since - 1)
	most := max(min(int(want.Points), maxPoints, share), 1)
	if from = min(from, to-1); from < 0 {
		return nil // the last one has become too old
	}
	if want.Points == 0 {
		from = to - 1
	}
	return fitting(feed.Thin(k.ring.Points(nil, from, to), most))
}

func appendTexts(texts []string, points []feed.Point) []string {
	for _, p := range points {
		if p.Text != "" {
			texts = append(texts, p.Text)
		}
	}
	return texts
}

// resolve returns the feeds that a viewer wants, and whether there are more than it may
// be told of.
func (s *shelf) resolve(v *viewer) (wants map[*kept]wire.Want, more bool) {
	wants = map[*kept]wire.Want{}
	add := func(k *kept, w wire.Want) {
		had, twice := wants[k]
		switch {
		case twice && had.Points >= w.Points:
		case !twice && len(wants) == wire.MaxFeeds:
			more = true
		default:
			wants[k] = w
		}
	}
	for _, w := range v.list {
		if k := s.feeds[w.Feed]; k != nil {
			add(k, w)
		} else if n := len(w.Feed); n > 0 && w.Feed[n-1] == '*' {
			for _, k := range s.list {
				if feed.Matches(w.Feed, k.name) {
					add(k, w)
				}
			}
		}
	}
	return wants, more
}

// enset puts a viewer among those of a class who watch the same feeds, and takes it out
// of where it was.
func (s *shelf) enset(v *viewer, c *class, feeds []*kept) {
	key := make([]byte, 0, 4*len(feeds))
	for _, k := range feeds {
		key = binary.BigEndian.AppendUint32(key, k.number)
	}
	of := c.sets[string(key)]
	if of == nil {
		of = &set{key: string(key), feeds: feeds, viewers: map[*viewer]struct{}{}}
		c.sets[of.key] = of
		for _, k := range feeds {
			t := c.told[k]
			if t == nil {
				// Nobody of the class has watched it: all of it counts as told.
				t = &told{}
				if p, ok := k.ring.Last(); ok {
					t.any, t.upTo = true, p.Time
					t.chain.Anew(p.Time, k.ring.Type(), []feed.Point{p}, c.digits)
				}
				c.told[k] = t
			}
			t.users++
		}
	}
	if of == v.set && c == v.class {
		return
	}
	of.viewers[v] = struct{}{}
	s.unset(v)
	v.set, v.class = of, c
}

// unset takes a viewer out of its set, if it is in one.
func (s *shelf) unset(v *viewer) {
	of, c := v.set, v.class
	if of == nil {
		return
	}
	v.set, v.class = nil, nil
	if delete(of.viewers, v); len(of.viewers) > 0 {
		return
	}
	delete(c.sets, of.key)
	for _, k := range of.feeds {
		if t := c.told[k]; t.users > 1 {
			t.users--
		} else {
			delete(c.told, k)
		}
	}
	if len(c.sets) == 0 {
		delete(s.classes, c.wishes)
	}
}

// appeared takes note of a new feed.
func (s *shelf) appeared(k *kept) {
	for _, v := range s.viewers {
		if slices.ContainsFunc(v.list, func(w wire.Want) bool { return feed.Matches(w.Feed, k.name) }) {
			v.renew, s.renews = true, true
		}
	}
}

// vanished takes note of a feed that is no more.
func (s *shelf) vanished(k *kept) {
	for _, v := range s.viewers {
		if _, has := v.has[k]; has {
			delete(v.has, k)
			v.renew, s.renews = true, true
			if v.gone = append(v.gone, wire.Feed{Number: k.number}); len(v.gone) > wire.MaxFeeds {
				v.gone = v.gone[1:] // then it looks like one of which nothing is heard
			}
		}
	}
}

// changed takes note of points that were published.
func (s *shelf) changed(k *kept) {
	for _, c := range s.classes {
		c.fresh = c.fresh || c.told[k] != nil
	}
}
