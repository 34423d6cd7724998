package room

import (
	"time"

	"edgeboard/shared/pace"
	"edgeboard/shared/wire"
)

// point notes where a member points. The first move after a pause is sent at
// once, later ones in batches.
func (r *room) point(m *member, c wire.Cursor) {
	if r.points(&m.source, c) {
		r.share(m, dirtyCursor)
	}
}

// points is point for one of another relay too. It reports whether it is news.
func (r *room) points(s *source, c wire.Cursor) bool {
	if !s.joined || !wire.Newer(c.Seq, s.cursor.Seq) {
		return false
	}
	c.Member = s.id
	s.cursor, s.moved = c, true
	r.tickNow()
	return true
}

// tickNow makes sendCursors due: at once, if nothing is under way.
func (r *room) tickNow() {
	if !r.ticking {
		r.ticking = true
		r.cursors.Reset(0)
	}
}

// sendCursors broadcasts the cursors that have moved, again those that rest, to
// members whose datagrams get lost, and in order those that have come to rest; and
// what members have in hand, where they look, and what they signal.
// The timer stays on until nothing of that is left, so an idle room has none
// (R10).
func (r *room) sendCursors() {
	now := time.Now()
	// said[n] are the cursors that were said n times since they moved.
	var said [pace.MaxCopies]wire.Cursors
	var rested wire.Cursors
	moved, unsettled := 0, false
	for m := range r.sources() {
		if m.moved {
			m.moved, m.since, m.said, m.settled = false, now, 0, false
			moved++
		}
		if m.said < len(said) {
			said[m.said].List = append(said[m.said].List, m.cursor)
			m.said++
		}
		if !m.settled && now.Sub(m.since) >= cursorSettles {
			m.settled = true
			rested.List = append(rested.List, m.cursor)
		}
		unsettled = unsettled || !m.settled
	}
	weight, waits := r.sendSelections(now)
	lookers, look := r.sendViewports(now)
	moved += weight + lookers + r.sendSignals(now)
	unsettled = unsettled || waits || look || moved > 0
	if r.ticking = unsettled; unsettled {
		r.cursors.Reset(r.cursorsEvery(moved))
	}

	var all []byte // made when the first slow member needs it
	every := func() []byte {
		if all == nil {
			all = r.allCursors()
		}
		return all
	}
	// What is said n times goes to the members that need so many copies.
	var bodies, frames [pace.MaxCopies][]byte
	var list wire.Cursors
	for n := range said {
		list.List = append(list.List, said[n].List...)
		if len(list.List) > 0 {
			bodies[n] = list.Append(nil)
			frames[n] = wire.AppendBody(nil, 0, 0, wire.KindCursors, bodies[n])
		}
	}
	for _, m := range r.members {
		n := 0
		if m.out.datagrams != nil {
			n = max(int(m.copies.Load()), 1) - 1
		}
		if bodies[n] != nil {
			m.out.move(frames[n], bodies[n], now, every)
		}
	}
	if len(rested.List) > 0 {
		frame := wire.AppendFrame(nil, 0, &rested)
		for _, m := range r.members {
			m.out.settle(frame, every)
		}
	}
}

// cursorsEvery returns how long to wait for the next batch after one of so many
// cursors.
func (r *room) cursorsEvery(moved int) time.Duration {
	sends := time.Duration(len(r.members)) * time.Duration(cursorWeight+moved) / cursorWeight
	return min(max(sends*time.Second/cursorSends, pace.MinInterval), cursorMost)
}

// preview shows the others what a member draws (W41).
func (r *room) preview(m *member, p *wire.Preview) {
	if !m.joined {
		return
	}
	body := r.shows(&m.source, p)
	r.shareRecord(wire.KindPreview, nil, body)
}

// shows is preview for one of another relay too. It returns the body of what was shown.
func (r *room) shows(s *source, p *wire.Preview) []byte {
	p.Member = s.id
	body, now := p.Append(nil), time.Now()
	frame := wire.AppendBody(nil, 0, 0, wire.KindPreview, body)
	for _, other := range r.members {
		if &other.source != s {
			other.out.preview(frame, body, p.Done, now)
		}
	}
	return body
}

// shownCursors is a frame of the cursors that are not hidden, nil if there is none.
func (r *room) shownCursors() []byte {
	var shown wire.Cursors
	for m := range r.sources() {
		if !m.cursor.Hidden {
			shown.List = append(shown.List, m.cursor)
		}
	}
	if len(shown.List) == 0 {
		return nil
	}
	return wire.AppendFrame(nil, 0, &shown)
}

// allCursors is a frame of every cursor that is shown.
func (r *room) allCursors() []byte {
	var shown wire.Cursors
	for m := range r.sources() {
		shown.List = append(shown.List, m.cursor)
	}
	return wire.AppendFrame(nil, 0, &shown)
}
