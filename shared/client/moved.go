package client

import (
	"time"

	"edgeboard/shared/wire"
)

// moved is what a relay has said that is about to stop (W62).
type moved struct {
	told  bool
	after time.Duration // to stay away
}

// mayLeave reports whether the relay wants this client to leave, and has all that
// was changed here and it takes.
func (s *Session) mayLeave() bool {
	return s.moved.told && s.phase == Live && len(s.out) == 0 && !s.behind && !s.renamed && (len(s.commits) == 0 || !s.writes)
}

// leave ends the connection to a relay that is about to stop.
func (l *Link) leave() {
	after := l.session.moved.after
	l.hangUp(wire.CodeNormal)
	l.session.Lost()
	if l.attempt != nil {
		l.giveUp() // what it would find is no better
	}
	l.failed, l.retry = 0, time.Now().Add(after)
}
