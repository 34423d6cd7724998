package cluster

import (
	"context"
	"errors"

	"edgeboard/relay/store/message"
)

// LocalMessages is a relay's own store of what people say, as far as it is read; see
// talk.Store.
type LocalMessages interface {
	Load(ctx context.Context, key string, ids [][16]byte) (messages []message.Message, changes [][16]byte, clock uint64, err error)
	Page(ctx context.Context, key string, q message.Query) (page []message.Message, more bool, damaged int, err error)
	Standings(ctx context.Context, person [16]byte, key string, limit, most int) ([]message.Standing, error)
}

// Messages are what people say on all relays of a cluster (talk.Store). They are read
// here.
type Messages struct {
	LocalMessages
	s *Speech
}

// Messages returns those of the cluster; local is the relay's own store.
func (s *Speech) Messages(local LocalMessages) *Messages {
	s.looks.messages = local
	return &Messages{local, s}
}

// Put stores a Change on all relays, and calls done when it is stored here. While the
// engine is not reached it is stored here alone, without what becomes of inboxes, and
// said again later.
func (m *Messages) Put(c message.Change, done func(error)) {
	s := m.s
	s.begin(done, func() {
		ctx := s.c.ctx
		if c.Again {
			ctx = context.WithValue(ctx, sayingAgain{}, true)
		}
		spool := func() stepDo {
			if c.Again {
				s.kept.Add(1)
			}
			var do stepDo
			if c.Says != nil {
				do.Says = c.Says()
			}
			for i := range c.Messages {
				if one := &c.Messages[i]; one.Stamp > c.Base {
					do.Places = append(do.Places, placeOf{one.ID, one.Stamp})
				}
			}
			return do
		}
		err := s.doOrSpool(ctx, "t/"+c.Key, message.Step{Said: &c}, spool, func(d message.Done) {
			if d.Changed {
				done(message.ErrChanged)
				return
			}
			if len(d.Notices) > 0 && c.Noticed != nil {
				c.Noticed(d.Notices)
			}
			done(nil)
		})
		switch {
		case errors.Is(err, errTooLong):
			done(message.ErrTooLarge)
		case err != nil:
			done(err)
		}
	})
}

// Mark stores how far a person has read, on all relays, if that is further than it was.
func (m *Messages) Mark(ctx context.Context, key string, person [16]byte, stamp uint64) (read uint64, err error) {
	now, err := m.Standings(ctx, person, key, 1, 0)
	if err != nil {
		return 0, err
	}
	if len(now) > 0 && stamp <= now[0].Read {
		return now[0].Read, nil
	}
	step := message.Step{Mark: &message.Mark{Key: key, Person: person, Stamp: stamp}}
	err = m.s.doOrSpool(ctx, "t/"+key, step, func() stepDo { return stepDo{Step: step} }, func(d message.Done) { read = d.Read })
	return read, err
}

// Name stores how a person is shown, on all relays, if it has a conversation with another.
func (m *Messages) Name(person [16]byte, name string, done func(error)) {
	m.s.begin(done, func() {
		if known, ok, err := m.s.local.Named(m.s.c.ctx, person); err != nil || !ok || known == name {
			done(err)
			return
		}
		step := message.Step{Name: &message.Name{Person: person, Name: name}}
		done(m.s.doOrSpool(m.s.c.ctx, inboxKey(person), step, func() stepDo { return stepDo{Step: step} }, func(message.Done) {}))
	})
}

// Forget removes some of what has a stamp before the given one, on all relays. The relay
// that delivers does so, and when none does nobody.
func (m *Messages) Forget(ctx context.Context, before uint64) (more bool, err error) {
	if before == 0 || !m.s.courier.is() {
		return false, nil
	}
	o, err := newOperation(opStep, "t/", message.Step{Forget: before})
	if err == nil {
		err = m.s.do(ctx, o, func(d message.Done) { more = d.More })
	}
	return more, err
}

// follow has a mark that was put while the relay was cut off stand where the messages do
// by now that were said then, and were read.
func (s *Speech) follow(ctx context.Context, m *message.Mark, places []placeOf) error {
	var read placeOf
	for _, p := range places {
		if p.Stamp <= m.Stamp && p.Stamp > read.Stamp {
			read = p
		}
	}
	if read.Stamp == 0 || s.looks.messages == nil {
		return nil
	}
	list, _, _, err := s.looks.messages.Load(ctx, m.Key, [][16]byte{read.ID})
	if err != nil {
		return err
	}
	for i := range list {
		m.Stamp = max(m.Stamp, list[i].Stamp)
	}
	return nil
}
