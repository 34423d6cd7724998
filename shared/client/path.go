package client

import (
	"time"

	"edgeboard/shared/wire"
)

// Path says how good the way to the relay is, as far as it was measured on this
// connection.
type Path struct {
	RTT    time.Duration // round trip, smoothed (RFC 6298); 0: not measured yet
	Jitter time.Duration // its mean deviation
	// Up and Down are how much of what was sent by datagram was lost lately, to
	// the relay and from it: 0 to 1.
	Up, Down float64
	// Offset is what the relay's clock shows more than this one's.
	Offset time.Duration
}

// Path returns how good the way to the relay is.
func (s *Session) Path() Path { return s.path.Path }

// path measures by Ping and Pong, and counts datagrams (W11, W44).
type path struct {
	Path
	best time.Duration // the shortest round trip: its answer tells the clock best

	sent              uint64 // datagrams
	received, highest uint32 // of the relay's
	up, down          counts // at the last Pong
}

// counts is what has come of numbered frames.
type counts struct{ received, highest uint32 }

// pong takes the relay's answer to a Ping, and reports whether it was one.
func (p *path) pong(asked wire.Ping, now time.Time, m *wire.Pong) bool {
	if m.Stamp != asked.Stamp || m.Stamp == 0 {
		return false
	}
	rtt := max(now.Sub(time.UnixMicro(int64(m.Stamp))), time.Microsecond)
	if p.RTT == 0 {
		p.RTT, p.Jitter, p.best = rtt, rtt/2, rtt
	} else {
		p.Jitter += ((p.RTT - rtt).Abs() - p.Jitter) / 4
		p.RTT += (rtt - p.RTT) / 8
	}
	if m.Time > 0 && rtt <= p.best {
		p.best = rtt
		p.Offset = time.UnixMilli(int64(m.Time)).Sub(now.Add(-rtt / 2))
	}
	p.Up = lost(p.Up, &p.up, counts{m.Received, m.Highest})
	p.Down = lost(p.Down, &p.down, counts{p.received, p.highest})
	return true
}

// lost returns how much is lost lately, given how much was before, and what has
// come since.
func lost(before float64, last *counts, now counts) float64 {
	sent, came := now.highest-last.highest, now.received-last.received
	if sent == 0 || sent > 1<<31 {
		return before
	}
	*last = now
	share := max(0, 1-float64(came)/float64(sent))
	return before + (share-before)/4
}
