package room

import (
	"context"
	"slices"
	"time"

	"edgeboard/shared/wire"
)

// Inbox keeps what concerns people on all boards. Its methods are called from many
// goroutines; what concerns one member from one at a time, but for Standing. What it has
// to tell besides, it tells the Hub by TellPerson.
type Inbox interface {
	// Standing returns the encoded Inbox that says how somebody's stands.
	Standing(ctx context.Context, who Speaker) (frame []byte, err error)
	// Browse returns the encoded Inbox or Wishes that answers.
	Browse(ctx context.Context, who Speaker, q *wire.Browse) (frame []byte, err error)
	// Settle notes what somebody has read.
	Settle(ctx context.Context, who Speaker, s *wire.Settle) error
	// Wish notes how somebody wants to be told. answer is encoded, and is nil where it
	// was told to all connections of the person.
	Wish(ctx context.Context, who Speaker, w *wire.Wishes) (answer []byte, err error)
	// Subscribe has a device told, or no longer.
	Subscribe(ctx context.Context, who Speaker, s *wire.Subscribe) (answer []byte, err error)
}

// Looks reports whether one of the members that are a person is here and not away.
func (h *Hub) Looks(p wire.Person) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.ContainsFunc(h.persons[p], func(m *member) bool { return !m.absent.Load() })
}

func (h *Hub) askInbox(ctx context.Context, who Speaker) ([]byte, error) {
	if h.inbox == nil {
		return nil, nil
	}
	return h.inbox.Standing(ctx, who)
}

// takeInbox handles a frame for Inbox, on the member's own goroutine. Where there is no
// Inbox it is as if the frame were not known.
func (m *member) takeInbox(r *room, f wire.Frame) error {
	inbox := m.hub.inbox
	switch {
	case inbox == nil:
		return nil
	case !m.welcomed.Load():
		return errNotWelcome
	}
	who := Speaker{m.board, m.person, m.shown, m.role, m.id}
	var do func(context.Context) (answer []byte, err error)
	var failed string
	switch f.Kind {
	case wire.KindBrowse:
		var q wire.Browse
		if err := q.Parse(f.Body); err != nil {
			return err
		}
		if q.Ask == 0 {
			return &denial{code: wire.CodeBadFrame, reason: "a Browse has no number"}
		}
		do, failed = func(ctx context.Context) ([]byte, error) { return inbox.Browse(ctx, who, &q) }, "cannot read an inbox"
	case wire.KindSettle:
		var read wire.Settle
		if err := read.Parse(f.Body); err != nil {
			return err
		}
		do, failed = func(ctx context.Context) ([]byte, error) { return nil, inbox.Settle(ctx, who, &read) }, "cannot note what was read in an inbox"
	case wire.KindWishes:
		var w wire.Wishes
		if err := w.Parse(f.Body); err != nil {
			return err
		}
		do, failed = func(ctx context.Context) ([]byte, error) { return inbox.Wish(ctx, who, &w) }, "cannot note how somebody wants to be told"
	case wire.KindSubscribe:
		var s wire.Subscribe
		if err := s.Parse(f.Body); err != nil {
			return err
		}
		do, failed = func(ctx context.Context) ([]byte, error) { return inbox.Subscribe(ctx, who, &s) }, "cannot note a device"
	}
	var answer []byte
	var err error
	apart(func() { answer, err = do(untilGone{m}) })
	if err != nil {
		m.notTalking(failed, err)
	} else if answer != nil {
		if err := m.post(r, &event{kind: answering, member: m, data: answer}); err != nil {
			return err
		}
	}
	return m.pause(m.asking.spend(1, time.Now()))
}

// PersonsOn returns who the members of a board are, each person once.
func (h *Hub) PersonsOn(board string) (persons []wire.Person) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for p, members := range h.persons {
		if slices.ContainsFunc(members, func(m *member) bool { return m.room.name == board }) {
			persons = append(persons, p)
		}
	}
	return persons
}
