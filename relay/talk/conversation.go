package talk

import (
	"context"
	"errors"
	"slices"
	"time"

	"edgeboard/relay/store/message"
	"edgeboard/shared/wire"
)

// said is a Say that waits.
type said struct {
	wire.Say
	who    Speaker
	answer func(frame []byte)
	late   bool   // whoever says it was told that it waits for a store that fails
	again  bool   // it was said before, while the relay was cut off
	clock  uint64 // what is stored of it has a stamp after this
}

// tellLate tells, once, that it waits for a store that fails.
func (s *said) tellLate() {
	if !s.late {
		s.late = true
		s.answer(nil)
	}
}

// conversation is one in which something waits to be stored. It has a goroutine, which
// ends when nothing does.
type conversation struct {
	where
	key string

	// Guarded by Talk.mu.
	waiting []said
	room    chan struct{} // closed when some of what waits was taken, or failing begins
	failing bool          // the store takes nothing now
	telling bool          // what is stored is being told
	heard   []Change      // by other relays meanwhile; told next
	told    chan struct{} // closed when heard was taken
}

// enqueue puts something into the queue of its conversation, once there is room.
func (t *Talk) enqueue(ctx context.Context, at where, s said) error {
	key := at.key()
	for {
		t.mu.Lock()
		if t.closed {
			t.mu.Unlock()
			return ErrClosed
		}
		c := t.open[key]
		if c == nil {
			c = &conversation{where: at, key: key, room: make(chan struct{}), told: make(chan struct{})}
			t.open[key] = c
			t.wg.Go(func() { t.run(c) })
		}
		if c.failing {
			s.tellLate()
		}
		if len(c.waiting) < maxWaiting {
			c.waiting = append(c.waiting, s)
			t.mu.Unlock()
			return nil
		}
		room := c.room
		t.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
			return ctx.Err()
		case <-t.closing:
			return ErrClosed
		}
	}
}

// run stores what waits, until nothing does.
func (t *Talk) run(c *conversation) {
	for {
		t.mu.Lock()
		if len(c.waiting) == 0 {
			delete(t.open, c.key)
			t.mu.Unlock()
			return
		}
		batch := c.waiting[:min(maxBatch, len(c.waiting))]
		c.waiting = c.waiting[len(batch):]
		c.wakeAll()
		t.mu.Unlock()
		t.store(c, batch)
	}
}

// wakeAll lets those look again who wait for room.
func (c *conversation) wakeAll() {
	close(c.room)
	c.room = make(chan struct{})
}

// store stores a batch and tells of it. What is not stored when Talk gives up is not
// answered.
func (t *Talk) store(c *conversation, batch []said) {
	for {
		r, refused, err := t.attempt(c, batch)
		switch {
		case errors.Is(err, ErrChanged):
			continue // once more, from what there is now
		case errors.Is(err, message.ErrTooLarge) && len(batch) > 1:
			t.store(c, batch[:len(batch)/2])
			t.store(c, batch[len(batch)/2:])
			return
		case err != nil:
			return
		}
		stored := 0
		for i, s := range batch {
			if why := refused[i]; why == later {
				t.putOff(c.where, s)
				continue
			} else if why != 0 {
				t.refuse(s.With, s.ID, why, s.answer)
				continue
			}
			stored++
			s.answer(wire.AppendFrame(nil, 0, &wire.Said{With: s.With, Stored: []wire.TextID{s.ID}}))
		}
		t.Metrics.Said(stored)
		t.tell(c.where, r.changed())
		t.tellHeard(c)
		return
	}
}

// later is in the place of a reason of a refusal: what it is about is not here, and may
// have been said on another relay that is not reached now.
const later = ^uint32(0)

// putOff takes something that was said into the queue again after a while, behind what
// others say meanwhile. Whoever says it knows that it waits.
func (t *Talk) putOff(at where, s said) {
	s.tellLate()
	t.wg.Go(func() {
		timer := time.NewTimer(putOffFor)
		defer timer.Stop()
		select {
		case <-timer.C:
			_ = t.enqueue(t.ctx, at, s) // or Talk is closed, and it is said again elsewhere
		case <-t.closing:
		}
	})
}

