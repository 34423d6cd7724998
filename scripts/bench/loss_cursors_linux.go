package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"sync"
	"time"

	"edgeboard/shared/client"
)

// cursorsPart is what runs at the clients' end of a link: somebody points, and somebody watches. Both are in one process,
// so that there is one clock.
const cursorsPart = "loss, who points and who watches"

// cursorsSeen is what it prints.
type cursorsSeen struct {
	P50, P99    float64 // age of the cursor that is shown, ms
	Shown       float64 // part of the samples that were shown
	Messages    int     // of who points
	Datagrams   int
	Reconnected string // why a connection was lost, "" if none was
}

const (
	pointing  = time.Second / 60 // between two samples, as pages take them
	settling  = 2 * time.Second  // before it is measured: what a connection learns at first is not to be seen
	meeting   = 30 * time.Second // at most until both see each other
	whoPoints = "who points"
)

// samples are what was pointed at and when, and what was seen of it.
type samples struct {
	start time.Time

	mu   sync.Mutex
	made []time.Duration // since start, by number
	seen []sighting
	last int // the newest that was seen, -1 before
}

// A sample's place says its number: the pointer goes to the right all the time.
const (
	leftmost = 2000 // eighths of a board unit
	stride   = 11
)

// next makes a sample.
func (s *samples) next() (x, y int32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.made)
	s.made = append(s.made, time.Since(s.start))
	return leftmost + stride*int32(n), int32(3000 + 1500*math.Sin(float64(n)/20))
}

func (s *samples) shown(x int32) {
	now := time.Since(s.start)
	s.mu.Lock()
	defer s.mu.Unlock()
	n := int(x-leftmost) / stride
	if n <= s.last || n >= len(s.made) {
		return
	}
	s.last = n
	s.seen = append(s.seen, sighting{now, s.made[n]})
}

// watched reports whether a cursor was seen for the first time so long ago.
func (s *samples) watched(since time.Duration) bool {
	now := time.Since(s.start)
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.seen) > 0 && now-s.seen[0].shown >= since
}

// between returns what was seen from a time on until another.
func (s *samples) between(from, to time.Duration) (r cursorsSeen) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sorted := ages(s.seen, from, to)
	r.P50, r.P99 = ms(quantile(sorted, 0.5)), ms(quantile(sorted, 0.99))
	made, shown := 0, 0
	for _, at := range s.made {
		if from <= at && at < to {
			made++
		}
	}
	for _, at := range s.seen {
		if from <= at.shown && at.shown < to {
			shown++
		}
	}
	r.Shown = float64(shown) / float64(max(made, 1))
	return r
}

// pointAndWatch takes the relay's address, the transport and how many seconds.
func pointAndWatch(ctx context.Context, args []string, out *report) error {
	if len(args) != 3 {
		return fmt.Errorf("%d arguments", len(args))
	}
	seconds, err := strconv.ParseFloat(args[2], 64)
	if err != nil {
		return err
	}
	asking, cancel := context.WithTimeout(ctx, meeting)
	defer cancel()
	dial, err := dialer(asking, args[1], args[0])
	if err != nil {
		return err
	}
	s := &samples{start: time.Now(), last: -1}
	watcher := meet(ctx, dial, "loss", "who watches", func(session *client.Session, e client.Event) {
		if e != client.CursorsChanged {
			return
		}
		for _, m := range session.Members() {
			if m.Name == whoPoints && !m.Cursor.Hidden {
				s.shown(m.Cursor.X)
			}
		}
	})
	defer watcher.leave()
	pointer := meet(ctx, dial, "loss", whoPoints, func(*client.Session, client.Event) {})
	defer pointer.leave()

	lines := json.NewEncoder(out.stdout)
	var from time.Duration // 0 before it is measured
	var messages, datagrams int
	tick := time.NewTicker(pointing)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		x, y := s.next()
		if !pointer.link.Do(func(session *client.Session) { session.Point(x, y, false) }) {
			return fmt.Errorf("the link has ended: %w", pointer.leave())
		}
		now := time.Since(s.start)
		switch {
		case from == 0 && s.watched(settling):
			from = now
			messages, datagrams = pointer.sent.total()
			watcher.forget()
			pointer.forget()
			if err := lines.Encode(true); err != nil {
				return err
			}
		case from == 0 && now > meeting:
			return errors.Join(errors.New("who watches does not see who points"), pointer.leave(), watcher.leave())
		case from > 0 && now-from >= time.Duration(seconds*float64(time.Second)):
			r := s.between(from, now)
			messagesNow, datagramsNow := pointer.sent.total()
			r.Messages, r.Datagrams = messagesNow-messages, datagramsNow-datagrams
			if err := errors.Join(pointer.why(), watcher.why()); err != nil {
				r.Reconnected = err.Error()
			}
			return lines.Encode(r)
		}
	}
}
