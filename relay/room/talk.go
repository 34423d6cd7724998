package room

import (
	"context"
	"time"

	"edgeboard/shared/wire"
)

// Talk keeps what people say to each other. Its methods are called from many
// goroutines; what concerns one member from one at a time, but for Talks. What it has
// to tell it tells the Hub: TellBoard, TellPerson and TellPersonOn.
type Talk interface {
	// Say returns when what is said is queued, behind what was said before. It waits
	// as long as there is no room for it. answer is called at most once with an encoded
	// Said that says what has become of it, and before that at most once with nil: it
	// waits for a store that fails. It is called from one goroutine at a time.
	Say(ctx context.Context, who Speaker, s *wire.Say, answer func(frame []byte)) error
	// Recall returns the encoded Said that answers.
	Recall(ctx context.Context, who Speaker, q *wire.Recall) (frame []byte, err error)
	// Mark notes how far somebody has read.
	Mark(ctx context.Context, who Speaker, m *wire.Mark) error
	// Talks returns the encoded Talks for somebody.
	Talks(ctx context.Context, who Speaker) (frame []byte, err error)
	// Name notes how somebody is shown from now on. It does not wait for a store.
	Name(p wire.Person, name string)
}

// Speaker is a member, for Talk.
type Speaker struct {
	Board  string
	Person wire.Person
	Name   string // as it is shown
	Role   wire.Role
	Member uint32
}

// How much a member may ask of Talk, beyond what wire.SayRate is for what it says: it
// is read more slowly then (W92).
const (
	askRate  = 20 // Recalls, Marks, and frames for Inbox, a second
	askBurst = 100
)

// typingRate is how often a second a member may send Typing, on average over two
// seconds, and roomTypings how often all of a board together.
const (
	typingRate  = 1
	roomTypings = 100
)

// maxTalks is for how many members Talks is made at the same time.
const maxTalks = 4

// TellBoard tells all members of a board. Like TellPerson and TellPersonOn it takes
// durable frames, with their lengths, and waits for nobody.
func (h *Hub) TellBoard(board string, frame []byte) {
	h.mu.Lock()
	r := h.rooms[board]
	h.mu.Unlock()
	if r != nil {
		r.hear(heard{frame: frame})
	}
}

// TellPerson tells the members that are a person, on whatever board.
func (h *Hub) TellPerson(p wire.Person, frame []byte) { h.tellPerson("", p, heard{frame: frame}) }

// TellPersonOn tells the members of one board that are a person.
func (h *Hub) TellPersonOn(board string, p wire.Person, frame []byte) {
	h.tellPerson(board, p, heard{frame: frame})
}

func (h *Hub) tellPerson(board string, p wire.Person, what heard) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, m := range h.persons[p] {
		if board == "" || m.room.name == board {
			what.to = m
			m.room.hear(what)
		}
	}
}

// untilGone is a context that ends with a member's connection.
type untilGone struct{ *member }

func (u untilGone) Deadline() (time.Time, bool) { return time.Time{}, false }
func (u untilGone) Done() <-chan struct{}       { return u.gone }
func (u untilGone) Value(any) any               { return nil }
func (u untilGone) Err() error {
	select {
	case <-u.gone:
		return context.Canceled
	default:
		return nil
	}
}

var errNotWelcome = &denial{code: wire.CodeOrder, reason: "what people say comes after Welcome"}

// takeTalk handles a frame for Talk, on the member's own goroutine. Where there is no
// Talk it is as if the frame were not known.
func (m *member) takeTalk(r *room, f wire.Frame) error {
	talk := m.hub.talk
	switch {
	case talk == nil:
		return nil
	case !m.welcomed.Load():
		return errNotWelcome
	}
	who := Speaker{m.board, m.person, m.shown, m.role, m.id}
	switch f.Kind {
	case wire.KindSay:
		var s wire.Say
		if err := s.Parse(f.Body); err != nil {
			return err
		}
		if s.ID == (wire.TextID{}) {
			return wire.ErrName
		}
		late := false
		answer := func(frame []byte) {
			switch {
			case frame == nil:
				late = true
				m.late.Add(1)
			case late:
				m.late.Add(-1)
			}
			r.hear(heard{to: m, frame: frame})
		}
		if talk.Say(untilGone{m}, who, &s, answer) != nil {
			return errGoingAway
		}
		return m.pause(m.saying.spend(1, time.Now()))
	case wire.KindRecall:
		var q wire.Recall
		if err := q.Parse(f.Body); err != nil {
			return err
		}
		if q.Ask == 0 {
			return &denial{code: wire.CodeBadFrame, reason: "a Recall has no number"}
		}
		var frame []byte
		var err error
		apart(func() { frame, err = talk.Recall(untilGone{m}, who, &q) })
		if err != nil {
			m.notTalking("cannot recall what was said", err)
		} else if err := m.post(r, &event{kind: answering, member: m, data: frame}); err != nil {
			return err
		}
	case wire.KindMark:
		var read wire.Mark
		if err := read.Parse(f.Body); err != nil {
			return err
		}
		var err error
		apart(func() { err = talk.Mark(untilGone{m}, who, &read) })
		if err != nil {
			m.notTalking("cannot note what was read", err)
		}
	}
	return m.pause(m.asking.spend(1, time.Now()))
}

