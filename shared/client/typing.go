package client

import (
	"slices"
	"time"

	"edgeboard/shared/wire"
)

const (
	// Who goes on writing says so every typingEvery; who has not for typingFor is
	// taken for somebody who has stopped. A relay tells at most one a second.
	typingEvery = 4 * time.Second
	typingFor   = 6 * time.Second
	typingLeast = time.Second
	// maxTypists bounds how many are known to write.
	maxTypists = 100
)

// typing is who writes something.
type typing struct {
	with wire.Person // whom this person writes to
	at   time.Time   // when that was said last; zero: nobody thinks so
	last time.Time   // when anything of this was said last

	others []typist
}

type typist struct {
	with, person wire.Person
	until        time.Time
}

// lost forgets all that was said on a connection.
func (t *typing) lost() { *t = typing{} }

// stopped forgets a typist.
func (t *typing) stopped(with, person wire.Person) {
	t.others = slices.DeleteFunc(t.others, func(o typist) bool { return o.with == with && o.person == person })
}

// deadline is when somebody is to be forgotten, the zero time if nobody is.
func (t *typing) deadline() (at time.Time) {
	for i := range t.others {
		at = earlier(at, t.others[i].until)
	}
	return at
}

// Typing tells that this person writes something in a conversation: to be called
// whenever a key is pressed there. It is told on as often as is needed.
func (s *Session) Typing(now time.Time, with wire.Person) {
	t := &s.typing
	switch {
	case s.phase != Live || !s.mayTalk() || now.Sub(t.last) < typingLeast:
		return
	case t.with != with:
		s.StopTyping(now)
	case now.Sub(t.at) < typingEvery:
		return
	}
	t.with, t.at, t.last = with, now, now
	s.say(&wire.Typing{With: with})
}

// StopTyping tells that it does no longer, where others may think so.
func (s *Session) StopTyping(now time.Time) {
	t := &s.typing
	if s.phase == Live && !t.at.IsZero() && now.Sub(t.at) < typingFor {
		s.say(&wire.Typing{With: t.with, Stopped: true})
	}
	t.at = time.Time{}
}

func (s *Session) say(m wire.Message) {
	s.heart.speak()
	s.out = wire.AppendFrame(s.out, 0, m)
}

// Typists returns who else writes something in a conversation, the first one first.
func (s *Session) Typists(with wire.Person) (list []wire.Person) {
	for i := range s.typing.others {
		if o := &s.typing.others[i]; o.with == with {
			list = append(list, o.person)
		}
	}
	return list
}

// typed takes that somebody writes, or no longer.
func (s *Session) typed(m *wire.Typing) {
	with := m.With
	if with != (wire.Person{}) {
		with = m.Person
	}
	t := &s.typing
	i := slices.IndexFunc(t.others, func(o typist) bool { return o.with == with && o.person == m.Person })
	switch {
	case m.Person == s.person || m.Person == wire.Person{}:
		return
	case m.Stopped:
		t.stopped(with, m.Person)
	case i >= 0:
		t.others[i].until = s.now.Add(typingFor)
		return
	case len(t.others) < maxTypists:
		t.others = append(t.others, typist{with, m.Person, s.now.Add(typingFor)})
	}
	s.tell(TypingChanged)
}

// forgetTypists forgets who has not written for long.
func (s *Session) forgetTypists(now time.Time) {
	n := len(s.typing.others)
	s.typing.others = slices.DeleteFunc(s.typing.others, func(o typist) bool { return !now.Before(o.until) })
	if len(s.typing.others) != n {
		s.tell(TypingChanged)
	}
}
