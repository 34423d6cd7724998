package client

import (
	"fmt"
	"slices"
	"time"

	"edgeboard/shared/board"
)

// Changes of programs that have ended are sent again after handAgain, then after
// twice as long, up to handMost, until the relay says that it has them: it ignores
// them while it takes a connection that is lost for one that lasts (W19), which is
// as long as a client may be silent (W31).
const (
	handAgain = 5 * time.Second
	handMost  = time.Minute
)

// inheritance is what programs on this device have left that ended before their
// changes were stored. They were written as other replicas than this one.
type inheritance struct {
	inherited []Pending
	welcomed  board.Vector // what the relay had at the last Welcome
	handAt    time.Time    // when to send them again; zero: never
	handWait  time.Duration
}

// inheritedAtWelcome takes note of what the relay has. What it lacks is sent with
// all else that it does.
func (s *Session) inheritedAtWelcome(vector board.Vector) {
	s.welcomed = vector
	s.inheritedStored(vector)
	s.handAt = time.Time{}
	if len(s.inherited) > 0 && s.writes {
		s.handWait = handAgain
		s.handAt = s.now.Add(s.handWait)
	}
}

// inheritedStored takes note of what a relay has durably.
func (s *Session) inheritedStored(vector board.Vector) {
	n := len(s.inherited)
	s.inherited = slices.DeleteFunc(s.inherited, func(p Pending) bool { return vector[p.Replica] >= p.Through })
	if len(s.inherited) == n {
		return
	}
	if len(s.inherited) == 0 {
		s.handAt = time.Time{}
	}
	s.cfg.Kept.touch(false, s.now)
	s.tell(StatusChanged)
}

// acked takes the part of an Ack that is about other replicas.
func (s *Session) acked(others []byte) {
	if len(s.inherited) == 0 {
		return
	}
	// One that does not parse says nothing; it is asked again.
	if vector, err := board.ParseVector(others); err == nil {
		s.inheritedStored(vector)
	}
}

// inherit takes over what a program has left that ended while this one runs. err
// is what reading it said.
func (s *Session) inherit(now time.Time, records [][]byte, err error) error {
	c := readContents(s.cfg.Doc, &s.bases, records, err)
	s.inherited = addPending(s.inherited, c.pending...)
	for _, u := range c.updates {
		s.cfg.Kept.add(u, true, now)
	}
	for _, d := range s.inheritSays(c.drafts) {
		s.cfg.Kept.say(d)
	}
	if c.based {
		s.cfg.Kept.anew(now)
	}
	s.cfg.Kept.touch(true, now) // the slot it was in is given up when this is kept
	s.inheritedLive(now)
	return c.err
}

// inheritedLive sends what was inherited after Welcome.
func (s *Session) inheritedLive(now time.Time) {
	if s.phase == Live {
		s.inheritedStored(s.welcomed)
	}
	if s.phase == Live && s.writes && len(s.inherited) > 0 {
		s.handWait, s.handAt = handAgain/2, now
		s.handIn(now)
	}
	s.tell(StatusChanged)
}

// Keep makes a Session that was made without a Kept keep its board from now on, for
// who could not wait for Restore: found is the board that Restore was given, which
// may write as no replica. An error means that what was found does not fit; it
// stays where it was kept, and nothing is kept.
func (s *Session) Keep(now time.Time, k *Kept, found *board.Board) error {
	if s.cfg.Kept != nil {
		panic("client: a board is kept once")
	}
	updates, err := k.bases.rest(found)
	if err == nil {
		kept := parsed{snapshots: k.bases.list, updates: updates}
		err = kept.apply(s.cfg.Doc, &s.bases)
	}
	if err != nil {
		k.Close()
		return fmt.Errorf("taking over what was kept: %w", err)
	}
	s.cfg.Kept = k
	s.inherited, k.found = addPending(s.inherited, k.found...), nil
	s.inheritSays(k.drafts)
	k.drafts = nil
	if k.slot != nil {
		k.whole, k.changed, k.urgent = true, true, true
		k.said = slices.Clone(s.outbox.drafts)
	}
	s.inheritedLive(now)
	return nil
}

// handIn sends what was inherited and not yet told to be stored, when it is time.
func (s *Session) handIn(now time.Time) {
	if s.handAt.IsZero() || now.Before(s.handAt) || s.phase != Live {
		return
	}
	s.handWait = min(2*s.handWait, handMost)
	s.handAt = now.Add(s.handWait)
	if len(s.out) > 0 {
		return // the transport is slow: more of the same does not help
	}
	have := s.cfg.Doc.Vector()
	for _, p := range s.inherited {
		if n := s.welcomed[p.Replica]; n < have[p.Replica] {
			have[p.Replica] = n
		}
	}
	updates, err := s.cfg.Doc.Diff(have)
	if err != nil {
		return // the next Welcome tells
	}
	s.heart.speak()
	s.out = appendUpdates(s.out, updates)
}

// inheritedChanges counts commits.
func (s *Session) inheritedChanges() (n int) {
	for _, p := range s.inherited {
		n += p.Changes
	}
	return n
}
