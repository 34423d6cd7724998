package client

import (
	"slices"
	"time"

	"edgeboard/shared/wire"
)

// A message is asked for by its name where another one answers it and it is not held.

const (
	// Quotes are asked for one by one, so many a second and so many at once: that is a
	// part of what a relay answers without delay (W92).
	quoteRate  = 5
	quoteBurst = 30
	// maxQuotes is how many of them wait, to be asked or to be answered.
	maxQuotes = 16
)

// quotes reports whether only a quote needs the answer.
func (a *ask) quotes() bool { return a.What == wire.RecallOne && a.jump == nil }

// quotes counts such questions.
func (a *asks) quotes() (n int) {
	for i := range a.list {
		if a.list[i].quotes() {
			n++
		}
	}
	return n
}

// Quote asks for a message that another one answers, in a conversation that is opened,
// unless it is known what it says or that it is not there: see talk.Log.Quoted.
// TalkChanged tells when that is known, or when it is to be called again: only a few
// are asked for at a time.
func (s *Session) Quote(with wire.Person, id wire.TextID) {
	l := s.logs[with]
	if l == nil || s.asks.quotes() >= maxQuotes {
		return
	}
	if _, known := l.Quoted(id); !known {
		s.recall(ask{Recall: wire.Recall{With: with, What: wire.RecallOne, Message: id}, stands: true})
	}
}

// JumpTo is Jump to a message that may not be held, which is asked for. done hears its
// stamp, or that it is not there any more, on the goroutine that calls the Session, at
// once if that is known; of a JumpTo that has another behind it, or a CloseTalk, nothing
// is heard.
func (s *Session) JumpTo(with wire.Person, id wire.TextID, done func(at wire.Stamp, ok bool)) {
	for i := range s.asks.list {
		s.asks.list[i].jump = nil
	}
	l := s.logs[with]
	if l == nil {
		return
	}
	if t, known := l.Quoted(id); known {
		s.jumped(with, t, done)
		return
	}
	i := slices.IndexFunc(s.asks.list, func(a ask) bool { return a.With == with && a.What == wire.RecallOne && a.Message == id })
	if i < 0 {
		s.recall(ask{Recall: wire.Recall{With: with, What: wire.RecallOne, Message: id}, stands: true, jump: done})
		return
	}
	a := &s.asks.list[i]
	if a.jump = done; a.asked.IsZero() && s.phase == Live {
		s.ask(a)
	}
}

// jumped goes to a message, nil if there is none.
func (s *Session) jumped(with wire.Person, t *wire.Text, done func(wire.Stamp, bool)) {
	if t == nil || t.Deleted {
		done(0, false)
		return
	}
	s.Jump(with, t.Stamp)
	done(t.Stamp, true)
}

// mayAsk reports whether a question may be asked now, and counts it.
func (s *Session) mayAsk(a *ask) bool {
	return !a.quotes() || s.asks.quoting.take(s.now, quoteRate, quoteBurst)
}

// askAt returns when a question is to be asked, for the first time or again.
func (s *Session) askAt(a *ask) (at time.Time) {
	if !a.asked.IsZero() {
		at = a.asked.Add(askAgain)
	}
	if from := s.asks.quoting.at(quoteRate); a.quotes() && from.After(at) {
		at = from
	}
	return at
}
