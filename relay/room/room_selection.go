package room

import (
	"time"

	"edgeboard/shared/wire"
)

// selected is what a member has in hand (W71), of one that has said something of
// it. Frames are shared with outboxes.
type selected struct {
	seq    uint32 // of the last one that came
	said   []byte // a frame: what the others are told; nil: nothing yet
	next   []byte // a frame that takes its place and was not told; nil: there is none
	body   int    // bytes of the body at the end of the last frame that came
	moving bool   // a gesture is under way in it
	after  uint64 // next is told when so many changes of the member were

	since   time.Time // of when said was told by datagram
	settled bool      // said was told in order
}

func (s *selected) bytes() int { return len(s.said) + len(s.next) }

// selects takes what a member has in hand. What a gesture does is told as cursors
// are. All else waits for the changes that came before it, and goes with them: so a
// gesture ends together with what it has changed, and a caret stands behind a
// character that is there (W72).
func (r *room) selects(m *member, sel *wire.Selection) {
	r.holds(&m.source, sel, m.changes)
}

// holds is selects for one of another relay too: what is not moving is told when so many
// changes were.
func (r *room) holds(m *source, sel *wire.Selection, after uint64) {
	if !m.joined || m.selected != nil && !wire.Newer(sel.Seq, m.selected.seq) {
		return
	}
	if m.selected == nil {
		m.selected = &selected{settled: true}
	}
	s := m.selected
	sel.Member = m.id
	frame := wire.AppendFrame(nil, 0, sel)
	if r.selectedBytes+len(frame) > maxSelected {
		r.hub.metrics.Dropped(PolicyDrop, 1)
		*sel = wire.Selection{Member: m.id, Seq: sel.Seq}
		frame = wire.AppendFrame(nil, 0, sel)
	}
	r.selectedBytes += len(frame) - len(s.next)
	s.seq, s.next, s.moving = sel.Seq, frame, len(sel.By) > 0 || len(sel.Place) > 0
	s.body = len(sel.Append(nil))
	if s.after = after; s.moving {
		s.after = m.toldChanges
	}
	if s.after <= m.toldChanges {
		r.tickNow()
	}
}

// say makes what waits what the others are told, and returns it.
func (r *room) say(m *source) []byte {
	s := m.selected
	r.selectedBytes -= len(s.said)
	s.said, s.next, s.settled = s.next, nil, true
	if r.sharing() {
		if m := r.members[m.id]; m != nil {
			r.share(m, dirtySelection)
		}
	}
	return s.said
}

// forgetSelected drops what a member that has gone had in hand.
func (r *room) forgetSelected(m *source) {
	if m.selected != nil {
		r.selectedBytes -= m.selected.bytes()
		m.selected = nil
	}
}

// toldChange counts a change of a member that is told now, and returns the frame that is
// told with it, if there is one.
func (r *room) toldChange(m *member) []byte { return r.toldChanges(&m.source, m.toldChanges+1) }

// toldChanges notes how many changes of one are told now.
func (r *room) toldChanges(m *source, n uint64) []byte {
	m.toldChanges = n
	if s := m.selected; s != nil && s.next != nil && !s.moving && s.after <= m.toldChanges {
		return r.say(m)
	}
	return nil
}

// sendSelections broadcasts what is to be told, and tells members with datagrams in
// order what is no longer under way. It returns how much the next batch is to wait
// for it, in cursors, and whether there is to be one.
func (r *room) sendSelections(now time.Time) (weight int, unsettled bool) {
	var tell, moving []*source // of whom something is told, by datagram if it can be
	var fresh, settled []byte  // frames: for those without datagrams, and for those with
	for m := range r.sources() {
		s := m.selected
		switch {
		case s == nil:
			continue
		case s.next != nil && s.after <= m.toldChanges:
			fresh = append(fresh, r.say(m)...)
			tell = append(tell, m)
			if s.moving {
				s.since, s.settled = now, false
				moving = append(moving, m)
				weight += cursorWeight // each is a datagram of its own
			} else {
				settled = append(settled, s.said...)
			}
		case !s.settled && now.Sub(s.since) >= cursorSettles:
			s.settled = true
			settled = append(settled, s.said...)
			tell = append(tell, m)
		}
		unsettled = unsettled || !s.settled
	}
	if len(tell) == 0 {
		return weight, unsettled
	}
	all := r.latestFrames()
	for _, m := range r.members {
		if len(tell) == 1 && tell[0] == &m.source {
			continue
		}
		frames := fresh
		if m.out.datagrams != nil {
			frames = settled[:len(settled):len(settled)]
			for _, other := range moving {
				s := other.selected
				if other != &m.source && !m.out.forget(wire.KindSelection, s.said[len(s.said)-s.body:], now) {
					frames = append(frames, s.said...)
				}
			}
		}
		if len(frames) > 0 {
			m.out.latestFrames(frames, all)
		}
	}
	return weight, unsettled
}
