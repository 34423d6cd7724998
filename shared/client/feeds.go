package client

import (
	"errors"
	"slices"
	"time"

	"edgeboard/shared/feed"
	"edgeboard/shared/wire"
)

// Live data of the board: what the program wants to be told of, what came of it, and what
// it publishes.

const (
	// watchPause is between two Watches, at least: a part of what a relay answers without
	// delay (W92, W106).
	watchPause = 200 * time.Millisecond
	// doubtFor is how long feeds are held that the relay was asked to tell of again, and
	// does not. It is the same time for which Points that cannot be read are taken for what
	// was under way then.
	doubtFor = 10 * time.Second
	// maxPublishes bounds what was published and is not answered.
	maxPublishes = 1000
)

// feeds is what a Session knows of live data.
type feeds struct {
	all     feed.Feeds
	decoder feed.Decoder
	changed []string // at the last FeedsChanged

	want   wire.Watch
	told   wire.Watch // to the relay, on this connection
	toldAt time.Time
	forget bool      // the relay is to be told that nothing is watched, and then what is
	heedAt time.Time // before that, what cannot be read is no reason to do so
	more   bool
	dropAt time.Time // what is doubtful; the zero time: nothing is

	asks      uint32 // the number of the last Publish
	publishes []publish
	arrival   chan struct{} // closed when the Session is Live again; nil: nobody waits for it
}

// publish is one that the relay has not answered.
type publish struct {
	ask      uint32
	sent     time.Time
	answered func(*wire.Published)
}

// Feeds returns what the client has of the board's feeds: those that it watches. They are
// the Session's.
func (s *Session) Feeds() *feed.Feeds { return &s.feeds.all }

// ChangedFeeds returns the names of the feeds that FeedsChanged is about, while that is
// told: they have other points, are new, or are no more. They are sorted.
func (s *Session) ChangedFeeds() []string { return s.feeds.changed }

// MoreFeeds reports whether what the client watches means more feeds than the relay tells
// of.
func (s *Session) MoreFeeds() bool { return s.feeds.more }

// Watch says which live data the client wants to be told of from now on, in the place of
// what it said before: Feeds has it, and FeedsChanged tells. What means nothing, and what
// is beyond wire.MaxWants, is left out. It may be called as often as one likes: what has
// not changed is not sent again, and all else as often as the relay likes.
func (s *Session) Watch(w *wire.Watch) {
	f := &s.feeds
	want := wire.Watch{IntervalMS: w.IntervalMS, Digits: min(w.Digits, wire.MaxDigits)}
	for _, one := range w.List {
		if feed.ValidPattern(one.Feed) && len(want.List) < wire.MaxWants {
			want.List = append(want.List, one)
		}
	}
	if f.want = want; s.phase != Live {
		s.tellFeeds(f.all.Keep(want.List)) // otherwise when it is sent: it may be the same by then
	}
}

// same reports whether two Watches ask for the same.
func same(a, b *wire.Watch) bool {
	return len(a.List) == 0 && len(b.List) == 0 ||
		a.IntervalMS == b.IntervalMS && a.Digits == b.Digits && slices.Equal(a.List, b.List)
}

// watchAt returns when a Watch is to be sent, the zero time if none is.
func (s *Session) watchAt() time.Time {
	f := &s.feeds
	if s.phase != Live || !f.forget && same(&f.want, &f.told) {
		return time.Time{}
	}
	return f.toldAt.Add(watchPause)
}

// watchDue reports whether one is to be sent now.
func (s *Session) watchDue() bool {
	at := s.watchAt()
	return !at.IsZero() && !s.now.Before(at)
}

func (s *Session) appendWatch() {
	if !s.watchDue() {
		return
	}
	f := &s.feeds
	f.toldAt, f.more = s.now, false
	if f.forget {
		f.forget, f.told = false, wire.Watch{}
		s.say(&f.told)
		return
	}
	f.told = f.want // which Watch makes anew
	s.say(&f.told)
	s.tellFeeds(f.all.Keep(f.told.List))
}

func (s *Session) tellFeeds(changed []string) {
	if len(changed) > 0 {
		s.feeds.changed = changed
		s.tell(FeedsChanged)
		s.feeds.changed = nil
	}
}

// toldPoints takes live data.
func (s *Session) toldPoints(m *wire.Points) {
	f := &s.feeds
	batches, gone, err := f.decoder.Decode(m)
	if err != nil {
		f.decoder = feed.Decoder{}
		if !s.now.Before(f.heedAt) {
			f.forget, f.heedAt = true, s.now.Add(doubtFor) // W104
			s.doubt()
		}
		return
	}
	f.more = f.more || m.More
	s.tellFeeds(f.all.Take(batches, gone))
}

