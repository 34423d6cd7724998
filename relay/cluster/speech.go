package cluster

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"edgeboard/relay/store/message"
	"edgeboard/relay/store/notice"
	"edgeboard/shared/wire"
)

// Speech is what people say, and their inboxes, in a cluster. All that is done to them is
// a message.Step, and an entry of the Journal, which each relay applies to its own store.
// Entries are not told what they must follow (Entry.Expect): a Change says which clock its
// conversation must have, and each relay finds the same when it applies it. So two relays
// that speak in one conversation at once are told who was first by the entry of the other,
// and those of other conversations wait for nobody.
//
// While the engine is not reached what is said is stored here, and as it was said in the
// journal's spool. The store takes it back before it applies the next entry, since that
// was made from what all relays have: an entry does the same everywhere. Then it is said
// again, by whoever said it first (Hearing.Again). What becomes of inboxes with it comes
// then. How far somebody has read stays in the meantime: it only grows.
type Speech struct {
	c     *Cluster
	local Steps
	hear  Hearing

	// Of the goroutine that applies.
	journal string
	after   uint64            // At of the last Step that the store was given
	issued  uint64            // the greatest of the journal
	clocks  map[string]uint64 // of conversations, before the store began to become another one

	kept    atomic.Uint64 // counts what is said again and could not be
	courier courier
	looks   looks

	mu      sync.Mutex
	waiting map[string]func(message.Done) // by ID of the operation
	// seen are parts of stores that the Journal has, by hash: what a new engine was given
	// by one relay it needs from no other.
	seen map[[32]byte]bool
}

// Steps is how a relay's own store of what people say is written, see sqlite.Steps.
type Steps interface {
	// Applied returns the journal whose Steps the store has, and the last one's At.
	Applied(ctx context.Context) (journal string, at uint64, err error)
	// Apply stores a Step that comes after all before it; one that is stored changes
	// nothing. done is called in the order of the calls, from one goroutine.
	Apply(s message.Step, done func(message.Done, error))
	// Spool stores what is done here alone. What becomes of conversations is taken back
	// by TakeBack, and before the next Step is applied.
	Spool(s message.Step, done func(message.Done, error))
	TakeBack(ctx context.Context) error
	// Kept calls each with all that there is.
	Kept(ctx context.Context, each func(message.Step) error) error
	// Whole is the same as of one time, see sqlite.Steps, and Reset, Keep and GoOn make a
	// store of it.
	Whole(ctx context.Context, journal string, begin func(at uint64) error, each func(message.Step) error) error
	Reset(ctx context.Context) (clocks map[string]uint64, err error)
	Keep(s message.Step, done func(error))
	GoOn(ctx context.Context, journal string, at uint64) error
	// Named returns how a person is shown that has conversations with others.
	Named(ctx context.Context, person [16]byte) (name string, ok bool, err error)
}

// Hearing is told what other relays have done. Its methods but for Again return at once,
// and are called in the order in which it was stored here, also with regard to what this
// relay has done.
type Hearing interface {
	// Said: a conversation was changed.
	Said(c message.Change)
	// Marked says how far a person has read.
	Marked(key string, person [16]byte, read uint64)
	// Named: a person is shown otherwise.
	Named(person [16]byte)
	// Inboxes were changed.
	Inboxes(list []notice.Change)
	// Due: there may be something to deliver, now that this relay is to.
	Due()
	// Again says what was said while the relay was cut off (message.Change's Says), and
	// returns when it is stored.
	Again(ctx context.Context, says [][]byte) error
	// Looks reports whether somebody of a person looks at a board of this relay.
	Looks(p wire.Person) bool
}

const opStep = "step"

// stepDo is what an entry of op "step" says: a Step, or, if it is spooled, what was said.
type stepDo struct {
	message.Step
	Says   [][]byte  `json:",omitempty"`
	Places []placeOf `json:",omitempty"`
}

// placeOf is a message that was said while the relay was cut off, and the stamp that it
// had then.
type placeOf struct {
	ID    [16]byte
	Stamp uint64
}

