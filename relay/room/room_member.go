package room

import (
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/pace"
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
		m.cursor, m.said, m.settled = wire.Cursor{Member: m.id, Hidden: true}, pace.MaxCopies, true
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
