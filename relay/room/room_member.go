package room

import (
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// join lets a member in, if there is room for it.
func (r *room) join(m *member) {
	if len(r.members)+len(r.syncing) >= maxMembers {
		m.cancel(&denial{code: wire.CodeOverloaded, reason: "the board has as many members as it can take", retryMS: 5000})
		return
	}
	if old := r.writers[m.replica]; old != nil {
		// Most likely the same page, back before the loss of its old
		// connection was noticed here.
		old.cancel(&denial{code: wire.CodeReplaced, reason: "the same replica has come back on another connection"})
		r.leave(old)
	}
	r.writers[m.replica] = m
	r.sync(m)
}

// bringUpToDate welcomes a member, for the first time or after its queue was
// dropped, and sends what it lacks. All that the board has is stored now.
func (r *room) bringUpToDate(m *member) {
	if r.writers[m.replica] != m {
		return // gone or replaced while it waited
	}
	updates, err := r.board.Diff(m.known)
	if err != nil {
		m.cancel(asDenial(err))
		return
	}
	if !m.joined {
		r.lastID++
		m.id, m.joined = r.lastID, true
		m.cursor, m.still = wire.Cursor{Member: m.id, Hidden: true}, cursorRests
		r.broadcast(m.joinedFrame(), nil)
		r.members[m.id] = m
	}
	frames := [][]byte{wire.AppendFrame(nil, 0, &wire.Welcome{
		Version:    wire.Version,
		Member:     m.id,
		Vector:     r.board.Vector().Append(nil),
		MaxMessage: wire.MaxMessage,
		Time:       uint64(time.Now().UnixMilli()),
	})}
	for _, other := range r.members {
		if other != m {
			frames = append(frames, other.joinedFrame())
		}
	}
	for part := range board.Chunks(updates, catchUpPiece) {
		frames = append(frames, wire.AppendFrame(nil, r.position, &wire.Update{Data: part}))
	}
	m.known, m.behind = r.board.Vector(), false
	m.out.resume(frames...)
	m.out.point(r.allCursors(), r.allCursors)
}

// leave takes a member out. A second call does nothing.
func (r *room) leave(m *member) {
	r.notSyncing(m)
	if r.writers[m.replica] == m {
		delete(r.writers, m.replica)
	}
	if !m.joined {
		return
	}
	m.joined = false
	delete(r.members, m.id)
	if n := m.out.previewsDropped(); n > 0 {
		r.hub.log.Debug("member had no room for previews", "board", r.name, "member", m.id, "dropped", n)
	}
	r.broadcast(wire.AppendFrame(nil, 0, &wire.Left{Member: m.id}), nil)
}

func (m *member) joinedFrame() []byte {
	return wire.AppendFrame(nil, 0, &wire.Joined{Member: m.id, Name: m.name, Color: m.color})
}

// broadcast queues one frame for every member but one.
func (r *room) broadcast(frame []byte, but *member) {
	for _, m := range r.members {
		if m != but {
			m.push(r, frame)
		}
	}
}

// push queues durable frames for a member.
func (m *member) push(r *room, frames ...[]byte) {
	if !m.out.push(frames...) && !m.behind {
		m.behind = true
		r.hub.log.Debug("member reads too slowly, its queue was dropped", "board", r.name, "member", m.id)
	}
}

// point notes where a member points. The first move after a pause is sent at
// once, later ones in batches.
func (r *room) point(m *member, c wire.Cursor) {
	if !m.joined || !wire.Newer(c.Seq, m.cursor.Seq) {
		return
	}
	c.Member = m.id
	m.cursor, m.moved = c, true
	if !r.ticking {
		r.ticking = true
		r.cursors.Reset(0)
	}
}

// sendCursors broadcasts the cursors that have moved, and those that have come
// to rest. The timer stays on until there is none of either, so an idle room has
// none (R10).
func (r *room) sendCursors() {
	var moved, rested wire.Cursors
	resting := false
	for _, m := range r.members {
		switch {
		case m.moved:
			m.moved, m.still = false, 0
			moved.List = append(moved.List, m.cursor)
		case m.still < cursorRests:
			if m.still++; m.still == cursorRests {
				rested.List = append(rested.List, m.cursor)
			}
		}
		resting = resting || m.still < cursorRests
	}
	if r.ticking = resting; resting {
		r.cursors.Reset(cursorEvery)
	}
	var all []byte // made when the first slow member needs it
	every := func() []byte {
		if all == nil {
			all = r.allCursors()
		}
		return all
	}
	if len(moved.List) > 0 {
		body, now := moved.Append(nil), time.Now()
		frame := wire.AppendBody(nil, 0, 0, wire.KindCursors, body)
		for _, m := range r.members {
			m.out.move(frame, body, now, every)
		}
	}
	if len(rested.List) > 0 {
		frame := wire.AppendFrame(nil, 0, &rested)
		for _, m := range r.members {
			m.out.settle(frame, every)
		}
	}
}

// preview shows the others what a member draws (W41).
func (r *room) preview(m *member, p *wire.Preview) {
	if !m.joined {
		return
	}
	p.Member = m.id
	frame := wire.AppendFrame(nil, 0, p)
	for _, other := range r.members {
		if other != m {
			other.out.preview(frame)
		}
	}
}

// allCursors is a frame of every cursor that is shown.
func (r *room) allCursors() []byte {
	var shown wire.Cursors
	for _, m := range r.members {
		shown.List = append(shown.List, m.cursor)
	}
	return wire.AppendFrame(nil, 0, &shown)
}
