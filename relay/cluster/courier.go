package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"edgeboard/shared/wire"
)

// One relay at a time delivers what is due: it holds the lease "courier". When it ends, or
// is cut off, another one takes the lease after LeaseTime at the most. What was sent and
// not stored by then is sent twice.

const (
	courierLease = "courier"
	courierEvery = 3 * time.Second
	// looksWithin is how long it is waited for a relay to say that somebody looks there.
	looksWithin = 300 * time.Millisecond
)

// courier is whether this relay delivers.
type courier struct {
	until atomic.Int64 // nanoseconds since 1970; 0: no
}

func (c *courier) is() bool { return time.Now().UnixNano() < c.until.Load() }

// deliver holds the lease when it can.
func (s *Speech) deliver() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-s.c.ctx.Done():
			if s.courier.until.Swap(0) != 0 {
				ctx, cancel := context.WithTimeout(context.Background(), CallTimeout)
				_ = s.c.engine.Release(ctx, courierLease, s.c.name) // it ends by itself otherwise
				cancel()
			}
			return
		}
		ctx, cancel := context.WithTimeout(s.c.ctx, CallTimeout)
		begun := time.Now()
		has, err := s.c.engine.Hold(ctx, courierLease, s.c.name)
		cancel()
		switch {
		case err != nil: // it has it for as long as it was told
		case !has:
			s.courier.until.Store(0)
		default:
			had := s.courier.is()
			// Before another one may have it, what was sent is to be stored.
			s.courier.until.Store(begun.Add(LeaseTime - CallTimeout).UnixNano())
			if !had {
				s.hear.Due()
			}
		}
		timer.Reset(courierEvery)
	}
}

// looks asks other relays whether somebody looks at a board there.
type looks struct {
	messages LocalMessages

	mu      sync.Mutex
	last    uint64
	waiting map[uint64]chan struct{}
}

// looksAsk is a question on the subject "looks", and looksYes the answer, if it is yes, on
// "looks." and the name of the relay that asks.
type looksAsk struct {
	Relay  string      `json:"relay"`
	Number uint64      `json:"number"`
	Person wire.Person `json:"person"`
}

type looksYes struct {
	Number uint64 `json:"number"`
}

// listen begins to answer, and to hold the lease.
func (s *Speech) listen() error {
	s.looks.waiting = map[uint64]chan struct{}{}
	_, err := s.c.engine.Subscribe("looks", func(data []byte) {
		var q looksAsk
		if json.Unmarshal(data, &q) != nil || q.Relay == s.c.name || !plain(q.Relay) || q.Relay == "" || !s.hear.Looks(q.Person) {
			return
		}
		if b, err := json.Marshal(looksYes{q.Number}); err == nil {
			_ = s.c.engine.Publish("looks."+q.Relay, b) // it may be lost
		}
	})
	if err == nil {
		_, err = s.c.engine.Subscribe("looks."+s.c.name, func(data []byte) {
			var yes looksYes
			if json.Unmarshal(data, &yes) != nil {
				return
			}
			s.looks.mu.Lock()
			defer s.looks.mu.Unlock()
			if waits := s.looks.waiting[yes.Number]; waits != nil {
				poke(waits)
			}
		})
	}
	if err != nil {
		return fmt.Errorf("cluster: listening to questions: %w", err)
	}
	s.c.wg.Go(s.deliver)
	return nil
}

// Looks reports whether somebody of a person looks at a board, on whatever relay. It waits
// for others a moment: who does not answer has nobody.
func (s *Speech) Looks(ctx context.Context, person wire.Person) bool {
	if s.hear.Looks(person) {
		return true
	}
	l := &s.looks
	yes := make(chan struct{}, 1)
	l.mu.Lock()
	l.last++
	number := l.last
	l.waiting[number] = yes
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		delete(l.waiting, number)
		l.mu.Unlock()
	}()
	b, err := json.Marshal(looksAsk{s.c.name, number, person})
	if err != nil || s.c.engine.Publish("looks", b) != nil {
		return false
	}
	timer := time.NewTimer(looksWithin)
	defer timer.Stop()
	select {
	case <-yes:
		return true
	case <-timer.C:
	case <-ctx.Done():
	case <-s.c.ctx.Done():
	}
	return false
}
