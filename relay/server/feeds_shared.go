package server

import (
	"context"
	"sync"
	"time"

	"edgeboard/relay/alarm"
	"edgeboard/relay/cluster"
	"edgeboard/relay/feed"
	live "edgeboard/shared/feed"
	"edgeboard/shared/wire"
)

// sharedDesk is the live data of a relay, for other relays.
type sharedDesk struct{ desk *feed.Desk }

var _ cluster.FeedDesk = sharedDesk{}

func (d sharedDesk) HearPoints(p *wire.Publish) {
	switch {
	case p.Board == wire.StatusBoard: // each relay's own
	case len(p.Samples) == 0:
		d.desk.Forget(p.Board, p.Feed)
	default:
		b := feed.Batch{Feed: p.Feed, Points: make([]live.Point, len(p.Samples))}
		for i, s := range p.Samples {
			b.Points[i] = live.Point{Time: int64(s.Time), Number: s.Number, Text: s.Text}
		}
		d.desk.Adopt(p.Board, b)
	}
}

func (d sharedDesk) AllPoints(f func(p *wire.Publish)) {
	d.desk.All(func(board string, b feed.Batch) {
		if board != wire.StatusBoard {
			eachPublish(board, b.Feed, b.Points, f)
		}
	})
}

// eachPublish makes messages of points.
func eachPublish(board, name string, points []live.Point, f func(p *wire.Publish)) {
	for len(points) > 0 {
		n := min(len(points), wire.MaxSamples)
		p := &wire.Publish{Board: board, Feed: name, Samples: make([]wire.Sample, n)}
		for i, x := range points[:n] {
			p.Samples[i] = wire.Sample{Time: uint64(x.Time), Number: x.Number, Text: x.Text}
		}
		points = points[n:]
		f(p)
	}
}

// shareFeeds begins to share live data, and gets what there is. It returns at once.
func (x *fellowship) shareFeeds(desk *feed.Desk) error {
	feeds, err := cluster.NewFeeds(x.engine, x.Relay(), sharedDesk{desk}, x.log)
	if err != nil {
		return err
	}
	x.feeds.Store(feeds)
	x.asked.Go(func() { feeds.Ask(x.ctx, x.findEldest) })
	return nil
}

// findEldest returns the relay that has lived longest, when there was time to hear of it.
func (x *fellowship) findEldest(ctx context.Context) string {
	select {
	case <-time.After(2 * time.Second): // heartbeats come each second
	case <-ctx.Done():
	}
	return x.Eldest()
}

// published tells other relays what was published here.
func (x *fellowship) published(board, name string, points []live.Point) {
	if feeds := x.feeds.Load(); feeds != nil {
		eachPublish(board, name, points, feeds.Tell)
	}
}

// forgot tells other relays that a feed was forgotten.
func (x *fellowship) forgot(board, name string) {
	if feeds := x.feeds.Load(); feeds != nil {
		feeds.Tell(&wire.Publish{Board: board, Feed: name})
	}
}

// rulesLast is after which a relay looks again whether the tiles of a board have changed,
// for which data comes to it: perhaps they have on another relay, where the board is open.
const rulesLast = 5 * time.Second

// stale is when boards were looked at last.
type stale struct {
	mu sync.Mutex
	at map[string]time.Time
}

// heard tells alarms that a board may have changed, now and then.
func (s *stale) heard(board string, alarms *alarm.Alarms) {
	now := time.Now()
	s.mu.Lock()
	due := now.Sub(s.at[board]) >= rulesLast
	if due {
		if s.at == nil || len(s.at) >= 10_000 {
			s.at = map[string]time.Time{}
		}
		s.at[board] = now
	}
	s.mu.Unlock()
	if due {
		alarms.Changed(board)
	}
}
