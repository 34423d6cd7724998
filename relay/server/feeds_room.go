package server

import (
	"errors"

	"edgeboard/relay/feed"
	"edgeboard/relay/room"
	points "edgeboard/shared/feed"
	"edgeboard/shared/wire"
)

// FeedLimits bound the live data that a relay keeps.
type FeedLimits = feed.Limits

// feeds is live data for rooms: neither of the two knows the other.
type feeds struct {
	desk *feed.Desk
	*lookers
}

var _ room.Feeds = feeds{}

func (f feeds) Watch(board string, to room.FeedQueue, w *wire.Watch) {
	f.look(board, to, len(w.List) > 0)
	f.desk.Watch(board, to, w)
}

func (f feeds) Leave(board string, to room.FeedQueue) {
	f.look(board, to, false)
	f.desk.Leave(board, to)
}

func (f feeds) Publish(board string, p *wire.Publish) *wire.Published {
	if board == wire.StatusBoard {
		return &wire.Published{Why: wire.PublishedRight, Reason: errOnStatus.Error()}
	}
	batch := feed.Batch{Feed: p.Feed, Points: make([]points.Point, len(p.Samples))}
	for i, s := range p.Samples {
		batch.Points[i] = points.Point{Time: int64(s.Time), Number: s.Number, Text: s.Text}
	}
	return published(f.desk.Publish(board, batch))
}

// published is the answer to a Publish.
func published(err error) *wire.Published {
	wrong, ok := errors.AsType[*feed.Error](err)
	if !ok {
		return &wire.Published{}
	}
	return &wire.Published{Why: uint32(wrong.Why), Field: wrong.Field, Reason: wrong.Reason, RetryMS: uint32(wrong.Retry.Milliseconds())}
}
