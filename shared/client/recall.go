package client

import (
	"slices"
	"strings"
	"time"

	"edgeboard/shared/talk"
	"edgeboard/shared/wire"
)

const (
	// maxAsks bounds how many questions wait for an answer.
	maxAsks = 64
	// askAgain is when one is asked again that the relay could not answer (W88). A
	// search is given up: it may be what takes too long.
	askAgain = 20 * time.Second
)

// asks are the Recalls that are not answered, in the order in which they were asked.
type asks struct {
	list    []ask
	last    uint32    // the number of the last one
	quoting allowance // of those that only a quote needs
}

type ask struct {
	wire.Recall
	// done, if not nil, takes the answer; otherwise the talk.Log does.
	done func(texts []wire.Text, more bool)
	// jump, if not nil, hears besides of RecallOne where the message is.
	jump func(at wire.Stamp, ok bool)
	// stands says that it is asked on each connection anew: how the conversation stands
	// brought it, or what is shown.
	stands bool
	asked  time.Time // when it was asked last; zero: it waits
}

// forget drops the questions of a conversation that a Log has.
func (a *asks) forget(with wire.Person) {
	a.list = slices.DeleteFunc(a.list, func(q ask) bool { return q.With == with && q.done == nil })
}

func (a *asks) lost() {
	a.list = slices.DeleteFunc(a.list, func(q ask) bool { return q.stands && q.jump == nil })
}

// asksAgain asks what was not answered on the connection before.
func (s *Session) asksAgain() {
	s.asks.quoting = allowance{quoteBurst, s.now}
	for i := range s.asks.list {
		s.ask(&s.asks.list[i])
	}
}

func (s *Session) ask(a *ask) {
	a.asked = s.now
	s.say(&a.Recall)
}

// asksAt returns when a question is to be asked again, the zero time if none is.
func (s *Session) asksAt() (at time.Time) {
	for i := range s.asks.list {
		at = earlier(at, s.askAt(&s.asks.list[i]))
	}
	return at
}

// tickAsks asks again what was not answered for too long, and gives searches up.
func (s *Session) tickAsks() {
	if s.phase != Live || len(s.asks.list) == 0 || s.now.Before(s.asksAt()) {
		return
	}
	var given []ask
	s.asks.list = slices.DeleteFunc(s.asks.list, func(a ask) bool {
		late := a.done != nil && !s.now.Before(s.askAt(&a))
		if late {
			given = append(given, a)
		}
		return late
	})
	for i := range s.asks.list {
		if a := &s.asks.list[i]; !s.now.Before(s.askAt(a)) && s.mayAsk(a) {
			s.ask(a)
		}
	}
	for _, a := range given {
		a.done(nil, true)
	}
}

// recall asks for messages. It reports false if there are too many questions; of jumps
// there is one.
func (s *Session) recall(q ask) bool {
	if q.done == nil && slices.ContainsFunc(s.asks.list, func(a ask) bool {
		return a.done == nil && a.With == q.With && a.What == q.What && a.Stamp == q.Stamp && a.Message == q.Message
	}) {
		return true
	}
	if len(s.asks.list) >= maxAsks && q.jump == nil {
		return false
	}
	s.asks.last = max(s.asks.last+1, 1)
	q.Ask = s.asks.last
	s.asks.list = append(s.asks.list, q)
	if a := &s.asks.list[len(s.asks.list)-1]; s.phase == Live && s.mayAsk(a) {
		s.ask(a)
	}
	s.tell(TalkChanged)
	return true
}

// recallPage asks for what a Log wants.
func (s *Session) recallPage(with wire.Person, q wire.Recall, stands bool) bool {
	q.With = with
	return s.recall(ask{Recall: q, stands: stands})
}

// answered takes the answer to a Recall. One that nobody asked for is ignored.
func (s *Session) answered(m *wire.Said) {
	i := slices.IndexFunc(s.asks.list, func(a ask) bool { return a.Ask == m.Answers })
	if i < 0 {
		return
	}
	a := s.asks.list[i]
	s.asks.list = slices.Delete(s.asks.list, i, i+1)
	if a.done != nil {
		a.done(m.Texts, m.More)
		return
	}
	l := s.logs[a.With]
	if l == nil {
		return
	}
	if next, more := l.Take(&a.Recall, m); more {
		s.recallPage(a.With, next, true)
	}
	if a.jump != nil {
		t, _ := l.Quoted(a.Message)
		s.jumped(a.With, t, a.jump)
	}
	if j := s.talkIndex(a.With); j >= 0 {
		t := &s.list[j]
		if n, ok := l.Unread(t.Read, s.person); ok {
			t.Unread = n
		}
	}
	s.tell(TalkChanged)
}

// Earlier recalls what was said before the stretch around a stamp, in a conversation
// that is opened; see talk.Log.Around. It reports whether there may be something.
func (s *Session) Earlier(with wire.Person, at wire.Stamp) bool {
	l := s.logs[with]
	if l == nil {
		return false
	}
	q, ok := l.Earlier(at)
	return ok && s.recallPage(with, q, false)
}

// Later recalls what was said after it.
func (s *Session) Later(with wire.Person, at wire.Stamp) bool {
	l := s.logs[with]
	if l == nil {
		return false
	}
	q, ok := l.Later(at)
	return ok && s.recallPage(with, q, false)
}

// Jump recalls what was said around a stamp, which may be that of a message or a date
// (wire.StampAt). It reports false if that is known already.
func (s *Session) Jump(with wire.Person, at wire.Stamp) bool {
	l := s.logs[with]
	if l == nil {
		return false
	}
	list := l.Jump(at)
	for _, q := range list {
		s.recallPage(with, q, false)
	}
	return len(list) > 0
}

// Recalling reports whether a page is being recalled of a conversation.
func (s *Session) Recalling(with wire.Person) bool {
	return slices.ContainsFunc(s.asks.list, func(a ask) bool { return a.With == with && a.done == nil && a.What != wire.RecallOne })
}

// Find searches a conversation for the last messages before a stamp, of talk.Tail the
// last ones of all, that have words in their text, at most wire.MaxFind bytes. done
// hears them in the order of their stamps, and whether there are more before them, on
// the goroutine that calls the Session; nothing, and that there are more, if the relay
// could not search. Of a search that has another behind it nothing is heard; nothing is
// searched for with no words.
func (s *Session) Find(with wire.Person, words string, before wire.Stamp, done func(texts []wire.Text, more bool)) {
	s.asks.list = slices.DeleteFunc(s.asks.list, func(a ask) bool { return a.done != nil })
	if words == "" {
		return
	}
	if before == talk.Tail {
		before = 0
	}
	words = strings.ToValidUTF8(words[:min(len(words), wire.MaxFind)], "")
	s.recall(ask{Recall: wire.Recall{With: with, What: wire.RecallBefore, Stamp: before, Find: words, Limit: talk.Page}, done: done})
}
