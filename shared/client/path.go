package client

import (
	"time"

	"edgeboard/shared/pace"
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
	// Store is what it takes the relay to store a change and say so, less the
	// round trip, smoothed; 0: not measured yet. Others see a change no sooner.
	Store time.Duration
	// Offset is what the relay's clock shows more than this one's; until it is measured,
	// as far as Welcome tells.
	Offset time.Duration
}

// Path returns how good the way to the relay is.
func (s *Session) Path() Path { return s.path.path() }

// path measures by Ping and Pong, counts datagrams (W11, W44), and takes the
// time that the relay needs to store.
type path struct {
	trip     pace.RoundTrip
	up, down pace.Loss
	offset   time.Duration
	best     time.Duration // the shortest round trip: its answer tells the clock best

	sent              uint64 // datagrams
	received, highest uint32 // of the relay's

	asked   uint64        // own operation whose Ack is timed; 0: none
	askedAt time.Time     // when its update was handed to the transport
	store   time.Duration // from there to the Ack, less the round trip, smoothed
}

func (p *path) path() Path {
	return Path{
		RTT: p.trip.Mean(), Jitter: p.trip.Jitter(), Up: p.up.Rate(), Down: p.down.Rate(), Store: p.store, Offset: p.offset,
	}
}

// pong takes the relay's answer to a Ping that was sent at some time, and reports
// whether it was one. What the stamp says of time is not used: the clock may have
// been set since, which the times of one process do not notice.
func (p *path) pong(asked wire.Ping, sent, now time.Time, m *wire.Pong) bool {
	if m.Stamp != asked.Stamp || m.Stamp == 0 {
		return false
	}
	rtt := max(now.Sub(sent), time.Microsecond)
	p.trip.Sample(rtt)
	if m.Time > 0 && (p.best == 0 || rtt <= p.best) {
		p.best = rtt
		p.offset = time.UnixMilli(int64(m.Time)).Sub(now.Add(-rtt / 2))
	}
	p.up.Report(m.Received, m.Highest)
	p.down.Report(p.received, p.highest)
	return true
}

// welcomed takes the time that the relay has told at first, which counts until a Ping has
// shown how long it was under way.
func (p *path) welcomed(relay uint64, now time.Time) {
	if relay > 0 && p.best == 0 {
		p.offset = time.UnixMilli(int64(relay)).Sub(now)
	}
}

// handed tells that updates up to an own operation are on their way.
func (p *path) handed(seq uint64, now time.Time) {
	if p.asked == 0 {
		p.asked, p.askedAt = seq, now
	}
}

// acked tells that the relay has stored own operations up to one.
func (p *path) acked(seq uint64, now time.Time) {
	if p.asked == 0 || seq < p.asked {
		return
	}
	took := max(now.Sub(p.askedAt)-p.trip.Mean(), 0)
	p.store += (took - p.store) / 8
	p.asked = 0
}
