package room

import (
	"time"

	"edgeboard/shared/wire"
)

// A member may save up signalBurst seconds of its Signals (W78). All members of a
// room together may send roomSignals a second, however many they are: each of them
// goes to each.
const (
	signalBurst = 2
	roomSignals = 100
)

// ration is how many Signals may still be sent, as of a time.
type ration struct {
	left float64
	at   time.Time
}

// take takes one off, and reports whether there was one.
func (a *ration) take(rate float64, now time.Time) bool {
	a.left = min(a.left+now.Sub(a.at).Seconds()*rate, rate*signalBurst)
	a.at = now
	if a.left < 1 {
		return false
	}
	a.left--
	return true
}

// signalling is the Signals that wait to be told: what comes within a tick goes
// together.
type signalling struct {
	list []signalled
	all  ration
}

type signalled struct {
	from  *source
	frame []byte
}

// maySignal reports whether a role allows a Signal (W65).
func maySignal(role wire.Role, s *wire.Signal) bool {
	return role.Edits() || s.What == wire.SignalReaction
}

// signal takes a Signal, which is told at the next tick: now, if the room is idle.
func (r *room) signal(m *member, s *wire.Signal) {
	if m.joined && r.calls(&m.source, s) {
		r.shareMessage(s)
	}
}

// calls is signal for one of another relay too. It reports whether it is told.
func (r *room) calls(from *source, s *wire.Signal) bool {
	if !r.signals.all.take(roomSignals, time.Now()) {
		r.hub.metrics.Dropped(PolicyDrop, 1)
		return false
	}
	s.Member = from.id
	r.signals.list = append(r.signals.list, signalled{from, wire.AppendFrame(nil, 0, s)})
	r.tickNow()
	return true
}

// sendSignals tells the Signals that wait to all but those whose they are. It returns
// how much the next batch is to wait for it, in cursors.
func (r *room) sendSignals(now time.Time) (weight int) {
	list := r.signals.list
	if len(list) == 0 {
		return 0
	}
	var all []byte
	for _, s := range list {
		s.from.signalled = true
		all = append(all, s.frame...)
	}
	for _, m := range r.members {
		if !m.signalled {
			m.push(r, now, all)
			continue
		}
		m.signalled = false
		for _, s := range list {
			if s.from != &m.source {
				m.push(r, now, s.frame)
			}
		}
	}
	clear(list)
	r.signals.list = list[:0]
	return cursorWeight
}