// Speech returns what people say, in the cluster; local is the relay's own store. It is
// called once, before the cluster is started.
func (c *Cluster) Speech(local Steps) *Speech {
	s := &Speech{c: c, local: local, hear: deaf{}, waiting: map[string]func(message.Done){}, seen: map[[32]byte]bool{}}
	c.journal.register(opStep, op{apply: s.apply, applied: s.applied, again: s.again, restore: s.restore, dump: s.dump, load: s.load, empty: s.empty})
	return s
}

// Start says who is told, and begins to share the work of delivering. It is called before
// the cluster is started.
func (s *Speech) Start(h Hearing) error {
	s.hear = h
	return s.listen()
}

// TextOf returns what a message is found by.
func TextOf(data []byte) string {
	var one wire.Said
	if err := one.Parse(data); err != nil || len(one.Texts) != 1 {
		return ""
	}
	return one.Texts[0].Text
}

// deaf hears nothing.
type deaf struct{}

func (deaf) Said(message.Change)                   {}
func (deaf) Marked(string, [16]byte, uint64)       {}
func (deaf) Named([16]byte)                        {}
func (deaf) Inboxes([]notice.Change)               {}
func (deaf) Due()                                  {}
func (deaf) Again(context.Context, [][]byte) error { return nil }
func (deaf) Looks(wire.Person) bool                { return false }

// stepped is what came of a Step.
type stepped struct {
	step message.Step
	done message.Done
}

// apply gives a Step to the store.
func (s *Speech) apply(e Entry, o operation, done func(any, error)) {
	journal := s.c.journal.name()
	if s.issued == 0 || journal != s.journal || e.Position <= s.issued {
		// At the beginning, and when it comes again because something was not stored: then
		// nothing is under way.
		name, at, err := s.local.Applied(s.c.ctx)
		if err != nil {
			done(nil, err)
			return
		}
		if name != journal {
			at = 0
			s.mu.Lock()
			clear(s.seen)
			s.mu.Unlock()
		}
		s.journal, s.after = journal, at
	}
	s.issued = e.Position
	var do stepDo
	if err := json.Unmarshal(o.Do, &do); err != nil {
		s.c.log.Error("what was said, as the cluster's journal has it, does not parse", "position", e.Position, "relay", e.From, "err", err)
		done(nil, nil)
		return
	}
	if do.Talk != nil || do.Inbox != nil {
		s.see(o.Do)
	}
	step := do.Step
	step.Journal, step.At, step.After = s.journal, e.Position, s.after
	s.after = max(s.after, e.Position)
	s.local.Apply(step, func(d message.Done, err error) { done(stepped{step, d}, err) })
}

const mostSeen = 1 << 16

// name is the incarnation of the engine whose Journal it is.
func (j *journal) name() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.noted.Incarnation
}

// applied tells who waits for a Step, or who is to hear of it.
func (s *Speech) applied(_ Entry, o operation, result any, _ bool) {
	r, ok := result.(stepped)
	if !ok {
		return
	}
	s.mu.Lock()
	waits := s.waiting[o.ID]
	delete(s.waiting, o.ID)
	s.mu.Unlock()
	if waits != nil {
		waits(r.done)
		return
	}
	if len(r.done.Notices) > 0 {
		s.hear.Inboxes(r.done.Notices)
	}
	switch {
	case r.step.Said != nil && !r.done.Changed:
		s.hear.Said(*r.step.Said)
	case r.step.Mark != nil && r.done.Read > 0:
		s.hear.Marked(r.step.Mark.Key, r.step.Mark.Person, r.done.Read)
	case r.step.Name != nil:
		s.hear.Named(r.step.Name.Person)
	}
}

// begin does something in a goroutine that Close waits for, or, after that, does not, and
// says so.
func (s *Speech) begin(done func(error), f func()) {
	if s.c.ctx.Err() != nil {
		done(ErrClosed)
		return
	}
	s.c.wg.Go(f)
}

