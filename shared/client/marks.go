package client

import (
	"time"

	"edgeboard/shared/wire"
)

// markEvery is how long a Session waits before it says again how far its person has
// read.
const markEvery = 2 * time.Second

// marks is how far this person has read, as far as it is to be said.
type marks struct {
	waiting map[wire.Person]wire.Stamp
	next    time.Time // nothing is said before
}

func (m *marks) add(with wire.Person, stamp wire.Stamp) {
	if m.waiting == nil {
		m.waiting = map[wire.Person]wire.Stamp{}
	}
	m.waiting[with] = max(m.waiting[with], stamp)
}

// Mark tells that this person has read a conversation up to a stamp. It goes to the
// relay soon, and at once with MarkNow. It never goes back.
func (s *Session) Mark(with wire.Person, stamp wire.Stamp) {
	i := s.talkIndex(with)
	if i < 0 || stamp <= s.list[i].Read {
		return
	}
	s.marks.add(with, stamp)
	s.read(&s.list[i], stamp)
	s.readTalk(with, stamp)
	s.tell(MarksChanged)
}

// MarkNow sends what is marked: the person looks away.
func (s *Session) MarkNow() { s.marks.next = time.Time{} }

// read counts anew what is not read.
func (s *Session) read(t *wire.Talk, stamp wire.Stamp) {
	if t.Read = max(t.Read, stamp); t.Read >= t.Last {
		t.Unread = 0
	} else if l := s.logs[t.With]; l != nil {
		if n, ok := l.Unread(t.Read, s.person); ok {
			t.Unread = n
		}
	}
}

// marked takes how far somebody has read: this person elsewhere, or the other one of a
// conversation.
func (s *Session) marked(m *wire.Mark) {
	with := m.With
	if m.Person != s.person {
		with = m.Person
	}
	i := s.talkIndex(with)
	switch {
	case i < 0 || m.Person == wire.Person{}:
		return
	case m.Person == s.person:
		s.read(&s.list[i], m.Stamp)
	case m.With != wire.Person{}:
		s.list[i].Seen = max(s.list[i].Seen, m.Stamp)
	}
	s.tell(MarksChanged)
}

// marksAt returns when to say how far this person has read, the zero time if never.
func (s *Session) marksAt() time.Time {
	if s.phase != Live || len(s.marks.waiting) == 0 {
		return time.Time{}
	}
	if s.marks.next.IsZero() {
		return s.now
	}
	return s.marks.next
}

func (s *Session) marksDue() bool {
	at := s.marksAt()
	return !at.IsZero() && !s.now.Before(at)
}

func (s *Session) appendMarks() {
	if !s.marksDue() {
		return
	}
	for with, stamp := range s.marks.waiting {
		s.out = wire.AppendFrame(s.out, 0, &wire.Mark{With: with, Stamp: stamp})
	}
	clear(s.marks.waiting)
	s.marks.next = s.now.Add(markEvery)
	s.heart.speak()
}
