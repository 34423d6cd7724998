package cluster

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"edgeboard/shared/wire"
)

// Live data is told to all relays, each of which keeps the last points of every feed: it
// answers for any board at once, and a viewer who changes over to another relay finds
// the same. What is published within feedsEvery goes together. It is not stored, and
// what does not reach a relay is lost there (R3).
const (
	feedsEvery = 20 * time.Millisecond
	feedsPiece = 64 << 10 // bytes of one message, about
	feedsMost  = 1 << 20  // bytes that wait to be told; beyond it what is new is dropped
	// feedsWait is how long a relay that starts waits for what another one has.
	feedsWait = 2 * time.Second
	feedsHeld = 4 << 20 // bytes of what is told meanwhile
)

const subjectFeeds = "feeds"

// FeedDesk keeps the live data of a relay. Its methods return at once.
type FeedDesk interface {
	// HearPoints takes points that another relay has taken, or, without any, that the
	// feed was forgotten.
	HearPoints(p *wire.Publish)
	// AllPoints calls f with all that is kept. f keeps nothing.
	AllPoints(f func(p *wire.Publish))
}

// Feeds passes live data between relays. Make one with NewFeeds.
type Feeds struct {
	engine Engine
	relay  string
	desk   FeedDesk
	log    *slog.Logger
	stops  []func()

	mu      sync.Mutex
	closed  bool
	waits   []byte // encoded, without the relay's name
	dropped int
	timer   *time.Timer
	armed   bool
	// asking is while another relay is asked for what it has: what is told meanwhile
	// waits, since older points are not taken after newer ones.
	asking bool
	held   [][]byte
	bytes  int
	ended  chan struct{} // closed when all of the answer has come
}

// NewFeeds begins to pass on what other relays take to a desk, and what Tell is given to
// them. It must be closed.
func NewFeeds(engine Engine, relay string, desk FeedDesk, log *slog.Logger) (*Feeds, error) {
	f := &Feeds{engine: engine, relay: relay, desk: desk, log: log}
	f.timer = time.AfterFunc(time.Hour, f.flush)
	f.timer.Stop()
	for _, s := range []struct {
		subject string
		hear    func([]byte)
	}{{subjectFeeds, f.hear}, {subjectFeeds + ".to." + relay, f.answered}, {subjectFeeds + ".of." + relay, f.asked}} {
		stop, err := engine.Subscribe(s.subject, s.hear)
		if err != nil {
			f.Close()
			return nil, err
		}
		f.stops = append(f.stops, stop)
	}
	return f, nil
}

// Close ends it.
func (f *Feeds) Close() {
	f.mu.Lock()
	f.closed = true
	f.timer.Stop()
	f.mu.Unlock()
	for _, stop := range f.stops {
		stop()
	}
}

// Tell has the other relays told points that this one has taken, with their times, or,
// without points, that a feed was forgotten. It returns at once and keeps nothing.
func (f *Feeds) Tell(p *wire.Publish) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.closed:
		return
	case len(f.waits) > feedsMost:
		f.dropped++
		return
	}
	f.waits = wire.AppendBytes(f.waits, p.Append(nil))
	if !f.armed {
		f.armed = true
		f.timer.Reset(feedsEvery)
	}
}

// flush tells what waits.
func (f *Feeds) flush() {
	f.mu.Lock()
	waits, dropped := f.waits, f.dropped
	f.waits, f.dropped, f.armed = nil, 0, false
	f.mu.Unlock()
	if dropped > 0 {
		f.log.Warn("live data comes faster than other relays are told of it", "dropped", dropped)
	}
	for piece := range pieces(waits) {
		// Lost while the engine is not reached, as all that is not stored.
		_ = f.engine.Publish(subjectFeeds, append(wire.AppendBytes(nil, f.relay), piece...))
	}
}

// pieces cuts what is encoded into messages.
func pieces(b []byte) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for begin, rest := b, b; len(begin) > 0; {
			_, next, err := wire.Bytes(rest)
			if err != nil {
				return
			}
			rest = next
			if n := len(begin) - len(rest); n >= feedsPiece || len(rest) == 0 {
				if !yield(begin[:n]) {
					return
				}
				begin = rest
			}
		}
	}
}

// hear takes what a relay tells.
func (f *Feeds) hear(data []byte) {
	from, rest, err := wire.Bytes(data)
	if err != nil || string(from) == f.relay {
		return
	}
	f.mu.Lock()
	if f.asking {
		if f.bytes += len(rest); f.bytes <= feedsHeld {
			f.held = append(f.held, rest)
		}
		f.mu.Unlock()
		return
	}
	f.mu.Unlock()
	f.take(rest)
}

// take gives what is encoded to the desk: of each feed in the order of the times, since
// those who publish one together are told in any order.
func (f *Feeds) take(b []byte) {
	var list []*wire.Publish
	of := map[[2]string]*wire.Publish{}
	for len(b) > 0 {
		body, rest, err := wire.Bytes(b)
		p := new(wire.Publish)
		if err == nil {
			err = p.Parse(body)
		}
		if err != nil {
			f.log.Debug("live data of another relay is garbled", "err", err)
			return
		}
		b = rest
		key := [2]string{p.Board, p.Feed}
		if same := of[key]; same != nil && len(p.Samples) > 0 {
			same.Samples = append(same.Samples, p.Samples...)
			continue
		}
		list = append(list, p)
		if of[key] = p; len(p.Samples) == 0 {
			delete(of, key) // what comes after it begins anew
		}
	}
	for _, p := range list {
		slices.SortStableFunc(p.Samples, func(a, b wire.Sample) int { return cmp.Compare(a.Time, b.Time) })
		f.desk.HearPoints(p)
	}
}

// Ask gets what another relay has, which find returns the name of when it knows one
// (empty: there is none), and waits until that has come, for feedsWait at most.
func (f *Feeds) Ask(ctx context.Context, find func(context.Context) string) {
	ended := make(chan struct{})
	f.mu.Lock()
	f.asking, f.ended = true, ended
	f.mu.Unlock()
	if peer := find(ctx); peer != "" {
		ctx, cancel := context.WithTimeout(ctx, feedsWait)
		defer cancel()
		if err := f.engine.Publish(subjectFeeds+".of."+peer, []byte(f.relay)); err == nil {
			select {
			case <-ended:
			case <-ctx.Done():
				f.log.Warn("another relay did not tell its live data: what was published before is missing here", "relay", peer)
			}
		}
	}
	for {
		f.mu.Lock()
		held := f.held
		f.held = nil
		if len(held) == 0 {
			f.asking, f.ended, f.bytes = false, nil, 0
			f.mu.Unlock()
			return
		}
		f.mu.Unlock()
		for _, b := range held {
			f.take(b)
		}
	}
}

// asked answers a relay with all that there is.
func (f *Feeds) asked(data []byte) {
	subject := subjectFeeds + ".to." + string(data)
	go func() {
		var b []byte
		f.desk.AllPoints(func(p *wire.Publish) {
			if b = wire.AppendBytes(b, p.Append(nil)); len(b) >= feedsPiece {
				_ = f.engine.Publish(subject, b)
				b = nil
			}
		})
		if len(b) > 0 {
			_ = f.engine.Publish(subject, b)
		}
		_ = f.engine.Publish(subject, []byte{}) // that was all
	}()
}

// answered takes a part of an answer; an empty one is the end.
func (f *Feeds) answered(data []byte) {
	if len(data) > 0 {
		f.take(data)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended != nil {
		close(f.ended)
		f.ended = nil
	}
}