// attempt works out what a batch makes of the conversation as it is, and stores that.
// refused says of each why it is.
func (t *Talk) attempt(c *conversation, batch []said) (r round, refused []uint32, err error) {
	var ids [][16]byte
	for i := range batch {
		ids = append(ids, batch[i].ID)
		if about := batch[i].About; about != (wire.TextID{}) {
			ids = append(ids, about)
		}
	}
	load := func() error {
		messages, changes, clock, err := t.Store.Load(t.ctx, c.key, ids)
		if err != nil {
			return err
		}
		r = newRound(messages, changes, clock)
		if more := r.answered(batch); len(more) > 0 {
			// For whom it concerns.
			messages, _, _, err = t.Store.Load(t.ctx, c.key, more)
			r.know(messages)
		}
		return err
	}
	unsure := false
	err = t.persist(c, batch, func() error {
		err := load()
		if unsure = false; err == nil && t.Fresh != nil && r.lacks(batch) {
			if unsure = t.Fresh(t.ctx) != nil; !unsure {
				err = load() // it was said on another relay, just before
			}
		}
		return err
	})
	if err != nil {
		return r, nil, err
	}
	refused = make([]uint32, len(batch))
	for i := range batch {
		refused[i] = r.take(c.where, &batch[i], uint64(wire.StampAt(t.Now().UnixMilli())))
		if unsure && refused[i] == wire.RefusedAbout && r.known[batch[i].About] == nil {
			refused[i] = later
		}
	}
	change := r.change(c.key)
	if len(change.Messages) == 0 && len(change.Changes) == 0 {
		return r, refused, nil
	}
	if c.board == "" {
		change.Persons = [][16]byte{c.self, c.with}
		change.Names = []string{t.knownName(c.self), t.knownName(c.with)}
		for i := range batch {
			for k, p := range change.Persons {
				if batch[i].who.Person == p && batch[i].who.Name != "" {
					change.Names[k] = cut(batch[i].who.Name)
				}
			}
		}
	}
	r.concerns(c.where, c.key, func(of Concern) { t.Inboxes.Of(&change.Notices, of) })
	change.Noticed = t.Inboxes.Changed
	change.Again = slices.ContainsFunc(batch, func(s said) bool { return s.again })
	change.Says = func() [][]byte { return says(batch, refused, change.Clock) }
	err = t.persist(c, batch, func() error {
		result := make(chan error, 1)
		t.Store.Put(change, func(err error) {
			if err == nil {
				t.mu.Lock()
				c.telling = true
				t.mu.Unlock()
			}
			result <- err
		})
		return <-result
	})
	return r, refused, err
}

// persist does something with the store for a batch, again and again until it works.
// Meanwhile those who wait know that. The error is that Talk gives up, or one that says
// that the batch must be another one.
func (t *Talk) persist(c *conversation, batch []said, try func() error) error {
	for pause := retryFirst; ; pause = min(2*pause, retryMost) {
		err := try()
		if errors.Is(err, ErrChanged) || errors.Is(err, message.ErrTooLarge) && len(batch) > 1 {
			return err
		}
		if t.fails(c, batch, err != nil); err == nil {
			return nil
		}
		t.Metrics.StoreFailed(err)
		t.Log.Error("what was said is not stored yet", "conversation", c.key, "error", err)
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-t.ctx.Done():
			timer.Stop()
			return t.ctx.Err()
		}
	}
}

// fails notes whether the store fails, and tells those who wait when it begins to. That
// it is over their answers say.
func (t *Talk) fails(c *conversation, batch []said, failing bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if failing && !c.failing {
		for _, list := range [][]said{batch, c.waiting} {
			for i := range list {
				list[i].tellLate()
			}
		}
		c.wakeAll()
	}
	c.failing = failing
}

// tell tells messages, in the order of their stamps, to all whom they concern. They are
// encoded once for each side (R5).
func (t *Talk) tell(at where, texts []wire.Text) {
	for some := range pages(texts) {
		if at.board != "" {
			t.Audience.TellBoard(at.board, wire.AppendFrame(nil, 0, &wire.Said{Texts: some}))
			continue
		}
		t.Audience.TellPerson(at.self, wire.AppendFrame(nil, 0, &wire.Said{With: at.with, Texts: some}))
		t.Audience.TellPerson(at.with, wire.AppendFrame(nil, 0, &wire.Said{With: at.self, Texts: some}))
	}
}