// do has all relays do a Step. f is told what came of it, in the order of the journal,
// if there is no error.
func (s *Speech) do(ctx context.Context, o operation, f func(message.Done)) error {
	s.mu.Lock()
	s.waiting[o.ID] = f
	s.mu.Unlock()
	_, err := s.c.journal.submit(ctx, o, nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, waits := s.waiting[o.ID]; !waits {
		return nil // it was applied, whatever else was thought
	}
	delete(s.waiting, o.ID)
	return err
}

// tryPause is between looking whether the engine is reached and whether it is not.
const tryPause = 10 * time.Millisecond

// doOrSpool has all relays do a Step, or, if the engine is not reached, this one alone,
// until it is: then spool says what is to be done. Nil: nothing.
func (s *Speech) doOrSpool(ctx context.Context, key string, step message.Step, spool func() stepDo, f func(message.Done)) error {
	o, err := newOperation(opStep, key, step)
	if err != nil {
		return err
	}
	for {
		err := s.do(ctx, o, f)
		if !errors.Is(err, errCutOff) || spool == nil {
			return err
		}
		later := o
		if do := spool(); do.Says != nil {
			// Not by the same ID: that it was applied nevertheless does not say that it
			// was stored. What is said twice is known by its own.
			if later, err = newOperation(opStep, key, do); err != nil {
				return err
			}
		}
		var d message.Done
		err = s.c.journal.keepBack(ctx, later, func(*spooled) error {
			stored := make(chan error, 1)
			s.local.Spool(step, func(done message.Done, err error) {
				if d = done; err == nil && d.Changed {
					err = message.ErrChanged
				}
				stored <- err
			})
			return <-stored
		})
		switch {
		case err == nil:
			f(d)
			return nil
		case errors.Is(err, message.ErrChanged):
			return message.ErrChanged
		case !errors.Is(err, errReached):
			return err
		}
		select {
		case <-time.After(tryPause):
		case <-ctx.Done():
			return ctx.Err()
		case <-s.c.ctx.Done():
			return ErrClosed
		}
	}
}

// again does what was spooled under a key: of a conversation, or of an inbox.
func (s *Speech) again(ctx context.Context, list []operation) error {
	if err := s.local.TakeBack(ctx); err != nil {
		return err
	}
	var says [][]byte
	var places []placeOf
	say := func() error {
		if len(says) == 0 {
			return nil
		}
		kept := s.kept.Load()
		if err := s.hear.Again(ctx, says); err != nil {
			return err
		}
		if says = nil; s.kept.Load() != kept {
			return errCutOff
		}
		return nil
	}
	for _, o := range list {
		var do stepDo
		if err := json.Unmarshal(o.Do, &do); err != nil {
			s.c.log.Error("what was spooled does not parse, and is dropped", "key", o.key, "err", err)
			continue
		}
		if do.Says != nil {
			says, places = append(says, do.Says...), append(places, do.Places...)
			continue
		}
		if err := say(); err != nil {
			return err
		}
		if do.Mark != nil {
			if err := s.follow(ctx, do.Mark, places); err != nil {
				return err
			}
			b, err := json.Marshal(do)
			if err != nil {
				return err
			}
			o.Do = b
		}
		if _, err := s.c.journal.submit(ctx, o, nil); err != nil {
			return err
		}
	}
	return say()
}

// restoreSteps is how many parts of a store are given to an engine at once.
const restoreSteps = 16

// restore gives an engine that has lost its data what people have said.
func (s *Speech) restore(ctx context.Context, _ origin) error {
	if err := s.local.TakeBack(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	slots := make(chan struct{}, restoreSteps)
	var wg sync.WaitGroup
	err := s.local.Kept(ctx, func(step message.Step) error {
		if step.Inbox != nil {
			step.Inbox.Due = nil
		}
		o, err := newOperation(opStep, partKey(&step), step)
		if err != nil {
			return err
		}
		s.mu.Lock()
		has := s.seen[sha256.Sum256(o.Do)]
		s.mu.Unlock()
		if has {
			return nil
		}
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		wg.Go(func() {
			defer func() { <-slots }()
			if _, err := s.c.journal.submit(ctx, o, nil); err != nil {
				cancel(err)
			}
		})
		return nil
	})
	wg.Wait()
	if err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("what people have said: %w", err)
	}
	return nil
}
