package cluster

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"edgeboard/relay/store/message"
)

// speechPart is a part of what people say, in a snapshot of the Journal. The first one says
// where in the Journal the last Step stands that the store had: later ones are applied,
// those before are in it.
type speechPart struct {
	Applied *uint64 `json:",omitempty"`
	message.Step
}

func (s *Speech) dump(ctx context.Context, each func(any) error) error {
	err := s.local.Whole(ctx, s.c.journal.name(),
		func(at uint64) error { return each(speechPart{Applied: &at}) },
		func(step message.Step) error { return each(speechPart{Step: step}) })
	if err != nil {
		return fmt.Errorf("what people have said: %w", err)
	}
	return nil
}

func (s *Speech) empty(ctx context.Context) (bool, error) {
	err := s.local.Kept(ctx, func(message.Step) error { return errSomething })
	if errors.Is(err, errSomething) {
		return false, nil
	}
	return err == nil, err
}

// partKey is that of an entry of a part of a store.
func partKey(step *message.Step) string {
	if step.Talk != nil {
		return "t/" + step.Talk.Key
	}
	return inboxKey(step.Inbox.Person)
}

// see remembers a part that the Journal has. What is to be delivered is not given to an
// engine that has lost its data, and makes no other part of it.
func (s *Speech) see(do []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.seen) < mostSeen {
		s.seen[sha256.Sum256(do)] = true
	}
}

// speechLoader has the store have what a state says.
type speechLoader struct {
	s       *Speech
	l       loading
	applied *uint64
	clocks  map[string]uint64 // of the conversations that there were; nil: nobody is told
	wg      sync.WaitGroup
	some    int

	mu  sync.Mutex
	err error
}

func (s *Speech) load(ctx context.Context, l loading) (loader, error) {
	t := &speechLoader{s: s, l: l}
	s.mu.Lock()
	clear(s.seen)
	s.mu.Unlock()
	if !l.whole {
		return t, s.local.TakeBack(ctx)
	}
	clocks, err := s.local.Reset(ctx)
	if s.clocks == nil {
		s.clocks = clocks // what is tried again finds no more than a part
	}
	if len(s.clocks) > 0 {
		t.clocks = s.clocks
	}
	return t, err
}

func (t *speechLoader) take(_ context.Context, do json.RawMessage) error {
	var part speechPart
	if err := json.Unmarshal(do, &part); err != nil {
		return fmt.Errorf("what people have said, as the state has it: %w", err)
	}
	step := part.Step
	switch {
	case part.Applied != nil:
		t.applied = part.Applied
		return nil
	case step.Inbox != nil && !t.l.whole:
		// Who delivers knows what is to be delivered.
		step.Inbox.Due = nil
		fallthrough
	case step.Talk != nil && !t.l.whole:
		b, err := json.Marshal(step)
		if err != nil {
			return err
		}
		t.s.see(b)
	case step.Talk == nil && step.Inbox == nil:
		return nil // a newer relay's
	}
	t.wg.Add(1)
	t.s.local.Keep(step, func(err error) {
		defer t.wg.Done()
		if err != nil {
			t.mu.Lock()
			t.err = errors.Join(t.err, err)
			t.mu.Unlock()
			return
		}
		t.tell(step.Talk)
	})
	if t.some++; t.some%mostOnTheirWay == 0 {
		return t.wait()
	}
	return nil
}

// tell tells what is new in a conversation.
func (t *speechLoader) tell(k *message.Kept) {
	if t.clocks == nil || k == nil {
		return
	}
	c := message.Change{Key: k.Key, Clock: k.Clock, Base: k.Clock, Persons: k.Persons, Names: k.Names}
	for _, one := range k.Messages {
		if max(one.Stamp, one.Changed) > t.clocks[k.Key] {
			c.Messages = append(c.Messages, one)
		}
	}
	if len(c.Messages) > 0 {
		t.s.hear.Said(c)
	}
}

func (t *speechLoader) wait() error {
	t.wg.Wait()
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

func (t *speechLoader) end(ctx context.Context, whole bool) error {
	if err := t.wait(); err != nil || !whole {
		return err
	}
	if t.applied == nil {
		return errors.New("the state does not say up to where it has what people have said")
	}
	if err := t.s.local.GoOn(ctx, t.l.incarnation, *t.applied); err != nil {
		return err
	}
	// The next Step asks the store where it is.
	t.s.issued, t.s.clocks = 0, nil
	return nil
}
