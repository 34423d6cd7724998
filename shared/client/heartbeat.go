package client

import (
	"fmt"
	"time"

	"edgeboard/shared/wire"
)

// A Session asks whether the relay is there (Ping) when it has heard nothing
// for pingAfter, or for askAfter although it said something; and while it has
// something to say every measureEvery, to know how good the path is, or every
// countEvery while datagrams go to or fro: what is lost of them decides how the
// next ones are sent, on both sides. However much it hears, it shows itself every
// showEvery, since the relay ends the connection of a client that is silent for
// too long (W31). One that gets no answer for stallAfter is Stalled: another
// connection should be tried. One that has heard nothing for lostAfter gives the
// transport up.
const (
	pingAfter    = 15 * time.Second
	askAfter     = 2 * time.Second
	measureEvery = 5 * time.Second
	countEvery   = time.Second
	showEvery    = 20 * time.Second
	stallAfter   = 3 * time.Second
	welcomeAfter = 10 * time.Second // the relay may have to load the board
	lostAfter    = 40 * time.Second
)

// heartbeat is what a Session knows of the relay being there.
type heartbeat struct {
	opened  time.Time // when the transport had connected
	heard   time.Time // when the relay was last heard
	spoke   bool      // something was sent since
	urgent  bool      // a Ping is due now
	asked   time.Time // when the Ping was sent that is not answered; zero: none is
	stalled bool
	pinged  time.Time // when the last Ping was sent, or the transport had connected
	active  bool      // something was sent since
	counted bool      // a numbered datagram came or went since
}

func (h *heartbeat) speak() { h.spoke, h.active = true, true }

func (h *heartbeat) open(now time.Time) { *h = heartbeat{opened: now, heard: now, pinged: now} }

func (h *heartbeat) hear(now time.Time) {
	*h = heartbeat{opened: h.opened, heard: now, pinged: h.pinged, active: h.active, counted: h.counted}
}

// ask is when to send a Ping.
func (h *heartbeat) ask() time.Time {
	at := h.heard.Add(pingAfter)
	switch {
	case h.urgent:
		return h.heard
	case h.spoke:
		at = h.heard.Add(askAfter)
	}
	again := showEvery
	switch {
	case h.counted:
		again = countEvery
	case h.active:
		again = measureEvery
	}
	return earlier(at, h.pinged.Add(again))
}

// Tick tells the time and does what is due. It returns an error when the relay has been silent for
// so long that the transport should be given up.
func (s *Session) Tick(now time.Time) error {
	s.now = now
	h := &s.heart
	s.handIn(now)
	s.forgetFormers(now)
	if s.phase == Offline {
		return nil
	}
	s.settle(now)
	s.forgetSketches(now)
	s.forgetTypists(now)
	s.tickAsks()
	s.tickInbox()
	s.tickFeeds()
	switch {
	case now.Sub(h.heard) >= lostAfter:
		return fmt.Errorf("nothing heard from the relay for %v", lostAfter)
	case s.phase == Live && h.asked.IsZero() && !now.Before(h.ask()):
		h.asked, h.pinged, h.active, h.counted = now, now, false, false
		s.asking = wire.Ping{Stamp: uint64(now.UnixMicro()), Received: s.path.received, Highest: s.path.highest}
		s.out = wire.AppendFrame(s.out, 0, &s.asking)
	}
	h.stalled = s.waits() && !now.Before(s.stallsAt())
	return nil
}

// Ask makes a Ping due: something may have happened to the network.
func (s *Session) Ask() { s.heart.urgent = true }

// Stalled reports whether the relay has left a question unanswered for so long
// that another connection should be tried. This one may come back.
func (s *Session) Stalled() bool { return s.heart.stalled && s.phase != Offline }

// waits reports whether the relay owes an answer.
func (s *Session) waits() bool { return s.phase == Connecting || !s.heart.asked.IsZero() }

// stallsAt is when the Session that waits for an answer is Stalled.
func (s *Session) stallsAt() time.Time {
	if s.phase == Connecting {
		return s.heart.opened.Add(welcomeAfter)
	}
	return s.heart.asked.Add(stallAfter)
}

// Deadline returns when Tick should be called, the zero time if never.
func (s *Session) Deadline() time.Time {
	if s.phase == Offline {
		return s.formers.until
	}
	at := s.heart.heard.Add(lostAfter)
	switch {
	case !s.waits():
		at = s.heart.ask()
	case !s.heart.stalled && s.stallsAt().Before(at):
		at = s.stallsAt()
	}
	if s.phase == Live {
		at = earlier(at, s.handAt)
		at = earlier(at, s.saysAt())
		at = earlier(at, s.marksAt())
		at = earlier(at, s.asksAt())
		at = earlier(at, s.inboxAt())
		at = earlier(at, s.feedsAt())
	}
	at = earlier(at, s.typing.deadline())
	at = earlier(at, s.viewportDeadline(s.now))
	return earlier(earlier(earlier(at, s.latest.deadline(s.now)), s.forgetAt), s.formers.until)
}