// notTalking notes that Talk has failed: nothing else is to suffer from it.
func (m *member) notTalking(what string, err error) {
	select {
	case <-m.gone: // that is why
	default:
		m.hub.log.Warn(what, "board", m.board, "member", m.id, "err", err)
	}
}

// pause makes a member wait that has sent more than it may. Meanwhile it is not heard,
// which is no fault of its own.
func (m *member) pause(wait time.Duration) error {
	if wait == 0 {
		return nil
	}
	select {
	case <-time.After(wait):
		m.silent.Reset(silentTimeout)
		return nil
	case <-m.gone:
		return m.why
	}
}

// tellStanding tells a member that was welcomed how its conversations stand, and its
// inbox. All that comes later it is told as it comes.
func (r *room) tellStanding(m *member) {
	if r.hub.talk == nil && r.hub.inbox == nil {
		return
	}
	if m.standing.Add(1) > 1 {
		return // whoever is at it does it once more
	}
	who := Speaker{m.board, m.person, m.name, m.role, m.id}
	r.hub.wg.Go(func() {
		for wait := retryStore; ; wait = min(2*wait, time.Minute) {
			asked := m.standing.Load()
			frames, err := r.hub.standing(untilGone{m}, who)
			if err == nil {
				for _, frame := range frames {
					r.hear(heard{to: m, frame: frame})
				}
				if m.standing.CompareAndSwap(asked, 0) {
					return
				}
				continue
			}
			m.notTalking("cannot tell how the conversations stand, trying again", err)
			select {
			case <-time.After(wait):
			case <-m.gone:
				return
			}
		}
	})
}

// standing asks for a member's Talks and Inbox, when few others do.
func (h *Hub) standing(ctx context.Context, who Speaker) (frames [][]byte, err error) {
	select {
	case h.talking <- struct{}{}:
		defer func() { <-h.talking }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for _, ask := range []func(context.Context, Speaker) ([]byte, error){h.askTalks, h.askInbox} {
		frame, err := ask(ctx, who)
		if err != nil {
			return nil, err
		}
		if frame != nil {
			frames = append(frames, frame)
		}
	}
	return frames, nil
}

func (h *Hub) askTalks(ctx context.Context, who Speaker) ([]byte, error) {
	if h.talk == nil {
		return nil, nil
	}
	return h.talk.Talks(ctx, who)
}

// types tells that a member writes to others, or no longer (W91).
func (r *room) types(m *member, t *wire.Typing) {
	switch {
	case !m.joined || t.With == m.person:
		return
	case !r.typing.take(roomTypings, time.Now()):
		r.hub.metrics.Dropped(PolicyDrop, 1)
		return
	}
	t.Person = m.person
	if t.With == (wire.Person{}) {
		r.typesToAll(&m.source, t)
		r.shareMessage(t)
		return
	}
	to := t.With
	t.With, t.Member = m.person, 0 // the other may be on another board
	frame := wire.AppendFrame(nil, 0, t)
	r.hub.tellPerson("", to, heard{frame: frame, loose: true})
	if r.hub.cluster != nil {
		r.hub.cluster.TellPerson(to, frame)
	}
}

// typesToAll tells that somebody writes to all on the board.
func (r *room) typesToAll(from *source, t *wire.Typing) {
	t.Member = from.id
	r.signals.list = append(r.signals.list, signalled{from, wire.AppendFrame(nil, 0, t)})
	r.tickNow()
}
