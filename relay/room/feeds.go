package room

import (
	"time"

	"edgeboard/shared/wire"
)

// Feeds is the live data of all boards. Its methods are called from many goroutines; what
// concerns one member from one at a time. They return at once.
type Feeds interface {
	// Watch has a member told of the feeds that w says, in the place of others before;
	// w is its own from then on.
	Watch(board string, to FeedQueue, w *wire.Watch)
	// Leave tells a member of nothing any more. It is called once for each that has
	// watched.
	Leave(board string, to FeedQueue)
	// Publish takes points, or says why not.
	Publish(board string, p *wire.Publish) *wire.Published
}

// FeedQueue is where a member's live data waits. Its methods return at once.
type FeedQueue interface {
	// Tell queues an encoded Points, which is not written to any more. If too much waits
	// it drops all that is not owed, and returns false.
	Tell(frame []byte, owed bool) bool
	// Caught reports whether nothing waits any more.
	Caught() bool
}

// takeFeeds handles a frame for Feeds, on the member's own goroutine. Where there are no
// Feeds nothing is ever told.
func (m *member) takeFeeds(f wire.Frame) error {
	if !m.welcomed.Load() {
		return &denial{code: wire.CodeOrder, reason: "live data comes after Welcome"}
	}
	feeds := m.hub.feeds
	if f.Kind == wire.KindWatch {
		w := new(wire.Watch)
		if err := w.Parse(f.Body); err != nil {
			return err
		}
		if feeds != nil {
			m.watches = m.watches || len(w.List) > 0
			apart(func() { feeds.Watch(m.board, m.out, w) })
		}
		return m.pause(m.asking.spend(1, time.Now()))
	}
	var p wire.Publish
	if err := p.Parse(f.Body); err != nil {
		return err
	}
	answer := &wire.Published{Why: wire.PublishedNoFeed, Reason: "this relay takes no live data"}
	switch {
	case feeds == nil:
	case !m.grant.Feeds:
		answer = &wire.Published{Why: wire.PublishedRight, Reason: "the token does not allow to publish live data"}
	default:
		apart(func() { answer = feeds.Publish(m.board, &p) })
	}
	if answer.Ask = p.Ask; answer.Ask != 0 || answer.Why != 0 {
		m.out.push(time.Now(), wire.AppendFrame(nil, 0, answer))
	}
	return nil
}

// unwatch ends what the member has watched.
func (m *member) unwatch() {
	if m.watches {
		m.hub.feeds.Leave(m.board, m.out)
	}
}
