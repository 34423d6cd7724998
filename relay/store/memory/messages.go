package memory

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"edgeboard/relay/store/message"
	"edgeboard/relay/store/notice"
)

// What the methods of Messages take and return.
type (
	Message       = message.Message
	MessageChange = message.Change
	MessageQuery  = message.Query
	Standing      = message.Standing
)

// forgetStep is how many messages are removed at a time.
const forgetStep = 100

// Messages are what people say to each other, by conversation (talk.Store).
type Messages struct{ store *Store }

// Messages returns those of the store.
func (s *Store) Messages() *Messages { return &Messages{s} }

// keptTalk is a conversation.
type keptTalk struct {
	messages map[[16]byte]Message
	changes  map[[16]byte]uint64 // when they were stored, as a stamp
	clock    uint64
	last     uint64 // the greatest stamp of messages
	changed  uint64 // and of their changes
	persons  [][16]byte
	read     map[[16]byte]uint64
}

// sorted returns the messages in the order of their stamps, or of their changes.
func (k *keptTalk) sorted(by func(Message) uint64) []Message {
	if k == nil {
		return nil
	}
	return slices.SortedFunc(maps.Values(k.messages), func(a, b Message) int { return cmp.Compare(by(a), by(b)) })
}

func stampOf(m Message) uint64   { return m.Stamp }
func changedOf(m Message) uint64 { return m.Changed }

// Load returns those of ids that are messages of a conversation, those that are of its
// changes, and its greatest stamp.
func (m *Messages) Load(_ context.Context, key string, ids [][16]byte) (messages []Message, changes [][16]byte, clock uint64, err error) {
	s := m.store
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.talks[key]
	if k == nil || s.fail != nil {
		return nil, nil, 0, s.fail
	}
	for _, id := range ids {
		if one, ok := k.messages[id]; ok {
			messages = append(messages, one)
		}
		if _, ok := k.changes[id]; ok {
			changes = append(changes, id)
		}
	}
	return messages, changes, k.clock, nil
}

// Put stores a change, with what becomes of inboxes, at once unless Hold or Fail says
// otherwise.
func (m *Messages) Put(c MessageChange, done func(error)) {
	var changes []notice.Change
	stored := func(err error) {
		if len(changes) > 0 && c.Noticed != nil {
			c.Noticed(changes)
		}
		done(err)
	}
	m.store.change(stored, func(s *Store) {
		changes = s.putNotices(c.Notices)
		k := s.talk(c.Key)
		for _, one := range c.Messages {
			if !one.Retext {
				one.Text = k.messages[one.ID].Text
			}
			one.Data = bytes.Clone(one.Data)
			k.messages[one.ID] = one
			k.last, k.changed = max(k.last, one.Stamp), max(k.changed, one.Changed)
		}
		for _, id := range c.Changes {
			k.changes[id] = c.Clock
		}
		k.clock = max(k.clock, c.Clock)
		if len(c.Persons) > 0 {
			k.persons = slices.Clone(c.Persons)
		}
		for i, p := range c.Persons {
			if _, known := s.names[p]; !known || c.Names[i] != "" {
				s.names[p] = c.Names[i]
			}
		}
	})
}

// talk returns a conversation. It is made if need be.
func (s *Store) talk(key string) *keptTalk {
	if s.talks == nil {
		s.talks, s.names = map[string]*keptTalk{}, map[[16]byte]string{}
	}
	k := s.talks[key]
	if k == nil {
		k = &keptTalk{messages: map[[16]byte]Message{}, changes: map[[16]byte]uint64{}, read: map[[16]byte]uint64{}}
		s.talks[key] = k
	}
	return k
}

// Page returns the messages that a query asks for. Nothing is damaged here.
func (m *Messages) Page(_ context.Context, key string, q MessageQuery) (page []Message, more bool, damaged int, err error) {
	s := m.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return nil, false, 0, s.fail
	}
	by := stampOf
	if q.What == message.QueryChanged {
		by = changedOf
	}
	all := slices.DeleteFunc(s.talks[key].sorted(by), func(one Message) bool {
		outside := by(one) <= q.Stamp
		if q.What == message.QueryBefore {
			outside = by(one) >= q.Stamp
		}
		return outside || q.Find != "" && !strings.Contains(strings.ToLower(one.Text), strings.ToLower(q.Find))
	})
	if q.What == message.QueryBefore {
		slices.Reverse(all)
	}
	size := 0
	for _, one := range all {
		size += len(one.Data)
		if len(page) == q.Limit || len(page) > 0 && size > q.Bytes {
			more = true
			break
		}
		one.Text, one.Retext = "", false
		one.Data = bytes.Clone(one.Data)
		page = append(page, one)
	}
	if q.What == message.QueryBefore {
		slices.Reverse(page)
	}
	return page, more, 0, nil
}

// Mark stores how far a person has read, and returns how far that is.
func (m *Messages) Mark(ctx context.Context, key string, person [16]byte, stamp uint64) (read uint64, err error) {
	result := make(chan error, 1)
	m.store.change(func(err error) { result <- err }, func(s *Store) {
		if k := s.talks[key]; k != nil && (len(k.persons) == 0 || slices.Contains(k.persons, person)) {
			read = max(k.read[person], min(stamp, k.last))
			k.read[person] = read
		}
	})
	select {
	case err = <-result:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	if err != nil {
		return 0, err
	}
	return read, nil
}

// Name stores how a person is shown who has a conversation with another.
func (m *Messages) Name(person [16]byte, name string, done func(error)) {
	m.store.change(done, func(s *Store) {
		if _, known := s.names[person]; known {
			s.names[person] = name
		}
	})
}

// Standings returns how a conversation stands for a person, and all that it has with
// others, the last changed first.
func (m *Messages) Standings(_ context.Context, person [16]byte, key string, limit, most int) ([]Standing, error) {
	s := m.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return nil, s.fail
	}
	var private []Standing
	for _, k := range s.talks {
		i := slices.Index(k.persons, person)
		if i < 0 {
			continue
		}
		with := k.persons[1-i]
		standing := k.standing(person, most)
		standing.With, standing.Name, standing.Seen = with, s.names[with], k.read[with]
		private = append(private, standing)
	}
	slices.SortFunc(private, func(a, b Standing) int {
		return cmp.Or(cmp.Compare(b.Changed, a.Changed), bytes.Compare(a.With[:], b.With[:]))
	})
	list := append([]Standing{s.talks[key].standing(person, most)}, private...)
	return list[:min(limit, len(list))], nil
}

func (k *keptTalk) standing(person [16]byte, most int) Standing {
	if k == nil {
		return Standing{}
	}
	st := Standing{Last: k.last, Changed: k.changed, Read: k.read[person]}
	for _, one := range k.messages {
		if one.Stamp > st.Read && one.Author != person && !one.Gone && st.Unread < most {
			st.Unread++
		}
	}
	return st
}

// Forget removes some of the messages before a stamp, and says whether there is more.
func (m *Messages) Forget(ctx context.Context, before uint64) (more bool, err error) {
	result := make(chan error, 1)
	m.store.change(func(err error) { result <- err }, func(s *Store) {
		left := forgetStep
		for _, k := range s.talks {
			for _, one := range k.sorted(stampOf) {
				if one.Stamp >= before {
					break
				}
				if more = left == 0; more {
					return
				}
				delete(k.messages, one.ID)
				left--
			}
			maps.DeleteFunc(k.changes, func(_ [16]byte, stored uint64) bool { return stored < before })
		}
	})
	select {
	case err = <-result:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	return more && err == nil, err
}
