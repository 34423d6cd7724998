package room

import (
	"slices"
	"time"

	"edgeboard/shared/wire"
)

// looking is what a member sees and whom it follows (W74), of one that has said it.
// The frame is shared with outboxes.
type looking struct {
	at      wire.Viewport // the newest that came
	frame   []byte        // of it
	body    int           // bytes of the body at the frame's end
	moved   bool          // those who follow were not told it
	step    bool          // they are told it now
	urgent  bool          // all are to be told it now
	since   time.Time     // of when those who follow were told it
	settled bool          // all were told it, in order
}

// looks takes where a member looks.
func (r *room) looks(m *member, v *wire.Viewport) {
	if r.looksAt(&m.source, v) {
		r.share(m, dirtyViewport)
	}
}

// looksAt is looks for one of another relay too. It reports whether it is news.
func (r *room) looksAt(m *source, v *wire.Viewport) bool {
	if !m.joined || m.looking != nil && !wire.Newer(v.Seq, m.looking.at.Seq) {
		return false
	}
	v.Member = m.id
	v.Presents = v.Presents && m.role.Edits()
	l := m.looking
	if l == nil {
		l = &looking{urgent: true}
		m.looking = l
	}
	l.urgent = l.urgent || v.Following != l.at.Following || v.Presents != l.at.Presents || !slices.Equal(v.Page, l.at.Page)
	l.at, l.frame, l.moved, l.settled = *v, wire.AppendFrame(nil, 0, v), true, false
	l.body = len(v.Append(nil))
	r.tickNow()
	return true
}

// sendViewports tells those who follow somebody where that one looks now, and all
// others where somebody has come to rest, or what else is new of it (W75). It returns
// as sendSelections does.
func (r *room) sendViewports(now time.Time) (weight int, unsettled bool) {
	var told []*source
	var fresh []byte // frames
	moving := false
	for m := range r.sources() {
		l := m.looking
		if l == nil {
			continue
		}
		l.step = false
		switch {
		case l.settled:
		case l.urgent || !l.moved && now.Sub(l.since) >= cursorSettles:
			l.urgent, l.moved, l.settled = false, false, true
			told, fresh = append(told, m), append(fresh, l.frame...)
		case l.moved:
			l.moved, l.step, l.since = false, true, now
			moving = true
		}
		unsettled = unsettled || !l.settled
	}
	if len(told) == 0 && !moving {
		return 0, unsettled
	}
	steps := 0
	all := r.latestFrames()
	for _, m := range r.members {
		frames := fresh[:len(fresh):len(fresh)]
		if len(told) == 1 && told[0] == &m.source {
			frames = nil
		}
		if l := r.followed(m); l != nil && l.step {
			steps++
			if !m.out.forget(wire.KindViewport, l.frame[len(l.frame)-l.body:], now) {
				frames = append(frames, l.frame...)
			}
		}
		if len(frames) > 0 {
			m.out.latestFrames(frames, all)
		}
	}
	return cursorWeight * steps / max(len(r.members), 1), unsettled
}

// followed is where the one looks whom a member follows, nil if there is none.
func (r *room) followed(m *member) *looking {
	if m.looking == nil || m.looking.at.Following == 0 {
		return nil
	}
	if other := r.source(m.looking.at.Following); other != nil && other != &m.source {
		return other.looking
	}
	return nil
}

// latestFrames makes the frames of what every member has in hand and where it looks,
// once, when the first slow member needs them.
func (r *room) latestFrames() func() []byte {
	var all []byte
	return func() []byte {
		if all == nil {
			all = r.saidLatest()
		}
		return all
	}
}

// saidLatest are the frames of what every member has in hand, as it was told, and of
// where it looks.
func (r *room) saidLatest() (all []byte) {
	for m := range r.sources() {
		if m.selected != nil {
			all = append(all, m.selected.said...)
		}
		if m.looking != nil {
			all = append(all, m.looking.frame...)
		}
	}
	return all
}