// feedsWelcomed begins anew with what the relay may not know.
func (s *Session) feedsWelcomed() {
	f := &s.feeds
	f.told = wire.Watch{}
	if f.toldAt.IsZero() { // otherwise what it tells goes on (W105)
		s.doubt()
	}
	s.publishesLost()
	if f.arrival != nil {
		close(f.arrival)
		f.arrival = nil
	}
}

// doubt has what there is dropped unless the relay tells of it again soon.
func (s *Session) doubt() {
	if s.feeds.all.Doubt() {
		s.feeds.dropAt = s.now.Add(doubtFor)
	}
}

// feedsLost tells that nothing comes any more. What there is stays.
func (s *Session) feedsLost() {
	f := &s.feeds
	f.decoder, f.told, f.toldAt, f.forget = feed.Decoder{}, wire.Watch{}, time.Time{}, false
	f.heedAt, f.dropAt, f.more = time.Time{}, time.Time{}, false
	s.publishesLost()
}

// tickFeeds drops what the relay does not tell of again, and counts as lost what it does
// not answer.
func (s *Session) tickFeeds() {
	f := &s.feeds
	if !f.dropAt.IsZero() && !s.now.Before(f.dropAt) {
		f.dropAt = time.Time{}
		s.tellFeeds(f.all.DropDoubtful())
	}
	for len(f.publishes) > 0 && !s.now.Before(f.publishes[0].sent.Add(askAgain)) {
		first := f.publishes[0]
		f.publishes = f.publishes[1:]
		first.answered(nil)
	}
}

// feedsAt returns when tickFeeds or appendWatch has something to do, the zero time if
// never.
func (s *Session) feedsAt() time.Time {
	f := &s.feeds
	at := earlier(s.watchAt(), f.dropAt)
	if len(f.publishes) > 0 {
		at = earlier(at, f.publishes[0].sent.Add(askAgain))
	}
	return at
}

// Errors of Publish.
var (
	ErrOffline = errors.New("client: the relay is not there")
	// ErrPublishes says that the relay, or the way to it, does not keep up.
	ErrPublishes = errors.New("client: too much is published that the relay has not answered: wait for it")
	// ErrTooMuch is of one Publish.
	ErrTooMuch = errors.New("client: so much is not published at once: at most 1000 points and 256 KiB")
)

// Publish sends points of a feed to the board, the oldest first; m.Ask and m.Board are
// left out of account. answered, unless it is nil, hears the relay's answer, in order, on
// the goroutine that calls the Session; or nil: it is not known whether the points were
// taken, since the connection was lost before that or the relay has said nothing for
// long. With an error, which is ErrOffline, ErrPublishes, ErrTooMuch or one of package
// feed, nothing is sent and nothing heard: live data is not kept for later.
func (s *Session) Publish(m *wire.Publish, answered func(*wire.Published)) error {
	f := &s.feeds
	switch {
	case !feed.ValidName(m.Feed):
		return feed.ErrName
	case len(m.Samples) > wire.MaxSamples:
		return ErrTooMuch
	case s.phase != Live:
		return ErrOffline
	}
	for i := range m.Samples {
		if err := (feed.Point{Number: m.Samples[i].Number, Text: m.Samples[i].Text}).Check(); err != nil {
			return err
		}
	}
	p := *m
	if p.Ask, p.Board = 0, ""; answered != nil {
		f.asks = max(f.asks+1, 1)
		p.Ask = f.asks
	}
	frame := wire.AppendFrame(nil, 0, &p)
	switch {
	case len(frame) > maxQueue:
		return ErrTooMuch
	case len(s.out)+len(frame) > 2*maxQueue || answered != nil && len(f.publishes) >= maxPublishes:
		return ErrPublishes
	}
	s.heart.speak()
	s.out = append(s.out, frame...)
	if answered != nil {
		f.publishes = append(f.publishes, publish{p.Ask, s.now, answered})
	}
	return nil
}

// published takes an answer. One to what nobody asks for any more is ignored.
func (s *Session) published(m *wire.Published) {
	f := &s.feeds
	at := slices.IndexFunc(f.publishes, func(p publish) bool { return p.ask == m.Ask })
	if at < 0 {
		return
	}
	one := f.publishes[at]
	f.publishes = slices.Delete(f.publishes, at, at+1)
	one.answered(m)
}

// publishesLost tells that nothing is answered any more.
func (s *Session) publishesLost() {
	list := s.feeds.publishes
	s.feeds.publishes = nil
	for _, p := range list {
		p.answered(nil)
	}
}
