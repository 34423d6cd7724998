package client

import (
	"crypto/rand"
	"slices"
	"time"

	"edgeboard/shared/talk"
	"edgeboard/shared/wire"
)

const (
	// What waits to be said is bounded in messages and in bytes of text: beyond it
	// nothing more is taken (ErrOutbox).
	maxDrafts     = 1000
	maxDraftBytes = 1 << 20
	// What programs leave that end is taken beyond that: each has kept to it.
	maxInherited = maxDrafts * MaxSlots
	// What is said goes to the transport in messages of so many bytes, so that other
	// things have their turn.
	sayBatch = 64 << 10
	// A relay reads those more slowly who say more than wire.SayRate and
	// wire.SayBurst allow, and with what they say all else that comes behind it: a
	// Session keeps below that.
	sayBurst = wire.SayBurst / 2
)

// outbox is what this person has said and no relay is known to have.
type outbox struct {
	drafts []*talk.Draft // in the order of writing
	bytes  int
	allowance
}

// newTextID draws a name for what is said.
func newTextID() (id wire.TextID) {
	rand.Read(id[:]) // never fails, see crypto/rand
	return id
}

// add puts a Draft behind the others, unless there are too many.
func (o *outbox) add(d *talk.Draft) bool {
	if len(o.drafts) >= maxDrafts || o.bytes+len(d.Text) > maxDraftBytes {
		return false
	}
	o.drafts, o.bytes = append(o.drafts, d), o.bytes+len(d.Text)
	return true
}

func (o *outbox) find(id wire.TextID) *talk.Draft {
	for _, d := range o.drafts {
		if d.ID == id {
			return d
		}
	}
	return nil
}

// waits reports whether something is neither stored nor refused, whoever wrote it.
func (o *outbox) waits() bool {
	return slices.ContainsFunc(o.drafts, func(d *talk.Draft) bool { return d.State != talk.Refused })
}

// unsaid counts what is neither stored nor refused, of who sits here.
func (s *Session) unsaid() (n int) {
	for _, d := range s.outbox.drafts {
		if d.State != talk.Refused && s.wrote(d) {
			n++
		}
	}
	return n
}

// wrote reports whether it is who sits here who wrote a Draft. That of somebody else
// who uses the device waits, unseen, until that person is back.
func (s *Session) wrote(d *talk.Draft) bool {
	nobody := wire.Person{}
	return d.Author == nobody || s.person == nobody || d.Author == s.person
}

// own makes a Draft that was written before anybody knew who sits here that of who is
// known to, and reports whether it did.
func (s *Session) own(d *talk.Draft) bool {
	nobody := wire.Person{}
	if d.Author != nobody || s.person == nobody || s.cfg.Secret == "" {
		return false
	}
	d.Author = s.person
	return true
}

// ownAll does so with all, and keeps whose they are.
func (s *Session) ownAll() {
	for _, d := range s.outbox.drafts {
		if s.own(d) {
			s.cfg.Kept.say(d)
		}
	}
}

// nextSay returns what is to be sent next, nil if nothing is.
func (s *Session) nextSay() *talk.Draft {
	for _, d := range s.outbox.drafts {
		if d.State == talk.Waiting && s.wrote(d) {
			return d
		}
	}
	return nil
}

// lost tells that what was sent may not have arrived.
func (o *outbox) lost(logs map[wire.Person]*talk.Log) {
	for _, d := range o.drafts {
		if d.State == talk.Sent {
			d.State = talk.Waiting
			if l := logs[d.With]; l != nil {
				l.Touch()
			}
		}
	}
}

// welcomed begins with a connection of which the relay has counted nothing.
func (o *outbox) welcomed(now time.Time) { o.allowance = allowance{sayBurst, now} }

// saysAt returns when the next Draft is to be sent, the zero time if none is.
func (s *Session) saysAt() time.Time {
	if s.phase != Live || !s.mayTalk() || s.nextSay() == nil {
		return time.Time{}
	}
	return s.outbox.at(wire.SayRate)
}

// saysDue reports whether a Draft is to be sent now.
func (s *Session) saysDue() bool {
	at := s.saysAt()
	return !at.IsZero() && !s.now.Before(at)
}

// appendSays hands over what this person has said.
func (s *Session) appendSays() {
	sent := false
	for len(s.out) < sayBatch && s.saysDue() && s.outbox.take(s.now, wire.SayRate, sayBurst) {
		d := s.nextSay()
		d.State, sent = talk.Sent, true
		s.out = wire.AppendFrame(s.out, 0, &d.Say)
		if l := s.logs[d.With]; l != nil {
			l.Touch()
		}
	}
	if sent {
		s.heart.speak()
		s.tell(TalkChanged)
	}
}

// outboxStored takes note that the relay has a Draft durably.
func (s *Session) outboxStored(id wire.TextID) {
	d := s.outbox.find(id)
	if d == nil {
		return
	}
	s.outboxGone(d)
	d.State = talk.Stored
	if l := s.logs[d.With]; l != nil {
		if l.Touch(); d.What != wire.SayText || l.Text(id) != nil {
			l.Remove(id)
		}
	}
	s.tell(TalkChanged)
}

// outboxRefused takes note that the relay never will.
func (s *Session) outboxRefused(r *wire.Refusal) {
	d := s.outbox.find(r.ID)
	if d == nil {
		return
	}
	d.State, d.Why, d.Reason = talk.Refused, r.Why, r.Reason
	if l := s.logs[d.With]; l != nil {
		l.Touch()
	}
	s.cfg.Kept.say(d)
	s.tell(TalkChanged)
	s.tell(StatusChanged)
}

// outboxGone forgets a Draft.
func (s *Session) outboxGone(d *talk.Draft) {
	s.outbox.drafts = slices.DeleteFunc(s.outbox.drafts, func(o *talk.Draft) bool { return o == d })
	s.outbox.bytes -= len(d.Text)
	s.cfg.Kept.unsay(d.ID, s.now)
	s.tell(StatusChanged)
}

// inheritSays takes what a program on this device has left that ended before it was
// stored: it goes before what this one has not sent. It returns what was new.
func (s *Session) inheritSays(list []*talk.Draft) (taken []*talk.Draft) {
	o := &s.outbox
	at := slices.IndexFunc(o.drafts, func(d *talk.Draft) bool { return d.State == talk.Waiting })
	if at < 0 {
		at = len(o.drafts)
	}
	for _, d := range list {
		if o.find(d.ID) != nil || len(o.drafts) >= maxInherited {
			continue
		}
		s.own(d) // whoever has called keeps it
		o.drafts, o.bytes = slices.Insert(o.drafts, at, d), o.bytes+len(d.Text)
		at++
		taken = append(taken, d)
		if l := s.logs[d.With]; l != nil && s.wrote(d) {
			l.Write(d)
		}
	}
	s.tell(TalkChanged)
	return taken
}

// allowance is how many more of something may be sent, as of a time.
type allowance struct {
	left float64
	asOf time.Time
}

// take takes one, of so many a second and a burst. It reports false if there is none.
func (a *allowance) take(now time.Time, rate, burst float64) bool {
	a.left = min(a.left+now.Sub(a.asOf).Seconds()*rate, burst)
	a.asOf = now
	if a.left < 1-rounding {
		return false
	}
	a.left--
	return true
}

// rounding is what may be missing of one when it is time.
const rounding = 1e-6

// at returns when there is one.
func (a *allowance) at(rate float64) time.Time {
	return a.asOf.Add(time.Duration(max(0, 1-a.left) / rate * float64(time.Second)))
}
