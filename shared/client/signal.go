package client

import (
	"time"

	"edgeboard/shared/wire"
)

// Signal is what a member tells the others once (W77).
type Signal struct {
	// Member is whose it is. Of one's own it counts for nothing.
	Member uint32
	// Summon says that the others are asked to look at View. Otherwise it is a
	// reaction: Symbol is shown at the middle of View for a moment.
	Summon bool
	View   Viewport // X, Y, W, H and Page of it
	Symbol uint32
}

// signalBurst is how many seconds of Signals may be saved up (W78).
const signalBurst = 2

// Signal tells the others something once. It reports false if it is not told: the
// relay is not there, this person's role does not allow it, or there were too many.
func (s *Session) Signal(now time.Time, sig Signal) bool {
	if s.phase != Live || sig.Summon && !s.role.Edits() || !s.signals.take(now, wire.SignalRate, wire.SignalRate*signalBurst) {
		return false
	}
	m := wire.Signal{What: wire.SignalReaction, Symbol: sig.Symbol}
	if sig.Summon {
		m.What = wire.SignalSummon
	}
	m.View, m.Page = sig.View.appendTo(nil, nil)
	s.heart.speak()
	s.out = wire.AppendFrame(s.out, 0, &m)
	return true
}

// signalled takes what another member tells.
func (s *Session) signalled(m *wire.Signal) {
	view, ok := viewOf(m.View, m.Page)
	summon := m.What == wire.SignalSummon
	switch {
	case s.members[m.Member] == nil || s.cfg.Signalled == nil || !ok:
	case summon && (view.W == 0 || view.H == 0): // nothing could be seen so
	case summon || m.What == wire.SignalReaction:
		s.cfg.Signalled(Signal{Member: m.Member, Summon: summon, View: view, Symbol: m.Symbol})
	}
}
